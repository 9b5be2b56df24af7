"""Placebos and donors left out beside fits in which that was done to the table."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.policy import Panel, SyntheticControl

BEFORE, TIMES = 8, 12
FRAME = pd.DataFrame({"unit": np.repeat(list("abcdefg"), TIMES), "time": np.tile(np.arange(TIMES), 7)})
_RNG = np.random.default_rng(4)
FRAME["y"] = (_RNG.normal(size=(7, TIMES)).cumsum(axis=1) + np.arange(7)[:, None]).ravel()
FRAME["rich"] = np.repeat(_RNG.normal(size=7), TIMES) + FRAME["time"] / 50
FRAME["aid"] = np.repeat(_RNG.normal(size=7), TIMES) * 30
FRAME["past"] = FRAME["y"]
PREDICTORS = [("past", 2, 5), ("rich", 0, 7), ("aid", 7, 7)]
KINDS = {
    "simplex": {},
    "levels apart": {"demean": True},
    "some periods": {"fit_periods": (2, 6)},
    "penalised": {"method": "penalised", "penalty": 0.3},
    "augmented": {"method": "augmented", "penalty": 2.0},
    "predictors": {"predictors": PREDICTORS, "importance": (1.0, 2.0, 0.5)},
}


def fit(frame, treated="a", **options):
    """Fit with one unit treated; nobody else is."""
    frame = frame.assign(law=np.where(frame["unit"] == treated, float(BEFORE), np.nan))
    roles = {"unit": "unit", "time": "time", "outcome": "y", "adopted": "law", "covariates": ["rich", "aid", "past"]}
    return SyntheticControl(**options).fit(Panel.from_frame(frame, **roles, outcome_kind="response"))


def spread(frame):
    """How far units lie apart in each predictor."""
    means = [frame[frame["time"].between(first, last)].groupby("unit")[name].mean() for name, first, last in PREDICTORS]
    return np.array([one.std() for one in means])


def options_for(kind, frame):
    """Return options that weigh predictors as all units would have them weighed."""
    options = dict(KINDS[kind])
    if "importance" in options:
        options["importance"] = tuple(np.array(options["importance"]) * (spread(frame) / spread(FRAME)) ** 2)
    return options


@pytest.mark.parametrize("kind", KINDS)
def test_a_placebo_is_the_fit_in_which_that_donor_was_treated(kind):
    found = fit(FRAME, **KINDS[kind]).placebos
    assert list(found.index) == list("abcdefg")
    for donor in ("c", "g"):
        others = FRAME[FRAME["unit"] != "a"]
        other = fit(others, treated=donor, inference="none", **options_for(kind, others))
        gaps = other.path["gap"].to_numpy()
        after, before = (np.sqrt((part**2).mean()) for part in (gaps[BEFORE:], gaps[:BEFORE]))
        expected = [gaps[BEFORE:].mean(), before, after, after / before]
        assert found.loc[donor].tolist() == pytest.approx(expected, rel=1e-5), donor  # where the search of weights ends


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_donor_is_the_fit_of_the_table_without_it(kind):
    whole = fit(FRAME, inference="none", **KINDS[kind])
    used = whole.weights["weight"][whole.weights["weight"].abs() > 1e-3].index
    assert list(whole.left_out.index) == [one for one in "bcdefg" if one in set(used)]
    for donor in whole.left_out.index[:2]:
        others = FRAME[FRAME["unit"] != donor]
        gaps = fit(others, inference="none", **options_for(kind, others)).path["gap"].to_numpy()
        expected = [gaps[BEFORE:].mean(), np.sqrt((gaps[:BEFORE] ** 2).mean())]
        assert whole.left_out.loc[donor].tolist() == pytest.approx(expected, rel=1e-5), donor


def test_what_is_matched_is_laid_out_by_hand():
    whole = fit(FRAME, inference="none", **KINDS["predictors"])
    table, weights = whole.fit_before, whole.weights["weight"].reindex(list("bcdefg")).fillna(0)
    assert list(table.index) == ["past, 2 to 5", "rich, 0 to 7", "aid, 7"]
    for place, (name, first, last) in enumerate(PREDICTORS):
        means = FRAME[FRAME["time"].between(first, last)].groupby("unit")[name].mean()
        donors = means.drop("a")
        expected = [means["a"], donors @ weights, donors.mean()]
        assert table.iloc[place, :3].tolist() == pytest.approx(expected)
    assert table["importance"].tolist() == pytest.approx([1 / 3.5, 2 / 3.5, 0.5 / 3.5])
    plain = fit(FRAME, inference="none").fit_before
    before = FRAME[FRAME["time"] < BEFORE].groupby("unit")["y"].mean()
    assert plain.iloc[0, [0, 2]].tolist() == pytest.approx([before["a"], before.drop("a").mean()])
    assert plain["importance"].isna().all()


@pytest.mark.slow  # the best importance is sought from many starts
def test_the_best_importance_follows_at_least_as_well_as_the_usual_search_and_as_none():
    """The periods that the search follows are those before; equal importance is one it could have taken."""
    errors = {}
    for importance in ("equal", "nested", "best"):
        found = fit(FRAME, inference="none", predictors=PREDICTORS, importance=importance)
        errors[importance] = found.rmse_before
        assert found.fit_before["importance"].sum() == pytest.approx(1)
    assert errors["best"] <= errors["nested"] * (1 + 1e-9)
    assert errors["nested"] <= errors["equal"] * (1 + 1e-9)


def test_periods_held_back_are_a_share_of_those_before():
    """Weights of the first periods, found by a fit of them, miss the rest by what the check says."""
    told = next(one for one in fit(FRAME, inference="none").checks if one.name == "periods held back").numbers
    first = BEFORE - int(told["periods"])
    path = fit(FRAME, inference="none", fit_periods=(0, first - 1)).path["gap"].to_numpy()[first:BEFORE]
    assert told["rmse"] == pytest.approx(np.sqrt((path**2).mean()), rel=1e-6)
    assert 1 <= told["periods"] < BEFORE / 2
