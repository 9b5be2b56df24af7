"""How far a network hangs on its most central actor: Freeman's centralisation [1]_.

References
----------
.. [1] Freeman, L. C. (1978). Centrality in social networks: conceptual clarification. Social Networks 1, 215-239.
   https://doi.org/10.1016/0378-8733(78)90021-7
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.meaning import key
from ctresearch.core.message import say
from ctresearch.core.validate import one_of
from ctresearch.networks.evidence.declared import of_group
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.measure_result import MeasureResult, connected_check, without_limits
from ctresearch.networks.evidence.two_mode import modes_check, one_mode
from ctresearch.networks.position.shortest_paths import count_paths

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import NDArray

    from ctresearch.networks.evidence.network import CriminalNetwork

Kind = Literal["degree", "in_degree", "out_degree", "betweenness", "closeness"]
KINDS = ("degree", "in_degree", "out_degree", "betweenness", "closeness")
_METHODS = {
    "degree": say("Centralisation by degree"),
    "in_degree": say("Centralisation by in degree"),
    "out_degree": say("Centralisation by out degree"),
    "betweenness": say("Centralisation by betweenness"),
    "closeness": say("Centralisation by closeness"),
}
_TERMS = {"centralisation": of_group("Lead of the most central actor over all others", headline=True)}


def centralisation(network: CriminalNetwork | nx.Graph[Any], kind: Kind = "degree") -> MeasureResult:
    """Compare the most central actor's lead over all others with the largest lead there could be.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        At least three actors.
    kind : {"degree", "in_degree", "out_degree", "betweenness", "closeness"}
        Centrality. The degree counts neighbours whatever the direction of the tie; betweenness follows directions.

    Returns
    -------
    MeasureResult
        The term ``centralisation``, which it reads like: from 0, all alike, to 1, a star. Closeness is NaN, and does
        not stand, where some cannot reach others.

    Raises
    ------
    SpecificationError
        If the kind is unknown.
    DataError
        If there are fewer than three actors.

    References
    ----------
    .. [1] Freeman, L. C. (1978). Centrality in social networks: conceptual clarification. Social Networks 1, 215-239.
       https://doi.org/10.1016/0378-8733(78)90021-7

    Examples
    --------
    >>> import networkx as nx
    >>> float(centralisation(nx.star_graph(5))), float(centralisation(nx.cycle_graph(6), "betweenness"))
    (1.0, 0.0)
    """
    one_of("kind", kind, KINDS)
    found = one_mode(network, "centralisation", at_least=3)
    value = freeman(found, kind)
    reached = Check("reach", "fail", "Some actors cannot reach others: closeness does not exist.", voids=True)
    return MeasureResult(
        method=_METHODS[kind],
        estimates=without_limits({"centralisation": value}, unit="share of a star's"),
        table=pd.DataFrame({"centralisation": [value]}, index=pd.Index([kind], name="kind")),
        reads_as="number",
        n=len(found),
        smallest_group=len(found),
        checks=(
            *found.checks,
            connected_check(found),
            *modes_check(found),
            *((reached,) if np.isnan(value) else ()),
        ),
        assumptions=CAVEATS,
        references=references(centralisation),
        inputs=recorded(found),
        declaration=Declaration(_TERMS, tables={"table": {"kind": key("Kind of centrality"), **_TERMS}}),
    )


def freeman(network: CriminalNetwork, kind: Kind) -> float:
    """Centralise one kind of centrality; closeness is NaN where some cannot reach others."""
    if kind in ("betweenness", "closeness"):
        return _path_centralisation(network, kind)
    adjacency = network.adjacency if kind != "degree" else network.undirected_adjacency
    degree = np.asarray(adjacency.sum(axis=0 if kind == "in_degree" else 1)).ravel()
    n = len(network)
    one_way = network.directed and kind != "degree"
    return _lead(degree) / ((n - 1.0) ** 2 if one_way else (n - 1.0) * (n - 2.0))


def _path_centralisation(network: CriminalNetwork, kind: Kind) -> float:
    """Centralise betweenness or closeness."""
    n = len(network)
    paths = count_paths(network.adjacency)
    if kind == "betweenness":  # ordered pairs in numerator and denominator alike
        return _lead(paths.betweenness) / ((n - 1.0) ** 2 * (n - 2.0))
    if (paths.reached < n - 1).any():
        return float("nan")
    closeness = (n - 1.0) / paths.distance
    largest = (n - 1.0) * (n - 2.0) / (2 * n - 3.0) if not network.directed else (n - 1.0) * (1 - 1 / n)
    return _lead(closeness) / largest


def _lead(values: NDArray[np.float64]) -> float:
    """Sum the leads of the highest value over all."""
    return float((values.max() - values).sum())
