"""Whether counts near zero allow an estimate at all.

Where a direction of the covariates leaves every mean of a row with people alone and lowers means of rows that may have
nobody, the likelihood rises along it without end: there is no estimate, however small the error a fit would report.

References
----------
.. [1] Santos Silva, J. M. C. and Tenreyro, S. (2010). On the existence of the maximum likelihood estimates in Poisson
   regression. Economics Letters 107, 310-312. https://doi.org/10.1016/j.econlet.2010.02.020
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_RANK = 1e-8  # of the greatest singular value, below which rows with people do not tell a direction


def runs_away(people: Floats, nobody: Floats) -> bool:
    """Say whether the likelihood of a log-linear model rises without end in some direction.

    Parameters
    ----------
    people : numpy.ndarray
        Shape (rows, K): covariates of the rows that have people for certain.
    nobody : numpy.ndarray
        Shape (rows, K): covariates of the rows that may have nobody.

    Returns
    -------
    bool
        True where there is no estimate.

    Examples
    --------
    >>> runs_away(np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([[1.0, 1.0]]))
    True
    """
    from scipy.optimize import linprog

    scale = np.sqrt((np.vstack([people, nobody]) ** 2).mean(axis=0))
    scale = np.where(scale > 0, scale, 1.0)
    _, sizes, axes = np.linalg.svd(np.linalg.qr(people / scale, mode="r"), full_matrices=True)
    told = int((sizes > _RANK * max(float(sizes.max(initial=0.0)), 1e-300)).sum())
    free = axes[told:].T
    if not free.shape[1]:
        return False
    down = nobody / scale @ free
    if not len(down):
        return False
    limits = np.vstack([down, -down])
    found = linprog(down.sum(axis=0), limits, np.repeat([0.0, 1.0], len(down)), bounds=(None, None))
    return bool(found.fun < -1e-6) if found.status == 0 else False
