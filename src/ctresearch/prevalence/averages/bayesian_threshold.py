"""Silverman's Bayesian thresholding of interactions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from ctresearch.core.cite import references
from ctresearch.core.errors import SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import key, mark
from ctresearch.core.meaning import model as model_figure
from ctresearch.core.message import as_message, say
from ctresearch.core.random import Seed, recorded_seed, seed_sequence, streams
from ctresearch.core.result import table_field, value_field
from ctresearch.core.validate import in_range, is_level, one_of, whole_number
from ctresearch.prevalence.averages.model_prior import OTHER
from ctresearch.prevalence.averages.poisson_chains import CHAINS, centre_of, run_chains
from ctresearch.prevalence.averages.posterior_result import (
    PosteriorResult,
    both_terms,
    draws_of,
    estimates_of,
    summary_of,
)
from ctresearch.prevalence.averages.threshold_selection import (
    Selected,
    Thresholding,
    check_threshold,
    select_by_threshold,
)
from ctresearch.prevalence.lists.cells import members
from ctresearch.prevalence.lists.declared import MODEL
from ctresearch.prevalence.lists.estimable import require_estimable
from ctresearch.prevalence.lists.fewest_people import fewest_people
from ctresearch.prevalence.lists.table_checks import checks_of
from ctresearch.prevalence.loglinear.loglinear_checks import check_overlaps
from ctresearch.prevalence.loglinear.model_terms import interactions, read_term, write_model
from ctresearch.prevalence.trust.diagnose import diagnose
from ctresearch.stats.chains.mixing import check_mixing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.prevalence.lists.histories import CaptureHistories

Prior = Literal["proper", "improper"]
MAX_LISTS = 10
ASSUMPTIONS = (
    "The population is closed: nobody enters or leaves it in the reference period.",
    "People are matched across lists without error, and everybody on a list belongs to the population.",
    "The interactions that were kept describe how lists depend on one another, for people on no list too.",
    "There is no interaction of all lists at once; no table can test that.",
    "Limits are conditional on the interactions that were kept; they leave out the uncertainty of that choice.",
)
_PACKAGES = ("numpy", "scipy", "numba")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ThresholdResult(PosteriorResult):
    """Population size by Bayesian thresholding.

    Parameters
    ----------
    model : str
        The model that was kept, by its generators.
    interactions : pandas.DataFrame
        Indexed by ``term``, the lists of an interaction joined by colons: ``mean`` and ``std_dev`` of its posterior
        in the model where it was tested, ``statistic``, the absolute ratio of the two, and ``kept``. Interactions at
        minus infinity have ``NaN``.
    **fields
        Everything that :class:`PosteriorResult` holds; ``models`` has the models sampled in turn, with ``terms``,
        their number, and ``mean``, the posterior mean of the population.

    Examples
    --------
    >>> from ctresearch.prevalence import BayesianThreshold, CaptureHistories
    >>> result = BayesianThreshold().fit(CaptureHistories.from_published("korea"))
    >>> result.interactions["kept"].to_dict()
    {'b:c': True, 'b:d': False, 'c:d': True}
    """

    model: str = value_field(MODEL)
    interactions: pd.DataFrame = table_field(
        {
            "term": key("Interaction"),
            "mean": model_figure("Posterior mean", "log odds", reader="ratio"),
            "std_dev": model_figure("Posterior standard deviation", "log odds"),
            "statistic": model_figure("Mean over standard deviation"),
            "kept": mark("Whether it was kept"),
        }
    )


class BayesianThreshold(Options):
    """Estimate a population by a log-linear model whose interactions pass a threshold in the posterior.

    The model with all pairs of lists is sampled; pairs whose posterior mean is less than two standard deviations from
    zero are dropped, and the rest is sampled again. With ``max_order=3`` the triples whose pairs were all kept are
    then added and held against the threshold in the same way.

    Parameters
    ----------
    prior : {"proper", "improper"}
        Normal for every coefficient, or flat. Under the flat prior, interactions of lists with nobody in common
        stand at minus infinity, and a model whose estimate does not exist is refused.
    max_order : {2, 3}
        Largest number of lists that an interaction links, below the number of lists.
    threshold : float
        Least absolute ratio of posterior mean to standard deviation of an interaction that is kept.
    precision : float or mapping of str to float
        Prior precision, one over the variance, of interactions under the proper prior: one number, or numbers by the
        names of their lists, ``{"police:charity": 0.1, "other": 4}``, 1 for those not named. That of the intercept and
        of lists is 0.0001.
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
    .. [1] Silverman, B. W. (2020). Multiple-systems analysis for the quantification of modern slavery: classical and
       Bayesian approaches. Journal of the Royal Statistical Society A 183, 691-736.
       https://doi.org/10.1111/rssa.12505

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> result = BayesianThreshold().fit(CaptureHistories.from_published("uk-2013"))
    >>> median = result.estimates.loc["population", "estimate"]
    >>> print(f"about {median:,.0f} potential victims".replace(f"{median:,.0f}", f"{round(median, -3):,.0f}"))
    about 12,000 potential victims
    """

    def __init__(
        self,
        prior: Prior = "proper",
        *,
        max_order: int = 2,
        threshold: float = 2.0,
        precision: float | Mapping[str, float] = 1.0,
        draws: int = 2000,
        level: float = 0.95,
        seed: Seed = 0,
    ) -> None:
        self.prior: Prior = one_of("prior", prior, ("proper", "improper"))
        self.max_order = whole_number("max_order", max_order, low=2, high=3)
        self.threshold = in_range("threshold", threshold, 0)
        self.precision = _check_precision(self.prior, precision)
        self.draws = whole_number("draws", draws, low=500, high=1_000_000)
        self.level = is_level(level)
        self.seed = seed
        seed_sequence(seed)

    def fit(self, histories: CaptureHistories) -> ThresholdResult:
        """Choose interactions for a table of lists and estimate the population.

        Parameters
        ----------
        histories : CaptureHistories
            The table, of two to ten lists.

        Returns
        -------
        ThresholdResult
            Terms ``population`` and ``unobserved``, in persons; ``NaN`` where the chains have not mixed.

        Raises
        ------
        DataError
            If the table cannot tell anything about people on no list.
        SpecificationError
            If the table has too many lists or too few for the order.
        FitError
            If the posterior is improper under the flat prior.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories
        >>> BayesianThreshold().fit(CaptureHistories.from_published("korea")).model
        '[12,23]'
        """
        table = require_estimable(histories)
        lists, people = len(table.lists), table.n_observed
        if not self.max_order < lists <= MAX_LISTS:
            raise SpecificationError(
                f"the table has {lists} lists, must have {self.max_order + 1} to {MAX_LISTS} for "
                f"max_order == {self.max_order}"
            )
        rule = self._rule(table)
        randoms = streams(self.seed, CHAINS)
        chosen = select_by_threshold(rule, randoms)
        chains = run_chains(chosen.target, centre_of(chosen.target, randoms), self.draws, randoms)
        population = people + np.exp(chains.betas[:, :, 0])
        model = write_model(chosen.terms, table.lists)
        checks = (check_mixing({"population": population}), check_threshold(chosen.stages, self.threshold))
        usable = all(check.stands for check in checks)
        return ThresholdResult(
            method=say(
                "Bayesian thresholding, {prior} prior, model {model}", prior=as_message(self.prior), model=model
            ),
            estimates=estimates_of(population, people, self.level, usable=usable),
            n=people,
            level=self.level,
            interval="percentile",
            scope=table.scope,
            checks=(*checks, check_overlaps(table.overlaps()), *diagnose(table, allows=["pairs"]), *checks_of(table)),
            assumptions=ASSUMPTIONS,
            references=(*table.references, *references(BayesianThreshold)),
            inputs=record(table.counts, seed=recorded_seed(self.seed), packages=_PACKAGES),
            smallest_group=fewest_people(rule.counts, np.concatenate([stage.terms for stage in chosen.stages])),
            draws=draws_of(population, people) if usable else None,
            posterior=both_terms(summary_of(population), people),
            models=_models(chosen, model, float(population.mean()), people, table.lists),
            lists=table.lists,
            chains=CHAINS,
            model=model,
            interactions=_interactions(chosen, table.lists),
        )

    def _rule(self, table: CaptureHistories) -> Thresholding:
        """Lay the method out over a table."""
        usual, own, counts, lists = self.precision, {}, table.cell_counts(), len(table.lists)
        if isinstance(usual, dict):
            named = {word: value for word, value in usual.items() if word != OTHER}
            own = {read_term(word, table.lists): value for word, value in named.items()}
            if len(own) < len(named) or not set(own) <= set(interactions(lists, self.max_order).tolist()):
                raise SpecificationError(
                    f"precision names {len(named)} interactions, must name each once, and those of two to "
                    f"{self.max_order} lists alone"
                )
            usual = usual.get(OTHER, 1.0)
        precision = usual if self.prior == "proper" else 0.0
        return Thresholding(counts, lists, precision, self.threshold, self.max_order, own)


def _check_precision(prior: Prior, precision: float | Mapping[str, float]) -> float | dict[str, float]:
    """Check one precision, or those of interactions."""
    if not isinstance(precision, Mapping):
        return in_range("precision", precision, 1e-6, 1e6)
    if prior != "proper" or not precision or not all(isinstance(word, str) for word in precision):
        raise SpecificationError(
            f"precision has {len(precision)} entries with prior == {prior!r}, must name interactions by text such as "
            "{'police:charity': 0.1}, and goes with prior='proper'"
        )
    return {word: in_range(f"precision[{word!r}]", value, 1e-6, 1e6) for word, value in precision.items()}


def _word(term: int, lists: Sequence[str]) -> str:
    """Write an interaction by the names of its lists."""
    return ":".join(lists[i] for i in members(int(term)))


def _interactions(chosen: Selected, lists: Sequence[str]) -> pd.DataFrame:
    """Table the interactions, in the order they were tested."""
    kept, rows = set(chosen.terms.tolist()), {}
    for stage in chosen.stages:
        for j in np.flatnonzero(stage.tested):
            term = int(stage.terms[j])
            rows[_word(term, lists)] = (stage.mean[j], stage.std_dev[j], stage.statistic[j], term in kept)
        for term in stage.removed.tolist():
            rows.setdefault(_word(term, lists), (np.nan, np.nan, np.nan, False))
    frame = pd.DataFrame(list(rows.values()), columns=["mean", "std_dev", "statistic", "kept"])
    return frame.set_index(pd.Index(list(rows), name="term", dtype="str"))


def _models(chosen: Selected, model: str, mean: float, people: int, lists: Sequence[str]) -> pd.DataFrame:
    """Table the models, the one chosen first."""
    rows = {write_model(stage.terms, lists): (len(stage.terms), people + stage.unobserved) for stage in chosen.stages}
    rows = {model: (len(chosen.terms), mean)} | {name: row for name, row in rows.items() if name != model}
    frame = pd.DataFrame(list(rows.values()), columns=["terms", "mean"])
    return frame.set_index(pd.Index(list(rows), name="model", dtype="str"))
