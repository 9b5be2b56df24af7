"""What a Bayesian method says about a population."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.meaning import count, key, model
from ctresearch.core.result import MAX_DRAWS, Result, table_field, value_field
from ctresearch.prevalence.lists.declared import LISTS, POPULATION
from ctresearch.prevalence.lists.population_table import population_table
from ctresearch.stats.chains.mcmc import ess_bulk, ess_tail, mcse_mean, rhat

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.meaning import Meaning
    from ctresearch.prevalence.lists.cells import Array

PERCENTS = (0.5, 2.5, 5, 10, 25, 50, 75, 90, 95, 97.5, 99.5)
POSTERIOR_MODELS: Mapping[str, Meaning] = {
    "model": key("Model"),
    "classes": count("Classes that hold people", "classes", of="nobody"),
    "terms": count("Terms of the model", "terms", of="nobody"),
    "probability": model("Posterior probability", reader="percent"),
    "mean": model("Posterior mean of the population", "persons"),
}
PRIORS: Mapping[str, Meaning] = {
    "prior": key("Prior of models"),
    "mean": model("Posterior mean of the population", "persons"),
    "carried": model("Share of the models that carries over", reader="percent"),
}
_QUANTILE = re.compile(r"q[0-9.]+")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PosteriorResult(Result):
    """Population size as a posterior distribution; ``estimate`` is its median, ``std_error`` its standard deviation.

    Parameters
    ----------
    posterior : pandas.DataFrame
        Indexed by ``term``: ``mean``, ``std_dev``, quantiles ``q0.5`` to ``q99.5`` and, for a sampler,
        ``mcse_mean``, ``rhat``, ``ess_bulk`` and ``ess_tail``. Where the result does not stand, ``std_dev`` and the
        quantiles are ``NaN`` here as in every other table, and what is known of the chains stays.
    models : pandas.DataFrame
        The models behind it, the most probable first: ``probability`` and the posterior mean of the population under
        each, ``mean``, or what the method's page says.
    lists : tuple of str
        Names of the lists; digits in a model count them from 1.
    prior_sensitivity : pandas.DataFrame, optional
        Indexed by ``prior``, for averages over models: ``mean``, the posterior mean with all models equally probable
        (``uniform``), with about one interaction expected (``sparse``) and as ``stated``, from the same models;
        ``carried``, the effective share of them that carries over, near 0 where the figure is rough.
    chains : int
        Chains that ``draws`` come from, one after the other, each with the same number; 1 for independent draws.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``population`` and ``unobserved``.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, GraphicalAverage
    >>> result = GraphicalAverage(unobserved_max=3000).fit(CaptureHistories.from_published("korea"))
    >>> result.models.index[0], result.posterior.loc["population", "q50"]
    ('[12,23]', np.float64(163.0))
    """

    posterior: pd.DataFrame = table_field(
        {
            "term": key("Term"),
            "mean": model("Posterior mean", "persons"),
            "std_dev": model("Posterior standard deviation", "persons"),
            "mcse_mean": model("Monte Carlo error of the mean", "persons"),
            "rhat": model("R-hat"),
            "ess_bulk": model("Effective draws, bulk", "draws"),
            "ess_tail": model("Effective draws, tail", "draws"),
            **{f"q{percent:g}": model(f"Posterior quantile, {percent:g} %", "persons") for percent in PERCENTS},
        }
    )
    models: pd.DataFrame = table_field(POSTERIOR_MODELS)
    lists: tuple[str, ...] = value_field(LISTS)
    prior_sensitivity: pd.DataFrame | None = table_field(PRIORS, optional=True)
    chains: int = value_field(count("Chains", "chains", of="nobody"), default=1)
    terms: ClassVar[Mapping[str, Meaning]] = POPULATION

    def _drop_limits(self) -> None:
        """Take standard deviations and quantiles away too: they are limits under another name."""
        super()._drop_limits()
        for one in fields(self):
            table = getattr(self, one.name)
            if isinstance(table, pd.DataFrame) and one.name != "estimates":
                gone = [c for c in table.columns if c == "std_dev" or _QUANTILE.fullmatch(str(c))]
                object.__setattr__(self, one.name, table.assign(**dict.fromkeys(gone, np.nan)))


def both_terms(population: Mapping[str, float], people: int) -> pd.DataFrame:
    """Build the table of the posterior from what is known of the population.

    Parameters
    ----------
    population : mapping of str to float
        Column to value; ``mean`` and quantiles are in persons.
    people : int
        On at least one list.

    Returns
    -------
    pandas.DataFrame
        Terms ``population`` and ``unobserved``.

    Examples
    --------
    >>> both_terms({"mean": 12.0, "std_dev": 2.0}, 10)["mean"].tolist()
    [12.0, 2.0]
    """
    shifts = {name: people if name == "mean" or name.startswith("q") else 0 for name in population}
    unobserved = {name: value - shifts[name] for name, value in population.items()}
    return pd.DataFrame(
        [population, unobserved], index=pd.Index(["population", "unobserved"], name="term", dtype="str")
    )


def summary_of(population: Array) -> dict[str, float]:
    """Summarise draws of the population.

    Parameters
    ----------
    population : numpy.ndarray
        Shape (chains, draws).

    Returns
    -------
    dict of str to float
        Mean, standard deviation, quantiles, and what :func:`diagnostics` says.

    Examples
    --------
    >>> summary_of(np.arange(8.0).reshape(2, 4))["q50"]
    3.5
    """
    quantiles = np.percentile(population, PERCENTS)
    named = {f"q{percent:g}": float(value) for percent, value in zip(PERCENTS, quantiles, strict=True)}
    return {
        "mean": float(population.mean()),
        "std_dev": float(population.std(ddof=1)),
        **named,
        **diagnostics(population),
    }


def estimates_of(population: Array, people: int, level: float, *, usable: bool) -> pd.DataFrame:
    """Build the table of estimates from draws of the population.

    Parameters
    ----------
    population : numpy.ndarray
        Shape (chains, draws).
    people : int
        On at least one list.
    level : float
        Coverage of the limits.
    usable : bool
        Whether the draws may be used; ``NaN`` stands everywhere if not.

    Returns
    -------
    pandas.DataFrame
        Terms ``population`` and ``unobserved``: median, standard deviation and equal-tailed limits.

    Examples
    --------
    >>> estimates_of(np.arange(8.0).reshape(2, 4) + 10, 10, 0.5, usable=True)["estimate"].tolist()
    [13.5, 3.5]
    """
    if not usable:
        return population_table(people, np.nan, np.nan, (np.nan, np.nan))
    low, median, high = np.quantile(population, [(1 - level) / 2, 0.5, (1 + level) / 2])
    return population_table(people, median - people, float(population.std(ddof=1)), (low, high))


def diagnostics(draws: Array | None) -> dict[str, float]:
    """Return what is known of the mixing of some chains.

    Parameters
    ----------
    draws : numpy.ndarray or None
        Draws of the population, shape (chains, draws); nothing where there was no sampler.

    Returns
    -------
    dict of str to float
        Standard error of the mean, R-hat and effective draws, or an empty one.

    Examples
    --------
    >>> sorted(diagnostics(np.random.default_rng(1).normal(size=(4, 100))))
    ['ess_bulk', 'ess_tail', 'mcse_mean', 'rhat']
    """
    if draws is None:
        return {}
    return {
        "mcse_mean": mcse_mean(draws),
        "rhat": rhat(draws),
        "ess_bulk": ess_bulk(draws),
        "ess_tail": ess_tail(draws),
    }


def draws_of(population: Array, people: int) -> pd.DataFrame:
    """Build the table of draws, evenly thinned to at most 4,000.

    Parameters
    ----------
    population : numpy.ndarray
        Draws of the population, shape (chains, draws).
    people : int
        On at least one list.

    Returns
    -------
    pandas.DataFrame
        Terms by draws, chain after chain.

    Examples
    --------
    >>> draws_of(np.array([[12.0, 13.0], [11.0, 15.0]]), 10).loc["unobserved"].tolist()
    [2.0, 3.0, 1.0, 5.0]
    """
    chains, length = population.shape
    kept = np.linspace(0, length - 1, min(length, MAX_DRAWS // chains)).astype(np.int64)
    values = population[:, kept].ravel()
    index = pd.Index(["population", "unobserved"], name="term", dtype="str")
    return pd.DataFrame(np.stack([values, values - people]), index=index)
