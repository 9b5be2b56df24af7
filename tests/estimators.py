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
EXAMPLES = {
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
    "LowerBound": Example({}, histories("uk-2013-5"), NOT_HISTORIES),
    "SampleCoverage": Example({"bootstrap": 50, "seed": 3}, histories("hav-taiwan"), NOT_HISTORIES),
    "WeightedAverage": Example({}, histories("hav-taiwan"), NOT_HISTORIES),
    "ModelAverage": Example({"seed": 3}, histories("korea"), NOT_HISTORIES),
    "BayesianThreshold": Example({"seed": 3}, histories("korea"), NOT_HISTORIES),
    "GraphicalAverage": Example({"unobserved_max": 20_000, "seed": 3}, histories("korea"), NOT_HISTORIES),
    "LogLinear": Example({"select": "stepwise", "bootstrap": 20, "seed": 3}, histories("uk-2013-5"), NOT_HISTORIES),
}
