"""Worker processes for the runs of a grid: warm, one notebook at a time each, and replaced when one is killed.

Workers are forked from a server that has imported papermill once, so each costs little. A run whose worker dies is
given to another one; what is finished stays finished. When the process that started them ends, however it ends, the
workers end their kernels and themselves.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from dataclasses import dataclass
from multiprocessing import connection
from typing import TYPE_CHECKING, Any

from ctresearch.studies.base.errors import NotebookError
from ctresearch.studies.running.build import Listener, Options, Outcome, run_plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

    from ctresearch.studies.running.plan import Plan

_ATTEMPTS = 3
# A worker that was interrupted has a kernel to end and a half-made run to clear away, for which a busy machine takes
# many times as long as an idle one; what is left of a worker that is killed is cleared by the next run alone.
_PATIENCE = 60.0


@dataclass(slots=True)
class _Worker:
    """A process, our end of its pipe, and the plan it is at work on with the number of attempts."""

    process: Any
    pipe: Any
    task: tuple[Plan, int]


def run_in_processes(plans: Sequence[Plan], jobs: int, options: Options, listen: Listener | None) -> Iterator[Outcome]:
    """Make runs in worker processes.

    Parameters
    ----------
    plans : sequence of Plan
        The runs.
    jobs : int
        How many workers.
    options : Options
        How each run is made.
    listen : callable, optional
        Told of each cell.

    Yields
    ------
    Outcome
        As they come.

    Examples
    --------
    >>> list(run_in_processes([], 2, Options(), None))
    []
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["ctresearch.studies.running.preloading"])
    waiting = deque((plan, 1) for plan in plans)
    workers = [_start(context, waiting.popleft(), options) for _ in range(min(jobs, len(waiting)))]
    try:
        while workers:
            ready = connection.wait([worker.pipe for worker in workers])
            for worker in [one for one in workers if one.pipe in ready]:
                message = _receive(worker)
                if isinstance(message, Exception):
                    raise message
                if message is None:
                    workers.remove(worker)
                    lost = _lost(worker, waiting)
                    if lost is not None:
                        yield lost
                    if waiting:
                        workers.append(_start(context, waiting.popleft(), options))
                elif not isinstance(message, Outcome):
                    if listen is not None:
                        listen(worker.task[0], message)
                else:
                    yield message
                    if waiting:
                        worker.task = waiting.popleft()
                        worker.pipe.send(worker.task[0])
                    else:
                        workers.remove(worker)
                        worker.pipe.close()  # an idle worker ends when its pipe does
                        worker.process.join(_PATIENCE)
    finally:
        _stop(workers)


def _start(context: Any, task: tuple[Plan, int], options: Options) -> _Worker:
    """Start a worker on its first plan."""
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, options), name="ctresearch-worker")
    process.start()
    theirs.close()
    ours.send(task[0])
    return _Worker(process, ours, task)


def _receive(worker: _Worker) -> Any:
    """Take one message from a worker; ``None`` where it is dead."""
    try:
        return worker.pipe.recv()
    except (EOFError, ConnectionError):
        return None


def _lost(worker: _Worker, waiting: deque[tuple[Plan, int]]) -> Outcome | None:
    """Give the run of a dead worker to another one, unless it has killed several."""
    worker.process.join()
    plan, attempt = worker.task
    if attempt < _ATTEMPTS:
        waiting.appendleft((plan, attempt + 1))
        return None
    code = worker.process.exitcode
    return Outcome(plan, error=NotebookError(f"{plan.label}: {attempt} workers died at it (exit code {code})"))


def _stop(workers: Sequence[_Worker]) -> None:
    """Interrupt workers at their work, and end those that do not stop in time."""
    for worker in workers:
        worker.process.terminate()
    for worker in workers:
        worker.process.join(_PATIENCE)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()


def _serve(pipe: Any, options: Options) -> None:
    """Work on plans until told to stop; this is what a worker process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(KeyboardInterrupt, EOFError, ConnectionError):
        signal.signal(signal.SIGTERM, _interrupt)
        threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
        while True:
            pipe.send(_attempt(pipe.recv(), options, pipe))
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _attempt(plan: Plan, options: Options, pipe: Any) -> Outcome | Exception:
    """Make one run; a true fault goes to the process that started this one."""
    try:
        return run_plan(plan, options, lambda _, event: pipe.send(event))
    except Exception as error:
        return error


def _end_with_parent() -> None:
    """Wait for the process that started this one to end, then end this one in good order."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Leave whatever is going on by way of its clean-up, once."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt
