import numpy as np
import pandas as pd
import pytest

from ctresearch.consequences import HealthBurden
from ctresearch.core import DataError, SpecificationError

# Shares of Kiss et al. (2015), Lancet Global Health 3, e154: depression 61.2 %, anxiety 42.8 %, PTSD 38.9 %; weights
# made up.
SURVIVORS = pd.DataFrame(
    {
        "condition": ["depression", "anxiety", "ptsd"],
        "share": [0.612, 0.428, 0.389],
        "share_low": [0.582, 0.397, 0.359],
        "share_high": [0.642, 0.459, 0.419],
        "weight": [0.4, 0.13, 0.2],
        "weight_low": [0.27, 0.09, 0.12],
        "weight_high": [0.53, 0.18, 0.28],
    }
)


def test_years_multiply_and_several_conditions_share():
    result = HealthBurden(victims=1000).fit(SURVIVORS)
    central = result.estimates["estimate"]
    lost = SURVIVORS["share"] * SURVIVORS["weight"]
    assert central[["depression", "anxiety", "ptsd"]].tolist() == pytest.approx(list(1000 * lost), rel=1e-12)
    assert central["total"] == pytest.approx(1000 * (1 - np.prod(1 - lost)), rel=1e-12)
    assert central["total"] < 1000 * lost.sum()
    assert central["per_victim"] == pytest.approx(central["total"] / 1000)


def test_limits_follow_from_those_of_the_inputs():
    row = HealthBurden(victims=1000, draws=4000).fit(SURVIVORS.head(1)).estimates.loc["total"]
    relative = np.hypot(0.06 / 3.92 / 0.612, 0.26 / 3.92 / 0.4)  # errors of a product add in squares, nearly
    assert row["std_error"] == pytest.approx(row["estimate"] * relative, rel=0.05)
    assert row["ci_low"] < row["estimate"] < row["ci_high"]


def test_deaths_and_discounting():
    deaths = pd.DataFrame(
        {"condition": ["homicide"], "share": [0.0], "weight": [0.0], "deaths": [3.0], "life_years": [40.0]}
    )
    full, less = (HealthBurden(victims=1000, discount=d).fit(deaths).estimates["estimate"] for d in (None, 0.03))
    assert full["total"] == full["deaths"] == full["homicide"] == 120
    assert less["total"] == pytest.approx(3 * (1 - 1.03**-40) / np.log(1.03), rel=1e-12)


def test_a_sum_far_above_the_total_asks_for_review():
    heavy = SURVIVORS.assign(weight=0.6, weight_low=0.5, weight_high=0.7)
    assert HealthBurden(victims=10).fit(heavy).checks[0].status == "review"
    assert HealthBurden(victims=10).fit(SURVIVORS.head(1)).checks[0].status == "pass"


def test_victims_bring_their_uncertainty():
    wide, sharp = (HealthBurden(victims=v).fit(SURVIVORS).estimates.loc["total"] for v in ((500, 1500), 1000))
    assert wide["std_error"] > 2 * sharp["std_error"]
    assert wide["estimate"] == sharp["estimate"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"share": 1.2, "share_high": 1.3}, r"column 'share': .* must be at least 0 and at most 1"),
        ({"weight_low": -0.1}, "at least 0 and at most 1"),
        ({"years": -2.0}, "column 'years'"),
        ({"share_low": 0.9}, "must lie between its limits"),
        ({"condition": "total"}, "bears the name of a sum"),
        ({"condition": "same"}, "comes twice"),
        ({"weight": np.nan}, "missing"),
    ],
)
def test_bad_conditions_are_refused(change, words):
    with pytest.raises(DataError, match=words):
        HealthBurden(victims=10).fit(SURVIVORS.assign(**change))


def test_bad_options_are_refused():
    with pytest.raises(SpecificationError, match="discount == 3"):
        HealthBurden(victims=10, discount=3)
    with pytest.raises(SpecificationError, match="draws == 5000"):
        HealthBurden(victims=10, draws=5000)
