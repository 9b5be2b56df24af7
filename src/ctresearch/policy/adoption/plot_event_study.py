"""Pictures of event studies: one with its band, or several side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes

    from ctresearch.core.meaning import Meaning

_MARKS = ("o", "s", "^", "D", "v", "P")
_SPREAD = 0.6  # of the distance between two times, shared by the estimators


def plot_event_study(table: pd.DataFrame, roles: Mapping[str, Meaning], *, title: str, ax: Axes | None = None) -> Axes:
    """Draw one event study.

    Parameters
    ----------
    table : pandas.DataFrame
        ``since``, ``estimate``, ``ci_low``, ``ci_high``, ``band_low``, ``band_high``.
    roles : mapping
        What its columns mean.
    title : str
        Line above the picture.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The picture.
    """
    from ctresearch.core import plot

    ax = ax if ax is not None else plot.new_axes()
    since, point = table["since"].to_numpy(float), table["estimate"].to_numpy(float)
    low, high = table["band_low"].to_numpy(float), table["band_high"].to_numpy(float)
    if np.isfinite(low).any():
        ax.fill_between(since, low, high, color=plot.GREY, alpha=0.25, linewidth=0, label="band for all at once")
    ax.vlines(since, table["ci_low"], table["ci_high"], color=plot.BLUE, linewidth=1.8, label="limits of each")
    before = since < 0
    for shown, face in ((before, "white"), (~before, plot.BLUE)):
        ax.plot(since[shown], point[shown], "o", color=plot.BLUE, markerfacecolor=face, markersize=5)
    _axes(ax, title)
    ax.legend(loc="best", fontsize=8)
    return plot.shows(ax, table, roles)


def plot_side_by_side(table: pd.DataFrame, roles: Mapping[str, Meaning], *, title: str, ax: Axes | None = None) -> Axes:
    """Draw the event studies of several estimators in one picture.

    Parameters
    ----------
    table : pandas.DataFrame
        ``estimator``, ``since``, ``estimate``, ``ci_low``, ``ci_high``.
    roles : mapping
        What its columns mean.
    title : str
        Line above the picture.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The picture; each estimator has a mark and a grey of its own.
    """
    from ctresearch.core import plot

    ax = ax if ax is not None else plot.new_axes(8.6, 4.8)
    names = list(dict.fromkeys(table["estimator"]))
    places = np.linspace(-_SPREAD / 2, _SPREAD / 2, len(names)) if len(names) > 1 else np.zeros(1)
    step = float(np.diff(np.unique(table["since"])).min()) if len(set(table["since"])) > 1 else 1.0
    for place, (name, offset) in enumerate(zip(names, places, strict=True)):
        rows = table[table["estimator"] == name]
        at = rows["since"].to_numpy(float) + offset * step
        (line,) = ax.plot(at, rows["estimate"], _MARKS[place % len(_MARKS)], markersize=5, label=name)
        ax.vlines(at, rows["ci_low"], rows["ci_high"], color=line.get_color(), linewidth=1.4)
    _axes(ax, title)
    ax.legend(loc="best", fontsize=8)
    return plot.shows(ax, table, roles)


def _axes(ax: Axes, title: str) -> None:
    """Draw what event studies share."""
    from ctresearch.core import plot

    ax.axhline(0, color=plot.GREY, linewidth=1, linestyle="--")
    ax.axvline(-0.5, color=plot.GREY, linewidth=0.8, linestyle=":")
    ax.set_xlabel("time since adoption")
    ax.set_ylabel("effect on the outcome")
    ax.set_title(title, loc="left", fontsize=11)
