"""What declared numbers leave over: beside shares of one base, beside a total in the rows, and from month to month."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.message import say
from ctresearch.privacy.reading.grid import is_total
from ctresearch.privacy.rules.behind import people_behind
from ctresearch.privacy.rules.declared_counts import unit_of
from ctresearch.privacy.rules.telling import MASK, told
from ctresearch.privacy.vocabulary.vocabulary import in_column
from ctresearch.privacy.words.identifiers import snake
from ctresearch.privacy.words.scales import whole_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from ctresearch.privacy.declared.part import Part
    from ctresearch.privacy.declared.table import Table
    from ctresearch.privacy.verdicts.output import Output
    from ctresearch.privacy.verdicts.policy import Policy
    from ctresearch.privacy.verdicts.verdict import Finding

    Numbers = NDArray[np.float64]

_CUMULATED = in_column("counts.cumulated", "counts.cumulated_in_words")
_LABELS = frozenset({"key", "place"})
_MOST = 12  # shares that are set beside one another
_JOINED = (" ", ":", ",", "(", "/", "-")


def rest_rules(tables: Sequence[Table], output: Output, policy: Policy) -> Iterator[Finding]:
    """Ask about small numbers of people that declared ones leave over, though none of them is small itself.

    Parameters
    ----------
    tables : sequence of Table
        All that an output declares.
    output : Output
        Where they stand; a result's own tables are made so that they leave nobody over.
    policy : Policy
        The thresholds.

    Yields
    ------
    Finding
        ``"small_cells"``, a review, for shares, totals and running numbers; ``"all_in_one_cell"`` where people of a
        group do not differ at all.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.privacy.verdicts.output import Output
    >>> from ctresearch.privacy.verdicts.policy import Policy
    >>> frame = pd.DataFrame({"n": [100, 200], "labour": [0.50, 0.40], "sexual": [0.48, 0.45]})
    >>> roles = {"n": "count", "labour": "share of n", "sexual": "share of n"}
    >>> one = Output("forms", "table", "restricted", content=frame, roles=roles)
    >>> [finding.sentence for finding in rest_rules(one.tables, one, Policy())]
    ["Shares in 'labour' and others of the same people that leave too few of them over, if nobody is in two: 1."]
    """
    if output.is_result:
        return
    threshold = policy.threshold(output.level)
    found = [one for t in tables for one in _shares(t, policy, output)]
    yield from told(
        "small_cells",
        "review",
        [(name, rest) for name, rest, _ in found],
        "Shares in {columns} and others of the same people that leave too few of them over, if nobody is in two: {n}.",
        MASK,
    )
    yield from told(
        "small_cells",
        "review",
        [(name, apart) for name, _, apart in found],
        "Shares in {columns} that are apart by too few people from those beside them, if they are parts of these: {n}.",
        MASK,
    )
    counts = [(t, p) for t in tables for p in t.parts if p.role == "count" and p.people and len(p.rows) == len(t)]
    few = [(p.name, _of_rows(t, p.numbers, policy.threshold(output.level, unit_of(p)))) for t, p in counts]
    few += [(p.name, _steps(p, threshold)) for _, p in counts if _runs(p)]
    yield from told(
        "small_cells",
        "review",
        few,
        "Counts in {columns} that differ by too few people from the row they are part of, or from the one before: {n}.",
        MASK,
    )
    spreads = [p for t in tables for p in t.parts if p.people and p.meaning is not None and p.meaning.kind == "spread"]
    yield from told(
        "all_in_one_cell",
        "review",
        [(p.name, int((p.shown == 0).sum())) for p in spreads],
        "Groups whose people do not differ, so that {columns} tells of each of them: {n}.",
        say("Join groups, or leave the spread and the mean of such a group out."),
    )


def _shares(table: Table, policy: Policy, output: Output) -> Iterator[tuple[str, int, int]]:
    """Yield each group of shares of one base: how many rests, and how many gaps between two of them, are small."""
    groups: dict[str, list[Part]] = {}
    for part in table.parts:
        if part.role == "share" and part.people and part.meaning is not None and len(part.rows) == len(table):
            groups.setdefault(part.meaning.base, []).append(part)
    for parts in groups.values():
        base = people_behind(table, parts[0])
        if base is None or len(parts) < 2:
            continue
        threshold = policy.threshold(output.level, unit_of(parts[0]))
        people = [np.round(p.numbers / whole_of(p) * base) for p in parts[:_MOST]]
        rest = base - np.sum(people, axis=0)
        known = rest[~np.isnan(rest)]
        left = _few(known, threshold) if len(known) and (known >= 0).all() else 0
        if len(known) and not np.round(known).any():
            continue  # they cut all of it up, so that nobody is in two
        pairs = [(a, b, p.name) for (a, p), (b, _) in combinations(zip(people, parts, strict=False), 2)]
        apart = max(((_nested(a, b, base, threshold), name) for a, b, name in pairs), default=(0, ""))
        yield (apart[1] if apart[0] else parts[0].name), left, apart[0]


def _nested(one: Numbers, other: Numbers, base: Numbers, threshold: int) -> int:
    """Count small gaps between two shares of which one is nowhere above the other; two that fill the base are apart."""
    gap = one - other
    gap = gap[~np.isnan(gap)]
    if not len(gap) or ((gap < 0).any() and (gap > 0).any()) or (np.abs(one + other - base) < 1).all():
        return 0
    return _few(np.abs(gap), threshold)


def _few(numbers: Numbers, threshold: int) -> int:
    """Count numbers from one to one below a threshold."""
    return int(((numbers > 0) & (numbers < threshold)).sum())


def _of_rows(table: Table, numbers: Numbers, threshold: int) -> int:
    """Count the rows that leave few of the row they are part of: a total, or one whose label theirs goes on from."""
    labels = [c.words for c in table.columns if c.role in _LABELS]
    if len(labels) != 1 or len(numbers) > 200:
        return 0
    words = [str(word).lower() for word in labels[0]]
    whole = [i for i, word in enumerate(words) if is_total(word)]
    pairs = [(i, j) for i in whole for j in range(len(words)) if j not in whole]
    pairs += [(i, j) for i, a in enumerate(words) for j, b in enumerate(words) if i != j and a and _goes_on(a, b)]
    return _few(np.array([numbers[i] - numbers[j] for i, j in pairs], dtype=float), threshold)


def _goes_on(label: str, other: str) -> bool:
    """Say whether one label is the beginning of another, as a region's is of its towns'."""
    return other.startswith(label) and other[len(label) : len(label) + 1] in _JOINED and len(label) > 1


def _runs(part: Part) -> bool:
    """Say whether counts run on: they are called so, and never fall."""
    label = "" if part.meaning is None else part.meaning.label
    steps = np.diff(part.shown)
    return bool((steps >= 0).all()) and _CUMULATED.search(f"{snake(part.name)}_{snake(label)}") is not None


def _steps(part: Part, threshold: int) -> int:
    """Count small steps of what runs on."""
    return _few(np.diff(part.shown), threshold)
