import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import wilcoxon

from ctresearch.causes import sensitivity
from ctresearch.core import DataError, SpecificationError


def test_e_values_of_the_paper():
    """VanderWeele and Ding (2017): 3.9 (1.8 to 8.7) gives 7.26 and 3.0; a protective ratio is turned over."""
    found = sensitivity.e_value(3.9, 1.8, 8.7)
    assert found.estimate == pytest.approx(7.26, abs=0.005)  # printed to two decimals
    assert found.limit == pytest.approx(3.0, abs=0.005)
    turned = sensitivity.e_value(1 / 3.9, 1 / 8.7, 1 / 1.8)
    assert (turned.estimate, turned.limit) == pytest.approx((found.estimate, found.limit))


@given(ratio=st.floats(1.01, 20))
def test_a_hidden_cause_of_that_strength_explains_the_ratio(ratio):
    strength = sensitivity.e_value(ratio, ratio, ratio).estimate
    assert strength * strength / (2 * strength - 1) == pytest.approx(ratio)  # Ding and VanderWeele's bounding factor


def test_an_interval_with_no_effect_needs_no_hidden_cause():
    found = sensitivity.e_value(1.5, 0.9, 2.5)
    assert found.limit == 1
    assert "holds no effect already" in found.sentence
    with pytest.raises(SpecificationError, match="between its limits"):
        sensitivity.e_value(3.0, 1.0, 2.0)
    with pytest.raises(SpecificationError, match="low == 0"):
        sensitivity.e_value(1.0, 0, 2.0)


def test_robustness_values_of_the_paper():
    """Cinelli and Hazlett (2020), violence in Darfur: coefficient 0.097 (0.023), 783 degrees of freedom."""
    found = sensitivity.omitted_variable(0.09731582, 0.02325654, 783)
    # printed: partial R2 2.187 %, robustness value 13.878 %, at the 5 % level 7.626 %
    assert found.partial_r2 == pytest.approx(0.02187, abs=5e-6)
    assert found.robustness == pytest.approx(0.13878, abs=5e-6)
    assert found.robustness_level == pytest.approx(0.07626, abs=5e-6)


@given(estimate=st.floats(-5, 5).filter(lambda v: abs(v) > 0.01), error=st.floats(0.05, 2), free=st.integers(20, 5000))
@settings(max_examples=50)
def test_a_hidden_cause_as_strong_as_the_robustness_value_leaves_nothing(estimate, error, free):
    found = sensitivity.omitted_variable(estimate, error, free)
    assert abs(found.adjusted(found.robustness, found.robustness)) < 1e-9 * (1 + abs(estimate) + error * free)
    assert found.robustness_level <= found.robustness
    assert np.sign(found.adjusted(0.0, 0.0)) == np.sign(estimate)


def test_the_bias_formula_is_exact_for_an_omitted_column():
    rng = np.random.default_rng(1)
    n = 400
    u = rng.normal(size=n)
    a = 0.5 * u + rng.normal(size=n)
    y = a + 0.7 * u + rng.normal(size=n)

    def residual(v, *others):
        design = np.column_stack([np.ones(n), *others])
        return v - design @ np.linalg.lstsq(design, v, rcond=None)[0]

    def r2(left, right):
        return np.corrcoef(left, right)[0, 1] ** 2

    short = np.linalg.lstsq(np.column_stack([np.ones(n), a]), y, rcond=None)[0][1]
    full = np.linalg.lstsq(np.column_stack([np.ones(n), a, u]), y, rcond=None)[0][1]
    left = residual(y, a)
    error = np.sqrt(left @ left / (n - 2) / (residual(a) @ residual(a)))
    found = sensitivity.omitted_variable(short, error, n - 2)
    adjusted = found.adjusted(r2(residual(a), residual(u)), r2(residual(y, a), residual(u, a)))
    assert float(adjusted) == pytest.approx(full, rel=1e-9)  # an identity of least squares


def test_the_contour_is_drawn_with_the_line_at_nothing():
    found = sensitivity.omitted_variable(2.0, 0.5, 100)
    ax = found.plot()
    assert "robustness value" in ax.get_title(loc="left")
    assert len(ax.collections) >= 2
    with pytest.raises(SpecificationError, match="largest == 1"):
        found.plot(1.5)
    assert "0.0%" in sensitivity.omitted_variable(0.1, 0.5, 100).sentence


def test_rosenbaum_at_gamma_one_is_wilcoxon():
    rng = np.random.default_rng(1)
    differences = rng.normal(0.5, 1, 60)
    table = sensitivity.rosenbaum_bounds(differences, [1.0, 1.5, 2.0])
    theirs = wilcoxon(differences, alternative="greater", method="asymptotic", correction=False).pvalue
    assert table.loc[1.0, "p_high"] == pytest.approx(theirs, rel=1e-9)
    assert table.loc[1.0, "p_low"] == pytest.approx(theirs, rel=1e-9)
    assert table["p_high"].is_monotonic_increasing
    assert table["p_low"].is_monotonic_decreasing


def test_rosenbaum_refuses_what_it_cannot_bound():
    with pytest.raises(DataError, match="at least 10"):
        sensitivity.rosenbaum_bounds(np.arange(5.0))
    with pytest.raises(DataError, match="not finite"):
        sensitivity.rosenbaum_bounds(np.array([np.nan] * 20))
    with pytest.raises(SpecificationError, match="gamma == 0"):
        sensitivity.rosenbaum_bounds(np.arange(20.0), [0.5])


@given(seed=st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_worst_case_bounds_are_one_wide_and_hold_the_truth(seed):
    rng = np.random.default_rng(seed)
    y0, y1 = rng.integers(0, 2, (2, 80))
    a = np.where(rng.random(80) < 0.1 + 0.8 * y1, 1, 0)  # those who gain take it
    a[:2] = [0, 1]
    frame = pd.DataFrame({"a": a, "y": np.where(a == 1, y1, y0)})
    frame.loc[0, "y"], frame.loc[1, "y"] = 0, 1
    y0[0], y1[1] = 0, 1
    row = sensitivity.manski_bounds(frame, treatment="a", outcome="y").estimates.loc["effect"]
    assert row["ci_high"] - row["ci_low"] == pytest.approx(1)
    assert row["ci_low"] - 1e-12 <= (y1 - y0).mean() <= row["ci_high"] + 1e-12
    assert np.isnan(row["estimate"])


def test_a_monotone_response_cuts_the_bounds_at_nothing():
    frame = pd.DataFrame({"a": [0, 0, 1, 1], "y": [0, 1, 1, 0]})
    found = sensitivity.manski_bounds(frame, treatment="a", outcome="y", monotone=True)
    assert found.estimates.loc["effect", "ci_low"] == 0
    with pytest.raises(DataError, match="must lie between"):
        sensitivity.manski_bounds(frame.assign(y=[0, 1, 2, 3]), treatment="a", outcome="y")
    with pytest.raises(SpecificationError, match="must be below"):
        sensitivity.manski_bounds(frame, treatment="a", outcome="y", low=1, high=0)


def test_known_detection_gives_the_true_risks_back():
    found = sensitivity.detection_bounds(cases=(20, 90), people=(1000, 1000), detection=((0.2, 0.2), (0.6, 0.6)))
    rows = found.estimates
    assert rows.loc["risk_untreated", "estimate"] == pytest.approx(0.10)
    assert rows.loc["risk_treated", "estimate"] == pytest.approx(0.15)
    assert np.exp(rows.loc["log_ratio", "estimate"]) == pytest.approx(1.5)
    assert found.checks[0].numbers["naive_ratio"] == pytest.approx(4.5)


def test_bounded_detection_gives_bounds_and_never_a_point():
    found = sensitivity.detection_bounds(cases=(40, 60), people=(1000, 1000), detection=((0.2, 0.4), (0.3, 0.5)))
    rows = found.estimates
    assert rows["estimate"].isna().all()
    assert (rows["ci_low"] < rows["ci_high"]).all()
    assert "leave the sign open" in found.checks[0].message
    with pytest.raises(SpecificationError, match="more cases than people"):
        sensitivity.detection_bounds(cases=(400, 60), people=(1000, 1000), detection=((0.2, 0.4), (0.3, 0.5)))
