"""What a comparison of methods says: one table, one picture, one paragraph."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from ctresearch.core import render
from ctresearch.core.meaning import key, mark, model, text
from ctresearch.core.message import Message, as_message, say, together
from ctresearch.core.result import Result, table_field, value_field
from ctresearch.core.scope import NOT_STATED
from ctresearch.prevalence.lists.declared import LISTS, NOT_APPLICABLE
from ctresearch.prevalence.lists.joined_words import joined

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from ctresearch.core.meaning import Meaning

LOG_FROM = 3.0
"""Ratio of the largest to the smallest value drawn from which the axis is logarithmic."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MethodComparison(Result):
    """A population by every method that applies to a table of lists; the terms are the names of the methods.

    Parameters
    ----------
    methods : pandas.DataFrame
        Indexed by ``method``, those without a number last: ``estimate``, ``ci_low``, ``ci_high``, ``unit``,
        ``interval`` (the kind), ``reads_as`` (``estimate`` or ``lower bound``), ``status``, ``checks`` (the names of
        those to review or failed), ``note`` (why there is no number), ``description`` and ``assumptions``.
    not_applicable : pandas.DataFrame
        Indexed by ``method``: ``reason`` why it is not for this table.
    headline : str
        The method whose estimate the study reports, chosen before its result was seen.
    lists : tuple of str
        Names of the lists.
    **fields
        Everything that :class:`ctresearch.core.Result` holds.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, compare_methods
    >>> result = compare_methods(CaptureHistories.from_published("korea"), ["Lower bound", "Independence (Mt)"])
    >>> result.estimates["estimate"].round().to_dict(), result.headline
    ({'Lower bound': 142.0, 'Independence (Mt)': 142.0}, 'Independence (Mt)')
    """

    methods: pd.DataFrame = table_field(
        {
            "method": key("Method"),
            "estimate": model("Estimated population", "persons"),
            "ci_low": model("Lower limit", "persons"),
            "ci_high": model("Upper limit", "persons"),
            "unit": mark("Unit"),
            "interval": mark("Kind of interval"),
            "reads_as": mark("Estimate or lower bound"),
            "status": mark("Gravest check"),
            "checks": mark("Checks to review or failed"),
            "note": text("Why there is no number"),
            "description": text("What was done"),
            "assumptions": text("What it assumes"),
        }
    )
    not_applicable: pd.DataFrame = table_field(NOT_APPLICABLE)
    headline: str = value_field(mark("Method whose estimate is reported"))
    lists: tuple[str, ...] = value_field(LISTS)
    terms: ClassVar[Mapping[str, Meaning]] = {"*": model("", "persons")}

    def term_meaning(self, term: str) -> Meaning:
        """Return what one term means.

        Parameters
        ----------
        term : str
            Name of a method.

        Returns
        -------
        Meaning
            That of the reported method is marked as the headline.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories, compare_methods
        >>> result = compare_methods(CaptureHistories.from_published("korea"), ["Independence (Mt)", "Lower bound"])
        >>> result.term_meaning("Independence (Mt)").headline, result.term_meaning("Lower bound").headline
        (True, False)
        """
        return replace(super().term_meaning(term), headline=term == self.headline)

    def paragraph(self) -> Message:
        """Return a paragraph for a report.

        Returns
        -------
        Message
            Whom it counts, the headline, the range of the other methods, what was refused, and what that means.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories, compare_methods
        >>> result = compare_methods(CaptureHistories.from_published("korea"), ["Independence (Mt)", "Lower bound"])
        >>> result.paragraph().split(". ")[1]
        'Independence (Mt), the headline, gives 142 (95 % interval 131 to 156, profile)'
        """
        table = self.methods
        claims = table[(table["reads_as"] == "estimate") & table["estimate"].notna()]
        bounds = table[(table["reads_as"] == "lower bound") & table["estimate"].notna()]
        refused = list(table.index[table["estimate"].isna()])
        sentences = [
            say(
                "{methods} methods that apply to {lists} lists were set beside one another on a table of {people:,} "
                "{whom}.",
                methods=len(table),
                lists=len(self.lists),
                people=self.n,
                whom=self.population if self.population != NOT_STATED else say("people"),
            ),
            self._headline_words(table.loc[self.headline]),
            _range_words(claims.drop(index=self.headline, errors="ignore")),
            _bound_words(bounds["estimate"]),
            say("No number can be given by {methods}.", methods=refused) if refused else "",
            say(
                "The methods differ in what they assume of people and lists, which the data can test in part only: the "
                "spread between them belongs to the finding."
            ),
        ]
        return together(sentences)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw all methods in one forest, the headline first and in another colour.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            The picture; methods without a number are named in it and have none.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories, compare_methods
        >>> result = compare_methods(CaptureHistories.from_published("korea"), ["Independence (Mt)", "Lower bound"])
        >>> [label.get_text() for label in result.plot().get_yticklabels()]
        ['Independence (Mt), headline', 'Lower bound']
        """
        from ctresearch.core import plot

        table = self.methods
        first = [self.headline, *table.index.drop(self.headline)]
        drawn = table.loc[first]
        values = drawn[["estimate", "ci_low", "ci_high"]].to_numpy(dtype=float)
        seen = values[pd.notna(values) & (values > 0)]
        wide = bool(len(seen)) and seen.max() / seen.min() > LOG_FROM
        point = float(drawn["estimate"].iloc[0])
        labelled = drawn.set_axis([self._label(name, drawn.loc[name, "reads_as"]) for name in first])
        title = render.title(self)
        ax = plot.forest(labelled, title=title, reference=None if pd.isna(point) else point, log=wide, ax=ax)
        row = len(drawn) - 1
        low, high = float(drawn["ci_low"].iloc[0]), float(drawn["ci_high"].iloc[0])
        ax.hlines([row], [low], [high], color=plot.ORANGE, linewidth=3.2)
        ax.plot([point], [row], "D", color=plot.ORANGE, markersize=7)
        ax.get_yticklabels()[0].set_fontweight("bold")
        return plot.shows(ax, drawn[["estimate", "ci_low", "ci_high"]], self.roles("methods"))

    def _label(self, name: str, reads_as: str) -> str:
        """Name a row of the picture."""
        bound = reads_as == "lower bound" and reads_as not in name.lower()
        return name + (", lower bound" if bound else "") + (", headline" if name == self.headline else "")

    def _headline_words(self, row: Any) -> Message:
        """Say what the headline gives."""
        if pd.isna(row["estimate"]):
            why = str(row["note"]).rstrip(".")
            return say("{headline}, the headline, gives no number: {why}.", headline=self.headline, why=why)
        return say(
            "{headline}, the headline, gives {estimate} ({level:g} % interval none)."
            if pd.isna(row["ci_low"])
            else "{headline}, the headline, gives {estimate} ({level:g} % interval {low} to {high}, {interval}).",
            headline=self.headline,
            estimate=_persons(row["estimate"]),
            level=100 * self.level,
            low=_persons(row["ci_low"]),
            high=_persons(row["ci_high"]),
            interval=as_message(str(row["interval"])),
        )


def _range_words(others: pd.DataFrame) -> str:
    """Say from where to where the other methods run."""
    if others.empty:
        return ""
    least, most = str(others["estimate"].idxmin()), str(others["estimate"].idxmax())
    return say(
        "The other gives {lowest} ({least}), with limits from {low} to {high}.",
        many="The other {n} run from {lowest} ({least}) to {highest} ({most}), with limits from {low} to {high}.",
        n=len(others),
        lowest=_persons(others["estimate"][least]),
        least=least,
        highest=_persons(others["estimate"][most]),
        most=most,
        low=_persons(others["ci_low"].min()),
        high=_persons(others["ci_high"].max()),
    )


def _bound_words(bounds: pd.Series[float]) -> str:
    """Say what the lower bounds are."""
    if bounds.empty:
        return ""
    named = [say("{bound} ({method})", bound=_persons(value), method=str(name)) for name, value in bounds.items()]
    return say("The lower bound is {bounds}.", many="Lower bounds are {bounds}.", n=len(named), bounds=joined(named))


def _persons(value: Any) -> Message:
    """Write a number of people."""
    return say("none") if pd.isna(value) else say("{persons:,.0f}", persons=float(value))
