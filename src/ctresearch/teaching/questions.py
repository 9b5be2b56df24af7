"""The questions of the test before and after the five lessons, as data."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

CHOICES = ("a", "b", "c", "d")
"""What may be answered. The last is always "I do not know", so that nobody is made to guess."""


def questions() -> pd.DataFrame:
    """Return the questions of the test, without what is right.

    Returns
    -------
    pandas.DataFrame
        One row a question, two for each of five lessons: ``question`` (its name), ``lesson`` (1 to 5), ``text``, and
        the choices ``a`` to ``d``, of which one of the first three is right and ``d`` is not to know.

    Examples
    --------
    >>> asked = questions()
    >>> len(asked), asked["lesson"].unique().tolist()
    (10, [1, 2, 3, 4, 5])
    """
    import pandas as pd

    return pd.DataFrame(_read()).drop(columns=["right", "why"])


def right_answers() -> dict[str, str]:
    """Return the right choice of each question."""
    return {one["question"]: one["right"] for one in _read()}


def lesson_of_questions() -> dict[str, int]:
    """Return the lesson that each question belongs to."""
    return {one["question"]: one["lesson"] for one in _read()}


@cache
def _read() -> tuple[dict[str, Any], ...]:
    """Read the file of questions."""
    text = files("ctresearch.teaching").joinpath("questions.toml").read_text(encoding="utf-8")
    return tuple({**one, "d": "I do not know."} if "d" not in one else one for one in tomllib.loads(text)["questions"])
