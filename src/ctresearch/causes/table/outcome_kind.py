"""Whether an outcome that was taken for a number is one of 0 and 1 with stray values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.core.check import Check
from ctresearch.core.message import say

if TYPE_CHECKING:
    from ctresearch.stats.regression.generalized_linear import Floats

ALMOST = 0.95


def check_outcome_kind(outcome: Floats, name: str, model: str) -> tuple[Check, ...]:
    """Say that an outcome of almost only 0 and 1 was taken for a number.

    Parameters
    ----------
    outcome : numpy.ndarray
        Shape (rows,).
    name : str
        The column.
    model : str
        What was fitted to it, in words.

    Returns
    -------
    tuple of Check
        A review named ``outcome`` where at least 95 in 100 rows, but not all, hold 0 or 1; else none.

    Examples
    --------
    >>> import numpy as np
    >>> print(check_outcome_kind(np.array([0.0, 1] * 50 + [2]), "hurt", "a linear regression")[0].status)
    review
    """
    other = outcome[(outcome != 0) & (outcome != 1)]
    if not len(other) or len(other) > (1 - ALMOST) * len(outcome):
        return ()
    said = say(
        "{name!r} holds 0 or 1 in {binary:,} of {rows:,} rows and other values in {other:,}, "
        "so it is taken for a number and its model is {model}: correct these rows if it is a yes or "
        "no.",
        name=name,
        binary=len(outcome) - len(other),
        rows=len(outcome),
        other=len(other),
        model=model,
    )
    return (Check("outcome", "review", said, {"other_values": float(len(other))}),)
