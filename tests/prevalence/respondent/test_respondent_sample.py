"""The forest is read as it is, and what is wrong with it is said without showing a cell."""

import numpy as np
import pandas as pd
import pytest
from tests.prevalence.respondent.samples import FRAME, hand

from ctresearch.core import CellError, DataError, SpecificationError
from ctresearch.prevalence import RespondentSample, VolzHeckathorn


def test_waves_trees_and_recruiters():
    sample = hand()
    assert sample.recruiter.tolist() == [-1, -1, 0, 0, 1, 2, 3, 6]
    assert sample.wave.tolist() == [0, 0, 1, 1, 1, 2, 2, 3]
    assert sample.tree.tolist() == [0, 1, 0, 0, 1, 0, 0, 0]
    assert sample.waves.to_dict() == {0: 2, 1: 3, 2: 2, 3: 1}
    assert (sample.n, len(sample), sample.seeds) == (8, 8, 2)
    assert repr(sample) == "8 people in 3 waves from 2 seeds"
    assert sample.order.tolist() == list(range(8))
    with pytest.raises(ValueError, match="read-only"):
        sample.wave[0] = 1


def test_ids_are_numbers_or_words_whatever_their_type():
    frame = FRAME.assign(id=range(8), recruiter=[None, None, 0.0, 0.0, 1.0, 2.0, 3.0, 6.0])
    assert RespondentSample.from_frame(frame).recruiter.tolist() == hand().recruiter.tolist()
    marked = FRAME.assign(recruiter=FRAME["recruiter"].fillna("Seed "))
    assert RespondentSample.from_frame(marked, seed_word="seed").recruiter.tolist() == hand().recruiter.tolist()


def test_coupons_give_the_same_forest():
    frame = FRAME.assign(
        came=[None, None, "1a", "1b", "2a", "3a", "4a", "7a"],
        one=["1a", "2a", "3a", "4a", None, "6a", "7a", None],
        two=["1b", "2b", None, None, None, None, None, None],
    )
    assert RespondentSample.from_coupons(frame, "came", ["one", "two"]).recruiter.tolist() == hand().recruiter.tolist()
    with pytest.raises(
        CellError, match=r"column 'came': 1 of 8 cells is text \(row 8\), must be a coupon that somebody"
    ):
        RespondentSample.from_coupons(frame.assign(one=[*frame["one"][:6], None, None]), "came", ["one", "two"])
    with pytest.raises(CellError, match=r"1 of 8 people \(rows 2\) were given a coupon that somebody was given before"):
        RespondentSample.from_coupons(frame.assign(two=["1b", "1a", *[None] * 6]), "came", ["one", "two"])
    with pytest.raises(
        CellError, match=r"2 of 8 cells are text \(rows 3 and 4\), must be a coupon that one person alone"
    ):
        RespondentSample.from_coupons(
            frame.assign(came=[None, None, "1a", "1A", *["2a"] * 0, *frame["came"][4:]]), "came", ["one", "two"]
        )


@pytest.mark.parametrize(
    ("recruiters", "said"),
    [
        ([None, None, "s1", "p5", "s2", "p1", "p2", "p5"], r"3 of 8 people \(rows 4, 7 and 8\) lead back to no seed"),
        ([None, None, "nobody", "s1", "s2", "p1", "p2", "p5"], r"1 of 8 cells is text \(row 3\), must be the 'id' of"),
        (
            ["p6", "p6", "s1", "s1", "s2", "p1", "p2", "p5"],
            "all 8 people have a recruiter, at least one must be a seed",
        ),
        ([None, None, "p1", "s1", "s2", "p1", "p2", "p5"], r"1 of 8 people \(rows 3\) are their own recruiter"),
    ],
)
def test_forests_that_are_none_are_refused(recruiters, said):
    with pytest.raises(DataError, match=said) as caught:
        hand(recruiter=recruiters)
    assert "nobody" not in str(caught.value)


def test_people_stand_once_and_have_a_name():
    twice = pd.concat([FRAME, FRAME.tail(1).assign(recruiter="p1")])
    with pytest.raises(
        CellError, match=r"1 people stand in more than one row, 1 of them with several recruiters \(rows 8"
    ):
        RespondentSample.from_frame(twice)
    with pytest.raises(CellError, match=r"1 people stand in more than one row \(rows 1 and 9\)"):
        RespondentSample.from_frame(pd.concat([FRAME, FRAME.head(1)]))
    with pytest.raises(CellError, match="1 of 8 cells is missing \\(row 2\\), must name everybody"):
        hand(id=["s1", None, *FRAME["id"][2:]])


def test_degrees_are_asked_for_and_never_made_up():
    gone = hand_degrees = [4, 2, 4, 0, 2, None, 8, 4]
    with pytest.raises(
        CellError, match=r"2 of 8 cells are a number or missing \(rows 4 and 6\), must be at least 1"
    ) as caught:
        hand(degree=gone)
    assert "and 'one' takes a zero for one" in str(caught.value)
    left = RespondentSample.from_frame(FRAME.assign(degree=hand_degrees), unknown_degree="leave out")
    assert np.flatnonzero(np.isnan(left.degree)).tolist() == [3, 5]
    assert left.recruiter.tolist() == hand().recruiter.tolist()
    with pytest.raises(CellError, match=r"1 of 8 cells is missing \(row 6\)"):
        RespondentSample.from_frame(FRAME.assign(degree=gone), unknown_degree="one")
    one = RespondentSample.from_frame(FRAME.assign(degree=[4, 2, 4, 0, 2, 4, 8, 4]), unknown_degree="one")
    assert one.degree[3] == 1
    for wrong in (-1, np.inf, "many", True):
        with pytest.raises(DataError, match="must be how many people of the population each knows"):
            hand(degree=[wrong, *([True] * 7 if wrong is True else FRAME["degree"][1:])])
    with pytest.raises(DataError, match="none of 8 people has a degree of at least 1"):
        RespondentSample.from_frame(FRAME.assign(degree=0), unknown_degree="leave out")
    with pytest.raises(SpecificationError, match="unknown_degree == 'maximum', must be one of"):
        RespondentSample.from_frame(FRAME, unknown_degree="maximum")


def test_the_order_of_interviews():
    turned = FRAME.iloc[::-1]
    assert RespondentSample.from_frame(turned).order is None
    dated = RespondentSample.from_frame(turned.assign(day=range(8, 0, -1)), order="day")
    assert dated.order.tolist() == list(range(7, -1, -1))
    with pytest.raises(CellError, match=r"7 of 8|6 of 8 cells are a whole number \(rows"):
        RespondentSample.from_frame(turned.assign(day=range(8)), order="day")
    with pytest.raises(CellError, match="must put everybody in order"):
        RespondentSample.from_frame(FRAME.assign(day=[1, None, *range(6)]), order="day")


def test_traits_are_levels_or_measured():
    with pytest.raises(DataError, match="trait 'trait' has 1 level among 8 people"):
        VolzHeckathorn("trait").fit(hand(trait="a"))
    with pytest.raises(DataError, match="has no column 'colour'"):
        VolzHeckathorn("colour").fit(hand())
    with pytest.raises(DataError, match="the sample has no traits"):
        VolzHeckathorn("trait").fit(RespondentSample.from_frame(FRAME))
    with pytest.raises(DataError, match="column 'trait' has 1 missing values of 8"):
        VolzHeckathorn("trait").fit(hand(trait=[None, *FRAME["trait"][1:]]))
    with pytest.raises(DataError, match="holds 1 values that are not finite"):
        VolzHeckathorn("score").fit(hand(score=[np.inf, *FRAME["score"][1:]]))
    with pytest.raises(DataError, match="sample is a DataFrame, must be a RespondentSample"):
        VolzHeckathorn("trait").fit(FRAME)
    assert VolzHeckathorn("score").fit(hand()).estimates.index.tolist() == ["score"]
    assert VolzHeckathorn("score").fit(hand(score=[0, 1] * 4)).estimates.index.tolist() == ["0", "1"]


@pytest.mark.parametrize("mark", ["", "  ", "seed", " Seed", None])
def test_a_seed_is_missing_blank_or_the_word_seed(mark):
    frame = pd.DataFrame({"id": ["a", "b", "c"], "recruiter": [mark, "a", "a"], "degree": 3})
    assert RespondentSample.from_frame(frame).recruiter.tolist() == [-1, 0, 0]


def test_somebody_called_seed_is_a_recruiter_like_others():
    frame = pd.DataFrame({"id": ["seed", "b", "c"], "recruiter": [None, "seed", "b"], "degree": 3})
    assert RespondentSample.from_frame(frame).recruiter.tolist() == [-1, 0, 1]
    alone = RespondentSample.from_frame(frame.iloc[:1])
    assert repr(alone) == "1 person in 0 waves from 1 seed"
