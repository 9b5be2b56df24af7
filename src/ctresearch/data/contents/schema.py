"""What the files of a source hold: columns, code lists, ranges, units, and what a blank cell means there.

Each schema is one TOML file in ``schemas/``. It states the field's own conventions, so that a loader has none of its
own: which cells are missing, which spellings mean the same, whom the rows count, and what a reader must know first.
"""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from ctresearch.core.errors import SpecificationError
from ctresearch.core.render import as_card
from ctresearch.core.scope import Scope
from ctresearch.data.contents.codelist import CodeList, codelist

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal[
    "text", "flag", "code", "codes", "country", "countries", "year", "integer", "number", "count", "date", "boolean"
]
Extra = Literal["report", "keep", "flag"]
_FOLDER = files("ctresearch.data") / "schemas"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What the cells of one column may hold.

    Parameters
    ----------
    name : str
        As the source spells it.
    kind : str
        ``text``; ``flag`` (0, 1 or blank); ``code`` or, several in a cell, ``codes``; ``country`` or ``countries``;
        ``year``, ``integer``, ``number``; ``count`` (whole, or an upper bound such as ``<5``); ``date`` (ISO 8601);
        ``boolean`` (yes or no).
    label : str
        What it is.
    codes : CodeList, optional
        Codes allowed; for countries, codes besides those of ISO 3166.
    ordered : bool
        Whether the codes have an order.
    standard : str
        ``alpha2`` or ``alpha3`` for countries; both where empty.
    separator : str
        What joins several values in a cell; empty for several codes where each character is one.
    pattern : str
        Regular expression that the whole cell must match.
    low, high : float, optional
        Range of a number.
    unit : str
        Unit of a number.
    required : bool
        Whether a blank cell breaks a rule.
    optional : bool
        Whether the column itself may be absent.
    variants : tuple of str
        Other names of the column.
    unusual : tuple of str
        Allowed cells that the published file does not have; told in the notices.

    Examples
    --------
    >>> schema("glotip").column("txtVALUE").kind
    'count'
    """

    name: str
    kind: Kind
    label: str = ""
    codes: CodeList | None = None
    ordered: bool = False
    standard: str = ""
    separator: str = ""
    pattern: str = ""
    low: float | None = None
    high: float | None = None
    unit: str = ""
    required: bool = False
    optional: bool = False
    variants: tuple[str, ...] = ()
    unusual: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["name", "kind", "label", "unit", "standard", "low", "high", "required"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """What the files of one source hold.

    Parameters
    ----------
    name : str
        Name to ask for it by.
    title, version : str
        What it is, and which edition.
    rows : str
        What one row is.
    blank : str
        What a blank cell means.
    columns : tuple of Column
        In the order of the source.
    missing : tuple of str
        Cells that mean the same as a blank.
    extra : {"report", "keep", "flag"}
        What other columns are: a violation, kept as text, or flags like the rest.
    needs : int
        Columns that a file must have to be taken for this source.
    counted : tuple of str
        Where a row is a count: the column that holds it, then those that comment on it, such as flags. All others say
        which count it is. Empty where a row is something else.
    scope : Scope
        Whom the rows count.
    references, notes : tuple of str
        Whom to cite, and what to know before using it.

    Examples
    --------
    >>> one = schema("ctdc-synthetic")
    >>> len(one.columns), one.blank
    (27, 'unreported, or suppressed by the privacy method; never a no')
    """

    name: str
    title: str
    version: str
    rows: str
    blank: str
    columns: tuple[Column, ...]
    missing: tuple[str, ...] = ()
    extra: Extra = "report"
    needs: int = 1
    counted: tuple[str, ...] = ()
    scope: Scope = field(default_factory=Scope)
    references: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return one column by its name.

        Parameters
        ----------
        name : str
            As the source spells it.

        Returns
        -------
        Column
            What its cells may hold.

        Raises
        ------
        SpecificationError
            If the source has no such column.

        Examples
        --------
        >>> schema("ctdc-synthetic").column("ageBroad").codes.codes[0]
        '0--8'
        """
        found = next((column for column in self.columns if column.name == name), None)
        if found is None:
            near = difflib.get_close_matches(str(name), self.names, n=3, cutoff=0.5) or self.names[:5]
            raise SpecificationError(
                f"name == {name!r} is not a column of {self.name}; did you mean {', '.join(near)}?"
            )
        return found

    def to_frame(self) -> pd.DataFrame:
        """Return the columns as a table, which is the codebook of the source.

        Returns
        -------
        pandas.DataFrame
            One row a column: ``name``, ``kind``, ``label``, ``codes``, ``low``, ``high``, ``unit``, ``required``.

        Examples
        --------
        >>> schema("glotip").to_frame().set_index("name").loc["Year", "kind"]
        'year'
        """
        keys = ("name", "kind", "label", "low", "high", "unit", "required")
        rows = [{key: getattr(c, key) for key in keys} for c in self.columns]
        frame = pd.DataFrame(rows).astype({"low": float, "high": float})
        frame.insert(3, "codes", ["; ".join(c.codes.codes) if c.codes else "" for c in self.columns])
        return frame

    def _repr_html_(self) -> str:
        import pandas as pd

        table = pd.DataFrame([{"column": one.name, "kind": one.kind, "label": one.label} for one in self.columns])
        return as_card(self, says=[self.title], show=["name", "version", "rows"], tables=[table.set_index("column")])


def schemas() -> tuple[str, ...]:
    """List the sources that there are schemas of.

    Returns
    -------
    tuple of str
        Names for :func:`schema` and :func:`load`.

    Examples
    --------
    >>> "glotip" in schemas()
    True
    """
    return tuple(sorted(p.name.removesuffix(".toml") for p in _FOLDER.iterdir() if p.name.endswith(".toml")))


def schema(name: str) -> Schema:
    """Return the schema of a source by its name.

    Parameters
    ----------
    name : str
        Such as ``"ctdc-synthetic"``; :func:`schemas` lists them.

    Returns
    -------
    Schema
        Columns, code lists, missing cells, scope and notes.

    Raises
    ------
    SpecificationError
        If there is none of that name; the message gives the nearest ones.

    Examples
    --------
    >>> schema("htcds").column("vic_TraffickingStatus").codes.codes[0]
    'PossibleVictimOfTrafficking'
    """
    if name not in schemas():
        begun = [one for one in schemas() if one.startswith(f"{name}-")]
        near = begun or difflib.get_close_matches(str(name), schemas(), n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else f"must be one of {', '.join(schemas())}"
        raise SpecificationError(f"name == {name!r} is not a source; {hint}")
    return _read(name)


@cache
def _read(name: str) -> Schema:
    """Read one schema; it is frozen, so one copy serves all."""
    parts: dict[str, Any] = tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    columns = tuple(_column(each, entry) for entry in parts.pop("columns") for each in entry["names"])
    parts |= {key: tuple(parts.get(key, ())) for key in ("missing", "counted", "references", "notes")}
    return Schema(name=name, columns=columns, scope=Scope(**parts.pop("scope", {})), **parts)


def _column(name: str, entry: Mapping[str, Any]) -> Column:
    """Build one column from an entry that may describe several."""
    options = {key: value for key, value in entry.items() if key not in {"names", "codes"}}
    options |= {key: tuple(options[key]) for key in ("variants", "unusual") if key in options}
    if options["kind"] in ("codes", "countries"):
        options.setdefault("separator", ";")
    return Column(name=name, codes=codelist(entry["codes"]) if "codes" in entry else None, **options)
