"""How fast ``risk`` is beside pycanon, and whether both say the same.

pycanon pins older libraries, so it lives in an environment of its own: ``python -m venv PEER``, ``PEER/bin/pip install
pycanon``, then ``python benchmarks/bench_risk.py PEER/bin/python``. Both read the same tables and are timed by CPU
seconds in the same run; the figures go to ``benchmarks/results/risk.csv``. ``risk`` also reports uniques and all rare
combinations of up to three columns, which pycanon does not; it is timed with them and without.
"""

import argparse
import json
import platform
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from ctresearch.privacy import risk

OUT = Path(__file__).parent / "results" / "risk.csv"
QUASI = ["year", "sex", "age", "citizenship", "country"]
SENSITIVE = ["sexual", "months"]
SIZES = {"year": 20, "sex": 3, "age": 9, "citizenship": 20, "country": 17, "sexual": 2, "months": 4}
PEER = """
import json, sys, time
import pandas as pd
from importlib.metadata import version
from pycanon import anonymity
for path in sys.argv[1:]:
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    quasi, sensitive = list(frame.columns[:5]), list(frame.columns[5:])
    start = time.process_time()
    k = anonymity.k_anonymity(frame, quasi)
    l = [anonymity.l_diversity(frame, quasi, [s]) for s in sensitive]
    t = [anonymity.t_closeness(frame, quasi, [s]) for s in sensitive]
    seconds = time.process_time() - start
    print(json.dumps({"k": int(k), "l": list(map(int, l)), "t": list(map(float, t)), "seconds": seconds, "version": version("pycanon")}))
"""


def table(n, seed, skew):
    """Simulate records whose categories are the more uneven the smaller ``skew`` is."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({c: rng.choice(k, n, p=rng.dirichlet(np.full(k, skew))).astype(str) for c, k in SIZES.items()})


def ours(frame, combination):
    """Time our own report."""
    start = time.process_time()
    report = risk(frame, QUASI, sensitive=SENSITIVE, max_combination=combination)
    return report, time.process_time() - start


def main():
    """Compare on five tables and write what came."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", help="Python of an environment with pycanon")
    peer = parser.parse_args().peer
    frames = [
        table(n, seed, skew)
        for seed, (n, skew) in enumerate([(500, 1), (2000, 0.3), (5000, 0.1), (20000, 1), (20000, 0.1)])
    ]
    ours(frames[0], 3)
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder) / f"{i}.csv") for i in range(len(frames))]
        for frame, path in zip(frames, paths, strict=True):
            frame.to_csv(path, index=False)
        said = subprocess.run([peer, "-c", PEER, *paths], check=True, capture_output=True, text=True).stdout
    rows = []
    for frame, line in zip(frames, said.splitlines(), strict=True):
        other, (report, short), (_, whole) = json.loads(line), ours(frame, 1), ours(frame, 3)
        mine = [report.k, *report.l_diversity.values(), *report.t_closeness.values()]
        difference = max(abs(a - b) for a, b in zip(mine, [other["k"], *other["l"], *other["t"]], strict=True))
        rows.append(
            {
                "rows": len(frame),
                "k": report.k,
                "t": round(max(report.t_closeness.values()), 4),
                "largest_difference": f"{difference:.1e}",
                "pycanon_cpu_s": round(other["seconds"], 3),
                "risk_cpu_s": round(short, 4),
                "risk_with_combinations_cpu_s": round(whole, 4),
                "times_faster": round(other["seconds"] / short, 1),
                "times_faster_with_combinations": round(other["seconds"] / whole, 1),
                "date": datetime.now(UTC).date().isoformat(),
                "python": platform.python_version(),
                "pandas": version("pandas"),
                "pycanon": other["version"],
            }
        )
    result = pd.DataFrame(rows)
    result.to_csv(OUT, index=False)
    print(result.to_string())


if __name__ == "__main__":
    main()
