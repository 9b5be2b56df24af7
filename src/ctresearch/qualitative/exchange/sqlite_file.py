"""A SQLite file from a stranger, opened to be read and nothing else."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import DataError
from ctresearch.core.validate import file_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_HEAD = b"SQLite format 3\x00"
_MOST_ROWS = 5_000_000
_STEPS = 2_000_000_000  # of SQLite's machine: minutes; a query that takes longer is a trap


class SqliteFile:
    """Tables of one file.

    Parameters
    ----------
    connection : sqlite3.Connection
        Open to be read.
    tool : str
        Whose file it should be, for messages.
    """

    def __init__(self, connection: sqlite3.Connection, tool: str) -> None:
        self.connection, self.tool = connection, tool
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        self.tables = {str(name) for (name,) in rows}

    def rows(
        self, table: str, columns: Sequence[str], missing: Mapping[str, Any] | None = None
    ) -> list[tuple[Any, ...]]:
        """Return some columns of a table; a column that older versions lack gets the value in ``missing``."""
        if table not in self.tables:
            raise DataError(f"the file has no table {table!r}, must be a project of {self.tool}")
        there = {str(row[1]) for row in self.connection.execute(f'PRAGMA table_info("{table}")')}
        lacks = [one for one in columns if one not in there and one not in (missing or {})]
        if lacks:
            raise DataError(f"table {table!r} has no column {lacks[0]!r}, must be a project of {self.tool}")
        asked = ", ".join(f'"{one}"' if one in there else "NULL" for one in columns)
        found = self.connection.execute(f'SELECT {asked} FROM "{table}"').fetchmany(_MOST_ROWS)  # noqa: S608
        standing = missing or {}
        return [
            tuple(
                standing.get(name) if value is None and name in standing else value
                for name, value in zip(columns, row, strict=True)
            )
            for row in found
        ]


@contextmanager
def open_sqlite(path: str | Path, tool: str) -> Iterator[SqliteFile]:
    """Open a file to be read: never written, no extensions, no views or triggers that it brings are run.

    Parameters
    ----------
    path : str or pathlib.Path
        The file.
    tool : str
        Whose file it should be.

    Yields
    ------
    SqliteFile
        Its tables.

    Raises
    ------
    DataError
        If it is no SQLite file, or a broken one.
    """
    file = file_path("path", path)
    try:
        with file.open("rb") as stream:
            head = stream.read(len(_HEAD))
    except OSError:
        raise DataError(f"there is no such file: give the path of a project of {tool}") from None
    if head != _HEAD:
        raise DataError(f"the file is no SQLite database, must be a project of {tool}")
    connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.execute("PRAGMA trusted_schema = OFF")
        steps = iter(range(_STEPS // 1_000_000))
        connection.set_progress_handler(lambda: next(steps, None) is None, 1_000_000)
        yield SqliteFile(connection, tool)
    except sqlite3.Error:
        raise DataError(f"the database is broken, must be a whole project of {tool}: export it again") from None
    finally:
        connection.close()
