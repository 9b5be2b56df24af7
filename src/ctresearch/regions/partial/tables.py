"""Tables of partial pooling: from the greatest likelihood, or from draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.result import estimates_table
from ctresearch.regions.partial.units import UNIT
from ctresearch.stats.mixed.likelihood import factor, solve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ctresearch.regions.partial.units import Units
    from ctresearch.stats.mixed.posterior import MixedDraws
    from ctresearch.stats.mixed.restricted import Maximum
    from ctresearch.stats.mixed.terms import Products

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Made:
    """Tables of a fit."""

    estimates: pd.DataFrame
    units: pd.DataFrame
    engine: str
    log_likelihood: float
    draws: pd.DataFrame | None
    unit_draws: pd.DataFrame | None


def likeliest(units: Units, products: Products, found: Maximum, *, known: bool, level: float) -> Made:
    """Lay out what the greatest likelihood gives."""
    from scipy.special import ndtri

    solved = solve(products, found.triangles)
    left = float(factor(products, [one[None] for one in found.triangles]).left[0])
    residual = 1.0 if known else left / (products.rows - products.fixed)
    fixed = units.size * (units.back @ solved.fixed)
    fixed[0] += units.size * units.middle
    covariance = units.size**2 * residual * units.back @ solved.covariance @ units.back.T
    reach, nan = float(ndtri((1 + level) / 2)), float("nan")
    rows: dict[str, tuple[float, float, float, float]] = {}
    for name, one, error in zip(units.names, fixed, np.sqrt(np.diag(covariance)), strict=True):
        rows[name] = (float(one), float(error), float(one - reach * error), float(one + reach * error))
    parts = []
    for place, term in enumerate(products.order):
        turn = units.size / units.spreads[term]
        between = residual * (found.triangles[place] @ found.triangles[place].T) * np.outer(turn, turn)
        rows |= {name: (value, nan, nan, nan) for name, value in _spread_rows(units, term, between).items()}
        whole = residual * solved.whole[place]
        onto = _onto(units, term)
        error = np.sqrt(np.einsum("kj,ljm,km->lk", onto, whole, onto))
        given = residual * np.diagonal(solved.given[place], axis1=1, axis2=2) * turn**2
        means = np.array([fixed[units.names.index(one)] if one in units.names else 0.0 for one in units.columns[term]])
        deviations = solved.deviations[place] * turn
        values = _likeliest_values(means, deviations=deviations, error=error, given=given, between=between, reach=reach)
        parts.append(_unit_rows(units, term, values))
    if not known:
        rows["sd residual"] = (units.size * float(np.sqrt(residual)), nan, nan, nan)
    likelihood = _likelihood(units, found, products)
    ordered = [parts[products.order.index(term)] for term in range(len(units.terms))]
    return Made(estimates_table(rows), pd.concat(ordered, ignore_index=True), "reml", likelihood, None, None)


def _likelihood(units: Units, found: Maximum, products: Products) -> float:
    """Return the restricted log likelihood of the outcomes as they came."""
    free = products.rows - products.fixed
    turned = -float(np.linalg.slogdet(units.back)[1])
    return -found.deviance / 2 - free * float(np.log(units.size)) - turned + 0.0


def _onto(units: Units, term: int) -> Floats:
    """Return what turns deviations and fixed coefficients of a level into its own values, shape (width, all)."""
    width = units.terms[term].width
    out = np.zeros((width, width + len(units.names)))
    out[:, :width] = np.diag(units.size / units.spreads[term])
    for i, name in enumerate(units.columns[term]):
        if name in units.names:
            out[i, width:] = units.size * units.back[units.names.index(name)]
    return out


def _spread_rows(units: Units, term: int, between: Floats) -> dict[str, float]:
    """Name the standard deviations and correlations of a term."""
    group, columns, sd = units.groups[term], units.columns[term], np.sqrt(np.diag(between))
    rows = {f"sd {group}" + (f" {one}" if i else ""): float(sd[i]) for i, one in enumerate(columns)}
    for i in range(len(columns)):
        for j in range(i):
            name = f"correlation {group} {columns[j]} and {columns[i]}"
            rows[name] = float(between[i, j] / (sd[i] * sd[j])) if sd[i] * sd[j] > 0 else float("nan")
    return rows


def _unit_rows(units: Units, term: int, values: Mapping[str, Floats]) -> pd.DataFrame:
    """Lay out the levels of a term, each figure of shape (levels, width)."""
    columns, levels = units.columns[term], units.levels[term]
    return _laid_out(units.groups[term], levels, columns, values)


def _laid_out(group: str, levels: Sequence[str], columns: Sequence[str], values: Mapping[str, Floats]) -> pd.DataFrame:
    """Lay out figures of shape (levels, width) row by row."""
    return pd.DataFrame(
        {
            "group": group,
            "level": np.repeat(levels, len(columns)),
            "coefficient": np.tile(columns, len(levels)),
            **{name: one.ravel() for name, one in values.items()},
        }
    )


def _likeliest_values(
    means: Floats, *, deviations: Floats, error: Floats, given: Floats, between: Floats, reach: float
) -> dict[str, Floats]:
    """Return the figures of levels from their deviations and errors."""
    estimate = deviations + means
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(np.diag(between) > 0, given / np.diag(between), 1.0)
    return {
        "estimate": estimate,
        "std_error": error,
        "ci_low": estimate - reach * error,
        "ci_high": estimate + reach * error,
        "deviation": deviations,
        "deviation_error": np.sqrt(given),
        "pooling": np.clip(share, 0.0, 1.0),
    }


def drawn(
    units: Units, products: Products, made: MixedDraws, random: np.random.Generator, *, known: bool, level: float
) -> Made:
    """Lay out draws."""
    fixed = units.size * made.fixed @ units.back.T
    fixed[:, 0] += units.size * units.middle
    named: dict[str, Floats] = {name: fixed[:, i] for i, name in enumerate(units.names)}
    parts: dict[int, pd.DataFrame] = {}
    values = np.empty(0)
    for place, term in enumerate(products.order):
        turn = units.size / units.spreads[term]
        between = made.covariances[place] * np.outer(turn, turn)
        spreads = [_spread_rows(units, term, one) for one in between]
        named |= {name: np.array([one[name] for one in spreads]) for name in spreads[0]}
        deviations = made.deviations[place] * turn
        means = [
            fixed[:, units.names.index(one)] if one in units.names else np.zeros(len(fixed))
            for one in units.columns[term]
        ]
        values = deviations + np.column_stack(means)[:, None, :]
        parts[term] = _unit_rows(units, term, _drawn_values(values, deviations, between, level))
    if not known:
        named["sd residual"] = units.size * np.sqrt(made.residual)
    single = len(units.terms) == 1 and units.terms[0].width == 1
    if single and units.names == ("constant",):
        spread = named[f"sd {units.groups[0]}"]
        named["prediction"] = named["constant"] + spread * random.standard_normal(len(spread))
    draws = pd.DataFrame.from_dict(named, orient="index").rename_axis("term")
    unit_draws = pd.DataFrame(values[:, :, 0].T, index=pd.Index(units.levels[0], name="level")) if single else None
    return Made(
        _percentiles(named, level),
        pd.concat([parts[i] for i in range(len(units.terms))], ignore_index=True),
        "sampler",
        float("nan"),
        draws,
        unit_draws,
    )


def _percentiles(named: Mapping[str, Floats], level: float) -> pd.DataFrame:
    """Return medians, standard deviations and percentiles of draws by name."""
    rows = {}
    for name, one in named.items():
        low, middle, high = (float(x) for x in np.quantile(one, [(1 - level) / 2, 0.5, (1 + level) / 2]))
        rows[name] = (middle, float(np.std(one)), low, high)
    return estimates_table(rows)


def _drawn_values(values: Floats, deviations: Floats, between: Floats, level: float) -> dict[str, Floats]:
    """Return the figures of levels from draws, shape (draws, levels, width)."""
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=0)
    spread = np.median(np.diagonal(between, axis1=1, axis2=2), axis=0)
    own = deviations.std(axis=0)
    return {
        "estimate": np.median(values, axis=0),
        "std_error": values.std(axis=0),
        "ci_low": low,
        "ci_high": high,
        "deviation": np.median(deviations, axis=0),
        "deviation_error": own,
        "pooling": np.clip(own**2 / spread, 0.0, 1.0),
    }


def over_units(
    names: Sequence[str], drawn: tuple[Floats, Floats, Floats], random: np.random.Generator, level: float
) -> Made:
    """Lay out draws of results: their mean, their spread, and the value of each."""
    mean, spread, values = drawn
    further = mean + spread * random.standard_normal(len(mean))
    named = {"constant": mean, "prediction": further, f"sd {UNIT}": spread}
    deviations = values - mean[:, None]
    figures = _drawn_values(values[..., None], deviations[..., None], spread[:, None, None] ** 2, level)
    units = _laid_out(UNIT, names, ["constant"], figures)
    draws = pd.DataFrame.from_dict(named, orient="index").rename_axis("term")
    held = pd.DataFrame(values.T, index=pd.Index(names, name="level"))
    return Made(_percentiles(named, level), units, "sampler", float("nan"), draws, held)
