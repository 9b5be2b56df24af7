"""Effects of treatments that rise and fall, and of doses, after de Chaisemartin and D'Haultfoeuille.

Each unit whose treatment changes is compared, over the same periods, with units that had the same treatment at the
start and have not changed theirs yet. A change downwards counts with a minus, so that every effect is that of more
treatment.

References
----------
.. [1] de Chaisemartin, C. and D'Haultfoeuille, X. (2024). Difference-in-differences estimators of intertemporal
   treatment effects. Review of Economics and Statistics. https://doi.org/10.1162/rest_a_01414
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ctresearch.policy.adoption.group_time import Integers
    from ctresearch.policy.adoption.two_periods import Booleans, Floats


@dataclass(frozen=True, slots=True)
class Switches:
    """How the treatment of units changes.

    Parameters
    ----------
    start : numpy.ndarray
        Treatment at the first time it is known, shape (units,).
    place : numpy.ndarray
        Place of the first time with another treatment, as many as there are times for none, shape (units,).
    sign : numpy.ndarray
        1 for a rise, -1 for a fall, 0 for no change, shape (units,).
    usable : numpy.ndarray
        Cells before the treatment has been on both sides of its start, units by times.
    crossed : int
        Units that were on both sides.
    """

    start: Floats
    place: Integers
    sign: Floats
    usable: Booleans
    crossed: int


@dataclass(frozen=True, slots=True)
class SwitchEffect:
    """The effect some periods after the change, or a placebo before it.

    Parameters
    ----------
    effect : float
        Average over units that changed.
    influence : numpy.ndarray
        Influence of each unit, shape (units,); its mean square over the units is the squared standard error.
    switchers, compared : int
        Units that changed, and units that any of them is compared with.
    dose : float
        Sum over the periods since the change of how much more treatment there was, on average.
    gain : float
        How much more treatment there was in the last of these periods, on average.
    """

    effect: float
    influence: Floats
    switchers: int
    compared: int
    dose: float
    gain: float


def find_switches(treatment: Floats) -> Switches:
    """Find the first change of each unit.

    Parameters
    ----------
    treatment : numpy.ndarray
        Units by times; NaN where it is not known.

    Returns
    -------
    Switches
        First changes.

    Examples
    --------
    >>> find_switches(np.array([[1.0, 1, 0], [0, 2, 2], [0, 0, 0]])).sign.tolist()
    [-1.0, 1.0, 0.0]
    """
    known = np.isfinite(treatment)
    rows = np.arange(len(treatment))
    start = treatment[rows, known.argmax(axis=1)]
    gone = np.where(known, treatment - start[:, None], 0.0)
    changed = gone != 0
    place = np.where(changed.any(axis=1), changed.argmax(axis=1), treatment.shape[1])
    sign = np.where(changed.any(axis=1), np.sign(gone[rows, np.minimum(place, treatment.shape[1] - 1)]), 0.0)
    wrong = np.logical_or.accumulate(np.sign(gone) == -sign[:, None], axis=1) & (sign[:, None] != 0)
    # a gap just before the change hides when it came
    hidden = np.array([p < treatment.shape[1] and p > 0 and not known[i, p - 1] for i, p in enumerate(place)])
    usable = known & ~wrong & ~hidden[:, None]
    return Switches(start, place.astype(np.int64), sign, usable, int(wrong.any(axis=1).sum()))


def switch_effect(
    outcome: Floats, treatment: Floats, weights: Floats, changes: Switches, ahead: int, *, placebo: bool = False
) -> SwitchEffect | None:
    """Estimate the effect of a number of periods under another treatment.

    Parameters
    ----------
    outcome, treatment : numpy.ndarray
        Units by times.
    weights : numpy.ndarray
        Weights of units, shape (units,).
    changes : Switches
        First changes.
    ahead : int
        Periods under the new treatment, 1 for that of the change.
    placebo : bool
        Look as many periods back from the last before the change.

    Returns
    -------
    SwitchEffect or None
        None where nobody compares.

    Examples
    --------
    >>> y, d = np.array([[1.0, 5.0], [0.0, 1.0]]), np.array([[0.0, 1.0], [0.0, 0.0]])
    >>> switch_effect(y, d, np.ones(2), find_switches(d), 1).effect
    3.0
    """
    found = list(_compared(outcome, changes, ahead, placebo=placebo))
    total = float(sum(weights[own].sum() for own, *_ in found))
    if not found:
        return None
    influence, effect, dose, gain = np.zeros(len(outcome)), 0.0, 0.0, 0.0
    beside = np.zeros(len(outcome), dtype=bool)
    for own, others, change, sign in found:
        share, rest = weights[own] / total, weights[others] / weights[others].sum()
        gap = share @ change[own] - share.sum() * (rest @ change[others])
        effect += sign * gap
        influence[own] += sign * share * _centred(change, own, others, weights)
        influence[others] -= sign * share.sum() * rest * _own_centred(change[others], weights[others])
        beside |= others
        first, last = int(changes.place[own][0]), int(changes.place[own][0]) - 1 + ahead
        more = np.abs(np.nan_to_num(treatment[own, first : last + 1] - changes.start[own][:, None]))
        dose, gain = dose + float(share @ more.sum(axis=1)), gain + float(share @ more[:, -1])
    many = int(sum(own.sum() for own, *_ in found))
    return SwitchEffect(float(effect), influence * len(outcome), many, int(beside.sum()), dose, gain)


def _compared(
    outcome: Floats, changes: Switches, ahead: int, *, placebo: bool
) -> Iterator[tuple[Booleans, Booleans, Floats, float]]:
    """Yield those that change alike, those they are compared with, and the change of the outcome of all."""
    times = outcome.shape[1]
    moved = changes.sign != 0
    kinds = np.unique(np.column_stack([changes.start, changes.place, changes.sign])[moved], axis=0)
    for start, place, sign in kinds:
        before, last = int(place) - 1, int(place) - 1 + ahead
        then = before - ahead if placebo else last
        if before < 0 or last >= times or then < 0:
            continue
        change = outcome[:, then] - outcome[:, before]
        fit = np.isfinite(change) & changes.usable[:, last] & (changes.start == start)
        if placebo:  # a placebo is shown for those whose effect is
            fit &= np.isfinite(outcome[:, last])
        own = fit & (changes.place == place) & (changes.sign == sign)
        others = fit & (changes.place > last)
        if own.any() and others.any():
            yield own, others, change, float(sign)


def _own_centred(values: Floats, weights: Floats) -> Floats:
    """Hold values against their mean, stretched by the degree of freedom that the mean costs."""
    many = len(values)
    stretch = np.sqrt(many / (many - 1)) if many > 1 else 0.0
    return np.asarray((values - np.average(values, weights=weights)) * stretch, dtype=float)


def _centred(change: Floats, own: Booleans, others: Booleans, weights: Floats) -> Floats:
    """Hold a cohort against its mean; a cohort of one against the mean of it and those it is compared with."""
    if own.sum() > 1:
        return _own_centred(change[own], weights[own])
    both = own | others
    return _own_centred(change[both], weights[both])[own[both]]
