"""Averaging over hierarchical log-linear models by their posterior probability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import key, model
from ctresearch.core.message import say
from ctresearch.core.random import Seed, recorded_seed, seed_sequence
from ctresearch.core.result import table_field
from ctresearch.core.validate import is_level, one_of, whole_number
from ctresearch.prevalence.averages.model_mixture import MAX_ORDERS, Mixture, enumerate_models, sample_models
from ctresearch.prevalence.averages.model_prior import (
    StatedPrior,
    TermPrior,
    alike,
    check_models_prior,
    check_stated,
    prior_table,
    read_stated,
    reweighed,
    sparse,
    words_of,
)
from ctresearch.prevalence.averages.posterior_result import (
    PosteriorResult,
    both_terms,
    draws_of,
    estimates_of,
    summary_of,
)
from ctresearch.prevalence.lists.cells import canonical_order
from ctresearch.prevalence.lists.estimable import require_estimable
from ctresearch.prevalence.lists.fewest_people import fewest_people
from ctresearch.prevalence.lists.table_checks import checks_of
from ctresearch.prevalence.loglinear.loglinear_checks import check_overlaps
from ctresearch.prevalence.loglinear.model_terms import interactions, write_model, write_term
from ctresearch.prevalence.trust.diagnose import diagnose
from ctresearch.stats.chains.mixing import check_mixing

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.histories import CaptureHistories

Prior = Literal["uip", "sbh"]
MAX_LISTS = 10
SHOWN_MODELS = 1000
ASSUMPTIONS = (
    "The population is closed: nobody enters or leaves it in the reference period.",
    "People are matched across lists without error, and everybody on a list belongs to the population.",
    "One of the models averaged over describes how lists depend on one another, for people on no list too.",
    "There is no interaction of all lists at once; no table can test that.",
)
UNIFORM = "All models are equally probable before the table is seen."
_PACKAGES = ("numpy", "scipy", "numba")
# With 400 effective draws a Monte Carlo error is a twentieth of the standard deviation.
_EFFECTIVE = 400


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ModelAverageResult(PosteriorResult):
    """Population size averaged over log-linear models.

    Parameters
    ----------
    inclusion : pandas.DataFrame
        Indexed by ``term``, interactions written as in models, with the ``probability`` that each is in the model.
    **fields
        Everything that :class:`PosteriorResult` holds.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, ModelAverage
    >>> result = ModelAverage().fit(CaptureHistories.from_published("korea"))
    >>> (result.inclusion["probability"] > 0.5).to_dict()
    {'12': True, '13': False, '23': True}
    """

    inclusion: pd.DataFrame = table_field(
        {"term": key("Interaction"), "probability": model("Probability that it is in the model", reader="percent")}
    )


class ModelAverage(Options):
    """Estimate a population by averaging over hierarchical log-linear models.

    Every model has the same prior probability, or one that the user states. Up to five lists, and six with pairs only,
    all models are weighed: by Laplace's method and, those that matter, by importance sampling. Beyond, four Markov
    chains walk over models.

    Parameters
    ----------
    prior : {"uip", "sbh"}
        Prior of the coefficients: unit information, or that of Sabanés Bové and Held, with one unknown variance.
    model_prior : {"uniform", "sparse"} or mapping of str to float
        Prior of models: all alike, about one interaction expected, or the probability of interactions by the names of
        their lists, ``{"police:charity": 0.9, "other": 0.2}``, 0.5 for those not named. Every interaction of a model
        brings its odds as a factor, apart from hierarchy.
    max_order : int, optional
        Largest number of lists that an interaction links, below the number of lists. By default 2 for three lists, 3
        for four or five, 2 for more.
    draws : int
        Draws of each of the four chains.
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
    .. [1] Overstall, A. M. and King, R. (2014). conting: an R package for Bayesian analysis of complete and
       incomplete contingency tables. Journal of Statistical Software 58 (7). https://doi.org/10.18637/jss.v058.i07
    .. [2] Sabanés Bové, D. and Held, L. (2011). Hyper-g priors for generalized linear models. Bayesian Analysis 6,
       387-410. https://doi.org/10.1214/11-BA615
    .. [3] Scott, J. G. and Berger, J. O. (2010). Bayes and empirical-Bayes multiplicity adjustment in the
       variable-selection problem. Annals of Statistics 38, 2587-2619. https://doi.org/10.1214/10-AOS792

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> result = ModelAverage().fit(CaptureHistories.from_published("korea"))
    >>> result.models.index[:2].tolist()
    ['[12,23]', '[12,13,23]']
    """

    def __init__(
        self,
        prior: Prior = "uip",
        *,
        model_prior: StatedPrior = "uniform",
        max_order: int | None = None,
        draws: int = 1000,
        level: float = 0.95,
        seed: Seed = 0,
    ) -> None:
        self.prior: Prior = one_of("prior", prior, ("uip", "sbh"))
        self.model_prior = check_stated("model_prior", model_prior)
        self.max_order = None if max_order is None else whole_number("max_order", max_order, low=1)
        self.draws = whole_number("draws", draws, low=500, high=100_000)
        self.level = is_level(level)
        self.seed = seed
        seed_sequence(seed)

    def fit(self, histories: CaptureHistories) -> ModelAverageResult:
        """Average over the models of a table of lists.

        Parameters
        ----------
        histories : CaptureHistories
            The table, of three to ten lists.

        Returns
        -------
        ModelAverageResult
            Terms ``population`` and ``unobserved``, in persons; ``NaN`` where the chains have not mixed.

        Raises
        ------
        DataError
            If the table cannot tell anything about people on no list.
        SpecificationError
            If the order does not go with the table, or the table has too many lists.
        FitError
            If the mode of a model is not found.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories
        >>> result = ModelAverage().fit(CaptureHistories.from_published("hav-taiwan"))
        >>> result.models.index[0]
        '[12,13,23]'
        """
        table = require_estimable(histories)
        lists, people = len(table.lists), table.n_observed
        order = self._order(lists)
        every = lists in MAX_ORDERS and order <= MAX_ORDERS[lists]
        mixture_of = enumerate_models if every else sample_models
        before = read_stated("model_prior", self.model_prior, interactions(lists, order), table.lists)
        found = mixture_of(table.cell_counts(), self.prior, order, self.draws, self.seed, models_prior=before)
        population = people + found.unobserved
        checks = [check_mixing({"population": population}), _check_weights(found)]
        usable = all(check.stands for check in checks)
        priors = _prior_sensitivity(found, before, people)
        checks += [] if self.model_prior == "uniform" else [check_models_prior(priors)]
        return ModelAverageResult(
            method=say(
                "Average over {models:,} log-linear models, {prior} prior", models=found.count, prior=self.prior.upper()
            ),
            estimates=estimates_of(population, people, self.level, usable=usable),
            n=people,
            level=self.level,
            interval="percentile",
            scope=table.scope,
            checks=(*checks, check_overlaps(table.overlaps()), *diagnose(table, allows=["pairs"]), *checks_of(table)),
            assumptions=(*ASSUMPTIONS, words_of(self.model_prior, UNIFORM)),
            references=(*table.references, *references(ModelAverage)),
            inputs=record(table.counts, seed=recorded_seed(self.seed), packages=_PACKAGES),
            smallest_group=fewest_people(table.cell_counts()),
            draws=draws_of(population, people) if usable else None,
            posterior=both_terms(summary_of(population), people),
            models=_models(found, people, table.lists),
            lists=table.lists,
            chains=len(population),
            prior_sensitivity=priors,
            inclusion=_inclusion(found, order, table.lists),
        )

    def _order(self, lists: int) -> int:
        """Return the largest order of an interaction."""
        if not 3 <= lists <= MAX_LISTS:
            raise SpecificationError(f"the table has {lists} lists, models are averaged for 3 to {MAX_LISTS}")
        if self.max_order is None:
            return 3 if lists in (4, 5) else 2
        if self.max_order >= lists:
            raise SpecificationError(f"max_order == {self.max_order}, must be below the number of lists, {lists}")
        return self.max_order


def _prior_sensitivity(found: Mixture, before: TermPrior, people: int) -> pd.DataFrame:
    """Table the posterior mean under other priors of models."""
    priors = {"uniform": alike(before.terms), "sparse": sparse(before.terms), "stated": before}
    logs = {name: prior.of_models(found.models) for name, prior in priors.items()}
    return prior_table(reweighed(found.probability, people + found.means, logs["stated"], logs))


def _check_weights(found: Mixture) -> Check:
    """Say how well the marginal likelihoods are known."""
    numbers = {"covered": found.covered, "effective": found.effective, "bridge": found.bridge}
    said = say(
        "Models that hold {covered:.1%} of the probability rest on {effective:,.0f} effective "
        "proposals; bridge sampling of the most probable changes its log marginal likelihood by "
        "{bridge:.3f}",
        covered=found.covered,
        effective=found.effective,
        bridge=found.bridge,
    )
    if found.effective < _EFFECTIVE or abs(found.bridge) > 0.1:
        return Check(
            "weights",
            "fail",
            say("{said}: the weights of models cannot be trusted; merge small lists.", said=said),
            numbers,
            voids=True,
        )
    return Check("weights", "pass" if found.covered > 0.95 else "review", say("{said}.", said=said), numbers)


def _models(found: Mixture, people: int, lists: tuple[str, ...]) -> pd.DataFrame:
    """Rank the most probable models."""
    shown = min(SHOWN_MODELS, len(found.models))
    terms = [np.flatnonzero(model) for model in found.models[:shown]]
    names = [write_model(one[canonical_order(one, len(lists))], lists) for one in terms]
    columns = {"probability": found.probability[:shown], "mean": people + found.means[:shown]}
    return pd.DataFrame(columns, index=pd.Index(names, name="model", dtype="str"))


def _inclusion(found: Mixture, order: int, lists: tuple[str, ...]) -> pd.DataFrame:
    """Table the probability of every interaction."""
    terms = interactions(len(lists), order)
    index = pd.Index([write_term(int(term), lists) for term in terms], name="term", dtype="str")
    return pd.DataFrame({"probability": found.inclusion[terms]}, index=index)
