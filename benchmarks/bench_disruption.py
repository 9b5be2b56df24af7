"""CPU seconds of the simulations of ctresearch.networks, each after one warm-up call that compiles.

Run ``python benchmarks/bench_disruption.py``; the table goes to ``benchmarks/results/disruption.csv``. The group is a
Barabasi-Albert network of 300 actors and 891 ties. ``seconds`` are CPU seconds of one process on one core.
"""

import argparse
import platform
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd

from ctresearch.core.parallel import workers
from ctresearch.networks import Recovery, deletion_bands, disrupt, latent_classes, missing_ties

OUT = Path(__file__).parent / "results" / "disruption.csv"
GROUP = nx.barabasi_albert_graph(300, 3, seed=1)


def cheating():
    counts = [207, 10, 13, 11, 7, 1, 1, 1, 46, 3, 4, 4, 5, 2, 2, 2]
    codes = np.repeat(np.arange(16), counts)
    return pd.DataFrame(codes[:, None] >> np.arange(4) & 1, columns=list("abcd"))


def tasks(runs):
    recovery = Recovery("preferential", horizon=10)
    for kind in ("degree", "betweenness", "collective_influence", "optimal"):
        name = f"{runs} runs of 10 removals by {kind} with recovery"
        yield name, lambda draws, kind=kind: disrupt(GROUP, kind, recovery, steps=10, draws=draws), runs
    yield "500 thinned networks, six centralities", lambda n: deletion_bands(GROUP, rates=[0.3], draws=n), 500
    yield "2000 completed networks by a block model", lambda n: missing_ties(GROUP, 0.3, draws=n), 2000
    yield "latent classes, k=2, 20 starts, 319 by 4", lambda n: latent_classes(cheating(), classes=2, starts=n), 20


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000)
    options = parser.parse_args()
    rows = []
    with workers(1):
        for name, task, size in tasks(options.runs):
            task(max(2, size // 50) if "2000" not in name else 40)
            began = time.process_time()
            task(size)
            rows.append({"task": name, "seconds": round(time.process_time() - began, 3)})
            print(rows[-1], flush=True)
    stamp = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "numba": version("numba"),
    }
    OUT.parent.mkdir(exist_ok=True)
    pd.DataFrame(rows).assign(**stamp).to_csv(OUT, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
