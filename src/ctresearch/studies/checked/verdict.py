"""What was found about one study, and how grave it is."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ctresearch.studies.checked.drift import Moved
    from ctresearch.studies.compare.compare import Comparison

Status = Literal[
    "same",
    "within tolerance",
    "moved",
    "accepted",
    "needs data",
    "not run",
    "wrong input",
    "crashed",
    "out of time",
    "drifted",
    "not reproduced",
    "refused",
]
#: Exit code of each status; the gravest of a check is the highest.
CODES: dict[Status, int] = {
    "same": 0,
    "within tolerance": 0,
    "moved": 0,
    "accepted": 0,
    "needs data": 0,
    "not run": 0,
    "wrong input": 2,
    "crashed": 3,
    "out of time": 3,
    "drifted": 4,
    "not reproduced": 4,
    "refused": 5,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found about one study.

    Parameters
    ----------
    study : str
        Its name, or the word that was given for it.
    status : str
        ``same``, ``within tolerance``, ``moved`` (new data moved estimates, and none of them too far), ``accepted``,
        ``needs data``, ``not run``, ``wrong input``, ``crashed``, ``out of time``, ``drifted``, ``not reproduced`` (the
        same inputs gave other bytes) or ``refused`` (by the release gate).
    message : str
        Why; empty where the comparisons say it.
    outputs : tuple of Comparison
        Whether each output still is what was accepted.
    moved : tuple of Moved
        How far estimates that changed have moved within the interval that was released.
    reused : bool
        Whether the runs were there already, whole, and were not made again.
    seconds : float
        How long it took; no part of what is compared.

    Examples
    --------
    >>> Verdict("demo", "same").code, Verdict("demo", "crashed").code
    (0, 3)
    """

    study: str
    status: Status
    message: str = ""
    outputs: tuple[Comparison, ...] = ()
    moved: tuple[Moved, ...] = ()
    reused: bool = False
    seconds: float = field(default=0.0, compare=False)

    @property
    def code(self) -> int:
        """Exit code of this study alone."""
        return CODES[self.status]

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as plain values, without the time it took, so that it is the same wherever it was made.

        Returns
        -------
        dict
            Ready for :func:`json.dumps`; missing numbers are ``None``.

        Examples
        --------
        >>> Verdict("demo", "needs data", "give it").to_dict()["status"]
        'needs data'
        """
        return {
            "study": self.study,
            "status": self.status,
            "code": self.code,
            "message": self.message,
            "reused": self.reused,
            "outputs": [asdict(one) for one in self.outputs],
            "moved": [{name: _plain(value) for name, value in asdict(one).items()} for one in self.moved],
        }


def gravest_code(verdicts: Iterable[Verdict]) -> int:
    """Return the exit code of a check of several studies.

    Parameters
    ----------
    verdicts : iterable of Verdict
        May be empty.

    Returns
    -------
    int
        The highest code.

    Examples
    --------
    >>> gravest_code([Verdict("a", "drifted"), Verdict("b", "crashed"), Verdict("c", "same")])
    4
    """
    return max((one.code for one in verdicts), default=0)


def counted(verdicts: Iterable[Verdict]) -> dict[Status, int]:
    """Count verdicts by status.

    Parameters
    ----------
    verdicts : iterable of Verdict
        May be empty.

    Returns
    -------
    dict of str to int
        Statuses that occur, the gravest last.

    Examples
    --------
    >>> counted([Verdict("a", "drifted"), Verdict("b", "same"), Verdict("c", "same")])
    {'same': 2, 'drifted': 1}
    """
    found = [one.status for one in verdicts]
    return {status: found.count(status) for status in get_args(Status) if status in found}


def _plain(value: Any) -> Any:
    """Write a value as JSON has it: numbers that are not finite as ``None``, tuples as lists."""
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
