"""Gravity models of tables that list only corridors with people, against other code and truths that are known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import nbinom, poisson

from ctresearch.core import CellError, SpecificationError
from ctresearch.data.synthetic import flows
from ctresearch.routes import IntervalGravity
from ctresearch.routes.counts.likelihood import count_slopes, read_ranges
from ctresearch.routes.gravity import gravity_fit
from ctresearch.routes.gravity.effects_solver import read_effects
from ctresearch.routes.gravity.gravity_fit import fit_gravity

EFFECTS = ("origin", "destination")


def positive(size=1.5, places=14, seed=4):
    """Return the rows with people of one table, and all of its rows."""
    rng = np.random.default_rng(seed)
    origin, destination = (one.ravel() for one in np.indices((places, places)))
    apart = origin != destination
    origin, destination = origin[apart], destination[apart]
    x = rng.normal(size=len(origin))
    leaves, enters = rng.normal(0.4, 0.5, places), rng.normal(0.4, 0.5, places)
    mean = np.exp(x + leaves[origin] + enters[destination])
    flow = rng.poisson(mean) if np.isinf(size) else rng.negative_binomial(size, size / (size + mean))
    frame = pd.DataFrame({"origin": origin.astype(str), "destination": destination.astype(str), "x": x, "flow": flow})
    frame = frame.assign(low=flow, high=flow)
    return frame[flow > 0].reset_index(drop=True), frame


@pytest.mark.parametrize("size", [np.inf, 0.7, 30.0])
def test_the_likelihood_is_that_of_counts_added_up(size):
    low, high = np.array([[1.0, 3, 1, 2, 0, 1, 50], [1.0, 3, 4, 9, 4, 1, 50]])
    eta = np.array([0.2, -0.4, 1.1, 0.5, -0.5, -6.0, 3.1])
    counts = read_ranges(low, high, truncated=True)
    found, up, down = (count_slopes(counts, eta + step, size) for step in (0.0, 1e-4, -1e-4))
    law = poisson(np.exp(eta)) if np.isinf(size) else nbinom(size, size / (size + np.exp(eta)))
    ends = law.cdf(high) - law.cdf(np.maximum(low, 1) - 1)
    assert np.allclose(found.each, np.log(ends / law.sf(0)), atol=1e-10)  # of differences of tails, right to 1e-12
    assert np.allclose(found.slope, (up.each - down.each) / 2e-4, atol=1e-6)
    assert np.allclose(found.curvature, (down.slope - up.slope) / 2e-4, atol=1e-6)


@pytest.mark.parametrize("size", [np.inf, 1.5])
def test_coefficients_and_errors_are_those_of_statsmodels(size):
    from statsmodels.discrete.truncated_model import TruncatedLFNegativeBinomialP, TruncatedLFPoisson

    frame, _ = positive(size)
    wide = np.isfinite(size)
    group = (frame["origin"].astype(int) % 3).to_numpy()
    design = np.column_stack([frame["x"], *[group == g for g in range(3)]]).astype(float)
    model = (TruncatedLFNegativeBinomialP if wide else TruncatedLFPoisson)(frame["flow"].to_numpy(), design)
    start = [0.5, 0, 0, 0, *([0.5] if wide else [])]
    theirs = model.fit(start_params=start, method="newton", maxiter=200, disp=0, cov_type="HC0", tol=1e-12)
    counts = read_ranges(frame["flow"].to_numpy(float), frame["flow"].to_numpy(float), truncated=True)
    fit = fit_gravity(counts, design[:, :1], read_effects([group]), negative_binomial=wide)
    # the size is found to 1e-6 of its logarithm, and coefficients hang on it
    assert fit.value == pytest.approx(theirs.llf, abs=1e-8)
    assert fit.beta[0] == pytest.approx(theirs.params[0], abs=1e-6)
    assert 1 / fit.size == pytest.approx(theirs.params[-1] if wide else 0.0, abs=1e-6)
    law = "negative binomial" if wide else "poisson"
    frame = frame.assign(group=group)
    options = {"effects": ["group"], "cluster": "none", "listed": "positive"}
    row = IntervalGravity(["x"], distribution=law, **options).fit(frame).estimates.loc["x"]
    rows = len(frame)
    assert row["std_error"] == pytest.approx(theirs.bse[0] * np.sqrt(rows / (rows - 4)), rel=1e-4)


def test_leaving_corridors_of_nobody_out_is_put_right():
    away = {"all": [], "positive": []}
    for seed in range(12):
        frame, _ = positive(places=12, seed=seed)
        for listed, found in away.items():
            row = IntervalGravity(["x"], effects=EFFECTS, listed=listed).fit(frame).estimates.loc["x"]
            found.append((row["estimate"] - 1, row["ci_low"] <= 1 <= row["ci_high"]))
    (biased, seldom), (right, mostly) = (np.mean(away[listed], axis=0) for listed in away)
    assert biased < -0.15
    assert abs(right) < 0.07
    assert seldom < 0.7 < mostly


def test_a_range_that_begins_at_nobody_begins_at_one():
    frame, _ = positive()
    small = frame["flow"] < 5
    found = [
        IntervalGravity(["x"], effects=EFFECTS, listed="positive")
        .fit(frame.assign(low=frame["flow"].mask(small, least), high=frame["flow"].mask(small, 4)))
        .estimates
        for least in (0, 1)
    ]
    assert found[0].equals(found[1])


def test_the_corridors_that_are_not_listed_are_held_against_those_expected():
    frame, whole = positive()

    def status(given, **options):
        result = IntervalGravity(["x"], effects=EFFECTS, listed="positive", **options).fit(given)
        return {check.name: check.status for check in result.checks}

    right = status(frame)
    assert (right["corridors listed"], right["size"]) == ("pass", "pass")
    gone = frame[np.random.default_rng(1).random(len(frame)) < 0.5]
    assert status(gone)["corridors listed"] == "review"
    many = whole.assign(low=whole["flow"] + 1, high=whole["flow"] + 1)  # nobody is left out, and many are expected
    assert status(many)["corridors listed"] == "review"
    assert "size" not in status(frame, distribution="poisson")


def test_no_estimate_where_any_number_of_corridors_of_nobody_goes_with_the_rest():
    frame, _ = positive()
    rng = np.random.default_rng(2)
    flow = np.minimum(1 + np.floor(rng.pareto(0.5, len(frame))), 2000)
    result = IntervalGravity(["x"], effects=EFFECTS, listed="positive").fit(frame.assign(low=flow, high=flow))
    assert {check.name: check.status for check in result.checks}["size"] == "fail"
    assert not result.stands
    assert result.estimates["ci_low"].isna().all()


def test_what_does_not_go_with_positive_counts_is_refused():
    frame = flows(8, 1, seed=3).frame.assign(low=lambda d: d["flow"], high=lambda d: d["flow"])
    with pytest.raises(CellError, match="must be at least 1 where only corridors with people are listed"):
        IntervalGravity(["visa"], listed="positive").fit(
            frame.assign(low=0, high=frame["flow"].mask(frame.index == 1, 0))
        )
    with pytest.raises(SpecificationError, match="listed"):
        IntervalGravity(["visa"], listed="some")


def test_a_covariate_that_varies_only_where_means_run_off_is_refused():
    frame, _ = positive()
    x, flow = frame["x"].to_numpy()[:, None], frame["flow"].to_numpy(float)
    effects = read_effects([np.zeros(len(x), dtype=np.int64)])
    fit = fit_gravity(read_ranges(flow, flow, truncated=True), x, effects)
    gone = replace(fit, mean=np.where(flow == 1, 1e-9, fit.mean))
    gravity_fit.refuse_run_off(x, effects, gone)
    with pytest.raises(SpecificationError, match="whose expected number runs off to 0"):
        gravity_fit.refuse_run_off(np.where(flow == 1, x[:, 0], 0.5)[:, None], effects, gone)
