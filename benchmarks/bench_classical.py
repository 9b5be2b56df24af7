"""CPU seconds of the latent-class sampler, profile intervals and classical models, each with its limit.

Run ``python benchmarks/bench_classical.py`` on a machine that does nothing else; the figures go to
``benchmarks/results/classical.csv``. Every task runs once before it is timed, which loads the compiled code. The latent
classes are timed on one worker, as CPU seconds a chain of 100,000 rounds, and reported with effective draws a second.
"""

import csv
import time
from pathlib import Path

from ctresearch.core.parallel import workers
from ctresearch.prevalence import CaptureHistories, ClosedPopulation, LogLinear, WeightedAverage
from ctresearch.prevalence.closed.closed_design import closed_design
from ctresearch.prevalence.closed.closed_result import closed_profile
from ctresearch.prevalence.latent.latent_chain import Schedule, draw_chains
from ctresearch.prevalence.latent.latent_state import Prior, observed_patterns
from ctresearch.prevalence.loglinear.model_terms import read_model
from ctresearch.prevalence.loglinear.profile_interval import profile_interval
from ctresearch.stats import ess_bulk

OUT = Path(__file__).parent / "results" / "classical.csv"
UK, FIVE = (CaptureHistories.from_published(name) for name in ("uk-2013", "uk-2013-5"))
ROUNDS = 100_000
# name: what is timed, limit in CPU seconds
TASKS = {
    "uk-2013-5: profile of [123,25,34]": (
        lambda: profile_interval(FIVE.cell_counts(), read_model("[123,25,34]", FIVE.lists), 0.95),
        0.01,
    ),
    "uk-2013-5: profile of Mt": (
        lambda: closed_profile(FIVE.cell_counts(), closed_design(5, "Mt", None, 0.0), 10_700.0, 0.95),
        0.01,
    ),
    "uk-2013-5: fixed log-linear model, whole result": (
        lambda: LogLinear("fixed", model="[123,25,34]").fit(FIVE),
        None,
    ),
    "uk-2013-5: Mth Darroch, whole result": (lambda: ClosedPopulation("Mth", heterogeneity="darroch").fit(FIVE), None),
    "uk-2013-5: BIC average of 6,212 models": (lambda: WeightedAverage().fit(FIVE), None),
}
LATENT = {"uk-2013, 5 classes": (UK, 5, 0.7), "uk-2013-5, 10 classes": (FIVE, 10, None)}


def seconds(work, repeats=5):
    """Return the smallest CPU seconds of some runs, after one that does not count."""
    work()
    found = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def latent(table, classes):
    """Return CPU seconds a chain and effective draws a second."""
    patterns, prior = observed_patterns(table), Prior(0.25, 0.25)
    with workers(1):
        draw_chains(patterns, classes, prior, Schedule(100, 100, 10), chains=1, seed=0)
        start = time.process_time()
        drawn = draw_chains(patterns, classes, prior, Schedule(0, ROUNDS, 10), chains=4, seed=1).unobserved
        used = time.process_time() - start
    return used / 4, ess_bulk(drawn[:, drawn.shape[1] // 5 :]) / used


def main():
    """Time all tasks and write the table."""
    rows = [(name, seconds(work), limit, "") for name, (work, limit) in TASKS.items()]
    for name, (table, classes, limit) in LATENT.items():
        used, draws = latent(table, classes)
        rows.append(
            (f"{name}: {ROUNDS:,} rounds of latent classes", used, limit, f"{draws:.0f} effective draws a second")
        )
    with OUT.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["task", "cpu_seconds", "limit", "note"])
        writer.writerows((name, f"{used:.5f}", limit or "", note) for name, used, limit, note in rows)
    for name, used, limit, note in rows:
        print(f"{name}: {used:.4f} s" + (f" (limit {limit})" if limit else "") + (f", {note}" if note else ""))


if __name__ == "__main__":
    main()
