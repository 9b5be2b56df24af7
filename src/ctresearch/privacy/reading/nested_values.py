"""Tables in nested values: records, columns, pairs and rows, as JSON and plotting libraries write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ctresearch.privacy.reading.grid import Grid, word
from ctresearch.privacy.reading.numbers import is_number
from ctresearch.privacy.reading.plain_values import Unread, is_frame

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NESTED = (Mapping, list, tuple)
_DEPTH = 14


def grids_of_values(value: Any, depth: int = _DEPTH) -> Iterator[Grid]:
    """Read every table of nested values.

    Parameters
    ----------
    value : object
        Mappings, lists and single values, at any depth.
    depth : int
        How many containers deep to look.

    Yields
    ------
    Grid
        One table: records, columns under their names, rows, or labels with numbers.

    Examples
    --------
    >>> next(grids_of_values({"sex": ["Woman", "Man"], "n": [40, 3]})).rows
    (('Woman', '40'), ('Man', '3'))
    >>> next(grids_of_values([["Woman", 40], ["Man", 3]])).header
    ('', '')
    """
    if depth == 0:
        return
    if isinstance(value, Mapping):
        yield from _of_mapping(value, depth)
    elif isinstance(value, (list, tuple)):
        yield from _of_list(value, depth)
    elif depth == _DEPTH and _whole(value):
        yield Grid.of(["count"], [[value]])


def _of_list(values: Sequence[Any], depth: int) -> Iterator[Grid]:
    """Read records or rows, then what is nested in them."""
    records = [v for v in values if isinstance(v, Mapping)]
    if records:
        header = list(dict.fromkeys(str(k) for r in records for k in r))
        yield Grid.of(header, [[_leaf(r.get(k)) for k in header] for r in records])
    rows = [v for v in values if isinstance(v, (list, tuple)) and not any(isinstance(x, _NESTED) for x in v)]
    if len(rows) > 1 and len(rows) == len(values) and len({len(r) for r in rows}) == 1 and len(rows[0]) > 1:
        yield headed([[word(x) for x in row] for row in rows])
        return
    if depth == _DEPTH and values and all(map(_whole, values)):
        yield Grid.of(["value", "count"], [("value", v) for v in values])
    for one in values:
        yield from _inside(one, depth - 1) if isinstance(one, Mapping) else grids_of_values(one, depth - 1)


def _of_mapping(value: Mapping[str, Any], depth: int) -> Iterator[Grid]:
    """Read single values under their labels, or columns, then what is nested beside them."""
    leaves = {str(k): v for k, v in value.items() if not isinstance(v, _NESTED) and not is_frame(v)}
    numbers = {k: v for k, v in leaves.items() if v is not None}
    if len(numbers) > 1 and all(_whole(v) for v in numbers.values()):
        yield Grid.of(["", ""], list(numbers.items()))
    if leaves:
        yield Grid.of(leaves, [list(leaves.values())])
    yield from _inside(value, depth)


def _inside(value: Mapping[str, Any], depth: int) -> Iterator[Grid]:
    """Read the columns that a mapping holds, then what is nested in it; its single values were read before."""
    if depth == 0:
        return
    columns = _columns(value)
    uneven = len({len(v) for v in columns.values()}) > 1 or len(columns) == 1
    for name, cells in columns.items() if uneven else ():
        yield Grid.of([name], [[cell] for cell in cells])
    for grid in (_of_columns(columns), _of_split(value), _of_columns_by_key(value)):
        if grid is not None:
            yield grid
            if len(columns) == len(value) or not columns:
                return
    for one in value.values():
        yield from grids_of_values(one, depth - 1)


def _columns(value: Mapping[str, Any]) -> dict[str, Sequence[Any]]:
    """Find the values that are lists of single values."""
    return {
        str(k): v
        for k, v in value.items()
        if isinstance(v, (list, tuple)) and v and not any(isinstance(x, _NESTED) for x in v)
    }


def _of_columns(columns: Mapping[str, Sequence[Any]]) -> Grid | None:
    """Read lists of the same length as the columns of one table."""
    lengths = {len(v) for v in columns.values()}
    if len(columns) < 2 or len(lengths) != 1:
        return None
    return Grid.of(columns, list(zip(*columns.values(), strict=True)))


def _of_split(value: Mapping[str, Any]) -> Grid | None:
    """Read column names beside rows, as pandas writes with ``orient="split"``."""
    names, rows = value.get("columns"), value.get("data")
    if not isinstance(names, (list, tuple)) or not isinstance(rows, (list, tuple)):
        return None
    even = all(isinstance(row, (list, tuple)) and len(row) == len(names) for row in rows)
    if not rows or not even:
        return None
    index = value.get("index")
    labelled = isinstance(index, (list, tuple)) and len(index) == len(rows) and any(isinstance(i, str) for i in index)
    labels = index if labelled and index else None
    header = [
        *([""] if labels else []),
        *(" ".join(map(str, n)) if isinstance(n, (list, tuple)) else str(n) for n in names),
    ]
    return Grid.of(header, [[*([labels[i]] if labels else []), *map(_leaf, row)] for i, row in enumerate(rows)])


def _of_columns_by_key(value: Mapping[str, Any]) -> Grid | None:
    """Read columns that give each value under the key of its row, as pandas writes by default."""
    inner = [v for v in value.values() if isinstance(v, Mapping)]
    if len(inner) < len(value) or not inner or any(isinstance(x, _NESTED) for v in inner for x in v.values()):
        return None
    keys = list(dict.fromkeys(str(k) for v in inner for k in v))
    if (len(value) == 1 and len(keys) < 2) or any(len(v) * 2 < len(keys) for v in inner):
        return None
    by_name = [{str(k): x for k, x in v.items()} for v in inner]
    if all(key.isdigit() for key in keys):
        return Grid.of(map(str, value), [[v.get(key) for v in by_name] for key in keys])
    if _mixed(v.values() for v in by_name):  # rows under their keys: kinds of values differ within a row
        return Grid.of(
            ["", *keys], [[name, *(v.get(key) for key in keys)] for name, v in zip(value, by_name, strict=True)]
        )
    return Grid.of(["", *map(str, value)], [[key, *(v.get(key) for v in by_name)] for key in keys])


def _mixed(columns: Any) -> bool:
    """Say whether a column holds both words and numbers."""
    return any(len({isinstance(x, str) for x in column if x is not None}) > 1 for column in columns)


def headed(rows: Sequence[Sequence[str]]) -> Grid:
    """Tell the header of rows from their values.

    Parameters
    ----------
    rows : sequence of sequence of str
        Words, at least one row.

    Returns
    -------
    Grid
        Names are words or years above something else; rows without such a line have empty names.

    Examples
    --------
    >>> headed([["country", "2019", "2020"], ["XX", "40", "3"]]).header
    ('country', '2019', '2020')
    >>> headed([["Woman", "40"], ["Man", "3"]]).header
    ('', '')
    """
    first = [cell.strip() for cell in rows[0]]
    numbers = [cell for cell in first if cell and is_number(cell)]
    years = all(len(cell) == 4 and cell[:2] in {"19", "20"} for cell in numbers)
    named = not numbers or (years and any(cell and not is_number(cell) for cell in first))
    return Grid.of(first, rows[1:]) if named and len(rows) > 1 else Grid.of([""] * len(first), rows)


def _whole(value: Any) -> bool:
    """Say whether a single value is a whole number, also where JSON wrote it as a float or as text."""
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


def _leaf(value: Any) -> Any:
    """Leave nested values to their own turn."""
    return None if isinstance(value, (*_NESTED, Unread)) or is_frame(value) else value
