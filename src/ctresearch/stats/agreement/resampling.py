"""Limits of a coefficient of agreement: linearised, by leaving units out, and by drawing units anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import SpecificationError
from ctresearch.core.random import generator
from ctresearch.stats.agreement.coefficients import influences

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.core.random import Seed
    from ctresearch.stats.agreement.coefficients import Ready

    Floats = NDArray[np.float64]

_CELLS = 4_000_000  # weights held at once, 32 MB
MOST_LEFT_OUT = 20_000  # distinct units, each left out once: some seconds


def linear_error(ready: Ready, *, unbiased: bool = True) -> float:
    """Return the standard error by linearisation.

    Parameters
    ----------
    ready : Ready
        Units and coefficient.
    unbiased : bool
        Divide by one unit less, as Gwet does; Fleiss, Cohen and Everitt divide by all.

    Returns
    -------
    float
        The standard error.

    References
    ----------
    .. [1] Fleiss, J. L., Cohen, J. and Everitt, B. S. (1969). Large sample standard errors of kappa and weighted kappa.
       Psychological Bulletin 72, 323-327. https://doi.org/10.1037/h0028106

    Examples
    --------
    >>> from ctresearch.stats.agreement.coded_units import join_units
    >>> from ctresearch.stats.agreement.coefficients import Ready
    >>> from ctresearch.stats.agreement.weights import IdentityWeights
    >>> units = join_units(np.array([[0, 0], [1, 1], [0, 1], [1, 1]]), 2)
    >>> round(linear_error(Ready(units, "fleiss", IdentityWeights())), 3)
    0.527
    """
    values, times = influences(ready), ready.units.times
    n = times.sum()
    spread = float(times @ (values - times @ values / n) ** 2)
    return float(np.sqrt(spread / (n * (n - 1 if unbiased else n))))


def jackknife_error(ready: Ready) -> float:
    """Return the standard error by leaving out one unit at a time.

    Parameters
    ----------
    ready : Ready
        Units and coefficient.

    Returns
    -------
    float
        NaN where the coefficient does not exist without one of the units.

    Raises
    ------
    SpecificationError
        If there are more distinct units than can be left out in seconds.

    Examples
    --------
    >>> from ctresearch.stats.agreement.coded_units import join_units
    >>> from ctresearch.stats.agreement.coefficients import Ready
    >>> from ctresearch.stats.agreement.weights import IdentityWeights
    >>> units = join_units(np.array([[0, 0], [1, 1], [0, 1], [1, 1]]), 2)
    >>> round(jackknife_error(Ready(units, "fleiss", IdentityWeights())), 3)
    0.737
    """
    times = ready.units.times
    if len(times) > MOST_LEFT_OUT:
        raise SpecificationError(
            f"interval == 'jackknife' with {len(times):,} different units, must be at most {MOST_LEFT_OUT:,}: take "
            "interval='analytic' or 'bootstrap'"
        )
    rows = max(1, _CELLS // len(times))
    found = []
    for start in range(0, len(times), rows):
        stop = min(start + rows, len(times))
        left = np.repeat(times[None, :], stop - start, axis=0)
        left[np.arange(stop - start), np.arange(start, stop)] -= 1
        found.append(ready.agreement(left).estimate)
    values, n = np.concatenate(found), times.sum()
    return float(np.sqrt((n - 1) / n * (times @ (values - times @ values / n) ** 2)))


def bootstrap_draws(ready: Ready, draws: int, seed: Seed) -> Floats:
    """Draw units anew and estimate from each sample.

    Parameters
    ----------
    ready : Ready
        Units and coefficient.
    draws : int
        Number of samples.
    seed : int or numpy.random.SeedSequence
        Where the stream starts.

    Returns
    -------
    numpy.ndarray
        Shape (draws,), NaN where a sample has no estimate.

    Examples
    --------
    >>> from ctresearch.stats.agreement.coded_units import join_units
    >>> from ctresearch.stats.agreement.coefficients import Ready
    >>> from ctresearch.stats.agreement.weights import IdentityWeights
    >>> units = join_units(np.array([[0, 0], [1, 1], [0, 1], [1, 1]] * 20), 2)
    >>> bootstrap_draws(Ready(units, "fleiss", IdentityWeights()), 500, 1).std().round(2)
    np.float64(0.1)
    """
    rng, times, units = generator(seed), ready.units.times, ready.units.units
    rows = max(1, min(draws, _CELLS // len(times)))
    found = []
    for start in range(0, draws, rows):
        size = min(rows, draws - start)
        if len(times) * 4 < units:
            drawn = rng.multinomial(units, times / units, size=size).astype(np.float64)
        else:
            picked = (ready.units.pattern[rng.integers(0, units, units)] for _ in range(size))
            drawn = np.array([np.bincount(one, minlength=len(times)) for one in picked], dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append(ready.agreement(drawn).estimate)
    return np.concatenate(found)
