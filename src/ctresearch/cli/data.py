"""``ctresearch data``: describe a data file, or hold it to the rules of its source.

Neither command writes a cell of a record: ``describe`` shows frequent values only, ``validate`` says where a rule is
broken and not by what.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ctresearch.data import Report

_PLACES = 5


@click.group("data")
def command() -> None:
    """Describe a data file, or hold it to the rules of its source."""


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
    from ctresearch.data import validate_file

    report = validate_file(file, source, encoding=encoding)
    if as_json:
        _write(json.dumps(report.to_dict() | {"places": places(report)}, indent=1, ensure_ascii=False))
    else:
        _write("\n".join([report.summary(), *(f"  {line}" for line in places(report))]))
    return 0 if report.ok else 1


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
