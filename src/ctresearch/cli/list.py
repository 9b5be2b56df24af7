"""``ctresearch list``: the studies, their state and their last run."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ctresearch.studies.asked.project import Project

_WIDE = 240
_HEADS = ("study", "state", "last run", "notebook", "title")


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Write the list as JSON.")
def command(as_json: bool) -> None:
    """Show the studies of this project, their state and their last run."""
    from ctresearch.studies.asked.project import Project, find_root

    project = Project.at(find_root())
    rows = [study_row(project, name) for name in project.study_names()]
    if as_json:
        sys.stdout.write(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
    elif rows:
        _show(rows)
    else:
        click.echo(f"No studies in {project.studies} yet: make one with `ctresearch new NAME --notebook N`")


def study_row(project: Project, name: str) -> dict[str, Any]:
    """Describe one study.

    Parameters
    ----------
    project : Project
        The project.
    name : str
        Name of the study.

    Returns
    -------
    dict
        Name, title, notebook, state, and the last runs with their time. The state is ``never run``, ``current`` (a
        run now would find its outputs there), ``out of date``, ``needs data``, or ``not valid`` with the reason.

    Examples
    --------
    >>> from pathlib import Path
    >>> from ctresearch.studies.asked.project import Project
    >>> study_row(Project.at(Path("no such folder")), "x")["state"]
    'not valid'
    """
    from ctresearch.core.errors import CtResearchError
    from ctresearch.studies.asked.manifest import load_study
    from ctresearch.studies.kept.store import Store

    row: dict[str, Any] = {"study": name, "title": "", "notebook": "", "state": "", "runs": [], "last": "", "why": ""}
    try:
        study = load_study(name, project.root)
        store = Store(project.runs / name)
        row |= {"title": study.title, "notebook": study.notebook, "runs": store.latest()}
        row |= {"last": _time_of_last(store.folder, row["runs"])}
        row |= _state(study, project)
    except CtResearchError as error:
        row |= {"state": "not valid", "why": str(error)}
    return row


def _state(study: Any, project: Project) -> dict[str, str]:
    """Compare the last runs with those that would be made now."""
    from ctresearch.studies.running.plan import plan_runs
    from ctresearch.studies.running.run import why_new

    if any(one.source is None for one in study.data.values()):
        return {"state": "needs data", "why": "give each restricted input with --data"}
    reasons = [reason for plan in plan_runs(study, root=project.root, look=True) for reason in why_new(plan)]
    if not reasons:
        return {"state": "current"}
    never = "the study has not been run before" in reasons
    return {"state": "never run" if never else "out of date", "why": "" if never else "; ".join(dict.fromkeys(reasons))}


def _time_of_last(folder: Any, runs: list[str]) -> str:
    """Read when the last run was started; empty where it is gone."""
    from ctresearch.studies.kept.record import RunRecord

    try:
        return str(RunRecord.open(folder / runs[0]).log["started"]) if runs else ""
    except (OSError, ValueError, KeyError):
        return ""


def _show(rows: list[dict[str, Any]]) -> None:
    """Write the list as columns; a title is cut where a terminal is too narrow for it."""
    from ctresearch.studies.shown.words import one_line

    lines = [_HEADS] + [
        (
            row["study"],
            row["state"],
            row["last"],
            row["notebook"],
            row["why" if row["state"] == "not valid" else "title"],
        )
        for row in rows
    ]
    cells = [[one_line(word) for word in line] for line in lines]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEADS) - 1)]
    most = shutil.get_terminal_size().columns if sys.stdout.isatty() else _WIDE
    for line in cells:
        padded = "  ".join(f"{word:<{width}}" for word, width in zip(line, widths, strict=False))
        whole = f"{padded}  {line[-1]}".rstrip()
        click.echo(whole if len(whole) <= most else f"{whole[: most - 1]}…")
