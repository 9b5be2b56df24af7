"""``ctresearch new``: a study that runs at once."""

from __future__ import annotations

import click


@click.command("new")
@click.argument("name")
@click.option(
    "--notebook", required=True, metavar="N", help="Name of a notebook in notebooks/, such as multiple_systems."
)
def command(name: str, notebook: str) -> None:
    """Write the study NAME, which runs the notebook N with the parameters it is known to take."""
    from ctresearch.studies.asked.new import new_study
    from ctresearch.studies.asked.project import Project, find_root

    folder = new_study(name, notebook, Project.at(find_root()))
    click.echo(f"{folder / 'study.toml'} is written: edit it, then `ctresearch run {name}`")
