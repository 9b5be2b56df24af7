"""The plan of a file: how it is read, in columns, words and rules, and never a cell; shown, kept and used again."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.render import as_card
from ctresearch.core.validate import one_of
from ctresearch.data.front_door.shape import LISTS, ROLES, SHAPES, WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping

ENDING = ".plan.toml"
VERSION = 1
#: Rules and what each may say; the first is what stands where nobody says anything.
RULES: dict[str, tuple[Any, ...]] = {
    "blank": ("missing", "no"),
    "dates": ("", "iso", "day-first", "month-first"),
    "decimal": ("", ".", ","),
    "names": ("apart", "merge", "keep"),
    "duplicates": ("refuse", "once", "join", "keep"),
    "nowhere": ("refuse", "leave out"),
}
_HEAD = """# How {file} is read: columns, words and rules, and no cell of it. `ctresearch` uses it for each new edition
# of the file and refuses one that no longer fits. Make it anew with `ctresearch data plan FILE --anew`.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePlan:
    """How a file is read.

    Parameters
    ----------
    shape : str
        What the rows are: ``counts``, ``persons``, ``person-source``, ``edges``, ``cases``, ``interviews``,
        ``reintegration`` or ``records``.
    columns : dict of str to str
        Every column with its role: ``list``, ``count``, ``person``, ``source``, ``yes or no``, ``other`` or
        ``left out``.
    yes, no : tuple of str
        Words, without case and accents.
    sheet, encoding : str
        Sheet of a workbook and encoding of a text; empty where there is none to name, or it is found each time.
    rules : dict of str to str
        What is done with blanks among yes and no (``blank``), with dates, decimals, near names of lists (``names``),
        people who stand in several rows (``duplicates``) and people on no list (``nowhere``).
    lists : int
        How many lists there are.
    notes : tuple of str
        What a reader should know; not part of the file.
    questions : tuple of str
        What is not known yet: such a plan reads nothing.

    Examples
    --------
    >>> plan = FilePlan(shape="persons", columns={"police": "list", "NGO": "list"}, yes=("oui",), no=("non",), lists=2)
    >>> print(plan.summary("a.csv"))
    a.csv: one row a person with yes or no for each list
      list: police, NGO
      yes: oui; no: non
    """

    shape: str
    columns: dict[str, str]
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    sheet: str = ""
    encoding: str = ""
    rules: dict[str, str] = field(default_factory=dict)
    lists: int = 0
    notes: tuple[str, ...] = field(default=(), compare=False)
    questions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse words that are none."""
        one_of("shape", self.shape, SHAPES)
        for name, role in self.columns.items():
            one_of(f"role of {name!r}", role, ROLES)
        for rule, value in self.rules.items():
            one_of("rule", rule, tuple(RULES))
            one_of(rule, value, RULES[rule])

    def rule(self, name: str) -> str:
        """Return what a rule says.

        Parameters
        ----------
        name : str
            One of those above.

        Returns
        -------
        str
            What stands in the plan, or what stands where nobody says anything.

        Examples
        --------
        >>> FilePlan(shape="records", columns={}).rule("names")
        'apart'
        """
        return self.rules.get(name, str(RULES[name][0]))

    def named(self, role: str) -> list[str]:
        """Return the columns of a role.

        Parameters
        ----------
        role : str
            Such as ``list``.

        Returns
        -------
        list of str
            In the order of the file.

        Examples
        --------
        >>> FilePlan(shape="records", columns={"a": "other"}).named("other")
        ['a']
        """
        return [name for name, one in self.columns.items() if one == role]

    @property
    def makes_lists(self) -> bool:
        """Whether counted patterns of lists can be made of the file."""
        return self.shape in LISTS

    def summary(self, file: str = "The file") -> str:
        """Return the plan in words.

        Parameters
        ----------
        file : str
            Name of the file.

        Returns
        -------
        str
            A few lines.

        Examples
        --------
        >>> FilePlan(shape="records", columns={"a": "other"}, questions=("which?",)).summary("a.csv").splitlines()[-1]
        '  open: which?'
        """
        lines = [f"{file}: {WORDS[self.shape]}"]
        lines += [f"  sheet: {self.sheet}"] if self.sheet else []
        for role in ROLES:
            names = self.named(role)
            lines += [f"  {role}: {', '.join(names)}"] if names else []
        if self.yes or self.no:
            lines.append(f"  yes: {', '.join(self.yes) or 'no word'}; no: {', '.join(self.no) or 'no word'}")
        lines += [f"  {_RULE_WORDS[rule][value]}" for rule, value in self.rules.items() if _RULE_WORDS[rule].get(value)]
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join([*lines, *(f"  open: {question}" for question in self.questions)])

    def to_toml(self, file: str) -> str:
        """Return the plan as the text of its file.

        Parameters
        ----------
        file : str
            Name of the data.

        Returns
        -------
        str
            TOML.

        Examples
        --------
        >>> text = FilePlan(shape="records", columns={"a b": "other"}).to_toml("a.csv")
        >>> tomllib.loads(text)["columns"]
        {'a b': 'other'}
        """
        lines = [_HEAD.format(file=file), f"version = {VERSION}", f"shape = {_text(self.shape)}"]
        lines += [f"{key} = {_text(value)}" for key in ("sheet", "encoding") if (value := getattr(self, key))]
        lines += [f"lists = {self.lists}"] if self.lists else []
        lines += ["", "[columns]", *(f"{_text(name)} = {_text(role)}" for name, role in self.columns.items())]
        if self.yes or self.no:
            lines += ["", "[words]", f"yes = {_texts(self.yes)}", f"no = {_texts(self.no)}"]
        if self.rules:
            lines += ["", "[rules]", *(f"{name} = {_text(value)}" for name, value in self.rules.items())]
        return "\n".join(lines) + "\n"

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["shape", "lists", "sheet", "encoding", "questions"])


_RULE_WORDS: dict[str, dict[str, str]] = {
    "blank": {"no": "a blank among yes and no: no", "missing": "a blank among yes and no: missing"},
    "dates": {
        "day-first": "dates: the day stands first",
        "month-first": "dates: the month stands first",
        "iso": "dates: year, month, day",
    },
    "decimal": {",": "numbers: a comma before decimals", ".": "numbers: a point before decimals"},
    "names": {
        "merge": "names that differ in spelling alone, or in a letter: one",
        "keep": "names that differ in a letter: two",
    },
    "duplicates": {
        "once": "rows of one person that are alike: counted once",
        "join": "rows of one person: joined, on a list if any row says so",
        "keep": "rows of one identifier: different people",
    },
    "nowhere": {"leave out": "people on no list: left out"},
}


def plan_place(path: str | Path) -> Path:
    """Return where the plan of a file lies.

    Parameters
    ----------
    path : str or pathlib.Path
        The data.

    Returns
    -------
    pathlib.Path
        ``FILE.plan.toml`` beside it.

    Examples
    --------
    >>> plan_place("lists.csv").name
    'lists.csv.plan.toml'
    """
    path = Path(path)
    return path.with_name(path.name + ENDING)


def read_plan(place: Path) -> FilePlan | None:
    """Read a plan.

    Parameters
    ----------
    place : pathlib.Path
        Its file.

    Returns
    -------
    FilePlan or None
        The plan; ``None`` where there is none.

    Raises
    ------
    SpecificationError
        If it cannot be read or says what is not allowed.

    Examples
    --------
    >>> read_plan(Path("no such.plan.toml")) is None
    True
    """
    if not place.is_file():
        return None
    cure = "correct it, or make it anew with `ctresearch data plan FILE --anew`"
    try:
        table = tomllib.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SpecificationError(f"{place.name} cannot be read ({type(error).__name__}): {cure}") from None
    if table.get("version") != VERSION:
        raise SpecificationError(f"{place.name} has version {table.get('version')!r}, must be {VERSION}: {cure}")
    try:
        return _from_table(table)
    except (SpecificationError, TypeError, ValueError, KeyError, AttributeError) as error:
        words = str(error) if isinstance(error, SpecificationError) else "it is not the table of a plan"
        raise SpecificationError(f"{place.name}: {words}; {cure}") from None


def _from_table(table: Mapping[str, Any]) -> FilePlan:
    """Make a plan of the table of its file."""
    known = {"version", "shape", "sheet", "encoding", "lists", "columns", "words", "rules"}
    unknown = sorted(set(table) - known)
    if unknown:
        raise SpecificationError(f"{unknown[0]!r} is not a key, must be one of {', '.join(sorted(known))}")
    words = dict(table.get("words", {}))
    return FilePlan(
        shape=table["shape"],
        columns={str(name): str(role) for name, role in dict(table["columns"]).items()},
        yes=tuple(map(str, words.get("yes", ()))),
        no=tuple(map(str, words.get("no", ()))),
        sheet=str(table.get("sheet", "")),
        encoding=str(table.get("encoding", "")),
        rules={str(name): str(value) for name, value in dict(table.get("rules", {})).items()},
        lists=int(table.get("lists", 0)),
    )


def write_plan(plan: FilePlan, path: str | Path, place: Path | None = None) -> Path:
    """Write a plan beside its data.

    Parameters
    ----------
    plan : FilePlan
        The plan, without open questions.
    path : str or pathlib.Path
        The data.
    place : pathlib.Path, optional
        Another place for it.

    Returns
    -------
    pathlib.Path
        Where it lies.

    Raises
    ------
    DataError
        If questions are open.

    Examples
    --------
    >>> import tempfile
    >>> data = Path(tempfile.mkdtemp(), "a.csv")
    >>> read_plan(write_plan(FilePlan(shape="records", columns={"a": "other"}), data)).columns
    {'a': 'other'}
    """
    refuse_open(plan, Path(path).name)
    place = place or plan_place(path)
    building = place.with_name(f".{place.name}.part")
    building.write_text(plan.to_toml(Path(path).name), encoding="utf-8")
    building.replace(place)
    return place


def refuse_open(plan: FilePlan, file: str) -> None:
    """Refuse a plan with open questions.

    Parameters
    ----------
    plan : FilePlan
        The plan.
    file : str
        Name of the data, for the message.

    Raises
    ------
    DataError
        With the first question, and how to answer all.

    Examples
    --------
    >>> refuse_open(FilePlan(shape="records", columns={}), "a.csv")
    """
    if plan.questions:
        more = len(plan.questions) - 1
        rest = f", and {more} more {'question' if more == 1 else 'questions'}" if more else ""
        raise DataError(f"{plan.questions[0]}{rest}; answer with `ctresearch data plan {file} ...`")


def _text(value: str) -> str:
    """Write a text as TOML."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _texts(values: tuple[str, ...]) -> str:
    """Write texts as TOML."""
    return "[" + ", ".join(map(_text, values)) + "]"
