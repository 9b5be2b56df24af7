"""``ctresearch data``: describe a data file, plan how it is read, or hold it to the rules of its source.

No command writes a cell of a record: ``describe`` shows frequent values only, ``plan`` columns, words and rules, and
``validate`` says where a rule is broken and not by what.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ctresearch.cli.plan_options import answers, as_answers, ask_the_rest

if TYPE_CHECKING:
    from ctresearch.data import Report

_PLACES = 5


@click.group("data")
def command() -> None:
    """Describe a data file, plan how it is read, or hold it to the rules of its source."""


@command.command("describe")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--encoding", help="Encoding of a text file; found from its bytes by default.")
@click.option("--json", "as_json", is_flag=True, help="Write the description as JSON.")
def describe(file: Path, encoding: str | None, as_json: bool) -> int:
    """Show the shape of FILE, and type, missing cells and frequent values of each column.

    Counts below 11, and those that would give one away, are not shown.
    """
    from ctresearch.data import describe_file

    told = describe_file(file, encoding=encoding)
    _write(json.dumps(told.to_dict(), indent=1, ensure_ascii=False) if as_json else told.summary())
    return 0


@command.command("plan")
@click.argument("file", type=click.Path(path_type=Path))
@answers
@click.option("--anew", is_flag=True, help="Make the plan anew, in place of the one that lies beside the file.")
@click.option("--json", "as_json", is_flag=True, help="Write the plan as JSON.")
def plan(file: Path, *, anew: bool, as_json: bool, **said: Any) -> int:
    """Show how FILE is read, and keep that beside it as FILE.plan.toml.

    Where nobody can know from the file, it is asked, and nothing is kept before it is answered. A plan that is there
    is held to the file, unless --anew or an answer is given.

    Exit codes: 0 the plan stands and the file fits it, 1 a question is open, 2 wrong input.
    """
    from ctresearch.data.front_door.door import plan_file, read_file
    from ctresearch.data.front_door.plan import plan_place, read_plan, write_plan

    given = as_answers(said)
    there = None if anew or given != as_answers({}) else read_plan(plan_place(file))
    found = there or plan_file(file, given)
    if found.questions and sys.stdin.isatty():
        found = ask_the_rest(found, file, given)
    if as_json:
        _write(json.dumps(dataclasses.asdict(found), indent=1, ensure_ascii=False))
    else:
        _write(found.summary(file.name))
    if found.questions:
        return 1
    read = read_file(file, found)
    if there is None:
        write_plan(found, file)
    if not as_json:
        done = "fits its plan" if there else f"is read so, and {plan_place(file).name} keeps it"
        people = f": {int(read.table['count'].sum()):,} people" if read.plan.makes_lists and _whole(read.table) else ""
        _write(f"{file.name} {done}{people}")
    return 0


def _whole(table: Any) -> bool:
    """Say whether all counts are known, and enough to be told."""
    from ctresearch.data.sources.describe import SMALL

    return table["count"].dtype.kind in "iu" and int(table["count"].sum()) >= SMALL


@command.command("validate")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--as",
    "source",
    required=True,
    metavar="SOURCE",
    help=(
        "What the file is of: ctdc-synthetic, ctdc-k-anonymised, ctdc-victim-perpetrator, htcds, glotip, "
        "tip-tiers, 3p-index, dtm-survey, eurostat-thb, nrm, hotline or lists."
    ),
)
@click.option("--encoding", help="Encoding of a text file; found from its bytes by default.")
@click.option("--json", "as_json", is_flag=True, help="Write the report as JSON.")
def validate(file: Path, source: str, encoding: str | None, as_json: bool) -> int:
    """Hold FILE to the rules of its source and say where they are broken, without repeating a cell.

    Exit codes: 0 no rule is broken, 1 some are, 2 wrong input.
    """
    from ctresearch.core.errors import DataError
    from ctresearch.data import validate_file

    try:
        report = validate_file(file, source, encoding=encoding)
    except DataError:
        if source == "lists" and _say_what_it_is(file):
            return 1
        raise
    if source == "lists" and not report.ok and not as_json and _say_what_it_is(file):
        return 1
    if as_json:
        _write(json.dumps(report.to_dict() | {"places": places(report)}, indent=1, ensure_ascii=False))
    else:
        _write("\n".join([report.summary(), *(f"  {line}" for line in places(report))]))
    return 0 if report.ok else 1


def _say_what_it_is(file: Path) -> bool:
    """Say that a file is a table of people and not of counted patterns, and what to do; nothing where it is none."""
    from ctresearch.core.errors import CtResearchError
    from ctresearch.data.front_door.door import plan_file
    from ctresearch.data.front_door.plan import plan_place, read_plan
    from ctresearch.data.front_door.shape import WORDS

    try:
        found = read_plan(plan_place(file)) or plan_file(file)
    except CtResearchError:
        return False
    if not found.makes_lists or (found.shape == "counts" and found.questions):
        return False
    what = "these look like persons" if found.shape != "counts" else "these look like counted patterns"
    _write(f"{file.name}: {what}, {WORDS[found.shape]}, and are counted by a plan.")
    if found.questions:
        _write("\n".join(f"  open: {question}" for question in found.questions))
        _write(f"Answer with `ctresearch data plan {file}` and the options named.")
    else:
        _write(f"Make a study of them with `ctresearch new NAME --from {file}`, or run one that takes lists with")
        _write(f"`ctresearch run STUDY --data lists={file}`; `ctresearch data plan {file}` shows how they are read.")
    return True


def places(report: Report) -> list[str]:
    """Say where the rules are broken, and what is allowed there.

    Parameters
    ----------
    report : Report
        What was found.

    Returns
    -------
    list of str
        One line a column and rule: the first lines of the file and what is allowed, never a cell.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.data import Report
    >>> cell = {"line": [5], "column": ["sex"], "value": ["?"], "rule": ["code_list"], "allowed": ["f or m"]}
    >>> found = pd.DataFrame(cell)
    >>> places(Report(source="nrm", file="a.csv", rows=9, violations=found))
    ['sex, code_list: line 5; must be f or m']
    """
    lines = []
    for (column, rule, allowed), part in report.violations.groupby(["column", "rule", "allowed"], sort=False):
        rows = part["line"].dropna().astype(int).tolist()
        where = f"{'line' if len(rows) == 1 else 'lines'} {', '.join(map(str, rows[:_PLACES]))}"
        more = ", ..." if len(rows) > _PLACES else ""
        lines.append(f"{column}, {rule}: {where}{more}; must be {allowed}" if rows else f"{column}: {rule}")
    return lines


def _write(text: str) -> None:
    """Write to stdout."""
    sys.stdout.write(text + "\n")
