"""Speed of staggered adoption and of honest bounds: CPU seconds, beside diff-diff in the same run.

Run ``python benchmarks/bench_adoption.py`` where diff-diff is installed; the table goes to
``benchmarks/results/adoption.csv``. One million rows are 100,000 units over 10 periods with four cohorts and a covariate.
"""

import contextlib
import io
import os
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

os.environ.setdefault("OMP_NUM_THREADS", "1")

from ctresearch.policy import EventStudy, HonestBounds, Panel, StaggeredAdoption

OUT = Path(__file__).parent / "results" / "adoption.csv"
UNITS, PERIODS = 100_000, 10


def rows():
    """Invent a million rows."""
    rng = np.random.default_rng(1)
    first = rng.choice([4.0, 5.0, 6.0, 8.0, np.inf], UNITS, p=[0.1, 0.1, 0.1, 0.1, 0.6])
    x = rng.standard_normal(UNITS) + 0.3 * np.isfinite(first)
    times = np.arange(PERIODS)
    y = x[:, None] * times * 0.1 + (times >= first[:, None]) + rng.standard_normal((UNITS, PERIODS))
    return pd.DataFrame(
        {
            "unit": np.repeat(np.arange(UNITS), PERIODS),
            "time": np.tile(times, UNITS),
            "y": y.ravel(),
            "x": np.repeat(x, PERIODS),
            "law": np.repeat(np.where(np.isfinite(first), first, 0), PERIODS),
        }
    )


def timed(call, times=3):
    """Return the least CPU seconds of some calls."""
    took = []
    for _ in range(times):
        began = time.process_time()
        call()
        took.append(time.process_time() - began)
    return min(took)


def main():
    frame = rows()
    panel = Panel.from_frame(
        frame.assign(unit=frame["unit"].astype(str)), unit="unit", time="time", outcome="y", adopted="law", never=[0],
        covariates=["x"], outcome_kind="response",
    )  # fmt: skip
    out = [("doubly robust, 1e6 rows, 999 draws", "ctresearch", timed(lambda: StaggeredAdoption(draws=999).fit(panel)))]
    with contextlib.suppress(ImportError):
        from diff_diff import CallawaySantAnna

        def peer():
            with contextlib.redirect_stdout(io.StringIO()):
                CallawaySantAnna(estimation_method="dr").fit(
                    frame, outcome="y", unit="unit", time="time", first_treat="law", covariates=["x"]
                )

        out.append(("doubly robust, 1e6 rows, no draws", f"diff-diff {version('diff-diff')}", timed(peer)))
    rng = np.random.default_rng(2)
    root = rng.standard_normal((10, 10))
    study = EventStudy([*range(-6, -1), *range(5)], rng.standard_normal(10) * 0.02, root @ root.T * 1e-4)
    HonestBounds(restriction="smoothness").fit(study)  # loads what it needs
    for kind in ("relative_magnitudes", "smoothness"):
        took = timed(lambda kind=kind: HonestBounds(restriction=kind).fit(study))
        out.append((f"honest bounds, {kind.replace('_', ' ')}, 4 bounds and break-down", "ctresearch", took))
    table = pd.DataFrame(out, columns=["task", "software", "cpu_seconds"]).round(3)
    table = table.assign(day=f"{datetime.now(UTC):%Y-%m-%d}", python=sys.version.split()[0], numpy=version("numpy"))
    table.to_csv(OUT, index=False, lineterminator="\n")
    print(table.to_string())


if __name__ == "__main__":
    main()
