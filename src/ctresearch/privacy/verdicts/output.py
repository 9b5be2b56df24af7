"""An output on its way out: what it is, how private it is, and how many people stand behind each part of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ctresearch.core.cells import row_words
from ctresearch.core.errors import CellError, DataError, SpecificationError
from ctresearch.core.validate import one_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from ctresearch.core.outputs.meaning import Meaning
    from ctresearch.privacy.verdicts.policy import Level

Kind = Literal["table", "figure", "estimate", "file", "notebook"]


@dataclass(frozen=True, slots=True, eq=False)
class Output:
    """One thing that wants to leave a study.

    Parameters
    ----------
    name : str
        What the study calls it.
    kind : {"table", "figure", "estimate", "file", "notebook"}
        What it is.
    level : {"public", "restricted", "record"}
        ``public``: made from published data alone; ``restricted``: an aggregate of data about people; ``record``:
        rows about people, or cells described person by person.
    content : DataFrame, Result, dict, bytes or None
        What will be seen: the table, the data behind a figure, a result or its ``to_dict()``, the bytes of a file, a
        notebook as a dict. ``None`` where there is nothing to look into.
    counts : array-like, optional
        People behind each row, cell or mark; ``NaN`` where the cell is masked. A table needs one number a row, or one a
        cell; a single number says that everything shown rests on the same people, as the coefficients of a model do.
        The labels of a DataFrame or Series are used to compare releases and to attack masks.
    operational_detail : bool
        Whether it could help an offender evade detection: places, methods, the timing of raids.
    citation : str, optional
        The published source, for level ``public``.
    contributions : sequence of array-like, optional
        For sums of amounts: what each contributor put into each cell, one array a cell, for the dominance rules.
    roles : mapping of str to Meaning or str, optional
        What each column of a table means; a result brings its own.
    smallest_group : int, optional
        The fewest people whom any one number of it rests on.
    beside : object, optional
        What is seen with it, such as the picture drawn of a table.

    Raises
    ------
    SpecificationError
        If kind or level is unknown, or the name is empty.
    DataError
        If the counts are no counts.

    Examples
    --------
    >>> Output("ages", "table", "restricted", counts=[12, 40, 0]).people.tolist()
    [12.0, 40.0, 0.0]
    """

    name: str
    kind: Kind
    level: Level
    content: Any = field(default=None, repr=False)
    counts: ArrayLike | None = field(default=None, repr=False)
    operational_detail: bool = False
    citation: str | None = None
    contributions: Sequence[ArrayLike] | None = field(default=None, repr=False)
    roles: Mapping[str, Meaning | str] | None = field(default=None, repr=False)
    smallest_group: int | None = field(default=None, repr=False)
    beside: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuse what cannot be judged."""
        if not isinstance(self.name, str) or not self.name.strip():
            raise SpecificationError(f"name == {self.name!r}, must be the output's name")
        one_of("kind", self.kind, ("table", "figure", "estimate", "file", "notebook"))
        one_of("level", self.level, ("public", "restricted", "record"))
        one_of("operational_detail", self.operational_detail, (True, False))
        people = self.people
        if people is not None and bool((people < 0).any() or np.isinf(people).any()):
            odd = np.flatnonzero((people < 0) | np.isinf(people)) + 1
            raise CellError(
                f"counts of {self.name!r}: {len(odd)} of {people.size} cells are negative or infinite (number "
                f"{row_words(odd.tolist())}), must be 0 or more, and NaN where masked",
                rows=odd.tolist(),
            )

    @property
    def people(self) -> NDArray[np.float64] | None:
        """The counts as an array of their own shape, or ``None``."""
        if self.counts is None:
            return None
        try:
            return np.asarray(self.counts, dtype=float)
        except (TypeError, ValueError):
            raise DataError(
                f"counts of {self.name!r} hold what is no number, must be numbers, and NaN where masked"
            ) from None

    @property
    def everybody(self) -> frozenset[float]:
        """The one number of people that all of it rests on, as coefficients of a model do; empty if there is none."""
        people = self.people
        return frozenset(people.ravel().tolist()) if people is not None and people.size == 1 else frozenset()
