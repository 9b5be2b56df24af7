"""The form of a study's parameters: a field of the right kind each, values checked as a run checks them."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import pytest

from ctresearch.core import SpecificationError
from ctresearch.studies import ParametersForm
from ctresearch.studies.asked.parameters import Parameter
from ctresearch.studies.running.parameters_form import _paragraph, _words

MANIFEST = """
title = "A <study>"
notebook = "n"
seed = 7
[parameters]
draws = { type = "int", value = 10, min = 1, max = 99, unit = "draws", help = "how many" }
level = { type = "float", value = 0.9, min = 0.5, max = 0.99, help = "level" }
merge = { type = "bool", value = true, help = "merge" }
form = { type = "choice", value = "a", choices = ["a", "b"], help = "form" }
day = { type = "date", value = 2013-01-31, help = "day" }
lists = { type = "list", items = "int", value = [1, 2], help = "lists" }
words = { type = "str", value = "x", help = "words" }
"""


@pytest.fixture
def form(tmp_path):
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "study.toml").write_text(MANIFEST)
    ran = []

    def run(study, values):
        ran.append((study.name, values))
        return SimpleNamespace(folder=Path("runs") / "demo")

    made = ParametersForm(folder, run=run)
    made.ran = ran
    return made


def test_each_type_has_its_field_and_keeps_its_value(form):
    kinds = {name: type(field).__name__ for name, field in form.fields.items()}
    assert kinds == {
        "draws": "IntText",
        "level": "FloatText",
        "merge": "Checkbox",
        "form": "Dropdown",
        "day": "DatePicker",
        "lists": "Text",
        "words": "Text",
    }
    assert form.values() == {
        "draws": 10,
        "level": 0.9,
        "merge": True,
        "form": "a",
        "day": dt.date(2013, 1, 31),
        "lists": (1, 2),
        "words": "x",
    }


def test_a_value_out_of_range_is_refused_as_a_run_refuses_it(form):
    form.fields["draws"].value = 100
    with pytest.raises(SpecificationError, match="draws == 100"):
        form.values()
    form.press()
    assert "draws == 100" in form.said.value
    assert not form.ran
    assert not form.button.disabled


def test_the_button_runs_the_study_with_what_stands_there(form):
    form.fields["lists"].value = "3, 4"
    form.button.click()
    assert form.ran[0][1]["lists"] == (3, 4)
    assert "runs/demo/report.html" in form.said.value


def test_the_form_is_a_widget_with_every_word_escaped(form):
    assert _paragraph("A <study>", "b") == "<b>A &lt;study&gt;</b>"
    assert "application/vnd.jupyter.widget-view+json" in form._repr_mimebundle_()


@pytest.mark.parametrize(
    ("ends", "told"), [({"min": 0}, "≥ 0"), ({"max": 9}, "≤ 9"), ({"min": 1, "max": 9}, "1 – 9"), ({}, "")]
)
def test_what_a_field_may_hold_is_written_beside_it(ends, told):
    one = Parameter(type="int", value=5, unit="people", help="how many", **ends)
    assert _words(one) == "; ".join(["how many", "people"] + [told] * bool(told))
