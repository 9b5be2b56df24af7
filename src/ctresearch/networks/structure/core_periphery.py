"""Core and periphery: the few who are tied to each other, and those who are tied to them at most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import FitError
from ctresearch.core.meaning import actor, count, mark, model
from ctresearch.core.message import say, together
from ctresearch.core.random import generator, recorded_seed
from ctresearch.core.result import Result, estimates_table, value_field
from ctresearch.core.validate import one_of, whole_number
from ctresearch.networks.evidence.declared import ONE_PERSON, of_group
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.square_table import refuse_too_large
from ctresearch.networks.evidence.two_mode import modes_check, one_mode
from ctresearch.networks.structure.core_bound import highest_fit, highest_star_fit
from ctresearch.networks.structure.core_fit import best_by_degree, best_of_all, climb
from ctresearch.networks.structure.search_limit import SearchLimit

if TYPE_CHECKING:
    from collections.abc import Mapping

    import networkx as nx
    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning
    from ctresearch.core.random import Seed
    from ctresearch.networks.evidence.network import CriminalNetwork

Ideal = Literal["missing", "star"]
_ALL = 20  # actors up to which every core is tried
_DEGREE_STARTS = 40
_EXACT = 1e-9  # rounding error of a correlation


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CorePeripheryResult(Result):
    """The core that fits best. It names people: not for release.

    Parameters
    ----------
    ideal : str
        The ideal picture.
    correlation : float
        Of the ties with the ideal.
    core : tuple
        Actors of the core, in the order of the network.
    proven : bool
        Whether no other core can fit better.
    gap : float
        By how much the correlation of another core could be higher: 0 if proven.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``correlation``, ``bound`` (no core is above
        it), ``core_size`` and the densities ``core_density``, ``between_density`` and ``periphery_density``.

    Examples
    --------
    >>> import networkx as nx
    >>> core_periphery(nx.star_graph(5), ideal="star").core
    (0,)
    """

    record_level: ClassVar[bool] = True

    ideal: str = value_field(mark("Ideal picture"))
    correlation: float = value_field(of_group("Correlation of the ties with the ideal picture"))
    core: tuple[Any, ...] = value_field(actor("Actors in the core"))
    proven: bool = value_field(mark("Proven to be the best"))
    gap: float = value_field(model("How much better another core could fit"))

    terms: ClassVar[Mapping[str, Meaning]] = {
        "correlation": of_group("Correlation of the ties with the ideal picture", headline=True),
        "bound": model("Highest correlation that any core could have"),
        "core_size": count("Actors in the core", "actors"),
        "core_density": of_group("Density of ties within the core"),
        "between_density": of_group("Density of ties between core and periphery"),
        "periphery_density": of_group("Density of ties within the periphery"),
    }


def core_periphery(
    network: CriminalNetwork | nx.Graph[Any],
    ideal: Ideal = "missing",
    *,
    weighted: bool = False,
    starts: int = 20,
    seconds: float | None = None,
    effort: int | None = None,
    seed: Seed = 0,
) -> CorePeripheryResult:
    """Find the core whose ideal picture correlates best with the ties [1]_.

    Up to 20 actors every core is tried. Beyond, cores grow from the actors of highest degree and from random
    starts by moves and exchanges; with ``"star"``, branch and bound over each size then proves the result or bounds
    it, and with ``"missing"`` a bound from the degrees does.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        At least four actors. Of directed ties both directions are compared with the ideal.
    ideal : {"missing", "star"}
        In both, all in the core are tied and none in the periphery. Ties between the two are left aside
        (``"missing"``), or all there (``"star"``).
    weighted : bool
        Correlate the strengths of ties in place of their presence.
    starts : int
        Random starts.
    seconds : float, optional
        Time after which the best core so far is given, with a bound on what others could reach: 10 s, and no limit
        where ``effort`` is given. Decompositions of large tables are not cut short. A result that the clock ended may
        differ from run to run; one whose search had come to its end does not.
    effort : int, optional
        Most branches of the proof for each size of core, for studies that must repeat.
    seed : int or SeedSequence
        Of the random starts.

    Returns
    -------
    CorePeripheryResult
        The core, its fit, and the proof.

    Raises
    ------
    SpecificationError
        If an option is unknown, or weights are asked for and not explained.
    DataError
        If there are fewer than four actors.
    FitError
        If no correlation exists, as without ties or with all of them.

    References
    ----------
    .. [1] Borgatti, S. P. and Everett, M. G. (2000). Models of core/periphery structures. Social Networks 21, 375-395.
       https://doi.org/10.1016/S0378-8733(99)00019-2

    Examples
    --------
    >>> import networkx as nx
    >>> four_with_a_follower_each = nx.corona_product(nx.complete_graph(4), nx.empty_graph(1))
    >>> result = core_periphery(four_with_a_follower_each)
    >>> result.core, round(result.correlation, 3), result.proven
    ((0, 1, 2, 3), 1.0, True)
    """
    one_of("ideal", ideal, ("missing", "star"))
    one_of("weighted", weighted, (True, False))
    found = one_mode(network, "core and periphery", at_least=4)
    refuse_too_large("core and periphery", len(found), 3)
    whole_number("starts", starts, 0)
    star, n = ideal == "star", len(found)
    with SearchLimit("core and periphery", seconds, effort) as limit:
        matrix = (found.matrix_as("strength") if weighted else found.adjacency).toarray()
        ties = np.stack([matrix + matrix.T, matrix**2 + matrix.T**2])
        if n <= _ALL:
            value, core, equal = best_of_all(ties, star)
            bound, ended = value, False
        else:
            value, core, equal, ended = _best_of_starts(ties, star, starts, seed, limit.share(0.6))
            binary = bool(np.isin(matrix, (0, 1)).all())
            bound = value if value <= -2 else _bound(ties, value, star, binary, limit)
        ended = ended or limit.over
    if value <= -2:
        raise FitError(
            f"no correlation exists among {n} actors with {len(found.edges_index)} ties: all pairs are alike"
        )
    checks = _checks(max(bound - value, 0.0), equal, tried_all=n <= _ALL, seconds=limit.seconds if ended else None)
    return _result(found, ideal, value, bound, core=core, checks=checks, seed=seed, matrix=matrix)


def _bound(ties: NDArray[np.float64], value: float, star: bool, binary: bool, limit: SearchLimit) -> float:
    """Bound what other cores could reach."""
    if star:
        return highest_star_fit(ties, value, limit.effort, limit)
    return highest_fit(ties, value, binary=binary, limit=limit)


def _best_of_starts(
    ties: NDArray[np.float64], star: bool, starts: int, seed: Seed, limit: SearchLimit
) -> tuple[float, NDArray[np.bool_], int, bool]:
    """Climb from the actors of highest degree, in cores of many sizes, and from random cores; say if time ended it."""
    n, random = ties.shape[1], generator(seed)
    by_degree = np.argsort(-ties[0].sum(axis=1), kind="stable")
    sizes = np.unique(np.geomspace(1, n - 1, min(_DEGREE_STARTS, n - 1)).astype(int))
    first = [np.isin(np.arange(n), by_degree[:size]) for size in sizes]
    first += [random.random(n) < share for share in random.uniform(0.05, 0.5, starts)]
    best, chosen, equal = -2.0, first[0], {b""}
    for core in first:
        if limit.over:
            break
        value = climb(ties, core, star, limit)
        if value > best + 1e-10:
            best, chosen, equal = value, core, {core.tobytes()}
        elif value > best - 1e-10:
            equal.add(core.tobytes())
    ended = limit.over
    if ended:
        value, core = best_by_degree(ties, star)
        if value > best + 1e-10:
            best, chosen, equal = value, core, {core.tobytes()}
    return best, chosen, len(equal), ended


def _result(
    network: CriminalNetwork,
    ideal: str,
    value: float,
    bound: float,
    *,
    core: NDArray[np.bool_],
    checks: tuple[Check, Check],
    seed: Seed,
    matrix: NDArray[np.float64],
) -> CorePeripheryResult:
    """Put the core and its proof into words."""
    present = matrix > 0
    blocks = {"core_density": (core, core), "between_density": (core, ~core), "periphery_density": (~core, ~core)}
    values = {"correlation": value, "bound": bound, "core_size": float(core.sum())}
    values |= {term: _density(present[np.ix_(*sides)], one=sides[0] is sides[1]) for term, sides in blocks.items()}
    gap, nan = max(bound - value, 0.0), float("nan")
    return CorePeripheryResult(
        method=say("Core and periphery, discrete, ideal '{ideal}'", ideal=ideal),
        estimates=estimates_table({term: (one, nan, nan, nan) for term, one in values.items()}),
        n=len(network),
        smallest_group=ONE_PERSON,
        checks=(*network.checks, *checks, *modes_check(network)),
        assumptions=CAVEATS,
        references=references(core_periphery),
        inputs=recorded(network, seed=recorded_seed(seed)),
        ideal=ideal,
        correlation=float(value),
        core=tuple(network.nodes[i] for i in np.flatnonzero(core)),
        proven=gap <= _EXACT,
        gap=gap,
    )


def _checks(gap: float, equal: int, *, tried_all: bool, seconds: float | None) -> tuple[Check, Check]:
    """Say whether the core is proven, and whether it stands alone."""
    proven = gap <= _EXACT
    message = (
        say("No other core can fit better.")
        if proven
        else say("Another core could fit better by at most {gap:.3f}.", gap=gap)
    )
    if not proven and seconds is not None:
        message = together([message, say("The search ended with its time, {seconds:g} s.", seconds=seconds)])
    tied = say("One core alone fits best.", many="{n} cores fit equally well: one is given.", n=equal)
    if not tried_all:
        tied = say(
            "Cores that were met and fit equally well: {cores}; not every core was tried, so that others may.",
            cores=equal,
        )
    return (
        Check("optimality", "pass" if proven else "review", message, {"gap": gap}),
        Check("ties", "pass" if equal == 1 and tried_all else "review", tied, {"cores": equal}),
    )


def _density(block: NDArray[np.bool_], *, one: bool) -> float:
    """Take the share of ties present, leaving out the diagonal of a block of one side."""
    pairs = block.size - len(block) * one
    return float(block.sum() / pairs) if pairs else float("nan")
