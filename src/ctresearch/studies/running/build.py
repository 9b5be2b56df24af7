"""Builds one run: kernel, checks of what came out, report, provenance; then into place whole, or not at all."""

from __future__ import annotations

import datetime as dt
import json
import math
import os
import platform
import shutil
import socket
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ctresearch.core.compile import source_hash
from ctresearch.core.errors import CtResearchError, DataError, SpecificationError
from ctresearch.core.parallel import CLUSTER_VARIABLE
from ctresearch.studies.asked import identity
from ctresearch.studies.asked.other_data import replaced_inputs
from ctresearch.studies.asked.parameters import as_words
from ctresearch.studies.asked.project import Project, find_root
from ctresearch.studies.base.errors import IntegrityError, NotebookError, NotebookInputError
from ctresearch.studies.door.current import SAVED, promised_kinds, read_saved, write_run_file
from ctresearch.studies.kept.record import LOG, PROVENANCE, RunRecord, file_hashes
from ctresearch.studies.kernel.engine import CellEvent, Execution
from ctresearch.studies.kernel.kernel import CODE, OUTPUTS, environment, private_folder
from ctresearch.studies.kernel.kernel_errors import VARIABLE
from ctresearch.studies.kernel.opened import Opened
from ctresearch.studies.running.plan import Plan

if TYPE_CHECKING:
    from ctresearch.studies.asked.manifest import Limits
    from ctresearch.studies.kernel.seal import Seal

_LEAST_MINUTES = 0.001


@dataclass(frozen=True, slots=True)
class Options:
    """How runs are made; none of it can change what comes out.

    Parameters
    ----------
    force : bool
        Make a run again that is there already, and compare.
    kernel_jobs : int, optional
        Workers that the library may use inside a notebook.
    cluster : str, optional
        Address of a Dask scheduler for the library's own work inside a notebook.
    until : float
        Moment of this machine's monotonic clock at which a run is stopped, whatever its study allows.

    Examples
    --------
    >>> Options().force
    False
    """

    force: bool = False
    kernel_jobs: int | None = None
    cluster: str | None = None
    until: float = math.inf

    def within(self, limits: Limits) -> Limits:
        """Return the limits of a study as far as the time allows.

        Parameters
        ----------
        limits : Limits
            Those of the manifest.

        Returns
        -------
        Limits
            The same with at most the minutes that are left.

        Examples
        --------
        >>> from ctresearch.studies.asked.manifest import Limits
        >>> Options().within(Limits()).minutes, Options(until=0.0).within(Limits()).minutes
        (120.0, 0.001)
        """
        left = max((self.until - time.monotonic()) / 60, _LEAST_MINUTES)
        return limits.model_copy(update={"minutes": min(limits.minutes, left)})


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What became of one plan.

    Parameters
    ----------
    plan : Plan
        The plan.
    reused : bool
        Whether the run was there already, whole.
    error : CtResearchError, optional
        Why there is no run.
    seconds : float
        How long it took.
    seal : Seal, optional
        How the kernel was sealed, where there was one.

    Examples
    --------
    >>> Outcome.__slots__
    ('plan', 'reused', 'error', 'seconds', 'seal')
    """

    plan: Plan
    reused: bool = False
    error: CtResearchError | None = None
    seconds: float = 0.0
    seal: Seal | None = None


_BY_HAND = "to see more, open the notebook in JupyterLab with CTRESEARCH_DATA='NAME=FILE' and run it by hand"
Listener = Callable[[Plan, CellEvent | Outcome], None]


def run_plan(plan: Plan, options: Options, listen: Listener | None = None) -> Outcome:
    """Make one run, unless it is there already.

    Parameters
    ----------
    plan : Plan
        The run.
    options : Options
        How.
    listen : callable, optional
        Told of each code cell, with the plan.

    Returns
    -------
    Outcome
        With the error where a notebook failed; the runs of a grid do not stop each other.

    Examples
    --------
    >>> from ctresearch.studies.running.plan import plan_runs
    >>> run_plan.__name__, plan_runs.__name__
    ('run_plan', 'plan_runs')
    """
    began = time.monotonic()
    reused = False
    error: CtResearchError | None = None
    seal: Seal | None = None
    try:
        with plan.store.locked(plan.run_id):
            reused = is_whole(plan)
            _refuse_refuted(plan)
            if not reused or options.force:
                seal = _build(plan, options, listen)
                reused = False
    except CtResearchError as caught:
        error = caught.with_traceback(None)
    except OSError as caught:
        error = _refused_by_system(plan, caught)
    except Exception as caught:
        if not withholds(plan):
            raise
        error = _withheld(plan, caught)
    return Outcome(plan, reused, error, time.monotonic() - began, seal)


def withholds(plan: Plan) -> bool:
    """Say whether a run works on data of which no cell may be told: neither published, nor public with rows named.

    Parameters
    ----------
    plan : Plan
        The run.

    Returns
    -------
    bool
        Whether errors are told by class and place, and a notebook that failed is kept without what it displayed.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> withholds(SimpleNamespace(inputs={}))
    False
    """
    return any(not one.for_everybody for one in plan.inputs.values())


def is_whole(plan: Plan) -> bool:
    """Say whether a run is there already and verifies.

    Parameters
    ----------
    plan : Plan
        The run.

    Returns
    -------
    bool
        Whether every file is there with its recorded hash.

    Examples
    --------
    >>> is_whole.__annotations__["return"]
    'bool'
    """
    try:
        record = RunRecord.open(plan.folder)
    except (SpecificationError, IntegrityError):
        return False
    return record.run_id == plan.run_id and not record.problems()


def _refuse_refuted(plan: Plan) -> None:
    """Refuse a run that came out differently when it was made again: neither of the two can be believed."""
    files = plan.store.refuted(plan.run_id)
    if files is not None:
        raise IntegrityError(
            f"{plan.label} was refuted: made again, run {plan.folder.name} gave other bytes in "
            f"{', '.join(files[:5]) or 'its files'}, so that neither can be used; take away what it depends on "
            f"beside its parameters, data and seed, or delete {plan.folder} and {plan.store.mark_of(plan.run_id).name} "
            "to begin anew"
        )


def _build(plan: Plan, options: Options, listen: Listener | None) -> Seal | None:
    """Make a run in a hidden folder and move it into place; one that stands is made again where all folders differ."""
    _refuse_other_environment(plan)
    again = plan.folder.exists() and is_whole(plan)
    folder = plan.store.new_build(plan.run_id)
    try:
        # data that are not for everybody stay where their custodian put them, and so does what is made of them
        seal = _execute(plan, folder, options, listen, elsewhere=again and not withholds(plan))
        if plan.folder.exists() and is_whole(plan):
            _compare_with_standing(plan, folder)
        else:
            plan.store.publish(folder, plan.run_id)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return seal


def _execute(
    plan: Plan, folder: Path, options: Options, listen: Listener | None, *, elsewhere: bool = False
) -> Seal | None:
    """Run the notebook and write everything that belongs to the run.

    The notebook never learns where the run will stand. Elsewhere, it finds its own folder below another one and its
    inputs as copies: a word in the name of a folder or a file that came into the outputs makes them other bytes.
    """
    began, started = time.monotonic(), dt.datetime.now(dt.UTC)
    with private_folder(elsewhere=elsewhere) as private:
        made = private / OUTPUTS
        locators = {name: one.locator(private, copy=elsewhere) for name, one in plan.inputs.items()}
        write_run_file(
            private / "run.json",
            study=plan.study.name,
            parameters=plan.parameters,
            seed=plan.study.seed,
            locators=locators,
            promised=promised_kinds(plan.study),
            policy=plan.study.owner_policy,
        )
        for name, content in plan.modules.items():
            (private / CODE / f"{name}.py").write_bytes(content)
        cluster = options.cluster or os.environ.get(CLUSTER_VARIABLE)
        variables = environment(made, private, jobs=options.kernel_jobs, cluster=cluster)
        variables[VARIABLE] = "1" if withholds(plan) else "0"
        watch = None if listen is None else lambda event: listen(plan, event)
        files = [str(one.path) for one in plan.inputs.values() if one.path is not None and one.content is None]
        given = {one["path"] for one in locators.values() if "path" in one}
        opened = Opened(tuple(one for one in files if one in given), (str(made),))
        port = None if cluster is None else urlsplit(cluster).port or 0
        execution = Execution(private, variables, options.within(plan.study.limits), watch, opened, _near(plan), port)
        try:
            execution.run(plan.notebook)
            _check_outcome(plan, made)
        except NotebookError as error:
            raise _keep_failed(plan, folder, execution, error) from None
        _take_over(made, folder)
    _write_artefacts(plan, folder, execution.notebook)
    log = {
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - began, 3),
        "host": socket.gethostname(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "seal": _told_seal(execution),
        "kernel_peak_mb": round(execution.peak_mb),
        "kernel_cpu_seconds": round(execution.cpu_seconds, 2),
    }
    _write_json(folder / LOG, log)
    return execution.seal


def _take_over(made: Path, folder: Path) -> None:
    """Copy what a kernel wrote; what the system refuses first is raised, where ``copytree`` gathers all it refused."""
    for source in sorted(made.rglob("*")):
        target = folder / source.relative_to(made)
        if source.is_dir():
            target.mkdir(exist_ok=True)
        else:
            shutil.copyfile(source, target)


def _told_seal(execution: Execution) -> dict[str, Any]:
    """Say how a kernel was sealed, and why not better."""
    told = execution.seal.to_dict() if execution.seal is not None else {}
    return told | ({"refused": execution.refused} if execution.refused else {})


def _near(plan: Plan) -> tuple[Path, ...]:
    """List the folders in which the author of a notebook may have left a file that nothing opens."""
    paths = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    folder = plan.study.folder
    return (folder, Project.at(find_root(folder)).notebooks, Path.cwd(), *map(Path, paths))


def _check_outcome(plan: Plan, folder: Path) -> None:
    """Hold what the notebook left to what the study promised, and its inputs to what they were."""
    odd = [path for path in folder.rglob("*") if path.is_symlink() or not (path.is_dir() or path.is_file())]
    if odd:
        raise NotebookError(f"{len(odd)} of the files it left are links or no files: save plain files with run.save")
    saved = read_saved(folder)
    missing = [name for name in plan.study.outputs if name not in saved]
    if missing:
        raise NotebookError(f"the promised output {missing[0]!r} was not saved: call run.save({missing[0]!r}, ...)")
    expected = {SAVED, *(entry[part] for entry in saved.values() for part in ("path", "data") if part in entry)}
    stray = [path for path in file_hashes(folder) if path not in expected]
    if stray:
        name = f"the file {stray[0]!r}" if not withholds(plan) else f"a file (of {len(stray)})"
        raise NotebookError(f"{name} was written beside the outputs, and nobody promised it: use run.save")
    for name, one in plan.inputs.items():
        if one.current_digest() != one.digest:
            raise NotebookError(f"data.{name} changed while the notebook was running: run it again on data at rest")


def _write_artefacts(plan: Plan, folder: Path, notebook: dict[str, Any]) -> None:
    """Write notebook, results, report, provenance and crate."""
    from ctresearch.studies.shown import contract, crate, normalise, report, results

    saved = read_saved(folder)
    (folder / SAVED).unlink(missing_ok=True)
    normal = normalise.normalise_notebook(notebook, plan.run_id)
    (folder / "notebook.ipynb").write_bytes(normalise.notebook_bytes(normal))
    ran, replaced = plan.study.run_on(plan.components["inputs"]), replaced_inputs(plan.inputs)
    restricted = [name for name, one in plan.inputs.items() if one.level != "public"]
    document = results.build(ran, plan.run_id, saved, folder, replaced, restricted=restricted)
    (folder / "results.json").write_bytes(results.results_bytes(document))
    marked = contract.contract_of(plan.study, document, lambda path: (folder / path).read_bytes())
    byline = report.byline(plan.study, plan.components)
    report.write_html(normal, folder / "report.html", document, byline, marked)
    provenance = {
        "run_id": plan.run_id,
        "study": plan.study.name,
        "notebook": plan.study.notebook,
        "components": plan.components,
        "outputs": file_hashes(folder),
    }
    _write_json(folder / PROVENANCE, provenance)
    crate.write_crate(folder, plan.study, provenance)


def _keep_failed(plan: Plan, folder: Path, execution: Execution, error: NotebookError) -> NotebookError:
    """Keep the notebook as far as it got in a place of its own, and say where."""
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    _write_json(folder / "notebook.ipynb", _failed_notebook(plan, execution.notebook))
    _write_json(folder / LOG, {"error": str(error), "parameters": plan.components["parameters"]})
    place = plan.store.set_aside(folder, "")
    words = as_words(plan.parameters)
    what = f"{plan.study.name}: {error}" + (f" [parameters: {words}]" if words else "")
    kept = str(place / "notebook.ipynb")
    hidden = f", without what it displayed: {_BY_HAND}" if withholds(plan) else ""
    told = type(error)(f"{what}; the notebook as far as it got is {kept}{hidden}")
    told.what, told.kept = what, kept + (" (without what it displayed)" if hidden else "")
    told.to_do = _BY_HAND if hidden else _to_do(error)
    return told


def _to_do(error: NotebookError) -> str:
    """Say what helps where a notebook failed."""
    if isinstance(error, NotebookInputError):
        return "give other parameters (-p NAME=VALUE) or data (--data NAME=FILE), as the message says, and run it again"
    return "open the notebook that was kept in JupyterLab, mend the cell in the study's own, and run it again"


def _failed_notebook(plan: Plan, notebook: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of a notebook that failed: without its outputs where they may show a cell of the data."""
    from ctresearch.studies.shown.normalise import without_outputs

    return without_outputs(notebook) if notebook and withholds(plan) else notebook


def _withheld(plan: Plan, error: Exception) -> CtResearchError:
    """Say where a fault of ours stopped a run, without its message, which may repeat a cell of the data."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "ctresearch" in frame.filename]
    place = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return NotebookError(
        f"{plan.label}: {type(error).__name__}{place} while its outputs were written; the message may repeat a cell of "
        f"the data and is withheld, and nothing was kept: {_BY_HAND}"
    )


def _compare_with_standing(plan: Plan, folder: Path) -> None:
    """Compare a run made again with the one that stands; that one stays, and other bytes are an error."""
    old, new = RunRecord.open(plan.folder).outputs, RunRecord.open(folder).outputs
    other = sorted(path for path in {*old, *new} if old.get(path) != new.get(path))
    if other:
        plan.store.refute(plan.run_id, other)
        place = plan.store.set_aside(folder, "other-bytes")
        raise IntegrityError(
            f"{plan.study.name} made again gave other bytes in {', '.join(other[:5])}: the notebook depends on more "
            f"than its parameters, data and seed, such as the clock or the name of a folder; the earlier run is marked "
            f"as refuted, the new one is in {place}"
        )


def _refuse_other_environment(plan: Plan) -> None:
    """Refuse to build where the installed software is not that of the plan."""
    parts = plan.components
    if parts["source"] != source_hash() or parts["packages"] != identity.installed(tuple(plan.study.extras)):
        raise SpecificationError(
            f"{socket.gethostname()!r} has another version of ctresearch or of a package than the machine that planned "
            "the run: install the same lock on both"
        )
    for name, one in plan.inputs.items():
        if one.path is not None and one.content is None and not one.path.is_file():
            raise DataError(f"data.{name} is not on {socket.gethostname()!r}: workers must see the same files")


def _refused_by_system(plan: Plan, error: OSError) -> CtResearchError:
    """Say what the system refused: a full disk, a missing permission."""
    refused = error.filename2 or error.filename  # where to, of what is copied
    where = f" {refused}" if refused else ""
    return SpecificationError(
        f"{plan.label}: cannot write or read{where}: {error.strerror or error}; nothing was kept, so free some space or"
        " check the permissions and run it again"
    )


def _write_json(path: Path, content: Any) -> None:
    """Write JSON with keys as they come."""
    text = json.dumps(content, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
