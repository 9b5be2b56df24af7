"""Is a network a small world: clustered as a lattice, yet short of path as chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import FitError
from ctresearch.core.meaning import model
from ctresearch.core.message import say
from ctresearch.core.random import generator, recorded_seed
from ctresearch.core.result import Result, estimates_table
from ctresearch.core.validate import is_level, whole_number
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.two_mode import one_mode
from ctresearch.networks.position.shortest_paths import count_paths
from ctresearch.networks.structure.rewiring import rewired

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import NDArray

    from ctresearch.core.random import Seed
    from ctresearch.networks.evidence.network import CriminalNetwork

_TERMS = {
    "transitivity_ratio": model("Closed triads, over those of random networks"),
    "distance_ratio": model("Mean distance, over that of random networks"),
    "small_world": model("Small-world ratio", headline=True),
}


def small_world(
    network: CriminalNetwork | nx.Graph[Any], *, draws: int = 200, level: float = 0.95, seed: Seed = 0
) -> Result:
    """Compare clustering and distance with those of random networks of the same degrees.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        With at least two ties and a closed triad or more; ties are taken without direction.
    draws : int
        Random networks, each made by exchanging the ends of pairs of ties.
    level : float
        Share of the random networks between the limits.
    seed : int or SeedSequence
        Of the exchanges.

    Returns
    -------
    Result
        Terms ``transitivity_ratio`` and ``distance_ratio`` (observed over random, the mean distance taken over pairs
        with a path), and ``small_world`` [1]_, the first over the second: above 1 for a small world. The limits are
        those of the ratio to single random networks: how far chance alone moves it.

    Raises
    ------
    FitError
        If there is no closed triad, or random networks of these degrees have none.

    References
    ----------
    .. [1] Humphries, M. D. and Gurney, K. (2008). Network 'small-world-ness': a quantitative method for determining
       canonical network equivalence. PLOS ONE 3, e0002051. https://doi.org/10.1371/journal.pone.0002051
    .. [2] Maslov, S. and Sneppen, K. (2002). Specificity and stability in topology of protein networks. Science 296,
       910-913. https://doi.org/10.1126/science.1065103

    Examples
    --------
    >>> import networkx as nx
    >>> ring = nx.connected_watts_strogatz_graph(60, 6, 0.1, seed=1)
    >>> bool(small_world(ring, draws=20).estimates.loc["small_world", "ci_low"] > 2)
    True
    """
    is_level(level)
    whole_number("draws", draws, 20)
    found = one_mode(network, "the small-world ratio", at_least=4)
    tied = found.undirected_adjacency.toarray() > 0
    observed = _clustering_and_distance(tied)
    if not observed[0] > 0:
        raise FitError(
            f"the network has {int(tied.sum() / 2)} ties and no closed triad: there is no clustering to compare"
        )
    random = generator(seed)
    chance = np.stack([_clustering_and_distance(rewired(tied, random)) for _ in range(draws)])
    if not (chance[:, 0] > 0).all():
        raise FitError(
            f"{int((chance[:, 0] <= 0).sum()):,} of {draws:,} random networks of the same degrees have no closed "
            "triad: the ratio does not exist"
        )
    return _result(found, observed / chance, observed / chance.mean(axis=0), level, recorded_seed(seed))


def _clustering_and_distance(tied: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Give transitivity and mean distance, shape (2,)."""
    from scipy.sparse import csr_array

    ties = csr_array(tied.astype(float))
    degree = tied.sum(axis=1)
    triads = float((degree * (degree - 1)).sum())
    closed = float((ties @ ties).multiply(ties).sum())
    paths = count_paths(ties)
    return np.array([closed / triads if triads else 0.0, paths.distance.sum() / max(paths.reached.sum(), 1.0)])


def _result(
    network: CriminalNetwork, each: NDArray[np.float64], mean: NDArray[np.float64], level: float, seed: int | None
) -> Result:
    """Put the ratios into words."""
    ratios = np.column_stack([each, each[:, 0] / each[:, 1]])
    low, high = np.quantile(ratios, [(1 - level) / 2, (1 + level) / 2], axis=0)
    centre = np.append(mean, mean[0] / mean[1])
    names = ("transitivity_ratio", "distance_ratio", "small_world")
    rows = {name: (float(centre[i]), float("nan"), float(low[i]), float(high[i])) for i, name in enumerate(names)}
    apart = bool(low[2] > 1 or high[2] < 1)
    message = say(
        "{level:.0%} of the random networks give a ratio from {low:.2f} to {high:.2f}.",
        level=level,
        low=low[2],
        high=high[2],
    )
    return Result(
        method="Small-world ratio against random networks of the same degrees",
        estimates=estimates_table(rows),
        n=len(network),
        smallest_group=len(network),
        level=level,
        interval="random networks",
        checks=(
            *network.checks,
            Check("chance", "pass" if apart else "review", message, {"low": low[2], "high": high[2]}),
        ),
        assumptions=CAVEATS,
        references=references(small_world),
        inputs=recorded(network, seed=seed),
        declaration=Declaration(_TERMS),
    )
