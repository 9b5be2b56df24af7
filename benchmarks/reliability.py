"""How reliable every method is: bias, coverage and length of intervals in six scenarios of four lists.

Run ``python benchmarks/reliability.py``; the table goes to ``benchmarks/results/reliability.csv``. Work is cut into
batches of ten populations, each kept in ``.cache/reliability`` under a hash of the code in use, so a run that was
stopped goes on where it was, and one that asks for more populations adds to those there are. The whole, 500 populations
a scenario and 100 for the two methods that sample for seconds, takes under an hour and a half of one quiet core;
``--minutes`` stops it sooner, and ``populations`` in the table says how far it came. Methods in ``SLOW`` see the first
populations that the others see. Numbers that end in ``_se`` are Monte Carlo errors.
"""

import argparse
import hashlib
import platform
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from ctresearch.prevalence import default_methods, simulate_coverage
from ctresearch.prevalence.simulation.coverage_simulation_result import performance_table
from ctresearch.prevalence.simulation.scenarios import SCENARIOS

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "benchmarks" / "results" / "reliability.csv"
CACHE = ROOT / ".cache" / "reliability"
SEED, LISTS, BATCH, BOOTSTRAP = 20221, 4, 10, 200
SLOW = ("Latent classes", "Model average")


def source_hash():
    """Name the state of the code that estimates, so that no table mixes two."""
    files = sorted(module.__file__ for name, module in sys.modules.items() if name.startswith("ctresearch."))
    return hashlib.sha256(b"".join(Path(file).read_bytes() for file in files)).hexdigest()[:16]


def batches(populations, slow_populations, fast):
    """List the work, all scenarios in turn, so that a run that is stopped has about as many populations of each."""
    for number in range(-(-max(populations, slow_populations) // BATCH)):
        for position, scenario in enumerate(SCENARIOS):
            for speed, names, most in (("fast", fast, populations), ("slow", SLOW, slow_populations)):
                if number * BATCH < most:
                    yield number, position, scenario, speed, names


def run(folder, number, position, scenario, speed, names, jobs):
    """Simulate one batch, or read it if it is there."""
    file = folder / f"{scenario}_{speed}_{number:03d}.csv"
    if not file.exists():
        seed = np.random.SeedSequence(SEED, spawn_key=(position, number))
        found = simulate_coverage(scenario, list(names), replications=BATCH, bootstrap=BOOTSTRAP, seed=seed, jobs=jobs)
        whole = file.with_suffix(".part")
        found.runs.to_csv(whole, index=False, lineterminator="\n")
        whole.rename(file)
    return pd.read_csv(file)


def table(runs, order):
    """Measure every method, and stamp the table."""
    found = performance_table(runs).reindex(
        pd.MultiIndex.from_product([SCENARIOS, order], names=["scenario", "method"])
    )
    found = found[found["populations"].notna()]
    whole = ["truth", "populations", "with_estimate", "with_interval", "below", "above"]
    found[whole] = found[whole].astype(int)
    stamp = {
        "bootstrap": BOOTSTRAP,
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        **{package: version(package) for package in ("numpy", "numba", "scipy")},
    }
    return found.round(4).assign(**stamp)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--populations", type=int, default=500)
    parser.add_argument("--slow-populations", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=240.0)
    parser.add_argument("--jobs", type=int, default=None)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    folder = CACHE / source_hash()
    folder.mkdir(parents=True, exist_ok=True)
    names = [name for name in default_methods(LISTS) if name != "Chapman"]
    work = list(batches(options.populations, options.slow_populations, [name for name in names if name not in SLOW]))
    end, runs = time.monotonic() + 60 * options.minutes, []
    for one in tqdm(work, desc="Batches of ten populations"):
        if time.monotonic() > end:
            break
        runs.append(run(folder, *one, options.jobs))
    found = table(pd.concat(runs, ignore_index=True), names)
    options.out.parent.mkdir(exist_ok=True)
    found.to_csv(options.out, lineterminator="\n")
    print(found[["populations", "with_interval", "median_bias", "coverage", "coverage_se", "length"]].to_string())


if __name__ == "__main__":
    main()
