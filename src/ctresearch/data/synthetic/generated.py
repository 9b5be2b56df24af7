"""What a generator gives: invented data, the truth they were made from, and the seed that makes them again."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ctresearch.core.result import table_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Synthetic:
    """Invented data with known truth.

    Parameters
    ----------
    name : str
        The generator that made them.
    frame : pandas.DataFrame
        The main table, as a researcher would meet it.
    truth : mapping of str to object
        What an estimate from ``frame`` can be held against: numbers, and tables of coefficients.
    tables : mapping of str to pandas.DataFrame
        Further tables, each described by its generator.
    seed : int or None
        The seed; ``None`` for a child of a seed sequence, which a number cannot name.

    Examples
    --------
    >>> import pandas as pd
    >>> Synthetic(name="coins", frame=pd.DataFrame({"heads": [1, 0]}), truth={"share": 0.5}, seed=1)
    coins: 2 rows and 1 columns of invented data, seed 1; truth: share
    """

    name: str
    frame: pd.DataFrame = table_field()
    truth: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    seed: int | None

    def __post_init__(self) -> None:
        """Hold the mappings so that nobody can change them."""
        object.__setattr__(self, "truth", MappingProxyType(dict(self.truth)))
        object.__setattr__(self, "tables", MappingProxyType(dict(self.tables)))

    def __repr__(self) -> str:
        rows, columns = self.frame.shape
        what = f"{self.name}: {rows:,} rows and {columns} columns of invented data, seed {self.seed}"
        more = f"; further tables: {', '.join(self.tables)}" if self.tables else ""
        return f"{what}{more}; truth: {', '.join(self.truth)}"
