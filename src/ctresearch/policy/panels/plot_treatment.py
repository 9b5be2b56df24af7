"""The picture of who was treated when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core import meaning as col
from ctresearch.core import plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ctresearch.policy.panels.panel import Panel

_MOST_ROWS = 60  # names that can be read on one page


def plot_treatment(panel: Panel, ax: Axes | None = None) -> Axes:
    """Draw units by periods, sorted by when they were treated; many units are drawn as cohorts.

    Parameters
    ----------
    panel : Panel
        What is drawn.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        Grey before treatment, dark under it, white where nothing is known.

    Examples
    --------
    >>> from ctresearch.policy import Panel
    >>> frame = pd.DataFrame({"c": list("AABB"), "t": [1, 2] * 2, "law": [2, 2, None, None], "y": [3, 4, 5, 6]})
    >>> made = Panel.from_frame(frame, unit="c", time="t", outcome="y", adopted="law", outcome_kind="response")
    >>> plot_treatment(made).get_xlabel()
    'Period'
    """
    from matplotlib.ticker import MaxNLocator

    order = np.lexsort((np.arange(len(panel.units)), panel.first_treated))
    values = np.where(panel.present, panel.treatment, np.nan)[order]
    names = [panel.units[i] for i in order]
    if len(names) > _MOST_ROWS:
        values, names = _by_cohort(values, panel.first_treated[order])
    ax = plot.new_axes(7.2, 1.4 + 0.2 * max(len(names), 4)) if ax is None else ax
    greatest = max(1.0, float(np.nanmax(np.abs(values), initial=0.0)))
    edges = np.append(panel.times, panel.times[-1] + panel.every) - panel.every / 2
    look: Any = {"cmap": _colours(), "vmin": -0.15, "vmax": greatest, "edgecolor": "white", "linewidth": 0.4}
    ax.pcolormesh(edges, np.arange(len(names) + 1), values, **look)
    ax.set_yticks(np.arange(len(names)) + 0.5, names, fontsize=7)
    ax.invert_yaxis()
    ax.grid(visible=False)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("Period")
    ax.set_ylabel("Unit" if len(panel.units) <= _MOST_ROWS else "First treated (units)")
    ax.set_title("Who was treated when: pale without, dark with, white unknown")
    rows, places = np.nonzero(~np.isnan(values))
    table = pd.DataFrame(
        {"unit": np.array(names, dtype=object)[rows], "time": panel.times[places], "treatment": values[rows, places]}
    )
    roles = {"unit": col.place("Unit"), "time": col.date("Period"), "treatment": col.mark("Treatment")}
    return plot.shows(ax, table, roles)


def _by_cohort(values: np.ndarray, first: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Average units that were first treated in one period."""
    cohorts = np.unique(first)
    rows, names = [], []
    for one in cohorts:
        own = values[first == one]
        known = np.isfinite(own)
        total = np.where(known, own, 0.0).sum(axis=0)
        rows.append(np.divide(total, known.sum(axis=0), out=np.full(own.shape[1], np.nan), where=known.any(axis=0)))
        names.append(f"never ({len(own)})" if np.isinf(one) else f"{one:.0f} ({len(own)})")
    return np.array(rows), names


def _colours() -> Any:
    """Return greys that print: pale for no treatment, dark for the greatest, white for what is not known."""
    from matplotlib.colors import LinearSegmentedColormap

    made = LinearSegmentedColormap.from_list("treatment", ["#e4e4e4", plot.SKY, plot.BLUE, "#08305c"])
    return made.with_extremes(bad="white")
