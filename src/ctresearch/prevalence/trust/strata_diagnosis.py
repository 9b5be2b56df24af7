"""What strata show, put together: of each question the gravest answer, with the strata that gave it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.core.check import Check, worst
from ctresearch.core.errors import DataError
from ctresearch.core.message import say, together
from ctresearch.prevalence.trust.diagnose import diagnose

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ctresearch.prevalence.lists.histories import CaptureHistories
    from ctresearch.prevalence.trust.diagnose import Allowed

DIAGNOSIS = ("repeated lists", "separate lists", "people differ", "lists attract", "lists repel")
"""Names of the checks that :func:`diagnose` makes."""

# A reader is told of so many strata by name; the rest are counted.
_NAMED = 3


def gravest_of_strata(checks: Mapping[str, Iterable[Check]]) -> tuple[Check, ...]:
    """Put the diagnoses of several strata together.

    Parameters
    ----------
    checks : mapping of str to iterable of Check
        By stratum; checks of other names than those of a diagnosis are left out.

    Returns
    -------
    tuple of Check
        One a name; empty where no stratum has a diagnosis.

    Examples
    --------
    >>> fine, bad = Check("lists repel", "pass", "No."), Check("lists repel", "review", "They do.")
    >>> print(*gravest_of_strata({"north": [fine], "south": [bad]}))
    ? lists repel: In 1 of 2 strata. south: They do.
    """
    found = []
    for name in DIAGNOSIS:
        each = {stratum: one for stratum, some in checks.items() for one in some if one.name == name}
        if each:
            found.append(_gravest(name, each))
    return tuple(found)


def diagnose_strata(tables: Mapping[str, CaptureHistories], *, allows: Collection[Allowed] = ()) -> tuple[Check, ...]:
    """Diagnose the table of every stratum that can be asked for an estimate.

    Parameters
    ----------
    tables : mapping of str to CaptureHistories
        Tables by stratum.
    allows : collection of str
        As for :func:`diagnose`.

    Returns
    -------
    tuple of Check
        Of each question the gravest answer.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> table = CaptureHistories.from_published("hav-taiwan")
    >>> [check.status for check in diagnose_strata({"one": table, "two": table})]
    ['pass', 'pass', 'review', 'pass', 'pass']
    """
    found = {}
    for name, table in tables.items():
        try:
            found[name] = diagnose(table, allows=allows)
        except DataError:  # a stratum that shows nothing by itself, which pooling is for
            continue
    return gravest_of_strata(found)


def _gravest(name: str, each: Mapping[str, Check]) -> Check:
    """Return the gravest answer to one question, with the strata that gave it."""
    status = worst(each.values())
    if status == "pass":
        words = say("All of {n} strata pass.", n=len(each))
        return Check(name, "pass", words, {"strata": len(each), "named": 0})
    grave = {stratum: one for stratum, one in each.items() if one.status == status}
    told = together(
        [say("{stratum}: {words}", stratum=stratum, words=one.message) for stratum, one in list(grave.items())[:_NAMED]]
    )
    words = say("In {grave} of {n} strata. {told}", grave=len(grave), n=len(each), told=told)
    voids = any(not one.stands for one in grave.values())
    return Check(name, status, words, {"strata": len(each), "named": len(grave)}, voids=voids)
