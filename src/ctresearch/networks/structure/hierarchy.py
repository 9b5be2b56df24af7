"""How close a directed network comes to a tree of command: Krackhardt's four dimensions [1]_.

References
----------
.. [1] Krackhardt, D. (1994). Graph theoretical dimensions of informal organizations. In Carley, K. and Prietula, M.
   (eds) Computational Organization Theory, 89-111. Lawrence Erlbaum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import SpecificationError
from ctresearch.core.meaning import by_row, key
from ctresearch.core.message import say
from ctresearch.networks.evidence.declared import headline
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.measure_result import MeasureResult, undefined_check, without_limits
from ctresearch.networks.evidence.two_mode import one_mode
from ctresearch.networks.position.shortest_paths import distances
from ctresearch.networks.structure.description_terms import COMMAND

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import NDArray

    from ctresearch.networks.evidence.network import CriminalNetwork

_TERMS = COMMAND | {"hierarchy": headline(COMMAND["hierarchy"])}


def krackhardt(network: CriminalNetwork | nx.Graph[Any]) -> MeasureResult:
    """Measure connectedness, hierarchy, efficiency and unity of command; an out-tree has 1 in all four.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        Directed, of at least three actors; a tie points from the one who commands.

    Returns
    -------
    MeasureResult
        Terms, which it reads like a dictionary of: ``connectedness`` (pairs in one component), ``hierarchy`` (connected
        pairs without a way back), ``tree_efficiency`` (spare ties that are absent) and ``unity_of_command`` (pairs with
        a lowest common superior: one whom all other common superiors reach); NaN where no pair can be judged. R's
        ``sna::lubness`` (2.8) asks the reverse, that the one reach all others, and agrees only where there are no
        chains of superiors; its other three agree.

    Raises
    ------
    SpecificationError
        If ties have no direction.
    DataError
        If there are fewer than three actors.

    References
    ----------
    .. [1] Krackhardt, D. (1994). Graph theoretical dimensions of informal organizations. In Carley, K. and Prietula, M.
       (eds) Computational Organization Theory, 89-111. Lawrence Erlbaum.

    Examples
    --------
    >>> import networkx as nx
    >>> krackhardt(nx.balanced_tree(2, 2, create_using=nx.DiGraph))["hierarchy"]
    1.0
    """
    found = one_mode(network, "hierarchy", at_least=3)
    if not found.directed:
        raise SpecificationError(
            f"the {len(found.edges_index):,} ties have no direction, and hierarchy needs one: build with directed=True"
        )
    values = command_tree(found)
    return MeasureResult(
        method="Dimensions of hierarchy",
        estimates=without_limits(values, unit="share"),
        table=pd.DataFrame({"value": values}).rename_axis("term"),
        reads_as="mapping",
        n=len(found),
        smallest_group=len(found),
        checks=(*found.checks, undefined_check(say("dimensions"), list(values.values()))),
        assumptions=(*CAVEATS, "A tie points from the one who commands."),
        references=references(krackhardt),
        inputs=recorded(found),
        declaration=Declaration(
            _TERMS, tables={"table": {"term": key("Dimension"), "value": by_row("term", _TERMS, "Value")}}
        ),
    )


def command_tree(network: CriminalNetwork) -> dict[str, float]:
    """Measure the four dimensions of a directed network, NaN where no pair can be judged."""
    reach = distances(network.adjacency) >= 0
    parts = [sorted(part) for part in _components(network)]
    n = len(network)
    one_way = np.triu(reach | reach.T, 1)
    mutual = np.triu(reach & reach.T, 1)
    # k(k-1) possible ties less the k-1 of a tree
    spare = sum((len(p) - 1.0) ** 2 for p in parts)
    used = len(network.edges_index) - sum(len(p) - 1.0 for p in parts)
    headless = sum(_without_superior(reach[np.ix_(p, p)]) for p in parts if len(p) > 2)
    possible = sum((len(p) - 1.0) * (len(p) - 2.0) / 2 for p in parts)
    return {
        "connectedness": float(sum(len(p) * (len(p) - 1.0) for p in parts) / (n * (n - 1.0))),
        "hierarchy": float(1 - mutual.sum() / one_way.sum()) if one_way.any() else float("nan"),
        "tree_efficiency": float(1 - used / spare) if spare else float("nan"),
        "unity_of_command": float(1 - headless / possible) if possible else float("nan"),
    }


def _components(network: CriminalNetwork) -> list[set[int]]:
    """Positions of the actors of each weak component."""
    from scipy.sparse.csgraph import connected_components

    _, labels = connected_components(network.adjacency, directed=True, connection="weak")
    return [set(np.flatnonzero(labels == label).tolist()) for label in range(labels.max() + 1)]


def _without_superior(reach: NDArray[np.bool_]) -> int:
    """Count the pairs of a component that have no lowest common superior, where each reaches itself.

    All superiors of a common superior are common too, so the lowest is one with as many superiors as there are common
    ones.
    """
    superiors = reach.sum(axis=0)
    found = 0
    for one in range(len(reach) - 1):
        common = reach[:, [one]] & reach[:, one + 1 :]
        lowest = (common * superiors[:, None]).max(axis=0)
        found += int(((lowest != common.sum(axis=0)) | ~common.any(axis=0)).sum())
    return found
