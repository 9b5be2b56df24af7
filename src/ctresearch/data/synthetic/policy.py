"""Panels of countries in which a law is adopted at different times, with a known effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.errors import SpecificationError
from ctresearch.core.random import Seed, generator, recorded_seed
from ctresearch.core.validate import in_range, whole_number
from ctresearch.data.synthetic.draws import normals, poissons, shuffled
from ctresearch.data.synthetic.generated import Synthetic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.data.synthetic.draws import Floats, Integers

FIRST_YEAR = 2001
_BASE_LOG_COUNT = 3.0


def policy_panel(
    units: int = 60,
    periods: int = 16,
    *,
    adoption: Mapping[int, float] | None = None,
    effect: float = 0.4,
    growth: float = 0.05,
    differs: float = 0.0,
    spillover: float = 0.0,
    selection: float = 0.0,
    noise: float = 0.3,
    censored_below: int = 5,
    seed: Seed = 0,
) -> Synthetic:
    """Draw a panel with staggered adoption of a law.

    The untreated log rate is a unit effect, a period effect, a trend that depends on ``log_gdp`` and noise. The effect
    ``e`` periods after adoption is ``effect + growth * e``, plus ``differs`` for each later cohort in turn.

    Parameters
    ----------
    units, periods : int
        Number of units, called U01, U02, ..., and of years from 2001.
    adoption : mapping of int to float, optional
        Year of adoption to share of the units; the rest never adopt. By default a quarter each at one third, a half
        and two thirds of the panel.
    effect, growth, differs : float
        Effect on the log rate in the year of adoption, its change a year after that, and between cohorts.
    spillover : float
        Effect on a unit of one half of its two neighbours having adopted, doubled for both, itself adopted or not.
    selection : float
        How strongly richer units are early adopters, from 0 to 1. As income drives the trend, 1 breaks parallel trends
        unless one conditions on ``log_gdp``.
    noise : float
        Standard deviation of the error of the log rate.
    censored_below : int
        Counts from 1 to one below this are published as an interval; 0 or 1 publishes all.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    Synthetic
        ``frame``: ``unit``, ``year``, ``adopted`` (year, or missing), ``treated``, ``log_gdp``, ``neighbours`` (share
        that has adopted), ``log_rate``, and the count of detected victims, ``detected``, missing where censored, with
        its limits ``detected_low`` and ``detected_high``. ``truth``: ``simple`` (mean effect over treated cells,
        without spill-over), ``dynamic`` (by years since adoption), ``cohort_year``, ``spillover``, ``censored`` (the
        share of cells).

    Raises
    ------
    SpecificationError
        If an option is out of range.

    References
    ----------
    .. [1] Callaway, B. and Sant'Anna, P. H. C. (2021). Difference-in-differences with multiple time periods. Journal
       of Econometrics, 225(2), 200-230. https://doi.org/10.1016/j.jeconom.2020.12.001

    Examples
    --------
    >>> made = policy_panel(40, 12, effect=0.5, growth=0.0, seed=1)
    >>> made.frame.shape, round(made.truth["simple"], 6)
    ((480, 10), 0.5)
    """
    units = whole_number("units", units, low=3)
    periods = whole_number("periods", periods, low=3)
    censored_below = whole_number("censored_below", censored_below, low=0)
    in_range("noise", noise, 0)
    in_range("selection", selection, 0, 1)
    for name, value in {"effect": effect, "growth": growth, "differs": differs, "spillover": spillover}.items():
        in_range(name, value)
    rng = generator(seed)
    income = np.round(9 + normals(rng, units), 4)
    adopted = _adoption(rng, income, _cohorts(adoption, periods), selection)
    years = FIRST_YEAR + np.arange(periods)
    own = treatment_effects(adopted, years, effect, growth, differs)
    near = _neighbours(adopted, years)
    log_rate = _untreated(rng, income, periods, noise) + own + 2 * spillover * near
    frame = _frame(adopted, years, income, near, log_rate)
    frame = frame.join(_published(poissons(rng, np.exp(log_rate)).ravel(), censored_below))
    return Synthetic(
        name="policy_panel",
        frame=frame,
        seed=recorded_seed(seed),
        truth=_truth(adopted, years, own)
        | {
            "spillover": spillover,
            "censored": float((frame["detected_low"] < frame["detected_high"]).mean()),
        },
    )


def treatment_effects(adopted: Floats, years: Integers, effect: float, growth: float, differs: float) -> Floats:
    """Return the effect of a unit's own law in every year.

    Parameters
    ----------
    adopted : numpy.ndarray
        Year of adoption, infinite for never, shape (units,).
    years : numpy.ndarray
        The years, shape (periods,).
    effect, growth, differs : float
        As in :func:`policy_panel`.

    Returns
    -------
    numpy.ndarray
        Effects, 0 before adoption, shape (units, periods).

    Examples
    --------
    >>> treatment_effects(np.array([2.0, np.inf]), np.arange(1, 4), 0.5, 0.1, 0.0).tolist()
    [[0.0, 0.5, 0.6], [0.0, 0.0, 0.0]]
    """
    cohorts = np.unique(adopted)
    later = np.searchsorted(cohorts, adopted)[:, None]
    since = years[None, :] - np.where(np.isfinite(adopted), adopted, years[-1] + 1)[:, None]
    return np.where(since >= 0, effect + growth * since + differs * later, 0.0)


def _cohorts(adoption: Mapping[int, float] | None, periods: int) -> dict[int, float]:
    """Read the shares of the cohorts."""
    if adoption is None:
        adoption = {FIRST_YEAR + max(1, round(periods * part)): 0.25 for part in (1 / 3, 1 / 2, 2 / 3)}
    last = FIRST_YEAR + periods - 1
    for year, share in adoption.items():
        whole_number("adoption", year, low=FIRST_YEAR, high=last)
        in_range(f"adoption[{year}]", share, 0, 1)
    if sum(adoption.values()) > 1 + 1e-9:
        raise SpecificationError(f"adoption == {dict(adoption)}, its shares must add up to at most 1")
    return dict(sorted(adoption.items()))


def _adoption(rng: np.random.Generator, income: Floats, cohorts: Mapping[int, float], selection: float) -> Floats:
    """Give years of adoption: units in an order that mixes chance with wealth."""
    units = len(income)
    rank = np.argsort(np.argsort(-income, kind="stable"), kind="stable")
    order = np.argsort((1 - selection) * shuffled(rng, units) + selection * rank, kind="stable")
    ends = np.round(np.cumsum([0.0, *cohorts.values()]) * units).astype(int)
    adopted = np.full(units, np.inf)
    for year, start, end in zip(cohorts, ends[:-1], ends[1:], strict=True):
        adopted[order[start:end]] = year
    return adopted


def _neighbours(adopted: Floats, years: Integers) -> Floats:
    """Share of the two neighbours on a ring that has adopted, by unit and year."""
    law = adopted[:, None] <= years[None, :]
    return np.asarray((np.roll(law, 1, axis=0).astype(float) + np.roll(law, -1, axis=0)) / 2, dtype=float)


def _untreated(rng: np.random.Generator, income: Floats, periods: int, noise: float) -> Floats:
    """Draw log rates without any law."""
    unit = _BASE_LOG_COUNT + normals(rng, len(income)) - 0.5
    period = np.cumsum(0.03 + 0.05 * normals(rng, periods))
    trend = 0.04 * (income - 9)[:, None] * np.arange(periods)[None, :]
    return np.asarray(unit[:, None] + period[None, :] + trend + noise * normals(rng, (len(income), periods)))


def _frame(adopted: Floats, years: Integers, income: Floats, near: Floats, log_rate: Floats) -> pd.DataFrame:
    """Lay the panel out, one row a unit and year."""
    units, periods = log_rate.shape
    year = np.tile(years, units)
    law = np.repeat(adopted, periods)
    width = max(2, len(str(units)))
    return pd.DataFrame(
        {
            "unit": np.repeat([f"U{i:0{width}d}" for i in range(1, units + 1)], periods),
            "year": year,
            "adopted": pd.array(np.where(np.isfinite(law), law, np.nan), dtype="Int64"),
            "treated": (law <= year).astype(np.int8),
            "log_gdp": np.repeat(income, periods),
            "neighbours": near.ravel(),
            "log_rate": np.round(log_rate.ravel(), 6),
        }
    )


def _published(counts: Integers, below: int) -> pd.DataFrame:
    """Mask small counts as an interval."""
    hidden = (counts > 0) & (counts < below)
    return pd.DataFrame(
        {
            "detected": pd.arrays.IntegerArray(counts, hidden),
            "detected_low": np.where(hidden, 1, counts),
            "detected_high": np.where(hidden, below - 1, counts),
        }
    )


def _truth(adopted: Floats, years: Integers, own: Floats) -> dict[str, Any]:
    """Average the effects as the estimators do."""
    unit, period = np.nonzero(adopted[:, None] <= years[None, :])
    cells = pd.DataFrame({"cohort": adopted[unit].astype(int), "year": years[period], "effect": own[unit, period]})
    return {
        "simple": float(cells["effect"].mean()),
        "dynamic": cells.groupby((cells["year"] - cells["cohort"]).rename("since"))["effect"].mean(),
        "cohort_year": cells.groupby(["cohort", "year"])["effect"].mean(),
    }
