"""``ctresearch release``: write the bundle of a version, once."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from ctresearch.cli.complete import study_names
from ctresearch.cli.options import data_files, signing_key, worker_processes


@click.command("release")
@click.argument("study", shell_complete=study_names)
@click.argument("version")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where to write; studies/STUDY/releases by default.",
)
@click.option("--date", metavar="YYYY-MM-DD", help="Day of the release, part of its bytes; today by default.")
@data_files("File of an input that the study names no source for.")
@click.option("--without", multiple=True, metavar="OUTPUT", help="Leave an output out; may be given several times.")
@click.option("--unsealed", default="", metavar="REASON", help="Sign for runs that this machine could not seal.")
@signing_key("SSH key that signs the bundle and its line in the ledger.")
@click.option("--doi", metavar="DOI", help="DOI that an archive reserved for this release; see `ctresearch deposit`.")
@click.option("--full", is_flag=True, help="Also write the one archive that holds what the store keeps.")
@worker_processes
@click.option("--json", "as_json", is_flag=True, help="Write path and SHA-256 as JSON.")
def command(
    *,
    study: str,
    version: str,
    out: Path | None,
    date: str | None,
    data: tuple[str, ...],
    without: tuple[str, ...],
    unsealed: str,
    key: Path | None,
    doi: str | None,
    full: bool,
    jobs: int,
    as_json: bool,
) -> int:
    """Run STUDY twice, send it through the release gate and write the bundle of VERSION with its SHA-256 beside it.

    What the gate keeps back stops the release (exit code 5). A version once released is never overwritten. With --key
    it is signed.
    """
    from ctresearch.cli.progress import progress
    from ctresearch.studies.asked import inputs
    from ctresearch.studies.asked.manifest import load_study
    from ctresearch.studies.releasing.full import whole_bundle
    from ctresearch.studies.releasing.release import check_version, release_study
    from ctresearch.studies.running.plan import plan_runs

    check_version(version)
    loaded, given = load_study(study), inputs.parse_data(data)
    with progress(plan_runs(loaded, data=given)) as listen:
        done = release_study(
            loaded,
            version,
            date=date,
            data=given,
            out=out,
            without=without,
            unsealed=unsealed,
            jobs=jobs,
            listen=listen,
            key=key,
            doi=doi,
        )
    whole = whole_bundle(done.path) if full else None
    if as_json:
        row = {"bundle": str(done.path), "sha256": done.sha256, "new": done.new, "bytes": done.path.stat().st_size}
        row |= {"signed": key is not None, "full": None if whole is None else str(whole.path)}
        sys.stdout.write(json.dumps(row, indent=1, ensure_ascii=False) + "\n")
    else:
        click.echo(f"{done.path}: " + ("written" if done.new else "there already, with the same bytes"))
        click.echo(f"sha256 {done.sha256}" + (", signed" if key is not None else ", not signed"))
        if whole is not None:
            click.echo(f"{whole.path}: holds all of it, sha256 {whole.sha256}")
    return 0
