"""The picture of a unit under a law and of what stands for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.core import plot, render

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from ctresearch.core.result import Result


def plot_paths(result: Result, path: pd.DataFrame, labels: tuple[str, str], begins: float, ax: Axes | None) -> Axes:
    """Draw two paths over time, told apart by line and colour, and a line where the treatment begins."""
    ax = plot.new_axes() if ax is None else ax
    with plot.style():
        times = path.index.to_numpy()
        ax.plot(times, path["treated"], color=plot.BLUE, linewidth=2.0, label=labels[0])
        ax.plot(times, path["synthetic"], color=plot.GREY, linewidth=2.0, linestyle="--", label=labels[1])
        step = float(times[1] - times[0]) if len(times) > 1 else 1.0
        ax.axvline(begins - step / 2, color="black", linewidth=0.8, linestyle=":")
        ax.set_xlabel("Period")
        ax.set_ylabel("outcome")
        ax.set_title(render.title(result))
        ax.legend(frameon=False)
    return plot.shows(ax, path, result.roles("path"))
