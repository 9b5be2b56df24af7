"""Meanings that several results of the room share, and how few people one of them speaks of.

A figure of a whole group rests on all of its actors, whatever it is made of; a table of actors has one person a row.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ctresearch.core.meaning import actor, count, date, key, mark, model, statistic, text

if TYPE_CHECKING:
    from ctresearch.core.meaning import Meaning

ACTOR = actor("Actor")
ONE_PERSON = 1
"""The smallest group of a result whose rows are actors or cases."""
PROTECTED = actor("Status", protected=True)
ACTORS_HELD = {"actor": ACTOR, "status": PROTECTED, "*": key()}
TIES_HELD = {
    "source": actor("From"),
    "target": actor("To"),
    "weight": model("Weight of the tie"),
    "kind": key("Sort of tie"),
    "date": date("Date"),
    "evidence": text("Evidence"),
    "confidence": model("Confidence in the tie"),
}
EVENTS_HELD = {"actor": ACTOR, "*": mark()}
"""What the tables of a network hold: actors with their attributes, evidence for ties, who was at which event."""


def of_group(label: str, unit: str = "", *, headline: bool = False) -> Meaning:
    """Mean a figure of a whole group: no share of people, yet it rests on all actors as a mean does.

    Parameters
    ----------
    label, unit : str
        What a reader calls it, and in what it is measured.
    headline : bool
        Whether it is the answer of its result.

    Returns
    -------
    Meaning
        A statistic of all actors.

    Examples
    --------
    >>> of_group("Density of ties").base
    'all'
    """
    return replace(statistic(label, unit), headline=headline)


def headline(meaning: Meaning) -> Meaning:
    """Mean the answer of a result.

    Parameters
    ----------
    meaning : Meaning
        What it means.

    Returns
    -------
    Meaning
        The same as the headline.

    Examples
    --------
    >>> headline(of_group("Density of ties")).headline
    True
    """
    return replace(meaning, headline=True)


def things(label: str, unit: str) -> Meaning:
    """Mean a number of things that are no people: ties, groups, models, starts of a search.

    Parameters
    ----------
    label, unit : str
        What a reader calls it, and what is counted.

    Returns
    -------
    Meaning
        A count of nobody.

    Examples
    --------
    >>> things("Ties", "ties").counts_people
    False
    """
    return count(label, unit, of="nobody")
