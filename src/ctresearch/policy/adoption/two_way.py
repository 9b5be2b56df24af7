"""Effects of units and of times in a panel with holes, solved exactly.

The normal equations of the units are diagonal, so only a system as large as the number of times is left; every linear
estimator of this folder goes through it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ctresearch.policy.adoption.two_periods import Booleans, Floats


@dataclass(frozen=True, slots=True)
class TwoWay:
    """Effects of units and times on a set of cells.

    Parameters
    ----------
    hold : numpy.ndarray
        Weights of the cells, 0 for those that are not used, units by times.
    total : numpy.ndarray
        Weights of each unit, 1 where it has none, shape (units,).
    inverse : numpy.ndarray
        Inverse of what is left of the times' normal equations, times by times.
    linked : numpy.ndarray
        Which set of units and times that are linked by cells each time belongs to, shape (times,); -1 without cells.
    """

    hold: Floats
    total: Floats
    inverse: Floats
    linked: Floats

    def project(self, values: Floats) -> tuple[Floats, Floats]:
        """Fit values on the cells that are used.

        Parameters
        ----------
        values : numpy.ndarray
            Already multiplied by the weights, units by times by columns.

        Returns
        -------
        tuple of numpy.ndarray
            Effects of the units and of the times, each by columns.
        """
        return self.solve(values.sum(axis=1), values.sum(axis=0))

    def solve(self, rows: Floats, columns: Floats) -> tuple[Floats, Floats]:
        """Solve the normal equations for sums over the rows and columns of the panel.

        Parameters
        ----------
        rows, columns : numpy.ndarray
            Units by columns and times by columns.

        Returns
        -------
        tuple of numpy.ndarray
            Effects of the units and of the times.
        """
        time = self.inverse @ (columns - self.hold.T @ (rows / self.total[:, None]))
        unit = (rows - self.hold @ time) / self.total[:, None]
        return unit, time


def two_way(hold: Floats) -> TwoWay:
    """Prepare effects of units and times.

    Parameters
    ----------
    hold : numpy.ndarray
        Weights of the cells, 0 for those that are not used, units by times.

    Returns
    -------
    TwoWay
        What fits them.

    Examples
    --------
    >>> y = np.add.outer(np.arange(3.0), [0.0, 2, 5])[:, :, None]
    >>> unit, time = two_way(np.ones((3, 3))).project(y)
    >>> bool(np.allclose(unit[:, None] + time[None], y))
    True
    """
    held = hold.sum(axis=1)
    total = np.where(held > 0, held, 1.0)
    left = np.diag(hold.sum(axis=0)) - hold.T @ (hold / total[:, None])
    inverse = np.asarray(np.linalg.pinv(left, rcond=1e-11, hermitian=True), dtype=float)
    return TwoWay(hold, total, inverse, _linked(hold > 0))


def reached(fitted: TwoWay) -> Booleans:
    """Mark the cells whose effects of unit and time are both known from the cells that are used.

    Parameters
    ----------
    fitted : TwoWay
        Effects.

    Returns
    -------
    numpy.ndarray
        Units by times.

    Examples
    --------
    >>> reached(two_way(np.array([[1.0, 0], [1, 1]]))).tolist()
    [[True, True], [True, True]]
    """
    cells = fitted.hold > 0
    some = cells.any(axis=1)
    of_unit = np.where(some, fitted.linked[np.argmax(cells, axis=1)], -2)
    return np.asarray(of_unit[:, None] == fitted.linked[None], dtype=bool)


def _linked(cells: Booleans) -> Floats:
    """Return which set of times, linked by units, each belongs to."""
    meet = (cells.T.astype(float) @ cells.astype(float)) > 0
    label = np.where(cells.any(axis=0), np.arange(cells.shape[1]), -1)
    for _ in range(cells.shape[1]):
        spread = np.where(meet, label[None], len(label)).min(axis=1)
        new = np.where(label >= 0, spread, -1)
        if (new == label).all():
            break
        label = new
    return np.asarray(label, dtype=float)
