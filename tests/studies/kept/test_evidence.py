"""The published side of runs, read from folders and bundles, and what is no run."""

import json

import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.studies import RunRecord
from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.kept import evidence
from ctresearch.studies.kept.evidence import bundle_bytes, from_bundle, from_folder, read_table
from ctresearch.studies.kept.record import file_hashes

RESULTS = json.dumps({"study": "demo", "tables": {"t": {"path": "tables/t.csv"}}}).encode()
PROVENANCE = json.dumps({"run_id": "ab12", "components": {"parameters": {"n": 1}}}).encode()


def test_a_folder_and_a_bundle_show_the_same(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "results.json").write_bytes(RESULTS)
    (tmp_path / "provenance.json").write_bytes(PROVENANCE)
    (tmp_path / "tables" / "t.csv").write_bytes('a,b\n"x\n1",é\n'.encode())
    one = from_folder(tmp_path)
    assert (one.run_id, one.parameters) == ("ab12", {"n": 1})
    assert one.tables == {"t": [["a", "b"], ["x\n1", "é"]]}
    files = {f"z/{path.relative_to(tmp_path).as_posix()}": path.read_bytes() for path in tmp_path.rglob("*.*")}
    other = {name.replace("z/", "a/").replace("12", "12"): content for name, content in files.items()}
    other["a/provenance.json"] = PROVENANCE.replace(b"ab12", b"cd34")
    found = from_bundle(files | other | {"results.json": b"{}"}, "x.zip")
    assert [each.run_id for each in found] == ["cd34", "ab12"]  # by their place
    assert found[1].tables == one.tables


def test_what_is_no_run_is_said_to_be_none(tmp_path):
    with pytest.raises(SpecificationError, match=r"is not the folder of a finished run, must hold results.json$"):
        from_folder(tmp_path)
    (tmp_path / "results.json").write_bytes(RESULTS)
    with pytest.raises(DataError, match="cannot be read as a run: FileNotFoundError"):
        from_folder(tmp_path)
    with pytest.raises(DataError, match=r"^x.zip holds no results.json, must be a bundle"):
        from_bundle({"a/README.md": b""}, "x.zip")
    for results in (b"{", b"[]", b"{}", b'{"tables": []}'):
        with pytest.raises(DataError, match=r"^x.zip cannot be read as a run: "):
            from_bundle({"a/results.json": results, "a/provenance.json": PROVENANCE}, "x.zip")
    with pytest.raises(DataError, match=r"^x.zip cannot be read as a run: KeyError"):
        from_bundle({"a/results.json": RESULTS, "a/provenance.json": PROVENANCE}, "x.zip")


def test_a_bundle_may_have_its_most_bytes_and_no_more(tmp_path, monkeypatch):
    monkeypatch.setattr(evidence, "MAX_BUNDLE", 4)
    (tmp_path / "x.zip").write_bytes(b"1234")
    assert bundle_bytes(tmp_path / "x.zip") == b"1234"
    (tmp_path / "x.zip").write_bytes(b"12345")
    with pytest.raises(DataError, match="has more than 4 bytes, a bundle must have fewer"):
        bundle_bytes(tmp_path / "x.zip")
    with pytest.raises(DataError, match="cannot be read: No such file or directory"):
        bundle_bytes(tmp_path / "y.zip")


def test_cells_are_read_as_they_were_written():
    assert read_table(b'a,b\n"1\r\n2",\n') == [["a", "b"], ["1\r\n2", ""]]


def test_a_record_tells_every_difference_and_at_most_five(tmp_path):
    for name in "abcdefg":
        (tmp_path / name).write_text(name)
    outputs = file_hashes(tmp_path)
    assert list(outputs) == list("abcdefg")
    assert outputs["a"] == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    (tmp_path / "a").unlink()
    (tmp_path / "b").write_text("x")
    (tmp_path / "h").write_text("x")
    (tmp_path / "run.log.json").write_text("{}")
    (tmp_path / "ro-crate-metadata.json").write_text("{}")
    record = RunRecord(tmp_path, {"outputs": outputs, "run_id": "ab", "study": "demo", "components": {"seed": 1}})
    assert record.problems() == ["a is missing", "b was changed", "h was added"]
    for name in "cdef":
        (tmp_path / name).unlink()
    with pytest.raises(IntegrityError) as refused:
        record.verify()
    assert str(refused.value).endswith(
        "is not as it was made: a is missing; c is missing; d is missing; e is missing; f is missing"
    )
    assert (record.run_id, record.study, record.components, record.parameters) == ("ab", "demo", {"seed": 1}, {})
    (tmp_path / "results.json").write_text('{"title": "é"}', encoding="utf-8")
    assert record.results == {"title": "é"}
    assert record.log == {}


def test_a_record_that_cannot_be_read_says_what_is_wrong(tmp_path):
    place = tmp_path / "provenance.json"
    with pytest.raises(SpecificationError, match=r"holds no provenance.json, must be the folder of a finished run$"):
        RunRecord.open(tmp_path)
    place.write_text("{")
    with pytest.raises(IntegrityError, match=r"provenance.json is damaged \(Expecting"):
        RunRecord.open(tmp_path)
    content = {"run_id": "ab", "study": "s", "components": {}, "outputs": {}}
    for key in content:
        place.write_text(json.dumps({name: value for name, value in content.items() if name != key}))
        with pytest.raises(IntegrityError, match=f"lacks '{key}': run the study again$"):
            RunRecord.open(tmp_path)
    with pytest.raises(SpecificationError, match=r"holds no provenance.json"):
        RunRecord.open(place)
