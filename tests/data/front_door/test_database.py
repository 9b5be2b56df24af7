"""A table of a database is read as text by an address that holds no user, and what a database says is not repeated."""

import datetime
import sqlite3

import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.data.front_door.database import PASSWORD, USER, Address, is_address, read_address, read_database

duckdb = pytest.importorskip("duckdb")
sqlalchemy = pytest.importorskip("sqlalchemy")
from ctresearch.data.front_door import database  # noqa: E402


@pytest.fixture
def base(tmp_path):
    """Make a file of SQLite with people by source."""
    place = tmp_path / "cases.db"
    with sqlite3.connect(place) as connection:
        connection.execute("create table seen (person, source, share real)")
        connection.executemany(
            "insert into seen values (?, ?, ?)", [(1, "police", 0.5), (2, None, 2.0), (1, "NGO", None)]
        )
        connection.execute("create table nobody (person, source)")
    connection.close()
    return place


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("sqlite:///a.db?table=t", True),
        ("SQLite:///a.db", True),
        ("postgresql+psycopg://h/b", True),
        ("lists.csv", False),
        ("published:uk-2013", False),
        ("see sqlite://", False),
        ("1a://b", False),
    ],
)
def test_what_begins_as_an_address_is_one(source, found):
    assert is_address(source) is found


def test_an_address_is_taken_apart(tmp_path):
    assert read_address("SQLite:///a/b.db?table=main.seen") == Address("sqlite", "SQLite:///a/b.db", table="main.seen")
    assert read_address("postgresql+psycopg://host:5432/base?table=t") == Address(
        "postgresql", "postgresql+psycopg://host:5432/base", table="t"
    )
    asked = tmp_path / "q.sql"
    asked.write_text("  With a as (select 1) select * from a ;\n", encoding="utf-8")
    found = read_address(f"mysql://host/base?query_file={asked}")
    assert found == Address("mysql", "mysql://host/base", query="With a as (select 1) select * from a")
    assert found.text == found.query
    assert Address("sqlite", "p", table="t").text == "SELECT * FROM t"


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("oracle://h/b?table=t", r"kind that is not read \(oracle://\), must be one of sqlite, postgresql, mysql"),
        ("postgresql://somebody@h/b?table=t", "holds a user or a password"),
        ("postgresql://:secret@h/b?table=t", "holds a user or a password"),
        ("sqlite:///a.db", "ends in 0 settings"),
        ("sqlite:///a.db?table=t&query_file=q", "ends in 2 settings"),
        ("sqlite:///a.db?tables=t", "ends in 1 settings"),
        ("sqlite:///a.db?table=", "must be a name, or SCHEMA.NAME"),
        ("sqlite:///a.db?table=a;b", "must be a name, or SCHEMA.NAME"),
        ("sqlite:///a.db?table=a.b.c", "must be a name, or SCHEMA.NAME"),
        ("sqlite:///a.db?query_file=none.sql", r"query_file none\.sql cannot be read \(FileNotFoundError\)"),
    ],
)
def test_an_address_that_is_none_is_refused(source, says):
    with pytest.raises(SpecificationError, match=says) as caught:
        read_address(source)
    assert "somebody" not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["select 1; select 2", "delete from t", "selection", "", "update t set a = 1"])
def test_a_query_that_does_more_than_read_is_refused(tmp_path, text):
    asked = tmp_path / "q.sql"
    asked.write_text(text, encoding="utf-8")
    with pytest.raises(SpecificationError, match=r"query_file q\.sql must hold one query"):
        read_address(f"sqlite:///a.db?query_file={asked}")


def test_rows_come_as_text_and_gaps_as_blanks(base, tmp_path):
    address, rows = read_database(f"sqlite:///{base}?table=seen")
    assert address.table == "seen"
    assert rows.columns.tolist() == ["person", "source", "share"]
    assert rows.to_numpy().tolist() == [["1", "police", "0.5"], ["2", "", "2"], ["1", "NGO", ""]]
    asked = tmp_path / "q.sql"
    asked.write_text("select source as s from seen where source like ':%' or person = 1", encoding="utf-8")
    assert read_database(f"sqlite:///{base}?query_file={asked}")[1].to_numpy().tolist() == [["police"], ["NGO"]]


def test_rows_of_several_parts_are_all_there(base, monkeypatch):
    monkeypatch.setattr(database, "CHUNK", 2)
    rows = read_database(f"sqlite:///{base}?table=main.seen")[1]
    assert rows["source"].tolist() == ["police", "", "NGO"]
    assert rows.index.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("end", "says"),
    [
        ("?table=nobody", "has no rows, must hold at least one"),
        ("?table=none", r"cannot be read \(NoSuchTableError\)"),
        ("x?table=seen", r"cases\.dbx is not a file: give the path of the database, as in sqlite:///FILE"),
    ],
)
def test_a_database_that_gives_no_table_is_refused(base, end, says):
    with pytest.raises(DataError, match=says):
        read_database(f"sqlite:///{base}{end}")


def test_columns_of_one_name_are_refused(base, tmp_path):
    asked = tmp_path / "q.sql"
    asked.write_text("select person, source, person from seen", encoding="utf-8")
    for kind, place in (("sqlite", base), ("duckdb", duck(tmp_path))):
        with pytest.raises(DataError, match="3 columns with 2 names"):
            read_database(f"{kind}:///{place}?query_file={asked}")
    asked.write_text("select * from seen where person > 9", encoding="utf-8")
    with pytest.raises(DataError, match="has no rows, must hold at least one"):
        read_database(f"duckdb:///{duck(tmp_path)}?query_file={asked}")


def test_nothing_is_changed_and_no_word_of_the_database_repeated(base, tmp_path):
    asked = tmp_path / "q.sql"
    asked.write_text("with a as (select 1) insert into seen select 'Ehi', 'b', 1 from a", encoding="utf-8")
    with pytest.raises(DataError, match=r"cannot be read \(OperationalError\)") as caught:
        read_database(f"sqlite:///{base}?query_file={asked}")
    assert "Ehi" not in str(caught.value)
    assert USER in str(caught.value)
    assert PASSWORD in str(caught.value)
    assert len(read_database(f"sqlite:///{base}?table=seen")[1]) == 3


def duck(folder):
    """Make a file of DuckDB."""
    place = folder / "cases.duckdb"
    with duckdb.connect(str(place)) as connection:
        connection.execute("create or replace table seen (person integer, source varchar, day date)")
        connection.execute("insert into seen values (1, 'police', '2020-01-31'), (2, null, null)")
    return place


def test_a_file_of_duckdb_is_read_alike(tmp_path):
    place = duck(tmp_path)
    address, rows = read_database(f"duckdb:///{place}?table=main.seen")
    assert (address.kind, address.table) == ("duckdb", "main.seen")
    assert rows.to_numpy().tolist() == [["1", "police", datetime.date(2020, 1, 31).isoformat()], ["2", "", ""]]
    for query in ("select * from read_csv('/etc/passwd')", "with a as (select 1) insert into seen select 1, 'x', null"):
        asked = tmp_path / "q.sql"
        asked.write_text(query, encoding="utf-8")
        with pytest.raises(DataError, match="the database cannot be read"):
            read_database(f"duckdb:///{place}?query_file={asked}")


def test_user_and_password_come_from_the_environment_alone(monkeypatch):
    address = Address("postgresql", "postgresql://host:5433/base", table="t")
    monkeypatch.delenv(USER, raising=False)
    monkeypatch.delenv(PASSWORD, raising=False)
    url = database._url(sqlalchemy, address, "postgresql+psycopg")
    assert url.render_as_string(hide_password=False) == "postgresql+psycopg://host:5433/base"
    monkeypatch.setenv(USER, "ann")
    monkeypatch.setenv(PASSWORD, "secret")
    url = database._url(sqlalchemy, address, "postgresql+psycopg")
    assert url.render_as_string(hide_password=False) == "postgresql+psycopg://ann:secret@host:5433/base"
