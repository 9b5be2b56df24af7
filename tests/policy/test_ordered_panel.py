"""Ordered outcomes of a panel beside R's polr and clogit, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, FitError, SpecificationError
from ctresearch.policy import OrderedPanel, Panel
from ctresearch.policy.panels.conditional_logit import _derivatives

HERE = Path(__file__).parents[1] / "reference/policy"
KNOWN = json.loads((HERE / "ordered_panel.json").read_text())
FRAME = pd.read_csv(HERE / "ordered_panel.csv")
ROLES = {"unit": "country", "time": "year", "outcome": "grade", "outcome_kind": "response"}


def panel(frame=FRAME, covariates=("x", "z"), **more):
    return Panel.from_frame(frame, **ROLES, covariates=covariates, **more)


def test_unit_means_give_what_polr_gives():
    found = OrderedPanel(["x", "z"]).fit(panel())
    others = found.others["estimate"]
    ours = [*found.estimates["estimate"], *others[["mean of x", "mean of z"]], *others[["1|2", "2|3", "3|4"]]]
    assert ours == pytest.approx(KNOWN["polr"], rel=1e-6, abs=1e-7)  # where polr's search stops
    assert found.chances["change"].sum() == pytest.approx(0, abs=1e-12)


def test_conditioned_out_gives_what_clogit_gives_on_copies_for_every_threshold():
    found = OrderedPanel(["x", "z"], method="conditional").fit(panel())
    assert found.estimates["estimate"].tolist() == pytest.approx(KNOWN["clogit"], rel=1e-8)
    assert found.chances is None


def test_derivatives_are_those_of_all_ways_to_say_yes_so_often():
    from itertools import combinations

    rng = np.random.default_rng(2)
    x, point = rng.normal(size=(1, 5, 2)), np.array([0.4, -0.7])
    answers, seen = np.array([[1.0, 0, 1, 0, 0]]), np.array([[1.0, 1, 1, 0, 1]])
    ways = [sum(x[0, t] for t in pair) for pair in combinations([0, 1, 2, 4], 2)]
    chance = np.exp([one @ point for one in ways])
    chance = chance / chance.sum()
    mean = sum(p * one for p, one in zip(chance, ways, strict=True))
    spread = sum(p * np.outer(one - mean, one - mean) for p, one in zip(chance, ways, strict=True))
    height, score, gram = _derivatives(x, answers, seen, point)
    assert height[0] == pytest.approx(np.log(chance[1]), rel=1e-12)  # periods 0 and 2
    assert score[0] == pytest.approx(x[0, 0] + x[0, 2] - mean, rel=1e-12)
    assert gram[0] == pytest.approx(spread, rel=1e-10)


def test_checks_fail_where_they_must_and_pass_where_nothing_is_wrong():
    def status(result, name):
        return next(one.status for one in result.checks if one.name == name)

    fine = OrderedPanel(["x"], periods=False).fit(panel())
    assert (status(fine, "levels"), status(fine, "units that move")) == ("pass", "pass")
    rare = FRAME.assign(grade=FRAME["grade"].where(FRAME.index != 0, 9))
    assert status(OrderedPanel(["x"], periods=False).fit(panel(rare)), "levels") == "review"
    few = FRAME[FRAME["country"].isin(sorted(FRAME["country"].unique())[:9])]
    assert status(OrderedPanel(["x"], periods=False).fit(panel(few)), "units that move") == "review"


def test_what_has_no_answer_is_refused():
    kept = FRAME.assign(kept=FRAME["country"].str[1:].astype(int) % 3)
    cases = {
        "does not vary within units": (kept, "kept"),
        "has 1 levels": (FRAME.assign(grade=1), "x"),
        "must have 2 to 20": (FRAME.assign(grade=np.arange(len(FRAME))), "x"),
        "are collinear": (FRAME.assign(later=FRAME["year"] * 1.0), "later"),
    }
    for said, (frame, name) in cases.items():
        with pytest.raises(DataError, match=said):
            OrderedPanel([name]).fit(panel(frame, [name]))
    still = FRAME.assign(grade=FRAME["country"].str[1:].astype(int) % 3)
    with pytest.raises(DataError, match="moves in none of them"):
        OrderedPanel(["x"], method="conditional").fit(panel(still))
    ordered = FRAME.assign(x=FRAME["grade"] * 1.0)
    for method in ("mundlak", "conditional"):
        with pytest.raises(FitError, match="run off"):
            OrderedPanel(["x"], method=method, periods=False).fit(panel(ordered, ["x"]))
    with pytest.raises(SpecificationError, match="no covariate 'w', must be one of treatment, x, z"):
        OrderedPanel(["w"]).fit(panel())
    with pytest.raises(SpecificationError, match="must be 'mundlak' there"):
        OrderedPanel(["x"], method="conditional").fit(panel(FRAME.assign(w=2.0), weight="w"))


def test_conditioned_out_holds_what_unit_dummies_overstate():
    """Units differ by far more than the regressor; the truth is .5. Four errors of the mean of the draws."""
    rng, found = np.random.default_rng(4), []
    for _ in range(8):
        x = rng.normal(size=(60, 6)) + 2 * (kept := rng.normal(size=(60, 1)))
        grade = np.digitize(0.5 * x - 2 * kept + rng.logistic(size=x.shape), [-1, 1])
        frame = pd.DataFrame({"country": np.repeat(np.arange(60), 6), "year": np.tile(np.arange(6), 60)})
        made = panel(frame.assign(x=x.ravel(), grade=grade.ravel()), ["x"])
        found.append(OrderedPanel(["x"], method="conditional", periods=False).fit(made).estimates.iloc[0]["estimate"])
    assert np.mean(found) == pytest.approx(0.5, abs=4 * np.std(found, ddof=1) / np.sqrt(8))
