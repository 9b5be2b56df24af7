"""Averaging a population over log-linear models by their AIC or BIC weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import model
from ctresearch.core.message import say
from ctresearch.core.result import Result, table_field
from ctresearch.core.validate import is_level, one_of, whole_number
from ctresearch.prevalence.closed.lognormal import lognormal_limits
from ctresearch.prevalence.lists.cells import canonical_order
from ctresearch.prevalence.lists.declared import COEFFICIENTS, MODELS, POPULATION
from ctresearch.prevalence.lists.estimable import require_estimable
from ctresearch.prevalence.lists.fewest_people import fewest_people
from ctresearch.prevalence.lists.population_table import population_table
from ctresearch.prevalence.lists.table_checks import checks_of
from ctresearch.prevalence.loglinear import loglinear_checks as checks
from ctresearch.prevalence.loglinear.coefficients import odds_ratios, term_table
from ctresearch.prevalence.loglinear.hierarchy import MAX_LISTS
from ctresearch.prevalence.loglinear.model_errors import ModelErrors, model_errors
from ctresearch.prevalence.loglinear.model_terms import read_model
from ctresearch.prevalence.loglinear.search import search_all
from ctresearch.prevalence.loglinear.silent_models import check_silent
from ctresearch.prevalence.trust.diagnose import diagnose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.meaning import Meaning
    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.lists.histories import CaptureHistories
    from ctresearch.prevalence.loglinear.selection import Criterion

ASSUMPTIONS = (
    "The population is closed: nobody enters or leaves it in the reference period.",
    "People are matched across lists without error, and everybody on a list belongs to the population.",
    "One of the models averaged over describes how lists depend on one another, for people on no list too.",
    "There is no interaction of all lists at once; no table can test that.",
)
# A weight of one in a million cannot be seen in any digit printed; above half of the variance, the choice of a model
# matters more than all else; limits at 95 % that leave out models with more than a twentieth of the weight are not what
# the models say.
_NEGLIGIBLE, _WIDE, _OUTSIDE = 1e-6, 0.5, 0.05


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class WeightedAverageResult(Result):
    """Population size averaged over log-linear models.

    Parameters
    ----------
    models : pandas.DataFrame
        Models that carry weight, the heaviest first: ``weight``, ``estimate``, ``std_error`` and the criterion.
    coefficients : pandas.DataFrame, optional
        Indexed by ``term`` with the ``intercept`` first: ``lists``, ``order``, ``weight``, that of all models that hold
        the term together, and ``estimate``, ``std_error``, ``ci_low`` and ``ci_high`` on the log scale, averaged over
        those models alone by their weights scaled to add up to one, the spread between models in the error. A term
        whose overlap is empty has the estimate minus infinity and no error.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``population`` and ``unobserved``.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, WeightedAverage
    >>> result = WeightedAverage().fit(CaptureHistories.from_published("korea"))
    >>> result.models.index[0], round(float(result.models["weight"].iloc[0]), 2)
    ('[12,23]', 0.71)
    """

    models: pd.DataFrame = table_field(
        {
            **MODELS,
            "weight": model("Weight in the average", reader="percent"),
            "std_error": model("Standard error", "persons"),
        }
    )
    coefficients: pd.DataFrame | None = table_field(
        {**COEFFICIENTS, "weight": model("Weight of the models that hold it", reader="percent")}, optional=True
    )
    terms: ClassVar[Mapping[str, Meaning]] = POPULATION

    @property
    def odds_ratios(self) -> pd.DataFrame:
        """How being on some lists multiplies the odds of being on others, averaged over the models that say so.

        Indexed by ``term``: ``lists``, ``weight``, ``odds_ratio``, ``ci_low`` and ``ci_high``.
        """
        return odds_ratios(self.coefficients, self.method)


@dataclass(frozen=True, slots=True)
class Average:
    """A weighted mean of estimates and its unconditional standard error."""

    estimate: float
    std_error: float


class WeightedAverage(Options):
    """Average a population over all hierarchical log-linear models, each weighted by its AIC or BIC.

    A model whose criterion is ``d`` above the smallest has weight ``exp(-d / 2)``, scaled to add up to one. The
    standard error adds the spread between models to that within each, so it is honest about the choice of a model in
    a way that the standard error of the best one is not.

    Parameters
    ----------
    criterion : {"bic", "aic"}
        What weighs.
    max_order : int, optional
        Largest number of lists that an interaction links; by default 1 for two lists, 2 for three, 3 for four or five
        and 2 for six.
    level : float
        Coverage of the log-normal interval, as a proportion.

    Raises
    ------
    SpecificationError
        If an option is out of range.

    Notes
    -----
    It fails where the models share an error, such as differences between people that no interaction of lists
    describes, and where weights of many models with two modes far apart are averaged to a number in between that no
    model supports; look at ``.models``.

    References
    ----------
    .. [1] Buckland, S. T., Burnham, K. P. and Augustin, N. H. (1997). Model selection: an integral part of inference.
       Biometrics 53, 603-618. https://doi.org/10.2307/2533961

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> result = WeightedAverage("aic").fit(CaptureHistories.from_published("hav-taiwan"))
    >>> row = result.estimates.loc["population"]
    >>> print(f"{row['estimate']:.0f} ({row['ci_low']:.0f} to {row['ci_high']:.0f}) averaged over models")
    1309 (682 to 2892) averaged over models
    """

    def __init__(self, criterion: Criterion = "bic", *, max_order: int | None = None, level: float = 0.95) -> None:
        self.criterion: Criterion = one_of("criterion", criterion, ("bic", "aic"))
        self.max_order = None if max_order is None else whole_number("max_order", max_order, low=1)
        self.level = is_level(level)

    def fit(self, histories: CaptureHistories) -> WeightedAverageResult:
        """Average over the models of a table of lists.

        Parameters
        ----------
        histories : CaptureHistories
            The table, of at most six lists.

        Returns
        -------
        WeightedAverageResult
            Terms ``population`` and ``unobserved``, in persons.

        Raises
        ------
        DataError
            If the table cannot tell anything about people on no list.
        SpecificationError
            If there are too many lists or the order is too high.
        FitError
            If no model has an estimate.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories
        >>> result = WeightedAverage().fit(CaptureHistories.from_published("korea"))
        >>> round(float(result.estimates.loc["population", "estimate"]))
        189
        """
        table = require_estimable(histories)
        counts = table.cell_counts()
        ranking = search_all(counts, table.lists, self._order(len(table.lists)), self.criterion, None).models
        models = weigh_models(ranking, self.criterion, counts, table.lists)
        average = average_estimates(*(models[c].to_numpy() for c in ("weight", "estimate", "std_error")))
        people = table.n_observed
        unseen = average.estimate - people
        limits = lognormal_limits(people, unseen, average.std_error, self.level)
        return WeightedAverageResult(
            method=say("Log-linear models averaged by {criterion}", criterion=self.criterion.upper()),
            estimates=population_table(people, unseen, average.std_error, limits),
            n=people,
            level=self.level,
            interval="lognormal",
            scope=table.scope,
            checks=(
                checks.check_overlaps(table.overlaps()),
                _check_rivals(models, people, average),
                _check_spread(models, average),
                check_silent(counts, ranking, self.criterion, table.lists),
                *diagnose(table, allows=["pairs"]),
                *checks_of(table),
            ),
            assumptions=ASSUMPTIONS,
            references=(*table.references, *references(WeightedAverage)),
            inputs=record(table.counts, packages=("numpy", "scipy", "numba")),
            smallest_group=fewest_people(table.cell_counts()),
            models=models,
            coefficients=average_coefficients(models, counts, table.lists, self.level),
        )

    def _order(self, lists: int) -> int:
        """Return the largest order of an interaction for a number of lists."""
        if lists > MAX_LISTS:
            raise SpecificationError(
                f"the table has {lists} lists, averaging takes at most {MAX_LISTS}: merge the smallest lists"
            )
        most = 2 if lists == MAX_LISTS else lists - 1
        if self.max_order is None:
            return min(most, 3)
        if self.max_order > most:
            raise SpecificationError(f"max_order == {self.max_order}, must be at most {most} for {lists} lists")
        return self.max_order


def weigh_models(ranking: pd.DataFrame, criterion: Criterion, counts: Array, lists: tuple[str, ...]) -> pd.DataFrame:
    """Weigh models by a criterion and give each its standard error.

    Parameters
    ----------
    ranking : pandas.DataFrame
        Models by name with ``estimate``, NaN where there is none, and the criterion.
    criterion : {"bic", "aic"}
        What weighs.
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,).
    lists : tuple of str
        Names of the lists.

    Returns
    -------
    pandas.DataFrame
        Models of weight above one in a million, weights scaled to add up to one.

    Examples
    --------
    >>> counts = np.array([0.0, 60, 40, 20])
    >>> ranking = pd.DataFrame({"estimate": [240.0], "bic": [7.0]}, index=["[1,2]"])
    >>> weigh_models(ranking, "bic", counts, ("A", "B"))["weight"].tolist()
    [1.0]
    """
    known = ranking[ranking["estimate"].notna()].sort_values(criterion, kind="stable")
    weight = np.exp(-(known[criterion] - known[criterion].min()) / 2)
    kept = known[weight > _NEGLIGIBLE * weight.sum()]
    weight = weight[kept.index] / weight[kept.index].sum()
    errors = _errors_of(counts, kept.index, lists).population
    return pd.DataFrame(
        {"weight": weight, "estimate": kept["estimate"], "std_error": errors, criterion: kept[criterion]},
        index=kept.index,
    )


def average_coefficients(models: pd.DataFrame, counts: Array, lists: tuple[str, ...], level: float) -> pd.DataFrame:
    """Average each coefficient over the models that hold it.

    Parameters
    ----------
    models : pandas.DataFrame
        Models by name with their ``weight``.
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,).
    lists : tuple of str
        Names of the lists.
    level : float
        Coverage of the limits.

    Returns
    -------
    pandas.DataFrame
        As :class:`WeightedAverageResult` has them.

    Examples
    --------
    >>> models = pd.DataFrame({"weight": [1.0]}, index=["[1,2]"])
    >>> average_coefficients(models, np.array([0.0, 60, 40, 20]), ("A", "B"), 0.95)["weight"].tolist()
    [1.0, 1.0, 1.0]
    """
    found = _errors_of(counts, models.index, lists)
    there = np.flatnonzero(~np.isnan(found.estimate).all(axis=0))
    terms = there[canonical_order(there, len(lists))]
    each = models["weight"].to_numpy(dtype=np.float64)
    rows = [_average_over(each, found.estimate[:, term], found.error[:, term]) for term in terms.tolist()]
    weight, estimate, std_error = np.array(rows).T
    return term_table(terms, lists, estimate, std_error, level, weight=weight)


def _average_over(weight: Array, estimate: Array, std_error: Array) -> tuple[float, float, float]:
    """Average estimates and errors of one coefficient over the models that hold it, those that are not NaN.

    One at minus infinity is so in every model.
    """
    holds = ~np.isnan(estimate)
    weight, estimate, std_error = weight[holds], estimate[holds], std_error[holds]
    together = float(weight.sum())
    if not np.isfinite(estimate).all():
        return together, -np.inf, np.nan
    average = average_estimates(weight / together, estimate, std_error)
    return together, average.estimate, average.std_error


def _errors_of(counts: Array, names: pd.Index[str], lists: tuple[str, ...]) -> ModelErrors:
    """Return coefficients and errors of models by name, worked out once for weights and coefficients."""
    masks = np.array([_mask(str(name), lists) for name in names], dtype=np.uint64)
    return _errors(np.asarray(counts, dtype=np.float64).tobytes(), masks.tobytes())


@lru_cache(maxsize=2)
def _errors(counts: bytes, masks: bytes) -> ModelErrors:
    """Return coefficients and errors of models."""
    return model_errors(np.frombuffer(counts), np.frombuffer(masks, dtype=np.uint64).copy())


@lru_cache(maxsize=1 << 16)
def _mask(name: str, lists: tuple[str, ...]) -> int:
    """Read the name of one model as a mask; tables of as many lists share their models."""
    return sum(1 << term for term in read_model(name, lists).tolist())


def average_estimates(weights: Array, estimates: Array, errors: Array) -> Average:
    """Average estimates and their uncertainty, that of the choice of a model included.

    Parameters
    ----------
    weights, estimates, errors : numpy.ndarray
        Weights that add up to one, estimates and standard errors, shape (models,).

    Returns
    -------
    Average
        Mean, and Buckland, Burnham and Augustin's standard error.

    Examples
    --------
    >>> average_estimates(np.array([0.5, 0.5]), np.array([90.0, 110.0]), np.array([0.0, 0.0]))
    Average(estimate=100.0, std_error=10.0)
    """
    mean = float(weights @ estimates)
    return Average(mean, float(weights @ np.sqrt(errors**2 + (estimates - mean) ** 2)))


def _check_rivals(models: pd.DataFrame, people: int, average: Average) -> Check:
    """Say how much weight the models have that the limits at 95 % leave out.

    Models of little weight that say something else are what an average is for; they are no reason to doubt it.
    """
    low, high = lognormal_limits(people, average.estimate - people, average.std_error, 0.95)
    estimate, weight = models["estimate"].to_numpy(), models["weight"].to_numpy()
    outside = float(weight[(estimate < low) | (estimate > high)].sum())
    numbers = {"models": len(models), "low": estimate.min(), "high": estimate.max(), "outside": outside}
    words = say(
        "Models that carry weight say {low:,.0f} to {high:,.0f}; those outside of the limits at 95 % have "
        "{outside:.1%} of the weight.",
        low=estimate.min(),
        high=estimate.max(),
        outside=outside,
    )
    return Check("rivals", "review" if outside > _OUTSIDE else "pass", words, numbers)


def _check_spread(models: pd.DataFrame, average: Average) -> Check:
    """Say how much of the uncertainty is about the model."""
    weights, gaps = models["weight"].to_numpy(), models["estimate"].to_numpy() - average.estimate
    between = float(np.sqrt(weights @ gaps**2))
    share = between**2 / (between**2 + float(weights @ models["std_error"].to_numpy() ** 2))
    numbers = {"models": len(models), "between": between, "share": share, "heaviest": float(weights.max())}
    return Check(
        "spread",
        "review" if share > _WIDE else "pass",
        say(
            "{models:,} models carry weight, the heaviest {heaviest:.0%}; differences between them make up {share:.0%} "
            "of the variance.",
            models=len(models),
            heaviest=weights.max(),
            share=share,
        ),
        numbers,
    )
