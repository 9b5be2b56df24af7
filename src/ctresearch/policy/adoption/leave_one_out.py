"""Errors where few were treated: every cluster is left out once, and treated clusters are held against each other.

A cohort of one country has no spread of its own, and the usual influence function calls its effect exact. Left out
country by country, an average over adopters moves as far as they differ; deviations are shortened by the root of one
minus the cluster's share, and limits take Student's t with one degree of freedom less than there are treated clusters
[1]_. Effects that truly differ make the limits wider, never narrower.

References
----------
.. [1] MacKinnon, J. G., Nielsen, M. O. and Webb, M. D. (2023). Fast and reliable jackknife and bootstrap methods for
   cluster-robust inference. Journal of Applied Econometrics 38, 671-694. https://doi.org/10.1002/jae.2969
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import CtResearchError
from ctresearch.core.random import Seed, generator
from ctresearch.policy.adoption.aggregate import replicated
from ctresearch.policy.adoption.multiplier import cluster_influence
from ctresearch.policy.adoption.summaries import Summaries, clusters_behind, summaries

if TYPE_CHECKING:
    from collections.abc import Callable

    from ctresearch.policy.adoption.estimated_cells import Estimated, Leads
    from ctresearch.policy.adoption.group_time import Adoptions, GroupTime, Integers, Pair
    from ctresearch.policy.adoption.two_periods import Floats

# sums of weights of mean 1 that are this small are rounding
_NOTHING = 1e-9
# draws of the largest of correlated t-statistics: its 95 % quantile is then known to .01
_BAND_DRAWS = 20_000


def left_out_moves(panel: Adoptions, whole: Summaries, again: Callable[[Adoptions], Estimated]) -> Floats:
    """Return how far every average moves without each cluster.

    Parameters
    ----------
    panel : Adoptions
        The data.
    whole : Summaries
        Averages over all.
    again : callable
        From a panel to what the estimator finds.

    Returns
    -------
    numpy.ndarray
        Clusters by averages, shortened by the root of one minus each cluster's share; NaN where an average does not
        exist without a cluster.
    """
    keys = whole.keys()
    many = int(panel.clusters.max()) + 1
    moves = np.full((many, len(keys)), np.nan)
    for cluster in range(many):
        try:
            found = summaries(_effects_alone(again(panel.keep(panel.clusters != cluster))))
        except CtResearchError:  # nothing is left to compare: the average hangs on this cluster
            continue
        there = dict(zip(found.keys(), found.effect.tolist(), strict=True))
        moves[cluster] = [there.get(key, np.nan) for key in keys]
    return _shortened(moves, panel, whole)


def left_out_quickly(panel: Adoptions, cells: GroupTime, pairs: list[Pair], whole: Summaries) -> Floats:
    """Return the same as :func:`left_out_moves` where effects are differences of means: all at once.

    Parameters
    ----------
    panel : Adoptions
        The data, without covariates.
    cells : GroupTime
        Effects by cohort and time, by Callaway and Sant'Anna.
    pairs : list of Pair
        The periods and units that each effect compares, in the same order.
    whole : Summaries
        Averages over all.

    Returns
    -------
    numpy.ndarray
        Clusters by averages.
    """
    hold = panel.weights[:, None]
    change = np.column_stack([panel.outcome[:, one.now] - panel.outcome[:, one.base] for one in pairs])
    seen = np.isfinite(change)
    change = np.where(seen, change, 0.0)
    cohort = hold * np.column_stack([panel.first == one.cohort for one in pairs])
    own, others = cohort * seen, hold * np.column_stack([one.outside for one in pairs]) * seen
    size = cluster_influence(cohort, panel.clusters)
    sums = [cluster_influence(part, panel.clusters) for part in (own, own * change, others, others * change)]
    left = [part.sum(axis=0) - part for part in sums]
    there = (left[0] > _NOTHING) & (left[2] > _NOTHING)
    below = [np.where(there, left[0], 1.0), np.where(there, left[2], 1.0)]
    effect = np.where(there, left[1] / below[0] - left[3] / below[1], np.nan)
    return _shortened(replicated(cells, effect, size.sum(axis=0) - size), panel, whole)


def _shortened(without: Floats, panel: Adoptions, whole: Summaries) -> Floats:
    """Shorten moves by the root of one minus each cluster's share in each average."""
    share = np.zeros(without.shape)
    np.add.at(share, panel.clusters, whole.part)
    total = share.sum(axis=0)
    share = share / np.where(total > 0, total, 1.0)
    return np.asarray((without - whole.effect) * np.sqrt(np.maximum(1 - share, 0.0)), dtype=float)


def _effects_alone(found: Estimated) -> Estimated:
    """Drop influence functions, which nobody reads of a panel with one cluster less."""
    if found.cells is None:
        return found
    return replace(
        found, cells=replace(found.cells, influence=found.cells.influence[:0], drawn="no"), leads=_bare(found.leads)
    )


def _bare(leads: Leads | None) -> Leads | None:
    """Drop the influence of leads."""
    return None if leads is None else replace(leads, influence=leads.influence[:0])


def left_out_errors(moves: Floats, whole: Summaries, clusters: Integers) -> tuple[Floats, Integers]:
    """Return standard errors and degrees of freedom.

    Parameters
    ----------
    moves : numpy.ndarray
        From :func:`left_out_moves`.
    whole : Summaries
        Averages over all.
    clusters : numpy.ndarray
        Cluster of each unit from 0.

    Returns
    -------
    tuple of numpy.ndarray
        Errors, NaN where fewer than three treated clusters stand behind an average, and degrees of freedom.
    """
    treated = clusters_behind(whole.part, clusters)
    error = np.sqrt((moves**2).sum(axis=0))
    return np.where(treated >= FEWEST, error, np.nan), np.maximum(treated - 1, 1)


# two treated clusters leave one degree of freedom, whose limits reach 12.7 errors and say nothing
FEWEST = 3


def t_band(moves: Floats, df: Integers, *, level: float, seed: Seed) -> float:
    """Return by how many errors a band must reach so that it holds for all averages at once, with few treated.

    Parameters
    ----------
    moves : numpy.ndarray
        Clusters by averages.
    df : numpy.ndarray
        Degrees of freedom of each average.
    level : float
        Coverage.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    float
        Quantile of the largest absolute correlated t-statistic with the fewest degrees of freedom.
    """
    error = np.sqrt((moves**2).sum(axis=0))
    scaled = moves[:, error > 0] / error[error > 0]
    rng, fewest = generator(seed), int(df.min())
    normal = np.abs(rng.standard_normal((_BAND_DRAWS, len(scaled))) @ scaled).max(axis=1)
    return float(np.quantile(normal / np.sqrt(rng.chisquare(fewest, _BAND_DRAWS) / fewest), level))
