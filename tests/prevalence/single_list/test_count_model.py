"""Likelihoods of counts: chances that add up, derivatives, and people who stand for those never seen."""

import numpy as np
import pytest

from ctresearch.prevalence.single_list.count_model import CountModel, OnceOrTwice

ALL = [
    CountModel(distribution, ones)
    for distribution in ("poisson", "geometric", "negative_binomial")
    for ones in ("as_others", "truncated", "inflated", "inflated_after")
]
NAMES = [f"{m.distribution}-{m.ones}" for m in ALL]
POINT = {"mean": 0.3, "dispersion": -0.7, "inflation": -0.9, "twice": -0.4}
MOST = 150  # counts beyond this have a chance below 1e-13 at the point above


def at(model, rows=1, **changes):
    return np.tile([(POINT | changes)[part] for part in model.parts], (rows, 1))


def plain(model):
    """Chances of 0, 1, ... of all people, written out."""
    from scipy.stats import geom, nbinom, poisson

    mean, spread = np.exp(POINT["mean"]), np.exp(POINT["dispersion"])
    k = np.arange(MOST + 1)
    chances = {
        "poisson": lambda: poisson.pmf(k, mean),
        "geometric": lambda: geom.pmf(k + 1, 1 / (1 + mean)),
        "negative_binomial": lambda: nbinom.pmf(k, 1 / spread, 1 / (1 + spread * mean)),
    }[model.distribution]()
    share = 1 / (1 + np.exp(-POINT["inflation"]))
    if model.ones == "inflated":
        return (1 - share) * chances + share * (k == 1)
    if model.ones == "inflated_after":
        seen = np.append(0, (1 - share) * chances[1:] / (1 - chances[0]) + share * (k[1:] == 1))
        return np.append(chances[0], (1 - chances[0]) * seen[1:])
    return chances


@pytest.mark.parametrize("model", ALL, ids=NAMES)
def test_chances_are_those_written_out(model):
    chances = plain(model)
    held = chances[model.least :] / chances[model.least :].sum()
    assert model.shares(MOST, at(model))[0] == pytest.approx(held, abs=1e-13)


@pytest.mark.parametrize("model", ALL, ids=NAMES)
def test_people_seen_stand_for_all_and_their_spread_is_the_variance(model):
    chances, k = plain(model), np.arange(1, MOST + 1)
    rows = model.rows(k, at(model, MOST))
    seen = chances[1:]
    assert seen @ rows.stands_for.value == pytest.approx(1, abs=1e-12)
    variance = seen @ rows.stands_for.value**2 - 1  # of what one person of the population adds
    assert seen @ rows.spread == pytest.approx(variance, abs=1e-11)


@pytest.mark.parametrize("model", [*ALL, OnceOrTwice(True), OnceOrTwice(False)], ids=[*NAMES, "zelterman", "chao"])
@pytest.mark.parametrize("what", ["likelihood", "stands_for"])
def test_derivatives_are_those_of_differences(model, what):
    counts, step = np.array([1, 2, 5]), 1e-5
    told = getattr(model.rows(counts, at(model, 3)), what)
    for i, part in enumerate(model.parts):
        ends = [
            getattr(model.rows(counts, at(model, 3, **{part: POINT[part] + side * step})), what) for side in (-1, 1)
        ]
        slope = (ends[1].value - ends[0].value) / (2 * step)
        bend = (ends[1].slope - ends[0].slope) / (2 * step)
        # central differences of step 1e-5 are right to about 1e-10
        assert told.slope[:, i] == pytest.approx(slope, abs=2e-8)
        assert told.bend[:, i] == pytest.approx(bend, abs=2e-8)


def test_once_or_twice():
    rows = OnceOrTwice(everybody=False).rows(np.array([1, 2, 3]), np.full((3, 1), np.log(0.2)))
    mean = 0.4
    assert rows.likelihood.value == pytest.approx(np.log([1 / 1.2, 0.2 / 1.2, 1]))
    assert rows.stands_for.value == pytest.approx([1 + 1 / (mean + mean**2 / 2)] * 2 + [1])
    assert rows.spread[2] == 0
    chance = np.exp(-mean) * (mean + mean**2 / 2)
    assert rows.spread[0] == pytest.approx((1 - chance) * (1 + np.exp(-mean) / chance) ** 2)
    every = OnceOrTwice(everybody=True).rows(np.array([1, 3]), np.full((2, 1), np.log(0.2)))
    seen = 1 - np.exp(-mean)
    assert every.stands_for.value == pytest.approx([1 / seen] * 2)
    assert every.spread == pytest.approx([(1 - seen) / seen**2] * 2)


def test_a_small_dispersion_is_nearly_poisson_and_one_is_geometric():
    counts = np.array([1, 2, 6, 11])
    near = CountModel("negative_binomial", "as_others").rows(counts, np.tile([0.3, -13.0], (4, 1)))
    poisson = CountModel("poisson", "as_others").rows(counts, np.full((4, 1), 0.3))
    assert near.likelihood.value == pytest.approx(poisson.likelihood.value, abs=2e-4)
    one = CountModel("negative_binomial", "as_others").rows(counts, np.tile([0.3, 0.0], (4, 1)))
    geometric = CountModel("geometric", "as_others").rows(counts, np.full((4, 1), 0.3))
    assert one.likelihood.value == pytest.approx(geometric.likelihood.value, abs=1e-12)
    assert one.stands_for.value == pytest.approx(geometric.stands_for.value, abs=1e-12)
