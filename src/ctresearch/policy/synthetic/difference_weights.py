"""Weights of units and of periods under which a difference in differences is taken: the numbers, on arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.policy.synthetic.simplex import simplex_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

_TINY = 1e-6
"""Ridge of the weights of periods, in parts of the noise: it decides between weights that fit alike."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """The units treated from one period on.

    Parameters
    ----------
    begins : int
        Place of that period.
    units, periods : numpy.ndarray
        Weights of the untreated, shape (untreated,), and of the periods before, shape (begins,).
    effect : float
        The difference in weighted differences.
    curve : numpy.ndarray
        By period, the treated mean less the weighted mean, less what that is in the weighted periods before.
    treated, synthetic : numpy.ndarray
        The treated mean, and the weighted mean moved up to it in the weighted periods before, shape (periods,).
    converged : bool
        Whether both sets of weights are the minimum.
    """

    begins: int
    units: Floats
    periods: Floats
    effect: float
    curve: Floats
    treated: Floats
    synthetic: Floats
    converged: bool


def noise_level(untreated: Floats, begins: int) -> float:
    """Return the standard deviation of changes of the untreated from one period before to the next.

    Parameters
    ----------
    untreated : numpy.ndarray
        Shape (untreated, periods).
    begins : int
        Place of the first period treated.

    Returns
    -------
    float
        On the scale of the outcome.

    Examples
    --------
    >>> round(noise_level(np.array([[0.0, 1.0, 0.0, 9.0]]), 3), 6)
    1.414214
    """
    return float(np.diff(untreated[:, :begins], axis=1).std(ddof=1))


def unit_weights(untreated: Floats, target: Floats, ridge: float) -> tuple[Floats, bool]:
    """Follow the treated mean before, but for its level.

    Parameters
    ----------
    untreated, target : numpy.ndarray
        Before, shape (untreated, periods) and (periods,).
    ridge : float
        Standard deviation that a weight of one is priced at.

    Returns
    -------
    tuple of numpy.ndarray and bool
        Weights, shape (untreated,), and whether they are the minimum.
    """
    gaps = (untreated - target).T
    gaps = gaps - gaps.mean(axis=0)
    quadratic = gaps.T @ gaps + len(target) * ridge**2 * np.eye(len(untreated))
    weights, converged = simplex_weights(quadratic, np.zeros(len(untreated)))
    return weights, bool(converged)


def period_weights(before: Floats, after: Floats, ridge: float) -> tuple[Floats, bool]:
    """Weight periods before so that they tell the untreated after, but for one level.

    Parameters
    ----------
    before, after : numpy.ndarray
        Of the untreated, shape (untreated, periods before), and their means after, shape (untreated,).
    ridge : float
        As :func:`unit_weights` takes it.

    Returns
    -------
    tuple of numpy.ndarray and bool
        Weights, shape (periods before,), and whether they are the minimum.
    """
    return unit_weights(before.T, after, ridge)


def fit_cohort(untreated: Floats, treated: Floats, begins: int, ridges: tuple[float, float]) -> Cohort:
    """Take the weighted difference in differences of one cohort.

    Parameters
    ----------
    untreated, treated : numpy.ndarray
        Outcomes, shape (untreated, periods) and (treated, periods).
    begins : int
        Place of the first period treated.
    ridges : tuple of float
        Of units and of periods.

    Returns
    -------
    Cohort
        Weights and effect.

    References
    ----------
    .. [1] Arkhangelsky, D., Athey, S., Hirshberg, D. A., Imbens, G. W. and Wager, S. (2021). Synthetic
       difference-in-differences. American Economic Review 111, 4088-4118. https://doi.org/10.1257/aer.20190159
    """
    target = treated.mean(axis=0)
    units, one = unit_weights(untreated[:, :begins], target[:begins], ridges[0])
    periods, other = period_weights(untreated[:, :begins], untreated[:, begins:].mean(axis=1), ridges[1])
    return with_weights(untreated, target, begins, (units, periods), converged=one and other)


def with_weights(
    untreated: Floats, target: Floats, begins: int, weights: tuple[Floats, Floats], *, converged: bool = True
) -> Cohort:
    """Take the weighted difference in differences for weights that are given.

    Parameters
    ----------
    untreated, target : numpy.ndarray
        Outcomes, shape (untreated, periods), and the treated mean, shape (periods,).
    begins : int
        Place of the first period treated.
    weights : tuple of numpy.ndarray
        Of units and of periods.
    converged : bool
        Whether they are the minimum.

    Returns
    -------
    Cohort
        With the effect.
    """
    units, periods = weights
    synthetic = units @ untreated
    gap = target - synthetic
    level = float(gap[:begins] @ periods)
    curve = gap - level
    return Cohort(
        begins=begins,
        units=units,
        periods=periods,
        effect=float(curve[begins:].mean()),
        curve=curve,
        treated=target,
        synthetic=synthetic + level,
        converged=converged,
    )


def ridges_of(untreated: Floats, treated: int, begins: int) -> tuple[float, float]:
    """Return the ridges of units and periods that the paper asks for.

    Parameters
    ----------
    untreated : numpy.ndarray
        Shape (untreated, periods).
    treated, begins : int
        Number of treated units, and place of the first period treated.

    Returns
    -------
    tuple of float
        Of units and of periods.
    """
    noise, after = noise_level(untreated, begins), untreated.shape[1] - begins
    return (float((treated * after) ** 0.25) * noise, _TINY * noise)


def overall(cohorts: list[Cohort], sizes: list[int]) -> float:
    """Average the effects of cohorts by their treated units and periods.

    Parameters
    ----------
    cohorts : list of Cohort
        One for each first period.
    sizes : list of int
        Treated units of each.

    Returns
    -------
    float
        The effect on a treated unit and period.
    """
    shares = np.array([size * len(one.curve[one.begins :]) for one, size in zip(cohorts, sizes, strict=True)], float)
    return float(shares @ [one.effect for one in cohorts] / shares.sum())
