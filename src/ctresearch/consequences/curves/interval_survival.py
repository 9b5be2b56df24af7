"""How long something lasts, where its end is only known to lie between two dates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.consequences.curves.turnbull import Masses, turnbull
from ctresearch.consequences.durations.durations import NONINFORMATIVE
from ctresearch.consequences.durations.interval_rows import read_intervals
from ctresearch.core import meaning as col
from ctresearch.core import render
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.renamed import renamed
from ctresearch.core.result import Result, estimates_table, table_field
from ctresearch.core.scope import Scope
from ctresearch.stats.groups.smallest import smallest_level

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DATES = (
    "The dates between which an end lies were set without regard to when it would come, as by interviews at fixed "
    "times."
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class IntervalResult(Result):
    """Between which times the median lies, with the distribution it comes from.

    Parameters
    ----------
    curve : pandas.DataFrame
        One row an interval: ``after``, ``by``, ``mass`` in it, and ``ended``, the share that has ended by its end.
        Where in the interval the mass lies, the data do not say.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``median_after`` and ``median_by``.

    Examples
    --------
    >>> frame = pd.DataFrame({"after": [0, 2, 4], "by": [2, 5, None]})
    >>> IntervalSurvival(after="after", before="by").fit(frame).curve["ended"].round(3).tolist()
    [0.333, 1.0]
    """

    terms: ClassVar = {
        "median_after": col.model("Median time, at least", headline=True),
        "median_by": col.model("Median time, at most"),
    }

    curve: pd.DataFrame = table_field(
        {
            "after": col.key("After"),
            "by": col.key("By"),
            "mass": col.share("Share that ended in between"),
            "ended": col.share("Share that had ended by then"),
        }
    )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the share still going on, shaded where the data do not say.

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
        >>> frame = pd.DataFrame({"after": [0, 2, 4], "by": [2, 5, None]})
        >>> IntervalSurvival(after="after", before="by").fit(frame).plot().get_ylabel()
        'share still going on'
        """
        from ctresearch.core import plot

        ax = ax if ax is not None else plot.new_axes()
        curve = self.curve[np.isfinite(self.curve["by"])]
        left = 1 - curve["ended"]
        ax.step([0, *curve["by"]], [1, *left], where="post", color=plot.BLUE)
        for start, end, top, bottom in zip(curve["after"], curve["by"], left + curve["mass"], left, strict=True):
            ax.fill_between([start, end], bottom, top, color=plot.SKY, alpha=0.3, linewidth=0)
        ax.set_ylim(0, 1.02)
        ax.set_xlabel("time")
        ax.set_ylabel("share still going on")
        ax.set_title(render.title(self), loc="left", fontsize=11)
        return ax


class IntervalSurvival(Options):
    """Estimate the distribution of a duration, such as of exploitation, from the dates between which it ended.

    Parameters
    ----------
    after : str
        Column of times at which it was still going on.
    before : str
        Column of times by which it had ended; missing where no end was seen, equal to ``after`` where it is known.
    scope : Scope, optional
        Whom the estimates are about.

    Raises
    ------
    SpecificationError
        If an option is not the name of a column.

    Notes
    -----
    There is no standard error, since the estimate converges more slowly than the square root of the number of people:
    :class:`DurationModel` gives limits under a Weibull distribution.

    References
    ----------
    .. [1] Turnbull, B. W. (1976). The empirical distribution function with arbitrarily grouped, censored and truncated
       data. Journal of the Royal Statistical Society B 38, 290-295. https://doi.org/10.1111/j.2517-6161.1976.tb01597.x
    .. [2] Gentleman, R. and Geyer, C. J. (1994). Maximum likelihood for interval censored data: consistency and
       computation. Biometrika 81, 618-623. https://doi.org/10.1093/biomet/81.3.618

    Examples
    --------
    >>> frame = pd.DataFrame({"after": [0, 3, 3, 6, 6], "by": [3, 6, 6, 12, None]})
    >>> low, high = IntervalSurvival(after="after", before="by").fit(frame).estimates["estimate"]
    >>> print(f"half were held for more than {low:.0f} to {high:.0f} months")
    half were held for more than 3 to 6 months
    """

    @renamed(gone="0.3", by="before")
    def __init__(self, *, after: str, before: str, scope: Scope | None = None) -> None:
        self.after, self.before = column_name("after", after), column_name("before", before)
        self.scope = scope or Scope()

    def fit(self, frame: pd.DataFrame) -> IntervalResult:
        """Estimate the distribution.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a person.

        Returns
        -------
        IntervalResult
            Terms ``median_after`` and ``median_by``.

        Raises
        ------
        DataError
            If a column is missing, a time is negative, an end lies before its start, or no duration has an end.

        Examples
        --------
        >>> frame = pd.DataFrame({"after": [1.0, 2.0, 5.0], "by": [1.0, 2.0, 5.0]})
        >>> IntervalSurvival(after="after", before="by").fit(frame).estimates["estimate"].tolist()
        [2.0, 2.0]
        """
        after, before = read_intervals(frame, after=self.after, before=self.before)
        found = turnbull(after, before)
        ended = np.cumsum(found.mass)
        columns = {"after": found.after, "by": found.before, "mass": found.mass, "ended": ended}
        nan = float("nan")
        low, high = _median(found)
        return IntervalResult(
            method="Turnbull's distribution of an interval-censored duration",
            estimates=estimates_table(
                {"median_after": (low, nan, nan, nan), "median_by": (high, nan, nan, nan)}, unit="time"
            ),
            n=len(after),
            smallest_group=smallest_level([np.isfinite(before)], len(after)),
            scope=self.scope,
            checks=_checks(found, len(after)),
            assumptions=(DATES, NONINFORMATIVE),
            references=references(IntervalSurvival),
            inputs=record(frame[[self.after, self.before]]),
            curve=pd.DataFrame(columns),
        )


def _median(found: Masses) -> tuple[float, float]:
    """Return the interval in which half have ended; not known where that lies beyond all ends."""
    place = int(np.searchsorted(np.cumsum(found.mass), 0.5 - 1e-9))
    high = float(found.before[place])
    return float(found.after[place]), high if np.isfinite(high) else float("nan")


def _checks(found: Masses, rows: int) -> tuple[Check, ...]:
    """Say that the maximum was reached, and that there are no limits."""
    numbers = {"gap": found.gap, "intervals": len(found.mass), "rows": rows}
    said = say("The likelihood is within {gap:.1e} a row of its maximum.", gap=found.gap)
    limits = "The distribution has no standard error: see DurationModel for limits under a Weibull distribution."
    return (Check("convergence", "pass", said, numbers), Check("limits", "review", limits, numbers))
