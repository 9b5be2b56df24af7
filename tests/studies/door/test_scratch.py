"""A notebook opened by hand gets the parameters of a study, and writes where no run is."""

import pytest

from ctresearch.core import SpecificationError
from ctresearch.studies import current_run
from small_project import TOML, make_project, write_study


@pytest.fixture
def project(tmp_path, monkeypatch):
    make_project(tmp_path)
    write_study(tmp_path, TOML.replace("value = 3", "value = 4"), "another")
    monkeypatch.chdir(tmp_path / "notebooks")
    monkeypatch.delenv("CTRESEARCH_RUN_FILE", raising=False)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    return tmp_path


def test_jupyterlab_s_notebook_finds_its_first_study(project, monkeypatch, capsys):
    monkeypatch.setenv("JPY_SESSION_NAME", str(project / "notebooks" / "demo.ipynb"))
    run = current_run()
    assert (run.study, run.parameters["n"], run.scratch) == ("another", 4, True)
    assert "Scratch run of another" in capsys.readouterr().out


def test_a_study_can_be_named_and_outputs_be_saved_again(project):
    run = current_run("demo")
    (project / "t.txt").write_text("1")
    for _ in range(2):
        run.save("t", project / "t.txt")
    assert (project / "runs" / "scratch" / "demo" / "files" / "t.txt").read_text() == "1"


def test_without_a_study_the_message_says_how_to_name_one(project, monkeypatch):
    with pytest.raises(SpecificationError, match=r"current_run\('another'\)"):
        current_run()
    monkeypatch.setenv("JPY_SESSION_NAME", "other.ipynb")
    with pytest.raises(SpecificationError, match="no study uses the notebook 'other'"):
        current_run()
