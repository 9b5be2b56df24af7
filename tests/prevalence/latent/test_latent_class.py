"""Latent classes: exact posteriors, calibration, long chains of LCMCR, and refusal where chains have not mixed."""

import numpy as np
import pandas as pd
import pytest
from pins import pinned, published_lists
from scipy.special import betaln, gammaln

from ctresearch.core import DataError, SpecificationError
from ctresearch.core.parallel import workers
from ctresearch.prevalence import CaptureHistories, LatentClass
from ctresearch.prevalence.latent.latent_chain import Schedule, draw_chains
from ctresearch.prevalence.latent.latent_state import Patterns, Prior, observed_patterns
from ctresearch.stats import mcse_mean

REFERENCE = pinned("lcmcr")
PRIOR = Prior(0.25, 0.25)


def population(result, column="estimate"):
    """Take one number of the population."""
    return float(result.estimates[column]["population"])


def test_one_class_has_the_posterior_of_independent_lists():
    lists = published_lists("hav-taiwan")
    people, sizes = lists.n_observed, np.diag(lists.overlaps().to_numpy())
    unseen = np.arange(2000)
    # N has weight 1/N, every list a uniform chance: a sum over N without sampling
    log = gammaln(people + unseen) - gammaln(unseen + 1)
    log = log + sum(betaln(size + 1, people + unseen - size + 1) for size in sizes)
    chance = np.exp(log - log.max())
    mean = chance @ unseen / chance.sum()
    drawn = draw_chains(observed_patterns(lists), 1, PRIOR, Schedule(1000, 40_000, 5), chains=4, seed=1).unobserved
    assert abs(drawn.mean() - mean) < 4 * mcse_mean(drawn)


@pytest.mark.slow
def test_moves_leave_the_posterior_of_plain_gibbs_steps():
    patterns = observed_patterns(published_lists("korea"))
    moved, plain = (
        draw_chains(patterns, 3, PRIOR, Schedule(2000, 60_000, 10, moves), chains=4, seed=2).unobserved
        for moves in (True, False)
    )
    # logs, since the tail is so heavy that a mean says little
    one, other = np.log1p(moved), np.log1p(plain)
    assert abs(one.mean() - other.mean()) < 4 * np.hypot(mcse_mean(one), mcse_mean(other))


def draw_prior(rng, classes, lists):
    """Draw chances of patterns, the first that of no list, from the prior."""
    concentration = rng.gamma(2.0) / 2.0
    stick = np.append(rng.beta(1, concentration, classes - 1), 1.0)
    weight = stick * np.append(1.0, np.cumprod(1 - stick[:-1]))
    chance = rng.random((classes, lists))
    on = np.arange(1 << lists)[:, None] >> np.arange(lists) & 1
    return np.prod(np.where(on[:, None, :] == 1, chance, 1 - chance), axis=2) @ weight


@pytest.mark.slow
def test_ranks_of_the_truth_are_uniform():
    rng = np.random.default_rng(7)
    classes, lists, people, keep = 3, 3, 50, 39
    members = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [2, 0, 0], [0, 2, 0], [1, 2, 0], [0, 1, 2]])
    sizes = np.array([1, 1, 2, 1, 2, 2, 3])
    ranks = []
    for replicate in range(300):
        cells = draw_prior(rng, classes, lists)
        counts = rng.multinomial(people, cells[1:] / cells[1:].sum())
        truth = rng.negative_binomial(people, 1 - cells[0])
        seen = counts > 0
        patterns = Patterns(members[seen], sizes[seen], counts[seen].astype(np.int64))
        with workers(1):
            drawn = draw_chains(
                patterns, classes, Prior(2.0, 2.0), Schedule(300, 40 * keep, 40), chains=1, seed=replicate
            )
        values = drawn.unobserved[0]
        ranks.append((values < truth).sum() + rng.integers(0, (values == truth).sum() + 1))
    found = np.histogram(ranks, bins=8, range=(-0.5, keep + 0.5))[0]
    expected = 300 / 8
    # chi-squared with 7 degrees of freedom: 24.3 is its 99.9 % point
    assert ((found - expected) ** 2 / expected).sum() < 24.3


@pytest.mark.slow
@pytest.mark.parametrize(("table", "classes"), [("uk-2013", 5), ("korea", 5), ("korea", 10), ("uk-2013-5", 5)])
def test_posteriors_agree_with_long_chains_of_lcmcr(table, classes):
    pin = REFERENCE[table][f"K{classes}"]
    result = LatentClass(classes, iterations=100_000, seed=3).fit(published_lists(table))
    assert result.status != "fail"
    row = result.posterior.loc["population"]
    means = result.draws.loc["population"].to_numpy().reshape(result.chains, -1).mean(axis=1)
    # rare visits to a mode of small populations make both chains' own errors too small: take those between chains too
    own = max(row["mcse_mean"], np.std(means, ddof=1) / 2)
    # the means within three joint errors; for the median that of a normal one is 1.25 times as large
    assert abs(row["mean"] - pin["mean"]) < 3 * np.hypot(own, max(pin["mcse_mean"], np.std(pin["medians"]) / 2))
    spread = max(pin["mcse_median"], np.std(pin["medians"]) / 2, 0.5)
    assert abs(row["q50"] - pin["quantiles"]["50%"]) < 3 * np.hypot(1.25 * own, spread)


@pytest.mark.slow
def test_a_mixture_of_two_classes_is_recovered_where_independence_misses_it():
    rng = np.random.default_rng(12)
    people, chance = 5000, np.array([[0.5, 0.4, 0.5, 0.6], [0.08, 0.1, 0.06, 0.08]])
    seen = rng.random((people, 4)) < chance[(rng.random(people) < 0.6).astype(int)]
    lists = CaptureHistories.from_records(
        pd.DataFrame(seen[seen.any(axis=1)].astype(int), columns=list("ABCD")), list("ABCD")
    )
    many = LatentClass(5, iterations=40_000, seed=1).fit(lists)
    one = LatentClass(1, iterations=4000, seed=1).fit(lists)
    assert population(many, "ci_low") < people < population(many, "ci_high")
    assert population(one, "ci_high") < 0.9 * people


def test_chains_that_have_not_mixed_give_no_estimate():
    result = LatentClass(5, iterations=200, warmup=0, thin=1, seed=1).fit(published_lists("uk-2013"))
    assert result.status == "fail"
    assert result.estimates[["estimate", "std_error", "ci_low", "ci_high"]].isna().all(axis=None)
    assert result.draws is None
    assert result.posterior.loc["population", "rhat"] > 1.01


def test_draws_depend_on_the_seed_alone():
    lists = published_lists("korea")
    options = {"classes": 4, "iterations": 2000, "seed": 5}
    texts = []
    for jobs in (1, 2):
        with workers(jobs):
            texts.append(LatentClass(**options).fit(lists).posterior)
    pd.testing.assert_frame_equal(texts[0], texts[1])
    assert (
        LatentClass(**options | {"seed": 6}).fit(lists).posterior.loc["population", "mean"]
        != texts[0]["mean"]["population"]
    )


def test_twelve_lists_work():
    rng = np.random.default_rng(1)
    seen = rng.random((2000, 12)) < rng.uniform(0.05, 0.2, 12)
    names = [f"L{i}" for i in range(12)]
    lists = CaptureHistories.from_records(pd.DataFrame(seen[seen.any(axis=1)].astype(int), columns=names), names)
    result = LatentClass(4, iterations=2000, warmup=500, seed=1).fit(lists)
    assert result.posterior.loc["population", "q0.5"] < 2000 < result.posterior.loc["population", "q99.5"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"classes": 0}, "between 1 and 200"),
        ({"chains": 1}, "between 2"),
        ({"iterations": 10}, "at least 40"),
        ({"concentration": 0.25}, "shape and rate"),
        ({"concentration": (0.25, 0)}, "above 0"),
        ({"seed": -1}, "seed"),
    ],
)
def test_options_out_of_range_are_refused(options, words):
    with pytest.raises(SpecificationError, match=words):
        LatentClass(**options)


def test_tables_without_overlap_are_refused():
    with pytest.raises(DataError, match="in common"):
        LatentClass().fit(CaptureHistories.from_counts(pd.DataFrame({"a": [1, 0], "b": [0, 1], "count": [30, 40]})))
