"""A ledger of privacy spent: what each release of the same data costs, kept in a file, and never more than there is.

References
----------
.. [1] Dwork, C. and Roth, A. (2014). The algorithmic foundations of differential privacy. Foundations and Trends in
   Theoretical Computer Science, 9(3-4), 211-407. https://doi.org/10.1561/0400000042
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ctresearch.core.errors import DataError, DisclosureError, SpecificationError
from ctresearch.core.render import as_card
from ctresearch.core.validate import in_range

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Spending:
    """One line of the ledger.

    Parameters
    ----------
    epsilon, delta : float
        What it cost.
    purpose : str
        What was released.

    Examples
    --------
    >>> import tempfile
    >>> budget = PrivacyBudget.create(Path(tempfile.mkdtemp()) / "ledger.jsonl", epsilon=1.0)
    >>> budget.spend(0.75, purpose="victims by age")
    >>> [one.purpose for one in budget.spendings]
    ['victims by age']
    """

    epsilon: float
    delta: float
    purpose: str

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["epsilon", "delta", "purpose"])


class PrivacyBudget:
    """The privacy budget of one data set, in a file that every release pays into before it draws noise.

    Costs add up (basic composition): whatever an attacker makes of all releases together, his belief about one person
    changes by no more than the sums of their epsilons and deltas allow. Each line carries the hash of the one before,
    and the first line of the file says how many there are and how the last one reads, so a line that was changed or
    taken away, at the end too, is noticed. Several processes may pay at once, and be killed at any moment: an entry
    that was written to its end is paid, and the next payment brings the first line up to date before its own.

    Parameters
    ----------
    path : str or pathlib.Path
        The ledger, made by :meth:`create`. It belongs beside the data, with the custodian.

    Raises
    ------
    DataError
        If there is no ledger, or it was changed or cut short.

    References
    ----------
    .. [1] Dwork, C. and Roth, A. (2014). The algorithmic foundations of differential privacy. Foundations and Trends in
       Theoretical Computer Science, 9(3-4), 211-407. https://doi.org/10.1561/0400000042

    Examples
    --------
    >>> import tempfile
    >>> budget = PrivacyBudget.create(Path(tempfile.mkdtemp()) / "ledger.jsonl", epsilon=1.0)
    >>> budget.spend(0.75, purpose="victims by age")
    >>> PrivacyBudget(budget.path).remaining
    (0.25, 0.0)
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._read()

    @classmethod
    def create(cls, path: str | Path, *, epsilon: float, delta: float = 0.0) -> PrivacyBudget:
        """Start a ledger.

        Parameters
        ----------
        path : str or pathlib.Path
            Where; it must not exist.
        epsilon : float
            All there will ever be for these data, above 0.
        delta : float
            Likewise, from 0 and well below one over the number of people.

        Returns
        -------
        PrivacyBudget
            With nothing spent.

        Raises
        ------
        SpecificationError
            If the file exists, or an amount is out of range.

        Examples
        --------
        >>> import tempfile
        >>> PrivacyBudget.create(Path(tempfile.mkdtemp()) / "ledger.jsonl", epsilon=2.0).remaining
        (2.0, 0.0)
        """
        _check_amounts(epsilon, delta)
        line = _line({"epsilon": float(epsilon), "delta": float(delta)}, "")
        try:
            _appear(Path(path), f"{_head([line])}\n{line}\n")
        except FileExistsError:
            raise SpecificationError(f"{str(path)!r} exists, and a ledger is never started twice: open it") from None
        return cls(path)

    @property
    def total(self) -> tuple[float, float]:
        """Epsilon and delta that the ledger began with."""
        first = self._read()[0]
        return first["epsilon"], first["delta"]

    @property
    def spendings(self) -> tuple[Spending, ...]:
        """What was paid so far."""
        return tuple(Spending(e["epsilon"], e["delta"], e["purpose"]) for e in self._read()[1:])

    @property
    def remaining(self) -> tuple[float, float]:
        """Epsilon and delta that are left."""
        left = _left(self._read())
        return float(left[0]), float(left[1])

    def spend(self, epsilon: float, delta: float = 0.0, *, purpose: str) -> None:
        """Pay for a release; to be called before its noise is drawn.

        Parameters
        ----------
        epsilon, delta : float
            What it costs.
        purpose : str
            What is released.

        Raises
        ------
        DisclosureError
            If less than that is left; nothing is paid then, and nothing may be released.
        SpecificationError
            If an amount is out of range or the purpose is empty.

        Examples
        --------
        >>> import tempfile
        >>> budget = PrivacyBudget.create(Path(tempfile.mkdtemp()) / "ledger.jsonl", epsilon=1.0)
        >>> budget.spend(2.0, purpose="victims by age")
        Traceback (most recent call last):
            ...
        ctresearch.core.errors.DisclosureError: 'victims by age' costs epsilon 2 and delta 0, but only 1 and 0 are left
        """
        _check_amounts(epsilon, delta)
        if not isinstance(purpose, str) or not purpose.strip():
            raise SpecificationError(f"purpose == {purpose!r}, must say what is released")
        with self._locked() as file:
            text = file.read()
            lines = _whole_lines(text, self.path)
            _bring_up_to_date(file, text, lines)
            left = _left([json.loads(line) for line in lines])
            if _exact(epsilon) > left[0] or _exact(delta) > left[1]:
                raise DisclosureError(
                    f"{purpose!r} costs epsilon {epsilon:g} and delta {delta:g}, but only {float(left[0]):g} and "
                    f"{float(left[1]):g} are left"
                )
            entry = {"epsilon": float(epsilon), "delta": float(delta), "purpose": purpose}
            lines.append(_line(entry, lines[-1]))
            file.seek(len("\n".join([_head(lines), *lines[:-1]]).encode()))
            file.truncate()  # the end of the line, and a payment that was cut off before its noise was drawn
            _write(file, f"\n{lines[-1]}\n")
            file.seek(0)
            _write(file, _head(lines))

    def _read(self) -> list[dict[str, Any]]:
        """Read and verify the whole ledger."""
        try:
            with self.path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH)  # a payment is two writes: never look between them
                lines = _whole_lines(file.read().decode("utf-8", "replace"), self.path)
        except OSError as error:
            raise DataError(f"there is no ledger at {str(self.path)!r}: start one with PrivacyBudget.create") from error
        return [json.loads(line) for line in lines]

    @contextmanager
    def _locked(self) -> Iterator[IO[str]]:
        """Hold the file so that no other process pays in between."""
        self._read()  # a ledger that is gone or broken is told in a sentence
        with self.path.open("r+", encoding="utf-8", newline="") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["total", "remaining"])


def _exact(amount: float) -> Fraction:
    """Take an amount as it is written, so that ten times 0.1 is 1."""
    return Fraction(repr(float(amount)))


def _check_amounts(epsilon: float, delta: float) -> None:
    """Refuse amounts that mean nothing."""
    in_range("epsilon", epsilon, 0)
    in_range("delta", delta, 0, 1)
    if epsilon == 0 and delta == 0:
        raise SpecificationError("epsilon == 0 and delta == 0, must be above 0: nothing is released for nothing")


def _line(entry: dict[str, Any], before: str) -> str:
    """Write an entry with the hash of the line before it."""
    return json.dumps(entry | {"after": hashlib.sha256(before.encode()).hexdigest()}, sort_keys=True)


def _head(lines: list[str]) -> str:
    """Say how many entries there are and how the last one reads, in a line of one width, written over in place."""
    return json.dumps({"entries": f"{len(lines):08d}", "last": hashlib.sha256(lines[-1].encode()).hexdigest()})


def _write(file: IO[str], text: str) -> None:
    """Put text on the disk before going on."""
    file.write(text)
    file.flush()
    os.fsync(file.fileno())


def _appear(path: Path, text: str) -> None:
    """Write a file that is there whole or not at all, and never in the place of another."""
    made = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        with made.open("x", encoding="utf-8", newline="") as file:
            _write(file, text)
        os.link(made, path)
    finally:
        made.unlink(missing_ok=True)


def _bring_up_to_date(file: IO[str], text: str, lines: list[str]) -> None:
    """Take entries that crashes left behind the head into it, so that they cannot be cut off unnoticed."""
    head = _head(lines)
    if not text.startswith(head):
        file.seek(0)
        _write(file, head)


def _whole_lines(text: str, path: Path) -> list[str]:
    """Return the lines of the entries and verify their chain up to its end.

    The end of a line may be lost, and the entry counts; an entry that was never written to its end is no payment. The
    head is written after the entry, and each crash in between may leave one entry more than it knows of, and never one
    fewer.
    """
    head, *lines = text.split("\n")
    if not lines[-1:] or not _is_json(lines[-1]):
        lines = lines[:-1]
    try:
        entries = [json.loads(line) for line in lines]
        chained = all(line == _line(_bare(e), b) for line, e, b in zip(lines, entries, ["", *lines], strict=False))
        known = int(json.loads(head)["entries"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DataError(f"the ledger {str(path)!r} holds a line that is none: restore it, and spend nothing") from error
    if not chained or not 1 <= known <= len(lines) or head != _head(lines[:known]):
        raise DataError(f"the ledger {str(path)!r} was changed after it was written: restore it, and spend nothing")
    return lines


def _is_json(line: str) -> bool:
    """Tell whether a line was written to its end."""
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _bare(entry: dict[str, Any]) -> dict[str, Any]:
    """Take the hash off an entry."""
    return {key: value for key, value in entry.items() if key != "after"}


def _left(entries: list[dict[str, Any]]) -> tuple[Fraction, Fraction]:
    """Subtract exactly what was spent."""
    first, *rest = ((_exact(e["epsilon"]), _exact(e["delta"])) for e in entries)
    return first[0] - sum((e for e, _ in rest), Fraction(0)), first[1] - sum((d for _, d in rest), Fraction(0))
