"""Who and what a change of counts comes from: those who report all along, those who began and those who stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, read_numbers, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.groups import read_units
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count as people
from ctresearch.core.meaning import key, model
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, in_range, is_frame
from ctresearch.routes.counts.reported import people_words, read_counts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning

KINDS = ("all along", "began", "stopped")
_MOSTLY = 0.5


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CompositionResult(Result):
    """Where a change of counts comes from.

    Parameters
    ----------
    parts : pandas.DataFrame
        One row a kind of contributor (and a source): ``before`` and ``after``, people a year as a number or a range,
        and ``contributors``.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Limits are bounds over masked counts.

    Examples
    --------
    >>> from ctresearch.routes import Composition
    >>> frame = pd.DataFrame({"year": [2019, 2020, 2020], "who": ["a", "a", "b"], "count": [40, 41, 60]})
    >>> Composition(after=2020, contributor="who").fit(frame).parts["kind"].tolist()
    ['all along', 'began']
    """

    n: int = value_field(people("People, at least", "persons"))
    parts: pd.DataFrame = table_field(
        {
            "kind": key("Kind of contributor"),
            "source": key("Source"),
            "before": people("People before"),
            "after": people("People after"),
            "contributors": people("Contributors", "contributors", of="nobody"),
        }
    )
    terms: ClassVar[Mapping[str, Meaning]] = {
        "change": model("Change of people found in a year", "persons"),
        "all along": model("Change at those who report all along", "persons", headline=True),
        "began": model("People of those who began to report", "persons"),
        "stopped": model("People of those who stopped reporting", "persons"),
    }


class Composition(Options):
    """Split a change of counts by who reported.

    Parameters
    ----------
    after : float
        First time of the second period.
    contributor : str
        Column of who reported.
    source : str, optional
        Column of a further division: the police or others, a form, an age.
    count, time : str
        Columns of the counts and the time.
    scope : Scope, optional
        Whom the counts are of.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    References
    ----------
    .. [1] Farrell, A. and Reichert, J. (2017). Using U.S. law-enforcement data: promise and limits in measuring human
       trafficking. Journal of Human Trafficking 3, 39-60. https://doi.org/10.1080/23322705.2017.1280324

    Examples
    --------
    >>> frame = pd.DataFrame({"year": [2019, 2020, 2020], "who": ["a", "a", "b"], "count": [40, 41, 60]})
    >>> table = Composition(after=2020, contributor="who").fit(frame).estimates["estimate"]
    >>> print(f"of {table['change']:.0f} more people, {table['began']:.0f} are of those who began to report")
    of 61 more people, 60 are of those who began to report
    """

    def __init__(
        self,
        *,
        after: float,
        contributor: str,
        source: str | None = None,
        count: str = "count",
        time: str = "year",
        scope: Scope | None = None,
    ) -> None:
        self.after, self.contributor = in_range("after", after), column_name("contributor", contributor)
        self.source = None if source is None else column_name("source", source)
        self.count, self.time = column_name("count", count), column_name("time", time)
        self.scope = scope or Scope()

    def fit(self, frame: pd.DataFrame) -> CompositionResult:
        """Split the change.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a contributor and time (and source).

        Returns
        -------
        CompositionResult
            Terms ``change``, ``all along``, ``began`` and ``stopped``, in people a year.

        Raises
        ------
        DataError
            If a column is missing, a cell is wrong, or all times lie on one side of ``after``.

        Examples
        --------
        >>> frame = pd.DataFrame({"year": [2019, 2020], "who": ["a", "a"], "count": [40, "<5"]})
        >>> Composition(after=2020, contributor="who").fit(frame).estimates.loc["change", "ci_high"]
        np.float64(-36.0)
        """
        used = [self.time, self.count, self.contributor, *([self.source] if self.source else [])]
        has_columns("counts", is_frame("counts", frame), used)
        refuse_missing(frame, used)
        when = read_numbers(frame, self.time)
        low, high = read_counts(frame[self.count].reset_index(drop=True), self.count)
        late = when >= self.after
        if late.all() or not late.any():
            raise DataError("all times are on one side of after, must be before and after it")
        who = read_units(frame, self.contributor).codes
        source = read_units(frame, self.source) if self.source else None
        kinds = _kinds(who, late)
        table = pd.DataFrame({"kind": kinds[who], "who": who, "late": late, "low": low, "high": high})
        if source is not None:
            table["source"] = np.array(source.names, dtype=object)[source.codes]
        years = len(np.unique(when[~late])), len(np.unique(when[late]))
        return CompositionResult(
            method=say("Change of people found, by who reported"),
            estimates=_estimates(table, years),
            n=int(low.sum()),
            smallest_group=max(1, int(table.groupby("kind")["low"].sum().min())),
            interval="bounds",
            scope=self.scope,
            checks=(_check_same(table), _check_times(years)),
            assumptions=("Who reports all along looks as hard before as after.",),
            references=references(Composition),
            inputs=record(frame[used]),
            parts=_parts(table),
        )


def _kinds(who: NDArray[np.int64], late: NDArray[np.bool_]) -> NDArray[np.str_]:
    """Return of what kind each contributor is."""
    before, after = np.bincount(who, weights=~late) > 0, np.bincount(who, weights=late) > 0
    return np.where(before & after, KINDS[0], np.where(after, KINDS[1], KINDS[2]))


def _estimates(table: pd.DataFrame, years: tuple[int, int]) -> pd.DataFrame:
    """Return the change in people a year, by kind."""
    rows = {}
    for name in ("change", *KINDS):
        part = table if name == "change" else table[table["kind"] == name]
        before, after = (
            part[part["late"] == side][["low", "high"]].sum() / n for side, n in zip((False, True), years, strict=True)
        )
        low, high = float(after["low"] - before["high"]), float(after["high"] - before["low"])
        rows[name] = (low if low == high else float("nan"), float("nan"), low, high)
    return estimates_table(rows, unit="persons")


def _parts(table: pd.DataFrame) -> pd.DataFrame:
    """Add counts up by kind, period and source."""
    keys = ["kind", *(["source"] if "source" in table else [])]
    rows = []
    for names, part in table.groupby(keys, sort=False):
        sums = [part[part["late"] == late] for late in (False, True)]
        words = [
            people_words(np.array([one["low"].sum()]), np.array([one["high"].sum()]))[0] if len(one) else None
            for one in sums
        ]
        rows.append((*names, *words, part["who"].nunique()))
    made = pd.DataFrame(rows, columns=[*keys, "before", "after", "contributors"])
    made["kind"] = pd.Categorical(made["kind"], KINDS)
    return made.sort_values(keys, ignore_index=True).astype({"kind": "str"})


def _check_same(table: pd.DataFrame) -> Check:
    """Say how much of the people is of contributors that report all along."""
    share = float(table.loc[table["kind"] == KINDS[0], "low"].sum() / max(table["low"].sum(), 1))
    message = say("{share:.0%} of the people are of contributors that report all along.", share=share)
    return Check("same contributors", "pass" if share > _MOSTLY else "review", message, {"share": share})


def _check_times(years: tuple[int, int]) -> Check:
    """Say how many times are compared."""
    message = say("{before} times before are compared with {after} after.", before=years[0], after=years[1])
    return Check("times", "review" if min(years) < 2 else "pass", message, {"before": years[0], "after": years[1]})
