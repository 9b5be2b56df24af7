"""Counted patterns of lists from a table that has them counted already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.data.front_door.made import Made, lines_of
from ctresearch.data.front_door.people import patterns, read_marks
from ctresearch.data.front_door.plain_cells import count_text, is_unclear

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.data.front_door.plan import FilePlan
    from ctresearch.data.front_door.raw_table import RawTable


def from_counts(raw: RawTable, plan: FilePlan) -> Made:
    """Read patterns and their counts.

    Parameters
    ----------
    raw : RawTable
        The file.
    plan : FilePlan
        How it is read.

    Returns
    -------
    Made
        Patterns and counts; a column of counts that has ranges such as ``<5`` is text.

    Examples
    --------
    >>> from ctresearch.data.front_door.plan import FilePlan
    >>> from ctresearch.data.front_door.raw_table import RawTable
    >>> made = pd.DataFrame({"A": ["1", "0"], "B": ["1", "1"], "n": ["1 200", "< 5"]})
    >>> plan = FilePlan(shape="counts", columns={"A": "list", "B": "list", "n": "count"}, yes=("1",), no=("0",))
    >>> from_counts(RawTable("a.csv", made, np.array([2, 3]), "text"), plan).frame.values.tolist()
    [[1, 1, '1200'], [0, 1, '<5']]
    """
    names, marks, notes, problems = read_marks(raw, plan)
    count = plan.named("count")
    if len(count) != 1:
        return Made(raw.frame, (), (f"{raw.name}: a plan of counted patterns names one column of counts",))
    decimal = plan.rule("decimal")
    codes, values = pd.factorize(raw.frame[count[0]].astype(object))
    each = [count_text(str(value), decimal) for value in values]  # type: ignore[arg-type]
    read = np.array(each, dtype=object)[codes]
    problems += _wrong_counts(raw, count[0], read)
    if problems:
        return Made(raw.frame, tuple(notes), tuple(problems))
    bits = marks.astype(np.int64) @ np.left_shift(np.int64(1), np.arange(len(names), dtype=np.int64))
    nowhere = bits == 0
    if (nowhere & (read != "0")).any():
        cure = (
            f"{raw.name}: {lines_of(raw, nowhere & (read != '0'))} counts people on no list, whom nobody observes: "
            "take it out"
        )
        return Made(raw.frame, tuple(notes), (cure,))
    ranges = np.array([not str(one).isdigit() for one in read], dtype=np.bool_)
    problems += _totals(raw, count[0], read, ranges, plan)
    read, bits, ranges = read[~nowhere], bits[~nowhere], ranges[~nowhere]
    if not ranges.any():
        return Made(patterns(names, bits, read.astype(np.int64)), tuple(notes), tuple(problems), len(names))
    notes.append(f"{int(ranges.sum()):,} counts are known as a range only, such as those below a threshold.")
    if len(np.unique(bits)) < len(bits):
        problems.append(
            f"{raw.name}: patterns repeat and counts are ranges, which cannot be added up: give each one row"
        )
    columns = {name: (bits >> i & 1).astype(np.int64) for i, name in enumerate(names)}
    frame = pd.DataFrame(columns | {"count": pd.array([str(one) for one in read], dtype="str")})
    return Made(frame, tuple(notes), tuple(problems), len(names))


def _wrong_counts(raw: RawTable, name: str, read: NDArray[np.object_]) -> list[str]:
    """Say which cells are no counts, or have two readings."""
    wrong = np.array([one is None for one in read], dtype=np.bool_)
    if not wrong.any():
        return []
    unclear = np.array([is_unclear(str(cell)) for cell in raw.frame[name]], dtype=np.bool_) & wrong
    if unclear.any():
        cure = (
            "thousands or decimals, as nobody can know: say --decimal , where a comma stands before decimals, or "
            "--decimal . where a point does"
        )
        return [str(raw.error(name, unclear, cure))]
    cure = "no counts: write whole numbers, or ranges such as <5, 1-4 or 10+; 0 where nobody was seen"
    return [str(raw.error(name, wrong, cure))]


def _totals(
    raw: RawTable, name: str, read: NDArray[np.object_], ranges: NDArray[np.bool_], plan: FilePlan
) -> list[str]:
    """Hold the counts to the rows of totals that the file itself has."""
    if not len(raw.total_rows) or ranges.any():
        return []
    said = [count_text(str(cell), plan.rule("decimal")) for cell in raw.total_rows[name]]  # type: ignore[arg-type]
    whole = [int(one) for one in said if one is not None and one.isdigit()]
    if whole and sum(int(one) for one in read) not in whole:
        line = f"line{'s' * (len(raw.totals) > 1)} {', '.join(map(str, raw.totals))}"
        told = "reads as a total and is not what the counts add up to: correct one of them, or take the row out"
        return [f"{raw.name}, column {name!r}: {line} {told}"]
    return []
