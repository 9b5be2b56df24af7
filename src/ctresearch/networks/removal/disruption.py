"""Disruption: what removing actors does to a group that may recover.

One run removes actors one by one, or all at once, and lets the others replace the ties they lost. Chance enters
through equal scores, random removal and recovery; many runs give a band.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.core.cite import references
from ctresearch.core.parallel import map_chunks, split
from ctresearch.core.random import Seed, recorded_seed, streams
from ctresearch.core.validate import is_level, whole_number
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.protected import kept_out, protection_check
from ctresearch.networks.evidence.two_mode import one_mode
from ctresearch.networks.removal.disruption_result import DisruptionResult
from ctresearch.networks.removal.disruption_run import OUTCOMES, Group, Plan, run
from ctresearch.networks.removal.disruption_setup import (
    CHAIN,
    answer_of,
    group_of,
    method_of,
    plan_of,
    run_checks,
    tactic_of,
    who_may_go,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    import networkx as nx
    from numpy.typing import NDArray

    from ctresearch.networks.evidence.network import CriminalNetwork
    from ctresearch.networks.removal.recovery import Recovery, Rule
    from ctresearch.networks.removal.strategies import Kind, Strategy

ASSUMPTIONS = (
    "Removing an actor removes all their ties; the rest of the group stays as it is but for the recovery stated.",
    "Directions of ties are left aside.",
    (
        "The band says how much simulated runs differ, not what the investigation did not see: see disruption_bands for"
        " that."
    ),
    "Disruption can raise the risk to victims, who may be moved or harmed when a group adapts; that is not modelled.",
    *CAVEATS,
)
CHUNK = 25
"""Runs that share a stream of chance."""


def disrupt(
    network: CriminalNetwork | nx.Graph[Any],
    strategy: Kind | Strategy = "degree",
    recovery: Rule | Recovery | None = None,
    *,
    steps: int | None = None,
    draws: int = 200,
    one_shot: bool = False,
    ties: Literal["random", "first", "last"] = "random",
    role: str = "role",
    stage: str | None = None,
    chain: Sequence[Hashable] = CHAIN,
    exclude: Iterable[Hashable] | None = None,
    protect: bool = True,
    level: float = 0.95,
    seed: Seed = 0,
) -> DisruptionResult:
    """Remove actors by a strategy, let the group recover, and follow what is left of it.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        The group.
    strategy : str or Strategy
        Whom to remove: ``"degree"``, ``"betweenness"``, ``"collective_influence"``, ``"optimal"`` or ``"random"``, or a
        :class:`Strategy` with options, such as roles or a column of values.
    recovery : str or Recovery, optional
        How lost ties are replaced: ``"preferential"``, ``"distance"``, ``"skill"`` or ``"replacement"``, or a
        :class:`Recovery` with its rates. ``None``: not at all.
    steps : int, optional
        Removals; 10 by default, or as many as there are actors who may be removed.
    draws : int
        Simulated runs.
    one_shot : bool
        Rank once and remove all before anybody recovers, rather than rank again after each removal.
    ties : {"random", "first", "last"}
        Who goes among actors of equal score: by lot, or the first or last in the network's order.
    role : str
        Attribute with the roles that ``"skill"`` and ``"replacement"`` look at.
    stage : str, optional
        Attribute with the stage of the trafficking chain; with it the outcome ``flow`` counts the separate chains that
        still lead from the first stage of ``chain`` to its last.
    chain : sequence
        The stages in order; actors in none of them carry nobody.
    exclude : iterable of actors, optional
        Who is never removed, beside those whose attributes say that they are victims, victims charged as offenders, or
        children (:func:`ctresearch.networks.protected_actors`).
    protect : bool
        ``False`` lets protected actors be removed, and a check fails.
    level : float
        Share of the runs inside the band.
    seed : int or numpy.random.SeedSequence
        Where chance comes from.

    Returns
    -------
    DisruptionResult
        Outcomes after each removal, and after each round of recovery that follows the last.

    Raises
    ------
    DataError
        If the network has fewer than 2 actors.
    SpecificationError
        If an option is not allowed, or an attribute it needs is missing.

    References
    ----------
    .. [1] Duijn, P. A. C., Kashirin, V. and Sloot, P. M. A. (2014). The relative ineffectiveness of criminal network
       disruption. Scientific Reports 4, 4238. https://doi.org/10.1038/srep04238
    .. [2] Cavallaro, L., Ficara, A., De Meo, P., Fiumara, G., Catanese, S., Bagdasar, O., Song, W. and Liotta, A.
       (2020). Disrupting resilient criminal networks through data analysis: the case of Sicilian Mafia. PLOS ONE 15(8),
       e0236476. https://doi.org/10.1371/journal.pone.0236476

    Examples
    --------
    >>> import networkx as nx
    >>> club = nx.karate_club_graph()
    >>> alone = disrupt(club, "betweenness", steps=4, draws=50)
    >>> mended = disrupt(club, "betweenness", "distance", steps=4, draws=50)
    >>> after = [r.curve("largest_component").loc[4, "estimate"] for r in (alone, mended)]
    >>> print(f"after four removals {after[0]:.0%} hold together, {after[1]:.0%} if lost ties are replaced")
    after four removals 29% hold together, 88% if lost ties are replaced
    """
    found = one_mode(network, "disruption", at_least=2)
    tactic, answer = tactic_of(strategy), answer_of(recovery)
    level, draws = is_level(level), whole_number("draws", draws, low=1)
    kept = kept_out(found, exclude, protect=protect)
    may_go, steps = who_may_go(found, kept, steps)
    group = group_of(found, tactic, answer, may_go, role, stage, chain)
    plan = plan_of(tactic, answer, steps, one_shot, ties)
    draws = draws if plan.rule >= 0 or tactic.kind == "random" or ties == "random" else 1
    chunks = split(draws, CHUNK)
    work = list(zip(chunks, streams(seed, len(chunks)), strict=True))
    parts = map_chunks(partial(_run_chunk, group, plan), work, progress="disruption")
    outcomes = np.array([out for part in parts for out, _ in part])
    removed = np.array([gone for part in parts for _, gone in part])
    return DisruptionResult(
        method=method_of(tactic, answer, one_shot=one_shot),
        estimates=_curves(outcomes, steps, level, wants_flow=group.last >= 0),
        n=len(found),
        smallest_group=len(found),
        level=level,
        interval="percentile of runs" if draws > 1 else "none",
        checks=(*found.checks, protection_check("protected", found, kept), *run_checks(removed, outcomes)),
        assumptions=ASSUMPTIONS,
        references=references(disrupt),
        inputs=recorded(found, seed=recorded_seed(seed), packages=("numba",)),
        raw=np.where(removed >= 0, np.array([*found.nodes, None], dtype=object)[removed], None),
        strategy=str(tactic),
        recovery=answer.rule if answer else "none",
        runs=_runs(outcomes, steps, answer),
    )


def _run_chunk(
    group: Group, plan: Plan, piece: tuple[range, np.random.Generator]
) -> list[tuple[NDArray[np.float64], NDArray[np.int64]]]:
    """Do the runs of one chunk with its own stream."""
    return [run(group, plan, piece[1]) for _ in piece[0]]


def _curves(outcomes: NDArray[np.float64], steps: int, level: float, *, wants_flow: bool) -> pd.DataFrame:
    """Lay the outcomes out by step: mean, spread and quantiles of the runs."""
    rows = []
    for place, outcome in enumerate(OUTCOMES if wants_flow else OUTCOMES[:2]):
        values = outcomes[:, :, place]
        if outcome != "flow":
            values = values / np.where(values[:, :1] > 0, values[:, :1], np.nan)
        frame = pd.DataFrame({"term": outcome, "step": np.arange(values.shape[1]), "estimate": values.mean(axis=0)})
        frame["phase"] = np.where(frame["step"] <= steps, "removal", "recovery")
        varies = np.ptp(values, axis=0) > 0
        frame["std_error"] = np.where(varies, values.std(axis=0), np.nan)
        limits = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=0)
        frame["ci_low"], frame["ci_high"] = np.where(varies, limits, np.nan)
        rows.append(frame.assign(unit="chains" if outcome == "flow" else "share of the start"))
    return pd.concat(rows).set_index("term")


def _runs(outcomes: NDArray[np.float64], steps: int, recovery: Recovery | None) -> pd.DataFrame:
    """Sum each run up."""
    largest = outcomes[:, 1 : steps + 1, 0] / outcomes[:, :1, 0]
    frame = pd.DataFrame({"robustness": largest.mean(axis=1), "time_to_recover": np.nan})
    if recovery is not None:
        back = outcomes[:, steps:, 1] >= recovery.recovered * outcomes[:, :1, 1]
        frame["time_to_recover"] = np.where(back.any(axis=1), back.argmax(axis=1), np.nan)
    return frame.rename_axis("run")
