"""A loaded file: its table, the report on it, and whom its rows count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ctresearch.core.errors import SpecificationError

if TYPE_CHECKING:
    import pandas as pd

    from ctresearch.core.scope import Scope
    from ctresearch.data.contents.report import Report
    from ctresearch.data.contents.schema import Schema


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Loaded:
    r"""A loaded file.

    Parameters
    ----------
    table : pandas.DataFrame
        The typed table.
    report : Report
        Violations, repairs and notices.
    schema : Schema
        What the file was held to.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "hotline.csv")
    >>> _ = file.write_text("year,unit,count\n2020,cases,<5\n2021,signals,31\n")
    >>> from ctresearch.data import load
    >>> loaded = load(file, "hotline")
    >>> loaded.report.ok, loaded.frame["high"].tolist()
    (True, [4, 31])
    """

    table: pd.DataFrame
    report: Report
    schema: Schema

    @property
    def frame(self) -> pd.DataFrame:
        """The typed table; a copy that cannot reach the original."""
        return self.table.copy(deep=False)

    @property
    def scope(self) -> Scope:
        """Whom the rows count, as the source says."""
        return self.schema.scope

    def explode(self, column: str) -> pd.DataFrame:
        r"""Give each of several values in a cell a row of its own.

        Only one column at a time: the values in a cell are the different ones among, say, a victim's perpetrators, in
        the order of the alphabet, so the first of one column and the first of another need not belong together.

        Parameters
        ----------
        column : str
            A column whose cells hold several values.

        Returns
        -------
        pandas.DataFrame
            ``row`` of the table, and the values one by one; a missing cell keeps its row.

        Raises
        ------
        SpecificationError
            If the cells of the column hold one value each.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> file = pathlib.Path(tempfile.mkdtemp(), "thb.csv")
        >>> _ = file.write_text("geo,year,value,flag\nBE,2020,3,bd\n")
        >>> from ctresearch.data import load
        >>> load(file, "eurostat-thb").explode("flag").values.tolist()
        [[0, 'b'], [0, 'd']]
        """
        columns = self.schema.columns
        several = {c.name: c.separator for c in columns if c.kind in ("codes", "countries") or c.separator}
        if column not in several or column not in self.table:
            there = ", ".join(repr(name) for name in several if name in self.table) or "none of this table"
            raise SpecificationError(f"column == {column!r}, must hold several values in a cell: {there}")
        parts = self.table[column].map(
            lambda text: text.split(several[column]) if several[column] else list(text), na_action="ignore"
        )
        return parts.explode().astype("str").rename_axis("row").reset_index()

    def __repr__(self) -> str:
        return "\n".join([self.schema.title, f"Counts whom: {self.scope}.", self.report.summary()])

    def _repr_html_(self) -> str:
        return self.report._repr_html_()
