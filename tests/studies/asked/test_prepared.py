"""Files and tables of databases that come through the front door: the digest, what the notebook gets, what is refused."""

import os
import shutil
import sqlite3
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.data.front_door.database import PASSWORD, USER, is_address, read_address, read_database
from ctresearch.data.front_door.plan import plan_place, read_plan
from ctresearch.studies import load_study
from ctresearch.studies.asked.inputs import resolve_inputs
from messy_files import LISTS, by_person, by_source, patterns, people, text
from small_project import ETHICS, RESTRICTED, TOML, make_project

LISTS_TABLE = '\n[data.lists]\nlevel = "restricted"\naccess = "ask"\n'
OTHER = '\n[data.lists]\nlevel = "public"\nsource = "published:uk-2013"\n'


@pytest.fixture(autouse=True)
def own_key(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CTRESEARCH_KEY_FILE", raising=False)


def study_with(tmp_path, data):
    return load_study(make_project(tmp_path / "project", toml=TOML + data))


def given(one, folder):
    """Read what the notebook is given."""
    return pd.read_csv(one.locator(folder)["path"])


def as_patterns(frame):
    return {tuple(row[:-1]): row[-1] for row in frame[[*LISTS, "count"]].to_numpy().tolist()}


def test_people_are_counted_and_the_notebook_never_sees_them(tmp_path, capsys):
    study = study_with(tmp_path, LISTS_TABLE + ETHICS)
    text(tmp_path / "persons.csv", [("id", *LISTS), *by_person(people())], ";", "cp1252")
    one = resolve_inputs(study, {"lists": tmp_path / "persons.csv"})["lists"]
    frame = given(one, tmp_path)
    assert list(frame.columns) == [*LISTS, "count"]
    assert as_patterns(frame) == patterns(people())
    assert (one.level, one.keyed, one.replaced, one.record()["bytes"]) == ("restricted", True, None, None)
    assert "persons.csv: one row a person with yes or no for each list" in capsys.readouterr().err
    assert read_plan(plan_place(tmp_path / "persons.csv")).shape == "persons"
    resolve_inputs(study, {"lists": tmp_path / "persons.csv"})
    assert capsys.readouterr().err == ""  # the plan that is there is used, and not shown again
    assert one.current_digest() == one.digest


def test_the_same_people_in_another_order_and_format_are_the_same_input(tmp_path):
    study = study_with(tmp_path, LISTS_TABLE + ETHICS)
    rows = by_source(people())
    text(tmp_path / "a.csv", [("id", "source"), *rows])
    text(tmp_path / "b.txt", [("dossier", "organisme"), *reversed(rows)], "\t", "utf-16")
    text(tmp_path / "c.csv", [("id", "source"), *rows[1:]])
    digests = [
        resolve_inputs(study, {"lists": tmp_path / name})["lists"].digest for name in ("a.csv", "b.txt", "c.csv")
    ]
    assert digests[0] == digests[1] != digests[2]


def test_an_open_question_stops_the_run_with_its_cure(tmp_path):
    study = study_with(tmp_path, LISTS_TABLE + ETHICS)
    text(tmp_path / "persons.csv", [("id", *LISTS), *by_person(people(), 1, 2)])
    with pytest.raises(DataError, match=r"hold 1 and 2 alone: say which is yes with --yes 1 --no 2 .*answer with"):
        resolve_inputs(study, {"lists": tmp_path / "persons.csv"})
    assert not plan_place(tmp_path / "persons.csv").exists()


def test_the_next_edition_is_held_to_the_plan(tmp_path):
    study = study_with(tmp_path, LISTS_TABLE + ETHICS)
    path = tmp_path / "persons.csv"
    text(path, [("id", *LISTS), *by_person(people())])
    resolve_inputs(study, {"lists": path})
    text(path, [("id", *LISTS), *by_person(people(700, seed=3))])
    assert given(resolve_inputs(study, {"lists": path})["lists"], tmp_path)["count"].sum() == 700
    text(path, [("id", *LISTS[:3], "Justice"), *by_person(people())])
    with pytest.raises(DataError) as caught:
        resolve_inputs(study, {"lists": path})
    said = "knows 5 columns: 1 of its columns are missing or empty ('Inspection') and 1 are new ('Justice')"
    assert said in str(caught.value)


def test_ranges_are_not_for_this_notebook(tmp_path):
    study = study_with(tmp_path, LISTS_TABLE + ETHICS)
    text(tmp_path / "counts.csv", [("A", "B", "effectif"), (1, 0, 30), (0, 1, 20), (1, 1, "<5")])
    with pytest.raises(DataError, match=r"counts that are known as a range only.*PartialHistories\.from_counts"):
        resolve_inputs(study, {"lists": tmp_path / "counts.csv"})


def test_records_of_another_format_come_as_a_plain_table(tmp_path):
    study = study_with(tmp_path, RESTRICTED + ETHICS)
    text(tmp_path / "cases.txt", [("name", "day", "size"), ("a", "31/01/2020", "2,5"), ("b", "1/2/2020", "7")], "\t")
    frame = given(resolve_inputs(study, {"cases": tmp_path / "cases.txt"})["cases"], tmp_path)
    assert frame.to_numpy().tolist() == [["a", "2020-01-31", 2.5], ["b", "2020-02-01", 7.0]]
    text(tmp_path / "plain.csv", [("name", "day"), ("a", "31/01/2020")])
    assert resolve_inputs(study, {"cases": tmp_path / "plain.csv"})["cases"].content is None  # as it is, as ever


def database(path, rows, table="seen"):
    with sqlite3.connect(path) as base:
        base.execute(f"create table {table} (id text, source text)")
        base.executemany(f"insert into {table} values (?, ?)", rows)
    base.close()
    return f"sqlite:///{path}?table={table}"


def test_a_table_of_sqlite_runs_as_data(tmp_path):
    study = study_with(tmp_path, LISTS_TABLE + ETHICS)
    rows = by_source(people())
    one = resolve_inputs(study, {"lists": database(tmp_path / "a.db", rows)})["lists"]
    other = resolve_inputs(study, {"lists": database(tmp_path / "b.db", rows[::-1])})["lists"]
    assert as_patterns(given(one, tmp_path)) == patterns(people())
    assert one.digest == other.digest  # rows stand in one order whatever that of the table
    assert "a.db" not in str(one.record())
    assert "seen" not in str(one.record())
    assert (study.folder / "lists.plan.toml").is_file()
    changed = resolve_inputs(study, {"lists": database(tmp_path / "c.db", rows[1:])})["lists"]
    renamed = resolve_inputs(study, {"lists": database(tmp_path / "d.db", rows, "others")})["lists"]
    assert len({one.digest, changed.digest, renamed.digest}) == 3  # the query is part of the input


def test_the_query_is_shown_where_the_study_says_so(tmp_path):
    study = study_with(tmp_path, LISTS_TABLE + "show_query = true\n" + ETHICS)
    source = database(tmp_path / "a.db", by_source(people()))
    assert resolve_inputs(study, {"lists": source})["lists"].record()["query"] == "SELECT * FROM seen"
    (tmp_path / "q.sql").write_text("select id, source from seen where source <> 'ONG';\n")
    asked = source.replace("table=seen", f"query_file={tmp_path / 'q.sql'}")
    (study.folder / "lists.plan.toml").unlink()
    one = resolve_inputs(study, {"lists": asked})["lists"]
    assert one.record()["query"].startswith("select id, source from seen where")
    assert "ONG" not in given(one, tmp_path).columns


def test_a_database_in_place_of_published_data_is_restricted(tmp_path):
    one = resolve_inputs(study_with(tmp_path, OTHER), {"lists": database(tmp_path / "a.db", by_source(people()))})
    assert (one["lists"].level, one["lists"].for_everybody) == ("restricted", False)
    assert one["lists"].replaced == ("title", "level", "rows", "scope")


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("postgresql://ann:secret@host/base?table=t", "holds a user or a password: leave them out"),
        ("postgresql://ann@host/base?table=t", "holds a user or a password"),
        ("oracle://host/base?table=t", "of a kind that is not read"),
        ("sqlite:///a.db", "must end in"),
        ("sqlite:///a.db?table=t&password=secret", "must end in"),
        ("sqlite:///a.db?table=t;drop", "must be a name"),
    ],
)
def test_an_address_that_is_none_is_refused_and_not_repeated(source, says):
    assert is_address(source)
    with pytest.raises(SpecificationError, match=says) as caught:
        read_address(source)
    assert "secret" not in str(caught.value)
    assert "ann" not in str(caught.value)


def test_what_a_database_says_is_not_repeated(tmp_path):
    source = database(tmp_path / "a.db", [("Rosa Lima", "police")])
    with pytest.raises(DataError, match=r"the database cannot be read \(NoSuchTableError\)") as caught:
        read_database(source.replace("=seen", "=Rosa"))
    assert caught.value.__cause__ is None
    assert "Rosa" not in str(caught.value)
    with pytest.raises(DataError, match=r"none\.db is not a file"):
        read_database("sqlite:///none.db?table=t")
    (tmp_path / "two.sql").write_text("select 1; drop table seen")
    (tmp_path / "drop.sql").write_text("drop table seen")
    for name in ("two.sql", "drop.sql"):
        with pytest.raises(SpecificationError, match="one query that begins with SELECT or WITH"):
            read_database(source.replace("table=seen", f"query_file={tmp_path / name}"))
    (tmp_path / "write.sql").write_text("with x as (select 1) insert into seen select 1, 1")
    with pytest.raises(DataError, match="cannot be read"):
        read_database(source.replace("table=seen", f"query_file={tmp_path / 'write.sql'}"))
    assert len(read_database(source)[1]) == 1


def test_a_file_of_duckdb(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect(str(tmp_path / "a.duckdb")) as base:
        base.execute("create table seen (id text, day date, n double)")
        base.execute("insert into seen values ('a', '2020-01-31', 2.5), ('b', null, 3)")
    found = read_database(f"duckdb:///{tmp_path / 'a.duckdb'}?table=seen")[1]
    assert found.to_numpy().tolist() == [["a", "2020-01-31", "2.5"], ["b", "", "3"]]
    (tmp_path / "out.sql").write_text(f"select * from read_csv('{tmp_path / 'secret.csv'}')")
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with pytest.raises(DataError, match="cannot be read"):  # a query reads the database and no other file
        read_database(f"duckdb:///{tmp_path / 'a.duckdb'}?query_file={tmp_path / 'out.sql'}")


def postgres_programs():
    """Find PostgreSQL's programs, as Debian places them."""
    return next(
        (p for p in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True) if (p / "initdb").exists()), None
    )


@pytest.mark.slow
@pytest.mark.skipif(
    postgres_programs() is None or os.geteuid() != 0, reason="PostgreSQL is not installed, or this is not root"
)
def test_a_table_of_postgresql_runs_as_data(tmp_path, monkeypatch):
    pytest.importorskip("psycopg")
    programs, home = postgres_programs(), Path("/tmp") / f"ctresearch-pg-{os.getpid()}"
    home.mkdir()
    shutil.chown(home, "postgres")

    def run(*words, **options):
        return subprocess.run(["runuser", "-u", "postgres", "--", *map(str, words)], check=True, cwd="/tmp", **options)

    try:
        (home / "word").write_text("secret-word")
        shutil.chown(home / "word", "postgres")
        run(
            programs / "initdb",
            "-D",
            home / "base",
            "-A",
            "scram-sha-256",
            "-U",
            "ann",
            f"--pwfile={home / 'word'}",
            capture_output=True,
        )
        run(
            programs / "pg_ctl",
            "-D",
            home / "base",
            "-w",
            "-l",
            home / "log",
            "-o",
            f"-p 54999 -k {home}",
            "start",
            stdout=subprocess.DEVNULL,
        )
        monkeypatch.setenv(USER, "ann")
        monkeypatch.setenv(PASSWORD, "secret-word")
        import psycopg

        rows = by_source(people())
        with psycopg.connect("host=127.0.0.1 port=54999 dbname=postgres user=ann password=secret-word") as base:
            base.execute("create table seen (id text, source text, day date)")
            with base.cursor() as cursor:
                cursor.executemany("insert into seen values (%s, %s, '2020-01-31')", rows)
        study = study_with(tmp_path, LISTS_TABLE + ETHICS)
        source = "postgresql://127.0.0.1:54999/postgres?table=public.seen"
        started = time.monotonic()
        one = resolve_inputs(study, {"lists": source})["lists"]
        assert time.monotonic() - started < 60
        assert as_patterns(given(one, tmp_path)) == patterns(people())
        assert "secret-word" not in repr(one)
        monkeypatch.setenv(PASSWORD, "another-word")
        with pytest.raises(DataError, match=r"cannot be read \(OperationalError\)") as caught:
            resolve_inputs(study, {"lists": source})
        assert "word" not in str(caught.value).replace("PASSWORD", "")
    finally:
        subprocess.run(
            [
                "runuser",
                "-u",
                "postgres",
                "--",
                str(programs / "pg_ctl"),
                "-D",
                str(home / "base"),
                "-m",
                "immediate",
                "stop",
            ],
            check=False,
            capture_output=True,
        )
        shutil.rmtree(home, ignore_errors=True)
