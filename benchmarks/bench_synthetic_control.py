"""Time of a synthetic control with 38 donors, all its placebos and donors left out, beside pysyncon where it is installed.

Run ``python benchmarks/bench_synthetic_control.py``; the table goes to ``benchmarks/results/synthetic_control.csv``. Seconds
of processor time, the best of three after one run that compiles; pysyncon makes one fit and no placebo.
"""

import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from ctresearch.policy import SyntheticControl, SyntheticDifference
from ctresearch.stats.pooling.many import pool_many
from synthetic_panels import long_table, panel

OUT = Path(__file__).parent / "results" / "synthetic_control.csv"


def seconds(work, times=3):
    """Return the least processor time of some runs, after one that compiles."""
    work()
    spent = []
    for _ in range(times):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return round(min(spent), 3)


def peer():
    """Fit pysyncon's synthetic control and its augmented one once."""
    from pysyncon import AugSynth, Dataprep, Synth

    table = long_table()
    others = [name for name in table["state"].unique() if name != "California"]
    prepared = Dataprep(
        foo=table,
        predictors=[],
        predictors_op="mean",
        time_predictors_prior=range(1970, 1989),
        special_predictors=[("packs", [year], "mean") for year in range(1970, 1989)],
        dependent="packs",
        unit_variable="state",
        time_variable="year",
        treatment_identifier="California",
        controls_identifier=others,
        time_optimize_ssr=range(1970, 1989),
    )
    spent = {}
    for kind in (Synth, AugSynth):
        start = time.process_time()
        kind().fit(dataprep=prepared)
        spent[f"pysyncon {kind.__name__}, one fit"] = round(time.process_time() - start, 3)
    return spent


def main():
    made = panel()
    predictors = [("outcome", year, year) for year in (1975, 1980, 1988)] + [("outcome", 1970, 1988)]
    rng = np.random.default_rng(1)
    y, v = rng.normal(size=(10_000, 12)), rng.uniform(0.05, 1.0, (10_000, 12))
    spent = {
        "SyntheticControl, 38 placebos": seconds(lambda: SyntheticControl().fit(made)),
        "SyntheticControl, 4 predictors, nested, 38 placebos": seconds(
            lambda: SyntheticControl(predictors=predictors).fit(made)
        ),
        "SyntheticControl, augmented, 38 placebos": seconds(lambda: SyntheticControl(method="augmented").fit(made)),
        "SyntheticDifference, 38 placebos": seconds(lambda: SyntheticDifference().fit(made)),
        "pool_many, REML of 10,000 outcomes of 12 studies": seconds(lambda: pool_many(y, v)),
    }
    try:
        spent |= peer()
    except ImportError:
        print("pysyncon is not installed: its rows are left out")
    about = {"day": f"{datetime.now(UTC):%Y-%m-%d}", "numpy": version("numpy"), "numba": version("numba")}
    table = pd.DataFrame({"what": list(spent), "cpu_seconds": list(spent.values())}).assign(**about)
    table.to_csv(OUT, index=False, lineterminator="\n")
    print(table.to_string())


if __name__ == "__main__":
    main()
