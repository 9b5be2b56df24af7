"""No message of this room shows a cell: canaries in every column of every table."""

import pandas as pd
import pytest

from ctresearch import consequences
from ctresearch.core import DataError
from estimators import EXAMPLES
from outcome_canaries import leaks, said

ROWS = pd.DataFrame(
    {
        "who": [f"p{i}" for i in range(24)],
        "from": [0.0, 0.5] * 12,
        "to": [2.0, 3, 5, 7, 8, 9, 4, 6] * 3,
        "event": [1, 0, 1, 1, 0, 1, 1, 1] * 3,
        "end": ["exit", "censor", "back", "exit", "censor", "back", "exit", "exit"] * 3,
        "x": [0.1, 0.9, 0.4, 0.2, 0.7, 0.3, 0.8, 0.5] * 3,
        "sex": ["f", "m", "f"] * 8,
        "site": ["a", "b", "c", "d"] * 6,
        "w": [1.0, 2.0, 1.5] * 8,
        "held": [1, 0, 0, 1, 1, 0] * 4,
    }
)
CLOCK = {"duration": "to", "event": "event"}
CAUSES = {"duration": "to", "event": "end"}
ITEMS = pd.DataFrame(
    {
        "item": ["care", "police", "lost work"],
        "stage": ["response", "response", "consequence"],
        "cost": [3.0, 4.0, 9.0],
        "low": [2.0, None, 8.0],
        "high": [5.0, None, 10.0],
        "distribution": ["gamma", None, "triangular"],
        "per": ["victim", "society", "victim-year"],
        "years": [1.0, 0.0, 2.0],
        "price_year": [2016, 2016, 2018],
    }
)
CONDITIONS = pd.DataFrame(
    {
        "condition": ["anxiety", "injury", "loss"],
        "share": [0.4, 0.5, 0.2],
        "share_low": [0.3, 0.4, 0.1],
        "share_high": [0.5, 0.6, 0.3],
        "weight": [0.1, 0.2, 0.3],
        "weight_low": [0.05, 0.1, 0.2],
        "weight_high": [0.2, 0.3, 0.4],
        "years": [1.0, 2, 3],
        "years_low": [0.5, 1, 2],
        "years_high": [2.0, 3, 4],
        "deaths": [0.0, 1, 2],
        "deaths_low": [0.0, 0.5, 1],
        "deaths_high": [0.0, 2, 3],
        "life_years": [30.0, 20, 10],
    }
)
PEOPLE = pd.DataFrame({"who": list("abcd"), "end": [12.0, 12, 9, 8], "entry": [0.0, 0, 1, 2], "job": [0, 1, 0, 1]})
SEEN = pd.DataFrame({"who": list("aac"), "month": [2.0, 7, 5]})
CALLS = {
    "survival": lambda t: consequences.Survival(**CLOCK, entry="from", by="sex", horizon=4).fit(t),
    "survival of persons": lambda t: consequences.Survival(**CLOCK, person="who").fit(t),
    "incidence": lambda t: consequences.CumulativeIncidence(**CAUSES, entry="from", by="sex", weights="w").fit(t),
    "incidence to a horizon": lambda t: consequences.CumulativeIncidence(**CAUSES, by="sex", horizon=4).fit(t),
    "hazards": lambda t: consequences.HazardModel("x + sex", **CLOCK, entry="from", strata="site", weights="w").fit(t),
    "hazards by cluster": lambda t: consequences.HazardModel("C(sex):x", **CLOCK, cluster="site").fit(t),
    "exact ties": lambda t: consequences.HazardModel("sex + site", **CLOCK, ties="exact").fit(t),
    "Fine-Gray": (
        lambda t: consequences.FineGray(
            "x + sex",
            **CAUSES,
            cause="exit",
            entry="from",
            strata="held",
            censoring_strata="site",
            cluster="who",
            weights="w",
        ).fit(t)
    ),
    "recurrent": lambda t: consequences.RecurrentEvents(**CLOCK, person="who", entry="from", horizon=8).fit(t),
    "durations": lambda t: consequences.DurationModel("x + sex", after="from", before="to").fit(t),
    "intervals": lambda t: consequences.IntervalSurvival(after="from", before="to").fit(t),
    "shares": lambda t: consequences.outcome_shares(t, outcome="event", by="sex"),
    "odds": lambda t: consequences.exact_odds_ratio(t, outcome="event", exposure="held"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(CALLS))
def test_no_method_of_durations_shows_a_cell(name):
    assert leaks(CALLS[name], ROWS) == []


@pytest.mark.slow
def test_no_cost_shows_a_cell():
    index = {2016: 95.0, 2018: 100.0, 2020: 104.0}
    cost = consequences.SocietalCost(victims=10, draws=20, price_year=2020, price_index=index)
    assert leaks(cost.fit, ITEMS) == []
    assert leaks(consequences.SocietalCost(victims=10, draws=20).fit, ITEMS) == []
    assert leaks(consequences.HealthBurden(victims=10, draws=20).fit, CONDITIONS) == []


def test_counting_process_shows_no_cell():
    roles = {"person": "who", "end": "end", "time": "month", "entry": "entry"}
    assert leaks(lambda t: consequences.counting_process(t, SEEN, **roles), PEOPLE) == []
    assert leaks(lambda t: consequences.counting_process(PEOPLE, t, **roles), SEEN) == []


def test_prices_show_no_cell():
    for amounts, years in (([1.0], [918273]), (["Marie Canary"], [2016]), ([1.0], ["Marie Canary"])):
        texts = said(lambda a=amounts, y=years: consequences.convert_prices(a, y, 2016, {2016: 1.0}))
        assert texts
        assert not any("anary" in text or "91827" in text for text in texts)


ELSEWHERE = [n for n in sorted(EXAMPLES) if hasattr(consequences, n)]


@pytest.mark.slow
@pytest.mark.parametrize("name", ELSEWHERE)
def test_every_estimator_of_the_room(name):
    example = EXAMPLES[name]
    assert leaks(getattr(consequences, name)(**example.options).fit, example.data) == []


def test_the_error_points_at_rows():
    with pytest.raises(DataError, match=r"column 'to'.*row 3\b") as caught:
        consequences.Survival(**CLOCK).fit(ROWS.assign(to=[2.0, 3, -7, *[4.0] * 21]))
    assert caught.value.rows == (3,)
