"""``ctresearch sign``: vouch for a bundle that is there, or for a tombstone."""

from __future__ import annotations

from pathlib import Path

import click

from ctresearch.cli.options import signing_key


@click.command("sign")
@click.argument("file", metavar="BUNDLE", type=click.Path(path_type=Path, dir_okay=False))
@signing_key("SSH key that signs: a private key, or the public half of one that an agent holds.", required=True)
def command(file: Path, key: Path) -> int:
    """Sign BUNDLE, which must verify, and enter that in the ledger; or sign a tombstone, NAME.withdrawn.json.

    The signature stands beside it as BUNDLE.sig. Who signs vouches for what is in it.
    """
    from ctresearch.studies.release.signed import sign_release

    signed = sign_release(file, key)
    click.echo(f"{signed.path}: signed with {signed.fingerprint}, line {signed.number} of {signed.ledger}")
    return 0
