"""``ctresearch run``: one study, or all combinations of its grid."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ctresearch.cli.complete import parameter_words, study_names
from ctresearch.cli.options import data_files, worker_processes

if TYPE_CHECKING:
    from ctresearch.studies.asked.manifest import Study
    from ctresearch.studies.running.build import Outcome
    from ctresearch.studies.running.plan import Plan


_LONG = 320


def _show_help(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    """Show the help of the command and, where a study is named before ``--help``, of the study."""
    if not asked or ctx.resilient_parsing:
        return
    click.echo(ctx.get_help())
    if ctx.params.get("study"):
        from ctresearch.studies.asked.manifest import load_study

        click.echo()
        click.echo(study_help(load_study(ctx.params["study"])))
    ctx.exit()


@click.command("run", add_help_option=False)
@click.argument("study", is_eager=True, required=False, shell_complete=study_names)
@click.option(
    "-p",
    "--parameter",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    shell_complete=parameter_words,
    help="Give a parameter another value this time.",
)
@data_files("Use another file, or published:NAME, for a data input.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Keep the runs in this folder and not in runs/.",
)
@click.option("--force", is_flag=True, help="Make runs again that are there, and compare byte for byte.")
@worker_processes
@click.option("--cluster", metavar="ADDRESS", help="Dask scheduler that shares the work, such as tcp://127.0.0.1:8786.")
@click.option(
    "--language",
    type=click.Choice(["en", "es", "fr"]),
    default="en",
    help="Write the report in this language as well, beside the run, and say the answer in it.",
)
@click.option("--explain", is_flag=True, help="Say which runs are new and why; run nothing.")
@click.option("--json", "as_json", is_flag=True, help="Write what came out as JSON.")
@click.option(
    "-h",
    "--help",
    is_flag=True,
    expose_value=False,
    callback=_show_help,
    help="Show this message; after a study's name, its parameters too.",
)
def command(
    study: str | None,
    *,
    parameters: tuple[str, ...],
    data: tuple[str, ...],
    out: Path | None,
    force: bool,
    jobs: int,
    cluster: str | None,
    language: str,
    explain: bool,
    as_json: bool,
) -> int:
    """Run STUDY: its notebook, checks, report and provenance.

    A run whose outputs are there and verify is not made again.
    """
    if study is None:
        raise click.UsageError("Missing argument 'STUDY': `ctresearch list` shows the studies there are.")
    from ctresearch.studies.asked import inputs
    from ctresearch.studies.asked import parameters as typed
    from ctresearch.studies.asked.manifest import load_study
    from ctresearch.studies.running.plan import plan_runs

    loaded = load_study(study)
    plans = plan_runs(loaded, typed.parse(loaded.parameters, parameters), inputs.parse_data(data), out)
    if explain:
        return _explain(plans, as_json)
    return _report(plans, _make(plans, jobs, cluster, force), as_json, language)


def study_help(study: Study) -> str:
    """Describe the parameters and data of a study.

    Parameters
    ----------
    study : Study
        The manifest.

    Returns
    -------
    str
        A few lines for the terminal.

    Examples
    --------
    >>> from ctresearch.studies.asked.manifest import Study
    >>> print(study_help(Study(name="demo", folder=Path("demo"), title="How many?", notebook="n", seed=1,
    ...     parameters={"n": {"type": "int", "value": 3, "min": 1, "help": "how often"}})))
    demo: How many?
    <BLANKLINE>
    Parameters (-p NAME=VALUE):
      n=3  int, at least 1: how often
    """
    from ctresearch.studies.asked.parameters import as_words

    lines = [f"{study.name}: {study.title}", ""]
    shown = [(as_words({name: one.value}), one.describe(), one.help) for name, one in study.parameters.items()]
    shown += [(f"{name} over {values}", "a grid: one run each", "") for name, values in study.grid.items()]
    lines += _section("Parameters (-p NAME=VALUE):", shown)
    inputs = [
        (name, f"{one.source or 'give a file'}, {one.level if one.stated else 'level not stated'}", one.help)
        for name, one in study.data.items()
    ]
    lines += _section("Data (--data NAME=FILE):", inputs)
    outputs = [(name, f"{one.kind}, {one.level}", one.help) for name, one in study.outputs.items()]
    return "\n".join([*lines, *_section("Outputs:", outputs)]).rstrip()


def _section(title: str, rows: list[tuple[str, str, str]]) -> list[str]:
    """Lay out one table of the help page."""
    width = max((len(first) for first, _, _ in rows), default=0)
    lines = [f"  {first:<{width}}  {what}" + (f": {words}" if words else "") for first, what, words in rows]
    return [title, *lines, ""] if rows else []


def _make(plans: list[Plan], jobs: int, cluster: str | None, force: bool) -> list[Outcome]:
    """Make the runs, with progress on the terminal."""
    from ctresearch.cli.progress import progress
    from ctresearch.studies.running.run import run_plans

    with progress(plans) as listen:
        return list(run_plans(plans, jobs=jobs, cluster=cluster, force=force, listen=listen))


def _explain(plans: list[Plan], as_json: bool) -> int:
    """Say which runs are new and why."""
    from ctresearch.studies.running.run import why_new

    reasons = [(plan, why_new(plan)) for plan in plans]
    if as_json:
        _write_json([{"run": plan.label, "run_id": plan.run_id, "new": bool(why), "why": why} for plan, why in reasons])
        return 0
    for plan, why in reasons:
        click.echo(
            f"{plan.label}: " + (f"run {plan.run_id[:16]} is new" if why else f"{plan.folder} is there and whole")
        )
        for sentence in why:
            click.echo(f"  {sentence}")
    return 0


def _report(plans: list[Plan], outcomes: list[Outcome], as_json: bool, language: str = "en") -> int:
    """Say what came out, and return the exit code."""
    from ctresearch.cli.main import CHECK_FAILED, DONE, exit_code
    from ctresearch.studies.kept.record import RunRecord
    from ctresearch.studies.shown.standing import held_back

    by_id = {one.plan.run_id: one for one in outcomes}
    rows: list[dict[str, Any]] = []
    for plan in plans:
        outcome = by_id[plan.run_id]
        row: dict[str, Any] = {"run": plan.label, "run_id": plan.run_id, "reused": outcome.reused}
        if outcome.error is None:
            results = RunRecord.open(plan.folder).results
            row |= {"folder": str(plan.folder), "status": results["status"], "checks": results["checks"]}
            row |= _told(plan, language)
            row |= {"replaced": results["replaced"]} if "replaced" in results else {}
            row["held_back"] = {name: one["message"] for name, one in held_back(results).items()}
        else:
            row |= {"error": str(outcome.error), "status": "error"}
            _write_failure(outcome.error)
        rows.append(row)
    _write_json(rows) if as_json else _write_text(rows)
    errors = [one.error for one in by_id.values() if one.error is not None]
    if errors:
        return max(exit_code(error) or 0 for error in errors)
    return CHECK_FAILED if any(row["status"] == "fail" for row in rows) else DONE


def _told(plan: Plan, code: str) -> dict[str, Any]:
    """Return the sentences that the report of a run begins with, and where it is in another language."""
    from ctresearch.studies.kept.record import RunRecord
    from ctresearch.studies.shown.contract import contract_of
    from ctresearch.studies.shown.first_page import answer_lines, read_first_page

    record = RunRecord.open(plan.folder)
    if code == "en":  # the sentences of results.json are English: no result is read back to translate them
        from ctresearch.core.tongue import ENGLISH

        tongue, document = ENGLISH, record.results
    else:
        from ctresearch.studies.shown import in_language

        tongue, document = in_language.tongue_of(plan.study, code), in_language.read_document(record)
    contract = contract_of(plan.study, document, lambda path: (plan.folder / path).read_bytes())
    told = {"answer": answer_lines(read_first_page(document, contract), tongue)}
    if code == "en":
        return told
    return told | {"reports": [str(path) for path in in_language.write_report(plan.study, record, code)]}


def _write_failure(error: Exception) -> None:
    """Say in three short lines what happened, what to do, and where the notebook is kept; in one where none is."""
    from ctresearch.studies.shown.words import one_line

    what, to_do, kept = (getattr(error, part, "") for part in ("what", "to_do", "kept"))
    click.echo(f"ctresearch: {_shortened(one_line(what or str(error)), _LONG if what else None)}", err=True)
    if what:
        click.echo(f"  To do: {one_line(to_do)}.", err=True)
        click.echo(f"  Kept: {one_line(kept)}", err=True)


def _shortened(line: str, most: int | None) -> str:
    """Cut a long line; the whole of it stands in what is kept."""
    return line if most is None or len(line) <= most else f"{line[: most - 1].rstrip()}…"


def _write_text(rows: list[dict[str, Any]]) -> None:
    """Say for each run where its report is and which checks did not pass."""
    from ctresearch.studies.shown.standing import graded, label_of, replaced_words
    from ctresearch.studies.shown.words import one_line

    for row in rows:
        if "folder" not in row:
            continue
        for sentence in row.get("answer", ()):
            click.echo(one_line(sentence))
        done = "already there" if row["reused"] else "done"
        click.echo(f"{row['run']}: {done}, {Path(row['folder']) / 'report.html'}")
        for report in row.get("reports", ()):
            click.echo(f"  {report}")
        if row.get("replaced"):
            cure = " State it in FILE.toml beside each FILE." if any(row["replaced"].values()) else ""
            click.echo(f"  {replaced_words(row['replaced'])}{cure}", err=True)
        for grade, check in graded(row["checks"]):
            if grade != "pass":
                what = one_line(f"{check['output']}, {check['name']}: {check['message']}")
                click.echo(f"  {label_of(check)}: {what}", err=True)
        for name, message in row.get("held_back", {}).items():
            click.echo(f"  Held back by the release gate: {one_line(f'{name}: {message}')}", err=True)


def _write_json(content: Any) -> None:
    """Write JSON to stdout."""
    sys.stdout.write(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
