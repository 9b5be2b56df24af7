"""Key players: the k actors without whom a network falls apart most, or who reach most of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import SpecificationError
from ctresearch.core.meaning import actor, mark, model
from ctresearch.core.message import say
from ctresearch.core.random import recorded_seed
from ctresearch.core.result import Result, estimates_table, value_field
from ctresearch.core.validate import has_columns, in_range, one_of, whole_number
from ctresearch.networks.evidence.declared import ONE_PERSON, of_group, things
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.protected import kept_out, protection_check
from ctresearch.networks.evidence.two_mode import modes_check, one_mode
from ctresearch.networks.position.shortest_paths import distances
from ctresearch.networks.removal.distance_reach import DistanceReach
from ctresearch.networks.removal.removal_measures import DistanceFragmentation, Fragmentation, Reach
from ctresearch.networks.removal.set_search import MAX_SETS, Candidates, Found, branch_and_bound, greedy, swap
from ctresearch.networks.removal.strategies import numbers
from ctresearch.networks.structure.search_limit import SearchLimit

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Mapping

    import networkx as nx

    from ctresearch.core.meaning import Meaning
    from ctresearch.core.random import Seed
    from ctresearch.networks.evidence.network import CriminalNetwork
    from ctresearch.networks.removal.removal_measures import RemovalMeasure

Measure = Literal["fragmentation", "distance_fragmentation", "reach", "distance_reach"]
Search = Literal["exact", "swap", "greedy"]
_RANDOM_STARTS = 4
_PROVEN = 1e-12  # rounding of a share
_PROVES_NOTHING = {"swap": say("a swap search proves nothing"), "greedy": say("a greedy search proves nothing")}
_METHODS = {
    "fragmentation": "Key players by fragmentation, sets of {k}",
    "distance_fragmentation": "Key players by distance fragmentation, sets of {k}",
    "reach": "Key players by reach, sets of {k}",
    "distance_reach": "Key players by distance reach, sets of {k}",
}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class KeyPlayersResult(Result):
    """The best sets of k actors. It names people: not for release.

    Parameters
    ----------
    objective : str
        What was asked: ``"fragmentation"``, ``"distance_fragmentation"``, ``"reach"`` or ``"distance_reach"``.
    k : int
        Members of a set.
    value : float
        The measure of the best sets, from 0 to 1.
    sets : tuple of tuple
        All sets with that value (at most 1,000; a check says if there are more), in the order of the network's actors.
    proven : bool
        Whether no other set can be better.
    gap : float
        How much better a set could still be: 0 if proven.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``value``, ``bound`` (no set is above it),
        ``greedy`` (what choosing one after the other gives) and ``greedy_loss``.

    Examples
    --------
    >>> import networkx as nx
    >>> key_players(nx.star_graph(4), k=1).sets
    ((0,),)
    """

    record_level: ClassVar[bool] = True

    objective: str = value_field(mark("Measure"))
    k: int = value_field(things("Actors in a set, as asked", "actors"))
    value: float = value_field(of_group("Value of the best sets"))
    sets: tuple[tuple[Any, ...], ...] = value_field(actor("Members of the best sets"))
    proven: bool = value_field(mark("Proven to be the best"))
    gap: float = value_field(model("How much better another set could be"))

    terms: ClassVar[Mapping[str, Meaning]] = {
        "value": of_group("Value of the best sets", headline=True),
        "bound": model("Highest value that any set could have"),
        "greedy": of_group("Value of the set chosen step by step"),
        "greedy_loss": of_group("What choosing step by step loses"),
    }


def key_players(
    network: CriminalNetwork | nx.Graph[Any],
    k: int,
    measure: Measure = "fragmentation",
    *,
    steps: int = 1,
    search: Search = "exact",
    exclude: Collection[Hashable] | None = None,
    protect: bool = True,
    costs: Mapping[Hashable, float] | str | None = None,
    budget: float | None = None,
    seconds: float | None = None,
    effort: int | None = None,
    seed: Seed = 0,
) -> KeyPlayersResult:
    """Find the sets of ``k`` actors that matter most to the network as a whole [1]_.

    Actors marked as victims, victim-defendants or children are never members of a set
    (:func:`ctresearch.networks.protected_actors`); they count among those who remain. Ties are taken without direction
    and weight, and denominators run over the n - k who remain.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        The network.
    k : int
        Members of a set, at most n - 2.
    measure : {"fragmentation", "distance_fragmentation", "reach", "distance_reach"}
        KPP-Neg: pairs parted without the set; the same with distance, 1 less the mean inverse distance. KPP-Pos: the
        share of others whom the set reaches within ``steps``; or their mean inverse distance from its nearest member.
        Members are left out of sums and denominators alike; Borgatti counts those of KPP-Pos as reached and divides by
        n.
    steps : int
        Steps within which ``"reach"`` looks.
    search : {"exact", "swap", "greedy"}
        Branch and bound from the best set of the swap search; the swap search alone; or one after the other. Swaps and
        greedy choice prove nothing, but the gap is given.
    exclude : collection, optional
        Further actors to leave out of the sets, beside those protected.
    protect : bool
        ``False`` lets victims, victim-defendants and children be members of a set, and a check fails.
    costs : mapping or str, optional
        Cost of each actor, or the attribute that holds it; needs ``budget``.
    budget : float, optional
        What a set may cost.
    seconds : float, optional
        Time after which the best sets so far are given, with the bound that no set is above: 10 s, and no limit where
        ``effort`` is given. What every answer needs, such as all distances for the reach, is not cut short. A result
        that is proven is the same on every machine; one that the clock ended may differ from run to run.
    effort : int, optional
        Most branches to open, for studies that must repeat: such a result is the same on every machine, proven or not.
    seed : int or SeedSequence
        Of the random starts.

    Returns
    -------
    KeyPlayersResult
        Value, all ties, and whether they are proven.

    Raises
    ------
    SpecificationError
        If an option is out of range, or nobody can be in a set.
    DataError
        If there are fewer than three actors.

    References
    ----------
    .. [1] Borgatti, S. P. (2006). Identifying sets of key players in a social network. Computational and Mathematical
       Organization Theory 12, 21-34. https://doi.org/10.1007/s10588-006-7084-x

    Examples
    --------
    >>> import networkx as nx
    >>> result = key_players(nx.krackhardt_kite_graph(), k=1)
    >>> result.sets, round(result.value, 3), result.proven
    (((7,),), 0.389, True)
    """
    found = one_mode(network, "the measure of key players", at_least=3)
    k = whole_number("k", k, 1, len(found) - 2)
    one_of("search", search, ("exact", "swap", "greedy"))
    with SearchLimit("key players", seconds, effort) as limit:
        left_out = kept_out(found, exclude, protect=protect)
        who = _candidates(found, k, left_out, costs, budget)
        asked = _measure(found, measure, steps)
        floor = asked.floor(k, who.allowed)
        best, first = _search(asked, k, who, limit, search=search, seed=seed)
        if not best.sets:
            raise SpecificationError(
                f"budget == {budget!r} was too small for any set of {k} that the search met: raise it"
            )
        lowest = _lowest(asked, k, who, best, limit, search, floor)
        proof = _proof(best, asked, k, lowest, limit, search)
    return _result(
        found, asked, measure, k, best=best, lowest=lowest, first=first, proof=proof, left_out=left_out, seed=seed
    )


def _search(
    measure: RemovalMeasure, k: int, who: Candidates, limit: SearchLimit, *, search: str, seed: Seed
) -> tuple[Found, tuple[int, ...]]:
    """Search as asked; return the best sets and the greedy one."""
    measure.losses([], limit)  # kept by the measure: whatever the clock cuts short, there is a bound
    first, best = greedy(measure, k, who, limit), Found()
    if search != "greedy":
        best = swap(measure, k, who, limit, starts=1 + _RANDOM_STARTS, seed=seed)
    if len(first) == k:
        best.offer(measure.cost(first), tuple(sorted(first)))
    if search == "exact":
        branch_and_bound(measure, k, who, best, limit)
    return best, first


def _measure(network: CriminalNetwork, measure: str, steps: int) -> RemovalMeasure:
    """Prepare the question."""
    one_of("measure", measure, ("fragmentation", "distance_fragmentation", "reach", "distance_reach"))
    whole_number("steps", steps, 1)
    if measure == "fragmentation":
        return Fragmentation(network.undirected_adjacency)
    if measure == "distance_fragmentation":
        return DistanceFragmentation(network.undirected_adjacency)
    lengths = distances(network.undirected_adjacency)
    if measure == "distance_reach":
        return DistanceReach(lengths)
    return Reach((lengths >= 0) & (lengths <= steps))


def _candidates(
    network: CriminalNetwork,
    k: int,
    left_out: frozenset[Hashable],
    costs: Mapping[Hashable, float] | str | None,
    budget: float | None,
) -> Candidates:
    """Say who may be in a set, and what each costs."""
    if (costs is None) != (budget is None):
        raise SpecificationError(f"costs and budget == {budget!r} go together: give both or neither")
    allowed = np.array([i for i, a in enumerate(network.nodes) if a not in left_out], dtype=np.int64)
    if len(allowed) < k:
        raise SpecificationError(f"k == {k}, but only {len(allowed)} actors may be in a set: lower it")
    if costs is None or budget is None:
        return Candidates(allowed, np.zeros(len(network)), np.inf)
    name = costs if isinstance(costs, str) else "costs"
    if isinstance(costs, str):
        has_columns("actors", network.actors, [costs])
        costs = network.actors[costs].to_dict()
    paid = numbers(pd.Series([costs.get(a) for a in network.nodes], dtype=object, name=name))
    if not (paid[allowed] >= 0).all():
        raise SpecificationError(
            f"{int((~(paid[allowed] >= 0)).sum())} actors have no cost of 0 or more: complete them"
        )
    return Candidates(allowed, np.nan_to_num(paid), in_range("budget", budget, 0))


def _lowest(  # noqa: PLR0917 - the pieces of one bound
    measure: RemovalMeasure, k: int, who: Candidates, best: Found, limit: SearchLimit, search: str, floor: float
) -> float:
    """Bound the cost of any set from below."""
    known = best.open_bound if search == "exact" else measure.losses([], limit).of_any(who.allowed, k)
    return min(best.cost, max(known, floor))


def _proof(  # noqa: PLR0917 - the pieces of one proof
    best: Found, measure: RemovalMeasure, k: int, lowest: float, limit: SearchLimit, search: str
) -> tuple[Check, Check]:
    """Say whether the value is proven and the ties are all listed."""
    gap = measure.value(lowest, k) - measure.value(best.cost, k)
    proof = Check("optimality", "pass", "No other set can be better.", {"gap": 0.0, "branches": best.looked})
    if gap > _PROVEN:
        why = limit.ended_by(best.looked) if search == "exact" else _PROVES_NOTHING[search]
        message = say(
            "The sets are the best that were met; another could be better by at most {gap:.4f}, for {why}.",
            gap=gap,
            why=why,
        )
        proof = Check("optimality", "review", message, {"gap": gap, "branches": best.looked})
    number = {"sets": len(best.sets)}
    if not best.complete:
        message = say("More than {most} sets share this value; {most} are listed.", most=MAX_SETS)
    elif search != "exact" or not best.settled:
        message = say(
            "Sets with this value that were met: {sets}; whether others have it was not looked for.",
            sets=len(best.sets),
        )
    elif len(best.sets) > 1:
        message = say("{sets} sets share this value: none is *the* key set.", sets=len(best.sets))
    else:
        return proof, Check("ties", "pass", "One set alone has this value.", number)
    return proof, Check("ties", "review", message, number)


def _result(
    network: CriminalNetwork,
    measure: RemovalMeasure,
    name: str,
    k: int,
    *,
    best: Found,
    lowest: float,
    first: tuple[int, ...],
    proof: tuple[Check, Check],
    left_out: frozenset[Hashable],
    seed: Seed,
) -> KeyPlayersResult:
    """Put the sets and their proof into words."""
    value, bound = measure.value(best.cost, k), np.minimum(measure.value(lowest, k), 1.0)
    stepwise = measure.value(measure.cost(first), k) if len(first) == k else float("nan")
    gap = float(np.maximum(bound - value, 0.0))
    nan = float("nan")
    rows = {"value": value, "bound": bound, "greedy": stepwise, "greedy_loss": value - stepwise}
    return KeyPlayersResult(
        method=say(_METHODS[name], k=k),
        estimates=estimates_table({term: (one, nan, nan, nan) for term, one in rows.items()}),
        n=len(network),
        smallest_group=ONE_PERSON,
        checks=(*network.checks, *proof, *modes_check(network), protection_check("protection", network, left_out)),
        assumptions=CAVEATS,
        references=references(key_players),
        inputs=recorded(network, seed=recorded_seed(seed)),
        objective=name,
        k=k,
        value=value,
        sets=tuple(tuple(network.nodes[i] for i in one) for one in sorted(best.sets)[:MAX_SETS]),
        proven=gap <= _PROVEN,
        gap=gap,
    )
