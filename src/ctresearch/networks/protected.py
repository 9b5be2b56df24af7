"""Who is kept out of every set of targets: victims, victim-defendants and children.

References
----------
.. [1] UNODC (2020). Female victims of trafficking for sexual exploitation as defendants: a case law analysis. Vienna.
.. [2] Inter-Agency Coordination Group against Trafficking in Persons (2020). Non-punishment of victims of trafficking.
   ICAT Issue Brief 8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from ctresearch.networks.network import as_network

if TYPE_CHECKING:
    from collections.abc import Hashable

    import networkx as nx

    from ctresearch.networks.network import CriminalNetwork

STATUS = "status"
PROTECTED = ("victim", "victim_defendant", "child", "minor")


def protected_actors(network: CriminalNetwork | nx.Graph[Any]) -> frozenset[Hashable]:
    """Return the actors who are marked as victims, victim-defendants or children.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        Marked by an attribute ``status`` (``"victim"``, ``"victim-defendant"``, ``"child"`` or ``"minor"``; capitals,
        spaces and hyphens do not matter), or by attributes of those names that are true.

    Returns
    -------
    frozenset
        The actors.

    References
    ----------
    .. [1] UNODC (2020). Female victims of trafficking for sexual exploitation as defendants: a case law analysis.

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.path_graph(3)
    >>> graph.nodes[1]["status"] = "Victim-defendant"
    >>> sorted(protected_actors(graph))
    [1]
    """
    actors = as_network(network).actors
    marked = pd.Series(False, index=actors.index)
    if STATUS in actors:
        marked |= actors[STATUS].map(_is_protected)
    for name in PROTECTED:
        if name in actors:
            marked |= actors[name].map(lambda value: pd.notna(value) and bool(value))
    return frozenset(marked.index[marked.to_numpy(dtype=bool)])


def _is_protected(status: Any) -> bool:
    """Say whether a status names someone protected."""
    return str(status).strip().lower().replace("-", "_").replace(" ", "_") in PROTECTED
