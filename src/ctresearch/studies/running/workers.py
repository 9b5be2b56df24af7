"""The runs of a grid in worker processes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from ctresearch.studies.base.errors import NotebookError
from ctresearch.studies.running.build import Listener, Options, Outcome, run_plan
from ctresearch.studies.running.pool import Event, Lost, Pool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ctresearch.studies.running.plan import Plan


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
    with Pool(partial(one_run, options), jobs) as pool:
        for plan, message in pool.results(plans):
            if isinstance(message, Lost):
                died = f"{message.attempts} workers died at it (exit code {message.code})"
                yield Outcome(plan, error=NotebookError(f"{plan.label}: {died}"))
            elif not isinstance(message, Event):
                yield message.content
            elif listen is not None:
                listen(plan, message.content)


def one_run(options: Options, plan: Plan, send: Callable[[Any], None]) -> Outcome:
    """Make one run in a worker."""
    return run_plan(plan, options, lambda _, event: send(event))
