"""Whether a programme reaches people where it was not given."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.causes.table.study_table import record_columns
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.errors import SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.groups import read_units
from ctresearch.core.message import say
from ctresearch.core.names import name_key
from ctresearch.core.random import Seed, recorded_seed, seed_sequence
from ctresearch.core.renamed import renamed
from ctresearch.core.scope import Scope
from ctresearch.core.validate import is_level, one_of, whole_number
from ctresearch.programmes.groups.age_groups import AGE, age_groups, checks_by_group, fit_apart
from ctresearch.programmes.groups.grouped_rows import NO_ROW, grouped_table, t_limits
from ctresearch.programmes.trials.cluster_trial import RANDOMISED
from ctresearch.programmes.trials.exposure import (
    EXPOSURES,
    PROGRAMME,
    SPILL_OVER,
    UNTOUCHED,
    Contrast,
    adjacency,
    draw_arms,
    exposure_contrast,
    exposures,
)
from ctresearch.programmes.trials.trial_result import GroupedResult
from ctresearch.programmes.trials.trial_table import read_trial, trial_cells

if TYPE_CHECKING:
    import pandas as pd

    from ctresearch.programmes.groups.grouped_rows import Row

NEIGHBOURS_ONLY = (
    "A cluster is touched by its own programme and by whether any neighbour named here has one, and by no more."
)
TERMS = ("programme", "spill_over")


class SpillOver(Options):
    """Effect of a programme on its own clusters and on their neighbours, against clusters that nothing reached.

    Parameters
    ----------
    outcome, treatment, cluster : str
        Columns: a number, 0 or 1 as randomised, and what was randomised together.
    neighbours : iterable of (str, str)
        Pairs of clusters, each in either order: :func:`neighbours_within` finds them on a map.
    strata : str, optional
        Column of the strata within which clusters were randomised.
    age : str or None
        Column of ages, by which children (under 18) are analysed apart; None keeps all together. A role of its own and
        no ``by``: children are never pooled with adults unless that is said.
    draws : int
        Allocations drawn to find the chance of each exposure.
    merge_names : bool
        Take names of clusters that differ in case, accents, spaces or type alone for one; they are refused otherwise.
    level : float
        Coverage of the limits, as a proportion.
    seed : int or SeedSequence
        Of the draws.
    scope : Scope, optional
        Whom the estimate is about.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    A village with many neighbours is near a programme more often than one with few, and may differ in other ways;
    weighting by the chance of each exposure under the design takes this out. Clusters that could have had one exposure
    alone are left out of its contrast. The variance is conservative, the limits use the t distribution on clusters less
    2.

    References
    ----------
    .. [1] Aronow, P. M. and Samii, C. (2017). Estimating average causal effects under general interference, with
       application to a social network experiment. Annals of Applied Statistics 11, 1912-1947.
       https://doi.org/10.1214/16-AOAS1005

    Examples
    --------
    >>> from ctresearch.data.synthetic import campaign_evaluation
    >>> from ctresearch.programmes import neighbours_within
    >>> frame = campaign_evaluation(60, 30, spill_over=1.0, lost=0.0, seed=1).frame
    >>> pairs = neighbours_within(frame, cluster="village", east="east", north="north", radius=2)
    >>> roles = {"outcome": "score", "treatment": "campaign", "cluster": "village", "strata": "region", "age": None}
    >>> model = SpillOver(**roles, neighbours=pairs)
    >>> low = model.fit(frame).estimates.loc["spill_over", "ci_low"]
    >>> print("villages near a campaign know more" if low > 0 else "no spill-over was seen")
    villages near a campaign know more
    """

    @renamed(gone="0.3", arm="treatment", stratum="strata")
    def __init__(
        self,
        *,
        outcome: str,
        treatment: str,
        cluster: str,
        neighbours: Iterable[tuple[str, str]],
        strata: str | None = None,
        age: str | None = AGE,
        draws: int = 2000,
        merge_names: bool = False,
        level: float = 0.95,
        seed: Seed = 0,
        scope: Scope | None = None,
    ) -> None:
        self.outcome, self.treatment = column_name("outcome", outcome), column_name("treatment", treatment)
        self.cluster = column_name("cluster", cluster)
        self.neighbours = _pairs(neighbours)
        self.strata = None if strata is None else column_name("strata", strata)
        self.age = None if age is None else column_name("age", age)
        self.draws = whole_number("draws", draws, 200, 100_000)
        self.merge_names = one_of("merge_names", merge_names, (True, False))
        self.level = is_level(level)
        seed_sequence(seed)
        self.seed, self.scope = seed, scope or Scope()

    def fit(self, frame: pd.DataFrame) -> GroupedResult:
        """Estimate both effects, for adults and children apart.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a person, without missing values in the columns used.

        Returns
        -------
        GroupedResult
            Terms ``programme`` and ``spill_over`` by ``group``; missing where an exposure has fewer than two clusters.

        Raises
        ------
        DataError
            If the table is not that of a trial, or no pair of neighbours is in it.

        Examples
        --------
        >>> from ctresearch.data.synthetic import campaign_trial
        >>> frame = campaign_trial(12, 10, seed=1).frame
        >>> pairs = [("v01", "v02"), ("v03", "v04"), ("v05", "v06"), ("v07", "v08")]
        >>> model = SpillOver(outcome="knows_signs", treatment="campaign", cluster="village", neighbours=pairs)
        >>> list(model.fit(frame).estimates.index)
        ['programme', 'spill_over']
        """
        cells, merged = trial_cells(
            frame,
            outcome=self.outcome,
            treatment=self.treatment,
            cluster=self.cluster,
            strata=self.strata,
            merge=self.merge_names,
        )
        groups = age_groups(cells, self.age)
        unknown = _check_neighbours(self.neighbours, read_units(cells, self.cluster).names)
        found, checks = fit_apart(groups, self._fit_group)
        fits = {name: fit for name, fit in found.items() if fit is not None}
        own = checks_by_group({name: None if fit is None else fit[2] for name, fit in found.items()})
        used = [self.outcome, self.treatment, self.cluster]
        used += [c for c in (self.strata, self.age) if c is not None and c in frame.columns]
        return GroupedResult(
            method="Spill-over by exposure mapping",
            estimates=grouped_table(
                {name: None if fit is None else fit[0] for name, fit in found.items()},
                TERMS,
                unit=f"difference in mean {self.outcome}",
            ),
            n=sum(fit[1] for fit in fits.values()),
            smallest_group=groups.smallest(self.treatment, self.outcome),
            level=self.level,
            interval="t",
            scope=self.scope,
            checks=(*groups.checks, *merged, *unknown, *checks, *own),
            assumptions=(RANDOMISED, NEIGHBOURS_ONLY),
            references=references(SpillOver),
            inputs=record_columns(frame, used, recorded_seed(self.seed)),
        )

    def _fit_group(self, rows: pd.DataFrame) -> tuple[dict[str, Row], int, tuple[Check, ...]]:
        """Estimate one group of people."""
        table = read_trial(
            rows, outcome=self.outcome, treatment=self.treatment, cluster=self.cluster, strata=self.strata
        )
        near = adjacency(table.cluster_names, self.neighbours)
        drawn = exposures(draw_arms(table.schedule[:, 0], table.strata, self.draws, self.seed), near)
        totals = np.asarray(np.bincount(table.clusters, table.outcome), dtype=float)
        estimates: dict[str, Row] = {}
        checks = [_check_exposures(drawn[0])]
        for term, exposure in zip(TERMS, (PROGRAMME, SPILL_OVER), strict=True):
            found = exposure_contrast(totals, table.sizes.astype(float), drawn, (exposure, UNTOUCHED))
            estimates[term] = self._limits(found)
            checks += _check_contrast(term, found)
        return estimates, table.n, tuple(checks)

    def _limits(self, found: Contrast) -> Row:
        """Return a contrast with its limits."""
        if np.isnan(found.estimate):
            return NO_ROW
        return t_limits(found.estimate, found.std_error, float(sum(found.used) - 2), self.level)


def _check_neighbours(pairs: tuple[tuple[str, str], ...], clusters: tuple[str, ...]) -> tuple[Check, ...]:
    """Say how many pairs name a cluster that is not in the trial, and count for nothing."""
    known = {name_key(name) for name in clusters}
    strange = sum(name_key(one) not in known or name_key(other) not in known for one, other in pairs)
    if not strange:
        return ()
    said = say(
        "{strange:,} of {pairs:,} pairs of neighbours name a cluster that is not in the trial, and count for nothing.",
        strange=strange,
        pairs=len(pairs),
    )
    return (Check("neighbours", "review", said, {"unknown": strange, "pairs": len(pairs)}),)


def _check_exposures(observed: np.ndarray) -> Check:
    """Count clusters by exposure."""
    counts = {name: int((observed == i).sum()) for i, name in enumerate(EXPOSURES)}
    said = ", ".join(say("{count} {name}", count=count, name=name) for name, count in counts.items())
    return Check(
        "exposures",
        "pass",
        say("Clusters by exposure: {said}.", said=said),
        {k.replace("-", "_"): v for k, v in counts.items()},
    )


def _pairs(neighbours: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Read the pairs of clusters that are near each other."""
    if isinstance(neighbours, str) or not isinstance(neighbours, Iterable):
        raise SpecificationError(
            f"neighbours is a {type(neighbours).__name__}, must be pairs of clusters: see neighbours_within()"
        )
    pairs = tuple(neighbours)
    wrong = [
        i for i, pair in enumerate(pairs, 1) if isinstance(pair, str) or not isinstance(pair, Sized) or len(pair) != 2
    ]
    if wrong or not pairs:
        what = f"number {wrong[0]} of neighbours is no pair" if wrong else "neighbours is empty"
        raise SpecificationError(f"{what}, must be pairs of clusters: see neighbours_within()")
    return tuple((str(one), str(other)) for one, other in pairs)


def _check_contrast(term: str, found: Contrast) -> list[Check]:
    """Say where a contrast has no estimate, or leaves clusters out."""
    numbers = {"exposed": found.used[0], "untouched": found.used[1], "left_out": found.left_out}
    if np.isnan(found.estimate):
        said = say(
            "{exposed} exposed and {untouched} untouched clusters can be compared, must be at least 2 of each: "
            "no estimate.",
            exposed=found.used[0],
            untouched=found.used[1],
        )
        return [Check(term.replace("_", " "), "review", said, numbers)]
    if found.left_out:
        said = say(
            "{left_out} clusters could have had one exposure alone and are left out: the effect is not about them.",
            left_out=found.left_out,
        )
        return [Check(term.replace("_", " "), "review", said, numbers)]
    return []
