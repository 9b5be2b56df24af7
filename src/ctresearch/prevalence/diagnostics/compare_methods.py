"""Every method that applies to a table of lists, side by side.

No single method of multiple systems estimation can be shown from the data to be the right one. What can be shown is
how far the answers of all that are defensible lie apart, which of them the data themselves refuse, and on what each
rests [1]_, [2]_.

References
----------
.. [1] Binette, O. and Steorts, R. C. (2022). On the reliability of multiple systems estimation for the quantification
   of modern slavery. Journal of the Royal Statistical Society A 185, 640-676. https://doi.org/10.1111/rssa.12803
.. [2] Steegen, S., Tuerlinckx, F., Gelman, A. and Vanpaemel, W. (2016). Increasing transparency through a multiverse
   analysis. Perspectives on Psychological Science 11, 702-712. https://doi.org/10.1177/1745691616658637
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cite import references
from ctresearch.core.errors import SpecificationError
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.parallel import map_chunks
from ctresearch.core.random import recorded_seed
from ctresearch.core.result import estimates_table
from ctresearch.core.validate import is_level
from ctresearch.prevalence.diagnostics import comparison_checks as checks
from ctresearch.prevalence.diagnostics.method_catalogue import (
    NEEDS_MORE,
    chosen_methods,
    default_methods,
    is_lower_bound,
)
from ctresearch.prevalence.diagnostics.method_comparison import MethodComparison
from ctresearch.prevalence.diagnostics.method_outcome import Outcome, try_method
from ctresearch.prevalence.diagnostics.verdict import repeated, verdict
from ctresearch.prevalence.lists.estimable import require_estimable
from ctresearch.prevalence.lists.fewest_people import fewest_people
from ctresearch.prevalence.lists.table_checks import checks_of
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ctresearch.core.check import Check
    from ctresearch.core.estimator import Estimator
    from ctresearch.core.random import Seed
    from ctresearch.prevalence.lists.histories import CaptureHistories


def compare_methods(
    histories: CaptureHistories,
    methods: Mapping[str, Estimator] | Sequence[str] | None = None,
    *,
    headline: str | None = None,
    level: float = 0.95,
    bootstrap: int = 1000,
    seed: Seed = 0,
) -> MethodComparison:
    """Estimate a population by every method that applies, and show where they agree and where they do not.

    A method whose estimate does not exist, or one of whose checks failed, is named and has no number.

    Parameters
    ----------
    histories : CaptureHistories
        The table.
    methods : mapping of str to Estimator, or sequence of str, optional
        Names and methods of one's own, or names among those that :func:`default_methods` sets up; all of these by
        default.
    headline : str, optional
        The method whose estimate is reported, which should be fixed before any is seen; by default the first that
        applies and is no mere bound.
    level : float
        Coverage of all intervals, as a proportion.
    bootstrap : int
        Bootstrap tables of the default methods that draw them.
    seed : int or numpy.random.SeedSequence
        Where the random streams of each default method start.

    Returns
    -------
    MethodComparison
        ``.estimates`` by method, ``.methods`` with checks and assumptions, ``.not_applicable``, ``.plot()`` and
        ``.paragraph()``.

    Raises
    ------
    DataError
        If the table can tell nothing about people on no list.
    SpecificationError
        If a method or the headline is unknown, or none applies.

    References
    ----------
    .. [1] Binette, O. and Steorts, R. C. (2022). On the reliability of multiple systems estimation for the
       quantification of modern slavery. Journal of the Royal Statistical Society A 185, 640-676.
       https://doi.org/10.1111/rssa.12803

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> table = CaptureHistories.from_published("kosovo")
    >>> result = compare_methods(table, ["Log-linear BIC", "BIC average", "Independence (Mt)"], bootstrap=200)
    >>> result.estimates["estimate"].round(-2).to_dict()
    {'Log-linear BIC': 10400.0, 'BIC average': 13200.0, 'Independence (Mt)': 7400.0}
    >>> next((check.status, round(check.numbers["factor"], 2)) for check in result.checks if check.name == "method")
    ('review', 1.78)
    """
    table = require_estimable(histories)
    defaults = default_methods(len(table.lists), level=is_level(level), bootstrap=bootstrap, seed=seed)
    chosen = chosen_methods(methods, defaults, level)
    if headline is not None and headline not in chosen:
        raise SpecificationError(f"headline == {headline!r}, must be among {', '.join(map(repr, chosen))}")
    found = map_chunks(partial(try_method, histories=table), list(chosen.values()), progress="Methods")
    outcomes = dict(zip(chosen, found, strict=True))
    applies = _applicable(outcomes, headline)
    claims = [name for name in applies if not is_lower_bound(chosen[name])]
    first = headline or (claims or list(applies))[0]
    frame = _methods_table(applies, chosen)
    reasons = {name: one.reason for name, one in outcomes.items() if not one.applies}
    return MethodComparison(
        method=say("Comparison of {methods} methods on {lists} lists", methods=len(applies), lists=len(table.lists)),
        estimates=estimates_table({name: applies[name].numbers for name in frame.index}, unit="persons"),
        n=table.n_observed,
        level=level,
        interval="of each method",
        scope=table.scope,
        checks=(*_checks(frame, first), *_verdict(table, applies, chosen), *checks_of(table)),
        assumptions=tuple(dict.fromkeys(a for one in applies.values() if one.result for a in one.result.assumptions)),
        references=_references(table, applies),
        inputs=record(table.counts, seed=recorded_seed(seed), packages=("numpy", "pandas", "scipy", "numba")),
        smallest_group=smallest_of([fewest_people(table.cell_counts()), repeated(table)]),
        methods=frame,
        not_applicable=_reasons_table(reasons | (NEEDS_MORE if methods is None else {})),
        headline=first,
        lists=table.lists,
    )


def _applicable(outcomes: Mapping[str, Outcome], headline: str | None) -> dict[str, Outcome]:
    """Keep the methods that are for such a table, and refuse if none is or the headline is not."""
    applies = {name: one for name, one in outcomes.items() if one.applies}
    if not applies:
        name, one = next(iter(outcomes.items()))
        raise SpecificationError(f"none of {len(outcomes)} methods applies to this table; {name} says: {one.reason}")
    if headline is not None and headline not in applies:
        raise SpecificationError(
            f"headline == {headline!r} does not apply to this table: {outcomes[headline].reason.rstrip('.')}. Choose "
            f"one of {', '.join(map(repr, applies))}"
        )
    return applies


def _methods_table(outcomes: Mapping[str, Outcome], methods: Mapping[str, Estimator]) -> pd.DataFrame:
    """Table the methods that apply, those without a number last."""
    rows = [_row(one, is_lower_bound(methods[name])) for name, one in outcomes.items()]
    frame = pd.DataFrame(rows, index=pd.Index(list(outcomes), name="method", dtype="str"))
    return frame.iloc[np.argsort(frame["estimate"].isna().to_numpy(), kind="stable")]


def _row(one: Outcome, bound: bool) -> dict[str, Any]:
    """Write one method as a row."""
    estimate, _, low, high = one.numbers
    result = one.result
    unsure = [] if result is None else [check for check in result.checks if check.status != "pass"]
    return {
        "estimate": estimate,
        "ci_low": low,
        "ci_high": high,
        "unit": "persons",
        "interval": "none" if result is None or np.isnan(low) else result.interval,
        "reads_as": "lower bound" if bound else "estimate",
        "status": "fail" if result is None or not one.usable else result.status,
        "checks": ", ".join(f"{check.name} ({check.status})" for check in unsure),
        "note": str(one.reason),
        "description": "" if result is None else str(result.method),
        "assumptions": "" if result is None else " ".join(result.assumptions),
    }


def _checks(frame: pd.DataFrame, headline: str) -> tuple[Check, ...]:
    """Ask of the comparison as a whole."""
    usable = frame[frame["estimate"].notna()]
    claims = usable[usable["reads_as"] == "estimate"]
    bounds = usable[usable["reads_as"] == "lower bound"]["estimate"].drop(headline, errors="ignore").to_numpy()
    first = [checks.check_headline(headline, usable=headline in usable.index)]
    if headline in usable.index:
        point, low, high = (float(usable[name].loc[[headline]].item()) for name in ("estimate", "ci_low", "ci_high"))
        others = claims["estimate"].drop(headline, errors="ignore").to_numpy()
        first.append(checks.check_headline_interval(low, high, others))
        if len(bounds):
            first.append(checks.check_bounds(point, bounds))
    refused = tuple(frame.index[frame["estimate"].isna()])
    return (*first, checks.check_refused(refused, len(frame)))


def _verdict(
    table: CaptureHistories, outcomes: Mapping[str, Outcome], methods: Mapping[str, Estimator]
) -> tuple[Check, ...]:
    """Ask whether the table is sparse, and estimates driven by a boundary or by the method; bounds are left out."""
    results = {
        name: one.result
        for name, one in outcomes.items()
        if one.result is not None and one.usable and not is_lower_bound(methods[name])
    }
    return verdict(table, results).checks if results else ()


def _references(table: CaptureHistories, outcomes: Mapping[str, Outcome]) -> tuple[str, ...]:
    """Gather what to cite, each once."""
    works = [work for one in outcomes.values() if one.result for work in one.result.references]
    return tuple(dict.fromkeys([*table.references, *references(compare_methods), *works]))


def _reasons_table(reasons: Mapping[str, str]) -> pd.DataFrame:
    """Table the methods that are not for such a table."""
    index = pd.Index(list(reasons), name="method", dtype="str")
    return pd.DataFrame({"reason": pd.Series(list(reasons.values()), index=index, dtype="str")})
