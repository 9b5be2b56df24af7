"""``ctresearch check``: run studies again and compare with what was accepted."""

from __future__ import annotations

import math
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ctresearch.cli.complete import study_names
from ctresearch.cli.options import data_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ctresearch.studies.asked.manifest import Study
    from ctresearch.studies.asked.project import Project
    from ctresearch.studies.checked.one import Asked
    from ctresearch.studies.kept.evidence import Evidence

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("check")
@click.argument("studies", nargs=-1, metavar="[STUDY]...", shell_complete=study_names)
@data_files("File of an input that a study names no source for; with one STUDY only.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="How many studies at once, in processes of their own; with one STUDY, how many runs of its grid.",
)
@click.option("--cluster", metavar="ADDRESS", help="Dask scheduler whose workers check the studies.")
@click.option("--changed", metavar="REV", help="Only studies that a change since this git revision may touch.")
@click.option("--force", is_flag=True, help="Make runs again that are there and gave what is expected.")
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), metavar="M", help="Longest time for one study.")
@click.option(
    "--alarm",
    type=click.Choice(["any", "edge", "outside"]),
    default="any",
    show_default=True,
    help="With new data: drift is an estimate at the edge of the interval that was released, or outside it.",
)
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
@click.option("--jsonl", metavar="FILE", help="Write a line of JSON a study as each is finished; - for the terminal.")
@click.option("--ordered", is_flag=True, help="Tell studies in the order of their names, not as they are finished.")
@click.option("--junit", type=_FILE, metavar="FILE", help="Write JUnit XML, kept up to date after every study.")
@click.option("--badge", type=_FILE, metavar="FILE", help="Write a badge: .svg, or .json for shields.io.")
def command(
    *,
    studies: tuple[str, ...],
    data: tuple[str, ...],
    jobs: int,
    cluster: str | None,
    changed: str | None,
    only_gate: bool,
    **options: Any,
) -> int:
    """Run each STUDY again, or all, and compare with its expected.json.

    A study whose runs are there, whole, and gave what is expected is not run again. Each output is the same, within
    the tolerance that study.toml gives it, or has drifted. Whatever happens to one study, the others go on; the exit
    code is that of the gravest: 2 wrong input, 3 crashed, 4 drifted, 5 refused by the gate.
    """
    from ctresearch.studies.asked import inputs
    from ctresearch.studies.asked.project import Project, find_root
    from ctresearch.studies.checked.one import Asked

    _refuse_what_does_not_go_together(studies, data, changed, only_gate, options)
    project = Project.at(find_root())
    if only_gate:
        return _undeclared(project, studies, data, jobs)
    names = tuple(dict.fromkeys(studies or _names(project, changed)))
    minutes = options["minutes"] or math.inf
    how = {key: options[key] for key in ("update", "force", "alarm")}
    asked = [Asked(one, project.root, inputs.parse_data(data), minutes=minutes, **how) for one in names]
    return _check(asked, jobs, cluster, options)


def _refuse_what_does_not_go_together(
    studies: Sequence[str], data: Sequence[str], changed: str | None, only_gate: bool, options: Mapping[str, Any]
) -> None:
    """Refuse options of which one would have to be ignored."""
    if data and len(studies) != 1:
        raise click.UsageError(f"--data is for one study, and {len(studies)} are named.")
    if changed is not None and studies:
        raise click.UsageError("--changed finds the studies by itself: name none.")
    forms = [name for name in ("as_markdown", "as_json") if options[name]] + ["jsonl"] * (options["jsonl"] == "-")
    written = [*forms, *(name for name in ("jsonl", "junit", "badge", "update", "force") if options[name])]
    if only_gate and (written or changed is not None):
        raise click.UsageError("--gate lists what is undeclared, and goes with no other form of answer.")
    if len(forms) > 1:
        raise click.UsageError("--markdown, --json and --jsonl - all write to the terminal: choose one.")
    if options["minutes"] is not None and not math.isfinite(options["minutes"]):
        raise click.UsageError(f"--minutes {options['minutes']}: must be a number of minutes.")
    if options["badge"] is not None and options["badge"].suffix not in (".svg", ".json"):
        raise click.UsageError(f"--badge {options['badge']}: must end in .svg or .json.")


def _names(project: Project, changed: str | None) -> Iterable[str]:
    """Name the studies to check where none are named."""
    if changed is None:
        return project.study_names()
    from ctresearch.studies.checked.changed import changed_studies

    found = changed_studies(project, changed)
    why = f" of {len(project.study_names())} may be touched by what changed since {changed}"
    click.echo(f"all studies: {found.why_all}" if found.why_all else f"{len(found.studies)}{why}", err=True)
    return found.studies


def _check(asked: Sequence[Asked], jobs: int, cluster: str | None, options: Mapping[str, Any]) -> int:
    """Check studies, tell of each as it is finished, and of the rest where the check is interrupted."""
    from ctresearch.cli.main import INTERRUPTED
    from ctresearch.cli.progress import study_progress
    from ctresearch.cli.told import Told
    from ctresearch.studies.checked.many import checks
    from ctresearch.studies.checked.verdict import gravest_code

    told = Told([one.study for one in asked], options)
    try:
        with study_progress() as hear, checks(asked, jobs=jobs, cluster=cluster, hear=hear) as verdicts:
            try:
                for word, verdict in verdicts:
                    told.hear(word, verdict)
            except KeyboardInterrupt:
                for number in (signal.SIGTERM, signal.SIGINT):  # a second one must not keep the rest from being told
                    signal.signal(number, signal.SIG_IGN)
                raise
            finally:
                told.end()  # before workers are waited for: who interrupts a CI job kills it some seconds later
    except KeyboardInterrupt:
        told.end()
        click.echo("ctresearch: interrupted: what was finished is told, nothing half-done was left behind", err=True)
        return INTERRUPTED
    return gravest_code(told.verdicts())


def _undeclared(project: Project, studies: tuple[str, ...], data: tuple[str, ...], jobs: int) -> int:
    """List what nobody declared in the outputs of each study; one that cannot be judged stops no other."""
    from ctresearch.cli.main import CHECK_FAILED, DONE, exit_code
    from ctresearch.core.errors import CtResearchError
    from ctresearch.studies.asked import inputs
    from ctresearch.studies.asked.manifest import load_study
    from ctresearch.studies.shown.words import one_line

    given = inputs.parse_data(data)
    lacking = unasked = code = 0
    for name in studies or project.study_names():
        try:
            study = load_study(name, project.root)
            if not data and any(one.source is None for one in study.data.values()):
                click.echo(f"{study.name}: not judged, needs data: give each restricted input with --data")
                unasked += 1
                continue
            lacking += _say_undeclared(study.name, _run(study, given, jobs))
        except CtResearchError as error:
            click.echo(f"{name}: {one_line(getattr(error, 'what', '') or str(error))}", err=True)
            code = max(code, exit_code(error) or 0)
    if unasked and unasked == len(studies):
        return CHECK_FAILED
    return code or (CHECK_FAILED if lacking else DONE)


def _say_undeclared(name: str, runs: Sequence[Evidence]) -> int:
    """List what nobody declared in the outputs of one study, and count it."""
    from ctresearch.studies.shown.reader import undeclared_outputs
    from ctresearch.studies.shown.standing import held_back
    from ctresearch.studies.shown.words import one_line

    missing = {output: words for one in runs for output, words in undeclared_outputs(one.results).items()}
    held = {output: verdict for one in runs for output, verdict in held_back(one.results).items()}
    counted = f"{len(missing)} undeclared" if missing else "all declared"
    click.echo(f"{name}: {counted}, {len(held)} held back" if held else f"{name}: {counted}")
    for output, words in missing.items():
        if output not in held:
            told = f"{output}: {', '.join(words)}; declare with run.save({output!r}, ..., roles=)"
            click.echo(f"  {one_line(told)}")
    for output, verdict in held.items():
        click.echo("  " + one_line(f"{output}: {verdict['message']}"))
    return len(missing)


def _run(study: Study, data: Mapping[str, str], jobs: int) -> list[Evidence]:
    """Run a study, unless its runs are there, with progress on the terminal; return what came out."""
    from ctresearch.cli.progress import progress
    from ctresearch.studies.kept.evidence import from_folder
    from ctresearch.studies.running.plan import plan_runs
    from ctresearch.studies.running.run import run_plans

    plans = plan_runs(study, data=data)
    with progress(plans) as listen:
        outcomes = list(run_plans(plans, jobs=jobs, listen=listen))
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
    return [from_folder(plan.folder) for plan in plans]
