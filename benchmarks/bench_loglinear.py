"""How fast log-linear models are, beside a plain loop of statsmodels GLM over the same models.

Run ``python benchmarks/bench_loglinear.py`` on a machine that does nothing else; the figures go to
``benchmarks/results/loglinear.csv``. Every task runs in a process of its own, after one small fit that loads the
compiled code, and reports seconds and peak memory. The peer fits a sample of the models, in the same run; its seconds
are scaled to all of them. ``compile`` is the first fit of all with an empty cache.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from ctresearch.core.parallel import available_cores
from ctresearch.prevalence import CaptureHistories, LogLinear
from ctresearch.prevalence.loglinear import search
from ctresearch.prevalence.loglinear.hierarchy import all_models, mask_terms
from ctresearch.prevalence.loglinear.ranking import fit_models

OUT = Path(__file__).parent / "results" / "loglinear.csv"
SAMPLE = 150
REPEATS = 3


def twelve_lists():
    """Simulate a table of twelve lists."""
    rng = np.random.default_rng(1)
    seen = rng.random((10_000, 12)) < rng.uniform(0.02, 0.12, 12)
    names = [f"L{i}" for i in range(12)]
    return CaptureHistories.from_records(pd.DataFrame(seen[seen.any(axis=1)].astype(int), columns=names), lists=names)


def models(table, order):
    """Fit all models of a published table, nothing else."""
    lists = CaptureHistories.from_published(table)
    counts, masks = lists.cell_counts(), all_models(len(lists.lists), order)
    return lambda: fit_models(counts, masks)


def estimator(table, *args, **options):
    """Fit an estimator to a table."""
    lists = twelve_lists() if table == "twelve" else CaptureHistories.from_published(table)

    def work():
        search._fits.cache_clear()  # a search of this table before would be remembered
        LogLinear(*args, **options).fit(lists)

    return work


# name: what is timed, how often, limit in seconds
TASKS = {
    "uk-2013-5: all 6,212 models": (lambda: models("uk-2013-5", 3), REPEATS, 0.08),
    "uk-2013: all 32,768 models of six lists": (lambda: models("uk-2013", 2), REPEATS, 1),
    "uk-2013-5: best BIC, whole result": (lambda: estimator("uk-2013-5"), REPEATS, None),
    "uk-2013-5: 1,000 bootstraps, top 100": (
        lambda: estimator("uk-2013-5", bootstrap=1000, top_models=100),
        REPEATS,
        1,
    ),
    "uk-2013-5: 1,000 bootstraps, all 6,212": (lambda: estimator("uk-2013-5", bootstrap=1000), 1, 75),
    "uk-2013: stepwise, 1,000 bootstraps": (lambda: estimator("uk-2013", "stepwise", bootstrap=1000), REPEATS, 1.3),
    "new-orleans: stepwise, 1,000 bootstraps": (
        lambda: estimator("new-orleans", "stepwise", bootstrap=1000),
        REPEATS,
        8,
    ),
    "uk-2013: best BIC of all 7,785,061 models": (lambda: estimator("uk-2013", max_order=5), REPEATS, 60),
    "uk-2013: best AIC of all 7,785,061 models": (lambda: estimator("uk-2013", "aic", max_order=5), 1, 60),
    "uk-2013: all 7,785,061 models, 200 bootstraps": (
        lambda: estimator("uk-2013", max_order=5, bootstrap=200),
        1,
        600,
    ),
    "uk-2013: 1,000 bootstraps, all 32,768": (lambda: estimator("uk-2013", bootstrap=1000), 1, 60),
    "twelve lists: downhill BIC": (lambda: estimator("twelve"), REPEATS, None),
}
MEMORY_LIMIT = 600
COMPILE_LIMIT = 15


def measure(name):
    """Time one task in this process and print what it took."""
    LogLinear(bootstrap=1).fit(CaptureHistories.from_published("korea"))
    make, repeats, _ = TASKS[name]
    work = make()
    work() if repeats > 1 else None
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    print(json.dumps({"seconds": min(seconds), "peak_mb": peak}))


def measure_compilation():
    """Time the first fit of all and print what it took."""
    table = CaptureHistories.from_published("korea")
    start = time.perf_counter()
    LogLinear(bootstrap=1).fit(table)
    LogLinear("stepwise", bootstrap=1).fit(table)
    print(json.dumps({"seconds": time.perf_counter() - start, "peak_mb": None}))


def peer(table, order):
    """Time a plain loop of GLM over a sample of the models, scaled to all of them."""
    import statsmodels.api as sm

    lists = CaptureHistories.from_published(table)
    counts, masks = lists.cell_counts(), all_models(len(lists.lists), order)
    cells = np.arange(1, counts.size)
    chosen = np.random.default_rng(1).choice(masks, SAMPLE, replace=False)
    start = time.perf_counter()
    with np.errstate(all="ignore"):
        for mask in chosen:
            terms = mask_terms(mask)
            design = ((terms[None, :] & ~cells[:, None]) == 0).astype(float)
            sm.GLM(counts[1:], design, family=sm.families.Poisson()).fit()
    return (time.perf_counter() - start) / SAMPLE * len(masks)


def run(*arguments, **environment):
    """Run this file for one task in a process of its own."""
    command = [sys.executable, __file__, *arguments]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--task", help="time one task in this process")
    parser.add_argument("--compilation", action="store_true", help="time the first fit in this process")
    options = parser.parse_args()
    if options.compilation:
        return measure_compilation()
    if options.task:
        return measure(options.task)
    with tempfile.TemporaryDirectory() as empty:
        rows = [{"task": "compile", "limit": COMPILE_LIMIT} | run("--compilation", XDG_CACHE_HOME=empty)]
    for name, (_, _, limit) in TASKS.items():
        rows.append({"task": name, "limit": limit} | run("--task", name))
    for row, table, order in ((rows[1], "uk-2013-5", 3), (rows[2], "uk-2013", 2)):
        row["statsmodels_seconds"] = peer(table, order)
        row["times_faster"] = row["statsmodels_seconds"] / row["seconds"]
    stamp = {
        "cores": available_cores(),
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        **{package: version(package) for package in ("numpy", "numba", "statsmodels")},
    }
    frame = pd.DataFrame(rows).round(3).assign(**stamp)
    OUT.parent.mkdir(exist_ok=True)
    frame.to_csv(OUT, index=False, lineterminator="\n")
    print(frame.iloc[:, :6].to_string(index=False))
    slow = frame[(frame["seconds"] > frame["limit"]) | (frame["peak_mb"] > MEMORY_LIMIT)]
    return f"over the limit: {', '.join(slow['task'])}" if len(slow) else 0


if __name__ == "__main__":
    sys.exit(main())
