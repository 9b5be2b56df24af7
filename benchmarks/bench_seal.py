"""What a seal costs: a kernel on each rung of the ladder, beside the same fork without any.

Writes ``benchmarks/results/seal.csv``: milliseconds by the clock until a kernel is sealed and on its way, processor
milliseconds that the fork took more than one without a seal, and CPU seconds of a notebook with one trivial cell, each as
the median of some turns. A ratio is the median over turns of a rung to the fork without a seal just before it, so that
what else the machine does falls on both; processor time a busy machine leaves alone.

Run: python benchmarks/bench_seal.py
"""

import csv
import datetime as dt
import os
import platform
import statistics
import time
from pathlib import Path

from ctresearch.studies.asked.manifest import Limits
from ctresearch.studies.kernel import engine, landlock
from ctresearch.studies.kernel.engine import Execution
from ctresearch.studies.kernel.forked_kernel import ForkedKernel, kernel_server
from ctresearch.studies.kernel.kernel import bare, environment, private_folder
from ctresearch.studies.kernel.seal import RUNGS

TURNS = 15
NONE = ""
RESULTS = Path(__file__).parent / "results" / "seal.csv"
CELL = {"cell_type": "code", "source": "1", "metadata": {}, "outputs": [], "execution_count": None, "id": "a"}
NOTEBOOK = {"cells": [CELL], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def start(rung):
    """Time a fork until it is sealed; the kernel itself says its version and ends. Clock and processor, in ms."""
    server = kernel_server(os.getpid(), bare()["PYTHONPATH"])
    with private_folder() as private:
        asked = {"seal": {**Execution(private, {}, Limits()).asked(), "rungs": [rung]}}
        began = time.perf_counter()
        kernel = ForkedKernel(server, ["kernel", "--version"], {}, str(private / "work"), os.devnull, more=asked)
        took = 1000 * (time.perf_counter() - began)
        kernel.wait()
    return took, 1000 * kernel.cpu_seconds


def notebook_seconds(rung):
    """Take the CPU seconds of a kernel that runs one trivial cell."""
    engine.rungs = lambda cluster: (rung,)
    with private_folder() as private:
        execution = Execution(private, environment(private, private), Limits())
        execution.run(NOTEBOOK)
    return execution.cpu_seconds


def ratio(one, other):
    """Take the median of the ratios of pairs."""
    return statistics.median(first / second for first, second in zip(one, other, strict=True))


def main():
    """Measure and write the table."""
    rungs = [NONE, *RUNGS]
    times, forks, used = ({rung: [] for rung in rungs} for _ in range(3))
    for turn in range(TURNS + 1):
        for rung in rungs:
            (clock, processor), notebook = start(rung), notebook_seconds(rung)
            if turn:  # the first turn is warm-up
                times[rung].append(clock)
                forks[rung].append(processor)
                used[rung].append(notebook)
    rows = []
    for rung in rungs:
        sealing = [one - other for one, other in zip(forks[rung], forks[NONE], strict=True)]
        rows.append(
            {
                "rung": rung or "none",
                "start_ms": round(statistics.median(times[rung]), 2),
                "start_ratio": round(ratio(times[rung], times[NONE]), 2),
                "seal_cpu_ms": round(statistics.median(sealing), 2),
                "notebook_cpu_s": round(statistics.median(used[rung]), 3),
                "notebook_ratio": round(ratio(used[rung], used[NONE]), 2),
                "turns": TURNS,
                "load": round(os.getloadavg()[0], 1),
                "landlock": landlock.version(),
                "date": dt.datetime.now(dt.UTC).date().isoformat(),
                "python": platform.python_version(),
                "system": platform.release(),
            }
        )
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(RESULTS.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
