"""Standard errors of a synthetic difference in differences: placebos, jackknife and bootstrap over units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.policy.synthetic.difference_weights import Cohort, fit_cohort, overall, with_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_TRIES = 50
"""Resamples drawn anew at most where one holds no unit with or without the treatment."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Outcomes of the untreated and of each cohort.

    Parameters
    ----------
    untreated : numpy.ndarray
        Shape (untreated, periods).
    treated : list of numpy.ndarray
        Of each cohort, shape (treated, periods).
    begins : list of int
        Of each cohort, place of its first period treated.
    ridges : list of tuple of float
        Of each cohort, those of units and of periods.
    """

    untreated: Floats
    treated: list[Floats]
    begins: list[int]
    ridges: list[tuple[float, float]]

    @property
    def sizes(self) -> list[int]:
        """Treated units of each cohort."""
        return [len(one) for one in self.treated]


def fit_groups(groups: Groups) -> list[Cohort]:
    """Fit each cohort against the untreated.

    Parameters
    ----------
    groups : Groups
        The outcomes.

    Returns
    -------
    list of Cohort
        One for each first period.
    """
    return [
        fit_cohort(groups.untreated, own, begins, ridge)
        for own, begins, ridge in zip(groups.treated, groups.begins, groups.ridges, strict=True)
    ]


def placebo_effects(groups: Groups, draws: int, rng: np.random.Generator) -> Floats:
    """Give the treatment to untreated units in place of the treated ones.

    Where one unit is treated each untreated unit is taken once, and nothing is random.

    Parameters
    ----------
    groups : Groups
        The outcomes.
    draws : int
        How many random choices.
    rng : numpy.random.Generator
        The stream.

    Returns
    -------
    numpy.ndarray
        Effects, shape (draws,).
    """
    untreated, sizes = groups.untreated, groups.sizes
    many, needed = len(untreated), sum(sizes)
    if needed == 1:
        orders = [np.concatenate([[j], np.delete(np.arange(many), j)]) for j in range(many)]
    else:
        orders = [rng.permutation(many) for _ in range(draws)]
    effects = []
    for order in orders:
        control, place, cohorts = untreated[order[needed:]], 0, []
        for begin, size, ridge in zip(groups.begins, sizes, groups.ridges, strict=True):
            cohorts.append(fit_cohort(control, untreated[order[place : place + size]], begin, ridge))
            place += size
        effects.append(overall(cohorts, sizes))
    return np.array(effects)


def jackknife_error(groups: Groups, cohorts: list[Cohort]) -> float:
    """Leave out each unit in turn, with the weights as they are but for their sum.

    Parameters
    ----------
    groups : Groups
        The outcomes.
    cohorts : list of Cohort
        As fitted.

    Returns
    -------
    float
        ``NaN`` where a cohort has one unit alone, or one untreated unit has all the weight.
    """
    untreated, treated, sizes = groups.untreated, groups.treated, groups.sizes
    if min(sizes) < 2 or any(one.units.max() > 1 - 1e-9 for one in cohorts):
        return float("nan")
    effects = []
    for j in range(len(untreated)):
        kept = np.arange(len(untreated)) != j
        again = [
            with_weights(
                untreated[kept], own.mean(axis=0), one.begins, (one.units[kept] / one.units[kept].sum(), one.periods)
            )
            for own, one in zip(treated, cohorts, strict=True)
        ]
        effects.append(overall(again, sizes))
    for k, own in enumerate(treated):
        for j in range(len(own)):
            fewer = [*sizes[:k], sizes[k] - 1, *sizes[k + 1 :]]
            left = np.delete(own, j, axis=0).mean(axis=0)
            again = list(cohorts)
            again[k] = with_weights(untreated, left, cohorts[k].begins, (cohorts[k].units, cohorts[k].periods))
            effects.append(overall(again, fewer))
    n = len(effects)
    return float(np.sqrt((n - 1) ** 2 / n * np.var(effects, ddof=1)))


def bootstrap_effects(groups: Groups, draws: int, rng: np.random.Generator) -> Floats:
    """Draw units with replacement and find weights and effect anew.

    Parameters
    ----------
    groups : Groups
        The outcomes.
    draws : int
        How many.
    rng : numpy.random.Generator
        The stream.

    Returns
    -------
    numpy.ndarray
        Effects, shape (draws,); cohorts of which no unit is drawn are left out of that draw.
    """
    untreated, treated = groups.untreated, groups.treated
    cohort = np.concatenate([np.full(len(untreated), -1), *(np.full(len(one), k) for k, one in enumerate(treated))])
    outcomes = np.concatenate([untreated, *treated])
    effects = []
    for _ in range(draws):
        for _ in range(_TRIES):
            drawn = rng.integers(0, len(outcomes), len(outcomes))
            if len(np.unique(drawn[cohort[drawn] < 0])) > 1 and (cohort[drawn] >= 0).any():
                break
        control = outcomes[drawn[cohort[drawn] < 0]]
        found, sizes = [], []
        for k, (begin, ridge) in enumerate(zip(groups.begins, groups.ridges, strict=True)):
            own = outcomes[drawn[cohort[drawn] == k]]
            if len(own):
                found.append(fit_cohort(control, own, begin, ridge))
                sizes.append(len(own))
        effects.append(overall(found, sizes))
    return np.array(effects)
