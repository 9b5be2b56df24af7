"""Chains that did not mix leave no draws and no limits, and entries out of their window are refused by which end."""

import pandas as pd
import pytest

from ctresearch.core import CellError, SpecificationError
from ctresearch.prevalence import BayesianScaleUp, DatedReferral
from estimators import EXAMPLES


def test_a_chain_that_did_not_mix_hands_on_no_draws():
    known = EXAMPLES["BayesianScaleUp"]
    result = BayesianScaleUp(**known.options | {"iterations": 20, "warmup": 10}).fit(known.data)
    assert any(one.status == "fail" and one.voids for one in result.checks)
    assert result.draws is None


ENTRIES = EXAMPLES["DatedReferral"].data
DATED = ENTRIES.assign(when=pd.Timestamp("2024-01-01") + pd.to_timedelta(ENTRIES["when"].astype(float), unit="D"))


def referral(start, end):
    """The example, in a window of days."""
    return DatedReferral(**EXAMPLES["DatedReferral"].options | {"start": start, "end": end, "ties": "together"})


def test_days_may_be_dates_or_text_and_say_the_same():
    one = referral("2024-01-01", "2024-04-30").fit(DATED).estimates
    two = referral("2024-01-01", "2024-04-30").fit(DATED.assign(when=DATED["when"].dt.strftime("%Y-%m-%d"))).estimates
    assert one.drop(columns="unit").to_numpy().tolist() == two.drop(columns="unit").to_numpy().tolist()


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("soon", "2024-04-30", "start == 'soon', must be a date"),
        ("2024-01-01", "late", "end == 'late', must be a date"),
        ("2024-01-01", 90, "end == 90, must be a date"),
        ("2024-04-30", "2024-01-01", "start == '2024-04-30' is not before end == '2024-01-01'"),
    ],
)
def test_an_end_of_the_window_that_is_none_is_named(start, end, words):
    with pytest.raises(SpecificationError, match=f"^{words}"):
        referral(start, end).fit(DATED)


def test_a_day_that_cannot_be_read_is_refused_by_its_row():
    text = DATED["when"].dt.strftime("%Y-%m-%d")
    text.iloc[1] = "Marie"
    with pytest.raises(CellError, match=r"must be dates such as 2024-05-31, or numbers") as caught:
        referral("2024-01-01", "2024-04-30").fit(DATED.assign(when=text))
    assert "Marie" not in str(caught.value)
