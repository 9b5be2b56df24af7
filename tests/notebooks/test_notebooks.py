"""Notebooks are kept clean, and fit the studies that use them."""

import ast
import json
import re
from pathlib import Path

import nbformat
import pytest

from ctresearch.studies import load_study
from ctresearch.studies.asked.project import Project

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
STUDIES = Project.at(ROOT).study_names()
LONGEST_CELL = 30


def code_of(path):
    return [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def called_with(method, source):
    """First arguments of all calls of ``run.<method>`` in some source; None for one that a parameter names."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return {
        call.args[0].value if isinstance(call.args[0], ast.Constant) else None
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == method and ast.unparse(call.func.value) == "run"
    }


def options_in(source):
    """Keys of all ``options["..."]`` in some source."""
    parts = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Subscript))
    return {part.slice.value for part in parts if ast.unparse(part.value) == "options"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_valid_and_has_no_outputs(path):
    text = path.read_text(encoding="utf-8")
    content = json.loads(text)
    nbformat.validate(content)
    assert text == json.dumps(content, indent=1, ensure_ascii=False) + "\n", "written as Jupyter and ruff write it"
    assert set(content["metadata"]) == {"kernelspec", "language_info"}
    assert content["metadata"]["language_info"] == {"name": "python"}, "a version would change with every machine"
    for cell in content["cells"]:
        assert set(cell["metadata"]) == ({"slideshow"} if path.stem.startswith("lesson_") else set())
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_cells_have_names_and_are_short(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    ids = [cell["id"] for cell in cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", one) for one in ids), "names, so that a change shows as one"
    assert all(len(cell["source"]) <= LONGEST_CELL for cell in cells if cell["cell_type"] == "code")
    assert cells[0]["cell_type"] == "markdown"
    assert cells[0]["source"][0].startswith("# ")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_knows_no_machine(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"/(home|tmp|work|Users)/|C:\\\\", text)
    assert "%pip" not in text


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_and_its_notebook_fit(name):
    study = load_study(name, ROOT)
    source = "\n".join(code_of(ROOT / "notebooks" / f"{study.notebook}.ipynb"))
    saved = called_with("save", source)
    assert set(study.outputs) <= saved, "what is promised is saved"
    if "rate" in saved - set(study.outputs):
        saved = saved - {"rate"}
        assert study.parameters["population"].value == 0, "the rate is left out only where residents are not known"
    assert saved <= set(study.outputs), "what is saved is promised"
    read = called_with("data", source)
    assert read == set(study.data) or (read == {None} and study.data), "what is given is read"
    assert options_in(source) == set(study.parameters), "every parameter does something"


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_is_described(name):
    study = load_study(name, ROOT)
    readme = (ROOT / "studies" / name / "README.md").read_text(encoding="utf-8")
    assert readme.startswith(f"# {study.title}\n")
    assert f"ctresearch run {name}" in readme
    assert all(one.help for one in study.parameters.values())
    assert study.cite.references


def test_a_seed_belongs_to_one_study():
    seeds = [load_study(name, ROOT).seed for name in STUDIES]
    assert len(set(seeds)) == len(seeds)
