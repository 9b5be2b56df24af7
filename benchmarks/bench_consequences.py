"""How fast ``HazardModel`` is beside lifelines with delayed entry, and whether both say the same.

lifelines pins an older pandas, so it lives in an environment of its own: ``python -m venv PEER``, ``PEER/bin/pip
install lifelines``, then ``python benchmarks/bench_consequences.py PEER/bin/python``. Both read the same tables and are
timed by CPU seconds in the same run, on one thread each; the figures go to ``benchmarks/results/consequences.csv``.
Ours counts the digest of the data, the tests of proportional hazards and all checks, which lifelines does not make.
"""

import argparse
import json
import os
import platform
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from ctresearch.consequences import HazardModel

OUT = Path(__file__).parent / "results" / "consequences.csv"
COLUMNS = list("abcde")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
PEER = """
import json, sys, time
import pandas as pd
from importlib.metadata import version
from lifelines import CoxPHFitter
for path in sys.argv[1:]:
    frame = pd.read_csv(path)
    start = time.process_time()
    fitter = CoxPHFitter().fit(frame, duration_col="stop", event_col="event", entry_col="entry")
    seconds = time.process_time() - start
    print(json.dumps({"coef": fitter.params_.tolist(), "seconds": seconds, "version": version("lifelines")}))
"""


def table(n, seed, digits):
    """Simulate persons who come under observation late; the fewer digits of time, the more ties."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, len(COLUMNS)))
    entry = rng.uniform(0, 2, n)
    event = entry + rng.exponential(3 * np.exp(-x @ [0.5, -0.3, 0.2, 0.0, 0.1]))
    censored = entry + rng.uniform(0, 5, n)
    stop = np.minimum(event, censored).round(digits) + 10.0**-digits
    frame = pd.DataFrame(x, columns=COLUMNS)
    return frame.assign(entry=entry.round(digits), stop=stop, event=(event < censored).astype(int))


def ours(frame):
    """Time our own fit."""
    start = time.process_time()
    result = HazardModel("+".join(COLUMNS), duration="stop", event="event", entry="entry").fit(frame)
    return result, time.process_time() - start


def main():
    """Compare on two tables and write what came."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", help="Python of an environment with lifelines")
    peer = parser.parse_args().peer
    frames = [table(n, seed, digits) for seed, (n, digits) in enumerate([(10_000, 2), (100_000, 2)])]
    ours(frames[0])
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder) / f"{i}.csv") for i in range(len(frames))]
        for frame, path in zip(frames, paths, strict=True):
            frame.to_csv(path, index=False)
        said = subprocess.run(
            [peer, "-c", PEER, *paths], check=True, capture_output=True, text=True, env=os.environ | ONE_THREAD
        ).stdout
        rows = []
        for path, line in zip(paths, said.splitlines(), strict=True):
            other, frame = json.loads(line), pd.read_csv(path)
            result, seconds = ours(frame)
            difference = np.abs(result.estimates["estimate"].to_numpy() - other["coef"]).max()
            rows.append(
                {
                    "rows": len(frame),
                    "events": result.events,
                    "event_times": len(result.baseline),
                    "largest_difference": f"{difference:.1e}",
                    "lifelines_cpu_s": round(other["seconds"], 2),
                    "ours_cpu_s": round(seconds, 3),
                    "times_faster": round(other["seconds"] / seconds, 1),
                    "date": datetime.now(UTC).date().isoformat(),
                    "python": platform.python_version(),
                    "numpy": version("numpy"),
                    "lifelines": other["version"],
                }
            )
    result = pd.DataFrame(rows)
    result.to_csv(OUT, index=False)
    print(result.to_string())


if __name__ == "__main__":
    main()
