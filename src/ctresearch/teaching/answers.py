"""Answers of exercises: sealed in a notebook, checked there, and never printed.

A seal keeps an answer from the eye of whoever reads the notebook. It is no secret: whoever tries enough answers finds
the one that fits, as whoever solves the exercise does.
"""

from __future__ import annotations

import hashlib
import math
import numbers
import re
from typing import Any

from ctresearch.core.cells import kind_of
from ctresearch.core.check import Check
from ctresearch.core.errors import SpecificationError
from ctresearch.core.message import say
from ctresearch.core.names import name_key
from ctresearch.core.validate import in_range

# Enough that trying a million answers takes an hour, and checking one a hundredth of a second.
_ROUNDS = 5_000
_SEAL = re.compile(r"[0-9a-f]{16}(:[-+.e0-9]+:[-+.e0-9]+)?")
_HOW = "pass what seal_answer() made"


def seal_answer(answer: float | str, *, tolerance: float | None = None) -> str:
    """Seal the right answer of an exercise, for :func:`check_answer`.

    Parameters
    ----------
    answer : float or str
        A number, or a word such as the letter of a choice.
    tolerance : float, optional
        How far a number may be off and still be right, in its own unit; needed for a number, refused for a word.

    Returns
    -------
    str
        A seal without the answer in it. Of a number it holds the tolerance, and the number less a whole multiple of
        twice the tolerance.

    Raises
    ------
    SpecificationError
        If the answer is neither a finite number nor a word, or the tolerance does not go with it.

    Examples
    --------
    >>> seal = seal_answer(11_300, tolerance=50)
    >>> check_answer(11_320, seal).status, check_answer(11_351, seal).status
    ('pass', 'fail')
    """
    value = _read(answer)
    if isinstance(value, str):
        if tolerance is not None:
            raise SpecificationError(
                f"tolerance == {tolerance!r} is given for a word, must be left out: a word is right or is not"
            )
        return _digest(value)
    if tolerance is None:
        raise SpecificationError("tolerance is None, must be a number above 0: say how far a right answer may be off")
    width = 2 * in_range("tolerance", tolerance, 0, open_ends=True)
    if not math.isfinite(value / width):
        raise SpecificationError(f"tolerance == {tolerance}, must not be as small as that beside the answer")
    cell = math.floor(value / width)
    return f"{_digest(str(cell))}:{value - cell * width:.9g}:{width / 2:.9g}"


def check_answer(answer: Any, seal: str) -> Check:
    """Say whether the answer to an exercise is right, without saying what the right one is.

    Parameters
    ----------
    answer : float, str or Ellipsis
        What was found; ``...`` where nothing was yet, so that a notebook runs from top to bottom before it is solved.
    seal : str
        What :func:`seal_answer` made.

    Returns
    -------
    Check
        ``pass`` where it is right, ``fail`` where it is not, ``review`` where there is no answer yet. It shows neither
        the answer given nor the right one.

    Raises
    ------
    SpecificationError
        If the answer is neither a finite number nor a word, or a number where a word is asked for and the reverse, or
        the seal is none.

    Examples
    --------
    >>> print(check_answer(..., seal_answer("b")))
    ? answer: No answer yet: put yours in place of the three dots.
    >>> print(check_answer(" B", seal_answer("b")))
    ✓ answer: Right.
    """
    if not isinstance(seal, str) or _SEAL.fullmatch(seal) is None:
        raise SpecificationError(f"seal is {kind_of(seal)} that no answer was sealed in: {_HOW}")
    if answer is ...:
        return Check("answer", "review", say("No answer yet: put yours in place of the three dots."))
    value = _read(answer)
    digest, _, rest = seal.partition(":")
    if isinstance(value, str) != (not rest):
        raise SpecificationError(f"answer is {kind_of(answer)}, must be {'a number' if rest else 'a word'}")
    if isinstance(value, str):
        right, told = _digest(value) == digest, say("Right.")
    else:
        offset, tolerance = _parts(rest)
        steps = (value - offset) / (2 * tolerance)
        right = math.isfinite(steps) and _digest(str(round(steps))) == digest
        told = say("Right, within {tolerance:g}.", tolerance=tolerance)
    if right:
        return Check("answer", "pass", told)
    return Check("answer", "fail", say("Not yet: read the section above again, and mind what is asked for."))


def _read(answer: Any) -> float | str:
    """Return an answer as a number or as a word whose spelling does not matter."""
    if isinstance(answer, str) and answer.strip():
        return name_key(answer)
    if isinstance(answer, numbers.Real) and not isinstance(answer, bool):
        try:
            value = float(answer)
        except OverflowError:
            value = math.inf
        if math.isfinite(value):
            return value
    raise SpecificationError(f"answer is {kind_of(answer)}, must be one finite number or a word")


def _parts(rest: str) -> tuple[float, float]:
    """Return offset and tolerance of a seal."""
    try:
        offset, tolerance = map(float, rest.split(":"))
    except ValueError:
        offset, tolerance = math.nan, math.nan
    if not (math.isfinite(offset) and 0 < tolerance < math.inf):
        raise SpecificationError(f"seal holds no tolerance above 0: {_HOW}")
    return offset, tolerance


def _digest(words: str) -> str:
    """Return the first digits of a slow hash."""
    return hashlib.pbkdf2_hmac("sha256", words.encode(errors="replace"), b"ctresearch exercise", _ROUNDS).hex()[:16]
