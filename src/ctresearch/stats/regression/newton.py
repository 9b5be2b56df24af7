"""Newton's method for a concave log-likelihood, and the refusal where it has no maximum.

Where a combination of columns orders the events perfectly, the likelihood rises for ever (monotone likelihood [1]_):
each step has about the length of the one before, so the steps never die out, and no number is returned.

References
----------
.. [1] Heinze, G. and Schemper, M. (2001). A solution to the problem of monotone likelihood in Cox regression.
   Biometrics 57, 114-119. https://doi.org/10.1111/j.0006-341X.2001.00114.x
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import FitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_MAX_STEPS, _TOLERANCE, _HALVINGS = 30, 1e-7, 12


@dataclass(frozen=True, slots=True)
class Local:
    """A log-likelihood and its derivatives at a point.

    Parameters
    ----------
    value : float
        The log-likelihood.
    score : numpy.ndarray
        Its gradient, shape (columns,).
    information : numpy.ndarray
        Minus its second derivative, columns by columns.

    Examples
    --------
    >>> Local(-1.0, np.zeros(1), np.eye(1)).value
    -1.0
    """

    value: float
    score: Floats
    information: Floats


@dataclass(frozen=True, slots=True)
class Maximum:
    """Where a log-likelihood is highest.

    Parameters
    ----------
    point : numpy.ndarray
        Shape (columns,).
    start, end : Local
        The likelihood where the climb began and at ``point``.
    covariance : numpy.ndarray
        Inverse information at ``point``, columns by columns.
    steps : int
        Newton steps made.

    Examples
    --------
    >>> here = Local(-1.0, np.zeros(1), np.eye(1))
    >>> Maximum(np.zeros(1), here, here, np.eye(1), 1).steps
    1
    """

    point: Floats
    start: Local
    end: Local
    covariance: Floats
    steps: int


def maximise(objective: Callable[[Floats], Local], names: tuple[str, ...], *, start: Floats | None = None) -> Maximum:
    """Climb to the maximum of a concave function of standardised columns.

    Parameters
    ----------
    objective : callable
        Takes a point of shape (columns,), returns a :class:`Local`; minus infinity where a point is not allowed.
    names : tuple of str
        Names of the columns, for the message.
    start : numpy.ndarray, optional
        Where to begin, shape (columns,); 0 by default.

    Returns
    -------
    Maximum
        Found to a last step below 1e-7 standard deviations.

    Raises
    ------
    FitError
        If the function has no maximum; the message names the columns that run away.

    Examples
    --------
    >>> top = maximise(lambda b: Local(-float(b @ b) / 2 + b[0], 1 - b, np.eye(1)), ("x",))
    >>> top.point.tolist()
    [1.0]
    """
    point = np.zeros(len(names)) if start is None else start
    first = here = objective(point)
    step: Floats = np.full(len(names), np.inf)
    for count in range(1, _MAX_STEPS + 1):
        try:
            step = np.asarray(np.linalg.solve(here.information, here.score), dtype=float)
        except np.linalg.LinAlgError:
            break
        if not np.isfinite(step).all():
            break
        point, here = _climb(objective, point, here, step)
        if np.abs(step).max() < _TOLERANCE:
            return Maximum(point, first, here, np.asarray(np.linalg.inv(here.information), dtype=float), count)
    raise FitError(_runaway(names, point, step))


def _climb(objective: Callable[[Floats], Local], point: Floats, here: Local, step: Floats) -> tuple[Floats, Local]:
    """Go along a step, halved until the function does not fall."""
    for halving in range(_HALVINGS):
        to = point + step / 2**halving
        there = objective(to)
        if np.isfinite(there.value) and there.value >= here.value - 1e-10 * abs(here.value):
            return to, there
    return point, here


def _runaway(names: tuple[str, ...], point: Floats, step: Floats) -> str:
    """Say which coefficients have no finite estimate."""
    size = np.abs(np.where(np.isfinite(step), step, np.inf))
    shares = size >= 0.1 * size.max() if np.isfinite(size.max()) else ~np.isfinite(size) | (np.abs(point) > 5)
    which = ", ".join(repr(name) for name, far in zip(names, shares, strict=True) if far)
    return (
        f"the likelihood has no maximum: it still rises after {_MAX_STEPS} steps as the coefficients of {which} grow, "
        "as where a group has no event, or a term separates events from the rest; merge its levels, or leave it out"
    )
