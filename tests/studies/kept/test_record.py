"""A finished run is read back, and every change to it is found."""

import json

import pytest

from ctresearch.core import SpecificationError
from ctresearch.studies import RunRecord
from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.kept.record import file_hashes


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "t.csv").write_text("a\n1\n")
    (tmp_path / "report.html").write_text("<p>")
    content = {"run_id": "ab" * 32, "study": "demo", "components": {"parameters": {"n": 3}}}
    (tmp_path / "provenance.json").write_text(json.dumps(content | {"outputs": file_hashes(tmp_path)}))
    (tmp_path / "run.log.json").write_text('{"seconds": 1.5}')
    return tmp_path


def test_a_whole_run_verifies(folder):
    record = RunRecord.open(folder)
    record.verify()
    assert (record.study, record.parameters, record.log["seconds"]) == ("demo", {"n": 3}, 1.5)
    assert list(record.outputs) == ["report.html", "tables/t.csv"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda folder: (folder / "report.html").write_text("<q>"), "report.html was changed"),
        (lambda folder: (folder / "report.html").unlink(), "report.html is missing"),
        (lambda folder: (folder / "tables" / "u.csv").touch(), "tables/u.csv was added"),
        (lambda folder: (folder / "tables" / "u.csv").symlink_to("/etc/passwd"), "tables/u.csv was added"),
    ],
)
def test_every_change_is_found(folder, change, says):
    change(folder)
    with pytest.raises(IntegrityError, match=says):
        RunRecord.open(folder).verify()


def test_a_file_replaced_by_a_link_to_its_copy_is_found(folder):
    (folder / "report.html").rename(folder.parent / "copy.html")
    (folder / "report.html").symlink_to(folder.parent / "copy.html")
    assert RunRecord.open(folder).problems() == ["report.html was changed"]


def test_what_is_no_run_or_a_damaged_one_is_told_apart(folder, tmp_path):
    with pytest.raises(SpecificationError, match="must be the folder of a finished run"):
        RunRecord.open(folder / "tables")
    for content in ("{", '{"run_id": "ab"}'):
        (folder / "provenance.json").write_text(content)
        with pytest.raises(IntegrityError, match="run the study again"):
            RunRecord.open(folder)
