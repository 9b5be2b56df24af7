"""Each row's share in the error of Fine and Gray's coefficients, the error of the estimated weights included.

References
----------
.. [1] Fine, J. P. and Gray, R. J. (1999). A proportional hazards model for the subdistribution of a competing risk.
   Journal of the American Statistical Association 94, 496-509. https://doi.org/10.1080/01621459.1999.10474144
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.consequences.competing_ends.subdistribution import weighted_sums

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.consequences.competing_ends.subdistribution import WeightedSets, WeightedSums
    from ctresearch.consequences.durations.durations import Floats
    from ctresearch.consequences.durations.observation_weights import ObservationWeights


def subdistribution_residuals(
    strata: Sequence[WeightedSets], kept: ObservationWeights, point: Floats, *, estimated: bool = True
) -> Floats:
    """Split the score by row.

    Parameters
    ----------
    strata : sequence of WeightedSets
        Weighted risk sets.
    kept : ObservationWeights
        The chances that made them.
    point : numpy.ndarray
        Coefficients at the maximum, shape (columns,).
    estimated : bool
        Whether to add each row's share in the error of the chances.

    Returns
    -------
    numpy.ndarray
        Rows by columns, times the weight of the row.

    Examples
    --------
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> from ctresearch.consequences.durations.observation_weights import observation_weights
    >>> from ctresearch.consequences.competing_ends.subdistribution import weighted_sets
    >>> rows, kind = Durations(np.full(2, -np.inf), np.array([1.0, 2.0]), np.array([True, True])), np.array([1, 2])
    >>> kept = observation_weights(rows, kind, 1)
    >>> sets = weighted_sets(rows, kind == 1, np.array([[1.0], [0.0]]), kept)
    >>> subdistribution_residuals(sets, kept, np.zeros(1)).ravel().tolist()
    [0.25, 0.25]
    """
    out = np.zeros((len(kept.group), len(point)))
    sums = []
    for sets in strata:
        linear = sets.columns @ point
        here = weighted_sums(sets, linear - linear.max())
        part = -here.risk[:, None] * (sets.columns * here.held[:, None] - here.held_mean)
        at = np.flatnonzero(sets.happened)
        part[at] += sets.weights[at, None] * (sets.columns[at] - here.mean[sets.reached[at] - 1])
        out[sets.place] = part
        sums.append(here)
    return out + _through_chances(strata, sums, kept) if estimated else out


def _through_chances(strata: Sequence[WeightedSets], sums: Sequence[WeightedSums], kept: ObservationWeights) -> Floats:
    """Carry the error of the chances of not being censored, and of having come in, into the score."""
    out = np.zeros((len(kept.group), strata[0].columns.shape[1]))
    for group, place in enumerate(kept.places):
        curve = kept.censoring[group]
        steps = _gradient(strata, sums, kept, group, curve.times, after=kept.after)
        out[place] += curve.carry(steps, discrete=kept.after)
        if kept.entering:
            curve = kept.entering[group]
            steps = _gradient(strata, sums, kept, group, -curve.times, after=True)
            out[place] -= curve.carry(steps, discrete=True)
    return np.asarray(out * kept.weights[:, None], dtype=float)


def _gradient(
    strata: Sequence[WeightedSets],
    sums: Sequence[WeightedSums],
    kept: ObservationWeights,
    group: int,
    when: Floats,
    *,
    after: bool,
) -> Floats:
    """Return what a step of the curve at each time does to the score, through those who had another event by then.

    Where events and censorings of one time fall together, cmprsk lets a step touch those who had their event before it
    and event times from it on; where censoring comes after, the step touches those of its own time and event times
    after it.
    """
    side: Literal["left", "right"] = "right" if after else "left"
    out = np.zeros((len(when), strata[0].columns.shape[1]))
    for sets, here in zip(strata, sums, strict=True):
        other = np.flatnonzero((sets.group == group) & (sets.scale > 0))
        other = other[np.argsort(kept.stop[sets.place[other]], kind="stable")]
        weight = (here.risk * sets.scale)[other, None]
        zero = np.zeros((1, out.shape[1] + 1))
        before = np.concatenate(
            [zero, np.cumsum(weight * np.column_stack([np.ones(len(other)), sets.columns[other]]), axis=0)]
        )
        before = before[np.searchsorted(kept.stop[sets.place[other]], when, side=side)]
        step = sets.uncensored[group][:, None] * np.column_stack([here.hazard, here.hazard_mean])
        later = np.concatenate([np.cumsum(step[::-1], axis=0)[::-1], zero])
        later = later[np.searchsorted(sets.times, when, side=side)]
        out += before[:, 1:] * later[:, :1] - before[:, :1] * later[:, 1:]
    return out
