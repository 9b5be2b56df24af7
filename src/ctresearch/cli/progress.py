"""Progress of runs: bars on a terminal, one line a finished run elsewhere."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ctresearch.studies.checked.one import Labelled
    from ctresearch.studies.kernel.engine import CellEvent
    from ctresearch.studies.running.build import Listener, Outcome
    from ctresearch.studies.running.plan import Plan


@contextmanager
def progress(plans: Sequence[Plan]) -> Iterator[Listener]:
    """Show how far the runs are.

    Parameters
    ----------
    plans : sequence of Plan
        The runs.

    Yields
    ------
    callable
        To be told of each cell and each outcome.

    Examples
    --------
    >>> with progress([]) as listen:
    ...     callable(listen)
    True
    """
    if not sys.stderr.isatty():
        yield _line_by_line(len(plans))
        return
    with _bars() as move:
        yield lambda plan, event: move(plan.run_id, plan.label, event)


@contextmanager
def study_progress() -> Iterator[Callable[[tuple[Labelled, Any]], None] | None]:
    """Show how far the runs of several studies are, on a terminal alone.

    Yields
    ------
    callable or None
        To be told of each cell with its run, and of ``None`` where the run has ended.

    Examples
    --------
    >>> with study_progress() as hear:
    ...     hear is None
    True
    """
    if not sys.stderr.isatty():
        yield None
        return
    with _bars() as move:
        yield lambda told: move(told[0].run_id, told[0].label, told[1])


@contextmanager
def _bars() -> Iterator[Callable[[str, str, object], None]]:
    """Show a bar a run; to be told of its id, its label, and a cell or its end."""
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    from ctresearch.studies.kernel.engine import CellEvent

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[heading]}", style="dim"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def move(run: str, label: str, event: object) -> None:
            """Move the bar of one run."""
            if run not in tasks:
                tasks[run] = bars.add_task(escape(label), total=None, heading="")
            if isinstance(event, CellEvent):
                bars.update(tasks[run], total=event.total, completed=event.position - 1, heading=escape(event.heading))
            else:
                bars.remove_task(tasks.pop(run))

        yield move


def _line_by_line(total: int) -> Listener:
    """Write a line for each run of a grid that is finished; a single run needs none."""
    from ctresearch.studies.running.build import Outcome

    done = 0

    def listen(plan: Plan, event: CellEvent | Outcome) -> None:
        """Write a line where a run is finished."""
        nonlocal done
        if isinstance(event, Outcome) and total > 1:
            done += 1
            word = "failed" if event.error is not None else "already there" if event.reused else "done"
            click.echo(f"[{done}/{total}] {plan.label}: {word} after {event.seconds:.1f} s", err=True)

    return listen
