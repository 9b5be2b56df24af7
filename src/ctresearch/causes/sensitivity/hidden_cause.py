"""How strong a hidden cause would have to be to undo an effect, said beside every effect.

References
----------
.. [1] VanderWeele, T. J. and Ding, P. (2017). Sensitivity analysis in observational research: introducing the E-value.
   Annals of Internal Medicine 167, 268-274. https://doi.org/10.7326/M16-2607
.. [2] Cinelli, C. and Hazlett, C. (2020). Making sense of sensitivity: extending omitted variable bias. Journal of the
   Royal Statistical Society B 82, 39-67. https://doi.org/10.1111/rssb.12348
"""

from __future__ import annotations

import sys
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.causes.sensitivity.e_value import e_value
from ctresearch.causes.sensitivity.omitted_variable import omitted_variable
from ctresearch.causes.table.effect_result import HIDDEN_CAUSE
from ctresearch.core.check import Check
from ctresearch.core.message import say

if TYPE_CHECKING:
    import pandas as pd

    from ctresearch.causes.sensitivity.omitted_variable import OmittedVariable
    from ctresearch.causes.table.study_table import StudyTable
    from ctresearch.stats.regression.generalized_linear import Floats, Regression

WEAK = 1.25
_PER_DEVIATION = 0.91  # log risk ratio that stands for one standard deviation of a continuous outcome [1]_
_LARGEST_LOG = 700.0  # beyond it e^x leaves the range of a double
Ratios = tuple[float, float, float]
"""An estimate with its lower and its upper limit."""


def check_effect(estimates: pd.DataFrame, table: StudyTable, regression: OmittedVariable | None = None) -> Check:
    """Say how strong a hidden cause would have to be to undo an effect.

    Parameters
    ----------
    estimates : pandas.DataFrame
        Terms ``effect``, ``mean_treated`` and ``mean_untreated``, each once.
    table : StudyTable
        What the effect was estimated from.
    regression : OmittedVariable, optional
        Robustness values, where the effect is a coefficient of a linear regression.

    Returns
    -------
    Check
        Named ``hidden cause``, with both E-values where they exist: for an outcome of 0 and 1 from the ratio of the
        standardised risks, the risk without treatment held; for others from the effect in standard deviations [1]_.

    References
    ----------
    .. [1] VanderWeele, T. J. and Ding, P. (2017). Sensitivity analysis in observational research: introducing the
       E-value. Annals of Internal Medicine 167, 268-274. https://doi.org/10.7326/M16-2607

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.causes.table.effect_result import effect_table
    >>> from ctresearch.causes.graph.roles import Roles
    >>> from ctresearch.stats.clusters.small_samples import Spread
    >>> frame = pd.DataFrame({"a": [0, 1, 0, 1], "y": [0, 1, 1, 1]})
    >>> table = Roles(treatment="a", outcome="y", covariates=[]).read(frame)
    >>> found = effect_table((0.2, 0.4), [Spread(0.02 * 2**0.5, np.inf)] * 3, 0.95)
    >>> round(check_effect(found, table).numbers["e_value"], 2)
    3.41
    """
    values = _row(estimates, "effect")
    if table.binary:
        ratios = _risk_ratios(values, _row(estimates, "mean_untreated")[0])
        return _judge(ratios, "The risk with or without treatment is not above 0", regression, approximate=False)
    centre = np.average(table.outcome, weights=table.weights)
    spread = float(np.sqrt(np.average((table.outcome - centre) ** 2, weights=table.weights)))
    middle, low, high = (_PER_DEVIATION * value / spread for value in values)
    return _judge(_exponentiate(middle, low, high), "The effect has no limits", regression, approximate=True)


def check_log_ratio(estimates: pd.DataFrame, term: str) -> Check:
    """Say how strong a hidden cause would have to be to undo a ratio.

    Parameters
    ----------
    estimates : pandas.DataFrame
        On the log scale.
    term : str
        The treatment's.

    Returns
    -------
    Check
        Named ``hidden cause``, with both E-values [1]_.

    References
    ----------
    .. [1] VanderWeele, T. J. and Ding, P. (2017). Sensitivity analysis in observational research: introducing the
       E-value. Annals of Internal Medicine 167, 268-274. https://doi.org/10.7326/M16-2607

    Examples
    --------
    >>> from ctresearch.core.result import estimates_table
    >>> table = estimates_table({"debt": (np.log(3.9), 0.4, np.log(1.8), np.log(8.7))})
    >>> check_log_ratio(table, "debt").numbers["e_value_limit"]
    3.0
    """
    return _judge(
        _exponentiate(*_row(estimates, term)), f"The ratio of {term!r} has no limits", None, approximate=False
    )


def robustness_of(
    model: Regression, design: Floats, table: StudyTable, column: int, level: float
) -> OmittedVariable | None:
    """Return the robustness values of a coefficient of a linear regression [1]_.

    Parameters
    ----------
    model : Regression
        Fitted by least squares.
    design : numpy.ndarray
        Its columns, rows by columns.
    table : StudyTable
        Outcome and weights.
    column : int
        Which coefficient.
    level : float
        Of the test that is to fail, as a proportion.

    Returns
    -------
    OmittedVariable or None
        From the classical standard error; None where the fit is perfect or no row is left over.

    References
    ----------
    .. [1] Cinelli, C. and Hazlett, C. (2020). Making sense of sensitivity: extending omitted variable bias. Journal of
       the Royal Statistical Society B 82, 39-67. https://doi.org/10.1111/rssb.12348

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.stats.regression.generalized_linear import fit_regression
    >>> from ctresearch.causes.graph.roles import Roles
    >>> frame = pd.DataFrame({"a": [0, 1] * 20, "y": [1.0, 3, 2, 2] * 10})
    >>> table = Roles(treatment="a", outcome="y", covariates=[]).read(frame)
    >>> design = np.column_stack([table.design, table.treatment])
    >>> round(robustness_of(fit_regression(design, table.outcome, "linear"), design, table, 1, 0.95).robustness, 3)
    0.618
    """
    free = table.n - design.shape[1]
    if free < 2:
        return None
    left = float(table.weights @ (table.outcome - model.fitted) ** 2)
    total = float(table.weights @ (table.outcome - np.average(table.outcome, weights=table.weights)) ** 2)
    if left <= table.n * sys.float_info.epsilon * total:  # what is left over is rounding
        return None
    error = float(np.sqrt(left / free * model.inverse[column, column]))
    return omitted_variable(float(model.coefficients[column]), error, free, level=level)


def _row(estimates: pd.DataFrame, term: str) -> Ratios:
    """Return the estimate of a term and its limits."""
    values = estimates.loc[[term], ["estimate", "ci_low", "ci_high"]].to_numpy(dtype=float)
    return float(values[0, 0]), float(values[0, 1]), float(values[0, 2])


def _risk_ratios(values: Ratios, untreated: float) -> Ratios | None:
    """Return the ratio of two risks and its limits, the risk without treatment held."""
    if not untreated > 0 or not untreated + values[0] > 0:
        return None
    smallest = sys.float_info.min  # a limit of the risk below 0 stands for a ratio of next to nothing
    middle, low, high = (max((untreated + value) / untreated, smallest) for value in values)
    return (middle, low, high) if all(map(isfinite, (middle, low, high))) else None


def _exponentiate(middle: float, low: float, high: float) -> Ratios | None:
    """Return ratios from their logs."""
    logs = np.array([middle, low, high])
    if not np.isfinite(logs).all():
        return None
    one, two, three = np.exp(np.clip(logs, -_LARGEST_LOG, _LARGEST_LOG)).tolist()
    return one, two, three


def _judge(ratios: Ratios | None, missing: str, regression: OmittedVariable | None, *, approximate: bool) -> Check:
    """Put the strength of the hidden cause in words."""
    numbers: dict[str, float] = {}
    more = ""
    if regression is not None:
        numbers |= {"robustness": regression.robustness, "robustness_level": regression.robustness_level}
        more = say(
            " In the regression it would have to explain {robustness:.1%} of what is left of both",
            robustness=regression.robustness,
        )
        more += (
            say(", {robustness_level:.1%} to reach the limit.", robustness_level=regression.robustness_level)
            if regression.robustness_level
            else "."
        )
    if ratios is None:
        said = say(
            "{missing}, so no E-value says how strong a hidden cause would have to be.{more}",
            missing=missing,
            more=more,
        )
        return Check(HIDDEN_CAUSE, "review", said, numbers)
    found = e_value(*ratios)
    numbers |= {"risk_ratio": ratios[0], "e_value": found.estimate, "e_value_limit": found.limit}
    about = say("about ") if approximate else ""
    said = say(
        "To explain the estimate away, a hidden cause would have to go with both treatment and "
        "outcome by risk ratios of {about}{estimate:.3g} each, beyond the covariates",
        about=about,
        estimate=found.estimate,
    )
    if found.limit == 1.0:
        return Check(
            HIDDEN_CAUSE,
            "review",
            say("{said}; the limits include no effect already.{more}", said=said, more=more),
            numbers,
        )
    said += say("; {about}{limit:.3g} each would bring the nearer limit to no effect", about=about, limit=found.limit)
    if found.limit < WEAK:
        return Check(HIDDEN_CAUSE, "review", say("{said}: a weak one suffices.{more}", said=said, more=more), numbers)
    return Check(HIDDEN_CAUSE, "pass", say("{said}.{more}", said=said, more=more), numbers)
