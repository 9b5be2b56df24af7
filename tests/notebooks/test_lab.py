"""JupyterLab as ``make lab`` opens it: nothing displayed is written, and the welcome runs cell by cell in a browser."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from traitlets.config import Config

from browser import in_browser, open_page
from patience import until

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "tools" / "lab_config.py"
WELCOME = ROOT / "notebooks" / "welcome.ipynb"
AT_MOST = 5  # cells of code before the first own estimate


@pytest.mark.filterwarnings("ignore:Overriding existing pre_save_hook")  # the server reads its settings twice
def test_what_was_displayed_is_not_saved(tmp_path):
    from jupyter_server.services.contents.filemanager import FileContentsManager

    settings = Config()
    exec(compile(CONFIG.read_text(), str(CONFIG), "exec"), {"get_config": lambda: settings})
    shown = nbformat.v4.new_output("stream", text="Person A")
    cell = nbformat.v4.new_code_cell(
        "1", outputs=[shown], execution_count=3, metadata={"execution": {"started": "now"}}
    )
    prose = nbformat.v4.new_markdown_cell("Words.")
    manager = FileContentsManager(root_dir=str(tmp_path), config=settings)
    manager.save({"type": "notebook", "content": nbformat.v4.new_notebook(cells=[cell, prose])}, "n.ipynb")
    manager.save({"type": "file", "format": "text", "content": "words"}, "t.txt")
    kept = nbformat.read(tmp_path / "n.ipynb", as_version=4)
    assert (kept.cells[0].outputs, kept.cells[0].execution_count, kept.cells[0].source) == ([], None, "1")
    assert "execution" not in kept.cells[0].metadata
    assert kept.cells[1].source == "Words."
    assert "Person A" not in (tmp_path / "n.ipynb").read_text()
    assert (tmp_path / "t.txt").read_text() == "words"


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


@contextmanager
def lab(folder):
    """Serve a folder by JupyterLab on this machine alone; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [
        f"--port={port}",
        "--port-retries=0",
        "--no-browser",
        "--IdentityProvider.token=",
        f"--notebook-dir={folder}",
    ]
    theme = folder / ".config" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    theme.mkdir(parents=True)
    (theme / "themes.jupyterlab-settings").write_text('{"theme": "JupyterLab Dark"}')
    private = {f"JUPYTER_{name}_DIR": str(folder / f".{name.lower()}") for name in ("CONFIG", "DATA", "RUNTIME")}
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--allow-root", *options],
        env=os.environ | private | {"HOME": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _answers(f"{address}/api"), "the server")
        yield address
    finally:
        server.terminate()
        server.wait()


def _answers(address):
    try:
        with urllib.request.urlopen(address) as answer:
            return answer.status == 200
    except OSError:
        return False


SEEN = """(() => {
  const cells = [...document.querySelectorAll('.jp-Notebook .jp-CodeCell')];
  return JSON.stringify(cells.map(c => [
    c.querySelector('.jp-InputPrompt').textContent.trim(),
    c.querySelectorAll('.jp-OutputArea-output img, .jp-OutputArea-output svg').length,
    c.querySelector('.jp-OutputArea') ? c.querySelector('.jp-OutputArea').innerText : '',
    c.querySelectorAll('progress, .widget-progress, .progress, .jupyter-widget-hprogress, .progress-bar').length,
  ]));
})()"""


COLOUR = "getComputedStyle(document.querySelector('.ctresearch-result .ctresearch-review b')).color"


@in_browser
def test_the_welcome_runs_cell_by_cell_in_a_browser(tmp_path):
    shutil.copy(WELCOME, tmp_path / "welcome.ipynb")
    cells = nbformat.read(WELCOME, as_version=4).cells
    pictures = Path(os.environ.get("CTRESEARCH_SCREENSHOTS", tmp_path))
    with lab(tmp_path) as address, open_page(f"{address}/lab/tree/welcome.ipynb", size=(1300, 5200)) as page:
        idle = "!!document.querySelector('.jp-Notebook-ExecutionIndicator[data-status=\"idle\"]')"
        until(lambda: page.evaluate(idle), "the kernel")
        until(lambda: len(json.loads(page.evaluate(SEEN))) == len(code_cells()), "the cells")
        page.evaluate(
            "document.querySelector('.jp-Notebook .jp-Cell').click(); document.querySelector('.jp-Notebook').focus()"
        )
        bars, place = 0, -1
        for cell in cells:
            page.strike("Shift+Enter")
            if cell.cell_type != "code":
                continue
            place += 1
            while (seen := json.loads(page.evaluate(SEEN)))[place][0] in {"[ ]:", "[*]:", ""}:
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
