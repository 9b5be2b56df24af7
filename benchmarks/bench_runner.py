"""What the runner costs beside the ``papermill`` command, and what a grid gains from a second core.

Run ``python benchmarks/bench_runner.py`` on a machine that does nothing else; the figures go to
``benchmarks/results/runner.csv``. Both sides run the same notebooks with one linear-algebra thread. CPU seconds count
every process that was started, kernels and workers too, and of several turns the least is told. Three questions:

* one study: ``ctresearch run`` (with checks, report, results, provenance and crate) against ``papermill`` on the same
  notebook; the limit is 15 % more;
* a grid of eight: CPU seconds a notebook beyond the notebook's own work; the limit is 0.6;
* the same grid with two workers against one process: at least 1.7 times faster.
"""

import csv
import ctypes
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from ctresearch.core.parallel import available_cores
from ctresearch.studies.door.current import promised_kinds, write_run_file
from ctresearch.studies.running.plan import plan_runs

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "benchmarks" / "results" / "runner.csv"
STUDY = "uk-2013-prevalence"
REPEATS = 3  # in turns; the least is told, since whatever else the machine does only adds
BARE = 4
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
COMMAND = [sys.executable, "-c", "from ctresearch.cli import main; main()"]
PAPERMILL = [sys.executable, "-m", "papermill", "--no-progress-bar"]
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER: what our children leave behind comes to us, and its CPU seconds are counted

GRID = """title = "A grid of eight"
notebook = "work"
seed = 1
[parameters]
part = { type = "int", value = 0 }
[grid]
part = [0, 1, 2, 3, 4, 5, 6, 7]
[outputs]
total = { kind = "file", level = "public" }
"""
WORK = [
    (
        "import time\nbegan = time.process_time()\nfrom pathlib import Path\nfrom ctresearch.studies import "
        "current_run\nrun = current_run()"
    ),
    "total = 0\nfor i in range(30_000_000):\n    total += i % 7",
    "Path('total.txt').write_text(str(total + run.parameters['part']))\nrun.save('total', 'total.txt', counts=[20])",
    "own = time.process_time() - began\n(Path(r'LOG') / f\"{run.parameters['part']}.txt\").write_text(str(own))",
]


def measure(command, cwd, **variables):
    """Return wall and CPU seconds of a command and everything it starts."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **THREADS, **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    if process.wait() != 0:
        raise SystemExit(f"{command} failed with exit code {process.returncode}")
    wall = time.monotonic() - began
    try:
        while True:
            os.waitpid(-1, 0)
    except ChildProcessError:
        pass
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def papermill(plan, notebook, folder):
    """Run the papermill command on the notebook of a plan."""
    folder.mkdir(parents=True)
    locators = {name: one.locator() for name, one in plan.inputs.items()}
    write_run_file(
        folder / "run.json",
        study=plan.study.name,
        parameters=plan.parameters,
        seed=plan.study.seed,
        locators=locators,
        promised=promised_kinds(plan.study),
    )
    variables = {"CTRESEARCH_RUN_FILE": str(folder / "run.json"), "CTRESEARCH_RUN_DIR": str(folder)}
    return measure([*PAPERMILL, str(notebook), str(folder / "out.ipynb")], folder, **variables)


def one_study(work):
    """Compare one study with papermill on the same notebook."""
    plan = plan_runs(STUDY, root=ROOT)[0]
    notebook = plan.study.notebook_path(_project(ROOT))
    bare, ours = [], []
    for turn in range(REPEATS + 1):  # the first turn fills the caches of both
        bare.append(papermill(plan, notebook, work / f"bare-{turn}"))
        ours.append(measure([*COMMAND, "run", STUDY, "--out", str(work / f"ours-{turn}")], ROOT))
    for place, what in enumerate(("wall", "CPU")):
        a, b = min(one[place] for one in bare[1:]), min(one[place] for one in ours[1:])
        yield f"one study, {what}: papermill", a, "s", ""
        yield f"one study, {what}: ctresearch run", b, "s", ""
        yield f"one study, {what}: overhead", 100 * (b / a - 1), "%", "at most 15" if what == "CPU" else ""


def a_grid(work):
    """Compare a grid with papermill, and two workers with one process."""
    log = work / "log"
    log.mkdir()
    (work / "pyproject.toml").write_text("[tool.ctresearch]\n")
    (work / "notebooks").mkdir()
    (work / "studies" / "grid").mkdir(parents=True)
    (work / "studies" / "grid" / "study.toml").write_text(GRID)
    cells = [
        {
            "cell_type": "code",
            "id": f"c{i}",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": source.replace("LOG", str(log)),
        }
        for i, source in enumerate(WORK)
    ]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = work / "notebooks" / "work.ipynb"
    notebook.write_text(json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}))
    plans = plan_runs(work / "studies" / "grid", root=work)

    def own():
        return sum(float(path.read_text()) for path in log.iterdir())

    bare = [papermill(plan, notebook, work / "bare" / str(place)) for place, plan in enumerate(plans[:BARE])]
    bare_each = (sum(cpu for _, cpu in bare) - own()) / BARE
    yield f"{BARE} of the 8, papermill in turn: wall a notebook", sum(wall for wall, _ in bare) / BARE, "s", ""
    yield f"{BARE} of the 8, papermill in turn: CPU a notebook beyond its own work", bare_each, "s", ""
    measured = {1: [], 2: []}
    for turn in range(REPEATS):
        for jobs, found in measured.items():
            command = [*COMMAND, "run", "grid", "--jobs", str(jobs), "--out", str(work / f"jobs-{jobs}-{turn}")]
            wall, cpu = measure(command, work)
            found.append((wall, (cpu - own()) / len(plans)))
    for jobs, found in measured.items():
        each = min(cpu for _, cpu in found)
        yield f"grid of 8, {jobs} worker(s): wall", min(wall for wall, _ in found), "s", ""
        yield f"grid of 8, {jobs} worker(s): CPU a notebook beyond its own work", each, "s", "at most 0.6"
        yield f"grid of 8, {jobs} worker(s): that CPU as a share of papermill's", each / bare_each, "ratio", ""
    one, two = (min(wall for wall, _ in found) for found in measured.values())
    yield "grid of 8, two workers: speed against one process", one / two, "ratio", "at least 1.7"


def _project(root):
    from ctresearch.studies.asked.project import Project

    return Project.at(root)


def main():
    """Measure, print and write the table."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    work = Path(tempfile.mkdtemp(prefix="bench-runner-"))
    stamp = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "cores": available_cores(),
        "load_before": round(os.getloadavg()[0], 2),
        **{name: version(name) for name in ("ctresearch", "papermill", "nbclient", "ipykernel")},
    }
    rows = []
    try:
        for make in (one_study, a_grid):
            folder = work / make.__name__
            folder.mkdir()
            for what, value, unit, limit in make(folder):
                print(f"{what:<75} {value:8.2f} {unit:<6} {limit}", flush=True)
                rows.append({"what": what, "value": round(value, 3), "unit": unit, "limit": limit, **stamp})
    finally:
        shutil.rmtree(work, ignore_errors=True)
    OUT.parent.mkdir(exist_ok=True)
    with OUT.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
