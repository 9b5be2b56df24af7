"""Averaging over decomposable graphs of lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.cite import references
from ctresearch.core.errors import SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.random import Seed, generator, recorded_seed, seed_sequence
from ctresearch.core.result import MAX_DRAWS
from ctresearch.core.validate import in_range, is_level, whole_number
from ctresearch.prevalence.averages.decomposable import MAX_ENUMERATED
from ctresearch.prevalence.averages.graph_chain import MAX_SAMPLED, sample_graphs
from ctresearch.prevalence.averages.graph_enumeration import enumerate_graphs
from ctresearch.prevalence.averages.graph_problem import MAX_GRID, GraphProblem
from ctresearch.prevalence.averages.grid_summary import REFUSED, check_grid, check_mean
from ctresearch.prevalence.averages.model_prior import (
    StatedPrior,
    check_models_prior,
    check_stated,
    prior_table,
    read_stated,
    words_of,
)
from ctresearch.prevalence.averages.posterior_result import (
    PERCENTS,
    PosteriorResult,
    both_terms,
    diagnostics,
    draws_of,
)
from ctresearch.prevalence.lists.estimable import require_estimable
from ctresearch.prevalence.lists.fewest_people import fewest_people
from ctresearch.prevalence.lists.population_table import population_table
from ctresearch.prevalence.lists.table_checks import checks_of
from ctresearch.prevalence.loglinear.loglinear_checks import check_overlaps
from ctresearch.prevalence.loglinear.model_terms import interactions
from ctresearch.prevalence.trust.diagnose import diagnose

if TYPE_CHECKING:
    from collections.abc import Callable

    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.lists.histories import CaptureHistories

ASSUMPTIONS = (
    "The population is closed: nobody enters or leaves it in the reference period.",
    "People are matched across lists without error, and everybody on a list belongs to the population.",
    "Given the graph, lists that are not linked are independent given those between them, for people on no list too.",
    "The prior holds delta people in every pattern of lists.",
    "In a graph that links all lists the number on no list is known from the prior alone.",
)
UNIFORM = "All decomposable graphs are equally probable before the table is seen."
_PACKAGES = ("numpy", "scipy", "numba")


class GraphicalAverage(Options):
    """Estimate a population by averaging over all decomposable graphs of the lists.

    Every graph says which lists depend on one another. Under a hyper-Dirichlet prior the posterior of graph and
    number on no list has a closed form. Up to six lists all graphs are summed over (822 for five, 18,154 for six);
    beyond, four Markov chains walk over them.

    Parameters
    ----------
    delta : float, optional
        Prior people in every pattern of lists; by default one person shared by all, 2 ** -lists.
    unobserved_min, unobserved_max : int, optional
        Ends of the grid for the number on no list, at most a million values. By default the grid starts at 1 and ends
        at ten times the 99 % quantile of the posterior, or at a million.
    log_prior : callable, optional
        Takes population sizes, an array, and returns the logarithm of their prior; minus the log of the size by
        default.
    graph_prior : {"uniform", "sparse"} or mapping of str to float
        Prior of graphs: all alike, about one link expected, or the probability of links by the names of their lists,
        ``{"police:charity": 0.9, "other": 0.2}``, 0.5 for those not named. Every link of a graph brings its odds as a
        factor, apart from being decomposable.
    draws : int
        Graphs that each of the four chains keeps where there are more than six lists.
    level : float
        Coverage of the interval, as a proportion.
    seed : int or numpy.random.SeedSequence
        Where the random streams start.

    Raises
    ------
    SpecificationError
        If an option is out of range.

    References
    ----------
    .. [1] Madigan, D. and York, J. C. (1997). Bayesian methods for estimation of the size of a closed population.
       Biometrika 84, 19-31. https://doi.org/10.1093/biomet/84.1.19
    .. [2] Scott, J. G. and Berger, J. O. (2010). Bayes and empirical-Bayes multiplicity adjustment in the
       variable-selection problem. Annals of Statistics 38, 2587-2619. https://doi.org/10.1214/10-AOS792

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> result = GraphicalAverage().fit(CaptureHistories.from_published("uk-2013-5"))
    >>> median, low, high = result.estimates.loc["population", ["estimate", "ci_low", "ci_high"]]
    >>> print(f"{median:,.0f} (95 % {low:,.0f} to {high:,.0f}); most probable graph {result.models.index[0]}")
    22,990 (95 % 10,387 to 33,510); most probable graph [123,25,34]
    """

    def __init__(
        self,
        *,
        delta: float | None = None,
        unobserved_min: int = 1,
        unobserved_max: int | None = None,
        log_prior: Callable[[Array], Array] | None = None,
        graph_prior: StatedPrior = "uniform",
        draws: int = 5000,
        level: float = 0.95,
        seed: Seed = 0,
    ) -> None:
        self.delta = None if delta is None else in_range("delta", delta, 1e-6, 1e6)
        self.unobserved_min = whole_number("unobserved_min", unobserved_min, low=0)
        self.unobserved_max = unobserved_max
        if unobserved_max is not None:
            whole_number("unobserved_max", unobserved_max, low=unobserved_min + 1, high=unobserved_min + MAX_GRID - 1)
        if log_prior is not None and not callable(log_prior):
            raise SpecificationError(f"log_prior == {log_prior!r}, must be a function of an array of population sizes")
        self.log_prior = log_prior
        self.graph_prior = check_stated("graph_prior", graph_prior)
        self.draws = whole_number("draws", draws, low=500, high=1_000_000)
        self.level = is_level(level)
        self.seed = seed
        seed_sequence(seed)

    def fit(self, histories: CaptureHistories) -> PosteriorResult:
        """Average over the graphs of a table of lists.

        Parameters
        ----------
        histories : CaptureHistories
            The table, of at most 12 lists.

        Returns
        -------
        PosteriorResult
            Terms ``population`` and ``unobserved``, in persons; ``models`` has the graphs by their cliques. Estimate
            and limits are ``NaN`` where a tenth of the posterior or more lies past the end of the grid, or the chains
            have not mixed; the limits alone, where more lies past its end than the upper limit leaves out.

        Raises
        ------
        DataError
            If the table cannot tell anything about people on no list.
        SpecificationError
            If ``log_prior`` does not return finite numbers or minus infinity.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories
        >>> result = GraphicalAverage(unobserved_max=3000).fit(CaptureHistories.from_published("korea"))
        >>> round(result.posterior.loc["population", "mean"], 4)
        np.float64(205.071)
        """
        table = require_estimable(histories)
        lists, people = len(table.lists), table.n_observed
        if lists > MAX_SAMPLED:
            raise SpecificationError(
                f"the table has {lists} lists, graphs are averaged for at most {MAX_SAMPLED}: merge the smallest"
            )
        delta = 2.0**-lists if self.delta is None else self.delta
        problem = GraphProblem.from_table(
            table,
            delta=delta,
            low=self.unobserved_min,
            high=self.unobserved_max,
            prior=self.log_prior,
            graphs_prior=read_stated("graph_prior", self.graph_prior, interactions(lists, 2), table.lists),
        )
        few = lists <= MAX_ENUMERATED
        found = enumerate_graphs(problem) if few else sample_graphs(problem, self.draws, self.seed)
        summary = found.summary
        checks = (
            check_grid(summary, self.level),
            check_mean(summary),
            check_overlaps(table.overlaps()),
            *found.checks,
            *([] if self.graph_prior == "uniform" else [check_models_prior(prior_table(found.priors))]),
            *diagnose(table, allows=["pairs"]),
            *checks_of(table),
        )
        usable = summary.beyond <= REFUSED and all(check.stands for check in found.checks)
        median, low, high = summary.quantiles([0.5, (1 - self.level) / 2, (1 + self.level) / 2])
        shown = (median, summary.std_dev, low, high) if usable else (np.nan,) * 4
        drawn = summary.sample(MAX_DRAWS, generator(self.seed))[None] if found.draws is None else found.draws
        return PosteriorResult(
            method=say("Average over {graphs:,} decomposable graphs", graphs=found.count),
            estimates=population_table(people, shown[0] - people, shown[1], shown[2:]),
            n=people,
            level=self.level,
            interval="percentile",
            scope=table.scope,
            checks=checks,
            assumptions=(*ASSUMPTIONS, words_of(self.graph_prior, UNIFORM)),
            references=(*table.references, *references(GraphicalAverage)),
            inputs=record(table.counts, seed=recorded_seed(self.seed), packages=_PACKAGES),
            smallest_group=fewest_people(table.cell_counts()),
            draws=draws_of(drawn, people) if usable else None,
            posterior=both_terms(summary.table(PERCENTS) | diagnostics(found.draws), people),
            models=found.models(table.lists),
            lists=table.lists,
            chains=len(drawn),
            prior_sensitivity=prior_table(found.priors),
        )
