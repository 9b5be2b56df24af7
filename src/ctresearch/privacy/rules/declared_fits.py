"""Figures that fit people: whatever they are called, times a number of people they are whole numbers of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.message import say
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
    Reading = tuple[Numbers, Numbers, Numbers, float]

_BY_CHANCE = 0.0025  # figures that have nothing to do with people fit them no more often
_OF_A_SPAN = 0.05  # where the name says that people stand behind it
_DIGITS = 9
_SCALES = (1.0, 100.0, 1000.0, 1e5)  # of which a share is written
_SPANS = (4, 12, 52, 365)  # in a year
_PER_SPAN = in_column("counts.per_spans")
_LOGARITHM = in_column("measures.logarithms")
_NEVER = frozenset({"", "weighted count", "quote", "operational detail", "protected person"})


def fit_rules(tables: Sequence[Table], output: Output, policy: Policy) -> Iterator[Finding]:
    """Ask about figures of which each is a whole number of the people beside it, as a share or an odds of them is.

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
        ``"contradicted"``, a review, where the people so found are too few and chance would seldom bring the fit about.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.privacy.verdicts.output import Output
    >>> from ctresearch.privacy.verdicts.policy import Policy
    >>> frame = pd.DataFrame({"n": [40, 50, 60], "hiv": [0.025, 0.02, 0.05]})
    >>> one = Output("hiv", "table", "restricted", content=frame, roles={"n": "count", "hiv": "model"})
    >>> [finding.verdict for finding in fit_rules(one.tables, one, Policy())]
    ['review']
    """
    if output.is_result:
        return
    threshold = policy.threshold(output.level)
    found = [(p.name, few) for t in tables for p in t.parts if (few := _few_people(t, p, threshold))]
    yield from told(
        "contradicted",
        "review",
        found,
        "Figures in {columns} that are whole numbers of the people beside them, some of too few: {n}.",
        say("Declare it as 'share of' the column that counts them, and mask what is small; or say in an override why."),
    )


def _few_people(table: Table, part: Part, threshold: int) -> int:
    """Count the figures of a part that mean a few people, where all of them fit people."""
    if part.role in _NEVER or (part.role == "count" and part.people) or not len(part.shown):
        return 0
    figures = part.numbers
    digits = next((d for d in range(_DIGITS) if _written_in(part.shown, d)), _DIGITS)
    half = 0.5 * 10.0**-digits if digits < _DIGITS else 1e-9
    return max((_fit(*one, threshold) for one in _readings(table, part, figures, half)), default=0)


def _written_in(shown: Numbers, digits: int) -> bool:
    """Say whether numbers have no more digits behind the point."""
    return bool(np.allclose(shown, np.round(shown, digits), rtol=0, atol=1e-10))


def _readings(table: Table, part: Part, figures: Numbers, half: float) -> Iterator[Reading]:
    """Yield the people that figures may mean, those they are of, how far rounding may have moved each, and its odds."""
    said = f"{snake(part.name)}_{snake('' if part.meaning is None else part.meaning.label)}"
    endless = np.full(len(figures), np.inf)
    if _PER_SPAN.search(said):
        yield from ((figures * many, endless, np.full(len(figures), half * many), _OF_A_SPAN) for many in _SPANS)
    if _LOGARITHM.search(said) and (part.shown < 20).all():
        people = np.exp(figures)
        yield people, endless, people * half, _BY_CHANCE
    if (part.shown < 0).any() or (part.shown % 1 == 0).all():
        return
    for base in _bases(table, part):
        for scale in _SCALES:
            if part.shown.max() <= scale:
                yield figures * base / scale, base, half * base / scale, _BY_CHANCE
        yield figures / (1 + figures) * base, base, half * base / (1 + figures) ** 2, _BY_CHANCE  # an odds
        with np.errstate(divide="ignore", invalid="ignore"):
            yield base / figures, base, half * base / figures**2, _BY_CHANCE  # one in so many


def _bases(table: Table, part: Part) -> list[Numbers]:
    """Gather the numbers of people that figures may be shares of; a share knows its own, and has rules of its own."""
    own = part.meaning.base if part.meaning is not None and part.role == "share" else ""
    counts = [c for c in table.columns if c.role == "count" and c.people and c.name not in {own, part.name}]
    bases = [c.numbers[part.rows] for c in counts]
    if table.people is not None and table.people.size == len(table) > 1:
        bases.append(table.people.ravel()[part.rows])
    return bases


def _fit(people: Numbers, base: Numbers, moved: Numbers, by_chance: float, threshold: int) -> int:
    """Count the small numbers of people, and small rests, if all are whole but for rounding and seldom so by chance."""
    known = ~np.isnan(people) & ~np.isnan(base) & (people > 0) & (people < base)
    if known.sum() < 2 or not np.isfinite(people[known]).all():
        return 0
    there, near = people[known], moved[known] + 1e-6
    if (np.abs(there - np.round(there)) > near).any() or np.prod(np.minimum(2 * near, 1.0)) > by_chance:
        return 0
    whole, rest = np.round(there), np.round(base[known] - there)
    return int((((whole > 0) & (whole < threshold)) | ((rest > 0) & (rest < threshold))).sum())
