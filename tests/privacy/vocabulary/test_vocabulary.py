"""The lists of words: read once, and made into patterns that take them as they are written."""

from __future__ import annotations

import re

import pytest

from ctresearch.privacy.vocabulary.vocabulary import (
    _lists,
    any_of,
    capitalised,
    column,
    in_column,
    listed,
    whole_column,
)


def test_lists_are_read_once_none_is_empty_and_none_holds_an_empty_entry():
    assert _lists() is _lists()
    assert [name for name, entries in _lists().items() if not entries or "" in entries] == []


def test_a_table_is_all_its_lists_and_each_word_comes_once_in_the_order_of_the_files():
    assert listed("one.sexes", "one.grown", "one.sexes") == ("female", "male", "woman", "man", "girl", "boy")
    assert listed("many")[:2] == ("men", "women")
    assert listed("many")[-1] == "persone"
    assert set(listed("many.spanish")) < set(listed("many"))
    assert len(listed("many")) == len(set(listed("many")))
    with pytest.raises(KeyError):
        listed("many.klingon")


def test_an_entry_may_end_in_anything_and_its_other_signs_stand_for_themselves():
    assert any_of("one.tried") == "(?:defendant|complainant|plaintiff)"
    assert any_of("one.tried", plural=True) == "(?:defendant|complainant|plaintiff)s?"
    masks = re.compile(f"^{any_of('numbers.masks')}$")
    assert [w for w in ("suppressed", "n/a", "n.a.", "naan", "n_a_", "press") if masks.match(w)] == [
        "suppressed",
        "n/a",
        "n.a.",
    ]


def test_capitals_are_asked_for_or_allowed():
    assert capitalised("one.sexes") == "(?:Female|Male)"
    assert capitalised("one.sexes", either=True) == "(?:[Ff]emale|[Mm]ale)"


def test_a_space_in_a_column_is_an_underscore_that_may_be_missing():
    assert column("identifiers.birth") == "(?:dob|date_?of_?birth|birth_?date|birth_?day)"
    assert column("one.sexes", plural=True) == "(?:female|male)s?"


@pytest.mark.parametrize(
    ("pattern", "found", "not_found"),
    [
        (whole_column("identifiers.birth"), ["dob", "date_of_birth", "birthday"], ["dobs", "a_dob", "date of birth"]),
        (in_column("identifiers.birth"), ["dob", "her_dob", "dob_known"], ["dobson", "adob"]),
        (in_column("one.sexes", plural=True), ["n_males", "male_1"], ["maless", "malesx"]),
        (in_column("one.sexes", also=r"\d{3,}s"), ["per_1000s", "male"], ["per_10s", "11000sx"]),
        (in_column("dimensions.place", plural=True), ["home_regions", "city"], ["regional", "cit"]),
    ],
)
def test_columns_are_found_whole_or_by_a_part(pattern, found, not_found):
    assert [name for name in found + not_found if pattern.search(name)] == found
