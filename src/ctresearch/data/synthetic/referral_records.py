"""Records of a referral mechanism as a case-management system holds them, with the truth behind every wait.

At each stage people come on, refuse consent, get a negative decision or leave; which of these it is does not depend on
how long it took, so that shares, medians and hazards are known exactly, in whole days.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.errors import SpecificationError
from ctresearch.core.random import Seed, generator, recorded_seed
from ctresearch.core.validate import in_range, whole_number
from ctresearch.data.synthetic.draws import exponentials, is_distribution
from ctresearch.data.synthetic.generated import Synthetic
from ctresearch.data.synthetic.referral_counts import yearly_counts
from ctresearch.data.synthetic.referrals import STAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ctresearch.data.synthetic.draws import Floats

    Shares = Mapping[str, Mapping[str, tuple[float, float, float, float]]]

GROUPS = ("adults", "children")
ENDS = ("reached", "refused", "negative decision", "left")
WAITS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "referred": (7, 0.8),
        "presumed": (20, 1.2),
        "identified": (200, 1.5),
        "offered": (14, 0.9),
        "accepted": (10, 0.9),
        "completed": (150, 1.3),
    }
)
"""Stage to the median wait for it in days, however the wait ends, and the shape of its Weibull hazard."""
SHARES: Shares = MappingProxyType(
    {
        "adults": MappingProxyType(
            {
                "referred": (0.74, 0.22, 0.0, 0.04),
                "presumed": (0.84, 0.0, 0.12, 0.04),
                "identified": (0.68, 0.0, 0.22, 0.10),
                "offered": (0.93, 0.0, 0.0, 0.07),
                "accepted": (0.80, 0.16, 0.0, 0.04),
                "completed": (0.70, 0.0, 0.0, 0.30),
            }
        ),
        "children": MappingProxyType(
            {
                "referred": (0.95, 0.0, 0.0, 0.05),
                "presumed": (0.92, 0.0, 0.05, 0.03),
                "identified": (0.78, 0.0, 0.10, 0.12),
                "offered": (0.90, 0.0, 0.0, 0.10),
                "accepted": (0.94, 0.0, 0.0, 0.06),
                "completed": (0.62, 0.0, 0.0, 0.38),
            }
        ),
    }
)
"""Group and stage to the shares of waits that end in ``ENDS``, were everybody followed for ever."""
_VISIBLE: Mapping[str, float] = MappingProxyType({"adults": 0.5, "children": 0.35})


def referral_records(
    n: int = 3_000,
    *,
    years: int = 4,
    start: int = 2020,
    children: float = 0.35,
    detected: Mapping[str, float] = _VISIBLE,
    waits: Mapping[str, tuple[float, float]] = WAITS,
    shares: Shares = SHARES,
    lost: float = 1 / 2_000,
    seed: Seed = 0,
) -> Synthetic:
    """Draw people who are trafficked, of whom some are detected and enter a referral mechanism.

    Parameters
    ----------
    n : int
        Number of people trafficked, detected or not.
    years, start : int
        Years of detection, and the first of them; observation ends for all with the last day.
    children : float
        Share of the people who are under 18; they are not asked for consent.
    detected : mapping of str to float
        Chance of being detected, for ``"adults"`` and ``"children"``. Who is not detected is in no row.
    waits : mapping of str to tuple
        Stage to median wait in days, whatever ends it, and shape of the Weibull hazard (above 1 it rises with the
        wait).
    shares : mapping
        Group and stage to the shares of waits that end in ``ENDS``; a child's share of refusals must be 0.
    lost : float
        Rate a day at which contact is lost, whatever else happens.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    Synthetic
        ``frame``: ``age``, a column for each stage with its date, ``end`` (the last date of observation) and
        ``reason``: ``"completed"``, ``"refused"``, ``"negative decision"``, ``"left"``, ``"contact lost"`` or
        ``"censor"`` (still there). ``tables["ends"]``: the hazards, one row a ``group``, ``stage`` and ``outcome`` with
        ``share``, ``median`` and ``shape``; :func:`referral_shares` turns them into shares within a time.
        ``tables["counts"]``: the same people as an office would publish them, by year, 1 to 4 masked. ``truth``:
        ``people``, ``detected``, ``undetected`` and ``lost``.

    Raises
    ------
    SpecificationError
        If an option is out of range.

    References
    ----------
    .. [1] Beyersmann, J., Latouche, A., Buchholz, A. and Schumacher, M. (2009). Simulating competing risks data in
       survival analysis. Statistics in Medicine 28, 956-971. https://doi.org/10.1002/sim.3516

    Examples
    --------
    >>> made = referral_records(400, seed=1)
    >>> made.truth["people"], len(made.frame)
    (400, 177)
    """
    n, years, start = (
        whole_number("n", n, low=1),
        whole_number("years", years, low=1),
        whole_number("start", start, 1970),
    )
    for name, value in {
        "children": children,
        "lost": lost,
        **{f"detected[{g!r}]": detected[g] for g in GROUPS},
    }.items():
        in_range(name, value, 0, 1)
    ends = _ends(waits, shares)
    rng = generator(seed)
    child = rng.random(n) < children
    age = np.where(child, 5 + (rng.random(n) * 13).astype(np.int64), 18 + (rng.random(n) * 45).astype(np.int64))
    days = int((np.datetime64(f"{start + years}-01-01") - np.datetime64(f"{start}-01-01")).astype(np.int64)) - 1
    first = np.floor(rng.random(n) * days)
    seen = rng.random(n) < np.where(child, detected["children"], detected["adults"])
    when, end, reason = _paths(rng, ends, child, first, _watched(rng, first, days, lost))
    frame = pd.DataFrame({name: _dates(when[:, i], start) for i, name in enumerate(STAGES)})
    frame.insert(0, "age", age)
    frame = frame.assign(end=_dates(end, start), reason=reason)[seen].reset_index(drop=True).astype({"reason": "str"})
    truth = {
        "people": n,
        "detected": int(seen.sum()),
        "lost": lost,
        "undetected": {"adults": int((~seen & ~child).sum()), "children": int((~seen & child).sum())},
    }
    tables = {"ends": ends, "counts": yearly_counts(frame)}
    return Synthetic(name="referral_records", frame=frame, tables=tables, truth=truth, seed=recorded_seed(seed))


def referral_shares(ends: pd.DataFrame, horizon: int) -> pd.DataFrame:
    """Work out the shares that come to each stage within a time, from the hazards behind invented records.

    Parameters
    ----------
    ends : pandas.DataFrame
        As ``tables["ends"]`` of :func:`referral_records`.
    horizon : int
        Whole days.

    Returns
    -------
    pandas.DataFrame
        One row a ``group`` and ``stage``: ``reached`` and ``refused`` (shares of those at the stage before, within the
        horizon), ``reached_of_detected`` (within the horizon of being detected), ``median_wait`` (days until half of
        those at the stage before have come on, missing where they never do).

    Examples
    --------
    >>> found = referral_shares(referral_records(10, seed=1).tables["ends"], 180).set_index(["group", "stage"])
    >>> found.loc[("adults", "referred"), ["reached", "median_wait"]].astype(float).round(3).tolist()
    [0.74, 13.0]
    """
    horizon = whole_number("horizon", horizon, low=1)
    rows = []
    for group in dict.fromkeys(ends["group"]):
        whole = np.ones(1)  # days from detection to the stage: all at day 0
        for stage in STAGES[1:]:
            part = ends[(ends["group"] == group) & (ends["stage"] == stage)].set_index("outcome")
            share, (median, shape) = part["share"], part[["median", "shape"]].iloc[0]
            day = np.arange(horizon + 1)
            ended = 1 - 0.5 ** ((day / median) ** shape)
            whole = np.convolve(whole, np.diff(ended, prepend=0.0) * share["reached"])[: horizon + 1]
            rows.append(
                {
                    "group": group,
                    "stage": stage,
                    "reached": float(share["reached"] * ended[-1]),
                    "refused": float(share.get("refused", 0.0) * ended[-1]),
                    "reached_of_detected": float(whole.sum()),
                    "median_wait": _median_wait(float(share["reached"]), float(median), float(shape)),
                }
            )
    return pd.DataFrame(rows)


def _median_wait(share: float, median: float, shape: float) -> float:
    """Return the first whole day by which half of all at the stage before have come on."""
    if share <= 0.5:  # at 0.5 half come on at no finite time
        return float("nan")
    return float(np.ceil(median * (-np.log2(1 - 0.5 / share)) ** (1 / shape)))


def _ends(waits: Mapping[str, tuple[float, float]], shares: Shares) -> pd.DataFrame:
    """Lay the hazards out, after a look at them."""
    rows = []
    for group in GROUPS:
        for stage in STAGES[1:]:
            median, shape = waits[stage]
            in_range(f"waits[{stage!r}]", median, 0, open_ends=True)
            in_range(f"waits[{stage!r}]", shape, 0, open_ends=True)
            parts = is_distribution(f"shares[{group!r}][{stage!r}]", shares[group][stage])
            if len(parts) != len(ENDS):
                raise SpecificationError(
                    f"shares[{group!r}][{stage!r}] == {shares[group][stage]}, must be 4 shares: {', '.join(ENDS)}"
                )
            if group == "children" and parts[1] > 0:
                raise SpecificationError(
                    f"shares['children'][{stage!r}] has refusals, must have none: a child is not asked for consent"
                )
            rows += [
                (group, stage, end, part, float(median), float(shape))
                for end, part in zip(ENDS, parts, strict=True)
                if part > 0 or end == "reached"
            ]
    return pd.DataFrame(rows, columns=["group", "stage", "outcome", "share", "median", "shape"])


def _watched(rng: np.random.Generator, first: Floats, days: int, lost: float) -> tuple[Floats, NDArray[np.object_]]:
    """Draw until when each person is watched, and why not longer."""
    contact = np.floor(first + exponentials(rng, len(first)) / lost) if lost else np.full(len(first), np.inf)
    return np.minimum(contact, float(days)), np.where(contact < days, "contact lost", "censor").astype(object)


def _paths(
    rng: np.random.Generator,
    ends: pd.DataFrame,
    child: NDArray[np.bool_],
    first: Floats,
    watched: tuple[Floats, NDArray[np.object_]],
) -> tuple[Floats, Floats, NDArray[np.object_]]:
    """Draw when each stage was reached, and when and why observation ended."""
    n, (last, reason) = len(child), watched
    when, at, going, end = np.full((n, len(STAGES)), np.nan), first.copy(), np.ones(n, bool), last.copy()
    when[:, 0] = first
    for place, stage in enumerate(STAGES[1:], start=1):
        waited, kind = np.empty(n), np.empty(n, np.int64)
        longs, which = exponentials(rng, n) / np.log(2), rng.random(n)
        for group, here in (("adults", ~child), ("children", child)):
            part = ends[(ends["group"] == group) & (ends["stage"] == stage)]
            median, shape = part["median"].iloc[0], part["shape"].iloc[0]
            waited[here] = np.ceil(median * longs[here] ** (1 / shape))
            chosen = np.searchsorted(part["share"].to_numpy().cumsum(), which[here], side="right")
            names = part["outcome"].map(ENDS.index).to_numpy()
            kind[here] = names[np.minimum(chosen, len(part) - 1)]
        seen = going & (at + waited <= last)
        moved, out = seen & (kind == 0), seen & (kind > 0)
        when[moved, place] = (at + waited)[moved]
        end[out], reason[out] = (at + waited)[out], np.array(ENDS, dtype=object)[kind[out]]
        at, going = np.where(moved, at + waited, at), moved
    end[going], reason[going] = at[going], "completed"
    return when, end, reason


def _dates(day: Floats, start: int) -> pd.Series[pd.Timestamp]:
    """Turn days since the first of January into dates."""
    return pd.Timestamp(f"{start}-01-01") + pd.Series(pd.to_timedelta(day, unit="D"))
