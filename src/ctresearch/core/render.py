"""How a result reads: text for a terminal and HTML for a notebook, from the same parts.

Nothing here carries a clock, an address or a path, so the same result always renders to the same bytes.
"""

from __future__ import annotations

import html
import math
import textwrap
from typing import TYPE_CHECKING

from ctresearch.core.message import Message, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ctresearch.core.check import Check
    from ctresearch.core.result import Result

WIDTH = 100
_HEADS = {"estimate": "estimate", "std_error": "std. error", "unit": "unit"}
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


def as_text(result: Result, told: Sequence[str] = ()) -> str:
    """Render a result for a terminal.

    Parameters
    ----------
    result : Result
        What to show.
    told : sequence of str
        The answer in sentences, to stand before the table.

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
    table = _display(result)
    lines = [result.method, "=" * min(len(result.method), WIDTH)]
    lines += [line for sentence in told for line in _wrap(sentence)] + [""] * bool(told)
    lines += [*_wrap(_whom(result)), f"n = {result.n:,}", ""]
    lines += [line.rstrip() for line in table.to_string(index=False).splitlines()] + [""]
    for check in _by_gravity(result.checks):
        lines += _wrap((f"{check.label.upper()} " if check.status == "fail" else "") + str(check))
    if result.assumptions:
        lines += ["", say("Assumes:")] + [line for a in result.assumptions for line in _wrap(f"- {a}")]
    if result.references:
        lines += ["", say("Cite:")] + [line for r in result.references for line in _wrap(f"- {r}")]
    return "\n".join(lines)


def as_html(result: Result) -> str:
    """Render a result for a notebook.

    Parameters
    ----------
    result : Result
        What to show.

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
    table = _display(result).to_html(index=False, border=0, escape=True)
    checks = "".join(_html_check(check) for check in _by_gravity(result.checks))
    parts = [f"<h4>{html.escape(result.method)}</h4>"]
    parts += [f"<p>{html.escape(_whom(result))}<br>n = {result.n:,}</p>", table, checks]
    for name, words in ((say("Assumes"), result.assumptions), (say("Cite"), result.references)):
        if words:
            items = "".join(f"<li>{html.escape(word)}</li>" for word in words)
            parts.append(f"<details><summary>{name}</summary><ul>{items}</ul></details>")
    return f'<div class="ctresearch-result">{"".join(parts)}</div>'


def _whom(result: Result) -> Message:
    """Say whom a result counts."""
    return say("Counts whom: {scope}.", scope=result.scope.said)


def _display(result: Result) -> pd.DataFrame:
    """Format the estimates for reading."""
    frame = result.estimates.reset_index()
    level = f"{100 * result.level:g} %"
    shown = frame.copy()
    for column in ("estimate", "std_error", "ci_low", "ci_high"):
        shown[column] = [number(float(v)) for v in frame[column]]
    if (shown["unit"] == "").all():
        shown = shown.drop(columns="unit")
    return shown.rename(columns=_HEADS | {"ci_low": f"{level} low", "ci_high": f"{level} high"})


def _by_gravity(checks: tuple[Check, ...]) -> list[Check]:
    """Order checks: those that void the result first, passed last."""
    return sorted(checks, key=lambda check: (check.stands, ("fail", "review", "pass").index(check.status)))


def _html_check(check: Check) -> str:
    """Render one check."""
    label = check.label.upper() if check.status == "fail" else check.label
    colour = _CALLOUT[check.status]
    return (
        f'<p style="margin:.2em 0;padding-left:.6em;border-left:4px solid {colour}">'
        f'<b style="color:{colour}">{label}: {html.escape(check.name)}.</b> {html.escape(check.message)}</p>'
    )


def _wrap(text: str) -> list[str]:
    """Break a sentence into lines."""
    return textwrap.wrap(text, WIDTH, subsequent_indent="  ")
