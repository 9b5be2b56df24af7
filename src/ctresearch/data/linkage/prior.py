"""How many of all pairs of two lists are one person, and the odds that a given pair is.

The likelihood ratios say how much evidence a pair brings; before it comes the share of pairs that match. That share is
found by the EM step for it alone, list by list: the mean of the match probabilities over all pairs of the two lists,
which the share itself moves.

Where nobody stands on a list twice, a record that has found its match is out of the game. With ``m`` matches between
lists of ``a`` and ``b`` records, ``(a - m) (b - m)`` pairs are left among which the next match may be, not ``a b``: the
odds before the evidence are ``m / ((a - m) (b - m))``, as in a beta prior for matchings [1]_. Between lists that share
half of their people these are four times the odds of a pair taken blindly.

References
----------
.. [1] Sadinle, M. (2017). Bayesian estimation of bipartite matchings for record linkage. Journal of the American
   Statistical Association 112(518), 600-612. https://doi.org/10.1080/01621459.2016.1148612
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit, logit

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROUNDS, _TOLERANCE = 500, 1e-10
# Where every record has its match nobody is free, and the odds would be infinite: half a record is left.
_FEWEST_FREE = 0.5


@dataclass(frozen=True, slots=True)
class Odds:
    """Log-odds of every scored pair, ``log_odds`` (pairs,), and the share of pairs that match, by pair of lists."""

    log_odds: NDArray[np.float64]
    shares: dict[tuple[int, int], float]


def match_odds(
    log_ratio: NDArray[np.float64],
    left: NDArray[Any],
    right: NDArray[Any],
    sizes: list[int],
    *,
    met: float,
    one_per_list: bool = True,
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

    one_per_list : bool
        Whether a person has at most one record on a list.

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
            before = prior_log_odds(shares[i, j], sizes[i], sizes[j], one_per_list=one_per_list)
            log_odds[rows] = log_ratio[rows] + (before if shares[i, j] else 0.0)
    return Odds(log_odds, shares)


def prior_log_odds(share: Any, one: Any, other: Any, *, one_per_list: bool) -> Any:
    """Return the log-odds of a pair before its evidence is heard.

    Parameters
    ----------
    share : float or numpy.ndarray
        Share of all pairs of the two lists that match.
    one, other : int or numpy.ndarray
        Records on the two lists.
    one_per_list : bool
        Whether a person has at most one record on a list; then the two records are those without a match so far.

    Returns
    -------
    float or numpy.ndarray
        Log-odds; at least half a record of each list is taken to be without a match.

    Examples
    --------
    Lists of 10 that share 5 people: a match more is one among 25 pairs, where blindly it is one among 20.

    >>> [round(float(np.exp(prior_log_odds(0.05, 10, 10, one_per_list=alone))), 3) for alone in (True, False)]
    [0.2, 0.053]
    """
    if not one_per_list:
        return logit(share)
    matches = share * one * other
    free = np.maximum(one - matches, _FEWEST_FREE) * np.maximum(other - matches, _FEWEST_FREE)
    return np.log(matches / free)


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
