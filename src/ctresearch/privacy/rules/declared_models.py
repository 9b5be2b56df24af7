"""Declarations that the content contradicts: a figure of a model that counts people, or gives each of them a row."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.message import say
from ctresearch.privacy.declared.table import LABELS
from ctresearch.privacy.rules.telling import told
from ctresearch.privacy.vocabulary.vocabulary import in_column
from ctresearch.privacy.words.identifiers import snake

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from ctresearch.privacy.declared.part import Part
    from ctresearch.privacy.declared.table import Table
    from ctresearch.privacy.verdicts.output import Output
    from ctresearch.privacy.verdicts.policy import Policy
    from ctresearch.privacy.verdicts.verdict import Finding

    Numbers = NDArray[np.float64]

_EXACT = 1e-9  # parts written in full
_DIGITS = 9
_PAIRED = 12  # columns that are tried two by two
_NO_COUNTS = frozenset({"model", "statistic", "money"})
_OF_A_MACHINE = in_column("rows.of_a_machine", plural=True)


def model_rules(tables: Sequence[Table], output: Output, policy: Policy) -> Iterator[Finding]:
    """Judge whether figures of models are that.

    Parameters
    ----------
    tables : sequence of Table
        All that an output declares.
    output : Output
        Where they stand.
    policy : Policy
        The thresholds.

    Yields
    ------
    Finding
        ``"contradicted"`` for counts under another name, ``"records"`` for a row a person; a review where nobody says
        what the rows of figures are.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.privacy.verdicts.output import Output
    >>> from ctresearch.privacy.verdicts.policy import Policy
    >>> frame = pd.DataFrame({"sex": ["Woman", "Man"], "fitted": [37, 3]})
    >>> roles = {"sex": "key", "fitted": "model"}
    >>> one = Output("fit", "table", "restricted", content=frame, counts=40, roles=roles)
    >>> [finding.rule for finding in model_rules(one.tables, one, Policy())]
    ['contradicted']
    """
    yield from _disguises(tables)
    yield from _rows(tables, policy.threshold(output.level))


def _disguises(tables: Sequence[Table]) -> Iterator[Finding]:
    """Refuse whole numbers that are declared as something else and add up to a number of people."""
    totals = {n for t in tables for n in t.beside.values()}
    totals |= {float(p.shown.sum()) for t in tables for p in t.parts if p.role == "count" and p.people and not t.nobody}
    found = [(part.name, 1) for table in tables for part in _disguised(table, totals)]
    yield from told(
        "contradicted",
        "fail",
        found,
        "Whole numbers in {columns} add up to a number of people, so they count them.",
        say("Declare it as 'count', and mask what is small; or say in an override why its sum is a coincidence."),
    )


def _disguised(table: Table, totals: set[float]) -> list[Part]:
    """Find the parts that count people under another name: down to a total, or across to the people of each row."""
    wholes = [p.numbers for p in table.parts if p.role == "count" and p.people and len(p.rows) == len(table)]
    if table.people is not None and table.people.size == len(table) > 1:
        wholes.append(table.people.ravel())
        totals = totals | {float(np.nansum(table.people))}
    may = [p for p in table.parts if _may_count(p) and not any(np.array_equal(p.numbers, w) for w in wholes)]
    found = [p for p in may if (p.shown > 0).sum() > 1 and (float(p.shown.sum()) in totals or _has_total(p, totals))]
    blocks = [p for p in may if len(p.rows) == len(table)]
    # the same in each row, as where degrees of freedom and parameters add up to the rows of one file, tells nothing
    same = any(len(np.unique(w)) == 1 and _fills(w, blocks) for w in wholes)
    together = len(table) > 1 or table.name  # nor do the single values of one mapping
    if together and not same and len(blocks) > 1 and float(sum(p.shown.sum() for p in blocks)) in totals:
        found += blocks
    for whole in wholes if len(table) > 1 else ():
        if len(np.unique(whole[~np.isnan(whole)])) > 1:
            groups = [*combinations(blocks[:_PAIRED], 2), tuple(blocks)]
            found += [p for group in groups if _fills(whole, group) for p in group]
    found += [p for p in table.parts if p.role in _NO_COUNTS and p.people and any(_cuts_up(p, n) for n in totals)]
    return list(dict.fromkeys(found))


def _has_total(part: Part, totals: set[float]) -> bool:
    """Say whether the first or last number of a part is a number of people, and the sum of all others."""
    shown = part.shown
    ends = (float(shown[0]), float(shown[-1])) if len(shown) > 2 else ()
    return any(end in totals and float(shown.sum()) == 2 * end for end in ends)


def _may_count(part: Part) -> bool:
    """Say whether a part that is declared to count nobody may count people: whole numbers that number no rows."""
    things = part.role == "count" and not part.people
    shown = part.shown
    words = part.role in {"mark", "text"} and (shown > 1).any()
    if not (part.role in _NO_COUNTS or things or words) or part.odd:
        return False
    if not (shown > 0).any() or (shown < 0).any() or (shown % 1 != 0).any():
        return False
    return len(shown) < 2 or not any(np.array_equal(shown, np.arange(len(shown)) + first) for first in (0, 1))


def _cuts_up(part: Part, people: float) -> bool:
    """Say whether figures are parts of one, and each of them a whole number of people though it need not be."""
    shown = part.shown
    if len(shown) < 2 or (shown < 0).any() or abs(shown.sum() - 1) > _EXACT or not (0 < people < np.inf):
        return False
    digits = next((d for d in range(_DIGITS) if np.allclose(shown, np.round(shown, d), rtol=0, atol=_EXACT)), _DIGITS)
    counts = shown * people
    whole = np.abs(counts - np.round(counts)).max() < _EXACT * people
    return bool(whole and people % 10**digits and (shown < 1).all())


def _fills(whole: Numbers, parts: Sequence[Part]) -> bool:
    """Say whether parts add up to a number of people in every row."""
    return len(parts) > 1 and bool(np.array_equal(np.sum([p.numbers for p in parts], axis=0), whole))


def _rows(tables: Sequence[Table], threshold: int) -> Iterator[Finding]:
    """Refuse tables of figures that have about as many rows as there are people, as residuals do."""
    across = [(t, [c for c in t.columns if c.people and c.name not in t.declared]) for t in tables if not t.nobody]
    yield from told(
        "records",
        "fail",
        [(parts[0].name, len(parts)) for t, parts in across if _a_person_each(t, parts, threshold)],
        "Columns under one pattern, {columns} among them, that stand for fewer people than may be shown together: {n}.",
        say("Summarise the columns, or name the people behind them (counts=)."),
    )
    figures = [(t, [p for p in t.parts if p.role in _NO_COUNTS and p.people and len(p.shown) > 1]) for t in tables]
    figures = [(t, parts) for t, parts in figures if parts and not t.nobody and not t.grouped and not _by_a_machine(t)]
    alone = {id(t) for t, _ in figures if _one_by_one(t, threshold)}
    yield from told(
        "records",
        "fail",
        [(parts[0].name, len(t)) for t, parts in figures if id(t) in alone],
        "Rows of {columns} that stand for fewer people than may be shown together: {n}.",
        say("Summarise the rows, or give the people behind each of them (counts=)."),
    )
    yield from told(
        "records",
        "review",
        [(parts[0].name, len(t)) for t, parts in figures if id(t) not in alone and not _named(t)],
        "Nobody said what the rows of {columns} are: {n}.",
        say("Declare the column that names its rows as a key, or give the people behind each row (counts=)."),
    )


def _a_person_each(table: Table, across: Sequence[Part], threshold: int) -> bool:
    """Say whether about as many columns as there are people stand under a pattern, as records on their side do."""
    people = [c for c in across if c.role != "count" and not _OF_A_MACHINE.search(snake(c.name))]
    return len(people) >= threshold and table.everybody is not None and 2 * len(people) > table.everybody


def _named(table: Table) -> bool:
    """Say whether a column names the rows."""
    things = any(c.role == "count" and not c.people and len(np.unique(c.shown)) == len(table) for c in table.columns)
    return len(table) < 2 or things or any(c.role in LABELS | {"text"} for c in table.columns)


def _numbered(table: Table) -> bool:
    """Say whether rows are merely numbered: by no column, or by one of whole numbers in a row that has no unit."""
    labels = [c for c in table.columns if c.role in LABELS]
    return all(
        len(c.shown) == len(table) and not (c.meaning and c.meaning.unit) and bool((np.diff(c.numbers) == 1).all())
        for c in labels
    )


def _one_by_one(table: Table, threshold: int) -> bool:
    """Say whether there are about as many rows as people: few people a row, and fewer still where rows have names."""
    if table.everybody is None:
        return False
    people_a_row = threshold if _numbered(table) else 2
    return len(table) > 1 and len(table) * people_a_row > table.everybody


def _by_a_machine(table: Table) -> bool:
    """Say whether its rows are draws, iterations or the like."""
    return any(c.role in LABELS and _OF_A_MACHINE.search(snake(c.name)) for c in table.columns)
