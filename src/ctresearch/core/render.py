"""How a result reads: text for a terminal and HTML for a notebook, from the same parts.

Nothing here carries a clock, an address or a path, so the same result always renders to the same bytes.
"""

from __future__ import annotations

import html
import math
import textwrap
from typing import TYPE_CHECKING

from ctresearch.core.message import Message, as_message, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ctresearch.core.check import Check
    from ctresearch.core.result import Result
    from ctresearch.core.tongue import Tongue

WIDTH = 100
_HEADS = {"estimate": say("estimate"), "std_error": say("std. error"), "unit": say("unit")}
_NUMBERS = ("estimate", "std_error", "ci_low", "ci_high")
_CALLOUT = {"fail": "#b3261e", "review": "#8a5a00", "pass": "#1b6e3c"}


def number(value: float) -> str:
    """Write a number as a reader wants it: thousands parted, four significant digits below 1,000.

    Parameters
    ----------
    value : float
        Any number; missing reads as a dash.

    Returns
    -------
    str
        Text.

    Examples
    --------
    >>> number(11417.99), number(0.98421), number(float("nan"))
    ('11,418', '0.9842', '–')
    """
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return text.replace("-", "−") if text.startswith("-") else text


def title(result: Result) -> str:
    """Return the line above a picture of the result, with what failed.

    Parameters
    ----------
    result : Result
        What is shown.

    Returns
    -------
    str
        Method, and the names of failed checks.

    Examples
    --------
    >>> from ctresearch.core.result import Result, estimates_table
    >>> title(Result(method="An example", estimates=estimates_table({"x": (1, 1, 0, 2)}), n=3))
    'An example'
    """
    failed = [check for check in result.checks if check.status == "fail"]
    void = [check.name for check in failed if not check.stands]
    if void:
        return f"{result.method}\nDOES NOT STAND: {', '.join(void)}"
    return result.method + (f"\nMIND THE READING: {', '.join(check.name for check in failed)}" if failed else "")


def as_text(result: Result, told: Sequence[str] = (), tongue: Tongue | None = None) -> str:
    """Render a result for a terminal.

    Parameters
    ----------
    result : Result
        What to show.
    told : sequence of str
        The answer in sentences, to stand before the table.
    tongue : Tongue, optional
        Language; English where none is given.

    Returns
    -------
    str
        Lines of at most 100 characters, prose and table.

    Examples
    --------
    >>> from ctresearch.core.result import Result, estimates_table
    >>> "whom" in as_text(Result(method="m", estimates=estimates_table({"x": (1, 1, 0, 2)}), n=3))
    True
    """
    write = str if tongue is None else tongue.write
    method = write(result.method)
    lines = [method, "=" * min(len(method), WIDTH)]
    lines += [line for sentence in told for line in _wrap(write(sentence))] + [""] * bool(told)
    lines += [*_wrap(write(_whom(result))), write(_people(result)), ""]
    lines += [line.rstrip() for line in _display(result, tongue).to_string(index=False).splitlines()] + [""]
    for check in _by_gravity(result.checks):
        grave = f"{write(check.label).upper()} " if check.status == "fail" else ""
        lines += _wrap(f"{grave}{check.sign} {write(_named(check))}")
    for head, items in ((say("Assumes:"), result.assumptions), (say("Cite:"), result.references)):
        lines += ["", write(head)] * bool(items) + [line for one in items for line in _wrap(f"- {write(one)}")]
    return "\n".join(lines)


def as_html(result: Result, tongue: Tongue | None = None) -> str:
    """Render a result for a notebook.

    Parameters
    ----------
    result : Result
        What to show.
    tongue : Tongue, optional
        Language; English where none is given.

    Returns
    -------
    str
        HTML without scripts; every word from the data is escaped.

    Examples
    --------
    >>> from ctresearch.core.result import Result, estimates_table
    >>> "<table" in as_html(Result(method="m", estimates=estimates_table({"x": (1, 1, 0, 2)}), n=3))
    True
    """
    write = str if tongue is None else tongue.write
    table = _display(result, tongue).to_html(index=False, border=0, escape=True)
    checks = "".join(_html_check(check, tongue) for check in _by_gravity(result.checks))
    parts = [f"<h4>{html.escape(write(result.method))}</h4>"]
    parts += [f"<p>{html.escape(write(_whom(result)))}<br>{html.escape(write(_people(result)))}</p>", table, checks]
    for name, words in ((say("Assumes"), result.assumptions), (say("Cite"), result.references)):
        if words:
            items = "".join(f"<li>{html.escape(write(word))}</li>" for word in words)
            parts.append(f"<details><summary>{write(name)}</summary><ul>{items}</ul></details>")
    return f'<div class="ctresearch-result">{"".join(parts)}</div>'


def _whom(result: Result) -> Message:
    """Say whom a result counts."""
    return say("Counts whom: {scope}.", scope=result.scope.said)


def _people(result: Result) -> Message:
    """Say how many people it rests on; the sign is no word."""
    return say("n = {people:,}", people=result.n)


def _named(check: Check) -> Message:
    """Say a check by its name."""
    return say("{name}: {words}", name=as_message(check.name), words=check.message)


def _display(result: Result, tongue: Tongue | None = None) -> pd.DataFrame:
    """Format the estimates for reading; in another language terms stand under their labels."""
    frame = result.estimates.reset_index()
    level = number(100 * result.level) if tongue is None else tongue.number(100 * result.level)
    shown = frame.copy()
    for column in _NUMBERS:
        shown[column] = [(number if tongue is None else tongue.number)(float(v)) for v in frame[column]]
    if (shown["unit"] == "").all():
        shown = shown.drop(columns="unit")
    heads = _HEADS | {
        "ci_low": say("{level} % low", level=level),
        "ci_high": say("{level} % high", level=level),
    }
    if tongue is None:
        return shown.rename(columns={name: str(words) for name, words in heads.items()})
    return _in_words(result, shown, tongue).rename(columns={name: tongue.write(words) for name, words in heads.items()})


def _in_words(result: Result, shown: pd.DataFrame, tongue: Tongue) -> pd.DataFrame:
    """Put terms, units, groups and the columns that hold them under the words of a language."""
    out = shown.assign(term=[tongue.write(result.term_meaning(term).label) for term in shown["term"]])
    keys = {name: meaning.label for name, meaning in result.roles().items() if name not in {*_NUMBERS, "unit"}}
    for column in out.columns.difference([*_NUMBERS, "term"]):
        out[column] = [tongue.write(one) if isinstance(one, str) else tongue.number(float(one)) for one in out[column]]
    return out.rename(columns={name: tongue.write(label) for name, label in keys.items() if name in out.columns})


def _by_gravity(checks: tuple[Check, ...]) -> list[Check]:
    """Order checks: those that void the result first, passed last."""
    return sorted(checks, key=lambda check: (check.stands, ("fail", "review", "pass").index(check.status)))


def _html_check(check: Check, tongue: Tongue | None = None) -> str:
    """Render one check."""
    write = str if tongue is None else tongue.write
    label = write(check.label).upper() if check.status == "fail" else write(check.label)
    name, words = html.escape(write(check.name)), html.escape(write(check.message))
    colour = _CALLOUT[check.status]
    return (
        f'<p style="margin:.2em 0;padding-left:.6em;border-left:4px solid {colour}">'
        f'<b style="color:{colour}">{label}: {name}.</b> {words}</p>'
    )


def _wrap(text: str) -> list[str]:
    """Break a sentence into lines."""
    return textwrap.wrap(text, WIDTH, subsequent_indent="  ")
