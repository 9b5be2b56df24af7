"""Declared counts: none is of few people, none leaves few over, and each is what it is said to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.message import say
from ctresearch.privacy.rules.behind import MASK, instead, told
from ctresearch.privacy.words.counting_columns import of_two_years

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from ctresearch.core.meaning import Unit
    from ctresearch.privacy.declared.part import Part
    from ctresearch.privacy.declared.table import Table
    from ctresearch.privacy.verdicts.output import Output
    from ctresearch.privacy.verdicts.policy import Policy
    from ctresearch.privacy.verdicts.verdict import Finding

    Numbers = NDArray[np.float64]
    Found = list[tuple[str, int]]

_APART = say(
    "Mask them and enough others, join categories (suppress), or, where nobody is in two of them, declare each "
    "as a category of everybody: col.count(base='all')."
)


def count_rules(tables: Sequence[Table], output: Output, policy: Policy) -> Iterator[Finding]:
    """Judge counts: thresholds, zeros, and whether each is a count at all.

    Parameters
    ----------
    tables : sequence of Table
        Declared.
    output : Output
        Where they stand.
    policy : Policy
        The thresholds.

    Yields
    ------
    Finding
        ``"contradicted"``, ``"small_cells"`` or ``"zeros"``.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.privacy.verdicts.output import Output
    >>> from ctresearch.privacy.verdicts.policy import Policy
    >>> one = Output("n", "table", "restricted", content=pd.DataFrame({"n": [40, 3]}), roles={"n": "count"})
    >>> [finding.sentence for finding in count_rules(one.tables, one, Policy())]
    ["Counts of too few people in 'n': 1."]
    """
    counts = [p for t in tables for p in t.parts if p.role == "count" and p.people]
    odd = [(p.name, p.odd + int(((p.shown < 0) | (p.shown % 1 != 0)).sum())) for p in counts]
    yield from told(
        "contradicted",
        "fail",
        odd,
        "Cells of {columns} that hold no whole number, though they are declared counts: {n}.",
        say("Declare it as what it is: 'weighted count of' its unweighted base, 'share of' its base, or 'model'."),
    )
    small = [(p.name, _few(p.numbers, policy.threshold(output.level, unit_of(p)))) for p in counts]
    yield from told(
        "small_cells",
        "fail",
        small,
        "Counts of too few people in {columns}: {n}.",
        instead(output, MASK),
    )
    yield from told(
        "small_cells",
        "review",
        [pair for table in tables for pair in _left_over(table, output, policy)],
        "Counts in {columns} that leave too few people over, if they are parts of those beside them: {n}.",
        instead(output, _APART),
    )
    zeros = [(p.name, int((p.shown == 0).sum())) for p in counts] if policy.zeros == "mask" else []
    yield from told(
        "zeros",
        "fail",
        zeros,
        "Empty cells, which the policy does not show, in {columns}: {n}.",
        say("Mask the empty cells or join categories."),
    )


def unit_of(part: Part) -> Unit:
    """Say whom a part counts.

    Parameters
    ----------
    part : Part
        Of a declared table.

    Returns
    -------
    str
        A unit of protection.

    Examples
    --------
    >>> from ctresearch.core.meaning import count
    >>> from ctresearch.privacy.declared.part import Part
    >>> unit_of(Part("n", count(of="household"), np.arange(1), np.array([9])))
    'household'
    """
    return "person" if part.meaning is None else part.meaning.of


def _part_of(part: Part) -> str:
    """Name the count that a part is declared to be part of; empty where nobody said."""
    return "" if part.meaning is None else part.meaning.base


def _few(numbers: Numbers, threshold: int) -> int:
    """Count the numbers from one to one below a threshold."""
    return int(((numbers > 0) & (numbers < threshold)).sum())


def _left_over(table: Table, output: Output, policy: Policy) -> Found:
    """Find the parts that fit into another count of the same rows everywhere and leave a few people over somewhere."""
    counts = [p for p in table.parts if p.role == "count" and p.people and len(p.rows) == len(table)]
    out: Found = []
    for whole in counts:
        for part in counts:
            rest = whole.numbers - part.numbers
            shown = rest[~np.isnan(rest)]
            apart = part is whole or unit_of(part) != unit_of(whole) or of_two_years(part.name, whole.name)
            apart = apart or _part_of(part) not in {"", whole.name} or (_part_of(whole) != "" and not _part_of(part))
            if not apart and len(shown) and (shown >= 0).all():
                out.append((part.name, _few(shown, policy.threshold(output.level, unit_of(part)))))
    return out
