"""The tables of any content, under what it declares: frames, results, written results, and nested values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import CtResearchError
from ctresearch.core.meaning import ALL, Meaning, key
from ctresearch.privacy.declared.table import Table
from ctresearch.privacy.reading.nested_values import grids_of_values
from ctresearch.privacy.reading.plain_values import is_frame, plain
from ctresearch.privacy.reading.reading import decoded, literal, read_grids

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ctresearch.core.result import Result
    from ctresearch.privacy.declared.part import Numbers

    Declared = Mapping[str, Meaning]

_NOT_SHOWN = frozenset({"raw", "smallest_group", "draws"})  # draws are a model's own, one column each
_LABEL = "label"


@dataclass(frozen=True)
class Given:
    """What an output says of its content.

    Parameters
    ----------
    roles : mapping of str to Meaning, optional
        What its columns mean; ``None`` where it says nothing.
    people : numpy.ndarray, optional
        People behind each row or cell, or behind all of it.
    smallest : int, optional
        The fewest people whom any one number rests on.
    """

    roles: Declared | None = None
    people: Numbers | None = field(default=None, repr=False)
    smallest: int | None = None

    @property
    def beside(self) -> dict[str, float]:
        """The people that all of it rests on."""
        alone = self.people is not None and self.people.size == 1
        return {ALL: float(self.people.ravel()[0])} if alone and self.people is not None else {}


def read_tables(content: Any, given: Given) -> list[Table]:
    """Read the tables of a content.

    Parameters
    ----------
    content : object
        A frame, a result or its ``to_dict()``, nested values, or the bytes or text of a file.
    given : Given
        What its output says of it.

    Returns
    -------
    list of Table
        Those that are declared, and frames and nested values that nobody declared. A text other than JSON is read as
        tables only where roles are given.

    Examples
    --------
    >>> from ctresearch.core.declaration import read_roles
    >>> [table] = read_tables({"n": 40, "share": 0.2}, Given(read_roles({"n": "count", "share": "share of n"})))
    >>> [part.role for part in table.parts]
    ['count', 'share']
    """
    content = content.table if hasattr(content, "table") and hasattr(content, "check") else content
    if isinstance(content, (str, bytes, bytearray)):
        return _of_text(content, given)
    return list(_of_value(content, given, ""))


def _of_text(content: str | bytes | bytearray, given: Given) -> list[Table]:
    """Read JSON, or a text whose columns are declared."""
    text = content if isinstance(content, str) else decoded(bytes(content)) or ""
    value = literal(text.strip()) if text.lstrip()[:1] in {"{", "["} else None
    if isinstance(value, (dict, list)):
        return list(_of_value(value, given, ""))
    if given.roles is None:
        return []
    return [_of_rows(grid.header, grid.rows, given, "") for grid in read_grids(text)]


def _of_rows(header: Sequence[str], rows: Sequence[Sequence[Any]], given: Given, name: str) -> Table:
    """Build a table of words."""
    import pandas as pd

    names = [column.strip() for column in header]
    return _of_frame(pd.DataFrame([list(row) for row in rows], columns=names, dtype=object), given, name)


def _of_frame(frame: Any, given: Given, name: str) -> Table:
    """Build a table that an output holds itself."""
    return Table(name, frame, given.roles or {}, given.people, given.beside, given.smallest)


def read_result(content: Any) -> Result | None:
    """Return a result, also where it stands as ``to_dict`` wrote it.

    Parameters
    ----------
    content : object
        Anything.

    Returns
    -------
    Result or None
        ``None`` for what is no result of this library.

    Examples
    --------
    >>> read_result({"n": 40}) is None
    True
    """
    written = isinstance(content, Mapping) and {"kind", "schema"} <= set(content)
    if not written and not hasattr(type(content), "meanings"):
        return None
    from ctresearch.core.result import Result

    if not written:
        return content if isinstance(content, Result) else None
    try:
        return Result.from_dict(content)
    except (CtResearchError, TypeError, ValueError, KeyError, AttributeError):  # only looks like one
        return None


def _of_value(value: Any, given: Given, name: str) -> Iterator[Table]:
    """Read frames, results, and what nests them."""
    result = read_result(value)
    if result is not None:
        yield from _of_result(result, given, name)
        yield from _of_value(_beside_fields(result, value), given, name)
    elif is_frame(value):
        yield _of_frame(value, given, name)
        columns = [value.iloc[:, i] for i in range(value.shape[1])] if value.ndim > 1 else [value]
        cells = [v for c in columns if c.dtype == object for v in c if not isinstance(v, (str, bytes, int, float))]
        found = [grid for cell in cells if cell is not None for grid in grids_of_values(plain(cell))]
        yield from (_of_rows(grid.header, grid.rows, given, name) for grid in found)
    elif isinstance(value, Mapping):
        yield from _of_mapping(value, given, name)
    elif value is not None:
        values = plain(value)
        nested = isinstance(values, list) and any(read_result(v) is not None or is_frame(v) for v in values)
        for i, one in enumerate(values if nested else ()):
            yield from _of_value(one, given, f"{name}{i}")
        if not nested:
            yield from (_of_rows(grid.header, grid.rows, given, name) for grid in grids_of_values(values))


def _beside_fields(result: Result, value: Any) -> dict[str, Any] | None:
    """Return what a written result holds that is none of its fields."""
    if value is result:
        return None
    held = result.to_dict()
    return {k: v for k, v in value.items() if k not in held} or None


def _of_mapping(value: Mapping[Any, Any], given: Given, name: str) -> Iterator[Table]:
    """Read single values as one row, and what is nested under the name it has; what is declared whole, whole."""
    roles = given.roles or {}
    own = {str(k): v for k, v in value.items() if not _nests(v)}
    if own:
        yield _of_rows(list(own), [[plain(v) for v in own.values()]], given, name)
    left = {str(k): v for k, v in value.items() if str(k) not in own}
    lists = {k: v for k, v in left.items() if isinstance(v, (list, tuple)) and not any(map(_nests, v))}
    if len(lists) > 1 and len({len(v) for v in lists.values()}) == 1:
        yield _of_rows(list(lists), list(zip(*lists.values(), strict=True)), given, name)
        left = {k: v for k, v in left.items() if k not in lists}
    for label, one in left.items():
        declared = roles.get(label)
        if declared is not None and not is_frame(one):
            yield _of_leaves(one, declared, given, label)
        else:
            yield from _of_value([plain(x) for x in one] if label in lists else one, given, label)


def _nests(value: Any) -> bool:
    """Say whether a value is more than a single one."""
    return is_frame(value) or read_result(value) is not None or isinstance(plain(value, 1), (dict, list))


def _of_result(result: Result, given: Given, name: str) -> Iterator[Table]:
    """Read every field of a result under what its class declares."""
    meanings = result.meanings()
    own = Given({}, None, given.smallest if result.smallest_group is None else result.smallest_group)
    n = meanings.get("n")
    nobody = isinstance(n, Meaning) and not n.counts_people
    beside = ({} if nobody else {ALL: float(result.n)}) | given.beside | _people_told(result, meanings)
    for one in fields(result):
        held, meaning = getattr(result, one.name), meanings.get(one.name)
        if one.name in _NOT_SHOWN | result._not_kept or held is None:
            continue
        table = f"{name}.{one.name}".lstrip(".")
        if is_frame(held):
            declared = meaning if isinstance(meaning, Mapping) else {} if meaning is None else {"*": meaning}
            yield Table(table, held, declared, None, beside, own.smallest, nobody)
        elif not (isinstance(held, (tuple, Mapping)) and not held):
            leaves = _of_leaves(held, meaning if isinstance(meaning, Meaning) else None, own, table)
            yield Table(table, leaves.frame, leaves.declared, None, beside, own.smallest, nobody)


def _people_told(result: Result, meanings: Mapping[str, Any]) -> dict[str, float]:
    """Find the numbers of people that the fields of a result say, by name."""
    found = {k: getattr(result, k) for k, m in meanings.items() if isinstance(m, Meaning) and m.counts_people}
    return {k: float(v) for k, v in found.items() if isinstance(v, (int, float)) and not isinstance(v, bool)}


def _of_leaves(value: Any, meaning: Meaning | None, given: Given, name: str) -> Table:
    """Lay the single values of something that is declared whole under one another, with the labels they stand under."""
    column = name.rpartition(".")[2]
    leaves = list(_leaves(plain(value), ""))
    labelled = any(label for label, _ in leaves)
    rows = [[label, leaf] if labelled else [leaf] for label, leaf in leaves]
    declared = ({_LABEL: key("Label")} if labelled else {}) | ({} if meaning is None else {column: meaning})
    header = [_LABEL, column] if labelled else [column]
    return _of_rows(header, rows, Given(declared, given.people, given.smallest), name)


def _leaves(value: Any, label: str) -> Iterator[tuple[str, Any]]:
    """Yield each single value with the name it stands under."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from _leaves(one, str(name))
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _leaves(one, label)
    elif value is not None:
        yield label, value
