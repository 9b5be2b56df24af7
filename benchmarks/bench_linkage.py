"""Time and memory of linking lists of invented persons, with the precision and recall that come of it.

Run ``python benchmarks/bench_linkage.py``; the table goes to ``benchmarks/results/linkage.csv``. Each size runs in a
process of its own, so that its peak of memory is its own. Three lists of 50,000 must be linked in 300 s and 4 GB.
"""

import argparse
import json
import platform
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

OUT = Path(__file__).parent / "results" / "linkage.csv"
SIZES = (1_000, 10_000, 50_000)
INCLUSION = 0.4


def one_size(records, draws):
    from ctresearch.core.parallel import workers
    from ctresearch.data import link
    from ctresearch.data.synthetic import person_lists

    made = person_lists(n=round(records / INCLUSION), inclusion=INCLUSION, seed=1)
    wall, cpu = time.perf_counter(), time.process_time()
    with workers(1):
        linked = link(
            made.tables,
            purpose="time and memory of linkage",
            key=b"k" * 32,
            also=["sex", "nationality"],
            draws=draws,
            separation_from_enforcement="invented people, of whom no office knows",
            seed=1,
        )
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    rates = linked.error.estimates["estimate"]
    return {
        "records_a_list": round(float(np.mean([len(table) for table in made.tables.values()]))),
        "lists": len(made.tables),
        "draws": draws,
        "wall_s": round(wall, 1),
        "cpu_s": round(cpu, 1),
        "peak_gb": round(peak, 2),
        "persons_true": made.truth["observed"],
        "persons_found": int(linked.counts["count"].sum()),
        "expected_precision": round(1 - float(rates["false_match_rate"]), 5),
        "expected_recall": round((1 - float(rates["missed_match_rate"])) * (1 - float(rates["missed_by_blocking"])), 5),
        **true_rates(made),
    }


def true_rates(made):
    """Link once more, where the records can be seen, and hold the pairs against the truth."""
    from ctresearch.data.linkage.codes import Coder, Columns, code_list
    from ctresearch.data.linkage.divide import divide
    from ctresearch.data.linkage.linkage_error import linkage_error

    columns = Columns("given_name", "family_name", "birth_date", ("sex", "nationality"))
    coder = Coder(b"k" * 32, "precision and recall")
    coded = {name: code_list(name, table, columns, coder) for name, table in made.tables.items()}
    found = divide(coded, also=2, draws=2, one_per_list=True, seed=1)
    error = linkage_error(found.best, [np.array(made.truth["persons"])])
    return {
        "precision": round(1 - float(error.false_matches[0]), 5),
        "recall": round(1 - float(error.missed_matches[0]), 5),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--one", type=int)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(one_size(options.one, options.draws)))
        return
    rows = []
    for size in SIZES:
        command = [sys.executable, __file__, "--one", str(size), "--draws", str(options.draws)]
        run = subprocess.run(command, check=True, capture_output=True, text=True)
        rows.append(json.loads(run.stdout.splitlines()[-1]))
    stamp = {"date": datetime.now(UTC).date().isoformat(), "python": platform.python_version()}
    stamp |= {package: version(package) for package in ("numpy", "splink", "duckdb")}
    options.out.parent.mkdir(exist_ok=True)
    frame = pd.DataFrame(rows).assign(**stamp)
    frame.to_csv(options.out, index=False, lineterminator="\n")
    print(frame.to_string(index=False))


if __name__ == "__main__":
    main()
