"""Every study run again and held to its ``expected.json``, with what it took.

Run ``python benchmarks/check_studies.py [STUDY ...]`` (all by default) in a fresh clone, where no run is there. The table
``benchmarks/results/check_studies.csv`` has a row a study: what ``ctresearch check`` says, the seconds of its runs by the
clock and the processor seconds of their kernels. Studies that are named take the place of their rows.
"""

import csv
import json
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "benchmarks" / "results" / "check_studies.csv"
COLUMNS = ["study", "status", "seconds", "kernel_cpu_s", "date", "python"]


def cost(study):
    """Add up what the runs of a study took."""
    logs = [json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "runs" / study).glob("*/run.log.json")]
    return [round(sum(log.get(name) or 0 for log in logs), 1) for name in ("seconds", "kernel_cpu_seconds")]


def main():
    """Check, and write a row as each study is finished."""
    rows = {}
    if OUT.exists():
        with OUT.open(encoding="utf-8") as file:
            rows = {row["study"]: row for row in csv.DictReader(file)}
    command = [
        str(Path(sys.executable).with_name("ctresearch")),
        "check",
        *sys.argv[1:],
        "--force",
        "--jobs",
        "2",
        "--jsonl",
        "-",
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as checking:
        for line in checking.stdout:
            if not line.startswith("{"):
                continue
            found = json.loads(line)
            values = [found["study"], found["status"], *cost(found["study"])]
            values += [datetime.now(UTC).date().isoformat(), platform.python_version()]
            rows[found["study"]] = dict(zip(COLUMNS, values, strict=True))
            with OUT.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, COLUMNS, lineterminator="\n", extrasaction="ignore")
                writer.writeheader()
                writer.writerows(rows[name] for name in sorted(rows))
            print(*values, flush=True)


if __name__ == "__main__":
    main()
