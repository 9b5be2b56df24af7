"""CPU seconds of the network methods, beside plain networkx on the same graph in the same run.

Run ``python benchmarks/bench_networks.py``; the figures go to ``benchmarks/results/networks.csv``. Times are CPU
seconds of this process, the best of some repeats after a first call that loads the compiled code; networks are made
beforehand, with their arrays kept, as they are from the second method on. A limit is in seconds or, where a peer is
named, in times faster.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from ctresearch.networks import CriminalNetwork, backbone, centrality, core_periphery, describe, groups, key_players

OUT = Path(__file__).parent / "results" / "networks.csv"
REPEATS = 5


@dataclass(frozen=True)
class Task:
    """One thing that is timed: ours, its limit in seconds, the peer, and how many times faster ours must be."""

    ours: Callable[[], Any]
    seconds: float | None = None
    peer: Callable[[], Any] | None = None
    times: float | None = None


def attendances() -> pd.DataFrame:
    """Make 156 actors attend 47 events, some of both busier than others."""
    rng = np.random.default_rng(1)
    chance = np.clip(0.1 * rng.gamma(2, 0.5, (156, 1)) * rng.gamma(2, 0.5, (1, 47)) + 0.02, 0, 0.95)
    who, where = np.nonzero(rng.random((156, 47)) < chance)
    return pd.DataFrame({"who": who, "where": where})


def tasks() -> dict[str, Task]:
    """List what is timed."""
    graph = nx.barabasi_albert_graph(1000, 3, seed=1)
    network = CriminalNetwork.from_graph(graph)
    small = CriminalNetwork.from_graph(nx.barabasi_albert_graph(110, 2, seed=3))
    few = CriminalNetwork.from_graph(nx.barabasi_albert_graph(300, 2, seed=2))
    attended = CriminalNetwork.from_incidence(attendances(), actor="who", event="where")
    return {
        "betweenness, n=1,000": Task(
            lambda: centrality(network, "betweenness"), None, lambda: nx.betweenness_centrality(graph), 15
        ),
        "constraint, n=1,000": Task(lambda: centrality(network, "constraint"), None, lambda: nx.constraint(graph), 10),
        "key players, greedy, k=5, n=1,000": Task(lambda: key_players(network, 5, search="greedy"), 0.02),
        "key players, exact, k=3, n=110": Task(lambda: key_players(small, 3, effort=20_000), 5),
        "key players by distance, exact, k=3, n=110": Task(
            lambda: key_players(small, 3, "distance_fragmentation", effort=20_000), 5
        ),
        "key players, exact, k=4, n=300": Task(lambda: key_players(few, 4, effort=20_000)),
        "core and periphery, star, n=110": Task(lambda: core_periphery(small, "star", effort=20_000)),
        "exact SDSM, 156 by 47": Task(lambda: backbone(attended, "sdsm"), 0.5),
        "groups, 20 runs, n=1,000": Task(lambda: groups(network)),
        "description, n=1,000": Task(lambda: describe(network)),
    }


def cpu(work: Callable[[], Any], repeats: int) -> float:
    """Give the least CPU seconds of some repeats."""
    found = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def measure(task: Task, repeats: int) -> dict[str, float]:
    """Time one task, and its peer twice."""
    task.ours()
    ours = cpu(task.ours, repeats)
    peer = cpu(task.peer, 2) if task.peer else np.nan
    return {
        "seconds": ours,
        "limit_seconds": task.seconds or np.nan,
        "networkx_seconds": peer,
        "times_faster": peer / ours,
        "limit_times": task.times or np.nan,
    }


def main() -> None:
    """Time everything and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    rows = {name: measure(task, options.repeats) for name, task in tasks().items()}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("task").round(5)
    table["date"] = datetime.now(UTC).date().isoformat()
    for package in ("networkx", "igraph", "numba", "numpy"):
        table[package] = version(package)
    table.to_csv(options.out)
    print(table.iloc[:, :5].to_string())


if __name__ == "__main__":
    main()
