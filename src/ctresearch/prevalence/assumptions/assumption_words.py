"""Identifying assumptions: which lists they are about, and what they say in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ctresearch.core.columns import column_names
from ctresearch.core.errors import SpecificationError
from ctresearch.core.message import Message, say
from ctresearch.core.validate import in_range, one_of
from ctresearch.prevalence.assumptions.identification import Identification, identification
from ctresearch.prevalence.lists.joined_words import joined

if TYPE_CHECKING:
    from collections.abc import Sequence

AssumptionName = Literal["no_highest_order", "conditional", "marginal"]
NAMES: tuple[AssumptionName, ...] = ("no_highest_order", "conditional", "marginal")
MOST_AMONG = 10
"""Lists without a common interaction: with 1,023 cells in one product, an empty one is all but sure."""
LABELS = {
    "no_highest_order": say("no highest-order interaction"),
    "conditional": say("no interaction among people on no other list"),
    "marginal": say("no marginal interaction"),
}


@dataclass(frozen=True, slots=True)
class Stated:
    """An identifying assumption as the user stated it: its name, its lists and the interaction assumed."""

    name: AssumptionName
    among: tuple[str, ...] | None
    without: tuple[str, ...] | None
    ratio: float

    def of(self, lists: Sequence[str]) -> Placed:
        """Find its lists among those of a table."""
        among = tuple(lists) if self.among is None else self.among
        others = tuple(one for one in lists if one not in among)
        without = () if self.name != "conditional" else others if self.without is None else self.without
        unknown = [one for one in (*among, *without) if one not in lists]
        if unknown:
            raise SpecificationError(
                f"{len(unknown)} of the lists that the assumption names are not among the {len(lists)} of the table: "
                "name them as .lists does"
            )
        if len(among) > MOST_AMONG:
            raise SpecificationError(
                f"the assumption is about {len(among)} lists at once, must be about at most {MOST_AMONG}: "
                "choose assumption 'conditional' or 'marginal' and name fewer in among="
            )
        patterns = [sum(1 << list(lists).index(one) for one in part) for part in (among, without)]
        rest = tuple(one for one in others if one not in without)
        return Placed(self, among, without, rest, identification(len(lists), *patterns))


@dataclass(frozen=True, slots=True)
class Placed:
    """An assumption about the lists of a table: those without an interaction, those people are on none of, the rest."""

    stated: Stated
    among: tuple[str, ...]
    without: tuple[str, ...]
    rest: tuple[str, ...]
    identification: Identification

    def words(self) -> Message:
        """Say what is assumed."""
        return say("{people}, {what}. No table can show whether that is so.", people=self._people(), what=self._what())

    def _people(self) -> Message:
        """Say about which people."""
        if self.without and self.rest:
            return say("Among people on none of {without}, whatever other lists they are on", without=self._list(0))
        if self.without:
            return say("Among people on none of {without}", without=self._list(0))
        if self.rest:
            return say("Whatever other lists people are on")
        return say("Among all people")

    def _what(self) -> Message:
        """Say what is assumed of the lists."""
        ratio, lists = self.stated.ratio, self._list(1)
        if len(self.among) == 2:
            if ratio == 1:
                return say("{lists} are independent", lists=lists)
            return say("the odds ratio of {lists} is {ratio:g}", lists=lists, ratio=ratio)
        if ratio == 1:
            return say("{lists} have no interaction of all of them at once", lists=lists)
        return say("the interaction of {lists} at once, as a ratio, is {ratio:g}", lists=lists, ratio=ratio)

    def _list(self, which: int) -> Message:
        """Name the lists."""
        return joined((self.without, self.among)[which])


def state(name: AssumptionName, among: Sequence[str] | None, without: Sequence[str] | None, ratio: float) -> Stated:
    """Check an assumption as it was stated.

    Parameters
    ----------
    name : {"no_highest_order", "conditional", "marginal"}
        Which it is.
    among : sequence of str, optional
        The lists without a common interaction; all of them, and not to be given, for ``"no_highest_order"``.
    without : sequence of str, optional
        For ``"conditional"``, the lists that people are on none of; by default all others.
    ratio : float
        Exponential of the interaction assumed.

    Returns
    -------
    Stated
        The assumption.

    Raises
    ------
    SpecificationError
        If the options do not go together.

    Examples
    --------
    >>> print(state("conditional", ["a", "b"], None, 1.0).of(["a", "b", "c"]).words())
    Among people on none of c, a and b are independent. No table can show whether that is so.
    """
    one_of("assumption", name, NAMES)
    if (among is None) != (name == "no_highest_order"):
        raise SpecificationError(
            f"among == {among!r} with assumption {name!r}: 'conditional' and 'marginal' are about the lists named there"
            ", two or more, and 'no_highest_order' about all"
        )
    if without is not None and name != "conditional":
        raise SpecificationError(f"without == {without!r} goes with assumption 'conditional', not {name!r}")
    named = None if among is None else column_names("among", among, least=2)
    off = None if without is None else column_names("without", without, least=1)
    both = [one for one in off or () if one in (named or ())]
    if both:
        raise SpecificationError(f"without == {without!r} and among == {among!r} share {len(both)}, must share none")
    return Stated(name, named, off, float(in_range("ratio", ratio, 1e-3, 1e3)))
