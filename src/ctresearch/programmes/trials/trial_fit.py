"""The effect in one group of people of a trial, by model, and its tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.message import say
from ctresearch.programmes.trials.randomisation import randomisation_test
from ctresearch.stats.clusters.bias_reduced import robust_variance
from ctresearch.stats.clusters.estimating_equations import cluster_sums, fit_clustered
from ctresearch.stats.clusters.inversion import invert_test
from ctresearch.stats.clusters.linear_bootstrap import LinearBootstrap
from ctresearch.stats.clusters.restricted_likelihood import fit_mixed
from ctresearch.stats.clusters.score_bootstrap import ScoreBootstrap
from ctresearch.stats.clusters.wild_bootstrap import draw_weights
from ctresearch.stats.regression.generalized_linear import fit_regression

if TYPE_CHECKING:
    from ctresearch.core.random import Seed
    from ctresearch.programmes.trials.trial_table import TrialTable
    from ctresearch.stats.clusters.bias_reduced import Correction
    from ctresearch.stats.clusters.estimating_equations import Correlation
    from ctresearch.stats.clusters.kenward_roger import Df
    from ctresearch.stats.regression.generalized_linear import Family, Floats

Method = Literal["gee", "mixed"]
Shown = Literal["t", "wild bootstrap", "randomisation"]
METHODS: tuple[Method, ...] = ("gee", "mixed")
SHOWN: tuple[Shown, ...] = ("t", "wild bootstrap", "randomisation")
# from about 30 clusters on corrections change little; below 8, only randomisation holds, without
# a model of the errors
FEW, VERY_FEW = 30, 8


@dataclass(frozen=True, slots=True)
class TrialOptions:
    """How a trial is analysed.

    Parameters
    ----------
    method : {"gee", "mixed"}
        Estimating equations or a mixed model.
    family : {"linear", "logistic", "poisson"}
        Of the outcome.
    correlation : {"exchangeable", "independence"}
        Working correlation of the equations.
    correction : {"kauermann_carroll", "mancl_derouen", "none"}
        Of their variance.
    by_period : bool
        Whether the mixed model has an effect for each cluster and period.
    level : float
        Coverage of the limits.
    draws : int
        Of the wild bootstrap and of randomisation, where they do not go through all.
    seed : int or SeedSequence
        Of those.
    df : {"satterthwaite", "kenward-roger"}
        Degrees of freedom of the mixed model.

    Examples
    --------
    >>> TrialOptions("gee", "linear", "exchangeable", "none", False, 0.95, 99, 0).method
    'gee'
    """

    method: Method
    family: Family
    correlation: Correlation
    correction: Correction
    by_period: bool
    level: float
    draws: int
    seed: Seed
    df: Df = "satterthwaite"


@dataclass(frozen=True, slots=True)
class Tested:
    """One test of an effect.

    Parameters
    ----------
    estimate, low, high, p_value, df : float
        The effect as the test estimates it, its limits, the p-value of no effect, and degrees of freedom or NaN.

    Examples
    --------
    >>> Tested(1.0, 0.0, 2.0, 0.05, 10.0).df
    10.0
    """

    estimate: float
    low: float
    high: float
    p_value: float
    df: float


@dataclass(frozen=True, slots=True)
class TrialFit:
    """An effect and its tests.

    Parameters
    ----------
    estimate, std_error : float
        The effect by the model.
    tests : dict of str to Tested
        By name of the test.
    icc : float
        Correlation within a cluster, given the columns of the model.
    checks : tuple of Check
        What a reader must know.

    Examples
    --------
    >>> TrialFit(1.0, 0.5, {}, 0.1, ()).icc
    0.1
    """

    estimate: float
    std_error: float
    tests: dict[str, Tested]
    icc: float
    checks: tuple[Check, ...]


def fit_trial(table: TrialTable, options: TrialOptions) -> TrialFit:
    """Estimate and test the effect of the treatment.

    Parameters
    ----------
    table : TrialTable
        The trial.
    options : TrialOptions
        How.

    Returns
    -------
    TrialFit
        The effect with its three tests; the wild bootstrap's limits stand around the model's estimate.

    Raises
    ------
    DataError
        If columns are collinear.
    FitError
        If the estimate does not exist.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.programmes.trials.trial_table import read_trial
    >>> frame = pd.DataFrame({"v": list("aabbccdd"), "arm": [0] * 4 + [1] * 4, "y": [1.0, 2, 3, 4, 9, 8, 9, 8]})
    >>> how = TrialOptions("gee", "linear", "exchangeable", "kauermann_carroll", False, 0.95, 99, 0)
    >>> fit_trial(read_trial(frame, outcome="y", treatment="arm", cluster="v"), how).estimate.__round__(6)
    6.0
    """
    estimate, error, df, icc, checks = _mixed(table, options) if options.method == "mixed" else _gee(table, options)
    tests = {"t": _t_test(estimate, error, df, options.level)}
    tests["wild bootstrap"] = _wild(table, options, estimate, error)
    tests["randomisation"] = _randomised(table, options, error)
    return TrialFit(estimate, error, tests, icc, (*checks, *_check_clusters(table), *_check_spread(table)))


def _gee(table: TrialTable, options: TrialOptions) -> tuple[float, float, float, float, tuple[Check, ...]]:
    """Solve estimating equations and correct their variance."""
    names = (*table.words, "the arm")
    fit = fit_clustered(table.design, table.outcome, table.clusters, options.family, options.correlation, names=names)
    contrast = np.zeros(len(fit.coefficients))
    contrast[-1] = 1.0
    found = robust_variance(fit.grams, fit.scores, fit.bread, contrast, options.correction)
    return float(fit.coefficients[-1]), found.std_error, found.df, fit.correlation, ()


def _mixed(table: TrialTable, options: TrialOptions) -> tuple[float, float, float, float, tuple[Check, ...]]:
    """Fit a mixed model; without a variance between clusters, count clusters and not people."""
    fit = fit_mixed(table, by_period=options.by_period, df=options.df)
    df = fit.df
    checks: tuple[Check, ...] = ()
    if fit.at_zero:
        between = max(len(table.cluster_names) - 2 - int(table.strata.max()), 1)
        df = min(df, float(between)) if np.isfinite(df) else float(between)
        said = say(
            "A variance between clusters was estimated as 0, where degrees of freedom may count people; "
            "those of clusters, {between}, are used at most.",
            between=between,
        )
        checks = (Check("variance at zero", "review", said, {"df": df}),)
    return float(fit.coefficients[-1]), fit.std_error, df, fit.icc, checks


def _t_test(estimate: float, error: float, df: float, level: float) -> Tested:
    """Refer an estimate to the t distribution."""
    from scipy.special import stdtr, stdtrit

    reach = float(stdtrit(df, (1 + level) / 2)) * error
    p_value = 2 * float(stdtr(df, -abs(estimate) / error)) if error > 0 else float("nan")
    return Tested(estimate, estimate - reach, estimate + reach, p_value, df)


def _wild(table: TrialTable, options: TrialOptions, estimate: float, error: float) -> Tested:
    """Test by the scores of the clusters."""
    weights = draw_weights(len(table.cluster_names), options.draws, options.seed)
    rows = (table.design, table.outcome, table.clusters)
    test: LinearBootstrap | ScoreBootstrap
    if options.family == "linear":
        test = LinearBootstrap(cluster_sums(*rows), options.correlation, weights)
    else:
        test = ScoreBootstrap(*rows, options.family, options.correlation, weights)
    limits = invert_test(test.p_value, estimate, 2 * error, options.level)
    return Tested(estimate, *limits, test.p_value(), float("nan"))


def _randomised(table: TrialTable, options: TrialOptions, error: float) -> Tested:
    """Test by the design; for other than linear models the p-value alone, since a shift of 0 and 1 has no meaning."""
    nothing = fit_regression(table.base, table.outcome, options.family, names=table.words)
    test = randomisation_test(table, table.outcome - nothing.fitted, draws=options.draws, seed=options.seed)
    nan = float("nan")
    if options.family != "linear":
        return Tested(nan, nan, nan, test.p_value(), nan)
    limits = invert_test(test.p_value, test.estimate, 2 * error, options.level)
    return Tested(test.estimate, *limits, test.p_value(), nan)


def _check_spread(table: TrialTable) -> tuple[Check, ...]:
    """Say where an arm has one outcome throughout, so that the error comes from the other arm alone."""
    out = []
    for value in (0, 1):
        here = table.outcome[table.treatment == value]
        if here.min() == here.max():
            said = say(
                "All {here:,} people of arm {value} have the same outcome, so the error of the effect comes "
                "from the other arm alone and is too small: trust the test by randomisation.",
                here=len(here),
                value=value,
            )
            out.append(Check("spread", "review", said, {"arm": value, "persons": len(here)}))
    return tuple(out)


def _check_clusters(table: TrialTable) -> tuple[Check, ...]:
    """Say what the number and the sizes of the clusters allow."""
    sizes: Floats = table.sizes.astype(float)
    count, single = len(sizes), int((sizes == 1).sum())
    spread = float(sizes.std(ddof=1) / sizes.mean())
    numbers = {"clusters": count, "smallest": sizes.min(), "largest": sizes.max(), "cv": spread, "single": single}
    checks = []
    if count < VERY_FEW:
        said = say(
            "{count} clusters: no correction is sure with so few; trust the test by randomisation, and "
            "its limits, alone.",
            count=count,
        )
        checks.append(Check("clusters", "review", said, numbers))
    else:
        few = (
            say("few, so small-sample corrections and the wild bootstrap carry the inference")
            if count < FEW
            else say("enough")
        )
        checks.append(Check("clusters", "pass", say("{count} clusters are {few}.", count=count, few=few), numbers))
    if single:
        said = say(
            "{single} of {count} clusters hold one row, which tells nothing of how alike a cluster is: "
            "check their labels.",
            single=single,
            count=count,
        )
        checks.append(Check("clusters of one", "review", said, numbers))
    return tuple(checks)
