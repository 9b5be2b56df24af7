"""Rounding counts to a base, so that a published figure never shows one person more or less.

Random rounding goes to one of the two nearest multiples with the probability that keeps the expected value. Controlled
rounding does the same and keeps every total the sum of its parts. Both are exact: whole numbers and whole-number
probabilities, drawn from the operating system.

References
----------
.. [1] Cox, L. H. (1987). A constructive procedure for unbiased controlled rounding. Journal of the American
   Statistical Association, 82(398), 520-524. https://doi.org/10.1080/01621459.1987.10478456
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.core.render import as_card
from ctresearch.core.validate import one_of
from ctresearch.privacy.masks.counts import read_counts
from ctresearch.privacy.noise.entropy import entropy, entropy_check
from ctresearch.privacy.noise.protection_seal import seal

if TYPE_CHECKING:
    import random

    import pandas as pd
    from numpy.typing import NDArray

    from ctresearch.core.check import Check

    Counts = pd.DataFrame | pd.Series[int]


@dataclass(frozen=True, slots=True, eq=False)
class Rounded:
    """A rounded table.

    Parameters
    ----------
    table : pandas.DataFrame or pandas.Series
        Multiples of the base, with the labels that came in; ``attrs["private"]`` and a seal over the
        figures tell the gate whether it protects.
    base : int
        What was rounded to.
    check : Check
        Whether the randomness protects: failed for a seed.

    Examples
    --------
    >>> import pandas as pd
    >>> rounded = round_counts(pd.Series({"Woman": 121, "Man": 40}), base=5)
    >>> rounded.private, bool((rounded.table % 5 == 0).all())
    (True, True)
    """

    table: Counts
    base: int
    check: Check

    @property
    def private(self) -> bool:
        """Whether the rounding can protect anyone."""
        return self.check.status == "pass"

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["table", "base"], checks=[self.check])


def round_counts(
    counts: Counts,
    base: Literal[3, 5] = 3,
    *,
    method: Literal["random", "controlled"] = "random",
    seed: int | None = None,
) -> Rounded:
    """Round counts to multiples of 3 or 5, at random and without bias.

    Parameters
    ----------
    counts : pandas.DataFrame or pandas.Series
        Whole numbers of 0 or more. With ``method="controlled"`` without totals: sums of the rounded cells are then the
        rounded totals.
    base : {3, 5}
        What to round to.
    method : {"random", "controlled"}
        ``random`` rounds each number on its own, so totals need not add up; ``controlled`` rounds a table of one or two
        ways so that rows, columns and the whole are rounded by less than the base too.
    seed : int, optional
        For tests only: the table is then marked as not private, and the gate refuses it.

    Returns
    -------
    Rounded
        The table. Make it once and keep it: the mean of many roundings of the same count is the count.

    Raises
    ------
    DataError
        If counts are negative, missing, not whole or not numbers.
    SpecificationError
        If an option is unknown.

    References
    ----------
    .. [1] Cox, L. H. (1987). A constructive procedure for unbiased controlled rounding. Journal of the American
       Statistical Association, 82(398), 520-524. https://doi.org/10.1080/01621459.1987.10478456

    Examples
    --------
    >>> import pandas as pd
    >>> rounded = round_counts(pd.Series({"Woman": 121, "Man": 40}), base=5)
    >>> (rounded.table % 5 == 0).all(), rounded.private
    (np.True_, True)
    """
    one_of("base", base, (3, 5))
    one_of("method", method, ("random", "controlled"))
    values = read_counts(counts)
    draw = entropy(seed)
    whole = values.astype(np.int64)
    if method == "random":
        out = random_rounding(whole, base, draw)
    else:
        out = controlled_rounding(np.atleast_2d(whole), base, draw).reshape(whole.shape)
    table = counts.copy()
    table[:] = out
    table = table.astype(np.int64)
    check = entropy_check(seed)
    seal(table, f"random rounding to multiples of {base}", private=check.status == "pass")
    return Rounded(table=table, base=base, check=check)


def random_rounding(counts: NDArray[np.int64], base: int, draw: random.Random) -> NDArray[np.int64]:
    """Round each count to one of the two nearest multiples, up with probability remainder / base.

    Parameters
    ----------
    counts : numpy.ndarray of int
        Any shape.
    base : int
        What to round to.
    draw : random.Random
        Source of uniform whole numbers.

    Returns
    -------
    numpy.ndarray of int
        Same shape; multiples of the base stay as they are.

    Examples
    --------
    >>> import numpy as np
    >>> random_rounding(np.array([6, 9]), 3, entropy(0)).tolist()
    [6, 9]
    """
    remainder = counts % base
    up = np.array([draw.randrange(base) for _ in range(counts.size)]).reshape(counts.shape) < remainder
    rounded: NDArray[np.int64] = counts - remainder + base * up
    return rounded


def controlled_rounding(counts: NDArray[np.int64], base: int, draw: random.Random) -> NDArray[np.int64]:
    """Round a two-way table so that rows, columns and the whole move by less than the base.

    Parameters
    ----------
    counts : numpy.ndarray of int, shape (rows, columns)
        Table without totals.
    base : int
        What to round to.
    draw : random.Random
        Source of uniform whole numbers.

    Returns
    -------
    numpy.ndarray of int, shape (rows, columns)
        Multiples of the base, whose sums are the rounded totals; every cell and total keeps its expected value.

    References
    ----------
    .. [1] Cox, L. H. (1987). A constructive procedure for unbiased controlled rounding. Journal of the American
       Statistical Association, 82(398), 520-524. https://doi.org/10.1080/01621459.1987.10478456

    Examples
    --------
    >>> import numpy as np
    >>> counts = np.array([[1, 2], [2, 1]])
    >>> controlled_rounding(counts, 3, entropy(0)).sum()
    np.int64(6)
    """
    rest = counts % base
    padded = np.vstack([np.column_stack([rest, -rest.sum(axis=1) % base]), np.zeros(rest.shape[1] + 1, dtype=np.int64)])
    padded[-1] = -padded[:-1].sum(axis=0) % base
    while ((padded % base) != 0).any():
        cycle = _cycle(padded % base != 0)
        rows, columns = np.array(cycle).T
        signs = np.where(np.arange(len(cycle)) % 2 == 0, 1, -1)
        at = padded[rows, columns]
        forward = int(np.where(signs > 0, base - at, at).min())
        backward = int(np.where(signs > 0, at, base - at).min())
        step = forward if draw.randrange(forward + backward) < backward else -backward
        padded[rows, columns] += signs * step
    rounded: NDArray[np.int64] = counts - rest + padded[:-1, :-1]
    return rounded


def _cycle(loose: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Walk from row to column along entries that are no multiples until the walk meets itself.

    Rows and columns sum to multiples of the base, so such an entry never stands alone in either, and the walk goes on.
    """
    row, column = int(np.argwhere(loose)[0][0]), -1
    edges: list[tuple[int, int]] = []
    met = {("row", row): 0}
    while True:
        column = next(int(j) for j in np.flatnonzero(loose[row]) if j != column)
        edges.append((row, column))
        if ("column", column) in met:
            return edges[met["column", column] :]
        met["column", column] = len(edges)
        row = next(int(i) for i in np.flatnonzero(loose[:, column]) if i != row)
        edges.append((row, column))
        if ("row", row) in met:
            return edges[met["row", row] :]
        met["row", row] = len(edges)
