"""The size of a population from how many people samples of given sizes, drawn at random, have in common."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[Any]


class Overlap(NamedTuple):
    """By draw, of shape (draws,): people in ``common`` over all pairs, the ``estimate`` and its ``variance``."""

    common: Array
    estimate: Array
    variance: Array


def common_people(person: Sequence[Array], initial: Sequence[Array]) -> dict[tuple[int, int], Array]:
    """Count, for each pair of samples, people of both that were met at random in both.

    Parameters
    ----------
    person : sequence of numpy.ndarray
        People of each sample, by number, shape (n,).
    initial : sequence of numpy.ndarray
        Who of them was met at random, shape (draws, n).

    Returns
    -------
    dict of tuple of int to numpy.ndarray
        Counts of each pair, shape (draws,).

    Examples
    --------
    >>> both = [np.array([3, 7]), np.array([7, 8])], [np.array([[True, True]]), np.array([[True, False]])]
    >>> common_people(*both)[0, 1].tolist()
    [1]
    """
    found = {}
    for j, k in combinations(range(len(person)), 2):
        _, left, right = np.intersect1d(person[j], person[k], assume_unique=True, return_indices=True)
        found[j, k] = (initial[j][:, left] & initial[k][:, right]).sum(axis=1)
    return found


def overlap_estimate(sizes: Sequence[int], common: dict[tuple[int, int], Array]) -> Overlap:
    """Estimate the size from samples drawn at random.

    Of two samples this is Chapman's estimator with Seber's variance, both without bias; of more, the sums over pairs
    take the place of the counts, since what two pairs have in common is not correlated.

    Parameters
    ----------
    sizes : sequence of int
        People of each sample.
    common : dict of tuple of int to numpy.ndarray
        People in both of each pair, shape (draws,).

    Returns
    -------
    Overlap
        The estimates.

    References
    ----------
    .. [1] Chapman, D. G. (1951). Some properties of the hypergeometric distribution with applications to zoological
       sample censuses. University of California Publications in Statistics 1, 131-160.
    .. [2] Seber, G. A. F. (1970). The effects of trap response on tag recapture estimates. Biometrics 26, 13-22.

    Examples
    --------
    >>> found = overlap_estimate([49, 39], {(0, 1): np.array([9])})
    >>> found.estimate.tolist(), found.variance.round(1).tolist()
    ([199.0], [2181.8])
    """
    pairs = list(common)
    counts = np.stack([common[pair] for pair in pairs]).astype(np.float64)
    one, other = (np.array([sizes[pair[side]] for pair in pairs], dtype=np.float64)[:, None] for side in (0, 1))
    total = counts.sum(axis=0)
    product = float((one * other).sum() + (one + other + 1).mean())
    left = ((one - counts) * (other - counts)).sum(axis=0)
    return Overlap(
        common=total,
        estimate=product / (total + 1) - 1,
        variance=product * left / ((total + 1) ** 2 * (total + 2)),
    )
