"""Declared counts: none is of few people, none leaves few over, and each is what it is said to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.message import say
from ctresearch.privacy.reading.grid import is_total
from ctresearch.privacy.rules.telling import MASK, instead, told
from ctresearch.privacy.vocabulary.vocabulary import in_column, listed
from ctresearch.privacy.words.age_bands import age_band
from ctresearch.privacy.words.counting_columns import of_two_years
from ctresearch.privacy.words.identifiers import snake

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

_SEXES = tuple(frozenset(listed(f"same.{sex}", f"person.{sex}")) for sex in ("woman", "man"))
_EVERYBODY = in_column("counts.everybody", "counts.everybody_elsewhere", "counts.alone")
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
    odd = [(p.name, p.odd + int((p.shown % 1 != 0).sum())) for p in counts]
    below = [(p.name, int((p.shown < 0).sum())) for p in counts if not p.odd and (p.shown % 1 == 0).all()]
    yield from told(
        "contradicted",
        "fail",
        below,
        "Numbers below nothing in {columns}, which is declared a count: {n}.",
        say(
            "Save the two counts that it is the change between in its place, or say it as a share of the first: a "
            "change of a few people gives them away as a count does."
        ),
    )
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
    categories = _one_classification(table)
    out: Found = []
    for whole in counts:
        for part in counts:
            rest = whole.numbers - part.numbers
            shown = rest[~np.isnan(rest)]
            if not _apart(part, whole, categories=categories) and len(shown) and (shown >= 0).all():
                out.append((part.name, _few(shown, policy.threshold(output.level, unit_of(part)))))
    return out


def _apart(part: Part, whole: Part, *, categories: bool) -> bool:
    """Say whether one count cannot be part of another: by what is declared, or by what their columns are called."""
    if part is whole or unit_of(part) != unit_of(whole) or of_two_years(part.name, whole.name):
        return True
    if _part_of(part) not in {"", whole.name} or (_part_of(whole) != "" and not _part_of(part)):
        return True
    return not _part_of(part) and (categories or _exclude(part.name, whole.name))


def _one_classification(table: Table) -> bool:
    """Say whether columns are the categories of one variable, as ``pandas.crosstab`` names it, and none is a total."""
    columns = getattr(table.frame, "columns", None)
    if columns is None or columns.nlevels > 1 or columns.name in {None, ""}:
        return False
    names = [str(name).strip().lower() for name in columns]
    bands = [band for name in names if (band := age_band(name)) is not None]
    nested = any(one is not other and _overlap(one, other) for one in bands for other in bands)
    return not nested and not any(is_total(name) or _EVERYBODY.search(snake(name)) for name in names)


def _exclude(one: str, other: str) -> bool:
    """Say whether two names exclude each other: of women and of men, or of bands of age that do not meet."""
    first, second = one.strip().lower(), other.strip().lower()
    sexes = [next((i for i, words in enumerate(_SEXES) if name in words), -1) for name in (first, second)]
    bands = [age_band(name) for name in (first, second)]
    of_sex = min(sexes) >= 0 and sexes[0] != sexes[1]
    return of_sex or (bands[0] is not None and bands[1] is not None and not _overlap(bands[0], bands[1]))


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Say whether two bands of age meet."""
    return one[0] <= other[1] and other[0] <= one[1]
