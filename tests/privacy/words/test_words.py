"""Words for people reach every rule: a name, a column, a number of a case and a narrative know the same roles."""

from __future__ import annotations

import pytest

from ctresearch.privacy import Output, release
from ctresearch.privacy.reading.grid import Grid
from ctresearch.privacy.vocabulary.vocabulary import listed
from ctresearch.privacy.words.identifiers import identifiers_in_text, identifying_columns
from ctresearch.privacy.words.prose import row_level_text
from ctresearch.privacy.words.record_tables import row_level

ROLES = listed("one.harmed", "one.accused", "one.heard")


@pytest.mark.parametrize("role", [*ROLES, *listed("one.tried")])
def test_a_name_beside_any_role_is_a_name(role):
    assert identifiers_in_text(f"The {role} Osazuwa told the court.") == ["a person's name"]
    assert identifiers_in_text(f"a {role} named Ehi") == ["a person's name"]
    assert identifiers_in_text(f"The {role} told the court.") == []


@pytest.mark.parametrize("role", [*ROLES, *listed("one.served")])
def test_a_column_of_names_or_numbers_of_any_role_is_known(role):
    names = Grid((f"{role}_name", "n"), (("x", "17"), ("y", "18")))
    assert identifying_columns(names) == [f"{role}_name"]
    assert row_level(Grid((f"{role}_id", "n"), (("1", "17"), ("2", "18"))))
    assert row_level(Grid(("label", "score"), ((f"{role} 1", "17"), (f"{role} 2", "18")))) is (
        role not in listed("one.accused")
    )


@pytest.mark.parametrize("role", ROLES)
def test_a_labelled_name_is_known_for_any_role(role):
    assert identifiers_in_text(f"{role.capitalize()}: Ehi Osazuwa") == ["a labelled name"]


@pytest.mark.parametrize("who", listed("one.grown", "one.young", "one.harmed", "one.parents", "one.moving"))
def test_an_age_told_of_anybody_is_a_narrative(who):
    assert row_level_text(f"a {who} aged 17, who")
    assert not row_level_text(f"a {who} aged 17 or older")


def test_the_gate_refuses_a_plaintiff_by_name_and_lets_plaintiffs_pass():
    told = {"named": b"The plaintiff Osazuwa told the court.", "plain": b"The plaintiffs told the court."}
    outputs = [Output(k, "file", "public", content=v, citation="A report (2020).") for k, v in told.items()]
    assert release(outputs).passed == ("plain",)
