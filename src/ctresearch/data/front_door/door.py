"""The one way in for a file of somebody's own: a plan that is shown, and the table that it makes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ctresearch.core.errors import DataError
from ctresearch.core.render import as_card
from ctresearch.data.front_door.counted import from_counts
from ctresearch.data.front_door.people import from_appearances, from_persons
from ctresearch.data.front_door.plain_cells import count_text, decimal_mark
from ctresearch.data.front_door.plan import FilePlan, plan_place, read_plan, refuse_open
from ctresearch.data.front_door.raw_table import RawTable, read_raw
from ctresearch.data.front_door.records import from_records
from ctresearch.data.front_door.shape import Recognised, recognise

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ctresearch.data.front_door.made import Made


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What somebody says of a file, in place of what it seems to be.

    Parameters
    ----------
    shape : str, optional
        What the rows are.
    roles : mapping of str to str, optional
        Column to role.
    yes, no : tuple of str
        Words.
    sheet, encoding : str, optional
        Sheet of a workbook, encoding of a text.
    rules : mapping of str to str, optional
        As in :class:`FilePlan`.

    Examples
    --------
    >>> Answers(rules={"blank": "no"}).shape is None
    True
    """

    shape: str | None = None
    roles: Mapping[str, str] | None = None
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    sheet: str | None = None
    encoding: str | None = None
    rules: Mapping[str, str] | None = None

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["shape", "sheet", "encoding"])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ReadFile:
    r"""A file as its plan makes it.

    Parameters
    ----------
    table : pandas.DataFrame
        Counted patterns of lists, or records as text.
    plan : FilePlan
        How it was read.
    notes : tuple of str
        What was left out or taken together.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "a.csv")
    >>> _ = file.write_text("dossier;police;ONG\n1;oui;non\n2;oui;oui\n3;non;oui\n4;oui;oui\n")
    >>> read_file(file).frame.values.tolist()
    [[1, 0, 1], [0, 1, 1], [1, 1, 2]]
    """

    table: pd.DataFrame
    plan: FilePlan
    notes: tuple[str, ...] = ()

    @property
    def frame(self) -> pd.DataFrame:
        """The table; a copy that cannot reach the original."""
        return self.table.copy(deep=False)

    def csv(self) -> bytes:
        r"""Return the table as a plain CSV file: UTF-8, commas, the names in the first line.

        Returns
        -------
        bytes
            The same for the same table, whatever the order and the format of the file it came from, where it holds
            counted patterns.

        Examples
        --------
        >>> import pandas as pd
        >>> ReadFile(table=pd.DataFrame({"a": [1]}), plan=FilePlan(shape="records", columns={})).csv()
        b'a\n1\n'
        """
        return bytes(self.table.to_csv(index=False, lineterminator="\n").encode("utf-8"))

    def __repr__(self) -> str:
        return f"{self.plan.shape}: {len(self.table):,} rows, {self.table.shape[1]} columns"

    def _repr_html_(self) -> str:
        return as_card(self)


def plan_file(path: str | Path, answers: Answers | None = None) -> FilePlan:
    r"""Propose how a file of somebody's own is read.

    Parameters
    ----------
    path : str or pathlib.Path
        CSV or other delimited text, Excel, Parquet, Stata or SPSS.
    answers : Answers, optional
        What somebody says of it.

    Returns
    -------
    FilePlan
        Shape, roles, words and rules; ``questions`` hold what nobody can know from the file.

    Raises
    ------
    DataError
        If it is no table, in one sentence that names no cell.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "a.csv")
    >>> _ = file.write_text("id,police,NGO\n1,yes,\n2,yes,no\n3,no,yes\n")
    >>> print(plan_file(file).questions[0])
    a.csv, column 'NGO': 1 of 3 cells (line 2) is blank, and whether somebody is on a list must be stated: ...
    """
    said = answers or Answers()
    return plan_table(read_raw(path, sheet=said.sheet, encoding=said.encoding), said)


def plan_table(raw: RawTable, answers: Answers) -> FilePlan:
    """Propose how a table is read.

    Parameters
    ----------
    raw : RawTable
        The table.
    answers : Answers
        What somebody says of it.

    Returns
    -------
    FilePlan
        As :func:`plan_file` gives it.

    Raises
    ------
    DataError
        If an answer names a column that is not there.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.data.front_door.raw_table import raw_from_frame
    >>> plan_table(raw_from_frame("t", pd.DataFrame({"id": ["a"], "source": ["x"]})), Answers()).shape
    'person-source'
    """
    return _planned(raw, answers)[0]


def _planned(raw: RawTable, answers: Answers) -> tuple[FilePlan, Made]:
    """Propose a plan, and return what it makes as well."""
    roles = {_column(raw, name): role for name, role in (answers.roles or {}).items()}
    found = recognise(raw.frame, shape=answers.shape, roles=roles, yes=answers.yes, no=answers.no)  # type: ignore[arg-type]
    plan = FilePlan(
        shape=found.shape,
        columns=found.roles,
        yes=found.truths.yes,
        no=found.truths.no,
        sheet=answers.sheet or raw.sheet,
        encoding=answers.encoding or "",
        rules=_rules(raw, found, dict(answers.rules or {})),
    )
    made = _make(raw, plan)
    questions = [f"{raw.name}: {one}" for one in found.questions] or list(made.problems)
    told = replace(plan, lists=made.lists, notes=(*raw.notes, *made.notes), questions=tuple(questions))
    return told, made


def plan_and_read(raw: RawTable, answers: Answers) -> tuple[FilePlan, ReadFile | None]:
    """Propose how a table is read, and read it at once.

    Parameters
    ----------
    raw : RawTable
        The table.
    answers : Answers
        What somebody says of it.

    Returns
    -------
    tuple
        The plan, and what it makes; ``None`` where a question is open.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.data.front_door.raw_table import raw_from_frame
    >>> plan_and_read(raw_from_frame("t", pd.DataFrame({"a": ["x", "y"], "b": ["u", "v"]})), Answers())[1]
    records: 2 rows, 2 columns
    """
    plan, made = _planned(raw, answers)
    read = ReadFile(table=made.frame, plan=plan, notes=plan.notes)
    return plan, None if plan.questions else read


def read_file(path: str | Path, plan: FilePlan | None = None) -> ReadFile:
    r"""Read a file of somebody's own by its plan.

    Parameters
    ----------
    path : str or pathlib.Path
        The file.
    plan : FilePlan, optional
        How it is read; by default ``FILE.plan.toml`` beside it, else what :func:`plan_file` proposes.

    Returns
    -------
    ReadFile
        Counted patterns of lists, or records as text.

    Raises
    ------
    DataError
        If a question is open, the file no longer fits the plan, or a cell cannot be read: one sentence that names
        lines and a cure, and no cell.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "a.csv")
    >>> _ = file.write_text("who,source\n1,police\n1,NGO\n2,NGO\n")
    >>> read_file(file).frame.values.tolist()
    [[1, 0, 1], [1, 1, 1]]
    """
    path = Path(path)
    plan = plan or read_plan(plan_place(path)) or plan_file(path)
    refuse_open(plan, path.name)
    return read_table(read_raw(path, sheet=plan.sheet or None, encoding=plan.encoding or None), plan)


def read_table(raw: RawTable, plan: FilePlan) -> ReadFile:
    """Read a table by a plan.

    Parameters
    ----------
    raw : RawTable
        The table.
    plan : FilePlan
        How it is read.

    Returns
    -------
    ReadFile
        As :func:`read_file` gives it.

    Raises
    ------
    DataError
        As :func:`read_file`.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.data.front_door.raw_table import raw_from_frame
    >>> read_table(raw_from_frame("t", pd.DataFrame({"a": ["x"]})), FilePlan(shape="records", columns={"a": "other"}))
    records: 1 rows, 1 columns
    """
    refuse_misfit(raw, plan)
    made = _make(raw, plan)
    if made.problems:
        more = len(made.problems) - 1
        raise DataError(made.problems[0] + (f"; {more} more of the kind" if more else ""))
    if plan.lists and made.lists != plan.lists:
        raise DataError(
            f"{raw.name} has {made.lists} lists and its plan knows {plan.lists}: correct the names, or make the plan "
            "anew with `ctresearch data plan FILE --anew`"
        )
    return ReadFile(table=made.frame, plan=plan, notes=(*raw.notes, *made.notes))


def refuse_misfit(raw: RawTable, plan: FilePlan) -> None:
    """Refuse a table that has other columns than its plan.

    Parameters
    ----------
    raw : RawTable
        The table.
    plan : FilePlan
        Its plan.

    Raises
    ------
    DataError
        With the difference, in columns and counts.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.data.front_door.raw_table import raw_from_frame
    >>> plan = FilePlan(shape="records", columns={"a": "other"})
    >>> refuse_misfit(raw_from_frame("t", pd.DataFrame({"a": ["x"]})), plan)
    """
    gone = [name for name, role in plan.columns.items() if name not in raw.frame and role != "left out"]
    new = [name for name in raw.frame.columns if name not in plan.columns]
    if not gone and not new:
        return
    told = [f"{len(gone)} of its columns are missing or empty ({_listed(gone)})"] if gone else []
    told += [f"{len(new)} are new ({_listed(new)})"] if new else []
    raise DataError(
        f"{raw.name} no longer fits its plan, which knows {len(plan.columns)} columns: {' and '.join(told)}; correct "
        "the file, or make the plan anew with `ctresearch data plan FILE --anew`"
    )


def _listed(names: list[str]) -> str:
    """List the first names."""
    return ", ".join(map(repr, names[:5])) + (", ..." if len(names) > 5 else "")


def _make(raw: RawTable, plan: FilePlan) -> Made:
    """Make the table."""
    if plan.shape == "persons":
        return from_persons(raw, plan)
    if plan.shape == "person-source":
        return from_appearances(raw, plan)
    if plan.shape == "counts":
        return from_counts(raw, plan)
    return from_records(raw, plan)


def _rules(raw: RawTable, found: Recognised, said: dict[str, str]) -> dict[str, str]:
    """Add to what somebody says the rules that the file shows beyond doubt."""
    lists = [name for name, role in found.roles.items() if role == "list"]
    marked_alone = found.truths.one_word and lists and found.shape != "person-source"
    if "blank" not in said and marked_alone and any((raw.frame[name] == "").any() for name in lists):
        said["blank"] = "no"
    if "decimal" not in said:
        numbers = [
            str(cell) for name, role in found.roles.items() if role == "count" for cell in raw.frame[name].unique()
        ]
        shown = decimal_mark(one for one in numbers if count_text(one, "") is not None)
        if shown or (raw.continental and found.shape == "counts"):
            said["decimal"] = shown or ","
    return said


def _column(raw: RawTable, name: str) -> str:
    """Return the name of a column as the file spells it."""
    from ctresearch.data.front_door.vocabulary import column_key

    if name in raw.frame:
        return name
    alike = [one for one in raw.frame.columns if column_key(one) == column_key(name)]
    if len(alike) != 1:
        raise DataError(f"{raw.name} has no column {name!r}, must be one of {_listed(list(raw.frame.columns))}")
    return str(alike[0])
