"""One example of every estimator: how to make it, what to fit it to, and data it must refuse.

The suite in ``test_every_estimator.py`` finds the estimators by itself and fails for one that has no example here.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from ctresearch.data import published
from ctresearch.prevalence import CaptureHistories


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
EXAMPLES = {
    "LogLinear": Example({"select": "stepwise", "bootstrap": 20, "seed": 3}, histories("uk-2013-5"), NOT_HISTORIES),
}
