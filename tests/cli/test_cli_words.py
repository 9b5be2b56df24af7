"""What the commands write, word by word: each form, each state, and what a terminal would obey is shown as text."""

import json
from types import SimpleNamespace

import click
import pandas as pd
import pytest

from ctresearch.cli import diff, main, progress, run, verify
from ctresearch.cli import list as listing
from ctresearch.cli.data import places
from ctresearch.cli.main import COMMANDS, LazyGroup, exit_code
from ctresearch.cli.told import Told
from ctresearch.core import Check, CtResearchError, DataError, DisclosureError, SpecificationError
from ctresearch.data import Report
from ctresearch.studies.base.errors import IntegrityError, NotebookError, NotebookInputError
from ctresearch.studies.checked.verdict import Verdict
from ctresearch.studies.compare.compare import Comparison
from ctresearch.studies.compare.diff import Diff, EstimateChange, OutputChange
from ctresearch.studies.kernel.engine import CellEvent
from ctresearch.studies.release.verify import Verification
from ctresearch.studies.releasing.rerun import Rerun
from ctresearch.studies.running.build import Outcome
from small_project import TOML, call, make_project, write_study

SAME = Comparison("total", "estimate", "same", "")
DRIFTED = Comparison("map", "figure", "drifted", "two\npixels \x1b[2J")
FOUND = {
    "one": Verdict("one", "drifted", "", (SAME, DRIFTED)),
    "two": Verdict("two", "needs data", "é"),
    "three": Verdict("three", "same", "", (SAME,)),
}
FORMS = dict.fromkeys(("as_markdown", "as_json", "jsonl", "ordered", "junit", "badge"))


def told(capsys, **chosen):
    """Tell of three studies in the form that is chosen; return what stands on the terminal."""
    told = Told(list(FOUND), FORMS | chosen)
    for name, verdict in FOUND.items():
        told.hear(name, verdict)
    told.end()
    told.end()
    return capsys.readouterr()


def test_check_writes_words_markdown_or_json(capsys, tmp_path):
    assert told(capsys).out.splitlines() == [
        "one: drifted, 2 outputs, 1 of them changed",
        r"  drifted: map (figure): two pixels \x1b[2J",
        "two: needs data: é",
        "three: same, 1 outputs",
    ]
    shown = told(capsys, as_markdown=True)
    assert shown.err.splitlines()[0] == "[1/3] one: drifted after 0.0 s"
    assert shown.out.startswith("## 1 same, 1 needs data, 1 drifted\n\n| study |")
    assert "\n### one: drifted\n\n| output |" in shown.out
    assert "### three" not in shown.out
    raw = told(capsys, as_json=True).out
    assert raw.startswith('[\n {\n  "study": "one",')
    assert raw.endswith("]\n")
    assert "é" in raw
    assert json.loads(raw) == [one.to_dict() for one in FOUND.values()]
    lines = told(capsys, jsonl="-").out.splitlines()
    assert [json.loads(line) for line in lines] == json.loads(raw)
    assert told(capsys, jsonl=str(tmp_path / "lines")).out.splitlines()[2] == "two: needs data: é"
    assert (tmp_path / "lines").read_text().splitlines() == lines


def test_studies_are_told_as_they_are_finished_or_in_their_order(capsys):
    for ordered, order in ((False, ["three", "one", "two"]), (True, ["one", "two", "three"])):
        said = Told(list(FOUND), FORMS | {"jsonl": "-", "ordered": ordered})
        for name in ("three", "one"):
            said.hear(name, FOUND[name])
        assert [one.status for one in said.verdicts()] == ["drifted", "not run", "same"]
        said.end()
        assert [json.loads(line)["study"] for line in capsys.readouterr().out.splitlines()] == order


def test_diff_shows_causes_estimates_and_outputs(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    rows = (
        EstimateChange("total", "[b]people[/b]", 200.0, 240.0, (180.0, 220.0), (220.0, 260.0), "persons"),
        EstimateChange("total", "share", 0.5, 0.5, (0.4, 0.6), (0.4, 0.6), ""),
    )
    found = Diff(
        "a" * 64, "b" * 64, ("seed:\n7 -> 8",), rows, (OutputChange("map", "figure", "changed"),), "Mind\nthis."
    )
    diff._show(found)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Mind this."
    assert lines[1] == f"run {'a' * 16} to {'b' * 16}"
    assert lines[2] == "  seed: 7 -> 8"
    assert lines[3].split() == ["estimate", "old", "new", "change"]
    assert lines[4].split() == ["total", "200", "240", "+40", "(+20.0", "%)"]
    assert lines[5].split() == [
        "[b]people[/b]",
        "180",
        "to",
        "220",
        "220",
        "to",
        "260",
        "beyond",
        "the",
        "old",
        "interval",
    ]
    assert lines[5].startswith("  [b]people")
    # numbers end where their column ends
    assert lines[4].index("200") + 3 == lines[5].index("220") + 3 == lines[3].index("old") + 3
    assert lines[6].split() == ["total", "0.5", "0.5", "same"]
    assert lines[-1] == "figure map: changed"
    diff._show(Diff("ab", "cd", (), (), ()))
    assert capsys.readouterr().out.splitlines() == ["run ab to cd", "  nothing that went in differs"]


def test_a_word_names_the_runs_that_begin_with_it(tmp_path, monkeypatch):
    make_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    for place in ("demo/abcd1", "demo/abcd2", "other/abcd3", "scratch/abcd4", "demo/abff"):
        folder = tmp_path / "runs" / place
        folder.mkdir(parents=True)
        if place != "demo/abff":
            (folder / "provenance.json").write_text("{}")
    assert [f"{one.parent.name}/{one.name}" for one in diff._run_folders("abcd")] == [
        "demo/abcd1",
        "demo/abcd2",
        "other/abcd3",
    ]
    long = tmp_path / "runs" / "demo" / "0123456789abcdef"
    long.mkdir()
    (long / "provenance.json").write_text("{}")
    assert [one.name for one in diff._run_folders("0123456789abcdef" + "9" * 48)] == [long.name]
    assert diff._run_folders("ab*") == []
    assert diff._run_folders("demo") == []
    with pytest.raises(SpecificationError, match=r"'abcd' must name one run.*; found abcd1, abcd2, abcd3$"):
        diff.find_evidence("abcd")
    with pytest.raises(SpecificationError, match=r"; found none$"):
        diff.find_evidence("abcdef")


def test_verify_shows_findings_and_how_a_rerun_compares(capsys):
    checks = (Check("archive", "pass", "Whole."), Check("hashes", "fail", "One\ndiffers."))
    verify._show(Verification("demo\n.zip", "ab12", {}, checks))
    assert capsys.readouterr().out.splitlines() == [
        "demo .zip: sha256 ab12",
        "  ✓ archive: Whole.",
        "  ✗ hashes: One differs.",
    ]
    again = Rerun((SAME, DRIFTED), False, ("seed:\n7 -> 8",), "a" * 40, "a" * 40)
    verify._show_rerun(again)
    assert capsys.readouterr().out.splitlines() == [
        f"Ran the package in the bundle, source {'a' * 16}, the one installed here.",
        "Another run id, since other things went in:",
        "  seed: 7 -> 8",
        "  same: total (estimate)",
        r"  drifted: map (figure) two pixels \x1b[2J",
    ]
    verify._show_rerun(Rerun((), True, (), "ab", "cd"))
    assert capsys.readouterr().out.splitlines() == [
        "Ran the package in the bundle, source ab, another than is installed here.",
        "The same run id.",
    ]
    row = verify._rerun_dict(again)
    assert (row["same_id"], row["differences"], row["comparisons"][0]["output"]) == (False, ("seed:\n7 -> 8",), "total")


def test_tombstones_are_looked_for_in_every_study_of_a_project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert verify._release_folders() == []
    make_project(tmp_path)
    write_study(tmp_path, TOML, "other")
    assert verify._release_folders() == [
        tmp_path / "studies" / "demo" / "releases",
        tmp_path / "studies" / "other" / "releases",
    ]


def test_the_list_is_a_table_of_plain_text(capsys):
    row = {"study": "demo", "state": "current", "last": "2026-01-31T10:00:00", "notebook": "n", "title": "[b]Who?\n"}
    bad = {"study": "broken", "state": "not valid", "last": "", "notebook": "", "title": "", "why": "sed is\nno key"}
    listing._show([row | {"why": ""}, bad, row | {"study": "x" * 100, "title": "t" * 300, "why": "w"}])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["study", "state", "last", "run", "notebook", "title"]
    assert lines[1].split() == ["demo", "current", "2026-01-31T10:00:00", "n", "[b]Who?"]
    assert lines[2].split() == ["broken", "not", "valid", "sed", "is", "no", "key"]
    assert max(map(len, lines)) <= 240
    assert "x" * 100 in lines[3]


def test_a_study_s_row_tells_what_there_is(tmp_path, monkeypatch):
    from ctresearch.studies.asked.project import Project

    make_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    project = Project.at(tmp_path)
    assert listing.study_row(project, "demo") == {
        "study": "demo",
        "title": "A small study",
        "notebook": "demo",
        "state": "never run",
        "runs": [],
        "last": "",
        "why": "",
    }
    write_study(tmp_path, TOML + '\n[data.cases]\nlevel = "public"\n', "fed")
    fed = listing.study_row(project, "fed")
    assert (fed["state"], fed["why"]) == ("needs data", "give each restricted input with --data")
    assert listing._time_of_last(tmp_path, ["gone"]) == ""
    assert listing._time_of_last(tmp_path, []) == ""


def test_each_kind_of_error_has_its_exit_code():
    found = {
        NotebookInputError: 2,
        NotebookError: 3,
        IntegrityError: 4,
        DisclosureError: 5,
        DataError: 2,
        CtResearchError: 2,
        ValueError: None,
        KeyboardInterrupt: None,
    }
    for kind, code in found.items():
        assert exit_code(kind.__new__(kind)) == code, kind


def raising(error):
    def command(*_, **__):
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "ctresearch: interrupted: nothing half-done was left behind\n"),
        (click.Abort(), 130, "ctresearch: interrupted: nothing half-done was left behind\n"),
        (DisclosureError("kept\nback"), 5, "ctresearch: kept back\n"),
        (IntegrityError("changed"), 4, "ctresearch: changed\n"),
        (
            PermissionError(13, "Permission denied", "/a/b"),
            2,
            (
                "ctresearch: cannot write or read /a/b: Permission denied; free some space or check the permissions, "
                "then again\n"
            ),
        ),
        (
            OSError("odd"),
            2,
            "ctresearch: cannot write or read: odd; free some space or check the permissions, then again\n",
        ),
        (click.UsageError("No."), 2, "Error: No.\n"),
    ],
)
def test_every_outcome_is_one_sentence_and_a_code(monkeypatch, capsys, error, code, said):
    monkeypatch.setattr(main_module().group, "main", raising(error))
    found, out, err = call(capsys, "list")
    assert (found, out, err) == (code, "", said)


def main_module():
    import importlib

    return importlib.import_module("ctresearch.cli.main")


def test_what_a_command_returns_is_the_exit_code_and_no_number_is_done(monkeypatch, capsys):
    seen = {}

    def command(arguments, **options):
        seen.update(options, arguments=arguments)
        return seen.get("answer")

    monkeypatch.setattr(main_module().group, "main", command)
    assert call(capsys, "a", "b")[0] == 0
    assert seen == {"arguments": ["a", "b"], "prog_name": "ctresearch", "standalone_mode": False}
    seen["answer"] = 4
    assert call(capsys, "a")[0] == 4


def test_a_reader_that_went_away_is_no_fault(monkeypatch):
    closed = []
    monkeypatch.setattr(main_module().group, "main", raising(BrokenPipeError()))
    monkeypatch.setattr(main_module().sys, "stderr", SimpleNamespace(close=lambda: closed.append(True)))
    with pytest.raises(SystemExit) as ended:
        main([])
    assert (ended.value.code, closed) == (0, [True])


def test_the_process_ends_as_interrupted_where_it_is_asked_to_terminate(monkeypatch, capsys):
    import signal

    heard = []
    monkeypatch.setattr(main_module().signal, "signal", lambda *given: heard.append(given))
    monkeypatch.setattr(main_module().group, "main", lambda *_, **__: 0)
    with pytest.raises(SystemExit):
        main(["list"])
    assert heard == []  # called by another program, its signals are left alone
    with pytest.raises(SystemExit):
        main()
    assert [number for number, _ in heard] == [signal.SIGTERM]
    with pytest.raises(KeyboardInterrupt):
        heard[0][1](signal.SIGTERM, None)


def test_commands_are_found_by_name_and_near_ones_are_named():
    group = LazyGroup("ctresearch")
    context = click.Context(group)
    assert group.list_commands(context) == list(COMMANDS)
    for name in COMMANDS:
        assert group.get_command(context, name).name == name
    assert group.get_command(context, "complete") is None
    name, command, rest = group.resolve_command(context, ["diff", "a", "b"])
    assert (name, command.name, rest) == ("diff", "diff", ["a", "b"])
    with pytest.raises(click.UsageError, match=r"^No such command 'verfy', did you mean verify\?$"):
        group.resolve_command(context, ["verfy"])
    formatter = click.HelpFormatter()
    group.format_commands(context, formatter)
    shown = formatter.getvalue().splitlines()
    assert shown[0] == "Commands:"
    assert [line.split()[0] for line in shown if line.startswith("  ") and line[2] != " "] == list(COMMANDS)


PLAN = SimpleNamespace(run_id="f" * 64, label="demo n=1")


def test_a_grid_has_a_line_for_each_finished_run_and_a_single_run_none(capsys):
    listen = progress._line_by_line(3)
    listen(PLAN, CellEvent(1, 3, "Data"))
    listen(PLAN, Outcome(PLAN, seconds=1.26))
    listen(PLAN, Outcome(PLAN, reused=True, seconds=0.0))
    listen(PLAN, Outcome(PLAN, error=DataError("no"), seconds=12.0))
    out, err = capsys.readouterr()
    assert (out, err.splitlines()) == (
        "",
        [
            "[1/3] demo n=1: done after 1.3 s",
            "[2/3] demo n=1: already there after 0.0 s",
            "[3/3] demo n=1: failed after 12.0 s",
        ],
    )
    progress._line_by_line(1)(PLAN, Outcome(PLAN, seconds=1.0))
    assert capsys.readouterr().err == ""
    with progress.progress([PLAN, PLAN]) as listen:  # a test's stderr is no terminal
        listen(PLAN, Outcome(PLAN, seconds=2.0))
    assert capsys.readouterr().err == "[1/2] demo n=1: done after 2.0 s\n"


def test_a_terminal_has_a_bar_for_each_run_with_the_heading_as_text(monkeypatch):
    import rich.progress

    calls = []

    class Bars:
        def __init__(self, *columns, console, transient):
            calls.append(("made", len(columns), console.stderr, transient))

        def __enter__(self):
            return self

        def __exit__(self, *_):
            calls.append(("closed",))

        def add_task(self, label, **fields):
            calls.append(("add", label, fields))
            return 7

        def update(self, task, **fields):
            calls.append(("update", task, fields))

        def remove_task(self, task):
            calls.append(("remove", task))

    monkeypatch.setattr(rich.progress, "Progress", Bars)
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True, raising=False)
    with progress.progress([PLAN]) as listen:
        listen(PLAN, CellEvent(1, 3, "[b]Data"))
        listen(PLAN, CellEvent(3, 3, "End"))
        listen(PLAN, Outcome(PLAN))
    assert calls == [
        ("made", 5, True, True),
        ("add", "demo n=1", {"total": None, "heading": ""}),
        ("update", 7, {"total": 3, "completed": 0, "heading": r"\[b]Data"}),
        ("update", 7, {"total": 3, "completed": 2, "heading": "End"}),
        ("remove", 7),
        ("closed",),
    ]


def test_a_study_s_help_lays_out_parameters_grid_data_and_outputs(tmp_path):
    from ctresearch.studies import load_study

    toml = TOML.replace("[outputs]", "[grid]\nn = [1, 2]\n\n[outputs]") + (
        '\n[data.lists]\nsource = "published:uk-2013"\nlevel = "public"\nhelp = "the lists"\n[data.own]\n'
    )
    folder = make_project(tmp_path, toml=toml.replace('t = { kind = "file", level = "public" }', OUTPUTS))
    assert run.study_help(load_study(folder)).splitlines() == [
        "demo: A small study",
        "",
        "Parameters (-p NAME=VALUE):",
        "  n=3            int, 1 to 100: how often",
        "  n over [1, 2]  a grid: one run each",
        "",
        "Data (--data NAME=FILE):",
        "  lists  published:uk-2013, public: the lists",
        "  own    give a file, level not stated",
        "",
        "Outputs:",
        "  t     file, public: a file",
        "  long  table, restricted",
    ]


OUTPUTS = 't = { kind = "file", level = "public", help = "a file" }\nlong = { kind = "table", level = "restricted" }'


def test_a_section_without_rows_is_left_out():
    assert run._section("Data:", []) == []
    assert run._section("Data:", [("a", "x", ""), ("bcd", "y", "z")]) == ["Data:", "  a    x", "  bcd  y: z", ""]


def check_row(status, name, voids=False):
    return {"output": "t", "name": name, "status": status, "message": "Some\nwords.", "voids": voids}


def test_a_run_says_what_did_not_pass_and_what_data_it_had(capsys):
    rows = [
        {
            "run": "demo",
            "folder": "/runs/a",
            "reused": False,
            "checks": [check_row("pass", "fine"), check_row("review", "look"), check_row("fail", "bad", True)],
            "replaced": {"lists": ["rows"]},
        },
        {"run": "demo n=2", "folder": "/runs/b", "reused": True, "checks": [], "replaced": {"lists": []}},
        {"run": "gone"},
    ]
    run._write_text(rows)
    out, err = capsys.readouterr()
    assert out.splitlines() == ["demo: done, /runs/a/report.html", "demo n=2: already there, /runs/b/report.html"]
    lines = err.splitlines()
    assert lines[0].startswith("  Other data were given in place of the study's own: lists (rows: not stated).")
    assert lines[0].endswith(" State it in FILE.toml beside each FILE.")
    assert lines[1] == "  Does not stand: t, bad: Some words."
    assert lines[2].endswith(": t, look: Some words.")
    assert lines[3] == "  Other data were given in place of the study's own: lists."
    assert len(lines) == 4


def test_the_gravest_error_of_a_grid_is_the_exit_code(tmp_path, capsys):
    plans = [SimpleNamespace(run_id=str(i), label=f"demo n={i}", folder=tmp_path) for i in (1, 2)]
    outcomes = [
        Outcome(plans[1], error=NotebookError.__new__(NotebookError)),
        Outcome(plans[0], error=DataError("wrong\ncell"), reused=False),
    ]
    assert run._report(plans, outcomes, True) == 3
    out, err = capsys.readouterr()
    rows = json.loads(out)
    assert rows[0] == {"run": "demo n=1", "run_id": "1", "reused": False, "error": "wrong\ncell", "status": "error"}
    assert rows[1]["run"] == "demo n=2"
    assert err.splitlines()[0] == "ctresearch: wrong cell"
    assert run._report(plans[:1], outcomes[1:], False) == 2
    assert capsys.readouterr().out == ""


def test_places_tell_lines_and_what_is_allowed():
    rows = [(line, "sex", "code_list", "f or m") for line in (7, 2, 3, 9, 11)]
    rows += [(line, "age", "range", "0 to 99") for line in (1, 2, 3, 4, 5, 6)]
    rows += [(4, "age", "number", "a number"), (None, "home", "missing column", "there")]
    found = pd.DataFrame(rows, columns=["line", "column", "rule", "allowed"]).assign(value="secret")
    assert places(Report(source="nrm", file="a.csv", rows=9, violations=found)) == [
        "sex, code_list: lines 7, 2, 3, 9, 11; must be f or m",
        "age, range: lines 1, 2, 3, 4, 5, ...; must be 0 to 99",
        "age, number: line 4; must be a number",
        "home: missing column",
    ]
