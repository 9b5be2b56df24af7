"""Ends runs, updates, releases, signatures, withdrawals and recalls at fifty moments each, and counts what is left.

The loops are tests (``tests/studies/test_faults.py`` and ``tests/studies/release/test_killed.py``), which look after each
kill at what stands. Here each loop has a process table, a shared memory and a folder for temporary files that nobody else
writes to, so that what it leaves can be counted afterwards: processes, shared memory, and the folders that are still there
when another command has begun, which clears those of dead ones. Writes
``benchmarks/results/kills.csv``: kills that met a living process, results that stood whole after one, what was left, and
minutes by the clock. Needs Linux and the right to unshare.

Run: python benchmarks/check_kills.py [PART OF A NAME ...]
"""

import csv
import datetime as dt
import os
import platform
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

HOME = Path(__file__).parents[1]
RESULTS = HOME / "benchmarks" / "results" / "kills.csv"
FAULTS, KILLED = "tests/studies/test_faults.py", "tests/studies/release/test_killed.py"
LOOPS = [
    f"{KILLED}::test_killed_at_fifty_moments[do_sign]",
    f"{KILLED}::test_killed_at_fifty_moments[do_withdraw]",
    f"{KILLED}::test_killed_at_fifty_moments[do_recall]",
    f"{FAULTS}::test_a_run_killed_at_fifty_moments[namespaces]",
    f"{FAULTS}::test_a_run_killed_at_fifty_moments[landlock]",
    f"{FAULTS}::test_an_update_killed_at_fifty_moments",
    f"{FAULTS}::test_a_release_killed_at_fifty_moments",
]
ALONE = """mount -t tmpfs tmpfs /dev/shm
"$@" > "$TOLD/pytest.log" 2>&1
code=$?
sleep 2
"$1" -c 'from ctresearch.studies.base.temporary import temporary_folder as one
with one(): pass'
ls -A /dev/shm > "$TOLD/shared"
ls -A "$TMPDIR" > "$TOLD/temporary"
ps -e -o pid=,comm= | awk '$1 != 1 && $2 != "ps" && $2 != "awk"' > "$TOLD/processes"
exit $code
"""
OWN = ("sh", "ctresearch-data-")  # the shell that counts, and folders of the session of tests itself


def left(told, name):
    """Count the lines of what was left, but for what counts."""
    words = [line.split()[-1] for line in (told / name).read_text().splitlines()]
    return sum(not (word == OWN[0] or word.startswith(OWN[1:])) for word in words)


def loop(name):
    """Run one loop alone, and return its row."""
    with tempfile.TemporaryDirectory(prefix="k", dir="/tmp") as place:
        told, temporary = Path(place, "told"), Path(place, "t")
        told.mkdir()
        temporary.mkdir()
        environment = {**os.environ, "TMPDIR": str(temporary), "TOLD": str(told), "OMP_NUM_THREADS": "1"}
        test = [sys.executable, "-m", "pytest", name, "-p", "no:cacheprovider", f"--basetemp={place}/b"]
        words = [*test, f"--junitxml={told}/junit.xml", "-o", "junit_family=xunit1"]
        began = time.monotonic()
        alone = ["unshare", "-mpf", "--mount-proc", "sh", "-c", ALONE, "sh"]
        code = subprocess.run([*alone, *words], cwd=HOME, env=environment, check=False).returncode
        minutes = (time.monotonic() - began) / 60
        if code:
            sys.exit(f"{name} failed:\n{(told / 'pytest.log').read_text()}")
        said = {one.get("name"): one.get("value") for one in ElementTree.parse(told / "junit.xml").iter("property")}
        return {
            **{one: said[one] for one in ("what", "started", "killed", "whole")},
            **{f"left_{one}": left(told, one) for one in ("processes", "shared", "temporary")},
            "minutes": round(minutes, 1),
            "load": round(os.getloadavg()[1], 1),
            "date": dt.datetime.now(dt.UTC).date().isoformat(),
            "python": platform.python_version(),
            "system": platform.release(),
        }


def main():
    """Run the loops that were asked for, and write what each gave as it comes."""
    rows = list(csv.DictReader(RESULTS.open(encoding="utf-8"))) if RESULTS.exists() else []
    for name in [one for part in sys.argv[1:] or [""] for one in LOOPS if part in one]:
        row = loop(name)
        rows = [one for one in rows if one["what"] != row["what"]] + [row]
        with RESULTS.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(row), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        print(row, flush=True)


if __name__ == "__main__":
    main()
