"""``ctresearch bundle``: one archive with everything that the store keeps of a bundle."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("bundle")
@click.argument("bundle", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="DIR",
    help="Where the large files that releases share are kept; found by itself above the bundle.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where to write; beside the bundle by default.",
)
@click.option("--full", is_flag=True, help="Hold all of it, as is done anyhow.")
def command(*, bundle: Path, store: Path | None, out: Path | None, full: bool) -> int:
    """Write BUNDLE-full.zip, which holds what the store keeps too: for an archive, or for somebody far away."""
    from ctresearch.studies.releasing.full import whole_bundle

    written = whole_bundle(bundle, store, out)
    click.echo(f"{written.path}: {'written' if written.new else 'there already'}, sha256 {written.sha256}")
    return 0
