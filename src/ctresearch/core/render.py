"""How a result, or any other thing of the library, reads: text for a terminal and HTML for a notebook.

Nothing here carries a clock, an address or a path, so the same result always renders to the same bytes.
"""

from __future__ import annotations

import contextlib
import html
import math
import os
import textwrap
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from ctresearch.core.errors import MissingExtraError, SpecificationError
from ctresearch.core.message import Message, as_message, say
from ctresearch.core.validate import file_path, require_extra

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ctresearch.core.check import Check
    from ctresearch.core.result import Result
    from ctresearch.core.tongue import Tongue

WIDTH = 100
_HEADS = {"estimate": say("estimate"), "std_error": say("std. error"), "unit": say("unit")}
_NUMBERS = ("estimate", "std_error", "ci_low", "ci_high")
_CALLOUT = {"fail": "#b3261e", "review": "#8a5a00", "pass": "#1b6e3c"}
_ON_DARK = {"fail": "#ffb4ab", "review": "#ffc766", "pass": "#7ddc9f"}
MASK = 5
"""Counts of people from 1 to one below this are not written on a card; the default of the library's policy."""
_MOST_ROWS, _MOST_NAMES = 20, 12


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
    return f'<div class="ctresearch-result">{"".join(parts)}{_sheet()}</div>'


def as_card(
    thing: object,
    *,
    says: Iterable[str] | None = None,
    show: Sequence[str] = (),
    told: Mapping[str, str] | None = None,
    people: Mapping[str, float] | None = None,
    tables: Iterable[pd.DataFrame] = (),
    checks: Iterable[Check] = (),
) -> str:
    """Render anything but a result for a notebook: what it is, what it holds in numbers, and nothing of its cells.

    Parameters
    ----------
    thing : object
        What to show; its class stands on top.
    says : iterable of str, optional
        Sentences; by default the lines of its ``repr``.
    show : sequence of str
        Attributes to list by their names. Text, numbers and short lists of names are written out; of anything else
        only its kind and size are, so that no cell of a table gets onto a card.
    told : mapping of str to str, optional
        Further lines, written out already.
    people : mapping of str to float, optional
        Counts of people by what they count; few of them read ``<5``.
    tables : iterable of pandas.DataFrame
        Tables that may be shown; 20 rows of each.
    checks : iterable of Check
        What was checked; those that failed stand first.

    Returns
    -------
    str
        HTML without scripts, light or dark as the reader's screen is; every word is escaped.

    Examples
    --------
    >>> from ctresearch.core.scope import Scope
    >>> card = as_card(Scope(population="adults"), says=[], show=["population"], people={"interviewed": 3})
    >>> "adults" in card, "&lt;5" in card
    (True, True)
    """
    lines = repr(thing).splitlines() if says is None else says
    parts = [f"<h4>{type(thing).__name__}</h4>", *(f"<p>{html.escape(str(line))}</p>" for line in lines if line)]
    listed = {name: shown(getattr(thing, name)) for name in show} | dict(told or {})
    listed |= {name: few(count) for name, count in (people or {}).items()}
    rows = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th><td>{html.escape(words)}</td></tr>'
        for name, words in listed.items()
    )
    parts += [f"<table>{rows}</table>"] if rows else []
    for table in tables:
        parts.append(table.head(_MOST_ROWS).to_html(border=0, escape=True, na_rep="–"))
        if len(table) > _MOST_ROWS:
            parts.append(f"<p>{html.escape(say('and {rows:,} further rows', rows=len(table) - _MOST_ROWS))}</p>")
    parts += [_html_check(check) for check in _by_gravity(tuple(checks))]
    return f'<div class="ctresearch-card">{"".join(parts)}{_sheet()}</div>'


def save_page(page: str, path: str | Path) -> Path:
    """Write a page of HTML.

    Parameters
    ----------
    page : str
        The whole file.
    path : str or pathlib.Path
        Ends in ``.html``.

    Returns
    -------
    pathlib.Path
        Where it is.

    Raises
    ------
    SpecificationError
        If the name ends in something else.

    Examples
    --------
    >>> save_page("<!doctype html>", "page.pdf")
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.SpecificationError: path ends in '.pdf', must end in '.html'
    """
    place = file_path("path", path)
    if place.suffix.lower() not in {".html", ".htm"}:
        raise SpecificationError(f"path ends in {place.suffix!r}, must end in '.html'")
    place.write_text(page, encoding="utf-8", newline="\n")
    return place


def framed(page: str, title: str, height: int, *, saves: bool = False) -> str:
    """Show a page in a notebook, in a frame that may run its script and reaches nothing of the notebook.

    Parameters
    ----------
    page : str
        The whole file.
    title : str
        What a screen reader says of the frame.
    height : int
        In pixels.
    saves : bool
        Whether the page may hand a file to whoever reads it.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> framed("<p>Here</p>", "Map", 300)[:45]
    '<iframe sandbox="allow-scripts" title="Map" s'
    """
    may = "allow-scripts allow-downloads" if saves else "allow-scripts"
    return (
        f'<iframe sandbox="{may}" title="{title}" style="width:100%;height:{height}px;border:0" '
        f'srcdoc="{html.escape(page)}"></iframe>'
    )


def few(count: float, least: int = MASK) -> str:
    """Write a count of people, or that it is of few.

    Parameters
    ----------
    count : float
        How many; missing reads as a dash.
    least : int
        Smallest count that is written out.

    Returns
    -------
    str
        The count, or ``<5``; nobody is 0.

    Examples
    --------
    >>> few(1234), few(4), few(0)
    ('1,234', '<5', '0')
    """
    return f"<{least}" if 0 < count < least else number(count)


def shown(value: object) -> str:
    """Write a value where it is a text, a number or a short list of names; of anything else, what kind it is.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    str
        Words without a cell of a table.

    Examples
    --------
    >>> shown(0.05), shown(("police", "charity")), shown({"name": "Ana"})
    ('0.05', 'police, charity', 'dict of 1')
    """
    if value is None or (isinstance(value, str) and not value):
        return "–"
    if isinstance(value, (str, int, float)):
        return number(float(value)) if isinstance(value, float) else str(value)
    if isinstance(value, tuple) and value and all(isinstance(one, (str, float)) for one in value):
        return ", ".join(map(shown, value[:_MOST_NAMES])) + (", …" if len(value) > _MOST_NAMES else "")
    size = getattr(value, "shape", None)
    if size is not None:
        return f"{type(value).__name__} {' × '.join(f'{one:,}' for one in size)}"
    return f"{type(value).__name__} of {len(value):,}" if isinstance(value, (tuple, frozenset, dict)) else "…"


@cache
def _sheet() -> str:
    """Write the style sheet of a card: the colours of its page, and of checks those that can be read on it.

    Pages that choose light or dark themselves say so on their body, as JupyterLab and Sphinx do, and are believed;
    elsewhere the reader's system decides.
    """
    of = ":is(.ctresearch-card,.ctresearch-result)"
    dark = "".join(
        f"@AT {of} .ctresearch-{name}{{border-color:{colour}!important}}"
        f"@AT {of} .ctresearch-{name} b{{color:{colour}!important}}"
        for name, colour in _ON_DARK.items()
    )
    chosen = ':is([data-jp-theme-light="false"],[data-theme="dark"])'
    left = 'body:not([data-jp-theme-light="true"],[data-theme="light"])'
    rules = [
        f"{of}{{font-size:.93em;max-width:62rem;overflow-x:auto}}",
        ".ctresearch-card h4{margin:.2em 0}.ctresearch-card p{margin:.2em 0}",
        ".ctresearch-card table{border-collapse:collapse;margin:.4em 0}",
        ".ctresearch-card :is(th,td){padding:.15em .7em;text-align:left;border-bottom:1px solid #8884;color:inherit}",
        ".ctresearch-card td{font-variant-numeric:tabular-nums}",
        dark.replace("@AT", chosen),
        f"@media (prefers-color-scheme:dark){{{dark.replace('@AT', left)}}}",
    ]
    return f"<style>{''.join(rules)}</style>"


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
        f'<p class="ctresearch-{check.status}" style="margin:.2em 0;padding-left:.6em;border-left:4px solid {colour}">'
        f'<b style="color:{colour}">{label}: {name}.</b> {words}</p>'
    )


def _wrap(text: str) -> list[str]:
    """Break a sentence into lines."""
    return textwrap.wrap(text, WIDTH, subsequent_indent="  ")


@dataclass(frozen=True, eq=False, repr=False)
class Explorer:
    """A question with answers worked out beforehand, to be moved through in a notebook.

    In JupyterLab with the extra ``widgets`` it is a slider over the rows, with a picture and a sentence for each. Under
    the runner, in a report and without the extra it is the table of all rows, and nothing is seen that is not written.

    Parameters
    ----------
    question : str
        What moving it shows.
    moves : str
        What is moved.
    axis : str
        What ``estimate`` is, with its unit.
    table : pandas.DataFrame
        One row a position, under its words, with ``estimate`` and, where there are limits, ``ci_low`` and ``ci_high``.
    says : tuple of str
        A sentence a row: what may be concluded there.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"estimate": [40.0, 60.0]}, index=["all lists", "without A"])
    >>> explorer = Explorer("Does it hang on one list?", "List left out", "Persons", table, ("As it is.", "Higher."))
    >>> "without A" in explorer._repr_html_()
    True
    """

    question: str
    moves: str
    axis: str
    table: pd.DataFrame
    says: tuple[str, ...]

    def widget(self) -> Any:
        """Return the slider.

        Returns
        -------
        ipywidgets.VBox
            The question, the slider, and what it shows.

        Raises
        ------
        MissingExtraError
            If ipywidgets is not installed.
        """
        widgets = require_extra("ipywidgets", "widgets")
        names = [str(name) for name in self.table.index]
        slider = widgets.SelectionSlider(
            options=[(name, place) for place, name in enumerate(names)],
            description=self.moves,
            layout={"width": "95%"},
            style={"description_width": "initial"},
        )
        shown_at = widgets.HTML(self._at(0))
        slider.observe(lambda change: setattr(shown_at, "value", self._at(change["new"])), names="value")
        return widgets.VBox([widgets.HTML(f"<b>{html.escape(self.question)}</b>"), slider, shown_at])

    def plot(self, place: int = 0) -> Axes:
        """Draw every position, the one that is chosen dark.

        Parameters
        ----------
        place : int
            Which row.

        Returns
        -------
        matplotlib.axes.Axes
            Points, and limits where there are any.
        """
        from ctresearch.core import plot

        ax = plot.new_axes(7.2, 1.2 + 0.28 * len(self.table))
        columns = self.table.reindex(columns=["estimate", "ci_low", "ci_high"]).to_numpy(dtype=float)
        for row, (estimate, low, high) in enumerate(columns):
            chosen = row == place
            colour, width = (plot.BLACK, 2.4) if chosen else (plot.GREY, 1.2)
            ax.plot([low, high], [row, row], color=colour, linewidth=width)
            ax.plot([estimate], [row], marker="D" if chosen else "o", color=colour, markersize=7 if chosen else 5)
        ax.set_yticks(range(len(self.table)), [str(name) for name in self.table.index])
        ax.invert_yaxis()
        plot.thousands(ax, "x")
        ax.set_xlabel(self.axis)
        ax.set_ylabel(self.moves)
        return ax

    def _at(self, place: int) -> str:
        """Render one position."""
        from ctresearch.core import plot

        picture = plot.as_svg(cast("Figure", self.plot(place).figure))
        picture = picture[picture.index("<svg") :]
        return f"<p>{html.escape(self.says[place])}</p>{picture}"

    def _repr_html_(self) -> str:
        numbers = self.table.map(lambda value: number(float(value)) if isinstance(value, (int, float)) else value)
        return as_card(self, says=[self.question], tables=[numbers.assign(reads=list(self.says))])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        """Offer the slider beside the table, except under the runner, which keeps what every reader can read."""
        bundle: dict[str, Any] = {"text/plain": self.question, "text/html": self._repr_html_()}
        with contextlib.suppress(MissingExtraError):
            if "CTRESEARCH_RUN_FILE" not in os.environ:
                bundle |= self.widget()._repr_mimebundle_()
                bundle["text/plain"] = self.question
        return bundle
