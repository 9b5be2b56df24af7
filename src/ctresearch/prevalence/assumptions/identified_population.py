"""A population under an identifying assumption that is chosen by name, apart from the model of the people seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from ctresearch.core.cite import references
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.random import Seed, generator, recorded_seed, seed_sequence
from ctresearch.core.validate import in_range, is_level, one_of, whole_number
from ctresearch.prevalence.assumptions import identified_checks as checks
from ctresearch.prevalence.assumptions.assumption_words import LABELS, AssumptionName, Placed, state
from ctresearch.prevalence.assumptions.dirichlet_posterior import ChanceDraws, draw_chances, unobserved_draws
from ctresearch.prevalence.assumptions.identification import grouped, identified, standard_error
from ctresearch.prevalence.assumptions.identified_result import IdentifiedResult
from ctresearch.prevalence.closed.lognormal import lognormal_limits
from ctresearch.prevalence.lists.estimable import require_estimable
from ctresearch.prevalence.lists.fewest_people import fewest_people
from ctresearch.prevalence.lists.population_table import population_table
from ctresearch.prevalence.lists.table_checks import checks_of
from ctresearch.prevalence.loglinear.loglinear_checks import check_overlaps
from ctresearch.prevalence.sensitivity.assumed_interactions import DEFAULT_RATIOS, check_ratios
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.core.check import Check
    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.lists.histories import CaptureHistories

Version = Literal["posterior", "plug_in"]
ASSUMPTIONS = (
    "The population is closed: nobody enters or leaves it in the reference period.",
    "People are matched across lists without error, and everybody on a list belongs to the population.",
)
PRIOR = "Before the data, every cell that the assumption reads holds {prior:g} people, and population N has weight 1/N."
_MOST_DRAWS = 4000


class IdentifiedPopulation(Options):
    """Estimate a population under an identifying assumption chosen by name.

    What the lists say about people who were seen, and what must be assumed about people who were not, are kept apart.
    The cells of people seen are left free, so that nothing but the assumption joins them to the number on no list; how
    the estimate moves with the assumption is part of the result.

    Parameters
    ----------
    assumption : {"no_highest_order", "conditional", "marginal"}
        That there is no interaction of all lists at once; none of those in ``among`` for people on no other list,
        which for two lists is conditional independence; or none of them whatever other lists people are on.
    among : sequence of str, optional
        Two lists or more, for ``"conditional"`` and ``"marginal"``.
    without : sequence of str, optional
        For ``"conditional"``, lists that the people it is about are on none of; by default all that ``among`` leaves.
    version : {"posterior", "plug_in"}
        Posterior median and quantiles under a Dirichlet prior on the cells, or observed shares in place of chances,
        with log-normal limits from the delta method.
    ratio : float
        Exponential of the interaction to assume in place of none, an odds ratio for two lists: above 1, who is on one
        is likelier to be on the other. From 0.001 to 1,000.
    ratios : sequence of float
        Values of it for the sensitivity curve.
    prior : float
        People that the prior adds to every cell that the assumption reads; 0.5 is Jeffreys'.
    draws : int
        Independent draws from the posterior.
    level : float
        Coverage of the interval, as a proportion.
    seed : int or numpy.random.SeedSequence
        Where the random stream starts.

    Raises
    ------
    SpecificationError
        If an option is out of range or does not go with the others.

    Notes
    -----
    Populations of very different sizes have the same lists: no table tells the assumptions apart, save that the
    marginal one, and the conditional one that leaves lists out, can ask for fewer people than were seen, and then there
    is no estimate. With all cells free many people are needed; a cell that the estimate divides by and that is empty
    gives none. Where overlaps are few, state the assumption for two or three lists.

    References
    ----------
    .. [1] Aleshin-Guendel, S., Sadinle, M. and Wakefield, J. (2024). The central role of the identifying assumption in
       population size estimation. Biometrics 80, ujad028. https://doi.org/10.1093/biomtc/ujad028
    .. [2] Dulce Rubio, M. and Kennedy, E. H. (2024). Population size estimation with many lists and heterogeneity: a
       conditional log-linear model among the unobserved. https://doi.org/10.48550/arXiv.2407.03539

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> table = CaptureHistories.from_published("hav-taiwan")
    >>> for options in ({}, {"assumption": "conditional", "among": ["L1", "L2"]}):
    ...     result = IdentifiedPopulation(version="plug_in", **options).fit(table)
    ...     print(round(result.estimates.loc["population", "estimate"]), "|", result.assumptions[-1].split(".")[0])
    1313 | Among all people, L1 and L2 and L3 have no interaction of all of them at once
    452 | Among people on none of L3, L1 and L2 are independent
    """

    def __init__(
        self,
        assumption: AssumptionName = "no_highest_order",
        *,
        among: Sequence[str] | None = None,
        without: Sequence[str] | None = None,
        version: Version = "posterior",
        ratio: float = 1.0,
        ratios: Sequence[float] = DEFAULT_RATIOS,
        prior: float = 0.5,
        draws: int = 10_000,
        level: float = 0.95,
        seed: Seed = 0,
    ) -> None:
        self.assumption = state(assumption, among, without, ratio)
        self.version: Version = one_of("version", version, ("posterior", "plug_in"))
        self.ratios = check_ratios("ratios", ratios)
        self.prior = in_range("prior", prior, 1e-3, 1e3)
        self.draws = whole_number("draws", draws, low=500, high=100_000)
        self.level = is_level(level)
        self.seed = seed
        seed_sequence(seed)

    def fit(self, histories: CaptureHistories) -> IdentifiedResult:
        """Estimate the population from a table of lists.

        Parameters
        ----------
        histories : CaptureHistories
            The table.

        Returns
        -------
        IdentifiedResult
            Terms ``population`` and ``unobserved``, in persons; ``NaN`` where there is no estimate.

        Raises
        ------
        DataError
            If the table cannot tell anything about people on no list.
        SpecificationError
            If the lists named are not in the table, or the assumption is about too many at once.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories
        >>> table = CaptureHistories.from_published("hav-taiwan")
        >>> result = IdentifiedPopulation("marginal", among=["L1", "L2"]).fit(table)
        >>> result.status, round(float(result.estimates.loc["population", "estimate"]), -1)
        ('pass', 340.0)
        """
        table = require_estimable(histories)
        placed = self.assumption.of(table.lists)
        counts = table.cell_counts()
        groups = grouped(counts, placed.identification)
        cells = checks.check_cells(groups, placed, smooth=self.version == "posterior")
        found = self._answer(groups, placed) if cells.stands else _nothing(self.ratios)
        asked = (cells, *found.checks)
        stands = all(check.stands for check in asked)
        ratio, people = self.assumption.ratio, table.n_observed
        estimate, std_error, low, high = found.row if stands else (np.nan,) * 4
        drawn = found.drawn if stands else None
        return IdentifiedResult(
            method=say(
                "Population under {assumption} ({version})",
                assumption=LABELS[self.assumption.name],
                version=_VERSIONS[self.version],
            ),
            estimates=population_table(people, estimate - people, std_error, (low, high)),
            n=people,
            level=self.level,
            interval="percentile" if self.version == "posterior" else "lognormal",
            scope=table.scope,
            checks=(*asked, check_overlaps(table.overlaps()), *checks_of(table)),
            assumptions=(
                *ASSUMPTIONS,
                *([say(PRIOR, prior=self.prior)] if self.version == "posterior" else []),
                placed.words(),
            ),
            references=(*table.references, *references(IdentifiedPopulation)),
            inputs=record(table.counts, seed=recorded_seed(self.seed), packages=("numpy", "scipy")),
            smallest_group=_fewest(counts, groups, placed),
            draws=None if drawn is None else _draws(drawn, people),
            assumption=self.assumption.name,
            ratio=ratio,
            sensitivity=found.curve,
        )

    def _answer(self, groups: Array, placed: Placed) -> _Answer:
        """Estimate the population under the assumption and along the curve."""
        of = (_Posterior if self.version == "posterior" else _PlugIn)(self, groups, placed)
        ratio = self.assumption.ratio
        drawn, possible, row = of.at(ratio)
        _, left = identified(groups, placed.identification, ratio)
        asked = [checks.check_possible(possible, float(left), float(groups[0])), *of.checks(row[0])]
        asked.append(checks.check_reach(of.at(ratio / 2)[2][0], of.at(ratio * 2)[2][0]))
        return _Answer(row, drawn, _curve({value: of.at(value) for value in self.ratios}), tuple(asked))


_VERSIONS = {"posterior": say("posterior"), "plug_in": say("plug-in")}
Row = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _Answer:
    """Estimate, standard error and limits of the population; draws of the number on no list; curve; checks."""

    row: Row
    drawn: Array | None
    curve: pd.DataFrame
    checks: tuple[Check, ...]


class _Posterior:
    """The posterior of a table under an assumption."""

    def __init__(self, options: IdentifiedPopulation, groups: Array, placed: Placed) -> None:
        self.options, self.groups, self.by = options, groups, placed.identification
        self.random = generator(options.seed)
        self.chances = self._chances(options.prior)
        self.known: dict[float, tuple[Array, float, Row]] = {}

    def at(self, ratio: float) -> tuple[Array, float, Row]:
        """Return draws, the probability that the assumption is possible, and a row of estimates."""
        if ratio not in self.known:
            self.known[ratio] = self._at(self.chances, ratio)
        return self.known[ratio]

    def checks(self, usual: float) -> list[Check]:
        """Ask how far the prior moves the estimate."""
        prior, ratio = self.options.prior, self.options.assumption.ratio
        less, more = (self._at(self._chances(prior * factor), ratio)[2][0] for factor in (0.5, 2.0))
        return [checks.check_prior(less, usual, more)] if np.isfinite([less, usual, more]).all() else []

    def _chances(self, prior: float) -> ChanceDraws:
        return draw_chances(self.groups, self.by, prior, self.options.draws, self.random)

    def _at(self, chances: ChanceDraws, ratio: float) -> tuple[Array, float, Row]:
        found, people = unobserved_draws(chances, self.by, ratio, self.random), self.groups.sum()
        if found.possible < 0.5:
            return found.draws, found.possible, (np.nan,) * 4
        tail = (1 - self.options.level) / 2
        low, median, high = people + np.quantile(found.draws, [tail, 0.5, 1 - tail])
        return found.draws, found.possible, (float(median), float(found.draws.std(ddof=1)), float(low), float(high))


class _PlugIn:
    """Observed shares in place of chances."""

    def __init__(self, options: IdentifiedPopulation, groups: Array, placed: Placed) -> None:
        self.level, self.groups, self.by = options.level, groups, placed.identification

    def at(self, ratio: float) -> tuple[None, float, Row]:
        """Return no draws, whether the assumption is possible, and a row of estimates."""
        people = float(self.groups.sum())
        asked, left = (float(value) for value in identified(self.groups, self.by, ratio))
        if left <= 0:
            return None, 0.0, (np.nan,) * 4
        std_error = standard_error(self.groups, self.by, asked)
        return None, 1.0, (people + left, std_error, *lognormal_limits(people, left, std_error, self.level))

    def checks(self, usual: float) -> list[Check]:
        """Ask nothing more: there is no prior."""
        return []


def _curve(rows: dict[float, tuple[Array | None, float, Row]]) -> pd.DataFrame:
    """Build the sensitivity curve."""
    values = [(estimate, low, high, possible) for _, possible, (estimate, _, low, high) in rows.values()]
    index = pd.Index(list(rows), name="ratio", dtype=float)
    return pd.DataFrame(values, columns=["estimate", "ci_low", "ci_high", "possible"], index=index)


def _nothing(ratios: tuple[float, ...]) -> _Answer:
    """Answer where a cell that is needed is empty."""
    none: Row = (np.nan,) * 4
    return _Answer(none, None, _curve(dict.fromkeys(ratios, (None, np.nan, none))), ())


def _draws(drawn: Array, people: int) -> pd.DataFrame:
    """Build the table of draws, the first 4,000: they are independent."""
    kept = drawn[:_MOST_DRAWS]
    return pd.DataFrame([kept + people, kept], index=pd.Index(["population", "unobserved"], name="term", dtype="str"))


def _fewest(counts: Array, groups: Array, placed: Placed) -> int:
    """Return the fewest people whom one number describes: three cells follow from an estimate and its error."""
    if len(placed.among) > 2:
        return fewest_people(counts)
    return smallest_of(groups[placed.identification.signs != 0])
