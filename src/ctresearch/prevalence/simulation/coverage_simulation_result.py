"""What a simulation says of the methods: coverage, bias and length of intervals, by scenario."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.meaning import count, key, model
from ctresearch.core.result import Result, table_field, value_field
from ctresearch.core.validate import has_columns, is_frame, is_level
from ctresearch.prevalence.lists.declared import NOT_APPLICABLE
from ctresearch.prevalence.simulation.performance import performance, wilson_limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from ctresearch.core.meaning import Meaning


def _populations(label: str) -> Meaning:
    """Mean a number of simulated populations."""
    return count(label, "populations", of="nobody")


RUN_COLUMNS = ("scenario", "method", "truth", "estimate", "ci_low", "ci_high")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SimulatedCoverage(Result):
    """How often the intervals of each method held the truth; terms are methods, ``scenario`` a key column.

    Parameters
    ----------
    performance : pandas.DataFrame
        Indexed by ``scenario`` and ``method``: ``truth``, ``populations``, how many of them had an estimate and an
        interval, ``bias``, ``median_bias``, ``coverage``, ``length`` with Monte Carlo errors ending in ``_se``, and
        ``below`` and ``above``, intervals wholly below and above the truth.
    runs : pandas.DataFrame
        One row a method and population: ``scenario``, ``method``, ``truth``, ``estimate``, ``ci_low``, ``ci_high``.
    not_applicable : pandas.DataFrame
        Indexed by ``method``: ``reason`` why it is not for such tables.
    nominal : float
        Coverage that the intervals aim at.
    **fields
        Everything that :class:`ctresearch.core.Result` holds; the limits of a coverage are Wilson's.

    Examples
    --------
    >>> from ctresearch.prevalence import simulate_coverage
    >>> result = simulate_coverage("positive", ["Independence (Mt)"], replications=20, seed=1)
    >>> result.performance.loc[("positive", "Independence (Mt)"), "bias"] < 0
    np.True_
    """

    n: int = value_field(count("Populations simulated", "populations", of="nobody"))
    performance: pd.DataFrame = table_field(
        {
            "scenario": key("Scenario"),
            "method": key("Method"),
            "truth": model("True population", "persons"),
            "populations": _populations("Populations simulated"),
            "with_estimate": _populations("Populations with an estimate"),
            "with_interval": _populations("Populations with an interval"),
            "bias": model("Mean error, as a share of the truth", reader="percent"),
            "bias_se": model("Monte Carlo error of the mean error", reader="percent"),
            "median_bias": model("Median error, as a share of the truth", reader="percent"),
            "median_bias_se": model("Monte Carlo error of the median error", reader="percent"),
            "coverage": model("Share of intervals that hold the truth", reader="percent"),
            "coverage_se": model("Monte Carlo error of that share", reader="percent"),
            "below": _populations("Intervals wholly below the truth"),
            "above": _populations("Intervals wholly above the truth"),
            "length": model("Median length of intervals, as a share of the truth", reader="percent"),
            "length_se": model("Monte Carlo error of the length", reader="percent"),
        }
    )
    runs: pd.DataFrame = table_field(
        {
            "scenario": key("Scenario"),
            "method": key("Method"),
            "truth": model("True population", "persons"),
            "estimate": model("Estimated population", "persons"),
            "ci_low": model("Lower limit", "persons"),
            "ci_high": model("Upper limit", "persons"),
        }
    )
    not_applicable: pd.DataFrame = table_field(NOT_APPLICABLE)
    nominal: float = value_field(model("Share of intervals that should hold the truth", reader="percent"))
    terms: ClassVar[Mapping[str, Meaning]] = {"*": model("", "share of populations", reader="percent")}
    keys: ClassVar[Mapping[str, Meaning]] = {"scenario": key("Scenario")}

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the coverage of each method in each scenario, with the coverage it aims at.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            The picture.

        Examples
        --------
        >>> from ctresearch.prevalence import simulate_coverage
        >>> simulate_coverage("sparse", ["Lower bound"], replications=5).plot().get_xlabel()
        'share of populations'
        """
        from ctresearch.core import plot, render

        table = self.estimates
        scenarios = table["scenario"].nunique()
        names = [f"{s}: {m}" if scenarios > 1 else m for m, s in zip(table.index, table["scenario"], strict=True)]
        ax = plot.forest(table.set_axis(names), title=render.title(self), reference=self.nominal, ax=ax)
        return plot.shows(ax, table, self.roles())


def performance_table(runs: pd.DataFrame) -> pd.DataFrame:
    """Measure every method in every scenario from what it said of each population.

    Parameters
    ----------
    runs : pandas.DataFrame
        As in :class:`SimulatedCoverage`; tables of several simulations may stand below one another.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``scenario`` and ``method``, in the order of their first row.

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> runs = pd.DataFrame({"scenario": "s", "method": "m", "truth": 10, "estimate": [9.0, 12.0],
    ...                      "ci_low": [8.0, 11.0], "ci_high": [11.0, 13.0]})
    >>> performance_table(runs)["coverage"].item()
    0.5
    """
    has_columns("runs", is_frame("runs", runs), RUN_COLUMNS)
    rows = {}
    for pair, part in runs.groupby(["scenario", "method"], sort=False):
        truth = float(part["truth"].iloc[0])
        estimate, low, high = (part[name].to_numpy(dtype=float) for name in ("estimate", "ci_low", "ci_high"))
        found = performance(estimate, low, high, truth)
        rows[pair] = {"truth": round(truth)} | {name: getattr(found, name) for name in found.__slots__}
    index = pd.MultiIndex.from_tuples(list(rows), names=["scenario", "method"])
    return pd.DataFrame(list(rows.values()), index=index)


def coverage_table(table: pd.DataFrame, level: float) -> pd.DataFrame:
    """Write coverages as a table of estimates with Wilson's limits.

    Parameters
    ----------
    table : pandas.DataFrame
        What :func:`performance_table` made.
    level : float
        Level of the limits.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``term``, the method, with the key column ``scenario``.

    Examples
    --------
    >>> index = pd.MultiIndex.from_tuples([("s", "m")], names=["scenario", "method"])
    >>> rows = pd.DataFrame({"coverage": [0.9], "coverage_se": [0.03], "with_interval": [100]}, index=index)
    >>> coverage_table(rows, 0.95).loc["m", "ci_low"].round(3)
    np.float64(0.826)
    """
    is_level(level)
    limits = [wilson_limits(c, int(n), level) for c, n in zip(table["coverage"], table["with_interval"], strict=True)]
    low, high = np.array(limits, dtype=float).reshape(-1, 2).T
    scenarios, methods = (table.index.get_level_values(name) for name in ("scenario", "method"))
    columns = {
        "estimate": table["coverage"].to_numpy(dtype=float),
        "std_error": table["coverage_se"].to_numpy(dtype=float),
        "ci_low": low,
        "ci_high": high,
        "unit": "share of populations",
        "scenario": scenarios.astype("str"),
    }
    return pd.DataFrame(columns, index=pd.Index(methods.astype("str"), name="term"))
