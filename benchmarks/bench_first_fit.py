"""What the first log-linear fit of a process costs beside the second, with warm caches, and with none at all.

Run ``python benchmarks/bench_first_fit.py [OLDER]`` on a machine that does nothing else; ``OLDER`` is a checkout of an
older version, measured in turns with this one. The figures go to ``benchmarks/results/first_fit.csv``. Every process
imports numpy, pandas and numba before the clock starts and has one worker; CPU seconds are counted, and of several
processes the least is told, since whatever else the machine does only adds. Beside it stands what any compiled function
costs on its first call, however small: numba loads its registries and scipy's linear algebra then. A fresh environment
has nothing compiled: its first fit compiles what it needs, and what numba needs of its own.
"""

import csv
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "benchmarks" / "results" / "first_fit.csv"
REPEATS = 4
FIT = """
import time, numpy, pandas, numba
from ctresearch.prevalence import CaptureHistories, LogLinear
table = CaptureHistories.from_published("uk-2013")
times = []
for _ in range(2):
    began = time.process_time()
    LogLinear("bic").fit(table)
    times.append(time.process_time() - began)
print(*times)
"""
PEER = """
import time, numpy, pandas, numba
import tiny
began = time.process_time()
tiny.double(numpy.ones(3))
print(time.process_time() - began)
"""
IMPORTS = """
import time
began = time.process_time()
import numpy, pandas, numba
print(time.process_time() - began)
"""
TINY = "import numba\n@numba.njit(cache=True)\ndef double(x):\n    return 2 * x\n"


def run(code, source, folder, cache=None):
    """Return the seconds that a fresh process prints, with a cache of kernels of its own where one is given."""
    variables = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    variables |= {} if cache is None else {"XDG_CACHE_HOME": cache}
    variables |= {"PYTHONPATH": os.pathsep.join([str(source / "src"), folder]), "CTRESEARCH_JOBS": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]


def main():
    """Measure in turns and write the table."""
    sources = {"this version": ROOT} | ({"the version before": Path(sys.argv[1])} if len(sys.argv) > 1 else {})
    kept = {}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "tiny.py").write_text(TINY)
        for turn in range(REPEATS + 1):  # the first fills the caches
            found = {
                "import numpy, pandas, numba": run(IMPORTS, ROOT, folder),
                "a tiny function of numba": run(PEER, ROOT, folder),
            }
            found |= {name: run(FIT, source, folder) for name, source in sources.items()}
            for name, source in sources.items():
                with tempfile.TemporaryDirectory() as empty:
                    found[f"{name}: first fit, nothing compiled"] = run(FIT, source, folder, empty)[:1]
            if turn:
                kept = {
                    name: [min(pair) for pair in zip(times, kept.get(name, times), strict=True)]
                    for name, times in found.items()
                }
    rows = []
    for name, times in kept.items():
        if len(times) == 1:
            rows.append((name, times[0], "s", "at most 5" if "nothing compiled" in name else ""))
            continue
        first, second = times
        rows += [
            (f"{name}: first fit", first, "s", "below 1"),
            (f"{name}: second fit", second, "s", ""),
            (f"{name}: first over second", first / second, "ratio", "at most 4"),
        ]
    known = [
        datetime.now(UTC).date().isoformat(),
        platform.python_version(),
        os.cpu_count(),
        f"{os.getloadavg()[0]:.2f}",
        *(version(one) for one in ("ctresearch", "numba", "scipy")),
    ]
    with OUT.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ["what", "value", "unit", "limit", "date", "python", "cores", "load", "ctresearch", "numba", "scipy"]
        )
        writer.writerows([what, f"{value:.3f}", unit, limit, *known] for what, value, unit, limit in rows)
    print(OUT.read_text())


if __name__ == "__main__":
    began = time.monotonic()
    main()
    print(f"{time.monotonic() - began:.0f} s")
