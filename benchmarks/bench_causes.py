"""CPU seconds and memory of effects on a million rows, and regressions a second of extreme bounds.

Run ``python benchmarks/bench_causes.py``; the figures go to ``benchmarks/results/causes.csv``. Each task runs in a
process of its own, after one small fit that loads the compiled code. Limits: doubly robust effect with 20 covariates
and 1e6 rows 5 CPU s and 3 GB, cross-fitted boosted trees on 1e5 rows 60 s, extreme bounds 50,000 regressions a second
on two cores, and 5,000 with 1,500 rows, 10 in 100 values missing and clustered errors. The peer is statsmodels' OLS,
one model at a time, in the same run.
"""

import argparse
import json
import platform
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from math import comb
from pathlib import Path

import numpy as np
import pandas as pd

from ctresearch.causes import DoublyRobustEffect, ExtremeBounds
from ctresearch.core.parallel import available_cores, workers

OUT = Path(__file__).parent / "results" / "causes.csv"
PEER_MODELS = 200


def study(rows):
    """Draw a study of 20 covariates."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(rows, 20))
    a = rng.random(rows) < 1 / (1 + np.exp(-0.3 * x[:, :5].sum(axis=1)))
    frame = pd.DataFrame(x, columns=[f"x{i}" for i in range(20)])
    return frame.assign(a=a * 1, y=a + 0.2 * x.sum(axis=1) + rng.normal(size=rows))


def effect(rows, **options):
    """Fit a doubly robust effect."""
    frame, covariates = study(rows), [f"x{i}" for i in range(20)]
    model = DoublyRobustEffect(treatment="a", outcome="y", covariates=covariates, **options)
    return lambda: model.fit(frame)


def boosted():
    """Fit a doubly robust effect with cross-fitted boosted trees."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    learner = (HistGradientBoostingRegressor(random_state=0), HistGradientBoostingClassifier(random_state=0))
    return effect(100_000, learner=learner, folds=5)


def factors(missing):
    """Draw 70 candidate factors of 1,500 country-years."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(1_500, 71)), columns=["y", *(f"x{i}" for i in range(70))])
    if missing:
        frame.iloc[:, 1:] = frame.iloc[:, 1:].mask(rng.random((1_500, 70)) < 0.1)
    return frame.assign(country=np.arange(1_500) % 150)


def bounds(missing, focus):
    """Run extreme bounds with three of the others."""
    frame = factors(missing)
    options = {"missing": "per_model", "errors": "robust", "cluster": "country"} if missing else {}
    names = [f"x{i}" for i in range(70)]
    model = ExtremeBounds(outcome="y", candidates=names, focus=names[:focus], size=3, **options)
    warm = ExtremeBounds(outcome="y", candidates=names[:4], size=3, **options)
    warm.fit(frame)
    return lambda: model.fit(frame)


def peer(missing):
    """Fit the same regressions by statsmodels, one at a time."""
    import statsmodels.api as sm

    frame = factors(missing)

    def run():
        rng = np.random.default_rng(2)
        for _ in range(PEER_MODELS):
            used = [f"x{i}" for i in rng.choice(70, 4, replace=False)]
            rows = frame[["y", *used, "country"]].dropna()
            how = {"cov_type": "cluster", "cov_kwds": {"groups": rows["country"]}} if missing else {}
            sm.OLS(rows["y"].to_numpy(), sm.add_constant(rows[used].to_numpy())).fit(**how)

    return run


# name: what is timed, how many regressions it makes
TASKS = {
    "doubly robust, 1e5 rows": (lambda: effect(100_000), 0),
    "doubly robust, 1e6 rows": (lambda: effect(1_000_000), 0),
    "doubly robust, boosted trees, 5 folds, 1e5 rows": (boosted, 0),
    "extreme bounds, complete": (lambda: bounds(False, 70), 70 * comb(69, 3)),
    "extreme bounds, missing, clustered": (lambda: bounds(True, 2), 2 * comb(69, 3)),
    "statsmodels OLS, complete": (lambda: peer(False), PEER_MODELS),
    "statsmodels OLS, missing, clustered": (lambda: peer(True), PEER_MODELS),
}


def one_task(name, jobs):
    """Time one task in this process."""
    make, regressions = TASKS[name]
    DoublyRobustEffect(treatment="a", outcome="y", covariates=["x0"]).fit(study(100))
    run = make()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    with workers(jobs):
        run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rate = {"a_cpu_second": round(regressions / cpu), "a_second": round(regressions / wall)} if regressions else {}
    return {
        "task": name,
        "jobs": jobs,
        "cpu_s": round(cpu, 3),
        "wall_s": round(wall, 3),
        "peak_gb": round(peak / 2**20, 2),
        "before_gb": round(before / 2**20, 2),
        "regressions": regressions,
        **rate,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", choices=list(TASKS))
    parser.add_argument("--jobs", type=int, default=available_cores())
    chosen = parser.parse_args()
    if chosen.task:
        print(json.dumps(one_task(chosen.task, chosen.jobs)))
        return
    about = {"python": platform.python_version(), "numpy": version("numpy"), "statsmodels": version("statsmodels")}
    OUT.parent.mkdir(exist_ok=True)
    rows = []
    for name in TASKS:
        command = [sys.executable, __file__, "--task", name, "--jobs", str(chosen.jobs)]
        rows.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
        table = pd.DataFrame(rows).assign(**about, day=f"{datetime.now(UTC):%Y-%m-%d}")
        table.to_csv(OUT, index=False, lineterminator="\n")
        print(rows[-1], flush=True)


if __name__ == "__main__":
    main()
