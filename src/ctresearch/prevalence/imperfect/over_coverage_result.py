"""What an estimate says that takes people out again who were wrongly on a list."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.errors import DataError, FitError
from ctresearch.core.meaning import count, key, limits, share, text
from ctresearch.core.meaning import model as model_figure
from ctresearch.core.result import Result, table_field, value_field
from ctresearch.prevalence.lists.declared import LISTS, POPULATION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from matplotlib.axes import Axes

    from ctresearch.core.estimator import Estimator
    from ctresearch.core.meaning import Meaning
    from ctresearch.prevalence.lists.histories import CaptureHistories


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class OverCoverageResult(Result):
    """Population size from lists that hold people wrongly.

    Parameters
    ----------
    completed : pandas.DataFrame
        One row a pattern: ``observed`` people, ``completed``, the mean of the draws of those who are rightly there, and
        ``std_error``, their spread.
    rates : pandas.DataFrame
        One row a ``group``, a list or a number of lists: ``looked_at`` people, ``false`` ones among them, and ``rate``.
    curve : pandas.DataFrame
        The estimate if what cannot be told were otherwise, one row an ``assumed`` value, with its limits.
    assumption : str
        What ``assumed`` means.
    as_it_is : float
        The population by the same estimator from the table as it came, NaN where that has none.
    lists : tuple of str
        Names of the lists.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``population``, ``unobserved`` and
        ``completion_share``.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, FalseEntries, LogLinear
    >>> frame = pd.DataFrame({"police": [1, 0, 1], "ngo": [0, 1, 1], "count": [160, 140, 60]})
    >>> audit = FalseEntries(LogLinear("fixed", model="[1,2]"), audits={"police": (100, 10)})
    >>> audit.fit(CaptureHistories.from_counts(frame)).rates["rate"].tolist()
    [0.1]
    """

    completed: pd.DataFrame = table_field(
        {
            "*": key(),
            "observed": count("People observed"),
            "completed": model_figure("People rightly there", "persons"),
            "std_error": model_figure("Standard error", "persons"),
        }
    )
    rates: pd.DataFrame = table_field(
        {
            "group": key("List or number of lists"),
            "looked_at": count("People whose case was decided"),
            "false": count("People found not to belong", base="looked_at"),
            "rate": share("Share found not to belong", "looked_at"),
        }
    )
    curve: pd.DataFrame = table_field({"assumed": key("Assumed"), **limits("Estimated population", "persons")})
    assumption: str = value_field(text("What is assumed"))
    as_it_is: float = value_field(model_figure("Population from the table as it came", "persons"))
    lists: tuple[str, ...] = value_field(LISTS)
    terms: ClassVar[Mapping[str, Meaning]] = {
        **POPULATION,
        "completion_share": model_figure("Share of the variance that comes from wrong entries", reader="percent"),
    }

    def plot_curve(self, ax: Axes | None = None) -> Axes:
        """Draw the estimate over what is assumed.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The picture.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories, FalseEntries, LogLinear
        >>> frame = pd.DataFrame({"police": [1, 0, 1], "ngo": [0, 1, 1], "count": [160, 140, 60]})
        >>> audit = FalseEntries(LogLinear("fixed", model="[1,2]"), audits={"police": (100, 10)})
        >>> audit.fit(CaptureHistories.from_counts(frame)).plot_curve().get_ylabel()
        'population (persons)'
        """
        from ctresearch.core import plot

        ax = ax if ax is not None else plot.new_axes()
        rows = self.curve
        with plot.style():
            ax.plot(rows["assumed"], rows["estimate"], color=plot.BLUE)
            ax.fill_between(rows["assumed"], rows["ci_low"], rows["ci_high"], color=plot.BLUE, alpha=0.2, linewidth=0)
        ax.set_xlabel(str(self.assumption))
        ax.set_ylabel("population (persons)")
        return plot.shows(ax, rows, self.roles("curve"))


def curve_of(
    estimator: Estimator, values: Sequence[float], table: Callable[[float], CaptureHistories | None]
) -> pd.DataFrame:
    """Estimate under each assumption.

    Parameters
    ----------
    estimator : Estimator
        Fits tables of lists.
    values : sequence of float
        What is assumed.
    table : callable
        From an assumption to the table that follows; ``None`` where there is none.

    Returns
    -------
    pandas.DataFrame
        ``assumed``, ``estimate``, ``std_error``, ``ci_low``, ``ci_high`` and ``unit``; NaN where there is no estimate.

    Examples
    --------
    >>> from ctresearch.prevalence import LogLinear
    >>> curve_of(LogLinear(), [1.0], lambda _: None)["estimate"].tolist()
    [nan]
    """
    columns = ["estimate", "std_error", "ci_low", "ci_high"]
    rows = []
    for value in values:
        histories = table(value)
        found: list[Any] = [np.nan] * 4
        if histories is not None:
            with suppress(FitError, DataError):
                found = estimator.fit(histories).estimates.loc["population", columns].to_numpy(dtype=float).tolist()
        rows.append([value, *found])
    return pd.DataFrame(rows, columns=["assumed", *columns]).assign(unit="persons")
