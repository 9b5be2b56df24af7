"""``ctresearch key``: hand over from one signing key to another, or say that one does not count any more."""

from __future__ import annotations

from pathlib import Path

import click

from ctresearch.cli.options import signing_key


@click.group("key")
def command() -> None:
    """Hand over from one signing key to another, or revoke one; each is a signed line of releases.jsonl."""


@command.command("rotate")
@click.option(
    "--old",
    required=True,
    metavar="PATH",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The key that signs for the last time.",
)
@click.option(
    "--new",
    required=True,
    metavar="PATH",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Public half of the key that signs from now on.",
)
def rotate(old: Path, new: Path) -> int:
    """Let the old key sign the new one, and nothing after that."""
    from ctresearch.studies.asked.project import find_root
    from ctresearch.studies.signing import keys

    entry = keys.rotate(find_root(), old, new)
    click.echo(f"line {entry.number}: {entry.key} hands over to {entry.body['subject']}")
    return 0


@command.command("revoke")
@click.argument("fingerprint")
@signing_key("Key that says so: another one that readers trust, or the key itself.", required=True)
@click.option("--since", metavar="YYYY-MM-DD", help="Day from which its signatures do not count; now by default.")
def revoke(fingerprint: str, key: Path, since: str | None) -> int:
    """Say that the key with FINGERPRINT, such as SHA256:..., does not count any more."""
    from ctresearch.studies.asked.project import find_root
    from ctresearch.studies.signing import keys

    entry = keys.revoke(find_root(), fingerprint, key, since)
    click.echo(f"line {entry.number}: {fingerprint} does not count from {since or entry.body['time']} on")
    return 0
