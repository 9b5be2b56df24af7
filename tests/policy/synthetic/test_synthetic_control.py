"""Synthetic control: published figures, what each check asks, what is refused."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.policy import Panel, SyntheticControl
from ctresearch.policy.synthetic.inference import (
    conformal_limits,
    conformal_p_value,
    placebo_limits,
    placebo_p_value,
)
from synthetic_panels import BEFORE, SALES, check, long_table, own_and_others, panel, read, wander


@pytest.fixture(scope="module")
def smoking():
    return SyntheticControl().fit(panel())


def test_cigarettes_as_published(smoking):
    assert smoking.estimates.loc["effect", "estimate"] == pytest.approx(-19.5136, abs=5e-5)
    weights = smoking.weights["weight"]
    # R's synthdid stops a little before the minimum, at .396, .232, .204 and .104
    assert weights.nlargest(4).round(3).to_dict() == {
        "Utah": 0.394,
        "Montana": 0.232,
        "Nevada": 0.205,
        "Connecticut": 0.109,
    }
    assert smoking.p_placebo == pytest.approx(3 / 39)
    assert smoking.treated_from == 1989
    assert smoking.stands
    assert smoking.path["gap"].loc[1989:].mean() == pytest.approx(-19.5136, abs=5e-5)
    assert len(smoking.placebos) == 39
    assert set(smoking.left_out.index) == set(weights[weights > 1e-3].index)


def test_limits_are_where_the_placebos_begin_to_reject(smoking):
    row, own = smoking.estimates.loc["effect"], smoking.path["gap"].to_numpy()
    ratios = smoking.placebos["ratio"].iloc[1:].to_numpy()

    def p_value(effect):
        ratio = np.sqrt(((own[BEFORE:] - effect) ** 2).mean()) / smoking.rmse_before
        return placebo_p_value(ratio, ratios)

    for limit, inward in ((row["ci_low"], 1e-6), (row["ci_high"], -1e-6)):
        assert p_value(limit + inward) > 0.05 >= p_value(limit - inward)
    assert np.isnan(placebo_limits(own[BEFORE:], 1.0, ratios[:10], 0.95)).all()  # 11 units cannot say 5 %
    assert np.isnan(placebo_limits(np.array([-50.0, 50.0]), 1.0, np.full(30, 2.0), 0.95)).all()


def test_shifts_in_time():
    own, others = own_and_others()
    after = np.arange(len(own)) >= BEFORE
    p_value = conformal_p_value(own, others, after, 0.0)
    assert p_value * len(own) == pytest.approx(round(p_value * len(own)))
    assert conformal_p_value(own - 200.0 * after, others, after, -200.0) == pytest.approx(p_value)
    found = SyntheticControl(inference="shifts").fit(panel())
    low, high = found.estimates.loc["effect", ["ci_low", "ci_high"]]
    assert conformal_p_value(own, others, after, low - 1.0) <= 0.05
    assert conformal_p_value(own, others, after, high + 1.0) <= 0.05
    assert np.isnan(conformal_limits(own[:15], others[:15], after[:15] | (np.arange(15) > 12), 0.95, (0.0, 1.0))).all()
    too_few = SyntheticControl(inference="shifts").fit(read(wander()))
    assert check(too_few, "limits").status == "review"
    assert np.isnan(too_few.estimates.loc["effect", "ci_low"])


@pytest.mark.slow
def test_predictors_as_the_published_program_takes_them():
    """Sales, and two invented covariates: the nested search of the importance against a search at random."""
    rng = np.random.default_rng(1)
    table = long_table()
    table["beer"] = table["packs"] * 0.2 + rng.normal(size=len(table))
    table["young"] = rng.normal(size=len(table))
    table.loc[table["year"] % 2 == 0, "young"] = np.nan  # seen every second year
    roles = {"unit": "state", "time": "year", "outcome": "packs", "adopted": "adopted", "outcome_kind": "response"}
    made = Panel.from_frame(table, **roles, covariates=["beer", "young"])
    predictors = [("beer", 1980, 1988), ("young", 1971, 1988), ("outcome", 1975, 1975), ("outcome", 1988, 1988)]
    found = SyntheticControl(predictors=predictors).fit(made)
    assert found.fit_before["importance"].sum() == pytest.approx(1)
    assert found.fit_before.index[2] == "outcome, 1975"
    equal = SyntheticControl(predictors=predictors, importance="equal").fit(made)
    given = SyntheticControl(predictors=predictors, importance=[1, 1, 1, 1]).fit(made)
    pd.testing.assert_frame_equal(equal.weights, given.weights)
    best = SyntheticControl(predictors=predictors, importance="best").fit(made)
    assert best.rmse_before <= found.rmse_before * (1 + 1e-9) <= equal.rmse_before * (1 + 1e-9)
    assert check(found, "importance of predictors").status in {"pass", "review"}


def test_several_outcomes_with_one_set_of_weights():
    frame = wander(effect=3.0, seed=2)
    frame["z"] = 10 * frame["y"] + np.random.default_rng(2).normal(size=len(frame))
    found = SyntheticControl(also=["z"]).fit(read(frame, covariates=["z"]))
    assert found.outcomes.index.tolist() == ["y", "z"]
    assert found.outcomes.loc["z", "effect"] == pytest.approx(10 * found.outcomes.loc["y", "effect"], rel=0.1)


def test_levels_may_differ():
    frame = wander(effect=2.0, seed=3)
    frame.loc[frame["unit"] == "u00", "y"] += 50.0
    plain, moved = (SyntheticControl(demean=one).fit(read(frame)) for one in (False, True))
    assert not plain.stands
    assert plain.estimates[["ci_low", "ci_high"]].isna().all(axis=None)
    assert moved.stands
    assert moved.estimates.loc["effect", "estimate"] == pytest.approx(2.0, abs=0.6)  # four errors of .15


def test_an_effect_is_found_and_none_is_not():
    found = SyntheticControl(level=0.9).fit(read(wander(effect=4.0, seed=4)))
    none = [SyntheticControl(level=0.9).fit(read(wander(seed=seed))).p_placebo for seed in range(20, 28)]
    assert found.p_placebo == pytest.approx(1 / 20)
    assert np.mean(none) > 0.25  # uniform where nothing happened: .5, with an error of .1
    rows = [SyntheticControl(level=0.9).fit(read(wander(effect=4.0, seed=seed))).estimates for seed in range(20, 28)]
    limits = np.array([one.loc["effect", ["ci_low", "ci_high"]].to_numpy(dtype=float) for one in rows])
    made = np.isfinite(limits).all(axis=1)  # where no constant effect fits there are none
    assert made.any()
    assert ((limits[made, 0] < 4.0) & (limits[made, 1] > 4.0)).mean() > 0.5


def test_each_check_fails_where_it_should():
    good = SyntheticControl(level=0.9).fit(read(wander(effect=4.0, seed=4, noise=0.2)))
    for name in (
        "solver",
        "fit before",
        "periods held back",
        "donors",
        "each donor left out",
        "limits",
        "one solution",
    ):
        assert check(good, name).status == "pass", name
    frame = wander(seed=5)
    frame.loc[frame["unit"] == "u00", "y"] += 30.0 * (frame["time"] - 2000)
    bad = SyntheticControl().fit(read(frame))
    assert check(bad, "fit before").status == "fail"
    assert check(bad, "periods held back").status == "review"
    twin = wander(seed=6, noise=0.5)
    twin.loc[twin["unit"] == "u00", "y"] = twin.loc[twin["unit"] == "u01", "y"].to_numpy() + 0.01
    assert check(SyntheticControl().fit(read(twin)), "donors").status == "review"
    short = wander(units=30, periods=6, begins=3, seed=7)
    few = SyntheticControl().fit(read(short))
    assert check(few, "one solution").status == "review"
    assert check(few, "periods held back").status == "review"
    none = SyntheticControl(inference="none").fit(read(wander(seed=4)))
    assert check(none, "limits").status == "review"
    mended = SyntheticControl(method="augmented", penalty=1e-6).fit(panel())
    assert check(mended, "weights below 0").status == "review"
    small = SyntheticControl(method="augmented", penalty=1e12).fit(panel())
    assert check(small, "weights below 0").status == "pass"


def test_an_effect_that_rests_on_one_donor_says_so():
    frame = wander(seed=8, noise=0.05)
    jump = (frame["unit"].isin(["u01", "u02", "u03"])) & (frame["time"] >= 2012)
    frame.loc[jump & (frame["unit"] == "u01"), "y"] += 8.0
    frame.loc[(frame["unit"] == "u00") & (frame["time"] >= 2012), "y"] += 1.0
    found = SyntheticControl().fit(read(frame))
    if found.weights.loc["u01", "weight"] > 0.2:
        assert check(found, "each donor left out").status == "review"


def test_a_law_felt_before_moves_the_start():
    frame = wander(effect=3.0, begins=12, seed=9)
    frame.loc[frame["unit"] == "u00", "adopted"] = 2014
    late = SyntheticControl().fit(read(frame))
    early = SyntheticControl(anticipation=2).fit(read(frame))
    assert late.treated_from == 2014
    assert early.treated_from == 2012
    assert early.rmse_before < late.rmse_before


def test_units_that_are_no_donors_are_counted():
    frame = wander(seed=10)
    frame.loc[frame["unit"] == "u05", "adopted"] = 2003
    frame = frame[~((frame["unit"] == "u06") & (frame["time"] == 2004))]
    found = SyntheticControl(treated="U00 ").fit(read(frame))
    assert found.n == 18
    assert {"u05", "u06"}.isdisjoint(found.weights.index)
    assert check(found, "donors").numbers["treated"] == 1
    assert check(found, "donors").numbers["gaps"] == 1
    chosen = SyntheticControl(treated="u00", donors=["u01", "u02", "u03"]).fit(read(frame))
    assert chosen.weights.index.tolist() == ["u01", "u02", "u03"]


def test_what_was_measured_travels_with_the_estimate():
    found = SyntheticControl().fit(read(wander(effect=3.0, seed=11), outcome_kind="detection"))
    assert check(found, "outcome").status == "fail"
    assert found.terms["effect"].outcome == "detection"


TWO = wander(seed=12)
TWO.loc[TWO["unit"] == "u01", "adopted"] = 2012
OFF = wander(seed=12).assign(law=lambda d: ((d["unit"] == "u00") & d["time"].between(2008, 2011)) * 1)
DOSE = wander(seed=12).assign(law=lambda d: (d["unit"] == "u00") * (d["time"] > 2008) * 2.5)
GAP = wander(seed=12)
GAP = GAP[~((GAP["unit"] == "u00") & (GAP["time"] == 2004))]
CONSTANT = wander(seed=12).assign(x=1.0)
LAW = {"adopted": None, "treatment": "law"}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SyntheticControl().fit(wander()), "must be a Panel"),
        (lambda: SyntheticControl().fit(read(TWO)), "2 units are treated, must be one"),
        (lambda: SyntheticControl().fit(read(wander().assign(adopted=None))), "0 units are treated"),
        (lambda: SyntheticControl().fit(read(OFF, **LAW)), "switched off"),
        (lambda: SyntheticControl().fit(read(DOSE, **LAW)), "dose"),
        (lambda: SyntheticControl().fit(read(GAP)), "1 outcomes missing"),
        (lambda: SyntheticControl().fit(read(wander(begins=2))), "2 periods before"),
        (lambda: SyntheticControl(treated="u03").fit(read(wander())), "never treated in this panel"),
        (lambda: SyntheticControl(treated="nobody").fit(read(wander())), "none of the 20 units"),
        (lambda: SyntheticControl(donors=["u01", "x"]).fit(read(wander())), "donors 2 of 2 are no units"),
        (lambda: SyntheticControl(donors=["u01"]).fit(read(wander())), "1 of 1 units can be donors"),
        (lambda: SyntheticControl(predictors=[("y2", 2000, 2003)]).fit(read(wander())), "no covariate"),
        (lambda: SyntheticControl(predictors=[("outcome", 2000, 2013)]).fit(read(wander())), "last period before"),
        (
            lambda: SyntheticControl(predictors=[("x", 2000, 2003)]).fit(read(CONSTANT, covariates=["x"])),
            "same in every unit",
        ),
        (lambda: SyntheticControl(predictors=["gdp"]), "must be a name with first and last"),
        (lambda: SyntheticControl(predictors=[("a", 1, 2)], method="augmented"), "matches the outcome"),
        (lambda: SyntheticControl(penalty=1.0), "must go with"),
        (lambda: SyntheticControl(importance=[1.0]), "one number for each"),
        (lambda: SyntheticControl(fit_periods=(2005, 2001)), "first and the last"),
        (lambda: SyntheticControl(anticipation=20).fit(read(wander())), "0 periods before"),
    ],
)
def test_misuse_gets_one_sentence(make, message):
    with pytest.raises((DataError, SpecificationError), match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_the_picture_says_what_is_what(smoking):
    ax = smoking.plot()
    assert [one.get_text() for one in ax.get_legend().get_texts()] == ["treated unit", "its synthetic control"]
    assert ax.get_xlabel() == "Period"
    assert len(SALES.columns) == len(ax.lines[0].get_xdata())
