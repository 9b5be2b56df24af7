"""Latent classes: how a table becomes patterns, where chains start, and what is said of the classes in use."""

import numpy as np
import pandas as pd
import pytest
from pins import published_lists

from ctresearch.core import SpecificationError
from ctresearch.core.parallel import workers
from ctresearch.prevalence import LatentClass
from ctresearch.prevalence.latent.latent_chain import LatentDraws, Schedule, draw_chains
from ctresearch.prevalence.latent.latent_class import classes_in_use
from ctresearch.prevalence.latent.latent_state import Patterns, Prior, observed_patterns, prior_change, start

TABLE = published_lists("hav-taiwan")


def test_patterns_list_their_members_from_the_first():
    found = observed_patterns(TABLE)
    rows = {tuple(held[:size].tolist()): count for held, size, count in zip(*found, strict=True)}
    cells = TABLE.cell_counts()
    assert rows == {
        (0,): cells[1],
        (1,): cells[2],
        (2,): cells[4],
        (0, 1): cells[3],
        (0, 2): cells[5],
        (1, 2): cells[6],
        (0, 1, 2): cells[7],
    }
    assert found.members.shape == (7, 3)
    assert found.counts.dtype == np.int64
    assert found.members[found.sizes == 1][:, 1:].tolist() == [[0, 0]] * 3


def test_chains_start_at_even_weights_and_part_of_the_shares_seen():
    patterns = Patterns(np.array([[0, 0], [0, 1]]), np.array([1, 2]), np.array([30, 10]))
    state = start(patterns, 4, np.random.default_rng(1))
    assert state.weight.tolist() == [0.25] * 4
    assert state.log_weight == pytest.approx(np.log(state.weight))
    chance = state.odds / (1 + state.odds)
    assert (chance <= np.array([1.0, 0.25]) + 1e-12).all()
    assert (chance >= 0.05 * np.array([1.0, 0.25]) - 1e-12).all()
    assert np.ptp(chance[:, 1]) > 0.01
    assert state.miss == pytest.approx(1 - chance)
    assert state.base == pytest.approx(0.25 * state.miss.prod(axis=1))
    assert state.scalars == pytest.approx([1, state.base.sum()])
    assert state.cell[0] == pytest.approx(0.25 * chance[:, 0] * state.miss[:, 1])
    assert state.cell[1] == pytest.approx(0.25 * chance.prod(axis=1))
    assert state.total == pytest.approx(state.cell.sum(axis=1))


def test_the_prior_of_sticks_prefers_what_concentration_says():
    old, new = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
    log_last = np.log(0.5 / 0.2)
    # log density of stick weights: (concentration - 1) log last - sum of log of what is left before each
    expected = (1.7 - 1) * log_last - np.log((0.3 + 0.5) / (0.3 + 0.2))
    assert prior_change(old, new, log_last, 1.7) == pytest.approx(expected)
    assert prior_change(old, old, 0.0, 1.7) == 0


def test_classes_in_use_are_counted_over_all_chains():
    drawn = LatentDraws(np.array([[10.0, 20, 30], [40, 50, 60]]), np.array([[2.0, 3, 3], [3, 2, 1]]))
    rows = classes_in_use(drawn, 100)
    assert rows.index.tolist() == [3, 2, 1]
    assert rows["probability"].tolist() == pytest.approx([3 / 6, 2 / 6, 1 / 6])
    assert rows["mean"].tolist() == pytest.approx([100 + 30, 100 + 30, 160])


def test_chains_keep_one_draw_in_so_many_after_their_warm_up():
    patterns = observed_patterns(TABLE)
    with workers(1):
        found = draw_chains(patterns, 2, Prior(0.25, 0.25), Schedule(20, 43, 4), chains=3, seed=5)
        again = draw_chains(patterns, 2, Prior(0.25, 0.25), Schedule(20, 43, 4), chains=3, seed=5)
        other = draw_chains(patterns, 2, Prior(0.25, 0.25), Schedule(24, 43, 4), chains=3, seed=5)
    assert found.unobserved.shape == found.classes.shape == (3, 10)
    assert set(np.unique(found.classes)) <= {1, 2}
    assert (found.unobserved >= 0).all()
    assert np.array_equal(found.unobserved, again.unobserved)
    assert not np.array_equal(found.unobserved, other.unobserved)
    assert Schedule(1, 2, 3).moves


def test_options_of_chains_have_their_own_defaults():
    assert LatentClass(iterations=1003).warmup == 200
    assert LatentClass(iterations=1003, warmup=0).warmup == 0
    assert LatentClass(iterations=4, thin=1).iterations == 4
    with pytest.raises(SpecificationError, match="iterations == 39"):
        LatentClass(iterations=39)
    for wrong in ([0.25, 0.25], (1, 2, 3), 0.5):
        with pytest.raises(SpecificationError, match="must be shape and rate of a gamma distribution"):
            LatentClass(concentration=wrong)
    with pytest.raises(SpecificationError, match="shape of the concentration == 0"):
        LatentClass(concentration=(0, 1))
    with pytest.raises(SpecificationError, match="rate of the concentration == -1"):
        LatentClass(concentration=(1, -1))


def test_estimates_are_medians_and_limits_of_the_draws():
    result = LatentClass(2, iterations=20_000, level=0.8, seed=3).fit(TABLE)
    assert result.status != "fail"
    drawn = result.draws.loc["population"]
    assert len(drawn) == 4000
    row = result.estimates.loc["population"]
    # 8,000 draws were made and every second travels along: their quantiles differ by Monte Carlo error alone
    assert row["estimate"] == pytest.approx(drawn.median(), rel=0.03)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(tuple(drawn.quantile([0.1, 0.9])), rel=0.05)
    assert row["std_error"] == pytest.approx(result.posterior.loc["population", "std_dev"])
    assert row["estimate"] == pytest.approx(result.posterior.loc["population", "q50"])
    assert result.estimates["estimate"].diff().iloc[1] == pytest.approx(-271)
    assert isinstance(result.models, pd.DataFrame)
