"""How fast a case table is held to its schema, beside row-by-row pydantic on the same rules.

Run ``python benchmarks/bench_validation.py``; the figures go to ``benchmarks/results/validation.csv``. The table has
20,000 rows and 27 columns and is drawn here; 105 wrong cells of 20 kinds are planted, and both must find exactly those.
Both start from the same table of text and end with the list of row and column. Times are seconds of this process's CPU,
the best of several runs, so that the ratio holds on a machine that does other things too; the memory of 5 million rows
is that of a process of its own.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from ctresearch.core.parallel import available_cores
from ctresearch.data import schema, validate_file
from ctresearch.data.contents.countries import countries
from ctresearch.data.sources.check import check_table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "data"))
from test_seeded_violations import clean_table, spoil  # the same table as the tests use

OUT = Path(__file__).parent / "results" / "validation.csv"
SOURCE = "ctdc-synthetic"
REPEATS = 5
LIMIT = 5
MILLIONS = 5


def pydantic_model():
    """Build a model with the rules of the schema, in pydantic's fastest terms (literals and ranges)."""
    from typing import Annotated, Literal

    from pydantic import BeforeValidator, Field, create_model

    def blank(value):
        """Take a blank as missing."""
        return value or None

    codes = tuple(countries()["alpha3"]) + schema(SOURCE).column("citizenship").codes.codes
    kinds = {"flag": Literal["0", "1"], "country": Literal[codes]}
    fields = {}
    for column in schema(SOURCE).columns:
        if column.kind == "code":
            kind = Literal[(*column.codes.codes, *column.codes.variants)]
        elif column.kind == "year":
            kind = Annotated[int, Field(ge=column.low, le=column.high)]
        else:
            kind = kinds[column.kind]
        fields[column.name] = (Annotated[kind | None, BeforeValidator(blank)], None)
    return create_model("Case", **fields)


def by_pydantic(table):
    """Find the wrong cells row by row."""
    from pydantic import ValidationError

    model, found = pydantic_model(), set()
    for row, record in enumerate(table.to_dict("records")):
        try:
            model.model_validate(record)
        except ValidationError as error:
            found |= {(row, one["loc"][0]) for one in error.errors()}
    return found


def by_schema(table):
    """Find the wrong cells with the schema."""
    violations = check_table(table, schema(SOURCE)).violations
    return set(zip(violations["row"].astype(int), violations["column"], strict=True))


def seconds(work, table, planted):
    """Time one way of finding the planted cells, and count what was found and invented."""
    best = float("inf")
    for _ in range(REPEATS):
        start = time.process_time()
        found = work(table)
        best = min(best, time.process_time() - start)
    return {"seconds": best, "found": len(found & planted), "invented": len(found - planted)}


def measure_file(path):
    """Validate a file in this process and print what it took."""
    start = time.process_time()
    report = validate_file(path, SOURCE)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    print(json.dumps({"seconds": time.process_time() - start, "peak_mb": peak, "rows": report.rows}))


def five_million(table):
    """Validate a file of five million rows in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.csv"
        for part in range(MILLIONS * 50):
            table.to_csv(path, index=False, mode="a" if part else "w", header=not part)
        done = subprocess.run(
            [sys.executable, __file__, "--file", path], env=os.environ, capture_output=True, text=True, check=True
        )
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--file", help="validate one file in this process")
    options = parser.parse_args()
    if options.file:
        return measure_file(options.file)
    clean = clean_table()
    table, cells = spoil(clean)
    planted = {(row, column) for row, column, _, _ in cells}
    name = f"{len(table):,} x {table.shape[1]}, {len(planted)} wrong cells"
    check_table(clean.head(10), schema(SOURCE))  # what loads on first use
    ours, peer = seconds(by_schema, table, planted), seconds(by_pydantic, table, planted)
    rows = [
        {"task": f"{name}: schema", **ours, "times_faster": peer["seconds"] / ours["seconds"]},
        {"task": f"{name}: row-by-row pydantic", **peer},
        {"task": "5,000,000 x 27 from CSV, in chunks", **five_million(clean)},
    ]
    stamp = {
        "cores": available_cores(),
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        **{package: version(package) for package in ("pandas", "pydantic")},
    }
    frame = pd.DataFrame(rows).round(3).assign(**stamp)
    OUT.parent.mkdir(exist_ok=True)
    frame.to_csv(OUT, index=False, lineterminator="\n")
    print(frame.iloc[:, :7].to_string(index=False))
    exact = all(one["found"] == len(planted) and not one["invented"] for one in (ours, peer))
    return 0 if exact and rows[0]["times_faster"] >= LIMIT else f"found {ours}, pydantic {peer}"


if __name__ == "__main__":
    sys.exit(main())
