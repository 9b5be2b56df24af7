"""What the rows of a table are: people, people by source, counted patterns, ties, cases, coded interviews."""

from __future__ import annotations

from dataclasses import dataclass, field
from shlex import quote
from typing import TYPE_CHECKING, Literal, get_args

from ctresearch.core.names import name_key
from ctresearch.data.contents.schema import schema, schemas
from ctresearch.data.files.header import header_score
from ctresearch.data.front_door.plain_cells import count_text
from ctresearch.data.front_door.truths import Truths, find_truths
from ctresearch.data.front_door.vocabulary import column_key, edge_names, is_called

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

Shape = Literal["counts", "persons", "person-source", "edges", "cases", "interviews", "reintegration", "records"]
Role = Literal["list", "count", "person", "source", "yes or no", "other", "left out"]
SHAPES: tuple[str, ...] = get_args(Shape)
ROLES: tuple[str, ...] = get_args(Role)
LISTS = ("counts", "persons", "person-source")
WORDS = {
    "counts": "one row a pattern of lists with its count",
    "persons": "one row a person with yes or no for each list",
    "person-source": "one row a person and source",
    "edges": "one row a tie between two actors",
    "cases": "one row a case",
    "interviews": "one row a coded segment of an interview",
    "reintegration": "one row a person and wave of the Reintegration Sustainability Survey",
    "records": "one row a record",
}
_MOST_LISTS = 60


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a table seems to be.

    Parameters
    ----------
    shape : str
        One of ``SHAPES``.
    roles : dict of str to str
        Column to role.
    truths : Truths
        Columns of yes and no.
    questions : tuple of str
        What cannot be known, each with the option that answers it.
    """

    shape: Shape
    roles: dict[str, str]
    truths: Truths
    questions: tuple[str, ...] = field(default=())


def recognise(
    frame: pd.DataFrame,
    *,
    shape: Shape | None = None,
    roles: Mapping[str, str] | None = None,
    yes: tuple[str, ...] = (),
    no: tuple[str, ...] = (),
) -> Recognised:
    """Find what the rows of a table are, and what each column is for.

    Parameters
    ----------
    frame : pandas.DataFrame
        A table of text.
    shape : str, optional
        What somebody has said it is.
    roles : mapping of str to str, optional
        Roles that somebody has said.
    yes, no : tuple of str
        Words that somebody has said the meaning of.

    Returns
    -------
    Recognised
        Shape and roles; whatever two readings are left for is a question.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"id": list("abc"), "police": ["oui", "non", "oui"], "ONG": ["non", "oui", "oui"]})
    >>> found = recognise(people)
    >>> found.shape, found.roles
    ('persons', {'id': 'person', 'police': 'list', 'ONG': 'list'})
    """
    said = dict(roles or {})
    truths = find_truths(frame, yes, no)
    found = shape or _shape(frame, said, truths)
    if found not in LISTS and not said and (seen := _how_often(frame)):
        return Recognised("persons", dict.fromkeys(frame.columns, "left out"), truths, seen)
    if found not in LISTS:
        kinds = {name: "yes or no" if name in truths.columns else "other" for name in frame.columns}
        return Recognised(found, {**kinds, **said}, truths)
    if found == "person-source":
        return _appearances(frame, said, truths)
    return _patterns(frame, said, truths, counted=found == "counts")


def _shape(frame: pd.DataFrame, said: Mapping[str, str], truths: Truths) -> Shape:
    """Decide what the rows are."""
    roles, keys = set(said.values()), {column_key(name) for name in frame.columns}
    if roles & {"count", "source"}:
        return "counts" if "count" in roles else "person-source"
    if any(pair <= keys for pair in edge_names()):
        return "edges"
    return _shape_of_lists(frame, truths) or _shape_of_records(frame)


def _how_often(frame: pd.DataFrame) -> tuple[str, ...]:
    """Ask where columns called as lists are hold small numbers, as of how often somebody was seen there."""
    names = [
        name
        for name in frame.columns
        if _is_agency(name) and {*frame[name].unique()} <= _SMALL and not {*frame[name].unique()} <= {"0", "1", ""}
    ]
    if len(names) < 2:
        return ()
    met = sorted({str(cell) for name in names for cell in frame[name].unique()} - {"", "0"}, key=int)
    words = " ".join(f"--yes {cell}" for cell in met)
    which = ", ".join(map(repr, names[:6]))
    asked = f"columns {which} hold small numbers, as of how often somebody was seen: where each above 0 means on the"
    return (f"{asked} list, say {words} --no 0",)


_SMALL = frozenset({"", *map(str, range(21))})


def _shape_of_lists(frame: pd.DataFrame, truths: Truths) -> Shape | None:
    """Say which kind of a table of lists it is, where it is one."""
    may_be_lists = [name for name in truths.columns if not is_called(name, "attribute")]
    if len(may_be_lists) >= 2 or (truths.coded and len({*truths.coded, *may_be_lists}) >= 2):
        return "counts" if _count_column(frame, truths) else "persons"
    if _named(frame, "person") and (_named(frame, "source") or _led_by_source(frame)):
        return "person-source"
    return None


def _led_by_source(frame: pd.DataFrame) -> list[str]:
    """Return the columns whose first or last word is one for a source, of few names for many rows."""
    names = [name for name in frame.columns if not is_called(name, "person") and not is_called(name, "date")]
    ends = {name: {column_key(name).split()[0], column_key(name).split()[-1]} for name in names if column_key(name)}
    called = [name for name, words in ends.items() if any(is_called(word, "source") for word in words)]
    return [
        name for name in called if 2 <= frame[name].nunique() <= _MOST_LISTS and 2 * frame[name].nunique() < len(frame)
    ]


def _shape_of_records(frame: pd.DataFrame) -> Shape:
    """Say which kind of records they are."""
    if header_score(list(frame.columns), schema("reintegration")) > 0:
        return "reintegration"
    sources = [n for n in schemas() if schema(n).extra != "flag"]
    if any(header_score(list(frame.columns), schema(n)) > 0 for n in sources):
        return "cases"
    if sum(is_called(name, "interviews") for name in frame.columns) >= 3:
        return "interviews"
    return "cases" if sum(is_called(name, "cases") for name in frame.columns) >= 2 else "records"


def _named(frame: pd.DataFrame, kind: str) -> str | None:
    """Return the column that is called so; the one with most different cells where several are."""
    names = [name for name in frame.columns if is_called(name, kind)]
    if kind == "person":  # row numbers and codes beside an identifier of people
        strong = [name for name in names if column_key(name) not in _WEAK]
        names = strong or names
    return max(names, key=lambda name: frame[name].nunique()) if names else None


_WEAK = frozenset(
    {"no", "nr", "n°", "№", "row", "row number", "code", "codigo", "الرقم", "رقم", "код", "cod", "codice"}
)


def _count_column(frame: pd.DataFrame, truths: Truths) -> str | None:
    """Return the column of counts by its name, where it holds counts and does not number the rows."""
    for name in frame.columns:
        if name in truths.columns and set(frame[name].unique()) <= {"0", "1", ""} and not _counts_by_name(name):
            continue
        if not _counts_by_name(name) or _numbers_rows(frame[name]):
            continue
        if _holds_counts(frame[name]) or column_key(name) not in _WEAK_COUNTS:
            return str(name)
    return None


# Words for a count that are also words for something else, such as a name, a number or those who are counted.
_WEAK_COUNTS = frozenset(
    map(
        column_key,
        ["n", "nombre", "número", "numero", "numar", "people", "persons", "personas", "cases", "casos", "total"],
    )
)


def _holds_counts(column: pd.Series) -> bool:
    """Say whether any cell is a count, so that a column called so is one and its other cells are wrong."""
    return any(count_text(str(cell), ".") is not None for cell in column.unique() if cell != "")


def _counts_by_name(name: str) -> bool:
    """Say whether a column is called as counts are."""
    return is_called(name, "count")


def _are_counts(column: pd.Series) -> bool:
    """Say whether most cells are counts or ranges of counts."""
    cells = [str(cell) for cell in column.unique() if cell != ""]
    read = sum(count_text(cell, ".") is not None or count_text(cell, ",") is not None for cell in cells)
    return bool(cells) and 2 * read >= len(cells)


def _numbers_rows(column: pd.Series) -> bool:
    """Say whether a column counts its own rows from 1; a table of two or three rows may do so by chance."""
    return len(column) > 3 and column.tolist() == [str(n) for n in range(1, len(column) + 1)]


def _appearances(frame: pd.DataFrame, said: Mapping[str, str], truths: Truths) -> Recognised:
    """Give the columns of a table of people by source their roles."""
    questions = []
    found: dict[str, str] = {}
    for role in ("person", "source"):
        given = [name for name, one in said.items() if one == role]
        name = given[0] if given else _named(frame[[n for n in frame.columns if n not in said]], role)
        candidates = [n for n in frame.columns if is_called(n, role) and n not in said]
        if name is None and role == "source":
            candidates = [n for n in _led_by_source(frame) if n not in said]
            name = candidates[0] if candidates else None
        if name is None or (not given and role == "source" and len(candidates) > 1):
            there = ", ".join(map(repr, candidates or list(frame.columns)[:8]))
            which = "no column is known to say" if name is None else "more than one column may say"
            what = "who the person is" if role == "person" else "on which list somebody is"
            questions.append(f"{which} {what} ({there}): name it with --role COLUMN={role}")
        if name is not None:
            found[name] = role
    source = next((name for name, role in found.items() if role == "source"), None)
    if source is not None:
        lists = len({name_key(str(cell)) for cell in frame[source].unique()})
        if lists > _MOST_LISTS:
            questions.append(
                f"column {source!r} holds {lists:,} different names, and lists are 2 to {_MOST_LISTS}: name another "
                "with --role COLUMN=source"
            )
    roles = {name: said.get(name, found.get(name, "left out")) for name in frame.columns}
    return Recognised("person-source", roles, truths, tuple(questions))


def _patterns(frame: pd.DataFrame, said: Mapping[str, str], truths: Truths, *, counted: bool) -> Recognised:
    """Give the columns of a table of people or of counted patterns their roles."""
    questions = []
    roles: dict[str, str] = {}
    count = next((name for name, role in said.items() if role == "count"), None) or (
        _count_column(frame, truths) if counted else None
    )
    person = None if counted else _named(frame[[n for n in frame.columns if n not in truths.columns]], "person")
    open_ = [name for name in truths.columns if name not in said and name != count]
    named = [name for name in open_ if _is_agency(name)]
    for name in frame.columns:
        if name in said:
            roles[name] = said[name]
        elif name == count:
            roles[name] = "count"
        elif name == person:
            roles[name] = "person"
        else:
            is_list = name in open_ and not is_called(name, "attribute")
            roles[name] = "list" if is_list else "left out"
    lists = [name for name, role in roles.items() if role == "list"]
    doubtful = [name for name in lists if name in open_ and name not in named]
    if named and doubtful and not any(role == "list" for role in said.values()):
        which, each = ", ".join(map(repr, doubtful[:6])), doubtful[0] if len(doubtful) == 1 else "COLUMN"
        begun = f"column {which} holds" if len(doubtful) == 1 else f"columns {which} hold"
        questions.append(
            f"{begun} yes and no, and may be lists or something else: say --role {quote(each + '=list')} or --role "
            f"{quote(each + '=left out')}{'' if len(doubtful) == 1 else ' for each'}"
        )
    coded = [name for name in truths.coded if name not in said and not is_called(name, "attribute")]
    if coded:
        questions.append(
            f"columns {', '.join(map(repr, coded[:6]))} hold 1 and 2 alone: say which is yes with --yes 1 --no 2 or the"
            " other way round, or --role 'COLUMN=left out'"
        )
    if not counted:
        questions += _unknown_counts(frame, roles, lists, person)
    return Recognised("counts" if counted else "persons", roles, truths, tuple(questions))


def _is_agency(name: str) -> bool:
    """Say whether a column is called as lists are: by such a word, or by initials."""
    words = column_key(name).split()
    return (
        is_called(name, "agency")
        or any(is_called(word, "agency") for word in words)
        or (name.isupper() and len(name) > 1)
    )


def _unknown_counts(frame: pd.DataFrame, roles: Mapping[str, str], lists: list[str], person: str | None) -> list[str]:
    """Ask whether a column holds the counts, where no two rows are alike, as in a table of patterns."""
    if not lists or frame[lists].duplicated().any():
        return []
    numbers = [
        name
        for name, role in roles.items()
        if role == "left out" and name != person and (frame[name] != "").all() and _are_counts(frame[name])
    ]
    if not numbers:
        return []
    which = ", ".join(map(repr, numbers[:4]))
    asked = (
        f"no two rows have the same yes and no, as in a table of counted patterns, and {which} may hold the counts: "
        "say --role COLUMN=count, or --shape persons where each row is one person"
    )
    return [asked]
