"""Declared figures about people: statistics, weighted counts, money and models rest on enough of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.message import say
from ctresearch.privacy.rules.behind import one_for_all, people_behind
from ctresearch.privacy.rules.telling import instead, told
from ctresearch.privacy.words.scales import QUANTILE, SAID, rank_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from ctresearch.privacy.declared.part import Part
    from ctresearch.privacy.declared.table import Table
    from ctresearch.privacy.verdicts.output import Output
    from ctresearch.privacy.verdicts.policy import Policy
    from ctresearch.privacy.verdicts.verdict import Finding

    Numbers = NDArray[np.float64]

_SMALLEST = (
    "The smallest group that one of its numbers rests on (a level of a factor, the events of an arm, those last at "
    "risk) is too small, first in {columns}."
)
_FIGURES = frozenset({"share", "statistic", "weighted count", "money", "model"})
_OF_QUANTILES = re.compile(r"(?i)quantile|percentile|quartile|decile")


def figure_rules(tables: Sequence[Table], output: Output, policy: Policy) -> Iterator[Finding]:
    """Judge figures about people.

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
        ``"threshold"`` where too few stand behind a figure, ``"no_counts"`` where nobody said how many,
        ``"smallest_group"`` where a result knows a smaller group, ``"small_cells"`` for values of single people.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.privacy.verdicts.output import Output
    >>> from ctresearch.privacy.verdicts.policy import Policy
    >>> frame = pd.DataFrame({"n": [3, 60], "age": [17.0, 21.0], "oldest": [40.0, 60.0]})
    >>> roles = {"n": "count", "age": "mean of n", "oldest": "greatest of n"}
    >>> one = Output("age", "table", "restricted", content=frame, roles=roles)
    >>> [finding.rule for finding in figure_rules(one.tables, one, Policy())]
    ['threshold', 'small_cells']
    """
    yield from _bases(tables, output, policy)
    yield from _smallest(tables, policy.threshold(output.level))
    yield from _single(tables, output, policy)


def _bases(tables: Sequence[Table], output: Output, policy: Policy) -> Iterator[Finding]:
    """Judge the people behind each figure."""
    few, unsaid, alone = [], [], []
    for table in tables:
        for part in table.parts:
            if part.role not in _FIGURES or not part.people or not len(part.shown) or table.nobody:
                continue
            base = people_behind(table, part)
            if base is None and part.meaning is not None and part.meaning.kind == "at risk":
                continue  # it says itself how many people there are
            if not output.is_result and one_for_all(table, part):
                alone.append((part.name, len(part.shown)))
            elif base is None:
                paid = part.role == "money" and output.contributions is not None
                unsaid += [] if paid else [(part.name, len(part.shown))]
            else:
                few.append((part.name, _on_few(table, part, base, policy.threshold(output.level, part.meaning.of))))  # type: ignore[union-attr]
    yield from told(
        "threshold",
        "fail",
        few,
        "Figures in {columns} that rest on too few people, or on a masked number of them: {n}.",
        instead(output, say("Mask them, or join categories until enough people stand behind each.")),
    )
    yield from told(
        "no_counts",
        "review",
        alone,
        "One number in counts= is everybody's, and rows of {columns} are groups of them: {n}.",
        say(
            "Give one number a row in counts=, or a column that counts the people of each row and name it as the base."
        ),
    )
    yield from told(
        "no_counts",
        "review",
        unsaid,
        "Nobody said how many people stand behind the figures in {columns}: {n}.",
        say(
            "Save it with counts=, name the base of each column in roles=, or write 'model of nobody' for a simulation."
        ),
    )


def _on_few(table: Table, part: Part, base: Numbers, threshold: int) -> int:
    """Count the figures that are shown and rest on fewer people than a threshold; a quantile on those beyond it."""
    shown = ~np.isnan(part.numbers)
    least: Numbers = np.array(float(threshold))
    if part.meaning is not None and part.meaning.kind == "quantile":
        ranks = np.array([rank_of(words) for words in _told_of(table, part)])
        least = threshold / np.maximum(np.minimum(ranks, 1 - ranks), 1e-9)
    weighted = part.role == "weighted count"
    few = np.isnan(base) | ((base > 0) & (np.round(base * 1e6) < np.round(least * 1e6)))
    return int((shown & (few | (weighted & (part.numbers > 0) & (part.numbers < threshold)))).sum())


def _told_of(table: Table, part: Part) -> list[str]:
    """Give the words that may say which quantile each number is: those of its column, else those that name its row."""
    column = "" if part.meaning is None else f"{part.name} {part.meaning.label}"
    if QUANTILE.search(column.replace("_", " ")) or any(words in column.lower() for words in SAID):
        return [column] * len(part.rows)
    keys = [c for c in table.columns if c.role == "key" and _OF_QUANTILES.search(c.name)]
    named = [[str(c.coded[1][code]) for code in c.coded[0][part.rows]] for c in keys]
    return [" ".join(words) for words in zip(*named, strict=True)] if named else [column] * len(part.rows)


def _smallest(tables: Sequence[Table], threshold: int) -> Iterator[Finding]:
    """Refuse a result one of whose numbers rests on a smaller group than all of it."""
    small = [t for t in tables if t.smallest is not None and 0 < t.smallest < threshold and not t.nobody]
    found = [(p.name, 1) for t in small for p in t.parts if p.role in _FIGURES and len(p.shown)]
    yield from told(
        "smallest_group",
        "fail",
        found[:1],
        _SMALLEST,
        say("Join levels or arms, end curves earlier, or leave the numbers of that group out and fit again."),
    )


def _single(tables: Sequence[Table], output: Output, policy: Policy) -> Iterator[Finding]:
    """Judge statistics that single people out: the least and the greatest value, and numbers at risk."""
    about = [(t, p) for t in tables for p in t.parts if p.role == "statistic" and p.people and p.meaning is not None]
    single = [(p.name, _values(p)) for _, p in about if p.meaning.kind in {"least", "greatest"}]  # type: ignore[union-attr]
    yield from told(
        "small_cells",
        "fail",
        single,
        "Values of single people in {columns}: {n}.",
        say("Show a 5th and a 95th percentile in its place, or a band."),
    )
    threshold = policy.threshold(output.level)
    steps = [(p.name, _steps(t, p, threshold)) for t, p in about if p.meaning.kind == "at risk"]  # type: ignore[union-attr]
    yield from told(
        "small_cells",
        "fail",
        steps,
        "Numbers at risk in {columns} that are small, or fall by too few people: {n}.",
        instead(output, say("Show them at even times, far enough apart, and end where enough people are left.")),
    )


def _values(part: Part) -> int:
    """Count the values of a part, dates among them."""
    return int(part.held.notna().sum()) if part.held.dtype.kind == "M" else len(part.shown)


def _steps(table: Table, part: Part, threshold: int) -> int:
    """Count the numbers at risk that are small, or differ from the one before in the same group by a few people."""
    numbers = part.numbers
    groups = np.zeros(len(part.rows), dtype=np.intp)
    for column in table.columns:
        codes = column.coded[0][part.rows] if column.role in {"key", "place", "mark"} else None
        if codes is not None and len(np.unique(codes)) * 2 <= len(codes):  # a group has rows of its own
            groups = groups * (codes.max() + 1) + codes
    order = np.argsort(groups, kind="stable")
    step = np.abs(np.diff(numbers[order]))
    few = (step > 0) & (step < threshold) & (np.diff(groups[order]) == 0)
    return int(few.sum() + ((numbers > 0) & (numbers < threshold)).sum())
