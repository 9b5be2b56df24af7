"""JupyterLab as ``make lab`` opens it: nothing displayed is written, and the welcome runs cell by cell in a browser."""

import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import nbformat
import pytest
from traitlets.config import Config

from browser import in_browser, open_page
from jupyter_lab import DARK, IDLE, cells, lab, launch
from patience import until

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "tools" / "lab_config.py"
WELCOME = ROOT / "notebooks" / "welcome.ipynb"
AT_MOST = 5  # cells of code before the first own estimate


@pytest.mark.filterwarnings("ignore:Overriding existing pre_save_hook")  # the server reads its settings twice
def test_what_was_displayed_is_not_saved(tmp_path, monkeypatch):
    from jupyter_server.services.contents.filemanager import FileContentsManager

    settings = Config()
    monkeypatch.setenv("PATH", os.environ["PATH"])  # the settings change both
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "")
    exec(compile(CONFIG.read_text(), str(CONFIG), "exec"), {"get_config": lambda: settings, "__file__": str(CONFIG)})
    assert os.environ["PATH"].startswith(str(Path(sys.executable).parent)), "cells find the command"
    assert (Path(os.environ["JUPYTER_CONFIG_PATH"]) / "labconfig" / "default_setting_overrides.json").exists()
    shown = nbformat.v4.new_output("stream", text="Person A")
    cell = nbformat.v4.new_code_cell(
        "1", outputs=[shown], execution_count=3, metadata={"execution": {"started": "now"}}
    )
    prose = nbformat.v4.new_markdown_cell("Words.")
    manager = FileContentsManager(root_dir=str(tmp_path), config=settings)
    manager.save({"type": "notebook", "content": nbformat.v4.new_notebook(cells=[cell, prose])}, "n.ipynb")
    manager.save({"type": "file", "format": "text", "content": "words"}, "t.txt")
    manager.notary.store.close()  # a database, which nobody closes otherwise
    kept = nbformat.read(tmp_path / "n.ipynb", as_version=4)
    assert (kept.cells[0].outputs, kept.cells[0].execution_count, kept.cells[0].source) == ([], None, "1")
    assert "execution" not in kept.cells[0].metadata
    assert kept.cells[1].source == "Words."
    assert "Person A" not in (tmp_path / "n.ipynb").read_text()
    assert (tmp_path / "t.txt").read_text() == "words"


def test_the_package_brings_a_card_for_the_launcher():
    """A kernel specification, put where JupyterLab looks, that loads the extension and has its pictures."""
    put = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
        "shared-data"
    ]
    assert put == {"tools/launcher": "share/jupyter/kernels/ctresearch"}
    card = ROOT / "tools" / "launcher"
    said = json.loads((card / "kernel.json").read_text())
    assert said["argv"] == ["python", "-m", "ipykernel_launcher", "--ext=ctresearch", "-f", "{connection_file}"]
    assert {"logo-32x32.png", "logo-64x64.png", "logo-svg.svg"} < {path.name for path in card.iterdir()}
    assert "<title>ctresearch</title>" in (card / "logo-svg.svg").read_text()


def code_cells():
    return [cell.source for cell in nbformat.read(WELCOME, as_version=4).cells if cell.cell_type == "code"]


def test_the_first_estimate_comes_soon():
    first = next(place for place, source in enumerate(code_cells(), 1) if ".fit(" in source)
    assert first <= AT_MOST


def test_the_exercises_know_their_answers(capsys):
    """Right answers are told so, wrong and missing ones are not."""
    from ctresearch.prevalence import CaptureHistories, LogLinear

    lists = CaptureHistories.from_published("uk-2013")
    names = {"lists": lists, "estimate": LogLinear("fixed", model=list(lists.lists)).fit(lists)}
    source = code_cells()[-1]
    exec(source, names)
    assert capsys.readouterr().out.count("no answer yet") == 3
    exec(source.replace("1: ..., 2: ..., 3: ...", "1: 2744, 2: 1, 3: 120"), names)
    assert [line.split(". ")[1] for line in capsys.readouterr().out.splitlines()] == [
        "right",
        "not yet: try again",
        "right",
    ]


COLOUR = "getComputedStyle(document.querySelector('.ctresearch-result .ctresearch-review b')).color"


@in_browser
def test_the_welcome_runs_cell_by_cell_in_a_browser(tmp_path):
    shutil.copy(WELCOME, tmp_path / "welcome.ipynb")
    pictures = Path(os.environ.get("CTRESEARCH_SCREENSHOTS", tmp_path))
    with (
        lab(tmp_path, tmp_path, theme=DARK) as address,
        open_page(f"{address}/lab/tree/welcome.ipynb", size=(1300, 5200)) as page,
    ):
        until(lambda: page.evaluate(IDLE), "the kernel")
        until(lambda: len(cells(page)) == len(code_cells()), "the cells")
        page.evaluate(
            "document.querySelector('.jp-Notebook .jp-Cell').click(); document.querySelector('.jp-Notebook').focus()"
        )
        bars, place = 0, -1
        for cell in nbformat.read(WELCOME, as_version=4).cells:
            page.strike("Shift+Enter")
            if cell.cell_type != "code":
                continue
            place += 1
            while (seen := cells(page))[place][0] in {"[ ]:", "[*]:", ""}:
                bars = max(bars, seen[place][3])
                time.sleep(0.1)
            assert seen[place][0] == f"[{place + 1}]:"
        page.screenshot(pictures / "welcome.png")
        colours = [page.evaluate(COLOUR)]
        page.evaluate("document.body.dataset.jpThemeLight = 'true'")
        page.prefer(prefers_color_scheme="dark")  # of the system, which the theme of the page overrides
        colours.append(page.evaluate(COLOUR))
        said = {source.split("\n")[0]: text for source, (_, _, text, _) in zip(code_cells(), seen, strict=True)}
    text = "\n".join(said.values())
    assert not any(word in text for word in ("Traceback", "Warning", "site-packages"))
    assert "2,744 people on 6 lists" in text
    assert sum(images for _, images, _, _ in seen) >= 2, "the forest, and the explorer's picture"
    assert colours == ["rgb(255, 199, 102)", "rgb(138, 90, 0)"]  # #ffc766 on dark, #8a5a00 on light
    assert bars, "a bar appears while the bootstrap runs"


def told(folder, *words):
    """Return what a command of git says."""
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True).stdout


def run_cell(page, source):
    """Write a cell at the end of the notebook, run it, and return what it shows once it is done."""
    place = len(cells(page)) - 1
    last = "[...document.querySelectorAll('.jp-Notebook .jp-CodeCell .cm-content')].at(-1)"

    def written():
        """Write into the cell unless it is there: a notebook that opens takes the focus away once."""
        if page.evaluate(f"{last} && ({last}.focus(), {last}.innerText.trim() === '')"):
            page.write(source)
        return page.evaluate(f"{last} && {last}.innerText.trim() !== ''")

    until(written, "the words in the cell", every=0.3)
    page.strike("Shift+Enter")
    until(lambda: cells(page)[place][0] not in {"[ ]:", "[*]:", ""}, source, every=0.3)
    return cells(page)[place]


def type_into_terminal(page, *lines):
    """Open a terminal from the launcher and strike lines into it."""
    launch(page, "Terminal")
    until(
        lambda: page.evaluate("!!document.querySelector('.jp-Terminal .xterm-helper-textarea')"),
        "the terminal",
        every=0.3,
    )
    page.evaluate("document.querySelector('.jp-Terminal .xterm-helper-textarea').focus(); 0")
    for line in lines:
        page.write(line)
        page.strike("Enter")


def run_by_its_form(page, picture):
    """In a notebook of the launcher's card: show the form of the study, press its button and wait for the report."""
    launch(page, "ctresearch")
    until(lambda: page.evaluate(IDLE), "the kernel", every=0.3)
    assert "style" in run_cell(page, "%ctresearch")[2], "the card's kernel has the extension loaded"
    run_cell(page, FORM)
    button = "document.querySelector('.jp-OutputArea button.mod-primary')"
    until(lambda: page.evaluate(f"!!{button}"), "the form", every=0.3)
    page.screenshot(picture)
    page.evaluate(f"{button}.click(); 0")
    until(lambda: "Done. Its report:" in page.evaluate(SAID), "the report", every=0.3)


# Who asks, and few samples: what a person would write into the manifest.
EDIT = """sed -i -e 's/^# authors.*/authors = [{ name = "A. Researcher" }]/' -e 's/value = \\(1000\\|200\\),/value = 20,/'"""
FORM = """from ctresearch.studies import parameters_form
parameters_form("mine")"""
SAID = "[...document.querySelectorAll('.jp-OutputArea .widget-html')].map(one => one.innerText).join(' ')"


@in_browser
def test_a_study_is_made_run_and_released_in_a_browser_from_a_clean_clone(tmp_path):
    clone, pictures = tmp_path / "clone", Path(os.environ.get("CTRESEARCH_SCREENSHOTS", tmp_path))
    told(tmp_path, "clone", "--quiet", str(ROOT), str(clone))
    (home := tmp_path / "home").mkdir()
    config, source = f"--config={clone / 'tools' / 'lab_config.py'}", str(clone / "src")
    study, wide = clone / "studies" / "mine", (1300, 1000)
    bundle, verdict = study / "releases" / "mine-1.0.zip", clone / "verdict.txt"
    with lab(clone / "notebooks", home, config, PYTHONPATH=source) as address:
        with open_page(f"{address}/lab", wide) as page:
            new = "ctresearch new mine --notebook multiple_systems"
            type_into_terminal(page, f"{new} && {EDIT} {study / 'study.toml'}")
            until(
                lambda: study.exists() and "A. Researcher" in (study / "study.toml").read_text(), "the study", every=0.3
            )
            page.screenshot(pictures / "terminal.png")
        with open_page(f"{address}/lab/workspaces/run", wide) as page:
            run_by_its_form(page, pictures / "form.png")
            page.screenshot(pictures / "run.png")
        with open_page(f"{address}/lab/workspaces/release", wide) as page:
            type_into_terminal(page, f"ctresearch release mine 1.0 && ctresearch verify {bundle} | tee {verdict}")
            until(
                lambda: verdict.exists() and "Nothing in the bundle was executed" in verdict.read_text(), "the verdict"
            )
            page.screenshot(pictures / "released.png")
    assert bundle.exists()
    assert "✗" not in verdict.read_text()
    kept = told(clone, "status", "--short", "--untracked-files=all").splitlines()
    ours = ("studies/mine/", "notebooks/Untitled.ipynb", "releases.jsonl", "store/", "verdict.txt")
    assert [line for line in kept if not line[3:].startswith(ours)] == [], "nothing else was written"
