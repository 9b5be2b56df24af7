"""Declared labels and words: members of groups, protected persons, quotes, details, and rows about people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ctresearch.core.message import say
from ctresearch.privacy.rules.telling import told
from ctresearch.privacy.vocabulary.vocabulary import in_column
from ctresearch.privacy.words.counting_columns import of_a_model
from ctresearch.privacy.words.identifiers import snake
from ctresearch.privacy.words.prose import small_numbers
from ctresearch.privacy.words.record_tables import ATTRIBUTE, points_at_a_person

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ctresearch.core.check import Status
    from ctresearch.privacy.declared.part import Part
    from ctresearch.privacy.declared.table import Table
    from ctresearch.privacy.verdicts.output import Output
    from ctresearch.privacy.verdicts.policy import Policy
    from ctresearch.privacy.verdicts.verdict import Finding

_MEASURED = frozenset({"count", "weighted count", "share", "statistic", "model", "money", "text", "quote"})
_ATTRIBUTES = frozenset({"key", "place", "date"})
_FIGURES = frozenset({"statistic", "model", "money"})
_CODE = re.compile(r"^[A-Za-z]{1,4}[-_]?0*\d{1,6}$")
_FILED = in_column("rows.filed")
_MANY = 10  # rows; regions and questions are numbered too, but seldom so many
_SPOT = re.compile(r"^\s*\(?-?\d{1,2}\.\d{3,}\s*[,;/ ]\s*-?\d{1,3}\.\d{3,}\)?\s*$")


def person_rules(tables: Sequence[Table], output: Output, policy: Policy) -> Iterator[Finding]:
    """Judge what is declared to point at a person, or to help an offender.

    Parameters
    ----------
    tables : sequence of Table
        Declared.
    output : Output
        Where they stand.
    policy : Policy
        What happens to quotes and to operational detail.

    Yields
    ------
    Finding
        ``"protected_person"``, ``"operational_detail"`` and ``"childrens_words"`` at any level; ``"records"`` for
        members of groups whose rows are not counted, and ``"quotes"``, where the data are not public.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.privacy.verdicts.output import Output
    >>> from ctresearch.privacy.verdicts.policy import Policy
    >>> frame = pd.DataFrame({"member": ["a1", "a2"], "degree": [3, 4]})
    >>> one = Output("d", "table", "restricted", content=frame, roles={"member": "actor", "degree": "model"})
    >>> [finding.rule for finding in person_rules(one.tables, one, Policy())]
    ['records']
    """
    restricted = output.level == "restricted"
    kinds: tuple[tuple[str, str, Status, str, str], ...] = (
        (
            "protected person",
            "protected_person",
            "fail",
            "Persons who may need protection in {columns}: {n}.",
            say("Leave them out, or count them in groups that are large enough."),
        ),
        (
            "operational detail",
            "operational_detail",
            policy.operational_detail,
            "Cells of {columns} that could help an offender: {n}.",
            say("Have the owner of the data decide; aggregate places, dates and methods, or keep it back."),
        ),
        (
            "quote",
            "quotes",
            policy.quotes,
            "Words of persons in {columns}: {n}.",
            say("Have somebody who knows the person judge whether the words give them away; then sign an override."),
        ),
    )
    for role, rule, verdict, sentence, cure in kinds:
        found = [(p.name, _filled(p)) for t in tables for p in t.parts if p.role == role]
        if role != "quote" or restricted:
            yield from told(rule, verdict, found, sentence, cure)
    young = [(p.name, _filled(p)) for t in tables for p in t.parts if p.role == "quote" and _of_a_child(p)]
    cure = say("State consent, assent, best interests and approval in [ethics.children_words], then sign an override.")
    yield from told("childrens_words", "fail", young, "Words of children in {columns}: {n}.", cure)
    if restricted:
        yield from _one_by_one(tables, output)
        few = [(p.name, _small(p, policy.threshold(output.level))) for t in tables if not t.name for p in t.parts]
        sentence = "Small numbers of what may be people in the words of {columns}: {n}."
        yield from told("small_cells", "review", few, sentence, say("Leave them out, or say in an override of what."))


def _of_a_child(part: Part) -> bool:
    """Say whether words are declared as those of a child."""
    return part.meaning is not None and part.meaning.of == "child"


def _small(part: Part, threshold: int) -> int:
    """Count the small numbers in free text."""
    return sum(small_numbers(words, threshold) for words in part.coded[1]) if part.role == "text" else 0


def _filled(part: Part) -> int:
    """Count the cells that hold something."""
    codes, different = part.coded
    empty = [code for code, word in enumerate(different) if not word]
    return len(codes) - sum(int((codes == code).sum()) for code in empty)


def _one_by_one(tables: Sequence[Table], output: Output) -> Iterator[Finding]:
    """Refuse rows about single people: members of groups, numbered cases, and attributes with nothing measured."""
    cure = say("Count or summarise them, or give the people behind each row (counts=), if a row is a group.")
    actors = [(p.name, _filled(p)) for t in tables for p in t.parts if p.role == "actor" and not t.grouped]
    sentence = "Single members of a group in {columns}: {n}."
    yield from told("records", "fail", actors, sentence, cure)
    cases = [(c.name, len(t)) for t in tables for i, c in enumerate(t.columns) if _points(t, c, i)]
    sentence = "Rows that are single persons, by {columns}: {n}."
    yield from told("records", "fail", cases, sentence, cure)
    numbered = [(c.name, len(t)) for t in tables if not output.is_result for c in t.columns if _numbers_rows(t, c)]
    yield from told("records", "review", numbered, "Rows that are numbered as records are, by {columns}: {n}.", cure)
    tied = [(name, len(t)) for t in tables if not output.is_result for name in _ties(t)]
    sentence = "Rows of {columns} that may be ties between single members of a group: {n}."
    yield from told("records", "review", tied, sentence, say("Declare both ends as 'actor'; summarise what is tied."))
    spots = [(c.name, n) for t in tables for c in t.columns if (n := _coordinates(c))]
    sentence = "Exact coordinates in {columns}: {n}."
    yield from told("identifier", "fail", spots, sentence, say("Name the district, or round to a tenth of a degree."))
    alike = [(t.columns[0].name, len(t)) for t in tables if not output.is_result and _describes_beside(t)]
    sentence = "Rows of {columns} and others that have attributes of people, and figures of nobody: {n}."
    yield from told("records", "review", alike, sentence, cure)
    described = [(t.columns[0].name, len(t)) for t in tables if _describes(t)]
    sentence = "Rows of {columns} and others that have attributes of people, and nothing that is measured: {n}."
    yield from told("records", "fail", described, sentence, cure)


def _points(table: Table, column: Part, position: int) -> bool:
    """Say whether a column of labels or words numbers cases, members or persons, or tells what one said."""
    if column.role not in _ATTRIBUTES | {"mark", "text"} or not len(table):
        return False
    attributes = sum(ATTRIBUTE.match(snake(c.name)) is not None for c in table.columns)
    return points_at_a_person(table.grid, position, attributes, counted=table.grouped)


def _numbers_rows(table: Table, column: Part) -> bool:
    """Say whether labels number rows that nobody counts as records are, from letters and a number that never repeat."""
    words = column.coded[1]
    if column.role not in {"key", "mark", "text"} or table.grouped or table.nobody or len(words) != len(table):
        return False
    if not any(c.people and c.role in _FIGURES for c in table.columns) or of_a_model(table.grid):
        return False
    filed = _FILED.match(snake(column.name)) is not None
    coded = all(_CODE.match(word) for word in words)
    return coded and len(words) >= (_MANY if not filed else 2)


def _ties(table: Table) -> list[str]:
    """Name the two columns of a list of ties: codes of the same members stand in both."""
    ends = [c for c in table.columns if c.role in {"key", "mark", "text"} and all(map(_CODE.match, c.coded[1]))]
    for one in ends:
        for other in ends:
            if one is not other and len(set(one.coded[1]) & set(other.coded[1])) * 2 >= len(set(other.coded[1])):
                return [one.name, other.name]
    return []


def _coordinates(column: Part) -> int:
    """Count the cells of a place that are a latitude and a longitude."""
    if column.role not in _ATTRIBUTES | {"mark", "text"} or column.held.dtype.kind in "iufbM":
        return 0
    return sum(_SPOT.match(word) is not None for word in column.coded[1])


def _describes_beside(table: Table) -> bool:
    """Say whether rows nobody counts have two attributes of a person, and all that is measured is of nobody."""
    measured = [c for c in table.columns if c.role in _MEASURED]
    about = [c for c in measured if c.people and c.role not in {"money", "statistic", "model"}]
    nobody = [c for c in measured if not c.people]
    attributes = [c for c in table.columns if c.role in _ATTRIBUTES | {"mark"} and ATTRIBUTE.match(snake(c.name))]
    return bool(nobody) and not about and not table.grouped and len(table) > 1 and len(attributes) > 1


def _describes(table: Table) -> bool:
    """Say whether rows have neither a count nor anything measured, and two attributes or more, or repeat themselves."""
    if table.grouped or not len(table) or any(c.role in _MEASURED for c in table.columns):
        return False
    if any(c.role in _ATTRIBUTES for c in table.columns) and len(set(table.grid.rows)) < len(table):
        return True  # nothing is counted, and rows that are the same are not the same person
    marks = [c for c in table.columns if c.role == "mark" and ATTRIBUTE.match(snake(c.name))]
    return len(marks) + sum(c.role in _ATTRIBUTES for c in table.columns) > 1
