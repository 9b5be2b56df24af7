"""What agreements between states cover of the flows between them, as bounds where counts or dates are ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.result import estimates_table
from ctresearch.core.validate import one_of, whole_number
from ctresearch.routes.cooperation.agreements import Agreements, bound_between
from ctresearch.routes.cooperation.cooperation_result import CooperationResult
from ctresearch.routes.counts.reported import people_words
from ctresearch.routes.flows.corridors import ASSUMPTIONS, check_known, corridor_ends
from ctresearch.routes.flows.places import BETWEEN_STOPS, ROLES

if TYPE_CHECKING:
    from ctresearch.routes.flows.flow_table import FlowTable

BANDS = (5, 25, 100)
"""Least people of each band of size but the first."""
_WIDE = 0.1  # width of the bounds of the share from which a reader must not take it for a number
_KNOWN = (
    "An agreement covers a corridor where both its states are bound; whether it is used is another question.",
    "The table of agreements holds all that bind these states.",
)


class Cooperation(Options):
    """Say which corridors between states an agreement covers, and what share of the people on them.

    Where a count is ``<5`` and where a state became bound within a year, the share is bounded by the least and the
    greatest that each count and each date allows by itself. States are not ranked: corridors that no agreement covers
    are listed by bands of size, and states in alphabetical order.

    Parameters
    ----------
    agreements : Agreements
        Who is party to which agreement, and since when.
    at : int, optional
        Year in which agreements are looked at, for flows without years; those of each flow's own year by default.
    origin, destination : str, optional
        Roles of the place a corridor begins and ends in; the first and the last that the table knows by default.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    Notes
    -----
    With counts known as ranges, :math:`C` the people of pairs and years in which an agreement bound both states all
    year, :math:`P` in which it did for a part of it, and :math:`U` the others, the share lies from
    :math:`C_{low} / (C_{low} + P_{high} + U_{high})` to
    :math:`(C_{high} + P_{high}) / (C_{high} + P_{high} + U_{low})`, and both ends are reached.

    References
    ----------
    .. [1] United Nations (2000). United Nations Convention against Transnational Organized Crime. United Nations Treaty
       Series 2225, 209.
    .. [2] Mattar, M. Y. (2013). Transnational legal responses to illegal trade in human beings. SAIS Review of
       International Affairs 33, 137-159. https://doi.org/10.1353/sais.2013.0013

    Examples
    --------
    >>> from ctresearch.routes import Agreements, FlowTable
    >>> frame = pd.DataFrame({"a": ["NGA", "GHA", "ALB"], "b": ["ITA"] * 3, "t": 2020, "count": [60, "<5", 20]})
    >>> flows = FlowTable.from_frame(frame, citizenship="a", detection="b", year="t")
    >>> treaty = pd.DataFrame({"agreement": "A", "party": ["NGA", "ITA"], "since": 2004})
    >>> result = Cooperation(agreements=Agreements.from_frame(treaty)).fit(flows)
    >>> low, high = result.estimates.loc["covered", ["ci_low", "ci_high"]].astype(float)
    >>> print(f"{low:.0%} to {high:.0%} were found on corridors with an agreement; not covered:")
    71% to 75% were found on corridors with an agreement; not covered:
    >>> result.uncovered.to_numpy().tolist()
    [['5 to 24', 'ALB', 'ITA'], ['fewer than 5', 'GHA', 'ITA']]
    """

    def __init__(
        self,
        *,
        agreements: Agreements,
        at: int | None = None,
        origin: str | None = None,
        destination: str | None = None,
    ) -> None:
        if not isinstance(agreements, Agreements):
            raise SpecificationError(
                f"agreements is a {type(agreements).__name__}, must be Agreements: make them by Agreements.from_frame"
            )
        self.agreements = agreements
        self.at = None if at is None else whole_number("at", at, 1900, 2100)
        self.origin = origin if origin is None else one_of("origin", origin, ROLES)
        self.destination = destination if destination is None else one_of("destination", destination, ROLES)

    def fit(self, flows: FlowTable) -> CooperationResult:
        """Hold the corridors between states to the agreements.

        Parameters
        ----------
        flows : FlowTable
            The flows; their places are states.

        Returns
        -------
        CooperationResult
            Terms ``covered``, ``bilateral``, ``multilateral`` (shares of people, as bounds), ``corridors`` and
            ``uncovered``.

        Raises
        ------
        DataError
            If the table does not know two places or has no people between states, or none of its states is party to an
            agreement.
        SpecificationError
            If flows have no year and ``at`` is not given.

        Examples
        --------
        >>> from ctresearch.routes import Agreements, FlowTable
        >>> frame = pd.DataFrame({"a": ["NGA"], "b": ["ITA"], "count": [60]})
        >>> flows = FlowTable.from_frame(frame, citizenship="a", detection="b")
        >>> treaty = pd.DataFrame({"agreement": "A", "party": ["NGA", "ITA"], "since": 2004})
        >>> estimate = Cooperation(agreements=Agreements.from_frame(treaty), at=2020).fit(flows).estimates
        >>> float(estimate.loc["covered", "estimate"])
        1.0
        """
        ends = corridor_ends(flows, self.origin, self.destination)
        frame = self._dated(ends.frame)
        between = frame[(frame["origin"] != frame["destination"]) & (frame["high"] > 0)].reset_index(drop=True)
        states = sorted({*frame["origin"], *frame["destination"]})
        if between.empty:
            raise DataError(f"0 of {len(frame):,} flows have people between two states, must be at least one")
        outside = [state for state in states if state not in self.agreements.states]
        if len(outside) == len(states):
            raise DataError(
                f"0 of {len(states):,} states of the flows are party to an agreement, must be at least one: read both "
                "as countries, or both as given"
            )
        pairs = between[["origin", "destination", "year"]].drop_duplicates()
        bound = bound_between(self.agreements, pairs)
        rows = _covered(between, bound)
        corridors = _corridors(rows, bound)
        estimates = _estimates(rows, corridors)
        least = int(between["low"].sum())
        return CooperationResult(
            method=say(
                "Agreements on corridors by {origin} and {destination}",
                origin=ends.origin,
                destination=ends.destination,
            ),
            estimates=estimates,
            n=least,
            smallest_group=max(1, least),
            interval="bounds",
            scope=flows.scope,
            checks=(
                *flows.checks,
                check_known(ends),
                _check_states(len(outside), len(states)),
                _check_entry(rows),
                _check_width(estimates),
            ),
            assumptions=(*ASSUMPTIONS, *_KNOWN),
            references=references(Cooperation),
            inputs=record(flows.frame, packages=("numpy", "pandas")),
            corridors=corridors.drop(columns=["low", "high", "band"]),
            uncovered=_uncovered(corridors),
            bands=_bands(corridors),
            states=_states(frame, corridors, states),
            transit=_transit(flows, ends.origin, ends.destination),
        )

    def _dated(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Give every flow the year in which agreements are looked at."""
        if self.at is not None:
            return frame.assign(year=self.at)
        if "year" not in frame:
            raise SpecificationError("the flows have no year and at is None, must be the year of the agreements")
        return frame


def _covered(between: pd.DataFrame, bound: pd.DataFrame) -> pd.DataFrame:
    """Say of each count whether an agreement was in force all year, a part of it, or not: by kind and of any kind."""
    keys = ["origin", "destination", "year"]
    rows = between.groupby(keys, as_index=False)[["low", "high"]].sum()
    for name, some in {
        "any": bound,
        "bilateral": bound[bound["bilateral"]],
        "multilateral": bound[~bound["bilateral"]],
    }.items():
        whole = some.groupby(keys)["whole"].any().rename(name).reset_index()
        met = rows[keys].merge(whole, how="left", on=keys)[name]
        rows[name] = np.where(met.isna(), "none", np.where(met.fillna(False).astype(bool), "whole", "part"))
    return rows


def _share(rows: pd.DataFrame, kind: str) -> tuple[float, float]:
    """Bound the share of people of pairs and years under an agreement."""
    ends = rows.groupby(kind)[["low", "high"]].sum().reindex(["whole", "part", "none"], fill_value=0)
    (c_low, c_high), (_, p_high), (u_low, u_high) = ends.to_numpy(dtype=float)
    beside, most = p_high + u_high, c_high + p_high
    return (c_low / (c_low + beside) if beside else 1.0), (most / (most + u_low) if most else 0.0)


def _corridors(rows: pd.DataFrame, bound: pd.DataFrame) -> pd.DataFrame:
    """Add years up by corridor, in alphabetical order."""
    keys = ["origin", "destination"]
    whole, some = rows["any"].eq("whole"), rows["any"].ne("none")
    parts = rows.assign(in_low=rows["low"].where(whole, 0), in_high=rows["high"].where(some, 0), whole=whole, some=some)
    how = {"low": "sum", "high": "sum", "in_low": "sum", "in_high": "sum", "whole": "all", "some": "any"}
    table = parts.groupby(keys, as_index=False).agg(how)
    low, high = table["low"].to_numpy(), table["high"].to_numpy()
    table["people"] = people_words(low, high)
    table["under_agreement"] = people_words(table["in_low"].to_numpy(), table["in_high"].to_numpy())
    coverage = np.where(table["whole"], "covered", np.where(table["some"], "covered in part", "not covered"))
    table["coverage"] = coverage
    known = bound.groupby(keys).agg(
        agreements=("agreement", "nunique"), two=("bilateral", "any"), more=("bilateral", "all")
    )
    known = table[keys].join(known, on=keys)
    table["agreements"] = known["agreements"].fillna(0).astype("int64")
    two, more = known["two"].eq(True).to_numpy(), known["more"].eq(False).to_numpy()
    table["kinds"] = np.where(two & more, "both", np.where(two, "bilateral", np.where(more, "multilateral", "none")))
    table["band"] = [_band(a, b) for a, b in zip(low.tolist(), high.tolist(), strict=True)]
    columns = [*keys, "people", "under_agreement", "coverage", "agreements", "kinds", "low", "high", "band"]
    return table[columns]


def _band(low: int, high: int) -> str:
    """Say in which band of size a count lies, or in which bands a range may."""
    least, most = (int(np.searchsorted(BANDS, value, side="right")) for value in (low, high))
    if most == 0:
        return f"fewer than {BANDS[0]}"
    if most == len(BANDS):
        return f"{BANDS[least - 1]} or more" if least else "any size"
    return f"{BANDS[least - 1]} to {BANDS[most] - 1}" if least else f"fewer than {BANDS[most]}"


def _ordered(corridors: pd.DataFrame) -> list[str]:
    """Return the bands that there are, the largest first."""
    size = corridors.groupby("band")[["high", "low"]].max()
    return size.sort_values(["high", "low"], ascending=False).index.tolist()


def _uncovered(corridors: pd.DataFrame) -> pd.DataFrame:
    """List the corridors that no agreement covers, by band of size and then by name."""
    table = corridors.loc[corridors["coverage"].eq("not covered"), ["band", "origin", "destination"]]
    place = {band: at for at, band in enumerate(_ordered(corridors))}
    order = table.assign(at=table["band"].map(place)).sort_values(["at", "origin", "destination"]).index
    return table.loc[order].reset_index(drop=True)


def _bands(corridors: pd.DataFrame) -> pd.DataFrame:
    """Count the corridors of each band of size by how far they are covered."""
    names = {"covered": "covered", "covered in part": "in_part", "not covered": "not_covered"}
    table = pd.crosstab(corridors["band"], corridors["coverage"]).reindex(columns=list(names), fill_value=0)
    table = table.rename(columns=names).loc[_ordered(corridors)].astype("int64")
    return table.rename_axis(index="band", columns=None).reset_index()


def _states(frame: pd.DataFrame, corridors: pd.DataFrame, states: list[str]) -> pd.DataFrame:
    """Describe the part of each state, in alphabetical order."""
    columns: dict[str, object] = {"state": states}
    within = frame[frame["origin"] == frame["destination"]].groupby("origin")[["low", "high"]].sum()
    ends = {name: corridors.groupby(name)[["low", "high"]].sum() for name in ("origin", "destination")}
    for name, table in {"from_there": ends["origin"], "found_there": ends["destination"], "within": within}.items():
        whole = table.reindex(states, fill_value=0)
        columns[name] = people_words(whole["low"].to_numpy(), whole["high"].to_numpy())
    turned = corridors.rename(columns={"origin": "destination", "destination": "origin"})
    both = pd.concat([corridors, turned])[["origin", "destination", "coverage"]]
    columns["partners"] = both.groupby("origin")["destination"].nunique().reindex(states, fill_value=0).to_numpy()
    met = both[both["coverage"].ne("not covered")]
    columns["under_agreement"] = met.groupby("origin")["destination"].nunique().reindex(states, fill_value=0).to_numpy()
    return pd.DataFrame(columns)


def _transit(flows: FlowTable, origin: str, destination: str) -> pd.DataFrame | None:
    """List the states that journeys of a corridor passed through."""
    if "transit" not in flows.roles:
        return None
    known = flows.frame.dropna(subset=[origin, destination, "transit"])
    passed = known["transit"].map(lambda cell: list(dict.fromkeys(cell.split(BETWEEN_STOPS))))
    stops = known.assign(state=passed)
    stops = stops.explode("state").rename(columns={origin: "origin", destination: "destination"})
    keys = ["state", "origin", "destination"]
    table = stops.groupby(keys, as_index=False)[["low", "high"]].sum()
    table["people"] = people_words(table["low"].to_numpy(dtype=np.int64), table["high"].to_numpy(dtype=np.int64))
    return table[[*keys, "people"]]


def _estimates(rows: pd.DataFrame, corridors: pd.DataFrame) -> pd.DataFrame:
    """Return the terms; a share is a number where its bounds are one."""
    nan = float("nan")
    made = {}
    for term, kind in {"covered": "any", "bilateral": "bilateral", "multilateral": "multilateral"}.items():
        low, high = _share(rows, kind)
        made[term] = (low if low == high else nan, nan, low, high)
    made["corridors"] = (float(len(corridors)), nan, nan, nan)
    made["uncovered"] = (float(corridors["coverage"].eq("not covered").sum()), nan, nan, nan)
    return estimates_table(made).assign(unit=["", "", "", "corridors", "corridors"])


def _check_states(outside: int, states: int) -> Check:
    """Say whether every state of the flows is party to some agreement of the table."""
    numbers = {"outside": outside, "states": states}
    if not outside:
        said = say("All {states} states of the flows are party to an agreement of the table.", states=states)
        return Check("states in agreements", "pass", said, numbers)
    said = say(
        "{outside} of {states} states of the flows are party to no agreement of the table: a corridor of theirs is not "
        "covered because there is none, or because the table leaves it out.",
        outside=outside,
        states=states,
    )
    return Check("states in agreements", "review", said, numbers)


def _check_entry(rows: pd.DataFrame) -> Check:
    """Say how many counts are of a year in which an agreement was in force for a part alone."""
    part = int(rows["any"].eq("part").sum())
    numbers = {"part": part, "counts": len(rows)}
    if not part:
        said = say("No count is of a year in which an agreement began or ended.")
        return Check("years of entry", "pass", said, numbers)
    said = say(
        "{part:,} of {counts:,} counts are of years in which an agreement was in force for a part alone, or began on a "
        "day that is not said: they may be covered or not.",
        part=part,
        counts=len(rows),
    )
    return Check("years of entry", "review", said, numbers)


def _check_width(estimates: pd.DataFrame) -> Check:
    """Say whether masked counts and dates leave the share covered open."""
    low, high = estimates[["ci_low", "ci_high"]].to_numpy(dtype=float)[0]
    low, high = float(low), float(high)
    numbers = {"low": low, "high": high}
    if high - low <= _WIDE:
        said = say(
            "Masked counts and dates leave the share covered between {low:.0%} and {high:.0%}.", low=low, high=high
        )
        return Check("share covered", "pass", said, numbers)
    said = say(
        "Masked counts and dates leave the share covered anywhere from {low:.0%} to {high:.0%}: no number between is "
        "more likely than another.",
        low=low,
        high=high,
    )
    return Check("share covered", "review", said, numbers)
