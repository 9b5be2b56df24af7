"""What national estimates are returned as."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ctresearch.core import render
from ctresearch.core.errors import DataError
from ctresearch.core.meaning import count, key, limits, mark, model
from ctresearch.core.message import say
from ctresearch.core.names import name_key
from ctresearch.core.result import Result, estimates_table, table_field, value_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes

    from ctresearch.core.meaning import Meaning

_RATE = "persons per 1,000 people"
_COUNTRIES = {
    "country": key("Country"),
    "region": key("Region"),
    "source": mark("Where its number comes from"),
    "interviewed": count("People interviewed", "persons"),
    **limits(),
    "estimate": model("People estimated", "persons"),
    "rate": model("Rate", _RATE),
    "rate_low": model("Lower limit of the rate", _RATE),
    "rate_high": model("Upper limit of the rate", _RATE),
    "without_survey": model("Rate the model gives without its survey", _RATE),
    "left_out_error": model("Times too high or too low without a survey"),
    "before_benchmark": model("People estimated before benchmarking", "persons"),
}
_REGIONS = {
    "region": key("Region"),
    "countries": count("Countries", "countries", of="nobody"),
    "surveyed": count("Countries with a survey", "countries", of="nobody"),
    **limits(),
    "estimate": model("People estimated", "persons"),
    "left_out_error": model("Times too high or too low without a survey"),
    "benchmark": model("Total it was brought to", "persons"),
    "factor": model("Benchmark over the sum of the model"),
}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class NationalEstimatesResult(Result):
    """Numbers of all countries, in the order of the table of people, which is no ranking.

    Parameters
    ----------
    countries : pandas.DataFrame
        One row a country: ``region``; ``source``, ``"survey"`` or ``"modelled"``; ``interviewed``; ``estimate``,
        ``std_error``, ``ci_low`` and ``ci_high`` of people; ``rate``, ``rate_low`` and ``rate_high`` per 1,000 people;
        ``without_survey``, the rate that the model gives a surveyed country without its survey; ``left_out_error``, how
        many times too high or too low that was, and for a modelled country what is typical; ``before_benchmark``.
    regions : pandas.DataFrame
        One row a region: ``countries``, ``surveyed``, people with limits, ``left_out_error``, ``benchmark`` and
        ``factor``, by which the sum of the model was multiplied.
    country_draws : pandas.DataFrame
        Countries by draws of people: what is shared between countries is shared in each column.
    surveyed : int
        Countries with a survey.
    left_out_error : float
        Typical factor by which a country is missed without a survey.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``total``, ``rate``, ``spread`` (between
        countries, on the logit scale) and ``slope NAME`` for each covariate, over its spread.

    Examples
    --------
    >>> from ctresearch.regions import NationalEstimates
    >>> NationalEstimatesResult.terms["total"].label
    'People estimated in all countries'
    """

    n: int = value_field(count("People interviewed", "persons"))
    countries: pd.DataFrame = table_field(_COUNTRIES)
    regions: pd.DataFrame = table_field(_REGIONS)
    country_draws: pd.DataFrame | None = table_field({"country": key("Country"), "*": model("Draw")}, optional=True)
    surveyed: int = value_field(count("Countries with a survey", "countries", of="nobody"))
    left_out_error: float = value_field(model("Times too high or too low without a survey, typically"))
    terms: ClassVar[Mapping[str, Meaning]] = {
        "total": model("People estimated in all countries", "persons", headline=True),
        "rate": model("Rate in all countries together", _RATE),
        "spread": model("Spread between countries that covariates leave, on the logit scale"),
        "slope *": model("Change of the log odds with the spread of a covariate"),
    }

    def _drop_limits(self) -> None:
        """Take away limits of rates and draws of countries as well, where the result does not stand."""
        super()._drop_limits()
        gone = dict.fromkeys(("rate_low", "rate_high"), np.nan)
        object.__setattr__(self, "countries", self.countries.assign(**gone))
        object.__setattr__(self, "country_draws", None)

    def part(self, name: str) -> Result:
        """Return the people of one country or region as a result of its own, with its draws.

        Parameters
        ----------
        name : str
            A country or a region.

        Returns
        -------
        Result
            Term ``total``, in persons: to be costed, or pooled with results of other rooms.

        Raises
        ------
        DataError
            If nothing bears that name, or there are no draws since the estimate does not stand.

        Examples
        --------
        >>> NationalEstimatesResult.part.__name__
        'part'
        """
        held = self.country_draws
        if held is None:
            raise DataError("the estimate does not stand, so that there are no draws: see its checks")
        table = self.countries
        wanted = name_key(name)
        here = [
            wanted in {name_key(one), name_key(two)} for one, two in zip(table["country"], table["region"], strict=True)
        ]
        if not any(here):
            raise DataError(f"no country and no region is named {name!r}: there are {len(table)} countries")
        draws = held.to_numpy(dtype=float)[here].sum(axis=0)
        ends = [(1 - self.level) / 2, (1 + self.level) / 2]
        row = (float(np.median(draws)), float(draws.std()), *(float(one) for one in np.quantile(draws, ends)))
        made = estimates_table({"total": (row[0], row[1], row[2], row[3])}, unit="persons")
        frame = held.iloc[[0]].copy()
        frame.iloc[0] = draws
        frame.index = made.index
        return replace(
            self.estimates_only(),
            method=say("National estimates of a part of the countries"),
            estimates=made,
            draws=frame,
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the rate of each country with its limits, open marks for countries without a survey.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            Countries in the order of the table of people, which is no ranking.

        Examples
        --------
        >>> NationalEstimatesResult.plot.__name__
        'plot'
        """
        from ctresearch.core import plot

        table = self.countries
        ax = ax if ax is not None else plot.new_axes(7.2, 1.8 + 0.3 * len(table))
        where = np.arange(len(table))[::-1]
        rate, low, high = (table[c].to_numpy(dtype=float) for c in ("rate", "rate_low", "rate_high"))
        asked = (table["source"] == "survey").to_numpy()
        for here, label in ((asked, "with a survey"), (~asked, "modelled, no survey")):
            if here.any():
                plain = bool(asked[here].all())
                style = "-" if plain else (0, (4, 2))
                face = plot.BLUE if plain else ax.get_facecolor()
                ax.hlines(where[here], low[here], high[here], color=plot.BLUE, linewidth=2, linestyle=style)
                ax.plot(rate[here], where[here], "o", color=plot.BLUE, markerfacecolor=face, markersize=6, label=label)
        ax.set_yticks(where, list(table["country"]))
        ax.set_ylim(-0.7, len(table) - 0.3)
        ax.set_xlim(left=0)
        ax.grid(visible=False, axis="y")
        ax.set_xlabel(_RATE)
        ax.set_title(render.title(self), loc="left", fontsize=11)
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.06), ncol=2, frameon=False)
        columns = ["country", "source", "rate", "rate_low", "rate_high"]
        return plot.shows(ax, table[columns], {name: _COUNTRIES[name] for name in columns})
