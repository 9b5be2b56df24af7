"""Simulated coverage of 95 % intervals where lists came late, hold people wrongly, refer, are sampled or noised.

Run ``python benchmarks/coverage_flows.py PART`` for one of late, sampled, wrong, referral and noised (two to eight
minutes on one core each); its rows in ``benchmarks/results/coverage_flows.csv`` are written anew. Each population has a
known size; beside the method stands what one would do without it, on the same draws. ``review`` is the share of
intervals that come with a check to review or failed, and ``missed_and_passed`` of those without that miss the truth.
Scenarios that start with *violated* break an assumption, which a check should see.
"""

import argparse
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from ctresearch.core import CtResearchError
from ctresearch.core.parallel import workers
from ctresearch.prevalence import (
    CaptureHistories,
    Chapman,
    DatedReferral,
    DesignedSample,
    FalseEntries,
    LateLists,
    LogLinear,
    NoisedLogLinear,
    PendingDecisions,
    TrimmedDualSystem,
)

OUT = Path(__file__).parent / "results" / "coverage_flows.csv"
PAIR = LogLinear("fixed", model=["ngo", "police", "nrm", "ngo:police"])
TWO = Chapman()
ALL_PAIRS = LogLinear("fixed", model="[12,13,23]")
NAMES = np.array(["ngo", "police", "nrm"])


def long_table(times, more):
    """Return one row an entry of a table of times, infinite where there is none."""
    who, where = np.nonzero(np.isfinite(times))
    return pd.DataFrame({"who": who, "by": NAMES[where]}).assign(**{k: v[who, where] for k, v in more.items()})


def late(seed, drifting):
    rng = np.random.default_rng(seed)
    n = 4000
    case = rng.integers(0, 24, n)
    on = rng.random((n, 3)) < (0.3, 0.35, 0.25)
    on[:, 1] |= on[:, 0] & (rng.random(n) < 0.2)
    chance = np.array([0.5, 0.35, 0.25]) * (np.where(case >= 16, 0.6, 1.0)[:, None] if drifting else 1.0)
    came = case[:, None] + np.minimum(rng.geometric(chance, (n, 3)) - 1, 10)
    frame = long_table(np.where(on, 0.0, np.inf), {"case": np.repeat(case[:, None], 3, 1), "came": came})
    truth = int((case >= 18).sum())
    options = {"person": "who", "source": "by", "case": "case", "arrived": "came", "as_of": 23, "since": 18}
    yield "LateLists", truth, lambda: LateLists(PAIR, imputations=10, seed=seed, **options).fit(frame)
    there = frame[(frame["came"] <= 23) & (frame["case"] >= 18)]
    yield (
        "as it came",
        truth,
        lambda: PAIR.fit(CaptureHistories.from_long(there[["who", "by"]], person="who", source="by")),
    )


def sampled(seed, clustered):
    rng = np.random.default_rng(seed)
    n, town = 5000, np.arange(5000) // 25
    hidden = np.clip(rng.random(n) + rng.normal(0, 0.15, n // 25)[town] * clustered, 0, 1)
    people = pd.DataFrame({"police": hidden < rng.random(n) * 0.5, "ngo": hidden < rng.random(n) * 0.7}) * 1
    people = people.assign(stratum=town % 2, town=town, survey=0)
    if clustered:  # half the towns of one stratum and a quarter of the other, a fifth of the people in each
        chosen = np.concatenate([rng.choice(np.arange(s, 200, 2), m, replace=False) for s, m in ((0, 50), (1, 25))])
        people["survey"] = (np.isin(town, chosen) & (rng.random(n) < 0.2)) * 1
        people["weight"] = np.where(people["stratum"] == 0, 10.0, 20.0)
    else:
        people.loc[rng.choice(n, 250, replace=False), "survey"] = 1
        people["weight"] = 20.0
    seen = people[people[["police", "ngo", "survey"]].any(axis=1)]
    design = {"weight": "weight", "strata": "stratum", "cluster": "town"} if clustered else {}
    lists = {"lists": ["police", "ngo"], "sample": "survey"}
    yield "DesignedSample", n, lambda: DesignedSample(**lists, **design).fit(seen)
    frame = {**design, "weight": "weight", "version": "frame"}
    yield "DesignedSample, frame", n, lambda: DesignedSample(**lists, **frame).fit(seen)
    if clustered:
        yield "DesignedSample, as if simple", n, lambda: DesignedSample(**lists).fit(seen)
    two = CaptureHistories.from_records(seen[seen[["police", "ngo"]].any(axis=1)], ["police", "ngo"])
    yield "Chapman, both lists", n, lambda: Chapman().fit(two)
    three = CaptureHistories.from_records(seen, ["police", "ngo", "survey"])
    yield "LogLinear, independence", n, lambda: LogLinear("fixed", model="[1,2,3]").fit(three)


def wrong(seed, shared):
    rng = np.random.default_rng(seed)
    n = 2000
    right = pd.DataFrame({"nrm": rng.random(n) < 0.4, "ngo": rng.random(n) < 0.3}) * 1
    right = right[right.any(axis=1)].assign(decision=1.0)
    extra = pd.DataFrame({"nrm": [1] * 160, "ngo": (rng.random(160) < shared) * 1, "decision": 0.0})
    seen = pd.concat([right, extra], ignore_index=True)
    seen["doubt"] = rng.normal(np.where(seen["decision"] == 0, 2.0 if shared else 4.0, 0.0), 1.0)
    table = CaptureHistories.from_records(seen[["nrm", "ngo"]], ["nrm", "ngo"])
    audited = seen[seen["nrm"] == 1].sample(200, random_state=seed)
    audits = {"nrm": (200, int((audited["decision"] == 0).sum()))}
    share = audits["nrm"][1] / 200
    waiting = seen.assign(decision=seen["decision"].where(rng.random(len(seen)) < 0.6))
    yield "FalseEntries", n, lambda: FalseEntries(TWO, audits=audits, seed=seed).fit(table)
    pending = PendingDecisions(TWO, lists=["nrm", "ngo"], decision="decision", seed=seed)
    yield "PendingDecisions", n, lambda: pending.fit(waiting)
    trimmed = TrimmedDualSystem(first="nrm", second="ngo", doubt="doubt", trim=share, audited=200)
    yield "TrimmedDualSystem", n, lambda: trimmed.fit(seen)
    yield "as it came", n, lambda: TWO.fit(table)


ARCS = {
    "chain": {(0, 1): 4.0, (1, 2): 6.0},
    "one office sends to both": {(0, 1): 5.0, (0, 2): 5.0, (1, 2): 4.0},
    "violated: people differ": {(0, 1): 4.0, (1, 2): 6.0},
}


def walk(rng, n, arcs, spread):
    """Draw when each person comes onto each list, in a window of length 1."""
    times, now, on = np.full((n, 3), np.inf), np.zeros(n), np.zeros((n, 3), dtype=bool)
    ease = np.exp(spread * rng.normal(size=n))[:, None]
    for _ in range(3):
        rate = np.where(on, 0.0, (0.5, 0.25, 0.3)) * ease
        for (k, j), ratio in arcs.items():
            rate[:, j] *= np.where(on[:, k], ratio, 1.0)
        total = rate.sum(axis=1)
        now = now + rng.exponential(1.0, n) / np.where(total > 0, total, 1e-12)
        pick = np.minimum((np.cumsum(rate, axis=1) < (rng.random(n) * total)[:, None]).sum(axis=1), 2)
        came = np.flatnonzero((now < 1) & (total > 0))
        times[came, pick[came]], on[came, pick[came]] = now[came], True
        now = np.where((now < 1) & (total > 0), now, np.inf)
    return times


def referral(seed, scenario):
    n, arcs = 2000, ARCS[scenario]
    times = walk(np.random.default_rng(seed), n, arcs, 0.8 if scenario.startswith("violated") else 0.0)
    frame = long_table(times, {"when": times})
    named = [(str(NAMES[k]), str(NAMES[j])) for k, j in arcs]
    dated = {"person": "who", "source": "by", "date": "when", "start": 0, "end": 1}
    yield "DatedReferral", n, lambda: DatedReferral(referrals=named, **dated).fit(frame)
    table = CaptureHistories.from_long(frame[["who", "by"]], person="who", source="by")
    yield "LogLinear, independence", n, lambda: LogLinear("fixed", model="[1,2,3]").fit(table)
    yield "LogLinear, all pairs", n, lambda: ALL_PAIRS.fit(table)
    yield "LogLinear, best BIC", n, lambda: LogLinear("bic").fit(table)


def noised(seed, epsilon):
    rng = np.random.default_rng(seed)
    on = rng.random((2000, 3)) < (0.25, 0.2, 0.15)
    on[:, 1] |= on[:, 0] & (rng.random(2000) < 0.2)
    counts = np.bincount(on @ [1, 2, 4], minlength=8)
    stop = 1 - np.exp(-epsilon)
    counts = counts + rng.geometric(stop, 8) - rng.geometric(stop, 8)
    patterns = np.arange(1, 8)
    frame = pd.DataFrame({name: patterns >> i & 1 for i, name in enumerate(NAMES)} | {"count": counts[1:]})
    yield (
        "NoisedLogLinear",
        2000,
        lambda: NoisedLogLinear(["ngo", "police", "nrm", "ngo:police"], epsilon=epsilon, draws=500, seed=seed).fit(
            frame
        ),
    )
    plain = frame.assign(count=frame["count"].clip(lower=0))
    yield "as if true", 2000, lambda: PAIR.fit(CaptureHistories.from_counts(plain))


PARTS = {
    "late": (late, {"late": False, "violated: delays grow": True}),
    "sampled": (sampled, {"simple sample": False, "strata and clusters": True}),
    "wrong": (wrong, {"wrong people on one list": 0.0, "violated: some on both, doubt says less": 0.15}),
    "referral": (referral, {name: name for name in ARCS}),
    "noised": (noised, {f"epsilon {epsilon:g}": epsilon for epsilon in (0.05, 0.1, 0.3, 1.0)}),
}


def outcome(truth, fit):
    try:
        result = fit()
    except CtResearchError:
        return [np.nan] * 5
    row = result.estimates.loc["population"]
    low, high = float(row["ci_low"]), float(row["ci_high"])
    held = float(low <= truth <= high) if np.isfinite(low) else np.nan
    return [float(row["estimate"]) / truth - 1, held, high - low, float(result.status != "pass"), float(held == 0)]


def summarise(part, scenario, method, runs):
    bias, held, width, review, missed = np.array(runs, dtype=float).T
    there = np.isfinite(bias)
    share = float(np.nanmean(held)) if np.isfinite(held).any() else np.nan
    passed = there & (review == 0)
    return {
        "part": part,
        "scenario": scenario,
        "method": method,
        "draws": len(runs),
        "without_estimate": int((~there).sum()),
        "coverage": round(share, 4),
        "standard_error": round(float(np.sqrt(share * (1 - share) / max(np.isfinite(held).sum(), 1))), 4),
        "bias": round(float(np.nanmean(bias)), 4),
        "median_bias": round(float(np.nanmedian(bias)), 4),
        "median_width": round(float(np.nanmedian(width)), 1) if np.isfinite(width).any() else np.nan,
        "review": round(float(np.nanmean(review)), 4),
        "missed_and_passed": round(float(missed[passed].mean()), 4) if passed.any() else np.nan,
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        **{package: version(package) for package in ("numpy", "scipy", "numba")},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=list(PARTS))
    parser.add_argument("--draws", type=int, default=400)
    options = parser.parse_args()
    draw, scenarios = PARTS[options.part]
    rows = []
    with workers(1):
        for scenario, setting in scenarios.items():
            runs = {}
            for seed in tqdm(range(options.draws), desc=scenario):
                for method, truth, fit in draw(seed, setting):
                    runs.setdefault(method, []).append(outcome(truth, fit))
            rows += [summarise(options.part, scenario, method, found) for method, found in runs.items()]
    table = pd.DataFrame(rows)
    if OUT.exists():
        before = pd.read_csv(OUT)
        table = pd.concat([before[before["part"] != options.part], table])
    order = {part: place for place, part in enumerate(PARTS)}
    table = table.sort_values("part", key=lambda c: c.map(order), kind="stable")
    table.to_csv(OUT, index=False, lineterminator="\n")
    print(table[table["part"] == options.part].iloc[:, :12].to_string(index=False))


if __name__ == "__main__":
    main()
