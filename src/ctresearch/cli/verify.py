"""``ctresearch verify``: check every byte of a bundle, and run it again if asked."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ctresearch.studies.release.verify import Verification
    from ctresearch.studies.releasing.rerun import Rerun
    from ctresearch.studies.signing.trust import Trust


@click.command("verify")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--expect", metavar="SHA256", help="SHA-256 that was published beside the original bundle.")
@click.option(
    "--rerun",
    "run_again",
    is_flag=True,
    help="After verifying, EXECUTE the notebook and the package in the bundle, and compare.",
)
@click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="DIR",
    help="Where the large files that releases share are kept; found by itself above the bundle.",
)
@click.option(
    "--trust",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Whose signatures count, in the form of allowed_signers; that of this project by default.",
)
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PATH",
    help="Public key that must have signed.",
)
@click.option(
    "--ledger",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="The releases.jsonl of the project; found by itself above the bundle.",
)
@click.option("--head", metavar="DIGEST", help="Digest of a line that the ledger must have, kept from an earlier day.")
@click.option("--data", multiple=True, metavar="NAME=FILE", help="File of a restricted input, for --rerun.")
@click.option("--strict", is_flag=True, help="Take what was not checked, or is for somebody to look at, for an error.")
@click.option("--json", "as_json", is_flag=True, help="Write the findings as JSON.")
def command(
    *,
    bundle: Path,
    expect: str | None,
    run_again: bool,
    store: Path | None,
    trust: Path | None,
    key: Path | None,
    ledger: Path | None,
    head: str | None,
    data: tuple[str, ...],
    strict: bool,
    as_json: bool,
) -> int:
    """Check every byte and hash of BUNDLE, its pages, who vouches for it, and whether it was withdrawn.

    Only --rerun executes it.

    Exit code 4 if something was changed, withdrawn, or does not reproduce; with --strict also if it was not checked.
    """
    from ctresearch.cli.main import DONE, DRIFT
    from ctresearch.studies.release.verify import verify_bundle

    folders = _release_folders()
    whom = _trust(bundle, trust, key)
    _report_withdrawn(bundle, folders, whom)
    found = verify_bundle(bundle, expect, folders, store, trust=whom, ledger=ledger, head=head)
    document: dict[str, Any] = {**found.to_dict(), "executed": False}
    if not as_json:
        _show(found)
    code = DRIFT if found.status == "fail" or (strict and found.status == "review") else DONE
    if run_again and code == DONE:
        again = _rerun(bundle, store, data, quiet=as_json)
        document |= {"executed": True, "rerun": _rerun_dict(again)}
        drifted = any(one.status == "drifted" for one in again.comparisons)
        code = DRIFT if drifted or again.other_pages else DONE
        if not as_json:
            _show_rerun(again)
    elif not as_json:
        click.echo("Nothing in the bundle was executed.")
    if as_json:
        sys.stdout.write(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    return code


def _release_folders() -> list[Path]:
    """List the folders of this project that may hold a tombstone; none outside a project."""
    from ctresearch.core.errors import SpecificationError
    from ctresearch.studies.asked.project import Project, find_root
    from ctresearch.studies.release.withdraw import RELEASES

    try:
        project = Project.at(find_root())
    except SpecificationError:
        return []
    return [project.studies / name / RELEASES for name in project.study_names()]


def _trust(bundle: Path, file: Path | None, key: Path | None) -> Trust | None:
    """Read whom the reader trusts: as asked, or as the project says that the reader works in."""
    from ctresearch.core.errors import SpecificationError
    from ctresearch.studies.asked.project import find_root
    from ctresearch.studies.signing.trust import read_trust, trust_in_key
    from ctresearch.studies.signing.vouch import trust_near

    if file is not None and key is not None:
        raise SpecificationError(
            "--trust and --key are both given, must be one of them: the keys of a file, or one key"
        )
    if file is not None or key is not None:
        return read_trust(file) if file is not None else trust_in_key(key)  # type: ignore[arg-type]
    try:
        return trust_near(bundle, find_root())
    except SpecificationError:
        return trust_near(bundle, None)


def _report_withdrawn(bundle: Path, folders: list[Path], trust: Trust | None) -> None:
    """Say that a bundle which is not there was withdrawn, and who says so."""
    from ctresearch.studies.base.errors import IntegrityError
    from ctresearch.studies.release.withdraw import find_withdrawn, tombstone_path
    from ctresearch.studies.signing.vouch import signer_of

    stone = None if bundle.exists() else find_withdrawn(bundle, folders)
    if stone is not None:
        places = [tombstone_path(one, stone["study"], stone["version"]) for one in (bundle.parent, *folders)]
        who = signer_of(next(one for one in places if one.is_file()), stone["date"], trust)
        raise IntegrityError(f"{bundle.name} was withdrawn on {stone['date']}: {stone['reason']} ({who})")


def _rerun(bundle: Path, store: Path | None, data: tuple[str, ...], *, quiet: bool) -> Rerun:
    """Run the bundle again, after saying that it is executed."""
    from ctresearch.studies.asked.inputs import parse_data
    from ctresearch.studies.release.blobs import read_whole
    from ctresearch.studies.releasing.rerun import rerun

    if not quiet:
        click.echo("Executing the notebook and the package in the bundle ...")
    return rerun(read_whole(bundle, store), parse_data(data))


def _show(found: Verification) -> None:
    """Write the findings for a terminal."""
    from ctresearch.studies.shown.words import one_line

    click.echo(f"{one_line(found.name)}: sha256 {found.sha256}")
    for check in found.checks:
        click.echo(f"  {one_line(str(check))}")


def _show_rerun(again: Rerun) -> None:
    """Write how the run compares."""
    from ctresearch.studies.shown.words import one_line

    here = "the one installed here" if again.source_hash == again.installed_hash else "another than is installed here"
    click.echo(f"Ran the package in the bundle, source {again.source_hash[:16]}, {here}.")
    click.echo("The same run id." if again.same_id else "Another run id, since other things went in:")
    for line in again.differences:
        click.echo(f"  {one_line(line)}")
    for page in again.other_pages:
        click.echo("  " + one_line(f"drifted: {page} is not what the same run gives"))
    for one in again.comparisons:
        click.echo("  " + one_line(f"{one.status}: {one.output} ({one.kind}) {one.message}"))


def _rerun_dict(again: Rerun) -> dict[str, Any]:
    """Write how the run compares as plain values."""
    from dataclasses import asdict

    return asdict(again)
