"""Efficiency against security: how much of a group one arrest exposes, and how it changes over phases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.errors import SpecificationError
from ctresearch.networks.evidence.two_mode import one_mode
from ctresearch.networks.position.shortest_paths import distances
from ctresearch.networks.structure.describe import describe

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import networkx as nx

    from ctresearch.networks.evidence.network import CriminalNetwork


def efficiency_security(network: CriminalNetwork | nx.Graph[Any]) -> dict[str, float]:
    """Weigh how fast a group can act against how much of it is safe when one member is exposed.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        At least three actors; ties are taken without direction.

    Returns
    -------
    dict of str to float
        ``efficiency`` (mean inverse distance), ``security`` (share of others whom the exposure of an actor, chosen at
        random, leaves uncovered when it covers all direct contacts) and ``balance``, their product [1]_.

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
    n = len(found)
    steps = distances(found.undirected_adjacency)
    inverse = np.divide(1.0, steps, out=np.zeros(steps.shape), where=steps > 0)
    efficiency = float(inverse.sum() / (n * (n - 1)))
    security = 1.0 - float((steps == 1).sum() / (n * (n - 1)))
    return {"efficiency": efficiency, "security": security, "balance": efficiency * security}


def phases(networks: Mapping[Hashable, CriminalNetwork | nx.Graph[Any]]) -> pd.DataFrame:
    """Follow a group over phases of an investigation.

    Parameters
    ----------
    networks : mapping
        Phase to network, in order of time, such as parts of one network that :meth:`CriminalNetwork.select` gives.

    Returns
    -------
    pandas.DataFrame
        One row a ``phase``: the terms of :func:`ctresearch.networks.structure.describe`, those of
        :func:`efficiency_security`, and ``stayed`` and ``new``, actors who were there in the phase before and who were
        not (NaN in the first).

    Raises
    ------
    SpecificationError
        If there are fewer than two phases.

    Examples
    --------
    >>> import networkx as nx
    >>> followed = phases({1: nx.path_graph(4), 2: nx.star_graph(5)})
    >>> followed[["actors", "degree_centralisation", "stayed", "new"]].round(2).to_numpy().tolist()
    [[4.0, 0.33, nan, nan], [6.0, 1.0, 4.0, 2.0]]
    """
    if len(networks) < 2:
        raise SpecificationError(f"networks holds {len(networks)} phases, must hold at least 2")
    rows, before = [], None
    for given in networks.values():
        found = one_mode(given, "efficiency and security", at_least=3)
        now = set(found.nodes)
        row = describe(found).estimates["estimate"].to_dict() | efficiency_security(found)
        row["stayed"] = float("nan") if before is None else len(now & before)
        row["new"] = float("nan") if before is None else len(now - before)
        rows.append(row)
        before = now
    return pd.DataFrame(rows, index=pd.Index(list(networks), name="phase", tupleize_cols=False))
