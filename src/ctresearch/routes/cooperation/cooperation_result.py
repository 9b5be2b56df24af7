"""What agreements between states cover of the flows between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ctresearch.core.meaning import count, key, mark, model, operational, place
from ctresearch.core.result import Result, table_field, value_field
from ctresearch.routes.flows.corridor_result import DESTINATION, ORIGIN, PEOPLE_AT_LEAST

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes

    from ctresearch.core.meaning import Meaning

_CORRIDORS = ("covered", "covered in part", "not covered")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CooperationResult(Result):
    """Which corridors between states an agreement covers, and what part each state has in them.

    States stand in alphabetical order and corridors in that of their size band: nothing here ranks a state.

    Parameters
    ----------
    corridors : pandas.DataFrame
        One row a corridor between two states: ``origin``, ``destination``, ``people`` (a number, ``<5`` or a range),
        ``under_agreement`` (those of years in which one was in force), ``coverage`` (covered, covered in part, not
        covered), ``agreements`` (how many ever bound both) and ``kinds`` (bilateral, multilateral, both, none).
    uncovered : pandas.DataFrame
        Corridors that no agreement covered in any year: ``band`` of size, ``origin``, ``destination``.
    bands : pandas.DataFrame
        One row a band of size: how many corridors of it are ``covered``, ``in_part`` and ``not_covered``.
    states : pandas.DataFrame
        One row a state: people of corridors that begin (``from_there``) and end there (``found_there``), and within it;
        ``partners``, states that it shares a corridor with, and ``under_agreement``, those of them with whom an
        agreement was in force in a year of a flow.
    transit : pandas.DataFrame, optional
        One row a state and corridor that it was a stop of: operational detail, which the gate keeps back unless the
        study says otherwise. Nothing where the flows know no transit.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Limits are bounds: they hold whatever the masked counts
        are, and no masked count is worked out.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.routes import Agreements, Cooperation, FlowTable
    >>> frame = pd.DataFrame({"a": ["NGA", "GHA"], "b": ["ITA", "ITA"], "t": 2020, "count": [60, "<5"]})
    >>> flows = FlowTable.from_frame(frame, citizenship="a", detection="b", year="t")
    >>> treaty = pd.DataFrame({"agreement": "A", "party": ["NGA", "ITA"], "since": 2004})
    >>> Cooperation(agreements=Agreements.from_frame(treaty)).fit(flows).uncovered["band"].tolist()
    ['fewer than 5']
    """

    n: int = value_field(PEOPLE_AT_LEAST)
    corridors: pd.DataFrame = table_field(
        {
            "origin": ORIGIN,
            "destination": DESTINATION,
            "people": count("People"),
            "under_agreement": count("People of years with an agreement in force"),
            "coverage": mark("Coverage"),
            "agreements": count("Agreements", "agreements", of="nobody"),
            "kinds": mark("Kinds of agreement"),
        }
    )
    uncovered: pd.DataFrame = table_field({"band": key("Size"), "origin": ORIGIN, "destination": DESTINATION})
    bands: pd.DataFrame = table_field(
        {
            "band": key("Size"),
            "covered": count("Corridors covered", "corridors", of="nobody"),
            "in_part": count("Corridors covered in part", "corridors", of="nobody"),
            "not_covered": count("Corridors not covered", "corridors", of="nobody"),
        }
    )
    states: pd.DataFrame = table_field(
        {
            "state": place("State"),
            "from_there": count("People from there found elsewhere"),
            "found_there": count("People found there from elsewhere"),
            "within": count("People found there from there"),
            "partners": count("States it shares a corridor with", "states", of="nobody"),
            "under_agreement": count("Of these, with an agreement in force", "states", of="nobody"),
        }
    )
    transit: pd.DataFrame | None = table_field(
        {
            "state": operational("State of transit"),
            "origin": ORIGIN,
            "destination": DESTINATION,
            "people": count("People"),
        },
        optional=True,
    )
    terms: ClassVar[Mapping[str, Meaning]] = {
        "covered": model("Share of people on corridors with an agreement in force", reader="percent", headline=True),
        "bilateral": model("Share of people on corridors with a bilateral agreement in force", reader="percent"),
        "multilateral": model("Share of people on corridors with a multilateral agreement in force", reader="percent"),
        "corridors": count("Corridors between states", "corridors", of="nobody"),
        "uncovered": count("Corridors that no agreement covers", "corridors", of="nobody"),
    }

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw how many corridors of each size are covered.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            One bar a band of size.

        Examples
        --------
        >>> import pandas as pd
        >>> from ctresearch.routes import Agreements, Cooperation, FlowTable
        >>> frame = pd.DataFrame({"a": ["NGA", "GHA"], "b": ["ITA", "ITA"], "t": 2020, "count": [60, "<5"]})
        >>> flows = FlowTable.from_frame(frame, citizenship="a", detection="b", year="t")
        >>> treaty = pd.DataFrame({"agreement": "A", "party": ["NGA", "ITA"], "since": 2004})
        >>> Cooperation(agreements=Agreements.from_frame(treaty)).fit(flows).plot().get_xlabel()
        'corridors between states'
        """
        from matplotlib.ticker import MaxNLocator

        from ctresearch.core import plot, render

        table = self.bands
        ax = plot.new_axes(height=1.6 + 0.4 * len(table)) if ax is None else ax
        at, left = np.arange(len(table))[::-1], np.zeros(len(table))
        looks = (("0.25", ""), ("0.65", "//"), ("white", ""))
        for name, label, (shade, hatch) in zip(("covered", "in_part", "not_covered"), _CORRIDORS, looks, strict=True):
            wide = table[name].to_numpy(dtype=float)
            ax.barh(at, wide, left=left, color=shade, hatch=hatch, edgecolor="0.15", linewidth=0.8, label=label)
            left = left + wide
        ax.set_yticks(at, table["band"].tolist())
        ax.set_ylabel("people on the corridor")
        ax.set_xlabel("corridors between states")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_title(render.title(self))
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.3), ncols=3, frameon=False)
        return plot.shows(ax, table, self.roles("bands"))
