"""Tutorials and lessons have one look, know no study, run in little time, and their exercises have the answers we have."""

import ast
import json
import re
import resource
import tomllib
from pathlib import Path

import nbformat
import pytest

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


@pytest.mark.slow
@pytest.mark.parametrize("path", LESSONS[:1], ids=lambda path: path.stem)
def test_lessons_become_slides(path):
    from nbconvert import SlidesExporter

    text, _ = SlidesExporter().from_filename(str(path))
    assert text.count("<section") > 8
