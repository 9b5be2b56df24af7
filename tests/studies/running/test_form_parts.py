"""The form field by field: what each is handed, how a wrong value is named, and what is said meanwhile."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import pytest

from ctresearch.core import SpecificationError
from ctresearch.studies import ParametersForm
from ctresearch.studies.asked.parameters import Parameter
from ctresearch.studies.running import parameters_form


class Widgets:
    """The library of widgets, whose widgets keep what they are given."""

    def __getattr__(self, kind):
        return lambda *given, **more: SimpleNamespace(kind=kind, given=given, **more)


@pytest.fixture
def form():
    """A form that shows nothing."""
    made = object.__new__(ParametersForm)
    made._widgets = Widgets()
    return made


LAYOUT = {"flex": "0 0 16em"}
DAY = dt.date(2013, 1, 31)


@pytest.mark.parametrize(
    ("given", "kind", "value"),
    [
        ({"type": "bool", "value": True}, "Checkbox", True),
        ({"type": "int", "value": 3}, "IntText", 3),
        ({"type": "float", "value": 0.5}, "FloatText", 0.5),
        ({"type": "date", "value": DAY}, "DatePicker", DAY),
        ({"type": "date", "value": "2013-01-31"}, "DatePicker", DAY),
        ({"type": "str", "value": "x"}, "Text", "x"),
        ({"type": "list", "items": "int", "value": [1, 2]}, "Text", "1, 2"),
        ({"type": "choice", "value": "a", "choices": ["a", "b"]}, "Dropdown", "a"),
    ],
)
def test_a_field_is_of_its_kind_and_as_wide_as_the_others(form, given, kind, value):
    field = form._field(Parameter(**given))
    assert (field.kind, field.value, field.layout) == (kind, value, LAYOUT)
    assert getattr(field, "options", None) == given.get("choices")
    assert getattr(field, "indent", None) is (False if kind == "Checkbox" else None)


def test_a_wrong_value_is_named_by_its_parameter():
    lists = Parameter(type="list", items="int", value=[1])
    assert parameters_form._read("lists", lists, "3, 4") == (3, 4)
    with pytest.raises(SpecificationError, match=r"^lists == 'x', must be of type int"):
        parameters_form._read("lists", lists, "3, x")
    whole = Parameter(type="int", value=1, max=5)
    assert parameters_form._read("n", whole, 5) == 5
    with pytest.raises(SpecificationError, match=r"^n == 6, must be int, at most 5$"):
        parameters_form._read("n", whole, 6)


def test_the_button_is_off_while_a_run_is_made_and_on_again_whatever_comes(form):
    seen, ends = [], []

    def run(study, values):
        seen.append((study, values, form.button.disabled, form.said.value))
        if ends:
            raise ends.pop()
        return SimpleNamespace(folder=Path("runs") / "<demo>")

    form._run, form.study, form.values = run, "a study", lambda: {"n": 3}
    form.button, form.said = SimpleNamespace(disabled=False), SimpleNamespace(value="")
    form.press()
    assert seen == [("a study", {"n": 3}, True, "<p>Running …</p>")]
    assert form.said.value == "<p>Done. Its report: runs/&lt;demo&gt;/report.html</p>"
    assert form.button.disabled is False
    ends.append(SpecificationError("n == <6>, must be less than that"))
    form.press()
    assert form.said.value == "<p>n == &lt;6&gt;, must be less than that</p>"
    assert form.button.disabled is False
    ends.append(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        form.press()
    assert form.button.disabled is False


def test_the_form_shows_title_fields_with_their_words_button_and_answer(form):
    one = Parameter(type="int", value=3, min=1, help="how <many>", unit="people")
    form.study = SimpleNamespace(title="A <study>", parameters={"n": one})
    form.fields, form.button, form.said = {"n": "a field"}, "a button", "an answer"
    shown = []

    class Showing(Widgets):
        def VBox(self, children):
            shown.append(children)
            return SimpleNamespace(_repr_mimebundle_=lambda: {"text/plain": "shown"})

    form._widgets = Showing()
    assert form._repr_mimebundle_() == {"text/plain": "shown"}
    ((head, row, button, said),) = shown
    assert (head.kind, head.given) == ("HTML", ("<b>A &lt;study&gt;</b>",))
    assert row.kind == "HBox"
    ((label, field, words),) = row.given
    assert (label.kind, label.given, label.layout) == ("Label", ("n",), {"flex": "0 0 13em"})
    assert field == "a field"
    assert (words.kind, words.given) == ("HTML", ("<span>how &lt;many&gt;; people; ≥ 1</span>",))
    assert (button, said) == ("a button", "an answer")
