"""Two lists that are independent given covariates, with learners for what depends on the covariates."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_names
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.groups import ALL
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.random import Seed, recorded_seed, seed_sequence
from ctresearch.core.renamed import renamed
from ctresearch.core.scope import Scope
from ctresearch.core.validate import in_range, is_level, one_of, whole_number
from ctresearch.prevalence.closed.lognormal import lognormal_limits
from ctresearch.prevalence.covariates.inverse_capture import (
    Chances,
    InverseCapture,
    bias_corrected,
    bound_chances,
    plug_in,
)
from ctresearch.prevalence.covariates.learner import default_learner
from ctresearch.prevalence.covariates.targeting import STOP, targeted
from ctresearch.prevalence.lists.covariate_lists import CovariateLists, read_covariate_lists
from ctresearch.prevalence.lists.population_table import PopulationResult, population_table
from ctresearch.stats.groups.smallest import smallest_of
from ctresearch.stats.regression.cross_fitting import assign_folds, cross_fit_probabilities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.prevalence.lists.cells import Array

Version = Literal["bias_corrected", "plug_in", "tmle"]
VERSIONS: tuple[Version, ...] = ("bias_corrected", "plug_in", "tmle")
ASSUMPTIONS = (
    "The population is closed: nobody enters or leaves it in the reference period.",
    "People are matched across lists without error, and everybody on a list belongs to the population.",
    "Given the covariates, the first two lists are independent. No data of two lists can test that.",
    "Whatever the covariates, a person has some chance of being on both lists.",
)
_MOST_AT_MARGIN, _SOME_AT_MARGIN = 0.01, 0.0

_WORDS = {"bias_corrected": say("bias-corrected"), "plug_in": say("plug-in"), "tmle": say("tmle")}


class DoublyRobust(Options):
    """Estimate a population from two lists that are independent once covariates are known.

    Learners predict from the covariates on which lists a person is. The bias-corrected estimate is first-order robust
    to their errors: it is consistent if the chances of one list given the other are learned well, and its error is of
    the order of the product of the learners' errors. Each person's chances come from learners that never saw that
    person.

    Parameters
    ----------
    lists : sequence of str
        Columns of 0 and 1: the two lists, then any others that people were found by.
    covariates : sequence of str
        Columns that chances depend on; text and categories become indicators.
    version : {"bias_corrected", "plug_in", "tmle"}
        The plug-in has no known standard error; targeting moves the learned chances in place of a correction.
    learner : scikit-learn classifier, optional
        Predicts on which of the two lists a person is; by default a multinomial logistic regression.
    folds : int
        Parts for cross-fitting; 1 fits and predicts on the same people.
    by : str, optional
        Column of groups, each estimated too, from chances learned on all people.
    chances : tuple of str, optional
        Columns that hold chances learned elsewhere, of the first list, the second and both; no learner is then used.
    fold : str, optional
        Column with each person's fold, in place of folds drawn at random.
    margin : float
        Smallest chance of being on both lists: smaller ones are raised to it.
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
    It fails where the lists depend on one another beyond what the covariates explain, and where some people can hardly
    be on both lists: there the estimate hangs on the margin. There is none if more than one person in a hundred is at
    the margin, as where a covariate separates the lists, or if targeting does not settle.

    References
    ----------
    .. [1] Das, M., Kennedy, E. H. and Jewell, N. P. (2024). Doubly robust capture-recapture methods for estimating
       population size. Journal of the American Statistical Association 119, 1309-1321.
       https://doi.org/10.48550/arXiv.2104.14091

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> age = rng.uniform(-1, 1, 2000)
    >>> on = rng.random((2, 2000)) < 1 / (1 + np.exp(-(np.array([[0.2], [-0.2]]) + age)))
    >>> frame = pd.DataFrame({"police": on[0] * 1, "charity": on[1] * 1, "age": age})
    >>> result = DoublyRobust(lists=["police", "charity"], covariates=["age"]).fit(frame[on.any(axis=0)])
    >>> row = result.estimates.loc["population"]
    >>> print(f"{row['ci_low']:.0f} to {row['ci_high']:.0f} people, if age explains why lists overlap; in truth 2000")
    1910 to 2160 people, if age explains why lists overlap; in truth 2000
    """

    @renamed(gone="0.3", estimator="version")
    def __init__(
        self,
        *,
        lists: Sequence[str],
        covariates: Sequence[str],
        version: Version = "bias_corrected",
        learner: Any = None,
        folds: int = 5,
        by: str | None = None,
        chances: tuple[str, str, str] | None = None,
        fold: str | None = None,
        margin: float = 0.005,
        level: float = 0.95,
        seed: Seed = 0,
    ) -> None:
        self.lists, self.covariates = (
            column_names("lists", lists, least=2),
            column_names("covariates", covariates, least=0 if chances else 1),
        )
        self.version: Version = one_of("version", version, VERSIONS)
        self.chances = None if chances is None else column_names("chances", chances, least=3)
        if chances is not None and (learner is not None or len(self.chances or ()) != 3):
            raise SpecificationError(f"chances == {chances!r}, must be three columns, and then there is no learner")
        self.learner = learner
        self.folds = whole_number("folds", folds, low=1, high=100)
        self.by, self.fold = by, fold
        self.margin = in_range("margin", margin, 0, 0.5, open_ends=True)
        self.level = is_level(level)
        self.seed = seed
        seed_sequence(seed)

    def fit(self, people: pd.DataFrame) -> PopulationResult:
        """Estimate the population from a table of the people seen.

        Parameters
        ----------
        people : pandas.DataFrame
            One row a person who is on a list.

        Returns
        -------
        PopulationResult
            Terms ``population`` and ``unobserved``, in persons; with ``by`` one pair a group, in the column ``group``,
            and ``"all"``.

        Raises
        ------
        DataError
            If a list is not of 0 and 1, a value is missing, a person is on no list, or the two lists do not overlap.

        Examples
        --------
        >>> frame = pd.DataFrame({"a": [1, 1, 0, 1] * 30, "b": [0, 1, 1, 1] * 30, "age": [3.0, 4, 5, 4] * 30})
        >>> given = frame.assign(q1=0.75, q2=0.75, q12=0.5)
        >>> result = DoublyRobust(lists=["a", "b"], covariates=[], chances=("q1", "q2", "q12"), folds=1).fit(given)
        >>> float(result.estimates.loc["population", "estimate"])
        135.0
        """
        data = read_covariate_lists(
            people, self.lists, self.covariates, extra=(*(self.chances or ()), self.by, self.fold)
        )
        folds = data.column(self.fold) if self.fold else assign_folds(data.people, self.folds, self.seed)
        raw = self._chances(data, folds)
        bounded = bound_chances(raw, self.margin)
        positivity = _check_margin(raw.both, self.margin)
        checks = [positivity]
        tables = []
        for group, rows in data.groups(self.by).items():
            mean, settled = self._estimate(data, rows, bounded, folds)
            if settled is not None:
                checks.append(replace(settled, voids=True) if group == ALL else _named(settled, group))
            usable = positivity.stands and (settled is None or settled.status == "pass")
            table = self._table(mean, int(rows.sum()), usable=usable)
            tables.append(table.assign(group=group) if self.by else table)
        if self.version == "plug_in":
            checks.append(Check("limits", "review", "The plug-in estimate has no known standard error: no limits."))
        return PopulationResult(
            method=say("Doubly robust capture-recapture, {version}", version=_WORDS[self.version]),
            estimates=pd.concat(tables),
            n=data.people,
            level=self.level,
            interval="none" if self.version == "plug_in" else "lognormal",
            scope=Scope(),
            checks=tuple(checks),
            assumptions=ASSUMPTIONS,
            references=references(DoublyRobust),
            inputs=record(data.frame, seed=recorded_seed(self.seed), packages=("numpy", "pandas", "scikit-learn")),
            smallest_group=smallest_of([rows.sum() for rows in data.groups(self.by).values()]),
        )

    def _chances(self, data: CovariateLists, folds: Array) -> Chances:
        """Take the chances of the table, or learn them."""
        if self.chances:
            return Chances(*(data.chance(name) for name in self.chances))
        learner = default_learner() if self.learner is None else self.learner
        kinds = 2 * data.on_second + data.on_first
        present = np.unique(kinds)
        codes = np.searchsorted(present, kinds)
        found = cross_fit_probabilities(learner, data.features, codes, folds)
        only_first, only_second, both = (found[:, present == kind].sum(axis=1) for kind in (1, 2, 3))
        return Chances(only_first + both, only_second + both, both)

    def _estimate(
        self, data: CovariateLists, rows: Array, chances: Chances, folds: Array
    ) -> tuple[InverseCapture, Check | None]:
        """Average the inverse chance over some people, and say whether targeting settled."""
        sample = (data.on_first[rows], data.on_second[rows], chances.of(rows), folds[rows])
        if self.version == "tmle":
            found = targeted(*sample, self.margin)
            numbers = {"last_step": found.last_step, "stop": STOP}
            message = say(
                "The last round of targeting moved a coefficient by {last_step:.2g}; it settles below {stop}.",
                last_step=found.last_step,
                stop=STOP,
            )
            return found.mean, Check("targeting", "pass" if found.converged else "fail", message, numbers)
        return (plug_in if self.version == "plug_in" else bias_corrected)(*sample), None

    def _table(self, mean: InverseCapture, people: int, *, usable: bool) -> pd.DataFrame:
        """Return the rows of the table of estimates, without numbers where there is no estimate."""
        if not usable:
            return population_table(people, np.nan, np.nan, (np.nan, np.nan))
        estimate, std_error = mean.population(people)
        if self.version == "plug_in":
            return population_table(people, estimate - people, np.nan, (np.nan, np.nan))
        limits = lognormal_limits(people, estimate - people, std_error, self.level)
        return population_table(people, estimate - people, std_error, limits)


def _named(check: Check, group: str) -> Check:
    """Say of which group a check is."""
    return replace(check, name=f"{check.name} in {group}")


def _check_margin(both: Array, margin: float) -> Check:
    """Say how many people can hardly be on both lists."""
    if np.isnan(both).any():
        raise DataError(f"{int(np.isnan(both).sum())} chances are missing, each person must have one")
    share = float((both <= margin).mean())
    numbers = {"share_at_margin": share, "margin": margin, "smallest": float(both.min())}
    said = say(
        "{share:.1%} of people have a chance of at most {margin:g} of being on both lists", share=share, margin=margin
    )
    if share > _MOST_AT_MARGIN:
        return Check(
            "positivity",
            "fail",
            say(
                "{said}: covariates separate the lists, and any number of people like them may be on none. "
                "Leave a covariate out, merge its values, or estimate for the other people only.",
                said=said,
            ),
            numbers,
            voids=True,
        )
    return Check("positivity", "review" if share > _SOME_AT_MARGIN else "pass", say("{said}.", said=said), numbers)
