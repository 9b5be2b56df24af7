"""Every table of a synthetic control beside weights that a general solver finds."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import nnls

from ctresearch.core import SpecificationError
from ctresearch.policy import Panel, SyntheticControl

BEFORE, TIMES = 9, 12
RNG = np.random.default_rng(3)
DONORS = RNG.normal(size=(TIMES, 4)).cumsum(axis=0) + np.array([4.0, 6, 8, 10])
OWN = DONORS @ [0.5, 0.3, 0.2, 0.0] + RNG.normal(scale=0.3, size=TIMES) + 2.0 * (np.arange(TIMES) >= BEFORE)
UNITS = {"own": OWN, **{name: DONORS[:, j] for j, name in enumerate("abde")}}
FRAME = pd.DataFrame(
    [
        (c, 2000 + t, y[t], 2009 if c == "own" else None, y[t] ** 2 / 10, y[t] - t)
        for c, y in UNITS.items()
        for t in range(TIMES)
    ],
    columns=["c", "t", "y", "law", "aid", "jobs"],
)
ROLES = {"unit": "c", "time": "t", "outcome": "y", "adopted": "law", "outcome_kind": "response"}
PANEL = Panel.from_frame(FRAME, **ROLES)


def weights_of(own, others):
    """Find weights of at least 0 that sum to 1 and follow best, by a solver that knows nothing of sums."""
    heavy = 1e6
    return nnls(np.vstack([others, heavy * np.ones(others.shape[1])]), np.append(own, heavy))[0]


def size(gaps):
    return float(np.sqrt((gaps**2).mean()))


def check(result, name):
    return next(one for one in result.checks if one.name == name)


def test_paths_placebos_and_donors_left_out():
    found = SyntheticControl(level=0.8).fit(PANEL)
    weights = weights_of(OWN[:BEFORE], DONORS[:BEFORE])
    assert found.weights["weight"].tolist() == pytest.approx(weights.tolist(), abs=1e-6)
    gaps = OWN - DONORS @ weights
    assert found.path["gap"].tolist() == pytest.approx(gaps.tolist(), abs=1e-5)
    assert found.path["synthetic"].tolist() == pytest.approx((DONORS @ weights).tolist(), abs=1e-5)
    assert found.path["treated"].tolist() == pytest.approx(OWN.tolist())
    effect = gaps[BEFORE:].mean()
    assert found.estimates.loc["effect", "estimate"] == pytest.approx(effect, abs=1e-5)
    assert (found.unit, found.treated_from, found.n) == ("own", 2009, 5)
    assert found.rmse_before == pytest.approx(size(gaps[:BEFORE]), abs=1e-5)
    assert found.noise == pytest.approx(np.diff(DONORS[:BEFORE], axis=0).std(ddof=1))
    rows = [(effect, size(gaps[:BEFORE]), size(gaps[BEFORE:]))]
    for j in range(4):
        rest = np.delete(DONORS, j, axis=1)
        left = DONORS[:, j] - rest @ weights_of(DONORS[:BEFORE, j], rest[:BEFORE])
        rows.append((left[BEFORE:].mean(), size(left[:BEFORE]), size(left[BEFORE:])))
    table = found.placebos
    for name, column in zip(("effect", "rmse_before", "rmse_after"), zip(*rows, strict=True), strict=True):
        assert table[name].tolist() == pytest.approx(list(column), abs=1e-5)
    ratios = [after / before for _, before, after in rows]
    assert table["ratio"].tolist() == pytest.approx(ratios, rel=1e-4)
    assert found.p_placebo == pytest.approx(np.mean([one >= ratios[0] * (1 - 1e-9) for one in ratios]))
    for name in found.left_out.index:
        rest = np.delete(DONORS, "abde".index(name), axis=1)
        left = OWN - rest @ weights_of(OWN[:BEFORE], rest[:BEFORE])
        assert found.left_out.loc[name].tolist() == pytest.approx([left[BEFORE:].mean(), size(left[:BEFORE])], abs=1e-5)
    assert found.left_out.index.tolist() == [name for name, one in zip("abde", weights, strict=True) if one > 1e-3]
    assert found.outcomes.loc["y"].tolist() == pytest.approx([effect, size(gaps[:BEFORE])], abs=1e-5)
    before = found.fit_before.loc["y"]
    wanted = [OWN[:BEFORE].mean(), (DONORS @ weights)[:BEFORE].mean(), DONORS[:BEFORE].mean()]
    assert before[["treated", "synthetic", "donors"]].astype(float).tolist() == pytest.approx(wanted, abs=1e-5)
    held = OWN[6:9] - DONORS[6:9] @ weights_of(OWN[:6], DONORS[:6])
    numbers = check(found, "periods held back").numbers
    assert numbers == {"rmse": pytest.approx(size(held), abs=1e-5), "noise": pytest.approx(found.noise), "periods": 3}


def test_levels_that_differ_and_periods_that_are_not_matched():
    moved = SyntheticControl(demean=True, inference="none").fit(PANEL)
    own, others = OWN - OWN[:BEFORE].mean(), DONORS - DONORS[:BEFORE].mean(axis=0)
    gaps = own - others @ weights_of(own[:BEFORE], others[:BEFORE])
    assert moved.path["gap"].tolist() == pytest.approx(gaps.tolist(), abs=1e-5)
    assert moved.path["synthetic"].tolist() == pytest.approx((OWN - gaps).tolist(), abs=1e-5)
    some = SyntheticControl(fit_periods=(2003, 2006), inference="none").fit(PANEL)
    weights = weights_of(OWN[3:7], DONORS[3:7])
    assert size(some.path["gap"].to_numpy()[3:7]) == pytest.approx(size(OWN[3:7] - DONORS[3:7] @ weights), abs=1e-5)
    early = SyntheticControl(anticipation=2, inference="none").fit(PANEL)
    assert early.treated_from == 2007
    assert early.path["phase"].tolist() == ["before"] * 7 + ["after"] * 5
    picked = SyntheticControl(donors=["a", "d", "e"], inference="none").fit(PANEL)
    assert picked.weights.index.tolist() == ["a", "d", "e"]
    assert picked.weights["weight"].tolist() == pytest.approx(
        weights_of(OWN[:BEFORE], DONORS[:BEFORE][:, [0, 2, 3]]).tolist(), abs=1e-6
    )
    assert picked.estimates[["ci_low", "ci_high"]].isna().all(axis=None)
    with pytest.raises(SpecificationError, match="hold no period before the treatment"):
        SyntheticControl(fit_periods=(2009, 2011)).fit(PANEL)


def test_predictors_weigh_as_they_are_given():
    both = Panel.from_frame(FRAME, **ROLES, covariates=["aid", "jobs"])
    predictors = [("aid", 2000, 2008), ("jobs", 2003, 2005), ("aid", 2008, 2008)]
    found = SyntheticControl(predictors=predictors, importance=[2, 1, 1], inference="none").fit(both)
    wide = FRAME.pivot_table(index="t", columns="c", values=["aid", "jobs"])
    means = np.array([wide[name].loc[first:last].mean()[["own", *"abde"]] for name, first, last in predictors])
    spread = means.std(axis=1, ddof=1)
    assert found.fit_before["treated"].tolist() == pytest.approx(means[:, 0].tolist())
    assert found.fit_before["donors"].tolist() == pytest.approx(means[:, 1:].mean(axis=1).tolist())
    assert found.fit_before["importance"].tolist() == [0.5, 0.25, 0.25]
    assert found.fit_before.index.tolist() == ["aid, 2000 to 2008", "jobs, 2003 to 2005", "aid, 2008"]
    scaled = means / spread[:, None] * np.sqrt([0.5, 0.25, 0.25])[:, None]
    weights = weights_of(scaled[:, 0], scaled[:, 1:])
    got = found.weights["weight"].to_numpy()
    distance = [size(scaled[:, 0] - scaled[:, 1:] @ one) for one in (weights, got)]
    assert distance[1] == pytest.approx(distance[0], abs=1e-5)
    assert found.fit_before["synthetic"].tolist() == pytest.approx((means[:, 1:] @ got).tolist())
    even = SyntheticControl(predictors=predictors, importance="equal", inference="none").fit(both)
    assert even.fit_before["importance"].tolist() == pytest.approx([1 / 3] * 3)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"predictors": "aid"}, "predictors is a str, must be a list of names with two periods"),
        ({"predictors": [("aid", 2000)]}, r"predictors\[0\] must be a name with first and last period"),
        ({"predictors": [("aid", 2000, 2001), ("aid", 2000, 1.5)]}, r"predictors\[1\]\[2\]"),
        ({"predictors": [("aid", "x", 2001)]}, r"predictors\[0\]\[1\]"),
        ({"predictors": [("aid", 2000, 2001)], "importance": [1, 2]}, "one number for each of the 1 predictors"),
        ({"predictors": [("aid", 2000, 2001)], "importance": [0]}, "importance is 0 for all 1 predictors"),
        ({"predictors": [("aid", 2000, 2001)], "importance": [-1]}, r"importance\[0\] == -1"),
        (
            {"predictors": [("aid", 2000, 2001)], "method": "augmented"},
            "predictors are given with method == 'augmented'",
        ),
        ({"fit_periods": (2001, 2000)}, "must be the first and the last period"),
        ({"fit_periods": (2001,)}, "must be the first and the last period"),
        ({"penalty": 1.0}, "penalty == 1.0 with method == 'simplex'"),
        ({"donors": "a"}, "donors is a str, must be a list of names of units"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, said):
    with pytest.raises(SpecificationError, match=said):
        SyntheticControl(**options)


def test_options_at_their_limits_are_taken():
    assert SyntheticControl(fit_periods=(2000, 2000)).fit_periods == (2000, 2000)
    assert SyntheticControl(predictors=[("aid", 2000, 2000)], importance=[3]).importance == (1.0,)
    assert SyntheticControl(penalty=0.0, method="penalised").penalty == 0
