"""Two lists or more under an identifying assumption that holds once covariates are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_names
from ctresearch.core.errors import SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.random import Seed, recorded_seed, seed_sequence
from ctresearch.core.scope import Scope
from ctresearch.core.validate import in_range, is_level, whole_number
from ctresearch.prevalence.assumptions.assumption_words import LABELS, AssumptionName, Placed, state
from ctresearch.prevalence.assumptions.identified_checks import check_cells, check_possible, check_reach
from ctresearch.prevalence.assumptions.identified_result import IdentifiedResult
from ctresearch.prevalence.closed.lognormal import lognormal_limits
from ctresearch.prevalence.covariates.identified_capture import Contributions, contributions
from ctresearch.prevalence.covariates.learner import default_learner
from ctresearch.prevalence.lists.covariate_lists import CovariateLists, read_covariate_lists
from ctresearch.prevalence.lists.population_table import population_table
from ctresearch.prevalence.sensitivity.assumed_interactions import DEFAULT_RATIOS, check_ratios
from ctresearch.stats.groups.smallest import smallest_of
from ctresearch.stats.regression.cross_fitting import assign_folds, cross_fit_probabilities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.prevalence.lists.cells import Array

MOST_LISTS = 10
_MOST_AT_MARGIN = 0.01
_HEAVY = 0.1
"""One person in a hundred may carry a tenth of what is added for people on no list, not more."""
ASSUMPTIONS = (
    "The population is closed: nobody enters or leaves it in the reference period.",
    "People are matched across lists without error, and everybody on a list belongs to the population.",
    "Whatever the covariates, a person has some chance of every combination of lists that the assumption reads.",
)


class DoublyRobustLists(Options):
    """Estimate a population from two lists or more, heterogeneous people and an assumption chosen by name.

    Learners predict from the covariates on which lists a person is, and an identifying assumption among people with the
    same covariates turns that into the odds of being on no list. The estimate is corrected by the efficient influence
    function, so that errors of the learners enter squared; each person's chances come from learners that never saw that
    person. With two lists this is :class:`DoublyRobust`; without covariates it is :class:`IdentifiedPopulation`.

    Parameters
    ----------
    lists : sequence of str
        Columns of 0 and 1, two to ten.
    covariates : sequence of str
        Columns that chances depend on; text and categories become indicators.
    assumption : {"no_highest_order", "conditional", "marginal"}
        Given the covariates, that there is no interaction of all lists at once; none of those in ``among`` for people
        on no other list; or none of them whatever other lists people are on.
    among : sequence of str, optional
        Two lists or more, for ``"conditional"`` and ``"marginal"``.
    without : sequence of str, optional
        For ``"conditional"``, lists that the people it is about are on none of; by default all that ``among`` leaves.
    ratio : float
        Exponential of the interaction to assume in place of none, an odds ratio for two lists, from 0.001 to 1,000.
    ratios : sequence of float
        Values of it for the sensitivity curve.
    learner : scikit-learn classifier, optional
        Predicts on which lists a person is; by default a multinomial logistic regression.
    folds : int
        Parts for cross-fitting; 1 fits and predicts on the same people.
    margin : float
        Smallest chance of a combination of lists that is divided by: smaller ones are raised to it.
    level : float
        Coverage of the log-normal interval, as a proportion.
    seed : int or numpy.random.SeedSequence
        Deals people to folds.

    Raises
    ------
    SpecificationError
        If an option is out of range or does not go with the others.

    Notes
    -----
    It fails where the assumption does, for people with the same covariates; no data can show that. More lists in
    ``among`` assume less and divide by rarer combinations: there is no estimate where one is seen with nobody, or more
    than one person in a hundred has a chance of it at the margin.

    References
    ----------
    .. [1] Dulce Rubio, M. and Kennedy, E. H. (2024). Population size estimation with many lists and heterogeneity: a
       conditional log-linear model among the unobserved. https://doi.org/10.48550/arXiv.2407.03539
    .. [2] Das, M., Kennedy, E. H. and Jewell, N. P. (2024). Doubly robust capture-recapture methods for estimating
       population size. Journal of the American Statistical Association 119, 1309-1321.
       https://doi.org/10.48550/arXiv.2104.14091

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> age = rng.uniform(-1, 1, 4000)
    >>> on = rng.random((3, 4000)) < 1 / (1 + np.exp(-(np.array([[0.2], [-0.2], [-0.8]]) + age)))
    >>> frame = pd.DataFrame({**dict(zip(("police", "charity", "court"), on * 1)), "age": age})[on.any(axis=0)]
    >>> lists, pair = ["police", "charity", "court"], ["police", "charity"]
    >>> model = DoublyRobustLists(lists=lists, covariates=["age"], assumption="conditional", among=pair)
    >>> row = model.fit(frame).estimates.loc["population"]
    >>> print(f"{row['ci_low']:.0f} to {row['ci_high']:.0f} people; in truth 4000")
    3919 to 4224 people; in truth 4000
    """

    def __init__(
        self,
        *,
        lists: Sequence[str],
        covariates: Sequence[str],
        assumption: AssumptionName = "no_highest_order",
        among: Sequence[str] | None = None,
        without: Sequence[str] | None = None,
        ratio: float = 1.0,
        ratios: Sequence[float] = DEFAULT_RATIOS,
        learner: Any = None,
        folds: int = 5,
        margin: float = 0.001,
        level: float = 0.95,
        seed: Seed = 0,
    ) -> None:
        self.lists = column_names("lists", lists, least=2)
        if len(self.lists) > MOST_LISTS:
            raise SpecificationError(f"lists has {len(self.lists)} columns, must have at most {MOST_LISTS}")
        self.covariates = column_names("covariates", covariates, least=1)
        self.assumption = state(assumption, among, without, ratio)
        self.placed = self.assumption.of(self.lists)
        self.ratios = check_ratios("ratios", ratios)
        self.learner = learner
        self.folds = whole_number("folds", folds, low=1, high=100)
        self.margin = in_range("margin", margin, 0, 0.5, open_ends=True)
        self.level = is_level(level)
        self.seed = seed
        seed_sequence(seed)

    def fit(self, people: pd.DataFrame) -> IdentifiedResult:
        """Estimate the population from a table of the people seen.

        Parameters
        ----------
        people : pandas.DataFrame
            One row a person who is on a list.

        Returns
        -------
        IdentifiedResult
            Terms ``population`` and ``unobserved``, in persons, with the sensitivity curve; ``NaN`` where there is no
            estimate.

        Raises
        ------
        DataError
            If a list is not of 0 and 1, a value is missing, a person is on no list, the first two lists of the
            assumption share nobody, or a combination of lists is not seen outside a fold.

        Examples
        --------
        >>> frame = pd.DataFrame({"a": [1, 1, 0, 1] * 30, "b": [0, 1, 1, 1] * 30, "age": np.arange(120) % 7})
        >>> result = DoublyRobustLists(lists=["a", "b"], covariates=["age"], seed=1).fit(frame)
        >>> round(float(result.estimates.loc["population", "estimate"]), -1)
        130.0
        """
        ordered = [*self.placed.among, *(one for one in self.lists if one not in self.placed.among)]
        data = read_covariate_lists(people, ordered, self.covariates)
        group = self._groups(data)
        counts = np.bincount(group, minlength=self.placed.identification.signs.size).astype(np.float64)
        asked = [check_cells(counts, self.placed, smooth=False)]
        curve, row = self._empty(), (np.nan,) * 4
        if asked[0].stands:
            found = self._learn(data, group)
            rows = {ratio: self._row(found, ratio, data.people) for ratio in self._all_ratios()}
            ratio = self.assumption.ratio
            row = rows[ratio]
            asked += [*found.checks, _check_above(row[0], data.people, counts[0])]
            asked.append(check_reach(rows[ratio / 2][0], rows[ratio * 2][0]))
            curve = self._curve({one: rows[one] for one in self.ratios}, data.people)
        if not all(check.stands for check in asked):
            row, curve = (np.nan,) * 4, self._empty()
        estimate, std_error, low, high = row
        return IdentifiedResult(
            method=say("Doubly robust capture-recapture under {assumption}", assumption=LABELS[self.assumption.name]),
            estimates=population_table(data.people, estimate - data.people, std_error, (low, high)),
            n=data.people,
            level=self.level,
            interval="lognormal",
            scope=Scope(),
            checks=tuple(asked),
            assumptions=(*ASSUMPTIONS, say("Given the covariates: {words}", words=self.placed.words())),
            references=references(DoublyRobustLists),
            inputs=record(data.frame, seed=recorded_seed(self.seed), packages=("numpy", "pandas", "scikit-learn")),
            smallest_group=_fewest(counts, self.placed),
            assumption=self.assumption.name,
            ratio=self.assumption.ratio,
            sensitivity=curve,
        )

    def _groups(self, data: CovariateLists) -> Array:
        """Find the group of each person."""
        member = np.stack([data.column(name) for name in self.lists], axis=1).astype(np.int64)
        return np.asarray(self.placed.identification.groups[member @ (1 << np.arange(len(self.lists)))])

    def _learn(self, data: CovariateLists, group: Array) -> _Learned:
        """Learn the chances and work out what each person contributes."""
        by = self.placed.identification
        folds = assign_folds(data.people, self.folds, self.seed)
        present, codes = np.unique(group, return_inverse=True)
        learner = default_learner() if self.learner is None else self.learner
        chances = np.zeros((data.people, by.signs.size))
        chances[:, present] = cross_fit_probabilities(learner, data.features, codes, folds)
        least = chances[:, by.divisors].min(axis=1)
        parts = contributions(group, chances, by, self.margin)
        return _Learned(parts, folds, (_check_margin(least, self.margin), _check_heavy(parts.asked)))

    def _all_ratios(self) -> set[float]:
        """Return the interactions to work out: along the curve, the one assumed, half and twice of it."""
        ratio = self.assumption.ratio
        return {*self.ratios, ratio, ratio / 2, ratio * 2}

    def _row(self, found: _Learned, ratio: float, people: int) -> tuple[float, float, float, float]:
        """Estimate the population for one interaction."""
        mean = found.parts.mean(ratio, found.folds)
        if mean.value <= 1:
            return (np.nan,) * 4
        estimate, std_error = mean.population(people)
        return estimate, std_error, *lognormal_limits(people, estimate - people, std_error, self.level)

    def _curve(self, rows: dict[float, tuple[float, float, float, float]], people: int) -> pd.DataFrame:
        """Build the sensitivity curve."""
        values = [(estimate, low, high, float(estimate > people)) for estimate, _, low, high in rows.values()]
        index = pd.Index(list(rows), name="ratio", dtype=float)
        return pd.DataFrame(values, columns=["estimate", "ci_low", "ci_high", "possible"], index=index)

    def _empty(self) -> pd.DataFrame:
        """Build the curve of a table without an estimate."""
        return self._curve(dict.fromkeys(self.ratios, (np.nan,) * 4), 0).assign(possible=np.nan)


@dataclass(frozen=True, slots=True)
class _Learned:
    """Contributions of people, their folds, and the checks of what was learned."""

    parts: Contributions
    folds: Array
    checks: tuple[Check, ...]


def _check_margin(least: Array, margin: float) -> Check:
    """Say how many people can hardly be on a combination of lists that is divided by."""
    share = float((least <= margin).mean())
    numbers = {"share_at_margin": share, "margin": margin, "smallest": float(least.min())}
    said = say(
        "{share:.1%} of people have a chance of at most {margin:g} of a combination of lists that the estimate divides "
        "by",
        share=share,
        margin=margin,
    )
    if share > _MOST_AT_MARGIN:
        cure = say(
            "{said}: any number of people like them may be on no list. State the assumption for fewer lists, leave a "
            "covariate out or merge its values.",
            said=said,
        )
        return Check("positivity", "fail", cure, numbers, voids=True)
    return Check("positivity", "review" if share else "pass", say("{said}.", said=said), numbers)


def _check_above(estimate: float, people: int, elsewhere: float) -> Check:
    """Say whether the corrected estimate is above the number seen, and if not, what that tells."""
    above = bool(estimate > people)
    if elsewhere or above:
        return check_possible(float(above), estimate - people, elsewhere)
    said = say(
        "The corrected estimate is below the number of people seen: the chances are not learned well enough. Take "
        "another learner or fewer covariates, or state the assumption for fewer lists."
    )
    return Check("assumption", "fail", said, voids=True)


def _check_heavy(asked: Array) -> Check:
    """Say whether a few people make up much of what is added."""
    size = np.sort(np.abs(asked))
    share = float(size[-max(1, size.size // 100) :].sum() / size.sum())
    said = say("The heaviest hundredth of people carries {share:.0%} of the terms of the estimate.", share=share)
    return Check("weights", "review" if share > _HEAVY else "pass", said, {"top_percent": share})


def _fewest(counts: Array, placed: Placed) -> int:
    """Return the fewest people whom one number describes: three cells follow from an estimate and its error."""
    if len(placed.among) > 2:
        return smallest_of(np.array([counts.sum()]))
    return smallest_of(counts[placed.identification.signs != 0])
