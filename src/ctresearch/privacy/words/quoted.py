"""What persons say of themselves in a text: in quotation marks, or in sentences of the first person."""

from __future__ import annotations

import re

from ctresearch.privacy.vocabulary.vocabulary import any_of

_QUOTED = re.compile(r"[\"\u201c\u201e\u00ab]([^\"\u201c\u201d\u201e\u00ab\u00bb\n]{1,600})[\"\u201d\u201c\u00bb]")
_FIRST = re.compile(rf"(?:^|[^\w]){any_of('around.first_persons')}(?=[ ,'\u2019])")
_SENTENCE = re.compile(r"(?:^|[.!?\n][\"'\u2019\u201d]?\s*)(?:[A-Z]\w*,? )?(?-i:I|Ich|Yo|Je) [^\W\d_A-Z][^.!?\n]{8,}")
_REFERENCE = re.compile(r"\((?:1[89]|20)\d\d[a-z]?\)\.")  # titles speak in the first person too
_WORDS = 4  # a label or a term in quotation marks is shorter


def words_of_persons(text: str) -> int:
    """Count the passages of a text in which somebody speaks of themselves.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    int
        Passages in quotation marks, else sentences, of the first person singular.

    Examples
    --------
    >>> words_of_persons('"I was the only nurse at the hotel." We asked 600 people.')
    1
    >>> words_of_persons('The variable "in debt" is 1 where a type I error was made; we report both.')
    0
    """
    text = "\n".join(line for line in text.splitlines() if not _REFERENCE.search(line))
    quoted = [m[1] for m in _QUOTED.finditer(text) if len(m[1].split()) >= _WORDS and _FIRST.search(m[1])]
    return len(quoted) or len(_SENTENCE.findall(text))
