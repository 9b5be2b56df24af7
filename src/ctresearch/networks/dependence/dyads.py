"""The dyads of a network as rows of a table: is there a tie, and are the two alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.networks.position.brokerage import actor_groups

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from ctresearch.networks.evidence.network import CriminalNetwork


@dataclass(frozen=True, slots=True)
class Dyads:
    """All dyads: ordered pairs of a directed network, unordered ones of another.

    Parameters
    ----------
    response : numpy.ndarray
        Ties or strengths, shape (actors, actors).
    predictors : dict of str to numpy.ndarray
        One matrix a predictor, shape (actors, actors).
    used : numpy.ndarray
        Which cells are dyads, shape (actors, actors).

    Examples
    --------
    >>> Dyads(np.eye(2), {}, np.triu(np.ones((2, 2), dtype=bool), 1)).used.sum()
    np.int64(1)
    """

    response: NDArray[np.float64]
    predictors: dict[str, NDArray[np.float64]]
    used: NDArray[np.bool_]


def dyads(
    network: CriminalNetwork,
    same: Sequence[str],
    matrices: Mapping[str, ArrayLike] | None = None,
    *,
    weighted: bool = False,
) -> Dyads:
    """Lay out the dyads of a network.

    Parameters
    ----------
    network : CriminalNetwork
        The network.
    same : sequence of str
        Attributes; the predictor ``same_<attribute>`` is 1 where two actors share its value.
    matrices : mapping of str to array-like, optional
        Further predictors, one value a pair in the order of the actors.
    weighted : bool
        Take strengths as the response.

    Returns
    -------
    Dyads
        Matrices and the cells in use.

    Raises
    ------
    DataError
        If an attribute is missing for someone, a matrix has another shape or holes, or a predictor does not vary.
    SpecificationError
        If there is no predictor, or two have one name.

    Examples
    --------
    >>> import networkx as nx
    >>> from ctresearch.networks import as_network
    >>> graph = nx.path_graph(3)
    >>> nx.set_node_attributes(graph, {0: "a", 1: "a", 2: "b"}, "stage")
    >>> dyads(as_network(graph), ["stage"]).predictors["same_stage"][0].tolist()
    [1.0, 1.0, 0.0]
    """
    n = len(network)
    response = (network.matrix_as("strength") if weighted else network.adjacency).toarray().astype(float)
    used = ~np.eye(n, dtype=bool) if network.directed else np.triu(np.ones((n, n), dtype=bool), 1)
    predictors = {}
    for name in same:
        groups = actor_groups(network, name)
        predictors[f"same_{name}"] = (groups[:, None] == groups).astype(float)
    for name, values in (matrices or {}).items():
        if name in predictors:
            raise SpecificationError(f"matrices holds {name!r}, which is the name of another predictor: rename it")
        try:
            matrix = np.asarray(values, dtype=float)
        except (TypeError, ValueError):
            raise DataError(f"the matrix {name!r} holds something else than numbers: correct it") from None
        if matrix.shape != (n, n) or not np.isfinite(matrix[used]).all():
            raise DataError(f"the matrix {name!r} has shape {matrix.shape}, must be {(n, n)} and without holes")
        predictors[name] = matrix
    if not predictors:
        raise SpecificationError(f"same == {same!r} and no matrices: name at least one predictor")
    for name, matrix in predictors.items():
        if np.ptp(matrix[used]) == 0:
            raise DataError(
                f"the predictor {name!r} is the same for every dyad: nothing can be learned from it, leave it out"
            )
    return Dyads(response, predictors, used)
