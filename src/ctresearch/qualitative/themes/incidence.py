"""How many themes there are in all, from how many interviews each stands in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.qualitative.themes.saturation import expected_themes

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RARE = 10
"""Themes in at most so many interviews tell of those in none (Lee and Chao)."""


@dataclass(frozen=True, slots=True)
class Incidence:
    """In how many interviews each theme stands.

    Parameters
    ----------
    counts : numpy.ndarray
        Shape (themes,): above zero.
    units : int
        Interviews.

    Examples
    --------
    >>> Incidence(np.array([1, 1, 2]), 5).often(1)
    2.0
    """

    counts: NDArray[np.int64]
    units: int

    def often(self, times: int) -> float:
        """Count the themes that stand in so many interviews."""
        return float((self.counts == times).sum())

    @property
    def seen(self) -> int:
        """Themes that stand in some interview."""
        return len(self.counts)

    @property
    def by_times(self) -> Floats:
        """How many themes stand in 1, 2, ..., 10 interviews."""
        return np.array([self.often(i) for i in range(1, RARE + 1)])


def unseen_chao2(q: Floats, units: int, *, corrected: bool = False) -> float:
    """Return the least number of unseen themes by Chao (1987), for themes in 1, 2, ... interviews."""
    a = (units - 1) / units
    if corrected or q[1] <= 0:
        return float(a * q[0] * (q[0] - 1) / (2 * (q[1] + 1)))
    return float(a * q[0] ** 2 / (2 * q[1]))


def unseen_ichao2(q: Floats, units: int) -> float:
    """Return the improved bound of Chiu et al. (2014), which looks at themes in three and four interviews too."""
    fourth = q[3] if q[3] > 0 else 1.0
    t = units
    more = max(q[0] - (t - 3) / (2 * (t - 1)) * q[1] * q[2] / fourth, 0.0) if t > 3 else 0.0
    return float(unseen_chao2(q, units) + max(t - 3, 0) / (4 * t) * q[2] / fourth * more)


def unseen_ice(q: Floats, units: int, *, again: bool = False) -> float:
    """Return unseen themes by coverage of the rare ones, with how much they differ (Lee and Chao 1994)."""
    i = np.arange(1, RARE + 1)
    n, rare = float(i @ q), float(q.sum())
    if n <= 0 or q[0] >= n:
        return np.nan
    first = (units - 1) * q[0]
    covered = 1 - q[0] / n * (first / (first + 2 * q[1]) if q[0] > 0 else 0.0)
    if covered <= 0 or n <= 1:
        return np.nan
    pairs = float((i * (i - 1)) @ q) / (n * (n - 1)) * units / (units - 1)
    spread = max(rare / covered * pairs - 1, 0.0)
    if again:
        spread = max(spread * (1 + q[0] / covered * pairs), 0.0)
    return float(rare / covered + q[0] / covered * spread - rare)


def unseen_jackknife(q: Floats, units: int, *, order: int = 1) -> float:
    """Return unseen themes by the jackknife of first or second order (Burnham and Overton 1978)."""
    t = units
    if order == 1:
        return float(q[0] * (t - 1) / t)
    return float(q[0] * (2 * t - 3) / t - q[1] * (t - 2) ** 2 / (t * (t - 1)))


ESTIMATORS: dict[str, Callable[[Floats, int], float]] = {
    "chao2": unseen_chao2,
    "chao2-corrected": lambda q, t: unseen_chao2(q, t, corrected=True),
    "ichao2": unseen_ichao2,
    "ice": unseen_ice,
    "ice-1": lambda q, t: unseen_ice(q, t, again=True),
    "jackknife-1": unseen_jackknife,
    "jackknife-2": lambda q, t: unseen_jackknife(q, t, order=2),
}


@dataclass(frozen=True, slots=True)
class Unseen:
    """Themes that nobody has spoken of yet.

    Parameters
    ----------
    estimate, variance : float
        Of themes in all; the variance is NaN where it does not exist.

    Examples
    --------
    >>> Unseen(12.0, 4.0).estimate
    12.0
    """

    estimate: float
    variance: float


def estimate_themes(held: Incidence, method: str) -> Unseen:
    """Estimate how many themes there are in all.

    Parameters
    ----------
    held : Incidence
        Counts of themes.
    method : str
        One of :data:`ESTIMATORS`.

    Returns
    -------
    Unseen
        Estimate and variance: Chao's own for his bounds, by linearisation for the others.

    Examples
    --------
    >>> estimate_themes(Incidence(np.array([1, 1, 1, 2, 2, 5]), 10), "chao2").estimate
    8.025
    """
    q, t = held.by_times, held.units
    estimate = held.seen + ESTIMATORS[method](q, t)
    if method == "chao2":
        return Unseen(estimate, _chao2_variance(q, t, estimate))
    if method == "chao2-corrected":
        return Unseen(estimate, _corrected_variance(q, t))
    return Unseen(estimate, _linear_variance(held, method, estimate))


def _chao2_variance(q: Floats, units: int, estimate: float) -> float:
    """Return the variance of Chao2 (Chao 1987)."""
    a = (units - 1) / units
    if q[1] > 0:
        r = q[0] / q[1]
        return float(q[1] * (a / 2 * r**2 + a**2 * r**3 + a**2 / 4 * r**4))
    return float(a * q[0] * (q[0] - 1) / 2 + a**2 * q[0] * (2 * q[0] - 1) ** 2 / 4 - a**2 * q[0] ** 4 / (4 * estimate))


def _corrected_variance(q: Floats, units: int) -> float:
    """Return the variance of the bias-corrected Chao2."""
    a, one, two = (units - 1) / units, q[0], q[1] + 1
    return float(
        a * one * (one - 1) / (2 * two)
        + a**2 * one * (2 * one - 1) ** 2 / (4 * two**2)
        + a**2 * one**2 * q[1] * (one - 1) ** 2 / (4 * two**4)
    )


def _linear_variance(held: Incidence, method: str, estimate: float) -> float:
    """Linearise in the numbers of themes by interviews, which are multinomial among all themes."""
    q, step = held.by_times, 1e-4
    slopes = []
    for i in range(RARE):
        away = np.zeros(RARE)
        away[i] = step
        up, down = (ESTIMATORS[method](q + turn * away, held.units) for turn in (1, -1))
        slopes.append(1 + (up - down) / (2 * step))
    slope = np.array(slopes)
    frequent = held.seen - q.sum()
    whole = float(slope @ q + frequent)
    found = float(slope**2 @ q + frequent - whole**2 / estimate)
    return max(found, 0.0) if np.isfinite(found) else np.nan


def log_limits(seen: float, found: Unseen, away: float) -> tuple[float, float]:
    """Return limits of themes in all, never below those seen: normal on the logarithm of the unseen (Chao 1987)."""
    unseen = found.estimate - seen
    if not unseen > 0 or not np.isfinite(found.variance):
        return np.nan, np.nan
    factor = float(np.exp(away * np.sqrt(np.log1p(found.variance / unseen**2))))
    return seen + unseen / factor, seen + unseen * factor


def coverage(held: Incidence, sizes: Floats | None = None) -> Floats:
    """Return the share of all mentions that are of themes seen, now or after other numbers of interviews.

    Parameters
    ----------
    held : Incidence
        Counts of themes.
    sizes : numpy.ndarray, optional
        Shape (sizes,): numbers of interviews; all by default.

    Returns
    -------
    numpy.ndarray
        Shape (sizes,).

    References
    ----------
    .. [1] Chao, A. and Jost, L. (2012). Coverage-based rarefaction and extrapolation: standardizing samples by
       completeness rather than size. Ecology 93, 2533-2547. https://doi.org/10.1890/11-1952.1

    Examples
    --------
    >>> coverage(Incidence(np.array([1, 2, 2, 5]), 10)).round(3).tolist()
    [0.931]
    """
    from scipy.special import gammaln

    t, f = held.units, held.counts.astype(float)
    mentions, q1, q2 = f.sum(), held.often(1), held.often(2)
    wanted = np.array([float(t)]) if sizes is None else np.asarray(sizes, dtype=float)
    if q2 > 0:
        part = (t - 1) * q1 / ((t - 1) * q1 + 2 * q2)
    else:
        part = (t - 1) * (q1 - 1) / ((t - 1) * (q1 - 1) + 2) if q1 > 1 else (1.0 if q1 == 0 else 0.0)
    found = np.empty(len(wanted))
    for i, size in enumerate(wanted):
        if size >= t:
            found[i] = 1 - q1 / mentions * part ** (size - t + 1)
            continue
        fits = t - f >= size
        room = np.where(fits, t - f - size, 0.0)
        log = gammaln(t - f + 1) - gammaln(room + 1) - gammaln(t) + gammaln(t - size)
        found[i] = 1 - float((f / mentions * np.where(fits, np.exp(log), 0.0)).sum())
    return found


def theme_curve(held: Incidence, sizes: Floats) -> Floats:
    """Return themes expected in some numbers of interviews: fewer exactly, more by extrapolation.

    Parameters
    ----------
    held : Incidence
        Counts of themes.
    sizes : numpy.ndarray
        Shape (sizes,): numbers of interviews.

    Returns
    -------
    numpy.ndarray
        Shape (sizes,).

    Examples
    --------
    >>> theme_curve(Incidence(np.array([1, 1, 2, 5]), 10), np.array([10.0, 20.0])).round(2).tolist()
    [4.0, 5.17]
    """
    t, q1 = held.units, held.often(1)
    within = expected_themes(held.counts, t, np.minimum(sizes, t))
    unseen = unseen_chao2(held.by_times, t)
    if unseen <= 0 or q1 <= 0:
        return within
    more = unseen * (1 - (1 - q1 / (t * unseen + q1)) ** np.maximum(sizes - t, 0))
    return np.asarray(within + more)


def drawn_again(held: Incidence, rng: np.random.Generator, draws: int) -> list[Incidence]:
    """Draw interviews anew from themes seen and unseen, as Chao and Jost do.

    Parameters
    ----------
    held : Incidence
        Counts of themes.
    rng : numpy.random.Generator
        Where chance comes from.
    draws : int
        Number of samples.

    Returns
    -------
    list of Incidence
        Samples of as many interviews.
    """
    t, f = held.units, held.counts.astype(float)
    share = f / t
    lost = float(1 - coverage(held)[0]) * f.sum() / t
    below = share * (1 - share) ** t
    scale = lost / below.sum() if below.sum() > 0 else 0.0
    kept = share * (1 - scale * (1 - share) ** t)
    unseen = int(np.ceil(unseen_chao2(held.by_times, t)))
    chances = np.concatenate([np.clip(kept, 0, 1), np.full(unseen, min(lost / unseen, 1.0) if unseen else 0.0)])
    counts = rng.binomial(t, chances, size=(draws, len(chances)))
    return [Incidence(row[row > 0], t) for row in counts]
