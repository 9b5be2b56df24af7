"""How well any core could fit: upper bounds on the correlation with the ideal picture.

With the ideal ``"star"`` the correlation of a core of given size grows with the ties that touch the core, so branch and
bound over the ties left untouched, and the eigenvalues of the ties, settle or bound each size. With ``"missing"`` the
ties in the core and those in the periphery are linked through the degrees of the core: inside = outside + degrees -
all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import kernel
from ctresearch.networks.structure.core_fit import fit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.networks.structure.search_limit import SearchLimit

_ROUNDING, _HALVINGS = 1e-10, 60
_EFFORT, _FIRST_EFFORT = 20_000, 100
_SPECTRUM, _A_SECOND = 2e-9, 2e7  # seconds for n cubed, and steps of the bound a second, on a slow machine


def highest_star_fit(
    ties: NDArray[np.float64], best: float, effort: int | None, limit: SearchLimit | None = None
) -> float:
    """Bound the correlation with the ideal ``"star"`` over all cores.

    Parameters
    ----------
    ties : numpy.ndarray
        Pair sums and their squares, as in :func:`ctresearch.networks.structure.core_fit.climb`.
    best : float
        Correlation that was reached.
    effort : int, optional
        Most branches for each size; by default more and more of them, until the time is over.
    limit : SearchLimit, optional
        The clock; sizes that there is no time for are bounded by degrees.

    Returns
    -------
    float
        ``best`` if no core can be better, else a bound above it; at most 1.

    Examples
    --------
    >>> star = np.zeros((2, 4, 4))
    >>> star[:, 0, 1:] = star[:, 1:, 0] = 2.0
    >>> highest_star_fit(star, 1.0, 100)
    1.0
    """
    if limit is None:
        from ctresearch.networks.structure.search_limit import SearchLimit

        limit = SearchLimit("bound", effort=effort or _EFFORT)
    n, sums = ties.shape[1], (float(ties[0].sum() / 2), float(ties[1].sum() / 2))
    strength = ties[0].sum(axis=1)
    order = np.argsort(-strength, kind="stable")
    least = np.maximum(sums[0] - np.concatenate([[0.0], np.cumsum(strength[order])[:-1]]), 0.0)
    if n**3 * _SPECTRUM < limit.left:
        least = np.maximum(least, untouched_by_spectrum(ties[0]))
    enough = {size: _enough(n, size, sums, best) for size in range(1, n - 1)}
    unsettled = [size for size in enough if least[size] < enough[size]]
    budget = effort or _FIRST_EFFORT
    while unsettled and not limit.over:
        unsettled = _settle(ties[0], order, least, enough, unsettled, budget, limit)
        if effort is not None:
            break
        budget *= 10
    left = [size for size in enough if least[size] < enough[size]]
    return min(max([best, *(_star(n, size, sums, float(least[size])) for size in left)]), 1.0)


def _settle(  # noqa: PLR0917 - the pieces of one bound
    ties: NDArray[np.float64],
    order: NDArray[np.int64],
    least: NDArray[np.float64],
    enough: dict[int, float],
    sizes: list[int],
    budget: int,
    limit: SearchLimit,
) -> list[int]:
    """Raise what each size leaves untouched at least, in place; return the sizes that more branches could settle."""
    still: list[int] = []
    for size in sizes:
        if limit.reached(0):
            return [*still, size]
        before, most = least[size], budget
        if np.isfinite(limit.left):  # a call of the kernel does not look at the clock
            most = max(1, min(budget, int(limit.left * _A_SECOND / (len(order) * size))))
        least[size] = max(least_untouched(ties, order, size, enough[size], most), before)
        if before < least[size] < enough[size] or (most < budget and least[size] < enough[size]):
            still.append(size)
    return still


def _enough(n: int, size: int, sums: tuple[float, float], best: float) -> float:
    """Give how many untouched ties are so many that a core of some size fits no better than the best; 0 if any are."""
    none, every = _star(n, size, sums, 0.0), _star(n, size, sums, sums[0])
    if none <= best:
        return -np.inf
    # the fit falls in a straight line with the untouched ties: this many, and it is the best so far
    return sums[0] * (none - best) / (none - every) - _ROUNDING * max(1.0, sums[0])


def untouched_by_spectrum(ties: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bound the ties that touch no member of any core, for each size, from the eigenvalues of the ties.

    The indicator of the periphery is its mean and a part orthogonal to it, of known length. The least of the quadratic
    form over all parts of that length is bounded by its Lagrangian dual, which holds at every multiplier, found or not
    [1]_.

    Parameters
    ----------
    ties : numpy.ndarray
        Sum of the ties of each pair, shape (actors, actors).

    Returns
    -------
    numpy.ndarray
        A lower bound for cores of 0, 1, ... members, shape (actors,).

    References
    ----------
    .. [1] Gander, W., Golub, G. H. and von Matt, U. (1989). A constrained eigenvalue problem. Linear Algebra and its
       Applications 114-115, 815-839. https://doi.org/10.1016/0024-3795(89)90494-1

    Examples
    --------
    >>> ring = np.roll(np.eye(6), 1, axis=1) + np.roll(np.eye(6), -1, axis=1)
    >>> untouched_by_spectrum(ring)[:4].round(2).tolist()  # at best 6, 4, 2 and 0 are left
    [6.0, 3.33, 1.33, 0.0]
    """
    n, strength = len(ties), ties.sum(axis=1)
    aside = np.eye(n) - 1 / n
    values, vectors = np.linalg.eigh(aside @ ties @ aside + np.full((n, n), (np.abs(strength).max() + 1.0) / n))
    along = vectors.T @ (strength - strength.mean())
    outside = n - np.arange(n, dtype=float)
    length, slope = outside - outside**2 / n, (outside / n)[:, None] * along
    far = np.sqrt((slope**2).sum(axis=1) / np.maximum(length, _ROUNDING)) + 1.0
    low, high = np.full(n, _ROUNDING), far  # how far the multiplier lies below the least eigenvalue
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        longer = (slope**2 / (values - values[0] + middle[:, None]) ** 2).sum(axis=1) > length
        low, high = np.where(longer, middle, low), np.where(longer, high, middle)
    dual = (values[0] - high) * length - (slope**2 / (values - values[0] + high[:, None])).sum(axis=1)
    bound = ((outside / n) ** 2 * strength.sum() + dual) / 2
    return np.asarray(np.maximum(bound - _ROUNDING * max(1.0, float(strength.sum())), 0.0))


@kernel
def least_untouched(
    ties: NDArray[np.float64], order: NDArray[np.int64], size: int, enough: float, effort: int
) -> float:
    """Bound the ties that touch no member of any core of a size, by branch and bound.

    A further member takes at most its open ties away; of these, those with other new members count half.

    Parameters
    ----------
    ties : numpy.ndarray
        Sum of the ties of each pair, shape (actors, actors).
    order : numpy.ndarray
        Actors, those with most ties first, shape (actors,).
    size : int
        Members of the core.
    enough : float
        Stop to look where no fewer than this can be left.
    effort : int
        Most branches to open.

    Returns
    -------
    float
        ``enough``, if every core leaves that much; else the least that one leaves, or could.

    Examples
    --------
    >>> ring = np.roll(np.eye(6), 1, axis=1) + np.roll(np.eye(6), -1, axis=1)
    >>> [least_untouched(ring, np.arange(6), size, 9.0, 1000) for size in (1, 2, 3)]
    [4.0, 2.0, 0.0]
    """
    n, largest = len(order), ties.max()
    place, now = np.full(size, -1), np.zeros(size)
    gain, bound = np.zeros((size, n)), np.zeros((size, n))
    for actor in range(n):
        gain[0, actor] = ties[actor].sum()
    now[0] = gain[0].sum() / 2
    lowest, left_open, opened, depth = enough, np.inf, 0, 0
    _bound_each(gain[0], now[0], order, 0, size, largest * (n - size), bound[0])
    while depth >= 0:
        place[depth] += 1
        here, left = place[depth], size - depth
        if here + left > n:
            depth -= 1
            continue
        if bound[depth, here] >= lowest:
            continue
        if left == 1:
            lowest = bound[depth, here]
            continue
        if opened >= effort:
            left_open = min(left_open, bound[depth, here])
            continue
        opened += 1
        actor = order[here]
        gain[depth + 1] = gain[depth] - ties[actor]
        gain[depth + 1, actor] = 0.0
        now[depth + 1] = now[depth] - gain[depth, actor]
        depth += 1
        place[depth] = here
        _bound_each(gain[depth], now[depth], order, here + 1, left - 1, largest * (n - size), bound[depth])
    return min(lowest, left_open)


@kernel
def _bound_each(  # noqa: PLR0917 - a kernel's work arrays
    gain: NDArray[np.float64],
    now: float,
    order: NDArray[np.int64],
    first: int,
    left: int,
    outside: float,
    bound: NDArray[np.float64],
) -> None:
    """Bound, for each next member, what is left untouched once it and the ``left`` - 1 best behind it joined."""
    top = np.zeros(left)  # the largest gains behind, falling; the last is a place to sort into
    total = 0.0
    for p in range(len(order) - 1, first - 1, -1):
        g = gain[order[p]]
        helps = g - max(0.0, g - outside) / 2  # no more than this goes to those who stay outside; the rest is shared
        bound[p] = now - helps - total
        if left == 1:
            continue
        if helps > top[left - 2]:
            total += helps - top[left - 2]
            k = left - 2
            while k > 0 and top[k - 1] < helps:
                top[k] = top[k - 1]
                k -= 1
            top[k] = helps


def highest_fit(ties: NDArray[np.float64], best: float, *, binary: bool, limit: SearchLimit | None = None) -> float:
    """Bound the correlation with the ideal ``"missing"`` over all cores from the degrees.

    Parameters
    ----------
    ties, best
        As in :func:`highest_star_fit`.
    binary : bool
        Whether every tie counts 1; nothing below 1 is known otherwise.
    limit : SearchLimit, optional
        The clock; with sizes that there is no time for nothing below 1 is known.

    Returns
    -------
    float
        The bound, at least ``best``.

    Examples
    --------
    >>> ring = np.zeros((2, 6, 6))
    >>> for i in range(6):
    ...     ring[:, i, (i + 1) % 6] = ring[:, (i + 1) % 6, i] = 2.0
    >>> 0.3 <= highest_fit(ring, 0.3, binary=True) < 1.0
    True
    """
    if not binary:
        return 1.0
    n = ties.shape[1]
    strength = np.sort(ties[0].sum(axis=1))[::-1]
    total, top = float(strength.sum() / 2), np.cumsum(strength)
    highest = best
    for size in range(2, n - 1):
        if limit is not None and limit.reached(0):
            return 1.0
        most = min(size * (size - 1.0), float(np.minimum(strength[:size], 2.0 * (size - 1)).sum() / 2))
        highest = max(highest, _best_inside(n, size, total, float(top[size - 1]), most))
    return min(highest, 1.0)


@kernel
def _best_inside(n: int, size: int, total: float, degrees: float, most: float) -> float:
    """Take the best fit over all numbers of ties in the periphery, with as many in the core as degrees allow."""
    best, sums, outside = -2.0, np.zeros(6), max(0.0, total - degrees)
    while outside < total + 1.0:
        inside = min(most, outside + degrees - total)
        sums[0] = sums[3] = inside
        sums[1] = sums[4] = outside
        sums[2] = sums[5] = total
        best = max(best, fit(n, size, False, sums))
        outside += 1.0
    return best


def _star(n: int, size: int, sums: tuple[float, float], untouched: float) -> float:
    """Correlate with the ideal ``"star"``, given the ties that a core of some size leaves untouched."""
    total, squares = sums
    return float(fit(n, size, True, np.array([0.0, untouched, total, 0.0, 0.0, squares])))
