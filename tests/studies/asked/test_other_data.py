"""Data given in place of a study's own lose its words until somebody says them of the new data, and are restricted."""

import html
import json

import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.studies import load_study, run_study
from ctresearch.studies.asked.data_card import read_card
from ctresearch.studies.asked.inputs import resolve_inputs
from ctresearch.studies.asked.new import new_study
from ctresearch.studies.asked.project import Project
from ctresearch.studies.releasing.release import release_study
from ctresearch.studies.running.plan import plan_runs
from ctresearch.studies.shown.pdf import typst_source
from small_project import HEAD, SAVE, TOML, call, make_project

WORDS = """
[data.people]
source = "survey.csv"
level = "public"
rows = "invented"
scope = { population = "invented respondents", definition = "as answered", reference_period = "none", measure = "lifetime" }

[cite]
doi = "10.5281/zenodo.1"
"""
SIGNED = (
    '\n[[overrides]]\noutput = "t"\nrule = "threshold"\nreason = "printed in the annual report"\nname = "A. '
    'Custodian"\n'
)
MANIFEST = (
    TOML.replace("A small study", "An invented survey").replace(
        "seed = 7", 'seed = 7\ndescription = "All people are invented."\nauthors = [{ name = "Somebody" }]'
    )
    + WORDS
    + SIGNED
)


@pytest.fixture
def project(tmp_path):
    scope = "print(run.scope('people'))"
    folder = make_project(tmp_path / "p", HEAD, scope, SAVE.replace("counts=[20]", "counts=[3]"), toml=MANIFEST)
    (folder / "survey.csv").write_text("a\n1\n")
    (tmp_path / "nhefs.csv").write_text("a\n2\n")
    return tmp_path


def run_on_other(project):
    return run_study(load_study(project / "p" / "studies" / "demo"), data={"people": project / "nhefs.csv"})


def test_replaced_data_lose_the_words_of_the_study_and_the_report_says_so(project):
    run = run_on_other(project)
    results = run.results
    assert results["title"] == "demo on other data: title not stated"
    assert results["replaced"] == {"people": ["title", "level", "rows", "scope"]}
    record = run.components["inputs"]["people"]
    assert (record["source"], record["level"], record["keyed"], record["bytes"]) == (
        "restricted",
        "restricted",
        True,
        None,
    )
    assert (results["gate"]["t"]["level"], results["gate"]["t"]["status"]) == ("restricted", "fail")
    page = (run.folder / "report.html").read_text()
    head = html.unescape(page.partition("<main>")[0])
    assert "Other data were given in place of the study's own: people (title, level, rows, scope: not stated)." in head
    crate = json.loads((run.folder / "ro-crate-metadata.json").read_text())["@graph"]
    entity = {one["@id"]: one for one in crate}
    assert entity["#input-people"]["conditionsOfAccess"] == "restricted"
    assert entity["./"]["license"] == {"@id": "#LicenseRef-not-stated"}
    assert "Other data were given" in entity["./"]["description"]
    for path in run.folder.rglob("*"):
        text = path.read_text() if path.is_file() else ""
        assert not [words for words in ("nvented", "Somebody", "zenodo", "nhefs", "Custodian") if words in text], path
    assert "Other data were given" in typst_source({"cells": []}, results, "2026-01-31")


def test_its_own_data_keep_them_also_when_named(project):
    study = load_study(project / "p" / "studies" / "demo")
    own = run_study(study)
    assert own.results["title"] == "An invented survey"
    assert "replaced" not in own.results
    (project / "copy.csv").write_bytes((study.folder / "survey.csv").read_bytes())
    assert run_study(study, data={"people": project / "copy.csv"}).folder == own.folder


def test_what_the_card_beside_the_data_states_is_true_again(project):
    (project / "nhefs.csv.toml").write_text(
        'title = "Smoking and weight"\nlevel = "public"\nrows = "published"\n[scope]\npopulation = "adults"\n'
    )
    run = run_on_other(project)
    assert run.results["title"] == "Smoking and weight"
    assert run.results["replaced"] == {"people": []}
    assert run.components["inputs"]["people"]["source"] == "nhefs.csv"
    assert "adults" in (run.folder / "report.html").read_text()
    assert "not stated)" not in (run.folder / "report.html").read_text().partition("<main>")[0]


@pytest.mark.parametrize(
    ("card", "says"),
    [
        ('titel = "x"', "did you mean title"),
        ('level = "secret"', "level"),
        ('level = "restricted"\nrows = "invented"', "leave rows out"),
        ("level = ", "cannot be read"),
        ('[scope]\nmeasure = "rate"', "measure"),
    ],
)
def test_a_card_that_says_what_is_not_allowed_is_refused(tmp_path, card, says):
    (tmp_path / "a.csv.toml").write_text(card)
    with pytest.raises(SpecificationError, match=says):
        read_card(tmp_path / "a.csv")


def test_a_published_table_in_place_of_another_brings_its_own_words(tmp_path):
    data = '\n[data.people]\nsource = "published:uk-2013"\nlevel = "public"\n'
    folder = make_project(tmp_path, HEAD, SAVE, toml=TOML + data)
    results = run_study(folder, data={"people": "published:korea"}).results
    assert results["title"] == "demo on published:korea"
    assert (results["replaced"], results["gate"]["t"]["level"]) == ({"people": []}, "public")


def test_a_release_is_of_a_study_on_its_own_data(project):
    study = load_study(project / "p" / "studies" / "demo")
    with pytest.raises(SpecificationError, match="given in place of the data of 'demo'"):
        release_study(study, "1.0", data={"people": project / "nhefs.csv"}, date="2026-01-31")


def test_data_whose_level_nobody_said_are_restricted_and_not_released(project):
    folder = project / "p" / "studies" / "demo"
    toml = MANIFEST.replace('level = "public"\nrows = "invented"\n', "")
    (folder / "study.toml").write_text(toml)
    study = load_study(folder)
    assert resolve_inputs(study)["people"].record()["level"] == "restricted"
    assert study.runs_restricted
    with pytest.raises(SpecificationError, match="says no level"):
        release_study(study, "1.0", date="2026-01-31")


def test_a_new_study_takes_no_word_of_another_and_pins_what_it_copies(project):
    folder = new_study("mine", "demo", Project.at(project / "p"))
    study = load_study(folder)
    assert (study.title, study.description, study.authors, study.overrides, study.cite.doi) == (
        "Mine",
        "",
        [],
        [],
        None,
    )
    assert plan_runs(study)[0].study.title == "Mine"
    (folder / "survey.csv").write_text("a\n9\n")
    with pytest.raises(DataError, match="not the one pinned"):
        plan_runs(study)


def test_the_command_says_it_too(project, monkeypatch, capsys):
    monkeypatch.chdir(project / "p")
    code, _, err = call(capsys, "run", "demo", "--data", f"people={project / 'nhefs.csv'}")
    assert code == 0
    assert "Other data were given in place of the study's own: people" in err
    assert "FILE.toml" in err


def test_parameters_that_speak_of_the_own_data_are_empty_on_other_data(tmp_path):
    told = """
known = { type = "list", of_the_data = true, items = "float", value = [0.13], help = "known effect" }
label = { type = "str", of_the_data = true, value = "truth of the invented survey", help = "known from" }
residents = { type = "int", of_the_data = true, value = 64105700, help = "whom the own data are of" }
"""
    toml = MANIFEST.replace("[parameters]\n", "[parameters]" + told)
    folder = make_project(tmp_path / "p", HEAD, SAVE.replace("counts=[20]", "counts=[30]"), toml=toml)
    (folder / "survey.csv").write_text("a\n1\n")
    (tmp_path / "nhefs.csv").write_text("a\n2\n")
    study = load_study(folder)
    own, other = plan_runs(study)[0], plan_runs(study, data={"people": tmp_path / "nhefs.csv"})[0]
    assert own.parameters["label"] == "truth of the invented survey"
    assert {name: other.parameters[name] for name in ("known", "label", "residents")} == {
        "known": (),
        "label": "",
        "residents": 0,
    }
    given = plan_runs(study, {"residents": 12}, data={"people": tmp_path / "nhefs.csv"})[0]
    assert given.parameters["residents"] == 12


def test_only_a_parameter_that_can_be_empty_speaks_of_the_data(tmp_path):
    told = '[parameters]\nway = { type = "bool", of_the_data = true, value = true }\n'
    folder = make_project(tmp_path / "p", HEAD, SAVE, toml=MANIFEST.replace("[parameters]\n", told))
    with pytest.raises(SpecificationError, match="of_the_data is for the types"):
        load_study(folder)


def test_the_head_says_that_data_are_restricted_also_where_their_card_says_all(project):
    card = 'title = "Our lists"\nlevel = "restricted"\n[scope]\npopulation = "adults"\n'
    (project / "nhefs.csv.toml").write_text(card)
    run = run_on_other(project)
    assert run.results["restricted"] == ["people"]
    head = html.unescape((run.folder / "report.html").read_text().partition("<main>")[0])
    assert "The data are restricted (people)" in head
    assert "The data are restricted (people)" in typst_source({"cells": []}, run.results, "2026-01-31")
