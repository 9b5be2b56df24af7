"""How much processor time the Bayesian methods of multiple systems estimation take.

Run ``python benchmarks/bench_bayesian.py`` on a machine that does nothing else; the figures go to
``benchmarks/results/bayesian.csv``. Every task is fitted once to load the compiled code, then three times; the median
of the processor seconds is kept, with the effective draws a second where there is a sampler.
"""

import os
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import pandas as pd

from ctresearch.core.parallel import workers
from ctresearch.prevalence import BayesianThreshold, CaptureHistories, GraphicalAverage, ModelAverage

OUT = Path(__file__).parent / "results" / "bayesian.csv"
TASKS = {
    "decomposable graphs, five lists, grid of 30,000": (GraphicalAverage(unobserved_max=30_000), "uk-2013-5"),
    "decomposable graphs, six lists, grid of 30,000": (GraphicalAverage(unobserved_max=30_000), "uk-2013"),
    "decomposable graphs, eight lists, four chains": (GraphicalAverage(), "new-orleans"),
    "thresholding, six lists": (BayesianThreshold(), "uk-2013"),
    "thresholding, five lists, improper prior": (BayesianThreshold("improper"), "netherlands-5"),
    "model average, five lists, order 3": (ModelAverage(), "uk-2013-5"),
    "model average, six lists, pairs": (ModelAverage(), "uk-2013"),
}
REPEATS = 3


def measure(estimator, table):
    histories = CaptureHistories.from_published(table)
    estimator.fit(histories)
    seconds = []
    for _ in range(REPEATS):
        start = time.process_time()
        result = estimator.fit(histories)
        seconds.append(time.process_time() - start)
    taken = sorted(seconds)[REPEATS // 2]
    effective = result.posterior.loc["population"].get("ess_bulk", float("nan"))
    return taken, effective / taken


def main():
    rows = []
    with workers(1):
        for task, (estimator, table) in TASKS.items():
            taken, per_second = measure(estimator, table)
            rows.append(
                {
                    "task": task,
                    "table": table,
                    "cpu_seconds": round(taken, 4),
                    "effective_draws_per_second": round(float(per_second)) if per_second == per_second else None,
                }
            )
            print(rows[-1])
    pd.DataFrame(rows).to_csv(OUT, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
