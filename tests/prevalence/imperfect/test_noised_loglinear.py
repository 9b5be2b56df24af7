"""Noised counts: the likelihood summed over true counts, its limits, and what is refused."""

import math

import numpy as np
import pandas as pd
import pytest
from pins import pinned

from ctresearch.core import DataError, FitError, SpecificationError
from ctresearch.prevalence import CaptureHistories, LogLinear, NoisedLogLinear
from ctresearch.prevalence.imperfect.noised_cells import Noise, moments
from ctresearch.privacy import private_counts

PATTERNS = np.arange(1, 8)
LISTS = {name: PATTERNS >> i & 1 for i, name in enumerate("abc")}
COUNTS = pd.DataFrame(LISTS | {"count": [402, 310, 55, 188, 40, -3, 9]})
TRUE = pd.DataFrame(LISTS | {"count": [402, 310, 55, 188, 40, 23, 9]})
GAUSSIAN = {"noise_sd": math.sqrt(20), "mechanism": "gaussian"}


@pytest.mark.parametrize(("noise", "options"), [("laplace", {"epsilon": 0.3}), ("gaussian", GAUSSIAN)])
def test_it_maximises_the_likelihood_that_r_writes_out(noise, options):
    outside = pinned("flows")["noised"][noise]
    result = NoisedLogLinear("[12,3]", draws=200, **options).fit(COUNTS)
    # optim stops where its numerical gradient is about 1e-6, and takes its Hessian numerically
    assert result.coefficients["estimate"].tolist() == pytest.approx(outside["beta"], abs=2e-6)
    assert result.coefficients["std_error"].tolist() == pytest.approx(outside["std_error"], rel=1e-5)
    assert result.log_likelihood == pytest.approx(outside["loglik"], abs=1e-7)


@pytest.mark.parametrize("noise", [Noise(gaussian=False, scale=4.0), Noise(gaussian=True, scale=9.0)])
@pytest.mark.parametrize("count", [-40.0, -3.0, 0.0, 7.0, 300.0])
def test_moments_are_those_of_the_sum_written_out(noise, count):
    n = np.arange(0, 900)
    for mean in (0.01, 4.0, 250.0):
        shape = -((count - n) ** 2) / (2 * noise.scale) if noise.gaussian else -np.abs(count - n) / noise.scale
        poisson = n * math.log(mean) - mean - np.array([math.lgamma(k + 1.0) for k in n])
        top = (poisson + shape).max()
        weight = np.exp(poisson + shape - top)
        centre = (weight * n).sum() / weight.sum()
        loglik, expected, variance = (one[0, 0] for one in moments(np.array([count]), np.array([[mean]]), noise))
        assert loglik == pytest.approx(top + math.log(weight.sum()) + noise.constant, abs=1e-9)
        assert expected == pytest.approx(centre, rel=1e-9, abs=1e-12)
        assert variance == pytest.approx((weight * (n - centre) ** 2).sum() / weight.sum(), rel=1e-6, abs=1e-12)


def test_chances_of_noise_add_up_to_one_and_have_its_spread():
    x = np.arange(-4000, 4001)
    for noise in (
        Noise(gaussian=False, scale=20.0),
        Noise(gaussian=True, scale=30.0),
        Noise.of_spread(1.36, gaussian=False),
    ):
        shape = -(x**2) / (2 * noise.scale) if noise.gaussian else -np.abs(x) / noise.scale
        chance = np.exp(shape + noise.constant)
        assert chance.sum() == pytest.approx(1.0, abs=1e-12)
        assert (chance * x**2).sum() == pytest.approx(noise.variance, rel=1e-9)


@pytest.mark.parametrize("options", [{"epsilon": 40.0}, {"noise_sd": 0.05, "mechanism": "gaussian"}])
def test_without_noise_it_is_the_log_linear_model(options):
    result = NoisedLogLinear("[12,3]", **options).fit(TRUE)
    plain = LogLinear("fixed", model="[12,3]").fit(CaptureHistories.from_counts(TRUE))
    found, expected = result.estimates.loc["population"], plain.estimates.loc["population"]
    assert found["estimate"] == pytest.approx(expected["estimate"], rel=1e-8)
    assert found["std_error"] == pytest.approx(expected["std_error"], rel=1e-6)
    assert result.as_it_is == pytest.approx(expected["estimate"], rel=1e-9)
    # draws of a normal coefficient and a profile differ in the second order, and 2,000 draws by three hundredths
    assert found["ci_low"] == pytest.approx(expected["ci_low"], rel=0.05)
    assert found["ci_high"] == pytest.approx(expected["ci_high"], rel=0.05)


def test_more_noise_gives_a_wider_interval_and_says_so():
    widths, shares = [], []
    for epsilon in (3.0, 0.3, 0.12):
        result = NoisedLogLinear("[12,3]", epsilon=epsilon, seed=1).fit(TRUE)
        widths.append(np.ptp(result.estimates.loc["population", ["ci_low", "ci_high"]].to_numpy(dtype=float)))
        shares.append({c.name: c for c in result.checks}["noise"].numbers["share"])
    assert widths == sorted(widths)
    assert shares == sorted(shares)
    assert shares[-1] > 0.3


def test_the_standard_error_of_the_population_is_that_of_its_draws():
    result = NoisedLogLinear("[12,3]", epsilon=1.0, draws=4000, seed=2).fit(TRUE)
    drawn = result.draws.loc["population"]
    # the draws are skewed: their spread is larger by about half the squared relative error
    assert drawn.std() == pytest.approx(result.estimates.loc["population", "std_error"], rel=0.1)


def test_it_takes_what_private_counts_gives_and_knows_its_noise():
    rows = TRUE.set_index(list("abc"))["count"]
    drawn = private_counts(rows, epsilon=0.5)
    result = NoisedLogLinear(["a", "b", "c", "a:b"], draws=200).fit(drawn)
    assert result.noise_sd == pytest.approx(drawn.noise_sd, rel=1e-9)
    assert result.smallest_group == result.n  # noise of the operating system protects each of them
    seeded = NoisedLogLinear("[12,3]", draws=200).fit(private_counts(rows, epsilon=0.5, seed=3))
    assert seeded.smallest_group < result.smallest_group
    gaussian = private_counts(rows, epsilon=0.5, delta=1e-5, seed=3)
    assert NoisedLogLinear("[12,3]", draws=200).fit(gaussian).noise_sd == pytest.approx(gaussian.noise_sd)
    with pytest.raises(SpecificationError, match="leave epsilon and noise_sd out"):
        NoisedLogLinear(epsilon=1.0).fit(drawn)


@pytest.mark.slow
def test_intervals_hold_the_truth_where_counts_taken_as_true_do_not():
    held = np.zeros(2)
    for seed in range(40):
        rng = np.random.default_rng(seed)
        on = rng.random((2000, 2)) < (0.2, 0.15)
        stop = 1 - math.exp(-0.08)
        counts = np.bincount(on @ [1, 2], minlength=4) + rng.geometric(stop, 4) - rng.geometric(stop, 4)
        frame = pd.DataFrame({"a": [1, 0, 1], "b": [0, 1, 1], "count": counts[1:]})
        found = NoisedLogLinear(epsilon=0.08, draws=400).fit(frame)
        plain = LogLinear("fixed", model="[1,2]").fit(
            CaptureHistories.from_counts(frame.assign(count=counts[1:].clip(1)))
        )
        rows = [result.estimates.loc["population"] for result in (found, plain)]
        held += [row["ci_low"] <= 2000 <= row["ci_high"] for row in rows]
    assert held[0] >= 34  # at .95 forty draws hold fewer than 34 times once in a hundred
    assert held[1] < held[0] - 4


def test_an_overlap_that_noise_drowns_has_no_estimate():
    frame = pd.DataFrame({"a": [1, 0, 1], "b": [0, 1, 1], "count": [60, 40, -20]})
    with pytest.raises(FitError, match="under this noise"):
        NoisedLogLinear(epsilon=1.0).fit(frame)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.head(6), "6 rows with 6 different"),
        (lambda f: pd.concat([f, f.head(1)]), "8 rows with 7 different"),
        (lambda f: f.assign(count=f["count"].astype(str)), "must be whole numbers"),
        (lambda f: f.assign(count=f["count"] + 0.5), "must be whole numbers"),
        (lambda f: f.rename(columns={"a": "noised"}), "a word that the table itself uses"),
    ],
)
def test_tables_that_cannot_be_used_are_refused(change, words):
    with pytest.raises(DataError, match=words):
        NoisedLogLinear(epsilon=1.0).fit(change(COUNTS))


def test_noise_that_is_not_known_is_refused():
    with pytest.raises(SpecificationError, match="the noise is not known"):
        NoisedLogLinear().fit(COUNTS)
    with pytest.raises(SpecificationError, match="leave epsilon out, or both"):
        NoisedLogLinear(epsilon=1.0, noise_sd=2.0)
