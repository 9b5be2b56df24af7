"""Records as plain text: ISO dates, numbers with a point, yes and no as 1 and 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.names import name_key
from ctresearch.data.front_door.made import Made
from ctresearch.data.front_door.plain_cells import (
    date_order,
    decimal_mark,
    each_once,
    is_unclear,
    iso_date,
    number_text,
    plain_number,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ctresearch.data.front_door.plain_cells import Decimal
    from ctresearch.data.front_door.plan import FilePlan
    from ctresearch.data.front_door.raw_table import RawTable


def from_records(raw: RawTable, plan: FilePlan) -> Made:
    """Write the cells of records the plain way.

    Parameters
    ----------
    raw : RawTable
        The file.
    plan : FilePlan
        How it is read.

    Returns
    -------
    Made
        Text; columns that are left out are not there.

    Examples
    --------
    >>> from ctresearch.data.front_door.plan import FilePlan
    >>> from ctresearch.data.front_door.raw_table import RawTable
    >>> made = pd.DataFrame({"day": ["31/01/2020", "1/2/2020"], "age": ["2,5", "7"]})
    >>> plan = FilePlan(shape="records", columns={"day": "other", "age": "other"}, rules={"dates": "day-first"})
    >>> from_records(RawTable("a.csv", made, np.array([2, 3]), "text"), plan).frame.values.tolist()
    [['2020-01-31', '2.5'], ['2020-02-01', '7']]
    """
    notes: list[str] = []
    problems: list[str] = []
    out = {}
    names = [name for name in raw.frame.columns if plan.columns.get(name) != "left out"]
    mark = _mark(raw, plan, names, problems)
    for name in names:
        column = raw.frame[name]
        cells = [str(cell) for cell in column.unique() if cell != ""]
        order = date_order(cells)
        if plan.columns.get(name) == "yes or no":
            meaning = {**dict.fromkeys(plan.yes, "1"), **dict.fromkeys(plan.no, "0")}
            column = each_once(column, _truth_of(meaning))
            wrong = (~column.isin(["0", "1", ""])).to_numpy()
            if wrong.any():
                problems.append(str(raw.error(name, wrong, "neither yes nor no: correct them, or say --yes or --no")))
        elif order != "none":
            column = _dates(raw, name, order, plan.rule("dates"), problems)
        elif cells and mark is not None and all(number_text(cell, mark or ".") is not None for cell in cells):
            column = each_once(column, lambda cell: number_text(cell, mark or ".") or "")
        out[name] = column
    return Made(pd.DataFrame(out), tuple(notes), tuple(problems))


def _truth_of(meaning: Mapping[str, str]) -> Callable[[str], str]:
    """Return what writes a yes or a no as 1 or 0."""
    return lambda cell: meaning.get(name_key(cell), cell) if cell else ""


def _mark(raw: RawTable, plan: FilePlan, names: Sequence[str], problems: list[str]) -> Decimal | None:
    """Find the mark before decimals of a file; ``None`` where it is not known."""
    cells = {name: [str(cell) for cell in raw.frame[name].unique() if cell != ""] for name in names}
    numeric = {
        name: part
        for name, part in cells.items()
        if part and all(number_text(one, ".") is not None or number_text(one, ",") is not None for one in part)
    }
    if plan.rule("decimal"):
        return plan.rule("decimal")  # type: ignore[return-value]
    found = decimal_mark(one for part in numeric.values() for one in part)
    unclear = next((name for name, part in numeric.items() if any(map(is_unclear, part))), None)
    if found is None:
        problems.append(
            f"{raw.name}: some numbers have a point before decimals and some a comma: write them in one way, or say "
            "--decimal . or --decimal ,"
        )
    elif not found and unclear is not None:
        wrong = np.array([is_unclear(plain_number(str(cell))) for cell in raw.frame[unclear]], dtype=np.bool_)
        cure = "thousands or decimals, as nobody can know: say --decimal , or --decimal . for the mark before decimals"
        problems.append(str(raw.error(unclear, wrong, cure)))
        return None
    return found


def _dates(raw: RawTable, name: str, order: str, said: str, problems: list[str]) -> pd.Series:
    """Write the dates of a column as ISO, or say why they cannot be read."""
    column = raw.frame[name]
    if order == "short years":
        wrong = (column != "").to_numpy()
        problems.append(str(raw.error(name, wrong, "dates with two digits for the year: write four")))
        return column
    if order == "unclear" and said not in ("day-first", "month-first"):
        cure = "dates of which nobody can say whether the day or the month stands first: say --dates day-first or "
        problems.append(str(raw.error(name, (column != "").to_numpy(), cure + "--dates month-first")))
        return column
    if order == "mixed" and said not in ("day-first", "month-first"):
        cure = "dates, some with the day first and some with the month: write them in one way"
        problems.append(str(raw.error(name, (column != "").to_numpy(), cure)))
        return column
    read = each_once(column, lambda cell: (iso_date(cell, said or order) or "?") if cell else "")
    wrong = (read == "?").to_numpy()
    if wrong.any():
        problems.append(str(raw.error(name, wrong, "no day that there is, read as the plan says: correct them")))
    return read
