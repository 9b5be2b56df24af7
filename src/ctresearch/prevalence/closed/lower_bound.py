"""Chao's lower bound: how many there are at least, however people differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import FitError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import as_message, say
from ctresearch.core.renamed import renamed
from ctresearch.core.validate import is_level, one_of
from ctresearch.prevalence.closed.closed_design import closed_design
from ctresearch.prevalence.closed.lognormal import lognormal_limits
from ctresearch.prevalence.lists.cells import set_size
from ctresearch.prevalence.lists.estimable import require_estimable
from ctresearch.prevalence.lists.fewest_people import fewest_people
from ctresearch.prevalence.lists.population_table import PopulationResult, population_table
from ctresearch.prevalence.lists.table_checks import checks_of
from ctresearch.prevalence.loglinear.poisson_design import fit_design, require_existence
from ctresearch.prevalence.trust.diagnose import diagnose
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.lists.histories import CaptureHistories

ASSUMPTIONS = (
    "The population is closed: nobody enters or leaves it in the reference period.",
    "People are matched across lists without error, and everybody on a list belongs to the population.",
    "Given a person, lists are independent: they depend on one another only because people differ.",
    "The estimate is a lower bound of the population; how far above it the truth lies cannot be told.",
)
# The bound divides by the people on two lists: with fewer than five, one person more or less moves it by a fifth.
_FEW = 5


@dataclass(frozen=True, slots=True)
class Unseen:
    """A number of people on no list and its standard error."""

    estimate: float
    std_error: float


class LowerBound(Options):
    """Bound a population from below by those on one list and those on two.

    However people differ, at least ``(t - 1) / t * f1 ** 2 / (2 * f2)`` of them are on none of ``t`` lists, where
    ``f1`` are on one and ``f2`` on two. That holds if lists are equally long; for lists of their own length each, the
    bound is the maximum-likelihood estimate of a model with an effect of each list and terms, none of them negative,
    that raise the counts of people on three or more.

    Parameters
    ----------
    list_chances : {"unequal", "equal"}
        Whether each list has a chance of its own. ``"equal"`` gives the closed formula, which is no lower bound where
        lists differ much in length.
    bias_corrected : bool
        Whether to correct for small counts; the closed formula is then ``(t - 1) / t * f1 (f1 - 1) / (2 (f2 + 1))``.
    level : float
        Coverage of the log-normal interval, as a proportion.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    It fails as a bound where lists repel one another, as when a case passed to the police leaves the charity's files:
    few people are then on two lists and the estimate is too high. It says nothing about an upper limit.

    References
    ----------
    .. [1] Chao, A. (1987). Estimating the population size for capture-recapture data with unequal catchability.
       Biometrics 43, 783-791. https://doi.org/10.2307/2531532
    .. [2] Rivest, L.-P. and Baillargeon, S. (2007). Applications and extensions of Chao's moment estimator for the
       size of a closed population. Biometrics 63, 999-1006.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> result = LowerBound().fit(CaptureHistories.from_published("hav-taiwan"))
    >>> print(f"at least {result.estimates.loc['population', 'estimate']:.0f} cases, were there no sampling error")
    at least 479 cases, were there no sampling error
    """

    @renamed(gone="0.3", lists="list_chances")
    def __init__(
        self,
        *,
        list_chances: Literal["unequal", "equal"] = "unequal",
        bias_corrected: bool = False,
        level: float = 0.95,
    ) -> None:
        self.list_chances = one_of("list_chances", list_chances, ("unequal", "equal"))
        self.bias_corrected = one_of("bias_corrected", bias_corrected, (True, False))
        self.level = is_level(level)

    def fit(self, histories: CaptureHistories) -> PopulationResult:
        """Bound the population of a table of lists.

        Parameters
        ----------
        histories : CaptureHistories
            The table.

        Returns
        -------
        PopulationResult
            Terms ``population`` and ``unobserved``, in persons.

        Raises
        ------
        DataError
            If the table cannot tell anything about people on no list.
        FitError
            If nobody is on exactly two lists, or the estimate does not exist.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories
        >>> bound = LowerBound(list_chances="equal", bias_corrected=True)
        >>> result = bound.fit(CaptureHistories.from_published("uk-2013-5"))
        >>> round(float(result.estimates.loc["population", "estimate"]), 2)
        14582.15
        """
        table = require_estimable(histories)
        counts, lists = table.cell_counts(), len(table.lists)
        size = set_size(np.arange(counts.size))
        once, twice = (float(counts[size == k].sum()) for k in (1, 2))
        if twice == 0 and not self.bias_corrected:
            raise FitError(
                f"{once:,.0f} people are on one list and nobody on exactly two, so the bound is infinite: "
                "use bias_corrected=True"
            )
        if self.list_chances == "equal":
            unseen = bound_of_frequencies(once, twice, lists, bias_corrected=self.bias_corrected)
        else:
            unseen = bound_of_lists(counts, lists, bias_corrected=self.bias_corrected)
        people = table.n_observed
        limits = lognormal_limits(people, unseen.estimate, unseen.std_error, self.level)
        return PopulationResult(
            method=say(
                "Chao's lower bound, {chances} lists, bias-corrected"
                if self.bias_corrected
                else "Chao's lower bound, {chances} lists",
                chances=as_message(self.list_chances),
            ),
            estimates=population_table(people, unseen.estimate, unseen.std_error, limits),
            n=people,
            level=self.level,
            interval="lognormal",
            scope=table.scope,
            checks=(_check_pairs(once, twice), *diagnose(table, allows=["bound"]), *checks_of(table)),
            assumptions=ASSUMPTIONS,
            references=(*table.references, *references(LowerBound)),
            inputs=record(table.counts, packages=("numpy", "numba")),
            smallest_group=min(fewest_people(counts), smallest_of([once, twice])),
        )


def bound_of_frequencies(once: float, twice: float, lists: int, *, bias_corrected: bool) -> Unseen:
    """Return Chao's bound for lists of equal length.

    Parameters
    ----------
    once, twice : float
        People on one list and on two; the second is positive unless the bias is corrected.
    lists : int
        Number of lists.
    bias_corrected : bool
        Whether to correct for small counts.

    Returns
    -------
    Unseen
        Number on no list.

    Examples
    --------
    >>> bound_of_frequencies(40, 20, 2, bias_corrected=False).estimate
    20.0
    """
    share = (lists - 1) / lists
    if not bias_corrected:
        estimate = share * once**2 / (2 * twice)
        variance = estimate + estimate**2 * (4 / once + 1 / twice) if once else 0.0
        return Unseen(estimate, float(np.sqrt(variance)))
    estimate = share * once * (once - 1) / (2 * (twice + 1))
    cubic = once**2 + 4 * once * twice + 3 * once - 6 * twice - 6
    variance = estimate + share**2 * once * (once - 1) * cubic / (4 * (twice + 1) ** 2 * (twice + 2))
    return Unseen(estimate, float(np.sqrt(max(variance, 0.0))))


def bound_of_lists(counts: Array, lists: int, *, bias_corrected: bool) -> Unseen:
    """Return the bound for lists with a chance of their own each.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,); the first is not used.
    lists : int
        Number of lists.
    bias_corrected : bool
        Whether to add to the counts of one and of two lists what makes up for the bias.

    Returns
    -------
    Unseen
        Number on no list.

    Raises
    ------
    FitError
        If the estimate does not exist.

    Examples
    --------
    >>> round(bound_of_lists(np.array([0.0, 60, 40, 20]), 2, bias_corrected=False).estimate, 6)
    120.0
    """
    size, people = set_size(np.arange(counts.size)), counts.astype(np.float64)
    if bias_corrected and lists > 2:
        people[size == 1] += (lists - 2) / (2 * lists)
        people[size == 2] += 2 / (lists * (lists - 1))
    elif bias_corrected:
        people[size == 2] += 1
    design = closed_design(lists, "Mth", "chao", 0.0)
    fitted = fit_design(design.matrix[1:], people[1:], design.may_leave)
    require_existence(design.matrix[1:, fitted.columns], people[1:], "Chao's lower bound")
    estimate = float(np.exp(fitted.beta[0]))
    return Unseen(estimate, float(np.sqrt(estimate + estimate**2 * fitted.covariance[0, 0])))


def _check_pairs(once: float, twice: float) -> Check:
    """Say whether enough people are on two lists for the bound to be stable."""
    numbers = {"on_one": once, "on_two": twice}
    if twice >= _FEW:
        return Check(
            "pairs",
            "pass",
            say("{once:,.0f} people are on one list and {twice:,.0f} on two.", once=once, twice=twice),
            numbers,
        )
    return Check(
        "pairs",
        "review",
        say("Only {twice:,.0f} people are on exactly two lists: the bound is shaky.", twice=twice),
        numbers,
    )
