"""Every study run again and held to its ``expected.json``, with what it took.

Run ``python benchmarks/check_studies.py [STUDY ...]`` (all by default). The table ``benchmarks/results/check_studies.csv``
has a row a study: what ``ctresearch check --force`` says of it when one worker runs them one after the other, the seconds
by the clock, the processor seconds of its kernels and those of everything that the check started (reading, kernels,
reports, comparing). Two turns are made, since the first compiles what no cache holds yet, unless ``--once`` is given; a row
says which it is of. Inside a notebook the library works in one process, as it does under ``--jobs 2`` on two cores. At the
end it is told what a check costs that finds all runs there. Studies that are named take the place of their rows.
"""

import csv
import json
import os
import platform
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import psutil

from ctresearch.core.parallel import JOBS_VARIABLE

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "benchmarks" / "results" / "check_studies.csv"


def kernels(study):
    """Add up the processor seconds of the kernels of a study's latest runs."""
    runs = ROOT / "runs" / study
    with suppress(OSError):
        logs = [runs / name / "run.log.json" for name in (runs / "latest").read_text(encoding="utf-8").split()]
        read = [json.loads(path.read_text(encoding="utf-8")) for path in logs]
        return round(sum(log.get("kernel_cpu_seconds") or 0 for log in read), 1)
    return ""


def spent(process):
    """Add up the processor seconds of a process, of those it started, and of those that they waited for."""
    total = 0.0
    with suppress(psutil.Error):
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.Error):
                total += sum(one.cpu_times()[:4])
    return total


def check(studies, *words):
    """Check studies one after the other; yield what is said of each, with seconds by the clock and of the processor."""
    command = [str(Path(sys.executable).with_name("ctresearch")), "check", *studies, *words, "--jsonl", "-"]
    alone = os.environ | {JOBS_VARIABLE: "1"}
    with subprocess.Popen(command, cwd=ROOT, env=alone, stdout=subprocess.PIPE, text=True) as checking:
        process, at, used = psutil.Process(checking.pid), time.monotonic(), 0.0
        for line in checking.stdout:
            if line.startswith("{"):
                now, total = time.monotonic(), spent(process)
                yield json.loads(line), round(now - at, 1), round(total - used, 1)
                at, used = now, total


def row(turn, found, seconds, cpu):
    """Make the row of a study."""
    return {
        "study": found["study"],
        "status": found["status"],
        "seconds": seconds,
        "kernel_cpu_s": kernels(found["study"]),
        "cpu_s": cpu,
        "turn": turn,
        "load": round(os.getloadavg()[0], 1),
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
    }


def write(rows):
    """Write the table."""
    with OUT.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row("", {"study": "", "status": ""}, 0, 0)), lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows({key: rows[name].get(key, "") for key in writer.fieldnames} for name in sorted(rows))


def main():
    """Check, and write a row as each study is finished."""
    names = [one for one in sys.argv[1:] if not one.startswith("-")]
    rows = {one["study"]: one for one in csv.DictReader(OUT.open(encoding="utf-8"))} if OUT.exists() else {}
    for turn in ("first",) if "--once" in sys.argv else ("first", "second"):
        for told in check(names, "--force"):
            rows[told[0]["study"]] = row(turn, *told)
            print(*rows[told[0]["study"]].values(), told[0].get("message", "")[:200], flush=True)
            write(rows)
    again = [cpu for *_, cpu in check(names)]
    print(f"again, unchanged: {len(again)} studies, {sum(again):.1f} CPU s", flush=True)


if __name__ == "__main__":
    main()
