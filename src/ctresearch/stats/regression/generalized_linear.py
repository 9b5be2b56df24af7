"""Linear, logistic and Poisson regression by iterated least squares, for a million rows.

Rows are taken in blocks that stay in the processor's cache. A logistic model whose classes are separated by the
covariates has no finite estimate [1]_; that is proved by a linear programme and refused.

References
----------
.. [1] Albert, A. and Anderson, J. A. (1984). On the existence of maximum likelihood estimates in logistic regression
   models. Biometrika 71, 1-10. https://doi.org/10.1093/biomet/71.1.1
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ctresearch.core.errors import DataError, FitError

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]
Family = Literal["linear", "logistic", "poisson"]
_BLOCK, _THIN = 8192, 50_000
_MAX_ITERATIONS, _STOP, _FAR = 50, 1e-14, 15.0
_MAX_EXPONENT, _NO_CASES = 300.0, 1e-7


@dataclass(frozen=True, slots=True)
class Regression:
    """A fitted generalised linear model with its canonical link.

    Parameters
    ----------
    family : {"linear", "logistic", "poisson"}
        Which.
    coefficients : numpy.ndarray
        Shape (columns,).
    inverse : numpy.ndarray
        Inverse of the weighted information with unit dispersion, shape (columns, columns).
    fitted : numpy.ndarray
        Means, shape (rows,).

    Examples
    --------
    >>> fit = fit_regression(np.ones((4, 1)), np.array([1.0, 2, 3, 4]), "linear")
    >>> fit.coefficients.tolist()
    [2.5]
    """

    family: Family
    coefficients: Floats
    inverse: Floats
    fitted: Floats

    def predict(self, design: Floats) -> Floats:
        """Return the means of other rows.

        Parameters
        ----------
        design : numpy.ndarray
            Rows by columns, as the model was fitted.

        Returns
        -------
        numpy.ndarray
            Shape (rows,).

        Examples
        --------
        >>> fit_regression(np.ones((2, 1)), np.array([1.0, 3.0]), "linear").predict(np.ones((1, 1))).tolist()
        [2.0]
        """
        return mean_of(self.family, design @ self.coefficients)


def fit_regression(
    design: Floats,
    outcome: Floats,
    family: Family,
    *,
    weights: Floats | None = None,
    offset: Floats | None = None,
    names: Sequence[str] = (),
) -> Regression:
    """Fit a generalised linear model by maximum likelihood.

    Parameters
    ----------
    design : numpy.ndarray
        Rows by columns, the constant among them.
    outcome : numpy.ndarray
        Shape (rows,).
    family : {"linear", "logistic", "poisson"}
        Distribution with its canonical link.
    weights : numpy.ndarray, optional
        Shape (rows,); a row of weight 0 takes no part.
    offset : numpy.ndarray, optional
        Added to the linear predictor, shape (rows,).
    names : sequence of str
        Of the columns, for messages.

    Returns
    -------
    Regression
        The fit.

    Raises
    ------
    DataError
        If the columns are collinear.
    FitError
        If the estimate does not exist because the covariates separate the classes, or the iterations do not settle.

    Examples
    --------
    >>> x = np.column_stack([np.ones(6), [0.0, 0, 0, 1, 1, 1]])
    >>> np.exp(fit_regression(x, np.array([0.0, 0, 1, 0, 1, 1]), "logistic").coefficients[1]).round(6)
    np.float64(4.0)
    """
    problem = _Problem(
        design, outcome, family, weights, np.zeros(len(outcome)) if offset is None else offset, tuple(names)
    )
    start = _first_guess(problem)
    try:
        coefficients, inverse, fitted, settled = _iterate(problem, start)
    except (DataError, FitError):
        inverse = inverse_information(weighted_gram(design, weights), names)  # collinear columns are refused here
        coefficients, fitted, settled = start, outcome, False
    if family == "logistic" and (not settled or _far_out(fitted)):
        _refuse_separation(problem)
    if not settled:
        raise FitError(
            f"the {family} regression did not settle in {_MAX_ITERATIONS} iterations{_as_where(problem)}: merge "
            "categories, or leave covariates out"
        )
    if family == "poisson":
        _refuse_no_cases(problem, fitted / np.exp(problem.offset))
    return Regression(family, coefficients, inverse, fitted)


def mean_of(family: Family, predictor: Floats) -> Floats:
    """Return the mean that belongs to a linear predictor.

    Parameters
    ----------
    family : {"linear", "logistic", "poisson"}
        Distribution with its canonical link.
    predictor : numpy.ndarray
        Any shape.

    Returns
    -------
    numpy.ndarray
        Same shape.

    Examples
    --------
    >>> mean_of("logistic", np.zeros(1)).tolist()
    [0.5]
    """
    if family == "linear":
        return predictor
    if family == "poisson":
        return np.exp(np.minimum(predictor, _MAX_EXPONENT))
    from scipy.special import expit

    return np.asarray(expit(predictor), dtype=float)


def slope_of(family: Family, mean: Floats) -> Floats:
    """Return the derivative of the mean with respect to the linear predictor.

    Parameters
    ----------
    family : {"linear", "logistic", "poisson"}
        Distribution with its canonical link.
    mean : numpy.ndarray
        Any shape.

    Returns
    -------
    numpy.ndarray
        Same shape; for a canonical link this is the variance function too.

    Examples
    --------
    >>> slope_of("logistic", np.array([0.5])).tolist()
    [0.25]
    """
    if family == "linear":
        return np.ones_like(mean)
    return mean if family == "poisson" else mean * (1 - mean)


def weighted_gram(design: Floats, weights: Floats | None) -> Floats:
    """Return the cross-products of the columns, weighted by row.

    Parameters
    ----------
    design : numpy.ndarray
        Rows by columns.
    weights : numpy.ndarray, optional
        Shape (rows,); 1 by default.

    Returns
    -------
    numpy.ndarray
        Columns by columns.

    Examples
    --------
    >>> weighted_gram(np.ones((3, 1)), np.array([1.0, 2.0, 3.0])).tolist()
    [[6.0]]
    """
    total = np.zeros((design.shape[1], design.shape[1]))
    for start in range(0, len(design), _BLOCK):
        block = design[start : start + _BLOCK]
        scaled = block if weights is None else block * weights[start : start + _BLOCK, None]
        total += scaled.T @ block
    return total


def inverse_information(gram: Floats, names: Sequence[str] = ()) -> Floats:
    """Invert an information matrix, or say that columns are collinear.

    Parameters
    ----------
    gram : numpy.ndarray
        Symmetric, columns by columns.
    names : sequence of str
        Of the columns, for messages.

    Returns
    -------
    numpy.ndarray
        Its inverse.

    Raises
    ------
    DataError
        If a column is a linear combination of others.

    Examples
    --------
    >>> inverse_information(np.array([[2.0]])).tolist()
    [[0.5]]
    """
    scale = np.sqrt(np.diag(gram))
    if (scale <= 0).any() or not np.isfinite(gram).all():
        raise DataError(f"{_column(names, int(np.argmin(scale)))} is constant at 0, must vary: leave it out")
    correlation = gram / np.outer(scale, scale)
    values, vectors = np.linalg.eigh(correlation)
    if values[0] < 1e-11 * values[-1]:
        worst = int(np.argmax(np.abs(vectors[:, 0])))
        raise DataError(
            f"the covariates are collinear (smallest eigenvalue {values[0]:.1e}, most in {_column(names, worst)}), "
            "must be linearly independent: leave one out"
        )
    return np.asarray((vectors / values) @ vectors.T / np.outer(scale, scale), dtype=float)


@dataclass(frozen=True, slots=True)
class _Problem:
    """Rows, weights and family of one regression."""

    design: Floats
    outcome: Floats
    family: Family
    weights: Floats | None
    offset: Floats
    names: tuple[str, ...]

    def thinned(self, step: int) -> _Problem:
        """Return every so many-th row."""
        weights = None if self.weights is None else self.weights[::step]
        return _Problem(
            self.design[::step], self.outcome[::step], self.family, weights, self.offset[::step], self.names
        )

    def weighted(self, values: Floats) -> Floats:
        """Multiply values of rows by the weights, if there are any."""
        return values if self.weights is None else values * self.weights


def _first_guess(problem: _Problem) -> Floats:
    """Start from a thinned sample where rows are many, from zero elsewhere."""
    start = np.zeros(problem.design.shape[1])
    step = len(problem.outcome) // _THIN
    if step < 2 or problem.family == "linear":
        return start
    try:
        coefficients, _, _, settled = _iterate(problem.thinned(step), start)
    except (DataError, FitError):
        return start
    return coefficients if settled else start


def _iterate(problem: _Problem, start: Floats) -> tuple[Floats, Floats, Floats, bool]:
    """Take Newton steps, halved where the likelihood would fall, until the score is nil."""
    design, family = problem.design, problem.family
    coefficients, fitted = start, mean_of(family, design @ start + problem.offset)
    height = _likelihood(problem, fitted)
    for _ in range(_MAX_ITERATIONS):
        curvature = problem.weights if family == "linear" else problem.weighted(slope_of(family, fitted))
        inverse = inverse_information(weighted_gram(design, curvature), problem.names)
        score = design.T @ problem.weighted(problem.outcome - fitted)
        step = inverse @ score
        if family == "linear":
            return step, inverse, design @ step + problem.offset, True
        if float(score @ step) < _STOP * (1 + abs(height)):
            last = coefficients + step  # a Newton step from here is exact to rounding
            return last, inverse, mean_of(family, design @ last + problem.offset), True
        coefficients, fitted, height = _climb(problem, coefficients, step, height)
    return coefficients, inverse, fitted, False


def _climb(problem: _Problem, before: Floats, step: Floats, height: float) -> tuple[Floats, Floats, float]:
    """Move by a step, or by its half, quarter, ... until the likelihood does not fall."""
    for halvings in range(30):
        after = before + step / 2**halvings
        fitted = mean_of(problem.family, problem.design @ after + problem.offset)
        reached = _likelihood(problem, fitted)
        if reached >= height - 1e-9 * abs(height):
            return after, fitted, reached
    raise FitError(
        f"the {problem.family} regression found no step upwards from log-likelihood {height:.6g}: rescale covariates"
    )


def _likelihood(problem: _Problem, fitted: Floats) -> float:
    """Return the log-likelihood up to a constant."""
    outcome = problem.outcome
    if problem.family == "linear":
        return 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        if problem.family == "poisson":
            terms = np.where(outcome > 0, outcome * np.log(fitted), 0.0) - fitted
        else:
            terms = np.log(np.where(outcome > 0.5, fitted, 1 - fitted))
    return float(problem.weighted(np.maximum(terms, -745.0)).sum())


def _refuse_no_cases(problem: _Problem, rates: Floats) -> None:
    """Refuse rates that run off to 0, as where all rows of a category count nothing."""
    if rates.min() < _NO_CASES * rates.max():
        raise FitError(
            f"fitted rates run from {rates.min():.2g} to {rates.max():.2g}{_as_where(problem)}, so a ratio is 0 or "
            "infinite: merge categories; for an effect, OutcomeRegression with family='logistic' and "
            "penalised='firth' has an estimate"
        )


def _as_where(problem: _Problem) -> str:
    """Name the column of two values one of which nobody with the outcome has, where there is one."""
    cases = problem.outcome > 0
    for place in range(1, problem.design.shape[1]):
        column = problem.design[:, place]
        low, high = column.min(), column.max()
        if low < high and ((column == low) | (column == high)).all():
            without = [value for value in (low, high) if not cases[column == value].any()]
            if without:
                named = _column(problem.names, place)
                one = "the higher" if without[0] == high else "the lower"
                return f", since nobody with {one} of the two values of {named} has the outcome"
    return ", as where some category has no cases"


def _column(names: Sequence[str], place: int) -> str:
    """Name a column for a message."""
    if place >= len(names):
        return f"column {place} of the design"
    source, level, _ = names[place].partition("[")  # a level is a cell of the table, and no message shows one
    return f"a level of {source!r}" if level else repr(source)


def _far_out(fitted: Floats) -> bool:
    """Say whether fitted probabilities come so near to 0 or 1 that the classes may be separated."""
    edge = np.exp(-_FAR)
    return bool(((fitted < edge) | (fitted > 1 - edge)).any())


def _refuse_separation(problem: _Problem) -> None:
    """Prove by a linear programme whether some combination of columns separates the classes, and refuse if so."""
    from scipy.optimize import linprog

    design, outcome = problem.design, problem.outcome
    used = slice(None) if problem.weights is None else problem.weights > 0
    sided = np.where(outcome[used] > 0.5, 1.0, -1.0)[:, None] * design[used] / np.abs(design).max(axis=0)
    found = linprog(-sided.sum(axis=0), A_ub=-sided, b_ub=np.zeros(len(sided)), bounds=(-1, 1), method="highs")
    if found.status == 0 and -found.fun > 1e-7 * len(sided):
        shares = found.x * sided.sum(axis=0)  # what each column adds to the margin
        column = int(np.argmax(shares[1:])) + 1 if design.shape[1] > 1 else 0
        raise FitError(
            f"covariates separate the classes perfectly (most of all {_column(problem.names, column)}), so the logistic"
            " regression has no finite estimate: merge categories, leave the covariate out, or study the overlap "
            "alone; for an outcome, OutcomeRegression with penalised='firth' has an estimate"
        )
