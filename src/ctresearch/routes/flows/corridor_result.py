"""What corridors, hubs and changes of corridors say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ctresearch.core.meaning import count, date, mark, model, place
from ctresearch.core.result import Result, table_field, value_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes

    from ctresearch.core.meaning import Meaning

PEOPLE_AT_LEAST = count("People, at least", "persons")
ORIGIN, DESTINATION = place("Origin"), place("Destination")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CorridorsResult(Result):
    """Corridors between places, and how concentrated and how domestic they are.

    Parameters
    ----------
    corridors : pandas.DataFrame
        One row a corridor: ``origin``, ``destination``, ``people`` (a number, ``<5`` or a range), ``years_listed``,
        ``years_reported`` (years in which the reporting side published any such count), ``first_year``, ``last_year``
        and ``domestic``.
    origin_role, destination_role : str
        Which roles were taken.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Limits are bounds: they hold whatever the masked counts
        are, and no masked count is worked out.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.routes import Corridors, FlowTable
    >>> frame = pd.DataFrame({"a": ["NGA", "ITA"], "b": ["ITA", "ITA"], "count": [31, "<5"]})
    >>> Corridors().fit(FlowTable.from_frame(frame, citizenship="a", detection="b")).corridors["people"].tolist()
    ['31', '<5']
    """

    n: int = value_field(PEOPLE_AT_LEAST)
    corridors: pd.DataFrame = table_field(
        {
            "origin": ORIGIN,
            "destination": DESTINATION,
            "people": count("People"),
            "years_listed": count("Years in which it is listed", "years", of="nobody"),
            "years_reported": count("Years in which its reporter published any", "years", of="nobody"),
            "first_year": date("First year listed", "year"),
            "last_year": date("Last year listed", "year"),
            "domestic": mark("Within one place"),
        }
    )
    origin_role: str = value_field(mark("Role of the origin"), default="")
    destination_role: str = value_field(mark("Role of the destination"), default="")
    terms: ClassVar[Mapping[str, Meaning]] = {
        "domestic_share": model("Share of domestic flows", reader="percent", headline=True),
        "concentration": model("Concentration of corridors (sum of squared shares)"),
        "effective_corridors": model("Effective number of corridors"),
        "corridors": count("Corridors", "corridors", of="nobody"),
    }

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the largest corridors with the range of each.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            At most 20 corridors.

        Examples
        --------
        >>> import pandas as pd
        >>> from ctresearch.routes import Corridors, FlowTable
        >>> frame = pd.DataFrame({"a": ["NGA", "ITA"], "b": ["ITA", "ITA"], "count": [31, "<5"]})
        >>> flows = FlowTable.from_frame(frame, citizenship="a", detection="b")
        >>> Corridors().fit(flows).plot().get_xlabel()
        'people'
        """
        from ctresearch.core import plot, render

        table = self.corridors.head(20)
        ends = np.array([_ends(words) for words in table["people"]], dtype=float).reshape(-1, 2)
        ax = plot.new_axes(height=0.9 + 0.28 * len(table)) if ax is None else ax
        at = np.arange(len(table))[::-1]
        ax.hlines(at, ends[:, 0], ends[:, 1], color="0.3", linewidth=2)
        ax.plot(ends[:, 1], at, "o", color="0.15", markersize=5, label="at most")
        ax.plot(ends[:, 0], at, "o", mfc="white", mec="0.15", markersize=5, label="at least")
        ax.set_yticks(at, [f"{a} → {b}" for a, b in zip(table["origin"], table["destination"], strict=True)])
        ax.set_xlabel("people")
        ax.set_title(render.title(self))
        ax.legend(loc="lower right")
        return plot.shows(ax, table, self.roles("corridors"))


def _ends(words: str) -> tuple[float, float]:
    """Read a number, a bound or a range as it is shown."""
    if words.startswith("<"):
        return 0.0, float(words[1:]) - 1
    low, _, high = words.partition(" to ")
    return float(low), float(high or low)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class HubsResult(Result):
    """What passes through each place, and how much of the exchange hangs on it.

    Parameters
    ----------
    hubs : pandas.DataFrame
        One row a place (and year): ``sends`` and ``receives`` (other places alone), ``within`` (domestic), each a
        number, ``<5`` or a range; ``origins`` and ``destinations``, places listed; ``concentration_low``,
        ``concentration_high`` of where those it receives come from; ``betweenness`` with masked counts at their least
        and ``betweenness_high`` at their greatest.
    **fields
        Everything that :class:`ctresearch.core.Result` holds.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.routes import FlowTable, Hubs
    >>> frame = pd.DataFrame({"a": ["NGA", "ITA"], "b": ["ITA", "FRA"], "count": [31, 8]})
    >>> hubs = Hubs().fit(FlowTable.from_frame(frame, citizenship="a", detection="b")).hubs
    >>> float(hubs.set_index("place").loc["ITA", "betweenness"])
    1.0
    """

    n: int = value_field(PEOPLE_AT_LEAST)
    hubs: pd.DataFrame = table_field(
        {
            "place": place("Place"),
            "year": date("Year", "year"),
            "sends": count("People from there found elsewhere"),
            "receives": count("People found there from elsewhere"),
            "within": count("People found there from there"),
            "origins": count("Places of origin listed", "places", of="nobody"),
            "destinations": count("Places of destination listed", "places", of="nobody"),
            "concentration_low": model("Least concentration of origins"),
            "concentration_high": model("Greatest concentration of origins"),
            "betweenness": model("Flow betweenness, masked counts at their least"),
            "betweenness_high": model("Flow betweenness, masked counts at their greatest"),
        }
    )
    terms: ClassVar[Mapping[str, Meaning]] = {
        "greatest_betweenness": model("Greatest flow betweenness of a place", headline=True),
        "places": count("Places", "places", of="nobody"),
    }


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CorridorChangesResult(Result):
    """Corridors that appeared, vanished, grew or shrank between two periods.

    Parameters
    ----------
    changes : pandas.DataFrame
        One row a corridor that was tested: ``before`` and ``after`` (a number, ``<5`` or a range), ``years_before`` and
        ``years_after`` in which its reporter published any, ``change`` (new, vanished, more, fewer, or none found),
        ``p_value`` at the least favourable values that masked counts can have, and ``q_value``, its share of false
        discoveries.
    dispersion : float
        Variance of yearly counts within corridors over their mean; NaN where none has two known years in one period.
    **fields
        Everything that :class:`ctresearch.core.Result` holds.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.routes import CorridorChanges, FlowTable
    >>> frame = pd.DataFrame({"a": ["NGA"] * 4, "b": ["ITA"] * 4, "t": range(2001, 2005), "count": [9, 8, 40, 41]})
    >>> flows = FlowTable.from_frame(frame, citizenship="a", detection="b", year="t")
    >>> CorridorChanges(after=2003).fit(flows).changes["change"].tolist()
    ['more']
    """

    n: int = value_field(PEOPLE_AT_LEAST)
    changes: pd.DataFrame = table_field(
        {
            "origin": ORIGIN,
            "destination": DESTINATION,
            "before": count("People before"),
            "after": count("People after"),
            "years_before": count("Years reported before", "years", of="nobody"),
            "years_after": count("Years reported after", "years", of="nobody"),
            "change": mark("Change"),
            "p_value": model("p value at the least favourable masked counts"),
            "q_value": model("False-discovery rate at which it is found"),
        }
    )
    dispersion: float = value_field(model("Dispersion of yearly counts"), default=1.0)
    terms: ClassVar[Mapping[str, Meaning]] = {
        "new": count("New corridors", "corridors", of="nobody"),
        "vanished": count("Corridors no longer listed", "corridors", of="nobody"),
        "more": count("Corridors with more people", "corridors", of="nobody"),
        "fewer": count("Corridors with fewer people", "corridors", of="nobody"),
    }
