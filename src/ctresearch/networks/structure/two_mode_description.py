"""How a network of two modes is organised, by the definitions that hold for two.

References
----------
.. [1] Borgatti, S. P. and Everett, M. G. (1997). Network analysis of 2-mode data. Social Networks 19, 243-269.
   https://doi.org/10.1016/S0378-8733(96)00301-2
.. [2] Robins, G. and Alexander, M. (2004). Small worlds among interlocking directors: network structure and distance in
   bipartite graphs. Computational and Mathematical Organization Theory 10, 69-94.
   https://doi.org/10.1023/B:CMOT.0000032580.12184.c0
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import numpy as np

from ctresearch.core.check import Check
from ctresearch.networks.evidence.two_mode import one_mode
from ctresearch.networks.position.shortest_paths import count_paths

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.networks.evidence.network import CriminalNetwork


def describe_two_modes(network: CriminalNetwork, second: NDArray[np.bool_]) -> dict[str, float]:
    """Work out the figures that are defined for two modes.

    Parameters
    ----------
    network : CriminalNetwork
        Without directions.
    second : numpy.ndarray
        Who is in the second mode, shape (actors,).

    Returns
    -------
    dict of str to float
        Figures by term.

    Raises
    ------
    SpecificationError
        If ties have a direction.

    Examples
    --------
    >>> from ctresearch.networks import as_network
    >>> made = as_network(nx.complete_bipartite_graph(2, 3))
    >>> describe_two_modes(made, np.array([False, False, True, True, True]))["density"]
    1.0
    """
    if network.directed:
        one_mode(network, "every figure for ties with a direction")
    n, m = len(network), float(len(network.edges_index))
    columns, rows = int(second.sum()), int((~second).sum())
    paths = count_paths(network.adjacency)
    degree = np.asarray(network.adjacency.sum(axis=1)).ravel()
    parts = [len(part) for part in nx.connected_components(network.graph)]
    reached = paths.reached.sum()
    return {
        "actors": n,
        "first_mode": rows,
        "second_mode": columns,
        "ties": m,
        "density": m / (rows * columns),
        "mean_degree_first": m / rows,
        "mean_degree_second": m / columns,
        "isolates": int((degree == 0).sum()),
        "components": len(parts),
        "largest_component": max(parts) / n,
        "diameter": float(paths.eccentricity.max()) if reached else float("nan"),
        "mean_distance": float(paths.distance.sum() / reached) if reached else float("nan"),
        "fragmentation": float(1 - reached / (n * (n - 1.0))),
        "robins_alexander_clustering": float(nx.bipartite.robins_alexander_clustering(nx.Graph(network.graph))),
    }


def two_modes_named() -> Check:
    """Say which definitions stand behind the figures.

    Returns
    -------
    Check
        For a review.

    Examples
    --------
    >>> two_modes_named().status
    'review'
    """
    return Check(
        "modes",
        "review",
        "The network has two modes: density is the share of the pairs of one node from each, clustering that of paths "
        "of three ties which close to a circle of four. Figures that are defined for one mode are left out: project it "
        "for those.",
    )
