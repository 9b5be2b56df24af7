"""``ctresearch init``: a project in any folder."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
def command(folder: Path) -> None:
    """Make a project in FOLDER, this one by default; what is there already is kept."""
    from ctresearch.studies.asked.init import init_project

    project, written = init_project(folder)
    done = f"written: {', '.join(written)}" if written else "is one already: nothing was changed"
    click.echo(f"{project.root.resolve()} is a project; {done}. Next: `ctresearch new NAME --from FILE`")
