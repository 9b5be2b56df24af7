"""Masks that totals undo: a masked cell that a reader can work out by subtracting, or from its share, is no mask.

Totals are found by their words and by their sums, wherever they stand: first or last, in any label column, for the
whole table or for each of its groups.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.errors import FitError
from ctresearch.core.message import say
from ctresearch.privacy.reading.grid import Grid, is_total
from ctresearch.privacy.reading.numbers import decimal, is_number, is_whole, whole
from ctresearch.privacy.reading.reading import decoded, read_grids
from ctresearch.privacy.verdicts.verdict import Finding
from ctresearch.privacy.words.counting_columns import counting_columns, of_a_model
from ctresearch.privacy.words.people_in_text import people_in_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from ctresearch.privacy.verdicts.output import Output

# Shares are printed in two or three digits: ratios of one base differ by that much.
_SAME_RATIO = 0.02
_LESS = re.compile(r"\s*(?:<|less than|under|moins de|menos de)\s*(\d+)\s*", re.IGNORECASE)
_IN_A_LABEL = re.compile(r"(?<![\w.,-])(?!(?:19|20)\d\d\b)(\d{2,})(?![\w.,%-])")


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of a table that may share a total.

    Parameters
    ----------
    numbers : numpy.ndarray, shape (rows, columns)
        Whole numbers; ``NaN`` where masked.
    most : numpy.ndarray, shape (rows, columns)
        The largest number that a mask admits, 4 for ``<5``; infinity where it says none.
    down, across : int or None
        Row and column that hold the totals.
    """

    numbers: NDArray[np.float64]
    most: NDArray[np.float64]
    down: int | None
    across: int | None


def recoverable_rule(output: Output, threshold: int) -> Finding | None:
    """Attack the masked cells of a table that shows its totals.

    Parameters
    ----------
    output : Output
        With labelled counts, or a content with totals anywhere.
    threshold : int
        Smallest number of people that may be shown.

    Returns
    -------
    Finding or None
        Rule ``"recoverable"``: a fail if totals or shares narrow a masked cell down further than the mask itself says,
        a review if a number that looks like a total would; ``None`` where there is nothing to say.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.privacy.verdicts.output import Output
    >>> table = pd.DataFrame({"sex": ["Woman", "Man", "Total"], "n": [40, None, 43]})
    >>> recoverable_rule(Output("sex", "table", "restricted", content=table), 5).sentence
    'Totals give away 1 masked cell.'
    """
    labelled = hasattr(getattr(output.counts, "index", None), "nlevels")
    grids = read_grids(output.counts.rename_axis("key")) if labelled else output.grids  # type: ignore[union-attr]
    told = _told(output.content, output.grids) | _labelled(output)
    sure = guessed = 0
    for grid in grids:
        if not _masks(grid):
            continue
        blocks = list(_blocks(grid))
        sure += max((_exposed(block, threshold) for block in blocks), default=0) or _by_share(grid, threshold)
        if counting_columns(grid) or not of_a_model(grid):  # degrees of freedom add up to nothing
            guessed += max((_guessed(block, told, threshold) for block in blocks), default=0)
    exposed = sure or guessed
    if not exposed:
        return None
    sentence = (
        say("Totals give away {n} masked cell.", many="Totals give away {n} masked cells.", n=exposed)
        if sure
        else say(
            "A number that looks like a total would give away {n} masked cell.",
            many="A number that looks like a total would give away {n} masked cells.",
            n=exposed,
        )
    )
    return Finding(
        "recoverable",
        "fail" if sure else "review",
        sentence,
        say("Mask further cells (suppress)."),
        {"exposed": exposed},
    )


def _told(content: Any, grids: Sequence[Grid]) -> frozenset[float]:
    """Read the numbers of people that the words around a table, and its column names, give."""
    if isinstance(content, (str, bytes)):
        return people_in_text(decoded(content) or "" if isinstance(content, bytes) else content)
    words = [
        " ; ".join((*grid.header, *dict.fromkeys(cell for row in grid.rows for cell in row if " " in cell)))
        for grid in grids
    ]
    return people_in_text("\n".join(words))


def _labelled(output: Output) -> frozenset[float]:
    """Read the numbers of people that the labels and units of a user's columns give."""
    own = [] if output.is_result else [p.meaning for t in output.tables for p in t.parts if p.meaning is not None]
    return frozenset(float(n) for m in own for n in _IN_A_LABEL.findall(f"{m.label} {m.unit}"))


def _blocks(grid: Grid) -> Iterator[Block]:
    """Cut a table into the rows that may add up: all of them, and each group of a label column."""
    labels, values = _columns(grid)
    counts = [i for i in values if all(is_whole(v) for v in grid.column(i) if _figure(v))]
    if not counts:
        return
    yield _block(grid, list(range(len(grid.rows))), labels, counts)
    for label in labels if len(labels) > 1 else []:
        groups: dict[str, list[int]] = {}
        for i, value in enumerate(grid.column(label)):
            groups.setdefault(value, []).append(i)
        for rows in groups.values():
            if 2 < len(rows) < len(grid.rows):
                yield _block(grid, rows, [i for i in labels if i != label], counts)


def _masks(grid: Grid) -> bool:
    """Say whether a column of figures has a cell without one."""
    figures = [
        [_figure(v) for v in set(grid.column(i))] for i in range(len(grid.header)) if grid.role(i) in {None, "count"}
    ]
    return any(any(column) and not all(column) for column in figures)


def _columns(grid: Grid) -> tuple[list[int], list[int]]:
    """Tell columns of labels from columns of figures."""
    every = range(len(grid.header))
    words = [i for i in every if not any(_figure(v) for v in grid.column(i))]
    labels = words if words or len(grid.rows) == 1 else [0]
    return labels, [i for i in every if i not in labels and any(_figure(v) for v in grid.column(i))]


@lru_cache(maxsize=50_000)
def _figure(value: str) -> bool:
    """Say whether a word shows a figure."""
    return value[:1].isdigit() and (is_number(value) or is_whole(value))


def _block(grid: Grid, rows: list[int], labels: list[int], columns: list[int]) -> Block:
    """Read the numbers of some rows, and find their totals by word, else by sum."""
    numbers = np.array([[_number(grid.rows[i][j]) for j in columns] for i in rows], dtype=float).reshape(len(rows), -1)
    most = np.array([[_most(grid.rows[i][j]) for j in columns] for i in rows], dtype=float).reshape(len(rows), -1)
    down = [k for k, i in enumerate(rows) if any(is_total(grid.rows[i][j]) for j in labels)] or _additive(numbers)
    across = [k for k, j in enumerate(columns) if is_total(grid.header[j])] or _additive(numbers.T)
    one_way = len(columns) < 2
    down_at, across_at = (found[0] if len(found) == 1 else None for found in (down, across))
    return Block(numbers, most, down_at, None if one_way else across_at)


@lru_cache(maxsize=50_000)
def _number(text: str) -> float:
    """Read a cell; what shows no whole number is masked."""
    return whole(text) if _figure(text) else float("nan")


@lru_cache(maxsize=50_000)
def _most(text: str) -> float:
    """Read the largest whole number that a mask admits."""
    said = _LESS.fullmatch(text)
    return float("inf") if said is None else float(said[1]) - 1


def _additive(numbers: NDArray[np.float64]) -> list[int]:
    """Find the row that is the sum of all others in every column without a mask."""
    complete = numbers[:, ~np.isnan(numbers).any(axis=0)]
    if len(numbers) < 3 or not complete.size:
        return []
    total = complete.sum(axis=0)
    return [int(i) for i in np.flatnonzero((2 * complete == total).all(axis=1)) if total.sum() > 0]


def _exposed(block: Block, threshold: int) -> int:
    """Count the masked cells of a block that its totals narrow down."""
    if not np.isnan(block.numbers).any():
        return 0
    table, most = (_totals_last(one, block) for one in (block.numbers, block.most))
    if block.down is not None and block.across is not None:
        return _narrowed(table, threshold, most)
    lines = [] if block.across is None else list(zip(table, most, strict=True))
    lines += [] if block.down is None else list(zip(table.T, most.T, strict=True))
    return sum(_narrowed(line, threshold, within) for line, within in lines)


def _totals_last(table: NDArray[np.float64], block: Block) -> NDArray[np.float64]:
    """Put the row and the column of totals last."""
    if block.down is not None:
        table = np.vstack([np.delete(table, block.down, axis=0), table[block.down]])
    if block.across is not None:
        table = np.column_stack([np.delete(table, block.across, axis=1), table[:, block.across]])
    return table


def _narrowed(table: NDArray[np.float64], threshold: int, most: NDArray[np.float64] | None = None) -> int:
    """Count the masked cells of a table with margins that an attacker knows better than the mask says."""
    from ctresearch.privacy.recovery.audit import attack

    hidden = np.isnan(table)
    if not hidden.any() or hidden.all() or table.shape[0] < 2:
        return 0
    try:
        known = attack(table, hidden, hidden, most=most)
    except FitError:  # totals that do not add up, as after rounding, give nothing away
        return 0
    return int(((known.high > 0) & (known.high < threshold) & (known.high - known.low < threshold - 2)).sum())


def _guessed(block: Block, told: frozenset[float], threshold: int) -> int:
    """Count the masked cells that are known if a number of the line, a constant column or the text is the sum."""
    down = [] if block.down is not None else list(block.numbers.T)
    across = [] if block.across is not None else list(block.numbers)
    constant = {float(column[0]) for column in block.numbers.T if len(column) > 1 and len(set(column)) == 1}
    return sum(_within(line, threshold) for line in down + across) or sum(
        _narrowed(np.append(line, total), threshold)
        for line in down
        for total in constant | told
        if 0 < (masked := int(np.isnan(line).sum())) < len(line)
        and masked <= total - np.nansum(line) <= masked * (threshold - 1)
    )


def _within(line: NDArray[np.float64], threshold: int) -> int:
    """Count the masked cells of a line that would be known if its largest number were the total of the others."""
    masked = int(np.isnan(line).sum())
    if (
        not masked
        or len(line) - masked < 2
        or not masked <= 2 * np.nanmax(line) - np.nansum(line) <= masked * (threshold - 1)
    ):
        return 0
    at = int(np.nanargmax(line))
    return _narrowed(np.append(np.delete(line, at), line[at]), threshold)


def _by_share(grid: Grid, threshold: int) -> int:
    """Count the masked cells whose share of the same whole is shown beside them."""
    _, values = _columns(grid)
    counts = {i: np.array([_number(v) for v in grid.column(i)]) for i in values}
    masked = [i for i, n in counts.items() if np.isnan(n).any()]
    shares = {i: np.array([decimal(v) for v in grid.column(i)]) for i in values if masked}
    known = [
        _from_ratio(n, share, threshold)
        for i, n in ((i, counts[i]) for i in masked)
        if all(is_whole(v) for v in grid.column(i) if _figure(v))
        for j, share in shares.items()
        if i != j
    ]
    return max(known, default=0)


def _from_ratio(counts: NDArray[np.float64], shares: NDArray[np.float64], threshold: int) -> int:
    """Count the masked numbers that a constant ratio of number to share gives away."""
    both = (counts > 0) & (shares > 0)
    whole_ = any(abs(np.nansum(shares) - one) <= 0.02 * one for one in (1, 100))
    if both.sum() < (1 if whole_ else 2):
        return 0
    ratio = counts[both] / shares[both]
    if np.ptp(ratio) > _SAME_RATIO * ratio.mean() or (both.sum() > 1 and np.ptp(counts[both]) == 0):
        return 0
    worked_out = shares[np.isnan(counts)] * ratio.mean()
    return int(((worked_out > 0.5) & (worked_out < threshold - 0.5)).sum())
