"""A picture of whether people differ in their chance of being listed.

References
----------
.. [1] Baillargeon, S. and Rivest, L.-P. (2007). Rcapture: loglinear models for capture-recapture in R. Journal of
   Statistical Software 19(5). https://doi.org/10.18637/jss.v019.i05
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core import plot
from ctresearch.core.meaning import count, key, statistic
from ctresearch.prevalence.lists.cells import set_size
from ctresearch.prevalence.lists.estimable import require_histories

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ctresearch.prevalence.lists.histories import CaptureHistories


_COLUMNS = {
    "lists": key("Lists that a person is on"),
    "people": count("People"),
    "patterns": count("Ways to be on so many lists", "ways", of="nobody"),
    "log_ratio": statistic("Logarithm of people over ways", base="people"),
    "standard_error": statistic("Standard error of the logarithm", kind="spread", base="people"),
}


def frequency_table(histories: CaptureHistories) -> pd.DataFrame:
    """Count the people on exactly one list, two lists, and so on.

    Parameters
    ----------
    histories : CaptureHistories
        The table.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``lists``: ``people``; ``patterns``, the number of ways to be on so many; ``log_ratio``, the
        logarithm of people over patterns, NaN where there are none; and ``standard_error`` of that.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> frequency_table(CaptureHistories.from_published("korea"))["people"].tolist()
    [51, 60, 12]
    """
    from scipy.special import comb

    table = require_histories(histories)
    sizes = np.arange(1, len(table.lists) + 1)
    people = np.bincount(set_size(table.patterns), weights=table.frequencies, minlength=len(sizes) + 1)[1:]
    patterns = comb(len(sizes), sizes)
    there = people > 0
    columns = {
        "people": people.astype(np.int64),
        "patterns": patterns.astype(np.int64),
        "log_ratio": np.where(there, np.log(np.where(there, people, 1.0) / patterns), np.nan),
        "standard_error": np.where(there, 1 / np.sqrt(np.where(there, people, 1.0)), np.nan),
    }
    return pd.DataFrame(columns, index=pd.Index(sizes, name="lists"))


def plot_heterogeneity(histories: CaptureHistories, *, ax: Axes | None = None) -> Axes:
    """Draw the logarithm of people by number of lists over the number of ways to be on so many.

    Where everybody has the same chance on every list the points lie on a line; where lists differ in size they bend
    down a little; where some people are likelier to be listed than others they bend up, and estimates that ignore it
    are too low. The line joins the points of one list and two.

    Parameters
    ----------
    histories : CaptureHistories
        The table.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The picture; bars reach two standard errors to either side.

    References
    ----------
    .. [1] Baillargeon, S. and Rivest, L.-P. (2007). Rcapture: loglinear models for capture-recapture in R. Journal of
       Statistical Software 19(5). https://doi.org/10.18637/jss.v019.i05

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> plot_heterogeneity(CaptureHistories.from_published("uk-2013")).get_xlabel()
    'lists that a person is on'
    """
    frame = frequency_table(histories)
    ax = ax if ax is not None else plot.new_axes(5.4, 3.8)
    sizes, height = frame.index.to_numpy(), frame["log_ratio"].to_numpy()
    with plot.style():
        if len(height) > 1 and np.isfinite(height[:2]).all():
            line = height[0] + (height[1] - height[0]) * (sizes - 1)
            ax.plot(sizes, line, color=plot.GREY, linewidth=1, linestyle="--", label="line through 1 and 2")
            ax.legend()
        ax.errorbar(sizes, height, yerr=2 * frame["standard_error"], fmt="o", color=plot.BLUE, capsize=3)
        ax.set_xticks(sizes)
        ax.set_xlabel("lists that a person is on")
        ax.set_ylabel("log(people / ways to be on so many)")
        empty = [str(size) for size in sizes[~np.isfinite(height)]]
        ax.set_title(f"{histories.n_observed:,} people" + (f"; nobody on {', '.join(empty)} lists" if empty else ""))
    return plot.shows(ax, frame, _COLUMNS)
