"""``ctresearch diff``: two runs or bundles, estimate by estimate."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table

    from ctresearch.studies.compare.diff import Diff
    from ctresearch.studies.kept.evidence import Evidence


@click.command("diff")
@click.argument("old")
@click.argument("new")
@click.option("--markdown", "as_markdown", is_flag=True, help="Write the differences as Markdown.")
@click.option("--json", "as_json", is_flag=True, help="Write the differences as JSON.")
def command(old: str, new: str, as_markdown: bool, as_json: bool) -> None:
    """Compare run OLD with run NEW: what went in differently, and what came out.

    A run is the folder of a run, the first digits of its id, STUDY for its latest run with its own
    parameters and data, or a released bundle.
    """
    from ctresearch.studies.compare.diff import diff_runs

    found = diff_runs(find_evidence(old), find_evidence(new))
    if as_json:
        sys.stdout.write(json.dumps(found.to_dict(), indent=1, ensure_ascii=False) + "\n")
    elif as_markdown:
        click.echo(found.markdown(), nl=False)
    else:
        _show(found)


def find_evidence(word: str) -> Evidence:
    """Find the run that a word on the command line names.

    Parameters
    ----------
    word : str
        A folder, a bundle, the head of a run id, or a study.

    Returns
    -------
    Evidence
        What the run shows.

    Raises
    ------
    SpecificationError
        If the word names no run, or more than one.

    Examples
    --------
    >>> find_evidence("no such folder/run")
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.SpecificationError: 'no such folder/run' is not the folder of a finished run, ...
    """
    from ctresearch.core.errors import SpecificationError
    from ctresearch.studies.kept.evidence import from_bundle, from_folder, read_bundle

    path = Path(word)
    if path.is_dir() or ("/" in word and path.suffix != ".zip"):
        return from_folder(path)
    if path.suffix == ".zip":
        runs = from_bundle(read_bundle(path), word)
        if len(runs) != 1:
            raise SpecificationError(f"{word!r} holds {len(runs)} runs, name a bundle that holds one")
        return runs[0]
    folders = _run_folders(word)
    if len(folders) != 1:
        shown = ", ".join(folder.name for folder in folders) or "none"
        raise SpecificationError(
            f"{word!r} must name one run: a folder, a bundle, a study run with its own parameters and data, or the head"
            f" of a run id; found {shown}"
        )
    return from_folder(folders[0])


def _run_folders(word: str) -> list[Path]:
    """List the finished runs whose id begins with a word, or the latest ones of a study."""
    from ctresearch.studies.asked.project import Project, find_root
    from ctresearch.studies.kept.store import Store

    project = Project.at(find_root())
    if word in project.study_names():
        store = Store(project.runs / word)
        return [store.folder / short for short in store.latest()]
    if not word.isalnum():
        return []
    found = project.runs.glob(f"*/{word[:16]}*/provenance.json")
    return sorted({path.parent for path in found if path.parent.parent.name != "scratch"})


def _show(found: Diff) -> None:
    """Write the differences for a terminal."""
    from rich.console import Console

    from ctresearch.studies.shown.words import one_line

    console = Console(highlight=False, markup=False)
    if found.caution:
        console.print(one_line(found.caution))
    console.print(f"run {found.old[:16]} to {found.new[:16]}")
    for cause in found.causes or ("nothing that went in differs",):
        console.print(f"  {one_line(cause)}")
    if found.estimates:
        console.print(_table(found))
    for one in found.outputs:
        console.print(one_line(f"{one.kind} {one.output}: {one.change}"))


def _table(found: Diff) -> Table:
    """Set the estimates in four columns of two lines each, which 80 characters hold without breaking a word."""
    from rich.table import Table
    from rich.text import Text

    from ctresearch.studies.shown.words import one_line

    table = Table(box=None, pad_edge=False)
    table.add_column("estimate", overflow="fold")
    table.add_column("old", justify="right", no_wrap=True)
    table.add_column("new", justify="right", no_wrap=True)
    table.add_column("change", overflow="fold")
    for output, term, old, old_interval, new, new_interval, change, reading in found.rows():
        said = reading if change in {"same", "–"} else f"{change}\n{reading}"
        named = Text(f"{one_line(output)}\n  {one_line(term)}")  # text, since a term may look like markup
        table.add_row(named, f"{old}\n{old_interval}", f"{new}\n{new_interval}", said)
    return table
