"""How far chance alone would take a synthetic control: placebos, shifts in time, donors left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.policy.synthetic.donors import gaps_to, plain_weights

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

GRID = 401
"""Effects at which the test by shifts in time is asked; limits lie between two of them and are told by the outer."""


@dataclass(frozen=True, slots=True)
class Placebos:
    """Each donor as if it had been treated.

    Parameters
    ----------
    gaps : numpy.ndarray
        Outcome less that of the others' weighted mean, shape (donors, periods).
    rmse_before, rmse_after, ratio : numpy.ndarray
        Root mean squared gap before and after, and one over the other, shape (donors,).
    """

    gaps: Floats
    rmse_before: Floats
    rmse_after: Floats
    ratio: Floats


def root_mean_square(values: Floats) -> float:
    """Return the root of the mean square."""
    return float(np.sqrt((values**2).mean()))


def run_placebos(untreated: Floats, before: int, fit: Callable[[int], Floats]) -> Placebos:
    """Give every donor in turn the treatment.

    Parameters
    ----------
    untreated : numpy.ndarray
        Outcomes of donors, shape (periods, donors).
    before : int
        Periods before.
    fit : callable
        From the place of a donor to the gaps of that donor over all periods.

    Returns
    -------
    Placebos
        One row a donor.
    """
    gaps = np.array([fit(j) for j in range(untreated.shape[1])])
    first, after = np.sqrt((gaps[:, :before] ** 2).mean(axis=1)), np.sqrt((gaps[:, before:] ** 2).mean(axis=1))
    return Placebos(gaps, first, after, after / np.maximum(first, 1e-300))


def placebo_p_value(ratio: float, ratios: Floats) -> float:
    """Return the share of units, the treated among them, whose ratio is as large.

    Parameters
    ----------
    ratio : float
        Of the treated unit.
    ratios : numpy.ndarray
        Of the donors.

    Returns
    -------
    float
        One over all units at least.

    Examples
    --------
    >>> placebo_p_value(3.0, np.array([1.0, 2.0, 4.0]))
    0.5
    """
    return float((1 + (ratios >= ratio * (1 - 1e-12)).sum()) / (1 + len(ratios)))


def placebo_limits(after: Floats, rmse_before: float, ratios: Floats, level: float) -> tuple[float, float]:
    """Return the constant effects that the placebos do not reject, in closed form.

    With an effect taken away, the ratio of the treated unit is a parabola in it; those of the donors stay. Both limits
    are ``NaN`` where there are too few donors for the level, or no constant effect fits.

    Parameters
    ----------
    after : numpy.ndarray
        Gaps of the treated unit after, shape (periods,).
    rmse_before : float
        Its root mean squared gap before.
    ratios : numpy.ndarray
        Of the donors.
    level : float
        Coverage.

    Returns
    -------
    tuple of float
        Low and high.

    References
    ----------
    .. [1] Firpo, S. and Possebom, V. (2018). Synthetic control method: inference, sensitivity analysis and confidence
       sets. Journal of Causal Inference 6(2). https://doi.org/10.1515/jci-2016-0026

    Examples
    --------
    >>> low, high = placebo_limits(np.array([2.0, 2.0]), 1.0, np.linspace(0.1, 2.0, 20), 0.95)
    >>> round(low, 6), round(high, 6)
    (0.0, 4.0)
    """
    rejects = int(np.floor((1 - level) * (1 + len(ratios)) + 1e-9))
    if rejects < 1:
        return (np.nan, np.nan)
    largest = float(np.sort(ratios)[-rejects]) * rmse_before
    reach = largest**2 - float(after.var())
    if reach < 0:
        return (np.nan, np.nan)
    mean = float(after.mean())
    return (mean - float(np.sqrt(reach)), mean + float(np.sqrt(reach)))


def conformal_p_value(treated: Floats, untreated: Floats, after: Flags, effect: Floats | float) -> float:
    """Ask whether an effect fits: the gaps after, it taken away, against those of all other stretches of time.

    Weights are found anew from all periods with the effect taken away, so that they treat every period alike; the gaps
    are then shifted round in time, which keeps their dependence.

    Parameters
    ----------
    treated, untreated : numpy.ndarray
        Outcomes, shape (periods,) and (periods, donors).
    after : numpy.ndarray of bool
        Which periods are asked, shape (periods,).
    effect : numpy.ndarray or float
        In each of them.

    Returns
    -------
    float
        Share of shifts with gaps as large, one over the number of periods at least.

    References
    ----------
    .. [1] Chernozhukov, V., Wuthrich, K. and Zhu, Y. (2021). An exact and robust conformal inference method for
       counterfactual and synthetic controls. Journal of the American Statistical Association 116, 1849-1864.
       https://doi.org/10.1080/01621459.2021.1920957
    """
    without = treated.copy()
    without[after] -= effect
    found = plain_weights(gaps_to(without, untreated)).weights
    sizes = np.abs(without - untreated @ found)
    periods, many = len(sizes), int(after.sum())
    round_ = np.concatenate([sizes, sizes])
    sums = np.convolve(round_, np.ones(many), "valid")[:periods]
    asked = sizes[after].sum()
    return float((sums >= asked * (1 - 1e-10)).sum() / periods)


def conformal_limits(
    treated: Floats, untreated: Floats, after: Flags, level: float, around: tuple[float, float]
) -> tuple[float, float]:
    """Return the constant effects that shifts in time do not reject.

    Parameters
    ----------
    treated, untreated, after : numpy.ndarray
        As :func:`conformal_p_value` takes them.
    level : float
        Coverage; limits are ``NaN`` where it asks for more periods than there are.
    around : tuple of float
        Middle of the grid of effects, and a size of gaps in which it is laid.

    Returns
    -------
    tuple of float
        Low and high; infinite where the grid's own end is not rejected.
    """
    if len(treated) * (1 - level) < 1 - 1e-9:
        return (np.nan, np.nan)
    middle, scale = around
    reach = 12 * scale + 2 * abs(middle)
    effects = middle + np.linspace(-reach, reach, GRID)
    kept = np.array([conformal_p_value(treated, untreated, after, one) > 1 - level + 1e-12 for one in effects])
    if not kept.any():
        return (np.nan, np.nan)
    first, last = int(kept.argmax()), len(kept) - 1 - int(kept[::-1].argmax())
    low = -np.inf if first == 0 else float(effects[first - 1])
    high = np.inf if last == len(kept) - 1 else float(effects[last + 1])
    return (low, high)
