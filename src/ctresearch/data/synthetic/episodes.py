"""Episodes of trafficking: how long they last, how they end, whom a study can see, and who is trafficked again."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.random import Seed, generator, recorded_seed
from ctresearch.core.validate import in_range, whole_number
from ctresearch.data.synthetic.draws import bernoulli, categories, exponentials, uniforms
from ctresearch.data.synthetic.generated import Synthetic
from ctresearch.data.synthetic.people import linear_predictor, people

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.data.synthetic.draws import Floats, Integers

WHO: Mapping[str, Any] = MappingProxyType(
    {
        "sex": {"woman": 0.6, "man": 0.4},
        "child": {"no": 0.75, "yes": 0.25},
        "exploitation": {"labour": 0.55, "sexual": 0.45},
    }
)
ENDS: Mapping[str, tuple[float, Mapping[str, float]]] = MappingProxyType(
    {
        "identified": (0.030, {"child=yes": 0.5, "exploitation=sexual": 0.3}),
        "escaped": (0.020, {"sex=man": 0.4, "child=yes": -0.6}),
    }
)
"""Cause of the end to its hazard a month in the reference group, and the log hazard ratios."""

AFTER_SUPPORT = -0.7
_AGAIN, _AGAIN_BY = 0.015, MappingProxyType({"child=yes": 0.4})
_FOLLOWED = 36.0


def trafficking_episodes(
    n: int = 2_000,
    *,
    ends: Mapping[str, tuple[float, Mapping[str, float]]] = ENDS,
    shape: float = 1.0,
    late_entry: float = 0.0,
    follow_up: float = 60.0,
    support: float = AFTER_SUPPORT,
    seed: Seed = 0,
) -> Synthetic:
    """Draw episodes with competing ends, censoring, late entry and a second spell at risk after the end.

    The cause-specific hazard in month ``t`` is ``rate * shape * t^(shape - 1) * exp(sum of log hazard ratios)``.

    Parameters
    ----------
    n : int
        Number of episodes that begin. With late entry fewer are seen.
    ends : mapping
        Cause to ``(rate, log hazard ratios)``; terms are ``"sex=man"``, ``"child=yes"``, ``"exploitation=sexual"``, ...
    shape : float
        Weibull shape of all hazards; 1 is constant.
    late_entry : float
        Episodes come under observation at a uniform time from 0 to this many months, and those that ended before are
        never seen (left truncation).
    follow_up : float
        Observation stops at a uniform time up to this many months after entry.
    support : float
        Log hazard ratio of being trafficked again for those who were supported, half of all, at random.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    Synthetic
        ``frame``: ``person``, ``sex``, ``child`` (under 18), ``exploitation``, ``entry`` and ``duration`` in months,
        ``end`` (a cause or ``"censor"``). ``tables["afterwards"]``: those seen to leave, ``support``, ``child``,
        ``duration`` and ``again``. ``truth``: ``log_hazard_ratios`` by cause, ``incidence`` (cumulative incidence by
        cause and month in the reference group), ``support``, ``begun``.

    Raises
    ------
    SpecificationError
        If an option is out of range or a term names no covariate.

    References
    ----------
    .. [1] Beyersmann, J., Latouche, A., Buchholz, A. and Schumacher, M. (2009). Simulating competing risks data in
       survival analysis. Statistics in Medicine, 28(6), 956-971. https://doi.org/10.1002/sim.3516

    Examples
    --------
    >>> made = trafficking_episodes(500, late_entry=12, seed=1)
    >>> len(made.frame) < made.truth["begun"], sorted(made.frame["end"].unique())
    (True, ['censor', 'escaped', 'identified'])
    """
    n = whole_number("n", n, low=1)
    in_range("shape", shape, 0, open_ends=True)
    in_range("late_entry", late_entry, 0)
    in_range("follow_up", follow_up, 0, open_ends=True)
    in_range("support", support)
    for name, (rate, _) in ends.items():
        in_range(f"rate of {name!r}", rate, 0, open_ends=True)
    rng = generator(seed)
    who = people(rng, n, WHO)
    scores = [rate * np.exp(linear_predictor(who, ratios, WHO)) for rate, ratios in ends.values()]
    lasts, cause = competing_times(rng, np.column_stack(scores), shape)
    entry = np.round(late_entry * rng.random(n), 2)
    stop = np.round(entry + np.maximum(follow_up * uniforms(rng, n), 0.01), 2)
    names = np.array([*ends, "censor"], dtype=object)
    who["entry"], who["duration"] = entry, np.minimum(lasts, stop)
    who["end"] = names[np.where(lasts <= stop, cause, len(ends))]
    who.insert(0, "person", np.arange(1, n + 1))
    frame = who[lasts > entry].reset_index(drop=True)
    ratios = pd.DataFrame({name: dict(terms) for name, (_, terms) in ends.items()}).fillna(0.0)
    return Synthetic(
        name="trafficking_episodes",
        frame=frame,
        seed=recorded_seed(seed),
        tables={"afterwards": _afterwards(rng, frame, support)},
        truth={
            "log_hazard_ratios": ratios,
            "incidence": _incidence(ends, shape),
            "support": support,
            "begun": n,
        },
    )


def competing_times(rng: np.random.Generator, rates: Floats, shape: float) -> tuple[Floats, Integers]:
    """Draw when and by which cause episodes end.

    Parameters
    ----------
    rng : numpy.random.Generator
        The stream.
    rates : numpy.ndarray
        Cause-specific rates, shape (people, causes).
    shape : float
        Weibull shape that all causes share.

    Returns
    -------
    times : numpy.ndarray
        Months, to two digits and at least 0.01, shape (people,).
    causes : numpy.ndarray
        Index of the cause, shape (people,).

    References
    ----------
    .. [1] Beyersmann, J., Latouche, A., Buchholz, A. and Schumacher, M. (2009). Simulating competing risks data in
       survival analysis. Statistics in Medicine, 28(6), 956-971. https://doi.org/10.1002/sim.3516

    Examples
    --------
    >>> times, causes = competing_times(np.random.Generator(np.random.PCG64(1)), np.array([[0.1, 0.0]]), 1.0)
    >>> times, causes
    (array([7.17]), array([0]))
    """
    total = rates.sum(axis=1)
    times = (exponentials(rng, len(rates)) / total) ** (1 / shape)
    return np.maximum(np.round(times, 2), 0.01), categories(rng, rates)


def _incidence(ends: Mapping[str, tuple[float, Mapping[str, float]]], shape: float) -> pd.DataFrame:
    """Cumulative incidence in the reference group: each cause's share of the rate, times the chance of an end."""
    months = np.array([6, 12, 24, 36, 48, 60])
    rates = pd.Series({cause: rate for cause, (rate, _) in ends.items()})
    ended = 1 - np.exp(-rates.sum() * months.astype(float) ** shape)
    return pd.DataFrame(np.outer(ended, rates / rates.sum()), index=pd.Index(months, name="month"), columns=rates.index)


def _afterwards(rng: np.random.Generator, frame: pd.DataFrame, support: float) -> pd.DataFrame:
    """Follow those who left for up to three years."""
    left = frame[frame["end"] != "censor"].reset_index(drop=True)
    helped = bernoulli(rng, np.full(len(left), 0.5))
    rate = _AGAIN * np.exp(support * helped + linear_predictor(left, _AGAIN_BY, WHO))
    again = np.round(exponentials(rng, len(left)) / rate, 2)
    stop = np.round(_FOLLOWED * uniforms(rng, len(left)), 2)
    return pd.DataFrame(
        {
            "person": left["person"],
            "support": helped,
            "child": left["child"],
            "duration": np.maximum(np.minimum(again, stop), 0.01),
            "again": (again <= stop).astype(np.int8),
        }
    )
