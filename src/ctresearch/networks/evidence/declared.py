"""What results of the room hold, where functions share a class: each function says what its own terms and columns mean.

A figure of a whole group rests on all of its actors, whatever it is made of; a table of actors has one person a row.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from ctresearch.core.outputs.meaning import actor, count, date, key, mark, model, statistic, text
from ctresearch.core.result import Result
from ctresearch.networks.evidence.reads_like import ReadsLike

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from ctresearch.core.outputs.meaning import Meaning

AnyResult = TypeVar("AnyResult", bound=Result)

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


def declared(
    result: AnyResult,
    terms: Mapping[str, Meaning],
    *,
    keys: Mapping[str, Meaning] | None = None,
    columns: Mapping[str, Meaning] | None = None,
) -> AnyResult:
    """Say what one result holds, where several functions share its class.

    The declaration goes with the result and its copies in this process; read back from JSON, a result has that of its
    class.

    Parameters
    ----------
    result : Result
        Just made.
    terms : mapping of str to Meaning
        Each term it can have.
    keys : mapping of str to Meaning, optional
        Further columns of its estimates.
    columns : mapping of str to Meaning, optional
        Columns of its ``table``, for a :class:`ctresearch.networks.MeasureResult`.

    Returns
    -------
    Result
        The same.

    Examples
    --------
    >>> from ctresearch.core.result import estimates_table
    >>> result = Result(method="m", estimates=estimates_table({"ties": (3.0, 1.0, 1.0, 5.0)}), n=9)
    >>> declared(result, {"ties": things("Ties seen", "ties")}).term_meaning("ties").label
    'Ties seen'
    """
    beside = "_keys" if isinstance(result, ReadsLike) else "keys"  # whose ``keys`` must also be a method
    for name, given in (("terms", terms), (beside, keys), ("_columns", columns)):
        if given is not None:
            object.__setattr__(result, name, dict(given))
    return result


def smallest_of(*counts: ArrayLike) -> int:
    """Find the fewest people that any of some numbers describes alone.

    Parameters
    ----------
    *counts : array-like
        Numbers of people; nobody is described where there is none.

    Returns
    -------
    int
        The smallest above zero, 1 at least.

    Examples
    --------
    >>> smallest_of([12, 0, 7], 30)
    7
    """
    every = np.concatenate([np.ravel(np.asarray(one, dtype=float)) for one in counts])
    there = every[every > 0]
    return max(1, int(there.min())) if len(there) else ONE_PERSON
