"""How runs are made: what each is given, who makes it, and when the latest runs of a study are those."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from ctresearch.core import SpecificationError
from ctresearch.studies.asked.manifest import Limits
from ctresearch.studies.kernel.seal import Seal
from ctresearch.studies.running import build, cluster, run, workers
from ctresearch.studies.running.build import Options, Outcome
from ctresearch.studies.running.run import run_plans


def some_plans(number, *, given=None, parameters=None):
    """Return plans of a study that has so many runs of its own, and what their store is told."""
    told = []
    study = SimpleNamespace(parameter_sets=lambda: parameters or [{"n": n} for n in range(number)])
    store = SimpleNamespace(set_latest=told.append)
    inputs = {"lists": SimpleNamespace(replaced=given)}
    made = [
        SimpleNamespace(study=study, store=store, inputs=inputs, parameters={"n": n}, run_id=f"run {n}")
        for n in range(number)
    ]
    return made, told


@pytest.fixture
def asked(monkeypatch):
    """Make no run, and note who would have made it and how."""
    seen = []

    def on_cluster(plans, address, options):
        seen.append(("cluster", address, options))
        return map(Outcome, plans)

    def in_processes(plans, jobs, options, listen):
        seen.append(("processes", jobs, options, listen))
        return map(Outcome, plans)

    def here(plan, options, listen):
        seen.append(("here", options, listen))
        return Outcome(plan)

    monkeypatch.setattr(run, "available_cores", lambda: 8)
    monkeypatch.setattr(cluster, "run_on_cluster", on_cluster)
    monkeypatch.setattr(workers, "run_in_processes", in_processes)
    monkeypatch.setattr(build, "run_plan", here)
    return seen


@pytest.mark.parametrize(
    ("number", "given", "expected"),
    [
        (1, {}, ("here", Options())),
        (1, {"jobs": 4}, ("here", Options())),
        (1, {"force": True}, ("here", Options(force=True))),
        (1, {"cluster": "tcp://a"}, ("here", Options(cluster="tcp://a"))),
        (3, {"jobs": 2}, ("processes", 2, Options(kernel_jobs=4))),
        (3, {"jobs": 3, "force": True}, ("processes", 3, Options(force=True, kernel_jobs=2))),
        (3, {"jobs": 16}, ("processes", 3, Options(kernel_jobs=2))),
        (9, {"jobs": 9}, ("processes", 9, Options(kernel_jobs=1))),
        (3, {"jobs": 3, "options": Options(kernel_jobs=7)}, ("processes", 3, Options(kernel_jobs=7))),
        (3, {"cluster": "tcp://a"}, ("cluster", "tcp://a", Options())),
        (3, {"cluster": "tcp://a", "jobs": 2}, ("cluster", "tcp://a", Options())),
    ],
)
def test_runs_are_made_where_and_as_was_asked(asked, number, given, expected):
    made, _ = some_plans(number)
    heard = []

    def listen(plan, event):
        heard.append((plan, type(event)))

    assert [one.plan for one in run_plans(made, listen=listen, **given)] == made
    assert heard == [(plan, Outcome) for plan in made]
    said = asked[0][:-1] if asked[0][0] != "cluster" else asked[0]
    assert said == expected
    assert asked[0][0] == "cluster" or asked[0][-1] is listen
    assert len(asked) == (number if expected[0] == "here" else 1)


def test_runs_are_the_latest_if_they_are_the_study_s_own_and_none_failed(asked, monkeypatch):
    made, told = some_plans(2)
    steps = run_plans(made)
    next(steps)
    assert told == []
    list(steps)
    assert told == [["run 0", "run 1"]]
    for other in ({"given": ("lists.csv",)}, {"parameters": [{"n": 0}]}):
        made, told = some_plans(2, **other)
        list(run_plans(made))
        assert told == []
    made, told = some_plans(3)
    failing = {1: SpecificationError("no")}
    monkeypatch.setattr(build, "run_plan", lambda plan, *_: Outcome(plan, error=failing.get(plan.parameters["n"])))
    assert [one.error for one in run_plans(made)] == [None, failing[1], None]
    assert told == []
    with pytest.raises(SpecificationError, match="jobs == 0"):
        list(run_plans(made, jobs=0))


def test_time_that_is_left_is_no_more_than_the_study_allows(monkeypatch):
    monkeypatch.setattr(build, "time", SimpleNamespace(monotonic=lambda: 600.0))
    limits = Limits(minutes=5, memory_mb=100, output_mb=3)
    for until, minutes in ((600 + 5 * 60 + 1, 5), (600 + 5 * 60, 5), (600 + 90, 1.5), (600, 0.001), (0, 0.001)):
        assert Options(until=until).within(limits) == limits.model_copy(update={"minutes": minutes})


def test_an_outcome_says_how_the_run_was_made(monkeypatch):
    seal, clock, there = Seal("audit", 0), iter(range(100, 200, 5)), [False]
    plan = SimpleNamespace(store=Store(), run_id="ab", inputs={}, label="demo")
    monkeypatch.setattr(build, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    monkeypatch.setattr(build, "is_whole", lambda _: there[0])
    monkeypatch.setattr(build, "_build", lambda *_: seal)
    found = build.run_plan(plan, Options())
    assert (found.reused, found.error, found.seconds, found.seal) == (False, None, 5, seal)
    there[0] = True
    found = build.run_plan(plan, Options())
    assert (found.reused, found.error, found.seal) == (True, None, None)
    found = build.run_plan(plan, Options(force=True))
    assert (found.reused, found.error, found.seal) == (False, None, seal)

    def refuse(*_):
        raise OSError(28, "No space left on device", "/runs/x")

    monkeypatch.setattr(build, "_build", refuse)
    found = build.run_plan(plan, Options(force=True))
    assert str(found.error).startswith("demo: cannot write or read /runs/x: No space left on device; nothing was kept")


class Store:
    """A store whose runs are free to make."""

    def locked(self, run_id):
        """Give way to every run."""
        return nullcontext(run_id)

    def refuted(self, _):
        """Know of none that came out otherwise."""
        return


def test_all_runs_that_are_there_are_read_or_none(monkeypatch):
    whole = {"a"}
    monkeypatch.setattr(build, "is_whole", lambda plan: plan.folder in whole)
    monkeypatch.setattr(run, "from_folder", lambda folder: f"evidence of {folder}")
    plans = [SimpleNamespace(folder=name) for name in "ab"]
    assert run.standing(plans) is None
    whole.add("b")
    assert run.standing(plans) == ["evidence of a", "evidence of b"]
