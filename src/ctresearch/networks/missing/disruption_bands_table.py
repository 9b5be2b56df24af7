"""Sum the draws of a disruption under part sight up: medians, bands, and what not seeing costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.networks.removal.disruption_run import OUTCOMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.networks.missing.disruption_sight import Pair
    from ctresearch.networks.removal.recovery import Recovery

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


def lay_out(
    made: Pair, removals: int, level: float, actors: int, recovery: Recovery | None, *, wants_flow: bool
) -> pd.DataFrame:
    """Lay every figure out by step.

    Parameters
    ----------
    made : Pair
        The draws.
    removals : int
        Steps that remove somebody.
    level : float
        Share of the draws inside the bands.
    actors : int
        Actors of the network.
    recovery : Recovery, optional
        How the group answered.
    wants_flow : bool
        Whether chains were counted.

    Returns
    -------
    pandas.DataFrame
        The estimates of :func:`ctresearch.networks.missing.disruption_bands`.

    Examples
    --------
    >>> from ctresearch.networks.missing.disruption_sight import Pair
    >>> whole, gone = np.ones((2, 2, 3)), np.zeros((2, 1), int)
    >>> table = lay_out(Pair(whole, whole, gone, gone, np.zeros(0)), 1, 0.9, 5, None, wants_flow=False)
    >>> table.loc["agreement", "estimate"]
    np.float64(1.0)
    """
    rows = []
    for place, outcome in enumerate(OUTCOMES if wants_flow else OUTCOMES[:2]):
        unit = "chains" if outcome == "flow" else "share of the start"
        seen, full = (_of_the_start(runs[:, :, place], outcome) for runs in (made.seen, made.full))
        rows += [_rows(outcome, unit, level, seen, full), _rows(f"{outcome}_loss", unit, level, seen - full)]
        if outcome == "largest_component":
            robust = [values[:, 1 : removals + 1].mean(axis=1, keepdims=True) for values in (seen, full)]
    last = made.seen.shape[1] - 1
    both = [
        *_recovered(made, removals, level, recovery),
        _rows("robustness", "share of the start", level, *robust),
        _rows("robustness_loss", "share of the start", level, robust[0] - robust[1]),
    ]
    table = pd.concat(rows)
    shares = _rows("agreement", "share of the removed", level, _agreement(made, actors), by_mean=True)
    table = pd.concat([table, shares.assign(step=shares["step"] + 1)])
    table["phase"] = np.where(table["step"] <= removals, "removal", "recovery")
    return pd.concat([table, pd.concat(both).assign(step=last, phase="whole run")]).set_index("term")


def _of_the_start(values: Floats, outcome: str) -> Floats:
    """Divide by the value before the first removal, but for numbers of chains; NaN where that is 0."""
    return values if outcome == "flow" else values / np.where(values[:, :1] > 0, values[:, :1], np.nan)


def _rows(
    term: str, unit: str, level: float, values: Floats, full: Floats | None = None, *, by_mean: bool = False
) -> pd.DataFrame:
    """Sum draws up by step: median or mean, spread and quantiles; no limits where all draws agree."""
    frame = pd.DataFrame({"term": term, "step": np.arange(values.shape[1])})
    frame["estimate"], frame["std_error"], frame["ci_low"], frame["ci_high"] = _summary(values, level, by_mean=by_mean)
    frame["full_sight"] = frame["full_low"] = frame["full_high"] = np.nan
    if full is not None:
        frame["full_sight"], _, frame["full_low"], frame["full_high"] = _summary(full, level, by_mean=by_mean)
    return frame.assign(unit=unit)


def _summary(values: Floats, level: float, *, by_mean: bool) -> tuple[Floats, Floats, Floats, Floats]:
    """Return middle, spread and limits of the draws of each step; infinite ones, such as times out of reach, as NaN."""
    low, middle, high = np.quantile(
        values,
        [(1 - level) / 2, 0.5, (1 + level) / 2],
        axis=0,
        method="linear" if np.isfinite(values).all() else "inverted_cdf",  # no middle between a time and none
    )
    exists, varies = np.isfinite(values).all(axis=0), (values != values[:1]).any(axis=0)
    spread = np.full(values.shape[1], np.nan)
    spread[exists & varies] = values[:, exists & varies].std(axis=0, ddof=1)
    middle = values.mean(axis=0) if by_mean else middle
    found = [np.where(np.isfinite(part), part, np.nan) for part in (middle, low, high)]
    return found[0], spread, np.where(varies, found[1], np.nan), np.where(varies, found[2], np.nan)


def _agreement(made: Pair, actors: int) -> Floats:
    """Say which share of those removed by each step full sight would have removed by then, shape (draws, removals)."""
    draws, removals = made.seen_removed.shape
    shares = np.full((draws, removals), np.nan)
    for draw in range(draws):
        when = np.full((2, actors + 1), removals)  # the last place takes the removals of nobody
        for side, gone in enumerate((made.seen_removed[draw], made.full_removed[draw])):
            when[side, gone] = np.arange(removals)
        when = when[:, :-1]
        both = np.bincount(when.max(axis=0), minlength=removals + 1)[:removals].cumsum()
        mine = np.bincount(when[0], minlength=removals + 1)[:removals].cumsum()
        shares[draw] = np.divide(both, mine, out=np.full(removals, np.nan), where=mine > 0)
    return shares


def _recovered(made: Pair, removals: int, level: float, recovery: Recovery | None) -> list[pd.DataFrame]:
    """Measure the rounds until efficiency is back: median, what not seeing takes from them, and how many are back."""
    if recovery is None:
        return []
    seen, full = (_rounds(runs[:, :, 1], removals, recovery) for runs in (made.seen, made.full))
    within = [np.minimum(rounds, recovery.horizon) for rounds in (seen, full)]
    back = [np.isfinite(rounds).astype(float) for rounds in (seen, full)]
    shares = _rows("recovered", "share of runs", level, *back, by_mean=True)
    shares[["std_error", "ci_low", "ci_high", "full_low", "full_high"]] = np.nan  # a share of the draws, of no draw
    return [
        _rows("time_to_recover", "rounds", level, seen, full),
        _rows("time_to_recover_loss", "rounds", level, within[1] - within[0]),
        shares,
    ]


def _rounds(efficiency: Floats, removals: int, recovery: Recovery) -> Floats:
    """Count the rounds after the last removal until the efficiency is back, infinite where it is not."""
    is_back = efficiency[:, removals:] >= recovery.recovered * efficiency[:, :1]
    return np.where(is_back.any(axis=1), is_back.argmax(axis=1), np.inf)[:, None]
