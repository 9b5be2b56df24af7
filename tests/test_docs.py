"""The user guide is true: its Python runs, and its pages exist."""

import importlib.util
import re
from pathlib import Path

import pytest

from ctresearch.prevalence import default_methods

ROOT = Path(__file__).resolve().parents[1]
GUIDE = sorted((ROOT / "docs" / "guide").glob("*.md"))


def python_of(page):
    """Return the Python blocks of a page as one program."""
    return "\n".join(re.findall(r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("page", [p for p in GUIDE if "current_run" not in p.read_text()], ids=lambda p: p.stem)
def test_the_examples_of_a_page_run(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code = python_of(page)
    if page.stem == "multiple-systems":
        assert "CaptureHistories.from_long" in code
    exec(compile(code, page.name, "exec"), {})


def test_the_pages_of_the_index_exist():
    listed = re.findall(r"^(guide/[a-z-]+)$", (ROOT / "docs" / "index.md").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(f"guide/{p.stem}" for p in GUIDE)


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"])
def test_links_lead_somewhere(name):
    for target in re.findall(r"\]\((?!http)([^)#]+)", (ROOT / name).read_text()):
        assert (ROOT / target).exists(), target


def test_each_methods_page_tells_how_reliable_it_was():
    path = ROOT / "docs" / "reliability.py"
    spec = importlib.util.spec_from_file_location("docs_reliability", path)
    pages = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pages)
    table = pages.read()
    names = {type(one).__name__ for one in default_methods(4).values()} - {"Chapman"}  # two lists only
    assert all(pages.notes_of(name, table) for name in names)
    assert pages.notes_of("Chapman", table) == []
    # independence is false where people differ in how visible they are, and its page says so
    assert any("**Independence (Mt): heterogeneous**" in line for line in pages.notes_of("ClosedPopulation", table))
    assert not any("**Independence (Mt): independence**" in line for line in pages.notes_of("ClosedPopulation", table))
