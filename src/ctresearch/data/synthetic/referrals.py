"""Paths through a referral mechanism: waiting, refusal of consent by adults, other exits and the end of the data."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.random import Seed, generator, recorded_seed
from ctresearch.core.validate import in_range, whole_number
from ctresearch.data.synthetic.draws import exponentials
from ctresearch.data.synthetic.generated import Synthetic

if TYPE_CHECKING:
    from collections.abc import Mapping

STAGES = ("detected", "referred", "presumed", "identified", "offered", "accepted", "completed")
ONWARD: Mapping[str, float] = MappingProxyType(
    {
        "referred": 1 / 10,
        "presumed": 1 / 30,
        "identified": 1 / 180,
        "offered": 1 / 20,
        "accepted": 1 / 15,
        "completed": 1 / 150,
    }
)
"""Stage to the rate a day at which people come to it from the stage before."""
REFUSED: Mapping[str, float] = MappingProxyType({"referred": 1 / 30, "accepted": 1 / 60})
"""Stage to the rate a day at which adults refuse consent to it."""
NEGATIVE: Mapping[str, float] = MappingProxyType({"presumed": 1 / 200, "identified": 1 / 900})
"""Stage to the rate a day of a negative decision in its place."""
_LEFT = 1 / 1500


def referral_paths(
    n: int = 1_000, *, days: int = 1_095, children: float = 0.3, onward: Mapping[str, float] = ONWARD, seed: Seed = 0
) -> Synthetic:
    """Draw people who are detected at some day and move on from stage to stage at constant rates.

    Parameters
    ----------
    n : int
        Number of people detected.
    days : int
        Days of detection; observation ends for all on the last.
    children : float
        Share who are under 18; they are not asked for consent.
    onward : mapping of str to float
        Stage to the rate a day at which people come to it.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    Synthetic
        ``frame``: ``age``, a column for each stage with the day it was reached, ``end`` (the last day of observation)
        and ``reason``: ``"completed"``, ``"refused"``, ``"negative decision"``, ``"left"`` or ``"censor"``. ``truth``:
        ``reached``, the share of those at a stage who come to the next within 180 days, for adults and children.

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
    >>> made = referral_paths(200, seed=1)
    >>> bool(made.frame.loc[made.frame["age"] < 18, "reason"].eq("refused").any())
    False
    """
    n, days = whole_number("n", n, low=1), whole_number("days", days, low=30)
    in_range("children", children, 0, 1)
    for stage, rate in onward.items():
        in_range(f"onward[{stage!r}]", rate, 0, open_ends=True)
    rng = generator(seed)
    child = rng.random(n) < children
    columns = {
        "age": np.where(child, (rng.random(n) * 18).astype(np.int64), 18 + (rng.random(n) * 45).astype(np.int64))
    }
    at = np.floor(rng.random(n) * days)
    table = {"detected": at.copy()}
    going, end, reason = np.ones(n, bool), np.full(n, float(days)), np.full(n, "censor", dtype=object)
    for stage in STAGES[1:]:
        waits = {
            "onward": exponentials(rng, n) / onward[stage],
            "refused": np.where(child, np.inf, exponentials(rng, n) / max(REFUSED.get(stage, 0.0), 1e-12)),
            "negative decision": exponentials(rng, n) / max(NEGATIVE.get(stage, 0.0), 1e-12),
            "left": exponentials(rng, n) / _LEFT,
        }
        first = np.argmin(list(waits.values()), axis=0)
        when = at + np.ceil(np.min(list(waits.values()), axis=0))
        seen = going & (when <= days)
        moved, out = seen & (first == 0), seen & (first > 0)
        table[stage] = np.where(moved, when, np.nan)
        end[out], reason[out] = when[out], np.array(list(waits), dtype=object)[first[out]]
        at, going = np.where(moved, when, at), moved
    end[going], reason[going] = at[going], "completed"
    frame = pd.DataFrame(columns | table | {"end": end, "reason": reason}).astype({"reason": "str"})
    truth = {"reached": _reached(onward)}
    return Synthetic(name="referral_paths", frame=frame, truth=truth, seed=recorded_seed(seed))


def _reached(onward: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """Return the chance of coming to each stage within 180 days of the one before, against all other ends."""
    out: dict[str, dict[str, float]] = {}
    for group, consents in (("adults", True), ("children", False)):
        out[group] = {}
        for stage in STAGES[1:]:
            against = NEGATIVE.get(stage, 0.0) + _LEFT + (REFUSED.get(stage, 0.0) if consents else 0.0)
            total = onward[stage] + against
            out[group][stage] = float(onward[stage] / total * -np.expm1(-180 * total))
    return out
