"""A tornado picture: how far each input alone moves a total, the widest on top."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core import plot

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def tornado(
    sensitivity: pd.DataFrame, centre: float, *, label: str = "", title: str = "", ax: Axes | None = None
) -> Axes:
    """Draw a bar from the total at the low end of each input to that at its high end.

    Parameters
    ----------
    sensitivity : pandas.DataFrame
        Indexed by input, the widest first, with columns ``low`` and ``high``.
    centre : float
        The total with all inputs at their central values.
    label, title : str
        Words below and above the picture.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
        The picture.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"low": [1.0], "high": [3.0]}, index=["victims"])
    >>> len(tornado(rows, 2.0, label="GBP").patches)
    2
    """
    ax = ax if ax is not None else plot.new_axes(7.2, 1.6 + 0.34 * max(len(sensitivity), 1))
    where = np.arange(len(sensitivity))[::-1]
    for column, color in (("low", plot.SKY), ("high", plot.VERMILION)):
        ends = sensitivity[column].to_numpy(dtype=float)
        ax.barh(where, ends - centre, left=centre, color=color, height=0.6, label=f"input at its {column} end")
    ax.axvline(centre, color=plot.GREY, linewidth=1)
    ax.set_yticks(where, [str(name) for name in sensitivity.index])
    ax.grid(visible=False, axis="y")
    ax.set_xlabel(label)
    plot.thousands(ax, "x")
    if len(sensitivity):
        ax.legend(loc="best")
    ax.set_title(title, loc="left", fontsize=11)
    return ax
