"""The user guide is true: its Python runs, and its pages exist."""

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

from ctresearch.prevalence import default_methods
from ctresearch.studies.manifest import Study

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


def test_the_readme_names_every_extra_and_every_page():
    readme = (ROOT / "README.md").read_text()
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    installing = readme.partition("## Installing by hand")[2].partition("## More")[0]
    assert [name for name in extras if f"`{name}`" not in installing] == []
    assert [page.name for page in GUIDE if f"(docs/guide/{page.name})" not in readme] == []


def test_the_restricted_study_of_the_guide_is_a_valid_one(tmp_path):
    page = (ROOT / "docs" / "guide" / "studies.md").read_text()
    shown = re.findall(r"^```toml\n(.*?)^```", page.partition("### Restricted data")[2], re.MULTILINE | re.DOTALL)[0]
    study = Study(name="a", folder=tmp_path, title="A", notebook="demo", seed=1, **tomllib.loads(shown))
    assert study.runs_restricted
    assert set(tomllib.loads(shown)["ethics"]) == set(type(study.ethics).model_fields)


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
