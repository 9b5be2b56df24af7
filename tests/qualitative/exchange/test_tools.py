"""Projects of QualCoder and Taguette, tables of MAXQDA and plain ones: what is read, and what is refused."""

import sqlite3

import pandas as pd
import pytest

from ctresearch.core import CtResearchError, DataError, SpecificationError
from ctresearch.qualitative import (
    QdaProject,
    read_coded_table,
    read_maxqda,
    read_qdpx,
    read_qualcoder,
    read_taguette,
    write_coded_table,
    write_qdpx,
)

TEXT = "Elle a pay\u00e9 sa dette. \U0001f600 Ils ont gard\u00e9 ses papiers."
QUALCODER = """
create table source (id integer primary key, name text, fulltext text, mediapath text, memo text, owner text, date text);
create table code_cat (catid integer primary key, name text, owner text, date text, memo text, supercatid integer);
create table code_name (cid integer primary key, name text, memo text, catid integer, owner text, date text, color text);
create table code_text (ctid integer primary key, cid integer, fid integer, seltext text, pos0 integer, pos1 integer,
 owner text, date text, memo text, avid integer, important integer);
create table code_image (imid integer primary key, id integer, x1 integer, cid integer);
create table cases (caseid integer primary key, name text, memo text, owner text, date text);
create table attribute (attrid integer primary key, name text, attr_type text, value text, id integer, owner text);
insert into code_cat values (1, 'means', 'anna', '', 'How', null), (2, 'economic', 'anna', '', '', 1);
insert into code_name values (1, 'debt', 'Owes', 2, 'anna', '', '#AA0000'), (2, 'papers', '', null, 'anna', '', '');
insert into code_text values (1, 1, 1, '', 7, 20, 'anna', '', 'a memo', null, 0), (2, 2, 1, '', 24, 48, 'ben', '', '', null, 0);
insert into code_text values (3, 2, 1, '', 24, 9999, 'ben', '', '', null, 0), (4, 9, 1, '', 2, 9, 'ben', '', '', null, 0);
insert into code_image values (1, 2, 0, 1);
insert into cases values (1, 'case 1', '', '', ''); insert into attribute values (1, 'age', 'case', '31', 1, '');
"""
TAGUETTE = """
create table projects (id integer primary key, name text, description text, created text);
create table documents (id integer primary key, name text, description text, filename text, created text,
 project_id integer, text_direction text, contents text);
create table tags (id integer primary key, project_id integer, path text, description text);
create table highlights (id integer primary key, document_id integer, start_offset integer, end_offset integer, snippet text);
create table highlight_tags (highlight_id integer, tag_id integer);
insert into projects values (1, 'study', '', '');
insert into tags values (1, 1, 'means', 'How'), (2, 1, 'means.debt', ''), (3, 1, 'papers.kept', '');
insert into highlights values (1, 1, 7, 22, ''), (2, 1, 28, 54, ''), (3, 1, 8, 12, ''), (4, 1, 8, 11, '');
insert into highlight_tags values (1, 2), (2, 3), (4, 2);
"""


def database(path, script, *more):
    held = sqlite3.connect(path)
    held.executescript(script)
    for statement, values in more:
        held.execute(statement, values)
    held.commit()
    held.close()
    return path


@pytest.fixture
def qualcoder(tmp_path):
    folder = tmp_path / "study.qda"
    folder.mkdir()
    database(folder / "data.qda", QUALCODER, ("insert into source values (1, 'int1', ?, null, '', '', '')", (TEXT,)))
    return folder


@pytest.fixture
def taguette(tmp_path):
    html = "<p>" + TEXT.replace("sa dette", "<b>sa</b> dette") + "</p>"
    added = ("insert into documents values (1, 'int1', '', '', '', 1, 'LTR', ?)", (html,))
    return database(tmp_path / "t.sqlite3", TAGUETTE, added)


def test_qualcoder(qualcoder):
    found = read_qualcoder(qualcoder)
    assert found.codebook.keys == ("means", "means > economic", "means > economic > debt", "papers")
    assert found.codebook.code("means > economic > debt").definition == "Owes"
    table = found.segments.frame
    assert [TEXT[a:b] for a, b in zip(table["start"], table["end"], strict=True)] == [
        "pay\u00e9 sa dette",
        "Ils ont gard\u00e9 ses papier",
    ]
    assert table["coder"].tolist() == ["anna", "ben"]
    assert found.cases.to_dict("records") == [{"case": "case 1", "age": "31"}]
    assert found.report[0].numbers == {"read": 2, "broken": 2, "other": 1, "renamed": 0}
    assert read_qualcoder(qualcoder / "data.qda").segments == found.segments


def test_taguette_counts_bytes(taguette):
    found = read_taguette(taguette, coder="anna")
    assert found.codebook.keys == ("means", "means > debt", "papers.kept")
    table = found.segments.frame
    assert [TEXT[a:b] for a, b in zip(table["start"], table["end"], strict=True)] == [
        "pay\u00e9 sa dette.",
        "Ils ont gard\u00e9 ses papiers",
    ]
    assert found.segments.coders == ("anna",)
    assert found.report[0].numbers["broken"] == 2  # one without a tag, one inside a letter


def test_what_was_read_goes_to_every_other_tool(qualcoder, tmp_path):
    found = read_qualcoder(qualcoder)
    project = QdaProject.build(found.codebook, found.segments, cases=found.cases.set_index("case"))
    again = read_qdpx(write_qdpx(project, tmp_path / "a.qdpx"))
    assert again.segments == found.segments
    assert again.codebook.keys == found.codebook.keys
    assert again.material().segments == found.segments


def workbook(tmp_path, **changes):
    table = pd.DataFrame(
        {
            "Document group": ["g", "g"],
            "Document name": ["int1", "int2"],
            "Code": ["means\\debt", "papers"],
            "Beginning": [3, "5"],
            "End": [3, "7"],
            "Segment": ["words", "words"],
            "Created by": ["anna", "ben"],
            "Comment": ["why", None],
        }
    ).rename(columns=changes)
    path = tmp_path / "m.xlsx"
    table.to_excel(path, index=False)
    return path


def test_maxqda(tmp_path):
    found = read_maxqda(workbook(tmp_path))
    assert found.codebook.keys == ("means", "means > debt", "papers")
    assert found.segments.frame.to_numpy().tolist() == [
        ["int1", 2, 3, "means > debt", "anna", "why"],
        ["int2", 4, 7, "papers", "ben", ""],
    ]
    german = workbook(
        tmp_path, **{"Document name": "Dokumentname", "Beginning": "Anfang", "End": "Ende", "Created by": "Autor"}
    )
    assert read_maxqda(german).segments == found.segments
    with pytest.raises(DataError, match="no column for document"):
        read_maxqda(workbook(tmp_path, **{"Document name": "x"}))


def test_plain_tables(tmp_path, taguette):
    found = read_taguette(taguette)
    again = read_coded_table(write_coded_table(found.segments, tmp_path / "a.csv"), texts=found.segments.texts)
    assert again.segments == found.segments
    assert again.codebook.keys == ("means", "means > debt", "papers.kept")
    for content in (b"", b"\xff\xfe\x00", b"a,b\n1,2\n"):
        (tmp_path / "b.csv").write_bytes(content)
        with pytest.raises(DataError):
            read_coded_table(tmp_path / "b.csv")


@pytest.mark.parametrize("read", [read_qualcoder, read_taguette, read_maxqda, read_coded_table])
def test_files_that_are_none_are_refused(read, tmp_path):
    for name, content in {
        "none": None,
        "empty": b"",
        "words": b"Zorquin Vex" * 99,
        "half": b"SQLite format 3\x00" + b"\x00" * 99,
    }.items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(CtResearchError) as caught:
            read(tmp_path / name)
        assert "Zorquin" not in str(caught.value)
        assert "\n" not in str(caught.value)


def test_databases_of_other_things_are_refused(tmp_path):
    other = database(tmp_path / "o.sqlite3", "create table x (y integer);")
    for read in (read_qualcoder, read_taguette):
        with pytest.raises(DataError, match="has no table"):
            read(other)
    circle = QUALCODER.replace("'economic', 'anna', '', '', 1", "'economic', 'anna', '', '', 2")
    with pytest.raises(DataError, match="below themselves"):
        read_qualcoder(database(tmp_path / "c.qda", circle))


def test_a_project_of_several_is_asked_for(taguette):
    held = sqlite3.connect(taguette)
    held.execute("insert into projects values (2, 'other', '', '')")
    held.commit()
    held.close()
    with pytest.raises(SpecificationError, match="give its name"):
        read_taguette(taguette)
    assert len(read_taguette(taguette, project="study").segments.table) == 2
