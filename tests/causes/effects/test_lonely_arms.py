"""Where an arm is a single cluster, its error does not exist, and no limits are printed."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.causes import DoublyRobustEffect, InverseProbability, Mediation, OutcomeRegression

CHANCE = np.random.default_rng(3)
PEOPLE = pd.DataFrame({"village": np.repeat(list("pqrs"), 30), "x": CHANCE.normal(size=120)})
PEOPLE["y"] = PEOPLE["x"] + CHANCE.normal(size=120)
PEOPLE["m"] = PEOPLE["x"] + CHANCE.normal(size=120)
ROLES = {"treatment": "a", "outcome": "y", "covariates": ["x"], "cluster": "village"}


@pytest.mark.parametrize("treated", ["p", "qrs"])
@pytest.mark.parametrize(
    ("kind", "more"),
    [(InverseProbability, {}), (DoublyRobustEffect, {}), (OutcomeRegression, {}), (Mediation, {"mediator": "m"})],
)
def test_an_arm_of_one_cluster_voids_the_limits(kind, more, treated):
    frame = PEOPLE.assign(a=PEOPLE["village"].isin(list(treated)).astype(int))
    result = kind(**ROLES, **more).fit(frame)
    check = next(check for check in result.checks if check.name == "arms")
    assert not check.stands
    assert result.estimates[["std_error", "ci_low", "ci_high"]].isna().all(axis=None)
    two = kind(**ROLES, **more).fit(PEOPLE.assign(a=PEOPLE["village"].isin(["p", "q"]).astype(int)))
    assert "arms" not in {check.name for check in two.checks}
    assert two.estimates["std_error"].iloc[0] > 0


def test_arms_within_clusters_are_no_matter():
    frame = PEOPLE.assign(a=np.arange(120) % 2)
    assert "arms" not in {check.name for check in OutcomeRegression(**ROLES).fit(frame).checks}
