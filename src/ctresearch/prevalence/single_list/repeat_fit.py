"""The maximum of a likelihood of repeat counts, and the refusal where there is none inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ctresearch.core.errors import FitError

if TYPE_CHECKING:
    from ctresearch.prevalence.single_list.count_model import Rows
    from ctresearch.prevalence.single_list.jet import Floats
    from ctresearch.prevalence.single_list.repeat_cells import Ints, RepeatCells

_STEPS, _HALVINGS, _LONGEST = 200, 40, 2.0
# A gain in log-likelihood that no decision can rest on.
_GAIN = 1e-9
# Where a predictor has gone so far, chances differ from those at its end by less than one in three thousand.
_FAR = {"mean": 15.0, "twice": 15.0, "dispersion": 8.0, "inflation": 10.0}
_ENDS = {
    ("mean", -1): "the mean count falls to zero, where the population is infinite",
    ("mean", 1): "the mean count grows without limit, where nobody is unseen",
    ("twice", -1): "nobody of some group is seen twice, where the population is infinite",
    ("twice", 1): "nobody of some group is seen once, where nobody of it is unseen",
    ("dispersion", -1): "the dispersion falls to zero, which is the Poisson model",
    ("dispersion", 1): "the dispersion grows without limit, where the population is infinite",
    ("inflation", -1): "the share seen once whatever their chances falls to zero, which is the model without it",
    ("inflation", 1): "the share seen once whatever their chances rises to one, where the rest cannot be told",
}


class Model(Protocol):
    """What is fitted."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the predictors."""
        ...

    def rows(self, counts: Ints, predictors: Floats) -> Rows:
        """Return the model at a point."""
        ...


@dataclass(frozen=True, slots=True)
class RepeatFit:
    """A model at its maximum.

    ``beta`` (P,) and ``covariance`` (P, P), the inverse of the observed information; ``population`` and ``std_error``
    with both parts of the variance; ``rows`` by cell.
    """

    beta: Floats
    covariance: Floats
    log_likelihood: float
    population: float
    std_error: float
    rows: Rows


def fit_repeats(model: Model, cells: RepeatCells, *, people: Floats | None = None, start: Floats) -> RepeatFit:
    """Climb to the maximum.

    Parameters
    ----------
    model : CountModel or OnceOrTwice
        What is fitted.
    cells : RepeatCells
        The people.
    people : numpy.ndarray, optional
        People by cell in place of those of the table, shape (C,).
    start : numpy.ndarray
        Coefficients to begin at, shape (P,).

    Returns
    -------
    RepeatFit
        The model at its maximum.

    Raises
    ------
    FitError
        If the likelihood has no maximum inside.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.prevalence.single_list.count_model import CountModel
    >>> from ctresearch.prevalence.single_list.repeat_cells import read_repeats
    >>> cells = read_repeats(pd.DataFrame({"times": [1, 2], "n": [60, 9]}), "times", {"mean": None}, frequency="n")
    >>> round(fit_repeats(CountModel("poisson", "as_others"), cells, start=np.zeros(1)).population)
    284
    """
    weight = cells.people if people is None else people
    beta = start
    value, score, information, rows = _local(model, cells, weight, beta)
    for _ in range(_STEPS):
        step = _step(score, information)
        gain = float(score @ step)
        if gain < _GAIN:
            beta, value, information, rows = _polished(model, cells, weight, beta + step)
            break
        longest = max(float(np.abs(matrix @ part).max()) for matrix, part in _parts(cells, step))
        step = step * min(1.0, _LONGEST / longest)
        for halving in range(_HALVINGS):
            to = beta + step / 2**halving
            there = _local(model, cells, weight, to)
            if np.isfinite(there[0]) and there[0] >= value:
                break
        else:
            break
        beta, (value, score, information, rows) = to, there
        _refuse_far(model, cells.predictors(beta))
    else:
        raise FitError(f"the likelihood still rises after {_STEPS} steps: leave terms out, or use another distribution")
    return _fitted(cells, weight, RepeatFit(beta, information, value, 0.0, 0.0, rows))


def _polished(model: Model, cells: RepeatCells, weight: Floats, beta: Floats) -> tuple[Floats, float, Floats, Rows]:
    """Take two more steps, after which the squares of what is left lie below what a double can hold."""
    for _ in range(2):
        _, score, information, _ = _local(model, cells, weight, beta)
        beta = beta + _step(score, information)
    value, _, information, rows = _local(model, cells, weight, beta)
    return beta, value, information, rows


def _local(model: Model, cells: RepeatCells, weight: Floats, beta: Floats) -> tuple[float, Floats, Floats, Rows]:
    """Return log-likelihood, score, information and rows at a point."""
    with np.errstate(all="ignore"):  # a step too long gives no number, and is halved
        rows = model.rows(cells.counts, cells.predictors(beta))
    told = rows.likelihood
    score = [matrix.T @ (weight * told.slope[:, i]) for i, matrix in enumerate(cells.designs)]
    information = [
        [-(one.T * (weight * told.bend[:, i, j])) @ other for j, other in enumerate(cells.designs)]
        for i, one in enumerate(cells.designs)
    ]
    return float(weight @ told.value), np.concatenate(score), np.block(information), rows


def _parts(cells: RepeatCells, beta: Floats) -> list[tuple[Floats, Floats]]:
    """Return each matrix with its own coefficients."""
    ends = np.cumsum([matrix.shape[1] for matrix in cells.designs])
    return list(zip(cells.designs, np.split(beta, ends[:-1]), strict=True))


def _step(score: Floats, information: Floats) -> Floats:
    """Return a Newton step that climbs even where the likelihood is not concave."""
    scale = np.sqrt(np.maximum(np.abs(np.diag(information)), 1e-12))
    roots, axes = np.linalg.eigh(information / np.outer(scale, scale))
    size = np.maximum(np.abs(roots), 1e-9)
    return np.asarray(axes @ ((axes.T @ (score / scale)) / size) / scale)


def _refuse_far(model: Model, predictors: Floats) -> None:
    """Refuse a point on the boundary of the model."""
    for place, part in enumerate(model.parts):
        column = predictors[:, place]
        worst = float(column[np.argmax(np.abs(column))])
        if abs(worst) > _FAR[part]:
            raise FitError(
                "the likelihood has no maximum inside the model: it still rises as "
                f"{_ENDS[part, int(np.sign(worst))]}; use a simpler distribution or fewer terms, or ChaoLowerBound for "
                "at least how many"
            )


def _fitted(cells: RepeatCells, weight: Floats, top: RepeatFit) -> RepeatFit:
    """Return the fit with covariance and population, if the point, which holds its information, is a maximum."""
    information = top.covariance
    scale = np.sqrt(np.maximum(np.diag(information), 1e-300))
    if np.linalg.eigvalsh(information / np.outer(scale, scale)).min() < 1e-10:
        raise FitError(
            "the likelihood is flat in some direction, so that its coefficients are not identified: leave terms "
            "out, or use a simpler distribution"
        )
    covariance = np.linalg.inv(information)
    everybody = np.ones(len(weight), dtype=bool)
    population, std_error = population_of(cells, top.rows, covariance, weight, everybody)
    return RepeatFit(top.beta, covariance, top.log_likelihood, population, std_error, top.rows)


def population_of(
    cells: RepeatCells, rows: Rows, covariance: Floats, weight: Floats, chosen: Floats
) -> tuple[float, float]:
    """Return how many some cells stand for, and the standard error of that.

    The variance has two parts: that of the coefficients by the delta method, and that of how many are seen at all.

    Parameters
    ----------
    cells : RepeatCells
        The people.
    rows : Rows
        The model at its maximum.
    covariance : numpy.ndarray
        Of the coefficients, shape (P, P).
    weight : numpy.ndarray
        People by cell, shape (C,).
    chosen : numpy.ndarray
        Cells that are added up, bool, shape (C,).

    Returns
    -------
    tuple of float
        Population and standard error.
    """
    inside = weight * chosen
    slope = np.concatenate(
        [matrix.T @ (inside * rows.stands_for.slope[:, i]) for i, matrix in enumerate(cells.designs)]
    )
    variance = float(slope @ covariance @ slope + inside @ rows.spread)
    return float(inside @ rows.stands_for.value), float(np.sqrt(variance))
