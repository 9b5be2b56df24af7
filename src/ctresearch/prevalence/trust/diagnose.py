"""What a reader must hear of a table of lists, whichever method is asked about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ctresearch.core.check import Check, Status
from ctresearch.core.errors import SpecificationError
from ctresearch.core.message import Message, say, together
from ctresearch.prevalence.lists.estimable import require_estimable
from ctresearch.prevalence.trust.diagnosis import Diagnosis, diagnosis_of
from ctresearch.prevalence.trust.power import CLEAR, ENOUGH_POWER, MILD, REPULSION

if TYPE_CHECKING:
    from collections.abc import Collection

    from ctresearch.prevalence.lists.histories import CaptureHistories
    from ctresearch.prevalence.trust.repeated_lists import Repeated

Allowed = Literal["pairs", "differences", "any difference", "bound"]
ALLOWED: tuple[Allowed, ...] = ("pairs", "differences", "any difference", "bound")
_FAULTS = {
    "identical": say("hold the same people"),
    "nested": say("are one inside the other"),
    "nearly identical": say("hold nearly the same people"),
    "nearly nested": say("are nearly one inside the other"),
}
# One table in twenty of those that are explained rightly fits no better.
_ROUGH_FIT = 0.05
_TWO = say("Two lists cannot show it: their one overlap is used up by the estimate.")


def diagnose(histories: CaptureHistories, *, allows: Collection[Allowed] = ()) -> tuple[Check, ...]:
    """Ask of a table what would make estimates from it wrong.

    Some lists are one list twice; some share nobody; people differ in how likely they are to be listed; lists attract
    one another, as by referral; lists repel, or reach different people. Where nothing is seen, a simulation from the
    sizes of these lists tells whether a table like this could have shown it; where not, the answer is a *review* and
    not a *pass*. Populations with the same table and different sizes exist: a *pass* says that nothing in the table
    contradicts the assumption, and no more.

    Parameters
    ----------
    histories : CaptureHistories
        The table.
    allows : collection of {"pairs", "differences", "any difference", "bound"}
        What the estimate allows for: that some pairs of lists depend on one another; that people differ in one given
        way, or in ways it does not choose; or that it claims to be a lower bound only. By default nothing.

    Returns
    -------
    tuple of Check
        ``repeated lists``, ``separate lists``, ``people differ``, ``lists attract`` and ``lists repel``. The first
        fails, and takes the limits away, where two lists are one; the second fails where groups of lists share nobody
        though chance would bring some together.

    Raises
    ------
    DataError
        If the table can tell nothing about people on no list.
    SpecificationError
        If something unknown is allowed for.

    Notes
    -----
    People are said to differ where the score of one interaction common to all pairs [1]_ is above 0.84, which one table
    in five of people who are alike exceeds, or where a model of people who differ is better by two units of AIC. A list
    repels where the score of a pair is below what one table in ten has. Both are scored beside the pairs that a forward
    choice takes in. Bounds are this loose because the harm is uneven: a table that hides differences between people
    gives a narrow interval around a number that is far too small.

    References
    ----------
    .. [1] Darroch, J. N., Fienberg, S. E., Glonek, G. F. V. and Junker, B. W. (1993). A three-sample multiple-recapture
       approach to census population estimation with heterogeneous catchability. Journal of the American Statistical
       Association 88, 1137-1148.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> for check in diagnose(CaptureHistories.from_published("hav-taiwan")):
    ...     print(check.status, check.name)
    pass repeated lists
    pass separate lists
    review people differ
    pass lists attract
    pass lists repel
    """
    unknown = [one for one in allows if one not in ALLOWED]
    if unknown:
        raise SpecificationError(f"allows holds {unknown[0]!r}, must be among {', '.join(map(repr, ALLOWED))}")
    table = require_estimable(histories)
    found, lists = diagnosis_of(table), table.lists
    return (
        _check_repeated(found, lists),
        _check_separate(found, lists),
        _check_differ(found, frozenset(allows)),
        _check_attract(found, lists, frozenset(allows)),
        _check_repel(found, lists),
    )


def _check_repeated(found: Diagnosis, lists: tuple[str, ...]) -> Check:
    """Say which lists are one list twice."""
    numbers = {"pairs": len(found.repeated), "sure": sum(one.sure for one in found.repeated)}
    if not found.repeated:
        words = say("No list repeats another beyond what referral would bring about.")
        return Check("repeated lists", "pass", words, numbers)
    named = together([_named(one, lists) for one in found.repeated], "; ")
    if numbers["sure"]:
        words = say(
            "{named}: their overlap tells how the lists were made and not how many people there are. Leave one out "
            "with .drop, or merge them with .merge, and fit again.",
            named=named,
        )
        return Check("repeated lists", "fail", words, numbers, voids=True)
    words = say(
        "{named}: find out whether one was made from the other, and if so leave it out with .drop or merge them.",
        named=named,
    )
    return Check("repeated lists", "review", words, numbers)


def _named(one: Repeated, lists: tuple[str, ...]) -> Message:
    """Name two lists that are one."""
    return say("{inner} and {outer} {fault}", inner=lists[one.inner], outer=lists[one.outer], fault=_FAULTS[one.fault])


def _check_separate(found: Diagnosis, lists: tuple[str, ...]) -> Check:
    """Say which lists share nobody with the rest."""
    numbers = {"groups": len(found.groups)}
    if len(found.groups) == 1:
        return Check("separate lists", "pass", "Overlaps link all lists to one another.", numbers)
    groups = [together([lists[i] for i in group], ", ") for group in found.groups]
    words = say(
        "The lists fall into {groups} groups that share nobody: {named}. They may reach different people, and an "
        "estimate adds up what no overlap links. Estimate each group by itself, or check that people were matched.",
        groups=len(groups),
        named=together(groups, "; "),
    )
    return Check("separate lists", "fail" if found.apart else "review", words, numbers)


def _check_differ(found: Diagnosis, allows: frozenset[str]) -> Check:
    """Say whether people seem to differ, and whether this table could show it."""
    if found.power is None:
        return _passed_over("people differ", allows & {"bound"}, _TWO, {})
    power = found.power
    numbers = {"score": found.common, "power": power.clear, "power_mild": power.mild, "hidden": power.hidden}
    if allows & {"any difference", "bound"}:
        words = say("The estimate allows for people who differ in how likely they are to be listed.")
        return Check("people differ", "pass", words, numbers)
    if found.differ and "differences" in allows:
        words = say(
            "People differ in how likely they are to be listed (score {score:.1f}). In which way is a choice that no "
            "table settles, and the estimate follows it: set several beside one another.",
            score=found.common,
        )
        return Check("people differ", "review", words, numbers)
    if found.differ:
        return Check("people differ", "review", _difference(found), numbers)
    told = say(
        "were {share:.0%} of the people {times:g} times as likely to be listed as the rest, a table of this size would "
        "show it with probability {power:.2f}; were {mild_share:.0%} {mild_times:g} times as likely, with {mild:.2f}, "
        "and an estimate that takes people to be alike would be {hidden:.0%} too low.",
        share=CLEAR[0],
        times=CLEAR[1],
        power=power.clear,
        mild_share=MILD[0],
        mild_times=MILD[1],
        mild=power.mild,
        hidden=-power.hidden,
    )
    if power.clear >= ENOUGH_POWER or "differences" in allows:
        words = say("Nothing shows that some people are likelier to be listed than others: {told}", told=told)
        return Check("people differ", "pass", words, numbers)
    words = say("This table could not show it if some people are likelier to be listed: {told}", told=told)
    return Check("people differ", "review", words, numbers)


def _difference(found: Diagnosis) -> Message:
    """Say that people differ, more or less surely."""
    if found.clearly:
        return say(
            "The lists overlap as if some people were likelier to be listed than others (score {score:.1f}): an "
            "estimate that takes people to be alike is too low, by how much its interval does not say. Take one that "
            "allows for it, such as HeterogeneityRange, or read this as a lower bound.",
            score=found.common,
        )
    return say(
        "The lists overlap somewhat as if some people were likelier to be listed than others (score {score:.1f}), as "
        "one table in five does where they are not. If they are, the estimate is too low: set HeterogeneityRange "
        "beside it.",
        score=found.common,
    )


def _check_attract(found: Diagnosis, lists: tuple[str, ...], allows: frozenset[str]) -> Check:
    """Say which pairs of lists have more people in common than the rest explains."""
    if found.power is None:
        return _passed_over("lists attract", allows & {"bound"}, _TWO, {})
    pairs = len(found.attract)
    numbers = {"pairs": pairs, "perhaps_more": float(found.more), "explained": float(found.explained)}
    if not found.explained:
        words = say(
            "Neither differences between people nor a few pairs of lists that depend on one another explain the "
            "overlaps: what else brought them about would be a guess."
        )
        return Check("lists attract", "review", words, numbers)
    if found.fit < _ROUGH_FIT:
        words = say(
            "What explains the overlaps best fits them roughly (p = {p:.2g}): something else may be at work.",
            p=found.fit,
        )
        return Check("lists attract", "review", words, numbers)
    if pairs == 0 and not found.more:
        words = say("No pair of lists has more people in common than the rest of the table explains.")
        return Check("lists attract", "pass", words, numbers)
    named = together([_pair(one, lists) for one in found.attract], "; ") if pairs else say("a pair that is not clear")
    if allows & {"bound", "pairs"} and pairs + found.more == 1:
        words = say("One list leads to another ({named}), which the estimate allows for.", named=named)
        return Check("lists attract", "pass", words, numbers)
    words = say(
        "Lists have more people in common than the rest of the table explains ({named}), as where one refers people to "
        "another. Where several pairs do, people who differ in place or kind give the same table, and another size.",
        named=named,
    )
    return Check("lists attract", "review", words, numbers)


def _check_repel(found: Diagnosis, lists: tuple[str, ...]) -> Check:
    """Say which pairs of lists have fewer people in common than the rest explains, and whether it could be seen."""
    if found.power is None:
        return Check("lists repel", "review", _TWO)
    numbers = {"pairs": len(found.repel), "power": found.power.repulsion}
    if found.repelling:
        named = (
            together([_pair(one, lists) for one in found.repel], "; ") if found.repel else say("no one pair clearly")
        )
        words = say(
            "Lists have fewer people in common than the rest of the table explains ({named}), as where files are "
            "passed on or lists reach different people. Estimates are then too high, lower bounds too: divide the "
            "table by what tells those people apart, or set LogLinear('aic') with a bootstrap beside this.",
            named=named,
        )
        return Check("lists repel", "review", words, numbers)
    told = say(
        "were the odds of being on a second list divided by {times:g} for the people of a first, a table of this size "
        "would show it with probability {power:.2f}.",
        times=REPULSION,
        power=found.power.repulsion,
    )
    if found.power.repulsion >= ENOUGH_POWER:
        return Check(
            "lists repel", "pass", say("Nothing shows that lists repel one another: {told}", told=told), numbers
        )
    words = say("This table could not show it if lists repel one another: {told}", told=told)
    return Check("lists repel", "review", words, numbers)


def _pair(pair: tuple[int, int], lists: tuple[str, ...]) -> Message:
    """Name a pair of lists."""
    return say("{first} and {second}", first=lists[pair[0]], second=lists[pair[1]])


def _passed_over(name: str, passes: frozenset[str], words: Message, numbers: dict[str, float]) -> Check:
    """Pass or put in review, with the same words."""
    status: Status = "pass" if passes else "review"
    return Check(name, status, words, numbers)
