"""Mixed model of a trial by restricted maximum likelihood, with degrees of freedom for few clusters.

A cluster shares one random effect and, in a stepped wedge, each cluster and period another. Rows enter by the means of
their cluster and period and by what is left within, so that the size of clusters costs nothing.

References
----------
.. [1] Patterson, H. D. and Thompson, R. (1971). Recovery of inter-block information when block sizes are unequal.
   Biometrika 58, 545-554. https://doi.org/10.1093/biomet/58.3.545
.. [2] Kuznetsova, A., Brockhoff, P. B. and Christensen, R. H. B. (2017). lmerTest package: tests in linear mixed
   effects models. Journal of Statistical Software 82 (13). https://doi.org/10.18637/jss.v082.i13
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ctresearch.core.errors import FitError
from ctresearch.stats.clusters.kenward_roger import Df, kenward_roger
from ctresearch.stats.regression.generalized_linear import Floats, inverse_information

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MAX_STEPS, _STOP, _ZERO, _LEAST = 100, 1e-9, 1e-7, 1e-8


class MixedRows(Protocol):
    """Rows of people in clusters, as a mixed model reads them.

    The effect stands in the last column of ``design``, shape (rows, columns); ``outcome``, ``clusters`` and ``periods``
    have the shape (rows,), clusters and periods as numbers from 0; ``words`` name the columns but the last.
    """

    @property
    def design(self) -> Floats: ...  # noqa: D102
    @property
    def outcome(self) -> Floats: ...  # noqa: D102
    @property
    def clusters(self) -> NDArray[np.int64]: ...  # noqa: D102
    @property
    def periods(self) -> NDArray[np.int64]: ...  # noqa: D102
    @property
    def words(self) -> Sequence[str]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class MixedFit:
    """A fitted mixed model.

    Parameters
    ----------
    coefficients : numpy.ndarray
        Shape (columns,); the treatment is the last.
    variances : numpy.ndarray
        Of rows, of clusters and, if asked, of clusters in a period.
    std_error, df : float
        Of the treatment, by the way that was asked for.
    at_zero : bool
        Whether a variance was estimated as 0.

    Examples
    --------
    >>> MixedFit(np.zeros(1), np.array([3.0, 1.0]), 0.1, 8.0, False).icc
    0.25
    """

    coefficients: Floats
    variances: Floats
    std_error: float
    df: float
    at_zero: bool

    @property
    def icc(self) -> float:
        """Correlation of two rows of one cluster and period."""
        return float(self.variances[1:].sum() / self.variances.sum())


@dataclass(frozen=True, slots=True)
class _Block:
    """Clusters with as many cells: cell means with the outcome, times the roots of sizes, and shapes of the variances.

    The first is clusters by cells by columns, the second variances by clusters by cells by cells.
    """

    joined: Floats
    kinds: Floats


@dataclass(frozen=True, slots=True)
class _Within:
    """Cross-products of columns and outcome within cells, whose variance is that of rows alone."""

    gram: Floats
    df: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """Sums over clusters: W'V⁻W, W'V⁻KV⁻W, W'V⁻KV⁻KV⁻W for W the columns and the outcome, traces of V⁻K and V⁻KV⁻K."""

    log_det: float
    gram: Floats
    first: Floats
    second: Floats
    trace: Floats
    traces: Floats

    def plus(self, other: _Piece) -> _Piece:
        """Add another piece."""
        return _Piece(
            self.log_det + other.log_det,
            self.gram + other.gram,
            self.first + other.first,
            self.second + other.second,
            self.trace + other.trace,
            self.traces + other.traces,
        )


@dataclass(frozen=True, slots=True)
class _Point:
    """Log-likelihood at some variances, with its derivatives and the fit there."""

    value: float
    slope: Floats
    information: Floats
    coefficients: Floats
    covariance: Floats
    pushes: Floats
    sums: _Piece


def fit_mixed(data: MixedRows, *, by_period: bool, df: Df = "satterthwaite") -> MixedFit:
    """Fit the model.

    Parameters
    ----------
    data : MixedRows
        What the model is fitted to.
    by_period : bool
        Whether each cluster and period has a random effect of its own beside the cluster's.
    df : {"satterthwaite", "kenward-roger"}
        Satterthwaite's are over the variances that are above 0 and leave the standard error as it is; see
        :func:`ctresearch.stats.clusters.kenward_roger.kenward_roger` for the others.

    Returns
    -------
    MixedFit
        Coefficients and variances; a variance whose likelihood falls from 0 on is 0.

    Raises
    ------
    DataError
        If the columns are collinear.
    FitError
        If the likelihood has no maximum that the iterations find.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> design = np.column_stack([np.ones(8), np.repeat([0.0, 1.0], 4)])
    >>> clusters, periods = np.repeat(np.arange(4), 2), np.zeros(8, int)
    >>> outcome = np.arange(1.0, 9.0)
    >>> rows = SimpleNamespace(design=design, outcome=outcome, clusters=clusters, periods=periods, words=("intercept",))
    >>> fit = fit_mixed(rows, by_period=False)
    >>> fit.coefficients.round(6).tolist(), round(fit.df, 4)
    ([2.5, 4.0], 2.0)
    """
    blocks, within = _reduce(data, by_period=by_period)
    inverse_information(data.design.T @ data.design, (*data.words, "the arm"))
    scale = float(np.var(data.outcome))
    theta = _maximise(blocks, within, scale, 3 if by_period else 2)
    point = _evaluate(blocks, within, theta)
    free = theta > _ZERO * scale
    if df == "kenward-roger":
        error, found = kenward_roger(
            point.covariance, point.pushes, point.sums.second[:, :, :-1, :-1], point.sums.traces
        )
    else:
        error, found = _satterthwaite(point, free)
    return MixedFit(point.coefficients, np.where(free, theta, 0.0), error, found, bool((~free).any()))


def _satterthwaite(point: _Point, free: NDArray[np.bool_]) -> tuple[float, float]:
    """Return standard error and degrees of freedom of the last coefficient."""
    variance = float(point.covariance[-1, -1])
    gradient = point.covariance[-1] @ point.pushes @ point.covariance[-1]
    spread = np.linalg.pinv(point.information[np.ix_(free, free)])
    return float(np.sqrt(variance)), 2 * variance**2 / float(gradient[free] @ spread @ gradient[free])


def _reduce(data: MixedRows, *, by_period: bool) -> tuple[list[_Block], _Within]:
    """Part the rows into cell means by cluster, and what is left within cells."""
    periods = int(data.periods.max()) + 1
    labels, cell = np.unique(data.clusters * periods + data.periods, return_inverse=True)
    sizes = np.bincount(cell).astype(float)
    joined = np.column_stack([data.design, data.outcome])
    totals = np.zeros((len(sizes), joined.shape[1]))
    np.add.at(totals, cell, joined)
    rooted = totals / np.sqrt(sizes)[:, None]
    left = joined - (totals / sizes[:, None])[cell]
    within = _Within(left.T @ left, len(joined) - len(sizes))
    cells = np.bincount(labels // periods)
    blocks = []
    for count in np.unique(cells):
        rows = np.flatnonzero(cells[labels // periods] == count).reshape(-1, count)
        root = np.sqrt(sizes[rows])
        same = np.broadcast_to(np.eye(count), (len(rows), count, count))
        kinds = [same, root[:, :, None] * root[:, None, :]] + ([same * sizes[rows][:, :, None]] if by_period else [])
        blocks.append(_Block(rooted[rows], np.stack(kinds)))
    return blocks, within


def _piece(block: _Block, theta: Floats) -> _Piece:
    """Return the sums of some clusters."""
    inverse = np.linalg.inv(np.tensordot(theta, block.kinds, axes=1))
    solved = inverse @ block.joined
    shaped = block.kinds @ solved
    weighted = inverse @ block.kinds
    return _Piece(
        -float(np.linalg.slogdet(inverse)[1].sum()),
        np.einsum("gmq,gmr->qr", block.joined, solved),
        np.einsum("gmq,kgmr->kqr", solved, shaped),
        np.einsum("igmq,jgmr->ijqr", shaped, inverse @ shaped),
        np.einsum("kgmm->k", weighted),
        np.einsum("igmn,jgnm->ij", weighted, weighted),
    )


def _within_piece(within: _Within, theta: Floats) -> _Piece:
    """Return the sums of what is left within cells."""
    k, row = len(theta), theta[0]
    first, second = np.zeros((k, *within.gram.shape)), np.zeros((k, k, *within.gram.shape))
    trace, traces = np.zeros(k), np.zeros((k, k))
    first[0], second[0, 0] = within.gram / row**2, within.gram / row**3
    trace[0], traces[0, 0] = within.df / row, within.df / row**2
    return _Piece(within.df * float(np.log(row)), within.gram / row, first, second, trace, traces)


def _evaluate(blocks: list[_Block], within: _Within, theta: Floats) -> _Point:
    """Return the restricted log-likelihood with gradient and observed information.

    With P the inverse variance less what the columns fit away, its derivatives are traces of P K and P K P K for the
    shapes K of the variances, and the same between the outcomes.
    """
    sums = _within_piece(within, theta)
    for block in blocks:
        sums = sums.plus(_piece(block, theta))
    gram = sums.gram[:-1, :-1]
    covariance = inverse_information(gram)
    beta = covariance @ sums.gram[:-1, -1]
    left = np.append(-beta, 1.0)
    pushes, k = sums.first[:, :-1, :-1], len(theta)
    fitted = covariance @ pushes
    reach = (sums.first @ left)[:, :-1]
    fall = np.einsum("a,iab,b->i", left, sums.first, left)
    slope = -(sums.trace - np.trace(fitted, axis1=1, axis2=2) - fall) / 2
    information = np.zeros((k, k))
    for i in range(k):
        for j in range(k):
            both = sums.traces[i, j] - 2 * np.sum(covariance * sums.second[i, j, :-1, :-1].T)
            both += np.sum(fitted[i] * fitted[j].T)
            information[i, j] = left @ sums.second[i, j] @ left - reach[i] @ covariance @ reach[j] - both / 2
    value = -(sums.log_det + np.linalg.slogdet(gram)[1] + left @ sums.gram @ left) / 2
    return _Point(float(value), slope, (information + information.T) / 2, beta, covariance, pushes, sums)


def _maximise(blocks: list[_Block], within: _Within, scale: float, kinds: int) -> Floats:
    """Find the variances: a bounded search, then Newton steps among those above 0."""
    from scipy.optimize import minimize

    def fall(theta: Floats) -> tuple[float, Floats]:
        point = _evaluate(blocks, within, theta * scale)
        return -point.value, -point.slope * scale

    best = None
    for share in (0.1,) if kinds == 2 else (0.05, 0.3):  # one variance has one peak in practice, two may have more
        start = np.full(kinds, share)
        start[0] = 1.0
        found = minimize(
            fall,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=[(_LEAST, None)] + [(0.0, None)] * (kinds - 1),
            options={"maxiter": 500, "ftol": 1e-14, "gtol": 1e-9},
        )
        best = found if best is None or found.fun < best.fun else best
    assert best is not None
    theta = np.where(best.x > _ZERO, best.x, 0.0) * scale
    return _polish(blocks, within, theta, scale)


def _polish(blocks: list[_Block], within: _Within, theta: Floats, scale: float) -> Floats:
    """Take Newton steps among the variances above 0, and make sure that none at 0 wants to rise."""
    for _ in range(_MAX_STEPS):
        free = theta > 0
        point = _evaluate(blocks, within, theta)
        step = np.zeros(len(theta))
        step[free] = np.linalg.lstsq(point.information[np.ix_(free, free)], point.slope[free], rcond=None)[0]
        moved = theta + step
        if not np.isfinite(moved).all() or (moved[free] <= 0).any() or np.abs(step).max() > scale:
            break
        theta = moved
        if np.abs(step).max() < _STOP * scale:
            return theta
    point = _evaluate(blocks, within, theta)
    near = np.abs(point.slope * scale)[theta > 0]
    if near.size and near.max() > 1e-3:
        raise FitError(
            f"the mixed model's likelihood was not maximised in {_MAX_STEPS} steps: use method='gee', or fewer "
            f"covariates, since the {len(theta)} variances are hardly told apart"
        )
    return theta
