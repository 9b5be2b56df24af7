"""How many of all pairs of two lists are one person, and the odds that a given pair is.

The likelihood ratios say how much evidence a pair brings; before it comes the share of pairs that match. That share is
found by the EM step for it alone, list by list: the mean of the match probabilities over all pairs of the two lists,
which the share itself moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit, logit

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROUNDS, _TOLERANCE = 500, 1e-10


@dataclass(frozen=True, slots=True)
class Odds:
    """Log-odds of every scored pair, ``log_odds`` (pairs,), and the share of pairs that match, by pair of lists."""

    log_odds: NDArray[np.float64]
    shares: dict[tuple[int, int], float]


def match_odds(
    log_ratio: NDArray[np.float64], left: NDArray[Any], right: NDArray[Any], sizes: list[int], *, met: float
) -> Odds:
    """Find the share of matching pairs for each two lists, and the odds of each pair.

    Parameters
    ----------
    log_ratio : numpy.ndarray
        Log-likelihood ratios, shape (pairs,).
    left, right : numpy.ndarray
        Lists of the two records, shape (pairs,).
    sizes : list of int
        Number of records on each list.
    met : float
        Share of matches that a block lets meet; the rest is added to the share of matching pairs.

    Returns
    -------
    Odds
        The odds; a pair of lists without scored pairs has share 0.

    Examples
    --------
    One overwhelming pair and one hopeless one among 100 pairs: a share of one in a hundred.

    >>> got = match_odds(np.array([30.0, -30.0]), np.array([0, 0]), np.array([1, 1]), [10, 10], met=1.0)
    >>> round(got.shares[0, 1], 4), (got.log_odds > 0).tolist()
    (0.01, [True, False])
    """
    log_odds, shares = np.empty(len(log_ratio)), {}
    for i in range(len(sizes)):
        for j in range(i + 1, len(sizes)):
            rows = ((left == i) & (right == j)) | ((left == j) & (right == i))
            shares[i, j] = _share(log_ratio[rows], sizes[i] * sizes[j], met)
            log_odds[rows] = log_ratio[rows] + (logit(shares[i, j]) if shares[i, j] else 0.0)
    return Odds(log_odds, shares)


def _share(log_ratio: NDArray[np.float64], pairs: int, met: float) -> float:
    """Iterate the share of matching pairs to its fixed point."""
    if not len(log_ratio):
        return 0.0
    share: float = 1 / float(np.sqrt(pairs))
    for _ in range(_ROUNDS):
        before, share = share, float(np.clip(expit(log_ratio + logit(share)).sum() / (met * pairs), 1e-12, 0.5))
        if abs(share - before) < _TOLERANCE * share:
            break
    return share
