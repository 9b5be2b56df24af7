"""What turns at a limit turns there, errors say where, and options reach what they name."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import CellError, SpecificationError
from ctresearch.stats.clusters.small_samples import Spread
from ctresearch.teaching import LearningGain, check_answer, learning_gain, seal_answer
from ctresearch.teaching.learning_gain import CHOICES, FEWEST, TESTS
from ctresearch.teaching.questions import right_answers
from option_limits import LEVEL, TINY, allowed, beyond, refuses, takes

KEY = right_answers()
ASKED = tuple(KEY)[:3]
ROWS = pd.DataFrame(
    [(f"p{p}", test, one, "abcd"[(p + i) % 4]) for p in range(7) for test in TESTS for i, one in enumerate(ASKED)],
    columns=["person", "test", "question", "answer"],
)
COLUMN = (("", 3, None), ("who",))
LIMITS = {
    "gain": (LearningGain, {}, LEVEL | dict.fromkeys(("person", "test", "question", "answer"), COLUMN)),
    "seal": (seal_answer, {"answer": 3.0}, {"tolerance": ((0, -1, float("inf")), (TINY, 1e9))}),
}


@pytest.mark.parametrize(("name", "option", "value"), beyond(LIMITS))
def test_what_lies_beyond_a_limit_is_refused_by_name(name, option, value):
    refuses(LIMITS, name, option, value)


@pytest.mark.parametrize(("name", "option", "value"), allowed(LIMITS))
def test_what_lies_on_a_limit_is_taken_and_kept(name, option, value):
    takes(LIMITS, name, option, value)


def cases():
    """Make all checks anew: a name, and for each check what it must say, whether it voids and some of its numbers."""
    return {
        "spread": [
            (learning_gain._check_spread(Spread(TINY, 4.0)), "pass", False, {}),
            (learning_gain._check_spread(Spread(0.0, 4.0)), "fail", True, {}),
        ],
        "room": [
            (learning_gain._check_room(np.nextafter(learning_gain._CEILING, 0)), "pass", False, {}),
            (learning_gain._check_room(learning_gain._CEILING), "review", False, {"before": learning_gain._CEILING}),
            (learning_gain._check_room(1.5), "pass", False, {"before": 1.5}),
        ],
        "lost": [
            (learning_gain._check_lost(100, round(100 * learning_gain._MOST_LOST[0])), "pass", False, {"tested": 100}),
            (learning_gain._check_lost(100, round(100 * learning_gain._MOST_LOST[0]) + 1), "review", False, {}),
            (learning_gain._check_lost(100, round(100 * learning_gain._MOST_LOST[1])), "review", False, {}),
            (
                learning_gain._check_lost(100, round(100 * learning_gain._MOST_LOST[1]) + 1),
                "fail",
                False,
                {"tested": 100},
            ),
            (learning_gain._check_lost(50, 1), "pass", False, {"tested": 50, "lost": 1}),
        ],
    }


CASES = tuple(cases())


@pytest.mark.parametrize("name", CASES)
def test_a_check_turns_at_its_limit(name):
    for place, (check, status, voids, numbers) in enumerate(cases()[name]):
        assert (check.name, check.status, check.voids) == (name, status, voids), place
        assert {key: check.numbers[key] for key in numbers} == pytest.approx(numbers), place


def spoiled(column, value, *at):
    changed = ROWS.astype(object)
    changed.loc[list(at), column] = value
    return changed


WRONG = {
    "a test that is none": (spoiled("test", "later", 2, 4), "test", (3, 5)),
    "a test that is missing": (spoiled("test", None, 0), "test", (1,)),
    "a question that is none": (spoiled("question", "age", 41), "question", (42,)),
    "an answer that is none": (spoiled("answer", "e", 0, 1, 2), "answer", (1, 2, 3)),
    "a person without a name": (spoiled("person", None, 5, 41), "person", (6, 42)),
    "the last row twice": (pd.concat([ROWS, ROWS.tail(1)]), "person", (43,)),
    "the first row twice": (pd.concat([ROWS.head(1), ROWS]), "person", (2,)),
    "a person of two classes": (ROWS.assign(school=[1] * 41 + [2]), "group", tuple(range(37, 42))),
}


@pytest.mark.parametrize("case", WRONG)
def test_an_error_of_cells_says_in_which_column_and_rows(case):
    frame, column, rows = WRONG[case]
    with pytest.raises(CellError) as caught:
        LearningGain(group="school" if "school" in frame else None).fit(frame)
    assert (caught.value.column, caught.value.rows) == (column, rows)
    assert str(rows[0]) in str(caught.value)


def test_columns_may_have_any_name_and_words_any_case():
    names = {"person": "who", "test": "when", "question": "what", "answer": "said"}
    found = LearningGain(**names).fit(ROWS.rename(columns=names))
    plain = LearningGain().fit(ROWS)
    assert found.estimates.equals(plain.estimates)
    loud = ROWS.assign(test=" " + ROWS["test"].str.upper(), answer=ROWS["answer"].str.upper() + " ")
    assert LearningGain().fit(loud).estimates.equals(plain.estimates)


def test_an_answer_that_is_missing_is_not_right():
    right = ROWS.assign(answer=ROWS["question"].map(KEY))
    found = LearningGain().fit(right.assign(answer=right["answer"].where(right.index != 3))).estimates
    assert found.loc["before", "estimate"] == pytest.approx(100 * 20 / 21) or found.loc[
        "after", "estimate"
    ] == pytest.approx(100 * 20 / 21)
    assert sorted(CHOICES) == list("abcd")


def test_the_fewest_people_are_enough_and_one_less_is_not():
    kept = [f"p{p}" for p in range(FEWEST)]
    assert LearningGain().fit(ROWS[ROWS["person"].isin(kept)]).n == FEWEST
    with pytest.raises(ValueError, match=f"must be at least {FEWEST}"):
        LearningGain().fit(ROWS[ROWS["person"].isin(kept[1:])])


def test_who_took_one_test_alone_is_counted_as_lost_where_it_was_the_first():
    first = ROWS[(ROWS["person"] != "p0") | (ROWS["test"] == "before")]
    second = ROWS[(ROWS["person"] != "p0") | (ROWS["test"] == "after")]
    lost = [next(c for c in LearningGain().fit(one).checks if c.name == "lost").numbers for one in (first, second)]
    assert lost == [{"tested": 7, "lost": 1}, {"tested": 6, "lost": 0}]


@pytest.mark.parametrize("rest", ["nan:1", "1:nan", "1:0", "1:-1", "inf:1", "1:inf", "x:1"])
def test_a_seal_that_was_changed_is_refused(rest):
    digest = seal_answer(3.0, tolerance=1).partition(":")[0]
    with pytest.raises(SpecificationError, match=r"^seal .*seal_answer"):
        check_answer(3.0, f"{digest}:{rest}")


def test_a_tolerance_that_vanishes_beside_the_answer_is_refused():
    with pytest.raises(SpecificationError, match=r"^tolerance == 1e-320, must not be as small"):
        seal_answer(3.0, tolerance=1e-320)
