"""Capture histories come from the model they say they come from."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch.core import SpecificationError
from ctresearch.data.synthetic import capture_histories
from ctresearch.prevalence import CaptureHistories, LogLinear


def log_odds_ratio(made, one, other, rest):
    """Log odds ratio of two lists among people on none of the rest, those on no list included, and its error."""
    frame = made.frame[(made.frame[rest] == 0).all(axis=1)]
    cells = [int(((frame[one] == a) & (frame[other] == b)).sum()) for a in (0, 1) for b in (0, 1)]
    cells[0] += made.truth["unobserved"]
    counts = np.array(cells, dtype=float)
    return float(np.log(counts) @ [1, -1, -1, 1]), float(np.sqrt((1 / counts).sum()))


def test_without_dependence_each_list_has_its_chance():
    chances = np.array([0.1, 0.3, 0.5])
    made = capture_histories(20_000, 3, capture=list(chances), seed=1)
    error = np.sqrt(chances * (1 - chances) / 20_000)
    np.testing.assert_array_less(abs(made.truth["list_sizes"] / 20_000 - chances), 4 * error)  # 4 standard errors
    missed = np.prod(1 - chances)
    assert abs(made.truth["unobserved"] / 20_000 - missed) < 4 * np.sqrt(missed * (1 - missed) / 20_000)


def test_interactions_are_log_odds_ratios():
    made = capture_histories(40_000, 3, capture=0.25, dependence={"A:B": 0.8, "B:C": -0.5}, seed=2)
    for pair, rest, truth in (("AB", "C", 0.8), ("BC", "A", -0.5), ("AC", "B", 0.0)):
        value, error = log_odds_ratio(made, *pair, [rest])
        assert abs(value - truth) < 4 * error  # 4 standard errors
    assert made.truth["coefficients"].to_dict() == {"A:B": 0.8, "B:C": -0.5}


def test_a_triple_changes_the_odds_ratio_among_those_on_the_third_list():
    made = capture_histories(60_000, 3, capture=0.3, dependence={"A:B:C": 1.2}, seed=3)
    on_third = made.frame[made.frame["C"] == 1]
    counts = np.array([((on_third["A"] == a) & (on_third["B"] == b)).sum() for a in (0, 1) for b in (0, 1)])
    value, error = np.log(counts) @ [1, -1, -1, 1], np.sqrt((1 / counts).sum())
    assert abs(value - 1.2) < 4 * error  # 4 standard errors


def test_latent_classes_leave_their_share_unseen():
    classes = [(0.6, [0.3, 0.25, 0.2]), (0.4, [0.05, 0.05, 0.02])]
    made = capture_histories(30_000, 3, classes=classes, seed=4)
    missed = sum(share * np.prod(1 - np.array(chances)) for share, chances in classes)
    assert abs(made.truth["unobserved"] / 30_000 - missed) < 4 * np.sqrt(missed * (1 - missed) / 30_000)
    assert made.truth["classes"]["share"].tolist() == [0.6, 0.4]


def test_a_trait_makes_all_lists_overlap_more():
    value, error = log_odds_ratio(capture_histories(30_000, 2, heterogeneity=1.5, seed=5), "A", "B", [])
    assert value > 5 * error  # independence would give 0 within a few standard errors


def test_covariates_move_the_list_they_are_said_to_move():
    made = capture_histories(
        30_000,
        ["police", "charity"],
        covariates={"sex": {"woman": 0.5, "man": 0.5}, "age": (30.0, 8.0)},
        effects={"police": {"sex=woman": 0.9, "age": -0.05}},
        capture=0.3,
        seed=6,
    )
    shares = made.frame.groupby("sex")[["police", "charity"]].sum()
    odds = (shares["police"] / 15_000).pipe(lambda p: p / (1 - p))
    assert 0.7 < np.log(odds["woman"] / odds["man"]) < 1.0  # 0.9, less what averaging over age takes, +- 4 errors
    assert abs(shares.loc["woman", "charity"] / shares.loc["man", "charity"] - 1) < 0.1  # 4 errors of the ratio
    on, off = (made.frame.loc[made.frame["police"] == flag, "age"].mean() for flag in (1, 0))
    assert on < off - 1


def test_structural_zeros_are_people_a_list_cannot_see():
    made = capture_histories(
        2_000,
        3,
        covariates={"region": {"north": 0.4, "south": 0.6}},
        unreachable={"B": {"region": ["north"]}},
        capture=0.4,
        seed=7,
    )
    by_region = made.frame.groupby("region")["B"].sum()
    assert by_region["north"] == 0 < by_region["south"]


def test_the_right_model_finds_the_population_again():
    made = capture_histories(8_000, 4, capture=0.25, dependence={"A:B": 0.9}, seed=8)
    histories = CaptureHistories.from_records(made.frame, lists=list("ABCD"))
    right = LogLinear("fixed", model=["A", "B", "C", "D", "A:B"]).fit(histories).estimates.loc["population"]
    wrong = LogLinear("fixed", model=["A", "B", "C", "D"]).fit(histories).estimates.loc["population"]
    assert right["ci_low"] < 8_000 < right["ci_high"]
    assert wrong["ci_high"] < 8_000, "lists that depend on one another positively make independence too small"
    by_pattern = CaptureHistories.from_counts(made.tables["counts"])
    assert by_pattern.n_observed == histories.n_observed == made.truth["observed"]


@settings(max_examples=25, deadline=None)
@given(
    n=st.integers(1, 300),
    lists=st.integers(2, 6),
    capture=st.floats(0.02, 0.9),
    link=st.floats(-2, 2),
    spread=st.floats(0, 3),
    seed=st.integers(0, 2**32),
)
def test_nobody_is_lost_and_nobody_seen_is_on_no_list(n, lists, capture, link, spread, seed):
    made = capture_histories(n, lists, capture=capture, dependence={"A:B": link}, heterogeneity=spread, seed=seed)
    names = list("ABCDEF"[:lists])
    assert made.truth["observed"] + made.truth["unobserved"] == made.truth["population"] == n
    assert len(made.frame) == made.truth["observed"] == made.tables["counts"]["count"].sum()
    assert set(np.unique(made.frame[names])) <= {0, 1}
    assert made.frame[names].any(axis=1).all()
    pd.testing.assert_series_equal(
        made.frame[names].sum(), made.truth["list_sizes"], check_names=False, check_dtype=False
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "n == 0"),
        ({"lists": 1}, "lists == 1"),
        ({"lists": 16}, "between 2 and 15"),
        ({"lists": ["A", "A"]}, "different names"),
        ({"lists": "AB"}, "different names"),
        ({"capture": 1.0}, "capture == 1.0"),
        ({"capture": [0.1, 0.2]}, "one chance or 4"),
        ({"dependence": {"A:Z": 1.0}}, "list == 'Z'"),
        ({"dependence": {"A:A": 1.0}}, "two or more different lists"),
        ({"dependence": {"A": 1.0}}, "two or more different lists"),
        ({"classes": [(0.5, [0.1, 0.1, 0.1, 0.1])]}, "add up to 1"),
        ({"heterogeneity": -1}, "heterogeneity == -1"),
        ({"covariates": {"sex": {"woman": 0.9}}}, "add up to 1"),
        ({"covariates": {"age": (30.0, -1.0)}}, "standard deviation of 'age'"),
        ({"effects": {"A": {"sex=woman": 1.0}}}, "effect == 'sex=woman'"),
        ({"unreachable": {"A": {"region": ["north"]}}}, "unreachable == 'region'"),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(SpecificationError, match=message):
        capture_histories(**options)
