"""What origins and destinations report of the same corridors, and whether parts add up to their wholes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, read_numbers, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, date, mark, model
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table, table_field, value_field
from ctresearch.core.validate import has_columns, is_frame
from ctresearch.routes.counts.reported import people_words
from ctresearch.routes.flows.corridor_result import DESTINATION, ORIGIN, PEOPLE_AT_LEAST
from ctresearch.routes.flows.corridors import corridor_ends

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.meaning import Meaning
    from ctresearch.routes.flows.flow_table import FlowTable


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ReportsResult(Result):
    """What two sides report of the same corridors.

    Parameters
    ----------
    corridors : pandas.DataFrame
        One row a corridor (and year) that both list: ``found``, what the destination reports, ``returned``, what the
        origin reports, and ``agree``: ``yes`` where the ranges meet, ``found more`` or ``returned more`` where not.
    **fields
        Everything that :class:`ctresearch.core.Result` holds.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.routes import FlowTable, check_mass, compare_reports
    >>> there = FlowTable.from_frame(
    ...     pd.DataFrame({"a": ["NGA"], "b": ["ITA"], "count": [31]}), citizenship="a", detection="b"
    ... )
    >>> back = FlowTable.from_frame(
    ...     pd.DataFrame({"a": ["ITA"], "b": ["NGA"], "count": ["<5"]}), returned_from="a", repatriation="b"
    ... )
    >>> compare_reports(there, back).corridors["agree"].tolist()
    ['found more']
    """

    n: int = value_field(PEOPLE_AT_LEAST)
    corridors: pd.DataFrame = table_field(
        {
            "origin": ORIGIN,
            "destination": DESTINATION,
            "year": date("Year", "year"),
            "found": count("People found, as the destination reports"),
            "returned": count("People returned, as the origin reports"),
            "agree": mark("Whether both agree"),
        }
    )
    terms: ClassVar[Mapping[str, Meaning]] = {
        "both": count("Corridors that both sides list", "corridors", of="nobody"),
        "found_alone": count("Corridors that the destination alone lists", "corridors", of="nobody"),
        "returned_alone": count("Corridors that the origin alone lists", "corridors", of="nobody"),
        "agree": model("Share of corridors on which both agree", reader="percent", headline=True),
    }


def compare_reports(found: FlowTable, returned: FlowTable) -> ReportsResult:
    """Compare what destinations report of people they found with what origins report of people who came back.

    The two need not agree: not everybody who is found returns, or in the same year. More returned than found is what
    needs an explanation.

    Parameters
    ----------
    found : FlowTable
        From an origin to where people were exploited or detected, as the destination reports.
    returned : FlowTable
        With the roles ``returned_from`` and ``repatriation``, as the origin reports.

    Returns
    -------
    ReportsResult
        Terms ``both``, ``found_alone``, ``returned_alone`` and ``agree``.

    Raises
    ------
    DataError
        If one of them does not know the two places.

    References
    ----------
    .. [1] United Nations Office on Drugs and Crime (2024). Global Report on Trafficking in Persons 2024. United Nations
       publication.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.routes import FlowTable, check_mass, compare_reports
    >>> there = pd.DataFrame({"a": ["NGA"], "b": ["ITA"], "count": [31]})
    >>> back = pd.DataFrame({"a": ["ITA"], "b": ["NGA"], "count": [12]})
    >>> result = compare_reports(
    ...     FlowTable.from_frame(there, citizenship="a", detection="b"),
    ...     FlowTable.from_frame(back, returned_from="a", repatriation="b"),
    ... )
    >>> int(result.estimates.loc["both", "estimate"])
    1
    """
    there = corridor_ends(found, None, None).frame
    back = corridor_ends(returned, "returned_from", "repatriation").frame
    back = back.rename(columns={"origin": "destination", "destination": "origin"})
    keys = ["origin", "destination", *(["year"] if "year" in there and "year" in back else [])]
    sums = [part.groupby(keys)[["low", "high"]].sum() for part in (there, back)]
    if any(one.empty for one in sums):
        raise DataError("one of the tables has no corridor, must have at least one each")
    both = sums[0].merge(sums[1], left_index=True, right_index=True, suffixes=("_found", "_returned")).reset_index()
    more = both["low_found"] > both["high_returned"]
    less = both["low_returned"] > both["high_found"]
    table = both[keys].assign(
        found=people_words(both["low_found"].to_numpy(), both["high_found"].to_numpy()),
        returned=people_words(both["low_returned"].to_numpy(), both["high_returned"].to_numpy()),
        agree=np.where(more, "found more", np.where(less, "returned more", "yes")),
    )
    nan, lone = float("nan"), [float(len(one) - len(both)) for one in sums]
    rows = {"both": float(len(both)), "found_alone": lone[0], "returned_alone": lone[1]}
    agree = float((~more & ~less).mean()) if len(both) else nan
    estimates = estimates_table({name: (value, nan, nan, nan) for name, value in (rows | {"agree": agree}).items()})
    least = min(int(one["low"].min()) for one in sums)
    return ReportsResult(
        method=say("Reports of destinations and origins compared"),
        estimates=estimates.assign(unit=["corridors"] * 3 + [""]),
        n=int(sum(one["low"].sum() for one in sums)),
        smallest_group=max(1, least),
        scope=found.scope,
        checks=(_check_symmetry(int(less.sum()), len(both)),),
        references=references(compare_reports),
        inputs=record(pd.concat([found.frame, returned.frame], ignore_index=True)),
        corridors=table,
    )


def _check_symmetry(less: int, both: int) -> Check:
    """Say whether origins report more than destinations."""
    if not both:
        return Check("symmetry", "review", say("No corridor is listed by both sides: nothing can be compared."))
    message = say(
        "In {less:,} of {both:,} corridors that both sides list, the origin reports more people returned than the "
        "destination found.",
        less=less,
        both=both,
    )
    return Check("symmetry", "review" if less else "pass", message, {"less": less, "both": both})


def check_mass(parts: FlowTable, wholes: pd.DataFrame, *, place: str = "place", year: str = "year") -> Check:
    """Check whether flows into each place add up to no more than the people it says it found.

    Parameters
    ----------
    parts : FlowTable
        Flows with years.
    wholes : pandas.DataFrame
        One row a place and year: ``low`` and ``high`` of all people found there.
    place, year : str
        Columns of ``wholes``.

    Returns
    -------
    Check
        ``fail`` where flows add up to more, ``review`` where they leave people whose origin is not known, ``pass``
        where all are accounted for. It counts places and years, and says nothing of any cell.

    Raises
    ------
    DataError
        If a column is missing, its cells are no such numbers, or no place and year is in both.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.routes import FlowTable, check_mass, compare_reports
    >>> frame = pd.DataFrame({"a": ["NGA"], "b": ["ITA"], "t": [2020], "count": [31]})
    >>> flows = FlowTable.from_frame(frame, citizenship="a", detection="b", year="t")
    >>> wholes = pd.DataFrame({"place": ["ITA"], "year": [2020], "low": [20], "high": [20]})
    >>> check_mass(flows, wholes).status
    'fail'
    """
    columns = [column_name("place", place), column_name("year", year), "low", "high"]
    has_columns("wholes", is_frame("wholes", wholes), columns)
    ends = corridor_ends(parts, None, None).frame
    has_columns("flows", ends, ["year"])
    refuse_missing(wholes, [place])
    when, low, high = (read_numbers(wholes, name) for name in (year, "low", "high"))
    wrong = (low < 0) | (high < low)
    refuse_cells(wholes["low"], wrong, "must be at least 0 and at most the greatest", name="low")
    whole = pd.DataFrame({"destination": wholes[place].astype("str"), "year": when, "low": low, "high": high})
    whole = whole.groupby(["destination", "year"]).agg({"low": "min", "high": "max"})
    sums = ends.groupby(["destination", "year"])[["low", "high"]].sum()
    both = sums.merge(whole, left_index=True, right_index=True, suffixes=("", "_whole"))
    if both.empty:
        raise DataError("0 places and years are in both tables, must have at least one to compare")
    over = int((both["low"] > both["high_whole"]).sum())
    under = int((both["high"] < both["low_whole"]).sum())
    message = say(
        "Of {cells:,} places and years, flows add up to more people than were found in {over:,}, and leave some "
        "without an origin in {under:,}.",
        cells=len(both),
        over=over,
        under=under,
    )
    numbers = {"cells": len(both), "over": over, "under": under}
    return Check("mass", "fail" if over else "review" if under else "pass", message, numbers)
