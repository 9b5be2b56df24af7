"""Tables simulated from a fitted model."""

import json

import numpy as np
import pandas as pd
import pytest
from pins import published_lists

from ctresearch.core import DataError, Result, SpecificationError
from ctresearch.core.parallel import workers
from ctresearch.prevalence import CaptureHistories, LogLinear, predictive_check
from ctresearch.prevalence.diagnostics.predictive_check import table_statistics

INDEPENDENT = LogLinear("fixed", model="[1,2,3]")


def drawn_table(seed, chances=((1.0, (0.4, 0.3, 0.35)),)):
    """Draw 800 people of some classes, given as share and chances of being listed."""
    random, parts = np.random.default_rng(seed), []
    for share, chance in chances:
        parts.append(random.random((int(800 * share), 3)) < chance)
    people = pd.DataFrame(np.vstack(parts).astype(int), columns=list("ABC"))
    return CaptureHistories.from_records(people[people.any(axis=1)], ["A", "B", "C"])


@pytest.mark.slow
def test_a_true_model_passes_as_often_as_it_should():
    low = [
        predictive_check(INDEPENDENT.fit(drawn_table(s)), samples=100).p_values["p_value"]["deviance"] < 0.2
        for s in range(40)
    ]
    # binomial(40, .2): three standard errors are 0.19
    assert abs(np.mean(low) - 0.2) < 0.19


def test_two_classes_of_people_are_seen():
    mixed = ((0.3, (0.8, 0.8, 0.8)), (0.7, (0.15, 0.15, 0.15)))
    result = predictive_check(INDEPENDENT.fit(drawn_table(1, mixed)), samples=300)
    assert result.status == "review"
    assert result.p_values["p_value"]["deviance"] == pytest.approx(1 / 301)
    assert result.estimates["estimate"]["deviance"] > result.estimates["ci_high"]["deviance"]


def test_statistics_are_those_of_the_table():
    result = LogLinear().fit(published_lists("korea"))
    check = predictive_check(result, samples=100, seed=5)
    assert check.estimates["estimate"]["deviance"] == pytest.approx(result.goodness_of_fit["value"]["deviance"])
    assert check.estimates["estimate"]["on_1_list"] == 51
    assert check.estimates["estimate"]["largest_residual"] == pytest.approx(result.fitted["residual"].abs().max())
    assert table_statistics(np.array([0, 3, 0, 1]), np.array([9.0, 3, 0, 1]), 3).tolist() == [0, 0, 0, 1, 3, 1]


def test_one_seed_gives_the_same_bytes_for_any_number_of_workers():
    result = LogLinear().fit(published_lists("korea"))
    with workers(1):
        one = predictive_check(result, samples=120, seed=4)
    with workers(2):
        two = predictive_check(result, samples=120, seed=4)
    assert one == two
    assert Result.from_dict(json.loads(json.dumps(one.to_dict(), allow_nan=False))) == one
    assert one != predictive_check(result, samples=120, seed=5)


def test_tables_without_an_estimate_count_against_the_model():
    sparse = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "count": [60, 40, 2]})
    check = predictive_check(LogLinear("fixed", model="[1,2]").fit(CaptureHistories.from_counts(sparse)), samples=400)
    # nobody is on both lists in exp(-2) = 13.5 % of tables; three standard errors are 5 %
    assert check.checks[0].numbers["without_estimate"] / 400 == pytest.approx(0.135, abs=0.05)
    assert check.status == "review"


def test_refusals():
    with pytest.raises(DataError, match="must be the result of LogLinear"):
        predictive_check(published_lists("korea"))
    with pytest.raises(SpecificationError, match="samples == 10"):
        predictive_check(LogLinear().fit(published_lists("korea")), samples=10)
