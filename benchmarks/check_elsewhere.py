"""Runs eight studies here and in a clone elsewhere under another Python, and compares what came out byte for byte.

The clone stands in a path with a space and an accent, has an environment, a cache and a home of its own, and another time
zone, locale, hash seed and mask of new files. Writes ``benchmarks/results/elsewhere.csv``: for each study how many files
are the same bytes. A run's id covers the minor version of its Python, so notebook, results and report, which cite the run
by it, are compared with the id and that version taken out; provenance and its crate, which name all that is installed, are
held to be the same between equal Pythons alone.

Run: python benchmarks/check_elsewhere.py PYTHON [PLACE] [STUDY ...]; studies that are named take the place of their rows.
"""

import csv
import datetime as dt
import hashlib
import os
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HOME = Path(__file__).parents[1]
RESULTS = HOME / "benchmarks" / "results" / "elsewhere.csv"
STUDIES = (
    *("dutch-single-list", "home-office-2018-cost", "synthetic-conditions", "synthetic-joint-display"),
    *("synthetic-case-profile", "synthetic-campaign-trial", "kelley-simmons-2015", "rao-presenti"),
)
CITING = {"notebook.ipynb", "results.json", "report.html"}
INSTALLED = {"provenance.json", "ro-crate-metadata.json", "run.log.json"}
OTHERWISE = {
    "TZ": "Pacific/Chatham",
    "LC_ALL": "tr_TR.UTF-8",
    "LANG": "tr_TR.UTF-8",
    "PYTHONHASHSEED": "4711",
    "OMP_NUM_THREADS": "2",
}


def clone(place, python):
    """Clone what is committed, make its environment, and return its command and environment variables."""
    root = place / "a clone, é"
    if not root.exists():
        subprocess.run(["git", "clone", "--quiet", str(HOME), str(root)], check=True)
    home = place / "home"
    home.mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "PYTHON"))}
    variables = kept | OTHERWISE | {"HOME": str(home), "XDG_CACHE_HOME": str(place / "cache é")}
    subprocess.run([python, "tools/setup.py", "core"], cwd=root, env=variables, check=True, umask=0o077)
    return root, variables


def run(root, variables, study):
    """Run a study of a project and return the folder of its run."""
    command = [str(root / ".venv" / "bin" / "python"), "-c", "from ctresearch.cli import main; main()", "run", study]
    subprocess.run(command, cwd=root, env=variables, check=True, umask=0o077 if variables else 0o022)
    runs = root / "runs" / study
    return runs / (runs / "latest").read_text(encoding="utf-8").split()[0]


def digests(folder):
    """Hash every file of a run, those that cite it without its id and the version of its Python."""
    found = {}
    for path in (one for one in folder.rglob("*") if one.is_file()):
        content = path.read_bytes()
        if path.name in CITING:
            content = re.sub(rb"%s[0-9a-f]{0,48}" % folder.name.encode(), b"ID", content)
            content = re.sub(rb"Python 3\.\d+", b"Python", content)
        found[path.relative_to(folder).as_posix()] = hashlib.sha256(content).hexdigest()
    return found


def version(root):
    """Return the version of a project's Python."""
    words = [str(root / ".venv" / "bin" / "python"), "-c", "import platform; print(platform.python_version())"]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def compare(study, here, there):
    """Return the row of a study."""
    one, other = digests(here), digests(there)
    computed = {name for name in {*one, *other} if name not in INSTALLED}
    same = {name for name in computed if one.get(name) == other.get(name)}
    return {
        "study": study,
        "files": len(computed),
        "same_bytes": len(same),
        "that_differ": " ".join(sorted(computed - same)),
        "same_id": here.name == there.name,
    }


def main():
    """Run, compare, and write the table as it grows."""
    place = Path(sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp(prefix="elsewhere-"))
    place.mkdir(exist_ok=True)
    root, variables = clone(place, sys.argv[1])
    stamp = {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "python": platform.python_version(),
        "other_python": version(root),
        "system": platform.release(),
    }
    known = {one["study"]: one for one in csv.DictReader(RESULTS.open(encoding="utf-8"))} if RESULTS.exists() else {}
    for study in sys.argv[3:] or STUDIES:
        known[study] = compare(study, run(HOME, None, study), run(root, variables, study)) | stamp
        rows = [known[one] for one in STUDIES if one in known]
        with RESULTS.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(known[study]), lineterminator="\n", extrasaction="ignore", restval="")
            writer.writeheader()
            writer.writerows(rows)
        print(known[study], flush=True)


if __name__ == "__main__":
    main()
