"""How a network is organised, in one table: size, cohesion, centralisation, clustering and hierarchy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.measure_result import ALL_CONNECTED
from ctresearch.networks.evidence.network import as_network
from ctresearch.networks.evidence.two_mode import modes, modes_check
from ctresearch.networks.position.shortest_paths import count_paths
from ctresearch.networks.structure.centralisation import freeman
from ctresearch.networks.structure.description_terms import DESCRIPTION
from ctresearch.networks.structure.hierarchy import command_tree
from ctresearch.networks.structure.two_mode_description import describe_two_modes, two_modes_named

if TYPE_CHECKING:
    from ctresearch.networks.evidence.network import CriminalNetwork
    from ctresearch.networks.position.shortest_paths import PathCounts


def describe(network: CriminalNetwork | nx.Graph[Any]) -> Result:
    """Describe the structure of a network.

    Every figure counts ties as they were seen; weights are left aside. Distances are taken over the pairs that can
    reach each other, and ``global_efficiency`` [1]_, which gives a pair without a path the value 0, over all pairs.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        At least three actors.

    Returns
    -------
    Result
        Terms ``actors``, ``ties``, ``density``, ``mean_degree``, ``isolates``, ``components``, ``largest_component``,
        ``degree_centralisation``, ``betweenness_centralisation`` (for directed networks ``in_`` and
        ``out_degree_centralisation`` and ``reciprocity`` too), ``diameter``, ``mean_distance``,
        ``global_efficiency``, ``fragmentation``, ``distance_fragmentation`` [2]_, ``transitivity``,
        ``local_clustering`` (actors with one neighbour count 0), ``degree_assortativity``, ``largest_core`` and, for
        directed networks, Krackhardt's four dimensions of hierarchy. They describe the network that was seen, so they
        have no standard errors: for what is unseen, use :func:`ctresearch.networks.missing.missing_ties`.

        A network of two modes (networkx's attribute ``bipartite``) has the terms that are defined there, its
        ``density`` the share of the pairs of one node from each mode [3]_, and ``robins_alexander_clustering`` in place
        of transitivity.

    Raises
    ------
    DataError
        If there are fewer than three actors.
    SpecificationError
        If ties between two modes have a direction.

    References
    ----------
    .. [1] Latora, V. and Marchiori, M. (2001). Efficient behavior of small-world networks. Physical Review Letters 87,
       198701. https://doi.org/10.1103/PhysRevLett.87.198701
    .. [2] Borgatti, S. P. (2006). Identifying sets of key players in a social network. Computational and Mathematical
       Organization Theory 12, 21-34. https://doi.org/10.1007/s10588-006-7084-x
    .. [3] Borgatti, S. P. and Everett, M. G. (1997). Network analysis of 2-mode data. Social Networks 19, 243-269.
       https://doi.org/10.1016/S0378-8733(96)00301-2

    Examples
    --------
    >>> result = describe(nx.krackhardt_kite_graph())
    >>> result.estimates["estimate"][["density", "degree_centralisation", "diameter"]].round(3).tolist()
    [0.4, 0.333, 4.0]
    """
    found = as_network(network, at_least=3)
    second = modes(found)
    if second is not None:
        values, checks = describe_two_modes(found, second), (two_modes_named(),)
        return _result(found, values, (_connected(values), *checks))
    paths = count_paths(found.adjacency)
    values = _size(found) | _centralisations(found) | _paths(found, paths) | _clustering(found)
    if found.directed:
        values |= command_tree(found)
    return _result(found, values, (_connected(values), *modes_check(found)))


def _result(network: CriminalNetwork, values: dict[str, float], checks: tuple[Check, ...]) -> Result:
    """Put the figures into a result."""
    nan = float("nan")
    return Result(
        method="Description of a network",
        estimates=estimates_table({term: (value, nan, nan, nan) for term, value in values.items()}),
        n=len(network),
        smallest_group=len(network),
        checks=(*network.checks, *checks),
        assumptions=CAVEATS,
        references=references(describe),
        inputs=recorded(network),
        declaration=Declaration(DESCRIPTION),
    )


def _size(network: CriminalNetwork) -> dict[str, float]:
    """Actors, ties and components."""
    n, m = len(network), len(network.edges_index)
    degree = np.asarray(network.undirected_adjacency.sum(axis=1)).ravel()
    parts = [len(c) for c in nx.connected_components(network.graph.to_undirected(as_view=True))]
    return {
        "actors": n,
        "ties": m,
        "density": m / (n * (n - 1.0)) * (1.0 if network.directed else 2.0),
        "mean_degree": float(degree.mean()),
        "isolates": int((degree == 0).sum()),
        "components": len(parts),
        "largest_component": max(parts) / n,
    }


def _centralisations(network: CriminalNetwork) -> dict[str, float]:
    """Freeman's centralisations, those by direction for directed networks."""
    values = {"degree_centralisation": freeman(network, "degree")}
    if network.directed:
        values["in_degree_centralisation"] = freeman(network, "in_degree")
        values["out_degree_centralisation"] = freeman(network, "out_degree")
        values["reciprocity"] = float(nx.reciprocity(network.graph)) if len(network.edges_index) else float("nan")
    return values | {"betweenness_centralisation": freeman(network, "betweenness")}


def _paths(network: CriminalNetwork, paths: PathCounts) -> dict[str, float]:
    """Distances, efficiency and fragmentation; the fragmentations take ties without their direction."""
    n = len(network)
    both = count_paths(network.undirected_adjacency) if network.directed else paths
    pairs, reached = n * (n - 1.0), paths.reached.sum()
    return {
        "diameter": float(paths.eccentricity.max()) if reached else float("nan"),
        "mean_distance": float(paths.distance.sum() / reached) if reached else float("nan"),
        "global_efficiency": float(paths.inverse_distance.sum() / pairs),
        "fragmentation": float(1 - both.reached.sum() / pairs),
        "distance_fragmentation": float(1 - both.inverse_distance.sum() / pairs),
    }


def _clustering(network: CriminalNetwork) -> dict[str, float]:
    """Measure closed triads, mixing by degree and the innermost core, ties taken without direction."""
    graph = nx.Graph(network.graph)
    degree = np.array([d for _, d in graph.degree], dtype=float)
    triads = float((degree * (degree - 1)).sum())
    ends = degree[network.edges_index]
    varied = len(ends) > 1 and np.ptp(ends) > 0
    return {
        "transitivity": float(nx.transitivity(graph)) if triads else float("nan"),
        "local_clustering": float(nx.average_clustering(graph)),
        "degree_assortativity": float(nx.degree_assortativity_coefficient(graph)) if varied else float("nan"),
        "largest_core": max(nx.core_number(graph).values()),
    }


def _connected(values: dict[str, float]) -> Check:
    """Say whether distances cover all pairs."""
    parts = int(values["components"])
    if parts == 1:
        return Check("connected", "pass", ALL_CONNECTED, {"components": 1})
    return Check(
        "connected",
        "review",
        say(
            "The network falls into {parts} components: diameter and mean distance speak of pairs with a path only.",
            parts=parts,
        ),
        {"components": parts, "largest_component": values["largest_component"]},
    )
