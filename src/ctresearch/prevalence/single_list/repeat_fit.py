"""A model of repeat counts at its maximum, and the population that it tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ctresearch.stats.regression.climb import climb, refuse_far

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.prevalence.single_list.count_model import Rows
    from ctresearch.prevalence.single_list.repeat_cells import Ints, RepeatCells
    from ctresearch.stats.regression.jet import Floats

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
_CURE = "use a simpler distribution or fewer terms, or ChaoLowerBound for at least how many"


class Model(Protocol):
    """What is fitted."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the predictors."""
        ...

    @property
    def least(self) -> int:
        """The smallest count whose frequency it explains."""
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
        If the likelihood has no maximum inside the model.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.prevalence.single_list.count_model import CountModel
    >>> from ctresearch.prevalence.single_list.repeat_cells import read_repeats
    >>> cells = read_repeats(pd.DataFrame({"times": [1, 2], "n": [60, 9]}), "times", {"mean": None}, frequency="n")
    >>> round(fit_repeats(CountModel("poisson", "as_others"), cells, start=np.zeros(1)).population)
    311
    """
    weight = cells.people if people is None else people
    top = climb(
        lambda predictors: model.rows(cells.counts, predictors).likelihood,
        cells.design,
        weight,
        start,
        refuse_far(model.parts, _FAR, _ENDS, _CURE),
    )
    rows = model.rows(cells.counts, cells.design.predictors(top.beta))
    everybody = np.ones(len(weight), dtype=bool)
    population, std_error = population_of(cells, rows, top.covariance, weight, everybody)
    return RepeatFit(top.beta, top.covariance, top.log_likelihood, population, std_error, rows)


def population_of(
    cells: RepeatCells, rows: Rows, covariance: Floats, weight: Floats, chosen: NDArray[np.bool_]
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
    slope = cells.design.gradient(inside, rows.stands_for.slope)
    variance = float(slope @ covariance @ slope + inside @ rows.spread)
    return float(inside @ rows.stands_for.value), float(np.sqrt(variance))
