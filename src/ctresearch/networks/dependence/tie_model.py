"""Are ties likelier between actors of the same stage: a random graph model whose dyads are independent [1]_.

References
----------
.. [1] Campana, P. (2016). The structure of human trafficking: lifting the bonnet on a Nigerian transnational network.
   British Journal of Criminology 56, 68-86. https://doi.org/10.1093/bjc/azv027
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import FitError
from ctresearch.core.meaning import model
from ctresearch.core.result import Result, estimates_table
from ctresearch.core.validate import is_level
from ctresearch.networks.dependence.dyads import dyads
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.two_mode import one_mode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import networkx as nx
    from numpy.typing import ArrayLike, NDArray

    from ctresearch.networks.evidence.network import CriminalNetwork

_ROUNDS = 50
_FLAT = 1e-9
_TERMS = {
    "edges": model("A tie, where nothing else is alike", "log odds of a tie", reader="ratio"),
    "*": model("", "log odds of a tie", reader="ratio"),
}


def tie_model(
    network: CriminalNetwork | nx.Graph[Any],
    same: Sequence[str],
    *,
    matrices: Mapping[str, ArrayLike] | None = None,
    level: float = 0.95,
) -> Result:
    """Estimate how much likelier a tie is between actors who share an attribute.

    This is the exponential random graph model [1]_ with the terms ``edges``, one ``nodematch`` for each attribute and
    one ``edgecov`` for each matrix. Its dyads are independent of each other, so that its likelihood is that of a
    logistic regression and the estimate is the exact maximum, without simulation.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        The network.
    same : sequence of str
        Attributes, such as ``["stage"]``.
    matrices : mapping of str to array-like, optional
        Further predictors of ties, one value a pair of actors.
    level : float
        Of the intervals.

    Returns
    -------
    Result
        Terms ``edges`` and one a predictor, as log odds; ``to_frame(exponentiate=True)`` gives odds ratios. Where ties
        depend on each other, as in triangles, intervals are too narrow: :func:`ctresearch.networks.dependence.mrqap`
        holds the structure of the network fixed.

    Raises
    ------
    DataError
        If an attribute is missing for someone or a predictor does not vary.
    FitError
        If the maximum does not exist, as when all ties are between actors who are alike.

    References
    ----------
    .. [1] Robins, G., Pattison, P., Kalish, Y. and Lusher, D. (2007). An introduction to exponential random graph (p*)
       models for social networks. Social Networks 29, 173-191. https://doi.org/10.1016/j.socnet.2006.08.002

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.planted_partition_graph(2, 20, 0.4, 0.1, seed=1)
    >>> nx.set_node_attributes(graph, {i: i // 20 for i in graph}, "stage")
    >>> round(float(tie_model(graph, ["stage"]).to_frame(exponentiate=True).loc["same_stage", "estimate"]), 1)
    5.4
    """
    is_level(level)
    found = one_mode(network, "the model of ties", at_least=3)
    table = dyads(found, same, matrices)
    names = ["edges", *table.predictors]
    design = np.column_stack([np.ones(table.used.sum()), *(m[table.used] for m in table.predictors.values())])
    beta, covariance = logistic(design, table.response[table.used])
    return _result(found, names, beta, np.sqrt(np.diag(covariance)), level)


def logistic(
    design: NDArray[np.float64], response: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Maximise the likelihood of a logistic regression by Newton's method.

    Parameters
    ----------
    design : numpy.ndarray
        Predictors, shape (rows, terms).
    response : numpy.ndarray
        0 and 1, shape (rows,).

    Returns
    -------
    tuple of numpy.ndarray
        Coefficients, shape (terms,), and their covariance, shape (terms, terms).

    Raises
    ------
    FitError
        If the maximum does not exist or is not unique.

    Examples
    --------
    >>> logistic(np.ones((4, 1)), np.array([1.0, 0.0, 0.0, 0.0]))[0].round(4).tolist()  # log(1/3)
    [-1.0986]
    """
    rows, which = np.unique(design, axis=0, return_inverse=True)
    trials, ties = np.bincount(which).astype(float), np.bincount(which, response)
    beta = np.zeros(design.shape[1])
    for _ in range(_ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(rows @ beta, -500, 500)))
        information = (rows.T * (trials * chance * (1 - chance))) @ rows
        scale = np.sqrt(np.diag(information))
        if not scale.all() or np.linalg.cond(information / np.outer(scale, scale)) > 1 / _FLAT:
            break
        step = np.linalg.solve(information, rows.T @ (ties - trials * chance))
        beta += step
        if np.abs(step).max() < _FLAT:
            return beta, np.asarray(np.linalg.inv(information), dtype=float)
    raise FitError(
        f"no maximum was found within {_ROUNDS} rounds: predictors repeat each other, or ties are there only (or never)"
        " where one of them is 1; leave it out"
    )


def _result(
    network: CriminalNetwork, names: list[str], beta: NDArray[np.float64], errors: NDArray[np.float64], level: float
) -> Result:
    """Put the coefficients into words."""
    from scipy.special import ndtri

    reach = ndtri((1 + level) / 2) * errors
    rows = zip(names, beta, errors, beta - reach, beta + reach, strict=True)
    message = "Dyads are taken as independent: compare the p values of mrqap(), which keeps the network's structure."
    return Result(
        method="Exponential random graph model with independent dyads, exact maximum likelihood",
        estimates=estimates_table(
            {name: (float(value), float(error), float(low), float(high)) for name, value, error, low, high in rows},
            unit="log odds of a tie",
        ),
        n=len(network),
        smallest_group=len(network),
        level=level,
        interval="normal",
        scale="log",
        checks=(*network.checks, Check("dependence", "review", message)),
        assumptions=(*CAVEATS, "A tie does not depend on other ties, given the predictors."),
        references=references(tie_model),
        inputs=recorded(network),
        declaration=Declaration(_TERMS),
    )
