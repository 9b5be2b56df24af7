"""From people seen once or more often to a result: what the estimators of one list share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.random import recorded_seed
from ctresearch.core.result import estimates_table
from ctresearch.prevalence.closed.lognormal import lognormal_limits
from ctresearch.prevalence.lists.fewest_people import fewest_in_design
from ctresearch.prevalence.single_list.count_model import CountModel
from ctresearch.prevalence.single_list.frequencies import (
    check_frequencies,
    frequency_table,
    goodness_of_frequencies,
)
from ctresearch.prevalence.single_list.repeat_bootstrap import check_draws, draw_populations
from ctresearch.prevalence.single_list.repeat_fit import fit_repeats, population_of
from ctresearch.prevalence.single_list.repeat_result import RepeatCountResult
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from ctresearch.prevalence.single_list.repeat_cells import RepeatCells
    from ctresearch.prevalence.single_list.repeat_fit import Model, RepeatFit
    from ctresearch.stats.regression.jet import Floats

CLOSED = "The population is closed: nobody enters or leaves it in the reference period."
COUNTED = "Each time a person is seen is counted once, and records of one person are linked without error."
_LEAST_TWICE = 5  # one person more or less seen twice or more often would move the estimate by a fifth
_MOST_ERROR = 0.5  # of the estimate, beyond which normal limits of it or of its logarithm are far from each other
_MOST_UNSEEN = 20.0  # people for each one seen, beyond whom the shape of the distribution at zero decides


@dataclass(frozen=True, slots=True)
class Limits:
    """How limits are made: ``kind`` ``"lognormal"`` or ``"normal"``, or from ``bootstrap`` samples if there are any."""

    kind: str
    level: float
    bootstrap: int
    seed: int | np.random.SeedSequence


def estimate_repeats(
    model: Model,
    cells: RepeatCells,
    limits: Limits,
    *,
    start: Floats,
    method: str,
    assumptions: tuple[str, ...],
    references: tuple[str, ...],
) -> RepeatCountResult:
    """Fit a model of one list and say what it gives.

    Parameters
    ----------
    model : CountModel or OnceOrTwice
        The model.
    cells : RepeatCells
        The people.
    limits : Limits
        How limits are made.
    start : numpy.ndarray
        Coefficients to begin at, shape (P,).
    method : str
        What was done.
    assumptions, references : tuple of str
        Of the estimator.

    Returns
    -------
    RepeatCountResult
        The result.
    """
    fit = fit_repeats(model, cells, start=start)
    checks = [_check_repeats(cells), _check_unseen(cells.size, fit.population), _check_told(fit)]
    estimates, draws = _estimates(cells.size, fit, limits), None
    if limits.bootstrap:
        draws, failed = draw_populations(model, cells, fit, limits.bootstrap, limits.seed)
        checks.append(check_draws(limits.bootstrap, failed))
        estimates = _percentiles(estimates, draws, limits.level)
    told = _told(model, cells, fit)
    if isinstance(model, CountModel):
        table = frequency_table(model, cells, fit.beta)
        goodness = goodness_of_frequencies(table, [len(names) for names in cells.names])
        told |= {"frequencies": table, "goodness_of_fit": goodness}
        checks.append(check_frequencies(goodness))
    return RepeatCountResult(
        method=method,
        estimates=estimates,
        n=cells.size,
        level=limits.level,
        interval="percentile" if limits.bootstrap else limits.kind,
        checks=tuple(checks),
        assumptions=assumptions,
        references=references,
        inputs=record(
            cells.frame,
            seed=recorded_seed(limits.seed) if limits.bootstrap else None,
            packages=("numpy", "scipy", "formulaic"),
        ),
        draws=None if draws is None else draws.iloc[:, :4000],
        smallest_group=_fewest(cells),
        coefficients=_coefficients(model, cells, fit, limits.level),
        groups=_groups(cells, fit, limits) if cells.levels else None,
        **told,
    )


def _told(model: Model, cells: RepeatCells, fit: RepeatFit) -> dict[str, Any]:
    """Return what the likelihood says."""
    people = cells.people[cells.counts >= model.least].sum()
    return {
        "log_likelihood": fit.log_likelihood,
        "aic": 2 * len(fit.beta) - 2 * fit.log_likelihood,
        "bic": float(np.log(people)) * len(fit.beta) - 2 * fit.log_likelihood,
    }


def _limits(people: float, population: float, std_error: float, limits: Limits) -> tuple[float, float]:
    """Return analytic limits of a population."""
    if limits.kind == "lognormal":
        return lognormal_limits(people, population - people, std_error, limits.level)
    from scipy.special import ndtri

    reach = float(ndtri((1 + limits.level) / 2)) * std_error
    return population - reach, population + reach


def _estimates(people: int, fit: RepeatFit, limits: Limits) -> pd.DataFrame:
    """Table population and unobserved."""
    low, high = _limits(people, fit.population, fit.std_error, limits)
    rows = {
        "population": (fit.population, fit.std_error, low, high),
        "unobserved": (fit.population - people, fit.std_error, low - people, high - people),
    }
    return estimates_table(rows, unit="persons")


def _percentiles(table: pd.DataFrame, draws: pd.DataFrame, level: float) -> pd.DataFrame:
    """Take error and limits from draws."""
    if draws.shape[1] < 2:
        return table.assign(std_error=np.nan, ci_low=np.nan, ci_high=np.nan)
    ends = [draws.quantile(q, axis=1) for q in ((1 - level) / 2, (1 + level) / 2)]
    return table.assign(std_error=draws.std(axis=1), ci_low=ends[0], ci_high=ends[1])


def _coefficients(model: Model, cells: RepeatCells, fit: RepeatFit, level: float) -> pd.DataFrame:
    """Table the coefficients of all parts."""
    from scipy.special import ndtri

    error = np.sqrt(np.diag(fit.covariance))
    reach = float(ndtri((1 + level) / 2)) * error
    labels = [(part, name) for part, names in zip(model.parts, cells.names, strict=True) for name in names]
    return pd.DataFrame(
        {"estimate": fit.beta, "std_error": error, "ci_low": fit.beta - reach, "ci_high": fit.beta + reach},
        index=pd.MultiIndex.from_tuples(labels, names=["part", "term"]),
    )


def _groups(cells: RepeatCells, fit: RepeatFit, limits: Limits) -> pd.DataFrame:
    """Table the population by group, with analytic limits."""
    rows = []
    for code in range(len(cells.levels)):
        chosen = cells.group == code
        people = float(cells.people[chosen].sum())
        estimate, error = population_of(cells, fit.rows, fit.covariance, cells.people, chosen)
        rows.append((people, estimate, error, *_limits(people, estimate, error, limits)))
    columns = ["people", "estimate", "std_error", "ci_low", "ci_high"]
    return pd.DataFrame(rows, columns=columns, index=pd.Index(list(cells.levels), name="group", dtype="str"))


def _fewest(cells: RepeatCells) -> int:
    """Return the fewest people whom a number tells apart: seen once, more often, with a covariate, in a group."""
    once = float(cells.people[cells.counts == 1].sum())
    parts = [once, cells.size - once, *np.bincount(cells.group, weights=cells.people)]
    parts += [fewest_in_design(cells.people, m[:, 1:]) for m in cells.design.matrices if m.shape[1] > 1]
    return smallest_of(parts)


def _check_repeats(cells: RepeatCells) -> Check:
    """Say whether enough people were seen more than once."""
    often = int(cells.people[cells.counts > 1].sum())
    numbers = {"people": float(cells.size), "more_than_once": float(often)}
    said = say("Of {people:,} people {often:,} were seen more than once", people=cells.size, often=often)
    if often >= _LEAST_TWICE:
        return Check("repeats", "pass", say("{said}.", said=said), numbers)
    return Check("repeats", "review", say("{said}: the estimate leans on single people.", said=said), numbers)


def _check_unseen(people: int, population: float) -> Check:
    """Say whether those never seen are so many that the form of the distribution decides."""
    ratio = (population - people) / people
    numbers = {"unseen_per_seen": ratio}
    said = say("For each person seen {ratio:.1f} are estimated never to have been", ratio=ratio)
    if ratio <= _MOST_UNSEEN:
        return Check("unseen", "pass", say("{said}.", said=said), numbers)
    return Check(
        "unseen",
        "review",
        say("{said}: nearly all of the answer comes from the form of the distribution.", said=said),
        numbers,
    )


def _check_told(fit: RepeatFit) -> Check:
    """Say whether the data tell the population at all."""
    ratio = fit.std_error / fit.population
    numbers = {"relative_error": ratio}
    said = say("The standard error is {ratio:.0%} of the estimate", ratio=ratio)
    if ratio <= _MOST_ERROR:
        return Check("precision", "pass", say("{said}.", said=said), numbers)
    return Check("precision", "review", say("{said}: the data hardly tell the population.", said=said), numbers)
