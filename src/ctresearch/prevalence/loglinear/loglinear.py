"""Log-linear models for multiple systems estimation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from ctresearch.core.cite import references
from ctresearch.core.errors import SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.random import Seed, recorded_seed, seed_sequence
from ctresearch.core.result import MAX_DRAWS, estimates_table
from ctresearch.core.validate import in_range, is_level, one_of, whole_number
from ctresearch.prevalence.lists.estimable import require_estimable
from ctresearch.prevalence.lists.fewest_people import fewest_people
from ctresearch.prevalence.lists.table_checks import checks_of
from ctresearch.prevalence.loglinear import loglinear_checks as checks
from ctresearch.prevalence.loglinear.bca import acceleration, bca_limits, robust_spread
from ctresearch.prevalence.loglinear.coefficients import coefficient_table, log_likelihood
from ctresearch.prevalence.loglinear.goodness import fitted_table, goodness_of_fit
from ctresearch.prevalence.loglinear.heterogeneity import check_heterogeneity
from ctresearch.prevalence.loglinear.hierarchy import MAX_LISTS
from ctresearch.prevalence.loglinear.loglinear_result import LogLinearResult
from ctresearch.prevalence.loglinear.model_terms import given_model, read_model, write_model
from ctresearch.prevalence.loglinear.profile_interval import profile_interval, standard_error
from ctresearch.prevalence.loglinear.resample import Bootstrap, bootstrap, jackknife
from ctresearch.prevalence.loglinear.search import (
    Search,
    search_all,
    search_bounded,
    search_downhill,
    search_fixed,
    search_stepwise,
)
from ctresearch.prevalence.loglinear.silent_models import check_silent
from ctresearch.prevalence.trust.diagnose import diagnose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.core.check import Check
    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.lists.histories import CaptureHistories

Select = Literal["bic", "aic", "stepwise", "fixed"]
ASSUMPTIONS = (
    "The population is closed: nobody enters or leaves it in the reference period.",
    "People are matched across lists without error, and everybody on a list belongs to the population.",
    "The interactions of the chosen model describe how lists depend on one another, for people on no list too.",
    "There is no interaction of all lists at once; no table can test that.",
)
SELECT: tuple[Select, ...] = ("bic", "aic", "stepwise", "fixed")
_ENUMERATED_ORDER = {MAX_LISTS: 2}
_METHODS = {
    "bic": "Log-linear model with the smallest BIC {model}",
    "aic": "Log-linear model with the smallest AIC {model}",
    "stepwise": "Log-linear model by stepwise selection {model}",
    "fixed": "Log-linear model {model}",
}


class LogLinear(Options):
    """Estimate a population from overlapping lists by a Poisson log-linear model.

    Counts of people by pattern of lists follow a hierarchical log-linear model, whose intercept is the log of the
    number on no list. Extended maximum likelihood removes interactions whose overlap is empty; a model whose estimate
    does not exist or is not identified gets none.

    Parameters
    ----------
    select : {"bic", "aic", "stepwise", "fixed"}
        How the model is chosen: the smallest criterion over all hierarchical models of up to six lists, or by a
        downhill search where there are more; forward by Poisson p-values; or not at all.
    model : str or list of str, optional
        The model for ``select="fixed"``: generators in digits, ``"[12,13,23]"``, or terms by the names of lists,
        ``["A", "B", "A:B"]``. Terms that they imply are added.
    max_order : int, optional
        Largest number of lists that an interaction links, below the number of lists. By default 1 for two lists, 2 for
        three, 3 for four or five, 2 for more and for stepwise selection. With ``max_order=5`` the best of all 7,785,061
        hierarchical models of six lists is found and proven by bounds, in seconds.
    p_enter : float
        Stepwise selection adds an interaction when its p-value is below this.
    top_models : int, optional
        How many models, the best for the data first, bootstrap tables choose among. By default all.
    bootstrap : int
        Bootstrap tables for a BCa interval; on each the choice of the model is repeated. 0 makes none: a fixed model
        then has profile-likelihood limits, a chosen one has no limits, since those of one model ignore the choice.
    level : float
        Coverage of the interval, as a proportion.
    seed : int or numpy.random.SeedSequence
        Where the random streams start.

    Raises
    ------
    SpecificationError
        If an option is out of range or does not go with the others.

    References
    ----------
    .. [1] Fienberg, S. E. and Rinaldo, A. (2012). Maximum likelihood estimation in log-linear models. Annals of
       Statistics 40, 996-1023. https://doi.org/10.1214/12-AOS986
    .. [2] Chan, L., Silverman, B. W. and Vincent, K. (2021). Multiple systems estimation for sparse capture data:
       inferential challenges when there are nonoverlapping lists. Journal of the American Statistical Association 116,
       1297-1306. https://doi.org/10.1080/01621459.2019.1708748
    .. [3] Silverman, B. W., Chan, L. and Vincent, K. (2024). Bootstrapping multiple systems estimates to account for
       model selection. Statistics and Computing 34, 44. https://doi.org/10.1007/s11222-023-10346-9

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> result = LogLinear(select="stepwise").fit(CaptureHistories.from_published("uk-2013"))
    >>> print(f"{result.estimates.loc['population', 'estimate']:,.0f} potential victims by the model {result.model}")
    11,418 potential victims by the model [12,13,24,25,35,36,45]
    """

    def __init__(
        self,
        select: Select = "bic",
        *,
        model: str | Sequence[str] | None = None,
        max_order: int | None = None,
        p_enter: float = 0.02,
        top_models: int | None = None,
        bootstrap: int = 0,
        level: float = 0.95,
        seed: Seed = 0,
    ) -> None:
        self.select: Select = one_of("select", select, SELECT)
        self.model = given_model(select, model)
        self.max_order = None if max_order is None else whole_number("max_order", max_order, low=1)
        self.p_enter = in_range("p_enter", p_enter, 0, 1)
        self.top_models = None if top_models is None else whole_number("top_models", top_models, low=1)
        if top_models is not None and select not in ("bic", "aic"):
            raise SpecificationError(f"top_models == {top_models!r} goes with select 'bic' or 'aic', not {select!r}")
        self.bootstrap = whole_number("bootstrap", bootstrap, low=0, high=1_000_000)
        self.level = is_level(level)
        self.seed = seed
        seed_sequence(seed)

    def fit(self, histories: CaptureHistories) -> LogLinearResult:
        """Choose a model for a table of lists and estimate the population.

        Parameters
        ----------
        histories : CaptureHistories
            The table, of at most 16 lists.

        Returns
        -------
        LogLinearResult
            Terms ``population`` and ``unobserved``, in persons.

        Raises
        ------
        DataError
            If the table cannot tell anything about people on no list.
        SpecificationError
            If the model or the order does not go with the table.
        FitError
            If the model given, or every model, has no estimate.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories
        >>> result = LogLinear().fit(CaptureHistories.from_published("korea"))
        >>> result.model, round(float(result.estimates.loc["population", "estimate"]), 2)
        ('[12,23]', 157.17)
        """
        table = require_estimable(histories)
        counts = table.cell_counts()
        found = self._search(counts, table.lists)
        spread = self._spread(table, counts, found)
        people, unobserved = table.n_observed, found.chosen.unobserved
        rows = {
            "population": (people + unobserved, spread.std_error, spread.low, spread.high),
            "unobserved": (unobserved, spread.std_error, spread.low - people, spread.high - people),
        }
        return LogLinearResult(
            method=say(_METHODS[self.select], model=write_model(found.chosen.terms, table.lists)),
            estimates=estimates_table(rows, unit="persons"),
            n=people,
            level=self.level,
            interval=spread.interval,
            scope=table.scope,
            checks=self._checks(table, counts, found, spread),
            assumptions=ASSUMPTIONS,
            references=(*table.references, *references(LogLinear)),
            inputs=record(table.counts, seed=recorded_seed(self.seed), packages=_PACKAGES),
            smallest_group=fewest_people(counts, found.chosen.terms),
            draws=spread.draws(people),
            model=write_model(found.chosen.terms, table.lists),
            models=found.models,
            goodness_of_fit=goodness_of_fit(counts, found.chosen).to_frame(),
            fitted=fitted_table(counts, found.chosen, table.lists),
            lists=table.lists,
            acceleration=spread.acceleration,
            coefficients=coefficient_table(found.chosen, table.lists, self.level),
            log_likelihood=log_likelihood(counts, found.chosen),
        )

    def _search(self, counts: Array, lists: tuple[str, ...]) -> Search:
        """Choose the model."""
        if self.select == "fixed":
            return search_fixed(counts, lists, read_model(self.model or "", lists))
        order = self._order(len(lists))
        if self.select == "stepwise":
            return search_stepwise(counts, lists, order, self.p_enter)
        if len(lists) > MAX_LISTS:
            if self.top_models is not None:
                raise SpecificationError(
                    f"top_models == {self.top_models}, but the {len(lists)} lists have too many models of order "
                    f"{order} to rank them all: leave it out"
                )
            return search_downhill(counts, lists, order, self.select)
        search = search_bounded if order > _ENUMERATED_ORDER.get(len(lists), order) else search_all
        return search(counts, lists, order, self.select, self.top_models)

    def _order(self, lists: int) -> int:
        """Return the largest order of an interaction for a number of lists."""
        if self.max_order is None:
            return min(lists - 1, 3 if lists in (4, 5) and self.select != "stepwise" else 2)
        if self.max_order >= lists:
            raise SpecificationError(
                f"max_order == {self.max_order}, must be below the number of lists, {lists}: an interaction of all "
                "lists cannot be told from the number on no list"
            )
        return self.max_order

    def _spread(self, table: CaptureHistories, counts: Array, found: Search) -> _Spread:
        """Work out standard error and limits: from the bootstrap, from the profile, or not at all."""
        if self.bootstrap:
            sample = (found.rule, table.patterns, table.frequencies, counts.size)
            drawn = bootstrap(*sample, samples=self.bootstrap, seed=self.seed)
            accel = acceleration(jackknife(*sample), table.frequencies)
            low, high = bca_limits(drawn.estimates, table.n_observed + found.chosen.unobserved, accel, self.level)
            if np.isnan(drawn.estimates).mean() > (1 - self.level) / 2:
                low = high = np.nan
            return _Spread("bca", robust_spread(drawn.estimates), low, high, accel, drawn)
        if self.select == "fixed":
            profile = profile_interval(counts, found.chosen.terms, self.level)
            return _Spread("profile", standard_error(found.chosen), profile.low, profile.high)
        return _Spread("none", np.nan, np.nan, np.nan)

    def _checks(self, table: CaptureHistories, counts: Array, found: Search, spread: _Spread) -> tuple[Check, ...]:
        """Ask the questions."""
        answers = [
            checks.check_existence(found.chosen),
            checks.check_boundary(found.chosen),
            checks.check_overlaps(table.overlaps()),
            checks.check_fit(goodness_of_fit(counts, found.chosen)),
            checks.check_limits(spread.low, spread.high, spread.interval),
        ]
        if self.select in ("bic", "aic"):
            complete = np.inf if found.proof is None else found.proof.complete
            answers.append(checks.check_rivals(found.models, self.select, complete))
            answers.append(check_silent(counts, found.models, self.select, table.lists))
        if found.proof is not None:
            answers.append(checks.check_search(found.proof.models, found.proof.visited))
        if self.select != "fixed" and len(table.lists) > 2:
            answers.append(check_heterogeneity(counts, found.chosen, self.select))
        if spread.drawn is not None:
            drawn = spread.drawn
            answers.append(
                checks.check_draws(drawn.estimates, drawn.winners, found.chosen, table.lists, level=self.level)
            )
        linked = self.select != "fixed" or len(found.chosen.terms) > len(table.lists) + 1
        return (*answers, *diagnose(table, allows=["pairs"] if linked else []), *checks_of(table))


_PACKAGES = ("numpy", "scipy", "numba")


@dataclass(frozen=True, slots=True)
class _Spread:
    """Kind, standard error and limits of an interval, and the bootstrap behind them."""

    interval: str
    std_error: float
    low: float
    high: float
    acceleration: float = float("nan")
    drawn: Bootstrap | None = None

    def draws(self, people: int) -> pd.DataFrame | None:
        """Return at most 4,000 draws of both terms."""
        if self.drawn is None:
            return None
        kept = self.drawn.estimates[:MAX_DRAWS]
        return pd.DataFrame(np.vstack([kept, kept - people]), index=pd.Index(["population", "unobserved"], name="term"))
