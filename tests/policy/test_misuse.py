"""Forty ways and more to misuse the room, each refused by one sentence, or told by a check that fails."""

import numpy as np
import pandas as pd
import pytest

import policy_examples as given
from ctresearch.core import CtResearchError
from ctresearch.policy import (
    BorrowedClauses,
    HonestBounds,
    InterruptedSeries,
    JusticeFunnel,
    OrderedPanel,
    OutcomeRule,
    Panel,
    PanelRegression,
    StaggeredAdoption,
    SyntheticControl,
    SyntheticDifference,
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
    "no table": (lambda: read(None), "must be a pandas DataFrame"),
    "a table of no rows": (lambda: read(C.iloc[:0]), "must hold at least one of each"),
    "an outcome that is not there": (lambda: read(C.drop(columns="score")), "has no column 'score'"),
    "an outcome in words": (lambda: read(C.assign(score="high")), "must be numbers, or missing"),
    "an outcome without end": (lambda: read(C.assign(score=np.inf)), "192 of 192 cells are infinite"),
    "the year as unit": (lambda: read(unit="year"), "stand in more than one row"),
    "a table where a panel is asked for": (lambda: StaggeredAdoption().fit(C), "make one with Panel.from_frame"),
    "adoption of nothing": (lambda: StaggeredAdoption().fit(given.NO_TREATMENT), "the panel names no treatment"),
    "a method that is none": (lambda: StaggeredAdoption(method="ols"), "must be one of 'doubly_robust'"),
    "anticipation of the past": (lambda: StaggeredAdoption(anticipation=-1), "must be at least 0"),
    "a level in percent": (lambda: StaggeredAdoption(level=95), "write 0.95"),
    "three draws": (lambda: StaggeredAdoption(draws=3), "must be a whole number between 99"),
    "one synthetic control for several": (lambda: SyntheticControl().fit(given.PANEL), "must be one: name it"),
    "differences with nobody left": (lambda: SyntheticDifference().fit(given.AT_ONCE), "0 units are never treated"),
    "a regression on nothing": (lambda: PanelRegression([]), "must be a list of at least 1"),
    "a regressor that nobody read": (lambda: PanelRegression(["gdp"]).fit(read()), "name it in covariates="),
    "instruments for nothing": (
        lambda: PanelRegression(["treatment"], instruments=["aid"]),
        "must both be given or neither",
    ),
    "cases below nobody": (
        lambda: InterruptedSeries(**given.SERIES).fit(given.MONTHS.assign(cases=-1)),
        "must be counts of at least 0",
    ),
    "lags of errors below none": (lambda: InterruptedSeries(**given.SERIES | {"newey_west": -1}), "between 0 and 1000"),
    "laws without words": (
        lambda: BorrowedClauses(law="law", date="year", text="text").fit(given.STATUTES.assign(text="")),
        "the texts hold 0 clauses",
    ),
    "bounds of a table": (lambda: HonestBounds().fit(C), "must be a result of StaggeredAdoption"),
    "grades that are amounts": (lambda: OrderedPanel(["aid"]).fit(read(covariates=["aid"])), "must have 2 to 20"),
    "diffusion of what nobody read": (lambda: TimeToAdoption("gdp").fit(given.LAWS), "formula names 'gdp'"),
    "half a period": (lambda: lag(C, "aid", unit="country", time="year", periods=2.5), "must be a whole number"),
    "an outcome of no kind": (lambda: OutcomeRule("crime"), "must be one of 'adoption of a law'"),
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
