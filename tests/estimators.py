"""One example of every estimator: how to make it, what to fit it to, and data it must refuse.

The suite in ``test_every_estimator.py`` finds the estimators by itself and fails for one that has no example here.
"""

from dataclasses import dataclass
from math import log
from typing import Any

import pandas as pd

import policy_examples as policy
from ctresearch.data import published
from ctresearch.data.synthetic import city, flows, linked_samples, respondent_sample
from ctresearch.policy import Panel
from ctresearch.prevalence import CaptureHistories, LinkedSamples, LogLinear, PartialHistories, RespondentSample
from ctresearch.regions import CountryTable
from ctresearch.routes import Agreements, FlowTable


@dataclass(frozen=True)
class Example:
    """Options and data under which an estimator gives a result in well under a second."""

    options: dict[str, Any]
    data: Any
    refused: tuple[Any, ...]


def histories(name: str) -> CaptureHistories:
    """Take a published table of lists."""
    return CaptureHistories.from_published(published(name))


NOT_HISTORIES = (None, [1, 2], "a path", pd.DataFrame({"a": [1]}))
PEOPLE = pd.DataFrame(
    {"a": [1, 1, 0, 1, 0] * 40, "b": [0, 1, 1, 1, 1] * 40, "x": [0.1, 0.7, 0.3, 0.9, 0.5, 0.2, 0.8, 0.4] * 25}
)
FOLLOWED = pd.DataFrame(
    {"months": [2, 3, 3, 5, 7, 8, 9, 11] * 5, "event": [1, 1, 0, 1, 1, 0, 1, 0] * 5, "x": [0.1, 0.9, 0.4, 0.2, 0.7] * 8}
)
ENDS = FOLLOWED.assign(end=["exit", "return", "censor", "exit", "return", "censor", "exit", "censor"] * 5)
COSTS = pd.DataFrame({"item": ["harm"], "stage": ["consequence"], "cost": [3.0], "low": [2.0], "high": [5.0]})
DATED = pd.DataFrame(
    {"after": [0, 3, 3, 6, 6, 9] * 5, "by": [3, 6, 6, 12, None, 12] * 5, "x": [0.1, 0.9, 0.4, 0.2, 0.7] * 6}
)
STRETCHES = pd.DataFrame(
    {"who": [1, 1, 2, 3, 3], "from": [0, 3, 0, 0, 4], "to": [3, 8, 8, 4, 9], "event": [1, 0, 0, 1, 1]}
)
ILLNESS = pd.DataFrame(
    {"condition": ["anxiety"], "share": [0.4], "weight": [0.1], "share_low": [0.3], "share_high": [0.5]}
)
STUDIES = pd.DataFrame({"estimate": [0.2, 0.5, 0.9, 0.4], "std_error": [0.1, 0.2, 0.1, 0.1]}, index=list("ABCD"))
COUNTED = pd.DataFrame({"e": [0, 4, 7, 3, 9], "n": [20, 30, 25, 22, 41]})
CLOCK = {"duration": "months", "event": "event"}
CAUSES = {"duration": "months", "event": "end"}
TREATED = pd.DataFrame(
    {"a": [0, 1, 1, 0, 1, 0] * 20, "x": [0.1, 0.7, 0.3, 0.9, 0.5] * 24, "y": [1, 3, 2, 1, 2, 0, 1, 1] * 15}
).assign(z=lambda d: d["x"] ** 2 + d["y"] / 9)
EFFECT = {"treatment": "a", "outcome": "y", "covariates": ["x"]}
UNTREATABLE = (None, [1], TREATED.drop(columns="x"), TREATED.assign(a=1), TREATED.assign(y=1))
VILLAGES = pd.DataFrame(
    {"v": [f"v{i // 10}" for i in range(120)], "a": [0] * 60 + [1] * 60, "y": [1, 3, 2, 1, 2, 0, 1, 1] * 15}
).assign(
    went=lambda d: d["a"] * (d.index % 3 > 0),
    t=lambda d: d.index % 2,
    y=lambda d: d["y"] + d["v"].str[1:].astype(int) % 3,
)
STEPS = VILLAGES.assign(t=VILLAGES.index % 4).assign(a=lambda d: (d["t"] > d["v"].str[1:].astype(int) % 3) * 1)
TRIAL = {"outcome": "y", "treatment": "a", "cluster": "v", "age": None}
NO_TRIAL = (
    None,
    [1],
    VILLAGES.drop(columns="v"),
    VILLAGES.assign(y=1),
    VILLAGES.assign(v=None),
    VILLAGES.assign(v=range(120)),
    VILLAGES.assign(a=[0, 1] * 60),
    VILLAGES[VILLAGES["a"] == 1],
)
ANSWERS = pd.DataFrame({"q1": [0, 1, 1, 1, 0] * 40, "q2": [0, 0, 1, 1, 1] * 40, "q3": [0, 1, 1, 0] * 50})
LOST = VILLAGES.assign(y=[1.0, 0.0, None, 1.0] * 30, x=range(120))
PATHS = pd.DataFrame(
    {"seen": [0, 0, 3, 5] * 9, "helped": [4, None, 9, None] * 9, "end": 20, "reason": ["censor", "refused"] * 18}
)
LAW = pd.DataFrame(
    [(u, t, (u * t * t * 7) % 11 + 0.4 * u * t) for u in range(1, 9) for t in range(9)], columns=list("uty")
)
LAW = LAW.assign(y=lambda d: d["y"].where(d["u"] > 1, d["y"] + d.index % 3), law=6.0)
LAW_ROLES = {"unit": "u", "time": "t", "outcome": "y", "adopted": "law", "outcome_kind": "response"}
PASSED = Panel.from_frame(LAW.assign(law=LAW["law"].where(LAW["u"] == 4)), **LAW_ROLES)
NO_LAW = (None, [1], LAW, Panel.from_frame(LAW, **LAW_ROLES), Panel.from_frame(LAW.assign(law=None), **LAW_ROLES))
TWO_LISTS = LogLinear("fixed", model="[1,2]")
SEEN_AT = [  # when 400 people come onto two lists, at rates that do not change
    (i, by, -mean * log(1 - ((i * step) % 400 + 0.5) / 400))
    for by, mean, step in (("ngo", 80, 1), ("police", 120, 77))
    for i in range(400)
]
ENTRIES = pd.DataFrame([row for row in SEEN_AT if row[2] < 90], columns=["who", "by", "when"])
LATE = ENTRIES.assign(case=lambda d: d["who"] % 12, came=lambda d: d["case"] + (d.index * d.index) % 7 // 2)
LATE_ROLES = {"person": "who", "source": "by", "case": "case", "arrived": "came", "as_of": 11}
SAMPLED = PEOPLE.assign(survey=lambda d: (d.index % 4 == 0) * 1, weight=lambda d: 1 + d["x"], z=0)
SAMPLED.loc[SAMPLED.index % 12 == 0, ["a", "b"]] = 0
DECIDED = PEOPLE.assign(decision=[1, 1, 0, None, 1, 1, None, 1] * 25)
SHARED = pd.DataFrame({"police": [1, 0, 1], "ngo": [0, 1, 1], "count": [603, 398, 205]})
RECRUITED = respondent_sample(150, population=500, seed=3).frame.assign(age=lambda d: d["degree"] + d["wave"] / 3)
RECRUITS = RespondentSample.from_frame(RECRUITED, traits=["exploited", "age"])
LINKED = linked_samples(city(4_000, prevalence=0.08, seed=1), 30, 60, seed=2)
TRACED = LinkedSamples.from_frames(LINKED.frame, LINKED.tables["links"])
SEEDS_ALONE = RespondentSample.from_frame(RECRUITED.assign(recruiter=None), traits=["exploited", "age"])
ALIKE = RespondentSample.from_frame(RECRUITED.assign(exploited=1), traits=["exploited"])
NO_RECRUITS = (None, [1], RECRUITED, SEEDS_ALONE, ALIKE)
UNFIT = (None, [1], TREATED.drop(columns="x"), TREATED.assign(y=1))
SEEN = pd.DataFrame(
    {"times": [1, 2, 3, 4] * 2, "people": [300, 90, 20, 4, 160, 42, 9, 2], "sex": ["f"] * 4 + ["m"] * 4}
)
REPEATS = {"count": "times", "frequency": "people", "formula": "sex"}
NO_REPEATS = (
    None,
    [1],
    SEEN.drop(columns="sex"),
    SEEN.assign(times=0),
    SEEN.assign(times=1),
    SEEN.assign(people=-1),
    SEEN.assign(sex=None),
)
SURVEY = pd.DataFrame(
    {"y": [1, 0, 0, 1, 0, 0] * 20, "h": [f"h{i % 2}" for i in range(120)], "v": [f"v{i // 6}" for i in range(120)]}
).assign(w=lambda d: 10.0 + d.index % 3, total=60)
NO_SURVEY = (
    None,
    [1],
    SURVEY.drop(columns="w"),
    SURVEY.assign(w=0.0),
    SURVEY.assign(w=-1.0),
    SURVEY.assign(v=None),
    SURVEY.assign(y="a"),
    SURVEY.assign(v="one"),
    SURVEY.assign(total=3),
)
DESIGN = {"weight": "w", "cluster": "v", "population": "total"}
LISTED = pd.DataFrame(
    {
        "n": [0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 4, 1, 1, 2, 3] * 10,
        "long": [0, 1] * 100,
        "x": [0.1, 0.4, 0.9, 0.3] * 50,
    }
)
AREAS = pd.DataFrame({"area": [f"a{i}" for i in range(20)], "v": 0.01, "x": [i % 4 for i in range(20)]}).assign(
    direct=lambda d: d["x"] / 10 + (d.index % 5) / 10
)
MET = pd.DataFrame(
    {"event": [f"e{i // 4}" for i in range(80)], "events": 100, "attended": 9, "visits": [1, 2, 3, 5] * 20}
)
KNOWS = pd.DataFrame(
    {
        "hidden": [0, 2, 1, 0, 1, 0] * 12,
        "t": [3, 5, 2, 6, 1, 4] * 12,
        "n": [1, 1, 2, 1, 0, 2] * 12,
        "v": [*range(24)] * 3,
    }
)
SCALE_UP = {"hidden": "hidden", "known": {"t": 1600, "n": 400}, "population": 100_000}
NO_SCALE_UP = (None, [1], KNOWS.drop(columns="t"), KNOWS.assign(hidden=0), KNOWS.assign(t=-1), KNOWS.assign(n=None))
AWARE = pd.DataFrame({"t": [1, 2, 3, 2] * 5, "n": [0, 1, 1, 0] * 5})
DOMAINS = {"x": ("freedom_of_movement", "strong"), "z": ("debt_or_dependency", "strong")}
ASKED = pd.DataFrame({"age": 30, "x": [1, 0, 0, 0] * 20, "z": [1, 1, 0, 0] * 20})
UNDER = {
    "either": {"definition": "prif", "indicators": DOMAINS, "threshold": [(1, 0)]},
    "both": {"definition": "prif", "indicators": DOMAINS, "threshold": [(2, 0)]},
}
FLOWED = pd.DataFrame(
    {
        "a": ["NGA", "ITA", "ROU", "NGA"] * 4,
        "b": ["ITA", "ITA", "ITA", "FRA"] * 4,
        "t": [2017 + i // 4 for i in range(16)],
        "people": [30, "<5", 9, 12, 32, 8, 7, "<5", 60, 9, "<5", 14, 71, 6, 11, 8],
    }
)
FLOWS = FlowTable.from_frame(FLOWED, citizenship="a", detection="b", year="t", count="people")
AGREED = Agreements.from_frame(pd.DataFrame({"agreement": "A", "party": ["NGA", "ITA"], "since": [2004, 2019]}))
NO_FLOWS = (None, [1], FLOWED, FlowTable.from_frame(FLOWED, detection="b", year="t", count="people", repeated="sum"))
PAIRS = (
    flows(12, 3, seed=1)
    .frame.assign(low=lambda d: d["flow"].mask(d["flow"] < 5, 0))
    .assign(high=lambda d: d["flow"].mask(d["flow"] < 5, 4))
)
NO_PAIRS = (
    None,
    [1],
    PAIRS.drop(columns="origin"),
    PAIRS.assign(flow=-1, low=-1),
    PAIRS.assign(flow=0, low=0),
    PAIRS.assign(border=None),
    PAIRS.head(3),
)
GRAVITY = {"covariates": ["log_distance", "border"], "year": "year"}
YEARS = pd.DataFrame(
    {"year": range(2003, 2023), "count": [12, 9, 15, 11, 10, 13, 16, 12, 14, 17] * 2, "effort": range(5, 25)}
).assign(who=["a", "b"] * 10, form=["labour"] * 15 + ["crime"] * 5)
NO_YEARS = (
    None,
    [1],
    YEARS.drop(columns="count"),
    YEARS.assign(count=-1),
    YEARS.assign(count=0),
    YEARS.assign(year=None),
    YEARS.assign(year=2010),
)
WEEKS = pd.DataFrame({"week": range(260), "count": [4, 5, 3, 6] * 65})
CAME = pd.DataFrame({"of": [i // 8 for i in range(160)]}).assign(came=lambda d: d["of"] + d.index % 8 // 3)
CODED = pd.DataFrame({"anna": ["debt", "threat", "none", "debt"] * 10, "ben": ["debt", "none", "none", "debt"] * 10})
MARKED = pd.DataFrame(
    [(f"d{d}", c, "debt", 10 + d % 3 * i, 30) for d in range(12) for i, c in enumerate("ab")],
    columns=["document", "coder", "code", "start", "end"],
).assign(length=80)
RATED = pd.DataFrame(
    [(u, c, "yes" if u % 3 == 0 or u % 11 == k else "no") for u in range(60) for k, c in enumerate("abc")],
    columns=["unit", "coder", "code"],
)

SETS = pd.DataFrame(
    {
        "rich": [1, 1, 1, 0, 0, 0.9, 0.2] * 3,
        "stable": [1, 1, 0, 1, 0, 0.7, 0.1] * 3,
        "y": [1, 0.9, 0, 0.1, 0, 0.8, 0] * 3,
    }
)
NO_SETS = (None, [1], SETS.drop(columns="y"), SETS.assign(y=1), SETS.assign(rich=2.5), SETS.assign(y=None))
SEEN_PIECES = pd.DataFrame({"evidence": ["ledger", "passport"], "debt": [0.7, 0.6], "work": [0.1, 0.3]})
SAID = pd.DataFrame({"text": ["my debt grew", "the boss shouted at us"] * 12, "sector": ["farm", "home"] * 12})
JUDGED = pd.DataFrame({"document": [*range(20)] * 2, "code": ["debt"] * 20 + ["threat"] * 20}).assign(
    suggested=lambda d: (d.index % 3 > 0) * 1, confirmed=lambda d: (d.index % 4 > 0) * 1
)
TWICE_CODED = pd.DataFrame(
    {"a": [1, 1, 1, 0, 0, 0, 0, 1] * 9, "b": [1, 1, 1, 0, 0, 0, 1, 0] * 9, "y": [9, 8, 9, 2, 3, 2, 4, 7] * 9}
)
VOICES = pd.DataFrame({"person": [*range(12)] * 2, "code": ["debt"] * 12 + ["threats"] * 6 + ["debt"] * 6})
TESTED = pd.DataFrame(
    [
        (p, w, q, "bcad"[(p + k + 2 * (w == "after")) % 4])
        for p in range(14)
        for w in ("before", "after")
        for k, q in enumerate(("pooling", "effort", "again", "two-methods"))
    ],
    columns=["person", "test", "question", "answer"],
).assign(school=lambda d: "s" + (d["person"] % 3).astype(str))
THEMED = pd.DataFrame({f"t{k}": [int((i * (k + 3)) % (k + 2) == 0) for i in range(1, 31)] for k in range(9)})

EXAMPLES = {
    "TwoWayWeights": Example({}, policy.PANEL, (None, [1], policy.COUNTRIES, policy.NO_TREATMENT, policy.AT_ONCE)),
    "PanelRegression": Example(
        {"regressors": ["treatment", "aid"], "errors": "wild", "draws": 99, "seed": 3},
        policy.PANEL,
        (None, [1], policy.COUNTRIES, policy.LAWS, policy.AT_ONCE),
    ),
    "OrderedPanel": Example(
        {"regressors": ["aid", "treatment"]},
        policy.GRADES,
        (None, [1], policy.COUNTRIES, policy.LAWS, policy.AT_ONCE),
    ),
    "TimeToAdoption": Example(
        {"formula": "aid + near", "diffusion": {"near": "region"}},
        policy.LAWS,
        (None, [1], policy.COUNTRIES, policy.PANEL, policy.FOUND, policy.NOBODY),
    ),
    "StaggeredAdoption": Example({"draws": 99, "seed": 3}, policy.STAGGERED, policy.NO_STAGGERED),
    "AdoptionEstimators": Example({"draws": 99, "seed": 3}, policy.STAGGERED, policy.NO_STAGGERED),
    "SwitchingTreatment": Example({"effects": 2}, policy.STAGGERED, (None, [1], policy.COUNTRIES, policy.NO_TREATMENT)),
    "HonestBounds": Example({"bounds": [0.5, 1], "seed": 3}, policy.STUDY, policy.NO_STUDY),
    "PretestPower": Example({"power": [0.5], "seed": 3}, policy.STUDY, policy.NO_STUDY),
    "InterruptedSeries": Example(policy.SERIES, policy.MONTHS, policy.NO_SERIES),
    "JusticeFunnel": Example(policy.JUSTICE, policy.COURTS, policy.NO_COURTS),
    "BorrowedClauses": Example({"law": "law", "date": "year", "text": "text"}, policy.STATUTES, policy.NO_STATUTES),
    "LawIndex": Example({"provisions": ["labour", "sale"], "law": "law", "coder": "by"}, policy.CODED, policy.NO_CODES),
    "Cooperation": Example({"agreements": AGREED}, FLOWS, NO_FLOWS),
    "Corridors": Example({}, FLOWS, NO_FLOWS),
    "Hubs": Example({"yearly": True}, FLOWS, NO_FLOWS),
    "CorridorChanges": Example({"after": 2019, "unlisted": "zero"}, FLOWS, NO_FLOWS),
    "Gravity": Example(GRAVITY, PAIRS, NO_PAIRS),
    "IntervalGravity": Example(GRAVITY, PAIRS, NO_PAIRS),
    "Trend": Example({"exposure": "effort"}, YEARS, (*NO_YEARS, YEARS.assign(effort=0))),
    "ChangeSplit": Example({"after": 2013, "effort": "effort"}, YEARS, (*NO_YEARS, YEARS.assign(year=range(20)))),
    "Composition": Example(
        {"after": 2013, "contributor": "who", "source": "form"}, YEARS, (*NO_YEARS[:4], YEARS.assign(year=2014))
    ),
    "Breaks": Example({}, YEARS, NO_YEARS),
    "Forecast": Example({"model": "last value"}, YEARS, (*NO_YEARS, YEARS.astype({"count": str}).assign(count="<5"))),
    "Alarms": Example(
        {"time": "week", "last": 3}, WEEKS, (None, [1], WEEKS.head(80), WEEKS.drop(index=9), WEEKS.assign(week=None))
    ),
    "FirstSeen": Example({"columns": ["form"], "since": 2018}, YEARS, (*NO_YEARS[:4], YEARS.assign(year=2019))),
    "Nowcast": Example(
        {"of": "of", "came": "came", "greatest": 3, "draws": 200, "seed": 3},
        CAME,
        (None, [1], CAME.drop(columns="of"), CAME.assign(of=None), CAME.assign(came=-1), CAME.assign(of=0.5)),
    ),
    "Cooccurrence": Example(
        {"false_discoveries": 0.5},
        THEMED,
        (None, [1], THEMED.assign(t0=2), THEMED[["t0"]], THEMED.assign(t1=None)),
    ),
    "LearningGain": Example(
        {"group": "school"},
        TESTED,
        (
            None,
            [1],
            TESTED.drop(columns="answer"),
            TESTED.assign(test="before"),
            TESTED.assign(answer="e"),
            TESTED.assign(person=None),
            TESTED.assign(question="other"),
            TESTED.head(20),
            pd.concat([TESTED, TESTED]),
        ),
    ),
    "Saturation": Example(
        {"base": 4, "run": 3, "orders": 100},
        THEMED,
        (None, [1], THEMED.assign(t0=2), THEMED.head(5), THEMED * 0),
    ),
    "ThemeRichness": Example(
        {"method": "ichao2", "bootstrap": 100},
        THEMED,
        (None, [1], THEMED.assign(t0=2), THEMED * 0, THEMED.head(1)),
    ),
    "Agreement": Example(
        {"statistic": "gwet", "per_code": True, "interval": "bootstrap", "draws": 100},
        CODED,
        (None, [1], CODED[["anna"]], CODED.assign(ben=None), CODED.assign(anna=["Debt", "debt"] * 20)),
    ),
    "DawidSkene": Example(
        {"unit": "unit", "coder": "coder", "code": "code", "bootstrap": 100},
        RATED,
        (None, [1], RATED.drop(columns="code"), RATED.assign(code=None), RATED.assign(coder="a")),
    ),
    "UnitisingAgreement": Example(
        {"document": "document", "length": "length", "bootstrap": 100},
        MARKED,
        (None, [1], MARKED.drop(columns="end"), MARKED.assign(end=1), MARKED.assign(coder="a"), MARKED.assign(end=99)),
    ),
    "QualitativeComparative": Example({"outcome": "y", "conditions": ["rich", "stable"]}, SETS, NO_SETS),
    "ComparativeRobustness": Example(
        {"outcome": "y", "conditions": ["rich", "stable"], "thresholds": {"rich": [(0.1, 0.5, 0.9), (0.1, 0.4, 0.9)]}},
        SETS,
        (None, [1], SETS.drop(columns="y"), SETS.assign(y=1), SETS.assign(rich=None)),
    ),
    "ProcessTracing": Example(
        {"priors": {"debt": 0.5, "work": 0.5}, "width": 0.05},
        SEEN_PIECES,
        (None, [1], SEEN_PIECES.drop(columns="debt"), SEEN_PIECES.assign(debt=0), SEEN_PIECES.assign(work=None)),
    ),
    "Keyness": Example(
        {"text": "text", "group": "sector"},
        SAID,
        (
            None,
            [1],
            SAID.drop(columns="text"),
            SAID.assign(sector="a"),
            SAID.assign(text=None),
            SAID.assign(text=range(24)),
        ),
    ),
    "TopicModel": Example(
        {"text": "text", "topics": 2, "starts": 3, "stop": False},
        SAID,
        (None, [1], SAID.drop(columns="text"), SAID.assign(text=None), SAID.head(3)),
    ),
    "ExtractionQuality": Example(
        {},
        JUDGED,
        (
            None,
            [1],
            JUDGED.drop(columns="code"),
            JUDGED.assign(suggested=0),
            JUDGED.assign(confirmed=3),
            JUDGED.assign(code="a"),
        ),
    ),
    "CodedDifference": Example(
        {"first": "a", "second": "b", "outcome": "y", "bootstrap": 60},
        TWICE_CODED,
        (
            None,
            [1],
            TWICE_CODED.drop(columns="a"),
            TWICE_CODED.assign(a=1),
            TWICE_CODED.assign(b=2),
            TWICE_CODED.assign(y=None),
        ),
    ),
    "JointDisplay": Example(
        {"numbers": {}}, VOICES, (None, [1], VOICES.drop(columns="code"), VOICES.assign(person=None))
    ),
    "ScaleUp": Example({**SCALE_UP, "cluster": "v", "bootstrap": 200, "seed": 3}, KNOWS, NO_SCALE_UP),
    "GeneralizedScaleUp": Example(
        {**SCALE_UP, "bootstrap": 200, "seed": 3},
        (KNOWS, AWARE),
        (None, [1], KNOWS, (KNOWS, None), (None, AWARE), (KNOWS, AWARE * 0), (KNOWS.assign(t=0), AWARE)),
    ),
    "BayesianScaleUp": Example(
        {"model": "random degree", **SCALE_UP, "iterations": 1500, "seed": 3}, KNOWS, NO_SCALE_UP
    ),
    "DefinitionSpread": Example(
        {"definitions": UNDER, "errors": {"both": ((0.9, 0.03), (0.98, 0.01))}, "bootstrap": 200, "seed": 3},
        ASKED,
        (None, [1], ASKED.drop(columns="x"), ASKED.assign(x=2), ASKED.assign(age="old")),
    ),
    "ClusterTrial": Example(TRIAL, VILLAGES, NO_TRIAL),
    "SteppedWedge": Example(
        {**TRIAL, "period": "t"},
        STEPS,
        (None, [1], STEPS.drop(columns="t"), STEPS.assign(y=1), STEPS.assign(a=1 - STEPS["a"]), STEPS.assign(v=None)),
    ),
    "ComplierEffect": Example({**TRIAL, "received": "went"}, VILLAGES, (*NO_TRIAL, VILLAGES.assign(went=0))),
    "DifferenceInDifferences": Example({**TRIAL, "wave": "t"}, VILLAGES, (*NO_TRIAL, VILLAGES.assign(t=1))),
    "SpillOver": Example({**TRIAL, "neighbours": [("v0", "v1"), ("v2", "v6")]}, VILLAGES, NO_TRIAL),
    "FollowUp": Example(
        {"outcome": "y", "treatment": "a", "covariates": ["x"], "cluster": "v", "age": None, "bootstrap": 50},
        LOST,
        (None, [1], LOST.drop(columns="x"), LOST.assign(y=1.0), LOST.assign(a=1), LOST.assign(y=None)),
    ),
    "ScaleReliability": Example(
        {"items": ["q1", "q2", "q3"], "age": None, "bootstrap": 50},
        ANSWERS,
        (None, [1], ANSWERS.drop(columns="q1"), ANSWERS.assign(q1=1), ANSWERS.assign(q1=None)),
    ),
    "ItemResponse": Example(
        {"items": ["q1", "q2", "q3"], "model": "rasch", "age": None},
        ANSWERS,
        (None, [1], ANSWERS.drop(columns="q1"), ANSWERS.assign(q1=1), ANSWERS.assign(q1=2 * ANSWERS["q1"])),
    ),
    "ReferralCascade": Example(
        {"stages": ["seen", "helped"], "age": None},
        PATHS,
        (None, [1], PATHS.drop(columns="end"), PATHS.assign(seen=None), PATHS.assign(helped=-1)),
    ),
    "DoublyRobustEffect": Example(EFFECT, TREATED, UNTREATABLE),
    "ExtremeBounds": Example({"outcome": "y", "candidates": ["a", "x", "z"], "size": 1}, TREATED, UNFIT),
    "InverseProbability": Example(EFFECT, TREATED, UNTREATABLE),
    "Mediation": Example({**EFFECT, "mediator": "z"}, TREATED, UNTREATABLE),
    "NearestNeighbour": Example(EFFECT, TREATED, UNTREATABLE),
    "OrderedLogit": Example({"outcome": "y", "covariates": ["x"]}, TREATED, UNFIT),
    "OutcomeRegression": Example(EFFECT, TREATED, UNTREATABLE),
    "PrevalenceRatio": Example({"outcome": "y", "covariates": ["x"]}, TREATED, UNFIT),
    "RiskModel": Example(
        {"outcome": "a", "predictors": ["x"], "groups": 2}, TREATED, (*UNFIT[:3], TREATED.assign(a=1))
    ),
    "DurationModel": Example(
        {"formula": "x", "after": "after", "before": "by"},
        DATED,
        (None, [1], DATED.drop(columns="x"), DATED.assign(by=-1.0)),
    ),
    "IntervalSurvival": Example(
        {"after": "after", "before": "by"}, DATED, (None, [1], DATED.drop(columns="by"), DATED.assign(by=-1.0))
    ),
    "RecurrentEvents": Example(
        {"duration": "to", "event": "event", "person": "who", "entry": "from"},
        STRETCHES,
        (None, [1], STRETCHES.drop(columns="who"), STRETCHES.assign(who=1)),
    ),
    "HealthBurden": Example(
        {"victims": (10.0, 20.0), "draws": 50, "seed": 3},
        ILLNESS,
        (None, [1], ILLNESS.drop(columns="share"), ILLNESS.assign(weight=2.0)),
    ),
    "SyntheticControl": Example({}, PASSED, NO_LAW),
    "SyntheticDifference": Example({"draws": 20}, PASSED, NO_LAW),
    "PartialPooling": Example(
        {"method": "reml"},
        STUDIES,
        (None, [1], {}, {"a": 1}, STUDIES.head(2), STUDIES.assign(std_error=0.0), STUDIES.assign(estimate=None)),
    ),
    "NationalEstimates": Example(
        {"formula": "x", "draws": 1600, "seed": 1},
        CountryTable.from_frames(
            pd.DataFrame({"country": list("abcdefg"), "cases": [20, 25, 31, 18, 40, 33, 52], "interviewed": 2000}),
            pd.DataFrame({"country": list("abcdefgh"), "population": 2e6, "x": [1, 2, 4, 3, 5, 6, 8, 7]}),
        ),
        (None, [1], STUDIES),
    ),
    "MetaRegression": Example(
        {"formula": "x"},
        STUDIES.assign(x=[1, 2, 4, 3]),
        (None, [1], STUDIES, STUDIES.assign(x=1), STUDIES.assign(x=[1, None, 2, 3]), STUDIES.head(2).assign(x=[1, 2])),
    ),
    "MultilevelPool": Example(
        {"study": "s"},
        pd.concat([STUDIES.assign(s=list("abcd")), STUDIES.assign(s=list("abcd"), estimate=0.5)], ignore_index=True),
        (None, [1], STUDIES, STUDIES.assign(s="a"), STUDIES.assign(s=list("abcd")), STUDIES.assign(s=list("aabb"))),
    ),
    "BinomialPool": Example(
        {"events": "e", "total": "n"},
        COUNTED,
        (None, [1], COUNTED.drop(columns="n"), COUNTED.assign(e=90), COUNTED.assign(e=0), COUNTED.assign(e=0.5)),
    ),
    "TrimAndFill": Example({}, STUDIES, (None, [1], STUDIES.head(2), STUDIES.assign(std_error=0.0))),
    "SelectionModel": Example({}, STUDIES, (None, [1], STUDIES.head(2), STUDIES.assign(std_error=-1.0))),
    "Pool": Example({}, STUDIES, (None, [1], STUDIES.drop(columns="estimate"), STUDIES.assign(std_error=0.0))),
    "HazardModel": Example(
        {"formula": "x", **CLOCK},
        FOLLOWED,
        (None, [1], FOLLOWED.drop(columns="x"), FOLLOWED.assign(months=-1), FOLLOWED.assign(event=0)),
    ),
    "Survival": Example(CLOCK, FOLLOWED, (None, [1], FOLLOWED.drop(columns="event"), FOLLOWED.assign(event=2))),
    "CumulativeIncidence": Example(CAUSES, ENDS, (None, [1], FOLLOWED, ENDS.assign(end="censor"))),
    "FineGray": Example(
        {"formula": "x", "cause": "exit", **CAUSES}, ENDS, (None, [1], FOLLOWED, ENDS.assign(end="censor"))
    ),
    "SocietalCost": Example(
        {"victims": (10.0, 20.0), "draws": 50, "seed": 3},
        COSTS,
        (None, [1], COSTS.drop(columns="cost"), COSTS.assign(cost=-1.0)),
    ),
    "ConditionalLikelihood": Example(
        {"formula": "x", "lists": ["a", "b"]}, PEOPLE, (None, [1], PEOPLE.drop(columns="x"), PEOPLE.assign(a=2))
    ),
    "PartialLogLinear": Example({}, PartialHistories.from_histories(histories("korea")), NOT_HISTORIES),
    "PooledStrata": Example(
        {"model": "[12,3]", "pooling": "complete", "seed": 3},
        {"one": histories("hav-taiwan"), "two": histories("hav-taiwan")},
        (*NOT_HISTORIES, {"one": histories("korea"), "two": histories("hav-taiwan")}),
    ),
    "LateLists": Example(
        {"estimator": TWO_LISTS, **LATE_ROLES, "imputations": 5, "seed": 3},
        LATE,
        (None, [1], LATE.drop(columns="came"), LATE.assign(came=-1), LATE.assign(by="ngo"), LATE.assign(came=50)),
    ),
    "DesignedSample": Example(
        {"lists": ["a", "b"], "sample": "survey", "weight": "weight"},
        SAMPLED,
        (
            None,
            [1],
            SAMPLED.drop(columns="survey"),
            SAMPLED.assign(survey=2),
            SAMPLED.assign(survey=0),
            SAMPLED.assign(weight=-1.0),
            SAMPLED[SAMPLED["a"] == 1],
        ),
    ),
    "FalseEntries": Example(
        {"estimator": TWO_LISTS, "audits": {"L1": (40, 4)}, "imputations": 5, "seed": 3},
        histories("hav-taiwan").drop("L3"),
        (*NOT_HISTORIES, histories("korea")),
    ),
    "PendingDecisions": Example(
        {"estimator": TWO_LISTS, "lists": ["a", "b"], "decision": "decision", "imputations": 5, "seed": 3},
        DECIDED,
        (None, [1], DECIDED.drop(columns="decision"), DECIDED.assign(decision=None), DECIDED.assign(a=2)),
    ),
    "TrimmedDualSystem": Example(
        {"first": "a", "second": "b", "doubt": "x", "trim": 0.1, "audited": 50},
        PEOPLE,
        (None, [1], PEOPLE.drop(columns="x"), PEOPLE.assign(x=None), PEOPLE.assign(b=0), PEOPLE.assign(a=2)),
    ),
    "LinkTracing": Example({"draws": 500, "seed": 3}, TRACED, (None, [1], LINKED.frame)),
    "RecapturedPopulation": Example({"again": "exploited", "first": 120, "n_boot": 40}, RECRUITS, NO_RECRUITS),
    "SalganikHeckathorn": Example(
        {"trait": "exploited", "bootstrap": "salganik", "n_boot": 120, "seed": 3}, RECRUITS, NO_RECRUITS
    ),
    "SuccessiveSampling": Example(
        {"trait": "exploited", "population": 500, "bootstrap": "gile", "n_boot": 120, "seed": 3}, RECRUITS, NO_RECRUITS
    ),
    "SuccessiveSamplingPopulation": Example(
        {"prior_size": 600, "draws": 200, "seed": 3},
        RECRUITS,
        (None, [1], RECRUITED, RespondentSample.from_frame(RECRUITED.assign(degree=5))),
    ),
    "VolzHeckathorn": Example({"trait": "age", "bootstrap": "tree", "n_boot": 120, "seed": 3}, RECRUITS, NO_RECRUITS),
    "DatedReferral": Example(
        {"person": "who", "source": "by", "date": "when", "start": 0, "end": 90, "referrals": [("ngo", "police")]},
        ENTRIES,
        (None, [1], ENTRIES.drop(columns="when"), ENTRIES.assign(when=100), ENTRIES.assign(when=None)),
    ),
    "NoisedLogLinear": Example(
        {"epsilon": 1.0, "draws": 200, "seed": 3},
        SHARED,
        (None, [1], SHARED.drop(columns="count"), SHARED.head(2), SHARED.assign(count=0.5), SHARED.assign(ngo=2)),
    ),
    "Chapman": Example(
        {}, CaptureHistories.from_published("hav-taiwan").drop("L3"), (*NOT_HISTORIES, histories("korea"))
    ),
    "ClosedPopulation": Example({"model": "Mth", "heterogeneity": "darroch"}, histories("uk-2013-5"), NOT_HISTORIES),
    "DoublyRobust": Example(
        {"lists": ["a", "b"], "covariates": ["x"], "folds": 2, "seed": 3},
        PEOPLE,
        (None, [1], PEOPLE.drop(columns="x"), PEOPLE.assign(a=2)),
    ),
    "DoublyRobustLists": Example(
        {"lists": ["a", "b"], "covariates": ["x"], "folds": 2, "seed": 3},
        PEOPLE,
        (None, [1], PEOPLE.drop(columns="x"), PEOPLE.assign(a=2)),
    ),
    "LatentClass": Example({"classes": 3, "iterations": 20_000, "seed": 3}, histories("korea"), NOT_HISTORIES),
    "HeterogeneityRange": Example({}, histories("uk-2013-5"), NOT_HISTORIES),
    "LatentClassRegression": Example(
        {"classes": 1, "lists": ["a", "b"], "list_formula": "x", "bootstrap": 20, "seed": 3},
        PEOPLE,
        (None, [1], PEOPLE.drop(columns="x"), PEOPLE.assign(a=2)),
    ),
    "LowerBound": Example({}, histories("uk-2013-5"), NOT_HISTORIES),
    "SampleCoverage": Example({"bootstrap": 50, "seed": 3}, histories("hav-taiwan"), NOT_HISTORIES),
    "WeightedAverage": Example({}, histories("hav-taiwan"), NOT_HISTORIES),
    "ModelAverage": Example({"seed": 3}, histories("korea"), NOT_HISTORIES),
    "BayesianThreshold": Example({"seed": 3}, histories("korea"), NOT_HISTORIES),
    "IdentifiedPopulation": Example(
        {"assumption": "conditional", "among": ["b", "c"], "seed": 3}, histories("korea"), NOT_HISTORIES
    ),
    "GraphicalAverage": Example({"unobserved_max": 20_000, "seed": 3}, histories("korea"), NOT_HISTORIES),
    "LogLinear": Example({"select": "stepwise", "bootstrap": 20, "seed": 3}, histories("uk-2013-5"), NOT_HISTORIES),
    "ZeroTruncated": Example({"distribution": "geometric", **REPEATS, "by": "sex"}, SEEN, NO_REPEATS),
    "Zelterman": Example(REPEATS, SEEN, NO_REPEATS),
    "ChaoLowerBound": Example({**REPEATS, "bootstrap": 50, "seed": 3}, SEEN, NO_REPEATS),
    "SurveyTotal": Example(
        {"outcome": "y", **DESIGN, "by": "h", "variance": "bootstrap", "bootstrap": 50, "seed": 3}, SURVEY, NO_SURVEY
    ),
    "ScreenedPrevalence": Example(
        {"outcome": "y", "sensitivity": (45, 50), "specificity": 0.95, **DESIGN},
        SURVEY,
        (*NO_SURVEY, SURVEY.assign(y=2)),
    ),
    "TwoSample": Example(
        {"counted": "y", "benchmark": 500, "benchmark_error": 20.0, **DESIGN},
        SURVEY,
        (*NO_SURVEY, SURVEY.assign(y=0), SURVEY.assign(y=1), SURVEY.assign(y=2)),
    ),
    "ListExperiment": Example(
        {"answer": "n", "treatment": "long", "items": 3, "method": "ml"},
        LISTED,
        (None, [1], LISTED.drop(columns="long"), LISTED.assign(long=1), LISTED.assign(n=5), LISTED.assign(n=0.5)),
    ),
    "RandomisedResponse": Example(
        {"answer": "y", "truth": 0.75, "forced_yes": 0.1, "cluster": "v"},
        SURVEY,
        (None, [1], SURVEY.drop(columns="y"), SURVEY.assign(y=2), SURVEY.assign(y=0), SURVEY.assign(y=1)),
    ),
    "FayHerriot": Example(
        {"estimate": "direct", "variance": "v", "area": "area", "formula": "x"},
        AREAS,
        (None, [1], AREAS.drop(columns="x"), AREAS.assign(v=0.0), AREAS.assign(area="one"), AREAS.head(3)),
    ),
    "TimeLocation": Example(
        {"event": "event", "events": "events", "attended": "attended", "visits": "visits"},
        MET,
        (
            None,
            [1],
            MET.drop(columns="visits"),
            MET.assign(visits=0),
            MET.assign(visits=900),
            MET.assign(attended=3),
            MET.assign(events=5),
            MET.assign(event="one"),
        ),
    ),
}
