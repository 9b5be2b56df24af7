"""Regression on dyads with a test that keeps the structure of the network: MRQAP by double semi-partialling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import FitError
from ctresearch.core.meaning import model
from ctresearch.core.message import say
from ctresearch.core.parallel import map_chunks, split
from ctresearch.core.random import recorded_seed, seed_sequence, streams
from ctresearch.core.result import Result, estimates_table
from ctresearch.core.validate import one_of, whole_number
from ctresearch.networks.dependence.dyads import dyads
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.square_table import refuse_too_large
from ctresearch.networks.evidence.two_mode import one_mode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import networkx as nx
    from numpy.typing import ArrayLike, NDArray

    from ctresearch.core.random import Seed
    from ctresearch.networks.dependence.dyads import Dyads
    from ctresearch.networks.evidence.network import CriminalNetwork

_CHUNK = 100


def mrqap(
    network: CriminalNetwork | nx.Graph[Any],
    same: Sequence[str],
    *,
    matrices: Mapping[str, ArrayLike] | None = None,
    weighted: bool = False,
    draws: int = 1000,
    seed: Seed = 0,
) -> Result:
    """Regress ties on whether actors are alike, and test each predictor by permuting what is its own [1]_.

    For each predictor the part that the others do not explain is permuted by actor, rows and columns together, and the
    t statistic is compared with its distribution over the permutations. Unlike intervals from independent dyads this
    stands up to ties that depend on each other and to predictors that go together.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        At least five actors.
    same : sequence of str
        Attributes; the predictor is 1 where two actors share the value.
    matrices : mapping of str to array-like, optional
        Further predictors, one value a pair of actors.
    weighted : bool
        Regress strengths in place of the presence of ties.
    draws : int
        Permutations.
    seed : int or SeedSequence
        Of the permutations.

    Returns
    -------
    Result
        Terms ``intercept`` and one a predictor: the change in the probability (or strength) of a tie, and a column
        ``p_value``, two-sided, which counts the data themselves as one permutation. There are no intervals.

    Raises
    ------
    DataError
        If an attribute is missing for someone or a predictor does not vary.
    FitError
        If predictors repeat each other or the ties do not vary.

    References
    ----------
    .. [1] Dekker, D., Krackhardt, D. and Snijders, T. A. B. (2007). Sensitivity of MRQAP tests to collinearity and
       autocorrelation conditions. Psychometrika 72, 563-581. https://doi.org/10.1007/s11336-007-9016-1

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.planted_partition_graph(2, 12, 0.6, 0.1, seed=1)
    >>> nx.set_node_attributes(graph, {i: i // 12 for i in graph}, "stage")
    >>> result = mrqap(graph, ["stage"], draws=199)
    >>> bool(result.estimates.loc["same_stage", "p_value"] < 0.02)
    True
    """
    one_of("weighted", weighted, (True, False))
    whole_number("draws", draws, 19)
    found = one_mode(network, "the regression of ties", at_least=5)
    refuse_too_large("mrqap", len(found), 8)
    table = dyads(found, same, matrices, weighted=weighted)
    predictors = list(table.predictors.values())
    design = np.column_stack([np.ones(table.used.sum()), *(m[table.used] for m in predictors)])
    response = table.response[table.used]
    if np.ptp(response) == 0 or np.linalg.matrix_rank(design) < design.shape[1]:
        raise FitError(
            f"{design.shape[1]} terms on {len(response)} dyads: ties do not vary, or predictors repeat each other"
        )
    beta = np.linalg.lstsq(design, response, rcond=None)[0]
    levels = [float("nan")]
    for place, child in enumerate(seed_sequence(seed).spawn(len(predictors)), start=1):
        levels.append(_level(table, design, place, draws, child))
    return _result(found, ["intercept", *table.predictors], beta, levels, draws=draws, seed=seed)


def _level(table: Dyads, design: NDArray[np.float64], place: int, draws: int, seed: Seed) -> float:
    """Permute one predictor's own part and give the two-sided level of its t statistic."""
    others = np.linalg.qr(np.delete(design, place, axis=1))[0]
    y = table.response[table.used]
    y = y - others @ (others.T @ y)
    own = np.zeros(table.used.shape)
    own[table.used] = design[:, place] - others @ (others.T @ design[:, place])
    if not (table.used & table.used.T).any():  # unordered dyads stand above the diagonal
        own += own.T
    observed = _statistic(own[table.used], y, others)

    def reached(chunk: tuple[range, np.random.Generator]) -> int:
        """Count the permutations of one chunk that go as far."""
        orders = (chunk[1].permutation(len(own)) for _ in chunk[0])
        return sum(abs(_statistic(own[np.ix_(o, o)][table.used], y, others)) >= abs(observed) - 1e-12 for o in orders)

    chunks = split(draws, _CHUNK)
    counts = map_chunks(reached, list(zip(chunks, streams(seed, len(chunks)), strict=True)))
    return (1 + sum(counts)) / (1 + draws)


def _statistic(own: NDArray[np.float64], y: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    """Give the t statistic of one predictor, given the residuals of the response on the others."""
    own = own - others @ (others.T @ own)
    square = float(own @ own)
    if square < 1e-12:
        return 0.0
    slope = float(own @ y) / square
    freedom = len(y) - others.shape[1] - 1
    noise = max(float(y @ y) - slope**2 * square, 1e-300)
    return slope * float(np.sqrt(square * freedom / noise))


def _result(
    network: CriminalNetwork,
    names: list[str],
    beta: NDArray[np.float64],
    levels: list[float],
    *,
    draws: int,
    seed: Seed,
) -> Result:
    """Put the coefficients into words."""
    nan = float("nan")
    rows = {name: (float(value), nan, nan, nan) for name, value in zip(names, beta, strict=True)}
    message = say(
        "The smallest p value that {permutations:,} permutations can give is {smallest:.4f}.",
        permutations=draws,
        smallest=1 / (draws + 1),
    )
    return Result(
        method="MRQAP with double semi-partialling, linear model of dyads",
        estimates=estimates_table(rows, p_value=levels),
        n=len(network),
        smallest_group=len(network),
        checks=(
            *network.checks,
            Check("permutations", "pass" if draws >= 999 else "review", message, {"draws": draws}),
        ),
        assumptions=(
            *CAVEATS,
            "Under the null hypothesis actors are exchangeable with respect to a predictor's own part.",
        ),
        references=references(mrqap),
        inputs=recorded(network, seed=recorded_seed(seed)),
        declaration=Declaration({"intercept": model("Intercept"), "*": model()}, keys={"p_value": model("p value")}),
    )
