"""What is asked of several designs for one population."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.message import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

_DOUBTFUL = 0.05
# Below five methods the spread of their biases has fewer than four degrees of freedom.
_FEW_METHODS = 5


def check_agreement(table: pd.DataFrame) -> Check:
    """Say whether the two designs that lie furthest apart do so by more than chance.

    Parameters
    ----------
    table : pandas.DataFrame
        Designs with ``estimate`` and ``log_error``.

    Returns
    -------
    Check
        To be reviewed where they do, with Bonferroni's correction for the number of pairs.

    Examples
    --------
    >>> import pandas as pd
    >>> check_agreement(pd.DataFrame({"estimate": [100.0, 300.0], "log_error": [0.1, 0.1]}, index=["a", "b"])).status
    'review'
    """
    from scipy.special import ndtr

    used = table[table["log_error"].notna()]
    pairs = list(combinations(range(len(used)), 2))
    if not pairs:
        said = say("Fewer than two designs have limits, so that nothing can be held against another.")
        return Check("agreement", "review", said)
    logs, errors = np.log(used["estimate"].to_numpy(dtype=float)), used["log_error"].to_numpy(dtype=float)
    apart = [abs(logs[i] - logs[j]) / np.hypot(errors[i], errors[j]) for i, j in pairs]
    place = int(np.argmax(apart))
    i, j = sorted(pairs[place], key=lambda k: -logs[k])
    p_value = min(1.0, len(pairs) * 2 * float(ndtr(-apart[place])))
    factor = float(np.exp(abs(logs[i] - logs[j])))
    said = say(
        "{one} gives {factor:.2f} times what {other} does (p {p_value:.2g}, corrected for the number of pairs).",
        one=str(used.index[i]),
        other=str(used.index[j]),
        factor=factor,
        p_value=p_value,
    )
    return Check("agreement", "review" if p_value < _DOUBTFUL else "pass", said, {"factor": factor, "p_value": p_value})


def check_methods(table: pd.DataFrame) -> Check:
    """Say whether there are enough methods to see how far methods are off.

    Parameters
    ----------
    table : pandas.DataFrame
        Designs with ``by_method``, ``log_error`` and ``bias_sd``.

    Returns
    -------
    Check
        To be reviewed below five methods.

    Examples
    --------
    >>> import pandas as pd
    >>> check_methods(pd.DataFrame({"by_method": ["a"], "log_error": [0.1], "bias_sd": [float("nan")]})).status
    'review'
    """
    number = int(table.loc[table["log_error"].notna(), "by_method"].nunique())
    if number < 2:
        said = say("Designs of {n} method have limits, so that biases of methods cannot be told.", n=number)
        return Check("methods", "review", said, {"methods": number})
    spread = float(table["bias_sd"].iloc[0])
    said = say(
        "Between {n} methods the bias has a standard deviation of a factor of {factor:.2f}.",
        n=number,
        factor=float(np.exp(spread)),
    )
    numbers = {"methods": number, "bias_sd": spread}
    if number >= _FEW_METHODS:
        return Check("methods", "pass", said, numbers)
    few = say("{said} So few methods tell little of it: read the single designs.", said=said)
    return Check("methods", "review", few, numbers)


def check_assumed_bias(bias: Mapping[str, tuple[float, float]]) -> tuple[Check, ...]:
    """Say which biases were taken from elsewhere.

    Parameters
    ----------
    bias : mapping
        Method to ratio and relative error.

    Returns
    -------
    tuple of Check
        None where none was.

    Examples
    --------
    >>> check_assumed_bias({"scale-up": (0.7, 0.2)})[0].status
    'review'
    """
    if not bias:
        return ()
    said = say("Biases of {names} are taken from other studies: say which.", names=list(bias))
    return (Check("assumed bias", "review", said, {"methods": len(bias)}),)


def check_left_out(table: pd.DataFrame) -> tuple[Check, ...]:
    """Say which designs have no limits and are not pooled.

    Parameters
    ----------
    table : pandas.DataFrame
        Designs with ``log_error``.

    Returns
    -------
    tuple of Check
        None where all have.

    Examples
    --------
    >>> import pandas as pd
    >>> check_left_out(pd.DataFrame({"log_error": [0.1, float("nan")]}, index=["a", "b"]))[0].status
    'review'
    """
    without = [str(name) for name in table.index[table["log_error"].isna()]]
    if not without:
        return ()
    said = say("{names} gives no limits above 0, and is not pooled.", names=without)
    return (Check("without limits", "review", said, {"designs": len(without)}),)
