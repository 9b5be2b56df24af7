"""Hubs: places that many corridors meet in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.result import estimates_table
from ctresearch.core.validate import has_columns, one_of
from ctresearch.routes.counts.reported import people_words
from ctresearch.routes.flows.betweenness import flow_betweenness
from ctresearch.routes.flows.corridor_result import HubsResult
from ctresearch.routes.flows.corridors import ASSUMPTIONS, corridor_ends
from ctresearch.routes.flows.places import ROLES
from ctresearch.routes.flows.share_bounds import share_bounds

if TYPE_CHECKING:
    from ctresearch.routes.flows.corridors import Ends
    from ctresearch.routes.flows.flow_table import FlowTable

_STEADY = 0.9  # rank correlation of betweenness at both ends of the masked counts from which its order may be read


class Hubs(Options):
    """Describe each place by what it sends, receives and keeps, and by how much of the exchange runs through it.

    Parameters
    ----------
    origin, destination : str, optional
        Roles of the place a corridor begins and ends in; the first and the last that the table knows by default.
    yearly : bool
        One row a place and year, instead of one row a place.

    Raises
    ------
    SpecificationError
        If a role is none of those there are.

    Notes
    -----
    Betweenness is of the network of counts, whichever way people went: it says where detected flows hang together, not
    which way anybody travelled. It is given twice, with masked counts at their least and at their greatest.

    References
    ----------
    .. [1] Newman, M. E. J. (2005). A measure of betweenness centrality based on random walks. Social Networks 27,
       39-54. https://doi.org/10.1016/j.socnet.2004.11.009
    .. [2] Brandes, U. and Fleischer, D. (2005). Centrality measures based on current flow. STACS 2005, 533-544.
       https://doi.org/10.1007/978-3-540-31856-9_44

    Examples
    --------
    >>> from ctresearch.routes import FlowTable
    >>> frame = pd.DataFrame({"a": ["NGA", "GHA", "ITA"], "b": ["ITA", "ITA", "FRA"], "count": [31, 12, 8]})
    >>> result = Hubs().fit(FlowTable.from_frame(frame, citizenship="a", detection="b"))
    >>> result.hubs.set_index("place").loc["ITA", "receives"]
    '43'
    """

    def __init__(self, *, origin: str | None = None, destination: str | None = None, yearly: bool = False) -> None:
        self.origin = origin if origin is None else one_of("origin", origin, ROLES)
        self.destination = destination if destination is None else one_of("destination", destination, ROLES)
        self.yearly = one_of("yearly", yearly, (True, False))

    def fit(self, flows: FlowTable) -> HubsResult:
        """Describe the places.

        Parameters
        ----------
        flows : FlowTable
            The flows.

        Returns
        -------
        HubsResult
            Terms ``greatest_betweenness`` (limits are its values at both ends of the masked counts) and ``places``.

        Raises
        ------
        DataError
            If the table does not know two places or has no people, or ``yearly`` is asked of one without years.

        Examples
        --------
        >>> from ctresearch.routes import FlowTable
        >>> frame = pd.DataFrame({"a": ["NGA", "ITA"], "b": ["ITA", "ITA"], "count": [60, 5]})
        >>> Hubs().fit(FlowTable.from_frame(frame, citizenship="a", detection="b")).hubs["within"].tolist()
        ['5', '0']
        """
        ends = corridor_ends(flows, self.origin, self.destination)
        if self.yearly:
            has_columns("flows", ends.frame, ["year"])
            refuse_missing(ends.frame, ["year"])
        if not ends.frame["high"].any():
            raise DataError(
                f"all {len(ends.frame):,} counts are 0, must be at least one person to see what places exchange"
            )
        parts = ends.frame.groupby("year") if self.yearly else [(None, ends.frame)]
        tables = [_places(part).assign(**({} if year is None else {"year": year})) for year, part in parts]
        table = pd.concat(tables, ignore_index=True)
        if self.yearly:
            table.insert(1, "year", table.pop("year"))
        low, high = ends.frame["low"].to_numpy(), ends.frame["high"].to_numpy()
        return HubsResult(
            method=say("Hubs by {origin} and {destination}", origin=ends.origin, destination=ends.destination),
            estimates=_estimates(table),
            n=int(low.sum()),
            smallest_group=max(1, int(low.sum())),
            interval="bounds",
            scope=flows.scope,
            checks=(*flows.checks, _check_connected(ends), _check_steady(table, masked=bool((low < high).any()))),
            assumptions=ASSUMPTIONS,
            references=references(Hubs),
            inputs=record(flows.frame, packages=("numpy", "pandas", "scipy")),
            hubs=table,
        )


def _places(frame: pd.DataFrame) -> pd.DataFrame:
    """Describe the places of one table."""
    names = pd.Index(sorted({*frame["origin"], *frame["destination"]}))
    a, b = names.get_indexer(frame["origin"]), names.get_indexer(frame["destination"])
    low, high = np.zeros((len(names), len(names))), np.zeros((len(names), len(names)))
    np.add.at(low, (a, b), frame["low"].to_numpy(dtype=float))
    np.add.at(high, (a, b), frame["high"].to_numpy(dtype=float))
    listed = np.zeros(low.shape, dtype=bool)
    listed[a, b] = True
    np.fill_diagonal(listed, False)
    within = np.diag(low).copy(), np.diag(high).copy()
    for matrix in (low, high):
        np.fill_diagonal(matrix, 0.0)
    columns: dict[str, Any] = {"place": names}
    for name, (least, most) in {
        "sends": (low.sum(axis=1), high.sum(axis=1)),
        "receives": (low.sum(axis=0), high.sum(axis=0)),
        "within": within,
    }.items():
        columns[name] = people_words(least.astype(np.int64), most.astype(np.int64))
    columns |= {"origins": listed.sum(axis=0), "destinations": listed.sum(axis=1)}
    bounds = np.array([share_bounds(low[:, j], high[:, j]).concentration for j in range(len(names))])
    columns |= {"concentration_low": bounds[:, 0], "concentration_high": bounds[:, 1]}
    columns |= {"betweenness": flow_betweenness(low), "betweenness_high": flow_betweenness(high)}
    table = pd.DataFrame(columns)
    return table.sort_values(["betweenness_high", "place"], ascending=[False, True], ignore_index=True)


def _estimates(table: pd.DataFrame) -> pd.DataFrame:
    """Return the terms."""
    nan = float("nan")
    ends = sorted(float(table[name].max()) for name in ("betweenness", "betweenness_high"))
    value = ends[0] if ends[0] == ends[1] else nan
    rows = {
        "greatest_betweenness": (value, nan, ends[0], ends[1]),
        "places": (float(table["place"].nunique()), nan, nan, nan),
    }
    return estimates_table(rows).assign(unit=["", "places"])


def _check_connected(ends: Ends) -> Check:
    """Say whether there is anything between places at all."""
    between = ends.frame["origin"] != ends.frame["destination"]
    if between.any():
        message = say("{n:,} counts lead from one place to another.", n=int(between.sum()))
        return Check("flows between places", "pass", message, {"between": float(between.sum())})
    message = say("All counts are domestic: no place lies between others, and betweenness says nothing.")
    return Check("flows between places", "fail", message, {"between": 0})


def _check_steady(table: pd.DataFrame, *, masked: bool) -> Check:
    """Say whether the order of hubs hangs on masked counts."""
    from scipy.stats import spearmanr

    pairs = (
        table[["betweenness", "betweenness_high"]].dropna().round(6)
    )  # what is left beyond is rounding, and no order
    same = len(pairs) < 3 or pairs.nunique().min() < 2
    found = 1.0 if same or not masked else float(spearmanr(pairs["betweenness"], pairs["betweenness_high"]).statistic)
    hidden = int(table["betweenness"].isna().sum() - table["betweenness_high"].isna().sum())
    if found >= _STEADY and not hidden:
        message = say(
            "The order of hubs is the same whatever the masked counts are (correlation {found:.2f}).", found=found
        )
        return Check("masked counts and hubs", "pass", message, {"correlation": found})
    message = say(
        "The order of hubs hangs on masked counts (correlation {found:.2f} between their ends; {hidden} places have "
        "masked counts alone): do not read it as an order.",
        found=found,
        hidden=hidden,
    )
    return Check("masked counts and hubs", "review", message, {"correlation": found, "hidden": hidden})
