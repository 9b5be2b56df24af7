"""Panels, series and laws in small, for the suites that ask the same of every estimator."""

import numpy as np
import pandas as pd

from ctresearch.policy import EventStudy, Panel, RepeatedSections, simulate_adoption

COUNTRIES = pd.DataFrame(
    {"country": np.repeat([f"c{i:02d}" for i in range(24)], 8), "year": list(range(2001, 2009)) * 24}
)
COUNTRIES["law"] = COUNTRIES["country"].str[1:].astype(int).map(lambda i: [2004, 2006, None][i % 3])
COUNTRIES["aid"] = (COUNTRIES.index * 7 % 11) / 10
COUNTRIES["rain"] = (COUNTRIES.index * 5 % 13) / 10 + COUNTRIES["aid"]
COUNTRIES["score"] = (
    COUNTRIES["aid"] + 0.3 * (COUNTRIES["year"] >= COUNTRIES["law"]) + (COUNTRIES.index * COUNTRIES.index % 17) / 10
)
COUNTRIES["region"] = COUNTRIES["country"].str[1:].astype(int) % 4
COUNTRIES["done"] = (
    COUNTRIES["year"] >= 2003 + (COUNTRIES["country"].str[1:].astype(int) * 5 % 9) + (COUNTRIES["region"] == 1)
) * 1
PANEL = Panel.from_frame(
    COUNTRIES,
    unit="country",
    time="year",
    outcome="score",
    adopted="law",
    covariates=["aid", "rain"],
    outcome_kind="response",
)
LAWS = Panel.from_frame(
    COUNTRIES,
    unit="country",
    time="year",
    outcome="done",
    covariates=["aid", "region"],
    outcome_kind="adoption of a law",
)
GRADES = Panel.from_frame(
    COUNTRIES.assign(grade=COUNTRIES["score"].rank(pct=True).mul(3.99).astype(int) + 1),
    unit="country",
    time="year",
    outcome="grade",
    adopted="law",
    covariates=["aid", "rain"],
    outcome_kind="response",
)
NO_TREATMENT = Panel.from_frame(COUNTRIES, unit="country", time="year", outcome="score", outcome_kind="response")
AT_ONCE = Panel.from_frame(
    COUNTRIES.assign(law=2004), unit="country", time="year", outcome="score", adopted="law", outcome_kind="response"
)
FOUND = Panel.from_frame(COUNTRIES, unit="country", time="year", outcome="done", outcome_kind="detection")
NOBODY = Panel.from_frame(
    COUNTRIES.assign(done=0), unit="country", time="year", outcome="done", outcome_kind="adoption of a law"
)
MONTHS = pd.DataFrame({"month": range(48)}).assign(
    cases=lambda d: 30 + (d["month"] * d["month"] % 13) + 12 * (d["month"] >= 24), people=100_000
)
SERIES = {"count": "cases", "time": "month", "start": 24, "outcome_kind": "detection", "counting_breaks": {"form": 12}}
NO_SERIES = (
    None,
    [1],
    MONTHS.drop(columns="cases"),
    MONTHS.assign(cases=-1),
    MONTHS.assign(cases=None),
    MONTHS.assign(month=1),
    MONTHS.assign(month=0.5),
    MONTHS.head(25),
    MONTHS.assign(cases="many"),
)
COURTS = pd.DataFrame(
    {
        "state": list("aabbcc"),
        "year": [2019, 2020] * 3,
        "tried": [40, 35, 8, 9, 12, 15],
        "convicted": [11, 12, "<5", 0, 6, 7],
    }
)
JUSTICE = {"stages": {"tried": "tried", "convicted": "convicted"}, "unit": "state", "time": "year"}
NO_COURTS = (
    None,
    [1],
    COURTS.drop(columns="tried"),
    COURTS.assign(tried=-1),
    COURTS.assign(tried=1.5),
    COURTS.assign(convicted="few"),
    COURTS.assign(convicted="<0"),
    COURTS.assign(year=2019),
    COURTS.assign(state=None),
)
CLAUSE = "Whoever recruits or transports a person by force or fraud for exploitation commits an offence."
OTHER = "The consent of a victim under eighteen years of age to exploitation is of no account before a court."
STATUTES = pd.DataFrame({"law": ["A", "B", "B"], "year": [2000, 2005, 2005], "text": [CLAUSE, CLAUSE.lower(), OTHER]})
NO_STATUTES = (
    None,
    [1],
    STATUTES.drop(columns="text"),
    STATUTES.assign(text="short"),
    STATUTES.assign(text=3),
    STATUTES.assign(year=2000),
    STATUTES.assign(year=[2000, 2005, 2006]),
    STATUTES.assign(law=None),
)
CODED = pd.DataFrame(
    {"law": list("AABBCC"), "by": ["x", "y"] * 3, "labour": [1, 1, 0, 0, 1, 1], "sale": [1, 1, 1, 0, 0, 0]}
)
NO_CODES = (
    None,
    [1],
    CODED.drop(columns="sale"),
    CODED.assign(sale=2),
    CODED.assign(sale=None),
    CODED.assign(by="x"),
    CODED.assign(law=None),
)
STAGGERED = simulate_adoption(units=40, treated=9, cohorts=(3, 5), periods=8, seed=1)
ONE_DATE = simulate_adoption(units=20, treated=20, cohorts=(4,), seed=1)
NO_STAGGERED = (None, [1], COUNTRIES, NO_TREATMENT, ONE_DATE)
ASKED_ONCE = pd.DataFrame({"year": [1, 1, 2, 2, 3, 3] * 9, "law": [2, None, 3] * 18, "y": range(54), "w": 1.5})
STUDY = EventStudy([-3, -2, 0, 1], [0.02, 0.0, 0.4, 0.6], np.eye(4) * 0.002)
NO_STUDY = (None, [1], COUNTRIES, STAGGERED)


def read_sections(frame: pd.DataFrame) -> RepeatedSections:
    """Read people who were asked once each."""
    return RepeatedSections.from_frame(
        frame, time="year", outcome="y", adopted="law", weight="w", outcome_kind="response"
    )
