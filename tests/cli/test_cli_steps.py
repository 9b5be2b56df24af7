"""What commands hand on and say, step by step: whom a reader trusts, which file is of which input, which run is new."""

import json
from pathlib import Path
from types import SimpleNamespace

import click
import pandas as pd
import pytest

from ctresearch.cli import check, data, diff, new, run, told, verify
from ctresearch.cli import list as listing
from ctresearch.core import DataError, SpecificationError
from ctresearch.core.tongue import ENGLISH
from ctresearch.data import Answers
from ctresearch.data.sources.describe import SMALL
from ctresearch.studies.base.errors import IntegrityError, NotebookError
from ctresearch.studies.checked.drift import Moved
from ctresearch.studies.checked.verdict import Verdict
from ctresearch.studies.running.build import Outcome


def noting(monkeypatch, name, answer=None):
    """Have a function note what it is given, and answer so; return the notes."""
    seen = []

    def call(*given, **more):
        seen.append((*given, more) if more else given)
        return answer

    monkeypatch.setattr(name, call)
    return seen


@pytest.mark.parametrize("inside", [True, False])
def test_a_reader_trusts_as_asked_else_as_the_project_says(monkeypatch, tmp_path, inside):
    file = noting(monkeypatch, "ctresearch.studies.signing.trust.read_trust", "of a file")
    key = noting(monkeypatch, "ctresearch.studies.signing.trust.trust_in_key", "of a key")
    near = noting(monkeypatch, "ctresearch.studies.signing.vouch.trust_near", "near")

    def root():
        if not inside:
            raise SpecificationError("this folder is in no project")
        return tmp_path

    monkeypatch.setattr("ctresearch.studies.asked.project.find_root", root)
    bundle = tmp_path / "demo.zip"
    assert verify._trust(bundle, tmp_path / "trust", None) == "of a file"
    assert verify._trust(bundle, None, tmp_path / "key") == "of a key"
    assert verify._trust(bundle, None, None) == "near"
    assert (file, key) == ([(tmp_path / "trust",)], [(tmp_path / "key",)])
    assert near == [(bundle, tmp_path if inside else None)]
    with pytest.raises(SpecificationError, match=r"^--trust and --key are both given, must be one of them"):
        verify._trust(bundle, tmp_path / "trust", tmp_path / "key")


def test_a_bundle_that_was_withdrawn_is_told_with_who_says_so(monkeypatch, tmp_path):
    stone = {"study": "demo", "version": "1.0", "date": "2026-02-01", "reason": "it was wrong"}
    found = noting(monkeypatch, "ctresearch.studies.release.withdraw.find_withdrawn", stone)
    signer = noting(monkeypatch, "ctresearch.studies.signing.vouch.signer_of", "signed by Ana")
    releases = tmp_path / "releases"
    releases.mkdir()
    (releases / "demo-1.0.withdrawn.json").touch()
    bundle = tmp_path / "demo-1.0.zip"
    with pytest.raises(IntegrityError) as caught:
        verify._report_withdrawn(bundle, [releases], "trust")
    assert str(caught.value) == "demo-1.0.zip was withdrawn on 2026-02-01: it was wrong (signed by Ana)"
    assert found == [(bundle, [releases])]
    assert signer == [(releases / "demo-1.0.withdrawn.json", "2026-02-01", "trust")]
    bundle.touch()
    verify._report_withdrawn(bundle, [releases], "trust")
    assert len(found) == 1
    bundle.unlink()
    monkeypatch.setattr("ctresearch.studies.release.withdraw.find_withdrawn", lambda *_: None)
    verify._report_withdrawn(bundle, [releases], "trust")


@pytest.mark.parametrize("quiet", [True, False])
def test_a_bundle_is_executed_after_that_was_said(monkeypatch, capsys, quiet):
    seen = []
    monkeypatch.setattr("ctresearch.studies.release.blobs.read_whole", lambda *given: seen.append(given) or "files")
    monkeypatch.setattr("ctresearch.studies.releasing.rerun.rerun", lambda *given: seen.append(given) or "again")
    assert verify._rerun(Path("b.zip"), Path("store"), ("lists=a.csv",), quiet=quiet) == "again"
    assert seen == [(Path("b.zip"), Path("store")), ("files", {"lists": "a.csv"})]
    told_first = "" if quiet else "Executing the notebook and the package in the bundle ...\n"
    assert capsys.readouterr().out == told_first


@pytest.mark.parametrize(
    ("word", "there", "parted"),
    [
        ("a.csv", False, ("", "a.csv")),
        ("lists=a.csv", False, ("lists", "a.csv")),
        ("lists=a=b.csv", False, ("lists", "a=b.csv")),
        ("lists=a.csv", True, ("", "lists=a.csv")),
        ("my lists=a.csv", False, ("", "my lists=a.csv")),
        ("=a.csv", False, ("", "=a.csv")),
    ],
)
def test_a_file_may_be_said_to_be_of_an_input(monkeypatch, tmp_path, word, there, parted):
    monkeypatch.chdir(tmp_path)
    if there:
        (tmp_path / word).touch()
    assert new._parted(word) == parted


def test_a_notebook_with_one_input_needs_no_name_for_it(monkeypatch, tmp_path):
    project = SimpleNamespace(studies=tmp_path / "studies", notebooks=tmp_path)
    asked = noting(monkeypatch, "ctresearch.studies.asked.project.find_notebook", tmp_path / "n.ipynb")
    assert new._only_input("n", project) == ""
    assert asked == [("n", tmp_path / "studies", tmp_path)]
    for content, only in (("[data.lists]\n", "lists"), ("[data.a]\n[data.b]\n", ""), ('title = "é"\n', "")):
        (tmp_path / "n.toml").write_text(content, encoding="utf-8")
        assert new._only_input("n", project) == only


class Plan(SimpleNamespace):
    """A plan of a file."""

    shape, questions, makes_lists = "persons", (), True

    def summary(self, file):
        return f"how {file} is read"


@pytest.fixture
def planned(monkeypatch, tmp_path):
    """Plans are made up: what is asked for one is noted, and ``there`` lies beside the file."""
    noted = SimpleNamespace(file=tmp_path / "a.csv", there=None, made=Plan(), terminal=False)
    noted.asked = []
    monkeypatch.setattr(
        "ctresearch.data.front_door.plan.read_plan",
        lambda place: noted.asked.append(("look", place.name)) or noted.there,
    )
    monkeypatch.setattr(
        "ctresearch.data.front_door.door.plan_file", lambda *given: noted.asked.append(("make", *given)) or noted.made
    )
    monkeypatch.setattr(
        "ctresearch.data.front_door.door.read_file", lambda *given: noted.asked.append(("read", *given))
    )
    monkeypatch.setattr(
        "ctresearch.data.front_door.plan.write_plan", lambda plan, file: noted.asked.append(("keep", plan, file))
    )
    monkeypatch.setattr(new, "ask_the_rest", lambda *given: noted.asked.append(("ask", *given)) or noted.answered)
    monkeypatch.setattr(new.sys, "stdin", SimpleNamespace(isatty=lambda: noted.terminal))
    noted.answered = Plan(shape="counts")
    return noted


def test_a_plan_is_made_shown_held_to_its_file_and_kept(planned, capsys):
    file = planned.file
    assert new._planned(file, {}, records=False) == "persons"
    assert planned.asked == [
        ("look", "a.csv.plan.toml"),
        ("make", file, Answers(roles={}, rules={})),
        ("read", file, planned.made),
        ("keep", planned.made, file),
    ]
    assert capsys.readouterr().out == "how a.csv is read\n"


def test_a_plan_that_lies_there_is_taken_unless_something_is_said(planned):
    planned.there = Plan(shape="edges")
    assert new._planned(planned.file, {}, records=False) == "edges"
    assert [name for name, *_ in planned.asked] == ["look", "read"]
    planned.asked.clear()
    assert new._planned(planned.file, {"yes": ("oui",)}, records=False) == "persons"
    assert [name for name, *_ in planned.asked] == ["make", "read", "keep"]


def test_what_is_of_no_lists_is_records_unless_a_shape_is_said(planned):
    new._planned(planned.file, {}, records=True)
    assert planned.asked[1][2].shape == "records"
    planned.asked.clear()
    new._planned(planned.file, {"shape": "edges"}, records=True)
    assert planned.asked[0][2].shape == "edges"


@pytest.mark.parametrize("terminal", [True, False])
def test_open_questions_are_asked_at_a_terminal_alone(planned, terminal):
    planned.made, planned.terminal = Plan(questions=("which?",)), terminal
    shape = new._planned(planned.file, {}, records=False)
    assert shape == ("counts" if terminal else "persons")
    asked = [one for one in planned.asked if one[0] == "ask"]
    assert asked == ([("ask", planned.made, planned.file, Answers(roles={}, rules={}))] if terminal else [])


SAID = dict.fromkeys(("title", "whom", "where", "definition", "when", "measure", "access"), "") | {"authors": ()}


@pytest.fixture
def written(monkeypatch, tmp_path):
    """No study is written: what it would be made from is noted."""
    noted = SimpleNamespace(asked=[], plans=[])
    monkeypatch.setattr(new, "_planned", lambda file, said, *, records: noted.plans.append((file, records)) or "edges")
    monkeypatch.setattr(new, "_only_input", lambda *given: noted.asked.append(given) or "lists")
    monkeypatch.setattr("ctresearch.studies.asked.new_from.notebook_for", lambda shape: (f"of {shape}", "ties"))
    monkeypatch.setattr(
        "ctresearch.studies.asked.new_from.new_study_from",
        lambda *given: noted.asked.append(given) or tmp_path / "mine",
    )
    return noted


def test_a_study_of_a_file_takes_the_notebook_of_its_shape(written, capsys, tmp_path):
    said = SAID | {"title": "T", "whom": "people", "authors": ["A"], "other": "x"}
    new._from_sources("mine", None, "a project", ("my file.csv",), said)
    assert written.plans == [(Path("my file.csv"), False)]
    ((name, notebook, project, inputs, stated),) = written.asked
    assert (name, notebook, project, inputs) == ("mine", "of edges", "a project", {"ties": "my file.csv"})
    assert (stated.title, stated.whom, stated.authors) == ("T", "people", ("A",))
    assert capsys.readouterr().out.splitlines() == [
        f"{tmp_path / 'mine' / 'study.toml'} is written, for the notebook of edges. Next:",
        "  ctresearch run mine --data ties='my file.csv'",
    ]


def test_a_study_of_a_notebook_takes_files_by_its_inputs(written, capsys):
    sources = ("published:uk-2013", "cases=a.csv")
    new._from_sources("mine", "n", "a project", sources, SAID)
    assert written.plans == [(Path("a.csv"), True)]
    assert written.asked[0] == ("n", "a project")
    assert written.asked[1][1:4] == ("n", "a project", {"lists": "published:uk-2013", "cases": "a.csv"})
    assert capsys.readouterr().out.splitlines()[1] == "  ctresearch run mine --data cases=a.csv"
    new._from_sources("mine", "n", "a project", ("lists=a.csv",), SAID)
    assert written.plans[-1] == (Path("a.csv"), False)
    new._from_sources("mine", None, "a project", ("published:uk-2013",), SAID)
    assert written.asked[-1][1] == "of counts"
    assert capsys.readouterr().out.endswith("  ctresearch run mine\n")


def test_a_notebook_of_several_inputs_must_be_told_which(written, monkeypatch):
    monkeypatch.setattr(new, "_only_input", lambda *_: "")
    with pytest.raises(click.UsageError, match=r"^n takes several inputs: say which one with --from INPUT=FILE"):
        new._from_sources("mine", "n", "a project", ("a.csv",), SAID)


def test_a_state_is_told_by_the_reasons_of_all_runs(monkeypatch, tmp_path):
    study = SimpleNamespace(data={"a": SimpleNamespace(source="a.csv")})
    plans = noting(monkeypatch, "ctresearch.studies.running.plan.plan_runs", ["p1", "p2"])
    reasons = {"p1": [], "p2": []}
    monkeypatch.setattr("ctresearch.studies.running.run.why_new", reasons.__getitem__)
    assert listing._state(study, SimpleNamespace(root=tmp_path)) == {"state": "current"}
    assert plans == [(study, {"root": tmp_path, "look": True})]
    reasons |= {"p1": ["seed: 1 -> 2"], "p2": ["python: 1 -> 2", "seed: 1 -> 2"]}
    told_why = "seed: 1 -> 2; python: 1 -> 2"
    assert listing._state(study, SimpleNamespace(root=tmp_path)) == {"state": "out of date", "why": told_why}
    reasons["p2"] = ["the study has not been run before"]
    assert listing._state(study, SimpleNamespace(root=tmp_path)) == {"state": "never run", "why": ""}


def test_a_study_that_is_not_valid_has_a_row_all_the_same(monkeypatch, tmp_path):
    def fail(*_):
        raise SpecificationError("study.toml is not as it must be")

    monkeypatch.setattr("ctresearch.studies.asked.manifest.load_study", fail)
    row = listing.study_row(SimpleNamespace(root=tmp_path, runs=tmp_path), "demo")
    assert (row["state"], row["why"]) == ("not valid", "study.toml is not as it must be")
    (tmp_path / "r1").mkdir()
    record = {"run_id": "r", "study": "demo", "components": {}, "outputs": {}}
    (tmp_path / "r1" / "provenance.json").write_text(json.dumps(record))
    assert listing._time_of_last(tmp_path, ["r1", "r2"]) == ""
    (tmp_path / "r1" / "run.log.json").write_text('{"started": "2026-01-31T10:00:00"}')
    assert listing._time_of_last(tmp_path, ["r1", "r2"]) == "2026-01-31T10:00:00"


def test_runs_are_explained_in_words_or_as_json(monkeypatch, capsys):
    plans = [SimpleNamespace(label=f"demo n={n}", run_id=str(n) * 64, folder=Path("runs") / str(n)) for n in (1, 2)]
    why = {plans[0].run_id: ["seed: é"], plans[1].run_id: []}
    monkeypatch.setattr("ctresearch.studies.running.run.why_new", lambda plan: why[plan.run_id])
    assert run._explain(plans, as_json=False) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"demo n=1: run {'1' * 16} is new",
        "  seed: é",
        "demo n=2: runs/2 is there and whole",
    ]
    assert run._explain(plans, as_json=True) == 0
    out = capsys.readouterr().out
    assert "é" in out
    assert json.loads(out) == [
        {"run": "demo n=1", "run_id": "1" * 64, "new": True, "why": ["seed: é"]},
        {"run": "demo n=2", "run_id": "2" * 64, "new": False, "why": []},
    ]


def test_runs_are_made_as_was_asked(monkeypatch):
    asked = noting(monkeypatch, "ctresearch.studies.running.run.run_plans", iter(["outcome"]))
    assert run._make(["a plan"], 3, "tcp://a", True) == ["outcome"]
    ((plans, how),) = asked
    assert (plans, how["jobs"], how["cluster"], how["force"]) == (["a plan"], 3, "tcp://a", True)
    assert callable(how["listen"])


@pytest.mark.parametrize("code", ["en", "fr"])
def test_the_answer_of_a_run_is_told_in_the_language(monkeypatch, tmp_path, code):
    record = SimpleNamespace(results={"a": 1})
    plan = SimpleNamespace(folder=tmp_path, study="a study")
    (tmp_path / "x").write_bytes(b"x")
    monkeypatch.setattr("ctresearch.studies.kept.record.RunRecord.open", lambda folder: record)
    tongue = noting(monkeypatch, "ctresearch.studies.shown.in_language.tongue_of", "a tongue")
    read = noting(monkeypatch, "ctresearch.studies.shown.in_language.read_document", {"b": 2})
    written_to = noting(monkeypatch, "ctresearch.studies.shown.in_language.write_report", [tmp_path / "report.fr.html"])
    contract = noting(monkeypatch, "ctresearch.studies.shown.contract.contract_of", "a contract")
    page = noting(monkeypatch, "ctresearch.studies.shown.first_page.read_first_page", "a page")
    lines = noting(monkeypatch, "ctresearch.studies.shown.first_page.answer_lines", ["About 200."])
    found = run._told(plan, code)
    document = {"a": 1} if code == "en" else {"b": 2}
    assert contract[0][:2] == ("a study", document)
    assert contract[0][2]("x") == b"x"
    assert page == [(document, "a contract")]
    if code == "en":
        assert found == {"answer": ["About 200."]}
        assert lines == [("a page", ENGLISH)]
        assert tongue == read == written_to == []
    else:
        assert found == {"answer": ["About 200."], "reports": [str(tmp_path / "report.fr.html")]}
        assert lines == [("a page", "a tongue")]
        assert (tongue, read, written_to) == ([("a study", "fr")], [(record,)], [("a study", record, "fr")])


@pytest.mark.parametrize(("status", "code"), [("fail", 1), ("review", 0), ("pass", 0)])
def test_a_run_that_was_made_is_reported_with_what_its_results_say(monkeypatch, capsys, tmp_path, status, code):
    results = {"status": status, "checks": [], "gate": {"t": {"status": "fail", "message": "3 people."}}}
    monkeypatch.setattr(
        "ctresearch.studies.kept.record.RunRecord.open", lambda folder: SimpleNamespace(results=results)
    )
    asked = noting(monkeypatch, "ctresearch.cli.run._told", {"answer": ["About 200."]})
    plan = SimpleNamespace(run_id="r", label="demo", folder=tmp_path)
    outcomes = [Outcome(plan, reused=True)]
    assert run._report([plan], outcomes, True, "fr") == code
    assert json.loads(capsys.readouterr().out) == [
        {
            "run": "demo",
            "run_id": "r",
            "reused": True,
            "folder": str(tmp_path),
            "status": status,
            "checks": [],
            "answer": ["About 200."],
            "held_back": {"t": "3 people."},
        }
    ]
    assert asked == [(plan, "fr")]
    results["replaced"] = {"lists": []}
    assert run._report([plan], outcomes, False) == code
    out, err = capsys.readouterr()
    assert out.splitlines() == ["About 200.", f"demo: already there, {tmp_path}/report.html"]
    assert err.splitlines()[-1] == "  Held back by the release gate: t: 3 people."
    assert asked[1] == (plan, "en")


def test_a_failure_is_three_lines_and_a_long_one_is_cut(capsys):
    error = NotebookError("the whole of it")
    error.what, error.to_do, error.kept = "x" * 321, "mend\nit", "runs/failed"
    run._write_failure(error)
    assert capsys.readouterr().err.splitlines() == [
        f"ctresearch: {'x' * 319}…",
        "  To do: mend it.",
        "  Kept: runs/failed",
    ]
    run._write_failure(DataError("y" * 999))
    assert capsys.readouterr().err == f"ctresearch: {'y' * 999}\n"
    assert run._shortened("x" * 320, 320) == "x" * 320
    assert run._shortened("x" * 318 + "  y", 320) == "x" * 318 + "…"
    assert run._shortened("x" * 999, None) == "x" * 999


def test_what_nobody_declared_is_listed_and_what_the_gate_holds_is_said_once(monkeypatch, capsys):
    missing = {"t": ["a", "b"], "held": ["c"]}
    monkeypatch.setattr(
        "ctresearch.studies.shown.reader.undeclared_outputs", lambda results: missing if results else {}
    )
    held = {"held": {"message": "It is\nheld."}}
    monkeypatch.setattr("ctresearch.studies.shown.standing.held_back", lambda results: held if results else {})
    assert check._say_undeclared("demo", [SimpleNamespace(results=1), SimpleNamespace(results=0)]) == 2
    assert capsys.readouterr().out.splitlines() == [
        "demo: 2 undeclared, 1 held back",
        "  t: a, b; declare with run.save('t', ..., roles=)",
        "  held: It is held.",
    ]
    assert check._say_undeclared("demo", [SimpleNamespace(results=0)]) == 0
    assert capsys.readouterr().out == "demo: all declared\n"


def test_a_file_takes_the_place_of_an_earlier_one_whole(monkeypatch, tmp_path):
    place = tmp_path / "badge.svg"
    place.write_text("before")
    told._replace(place, "é\n")
    assert place.read_bytes() == "é\n".encode()

    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(KeyboardInterrupt):
        told._replace(place, "other")
    assert [one.name for one in tmp_path.iterdir()] == ["badge.svg"]
    assert place.read_text(encoding="utf-8") == "é\n"


def test_an_estimate_that_moved_is_a_line(capsys):
    moved = Moved("e", "x\ny", 10.0, 5.0, 15.0, 12.5, 0.5, "within", "demo-1.0")
    told._say(Verdict("demo", "moved", "", (), (moved,)))
    assert capsys.readouterr().out.splitlines() == [
        "demo: moved, 0 outputs, 1 within",
        "  moved: e, x y: 10 to 12.5, within (5 to 15 in demo-1.0)",
    ]


def test_a_word_is_a_folder_a_bundle_a_study_or_the_head_of_an_id(monkeypatch, tmp_path):
    folder = noting(monkeypatch, "ctresearch.studies.kept.evidence.from_folder", "of a folder")
    bundle = noting(monkeypatch, "ctresearch.studies.kept.evidence.from_bundle", ["of a bundle"])
    noting(monkeypatch, "ctresearch.studies.kept.evidence.read_bundle", "files")
    found = noting(monkeypatch, "ctresearch.cli.diff._run_folders", [tmp_path / "r1"])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here.zip").mkdir()
    for word in ("here.zip", "gone/folder"):
        assert diff.find_evidence(word) == "of a folder"
        assert folder.pop() == (Path(word),)
    for word in ("x.zip", "deep/x.zip"):
        assert diff.find_evidence(word) == "of a bundle"
        assert bundle.pop() == ("files", word)
    assert diff.find_evidence("demo") == "of a folder"
    assert (found, folder) == ([("demo",)], [(tmp_path / "r1",)])


def test_a_table_of_few_people_is_not_counted_aloud():
    few = SMALL - 1
    assert data._whole(pd.DataFrame({"count": [few, 1]}))
    assert not data._whole(pd.DataFrame({"count": [few]}))
    assert not data._whole(pd.DataFrame({"count": [few, 1.5]}))
    assert not data._whole(pd.DataFrame({"count": ["<5"]}))


def test_a_command_that_takes_a_file_has_an_option_for_each_answer():
    from ctresearch.cli.plan_options import answers

    command = click.command(answers(lambda **said: said))
    made = {one.opts[0]: one for one in command.params}
    rules = {
        "--blank": ("no", "missing"),
        "--dates": ("day-first", "month-first"),
        "--decimal": (".", ","),
        "--names": ("merge", "keep"),
        "--duplicates": ("once", "join", "keep"),
        "--nowhere": ("refuse", "leave out"),
    }
    assert list(made) == ["--encoding", "--sheet", "--shape", "--role", "--yes", "--no", *rules]
    assert {name: tuple(made[name].type.choices) for name in rules} == rules
    assert [name for name, one in made.items() if one.multiple] == ["--role", "--yes", "--no"]
    said = command.main(
        ["--role", "a=count", "--no", "non", "--yes", "oui", "--dates", "day-first"], standalone_mode=False
    )
    assert {name: value for name, value in said.items() if value} == {
        "roles": ("a=count",),
        "no": ("non",),
        "yes": ("oui",),
        "dates": "day-first",
    }
    assert all(one.help for one in made.values())
