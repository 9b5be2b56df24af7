"""Marks on tables and pictures that must not leave unseen: they travel with copies, and the release gate reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ctresearch.privacy.verdicts.marks import Mark


def mark_tables(holder: Any, mark: Mark, columns: tuple[str, ...] = ()) -> None:
    """Mark every table that a result or network holds.

    Parameters
    ----------
    holder : object
        A data class whose tables are fields.
    mark : {"operational_detail", "record_level"}
        What the tables hold.
    columns : tuple of str
        Columns or names of the index that make it so; without any of them a table made from this one is free again.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import pandas as pd
    >>> holder = SimpleNamespace(ties=pd.DataFrame({"source": ["a"]}))
    >>> mark_tables(holder, "record_level", ("source", "target"))
    >>> holder.ties.assign(n=1).attrs
    {'record_level': ['source', 'target']}
    """
    for table in vars(holder).values():
        if hasattr(table, "attrs") and hasattr(table, "columns"):
            table.attrs[mark] = list(columns) or True


def mark_picture(ax: Axes, mark: Mark) -> Axes:
    """Mark a picture, its figure, and the drawing that is saved of it.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The picture.
    mark : {"operational_detail", "record_level"}
        What it shows.

    Returns
    -------
    matplotlib.axes.Axes
        The same.

    Examples
    --------
    >>> from ctresearch.core import plot
    >>> mark_picture(plot.new_axes(), "record_level").figure.record_level
    True
    """
    for part in (ax, ax.figure):
        setattr(part, mark, True)
    ax.set_gid(mark)
    return ax
