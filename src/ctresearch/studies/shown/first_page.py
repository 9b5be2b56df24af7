"""The first page of a report: the answer in a sentence and a picture, how far to trust it, and whom it counts."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ctresearch.core.answer import GRADE_WORDS, Answer, Standing, answers, check_sentence, in_short, standing
from ctresearch.core.message import Message, as_message, say, together
from ctresearch.core.tongue import ENGLISH
from ctresearch.studies.shown import labels
from ctresearch.studies.shown.contract import NO_CONTRACT, Contract, Other, checks_of, headline_name, other_methods
from ctresearch.studies.shown.picture import others_sentence, range_picture

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.tongue import Tongue

_CLASSES = {"sound": "pass", "with care": "review", "do not quote": "void", "not checked": "review"}
_MOST_ASSUMPTIONS = 3
_SAYS_NOTHING = frozenset({"", "not stated", "none"})


@dataclass(frozen=True, slots=True)
class FirstPage:
    """What the first page says.

    Parameters
    ----------
    told : tuple of Answer
        The answer, a number each.
    trusted : Standing
        How far to trust it.
    entry : mapping
        The estimate of ``results.json`` that it comes from.
    others : tuple of Other
        What other methods say.

    Examples
    --------
    >>> read_first_page({"estimates": {}, "checks": [], "tables": {}}) is None
    True
    """

    told: tuple[Answer, ...]
    trusted: Standing
    entry: Mapping[str, Any]
    others: tuple[Other, ...] = ()

    @property
    def shown(self) -> tuple[Answer, ...]:
        """The numbers that may be shown: none where they are not to be quoted."""
        return () if self.trusted.grade == "do not quote" else self.told


def read_first_page(document: Mapping[str, Any], contract: Contract = NO_CONTRACT) -> FirstPage | None:
    """Gather the first page from published results.

    Parameters
    ----------
    document : mapping
        ``results.json``.
    contract : Contract
        What the study marks.

    Returns
    -------
    FirstPage or None
        ``None`` where no estimate is the answer.

    Examples
    --------
    >>> row = {"term": "population", "estimate": 200.0, "ci_low": 180.0, "ci_high": 220.0, "unit": "persons"}
    >>> entry = {"rows": [row], "level": 0.95, "method": "m"}
    >>> page = read_first_page({"estimates": {"e": entry}, "checks": [], "tables": {}})
    >>> page.told[0].high
    220.0
    """
    name = headline_name(document, contract)
    if not name:
        return None
    entry = contract.entry(name, document)
    terms, scale = entry.get("terms", {}), entry.get("scale", "identity")
    told = answers(entry["rows"], terms, scale=scale, level=entry["level"], term=contract.answer)
    checks = checks_of(name, document)
    trust = entry.get("trust", {})
    trusted = standing(
        checks,
        stands=entry.get("stands", True),
        foremost=contract.foremost,
        said=trust.get("status", ""),
        why=trust.get("reason", ""),
    )
    alone = told[0] if len(told) == 1 and scale == "identity" else None
    others = [] if alone is None else _others(document, contract, name, alone)
    return FirstPage(tuple(told), trusted, entry, tuple(others))


def _others(document: Mapping[str, Any], contract: Contract, name: str, told: Answer) -> list[Other]:
    """Return what other methods say of the answer, on its scale and without the answer itself."""
    entry = document["estimates"][name]
    marked = [term for term, meaning in entry.get("terms", {}).items() if meaning.get("headline")]
    term = contract.answer or next(iter(marked), entry["rows"][0]["term"])
    row = next(one for one in entry["rows"] if one["term"] == term)
    found = [one for one in other_methods(document, contract, name, term) if one.estimate not in _repeated(row)]
    if "percent" not in told.unit or "percent" in str(row["unit"]):
        return [one for one in found if math.isfinite(one.estimate)]
    return [
        Other(one.label, 100 * one.estimate, 100 * one.low, 100 * one.high, one.rejected)
        for one in found
        if math.isfinite(one.estimate)
    ]


def _repeated(row: Mapping[str, Any]) -> tuple[float, ...]:
    """Return the estimate of a row, by which another table that repeats it is known."""
    return () if row["estimate"] is None else (float(row["estimate"]),)


def answer_lines(page: FirstPage | None, tongue: Tongue = ENGLISH) -> list[str]:
    """Write the answer for a terminal.

    Parameters
    ----------
    page : FirstPage, optional
        From :func:`read_first_page`.
    tongue : Tongue
        Language.

    Returns
    -------
    list of str
        The sentences that the page begins with; none where there is no answer.

    Examples
    --------
    >>> answer_lines(None)
    []
    """
    if page is None:
        return []
    return [tongue.write(one) for one in in_short(page.told, page.trusted, tongue)]


def first_page_html(page: FirstPage | None, tongue: Tongue = ENGLISH) -> str:
    """Set the first page.

    Parameters
    ----------
    page : FirstPage, optional
        From :func:`read_first_page`.
    tongue : Tongue
        Language of words and numbers.

    Returns
    -------
    str
        HTML; empty where there is no answer.

    Examples
    --------
    >>> first_page_html(None)
    ''
    """
    if page is None:
        return ""
    parts = [
        _section("answer", labels.ANSWER, _answer(page, tongue), tongue),
        _section("trust", labels.TRUST, _trust(page, tongue), tongue),
        _section("whom", labels.WHOM, _whom(page, tongue), tongue),
        _section("not-said", labels.NOT_SAID, _not_said(page, tongue), tongue),
    ]
    return f'<div class="first">\n{"".join(parts)}</div>\n'


def _section(name: str, heading: Message, content: str, tongue: Tongue) -> str:
    """Set one part under its heading."""
    words = html.escape(tongue.write(heading))
    return f'<section class="{name}" aria-labelledby="h-{name}">\n<h2 id="h-{name}">{words}</h2>\n{content}</section>\n'


def _answer(page: FirstPage, tongue: Tongue) -> str:
    """Set the sentence of the answer and the picture."""
    lines = in_short(page.told, Standing(page.trusted.grade, page.trusted.reason), tongue)[:-1]
    if not page.shown:
        lines = [say("No number of this study is to be quoted.")]
    told = "".join(f'<p class="told">{html.escape(tongue.write(one))}</p>\n' for one in lines)
    picture = range_picture(page.shown, page.others, tongue)
    return told + (f"<figure>{picture}</figure>\n" if picture else "")


def _trust(page: FirstPage, tongue: Tongue) -> str:
    """Set how far to trust it, and the checks that matter most."""
    grade = page.trusted.grade
    word, reason = (html.escape(tongue.write(one)) for one in (GRADE_WORDS[grade], page.trusted.reason))
    checks = "".join(f"<li>{html.escape(tongue.write(check_sentence(one)))}</li>\n" for one in page.trusted.checks)
    listed = f"<ul>\n{checks}</ul>\n" if checks else ""
    return f'<p class="grade {_CLASSES[grade]}"><b>{word}.</b> {reason}</p>\n{listed}'


def _whom(page: FirstPage, tongue: Tongue) -> str:
    """Say whom the answer counts."""
    items = []
    for key, head in labels.SCOPE.items():
        said = str(page.entry.get(key) or "not stated")
        words = labels.MEASURES.get(said) if key == "measure" else as_message(said)
        told = labels.NOT_STATED if words is None or said == "not stated" else words
        items.append(f"<dt>{html.escape(tongue.write(head))}</dt><dd>{html.escape(tongue.write(told))}</dd>\n")
    return f"<dl>\n{''.join(items)}</dl>\n"


def _not_said(page: FirstPage, tongue: Tongue) -> str:
    """Say what the answer leaves open."""
    items = "".join(f"<li>{html.escape(tongue.write(one))}</li>\n" for one in not_said(page, tongue))
    return f"<ul>\n{items}</ul>\n"


def not_said(page: FirstPage, tongue: Tongue = ENGLISH) -> list[Message]:
    """Say in sentences what the answer leaves open.

    Parameters
    ----------
    page : FirstPage
        The page.
    tongue : Tongue
        Language of the numbers.

    Returns
    -------
    list of Message
        What the interval leaves out, what the measure does not count, what is not stated, and what is assumed.

    Examples
    --------
    >>> entry = {"measure": "period", "assumptions": ["Lists are independent."]}
    >>> page = FirstPage((), standing([]), entry)
    >>> [str(one) for one in not_said(page)][-1]
    'Who anybody is: no number here is about a single person.'
    """
    said = [_beyond_interval(page, tongue)] if page.shown else []
    measure = labels.NOT_OF_MEASURE.get(str(page.entry.get("measure")))
    said += [measure] if measure is not None else []
    absent = [head for key, head in labels.SCOPE.items() if str(page.entry.get(key) or "not stated") in _SAYS_NOTHING]
    if absent:
        said.append(say("What nobody stated: {what}.", what=together(absent, ", ")))
    assumed = [as_message(str(one)) for one in page.entry.get("assumptions", ())]
    if assumed:
        said.append(say("Whether what it rests on holds: {assumed}", assumed=together(assumed[:_MOST_ASSUMPTIONS])))
    return [*said, say("Who anybody is: no number here is about a single person.")]


def _beyond_interval(page: FirstPage, tongue: Tongue) -> Message:
    """Say what the interval does not hold."""
    kept = [one for one in page.others if not one.rejected]
    if kept:
        others = others_sentence(kept, tongue)
        return say("Which method is right, which the interval does not hold: {others}", others=others)
    if all(math.isnan(one.low) for one in page.shown):
        return say("How far chance moves it: there is no interval.")
    return say("How wrong the data may be: the interval holds the chance in them, and not how they were made.")
