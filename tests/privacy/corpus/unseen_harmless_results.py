"""Results of the rooms, about large groups, that a researcher honestly needs and that expose nobody.

These were held back while the rules were written.
"""

import numpy as np
import pandas as pd
from tests.privacy.corpus import invented
from tests.privacy.corpus.parts import estimate

from ctresearch.causes import NearestNeighbour, OrderedLogit, RiskModel
from ctresearch.consequences import CumulativeIncidence, FineGray, HazardModel, HealthBurden, Survival
from ctresearch.core import Check, Result, say
from ctresearch.networks import associations, describe, small_world
from ctresearch.prevalence import LogLinear, LowerBound, ModelAverage, WeightedAverage
from ctresearch.privacy import Output
from ctresearch.programmes import ClusterTrial, ComplierEffect, FollowUp, ItemResponse, ReferralCascade
from ctresearch.regions import Pool


def table_of_loglinear_models():
    """The criteria of all models, taken out of the result."""
    result = LogLinear("bic").fit(invented.lists())
    shown = Output(
        "models", "table", "restricted", result.models, [result.n], roles=result.roles("models"), smallest_group=20
    )
    return [estimate(result), shown]


def lower_bound():
    """A lower bound of three lists."""
    return estimate(LowerBound().fit(invented.lists()))


def weighted_average():
    """A weighted average of models."""
    return estimate(WeightedAverage().fit(invented.lists()))


def model_average():
    """A Bayesian average of models."""
    return estimate(ModelAverage(seed=3).fit(invented.lists()))


def ordered_logit():
    """An outcome of three large levels."""
    return estimate(OrderedLogit(outcome="level", covariates=["age", "sex"]).fit(invented.people()))


def nearest_neighbour():
    """An effect by matching."""
    return estimate(
        NearestNeighbour(treatment="campaign", outcome="score", covariates=["age", "sex"]).fit(invented.people())
    )


def risk_model():
    """A model of risk for groups of many."""
    return estimate(RiskModel(outcome="event", predictors=["age", "sex"], groups=4).fit(invented.people()))


def survival():
    """A curve of hundreds by sex, in half-years at each of whose ends many return."""
    return estimate(
        Survival(duration="months", event="event", by="sex").fit(invented.people().assign(months=invented.half_years))
    )


def hazard_model():
    """Hazard ratios; many events in every half-year."""
    people = invented.people().assign(months=invented.half_years)
    return estimate(HazardModel(formula="age + sex", duration="months", event="event").fit(people))


def cumulative_incidence():
    """Two ends, each of many in every half-year."""
    return estimate(
        CumulativeIncidence(duration="months", event="end").fit(invented.people().assign(months=invented.half_years))
    )


def fine_gray():
    """Subdistribution hazards of an end of many, in every half-year."""
    people = invented.people().assign(months=invented.half_years)
    return estimate(FineGray(formula="age", cause="exit", duration="months", event="end").fit(people))


def health_burden():
    """Years of healthy life lost."""
    illness = {"condition": ["anxiety"], "share": [0.4], "weight": [0.1], "share_low": [0.3], "share_high": [0.5]}
    return estimate(HealthBurden(victims=(9000.0, 12000.0), draws=50, seed=3).fit(pd.DataFrame(illness)), counts=[9000])


def pooled_studies():
    """Seven studies pooled."""
    studies = {"estimate": [0.2, 0.5, 0.9, 0.4, 0.3, 0.6, 0.5], "std_error": [0.1, 0.2, 0.1, 0.1, 0.2, 0.1, 0.2]}
    return estimate(Pool().fit(pd.DataFrame(studies, index=list("ABCDEFG"))), counts=[5200])


def cluster_trial():
    """A trial in twenty villages of thirty."""
    return estimate(
        ClusterTrial(outcome="score", treatment="campaign", cluster="village", age=None).fit(invented.villages())
    )


def complier_effect():
    """An effect on those who took part."""
    trial = ComplierEffect(outcome="score", treatment="campaign", cluster="village", received="went", age=None)
    return estimate(trial.fit(invented.villages()))


def follow_up():
    """A trial with many lost, in groups of many."""
    villages = invented.villages().assign(score=lambda d: (d["score"] > 2) * 1.0, x=invented.numbers(1200, 9))
    villages.loc[villages.index % 5 == 0, "score"] = np.nan
    options = {"outcome": "score", "treatment": "campaign", "cluster": "village", "age": None}
    return estimate(FollowUp(covariates=["x"], bootstrap=50, seed=3, **options).fit(villages))


def item_response():
    """Difficulties of three items."""
    return estimate(ItemResponse(items=["q1", "q2", "q3"], model="rasch", age=None).fit(invented.answers()))


def referral_cascade():
    """How many of hundreds were helped by when."""
    return estimate(ReferralCascade(stages=["seen", "helped"], age=None).fit(invented.paths()))


def structure_of_a_network():
    """Density and centralisation of two hundred actors."""
    return estimate(describe(invented.network()))


def small_world_of_a_network():
    """Clustering and distances beside random graphs."""
    return estimate(small_world(invented.network(), draws=20, seed=3))


def features_that_go_together():
    """Associations between features of five hundred cases."""
    return estimate(associations(invented.cases(), features=["recruit", "deceit", "labour"]))


def checks_that_count_machines():
    """Checks that speak of iterations and chains."""
    checks = (Check("convergence", "pass", say("Converged after {n} iterations.", n=4), {"iterations": 4}),)
    return estimate(
        Result(
            declaration=invented.EFFECT,
            method="A regression",
            estimates=invented.effect(),
            n=840,
            smallest_group=90,
            checks=checks,
        )
    )
