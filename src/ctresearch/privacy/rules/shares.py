"""Shares of a known number of people: 2.5 % of 40 is one person, and 97.5 % leaves one over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.privacy.reading.grid import Grid, is_total
from ctresearch.privacy.reading.numbers import decimal, spoken, whole
from ctresearch.privacy.rules.numbers_in_text import PEOPLE_NUMBER
from ctresearch.privacy.rules.records import counting_columns, is_key
from ctresearch.privacy.vocabulary.vocabulary import any_of, in_column
from ctresearch.privacy.words.identifiers import snake

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

_SHARE, _OF_NOBODY = in_column("measures.shares"), in_column("measures.of_nobody")
_PERCENT = re.compile(r"(?i)(?<![\w.,])(\d+(?:\.\d+)?)\s*(?:%|per ?cent\b)")
_NOT_OF_PEOPLE = re.compile(rf"(?i)^\s*(?:\w+\s+)?{any_of('around.no_share_of_people')}\b")
_A_CHANGE = re.compile(rf"(?i)\b{any_of('around.changes')}\s*$")
_N = re.compile(r"(?<![\w.])[nN]\s*=\s*(\d[\d,]*)")
_ROUNDED = 0.005  # shares are printed in three digits
_SMALLEST_BASE = 10  # one of four is a ratio
_WHOLE_SHARE = {1.0: 0.02, 100.0: 2.0}  # what shares add up to, and how far rounding may take them from it


def small_shares(grid: Grid, people: Numbers | None, threshold: int) -> int:
    """Count the shares of a table that, times the people they are shares of, mean fewer people than a threshold.

    Parameters
    ----------
    grid : Grid
        A table.
    people : numpy.ndarray or None
        People behind its rows, or behind all of it.
    threshold : int
        Smallest number that may be shown.

    Returns
    -------
    int
        Shares that single out, or leave over, at least one person and fewer than the threshold.

    Examples
    --------
    >>> from ctresearch.privacy.reading.grid import Grid
    >>> small_shares(Grid(("country", "n", "percent_men"), (("XX", "40", "2.5"), ("YY", "60", "20"))), None, 5)
    1
    """
    return sum(_small(grid, i, people, threshold) for i in range(len(grid.header)) if _is_share(grid, i))


def small_shares_text(text: str, threshold: int) -> int:
    """Count the sentences in which a share of a number of people means fewer of them than a threshold.

    Parameters
    ----------
    text : str
        Any text.
    threshold : int
        Smallest number that may be told.

    Returns
    -------
    int
        Sentences that give one number of people and such a share.

    Examples
    --------
    >>> small_shares_text("Of 40 victims, 2.5% were men. Of 4,120 victims, 38% were men.", 5)
    1
    """
    return sum(
        _few_in(sentence, threshold)
        for sentence in re.split(r"(?<=[.;!?])\s+|\n", text)
        if "%" in sentence or "cent" in sentence
    )


def _is_share(grid: Grid, position: int) -> bool:
    """Say whether a column holds shares of people."""
    name = snake(grid.header[position])
    percents = [v for v in grid.column(position) if v]
    written = bool(percents) and all(re.match(r"^\d+(?:\.\d+)?\s*%$", v) for v in percents)
    return (written or "%" in grid.header[position] or _SHARE.search(name) is not None) and not _OF_NOBODY.search(name)


def _small(grid: Grid, position: int, people: Numbers | None, threshold: int) -> int:
    """Count the small shares of one column."""
    if not grid.rows:
        return 0
    shares = np.array([decimal(v) for v in grid.column(position)])
    base, counted = _base(grid, shares, people)
    if base is None or _is_quotient(grid, shares) or _is_cut_of_group(grid, shares):
        return 0
    shares = np.where(counted, shares, np.nan)
    percent = np.nanmax(shares, initial=0.0) > 1 or "%" in "".join(grid.column(position))
    parts = np.round(shares / (100 if percent else 1) * base)
    rest = np.round(base) - parts
    few = ((parts > 0) & (parts < threshold)) | ((rest > 0) & (rest < threshold) & (parts > 0))
    return int((few & (base >= _SMALLEST_BASE)).sum())


def _base(grid: Grid, shares: Numbers, people: Numbers | None) -> tuple[Numbers | None, NDArray[np.bool_]]:
    """Find the people that each share is of, and the rows whose share is of them."""
    every = np.ones(len(shares), dtype=bool)
    labels = [i for i in range(len(grid.header)) if is_key(grid, i)]
    total = np.array([any(is_total(row[i]) or row[i].strip(" :").lower() == "n" for i in labels) for row in grid.rows])
    counts = [np.array([whole(v) for v in grid.column(i)]) for i in counting_columns(grid)]
    per_row = next((n for n in counts if not np.isnan(n).all()), None)
    if per_row is None and people is not None and people.shape == shares.shape and people.size > 1:
        per_row = people
    if not _adds_up(shares[~total]):
        everybody = None if people is None or people.size != 1 else np.full(len(shares), people.ravel()[0])
        return (per_row if per_row is not None else everybody), every
    if total.sum() == 1 and shares[total][0] not in _WHOLE_SHARE:
        return np.full(len(shares), shares[total][0]), ~total
    if per_row is not None:
        return np.full(len(shares), np.nansum(per_row[~total])), ~total
    if people is not None and people.size == 1:
        return np.full(len(shares), people.ravel()[0]), ~total
    return None, every


def _is_quotient(grid: Grid, shares: Numbers) -> bool:
    """Say whether shares are those of two columns of whole numbers beside them, and tell nothing that these do not."""
    columns = [np.array([whole(v) for v in grid.column(i)]) for i in range(len(grid.header))]
    columns = [column for column in columns if (column > 0).any() and not np.isnan(column).any()]
    quotients = (part / of for part in columns for of in columns if part is not of and (of > 0).all())
    return any(np.allclose(shares, scale * one, rtol=_ROUNDED) for one in quotients for scale in (1, 100))


def _is_cut_of_group(grid: Grid, shares: Numbers) -> bool:
    """Say whether shares are those of the counts beside them within each group of rows, and so tell nothing new."""
    told = ~np.isnan(shares)
    for i in counting_columns(grid):
        counts = np.array([whole(v) for v in grid.column(i)])
        if not told.any() or np.isnan(counts[told]).any():
            continue
        for key in (j for j in range(len(grid.header)) if is_key(grid, j)):
            groups = np.array(grid.column(key), dtype=object)
            of = np.array([counts[told & (groups == group)].sum() for group in groups])
            if any(np.allclose(shares[told] * of[told], scale * counts[told], rtol=_ROUNDED) for scale in (1, 100)):
                return True
    return False


def _adds_up(shares: Numbers) -> bool:
    """Say whether shares cut everybody into categories."""
    together = float(np.nansum(shares))
    return len(shares) > 1 and any(abs(together - one) <= near for one, near in _WHOLE_SHARE.items())


def _few_in(sentence: str, threshold: int) -> bool:
    """Say whether a sentence gives one number of people and a share of it that is small."""
    bases = {spoken(m[1]) for pattern in (PEOPLE_NUMBER, _N) for m in pattern.finditer(sentence)}
    bases = {n for n in bases if n >= _SMALLEST_BASE}
    if len(bases) != 1:
        return False
    base = bases.pop()
    shares = [
        float(m[1])
        for m in _PERCENT.finditer(sentence)
        if not _NOT_OF_PEOPLE.match(sentence[m.end() :]) and not _A_CHANGE.search(sentence[: m.start()])
    ]
    parts = [round(share * base / 100) for share in shares if share <= 100]
    return any(0 < part < threshold or 0 < base - part < threshold for part in parts)
