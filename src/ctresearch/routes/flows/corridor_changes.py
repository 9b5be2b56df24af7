"""New and vanishing corridors: what changed between two periods beyond chance and beyond masked counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.result import estimates_table
from ctresearch.core.validate import has_columns, in_range, one_of, whole_number
from ctresearch.routes.counts.reported import people_words
from ctresearch.routes.flows.corridor_result import CorridorChangesResult
from ctresearch.routes.flows.corridors import corridor_ends
from ctresearch.routes.flows.places import ROLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.routes.flows.flow_table import FlowTable

    Floats = NDArray[np.float64]

ASSUMPTIONS = (
    "Within a corridor and a period, yearly counts vary around one rate, more than chance by one factor for all.",
    "Authorities looked equally hard in both periods: a change of detection looks like a change of the corridor.",
)
KINDS = ("new", "vanished", "more", "fewer")


class CorridorChanges(Options):
    """Find corridors that appeared, vanished, grew or shrank, with a bound on the share of false discoveries.

    Parameters
    ----------
    after : int
        First year of the second period.
    rate : float
        Share of false discoveries that is allowed.
    unlisted : {"missing", "zero"}
        What a corridor that is not listed means in a year in which its reporter published others: nothing, or that
        there was nobody. With ``"missing"`` no corridor can be new or vanish, but only grow or shrink. Neither is ever
        shown as a count.
    origin, destination : str, optional
        Roles of the place a corridor begins and ends in; the first and the last that the table knows by default.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    Notes
    -----
    The counts of both periods are compared by the signed root of the deviance of two Poisson rates, divided by the
    root of the dispersion of yearly counts. Where a count is masked, the values that its range allows are taken that
    speak least for a change, so that what is found does not hang on them, and nothing is learned of them.

    References
    ----------
    .. [1] Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate: a practical and powerful
       approach to multiple testing. Journal of the Royal Statistical Society B 57, 289-300.
       https://doi.org/10.1111/j.2517-6161.1995.tb02031.x

    Examples
    --------
    >>> from ctresearch.routes import FlowTable
    >>> years = [2001, 2002, 2003, 2004]
    >>> frame = pd.DataFrame({"a": ["NGA"] * 4, "b": ["ITA"] * 4, "t": years, "count": ["<5", 9, 40, 41]})
    >>> flows = FlowTable.from_frame(frame, citizenship="a", detection="b", year="t")
    >>> found = CorridorChanges(after=2003).fit(flows).changes.iloc[0]
    >>> print(f"{found['before']} people before, {found['after']} after: {found['change']}")
    9 to 13 people before, 81 after: more
    """

    def __init__(
        self,
        *,
        after: int,
        rate: float = 0.05,
        unlisted: Literal["missing", "zero"] = "missing",
        origin: str | None = None,
        destination: str | None = None,
    ) -> None:
        self.after = whole_number("after", after)
        self.rate = in_range("rate", rate, 0, 1, open_ends=True)
        self.unlisted: Literal["missing", "zero"] = one_of("unlisted", unlisted, ("missing", "zero"))
        self.origin = origin if origin is None else one_of("origin", origin, ROLES)
        self.destination = destination if destination is None else one_of("destination", destination, ROLES)

    def fit(self, flows: FlowTable) -> CorridorChangesResult:
        """Compare both periods.

        Parameters
        ----------
        flows : FlowTable
            Flows with years on both sides of ``after``.

        Returns
        -------
        CorridorChangesResult
            Terms ``new``, ``vanished``, ``more`` and ``fewer``: how many corridors are.

        Raises
        ------
        DataError
            If there are no years, or none on one side.

        Examples
        --------
        >>> from ctresearch.routes import FlowTable
        >>> frame = pd.DataFrame({"a": ["NGA"] * 2, "b": ["ITA"] * 2, "t": [2001, 2003], "count": [8, 9]})
        >>> flows = FlowTable.from_frame(frame, citizenship="a", detection="b", year="t")
        >>> CorridorChanges(after=2003).fit(flows).changes["change"].tolist()
        ['none found']
        """
        ends = corridor_ends(flows, self.origin, self.destination)
        has_columns("flows", ends.frame, ["year"])
        late = ends.frame["year"] >= self.after
        if late.all() or not late.any():
            raise DataError(f"after == {self.after} has all years on one side, must have years before and after it")
        table, dispersion = _periods(ends.frame, self.after, self.unlisted)
        if table.empty:
            raise DataError("0 corridors have years reported in both periods, must have at least one to compare")
        p_value = _least_favourable(table, 1.0 if np.isnan(dispersion) else dispersion)
        q_value = _false_discovery(p_value)
        table["change"] = _kinds(table, q_value <= self.rate, self.unlisted)
        shown = _shown(table).assign(p_value=p_value, q_value=q_value)
        shown = shown.sort_values(["q_value", "p_value", "origin", "destination"], ignore_index=True)
        low = ends.frame["low"].to_numpy()
        nan = float("nan")
        found = {kind: (float((table["change"] == kind).sum()), nan, nan, nan) for kind in KINDS}
        return CorridorChangesResult(
            method=say("Corridors before and from {after} on", after=str(self.after)),
            estimates=estimates_table(found, unit="corridors"),
            n=int(low.sum()),
            smallest_group=max(1, int(low.sum())),
            scope=flows.scope,
            checks=(*flows.checks, _check_unlisted(self.unlisted), _check_dispersion(dispersion)),
            assumptions=ASSUMPTIONS,
            references=references(CorridorChanges),
            inputs=record(flows.frame, packages=("numpy", "pandas", "scipy")),
            changes=shown,
            dispersion=dispersion,
        )


def _periods(frame: pd.DataFrame, after: int, unlisted: str) -> tuple[pd.DataFrame, float]:
    """Add counts up by corridor and period, with the years that stand behind them, and their dispersion."""
    side = "reporter" if "reporter" in frame and frame["reporter"].notna().all() else "destination"
    frame = frame.assign(side=frame[side], late=frame["year"] >= after)
    by_year = frame.groupby(["origin", "destination", "side", "late", "year"])[["low", "high"]].sum().reset_index()
    sums = by_year.groupby(["origin", "destination", "side", "late"])
    wide = sums[["low", "high"]].sum().join(sums.size().rename("years")).unstack("late")  # noqa: PD010  # not reset
    for period in (False, True):
        wide[("listed", period)] = wide[("low", period)].notna() if ("low", period) in wide else False
    if unlisted == "zero":
        years = frame.drop_duplicates(["side", "year"]).groupby(["side", "late"]).size().unstack("late")  # noqa: PD010
        for period in (False, True):
            every = years.get(period, pd.Series(dtype=float)).reindex(wide.index.get_level_values("side")).to_numpy()
            wide[("years", period)] = every
            for end in ("low", "high"):
                wide[(end, period)] = wide[(end, period)].fillna(0.0)
    wide = wide.dropna()
    table = pd.DataFrame(
        {
            f"{a}_{'after' if b else 'before'}": wide[(a, b)]
            for a in ("low", "high", "years", "listed")
            for b in (False, True)
        }
    )
    return table.reset_index(), _dispersion(by_year)


def _dispersion(by_year: pd.DataFrame) -> float:
    """Return the variance of yearly counts within corridors and periods over their mean, of known counts alone.

    NaN where no corridor has two known years with people in one period.
    """
    known = by_year[by_year["low"] == by_year["high"]]
    parts = known.groupby(["origin", "destination", "side", "late"])["low"]
    mean = parts.transform("mean")
    squares = (known["low"] - mean) ** 2 / mean.where(mean > 0)
    found = parts.agg(["size", "sum"])
    free = int((found["size"] - 1)[found["sum"] > 0].sum())  # years without anybody tell nothing of it
    return max(1.0, float(squares.sum()) / free) if free > 0 else float("nan")


def _least_favourable(table: pd.DataFrame, dispersion: float) -> Floats:
    """Return p values at the values of masked counts that speak least for a change."""
    from scipy.special import ndtr

    years = table[["years_before", "years_after"]].to_numpy(dtype=float)
    shrunk = _root(table["high_before"], table["low_after"], years)
    grown = _root(table["low_before"], table["high_after"], years)
    root = np.where(shrunk > 0, shrunk, np.where(grown < 0, grown, 0.0)) / np.sqrt(dispersion)
    return np.asarray(2 * ndtr(-np.abs(root)), dtype=np.float64)


def _root(before: pd.Series[float], after: pd.Series[float], years: Floats) -> Floats:
    """Return the signed root of the deviance of two rates from one, above 0 where the second is greater."""
    from scipy.special import xlogy

    y0, y1 = before.to_numpy(dtype=float), after.to_numpy(dtype=float)
    rate = (y0 + y1) / years.sum(axis=1)
    e0, e1 = rate * years[:, 0], rate * years[:, 1]
    deviance = 2 * (xlogy(y0, y0 / np.where(e0 > 0, e0, 1)) + xlogy(y1, y1 / np.where(e1 > 0, e1, 1)))
    return np.asarray(np.sign(y1 - e1) * np.sqrt(np.clip(deviance, 0, None)), dtype=np.float64)


def _false_discovery(p_value: Floats) -> Floats:
    """Return the rate of false discoveries at which each is found, after Benjamini and Hochberg."""
    from scipy.stats import false_discovery_control

    return np.asarray(false_discovery_control(p_value), dtype=np.float64)


def _kinds(table: pd.DataFrame, found: NDArray[np.bool_], unlisted: str) -> NDArray[np.str_]:
    """Name the change of each corridor."""
    grew = table["low_after"] / table["years_after"] > table["high_before"] / table["years_before"]
    kinds = np.where(grew, "more", "fewer").astype("U10")
    if unlisted == "zero":
        kinds[(table["high_before"] == 0).to_numpy()] = "new"
        kinds[(table["high_after"] == 0).to_numpy()] = "vanished"
    return np.where(found, kinds, "none found")


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """Write counts as a reader is shown them; what was taken for zero because it is not listed stays empty."""
    out = table[["origin", "destination"]].copy()
    for period in ("before", "after"):
        low, high = (table[f"{end}_{period}"].to_numpy().astype(np.int64) for end in ("low", "high"))
        words = pd.Series(people_words(low, high), dtype="str")
        out[period] = words.where(table[f"listed_{period}"])
    for period in ("before", "after"):
        out[f"years_{period}"] = table[f"years_{period}"].astype("int64")
    return out.assign(change=table["change"].astype("str"))


def _check_unlisted(unlisted: str) -> Check:
    """Say what was made of corridors that are not listed."""
    if unlisted == "missing":
        message = say("Corridors that are not listed in a period are not compared: none can be new or vanish.")
        return Check("unlisted corridors", "pass", message)
    message = say(
        "A corridor that is not listed in a year its reporter published others is taken for nobody: it may as well be "
        "a corridor that was not published."
    )
    return Check("unlisted corridors", "review", message)


def _check_dispersion(dispersion: float) -> Check:
    """Say how much more than chance yearly counts vary."""
    if np.isnan(dispersion):
        message = say(
            "How much yearly counts vary is not seen, since no corridor has two known years in one period: the tests "
            "allow for chance alone."
        )
        return Check("dispersion", "review", message)
    message = say(
        "Yearly counts vary {dispersion:.1f} times as much as chance; the tests allow for it.", dispersion=dispersion
    )
    return Check("dispersion", "pass", message, {"dispersion": dispersion})
