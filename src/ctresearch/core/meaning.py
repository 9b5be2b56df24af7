"""What one column, term or value of an output means: its role, its label, its unit, and whom it counts.

The words are few and fixed, since the release gate judges by them. Rooms write them once, where a table is made; a user
writes them in ``run.save(..., roles=)``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, get_args

from ctresearch.core.errors import SpecificationError
from ctresearch.core.validate import one_of

if TYPE_CHECKING:
    from collections.abc import Mapping

Role = Literal[
    "key",
    "count",
    "weighted count",
    "share",
    "statistic",
    "model",
    "money",
    "place",
    "date",
    "text",
    "quote",
    "mark",
    "actor",
    "operational detail",
    "protected person",
]
"""What a value is. ``key`` names a row, ``count`` and ``weighted count`` say how many, ``share`` is a part of a base,
``statistic`` describes people (a mean, a quantile), ``model`` comes from a model, a simulation or a machine, ``mark``
is a word or a yes that a method gives, ``actor`` is one member of a group, ``quote`` the words of a person."""

Unit = Literal["person", "child", "household", "case", "group", "nobody"]
"""Whom a count protects, or who speaks; ``nobody`` where things are counted: lists, models, ties of countries."""

Kind = Literal["", "mean", "quantile", "least", "greatest", "at risk", "spread"]
Outcome = Literal["", "adoption of a law", "detection", "response", "harm to victims", "occurrence"]
Reader = Literal["as it is", "ratio", "percent"]

ROLES: tuple[str, ...] = get_args(Role)
_BY_GRAVITY: tuple[Role, ...] = (
    "protected person",
    "actor",
    "operational detail",
    "quote",
    "count",
    "weighted count",
    "share",
    "statistic",
    "money",
)
ALL = "all"
"""As a base: everybody whom the output rests on, as ``n`` of a result or the one number in ``counts=``."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one column, term or value means.

    Parameters
    ----------
    role : str
        One of :data:`ROLES`.
    label : str
        What a reader calls it, such as ``"People observed"``; empty only in short notes of a user, whose column names
        are then read as words.
    unit : str
        ``"persons"``, ``"years"``, ``"persons per 100,000"``; empty for keys, words and bare numbers.
    of : {"person", "child", "household", "case", "group", "nobody"}
        Whom it counts or describes, or whose words they are.
    base : str
        For a share, what it is part of; for a weighted count or a statistic of people, how many stand behind it: the
        name of a column beside it, or ``"all"``.
    kind : {"", "mean", "quantile", "least", "greatest", "at risk", "spread"}
        Which statistic of people.
    outcome : str
        For what a study explains: adoption of a law, detection, response, harm to victims, or occurrence.
    reader : {"as it is", "ratio", "percent"}
        What a reader is shown: a logarithm as the ratio, a share of one as a percentage.
    headline : bool
        Whether this is the answer of its result.
    lists : bool
        Whether the values of a key, or the names of the columns of a count, are names of lists: the count is of those
        who are on these lists, whatever others they are on. A key of noes and ones is itself such a list.
    by : str
        The column that says which of ``rows`` a row is, where rows of one column mean different things.
    rows : mapping of str to Meaning
        The meaning of each such row; ``"*"`` for all others.

    Raises
    ------
    SpecificationError
        If a word is not one of those above, or a share names no base.

    Examples
    --------
    >>> Meaning("count", "People observed", "persons").of
    'person'
    """

    role: Role
    label: str = ""
    unit: str = ""
    of: Unit = "person"
    base: str = ""
    kind: Kind = ""
    outcome: Outcome = ""
    reader: Reader = "as it is"
    headline: bool = False
    lists: bool = False
    by: str = ""
    rows: Mapping[str, Meaning] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse words that are none of the vocabulary."""
        one_of("role", self.role, ROLES)
        one_of("of", self.of, get_args(Unit))
        one_of("kind", self.kind, get_args(Kind))
        one_of("outcome", self.outcome, get_args(Outcome))
        one_of("reader", self.reader, get_args(Reader))
        if self.role == "share" and not self.base:
            raise SpecificationError("a share has base == '', must name the column it is a share of, or 'all'")
        if bool(self.rows) != bool(self.by):
            raise SpecificationError("rows of their own meaning need by=, the column that names them, and the reverse")
        object.__setattr__(self, "rows", MappingProxyType(dict(self.rows)))

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuilt, (self.to_dict(),))

    def __hash__(self) -> int:
        return hash((self.role, self.label, self.unit, self.of, self.base, self.kind, self.by, tuple(self.rows)))

    @property
    def counts_people(self) -> bool:
        """Whether it says how many of those whom the gate protects there are."""
        return self.role in {"count", "weighted count"} and self.of != "nobody"

    def called(self, name: str) -> Meaning:
        """Return the same under the name of a column, where it has no label.

        Parameters
        ----------
        name : str
            Name of the column or term.

        Returns
        -------
        Meaning
            With a label.

        Examples
        --------
        >>> Meaning("count").called("people_observed").label
        'People observed'
        """
        if self.label:
            return self
        words = name.replace("_", " ").strip()
        return replace(self, label=words[:1].upper() + words[1:], rows=dict(self.rows))

    def row(self, name: str) -> Meaning:
        """Return what one row of the column means.

        Parameters
        ----------
        name : str
            What stands in the column ``by``.

        Returns
        -------
        Meaning
            Of that row, found as :func:`fitting` does; the column's own where rows do not differ.

        Examples
        --------
        >>> by_row("term", {"population": model("People", "persons"), "*": model("Other")}).row("x").label
        'Other'
        """
        if not self.rows:
            return self
        return fitting(self.rows, name) or replace(self, by="", rows={})

    def to_dict(self) -> dict[str, Any]:
        """Return the meaning as plain values, what is as usual left out.

        Returns
        -------
        dict
            Ready for JSON.

        Examples
        --------
        >>> count("People", "persons").to_dict()
        {'role': 'count', 'label': 'People', 'unit': 'persons'}
        """
        usual: dict[str, Any] = {
            "unit": "",
            "of": "person",
            "base": "",
            "kind": "",
            "outcome": "",
            "reader": "as it is",
        }
        usual |= {"headline": False, "lists": False, "by": ""}
        out = {"role": self.role, "label": self.label}
        out |= {name: getattr(self, name) for name, value in usual.items() if getattr(self, name) != value}
        return out | ({"rows": {k: v.to_dict() for k, v in self.rows.items()}} if self.rows else {})

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Meaning:
        """Read a meaning back from :meth:`to_dict`.

        Parameters
        ----------
        values : mapping
            What ``to_dict`` made.

        Returns
        -------
        Meaning
            Equal to the one that was written.

        Examples
        --------
        >>> Meaning.from_dict(count("People").to_dict()) == count("People")
        True
        """
        rows = {name: cls.from_dict(row) for name, row in values.get("rows", {}).items()}
        return cls(**{**values, "rows": rows})


def fitting(declared: Mapping[str, Meaning], name: str) -> Meaning | None:
    """Find the meaning of a name: under the name itself, else under the longest pattern that fits.

    Parameters
    ----------
    declared : mapping of str to Meaning
        Names, and patterns with ``*``.
    name : str
        A column or a term.

    Returns
    -------
    Meaning or None
        ``None`` where nothing fits.

    Examples
    --------
    >>> fitting({"*": model("Any"), "with block *": model("Density")}, "with block 2").label
    'Density'
    """
    if name in declared:
        return declared[name]
    patterns = sorted((one for one in declared if "*" in one), key=len, reverse=True)
    return next((declared[one] for one in patterns if fnmatchcase(name, one)), None)


def _rebuilt(values: Mapping[str, Any]) -> Meaning:
    """Read a pickled meaning."""
    return Meaning.from_dict(values)


def key(label: str = "", unit: str = "") -> Meaning:
    """Mean a column that names its rows: a category, a year, a term.

    Parameters
    ----------
    label, unit : str
        What a reader calls it, and in what it is measured.

    Returns
    -------
    Meaning
        With the role ``"key"``.

    Examples
    --------
    >>> key("Sex").role
    'key'
    """
    return Meaning("key", label, unit)


def count(label: str = "", unit: str = "persons", *, of: Unit = "person", base: str = "") -> Meaning:
    """Mean a number of people, or of whatever ``of`` says.

    Parameters
    ----------
    label, unit : str
        What a reader calls it, and what is counted.
    of : str
        Whom it counts; ``"nobody"`` for lists, models and other things.
    base : str
        The column beside it that it is part of, where it is part of one; those who are left over are judged as well.

    Returns
    -------
    Meaning
        With the role ``"count"``.

    Examples
    --------
    >>> count("Lists", "lists", of="nobody").counts_people
    False
    """
    return Meaning("count", label, unit, of=of, base=base)


def weighted(label: str = "", unit: str = "persons", *, base: str = ALL) -> Meaning:
    """Mean a weighted number of people.

    Parameters
    ----------
    label, unit : str
        What a reader calls it, and what is counted.
    base : str
        The column with the number of people without weights, or ``"all"``.

    Returns
    -------
    Meaning
        With the role ``"weighted count"``.

    Examples
    --------
    >>> weighted("People, weighted", base="n").base
    'n'
    """
    return Meaning("weighted count", label, unit, base=base)


def share(label: str = "", base: str = ALL, *, unit: str = "", reader: Reader = "percent") -> Meaning:
    """Mean a part of a number of people, from 0 to 1 or in percent.

    Parameters
    ----------
    label : str
        What a reader calls it.
    base : str
        The column with the number of people it is a part of, or ``"all"``.
    unit : str
        ``"percent"`` where it is written from 0 to 100.
    reader : str
        What a reader is shown.

    Returns
    -------
    Meaning
        With the role ``"share"``.

    Examples
    --------
    >>> share("Under 18", "people").base
    'people'
    """
    return Meaning("share", label, unit, base=base, reader=reader)


def statistic(label: str = "", unit: str = "", *, kind: Kind = "mean", base: str = ALL) -> Meaning:
    """Mean a figure that describes people directly, without a model.

    Parameters
    ----------
    label, unit : str
        What a reader calls it, and in what it is measured.
    kind : str
        Which: the least and the greatest are single people's, the number at risk falls by one at each of them.
    base : str
        The column with the number of people behind it, or ``"all"``.

    Returns
    -------
    Meaning
        With the role ``"statistic"``.

    Examples
    --------
    >>> statistic("Median age", "years", kind="quantile", base="people").kind
    'quantile'
    """
    return Meaning("statistic", label, unit, kind=kind, base=base)


def model(
    label: str = "", unit: str = "", *, of: Unit = "person", reader: Reader = "as it is", headline: bool = False
) -> Meaning:
    """Mean a figure of a model, a simulation or a machine.

    Parameters
    ----------
    label, unit : str
        What a reader calls it, and in what it is measured.
    of : str
        Whom it is about; ``"nobody"`` for runs of a simulation and settings of a machine.
    reader : str
        What a reader is shown: ``"ratio"`` for a logarithm of one.
    headline : bool
        Whether it is the answer of its result.

    Returns
    -------
    Meaning
        With the role ``"model"``.

    Examples
    --------
    >>> model("Hazard ratio", reader="ratio").role
    'model'
    """
    return Meaning("model", label, unit, of=of, reader=reader, headline=headline)


def limits(label: str = "Estimate", unit: str = "", *, reader: Reader = "as it is") -> dict[str, Meaning]:
    """Mean the columns of an estimate: itself, its standard error and its limits.

    Parameters
    ----------
    label, unit : str
        What a reader calls the estimate, and in what it is measured.
    reader : str
        What a reader is shown.

    Returns
    -------
    dict of str to Meaning
        ``estimate``, ``std_error``, ``ci_low``, ``ci_high``, and ``unit``.

    Examples
    --------
    >>> limits("Share that ended")["ci_low"].label
    'Lower limit'
    """
    return {
        "estimate": model(label, unit, reader=reader),
        "std_error": model("Standard error"),
        "ci_low": model("Lower limit", unit, reader=reader),
        "ci_high": model("Upper limit", unit, reader=reader),
        "unit": mark("Unit"),
    }


def money(label: str = "", unit: str = "", *, base: str = ALL) -> Meaning:
    """Mean an amount of money, summed or averaged over those who paid or earned it.

    Parameters
    ----------
    label, unit : str
        What a reader calls it, and the currency with its year.
    base : str
        The column with the number of contributors behind it, or ``"all"``.

    Returns
    -------
    Meaning
        With the role ``"money"``.

    Examples
    --------
    >>> money("Profits", "US dollars of 2022").unit
    'US dollars of 2022'
    """
    return Meaning("money", label, unit, base=base)


def text(label: str = "") -> Meaning:
    """Mean words that a method or its author wrote, read by the gate as prose.

    Parameters
    ----------
    label : str
        What a reader calls it.

    Returns
    -------
    Meaning
        With the role ``"text"``.

    Examples
    --------
    >>> text("Note").role
    'text'
    """
    return Meaning("text", label)


def mark(label: str = "") -> Meaning:
    """Mean a word, a yes or a no that a method gives a row: a status, a model's formula.

    Parameters
    ----------
    label : str
        What a reader calls it.

    Returns
    -------
    Meaning
        With the role ``"mark"``.

    Examples
    --------
    >>> mark("Status").role
    'mark'
    """
    return Meaning("mark", label)


def place(label: str = "") -> Meaning:
    """Mean a country, region or town that names a row.

    Parameters
    ----------
    label : str
        What a reader calls it.

    Returns
    -------
    Meaning
        With the role ``"place"``.

    Examples
    --------
    >>> place("Country of exploitation").role
    'place'
    """
    return Meaning("place", label)


def date(label: str = "", unit: str = "") -> Meaning:
    """Mean a day, month or year that names a row.

    Parameters
    ----------
    label, unit : str
        What a reader calls it, and how fine it is: ``"year"``, ``"day"``.

    Returns
    -------
    Meaning
        With the role ``"date"``.

    Examples
    --------
    >>> date("Year of registration", "year").unit
    'year'
    """
    return Meaning("date", label, unit)


def actor(label: str = "", *, protected: bool = False) -> Meaning:
    """Mean one member of a group, by whatever name.

    Parameters
    ----------
    label : str
        What a reader calls it.
    protected : bool
        Whether it may be a victim, a child or a witness.

    Returns
    -------
    Meaning
        With the role ``"actor"`` or ``"protected person"``.

    Examples
    --------
    >>> actor("Member").role
    'actor'
    """
    return Meaning("protected person" if protected else "actor", label)


def quote(label: str = "", *, of: Unit = "person") -> Meaning:
    """Mean the words of a person.

    Parameters
    ----------
    label : str
        What a reader calls it.
    of : {"person", "child"}
        Whose words they are: those of children leave only on terms of their own.

    Returns
    -------
    Meaning
        With the role ``"quote"``.

    Examples
    --------
    >>> quote("Quotation").role, quote("Quotation", of="child").of
    ('quote', 'child')
    """
    one_of("of", of, ("person", "child"))
    return Meaning("quote", label, of=of)


def operational(label: str = "") -> Meaning:
    """Mean a detail that could help an offender: a place of transit, a method, the time of a raid.

    Parameters
    ----------
    label : str
        What a reader calls it.

    Returns
    -------
    Meaning
        With the role ``"operational detail"``.

    Examples
    --------
    >>> operational("Border crossing").role
    'operational detail'
    """
    return Meaning("operational detail", label)


def by_row(column: str, rows: Mapping[str, Meaning], label: str = "") -> Meaning:
    """Mean a column whose rows mean different things, as the estimates of different terms do.

    Parameters
    ----------
    column : str
        The column that says which row is which.
    rows : mapping of str to Meaning
        What each row means; ``"*"`` for all others.
    label : str
        What a reader calls the column.

    Returns
    -------
    Meaning
        With the gravest role among the rows.

    Examples
    --------
    >>> by_row("term", {"n": count("People"), "*": model("Figure")}).row("n").role
    'count'
    """
    roles = {row.role for row in rows.values()}
    gravest: Role = next((role for role in _BY_GRAVITY if role in roles), "model")
    return Meaning(gravest, label, base=ALL if gravest == "share" else "", by=column, rows=rows)
