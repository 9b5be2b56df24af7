"""How much a class learned: the same test before and after, by those who took both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ctresearch.core import meaning as col
from ctresearch.core.cells import refuse_cells, row_words
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.errors import CellError, DataError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import Meaning
from ctresearch.core.message import say
from ctresearch.core.names import read_names
from ctresearch.core.result import Result, estimates_table, reach, table_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, is_frame, is_level
from ctresearch.stats.clusters.bias_reduced import robust_variance
from ctresearch.stats.clusters.small_samples import Spread, check_limits
from ctresearch.teaching.questions import CHOICES, lesson_of_questions, right_answers

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

TESTS = ("before", "after")
ASSUMPTIONS = (
    "Nothing but the lessons changed what the class knows between the two tests: there is no class without lessons.",
    "The questions ask for what the lessons teach, and are as hard after as before.",
    "Those who took both tests speak for the class.",
)
FEWEST = 5  # a mean of four people is nearly about one of them
_MOST_LOST = (0.1, 0.3)  # of those tested first; losing more than the first is looked at, more than the second misleads
_CEILING = 85.0  # per cent right at first: from there on a class has little room to show what it learned


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LearningGainResult(Result):
    """What a class knew before and after, and the gain, of the whole class alone.

    Parameters
    ----------
    lessons : pandas.DataFrame
        One row a lesson: ``lesson``, ``questions`` asked, ``before``, ``after``, ``gain``, ``ci_low`` and ``ci_high``,
        in per cent of the questions and percentage points.
    **parts
        As in :class:`~ctresearch.core.Result`.

    Examples
    --------
    >>> LearningGainResult.terms["gain"].label
    'Gain of the class'
    """

    lessons: pd.DataFrame = table_field(
        {
            "lesson": col.key("Lesson"),
            "questions": col.count("Questions", "questions", of="nobody"),
            "before": col.statistic("Right before", "% of questions"),
            "after": col.statistic("Right after", "% of questions"),
            "gain": col.statistic("Gain of the class", "percentage points"),
            "ci_low": col.model("Lower limit", "percentage points"),
            "ci_high": col.model("Upper limit", "percentage points"),
        }
    )

    terms: ClassVar[Mapping[str, Meaning]] = {
        "gain": Meaning("statistic", "Gain of the class", "percentage points", base="all", kind="mean", headline=True),
        "before": col.statistic("Right before", "% of questions"),
        "after": col.statistic("Right after", "% of questions"),
    }


class LearningGain(Options):
    """Estimate what a class learned from one test taken before and after.

    The gain is the mean of each person's own change, over those who took both tests; a question that was not answered,
    or not known, is not right. Results are of the class: there is no score of a person in them.

    Parameters
    ----------
    person, test, question, answer : str
        Columns: a code for the person, ``"before"`` or ``"after"``, the name of the question as in :func:`questions`,
        and the choice, ``"a"`` to ``"d"``, or missing.
    group : str, optional
        Column of the class, where several were taught: people of one class learn together, and limits allow for it.
    level : float
        Coverage of the limits, as a proportion.
    scope : Scope, optional
        Whom the result is about.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    With one class limits are those of Student's t for paired differences. With several they allow for what people of a
    class share [1]_, and need about ten classes to be trusted. A gain is no effect: without a class that was tested
    twice and not taught, what the first test itself taught is in it.

    References
    ----------
    .. [1] Pustejovsky, J. E. and Tipton, E. (2018). Small-sample methods for cluster-robust variance estimation and
       hypothesis testing in fixed effects models. Journal of Business and Economic Statistics 36, 672-683.
       https://doi.org/10.1080/07350015.2016.1247004

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [(p, t, "pooling", "b" if p < 3 or (t == "after" and p < 10) else "d") for p in range(12) for t in TESTS]
    >>> found = LearningGain().fit(pd.DataFrame(rows, columns=["person", "test", "question", "answer"]))
    >>> gain = found.estimates.loc["gain"]
    >>> print(f"{gain['estimate']:.0f} points more were right, {gain['ci_low']:.0f} to {gain['ci_high']:.0f}")
    58 points more were right, 26 to 91
    """

    def __init__(
        self,
        *,
        person: str = "person",
        test: str = "test",
        question: str = "question",
        answer: str = "answer",
        group: str | None = None,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.person, self.test = column_name("person", person), column_name("test", test)
        self.question, self.answer = column_name("question", question), column_name("answer", answer)
        self.group = None if group is None else column_name("group", group)
        self.level = is_level(level)
        self.scope = scope or Scope()

    def fit(self, frame: pd.DataFrame) -> LearningGainResult:
        """Estimate the gain.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a person, test and question.

        Returns
        -------
        LearningGainResult
            Terms ``gain``, in percentage points, and ``before`` and ``after``, in per cent of the questions.

        Raises
        ------
        DataError
            If a column is missing, a cell holds what it may not, the two tests ask different questions, or fewer than
            five people took both.

        Examples
        --------
        >>> import pandas as pd
        >>> rows = [(p, t, "effort", "a" if t == "after" or p % 2 else "d") for p in range(8) for t in TESTS]
        >>> found = LearningGain().fit(pd.DataFrame(rows, columns=["person", "test", "question", "answer"]))
        >>> found.estimates["estimate"].tolist()
        [50.0, 50.0, 100.0]
        """
        taken = self._read(frame)
        rows: dict[str, tuple[float, float, float, float]] = {}
        spreads = []
        change = taken.after.mean(axis=1) - taken.before.mean(axis=1)
        for name, scores in (
            ("gain", change),
            ("before", taken.before.mean(axis=1)),
            ("after", taken.after.mean(axis=1)),
        ):
            rows[name], spread = mean_limits(100 * scores, taken.group, self.level)
            spreads.append(spread)
        units = {"gain": "percentage points", "before": "% of questions", "after": "% of questions"}
        return LearningGainResult(
            method="Gain of a class between two tests",
            estimates=estimates_table(rows).assign(unit=list(units.values())),
            lessons=_by_lesson(taken, self.level),
            n=len(change),
            level=self.level,
            interval="t",
            scope=self.scope,
            checks=(
                _check_spread(spreads[0]),
                _check_lost(taken.first, taken.lost),
                _check_room(rows["before"][0]),
                *check_limits(spreads[:1], taken.group, say("{what}, Satterthwaite's degrees of freedom", what="CR2")),
            ),
            assumptions=ASSUMPTIONS,
            references=references(LearningGain),
            inputs=record(frame[self._columns()]),
            smallest_group=len(change),
        )

    def _columns(self) -> list[str]:
        """Return the columns that are read."""
        return [self.person, self.test, self.question, self.answer] + ([] if self.group is None else [self.group])

    def _read(self, frame: pd.DataFrame) -> Taken:
        """Check every cell and return who had what right."""
        has_columns("the table of answers", is_frame("the table of answers", frame), self._columns())
        test = _words(frame, self.test, TESTS, "must be 'before' or 'after'")
        key = right_answers()
        question = _words(frame, self.question, tuple(key), "must be names of questions, as questions() gives them")
        answer = _words(frame, self.answer, CHOICES, "must be 'a', 'b', 'c' or 'd', or missing", missing=True)
        person = _codes(frame, self.person)
        group = None if self.group is None else _codes(frame, self.group)
        asked, place = np.unique(question, return_inverse=True)
        cells = np.column_stack([person, test == TESTS[1], place]).astype(np.int64)
        seen, first = np.unique(cells, axis=0, return_index=True)
        if len(seen) < len(cells):
            again = sorted(set(range(1, len(cells) + 1)) - set((first + 1).tolist()))
            raise CellError(
                f"rows {row_words(again)} repeat a person, test and question, each must stand there once: keep one",
                column=self.person,
                rows=again,
            )
        right = (answer == np.array([key[one] for one in question], dtype=object)).astype(float)
        return _both_tests(cells, right, group, asked.tolist())


@dataclass(frozen=True, slots=True)
class Taken:
    """Who had what right: people by questions in both tests, their class, and how many were lost."""

    before: Floats
    after: Floats
    group: Integers | None
    questions: tuple[str, ...]
    first: int
    lost: int


def mean_limits(
    values: Floats, group: Integers | None, level: float
) -> tuple[tuple[float, float, float, float], Spread]:
    """Return a mean with its error and limits, by people or by whole groups of them.

    Parameters
    ----------
    values : numpy.ndarray
        One a person, shape (people,).
    group : numpy.ndarray or None
        Group of each person from 0.
    level : float
        Coverage, as a proportion.

    Returns
    -------
    tuple
        Mean, error and limits; the error with its degrees of freedom. Without spread there are no limits.

    Examples
    --------
    >>> row, spread = mean_limits(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), None, 0.95)
    >>> [round(float(one), 3) for one in row], round(spread.df, 6)
    ([3.0, 0.707, 1.037, 4.963], 4.0)
    """
    units = np.arange(len(values), dtype=np.int64) if group is None else group
    sizes = np.bincount(units).astype(float)
    mean = float(values.mean())
    scores = np.bincount(units, values - mean).astype(float)[:, None]
    found = robust_variance(
        sizes[:, None, None], scores, np.array([[1 / len(values)]]), np.ones(1), "kauermann_carroll"
    )
    if found.std_error < 1e-9 * max(1.0, abs(mean)):
        return (mean, np.nan, np.nan, np.nan), Spread(0.0, found.df)
    far = float(reach(level, found.df)) * found.std_error
    return (mean, found.std_error, mean - far, mean + far), Spread(found.std_error, found.df)


def _both_tests(cells: Integers, right: Floats, group: Integers | None, asked: list[str]) -> Taken:
    """Lay answers out as people by questions, for those who took both tests."""
    people = int(cells[:, 0].max()) + 1
    took = np.zeros((2, people), dtype=bool)
    took[cells[:, 1], cells[:, 0]] = True
    put = np.zeros((2, len(asked)), dtype=bool)
    put[cells[:, 1], cells[:, 2]] = True
    if not took.any(axis=1).all():
        raise DataError(f"all {len(cells):,} answers are of one test, must be of both, before and after")
    if (put[0] != put[1]).any():
        raise DataError(
            f"{int((put[0] != put[1]).sum())} of {len(asked)} questions stand in one test alone, both must ask the same"
        )
    both = took.all(axis=0)
    if both.sum() < FEWEST:
        raise DataError(f"{int(both.sum())} people took both tests, must be at least {FEWEST}: a class, not a person")
    scores = np.zeros((2, people, len(asked)))
    scores[cells[:, 1], cells[:, 0], cells[:, 2]] = right
    classes = None if group is None else _one_class(cells[:, 0], group, people)[both]
    if classes is not None:
        classes = np.unique(classes, return_inverse=True)[1].astype(np.int64)
        if classes.max() < 1:
            raise DataError(f"all {int(both.sum())} people are of one class, must be of two at least: leave group= out")
    first = int(took[0].sum())
    return Taken(scores[0, both], scores[1, both], classes, tuple(asked), first, first - int(both.sum()))


def _one_class(person: Integers, group: Integers, people: int) -> Integers:
    """Return the class of each person, and refuse a person of two."""
    own = np.zeros(people, dtype=np.int64)
    own[person] = group
    twice = np.flatnonzero(own[person] != group) + 1
    if len(twice):
        raise CellError(
            f"rows {row_words(twice.tolist())} put a person into a second class, everybody must be of one",
            column="group",
            rows=twice.tolist(),
        )
    return own


def _words(
    frame: pd.DataFrame, column: str, allowed: tuple[str, ...], must: str, *, missing: bool = False
) -> NDArray[np.object_]:
    """Read a column of words out of a few, whatever their case and the spaces around them."""
    there = frame[column].notna().to_numpy()
    said = frame[column].astype("str").str.strip().str.lower().to_numpy(dtype=object)
    wrong = ~np.isin(said.astype(str), allowed) & (there | (not missing))
    refuse_cells(frame[column], wrong, must, name=column)
    said[~there] = ""
    return np.asarray(said, dtype=object)


def _codes(frame: pd.DataFrame, column: str) -> Integers:
    """Read a column of names, none of them missing."""
    gone = (np.flatnonzero(frame[column].isna()) + 1).tolist()
    if gone:
        raise CellError(
            f"column {column!r} is missing in rows {row_words(gone)}, every row must have one", column=column, rows=gone
        )
    codes: Any = read_names(frame[column], column, cure="").codes
    return np.asarray(codes, dtype=np.int64)


def _by_lesson(taken: Taken, level: float) -> pd.DataFrame:
    """Return the gain of the class in each lesson."""
    import pandas as pd

    lessons = np.array([lesson_of_questions()[one] for one in taken.questions])
    rows = []
    for lesson in np.unique(lessons):
        before, after = (100 * scores[:, lessons == lesson].mean(axis=1) for scores in (taken.before, taken.after))
        (gain, _, low, high), _ = mean_limits(after - before, taken.group, level)
        shares = {"before": float(before.mean()), "after": float(after.mean()), "gain": gain}
        rows.append(
            {
                "lesson": int(lesson),
                "questions": int((lessons == lesson).sum()),
                **shares,
                "ci_low": low,
                "ci_high": high,
            }
        )
    return pd.DataFrame(rows)


def _check_spread(spread: Spread) -> Check:
    """Say whether people differ in their gain, without which it has no limits."""
    if spread.std_error > 0:
        return Check("spread", "pass", say("People differ in what they gained, so that the gain has limits."))
    said = say("Everybody gained the same: how well the gain is known cannot be worked out.")
    return Check("spread", "fail", said, voids=True)


def _check_lost(first: int, lost: int) -> Check:
    """Say how many of those tested first were not tested again."""
    share = lost / first
    numbers = {"tested": first, "lost": lost}
    said = say("{lost} of {first} people tested before did not take the second test.", lost=lost, first=first)
    if share <= _MOST_LOST[0]:
        return Check("lost", "pass", said, numbers)
    return Check("lost", "review" if share <= _MOST_LOST[1] else "fail", said, numbers)


def _check_room(before: float) -> Check:
    """Say whether the class knew so much before that a gain could not show."""
    numbers = {"before": before}
    if before < _CEILING:
        said = say("{before:.0f} % were right before: there was room to learn.", before=before)
        return Check("room", "pass", said, numbers)
    said = say("{before:.0f} % were right before: this test has no room to show what was learned.", before=before)
    return Check("room", "review", said, numbers)
