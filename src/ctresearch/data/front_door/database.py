"""Tables of a database as tables of text: read by the process of the user, never by a notebook.

A source is an address with a table, ``sqlite:///cases.db?table=cases``, or with a file that holds one query,
``postgresql://host/base?query_file=lists.sql``. User and password never stand in it: they come from the environment
(``CTRESEARCH_DATABASE_USER`` and ``CTRESEARCH_DATABASE_PASSWORD``, or what the database's own client reads, such as
``PGPASSWORD``), and no message repeats what a database says, since that may hold a cell, a host or a password.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pandas as pd

from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.validate import require_extra
from ctresearch.data.files.opened_file import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

USER, PASSWORD = "CTRESEARCH_DATABASE_USER", "CTRESEARCH_DATABASE_PASSWORD"
CHUNK = 50_000
_ADDRESS = re.compile(r"[a-z][a-z0-9]*(\+[a-z0-9]+)?://", re.IGNORECASE)
_TABLE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)?")
# Which driver reads a kind of database, and which extra brings it.
_DRIVERS = {
    "sqlite": ("sqlite", "sqlalchemy", "sql"),
    "postgresql": ("postgresql+psycopg", "psycopg", "postgres"),
    "mysql": ("mysql+pymysql", "pymysql", "mysql"),
    "mariadb": ("mariadb+pymysql", "pymysql", "mysql"),
    "duckdb": ("duckdb", "duckdb", "linkage"),
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a table of a database is: kind, address without user, and the table or the query.

    Examples
    --------
    >>> read_address("sqlite:///cases.db?table=cases").table
    'cases'
    """

    kind: str
    place: str
    table: str = ""
    query: str = ""

    @property
    def text(self) -> str:
        """The query, as it may be shown where a study allows it."""
        return self.query or f"SELECT * FROM {self.table}"  # noqa: S608 - shown, never run


def is_address(source: str) -> bool:
    """Say whether a source is the address of a database and no file.

    Parameters
    ----------
    source : str
        What was given for an input.

    Returns
    -------
    bool
        Whether it begins as an address.

    Examples
    --------
    >>> is_address("sqlite:///a.db?table=t"), is_address("lists.csv"), is_address("published:uk-2013")
    (True, False, False)
    """
    return _ADDRESS.match(source) is not None


def read_address(source: str) -> Address:
    """Take an address apart.

    Parameters
    ----------
    source : str
        The address.

    Returns
    -------
    Address
        Its parts.

    Raises
    ------
    SpecificationError
        If the kind is not known, a user or a password stands in it, or it names not exactly one table or query.

    Examples
    --------
    >>> read_address("postgresql://ann:secret@host/base?table=cases")
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.SpecificationError: the address of the database holds a user or a password: ...
    """
    parts = urlsplit(source)
    kind = parts.scheme.lower().partition("+")[0]
    if kind not in _DRIVERS:
        raise SpecificationError(
            f"the database is of a kind that is not read ({kind}://), must be one of {', '.join(_DRIVERS)}"
        )
    if parts.username or parts.password:
        raise SpecificationError(
            f"the address of the database holds a user or a password: leave them out, and set {USER} and {PASSWORD} in "
            "the environment"
        )
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    if len(asked) != 1 or not set(asked) <= {"table", "query_file"}:
        raise SpecificationError(
            f"the address of the database ends in {len(asked)} settings, must end in ?table=NAME or in "
            "?query_file=FILE, and in nothing else"
        )
    place = source.partition("?")[0]
    if "table" in asked:
        if not _TABLE.fullmatch(asked["table"]):
            raise SpecificationError("the table in the address of the database must be a name, or SCHEMA.NAME")
        return Address(kind, place, table=asked["table"])
    return Address(kind, place, query=_query(Path(asked["query_file"])))


def read_database(source: str) -> tuple[Address, pd.DataFrame]:
    """Read a table of a database, and change nothing in it.

    Parameters
    ----------
    source : str
        The address.

    Returns
    -------
    tuple
        The address, and the rows as text: dates as ISO 8601, blank where nothing stands.

    Raises
    ------
    DataError
        If the database cannot be reached or read; what it says is not repeated.
    SpecificationError
        If the address is none.

    Examples
    --------
    >>> import sqlite3, tempfile
    >>> file = Path(tempfile.mkdtemp(), "cases.db")
    >>> with sqlite3.connect(file) as base:
    ...     _ = base.execute("create table seen (person, source)")
    ...     _ = base.execute("insert into seen values (1, 'police')")
    >>> base.close()
    >>> read_database(f"sqlite:///{file}?table=seen")[1].values.tolist()
    [['1', 'police']]
    """
    address = read_address(source)
    driver, package, extra = _DRIVERS[address.kind]
    if package != "sqlalchemy":
        require_extra(package, extra)
    if address.kind == "duckdb":
        return address, _read_duckdb(address)
    sql = require_extra("sqlalchemy", "sql")
    url = _url(sql, address, driver)
    try:
        engine = sql.create_engine(url, hide_parameters=True, poolclass=sql.pool.NullPool)
        options = {"postgresql_readonly": True} if address.kind == "postgresql" else {}
        with engine.connect().execution_options(**options) as connection:
            if address.kind in ("mysql", "mariadb"):
                connection.execute(sql.text("SET SESSION TRANSACTION READ ONLY"))
                connection.commit()
            streamed = connection.execution_options(stream_results=True, max_row_buffer=CHUNK)
            result = streamed.execute(_statement(sql, address, engine))
            names = [str(name) for name in result.keys()]  # noqa: SIM118 - no mapping
            return address, _as_text(names, (list(map(tuple, part)) for part in result.partitions(CHUNK)))
    except (DataError, SpecificationError):
        raise
    except Exception as error:  # what a driver says may hold a cell, a host or a password
        raise _unread(error) from None


def _unread(error: Exception) -> DataError:
    """Say that a database was not read, by the kind of the error alone."""
    return DataError(
        f"the database cannot be read ({type(error).__name__}): check address, table, {USER} and {PASSWORD}, and "
        "that the user may read it"
    )


def _url(sql: Any, address: Address, driver: str) -> Any:
    """Return the address with its driver and the user of the environment."""
    if address.kind == "sqlite":
        file = _file(address)
        return sql.engine.URL.create("sqlite", database=f"file:{file}", query={"mode": "ro", "uri": "true"})
    parts = urlsplit(address.place)
    return sql.engine.URL.create(
        driver,
        username=os.environ.get(USER) or None,
        password=os.environ.get(PASSWORD) or None,
        host=parts.hostname,
        port=parts.port,
        database=parts.path.lstrip("/") or None,
    )


def _file(address: Address) -> Path:
    """Return the file of a database that is one."""
    path = Path(re.sub(r"^[a-z0-9+]+:///", "", address.place, flags=re.IGNORECASE))
    if not path.is_file():
        raise DataError(
            f"{path.name} is not a file: give the path of the database, as in {address.kind}:///FILE?table=NAME"
        )
    return path


def _statement(sql: Any, address: Address, engine: Any) -> Any:
    """Return what is asked: all columns of a table, or the query."""
    if address.query:
        return sql.text(address.query.replace(":", r"\:"))
    schema, _, name = address.table.rpartition(".")
    return sql.select(sql.Table(name, sql.MetaData(), schema=schema or None, autoload_with=engine))


def _query(file: Path) -> str:
    """Read a query, and refuse what is more than one or none that reads."""
    try:
        text = file.read_text(encoding="utf-8").strip().rstrip(";").strip()
    except (OSError, UnicodeError) as error:
        raise SpecificationError(f"query_file {file.name} cannot be read ({type(error).__name__})") from None
    if ";" in text or not re.match(r"(select|with)\b", text, re.IGNORECASE):
        raise SpecificationError(f"query_file {file.name} must hold one query that begins with SELECT or WITH")
    return text


def _read_duckdb(address: Address) -> pd.DataFrame:
    """Read a file of DuckDB, without extensions that would be downloaded."""
    import duckdb

    file = _file(address)
    config: dict[str, Any] = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    try:
        with duckdb.connect(str(file), read_only=True, config=config) as base:
            base.execute("SET enable_external_access = false")
            quoted = ".".join(f'"{part}"' for part in address.table.split("."))
            result = base.execute(address.query or f"SELECT * FROM {quoted}")  # noqa: S608 - a name, or the user's own
            names = [str(column[0]) for column in result.description]
            return _as_text(names, iter(lambda: result.fetchmany(CHUNK), []))
    except DataError:
        raise
    except Exception as error:
        raise _unread(error) from None


def _as_text(names: list[str], parts: Iterator[list[tuple[Any, ...]]]) -> pd.DataFrame:
    """Write every cell as text, a part at a time, one different value at a time."""
    if len(set(names)) < len(names):
        raise DataError(
            f"the query gives {len(names)} columns with {len(set(names))} names: give each a name of its own with AS"
        )
    tables = []
    for part in parts:
        columns = {}
        for place, name in enumerate(names):
            cells = pd.Series([row[place] for row in part], dtype=object)
            codes, values = pd.factorize(cells, use_na_sentinel=False)
            columns[name] = pd.array([as_text(value) for value in values], dtype="str").take(codes)
        tables.append(pd.DataFrame(columns))
    if not tables:
        raise DataError("the table of the database has no rows, must hold at least one")
    return pd.concat(tables, ignore_index=True)
