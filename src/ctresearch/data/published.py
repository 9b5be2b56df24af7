"""Published tables of lists: who was seen by whom, as aggregate counts with their citation.

Each table is one TOML file in ``tables/``: title, counts by pattern of lists, what each list is, whom it counts and
where it was published. No record of a person is among them. Patterns that are not in a table have a count of zero.
"""

from __future__ import annotations

import difflib
import html
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, overload

import pandas as pd

from ctresearch.core.errors import SpecificationError
from ctresearch.core.inputs import table_digest
from ctresearch.core.result import table_field
from ctresearch.core.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

COUNT = "count"
_FOLDER = files("ctresearch.data") / "tables"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PublishedTable:
    """A published table of lists, with everything needed to judge and to cite it.

    Parameters
    ----------
    name : str
        Name to ask for it by.
    title : str
        What it is, in a line.
    frame : pandas.DataFrame
        One row a pattern that somebody has: a 0/1 column for each list, the strata if any, and ``count``.
    list_names : mapping of str to str
        Column to what the list is, in the order of the columns.
    scope : Scope
        Whom it counts.
    references : tuple of str
        Where it was published, then the works that use it.
    note : str
        What a user must know before trusting it; empty where there is nothing to add.

    Examples
    --------
    >>> table = published("uk-2013")
    >>> table.n, table.lists, table.scope.reference_period
    (2744, ('LA', 'NG', 'PF', 'GO', 'GP', 'NCA'), '2013')
    """

    name: str
    title: str
    frame: pd.DataFrame = table_field()
    list_names: Mapping[str, str]
    scope: Scope
    references: tuple[str, ...]
    note: str = ""

    def __post_init__(self) -> None:
        """Freeze the names of the lists."""
        object.__setattr__(self, "list_names", MappingProxyType(dict(self.list_names)))

    @property
    def lists(self) -> tuple[str, ...]:
        """Columns of the lists, in order."""
        return tuple(self.list_names)

    @property
    def strata(self) -> tuple[str, ...]:
        """Columns that part the table into groups of people; mostly none."""
        return tuple(c for c in self.frame.columns if c not in self.list_names and c != COUNT)

    @property
    def n(self) -> int:
        """People on at least one list."""
        return int(self.frame[COUNT].sum())

    @property
    def citation(self) -> str:
        """The publication of the table itself."""
        return self.references[0]

    @property
    def digest(self) -> str:
        """SHA-256 of the table."""
        return table_digest(self.frame)

    def __reduce__(self) -> tuple[Any, ...]:
        return (published, (self.name,))

    def __repr__(self) -> str:
        parts = [f"{self.title} (n = {self.n:,})", f"Counts whom: {self.scope}.", *self._list_lines(), self.note]
        return "\n".join([*filter(None, parts), f"Cite: {self.citation}"])

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{html.escape(line)}</li>" for line in self._list_lines())
        words = [f"Counts whom: {self.scope}.", self.note, f"Cite: {self.citation}"]
        told = "".join(f"<p>{html.escape(word)}</p>" for word in words if word)
        return f"<h4>{html.escape(self.title)} (n = {self.n:,})</h4><ul>{items}</ul>{told}"

    def _list_lines(self) -> list[str]:
        """Say what each list is and how many people are on it."""
        frame = self.frame
        on = {code: int(frame.loc[frame[code] == 1, COUNT].sum()) for code in self.lists}
        return [f"{code}: {name} ({on[code]:,} people)" for code, name in self.list_names.items()]


@overload
def published() -> pd.DataFrame: ...
@overload
def published(name: str) -> PublishedTable: ...
def published(name: str | None = None) -> pd.DataFrame | PublishedTable:
    """Return a published table by its name, or list them all.

    Parameters
    ----------
    name : str, optional
        Such as ``"uk-2013"``.

    Returns
    -------
    PublishedTable or pandas.DataFrame
        The table; without a name, one row a table with columns ``name``, ``title``, ``lists`` (how many), ``n``,
        ``population`` and ``reference``.

    Raises
    ------
    SpecificationError
        If no table has that name; the message gives the nearest ones.

    Examples
    --------
    >>> published("kosovo").n
    4400
    >>> published().columns.tolist()
    ['name', 'title', 'lists', 'n', 'population', 'reference']
    """
    names = _names()
    if name is None:
        return pd.DataFrame([_overview(_read(one)) for one in names])
    if name not in names:
        near = difflib.get_close_matches(str(name), names, n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else f"must be one of {', '.join(names)}"
        raise SpecificationError(f"name == {name!r} is not a published table; {hint}")
    return _read(name)


def _names() -> list[str]:
    """List the packaged tables."""
    return sorted(path.name.removesuffix(".toml") for path in _FOLDER.iterdir() if path.name.endswith(".toml"))


@cache
def _read(name: str) -> PublishedTable:
    """Read one table; it is frozen, so one copy serves all."""
    parts: dict[str, Any] = tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return PublishedTable(
        name=name,
        title=parts["title"],
        frame=pd.DataFrame(parts["rows"], columns=parts["columns"]),
        list_names=parts["lists"],
        scope=Scope(**parts["scope"]),
        references=tuple(parts["references"]),
        note=parts.get("note", ""),
    )


def _overview(table: PublishedTable) -> dict[str, Any]:
    """Give the row of a table in the list of all."""
    return {
        "name": table.name,
        "title": table.title,
        "lists": len(table.lists),
        "n": table.n,
        "population": table.scope.population,
        "reference": table.citation,
    }
