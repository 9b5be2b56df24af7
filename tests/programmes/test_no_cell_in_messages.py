"""No message of this room shows a cell: canaries in every column of every table."""

import pandas as pd
import pytest

from ctresearch import programmes
from estimators import EXAMPLES, VILLAGES
from outcome_canaries import leaks

TRIAL = VILLAGES.assign(
    s=lambda d: d["v"].str[1:].astype(int) % 3,
    sex=["f", "m", "f"] * 40,
    x=lambda d: (d.index * 7 % 11) / 10,
    age=[12, 30, 41, 16] * 30,
    east=range(120),
    north=0.0,
)
ROLES = {"outcome": "y", "treatment": "a", "cluster": "v"}
CALLS = {
    "trial": lambda t: programmes.ClusterTrial(**ROLES, covariates=["x", "sex"], strata="s", draws=99).fit(t),
    "mixed": lambda t: programmes.ClusterTrial(**ROLES, method="mixed", age=None, draws=99).fit(t),
    "complier": lambda t: programmes.ComplierEffect(**ROLES, received="went", covariates=["sex"]).fit(t),
    "differences": lambda t: programmes.DifferenceInDifferences(**ROLES, wave="t", covariates=["sex"], draws=99).fit(t),
    "spill-over": (
        lambda t: programmes.SpillOver(**ROLES, neighbours=[("v0", "v1"), ("v2", "v6")], strata="s", draws=200).fit(t)
    ),
    "neighbours": lambda t: programmes.neighbours_within(t, cluster="v", east="east", north="north", radius=9),
    "follow-up": (
        lambda t: programmes.FollowUp(
            outcome="y", treatment="a", covariates=["x", "sex"], cluster="v", low=0, high=9, bootstrap=50
        ).fit(t)
    ),
}
COUNTS = pd.DataFrame(
    [
        ("referral", None, 100),
        ("reasonable grounds", "positive", 80),
        ("reasonable grounds", "negative", 20),
        ("duty to notify", None, 9),
    ],
    columns=["stage", "outcome", "count"],
).assign(year=2020, age_group="Adult")
PATHS = EXAMPLES["ReferralCascade"].data.assign(age=[12, 30, 41, 16] * 9)


# the columns with the most readers of their own; every column of every table takes minutes
SAMPLE = {"neighbours": ["v", "east"]}
EVERY = pytest.param(True, marks=pytest.mark.slow, id="every column")


@pytest.mark.slow
@pytest.mark.parametrize("every", [pytest.param(False, id="sample"), EVERY])
@pytest.mark.parametrize("name", sorted(CALLS))
def test_no_trial_shows_a_cell(name, every):
    assert leaks(CALLS[name], TRIAL, None if every else SAMPLE.get(name, ["a", "v"])) == []


@pytest.mark.parametrize("columns", [["helped", "reason"], pytest.param(None, marks=pytest.mark.slow)])
def test_no_cascade_shows_a_cell(columns):
    cascade = programmes.ReferralCascade(stages=["seen", "helped"], horizon=5)
    assert leaks(cascade.fit, PATHS, columns) == []


@pytest.mark.slow
def test_no_published_count_shows_a_cell():
    assert leaks(programmes.referral_counts, COUNTS) == []
    ranges = COUNTS.assign(low=COUNTS["count"], high=COUNTS["count"])
    assert leaks(programmes.referral_counts, ranges) == []


@pytest.mark.parametrize("columns", [["helped"], pytest.param(None, marks=pytest.mark.slow)])
def test_dates_of_a_cascade_show_no_cell(columns):
    dated = PATHS.assign(
        **{c: pd.Timestamp("2020-01-01") + pd.to_timedelta(PATHS[c], "D") for c in ("seen", "helped", "end")}
    )
    assert leaks(programmes.ReferralCascade(stages=["seen", "helped"]).fit, dated, columns) == []


ELSEWHERE = [n for n in sorted(EXAMPLES) if hasattr(programmes, n)]
NOT_ABOVE = {"SteppedWedge": ["t"], "ItemResponse": ["q1"], "ScaleReliability": ["q1"]}


@pytest.mark.parametrize(
    ("name", "columns"),
    [*NOT_ABOVE.items(), *(pytest.param(name, None, marks=pytest.mark.slow) for name in ELSEWHERE)],
)
def test_every_estimator_of_the_room(name, columns):
    example = EXAMPLES[name]
    options = {k: 99 if k == "draws" else v for k, v in example.options.items()}
    assert leaks(getattr(programmes, name)(**options).fit, example.data, columns) == []
