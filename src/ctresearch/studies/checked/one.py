"""Checks one study: whatever happens to it becomes a verdict, so that no study stops another one."""

from __future__ import annotations

import dataclasses
import math
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import CtResearchError, DisclosureError
from ctresearch.studies.base.errors import IntegrityError, NotebookError, NotebookInputError
from ctresearch.studies.checked.drift import Alarm, harmless, moved_estimates
from ctresearch.studies.checked.verdict import Status, Verdict
from ctresearch.studies.compare import expected
from ctresearch.studies.compare.compare import gravest
from ctresearch.studies.running.build import Options
from ctresearch.studies.running.plan import plan_runs
from ctresearch.studies.running.run import run_plans, standing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ctresearch.studies.asked.manifest import Study
    from ctresearch.studies.kept.evidence import Evidence
    from ctresearch.studies.running.plan import Plan

NEEDS_DATA = "give each restricted input with --data"
_STATUS: tuple[tuple[type[Exception], Status], ...] = (
    (NotebookInputError, "wrong input"),
    (NotebookError, "crashed"),
    (IntegrityError, "not reproduced"),
    (DisclosureError, "refused"),
    (CtResearchError, "wrong input"),
    (OSError, "wrong input"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked about one study.

    Parameters
    ----------
    study : str
        Its name, or a path to its folder.
    root : pathlib.Path
        Root of the project.
    data : mapping of str to str
        Files of inputs.
    update : bool
        Whether to accept what comes out.
    force : bool
        Whether to make runs again that are there and gave what is expected.
    jobs : int
        Worker processes for the runs of a grid.
    kernel_jobs : int, optional
        Workers that the library may use inside a notebook.
    minutes : float
        Time for the whole study.
    alarm : {"any", "edge", "outside"}
        How far an estimate may move before that is drift.

    Examples
    --------
    >>> Asked("demo", Path(".")).alarm
    'any'
    """

    study: str
    root: Path
    data: Mapping[str, str] = field(default_factory=dict)
    update: bool = False
    force: bool = False
    jobs: int = 1
    kernel_jobs: int | None = None
    minutes: float = math.inf
    alarm: Alarm = "any"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A run, as far as somebody who watches it must know it.

    Examples
    --------
    >>> Labelled("ab", "demo n=1").label
    'demo n=1'
    """

    run_id: str
    label: str


def check_one(asked: Asked, hear: Callable[[tuple[Labelled, Any]], None] | None = None) -> Verdict:
    """Run a study again where that is needed, and compare it with what was accepted.

    Parameters
    ----------
    asked : Asked
        Which study, and how.
    hear : callable, optional
        Told of each cell, with the run; of ``None`` where a run has ended.

    Returns
    -------
    Verdict
        Whatever happened: an error of the study, of its data, of the system or of this library is told in it, without
        anything that may repeat a cell of the data.

    Examples
    --------
    >>> check_one(Asked("no-such-study", Path("no such folder"))).status
    'wrong input'
    """
    began = time.monotonic()
    try:
        verdict = _check(asked, hear, began + 60 * asked.minutes)
    except (Exception, SystemExit) as error:
        verdict = told(asked, error)
        if verdict.status == "crashed" and time.monotonic() >= began + 60 * asked.minutes:
            verdict = dataclasses.replace(verdict, status="out of time")
    return dataclasses.replace(verdict, seconds=time.monotonic() - began)


def told(asked: Asked, error: BaseException) -> Verdict:
    """Turn an error into a verdict: its status, and a sentence that names no folder of this machine.

    Parameters
    ----------
    asked : Asked
        What was asked.
    error : BaseException
        What was raised.

    Returns
    -------
    Verdict
        A fault that is none of ours to foresee is told by its class and place.

    Examples
    --------
    >>> told(Asked("demo", Path("/home/somebody")), NotebookError("cell 2 of 3: boom")).message
    'cell 2 of 3: boom'
    """
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), None)
    if isinstance(error, OSError) and not isinstance(error, CtResearchError):
        message = f"cannot write or read: {error.strerror or type(error).__name__}; free space or check permissions"
    elif status is None:
        message = f"{type(error).__name__}{_place(error)}; its message may repeat a cell of the data and is withheld"
    else:
        message = getattr(error, "what", "") or str(error)
    name = _name(asked)
    message = message.replace(f"{asked.root.resolve()}/", "").removeprefix(f"{name}: ")
    return Verdict(name, status or "crashed", message)


def _name(asked: Asked) -> str:
    """Name a study of which nothing but the word for it may be known."""
    return Path(asked.study).resolve().name if "/" in asked.study else asked.study


def _place(error: BaseException) -> str:
    """Say in which line of the library an error was raised."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "ctresearch" in frame.filename]
    return f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""


def _check(asked: Asked, hear: Callable[[tuple[Labelled, Any]], None] | None, until: float) -> Verdict:
    """Check one study, and raise what goes wrong."""
    from ctresearch.studies.asked.manifest import load_study

    study = load_study(asked.study, asked.root)
    if not asked.data and any(one.source is None for one in study.data.values()):
        return Verdict(study.name, "needs data", NEEDS_DATA)
    accepted = None if asked.update else expected.read_expected(study)
    plans = plan_runs(study, data=asked.data, root=asked.root)
    if accepted is not None and not asked.force and (there := standing(plans)) is not None:
        outputs = tuple(expected.compare(accepted, there, study.outputs))
        if gravest(outputs) == "same":
            return Verdict(study.name, "same", "", outputs, reused=True)
    runs = _run(plans, asked, hear, until)
    if accepted is None:
        expected.write_expected(study, runs)
        return Verdict(study.name, "accepted", f"{study.name}/{expected.EXPECTED_NAME}")
    refuse_differences(plans[0].study, runs, accepted)
    return _compared(study, accepted, runs, asked.alarm)


def _compared(study: Study, accepted: Mapping[str, Any], runs: Sequence[Evidence], alarm: Alarm) -> Verdict:
    """Compare what came out with what was accepted, and place what moved."""
    from ctresearch.studies.release.withdraw import RELEASES

    outputs = tuple(expected.compare(accepted, runs, study.outputs))
    status: Status = gravest(outputs)
    if status == "same":
        return Verdict(study.name, "same", "", outputs)
    moved = moved_estimates(accepted, study.folder / RELEASES, runs)
    if status == "drifted" and harmless(outputs, moved, alarm):
        status = "moved"
    return Verdict(study.name, status, "", outputs, moved)


def _run(
    plans: Sequence[Plan], asked: Asked, hear: Callable[[tuple[Labelled, Any]], None] | None, until: float
) -> list[Evidence]:
    """Make the runs of a study again within the time that is left."""
    from ctresearch.studies.kept.evidence import from_folder
    from ctresearch.studies.kernel.engine import CellEvent

    def listen(plan: Plan, event: object) -> None:
        """Hand on what somebody may watch."""
        if hear is not None:
            hear((Labelled(plan.run_id, plan.label), event if isinstance(event, CellEvent) else None))

    options = Options(force=True, kernel_jobs=asked.kernel_jobs, until=until)
    for outcome in run_plans(plans, jobs=asked.jobs, options=options, listen=listen):
        if outcome.error is not None:
            raise outcome.error
    return [from_folder(plan.folder) for plan in plans]


def refuse_differences(study: Study, runs: Sequence[Evidence], accepted: Mapping[str, Any]) -> None:
    """Show nothing whose difference from what others have seen could show a person.

    Parameters
    ----------
    study : Study
        The study as its data made it.
    runs : sequence of Evidence
        What came out.
    accepted : mapping
        Content of ``expected.json``.

    Raises
    ------
    DisclosureError
        If a table differs from an earlier one by so little that the difference could show somebody.

    Examples
    --------
    >>> refuse_differences.__annotations__["return"]
    'None'
    """
    from ctresearch.studies.release.withdraw import RELEASES
    from ctresearch.studies.shown import gate

    earlier = [*gate.released_tables(study, [study.folder / RELEASES]), *expected.accepted_tables(accepted)]
    refused = gate.judge_differences(study, runs, earlier)
    if refused:
        lines = "; ".join(f"{name}: {message}" for name, message in refused.items())
        raise DisclosureError(
            f"nothing about {study.name!r} is shown, since it differs too little from before: {lines}"
        )
