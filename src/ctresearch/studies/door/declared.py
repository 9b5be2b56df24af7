"""What a saved output means: its roles, the people behind it, and for a picture the numbers that it draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ctresearch.core.declaration import column_names, find_meaning, read_roles, write_meanings
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.privacy.words.identifiers import may_be_named

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ctresearch.core.meaning import Meaning

    Roles = Mapping[str, Meaning | str]


@dataclass(frozen=True, slots=True)
class Declared:
    """What is known of an output besides itself.

    Parameters
    ----------
    roles : mapping, optional
        Column to meaning as plain values; ``None`` where nobody said.
    drawn : pandas.DataFrame, optional
        The numbers that a picture draws.
    drawn_from : str
        The saved output that a picture draws; empty for none.
    smallest_group : int, optional
        The fewest people whom one number of an estimate rests on.
    declaration : mapping, optional
        What an estimate says of itself where its class cannot, as plain values.
    """

    roles: Mapping[str, Any] | None = None
    drawn: pd.DataFrame | None = None
    drawn_from: str = ""
    smallest_group: int | None = None
    declaration: Mapping[str, Any] | None = None


def declare(
    name: str, kind: str, thing: Any, saved: Mapping[str, Mapping[str, Any]], *, roles: Roles | None, data: Any
) -> Declared:
    """Gather what is declared of an output.

    Parameters
    ----------
    name, kind : str
        The output.
    thing : object
        What is saved.
    saved : mapping
        Outputs saved so far.
    roles : mapping, optional
        Column to role, of a table or of the data of a picture.
    data : DataFrame, Result or str, optional
        For a picture: what it draws, or the name of an output that was saved before and that it draws.

    Returns
    -------
    Declared
        As far as it was said.

    Raises
    ------
    SpecificationError
        If roles name columns that are not there, or data belong to no picture or to no saved output.
    DataError
        If data are no table.

    Examples
    --------
    >>> import pandas as pd
    >>> declare("t", "table", pd.DataFrame({"n": [9]}), {}, roles={"n": "count"}, data=None).roles["n"]["label"]
    'N'
    """
    if data is not None and kind != "figure":
        raise SpecificationError(f"data= was given with the {kind} {name!r}, must stand beside a figure alone")
    if kind == "table":
        return Declared(roles=_plain(name, thing, roles))
    if kind == "estimate":
        _no_roles(name, kind, roles)
        own = getattr(thing, "declaration", None)
        group = getattr(thing, "smallest_group", None)
        return Declared(smallest_group=group, declaration=None if own is None else own.to_dict())
    if kind == "figure":
        return _figure(name, thing, roles, data, saved)
    _no_roles(name, kind, roles)
    return Declared()


def _figure(name: str, thing: Any, roles: Roles | None, data: Any, saved: Mapping[str, Mapping[str, Any]]) -> Declared:
    """Find the numbers that a picture draws."""
    if isinstance(data, str):
        if data not in saved or saved[data]["kind"] not in {"table", "estimate"}:
            there = ", ".join(n for n, entry in saved.items() if entry["kind"] in {"table", "estimate"})
            raise SpecificationError(
                f"the figure {name!r} draws {data!r}, must be a table or an estimate saved before it"
                + (f": {there}" if there else "")
            )
        _no_roles(name, "figure that draws a saved output", roles)
        return Declared(drawn_from=data, smallest_group=saved[data].get("smallest_group"))
    if data is None:
        from ctresearch.core import plot

        found = plot.shown(thing)
        if found is None:
            _no_roles(name, "figure without data=", roles)
            return Declared()
        data, known = found
        return Declared(roles=_plain(name, data, {**known, **(roles or {})}), drawn=_flat(data))
    if hasattr(data, "estimates") and hasattr(data, "roles"):
        table, known = data.estimates, data.roles()
        group = data.smallest_group
        return Declared(_plain(name, table, {**known, **(roles or {})}), drawn=_flat(table), smallest_group=group)
    if type(data).__name__ != "DataFrame":
        raise DataError(
            f"data of the figure {name!r} is a {type(data).__name__}, must be a DataFrame, a Result, or the name of an "
            "output saved before"
        )
    return Declared(roles=_plain(name, data, roles), drawn=_flat(data))


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the levels of its index as columns, as it is written."""
    names = column_names(table)
    levels = len(names) - table.shape[1]
    flat = table.reset_index() if levels else table
    return flat.set_axis(names, axis="columns")


def _plain(name: str, table: pd.DataFrame, roles: Roles | None) -> dict[str, Any] | None:
    """Write the meaning of each column as plain values."""
    if roles is None:
        return None
    read = read_roles(roles)
    there = column_names(table)
    lost = [column for column in read if "*" not in column and column not in there]
    open_columns = [column for column in there if find_meaning(read, column) is None]
    if lost and open_columns:
        raise SpecificationError(
            f"roles of {name!r} name {_named(lost)}, which are no columns of it, and leave "
            f"{len(open_columns)} of its {len(there)} columns without a role: name these, or all with '*'"
        )
    found = {column: find_meaning(read, column) for column in there}
    return write_meanings({column: meaning for column, meaning in found.items() if meaning is not None})


def _named(columns: list[str]) -> str:
    """Name columns, without repeating what may be a cell: a pivoted table has cells for names."""
    safe = [repr(column) for column in columns if may_be_named(column)]
    return ", ".join([*safe[:4], *([f"{len(columns) - len(safe[:4])} more"] if len(columns) > len(safe[:4]) else [])])


def _no_roles(name: str, what: str, roles: Roles | None) -> None:
    """Refuse roles where nothing has columns."""
    if roles is not None:
        raise SpecificationError(
            f"roles= was given with {name!r}, a {what}, must stand beside a table or beside the data of a figure: an "
            "estimate brings its own"
        )
