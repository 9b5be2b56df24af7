"""Have the chains mixed, and how much do their draws tell? Diagnostics of Markov chain Monte Carlo.

Every function takes the draws of one quantity, chains by draws. Chains are split in halves, so that a drift within a
chain shows as well as a difference between chains, and draws are replaced by normal scores of their ranks, so that
heavy tails do not hide either. Draws that are constant or not finite say nothing: the answer is ``NaN``, never a
good mark.

References
----------
.. [1] Vehtari, A., Gelman, A., Simpson, D., Carpenter, B. and Bürkner, P.-C. (2021). Rank-normalization, folding, and
   localization: an improved R-hat for assessing convergence of MCMC. Bayesian Analysis 16, 667-718.
   https://doi.org/10.1214/20-BA1221
.. [2] Geyer, C. J. (1992). Practical Markov chain Monte Carlo. Statistical Science 7, 473-483.
   https://doi.org/10.1214/ss/1177011137
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft
from scipy.special import ndtri

from ctresearch.core.errors import DataError

Floats = NDArray[np.float64]
MIN_DRAWS = 4  # halves of two draws are the shortest that have a variance
_TAILS = (0.05, 0.95)
_LAST_LAGS = 5


def rhat(draws: ArrayLike) -> float:
    """Compare the chains: the potential scale reduction of split, rank-normalised draws.

    Parameters
    ----------
    draws : array_like
        Draws of one quantity, shape (chains, draws), at least 4 a chain.

    Returns
    -------
    float
        The larger of the values for location and for spread; 1 when chains agree, and Vehtari et al. ask for less
        than 1.01. ``NaN`` where draws are constant or not finite.

    Raises
    ------
    DataError
        If the draws have not that shape.

    References
    ----------
    .. [1] Vehtari, A., Gelman, A., Simpson, D., Carpenter, B. and Bürkner, P.-C. (2021). Rank-normalization, folding,
       and localization: an improved R-hat for assessing convergence of MCMC. Bayesian Analysis 16, 667-718.
       https://doi.org/10.1214/20-BA1221

    Examples
    --------
    >>> chains = np.random.default_rng(1).normal(size=(4, 1000))
    >>> rhat(chains) < 1.01, rhat(chains + [[0], [0], [0], [1]]) < 1.01
    (True, False)
    """
    split = _split(_chains(draws))
    if not _varies(split):
        return float("nan")
    folded = np.abs(split - np.median(split))
    location = _reduction(_normal_scores(split))
    return max(location, _reduction(_normal_scores(folded))) if _varies(folded) else location


def ess_bulk(draws: ArrayLike) -> float:
    """Count the independent draws that would place the centre of the distribution as well.

    Parameters
    ----------
    draws : array_like
        Draws of one quantity, shape (chains, draws), at least 4 a chain.

    Returns
    -------
    float
        Effective sample size of the normal scores; Vehtari et al. ask for 400 with four chains. ``NaN`` where draws
        are constant or not finite.

    Raises
    ------
    DataError
        If the draws have not that shape.

    References
    ----------
    .. [1] Vehtari, A., Gelman, A., Simpson, D., Carpenter, B. and Bürkner, P.-C. (2021). Rank-normalization, folding,
       and localization: an improved R-hat for assessing convergence of MCMC. Bayesian Analysis 16, 667-718.
       https://doi.org/10.1214/20-BA1221

    Examples
    --------
    >>> chains = np.random.default_rng(1).normal(size=(4, 1000))
    >>> ess_bulk(chains) > 3000, ess_bulk(chains.cumsum(axis=1)) < 40
    (True, True)
    """
    split = _split(_chains(draws))
    return _effective(_normal_scores(split)) if _varies(split) else float("nan")


def ess_tail(draws: ArrayLike) -> float:
    """Count the independent draws that would place the 5 % and 95 % quantiles as well.

    Parameters
    ----------
    draws : array_like
        Draws of one quantity, shape (chains, draws), at least 4 a chain.

    Returns
    -------
    float
        The smaller effective sample size of the two, that of the 5 % quantile alone where over a twentieth of the
        draws share the largest value; ``NaN`` where draws are constant or not finite, or nearly all are the largest.

    Raises
    ------
    DataError
        If the draws have not that shape.

    References
    ----------
    .. [1] Vehtari, A., Gelman, A., Simpson, D., Carpenter, B. and Bürkner, P.-C. (2021). Rank-normalization, folding,
       and localization: an improved R-hat for assessing convergence of MCMC. Bayesian Analysis 16, 667-718.
       https://doi.org/10.1214/20-BA1221

    Examples
    --------
    >>> ess_tail(np.random.default_rng(1).normal(size=(4, 1000))) > 2500
    True
    """
    values = _chains(draws)
    if not _varies(values):
        return float("nan")
    below = [_split((values <= np.quantile(values, tail)).astype(np.float64)) for tail in _TAILS]
    # a quantile that all draws are below is a fact of a discrete quantity, and tells nothing of the chains
    return min((_effective(one) for one in below if _varies(one)), default=float("nan"))


def mcse_mean(draws: ArrayLike) -> float:
    """Return the Monte Carlo standard error of the mean of the draws.

    Parameters
    ----------
    draws : array_like
        Draws of one quantity, shape (chains, draws), at least 4 a chain.

    Returns
    -------
    float
        Standard deviation over the root of the effective sample size of the draws themselves, in their unit.
        ``NaN`` where draws are constant or not finite.

    Raises
    ------
    DataError
        If the draws have not that shape.

    References
    ----------
    .. [1] Vehtari, A., Gelman, A., Simpson, D., Carpenter, B. and Bürkner, P.-C. (2021). Rank-normalization, folding,
       and localization: an improved R-hat for assessing convergence of MCMC. Bayesian Analysis 16, 667-718.
       https://doi.org/10.1214/20-BA1221

    Examples
    --------
    >>> 0.014 < mcse_mean(np.random.default_rng(1).normal(size=(4, 1000))) < 0.018
    True
    """
    values = _chains(draws)
    return float(np.std(values, ddof=1) / np.sqrt(_effective(_split(values)))) if _varies(values) else float("nan")


def _chains(draws: ArrayLike) -> Floats:
    """Return draws as an array of chains by draws."""
    try:
        values: Any = np.asarray(draws, dtype=np.float64)
    except (TypeError, ValueError):  # the cause would repeat the cell that is no number
        raise DataError(
            f"draws are a {type(draws).__name__} with cells that are no numbers, must be an array of numbers (chains, "
            "draws)"
        ) from None
    if values.ndim != 2 or values.shape[0] < 1 or values.shape[1] < MIN_DRAWS:
        raise DataError(
            f"draws have the shape {values.shape}, must be (chains, draws) with at least {MIN_DRAWS} draws a chain"
        )
    chains: Floats = values
    return chains


def _split(chains: Floats) -> Floats:
    """Cut every chain in halves, the middle draw of an odd number left out; shape (2 * chains, draws // 2)."""
    half = chains.shape[1] // 2
    return np.concatenate([chains[:, :half], chains[:, -half:]])


def _varies(values: Floats) -> bool:
    """Say whether draws are finite and not all the same."""
    return bool(np.isfinite(values).all() and np.ptp(values) > 0)


def _normal_scores(values: Floats) -> Floats:
    """Replace values by normal quantiles of their ranks among all, ties at their mean rank, with Blom's offsets."""
    # Ranks by hand: scipy.stats takes half a second to import. A mean rank is a whole or a half, so exact either way.
    _, place, ties = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(ties) - (ties - 1) / 2)[place].reshape(values.shape)
    scores: Floats = ndtri((ranks - 0.375) / (values.size + 0.25))
    return scores


def _reduction(chains: Floats) -> float:
    """Return the root of the pooled over the within-chain variance."""
    length = chains.shape[1]
    within = float(chains.var(axis=1, ddof=1).mean())
    between = float(chains.mean(axis=1).var(ddof=1))
    if within == 0:
        return float("inf")
    return float(np.sqrt((length - 1) / length + between / within))


def _effective(chains: Floats) -> float:
    """Return the effective sample size by Geyer's initial monotone sequence, at most draws times their log10."""
    count, length = chains.shape
    covariance = _autocovariance(chains)
    within = float(covariance[:, 0].mean()) * length / (length - 1)
    pooled = within * (length - 1) / length + float(chains.mean(axis=1).var(ddof=1))
    correlation = 1 - (within - covariance.mean(axis=0)) / pooled
    correlation[0] = 1.0
    time = _integrated_time(correlation)
    total = count * length
    return float(total / max(time, 1 / np.log10(total)))


def _autocovariance(chains: Floats) -> Floats:
    """Return the biased autocovariance of every chain at all lags, by the fast Fourier transform."""
    length = chains.shape[1]
    size = fft.next_fast_len(2 * length)
    spectrum = fft.rfft(chains - chains.mean(axis=1, keepdims=True), n=size, axis=1)
    covariance: Floats = fft.irfft(np.abs(spectrum) ** 2, n=size, axis=1)[:, :length] / length
    return covariance


def _integrated_time(correlation: Floats) -> float:
    """Sum autocorrelations by pairs for as long as the sums are positive, each sum at most the one before.

    The last five lags, which few products of draws bear, are left out.
    """
    even = correlation.size // 2 * 2
    pairs = correlation[0:even:2] + correlation[1:even:2]
    negative = np.flatnonzero(pairs <= 0)
    longest = max((correlation.size - _LAST_LAGS + 1) // 2, 1)
    stop = min(int(negative[0]), longest) if negative.size else longest
    kept = np.minimum.accumulate(pairs[:stop])
    tail = max(float(correlation[2 * stop]), 0.0) if 2 * stop < correlation.size else 0.0
    return float(-1.0 + 2.0 * kept.sum() + tail)
