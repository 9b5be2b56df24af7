"""Limits of an effect as the values that a test does not reject."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# a limit more than 4,096 steps away is none; 40 halvings find it to a millionth of a millionth of a step
_DOUBLINGS, _HALVINGS = 12, 40


def invert_test(p_value: Callable[[float], float], estimate: float, step: float, level: float) -> tuple[float, float]:
    """Return the ends of the interval of effects whose p-value is above one less the level.

    Parameters
    ----------
    p_value : callable
        P-value of an effect.
    estimate : float
        Where to start; its p-value is highest.
    step : float
        How far the search first reaches, about two standard errors.
    level : float
        Coverage, as a proportion.

    Returns
    -------
    tuple of float
        Lower and upper limit; minus and plus infinity where the test rejects nothing on that side.

    Examples
    --------
    >>> low, high = invert_test(lambda effect: max(0.0, 1 - abs(effect - 3)), 3.0, 1.0, 0.5)
    >>> round(low, 6), round(high, 6)
    (2.5, 3.5)
    """
    alpha = 1 - level
    return _end(p_value, estimate, -abs(step), alpha), _end(p_value, estimate, abs(step), alpha)


def _end(p_value: Callable[[float], float], inside: float, step: float, alpha: float) -> float:
    """Find where the p-value falls to alpha on one side."""
    outside = inside + step
    for _ in range(_DOUBLINGS):
        if p_value(outside) <= alpha:
            break
        inside, outside = outside, outside + 2 * (outside - inside)
    else:
        return float("inf") if step > 0 else float("-inf")
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        if p_value(middle) <= alpha:
            outside = middle
        else:
            inside = middle
    return (inside + outside) / 2
