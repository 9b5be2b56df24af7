"""Laws of an invented region: when each country adopted them, and what they do to what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.data.synthetic.draws import shuffled

if TYPE_CHECKING:
    from ctresearch.data.synthetic.countries.places import Places
    from ctresearch.data.synthetic.draws import Floats

LAWS = ("criminalisation", "hotline")
PHASE = 3
"""Years until the effect on occurrence is whole."""
# Twelfths of the countries, and the part of the span at which they adopt: one before it begins, two in one year, one
# alone, and a quarter never.
_COHORTS = ((1, -0.2), (2, 0.33), (1, 0.46), (2, 0.53), (2, 0.67), (1, 0.86))
_HOTLINES = ((3, 0.25), (3, 0.5), (2, 0.75))


@dataclass(frozen=True, slots=True)
class Laws:
    """Who adopted when, and the effects.

    Parameters
    ----------
    adopted : dict of str to numpy.ndarray
        Law to the year of adoption, infinite for never, shape (countries,).
    occurrence, detection, prosecution : numpy.ndarray
        Sum of the effects of all laws in force on the log of how many are exploited, on the log-odds of detection and
        on the log of prosecutions for each detected, shape (countries, years).
    """

    adopted: dict[str, Floats]
    occurrence: Floats
    detection: Floats
    prosecution: Floats


def draw_laws(rng: np.random.Generator, places: Places, effects: dict[str, dict[str, float]], selection: float) -> Laws:
    """Draw who adopts when; with selection, the rich are first. Both parts of a country that splits have its law."""
    income = places.log_gdp[:, 0]
    adopted = {
        law: _adoption(rng, income, places, cohorts, selection)
        for law, cohorts in zip(LAWS, (_COHORTS, _HOTLINES), strict=True)
    }
    total = {outcome: np.zeros(places.log_gdp.shape) for outcome in ("occurrence", "detection", "prosecution")}
    for law, when in adopted.items():
        since = places.years[None, :] - np.where(np.isfinite(when), when, places.years[-1] + 1)[:, None]
        for outcome, size in effects[law].items():
            ramp = np.clip((since + 1) / PHASE, 0, 1) if outcome == "occurrence" else (since >= 0).astype(float)
            total[outcome] += size * ramp
    return Laws(adopted=adopted, **total)


def laws_table(places: Places, laws: Laws) -> pd.DataFrame:
    """Lay out the year of adoption by country of today and law, missing for never."""
    rows = [
        (name, law, year if np.isfinite(year) else None)
        for law, when in laws.adopted.items()
        for name, year in zip(places.name, when, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["country", "law", "adopted"])
    return frame.astype({"adopted": "Int64"})


def _adoption(
    rng: np.random.Generator,
    income: Floats,
    places: Places,
    cohorts: tuple[tuple[int, float], ...],
    selection: float,
) -> Floats:
    """Give years of adoption to countries as they were, in an order that mixes chance with wealth."""
    names = list(dict.fromkeys(places.former))
    first = [places.former.index(name) for name in names]
    rank = np.argsort(np.argsort(-income[first], kind="stable"), kind="stable")
    order = np.argsort((1 - selection) * shuffled(rng, len(names)) + selection * rank, kind="stable")
    ends = np.round(np.cumsum([0, *(share for share, _ in cohorts)]) / 12 * len(names)).astype(int)
    when = np.full(len(names), np.inf)
    for (_, part), start, end in zip(cohorts, ends[:-1], ends[1:], strict=True):
        when[order[start:end]] = places.years[0] + round(part * len(places.years))
    return when[[names.index(name) for name in places.former]]
