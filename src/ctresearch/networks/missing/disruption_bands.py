"""Disruption by those who see a part of the group: bands on every figure, and what not seeing costs."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import SpecificationError
from ctresearch.core.message import say
from ctresearch.core.parallel import map_chunks, split
from ctresearch.core.random import Seed, recorded_seed, streams
from ctresearch.core.validate import in_range, is_level, one_of, whole_number
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.protected import kept_out, protection_check
from ctresearch.networks.evidence.two_mode import one_mode
from ctresearch.networks.missing.disruption_bands_result import DisruptionBandsResult
from ctresearch.networks.missing.disruption_bands_table import lay_out
from ctresearch.networks.missing.disruption_sight import MISSING, Pair, run_chunk
from ctresearch.networks.missing.missing_ties import LARGEST, closed_triples
from ctresearch.networks.missing.missing_ties_checks import check_ties, check_triangles
from ctresearch.networks.removal.disruption import CHUNK
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
    from typing import Literal

    import networkx as nx
    import pandas as pd

    from ctresearch.networks.evidence.network import CriminalNetwork
    from ctresearch.networks.missing.disruption_sight import Missing
    from ctresearch.networks.removal.recovery import Recovery, Rule
    from ctresearch.networks.removal.strategies import Kind, Strategy

ASSUMPTIONS = (
    "Those who choose see a part of the group, choose on that part alone and learn nothing from what they remove.",
    "What they do not see is like what is left out here, at the stated rate, which nothing in the data shows.",
    (
        "A tie made later is not seen with the same chance; an actor without a seen tie is still known, unless actors "
        "are missing."
    ),
    "Removing an actor removes all their ties, seen or not. Directions of ties are left aside.",
    "Disruption can raise the risk to victims, who may be moved or harmed when a group adapts; that is not modelled.",
    *CAVEATS,
)
_METHODS = {
    "ties": "{done}, {share:.0%} of ties not seen",
    "actors": "{done}, {share:.0%} of actors not seen",
    "attention": "{done}, {share:.0%} of ties, more of the less tied, not seen",
    "unseen": "{done}, {share:.0%} of ties (imputed) not seen",
}
GIVEN_IS_WHOLE = "The given network is the whole one; the band is about seeing less of it."
GIVEN_IS_SEEN = "The given network is what was seen; unseen ties are put in from a stochastic block model."


def disruption_bands(
    network: CriminalNetwork | nx.Graph[Any],
    strategy: Kind | Strategy = "degree",
    recovery: Rule | Recovery | None = None,
    *,
    missing: Missing = "ties",
    rate: float = 0.2,
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
) -> DisruptionBandsResult:
    """Disrupt a group of which a part is seen, many times, and follow what is left of the whole [1]_.

    In each draw part of the network is hidden. Whom to remove is chosen on what is seen; the removals act on the whole
    group, and so does its recovery [2]_. Beside it, with the same chance, runs the disruption under full sight.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        The group.
    strategy, recovery
        As in :func:`ctresearch.networks.disrupt`.
    missing : {"ties", "actors", "attention", "unseen"}
        What is hidden, as in :func:`ctresearch.networks.missing.deletion_bands`: ties at random, actors with their
        ties, or ties of those whom few watch. With ``"unseen"`` the given network is the part that is seen, and the
        whole one is that with ties put in by the block model of :func:`ctresearch.networks.missing.missing_ties`.
    rate : float
        Share that is not seen, from 0 to under 1. It is not estimated: try several.
    steps, one_shot, ties, role, stage, chain, exclude, protect
        As in :func:`ctresearch.networks.disrupt`.
    draws : int
        Draws of what is seen, 20 at least.
    level : float
        Share of the draws inside the bands.
    seed : int or numpy.random.SeedSequence
        Where chance comes from.

    Returns
    -------
    DisruptionBandsResult
        Medians by ``step`` with bands, beside ``full_sight`` with its own (``full_low``, ``full_high``):
        ``largest_component`` and ``efficiency`` as shares of the start, ``flow`` where there is a ``stage``; each with
        its ``_loss``, which is how much more of it is left, run by run, because not all was seen. ``agreement`` is the
        mean share of those removed whom full sight would remove by then. For the whole run: ``robustness`` (mean of
        ``largest_component`` over the removals) and its loss; with a recovery ``time_to_recover`` in rounds (NaN beyond
        the horizon), its loss (rounds by which the group is back sooner, within the horizon) and ``recovered``, the
        share of runs that are back.

    Raises
    ------
    DataError
        If there are fewer than 5 actors.
    SpecificationError
        If an option is not allowed, or an attribute it needs is missing.

    References
    ----------
    .. [1] Borgatti, S. P., Carley, K. M. and Krackhardt, D. (2006). On the robustness of centrality measures under
       conditions of imperfect data. Social Networks 28, 124-136. https://doi.org/10.1016/j.socnet.2005.05.001
    .. [2] Duijn, P. A. C., Kashirin, V. and Sloot, P. M. A. (2014). The relative ineffectiveness of criminal network
       disruption. Scientific Reports 4, 4238. https://doi.org/10.1038/srep04238

    Examples
    --------
    >>> import networkx as nx
    >>> made = disruption_bands(nx.karate_club_graph(), "betweenness", rate=0.3, steps=4, draws=100)
    >>> row = made.curve("largest_component").loc[4]
    >>> print(
    ...     f"{row['estimate']:.0%} hold together ({row['ci_low']:.0%} to {row['ci_high']:.0%}), "
    ...     f"{row['full_sight']:.0%} under full sight"
    ... )
    29% hold together (29% to 63%), 29% under full sight
    """
    found = one_mode(network, "disruption", at_least=5)
    tactic, answer = tactic_of(strategy), answer_of(recovery)
    draws, level = whole_number("draws", draws, low=20), is_level(level)
    share = _share(found, tactic, one_of("missing", missing, MISSING), rate)
    kept = kept_out(found, exclude, protect=protect)
    may_go, steps = who_may_go(found, kept, steps)
    group = group_of(found, tactic, answer, may_go, role, stage, chain)
    plan = plan_of(tactic, answer, steps, one_shot, ties)
    chunks = split(draws, CHUNK)
    chance = streams(seed, 2 * len(chunks))  # one half for the runs, one for what is seen
    work = list(zip(chunks, chance[: len(chunks)], chance[len(chunks) :], strict=True))
    parts = map_chunks(partial(run_chunk, group, plan, missing, share), work, progress="disruption bands")
    made = Pair(*(np.concatenate(kind) for kind in zip(*parts, strict=True)))
    estimates = lay_out(made, steps, level, len(found), answer, wants_flow=group.last >= 0)
    return DisruptionBandsResult(
        method=say(_METHODS[missing], done=method_of(tactic, answer, one_shot=one_shot), share=share),
        estimates=estimates,
        n=len(found),
        smallest_group=len(found),
        level=level,
        interval="percentile of draws",
        checks=(
            *found.checks,
            protection_check("protected", found, kept),
            *run_checks(made.seen_removed, made.seen),
            *(_model_checks(found, made) if missing == "unseen" else ()),
            _check_sight(estimates),
        ),
        assumptions=(GIVEN_IS_SEEN if missing == "unseen" else GIVEN_IS_WHOLE, *ASSUMPTIONS),
        references=references(disruption_bands),
        inputs=recorded(found, seed=recorded_seed(seed), packages=("numba",)),
        strategy=str(tactic),
        recovery=answer.rule if answer else "none",
        missing=missing,
        rate=share,
    )


def _share(network: CriminalNetwork, strategy: Strategy, missing: Missing, rate: float) -> float:
    """Check the share that is not seen, and whether ties can be put in."""
    if in_range("rate", rate, 0) >= 1:
        raise SpecificationError(f"rate == {rate!r}, must be at least 0 and below 1")
    most = LARGEST["blocks"]
    if missing == "unseen" and len(network) > most:
        raise SpecificationError(
            f"the network has {len(network):,} actors, missing == 'unseen' takes {most:,} at most: take a part of it"
        )
    if missing == "unseen" and strategy.weighted:
        raise SpecificationError(
            f"weighted == True in the strategy {strategy.kind!r}, but ties that are put in have no weight: take "
            "missing == 'ties' or a strategy without weights"
        )
    return float(rate)


def _model_checks(network: CriminalNetwork, made: Pair) -> tuple[Check, ...]:
    """Ask of the block model what missing_ties asks of it."""
    seen = (network.undirected_adjacency.toarray() > 0).astype(np.uint8)
    triangles = check_triangles(closed_triples(seen), made.closed)
    if triangles.status != "pass":
        message = say(
            "Of triples with two ties {seen:.0%} are closed, of those that the blocks make {made:.0%}: ties that are "
            "put in bridge more than unseen ties would, and the bands are off.",
            seen=triangles.numbers["seen"],
            made=triangles.numbers["model"],
        )
        triangles = replace(triangles, message=message)
    return replace(check_ties(seen), name="seen ties"), triangles


def _check_sight(estimates: pd.DataFrame) -> Check:
    """Say whether what is not seen changes more than chance does under full sight."""
    part, full, low, high = estimates.loc[
        ["robustness"], ["estimate", "full_sight", "full_low", "full_high"]
    ].to_numpy()[0]
    numbers = {"robustness": float(part), "full_sight": float(full)}
    low, high = (limit if np.isfinite(limit) else full for limit in (low, high))
    said = say(
        "Over the removals {part:.0%} of the largest component hold together, {full:.0%} under full sight",
        part=part,
        full=full,
    )
    if low <= part <= high:
        message = say("{said}: no more apart than runs under full sight are.", said=said)
        return Check("sight", "pass", message, numbers)
    message = say("{said}: the curve under full sight promises what cannot be had.", said=said)
    return Check("sight", "review", message, numbers)
