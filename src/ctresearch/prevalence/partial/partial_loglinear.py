"""Log-linear models of lists that are seen in part: ranges for counts, and patterns that cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import DataError, FitError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.validate import is_level, one_of, whole_number
from ctresearch.prevalence.lists.estimable import nothing_shared
from ctresearch.prevalence.lists.fewest_people import fewest_people
from ctresearch.prevalence.lists.histories import CaptureHistories
from ctresearch.prevalence.lists.partial_histories import PartialHistories
from ctresearch.prevalence.lists.population_table import population_table
from ctresearch.prevalence.lists.table_checks import checks_of
from ctresearch.prevalence.loglinear.hierarchy import all_models, mask_terms
from ctresearch.prevalence.loglinear.loglinear_checks import check_limits
from ctresearch.prevalence.loglinear.model_terms import complete, given_model, numbered, read_model, write_model
from ctresearch.prevalence.partial.interval_poisson import RangeFit, fit_ranges
from ctresearch.prevalence.partial.partial_diagnosis import diagnose_partial
from ctresearch.prevalence.partial.partial_model_fit import Predicted, model_ranges, predict_population
from ctresearch.prevalence.partial.partial_result import PartialLogLinearResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.prevalence.lists.cells import Array

Select = Literal["bic", "aic", "fixed"]
_LARGEST_ORDER = {2: 1, 3: 2, 4: 3, 5: 2}
_WIDE = 0.1
_CURES = {
    "no_mle": (
        "does not exist: the likelihood rises for ever as counts that may be zero go to zero; leave an interaction out,"
        " or say smallest=1 where the publisher shows zeros as zeros"
    ),
    "not_identified": (
        "is not identified by the patterns that are possible; leave out interactions of lists that cannot overlap"
    ),
}
ASSUMPTIONS = (
    "The population is closed: nobody enters or leaves it in the reference period.",
    "People are matched across lists without error, and everybody on a list belongs to the population.",
    "The interactions of the model describe how lists depend on one another, for people on no list too.",
    "There is no interaction of all lists at once; no table can test that.",
    "Patterns said to be impossible are so for everybody.",
    "A count that is given as a range was hidden because of its size alone.",
)


class PartialLogLinear(Options):
    """Estimate a population from lists with ranges for counts, or that could not all have seen the same people.

    Cells known as a range enter by the probability of the range, impossible cells not at all. With all counts known
    and all patterns possible, estimate and limits are those of :class:`LogLinear`.

    Parameters
    ----------
    select : {"bic", "aic", "fixed"}
        How the model is chosen: the smallest criterion over all hierarchical models of up to five lists (five:
        pairs only), or not at all.
    model : str or list of str, optional
        The model for ``select="fixed"``, as in :class:`LogLinear`.
    max_order : int, optional
        Largest number of lists that an interaction links; by default 1 for two lists, 2 for three and five, 3 for
        four.
    level : float
        Coverage of the profile-likelihood limits, which a fixed model has; those of a chosen one would ignore the
        choice.

    Raises
    ------
    SpecificationError
        If an option is out of range or does not go with the others.

    References
    ----------
    .. [1] Fienberg, S. E. (1972). The multiple recapture census for closed populations and incomplete 2^k contingency
       tables. Biometrika 59, 591-603. https://doi.org/10.1093/biomet/59.3.591
    .. [2] Overstall, A. M., King, R., Bird, S. M., Hutchinson, S. J. and Hay, G. (2014). Incomplete contingency tables
       with censored cells with application to estimating the number of people who inject drugs in Scotland. Statistics
       in Medicine 33, 1564-1579. https://doi.org/10.1002/sim.6047

    Examples
    --------
    >>> from ctresearch.prevalence import PartialHistories
    >>> rows = pd.DataFrame({"police": [1, 0, 1], "charity": [0, 1, 1], "count": ["60", "40", "<5"]})
    >>> table = PartialHistories.from_counts(rows, smallest=1)
    >>> row = PartialLogLinear(select="fixed", model="[1,2]").fit(table).estimates.loc["population"]
    >>> print(f"{row['estimate']:,.0f} people, 95 % limits {row['ci_low']:,.0f} to {row['ci_high']:,.0f}")
    1,187 people, 95 % limits 380 to 18,438
    """

    def __init__(
        self,
        select: Select = "bic",
        *,
        model: str | Sequence[str] | None = None,
        max_order: int | None = None,
        level: float = 0.95,
    ) -> None:
        self.select: Select = one_of("select", select, ("bic", "aic", "fixed"))
        self.model = given_model(select, model)
        self.max_order = None if max_order is None else whole_number("max_order", max_order, low=1)
        self.level = is_level(level)

    def fit(self, histories: PartialHistories | CaptureHistories) -> PartialLogLinearResult:
        """Choose a model for a table and estimate the population.

        Parameters
        ----------
        histories : PartialHistories or CaptureHistories
            The table, of at most ten lists.

        Returns
        -------
        PartialLogLinearResult
            Terms ``population`` and ``unobserved``, in persons.

        Raises
        ------
        DataError
            If the table says nothing about people on no list.
        SpecificationError
            If the model or the order does not go with the table.
        FitError
            If the model given, or every model, has no estimate.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories
        >>> result = PartialLogLinear().fit(CaptureHistories.from_published("korea"))
        >>> result.model, round(float(result.estimates.loc["population", "estimate"]), 2)
        ('[12,23]', 157.17)
        """
        table = require_partial(histories)
        ranking = _rank(table, self._candidates(table.lists), self.select)
        terms = read_model(str(ranking.index[0]), table.lists)
        ranges = model_ranges(terms, table.cells, table.low, table.high)
        fitted = _require(fit_ranges(ranges), write_model(terms, numbered(table.lists)))
        found = predict_population(ranges, fitted, self.level)
        limits = (found.low, found.high) if self.select == "fixed" else (np.nan, np.nan)
        std_error = found.std_error if self.select == "fixed" else np.nan
        interval = "profile" if self.select == "fixed" else "none"
        model = write_model(terms, table.lists)
        linked = self.select != "fixed" or len(terms) > len(table.lists) + 1
        return PartialLogLinearResult(
            method=say("Log-linear model {model} of a table seen in part", model=model),
            estimates=population_table(found.seen, found.unseen, std_error, limits),
            n=round(found.seen),
            level=self.level,
            interval=interval,
            scope=table.scope,
            checks=(
                _check_existence(fitted),
                _check_ranges(fitted, found),
                check_limits(*limits, interval),
                *diagnose_partial(table, fitted.expected, allows=["pairs"] if linked else []),
                *checks_of(table),
            ),
            assumptions=ASSUMPTIONS,
            references=(*table.references, *references(PartialLogLinear)),
            inputs=record(table.counts, packages=("numpy", "scipy")),
            smallest_group=_fewest(table, fitted, terms),
            model=model,
            models=ranking,
            fitted=table.counts.assign(fitted=fitted.means, expected=fitted.expected),
            lists=table.lists,
        )

    def _candidates(self, lists: tuple[str, ...]) -> list[Array]:
        """List the models to fit."""
        if self.model is not None:
            return [read_model(self.model, lists)]
        usual = min(len(lists) - 1, 3 if len(lists) == 4 else 2)
        order = usual if self.max_order is None else self.max_order
        if order >= len(lists):
            raise SpecificationError(f"max_order == {order}, must be below the number of lists, {len(lists)}")
        most = _LARGEST_ORDER.get(len(lists), 1)
        if order > most:
            raise SpecificationError(
                f"{len(lists)} lists have too many models of order {order} to fit them all, the order must be at most "
                f"{most}: lower max_order, or give a model with select='fixed'"
            )
        if order == 1:  # one model, for any number of lists
            return [complete([], len(lists))]
        return [mask_terms(int(mask)) for mask in all_models(len(lists), order)]


def require_partial(histories: Any) -> PartialHistories:
    """Return a table seen in part if an estimate can be asked of it.

    Parameters
    ----------
    histories : PartialHistories or CaptureHistories
        The table.

    Returns
    -------
    PartialHistories
        The same.

    Raises
    ------
    DataError
        If it is no such table, nobody can be on two lists, or a list may be empty.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> require_partial(CaptureHistories.from_published("korea")).lists
    ('b', 'c', 'd')
    """
    if isinstance(histories, CaptureHistories):
        histories = PartialHistories.from_histories(histories)
    if not isinstance(histories, PartialHistories):
        raise DataError(
            f"a {type(histories).__name__} was given, must be PartialHistories or CaptureHistories: make one with "
            "PartialHistories.from_counts"
        )
    patterns = np.arange(histories.low.size)
    for i in range(len(histories.lists)):
        if not histories.high[(patterns >> i & 1) == 1].any():
            raise DataError(f"list {i + 1} of {len(histories.lists)} is empty: leave it out of the table")
    several = np.bitwise_count(patterns) > 1
    if not histories.high[several].any():
        raise nothing_shared(histories.lists)
    return histories


def _rank(table: PartialHistories, candidates: Sequence[Array], select: Select) -> pd.DataFrame:
    """Fit every model and put the best first, those without an estimate last."""
    rows = []
    for terms in candidates:
        fitted = fit_ranges(model_ranges(terms, table.cells, table.low, table.high))
        size, seen = int(fitted.kept.sum()), float(fitted.expected.sum())
        lack = -2 * fitted.loglik
        rows.append((seen + np.exp(fitted.beta[0]), lack + size * np.log(seen), lack + 2 * size, size, fitted.status))
    names = pd.Index([write_model(terms, table.lists) for terms in candidates], name="model")
    ranking = pd.DataFrame(rows, columns=["estimate", "bic", "aic", "parameters", "status"], index=names)
    return ranking.sort_values("aic" if select == "aic" else "bic", kind="stable")


def _require(fitted: RangeFit, model: str) -> RangeFit:
    """Return the fit if there is an estimate."""
    if fitted.status in _CURES:
        raise FitError(f"the estimate of model {model} {_CURES[fitted.status]}")
    return fitted


def _fewest(table: PartialHistories, fitted: RangeFit, terms: Array) -> int:
    """Return the fewest people whom a coefficient describes alone, counts known as a range at what is expected."""
    counts = np.zeros(1 << len(table.lists))
    counts[table.cells] = fitted.expected
    return fewest_people(counts, terms)


def _check_existence(fitted: RangeFit) -> Check:
    """Say in which sense the estimate exists."""
    removed = int((~fitted.kept).sum())
    numbers = {"parameters": len(fitted.kept), "removed": removed}
    if removed:
        said = say(
            "{n} coefficient lies at minus infinity: lists that could share people share nobody.",
            many="{n} coefficients lie at minus infinity: lists that could share people share nobody.",
            n=removed,
        )
        return Check("existence", "review", said, numbers)
    return Check("existence", "pass", "The maximum-likelihood estimate exists and is identified.", numbers)


def _check_ranges(fitted: RangeFit, found: Predicted) -> Check:
    """Say how much the ranges matter."""
    within, cells = float(np.sqrt(fitted.variance.sum())), int((fitted.variance > 0).sum())
    share = within / found.seen
    return Check(
        "ranges",
        "review" if share > _WIDE else "pass",
        say(
            "{cells} of {counts} counts are known as a range; the number on the lists is {seen:,.0f} "
            "with a standard deviation of {within:.1f} for that reason.",
            cells=cells,
            counts=len(fitted.means),
            seen=found.seen,
            within=within,
        ),
        {"cells": cells, "std_dev": within},
    )
