"""Names that contradict a declaration: what is called people counts them, and what is called the oldest is one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.message import say
from ctresearch.privacy.declared.table import LABELS
from ctresearch.privacy.reading.numbers import bounds, decimal, unmasked
from ctresearch.privacy.rules.telling import told
from ctresearch.privacy.vocabulary.vocabulary import in_column, listed
from ctresearch.privacy.words.counting_columns import counts_people, of_a_model
from ctresearch.privacy.words.identifiers import snake

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ctresearch.privacy.declared.part import Part
    from ctresearch.privacy.declared.table import Table
    from ctresearch.privacy.verdicts.output import Output
    from ctresearch.privacy.verdicts.policy import Policy
    from ctresearch.privacy.verdicts.verdict import Finding

EXTREME = in_column("measures.extremes")
_GROUPS = frozenset(listed("measures.groups_of_people"))
_FIRST = in_column("measures.first_and_last")
_FREEDOM = in_column("measures.freedom")
_ROUND_BAND = re.compile(r"^(?:under |over |at least )?[\d,]*0(?: to [\d,]*0)?$")  # as bands of money are written
_FIGURES = frozenset({"statistic", "model", "money", "weighted count"})
_SINGLE = frozenset({"least", "greatest"})
_ELSEWHERE = frozenset({"", "weighted count", "share", "quote", "operational detail", "protected person"})


def name_rules(tables: Sequence[Table], output: Output, policy: Policy) -> Iterator[Finding]:
    """Judge whether cells and names agree with what a user's columns are declared to be.

    Parameters
    ----------
    tables : sequence of Table
        All that an output declares.
    output : Output
        Where they stand; a result's class declares what it holds.
    policy : Policy
        The thresholds.

    Yields
    ------
    Finding
        ``"contradicted"``: a fail for words in columns of figures, a review for small whole numbers under the name of
        people, for extremes, and for degrees of freedom of a group.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.privacy.verdicts.output import Output
    >>> from ctresearch.privacy.verdicts.policy import Policy
    >>> frame = pd.DataFrame({"n": [40, 50], "girls": [3, 2], "oldest": [61.0, 70.0], "case": ["a nurse", "a boxer"]})
    >>> roles = {"n": "count", "girls": "mark", "oldest": "mean of n", "case": "model"}
    >>> one = Output("t", "table", "restricted", content=frame, roles=roles)
    >>> [(f.verdict, int(f.numbers["cells"])) for f in name_rules(one.tables, one, Policy())]
    [('fail', 2), ('review', 2), ('review', 2)]
    """
    if output.is_result:
        return
    parts = [(t, p) for t in tables for p in t.parts]
    yield from told(
        "contradicted",
        "fail",
        [(p.name, _wordy(p)) for _, p in parts if p.role in _FIGURES],
        "Cells of {columns} that hold no single number, though they are declared figures: {n}.",
        say("Write one number in each cell, or declare the column as 'key', 'text', 'quote' or 'share of' its base."),
    )
    threshold = policy.threshold(output.level)
    yield from told(
        "contradicted",
        "review",
        [(p.name, _people(t, p, threshold)) for t, p in parts],
        "Small whole numbers in {columns}, which is called people and declared to count none: {n}.",
        say("Declare it as 'count', and mask what is small; or call it what it is, if it counts nobody."),
    )
    yield from told(
        "contradicted",
        "review",
        [(p.name, _extremes(t, p)) for t, p in parts],
        "Values in {columns} that are called the least, the greatest, the first or the last, which are single "
        "people's, and are declared as something else: {n}.",
        say("Declare it as 'least of' or 'greatest of' its base, and show a 5th or 95th percentile in its place."),
    )


def _wordy(part: Part) -> int:
    """Count the cells of a column of figures that are neither one number, nor masked, nor a share in percent."""
    if part.held.dtype.kind in "iufMm" or not part.people:
        return 0
    codes, words = part.coded
    odd = [bool(word) and not _is_figure(word) for word in words]
    return int(np.array(odd, dtype=bool)[codes].sum())


def _is_figure(word: str) -> bool:
    """Say whether a word is one number without a percent sign, or stands for one that is not shown."""
    if not unmasked(word):
        return True
    if _ROUND_BAND.match(word):
        return True
    low, high = bounds(word)
    below = low == 1.0 and word.startswith("<") and high < float("inf")
    return below or (not word.endswith("%") and decimal(word) == decimal(word))


def _people(table: Table, part: Part, threshold: int) -> int:
    """Count the small whole numbers of a column that is called people, or is the freedom that a group leaves."""
    counted = part.role == "count" and part.people
    if part.role in _ELSEWHERE or counted or not len(part.shown) or (part.shown % 1 != 0).any():
        return 0
    name = snake(part.name)
    freedom = part.role == "model" and _FREEDOM.search(name) and part.people and not of_a_model(table.grid)
    if not freedom and not counts_people(name):
        return 0
    if part.role in LABELS and len(part.shown) > 1 and (np.diff(part.numbers) > 0).all():
        return 0  # numbers in order name rows, as those of children in a household do
    return int(((part.shown > 0) & (part.shown < threshold)).sum())


def _extreme(name: str) -> bool:
    """Say whether words name what is one person's: the oldest, and not the largest group."""
    return EXTREME.search(name) is not None and name.rpartition("_")[2] not in _GROUPS


def _extremes(table: Table, part: Part) -> int:
    """Count the values that are called those of single people: by their column, or by the names of their rows."""
    figure = part.role in {"statistic", "model"} and part.people
    kind = "" if part.meaning is None else part.meaning.kind
    dated = part.role in LABELS and (part.held.dtype.kind == "M" or len(part.shown) == len(part.rows) > 0)
    name = snake(part.name)
    called_so = _extreme(name) or (_FIRST.search(name) and part.held.dtype.kind == "M")
    if called_so and ((figure and kind not in _SINGLE) or dated):
        return len(part.rows) if dated else len(part.shown)
    if not figure or kind in _SINGLE:
        return 0
    keys = [c for c in table.columns if c.role in LABELS]
    called = {w for c in keys for w in c.coded[1] if _extreme(snake(w)) and len(w.split()) == 1}
    rows = (
        np.array([any(c.words[i] in called for c in keys) for i in part.rows]) if called else np.zeros(len(part.rows))
    )
    return int((rows.astype(bool) & ~np.isnan(part.numbers)).sum())
