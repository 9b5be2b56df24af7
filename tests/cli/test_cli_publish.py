"""check, diff, release, verify and withdraw on the command line: sentences, exit codes, JSON."""

import json
import shutil

import pytest

from ctresearch.core.pseudonym import create_key
from publication import make_grid, make_restricted
from small_project import call


@pytest.fixture
def project(publication, tmp_path, monkeypatch):
    """A project whose study has been run."""
    root = tmp_path / "project"
    shutil.copytree(publication.study.parents[1], root, ignore=shutil.ignore_patterns("releases"))
    monkeypatch.chdir(root)
    return root / "studies" / "demo"


def test_from_check_to_withdrawal(project, capsys):
    code, out, _ = call(capsys, "check", "demo")
    assert code == 2
    assert out.startswith("demo: wrong input: ")
    assert out.endswith("accept its outputs with `ctresearch check demo --update`\n")
    assert call(capsys, "check", "--update")[0] == 0
    code, out, _ = call(capsys, "check", "--json")
    assert code == 0
    assert [(one["study"], one["status"], len(one["outputs"])) for one in json.loads(out)] == [("demo", "same", 4)]

    code, out, _ = call(capsys, "release", "demo", "1.0.0", "--date", "2026-01-31", "--json")
    released = json.loads(out)
    assert (code, released["new"]) == (0, True)
    assert "there already" in call(capsys, "release", "demo", "1.0.0", "--date", "2026-01-31")[1]
    code, _, err = call(capsys, "release", "demo", "1.0.0", "--date", "2026-02-01")
    assert code == 2
    assert "never overwritten" in err

    bundle = released["bundle"]
    code, out, _ = call(capsys, "verify", bundle, "--expect", released["sha256"])
    assert code == 0
    assert "Nothing in the bundle was executed." in out
    code, out, _ = call(capsys, "verify", bundle, "--expect", "00" * 32, "--json")
    assert (code, json.loads(out)["status"], json.loads(out)["executed"]) == (4, "fail", False)
    assert call(capsys, "verify", bundle, "--expect", "00" * 32, "--rerun")[0] == 4  # what fails is never executed

    (project / "lists.csv").write_text("list,people\nA,15\nB,35\n", encoding="utf-8")
    code, out, _ = call(capsys, "check", "demo", "--markdown")
    assert code == 4
    assert "### demo: drifted" in out
    assert "| estimate | estimate | drifted |" in out
    assert call(capsys, "run", "demo")[0] == 0
    code, out, _ = call(capsys, "diff", bundle, "demo", "--json")
    row = json.loads(out)["estimates"][0]
    assert (code, row["old"], row["new"], row["reading"]) == (0, 200, 250, "beyond the old interval")
    assert "input lists" in json.loads(out)["causes"][0]
    assert "+50" in call(capsys, "diff", bundle, "demo", "--markdown")[1]
    assert "figure figure: changed" in call(capsys, "diff", bundle, "demo")[1]

    code, out, _ = call(capsys, "withdraw", "demo", "1.0.0", "--reason", "re-identification")
    assert code == 0
    assert "history keep it" in out
    code, _, err = call(capsys, "verify", bundle)
    assert code == 4
    assert err.endswith(": re-identification (not signed)\n")


@pytest.mark.slow
def test_verify_says_what_it_executes(project, capsys):
    bundle = json.loads(call(capsys, "release", "demo", "1.0.0", "--json")[1])["bundle"]
    code, out, _ = call(capsys, "verify", bundle, "--rerun")
    assert code == 0
    assert out.index("Executing the notebook and the package in the bundle") < out.index("The same run id.")
    assert "same: estimate (estimate)" in out


def test_the_gate_refuses_with_exit_code_5_and_check_waits_for_restricted_data(tmp_path, monkeypatch, capsys):
    make_restricted(tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv("CTRESEARCH_KEY_FILE", str(create_key(tmp_path / "key")))
    (tmp_path / "cases.txt").write_text("x " * 30)
    given = ("--data", f"cases={tmp_path / 'cases.txt'}")
    code, _, err = call(capsys, "release", "demo", "1.0", *given)
    assert code == 5
    assert "--without NAME" in err
    assert call(capsys, "release", "demo", "1.0", *given, "--without", "map")[0] == 0
    code, out, _ = call(capsys, "check")
    assert code == 0
    assert "needs data" in out
    assert call(capsys, "check", "demo", *given, "--update")[0] == 0
    expected = (tmp_path / "project" / "studies" / "demo" / "expected.json").read_text()
    assert "map" not in expected
    assert call(capsys, "check", "demo", *given)[0] == 0
    assert call(capsys, "check", *given)[0] == 2
    (tmp_path / "cases.txt").write_text("x " * 32)
    code, out, _ = call(capsys, "check", "demo", *given)
    assert code == 5  # two people more: the difference would show them
    assert "differs too little" in out
    assert call(capsys, "release", "demo", "1.1", *given, "--without", "map", "--out", str(tmp_path / "out"))[0] == 5


def test_what_the_gate_holds_back_is_said_after_a_run_and_listed_on_demand(tmp_path, monkeypatch, capsys):
    root = tmp_path / "project"
    make_restricted(root)
    monkeypatch.chdir(root)
    monkeypatch.setenv("CTRESEARCH_KEY_FILE", str(create_key(tmp_path / "key")))
    (tmp_path / "cases.txt").write_text("a b c")
    data = ("--data", f"cases={tmp_path / 'cases.txt'}")
    code, out, err = call(capsys, "run", "demo", *data)
    assert code == 0
    assert "Held back by the release gate: table: " in err
    page = (root / "runs" / "demo").glob("*/report.html")
    assert "what the cells below display nobody has judged" in next(page).read_text(encoding="utf-8")
    code, out, _ = call(capsys, "check", "--gate", "demo", *data)
    assert (code, out.splitlines()[0]) == (0, "demo: all declared, 2 held back")
    assert call(capsys, "check", "--gate", "demo") == (
        1,
        "demo: not judged, needs data: give each restricted input with --data\n",
        "",
    )


def test_runs_are_named_by_folder_study_id_or_bundle(tmp_path, monkeypatch, capsys):
    make_grid(tmp_path)
    monkeypatch.chdir(tmp_path)
    rows = json.loads(call(capsys, "run", "demo", "--json")[1])
    first, second = (row["run_id"] for row in rows)
    code, out, _ = call(capsys, "diff", first[:12], rows[1]["folder"])
    assert code == 0
    assert "parameter n: 1 -> 2" in out
    bundle = json.loads(call(capsys, "release", "demo", "1.0", "--json")[1])["bundle"]
    for word, sentence in (
        ("demo", "must name one run"),
        ("ffff0000ffff", "found none"),
        ("no/such/run", "not the folder"),
        (bundle, "holds 2 runs"),
        ("no such.zip", "cannot be read"),
        ("?*", "must name one run"),
    ):
        code, _, err = call(capsys, "diff", word, second)
        assert code == 2
        assert sentence in err
        assert "Traceback" not in err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("verify", "no such.zip"), 2),
        (("release", "no-such-study", "1.0"), 2),
        (("release", "demo", "../1"), 2),
        (("withdraw", "demo", "1.0", "--reason", "x"), 2),
        (("withdraw", "demo", "1.0"), 2),
        (("check", "no-such-study"), 2),
    ],
)
def test_wrong_words_give_one_sentence(project, capsys, words, code):
    given, out, err = call(capsys, *words)
    assert given == code
    assert bool(out) != bool(err)  # a check says of each study what is wrong with it, every other command stops
    assert "Traceback" not in out + err


def test_a_file_that_is_no_bundle_is_tampering(project, capsys):
    (project / "x.zip").write_bytes(b"PK\x03\x04 no bundle")
    code, out, _ = call(capsys, "verify", str(project / "x.zip"))
    assert code == 4
    assert "✗ archive" in out


def test_a_file_that_is_no_zip_is_wrong_input(project, capsys):
    (project / "notes.txt").write_text("notes")
    code, out, err = call(capsys, "verify", str(project / "notes.txt"))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "is no zip file" in err


def test_diff_breaks_no_word_at_80_columns(project, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    run_id = json.loads(call(capsys, "run", "demo", "-p", "n=6", "--json")[1])[0]["run_id"]
    code, out, _ = call(capsys, "diff", "demo", run_id)
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    for words in ("population", "180 to 220", "220 to 260", "+40 (+20.0 %)", "beyond the old interval"):
        assert words in out
