"""Corridors: how many people went from where to where, as far as the published counts say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.result import estimates_table
from ctresearch.core.validate import one_of
from ctresearch.routes.counts.reported import people_words
from ctresearch.routes.flows.corridor_result import CorridorsResult
from ctresearch.routes.flows.flow_table import FlowTable
from ctresearch.routes.flows.places import ROLES
from ctresearch.routes.flows.share_bounds import share_bounds

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from ctresearch.routes.flows.places import Role

    Counts = NDArray[np.int64]
    Floats = NDArray[np.float64]

ASSUMPTIONS = (
    "Counts are of people that authorities found: where nobody looks, nobody is found.",
    "What is not listed was not published, and is not taken for zero.",
)


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """The two roles of a table that begin and end a corridor, and its rows in which both are known."""

    origin: Role
    destination: Role
    frame: pd.DataFrame
    lost: int


def corridor_ends(flows: FlowTable, origin: str | None, destination: str | None) -> Ends:
    """Return the rows of a table by the two roles that were asked for, else its first and last."""
    if not isinstance(flows, FlowTable):
        raise DataError(f"flows is a {type(flows).__name__}, must be a FlowTable: make one by FlowTable.from_frame")
    first, last = (
        cast("Role", given or usual) for given, usual in zip((origin, destination), _usual(flows), strict=True)
    )
    flows.needs(first, last)
    if first == last:
        raise DataError(f"the flows know {first!r} alone, must know two places, from where and to where")
    if "transit" in (first, last):
        raise DataError("transit begins or ends no corridor, must be another role: legs are in FlowTable.hops")
    columns = [name for name in ("year", "reporter", "form", "sex", "age") if name in flows.frame]
    frame = flows.frame[[first, last, *columns, "low", "high"]].rename(columns={first: "origin", last: "destination"})
    known = frame["origin"].notna() & frame["destination"].notna()
    if not known.any():
        raise DataError(f"0 of {len(frame):,} rows know both places, must be at least one")
    return Ends(first, last, frame[known].reset_index(drop=True), int((~known).sum()))


def _usual(flows: FlowTable) -> tuple[Role, Role]:
    """Return the first and the last role of a table, transit left out."""
    roles = [role for role in flows.roles if role != "transit"]
    if not roles:
        raise DataError(
            f"the flows know {', '.join(flows.roles) or 'no place'} alone, must know two places, "
            "from where and to where"
        )
    return roles[0], roles[-1]


class Corridors(Options):
    """List the corridors of a table of flows with what is known of each.

    Parameters
    ----------
    origin, destination : str, optional
        Roles of the place a corridor begins and ends in; the first and the last that the table knows by default.
    domestic : bool
        Whether flows within one place belong.

    Raises
    ------
    SpecificationError
        If a role is none of those there are.

    References
    ----------
    .. [1] United Nations Office on Drugs and Crime (2024). Global Report on Trafficking in Persons 2024. United Nations
       publication.
    .. [2] Hill, M. O. (1973). Diversity and evenness: a unifying notation and its consequences. Ecology 54, 427-432.
       https://doi.org/10.2307/1934352

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.routes import FlowTable
    >>> frame = pd.DataFrame({"a": ["NGA", "ITA", "ROU"], "b": ["ITA"] * 3, "count": [60, 30, "<5"]})
    >>> result = Corridors().fit(FlowTable.from_frame(frame, citizenship="a", detection="b"))
    >>> low, high = result.estimates.loc["domestic_share", ["ci_low", "ci_high"]].astype(float).round(3)
    >>> print(f"{low:.0%} to {high:.0%} of those found were citizens of the country they were found in")
    32% to 33% of those found were citizens of the country they were found in
    """

    def __init__(self, *, origin: str | None = None, destination: str | None = None, domestic: bool = True) -> None:
        self.origin = origin if origin is None else one_of("origin", origin, ROLES)
        self.destination = destination if destination is None else one_of("destination", destination, ROLES)
        self.domestic = one_of("domestic", domestic, (True, False))

    def fit(self, flows: FlowTable) -> CorridorsResult:
        """List the corridors.

        Parameters
        ----------
        flows : FlowTable
            The flows.

        Returns
        -------
        CorridorsResult
            Terms ``domestic_share``, ``concentration``, ``effective_corridors`` (as bounds) and ``corridors``.

        Raises
        ------
        DataError
            If the table does not know two places, or holds no such flow.

        Examples
        --------
        >>> import pandas as pd
        >>> from ctresearch.routes import FlowTable
        >>> frame = pd.DataFrame({"a": ["NGA"], "b": ["ITA"], "count": [60]})
        >>> int(Corridors().fit(FlowTable.from_frame(frame, citizenship="a", detection="b")).n)
        60
        """
        ends = corridor_ends(flows, self.origin, self.destination)
        frame = ends.frame
        within = frame["origin"] == frame["destination"]
        if not self.domestic:
            frame, within = frame[~within], within[~within]
        if frame.empty:
            raise DataError("0 flows lead from one place to another, must be at least one: pass domestic=True")
        table, low, high = _corridors(frame)
        shown = table.assign(people=people_words(low, high))
        columns = ["origin", "destination", "people", *[c for c in table.columns if c not in ("origin", "destination")]]
        return CorridorsResult(
            method=say("Corridors by {origin} and {destination}", origin=ends.origin, destination=ends.destination),
            estimates=_estimates(low.astype(float), high.astype(float), table["domestic"].to_numpy()),
            n=int(low.sum()),
            smallest_group=max(1, int(low.sum())),
            interval="bounds",
            scope=flows.scope,
            checks=(*flows.checks, check_known(ends), _check_domestic(within)),
            assumptions=ASSUMPTIONS,
            references=references(Corridors),
            inputs=record(flows.frame, packages=("numpy", "pandas")),
            corridors=shown[columns],
            origin_role=ends.origin,
            destination_role=ends.destination,
        )


def _corridors(frame: pd.DataFrame) -> tuple[pd.DataFrame, Counts, Counts]:
    """Add flows up by corridor, the largest first."""
    grouped = frame.groupby(["origin", "destination"])
    table = grouped.agg(low=("low", "sum"), high=("high", "sum")).reset_index()
    if "year" in frame:
        years = grouped["year"].agg(["nunique", "min", "max"]).reset_index(drop=True)
        side = "reporter" if "reporter" in frame and frame["reporter"].notna().all() else "destination"
        reported = frame.groupby(side)["year"].nunique()
        by = grouped[side].first().reset_index(drop=True) if side == "reporter" else table["destination"]
        table["years_listed"], table["first_year"], table["last_year"] = years["nunique"], years["min"], years["max"]
        table.insert(5, "years_reported", by.map(reported).astype("int64"))
    table["domestic"] = table["origin"] == table["destination"]
    order = table.sort_values(["low", "high", "origin", "destination"], ascending=[False, False, True, True]).index
    table = table.loc[order].reset_index(drop=True)
    return table.drop(columns=["low", "high"]), table["low"].to_numpy(), table["high"].to_numpy()


def _estimates(low: Floats, high: Floats, domestic: NDArray[np.bool_]) -> pd.DataFrame:
    """Bound the statistics of the corridors."""
    inside, outside = (low[domestic].sum(), high[domestic].sum()), (low[~domestic].sum(), high[~domestic].sum())
    ends = [
        part / (part + rest) if part + rest else float("nan")
        for part, rest in ((inside[0], outside[1]), (inside[1], outside[0]))
    ]
    found = share_bounds(low, high)
    rows = {
        "domestic_share": _as_row(*ends),
        "concentration": _as_row(*found.concentration),
        "effective_corridors": _as_row(*found.effective),
        "corridors": (float(len(low)), float("nan"), float("nan"), float("nan")),
    }
    return estimates_table(rows).assign(unit=["", "", "", "corridors"])


def _as_row(low: float, high: float) -> tuple[float, float, float, float]:
    """Write bounds: a number where they are one, else none between them."""
    return (low if low == high else float("nan"), float("nan"), low, high)


def check_known(ends: Ends) -> Check:
    """Say in how many rows both places are known."""
    whole = len(ends.frame) + ends.lost
    message = say(
        "In {lost:,} of {whole:,} rows a place is not known; they are in no corridor.", lost=ends.lost, whole=whole
    )
    return Check("places known", "review" if ends.lost else "pass", message, {"lost": ends.lost, "rows": whole})


def _check_domestic(within: pd.Series[bool]) -> Check:
    """Say whether domestic trafficking is among the flows."""
    if within.any():
        message = say("{n:,} of {rows:,} counts are domestic.", n=int(within.sum()), rows=len(within))
        return Check("domestic flows", "pass", message, {"domestic": float(within.sum())})
    message = say("No count is domestic: where such trafficking is not recorded, shares of corridors leave it out.")
    return Check("domestic flows", "review", message, {"domestic": 0})
