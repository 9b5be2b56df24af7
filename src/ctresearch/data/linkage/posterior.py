"""Linkages drawn as the data allow, with what is not known about the chances of error.

A few hundred matches leave the chance of a rare mistake open, and EM tends to put it too low: pairs with that mistake
are then held to be different people, which confirms the low chance. So the draws alternate [1]_: given who is whom, the
chance of each level among matches is drawn from its Dirichlet distribution and the share of matches from its beta
distribution; given these, the records are divided anew. In long lists, where only pairs within blocks are compared,
the chances are held at those that EM found: matches are many there, and those within blocks are not typical of all.

References
----------
.. [1] Sadinle, M. (2017). Bayesian estimation of bipartite matchings for record linkage. Journal of the American
   Statistical Association 112(518), 600-612. https://doi.org/10.1080/01621459.2016.1148612
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logit

from ctresearch.data.linkage.partition import Groups, person_of_records, sweep
from ctresearch.data.linkage.prior import prior_log_odds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.data.linkage.model import Scores
    from ctresearch.data.linkage.prior import Odds

_ALTERNATIONS, _SWEEPS, _PRIOR_MATCHES = 40, 2, 25.0
_SWEEPS_AT_FIXED_ODDS = 20
_LEAST, _MOST_LISTS = 1e-12, 1 << 10


@dataclass(frozen=True, slots=True)
class Drawn:
    """One drawn linkage: ``person`` (records,), and the log-odds (pairs,) under which it was drawn.

    The odds are new for pairs within the groups; all others are hopeless and keep those of EM.
    """

    person: NDArray[np.int64]
    log_odds: NDArray[np.float64]


def draw_linkage(
    scores: Scores,
    odds: Odds,
    groups: Groups,
    list_of: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    one_per_list: bool = True,
) -> Drawn:
    """Draw one linkage, and in short lists the chances of agreement with it.

    Parameters
    ----------
    scores : Scores
        The pairs and what they weigh.
    odds : Odds
        Their odds as EM leaves them.
    groups : Groups
        Records that plausible pairs hold together.
    list_of : numpy.ndarray
        List of each record, shape (records,).
    rng : numpy.random.Generator
        The stream.
    one_per_list : bool
        Whether a person has at most one record of a list.

    Returns
    -------
    Drawn
        The linkage.

    Examples
    --------
    >>> from ctresearch.data.linkage.comparisons import comparisons
    >>> from ctresearch.data.linkage.model import score_pairs
    >>> from ctresearch.data.linkage.partition import group_records
    >>> from ctresearch.data.linkage.prior import match_odds
    >>> from ctresearch.data.linkage.codes import Coder, Columns, code_list
    >>> from ctresearch.data.synthetic import person_lists
    >>> made = person_lists(n=80, lists=["police", "charity"], inclusion=0.6, seed=1)
    >>> columns, coder = Columns("given_name", "family_name", "birth_date"), Coder(b"k" * 32, "an example")
    >>> coded = {name: code_list(name, table, columns, coder) for name, table in made.tables.items()}
    >>> scores, sizes = score_pairs(coded, comparisons(0), seed=1), [len(table) for table in coded.values()]
    >>> list_of = np.repeat([0, 1], sizes)
    >>> odds = match_odds(scores.log_ratio, list_of[scores.left], list_of[scores.right], sizes, met=1.0)
    >>> groups = group_records(scores.left, scores.right, odds.log_odds, list_of)
    >>> drawn = draw_linkage(scores, odds, groups, list_of, np.random.default_rng(1))
    >>> abs(len(np.unique(drawn.person)) - made.truth["observed"]) < 3
    True
    """
    label = np.arange(len(groups.members))
    log_odds = odds.log_odds.copy() if scores.all_pairs else odds.log_odds
    inside = np.unique(groups.pairs)
    left, right = scores.left[inside], scores.right[inside]
    between = list_of[left] * _MOST_LISTS + list_of[right]
    for _ in range(_ALTERNATIONS if scores.all_pairs else 0):
        sweep(label, groups, log_odds, rng, rounds=_SWEEPS, one_per_list=one_per_list)
        person = person_of_records(label, groups, len(list_of))
        joined = person[left] == person[right]
        before = _shares(list_of, between, joined, rng, one_per_list=one_per_list)
        log_odds[inside] = _ratios(scores, inside, joined, rng) + before
    sweep(label, groups, log_odds, rng, rounds=_SWEEPS_AT_FIXED_ODDS, one_per_list=one_per_list)
    return Drawn(person_of_records(label, groups, len(list_of)), log_odds)


def _ratios(
    scores: Scores, inside: NDArray[np.int64], joined: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw the chances of the levels among matches and weigh pairs by them."""
    log_ratio = scores.log_ratio[inside]
    for i, levels in enumerate(scores.chances.values()):
        before = np.array([m for m, _, _ in levels.values()])
        start = np.array(scores.starts[i])
        level = scores.levels[inside, i]
        counts = np.bincount(level[joined & (level >= 0)], minlength=len(before))
        drawn = rng.dirichlet(counts + _PRIOR_MATCHES * start / start.sum())
        log_ratio = log_ratio + np.append(np.log(np.maximum(drawn, _LEAST) / before), 0.0)[level]
    return np.asarray(log_ratio)


def _shares(
    list_of: NDArray[np.int64],
    between: NDArray[np.int64],
    joined: NDArray[np.bool_],
    rng: np.random.Generator,
    *,
    one_per_list: bool,
) -> NDArray[np.float64]:
    """Draw how many records of the shorter of each two lists match, or what share of pairs; return prior log-odds."""
    sizes = np.bincount(list_of)
    codes, place = np.unique(between, return_inverse=True)
    one, other = sizes[codes // _MOST_LISTS], sizes[codes % _MOST_LISTS]
    most = np.minimum(one, other) if one_per_list else one * other
    matches = np.bincount(place[joined], minlength=len(codes))
    share = rng.beta(matches + 0.5, most - matches + 0.5) * most / (one * other)
    return np.asarray(prior_log_odds(share, one, other, one_per_list=one_per_list))[place]


def mean_log_odds(drawn: list[Drawn]) -> NDArray[np.float64]:
    """Average the match probabilities over draws.

    Parameters
    ----------
    drawn : list of Drawn
        The draws.

    Returns
    -------
    numpy.ndarray
        Log-odds of the mean probability, shape (pairs,).

    Examples
    --------
    >>> one = Drawn(np.array([0]), np.array([0.0]))
    >>> mean_log_odds([one, one]).tolist()
    [0.0]
    """
    mean = np.zeros(len(drawn[0].log_odds))
    for one in drawn:
        mean += expit(one.log_odds) / len(drawn)
    return np.asarray(logit(np.clip(mean, 1e-300, 1 - 1e-16)))
