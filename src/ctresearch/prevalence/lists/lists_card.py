"""How a table of lists is shown in a notebook: names, sizes and what pairs share, without a count of few people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ctresearch.core.message import say
from ctresearch.core.render import MASK, as_card, few, number

if TYPE_CHECKING:
    from ctresearch.core.message import Message
    from ctresearch.prevalence.lists.histories import CaptureHistories

_BASE = 10


def histories_card(table: CaptureHistories) -> str:
    """Render a table of lists as HTML.

    Where a pattern holds few people and the table was not published, sizes are rounded and small overlaps masked: exact
    sizes and the number of people on all lists together would give the overlap of two lists away.
    """
    hides = not table.references and bool(((table.frequencies > 0) & (table.frequencies < MASK)).any())
    shared = table.overlaps()
    words = shared.map(_about if hides else lambda count: number(float(count)))
    people = _about(table.n_observed) if hides else number(float(table.n_observed))
    if not table.references:  # what lists are called, a public table alone tells
        words.index = words.columns = pd.RangeIndex(1, len(table.lists) + 1)
    names = list(map(str, words.columns))
    said: list[Message | str] = [
        say("{people} people on {lists} lists: {names}", people=people, lists=len(names), names=names)
    ]
    if hides:
        said.append(say("Some patterns are of few people: counts are rounded to {base} or masked.", base=_BASE))
    said += [say("Counts whom: {scope}.", scope=table.scope.said)] if table.scope.population != "not stated" else []
    said += [*table.notes, *table.references]
    return as_card(table, says=said, tables=[words.rename_axis(None)], checks=table.checks)


def _about(count: float) -> str:
    """Write a count to the nearest ten, and that it is of few where it is."""
    return few(count) if count < MASK else few(float(max(round(count / _BASE) * _BASE, MASK)))
