"""REFI-QDA: round trips with nothing lost, and forty archives that deserve one sentence each."""

import io
import struct
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from ctresearch.core import CtResearchError, DataError
from ctresearch.qualitative import Code, Codebook, CodedSegments, QdaProject, read_qdc, read_qdpx, write_qdc, write_qdpx

REFERENCE = Path(__file__).parents[2] / "reference/qualitative/refi_pyrefiqda.qdpx"
NS = 'xmlns="urn:QDA-XML:project:1.0"'
U, C1, C2, S, SEL, COD = (f"{i}0000000-0000-4000-8000-000000000000" for i in range(1, 7))
TEXT = "She owed him money. \U0001f600 He kept her passport."
FULL = f"""<?xml version="1.0" encoding="utf-8"?>
<Project {NS} name="all" origin="test" basePath="x"><Users><User guid="{U}" name="anna" id="a"/></Users>
<CodeBook><Codes><Code guid="{C1}" name="means" isCodable="false" color="#AA0000"><Description>How</Description>
<NoteRef targetGUID="a0000000-0000-4000-8000-000000000000"/>
<Code guid="{C2}" name="debt" isCodable="true"/></Code></Codes><Sets>
<Set guid="b0000000-0000-4000-8000-000000000000" name="core"><MemberCode targetGUID="{C2}"/></Set></Sets></CodeBook>
<Variables><Variable guid="c0000000-0000-4000-8000-000000000000" name="age" typeOfVariable="Integer"/></Variables>
<Cases><Case guid="d0000000-0000-4000-8000-000000000000" name="case 1"><VariableValue>
<VariableRef targetGUID="c0000000-0000-4000-8000-000000000000"/><IntegerValue>31</IntegerValue></VariableValue>
<SourceRef targetGUID="{S}"/></Case></Cases>
<Sources><TextSource guid="{S}" name="int1" plainTextPath="internal://t.txt" customAttribute="kept">
<PlainTextSelection guid="{SEL}" name="owed him money" startPosition="4" endPosition="18" creatingUser="{U}">
<Description>a memo</Description><Coding guid="{COD}" creatingUser="{U}"><CodeRef targetGUID="{C2}"/></Coding>
</PlainTextSelection></TextSource>
<PDFSource guid="e0000000-0000-4000-8000-000000000000" name="file" path="internal://f.pdf">
<PDFSelection guid="e1000000-0000-4000-8000-000000000000" page="0" firstX="1" firstY="1" secondX="9" secondY="9"/></PDFSource>
<PictureSource guid="f0000000-0000-4000-8000-000000000000" name="map" path="internal://m.png">
<PictureSelection guid="f1000000-0000-4000-8000-000000000000" firstX="0" firstY="0" secondX="3" secondY="3"/></PictureSource>
<AudioSource guid="f2000000-0000-4000-8000-000000000000" name="voice" path="absolute:///home/a.mp3">
<AudioSelection guid="f3000000-0000-4000-8000-000000000000" begin="0" end="900"/></AudioSource>
<VideoSource guid="f4000000-0000-4000-8000-000000000000" name="film" path="internal://v.mp4"/></Sources>
<Notes><Note guid="a0000000-0000-4000-8000-000000000000" name="n" plainTextPath="internal://n.txt"/></Notes>
<Links><Link guid="a1000000-0000-4000-8000-000000000000" name="l" direction="OneWay" originGUID="{C1}" targetGUID="{S}"/></Links>
<Graphs><Graph guid="a2000000-0000-4000-8000-000000000000" name="g"/></Graphs>
</Project>"""
FILES = {
    "sources/t.txt": TEXT.encode(),
    "sources/f.pdf": b"%PDF-1.4",
    "sources/m.png": b"\x89PNG",
    "sources/v.mp4": b"\x00\x01",
    "sources/n.txt": b"a note",
}


def archive(folder, xml=FULL, files=FILES, name="project.qde", **options):
    path = folder / "p.qdpx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        if xml is not None:
            made.writestr(name, xml if isinstance(xml, bytes) else xml.encode("utf-8"))
        for one, content in files.items():
            made.writestr(one, content, **options)
    return path


def test_another_programs_project_loses_nothing(tmp_path):
    first = read_qdpx(REFERENCE)
    again = read_qdpx(write_qdpx(first, tmp_path / "again.qdpx"))
    assert again == first
    assert again.segments == first.segments
    table = first.segments.frame
    assert first.segments.texts["Interview A"][0:20] == "They promised a room"
    assert table["code"].value_counts().to_dict() == {
        "means & deceit": 2,
        "act > recruitment": 2,
        "act > transport": 2,
        "debt": 2,
    }
    assert [check.status for check in first.report] == ["pass"] * 5


def test_everything_in_a_project_comes_back(tmp_path):
    first = read_qdpx(archive(tmp_path))
    again = read_qdpx(write_qdpx(first, tmp_path / "again.qdpx"))
    assert again == first
    assert again.canonical() == first.canonical()
    assert dict(again.files) == FILES
    assert first.cases.to_dict("records") == [{"case": "case 1", "sources": "int1", "age": "31"}]
    assert first.sources[["source", "kind", "inside", "selections"]].to_numpy().tolist() == [
        ["int1", "text", True, 1],
        ["file", "pdf", True, 1],
        ["map", "picture", True, 1],
        ["voice", "audio", False, 1],
        ["film", "video", True, 0],
    ]
    assert first.sets.to_numpy().tolist() == [["core", 1, 0]]
    assert first.links.to_numpy().tolist() == [["l", "Code", "TextSource"]]
    assert first.notes == 1
    assert first.users == ("anna",)
    assert first.segments.frame.iloc[0].tolist() == ["int1", 4, 18, "means > debt", "anna", "a memo"]


def test_the_same_project_gives_the_same_bytes(tmp_path):
    project = read_qdpx(archive(tmp_path))
    one, two = (write_qdpx(project, tmp_path / name).read_bytes() for name in ("a.qdpx", "b.qdpx"))
    assert one == two


def test_what_is_built_here_is_read_back_whole(tmp_path):
    codes = (
        Code("means", definition="How", include="often", colour="#0072B2", codable=False),
        Code("debt", parent="means"),
    )
    rows = [
        ("A", 0, 4, "means > debt", "anna", "why"),
        ("A", 4, 6, "means > debt", "ben", ""),
        ("B", 0, 9, "means", "ben", ""),
    ]
    marked = pd.DataFrame(rows, columns=["document", "start", "end", "code", "coder", "memo"])
    segments = CodedSegments.from_frame(marked, memo="memo", texts={"A": TEXT, "B": "Il a gardé\r\nses papiers."})
    cases = pd.DataFrame({"country": ["FR", None]}, index=["A", "B"])
    project = QdaProject.build(Codebook(codes), segments, cases=cases)
    again = read_qdpx(write_qdpx(project, tmp_path / "a.qdpx"))
    assert again.segments == segments
    assert [(c.key, c.definition, c.include, c.colour, c.codable) for c in again.codebook.codes] == [
        (c.key, c.definition, c.include, c.colour, c.codable) for c in codes
    ]
    assert again.cases["country"].tolist()[0] == "FR"
    assert QdaProject.build(Codebook(codes), segments, cases=cases) == project
    with pytest.raises(DataError, match="have no text"):
        QdaProject.build(Codebook(codes), CodedSegments(segments.table, {}))
    with pytest.raises(DataError, match="not in the codebook"):
        QdaProject.build(Codebook(codes[:1]), segments)


def test_a_codebook_file_comes_back(tmp_path):
    book = Codebook.ready()
    again = read_qdc(write_qdc(book, tmp_path / "b.qdc"))
    assert [(c.key, c.definition, c.include, c.exclude) for c in again.codes] == [
        (c.key, c.definition, c.include, c.exclude) for c in book.codes
    ]


def test_places_in_utf16_units_are_seen_by_the_names_of_selections(tmp_path):
    wide = FULL.replace(
        'name="owed him money" startPosition="4" endPosition="18"', 'name="He kept" startPosition="23" endPosition="30"'
    )
    found = read_qdpx(archive(tmp_path, wide))
    row = found.segments.frame.iloc[0]
    assert TEXT[row["start"] : row["end"]] == "He kept"
    assert {c.name: c.status for c in found.report}["places"] == "review"
    plain = read_qdpx(archive(tmp_path, wide), offsets="codepoints").segments.frame.iloc[0]
    assert plain["start"] == 23
    narrow = FULL.replace(
        'name="owed him money" startPosition="4" endPosition="18"', 'name="He kept" startPosition="22" endPosition="29"'
    )
    assert {c.name: c.status for c in read_qdpx(archive(tmp_path, narrow)).report}["places"] == "pass"


def test_what_is_not_strict_is_counted(tmp_path):
    broken = {name: content for name, content in FILES.items() if name != "sources/t.txt"}
    found = read_qdpx(archive(tmp_path, files=broken), strict=False)
    assert {c.name: c.status for c in found.report}["whole"] == "review"
    assert {c.name: c.status for c in read_qdpx(archive(tmp_path)).report}["whole"] == "pass"
    twice = FULL.replace("</TextSource>", SECOND + "</TextSource>")
    assert {c.name: c.status for c in read_qdpx(archive(tmp_path, twice)).report}["overlap"] == "review"
    alike = FULL.replace(
        'name="debt" isCodable="true"/>', f'name="debt" isCodable="true"/><Code guid="{SEL[:-1]}7" name="Debt"/>'
    )
    assert {c.name: c.status for c in read_qdpx(archive(tmp_path, alike)).report}["names"] == "review"


SECOND = (
    f'<PlainTextSelection guid="71000000-0000-4000-8000-000000000000" name="x" startPosition="9" endPosition="20">'
    f'<Coding guid="72000000-0000-4000-8000-000000000000" creatingUser="{U}"><CodeRef targetGUID="{C2}"/></Coding></PlainTextSelection>'
)
ENTITY = FULL.replace("<Project", '<!DOCTYPE p [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><Project', 1)
XML = {
    "entity expansion": ENTITY.replace("a memo", "&b;"),
    "external entity": FULL.replace(
        "<Project", '<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]><Project', 1
    ).replace("a memo", "&x;"),
    "document type": FULL.replace("<Project", "<!DOCTYPE p><Project", 1),
    "not well formed": FULL.replace("</Sources>", ""),
    "empty project file": "",
    "no xml": "Zorquin Vex",
    "wrong encoding": FULL.encode("utf-16")[2:],
    "says another encoding": FULL.replace("anna", "ann\u00e9").encode("latin-1"),
    "unknown encoding": FULL.replace("utf-8", "utf-99", 1),
    "another root": FULL.replace("<Project", "<Study").replace("</Project", "</Study"),
    "another namespace": FULL.replace("project:1.0", "project:9.0"),
    "no namespace": FULL.replace(NS, ""),
    "nested without end": FULL.replace(f'<Code guid="{C2}"', "<Code>" * 300 + f'<Code guid="{C2}"').replace(
        "</Codes>", "</Code>" * 300 + "</Codes>"
    ),
    "unknown code": FULL.replace(f'<CodeRef targetGUID="{C2}"/>', f'<CodeRef targetGUID="{U}"/>'),
    "coding of nothing": FULL.replace(f'<CodeRef targetGUID="{C2}"/>', "<CodeRef/>"),
    "unknown user": FULL.replace(f'creatingUser="{U}"', f'creatingUser="{S}"'),
    "identifier missing": FULL.replace(f'<Code guid="{C1}" ', "<Code "),
    "identifier malformed": FULL.replace(C1, "12345"),
    "identifier twice": FULL.replace(COD, SEL),
    "place no number": FULL.replace('startPosition="4"', 'startPosition="four"'),
    "place missing": FULL.replace('startPosition="4" ', ""),
    "place negative": FULL.replace('startPosition="4"', 'startPosition="-4"'),
    "ends before it begins": FULL.replace('endPosition="18"', 'endPosition="2"'),
    "empty selection": FULL.replace('endPosition="18"', 'endPosition="4"'),
    "outside its text": FULL.replace('endPosition="18"', 'endPosition="9999"'),
    "text outside the archive": FULL.replace("internal://t.txt", "absolute:///etc/passwd"),
    "text by a path that leads out": FULL.replace("internal://t.txt", "internal://../../t.txt"),
    "text without a path": FULL.replace('plainTextPath="internal://t.txt" ', ""),
}
ARCHIVES = {
    "zip slip": {"../evil.txt": b"x"},
    "zip slip deep": {"sources/../../evil.txt": b"x"},
    "absolute name": {"/etc/evil": b"x"},
    "drive letter": {"C:evil": b"x"},
    "backslash": {"sources\\evil.txt": b"x"},
    "two projects": {"Project.QDE": FULL.encode()},
    "bomb": {"sources/big.txt": b"\0" * 30_000_000},
    "text in another encoding": {"sources/t.txt": "pas pay\u00e9".encode("latin-1")},
}


def raw(folder, content):
    path = folder / "p.qdpx"
    path.write_bytes(content)
    return path


def good(folder):
    return archive(folder).read_bytes()


def linked(folder):
    path = archive(folder)
    with zipfile.ZipFile(path, "a") as made:
        info = zipfile.ZipInfo("sources/link")
        info.external_attr = 0o120777 << 16
        made.writestr(info, "/etc/passwd")
    return path


def encrypted(folder):
    content = bytearray(good(folder))
    for head, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(head)
        struct.pack_into("<H", content, at + place, 1)
    return raw(folder, bytes(content))


def twice(folder):
    path = archive(folder)
    with zipfile.ZipFile(path, "a") as made, pytest.warns(UserWarning, match="Duplicate"):
        made.writestr("sources/t.txt", b"another")
    return path


def flipped(folder):
    content = bytearray(good(folder))
    at = content.find(b"project.qde") + 40
    content[at : at + 60] = b"\x00" * 60
    return raw(folder, bytes(content))


def larger(folder):
    """Say in both headers that the text is one byte long."""
    content = bytearray(archive(folder, files={"sources/t.txt": TEXT.encode() * 50}).read_bytes())
    at = content.rfind(b"PK\x01\x02")
    struct.pack_into("<I", content, at + 24, 1)
    return raw(folder, bytes(content))


OTHERS = {
    "no file": lambda folder: folder / "nothing.qdpx",
    "a folder": lambda folder: folder,
    "empty file": lambda folder: raw(folder, b""),
    "no zip": lambda folder: raw(folder, b"Zorquin Vex " * 50),
    "half a zip": lambda folder: raw(folder, good(folder)[: len(good(folder)) // 2]),
    "empty zip": lambda folder: archive(folder, xml=None, files={}),
    "no project file": lambda folder: archive(folder, xml=None),
    "project file in a folder": lambda folder: archive(folder, name="inside/project.qde"),
    "links": linked,
    "encrypted": encrypted,
    "one name twice": twice,
    "damaged": flipped,
    "larger than it says": larger,
    "missing source": lambda folder: archive(folder, files={}),
}
CASES = {
    **{name: lambda folder, xml=xml: archive(folder, xml) for name, xml in XML.items()},
    **{name: lambda folder, more=more: archive(folder, files={**FILES, **more}) for name, more in ARCHIVES.items()},
    **OTHERS,
}


def test_there_are_forty_and_more():
    assert len(CASES) >= 40


@pytest.mark.parametrize("name", CASES)
def test_a_malformed_archive_gives_one_sentence_and_nothing_of_it(name, tmp_path):
    path = CASES[name](tmp_path)
    with pytest.raises(CtResearchError) as caught:
        read_qdpx(path)
    told = str(caught.value)
    assert told
    assert "\n" not in told
    assert not any(word in told for word in ("Zorquin", "anna", "passport", "passwd", "evil", "int1", C1))
    assert caught.value.__cause__ is None
    assert not (tmp_path.parent / "evil.txt").exists()


def test_a_limit_of_bytes_is_kept(tmp_path):
    with pytest.raises(DataError, match="unpacks to"):
        read_qdpx(archive(tmp_path), most_bytes=100)


def test_a_codebook_that_is_none_is_refused(tmp_path):
    for content in (b"", b"<x/>", FULL.encode(), ENTITY.encode()):
        (tmp_path / "b.qdc").write_bytes(content)
        with pytest.raises(DataError):
            read_qdc(tmp_path / "b.qdc")
    with pytest.raises(DataError):
        read_qdc(tmp_path / "nothing.qdc")


def test_ten_thousand_codings_are_read_in_seconds(tmp_path):
    part = io.StringIO()
    for i in range(10_000):
        part.write(
            f'<PlainTextSelection guid="{i:08x}-1111-4000-8000-000000000000" startPosition="{i}" endPosition="{i + 9}">'
            f'<Coding guid="{i:08x}-2222-4000-8000-000000000000" creatingUser="{U}"><CodeRef targetGUID="{C2}"/></Coding>'
            "</PlainTextSelection>"
        )
    path = archive(
        tmp_path,
        FULL.replace("</TextSource>", part.getvalue() + "</TextSource>"),
        FILES | {"sources/t.txt": b"x" * 20_000},
    )
    assert len(read_qdpx(path).segments.table) == 10_001
