"""Reading and writing models."""

import numpy as np
import pytest

from ctresearch.core import SpecificationError
from ctresearch.prevalence.loglinear.hierarchy import all_models, mask_terms, model_names
from ctresearch.prevalence.loglinear.model_terms import (
    can_enter,
    complete,
    generators_of,
    interactions,
    read_model,
    split_model,
    write_model,
    write_term,
)

FOUR = ("police", "charity", "court", "embassy")
TWELVE = tuple("ABCDEFGHIJKL")


def test_every_model_of_four_lists_reads_back():
    for mask, name in zip(all_models(4, 3), model_names(4, 3), strict=True):
        terms = read_model(name, FOUR)
        assert terms.tolist() == mask_terms(mask).tolist()
        assert write_model(terms, FOUR) == name


def test_generators_stand_largest_first_then_by_their_digits():
    assert write_model(complete([0b1011, 0b1100], 4), FOUR) == "[124,34]"
    assert write_model(complete([0b1010, 0b0101], 4), FOUR) == "[13,24]"
    assert generators_of(complete([], 3)).tolist() == [1, 2, 4]


@pytest.mark.parametrize("order", ["[12,3,4]", "[4,3,12]", " [ 3, 12,4 ] ", "[21,4,3]", "[12,1,2,3,4]"])
def test_the_same_model_can_be_written_in_many_ways(order):
    assert write_model(read_model(order, FOUR), FOUR) == "[12,3,4]"


def test_names_serve_any_number_of_lists():
    by_number = read_model("[12,3,4]", FOUR)
    assert read_model(["police:charity", "court", "embassy"], FOUR).tolist() == by_number.tolist()
    assert read_model("[police:charity,court,embassy]", FOUR).tolist() == by_number.tolist()
    many = read_model([*TWELVE, "A:L", "B:C:D"], TWELVE)
    assert write_model(many, TWELVE) == "[B:C:D,A:L,E,F,G,H,I,J,K]"
    assert read_model(write_model(many, TWELVE), TWELVE).tolist() == many.tolist()
    assert write_term(0b100000000001, TWELVE) == "A:L"


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("[12,3]", "leaves out list 4 of 4"),
        ("[12,35]", "names list 5 in the term '35', but the table has 4 lists"),
        ("[11,2,3,4]", "twice in the term '11'"),
        ("[12,3x,4]", "names '3x'"),
        (["police:police", "charity", "court", "embassy"], "twice"),
        (["police:bank", "charity", "court", "embassy"], "names 'bank'"),
    ],
)
def test_models_that_do_not_go_with_the_table_are_refused(model, says):
    with pytest.raises(SpecificationError) as caught:
        read_model(model, FOUR)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "model", ["", "12,3", "[12,3", "12,3]", "[]", "[12,,3]", "[ ]", [], [1, 2], ["A", ""], 12, {"A"}]
)
def test_what_is_no_model_at_all_is_refused_without_a_table(model):
    with pytest.raises(SpecificationError, match="must be generators"):
        split_model(model)


def test_a_term_enters_only_when_all_its_parts_are_there():
    pairs = complete([0b011, 0b101, 0b110], 3)
    assert can_enter(pairs, interactions(3, 3)).tolist() == [0b111]
    assert can_enter(complete([0b011, 0b101], 3), interactions(3, 3)).tolist() == [0b110]
    assert can_enter(pairs, interactions(3, 2)).tolist() == []


@pytest.mark.parametrize(("lists", "order", "number"), [(3, 2, 3), (5, 3, 20), (12, 2, 66)])
def test_interactions_are_all_subsets_of_their_size(lists, order, number):
    found = interactions(lists, order)
    assert len(np.unique(found)) == number
