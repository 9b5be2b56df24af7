"""What goes out to other tools, element by element, and what comes in, row by row."""

import sqlite3
from xml.etree import ElementTree

import pandas as pd
import pytest

from ctresearch.core import CellError, DataError, SpecificationError
from ctresearch.qualitative import (
    Code,
    Codebook,
    CodedSegments,
    QdaProject,
    read_coded_table,
    read_maxqda,
    read_qdc,
    read_qdpx,
    read_qualcoder,
    read_taguette,
    write_coded_table,
    write_qdc,
    write_qdpx,
)
from ctresearch.qualitative.exchange.build_project import written
from ctresearch.qualitative.exchange.material import distinct
from ctresearch.qualitative.exchange.offsets import choose_offsets, from_utf16

TEXT = "Her debt grew. They kept the papers."
BOOK = Codebook(
    (
        Code("means", definition="How", include="when so", exclude="when not", example="a", codable=False),
        Code("debt", parent="means", colour="#aa0000"),
        Code("papers"),
    ),
    name="book",
)
ROWS = pd.DataFrame(
    {
        "document": ["int1", "int1", "int2"],
        "start": [4, 15, 0],
        "end": [8, 36, 3],
        "code": ["means > debt", "papers", "papers"],
        "coder": ["anna", "ben", "anna"],
        "memo": ["why", None, ""],
    }
)
SEGMENTS = CodedSegments.from_frame(ROWS, memo="memo", texts={"int1": TEXT, "int2": "No."})
CASES = pd.DataFrame({"age": ["31", None], "sex": ["f", "m"]}, index=["int1", "int2"])
PROJECT = QdaProject.build(BOOK, SEGMENTS, name="study", cases=CASES)


def found(path, root=PROJECT.root):
    """Find elements by their plain names."""
    return root.findall("/".join(f"{{*}}{name}" for name in path.split("/")))


def test_a_project_holds_every_code_text_and_place():
    root = PROJECT.root
    assert root.tag == "{urn:QDA-XML:project:1.0}Project"
    assert dict(root.attrib) == {"name": "study", "origin": "ctresearch"}
    users = {one.get("guid"): one.get("name") for one in found("Users/User")}
    assert list(users.values()) == ["anna", "ben"]
    (means, papers) = found("CodeBook/Codes/Code")
    (debt,) = found("Code", means)
    told = [(one.get("name"), one.get("isCodable"), one.get("color")) for one in (means, debt, papers)]
    assert told == [("means", "false", None), ("debt", "true", "#aa0000"), ("papers", "true", None)]
    assert found("Description", means)[0].text == "How\nInclude: when so\nExclude: when not\nExample: a"
    assert not found("Description", papers)
    (first, second) = found("Sources/TextSource")
    assert [one.get("name") for one in (first, second)] == ["int1", "int2"]
    for one, text in ((first, TEXT), (second, "No.")):
        path = one.get("plainTextPath")
        assert path.startswith("internal://")
        assert path.endswith(".txt")
        assert PROJECT.files["sources/" + path.removeprefix("internal://")] == text.encode()
    places = found("PlainTextSelection", first)
    assert [(p.get("startPosition"), p.get("endPosition"), p.get("name")) for p in places] == [
        ("4", "8", "debt"), ("15", "36", "They kept the papers.")
    ]  # fmt: skip
    assert [users[p.get("creatingUser")] for p in places] == ["anna", "ben"]
    assert [users[c.get("creatingUser")] for p in places for c in found("Coding", p)] == ["anna", "ben"]
    refs = [c.get("targetGUID") for p in places for c in found("Coding/CodeRef", p)]
    assert refs == [debt.get("guid"), papers.get("guid")]
    assert [[d.text for d in found("Description", p)] for p in places] == [["why"], []]
    every = [one.get("guid") for one in root.iter() if one.get("guid")]
    assert len(set(every)) == len(every)


def test_a_project_holds_cases_with_what_is_known_of_them():
    variables = {one.get("guid"): (one.get("name"), one.get("typeOfVariable")) for one in found("Variables/Variable")}
    assert list(variables.values()) == [("age", "Text"), ("sex", "Text")]
    sources = {one.get("guid"): one.get("name") for one in found("Sources/TextSource")}
    told = []
    for case in found("Cases/Case"):
        values = [
            (variables[found("VariableRef", one)[0].get("targetGUID")][0], found("TextValue", one)[0].text)
            for one in found("VariableValue", case)
        ]
        told.append((case.get("name"), values, [sources[r.get("targetGUID")] for r in found("SourceRef", case)]))
    assert told == [("int1", [("age", "31"), ("sex", "f")], ["int1"]), ("int2", [("sex", "m")], ["int2"])]
    assert PROJECT.cases.columns.tolist() == ["case", "sources", "age", "sex"]
    assert PROJECT.cases.astype(object).fillna("").to_numpy().tolist() == [
        ["int1", "int1", "31", "f"], ["int2", "int2", "", "m"]
    ]  # fmt: skip


def test_tables_of_a_project():
    assert PROJECT.sources.to_dict("list") == {
        "source": ["int1", "int2"], "kind": ["text", "text"], "inside": [True, True], "selections": [2, 1]
    }  # fmt: skip
    assert PROJECT.users == ("anna", "ben")
    assert PROJECT.notes == 0
    assert PROJECT.sets.columns.tolist() == ["set", "codes", "sources"]
    assert PROJECT.links.columns.tolist() == ["link", "from_kind", "to_kind"]
    assert repr(PROJECT) == "QdaProject: 3 codes, 2 sources, 3 selections, 2 coders"
    assert PROJECT.segments == SEGMENTS
    assert PROJECT.codebook.name == "study"
    assert PROJECT.codebook.code("means").include == "when so"
    numbers = {one.name: (one.status, dict(one.numbers)) for one in PROJECT.report}
    assert numbers == {
        "kept": ("pass", {"selections": 0, "others": 4}),  # two variables, two cases
        "whole": ("pass", {"broken": 0}),
        "overlap": ("pass", {"segments": 0}),
        "places": ("pass", {"texts": 0}),
        "names": ("pass", {"renamed": 0}),
    }
    material = PROJECT.material()
    assert repr(material) == "CodedMaterial: 3 codes; CodedSegments: 3 segments, 2 documents, 2 codes, 2 coders"
    assert "<" in material._repr_html_()


def test_a_file_begins_as_xml_and_is_the_same_again(tmp_path):
    assert written(PROJECT.root, "urn:QDA-XML:project:1.0").startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    paths = [write_qdpx(PROJECT, tmp_path / name) for name in ("a.qdpx", "b.qdpx")]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.qdpx", "b.qdpx"]
    assert read_qdpx(paths[0]) == PROJECT
    assert read_qdpx(paths[0]) != QdaProject.build(BOOK, SEGMENTS, name="other", cases=CASES)
    assert PROJECT != "a project"
    book = read_qdc(write_qdc(BOOK, tmp_path / "b.qdc"))
    assert [(c.key, c.definition, c.exclude, c.colour, c.codable) for c in book.codes] == [
        (c.key, c.definition, c.exclude, c.colour, c.codable) for c in BOOK.codes
    ]
    root = ElementTree.fromstring((tmp_path / "b.qdc").read_bytes())
    assert root.tag == "{urn:QDA-XML:codebook:1.0}CodeBook"
    assert root.get("origin") == "ctresearch"


def test_what_cannot_be_built_is_refused():
    bare = CodedSegments.from_frame(ROWS, memo="memo")
    with pytest.raises(DataError, match="2 documents have no text"):
        QdaProject.build(BOOK, bare)
    with pytest.raises(DataError, match="1 codes of the segments are not in the codebook"):
        QdaProject.build(Codebook((Code("papers"),)), SEGMENTS)


def test_names_are_made_distinct():
    assert distinct(["a", "A ", "a > b", ""]) == (["a", "A (2)", "a \u203a b", "unnamed"], 3)
    assert distinct(["a", "a", "a"]) == (["a", "a (2)", "a (3)"], 2)
    assert distinct(["a", "b"]) == (["a", "b"], 0)


def test_places_in_wide_letters():
    text = "\U0001f600 debt"
    assert from_utf16(text, [(3, 7), (0, 2)]) == [(2, 6), (0, 1)]
    assert choose_offsets(text, [(3, 7)], ["debt"], "auto") == "utf16"
    assert choose_offsets(text, [(2, 6)], ["debt"], "auto") == "codepoints"
    assert choose_offsets(text, [(3, 7)], [""], "auto") == "utf16"  # else it would lie behind the text
    assert choose_offsets(text, [(2, 4)], [""], "auto") == "codepoints"
    assert choose_offsets("debt", [(0, 2)], ["xx"], "utf16") == "utf16"
    assert choose_offsets("debt", [(0, 2)], ["xx"], "auto") == "codepoints"
    assert from_utf16(text, [(0, 9)]) == [(0, 8)]


def test_a_plain_table_is_written_and_read_whole(tmp_path):
    path = write_coded_table(SEGMENTS, tmp_path / "a.csv")
    assert path.read_text() == (
        "document,start,end,code,coder,memo\nint1,4,8,means > debt,anna,why\nint1,15,36,papers,ben,\n"
        "int2,0,3,papers,anna,\n"
    )
    again = read_coded_table(path)
    assert again.segments.frame.equals(SEGMENTS.frame)
    assert again.codebook.keys == ("means", "means > debt", "papers")
    assert again.cases.columns.tolist() == ["case"]
    assert {one.name: (one.status, dict(one.numbers)) for one in again.report} == {"taken over": ("pass", {"read": 3})}
    numbers = tmp_path / "n.csv"
    numbers.write_text("document,start,end,code,coder\n001,0,2,7,1\n")
    assert read_coded_table(numbers).segments.table.loc[0, ["document", "code", "coder"]].tolist() == ["001", "7", "1"]
    for lacking in ("document", "start", "end", "code"):
        ROWS.drop(columns=lacking).to_csv(numbers, index=False)
        with pytest.raises(DataError, match=f"does not name '{lacking}'"):
            read_coded_table(numbers)
    with pytest.raises(DataError, match="there is no such file"):
        read_coded_table(tmp_path / "nothing.csv")


def test_a_workbook_is_read_row_by_row(tmp_path):
    table = pd.DataFrame(
        {
            "Document name": ["001", "int1", None, "int1", "int2"],
            "Code": ["means > debt", "papers", "papers", "papers", ""],
            "Beginning": ["3", "P 5", "1", "none", "2"],
            "End": ["3", "7", "1", "2", "2"],
            "Created by": ["anna", None, "ben", "ben", "ben"],
        }
    )
    table.to_excel(tmp_path / "m.xlsx", index=False)
    read = read_maxqda(tmp_path / "m.xlsx")
    assert read.segments.frame.to_numpy().tolist() == [
        ["001", 2, 3, "means > debt", "anna", ""], ["int1", 4, 7, "papers", "unknown", ""]
    ]  # fmt: skip
    assert read.codebook.name == "MAXQDA export"
    assert read.report[0].numbers == {"read": 2, "lost": 3, "renamed": 0}
    for lacking, said in (("Code", "code"), ("Beginning", "start"), ("End", "end")):
        table.drop(columns=lacking).to_excel(tmp_path / "n.xlsx", index=False)
        with pytest.raises(DataError, match=f"no column for {said}, must have"):
            read_maxqda(tmp_path / "n.xlsx")


def base(path, *statements):
    held = sqlite3.connect(path)
    for one in statements:
        held.execute(*one) if isinstance(one, tuple) else held.executescript(one)
    held.commit()
    held.close()
    return path


CODER = """
create table source (id integer, name text, fulltext text);
create table code_cat (catid integer, name text, supercatid integer, memo text);
create table code_name (cid integer, name text, catid integer, memo text, color text);
create table code_text (cid integer, fid integer, pos0 integer, pos1 integer, owner text, memo text);
create table code_image (cid integer); create table code_av (cid integer);
create table cases (caseid integer, name text);
create table attribute (name text, attr_type text, value text, id integer);
insert into code_cat values (1, 'means', null, 'How'), (2, 'means', 1, null);
insert into code_name values (1, 'debt', 2, 'Owes', '#aa0000'), (2, 'papers', null, null, null), (3, 'Papers', null, '', '');
insert into code_image values (1); insert into code_av values (1), (2);
insert into cases values (1, 'one'), (2, 'two');
insert into attribute values ('age', 'case', '31', 1), ('age', 'file', '99', 1), ('sex', 'case', 'f', 2), ('case', 'case', 'x', 1), ('age', 'case', '7', 9);
insert into code_text values (1, 1, 4, 8, 'anna', 'why'), (2, 1, 0, 36, null, null), (2, 1, 0, 37, 'x', ''),
 (2, 1, 3, 3, 'x', ''), (2, 1, -1, 3, 'x', ''), (9, 1, 0, 3, 'x', ''), (2, 9, 0, 3, 'x', ''), (2, 2, 0, 3, 'x', '');
"""


def test_a_project_of_qualcoder_is_read_row_by_row(tmp_path):
    file = base(tmp_path / "data.qda", CODER, ("insert into source values (1, 'a', ?), (2, 'b', null)", (TEXT,)))
    read = read_qualcoder(file)
    codes = [(c.key, c.definition, c.colour, c.codable) for c in read.codebook.codes]
    assert codes == [
        ("means", "How", "", False), ("means > means", "", "", False), ("means > means > debt", "Owes", "#aa0000", True),
        ("papers", "", "", True), ("Papers (2)", "", "", True),
    ]  # fmt: skip
    assert read.codebook.name == "QualCoder project"
    assert read.segments.frame.to_numpy().tolist() == [
        ["a", 0, 36, "papers", "unknown", ""], ["a", 4, 8, "means > means > debt", "anna", "why"]
    ]  # fmt: skip
    assert dict(read.segments.texts) == {"a": TEXT}
    cases = read.cases.astype(object).where(read.cases.notna(), None)
    assert cases.to_dict("records") == [
        {"case": "one", "age": "31", "case (2)": "x", "sex": None},
        {"case": "two", "age": None, "case (2)": None, "sex": "f"},
    ]
    (check,) = read.report
    assert (check.status, dict(check.numbers)) == ("review", {"read": 2, "broken": 6, "other": 3, "renamed": 1})
    base(file, "delete from attribute; delete from code_image; delete from code_av; delete from code_name where cid = 3",
         "delete from code_text where cid = 9 or fid > 1 or pos1 > 36 or pos0 < 0 or pos0 = pos1")  # fmt: skip
    assert read_qualcoder(file).report[0].status == "pass"
    base(file, "insert into cases values (2, 'again')")
    with pytest.raises(DataError, match="1 of 3 cases have the number of another"):
        read_qualcoder(file)
    base(file, "drop table cases")
    assert read_qualcoder(file).cases.columns.tolist() == ["case"]
    base(file, "alter table code_text drop column pos0")
    with pytest.raises(DataError, match="table 'code_text' has no column 'pos0', must be a project of QualCoder"):
        read_qualcoder(file)


TAGS = """
create table projects (id integer, name text); create table documents (id integer, name text, contents text, project_id integer);
create table tags (id integer, path text, description text, project_id integer);
create table highlights (id integer, document_id integer, start_offset integer, end_offset integer);
create table highlight_tags (highlight_id integer, tag_id integer);
insert into projects values (1, 'study'), (2, 'other');
insert into documents values (1, 'a', '<p>Her &amp; debt</p>', 1), (2, 'b', null, 1), (3, 'c', 'other', 2);
insert into tags values (1, 'means', 'How', 1), (2, 'means.debt', null, 1), (3, 'x', '', 2);
insert into highlights values (1, 1, 6, 10), (2, 1, 0, 3), (3, 3, 0, 5), (4, 1, 3, 3), (5, 1, 0, 99), (6, 1, 0, 1);
insert into highlight_tags values (1, 2), (1, 1), (3, 3), (4, 1), (5, 1), (6, 9);
"""


def test_a_project_of_taguette_is_read_row_by_row(tmp_path):
    file = base(tmp_path / "t.sqlite3", TAGS)
    read = read_taguette(file, project="study")
    assert [(c.key, c.definition) for c in read.codebook.codes] == [("means", "How"), ("means > debt", "")]
    assert read.codebook.name == "study"
    assert dict(read.segments.texts) == {"a": "Her & debt", "b": ""}
    assert read.segments.frame.to_numpy().tolist() == [
        ["a", 6, 10, "means", "unknown", ""], ["a", 6, 10, "means > debt", "unknown", ""]
    ]  # fmt: skip
    (check,) = read.report  # without a tag: 2; empty: 4; too long: 5; no such tag: 6
    assert (check.status, dict(check.numbers)) == ("review", {"read": 2, "broken": 4, "renamed": 0})
    other = read_taguette(file, project="other", coder="ben")
    assert other.segments.frame.to_numpy().tolist() == [["c", 0, 5, "x", "ben", ""]]
    assert other.report[0].status == "pass"
    for asked in (None, "third"):
        with pytest.raises(SpecificationError, match=r"project fits \d of the 2 projects"):
            read_taguette(file, project=asked)
    base(file, "insert into tags values (4, 'means', '', 1)")
    with pytest.raises(DataError, match="1 of 3 tags have the name of another"):
        read_taguette(file, project="study")


MARKS = pd.DataFrame(
    {
        "document": ["A", "A", "A", "A", "B"],
        "start": [0, 5, 8, 20, 0],
        "end": [10, 12, 9, 30, 4],
        "code": ["debt", "threat", "home", "debt", "home"],
        "coder": ["anna", "anna", "anna", "ben", "anna"],
    }
)
MARKED = CodedSegments.from_frame(MARKS)


def test_overlaps_and_matrices_are_counted():
    assert MARKED.overlaps().to_numpy().tolist() == [
        ["debt", "home", 1, 1], ["debt", "threat", 1, 5], ["home", "threat", 1, 1]
    ]  # fmt: skip
    assert MARKED.overlaps().columns.tolist() == ["code", "other", "pairs", "characters"]
    counts = MARKED.case_matrix(values="count")
    assert (counts.index.name, list(counts.columns)) == ("document", ["debt", "home", "threat"])
    assert counts.to_numpy().tolist() == [[2, 1, 1], [0, 1, 0]]
    assert MARKED.case_matrix().to_numpy().tolist() == [[1, 1, 1], [0, 1, 0]]
    assert MARKED.case_matrix(values="share").to_numpy().tolist() == [[1, 0.5, 0.5], [0, 1, 0]]
    ties, _ = MARKED.for_networks()
    assert ties.to_numpy().tolist() == [["debt", "home", 1], ["debt", "threat", 1], ["home", "threat", 1]]
    frame, roles = MARKED.for_causes()
    assert frame.columns.tolist() == ["document", "debt", "home", "threat"]
    assert list(roles) == ["document", "*"]
    with pytest.raises(DataError, match="a code is named 'document'"):
        CodedSegments.from_frame(MARKS.assign(code="document")).for_causes()


def test_units_are_windows_of_equal_length_to_the_end():
    windows = MARKED.ratings(units=10)
    assert windows.index.to_frame(index=False).to_numpy().tolist() == [
        ["A", 0, 10], ["A", 10, 20], ["A", 20, 30], ["B", 0, 4]
    ]  # fmt: skip
    assert windows.columns.tolist() == ["anna", "ben"]
    one = MARKED.ratings(units=10, code="debt")
    assert one["anna"].tolist() == [1, 0, 0, 0]
    assert one["ben"].iloc[:3].tolist() == [0, 0, 1]
    assert one["ben"].isna().tolist() == [False] * 3 + [True]
    whole = MARKED.ratings(units="document")
    assert whole.index.to_frame(index=False).to_numpy().tolist() == [["A", 0, 30], ["B", 0, 4]]
    assert whole["anna"].tolist() == [{"debt", "threat", "home"}, {"home"}]
    own = pd.DataFrame({"document": ["A"], "start": [3], "end": [3]})
    with pytest.raises(CellError, match="must lie behind 'start'") as caught:
        MARKED.ratings(units=own)
    assert caught.value.rows == (1,)


def test_parts_of_several_coders_are_merged_or_refused():
    anna, ben = (CodedSegments.from_frame(MARKS[MARKS["coder"] == one]) for one in ("anna", "ben"))
    assert CodedSegments.merged([anna, ben]) == MARKED
    with pytest.raises(DataError, match="1 coders stand in more than one part"):
        CodedSegments.merged([anna, anna])
    with pytest.raises(SpecificationError, match="parts holds 2 things, must be a list of CodedSegments"):
        CodedSegments.merged([anna, "ben"])
    for nothing in ([], anna):
        with pytest.raises(SpecificationError, match=r"parts is a \w+, or holds nothing"):
            CodedSegments.merged(nothing)
    first, second = (
        CodedSegments.from_frame(MARKS[MARKS["coder"] == one], texts={"A": letter * 50, "B": "z" * 50})
        for one, letter in (("anna", "x"), ("ben", "y"))
    )
    with pytest.raises(DataError, match="1 documents have another text in another part"):
        CodedSegments.merged([first, second])
    with pytest.raises(DataError, match="2 documents have no text and 1 have one"):
        CodedSegments.merged([anna, CodedSegments.from_frame(MARKS[3:4].assign(document="C"), texts={"C": "x" * 50})])


def test_a_revision_asks_about_what_is_gone_or_split():
    book = Codebook((Code("debt"), Code("threat"), Code("home")))
    new = book.revised("2", "finer", gone=["home"], split={"debt": ["rent", "loan"]}, renamed={"threat": "menace"},
                       added=[Code("rent"), Code("loan")])  # fmt: skip
    moved, asks = MARKED.recoded(new)
    assert moved.frame[["document", "start", "code"]].to_numpy().tolist() == [["A", 5, "menace"]]
    assert asks.columns.tolist() == ["document", "start", "end", "code", "coder", "choose"]
    assert asks[["code", "choose"]].to_numpy().tolist() == [
        ["debt", "rent, loan"], ["home", ""], ["debt", "rent, loan"], ["home", ""]
    ]  # fmt: skip
    change = new.changes[-1]
    assert (change.version, change.note, change.gone) == ("2", "finer", ("home",))
    assert dict(change.split) == {"debt": ("rent", "loan")}
    assert dict(change.moved) == {"threat": "menace"}
    assert (new.version, new.name) == ("2", "codebook")
    for option, value in (("gone", "home"), ("added", 3), ("joined", {"debt": "home"}), ("split", {"debt": "home"})):
        with pytest.raises(SpecificationError, match=rf"^{option} is a \w+, must be a list"):
            book.revised("2", "x", **{option: value})
    with pytest.raises(SpecificationError, match=r"1 of 1 keys \(numbers 1\) are of no code"):
        book.below("nothing")


def test_a_page_of_a_codebook_shows_every_part(tmp_path):
    book = BOOK.revised("2", "clearer & shorter", renamed={"papers": "documents"})
    page = book.page(tmp_path / "book.html").read_text()
    assert "<title>book</title>" in page
    assert "Version 2, 3 codes" in page
    for word, text in (("Definition", "How"), ("Give it when", "when so"), ("Not when", "when not"), ("Example", "a")):
        assert f"<dt>{word}</dt><dd>{text}</dd>" in page
    assert "<h2>debt <small>under means</small></h2>" in page
    assert "<h2>means <small>(heads others, is not given)</small></h2>" in page
    assert 'style="margin-left:1.4rem;--c:#aa0000"' in page
    assert 'style="margin-left:0.0rem"' in page
    assert "<tr><td>2</td><td>clearer &amp; shorter</td></tr>" in page
    assert "Changes" not in BOOK.page(tmp_path / "old.html").read_text()


def test_a_codebook_is_read_from_a_file_with_all_its_fields(tmp_path):
    path = tmp_path / "b.toml"
    path.write_text(
        'name = "mine"\nversion = "3"\n[[code]]\nname = "a"\ncodable = false\n[[code]]\nname = "b"\nparent = "a"\n'
    )
    book = Codebook.from_toml(path)
    assert (book.name, book.version, book.keys) == ("mine", "3", ("a", "a > b"))
    assert [one.codable for one in book.codes] == [False, True]
    assert book.frame.columns.tolist() == [
        "code", "name", "parent", "definition", "include", "exclude", "example", "colour", "codable"
    ]  # fmt: skip
    path.write_text('[[code]]\nname = "a"\n')
    assert (Codebook.from_toml(path).name, Codebook.from_toml(path).version) == ("codebook", "1")
    for text in ('[[code]]\nname = "a"\ncodable = "no"\n', "[[code]]\nname = 3\n"):
        path.write_text(text)
        with pytest.raises(DataError, match="of a code is of another kind"):
            Codebook.from_toml(path)
    frame = Codebook.from_frame(pd.DataFrame({"name": [" a ", "b"], "parent": [None, "a"], "definition": ["x", None]}))
    assert [(one.key, one.definition) for one in frame.codes] == [("a", "x"), ("a > b", "")]


def test_codes_follow_every_revision_and_what_no_revision_names_stays():
    book = Codebook((Code("debt"), Code("threat"), Code("home")))
    second = book.revised("2", "join", joined={"debt": ["home"]})
    third = second.revised("3", "rename", renamed={"debt": "owing"})
    moved, asks = MARKED.recoded(third)
    assert moved.codes == ("owing", "threat")
    assert asks.empty
    assert len(moved.table) == 5
    odd = CodedSegments.from_frame(MARKS.assign(code="never in a book"))
    assert odd.recoded(third)[0].codes == ("never in a book",)
    twice = pd.concat([MARKS[:1], MARKS[:1].assign(code="home")])
    assert len(CodedSegments.from_frame(twice).recoded(second)[0].table) == 1  # one place has a code once


def test_the_text_of_a_page_is_that_of_its_representation():
    space = "urn:QDA-XML:project:1.0"
    root = ElementTree.fromstring(ElementTree.tostring(PROJECT.root))
    (sources,) = root.findall(f"{{{space}}}Sources")
    page = ElementTree.SubElement(
        sources, f"{{{space}}}PDFSource", {"name": "page", "guid": "0" * 8 + "-0000" * 3 + "-" + "1" * 12}
    )
    bare = QdaProject.from_parts(root, PROJECT.files)
    assert "page" not in bare.segments.texts
    assert bare.sources.iloc[-1].tolist() == ["page", "pdf", False, 0]
    fields = {"plainTextPath": "internal://page.txt", "guid": "0" * 8 + "-0000" * 3 + "-" + "2" * 12}
    inner = ElementTree.SubElement(page, f"{{{space}}}Representation", fields)
    read = QdaProject.from_parts(root, {**PROJECT.files, "sources/Page.TXT": b"\xef\xbb\xbfA page."})
    assert read.segments.texts["page"] == "A page."
    with pytest.raises(DataError, match="the text of a source is not in the archive"):
        QdaProject.from_parts(root, PROJECT.files)
    loose = QdaProject.from_parts(root, PROJECT.files, strict=False)
    assert {one.name: one.status for one in loose.report}["whole"] == "review"
    assert next(one for one in loose.report if one.name == "whole").numbers == {"broken": 1}
    with pytest.raises(DataError, match="not in UTF-8"):
        QdaProject.from_parts(root, {**PROJECT.files, "sources/page.txt": b"\xff\xfe"})
    ElementTree.SubElement(inner, f"{{{space}}}PlainTextContent").text = "Inside."
    assert QdaProject.from_parts(root, PROJECT.files).segments.texts["page"] == "Inside."


def test_columns_that_an_older_project_lacks_are_empty(tmp_path):
    old = (
        CODER.replace(", owner text, memo text);", ");")
        .replace(", 'anna', 'why')", ")")
        .replace(", null, null), (2, 1, 0, 37", "), (2, 1, 0, 37")
    )
    old = old.replace(", 'x', '')", ")")
    read = read_qualcoder(base(tmp_path / "data.qda", old, ("insert into source values (1, 'a', ?)", (TEXT,))))
    assert read.segments.frame[["coder", "memo"]].to_numpy().tolist() == [["unknown", ""]] * 2


def test_a_unit_is_covered_by_what_takes_half_of_it_and_a_whole_document_by_anything():
    cut = pd.DataFrame({"document": ["A", "A", "A"], "start": [0, 10, 20], "end": [10, 16, 26]})
    marks = pd.DataFrame(
        {"document": "A", "start": [5, 13, 23], "end": [10, 16, 25], "code": ["half", "half", "less"], "coder": "anna"}
    )
    found = CodedSegments.from_frame(marks).ratings(units=cut)["anna"].tolist()
    assert found == [{"half"}, {"half"}, set()]
    whole = pd.DataFrame({"document": ["A"], "start": [0], "end": [30]})
    assert CodedSegments.from_frame(marks).ratings(units=whole)["anna"].tolist() == [{"half", "less"}]
    late = pd.DataFrame({"document": ["A"], "start": [1], "end": [30]})
    assert CodedSegments.from_frame(marks).ratings(units=late)["anna"].tolist() == [set()]


@pytest.mark.parametrize(
    "content",
    [
        "document;start;end;code;memo\nJosé;0;5;dette;a,b\n".encode("latin-1"),
        "document\tstart\tend\tcode\tmemo\nJosé\t0\t5\tdette\ta,b\n".encode("utf-16"),
        '\n document,start,end,code,memo,\nJosé,0,5,dette,"a,b",x\n'.encode("utf-8-sig"),
    ],
)
def test_a_table_is_read_however_its_file_is_written(tmp_path, content):
    (tmp_path / "a.csv").write_bytes(content)
    held = read_coded_table(tmp_path / "a.csv").segments.table
    assert held.to_numpy().tolist() == [["José", 0, 5, "dette", "coder", "a,b"]]


def test_memos_full_of_other_marks_part_no_cells(tmp_path):
    (tmp_path / "a.csv").write_text("document,start,end,code,memo\n" + "A,0,5,debt,a;b;c;d;e;f;g;h\n" * 3)
    assert read_coded_table(tmp_path / "a.csv").segments.table["memo"].tolist() == ["a;b;c;d;e;f;g;h"] * 3


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"document;start;end;code\nZorquin;1,5;5;debt\n", "column 'start': 1 of 1 cells is text"),
        (b"document,start,end,code\nZorquin,0,5,NA\n", "column 'code' has 1 missing"),
        (b"document,start,end,code\nA,0,5,debt,Zorquin\n", "rows of another width"),
        (b'document,start,end,code\n"Zorquin,0,5,debt\n', "a quote that is not closed"),
        (b"Zorquin;0;5;debt\nA;0;5;debt\n", "the first line of the file does not name 'document'"),
        (b"Zorquin\ndocument,start,end,code\nA,0,5,debt\n", "the first line of the file does not name 'document'"),
        (b"PK\x03\x04Zorquin", "the first line of the file does not name 'document'"),
        (b"\xff\xfeZorquin", "the file cannot be read (UnicodeDecodeError), must be a table in CSV with a header"),
    ],
)
def test_a_file_that_is_no_coded_table_is_refused_without_a_cell(tmp_path, content, says):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_coded_table(tmp_path / "a.csv")
    assert says in str(caught.value)
    assert "Zorquin" not in str(caught.value)
