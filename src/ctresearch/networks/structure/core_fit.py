"""How well a core fits: the correlation of the ties with an ideal picture, and the kernels that look for the best core.

For a core of a given size everything hangs on two sums, the ties inside the core and the ties inside the periphery,
so that a change of one member costs a few additions [1]_.

References
----------
.. [1] Borgatti, S. P. and Everett, M. G. (2000). Models of core/periphery structures. Social Networks 21, 375-395.
   https://doi.org/10.1016/S0378-8733(99)00019-2
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import copy_into, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.networks.structure.search_limit import SearchLimit

_A_CALL = 2_000_000  # exchanges that a call of the kernel tries, so that the clock is looked at


@kernel
def fit(n: float, size: float, star: bool, sums: NDArray[np.float64]) -> float:
    """Correlate the ties with the ideal, over the ordered pairs that the ideal speaks of.

    Parameters
    ----------
    n, size : float
        Actors, and members of the core.
    star : bool
        Whether ties between core and periphery are 1 in the ideal, or left aside.
    sums : numpy.ndarray
        Ties in the core, in the periphery, in all, and the same of their squares, shape (6,); each counted in both
        directions.

    Returns
    -------
    float
        Pearson's correlation; -2 where it does not exist.

    Examples
    --------
    >>> fit(3.0, 1.0, True, np.array([0.0, 0.0, 4.0, 0.0, 0.0, 4.0]))  # a star of three
    1.0
    """
    ones, zeros = size * (size - 1), (n - size) * (n - size - 1)
    inside, outside = sums[0], sums[1]
    squares = sums[3] + sums[4]
    if star:
        ones = n * (n - 1) - zeros
        inside, squares = sums[2] - outside, sums[5]
    if ones <= 0 or zeros <= 0:
        return -2.0
    total = ones + zeros
    mean = (inside + outside) / total
    variance = squares / total - mean * mean
    if variance <= 1e-14:
        return -2.0
    return float((inside / ones - outside / zeros) * np.sqrt(ones * zeros / variance) / total)


def climb(ties: NDArray[np.float64], core: NDArray[np.bool_], star: bool, limit: SearchLimit | None = None) -> float:
    """Improve a core by moving or exchanging actors until nothing helps; the core is changed in place.

    Parameters
    ----------
    ties : numpy.ndarray
        Sum of the ties of each pair in both directions, and sum of their squares, shape (2, actors, actors).
    core : numpy.ndarray
        Members, shape (actors,).
    star : bool
        As in :func:`fit`.
    limit : SearchLimit, optional
        The clock that may end it before.

    Returns
    -------
    float
        Correlation of the core that was reached.

    Examples
    --------
    >>> star = np.zeros((2, 4, 4))
    >>> star[:, 0, 1:] = star[:, 1:, 0] = 2.0
    >>> round(climb(star, np.array([False, True, False, False]), True), 6)
    1.0
    """
    n, trial = len(core), np.zeros(6)
    to_core, strength, sums = _start(ties, core)
    best = fit(n, core.sum(), star, sums)
    step = max(1, _A_CALL // n)
    while True:
        change, kept = (-1, -1), best
        for first in range(-1, n, step):
            if limit is not None and limit.reached(0):
                return float(best)
            rows = (first, min(first + step, n))
            change, kept = _best_change(ties, core, (to_core, strength, sums), star, rows, change, kept)
        if kept == best:
            return float(best)
        best, (leave, enter) = kept, change
        _exchange(ties, to_core, strength, sums, leave, enter, trial)
        sums[:] = trial
        for actor, sign in ((leave, -1.0), (enter, 1.0)):
            if actor >= 0:
                core[actor] = sign > 0
                to_core += sign * ties[:, :, actor]


@kernel
def _best_change(  # noqa: PLR0917 - a kernel's work arrays
    ties: NDArray[np.float64],
    core: NDArray[np.bool_],
    state: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    star: bool,
    rows: tuple[int, int],
    change: tuple[int, int],
    kept: float,
) -> tuple[tuple[int, int], float]:
    """Find who should leave, among some, and who should enter; -1 is nobody."""
    n, size, trial = len(core), core.sum(), np.zeros(6)
    to_core, strength, sums = state
    for i in range(rows[0], rows[1]):
        for j in range(-1, n):
            new_size = size + (j >= 0) - (i >= 0)
            if (i >= 0 and not core[i]) or (j >= 0 and core[j]) or new_size < 1 or new_size >= n:
                continue
            _exchange(ties, to_core, strength, sums, i, j, trial)
            value = fit(n, new_size, star, trial)
            if value > kept + 1e-12:
                change, kept = (i, j), value
    return change, kept


def best_by_degree(ties: NDArray[np.float64], star: bool) -> tuple[float, NDArray[np.bool_]]:
    """Try the cores of the actors of highest degree, one of each size.

    Parameters
    ----------
    ties, star
        As in :func:`climb`.

    Returns
    -------
    tuple
        Correlation, -2 where none exists, and the core, shape (actors,).

    Examples
    --------
    >>> star = np.zeros((2, 4, 4))
    >>> star[:, 0, 1:] = star[:, 1:, 0] = 2.0
    >>> best_by_degree(star, True)[1].tolist()
    [True, False, False, False]
    """
    n, strength = ties.shape[1], ties.sum(axis=2)
    order = np.argsort(-strength[0], kind="stable")
    joined = np.array([[part[actor, order[:place]].sum() for place, actor in enumerate(order)] for part in ties])
    inside, total = joined.cumsum(axis=1), strength.sum(axis=1, keepdims=True) / 2
    outside = total - strength[:, order].cumsum(axis=1) + inside
    rows = np.stack([inside[0], outside[0], np.full(n, total[0, 0]), inside[1], outside[1], np.full(n, total[1, 0])])
    fits = np.array([fit(n, size + 1.0, star, rows[:, size].copy()) for size in range(n - 1)])
    best = int(np.argmax(fits))
    return float(fits[best]), np.isin(np.arange(n), order[: best + 1])


@kernel
def _start(
    ties: NDArray[np.float64], core: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Add up each actor's ties to the core and in all, shape (2, actors), and the sums that :func:`fit` takes."""
    n = len(core)
    to_core, strength, sums = np.zeros((2, n)), np.zeros((2, n)), np.zeros(6)
    for part in range(2):
        for i in range(n):
            for j in range(n):
                strength[part, i] += ties[part, i, j]
                if core[j]:
                    to_core[part, i] += ties[part, i, j]
            sums[3 * part + 2] += strength[part, i] / 2
            if core[i]:
                sums[3 * part] += to_core[part, i] / 2
            else:
                sums[3 * part + 1] += (strength[part, i] - to_core[part, i]) / 2
    return to_core, strength, sums


@kernel
def _exchange(  # noqa: PLR0917 - a kernel's work arrays
    ties: NDArray[np.float64],
    to_core: NDArray[np.float64],
    strength: NDArray[np.float64],
    sums: NDArray[np.float64],
    leave: int,
    enter: int,
    trial: NDArray[np.float64],
) -> None:
    """Write into ``trial`` the sums after one actor leaves the core and one enters it; -1 is nobody."""
    copy_into(trial, sums)
    for part in range(2):
        if leave >= 0:
            trial[3 * part] -= to_core[part, leave]
            trial[3 * part + 1] += strength[part, leave] - to_core[part, leave]
        if enter >= 0:
            between = ties[part, leave, enter] if leave >= 0 else 0.0
            trial[3 * part] += to_core[part, enter] - between
            trial[3 * part + 1] -= strength[part, enter] - to_core[part, enter] + between


@kernel
def best_of_all(ties: NDArray[np.float64], star: bool) -> tuple[float, NDArray[np.bool_], int]:
    """Try every core, one change at a time (a Gray code), for networks of up to about twenty actors.

    Parameters
    ----------
    ties, star
        As in :func:`climb`.

    Returns
    -------
    tuple
        Best correlation, the first core that has it, shape (actors,), and how many cores have it.

    Examples
    --------
    >>> star = np.zeros((2, 4, 4))
    >>> star[:, 0, 1:] = star[:, 1:, 0] = 2.0
    >>> best_of_all(star, True)[2]
    1
    """
    n = ties.shape[1]
    core, chosen = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    sums = np.zeros(6)
    for part in range(2):
        sums[3 * part + 1] = sums[3 * part + 2] = ties[part].sum() / 2
    best, equal = -2.0, 0
    for step in range(1, 1 << n):
        moved = 0
        while not step >> moved & 1:
            moved += 1
        sign = -1.0 if core[moved] else 1.0
        for part in range(2):
            inside, outside = 0.0, 0.0
            for j in range(n):
                if j != moved:
                    if core[j]:
                        inside += ties[part, moved, j]
                    else:
                        outside += ties[part, moved, j]
            sums[3 * part] += sign * inside
            sums[3 * part + 1] -= sign * outside
        core[moved] = not core[moved]
        value = fit(n, core.sum(), star, sums)
        if value > best + 1e-10:
            best, equal = value, 1
            copy_into(chosen, core)
        elif value > best - 1e-10 and value > -2.0:
            equal += 1
    return best, chosen, equal
