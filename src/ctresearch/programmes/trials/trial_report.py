"""From the fits of a trial's groups to one result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.message import Message, say
from ctresearch.core.result import estimates_table
from ctresearch.programmes.groups.age_groups import checks_by_group
from ctresearch.programmes.trials.trial_result import TrialResult
from ctresearch.stats.groups.smallest import smallest_cell

if TYPE_CHECKING:
    from ctresearch.core.result import Scale
    from ctresearch.programmes.trials.trial_fit import TrialFit, TrialOptions
    from ctresearch.programmes.trials.trial_table import TrialTable
    from ctresearch.stats.regression.generalized_linear import Family

FAMILIES: tuple[Family, ...] = ("linear", "logistic", "poisson")
_SCALES: dict[str, Scale] = {"linear": "identity", "logistic": "logit", "poisson": "log"}
_UNITS = {"linear": "difference in mean {}", "logistic": "log odds ratio of {}", "poisson": "log ratio of {}"}
_NONE = (float("nan"),) * 4


def trial_result(
    found: dict[str, tuple[TrialTable, TrialFit] | None], options: TrialOptions, *, outcome: str, shown: str
) -> TrialResult:
    """Put the groups together.

    Parameters
    ----------
    found : dict
        By group, the table and the fit, or None where there is none.
    options : TrialOptions
        How the trial was analysed.
    outcome : str
        Name of the outcome.
    shown : str
        Test whose limits stand with the estimate.

    Returns
    -------
    TrialResult
        Without words on method, whom, and references, which the estimator adds.

    Examples
    --------
    >>> from ctresearch.programmes.trials.trial_fit import TrialOptions
    >>> how = TrialOptions("gee", "linear", "exchangeable", "none", False, 0.95, 99, 0)
    >>> trial_result({"children": None}, how, outcome="y", shown="t").estimates["group"].tolist()
    ['children']
    """
    rows = [_row(pair, shown) for pair in found.values()]
    values = np.array(rows, dtype=float)
    table = estimates_table({"effect": _NONE}).iloc[[0] * len(rows)].copy()
    table[["estimate", "std_error", "ci_low", "ci_high"]] = values
    table = table.assign(unit=_UNITS[options.family].format(outcome), group=list(found))
    checks = checks_by_group(
        {
            group: None if pair is None else (*pair[1].checks, *_check_limits(pair[1], shown))
            for group, pair in found.items()
        }
    )
    return TrialResult(
        method="Trial",
        estimates=table,
        n=sum(pair[0].n for pair in found.values() if pair is not None),
        smallest_group=min(
            (smallest_cell(pair[0].treatment, pair[0].outcome) for pair in found.values() if pair is not None),
            default=None,
        ),
        level=options.level,
        interval=shown,
        scale=_SCALES[options.family],
        checks=tuple(checks),
        tests=_tests(found),
        arms=_arms(found),
        clustering=_clustering(found),
    )


def limits_in_words(shown: str, df: str | None) -> Message:
    """Name what the limits were made by.

    Parameters
    ----------
    shown : str
        ``"t"`` or the name of another test.
    df : str, optional
        How degrees of freedom were found.

    Returns
    -------
    str
        Words for a summary.

    Examples
    --------
    >>> limits_in_words("wild bootstrap", None)
    'limits by wild bootstrap'
    """
    if shown != "t":
        return say("limits by {test}", test=shown)
    if df is None:
        return say("limits by t")
    return say("limits by t ({df})", df=df.replace("-", " and ").title().replace(" And ", " and "))


def _row(pair: tuple[TrialTable, TrialFit] | None, shown: str) -> tuple[float, float, float, float]:
    """Return estimate, error and limits; the least-squares estimate stands with limits that are about it."""
    if pair is None:
        return _NONE
    test = pair[1].tests[shown]
    error = pair[1].std_error if shown == "t" else float("nan")
    low, high = (v if np.isfinite(v) else float("nan") for v in (test.low, test.high))
    return test.estimate, error, low, high


def _tests(found: dict[str, tuple[TrialTable, TrialFit] | None]) -> pd.DataFrame:
    """Lay the tests of all groups out."""
    rows: list[dict[str, Any]] = [
        {
            "group": group,
            "test": name,
            "estimate": test.estimate,
            "ci_low": test.low,
            "ci_high": test.high,
            "p_value": test.p_value,
            "df": test.df,
        }
        for group, pair in found.items()
        if pair is not None
        for name, test in pair[1].tests.items()
    ]
    columns = ["group", "test", "estimate", "ci_low", "ci_high", "p_value", "df"]
    return pd.DataFrame(rows, columns=columns).replace([np.inf, -np.inf], np.nan)


def _arms(found: dict[str, tuple[TrialTable, TrialFit] | None]) -> pd.DataFrame:
    """Describe the arms of all groups."""
    rows: list[dict[str, Any]] = []
    for group, pair in found.items():
        if pair is None:
            continue
        for arm in (0, 1):
            here = pair[0].treatment == arm
            sizes = np.bincount(pair[0].clusters[here])
            sizes = sizes[sizes > 0]
            rows.append(
                {
                    "group": group,
                    "arm": arm,
                    "clusters": len(sizes),
                    "persons": int(here.sum()),
                    "smallest": int(sizes.min()),
                    "largest": int(sizes.max()),
                    "mean": float(pair[0].outcome[here].mean()),
                }
            )
    return pd.DataFrame(rows, columns=["group", "arm", "clusters", "persons", "smallest", "largest", "mean"])


def _clustering(found: dict[str, tuple[TrialTable, TrialFit] | None]) -> pd.DataFrame:
    """Say how alike people of a cluster are, and what that costs."""
    rows = []
    for group, pair in found.items():
        if pair is not None:
            sizes = pair[0].sizes.astype(float)
            effect = 1 + ((sizes**2).sum() / sizes.sum() - 1) * pair[1].icc
            rows.append((group, pair[1].icc, float(effect)))
    return pd.DataFrame(rows, columns=["group", "icc", "design_effect"])


def _check_limits(fit: TrialFit, shown: str) -> tuple[Check, ...]:
    """Say where a test can reject nothing, so that its interval has no end."""
    test = fit.tests[shown]
    if not (np.isinf(test.low) or np.isinf(test.high)):
        return ()
    said = say(
        "The test by {shown} cannot reject at this level with so few clusters, so limits are missing: lower the level.",
        shown=shown,
    )
    return (Check("limits", "review", said, {"p_value": test.p_value}),)
