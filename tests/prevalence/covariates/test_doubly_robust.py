"""Doubly robust estimates against drpop, on simulated truths, and what they refuse."""

import json

import numpy as np
import pandas as pd
import pytest
from pins import FOLDER, pinned

from ctresearch.core import DataError, Result, SpecificationError
from ctresearch.prevalence import DoublyRobust
from ctresearch.prevalence.covariates.inverse_capture import Chances, bias_corrected, bound_chances, plug_in
from ctresearch.prevalence.covariates.targeting import targeted

DROP = pd.read_csv(FOLDER / "drpop.csv")
PINS = pinned("drpop")["simulated"]
EXACT = 1e-12  # the same arithmetic in another order


def sample():
    """Return the people, chances and folds of the reference."""
    chances = Chances(*(DROP[name].to_numpy() for name in ("q1", "q2", "q12")))
    return DROP["y1"].to_numpy(), DROP["y2"].to_numpy(), bound_chances(chances, 0.005), DROP["fold"].to_numpy()


def numbers(mean):
    """Return what drpop prints of a mean inverse chance."""
    _, std_error = mean.population(len(DROP))
    return {"psi": 1 / mean.value, "sigma": np.sqrt(len(DROP) * mean.variance), "sigman": std_error}


@pytest.mark.parametrize(("name", "method"), [("PI", plug_in), ("DR", bias_corrected)])
def test_given_chances_and_folds_give_the_numbers_of_drpop(name, method):
    for key, value in numbers(method(*sample())).items():
        assert value == pytest.approx(PINS[name][key], rel=EXACT)


def test_targeting_gives_the_numbers_of_drpop_and_says_that_it_did_not_settle():
    found = targeted(*sample(), 0.005)
    for key, value in numbers(found.mean).items():
        # 250 rounds of three logistic regressions add up their rounding
        assert value == pytest.approx(PINS["TMLE"][key], rel=1e-10)
    assert not found.converged
    assert found.last_step > 0.1


def given_chances(**options):
    """Build the estimator that takes the chances of the reference."""
    options = {"chances": ("q1", "q2", "q12"), "fold": "fold"} | options
    return DoublyRobust(lists=["y1", "y2"], covariates=["x1"], **options)


def test_the_estimator_takes_chances_and_folds_from_columns():
    row = given_chances().fit(DROP).estimates.loc["population"]
    assert row["estimate"] == pytest.approx(len(DROP) / PINS["DR"]["psi"], rel=EXACT)
    assert row["std_error"] == pytest.approx(PINS["DR"]["sigman"], rel=EXACT)
    assert row["ci_low"] < 1000 < row["ci_high"]


def test_targeting_that_does_not_settle_is_no_estimate():
    result = given_chances(version="tmle").fit(DROP)
    assert result.status == "fail"
    assert result.estimates[["estimate", "ci_low", "ci_high"]].isna().all(axis=None)


def test_the_plug_in_has_no_limits():
    result = given_chances(version="plug_in").fit(DROP)
    assert result.estimates["estimate"]["population"] == pytest.approx(len(DROP) / PINS["PI"]["psi"], rel=EXACT)
    assert result.estimates[["std_error", "ci_low", "ci_high"]].isna().all(axis=None)


def simulate(rng, size=4000):
    """Draw people whose covariates explain why the lists overlap, and those seen."""
    age, region = rng.uniform(-1, 1, size), rng.integers(0, 3, size)
    slope = np.array([[0.9], [0.7]]) * age + np.array([[0.0], [-0.3]]) + np.array([-0.8, 0.0, 0.6])[region]
    on = rng.random((2, size)) < 1 / (1 + np.exp(-slope))
    frame = pd.DataFrame(
        {"a": on[0] * 1, "b": on[1] * 1, "age": age, "region": np.array(["north", "south", "west"])[region]}
    )
    return frame[on.any(axis=0)]


@pytest.mark.slow
def test_the_truth_is_covered_and_lists_alone_miss_it():
    rng = np.random.default_rng(3)
    inside, gaps, petersen = [], [], []
    for _ in range(40):
        frame = simulate(rng)
        row = (
            DoublyRobust(lists=["a", "b"], covariates=["age", "region"], folds=2).fit(frame).estimates.loc["population"]
        )
        inside.append(row["ci_low"] <= 4000 <= row["ci_high"])
        gaps.append((row["estimate"] - 4000) / row["std_error"])
        petersen.append(frame["a"].sum() * frame["b"].sum() / (frame["a"] * frame["b"]).sum())
    # 40 populations: 95 % coverage gives at least 33 with probability .998
    assert sum(inside) >= 33
    # a standard error that is right gives a spread of 1, here to within four of its own standard errors
    assert 0.55 < np.std(gaps) < 1.45
    assert np.mean(petersen) < 3900


def test_groups_add_up_and_each_has_its_own_row():
    frame = simulate(np.random.default_rng(9), 8000)
    result = DoublyRobust(lists=["a", "b"], covariates=["age", "region"], by="region").fit(frame)
    people = result.estimates.loc["population"].set_index("group")["estimate"]
    assert list(people.index) == ["all", "north", "south", "west"]
    # folds weigh the same whatever their size, so the groups add up to the whole only nearly
    assert people[["north", "south", "west"]].sum() == pytest.approx(people["all"], rel=0.02)
    assert Result.from_dict(json.loads(json.dumps(result.to_dict()))) == result


@pytest.mark.slow
def test_any_classifier_may_learn():
    from sklearn.ensemble import HistGradientBoostingClassifier

    frame = simulate(np.random.default_rng(11))
    learner = HistGradientBoostingClassifier(max_depth=2, max_iter=40, random_state=0)
    row = DoublyRobust(lists=["a", "b"], covariates=["age"], learner=learner).fit(frame).estimates.loc["population"]
    assert row["ci_low"] < 4000 < row["ci_high"] * 1.1


def test_a_covariate_that_separates_the_lists_gives_no_estimate():
    frame = simulate(np.random.default_rng(13))
    # in the north nobody is on both lists
    parted = frame.assign(b=np.where((frame["region"] == "north") & (frame["a"] == 1), 0, frame["b"]))
    result = DoublyRobust(lists=["a", "b"], covariates=["region"], folds=2).fit(parted)
    check = next(check for check in result.checks if check.name == "positivity")
    assert check.status == "fail"
    assert result.estimates["estimate"].isna().all()


def test_a_third_list_lets_people_be_on_neither_of_the_two():
    rng = np.random.default_rng(17)
    on = rng.random((3, 6000)) < np.array([[0.5], [0.4], [0.3]])
    frame = pd.DataFrame({"a": on[0] * 1, "b": on[1] * 1, "c": on[2] * 1, "x": rng.random(6000)})[on.any(axis=0)]
    row = DoublyRobust(lists=["a", "b", "c"], covariates=["x"]).fit(frame).estimates.loc["population"]
    assert abs(row["estimate"] - 6000) < 4 * row["std_error"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"a": 2}, "must be 1 for a person"),
        ({"a": 0, "b": 0}, "on none of the lists"),
        ({"age": np.nan}, "misses 1"),
        ({"age": np.inf}, "must be finite"),
    ],
)
def test_bad_rows_are_refused(change, words):
    frame = simulate(np.random.default_rng(1)).reset_index(drop=True)
    for name, value in change.items():
        frame.loc[0, name] = value
    with pytest.raises(DataError, match=words):
        DoublyRobust(lists=["a", "b"], covariates=["age"]).fit(frame)


def test_no_overlap_and_bad_chances_are_refused():
    frame = pd.DataFrame({"a": [1, 0] * 50, "b": [0, 1] * 50, "x": np.arange(100.0)})
    with pytest.raises(DataError, match="share 0 people"):
        DoublyRobust(lists=["a", "b"], covariates=["x"]).fit(frame)
    with pytest.raises(DataError, match="must be chances"):
        given_chances().fit(DROP.assign(q1=1.5))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"covariates": []}, "at least 1"),
        ({"lists": "ab"}, "at least 2"),
        ({"lists": ["a", "a"]}, "different columns"),
        ({"version": "ml"}, "must be one of"),
        ({"chances": ("q1", "q2", "q12"), "learner": object()}, "no learner"),
        ({"margin": 0}, "between 0 and 0.5"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options, words):
    with pytest.raises(SpecificationError, match=words):
        DoublyRobust(**({"lists": ["a", "b"], "covariates": ["x"]} | options))
