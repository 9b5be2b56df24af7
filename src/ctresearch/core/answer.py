"""The answer of a result in a sentence, and in another how far to trust it.

These are the sentences that a report begins with, ``ctresearch run`` ends with, and ``Result.summary()`` shows. What
they are made of is the same for a result and for its entry in ``results.json``.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ctresearch.core.message import Message, as_message, say, together
from ctresearch.core.tongue import ENGLISH, Tongue, digits_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ctresearch.core.check import Check
    from ctresearch.core.result import Result

Trust = Literal["sound", "with care", "do not quote", "not checked"]
"""How far an answer may be trusted; *do not quote* where it does not stand, *not checked* where nothing was asked."""

GRADE_WORDS: dict[Trust, Message] = {
    "sound": say("Sound"),
    "with care": say("With care"),
    "do not quote": say("Do not quote"),
    "not checked": say("Not checked"),
}
_GRAVITY = {"sound": 0, "not checked": 0, "with care": 1, "do not quote": 2}
NUMBERS = ("estimate", "ci_low", "ci_high")
ROW = frozenset({"term", "std_error", "unit", *NUMBERS})
_OF = re.compile(r"\bof .*")
_PARTS = re.compile(r"(?:share|proportion)\b")
_BARE = frozenset({"", "proportion"})
_ALL = "all"
_MOMENTS = frozenset({"time", "step", "removed", "removals", "round"})
_RELATION = re.compile(r"\b(ratio|difference|standard)\b|^(?!percent)(share|proportion)\b")
_MOST_ROWS = 3
_MOST_CHECKS = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """One number as a reader is told it.

    Parameters
    ----------
    label : str
        What it is, such as ``"Estimated population"``.
    estimate, low, high : float
        On the scale that a reader is shown; ``nan`` where there is none.
    unit : str
        Such as ``"persons"``.
    level : float
        Of the interval.
    of : tuple of str
        What tells it apart from other rows: a group, a stratum.

    Examples
    --------
    >>> told = Answer("Estimated population", 11417.99, 9086.4, 14736.1, "persons", 0.95)
    >>> print(told.sentence())
    Estimated population: about 11,400 persons, with a 95 % interval from 9,090 to 14,700.
    """

    label: str
    estimate: float
    low: float = math.nan
    high: float = math.nan
    unit: str = ""
    level: float = 0.95
    of: tuple[str, ...] = ()

    def named(self) -> Message:
        """Return what it is, and of whom.

        Returns
        -------
        Message
            Label and group.

        Examples
        --------
        >>> print(Answer("Effect", 1.0, of=("adults",)).named())
        Effect, adults
        """
        return together([as_message(self.label), *map(as_message, self.of)], ", ")

    def numbers(self, tongue: Tongue = ENGLISH) -> tuple[str, str, str]:
        """Write estimate and limits with the digits that tell them apart.

        Parameters
        ----------
        tongue : Tongue
            Language of the numbers.

        Returns
        -------
        tuple of str
            Estimate, lower and upper limit.

        Examples
        --------
        >>> Answer("x", 11417.99, 9086.4, 14736.1).numbers()
        ('11,400', '9,090', '14,700')
        """
        digits = self._digits()
        return (tongue.about(self.estimate, digits), tongue.about(self.low, digits), tongue.about(self.high, digits))

    def _digits(self) -> int:
        """Return how many digits it takes."""
        return digits_for(self.estimate, self.low, self.high)

    def sentence(self, tongue: Tongue = ENGLISH) -> Message:
        """Say the number and its interval.

        Parameters
        ----------
        tongue : Tongue
            Language of the numbers.

        Returns
        -------
        Message
            One sentence.

        Examples
        --------
        >>> print(Answer("Actors", 120.0).sentence())
        Actors: 120; there is no interval.
        """
        estimate, low, high = self.numbers(tongue)
        exact = float(f"{self.estimate:.{self._digits()}g}") == self.estimate
        parts = {
            "what": self.named(),
            "estimate": estimate if exact else say("about {number}", number=estimate),
            "unit": as_message(self.unit),
            "level": tongue.per_cent(self.level),
            "low": low,
            "high": high,
        }
        return _sentence(self, {name: value for name, value in parts.items() if value})


def _sentence(told: Answer, parts: Mapping[str, str]) -> Message:
    """Choose the words for what is known of a number."""
    if math.isnan(told.estimate):
        return _bounds(told, parts)
    what = {"what": parts["what"], "much": _much(told, parts)}
    if math.isnan(told.low) and math.isnan(told.high):
        return say("{what}: {much}; there is no interval.", **what)
    if told.low == told.high == told.estimate:
        return say("{what}: {much}, without any uncertainty that was counted.", **what)
    if math.isfinite(told.low) and math.isfinite(told.high):
        limits = _only(parts, "level", "low", "high")
        return say("{what}: {much}, with a {level} interval from {low} to {high}.", **what, **limits)
    return _open(told, parts, what)


def _much(told: Answer, parts: Mapping[str, str]) -> str:
    """Say a number with its unit; a unit that is no plural of things stands in brackets."""
    if not told.unit:
        return parts["estimate"]
    if _RELATION.search(told.unit):
        return say("{estimate} ({unit})", **_only(parts, "estimate", "unit"))
    return say("{estimate} {unit}", **_only(parts, "estimate", "unit"))


def _bounds(told: Answer, parts: Mapping[str, str]) -> Message:
    """Say between what a number lies that has limits alone."""
    if not (math.isfinite(told.low) and math.isfinite(told.high)):
        return say("{what}: there is no estimate.", what=parts["what"])
    high = say("{high} {unit}", **_only(parts, "high", "unit")) if told.unit else parts["high"]
    return say("{what}: between {low} and {high}.", what=parts["what"], low=parts["low"], high=high)


def _open(told: Answer, parts: Mapping[str, str], what: Mapping[str, str]) -> Message:
    """Say of an interval which of its ends it lacks."""
    if math.isfinite(told.low):
        limits = _only(parts, "level", "low")
        return say("{what}: {much}; the {level} interval begins at {low} and has no upper end.", **what, **limits)
    if math.isfinite(told.high):
        limits = _only(parts, "level", "high")
        return say("{what}: {much}; the {level} interval ends at {high} and has no lower end.", **what, **limits)
    return say("{what}: {much}; the {level} interval has no ends.", **what, level=parts["level"])


def _only(parts: Mapping[str, str], *names: str) -> dict[str, str]:
    """Return the parts that a template takes."""
    return {name: parts[name] for name in names}


def for_reader(
    row: Mapping[str, Any], *, reader: str, scale: str, role: str = "model"
) -> tuple[Callable[[float], float] | None, str]:
    """Say how a row is put on the scale that a reader is shown: ratios for logarithms, per cent for shares.

    Parameters
    ----------
    row : mapping
        With ``estimate``, limits and ``unit``.
    reader : str
        What the term declares: ``"ratio"``, ``"percent"`` or ``"as it is"``.
    scale : str
        Of the result.
    role : str
        Of the term; what is no share of anything stays as it is.

    Returns
    -------
    change : callable or None
        From a number to the number that is shown; ``None`` where it is the same.
    unit : str
        Its unit.

    Examples
    --------
    >>> row = {"estimate": 0.0, "ci_low": -1.0, "ci_high": 1.0, "unit": "log hazard ratio"}
    >>> change, unit = for_reader(row, reader="as it is", scale="log")
    >>> (change(0.0) if change else None), unit
    (1.0, 'hazard ratio')
    """
    unit = str(row["unit"])
    if scale != "identity":
        if reader == "ratio" or unit.startswith("log "):
            return _exponential, unit.removeprefix("log ").removeprefix("of the ")
        return None, unit
    part = reader == "percent" or (role in {"share", "model"} and _PARTS.match(unit) is not None)
    if part and "percent" not in unit and all(_is_part(row.get(name)) for name in NUMBERS):
        base = _OF.search(unit)
        return _hundredfold, f"percent {base[0]}" if base else "percent"
    return None, unit


def _is_part(value: Any) -> bool:
    """Say whether a number can be a share of one, or a difference of two; a missing one can."""
    return value is None or math.isnan(float(value)) or abs(float(value)) <= 1


def _hundredfold(value: float) -> float:
    """Write a share as per cent."""
    return 100 * value


def _exponential(value: float) -> float:
    """Take a logarithm back; what is too large for a float is infinite."""
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


def answers(
    rows: Sequence[Mapping[str, Any]],
    terms: Mapping[str, Mapping[str, Any]],
    *,
    scale: str,
    level: float,
    term: str = "",
) -> list[Answer]:
    """Find the rows of an estimate that are its answer.

    Parameters
    ----------
    rows : sequence of mapping
        As ``results.json`` holds them: ``term``, numbers, unit, and columns that tell rows of one term apart.
    terms : mapping
        Term to its meaning, as plain values.
    scale : str
        Of the result.
    level : float
        Of the intervals.
    term : str
        The term that answers; else the one that its class marks as headline, else the first.

    Returns
    -------
    list of Answer
        One a row.

    Examples
    --------
    >>> row = {"term": "population", "estimate": 9.0, "ci_low": 7.0, "ci_high": 12.0, "unit": "persons"}
    >>> answers([row], {"population": {"label": "People"}}, scale="identity", level=0.9)[0].label
    'People'
    """
    if not rows:
        return []
    marked = [name for name, meaning in terms.items() if meaning.get("headline")]
    names = [term] if term else marked or [rows[0]["term"]]
    found = [row for row in rows if row["term"] in names]
    for column in [name for name in rows[0] if name not in ROW]:
        found = _leading(found, column)
    apart = [column for column in rows[0] if column not in ROW and len({row[column] for row in found}) > 1]
    return [_answer(row, terms.get(row["term"], {}), apart, scale, level) for row in found]


def _leading(rows: list[Mapping[str, Any]], column: str) -> list[Mapping[str, Any]]:
    """Keep of rows that differ in a column those of everybody, or of the last moment; else all."""
    values: list[Any] = [row.get(column) for row in rows]
    if _ALL in values:
        return [row for row in rows if row.get(column) == _ALL]
    if column in _MOMENTS and all(isinstance(value, (int, float)) for value in values):
        latest = max(values, default=0)
        return [row for row in rows if row.get(column) == latest]
    return rows


def _answer(
    row: Mapping[str, Any], meaning: Mapping[str, Any], apart: Iterable[str], scale: str, level: float
) -> Answer:
    """Put one row on the scale of a reader, under the words of its term."""
    unit = str(row["unit"])
    shown = {**row, "unit": meaning.get("unit") or unit} if unit in _BARE else row
    change, unit = for_reader(
        shown, reader=meaning.get("reader", "as it is"), scale=scale, role=meaning.get("role", "model")
    )
    estimate, low, high = (_number(row[name], change) for name in NUMBERS)
    words = tuple(str(row[name]) if isinstance(row[name], str) else f"{name} {row[name]}" for name in apart)
    label = str(meaning.get("label") or row["term"])
    return Answer(label, estimate, min(low, high), max(low, high), unit, level, tuple(filter(None, words)))


def _number(value: Any, change: Callable[[float], float] | None) -> float:
    """Read a published number, in which ``None`` is missing and infinities are words."""
    known = math.nan if value is None else float(value)
    return known if change is None or math.isnan(known) else change(known)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an answer may be trusted, and why.

    Parameters
    ----------
    grade : str
        One of :data:`Trust`.
    reason : str
        A sentence.
    checks : tuple of Check
        The checks that matter most, the gravest first.

    Examples
    --------
    >>> Standing("sound", say("None of 3 checks speaks against it.")).grade
    'sound'
    """

    grade: Trust
    reason: Message
    checks: tuple[Check, ...] = field(default=())

    def sentence(self) -> Message:
        """Say grade and reason.

        Returns
        -------
        Message
            One sentence.

        Examples
        --------
        >>> print(Standing("sound", say("None of 3 checks speaks against it.")).sentence())
        Sound. None of 3 checks speaks against it.
        """
        return together([say("{grade}.", grade=GRADE_WORDS[self.grade]), self.reason])


def standing(
    checks: Sequence[Check], *, stands: bool = True, foremost: Sequence[str] = (), said: str = "", why: str = ""
) -> Standing:
    """Say how far an answer may be trusted.

    Parameters
    ----------
    checks : sequence of Check
        Those of the result.
    stands : bool
        Whether the result stands as far as it says itself.
    foremost : sequence of str
        Names of checks that a reader must know before others of the same gravity.
    said : str
        What a verdict on the data said, which may lower the grade and never raises it.
    why : str
        Reason of that verdict.

    Returns
    -------
    Standing
        With the two checks that matter most.

    Examples
    --------
    >>> from ctresearch.core.check import Check
    >>> found = standing([Check("fit", "review", "The model misses part of the table."), Check("n", "pass", "Enough.")])
    >>> print(found.sentence())
    With care. 1 of 2 checks asks to be read beside the number.
    """
    graver = sorted((one for one in checks if one.status != "pass"), key=lambda one: _rank(one, foremost))
    grade = _grade(checks, stands=stands and all(one.stands for one in checks))
    reason = _reason(grade, checks, graver)
    if said in _GRAVITY and _GRAVITY[said] >= _GRAVITY[grade]:
        grade, reason = next(one for one in GRADE_WORDS if one == said), as_message(why) if why else reason
    return Standing(grade, reason, tuple(graver[:_MOST_CHECKS]))


def _grade(checks: Sequence[Check], *, stands: bool) -> Trust:
    """Grade an answer by its checks alone."""
    if not stands:
        return "do not quote"
    if not checks:
        return "not checked"
    return "sound" if all(one.status == "pass" for one in checks) else "with care"


def _reason(grade: str, checks: Sequence[Check], graver: Sequence[Check]) -> Message:
    """Say what a grade rests on."""
    if grade == "do not quote":
        return say("The estimate does not exist, is not identified or did not converge: it is no number to pass on.")
    if grade == "not checked":
        return say("No check was made of this number: what speaks against it is not known.")
    if grade == "sound":
        return say(
            "The one check made does not speak against it.", many="None of {n} checks speaks against it.", n=len(checks)
        )
    return say(
        "{n} of {all} checks asks to be read beside the number.",
        many="{n} of {all} checks ask to be read beside the number.",
        n=len(graver),
        all=len(checks),
    )


def _rank(check: Check, foremost: Sequence[str]) -> tuple[int, int]:
    """Order checks: what voids, what failed, what is to be reviewed; within those the foremost first."""
    place = foremost.index(check.name) if check.name in foremost else len(foremost)
    return (0 if not check.stands else 1 if check.status == "fail" else 2), place


def in_short(told: Sequence[Answer], trusted: Standing, tongue: Tongue = ENGLISH) -> list[Message]:
    """Say an answer in a few sentences: the numbers, how far to trust them, and the checks that matter most.

    Parameters
    ----------
    told : sequence of Answer
        The numbers.
    trusted : Standing
        How far to trust them.
    tongue : Tongue
        Language of the numbers.

    Returns
    -------
    list of Message
        Numbers first; without them where they do not stand.

    Examples
    --------
    >>> trusted = Standing("sound", say("None of 3 checks speaks against it."))
    >>> [str(one) for one in in_short([Answer("Actors", 120.0)], trusted)][1]
    'Sound. None of 3 checks speaks against it.'
    """
    lines = [] if trusted.grade == "do not quote" else [one.sentence(tongue) for one in told[:_MOST_ROWS]]
    if len(told) > _MOST_ROWS and lines:
        more = len(told) - _MOST_ROWS
        lines.append(say("{n} more number of this kind follows.", many="{n} more numbers of this kind follow.", n=more))
    lines.append(trusted.sentence())
    return [*lines, *(check_sentence(one) for one in trusted.checks)]


def check_sentence(check: Check) -> Message:
    """Say a check by its name and its words.

    Parameters
    ----------
    check : Check
        A check.

    Returns
    -------
    Message
        Name and sentence.

    Examples
    --------
    >>> from ctresearch.core.check import Check
    >>> print(check_sentence(Check("fit", "review", "The model misses part of the table.")))
    Fit: The model misses part of the table.
    """
    name = check.name[:1].upper() + check.name[1:]
    return say("{name}: {words}", name=as_message(name), words=check.message)


def short_answer(result: Result, tongue: Tongue = ENGLISH) -> list[Message]:
    """Say what a result answers, and how far to trust it.

    Parameters
    ----------
    result : Result
        Any result.
    tongue : Tongue
        Language of the numbers.

    Returns
    -------
    list of Message
        As :func:`in_short`.

    Examples
    --------
    >>> from ctresearch.core.result import Result, estimates_table
    >>> table = estimates_table({"population": (10.0, 2.0, 6.1, 13.9)}, unit="persons")
    >>> print(short_answer(Result(method="m", estimates=table, n=5))[0])
    Population: 10 persons, with a 95 % interval from 6.1 to 13.9.
    """
    rows = result.estimates.reset_index().to_dict("records")
    terms = {term: result.term_meaning(term).to_dict() for term in dict.fromkeys(result.estimates.index)}
    told = answers([{str(k): v for k, v in row.items()} for row in rows], terms, scale=result.scale, level=result.level)
    return in_short(told, standing(result.checks, stands=result.stands), tongue)
