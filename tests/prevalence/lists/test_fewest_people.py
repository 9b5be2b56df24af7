"""The fewest people behind one number, by hand and by brute force."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from ctresearch.prevalence import (
    CaptureHistories,
    Chapman,
    ClosedPopulation,
    ConditionalLikelihood,
    DoublyRobust,
    LogLinear,
    LowerBound,
    PartialHistories,
    PartialLogLinear,
    PooledStrata,
    WeightedAverage,
    compare_methods,
    internal_validity,
    predictive_check,
    stratified,
)
from ctresearch.prevalence.lists.fewest_people import fewest_in_design, fewest_people
from ctresearch.stats.groups.smallest import smallest_of

COUNTS = np.array([0, 60, 40, 45, 30, 4, 8, 3])
KOREA = CaptureHistories.from_published("korea")


def table(lists, counts):
    """Make a table of lists from its cells, in the order of their patterns."""
    rows = [dict(zip("abc"[:lists], cell[::-1], strict=True)) for cell in product((0, 1), repeat=lists)]
    return CaptureHistories.from_counts(pd.DataFrame(rows[1:]).assign(count=counts))


def test_groups_of_nobody_do_not_count_and_expected_people_count_in_whole_ones():
    assert smallest_of([7, 0, 3]) == 3
    assert smallest_of([7.9, 0.0]) == 7
    assert smallest_of([0.2, 5]) == 1


def test_a_population_alone_rests_on_everybody():
    assert fewest_people(COUNTS) == 190


@pytest.mark.parametrize("terms", [[1, 2, 4], [1, 2, 4, 5], [1, 2, 4, 3, 6], [1, 2, 4, 6]])
def test_coefficients_give_every_cell_of_their_own_table_away(terms):
    frame = pd.DataFrame([{"a": c & 1, "b": c >> 1 & 1, "c": c >> 2 & 1, "n": COUNTS[c]} for c in range(1, 8)])
    smallest = 190
    for term in terms:
        names = [name for i, name in enumerate("abc") if term >> i & 1]
        sizes = frame.groupby(names)["n"].sum()
        smallest = min(smallest, sizes[sizes > 0].min())
    assert fewest_people(COUNTS, terms) == smallest


def test_a_saturated_model_and_two_lists_give_every_cell_away():
    assert fewest_people(COUNTS, [1, 2, 4, 3, 5, 6]) == 3
    assert fewest_people(np.array([0, 60, 40, 20])) == 20
    assert fewest_people(np.array([0, 60, 40, 0])) == 40


def test_a_column_parts_those_for_whom_it_is_not_zero():
    ones, part = np.ones(4), np.array([0.0, 1.0, 2.0, 0.0])
    assert fewest_in_design(np.array([5, 9, 8, 1]), np.column_stack([ones])) == 23
    assert fewest_in_design(np.array([5, 9, 8, 1]), np.column_stack([ones, part])) == 6
    assert fewest_in_design(np.array([5, 9, 8, 0]), np.column_stack([ones, part])) == 5
    assert fewest_in_design(np.array([5, 9, 8, 1]), np.eye(4)) == 1


def test_models_of_three_lists_name_their_smallest_cell():
    made = table(3, COUNTS[1:])
    assert LogLinear("fixed", model="[1,2,3]").fit(made).smallest_group == 45
    assert LogLinear("fixed", model="[12,3]").fit(made).smallest_group == 30
    assert LogLinear("fixed", model="[12,13,23]").fit(made).smallest_group == 3
    assert PartialLogLinear("fixed", model="[12,3]").fit(PartialHistories.from_histories(made)).smallest_group == 30
    assert ClosedPopulation("M0").fit(made).smallest_group == 190
    assert ClosedPopulation("Mt").fit(made).smallest_group == 45
    assert WeightedAverage().fit(made).smallest_group == 190
    assert LowerBound().fit(made).smallest_group == 57


def test_two_lists_show_their_overlap():
    assert Chapman().fit(table(2, [60, 40, 20])).smallest_group == 20


def test_strata_count_one_by_one():
    small, large = table(3, COUNTS[1:]), table(3, COUNTS[1:] * 3)
    by = {"small": small, "large": large}
    assert stratified(LogLinear("fixed", model="[1,2,3]"), by).smallest_group == 190
    assert PooledStrata("[12,3]", pooling="complete", draws=500).fit(by).smallest_group == 60


def test_groups_and_levels_of_people_count_one_by_one():
    people = pd.DataFrame({"a": [1, 1, 0, 1, 0] * 40, "b": [0, 1, 1, 1, 1] * 40, "x": ["u"] * 170 + ["v"] * 30})
    fitted = ConditionalLikelihood("x", lists=["a", "b"]).fit(people)
    cells = [int(((people["x"] == x) & (people[name] == on)).sum()) for x in "uv" for name in "ab" for on in (0, 1)]
    assert fitted.smallest_group == min(cells)
    given = people.assign(q1=0.6, q2=0.8, q12=0.4)
    robust = DoublyRobust(lists=["a", "b"], covariates=[], chances=("q1", "q2", "q12"), folds=1, by="x").fit(given)
    assert robust.smallest_group == 30
    assert robust.roles()["group"].role == "key"


def test_diagnostics_count_those_on_more_than_one_list():
    assert compare_methods(KOREA, ["Independence (Mt)", "Lower bound"]).smallest_group == 72
    taiwan = CaptureHistories.from_published("hav-taiwan")
    rows = taiwan.counts
    shared = [
        int(rows.loc[(rows[n] == 1) & (rows[list(taiwan.lists)].sum(axis=1) > 1), "count"].sum())
        for n in rows.columns[:3]
    ]
    assert internal_validity(taiwan, LogLinear("fixed", model="[1,2]")).smallest_group == min(shared)
    model = LogLinear("fixed", model="[1,2,3]").fit(KOREA)
    assert predictive_check(model, samples=100).smallest_group == 12
