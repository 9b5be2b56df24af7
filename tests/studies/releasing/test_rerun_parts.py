"""Running a bundle again: what is asked of the other process, what it may answer, and what went in differently."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from ctresearch.core import DataError
from ctresearch.studies.base.errors import NotebookError
from ctresearch.studies.release.front_matter import _reference
from ctresearch.studies.releasing import rerun as again


@pytest.mark.parametrize("wheels", [0, 2])
def test_a_bundle_holds_one_wheel_or_is_not_run(wheels):
    files = {"demo-1.0/README.md": b""} | {f"demo-1.0/wheel/{i}.whl": b"" for i in range(wheels)}
    with pytest.raises(DataError, match=rf"^the bundle holds {wheels} wheels, must hold one to be run again$"):
        again.rerun(files)


def answered(monkeypatch, stdout, stderr="", returncode=0):
    """Let the other process answer, and keep how it was asked."""
    asked = {}

    def run(command, **options):
        asked.update(options, command=command)
        return subprocess.CompletedProcess(command, returncode, stdout, stderr)

    monkeypatch.setattr(again.subprocess, "run", run)
    return asked


def test_the_study_runs_in_its_project_with_the_package_of_the_bundle(monkeypatch, tmp_path):
    rows = [{"folder": "runs/demo/ab"}]
    asked = answered(monkeypatch, json.dumps(rows))
    assert again._run(tmp_path / "p", tmp_path / "w", "demo", {"lists": "a.csv", "ties": "b.csv"}) == rows
    words = ["run", "demo", "--json", "--data", "lists=a.csv", "--data", "ties=b.csv"]
    assert asked["command"][0] == sys.executable
    assert asked["command"][3:] == words
    assert asked["cwd"] == tmp_path / "p"
    assert asked["env"] == {**os.environ, "PYTHONPATH": str(tmp_path / "w")}
    assert (asked["capture_output"], asked["text"], asked["check"]) == (True, True, False)


@pytest.mark.parametrize(
    ("stdout", "stderr", "why"),
    [
        ("", "first\nctresearch: input 'lists' is not given\n", "input 'lists' is not given"),
        ("no json", "", "exit code 3"),
        ('[{"error": "x"}]', "", "exit code 3"),
        ('[{"folder": "a"}, {"error": "x"}]', "one run failed", "one run failed"),
    ],
)
def test_what_does_not_run_here_says_why(monkeypatch, tmp_path, stdout, stderr, why):
    answered(monkeypatch, stdout, stderr, 3)
    with pytest.raises(NotebookError, match=f"^the bundle does not run here: {why}$"):
        again._run(tmp_path, tmp_path, "demo", {})


def test_files_are_written_below_and_public_data_are_found_by_their_names(tmp_path):
    again._write(tmp_path, {"data/lists.csv": b"1", "data/ties.xlsx": b"2", "README.md": b"3"})
    assert (tmp_path / "data" / "ties.xlsx").read_bytes() == b"2"
    assert again._public_files(tmp_path) == {
        "lists": str(tmp_path / "data" / "lists.csv"),
        "ties": str(tmp_path / "data" / "ties.xlsx"),
    }
    assert again._public_files(tmp_path / "none") == {}


def evidence(n, **components):
    """A run of a parameter and what went into it."""
    return SimpleNamespace(parameters={"n": n, "a": 1}, provenance={"components": components})


def test_what_went_in_differently_is_said_once_and_run_by_run(monkeypatch):
    monkeypatch.setattr(again, "explain", lambda old, new: [f"{key} changed" for key in old if old[key] != new[key]])
    assert again._differences([evidence(1, seed="1")], [evidence(2, seed="1")]) == []
    before = [evidence(1, seed="1", code="a"), evidence(2, seed="2", code="a")]
    after = [evidence(2, seed="2", code="b"), evidence(1, seed="1", code="b")]
    assert again._differences(before, after) == ["code changed"]


CITED = {"title": "A study", "version": "1.0", "date": "2020-01-02", "authors": ["Ana"], "doi": "doi:10.1/x"}


def test_a_released_bundle_is_cited_with_its_digest():
    lines = "\n".join(_reference({"bundle": CITED, "digest": "ab" * 32}))
    for words in (
        'title: "A study"',
        'version: "1.0"',
        'date-released: "2020-01-02"',
        '- name: "Ana"',
        'doi: "10.1/x"',
    ):
        assert words in lines
    assert '  - type: dataset\n    title: "A study"' in lines
    assert lines.endswith(
        f'    identifiers:\n      - type: other\n        value: "sha256:{"ab" * 32}"\n'
        '        description: "SHA-256 of the bundle"'
    )
    bare = "\n".join(_reference({"bundle": CITED | {"authors": [], "doi": None}, "digest": "cd"}))
    assert '- name: "Authors not stated"' in bare
    assert "doi" not in bare


def test_pages_that_another_run_does_not_give_are_named(tmp_path):
    run = "ab" * 32
    groups = {group: {} for group in ("estimates", "tables", "figures", "files")}
    document = {**groups, "tables": {"t": {"path": "t"}, "secret": {"path": "s"}}, "gate": {}, "checks": []}
    shown = {"output_type": "stream", "name": "stdout", "text": "20"}
    cell = {"cell_type": "code", "source": "x", "metadata": {}, "execution_count": 1, "outputs": [shown]}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    whole = again.normalise_notebook(notebook, run)
    (tmp_path / "results.json").write_bytes(again.results_bytes(document))
    (tmp_path / "notebook.ipynb").write_text(json.dumps(notebook))
    (tmp_path / "report.html").write_bytes(b"page")

    def other(home="k-1/", without=(), made=True, **changed):
        files = {
            "k-1/bundle.json": json.dumps({"without": list(without)}).encode(),
            f"{home}provenance.json": json.dumps({"run_id": run}).encode(),
            f"{home}results.json": again.results_bytes(again.leave_out(document, without)),
            f"{home}notebook.ipynb": again.notebook_bytes(whole),
            f"{home}report.html": b"page",
        }
        files |= {home + name.replace("_", "."): content for name, content in changed.items()}
        return list(again._other_pages(files, {run: tmp_path} if made else {}))

    bare = again.notebook_bytes(again.without_outputs(whole))
    assert other() == other("k-1/runs/ab/") == other(without=["secret"]) == []
    assert other(results_json=b"{}") == ["k-1/results.json"]
    assert other(report_html=b"other") == ["k-1/report.html"]
    assert other(notebook_ipynb=b"{}") == ["k-1/notebook.ipynb"]
    assert other(notebook_ipynb=bare, report_html=b"other") == []  # set from what was published
    assert other(results_json=b"{}", report_html=b"other", made=False) == []
