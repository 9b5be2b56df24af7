"""How far to trust estimates of one table: what it shows, and whether they are unstable or a matter of the method."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.check import Check, Status
from ctresearch.core.errors import DataError
from ctresearch.core.message import as_message, say, together
from ctresearch.core.result import Result
from ctresearch.prevalence.diagnostics.leading import PopulationVerdict, lead
from ctresearch.prevalence.lists.cells import set_size
from ctresearch.prevalence.lists.estimable import require_estimable
from ctresearch.prevalence.trust.diagnose import diagnose
from ctresearch.prevalence.trust.diagnosis import diagnosis_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.lists.histories import CaptureHistories

# Seven is Robson and Regier's bound for a negligible bias; the rest are conventions, which the docstring says.
FEW_REPEATS, ENOUGH_REPEATS, SPARSE_PAIR = 7, 30, 5
MOVED, THROWN = 1.5, 3.0
WIDE = 10.0


def verdict(
    histories: CaptureHistories, results: Mapping[str, Result], *, sensitivity: pd.DataFrame | None = None
) -> PopulationVerdict:
    """Say whether a number may be quoted for a table, by which estimator, and why.

    The diagnosis of the table decides which estimator is named first: the range over ways to differ where people
    differ; log-linear models chosen by AIC with a bootstrap where lists repel, reach different people or refer in
    several pairs; the best by BIC where one list leads to another. How these fare on populations of known size, on
    which no choice was made, is in ``benchmarks/results/verdict.csv``. Four more questions are asked of the
    estimates that several methods give.

    Thresholds are conventions, and the numbers behind each answer are given with it. *Sparse* fails with fewer than 7
    people on two lists or more, where even with two independent lists the bias is not negligible [1]_, and is in review
    below 30 or where a pair of lists shares fewer than 5. *Unstable* looks at lists left out and merged, *method* at
    the methods: in review where estimates differ by a factor above 1.5 or an estimate is missing, failed above 3.
    *Boundary* counts estimates that rest on coefficients at infinity, have no finite upper limit or one above ten times
    the estimate, or whose own checks failed; it fails where that is so for all.

    Parameters
    ----------
    histories : CaptureHistories
        The table.
    results : mapping of str to Result
        Results of methods with the term ``population``, by name; one will do, several are better.
    sensitivity : pandas.DataFrame, optional
        What :func:`list_sensitivity` made of the table; without it nothing is said of stability.

    Returns
    -------
    PopulationVerdict
        ``status``, the estimator to take ``first``, the ``reason``, and ``checks``: ``sparse``, ``unstable`` (where
        asked), ``boundary``, ``method``, and those of :func:`diagnose`. As a sequence it is these checks.

    Raises
    ------
    DataError
        If there are no results or one has no population.

    References
    ----------
    .. [1] Robson, D. S. and Regier, H. A. (1964). Sample size in Petersen mark-recapture experiments. Transactions of
       the American Fisheries Society 93, 215-226.
    .. [2] Binette, O. and Steorts, R. C. (2022). On the reliability of multiple systems estimation for the
       quantification of modern slavery. Journal of the Royal Statistical Society A 185, 640-676.
       https://doi.org/10.1111/rssa.12803

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, LogLinear
    >>> table = CaptureHistories.from_published("uk-2013-5")
    >>> results = {name: LogLinear(name).fit(table) for name in ("bic", "stepwise")}
    >>> found = verdict(table, results)
    >>> found.status, found.first
    ('with care', 'Log-linear AIC')
    >>> [check.status for check in found[:3]]
    ['review', 'pass', 'review']
    """
    table = require_estimable(histories)
    if not results:
        raise DataError(f"results == {results!r} holds nothing, must hold at least one Result by name")
    for name, result in results.items():
        if not isinstance(result, Result) or "population" not in result.estimates.index:
            raise DataError(f"results[{name!r}] is a {type(result).__name__}, must be a Result with a population")
    answers = [check_sparse(table)]
    if sensitivity is not None:
        answers.append(check_unstable(sensitivity))
    answers += [check_edges(results), check_methods(results), *diagnose(table)]
    return lead(diagnosis_of(table), len(table.lists), tuple(answers))


def check_sparse(histories: CaptureHistories) -> Check:
    """Say whether enough people are on more than one list.

    Parameters
    ----------
    histories : CaptureHistories
        The table.

    Returns
    -------
    Check
        With the people on two lists or more and the pairs of lists that share few.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> check_sparse(CaptureHistories.from_published("korea")).numbers["repeats"]
    72.0
    """
    repeats = repeated(histories)
    pairs = histories.overlaps().to_numpy()[np.triu_indices(len(histories.lists), 1)]
    few, empty = int((pairs < SPARSE_PAIR).sum()), int((pairs == 0).sum())
    numbers = {"people": histories.n_observed, "repeats": repeats, "pairs": len(pairs), "below_5": few, "empty": empty}
    status: Status = "fail" if repeats < FEW_REPEATS else "review" if repeats < ENOUGH_REPEATS or few else "pass"
    return Check(
        "sparse",
        status,
        say(
            "{repeats:,} of {people:,} people are on more than one list; {few} of {pairs} pairs of lists share fewer "
            "than {enough} people and {empty} share nobody.",
            repeats=repeats,
            people=histories.n_observed,
            few=few,
            pairs=len(pairs),
            enough=SPARSE_PAIR,
            empty=empty,
        ),
        numbers,
    )


def repeated(histories: CaptureHistories) -> int:
    """Count the people on more than one list.

    Parameters
    ----------
    histories : CaptureHistories
        The table.

    Returns
    -------
    int
        People.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> repeated(CaptureHistories.from_published("korea"))
    72
    """
    return int(histories.frequencies[set_size(histories.patterns) > 1].sum())


def check_unstable(sensitivity: pd.DataFrame) -> Check:
    """Say how far the estimate moves when lists are left out or merged.

    Parameters
    ----------
    sensitivity : pandas.DataFrame
        From :func:`list_sensitivity`.

    Returns
    -------
    Check
        With the largest factor, up or down, from the estimate with all lists.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"estimate": [100.0, 80.0, 500.0]}, index=["all lists", "without A", "without B"])
    >>> check_unstable(rows).status
    'fail'
    """
    whole = float(sensitivity["estimate"]["all lists"])
    others = sensitivity["estimate"].drop("all lists")
    known = others.dropna()
    missing = len(others) - len(known)
    if np.isnan(whole) or known.empty:
        return Check(
            "unstable",
            "fail",
            "There is no estimate with all lists, or none without one of them.",
            {"tables": len(others), "without_estimate": missing},
        )
    moves = np.exp(np.abs(np.log(known / whole)))
    worst = float(moves.max())
    return Check(
        "unstable",
        _grade(worst, missing),
        say(
            "Over {tables} tables with a list left out or two merged the estimate goes from {lowest:,.0f} to "
            "{highest:,.0f} ({whole:,.0f} with all lists); it moves most in '{table}', by a factor of {factor:.2f}; "
            "{missing} tables give none.",
            tables=len(others),
            lowest=known.min(),
            highest=known.max(),
            whole=whole,
            table=moves.idxmax(),
            factor=worst,
            missing=missing,
        ),
        {"tables": len(others), "factor": worst, "without_estimate": missing},
    )


def check_edges(results: Mapping[str, Result]) -> Check:
    """Say which estimates are driven by a boundary.

    Parameters
    ----------
    results : mapping of str to Result
        Results by name.

    Returns
    -------
    Check
        With the number of estimates that are.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, LogLinear
    >>> check_edges({"bic": LogLinear().fit(CaptureHistories.from_published("korea"))}).status
    'pass'
    """
    edges = {name: _edge_of(result) for name, result in results.items()}
    found = [say("{name} ({why})", name=name, why=why) for name, why in edges.items() if why]
    numbers = {"results": len(results), "at_boundary": len(found)}
    if not found:
        return Check(
            "boundary",
            "pass",
            say("None of {results} estimates is driven by a boundary.", results=len(results)),
            numbers,
        )
    status: Status = "fail" if len(found) == len(results) > 1 else "review"
    said = say(
        "{driven} of {results} estimates are driven by a boundary: {names}.",
        driven=len(found),
        results=len(results),
        names=together(found, "; "),
    )
    return Check("boundary", status, said, numbers)


def check_methods(results: Mapping[str, Result]) -> Check:
    """Say how far the methods differ.

    Parameters
    ----------
    results : mapping of str to Result
        Results by name.

    Returns
    -------
    Check
        With the factor between the largest and the smallest estimate, and the pairs of intervals that do not meet.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, LogLinear
    >>> check_methods({"bic": LogLinear().fit(CaptureHistories.from_published("korea"))}).status
    'review'
    """
    rows = {name: _numbers_of(result) for name, result in results.items()}
    estimates = {name: row[0] for name, row in rows.items() if np.isfinite(row[0])}
    missing = len(rows) - len(estimates)
    if len(estimates) < 2:
        return Check(
            "method",
            "fail" if not estimates else "review",
            say(
                "{estimates} of {methods} methods give an estimate: nothing can be said of how much it depends on the "
                "method.",
                estimates=len(estimates),
                methods=len(rows),
            ),
            {"methods": len(rows), "without_estimate": missing},
        )
    low, high = min(estimates, key=estimates.__getitem__), max(estimates, key=estimates.__getitem__)
    factor, apart = estimates[high] / estimates[low], _apart(np.array(list(rows.values())))
    return Check(
        "method",
        _grade(factor, missing + apart),
        say(
            "{methods} methods give from {lowest:,.0f} ({lowest_method}) to {highest:,.0f} ({highest_method}), a "
            "factor of {factor:.2f}; {apart} pairs of intervals do not meet; {missing} methods give none.",
            methods=len(estimates),
            lowest=estimates[low],
            lowest_method=low,
            highest=estimates[high],
            highest_method=high,
            factor=factor,
            apart=apart,
            missing=missing,
        ),
        {"methods": len(rows), "factor": factor, "apart": apart, "without_estimate": missing},
    )


def _grade(factor: float, faults: int) -> Status:
    """Turn a factor between estimates and a number of faults into a status."""
    return "fail" if factor > THROWN else "review" if factor > MOVED or faults else "pass"


def _numbers_of(result: Result) -> tuple[float, float, float]:
    """Return estimate and limits of the population; a result that does not stand has none to hold others against."""
    if not result.stands:
        return np.nan, np.nan, np.nan
    rows = result.estimates
    estimate, low, high = (float(rows[name]["population"]) for name in ("estimate", "ci_low", "ci_high"))
    return estimate, low, high


def _edge_of(result: Result) -> str:
    """Say why an estimate is driven by a boundary; empty if it is not."""
    if not result.stands:
        void = [as_message(check.name) for check in result.checks if not check.stands]
        return say("does not stand: {checks}", checks=void)
    estimate, _, high = _numbers_of(result)
    if not np.isfinite(estimate):
        return say("no estimate")
    if np.isinf(high):
        return say("no upper limit")
    if high > WIDE * estimate:
        return say("upper limit {times:.0f} times the estimate", times=high / estimate)
    for check in result.checks:
        if check.status == "fail" or (check.status == "review" and check.name == "boundary"):
            return as_message(check.name)
    return ""


def _apart(rows: Array) -> int:
    """Count the pairs of intervals that do not meet."""
    low, high = rows[:, 1], rows[:, 2]
    apart = (high[:, None] < low[None, :]).sum()
    return int(apart)
