"""Declared counts and shares: none is of few people, none leaves few over, and each is what it is said to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.meaning import ALL
from ctresearch.core.message import say
from ctresearch.privacy.rules.behind import people_behind, told
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

_MASK = say("Mask them and enough others, or join categories (suppress).")
_ONE_PERSON = 1e-6  # a mean written in full, times its people, is as near to a whole number as that
_WHOLE = {1.0: 0.02, 100.0: 2.0}  # what shares add up to, and how far rounding may take them from it


def count_rules(tables: Sequence[Table], output: Output, policy: Policy) -> Iterator[Finding]:
    """Judge counts and shares of people.

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
    >>> frame = pd.DataFrame({"n": [40, 3], "men": [0.5, 0.4]})
    >>> one = Output("men", "table", "restricted", content=frame, roles={"n": "count", "men": "share of n"})
    >>> for finding in count_rules(one.tables, one, Policy()):
    ...     print(finding.sentence)
    Counts of too few people in 'n': 1.
    Shares of too few people, or of all but a few, in 'men': 1.
    """
    yield from _counts(tables, output, policy)
    yield from _shares(tables, output, policy)


def _counts(tables: Sequence[Table], output: Output, policy: Policy) -> Iterator[Finding]:
    """Judge what counts people: thresholds, zeros, and whether it is a count at all."""
    counts = [p for t in tables for p in t.parts if p.role == "count" and p.people]
    odd = [(p.name, p.odd + int(((p.shown < 0) | (p.shown % 1 != 0)).sum())) for p in counts]
    yield from told(
        "contradicted",
        "fail",
        odd,
        "Cells of {columns} that hold no whole number, though they are declared counts: {n}.",
        say("Declare it as what it is: 'weighted count of' its unweighted base, 'share of' its base, or 'model'."),
    )
    small = [(p.name, _few(p.numbers, policy.threshold(output.level, _unit(p)))) for p in counts]
    yield from told(
        "small_cells",
        "fail",
        small,
        "Counts of too few people in {columns}: {n}.",
        _MASK,
    )
    yield from told(
        "small_cells",
        "review",
        [pair for table in tables for pair in _left_over(table, output, policy)],
        "Counts in {columns} that leave too few people over, if they are parts of those beside them: {n}.",
        _MASK,
    )
    zeros = [(p.name, int((p.shown == 0).sum())) for p in counts] if policy.zeros == "mask" else []
    yield from told(
        "zeros",
        "fail",
        zeros,
        "Empty cells, which the policy does not show, in {columns}: {n}.",
        say("Mask the empty cells or join categories."),
    )


def _unit(part: Part) -> Unit:
    """Whom a part counts."""
    return "person" if part.meaning is None else part.meaning.of


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
            apart = part is whole or _unit(part) != _unit(whole) or of_two_years(part.name, whole.name)
            if not apart and len(shown) and (shown >= 0).all():
                out.append((part.name, _few(shown, policy.threshold(output.level, _unit(part)))))
    return out


def _shares(tables: Sequence[Table], output: Output, policy: Policy) -> Iterator[Finding]:
    """Judge shares: neither the part nor the rest may be a few people, and each lies between nothing and all."""
    shares = [(t, p) for t in tables for p in t.parts if p.role == "share" and p.people]
    outside = [(p.name, p.odd + int(((p.shown < 0) | (p.shown > _whole(p))).sum())) for _, p in shares]
    yield from told(
        "contradicted",
        "fail",
        outside,
        "Shares below nothing or above all in {columns}: {n}.",
        say("Declare it as what it is: 'model', 'mean of' its base, or a share with its unit 'percent'."),
    )
    shares += [(t, p) for t in tables for p in t.parts if p.role == "statistic" and p.people and _is_share(t, p)]
    small = [(p.name, _small_parts(t, p, policy.threshold(output.level, _unit(p)))) for t, p in shares]
    yield from told(
        "small_cells",
        "fail",
        small,
        "Shares of too few people, or of all but a few, in {columns}: {n}.",
        _MASK,
    )


def _is_share(table: Table, part: Part) -> bool:
    """Say whether a mean is that of noes and ones: between them, and a whole number of people everywhere."""
    base = people_behind(table, part)
    if (
        part.meaning is None
        or part.meaning.kind != "mean"
        or base is None
        or not len(part.shown)
        or part.shown.max() > 1
    ):
        return False
    people = part.numbers * base
    return bool((part.shown >= 0).all() and np.nanmax(np.abs(people - np.round(people)), initial=0.0) < _ONE_PERSON)


def _whole(part: Part) -> float:
    """Return what all of the base is written as: 1 or 100."""
    said = f"{part.name} {'' if part.meaning is None else part.meaning.unit}".lower()
    written = part.held.dtype.kind not in "iuf" and any("%" in word for word in part.coded[1])
    percent = written or "percent" in said or "%" in said or "pct" in said or (len(part.shown) and part.shown.max() > 1)
    return 100.0 if percent else 1.0


def _small_parts(table: Table, part: Part, threshold: int) -> int:
    """Count the shares that mean a few people, or all but a few."""
    base = _base(table, part)
    if base is None:
        return 0
    people = np.round(part.numbers / _whole(part) * base)
    rest = np.round(base) - people
    return int(((people > 0) & ((people < threshold) | ((rest > 0) & (rest < threshold)))).sum())


def _base(table: Table, part: Part) -> Numbers | None:
    """Find the people that each share is of; shares that cut everybody, or each group, up are of these."""
    behind = people_behind(table, part)
    said = part.meaning is not None and part.meaning.base == ALL and table.everybody is None
    if behind is None or not said:
        return behind
    keys = [np.zeros(len(part.rows), dtype=int), *(c.coded[0][part.rows] for c in table.columns if c.role == "key")]
    for codes in keys:
        if all(_adds_up(part.numbers[codes == one]) for one in np.unique(codes)[:100]):
            return np.asarray(np.bincount(codes, np.nan_to_num(behind))[codes], dtype=float)
    return behind


def _adds_up(shares: Numbers) -> bool:
    """Say whether shares cut something up into categories."""
    together = float(np.nansum(shares))
    return len(shares) > 1 and any(abs(together - one) <= near for one, near in _WHOLE.items())
