"""Pictures of a referral cascade: how far people come, how waits end, and how long they take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core import meaning as col
from ctresearch.core import plot
from ctresearch.programmes.referral.cascade_table import REACHED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKS, _LINES = "osD^", ("-", "--", "-.", ":")
_BARS = ((plot.BLUE, ""), (plot.YELLOW, "///"), (plot.VERMILION, "xx"), (plot.SKY, "..."), (plot.PURPLE, "++"))
_WAITING = "still waiting"
_ENDS = {
    "stage": col.key("Stage"),
    "group": col.key("Group"),
    "outcome": col.key("Outcome"),
    "share": col.model("Share of those at the stage before", reader="percent"),
}
# more panels side by side leave no room for the numbers below them
_ACROSS = 3


def draw_cascade(rows: pd.DataFrame, start: str, within: str, ax: Axes | None = None) -> Axes:
    """Draw the share of those detected that comes as far as each stage, a line a group.

    Parameters
    ----------
    rows : pandas.DataFrame
        Indexed by stage: ``group``, ``estimate`` and limits.
    start : str
        The first stage.
    within : str
        Time within which, as the label of the axis says it.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The picture.

    Examples
    --------
    >>> rows = pd.DataFrame({"group": "all", "estimate": [0.5], "ci_low": [0.4], "ci_high": [0.6]}, index=["referred"])
    >>> draw_cascade(rows, "detected", ", within 90 days").get_ylabel()
    'share of those detected'
    """
    ax = ax if ax is not None else plot.new_axes(7.6, 4.2)
    groups = list(dict.fromkeys(rows["group"]))
    names = [start, *dict.fromkeys(map(str, rows.index))]
    for number, group in enumerate(groups):
        part = rows[rows["group"] == group].astype({"estimate": float, "ci_low": float, "ci_high": float})
        aside = 0.1 * (number - (len(groups) - 1) / 2)
        share = np.concatenate([[1.0], part["estimate"].to_numpy()])
        low, high = (np.concatenate([[1.0], part[name].fillna(part["estimate"])]) for name in ("ci_low", "ci_high"))
        ax.errorbar(
            np.arange(len(share)) + aside,
            share,
            yerr=np.abs([share - low, high - share]),
            label=group,
            capsize=3,
            marker=_MARKS[number % 4],
            linestyle=_LINES[number % 4],
            color=plot.PALETTE[number],
            markersize=6,
        )
    ax.set_xticks(range(len(names)), names)
    ax.set_ylim(0, 1.03)
    ax.set_ylabel(f"share of those {start}")
    ax.set_xlabel(f"stage{within} of being {start}" if within else "stage")
    ax.legend(frameon=False)
    return ax


def draw_ends(rows: pd.DataFrame, within: str, ax: Axes | None = None) -> Axes:
    """Draw how waits at each stage end: come on, refused, other ends, still waiting.

    Parameters
    ----------
    rows : pandas.DataFrame
        Indexed by stage: ``group``, ``since``, ``outcome`` and ``estimate``, shares of those at the stage before.
    within : str
        Time within which, as the label of the axis says it.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        One bar a stage and group; a stage whose shares are not known has none.

    Examples
    --------
    >>> ends = {"outcome": ["reached", "left"], "estimate": [0.5, 0.2]}
    >>> rows = pd.DataFrame({"group": "all", "since": "detected", **ends}, index=["referred"] * 2)
    >>> [one.get_text() for one in draw_ends(rows, "").get_legend().get_texts()]
    ['came on', 'left', 'still waiting']
    """
    found = {(stage, *key): share for stage, *key, share in rows[["group", "outcome", "estimate"]].itertuples()}
    before = dict(zip(rows.index, rows["since"], strict=True))
    stages, seen = list(dict.fromkeys(rows.index)), set(rows["outcome"])
    order = sorted(dict.fromkeys((stage, group) for stage, group, _ in found), key=lambda one: stages.index(one[0]))
    ends = [REACHED, *(["refused"] if "refused" in seen else []), *sorted(seen - {REACHED, "refused"})]
    table = pd.DataFrame([[found.get((*one, end), np.nan) for end in ends] for one in order], columns=ends, dtype=float)
    table[_WAITING] = (1 - table.fillna(0).sum(axis=1)).where(table[REACHED].notna())
    ax = ax if ax is not None else plot.new_axes(8.0, 1.6 + 0.3 * len(table))
    where, left = np.arange(len(table))[::-1], np.zeros(len(table))
    for number, name in enumerate(table.columns):
        colour, hatch = ("#dddddd", "") if name == _WAITING else _BARS[number % len(_BARS)]
        width = table[name].fillna(0).clip(lower=0).to_numpy()
        label = "came on" if name == REACHED else str(name)
        ax.barh(where, width, left=left, color=colour, hatch=hatch, edgecolor="white", linewidth=0.6, label=label)
        left = left + width
    ax.set_yticks(where, [f"{before[stage]} → {stage}, {group}" for stage, group in order])
    ax.set_xlim(0, 1)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel(f"share of those at the stage before{within}")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False)
    drawn = table.assign(stage=[stage for stage, _ in order], group=[group for _, group in order])
    return plot.shows(ax, drawn.melt(["stage", "group"], var_name="outcome", value_name="share"), _ENDS)


def draw_waits(curves: pd.DataFrame, start: str, unit: str = "days") -> Axes:
    """Draw the share that has come on against the time waited, one panel a stage and one line a group, with bands.

    Parameters
    ----------
    curves : pandas.DataFrame
        From :func:`ctresearch.programmes.referral.cascade_waits.at_even_times`.
    start : str
        The first stage.
    unit : str
        Of the times.

    Returns
    -------
    matplotlib.axes.Axes
        The first panel; its figure holds all.

    Examples
    --------
    >>> curves = pd.DataFrame({"group": "all", "stage": "referred", "outcome": "reached", "time": [0.0, 30.0],
    ...                        "share": [0.0, 0.4], "ci_low": [None, 0.3], "ci_high": [None, 0.5]})
    >>> draw_waits(curves, "detected").get_title()
    'detected → referred'
    """
    stages = list(dict.fromkeys(curves["stage"]))
    down = -(-len(stages) // _ACROSS)
    first = plot.new_axes(8.6, 0.6 + 2.5 * down)
    figure, kind = first.figure, type(first)
    first.remove()
    with plot.style():
        panels = [
            figure.add_subplot(down, min(len(stages), _ACROSS), i + 1, axes_class=kind) for i in range(len(stages))
        ]
    for ax, before, stage in zip(panels, [start, *stages], stages, strict=False):
        rows = curves[(curves["stage"] == stage) & (curves["outcome"] == REACHED)]
        for number, (group, part) in enumerate(rows.groupby("group", sort=False)):
            share, low, high = (part[name].to_numpy(dtype=float) for name in ("share", "ci_low", "ci_high"))
            colour = plot.PALETTE[number]
            ax.plot(part["time"], share, color=colour, linestyle=_LINES[number % 4], label=str(group))
            ax.fill_between(part["time"], low, high, color=colour, alpha=0.2, linewidth=0)
        ax.set_title(f"{before} → {stage}", fontsize=10)
        ax.set_ylim(0, 1)
        ax.set_xlabel(f"{unit} since the stage before", fontsize=9)
    panels[0].set_ylabel("share that has come on", fontsize=9)
    panels[0].legend(fontsize=9, frameon=False, loc="lower right")
    return panels[0]
