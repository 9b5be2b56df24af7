"""One door to more than one core, and through it to a Dask cluster.

Work is cut into chunks of a fixed size and its results come back in chunk order, so the bytes are the same for one
worker, for eight and for a cluster. A process takes its workers from :func:`workers`, else from the environment
variables ``CTRESEARCH_JOBS`` and ``CTRESEARCH_CLUSTER``, by which a study's runner tells its kernel. Compiled kernels
release the interpreter lock, so threads serve them best.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from ctresearch.core.errors import SpecificationError
from ctresearch.core.validate import one_of, require_extra, whole_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Prefer = Literal["threads", "processes"]
Out = TypeVar("Out")
CONNECT_TIMEOUT = "10s"
JOBS_VARIABLE, CLUSTER_VARIABLE = "CTRESEARCH_JOBS", "CTRESEARCH_CLUSTER"
BAR_AFTER = 1.0
_showing = threading.Lock()
_cluster: ContextVar[str | None] = ContextVar("ctresearch_cluster", default=None)
_jobs: ContextVar[int | None] = ContextVar("ctresearch_jobs", default=None)


def available_cores() -> int:
    """Count the cores this process may use.

    Returns
    -------
    int
        At least 1.

    Examples
    --------
    >>> available_cores() >= 1
    True
    """
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else (os.cpu_count() or 1)


@contextmanager
def workers(jobs: int | None = None, *, cluster: str | None = None) -> Iterator[None]:
    """Set how many workers the calls inside use, or which Dask cluster.

    Parameters
    ----------
    jobs : int, optional
        Number of local workers; ``None`` takes all cores.
    cluster : str, optional
        Address of a Dask scheduler, such as ``"tcp://127.0.0.1:8786"`` (extra ``cluster``).

    Yields
    ------
    None

    Examples
    --------
    >>> with workers(1):
    ...     map_chunks(sum, [[1, 2], [3]])
    [3, 3]
    """
    if jobs is not None:
        whole_number("jobs", jobs, low=1)
    job_token, cluster_token = _jobs.set(jobs), _cluster.set(cluster)
    try:
        yield
    finally:
        _jobs.reset(job_token)
        _cluster.reset(cluster_token)


def map_chunks(
    function: Callable[..., Out], chunks: Sequence[Any], *, prefer: Prefer = "threads", progress: str = "Working"
) -> list[Out]:
    """Apply a function to every chunk of work and return the results in chunk order.

    Parameters
    ----------
    function : callable
        Takes one chunk. For processes and clusters it must be importable, so no lambda.
    chunks : sequence
        The work, cut so that the cut does not depend on the number of workers.
    prefer : {"threads", "processes"}
        Threads for kernels that release the interpreter lock and for single-chunk work, processes for plain Python.
    progress : str
        Text of a progress bar that appears once the work has taken over a second; of calls inside one another the
        outermost has it.

    Returns
    -------
    list
        One result a chunk.

    Raises
    ------
    SpecificationError
        If ``prefer`` is unknown.

    Examples
    --------
    >>> map_chunks(abs, [-1, 2, -3])
    [1, 2, 3]
    """
    one_of("prefer", prefer, ("threads", "processes"))
    address = _cluster.get() or os.environ.get(CLUSTER_VARIABLE)
    if address is not None:
        return _map_on_cluster(function, chunks, address)
    jobs = min(_jobs.get() or int(os.environ.get(JOBS_VARIABLE, "0")) or available_cores(), max(len(chunks), 1))
    with _bar(len(chunks), progress) as counted:
        if jobs == 1:
            return [counted(function(chunk)) for chunk in chunks]
        from joblib import Parallel, delayed

        done = Parallel(n_jobs=jobs, prefer=prefer, return_as="generator")(delayed(function)(chunk) for chunk in chunks)
        return [counted(one) for one in done]


def split(total: int, size: int) -> list[range]:
    """Cut ``total`` pieces of work into chunks of ``size``.

    Parameters
    ----------
    total : int
        Number of pieces.
    size : int
        Pieces a chunk; the last may be smaller.

    Returns
    -------
    list of range
        The chunks, in order.

    Examples
    --------
    >>> split(5, 2)
    [range(0, 2), range(2, 4), range(4, 5)]
    """
    return [range(start, min(start + size, total)) for start in range(0, total, size)]


@contextmanager
def _bar(total: int, text: str) -> Iterator[Callable[[Out], Out]]:
    """Count pieces of work under a bar, unless there is one already: pieces may be cut up themselves."""
    if os.environ.get("TQDM_DISABLE") or not _showing.acquire(blocking=False):
        yield lambda one: one
        return
    bar = _LateBar(total, text)
    try:
        yield bar.count
    finally:
        bar.close()
        _showing.release()


class _LateBar:
    """A bar that shows itself once the work is slow, be the first piece done by then or not."""

    def __init__(self, total: int, text: str) -> None:
        if "ipykernel" in sys.modules:  # on import tqdm warns of notebooks, and hides it in one thread alone
            importlib.import_module("tqdm.auto")
        self._total, self._text, self._done = total, text, 0
        self._bar: Any = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(BAR_AFTER, self._show)
        self._timer.daemon = True
        self._timer.start()

    def count(self, one: Out) -> Out:
        """Count a piece that is done, and hand it on."""
        with self._lock:
            self._done += 1
            if self._bar is not None:
                self._bar.update()
        return one

    def close(self) -> None:
        """Take the bar away."""
        self._timer.cancel()
        with self._lock:
            self._total = -1
            if self._bar is not None:
                self._bar.close()

    def _show(self) -> None:
        """Draw the bar, unless the work has just ended."""
        from tqdm.auto import tqdm

        with self._lock:
            if self._total >= 0:
                self._bar = tqdm(total=self._total, initial=self._done, desc=self._text, leave=False)


def _map_on_cluster(function: Callable[..., Out], chunks: Sequence[Any], address: str) -> list[Out]:
    """Send the chunks to a Dask cluster; Dask itself repeats those of a lost worker."""
    distributed = require_extra("distributed", "cluster")
    try:
        client = distributed.Client(address, timeout=CONNECT_TIMEOUT, set_as_default=False)
    except OSError as error:
        raise SpecificationError(
            f"cluster == {address!r} did not answer within {CONNECT_TIMEOUT}: start one with `dask scheduler` and check"
            " the address"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=CONNECT_TIMEOUT)
        except TimeoutError as error:
            raise SpecificationError(
                f"cluster == {address!r} has no workers: start some with `dask worker {address}` where this package is "
                "installed"
            ) from error
        futures = client.map(function, list(chunks), pure=False, retries=3)
        return list(client.gather(futures))
