"""The data-protection principles of the International Organization for Migration, as a checklist that travels along.

References
----------
.. [1] International Organization for Migration (2010). IOM Data Protection Manual. Geneva: IOM.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from ctresearch.core.check import Check, Status
from ctresearch.core.errors import SpecificationError
from ctresearch.core.message import say
from ctresearch.core.render import as_card
from ctresearch.core.validate import one_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

State = Literal["met", "not met", "not applicable", "open"]
PRINCIPLES: Mapping[str, str] = MappingProxyType(
    {
        "lawful and fair collection": (
            "By what lawful and fair means, and with whose knowledge or consent, were the data obtained?"
        ),
        "specified and legitimate purpose": (
            "For which stated purpose were they collected, and does this study fall under it?"
        ),
        "data quality": "Are they adequate, relevant, not excessive, accurate and up to date for that purpose?",
        "consent": "Who consented, to what, and who consented for children and for those who could not?",
        "transfer to third parties": "Who receives data, under which written agreement, and with which safeguards?",
        "confidentiality": "Who may see the data, and what binds them to silence?",
        "access and transparency": "How can people learn what is held about them and ask for its correction?",
        "data security": "Where do the data lie, who holds the keys, and what happens if they are lost?",
        "retention of personal data": "Until when are they kept, and how are they destroyed?",
        "application of the principles": (
            "Do the principles hold for electronic and paper records alike, and for every kind of data used?"
        ),
        "ownership of personal data": "Who owns the data, and did the owner agree to this release?",
        "oversight, compliance and internal remedies": "Which body oversees the study, and where can people complain?",
        "exceptions": "Which principle was departed from, who authorised it, and is the departure as small as can be?",
    }
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a study says about one principle.

    Parameters
    ----------
    state : {"met", "not met", "not applicable", "open"}
        Whether the principle is kept.
    note : str
        How, or why not; needed for every state but ``"open"``.

    Raises
    ------
    SpecificationError
        If the state is unknown, or the note is missing.

    Examples
    --------
    >>> Answer("met", "Written consent, form 3.").state
    'met'
    """

    state: State = "open"
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse an answer without its reason."""
        one_of("state", self.state, ("met", "not met", "not applicable", "open"))
        if not isinstance(self.note, str) or (self.state != "open" and not self.note.strip()):
            raise SpecificationError(f"note == {self.note!r} for the state {self.state!r}, must say how or why")

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["state"])


@dataclass(frozen=True, slots=True)
class DataProtectionChecklist:
    """IOM's thirteen data-protection principles, answered for one study.

    Parameters
    ----------
    answers : mapping of str to Answer
        By principle, as named in :data:`PRINCIPLES`; those left out are open.

    Raises
    ------
    SpecificationError
        If a principle is unknown.

    References
    ----------
    .. [1] International Organization for Migration (2010). IOM Data Protection Manual. Geneva: IOM.

    Examples
    --------
    >>> checklist = DataProtectionChecklist({"consent": Answer("met", "Written consent, form 3.")})
    >>> len(checklist.answers), checklist.check.status
    (13, 'review')
    """

    answers: Mapping[str, Answer]

    def __post_init__(self) -> None:
        """Put the answers in the manual's order."""
        unknown = sorted(set(self.answers) - set(PRINCIPLES))
        if unknown:
            raise SpecificationError(f"principle == {unknown[0]!r}, must be one of {', '.join(PRINCIPLES)}")
        ordered = {name: self.answers.get(name, Answer()) for name in PRINCIPLES}
        object.__setattr__(self, "answers", MappingProxyType(ordered))

    def __iter__(self) -> Iterator[tuple[str, Answer]]:
        return iter(self.answers.items())

    @property
    def check(self) -> Check:
        """Whether all principles are answered and kept."""
        states = [answer.state for answer in self.answers.values()]
        broken, unanswered = states.count("not met"), states.count("open")
        status: Status = "fail" if broken else "review" if unanswered else "pass"
        message = say(
            "Of IOM's {states} data-protection principles {broken} are not met and {unanswered} are open.",
            states=len(states),
            broken=broken,
            unanswered=unanswered,
        )
        return Check("data_protection", status, message, {"not_met": broken, "open": unanswered})

    def to_dict(self) -> dict[str, dict[str, str]]:
        """Return the checklist as plain values, the question with each answer.

        Returns
        -------
        dict
            Principle to question, state and note.

        Examples
        --------
        >>> DataProtectionChecklist({}).to_dict()["consent"]["state"]
        'open'
        """
        return {n: {"question": PRINCIPLES[n], "state": a.state, "note": a.note} for n, a in self.answers.items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Mapping[str, Any]]) -> DataProtectionChecklist:
        """Read a checklist, from a manifest or from :meth:`to_dict`.

        Parameters
        ----------
        values : mapping
            Principle to a mapping with ``state`` and ``note``; a ``question`` is passed over.

        Returns
        -------
        DataProtectionChecklist
            The checklist.

        Raises
        ------
        SpecificationError
            If a principle or a key is unknown.

        Examples
        --------
        >>> checklist = DataProtectionChecklist.from_dict({"consent": {"state": "met", "note": "Form 3."}})
        >>> DataProtectionChecklist.from_dict(checklist.to_dict()) == checklist
        True
        """
        for name, answer in values.items():
            odd = set(answer) - {"question", "state", "note"}
            if odd:
                raise SpecificationError(f"the principle {name!r} has the key {min(odd)!r}, must be state or note")
        return cls({n: Answer(a.get("state", "open"), a.get("note", "")) for n, a in values.items()})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DataProtectionChecklist) and dict(self.answers) == dict(other.answers)

    def __hash__(self) -> int:
        return hash(tuple(self.answers.items()))

    def _repr_html_(self) -> str:
        import pandas as pd

        states = {name: one.state for name, one in self.answers.items()}
        return as_card(self, says=[], tables=[pd.DataFrame({"state": states})])
