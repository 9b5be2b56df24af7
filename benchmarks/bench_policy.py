"""Panels and their regressions beside pyfixest, in one run: ``python benchmarks/bench_policy.py``.

200,000 rows: 20,000 units by 10 periods, three regressors, unit and period effects, errors by unit. Times are CPU
seconds of one thread, the median of five after a first call (which compiles pyfixest's kernels). Weights of a two-way
model and reading the table have no peer there.
"""

import csv
import time
import warnings
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from ctresearch.policy import Panel, PanelRegression, TwoWayWeights

OUT = Path(__file__).parent / "results" / "policy.csv"


def timed(run, times=5):
    run()
    taken = []
    for _ in range(times):
        start = time.process_time()
        run()
        taken.append(time.process_time() - start)
    return float(np.median(taken))


def main():
    import pyfixest as pf

    warnings.simplefilter("ignore")
    rng, units, periods = np.random.default_rng(1), 20_000, 10
    frame = pd.DataFrame({"u": np.repeat(np.arange(units), periods), "t": np.tile(np.arange(periods), units)})
    law = rng.choice([3.0, 6.0, np.nan], units)
    frame["law"] = np.repeat(law, periods)
    frame["d"] = (frame["t"] >= frame["law"]).astype(float)
    frame["x"], frame["z"] = rng.normal(size=(2, len(frame)))
    frame["y"] = 0.3 * frame["d"] + 0.5 * frame["x"] + rng.normal(size=len(frame))
    roles = {"unit": "u", "time": "t", "outcome": "y", "outcome_kind": "response"}

    def read():
        return Panel.from_frame(frame, **roles, adopted="law", covariates=["x", "z"])

    panel = read()
    ragged_frame = frame[rng.random(len(frame)) > 0.3]
    ragged = Panel.from_frame(ragged_frame, **roles, adopted="law", covariates=["x", "z"])
    cluster = {"CRV1": "u"}
    rows = []
    for words, table, data in (("balanced", frame, panel), ("a third missing", ragged_frame, ragged)):
        ours = timed(lambda data=data: PanelRegression(["x", "z", "treatment"]).fit(data))
        theirs = timed(lambda table=table: pf.feols("y ~ x + z + d | u + t", table, vcov=cluster, fixef_rm="none"))
        rows.append((f"regression, {words}, with its check of comparisons", ours, theirs))
    rows += [
        ("reading the table", timed(read), np.nan),
        ("weights of a two-way model", timed(lambda: TwoWayWeights().fit(panel)), np.nan),
    ]
    about = [f"{datetime.now(UTC):%Y-%m-%d}", version("numpy"), version("pyfixest")]
    with OUT.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["what", "rows", "ctresearch_cpu_s", "pyfixest_cpu_s", "ratio", "day", "numpy", "pyfixest"])
        for what, ours, theirs in rows:
            line = [what, units * periods, f"{ours:.3f}", f"{theirs:.3f}", f"{ours / theirs:.2f}", *about]
            writer.writerow(line)
            print(line)


if __name__ == "__main__":
    main()
