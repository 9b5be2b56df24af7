"""The runs of a grid on a Dask cluster, whose workers see the project's folders as this machine does.

Dask gives the run of a lost worker to another one. A worker process runs one notebook at a time, whatever its number
of threads, and refuses a run planned with other software than its own.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ctresearch.core.errors import SpecificationError
from ctresearch.core.validate import require_extra
from ctresearch.studies.running.build import Options, Outcome, is_whole, run_plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ctresearch.studies.running.plan import Plan

_SECONDS = 10
_one_at_a_time = threading.Lock()


def run_on_cluster(plans: Sequence[Plan], address: str, options: Options) -> Iterator[Outcome]:
    """Make runs on a Dask cluster.

    Parameters
    ----------
    plans : sequence of Plan
        The runs.
    address : str
        Address of the scheduler.
    options : Options
        How each run is made.

    Yields
    ------
    Outcome
        As they come.

    Raises
    ------
    SpecificationError
        If the scheduler does not answer, or a finished run is not to be seen from here.
    MissingExtraError
        If dask.distributed is not installed.

    Examples
    --------
    >>> run_on_cluster.__annotations__["address"]
    'str'
    """
    distributed = require_extra("distributed", "cluster")
    try:
        client = distributed.Client(address, timeout=_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise SpecificationError(
            f"cluster == {address!r} did not answer within {_SECONDS} s: start one with `dask scheduler` and check the "
            "address"
        ) from error
    with client:
        futures = [client.submit(_run_one, plan, options, pure=False, retries=3) for plan in plans]
        for _, outcome in distributed.as_completed(futures, loop=client.loop, with_results=True):
            if outcome.error is None and not is_whole(outcome.plan):
                raise SpecificationError(
                    f"{outcome.plan.folder} was made on the cluster and is not to be seen from here: workers must share"
                    " the project's folders"
                )
            yield outcome


def _run_one(plan: Plan, options: Options) -> Outcome:
    """Make one run on a worker."""
    with _one_at_a_time:
        return run_plan(plan, options)
