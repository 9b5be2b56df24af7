"""The one picture of a report's first page: the answer with its interval, and what other methods say, on one axis.

It is drawn narrow, so that its words can be read on a phone, and grows with the page. Its title and description say in
words what it draws, for those who hear the page.
"""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ctresearch.core.message import as_message, say, together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.core.answer import Answer
    from ctresearch.core.message import Message
    from ctresearch.core.tongue import Tongue
    from ctresearch.studies.shown.contract import Other

WIDTH = 360
_LEFT, _RIGHT, _ROW, _LINE_HEIGHT, _TOP, _AXIS = 8.0, 352.0, 42.0, 15.0, 16.0, 40.0
_INK, _SOFT, _ACCENT, _LINE = "#1d1f21", "#5b6166", "#0b5a8f", "#c9ced3"
_FONT = "Segoe UI, Helvetica Neue, Liberation Sans, Arial, sans-serif"
_MOST_ROWS, _LETTERS = 4, 46
_TWO_LINES = f'<text y="{6 - _LINE_HEIGHT:g}"'
_LOG_FROM = 8.0
_LETTER = 5.8  # width of a letter of the numbers along the axis
_STEPS = (1.0, 2.0, 5.0, 10.0)
_FEWEST_TICKS, _MOST_TICKS = 2, 5


@dataclass(frozen=True, slots=True)
class Axis:
    """Where numbers stand from left to right.

    Parameters
    ----------
    low, high : float
        Ends.
    logarithmic : bool
        Whether equal steps are equal factors.

    Examples
    --------
    >>> Axis(0.0, 10.0, False).place(5.0)
    180.0
    """

    low: float
    high: float
    logarithmic: bool

    def place(self, value: float) -> float:
        """Return where a number stands.

        Parameters
        ----------
        value : float
            A number; one beyond the ends stands at the end.

        Returns
        -------
        float
            In the picture's own units.

        Examples
        --------
        >>> Axis(1.0, 100.0, True).place(10.0)
        180.0
        """
        kept = min(max(value, self.low), self.high)
        low, high, at = (math.log(one) if self.logarithmic else one for one in (self.low, self.high, kept))
        return round(_LEFT + (at - low) / ((high - low) or 1.0) * (_RIGHT - _LEFT), 2)

    def ticks(self) -> list[float]:
        """Return the round numbers that are written along the axis.

        Returns
        -------
        list of float
            Two to five.

        Examples
        --------
        >>> Axis(0.0, 10.0, False).ticks()
        [0.0, 5.0, 10.0]
        """
        found = self._factors() if self.logarithmic else []
        if len(found) >= _FEWEST_TICKS:
            return found
        size = 10.0 ** math.floor(math.log10(self.high - self.low))
        for step in (5 * size, 2 * size, size, size / 2, size / 5):
            first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
            if last - first + 1 > _FEWEST_TICKS:
                break
        return [round(step * place, 12) for place in range(first, last + 1)]

    def _factors(self) -> list[float]:
        """Return one, two and five times the powers of ten, thinned where they are many."""
        powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        for steps in (_STEPS[:3], _STEPS[:1]):
            every = [one * 10.0**power for power in powers for one in steps]
            found = [value for value in every if self.low <= value <= self.high]
            if len(found) <= _MOST_TICKS:
                return found
        return found[:: math.ceil(len(found) / _MOST_TICKS)]


def axis_for(values: Sequence[float]) -> Axis:
    """Choose the axis for some numbers.

    Parameters
    ----------
    values : sequence of float
        What it must hold; infinite and missing ones do not count.

    Returns
    -------
    Axis
        A little wider than the numbers; logarithmic where they differ by a large factor.

    Examples
    --------
    >>> axis_for([100.0, 5000.0]).logarithmic, axis_for([0.0, 10.0]).logarithmic
    (True, False)
    """
    known = [value for value in values if math.isfinite(value)]
    low, high = min(known), max(known)
    if low > 0 and high / low > _LOG_FROM:
        return Axis(low / 1.15, high * 1.15, True)
    room = (high - low) * 0.06 or abs(high) * 0.1 or 1.0
    return Axis(low - room, high + room, False)


def range_picture(told: Sequence[Answer], others: Sequence[Other], tongue: Tongue) -> str:
    """Draw the answer and what other methods say.

    Parameters
    ----------
    told : sequence of Answer
        The answer; one row each.
    others : sequence of Other
        Other methods, and baselines that the data reject.
    tongue : Tongue
        Language of words and numbers.

    Returns
    -------
    str
        One ``<svg>`` element; empty where there is nothing to draw.

    Examples
    --------
    >>> from ctresearch.core.answer import Answer
    >>> from ctresearch.core.tongue import ENGLISH
    >>> drawn = range_picture([Answer("People", 200.0, 180.0, 220.0, "persons")], [], ENGLISH)
    >>> "<title" in drawn and "<desc" in drawn
    True
    """
    shown = [one for one in told if math.isfinite(one.estimate)][:_MOST_ROWS]
    if not shown:
        return ""
    kept = [one for one in others if not one.rejected]
    gone = [one for one in others if one.rejected]
    ends = [value for told_one in shown for value in (told_one.estimate, told_one.low, told_one.high)]
    ends += [value for one in gone for value in (one.estimate, one.low, one.high)]
    axis = axis_for([*ends, *(one.estimate for one in kept)])
    rows = [_answer_row(one, axis, tongue) for one in shown]
    if kept:
        rows.append(_strip(kept, axis, tongue))
    rows += [_rejected_row(one, axis, tongue) for one in gone[:1]]
    if len(gone) > 1:
        rows.append(_rejected_strip(gone[1:], axis, tongue))
    body, foot = "", _TOP
    for row in rows:
        lower = _LINE_HEIGHT if row.startswith(_TWO_LINES) else 0.0
        body += f'<g transform="translate(0 {foot + lower:g})">{row}</g>'
        foot += _ROW + lower
    height = foot + _AXIS
    return _framed(_axis(axis, height, shown[0].unit, tongue) + body, height, _said(shown, kept, gone, tongue), tongue)


def _framed(content: str, height: float, said: Message, tongue: Tongue) -> str:
    """Put a picture into its frame, with its title and description."""
    title = tongue.write(say("The answer and what other methods say"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}" '
        f'role="img" aria-labelledby="answer-title answer-text" font-family="{_FONT}" font-size="12.5">'
        f'<title id="answer-title">{html.escape(title)}</title>'
        f'<desc id="answer-text">{html.escape(tongue.write(said))}</desc>{content}</svg>'
    )


def _said(shown: Sequence[Answer], kept: Sequence[Other], gone: Sequence[Other], tongue: Tongue) -> Message:
    """Say in words what the picture draws."""
    parts = [one.sentence(tongue) for one in shown]
    if kept:
        parts.append(others_sentence(kept, tongue))
    parts += [rejected_sentence(one, tongue) for one in gone]
    return together(parts)


def others_sentence(kept: Sequence[Other], tongue: Tongue) -> Message:
    """Say between what other methods lie.

    Parameters
    ----------
    kept : sequence of Other
        Those that the data do not reject.
    tongue : Tongue
        Language of the numbers.

    Returns
    -------
    Message
        A sentence.

    Examples
    --------
    >>> from ctresearch.core.tongue import ENGLISH
    >>> from ctresearch.studies.shown.contract import Other
    >>> print(others_sentence([Other("a", 100.0), Other("b", 300.0)], ENGLISH))
    2 other defensible methods say from 100 to 300.
    """
    values = [one.estimate for one in kept]
    return say(
        "Another defensible method says {low}.",
        many="{n} other defensible methods say from {low} to {high}.",
        n=len(kept),
        low=tongue.about(min(values)),
        high=tongue.about(max(values)),
    )


def rejected_sentence(one: Other, tongue: Tongue) -> Message:
    """Say what a method says that the data reject.

    Parameters
    ----------
    one : Other
        The method.
    tongue : Tongue
        Language of the numbers.

    Returns
    -------
    Message
        A sentence.

    Examples
    --------
    >>> from ctresearch.core.tongue import ENGLISH
    >>> from ctresearch.studies.shown.contract import Other
    >>> print(rejected_sentence(Other("Independent lists", 100.0, rejected=True), ENGLISH))
    Rejected by the data: Independent lists (100).
    """
    number = tongue.about(one.estimate)
    return say("Rejected by the data: {label} ({number}).", label=as_message(one.label), number=number)


def _answer_row(one: Answer, axis: Axis, tongue: Tongue) -> str:
    """Draw one number with its interval."""
    estimate, low, high = one.numbers(tongue)
    told, bar = estimate, ""
    if not (math.isnan(one.low) or math.isnan(one.high)):
        told = tongue.write(say("{estimate} ({low} to {high})", estimate=estimate, low=low, high=high))
        bar = _bar(one.low, one.high, axis, f'stroke="{_ACCENT}" stroke-width="5" stroke-opacity=".45"')
    at, label = axis.place(one.estimate), tongue.write(one.named())
    return f'{_words(label, told, bold=True)}{bar}<circle cx="{at:g}" cy="20" r="5.5" fill="{_ACCENT}"/>'


def _bar(low: float, high: float, axis: Axis, paint: str) -> str:
    """Draw a line between two numbers."""
    return f'<line x1="{axis.place(low):g}" x2="{axis.place(high):g}" y1="20" y2="20" {paint}/>'


def _strip(kept: Sequence[Other], axis: Axis, tongue: Tongue) -> str:
    """Draw what other methods say as points on one line."""
    label = tongue.write(say("{n} other defensible method", many="{n} other defensible methods", n=len(kept)))
    values = [one.estimate for one in kept]
    ends = {"low": tongue.about(min(values)), "high": tongue.about(max(values))}
    told = ends["low"] if len(kept) == 1 else tongue.write(say("{low} to {high}", **ends))
    line = _bar(min(values), max(values), axis, f'stroke="{_SOFT}" stroke-width="1"')
    return _words(label, told) + line + _points(values, axis, f'fill="{_SOFT}" fill-opacity=".8"')


def _rejected_row(one: Other, axis: Axis, tongue: Tongue) -> str:
    """Draw a method that the data reject: lighter, dashed, hollow, and called so."""
    label = tongue.write(say("Rejected by the data: {label}", label=as_message(one.label)))
    bar = ""
    if math.isfinite(one.low) and math.isfinite(one.high):
        bar = _bar(one.low, one.high, axis, f'stroke="{_LINE}" stroke-width="1.5" stroke-dasharray="4 3"')
    return _words(label, tongue.about(one.estimate), soft=True) + bar + _points([one.estimate], axis, _HOLLOW)


def _rejected_strip(gone: Sequence[Other], axis: Axis, tongue: Tongue) -> str:
    """Draw further methods that the data reject as hollow points."""
    label = tongue.write(say("{n} more rejected by the data", n=len(gone)))
    return _words(label, "", soft=True) + _points([one.estimate for one in gone], axis, _HOLLOW)


_HOLLOW = f'fill="#fff" stroke="{_SOFT}" stroke-width="1.2"'


def _points(values: Sequence[float], axis: Axis, paint: str) -> str:
    """Draw points on one line."""
    return "".join(f'<circle cx="{axis.place(value):g}" cy="20" r="4" {paint}/>' for value in values)


def _words(label: str, told: str, *, bold: bool = False, soft: bool = False) -> str:
    """Write the line of words above a bar: what it is on the left, its numbers on the right."""
    weight = ' font-weight="600"' if bold else ""
    colour = _SOFT if soft else _INK
    above = len(label) + len(told) > _LETTERS
    short = label if len(label) <= _LETTERS else f"{label[: _LETTERS - 1].rstrip()}…"
    return (
        f'<text y="{6 - _LINE_HEIGHT * above:g}" x="{_LEFT:g}" fill="{colour}"{weight}>{html.escape(short)}</text>'
        f'<text x="{_RIGHT:g}" y="6" fill="{colour}" text-anchor="end"{weight}>{html.escape(told)}</text>'
    )


def _apart(axis: Axis, tongue: Tongue) -> list[float]:
    """Return the numbers along the axis that can be written without touching one another."""
    kept, end = [], -math.inf
    for value in axis.ticks():
        half = _LETTER * len(tongue.about(value)) / 2
        if axis.place(value) - half > end:
            kept.append(value)
            end = axis.place(value) + half
    return kept


def _axis(axis: Axis, height: float, unit: str, tongue: Tongue) -> str:
    """Draw the axis: a line, round numbers, their unit, and where nothing would be."""
    foot = height - _AXIS + 4
    parts = [f'<line x1="{_LEFT:g}" x2="{_RIGHT:g}" y1="{foot:g}" y2="{foot:g}" stroke="{_LINE}"/>']
    if axis.low < 0 < axis.high and not axis.logarithmic:
        zero = axis.place(0.0)
        paint = f'stroke="{_LINE}" stroke-dasharray="2 2"'
        parts.append(f'<line x1="{zero:g}" x2="{zero:g}" y1="4" y2="{foot:g}" {paint}/>')
    if unit:
        words = html.escape(tongue.write(as_message(unit)))
        middle = (_LEFT + _RIGHT) / 2
        parts.append(
            f'<text x="{middle:g}" y="{foot + 31:g}" fill="{_SOFT}" font-size="11" text-anchor="middle">{words}</text>'
        )
    for value in _apart(axis, tongue):
        at = axis.place(value)
        anchor = "start" if at < _LEFT + 20 else "end" if at > _RIGHT - 20 else "middle"
        parts.append(
            f'<line x1="{at:g}" x2="{at:g}" y1="{foot:g}" y2="{foot + 4:g}" stroke="{_SOFT}"/>'
            f'<text x="{at:g}" y="{foot + 16:g}" fill="{_SOFT}" font-size="11" text-anchor="{anchor}">'
            f"{html.escape(tongue.about(value))}</text>"
        )
    return "".join(parts)
