"""Runs studies: one notebook here, or the combinations of a grid on several cores or machines."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import SpecificationError
from ctresearch.core.parallel import available_cores
from ctresearch.core.validate import whole_number
from ctresearch.studies.asked.identity import explain
from ctresearch.studies.kept.evidence import from_folder
from ctresearch.studies.kept.record import RunRecord
from ctresearch.studies.running.plan import Plan, plan_runs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from ctresearch.studies.asked.manifest import Study
    from ctresearch.studies.kept.evidence import Evidence
    from ctresearch.studies.running.build import Listener, Options, Outcome


def run_study(
    study: Study | str | Path,
    parameters: Mapping[str, Any] | None = None,
    data: Mapping[str, str | Path] | None = None,
    out: Path | None = None,
    force: bool = False,
) -> RunRecord:
    """Run a study that is one run, unless its outputs are there and verify.

    Parameters
    ----------
    study : Study, str or pathlib.Path
        A study, its name, or its folder.
    parameters : mapping, optional
        Values for this time.
    data : mapping, optional
        Files, or ``published:NAME``, in place of the manifest's sources.
    out : pathlib.Path, optional
        Folder for the runs, in place of the project's ``runs``.
    force : bool
        Make the run again even if it is there, and compare.

    Returns
    -------
    RunRecord
        The finished run.

    Raises
    ------
    SpecificationError
        If the study or what was given is not valid, or the study is a grid.
    NotebookError
        If the notebook failed.
    IntegrityError
        If a run made again gave other bytes.

    Examples
    --------
    >>> run_study("no such study")
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.SpecificationError: study == 'no such study' ...
    """
    plans = plan_runs(study, parameters, data, out)
    if len(plans) > 1:
        raise SpecificationError(f"{plans[0].study.name} is a grid of {len(plans)} runs: use run_plans(plan_runs(...))")
    (outcome,) = run_plans(plans, force=force)
    if outcome.error is not None:
        raise outcome.error
    return RunRecord.open(plans[0].folder)


def run_plans(
    plans: Sequence[Plan],
    *,
    jobs: int = 1,
    cluster: str | None = None,
    force: bool = False,
    options: Options | None = None,
    listen: Listener | None = None,
) -> Iterator[Outcome]:
    """Make several runs of one study, those that are there already excepted.

    Parameters
    ----------
    plans : sequence of Plan
        What :func:`~ctresearch.studies.running.plan.plan_runs` decided.
    jobs : int
        Worker processes on this machine.
    cluster : str, optional
        Address of a Dask scheduler. A grid is spread over its workers; a single run stays here, and the library's own
        parallel work goes there.
    force : bool
        Make runs again that are there, and compare.
    options : Options, optional
        How runs are made, in place of ``force`` and of the share of the cores that ``jobs`` leaves to each.
    listen : callable, optional
        Told of each cell and each outcome, with the plan.

    Yields
    ------
    Outcome
        As they come; ``latest`` is set when all have come and none failed, unless parameters or data were given in
        place of the study's own.

    Raises
    ------
    SpecificationError
        If ``jobs`` is not a positive whole number, or the cluster does not answer.

    Examples
    --------
    >>> list(run_plans([]))
    []
    """
    from ctresearch.studies.running.build import Options

    whole_number("jobs", jobs, low=1)
    failed = False
    jobs = min(jobs, max(len(plans), 1))
    if options is None:
        share = max(1, available_cores() // jobs) if jobs > 1 and (cluster is None or len(plans) == 1) else None
        options = Options(force=force, kernel_jobs=share)
    for outcome in _outcomes(plans, jobs, cluster, options, listen):
        failed = failed or outcome.error is not None
        if listen is not None:
            listen(outcome.plan, outcome)
        yield outcome
    if plans and not failed and _are_own(plans):
        plans[0].store.set_latest([plan.run_id for plan in plans])


def standing(plans: Sequence[Plan]) -> list[Evidence] | None:
    """Read what runs gave that are there already.

    Parameters
    ----------
    plans : sequence of Plan
        The runs.

    Returns
    -------
    list of Evidence or None
        One a run; ``None`` unless all of them are there, whole.

    Examples
    --------
    >>> standing([])
    []
    """
    from ctresearch.studies.running.build import is_whole

    return [from_folder(plan.folder) for plan in plans] if all(is_whole(plan) for plan in plans) else None


def why_new(plan: Plan) -> list[str]:
    """Say why a run must be made, by comparison with the study's latest run.

    Parameters
    ----------
    plan : Plan
        The run.

    Returns
    -------
    list of str
        One sentence a reason; empty where the run is there and whole.

    Examples
    --------
    >>> from pathlib import Path
    >>> from ctresearch.studies.asked.manifest import Study
    >>> from ctresearch.studies.kept.store import Store
    >>> study = Study(name="demo", folder=Path("demo"), title="T", notebook="n", seed=1)
    >>> why_new(Plan(study, {}, {}, {}, {"seed": 1}, Store(Path("no such folder"))))
    ['the study has not been run before']
    """
    files = plan.store.refuted(plan.run_id)
    if files is not None:
        return [f"it was refuted: made again, it gave other bytes in {', '.join(files[:5]) or 'its files'}"]
    if plan.folder.exists():
        record = RunRecord.open(plan.folder)
        return [f"its outputs are not whole: {problem}" for problem in record.problems()]
    earlier = [plan.store.folder / short for short in plan.store.latest()]
    records = [RunRecord.open(folder) for folder in earlier if folder.is_dir()]
    if not records:
        return ["the study has not been run before"]
    return min((explain(record.components, plan.components) for record in records), key=len)


def _are_own(plans: Sequence[Plan]) -> bool:
    """Say whether runs have the study's own parameters and data; data that it names no source for are its own."""
    own_data = all(one.replaced is None for one in plans[0].inputs.values())
    return own_data and [plan.parameters for plan in plans] == plans[0].study.parameter_sets()


def _outcomes(
    plans: Sequence[Plan], jobs: int, cluster: str | None, options: Options, listen: Listener | None
) -> Iterator[Outcome]:
    """Choose where the runs are made."""
    if cluster is not None and len(plans) > 1:
        from ctresearch.studies.running.cluster import run_on_cluster

        return run_on_cluster(plans, cluster, options)
    if jobs > 1:
        from ctresearch.studies.running.workers import run_in_processes

        return run_in_processes(plans, jobs, options, listen)
    from ctresearch.studies.running.build import run_plan

    here = replace(options, cluster=cluster)
    return (run_plan(plan, here, listen) for plan in plans)
