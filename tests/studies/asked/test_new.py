"""A new study runs at once."""

import pytest

from ctresearch.core import SpecificationError
from ctresearch.studies import load_study, run_study
from ctresearch.studies.asked.new import new_study
from ctresearch.studies.asked.project import Project
from small_project import HEAD, SAVE, TOML, make_project, write_notebook


def test_it_takes_what_a_study_of_the_notebook_has(tmp_path):
    data = '\n[data.lists]\nlevel = "public"\nsource = "in/lists.csv"\n'
    authors = 'seed = 7\nauthors = [\n  { name = "Somebody Else" },\n]'
    old = make_project(tmp_path, toml=TOML.replace("seed = 7", authors) + data)
    (old / "in").mkdir()
    (old / "in" / "lists.csv").write_text("A\n1\n")
    folder = new_study("my-study", "demo", Project.at(tmp_path))
    study = load_study(folder)
    assert (study.title, study.authors, study.parameters["n"].max) == ("My study", [], 100)
    assert (folder / "in" / "lists.csv").read_text() == "A\n1\n"
    assert run_study(folder).parameters == {"n": 3}


def test_the_notebook_s_own_manifest_comes_first(tmp_path):
    make_project(tmp_path)
    (tmp_path / "notebooks" / "demo.toml").write_text(TOML.replace("value = 3", "value = 30"))
    assert load_study(new_study("second", "demo", Project.at(tmp_path))).parameters["n"].value == 30


def test_a_notebook_that_needs_nothing_gets_a_manifest_that_says_nothing(tmp_path):
    make_project(tmp_path)
    write_notebook(tmp_path, HEAD, name="plain")
    study = load_study(new_study("third", "plain", Project.at(tmp_path)))
    assert (study.notebook, study.seed, study.parameters, study.outputs) == ("plain", 1, {}, {})


@pytest.mark.parametrize(
    ("name", "notebook", "says"),
    [("demo", "demo", "is taken by"), ("A b", "demo", "must be lower case"), ("x", "nowhere", "does not exist")],
)
def test_nothing_is_overwritten_and_nothing_invented(tmp_path, name, notebook, says):
    make_project(tmp_path, HEAD, SAVE)
    with pytest.raises(SpecificationError, match=says):
        new_study(name, notebook, Project.at(tmp_path))
    assert [path.name for path in (tmp_path / "studies").iterdir()] == ["demo"]
