"""The population as a function of what is assumed about interactions that no table can show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ctresearch.core import plot
from ctresearch.core.meaning import key, mark, text
from ctresearch.core.result import Result, value_field
from ctresearch.prevalence.lists.declared import MODEL, POPULATION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

    from ctresearch.core.meaning import Meaning
    from ctresearch.prevalence.lists.cells import Array

_LEVELS = 8


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SensitivityResult(Result):
    """Population sizes over a range of assumptions.

    Parameters
    ----------
    model : str
        The interactions that were estimated, by their generators.
    assumed : tuple of str
        Key columns of ``estimates`` with the values assumed, one or two: ``odds_ratio``, ``second_odds_ratio``,
        ``factor``.
    labels : tuple of str
        What each means, for the axes.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. The term ``population`` has one row for each value
        assumed, or for each pair of values.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, odds_ratio_sensitivity
    >>> result = odds_ratio_sensitivity(CaptureHistories.from_published("korea"), ("b", "c"), odds_ratios=[0.5, 1, 2])
    >>> result.assumed, len(result.estimates)
    (('odds_ratio',), 3)
    """

    model: str = value_field(MODEL)
    assumed: tuple[str, ...] = value_field(mark("What is assumed"))
    labels: tuple[str, ...] = value_field(text("What the assumptions mean"))
    terms: ClassVar[Mapping[str, Meaning]] = POPULATION
    keys: ClassVar[Mapping[str, Meaning]] = {
        "odds_ratio": key("Odds ratio assumed"),
        "second_odds_ratio": key("Second odds ratio assumed"),
        "factor": key("Interaction of all lists assumed, as a ratio"),
    }

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the population against one assumption, or its contours over two.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The picture, assumptions on logarithmic axes.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories, odds_ratio_sensitivity
        >>> korea = CaptureHistories.from_published("korea")
        >>> odds_ratio_sensitivity(korea, ("b", "c"), odds_ratios=[0.5, 1, 2]).plot().get_ylabel()
        'population (persons)'
        """
        ax = ax if ax is not None else plot.new_axes()
        values = [self.estimates[name].to_numpy(dtype=float) for name in self.assumed]
        with plot.style():
            if len(values) == 1:
                self._draw_curve(ax, values[0])
            else:
                self._draw_contours(ax, *values)
        for axis in (ax.xaxis, ax.yaxis):
            _round_ticks(axis)
        ax.set_xlabel(self.labels[0])
        ax.set_title(f"Population (persons) by log-linear model {self.model}", loc="left")
        return plot.shows(ax, self.estimates, self.roles())

    def _draw_curve(self, ax: Axes, assumed: Array) -> None:
        """Draw the estimate with its limits over one assumption."""
        rows = self.estimates
        ax.plot(assumed, rows["estimate"], color=plot.BLUE)
        ax.fill_between(assumed, rows["ci_low"], rows["ci_high"], color=plot.BLUE, alpha=0.2, linewidth=0)
        ax.axvline(1.0, color=plot.GREY, linewidth=1, linestyle="--")
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_ylabel("population (persons)")

    def _draw_contours(self, ax: Axes, across: Array, up: Array) -> None:
        """Draw lines of equal population over two assumptions."""
        columns, rows = np.unique(across), np.unique(up)
        heights = self.estimates["estimate"].to_numpy(dtype=float).reshape(len(columns), len(rows)).T
        between = np.geomspace(heights.min(), heights.max(), _LEVELS + 2)[1:-1]
        lines = ax.contour(columns, rows, heights, levels=np.unique(between), colors=plot.BLUE)
        ax.clabel(lines, fmt=lambda value: f"{value:,.0f}", fontsize=8)
        ax.plot(1.0, 1.0, "o", color=plot.VERMILION)
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_ylabel(self.labels[1])


def _round_ticks(axis: Axis) -> None:
    """Put ticks of a logarithmic axis at 1, 2 and 5 times powers of ten."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1000 else f"{value:g}"))
