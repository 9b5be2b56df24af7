"""Results of the rooms, about large groups, that a researcher honestly needs and that expose nobody.

The rules were written with these in sight.
"""

import pandas as pd
from tests.privacy.corpus import invented
from tests.privacy.corpus.parts import estimate

from ctresearch.causes import (
    DoublyRobustEffect,
    ExtremeBounds,
    InverseProbability,
    Mediation,
    OutcomeRegression,
    PrevalenceRatio,
)
from ctresearch.consequences import DurationModel, SocietalCost
from ctresearch.core import Result
from ctresearch.networks import act_means_purpose, centralisation
from ctresearch.prevalence import (
    BayesianThreshold,
    Chapman,
    ClosedPopulation,
    GraphicalAverage,
    LogLinear,
    SampleCoverage,
)
from ctresearch.privacy import Output
from ctresearch.programmes import DifferenceInDifferences, ScaleReliability


def two_lists():
    """Two lists that overlap by many."""
    return estimate(Chapman().fit(invented.lists().drop("court")))


def loglinear_models():
    """Models of three lists, every pattern large."""
    return estimate(LogLinear("bic").fit(invented.lists()))


def sample_coverage():
    """Sample coverage of three lists."""
    return estimate(SampleCoverage(bootstrap=50, seed=3).fit(invented.lists()))


def closed_population():
    """A model of closed populations."""
    return estimate(ClosedPopulation(model="Mt").fit(invented.lists()))


def threshold_average():
    """An average with a threshold."""
    return estimate(BayesianThreshold(seed=3).fit(invented.lists()))


def graphical_average():
    """An average over graphs of lists."""
    return estimate(GraphicalAverage(unobserved_max=20_000, seed=3).fit(invented.lists()))


def prevalence_ratio():
    """Ratios of a common outcome."""
    return estimate(PrevalenceRatio(outcome="event", covariates=["age", "sex"]).fit(invented.people()))


def inverse_probability():
    """An effect by weights."""
    return estimate(
        InverseProbability(treatment="campaign", outcome="event", covariates=["age", "sex"]).fit(invented.people())
    )


def outcome_regression():
    """An effect by regression."""
    return estimate(
        OutcomeRegression(treatment="campaign", outcome="event", covariates=["age", "sex"]).fit(invented.people())
    )


def doubly_robust_effect():
    """An effect by both."""
    return estimate(
        DoublyRobustEffect(treatment="campaign", outcome="score", covariates=["age", "sex"]).fit(invented.people())
    )


def mediation():
    """An effect through a mediator."""
    return estimate(
        Mediation(treatment="campaign", outcome="score", covariates=["age"], mediator="debt").fit(invented.people())
    )


def extreme_bounds():
    """Extreme bounds of three candidates."""
    return estimate(ExtremeBounds(outcome="score", candidates=["age", "sex", "debt"], size=1).fit(invented.people()))


def selection_result_as_a_dictionary():
    """A result that was written out, with its smallest group beside it."""
    effect = OutcomeRegression(treatment="campaign", outcome="event", covariates=["age", "sex"])
    result = effect.fit(invented.people())
    return estimate(result.to_dict(), smallest_group=result.smallest_group)


def duration_model():
    """A model of durations between bounds."""
    people = invented.people().assign(after=lambda d: d["months"] - 1, before=lambda d: d["months"])
    return estimate(DurationModel(formula="age", after="after", before="before").fit(people))


def societal_cost():
    """Costs of society, about nobody in particular."""
    costs = pd.DataFrame({"item": ["harm"], "stage": ["consequence"], "cost": [3.0], "low": [2.0], "high": [5.0]})
    return estimate(SocietalCost(victims=(9000.0, 12000.0), draws=50, seed=3).fit(costs), counts=[9000])


def difference_in_differences():
    """Two waves in twenty villages."""
    options = {"outcome": "score", "treatment": "campaign", "cluster": "village", "age": None}
    return estimate(DifferenceInDifferences(wave="wave", **options).fit(invented.villages()))


def reliability_of_a_scale():
    """A scale of three items answered by hundreds."""
    items = ["q1", "q2", "q3"]
    return estimate(ScaleReliability(items=items, age=None, bootstrap=50, seed=3).fit(invented.answers()))


def centralisation_of_a_network():
    """Centralisations of two hundred actors."""
    return estimate(centralisation(invented.network()))


def acts_means_and_purposes():
    """Elements of the definition in five hundred cases."""
    elements = {"acts": ["recruit"], "means": ["deceit"], "purposes": ["labour"]}
    return estimate(act_means_purpose(invented.cases(), **elements))


def exact_odds_of_many():
    """An odds ratio of a table with large cells."""
    return estimate(
        Result(declaration=invented.EFFECT, method="Odds ratio", estimates=invented.effect(), n=840, smallest_group=61)
    )


def figure_of_an_estimate():
    """The estimates of a result, drawn."""
    result = PrevalenceRatio(outcome="event", covariates=["age", "sex"]).fit(invented.people())
    more = {"smallest_group": result.smallest_group, "counts": [result.n]}
    return Output("forest", "figure", "restricted", result.estimates, roles=result.roles(), **more)


def two_results_of_different_people():
    """Results of women and of men, both many."""
    people = invented.people()
    model = PrevalenceRatio(outcome="event", covariates=["age"])
    fits = {sex: model.fit(people[people["sex"] == sex]) for sex in (0, 1)}
    return [estimate(fit, name=f"sex {sex}") for sex, fit in fits.items()]
