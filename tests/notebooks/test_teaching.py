"""Tutorials and lessons have one look, know no study, run in little time, and their exercises have the answers we have."""

import ast
import json
import os
import re
import resource
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest

from browser import in_browser, open_page

ROOT = Path(__file__).resolve().parents[2]
TUTORIALS = sorted((ROOT / "notebooks").glob("tutorial_*.ipynb"))
LESSONS = sorted((ROOT / "notebooks").glob("lesson_*.ipynb"))
BOTH = pytest.mark.parametrize("path", [*TUTORIALS, *LESSONS], ids=lambda path: path.stem)
SOLUTIONS = tomllib.loads(Path(__file__).with_name("solutions.toml").read_text(encoding="utf-8"))
QUESTIONS = {p.stem.replace("-", "_") for p in (ROOT / "docs" / "questions").glob("*.md")} - {"index"}
LOOK = ["Data", "Assumptions", "Estimate", "Checks", "Sensitivity", "Limits", "Exercises", "References"]
MOST_SECONDS = 20  # of processor time with kernels compiled, so that a class on laptops does not wait


def cells_of(path):
    return nbformat.read(path, as_version=4).cells


def prose_of(path):
    return "\n\n".join(cell.source for cell in cells_of(path) if cell.cell_type == "markdown")


def test_each_question_has_its_tutorial_and_five_lessons_follow_one_another():
    assert {path.stem.removeprefix("tutorial_") for path in TUTORIALS} == QUESTIONS
    assert [path.stem for path in LESSONS] == [f"lesson_{n}" for n in range(1, 6)]


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_tutorials_have_one_look(path):
    text = prose_of(path)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == LOOK
    assert "**Question.**" in text
    assert "*May:*" in text
    assert "*May not:*" in text


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_lessons_are_slides_with_aims_and_notes(path):
    kinds = [cell.metadata["slideshow"]["slide_type"] for cell in cells_of(path)]
    assert kinds[0] == "slide"
    assert "notes" in kinds
    assert set(kinds) <= {"slide", "subslide", "fragment", "notes", "-"}
    text = prose_of(path)
    for part in ("After this lesson you can", "Exercises", "Take home", "*May:*", "*May not:*"):
        assert part in text, part


@BOTH
def test_they_belong_to_no_study(path):
    code = "\n".join(cell.source for cell in cells_of(path) if cell.cell_type == "code")
    assert "current_run" not in code, "a notebook that is run by studies has a name of its own"
    assert not path.with_suffix(".toml").exists()
    assert not re.search(r"read_csv|read_excel|requests|urllib", code), "they read what the package holds"


@BOTH
def test_each_exercise_has_a_solution_and_none_is_in_the_notebook(path):
    cells = {
        cell.id: cell.source for cell in cells_of(path) if cell.id.startswith("exercise-") and cell.cell_type == "code"
    }
    assert set(cells) == set(SOLUTIONS[path.stem])
    assert len(cells) == 3
    for source in cells.values():
        assert re.fullmatch(r'answer = \.\.\.  # a (number|letter)\ncheck_answer\(answer, "[^"]+"\)', source)
        ast.parse(source)


def solved(path):
    """Return a notebook in which each exercise is first left open, and then solved and shown to be right."""
    book = nbformat.read(path, as_version=4)
    for cell in list(book.cells):
        if cell.id in SOLUTIONS[path.stem]:
            seal = re.findall(r'"([^"]+)"', cell.source)[0]
            code = f'{SOLUTIONS[path.stem][cell.id]}\nassert check_answer(answer, "{seal}").status == "pass"'
            book.cells.append(nbformat.v4.new_code_cell(code))
    return book


@pytest.mark.slow
@BOTH
def test_it_runs_as_it_is_and_the_solutions_are_right(path):
    from nbclient import NotebookClient

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    book = solved(path)
    NotebookClient(book, timeout=300, resources={"metadata": {"path": str(path.parent)}}).execute()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    outputs = [cell.get("outputs", []) for cell in book.cells]
    assert any("image/" in json.dumps(one) or "text/html" in json.dumps(one) for one in outputs), (
        "a reader sees something"
    )
    open_answers = [cell for cell in book.cells if cell.id.startswith("exercise-") and cell.cell_type == "code"]
    assert all("No answer yet" in json.dumps(cell.outputs) for cell in open_answers)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{path.stem}: {spent:.1f} CPU seconds")


SCRIPTS = Path(os.environ.get("CTRESEARCH_AXE", ROOT))  # where `npm install reveal.js@4 requirejs` put them
CONFIG = ROOT / "tools" / "slides_config.py"
SHOWN = """new Promise(ready => { const wait = setInterval(() => {
  if (!document.querySelector('.reveal.ready')) return;
  clearInterval(wait);
  const parts = requirejs.s.contexts._.defined;
  window.Reveal = parts[Object.keys(parts).find(name => name.endsWith('/reveal.js'))];
  Reveal.configure({transition: 'none'});
  ready(1);
}, 100) })"""
CUT = """JSON.stringify([...document.querySelectorAll('.slides > section')].flatMap((column, across) =>
  [...column.querySelectorAll(':scope > section')].map((slide, down) => {
    Reveal.slide(across, down, 99);
    const boxes = [...slide.querySelectorAll('*')].filter(one => !one.closest('aside.notes'))
      .map(one => one.getBoundingClientRect()).filter(box => box.width && box.height);
    return [across, down, Math.max(0, ...boxes.map(b => b.bottom)), Math.max(0, ...boxes.map(b => b.right))];
  })).filter(([, , bottom, right]) => bottom > 720 || right > 1280))"""


@in_browser
@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_slide_can_be_seen_whole(path, tmp_path, monkeypatch):
    """Text, tables and pictures of a lesson, run as `make slides` runs it, end within the picture of a projector."""
    if not (SCRIPTS / "node_modules" / "requirejs").exists():
        pytest.skip("run `npm install reveal.js@4 requirejs`, or name the folder that has them in CTRESEARCH_AXE")
    monkeypatch.setenv("CTRESEARCH_SLIDES", str(SCRIPTS))
    words = ["--config", str(CONFIG), "--log-level", "ERROR", "--output-dir", str(tmp_path), str(path)]
    subprocess.run([sys.executable, "-m", "nbconvert", *words], check=True, capture_output=True)
    with open_page(tmp_path / f"{path.stem}.slides.html", (1280, 720)) as page:
        page.evaluate(SHOWN)
        assert page.evaluate("document.querySelectorAll('.slides section section').length") > 8
        assert json.loads(page.evaluate(CUT)) == []
