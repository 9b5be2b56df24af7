"""``ctresearch new``: a study of a file of one's own, or of a notebook."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ctresearch.cli.plan_options import answers, as_answers, ask_the_rest

if TYPE_CHECKING:
    from ctresearch.studies.asked.project import Project


@click.command("new")
@click.argument("name", required=False)
@click.option("--notebook", metavar="N", help="Name of a notebook; found by the file's shape.")
@click.option(
    "--from",
    "sources",
    multiple=True,
    metavar="[INPUT=]FILE",
    help="A file of yours, or published:NAME; with the name of the input where the notebook takes several.",
)
@click.option("--title", default="", help="Title of the study.")
@click.option("--whom", default="", help="Whom the data are about, such as 'people identified as victims'.")
@click.option("--where", default="", help="In which place.")
@click.option("--definition", default="", help="By which definition they are counted.")
@click.option("--when", default="", help="In which period.")
@click.option("--measure", default="", type=click.Choice(["", "stock", "period", "flow", "lifetime"]), help="As what.")
@click.option("--access", default="", help="How a researcher may ask for the data.")
@click.option("--author", "authors", multiple=True, metavar="NAME", help="Who asks.")
@answers
def command(name: str | None, *, notebook: str | None, sources: tuple[str, ...], **said: Any) -> None:
    """Write the study NAME, of a file of yours or of a notebook; without words it asks.

    A file is read by a plan, which is shown and kept beside it. Nobody's data are copied: the study names the input,
    and `ctresearch run` is given the file.
    """
    from ctresearch.studies.asked.new import new_study
    from ctresearch.studies.asked.project import Project, find_root

    project = Project.at(find_root())
    asks = sys.stdin.isatty() and (name is None or not (notebook or sources))
    if asks:
        name = name or click.prompt("Name of the study, in lower case")
        if not notebook and not sources:
            sources = (click.prompt("Your file, or published:NAME for a published table"),)
        said |= _ask_scope(said)
    if name is None:
        raise click.UsageError("Missing argument 'NAME': give a name, and --from FILE or --notebook N.")
    if not sources:
        if notebook is None:
            raise click.UsageError("Missing option '--from FILE' or '--notebook N': what is the study of?")
        folder = new_study(name, notebook, project)
        click.echo(f"{folder / 'study.toml'} is written: edit it, then `ctresearch run {name}`")
        return
    _from_sources(name, notebook, project, sources, said)


def _from_sources(
    name: str, notebook: str | None, project: Project, sources: tuple[str, ...], said: dict[str, Any]
) -> None:
    """Write a study of files."""
    from ctresearch.studies.asked.new_from import Stated, new_study_from, notebook_for

    named = [_parted(word) for word in sources]
    shape = "counts"
    for given, file in named:
        if not file.startswith("published:"):
            shape = _planned(Path(file), said, records=given not in ("", "lists"))
    first, default = (notebook, "") if notebook else notebook_for(shape)
    if notebook:
        default = _only_input(notebook, project)
    inputs = {given or default: file for given, file in named}
    if "" in inputs:
        raise click.UsageError(f"{notebook} takes several inputs: say which one with --from INPUT=FILE.")
    keys = ("title", "whom", "where", "definition", "when", "measure", "access")
    stated = Stated(**{key: said[key] for key in keys}, authors=tuple(said["authors"]))
    folder = new_study_from(name, str(first), project, inputs, stated)
    words = " ".join(
        f"--data {one}={_shell(file)}" for one, file in inputs.items() if not file.startswith("published:")
    )
    click.echo(f"{folder / 'study.toml'} is written, for the notebook {first}. Next:")
    click.echo(f"  ctresearch run {name} {words}".rstrip())


def _planned(file: Path, said: dict[str, Any], *, records: bool) -> str:
    """Show and keep the plan of a file, and return its shape."""
    from dataclasses import replace

    from ctresearch.data.front_door.door import plan_file, read_file
    from ctresearch.data.front_door.plan import plan_place, read_plan, write_plan

    given = as_answers(said)
    there = read_plan(plan_place(file)) if given == as_answers({}) else None
    if records and given.shape is None:
        given = replace(given, shape="records")
    plan = there or plan_file(file, given)
    if plan.questions and sys.stdin.isatty():
        plan = ask_the_rest(plan, file, given)
    click.echo(plan.summary(file.name))
    read_file(file, plan)
    if there is None:
        write_plan(plan, file)
    return plan.shape


def _only_input(notebook: str, project: Project) -> str:
    """Return the input of a notebook that has one; blank where it has several."""
    import tomllib

    from ctresearch.studies.asked.project import find_notebook

    template = find_notebook(notebook, project.studies, project.notebooks).with_suffix(".toml")
    inputs = tomllib.loads(template.read_text(encoding="utf-8")).get("data", {}) if template.is_file() else {}
    return next(iter(inputs)) if len(inputs) == 1 else ""


def _parted(word: str) -> tuple[str, str]:
    """Part ``INPUT=FILE``; a file whose name has an equals sign is one where it is there."""
    name, equals, file = word.partition("=")
    return (name, file) if equals and name.isidentifier() and not Path(word).exists() else ("", word)


def _shell(file: str) -> str:
    """Write the name of a file as a shell takes it."""
    import shlex

    return shlex.quote(file)


def _ask_scope(said: dict[str, Any]) -> dict[str, Any]:
    """Ask at the terminal whom the data are about; an empty answer leaves it unsaid."""
    questions = {
        "whom": "Whom are the data about?",
        "where": "In which place?",
        "definition": "By which definition are they counted?",
        "when": "In which period?",
        "access": "How may a researcher ask for the data?",
    }
    asked = {
        key: said[key] or click.prompt(f"{words} (empty: not stated)", default="", show_default=False)
        for key, words in questions.items()
    }
    who = said["authors"] or tuple(filter(None, [click.prompt("Who asks?", default="", show_default=False)]))
    return {**asked, "authors": who}
