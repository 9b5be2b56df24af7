"""Whether *pass* is worth its word, and whether the estimator that a verdict names first covers the truth.

Run ``python benchmarks/verdicts.py --half judged faint --draws 48 --minutes 300``; tables go to
``benchmarks/results/verdict_status.csv`` (by scenario and method) and ``verdict.csv`` (by scenario). Scenarios of the ``tuned`` half were looked at when the bounds of the rule were set, those
of ``seen`` judged an earlier rule, those of ``judged`` and ``faint`` were looked at for none. ``differs`` is the share of tables for which independence of lists is rejected at 5 % by
the deviance: where it is near .05, no table tells the scenario from a benign one. ``pass_and_miss`` is the share of all
tables, ``miss_among_passes`` that of the passes, ``seen_pass_and_miss`` counts tables that differ alone. Numbers that end
in ``_se`` are Monte Carlo errors. A lower bound misses where it lies above the truth. Every table is kept in
``.cache/verdicts`` under a hash of the code in use as soon as it is done, so that a run that was stopped goes on. With
``--methods`` only those are fitted, without the verdict, and only their rows of ``verdict_status.csv`` are written anew.
"""

import argparse
import hashlib
import json
import platform
import sys
import time
import zlib
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm
from trust_scenarios import CASES

from ctresearch.core.errors import DataError
from ctresearch.prevalence import default_methods, verdict
from ctresearch.prevalence.diagnostics.method_catalogue import is_lower_bound
from ctresearch.prevalence.diagnostics.method_outcome import try_method
from ctresearch.prevalence.lists.estimable import require_estimable
from ctresearch.prevalence.trust.explanations import independence_p_value

ROOT = Path(__file__).resolve().parents[1]
RESULTS, CACHE = ROOT / "benchmarks" / "results", ROOT / ".cache" / "verdicts"
METHODS = (
    "Log-linear BIC",
    "BIC average",
    "AIC average",
    "Independence (Mt)",
    "Mth gamma",
    "Mth range",
    "Graphical average",
    "Lower bound",
)
SEED, LEVEL = 41007, 0.05


def rows_of(case, number, bootstrap, names=METHODS):
    """Draw a table and say of every method, and of the verdict, whether it passed and whether it held the truth."""
    table = case.draw(np.random.default_rng(np.random.SeedSequence([SEED, zlib.crc32(case.name.encode()), number])))
    known = {"scenario": case.name, "half": case.half, "kind": case.kind}
    try:
        require_estimable(table)
    except DataError:
        return []
    rows, results = [], {}
    methods = default_methods(len(table.lists), bootstrap=bootstrap)
    differs = independence_p_value(table.cell_counts()) < LEVEL
    for name in names:
        outcome = try_method(methods[name], table)
        _, _, low, high = outcome.numbers
        has = np.isfinite(low)
        held = low <= case.population if is_lower_bound(methods[name]) else low <= case.population <= high
        passed = outcome.result is not None and outcome.result.status == "pass"
        rows.append(known | {"method": name, "has": has, "held": has and held, "passed": passed, "differs": differs})
        if outcome.result is not None:
            results[name] = outcome.result
    if names != METHODS:
        return rows
    given = {name: results[name] for name in ("Log-linear BIC", "AIC average") if name in results}
    found = verdict(table, given or results)
    said = {"method": "verdict", "status": found.status, "first": found.first, "differs": differs}
    first = next((row for row in rows if row["method"] == found.first), None)
    if first is None and found.first:  # a method that is slow, or whose bootstrap always asks for a review
        _, _, low, high = try_method(methods[found.first], table).numbers
        first = {"has": np.isfinite(low), "held": low <= case.population <= high}
    return [*rows, known | said | {name: first is not None and first[name] for name in ("has", "held")}]


def source_hash():
    """Name the state of the code that estimates, so that no table mixes two."""
    files = sorted(module.__file__ for name, module in sys.modules.items() if name.startswith("ctresearch."))
    return hashlib.sha256(b"".join(Path(file).read_bytes() for file in files)).hexdigest()[:16]


def plain(row):
    """Turn numpy's values into those that JSON knows."""
    return {name: value.item() if isinstance(value, np.generic) else value for name, value in row.items()}


def run(work, bootstrap, minutes, names=METHODS):
    """Draw what is not there yet, keep each table as it is done, and return all rows."""
    CACHE.mkdir(parents=True, exist_ok=True)
    part = "" if names == METHODS else f"_{zlib.crc32('/'.join(names).encode())}"
    file = CACHE / f"{source_hash()}_{bootstrap}{part}.jsonl"
    lines = file.read_text().splitlines() if file.exists() else []
    kept = {(one["scenario"], one["number"]): one["rows"] for one in map(json.loads, lines)}
    end = time.monotonic() + 60 * minutes
    with file.open("a") as out:
        for case, number in tqdm(work, desc="Tables", mininterval=10):
            if (case.name, number) in kept:
                continue
            if time.monotonic() > end:
                break
            rows = [plain(row) for row in rows_of(case, number, bootstrap, names)]
            kept[case.name, number] = rows
            out.write(json.dumps({"scenario": case.name, "number": number, "rows": rows}) + "\n")
            out.flush()
    wanted = [(case.name, number) for case, number in work]
    return pd.DataFrame([row for one in wanted for row in kept.get(one, [])])


def share(numerator, denominator):
    """Return a share and its Monte Carlo error, NaN of nothing."""
    if not denominator:
        return np.nan, np.nan
    found = numerator / denominator
    return found, float(np.sqrt(found * (1 - found) / denominator))


def status_table(runs):
    """By scenario and method: how often it passes, and how often a pass misses."""
    rows = []
    for (half, kind, scenario, method), part in runs.groupby(["half", "kind", "scenario", "method"], sort=False):
        passed, missed = part["passed"].astype(bool), part["passed"].astype(bool) & ~part["held"]
        miss, miss_se = share(missed.sum(), passed.sum())
        said, said_se = share(passed.sum(), len(part))
        cover, cover_se = share(part["held"].sum(), part["has"].sum())
        both, both_se = share(missed.sum(), len(part))
        seen = part["differs"].astype(bool)
        seen_both, seen_se = share((missed & seen).sum(), seen.sum())
        rows.append(
            {"scenario": scenario, "half": half, "kind": kind, "method": method, "draws": len(part)}
            | {"differs": part["differs"].mean(), "coverage": cover, "coverage_se": cover_se}
            | {"passed": said, "passed_se": said_se, "passes": int(passed.sum()), "passes_that_miss": int(missed.sum())}
            | {
                "miss_among_passes": miss,
                "miss_among_passes_se": miss_se,
                "pass_and_miss": both,
                "pass_and_miss_se": both_se,
                "seen_pass_and_miss": seen_both,
                "seen_pass_and_miss_se": seen_se,
            }
        )
    return pd.DataFrame(rows)


def verdict_table(runs):
    """By scenario: what the verdict says, and how often the estimator named first holds the truth."""
    rows = []
    for (half, kind, scenario), part in runs.groupby(["half", "kind", "scenario"], sort=False):
        quoted = part[part["status"] != "do not quote"]
        cover, cover_se = share(quoted["held"].sum(), quoted["has"].sum())
        names = quoted["first"].value_counts()
        rows.append(
            {"scenario": scenario, "half": half, "kind": kind, "draws": len(part), "differs": part["differs"].mean()}
            | {one.replace(" ", "_"): (part["status"] == one).mean() for one in ("sound", "with care", "do not quote")}
            | {
                "first_has_interval": share(quoted["has"].sum(), len(quoted))[0],
                "coverage": cover,
                "coverage_se": cover_se,
            }
            | {"first": "; ".join(f"{name} {number}" for name, number in names.items())}
        )
    return pd.DataFrame(rows)


def replace_rows(file, found):
    """Write rows of some scenarios and methods anew and leave the others."""
    key = ["scenario", "method"]
    before = pd.read_csv(file, dtype=str)
    there = before[key].apply(tuple, axis=1).isin(set(found[key].apply(tuple, axis=1)))
    pd.concat([before[~there], found]).to_csv(file, index=False, lineterminator="\n")
    print(found.round(3).to_string())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--bootstrap", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=60.0)
    halves = sorted({case.half for case in CASES})
    parser.add_argument("--half", nargs="+", choices=halves, default=halves)
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    cases = [case for case in CASES if case.half in options.half]
    work = [(case, number) for number in range(options.draws) for case in cases]
    names = tuple(options.methods)
    runs = run(work, options.bootstrap, options.minutes, names)
    stamp = {
        "bootstrap": options.bootstrap,
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        **{package: version(package) for package in ("numpy", "numba", "scipy")},
    }
    if names != METHODS:
        replace_rows(options.out / "verdict_status.csv", status_table(runs).round(4).assign(**stamp))
        return
    is_verdict = runs["method"] == "verdict"
    for name, found in (
        ("verdict_status", status_table(runs[~is_verdict])),
        ("verdict", verdict_table(runs[is_verdict])),
    ):
        found.round(4).assign(**stamp).to_csv(options.out / f"{name}.csv", index=False, lineterminator="\n")
        print(found.round(3).to_string())


if __name__ == "__main__":
    main()
