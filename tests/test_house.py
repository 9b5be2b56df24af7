"""The house is in order: one list of dependencies, locks without addresses, documents true of the code."""

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_conda_users_get_what_pip_users_get():
    listed = {
        line.strip()[2:] for line in (ROOT / "environment.yml").read_text().splitlines() if line.startswith("  - ")
    }
    wanted = PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["lab"]
    assert listed - {
        "conda-forge",
        "nodefaults",
        "pip",
        "pip:",
        "python" + PROJECT["project"]["requires-python"],
    } == set(wanted)


@cache
def imported_packages():
    """Name the distributions whose modules the package imports, wherever the import stands."""
    modules = set()
    for path in (ROOT / "src/ctresearch").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {one.name.partition(".")[0] for one in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                modules.add(node.module.partition(".")[0])
    offered = packages_distributions()
    foreign = modules - set(sys.stdlib_module_names) - {"ctresearch"}
    return {canonicalize_name(name) for module in foreign for name in offered.get(module, [module])}


def declared(lines):
    return {canonicalize_name(Requirement(line).name) for line in lines}


def test_every_core_dependency_is_imported():
    assert declared(PROJECT["project"]["dependencies"]) - imported_packages() == set()


def test_what_is_imported_is_a_dependency_or_an_extra():
    extras = [line for lines in PROJECT["project"]["optional-dependencies"].values() for line in lines]
    carried = {"cycler", "duckdb"}  # matplotlib's and splink's own: their versions must be the ones these ask for
    assert imported_packages() - carried <= declared(PROJECT["project"]["dependencies"] + extras)


def test_a_package_under_the_gpl_is_in_no_lock():
    ergm = declared(PROJECT["project"]["optional-dependencies"]["ergm"])
    assert ergm
    for lock in ROOT.glob("requirements*.lock"):
        assert not ergm & set(re.findall(r"^([a-z0-9_.-]+)==", lock.read_text(), re.MULTILINE)), lock.name


def test_the_large_lock_holds_every_other_extra():
    extras = PROJECT["project"]["optional-dependencies"]
    wanted = declared(line for name, lines in extras.items() if name != "ergm" for line in lines)
    pinned = set(re.findall(r"^([a-z0-9_.-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    assert wanted - pinned == set()


@pytest.mark.parametrize("lock", ["requirements-uv.lock", "requirements-core.lock", "requirements.lock"])
def test_locks_pin_by_hash_and_name_no_address(lock):
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert "--index" not in text
    assert " @ " not in text
    pins = re.findall(r"^([a-z0-9_.-]+)==", text, re.MULTILINE | re.IGNORECASE)
    assert len(pins) == len(set(pins)) > 0  # one version of each, for every Python
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_small_lock_is_part_of_the_large_one():
    pins = [
        dict(re.findall(r"^([a-z0-9_.-]+)==(\S+)", (ROOT / f).read_text(), re.M))
        for f in ("requirements-core.lock", "requirements.lock")
    ]
    assert pins[0].items() <= pins[1].items()


def test_one_version_everywhere():
    import ctresearch

    version = PROJECT["project"]["version"]
    assert ctresearch.__version__ == version
    assert f"version: {version}" in (ROOT / "CITATION.cff").read_text()
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text()


def rooms():
    return {p.parent.name for p in (ROOT / "src/ctresearch").glob("*/__init__.py")}


def test_architecture_names_every_room_and_none_that_is_not_there():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    named = set(re.findall(r"^\| `([a-z]+)/` \|", text.split("## Folders")[0], re.MULTILINE))
    assert named == rooms()
    assert len(text.splitlines()) <= 120  # two printed pages


def folders(room):
    """Return the folders of a room that hold code."""
    return {p.parent.name for p in (ROOT / "src/ctresearch" / room).glob("*/__init__.py")}


def test_architecture_names_every_folder_of_every_room():
    text = (ROOT / "ARCHITECTURE.md").read_text().split("## Folders")[1].split("\n## ")[0]
    named = {
        room: set(re.findall(r"`([a-z_]+)`", line)) - {"current_run"}
        for room, line in re.findall(r"^\| `([a-z]+)/` \| (.*) \|$", text, re.MULTILINE)
    }
    assert named == {room: folders(room) for room in rooms() if folders(room)}


def test_folders_stand_in_the_order_in_which_they_may_import():
    text = (ROOT / "ARCHITECTURE.md").read_text().split("## Folders")[1].split("\n## ")[0]
    contracts = {
        c["containers"][0].removeprefix("ctresearch."): c["layers"]
        for c in PROJECT["tool"]["importlinter"]["contracts"]
        if c["name"].startswith("Folders of ")
    }
    assert set(contracts) == {room for room in rooms() if folders(room)}
    for room, layers in contracts.items():
        line = next(line for line in text.splitlines() if line.startswith(f"| `{room}/`"))
        order = [name for name in re.findall(r"`([a-z_]+)`", line) if name in folders(room)]
        level = {name: place for place, layer in enumerate(reversed(layers)) for name in layer.split(" | ")}
        assert set(level) == folders(room), room
        assert [level[name] for name in order] == sorted(level.values()), room


def test_no_folder_holds_more_than_a_reader_can_see():
    for folder in {p.parent for p in (ROOT / "src/ctresearch").rglob("*.py")}:
        files = [p for p in folder.glob("*.py") if p.name != "__init__.py"]
        assert len(files) <= 25, folder
        said = (folder / "__init__.py").read_text().split("\n")[0] if (folder / "__init__.py").exists() else ""
        assert said.startswith('"""'), f"{folder} has no sentence that says which question it answers"


def test_architecture_names_files_that_exist():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    for path in re.findall(r"`([a-z_]+/[a-z_/]+\.(?:py|md|toml|ipynb))`", text):
        assert (ROOT / "src/ctresearch" / path).exists() or (ROOT / path).exists(), path


def test_contributing_names_templates_that_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    paths = re.findall(r"`((?:src|tests|docs|notebooks|studies|benchmarks|data)/[^`<>* ]+)`", text)
    assert len(paths) >= 8
    for path in paths:
        assert (ROOT / path).exists(), path


def test_no_room_is_empty():
    for room in rooms():
        assert any(p.name != "__init__.py" for p in (ROOT / "src/ctresearch" / room).rglob("*.py")), room


def test_readme_examples_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert blocks
    names = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)


def test_readme_commands_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|\$ )make ([a-z-]+)", (ROOT / "README.md").read_text()))
    assert {"study", "test"} <= named <= targets


def test_no_tracked_file_names_a_machine():
    import subprocess

    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split(
        "\n"
    )
    for name in filter(None, files):
        if name.endswith((".py", ".md", ".toml", ".yml", ".sh", ".json", ".ipynb", ".lock", ".html", ".csv")):
            text = (ROOT / name).read_text(encoding="utf-8", errors="replace")
            assert str(ROOT.parent) + "/" not in text, name


def test_actions_are_pinned_by_digest():
    workflows = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    assert {path.stem for path in workflows} >= {"tests", "nightly", "publish"}
    used = [line for path in workflows for line in path.read_text().splitlines() if "uses:" in line]
    assert len(used) >= 8
    for line in used:
        assert re.search(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_ci_covers_every_python_and_system_that_is_promised():
    promised = set(re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["project"]["classifiers"])))
    text = (ROOT / ".github" / "workflows" / "tests.yml").read_text()
    assert promised == set(re.findall(r'"(3\.\d+)"', text.split("matrix:")[1].split("steps:")[0]))
    assert "ubuntu" in text
    assert "macos" in text


def test_workflows_call_targets_that_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        assert set(re.findall(r"run: make ([a-z-]+)", path.read_text())) <= targets, path.name


def test_notebooks_with_outputs_are_refused(tmp_path):
    import json
    import subprocess
    import sys

    def refused(cell):
        (tmp_path / "n.ipynb").write_text(json.dumps({"cells": [cell]}))
        command = [sys.executable, str(ROOT / "tools" / "no_outputs.py"), str(tmp_path / "n.ipynb")]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert refused({"cell_type": "code", "outputs": [], "execution_count": None}).returncode == 0
    assert "carries outputs" in refused({"cell_type": "code", "outputs": [{"text": "x"}]}).stderr
    assert refused({"cell_type": "code", "outputs": [], "execution_count": 3}).returncode == 1
