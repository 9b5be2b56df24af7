"""A project and a study of one's own file: what is written, what is kept, and what nobody stated."""

import datetime as dt
import tomllib
from pathlib import Path

import pytest

from ctresearch.core import SpecificationError
from ctresearch.core.scope import NOT_STATED
from ctresearch.studies import load_study
from ctresearch.studies.asked.init import IGNORED, init_project
from ctresearch.studies.asked.new_from import NOTEBOOKS, Stated, new_study_from, notebook_for
from ctresearch.studies.asked.project import Project
from ctresearch.studies.asked.shown_study import parameters_table

NOTEBOOKS_OF_THE_PROJECT = Path(__file__).resolve().parents[3] / "notebooks"


def test_a_project_is_made_once_and_what_is_there_is_kept(tmp_path):
    folder = tmp_path / "deep" / "bench"
    project, written = init_project(folder)
    assert written == ["pyproject.toml", "studies/", "notebooks/", ".gitignore", "README.md"]
    assert (project.root, project.studies, project.notebooks) == (folder, folder / "studies", folder / "notebooks")
    marked = tomllib.loads((folder / "pyproject.toml").read_text())
    assert marked == {"tool": {"ctresearch": {"studies": "studies", "notebooks": "notebooks", "runs": "runs"}}}
    assert (folder / ".gitignore").read_text() == "".join(f"{one}\n" for one in IGNORED)
    assert "ctresearch run NAME" in (folder / "README.md").read_text()
    (folder / "README.md").write_text("mine")
    assert init_project(folder)[1] == []
    assert (folder / "README.md").read_text() == "mine"


def test_a_project_of_somebody_else_is_marked_below_what_it_says(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "café"\n\n\n')
    (tmp_path / ".gitignore").write_text("data/\n*.pyc\n")
    (tmp_path / "studies").mkdir()
    assert init_project(tmp_path)[1] == ["pyproject.toml", "notebooks/", ".gitignore", "README.md"]
    text = (tmp_path / "pyproject.toml").read_text(encoding="utf-8")
    assert text.startswith('[project]\nname = "café"\n\n[tool.ctresearch]\n')
    assert (tmp_path / ".gitignore").read_text() == "data/\n*.pyc\nruns/\n*.key\nkey\n"
    (tmp_path / "pyproject.toml").write_text("[tool")
    with pytest.raises(SpecificationError, match=r"pyproject\.toml is not TOML \(TOMLDecodeError\): correct it first$"):
        init_project(tmp_path)


def test_each_shape_has_the_notebook_that_takes_it():
    for shape, (notebook, taken) in NOTEBOOKS.items():
        assert notebook_for(shape) == (notebook, taken)
        template = tomllib.loads((NOTEBOOKS_OF_THE_PROJECT / f"{notebook}.toml").read_text(encoding="utf-8"))
        assert taken in template["data"]
    with pytest.raises(
        SpecificationError, match=r"^no notebook takes a file of records by itself: name one with --noteb"
    ):
        notebook_for("records")


@pytest.fixture
def project(tmp_path):
    """A project of its own that finds the notebooks of this one."""
    made = Project.at(tmp_path)
    return Project(made.root, made.studies, NOTEBOOKS_OF_THE_PROJECT, made.runs)


STATED = Stated(
    title='Of "Province A"',
    whom="people identified",
    where="Province A",
    definition="Palermo Protocol",
    when="2019",
    measure="period",
    access="ask the police",
    authors=("A. Researcher", "B. Other"),
)


def test_a_study_of_a_restricted_file_says_what_was_stated_and_no_more(project):
    folder = new_study_from("mine", "multiple_systems", project, {"lists": "persons.csv"}, STATED)
    text = (folder / "study.toml").read_text(encoding="utf-8")
    told = tomllib.loads(text)
    assert told["title"] == 'Of "Province A"'
    assert told["authors"] == [{"name": "A. Researcher"}, {"name": "B. Other"}]
    lists = told["data"]["lists"]
    assert (lists["level"], lists["access"]) == ("restricted", "ask the police")
    assert lists["scope"] == {
        "population": "people identified, Province A",
        "definition": "Palermo Protocol",
        "reference_period": "2019",
        "measure": "period",
    }
    assert "persons.csv" not in text
    assert "is given with --data lists=FILE" in text
    today = dt.datetime.now(dt.UTC).date()
    ethics = told["ethics"]
    assert today + dt.timedelta(days=89) <= ethics["agreement_ends"] <= today + dt.timedelta(days=90)
    assert ethics["retain_until"] == ethics["agreement_ends"]
    assert ethics["permitted_uses"] == [NOT_STATED]
    assert {value for key, value in ethics.items() if isinstance(value, str)} == {NOT_STATED}
    template = tomllib.loads((NOTEBOOKS_OF_THE_PROJECT / "multiple_systems.toml").read_text(encoding="utf-8"))
    assert told["parameters"] == template["parameters"]
    assert told["outputs"] == template["outputs"]
    assert list(told["data"]) == list(template["data"])


def test_what_nobody_states_is_said_to_be_so(project):
    folder = new_study_from("city-lists", "multiple_systems", project, {"lists": "a.csv"}, Stated(where="Lima"))
    told = tomllib.loads((folder / "study.toml").read_text(encoding="utf-8"))
    assert told["title"] == "City lists"
    assert "authors" not in told
    assert told["data"]["lists"]["access"] == NOT_STATED
    assert told["data"]["lists"]["scope"] == dict.fromkeys(
        ("definition", "reference_period", "measure"), NOT_STATED
    ) | {"population": "Lima"}
    assert Stated().scope["population"] == NOT_STATED


def test_a_published_table_needs_no_terms(project):
    folder = new_study_from("open", "multiple_systems", project, {"lists": "published:korea"})
    told = tomllib.loads((folder / "study.toml").read_text(encoding="utf-8"))
    assert told["data"]["lists"] == {"source": "published:korea", "level": "public"}
    assert "ethics" not in told


def test_what_the_notebook_does_not_take_is_refused(project, tmp_path):
    with pytest.raises(
        SpecificationError, match=r"^input == 'cases' is not one of 'multiple_systems', must be one of lists"
    ):
        new_study_from("mine", "multiple_systems", project, {"cases": "a.csv"})
    assert not (project.studies / "mine").exists()
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "bare.ipynb").write_text("{}")
    with pytest.raises(SpecificationError, match=r"^notebook == 'bare' has no bare\.toml beside it that says"):
        new_study_from("mine", "bare", Project.at(tmp_path), {"lists": "a.csv"})


def test_parameters_are_shown_with_what_they_may_be(tmp_path):
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "study.toml").write_text(
        'title = "A <study>"\nnotebook = "n"\nseed = 7\n[parameters]\n'
        'draws = { type = "int", value = 10, min = 1, max = 99, help = "how many" }\n'
        'least = { type = "float", value = 0.9, min = 0.5, help = "at least" }\n'
        'merge = { type = "bool", value = true, help = "merge" }\n'
        'form = { type = "choice", value = "a", choices = ["a", "b"], help = "which" }\n'
    )
    study = load_study(tmp_path / "demo")
    table = parameters_table(study)
    assert table.index.name == "parameter"
    assert {name: tuple(row) for name, row in zip(table.index, table.to_numpy().tolist(), strict=True)} == {
        "draws": ("int", "10", "1 to 99", "how many"),
        "least": ("float", "0.9", "0.5 to ", "at least"),
        "merge": ("bool", "True", "", "merge"),
        "form": ("choice", "a", "a, b", "which"),
    }
    assert list(table.columns) == ["type", "value", "allowed", "what for"]
    card = study._repr_html_()
    assert "A &lt;study&gt;" in card
    assert all(word in card for word in ("notebook", "seed", "1 to 99", "what for"))
