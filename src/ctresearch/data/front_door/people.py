"""Counted patterns of lists from people: one row a person, or one row a person and source."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.names import name_key
from ctresearch.data.front_door.made import Made, joined_names, lines_of
from ctresearch.data.front_door.truths import read_truth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ctresearch.data.front_door.plan import FilePlan
    from ctresearch.data.front_door.raw_table import RawTable

MAX_LISTS = 60
_PARTS = re.compile(r"\s*[;/+|,&]\s*")


def from_persons(raw: RawTable, plan: FilePlan) -> Made:
    """Count the patterns of a table with one row a person.

    Parameters
    ----------
    raw : RawTable
        The file.
    plan : FilePlan
        How it is read.

    Returns
    -------
    Made
        Patterns and counts.

    Examples
    --------
    >>> from ctresearch.data.front_door.plan import FilePlan
    >>> from ctresearch.data.front_door.raw_table import RawTable
    >>> raw = RawTable("a.csv", pd.DataFrame({"A": ["oui", "non"], "B": ["non", "oui"]}), np.array([2, 3]), "text")
    >>> plan = FilePlan(shape="persons", columns={"A": "list", "B": "list"}, yes=("oui",), no=("non",))
    >>> from_persons(raw, plan).frame.values.tolist()
    [[1, 0, 1], [0, 1, 1]]
    """
    names, marks, notes, problems = read_marks(raw, plan)
    if problems:
        return Made(raw.frame, tuple(notes), tuple(problems))
    marks, told, wrong = _one_row_each(raw, plan, marks)
    nowhere = np.asarray(~marks.any(axis=1), dtype=np.bool_)
    if nowhere.any() and plan.rule("nowhere") == "refuse":
        n = int(nowhere.sum())
        where = f" ({lines_of(raw, nowhere)})" if len(marks) == len(raw.frame) else ""
        wrong.append(
            f"{raw.name}: {n:,} of {len(marks):,} people{where} are on no list, and the table is of people on one or "
            "more: correct them, or say --nowhere 'leave out'"
        )
    elif nowhere.any():
        told.append(f"{int(nowhere.sum()):,} people on no list are left out, as the plan says.")
    wrong += _number_of_lists(raw.name, len(names))
    frame = patterns(names, _bits(marks[~nowhere]))
    return Made(frame, (*notes, *told), tuple(wrong), len(names))


def from_appearances(raw: RawTable, plan: FilePlan) -> Made:
    """Count the patterns of a table with one row a person and source.

    Parameters
    ----------
    raw : RawTable
        The file.
    plan : FilePlan
        How it is read.

    Returns
    -------
    Made
        Patterns and counts; lists stand in the order of their names.

    Examples
    --------
    >>> from ctresearch.data.front_door.plan import FilePlan
    >>> from ctresearch.data.front_door.raw_table import RawTable
    >>> seen = pd.DataFrame({"id": ["1", "1", "2"], "liste": ["ONG", "police", "police"]})
    >>> plan = FilePlan(shape="person-source", columns={"id": "person", "liste": "source"})
    >>> from_appearances(RawTable("a.csv", seen, np.array([2, 3, 4]), "text"), plan).frame.values.tolist()
    [[0, 1, 1], [1, 1, 1]]
    """
    person, source = plan.named("person"), plan.named("source")
    if len(person) != 1 or len(source) != 1:
        return Made(raw.frame, (), (f"{raw.name}: a plan of people by source names one person and one source",))
    problems = [
        f"{raw.name}, column {name!r}: {int(gone.sum()):,} of {len(gone):,} cells ({lines_of(raw, gone)}) are blank, "
        "and every row must say who and on which list: fill them, or take the rows out"
        for name in (*person, *source)
        if (gone := (raw.frame[name] == "").to_numpy()).any()
    ]
    if problems:
        return Made(raw.frame, (), tuple(problems))
    codes, values = pd.factorize(raw.frame[source[0]].astype(object))
    spellings = [str(value) for value in values]
    problems += _several_in_one(raw, source[0], codes, spellings)
    keys = pd.factorize(np.array([name_key(one) for one in spellings], dtype=object))[0]
    first = np.array([int(np.flatnonzero(codes == code)[0]) for code in range(len(spellings))])
    if len(spellings) > 20 * MAX_LISTS:
        return Made(raw.frame, (), tuple(_number_of_lists(raw.name, len(set(keys)))))
    joins, notes, near = joined_names(spellings, plan, f"{raw.name}, column {source[0]!r}", np.bincount(codes).tolist())
    problems += [f"{one} (first seen in {lines_of(raw, _near_lines(first, spellings, len(codes)))})" for one in near]
    who, told, alike = _people(raw, person[0], plan)
    problems += alike
    kept = sorted(set(joins), key=lambda place: spellings[place])
    problems += _number_of_lists(raw.name, len(kept))
    if problems:
        return Made(raw.frame, tuple(notes), tuple(problems), len(kept))
    place = {old: new for new, old in enumerate(kept)}
    bits = np.zeros(int(who.max()) + 1, dtype=np.int64)
    np.bitwise_or.at(bits, who, np.int64(1) << np.array([place[joins[c]] for c in range(len(joins))])[codes])
    again = int(pd.DataFrame({"who": who, "where": np.array(joins)[codes]}).duplicated().sum())
    if again:
        notes.append(f"{again:,} rows repeat a person on a list they were already on, and count once.")
    return Made(patterns([spellings[one] for one in kept], bits), (*notes, *told), (), len(kept))


def read_marks(raw: RawTable, plan: FilePlan) -> tuple[list[str], NDArray[np.bool_], list[str], list[str]]:
    """Read the columns of lists.

    Parameters
    ----------
    raw : RawTable
        The file.
    plan : FilePlan
        How it is read.

    Returns
    -------
    tuple
        Names of the lists; shape (rows, lists) whether each row is on each; notes; problems.

    Examples
    --------
    >>> from ctresearch.data.front_door.plan import FilePlan
    >>> from ctresearch.data.front_door.raw_table import RawTable
    >>> raw = RawTable("a.csv", pd.DataFrame({"A": ["?"]}), np.array([2]), "text")
    >>> read_marks(raw, FilePlan(shape="persons", columns={"A": "list"}, yes=("x",)))[3]
    ["a.csv, column 'A': 1 of 1 cells (line 2) is neither yes nor no: correct them, or say what they mean with ..."]
    """
    names = plan.named("list")
    problems, marks = [], []
    for name in names:
        read = read_truth(raw.frame[name], plan.yes, plan.no)
        if (read == -2).any():
            cure = "neither yes nor no: correct them, or say what they mean with --yes WORD or --no WORD"
            problems.append(str(raw.error(name, read == -2, cure)))
        if (read == -1).any() and plan.rule("blank") == "missing":
            cure = "blank, and whether somebody is on a list must be stated: say --blank no where a blank is a no"
            problems.append(str(raw.error(name, read == -1, cure)))
        marks.append(read == 1)
    table = np.array(marks, dtype=np.bool_).T.reshape(len(raw.frame), len(names))
    joins, notes, near = joined_names(names, plan, f"{raw.name}, names of columns")
    if len(set(joins)) < len(names):
        kept = sorted(set(joins))
        table = np.column_stack([table[:, [j for j, one in enumerate(joins) if one == k]].any(axis=1) for k in kept])
        names = [names[k] for k in kept]
    return names, table, notes, [*problems, *near]


def patterns(names: Sequence[str], bits: NDArray[np.int64], counts: NDArray[np.int64] | None = None) -> pd.DataFrame:
    """Lay out patterns and counts, in one order whatever the order of the rows.

    Parameters
    ----------
    names : sequence of str
        The lists.
    bits : numpy.ndarray
        Shape (rows,): bit patterns.
    counts : numpy.ndarray, optional
        Shape (rows,): people; one a row by default.

    Returns
    -------
    pandas.DataFrame
        One row a pattern: a column of 0 and 1 a list, and ``count``.

    Examples
    --------
    >>> patterns(["A", "B"], np.array([3, 1, 3])).values.tolist()
    [[1, 0, 1], [1, 1, 2]]
    """
    met, at = np.unique(bits, return_inverse=True)
    n = np.bincount(at, weights=counts, minlength=len(met)).astype(np.int64)
    columns = {name: (met >> i & 1).astype(np.int64) for i, name in enumerate(names)}
    return pd.DataFrame(columns | {"count": n})


def _bits(marks: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Turn rows of yes and no into bit patterns."""
    powers = np.left_shift(np.int64(1), np.arange(marks.shape[1], dtype=np.int64))
    return marks.astype(np.int64) @ powers


def _one_row_each(
    raw: RawTable, plan: FilePlan, marks: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], list[str], list[str]]:
    """Give each person one row, where a column says who they are."""
    person = plan.named("person")
    if not person or plan.rule("duplicates") == "keep":
        return marks, [], []
    gone = (raw.frame[person[0]] == "").to_numpy()
    if gone.any():
        cure = f"blank, and every row must say who: fill them, or say --role '{person[0]}=left out'"
        return marks, [], [str(raw.error(person[0], gone, cure))]
    who, told, problems = _people(raw, person[0], plan)
    again = pd.Series(who).duplicated().to_numpy()
    if problems or not again.any():
        return marks, told, problems
    bits = _bits(marks)
    first = np.zeros(int(who.max()) + 1, dtype=np.int64)
    first[who[::-1]] = bits[::-1]
    unlike = len(np.unique(who[bits != first[who]]))
    n, rule = int(again.sum()), plan.rule("duplicates")
    if rule == "refuse" or (rule == "once" and unlike):
        same = f"{unlike:,} of them with another yes or no" if unlike else "all with the same yes and no"
        cure = "join, or --duplicates keep" if unlike else "once, or --duplicates keep"
        asked = (
            f"{raw.name}, column {person[0]!r}: {n:,} rows ({lines_of(raw, again)}) repeat a person of an earlier row, "
            f"{same}: say --duplicates {cure} where they are different people"
        )
        return marks, told, [asked]
    whole = np.zeros((int(who.max()) + 1, marks.shape[1]), dtype=np.bool_)
    np.logical_or.at(whole, who, marks)
    return whole, [*told, f"{n:,} rows repeat a person of an earlier row, and are counted once."], []


def _people(raw: RawTable, name: str, plan: FilePlan) -> tuple[NDArray[np.int64], list[str], list[str]]:
    """Give each person of a column a number; ask where two differ in their spelling alone."""
    codes, values = pd.factorize(raw.frame[name].astype(object))
    keys = pd.factorize(np.array([name_key(str(value)) for value in values], dtype=object))[0]
    if int(keys.max()) + 1 == len(values) or plan.rule("names") == "keep":
        return codes.astype(np.int64), [], []
    if plan.rule("names") == "merge":
        told = f"{len(values) - int(keys.max()) - 1:,} spellings of people were taken for others, as the plan says."
        return keys[codes].astype(np.int64), [told], []
    doubled = np.bincount(keys)[keys] > 1
    cure = "spelled in more than one way, different in case, accents or spaces alone: say --names merge or --names keep"
    return codes.astype(np.int64), [], [str(raw.error(name, doubled[codes], cure))]


def _near_lines(first: NDArray[np.int64], spellings: Sequence[str], rows: int) -> NDArray[np.bool_]:
    """Mark the rows in which near names are first seen."""
    from ctresearch.data.front_door.near_names import near_names

    marked = np.zeros(rows, dtype=np.bool_)
    for i, j in near_names(spellings):
        marked[[first[i], first[j]]] = True
    return marked


def _several_in_one(raw: RawTable, name: str, codes: NDArray[np.int64], spellings: Sequence[str]) -> list[str]:
    """Find cells that hold several names of lists."""
    keys = {name_key(one) for one in spellings}
    several = [
        code
        for code, one in enumerate(spellings)
        if len(parts := _PARTS.split(one)) > 1 and any(name_key(part) in keys for part in parts)
    ]
    if not several:
        return []
    wrong = np.isin(codes, several)
    return [str(raw.error(name, wrong, "several names of lists in one cell: give each a row of its own"))]


def _number_of_lists(file: str, lists: int) -> list[str]:
    """Say that there are too few lists, or too many."""
    if 2 <= lists <= MAX_LISTS:
        return []
    return [f"{file} has {lists:,} list{'s' * (lists != 1)}, must have from 2 to {MAX_LISTS}: check which columns are"]
