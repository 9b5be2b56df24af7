"""A check: one question asked of an estimate, and its answer.

Checks travel with a result and show wherever it is shown. A review means that a person must decide. A failure is of one
of two kinds. Where it *voids* the result (the estimate does not exist, is not identified or did not converge), the
result does not stand, and no limits are shown anywhere. Any other failure says that the numbers stand and must not be
read without the reason beside them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from ctresearch.core.message import Message, as_message, say
from ctresearch.core.render import as_card
from ctresearch.core.validate import one_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Status = Literal["pass", "review", "fail"]
_SIGNS = {"pass": "✓", "review": "?", "fail": "✗"}


@dataclass(frozen=True, slots=True)
class Check:
    """One diagnostic of an estimate or an output.

    Parameters
    ----------
    name : str
        Short name of what is checked, such as ``"existence"``.
    status : {"pass", "review", "fail"}
        The answer.
    message : str
        A sentence a researcher may paste. Made by :func:`ctresearch.core.say`, it keeps its words apart from what
        stands in them, so that it can be said in another language.
    numbers : mapping of str to float
        The figures the answer rests on.
    voids : bool
        Whether a failure means that the estimates do not stand.

    Raises
    ------
    SpecificationError
        If the status is unknown.

    Examples
    --------
    >>> print(Check("overlap", "review", "1 of 10 pairs of lists shares nobody.", {"empty_pairs": 1}))
    ? overlap: 1 of 10 pairs of lists shares nobody.
    """

    name: str
    status: Status
    message: str  # always a Message, whatever was given
    numbers: Mapping[str, float] = field(default_factory=dict)
    voids: bool = False

    def __post_init__(self) -> None:
        """Refuse an unknown status, keep the sentence as a message and freeze the numbers."""
        one_of("status", self.status, ("pass", "review", "fail"))
        object.__setattr__(self, "message", as_message(self.message))
        object.__setattr__(self, "numbers", MappingProxyType({k: float(v) for k, v in self.numbers.items()}))

    def __str__(self) -> str:
        return f"{self.sign} {self.name}: {self.message}"

    @property
    def sign(self) -> str:
        """One letter for the answer."""
        return _SIGNS[self.status]

    def __reduce__(self) -> tuple[Any, ...]:
        return (Check, (self.name, self.status, self.message, dict(self.numbers), self.voids))

    @property
    def stands(self) -> bool:
        """Whether the estimates stand as far as this check can say."""
        return not (self.voids and self.status == "fail")

    @property
    def label(self) -> Message:
        """What the answer is called before a reader."""
        if self.status == "fail":
            return say("Mind the reading") if self.stands else say("Does not stand")
        return say("Review") if self.status == "review" else say("Passed")

    def to_dict(self) -> dict[str, Any]:
        """Return the check as plain values.

        Returns
        -------
        dict
            Its fields, the numbers as a plain dict; ``said``, the sentence in its parts, only where something stands in
            it, and ``voids`` only where it is true.

        Examples
        --------
        >>> Check("n", "pass", "Enough.").to_dict()["status"]
        'pass'
        """
        said = as_message(self.message)
        plain = {"name": self.name, "status": self.status, "message": str(said), "numbers": dict(self.numbers)}
        plain |= {} if said.constant else {"said": said.to_dict()}
        return plain | ({"voids": True} if self.voids else {})

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Check:
        """Read a check back from :meth:`to_dict`.

        Parameters
        ----------
        values : mapping
            What ``to_dict`` made, by this version or an earlier one, which kept the sentence alone.

        Returns
        -------
        Check
            Equal to the one that was written.

        Examples
        --------
        >>> check = Check("n", "pass", "Enough.", {"n": 9})
        >>> Check.from_dict(check.to_dict()) == check
        True
        """
        plain = dict(values)
        said = plain.pop("said", None)
        return cls(**plain) if said is None else cls(**{**plain, "message": Message.from_dict(said)})

    def _repr_html_(self) -> str:
        return as_card(self, says=[], checks=[self])


def worst(checks: Iterable[Check]) -> Status:
    """Return the gravest status among some checks.

    Parameters
    ----------
    checks : iterable of Check
        May be empty.

    Returns
    -------
    str
        ``"fail"`` if any failed, else ``"review"`` if any asks for one, else ``"pass"``.

    Examples
    --------
    >>> worst([])
    'pass'
    """
    found = {check.status for check in checks}
    return "fail" if "fail" in found else "review" if "review" in found else "pass"
