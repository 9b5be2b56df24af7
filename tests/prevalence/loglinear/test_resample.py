"""Bootstrap and jackknife: streams, and the choice repeated."""

import numpy as np
import pytest
from pins import cells_of

from ctresearch.core.parallel import workers
from ctresearch.prevalence.loglinear.existence import fit_model
from ctresearch.prevalence.loglinear.hierarchy import all_models
from ctresearch.prevalence.loglinear.model_terms import complete, read_model
from ctresearch.prevalence.loglinear.resample import bootstrap, jackknife
from ctresearch.prevalence.loglinear.selection import BestOf, Downhill, FixedModel, Stepwise


def sample_of(table):
    """Return patterns, frequencies and number of cells."""
    counts = cells_of(table)
    patterns = np.flatnonzero(counts)
    return patterns, counts[patterns].astype(np.int64), counts.size


RULES = {
    "fixed": FixedModel(complete([], 3)),
    "best": BestOf(all_models(3, 2), "bic"),
    "stepwise": Stepwise(3, 2, 0.02),
    "downhill": Downhill(3, 2, "aic"),
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_bytes_depend_on_the_seed_alone(rule):
    drawn = []
    for jobs, seed in ((1, 4), (2, 4), (2, 5)):
        with workers(jobs):
            drawn.append(bootstrap(rule, *sample_of("korea"), samples=50, seed=seed))
    assert drawn[0].estimates.tobytes() == drawn[1].estimates.tobytes()
    assert drawn[0].winners == drawn[1].winners
    assert drawn[1].estimates.tobytes() != drawn[2].estimates.tobytes()


def test_more_tables_begin_with_the_same_ones():
    few, many = (bootstrap(RULES["stepwise"], *sample_of("korea"), samples=n, seed=1).estimates for n in (40, 100))
    assert few.tobytes() == many[:40].tobytes()


def test_the_choice_is_repeated_on_every_table():
    drawn = bootstrap(RULES["best"], *sample_of("hav-taiwan"), samples=200, seed=1)
    assert len(drawn.winners) > 1
    assert sum(drawn.winners.values()) == np.isfinite(drawn.estimates).sum() == 200


def test_a_fixed_model_has_the_spread_that_theory_gives():
    sample = sample_of("hav-taiwan")
    drawn = bootstrap(RULES["fixed"], *sample, samples=1000, seed=1)
    counts = cells_of("hav-taiwan")
    unobserved = fit_model(counts, complete([], 3)).unobserved
    # multinomial over the observed: the variance of the intercept part alone; 1,000 draws give an sd to 1/sqrt(2,000)
    # = 2 %, and the table is far from independent, which the model-based error does not know: within a third
    from ctresearch.prevalence.loglinear.profile_interval import standard_error

    model_based = np.sqrt(standard_error(fit_model(counts, complete([], 3))) ** 2 - unobserved)
    assert drawn.estimates.std() == pytest.approx(model_based, rel=0.33)


def test_tables_without_an_estimate_are_missing():
    # the only overlap is one person, who is not drawn in about 37 % of the tables
    patterns, frequencies = np.array([1, 2, 3]), np.array([30, 20, 1])
    drawn = bootstrap(FixedModel(np.array([0, 1, 2])), patterns, frequencies, 4, samples=400, seed=2)
    missing = np.isnan(drawn.estimates).mean()
    # (1 - 1/51) ** 51 = 0.364; four standard errors of a share of 400
    assert abs(missing - (1 - 1 / 51) ** 51) < 4 * np.sqrt(0.364 * 0.636 / 400)
    assert sum(drawn.winners.values()) == np.isfinite(drawn.estimates).sum()
    assert np.isnan(jackknife(FixedModel(np.array([0, 1, 2])), patterns, frequencies, 4))[2]


def test_leaving_one_out_equals_counting_one_less():
    patterns, frequencies, cells = sample_of("uk-2013-5")
    rule = FixedModel(read_model("[12,13,25,35,45]", ["1", "2", "3", "4", "5"]))
    left_out = jackknife(rule, patterns, frequencies, cells)
    counts = cells_of("uk-2013-5")
    counts[patterns[4]] -= 1
    assert left_out[4] == counts.sum() + fit_model(counts, rule.terms).unobserved


@pytest.mark.parametrize("rule", [Stepwise(2, 1, 0.02), Downhill(2, 1, "bic"), BestOf(all_models(2, 1), "bic")])
def test_a_rule_that_finds_no_estimate_says_so(rule):
    assert rule.choose(np.array([0.0, 4, 5, 0])) is None
