"""The house is in order: one list of dependencies, locks without addresses, documents true of the code."""

import re
import tomllib
from pathlib import Path

import pytest

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
    named = set(re.findall(r"^\| `([a-z]+)/` \|", text, re.MULTILINE))
    assert named == rooms()
    assert len(text.splitlines()) <= 120  # two printed pages


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
        assert any(p.name != "__init__.py" for p in (ROOT / "src/ctresearch" / room).glob("*.py")), room


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
