"""Everything in an output that can be read as text: whole, and sentence by sentence."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from ctresearch.privacy.reading.plain_values import is_frame, plain
from ctresearch.privacy.reading.reading import decoded, read_grids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ctresearch.privacy.declared.table import Table
    from ctresearch.privacy.reading.grid import Grid


def plain_content(content: Any) -> Any:
    """Return a result as its dict, a rounded or noised table as the table, and anything else as it is.

    Parameters
    ----------
    content : object
        Content of an output.

    Returns
    -------
    object
        The same without behaviour.

    Examples
    --------
    >>> plain_content({"n": 4})
    {'n': 4}
    """
    return plain(content.table if hasattr(content, "table") and hasattr(content, "check") else content)


def class_sizes(content: Any) -> list[int] | None:
    r"""Count, for each row of record-level content, the rows that are the same in every column.

    Parameters
    ----------
    content : object
        A table, or the bytes or text of one.

    Returns
    -------
    list of int or None
        One number a row; ``None`` if no table can be read.

    Examples
    --------
    >>> class_sizes("sex,age\nWoman,9--17\nWoman,9--17\nMan,9--17\n")
    [2, 2, 1]
    """
    grids = read_grids(content)
    if not grids:
        return None
    sizes = [Counter(grid.rows) for grid in grids]
    return [size[row] for size, grid in zip(sizes, grids, strict=True) for row in grid.rows]


def sentences_of(content: Any, grids: list[Grid], beside: Any = None) -> list[str]:
    """Gather what is to be read as sentences.

    Parameters
    ----------
    content : object
        Content of an output.
    grids : list of Grid
        Its tables.
    beside : object
        What is seen beside it.

    Returns
    -------
    list of str
        Texts, sentences in the cells of tables and in nested values, and what is seen beside them.

    Examples
    --------
    >>> sentences_of(b"All went well.", [], "A title")
    ['All went well.', 'A title']
    """
    return [*_sentences(plain_content(content), grids), *([] if beside is None else _sentences(plain(beside), []))]


def _sentences(content: Any, grids: list[Grid]) -> Iterator[str]:
    """Yield a text, the sentences in the cells of tables, and those in nested values."""
    if isinstance(content, (str, bytes)):
        yield _written(content)
    elif isinstance(content, (dict, list)):
        for one in content.values() if isinstance(content, dict) else content:
            yield from _sentences(one, [])
    for grid in grids if is_frame(content) else ():
        different = dict.fromkeys(cell for i in range(len(grid.header)) for cell in set(grid.column(i)) if " " in cell)
        yield from (cell for cell in (*grid.header, *different) if " " in cell)


def text_of(content: Any, tables: list[Table], beside: Any = None) -> str:
    """Write everything in an output, and beside it, as text.

    Parameters
    ----------
    content : object
        Content of an output.
    tables : list of Table
        Its tables, of which each different word is written once.
    beside : object
        What is seen beside it.

    Returns
    -------
    str
        What can be read as text.

    Examples
    --------
    >>> text_of({"n": 40}, [])
    '{"n": 40}'
    """
    content = plain_content(content)
    beside = "" if beside is None else _written(plain(beside))
    if not is_frame(content):
        return f"{_written(content)}\n{beside}" if beside else _written(content)
    lines = [
        " ; ".join(words)
        for table in tables
        for words in (
            [c.name for c in table.columns],
            *(c.coded[1] for c in table.columns if c.held.dtype.kind not in "iuf"),
        )
    ]
    return "\n".join([*lines, *_beside_a_table(content), beside])


def _written(content: Any) -> str:
    """Write one content as text."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, bytes):
        return decoded(content) or ""
    return json.dumps(content, ensure_ascii=False, default=str)


def _beside_a_table(frame: Any) -> Iterator[str]:
    """Yield what a table carries unseen: its marks, and categories that no row has."""
    if getattr(frame, "attrs", None):
        yield json.dumps(plain(dict(frame.attrs)), ensure_ascii=False, default=str)
    columns = [frame.iloc[:, i] for i in range(frame.shape[1])] if hasattr(frame, "columns") else [frame]
    for column in columns:
        if hasattr(column, "cat"):
            yield "\n".join(map(str, column.cat.categories))
