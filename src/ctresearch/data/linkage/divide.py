"""Coded lists in, records divided into persons out: the arithmetic of a linkage in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.random import Seed, seed_sequence, streams
from ctresearch.data.linkage import partition
from ctresearch.data.linkage.comparisons import comparisons, missed_by_blocks
from ctresearch.data.linkage.model import Scores, score_pairs
from ctresearch.data.linkage.posterior import draw_linkage, mean_log_odds
from ctresearch.data.linkage.prior import match_odds

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Division:
    """Records divided into persons.

    ``best`` (records,) is the person of each record, ``drawn`` the same by each draw; ``list_of`` (records,) is the
    list of each record and ``sizes`` the records of each list; ``scores`` and ``log_odds`` (pairs,) are those of the
    pairs, ``shares`` the share of matching pairs by pair of lists, and ``missed`` the share of matches that no block
    lets meet.
    """

    best: NDArray[np.int64]
    drawn: tuple[NDArray[np.int64], ...]
    list_of: NDArray[np.int64]
    sizes: list[int]
    scores: Scores
    shares: dict[tuple[int, int], float]
    log_odds: NDArray[np.float64]
    missed: float


def divide(coded: Mapping[str, pd.DataFrame], *, also: int, draws: int, one_per_list: bool, seed: Seed) -> Division:
    """Score the pairs of coded lists and divide their records into persons.

    Parameters
    ----------
    coded : mapping of str to pandas.DataFrame
        List to its coded records.
    also : int
        Number of further columns that agree or do not.
    draws : int
        Number of divisions to draw.
    one_per_list : bool
        Whether a person has at most one record on a list.
    seed : int or SeedSequence
        Where the random streams start.

    Returns
    -------
    Division
        The best division and the drawn ones.

    Examples
    --------
    >>> from ctresearch.data.linkage.codes import Coder, Columns, code_list
    >>> from ctresearch.data.synthetic import person_lists
    >>> made = person_lists(n=80, lists=["police", "charity"], inclusion=0.6, seed=1)
    >>> columns, coder = Columns("given_name", "family_name", "birth_date"), Coder(b"k" * 32, "an example")
    >>> coded = {name: code_list(name, table, columns, coder) for name, table in made.tables.items()}
    >>> found = divide(coded, also=0, draws=3, one_per_list=True, seed=1)
    >>> bool(len(np.unique(found.best)) == made.truth["observed"])
    True
    """
    sizes = [len(frame) for frame in coded.values()]
    list_of = np.repeat(np.arange(len(sizes)), sizes)
    scores = score_pairs(coded, comparisons(also), seed=int(seed_sequence(seed).generate_state(1)[0]))
    missed = 0.0 if scores.all_pairs else _missed(scores, coded)
    left, right = scores.left, scores.right
    odds = match_odds(scores.log_ratio, list_of[left], list_of[right], sizes, met=1 - missed, one_per_list=one_per_list)
    groups = partition.group_records(left, right, odds.log_odds, list_of)
    drawn = [
        draw_linkage(scores, odds, groups, list_of, rng, one_per_list=one_per_list) for rng in streams(seed, draws)
    ]
    log_odds = mean_log_odds(drawn)
    best = partition.best_division(left, right, log_odds, list_of, one_per_list=one_per_list)
    return Division(best, tuple(one.person for one in drawn), list_of, sizes, scores, odds.shares, log_odds, missed)


def _missed(scores: Scores, coded: Mapping[str, pd.DataFrame]) -> float:
    """Say how many matches no block lets meet."""
    chances = {name: {words: m for words, (m, _, _) in levels.items()} for name, levels in scores.chances.items()}
    known = np.array([frame["birth_year"].notna().mean() for frame in coded.values()])
    sizes = np.array([len(frame) for frame in coded.values()])
    both = np.outer(known * sizes, known * sizes)[~np.eye(len(known), dtype=bool)].sum()
    pairs = np.outer(sizes, sizes)[~np.eye(len(known), dtype=bool)].sum()
    return missed_by_blocks(chances, birth_known=float(both / pairs))
