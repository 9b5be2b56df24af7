"""The house style, and the pictures that several rooms draw.

Readable in print and for the colour-blind: the Okabe-Ito palette [1]_, shapes beside colours, no reliance on hue alone.
Figures carry no date and no random ids, so the same numbers give the same SVG bytes.

References
----------
.. [1] Okabe, M. and Ito, K. (2008). Color universal design. https://jfly.uni-koeln.de/color/
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ctresearch.core.declaration import read_roles
from ctresearch.core.validate import in_range, one_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ctresearch.core.meaning import Meaning

BLUE, ORANGE, GREEN, SKY, VERMILION, PURPLE, YELLOW, BLACK = PALETTE = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#56B4E9",
    "#D55E00",
    "#CC79A7",
    "#F0E442",
    "#000000",
)
GREY = "#767676"
_MILLIMETRES, _LEAST_LETTERS = 25.4, 0.65
STYLE: dict[str, Any] = {
    "axes.edgecolor": "#444444",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.labelsize": 10,
    "figure.constrained_layout.use": True,
    "figure.dpi": 110,
    "figure.figsize": (7.2, 4.2),
    "font.family": ["DejaVu Sans"],
    "font.size": 10,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "savefig.bbox": "tight",
    "svg.fonttype": "path",
    "svg.hashsalt": "ctresearch",
}


@contextmanager
def style() -> Iterator[None]:
    """Use the house style for the figures made inside.

    Yields
    ------
    None

    Examples
    --------
    >>> import matplotlib
    >>> with style():
    ...     matplotlib.rcParams["svg.hashsalt"]
    'ctresearch'
    """
    import matplotlib as mpl

    with mpl.rc_context(house_style()):
        yield


def house_style() -> Any:
    """Return the settings of matplotlib that make the house style, for all figures of a notebook.

    Returns
    -------
    dict
        What ``matplotlib.rcParams`` takes.

    Examples
    --------
    >>> house_style()["axes.grid"]
    True
    """
    from cycler import cycler

    return STYLE | {"axes.prop_cycle": cycler(color=PALETTE[:6])}


def new_axes(width: float = 7.2, height: float = 4.2) -> Axes:
    """Return the axes of a new figure in the house style.

    Parameters
    ----------
    width, height : float
        Size in inches.

    Returns
    -------
    matplotlib.axes.Axes
        Empty axes; the figure is not registered with pyplot, so nothing leaks from one notebook cell to the next.
        Axes that end a cell of a notebook show their whole figure.

    Examples
    --------
    >>> new_axes(3, 2).figure.get_size_inches().tolist()
    [3.0, 2.0]
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with style():
        figure = Figure(figsize=(width, height))
        FigureCanvasAgg(figure)
        return figure.add_subplot(axes_class=_shown_axes())


def shows(ax: Axes, table: pd.DataFrame, roles: Mapping[str, Meaning | str]) -> Axes:
    """Say which numbers a picture draws, and what they mean, so that whoever saves it saves them with it.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The picture.
    table : pandas.DataFrame
        What is drawn; levels of its index that have names are columns.
    roles : mapping of str to Meaning
        What each column means.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes.

    Raises
    ------
    SpecificationError
        If a role is none of the vocabulary.

    Examples
    --------
    >>> import pandas as pd
    >>> drawn = shows(new_axes(), pd.DataFrame({"n": [40]}, index=pd.Index(["Women"], name="sex")), {"*": "count"})
    >>> shown(drawn)[0]["n"].tolist()
    [40]
    """
    figure: Any = ax.get_figure()
    figure._ctresearch_shows = (table.copy(), read_roles(roles))
    return ax


def shown(picture: Axes | Figure) -> tuple[pd.DataFrame, dict[str, Meaning]] | None:
    """Return the numbers that a picture draws, where :func:`shows` was told.

    Parameters
    ----------
    picture : matplotlib.axes.Axes or matplotlib.figure.Figure
        The picture.

    Returns
    -------
    tuple or None
        The table and the meaning of its columns; ``None`` where nobody said.

    Examples
    --------
    >>> shown(new_axes()) is None
    True
    """
    figure = picture if hasattr(picture, "savefig") else picture.get_figure()
    found: tuple[pd.DataFrame, dict[str, Meaning]] | None = getattr(figure, "_ctresearch_shows", None)
    return found


def forest(
    estimates: pd.DataFrame,
    *,
    title: str = "",
    label: str | None = None,
    reference: float | None = None,
    log: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw estimates with their limits, one row a term.

    Parameters
    ----------
    estimates : pandas.DataFrame
        Indexed by term with columns ``estimate``, ``ci_low``, ``ci_high`` and ``unit``. A row without limits gets an
        open mark; one without an estimate is written as "no estimate".
    title : str
        Line above the picture.
    label : str, optional
        Label of the axis; the unit by default.
    reference : float, optional
        Where to draw a vertical line, such as 0 or 1 for no effect.
    log : bool
        Draw on a logarithmic axis: for ratios, and for sizes that differ by more than a few times.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The picture.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"estimate": [1.0], "ci_low": [0.5], "ci_high": [2.0], "unit": ["persons"]}, index=["a"])
    >>> forest(rows).get_xlabel()
    'persons'
    """
    ax = ax if ax is not None else new_axes(7.2, 1.4 + 0.34 * len(estimates))
    where = np.arange(len(estimates))[::-1]
    point, low, high = (estimates[c].to_numpy(dtype=float) for c in ("estimate", "ci_low", "ci_high"))
    has_limits = np.isfinite(low) & np.isfinite(high)
    ax.hlines(where[has_limits], low[has_limits], high[has_limits], color=BLUE, linewidth=2.2)
    for shown, face in ((has_limits, BLUE), (~has_limits & np.isfinite(point), "white")):
        ax.plot(point[shown], where[shown], "o", color=BLUE, markerfacecolor=face, markersize=6)
    for row in where[~np.isfinite(point)]:
        ax.annotate(
            "no estimate", (0.02, row), xycoords=("axes fraction", "data"), va="center", color=GREY, style="italic"
        )
    if reference is not None:
        ax.axvline(reference, color=GREY, linewidth=1, linestyle="--")
    ax.set_yticks(where, [str(term) for term in estimates.index])
    ax.set_ylim(-0.7, len(estimates) - 0.3)
    ax.grid(visible=False, axis="y")
    units = [u for u in dict.fromkeys(estimates.get("unit", [])) if u]
    ax.set_xlabel(label or (", ".join(units) if units else "estimate"))
    if log:
        _logarithmic(ax)
    thousands(ax, "x")
    ax.set_title(title, loc="left", fontsize=11)
    return ax


def trend(
    x: Sequence[Any],
    y: Sequence[float],
    *,
    low: Sequence[float] | None = None,
    high: Sequence[float] | None = None,
    name: str = "",
    xlabel: str = "",
    ylabel: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw a series over time with its band.

    Parameters
    ----------
    x, y : sequence
        Times and values.
    low, high : sequence of float, optional
        Limits of the band.
    name : str
        Entry in the legend.
    xlabel, ylabel : str
        Labels of the axes, with units.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The picture.

    Examples
    --------
    >>> trend([2012, 2013], [1.0, 2.0], ylabel="persons").get_ylabel()
    'persons'
    """
    ax = ax if ax is not None else new_axes()
    (line,) = ax.plot(x, y, marker="o", markersize=4, label=name)
    if low is not None and high is not None:
        ax.fill_between(x, low, high, color=line.get_color(), alpha=0.2, linewidth=0)
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    thousands(ax, "y")
    if name:
        ax.legend()
    return ax


def thousands(ax: Axes, axis: str) -> None:
    """Write the ticks of an axis with thousands parted.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The axes.
    axis : {"x", "y"}
        Which.

    Examples
    --------
    >>> ax = new_axes()
    >>> thousands(ax, "x")
    >>> ax.xaxis.get_major_formatter()(12000, 0)
    '12,000'
    """
    from matplotlib.ticker import FuncFormatter

    chosen = ax.xaxis if axis == "x" else ax.yaxis
    chosen.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}" if abs(v) >= 1000 else f"{v:g}"))


def as_svg(figure: Figure) -> str:
    """Return a figure as SVG whose bytes depend on the figure alone.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to draw.

    Returns
    -------
    str
        SVG without date and random ids.

    Examples
    --------
    >>> as_svg(new_axes().figure) == as_svg(new_axes().figure)
    True
    """
    text = StringIO()
    with style():
        figure.draw_without_rendering()  # the constrained layout settles at the second drawing only
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue()


def save(figure: Figure, path: Path, *, width: float | None = None) -> None:
    """Write a figure whose bytes depend on the figure alone.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to write.
    path : pathlib.Path
        Where, ending in ``.svg`` or ``.pdf``.
    width : float, optional
        Width in millimetres, such as a journal's column of 89 or page of 183. The figure is drawn anew at that width,
        its letters kept readable, and is left as it was.

    Raises
    ------
    SpecificationError
        If the name ends in neither, or the width is not between 20 and 500.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "f.svg"
    >>> save(new_axes().figure, path, width=89)
    >>> 'width="252.' in path.read_text()
    True
    """
    ending = one_of("ending of the path", Path(path).suffix, (".svg", ".pdf"))
    if width is None and ending == ".svg":
        path.write_text(as_svg(figure), encoding="utf-8", newline="\n")
        return
    if width is not None:
        in_range("width", width, 20, 500)
    with _at_width(figure, width), style():
        figure.draw_without_rendering()
        metadata = {"Date": None, "Creator": None} if ending == ".svg" else {"CreationDate": None}
        cut = None if width is None else figure.bbox_inches  # the whole of it, so that the width is exact
        figure.savefig(path, format=ending[1:], metadata=metadata, bbox_inches=cut)


@contextmanager
def _at_width(figure: Figure, width: float | None) -> Iterator[None]:
    """Draw a figure at a width for as long as this lasts; letters shrink less than the figure does."""
    from matplotlib.text import Text

    if width is None:
        yield
        return
    wide, high = figure.get_size_inches()
    ratio = width / _MILLIMETRES / wide
    letters = [(one, one.get_fontsize()) for one in figure.findobj(Text)]
    try:
        figure.set_size_inches(wide * ratio, high * ratio)
        for one, size in letters:
            one.set_fontsize(size * min(max(ratio, _LEAST_LETTERS), 1.0))
        yield
    finally:
        figure.set_size_inches(wide, high)
        for one, size in letters:
            one.set_fontsize(size)


def _logarithmic(ax: Axes) -> None:
    """Make the horizontal axis logarithmic, with a few round ticks."""
    from matplotlib.ticker import LogLocator, NullLocator

    ax.set_xscale("log")
    low, high = ax.get_xlim()
    decades = np.log10(high / low)
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if decades < 2 else (1, 3) if decades < 4 else (1,)))
    ax.xaxis.set_minor_locator(NullLocator())


@cache
def _shown_axes() -> type[Axes]:
    """Make the class of axes that a notebook shows as SVG."""
    from matplotlib.axes import Axes

    class ShownAxes(Axes):
        def _repr_svg_(self) -> str:
            """Draw the figure for a notebook."""
            return as_svg(cast("Figure", self.get_figure(root=True)))

    return ShownAxes
