"""What a worker, and whoever started it, does at each turn, with pipes and processes made up."""

import signal
from functools import partial
from types import SimpleNamespace

import pytest

from ctresearch.core import SpecificationError
from ctresearch.studies.base.errors import NotebookError
from ctresearch.studies.running import cluster, pool, workers
from ctresearch.studies.running.build import Outcome

PLANS = [SimpleNamespace(label=f"demo n={n}", folder=f"/runs/{n}") for n in range(3)]


class Process:
    """A process that notes what is done to it."""

    exitcode = -9

    def __init__(self, *, stubborn=False):
        self.stubborn, self.done = stubborn, []

    def join(self, seconds=None):
        self.done.append(("join", seconds))

    def terminate(self):
        self.done.append("terminate")

    def is_alive(self):
        return self.stubborn and "kill" not in self.done

    def kill(self):
        self.done.append("kill")


def worker(attempt, process=None, **more):
    return pool._Worker(process or Process(), None, PLANS[0], attempt, **more)


def a_pool(*workers, waiting=()):
    made = pool.Pool(print, 2)
    made._workers += workers
    made._waiting.extend(waiting)
    return made


def test_the_run_of_a_lost_worker_is_next_until_it_has_killed_several(monkeypatch):
    started = []
    monkeypatch.setattr(pool, "start", lambda context, work, task, attempt, until: started.append((task, attempt)))
    for attempt in (1, 2):
        lost = worker(attempt)
        made = a_pool(lost, waiting=[(PLANS[1], 1)])
        assert made._replace(lost) is None
        assert (started.pop(), list(made._waiting)) == ((PLANS[0], attempt + 1), [(PLANS[1], 1)])
        assert lost.process.done == [("join", None)]
    for lost, told in ((worker(3), pool.Lost(3, -9)), (worker(1, late=True), pool.Lost(1, -9, True))):
        made = a_pool(lost)
        assert made._replace(lost) == told
        assert (made._workers, started) == ([], [])


def test_a_worker_whose_time_is_up_is_interrupted_and_killed_a_minute_later(monkeypatch):
    late, punctual = worker(1, until=50.0), worker(1, until=200.0)
    made = a_pool(late, punctual)
    clock = iter([60.0, 60.0, 60.0, 130.0, 130.0, 130.0])
    monkeypatch.setattr(pool.time, "monotonic", lambda: next(clock))
    made._end_late_ones()
    assert (late.process.done, late.late, late.until) == (["terminate"], True, 60.0 + pool._PATIENCE)
    made._end_late_ones()
    assert late.process.done == ["terminate", "kill"]
    assert punctual.process.done == []


def test_workers_are_interrupted_and_only_stubborn_ones_are_killed():
    willing, stubborn = Process(), Process(stubborn=True)
    pool.stop([worker(1, willing), worker(1, stubborn)])
    assert willing.done == ["terminate", ("join", pool._PATIENCE)]
    assert stubborn.done == ["terminate", ("join", pool._PATIENCE), "kill", ("join", None)]


class Pipe:
    """A pipe that gives what it holds and then ends."""

    def __init__(self, *messages):
        self.messages, self.sent = list(messages), []

    def recv(self):
        found = self.messages.pop(0)
        if isinstance(found, BaseException):
            raise found
        return found

    def send(self, message):
        self.sent.append(message)


@pytest.mark.parametrize("end", [EOFError(), ConnectionResetError(), KeyboardInterrupt()])
def test_a_worker_makes_run_after_run_and_ends_in_good_order(monkeypatch, end):
    heard, fault, seen = [], ValueError("a true fault"), []
    outcomes = [Outcome(plan) for plan in PLANS]

    def run_plan(plan, options, listen):
        listen(plan, f"event of {plan.label}")
        if plan is PLANS[1]:
            raise fault
        seen.append(options)
        return outcomes[PLANS.index(plan)]

    monkeypatch.setattr(workers, "run_plan", run_plan)
    monkeypatch.setattr(pool.signal, "signal", lambda *given: heard.append(given))
    pipe = Pipe(PLANS[0], PLANS[1], PLANS[2], end)
    pool.serve(pipe, partial(workers.one_run, "options"))
    assert seen == ["options"] * 2
    assert pipe.sent == [
        *(pool.Event("event of demo n=0"), pool.Done(outcomes[0])),
        *(pool.Event("event of demo n=1"), fault),
        *(pool.Event("event of demo n=2"), pool.Done(outcomes[2])),
    ]
    assert heard == [
        (signal.SIGINT, signal.SIG_IGN),
        (signal.SIGTERM, pool.interrupt),
        (signal.SIGTERM, signal.SIG_IGN),
    ]


def test_a_worker_is_interrupted_once(monkeypatch):
    heard = []
    monkeypatch.setattr(pool.signal, "signal", lambda *given: heard.append(given))
    with pytest.raises(KeyboardInterrupt):
        pool.interrupt(signal.SIGTERM, None)
    assert heard == [(signal.SIGTERM, signal.SIG_IGN)]


def test_a_worker_ends_when_its_parent_has(monkeypatch):
    killed = []
    monkeypatch.setattr(pool.os, "kill", lambda *given: killed.append(given))
    monkeypatch.setattr(pool.multiprocessing, "parent_process", lambda: None)
    pool.end_with_parent()
    assert killed == []
    monkeypatch.setattr(pool.multiprocessing, "parent_process", Process)
    pool.end_with_parent()
    assert killed == [(pool.os.getpid(), signal.SIGTERM)]


def test_a_message_of_a_dead_worker_is_none():
    for end in (EOFError(), ConnectionResetError()):
        assert pool._receive(SimpleNamespace(pipe=Pipe(end))) is None
    assert pool._receive(SimpleNamespace(pipe=Pipe("word"))) == "word"


class Distributed:
    """A cluster whose workers answer at once."""

    def __init__(self):
        self.asked, self.closed = [], False

    def Client(self, address, **options):
        self.asked.append((address, options))
        return self

    loop = "the loop"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closed = True

    def submit(self, function, plan, options, **given):
        self.asked.append(given)
        return function(plan, options)

    def as_completed(self, futures, *, loop, with_results):
        assert (loop, with_results) == ("the loop", True)
        return [(None, one) for one in reversed(futures)]


def test_a_cluster_makes_every_run_and_its_outputs_must_be_seen_from_here(monkeypatch):
    made, whole = Distributed(), {id(PLANS[0]), id(PLANS[1])}
    outcomes = {
        id(PLANS[0]): Outcome(PLANS[0]),
        id(PLANS[1]): Outcome(PLANS[1]),
        id(PLANS[2]): Outcome(PLANS[2], error=NotebookError("cell 1")),
    }
    monkeypatch.setattr(cluster, "require_extra", lambda *given: made.asked.append(given) or made)
    monkeypatch.setattr(cluster, "run_plan", lambda plan, options: options and outcomes[id(plan)])
    monkeypatch.setattr(cluster, "is_whole", lambda plan: id(plan) in whole)
    found = list(cluster.run_on_cluster(PLANS, "tcp://a:1", {"force": True}))
    assert [one.plan.label for one in found] == ["demo n=2", "demo n=1", "demo n=0"]
    assert made.closed
    assert made.asked == [
        ("distributed", "cluster"),
        ("tcp://a:1", {"timeout": 10, "set_as_default": False}),
        *[{"pure": False, "retries": 3}] * 3,
    ]
    whole.clear()
    with pytest.raises(SpecificationError, match="/runs/1 was made on the cluster and is not to be seen from here"):
        list(cluster.run_on_cluster(PLANS, "tcp://a:1", {"force": True}))


def test_runs_go_to_workers_as_they_are_free_and_a_lost_one_is_replaced(monkeypatch):
    outcomes, started, ended, events = [Outcome(plan) for plan in PLANS], [], [], []
    done = [pool.Done(one) for one in outcomes]
    # the first worker dies at its first run; the second makes one run after the other
    messages = [[EOFError()], [pool.Event("a cell"), done[1], done[2]], [done[0]]]

    def start(context, work, task, attempt, until):
        pipe = Pipe(*messages[len(started)])
        pipe.close = lambda: ended.append(pipe)
        started.append((task, attempt, work.args, pipe))
        return pool._Worker(Process(), pipe, task, attempt)

    monkeypatch.setattr(pool, "start", start)
    monkeypatch.setattr(pool.connection, "wait", lambda pipes, seconds: [one for one in pipes if one.messages])
    stopped = []
    monkeypatch.setattr(pool, "stop", lambda left: stopped.append(list(left)))
    found = list(workers.run_in_processes(PLANS, 2, "options", lambda *given: events.append(given)))
    assert [one[:2] for one in started] == [(PLANS[0], 1), (PLANS[1], 1), (PLANS[0], 2)]
    assert {one[2] for one in started} == {("options",)}
    assert sorted(one.plan.label for one in found) == ["demo n=0", "demo n=1", "demo n=2"]
    assert events == [(PLANS[1], "a cell")]
    assert started[1][3].sent == [PLANS[2]]
    assert len(ended) == 2
    assert stopped == [[]]


def test_a_run_that_no_worker_survives_is_told_with_the_last_exit_code(monkeypatch):
    monkeypatch.setattr(pool.Pool, "results", lambda self, tasks: ((task, pool.Lost(3, -9)) for task in tasks))
    (found,) = workers.run_in_processes(PLANS[:1], 2, "options", None)
    assert (found.plan, type(found.error)) == (PLANS[0], NotebookError)
    assert str(found.error) == "demo n=0: 3 workers died at it (exit code -9)"


def test_a_true_fault_of_a_worker_is_raised_and_the_others_are_stopped(monkeypatch):
    pipes = [Pipe(), Pipe()]
    pipes[0].recv = lambda: ValueError("fault")
    left = iter(pipes)
    monkeypatch.setattr(pool, "start", lambda context, work, task, *_: pool._Worker(Process(), next(left), task))
    monkeypatch.setattr(pool.connection, "wait", lambda given, seconds: [given[0]])
    stopped = []
    monkeypatch.setattr(pool, "stop", lambda left: stopped.append([one.pipe for one in left]))
    with pytest.raises(ValueError, match="fault"):
        list(workers.run_in_processes(PLANS, 2, "options", None))
    assert stopped == [pipes]
