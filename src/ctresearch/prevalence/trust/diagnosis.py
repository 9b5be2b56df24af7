"""What is the matter with a table of lists, worked out once for every method that is asked about it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.prevalence.trust.class_fit import fit_two_classes
from ctresearch.prevalence.trust.explanations import Explanation, explain, independence_p_value
from ctresearch.prevalence.trust.pair_scores import scores_of_tables
from ctresearch.prevalence.trust.power import SOFT, Power, power_of, repel_bound
from ctresearch.prevalence.trust.repeated_lists import Repeated, repeated_lists, separate_groups

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.lists.histories import CaptureHistories

Situation = Literal[
    "repeated lists",
    "separate lists",
    "unexplained",
    "people differ and lists depend",
    "people differ",
    "lists repel",
    "several pairs",
    "one pair",
    "nothing to be seen",
    "nothing seen",
]
# With ten lists an explanation takes a tenth of a second; beyond, scores alone are asked.
_MOST_LISTS = 10
_CLEAR = 1.645
# Burnham and Anderson's rule of thumb: two units of AIC set one explanation above another.
_BETTER = 2.0
_POOR_FIT, _WELL = 0.01, 0.05
# Chance below which it is no accident that groups of lists share nobody.
_CHANCE = 0.01
_SEED = 20260


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a table shows, and what a table of its size could show.

    ``repeated`` are lists that are one list twice, ``groups`` those that hang together and
    ``apart`` whether chance would hardly keep the groups from meeting. ``attract`` and ``repel`` are
    pairs of lists by position, ``more`` whether a further pair may attract, ``repelling`` whether any sign of repulsion
    is there. ``common`` is the score of differences between people, ``differ`` whether it is a sign of them and
    ``clearly`` a clear one. ``power`` is ``None`` for two lists,
    which show nothing of all this. ``beside`` says that the best explanation is of people who differ, so that any pairs
    stand beside that, and ``fit`` is its p-value, NaN where nothing is left to judge by. ``alike`` is the p-value of
    lists that are independent and people who are alike, by the whole table.
    """

    repeated: tuple[Repeated, ...]
    groups: tuple[tuple[int, ...], ...]
    apart: bool
    attract: tuple[tuple[int, int], ...]
    repel: tuple[tuple[int, int], ...]
    more: bool
    repelling: bool
    common: float
    differ: bool
    clearly: bool
    beside: bool
    fit: float
    alike: float
    power: Power | None

    @property
    def explained(self) -> bool:
        """Whether the best explanation is not far from the table."""
        return not self.fit < _POOR_FIT

    @property
    def situation(self) -> Situation:
        """The gravest thing that the table shows."""
        pairs = len(self.attract) + self.more
        told: list[tuple[bool, Situation]] = [
            (any(one.sure for one in self.repeated), "repeated lists"),
            (self.apart, "separate lists"),
            (self.power is None, "nothing to be seen"),
            (self.beside and bool(self.attract or self.repel), "people differ and lists depend"),
            (bool(self.repel) or (self.repelling and not self.clearly), "lists repel"),
            (self.differ and bool(self.attract), "people differ and lists depend"),
            (self.differ, "people differ"),
            (not self.explained, "unexplained"),
            (pairs > 1, "several pairs"),
            (pairs == 1, "one pair"),
            (self.power is not None and self.power.shows, "nothing seen"),
        ]
        return next((words for true, words in told if true), "nothing to be seen")


def diagnosis_of(table: CaptureHistories) -> Diagnosis:
    """Diagnose a table; the same table is diagnosed once.

    Parameters
    ----------
    table : CaptureHistories
        A table that an estimate can be asked of.

    Returns
    -------
    Diagnosis
        The same whatever the lists are called and whoever asks: simulations start from a fixed seed.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> diagnosis_of(CaptureHistories.from_published("hav-taiwan")).situation
    'people differ'
    """
    return _diagnose(len(table.lists), table.patterns.tobytes(), table.frequencies.tobytes())


@lru_cache(maxsize=256)
def _diagnose(lists: int, patterns: bytes, frequencies: bytes) -> Diagnosis:
    """Diagnose a table by its patterns and frequencies, each whole numbers of eight bytes."""
    counts = np.zeros(1 << lists)
    counts[np.frombuffer(patterns, dtype=np.int64)] = np.frombuffer(frequencies, dtype=np.int64)
    on = np.arange(len(counts))[:, None] >> np.arange(lists) & 1
    shared = (on * counts[:, None]).T @ on
    groups = separate_groups(shared)
    repeated = repeated_lists(counts)
    if lists < 3:
        unknown = np.nan
        return Diagnosis(
            repeated, groups, False, (), (), False, False, unknown, False, False, False, unknown, unknown, None
        )
    scores = scores_of_tables(counts[None])
    power = power_of(counts @ on, float(counts.sum()), _SEED)
    alike = explain(counts, differ=False) if lists <= _MOST_LISTS else _unexplained(scores.common[0], scores.pairs[0])
    other = explain(counts, differ=True) if lists <= _MOST_LISTS else alike
    better = other.tau > 0 and other.aic < alike.aic - _BETTER
    if better and other.pairs and lists > 3:
        other = _without_pairs(counts, other)
    best = other if better else alike
    pairs = list(zip(*(side.tolist() for side in np.triu_indices(lists, 1)), strict=True))
    signed = [(pairs[place], sign) for place, sign in zip(best.pairs, best.signs, strict=True)]
    bound = repel_bound(len(pairs))
    return Diagnosis(
        repeated=repeated,
        groups=groups,
        apart=_apart(groups, np.diag(shared), float(scores.population[0])),
        attract=tuple(pair for pair, sign in signed if sign > 0),
        repel=tuple(pair for pair, sign in signed if sign < 0),
        more=best.highest > -bound,
        repelling=any(sign < 0 for _, sign in signed) or best.lowest < bound or alike.common < -_CLEAR,
        common=alike.common,
        differ=better or alike.common > SOFT,
        clearly=better or alike.common > _CLEAR,
        beside=better,
        fit=_fit_of(best),
        alike=independence_p_value(counts) if lists <= _MOST_LISTS else 0.0,
        power=power,
    )


def _without_pairs(counts: Array, other: Explanation) -> Explanation:
    """Leave the pairs out that stand beside a smooth difference, where two classes of people explain a table alone.

    Pairs are taken in for what a smooth difference does not explain; that need not be lists that depend.
    """
    lists = len(counts).bit_length() - 1
    found, parameters = fit_two_classes(counts), 2 * lists + 2
    aic, df = found.deviance + 2 * parameters, len(counts) - 1 - parameters
    unseen = found.population - float(counts[1:].sum())
    alone = Explanation(True, 1.0, (), (), np.nan, np.nan, np.nan, found.deviance, df, aic, unseen)
    return alone if found.ordered and (aic <= other.aic or _fit_of(alone) >= _WELL) else other


def _apart(groups: tuple[tuple[int, ...], ...], sizes: Array, population: float) -> bool:
    """Say whether independent lists of these sizes would hardly leave the groups without anybody in common."""
    expected = 0.0
    for place, group in enumerate(groups):
        others = [i for other in groups[place + 1 :] for i in other]
        expected += float(sizes[list(group)].sum() * sizes[others].sum()) / population
    return bool(expected > -np.log(_CHANCE))


def _unexplained(common: float, pairs: Array) -> Explanation:
    """Return what scores alone say of a table of many lists."""
    low, high = float(np.fmin.reduce(pairs)), float(np.fmax.reduce(pairs))
    return Explanation(False, 0.0, (), (), float(common), low, high, np.nan, 0, np.nan, np.nan)


def _fit_of(best: Explanation) -> float:
    """Return the p-value of an explanation, NaN where nothing is left to judge by."""
    from scipy.special import chdtrc

    return float(chdtrc(best.df, best.deviance)) if best.df > 0 else np.nan
