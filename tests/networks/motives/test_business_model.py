"""Unit economics: by hand, by simulation month by month, break-evens that break even, and bands."""

import json

import numpy as np
import pytest

from ctresearch.core import SpecificationError
from ctresearch.networks import BusinessModelResult, Scheme, business_model
from ctresearch.networks.motives.business_model import LEVERS

FIXED = {
    "price": 30.0,
    "volume": 100.0,
    "months": 12.0,
    "monthly_cost": 900.0,
    "entry_cost": 2000.0,
    "debt": 5000.0,
    "detection": 0.02,
    "penalty": 20_000.0,
}
LOOSE = {**FIXED, "price": (20.0, 30.0, 45.0), "detection": (0.005, 0.02, 0.05), "months": (6.0, 12.0, 24.0)}


def test_by_hand_without_risk():
    table = business_model(Scheme(**{**FIXED, "detection": 0.0})).estimates
    assert table.loc["revenue", "estimate"] == pytest.approx(30 * 100 * 12 + 5000)
    assert table.loc["profit", "estimate"] == pytest.approx(36_000 + 5000 - 2000 - 900 * 12)
    assert table["ci_low"].isna().all()  # nothing was given as a range
    assert table.loc["months_active", "estimate"] == 12


def test_expected_months_are_those_of_a_month_by_month_simulation():
    rng = np.random.default_rng(5)
    alive, months = np.ones(200_000, dtype=bool), np.zeros(200_000)
    for _ in range(12):
        months += alive
        alive &= rng.random(200_000) >= 0.02
    expected = business_model(Scheme(**FIXED)).estimates.loc["months_active", "estimate"]
    assert months.mean() == pytest.approx(expected, abs=0.03)  # over three standard errors of the simulation


@pytest.mark.parametrize("lever", LEVERS)
def test_at_the_break_even_there_is_no_profit(lever):
    table = business_model(Scheme(**FIXED)).estimates
    value = table[table["lever"] == lever]["estimate"].iloc[0]
    scale = table.loc["revenue", "estimate"]
    profit = business_model(Scheme(**{**FIXED, lever: float(value)})).estimates.loc["profit", "estimate"]
    assert abs(profit) < 1e-8 * scale  # a linear root, or sixty bisections


def test_ranges_spread_and_more_risk_means_less_profit():
    loose = business_model(Scheme(**LOOSE), seed=1).estimates.loc["profit"]
    assert loose["ci_low"] < loose["estimate"] < loose["ci_high"]
    risky = business_model(Scheme(**{**LOOSE, "detection": (0.1, 0.2, 0.4)}), seed=1).estimates.loc["profit"]
    assert risky["estimate"] < loose["estimate"]


def test_a_range_has_the_mean_of_a_pert_distribution():
    scheme = Scheme(price=(10.0, 20.0, 60.0), volume=1, months=1)
    found = business_model(scheme, draws=100_000, seed=2).estimates.loc["revenue"]
    from scipy.stats import beta

    shape = beta(1 + 4 * 10 / 50, 1 + 4 * 40 / 50, loc=10, scale=50)
    assert found["estimate"] == pytest.approx(shape.median(), rel=0.01)  # over three standard errors of 100,000 draws
    assert found["std_error"] == pytest.approx(shape.std(), rel=0.02)


def test_a_lever_that_cannot_do_it_has_no_number():
    result = business_model(Scheme(price=30, volume=100, months=12))
    row = result.estimates[result.estimates["lever"] == "penalty"].iloc[0]
    assert np.isnan(row["estimate"])  # without detection no penalty is ever paid
    assert {c.name: c.status for c in result.checks}["break_even"] == "review"


def test_a_scheme_that_loses_is_flagged():
    assert business_model(Scheme(price=1, volume=1, months=2, entry_cost=500)).status == "review"


def test_bands_hold_no_prices():
    result = business_model(Scheme(**LOOSE))
    released = result.bands()
    assert list(released.index) == ["revenue", "cost", "profit"]
    assert set(released["band"]) <= {"under 100", "100 to 1,000", "1,000 to 10,000", "10,000 to 100,000"}
    assert result.operational_detail
    assert BusinessModelResult.from_dict(json.loads(json.dumps(result.to_dict()))) == result


def test_what_is_refused():
    for options, match in (
        ({"price": -1}, "price == -1"),
        ({"detection": 2}, "detection == 2"),
        ({"months": 0}, "months == 0"),
        ({"price": (3, 2, 1)}, "in this order"),
        ({"price": (1, 2)}, "must be a number or"),
        ({"volume": "many"}, "volume == 'many'"),
    ):
        with pytest.raises(SpecificationError, match=match):
            Scheme(**{**FIXED, **options})
    with pytest.raises(SpecificationError, match="must be a Scheme"):
        business_model({"price": 1})
    with pytest.raises(SpecificationError, match="draws == 5"):
        business_model(Scheme(**FIXED), draws=5)


def test_at_the_break_even_half_of_all_draws_lose():
    scheme = {
        "price": (5.0, 12.0, 40.0),
        "volume": (60.0, 100.0, 160.0),
        "months": 12.0,
        "monthly_cost": (500.0, 900.0, 1500.0),
        "penalty": 20000.0,
    }
    found = business_model(Scheme(**scheme, detection=0.01), draws=4000, seed=1)
    lever = found.estimates[found.estimates["lever"] == "detection"].loc["break_even", "estimate"]
    assert found.estimates["estimate"]["loss_undetected"] > 0.1
    there = business_model(Scheme(**scheme, detection=float(lever)), draws=4000, seed=1)
    assert there.estimates["estimate"]["loss"] == pytest.approx(0.5, abs=0.01), (
        "the same draws, so rounding alone differs"
    )
