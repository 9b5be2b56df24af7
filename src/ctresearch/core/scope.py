"""Whom an estimate is about: the words that travel with every number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ctresearch.core.cells import shown
from ctresearch.core.errors import SpecificationError
from ctresearch.core.message import Message, say, together
from ctresearch.core.render import as_card
from ctresearch.core.validate import one_of

Measure = Literal["stock", "period", "flow", "lifetime", "not stated"]
NOT_STATED: Literal["not stated"] = "not stated"
_MEASURES = {
    "stock": say("point prevalence (stock)"),
    "period": say("period prevalence"),
    "flow": say("flow (newly entering)"),
    "lifetime": say("lifetime prevalence"),
    NOT_STATED: say("measure not stated"),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Population, definition, reference period and measure of a number.

    Parameters
    ----------
    population : str
        Who is counted, as the source says: potential, presumed or identified victims, never more than that.
    definition : str
        Under which definition or law.
    reference_period : str
        The dates the count refers to.
    measure : {"stock", "period", "flow", "lifetime", "not stated"}
        At one moment, at any time in the period, entering within it, or ever.

    Examples
    --------
    >>> print(Scope(population="potential victims of trafficking", reference_period="2013", measure="period"))
    potential victims of trafficking; definition not stated; 2013; period prevalence
    """

    population: str = NOT_STATED
    definition: str = NOT_STATED
    reference_period: str = NOT_STATED
    measure: Measure = NOT_STATED

    def __post_init__(self) -> None:
        """Refuse an unknown measure and words that are not words."""
        for name in ("population", "definition", "reference_period"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value.strip():
                raise SpecificationError(f"{name} == {shown(value)}, must be words, or left out where it is unknown")
        one_of("measure", self.measure, ("stock", "period", "flow", "lifetime", NOT_STATED))

    def __str__(self) -> str:
        return str(self.said)

    @property
    def said(self) -> Message:
        """The four as a sentence, with what is not stated said to be so."""
        absent = (say("population not stated"), say("definition not stated"), say("reference period not stated"))
        given = (self.population, self.definition, self.reference_period)
        words = [no if word == NOT_STATED else word for word, no in zip(given, absent, strict=True)]
        return together([*words, _MEASURES[self.measure]], "; ")

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["population", "definition", "reference_period", "measure"])
