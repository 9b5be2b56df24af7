"""A picture of who is on which lists together.

References
----------
.. [1] Lex, A., Gehlenborg, N., Strobelt, H., Vuillemot, R. and Pfister, H. (2014). UpSet: visualization of
   intersecting sets. IEEE Transactions on Visualization and Computer Graphics 20, 1983-1992.
   https://doi.org/10.1109/TVCG.2014.2346248
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core import plot
from ctresearch.core.meaning import count, key
from ctresearch.core.validate import whole_number
from ctresearch.prevalence.lists.estimable import require_histories

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.lists.histories import CaptureHistories


def plot_overlaps(histories: CaptureHistories, *, most: int = 40, ax: Axes | None = None) -> Axes:
    """Draw the patterns of lists as columns, the most frequent first, above a grid that says which lists they are.

    Parameters
    ----------
    histories : CaptureHistories
        The table.
    most : int
        Patterns to show.
    ax : matplotlib.axes.Axes, optional
        Where to draw; its frame is given over to three panels.

    Returns
    -------
    matplotlib.axes.Axes
        The picture: columns on a logarithmic scale, the grid, and the size of each list.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> ax = plot_overlaps(CaptureHistories.from_published("korea"))
    >>> len(ax.child_axes)
    3
    """
    require_histories(histories)
    whole_number("most", most, low=1)
    order = np.argsort(-histories.frequencies, kind="stable")[:most]
    member = histories.patterns[order][:, None] >> np.arange(len(histories.lists)) & 1
    if ax is None:
        ax = plot.new_axes(max(5.0, 2.6 + 0.24 * len(order)), 3.2 + 0.26 * len(histories.lists))
    ax.set_axis_off()
    split = min(0.6, 0.12 + 0.05 * len(histories.lists))
    with plot.style():
        _draw_columns(ax.inset_axes((0.3, split + 0.04, 0.7, 0.96 - split)), histories.frequencies[order])
        _draw_grid(ax.inset_axes((0.3, 0, 0.7, split)), member)
        _draw_sizes(ax.inset_axes((0, 0, 0.16, split)), histories)
    hidden = len(histories.patterns) - len(order)
    more = f"; {hidden} rarer patterns not shown" if hidden else ""
    ax.set_title(f"{histories.n_observed:,} people on {len(histories.lists)} lists{more}")
    drawn = pd.DataFrame(member, columns=list(histories.lists)).assign(count=histories.frequencies[order])
    return plot.shows(ax, drawn, {"*": key(), "count": count("People")})


def _draw_columns(ax: Axes, counts: Array) -> None:
    """Draw how many people have each pattern."""
    ax.bar(np.arange(len(counts)), counts, color=plot.BLUE, width=0.7)
    for place, people in enumerate(counts):
        ax.annotate(f"{people:,}", (place, people), ha="center", va="bottom", fontsize=7)
    ax.set_yscale("log")
    ax.set_ylim(0.6, 2.2 * counts.max(initial=1))
    ax.set_xlim(-0.7, len(counts) - 0.3)
    ax.set_xticks([])
    ax.set_ylabel("people (log scale)")
    plot.thousands(ax, "y")


def _draw_grid(ax: Axes, member: Array) -> None:
    """Mark the lists of each pattern, joined by a line."""
    columns, lists = member.shape
    place, row = np.meshgrid(np.arange(columns), np.arange(lists), indexing="ij")
    is_on = member.astype(bool)
    ax.scatter(place[~is_on], row[~is_on], s=14, color="#d5d5d5")
    ax.scatter(place[is_on], row[is_on], s=26, color=plot.BLACK)
    for column in range(columns):
        on = np.flatnonzero(member[column])
        ax.plot([column, column], [on.min(), on.max()], color=plot.BLACK, linewidth=1.2)
    ax.set_xlim(-0.7, columns - 0.3)
    ax.set_ylim(lists - 0.4, -0.6)
    ax.set_xticks([])
    ax.set_yticks([])
    _clear_frame(ax)


def _draw_sizes(ax: Axes, histories: CaptureHistories) -> None:
    """Draw the size of each list, growing to the left."""
    sizes = np.diag(histories.overlaps().to_numpy())
    ax.barh(np.arange(len(sizes)), sizes, color=plot.GREY, height=0.6)
    ax.invert_xaxis()
    ax.set_ylim(len(sizes) - 0.4, -0.6)
    ax.yaxis.tick_right()
    labels = [f"{name} ({size:,})" for name, size in zip(histories.lists, sizes, strict=True)]
    ax.set_yticks(np.arange(len(sizes)), labels, fontsize=8)
    ax.tick_params(axis="y", length=0)
    ax.set_xticks([])
    _clear_frame(ax)


def _clear_frame(ax: Axes) -> None:
    """Take the grid and the frame away."""
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
