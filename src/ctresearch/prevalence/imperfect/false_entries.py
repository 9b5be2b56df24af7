"""People wrongly on a list, by what an audit of each list found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.names import unknown_names
from ctresearch.core.random import Seed, generator, recorded_seed, seed_sequence
from ctresearch.core.validate import in_range, is_level, whole_number
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
from ctresearch.prevalence.lists.table_checks import checks_of
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from ctresearch.core.estimator import Estimator
    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.lists.histories import CaptureHistories

FACTORS = (0.0, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
# Jeffreys' prior of a share.
_HALF = 0.5
# A tenth of a list wrong moves the estimate by about as much: whoever reads it should see the curve.
_MANY = 0.1
ASSUMPTIONS = (
    "The people audited are a random sample of their list, and the audit found out the truth.",
    "Lists that were not audited hold nobody wrongly.",
)
_ALONE = "Somebody who does not belong is on one list only."
_SHARED = "People on several lists do not belong {overlap:g} times as often as those on one."


class FalseEntries(Options):
    """Estimate a population from lists that hold people wrongly, as audits of the lists found.

    People who do not belong are seldom on two lists, so that they look like evidence of a large population: the
    estimate is too large. Here the share of wrong entries of each audited list is drawn from what the audit says of it,
    people are taken out of the table accordingly, any estimator is fitted to each draw, and the results are combined
    [2]_, so that the interval carries both kinds of doubt.

    Parameters
    ----------
    estimator : Estimator
        What estimates the population from a table of lists, with a standard error or draws.
    audits : mapping of str to tuple
        List to the number of people audited and how many of them were found not to belong.
    overlap : float
        How often somebody on several lists does not belong, relative to the lists' people who are on one: 0 never, as
        where a wrong entry cannot be matched [1]_, 1 as often.
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
    ``curve`` of the result repeats the estimate for multiples of the rates found, none among them. It fails where the
    audit looked at doubtful cases first; rates are then too high, and :class:`PendingDecisions` or
    :class:`TrimmedDualSystem` serve better.

    References
    ----------
    .. [1] Zhang, L.-C. and Dunne, J. (2017). Trimmed dual system estimation. In Boehning, D., van der Heijden, P. G. M.
       and Bunge, J. (eds), Capture-Recapture Methods for the Social and Medical Sciences, chapter 17. Boca Raton:
       Chapman and Hall/CRC.
    .. [2] Rubin, D. B. (1987). Multiple Imputation for Nonresponse in Surveys. New York: Wiley.
       https://doi.org/10.1002/9780470316696

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, LogLinear
    >>> frame = pd.DataFrame({"police": [1, 0, 1], "ngo": [0, 1, 1], "count": [240, 320, 80]})  # 40 of them wrongly
    >>> audit = FalseEntries(LogLinear("fixed", model="[1,2]"), audits={"police": (200, 25)}, seed=1)
    >>> result = audit.fit(CaptureHistories.from_counts(frame))
    >>> row = result.estimates.loc["population"]
    >>> print(f"{row['ci_low']:.0f} to {row['ci_high']:.0f} people, where the lists alone say {result.as_it_is:.0f}")
    1168 to 1661 people, where the lists alone say 1600
    """

    def __init__(
        self,
        estimator: Estimator,
        *,
        audits: Mapping[str, tuple[int, int]],
        overlap: float = 0.0,
        imputations: int = 20,
        level: float = 0.95,
        seed: Seed = 0,
    ) -> None:
        self.estimator = is_estimator(estimator)
        self.audits = _read_audits(audits)
        self.overlap = in_range("overlap", overlap, 0, 1)
        self.imputations = whole_number("imputations", imputations, low=FEWEST_TABLES, high=1000)
        self.level = is_level(level)
        self.seed = seed
        seed_sequence(seed)

    def fit(self, histories: CaptureHistories) -> OverCoverageResult:
        """Estimate the population from a table of lists.

        Parameters
        ----------
        histories : CaptureHistories
            The table as it came.

        Returns
        -------
        OverCoverageResult
            Terms ``population`` and ``unobserved``, in persons, and ``completion_share``.

        Raises
        ------
        DataError
            If a list that was audited is not there, is smaller than its audit, or more of it is wrong than can be.
        FitError
            If too many of the tables drawn have no estimate.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories, LogLinear
        >>> audit = FalseEntries(LogLinear("fixed", model="[12,3]"), audits={"b": (50, 0)})
        >>> round(audit.fit(CaptureHistories.from_published("korea")).as_it_is, 1)
        268.8
        """
        table = require_estimable(histories)
        counts = table.cell_counts()
        self._refuse_audits(table, counts)
        places = [table.lists.index(name) for name in self.audits]
        draw = generator(self.seed)
        found = np.array(list(self.audits.values()), dtype=float)
        kept = np.zeros((self.imputations, counts.size), dtype=np.int64)
        for one in range(self.imputations):
            rates = draw.beta(found[:, 1] + _HALF, found[:, 0] - found[:, 1] + _HALF)
            chances = np.minimum(wrong_chances(counts, places, rates, self.overlap), 1.0)
            kept[one] = counts - draw.binomial(counts.astype(np.int64), chances)
        tables = [table_of(cells, table.lists, table.scope) for cells in kept]
        carried = carry(self.estimator, tables, self.level)
        rates = found[:, 1] / found[:, 0]
        words = say(_SHARED, overlap=self.overlap) if self.overlap else say(_ALONE)
        return OverCoverageResult(
            method=say("{method}; without people wrongly on a list, by audit", method=carried.first.method),
            estimates=carried.estimates,
            n=table.n_observed,
            level=self.level,
            interval=carried.interval,
            scope=table.scope,
            checks=(self._check_rates(counts, places, rates), *carried.checks, *checks_of(table)),
            assumptions=(*carried.first.assumptions, *ASSUMPTIONS, words),
            references=(*table.references, *carried.first.references, *references(FalseEntries)),
            inputs=record(table.counts, seed=recorded_seed(self.seed)),
            smallest_group=min(
                *(fewest_people(cells) for cells in kept),
                smallest_of([v for a, f in self.audits.values() for v in (f, a - f)]),
            ),
            draws=carried.draws,
            completed=completed_table(counts, kept, table.lists),
            rates=_rate_table(self.audits),
            curve=curve_of(self.estimator, FACTORS, lambda factor: self._assumed(table, places, rates * factor)),
            assumption=say("Share of wrong entries, as a multiple of what the audit found"),
            as_it_is=plain_estimate(self.estimator, table),
            lists=table.lists,
        )

    def _refuse_audits(self, table: CaptureHistories, counts: Array) -> None:
        """Refuse audits of lists that are not there, and audits of more people than a list has."""
        unknown = unknown_names(list(self.audits), table.lists)
        if unknown:
            raise DataError(
                f"{len(unknown)} of the {len(self.audits)} lists audited are not among the {len(table.lists)} of the "
                "table, which .lists names"
            )
        sizes = np.diag(table.overlaps().to_numpy())
        for place, (audited, false) in ((table.lists.index(n), a) for n, a in self.audits.items()):
            if audited > sizes[place]:
                raise DataError(
                    f"{audited:,} people of list {place + 1} were audited, but it holds {sizes[place]:,}: audits are "
                    "of people of the list"
                )
            rates = np.array([false / audited])
            if wrong_chances(counts, [place], rates, self.overlap).max() > 1:
                raise DataError(
                    f"of list {place + 1} {false / audited:.0%} was found wrong, more than the people on it alone: set "
                    "overlap= above 0, since people on other lists too must be wrong"
                )

    def _assumed(self, table: CaptureHistories, places: list[int], rates: Array) -> CaptureHistories | None:
        """Return the table without the people who would be wrong at given rates, in whole people."""
        counts = table.cell_counts()
        chances = wrong_chances(counts, places, rates, self.overlap)
        return None if chances.max() > 1 else table_of(np.round(counts * (1 - chances)), table.lists, table.scope)

    def _check_rates(self, counts: Array, places: list[int], rates: Array) -> Check:
        """Say how many of all people are taken out."""
        gone = float((counts * wrong_chances(counts, places, rates, self.overlap)).sum())
        share = gone / float(counts.sum())
        said = say(
            "By the audits {gone:.0f} of {people} people do not belong ({share:.1%}).",
            gone=gone,
            people=int(counts.sum()),
            share=share,
        )
        return Check("wrong entries", "review" if share > _MANY else "pass", said, {"share": share})


def wrong_chances(counts: Array, places: list[int], rates: Array, overlap: float) -> Array:
    """Return the chance that somebody does not belong, by cell, from the share of wrong entries of some lists.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,).
    places : list of int
        Lists whose share is known.
    rates : numpy.ndarray
        Their shares, shape (len(places),).
    overlap : float
        How often people on several lists do not belong, relative to the mean of what it is on their lists alone.

    Returns
    -------
    numpy.ndarray
        Shape (2 ** lists,); above 1 where no such chances exist.

    Examples
    --------
    >>> wrong_chances(np.array([0.0, 60.0, 40.0, 20.0]), [0], np.array([0.15]), 0.0).tolist()
    [0.0, 0.2, 0.0, 0.0]
    """
    patterns = np.arange(counts.size)
    size = np.maximum(set_size(patterns), 1)
    member = (patterns[:, None] >> np.array(places, dtype=np.int64) & 1).astype(float)
    share = member * np.where(size == 1, 1.0, overlap / size)[:, None]
    entries = member.T @ (counts[:, None] * share)
    sizes = member.T @ counts
    if (np.diag(entries) <= 0).any():
        return np.where(share.any(axis=1), np.where(rates.max() > 0, 2.0, 0.0), 0.0)
    return np.asarray(share @ np.clip(np.linalg.solve(entries, rates * sizes), 0.0, None))


def _read_audits(audits: Mapping[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """Return the audits, checked."""
    if not isinstance(audits, Mapping) or not audits:
        raise SpecificationError(
            f"audits is a {type(audits).__name__}, must say for at least one list how many were audited and found "
            "wrong: {'police': (200, 18)}"
        )
    read = {}
    for place, (name, pair) in enumerate(audits.items(), start=1):
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise SpecificationError(f"audit {place} of {len(audits)} must be two numbers: audited and found wrong")
        audited = whole_number("the number audited", pair[0], low=1)
        read[str(name)] = (audited, whole_number("the number found wrong", pair[1], low=0, high=audited))
    return read


def _rate_table(audits: Mapping[str, tuple[int, int]]) -> pd.DataFrame:
    """Table what the audits found."""
    audited, false = np.array(list(audits.values()), dtype=np.int64).T
    return pd.DataFrame({"group": list(audits), "looked_at": audited, "false": false, "rate": false / audited})
