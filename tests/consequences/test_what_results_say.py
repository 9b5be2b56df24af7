"""What a result of this room carries beside its digits: words, tables, checks, pictures and what it was made from."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta, norm

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
    Uncertain,
    exact_odds_ratio,
    outcome_shares,
)
from ctresearch.core import DataError, Scope, SpecificationError

N = 60
RNG = np.random.default_rng(12)
ROWS = pd.DataFrame(
    {
        "months": np.ceil(RNG.exponential(10, N)) + np.arange(N) % 3,
        "event": np.arange(N) % 3 > 0,
        "end": np.resize(["exit", "return", "censor"], N),
        "x": RNG.normal(size=N).round(2),
        "g": np.resize(["north", "south"], N),
        "site": [f"s{i % 12}" for i in range(N)],
        "who": range(N),
        "w": 1.0 + np.arange(N) % 2,
        "from": 0.0,
    }
).assign(event=lambda d: d["event"] * 1, until=lambda d: d["months"] + 2)
SAW = pd.DataFrame({"seen": [0, 3, 3, 6, 6, 9] * 5, "gone": [3, 6, 6, 12, None, 12] * 5, "x": [0.1, 0.9, 0.4] * 10})
STRETCHES = pd.DataFrame(
    {"who": ["A", "A", "B", "C"], "from": [0, 3, 0, 0], "to": [3, 8, 8, 6], "event": [1, 1, 0, 1], "x": [1, 1, 2, 3]}
)
COSTS = pd.DataFrame(
    {"item": ["care", "police"], "stage": ["consequence", "response"], "cost": [100.0, 10.0], "low": [50.0, 10.0]}
).assign(high=[150.0, 10.0])
FEARS = pd.DataFrame({"condition": ["fear", "pain"], "share": [0.5, 0.2], "weight": [0.4, 0.1], "years": [2.0, 1.0]})
CLOCK, CAUSES = {"duration": "months", "event": "event"}, {"duration": "months", "event": "end"}
SCOPE = Scope(population="people of the survey")
TOLD = {"scope": SCOPE, "level": 0.9}
# fitted; then method, interval, scale, n, assumptions and units
CASES = {
    "survival": (
        lambda t, **o: Survival(**CLOCK, by="g", entry="from", person="who", **o).fit(t),
        ROWS,
        ("Kaplan-Meier survival", "log-log", "identity", N, 2, {"time"}),
    ),
    "incidence": (
        lambda t, **o: CumulativeIncidence(**CAUSES, by="g", horizon=8, person="who", **o).fit(t),
        ROWS,
        (
            "Cumulative incidence of competing events (Aalen-Johansen)",
            "log-log",
            "identity",
            N,
            2,
            {"share of persons"},
        ),
    ),
    "hazards": (
        lambda t, **o: HazardModel("x", **CLOCK, cluster="site", strata="g", weights="w", person="who", **o).fit(t),
        ROWS,
        ("Cox proportional hazards model, Efron ties", "normal", "log", N, 3, {"log hazard ratio"}),
    ),
    "fine-gray": (
        lambda t, **o: FineGray(
            "x", **CAUSES, cause="exit", cluster="site", strata="g", weights="w", censoring_strata="g", **o
        ).fit(t),
        ROWS,
        (
            "Fine-Gray model of the subdistribution hazard, cause 'exit'",
            "normal",
            "log",
            N,
            3,
            {"log subdistribution hazard ratio"},
        ),
    ),
    "late": (
        lambda t, **o: FineGray("x", **CAUSES, cause="return", entry="from", person="who", **o).fit(t),
        ROWS,
        (
            "Fine-Gray model of the subdistribution hazard, cause 'return'",
            "normal",
            "log",
            N,
            4,
            {"log subdistribution hazard ratio"},
        ),
    ),
    "durations": (
        lambda t, **o: DurationModel("x", after="seen", before="gone", **o).fit(t),
        SAW,
        ("Weibull model of accelerated failure times, interval-censored", "normal", "log", 30, 3, {"log time"}),
    ),
    "repeats": (
        lambda t, **o: RecurrentEvents(duration="to", event="event", person="who", entry="from", **o).fit(t),
        STRETCHES,
        ("Mean number of recurrent events, robust errors", "lognormal", "identity", 3, 2, {"events a person"}),
    ),
    "shares": (
        lambda t, **o: outcome_shares(t, outcome="event", by="g", **o),
        ROWS,
        (
            "Share of people with an outcome, exact binomial limits",
            "clopper-pearson",
            "identity",
            N,
            2,
            {"share of persons"},
        ),
    ),
    "odds": (
        lambda t, **o: exact_odds_ratio(t.assign(far=(t["g"] == "north") * 1), outcome="event", exposure="far", **o),
        ROWS,
        ("Conditional odds ratio, exact limits", "exact", "log", N, 3, {"log odds ratio"}),
    ),
    "cost": (
        lambda t, **o: SocietalCost(victims=(10, 20), duration=(1, 2), draws=50, seed=4, **o).fit(t),
        COSTS,
        ("Cost to society, undiscounted", "percentile", "identity", 2, 3, {"currency"}),
    ),
    "burden": (
        lambda t, **o: HealthBurden(victims=(10, 20), discount=0.03, draws=50, seed=4, **o).fit(t),
        FEARS,
        (
            "Disability-adjusted life years, discounted at 3.00% a year",
            "percentile",
            "identity",
            2,
            3,
            {"DALYs"},
        ),
    ),
}


@pytest.fixture(scope="module")
def fitted():
    """Fit every case once."""
    return {name: fit(frame, **TOLD) for name, (fit, frame, _) in CASES.items()}


def checks(result):
    return {check.name: (check.status, dict(check.numbers)) for check in result.checks}


@pytest.mark.parametrize("name", CASES)
def test_a_result_says_how_it_came_about(fitted, name):
    found, (method, interval, scale, n, assumed, units) = fitted[name], CASES[name][2]
    assert (found.method, found.interval, found.scale, found.n) == (method, interval, scale, n)
    assert (found.level, found.scope, len(found.assumptions)) == (0.9, SCOPE, assumed)
    assert set(found.estimates["unit"]) == units
    assert found.estimates.index.name == "term"
    assert found.inputs.seed == (4 if name in {"cost", "burden"} else None)
    assert found.references
    assert all(re.search(r"\((19|20)\d\d\)", reference) for reference in found.references)


@pytest.mark.parametrize("name", CASES)
def test_nothing_said_is_the_usual_level_and_no_scope(fitted, name):
    fit, frame, _ = CASES[name]
    found = fit(frame)
    assert (found.level, found.scope) == (0.95, Scope())
    limits = found.estimates[["ci_low", "ci_high"]].to_numpy(dtype=float)
    nearer = fitted[name].estimates[["ci_low", "ci_high"]].to_numpy(dtype=float)
    known = np.isfinite(nearer).all(axis=1) & np.isfinite(limits).all(axis=1)
    assert known.any()
    assert (limits[known, 0] <= nearer[known, 0]).all()
    assert (limits[known, 1] >= nearer[known, 1]).all()
    assert (np.ptp(limits[known], axis=1) > np.ptp(nearer[known], axis=1)).any()


@pytest.mark.parametrize("name", sorted(set(CASES) - {"cost", "burden"}))
def test_the_digest_is_of_the_columns_that_were_used(fitted, name):
    fit, frame, _ = CASES[name]
    assert fit(frame.assign(note=range(len(frame))), **TOLD).inputs.digest == fitted[name].inputs.digest
    used = {"durations": ["seen", "gone"], "repeats": ["to", "from"], "odds": ["event"], "shares": ["event"]}
    moved = frame.copy()
    for column in used.get(name, ["months"]):
        moved[column] = 1 - moved[column] if column == "event" else moved[column] * 2
    assert fit(moved, **TOLD).inputs.digest != fitted[name].inputs.digest


@pytest.mark.parametrize("name", ["hazards", "fine-gray", "late", "durations"])
def test_limits_of_coefficients_are_normal_on_the_log_scale(fitted, name):
    rows = fitted[name].estimates
    reach = norm.ppf(0.95) * rows["std_error"]
    assert (rows["estimate"] - reach).to_list() == pytest.approx(rows["ci_low"].to_list())
    assert (rows["estimate"] + reach).to_list() == pytest.approx(rows["ci_high"].to_list())
    ratios = fitted[name].to_frame(exponentiate=True)
    assert ratios["ci_high"].to_list() == pytest.approx(np.exp(rows["ci_high"]).to_list())


def test_coefficients_are_those_of_a_column_in_other_units(fitted):
    scaled = ROWS.assign(x=10 * ROWS["x"] + 3)
    for name in ("hazards", "fine-gray", "late"):
        found, once = CASES[name][0](scaled, **TOLD), fitted[name]
        for column in ("estimate", "std_error", "ci_low", "ci_high"):
            assert found.estimates.loc["x", column] == pytest.approx(once.estimates.loc["x", column] / 10)
        assert found.log_likelihood == pytest.approx(once.log_likelihood)
        assert found.log_likelihood_null == pytest.approx(once.log_likelihood_null)
        assert found.log_likelihood_null < found.log_likelihood < 0


def test_hazard_results_count_events_and_hold_a_baseline(fitted):
    hazards, gray, late = (fitted[name] for name in ("hazards", "fine-gray", "late"))
    assert (hazards.events, gray.events, late.events) == (40, 20, 20)
    assert {one.formula for one in (hazards, gray, late)} == {"x"}
    for found in (hazards, gray):
        assert list(found.baseline.columns) == ["time", "events", "cumulative_hazard", "stratum"]
        assert found.baseline["events"].sum() == found.events
        for _, part in found.baseline.groupby("stratum"):
            assert (part["time"].diff().dropna() > 0).all()
            assert (part["cumulative_hazard"].diff().dropna() > 0).all()
        assert set(found.baseline["stratum"]) == {"north", "south"}
    assert list(late.baseline.columns) == ["time", "events", "cumulative_hazard"]
    exits = ROWS[ROWS["end"] == "exit"]
    for name, part in gray.baseline.groupby("stratum"):
        assert part["time"].to_list() == sorted(set(exits.loc[exits["g"] == name, "months"]))
    assert list(hazards.proportionality.index) == ["x", "all"]
    assert list(hazards.proportionality.columns) == ["chi_square", "df", "p_value"]
    assert hazards.proportionality["df"].to_list() == [1, 1]
    assert gray.proportionality.empty
    assert list(gray.proportionality.columns) == ["chi_square", "df", "p_value"]


def test_checks_of_hazards_count(fitted):
    held = checks(fitted["hazards"])
    assert held["events"] == ("pass", {"events": 40, "coefficients": 1})
    assert held["clusters"] == ("review", {"clusters": 12, "largest": 5})
    joint = fitted["hazards"].proportionality.loc["all", "p_value"]
    numbers = {"p_value": pytest.approx(joint), "smallest": pytest.approx(joint)}
    assert held["proportional hazards"] == ("pass" if joint >= 0.05 else "review", numbers)
    few = HazardModel("x", **CLOCK).fit(ROWS.head(12))
    assert checks(few)["events"] == ("review", {"events": 8, "coefficients": 1})


def test_baseline_without_a_model_is_that_of_nelson_and_aalen():
    # a column that changes nothing leaves a coefficient near 0, so the baseline is the sum of events over those at risk
    twice = pd.concat([ROWS.assign(x=-1.0), ROWS.assign(x=1.0)], ignore_index=True)
    found = HazardModel("x", **CLOCK, ties="breslow").fit(twice)
    assert found.estimates.loc["x", "estimate"] == pytest.approx(0.0, abs=1e-9)
    times = sorted(ROWS.loc[ROWS["event"] == 1, "months"].unique())
    steps = [(ROWS["months"].eq(t) & ROWS["event"].eq(1)).sum() / ROWS["months"].ge(t).sum() for t in times]
    assert found.baseline["time"].to_list() == times
    assert found.baseline["cumulative_hazard"].to_list() == pytest.approx(np.cumsum(steps).tolist())
    assert "Breslow" in found.method


def test_curves_of_survival_are_counted_row_by_row(fitted):
    found = fitted["survival"]
    assert (found.by, found.horizon) == ("g", ROWS.groupby("g")["months"].max().min())
    columns = ["stratum", "time", "at_risk", "events", "censored", "survival", "std_error", "ci_low", "ci_high"]
    assert list(found.curve.columns) == columns
    for name, part in found.curve.groupby("stratum"):
        here, left, greenwood = ROWS[ROWS["g"] == name], 1.0, 0.0
        for _, row in part.iterrows():
            risk, events = (
                (here["months"] >= row["time"]).sum(),
                ((here["months"] == row["time"]) & here["event"]).sum(),
            )
            left *= 1 - events / risk
            greenwood += events / (risk * (risk - events)) if events < risk else 0.0
            assert (row["at_risk"], row["events"]) == (risk, events)
            assert row["censored"] == (here["months"] == row["time"]).sum() - events
            assert row["survival"] == pytest.approx(left)
            if left > 0:
                assert row["std_error"] == pytest.approx(left * np.sqrt(greenwood))
    assert set(found.estimates["stratum"]) == {"north", "south"}
    assert found.estimates.loc["median", "std_error"].isna().all()
    test = found.log_rank.iloc[0]
    assert checks(found)["log-rank"] == ("pass", {name: test[name] for name in ("chi_square", "df", "p_value")})
    assert checks(found)["risk set"] == ("pass", {"fewest": 30})
    held = {check.name: check.message for check in Survival(**CLOCK, by="g", rho=1.0).fit(ROWS).checks}
    assert held["log-rank"].startswith("Weighted log-rank (rho = 1)")


def test_survival_at_a_time_is_read_off_the_curve(fitted):
    found = fitted["survival"]
    start = found.at(0)
    assert start.to_numpy().tolist() == [[1.0, 0.0, 1.0, 1.0]] * 2
    assert (start.index.name, list(start.columns)) == ("stratum", ["survival", "std_error", "ci_low", "ci_high"])
    for name, part in found.curve.groupby("stratum"):
        row = part.iloc[5]
        for time in (row["time"], (row["time"] + part.iloc[6]["time"]) / 2):
            assert found.at(time).loc[name].to_list() == row[["survival", "std_error", "ci_low", "ci_high"]].to_list()
    assert Survival(**CLOCK).fit(ROWS.assign(event=ROWS["event"] * (ROWS["months"] < 9))).at(999).isna().all(axis=None)
    with pytest.raises(SpecificationError, match="time"):
        found.at(-1)


def test_curves_of_incidence_end_where_the_table_says(fitted):
    found = fitted["incidence"]
    assert found.by == "g"
    assert list(found.curve.columns) == [
        "time",
        "at_risk",
        "events",
        "share",
        "std_error",
        "ci_low",
        "ci_high",
        "cause",
        "stratum",
    ]
    assert list(found.gray.index) == ["exit", "return"]
    assert (found.gray["df"] == 1).all()
    assert list(found.estimates["time"]) == [8.0] * 4
    for (cause, stratum), part in found.curve.groupby(["cause", "stratum"]):
        row = found.estimates[found.estimates["stratum"] == stratum].loc[cause]
        last = part[part["time"] <= 8].iloc[-1]
        assert row[["estimate", "ci_low", "ci_high"]].to_list() == last[["share", "ci_low", "ci_high"]].to_list()
        share, error = last["share"], last["std_error"]
        reach = norm.ppf(0.95) * error / abs(share * np.log(share))
        assert [last["ci_low"], last["ci_high"]] == pytest.approx([share ** np.exp(reach), share ** np.exp(-reach)])
        test = found.gray.loc[cause]
        numbers = {name: test[name] for name in ("chi_square", "df", "p_value")}
        assert checks(found)[f"Gray's test, {cause}"] == ("pass", numbers)
    counts = ROWS[ROWS["end"] != "censor"].groupby(["end", "g"]).size()
    assert checks(found)["events"] == ("pass", {"fewest": counts.min(), "events": 40})
    few = CumulativeIncidence(**CAUSES).fit(ROWS.head(12))
    assert checks(few)["events"] == ("review", {"fewest": 4, "events": 8})
    assert "stratum" not in few.estimates
    assert few.gray.empty
    assert few.estimates["time"].to_list() == [ROWS["months"].head(12).max()] * 2
    early = CumulativeIncidence(**CAUSES, horizon=0.5).fit(ROWS).estimates
    assert early["estimate"].to_list() == [0.0, 0.0]
    assert early[["std_error", "ci_low", "ci_high"]].isna().all(axis=None)
    weighted = CumulativeIncidence(**CAUSES, by="g", weights="w").fit(ROWS)
    assert checks(weighted)["Gray's test"] == ("review", {})


def test_between_dates_by_hand():
    frame = pd.DataFrame({"seen": [0, 2, 4], "gone": [2, 4, None]})
    found = IntervalSurvival(after="seen", before="gone", scope=SCOPE).fit(frame)
    assert found.method == "Turnbull's distribution of an interval-censored duration"
    assert (found.n, found.scope, len(found.assumptions)) == (3, SCOPE, 2)
    assert found.curve["after"].to_list() == [0, 2, 4]
    assert found.curve["by"].to_list() == [2, 4, np.inf]
    assert found.curve["mass"].to_list() == pytest.approx([1 / 3] * 3)
    assert found.curve["ended"].to_list() == pytest.approx([1 / 3, 2 / 3, 1])
    assert found.estimates["estimate"].to_dict() == {"median_after": 2, "median_by": 4}
    assert set(found.estimates["unit"]) == {"time"}
    status, numbers = checks(found)["convergence"]
    assert (status, numbers["intervals"], numbers["rows"]) == ("pass", 3, 3)
    assert 0 <= numbers["gap"] < 1e-9
    assert checks(found)["limits"][0] == "review"
    drawn = found.plot()
    assert (drawn.get_xlabel(), drawn.get_ylabel()) == ("time", "share still going on")
    assert drawn.lines[0].get_xdata().tolist() == [0, 2, 4]
    assert drawn.lines[0].get_ydata().tolist() == pytest.approx([1, 2 / 3, 1 / 3])
    assert len(drawn.collections) == 2
    assert found.plot(ax=drawn) is drawn


def test_pictures_of_curves_name_what_they_show(fitted):
    one = fitted["survival"].plot()
    assert (one.get_xlabel(), one.get_ylabel()) == ("time", "share without the event")
    assert one.get_legend().get_title().get_text() == "g"
    assert [text.get_text() for text in one.get_legend().get_texts()] == ["north", "south"]
    assert [line.get_ydata()[0] for line in one.lines] == [1.0, 1.0]
    assert [line.get_linestyle() for line in one.lines] == ["-", "--"]
    assert one.get_xlim()[0] == 0
    other = fitted["incidence"].plot()
    assert other.get_ylabel() == "share with the event"
    assert other.get_legend().get_title().get_text() == "event, g"
    assert [text.get_text() for text in other.get_legend().get_texts()] == [
        "exit, north",
        "return, north",
        "exit, south",
        "return, south",
    ]
    assert [line.get_ydata()[0] for line in other.lines] == [0.0] * 4
    alone = Survival(**CLOCK).fit(ROWS).plot(ax=other)
    assert alone is other
    both = CumulativeIncidence(**CAUSES).fit(ROWS).plot()
    assert both.get_legend().get_title().get_text() == "event"
    ratios = fitted["hazards"].plot()
    assert (ratios.get_xlabel(), ratios.get_xscale()) == ("hazard ratio", "log")


def test_mean_events_by_hand(fitted):
    found = fitted["repeats"]
    row = found.estimates.loc["mean_events"]
    assert row["estimate"] == pytest.approx(1 / 3 + 1 / 3 + 1 / 2)  # of 3 at 3, of 3 at 6, of 2 at 8
    factor = np.exp(norm.ppf(0.95) * row["std_error"] / row["estimate"])
    assert [row["ci_low"], row["ci_high"]] == pytest.approx([row["estimate"] / factor, row["estimate"] * factor])
    assert row["time"] == 8
    assert checks(found)["events"] == ("review", {"events": 3, "with_events": 2, "most": 2})
    roles = {"duration": "to", "event": "event", "person": "who", "entry": "from"}
    early = RecurrentEvents(**roles, horizon=5).fit(STRETCHES).estimates.loc["mean_events"]
    assert (early["estimate"], early["time"]) == (pytest.approx(1 / 3), 5)
    with pytest.raises(DataError, match=r"horizon == 9, .* row 2"):
        RecurrentEvents(**roles, horizon=9).fit(STRETCHES)


def test_shares_are_exact_in_every_group(fitted):
    found = fitted["shares"].estimates
    assert set(found.index) == {"north", "south", "all"}
    for name in found.index:
        here = ROWS if name == "all" else ROWS[ROWS["g"] == name]
        cases, people = here["event"].sum(), len(here)
        limits = [beta.ppf(0.05, cases, people - cases + 1), beta.ppf(0.95, cases + 1, people - cases)]
        assert found.loc[name, ["estimate", "ci_low", "ci_high"]].to_list() == pytest.approx([cases / people, *limits])
    assert found["std_error"].isna().all()
    assert checks(fitted["shares"])["group size"] == ("pass", {"smallest": 30})
    few = outcome_shares(ROWS.head(18), outcome="event", by="g")
    assert checks(few)["group size"] == ("review", {"smallest": 9})
    ten = outcome_shares(ROWS.head(20), outcome="event", by="g")
    assert checks(ten)["group size"] == ("pass", {"smallest": 10})
    status, numbers = checks(fitted["odds"])["empty cell"]
    assert (status, numbers["smallest"]) == ("pass", 10)
    assert numbers["p_value"] == pytest.approx(1.0)
    empty = exact_odds_ratio(pd.DataFrame({"o": [1, 1, 1, 0], "e": [1, 1, 0, 0]}), outcome="o", exposure="e")
    assert checks(empty)["empty cell"][0] == "fail"
    assert checks(empty)["empty cell"][1]["smallest"] == 0
    assert np.isnan(empty.estimates["estimate"].iloc[0])
    assert np.isposinf(empty.estimates["ci_high"].iloc[0])


def test_costs_and_burdens_are_those_of_their_central_values(fitted):
    cost, burden = fitted["cost"], fitted["burden"]
    assert cost.estimates["estimate"].to_dict() == {
        "total": 15 * 110,
        "consequence": 15 * 100,
        "response": 15 * 10,
        "per_victim": 110,
    }
    assert cost.bounds.loc["total"].to_list() == [10 * 60, 20 * 160]
    assert cost.items.to_dict("index") == {
        "care": {"stage": "consequence", "cost": 1500},
        "police": {"stage": "response", "cost": 150},
    }
    assert cost.items.index.name == "item"
    assert cost.sensitivity.to_dict("index") == {
        "care": {"low": 15 * 60, "high": 15 * 160},
        "victims": {"low": 10 * 110, "high": 20 * 110},
    }
    assert checks(cost)["stages"] == ("review", {"items": 2, "empty": 1})
    years = {2.0: (1 - 1.03**-2) / np.log(1.03), 1.0: (1 - 1.03**-1) / np.log(1.03)}
    fear, pain = 15 * 0.2 * years[2.0], 15 * 0.02 * years[1.0]
    together = (1 - 0.8 * 0.98) / 0.22
    expected = {"total": (fear + pain) * together, "disability": (fear + pain) * together, "deaths": 0.0}
    expected |= {"per_victim": (fear + pain) * together / 15, "fear": fear, "pain": pain}
    assert burden.estimates["estimate"].to_dict() == pytest.approx(expected)
    numbers = {"sum": pytest.approx(fear + pain), "together": pytest.approx((fear + pain) * together)}
    assert checks(burden)["comorbidity"] == ("pass", numbers)
    for found in (cost, burden):
        draws = found.draws
        assert draws.index.name == "term"
        assert draws.shape == (len(found.estimates), 50)
        assert found.estimates["std_error"].to_list() == pytest.approx(draws.std(axis=1).to_list())
        assert found.estimates["ci_low"].to_list() == pytest.approx(draws.quantile(0.05, axis=1).to_list())
        assert found.estimates["ci_high"].to_list() == pytest.approx(draws.quantile(0.95, axis=1).to_list())


def test_conditions_that_come_together_are_said():
    many = pd.DataFrame({"condition": list("abcd"), "share": 1.0, "weight": 0.4, "deaths": 2.0, "life_years": 3.0})
    found = HealthBurden(victims=10, draws=20).fit(many)
    assert found.estimates.loc["deaths", "estimate"] == 4 * 6
    assert found.estimates.loc["disability", "estimate"] == pytest.approx(10 * (1 - 0.6**4))
    assert checks(found)["comorbidity"] == (
        "review",
        {"sum": pytest.approx(16.0), "together": pytest.approx(10 * (1 - 0.6**4))},
    )
    assert "undiscounted" in found.method


def test_the_tornado_is_drawn_about_the_centre(fitted):
    drawn = fitted["cost"].plot_tornado()
    assert [text.get_text() for text in drawn.get_yticklabels()] == ["care", "victims"]
    assert drawn.get_xlabel() == "currency"
    assert [text.get_text() for text in drawn.get_legend().get_texts()] == [
        "input at its low end",
        "input at its high end",
    ]
    bars = [(bar.get_x(), bar.get_width(), bar.get_height()) for bar in drawn.patches]
    widths = [-750, -550, 750, 550]
    assert np.array(bars) == pytest.approx(np.array([(1650, width, 0.6) for width in widths]))
    assert list(drawn.lines[0].get_xdata()) == [1650, 1650]
    assert fitted["cost"].plot_tornado(ax=drawn) is drawn


@pytest.mark.parametrize(
    ("kind", "options", "name"),
    [
        (Survival, {**CLOCK, "rho": -1}, "rho"),
        (Survival, {**CLOCK, "horizon": 0}, "horizon"),
        (Survival, {**CLOCK, "by": 3}, "by"),
        (Survival, {**CLOCK, "entry": 3}, "entry"),
        (Survival, {**CLOCK, "person": 3}, "person"),
        (Survival, {**CLOCK, "merge_names": 1.5}, "merge_names"),
        (Survival, {"duration": 3, "event": "e"}, "duration"),
        (Survival, {"duration": "d", "event": 3}, "event"),
        (CumulativeIncidence, {**CAUSES, "horizon": -1}, "horizon"),
        (CumulativeIncidence, {**CAUSES, "weights": 3}, "weights"),
        (CumulativeIncidence, {**CAUSES, "by": 3}, "by"),
        (CumulativeIncidence, {**CAUSES, "person": 3}, "person"),
        (HazardModel, {"formula": "x", **CLOCK, "ties": "all"}, "ties"),
        (HazardModel, {"formula": "x", **CLOCK, "ties": "exact", "weights": "w"}, "weights"),
        (HazardModel, {"formula": "x", **CLOCK, "ties": "exact", "cluster": "w"}, "cluster"),
        (HazardModel, {"formula": "x", **CLOCK, "strata": 3}, "strata"),
        (HazardModel, {"formula": 3, **CLOCK}, "formula"),
        (FineGray, {"formula": "x", **CAUSES, "cause": "exit", "ties": "exact"}, "ties"),
        (FineGray, {"formula": "x", **CAUSES, "cause": "exit", "censoring_ties": "before"}, "censoring_ties"),
        (FineGray, {"formula": "x", **CAUSES, "cause": "exit", "censoring_strata": 3}, "censoring_strata"),
        (FineGray, {"formula": "x", **CAUSES, "cause": "exit", "censoring_error": 2}, "censoring_error"),
        (FineGray, {"formula": "x", **CAUSES, "cause": "exit", "censoring_weighted": 2}, "censoring_weighted"),
        (DurationModel, {"after": 3, "before": "b"}, "after"),
        (DurationModel, {"after": "a", "before": 3}, "before"),
        (IntervalSurvival, {"after": "a", "before": 3}, "before"),
        (RecurrentEvents, {"duration": "d", "event": "e", "person": "p", "entry": 3}, "entry"),
        (RecurrentEvents, {"duration": "d", "event": "e", "person": "p", "entry": "f", "horizon": 0}, "horizon"),
        (SocietalCost, {"victims": 1, "discount": 2}, "discount"),
        (SocietalCost, {"victims": 1, "draws": 1}, "draws"),
        (SocietalCost, {"victims": 1, "price_year": 2.5}, "price_year"),
        (SocietalCost, {"victims": 1, "seed": -1}, "seed"),
        (HealthBurden, {"victims": 1, "discount": -1}, "discount"),
        (HealthBurden, {"victims": 1, "draws": 1}, "draws"),
        (HealthBurden, {"victims": 1, "seed": -1}, "seed"),
    ],
)
def test_an_option_that_is_not_allowed_is_named(kind, options, name):
    with pytest.raises(SpecificationError, match=rf"\b{name}\b"):
        kind(**options)
    if kind is not IntervalSurvival:
        good = {key: value for key, value in options.items() if key != name}
        needed = {key: "x" for key in (name,) if name in {"duration", "event", "formula", "after", "before", "entry"}}
        with pytest.raises(SpecificationError, match="level"):
            kind(**good, **needed, level=95)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"share": 1.5}, r"column 'share'.*at least 0 and at most 1"),
        ({"share_low": 0.9}, "must lie between its limits"),
        ({"weight": -0.1}, r"column 'weight'.*at least 0 and at most 1"),
        ({"years": -1.0}, r"column 'years'.*must be at least 0"),
        ({"deaths": -1.0}, r"column 'deaths'.*must be at least 0"),
        ({"life_years_high": -1.0}, r"column 'life_years_high'|must lie between"),
        ({"weight": None}, "column 'weight' has 2 missing"),
    ],
)
def test_conditions_that_cannot_be_are_refused(change, words):
    with pytest.raises(DataError, match=words):
        HealthBurden(victims=10, draws=20).fit(FEARS.assign(**change))


@pytest.mark.parametrize(
    ("quantity", "words"),
    [
        ((5.0, 6.0, 7.0, "uniform"), "between its limits"),
        ((5.0, 4.0, np.inf, "uniform"), "between its limits"),
        ((5.0, 0.0, 7.0, "lognormal"), "lower limit above 0 to be lognormal"),
        ((0.5, -0.1, 0.7, "beta"), "between 0 and 1"),
        ((1.0, 0.5, 1.0, "beta"), "between 0 and 1"),
    ],
)
def test_a_quantity_that_cannot_be_is_refused(quantity, words):
    with pytest.raises(DataError, match=words):
        Uncertain(*quantity)
    with pytest.raises(SpecificationError, match="distribution"):
        Uncertain(1.0, 0.5, 2.0, "cauchy")
