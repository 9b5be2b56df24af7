"""Small projects for tests: a folder with a notebook of a few fast cells and a study that runs it."""

import json

import pytest

HEAD = "from ctresearch.studies import current_run\nrun = current_run()"
SAVE = (
    "from pathlib import Path\nPath('t.txt').write_text(str(run.parameters['n']))\nrun.save('t', 't.txt', counts=[20])"
)
TOML = """title = "A small study"
notebook = "demo"
seed = 7

[parameters]
n = { type = "int", value = 3, min = 1, max = 100, help = "how often" }

[outputs]
t = { kind = "file", level = "public" }
"""

ETHICS = """
[ethics]
legal_basis = "public interest research"
purpose = "prevalence"
consent = "not asked for: administrative records"
approval = "board 12/2024"
agreement = "A-17"
agreement_ends = 2030-01-31
permitted_uses = ["estimates of totals"]
children = "counted in total only"
retain_until = 2031-01-31
immigration_enforcement = "never shared"
"""
RESTRICTED = '\n[data.cases]\nlevel = "restricted"\naccess = "ask the custodian"\n'


def notebook(*cells):
    """Return a notebook whose cells are code, or prose where they begin with #."""
    made = []
    for number, source in enumerate(cells):
        kind = "markdown" if source.startswith("#") else "code"
        cell = {"cell_type": kind, "id": f"cell-{number}", "metadata": {}, "source": source}
        made.append(cell | ({"execution_count": None, "outputs": []} if kind == "code" else {}))
    return {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def write_notebook(root, *cells, name="demo"):
    """Write a notebook into a project."""
    path = root / "notebooks" / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook(*cells)), encoding="utf-8")
    return path


def write_study(root, toml=TOML, name="demo"):
    """Write a study into a project."""
    folder = root / "studies" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    return folder


def make_project(root, *cells, toml=TOML):
    """Write a project with one study, named demo."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "pyproject.toml").write_text("[tool.ctresearch]\n", encoding="utf-8")
    write_notebook(root, *(cells or (HEAD, SAVE)))
    return write_study(root, toml)


def contents(folder):
    """Return the bytes of every file of a run but its log."""
    kept = [path for path in folder.rglob("*") if path.is_file() and path.name != "run.log.json"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in kept}


def names(folder):
    """Return the names in a folder, hidden ones too."""
    return sorted(path.name for path in folder.iterdir())


def call(capsys, *words):
    """Call the command line in this process; return exit code, stdout and stderr."""
    from ctresearch.cli import main

    with pytest.raises(SystemExit) as caught:
        main(list(words))
    out, err = capsys.readouterr()
    return caught.value.code, out, err
