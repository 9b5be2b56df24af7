"""Who recruited whom: a forest of people, read from ids or coupons and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells, row_words
from ctresearch.core.errors import CellError, DataError
from ctresearch.core.names import name_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Integers = NDArray[np.int64]


SEED_WORD = "seed"  # read as a seed, unless somebody is called so


def recruiters_by_id(frame: pd.DataFrame, person: str, recruiter: str, seed_word: str | None) -> Integers:
    """Find the row of everybody's recruiter by their ids.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a person.
    person, recruiter : str
        Columns of ids; that of the recruiter is missing for a seed.
    seed_word : str, optional
        What stands in place of a recruiter's id for a seed, where it is not missing, blank or ``"seed"``.

    Returns
    -------
    numpy.ndarray
        Rows, shape (n,), -1 for a seed.

    Raises
    ------
    CellError
        If an id is missing or repeated, or a recruiter is none of the people.

    Examples
    --------
    >>> frame = pd.DataFrame({"id": [1, 2, 3], "by": [None, 1.0, 1.0]})
    >>> recruiters_by_id(frame, "id", "by", None).tolist()
    [-1, 0, 0]
    """
    row = _rows_of(frame, person, recruiter)
    there = frame[recruiter].notna().to_numpy()
    keys = [name_key(one) if known else "" for one, known in zip(frame[recruiter], there, strict=True)]
    marks = {"", *([SEED_WORD] if SEED_WORD not in row else []), *([] if seed_word is None else [name_key(seed_word)])}
    there = there & np.array([key not in marks for key in keys], dtype=bool)
    found = np.array(
        [row.get(key, -1) if known else -1 for key, known in zip(keys, there, strict=True)], dtype=np.int64
    )
    orphans = there & (found < 0)
    refuse_cells(
        frame[recruiter],
        orphans,
        f"must be the {person!r} of somebody in the table, or missing for a seed: add the recruiters, or say with "
        "seed_word= what marks a seed",
    )
    return found


def recruiters_by_coupon(frame: pd.DataFrame, came_with: str, given: Sequence[str]) -> Integers:
    """Find the row of everybody's recruiter by the coupon they came with.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a person.
    came_with : str
        Column of the coupon a person brought, missing for a seed.
    given : sequence of str
        Columns of the coupons a person was given to pass on, missing where there were fewer.

    Returns
    -------
    numpy.ndarray
        Rows, shape (n,), -1 for a seed.

    Raises
    ------
    CellError
        If a coupon was given out or brought more than once, or one that was brought was given to nobody.

    Examples
    --------
    >>> frame = pd.DataFrame({"came": [None, "a1", "a2"], "one": ["a1", None, None], "two": ["a2", None, None]})
    >>> recruiters_by_coupon(frame, "came", ["one", "two"]).tolist()
    [-1, 0, 0]
    """
    owner: dict[str, int] = {}
    twice: set[int] = set()
    for name in given:
        for place in np.flatnonzero(frame[name].notna().to_numpy()):
            key = name_key(frame[name].iloc[place])
            twice |= {int(place) + 1} if key in owner else set()
            owner[key] = int(place)
    if twice:
        raise CellError(
            f"{len(twice)} of {len(frame)} people (rows {row_words(sorted(twice))}) were given a coupon that somebody "
            "was given before, so that a recruit would have several recruiters: each coupon must be given out once",
            column=given[0],
            rows=sorted(twice),
        )
    there = frame[came_with].notna().to_numpy()
    keys = pd.Series([name_key(one) if known else None for one, known in zip(frame[came_with], there, strict=True)])
    again = (keys.notna() & keys.duplicated(keep=False)).to_numpy()
    refuse_cells(frame[came_with], again, "must be a coupon that one person alone came with")
    found = np.array(
        [owner.get(key, -1) if known else -1 for key, known in zip(keys, there, strict=True)], dtype=np.int64
    )
    orphans = there & (found < 0)
    must = "must be a coupon that somebody in the table was given, or missing for a seed"
    refuse_cells(frame[came_with], orphans, must)
    return found


def waves_and_trees(recruiter: Integers) -> tuple[Integers, Integers]:
    """Follow everybody back to a seed.

    Parameters
    ----------
    recruiter : numpy.ndarray
        Row of everybody's recruiter, shape (n,), -1 for a seed.

    Returns
    -------
    tuple of numpy.ndarray
        Wave, 0 for seeds, and the number of the tree, from 0, both of shape (n,).

    Raises
    ------
    DataError
        If somebody recruited themselves, there is no seed, or recruitment runs in a circle.

    Examples
    --------
    >>> wave, tree = waves_and_trees(np.array([-1, 0, -1, 1]))
    >>> wave.tolist(), tree.tolist()
    ([0, 1, 0, 2], [0, 0, 1, 0])
    """
    people = np.arange(recruiter.size)
    own = np.flatnonzero(recruiter == people)
    if own.size:
        raise DataError(
            f"{own.size} of {people.size} people (rows {row_words((own + 1).tolist())}) are their own recruiter, must "
            "be recruited by somebody else, or have no recruiter as seeds"
        )
    seeds = np.flatnonzero(recruiter < 0)
    if not seeds.size:
        raise DataError(
            f"all {people.size} people have a recruiter, at least one must be a seed: leave the recruiter of seeds "
            "missing, or say with seed_word= what marks a seed"
        )
    wave, tree = np.full(people.size, -1, dtype=np.int64), np.full(people.size, -1, dtype=np.int64)
    wave[seeds], tree[seeds] = 0, np.arange(seeds.size)
    reached = True
    while reached:
        fresh = np.flatnonzero((wave < 0) & (wave[recruiter] >= 0))
        wave[fresh], tree[fresh] = wave[recruiter[fresh]] + 1, tree[recruiter[fresh]]
        reached = fresh.size > 0
    circle = np.flatnonzero(wave < 0)
    if circle.size:
        raise DataError(
            f"{circle.size} of {people.size} people (rows {row_words((circle + 1).tolist())}) lead back to no seed, "
            "since recruitment runs in a circle: everybody must be reached from a seed"
        )
    return wave, tree


def _rows_of(frame: pd.DataFrame, person: str, recruiter: str) -> dict[str, int]:
    """Return the row of each id, and refuse ids that are missing or repeated."""
    ids: pd.Series[Any] = frame[person]
    missing = ids.isna()
    refuse_cells(ids, missing, "must name everybody")
    keys = pd.Series([name_key(one) for one in ids])
    again = keys.duplicated(keep=False)
    if again.any():
        by = frame[recruiter].reset_index(drop=True)[again].groupby(keys[again]).nunique(dropna=False)
        several = int((by > 1).sum())
        rows = (np.flatnonzero(again) + 1).tolist()
        what = f", {several} of them with several recruiters" if several else ""
        raise CellError(
            f"column {person!r}: {int(keys[again].nunique())} people stand in more than one row{what} (rows "
            f"{row_words(rows)}), must each have one: keep the first interview",
            column=person,
            rows=rows,
        )
    return {key: place for place, key in enumerate(keys)}
