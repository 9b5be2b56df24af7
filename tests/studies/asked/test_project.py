"""Where a project's root, studies and notebooks are found."""

import pytest

from ctresearch.core import SpecificationError
from ctresearch.studies.asked.project import Project, find_notebook, find_root, is_name
from small_project import TOML, make_project, write_study


def test_the_root_is_the_nearest_marked_folder(tmp_path):
    make_project(tmp_path)
    inner = tmp_path / "deep" / "er"
    inner.mkdir(parents=True)
    (tmp_path / "deep" / "pyproject.toml").write_text("[tool.other]\n")  # a package that is no project of ours
    assert find_root(inner) == tmp_path.resolve()


def test_outside_a_project_the_message_says_how_to_make_one(tmp_path):
    with pytest.raises(SpecificationError, match=r"is in no project.*\[tool.ctresearch\]"):
        find_root(tmp_path)


def test_folders_can_be_renamed_but_not_leave_the_project(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.ctresearch]\nruns = "out/runs"\n')
    assert Project.at(tmp_path).runs == tmp_path / "out" / "runs"
    (tmp_path / "pyproject.toml").write_text('[tool.ctresearch]\nruns = "../elsewhere"\n')
    with pytest.raises(SpecificationError, match=r"tool.ctresearch.runs == '../elsewhere'"):
        Project.at(tmp_path)


def test_a_broken_pyproject_is_named(tmp_path):
    (tmp_path / "pyproject.toml").write_bytes(b"[tool.ctresearch\xff")
    with pytest.raises(SpecificationError, match=r"pyproject.toml cannot be read"):
        find_root(tmp_path)


def test_an_unknown_study_brings_the_nearest_name(tmp_path):
    make_project(tmp_path)
    write_study(tmp_path, TOML, "uk-2013-prevalence")
    with pytest.raises(SpecificationError, match=r"did you mean uk-2013-prevalence\?"):
        Project.at(tmp_path).study_folder("uk-2013-prevalance")


def test_the_study_s_own_notebook_comes_before_the_project_s(tmp_path):
    folder = make_project(tmp_path)
    assert find_notebook("demo", folder, tmp_path / "notebooks").parent.name == "notebooks"
    (folder / "demo.ipynb").touch()
    assert find_notebook("demo", folder, tmp_path / "notebooks").parent == folder
    with pytest.raises(SpecificationError, match=r"does not exist; there are .*\bdemo\b"):
        find_notebook("other", folder, tmp_path / "notebooks")


@pytest.mark.parametrize("word", ["", "..", "a/b", "Ab", "a b", "-a", "ä"])
def test_words_that_name_no_study(word):
    assert not is_name(word)
