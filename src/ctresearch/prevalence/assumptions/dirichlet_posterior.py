"""The posterior of the number on no list under a Dirichlet prior on the cells that an assumption reads.

With a prior of the population that is one over its size, the number seen says nothing about the chances of the cells
given that a person was seen [1]_. So these are drawn from their Dirichlet posterior, the assumption turns them into the
odds of being on no list, and the number on no list given odds and number seen is negative binomial: draws are
independent and there is no chain.

References
----------
.. [1] Aleshin-Guendel, S., Sadinle, M. and Wakefield, J. (2024). The central role of the identifying assumption in
   population size estimation. Biometrics 80, ujad028. https://doi.org/10.1093/biomtc/ujad028
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.prevalence.assumptions.identification import identified

if TYPE_CHECKING:
    from ctresearch.prevalence.assumptions.identification import Identification
    from ctresearch.prevalence.lists.cells import Array

LARGEST = 1e15


@dataclass(frozen=True, slots=True)
class ChanceDraws:
    """Draws of the chances of groups given that a person was seen, unscaled, and of the number seen as a gamma.

    ``weights`` (D, 2 ** k + 1), ``sizes`` (D,).
    """

    weights: Array
    sizes: Array


@dataclass(frozen=True, slots=True)
class Unobserved:
    """Draws of the number on no list where the assumption is possible, and the share of draws where it is."""

    draws: Array
    possible: float


def draw_chances(
    groups: Array, by: Identification, prior: float, draws: int, random: np.random.Generator
) -> ChanceDraws:
    """Draw the chances of the groups.

    Parameters
    ----------
    groups : numpy.ndarray
        People by group, shape (2 ** k + 1,).
    by : Identification
        The assumption.
    prior : float
        People that the prior adds to every group that can hold somebody.
    draws : int
        How many.
    random : numpy.random.Generator
        Where they come from.

    Returns
    -------
    ChanceDraws
        The draws.

    Examples
    --------
    >>> from ctresearch.prevalence.assumptions.identification import identification
    >>> drawn = draw_chances(np.array([0.0, 60, 40, 20, 0]), identification(2, 3, 0), 0.5, 5, np.random.default_rng(1))
    >>> drawn.weights[:, [0, 4]].max()
    np.float64(0.0)
    """
    can_hold = np.bincount(by.groups[1:], minlength=by.signs.size) > 0
    shape = np.where(can_hold, groups + prior, 0.0)
    weights = random.standard_gamma(shape, (draws, shape.size))
    return ChanceDraws(weights, random.standard_gamma(groups.sum(), draws))


def unobserved_draws(of: ChanceDraws, by: Identification, ratio: float, random: np.random.Generator) -> Unobserved:
    """Draw the number on no list.

    Parameters
    ----------
    of : ChanceDraws
        Draws of the chances.
    by : Identification
        The assumption.
    ratio : float
        Exponential of the interaction assumed.
    random : numpy.random.Generator
        Where the draws come from.

    Returns
    -------
    Unobserved
        Draws where nobody is unobserved less than never.

    Examples
    --------
    >>> from ctresearch.prevalence.assumptions.identification import identification
    >>> by, random = identification(2, 3, 0), np.random.default_rng(1)
    >>> drawn = draw_chances(np.array([0.0, 600, 400, 200, 0]), by, 0.5, 4000, random)
    >>> round(float(np.median(unobserved_draws(drawn, by, 1.0, random).draws)), -2)
    1200.0
    """
    _, left = identified(of.weights, by, ratio)
    kept = left > 0
    means = of.sizes[kept] * left[kept] / of.weights[kept].sum(axis=1)
    drawn = random.poisson(np.minimum(means, LARGEST)).astype(np.float64)
    return Unobserved(drawn, float(kept.mean()))
