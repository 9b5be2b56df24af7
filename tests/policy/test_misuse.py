"""Twenty ways to misuse the room, each refused by one sentence, or told by a check that fails."""

import numpy as np
import pandas as pd
import pytest

import policy_examples as given
from ctresearch.core import CtResearchError
from ctresearch.policy import (
    BorrowedClauses,
    InterruptedSeries,
    JusticeFunnel,
    OutcomeRule,
    Panel,
    PanelRegression,
    TimeToAdoption,
    TwoWayWeights,
    lag,
)

ROLES = {"unit": "country", "time": "year", "outcome": "score", "outcome_kind": "response"}
C = given.COUNTRIES


def read(frame=C, **options):
    return Panel.from_frame(frame, **ROLES | options)


REFUSED = {
    "police figures passed off without saying what they count": (
        lambda: Panel.from_frame(C, unit="country", time="year", outcome="score", outcome_kind="victims"),
        "outcome_kind == 'victims', must be one of",
    ),
    "a country twice in one year": (lambda: read(pd.concat([C, C.head(1)])), "stand in more than one row"),
    "a country under two spellings": (
        lambda: read(C.assign(country=[*C["country"].head(1).str.upper(), *C["country"][1:]])),
        "spelled in more than one way",
    ),
    "0 for never": (lambda: read(C.assign(law=C["law"].fillna(0)), adopted="law"), "pass it in never="),
    "a date of adoption that changes": (
        lambda: read(C.assign(law=[2005.0, *C["law"].fillna(2004)[1:]]), adopted="law"),
        "must be the same in all rows of a unit",
    ),
    "years as dates": (lambda: read(C.assign(year=pd.Timestamp("2001-01-01"))), "must be whole numbers"),
    "one period only": (lambda: read(C[C["year"] == 2001]), "must hold at least two"),
    "a crosswalk with a misspelled country": (
        lambda: read(crosswalk={"c99": "c00"}, joined={}),
        "stand nowhere in column 'country'",
    ),
    "countries joined without a rule": (lambda: read(crosswalk={"c01": "c00"}), "must have a rule in joined="),
    "chances of detection of a law": (
        lambda: read(detection=((0.1, 0.2), (0.1, 0.3))),
        "must go with 'detection'",
    ),
    "a least chance of detection of nothing": (
        lambda: OutcomeRule("detection", ((0, 0.2), (0.1, 0.3))),
        "must be above 0",
    ),
    "a lag of itself": (lambda: lag(C, "aid", unit="country", time="year", periods=0), "the column itself is no lag"),
    "all treated at once": (lambda: TwoWayWeights().fit(given.AT_ONCE), "nobody is left to compare"),
    "an instrument that is a regressor": (
        lambda: PanelRegression(["treatment", "aid"], endogenous="treatment", instruments=["aid"]),
        "instruments hold a regressor",
    ),
    "a regressor that never changes within a country, with unit effects": (
        lambda: PanelRegression(["region"]).fit(read(covariates=["region"])),
        "does not vary once effects",
    ),
    "time to detection": (lambda: TimeToAdoption("treatment").fit(given.FOUND), "must be 'adoption of a law'"),
    "adoption by nobody": (lambda: TimeToAdoption("treatment").fit(given.NOBODY), "is an adoption, must be some"),
    "two months after a policy": (
        lambda: InterruptedSeries(**given.SERIES).fit(given.MONTHS.head(26)),
        "must be at least 3",
    ),
    "convictions as shares": (
        lambda: JusticeFunnel(**given.JUSTICE).fit(given.COURTS.assign(tried=0.5)),
        "must be counts of at least 0",
    ),
    "laws of one day": (
        lambda: BorrowedClauses(law="law", date="year", text="text").fit(given.STATUTES.assign(year=2000)),
        "nothing was there to be taken over",
    ),
}


@pytest.mark.parametrize("misuse", REFUSED)
def test_it_is_refused_by_one_sentence(misuse):
    run, sentence = REFUSED[misuse]
    with pytest.raises(CtResearchError) as caught:
        run()
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def status(result, name):
    return next(check for check in result.checks if check.name == name).status


def test_few_clusters_are_told():
    few = read(C[C["country"] < "c09"], covariates=["aid"])
    assert status(PanelRegression(["aid"]).fit(few), "clusters") == "fail"
    assert status(PanelRegression(["aid"], errors="wild", draws=99).fit(few), "clusters") == "pass"
    five = read(C[C["country"] < "c05"], covariates=["aid"])
    assert status(PanelRegression(["aid"], errors="wild", draws=99).fit(five), "clusters") == "fail"
    one = read(C.assign(law=C["law"].where(C["country"] == "c00")), adopted="law")
    assert status(PanelRegression(["treatment"]).fit(one), "clusters") == "fail"


def test_an_instrument_that_says_nothing_has_infinite_limits():
    rng = np.random.default_rng(1)
    frame = C.assign(z=rng.normal(size=len(C)))
    panel = read(frame, adopted="law", covariates=["z"])
    result = PanelRegression(["treatment"], endogenous="treatment", instruments=["z"]).fit(panel)
    row = result.estimates.loc["treatment"]
    assert np.isinf(row["ci_low"]) or np.isinf(row["ci_high"])
    assert status(result, "instruments") == "fail"


def test_a_new_form_that_comes_with_the_policy_voids_the_estimate():
    result = InterruptedSeries(**given.SERIES | {"counting_breaks": {"new form": 24}}).fit(given.MONTHS)
    assert not result.stands
    assert result.estimates["ci_low"].isna().all()
    nobody = InterruptedSeries(**given.SERIES | {"counting_breaks": None}).fit(given.MONTHS)
    assert status(nobody, "counting") == "review"
    assert status(InterruptedSeries(**given.SERIES).fit(given.MONTHS), "counting") == "pass"


def test_more_convictions_than_prosecutions_show_that_there_is_no_cohort():
    assert status(JusticeFunnel(**given.JUSTICE).fit(given.COURTS.assign(convicted=41)), "not a cohort") == "fail"
    assert status(JusticeFunnel(**given.JUSTICE).fit(given.COURTS), "not a cohort") == "review"
