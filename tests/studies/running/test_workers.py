"""Grids on several processes or machines: the same bytes as one after the other, and a lost worker loses nothing."""

import json
import os
import signal
import subprocess
import sys
import threading

import psutil
import pytest

from ctresearch.core import SpecificationError
from ctresearch.studies import run_study
from ctresearch.studies.asked.manifest import Limits
from ctresearch.studies.base.errors import NotebookError
from ctresearch.studies.kernel.engine import CellEvent, Execution
from ctresearch.studies.kernel.kernel import environment, private_folder
from ctresearch.studies.running.build import Options, Outcome
from ctresearch.studies.running.plan import plan_runs
from ctresearch.studies.running.run import run_plans
from ctresearch.studies.running.workers import run_in_processes
from patience import command, living, until
from small_project import HEAD, SAVE, TOML, contents, make_project, names, notebook

GRID = TOML.replace("[outputs]", "[grid]\nn = [1, 2, 3, 4]\n\n[outputs]")


def serial(study, out):
    return {
        plan.parameters["n"]: contents(run_study(study, plan.parameters, out=out).folder) for plan in plan_runs(study)
    }


def workers_here():
    """Workers are forked by servers that this process started."""
    return [one for server in living(psutil.Process().children()) for one in server.children()]


def test_two_workers_give_the_bytes_of_one_process(tmp_path):
    study = make_project(tmp_path, HEAD, SAVE, toml=GRID)
    plans = plan_runs(study)
    events = []
    outcomes = list(run_plans(plans, jobs=2, listen=lambda plan, event: events.append((plan.run_id, type(event)))))
    assert [outcome.error for outcome in outcomes] == [None] * 4
    assert {plan.parameters["n"]: contents(plan.folder) for plan in plans} == serial(study, tmp_path / "serial")
    assert plans[0].store.latest() == [plan.folder.name for plan in plans]
    for plan in plans:
        assert [kind for run_id, kind in events if run_id == plan.run_id] == [CellEvent, CellEvent, Outcome]


@pytest.mark.slow
def test_a_killed_worker_is_replaced_and_its_run_made_again(tmp_path):
    study = make_project(tmp_path, HEAD, SAVE, toml=GRID)
    plans, before, killed = plan_runs(study), set(workers_here()), []

    def kill_one(plan, event):
        if not killed:
            killed.append(next(one for one in workers_here() if one not in before))
            killed[0].kill()

    assert [outcome.error for outcome in run_plans(plans, jobs=2, listen=kill_one)] == [None] * 4
    assert killed
    assert names(tmp_path / "runs" / "demo") == sorted([*(plan.folder.name for plan in plans), "latest"])


@pytest.mark.slow
def test_a_run_that_kills_every_worker_is_given_up(tmp_path):
    study = make_project(tmp_path, HEAD, SAVE, toml=GRID)
    plan, before = plan_runs(study)[0], set(workers_here())

    def kill_all(*_):
        for one in set(workers_here()) - before:
            one.kill()

    (outcome,) = run_in_processes([plan], 2, Options(), kill_all)
    assert isinstance(outcome.error, NotebookError)
    assert "3 workers died at it" in str(outcome.error)


def test_a_true_fault_in_a_worker_is_raised_here_and_no_worker_stays(tmp_path):
    study = make_project(tmp_path, HEAD, SAVE, toml=GRID)
    plans = plan_runs(study)
    plans[1].components["packages"] = None  # no plan of the library is like this
    object.__setattr__(plans[1], "store", None)
    before = set(workers_here())
    with pytest.raises(AttributeError):
        list(run_plans(plans[1:], jobs=2))
    until(lambda: not living(set(workers_here()) - before), "the end of the workers")


@pytest.mark.parametrize("jobs", [0, -1, 1.5])
def test_jobs_must_be_a_positive_whole_number(jobs):
    with pytest.raises(SpecificationError, match="jobs == "):
        list(run_plans([], jobs=jobs))


def test_a_cluster_that_does_not_answer_is_named(tmp_path, monkeypatch):
    from ctresearch.studies.running import cluster

    monkeypatch.setattr(cluster, "_SECONDS", 1)
    plans = plan_runs(make_project(tmp_path, HEAD, SAVE, toml=GRID))
    for address in ("tcp://127.0.0.1:1", "nonsense://x"):
        with pytest.raises(SpecificationError, match=r"did not answer within 1 s: start one with `dask scheduler`"):
            list(run_plans(plans, cluster=address))


def kill_at_work(worker):
    """End a worker once it has a kernel."""
    until(lambda: [one for one in worker.children(recursive=True) if "kernel_server" in command(one)])
    worker.kill()


def seal_here():
    """Return the rung that a kernel of this machine stands on."""
    with private_folder() as private:
        execution = Execution(private, environment(private, private), Limits())
        execution.run(notebook("1"))
    return execution.seal.rung


@pytest.mark.slow
def test_a_cluster_gives_the_bytes_of_one_process_though_a_worker_is_killed(tmp_path):
    study = make_project(tmp_path, HEAD, SAVE, toml=GRID)
    plans = plan_runs(study)
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker"]
    file = tmp_path / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    started = [subprocess.Popen([*dask, "--port", "0", "--no-dashboard", "--scheduler-file", str(file)], **quiet)]
    try:
        until(file.exists)
        options = ["--scheduler-file", str(file), "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        started += [subprocess.Popen([*worker, *options], **quiet) for _ in range(2)]
        address = json.loads(file.read_text())["address"]
        lost = threading.Thread(target=kill_at_work, args=(psutil.Process(started[1].pid),))
        lost.start()
        outcomes = list(run_plans(plans, cluster=address))
        lost.join()
        assert [outcome.error for outcome in outcomes] == [None] * 4
        assert {outcome.seal.rung for outcome in outcomes} == {seal_here()}
    finally:
        for process in started:
            process.kill()
            process.wait()
    assert {plan.parameters["n"]: contents(plan.folder) for plan in plans} == serial(study, tmp_path / "serial")


@pytest.mark.slow
def test_workers_end_with_the_process_that_started_them(tmp_path):
    study = make_project(tmp_path, HEAD, "import time\ntime.sleep(600)", SAVE, toml=GRID)
    code = (
        "from ctresearch.studies import plan, run\nfrom pathlib import "
        f"Path\nlist(run.run_plans(plan.plan_runs(Path({str(study)!r})), jobs=2))"
    )
    process = subprocess.Popen([sys.executable, "-c", code])

    def started():
        family = psutil.Process(process.pid).children(recursive=True)
        forked = sum("kernel_server" in command(one) for one in family)
        return family if forked >= 4 else None  # two servers, and a fork of each

    family = until(started)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    until(lambda: not living(family), "the end of the workers")
    assert names(tmp_path / "runs" / "demo") == []
