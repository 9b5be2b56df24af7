"""Several designs for one population, side by side, and what they say together once methods are biased, each its way.

Two surveys of one population by different designs differ by more than chance, since each design misses people of its
own kind. So the logarithm of what a design says is that of the truth, plus a bias of its method, plus an error: with
biases drawn around 0, or around what earlier studies say of the method, this is a random-effects model whose groups are
methods [1]_, [2]_.

References
----------
.. [1] Viechtbauer, W. (2005). Bias and efficiency of meta-analytic variance estimators in the random-effects model.
   Journal of Educational and Behavioral Statistics 30, 261-293. https://doi.org/10.3102/10769986030003261
.. [2] Knapp, G. and Hartung, J. (2003). Improved tests for a random effects meta-regression with a single covariate.
   Statistics in Medicine 22, 2693-2710. https://doi.org/10.1002/sim.1482
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import shown
from ctresearch.core.cite import references
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.names import refuse_alike
from ctresearch.core.result import Result, estimates_table
from ctresearch.core.scope import NOT_STATED, Scope
from ctresearch.core.validate import in_range
from ctresearch.prevalence.designs.design_checks import (
    check_agreement,
    check_assumed_bias,
    check_left_out,
    check_methods,
)
from ctresearch.prevalence.designs.design_comparison import POOLED, DesignComparison
from ctresearch.stats.groups.smallest import smallest_of
from ctresearch.stats.pooling.random_effects import pooled_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.prevalence.scale_up.survey_design import Floats

ASSUMPTIONS = (
    "All designs count the same people, under the same definition and at the same time.",
    "The designs were drawn apart from each other, so that their errors are independent.",
    "Biases of methods are drawn from one distribution, around what is known of each, and around 0 where nothing is.",
    "No people are missed by all methods alike: what they say together would miss them too.",
)


def compare_designs(
    results: Mapping[str, Result],
    *,
    term: str | Mapping[str, str] = "population",
    methods: Mapping[str, str] | None = None,
    bias: Mapping[str, tuple[float, float]] | None = None,
    headline: str | None = None,
    scope: Scope | None = None,
) -> DesignComparison:
    """Set several designs for one population beside each other, and pool them with the bias of each method.

    Parameters
    ----------
    results : mapping of str to Result
        Design to what it says, at one level. Any result with one row of the term will do.
    term : str or mapping of str to str
        Which estimate, above 0, with limits: a number of people or a prevalence. Where designs call it differently,
        design to term; those that are not named have ``"population"``.
    methods : mapping of str to str, optional
        Design to method, where several designs share one and so its bias; each its own by default.
    bias : mapping of str to tuple of float, optional
        Method to mean and standard deviation of its bias, as the ratio of what it says to the truth and the relative
        error of that ratio, from earlier studies: ``{"scale-up": (0.7, 0.2)}``.
    headline : str, optional
        The design whose estimate is reported, which should be fixed before any is seen; none by default.
    scope : Scope, optional
        Whom the estimates are about; by default what the results that say it say alike.

    Returns
    -------
    DesignComparison
        A row a design, and ``pooled`` where two methods or more have limits.

    Raises
    ------
    DataError
        If fewer than two results are given, one is no result or lacks the term, or units or levels differ.
    SpecificationError
        If a method, a bias, the headline or a design of ``term`` is unknown.

    Notes
    -----
    Standard errors are taken on the log scale, from the limits. Designs of one method are first pooled by their
    precision, since they share its bias; then methods by restricted maximum likelihood, with limits of Knapp and
    Hartung, never narrower than without. With two methods these limits say nearly nothing: that is what two methods
    tell of how far methods are off.

    References
    ----------
    .. [1] Viechtbauer, W. (2005). Bias and efficiency of meta-analytic variance estimators in the random-effects model.
       Journal of Educational and Behavioral Statistics 30, 261-293. https://doi.org/10.3102/10769986030003261
    .. [2] Knapp, G. and Hartung, J. (2003). Improved tests for a random effects meta-regression with a single
       covariate. Statistics in Medicine 22, 2693-2710. https://doi.org/10.1002/sim.1482

    Examples
    --------
    >>> made = {
    ...     name: Result(method="m", estimates=estimates_table({"population": row}, unit="persons"), n=300)
    ...     for name, row in {"time-location": (900, 90, 740, 1094), "recapture": (1200, 150, 940, 1532)}.items()
    ... }
    >>> comparison = compare_designs(made)
    >>> comparison.estimates["estimate"].round(-1).to_dict()
    {'time-location': 900.0, 'recapture': 1200.0, 'pooled': 1030.0}
    """
    rows = _rows(results, term)
    kinds = _methods(methods, list(rows))
    priors = _priors(bias, kinds)
    if headline is not None and headline not in rows:
        raise SpecificationError(f"headline == {headline!r}, must be among {', '.join(map(repr, rows))}")
    first = next(iter(results.values()))
    table = _table(rows, kinds, first.level)
    pooled, table = _pool(table, priors, first.level)
    unit = next(iter(rows.values()))["unit"]
    estimates = estimates_table({name: _numbers(row) for name, row in rows.items()} | pooled, unit=unit)
    return DesignComparison(
        method=say("Comparison of {designs} designs for one population", designs=len(rows)),
        estimates=estimates,
        n=sum(int(one.n) for one in results.values()),
        level=first.level,
        interval="of each method",
        scope=scope or _shared_scope([one.scope for one in results.values()]),
        checks=(
            check_agreement(table),
            check_methods(table),
            *check_assumed_bias(bias or {}),
            *check_left_out(table),
        ),
        assumptions=(*ASSUMPTIONS, *dict.fromkeys(a for one in results.values() for a in one.assumptions)),
        references=tuple(
            dict.fromkeys((*references(compare_designs), *(w for one in results.values() for w in one.references)))
        ),
        inputs=record(table[["estimate", "log_error"]].astype(float)),
        smallest_group=smallest_of([one.smallest_group or 1 for one in results.values()]),
        designs=table,
        headline=headline or "",
    )


def _rows(results: Any, term: str | Mapping[str, str]) -> dict[str, pd.Series[Any]]:
    """Take the row of its term out of every result."""
    if not isinstance(results, Mapping) or len(results) < 2:
        raise DataError(f"results is {shown(results)}, must map at least two designs to their results")
    refuse_alike(list(results), "designs")
    if POOLED in results:
        raise DataError(f"a design is named {POOLED!r}, which stands for all together: give it another name")
    if not isinstance(term, (str, Mapping)):
        raise SpecificationError(f"term == {shown(term)}, must be the name of a term, or map designs to such names")
    terms = _of_designs("term", {} if isinstance(term, str) else term, list(results))
    rows = {}
    for place, (name, one) in enumerate(results.items(), start=1):
        if not isinstance(one, Result):
            raise DataError(f"result {place} of {len(results)} is a {type(one).__name__}, must be a Result")
        wanted = terms.get(name, term if isinstance(term, str) else "population")
        found = one.estimates[one.estimates.index == wanted]
        if len(found) != 1 or one.scale != "identity":
            raise DataError(
                f"result {place} of {len(results)} has {len(found)} rows of the term {wanted!r}, must have one, on the "
                "identity scale: take one group at a time"
            )
        rows[name] = found.iloc[0]
    units, levels = {str(row["unit"]) for row in rows.values()}, {one.level for one in results.values()}
    if len(units) > 1 or len(levels) > 1:
        raise DataError(
            f"results have {len(units)} units and {len(levels)} levels, must have one of each: fit them alike"
        )
    return rows


def _shared_scope(scopes: Sequence[Scope]) -> Scope:
    """Return what scopes that state a thing state alike; where they differ it is not stated."""
    shared: dict[str, Any] = {}
    for field in fields(Scope):
        said = {getattr(one, field.name) for one in scopes} - {NOT_STATED}
        shared[field.name] = said.pop() if len(said) == 1 else NOT_STATED
    return Scope(**shared)


def _methods(methods: Mapping[str, str] | None, designs: Sequence[str]) -> dict[str, str]:
    """Return the method of each design."""
    given = _of_designs("methods", methods or {}, designs)
    return {name: given.get(name, name) for name in designs}


def _of_designs(option: str, given: Mapping[str, str], designs: Sequence[str]) -> dict[str, str]:
    """Return what was given by design, which must be among the designs."""
    unknown = [name for name in given if name not in designs]
    if unknown:
        raise SpecificationError(f"{option} names {unknown[0]!r}, must name designs: {', '.join(map(repr, designs))}")
    return {name: str(one) for name, one in given.items()}


def _priors(bias: Mapping[str, tuple[float, float]] | None, kinds: Mapping[str, str]) -> dict[str, tuple[float, float]]:
    """Return mean and variance of the log bias of each method."""
    priors = dict.fromkeys(kinds.values(), (0.0, 0.0))
    for name, given in (bias or {}).items():
        if name not in priors:
            raise SpecificationError(f"bias names {name!r}, must name methods: {', '.join(map(repr, priors))}")
        if not isinstance(given, tuple) or len(given) != 2:
            raise SpecificationError(f"bias of {name!r} == {shown(given)}, must be a ratio and its relative error")
        ratio = in_range(f"ratio of {name!r}", given[0], 0, open_ends=True)
        error = in_range(f"relative error of {name!r}", given[1], 0)
        priors[name] = (float(np.log(ratio)), float(np.log1p(error**2)))
    return priors


def _numbers(row: pd.Series[Any]) -> tuple[float, float, float, float]:
    """Return the four numbers of a row."""
    return float(row["estimate"]), float(row["std_error"]), float(row["ci_low"]), float(row["ci_high"])


def _table(rows: Mapping[str, pd.Series[Any]], kinds: Mapping[str, str], level: float) -> pd.DataFrame:
    """Table what each design says, with its error on the log scale, missing where it has no limits above 0."""
    from scipy.special import ndtri

    made = []
    for name, row in rows.items():
        point, _, low, high = _numbers(row)
        usable = bool(np.isfinite([point, low, high]).all() and 0 < low <= point <= high and low < high)
        error = float(np.log(high / low) / (2 * ndtri((1 + level) / 2))) if usable else float("nan")
        made.append((kinds[name], point, low, high, error))
    columns = ["by_method", "estimate", "ci_low", "ci_high", "log_error"]
    return pd.DataFrame(made, columns=columns, index=pd.Index(list(rows), name="design", dtype="str"))


def _pool(
    table: pd.DataFrame, priors: Mapping[str, tuple[float, float]], level: float
) -> tuple[dict[str, tuple[float, float, float, float]], pd.DataFrame]:
    """Pool over methods; return the pooled row, none where there are too few, and the table with weights and biases."""
    used = table[table["log_error"].notna()]
    groups = dict(iter(used.groupby("by_method", sort=False)))
    nothing = table.assign(ratio=np.nan, weight=np.nan, bias_sd=np.nan)
    if len(groups) < 2:
        return {}, nothing
    y, v = (
        np.array(one) for one in zip(*(_of_method(rows, priors[str(k)]) for k, rows in groups.items()), strict=True)
    )
    found = pooled_mean(y, v, "reml")
    error, low, high = _limits(y, v, found.mean, found.tau2, level)
    weight = dict(zip(groups, found.weights, strict=True))
    precision = 1 / used["log_error"] ** 2
    part = precision / precision.groupby(used["by_method"]).transform("sum")
    table = nothing.assign(
        ratio=table["estimate"] / np.exp(found.mean),
        weight=(used["by_method"].map(weight).astype(float) * part).reindex(table.index),
        bias_sd=float(np.sqrt(found.tau2)),
    )
    middle = float(np.exp(found.mean))
    return {POOLED: (middle, middle * error, float(np.exp(low)), float(np.exp(high)))}, table


def _of_method(rows: pd.DataFrame, prior: tuple[float, float]) -> tuple[float, float]:
    """Pool the designs of one method, which share its bias; return log estimate and variance."""
    precision = 1 / rows["log_error"].to_numpy() ** 2
    mean = float(precision @ np.log(rows["estimate"].to_numpy()) / precision.sum())
    return mean - prior[0], float(1 / precision.sum()) + prior[1]


def _limits(y: Floats, v: Floats, mean: float, tau2: float, level: float) -> tuple[float, float, float]:
    """Return the standard error and limits of Knapp and Hartung, the error never below the plain one."""
    from scipy.special import stdtrit

    weights = 1 / (v + tau2)
    spread = float(weights @ (y - mean) ** 2) / (len(y) - 1)
    error = float(np.sqrt(max(spread, 1.0) / weights.sum()))
    reach = float(stdtrit(len(y) - 1, (1 + level) / 2)) * error
    return error, mean - reach, mean + reach
