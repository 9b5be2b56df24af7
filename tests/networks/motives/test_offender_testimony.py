"""Coded testimony: shares, agreement as scikit-learn has it, and no words or prices on the way out."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from ctresearch.core import DataError, Result, SpecificationError
from ctresearch.networks import Scheme, business_model, offender_testimony
from ctresearch.networks.motives.offender_testimony import cohen_kappa

SCHEME = Scheme(price=30, volume=100, months=12, monthly_cost=900, detection=0.01, penalty=50_000)


def coded(n=60, seed=3):
    rng = np.random.default_rng(seed)
    first = rng.random((n, 2)) < [0.5, 0.3]
    again = np.where(rng.random((n, 2)) < 0.9, first, ~first)
    return pd.DataFrame(np.column_stack([first, again]).astype(float), columns=["debt", "fear", "debt2", "fear2"])


THEMES = {"own debts": "debt", "fear of arrest": "fear"}
AGAIN = {"own debts": "debt2", "fear of arrest": "fear2"}


def test_kappa_is_that_of_scikit_learn():
    frame = coded()
    table = offender_testimony(frame, THEMES, second=AGAIN).estimates.loc["kappa"].set_index("theme")["estimate"]
    for theme in THEMES:
        # the same fractions, put together in another order
        assert table[theme] == pytest.approx(cohen_kappa_score(frame[THEMES[theme]], frame[AGAIN[theme]]), abs=1e-12)
    assert np.isnan(cohen_kappa(np.ones(4), np.ones(4)))
    assert np.isnan(cohen_kappa(np.array([1.0, np.nan]), np.array([np.nan, 1.0])))


def test_shares_are_over_those_who_were_coded():
    frame = coded()
    frame.loc[:9, "debt"] = np.nan
    row = offender_testimony(frame, THEMES).estimates.loc["share"].iloc[0]
    assert row["offenders"] == 50
    assert row["estimate"] == frame["debt"].mean()
    assert row["ci_low"] < row["estimate"] < row["ci_high"]


def test_one_coder_or_little_agreement_is_for_review():
    assert offender_testimony(coded(), THEMES).status == "review"
    assert offender_testimony(coded(), THEMES, second=AGAIN).status == "pass"
    shuffled = coded().assign(debt2=coded(seed=9)["debt"])
    assert offender_testimony(shuffled, THEMES, second=AGAIN).status == "review"


def test_beside_the_economics_stand_no_prices():
    said = offender_testimony(coded(), THEMES, levers={"fear of arrest": "detection", "own debts": "penalty"})
    table = said.beside(business_model(SCHEME))
    assert table["lever"].tolist() == ["detection", "penalty"]
    assert table["stops_alone"].tolist() == [True, True]
    assert set(table.columns) == {"theme", "lever", "share", "ci_low", "ci_high", "stops_alone"}
    assert table[["share", "ci_low", "ci_high"]].to_numpy().max() <= 1
    with pytest.raises(SpecificationError, match="no theme has a lever"):
        offender_testimony(coded(), THEMES).beside(business_model(SCHEME))
    with pytest.raises(SpecificationError, match="must be the result of business_model"):
        said.beside("a lot")


def test_it_round_trips():
    said = offender_testimony(coded(), THEMES, second=AGAIN, levers={"own debts": "penalty"})
    assert Result.from_dict(json.loads(json.dumps(said.to_dict()))) == said


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"themes": {}}, "must name at least one theme"),
        ({"second": {"greed": "debt2"}}, "second names 'greed'"),
        ({"levers": {"greed": "price"}}, "levers names 'greed'"),
        ({"levers": {"own debts": "luck"}}, "'luck' to 'own debts', must be one of price"),
    ],
)
def test_mappings_that_do_not_fit(options, message):
    with pytest.raises(SpecificationError, match=message):
        offender_testimony(coded(), **{"themes": THEMES} | options)


def test_words_are_refused_and_not_repeated():
    frame = pd.DataFrame({"debt": ["I owed my brother money", None]})
    with pytest.raises(DataError, match="must be true, false or empty") as caught:
        offender_testimony(frame, {"own debts": "debt"})
    assert "brother" not in str(caught.value)
    with pytest.raises(DataError, match="coded for nobody"):
        offender_testimony(pd.DataFrame({"debt": [None, None]}), {"own debts": "debt"})
    with pytest.raises(DataError, match="no column 'fear'"):
        offender_testimony(pd.DataFrame({"debt": [1]}), THEMES)
