"""The values of one meaning: words, numbers and masks, each read once however many rules ask."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.privacy.reading.grid import word
from ctresearch.privacy.reading.numbers import bounds, count, decimal, unmasked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning

    Numbers = NDArray[np.float64]

_UNKNOWN = (0.0, float("inf"))


@dataclass(frozen=True, eq=False)
class Part:
    """The values of one meaning: a column, or those of its rows that mean the same.

    Parameters
    ----------
    name : str
        The column.
    meaning : Meaning or None
        ``None`` where nobody declared it.
    rows : numpy.ndarray of int
        Where it stands in the table.
    held : pandas.Series
        Its values.

    Examples
    --------
    >>> import pandas as pd
    >>> part = Part("n", None, np.arange(3), pd.Series(["12", "<5", "many"]))
    >>> part.numbers.tolist(), part.odd
    ([12.0, nan, nan], 1)
    """

    name: str
    meaning: Meaning | None
    rows: NDArray[np.intp]
    held: Any = field(repr=False)

    @property
    def role(self) -> str:
        """What it is; empty where nobody said."""
        return "" if self.meaning is None else self.meaning.role

    @property
    def people(self) -> bool:
        """Whether it is about those whom the gate protects."""
        return self.meaning is not None and self.meaning.of != "nobody"

    @cached_property
    def coded(self) -> tuple[NDArray[np.intp], list[str]]:
        """Which of the different words stands in each row, and these words."""
        import pandas as pd

        try:
            codes, different = pd.factorize(self.held, use_na_sentinel=False)
        except TypeError:  # lists and mappings in cells
            codes, different = pd.factorize(np.array([word(v) for v in self.held], dtype=object))
        if self.held.dtype.kind in "iuf":
            return codes, [
                "" if missing else str(value) for value, missing in zip(different, pd.isna(different), strict=True)
            ]
        return codes, [word(value) for value in different]

    @cached_property
    def words(self) -> NDArray[Any]:
        """Its values as a reader sees them, empty where missing."""
        codes, different = self.coded
        return np.array(different or [""], dtype=object)[codes]

    @cached_property
    def _read(self) -> tuple[Numbers, int]:
        """Its numbers, and how many cells hold neither a number nor what stands for a masked one."""
        if self.held.dtype.kind in "iuf":
            numbers = self.held.to_numpy(dtype=float, na_value=np.nan)
            return np.where(np.isinf(numbers), np.nan, numbers), int(np.isinf(numbers).sum())
        codes, different = self.coded
        found = np.array([_number(w, share=self.role == "share") for w in different], dtype=float)
        odd = np.array([bool(w) and x != x and not _is_mask(w) for w, x in zip(different, found, strict=True)])  # noqa: PLR0124
        return (found[codes], int(odd[codes].sum())) if len(codes) else (np.zeros(0), 0)

    @property
    def numbers(self) -> Numbers:
        """Its numbers, ``NaN`` where there is none or it is masked."""
        return self._read[0]

    @property
    def odd(self) -> int:
        """How many cells hold neither a number nor a mask."""
        return self._read[1]

    @property
    def shown(self) -> Numbers:
        """The numbers that are there."""
        return self.numbers[~np.isnan(self.numbers)]


def _number(text: str, *, share: bool) -> float:
    """Read a number as it is written, ``NaN`` where there is none; of a count with its share, the count."""
    found = decimal(text)
    found = count(text) if found != found and not share else found  # noqa: PLR0124
    return found if abs(found) < float("inf") else float("nan")


def _is_mask(text: str) -> bool:
    """Say whether a word stands for a number that is not shown, or gives a band of it."""
    low, high = bounds(text)
    return not unmasked(text) or ((low, high) != _UNKNOWN and low < high)
