"""Countries that split and merge: rows of several units joined into one of constant territory, as declared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from ctresearch.core.cells import row_words, shown
from ctresearch.core.check import Check
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.message import say
from ctresearch.core.names import name_key
from ctresearch.core.validate import one_of

if TYPE_CHECKING:
    from collections.abc import Sequence

Join = Literal["sum", "mean", "population mean", "min", "max"]


def check_crosswalk(crosswalk: Mapping[str, str] | None, joined: Mapping[str, Join] | None) -> None:
    """Refuse a crosswalk that is no mapping of names, and rules that are none.

    Parameters
    ----------
    crosswalk : mapping of str to str, optional
        Unit as the table names it, to unit of the panel.
    joined : mapping of str to str, optional
        Column to how its rows are joined.

    Raises
    ------
    SpecificationError
        If it is something else.

    Examples
    --------
    >>> check_crosswalk({"Serbia": "Yugoslavia"}, {"victims": "sum"})
    """
    for option, given in (("crosswalk", crosswalk), ("joined", joined)):
        if given is None:
            continue
        named = isinstance(given, Mapping) and all(isinstance(o, str) and o for pair in given.items() for o in pair)
        if not named:
            raise SpecificationError(
                f"{option} == {shown(given)}, must be a mapping of names to names, such as "
                + ("{'Serbia': 'Yugoslavia'}" if option == "crosswalk" else "{'victims': 'sum'}")
            )
    for rule in (joined or {}).values():
        one_of("joined", rule, get_args(Join))


def join_units(
    frame: pd.DataFrame,
    crosswalk: Mapping[str, str],
    joined: Mapping[str, Join],
    roles: Mapping[str, str],
    *,
    columns: Sequence[str],
) -> tuple[pd.DataFrame, Check]:
    """Join the rows of units that are one in the panel.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    crosswalk, joined : mapping
        As :func:`check_crosswalk` takes them.
    roles : mapping
        Columns of ``"unit"`` and ``"time"``, and of ``"population"`` where one weights a ``"population mean"``.
    columns : sequence of str
        Columns that are kept.

    Returns
    -------
    frame : pandas.DataFrame
        One row a unit of the panel and period; a joined value is missing where that of one part is.
    check : Check
        How many units and rows were joined.

    Raises
    ------
    DataError
        If a name stands nowhere in the table, or rows must be joined that no rule joins.

    Examples
    --------
    >>> frame = pd.DataFrame({"c": ["A", "B", "C"], "t": [1, 1, 1], "y": [2.0, 3.0, 5.0]})
    >>> join_units(frame, {"A": "AB", "B": "AB"}, {"y": "sum"}, {"unit": "c", "time": "t"}, columns=["y"])[0][
    ...     "y"
    ... ].tolist()
    [5.0, 5.0]
    """
    unit, time, population = roles["unit"], roles["time"], roles.get("population")
    keys = {name_key(one): target for one, target in crosswalk.items()}
    found = {name_key(one) for one in frame[unit].unique()}
    unknown = [place for place, one in enumerate(keys, start=1) if one not in found]
    if unknown:
        raise DataError(
            f"{len(unknown)} of {len(keys)} names in crosswalk (numbers {row_words(unknown)}) stand nowhere in column "
            f"{unit!r}: write them as the table does"
        )
    named = frame[unit].map(lambda one: keys.get(name_key(one), one))
    kept = list(dict.fromkeys([unit, time, *columns]))
    moved = frame[kept].assign(**{unit: named})
    doubled = moved.duplicated([unit, time], keep=False).to_numpy()
    in_walk = frame[unit].map(lambda one: name_key(one) in keys).to_numpy()
    targets = len(set(crosswalk.values()))
    told = say(
        "{parts} units of the table are {n} unit of the panel; {rows:,} rows were joined as declared.",
        many="{parts} units of the table are {n} units of the panel; {rows:,} rows were joined as declared.",
        n=targets,
        parts=len(keys),
        rows=int((doubled & in_walk).sum()),
    )
    check = Check("units that split or merge", "review", told, {"parts": len(keys), "units": targets})
    if not doubled.any():
        return moved, check
    ruleless = [
        one for one in kept if one not in joined and one not in (unit, time) and _differs(moved, unit, time, one)
    ]
    if ruleless:
        raise DataError(
            f"crosswalk joins rows of one period in which {len(ruleless)} columns differ ({', '.join(ruleless)}), each "
            f"must have a rule in joined=: {', '.join(get_args(Join))}"
        )
    means = [name for name, rule in joined.items() if rule == "population mean"]
    if means and population is None:
        raise SpecificationError(
            f"joined asks for a 'population mean' of {', '.join(map(repr, means))}, must have population=: name its "
            "column"
        )
    parts = {one: _joined(moved, one, joined.get(one, "max"), population) for one in kept[2:]}
    return pd.DataFrame(parts).reset_index(), check


def _differs(frame: pd.DataFrame, unit: str, time: str, column: str) -> bool:
    """Say whether rows of one unit and period differ in a column."""
    pairs = frame[[unit, time, column]].drop_duplicates()
    return bool(pairs.duplicated([unit, time]).any())


def _joined(frame: pd.DataFrame, column: str, rule: Join, population: str | None) -> pd.Series[float]:
    """Join one column; a missing part leaves the whole missing."""
    grouped = frame.groupby([frame.columns[0], frame.columns[1]], sort=False)
    if not pd.api.types.is_numeric_dtype(frame[column]):
        return grouped[column].first()
    if rule == "population mean" and population is not None:
        weights = frame[population]
        top = (frame[column] * weights).groupby([frame.iloc[:, 0], frame.iloc[:, 1]], sort=False)
        low = weights.groupby([frame.iloc[:, 0], frame.iloc[:, 1]], sort=False)
        found = top.sum() / low.sum()
    else:
        found = grouped[column].agg("mean" if rule == "population mean" else rule)
    whole = grouped[column].count() == grouped[column].size()
    return found.where(whole, np.nan)
