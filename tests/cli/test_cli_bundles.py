"""Commands about bundles: what reaches the library, what is said, and the exit code, with the library's answer made up."""

import json
from pathlib import Path

import pytest

from ctresearch.cli import diff, run, verify
from ctresearch.core import Check
from ctresearch.studies.base.archive import pack
from ctresearch.studies.compare.compare import Comparison
from ctresearch.studies.release.verify import Verification
from ctresearch.studies.releasing.rerun import Rerun
from small_project import call, make_project

SAME = Comparison("total", "estimate", "same", "")
WHOLE = Verification("demo-1.0", "ab12", {}, (Check("archive", "pass", "Whole."),))
BROKEN = Verification("demo-1.0", "ab12", {}, (Check("hashes", "fail", "Changed."),))


@pytest.fixture
def bundle(tmp_path, monkeypatch):
    """A project with a file where a bundle would be."""
    make_project(tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project")
    path = tmp_path / "project" / "demo-1.0.zip"
    path.write_bytes(pack({"README.md": b"words"}))
    return path


@pytest.fixture
def library(monkeypatch):
    """Answers of the library, and what it was asked."""
    from ctresearch.studies.release import blobs
    from ctresearch.studies.release import verify as verifying
    from ctresearch.studies.releasing import rerun

    answers = {"verify": WHOLE, "rerun": Rerun((SAME,), True, (), "ab", "ab"), "asked": []}

    def verified(*given, **words):
        answers["asked"].append(("verify", *given))
        answers["words"] = words
        return answers["verify"]

    def ran(content, data):
        answers["asked"].append(("rerun", content, dict(data)))
        return answers["rerun"]

    monkeypatch.setattr(verifying, "verify_bundle", verified)
    monkeypatch.setattr(blobs, "read_whole", lambda path, store: {"path": path, "store": store})
    monkeypatch.setattr(rerun, "rerun", ran)
    return answers


def test_a_bundle_is_verified_against_hash_tombstones_and_store_and_not_run(bundle, library, tmp_path, capsys):
    store = tmp_path / "store"
    store.mkdir()
    code, out, err = call(capsys, "verify", str(bundle), "--expect", "ab12", "--store", str(store))
    assert (code, err) == (0, "")
    assert out.splitlines() == ["demo-1.0: sha256 ab12", "  ✓ archive: Whole.", "Nothing in the bundle was executed."]
    tombstones = [tmp_path / "project" / "studies" / "demo" / "releases"]
    assert library["asked"] == [("verify", bundle, "ab12", tombstones, store)]
    assert library["words"] == {"trust": None, "ledger": None, "head": None}


def test_a_bundle_is_run_again_on_demand_with_its_data_and_store(bundle, library, tmp_path, capsys):
    (tmp_path / "store").mkdir()
    (tmp_path / "cases.csv").write_text("a\n1\n")
    given = ("--data", f"cases={tmp_path / 'cases.csv'}", "--store", str(tmp_path / "store"))
    code, out, _ = call(capsys, "verify", str(bundle), "--rerun", *given)
    assert code == 0
    assert out.splitlines()[2:] == [
        "Executing the notebook and the package in the bundle ...",
        "Ran the package in the bundle, source ab, the one installed here.",
        "The same run id.",
        "  same: total (estimate)",
    ]
    _, content, data = library["asked"][1]
    assert (content, list(data)) == ({"path": bundle, "store": tmp_path / "store"}, ["cases"])
    code, out, _ = call(capsys, "verify", str(bundle), "--rerun", "--json")
    told = json.loads(out)  # nothing but JSON
    assert (code, told["executed"], told["status"], told["rerun"]["same_id"]) == (0, True, "pass", True)


def test_what_differs_when_run_again_is_drift_and_what_fails_is_not_run(bundle, library, capsys):
    library["rerun"] = Rerun((SAME, Comparison("map", "figure", "drifted", "pixels")), True, (), "ab", "ab")
    assert call(capsys, "verify", str(bundle), "--rerun")[0] == 4
    library["verify"] = BROKEN
    library["asked"].clear()
    code, out, _ = call(capsys, "verify", str(bundle), "--rerun")
    assert (code, out.splitlines()[-1]) == (4, "Nothing in the bundle was executed.")
    assert [what for what, *_ in library["asked"]] == ["verify"]
    told = json.loads(call(capsys, "verify", str(bundle), "--json")[1])
    assert (told["executed"], told["status"], "rerun" in told) == (False, "fail", False)


def test_a_bundle_that_is_gone_is_looked_for_in_the_releases_of_the_project(bundle, tmp_path, capsys):
    from ctresearch.studies.base.errors import IntegrityError

    releases = tmp_path / "project" / "studies" / "demo" / "releases"
    releases.mkdir()
    stone = {
        "study": "demo",
        "version": "1.0",
        "date": "2026-02-01",
        "reason": "re-identification",
        "sha256": "00" * 32,
    }
    (releases / "demo-1.0.withdrawn.json").write_text(json.dumps(stone))
    verify._report_withdrawn(bundle, [releases], None)  # it is there
    with pytest.raises(IntegrityError, match=r"^demo-1\.0\.zip was withdrawn on 2026-02-01: re-identification"):
        verify._report_withdrawn(tmp_path / "elsewhere" / "demo-1.0.zip", [releases], None)
    verify._report_withdrawn(tmp_path / "elsewhere" / "demo-1.0.zip", [], None)
    code, _, err = call(capsys, "verify", "elsewhere/demo-1.0.zip")
    assert code == 4
    assert err.startswith("ctresearch: demo-1.0.zip was withdrawn on 2026-02-01: re-identification (")


def test_a_bundle_compared_is_the_one_run_it_holds(bundle, monkeypatch):
    from ctresearch.core import SpecificationError
    from ctresearch.studies.kept import evidence

    runs = []
    monkeypatch.setattr(evidence, "read_bundle", lambda path: {"path": path})
    monkeypatch.setattr(evidence, "from_bundle", lambda content, word: [(content, word)] * len(runs))
    runs.append(1)
    assert diff.find_evidence(str(bundle)) == ({"path": bundle}, str(bundle))
    runs.append(2)
    with pytest.raises(SpecificationError, match=r"demo-1\.0\.zip' holds 2 runs"):
        diff.find_evidence(str(bundle))


def test_a_bundle_is_packed_whole_where_it_is_asked_for(bundle, tmp_path, monkeypatch, capsys):
    from ctresearch.studies.releasing import full

    asked = []

    def whole(path, store):
        asked.append((path, store))
        return {"README.md": b"words"}

    monkeypatch.setattr(full, "read_whole", whole)
    (tmp_path / "store").mkdir()
    code, out, _ = call(
        capsys, "bundle", str(bundle), "--store", str(tmp_path / "store"), "--out", str(tmp_path / "far")
    )
    path, _, rest = out.partition(": ")
    assert (code, Path(path)) == (0, tmp_path / "far" / "demo-1.0-full.zip")
    assert rest.startswith("written, sha256 ")
    assert call(capsys, "bundle", str(bundle))[1].startswith(str(bundle.parent / "demo-1.0-full.zip"))
    assert ": there already, sha256 " in call(capsys, "bundle", str(bundle))[1]
    assert asked == [(bundle, tmp_path / "store"), (bundle, None), (bundle, None)]


def test_a_run_with_other_data_says_so(tmp_path, monkeypatch, capsys):
    from types import SimpleNamespace

    from ctresearch.studies import RunRecord
    from ctresearch.studies.running.build import Outcome

    results = {
        "status": "fail",
        "checks": [],
        "replaced": {"lists": []},
        "gate": {"map": {"status": "review", "message": "held\nback"}, "t": {"status": "pass", "message": ""}},
    }
    monkeypatch.setattr(RunRecord, "open", lambda folder: SimpleNamespace(results=results, folder=folder))
    monkeypatch.setattr(run, "_told", lambda plan, code: {"answer": [f"About 200 people, in {code}."]})
    plan = SimpleNamespace(run_id="f" * 64, label="demo", folder=tmp_path / "a")
    assert run._report([plan], [Outcome(plan, reused=True)], True) == 1
    assert json.loads(capsys.readouterr().out) == [
        {
            "run": "demo",
            "run_id": "f" * 64,
            "reused": True,
            "folder": str(tmp_path / "a"),
            "status": "fail",
            "checks": [],
            "answer": ["About 200 people, in en."],
            "replaced": {"lists": []},
            "held_back": {"map": "held\nback"},
        }
    ]
    results["status"] = "review"
    del results["replaced"]
    assert run._report([plan], [Outcome(plan)], False) == 0
    out, err = capsys.readouterr()
    assert out == f"About 200 people, in en.\ndemo: done, {tmp_path / 'a' / 'report.html'}\n"
    assert err == "  Held back by the release gate: map: held back\n"


def test_a_release_says_where_it_is_and_what_it_was_asked(bundle, tmp_path, monkeypatch, capsys):
    from types import SimpleNamespace

    from ctresearch.studies.releasing import release

    asked = []

    def released(study, version, **options):
        asked.append((study.name, version, options))
        return SimpleNamespace(path=bundle, sha256="ab12", new=len(asked) == 1)

    monkeypatch.setattr(release, "release_study", released)
    words = ("release", "demo", "1.0", "--date", "2026-01-31", "--out", "out", "--without", "t", "--jobs", "3")
    assert call(capsys, *words)[:2] == (0, f"{bundle}: written\nsha256 ab12, not signed\n")
    assert call(capsys, "release", "demo", "1.0")[1].startswith(f"{bundle}: there already, with the same bytes\n")
    told = json.loads(call(capsys, "release", "demo", "1.0", "--json")[1])
    assert told == {
        "bundle": str(bundle),
        "sha256": "ab12",
        "new": False,
        "bytes": bundle.stat().st_size,
        "signed": False,
        "full": None,
    }
    first, second, _ = asked
    listen = first[2].pop("listen")
    assert callable(listen)
    assert first == (
        *("demo", "1.0"),
        {"date": "2026-01-31", "data": {}, "out": Path("out"), "without": ("t",), "jobs": 3}
        | {"unsealed": "", "key": None, "doi": None},
    )
    assert (second[2]["date"], second[2]["out"], second[2]["without"], second[2]["jobs"]) == (None, None, (), 1)


def test_json_is_the_words_themselves_one_key_a_line(bundle, library, monkeypatch, capsys):
    from ctresearch.studies.compare import diff as comparing

    run._write_json([{"título": "¿Cuántas?"}])
    assert capsys.readouterr().out == '[\n {\n  "título": "¿Cuántas?"\n }\n]\n'
    library["verify"] = Verification("demostración", "ab12", {}, ())
    out = call(capsys, "verify", str(bundle), "--json")[1]
    assert out.startswith('{\n "')
    assert "demostración" in out
    study = bundle.parent / "studies" / "demo" / "study.toml"
    study.write_text(study.read_text(encoding="utf-8").replace("A small study", "¿Cuántas?"), encoding="utf-8")
    out = call(capsys, "list", "--json")[1]
    assert out.startswith('[\n {\n  "')
    assert "¿Cuántas?" in out

    class Found:
        def to_dict(self):
            return {"causas": "¿por qué?"}

    monkeypatch.setattr(diff, "find_evidence", lambda word: word)
    monkeypatch.setattr(comparing, "diff_runs", lambda *given: Found())
    assert call(capsys, "diff", "a", "b", "--json")[1] == '{\n "causas": "¿por qué?"\n}\n'


def test_columns_of_a_comparison_end_where_their_titles_end_and_numbers_are_never_broken(capsys, monkeypatch):
    from ctresearch.studies.compare.diff import Diff, EstimateChange

    rows = tuple(
        EstimateChange(output, "people", old, new, (1.0, 2.0), (3.0, 4.0), "persons")
        for output, old, new in (("total", 1.0, 2_400_000.0), ("rest", 1_200_000.0, 3.0))
    )
    monkeypatch.setenv("COLUMNS", "100")
    diff._show(Diff("ab", "cd", (), rows, ()))
    lines = capsys.readouterr().out.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("estimate"))
    title, first, second = lines[at], lines[at + 1], lines[at + 3]
    end_of_old, end_of_new = title.index("old") + 3, title.index("new") + 3
    assert first[:end_of_old].split() == ["total", "1"]
    assert second[:end_of_old].split() == ["rest", "1,200,000"]
    assert first[end_of_old:end_of_new].split() == ["2,400,000"]
    assert second[end_of_old:end_of_new].split() == ["3"]
    assert (first[end_of_new - 1], second[end_of_new - 1]) == ("0", "3")
    monkeypatch.setenv("COLUMNS", "30")
    diff._show(Diff("ab", "cd", (), rows, ()))
    words = capsys.readouterr().out.split()
    assert {"1,200,000", "2,400,000"} <= set(words)


def test_the_list_begins_at_the_edge(capsys):
    from ctresearch.cli import list as listing

    row = {"study": "demo", "state": "current", "last": "", "notebook": "n", "title": "T", "why": ""}
    listing._show([row])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["study", "demo"]
    assert [line[0] for line in lines] == ["s", "d"]


def test_a_terminal_in_colours_gets_differences_as_they_are(capsys, monkeypatch):
    from ctresearch.studies.compare.diff import Diff

    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    diff._show(Diff("ab", "cd", ("seed: 7 -> 8", "title: '[b]a[/b]' -> 'b'"), (), ()))
    assert capsys.readouterr().out == "run ab to cd\n  seed: 7 -> 8\n  title: '[b]a[/b]' -> 'b'\n"
