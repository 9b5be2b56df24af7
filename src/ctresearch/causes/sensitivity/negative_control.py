"""Negative-control outcomes: an outcome that treatment cannot change shows what confounding is left."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from ctresearch.causes.table.effect_result import EffectResult
from ctresearch.core.check import Check
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.message import say
from ctresearch.core.result import freedom, reach
from ctresearch.core.validate import is_level

if TYPE_CHECKING:
    from ctresearch.core.result import Result


def negative_control(result: Result, control: Result, *, level: float = 0.95) -> Check:
    """Judge an effect by the same analysis of an outcome that treatment cannot change.

    Parameters
    ----------
    result : Result
        The effect in question, from any estimator with the term ``effect``.
    control : Result
        The same estimator, treatment and covariates on the negative-control outcome.
    level : float
        Of the test that the control's effect is nothing, as a proportion.

    Returns
    -------
    Check
        Fails where treatment seems to change what it cannot change; a pass shows no bias and proves nothing.

    Raises
    ------
    DataError
        If a result has no term ``effect`` with a standard error.
    SpecificationError
        If the two were not made by the same method.

    References
    ----------
    .. [1] Lipsitch, M., Tchetgen Tchetgen, E. and Cohen, T. (2010). Negative controls: a tool for detecting confounding
       and bias in observational studies. Epidemiology 21, 383-388. https://doi.org/10.1097/EDE.0b013e3181d61eeb

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from ctresearch.causes import OutcomeRegression
    >>> rng = np.random.default_rng(1)
    >>> hidden = rng.normal(size=500)
    >>> frame = pd.DataFrame({"a": (hidden + rng.normal(size=500) > 0) * 1, "y": hidden})
    >>> frame["earlier"] = hidden + rng.normal(size=500)
    >>> fits = [OutcomeRegression(treatment="a", outcome=name, covariates=[]).fit(frame) for name in ("y", "earlier")]
    >>> negative_control(*fits).status
    'fail'
    """
    if result.method != control.method:
        raise SpecificationError(
            f"result was made by {result.method!r} and control by {control.method!r}, must be made by the same method"
        )
    (effect, _, _), (found, error, df) = _effect(result), _effect(control)
    far = float(reach(is_level(level), df)) * error
    numbers = {"effect": effect, "control": found, "control_low": found - far, "control_high": found + far}
    said = say(
        "On the negative control the same analysis gives {found:.3g} ({low:.3g} to {high:.3g})",
        found=found,
        low=found - far,
        high=found + far,
    )
    if abs(found) > far:
        return Check(
            "negative control",
            "fail",
            say("{said}: treatment cannot do that, so hidden causes are at work.", said=said),
            numbers,
        )
    return Check(
        "negative control",
        "pass",
        say("{said}, which holds no effect; smaller biases would not show.", said=said),
        numbers,
    )


def _effect(result: Result) -> tuple[float, float, float]:
    """Return the effect, its standard error and the degrees of freedom of its limits."""
    table = result.estimates
    rows = table.loc[table.index == "effect"]
    if isinstance(result, EffectResult) and "group" in rows:
        rows = rows[rows["group"] == "all"]
    if len(rows) != 1 or not float(rows["std_error"].iloc[0]) > 0:
        raise DataError(
            f"the {len(table):,} terms of a result hold no single 'effect' with a standard error: use an effect "
            "estimator"
        )
    estimate, error, high = (float(rows[name].iloc[0]) for name in ("estimate", "std_error", "ci_high"))
    return estimate, error, float(freedom((high - estimate) / error, result.level)) if result.interval == "t" else inf
