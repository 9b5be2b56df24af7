"""One example of every estimator: how to make it, what to fit it to, and data it must refuse.

The suite in ``test_every_estimator.py`` finds the estimators by itself and fails for one that has no example here.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from ctresearch.data import published
from ctresearch.prevalence import CaptureHistories, PartialHistories


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
UNFIT = (None, [1], TREATED.drop(columns="x"), TREATED.assign(y=1))
EXAMPLES = {
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
    "Chapman": Example(
        {}, CaptureHistories.from_published("hav-taiwan").drop("L3"), (*NOT_HISTORIES, histories("korea"))
    ),
    "ClosedPopulation": Example({"model": "Mth", "heterogeneity": "darroch"}, histories("uk-2013-5"), NOT_HISTORIES),
    "DoublyRobust": Example(
        {"lists": ["a", "b"], "covariates": ["x"], "folds": 2, "seed": 3},
        PEOPLE,
        (None, [1], PEOPLE.drop(columns="x"), PEOPLE.assign(a=2)),
    ),
    "LatentClass": Example({"classes": 3, "iterations": 20_000, "seed": 3}, histories("korea"), NOT_HISTORIES),
    "HeterogeneityRange": Example({}, histories("uk-2013-5"), NOT_HISTORIES),
    "LowerBound": Example({}, histories("uk-2013-5"), NOT_HISTORIES),
    "SampleCoverage": Example({"bootstrap": 50, "seed": 3}, histories("hav-taiwan"), NOT_HISTORIES),
    "WeightedAverage": Example({}, histories("hav-taiwan"), NOT_HISTORIES),
    "ModelAverage": Example({"seed": 3}, histories("korea"), NOT_HISTORIES),
    "BayesianThreshold": Example({"seed": 3}, histories("korea"), NOT_HISTORIES),
    "GraphicalAverage": Example({"unobserved_max": 20_000, "seed": 3}, histories("korea"), NOT_HISTORIES),
    "LogLinear": Example({"select": "stepwise", "bootstrap": 20, "seed": 3}, histories("uk-2013-5"), NOT_HISTORIES),
}
