"""Means of the followed up, as they are and weighted for the lost, and the sampling error of bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.causes.effects.effect_equations import arm_mean, treatment_model_share
from ctresearch.core.random import Seed, streams
from ctresearch.stats.regression.generalized_linear import fit_regression
from ctresearch.stats.regression.influence import standard_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from ctresearch.programmes.follow.follow_up_table import FollowUpTable
    from ctresearch.programmes.follow.selection_bounds import Bounds
    from ctresearch.stats.regression.generalized_linear import Floats


def follow_up_difference(table: FollowUpTable, *, weighted: bool) -> tuple[float, float, float]:
    """Return the difference of means between the arms.

    Parameters
    ----------
    table : FollowUpTable
        The data.
    weighted : bool
        Whether the followed up also stand for those like them who are lost, by the inverse of their chance of being
        seen.

    Returns
    -------
    tuple of float
        The difference, its standard error, and the smallest chance of anybody who was followed up.

    Raises
    ------
    FitError
        If covariates tell for sure who is lost.

    Examples
    --------
    >>> from ctresearch.programmes.follow.follow_up_table import FollowUpTable
    >>> y, a, seen = np.array([1.0, 3, 0, 4, 6, 5]), np.repeat([0.0, 1.0], 3), np.array([1.0, 1, 0, 1, 1, 1])
    >>> table = FollowUpTable(y, a, seen, np.ones((6, 1)), ("constant",), None, None)
    >>> follow_up_difference(table, weighted=False)[0]
    3.0
    """
    means, smallest = [], 1.0
    influence = np.zeros(len(table.outcome))
    for arm in (0, 1):
        here = table.treatment == arm
        seen, y, design = table.seen[here], table.outcome[here], table.design[here]
        nothing, ones = np.zeros(len(y)), np.ones(len(y))
        if not weighted or seen.all():
            mean = arm_mean(y, seen, ones, arm=1, estimand="ate", chance=ones / 2, predicted=nothing)
            share = mean.influence
        else:
            model = fit_regression(design, seen, "logistic", names=table.names)
            mean = arm_mean(y, seen, ones, arm=1, estimand="ate", chance=model.fitted, predicted=nothing)
            share = mean.influence + treatment_model_share(
                mean, design, y, nothing, arm=1, estimand="ate", model=model, residual=seen - model.fitted
            )
            smallest = min(smallest, float(model.fitted[seen == 1].min()))
        means.append(mean.value)
        influence[here] = share if arm == 1 else -share
    return means[1] - means[0], standard_error(influence, table.clusters), smallest


def bootstrap_bounds(
    table: FollowUpTable, bound: Callable[[Floats, Floats, Floats], Bounds], draws: int, seed: Seed
) -> tuple[Bounds, tuple[float, float]]:
    """Return bounds, and their standard errors over draws of clusters or people within the arms.

    Parameters
    ----------
    table : FollowUpTable
        The data.
    bound : callable
        Takes outcome, treatment and who was seen.
    draws : int
        Number of draws.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    tuple
        Bounds, and the standard errors of the lower and the upper one.

    Examples
    --------
    >>> from ctresearch.programmes.follow.selection_bounds import lee_bounds
    >>> from ctresearch.programmes.follow.follow_up_table import FollowUpTable
    >>> y, a = np.array([1.0, 3, 2, 4, 6, 5]), np.repeat([0.0, 1.0], 3)
    >>> table = FollowUpTable(y, a, np.ones(6), np.ones((6, 1)), ("constant",), None, None)
    >>> bootstrap_bounds(table, lee_bounds, 50, 1)[0]
    Bounds(low=3.0, high=3.0)
    """
    units = np.arange(len(table.outcome)) if table.clusters is None else table.clusters
    members = [np.flatnonzero(units == u) for u in range(int(units.max()) + 1)]
    arm_of = np.array([table.treatment[m[0]] for m in members])
    arms = [np.flatnonzero(arm_of == arm) for arm in (0, 1)]
    values = np.full((draws, 2), np.nan)
    rng = streams(seed, 1)[0]
    for draw in range(draws):
        drawn = np.concatenate([arm[(rng.random(len(arm)) * len(arm)).astype(int)] for arm in arms])
        rows = np.concatenate([members[unit] for unit in drawn])
        one = bound(table.outcome[rows], table.treatment[rows], table.seen[rows])
        values[draw] = one.low, one.high
    errors = np.nanstd(values, axis=0, ddof=1)
    return bound(table.outcome, table.treatment, table.seen), (float(errors[0]), float(errors[1]))
