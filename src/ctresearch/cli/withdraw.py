"""``ctresearch withdraw``: leave a tombstone in place of a release."""

from __future__ import annotations

from pathlib import Path

import click

from ctresearch.cli.complete import study_names
from ctresearch.cli.options import signing_key


@click.command("withdraw")
@click.argument("study", shell_complete=study_names)
@click.argument("version")
@click.option("--reason", required=True, help="Why; it is published, so it names nobody.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where the release is; studies/STUDY/releases by default.",
)
@signing_key("SSH key that signs the tombstone and its line in the ledger.")
def command(study: str, version: str, reason: str, out: Path | None, key: Path | None) -> int:
    """Withdraw VERSION of STUDY: delete its bundle and leave a tombstone with day and reason.

    Copies elsewhere, and the history of a repository, keep the bundle: withdraw it there too. If a person was exposed,
    use `ctresearch recall`.
    """
    from ctresearch.studies.asked.manifest import load_study
    from ctresearch.studies.asked.project import find_root
    from ctresearch.studies.release.withdraw import RELEASES, withdraw
    from ctresearch.studies.releasing.release import check_version

    check_version(version)
    loaded = load_study(study)
    folder = out or loaded.folder / RELEASES
    others = [*loaded.folder.parent.glob(f"*/{RELEASES}/*.zip"), *folder.glob("*.zip")]
    shelf = out or find_root(loaded.folder)
    stone = withdraw(folder, loaded.name, version, reason, key=key, shelf=shelf, others=others)
    click.echo(
        f"{stone}: written, and the bundle is deleted here; copies elsewhere and the repository's history keep it"
    )
    return 0
