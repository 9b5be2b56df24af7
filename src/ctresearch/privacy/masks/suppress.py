"""Suppression: mask what must not be seen, and as much besides as it takes to hide it from anyone who can subtract.

References
----------
.. [1] Fischetti, M. and Salazar, J. J. (2001). Solving the cell suppression problem on tabular data with linear
   constraints. Management Science, 47(7), 1008-1027. https://doi.org/10.1287/mnsc.47.7.1008.9805
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from ctresearch.core.cells import row_words
from ctresearch.core.check import Check
from ctresearch.core.errors import DataError
from ctresearch.core.message import say, together
from ctresearch.core.names import name_key
from ctresearch.core.render import as_card
from ctresearch.core.validate import in_range, one_of, whole_number
from ctresearch.privacy.masks.counts import read_counts
from ctresearch.privacy.masks.guard import Reader
from ctresearch.privacy.masks.secondary import Pattern, hide
from ctresearch.privacy.recovery.audit import with_margins

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Counts = pd.DataFrame | pd.Series[float]

TOTAL = "Total"


@dataclass(frozen=True, slots=True, eq=False)
class Suppressed:
    """A table that may be shown.

    Parameters
    ----------
    table : pandas.DataFrame or pandas.Series
        The counts or sums with their totals; ``NaN`` where masked.
    primary : int
        Cells masked because they are small, dominated, empty or would give an earlier release away.
    secondary : int
        Cells masked to hide those, from outsiders and from contributors.
    check : Check
        The audit, as an outsider and as a contributor; a review if an earlier release has given a masked cell away, or
        lets somebody who stands in a masked cell learn of another.
    pattern : Pattern
        Masks and intervals, for the custodian.

    Examples
    --------
    >>> cases = pd.DataFrame({"0-8": [3, 20], "9-17": [31, 40], "18+": [25, 18]}, index=["Man", "Woman"])
    >>> int(suppress(cases).table.isna().sum().sum())
    4
    """

    table: Counts
    primary: int
    secondary: int
    check: Check
    pattern: Pattern

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["table", "primary", "secondary"], checks=[self.check])


def suppress(
    counts: Counts,
    *,
    threshold: int = 5,
    zeros: Literal["pass", "mask"] = "pass",
    also: ArrayLike | None = None,
    people: Counts | None = None,
    share: float = 0.10,
    earlier: Counts | None = None,
) -> Suppressed:
    """Mask small cells of a table with totals so that nobody can work them out.

    Parameters
    ----------
    counts : pandas.DataFrame or pandas.Series
        Counts without totals, a two-way table or one row of categories; or sums of amounts, with ``people``.
    threshold : int
        Smallest number of people that may stand behind a shown cell.
    zeros : {"pass", "mask"}
        Whether cells with nobody in them may be shown. Shown zeros are never masked to protect others, since readers
        often know that nobody can be in them.
    also : array-like of bool, optional
        Further cells to mask, in the shape of ``counts``, such as ``dominance(...).unsafe``, or the cells of the rows
        that :func:`all_in_one_cell` finds.
    people : pandas.DataFrame or pandas.Series, optional
        People behind each cell, where ``counts`` are sums of amounts.
    share : float
        For sums: how far, as a share of the value, an attacker must stay from it.
    earlier : pandas.DataFrame or pandas.Series, optional
        The table as it was released before, as ``Suppressed.table`` gives it. Cells shown then are taken as known, and
        a count that has moved by fewer than ``threshold`` people since is masked.

    Returns
    -------
    Suppressed
        The table with totals, masked and audited. To an attacker who sees every shown cell and total, a masked count
        may be anything from one below its value to ``threshold - 1`` above it at least, and a masked sum anything
        within ``share`` of it. Nor does somebody who stands in a masked cell of counts, and knows whether 1 or
        ``threshold - 1`` are in it, learn that another masked cell holds fewer than ``threshold``, unless it is part of
        his own; where an earlier release makes that impossible, the check is a review and says of how many cells.

    Raises
    ------
    DataError
        If counts are negative, missing or not whole, or another table has other labels.
    DisclosureError
        If an earlier release makes protection impossible.
    SpecificationError
        If an option is out of range.

    References
    ----------
    .. [1] Fischetti, M. and Salazar, J. J. (2001). Solving the cell suppression problem on tabular data with linear
       constraints. Management Science, 47(7), 1008-1027. https://doi.org/10.1287/mnsc.47.7.1008.9805

    Examples
    --------
    >>> import pandas as pd
    >>> cases = pd.DataFrame({"0-8": [3, 20], "9-17": [31, 40], "18+": [25, 18]}, index=["Man", "Woman"])
    >>> shown = suppress(cases)
    >>> print(shown.table.to_string(na_rep="c"))
            0-8  9-17   18+  Total
    Man       c  31.0     c   59.0
    Woman     c  40.0     c   78.0
    Total  23.0  71.0  43.0  137.0
    """
    whole_number("threshold", threshold, low=2)
    one_of("zeros", zeros, ("pass", "mask"))
    in_range("share", share, 0, 1, open_ends=True)
    table = with_margins(_values(counts, whole=people is None))
    behind = table if people is None else with_margins(_behind(people, counts))
    primary = (behind > 0) & (behind < threshold)
    if zeros == "mask":
        primary |= behind == 0
    primary |= _chosen(also, table.shape)
    known = np.zeros(table.shape, dtype=bool)
    if earlier is not None:
        before = _aligned(earlier, counts, table)
        primary |= (before != table) & (np.abs(before - table) < threshold)
        known = before == table
    down = np.minimum(table, 1.0) if people is None else share * table
    up = threshold - down if people is None else down
    reader = None if people is not None else Reader(float(threshold), float(zeros == "pass"))
    pattern = hide(table, primary, down=down, up=up, known=known, reader=reader)
    return Suppressed(
        table=_labelled(np.where(pattern.hidden, np.nan, table), counts),
        primary=int(primary.sum()),
        secondary=int((pattern.hidden & ~primary).sum()),
        check=_check(pattern, whole=people is None),
        pattern=pattern,
    )


def _check(pattern: Pattern, *, whole: bool) -> Check:
    """Report the audit: what an outsider, and what somebody who stands in a masked cell, can work out."""
    masked, lost, exposed = (int(cells.sum()) for cells in (pattern.hidden, pattern.lost, pattern.exposed))
    numbers = {"masked": masked, "primary": int(pattern.primary.sum()), "lost": lost, "exposed": exposed}
    every = masked == pattern.hidden.size
    what = (
        say("Every cell is masked, totals included")
        if every
        else say("{masked} of {cells} cells are masked", masked=masked, cells=pattern.hidden.size)
    )
    outside = say(
        "{what}, and an integer-programming attacker who sees all the others recovers none of those that need "
        "protection",
        what=what,
    )
    if whole and not exposed:
        message = say(
            "{outside}, nor does one who stands in a masked cell and knows how many are in it.", outside=outside
        )
    elif exposed:
        message = say(
            "{outside}; but who stands in a masked cell and knows how many are in it may learn of {exposed} others.",
            outside=outside,
            exposed=exposed,
        )
    else:
        message = say("{outside}.", outside=outside)
    if lost:
        shown = say("{lost} of them were shown in an earlier release, which cannot be taken back.", lost=lost)
        message = together([message, shown])
    return Check("suppression_audit", "review" if lost or exposed else "pass", message, numbers)


def _values(counts: Counts, *, whole: bool) -> NDArray[np.float64]:
    """Read values of 0 or more from a table without totals."""
    values = read_counts(counts, whole=whole, hint=", without totals or masks")
    for axis in (counts.index, *([counts.columns] if isinstance(counts, pd.DataFrame) else [])):
        totals = [i for i, label in enumerate(axis, start=1) if name_key(label) == name_key(TOTAL)]
        if totals:
            raise DataError(
                f"counts have a total among their labels (number {row_words(totals)}), must come without totals"
            )
    return values


def _behind(people: Counts, counts: Counts) -> NDArray[np.float64]:
    """Read the people behind sums."""
    values = read_counts(people, "people")
    if values.shape != counts.shape:
        raise DataError(f"people has the shape {values.shape}, must have that of the sums, {counts.shape}")
    return values


def _chosen(also: ArrayLike | None, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Place the cells a caller chose among those of the table with margins."""
    out = np.zeros(shape, dtype=bool)
    if also is None:
        return out
    chosen, inner = np.asarray(also, dtype=bool), tuple(d - 1 for d in shape)
    if chosen.shape != inner:
        raise DataError(f"also has the shape {chosen.shape}, must have that of the counts, {inner}")
    out[tuple(slice(0, d) for d in inner)] = chosen
    return out


def _aligned(earlier: Counts, counts: Counts, table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring an earlier table into the order of the new one."""
    expected = _labelled(table, counts)
    same = type(earlier) is type(expected) and set(earlier.index) == set(expected.index)
    if isinstance(earlier, pd.DataFrame) and isinstance(expected, pd.DataFrame):
        same = same and set(earlier.columns) == set(expected.columns)
    if not same:
        raise DataError(f"earlier is a {type(earlier).__name__} with other labels than the counts with their totals")
    ordered = earlier.loc[expected.index]
    return np.asarray(ordered if ordered.ndim == 1 else ordered[expected.columns], dtype=float)


def _labelled(values: NDArray[np.float64], counts: Counts) -> Counts:
    """Put labels on a table with totals."""
    index = pd.Index([*counts.index, TOTAL], name=counts.index.name, dtype=object)
    if isinstance(counts, pd.Series):
        return pd.Series(values, index=index, name=counts.name)
    return pd.DataFrame(values, index=index, columns=pd.Index([*counts.columns, TOTAL], dtype=object))
