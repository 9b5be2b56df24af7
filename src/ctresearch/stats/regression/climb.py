"""The maximum of a log-likelihood that need not be concave, told by jets of its linear predictors.

:func:`~ctresearch.stats.regression.newton.maximise` is for concave ones; mixtures and counts with dispersion are not,
and their steps go up along every axis of the information whatever the sign of its root.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import FitError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ctresearch.stats.regression.jet import Floats, Jet

_STEPS, _HALVINGS, _LONGEST = 200, 40, 2.0
# A gain in log-likelihood that no decision can rest on; what is left after two more steps lies below double precision.
_GAIN = 1e-9
# The smallest root of the scaled information of a maximum that is one point, with four digits of the inverse left.
_FLAT = 1e-10


@dataclass(frozen=True, slots=True)
class Design:
    """Matrices of the parts of a model, with an offset of the first.

    Parameters
    ----------
    matrices : tuple of numpy.ndarray
        One a predictor, rows by columns.
    offset : numpy.ndarray
        Beside the first predictor, shape (rows,).

    Examples
    --------
    >>> Design((np.ones((2, 1)),), np.zeros(2)).predictors(np.array([3.0])).tolist()
    [[3.0], [3.0]]
    """

    matrices: tuple[Floats, ...]
    offset: Floats

    def split(self, beta: Floats) -> list[Floats]:
        """Return the coefficients of each part."""
        ends = np.cumsum([matrix.shape[1] for matrix in self.matrices])
        return list(np.split(beta, ends[:-1]))

    def predictors(self, beta: Floats) -> Floats:
        """Return all predictors, shape (rows, parts)."""
        columns = [matrix @ part for matrix, part in zip(self.matrices, self.split(beta), strict=True)]
        columns[0] = columns[0] + self.offset
        return np.column_stack(columns)

    def gradient(self, weight: Floats, slope: Floats) -> Floats:
        """Return the derivative in all coefficients of a weighted sum, given that by row in the predictors."""
        return np.concatenate([matrix.T @ (weight * slope[:, i]) for i, matrix in enumerate(self.matrices)])

    def scores(self, slope: Floats) -> Floats:
        """Return the derivative in all coefficients by row, shape (rows, coefficients)."""
        return np.hstack([matrix * slope[:, [i]] for i, matrix in enumerate(self.matrices)])

    def curvature(self, weight: Floats, bend: Floats) -> Floats:
        """Return minus the second derivative in all coefficients of a weighted sum."""
        return np.block(
            [
                [-(one.T * (weight * bend[:, i, j])) @ other for j, other in enumerate(self.matrices)]
                for i, one in enumerate(self.matrices)
            ]
        )


@dataclass(frozen=True, slots=True)
class Top:
    """A maximum: ``beta`` (P,), ``covariance`` (P, P), the inverse of the observed information, and the log-likelihood.

    Examples
    --------
    >>> Top(np.zeros(1), np.eye(1), -3.0).log_likelihood
    -3.0
    """

    beta: Floats
    covariance: Floats
    log_likelihood: float


def climb(
    likelihood: Callable[[Floats], Jet],
    design: Design,
    weight: Floats,
    start: Floats,
    refuse: Callable[[Floats], None],
) -> Top:
    """Climb to a maximum.

    Parameters
    ----------
    likelihood : callable
        Takes predictors of shape (rows, parts), returns the log-likelihood by row.
    design : Design
        Matrices of the predictors.
    weight : numpy.ndarray
        Of each row, shape (rows,).
    start : numpy.ndarray
        Coefficients to begin at, shape (P,).
    refuse : callable
        Takes predictors, raises where they have gone to the boundary of the model.

    Returns
    -------
    Top
        The maximum.

    Raises
    ------
    FitError
        If there is none inside the model, or it is not one point.

    Examples
    --------
    >>> one = Design((np.ones((2, 1)),), np.zeros(2))
    >>> from ctresearch.stats.regression.jet import seeds
    >>> parabola = lambda eta: -(seeds(eta)[0] - 3.0) * (seeds(eta)[0] - 3.0)
    >>> round(float(climb(parabola, one, np.ones(2), np.zeros(1), lambda eta: None).beta[0]), 9)
    3.0
    """
    beta = start
    value, score, information = _local(likelihood, design, weight, beta)
    for _ in range(_STEPS):
        step = _step(score, information)
        if float(score @ step) < _GAIN:
            return _finished(likelihood, design, weight, beta + step)
        longest = max(
            float(np.abs(matrix @ part).max()) for matrix, part in zip(design.matrices, design.split(step), strict=True)
        )
        step = step * min(1.0, _LONGEST / longest)
        for halving in range(_HALVINGS):
            there = _local(likelihood, design, weight, beta + step / 2**halving)
            if np.isfinite(there[0]) and there[0] >= value:
                break
        else:
            return _finished(likelihood, design, weight, beta)
        beta, (value, score, information) = beta + step / 2**halving, there
        refuse(design.predictors(beta))
    raise FitError(f"the likelihood still rises after {_STEPS} steps: leave terms out, or use a simpler model")


def _local(
    likelihood: Callable[[Floats], Jet], design: Design, weight: Floats, beta: Floats
) -> tuple[float, Floats, Floats]:
    """Return log-likelihood, score and information at a point."""
    with np.errstate(all="ignore"):  # a step too long gives no number, and is halved
        told = likelihood(design.predictors(beta))
        return float(weight @ told.value), design.gradient(weight, told.slope), design.curvature(weight, told.bend)


def _step(score: Floats, information: Floats) -> Floats:
    """Return a Newton step that climbs even where the likelihood is not concave."""
    if not (np.isfinite(information).all() and np.isfinite(score).all()):
        raise FitError(
            f"the likelihood of {score.size} coefficients cannot be told at the start: rescale the columns of the "
            "formula"
        )
    scale = np.sqrt(np.maximum(np.abs(np.diag(information)), 1e-12))
    roots, axes = np.linalg.eigh(information / np.outer(scale, scale))
    size = np.maximum(np.abs(roots), 1e-9)
    return np.asarray(axes @ ((axes.T @ (score / scale)) / size) / scale)


def _finished(likelihood: Callable[[Floats], Jet], design: Design, weight: Floats, beta: Floats) -> Top:
    """Take two more steps, and return the point if it is a maximum."""
    for _ in range(2):
        _, score, information = _local(likelihood, design, weight, beta)
        beta = beta + _step(score, information)
    value, _, information = _local(likelihood, design, weight, beta)
    scale = np.sqrt(np.maximum(np.diag(information), 1e-300))
    if not np.isfinite(information).all() or np.linalg.eigvalsh(information / np.outer(scale, scale)).min() < _FLAT:
        raise FitError(
            f"the likelihood is flat in some direction, so that its {beta.size} coefficients are not identified: leave "
            "terms out, or use a simpler model"
        )
    return Top(beta, np.asarray(np.linalg.inv(information)), value)


def refuse_far(
    parts: Sequence[str], far: Mapping[str, float], words: Mapping[tuple[str, int], str], cure: str
) -> Callable[[Floats], None]:
    """Return a function that refuses predictors which have gone to the boundary of a model.

    Parameters
    ----------
    parts : sequence of str
        Names of the predictors.
    far : mapping
        How far each may go.
    words : mapping
        What happens where each goes down (-1) or up (1).
    cure : str
        What to do.

    Returns
    -------
    callable
        For :func:`climb`.

    Examples
    --------
    >>> refuse_far(["mean"], {"mean": 15.0}, {("mean", 1): "it grows"}, "stop")(np.zeros((1, 1)))
    """

    def refuse(predictors: Floats) -> None:
        for place, part in enumerate(parts):
            column = predictors[:, place]
            worst = float(column[np.argmax(np.abs(column))])
            if abs(worst) > far[part]:
                raise FitError(
                    "the likelihood has no maximum inside the model: it still rises as "
                    f"{words[part, int(np.sign(worst))]}; {cure}"
                )

    return refuse
