"""Millions of small regressions: one focus variable, fixed controls, and every choice of a few others.

On complete data the cross-products are formed once, the fixed controls swept out, and each choice reached by sweeping
one variable more, so that the innermost regression costs a few operations [1]_. Where rows are missing or errors are
clustered, each regression forms its own products from the rows it has.

References
----------
.. [1] Goodnight, J. H. (1979). A tutorial on the SWEEP operator. The American Statistician 33, 149-158.
   https://doi.org/10.1080/00031305.1979.10482685
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

from ctresearch.core.compile import ZERO, copy_into, kernel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
COLLINEAR = 1e-9


@dataclass(frozen=True, slots=True)
class SubsetFits:
    """Coefficient of the focus variable in each regression.

    Parameters
    ----------
    estimate, std_error, log_likelihood : numpy.ndarray
        Shape (regressions,); NaN where columns are collinear or rows too few.

    Examples
    --------
    >>> SubsetFits(np.zeros(1), np.ones(1), np.zeros(1)).estimate.tolist()
    [0.0]
    """

    estimate: Floats
    std_error: Floats
    log_likelihood: Floats


def choices(pool: int, size: int, start: int, count: int) -> Integers:
    """Return some of the choices of a few from many, in lexicographic order.

    Parameters
    ----------
    pool, size : int
        Choose ``size`` of ``pool``.
    start, count : int
        Rank of the first choice, and how many.

    Returns
    -------
    numpy.ndarray
        Shape (count, size).

    Examples
    --------
    >>> choices(4, 2, 1, 2).tolist()
    [[0, 2], [0, 3]]
    """
    found = np.empty((count, size), dtype=np.int64)
    if size == 0:
        return found
    current, left, low = [], start, 0
    for place in range(size):
        while left >= (block := comb(pool - low - 1, size - place - 1)):
            left -= block
            low += 1
        current.append(low)
        low += 1
    _advance(np.array(current, dtype=np.int64), pool, found)
    return found


def fit_complete(products: Floats, rows: int, fixed: int, picks: Integers) -> SubsetFits:
    """Fit regressions from cross-products of complete data, with classical standard errors.

    Parameters
    ----------
    products : numpy.ndarray
        Cross-products of the fixed columns, then the focus, the outcome and the pool; symmetric.
    rows : int
        Rows behind the products.
    fixed : int
        How many fixed columns, the constant among them.
    picks : numpy.ndarray
        Pool columns of each regression from 0, in lexicographic order, shape (regressions, size).

    Returns
    -------
    SubsetFits
        One value a regression.

    Examples
    --------
    >>> z = np.column_stack([np.ones(5), [1.0, 2, 3, 4, 5], [1.0, 2, 3, 4, 6], [1.0, 0, 1, 0, 0]])
    >>> fit_complete(z.T @ z, 5, 1, np.empty((1, 0), dtype=np.int64)).estimate.round(6).tolist()
    [1.2]
    """
    scale = np.sqrt(np.diag(products))
    scale[scale == 0] = 1.0
    reduced = products / np.outer(scale, scale)
    for column in range(fixed):
        _sweep_out(reduced, column)
    rest = np.ascontiguousarray(reduced[fixed:, fixed:])
    out = np.empty((3, len(picks)))
    _fit_complete(rest, rows, fixed, picks, out)
    factor = scale[fixed + 1] / scale[fixed]
    out[2] -= rows * np.log(scale[fixed + 1])
    return SubsetFits(out[0] * factor, out[1] * factor, out[2])


def fit_by_rows(
    columns: Floats, present: NDArray[np.bool_], fixed: int, clusters: Integers, picks: Integers
) -> SubsetFits:
    """Fit regressions each on the rows that it has, with robust or cluster-robust standard errors.

    Parameters
    ----------
    columns : numpy.ndarray
        The fixed columns, the focus, the outcome and the pool, one a row: shape (columns, rows).
    present : numpy.ndarray
        Where a value is there, same shape.
    fixed : int
        How many fixed columns, the constant among them.
    clusters : numpy.ndarray
        Cluster of each row from 0, shape (rows,); every row its own for robust errors.
    picks : numpy.ndarray
        Pool columns of each regression from 0, shape (regressions, size).

    Returns
    -------
    SubsetFits
        One value a regression; errors are corrected by G / (G - 1) times (n - 1) / (n - k), as Stata does.

    Examples
    --------
    >>> z = np.array([[1.0, 1, 1, 1, 1], [1.0, 2, 3, 4, 5], [1.0, 2, 3, 4, 6]])
    >>> none = np.empty((1, 0), dtype=np.int64)
    >>> fit_by_rows(z, np.isfinite(z), 1, np.arange(5), none).estimate.round(6).tolist()
    [1.2]
    """
    out = np.empty((3, len(picks)))
    filled = np.where(present, columns, 0.0)
    _fit_by_rows(filled, present, fixed, clusters, int(clusters.max()) + 1, picks, out)
    return SubsetFits(out[0], out[1], out[2])


@kernel
def _advance(current: Integers, pool: int, found: Integers) -> None:
    """Fill in successive choices."""
    size = len(current)
    for row in range(len(found)):
        copy_into(found[row], current)
        place = size - 1
        while place >= 0 and current[place] == pool - size + place:
            place -= 1
        if place < 0:
            return
        current[place] += 1
        for later in range(place + 1, size):
            current[later] = current[later - 1] + 1


@kernel
def _sweep_out(matrix: Floats, column: int) -> bool:
    """Take what one column explains out of all later ones; nothing, if nothing of it is left."""
    pivot = matrix[column, column]
    if pivot <= COLLINEAR:
        return False
    for i in range(column + 1, len(matrix)):
        share = matrix[column, i] / pivot
        for j in range(i, len(matrix)):
            matrix[i, j] -= share * matrix[column, j]
            matrix[j, i] = matrix[i, j]
    return True


@kernel
def _fit_complete(rest: Floats, rows: int, fixed: int, picks: Integers, out: Floats) -> None:
    """Walk the choices in order, keeping the swept matrix of each level but the last."""
    size = picks.shape[1]
    width = len(rest)
    levels = np.empty((max(size, 1), width, width))
    for i in range(width):
        copy_into(levels[0, i], rest[i])
    sound = np.ones(max(size, 1), dtype=np.bool_)
    free = rows - fixed - 1 - size
    for r in range(len(picks)):
        first = 0
        if r > 0:
            while first < size and picks[r, first] == picks[r - 1, first]:
                first += 1
        for depth in range(first, size - 1):
            sound[depth + 1] = sound[depth] and _project(levels[depth], picks[r, depth] + 2, levels[depth + 1])
        deepest = max(size - 1, 0)
        last = picks[r, deepest] + 2 if size > 0 else -1
        if sound[deepest] and free > 0:
            _innermost(levels[deepest], last, rows, free, out[:, r])
        else:
            out[:, r] = np.nan


@kernel
def _innermost(top: Floats, last: int, rows: int, free: int, out: Floats) -> None:
    """Regress outcome on focus in a swept matrix, one more column taken out on the way."""
    ff, fy, yy = top[0, 0], top[0, 1], top[1, 1]
    out[:] = np.nan
    if last >= 0:
        pivot = top[last, last]
        if pivot <= COLLINEAR:
            return
        ff -= top[0, last] ** 2 / pivot
        fy -= top[0, last] * top[1, last] / pivot
        yy -= top[1, last] ** 2 / pivot
    if ff <= COLLINEAR:
        return
    left = max(yy - fy * fy / ff, 1e-300)
    out[0] = fy / ff
    out[1] = np.sqrt(left / free / ff)
    out[2] = -0.5 * rows * np.log(left / rows)


@kernel
def _project(source: Floats, column: int, target: Floats) -> bool:
    """Take one column out of focus, outcome and the pool columns behind it."""
    pivot = source[column, column]
    if pivot <= COLLINEAR:
        return False
    width = len(source)
    for i in range(width):
        if 2 <= i <= column:
            continue
        share = source[column, i] / pivot
        for j in range(i, width):
            if 2 <= j <= column:
                continue
            value = source[i, j] - share * source[column, j]
            target[i, j] = value
            target[j, i] = value
    return True


@kernel
def _fit_by_rows(  # noqa: PLR0917 - kernels take arrays by position
    columns: Floats,
    present: NDArray[np.bool_],
    fixed: int,
    clusters: Integers,
    groups: int,
    picks: Integers,
    out: Floats,
) -> None:
    """Fit one regression after the other on its own rows."""
    total, size = columns.shape[1], picks.shape[1]
    width = fixed + 1 + size
    chosen = np.empty(width + 1, dtype=np.int64)
    data = np.empty((width + 1, total))
    rows = np.empty(total, dtype=np.int64)
    sums = np.empty(groups)
    seen = np.empty(groups, dtype=np.bool_)
    for r in range(len(picks)):
        copy_into(chosen[: fixed + 1], np.arange(fixed + 1))
        for i in range(size):
            chosen[fixed + 1 + i] = picks[r, i] + fixed + 2
        chosen[width] = fixed + 1
        n = ZERO
        for row in range(total):
            whole = True
            for i in range(width + 1):
                whole = whole and present[chosen[i], row]
            rows[n] = row
            n += whole
        for i in range(width + 1):
            for k in range(n):
                data[i, k] = columns[chosen[i], rows[k]]
        out[:, r] = np.nan
        if n > width + 1:
            _one_fit(data, n, width, fixed, rows, clusters, sums, seen, out[:, r])


@kernel
def _one_fit(  # noqa: PLR0917 - kernels take arrays by position
    data: Floats,
    n: int,
    width: int,
    focus: int,
    rows: Integers,
    clusters: Integers,
    sums: Floats,
    seen: NDArray[np.bool_],
    out: Floats,
) -> None:
    """Solve the normal equations and sum the scores of the focus coefficient by cluster."""
    gram, scale = np.empty((width + 1, width + 1)), np.empty(width + 1)
    for i in range(width + 1):
        for j in range(i + 1):
            gram[i, j] = np.dot(data[i, :n], data[j, :n])
            gram[j, i] = gram[i, j]
        scale[i] = np.sqrt(gram[i, i])
        if i < width and scale[i] == 0:
            return
    cross = np.empty((width, width))
    for i in range(width):
        for j in range(width):
            cross[i, j] = gram[i, j] / (scale[i] * scale[j])
    lower = np.zeros((width, width))
    if not _factor(cross, lower):
        return
    unit = np.zeros(width)
    unit[focus] = 1.0
    pick = _solve(lower, unit) / scale[:width] / scale[focus]
    coefficients = _solve(lower, gram[:width, width] / scale[:width]) / scale[:width]
    residual, weight = data[width, :n].copy(), np.zeros(n)
    for i in range(width):
        for k in range(n):
            residual[k] -= coefficients[i] * data[i, k]
            weight[k] += pick[i] * data[i, k]
    sums[:] = 0.0
    seen[:] = False
    for k in range(n):
        sums[clusters[rows[k]]] += residual[k] * weight[k]
        seen[clusters[rows[k]]] = True
    groups = np.sum(seen)
    if groups < 2:
        return
    factor = groups / (groups - 1) * (n - 1) / (n - width)
    out[0] = coefficients[focus]
    out[1] = np.sqrt(np.dot(sums, sums) * factor)
    out[2] = -0.5 * n * np.log(max(np.dot(residual, residual), 1e-300) / n)


@kernel
def _factor(matrix: Floats, lower: Floats) -> bool:
    """Fill in the Cholesky factor of a correlation matrix; false if columns are collinear."""
    for i in range(len(matrix)):
        for j in range(i + 1):
            value = matrix[i, j] - np.dot(lower[i, :j], lower[j, :j])
            if i != j:
                lower[i, j] = value / lower[j, j]
            elif value <= COLLINEAR:
                return False
            else:
                lower[i, i] = np.sqrt(value)
    return True


@kernel
def _solve(lower: Floats, right: Floats) -> Floats:
    """Solve a symmetric system by its Cholesky factor."""
    width = len(right)
    found = right.copy()
    for i in range(width):
        found[i] = (found[i] - np.dot(lower[i, :i], found[:i])) / lower[i, i]
    for i in range(width - 1, -1, -1):
        for j in range(i + 1, width):
            found[i] -= lower[j, i] * found[j]
        found[i] /= lower[i, i]
    return found
