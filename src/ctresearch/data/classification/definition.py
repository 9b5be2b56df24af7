"""Definitions as data: items, what each is an element of, and the rules that combine them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ctresearch.core.validate import one_of

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = ("prif", "icls-2018", "htsh")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a questionnaire asks.

    Parameters
    ----------
    name : str
        Name of the item, and of its column unless the user says otherwise.
    element : str
        What it is an element of, with ``_strong`` or ``_medium`` where the definition weighs indicators.
    words : str
        What it says.

    Examples
    --------
    >>> definition("icls-2018").items[0].element
    'involuntary'
    """

    name: str
    element: str
    words: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: so many items of these elements, and so many of those.

    Parameters
    ----------
    name : str
        Name of the rule, for the trace.
    needs : tuple of (tuple of str, int)
        Elements, and how many of their items must apply; all needs must be met.

    Examples
    --------
    >>> definition("icls-2018").thresholds[0].adult[0].needs
    ((('involuntary',), 1), (('coercion',), 1))
    """

    name: str
    needs: tuple[tuple[tuple[str, ...], int], ...]

    @property
    def elements(self) -> tuple[str, ...]:
        """The elements whose items the rule reads."""
        return tuple(element for elements, _ in self.needs for element in elements)


@dataclass(frozen=True, slots=True)
class Threshold:
    """Rules for adults and for children; a person has the status if any rule of the group holds.

    Parameters
    ----------
    name, words : str
        Name, and what it asks for.
    adult, child : tuple of Rule
        The rules.

    Examples
    --------
    >>> [one.name for one in definition("htsh").thresholds]
    ['published', 'both strong', 'any strength', 'across dimensions']
    """

    name: str
    words: str
    adult: tuple[Rule, ...]
    child: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """A published definition.

    Parameters
    ----------
    name, title, status, about : str
        Short name, full name, the status it gives, and its rule in words.
    items : tuple of Item
        What must be asked.
    thresholds : tuple of Threshold
        The published rule first, then other thresholds to compare it with.
    references, choices : tuple of str
        The documents, and what they leave to the study.
    domains : tuple of str
        Domains of indicators, where a study assigns its own items to them.

    Examples
    --------
    >>> definition("icls-2018").status
    'forced labour'
    """

    name: str
    title: str
    status: str
    about: str
    items: tuple[Item, ...]
    thresholds: tuple[Threshold, ...]
    references: tuple[str, ...]
    choices: tuple[str, ...]
    domains: tuple[str, ...] = ()

    def item_names(self, rules: tuple[Rule, ...]) -> list[str]:
        """Return the names of the items that some rules read.

        Parameters
        ----------
        rules : tuple of Rule
            The rules.

        Returns
        -------
        list of str
            In order of the definition.

        Examples
        --------
        >>> icls = definition("icls-2018")
        >>> icls.item_names(icls.thresholds[0].child[1:2])
        ['works_for_parents_in_forced_labour']
        """
        elements = {element for rule in rules for element in rule.elements}
        return [item.name for item in self.items if item.element in elements]


@cache
def definition(name: str) -> Definition:
    """Read a published definition.

    Parameters
    ----------
    name : {"prif", "icls-2018", "htsh"}
        Statistical definitions of the Prevalence Reduction Innovation Forum [1]_, guidelines of the 20th
        International Conference of Labour Statisticians [2]_, or Hard to see, harder to count [3]_.

    Returns
    -------
    Definition
        Items and rules.

    Raises
    ------
    SpecificationError
        If there is no definition of that name.

    References
    ----------
    .. [1] Price, R. K. et al. (2022). Prevalence estimates of trafficking in persons using statistical definitions: a
       cross-sectional high-risk community survey in Cape Town, South Africa. BMJ Open 12, e063617.
       https://doi.org/10.1136/bmjopen-2022-063617
    .. [2] International Labour Organization (2018). Guidelines concerning the measurement of forced labour.
       ICLS/20/2018/Guidelines. Geneva: ILO.
    .. [3] International Labour Office (2012). Hard to see, harder to count: survey guidelines to estimate forced
       labour of adults and children. Second edition. Geneva: ILO. ISBN 978-92-2-126172-8.

    Examples
    --------
    >>> len(definition("icls-2018").items)
    23
    """
    one_of("definition", name, NAMES)
    text = files("ctresearch.data.classification").joinpath("definitions", f"{name}.toml").read_text(encoding="utf-8")
    parts: dict[str, Any] = tomllib.loads(text)
    items = tuple(
        Item(item, element, words) for element, members in parts["elements"].items() for item, words in members.items()
    )
    first = parts["thresholds"][0]
    thresholds = tuple(
        Threshold(one["name"], one["words"], _rules(one["adult"]), _rules(one.get("child", first["child"])))
        for one in parts["thresholds"]
    )
    return Definition(
        name=name,
        title=parts["title"],
        status=parts["status"],
        about=" ".join(parts["about"].split()),
        items=items,
        thresholds=thresholds,
        references=tuple(parts["references"]),
        choices=tuple(parts["choices"]),
        domains=tuple(parts.get("domains", ())),
    )


def _rules(written: list[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Read rules."""
    return tuple(
        Rule(one["name"], tuple((tuple(need["of"]), int(need["count"])) for need in one["needs"])) for one in written
    )
