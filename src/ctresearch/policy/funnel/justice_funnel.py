"""Offences, formal contact, prosecutions, convictions: how many of one for each of the one before, and no cohort."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core import meaning as col
from ctresearch.core.cells import shown
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.result import estimates_table, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, is_frame, one_of, whole_number
from ctresearch.policy.funnel.interval_cells import read_intervals
from ctresearch.policy.outcomes.outcome_rule import OutcomeRule
from ctresearch.policy.outcomes.policy_result import PolicyResult
from ctresearch.policy.panels.panel_columns import read_cells

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ctresearch.core.meaning import Meaning
    from ctresearch.policy.panels.panel_columns import Cells, Floats

_LONGEST = 3  # years by which a case may take to the next stage, for the table of lags
NO_COHORT = "Not a cohort: nobody was followed from stage to stage"


@dataclass(frozen=True, slots=True)
class Stage:
    """What each cell of a stage can be.

    Parameters
    ----------
    low, high : numpy.ndarray
        Units by periods, NaN where missing.

    Examples
    --------
    >>> Stage(np.ones((1, 2)), np.ones((1, 2))).low.shape
    (1, 2)
    """

    low: Floats
    high: Floats


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class FunnelResult(PolicyResult):
    """How many at one stage for each at the stage before.

    Parameters
    ----------
    n : int
        The least that all cells used add up to.
    totals : pandas.DataFrame
        By ``stage`` and ``time``: ``low`` and ``high`` of the sum, and the ``units`` that reported.
    lags : pandas.DataFrame
        By ``step`` and ``lag``: ``low`` and ``high`` of the ratio if cases take that many periods, and the ``pairs`` of
        cells behind it.
    **fields
        Everything that :class:`~ctresearch.policy.outcomes.policy_result.PolicyResult` holds.

    Examples
    --------
    >>> frame = pd.DataFrame({"c": ["A", "A"], "t": [1, 2], "tried": [40, 30], "convicted": ["<5", 12]})
    >>> funnel = JusticeFunnel({"prosecuted": "tried", "convicted": "convicted"}, unit="c", time="t")
    >>> funnel.fit(frame).totals["high"].tolist()
    [40.0, 30.0, 4.0, 12.0]
    """

    n: int = value_field(col.count("Cases counted", "cases"))
    totals: pd.DataFrame = table_field(
        {
            "stage": col.key("Stage"),
            "time": col.date("Period"),
            "low": col.count("Least", "cases"),
            "high": col.count("Greatest", "cases"),
            "units": col.count("Units that reported", "units", of="nobody"),
        }
    )
    lags: pd.DataFrame = table_field(
        {
            "step": col.key("Step"),
            "lag": col.key("Periods later"),
            "low": col.model("Least ratio"),
            "high": col.model("Greatest ratio"),
            "pairs": col.count("Pairs of cells", "pairs", of="nobody"),
        }
    )
    terms: ClassVar[Mapping[str, Meaning]] = {"*": col.model("For each at the stage before")}

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the totals of each stage over time, between the least and the greatest they can be.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            One band a stage; the title says that this is no cohort.

        Examples
        --------
        >>> frame = pd.DataFrame({"c": ["A", "A"], "t": [1, 2], "tried": [40, 30], "convicted": ["<5", 12]})
        >>> funnel = JusticeFunnel({"prosecuted": "tried", "convicted": "convicted"}, unit="c", time="t")
        >>> funnel.fit(frame).plot().get_ylabel()
        'Cases'
        """
        from ctresearch.core import plot

        ax = plot.new_axes() if ax is None else ax
        marks = ("o", "s", "^", "D", "v", "P", "X", "*")
        for k, (stage, rows) in enumerate(self.totals.groupby("stage", sort=False)):
            colour, mark = plot.PALETTE[k % len(plot.PALETTE)], marks[k % len(marks)]
            ax.fill_between(rows["time"], rows["low"], rows["high"], color=colour, alpha=0.25, linewidth=0)
            middle = (rows["low"] + rows["high"]) / 2
            ax.plot(rows["time"], middle, marker=mark, markersize=4, color=colour, label=str(stage))
        ax.set_xlabel("Period")
        ax.set_ylabel("Cases")
        ax.set_ylim(bottom=0)
        ax.set_title(NO_COHORT)
        ax.legend()
        return plot.shows(ax, self.totals, self.roles("totals"))


class JusticeFunnel(Options):
    """Compare the counts of successive stages of justice, where small cells read "<5" and stages lie years apart.

    Parameters
    ----------
    stages : mapping of str to str
        Name of each stage to its column, in order: such as offences, formal contact, prosecuted, convicted.
    unit, time : str
        Columns of countries and of years.
    lag : int
        Periods from a stage to the next, for the estimates; ``lags`` shows others.
    least : int
        The least that stands behind a cell such as ``"<5"``: 1 where a zero is written as zero, else 0.
    merge_names : bool
        Take names that differ in case, accents, spaces or type alone for one; they are refused otherwise.
    scope : Scope, optional
        Whose cases these are.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    The ratio of a step is the sum of one stage over the sum of the stage before, so many periods earlier, over cells
    that are known at both. Its limits come from cells that are intervals alone: they are bounds, and no chance is in
    them. Convictions of a year are not those of its prosecutions: a ratio is no chance of conviction, and may pass 1.

    References
    ----------
    .. [1] Manski, C. F. (2003). Partial Identification of Probability Distributions. Springer.
       https://doi.org/10.1007/b97478

    Examples
    --------
    >>> frame = pd.DataFrame(
    ...     {"country": list("AABB"), "year": [2019, 2020] * 2, "prosecuted": [40, 35, 8, 9]}
    ... ).assign(convicted=[11, 12, "<5", 0])
    >>> stages = {"prosecuted": "prosecuted", "convicted": "convicted"}
    >>> row = JusticeFunnel(stages, unit="country", time="year").fit(frame).estimates.iloc[0]
    >>> print(f"{row['ci_low']:.2f} to {row['ci_high']:.2f} convictions for each prosecution, of whichever year")
    0.26 to 0.29 convictions for each prosecution, of whichever year
    """

    def __init__(
        self,
        stages: Mapping[str, str],
        *,
        unit: str,
        time: str,
        lag: int = 0,
        least: int = 1,
        merge_names: bool = False,
        scope: Scope | None = None,
    ) -> None:
        if (
            not isinstance(stages, Mapping)
            or len(stages) < 2
            or not all(isinstance(one, str) and one for one in stages)
        ):
            raise SpecificationError(f"stages == {shown(stages)}, must map at least two names of stages to columns")
        self.stages = {name: column_name("stages", one) for name, one in stages.items()}
        self.unit, self.time = column_name("unit", unit), column_name("time", time)
        self.lag = whole_number("lag", lag, 0, 50)
        self.least = whole_number("least", least, 0, 1)
        self.merge_names = one_of("merge_names", merge_names, (True, False))
        self.scope = scope or Scope()

    def fit(self, frame: pd.DataFrame) -> FunnelResult:
        """Compare the stages.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a country and year.

        Returns
        -------
        FunnelResult
            One term a step, such as ``"convicted for each prosecuted"``, with bounds as limits.

        Raises
        ------
        DataError
            If a cell is no count, or a country has two rows of one year, or no pair of cells is known.

        Examples
        --------
        >>> frame = pd.DataFrame({"c": ["A", "A"], "t": [1, 2], "tried": [40, 30], "convicted": ["<5", 12]})
        >>> funnel = JusticeFunnel({"prosecuted": "tried", "convicted": "convicted"}, unit="c", time="t")
        >>> float(funnel.fit(frame).estimates["ci_low"].iloc[0].round(3))
        0.186
        """
        used = [self.unit, self.time, *self.stages.values()]
        has_columns("frame", is_frame("frame", frame), used)
        cells = read_cells(frame, unit=self.unit, time=self.time, every=None, merge=self.merge_names)
        found = {name: self._stage(frame, cells, one) for name, one in self.stages.items()}
        names = list(found)
        steps = list(pairwise(names))
        rows, more, over, pairs = {}, [], 0, 0
        for before, after in steps:
            for lag in range(min(_LONGEST, len(cells.grid) - 1) + 1):
                low, high, count = _ratio(found[before], found[after], lag)
                more.append((f"{after} / {before}", lag, low, high, count))
            low, high, count = _ratio(found[before], found[after], self.lag)
            if count == 0:
                raise DataError(
                    f"no pair of cells of two successive stages is known {self.lag} periods apart, must be some: take "
                    "another lag="
                )
            point = low if low == high else np.nan
            rows[f"{after} / {before}"] = (point, np.nan, low, high)
            over += _above(found[before], found[after], self.lag)
            pairs += count
        rule = OutcomeRule("response")
        counted = np.concatenate([one.low[np.isfinite(one.low)] for one in found.values()])
        return FunnelResult(
            method="Counts of successive stages of justice",
            estimates=estimates_table(rows, unit=say("ratio of counts")),
            n=int(counted.sum()),
            smallest_group=int(max(1, counted[counted > 0].min(initial=1 if not (counted > 0).any() else np.inf))),
            interval="bounds",
            scope=self.scope,
            checks=(
                *cells.checks,
                _check_cohort(over, pairs),
                _check_known(found, len(cells.units) * len(cells.grid)),
                *rule.checks(),
            ),
            assumptions=(
                rule.assumption,
                say("Stages count alike: one case, one offence or one person throughout."),
                say("Cells that are missing are like those that are known."),
            ),
            references=references(JusticeFunnel),
            inputs=record(frame[used].astype(dict.fromkeys(self.stages.values(), "str"))),
            totals=_totals(found, cells),
            lags=pd.DataFrame(more, columns=["step", "lag", "low", "high", "pairs"]),
            **rule.carried(),
        )

    def _stage(self, frame: pd.DataFrame, cells: Cells, name: str) -> Stage:
        """Read one stage."""
        low, high = read_intervals(frame, name, least=self.least)
        return Stage(cells.matrix(low), cells.matrix(high))


def _pair(before: Stage, after: Stage, lag: int) -> tuple[Stage, Stage]:
    """Return the cells of two stages so many periods apart that are known at both."""
    last = max(before.low.shape[1] - lag, 0)
    early, late = Stage(before.low[:, :last], before.high[:, :last]), Stage(after.low[:, lag:], after.high[:, lag:])
    known = np.isfinite(early.low) & np.isfinite(late.low)
    return Stage(early.low[known], early.high[known]), Stage(late.low[known], late.high[known])


def _ratio(before: Stage, after: Stage, lag: int) -> tuple[float, float, int]:
    """Return the least and greatest ratio of two stages, and how many pairs of cells are behind it."""
    early, late = _pair(before, after, lag)
    least, most = float(early.low.sum()), float(early.high.sum())
    low = float(late.low.sum()) / most if most > 0 else np.nan
    high = float(late.high.sum()) / least if least > 0 else np.inf if most > 0 else np.nan
    return low, high, len(early.low)


def _above(before: Stage, after: Stage, lag: int) -> int:
    """Count pairs of cells in which a stage surely holds more than the one before."""
    early, late = _pair(before, after, lag)
    return int((late.low > early.high).sum())


def _totals(found: Mapping[str, Stage], cells: Cells) -> pd.DataFrame:
    """Sum each stage by period over the units that reported."""
    parts = []
    for name, stage in found.items():
        known = np.isfinite(stage.low)
        parts.append(
            pd.DataFrame(
                {
                    "stage": name,
                    "time": cells.grid,
                    "low": np.where(known, stage.low, 0.0).sum(axis=0),
                    "high": np.where(known, stage.high, 0.0).sum(axis=0),
                    "units": known.sum(axis=0),
                }
            ).query("units > 0")
        )
    return pd.concat(parts, ignore_index=True)


def _check_cohort(over: int, pairs: int) -> Check:
    """Say where the counts themselves show that stages are of different cases."""
    numbers = {"above": over, "pairs": pairs}
    if over:
        said = say(
            "In {over:,} of {pairs:,} pairs of cells a stage holds more than the one before, so they cannot be the "
            "same cases.",
            over=over,
            pairs=pairs,
        )
        return Check("not a cohort", "fail", said, numbers)
    said = say("Nobody was followed from stage to stage: a ratio is no chance of conviction.")
    return Check("not a cohort", "review", said, numbers)


def _check_known(found: Mapping[str, Stage], cells: int) -> Check:
    """Say how many cells are known, and how many are intervals."""
    total = cells * len(found)
    known = sum(int(np.isfinite(one.low).sum()) for one in found.values())
    between = sum(int((one.low < one.high).sum()) for one in found.values())
    numbers = {"known": known, "cells": total, "intervals": between}
    if known == total and between == 0:
        return Check("cells", "pass", say("All {cells:,} cells are known.", cells=total), numbers)
    said = say(
        "{known:,} of {cells:,} cells are known, {between:,} of them as intervals such as '<5'.",
        known=known,
        cells=total,
        between=between,
    )
    return Check("cells", "review", said, numbers)
