"""``ctresearch recall``: a person was exposed."""

from __future__ import annotations

from pathlib import Path

import click

from ctresearch.cli.complete import study_names
from ctresearch.cli.options import signing_key


@click.command("recall")
@click.argument("study", shell_complete=study_names)
@click.argument("version")
@click.option("--reason", default="", help="Why; it is published, so it repeats nothing of what was exposed.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where the release is; studies/STUDY/releases by default.",
)
@signing_key("SSH key that signs the tombstone and its line in the ledger.")
def command(study: str, version: str, reason: str, out: Path | None, key: Path | None) -> int:
    """Recall VERSION of STUDY, since a person was exposed: purge it here, and say what is out of reach.

    The bundle, what the store keeps for it alone, the runs and caches that hold any of it and what is expected of them
    are deleted; a tombstone stays. Cut short, the same command goes on.
    """
    from ctresearch.core.errors import SpecificationError
    from ctresearch.studies.asked.project import Project, find_root, is_name
    from ctresearch.studies.release.recall import out_of_reach, recall
    from ctresearch.studies.releasing.release import check_version
    from ctresearch.studies.shown.words import one_line

    check_version(version)
    if not is_name(study):
        raise SpecificationError(f"study == {study!r}, must be the name of a study of this project")
    project = Project.at(find_root())
    done = recall(project, study, version, reason, out=out, key=key)
    click.echo(
        f"{done.tombstone}: stands, {'signed' if key else 'not signed'}; {len(done.gone)} files or folders deleted"
    )
    for path in done.gone:
        click.echo(f"  {one_line(str(path))}")
    if not done.entered:
        click.echo(
            "The ledger is not whole, so the recall could not be entered: restore it, then `ctresearch sign` this."
        )
    if done.alike:
        click.echo("Other releases hold some of the same outputs: recall them too where those exposed somebody.")
    for path in done.alike:
        click.echo(f"  {one_line(str(path))}")
    if done.copies:
        click.echo("Files with the same bytes stand elsewhere in the project: decide on each.")
    for path in done.copies:
        click.echo(f"  {one_line(str(path))}")
    click.echo("OUT OF REACH of this command:")
    for line in out_of_reach(project, done, study, version):
        click.echo(line)
    return 0
