"""What a study adds to a published definition: strengths, indicators of its own, a threshold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ctresearch.core.errors import SpecificationError
from ctresearch.core.validate import one_of, whole_number
from ctresearch.data.classification.definition import Definition, Item, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STRENGTHS = ("strong", "medium")


def adapt(
    published: Definition,
    *,
    strengths: Mapping[str, str] | None = None,
    indicators: Mapping[str, tuple[str, str]] | None = None,
    threshold: Sequence[tuple[int, int]] | None = None,
) -> Definition:
    """Write a study's decisions into a definition.

    Parameters
    ----------
    published : Definition
        The definition as published.
    strengths : mapping of str to str, optional
        Items whose strength changes.
    indicators : mapping of str to (str, str), optional
        Items with their domain and strength, for a definition that leaves them to the study.
    threshold : sequence of (int, int), optional
        Numbers of strong and medium indicators, for such a definition.

    Returns
    -------
    Definition
        The definition as applied.

    Raises
    ------
    SpecificationError
        If a decision is missing that only the study can take, or one is given that the definition does not leave.

    Examples
    --------
    >>> from ctresearch.data.classification.definition import definition
    >>> locked = {"locked": ("freedom_of_movement", "strong")}
    >>> adapted = adapt(definition("prif"), indicators=locked, threshold=[(1, 0)])
    >>> adapted.items[-1].element
    'freedom_of_movement_strong'
    """
    if published.domains:
        if not indicators or not threshold:
            raise SpecificationError(
                f"definition == {published.name!r} leaves indicators and threshold to the study, got indicators="
                f"{indicators!r} and threshold={threshold!r}: give both, from the text of the definition it applies"
            )
        published = _with_indicators(published, indicators, threshold)
    elif indicators is not None or threshold is not None:
        raise SpecificationError(
            f"definition == {published.name!r} has items and a rule of its own, got indicators={indicators!r} and "
            f"threshold={threshold!r}: leave both out"
        )
    given = strengths or {}
    _check_strengths(given, published)
    return replace(published, items=tuple(_with_strength(item, given) for item in published.items))


def _check_strengths(strengths: Mapping[str, str], published: Definition) -> None:
    """Check that strengths are of items that have one."""
    weighed = [item.name for item in published.items if item.element.endswith(STRENGTHS)]
    for name, strength in strengths.items():
        if name not in weighed:
            raise SpecificationError(
                f"strengths names {name!r}, which is no weighed item of {published.name!r}; those are "
                f"{', '.join(weighed) or 'none'}"
            )
        one_of(f"strengths[{name!r}]", strength, STRENGTHS)


def _with_strength(item: Item, strengths: Mapping[str, str]) -> Item:
    """Give an item another strength."""
    if item.name not in strengths:
        return item
    return replace(item, element=f"{item.element.rpartition('_')[0]}_{strengths[item.name]}")


def _with_indicators(
    published: Definition, indicators: Mapping[str, tuple[str, str]], threshold: Sequence[tuple[int, int]]
) -> Definition:
    """Add a study's indicators and threshold, and thresholds one step to either side."""
    added = []
    for name, (domain, strength) in indicators.items():
        one_of(f"domain of {name!r}", domain, published.domains)
        one_of(f"strength of {name!r}", strength, STRENGTHS)
        added.append(Item(name, f"{domain}_{strength}", f"{domain.replace('_', ' ')}, {strength}"))
    elements = {
        strength: tuple(dict.fromkeys(item.element for item in added if item.element.endswith(strength)))
        for strength in STRENGTHS
    }
    first = published.thresholds[0]
    steps = {"published": 0, "one less": -1, "one more": 1}
    thresholds = []
    for name, step in steps.items():
        pairs = [_step(pair, step) for pair in threshold]
        words = " or ".join(f"{strong} strong and {medium} medium" for strong, medium in pairs)
        rules = tuple(_count_rule(pair, elements) for pair in pairs)
        thresholds.append(replace(first, name=name, words=f"adults: {words}; {first.words}", adult=rules))
    choices = (*published.choices, f"Threshold applied: {thresholds[0].words}.")
    return replace(published, items=(*published.items, *added), thresholds=tuple(thresholds), choices=choices)


def _step(pair: tuple[int, int], step: int) -> tuple[int, int]:
    """Ask for one indicator less or more, of the weaker kind that the pair asks for, and never for none."""
    strong, medium = (whole_number("threshold", number, low=0) for number in pair)
    if strong + medium == 0:
        raise SpecificationError(f"threshold holds {tuple(pair)!r}, must ask for at least one indicator")
    if medium:
        return strong, max(medium + step, 0 if strong else 1)
    return max(strong + step, 1), 0


def _count_rule(pair: tuple[int, int], elements: Mapping[str, tuple[str, ...]]) -> Rule:
    """Write a rule that counts indicators."""
    needs = tuple((elements[kind], count) for kind, count in zip(STRENGTHS, pair, strict=True) if count)
    return Rule(f"at least {pair[0]} strong and {pair[1]} medium indicators", needs)
