"""Declared shares: neither the part nor the rest is a few people, and none tells something of everybody in a group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.meaning import ALL
from ctresearch.core.message import say
from ctresearch.privacy.rules.behind import people_behind
from ctresearch.privacy.rules.declared_counts import unit_of
from ctresearch.privacy.rules.telling import MASK, instead, told
from ctresearch.privacy.words.scales import said_scale, whole_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from ctresearch.privacy.declared.part import Part
    from ctresearch.privacy.declared.table import Table
    from ctresearch.privacy.verdicts.output import Output
    from ctresearch.privacy.verdicts.policy import Policy
    from ctresearch.privacy.verdicts.verdict import Finding

    Numbers = NDArray[np.float64]

_ONE_PERSON = 1e-6  # a mean written in full, times its people, is as near to a whole number as that
_WHOLE = {1.0: 0.02, 100.0: 2.0}  # what shares add up to, and how far rounding may take them from it


def share_rules(tables: Sequence[Table], output: Output, policy: Policy) -> Iterator[Finding]:
    """Judge shares: neither the part nor the rest may be a few people, and each lies between nothing and all.

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
        ``"contradicted"``, ``"small_cells"``, or ``"all_in_one_cell"`` where a share is of everybody in one group.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.privacy.verdicts.output import Output
    >>> from ctresearch.privacy.verdicts.policy import Policy
    >>> frame = pd.DataFrame({"n": [40, 30], "men": [0.5, 0.1]})
    >>> one = Output("men", "table", "restricted", content=frame, roles={"n": "count", "men": "share of n"})
    >>> [finding.sentence for finding in share_rules(one.tables, one, Policy())]
    ["Shares of too few people, or of all but a few, in 'men': 1."]
    """
    shares = [(t, p) for t in tables for p in t.parts if p.role == "share" and p.people]
    outside = [(p.name, p.odd + int(((p.shown < 0) | (p.shown > whole_of(p))).sum())) for _, p in shares]
    yield from told(
        "contradicted",
        "fail",
        outside,
        "Shares below nothing or above all in {columns}: {n}.",
        say("Declare it as what it is: 'model', 'mean of' its base, or a share with its unit 'percent'."),
    )
    shares += [(t, p) for t in tables for p in t.parts if p.role in {"statistic", "model"} and _is_share(t, p)]
    small = [(p.name, _small_parts(t, p, policy.threshold(output.level, unit_of(p)))) for t, p in shares]
    yield from told(
        "small_cells",
        "fail",
        small,
        "Shares of too few people, or of all but a few, in {columns}: {n}.",
        instead(output, MASK),
    )
    rates = [(p.name, _few_as_a_rate(t, p, policy.threshold(output.level))) for t, p in shares if p.role == "share"]
    yield from told(
        "small_cells",
        "review",
        rates,
        "Rates of which nobody says per how many people, in {columns}: {n}.",
        say("Say it in the unit: col.share('Rate', 'n', unit='per 100,000'), or unit='percent'."),
    )
    yield from told(
        "all_in_one_cell",
        "review",
        [(p.name, _of_all(t, p)) for t, p in shares],
        "Shares of everybody in {columns}, which tell it of each of them: {n}.",
        say("Join groups, or say in an override why this is no secret (the category defines the group)."),
    )


def _few_as_a_rate(table: Table, part: Part, threshold: int) -> int:
    """Count the numbers of a rate that mean a few people if it is per 1,000, 10,000 or 100,000, where none says so."""
    base = people_behind(table, part)
    said = part.meaning is not None and part.meaning.unit != ""
    if base is None or said or said_scale(part) is not None or "rate" not in part.name.lower() or part.odd:
        return 0
    if not len(part.shown) or part.shown.max() <= 1 or not (np.nanmin(base, initial=np.inf) < np.inf):
        return 0
    people = [np.round(part.numbers * base / per) for per in (1e3, 1e4, 1e5) if 10 * np.nanmin(base) >= per]
    return max((int(((n > 0) & (n < threshold)).sum()) for n in people), default=0)


def _is_share(table: Table, part: Part) -> bool:
    """Say whether a figure is a rate per so many, or a mean of noes and ones: a whole number of people everywhere."""
    base = people_behind(table, part) if part.people else None
    if base is not None and said_scale(part) is not None and table.counted is not None and not table.name:
        return bool((part.shown >= 0).all())
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


def _small_parts(table: Table, part: Part, threshold: int) -> int:
    """Count the shares that mean a few people, or all but a few."""
    base = _base(table, part)
    if base is None:
        return 0
    people = np.round(part.numbers / whole_of(part) * base)
    rest = np.round(base) - people
    return int(((people > 0) & ((people < threshold) | ((rest > 0) & (rest < threshold)))).sum())


def _of_all(table: Table, part: Part) -> int:
    """Count the shares of everybody in a group; those in all rows, or of one base, define the groups."""
    base = _base(table, part)
    if base is None or part.meaning is None or part.meaning.base == ALL:
        return 0
    every = (part.numbers == whole_of(part)) & (base > 0)
    return 0 if every.all() else int(every.sum())


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
