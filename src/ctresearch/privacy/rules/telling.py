"""How a rule says in which columns too few people stand, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.core.message import say
from ctresearch.privacy.verdicts.verdict import Finding
from ctresearch.privacy.words.identifiers import may_be_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ctresearch.core.check import Status
    from ctresearch.core.message import Message
    from ctresearch.privacy.verdicts.output import Output

    Found = Sequence[tuple[str, int]]

_NAMED = 4  # columns in a sentence; the rest are counted
MASK = say("Mask them and enough others, or join categories (suppress).")
_SAVE_LESS = say(
    "Save what rests on enough people in place of the whole result: its .estimates with counts= and "
    "roles=result.roles('estimates'), or its curve read at a few even times, far enough apart."
)


def instead(output: Output, cure: Message) -> Message:
    """Say what to do about single cells: those of a result cannot be masked, so less of it is saved.

    Parameters
    ----------
    output : Output
        What wants to leave.
    cure : str
        What to do where its cells are the user's own.

    Returns
    -------
    str
        What to do.

    Examples
    --------
    >>> from ctresearch.privacy.verdicts.output import Output
    >>> instead(Output("sizes", "table", "restricted", content={"n": 3}), MASK)
    'Mask them and enough others, or join categories (suppress).'
    """
    return _SAVE_LESS if output.is_result else cure


def columns_of(found: Found) -> Message:
    """Name columns, without repeating what may be a cell: pivoted tables have cells for names.

    Parameters
    ----------
    found : sequence of tuple
        Names, each with a number.

    Returns
    -------
    Message
        Such as ``'age' and 'sex'``.

    Examples
    --------
    >>> columns_of([("n", 1), ("Jane Example", 3)])
    "'n', a column whose name may be a cell's"
    """
    names = dict.fromkeys(name for name, _ in found)
    other = say("a column whose name may be a cell's")
    safe = list(dict.fromkeys(repr(name) if may_be_named(name) else other for name in names))
    more = len(safe) - _NAMED
    return say("{names}", names=[*safe[:_NAMED], *([say("{n} more", n=more)] if more > 0 else [])])


def told(rule: str, verdict: Status, found: Found, sentence: str, cure: str) -> Iterator[Finding]:
    """Say where a rule is broken; nothing where it is not.

    Parameters
    ----------
    rule : str
        Its name.
    verdict : {"review", "fail"}
        What follows.
    found : sequence of tuple
        Columns with the number of cells that break it.
    sentence : str
        A template with ``{columns}`` and, for the number of cells, ``{n}``.
    cure : str
        What to do.

    Yields
    ------
    Finding
        At most one.

    Examples
    --------
    >>> list(told("threshold", "fail", [], "{n} in {columns}", ""))
    []
    """
    broken = [(name, many) for name, many in found if many]
    if broken:
        n = sum(many for _, many in broken)
        yield Finding(rule, verdict, say(sentence, n=n, columns=columns_of(broken)), cure, {"cells": n})
