"""Efficiency against security: how much of a group one arrest exposes, and how it changes over phases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import SpecificationError
from ctresearch.core.inputs import record
from ctresearch.core.meaning import by_row as by_term
from ctresearch.core.meaning import count, key
from ctresearch.core.message import say
from ctresearch.networks.evidence.declared import headline
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.measure_result import FEW, MeasureResult, by_row, connected_check, without_limits
from ctresearch.networks.evidence.two_mode import modes_check, one_mode
from ctresearch.networks.position.shortest_paths import distances
from ctresearch.networks.structure.describe import describe
from ctresearch.networks.structure.description_terms import DESCRIPTION, SECURITY

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    import networkx as nx

    from ctresearch.networks.evidence.network import CriminalNetwork

_TERMS = SECURITY | {"balance": headline(SECURITY["balance"])}
_PHASES = {
    **DESCRIPTION,
    **SECURITY,
    "stayed": count("Actors who were there before", "actors"),
    "new": count("Actors who are new", "actors"),
}


def efficiency_security(network: CriminalNetwork | nx.Graph[Any]) -> MeasureResult:
    """Weigh how fast a group can act against how much of it is safe when one member is exposed.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        At least three actors; ties are taken without direction.

    Returns
    -------
    MeasureResult
        Terms, which it reads like a dictionary of: ``efficiency`` (mean inverse distance), ``security`` (share of
        others whom the exposure of an actor, chosen at random, leaves uncovered when it covers all direct contacts) and
        ``balance``, their product [1]_.

    Raises
    ------
    DataError
        If there are fewer than three actors.

    References
    ----------
    .. [1] Lindelauf, R., Borm, P. and Hamers, H. (2009). The influence of secrecy on the communication structure of
       covert networks. Social Networks 31, 126-137. https://doi.org/10.1016/j.socnet.2008.12.003
    .. [2] Morselli, C., Giguere, C. and Petit, K. (2007). The efficiency/security trade-off in criminal networks.
       Social Networks 29, 143-153. https://doi.org/10.1016/j.socnet.2006.05.001

    Examples
    --------
    >>> import networkx as nx
    >>> {name: round(value, 3) for name, value in efficiency_security(nx.star_graph(4)).items()}
    {'efficiency': 0.7, 'security': 0.6, 'balance': 0.42}
    """
    found = one_mode(network, "efficiency and security", at_least=3)
    values = weighed(found)
    return MeasureResult(
        method="Efficiency against security",
        estimates=without_limits(values, unit="share"),
        table=pd.DataFrame({"value": values}).rename_axis("term"),
        reads_as="mapping",
        n=len(found),
        smallest_group=len(found),
        checks=(*found.checks, connected_check(found), *modes_check(found)),
        assumptions=(*CAVEATS, "Whoever is exposed is chosen at random and gives away all direct contacts."),
        references=references(efficiency_security),
        inputs=recorded(found),
        declaration=Declaration(
            _TERMS, tables={"table": {"term": key("Figure"), "value": by_term("term", _TERMS, "Value")}}
        ),
    )


def weighed(network: CriminalNetwork) -> dict[str, float]:
    """Weigh efficiency against security, ties taken without direction."""
    n = len(network)
    steps = distances(network.undirected_adjacency)
    inverse = np.divide(1.0, steps, out=np.zeros(steps.shape), where=steps > 0)
    efficiency = float(inverse.sum() / (n * (n - 1)))
    security = 1.0 - float((steps == 1).sum() / (n * (n - 1)))
    return {"efficiency": efficiency, "security": security, "balance": efficiency * security}


def phases(networks: Mapping[Hashable, CriminalNetwork | nx.Graph[Any]]) -> MeasureResult:
    """Follow a group over phases of an investigation [1]_.

    Parameters
    ----------
    networks : mapping
        Phase to network, in order of time, such as parts of one network that :meth:`CriminalNetwork.select` gives.

    Returns
    -------
    MeasureResult
        It reads like a table of one row a ``phase``: the terms of :func:`ctresearch.networks.describe`, those of
        :func:`efficiency_security`, and ``stayed`` and ``new``, actors who were there in the phase before and who were
        not (NaN in the first). Its estimates are the same, one row a term and phase.

    Raises
    ------
    SpecificationError
        If there are fewer than two phases.

    References
    ----------
    .. [1] Morselli, C. and Petit, K. (2007). Law-enforcement disruption of a drug importation network. Global Crime 8,
       109-130. https://doi.org/10.1080/17440570701362208

    Examples
    --------
    >>> import networkx as nx
    >>> followed = phases({1: nx.path_graph(4), 2: nx.star_graph(5)})
    >>> followed[["actors", "degree_centralisation", "stayed", "new"]].round(2).to_numpy().tolist()
    [[4.0, 0.33, nan, nan], [6.0, 1.0, 4.0, 2.0]]
    """
    if len(networks) < 2:
        raise SpecificationError(f"networks holds {len(networks)} phases, must hold at least 2")
    seen = [one_mode(given, "efficiency and security", at_least=3) for given in networks.values()]
    index = pd.Index(list(networks), name="phase", tupleize_cols=False)
    table = pd.DataFrame(_followed(seen), index=index)
    sizes = [len(found) for found in seen]
    small = Check(
        "phase sizes",
        "pass" if min(sizes) >= FEW else "review",
        say("The smallest of {phases} phases has {smallest} actors.", phases=len(seen), smallest=min(sizes)),
        {"phases": len(seen), "smallest": min(sizes)},
    )
    return MeasureResult(
        method=say("A group over {phases} phases", phases=len(seen)),
        estimates=by_row(table, dict.fromkeys(table.columns, ""), key="phase"),
        table=table,
        n=len(set().union(*(found.nodes for found in seen))),
        smallest_group=min(sizes),
        checks=(*_asked(seen), small),
        assumptions=(*CAVEATS, "Every phase was watched as closely as the others: who was not seen had left."),
        references=references(phases),
        inputs=record(pd.DataFrame({"phase": [recorded(found).digest for found in seen]})),
        declaration=Declaration(
            _PHASES, keys={"phase": key("Phase")}, tables={"table": {"phase": key("Phase"), **_PHASES}}
        ),
    )


def _asked(seen: Sequence[CriminalNetwork]) -> list[Check]:
    """Take the checks of the evidence of all phases, those that several share once."""
    asked: list[Check] = []
    for found in seen:
        asked += [check for check in found.checks if check not in asked]
    return asked


def _followed(seen: Sequence[CriminalNetwork]) -> list[dict[str, float]]:
    """Describe each phase, and count who stayed and who is new."""
    rows: list[dict[str, float]] = []
    before: set[Any] | None = None
    for found in seen:
        now = set(found.nodes)
        row = {str(term): float(value) for term, value in describe(found).estimates["estimate"].items()} | weighed(
            found
        )
        row["stayed"] = float("nan") if before is None else len(now & before)
        row["new"] = float("nan") if before is None else len(now - before)
        rows.append(row)
        before = now
    return rows
