"""What was found in a file: every violation, every repair, and what a reader must know of it."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from ctresearch.core.result import table_field

if TYPE_CHECKING:
    from collections.abc import Iterable

VIOLATION_COLUMNS = {
    "row": "Int64",
    "line": "Int64",
    "column": "str",
    "value": "str",
    "kind": "str",
    "rule": "str",
    "allowed": "str",
    "repaired": "str",
}
REPAIR_COLUMNS = {"column": "str", "value": "str", "repaired": "str", "n": "int64", "why": "str"}
COUNT_COLUMNS = {"column": "str", "rule": "str", "n": "int64"}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Report:
    """What was found in a file.

    Parameters
    ----------
    source : str
        Schema that the file was held to.
    file : str
        Name of the file, without its folder.
    rows : int
        Rows of data.
    violations : pandas.DataFrame
        One row a violation: ``row`` of the table (0 is the first row of data; missing where the column as a whole is
        meant), ``line``, the row of the file as a spreadsheet numbers it (1 is the first, header and blank lines
        count), ``column``, ``value`` as it stands in the file, its ``kind``, ``rule``, ``allowed``, and ``repaired``:
        what stands in the table instead, missing where nothing does. Value and repair are cells: they stay where the
        file stays.
    counts : pandas.DataFrame
        ``column``, ``rule`` and ``n``: exact also where ``violations`` was cut to a limit.
    repairs : pandas.DataFrame
        ``column``, ``value``, ``repaired``, ``n`` rows and ``why``: other spellings known of the source, names mangled
        by a wrong encoding, names of columns. They break no rule.
    notices : tuple of str
        What a reader must know.
    reading : str
        How the file was read: format, encoding, delimiter.
    censored : int
        Rows whose count is known by an upper bound only, such as ``<5``.

    Examples
    --------
    >>> Report(source="glotip", file="data.xlsx", rows=0).ok
    True
    """

    source: str
    file: str
    rows: int
    violations: pd.DataFrame = table_field(optional=True)
    counts: pd.DataFrame = table_field(optional=True)
    repairs: pd.DataFrame = table_field(optional=True)
    notices: tuple[str, ...] = field(default=())
    reading: str = ""
    censored: int = 0

    def __post_init__(self) -> None:
        """Give every table its columns, also where nothing was found."""
        shapes = {"violations": VIOLATION_COLUMNS, "counts": COUNT_COLUMNS, "repairs": REPAIR_COLUMNS}
        for name, columns in shapes.items():
            held = getattr(self, name)
            object.__setattr__(self, name, table(columns, [] if held is None else held))

    @property
    def ok(self) -> bool:
        """Whether no rule is broken."""
        return self.n_violations == 0

    @property
    def n_violations(self) -> int:
        """How many violations there are, listed or not."""
        return int(self.counts["n"].sum())

    def summary(self) -> str:
        """Return what was found in words, without repeating a cell.

        Returns
        -------
        str
            Rows, violations by column and rule, repairs and notices.

        Examples
        --------
        >>> print(Report(source="glotip", file="data.xlsx", rows=2, reading="Excel").summary())
        data.xlsx as glotip: 2 rows, no violations (Excel)
        """
        found = "no violations" if self.ok else f"{self.n_violations:,} violations"
        lines = [f"{self.file} as {self.source}: {self.rows:,} rows, {found} ({self.reading or 'from memory'})"]
        if self.censored:
            lines.append(
                f"  {self.censored:,} counts ({self.censored / self.rows:.1%}) are known by an upper bound only"
            )
        lines += [f"  {c}: {n:,} x {r}" for c, r, n in self.counts.itertuples(index=False)]
        if len(self.violations) < self.n_violations:
            lines.append(f"  the first {len(self.violations):,} are listed in .violations, all are in .counts")
        lines += [f"  repaired: {column}, {n:,} x {why}" for column, why, n in self._repairs().itertuples(index=False)]
        return "\n".join([*lines, *(f"  note: {notice}" for notice in self.notices)])

    def to_dict(self) -> dict[str, Any]:
        """Return what may be shown of record-level data: counts, never a cell.

        Returns
        -------
        dict
            Ready for :func:`json.dumps`.

        Examples
        --------
        >>> Report(source="glotip", file="data.xlsx", rows=2).to_dict()["violations"]
        []
        """
        return {
            "source": self.source,
            "file": self.file,
            "rows": self.rows,
            "censored": self.censored,
            "reading": self.reading,
            "ok": self.ok,
            "n_violations": self.n_violations,
            "violations": self.counts.to_dict("records"),
            "repairs": self._repairs().to_dict("records"),
            "notices": list(self.notices),
        }

    def _repairs(self) -> pd.DataFrame:
        """Count the repairs by column and reason."""
        return self.repairs.groupby(["column", "why"], sort=False)["n"].sum().reset_index()

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.summary())}</pre>"


def table(columns: dict[str, str], rows: pd.DataFrame | Iterable[Any]) -> pd.DataFrame:
    """Build a table of given columns and types.

    Parameters
    ----------
    columns : dict of str to str
        Name to type.
    rows : pandas.DataFrame or iterable
        What to hold; may be empty.

    Returns
    -------
    pandas.DataFrame
        With these columns in this order.

    Examples
    --------
    >>> table({"n": "int64"}, []).dtypes["n"]
    dtype('int64')
    """
    frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows), columns=list(columns))
    return frame.reindex(columns=list(columns)).astype(columns).reset_index(drop=True)
