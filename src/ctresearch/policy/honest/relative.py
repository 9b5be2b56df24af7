"""Limits where the trend after adoption may move by at most M times its largest move before.

The set of such trends is a union of polyhedra, one for each period and direction of the largest move. For each, the
test is the hybrid of a conditional and a least-favourable one of Andrews, Roth and Pakes [2]_, whose linear programme
has a dual with one corner a period and two for the target: these are written down, and no programme is solved
iteratively.

References
----------
.. [1] Rambachan, A. and Roth, J. (2023). A more credible approach to parallel trends. Review of Economic Studies 90,
   2555-2591. https://doi.org/10.1093/restud/rdad018
.. [2] Andrews, I., Roth, J. and Pakes, A. (2023). Inference for linear conditional moment inequalities. Review of
   Economic Studies 90, 2763-2791. https://doi.org/10.1093/restud/rdad004
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.policy.honest.coefficients import Coefficients

    Floats = NDArray[np.float64]
    Booleans = NDArray[np.bool_]

# a tenth of the size goes to the least-favourable first stage, as HonestDiD has it
_FIRST = 0.1
_GRID, _HALVINGS = 400, 30
_FLAT = 1e-10


@dataclass(frozen=True, slots=True)
class Corners:
    """The corners of one polyhedron's dual: linear statistics whose largest is the test's.

    Parameters
    ----------
    value : numpy.ndarray
        Statistics where the target is 0, shape (corners,).
    slope : numpy.ndarray
        How much each falls as the target rises, shape (corners,).
    covariance : numpy.ndarray
        Their covariance.
    first : float
        Critical value of the least-favourable first stage.
    """

    value: Floats
    slope: Floats
    covariance: Floats
    first: float


def relative_limits(study: Coefficients, times: float, level: float, noise: Floats) -> tuple[float, float]:
    """Return the limits of all values of the target that are not rejected.

    Parameters
    ----------
    study : Coefficients
        Estimates, and the effect among them.
    times : float
        How many times its largest move before the trend may move after.
    level : float
        Coverage.
    noise : numpy.ndarray
        Draws of the coefficients about 0, for the first stage, draws by periods.

    Returns
    -------
    tuple of float
        Lower and upper limit; NaN where every value is rejected.
    """
    ends = [_accepted(corners, 1 - level) for corners in polyhedra(study, times, level, noise)]
    found = [one for one in ends if one is not None]
    if not found:
        return (np.nan, np.nan)
    return (min(low for low, _ in found), max(high for _, high in found))


def rejects(value: float, study: Coefficients, times: float, level: float, noise: Floats) -> bool:
    """Say whether a value of the target is rejected.

    Parameters
    ----------
    value : float
        The value.
    study, times, level, noise
        As :func:`relative_limits` takes them.

    Returns
    -------
    bool
        Whether every polyhedron rejects it.
    """
    sets = polyhedra(study, times, level, noise)
    return not any(bool(_keeps(corners, np.array([value]), 1 - level)[0]) for corners in sets)


def polyhedra(study: Coefficients, times: float, level: float, noise: Floats) -> list[Corners]:
    """Return the corners of every polyhedron.

    Parameters
    ----------
    study, times, level, noise
        As :func:`relative_limits` takes them.

    Returns
    -------
    list of Corners
        One a period before and direction.
    """
    before, target, covariance = study.before, study.target, study.covariance
    moves = _moves(before, len(target))
    out = []
    for place in range(before):
        for sign in (1.0, -1.0):
            most = sign * moves[place]
            limits = np.concatenate([np.tile(most, (before, 1)), np.tile(times * most, (len(target), 1))])
            above, below = moves - limits, -moves - limits
            if len(target) == 1:  # nothing is free: every move is a statistic of its own
                rows = np.concatenate([above, below])
                rows = rows[np.abs(rows).max(axis=1) > 0]
                error = np.sqrt(np.einsum("ij,jk,ik->i", rows, covariance, rows))
                functions = rows / error[:, None]
                slope = functions[:, before:] @ (1 / target)
            else:
                functions, slope = _dual(above[before:], below[before:], covariance, target)
            spread = functions @ covariance @ functions.T
            drawn = (noise @ functions.T).max(axis=1)
            first = float(np.quantile(drawn, 1 - (1 - level) * _FIRST))
            out.append(Corners(functions @ study.estimate, slope, spread, first))
    return out


def _moves(before: int, after: int) -> Floats:
    """Return the matrix of moves from each period to the next, the reference among them."""
    full = np.diff(np.eye(before + 1 + after), axis=0)
    return np.asarray(np.delete(full, before, axis=1), dtype=float)


def _dual(above: Floats, below: Floats, covariance: Floats, target: Floats) -> tuple[Floats, Floats]:
    """Return the corners of the dual where the moves of effects are free but for their weighted sum."""
    up = np.sqrt(np.einsum("ij,jk,ik->i", above, covariance, above))
    down = np.sqrt(np.einsum("ij,jk,ik->i", below, covariance, below))
    left = np.cumsum(target[::-1])[::-1]  # how much a move counts in the target: in all periods from it on
    plus, minus = np.maximum(left, 0), np.maximum(-left, 0)
    high = (plus[:, None] * above + minus[:, None] * below).sum(axis=0) / (plus @ up + minus @ down)
    low = (plus[:, None] * below + minus[:, None] * above).sum(axis=0) / (plus @ down + minus @ up)
    narrow = (above + below) / (up + down)[:, None]
    slope = np.concatenate([np.zeros(len(left)), [1 / (plus @ up + minus @ down), -1 / (plus @ down + minus @ up)]])
    return np.vstack([narrow, high, low]), slope


def _keeps(corners: Corners, values: Floats, size: float) -> Booleans:
    """Say which values of the target one polyhedron does not reject."""
    from scipy.special import ndtr, ndtri

    statistics = corners.value - np.outer(values, corners.slope)
    top = statistics.argmax(axis=1)
    largest = statistics[np.arange(len(values)), top]
    error = np.sqrt(np.diag(corners.covariance))
    kept = largest <= corners.first
    rest = (size - size * _FIRST) / (1 - size * _FIRST)
    out = np.zeros(len(values), dtype=bool)
    for corner in np.unique(top[kept]):
        rows = np.flatnonzero(kept & (top == corner))
        sigma, here = error[corner], largest[rows]
        if sigma < _FLAT:
            out[rows] = here <= 0
            continue
        share = corners.covariance[:, corner] / sigma**2
        apart = statistics[rows] - here[:, None] * share
        room = 1 - share
        with np.errstate(divide="ignore", invalid="ignore"):
            bound = apart / room
        low = np.where(room > _FLAT, bound, -np.inf).max(axis=1)
        high = np.minimum(np.where(room < -_FLAT, bound, np.inf).min(axis=1), corners.first)
        below, above = ndtr(-high / sigma), ndtr(-low / sigma)  # tails above, which are exact where they are small
        cut = -ndtri(below + rest * (above - below))
        out[rows] = here / sigma <= np.maximum(cut, 0)
    return out


def _accepted(corners: Corners, size: float) -> tuple[float, float] | None:
    """Return the ends of the values that one polyhedron does not reject; none where it rejects all."""
    fixed = corners.slope == 0
    if fixed.any() and corners.value[fixed].max() > corners.first:
        return None
    rising, falling = corners.slope > 0, corners.slope < 0
    low = float(((corners.value[rising] - corners.first) / corners.slope[rising]).max())
    high = float(((corners.value[falling] - corners.first) / corners.slope[falling]).min())
    if low > high:
        return None
    grid = np.linspace(low, high, _GRID)
    kept = np.flatnonzero(_keeps(corners, grid, size))
    if not len(kept):
        return None
    return (
        _edge(corners, grid[kept[0]], grid[max(kept[0] - 1, 0)], size),
        _edge(corners, grid[kept[-1]], grid[min(kept[-1] + 1, _GRID - 1)], size),
    )


def _edge(corners: Corners, inside: float, outside: float, size: float) -> float:
    """Halve the way between a value that is kept and one that is not."""
    for _ in range(_HALVINGS if inside != outside else 0):
        middle = (inside + outside) / 2
        if _keeps(corners, np.array([middle]), size)[0]:
            inside = middle
        else:
            outside = middle
    return float(inside)
