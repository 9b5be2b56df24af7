"""The user guide is true: its Python runs, and its pages exist."""

import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from ctresearch.prevalence import default_methods
from ctresearch.studies import Study

ROOT = Path(__file__).resolve().parents[1]
GUIDE = sorted((ROOT / "docs" / "guide").glob("*.md"))


def python_of(page):
    """Return the Python blocks of a page as one program."""
    return "\n".join(re.findall(r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL))


SLOW_PAGES = {"choosing-an-estimator"}  # fits every method of a comparison
PAGES = [
    pytest.param(p, marks=pytest.mark.slow) if p.stem in SLOW_PAGES else p
    for p in GUIDE
    if "current_run" not in p.read_text()
]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
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
    told = set(type(study.ethics).model_fields) - {"children_words"}  # for words of children alone
    assert set(tomllib.loads(shown)["ethics"]) == told


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


ONE_PLOT = """# Page

```{eval-rst}
.. plot::

   from ctresearch.core import plot
   %s
```
"""
PARTS = """import sys
sys.path.insert(0, %r)
import pictures
extensions = ["myst_parser", "matplotlib.sphinxext.plot_directive"]
plot_formats = ["svg"]
plot_html_show_formats = plot_html_show_source_link = False
pictures.register_house_figures()
def setup(app):
    app.connect("doctree-read", pictures.refuse_empty)
"""


def build(source, out):
    """Build pages; return whether that went without a warning, and what it said."""
    words = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", str(source), str(out)]
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    return done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("drawn", "pictures"), [("plot.trend([1, 2], [1.0, 2.0])", 1), ("1 + 1", 0)])
def test_a_plot_of_the_house_leaves_its_picture_and_one_that_leaves_none_fails(tmp_path, drawn, pictures):
    (tmp_path / "index.md").write_text(ONE_PLOT % drawn)
    (tmp_path / "conf.py").write_text(PARTS % str(ROOT / "docs"))
    fine, said = build(tmp_path, tmp_path / "out")
    assert len(list((tmp_path / "out" / "_images").glob("*.svg"))) == pictures, said
    assert fine is (pictures == 1)
    assert ("left 0 pictures" in said) is (pictures == 0)


def test_the_pages_are_built_with_what_makes_and_asks_for_pictures():
    conf = (ROOT / "docs" / "conf.py").read_text()
    assert "pictures.register_house_figures()" in conf
    assert 'app.connect("doctree-read", pictures.refuse_empty)' in conf
