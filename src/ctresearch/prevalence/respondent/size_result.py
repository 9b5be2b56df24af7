"""What the order of degrees says of the size of a population."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.meaning import count, key, model
from ctresearch.core.result import MAX_DRAWS, Result, table_field, value_field
from ctresearch.stats.chains.mcmc import ess_bulk, ess_tail, mcse_mean, rhat

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning

    Array = NDArray[Any]

PERCENTS = (2.5, 25.0, 50.0, 75.0, 97.5)
_SUMMARY: Mapping[str, Meaning] = {
    "mean": model("Mean", "persons"),
    "std_dev": model("Standard deviation", "persons"),
    **{f"q{percent:g}": model(f"Quantile, {percent:g} %", "persons") for percent in PERCENTS},
}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RecruitedPopulationResult(Result):
    """Population size as a posterior; ``estimate`` is its median, ``std_error`` its standard deviation.

    Parameters
    ----------
    sizes : pandas.DataFrame
        Indexed by ``of``: the ``prior`` and the ``posterior`` of the size, by ``mean``, ``std_dev`` and quantiles
        ``q2.5`` to ``q97.5``, in persons.
    degrees : pandas.DataFrame
        Indexed by ``quantity``: posterior ``mean`` and ``std_dev`` of the mean degree and of the standard deviation of
        degrees in the population, in people known.
    chains_table : pandas.DataFrame
        Indexed by ``quantity``: ``mcse_mean``, ``rhat``, ``ess_bulk`` and ``ess_tail``.
    chains : int
        Chains that ``draws`` come from, one after the other, each with the same number.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``population`` and ``unobserved``.

    Examples
    --------
    >>> from ctresearch.data.synthetic import respondent_sample
    >>> from ctresearch.prevalence import RespondentSample, SuccessiveSamplingPopulation
    >>> sample = RespondentSample.from_frame(respondent_sample(200, population=500, seed=3).frame)
    >>> result = SuccessiveSamplingPopulation(prior_size=600, draws=500, seed=1).fit(sample)
    >>> result.sizes.index.tolist()
    ['prior', 'posterior']
    """

    sizes: pd.DataFrame = table_field({"of": key("Distribution"), **_SUMMARY})
    degrees: pd.DataFrame = table_field(
        {
            "quantity": key("Quantity"),
            "mean": model("Posterior mean", "people known"),
            "std_dev": model("Posterior standard deviation", "people known"),
        }
    )
    chains_table: pd.DataFrame = table_field(
        {
            "quantity": key("Quantity"),
            "mcse_mean": model("Monte Carlo error of the mean"),
            "rhat": model("R-hat"),
            "ess_bulk": model("Effective draws, bulk", "draws"),
            "ess_tail": model("Effective draws, tail", "draws"),
        }
    )
    chains: int = value_field(count("Chains", "chains", of="nobody"), default=1)
    terms: ClassVar[Mapping[str, Meaning]] = {
        "population": model("Estimated population", "persons", headline=True),
        "unobserved": model("Estimated number outside the sample", "persons"),
    }

    def _drop_limits(self) -> None:
        """Take quantiles and standard deviations of the posterior away too: they are limits under another name."""
        super()._drop_limits()
        sizes, degrees = self.sizes, self.degrees
        spread = [column for column in sizes.columns if column != "mean"]
        sizes.loc["posterior", spread] = np.nan
        object.__setattr__(self, "sizes", sizes)
        object.__setattr__(self, "degrees", degrees.assign(std_dev=np.nan))


def summarised(draws: Array) -> dict[str, float]:
    """Summarise draws of a size.

    Parameters
    ----------
    draws : numpy.ndarray
        Draws, of any shape.

    Returns
    -------
    dict of str to float
        Mean, standard deviation and quantiles.

    Examples
    --------
    >>> summarised(np.arange(101.0))["q25"]
    25.0
    """
    quantiles = {f"q{percent:g}": float(np.quantile(draws, percent / 100)) for percent in PERCENTS}
    return {"mean": float(draws.mean()), "std_dev": float(draws.std(ddof=1)), **quantiles}


def diagnosed(quantities: Mapping[str, Array]) -> pd.DataFrame:
    """Table what the chains tell of each quantity.

    Parameters
    ----------
    quantities : mapping of str to numpy.ndarray
        Draws, shape (chains, draws).

    Returns
    -------
    pandas.DataFrame
        One row a quantity.

    Examples
    --------
    >>> diagnosed({"population": np.random.default_rng(1).normal(size=(4, 500))}).columns.tolist()
    ['mcse_mean', 'rhat', 'ess_bulk', 'ess_tail']
    """
    rows = {name: (mcse_mean(d), rhat(d), ess_bulk(d), ess_tail(d)) for name, d in quantities.items()}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["mcse_mean", "rhat", "ess_bulk", "ess_tail"])
    return table.rename_axis("quantity")


def thinned(population: Array, people: int) -> pd.DataFrame:
    """Return at most 4,000 draws of both terms, chain after chain.

    Parameters
    ----------
    population : numpy.ndarray
        Draws of the size, shape (chains, draws).
    people : int
        People in the sample.

    Returns
    -------
    pandas.DataFrame
        Terms by draws.

    Examples
    --------
    >>> thinned(np.full((4, 3000), 9.0), 4).shape
    (2, 4000)
    """
    chains, length = population.shape
    kept = np.linspace(0, length - 1, min(length, MAX_DRAWS // chains)).astype(np.int64)
    values = population[:, kept].ravel()
    index = pd.Index(["population", "unobserved"], name="term", dtype="str")
    return pd.DataFrame(np.stack([values, values - people]), index=index)
