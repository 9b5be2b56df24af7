"""The declaration of a table: what each of its columns means, exactly or by pattern.

A declaration is a plain mapping of column to :class:`~ctresearch.core.meaning.Meaning`, so that two are joined
with ``|`` and a column is taken over by its name. ``"with block *"`` means every column that begins so, ``"*"`` all
that are not named. Levels of an index are columns.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import SpecificationError
from ctresearch.core.meaning import ALL, ROLES, Meaning, fitting

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

_KINDS = {
    "mean": "mean",
    "median": "quantile",
    "quantile": "quantile",
    "least": "least",
    "greatest": "greatest",
    "at risk": "at risk",
    "spread": "spread",
}
_UNITS = {"persons": "person", "households": "household", "cases": "case", "groups": "group", "nobody": "nobody"}
_WITH_BASE = {"share", "weighted count", "money"}


@dataclass(frozen=True, slots=True)
class Declaration:
    """What one result holds, where several functions share its class, which therefore cannot say it.

    Parameters
    ----------
    terms : mapping of str to Meaning or str
        Each term it can have, ``"*"`` for all that are not named; a role in words will do: ``{"women": "count"}``.
    keys : mapping of str to Meaning
        Key columns of its estimates.
    tables : mapping of str to mapping
        Columns of its other tables, by field.

    Examples
    --------
    >>> from ctresearch.core.meaning import model
    >>> Declaration({"density": model("Density of ties")}).terms["density"].label
    'Density of ties'
    """

    terms: Mapping[str, Meaning]
    keys: Mapping[str, Meaning] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, Meaning]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read roles that are given in words."""
        object.__setattr__(self, "terms", _read_words(self.terms))
        object.__setattr__(self, "keys", _read_words(self.keys))
        object.__setattr__(self, "tables", {name: _read_words(columns) for name, columns in self.tables.items()})

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values, for whoever stores a result without the function that made it.

        Returns
        -------
        dict
            Terms, keys and tables.

        Examples
        --------
        >>> Declaration({"density": Meaning("model", "Density")}).to_dict()["terms"]
        {'density': {'role': 'model', 'label': 'Density'}}
        """
        tables = {name: write_meanings(columns) for name, columns in self.tables.items()}
        return {"terms": write_meanings(self.terms), "keys": write_meanings(self.keys), "tables": tables}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Declaration:
        """Read a declaration back from :meth:`to_dict`.

        Parameters
        ----------
        values : mapping
            What ``to_dict`` made.

        Returns
        -------
        Declaration
            Equal to the one that was written.

        Examples
        --------
        >>> one = Declaration({"density": Meaning("model", "Density")})
        >>> Declaration.from_dict(one.to_dict()) == one
        True
        """
        tables = {name: read_meanings(columns) for name, columns in values["tables"].items()}
        return cls(read_meanings(values["terms"]), read_meanings(values["keys"]), tables)


def write_meanings(columns: Mapping[str, Meaning]) -> dict[str, Any]:
    """Write meanings as plain values.

    Parameters
    ----------
    columns : mapping of str to Meaning
        A declaration.

    Returns
    -------
    dict
        Ready for JSON.

    Examples
    --------
    >>> write_meanings({"n": Meaning("count", "People")})
    {'n': {'role': 'count', 'label': 'People'}}
    """
    return {name: one.to_dict() for name, one in columns.items()}


def read_meanings(columns: Mapping[str, Mapping[str, Any]]) -> dict[str, Meaning]:
    """Read meanings back from :func:`write_meanings`.

    Parameters
    ----------
    columns : mapping
        What ``write_meanings`` made.

    Returns
    -------
    dict of str to Meaning
        The declaration.

    Examples
    --------
    >>> read_meanings({"n": {"role": "count", "label": "People"}})["n"].role
    'count'
    """
    return {name: Meaning.from_dict(one) for name, one in columns.items()}


def _read_words(roles: Mapping[str, Meaning | str]) -> dict[str, Meaning]:
    """Read what is given in words, and leave meanings as they are: a term is called by its own name when it is met."""
    return {name: given if isinstance(given, Meaning) else read_role(name, given) for name, given in roles.items()}


def read_roles(roles: Mapping[str, Meaning | str]) -> dict[str, Meaning]:
    """Read the roles that a user gives, in short words or as meanings.

    Parameters
    ----------
    roles : mapping
        Column to a meaning, or to words: ``"key"``, ``"count"``, ``"count of households"``, ``"share of n"``,
        ``"mean of n"``, ``"weighted count of n"``, ``"model"``, ``"model of nobody"``.

    Returns
    -------
    dict of str to Meaning
        The declaration; what was given in words is labelled by the name of its column.

    Raises
    ------
    SpecificationError
        If the words are none of the vocabulary.

    Examples
    --------
    >>> read_roles({"sex": "key", "n": "count", "children": "share of n"})["children"].base
    'n'
    """
    if not hasattr(roles, "items"):
        raise SpecificationError(f"roles is a {type(roles).__name__}, must be a mapping of column to role")
    return {str(name): read_role(str(name), given) for name, given in roles.items()}


def read_role(name: str, given: Meaning | str) -> Meaning:
    """Read one role.

    Parameters
    ----------
    name : str
        The column.
    given : Meaning or str
        What it means.

    Returns
    -------
    Meaning
        With a label.

    Raises
    ------
    SpecificationError
        If the words are none of the vocabulary.

    Examples
    --------
    >>> read_role("median_age", "median of people").kind
    'quantile'
    """
    if isinstance(given, Meaning):
        return given.called(name)
    words, _, base = str(given).partition(" of ")
    if words == "count" and base in _UNITS:
        return Meaning("count", unit=base, of=_UNITS[base]).called(name)  # type: ignore[arg-type]
    if words in {"model", "money"} and base == "nobody":
        return Meaning(words, of="nobody").called(name)  # type: ignore[arg-type]
    if words in _KINDS:
        return Meaning("statistic", base=base or ALL, kind=_KINDS[words]).called(name)  # type: ignore[arg-type]
    if words in ROLES and (not base or words in _WITH_BASE):
        whole = base or (ALL if words in _WITH_BASE else "")
        return Meaning(words, base=whole).called(name)  # type: ignore[arg-type]
    raise SpecificationError(
        f"the role of {name!r} is {given!r}, must be a Meaning or one of {', '.join([*ROLES, *_KINDS])}, with a base "
        "as in 'share of n', and 'count of households', 'cases', 'groups' or 'nobody' where it counts no persons"
    )


def find_meaning(declared: Mapping[str, Meaning], column: str) -> Meaning | None:
    """Find what a column means.

    Parameters
    ----------
    declared : mapping of str to Meaning
        The declaration of its table.
    column : str
        Its name.

    Returns
    -------
    Meaning or None
        Under its exact name, else by the longest pattern that fits, else ``None``.

    Examples
    --------
    >>> from ctresearch.core.meaning import count, model
    >>> find_meaning({"with block *": model("Density"), "n": count("Actors")}, "with block 2").label
    'Density'
    """
    found = fitting(declared, column)
    return None if found is None else found.called(column)


def column_names(table: pd.DataFrame | pd.Series[Any]) -> list[str]:
    """Name every column of a table as a reader sees it, the levels of its index first.

    Parameters
    ----------
    table : pandas.DataFrame or pandas.Series
        The table; an unnamed index that merely numbers the rows is no column.

    Returns
    -------
    list of str
        Names; an unnamed level is ``""``, and a column of several levels reads as its words in a row.

    Examples
    --------
    >>> import pandas as pd
    >>> column_names(pd.DataFrame({"n": [3]}, index=pd.Index(["a"], name="sex")))
    ['sex', 'n']
    """
    frame: pd.DataFrame = table.to_frame() if table.ndim == 1 else table  # type: ignore[operator, assignment]
    plain = frame.index.nlevels == 1 and frame.index.name is None and frame.index.dtype.kind in "iu"
    levels = [] if plain else ["" if name is None else str(name) for name in frame.index.names]
    return levels + [" ".join(map(str, c)) if isinstance(c, tuple) else str(c) for c in frame.columns]


def undeclared(declared: Mapping[str, Meaning], table: pd.DataFrame | pd.Series[Any]) -> list[str]:
    """Name the columns of a table that nobody has declared.

    Parameters
    ----------
    declared : mapping of str to Meaning
        The declaration.
    table : pandas.DataFrame or pandas.Series
        The table.

    Returns
    -------
    list of str
        Columns without a meaning.

    Examples
    --------
    >>> import pandas as pd
    >>> undeclared({}, pd.DataFrame({"n": [3]}))
    ['n']
    """
    return [name for name in column_names(table) if find_meaning(declared, name) is None]
