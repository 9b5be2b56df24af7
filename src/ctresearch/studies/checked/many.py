"""Checks many studies, each for itself: in worker processes of this machine, or on a Dask cluster."""

from __future__ import annotations

import dataclasses
import math
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import SpecificationError
from ctresearch.core.parallel import available_cores
from ctresearch.core.validate import require_extra
from ctresearch.studies.checked.one import Asked, Labelled, check_one
from ctresearch.studies.checked.verdict import Verdict
from ctresearch.studies.running.pool import Event, Lost, Pool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

NOT_RUN = "the check was interrupted before its end"
_SECONDS = 10
_GRACE = 30.0  # a worker keeps to the time of a study by itself; it is interrupted where it hangs outside a notebook
_one_at_a_time = threading.Lock()


@contextmanager
def checks(
    asked: Sequence[Asked],
    *,
    jobs: int = 1,
    cluster: str | None = None,
    hear: Callable[[tuple[Labelled, Any]], None] | None = None,
) -> Iterator[Iterator[tuple[str, Verdict]]]:
    """Check studies; what is at work when the context is left is ended in good order.

    Parameters
    ----------
    asked : sequence of Asked
        One a study.
    jobs : int
        How many studies at once; with a single one, how many runs of its grid.
    cluster : str, optional
        Address of a Dask scheduler, whose workers see the project's folders as this machine does.
    hear : callable, optional
        Told of each cell, with the run; not on a cluster.

    Yields
    ------
    iterator of tuple of str and Verdict
        The word for each study and what was found, as they come. Whatever happens to one, to its kernel or to the
        worker that is at it, the others go on.

    Raises
    ------
    SpecificationError
        If the cluster does not answer.

    Examples
    --------
    >>> with checks([]) as verdicts:
    ...     list(verdicts)
    []
    """
    if cluster is not None:
        with _client(cluster) as client:
            yield _on_cluster(asked, client)
        return
    several = min(jobs, len(asked))
    share = max(1, available_cores() // several) if several > 1 else None
    alone = jobs if len(asked) == 1 else 1
    mine = [dataclasses.replace(one, jobs=alone, kernel_jobs=share if alone == 1 else None) for one in asked]
    minutes = max((one.minutes for one in asked), default=math.inf)
    seconds = None if math.isinf(minutes) else 60 * minutes + _GRACE
    with Pool(check_one, max(several, 1), seconds=seconds) as pool:
        yield _in_processes(mine, pool, hear)


def _in_processes(
    asked: Sequence[Asked], pool: Pool[Asked], hear: Callable[[tuple[Labelled, Any]], None] | None
) -> Iterator[tuple[str, Verdict]]:
    """Check studies in worker processes."""
    for one, message in pool.results(asked):
        if isinstance(message, Event):
            if hear is not None:
                hear(message.content)
        elif isinstance(message, Lost):
            yield one.study, _lost(one, message)
        else:
            yield one.study, message.content


def _lost(asked: Asked, lost: Lost) -> Verdict:
    """Say that no worker brought a study to its end."""
    if lost.late:
        return Verdict(asked.study, "out of time", f"it took longer than {asked.minutes:g} minutes")
    return Verdict(asked.study, "crashed", f"{lost.attempts} workers died at it (exit code {lost.code})")


def _on_cluster(asked: Sequence[Asked], client: Any) -> Iterator[tuple[str, Verdict]]:
    """Check studies on a cluster; Dask gives the study of a lost worker to another one.

    A study that ends its workers takes those with it that wait beside it. What was lost is therefore asked once more at
    the end, each by itself.
    """
    distributed = require_extra("distributed", "cluster")
    futures = {client.submit(_on_worker, one, pure=False, retries=2): one for one in asked}
    lost: list[Asked] = []
    try:
        for future in distributed.as_completed(list(futures), loop=client.loop):
            if future.exception() is None:
                yield futures[future].study, future.result()
            else:  # a study's own faults are verdicts: what comes here is of the cluster
                lost.append(futures[future])
        for one in lost:
            alone = client.submit(_on_worker, one, pure=False)
            futures[alone], error = one, alone.exception()
            crashed = Verdict(one.study, "crashed", f"the cluster lost it: {type(error).__name__}")
            yield one.study, alone.result() if error is None else crashed
    finally:
        client.cancel(list(futures))


def _on_worker(asked: Asked) -> Verdict:
    """Check one study on a worker of a cluster, one at a time."""
    if not asked.root.is_dir():
        return Verdict(asked.study, "wrong input", "the project is not to be seen from a worker: they must share it")
    with _one_at_a_time:
        return check_one(asked)


@contextmanager
def _client(address: str) -> Iterator[Any]:
    """Connect with a scheduler."""
    distributed = require_extra("distributed", "cluster")
    try:
        client = distributed.Client(address, timeout=_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise SpecificationError(
            f"cluster == {address!r} did not answer within {_SECONDS} s: start one with `dask scheduler` and check the "
            "address"
        ) from error
    with client:
        yield client
