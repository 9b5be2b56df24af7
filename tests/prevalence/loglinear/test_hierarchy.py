"""All hierarchical models: how many, and that each is one."""

import numpy as np
import pytest

from ctresearch.prevalence.lists.cells import members
from ctresearch.prevalence.loglinear.hierarchy import all_models, mask_terms, model_names


@pytest.mark.parametrize(
    ("lists", "order", "number"),
    # numbers of simplicial complexes with all vertices: 2, 9 - 1, 114 - 1, 6,894 - 1 and 2 ** pairs for pairs alone
    [(2, 1, 1), (3, 2, 8), (4, 2, 64), (4, 3, 113), (5, 2, 1024), (5, 3, 6212), (5, 4, 6893), (6, 2, 32768)],
)
def test_numbers_of_models(lists, order, number):
    models = all_models(lists, order)
    assert len(models) == len(np.unique(models)) == len(set(model_names(lists, order))) == number


def test_every_model_holds_the_parts_of_its_terms_and_all_main_effects():
    for mask in all_models(4, 3).tolist():
        terms = set(mask_terms(mask).tolist())
        assert {0, 1, 2, 4, 8} <= terms
        assert all(term ^ (1 << i) in terms for term in terms for i in members(term))


def test_the_table_of_models_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        all_models(3, 2)[0] = 0
