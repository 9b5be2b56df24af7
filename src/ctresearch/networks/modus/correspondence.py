"""Multiple correspondence analysis: which categories go together, as points in a plane.

References
----------
.. [1] Greenacre, M. (2017). Correspondence Analysis in Practice, 3rd edition. Chapman and Hall/CRC.
   https://doi.org/10.1201/9781315369983
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import DataError
from ctresearch.core.inputs import record
from ctresearch.core.meaning import key, model
from ctresearch.core.message import say
from ctresearch.core.result import Result
from ctresearch.core.validate import has_columns, is_frame, whole_number
from ctresearch.networks.modus.item_codes import one_spelling_each
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ASSUMPTIONS = (
    "The picture describes these cases; it tests nothing and has no sampling error.",
    "Categories of few cases pull the axes towards them: merge rare ones first.",
)
_RARE = 5
_TERMS = {
    "coordinate": model("Place on the axis", "standard units", headline=True),
    "contribution": model("Contribution to the axis", "share of the axis"),
    "inertia": model("Inertia that the axis shows", "share of the whole"),
}
_KEYS = {"item": key("Item"), "category": key("Category"), "dimension": key("Axis")}


@dataclass(frozen=True, slots=True)
class Plane:
    """Axes of a table of N cases with C categories of Q items, K of them.

    ``inertia`` (K,) principal inertias of the indicator matrix; ``adjusted`` (K,) shares of inertia corrected as by
    Greenacre; ``columns`` (C, K) principal coordinates of the categories; ``contributions`` (C, K) to each axis;
    ``rows`` (N, K) principal coordinates of the cases.
    """

    inertia: Floats
    adjusted: Floats
    columns: Floats
    contributions: Floats
    rows: Floats


def correspondence(
    frame: pd.DataFrame, *, items: Sequence[str] | None = None, dimensions: int = 2, merge_names: bool = False
) -> Result:
    """Place the categories of several items by how often they occur together.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a case; items are categories without gaps.
    items : sequence of str, optional
        Columns to use; all of them by default.
    dimensions : int
        Axes to keep.
    merge_names : bool
        Take categories of an item that differ in case, accents, spaces or type alone for one; without it they are
        refused.

    Returns
    -------
    Result
        Term ``coordinate`` with keys ``item``, ``category``, ``dimension``; term ``contribution`` of a category to an
        axis; term ``inertia``, the adjusted share of each axis. ``raw`` holds the coordinates of the cases, in this
        process only.

    Raises
    ------
    DataError
        If there are fewer than two items, an item has one category, or an answer is missing.
    SpecificationError
        If there are not so many axes.

    References
    ----------
    .. [1] Greenacre, M. (2017). Correspondence Analysis in Practice, 3rd edition. Chapman and Hall/CRC.
       https://doi.org/10.1201/9781315369983

    Examples
    --------
    >>> cases = pd.DataFrame({"means": ["debt", "force"] * 20, "place": ["farm", "flat"] * 19 + ["flat", "farm"]})
    >>> table = correspondence(cases, dimensions=1).estimates.loc["coordinate"].set_index("category")["estimate"]
    >>> print("debt goes with farm" if table["debt"] * table["farm"] > 0 else "debt goes with flat")
    debt goes with farm
    """
    columns = _items(frame, items)
    frame, named = one_spelling_each(frame, columns, merge=merge_names)
    indicators = [pd.get_dummies(frame[column], dtype=float) for column in columns]
    keys = [(column, str(c)) for column, table in zip(columns, indicators, strict=True) for c in table.columns]
    table = np.column_stack([t.to_numpy() for t in indicators])
    whole_number("dimensions", dimensions, low=1, high=table.shape[1] - len(columns))
    found = principal_plane(table, len(columns), dimensions)
    return Result(
        method="Multiple correspondence analysis",
        estimates=_table(found, keys, dimensions),
        n=len(frame),
        smallest_group=smallest_of(table.sum(axis=0), len(table) - table.sum(axis=0)),
        checks=(*named, *_checks(table, found)),
        assumptions=ASSUMPTIONS,
        references=references(correspondence),
        inputs=record(frame[columns], packages=("numpy", "pandas")),
        raw=found.rows,
        declaration=Declaration(_TERMS, keys=_KEYS),
    )


def principal_plane(table: Floats, items: int, dimensions: int) -> Plane:
    """Decompose an indicator matrix.

    Parameters
    ----------
    table : numpy.ndarray
        Zeros and ones, one 1 for each item in each row, shape (N, C).
    items : int
        Number of items, Q.
    dimensions : int
        Axes to keep, K.

    Returns
    -------
    Plane
        Axes in order; the category that contributes most to an axis has a positive coordinate.

    Examples
    --------
    >>> table = np.array([[1, 0, 1, 0], [0, 1, 0, 1]] * 3, dtype=float)
    >>> principal_plane(table, 2, 1).inertia.round(6).tolist()
    [1.0]
    """
    share = table / table.sum()
    row, column = share.sum(axis=1), share.sum(axis=0)
    residual = (share - np.outer(row, column)) / np.sqrt(np.outer(row, column))
    left, singular, right = np.linalg.svd(residual, full_matrices=False)
    sign = np.sign(right[np.arange(len(right)), np.abs(right).argmax(axis=1)])
    left, right = left[:, :dimensions] * sign[:dimensions], (right * sign[:, None])[:dimensions]
    inertia = singular**2
    kept = singular[:dimensions]
    return Plane(
        inertia=inertia[:dimensions],
        adjusted=_adjusted(inertia, items, table.shape[1])[:dimensions],
        columns=right.T * kept / np.sqrt(column)[:, None],
        contributions=(right**2).T,
        rows=left * kept / np.sqrt(row)[:, None],
    )


def _adjusted(inertia: Floats, items: int, categories: int) -> Floats:
    """Return shares of inertia without what the diagonal of the Burt matrix adds."""
    above = np.maximum(inertia - 1 / items, 0.0)
    corrected = (items / (items - 1) * above) ** 2
    average = items / (items - 1) * ((inertia**2).sum() - (categories - items) / items**2)
    return corrected / average if average > 1e-12 else np.full_like(inertia, np.nan)


def _items(frame: pd.DataFrame, items: Sequence[str] | None) -> list[str]:
    """Check the table and name its items."""
    is_frame("frame", frame)
    columns = list(frame.columns) if items is None else list(items)
    has_columns("frame", frame, columns)
    if len(columns) < 2:
        raise DataError(f"items names {len(columns)} columns, must name at least 2: {columns}")
    for column in columns:
        if frame[column].isna().any():
            raise DataError(
                f"the item {column!r} has {int(frame[column].isna().sum())} gaps: give them a category or drop them"
            )
        if frame[column].nunique() < 2:
            raise DataError(f"the item {column!r} has 1 category, must have at least 2: drop it")
    return columns


def _table(found: Plane, keys: list[tuple[str, str]], dimensions: int) -> pd.DataFrame:
    """Lay coordinates, contributions and inertias out."""
    rows: list[tuple[Any, ...]] = []
    for axis in range(dimensions):
        for term, values in (("coordinate", found.columns), ("contribution", found.contributions)):
            rows += [(term, *key, axis + 1, value) for key, value in zip(keys, values[:, axis], strict=True)]
        rows.append(("inertia", "", "", axis + 1, found.adjusted[axis]))
    frame = pd.DataFrame(rows, columns=["term", "item", "category", "dimension", "estimate"]).set_index("term")
    units = {"coordinate": "standard units", "contribution": "share of the axis", "inertia": "share of the whole"}
    nothing = dict.fromkeys(("std_error", "ci_low", "ci_high"), np.nan)
    return frame.assign(**nothing, unit=[units[str(t)] for t in frame.index])


def _checks(table: Floats, found: Plane) -> tuple[Check, ...]:
    """Say whether rare categories rule the axes, and how much the axes show."""
    counts, shown = table.sum(axis=0), float(np.nansum(found.adjusted))
    rare = int(((counts < _RARE) & (found.contributions.max(axis=1) > 0.1)).sum())
    return (
        Check(
            "rare",
            "review" if rare else "pass",
            (
                say(
                    "{n} category of fewer than {cases} cases makes over a tenth of an axis.",
                    many="{n} categories of fewer than {cases} cases make over a tenth of an axis.",
                    n=rare,
                    cases=_RARE,
                )
                if rare
                else "No axis hangs on a rare category."
            ),
            {"categories": rare},
        ),
        Check(
            "shown",
            "pass" if shown > 0.5 else "review",
            say("The axes show {shown:.0%} of the adjusted inertia.", shown=shown),
            {"share": shown},
        ),
    )
