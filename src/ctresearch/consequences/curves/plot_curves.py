"""Step curves over time with their limits, drawn alike for survival and for cumulative incidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core import plot

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_DASHES = ("-", "--", "-.", ":")


def step_curves(
    curve: pd.DataFrame,
    value: str,
    *,
    start: float,
    by: str,
    ylabel: str,
    title: str = "",
    legend: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw one step curve a group.

    Parameters
    ----------
    curve : pandas.DataFrame
        Columns ``time``, ``ci_low``, ``ci_high`` and those named below.
    value : str
        Column of heights.
    start : float
        Height at time 0.
    by : str
        Column of groups; a single one gets no legend.
    ylabel, title : str
        Words beside and above the picture.
    legend : str, optional
        Words above the legend; the name of the column of groups by default.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
        The picture.

    Examples
    --------
    >>> import pandas as pd
    >>> one = pd.DataFrame({"time": [1.0], "share": [0.5], "ci_low": [0.1], "ci_high": [0.9], "who": ["all"]})
    >>> len(step_curves(one, "share", start=1.0, by="who", ylabel="share").lines)
    1
    """
    ax = ax if ax is not None else plot.new_axes()
    groups = list(curve.groupby(by, sort=False))
    for i, (name, part) in enumerate(groups):
        times = np.concatenate([[0.0], part["time"]])
        heights, low, high = (np.concatenate([[start], part[c]]) for c in (value, "ci_low", "ci_high"))
        (line,) = ax.step(times, heights, where="post", label=str(name), linestyle=_DASHES[i % len(_DASHES)])
        ax.fill_between(times, low, high, step="post", color=line.get_color(), alpha=0.15, linewidth=0)
    ax.set_ylim(0, 1.02)
    ax.set_xlim(left=0)
    ax.set_xlabel("time")
    ax.set_ylabel(ylabel)
    if len(groups) > 1:
        ax.legend(title=by if legend is None else legend)
    ax.set_title(title, loc="left", fontsize=11)
    return ax
