"""Pooling of results over imputed tables by Rubin's rules."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import DataError
from ctresearch.core.message import say
from ctresearch.core.result import Result, freedom, reach

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.stats.regression.generalized_linear import Floats

MUCH_MISSING = 0.5


def pool_imputations(results: Sequence[Result]) -> Result:
    """Pool the results of one analysis on several imputed tables.

    Parameters
    ----------
    results : sequence of Result
        One an imputation, of the same estimator and options, with standard errors.

    Returns
    -------
    Result
        Means over the imputations, with the spread between them in the standard errors and t limits; terms without a
        standard error are averaged and get none. Checks are those of the worst imputation, beside the share of
        information that is missing.

    Raises
    ------
    DataError
        If there are fewer than two, or they differ in method, terms, level or scale.

    References
    ----------
    .. [1] Rubin, D. B. (1987). Multiple Imputation for Nonresponse in Surveys. New York: Wiley.
       https://doi.org/10.1002/9780470316696

    Examples
    --------
    >>> from ctresearch.core.result import estimates_table
    >>> made = [Result(method="m", estimates=estimates_table({"x": (v, 1.0, 0, 0)}), n=9) for v in (1.0, 3.0)]
    >>> row = pool_imputations(made).estimates.loc["x"]
    >>> float(row["estimate"]), float(row["std_error"])
    (2.0, 2.0)
    """
    _refuse_different(results)
    first, count = results[0], len(results)
    points = np.array([r.estimates["estimate"].to_numpy(dtype=float) for r in results])
    within = np.mean([r.estimates["std_error"].to_numpy(dtype=float) ** 2 for r in results], axis=0)
    between = points.var(axis=0, ddof=1)
    total = within + (1 + 1 / count) * between
    missing = np.divide((1 + 1 / count) * between, total, out=np.zeros_like(total), where=total > 0)
    table, centre, error = first.estimates, points.mean(axis=0), np.sqrt(total)
    far = _reach(missing, count, first.level, _whole(results)) * error
    table["estimate"], table["std_error"] = centre, error
    table["ci_low"], table["ci_high"] = centre - far, centre + far
    worst = max(results, key=lambda r: (not r.stands, ("pass", "review", "fail").index(r.status)))
    return Result(
        declaration=first.declaration or Declaration(first.terms, first.keys),
        method=say("{method}; {count} imputations pooled", method=first.method, count=count),
        estimates=table,
        n=first.n,
        smallest_group=min((r.smallest_group for r in results if r.smallest_group is not None), default=None),
        level=first.level,
        interval="rubin",
        scale=first.scale,
        scope=first.scope,
        checks=(*worst.checks, _check_missing(missing, count)),
        assumptions=(
            *first.assumptions,
            "Given what was seen, values are missing at random, and the imputation model is right.",
        ),
        references=(*first.references, *references(pool_imputations)),
        inputs=replace(first.inputs, digest=_joint_digest(results)),
    )


def _refuse_different(results: Sequence[Result]) -> None:
    """Refuse results that are not the same analysis."""
    if len(results) < 2:
        raise DataError(f"there are {len(results)} results, must be at least 2 imputations")
    kinds = {(r.method, tuple(r.estimates.index), r.level, r.scale) for r in results}
    if len(kinds) > 1:
        raise DataError(
            f"the {len(results)} results are of {len(kinds)} kinds, must agree in method, terms, level and scale"
        )


def _whole(results: Sequence[Result]) -> Floats:
    """Return the degrees of freedom that the analysis has without missing values: the fewest among imputations."""
    if results[0].interval != "t":
        return np.full(len(results[0].estimates), np.inf)
    tables = [one.estimates for one in results]
    found = [freedom((t["ci_high"] - t["estimate"]) / t["std_error"], results[0].level) for t in tables]
    return np.asarray(np.min(found, axis=0), dtype=np.float64)


def _reach(missing: Floats, count: int, level: float, whole: Floats) -> Floats:
    """Return how many standard errors the limits lie away, by Rubin's degrees of freedom.

    Where the analysis has few of its own, they are those of Barnard and Rubin (1999), never more than these.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        free = (count - 1) / missing**2
        seen = np.where(np.isfinite(whole), (whole + 1) / (whole + 3) * whole * (1 - missing), np.inf)
        return reach(level, 1 / (1 / free + 1 / seen))


def _check_missing(missing: Floats, count: int) -> Check:
    """Say how much information the missing values cost."""
    share = float(np.nanmax(missing))
    said = say(
        "At most {share:.0%} of the information on a term is missing, over {count} imputations",
        share=share,
        count=count,
    )
    if share > MUCH_MISSING:
        return Check(
            "imputation", "review", say("{said}: the imputation model decides.", said=said), {"missing": share}
        )
    if count < 100 * share:
        return Check(
            "imputation",
            "review",
            say("{said}: use at least {share}.", said=said, share=int(100 * share) + 1),
            {"missing": share},
        )
    return Check("imputation", "pass", say("{said}.", said=said), {"missing": share})


def _joint_digest(results: Sequence[Result]) -> str:
    """Hash the digests of all imputed tables."""
    import hashlib

    return hashlib.sha256("".join(r.inputs.digest for r in results).encode()).hexdigest()
