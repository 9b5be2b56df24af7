"""Disruption: what removing actors does to a group that may recover.

One run removes actors one by one, or all at once, and lets the others replace the ties they lost. Chance enters
through equal scores, random removal and recovery; many runs give a band.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import SpecificationError
from ctresearch.core.parallel import map_chunks, split
from ctresearch.core.random import Seed, recorded_seed, streams
from ctresearch.core.validate import is_level, one_of, whole_number
from ctresearch.networks.caveats import CAVEATS, recorded
from ctresearch.networks.disruption_result import DisruptionResult
from ctresearch.networks.disruption_run import FIRST, LAST, OUTCOMES, RANDOM, Group, Plan, run
from ctresearch.networks.network import as_network
from ctresearch.networks.protected import protected_actors
from ctresearch.networks.recovery import RULES, Recovery
from ctresearch.networks.shortest_paths import distances
from ctresearch.networks.strategies import KINDS, Strategy, attribute, fixed_scores, tie_weights

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    import networkx as nx
    from numpy.typing import NDArray

    from ctresearch.networks.network import CriminalNetwork
    from ctresearch.networks.recovery import Rule
    from ctresearch.networks.strategies import Kind

CHAIN = ("recruitment", "transport", "exploitation")
ASSUMPTIONS = (
    "Removing an actor removes all their ties; the rest of the group stays as it is but for the recovery stated.",
    "Directions of ties are left aside.",
    "The band says how much simulated runs differ, not what the investigation did not see: see missing_ties for that.",
    "Disruption can raise the risk to victims, who may be moved or harmed when a group adapts; that is not modelled.",
    *CAVEATS,
)
LARGEST = 5_000
"""Most actors: the network is held as a square table."""
_CHUNK = 25
_TIES = {"random": RANDOM, "first": FIRST, "last": LAST}


def disrupt(
    network: CriminalNetwork | nx.Graph[Any], strategy: Kind | Strategy = "degree",
    recovery: Rule | Recovery | None = None, *, steps: int | None = None, draws: int = 200, one_shot: bool = False,
    ties: Literal["random", "first", "last"] = "random", role: str = "role", stage: str | None = None,
    chain: Sequence[Hashable] = CHAIN, exclude: Iterable[Hashable] | None = None, level: float = 0.95, seed: Seed = 0,
) -> DisruptionResult:  # fmt: skip
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
        Who is never removed. By default those whose attributes say that they are victims, victims charged as
        offenders, or children; an empty list excludes nobody.
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
    found = as_network(network, at_least=2)
    tactic, answer = _tactic(strategy), _answer(recovery)
    level, draws = is_level(level), whole_number("draws", draws, low=1)
    may_go = _targets(found, exclude)
    most = max(1, int(may_go.sum()))
    steps = min(10, most) if steps is None else whole_number("steps", steps, low=1, high=most)
    group = _group(found, tactic, answer, may_go, role, stage, chain)
    plan = _plan(tactic, answer, steps, one_of("one_shot", one_shot, (True, False)), one_of("ties", ties, tuple(_TIES)))
    draws = draws if plan.rule >= 0 or tactic.kind == "random" or ties == "random" else 1
    chunks = split(draws, _CHUNK)
    work = list(zip(chunks, streams(seed, len(chunks)), strict=True))
    parts = map_chunks(partial(_run_chunk, group, plan), work, progress="disruption")
    outcomes = np.array([out for part in parts for out, _ in part])
    removed = np.array([gone for part in parts for _, gone in part])
    return DisruptionResult(
        method=_method(tactic, answer, one_shot=one_shot),
        estimates=_curves(outcomes, steps, level, wants_flow=group.last >= 0),
        n=len(found),
        level=level,
        interval="percentile of runs" if draws > 1 else "none",
        checks=_checks(removed, outcomes, may_go),
        assumptions=ASSUMPTIONS,
        references=references(disrupt),
        inputs=recorded(found, seed=recorded_seed(seed), packages=("numba",)),
        raw=np.where(removed >= 0, np.array([*found.nodes, None], dtype=object)[removed], None),
        strategy=str(tactic),
        recovery=answer.rule if answer else "none",
        runs=_runs(outcomes, steps, answer),
    )


def _tactic(strategy: Kind | Strategy) -> Strategy:
    """Take a strategy, or its name."""
    return strategy if isinstance(strategy, Strategy) else Strategy(one_of("strategy", strategy, KINDS))


def _answer(recovery: Rule | Recovery | None) -> Recovery | None:
    """Take a recovery, its name, or none."""
    if recovery is None or isinstance(recovery, Recovery):
        return recovery
    return Recovery(one_of("recovery", recovery, RULES))


def _method(strategy: Strategy, recovery: Recovery | None, *, one_shot: bool) -> str:
    """Say in words what was done."""
    answered = f"with {recovery.rule} recovery at rate {recovery.rate:g}" if recovery else "without recovery"
    return f"Disruption by {strategy}, {'all at once' if one_shot else 'one by one'}, {answered}"


def _run_chunk(
    group: Group, plan: Plan, piece: tuple[range, np.random.Generator]
) -> list[tuple[NDArray[np.float64], NDArray[np.int64]]]:
    """Do the runs of one chunk with its own stream."""
    return [run(group, plan, piece[1]) for _ in piece[0]]


def _targets(network: CriminalNetwork, exclude: Iterable[Hashable] | None) -> NDArray[np.bool_]:
    """Say who may be removed."""
    kept = protected_actors(network) if exclude is None else frozenset(exclude)
    unknown = [actor for actor in kept if actor not in network.graph]
    if unknown:
        raise SpecificationError(
            f"exclude names {len(unknown)} actors who are not in the network, first {unknown[0]!r}"
        )
    return np.array([actor not in kept for actor in network.nodes], dtype=bool)


def _group(  # noqa: PLR0917
    network: CriminalNetwork, strategy: Strategy, recovery: Recovery | None, may_go: NDArray[np.bool_], role: str,
    stage: str | None, chain: Sequence[Hashable],
) -> Group:  # fmt: skip
    """Bring the network into the arrays of a run."""
    n = len(network)
    if n > LARGEST:
        raise SpecificationError(
            f"the network has {n:,} actors, a disruption takes {LARGEST:,} at most: take a part of it"
        )
    if network.directed and strategy.weighted:
        raise SpecificationError(
            "weighted == True, but the ties have directions and two weights a pair: build the network with directed=False"
        )
    pairs, first = np.unique(np.sort(network.edges_index, axis=1), axis=0, return_index=True)
    by_distance = recovery is not None and recovery.rule in {"distance", "replacement"}
    roles = np.full(n, -1)
    if recovery is not None and recovery.needs_roles:
        roles, _ = pd.factorize(attribute(network, role))
    stages = np.full(n, -1)
    if stage is not None:
        stages = pd.Index(list(chain)).get_indexer(pd.Index(attribute(network, stage)))
        missing = [c for place, c in enumerate(chain) if not (stages == place).any()]
        if missing:
            raise SpecificationError(
                f"chain == {tuple(chain)!r}, but no actor has the stage {missing[0]!r}: correct the chain"
            )
    return Group(
        pairs=pairs.astype(np.int64), weight=tie_weights(network, strategy)[first], may_go=may_go,
        fixed=fixed_scores(network, strategy), role=roles.astype(np.int64), stage=stages.astype(np.int64),
        last=len(chain) - 1 if stage is not None else -1,
        steps=distances(network.undirected_adjacency) if by_distance else np.zeros((0, 0), np.int16),
    )  # fmt: skip


def _plan(strategy: Strategy, recovery: Recovery | None, steps: int, one_shot: bool, ties: str) -> Plan:
    """Write the options as numbers."""
    shared = (KINDS.index(strategy.kind), strategy.weighted, strategy.radius, _TIES[ties], one_shot, steps)
    if strategy.kind == "random":
        shared = (*shared[:3], RANDOM, *shared[4:])
    if recovery is None:
        return Plan(*shared, -1, 0.0, 0, 0)
    return Plan(*shared, RULES.index(recovery.rule), float(recovery.rate), recovery.rounds, recovery.horizon)


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


def _checks(removed: NDArray[np.int64], outcomes: NDArray[np.float64], may_go: NDArray[np.bool_]) -> tuple[Check, ...]:
    """Say who could not be removed, whether the strategy ran out of actors, and whether there was anything to cut."""
    idle, kept = float((removed < 0).mean()), int((~may_go).sum())
    has_ties = bool(outcomes[0, 0, 1] > 0)
    return (
        Check("protected", "pass",
              f"{kept} actors are never removed." if kept else "No actor is marked as one who is never removed.",
              {"actors": kept}),
        Check("removals", "review" if idle else "pass",
              f"In {idle:.0%} of the removals nobody was left whom the strategy may remove." if idle
              else "There was somebody to remove at every step.", {"idle": idle}),
        Check("ties", "pass" if has_ties else "fail",
              "The network holds together somewhere." if has_ties else "The network has no ties: there is nothing to disrupt."),
    )  # fmt: skip
