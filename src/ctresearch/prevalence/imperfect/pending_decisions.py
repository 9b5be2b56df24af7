"""People whose case was decided negatively, or is not decided yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, column_names
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.groups import read_groups
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.random import Seed, generator, recorded_seed, seed_sequence
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, is_frame, is_level, whole_number
from ctresearch.prevalence.imperfect.carried import (
    FEWEST_TABLES,
    carry,
    completed_table,
    is_estimator,
    plain_estimate,
    table_of,
)
from ctresearch.prevalence.imperfect.over_coverage_result import OverCoverageResult, curve_of
from ctresearch.prevalence.lists.cells import set_size
from ctresearch.prevalence.lists.estimable import require_estimable
from ctresearch.prevalence.lists.fewest_people import fewest_people
from ctresearch.prevalence.lists.histories import CaptureHistories
from ctresearch.prevalence.lists.table_checks import checks_of
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.core.estimator import Estimator
    from ctresearch.prevalence.lists.cells import Array

ODDS = (0.25, 0.5, 1.0, 2.0, 4.0)
# Where more cases are open than decided, the answer is that of an assumption.
_HALF = 0.5
ASSUMPTIONS = (
    "A negative decision means that the person does not belong to the population, a positive one that they do.",
    (
        "Among people on the same lists, and of the same group where one is named, who waits for a decision does not "
        "depend on what it will be."
    ),
)


@dataclass(frozen=True, slots=True)
class Decisions:
    """People by group and cell, shape (groups, 2 ** lists) each: decided ``yes`` and ``no``, and ``waiting``."""

    yes: Array
    no: Array
    waiting: Array

    def chances(self) -> tuple[Array, Array]:
        """Return the parameters of the beta distribution of a negative decision, by group and cell.

        Each cell is drawn towards the share of its number of lists by the weight of one person: most cells are small.
        """
        size = set_size(np.arange(self.no.shape[1]))
        no, yes = self.no.sum(axis=0), self.yes.sum(axis=0)
        lists = np.array(
            [(no[size == s].sum() + 0.5) / (no[size == s].sum() + yes[size == s].sum() + 1.0) for s in size]
        )
        return self.no + lists, self.yes + 1.0 - lists


class PendingDecisions(Options):
    """Estimate a population from lists of people of whom some were decided not to belong, and some wait.

    People with a negative decision are taken out. Those who wait are drawn to be rightly or wrongly there as often as
    people on the same lists were, any estimator is fitted to each draw, and the results are combined [1]_, so that the
    interval carries both kinds of doubt.

    Parameters
    ----------
    estimator : Estimator
        What estimates the population from a table of lists, with a standard error or draws.
    lists : sequence of str
        Columns of 0 and 1.
    decision : str
        Column of 1 (belongs), 0 (does not) and missing (not decided).
    by : str, optional
        Column of a group, such as sex or the year of the referral, within which decisions are alike.
    imputations : int
        How many tables are drawn.
    level : float
        Coverage of the interval, as a proportion.
    seed : int or numpy.random.SeedSequence
        Where the random stream starts.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    ``curve`` of the result repeats the estimate as if the odds of a negative decision were larger or smaller among
    those who wait: that they are alike is what no table can show. It fails where decisions err.

    References
    ----------
    .. [1] Rubin, D. B. (1987). Multiple Imputation for Nonresponse in Surveys. New York: Wiley.
       https://doi.org/10.1002/9780470316696

    Examples
    --------
    >>> from ctresearch.prevalence import LogLinear
    >>> rng = np.random.default_rng(5)
    >>> people = pd.DataFrame({"police": rng.random(2000) < 0.4, "ngo": rng.random(2000) < 0.3}) * 1
    >>> wrong = pd.DataFrame({"police": [1] * 150, "ngo": [0] * 150})
    >>> seen = pd.concat([people[people.any(axis=1)].assign(decision=1.0), wrong.assign(decision=0.0)])
    >>> seen.loc[rng.random(len(seen)) < 0.3, "decision"] = np.nan
    >>> pending = PendingDecisions(LogLinear("fixed", model="[1,2]"), lists=["police", "ngo"], decision="decision")
    >>> result = pending.fit(seen)
    >>> row = result.estimates.loc["population"]
    >>> print(f"{row['ci_low']:.0f} to {row['ci_high']:.0f} people, all cases {result.as_it_is:.0f}, in truth 2000")
    1731 to 2019 people, all cases 2215, in truth 2000
    """

    def __init__(
        self,
        estimator: Estimator,
        *,
        lists: Sequence[str],
        decision: str,
        by: str | None = None,
        imputations: int = 20,
        level: float = 0.95,
        seed: Seed = 0,
    ) -> None:
        self.estimator = is_estimator(estimator)
        self.lists = column_names("lists", lists, least=2)
        self.decision = column_name("decision", decision)
        self.by = None if by is None else column_name("by", by)
        self.imputations = whole_number("imputations", imputations, low=FEWEST_TABLES, high=1000)
        self.level = is_level(level)
        self.seed = seed
        seed_sequence(seed)

    def fit(self, people: pd.DataFrame) -> OverCoverageResult:
        """Estimate the population from a table of people.

        Parameters
        ----------
        people : pandas.DataFrame
            One row a person who is on a list.

        Returns
        -------
        OverCoverageResult
            Terms ``population`` and ``unobserved``, in persons, and ``completion_share``.

        Raises
        ------
        DataError
            If columns are missing or cannot be read, or nobody was decided on.
        FitError
            If too many of the tables drawn have no estimate.

        Examples
        --------
        >>> from ctresearch.prevalence import LogLinear
        >>> frame = pd.DataFrame({"a": [1, 1, 0] * 40, "b": [0, 1, 1] * 40, "decision": [1, 1, 1, 0] * 30})
        >>> PendingDecisions(LogLinear("fixed", model="[1,2]"), lists=["a", "b"], decision="decision").fit(frame).n
        120
        """
        table, read, frame = self._read(people)
        draw = generator(self.seed)
        bad, good = read.chances()
        kept = np.zeros((self.imputations, read.yes.shape[1]), dtype=np.int64)
        for one in range(self.imputations):
            kept[one] = (read.yes + draw.binomial(read.waiting, 1.0 - draw.beta(bad, good))).sum(axis=0)
        tables = [table_of(cells, self.lists, table.scope) for cells in kept]
        carried = carry(self.estimator, tables, self.level)
        rates = _rate_table(read)
        decided = [
            int(v) for pair in zip(rates["false"], rates["looked_at"] - rates["false"], strict=True) for v in pair
        ]
        return OverCoverageResult(
            method=say("{method}; without people decided not to belong", method=carried.first.method),
            estimates=carried.estimates,
            n=table.n_observed,
            level=self.level,
            interval=carried.interval,
            scope=table.scope,
            checks=(_check_waiting(read), *carried.checks, *checks_of(table)),
            assumptions=(*carried.first.assumptions, *ASSUMPTIONS),
            references=(*carried.first.references, *references(PendingDecisions)),
            inputs=record(frame, seed=recorded_seed(self.seed)),
            smallest_group=min(*(fewest_people(cells) for cells in kept), smallest_of(decided)),
            draws=carried.draws,
            completed=completed_table(table.cell_counts(), kept, self.lists),
            rates=rates,
            curve=curve_of(self.estimator, ODDS, lambda odds: self._assumed(read, odds)),
            assumption=say("Odds of a negative decision of those who wait, as a multiple of those decided on"),
            as_it_is=plain_estimate(self.estimator, table),
            lists=self.lists,
        )

    def _read(self, people: Any) -> tuple[CaptureHistories, Decisions, pd.DataFrame]:
        """Read the table: all people by pattern, and what was decided."""
        frame = is_frame("people", people)
        used = [*self.lists, self.decision, *([self.by] if self.by else [])]
        has_columns("people", frame, used)
        frame = frame[list(dict.fromkeys(used))].reset_index(drop=True)
        table = require_estimable(CaptureHistories.from_records(frame[list(self.lists)], list(self.lists)))
        column = frame[self.decision]
        wrong = ~(column.isna() | column.isin([0, 1]))
        refuse_cells(column, wrong, "must be 1 (belongs), 0 (does not) or missing (not decided)")
        if column.isna().all():
            raise DataError(
                f"column {self.decision!r} is missing for all {len(frame):,} people, some must be decided on"
            )
        patterns = frame[list(self.lists)].to_numpy(dtype=np.int64) @ (np.int64(1) << np.arange(len(self.lists)))
        groups = list(read_groups(frame, self.by).rows().values()) if self.by else [np.ones(len(frame), dtype=bool)]
        marks = (column.eq(1), column.eq(0), column.isna())
        cells = 1 << len(self.lists)
        counted = [
            np.stack([np.bincount(patterns[group & mark.to_numpy(dtype=bool)], minlength=cells) for group in groups])
            for mark in marks
        ]
        return table, Decisions(*counted), frame

    def _assumed(self, read: Decisions, odds: float) -> CaptureHistories:
        """Return the table in whole people if the odds of a negative decision of those who wait were others."""
        bad, good = read.chances()
        chance = bad * odds / (bad * odds + good)
        return table_of(np.round((read.yes + read.waiting * (1.0 - chance)).sum(axis=0)), self.lists, Scope())


def _rate_table(read: Decisions) -> pd.DataFrame:
    """Table what was decided, by number of lists."""
    size = set_size(np.arange(read.no.shape[1]))
    no, yes = read.no.sum(axis=0), read.yes.sum(axis=0)
    rows = [(s, int(no[size == s].sum()), int(yes[size == s].sum())) for s in range(1, int(size.max()) + 1)]
    named = {1: "on 1 list"}
    return pd.DataFrame(
        [
            {"group": named.get(s, f"on {s} lists"), "looked_at": bad + good, "false": bad, "rate": bad / (bad + good)}
            for s, bad, good in rows
            if bad + good
        ]
    )


def _check_waiting(read: Decisions) -> Check:
    """Say how many wait."""
    waiting, all_people = float(read.waiting.sum()), float((read.yes + read.no + read.waiting).sum())
    said = say(
        "{waiting} of {people} people wait for a decision ({share:.0%}); {no} were decided not to belong.",
        waiting=int(waiting),
        people=int(all_people),
        share=waiting / all_people,
        no=int(read.no.sum()),
    )
    numbers = {"waiting": waiting, "share": waiting / all_people}
    return Check("decisions", "review" if waiting > _HALF * all_people else "pass", said, numbers)
