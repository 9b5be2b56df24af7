"""A recall takes away all it can reach, repeats nothing, says what it cannot reach, and goes on where it was cut short."""

import json
import shutil

import pytest

from ctresearch.core import DataError, DisclosureError, SpecificationError
from ctresearch.studies import load_study
from ctresearch.studies.asked.project import Project
from ctresearch.studies.release import recall as module
from ctresearch.studies.release.blobs import STORE
from ctresearch.studies.release.recall import check_reason, recall
from ctresearch.studies.releasing.release import release_study
from ctresearch.studies.signing.ledger import LEDGER, load_ledger
from signing_keys import keys
from small_project import call, names

__all__ = ["keys"]
WHY = "a person could be recognised"


@pytest.fixture
def root(publication, tmp_path, monkeypatch):
    """A copy of a project with a run and a release."""
    shutil.copytree(publication.study.parents[1], tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


def releases(root):
    return root / "studies" / "demo" / "releases"


def test_a_recall_purges_what_it_reaches_and_says_the_rest(root, keys, capsys):
    (run,) = (root / "runs" / "demo").glob("[0-9a-f]*")
    table = (run / "tables" / "table.csv").read_bytes()
    for place in (".cache/kept.csv", "docs/copy.csv", "runs/demo/failed/abcd/table.csv", "runs/demo/0123/table.csv"):
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_bytes(table)
    (root / "runs" / "demo" / "4567").mkdir()
    (root / "runs" / "demo" / "4567" / "other.csv").write_text("a run that holds none of it")
    (root / "studies" / "demo" / "expected.json").write_text("{}")
    code, out, _ = call(capsys, "recall", "demo", "1.0.0", "--reason", WHY, "--key", str(keys.ana))
    assert code == 0
    assert names(releases(root)) == ["demo-1.0.0.withdrawn.json", "demo-1.0.0.withdrawn.json.sig"]
    assert not list((root / STORE).rglob("*.xz"))
    assert names(root / "runs" / "demo") == ["4567", "failed"]
    assert names(root / "runs" / "demo" / "failed") == []
    assert not (root / ".cache" / "kept.csv").exists()
    assert not (root / "studies" / "demo" / "expected.json").exists()
    assert (root / "docs" / "copy.csv").exists()
    assert f"decide on each.\n  {root / 'docs' / 'copy.csv'}" in out
    reached, _, beyond = out.partition("OUT OF REACH")
    assert f"{run}\n" in reached
    for words in ("git filter-repo --invert-paths --path 'studies/demo/releases/demo-1.0.0.zip'", "Clones and forks"):
        assert words in beyond
    assert "--path 'store/sha256/" in beyond
    assert "printed copies" in beyond
    entry, stone = load_ledger(root)[-1], json.loads((releases(root) / "demo-1.0.0.withdrawn.json").read_text())
    assert (entry.kind, entry.key, stone["reason"]) == ("recall", keys.fingerprint("ana"), WHY)
    code, _, err = call(capsys, "verify", str(releases(root) / "demo-1.0.0.zip"))
    assert (code, WHY in err) == (4, True)
    code, _, err = call(capsys, "release", "demo", "1.0.0", "--date", "2026-01-31")
    assert code == 2


def test_what_another_release_needs_stays_and_releases_alike_are_named(root):
    release_study(load_study(root / "studies" / "demo"), "1.1", date="2026-01-31")
    done = recall(Project.at(root), "demo", "1.0.0", WHY)
    assert done.alike == (releases(root) / "demo-1.1.zip",)
    assert len(list((root / STORE).rglob("*.xz"))) == 1


def test_a_recall_cut_short_goes_on_where_it_was(root, monkeypatch):
    real = module._runs
    monkeypatch.setattr(module, "_runs", lambda folder: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        recall(Project.at(root), "demo", "1.0.0", WHY)
    assert not (releases(root) / "demo-1.0.0.zip").exists()
    assert any((root / "runs" / "demo").glob("[0-9a-f]*"))
    monkeypatch.setattr(module, "_runs", real)
    recall(Project.at(root), "demo", "1.0.0", "")
    assert not any((root / "runs" / "demo").glob("[0-9a-f]*"))
    assert names(releases(root)) == ["demo-1.0.0.withdrawn.json"]
    assert [one.kind for one in load_ledger(root)] == ["release", "recall"]


def test_a_broken_ledger_or_bundle_holds_no_recall_up(root, capsys):
    (root / LEDGER).write_text("{}\n")
    (releases(root) / "demo-1.0.0.zip").write_bytes(b"PK damaged")
    code, out, _ = call(capsys, "recall", "demo", "1.0.0", "--reason", WHY)
    assert code == 0
    assert "could not be entered" in out
    assert not any((root / "runs" / "demo").glob("[0-9a-f]*"))  # which of them nobody can tell: all
    assert names(releases(root)) == ["demo-1.0.0.withdrawn.json"]


def test_what_was_withdrawn_may_be_recalled_for_what_is_left(root, capsys):
    assert call(capsys, "withdraw", "demo", "1.0.0", "--reason", "an error")[0] == 0
    assert call(capsys, "recall", "demo", "1.0.0")[0] == 0
    assert not any((root / "runs" / "demo").glob("[0-9a-f]*"))
    assert [one.kind for one in load_ledger(root)] == ["release", "withdraw", "recall"]


@pytest.mark.parametrize(
    "reason",
    [
        "Fatima was named",
        "the woman from Ibadan",
        "3 women",
        "case AB-12",
        "someone@example.org was in it",
        "the place ibadan north was shown",
        "call +44 20 7946 0958",
        "fatima could be recognised",
    ],
)
def test_a_reason_that_could_repeat_what_was_exposed_is_refused_and_not_repeated(reason):
    with pytest.raises(DisclosureError, match="say why without saying what") as caught:
        check_reason(reason, {"ibadan north"})
    assert not {"fatima", "ibadan", "someone"} & set(str(caught.value).casefold().split())


@pytest.mark.parametrize("reason", ["", "  ", "so " * 100])
def test_a_reason_says_something_and_not_too_much(reason):
    with pytest.raises(SpecificationError, match="must say in 1 to 200"):
        check_reason(reason, set())


def test_a_cell_of_the_release_is_not_repeated_in_the_tombstone(root, monkeypatch):
    monkeypatch.setattr(module, "_cells", lambda path, content: iter(["the northern shelter"]))
    with pytest.raises(DisclosureError):
        recall(Project.at(root), "demo", "1.0.0", "the Northern shelter".lower())
    assert (releases(root) / "demo-1.0.0.zip").exists()
    assert list(module._cells("t.csv", b"a\n1\n")) == ["the northern shelter"]


def test_cells_of_tables_are_read_as_words():
    assert list(module._cells("tables/t.csv", b"place,n\n Ibadan-North ,12\nab,1\n")) == ["ibadan north"]
    assert list(module._cells("notes.txt", b"place\nIbadan\n")) == []


@pytest.mark.parametrize(
    "words",
    [("recall", "demo", "9.0"), ("recall", "../x", "1.0"), ("recall", "demo", "../1"), ("recall", "none", "1.0")],
)
def test_wrong_words_are_one_sentence(root, capsys, words):
    code, out, err = call(capsys, *words, "--reason", WHY)
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_a_note_that_cannot_be_read_is_said_so(root):
    note = releases(root) / ".recall-demo-1.0.0.json"
    note.write_text("{")
    with pytest.raises(DataError, match="delete it and recall again"):
        recall(Project.at(root), "demo", "1.0.0", WHY)


def test_a_key_that_cannot_sign_is_told_before_anything_is_begun(root, tmp_path, capsys):
    (tmp_path / "no key").write_text("text")
    before = sorted(root.rglob("*"))
    code, out, err = call(capsys, "recall", "demo", "1.0", "--reason", WHY, "--key", str(tmp_path / "no key"))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "it is no SSH key" in err
    assert sorted(root.rglob("*")) == before
