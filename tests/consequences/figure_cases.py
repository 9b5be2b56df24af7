"""One fit of every estimator of the room under each of its options, on sixty invented rows."""

import numpy as np
import pandas as pd

from consequences.reference import table
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
    convert_prices,
    counting_process,
    exact_odds_ratio,
    outcome_shares,
)
from ctresearch.core import Result, Scope, estimates_table
from figures import picture

N = 60
AT = np.arange(N)
ROWS = pd.DataFrame(
    {
        "months": 3.0 + AT * 17 % 23 + AT % 2,
        "event": (AT * 5 % 7 > 1) * 1,
        "end": np.array(["exit", "return", "censor"])[AT * 11 % 13 % 3],
        "x": np.round(np.sin(AT * 1.7) + AT % 5 / 4, 3),
        "z": AT * 3 % 8 % 3 * 1.0,
        "region": np.array(["north", "south", "west"])[AT * 4 % 7 % 3],
        "w": 1.0 + AT * 3 % 4 / 2,
        "site": AT % 15,
        "who": AT,
        "from": AT * 7 % 3 * 1.0,
    }
).assign(far=lambda d: (d["region"] == "north") * 1, months=lambda d: d["months"] + d["from"])
STRETCHES = table("entry")
BETWEEN = pd.DataFrame(
    {"after": AT * 7 % 12 * 1.0, "by": AT * 7 % 12 + 1.0 + AT % 4, "x": ROWS["x"], "region": ROWS["region"]}
).assign(by=lambda d: d["by"].where(AT % 6 > 0))
COSTS = pd.DataFrame(
    {
        "item": ["awareness", "harm", "lost work", "police", "court"],
        "stage": ["anticipation", "consequence", "consequence", "response", "response"],
        "cost": [2e5, 50_000.0, 12_000.0, 8_000.0, 3_000.0],
        "low": [np.nan, 40_000.0, 9_000.0, np.nan, 1_000.0],
        "high": [np.nan, 65_000.0, 16_000.0, np.nan, 9_000.0],
        "per": ["society", "victim", "victim-year", "victim", "victim"],
        "years": [0.0, 5.0, 2.0, 0.0, 0.0],
    }
)
PRICED = COSTS.assign(price_year=[2010, 2012, 2012, 2015, 2015])
ILLNESS = pd.DataFrame(
    {
        "condition": ["fear", "pain", "injury"],
        "share": [0.5, 0.2, 0.1],
        "share_low": [0.4, 0.1, np.nan],
        "share_high": [0.6, 0.35, np.nan],
        "weight": [0.4, 0.1, 0.05],
        "weight_low": [0.3, np.nan, 0.03],
        "weight_high": [0.5, np.nan, 0.09],
        "years": [2.0, 1.0, 6.0],
        "deaths": [0.0, 0.0, 0.01],
        "life_years": [0.0, 0.0, 40.0],
    }
)
CLOCK, CAUSES = {"duration": "months", "event": "event"}, {"duration": "months", "event": "end"}
LATE = {"entry": "from", "person": "who"}
SCOPE = Scope(population="sixty rows", measure="period", reference_period="2020", definition="Palermo")
SAID = {"level": 0.9, "scope": SCOPE}
INDEX = {2010: 90.0, 2012: 95.0, 2015: 100.0, 2020: 110.0}
COUNTED = Result(
    method="made up",
    estimates=estimates_table({"population": (1000.0, 70.0, 900.0, 1200.0)}, unit="persons"),
    n=200,
    interval="lognormal",
    scope=SCOPE,
)


def _fit(kind, data, *given, **options):
    """Fit later, so that a case costs nothing until it is asked."""
    return lambda: kind(*given, **options).fit(data)


def _process():
    """Lay repeated events out as stretches of time."""
    people = pd.DataFrame({"who": ["a", "b", "c"], "end": [9.0, 7.0, 5.0], "start": [0.0, 1.0, 0.0], "x": [1, 2, 3]})
    events = pd.DataFrame({"who": ["a", "a", "b", "a"], "at": [2.0, 5.0, 3.0, 9.0]})
    return {
        "whole": counting_process(people.drop(columns="start"), events, person="who", end="end", time="at"),
        "late": counting_process(people, events, person="who", end="end", time="at", entry="start"),
    }


FITS = {
    "survival": _fit(Survival, ROWS, **CLOCK),
    "survival by": _fit(Survival, ROWS, **CLOCK, by="region", **SAID),
    "survival rho": _fit(Survival, ROWS, **CLOCK, by="region", rho=1.0, horizon=12),
    "survival half rho": _fit(Survival, ROWS, **CLOCK, by="far", rho=0.5),
    "survival late": _fit(Survival, ROWS, **CLOCK, **LATE, by="far", horizon=10.0),
    "incidence": _fit(CumulativeIncidence, ROWS, **CAUSES),
    "incidence by": _fit(CumulativeIncidence, ROWS, **CAUSES, by="region", horizon=12, **SAID),
    "incidence late": _fit(CumulativeIncidence, ROWS, **CAUSES, **LATE, by="far"),
    "incidence weighted": _fit(CumulativeIncidence, ROWS, **CAUSES, weights="w", by="far"),
    "incidence weighted late": _fit(CumulativeIncidence, ROWS, **CAUSES, weights="w", **LATE, horizon=9),
    "incidence other word": _fit(CumulativeIncidence, ROWS, **CAUSES, censored="return"),
    "hazards": _fit(HazardModel, ROWS, "x + z", **CLOCK),
    "hazards breslow": _fit(HazardModel, ROWS, "x + region", **CLOCK, ties="breslow", **SAID),
    "hazards exact": _fit(HazardModel, ROWS, "x + z", **CLOCK, ties="exact"),
    "hazards exact strata": _fit(HazardModel, ROWS, "x", **CLOCK, ties="exact", strata="far", **LATE),
    "hazards strata": _fit(HazardModel, ROWS, "x + z", **CLOCK, strata="region"),
    "hazards clusters": _fit(HazardModel, ROWS, "x + z", **CLOCK, cluster="site"),
    "hazards weights": _fit(HazardModel, ROWS, "x + z", **CLOCK, weights="w"),
    "hazards weights breslow": _fit(
        HazardModel, ROWS, "x", **CLOCK, weights="w", ties="breslow", cluster="site", strata="far"
    ),
    "hazards late": _fit(HazardModel, ROWS, "x + z", **CLOCK, **LATE),
    "hazards stretches": _fit(
        HazardModel, STRETCHES, "x + z", duration="stop", event="event", entry="start", person="id"
    ),
    "fine-gray": _fit(FineGray, ROWS, "x + z", **CAUSES, cause="exit"),
    "fine-gray return": _fit(FineGray, ROWS, "x + region", **CAUSES, cause="return", **SAID),
    "fine-gray efron": _fit(FineGray, ROWS, "x", **CAUSES, cause="exit", ties="efron", cluster="site"),
    "fine-gray strata": _fit(FineGray, ROWS, "x", **CAUSES, cause="exit", strata="far", censoring_strata="far"),
    "fine-gray weights": _fit(FineGray, ROWS, "x + z", **CAUSES, cause="exit", weights="w"),
    "fine-gray bare weights": _fit(
        FineGray, ROWS, "x", **CAUSES, cause="exit", weights="w", censoring_weighted=False, censoring_error=False
    ),
    "fine-gray after": _fit(FineGray, ROWS, "x", **CAUSES, cause="exit", censoring_ties="after", censoring_error=False),
    "fine-gray late": _fit(FineGray, ROWS, "x + z", **CAUSES, cause="exit", **LATE),
    "fine-gray late strata": _fit(
        FineGray, ROWS, "x", **CAUSES, cause="return", **LATE, strata="far", censoring_strata="far", weights="w"
    ),
    "durations": _fit(DurationModel, BETWEEN, after="after", before="by"),
    "durations x": _fit(DurationModel, BETWEEN, "x + region", after="after", before="by", **SAID),
    "intervals": _fit(IntervalSurvival, BETWEEN, after="after", before="by"),
    "intervals scope": _fit(IntervalSurvival, table("interval"), after="after", before="by", scope=SCOPE),
    "repeats": _fit(RecurrentEvents, STRETCHES, duration="stop", event="event", person="id", entry="start"),
    "repeats horizon": _fit(
        RecurrentEvents, STRETCHES, duration="stop", event="event", person="id", entry="start", horizon=6, **SAID
    ),
    "process": _process,
    "cost": _fit(SocietalCost, COSTS, victims=1000, draws=200),
    "cost range": _fit(SocietalCost, COSTS, victims=(900, 1200), duration=(1.0, 3.0), draws=200, seed=5, **SAID),
    "cost discounted": _fit(SocietalCost, COSTS, victims=COUNTED, duration=2.5, discount=0.03, draws=200),
    "cost priced": _fit(
        SocietalCost, PRICED, victims=(900, 1200), price_year=2020, price_index=INDEX, currency="EUR", draws=100
    ),
    "burden": _fit(HealthBurden, ILLNESS, victims=1000, draws=200),
    "burden discounted": _fit(HealthBurden, ILLNESS, victims=(900, 1200), discount=0.03, draws=200, seed=5, **SAID),
    "burden counted": _fit(HealthBurden, ILLNESS, victims=COUNTED, draws=200),
    "prices": lambda: convert_prices([1.0, 2.0, 3.0], [2010, 2012, 2020], 2015, INDEX),
    "shares": lambda: outcome_shares(ROWS, outcome="event"),
    "shares by": lambda: outcome_shares(ROWS, outcome="event", by="region", **SAID),
    "odds": lambda: exact_odds_ratio(ROWS, outcome="event", exposure="far"),
    "odds nine": lambda: exact_odds_ratio(ROWS, outcome="far", exposure="event", **SAID),
}
PICTURES = {
    f"picture of {name}": (lambda name=name: picture(FITS[name]().plot()))
    for name in (
        "survival",
        "survival by",
        "incidence",
        "incidence by",
        "hazards",
        "fine-gray",
        "durations",
        "intervals",
        "repeats",
        "cost",
        "burden",
        "shares by",
        "odds",
    )
}
CASES = (
    FITS
    | PICTURES
    | {
        "picture of a tornado": lambda: picture(FITS["cost range"]().plot_tornado()),
        "picture of a short tornado": lambda: picture(FITS["cost range"]().plot_tornado(most=2)),
    }
)
