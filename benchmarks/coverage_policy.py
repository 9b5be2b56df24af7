"""How often the limits of panels, series and hazards of adoption hold their truth.

Run by hand: ``python benchmarks/coverage_policy.py [draws] [words]`` writes ``results/coverage_policy.csv``, or anew those of
its rows whose case holds one of the words, which semicolons part.
"""

import csv
import datetime
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

import ctresearch
from ctresearch.causes.models.proportional_odds import fit_proportional_odds
from ctresearch.core.errors import FitError
from ctresearch.policy import (
    InterruptedSeries,
    OrderedPanel,
    Panel,
    PanelRegression,
    StaggeredAdoption,
    SwitchingTreatment,
    TimeToAdoption,
    TwoWayWeights,
    simulate_sections,
)

HERE = Path(__file__).parent / "results"
ROLES = {"unit": "c", "time": "t", "outcome": "y"}


def serial(rng, units, times, rho=0.6):
    errors = rng.normal(size=(units, times))
    for t in range(1, times):
        errors[:, t] = rho * errors[:, t - 1] + np.sqrt(1 - rho**2) * errors[:, t]
    return errors


def table(**columns):
    units, times = columns["y"].shape
    frame = {"c": np.repeat(np.arange(units), times), "t": np.tile(np.arange(times), units)}
    return pd.DataFrame(frame | {name: np.broadcast_to(one, (units, times)).ravel() for name, one in columns.items()})


def regression(rng, *, units, errors, drop=0.0, draws=399):
    x = serial(rng, units, 12, 0.8) + rng.normal(size=(units, 1))
    y = (
        0.5 * x
        + rng.normal(size=(units, 1))
        + rng.normal(size=12)
        + serial(rng, units, 12) * (1 + rng.random((units, 1)))
    )
    frame = table(y=y, x=x)
    frame = frame[rng.random(len(frame)) >= drop]
    panel = Panel.from_frame(frame, **ROLES, covariates=["x"], outcome_kind="response")
    model = PanelRegression(["x"], errors=errors, draws=draws, seed=int(rng.integers(2**31)))
    row = model.fit(panel).estimates.loc["x"]
    return row["ci_low"] <= 0.5 <= row["ci_high"], row["ci_high"] - row["ci_low"]


def instrument(rng, *, strength):
    z, u = rng.normal(size=(2, 40, 12))
    d = strength * z + 0.8 * u + 0.6 * rng.normal(size=(40, 12))
    y = 0.5 * d + u + rng.normal(size=(40, 1))
    panel = Panel.from_frame(table(y=y, d=d, z=z), **ROLES, treatment="d", covariates=["z"], outcome_kind="response")
    row = PanelRegression(["treatment"], endogenous="treatment", instruments=["z"]).fit(panel).estimates.iloc[0]
    return row["ci_low"] <= 0.5 <= row["ci_high"], row["ci_high"] - row["ci_low"]


def adoption(rng, *, countries):
    scrutiny, law = np.zeros((countries, 13)), np.zeros((countries, 13))
    for t in range(1, 13):
        law[:, t] = (law[:, t - 1] > 0) | (rng.random(countries) < 0.05 * np.exp(0.8 * scrutiny[:, t - 1]))
        scrutiny[:, t] = (scrutiny[:, t - 1] > 0) | (rng.random(countries) < 0.15)
    panel = Panel.from_frame(table(y=law, s=scrutiny), **ROLES, treatment="s", outcome_kind="adoption of a law")
    # a chance a year is no rate at a moment: the truth is the log of the ratio of complementary log-logs
    truth = np.log(np.log(1 - 0.05 * np.exp(0.8)) / np.log(1 - 0.05))
    row = TimeToAdoption("treatment", ties="efron").fit(panel).estimates.iloc[0]
    return row["ci_low"] <= truth <= row["ci_high"], row["ci_high"] - row["ci_low"]


def series(rng, *, rho=0.0, clumped=0.0, months=96, spread=0.15, slope=False, **options):
    t = np.arange(months)
    noise = serial(rng, 1, months, rho)[0] * spread if rho else np.zeros(months)
    mean = 50 * np.exp(0.002 * t + 0.2 * (t >= months // 2) + noise)
    mean = mean * rng.gamma(1 / clumped, clumped, months) if clumped else mean
    frame = pd.DataFrame({"t": t, "y": rng.poisson(mean)})
    shared = {"count": "y", "time": "t", "start": months // 2, "outcome_kind": "detection", "counting_breaks": {}}
    model = InterruptedSeries(**shared, slope=slope, **options)
    row = model.fit(frame).estimates.loc["level"]
    return row["ci_low"] <= 0.2 <= row["ci_high"], row["ci_high"] - row["ci_low"]


def two_way(rng, *, staggered):
    law = np.array([4, 7, 10, np.inf] * 10) if staggered else np.array([6, np.inf] * 20)
    since = np.arange(12) - law[:, None]
    effect = np.where(since >= 0, 0.2 * (since + 1), 0.0)
    effect = np.where(since >= 0, 0.5, 0.0) if not staggered else np.where(np.isfinite(effect), effect, 0.0)
    y = effect + rng.normal(size=(40, 1)) + serial(rng, 40, 12)
    frame = table(y=y, g=np.where(np.isfinite(law), law, np.nan)[:, None])
    found = TwoWayWeights().fit(Panel.from_frame(frame, **ROLES, adopted="g", outcome_kind="response"))
    row, truth = found.estimates.loc["two_way"], effect[since >= 0].mean()
    return row["ci_low"] <= truth <= row["ci_high"], found.checks[0].status == "fail"


def switching(rng, *, units, switchers, off=0.5, dose=False):
    """Draw a treatment that comes, and goes again in a share of those who had it; each unit of it adds 1 at once."""
    begins = np.full(units, 99)
    begins[:switchers] = rng.integers(3, 8, switchers)
    ends = np.where(rng.random(units) < off, begins + rng.integers(1, 4, units), 99)
    t = np.arange(10)
    d = ((t >= begins[:, None]) & (t < ends[:, None])) * 1.0
    d = d * (1 + rng.integers(0, 2, (units, 1))) if dose else d
    y = d + rng.normal(size=(units, 1)) + rng.normal(size=10) + serial(rng, units, 10)
    panel = Panel.from_frame(table(y=y, d=d), **ROLES, treatment="d", outcome_kind="response")
    row = SwitchingTreatment(effects=3, placebos=1).fit(panel).estimates.loc["per_unit_of_treatment"]
    return row["ci_low"] <= 1 <= row["ci_high"], row["ci_high"] - row["ci_low"]


def sections(rng, *, people, slope=0.0):
    data = simulate_sections(people=people, slope=slope, seed=int(rng.integers(2**31)))
    row = StaggeredAdoption(draws=99).fit(data).estimates.loc["simple"]
    return row["ci_low"] <= 1 <= row["ci_high"], row["ci_high"] - row["ci_low"]


def ordered(rng, *, method, kept=0.0, units=60):
    """Draw grades whose units differ by their means of x, and by what no regressor knows where ``kept`` is above 0."""
    x = rng.normal(size=(units, 1)) + rng.normal(size=(units, 9))
    unit = -x.mean(axis=1, keepdims=True) + kept * rng.normal(size=(units, 1))
    grade = np.digitize(0.5 * x + unit + 0.05 * np.arange(9) + rng.logistic(size=x.shape), [-2, 0, 2])
    if method == "a dummy for each unit":
        moves = np.ptp(grade, axis=1) > 0
        dummies = np.repeat(np.eye(int(moves.sum())), 9, axis=0)[:, 1:]
        design = np.column_stack([x[moves].ravel(), dummies, np.tile(np.eye(9), (int(moves.sum()), 1))[:, 1:]])
        try:
            fit = fit_proportional_odds(design, np.unique(grade[moves].ravel(), return_inverse=True)[1])
        except FitError:
            return ordered(rng, method=method, kept=kept, units=units)
        error = np.sqrt(fit.covariance[0, 0])
        return abs(fit.parameters[0] - 0.5) <= 1.96 * error, fit.parameters[0]
    panel = Panel.from_frame(table(y=grade, x=x), **ROLES, covariates=["x"], outcome_kind="response")
    row = OrderedPanel(["x"], method=method).fit(panel).estimates.loc["x"]
    return row["ci_low"] <= 0.5 <= row["ci_high"], row["ci_high"] - row["ci_low"]


CASES = {
    "regression, 40 clusters, ragged, by clusters": (regression, {"units": 40, "errors": "cluster", "drop": 0.2}),
    "regression, 40 clusters, as if independent": (regression, {"units": 40, "errors": "heteroskedastic"}),
    "regression, 10 clusters, by clusters": (regression, {"units": 10, "errors": "cluster"}),
    "regression, 10 clusters, wild bootstrap": (regression, {"units": 10, "errors": "wild"}),
    "instrument, strong, Anderson-Rubin": (instrument, {"strength": 0.5}),
    "instrument, weak, Anderson-Rubin": (instrument, {"strength": 0.05}),
    "time to adoption, 150 countries": (adoption, {"countries": 150}),
    "series, clumped counts, quasi-Poisson": (series, {"clumped": 0.05}),
    "series, clumped counts, negative binomial": (series, {"clumped": 0.05, "family": "negative binomial"}),
    "series, errors of near months go together, quasi-Poisson": (series, {"rho": 0.5}),
    "series, errors of near months go together, Newey-West 6": (series, {"rho": 0.5, "newey_west": 6}),
    "series, errors of near months do not go together, Newey-West 6": (series, {"clumped": 0.02, "newey_west": 6}),
    "series, errors go together for long, Newey-West 6": (series, {"rho": 0.8, "newey_west": 6}),
    "series, errors go together for long, Newey-West 12": (series, {"rho": 0.8, "newey_west": 12}),
    "series of 48 months, season and slope, Newey-West 6": (
        series,
        {"rho": 0.5, "newey_west": 6, "months": 48, "slope": True, "harmonics": 1},
    ),
    "series of 144 months, season and slope, large errors, Newey-West 6": (
        series,
        {"rho": 0.5, "newey_west": 6, "months": 144, "spread": 0.3, "slope": True, "harmonics": 2},
    ),
    "switching, 60 units, 30 of which turn": (switching, {"units": 60, "switchers": 30}),
    "switching, 200 units, 100 of which turn": (switching, {"units": 200, "switchers": 100}),
    "switching, 40 units, 12 of which turn": (switching, {"units": 40, "switchers": 12}),
    "switching, doses, 120 units, 60 of which turn": (switching, {"units": 120, "switchers": 60, "dose": True}),
    "sections, 4,000 people": (sections, {"people": 4000}),
    "sections, 4,000 people, with a covariate": (sections, {"people": 4000, "slope": 0.3}),
    "sections, 600 people": (sections, {"people": 600}),
    "ordered, conditional": (ordered, {"method": "conditional", "kept": 1.0}),
    "ordered, conditional, 25 units": (ordered, {"method": "conditional", "kept": 1.0, "units": 25}),
    "ordered, unit means, units differ by them alone": (ordered, {"method": "mundlak"}),
    "ordered, a dummy for each unit (median is the estimate of .5)": (
        ordered,
        {"method": "a dummy for each unit", "kept": 1.0},
    ),
    "two-way model, one date, same effect": (two_way, {"staggered": False}),
    "two-way model, four dates, effects that grow": (two_way, {"staggered": True}),
}


HEAD = ["case", "draws", "coverage_of_95", "monte_carlo_error", "median_width_or_share_of_failed_checks"]
HEAD += ["date", "ctresearch", "numpy"]


def row(name, draws, run, options):
    rng = np.random.default_rng(11)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [run(rng, **options) for _ in range(draws)]
    held = np.array([one[0] for one in found], dtype=float)
    second = np.array([one[1] for one in found], dtype=float)
    median = float(np.median(second)) if run is not two_way else float(second.mean())
    error = np.sqrt(held.mean() * (1 - held.mean()) / draws)
    made = [datetime.date.today().isoformat(), ctresearch.__version__, np.__version__]
    return [name, draws, f"{held.mean():.4f}", f"{error:.4f}", f"{median:.3f}", *made]


def main():
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    words = sys.argv[2] if len(sys.argv) > 2 else ""
    path = HERE / "coverage_policy.csv"
    with path.open(newline="") as file:
        kept = {one[0]: one for one in list(csv.reader(file))[1:]}
    for name, (run, options) in CASES.items():
        if not any(one in name for one in words.split(";")):
            continue
        kept[name] = row(name, draws, run, options)
        print(kept[name], flush=True)
        with path.open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([HEAD, *(kept[one] for one in CASES if one in kept)])


if __name__ == "__main__":
    main()
