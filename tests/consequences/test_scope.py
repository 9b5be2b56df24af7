"""Whom a number is about travels with it."""

import pandas as pd
import pytest

from ctresearch.consequences import (
    CumulativeIncidence,
    DurationModel,
    FineGray,
    HazardModel,
    HealthBurden,
    IntervalSurvival,
    RecurrentEvents,
    SocietalCost,
    Survival,
    exact_odds_ratio,
    outcome_shares,
)
from ctresearch.core import Scope

SCOPE = Scope(population="people helped by one shelter", reference_period="2019 to 2023", measure="flow")
ROWS = pd.DataFrame(
    {
        "who": range(8),
        "from": 0,
        "to": [2, 3, 5, 7, 8, 9, 4, 6],
        "event": [1, 0, 1, 1, 0, 1, 1, 1],
        "end": ["exit", "censor", "return", "exit", "censor", "return", "exit", "exit"],
        "x": [0, 1, 0, 1, 1, 0, 1, 0],
        "by": [4, None, 6, 9, None, 11, 6, 8],
    }
)
TIMES = {"duration": "to", "event": "event"}


@pytest.mark.parametrize(
    "make",
    [
        lambda s: Survival(**TIMES, scope=s).fit(ROWS),
        lambda s: HazardModel("x", **TIMES, scope=s).fit(ROWS),
        lambda s: CumulativeIncidence(duration="to", event="end", scope=s).fit(ROWS),
        lambda s: FineGray("x", duration="to", event="end", cause="exit", scope=s).fit(ROWS),
        lambda s: DurationModel(after="to", before="by", scope=s).fit(ROWS),
        lambda s: IntervalSurvival(after="to", before="by", scope=s).fit(ROWS),
        lambda s: RecurrentEvents(**TIMES, person="who", entry="from", scope=s).fit(ROWS),
        lambda s: outcome_shares(ROWS, outcome="event", scope=s),
        lambda s: exact_odds_ratio(ROWS, outcome="event", exposure="x", scope=s),
        lambda s: SocietalCost(victims=10, scope=s).fit(
            pd.DataFrame({"item": ["a"], "stage": ["response"], "cost": [1.0]})
        ),
        lambda s: HealthBurden(victims=10, scope=s).fit(
            pd.DataFrame({"condition": ["a"], "share": [0.5], "weight": [0.1]})
        ),
    ],
)
def test_the_scope_shows(make):
    result = make(SCOPE)
    assert result.scope == SCOPE
    assert "people helped by one shelter" in result.summary()
    assert make(None).population == "not stated"
