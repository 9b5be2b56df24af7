"""Sentences keep their words and their numbers apart."""

import copy
import json
import pickle

import numpy as np
import pytest

from ctresearch.core import Check, Message, Result, SpecificationError, estimates_table, say
from ctresearch.core.message import as_message, together

FRENCH = {
    "{n} of {lists} lists is empty.": "{n} liste sur {lists} est vide.",
    "{n} of {lists} lists are empty.": "{n} listes sur {lists} sont vides.",
    "Look at {which}.": "Voyez {which}.",
    "the overlaps": "les recoupements",
}


def french(one, many, n):
    """Find the words of a language, which has its own rule of numbers."""
    return FRENCH[one if many is None or n < 2 else many]


def empty(n):
    return say("{n} of {lists} lists is empty.", many="{n} of {lists} lists are empty.", n=n, lists=5)


@pytest.mark.parametrize(
    ("n", "english", "translated"),
    [
        (0, "0 of 5 lists are empty.", "0 liste sur 5 est vide."),
        (1, "1 of 5 lists is empty.", "1 liste sur 5 est vide."),
        (2, "2 of 5 lists are empty.", "2 listes sur 5 sont vides."),
    ],
)
def test_each_language_has_its_own_rule_of_numbers(n, english, translated):
    assert empty(n) == english
    assert empty(n).translated(french) == translated


def test_a_message_within_a_message_is_translated_as_well():
    message = together([empty(2), say("Look at {which}.", which=say("the overlaps"))])
    assert message == "2 of 5 lists are empty. Look at the overlaps."
    assert message.translated(french) == "2 listes sur 5 sont vides. Voyez les recoupements."
    assert set(message.templates()) == set(FRENCH)


def test_what_is_added_keeps_its_parts():
    message = say("One.") + " " + say("Two of {n}.", n=3)
    assert message == "One. Two of 3."
    assert message.templates() == ["One.", "Two of {n}."]
    assert ("Begin: " + say("One.")).templates() == ["One."]


def test_it_is_a_text_and_survives_every_copy():
    message = say("{share:.0%} of {names} in {where!r}", share=np.float64(0.25), names=["a", "b"], where="c")
    assert message == "25% of a, b in 'c'"
    assert json.loads(json.dumps(message)) == message
    for again in (pickle.loads(pickle.dumps(message)), copy.deepcopy(message), Message.from_dict(message.to_dict())):
        assert again == message
        assert again.template == message.template
        assert dict(again.values) == dict(message.values)


def test_numbers_that_json_has_no_sign_for_come_back():
    message = say("{low:.1f} to {high:.1f}", low=float("nan"), high=float("inf"))
    again = Message.from_dict(json.loads(json.dumps(message.to_dict(), allow_nan=False)))
    assert again == message == "nan to inf"


def test_plain_words_are_their_own_template():
    assert as_message("90 % of {braces}") == "90 % of {braces}"
    assert as_message("90 %").constant
    assert not empty(1).constant
    assert as_message(empty(1)) is not None
    assert as_message(empty(1)).template.startswith("{n}")


@pytest.mark.parametrize(
    ("template", "values"),
    [("{a} and {b}", {"a": 1}), ("{}", {}), ("{a:.2f}", {"a": "word"}), ("{a", {"a": 1})],
)
def test_a_template_that_cannot_be_filled_is_refused(template, values):
    with pytest.raises(SpecificationError, match="cannot be written"):
        say(template, **values)


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{a.__class__}", 1),
        ("{a[0]}", "word"),
        ("{a.to_dict.__globals__}", say("x")),
        ("{a:999999999}", 1),
        ("{a:.999999}", 1.0),
        ("{a:{a}}", 5),
        ("{0}", 1),
    ],
)
def test_a_template_of_a_stranger_reaches_into_nothing_and_fills_no_memory(template, value):
    with pytest.raises(SpecificationError, match="only names and short formats"):
        Message.from_dict({"template": template, "values": {"a": value} if not isinstance(value, Message) else {}})


def test_many_needs_a_whole_number():
    with pytest.raises(SpecificationError, match="whole number"):
        say("{n} list", many="{n} lists", n="several")
    assert say("{n:.0f} list", many="{n:.0f} lists", n=2.0) == "2 lists"


def test_a_result_keeps_both_through_json():
    check = Check("empty", "review", empty(2), {"empty": 2})
    result = Result(
        method=say("Model of {lists} lists", lists=5),
        estimates=estimates_table({"x": (1.0, 1.0, 0.0, 2.0)}),
        n=9,
        checks=(check,),
        assumptions=(say("At most {n} lists.", n=5), "Closed."),
    )
    written = json.loads(json.dumps(result.to_dict()))
    assert written["checks"][0]["message"] == "2 of 5 lists are empty."
    again = Result.from_dict(written)
    assert again == result
    assert again.checks[0].message.translated(french) == "2 listes sur 5 sont vides."
    assert again.method.template == "Model of {lists} lists"
    assert again.assumptions[0].values["n"] == 5
    assert written["assumptions"][1] == "Closed."


def test_checks_of_earlier_versions_are_read():
    old = {"name": "empty", "status": "pass", "message": "No list is empty.", "numbers": {}}
    assert Check.from_dict(old).message == "No list is empty."
    assert isinstance(Check.from_dict(old).message, Message)
