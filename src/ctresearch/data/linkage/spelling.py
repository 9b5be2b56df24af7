"""Names as they are compared: one spelling, one sound, and what one slip can make of either.

A name that was written down by ear, or taken from another script, has many spellings. Three codes catch them. The
*spelling* is the name in plain Latin letters. The *sound* folds what transliterations of Arabic, Cyrillic, South Asian
and West African names confuse: ``kh`` and ``h``, ``ou`` and ``u``, ``q`` and ``k``, doubled letters, inner vowels. The
*slips* of a word are the word and everything that remains when one letter goes: two words share one if they are a
letter apart, whether it was added, lost, changed or exchanged with its neighbour [1]_. All of it happens before the
keyed digest, because digests of different spellings say nothing about how near they are.

References
----------
.. [1] Bocek, T., Hunt, E. and Stiller, B. (2007). Fast similarity search in large dictionaries. Technical report
   ifi-2007.02, Department of Informatics, University of Zurich.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from ctresearch.core.errors import DataError

_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "ı": "i",
        "ħ": "h",
        "ə": "a",
        "ŋ": "ng",
        "ɓ": "b",
        "ɗ": "d",
        "ƙ": "k",
        "ɛ": "e",
        "ɔ": "o",
    }
)
_IGNORED = {"Mn", "Lm", "Sk", "Pd", "Po", "Pi", "Pf", "Zs", "Cf"}
_SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("t?sch|shch|tch|sh|ch|sz|cz", "S"),
        ("dzh|dj|zh|j|g(?=[eiy])", "J"),
        ("ph", "f"),
        ("kh|gh|q|ck|c(?![eiy])", "k"),
        ("ts|tz|dz|z|c", "s"),
        ("x", "ks"),
        ("th", "t"),
        ("dh", "d"),
        ("w|v|b(?=h)", "v"),
        ("(?<=.)h", ""),
    )
]
_VOWELS = re.compile("[aeiouy]+")
_SHORTEST = 3


@lru_cache(maxsize=1 << 17)
def plain_spelling(name: str) -> str:
    """Write a name in the letters a to z.

    Parameters
    ----------
    name : str
        A name in Latin letters, with any accents, hyphens and spaces.

    Returns
    -------
    str
        Lower-case letters alone; empty if there are none.

    Raises
    ------
    DataError
        If it holds letters of another script, which must be transliterated first. The message does not hold the name.

    Examples
    --------
    >>> plain_spelling("Bùi-Đức"), plain_spelling("O'Neill")
    ('buiduc', 'oneill')
    """
    decomposed = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    letters = "".join(one for one in decomposed if unicodedata.category(one) not in _IGNORED and not one.isdigit())
    letters = letters.strip()
    if letters and not re.fullmatch("[a-z]+", letters):
        odd = next(one for one in letters if not "a" <= one <= "z")
        script = unicodedata.name(odd, "control").split()[0].capitalize()
        raise DataError(f"a name holds {script} characters, must be in Latin letters: transliterate the column first")
    return letters


@lru_cache(maxsize=1 << 17)
def sound(spelling: str) -> str:
    """Fold a spelling to a key that transliterations of one name share.

    Parameters
    ----------
    spelling : str
        What :func:`plain_spelling` gives.

    Returns
    -------
    str
        First sound and the consonants after it; a first vowel is ``a`` whichever it was.

    Examples
    --------
    >>> {sound(name) for name in ("mohammed", "muhamad", "mohamad")}
    {'mmd'}
    >>> sound("oleksandr") == sound("aleksandr"), sound("khadija") == sound("qadidja")
    (True, True)
    """
    folded = spelling
    for pattern, one in _SOUNDS:
        folded = pattern.sub(one, folded)
    folded = re.sub(r"(.)\1+", r"\1", folded)
    first = "a" if folded and _VOWELS.match(folded) else ""
    return first + _VOWELS.sub("", folded)


def slips(word: str) -> tuple[str, ...]:
    """Return what a word becomes when no letter or one letter is lost.

    Parameters
    ----------
    word : str
        A spelling or a sound.

    Returns
    -------
    tuple of str
        In alphabetical order, without repeats; empty for words of fewer than three letters, of which too many are
        a letter apart by chance.

    Examples
    --------
    >>> slips("anna")
    ('ana', 'ann', 'anna', 'nna')
    >>> bool(set(slips("maria")) & set(slips("marya"))), bool(set(slips("amina")) & set(slips("aimna")))
    (True, True)
    """
    if len(word) < _SHORTEST:
        return ()
    return tuple(sorted({word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}))
