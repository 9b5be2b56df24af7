"""Which estimator does best for what a table shows, or why no number should be quoted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, overload

from ctresearch.core.check import Check
from ctresearch.core.errors import FitError
from ctresearch.core.message import Message, say, together
from ctresearch.core.render import as_card
from ctresearch.prevalence.diagnostics.method_catalogue import default_methods

if TYPE_CHECKING:
    from ctresearch.core.estimator import Estimator
    from ctresearch.prevalence.trust.diagnosis import Diagnosis

Standing = Literal["sound", "with care", "do not quote"]
RANGE, BROAD, NARROW, AVERAGE, TWO = "Mth range", "Log-linear AIC", "Log-linear BIC", "AIC average", "Chapman"
_GRAVE = ("sparse", "unstable", "boundary", "repeated lists", "separate lists")
_OF_PAIRS = ("lists repel", "several pairs", "one pair")
# The best of many pairs stands out in every table: a pair counts where the whole table is not one that chance gives.
_CHANCE = 0.05
# The narrow estimator misses every table whose differences are not seen: for limits that hold in nine of ten, hardly
# any may go unseen, and the four fifths that are called enough elsewhere are too few.
_SURE = 0.95

_REASONS = {
    "repeated lists": say(
        "Two lists are one list twice: their overlap tells how they were made. Leave one out or merge them first."
    ),
    "separate lists": say("Groups of lists share nobody: an estimate would add up what no overlap links."),
    "unexplained": say(
        "Neither people who differ nor a few lists that depend on one another explain the overlaps, so that no model "
        "at hand tells how many are on no list."
    ),
    "people differ and lists depend": say(
        "People seem to differ and lists to depend on one another besides: no estimator at hand allows for both."
    ),
    "people differ": say(
        "People seem to differ in how likely they are to be listed. If so, estimates that take them to be alike are "
        "too low, and how they differ cannot be told: the range over the ways that fit is what can be said."
    ),
    "lists repel": say(
        "Lists seem to repel one another or to reach different people. The choice of a model by AIC, repeated in "
        "the bootstrap, is wide enough to hold what that leaves open."
    ),
    "several pairs": say(
        "Several pairs of lists seem to depend on one another, by referral or because people differ in place and kind. "
        "The choice of a model by AIC, repeated in the bootstrap, is wide enough for either."
    ),
    "one pair": say(
        "One list seems to lead to another, which log-linear models allow for; their average holds what is "
        "left open besides."
    ),
    "faint": say(
        "A few lists seem to depend on one another, but the table as a whole is no further from independent lists and "
        "people who are alike than chance would bring it: the range over people who differ is wide enough for either."
    ),
    "nothing seen": say(
        "Nothing in the table contradicts independent lists and people who are alike, and it could have shown it."
    ),
    "quiet": say(
        "Nothing in the table contradicts independent lists and people who are alike, but a table of this size would "
        "not show moderate differences between people: the range allows for them."
    ),
    "nothing to be seen": say(
        "The table is too small to show whether people differ or lists depend on one another: what is quoted rests on "
        "the assumption that they do not."
    ),
}


@dataclass(frozen=True, slots=True)
class PopulationVerdict(Sequence[Check]):
    """What may be said of a table, and by which estimator; as a sequence it is its checks.

    Parameters
    ----------
    status : {"sound", "with care", "do not quote"}
        Whether a number may be quoted.
    first : str
        Name of the estimator that does best in such a situation, among those of ``default_methods``; empty where no
        number should be quoted.
    reason : str
        Why, in words for a reader.
    checks : tuple of Check
        The questions that were asked, with their answers.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, LowerBound, verdict
    >>> table = CaptureHistories.from_published("hav-taiwan")
    >>> found = verdict(table, {"bound": LowerBound().fit(table)})
    >>> found.status, found.first
    ('with care', 'Mth range')
    """

    status: Standing
    first: str
    reason: Message
    checks: tuple[Check, ...]

    def estimator(self, lists: int, **options: Any) -> Estimator:
        """Set up the estimator that is named first.

        Parameters
        ----------
        lists : int
            Number of lists of the table.
        **options
            Those of ``default_methods``: ``level``, ``bootstrap`` and ``seed``.

        Returns
        -------
        Estimator
            Ready to be fitted.

        Raises
        ------
        FitError
            If no number should be quoted.

        Examples
        --------
        >>> PopulationVerdict("sound", "Log-linear BIC", say("Why."), ()).estimator(4).select
        'bic'
        """
        if not self.first:
            raise FitError(f"status == {self.status!r}, so there is no estimator to set up: {self.reason}")
        return default_methods(lists, **options)[self.first]

    @overload
    def __getitem__(self, place: int) -> Check: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Check, ...]: ...
    def __getitem__(self, place: int | slice) -> Check | tuple[Check, ...]:
        return self.checks[place]

    def __len__(self) -> int:
        return len(self.checks)

    def __iter__(self) -> Iterator[Check]:
        return iter(self.checks)

    def __str__(self) -> str:
        first = f", first {self.first}" if self.first else ""
        return "\n".join([f"{self.status.capitalize()}{first}. {self.reason}", *map(str, self.checks)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return as_card(self, says=[self.reason], show=["status", "first"], checks=self.checks)


def lead(found: Diagnosis, lists: int, checks: tuple[Check, ...]) -> PopulationVerdict:
    """Say which estimator does best, or that no number should be quoted.

    Parameters
    ----------
    found : Diagnosis
        What the table shows.
    lists : int
        Number of its lists.
    checks : tuple of Check
        Answers of which a failure forbids a number, among others.

    Returns
    -------
    PopulationVerdict
        With these checks.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> from ctresearch.prevalence.trust.diagnosis import diagnosis_of
    >>> lead(diagnosis_of(CaptureHistories.from_published("hav-taiwan")), 3, ()).first
    'Mth range'
    """
    status, first, reason = _situation(found, lists)
    grave = [check for check in checks if check.status == "fail" and check.name in _GRAVE]
    if status != "do not quote" and grave:
        return PopulationVerdict("do not quote", "", together([check.message for check in grave]), checks)
    return PopulationVerdict(status, first, reason, checks)


def _situation(found: Diagnosis, lists: int) -> tuple[Standing, str, Message]:
    """Return standing, estimator and reason for what a table shows."""
    situation = found.situation
    if situation == "people differ and lists depend" and not found.clearly:
        situation = "several pairs"  # the sign of differences is one that one table in five gives without them
    if situation in _OF_PAIRS and found.alike >= _CHANCE:
        return "with care", RANGE, _REASONS["faint"]
    if situation == "nothing seen" and found.power is not None and found.power.mild < _SURE:
        return "with care", RANGE, _REASONS["quiet"]
    first = {
        "people differ": RANGE,
        "lists repel": BROAD,
        "several pairs": BROAD,
        "one pair": AVERAGE,
        "nothing seen": NARROW,
        "nothing to be seen": TWO if lists == 2 else AVERAGE,
    }.get(situation, "")
    standing: Standing = "do not quote" if not first else "sound" if situation == "nothing seen" else "with care"
    return standing, first, _REASONS[situation]
