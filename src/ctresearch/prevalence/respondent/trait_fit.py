"""What the three estimators of a trait have in common: reading, resampling and saying what was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import DataError, FitError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import model
from ctresearch.core.random import Seed, recorded_seed, seed_sequence
from ctresearch.core.result import MAX_DRAWS, estimates_table
from ctresearch.core.validate import is_level, one_of, whole_number
from ctresearch.prevalence.respondent.inclusion import inclusion_of
from ctresearch.prevalence.respondent.recruitment_checks import (
    check_left_out,
    check_resamples,
    check_trees,
    check_waves,
)
from ctresearch.prevalence.respondent.replicates import Stock, build_forest, calibrated, resample
from ctresearch.prevalence.respondent.respondent_result import (
    RespondentResult,
    levels_table,
    logit_limits,
    normal_limits,
)
from ctresearch.prevalence.respondent.respondent_sample import require_sample
from ctresearch.prevalence.respondent.shares import stationary
from ctresearch.prevalence.respondent.trait import read_trait, trait_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ctresearch.core.check import Check
    from ctresearch.prevalence.respondent.replicates import Forest
    from ctresearch.prevalence.respondent.respondent_sample import RespondentSample
    from ctresearch.prevalence.respondent.trait import Trait

    Array = NDArray[Any]
    Estimate = Callable[[Array, Array], Array]

ASSUMPTIONS = (
    "People report how many of the population they know, and those they know also know them.",
    "Whom people recruit among those they know has nothing to do with the trait.",
    "Everybody in the population can be reached from everybody else through people who know one another.",
)
_MEASURED = Declaration({"*": model("Mean over the population", headline=True)})


@dataclass(frozen=True, slots=True)
class Asked:
    """A sample, a trait of it and who recruited whom."""

    sample: RespondentSample
    trait: Trait
    forest: Forest


@dataclass(frozen=True, slots=True)
class Resampling:
    """Options of a bootstrap; ``population`` is for Gile's."""

    method: str | None
    count: int
    level: float
    seed: Seed
    population: float | None = None


def bootstrap_options(bootstrap: Any, n_boot: int, known: tuple[str, ...], *, needed: bool = False) -> tuple[Any, int]:
    """Check the options of a bootstrap.

    Parameters
    ----------
    bootstrap : str or None
        Its name.
    n_boot : int
        Resamples.
    known : tuple of str
        Names that the estimator takes.
    needed : bool
        Whether there is no estimate without one.

    Returns
    -------
    tuple
        Both options.

    Raises
    ------
    SpecificationError
        If one is not allowed.

    Examples
    --------
    >>> bootstrap_options("tree", 1000, ("tree", "gile"))
    ('tree', 1000)
    """
    one_of("bootstrap", bootstrap, known if needed else (None, *known))
    return bootstrap, whole_number("n_boot", n_boot, low=20, high=MAX_DRAWS)


class Resampled(Options):
    """What estimators of shares are told that need no more than a trait and a bootstrap."""

    def __init__(
        self,
        trait: str,
        *,
        bootstrap: Literal["tree", "neighbourhood", "salganik"] | None = None,
        n_boot: int = 1000,
        level: float = 0.95,
        seed: Seed = 0,
    ) -> None:
        self.trait = trait_name(trait)
        self.bootstrap, self.n_boot = bootstrap_options(bootstrap, n_boot, ("tree", "neighbourhood", "salganik"))
        self.level = is_level(level)
        seed_sequence(seed)
        self.seed = seed

    @property
    def _resampling(self) -> Resampling:
        """The bootstrap."""
        return Resampling(self.bootstrap, self.n_boot, self.level, self.seed)


def ask(sample: Any, name: str) -> Asked:
    """Read a trait of a sample, which must have gone beyond its seeds.

    Parameters
    ----------
    sample : RespondentSample
        The sample.
    name : str
        The trait.

    Returns
    -------
    Asked
        Both, with the forest.

    Raises
    ------
    DataError
        If it is no sample, all are seeds, or the trait cannot be used.

    Examples
    --------
    >>> from ctresearch.prevalence import RespondentSample
    >>> frame = pd.DataFrame({"id": [1, 2, 3], "recruiter": [None, 1, 1], "degree": [4, 2, 8], "debt": [1, 0, 1]})
    >>> ask(RespondentSample.from_frame(frame, traits=["debt"]), "debt").trait.terms
    ('0', '1')
    """
    found = require_sample(sample)
    if found.seeds == found.n:
        raise DataError(
            f"all {found.n} people are seeds, there must be waves of recruits: a sample of seeds alone is a "
            "convenience sample, which nothing here makes into another"
        )
    trait = read_trait(found, name)
    return Asked(found, trait, build_forest(found.recruiter, trait.codes, trait.groups, found.order))


def conclude(
    asked: Asked,
    estimate: Estimate,
    resampling: Resampling,
    weights: Array,
    said: tuple[type, str, tuple[str, ...]],
    *,
    checks: tuple[Check, ...] = (),
    sensitivity: pd.DataFrame | None = None,
) -> RespondentResult:
    """Estimate from the sample and from resamples, and put everything into a result.

    Parameters
    ----------
    asked : Asked
        The sample and the trait.
    estimate : callable
        From how often people are in some samples, (B, n), and moves between groups, (B, G, G), to estimates,
        (B, terms).
    resampling : Resampling
        Options of the bootstrap.
    weights : numpy.ndarray
        Weights of the people in the sample, shape (n,).
    said : tuple
        The estimator, for its references; what was done; and what it assumes beside that which all assume.
    checks, sensitivity
        What is to be said beside that which holds for all.

    Returns
    -------
    RespondentResult
        The result.
    """
    kind, method, assumptions = said
    sample, trait, forest = asked.sample, asked.trait, asked.forest
    point = estimate(np.ones((1, sample.n)), forest.moves[None])[0]
    draws = _resampled(asked, estimate, resampling)
    kind_of_interval = _interval(trait, resampling.method)
    seed = None if draws is None else recorded_seed(resampling.seed)
    table = pd.DataFrame({"recruiter": sample.recruiter, "degree": sample.degree}).assign(
        **{f"trait {i}": column for i, column in enumerate(trait.values.T)}
    )
    return RespondentResult(
        method=method,
        estimates=_table(trait, point, draws, resampling.level, kind_of_interval),
        n=sample.n,
        level=resampling.level,
        interval=kind_of_interval,
        scope=sample.scope,
        checks=(
            *checks,
            check_waves(sample, forest.moves, stationary(forest.moves[None])[0]),
            check_trees(sample, trait),
            *check_left_out(sample),
            check_resamples(draws),
        ),
        assumptions=(*ASSUMPTIONS, *assumptions),
        references=references(kind),
        inputs=record(table, seed=seed, packages=("numpy", "numba")),
        draws=None if draws is None else pd.DataFrame(draws, index=pd.Index(trait.terms, name="term", dtype="str")),
        raw=pd.Series(weights / weights.sum(), index=sample.traits.index),
        smallest_group=trait.fewest(),
        declaration=_MEASURED if trait.measured else None,
        levels=levels_table(sample, trait),
        sensitivity=sensitivity,
    )


def _resampled(asked: Asked, estimate: Estimate, resampling: Resampling) -> Array | None:
    """Return the estimates of resamples, shape (terms, B)."""
    if resampling.method is None:
        return None
    if asked.trait.measured and resampling.method == "salganik":
        raise FitError(
            f"bootstrap == 'salganik' goes from level to level, and trait {asked.trait.name!r} is measured: use "
            "'tree', or cut the trait into levels"
        )
    stock = None
    if resampling.method == "gile":
        assert resampling.population is not None
        stock = estimated_stock(asked.sample.degree, resampling.population, asked.forest.moves)
        stock = calibrated(asked.forest, stock, resampling.seed)
    found = resample(asked.forest, resampling.method, resampling.count, resampling.seed, stock)
    draws: Array = estimate(found.times.astype(np.float64), found.moves).T
    return draws


def estimated_stock(degree: Array, population: float, moves: Array) -> Stock:
    """Estimate a population of copies of the people in a sample.

    Parameters
    ----------
    degree : numpy.ndarray
        Of the people in the sample, shape (n,); ``NaN`` for those left out.
    population : float
        People in the population.
    moves : numpy.ndarray
        Recruitments from group to group, the mixing to start from, shape (G, G).

    Returns
    -------
    Stock
        The population.

    Examples
    --------
    >>> estimated_stock(np.array([2.0, 4.0] * 20), 100.0, np.ones((1, 1))).copies.sum().round()
    np.float64(100.0)
    """
    known = np.isfinite(degree)
    copies = np.zeros(degree.size)
    weight = 1 / inclusion_of(degree[known], population)
    copies[known] = weight * population / weight.sum()
    return Stock(np.where(known, degree, 0.0), copies, moves)


def _interval(trait: Trait, method: str | None) -> str:
    """Say how limits are made.

    Gile's resamples tell how far estimates spread and not where they lie, since the mixing they keep to need not agree
    with the shares; so they give an error, and the logit keeps limits of shares inside 0 and 1.
    """
    if method is None:
        return "none"
    return "percentile" if method != "gile" else "normal" if trait.measured else "logit"


def _table(trait: Trait, point: Array, draws: Array | None, level: float, interval: str) -> pd.DataFrame:
    """Build the table of estimates."""
    unit = "" if trait.measured else "share of the population"
    error = low = high = np.full(point.size, np.nan)
    there = np.empty((point.size, 0)) if draws is None else draws[:, np.isfinite(draws).all(axis=0)]
    if there.shape[1] > 1:
        error = there.std(axis=1, ddof=1)
        low, high = np.quantile(there, [(1 - level) / 2, (1 + level) / 2], axis=1)
    if interval in {"normal", "logit"}:
        low, high = (logit_limits if interval == "logit" else normal_limits)(point, error, level)
    rows = zip(point, error, low, high, strict=True)
    return estimates_table(dict(zip(trait.terms, rows, strict=True)), unit=unit)
