"""Words of a text in the languages of the United Nations and others, by rules that need no download."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Literal

from ctresearch.core.errors import DataError
from ctresearch.core.validate import is_a, one_of, whole_number
from ctresearch.qualitative.transcripts.letters import given_words
from ctresearch.qualitative.transcripts.vocabulary import LANGUAGES, function_words
from ctresearch.qualitative.transcripts.vocabulary import language as language_of

if TYPE_CHECKING:
    from collections.abc import Collection

Chinese = Literal["bigrams", "characters"]
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_PARTS = re.compile(
    rf"[{_HAN}]+|[^\W\d_{_HAN}](?:[^\W\d_{_HAN}]|[\u0300-\u036f\u0640\u064b-\u065f\u0670'\u2019-](?=[^\W\d_]))*[\u064b-\u065f\u0670]*"
)
_UNHEARD = re.compile(r"[\u0640\u064b-\u065f\u0670]")
_ELISION = re.compile(r"^(?:l|d|j|m|t|s|n|c|qu|jusqu|lorsqu|puisqu)['\u2019]")
_CHINESE_STOPS = frozenset(
    "的了是我你他她它们在有不也就和都要会这那个人一上下到说去来很没吗呢吧被把给对从而但与及或其之以所因为于"
)
_ARABIC_ALIKE = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي"})


def tokenise(
    text: str,
    language: str | None = None,
    *,
    chinese: Chinese = "bigrams",
    shortest: int = 1,
    drop: Collection[str] = (),
) -> list[str]:
    """Cut a text into words.

    Words are runs of letters, in small letters; hyphens and apostrophes inside a word belong to it. French elisions are
    taken off. Arabic loses its short vowels and stretching signs, and forms of alif are one; what leans on a word
    (*and*, *in*, the article) stays with it. Chinese is not written in words: overlapping pairs of signs stand for
    them, as is usual in retrieval [1]_, or single signs.

    Parameters
    ----------
    text : str
        Any text.
    language : str, optional
        Code of the language, for elisions; ``None`` for none.
    chinese : {"bigrams", "characters"}
        What stands for a word where there are none.
    shortest : int
        Fewest letters of a word; pairs and signs of Chinese are kept.
    drop : collection of str
        Words to leave out, as :func:`stop_words` gives them.

    Returns
    -------
    list of str
        In their order.

    Raises
    ------
    DataError
        If it is no text.

    References
    ----------
    .. [1] Nie, J.-Y., Gao, J., Zhang, J. and Zhou, M. (2000). On the use of words and n-grams for Chinese information
       retrieval. Proceedings of the 5th International Workshop on Information Retrieval with Asian Languages, 141-148.
       https://doi.org/10.1145/355214.355235

    Examples
    --------
    >>> tokenise("L'employeur a gardé son passeport.", "fr")
    ['employeur', 'a', 'gardé', 'son', 'passeport']
    >>> tokenise("护照被扣")
    ['护照', '照被', '被扣']
    """
    if not isinstance(text, str):
        raise DataError(f"text is a {type(text).__name__}, must be a text")
    if language is not None:
        is_a("language", language, str)
    one_of("chinese", chinese, ("bigrams", "characters"))
    shortest = whole_number("shortest", shortest, low=1)
    unwanted = given_words("drop", drop)
    found: list[str] = []
    for part in _PARTS.findall(unicodedata.normalize("NFC", text)):
        if re.match(f"[{_HAN}]", part):
            signs = (
                list(part)
                if chinese == "characters" or len(part) == 1
                else [part[i : i + 2] for i in range(len(part) - 1)]
            )
            found += [sign for sign in signs if sign not in unwanted]
            continue
        word = _UNHEARD.sub("", part.lower()).translate(_ARABIC_ALIKE)
        word = _ELISION.sub("", word) if language == "fr" else word
        if len(word) >= shortest and word not in unwanted:
            found.append(word)
    return found


def stop_words(language: str) -> frozenset[str]:
    """Return words that every text of a language holds.

    Parameters
    ----------
    language : str
        ``"ar"``, ``"en"``, ``"es"``, ``"fr"``, ``"pt"``, ``"ro"``, ``"ru"``, ``"vi"`` or ``"zh"``.

    Returns
    -------
    frozenset of str
        As :func:`tokenise` writes them, with and without accents; of Chinese, single signs and pairs of them.

    Raises
    ------
    SpecificationError
        If the language is none of these.

    Examples
    --------
    >>> "the" in stop_words("en"), "trafficked" in stop_words("en")
    (True, False)
    """
    return _stop_words(one_of("language", language, (*LANGUAGES, "zh")))


@cache
def _stop_words(language: str) -> frozenset[str]:
    """Gather them, once a language."""
    if language == "zh":
        return _CHINESE_STOPS | {a + b for a in _CHINESE_STOPS for b in _CHINESE_STOPS}
    return language_of(language).begins | function_words(language)
