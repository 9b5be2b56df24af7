"""What is found in the files that the sources publish, which this project may not hand on.

Download a file from its source and run ``python benchmarks/load_published_files.py SOURCE=FILE ...``; the figures go to
``benchmarks/results/published_files.csv``: rows, columns, counts known by an upper bound only, violations by column and
rule, repairs, and the SHA-256 of the file they hold for.
"""

import hashlib
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from ctresearch.data import load

OUT = Path(__file__).parent / "results" / "published_files.csv"


def figures(source, path):
    """Load one file and count what was found."""
    loaded = load(path, source)
    report = loaded.report
    added = {"low", "high", "Category_iso3"} & set(loaded.frame.columns)
    return {
        "source": source,
        "file": path.name,
        "rows": report.rows,
        "columns": loaded.frame.shape[1] - len(added),
        "censored": report.censored,
        "censored_share": round(report.censored / report.rows, 4),
        "violations": report.n_violations,
        "which": "; ".join(f"{c} {rule} {n}" for c, rule, n in report.counts.itertuples(index=False)),
        "repaired_rows": int(report.repairs.dropna(subset="repaired")["n"].sum()),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }


def main():
    pairs = [argument.partition("=") for argument in sys.argv[1:]]
    if not pairs or not all(path for _, _, path in pairs):
        return "usage: python benchmarks/load_published_files.py SOURCE=FILE ..."
    stamp = {"date": datetime.now(UTC).date().isoformat(), "pandas": version("pandas")}
    frame = pd.DataFrame([figures(source, Path(path)) for source, _, path in pairs]).assign(**stamp)
    OUT.parent.mkdir(exist_ok=True)
    frame.to_csv(OUT, index=False, lineterminator="\n")
    print(frame.iloc[:, :9].to_string(index=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
