"""The backbone: the ties that stand out from what each actor's activity alone would give."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import networkx as nx
import numpy as np

from ctresearch.core.errors import SpecificationError
from ctresearch.core.validate import in_range, one_of
from ctresearch.networks.evidence.two_mode import one_mode
from ctresearch.networks.structure.sdsm import attendance_probabilities, shared_event_tails

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.networks.evidence.network import CriminalNetwork

Method = Literal["disparity", "sdsm"]


def backbone(
    network: CriminalNetwork | nx.Graph[Any], method: Method = "disparity", alpha: float = 0.05
) -> CriminalNetwork:
    """Keep the ties that are stronger than chance would make them.

    Parameters
    ----------
    network : CriminalNetwork
        With strengths for the disparity filter; from :meth:`CriminalNetwork.from_incidence` for the other.
    method : {"disparity", "sdsm"}
        The disparity filter [1]_ keeps a tie if it is too large a share of the strength of either end, for directed
        ties of what goes out of one or into the other. ``"sdsm"`` keeps pairs that share more events than the
        stochastic degree sequence model [2]_ makes likely, by its exact distribution.
    alpha : float
        Level of each test, one-sided; they are as many as the ties, so some are kept by chance.

    Returns
    -------
    CriminalNetwork
        All actors and the ties kept, each with its ``p_value``.

    Raises
    ------
    SpecificationError
        If the method is unknown, there are no strengths, or no events.
    FitError
        If the configuration model cannot be fitted.

    References
    ----------
    .. [1] Serrano, M. A., Boguna, M. and Vespignani, A. (2009). Extracting the multiscale backbone of complex weighted
       networks. PNAS 106, 6483-6488. https://doi.org/10.1073/pnas.0808904106
    .. [2] Neal, Z. P. (2014). The backbone of bipartite projections. Social Networks 39, 84-97.
       https://doi.org/10.1016/j.socnet.2014.06.001

    Examples
    --------
    >>> from ctresearch.networks import CriminalNetwork
    >>> import pandas as pd
    >>> calls = pd.DataFrame({"source": list("aaaab"), "target": list("bcdec"), "calls": [90, 1, 1, 1, 1]})
    >>> network = CriminalNetwork.from_edges(calls, weight="calls", weight_is="strength")
    >>> list(backbone(network).graph.edges)
    [('a', 'b')]
    """
    one_of("method", method, ("disparity", "sdsm"))
    in_range("alpha", alpha, 0, 1, open_ends=True)
    found = one_mode(network, "the backbone")
    levels = _disparity(found) if method == "disparity" else _sdsm(found)
    return _kept(found, levels, alpha)


def _disparity(network: CriminalNetwork) -> NDArray[np.float64]:
    """Give the smaller of the two levels of each tie, shape (ties,)."""
    strengths, edges = network.weights_as("strength"), network.edges_index
    sides = edges.T if network.directed else (edges.ravel(), edges.ravel())
    both = []
    for side, ends in enumerate(sides):
        amounts = strengths if network.directed else np.repeat(strengths, 2)
        total = np.bincount(ends, amounts, minlength=len(network))
        degree = np.bincount(ends, minlength=len(network))
        actor = edges[:, side]
        with np.errstate(divide="ignore", invalid="ignore"):
            level = (1 - strengths / total[actor]) ** (degree[actor] - 1)
        both.append(np.where(degree[actor] > 1, level, 1.0))
    return np.minimum(*both)


def _sdsm(network: CriminalNetwork) -> NDArray[np.float64]:
    """Give the level of each pair that shares an event, shape (ties,)."""
    incidence = network.incidence
    if incidence is None:
        raise SpecificationError(
            f"method == 'sdsm' needs who attended which event, and this network of {len(network):,} actors holds ties "
            "alone: build with CriminalNetwork.from_incidence(frame, actor=..., event=...)"
        )
    attended = incidence.to_numpy(dtype=np.int64)
    tails = shared_event_tails(attendance_probabilities(attended), attended @ attended.T)
    return np.asarray(tails[network.edges_index[:, 0], network.edges_index[:, 1]])


def _kept(network: CriminalNetwork, levels: NDArray[np.float64], alpha: float) -> CriminalNetwork:
    """Keep the ties below the level, and the evidence for them."""
    graph: nx.Graph[Any] = nx.DiGraph() if network.directed else nx.Graph()
    graph.add_nodes_from(network.graph.nodes(data=True))
    rows = zip(network.graph.edges(data=True), levels.tolist(), strict=True)
    graph.add_edges_from((u, v, {**data, "p_value": level}) for (u, v, data), level in rows if level < alpha)
    ties = network.ties
    there = [graph.has_edge(u, v) for u, v in zip(ties["source"], ties["target"], strict=True)]
    return replace(network, graph=nx.freeze(graph), ties=ties[there].reset_index(drop=True))
