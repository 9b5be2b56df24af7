"""Whether quotations may be put forward: what they give away, and where the same words have left before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from ctresearch.core.cells import refuse_cells
from ctresearch.core.check import Check
from ctresearch.core.columns import column_name, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.groups import read_units
from ctresearch.core.message import say
from ctresearch.core.render import as_card
from ctresearch.core.validate import has_columns, is_frame, one_of, whole_number
from ctresearch.qualitative.transcripts.find import TAG, find_identifiers
from ctresearch.qualitative.transcripts.letters import words_of
from ctresearch.qualitative.transcripts.vocabulary import LANGUAGES, guess_language

if TYPE_CHECKING:
    from collections.abc import Sequence

# So many words in a row are hardly ever said twice by chance: in a corpus of a million words a run of six that is not a
# set phrase is nearly always the same passage.
_RUN = 6


@dataclass(frozen=True, kw_only=True, repr=False)
class QuoteReport:
    """What stands against each quotation.

    Parameters
    ----------
    quotes : pandas.DataFrame
        One row a quotation, with the index of what was asked: ``identifiers`` and ``doubtful`` places that it still
        holds, ``released_before`` (texts that left before and share a run of words with it), ``longest_run`` of such
        words, ``as_another`` (whether they left under another label), ``said_by`` (people with the same theme) and
        ``verdict``: pass, review or fail. No words.
    checks : tuple of Check
        The same in sentences.

    Examples
    --------
    >>> asked = pd.DataFrame({"quote": ["I never saw the street"], "person": ["P3"]})
    >>> check_quotes(asked, quote="quote", person="person", language="en").quotes["verdict"].tolist()
    ['pass']
    """

    quotes: pd.DataFrame
    checks: tuple[Check, ...]

    def __repr__(self) -> str:
        return "\n".join(map(str, self.checks))

    def _repr_html_(self) -> str:
        return as_card(self, says=[], checks=self.checks)


def check_quotes(
    frame: pd.DataFrame,
    *,
    quote: str,
    person: str,
    language: str = "auto",
    released: pd.DataFrame | Sequence[str] | None = None,
    theme: str | None = None,
    least: int = 5,
    run: int = _RUN,
) -> QuoteReport:
    """Hold quotations against everything that was released before.

    Words that stand in an earlier release under another label join the two: whoever knows one speaker knows the other.
    So a quotation fails where a run of its words has left under another label, or under none; where it still holds a
    name, a place, a date or a number; and is for review where its theme is spoken of by few.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a quotation.
    quote, person : str
        Columns of the words and of the label under which they would leave.
    language : str
        As for :func:`pseudonymise`.
    released : pandas.DataFrame or sequence of str, optional
        What left before: texts, or a table with the same two columns.
    theme : str, optional
        Column of the theme that a quotation stands for.
    least : int
        Fewest people with a theme.
    run : int
        How many words in a row count as the same passage.

    Returns
    -------
    QuoteReport
        A verdict for each quotation. One that passes is still looked at by the release gate, and by a person who knows
        the speaker: ``run.save(..., roles={"quote": col.quote("Quotation")})``, or ``col.quote(of="child")``.

    Raises
    ------
    DataError
        If a column is missing or a quotation has no words.

    Examples
    --------
    >>> asked = pd.DataFrame({"quote": ["they counted my debt again every single night"], "person": ["P3"]})
    >>> before = ["One woman said: they counted my debt again every single night."]
    >>> report = check_quotes(asked, quote="quote", person="person", language="en", released=before)
    >>> report.quotes["verdict"].tolist()
    ['fail']
    """
    columns = [column_name("quote", quote), column_name("person", person)]
    columns += [] if theme is None else [column_name("theme", theme)]
    one_of("language", language, ("auto", *LANGUAGES))
    run, least = whole_number("run", run, low=3), whole_number("least", least, low=1)
    is_frame("quotations", frame)
    has_columns("quotations", frame, columns)
    refuse_missing(frame, columns[1:])
    persons = pd.Series(read_units(frame, person).codes, index=frame.index)
    wrong = [not isinstance(words, str) or not words.strip() for words in frame[quote]]
    refuse_cells(frame[quote], wrong, "must be words")
    before = _released(released, quote, person)
    runs = [(label, _runs(text, run)) for label, text in before]
    voices = pd.Series(pd.NA, index=frame.index)
    if theme is not None:
        voices = persons.groupby(read_units(frame, theme).codes).transform("nunique")
    rows = [
        _row(words, str(label), language, _shared(words, runs, run))
        for words, label in zip(frame[quote], frame[person], strict=True)
    ]
    table = _judged(pd.DataFrame(rows, index=frame.index).assign(said_by=voices), least)
    return QuoteReport(quotes=table, checks=_checks(table))


def _released(released: Any, quote: str, person: str) -> list[tuple[str | None, str]]:
    """Return what left before, with its labels."""
    if released is None:
        return []
    if isinstance(released, pd.DataFrame):
        has_columns("released", is_frame("released", released), [quote, person])
        return [(str(label), str(words)) for label, words in zip(released[person], released[quote], strict=True)]
    texts = [released] if isinstance(released, str) or not isinstance(released, Iterable) else list(released)
    if not all(isinstance(text, str) for text in texts):
        raise DataError(f"released holds {len(texts):,} entries that are not all texts, must be texts")
    return [(None, text) for text in texts]


def _runs(text: str, run: int) -> set[tuple[str, ...]]:
    """Return every run of so many words."""
    keys = [word.key for word in words_of(TAG.sub(" x ", text), "en")]
    return {tuple(keys[i : i + run]) for i in range(len(keys) - run + 1)}


def _shared(
    words: str, before: Iterable[tuple[str | None, set[tuple[str, ...]]]], run: int
) -> list[tuple[str | None, int]]:
    """Return the labels of texts that share a run with a quotation, and how long the runs are together."""
    own = _runs(words, run)
    same = [(other, len(own & theirs)) for other, theirs in before]
    return [(other, n + run - 1) for other, n in same if n]


def _row(words: str, label: str, language: str, shared: list[tuple[str | None, int]]) -> dict[str, Any]:
    """Measure one quotation."""
    code = guess_language(words) if language == "auto" else language
    found = find_identifiers(words, code, seen={}, known={}, keep=frozenset())
    return {
        "identifiers": sum(one.sure for one in found),
        "doubtful": sum(not one.sure for one in found),
        "released_before": len(shared),
        "longest_run": max((n for _, n in shared), default=0),
        "as_another": any(other != label for other, _ in shared),
    }


def _judged(table: pd.DataFrame, least: int) -> pd.DataFrame:
    """Give each quotation its verdict."""
    fail = (table["identifiers"] > 0) | table["as_another"]
    few = pd.to_numeric(table["said_by"], errors="coerce") < least
    review = (table["doubtful"] > 0) | (table["released_before"] > 0) | few.fillna(False)
    verdict = pd.Series("pass", index=table.index).mask(review, "review").mask(fail, "fail")
    return table.assign(verdict=verdict)


def _checks(table: pd.DataFrame) -> tuple[Check, ...]:
    """Say what was found, without a word of it."""
    named, joined = int((table["identifiers"] > 0).sum()), int(table["as_another"].sum())
    again = int(((table["released_before"] > 0) & ~table["as_another"]).sum())
    few = int((table["verdict"] == "review").sum())
    return (
        Check(
            "identifiers",
            "fail" if named else "pass",
            say("{n} of {quotes} quotations hold a name, a place, a date or a number.", n=named, quotes=len(table)),
            {"quotes": float(named)},
        ),
        Check(
            "released before",
            "fail" if joined else "review" if again else "pass",
            say(
                "{joined} quotations have left before under another label, {again} under the same.",
                joined=joined,
                again=again,
            ),
            {"joined": float(joined), "again": float(again)},
        ),
        Check(
            "few voices",
            "review" if few else "pass",
            say("{n} quotations are for a person to judge.", n=few),
            {"quotes": float(few)},
        ),
    )
