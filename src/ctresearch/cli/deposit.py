"""``ctresearch deposit``: what an archive asks of a release."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("deposit")
@click.argument("bundle", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--to", "archive", type=click.Choice(["zenodo", "inveniordm"]), required=True, help="Which archive.")
@click.option("--doi", metavar="DOI", help="DOI that it reserved, as it was given to `ctresearch release --doi`.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where to write; beside the bundle by default.",
)
def command(bundle: Path, archive: str, doi: str | None, out: Path | None) -> int:
    """Write the JSON that an archive asks of BUNDLE. Nothing is sent.

    Reserve the DOI there first, and give it to `ctresearch release --doi`, so that it stands in what is deposited.
    """
    from ctresearch.studies.releasing.deposit import deposit
    from ctresearch.studies.shown.words import one_line

    done = deposit(bundle, archive, doi, out)
    click.echo(f"{done.path}: written, nothing was sent")
    if done.doi is None:
        click.echo("The bundle cites no DOI: reserve one there, release with --doi, and deposit that bundle.")
    if done.guessed:
        told = one_line("; ".join(done.guessed))
        click.echo(f"Look at the family names of: {told}. `Family, Given` in study.toml says which is which.")
    click.echo(f"Upload with it {bundle.stem}-full.zip (`ctresearch bundle {bundle.name}`), its .sha256 and its .sig.")
    return 0
