"""Errors, limits and bands of averages, by the inference that was asked for or that the data allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.core.errors import SpecificationError
from ctresearch.core.result import reach
from ctresearch.policy.adoption.leave_one_out import left_out_errors, t_band
from ctresearch.policy.adoption.multiplier import cluster_influence, covariance, critical_value
from ctresearch.policy.adoption.placebo import FEWEST_COMPARED, PLACEBOS, linear_averages, placebo_limits
from ctresearch.policy.adoption.summaries import clusters_behind

if TYPE_CHECKING:
    from ctresearch.core.random import Seed
    from ctresearch.policy.adoption.estimated_cells import Estimated
    from ctresearch.policy.adoption.group_time import Adoptions, Base, Control, Integers
    from ctresearch.policy.adoption.placebo import PlaceboName
    from ctresearch.policy.adoption.summaries import Summaries
    from ctresearch.policy.adoption.two_periods import Floats

Inference = Literal["auto", "analytic", "leave-one-out", "randomisation", "conley-taber", "ferman-pinto", "wild"]
INFERENCES: tuple[Inference, ...] = ("auto", "analytic", "leave-one-out", *PLACEBOS)
# with fewer treated clusters than this in all, or than that in a cohort, bands from influence functions were seen to
# hold in 79 to 88 of 100 draws, and leaving clusters out in 98 or more; with 8 treated, see coverage_adoption_few.csv
FEW_TREATED, FEW_IN_COHORT = 50, 15
# below these, single limits fall short as well
VERY_FEW, VERY_FEW_IN_COHORT = 20, 5
# one estimate a cluster: above this, leaving each out would take minutes, and averages of few are refused instead
MOST_LEFT_OUT = 1500


@dataclass(frozen=True, slots=True)
class Limits:
    """Errors and limits of averages.

    Parameters
    ----------
    inference : str
        How they were made.
    error, low, high : numpy.ndarray
        Shape (averages,); NaN where they are refused.
    covariance : numpy.ndarray
        Averages by averages; NaN where there is none.
    critical : dict
        By kind, by how many errors the band of averages at one place reaches.
    p_value : float
        Of no effect on the first average; NaN where the inference gives none.
    """

    inference: Inference
    error: Floats
    low: Floats
    high: Floats
    covariance: Floats
    critical: dict[str, float]
    p_value: float = float("nan")


def choose_inference(asked: Inference, treated: int, smallest: int, clusters: int) -> Inference:
    """Choose an inference for the number of treated clusters.

    Parameters
    ----------
    asked : str
        What the user asked for.
    treated : int
        Treated clusters.
    smallest : int
        Clusters in the smallest cohort.
    clusters : int
        Clusters in all.

    Returns
    -------
    str
        ``"leave-one-out"`` or ``"analytic"`` in place of ``"auto"``.

    Examples
    --------
    >>> choose_inference("auto", 8, 1, 40), choose_inference("auto", 250, 60, 500)
    ('leave-one-out', 'analytic')
    """
    if asked != "auto":
        return asked
    few = treated < FEW_TREATED or smallest < FEW_IN_COHORT
    return "leave-one-out" if few and clusters <= MOST_LEFT_OUT else "analytic"


def analytic_limits(
    found: Summaries, clusters: Integers, units: int, *, fewest: int, level: float, draws: int, seed: Seed
) -> Limits:
    """Make limits from influence functions, and bands by multipliers.

    Parameters
    ----------
    found : Summaries
        Averages.
    clusters : numpy.ndarray
        Cluster of each unit from 0.
    units : int
        Units over which influence averages.
    fewest : int
        Treated clusters below which an average has no limits.
    level : float
        Coverage.
    draws : int
        Multiplier draws; 0 for no band.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    Limits
        Errors, limits and critical values.
    """
    summed = cluster_influence(found.influence, clusters)
    spread = covariance(summed, units)
    behind = clusters_behind(found.part, clusters)
    thin = (behind < fewest) & (found.part.any(axis=0))
    error = np.where(thin, np.nan, np.sqrt(np.maximum(np.diag(spread), 0.0)))
    error = np.where(error > 0, error, np.nan)
    away = float(reach(level, np.inf)) * error
    critical = {}
    for kind in ("event", "cohort", "time"):
        here = found.of(kind) & np.isfinite(error)
        if here.any() and draws:
            critical[kind] = critical_value(summed[:, here], level=level, draws=draws, seed=seed)
    return Limits("analytic", error, found.effect - away, found.effect + away, spread, critical)


def left_out_limits(moves: Floats, found: Summaries, clusters: Integers, *, level: float, seed: Seed) -> Limits:
    """Make limits by leaving out each cluster.

    Parameters
    ----------
    moves : numpy.ndarray
        From :func:`ctresearch.policy.adoption.leave_one_out.left_out_moves`.
    found : Summaries
        Averages.
    clusters : numpy.ndarray
        Cluster of each unit from 0.
    level : float
        Coverage.
    seed : int or SeedSequence
        Where the random stream of the bands starts.

    Returns
    -------
    Limits
        Errors, limits and critical values.
    """
    error, df = left_out_errors(moves, found, clusters)
    error = np.where(error > 0, error, np.nan)
    away = reach(level, df) * error
    critical = {}
    for kind in ("event", "cohort", "time"):
        here = found.of(kind) & np.isfinite(error)
        if here.any():
            critical[kind] = t_band(moves[:, here], df[here], level=level, seed=seed)
    spread = moves.T @ moves
    return Limits("leave-one-out", error, found.effect - away, found.effect + away, spread, critical)


def placebo_averages(
    panel: Adoptions,
    estimated: Estimated,
    found: Summaries,
    name: PlaceboName,
    *,
    control: Control,
    base: Base,
    anticipation: float,
    size: Floats | None,
    level: float,
    draws: int,
    seed: Seed,
) -> Limits:
    """Make limits from units that were not treated, or by turning signs.

    Parameters
    ----------
    panel : Adoptions
        The data.
    estimated : Estimated
        Effects by cohort and time.
    found : Summaries
        Their averages.
    name : str
        Which inference.
    control, base, anticipation
        As the cells were estimated.
    size : numpy.ndarray or None
        Size of each unit.
    level : float
        Coverage.
    draws : int
        Draws.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    Limits
        Limits without errors.

    Raises
    ------
    SpecificationError
        If there are covariates, gaps or too few comparison units.
    """
    assert estimated.cells is not None
    never = int(np.isinf(panel.first).sum())
    if panel.covariates.shape[2] or not np.isfinite(panel.outcome).all():
        raise SpecificationError(
            f"inference == {name!r} needs outcomes without covariates and gaps, so that averages are sums of outcomes: "
            "use inference='leave-one-out', or panel.balanced()"
        )
    if name != "wild" and never < FEWEST_COMPARED:
        raise SpecificationError(
            f"inference == {name!r} with {never} units that never adopt, must have at least {FEWEST_COMPARED}: fewer "
            "cannot say what happens once in twenty times; use inference='leave-one-out'"
        )
    lines = linear_averages(panel, estimated.cells, found.cells, control=control, base=base, anticipation=anticipation)
    tests = [placebo_limits(panel, one, name, size=size, level=level, draws=draws, seed=seed) for one in lines]
    low, high = np.array([one.low for one in tests]), np.array([one.high for one in tests])
    none = np.full(len(tests), np.nan)
    return Limits(name, none, low, high, np.full((len(tests),) * 2, np.nan), {}, tests[0].p_value)
