"""Data inputs that come through the front door: people made into patterns, and tables of other formats into plain ones.

The process of the user reads the file or the database by its plan, and the notebook is given what came out. The digest
of such an input is that of what came out, so that a plan that changes is a run that changes.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ctresearch.core.errors import CellError, DataError, SpecificationError

if TYPE_CHECKING:
    from pathlib import Path

    from ctresearch.data.front_door.door import ReadFile
    from ctresearch.data.front_door.plan import FilePlan
    from ctresearch.data.front_door.raw_table import RawTable

LISTS = "lists"
_TABLES = (".csv", ".tsv", ".xlsx", ".xlsm", ".parquet", ".dta", ".sav", ".zsav")
"""Endings of files that are tables; what is called otherwise may be a text, and is the notebook's own affair."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the front door made of an input.

    Parameters
    ----------
    content : bytes
        A plain CSV file.
    query : str
        What was asked of a database; empty for a file.
    hashed : bytes
        What stands for the input: the content, and for a database the query and its rows in canonical order.
    """

    content: bytes
    query: str = ""
    hashed: bytes = b""


def prepare_file(name: str, path: Path) -> Prepared | None:
    r"""Bring a file through the front door, where it is not as the notebooks read it.

    Parameters
    ----------
    name : str
        Name of the input; that of tables of lists is ``lists``.
    path : pathlib.Path
        The file.

    Returns
    -------
    Prepared or None
        What came out; ``None`` for a file that goes in as it is.

    Raises
    ------
    DataError
        If a question is open, the file does not fit its plan, or a cell cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> file = Path(tempfile.mkdtemp(), "lists.csv")
    >>> _ = file.write_text("police,NGO,count\n1,0,60\n0,1,40\n")
    >>> prepare_file("lists", file) is None
    True
    """
    from ctresearch.data.front_door.door import Answers, plan_and_read, read_file
    from ctresearch.data.front_door.plan import plan_place, read_plan
    from ctresearch.data.front_door.raw_table import read_raw

    plan = read_plan(plan_place(path))
    if plan is not None:
        _refuse_other_shape(name, plan, path.name)
        return _as_lists_need(name, read_file(path, plan), path.name)
    plain, error = _is_plain(name, path)
    if plain:
        return None
    try:
        raw = read_raw(path)
    except DataError:
        if error is not None or path.suffix.lower() not in _TABLES:
            return None  # the notebook's own reader says the same, or it is no table that the notebook reads
        raise
    try:
        plan, read = plan_and_read(raw, Answers() if name == LISTS else Answers(shape="records"))
    except DataError:
        if error is not None:
            return None
        raise
    if name == LISTS and not plan.makes_lists:
        return None
    keep(plan, path.name, plan_place(path))
    return None if read is None else _as_lists_need(name, read, path.name)


def prepare_database(name: str, source: str, folder: Path) -> Prepared:
    """Read a table of a database and bring it through the front door.

    Parameters
    ----------
    name : str
        Name of the input.
    source : str
        Address of the database.
    folder : pathlib.Path
        Folder of the study, where ``NAME.plan.toml`` lies.

    Returns
    -------
    Prepared
        What came out.

    Raises
    ------
    DataError
        As :func:`prepare_file`, and where the database cannot be read.

    Examples
    --------
    >>> from pathlib import Path
    >>> prepare_database("lists", "oracle://host/base?table=t", Path("."))
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.SpecificationError: the database is of a kind that is not read (oracle://), ...
    """
    from ctresearch.data.front_door.database import read_database
    from ctresearch.data.front_door.door import Answers, plan_and_read, read_table
    from ctresearch.data.front_door.plan import ENDING, read_plan
    from ctresearch.data.front_door.raw_table import raw_from_frame

    address, frame = read_database(source)
    raw: RawTable = raw_from_frame(f"data.{name}", frame)
    place = folder / f"{name}{ENDING}"
    plan, read = read_plan(place), None
    if plan is None:
        plan, read = plan_and_read(raw, Answers() if name == LISTS else Answers(shape="records"))
        keep(plan, f"data.{name}", place)
    _refuse_other_shape(name, plan, f"data.{name}")
    made = _as_lists_need(name, read or read_table(raw, plan), f"data.{name}")
    lines = sorted(frame.to_csv(index=False, header=False, lineterminator="\n").encode().splitlines())
    hashed = b"\n".join([address.text.encode(), ",".join(frame.columns).encode(), *lines])
    return Prepared(made.content, address.text, hashed)


def keep(plan: FilePlan, file: str, place: Path) -> None:
    """Show a plan and keep it, or say which question is open.

    Parameters
    ----------
    plan : FilePlan
        The plan.
    file : str
        Name of the data.
    place : pathlib.Path
        Where it is to lie.

    Raises
    ------
    DataError
        If a question is open.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from ctresearch.data.front_door.plan import FilePlan
    >>> place = Path(tempfile.mkdtemp(), "a.csv.plan.toml")
    >>> keep(FilePlan(shape="records", columns={"a": "other"}), "a.csv", place)
    >>> place.is_file()
    True
    """
    from ctresearch.data.front_door.plan import refuse_open, write_plan

    refuse_open(plan, file)
    try:
        write_plan(plan, file, place)
        kept = f"The plan is kept in {place.name}: look at it."
    except OSError as error:
        kept = f"The plan cannot be kept in {place.name} ({error.strerror}), and is made anew each time."
    sys.stderr.write(f"{plan.summary(file)}\n  {kept}\n")


def _is_plain(name: str, path: Path) -> tuple[bool, DataError | None]:
    """Say whether the notebooks read a file as it is."""
    if name != LISTS:
        return _is_plain_csv(path), None
    from ctresearch.data.files.reading import first_rows
    from ctresearch.data.front_door.first_lines import find_names
    from ctresearch.data.front_door.vocabulary import is_called
    from ctresearch.data.sources.list_reader import read_list_table

    try:
        head = find_names(first_rows(path)[0]).names
        if any(is_called(one, "source") for one in head) and any(is_called(one, "person") for one in head):
            return False, None
        names = list(read_list_table(path).frame.columns)
    except (CellError, DataError) as error:
        return False, error
    return not any(is_called(one, "attribute") for one in names), None


def _is_plain_csv(path: Path) -> bool:
    """Say whether a file is a CSV file in UTF-8 with commas."""
    if path.suffix.lower() != ".csv":
        return False
    try:
        with path.open(encoding="utf-8", newline="") as file:
            while file.read(1 << 20):
                pass
            file.seek(0)
            lines = (line for line in file if not line.startswith("#"))
            first = next(lines, "")
    except (OSError, UnicodeError):
        return False
    return "," in first or not any(mark in first for mark in (";", "\t", "|"))


def _refuse_other_shape(name: str, plan: FilePlan, file: str) -> None:
    """Refuse a plan that makes lists where records are wanted, or the other way round."""
    if plan.makes_lists != (name == LISTS):
        made = "counted patterns of lists" if plan.makes_lists else "records"
        raise SpecificationError(
            f"the plan of {file} makes {made}, and data.{name} takes {'lists' if name == LISTS else 'records'}: make "
            f"it anew with `ctresearch data plan FILE --anew --shape {'persons' if name == LISTS else 'records'}`"
        )


def _as_lists_need(name: str, read: ReadFile, file: str) -> Prepared:
    """Refuse ranges among counts, which the notebooks of lists do not take."""
    if name == LISTS and read.table["count"].dtype.kind not in "iu":
        raise DataError(
            f"{file} has counts that are known as a range only, such as <5, which this notebook does not take: read it "
            "with ctresearch.data.read_file and estimate with PartialHistories.from_counts and PartialLogLinear"
        )
    content = read.csv()
    return Prepared(content, hashed=content)
