"""What a plan makes of a file, and what stands in the way, each in one sentence that names lines and a cure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ctresearch.core.cells import row_words
from ctresearch.data.front_door.near_names import groups_of, near_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from ctresearch.data.front_door.plan import FilePlan
    from ctresearch.data.front_door.raw_table import RawTable


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A table, what was done on the way, and the problems that keep it from being one.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table; of no meaning where there are problems.
    notes : tuple of str
        What was done.
    problems : tuple of str
        Sentences.
    lists : int
        How many lists it has.
    """

    frame: pd.DataFrame
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    lists: int = 0


def lines_of(raw: RawTable, wrong: NDArray[np.bool_]) -> str:
    """Write where rows stand.

    Parameters
    ----------
    raw : RawTable
        The file.
    wrong : numpy.ndarray
        Shape (rows,): which rows.

    Returns
    -------
    str
        Such as ``line 7`` or ``lines 2, 5 and 7 more``.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from ctresearch.data.front_door.raw_table import RawTable
    >>> raw = RawTable("a.csv", pd.DataFrame({"a": ["x", "y"]}), np.array([2, 5]), "text")
    >>> lines_of(raw, np.array([False, True]))
    'line 5'
    """
    lines = raw.lines[wrong].tolist()
    return f"line{'s' * (len(lines) != 1)} {row_words(lines)}"


def joined_names(
    names: Sequence[str], plan: FilePlan, where: str, uses: Sequence[int] | None = None
) -> tuple[list[int], list[str], list[str]]:
    """Decide which near names of lists are one.

    Parameters
    ----------
    names : sequence of str
        Names, each once.
    plan : FilePlan
        Whose rule ``names`` decides.
    where : str
        What holds the names and where, for the sentence.
    uses : sequence of int, optional
        How many rows hold each name, so that the commonest stands for all.

    Returns
    -------
    tuple
        For each name the place of the one it joins; notes; problems.

    Examples
    --------
    >>> from ctresearch.data.front_door.plan import FilePlan
    >>> joined_names(["police", "polices"], FilePlan(shape="records", columns={}, rules={"names": "merge"}), "")[0]
    [0, 0]
    """
    alike = near_names(names)
    apart = list(range(len(names)))
    if not alike or plan.rule("names") == "keep":
        return apart, [], []
    if plan.rule("names") == "merge":
        groups = groups_of(names, uses)
        merged = len(names) - len(set(groups))
        return groups, [f"{merged} near names of lists were taken for others, as the plan says."], []
    pairs = "pair of names of lists differs" if len(alike) == 1 else "pairs of names of lists differ"
    cure = "in spelling alone or in a letter, and may be one: say --names merge or --names keep"
    return apart, [], [f"{where}: {len(alike)} {pairs} {cure}"]
