"""``ctresearch data plan``, ``init`` and ``new --from``: from a file of people to a study, in their words."""

import json
import tomllib

import pytest

from ctresearch.core import SpecificationError
from ctresearch.studies import load_study
from ctresearch.studies.asked.other_data import refuse_other_data
from messy_files import LISTS, by_person, by_source, people, text
from small_project import call, make_project, write_notebook


@pytest.fixture
def bench(tmp_path, monkeypatch, capsys):
    """Make a project in an empty folder, as a user does, with the notebooks that are shipped."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    code, out, _ = call(capsys, "init", "bench")
    assert (code, "is a project; written: pyproject.toml" in out) == (0, True)
    monkeypatch.chdir(tmp_path / "bench")
    return tmp_path / "bench"


def test_init_keeps_what_is_there(tmp_path, monkeypatch, capsys):
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "theirs"\n')
    (tmp_path / ".gitignore").write_text("*.pyc\nruns/\n")
    monkeypatch.chdir(tmp_path)
    assert call(capsys, "init")[0] == 0
    table = tomllib.loads((tmp_path / "pyproject.toml").read_text())
    assert table["project"] == {"name": "theirs"}
    assert table["tool"]["ctresearch"] == {"studies": "studies", "notebooks": "notebooks", "runs": "runs"}
    assert (tmp_path / ".gitignore").read_text().split() == ["*.pyc", "runs/", "data/", "*.key", "key"]
    assert "is one already" in call(capsys, "init")[1]
    (tmp_path / "pyproject.toml").write_text("[tool")
    code, _, err = call(capsys, "init")
    assert (code, "is not TOML" in err) == (2, True)


def test_a_plan_is_shown_kept_and_held_to(bench, capsys):
    text(bench / "a.csv", [("id", *LISTS), *by_person(people())], ";", "cp1252")
    code, out, _ = call(capsys, "data", "plan", "a.csv")
    assert code == 0
    assert "list: Police, ONG, Santé, Inspection" in out
    assert "Letters are read by the code page cp125" in out
    assert "a.csv is read so, and a.csv.plan.toml keeps it: 769 people" in out
    assert "a.csv fits its plan" in call(capsys, "data", "plan", "a.csv")[1]
    assert json.loads(call(capsys, "data", "plan", "a.csv", "--json")[1])["lists"] == 4
    text(bench / "a.csv", [("id", *LISTS[:3]), *(row[:-1] for row in by_person(people()))])
    code, _, err = call(capsys, "data", "plan", "a.csv")
    assert (code, "no longer fits its plan, which knows 5 columns" in err) == (2, True)
    code, out, _ = call(capsys, "data", "plan", "a.csv", "--anew", "--nowhere", "leave out")
    assert (code, "people on no list: left out" in out) == (0, True)


def test_open_questions_are_all_told_and_nothing_is_kept(bench, capsys):
    text(bench / "a.csv", [("id", *LISTS), *by_person(people(), 1, 2)])
    code, out, _ = call(capsys, "data", "plan", "a.csv")
    assert (code, "open: a.csv: columns 'Police', 'ONG', 'Santé', 'Inspection' hold 1 and 2 alone" in out) == (1, True)
    assert not (bench / "a.csv.plan.toml").exists()
    assert call(capsys, "data", "plan", "a.csv", "--yes", "1", "--no", "2")[0] == 0
    assert call(capsys, "data", "plan", "a.csv", "--role", "Police")[0] == 2
    code, _, err = call(capsys, "data", "plan", "a.csv", "--role", "none=list")
    assert (code, "has no column 'none'" in err) == (2, True)
    code, _, err = call(capsys, "data", "plan", "a.csv", "--role", "ONG=victim")
    assert (code, "role of 'ONG' == 'victim', must be one of" in err) == (2, True)


def test_validate_says_that_these_look_like_persons(bench, capsys):
    text(bench / "a.csv", [("dossier", "organisme"), *by_source(people())], ";")
    code, out, _ = call(capsys, "data", "validate", "a.csv", "--as", "lists")
    assert code == 1
    assert "a.csv: these look like persons, one row a person and source" in out
    assert "ctresearch new NAME --from a.csv" in out
    assert "P0001" not in out
    text(bench / "b.csv", [("id", *LISTS), *by_person(people(), 1, 2)])
    code, out, _ = call(capsys, "data", "validate", "b.csv", "--as", "lists")
    assert (code, "open: b.csv" in out, "violations" in out) == (1, True, False)


def test_a_study_of_people_is_restricted_and_says_what_was_stated(bench, capsys):
    text(bench / "a b.csv", [("id", *LISTS), *by_person(people())])
    words = ["--whom", "people identified", "--where", "Province A", "--when", "2021", "--author", 'A. "R" Searcher']
    code, out, _ = call(capsys, "new", "mine", "--from", "a b.csv", *words)
    assert code == 0
    assert "ctresearch run mine --data lists='a b.csv'" in out
    study = load_study("mine")
    assert study.data["lists"].level == "restricted"
    assert study.data["lists"].scope["population"] == "people identified, Province A"
    assert study.data["lists"].scope["reference_period"] == "2021"
    assert study.data["lists"].scope["definition"] == "not stated"
    assert (study.authors[0].name, study.notebook, study.title) == ('A. "R" Searcher', "multiple_systems", "Mine")
    assert [name for name, one in study.outputs.items() if one.headline] == ["estimate"]
    with pytest.raises(SpecificationError, match=r"ethics\.legal_basis of 'mine' is not stated"):
        refuse_other_data(study, {})
    assert not list((bench / "studies" / "mine").glob("*.csv"))  # nobody's data are copied


def test_a_study_of_a_published_table_is_public(bench, capsys):
    assert call(capsys, "new", "uk", "--from", "published:uk-2013")[0] == 0
    study = load_study("uk")
    assert (study.data["lists"].level, study.data["lists"].published, study.ethics) == ("public", "uk-2013", None)


def test_the_notebook_is_found_by_the_shape(bench, capsys):
    text(bench / "ties.csv", [("source", "target"), ("a", "b"), ("b", "c")])
    code, out, _ = call(capsys, "new", "net", "--from", "ties.csv")
    assert (code, "for the notebook criminal_network" in out) == (0, True)
    assert [one.source for one in load_study("net").data.values()] == [None, None]
    text(bench / "odd.csv", [("colour", "shape"), ("red", "round"), ("blue", "flat")])
    code, _, err = call(capsys, "new", "odd", "--from", "odd.csv")
    assert code == 2
    code, _, err = call(capsys, "new", "odd", "--from", "colours=ties.csv", "--notebook", "case_profile")
    assert (code, "input == 'colours' is not one of 'case_profile', must be one of cases" in err) == (2, True)


def test_new_without_words_says_what_to_give(bench, capsys):
    for words, says in (([], "Missing argument 'NAME'"), (["x"], "Missing option '--from FILE' or '--notebook N'")):
        code, _, err = call(capsys, "new", *words)
        assert (code, says in err) == (2, True)


def test_new_without_words_asks_where_somebody_can_answer(bench, capsys, monkeypatch):
    text(bench / "a.csv", [("id", *LISTS), *by_person(people())])
    answers = iter(["asked", "a.csv", "people", "", "", "2021", "", "A. Researcher"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.prompt", lambda *_, **__: next(answers))
    assert call(capsys, "new")[0] == 0
    study = load_study("asked")
    assert (study.data["lists"].scope["population"], study.authors[0].name) == ("people", "A. Researcher")


def test_an_empty_notebook_is_refused(tmp_path, monkeypatch, capsys):
    make_project(tmp_path)
    write_notebook(tmp_path, "# Prose alone", name="prose")
    monkeypatch.chdir(tmp_path)
    code, _, err = call(capsys, "new", "empty", "--notebook", "prose")
    assert (code, "has no code cell, must have at least one" in err) == (2, True)
    assert not (tmp_path / "studies" / "empty").exists()
