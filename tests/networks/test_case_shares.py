"""Types of organisation and recruiters: rules that can be read, and what is not known stays so."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from ctresearch.core import DataError, Result
from ctresearch.networks import organisation_types, recruiters
from ctresearch.networks.modus.wilson_limits import wilson

COLUMNS = {"traffickers": "n", "repeated": "again", "territory": "rule"}
NA = None


@pytest.mark.parametrize(
    ("n", "again", "rule", "kind"),
    [
        (1, NA, NA, "individual"),
        (2, 1, NA, "opportunistic"),
        (3, 0, 0, "opportunistic"),
        (3, 1, 0, "business"),
        (7, 0, 1, "governance"),
        (7, NA, 1, "governance"),
        (7, 1, NA, NA),
        (7, NA, 0, NA),
        (NA, 1, 1, NA),
    ],
)
def test_each_rule_decides_and_gaps_stay_open(n, again, rule, kind):
    cases = pd.DataFrame({"n": [n, 1], "again": [again, 0], "rule": [rule, 0]})  # the second is always decided
    found = organisation_types(cases, **COLUMNS)
    assert found.not_known == (kind is None)
    counts = found.rules.set_index("type")["cases"]
    assert counts.sum() == found.n == 2 - (kind is None)
    assert kind is None or counts[kind] >= 1


def test_shares_add_up_and_have_limits():
    cases = pd.DataFrame({"n": [1] * 30 + [2] * 15 + [5] * 15, "again": [0] * 45 + [1] * 15, "rule": 0})
    found = organisation_types(cases, **COLUMNS)
    assert found.estimates["estimate"].tolist() == [0, 0.25, 0.25, 0.5]
    assert found.rules["rule"].str.len().min() > 10
    assert (found.estimates["ci_high"] > found.estimates["ci_low"]).all()  # zero cases do not mean a zero share
    assert found.status == "pass"
    assert Result.from_dict(found.to_dict()) == found
    half = cases.assign(rule=[0] * 30 + [None] * 30)
    assert organisation_types(half, **COLUMNS).status == "review"


def test_kin_and_partner_are_counted_together_once():
    cases = pd.DataFrame({"kin": [1, 1, 0, 0, 0, 0, 0, 0], "lover": [1, 0, 1, 0, 0, 0, 0, 0]})
    table = recruiters(cases, {"kin": "kin", "partner": "lover"}).estimates.set_index("relation")
    assert table["estimate"].tolist() == [0.25, 0.25, 0.375]
    gaps = cases.astype(float).mask(np.eye(8, 2) > 0)
    result = recruiters(gaps, {"kin": "kin", "partner": "lover"})
    assert (result.n, result.status) == (6, "review")


def test_limits_are_wilsons():
    low, high = wilson(np.array([0.0, 0.2, 1.0]), 40, 0.9)
    expected = [proportion_confint(k, 40, alpha=0.1, method="wilson") for k in (0, 8, 40)]
    assert np.column_stack([low, high]) == pytest.approx(np.array(expected), abs=1e-12)  # the same formula


def test_bad_columns_are_refused():
    cases = pd.DataFrame({"n": [1.5], "again": [0], "rule": [0]})
    with pytest.raises(DataError, match=r"is a number \(row 1\), must be whole numbers from 1"):
        organisation_types(cases, **COLUMNS)
    with pytest.raises(DataError, match=r"a whole number \(row 1\), must be true, false or empty"):
        organisation_types(cases.assign(n=1, again=7), **COLUMNS)
    with pytest.raises(DataError, match="none of 1 cases"):
        organisation_types(cases.assign(n=None), **COLUMNS)
    with pytest.raises(DataError, match=r"is text \(row 1\), must be true, false or empty"):
        recruiters(pd.DataFrame({"kin": ["yes"]}), {"kin": "kin"})
    with pytest.raises(DataError, match="0 of 1 cases"):
        recruiters(pd.DataFrame({"kin": [None]}), {"kin": "kin"})
