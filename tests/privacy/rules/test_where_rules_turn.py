"""Every rule turns at its threshold and nowhere else, and counts the cells that it refuses."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.privacy import Output, Policy, all_in_one_cell, dominance, release
from ctresearch.privacy.rules.concentration import concentration_rule
from ctresearch.privacy.rules.dominance import dominance_rule
from ctresearch.privacy.rules.telling import columns_of, told
from ctresearch.privacy.rules.threshold import fit_rule, threshold_rule

WHO = ["Woman", "Man"]


def output(columns, roles, **more):
    """Declare a table."""
    return Output("one", "table", more.pop("level", "restricted"), content=pd.DataFrame(columns), roles=roles, **more)


def broken(one, rule, policy=None):
    """Count the cells that a rule refuses or asks about."""
    found = release([one], policy=policy or Policy())["one"].findings
    return sum(f.numbers["cells"] for f in found if f.rule == rule and f.verdict != "pass")


def of_two(x, role, n=(100, 60)):
    """A figure of two sexes beside their number."""
    return output({"sex": WHO, "n": list(n), "x": x}, {"sex": "key", "n": "count", "x": role})


def of_shares(one, other):
    """Two shares of the same people."""
    roles = {"sex": "key", "n": "count", "farms": "share of n", "mines": "share of n"}
    return output({"sex": WHO, "n": [100, 60], "farms": one, "mines": other}, roles)


def on(n, role, name="x", values=(17.25, 21.5)):
    """Figures that rest on a number beside them, the first on so many."""
    return output({"n": [n, 6000], name: list(values)}, {"n": "key", name: role})


def at_risk(*numbers):
    """Numbers at risk by time."""
    return output({"t": range(len(numbers)), "x": numbers}, {"t": "key", "x": "at risk of all"}, counts=4000)


# what it is: rule, how it is made of a number, the number that it refuses and the one next to it that it lets pass
TURNS = {
    "a count": ("small_cells", lambda n: output({"sex": WHO, "n": [40, n]}, {"sex": "key", "n": "count"}), 4, 5),
    "a count of one": ("small_cells", lambda n: output({"sex": WHO, "n": [40, n]}, {"sex": "key", "n": "count"}), 1, 0),
    "a count at record level": (
        "small_cells",
        lambda n: output({"n": [n, 40]}, {"n": "count"}, level="record", counts=[40, 40]),
        10,
        11,
    ),
    "what a part leaves over": ("small_cells", lambda x: of_two([x, 30], "count", (40, 60)), 36, 35),
    "a share": ("small_cells", lambda x: of_two([x, 0.5], "share of n"), 0.04, 0.05),
    "a share of nobody": ("small_cells", lambda x: of_two([x, 0.5], "share of n"), 0.01, 0.0),
    "a share of all but a few": ("small_cells", lambda x: of_two([x, 0.5], "share of n"), 0.96, 0.95),
    "a share in percent": ("small_cells", lambda x: of_two([x, 50.0], "share of n"), 4.0, 5.0),
    "a share of everybody": ("all_in_one_cell", lambda x: of_two([1.0, x], "share of n"), 0.5, 1.0),
    "a share above all": ("contradicted", lambda x: of_two([x, 50.0], "share of n"), 100.5, 100.0),
    "a share below nothing": ("contradicted", lambda x: of_two([x, 0.5], "share of n"), -0.05, 0.0),
    "a mean": ("threshold", lambda n: on(n, "mean of n"), 4, 5),
    "money": ("threshold", lambda n: on(n, "money of n"), 4, 5),
    "a median": ("threshold", lambda n: on(n, "median of n"), 9, 10),
    "a 95th percentile": ("threshold", lambda n: on(n, "quantile of n", "age_p95"), 99, 100),
    "a 10th percentile": ("threshold", lambda n: on(n, "quantile of n", "age_p10"), 49, 50),
    "a model": ("threshold", lambda n: output({"n": [n, 60], "x": [0.3, 0.4]}, {"n": "count", "x": "model"}), 4, 5),
    "a smallest group": (
        "smallest_group",
        lambda n: output({"x": [0.3]}, {"x": "model"}, counts=90, smallest_group=n),
        4,
        5,
    ),
    "a weighted count": ("threshold", lambda x: of_two([x, 70.25], "weighted count of n"), 4.75, 5.0),
    "the base of a weighted count": (
        "threshold",
        lambda n: output({"n": [n, 60], "w": [900.5, 8000.25]}, {"n": "count of nobody", "w": "weighted count of n"}),
        4,
        5,
    ),
    "a step of numbers at risk": ("small_cells", lambda x: at_risk(400, x, 300), 396, 395),
    "a step upwards": ("small_cells", lambda x: at_risk(300, 400, x), 404, 405),
    "the last at risk": ("small_cells", lambda x: at_risk(400, 300, x), 4, 5),
    "a rate of which nobody says per how many": (
        "small_cells",
        lambda x: output(
            {"sex": WHO, "n": [4000, 5000], "rate": [x, 20.0]}, {"sex": "key", "n": "count", "rate": "share of n"}
        ),
        1.0,
        1.25,
    ),
    "what shares leave over together": ("small_cells", lambda x: of_shares([0.5, 0.25], [x, 0.5]), 0.46, 0.45),
    "shares that are apart": ("small_cells", lambda x: of_shares([0.3, 0.5], [x, 0.25]), 0.26, 0.25),
    "a town of a region": (
        "small_cells",
        lambda n: output({"k": ["north", "north: Aba", "south"], "n": [40, n, 60]}, {"k": "key", "n": "count"}),
        36,
        35,
    ),
    "a step of what runs on": (
        "small_cells",
        lambda n: output({"t": [1, 2, 3], "cumulative_cases": [40, n, 90]}, {"t": "key", "cumulative_cases": "count"}),
        44,
        45,
    ),
    "a spread": ("all_in_one_cell", lambda x: on(50, "spread of n", values=(x, 2.5)), 0.0, 0.5),
    "counts called a model": (
        "contradicted",
        lambda n: output({"sex": WHO, "x": [37.0, 13.0]}, {"sex": "key", "x": "model"}, counts=n),
        50,
        51,
    ),
    "a value of one person": (
        "small_cells",
        lambda k: output({"n": [40], "x": [61.0]}, {"n": "key", "x": f"{k} of n"}),
        "least",
        "mean",
    ),
}


@pytest.mark.parametrize("name", TURNS)
def test_a_rule_turns_between_two_neighbours(name):
    rule, make, refused, taken = TURNS[name]
    assert broken(make(refused), rule) == 1
    assert broken(make(taken), rule) == 0


@pytest.mark.parametrize(("label", "people"), [(range(10), 50), ([f"town {k} x" for k in range(10)], 20)])
def test_rows_of_figures_stand_for_enough_people_each(label, people):
    figures = {"row": label, "x": np.linspace(0.15, 0.85, 10)}
    roles = {"row": "key", "x": "model"}
    assert broken(output(figures, roles, counts=people), "records") == 0
    assert broken(output(figures, roles, counts=people - 1), "records") == 10


def test_a_policy_moves_where_rules_turn():
    households = output({"n": [7, 40]}, {"n": "count of households"})
    assert broken(households, "small_cells") == 0
    assert broken(households, "small_cells", Policy(household_threshold=7)) == 0
    assert broken(households, "small_cells", Policy(household_threshold=8)) == 1
    people = output({"n": [7, 40]}, {"n": "count"})
    assert broken(people, "small_cells", Policy(household_threshold=8)) == 0
    assert broken(people, "small_cells", Policy(aggregate_threshold=8)) == 1
    none = output({"n": [0, 0, 40]}, {"n": "count"})
    assert broken(none, "zeros") == 0
    assert broken(none, "zeros", Policy(zeros="mask")) == 2


def test_every_cell_that_is_refused_is_counted():
    many = output({"a": [1, 40, 4], "b": [50, 3, 60]}, {"a": "count", "b": "count of cases"})
    assert broken(many, "small_cells") == 3
    assert broken(output({"x": [61.0, 58.0, None]}, {"x": "greatest of all"}, counts=90), "small_cells") == 2
    assert broken(at_risk(400, 398, 397, 3), "small_cells") == 3


def test_steps_are_those_within_a_group():
    groups = {"g": ["a", "a", "b", "b"], "x": [400, 300, 299, 200]}
    roles = {"g": "key", "x": "at risk of all"}
    assert broken(output(groups, roles, counts=900), "small_cells") == 0
    mixed = {"g": ["a", "b", "a", "b"], "x": [400, 299, 398, 200]}
    assert broken(output(mixed, roles, counts=900), "small_cells") == 1


def figure(**more):
    """An output that is not declared."""
    return Output("one", "table", "restricted", content=pd.DataFrame({"k": ["a", "b"], "x": [1.5, 2.5]}), **more)


def test_the_threshold_rule_counts_cells_few_and_masked():
    people = np.array([4.0, 5.0, 0.0, np.nan, 1.0, 10.0])
    found = threshold_rule(figure(), people, Policy())
    assert (found.rule, found.verdict) == ("threshold", "fail")
    assert dict(found.numbers) == {"threshold": 5, "cells": 5, "below": 2, "masked": 1}
    assert found.sentence == "2 of 5 cells hold fewer than 5 people."
    enough = threshold_rule(figure(), people[[1, 2, 3, 5]], Policy())
    assert (enough.verdict, enough.numbers["below"], enough.cure) == ("pass", 0, "")
    masked = threshold_rule(figure(), people[[1, 2, 3, 5]], Policy(zeros="mask"))
    assert (masked.rule, masked.verdict, masked.numbers["zeros"]) == ("zeros", "fail", 1)
    rows = Output("one", "table", "record", content=pd.DataFrame({"x": [1.5]}))
    at_record = threshold_rule(rows, np.array([10.0, 11.0]), Policy())
    assert (at_record.rule, at_record.numbers["below"], at_record.numbers["threshold"]) == ("k_anonymity", 1, 11)
    assert "share each row" in at_record.cure


@pytest.mark.parametrize(("many", "fits"), [(1, True), (2, True), (4, True), (3, False), (5, False)])
def test_counts_fit_rows_or_cells(many, fits):
    found = fit_rule(figure(), np.full(many, 40.0))
    assert (found is None) is fits
    if found:
        assert dict(found.numbers) == {"rows": 2, "columns": 2, "counts": many}
        assert (found.rule, found.verdict) == ("counts_fit", "review")


@pytest.mark.parametrize(
    ("amounts", "nk", "p"),
    [
        ([50.0, 25.0, 25.0], False, False),
        ([50.0, 37.5, 12.5], False, False),  # seven eighths, which is the limit
        ([50.0, 38.0, 12.0], True, False),
        ([100.0, 50.0, 12.5], True, False),  # an eighth of the largest is left, which is the limit
        ([100.0, 50.0, 12.0], True, True),
        ([12.0, 100.0, 50.0], True, True),
        ([0.0, 0.0], False, False),
        ([], False, False),
        ([9.0], True, True),
    ],
)
def test_dominance_turns_at_its_shares(amounts, nk, p):
    found = dominance([amounts, [9.0] * 40], n=2, k=0.875, p=0.125)
    assert (found.nk.tolist(), found.p_percent.tolist()) == ([nk, False], [p, False])
    assert found.unsafe.tolist() == [nk or p, False]
    judged = dominance_rule([amounts, [9.0] * 40], Policy(dominance_k=0.875, p_percent=0.125))
    assert judged.verdict == ("fail" if nk or p else "pass")
    assert dict(judged.numbers) == {"cells": 2, "unsafe": int(nk or p)}


def test_the_number_of_contributors_is_the_one_that_is_asked_for():
    assert dominance([[50.0, 30.0, 20.0]], n=1, k=0.5).nk.tolist() == [False]
    assert dominance([[51.0, 29.0, 20.0]], n=1, k=0.5).nk.tolist() == [True]
    assert dominance([[51.0, 29.0, 20.0]], n=3, k=0.99).nk.tolist() == [True]


def test_whole_groups_are_counted_by_rows_and_by_columns():
    table = np.array([[25.0, 0.0, 0.0], [0.0, 12.0, 0.0], [0.0, 7.0, 8.0]])
    rows, columns = all_in_one_cell(table)
    assert (rows.tolist(), columns.tolist()) == ([True, True, False], [True, False, True])
    found = concentration_rule(table)
    assert (found.rule, found.verdict, found.numbers["groups"]) == ("all_in_one_cell", "review", 4)
    one_row = np.array([[25.0, 0.0]])
    assert concentration_rule(one_row) is None
    assert [side.tolist() for side in all_in_one_cell(one_row)] == [[True], [False, False]]
    assert [side.tolist() for side in all_in_one_cell(one_row.T)] == [[False, False], [True]]


def test_columns_are_named_up_to_four_and_counted_beyond():
    found = [(name, 1) for name in ("age", "sex", "n", "year", "kind", "place", "age")]
    assert str(columns_of(found[:1])) == "'age'"
    assert str(columns_of(found[:4])) == "'age', 'sex', 'n', 'year'"
    assert str(columns_of(found)) == "'age', 'sex', 'n', 'year', 2 more"
    assert list(told("r", "fail", [("age", 0)], "{n} in {columns}", "c")) == []
    (one,) = told("r", "review", [("age", 0), ("sex", 2), ("n", 3)], "{n} in {columns}", "c")
    assert (one.rule, one.verdict, one.sentence, one.cure) == ("r", "review", "5 in 'sex', 'n'", "c")
    assert dict(one.numbers) == {"cells": 5}
