"""Worker processes for any tasks: warm, one task at a time each, and replaced when one is killed or takes too long.

Workers are forked from a server that has imported papermill once, so each costs little. A task whose worker dies is
given to another one; what is finished stays finished. When the process that started them ends, however it ends, the
workers end their kernels and themselves.
"""

from __future__ import annotations

import contextlib
import math
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import connection
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import FrameType

Task = TypeVar("Task")
Work = Callable[[Task, Callable[[Any], None]], Any]
_ATTEMPTS = 3
# A worker that was interrupted has a kernel to end and a half-made run to clear away, for which a busy machine takes
# many times as long as an idle one; what is left of a worker that is killed is cleared by the next run alone.
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Event:
    """What a worker tells while it is at a task.

    Parameters
    ----------
    content : object
        What the task sent.

    Examples
    --------
    >>> Event("cell 1").content
    'cell 1'
    """

    content: Any


@dataclass(frozen=True, slots=True)
class Done:
    """What a task returned.

    Parameters
    ----------
    content : object
        The value.

    Examples
    --------
    >>> Done(4).content
    4
    """

    content: Any


@dataclass(frozen=True, slots=True)
class Lost:
    """A task that no worker brought to its end.

    Parameters
    ----------
    attempts : int
        How many workers were at it.
    code : int, optional
        Exit code of the last one; negative for the signal that ended it.
    late : bool
        Whether it was stopped because its time was up.

    Examples
    --------
    >>> Lost(3, -9).late
    False
    """

    attempts: int
    code: int | None
    late: bool = False


@dataclass(slots=True)
class _Worker:
    """A process, our end of its pipe, the task it is at and how often that was begun, and when its time is up."""

    process: Any
    pipe: Any
    task: Any
    attempt: int = 1
    until: float = math.inf
    late: bool = False


class Pool(Generic[Task]):
    """Some worker processes that do one thing to many tasks.

    Parameters
    ----------
    work : callable
        Takes a task and a function that sends an event; it and what it returns must be picklable. An exception that
        it raises is a true fault, which is raised here.
    jobs : int
        How many workers.
    seconds : float, optional
        Time for one task, after which its worker is interrupted, and killed a minute later if it still lives.

    Examples
    --------
    >>> with Pool(print, 2) as pool:
    ...     list(pool.results([]))
    []
    """

    def __init__(self, work: Work[Task], jobs: int, *, seconds: float | None = None) -> None:
        self._work, self._jobs, self._seconds = work, jobs, seconds
        self._workers: list[_Worker] = []
        self._waiting: deque[tuple[Task, int]] = deque()
        self._context: Any = None

    def __enter__(self) -> Self:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["ctresearch.studies.running.preloading"])
        return self

    def __exit__(self, *_: object) -> None:
        stop(self._workers)

    def results(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Event | Done | Lost]]:
        """Do all tasks.

        Parameters
        ----------
        tasks : iterable
            The tasks.

        Yields
        ------
        tuple
            A task, and an event of it or its end, as they come.

        Examples
        --------
        >>> with Pool(print, 2) as pool:
        ...     next(pool.results([]), "nothing to do")
        'nothing to do'
        """
        self._waiting = deque((task, 1) for task in tasks)
        self._workers += [self._start() for _ in range(min(self._jobs, len(self._waiting)))]
        while self._workers:
            ready = connection.wait([worker.pipe for worker in self._workers], self._patience())
            self._end_late_ones()
            for worker in [one for one in self._workers if one.pipe in ready]:
                message = _receive(worker)
                if isinstance(message, Exception):
                    raise message
                task = worker.task
                if message is None:
                    lost = self._replace(worker)
                    if lost is not None:
                        yield task, lost
                    continue
                if isinstance(message, Done):
                    self._next(worker)
                yield task, message

    def _start(self) -> _Worker:
        """Start a worker on the task that waits longest."""
        task, attempt = self._waiting.popleft()
        return start(self._context, self._work, task, attempt, self._time_is_up())

    def _time_is_up(self) -> float:
        """Say when the time of a task that begins now is up."""
        return math.inf if self._seconds is None else time.monotonic() + self._seconds

    def _patience(self) -> float | None:
        """Say how long to wait for a message before somebody's time is up."""
        until = min(worker.until for worker in self._workers)
        return None if math.isinf(until) else max(0.0, until - time.monotonic())

    def _end_late_ones(self) -> None:
        """Interrupt workers whose time is up, and kill those that did not stop."""
        for worker in self._workers:
            if time.monotonic() >= worker.until:
                worker.process.kill() if worker.late else worker.process.terminate()
                worker.late, worker.until = True, time.monotonic() + _PATIENCE

    def _next(self, worker: _Worker) -> None:
        """Give a worker its next task, or let it go."""
        if self._waiting:
            worker.task, worker.attempt = self._waiting.popleft()
            worker.until = self._time_is_up()
            with contextlib.suppress(OSError):  # one that died in between is noticed by its pipe
                worker.pipe.send(worker.task)
        else:
            self._workers.remove(worker)
            worker.pipe.close()  # an idle worker ends when its pipe does
            worker.process.join(_PATIENCE)

    def _replace(self, worker: _Worker) -> Lost | None:
        """Put another one in place of a dead worker; its task waits again, unless it has killed several."""
        worker.process.join()
        self._workers.remove(worker)
        lost = None
        if worker.late or worker.attempt >= _ATTEMPTS:
            lost = Lost(worker.attempt, worker.process.exitcode, worker.late)
        else:
            self._waiting.appendleft((worker.task, worker.attempt + 1))
        if self._waiting:
            self._workers.append(self._start())
        return lost


def start(context: Any, work: Work[Any], task: Any, attempt: int, until: float) -> _Worker:
    """Start a worker on its first task."""
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, work), name="ctresearch-worker")
    process.start()
    theirs.close()
    ours.send(task)
    return _Worker(process, ours, task, attempt, until)


def _receive(worker: _Worker) -> Any:
    """Take one message from a worker; ``None`` where it is dead."""
    try:
        return worker.pipe.recv()
    except (EOFError, ConnectionError):
        return None


def stop(workers: Sequence[_Worker]) -> None:
    """Interrupt workers at their work, and end those that do not stop in time."""
    for worker in workers:
        worker.process.terminate()
    for worker in workers:
        worker.process.join(_PATIENCE)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()


def serve(pipe: Any, work: Work[Any]) -> None:
    """Work on tasks until told to stop; this is what a worker process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(KeyboardInterrupt, EOFError, ConnectionError):
        signal.signal(signal.SIGTERM, interrupt)
        threading.Thread(target=end_with_parent, name="end-with-parent", daemon=True).start()
        while True:
            pipe.send(_attempt(pipe.recv(), work, pipe))
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _attempt(task: Any, work: Work[Any], pipe: Any) -> Done | Exception:
    """Do one task; a true fault goes to the process that started this one."""
    try:
        return Done(work(task, lambda event: pipe.send(Event(event))))
    except Exception as error:
        return error


def end_with_parent() -> None:
    """Wait for the process that started this one to end, then end this one in good order."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def interrupt(number: int, frame: FrameType | None) -> None:
    """Leave whatever is going on by way of its clean-up, once."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt
