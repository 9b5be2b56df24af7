"""Log-linear models some of whose interactions are assumed, not estimated.

An interaction that a table cannot show, such as that of a pair of two lists or of all lists at once, is entered as a
known offset of the log means; everything else is estimated around it.

References
----------
.. [1] Gerritse, S. C., van der Heijden, P. G. M. and Bakker, B. F. M. (2015). Sensitivity of population size estimation
   for violating parametric assumptions in log-linear models. Journal of Official Statistics 31, 357-379.
   https://doi.org/10.1515/jos-2015-0022
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import FitError, SpecificationError
from ctresearch.core.inputs import record
from ctresearch.core.message import Message, say
from ctresearch.core.result import COLUMNS
from ctresearch.core.validate import in_range, is_level
from ctresearch.prevalence.lists.estimable import require_estimable
from ctresearch.prevalence.lists.fewest_people import fewest_people
from ctresearch.prevalence.lists.joined_words import joined
from ctresearch.prevalence.lists.partial_histories import MAX_LISTS
from ctresearch.prevalence.lists.table_checks import checks_of
from ctresearch.prevalence.loglinear.model_terms import numbered, write_model, write_term
from ctresearch.prevalence.partial.interval_poisson import Ranges, exact_ranges, fit_ranges
from ctresearch.prevalence.partial.partial_model_fit import Predicted, predict_population, subset_design
from ctresearch.prevalence.sensitivity.sensitivity_result import SensitivityResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.lists.histories import CaptureHistories

DEFAULT_RATIOS = tuple(float(v) for v in np.round(np.geomspace(0.2, 5, 17), 4))
_LEAST, _MOST = 1e-3, 1e3
_WIDE = 2.0
ASSUMPTIONS = (
    "The population is closed: nobody enters or leaves it in the reference period.",
    "People are matched across lists without error, and everybody on a list belongs to the population.",
    "The interactions assumed are as stated; the table says nothing about them.",
)


@dataclass(frozen=True, slots=True)
class Assumption:
    """One interaction and the values it is assumed to have: column in the table, label, pattern of lists, ratios."""

    name: str
    label: str
    term: int
    ratios: tuple[float, ...]


def check_ratios(name: str, ratios: Any) -> tuple[float, ...]:
    """Check the values that are assumed.

    Parameters
    ----------
    name : str
        Name of the option.
    ratios : sequence of float
        What the user gave.

    Returns
    -------
    tuple of float
        In increasing order.

    Raises
    ------
    SpecificationError
        If they are not distinct numbers between 0.001 and 1,000.

    Examples
    --------
    >>> check_ratios("odds_ratios", [2, 0.5])
    (0.5, 2.0)
    """
    given = list(ratios) if isinstance(ratios, (list, tuple, np.ndarray)) else []
    values = {float(in_range(name, value, _LEAST, _MOST)) for value in given}
    if not given or len(values) < len(given):
        raise SpecificationError(f"{name} == {ratios!r}, must be different numbers such as [0.5, 1, 2]")
    return tuple(sorted(values))


def predict_assumed(
    counts: Array, terms: Array, assumed: Sequence[tuple[int, float]], level: float | None
) -> Predicted:
    """Estimate the population with some interactions given.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,).
    terms : numpy.ndarray
        Terms that are estimated, the intercept first.
    assumed : sequence of tuple
        Pattern of lists and logarithm of the interaction assumed for it.
    level : float, optional
        Coverage of the profile-likelihood limits; without it there are none.

    Returns
    -------
    Predicted
        In persons.

    Raises
    ------
    FitError
        If the estimate does not exist or is not identified.

    Examples
    --------
    >>> counts = np.array([0.0, 60, 40, 20])
    >>> round(predict_assumed(counts, np.array([0, 1, 2]), [(3, np.log(2))], 0.95).unseen, 6)
    240.0
    """
    cells = np.arange(1, counts.size)
    offset = sum((np.where((cells & term) == term, log, 0.0) for term, log in assumed), np.zeros(len(cells)))
    table: Ranges = replace(exact_ranges(subset_design(terms, cells), counts[cells]), offset=offset)
    fitted = fit_ranges(table)
    if fitted.status in ("no_mle", "not_identified"):
        raise FitError(
            f"the estimate of a model with {len(terms)} terms around the interactions assumed "
            f"{'does not exist' if fitted.status == 'no_mle' else 'is not identified'}: give a smaller one as model="
        )
    return predict_population(table, fitted, level)


def vary(
    histories: CaptureHistories, terms: Array, assumptions: Sequence[Assumption], level: float, function: Any
) -> SensitivityResult:
    """Estimate the population for every combination of values assumed.

    Parameters
    ----------
    histories : CaptureHistories
        The table, of at most ten lists.
    terms : numpy.ndarray
        Terms that are estimated.
    assumptions : sequence of Assumption
        One or two interactions.
    level : float
        Coverage of the limits, given the assumption; over two interactions there are estimates and standard errors
        alone.
    function : callable
        Whose docstring names the references.

    Returns
    -------
    SensitivityResult
        One row a combination.

    Raises
    ------
    SpecificationError
        If an assumed interaction is part of one that is estimated, or there are too many lists.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> two = CaptureHistories.from_published("korea").drop("d")
    >>> pair = Assumption("odds_ratio", "odds ratio", 3, (0.5, 1.0))
    >>> rows = vary(two, np.array([0, 1, 2]), [pair], 0.95, vary).estimates
    >>> rows["estimate"].round(1).tolist()
    [82.4, 82.8]
    """
    table = require_estimable(histories)
    is_level(level)
    if len(table.lists) > MAX_LISTS:
        raise SpecificationError(f"the table has {len(table.lists)} lists, must have at most {MAX_LISTS}: merge some")
    for one in assumptions:
        if ((terms & one.term) == one.term).any():
            places = numbered(table.lists)
            raise SpecificationError(
                f"the interaction {write_term(one.term, places)} is assumed, but model {write_model(terms, places)} "
                "estimates it: leave it out"
            )
    estimates = _estimate_all(table.cell_counts(), terms, assumptions, level if len(assumptions) == 1 else None)
    names = [one.name for one in assumptions]
    return SensitivityResult(
        method=_method(write_model(terms, table.lists), [one.label for one in assumptions]),
        estimates=estimates,
        n=table.n_observed,
        level=level,
        interval="profile" if len(assumptions) == 1 else "none",
        scope=table.scope,
        checks=(_check_reach(estimates, names), *checks_of(table)),
        assumptions=ASSUMPTIONS,
        references=(*table.references, *references(function)),
        inputs=record(table.counts, packages=("numpy", "scipy")),
        smallest_group=fewest_people(table.cell_counts()),
        model=write_model(terms, table.lists),
        assumed=tuple(names),
        labels=tuple(one.label for one in assumptions),
    )


def _method(model: str, labels: Sequence[str]) -> Message:
    """Say what was done, of one assumption or two."""
    if len(labels) == 1:
        return say("Sensitivity of the log-linear model {model} to the {label}", model=model, label=labels[0])
    return say(
        "Sensitivity of the log-linear model {model} to the {one} and the {other}",
        model=model,
        one=labels[0],
        other=labels[1],
    )


def _estimate_all(counts: Array, terms: Array, assumptions: Sequence[Assumption], level: float | None) -> pd.DataFrame:
    """Estimate the population for every combination of values, one row each."""
    rows = []
    for values in product(*(one.ratios for one in assumptions)):
        logs = [(one.term, float(np.log(value))) for one, value in zip(assumptions, values, strict=True)]
        found = predict_assumed(counts, terms, logs, level)
        rows.append((found.seen + found.unseen, found.std_error, found.low, found.high, "persons", *values))
    index = pd.Index(["population"] * len(rows), name="term", dtype="str")
    return pd.DataFrame(rows, columns=[*COLUMNS, *(one.name for one in assumptions)], index=index)


def _check_reach(estimates: pd.DataFrame, names: Sequence[str]) -> Check:
    """Say over how wide a range the assumptions move the estimate."""
    low, high = float(estimates["estimate"].min()), float(estimates["estimate"].max())
    ends = {name: (float(estimates[name].min()), float(estimates[name].max())) for name in names}
    spans = [say("{name} from {low:g} to {high:g}", name=name, low=ends[name][0], high=ends[name][1]) for name in names]
    return Check(
        "reach",
        "review" if high / low > _WIDE else "pass",
        say(
            "With {over} the estimate goes from {low:,.0f} to {high:,.0f}, a factor of {factor:.1f}; the table cannot "
            "say which value is right.",
            over=joined(spans),
            low=low,
            high=high,
            factor=high / low,
        ),
        {"lowest": low, "highest": high, "factor": high / low},
    )
