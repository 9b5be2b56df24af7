"""Samples of the sample: jackknife, rescaled bootstrap and balanced half-samples as factors on the weights.

References
----------
.. [1] Rao, J. N. K. and Wu, C. F. J. (1988). Resampling inference with complex survey data. Journal of the American
   Statistical Association 83, 231-241. https://doi.org/10.1080/01621459.1988.10478591
.. [2] Rust, K. F. and Rao, J. N. K. (1996). Variance estimation for complex surveys using replication techniques.
   Statistical Methods in Medical Research 5, 283-310. https://doi.org/10.1177/096228029600500305
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import DataError
from ctresearch.core.random import generator

if TYPE_CHECKING:
    from ctresearch.prevalence.surveys.survey_design import Floats, Ints, SurveyDesign


@dataclass(frozen=True, slots=True)
class Replicates:
    """Factors on the weights.

    ``factors`` (n, R) multiply the weights and ``scale`` (R,) the squared distance of each replicate's
    estimate from the mean of them, or from the whole sample's where ``from_whole``.
    """

    factors: Floats
    scale: Floats
    from_whole: bool

    def variance(self, estimates: Floats, whole: Floats) -> Floats:
        """Return the variance of estimates, given those of the replicates, shapes (R, k), (k,) -> (k,)."""
        middle = whole if self.from_whole else estimates.mean(axis=0)
        return np.asarray(self.scale @ (estimates - middle) ** 2)


def _first(design: SurveyDesign) -> tuple[Ints, Ints, Ints]:
    """Return units by row, the stratum of each unit and the units of each stratum."""
    stage = design.stages[0]
    stratum = np.zeros(design.units, dtype=np.int64)
    stratum[stage.unit] = stage.stratum
    return stage.unit, stratum, np.bincount(stratum)


def _require_pairs(units: Ints) -> None:
    """Refuse a stratum with one unit, of which no replicate can be made."""
    if (units < 2).any():
        raise DataError(
            f"{int((units < 2).sum())} of {len(units)} strata hold one unit of the sample, replicates need two at "
            "least: merge strata that are alike, or use variance='linearised'"
        )


def jackknife(design: SurveyDesign) -> Replicates:
    """Leave out one unit at a time.

    Parameters
    ----------
    design : SurveyDesign
        The design.

    Returns
    -------
    Replicates
        One a unit of the first stage; the sampled share of a stratum is taken off its scale.
    """
    unit, stratum, units = _first(design)
    _require_pairs(units)
    size = len(stratum)
    grow = (units / np.maximum(units - 1, 1))[stratum]
    factors = np.where(stratum[:, None] == stratum[None, :], grow[:, None], 1.0)
    factors[np.arange(size), np.arange(size)] = 0.0
    scale = ((units - 1) / units * (1 - design.stages[0].fraction))[stratum]
    return Replicates(factors[unit], scale, from_whole=False)


def rescaled_bootstrap(design: SurveyDesign, draws: int, seed: int | np.random.SeedSequence) -> Replicates:
    """Draw one unit fewer than there are, with replacement, within strata.

    Parameters
    ----------
    design : SurveyDesign
        The design.
    draws : int
        Number of replicates.
    seed : int or numpy.random.SeedSequence
        Where the stream starts.

    Returns
    -------
    Replicates
        The share of each stratum that was sampled shrinks the factors towards one.
    """
    unit, stratum, units = _first(design)
    _require_pairs(units)
    rng = generator(seed)
    drawn = np.empty((len(stratum), draws))
    for place, size in enumerate(units):
        chosen = rng.multinomial(size - 1, np.full(size, 1 / size), size=draws).T
        shrink = np.sqrt(1 - design.stages[0].fraction[place])
        drawn[stratum == place] = 1 - shrink + shrink * size / (size - 1) * chosen
    return Replicates(drawn[unit], np.full(draws, 1 / (draws - 1)), from_whole=False)


def half_samples(design: SurveyDesign) -> Replicates:
    """Take one unit of each pair, in a balanced set of ways.

    Parameters
    ----------
    design : SurveyDesign
        A design with two units in each stratum.

    Returns
    -------
    Replicates
        As many as the smallest Hadamard matrix of a power of two that has more columns than there are strata.

    Raises
    ------
    DataError
        If a stratum does not hold two units.
    """
    from scipy.linalg import hadamard

    unit, stratum, units = _first(design)
    if (units != 2).any():
        raise DataError(
            f"{int((units != 2).sum())} of {len(units)} strata do not hold two units, must all for variance='brr': use "
            "variance='jackknife' or 'bootstrap'"
        )
    ways = 1 << len(units).bit_length()
    signs = hadamard(ways)[:, 1 : len(units) + 1].T  # strata by replicates, the constant column left out
    order = np.lexsort([np.arange(len(stratum)), stratum])
    side = np.empty(len(stratum))
    side[order] = np.tile([1.0, -1.0], len(units))
    shrink = np.sqrt(1 - design.stages[0].fraction)[stratum]
    factors = 1 + shrink[:, None] * side[:, None] * signs[stratum]
    return Replicates(factors[unit], np.full(ways, 1 / ways), from_whole=True)
