"""Many lists with covariates: the pair as it was, strata in closed form, second-order errors, truths and refusals."""

import json

import numpy as np
import pandas as pd
import pytest
from pins import FOLDER, pinned
from sklearn.base import BaseEstimator, ClassifierMixin

from ctresearch.core import DataError, Result, SpecificationError
from ctresearch.prevalence import CaptureHistories, DoublyRobust, DoublyRobustLists, IdentifiedPopulation
from ctresearch.prevalence.assumptions.identification import identification, identified
from ctresearch.prevalence.covariates.identified_capture import contributions
from ctresearch.prevalence.covariates.inverse_capture import Chances, bound_chances

DROP = pd.read_csv(FOLDER / "drpop.csv")
PIN = pinned("drpop")["simulated"]["DR"]
EXACT = 1e-10  # the same arithmetic in another order


class Frequencies(ClassifierMixin, BaseEstimator):
    """Learns the share of each class among rows with the same covariates."""

    def fit(self, features, labels):
        self.rows_, place = np.unique(features, axis=0, return_inverse=True)
        table = np.zeros((len(self.rows_), labels.max() + 1))
        np.add.at(table, (place.ravel(), labels), 1)
        self.shares_ = table / table.sum(axis=1, keepdims=True)
        return self

    def predict_proba(self, features):
        return self.shares_[[np.flatnonzero((self.rows_ == row).all(axis=1))[0] for row in features]]


def simulate(random, people=4000, odds_ratio=1.0):
    """Draw people on three lists whose chances depend on age; a and b have an odds ratio besides, on and off c."""
    age = random.uniform(-1, 1, people)
    chance = 1 / (1 + np.exp(-(np.array([[0.2], [-0.2], [-0.5]]) + np.array([[1.0], [0.8], [1.2]]) * age)))
    a, b = chance[0], chance[1]
    weights = np.stack([(1 - a) * (1 - b), a * (1 - b), (1 - a) * b, a * b * odds_ratio])
    pair = (random.random(people) > np.cumsum(weights / weights.sum(axis=0), axis=0)).sum(axis=0)
    frame = pd.DataFrame({"a": pair & 1, "b": pair >> 1, "c": (random.random(people) < chance[2]) * 1, "age": age})
    return frame[frame[["a", "b", "c"]].any(axis=1)].reset_index(drop=True)


def population(result, column="estimate"):
    """Return one number of a result."""
    return float(result.estimates.loc["population", column])


def model(lists=("a", "b", "c"), **options):
    """Build the estimator."""
    return DoublyRobustLists(lists=list(lists), **{"covariates": ["age"], "ratios": [1.0], **options})


def test_given_chances_and_folds_of_two_lists_give_the_numbers_of_drpop():
    raw = Chances(*(DROP[name].to_numpy() for name in ("q1", "q2", "q12")))
    held, none = bound_chances(raw, 0.005), np.zeros(len(DROP))
    chances = np.stack([none, held.first - held.both, held.second - held.both, held.both, none], axis=1)
    group = (DROP["y1"] + 2 * DROP["y2"]).to_numpy()
    mean = contributions(group, chances, identification(2, 3, 0), 1e-9).mean(1.0, DROP["fold"].to_numpy())
    assert 1 / mean.value == pytest.approx(PIN["psi"], rel=EXACT)
    assert np.sqrt(len(DROP) * mean.variance) == pytest.approx(PIN["sigma"], rel=EXACT)
    assert mean.population(len(DROP))[1] == pytest.approx(PIN["sigman"], rel=EXACT)


@pytest.mark.parametrize("options", [{}, {"assumption": "marginal", "among": ["a", "b"]}])
def test_two_lists_are_the_doubly_robust_estimate_of_a_pair(options):
    lists = ["a", "b", "c"] if options else ["a", "b"]
    frame = simulate(np.random.default_rng(2))
    frame = frame if options else frame[frame[["a", "b"]].any(axis=1)]
    many = model(lists, margin=0.005, **options).fit(frame)
    pair = DoublyRobust(lists=lists, covariates=["age"]).fit(frame)
    for column in ("estimate", "std_error", "ci_low", "ci_high"):
        assert population(many, column) == pytest.approx(population(pair, column), rel=EXACT)


@pytest.mark.parametrize(
    "options",
    [{}, {"assumption": "conditional", "among": ["a", "b"]}, {"assumption": "marginal", "among": ["b", "c"]}],
)
def test_a_saturated_covariate_gives_the_closed_form_of_each_stratum(options):
    frame = simulate(np.random.default_rng(3)).assign(sex=lambda d: np.where(d["age"] > 0.2, "f", "m"))
    found = model(covariates=["sex"], learner=Frequencies(), folds=1, ratio=1.5, **options).fit(frame)
    parts = [
        IdentifiedPopulation(version="plug_in", ratio=1.5, **options).fit(
            CaptureHistories.from_records(part, ["a", "b", "c"])
        )
        for _, part in frame.groupby("sex")
    ]
    assert population(found) == pytest.approx(sum(population(part) for part in parts), rel=EXACT)
    error = np.sqrt(sum(population(part, "std_error") ** 2 for part in parts))
    # one divides the variance by n - 1, and lets the shares of the strata vary with the sample
    assert population(found, "std_error") == pytest.approx(error, rel=1e-3)


def test_errors_of_the_learner_enter_squared():
    random, by = np.random.default_rng(5), identification(3, 0b111, 0)
    truth = random.dirichlet(np.full(7, 8.0), size=20)  # twenty kinds of people
    truth = np.concatenate([np.zeros((20, 1)), truth, np.zeros((20, 1))], axis=1)
    _, odds = identified(truth, by)
    kinds, group = np.repeat(np.arange(20), 7), np.tile(np.arange(1, 8), 20)
    slant = random.normal(size=(20, 9))

    def bias(step):
        learned = truth * np.exp(step * slant)
        learned /= learned.sum(axis=1, keepdims=True)
        parts = contributions(group, learned[kinds], by, 1e-12)
        return float(truth[kinds, group] @ (parts.fixed + parts.asked) / 20 - (1 + odds).mean())

    assert bias(0.0) == pytest.approx(0, abs=1e-12)
    # twice the error, four times the bias; a tenth is the part of third order at so small a step
    assert bias(0.02) / bias(0.01) == pytest.approx(4, rel=0.1)


@pytest.mark.slow
def test_the_truth_is_covered_where_lists_depend_and_the_wrong_assumption_misses_it():
    random, inside, gaps, wrong = np.random.default_rng(7), 0, [], []
    for _ in range(16):
        frame = simulate(random, people=6000, odds_ratio=2.0)
        row = model(folds=2).fit(frame).estimates.loc["population"]
        inside += row["ci_low"] <= 6000 <= row["ci_high"]
        gaps.append((row["estimate"] - 6000) / row["std_error"])
        wrong.append(population(model(folds=2, assumption="conditional", among=["a", "b"]).fit(frame)))
    # 16 populations: 95 % coverage gives at least 12 with probability .999
    assert inside >= 12
    # a right standard error gives a spread of 1, here to within four of its own standard errors
    assert 0.29 < np.std(gaps) < 1.71
    assert max(wrong) < 6000


def test_the_right_odds_ratio_takes_the_miss_away():
    frame = simulate(np.random.default_rng(8), people=8000, odds_ratio=2.0)
    result = model(assumption="conditional", among=["a", "b"], ratios=[1, 2]).fit(frame)
    assert result.sensitivity.loc[1.0, "ci_high"] < 8000
    assert result.sensitivity.loc[2.0, "ci_low"] < 8000 < result.sensitivity.loc[2.0, "ci_high"]
    assert Result.from_dict(json.loads(json.dumps(result.to_dict()))) == result
    assert "Given the covariates: Among people on none of c, a and b are independent" in result.assumptions[-1]


def test_a_combination_that_nobody_has_gives_no_estimate():
    frame = simulate(np.random.default_rng(9))
    frame = frame[~((frame["a"] == 1) & (frame["b"] == 1) & (frame["c"] == 0))]
    result = model().fit(frame)
    assert np.isnan(population(result))
    assert result.sensitivity["estimate"].isna().all()


def test_a_covariate_that_separates_lists_gives_no_estimate():
    frame = simulate(np.random.default_rng(13)).assign(north=lambda d: (d["age"] > 0.6).astype(int))
    frame = frame[~((frame["north"] == 1) & (frame["a"] == 1) & (frame["b"] == 1) & (frame["c"] == 0))]
    result = model(covariates=["north"], learner=Frequencies(), folds=1).fit(frame)
    assert not next(check for check in result.checks if check.name == "positivity").stands
    assert np.isnan(population(result))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"lists": "abcdefghijk"}, "at most 10"),
        ({"assumption": "marginal"}, "two or more"),
        ({"assumption": "marginal", "among": ["a", "z"]}, "not among the 3"),
        ({"covariates": []}, "covariates"),
        ({"margin": 0.5}, "margin == 0.5"),
    ],
)
def test_options_are_checked(options, words):
    with pytest.raises(SpecificationError, match=words):
        model(**options)


def test_bad_tables_are_refused():
    frame = simulate(np.random.default_rng(1))
    with pytest.raises(DataError, match="on none of the lists"):
        model().fit(pd.concat([frame, pd.DataFrame({"a": [0], "b": [0], "c": [0], "age": [0.1]})]))
    with pytest.raises(DataError, match="must be 1 for a person"):
        model().fit(frame.assign(c=2))
