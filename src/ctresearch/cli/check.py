"""``ctresearch check``: run studies again and compare with what was accepted."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from ctresearch.cli.complete import study_names
from ctresearch.cli.options import data_files, worker_processes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.studies.asked.manifest import Study
    from ctresearch.studies.asked.project import Project
    from ctresearch.studies.compare.compare import Comparison
    from ctresearch.studies.kept.evidence import Evidence


@click.command("check")
@click.argument("studies", nargs=-1, metavar="[STUDY]...", shell_complete=study_names)
@data_files("File of an input that a study names no source for; with one STUDY only.")
@worker_processes
@click.option(
    "--gate",
    "only_gate",
    is_flag=True,
    help="List columns, terms and figures that nobody declared, in place of comparing; exit code 1 if there are any.",
)
@click.option("--update", is_flag=True, help="Accept what comes out: write expected.json.")
@click.option(
    "--markdown", "as_markdown", is_flag=True, help="Write the summary as Markdown, for the page of a CI run."
)
@click.option("--json", "as_json", is_flag=True, help="Write the summary as JSON.")
def command(
    *,
    studies: tuple[str, ...],
    data: tuple[str, ...],
    jobs: int,
    only_gate: bool,
    update: bool,
    as_markdown: bool,
    as_json: bool,
) -> int:
    """Run each STUDY again, or all, and compare with its expected.json.

    Each output is the same, within the tolerance that study.toml gives it, or has drifted; exit code 4 if one has.
    """
    from ctresearch.cli.main import DONE, DRIFT
    from ctresearch.studies.asked import inputs
    from ctresearch.studies.asked.manifest import load_study
    from ctresearch.studies.asked.project import Project, find_root
    from ctresearch.studies.compare import expected
    from ctresearch.studies.compare.compare import gravest

    if data and len(studies) != 1:
        raise click.UsageError(f"--data is for one study, and {len(studies)} are named.")
    if only_gate and (update or as_markdown or as_json):
        raise click.UsageError("--gate lists what is undeclared, and goes with no other form of answer.")
    project = Project.at(find_root())
    if only_gate:
        return _undeclared(project, studies, data, jobs)
    found: dict[str, list[Comparison] | str] = {}
    for name in studies or project.study_names():
        study = load_study(name, project.root)
        if not data and any(one.source is None for one in study.data.values()):
            found[study.name] = "needs data: give each restricted input with --data"
            continue
        accepted = None if update else expected.read_expected(study)
        ran, runs = _run(study, inputs.parse_data(data), jobs)
        if accepted is None:
            found[study.name] = f"accepted: {expected.write_expected(study, runs)}"
        else:
            _refuse_differences(ran, runs, accepted)
            found[study.name] = expected.compare(accepted, runs, study.outputs)
    _write(found, as_markdown, as_json)
    drifted = any(gravest(one) == "drifted" for one in found.values() if not isinstance(one, str))
    return DRIFT if drifted else DONE


def _undeclared(project: Project, studies: tuple[str, ...], data: tuple[str, ...], jobs: int) -> int:
    """List what nobody declared in the outputs of each study."""
    from ctresearch.cli.main import CHECK_FAILED, DONE
    from ctresearch.studies.asked import inputs
    from ctresearch.studies.asked.manifest import load_study
    from ctresearch.studies.shown.reader import undeclared_outputs
    from ctresearch.studies.shown.standing import held_back
    from ctresearch.studies.shown.words import one_line

    lacking = unasked = 0
    for name in studies or project.study_names():
        study = load_study(name, project.root)
        if not data and any(one.source is None for one in study.data.values()):
            click.echo(f"{study.name}: not judged, needs data: give each restricted input with --data")
            unasked += 1
            continue
        _, runs = _run(study, inputs.parse_data(data), jobs)
        missing = {output: words for one in runs for output, words in undeclared_outputs(one.results).items()}
        held = {name: verdict for one in runs for name, verdict in held_back(one.results).items()}
        lacking += len(missing)
        counted = f"{len(missing)} undeclared" if missing else "all declared"
        click.echo(f"{study.name}: {counted}, {len(held)} held back" if held else f"{study.name}: {counted}")
        for output, words in missing.items():
            if output not in held:
                told = f"{output}: {', '.join(words)}; declare with run.save({output!r}, ..., roles=)"
                click.echo(f"  {one_line(told)}")
        for output, verdict in held.items():
            click.echo("  " + one_line(f"{output}: {verdict['message']}"))
    if unasked and unasked == len(studies):
        return CHECK_FAILED
    return CHECK_FAILED if lacking else DONE


def _run(study: Study, data: Mapping[str, str], jobs: int) -> tuple[Study, list[Evidence]]:
    """Run a study again, with progress on the terminal; return it as its data made it, and what came out."""
    from ctresearch.cli.progress import progress
    from ctresearch.studies.kept.evidence import from_folder
    from ctresearch.studies.running.plan import plan_runs
    from ctresearch.studies.running.run import run_plans

    plans = plan_runs(study, data=data)
    with progress(plans) as listen:
        outcomes = list(run_plans(plans, jobs=jobs, force=True, listen=listen))
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
    return plans[0].study, [from_folder(plan.folder) for plan in plans]


def _refuse_differences(study: Study, runs: list[Evidence], accepted: Mapping[str, Any]) -> None:
    """Show nothing whose difference from what others have seen could show a person."""
    from ctresearch.core.errors import DisclosureError
    from ctresearch.studies.compare.expected import accepted_tables
    from ctresearch.studies.release.withdraw import RELEASES
    from ctresearch.studies.shown import gate

    earlier = [*gate.released_tables(study, [study.folder / RELEASES]), *accepted_tables(accepted)]
    refused = gate.judge_differences(study, runs, earlier)
    if refused:
        lines = "; ".join(f"{name}: {message}" for name, message in refused.items())
        raise DisclosureError(
            f"nothing about {study.name!r} is shown, since it differs too little from before: {lines}"
        )


def _write(found: Mapping[str, list[Comparison] | str], as_markdown: bool, as_json: bool) -> None:
    """Write the summary in the form that was asked for."""
    from ctresearch.studies.compare.compare import gravest, markdown
    from ctresearch.studies.shown.words import one_line

    if as_json:
        rows = [_as_dict(name, one) for name, one in found.items()]
        sys.stdout.write(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
        return
    for name, one in found.items():
        if isinstance(one, str):
            click.echo(f"### {name}: {one}\n" if as_markdown else f"{name}: {one}")
        elif as_markdown:
            click.echo(markdown(name, one))
        else:
            click.echo(f"{name}: {gravest(one)}, {len(one)} outputs")
            for each in one:
                if each.status != "same":
                    click.echo("  " + one_line(f"{each.status}: {each.output} ({each.kind}): {each.message}"))


def _as_dict(name: str, one: list[Comparison] | str) -> dict[str, Any]:
    """Write what was found about one study as plain values."""
    from dataclasses import asdict

    from ctresearch.studies.compare.compare import gravest

    if isinstance(one, str):
        return {"study": name, "status": one, "outputs": []}
    return {"study": name, "status": gravest(one), "outputs": [asdict(each) for each in one]}
