"""Groups, levels and clusters: one spelling each, none called as all of them together, no cell in an error."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.causes import (
    CausalGraph,
    DoublyRobustEffect,
    ExtremeBounds,
    InverseProbability,
    OrderedLogit,
    OutcomeRegression,
    PrevalenceRatio,
    RiskModel,
    selection_weights,
)
from ctresearch.causes.sensitivity import manski_bounds, rosenbaum_bounds
from ctresearch.core import CellError, CtResearchError, DataError

ROLES = {"treatment": "a", "outcome": "y", "covariates": ["x"]}
CANARY = "Marie-987654"


def people(n=600):
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"x": rng.normal(size=n), "a": rng.integers(0, 2, n), "g": np.repeat(["n", "s"], n // 2)})
    return frame.assign(
        y=lambda d: d["x"] + (3 + 2 * (d["g"] == "s")) * d["a"] + rng.normal(size=n), seen=lambda d: d["a"]
    )


def test_a_group_called_as_all_together_is_refused():
    for word in ("all", "All ", "ALL"):
        with pytest.raises(CellError, match="stands for all groups together"):
            DoublyRobustEffect(**ROLES, by="g").fit(people().replace({"g": {"s": word}}))


def test_labels_that_differ_in_type_or_spelling_are_no_two_groups_and_none_vanishes():
    for one, other in ((1, "1"), ("n", "N "), ("é", "e\u0301")):
        labels = pd.Series([one] * 300 + [other] * 300, dtype=object)
        frame = people().assign(g=labels)
        fits = (
            DoublyRobustEffect(**ROLES, by="g"),
            OutcomeRegression(**{**ROLES, "covariates": ["x", "g"]}),
            InverseProbability(**ROLES, cluster="g"),
            PrevalenceRatio(outcome="seen", covariates=["g"]),
            OrderedLogit(outcome="seen", covariates=["x"], cluster="g"),
            ExtremeBounds(outcome="y", candidates=["x", "a"], size=1, cluster="g"),
            RiskModel(outcome="seen", predictors=["x", "g"]),
        )
        for fit in fits:
            with pytest.raises(CellError, match="spelled in more than one way"):
                fit.fit(frame)
    numbered = DoublyRobustEffect(**ROLES, by="g").fit(people().assign(g=[10] * 300 + [9] * 300)).estimates
    assert list(numbered.loc["effect", "group"]) == ["all", "9", "10"]


def test_an_indicator_is_of_its_covariate_whatever_its_level_is_called():
    rng = np.random.default_rng(6)
    frame = people().assign(age=lambda d: rng.choice(["0", "18 [about]", "60"], len(d)))
    frame["y"] += 5 * (frame["age"] == "18 [about]")
    options = {**ROLES, "covariates": ["x", "age"]}
    whole = DoublyRobustEffect(**options, outcome_covariates=["age"]).fit(frame)
    plain = DoublyRobustEffect(**options, outcome_covariates=["age"]).fit(frame.replace({"age": {"18 [about]": "18"}}))
    np.testing.assert_allclose(whole.estimates["std_error"].astype(float), plain.estimates["std_error"].astype(float))


def test_no_error_shows_a_cell():
    frame = people().assign(yes=lambda d: (d["y"] > 1) * 1)
    rare = frame.assign(g=np.where(frame.index < 3, CANARY, frame["g"]))
    only = frame.assign(g=np.where(frame["a"] == 1, CANARY, "s"))
    odd, text = 987654.0, np.where(frame.index == 1, CANARY, "s")
    graph = CausalGraph("x -> {a y}; a -> y")
    wrong = [
        lambda: DoublyRobustEffect(**ROLES, by="g").fit(rare),
        lambda: DoublyRobustEffect(**ROLES, outcome_model="poisson").fit(frame.assign(y=-odd + frame["y"])),
        lambda: OutcomeRegression(**ROLES, family="poisson").fit(frame.assign(y=-odd + frame["y"])),
        lambda: OutcomeRegression(**{**ROLES, "covariates": ["g"]}).fit(only),
        lambda: InverseProbability(**{**ROLES, "covariates": ["x", "g"]}).fit(rare.assign(a=(rare["g"] == CANARY) * 1)),
        lambda: OutcomeRegression(**ROLES).fit(frame.assign(a=odd)),
        lambda: OutcomeRegression(**ROLES).fit(frame.assign(a=text)),
        lambda: OutcomeRegression(**ROLES).fit(frame.assign(y=odd)),
        lambda: OutcomeRegression(**ROLES, weights="w").fit(frame.assign(w=-odd)),
        lambda: PrevalenceRatio(outcome="y", covariates=["x"]).fit(frame.assign(y=odd + 0.5)),
        lambda: PrevalenceRatio(outcome="yes", covariates=["x"], exposure="w").fit(frame.assign(w=-odd)),
        lambda: PrevalenceRatio(outcome="yes", covariates=["g"]).fit(
            rare.assign(yes=(rare["g"] != CANARY) * rare["yes"])
        ),
        lambda: RiskModel(outcome="y", predictors=["x"]).fit(frame.assign(y=odd + frame.index)),
        lambda: OrderedLogit(outcome="y", covariates=["x"]).fit(frame.assign(y=text)),
        lambda: selection_weights(frame.assign(seen=odd), selected="seen", covariates=["x"]),
        lambda: manski_bounds(frame.assign(y=odd + frame.index), treatment="a", outcome="y"),
        lambda: rosenbaum_bounds([CANARY] * 20),
        lambda: graph.test(frame.assign(x=1.0)),
    ]
    for place, call in enumerate(wrong):
        with pytest.raises(CtResearchError) as caught:
            call()
        chain, error = [], caught.value
        while error is not None:
            chain.append(str(error))
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        assert not any("987654" in words or "Marie" in words for words in chain), place
    assert issubclass(CellError, DataError)


def test_what_does_not_stand_shows_no_limit_anywhere():
    frame = people().assign(a=lambda d: (d["x"] + np.random.default_rng(1).normal(size=len(d)) > 0) * 1)
    result = DoublyRobustEffect(**{**ROLES, "covariates": []}, by="g", graph=CausalGraph("x -> {a y}; a -> y")).fit(
        frame
    )
    assert not result.stands
    assert result.estimates[["std_error", "ci_low", "ci_high"]].isna().all(axis=None)
    (hidden,) = [check for check in result.checks if check.name == "hidden cause"]
    assert (hidden.status, dict(hidden.numbers)) == ("review", {})
    apart = frame.assign(a=(frame["x"] > 0) * 1, z=frame["x"])
    assert not OutcomeRegression(**ROLES).fit(apart).stands
