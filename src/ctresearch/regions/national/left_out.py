"""What would be said of a country if its own survey were not there, and how that compares with the survey."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.regions.national.country_chain import marginals, parts, sample_countries

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.regions.national.country_chain import CountryDraws, CountryModel

    Floats = NDArray[np.float64]

_ENOUGH = 200.0
"""Effective draws below which the model is fitted again without the country rather than weighted anew."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Predictions for countries with a survey, without it.

    Parameters
    ----------
    prevalence : numpy.ndarray
        Median of the prediction, shape (countries,); ``NaN`` where there is no survey.
    place : numpy.ndarray
        Share of predicted surveys with fewer cases than there were, ties by half, shape (countries,).
    again : int
        Countries for which the model was fitted again.
    """

    prevalence: Floats
    place: Floats
    again: int


def leave_out(
    made: CountryModel, found: CountryDraws, shares: Floats, random: np.random.Generator, *, draws: int, thin: int
) -> LeftOut:
    """Leave each country with a survey out in turn.

    Draws of the whole are weighted by one over the likelihood of the country's survey, its own level integrated out;
    where too few draws bear the weight, the model is fitted again.

    Parameters
    ----------
    made : CountryModel
        The model.
    found : CountryDraws
        Draws with all surveys.
    shares : numpy.ndarray
        Of each country's people in each cell, shape (countries, cells).
    random : numpy.random.Generator
        The stream.
    draws, thin : int
        For models that are fitted again.

    Returns
    -------
    LeftOut
        Predictions and where surveys lie in them.
    """
    reported = made.interviewed.sum(axis=1) > 0
    logs = marginals(made, found.means, found.shifts, found.spreads)
    prevalence, place = np.full(len(reported), np.nan), np.full(len(reported), np.nan)
    again = 0
    for j in np.flatnonzero(reported):
        weights = np.exp(logs[:, j].min() - logs[:, j])
        weights /= weights.sum()
        means, shifts, spreads = found.means[:, j], found.shifts, found.spreads
        if 1 / (weights**2).sum() < _ENOUGH:
            again += 1
            own = _without(made, int(j), random, draws=draws, thin=thin)
            all_means, shifts, spreads = parts(made, own.walked.reshape(-1, own.walked.shape[-1]))
            means, weights = all_means[:, j], np.full(len(spreads), 1 / len(spreads))
        level = means + spreads * random.standard_normal(len(means))
        cell = 1 / (1 + np.exp(-(level[:, None] + shifts)))
        prevalence[j] = _weighted_median(cell @ shares[j], weights)
        asked = np.maximum(made.interviewed[j].round(), 0).astype(np.int64)
        drawn = random.binomial(asked, cell).sum(axis=1)
        cases = made.cases[j].sum()
        place[j] = float(weights @ ((drawn < cases - 0.5) + 0.5 * (np.abs(drawn - cases) <= 0.5)))
    return LeftOut(prevalence, place, again)


def _without(made: CountryModel, j: int, random: np.random.Generator, *, draws: int, thin: int) -> CountryDraws:
    """Fit the model without the survey of one country."""
    keep = np.arange(len(made.cases)) != j
    return sample_countries(
        replace(made, cases=made.cases * keep[:, None], interviewed=made.interviewed * keep[:, None]),
        random,
        draws=draws,
        thin=thin,
    )


def _weighted_median(values: Floats, weights: Floats) -> float:
    """Return the median of weighted draws."""
    order = np.argsort(values)
    ladder = weights[order].cumsum()
    return float(values[order][int(np.searchsorted(ladder, 0.5 * ladder[-1]))])
