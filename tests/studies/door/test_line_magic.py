"""``%load_ext ctresearch``: what it sets, how errors read, and that it puts everything back."""

import os
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest
from IPython.core.interactiveshell import InteractiveShell

import ctresearch
from ctresearch.core import DataError, DisclosureError, SpecificationError
from ctresearch.core.plot import STYLE
from ctresearch.studies.door.explained import PAGES, SITE, page_of
from ctresearch.studies.door.line_magic import HELP

ROOT = Path(__file__).resolve().parents[3]
ASKED = "from ctresearch.prevalence import LogLinear; LogLinear(level=2)"


@pytest.fixture
def shell(monkeypatch):
    for name in ("CTRESEARCH_SEED", "CTRESEARCH_JOBS"):
        monkeypatch.delenv(name, raising=False)
    shell = InteractiveShell()
    with mpl.rc_context():
        ctresearch.load_ipython_extension(shell)
        yield shell
        ctresearch.unload_ipython_extension(shell)
    shell.history_manager.end_session()


def test_style_is_set_and_put_back(shell):
    assert mpl.rcParams["svg.hashsalt"] == STYLE["svg.hashsalt"]
    shell.run_line_magic("ctresearch", "style off")
    assert mpl.rcParams["svg.hashsalt"] != STYLE["svg.hashsalt"]


def test_seed_and_threads(shell, capsys):
    shell.run_line_magic("ctresearch", "seed 7")
    shell.run_line_magic("ctresearch", "threads 2")
    assert (os.environ["CTRESEARCH_SEED"], os.environ["CTRESEARCH_JOBS"]) == ("7", "2")
    assert "house style; seed 7; 2 workers" in capsys.readouterr().out
    shell.run_line_magic("ctresearch", "seed off")
    shell.run_line_magic("ctresearch", "threads all")
    assert not {"CTRESEARCH_SEED", "CTRESEARCH_JOBS"} & set(os.environ)


@pytest.mark.parametrize("line", ["seed", "seed x", "threads 0", "style maybe", "colour red"])
def test_what_it_does_not_know_is_refused(shell, line):
    with pytest.raises(SpecificationError, match=r"must be|none of its lines"):
        shell.run_line_magic("ctresearch", line)


def test_help_names_every_word(shell, capsys):
    shell.run_line_magic("ctresearch", "help")
    said = capsys.readouterr().out
    assert HELP in said
    assert all(f"%ctresearch {word}" in said for word in ("style", "seed", "threads", "traceback"))


def test_an_error_of_the_library_is_a_sentence_with_a_page(shell, capsys):
    result = shell.run_cell(ASKED)
    said = capsys.readouterr().out
    assert isinstance(result.error_in_exec, SpecificationError)
    assert "SpecificationError: level == 2" in said
    assert f"{SITE}guide/multiple-systems.html" in said
    assert len(said.splitlines()) <= 4
    shell.run_line_magic("ctresearch", "traceback")
    assert "LogLinear" in capsys.readouterr().out


def test_an_error_of_anybody_else_stays_as_it_was(shell, capsys):
    shell.run_cell("1 / 0")
    assert "Traceback" in capsys.readouterr().out


def test_no_error_yet(shell, capsys):
    shell.run_line_magic("ctresearch", "traceback")
    assert "No error" in capsys.readouterr().out


def test_pages_that_explain_exist_and_are_of_rooms_that_exist():
    for folder, page in {**PAGES, "core": "guide/results", "studies ": "start"}.items():
        assert (ROOT / "src/ctresearch" / folder.strip()).is_dir(), folder
        assert (ROOT / "docs" / f"{page}.md").exists(), page
    assert page_of(DisclosureError("x")).endswith("release.html")
    assert page_of(DataError("x")).endswith("results.html")


def test_under_the_runner_nothing_is_set(monkeypatch):
    monkeypatch.setenv("CTRESEARCH_RUN_FILE", "run.json")
    ctresearch.load_ipython_extension(None)
    ctresearch.unload_ipython_extension(None)


def test_importing_the_package_stays_light():
    code = "import sys, ctresearch; print(sorted({'numpy', 'pandas', 'matplotlib', 'IPython'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
