"""Every identifier of a text: first what its figures tell, then people and places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ctresearch.qualitative.transcripts.capitals import Reader
from ctresearch.qualitative.transcripts.caseless import CaselessReader
from ctresearch.qualitative.transcripts.letters import composed, plain, words_of
from ctresearch.qualitative.transcripts.numbers import KINDS, Found, numbers_in
from ctresearch.qualitative.transcripts.vocabulary import language

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ctresearch.qualitative.transcripts.numbers import Kind

TAG = re.compile(rf"\[(?:{'|'.join(KINDS)})-[0-9a-f]{{6,64}}(?:\.\d+)?\]")
_FEW_CAPITALS = 0.004  # of the words inside sentences: below, a machine wrote the text in small letters
_ENOUGH_WORDS = 40


def find_identifiers(
    text: str, code: str, *, seen: Mapping[str, Kind], known: Mapping[str, Kind], keep: frozenset[str]
) -> list[Found]:
    """Find names, places, dates, telephones, papers and addresses on the net.

    Parameters
    ----------
    text : str
        A text, in any form of Unicode; pseudonyms that it holds already stay.
    code : str
        Its language.
    seen : mapping of str to str
        Words that other sentences showed to be names, with their kind.
    known : mapping of str to str
        Names that a person gave, with their kind: found wherever they stand, in any case and accents.
    keep : frozenset of str
        What stays, in plain letters.

    Returns
    -------
    list of Found
        In the order of the text; no two share a letter.
    """
    whole, own = composed(text), language(code)
    tags = [match.span() for match in TAG.finditer(whole.text)]
    taken = list(tags)
    found = [*_given(whole.text, known, taken), *numbers_in(whole.text, own, taken)]
    if code == "ar" or _in_small_letters(whole.text, code):
        found += CaselessReader(whole.text, own, taken).found()
    else:
        found += Reader(whole.text, own, taken, dict(seen)).found()
    kept = [one for one in found if plain(whole.text[one.start : one.end]) not in keep]
    back = [Found(whole.place(f.start), whole.place(f.end), f.kind, f.why, f.sure) for f in kept]
    return sorted(back, key=lambda one: one.start)


def words_seen(text: str, code: str) -> dict[str, Kind]:
    """Return single words that the sentences of a text show to be names, with their kind.

    Parameters
    ----------
    text : str
        A text.
    code : str
        Its language.

    Returns
    -------
    dict
        Keys of words that stand with a capital inside a sentence, and nowhere in small letters.
    """
    own = language(code)
    whole = composed(text).text
    words = words_of(whole, code)
    small = {word.key for word in words if not word.capital}
    found = find_identifiers(whole, code, seen={}, known={}, keep=frozenset())
    shown: dict[str, Kind] = {}
    for one in found:
        if one.sure and one.kind in ("NAME", "PLACE"):
            for word in words_of(whole[one.start : one.end], code):
                if word.key not in small and word.key not in own.begins and len(word.key) > 2:
                    shown.setdefault(word.key, one.kind)
    return shown


def _given(text: str, known: Mapping[str, Kind], taken: list[tuple[int, int]]) -> Iterator[Found]:
    """Find the names that a person gave."""
    small = plain(text)
    for name in sorted(known, key=len, reverse=True):
        for match in re.finditer(rf"(?<!\w){re.escape(plain(name))}(?!\w)", small):
            start, end = match.span()
            if all(end <= begin or start >= stop for begin, stop in taken):
                taken.append((start, end))
                yield Found(start, end, known[name], "given by a person")


def _in_small_letters(text: str, code: str) -> bool:
    """Say whether a text of many words has next to no capitals inside its sentences."""
    words = words_of(text, code)
    if len(words) < _ENOUGH_WORDS:
        return len(words) > 3 and not any(word.capital for word in words)
    return sum(word.capital for word in words) / len(words) < _FEW_CAPITALS
