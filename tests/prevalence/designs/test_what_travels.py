"""What a design makes uncertain travels with its result into the pool of countries: clusters, weights, screening."""

import numpy as np
import pandas as pd
import pytest

import ctresearch.prevalence as room
from ctresearch.prevalence import ScreenedPrevalence, SurveyTotal, carry_screening
from ctresearch.regions import result_table
from estimators import EXAMPLES

TERMS = {
    "ListExperiment": "prevalence",
    "LinkTracing": "population",
    "RandomisedResponse": "prevalence",
    "RecapturedPopulation": "population",
    "ScreenedPrevalence": "prevalence",
    "SuccessiveSampling": "1",
}


@pytest.mark.parametrize("name", TERMS)
def test_results_of_designs_are_taken_by_the_pool(name):
    result = getattr(room, name)(**EXAMPLES[name].options).fit(EXAMPLES[name].data)
    table = result_table({"here": result}, TERMS[name], log=True)
    assert np.isfinite(table.to_numpy()).all()
    if result.draws is not None:
        assert result.draws.loc[TERMS[name]].std() == pytest.approx(result.estimates["std_error"][TERMS[name]], rel=0.2)


def test_the_error_of_a_screened_survey_holds_clusters_and_the_test():
    rng = np.random.default_rng(3)
    village = np.repeat(np.arange(30), 20)
    share = rng.beta(2, 8, 30)[village]
    frame = pd.DataFrame({"village": village, "y": (rng.random(600) < 0.85 * share + 0.05 * (1 - share)) * 1})
    tested = {"sensitivity": (85, 100), "specificity": (190, 200)}
    alone = ScreenedPrevalence("y", **tested).fit(frame).estimates["std_error"].iloc[0]
    survey = SurveyTotal("y", statistic="mean", cluster="village").fit(frame)
    carried = carry_screening(survey, **tested).estimates["std_error"].iloc[0]
    known = carry_screening(survey, sensitivity=0.85, specificity=0.95).estimates["std_error"].iloc[0]
    # clusters add to the error of people drawn one by one, and the error of the test to that of a test that is known
    assert carried > known > survey.estimates["std_error"].iloc[0]
    assert carried > alone
