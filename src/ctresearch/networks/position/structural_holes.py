"""Structural holes: how far an actor's contacts leave them room to broker [1]_.

The tie between two actors is the sum of the ties in both directions, a_ij + a_ji, so directed networks are read as Burt
reads them. Hence the constraint of a directed network with strengths is that of the undirected one that adds both up
(``directed=False, combine="sum"``), and that of a directed network without weights gives a mutual tie twice the weight
of one that goes one way. This is what R's ``igraph::constraint(g)`` computes too, of which the weights are strengths,
as in ``igraph::strength(g, mode="all")``. Weights that are distances are inverted first.

References
----------
.. [1] Burt, R. S. (1992). Structural Holes: The Social Structure of Competition. Harvard University Press.
.. [2] Everett, M. G. and Borgatti, S. P. (2020). Unpacking Burt's constraint measure. Social Networks 62, 50-57.
   https://doi.org/10.1016/j.socnet.2020.02.001
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.meaning import count, model
from ctresearch.core.message import say
from ctresearch.networks.evidence.declared import ACTOR, ONE_PERSON
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.measure_result import ActorsResult, actor_index, by_row, undefined_check
from ctresearch.networks.evidence.two_mode import modes_check, one_mode
from ctresearch.networks.position.ego_holes import ego_holes

if TYPE_CHECKING:
    import networkx as nx

    from ctresearch.networks.evidence.network import CriminalNetwork

_TERMS = {
    "contacts": count("Contacts", "actors"),
    "effective_size": model("Contacts that are not redundant", "actors"),
    "efficiency": model("Share of contacts that are not redundant"),
    "constraint": model("Constraint", headline=True),
}
UNITS = {"contacts": "actors", "effective_size": "actors", "efficiency": "share", "constraint": ""}


def structural_holes(network: CriminalNetwork | nx.Graph[Any], *, weighted: bool = False) -> ActorsResult:
    """Measure the holes around each actor.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        The network.
    weighted : bool
        Use the weights as strengths; distances are inverted. The ties of both directions are added up.

    Returns
    -------
    ActorsResult
        It reads like a table by ``actor``: ``contacts``, ``effective_size``, ``efficiency`` (effective size by
        contacts) and ``constraint``; NaN for the isolated. Its estimates are the same, one row a term and actor. Rows
        about people: not for release.

    Raises
    ------
    SpecificationError
        If weights are asked for and not explained.

    References
    ----------
    .. [1] Burt, R. S. (1992). Structural Holes: The Social Structure of Competition. Harvard University Press.

    Examples
    --------
    >>> import networkx as nx
    >>> structural_holes(nx.star_graph(3)).loc[0, ["effective_size", "constraint"]].round(3).tolist()
    [3.0, 0.333]
    """
    found = one_mode(network, "the measure of structural holes")
    holes = ego_holes(found.matrix_as("strength") if weighted else found.adjacency)
    contacts = np.where(holes.degree > 0, holes.degree, np.nan)
    columns = {
        "contacts": holes.degree.astype(int),
        "effective_size": holes.effective_size,
        "efficiency": holes.effective_size / contacts,
        "constraint": holes.constraint,
    }
    table = pd.DataFrame(columns, index=actor_index(found))
    return ActorsResult(
        method=say("Structural holes, ties by their strength") if weighted else say("Structural holes"),
        estimates=by_row(table, UNITS),
        table=table,
        n=len(found),
        smallest_group=ONE_PERSON,
        checks=(*found.checks, *modes_check(found), undefined_check(say("constraints"), holes.constraint)),
        assumptions=CAVEATS,
        references=references(structural_holes),
        inputs=recorded(found),
        declaration=Declaration(_TERMS, tables={"table": {"actor": ACTOR, **_TERMS}}),
    )
