"""An output on its way out: what it is, how private it is, and how many people stand behind each part of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ctresearch.core.cells import row_words
from ctresearch.core.declaration import read_roles
from ctresearch.core.errors import CellError, DataError, SpecificationError
from ctresearch.core.render import as_card
from ctresearch.core.validate import one_of, whole_number
from ctresearch.privacy.declared.contents import Given, read_result, read_tables
from ctresearch.privacy.declared.explained import explain
from ctresearch.privacy.reading.plain_values import is_frame
from ctresearch.privacy.reading.reading import read_grids

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from ctresearch.core.meaning import Meaning
    from ctresearch.privacy.declared.table import Table
    from ctresearch.privacy.reading.grid import Grid
    from ctresearch.privacy.verdicts.policy import Level, Policy

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
        What each column means, levels of the index among them: ``{"sex": "key", "n": "count", "men": "share of n"}``.
        A result brings its own.
    smallest_group : int, optional
        The fewest people whom any one number in it rests on, as a result knows it.
    beside : object
        What is seen beside the content, such as the bytes of the picture drawn of it; its words are read as prose.

    Raises
    ------
    SpecificationError
        If kind or level is unknown, the name is empty, or a role is none of the vocabulary.
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
    _read: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse what cannot be judged."""
        if not isinstance(self.name, str) or not self.name.strip():
            raise SpecificationError(f"name == {self.name!r}, must be the output's name")
        one_of("kind", self.kind, ("table", "figure", "estimate", "file", "notebook"))
        one_of("level", self.level, ("public", "restricted", "record"))
        one_of("operational_detail", self.operational_detail, (True, False))
        if self.roles is not None:
            object.__setattr__(self, "roles", read_roles(self.roles))
        if self.smallest_group is not None:
            whole_number("smallest_group", self.smallest_group, low=0)
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

    @property
    def tables(self) -> list[Table]:
        """Its tables with what their columns mean; an executed notebook has none."""
        if "tables" not in self._read:
            given = Given(self.roles, self.people, self.smallest_group)  # type: ignore[arg-type]
            self._read["tables"] = [] if self.kind == "notebook" else read_tables(self.content, given)
        return list(self._read["tables"])

    @property
    def grids(self) -> list[Grid]:
        """Everything in it that looks like a table, in words, with the roles of its columns where they are declared."""
        if "grids" not in self._read:
            declared = [table.grid for table in self.tables]
            whole = declared and (is_frame(self.content) or self.roles is not None or self.is_result)
            self._read["grids"] = declared if whole else read_grids(self.content)
        return list(self._read["grids"])

    @property
    def is_result(self) -> bool:
        """Whether it is a result, which says itself what it holds."""
        if "is_result" not in self._read:  # a result with thousands of draws takes a second to read
            self._read["is_result"] = read_result(self.content) is not None
        return bool(self._read["is_result"])

    def explain(self, policy: Policy | None = None) -> pd.DataFrame:
        """Show what the gate sees, column by column; never a value.

        Parameters
        ----------
        policy : Policy, optional
            The thresholds; the default policy if there is none.

        Returns
        -------
        pandas.DataFrame
            One row a column: its table, role, label, unit and base, how many cells show a number and how many are
            masked, whether any is below the threshold, and which rule decides.

        Examples
        --------
        >>> import pandas as pd
        >>> table = pd.DataFrame({"sex": ["Woman", "Man"], "n": [40, 3]})
        >>> output = Output("sex", "table", "restricted", content=table, roles={"sex": "key", "n": "count"})
        >>> output.explain()[["column", "role", "below threshold", "rule"]].to_numpy().tolist()
        [['sex', 'key', '', 'records'], ['n', 'count', 'yes', 'small_cells']]
        """
        from ctresearch.privacy.verdicts.policy import Policy

        joined = policy or Policy()
        return explain(self.tables, lambda of: joined.threshold(self.level, of))

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["name", "kind", "level", "content"])
