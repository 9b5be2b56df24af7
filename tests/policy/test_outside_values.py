"""The room's figures beside those of fixest's port, R and statsmodels; see ``make_reference.py`` and ``series_r.R``."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ctresearch.policy import InterruptedSeries, Panel, PanelRegression, TwoWayWeights
from ctresearch.policy.panels.conley import conley_meat, kilometres
from ctresearch.policy.panels.regression_data import regression_data
from ctresearch.policy.series.count_regression import fit_counts
from ctresearch.policy.series.serial_errors import serial_errors

HERE = Path(__file__).parents[1] / "reference/policy"
OUTSIDE = json.loads((HERE / "panel_and_series.json").read_text())
R = json.loads((HERE / "series_r.json").read_text())
PANEL = Panel.from_frame(
    pd.read_csv(HERE / "panel.csv"),
    unit="country",
    time="year",
    outcome="y",
    treatment="d",
    covariates=["x", "z", "z2"],
    outcome_kind="response",
)
CLOSE = 1e-7  # pyfixest takes effects out by iterations that stop at 1e-12 of a step; ours are exact


@pytest.mark.parametrize("effects", ["country + year", "country", "year"])
def test_coefficients_and_clustered_errors_are_fixests(effects):
    names = tuple({"country": "unit", "year": "time"}[one] for one in effects.split(" + "))
    found = PanelRegression(["treatment", "x"], effects=names).fit(PANEL).estimates
    for column in ("estimate", "std_error"):
        assert found[column].to_numpy() == pytest.approx(list(OUTSIDE[effects][column].values()), rel=CLOSE)


def test_heteroskedastic_errors_are_fixests():
    found = PanelRegression(["treatment", "x"], errors="heteroskedastic").fit(PANEL).estimates["std_error"]
    assert found.to_numpy() == pytest.approx(list(OUTSIDE["hetero"]["std_error"].values()), rel=CLOSE)


def test_two_stages_and_the_test_of_anderson_and_rubin_are_those_of_pyfixest():
    model = PanelRegression(["treatment", "x"], endogenous="treatment", instruments=["z", "z2"])
    found, outside = model.fit(PANEL), OUTSIDE["instruments"]
    assert found.estimates.loc["treatment", "estimate"] == pytest.approx(outside["estimate"]["d"], rel=CLOSE)
    assert found.estimates.loc["treatment", "std_error"] == pytest.approx(outside["std_error"]["d"], rel=CLOSE)
    assert found.estimates.loc["x", "estimate"] == pytest.approx(outside["estimate"]["x"], rel=CLOSE)
    assert found.first_stage == pytest.approx(outside["first_stage"], rel=CLOSE)
    test = model._test(regression_data(PANEL, model.regressors, model.instruments, model.effects))
    assert test.statistic(np.array([0.1]))[0] == pytest.approx(OUTSIDE["anderson_rubin_at_0.1"], rel=CLOSE)
    low, high = found.estimates.loc["treatment", ["ci_low", "ci_high"]]
    from scipy.special import fdtri

    assert test.statistic(np.array([low, high])) == pytest.approx(fdtri(2, 39, 0.95), rel=1e-6)  # 60 halvings


def test_series_are_those_of_r_and_statsmodels():
    months = pd.read_csv(HERE / "series.csv")
    roles = {"count": "y", "time": "t", "start": 40, "population": "people", "harmonics": 1}
    roles |= {"outcome_kind": "detection", "counting_breaks": {}}
    quasi = InterruptedSeries(**roles).fit(months)
    outside = R["quasi_poisson"]
    rows = quasi.estimates.loc[["trend", "level", "slope"]]
    assert rows["estimate"].to_numpy() == pytest.approx(outside["estimate"], rel=1e-6)  # where glm stops
    assert rows["std_error"].to_numpy() == pytest.approx(outside["std_error"], rel=1e-6)
    assert quasi.dispersion == pytest.approx(outside["dispersion"], rel=1e-6)
    binomial = InterruptedSeries(**roles, slope=False, family="negative binomial").fit(months)
    outside = R["negative_binomial"]
    rows = binomial.estimates.loc[["trend", "level"]]
    assert rows["estimate"].to_numpy() == pytest.approx(outside["estimate"], rel=1e-4)  # theta.ml stops before
    assert rows["std_error"].to_numpy() == pytest.approx(outside["std_error"], rel=1e-4)
    plain = InterruptedSeries(**roles, slope=False, newey_west=5, corrected=False)
    near = plain.fit(months).estimates.loc[["trend", "level"]]
    assert near["std_error"].to_numpy() == pytest.approx(OUTSIDE["newey_west_5"]["std_error"], rel=1e-6)


def cohorts(sizes, years):
    """Build a panel from the sizes of cohorts alone: weights do not depend on the outcome."""
    rows = [(f"{law}-{i}", year, law) for law, size in sizes.items() for i in range(size) for year in years]
    frame = pd.DataFrame(rows, columns=["unit", "year", "law"])
    frame["y"] = (frame.index * 7 % 11) / 10
    return Panel.from_frame(
        frame, unit="unit", time="year", outcome="y", adopted="law", never=[0], outcome_kind="response"
    )


def test_weights_are_those_of_bacondecomp_and_twowayfeweights_for_the_cohorts_of_mpdta():
    # bacondecomp 0.1.1, bacon(lemp ~ treat, mpdta); TwoWayFEWeights 2.0.4, type feTR
    found = TwoWayWeights().fit(cohorts({2004: 20, 2006: 40, 2007: 131, 0: 309}, range(2003, 2008)))
    outside = {
        (2006, 2007): 0.0520054519710463,
        (2004, 2007): 0.0260027259855232,
        (2007, 2006): 0.0173351506570154,
        (2004, 2006): 0.00529317577313449,
        (2007, np.inf): 0.535656155301777,
        (2006, np.inf): 0.245338697084783,
        (2004, np.inf): 0.0817795656949278,
        (2007, 2004): 0.0260027259855232,
        (2006, 2004): 0.010586351546269,
    }
    table = found.comparisons.set_index(["treated", "control"])["weight"]
    assert table.to_dict() == pytest.approx(outside, abs=1e-12)
    assert found.negative_weight == pytest.approx(0.0108510103349258, abs=1e-12)
    total = float((found.comparisons["weight"] * found.comparisons["estimate"]).sum())
    assert total == pytest.approx(float(found.estimates.loc["two_way", "estimate"]), abs=1e-12)


def test_conleys_sum_is_that_over_all_pairs_of_rows():
    rng = np.random.default_rng(2)
    unit, time = np.repeat(np.arange(6), 4), np.tile(np.arange(4), 6)
    scores, place = rng.normal(size=(24, 2)), rng.uniform(-40, 40, (2, 6))
    far = kilometres(*place)
    for bartlett in (True, False):
        found = conley_meat(scores, unit, time, far, reach=4000, lags=2, bartlett=bartlett)
        slow = np.zeros((2, 2))
        for a in range(24):
            for b in range(24):
                apart, later = far[unit[a], unit[b]], abs(time[a] - time[b])
                space = max(0, 1 - apart / 4000) if bartlett else float(apart <= 4000)
                age = (max(0, 1 - later / 3) if bartlett else float(later <= 2)) if unit[a] == unit[b] else 0.0
                weight = space if later == 0 else age
                slow += weight * np.outer(scores[a], scores[b])
        assert found == pytest.approx(slow, abs=1e-12)
    panel = Panel.from_frame(
        pd.DataFrame(
            {"c": unit, "t": time, "y": scores[:, 0], "x": scores[:, 1], "n": place[0][unit], "e": place[1][unit]}
        ),
        unit="c",
        time="t",
        outcome="y",
        covariates=["x", "n", "e"],
        outcome_kind="response",
    )
    alone = PanelRegression(["x"], errors="conley", coordinates=("n", "e"), reach=1e-6).fit(panel)
    plain = PanelRegression(["x"], errors="heteroskedastic").fit(panel)
    assert alone.estimates["std_error"].iloc[0] == pytest.approx(plain.estimates["std_error"].iloc[0], rel=1e-12)


def test_errors_of_short_series_are_students_where_that_is_known_and_allow_for_what_residuals_hide():
    """With no lags and one mean, the sum is the variance and the degrees of freedom are n - 1; under the working model the
    correction is exact, whatever the lags."""
    rng, design = np.random.default_rng(5), np.column_stack([np.ones(60), np.arange(60) >= 30])
    order = np.column_stack([np.arange(60.0), np.zeros(60)])
    counts = rng.poisson(200, 60).astype(float)
    mean = fit_counts(design[:, :1], counts, np.zeros(60), negative_binomial=False)
    one = serial_errors(design[:, :1], counts, mean, order, 0, negative_binomial=False)
    assert one.fading == 0  # these residuals go against one another a little
    assert one.freedom(np.ones(1)) == pytest.approx(59)
    assert one.variance(np.ones((1, 1))) == pytest.approx(mean.covariance.ravel(), rel=1e-9)
    both = fit_counts(design, counts, np.zeros(60), negative_binomial=False)
    few, many = (serial_errors(design, counts, both, order, lags, negative_binomial=False) for lags in (2, 12))
    step = np.array([0.0, 1.0])
    assert many.freedom(step) < few.freedom(step) < 58
    drawn = rng.multivariate_normal(np.zeros(60), many.left, 20_000)  # residuals under the working model
    expected = np.einsum("ni,ij,nj->n", drawn * (many.reach @ step), many.near, drawn * (many.reach @ step)).mean()
    assert expected == pytest.approx(many.expected[1, 1], rel=0.05)  # four errors of so many draws
    assert many.expected[1, 1] < 0.8 * many.true[1, 1]


def test_every_published_ratio_of_kelley_and_simmons_is_what_the_study_is_held_to():
    """The study is run against expected.json by `ctresearch check`; here that is held against what the authors' code checks."""
    published = json.loads((HERE.parent / "kelley_simmons_2015/published.json").read_text())
    run = json.loads((HERE.parents[2] / "studies/kelley-simmons-2015/expected.json").read_text())["runs"][0]["table"]
    rows = {}
    for name in ("columns", "odds", "at_risk_odds"):
        head, *cells = run[name]["cells"]
        rows |= {(one[0], one[1]): dict(zip(head[2:], map(float, one[2:]), strict=True)) for one in cells}
    count = 0
    for model, ratios in published.items():
        for term, ratio in ratios.items() if isinstance(ratios, dict) else ():
            digits = 1e-4 if model in {"1.1", "1.2"} else 1e-6  # four or five decimals, and seven digits
            assert rows[model, term]["own_country"] == pytest.approx(ratio, rel=digits)
            assert rows[model, term]["row_above"] == rows[model, term]["own_country"]
            count += 1
    assert count == 117
    # the odds after a reaction, beside statsmodels' logit on the same rows; the authors' report says "about 20 %" of 5.3
    apart = {"5.1": (1.8489, 1.8510), "5.2": (1.7321, 1.7288), "5.3": (1.2066, 1.2085), "5.4": (1.1960, 1.1974)}
    for model, (own, dropped) in apart.items():
        row = rows[model, "reaction_1" if model < "5.3" else "reactions_1"]
        assert (row["own_country"], row["dropped_first"]) == pytest.approx((own, dropped), abs=5.1e-5)
