"""``ctresearch run``: what it shows, in words and as JSON."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from ctresearch.cli.complete import data_words, parameter_words, study_names
from ctresearch.cli.run import _write_failure, command
from ctresearch.core import DataError
from ctresearch.studies.base.errors import NotebookError
from small_project import HEAD, TOML, call, make_project


@pytest.fixture
def project(tmp_path, monkeypatch):
    make_project(tmp_path, toml=TOML + '\n[data.lists]\nlevel = "public"\nsource = "published:uk-2013"\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_help_after_a_study_shows_its_parameters(project, capsys):
    code, out, _ = call(capsys, "run", "demo", "--help")
    assert code == 0
    assert "n=3  int, 1 to 100: how often" in out
    assert "lists  published:uk-2013, public" in out
    assert "t  file, public" in out
    code, out, _ = call(capsys, "run", "--help")
    assert code == 0
    assert "Parameters (" not in out


def test_explain_runs_nothing_and_says_why(project, capsys):
    code, out, _ = call(capsys, "run", "demo", "--explain")
    assert code == 0
    assert "is new\n  the study has not been run before" in out
    assert not (project / "runs").exists()
    row = json.loads(call(capsys, "run", "demo", "--explain", "--json")[1])[0]
    assert (row["new"], row["why"]) == (True, ["the study has not been run before"])


def test_a_run_says_where_its_report_is_then_that_it_is_there(project, capsys):
    code, out, err = call(capsys, "run", "demo", "--out", "elsewhere")
    assert (code, err) == (0, "")
    assert out.startswith("demo: done, ")
    assert out.strip().endswith("report.html")
    code, out, _ = call(capsys, "run", "demo", "--out", "elsewhere", "--json")
    row = json.loads(out)[0]
    assert (code, row["reused"], row["status"], row["run"]) == (0, True, "pass", "demo")


def test_a_failed_check_of_the_study_is_exit_code_1(tmp_path, monkeypatch, capsys):
    code = (
        "from ctresearch.core import Check, Result, estimates_table\n"
        "check = Check('overlap', 'fail', 'No overlap at all.')\n"
        "table = estimates_table({'population': (10.0, 2.0, 6.0, 14.0)})\n"
        "run.save('t', Result(method='m', estimates=table, n=5, checks=(check,)), counts=[20])"
    )
    cite = '\n[cite]\nreferences = ["doi:10.1111/j.1740-9713.2015.00824.x"]\n'
    make_project(tmp_path, HEAD, code, toml=TOML.replace('"file"', '"estimate"') + cite)
    monkeypatch.chdir(tmp_path)
    exit_code, out, err = call(capsys, "run", "demo")
    assert exit_code == 1
    lines = out.splitlines()
    assert lines[:3] == [
        "Population: 10, with a 95 % interval from 6 to 14.",
        "With care. 1 of 1 checks asks to be read beside the number.",
        "Overlap: No overlap at all.",
    ]
    assert lines[3].startswith("demo: done, ")
    assert "Mind the reading: t, overlap: No overlap at all." in err
    row = json.loads(call(capsys, "run", "demo", "--json")[1])[0]
    assert row["answer"] == lines[:3]


def test_a_grid_reports_each_run(tmp_path, monkeypatch, capsys):
    make_project(
        tmp_path, HEAD, "1 / (run.parameters['n'] - 1)", toml=TOML.split("[outputs]")[0] + "[grid]\nn = [1, 2]\n"
    )
    monkeypatch.chdir(tmp_path)
    code, out, err = call(capsys, "run", "demo")
    assert code == 3
    assert out.startswith("demo n=2: done")
    assert "[1/2] demo n=1: failed after" in err
    what, to_do, kept = err.splitlines()[-3:]
    assert what.startswith("ctresearch: demo: cell 2 of 2")
    assert what.endswith("ZeroDivisionError: division by zero [parameters: n=1]")
    assert to_do.startswith("  To do: open the notebook that was kept in JupyterLab, mend the cell")
    assert kept.startswith("  Kept: ")
    assert Path(kept.removeprefix("  Kept: ")).is_file()


def test_a_long_failure_is_cut_and_one_that_keeps_nothing_is_one_line(capsys):
    error = NotebookError("whole message")
    error.what, error.to_do, error.kept = "w" * 400, "mend it", "runs/demo/failed/notebook.ipynb"
    _write_failure(error)
    what, to_do, kept = capsys.readouterr().err.splitlines()
    assert what == f"ctresearch: {'w' * 319}…"
    assert (to_do, kept) == ("  To do: mend it.", "  Kept: runs/demo/failed/notebook.ipynb")
    _write_failure(DataError("d" * 400))
    assert capsys.readouterr().err == f"ctresearch: {'d' * 400}\n"


def test_the_shell_completes_studies_parameters_and_data(project):
    context = command.make_context("run", ["demo"], resilient_parsing=True)
    assert [item.value for item in study_names(context, None, "d")] == ["demo"]
    assert [(item.value, item.help) for item in parameter_words(context, None, "")] == [("n=", "int, 1 to 100")]
    assert [item.value for item in data_words(context, None, "li")] == ["lists="]
    assert (
        study_names(context, None, "x") == parameter_words(context, None, "x") == data_words(context, None, "x") == []
    )


def test_completion_in_a_broken_project_is_silent(project, monkeypatch):
    (project / "studies" / "demo" / "study.toml").write_text("x")
    context = command.make_context("run", ["demo"], resilient_parsing=True)
    assert parameter_words(context, None, "") == []
    assert CliRunner().invoke(command, ["demo", "--help"]).exit_code == 1
