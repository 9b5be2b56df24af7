"""What a Bayesian scale-up model says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.meaning import count, key, limits, model
from ctresearch.core.result import Result, table_field, value_field
from ctresearch.prevalence.averages.posterior_result import PERCENTS, summary_of
from ctresearch.prevalence.scale_up.scale_up_result import SCALED_UP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.meaning import Meaning
    from ctresearch.prevalence.scale_up.survey_design import Floats


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class BayesianScaleUpResult(Result):
    """Population size as a posterior distribution; ``estimate`` is its median, ``std_error`` its standard deviation.

    Parameters
    ----------
    posterior : pandas.DataFrame
        Indexed by ``term``: ``mean``, ``std_dev``, quantiles ``q0.5`` to ``q99.5``, and ``mcse_mean``, ``rhat``,
        ``ess_bulk`` and ``ess_tail`` of the chains. Where the result does not stand, ``std_dev`` and quantiles are
        ``NaN``.
    groups : pandas.DataFrame
        Indexed by ``group``: by how much more than at random numbers of people known in it vary, with limits. For
        models with barriers the intraclass correlation, for the overdispersed model the variance over the mean; empty
        for others.
    chains : int
        Chains that ``draws`` come from, one after the other, each with the same number.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``population`` and ``mean_degree``, in persons,
        ``prevalence``, and ``transmission`` where the model has it.

    Examples
    --------
    >>> from ctresearch.data.synthetic import scale_up_survey
    >>> from ctresearch.prevalence import BayesianScaleUp
    >>> made = scale_up_survey(60, seed=1)
    >>> sizes = made.tables["known"].set_index("group")["size"].to_dict()
    >>> model = BayesianScaleUp("random degree", hidden="hidden", known=sizes, population=1_000_000, iterations=1000)
    >>> model.fit(made.frame).groups.empty
    True
    """

    posterior: pd.DataFrame = table_field(
        {
            "term": key("Term"),
            "mean": model("Posterior mean"),
            "std_dev": model("Posterior standard deviation"),
            "mcse_mean": model("Monte Carlo error of the mean"),
            "rhat": model("R-hat"),
            "ess_bulk": model("Effective draws, bulk", "draws"),
            "ess_tail": model("Effective draws, tail", "draws"),
            **{f"q{percent:g}": model(f"Posterior quantile, {percent:g} %") for percent in PERCENTS},
        }
    )
    groups: pd.DataFrame = table_field(
        {"group": key("Group"), **limits("How unevenly it is known")},
    )
    chains: int = value_field(count("Chains", "chains", of="nobody"))
    terms: ClassVar[Mapping[str, Meaning]] = {
        **SCALED_UP,
        "transmission": model("Share of ties to hidden people that are known to be", reader="percent"),
    }

    def _drop_limits(self) -> None:
        """Take standard deviations and quantiles away too: they are limits under another name."""
        super()._drop_limits()
        table = self.posterior
        gone = [c for c in table.columns if c == "std_dev" or (c[0] == "q" and c[1:].replace(".", "").isdigit())]
        object.__setattr__(self, "posterior", table.assign(**dict.fromkeys(gone, np.nan)))


def posterior_table(draws: Mapping[str, Floats]) -> pd.DataFrame:
    """Summarise the draws of each term.

    Parameters
    ----------
    draws : mapping of str to numpy.ndarray
        Term to draws, shape (chains, draws).

    Returns
    -------
    pandas.DataFrame
        One row a term.

    Examples
    --------
    >>> posterior_table({"population": np.arange(8.0).reshape(2, 4)}).loc["population", "q50"]
    np.float64(3.5)
    """
    rows = [summary_of(one) for one in draws.values()]
    return pd.DataFrame(rows, index=pd.Index(list(draws), name="term", dtype="str"))


def quantile_rows(draws: Mapping[str, Floats], level: float) -> dict[str, tuple[float, float, float, float]]:
    """Return median, standard deviation and equal-tailed limits of each term.

    Parameters
    ----------
    draws : mapping of str to numpy.ndarray
        Name to draws, any shape.
    level : float
        Posterior probability of the interval.

    Returns
    -------
    dict
        Name to the four numbers.

    Examples
    --------
    >>> quantile_rows({"population": np.arange(5.0)}, 0.5)["population"][0]
    2.0
    """
    ends = [(1 - level) / 2, 0.5, (1 + level) / 2]
    rows = {}
    for name, one in draws.items():
        low, median, high = np.quantile(one, ends)
        rows[name] = (float(median), float(one.std(ddof=1)), float(low), float(high))
    return rows
