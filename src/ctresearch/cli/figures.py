"""``ctresearch figures``: the figures of a study at the width of a journal."""

from __future__ import annotations

from pathlib import Path

import click

from ctresearch.cli.complete import study_names


@click.command("figures")
@click.argument("study", shell_complete=study_names)
@click.option(
    "--width",
    "widths",
    type=click.FloatRange(20, 500),
    multiple=True,
    default=(89, 183),
    show_default=True,
    metavar="MM",
    help="Width in millimetres; may be given several times.",
)
@click.option("--pdf", is_flag=True, help="Write each as PDF too (extra pdf).")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("figures"),
    show_default=True,
    metavar="DIR",
    help="Where to write.",
)
def command(study: str, widths: tuple[float, ...], *, pdf: bool, out: Path) -> int:
    """Write the figures of the latest run of STUDY at the widths of a journal's column and page."""
    from ctresearch.core.errors import SpecificationError
    from ctresearch.studies.asked.manifest import load_study
    from ctresearch.studies.asked.project import Project, find_root
    from ctresearch.studies.kept.store import Store
    from ctresearch.studies.shown.journal import write_figures

    loaded = load_study(study)
    store = Store(Project.at(find_root()).runs / loaded.name)
    folders = [store.folder / short for short in store.latest()]
    if not folders:
        raise SpecificationError(f"{loaded.name} has no run yet: make one with `ctresearch run {loaded.name}`")
    for folder in folders:
        for width in widths:
            place = out / loaded.name if len(folders) == 1 else out / loaded.name / folder.name
            for path in write_figures(folder, place, width, ("svg", "pdf") if pdf else ("svg",)):
                click.echo(str(path))
    return 0
