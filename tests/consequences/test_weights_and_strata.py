"""Survey weights and strata of the hazard model; ``weights_strata_r.R`` made the outside values."""

import json

import numpy as np
import pandas as pd
import pytest

from consequences.reference import FOLDER, table
from ctresearch.consequences import HazardModel
from ctresearch.core import DataError

R = json.loads((FOLDER / "weights_strata_r.json").read_text())
SAME = {"rel": 1e-7}  # Newton stops at 1e-7 standard deviations, one quadratic step after which is far closer
ENTRY = {"duration": "stop", "event": "event", "entry": "start"}
ROSSI = {"duration": "week", "event": "arrest"}
TIES = ("efron", "breslow")


def entry():
    return table("entry").assign(w=[0.5, 1, 1.5, 2] * 10, site=["a"] * 20 + ["b"] * 20)


def rossi():
    frame = table("rossi")
    group = frame["race"].astype(str) + "-" + frame["wexp"].astype(str)
    return frame.assign(w=0.5 + (np.arange(1, len(frame) + 1) % 5) / 2, group=group)


def same_as(result, known):
    assert dict(result.estimates["estimate"]) == pytest.approx(known["coef"], **SAME)
    assert dict(result.estimates["std_error"]) == pytest.approx(known["se"], **SAME)
    assert [result.log_likelihood_null, result.log_likelihood] == pytest.approx(known["loglik"], rel=1e-9)


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize(
    ("case", "options"),
    [
        ("entry_weights", {"weights": "w", "cluster": "id"}),
        ("entry_strata", {"strata": "site"}),
        ("entry_both", {"weights": "w", "strata": "site", "cluster": "id"}),
    ],
)
def test_delayed_entry_equals_r(case, options, ties):
    result = HazardModel("x + z", **ENTRY, **options, ties=ties).fit(entry())
    same_as(result, R[f"{case}_{ties}"])


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize(
    ("case", "options"),
    [
        ("rossi_weights", {"weights": "w"}),
        ("rossi_both", {"weights": "w", "strata": "group"}),
    ],
)
def test_many_ties_equal_r(case, options, ties):
    same_as(HazardModel("fin + age + prio", **ROSSI, **options, ties=ties).fit(rossi()), R[f"{case}_{ties}"])


@pytest.mark.parametrize("ties", TIES)
def test_proportionality_over_strata_equals_r(ties):
    result = HazardModel("x + z", **ENTRY, strata="site", ties=ties).fit(entry())
    assert list(result.proportionality["chi_square"]) == pytest.approx(R[f"entry_strata_{ties}"]["zph"], rel=1e-6)


def test_each_stratum_has_a_baseline():
    result, known = HazardModel("x + z", **ENTRY, strata="site").fit(entry()), R["entry_strata_efron"]
    shift = np.exp(result.estimates.loc["z", "estimate"] * entry()["z"].mean())  # R leaves columns of 0 and 1 alone
    theirs = pd.DataFrame({k: known[k] for k in ("time", "hazard", "stratum")})
    for name, ours in result.baseline.groupby("stratum"):
        there = theirs[(theirs["stratum"] == name) & theirs["time"].isin(ours["time"])]
        assert ours["cumulative_hazard"].tolist() == pytest.approx((shift * there["hazard"]).tolist(), **SAME)


def test_a_weight_of_two_is_the_row_twice_without_ties():
    frame = table("rossi").assign(week=lambda d: d["week"] + np.arange(len(d)) / 1000, w=1.0)
    frame.loc[::3, "w"] = 2.0
    weighted = HazardModel("fin + age", **ROSSI, weights="w", ties="breslow").fit(frame).estimates
    twice = pd.concat([frame, frame[frame["w"] == 2]])
    repeated = HazardModel("fin + age", **ROSSI, ties="breslow").fit(twice).estimates
    assert weighted["estimate"].tolist() == pytest.approx(repeated["estimate"].tolist(), rel=1e-7)


@pytest.mark.parametrize("weight", [0.0, -1.0])
def test_weights_must_be_above_0(weight):
    with pytest.raises(DataError, match=r"column 'w': 1 of 40 cells .*must be weights above 0"):
        HazardModel("x", **ENTRY, weights="w").fit(entry().assign(w=[weight] + [1.0] * 39))


def test_a_stratum_without_events_changes_nothing():
    frame = entry()
    quiet = frame.assign(event=0, site="c", x=frame["x"] + 3)
    plain = HazardModel("x", **ENTRY, strata="site").fit(frame).estimates
    more = HazardModel("x", **ENTRY, strata="site").fit(pd.concat([frame, quiet])).estimates
    assert more.loc["x", "estimate"] == pytest.approx(plain.loc["x", "estimate"], rel=1e-7)
