"""The methods that a comparison tries when the user names none, each with the name it has in tables and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import SpecificationError
from ctresearch.core.estimator import Estimator
from ctresearch.core.random import seed_sequence
from ctresearch.core.validate import is_level, whole_number
from ctresearch.prevalence.averages.bayesian_threshold import BayesianThreshold
from ctresearch.prevalence.averages.graphical_average import GraphicalAverage
from ctresearch.prevalence.averages.model_average import ModelAverage
from ctresearch.prevalence.averages.weighted_average import WeightedAverage
from ctresearch.prevalence.closed.chapman import Chapman
from ctresearch.prevalence.closed.closed_population import ClosedPopulation
from ctresearch.prevalence.closed.heterogeneity_range import HeterogeneityRange
from ctresearch.prevalence.closed.lower_bound import LowerBound
from ctresearch.prevalence.closed.sample_coverage import SampleCoverage
from ctresearch.prevalence.latent.latent_class import LatentClass
from ctresearch.prevalence.loglinear.loglinear import LogLinear

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.core.random import Seed

TOP_MODELS = 100
"""Models among which bootstrap tables of five or six lists choose."""

RANKED = (5, 6)
NEEDS_MORE = {
    "Doubly robust": "needs covariates of each person on two lists; a table of counts has none: use DoublyRobust",
    "Identified population": "rests on an assumption that you state and no table tests, and has no default that fits "
    "every table: use IdentifiedPopulation",
    "Latent classes with covariates": "needs one row a person and what the classes depend on: use "
    "LatentClassRegression",
    "Designed sample": "needs one list that is a random sample, with its weights: use DesignedSample",
    "Mb and Mbh": "are for occasions that followed one another in time, and lists of people have no such order",
}


def default_methods(lists: int, *, level: float = 0.95, bootstrap: int = 1000, seed: Seed = 0) -> dict[str, Estimator]:
    """Set up every method for a table of lists, whether or not it applies to that many.

    Parameters
    ----------
    lists : int
        Number of lists of the table.
    level : float
        Coverage of all intervals, as a proportion.
    bootstrap : int
        Bootstrap tables of the methods that draw them, at least 50.
    seed : int or numpy.random.SeedSequence
        Where the random streams of each method start.

    Returns
    -------
    dict of str to Estimator
        Name to method; the headline of a comparison is the first that applies.

    Raises
    ------
    SpecificationError
        If an option is out of range.

    Examples
    --------
    >>> list(default_methods(4))[:3]
    ['Chapman', 'Log-linear BIC', 'Log-linear AIC']
    """
    whole_number("lists", lists, low=2)
    seed_sequence(seed)
    is_level(level)
    drawn: dict[str, Any] = {"bootstrap": whole_number("bootstrap", bootstrap, low=50), "level": level, "seed": seed}
    ranked = drawn | ({"top_models": TOP_MODELS} if lists in RANKED else {})
    return {
        "Chapman": Chapman(level=level),
        "Log-linear BIC": LogLinear("bic", **ranked),
        "Log-linear AIC": LogLinear("aic", **ranked),
        "Log-linear stepwise": LogLinear("stepwise", **drawn),
        "BIC average": WeightedAverage("bic", level=level),
        "AIC average": WeightedAverage("aic", level=level),
        "Independence (Mt)": ClosedPopulation("Mt", level=level),
        "Mth Poisson": ClosedPopulation("Mth", heterogeneity="poisson", level=level),
        "Mth Darroch": ClosedPopulation("Mth", heterogeneity="darroch", level=level),
        "Mth gamma": ClosedPopulation("Mth", heterogeneity="gamma", level=level),
        "Mth range": HeterogeneityRange(level=level),
        "Sample coverage": SampleCoverage(**drawn),
        "Bayesian threshold": BayesianThreshold(level=level, seed=seed),
        "Graphical average": GraphicalAverage(level=level, seed=seed),
        "Model average": ModelAverage(level=level, seed=seed),
        "Latent classes": LatentClass(level=level, seed=seed),
        "Mth Chao": ClosedPopulation("Mth", heterogeneity="chao", level=level),
        "Lower bound": LowerBound(level=level),
    }


def chosen_methods(
    methods: Mapping[str, Estimator] | Sequence[str] | None, defaults: Mapping[str, Estimator], level: float
) -> dict[str, Estimator]:
    """Return the methods that the user asked for.

    Parameters
    ----------
    methods : mapping of str to Estimator, sequence of str, or None
        Methods with names of one's own, names among the default ones, or all of these.
    defaults : mapping of str to Estimator
        What :func:`default_methods` made.
    level : float
        Coverage that all intervals must aim at.

    Returns
    -------
    dict of str to Estimator
        Name to method, in the order given.

    Raises
    ------
    SpecificationError
        If a name is unknown, something is no estimator, or the levels differ.

    Examples
    --------
    >>> list(chosen_methods(["Lower bound"], default_methods(3), 0.95))
    ['Lower bound']
    """
    if methods is None:
        return dict(defaults)
    if isinstance(methods, str):
        raise SpecificationError(f"methods == {methods!r}, must be a list of names or a mapping of names to estimators")
    if len(methods) == 0:
        raise SpecificationError(f"methods == {methods!r}, must name at least one method, or be None for all")
    if not isinstance(methods, Mapping):
        unknown = [name for name in methods if name not in defaults]
        if unknown:
            raise SpecificationError(f"methods has {unknown[0]!r}, must be among {', '.join(map(repr, defaults))}")
        return {name: defaults[name] for name in methods}
    for name, method in methods.items():
        _check_method(name, method, level)
    return dict(methods)


def is_lower_bound(method: Estimator) -> bool:
    """Say whether a method bounds the population from below and claims no more.

    Parameters
    ----------
    method : Estimator
        The method.

    Returns
    -------
    bool
        True for Chao's bound and for ``Mth`` with Chao's heterogeneity.

    Examples
    --------
    >>> is_lower_bound(LowerBound()), is_lower_bound(Chapman())
    (True, False)
    """
    return isinstance(method, LowerBound) or getattr(method, "heterogeneity", None) == "chao"


def _check_method(name: str, method: Estimator, level: float) -> None:
    """Refuse what cannot be fitted, and limits of another level than the rest."""
    if not isinstance(method, Estimator):
        raise SpecificationError(f"methods[{name!r}] == {method!r}, must have a method fit, such as LogLinear('bic')")
    own = getattr(method, "level", level)
    if own != level:
        raise SpecificationError(
            f"methods[{name!r}] has level == {own:g}, must have {level:g} as all others: give both the same level"
        )
