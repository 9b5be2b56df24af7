import numpy as np
import pandas as pd
import pytest

from ctresearch.consequences import SocietalCost, Uncertain, convert_prices
from ctresearch.consequences.burden.present_value import years_counted
from ctresearch.consequences.burden.uncertain import as_uncertain
from ctresearch.core import Check, DataError, FitError, Result, Scope, SpecificationError, estimates_table

UNIT = pd.DataFrame({"item": ["all"], "stage": ["consequence"], "cost": [328_720.0]})
ITEMS = pd.DataFrame(
    {
        "item": ["awareness", "harm", "lost work", "police"],
        "stage": ["anticipation", "consequence", "consequence", "response"],
        "cost": [2e6, 50_000.0, 12_000.0, 8_000.0],
        "low": [np.nan, 40_000.0, 9_000.0, np.nan],
        "high": [np.nan, 65_000.0, 16_000.0, np.nan],
        "per": ["society", "victim", "victim-year", "victim"],
    }
)


def prevalence(*, draws=None, status="pass", measure="period", interval="lognormal", limits=(900.0, 1200.0)):
    rows = {"population": (1000.0, 70.0, *limits), "unobserved": (800.0, 70.0, 700.0, 1000.0)}
    return Result(
        method="made up",
        estimates=estimates_table(rows, unit="persons"),
        n=200,
        interval=interval,
        scope=Scope(population="potential victims", measure=measure),
        checks=(Check("existence", status, "Made up."),),
        draws=None if draws is None else pd.DataFrame([draws], index=pd.Index(["population"], name="term")),
    )


def test_the_home_office_headline():
    # Reed et al. (2018), table 1: 328,720 pounds a victim times 10,000 to 13,000 potential victims.
    result = SocietalCost(victims=(10_000, 13_000), currency="GBP", price_year=2017).fit(UNIT)
    assert (result.bounds.loc["total"] / 1e9).round(3).tolist() == [3.287, 4.273]
    assert result.estimates.loc["total", "estimate"] == 328_720 * 11_500
    assert result.estimates.loc["total", "unit"] == "GBP, prices of 2017"
    assert result.estimates.loc["per_victim", ["ci_low", "ci_high"]].tolist() == pytest.approx([328_720] * 2, rel=1e-12)
    # Drawn evenly over the range, 95 % of the draws lie within 2.5 % of its ends; 4,000 draws place a percentile to 1
    # %.
    low, high = result.estimates.loc["total", ["ci_low", "ci_high"]]
    assert low == pytest.approx(328_720 * 10_075, rel=0.01)
    assert high == pytest.approx(328_720 * 12_925, rel=0.01)


def test_stages_and_items_add_up():
    result = SocietalCost(victims=1000, duration=2.0, draws=500).fit(ITEMS)
    central = result.estimates["estimate"]
    assert central["anticipation"] == 2e6
    assert central["consequence"] == 1000 * (50_000 + 2 * 12_000)
    assert central["response"] == 8e6
    assert central["total"] == result.items["cost"].sum() == central[["anticipation", "consequence", "response"]].sum()
    draws = result.draws
    assert draws.loc["total"].to_numpy() == pytest.approx(draws.iloc[1:4].sum().to_numpy(), rel=1e-12)
    assert {c.name: c.status for c in result.checks}["stages"] == "pass"


def test_draws_of_an_estimate_are_carried():
    sample = np.array([800.0, 1000.0, 1500.0])
    result = SocietalCost(victims=prevalence(draws=sample), draws=4000).fit(UNIT)
    victims = result.draws.loc["total"] / 328_720
    assert set(victims.round(6)) == set(sample)
    assert victims.mean() == pytest.approx(1100, abs=3 * sample.std() / np.sqrt(4000))
    assert result.population == "potential victims"


def test_limits_of_an_estimate_stand_in_for_draws():
    result = SocietalCost(victims=prevalence(), draws=4000).fit(UNIT)
    low, high = result.estimates.loc["total", ["ci_low", "ci_high"]] / 328_720
    assert low == pytest.approx(900, rel=0.01)  # a percentile of 4,000 draws of relative spread 0.07
    assert high == pytest.approx(1200, rel=0.01)


def test_discounting_is_a_switch():
    spread = UNIT.assign(years=20)
    full, less = (SocietalCost(victims=10, discount=d).fit(spread) for d in (None, 0.035))
    assert full.estimates.loc["total", "estimate"] == 3_287_200
    share = (1 - 1.035**-20) / (20 * np.log(1.035))
    assert less.estimates.loc["total", "estimate"] == pytest.approx(3_287_200 * share, rel=1e-12)
    assert "discounted at 3.50%" in less.method
    assert "undiscounted" in full.method
    at_once = SocietalCost(victims=10, discount=0.035).fit(UNIT)
    assert at_once.estimates.loc["total", "estimate"] == 3_287_200


def test_discounted_years_are_the_integral():
    # The continuous flow, cut into a hundred thousand steps, whose error is of the order of one step.
    steps = (np.arange(100_000) + 0.5) * 12 / 100_000
    assert years_counted(np.array([12.0]), 0.05)[0] == pytest.approx(np.sum(1.05**-steps) * 12 / 100_000, rel=1e-8)


def test_prices_are_brought_to_one_year():
    items = pd.concat([UNIT, UNIT.assign(item="older", cost=100.0)]).assign(price_year=[2020, 2016])
    index = {2016: 95.0, 2020: 104.5}
    result = SocietalCost(victims=1, price_year=2020, price_index=index).fit(items)
    assert result.estimates.loc["total", "estimate"] == pytest.approx(328_720 + 110, rel=1e-12)
    with pytest.raises(DataError, match="prices of 2 years"):
        SocietalCost(victims=1).fit(items)
    with pytest.raises(DataError, match="index has no level for"):
        convert_prices([1.0], [2019], 2020, index)
    with pytest.raises(DataError, match="must be above 0"):
        convert_prices([1.0], [2016], 2020, {2016: 0.0, 2020: 1.0})


def test_the_tornado_moves_one_input_at_a_time():
    result = SocietalCost(victims=(900, 1100), duration=(1, 3), draws=200).fit(ITEMS)
    rows = result.sensitivity
    assert rows.loc["harm"].tolist() == pytest.approx(
        [result.estimates.loc["total", "estimate"] + 1000 * (end - 50_000) for end in (40_000, 65_000)]
    )
    assert list(rows.index) == ["harm", "duration", "victims", "lost work"]  # 25, 24, 16.4 and 14 million wide
    ax = result.plot_tornado(most=2)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["harm", "duration"]


def test_what_is_left_out_shows():
    result = SocietalCost(victims=prevalence(measure="stock")).fit(UNIT)
    assert {c.name: c.status for c in result.checks} == {"stages": "review", "measure": "review"}
    assert "anticipation or response" in result.summary()
    assert list(result.estimates.index) == ["total", "consequence", "per_victim"]  # no stage costs 0 for want of items


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cost": -1.0}, r"column 'cost': 4 of 4 cells.*must be at least 0"),
        ({"low": -5.0}, r"column 'low': .*must be at least 0"),
        ({"low": 9e9}, "must lie between its limits"),
        ({"stage": "after"}, r"column 'stage': .*must be one of"),
        ({"per": "year"}, r"column 'per': .*must be one of"),
        ({"item": "same"}, "come twice"),
        ({"years": -1}, r"column 'years': .*must be at least 0"),
        ({"cost": np.nan}, "missing"),
        ({"low": 0.0, "distribution": "gamma"}, "must have a lower limit above 0 to be gamma"),
    ],
)
def test_bad_costs_are_refused(change, words):
    with pytest.raises(DataError, match=words):
        SocietalCost(victims=10).fit(ITEMS.assign(**change))


@pytest.mark.parametrize(
    ("victims", "error", "words"),
    [
        (-1, SpecificationError, "victims == -1"),
        ((5, 2), SpecificationError, "lower end first"),
        ((1, 2, 3), SpecificationError, "a pair"),
        (prevalence(status="fail"), FitError, "failed check"),
        (prevalence(interval="none", limits=(np.nan, np.nan)), FitError, "must have limits"),
    ],
)
def test_bad_numbers_of_victims_are_refused(victims, error, words):
    with pytest.raises(error, match=words):
        SocietalCost(victims=victims)


def test_an_unknown_term_is_refused():
    with pytest.raises(SpecificationError, match="must have one term 'hidden'"):
        SocietalCost(victims=prevalence(), term="hidden")


@pytest.mark.parametrize(
    ("shape", "value", "mean", "deviation"),
    [
        ("uniform", 5.0, 5.0, 4 / np.sqrt(12)),
        ("triangular", 5.0, 5.0, np.sqrt((9 + 25 + 49 - 15 - 21 - 35) / 18)),
        ("gamma", 5.0, 5.0, 4 / 3.92),
        ("lognormal", 5.0, np.sqrt(21) * np.exp((np.log(7 / 3) / 3.92) ** 2 / 2), None),
    ],
)
def test_distributions_have_the_moments_they_claim(shape, value, mean, deviation):
    drawn = Uncertain(value, 3.0, 7.0, shape).draw(np.random.default_rng(5), 40_000)
    assert drawn.mean() == pytest.approx(mean, abs=4 * drawn.std() / 200)  # four Monte Carlo errors
    if deviation is not None:
        assert drawn.std() == pytest.approx(deviation, rel=0.02)


def test_beta_stays_between_0_and_1():
    drawn = Uncertain(0.612, 0.582, 0.642, "beta").draw(np.random.default_rng(5), 40_000)
    assert np.quantile(drawn, [0.025, 0.975]) == pytest.approx([0.582, 0.642], abs=0.001)  # nearly normal here
    with pytest.raises(DataError, match="between 0 and 1"):
        Uncertain(1.2, 1.0, 1.4, "beta")
    assert as_uncertain("share", 0.5).draw(np.random.default_rng(0), 2).tolist() == [0.5, 0.5]
