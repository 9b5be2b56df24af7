"""A word in its places: what stands before and behind it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from ctresearch.core.cells import shown
from ctresearch.core.errors import SpecificationError
from ctresearch.core.meaning import key, quote
from ctresearch.core.validate import whole_number
from ctresearch.qualitative.text.documents import named_texts
from ctresearch.qualitative.transcripts.letters import composed, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

CONCORDANCE_ROLES = {
    "document": key("Document"),
    "position": key("Position"),
    "before": quote("Before"),
    "keyword": quote("Word"),
    "behind": quote("Behind"),
}
"""What the columns of a concordance mean, for ``run.save(..., roles=)``: they are the words of persons."""


def keyword_in_context(
    frame: pd.DataFrame, keyword: str, *, text: str, document: str | None = None, width: int = 40
) -> pd.DataFrame:
    """Show a word in all its places.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a document.
    keyword : str
        Words to look for, whole and without regard to case and accents; ``*`` stands for any letters. In Chinese, any
        signs.
    text : str
        Column of the texts.
    document : str, optional
        Column that names the documents; the index by default.
    width : int
        Letters shown on each side.

    Returns
    -------
    pandas.DataFrame
        One row a place: ``document``, ``position``, ``before``, ``keyword``, ``behind``. These are words of persons: to
        be saved with ``roles=CONCORDANCE_ROLES``, and looked at by somebody before they leave.

    Raises
    ------
    DataError
        If a column is missing or a document has no text.
    SpecificationError
        If the keyword is empty.

    Examples
    --------
    >>> said = pd.DataFrame({"text": ["They said the debt was mine.", "No debts."]})
    >>> keyword_in_context(said, "debt*", text="text", width=9)["behind"].tolist()
    [' was mine', '.']
    """
    width = whole_number("width", width, low=1)
    if not isinstance(keyword, str) or not keyword.strip(" *"):
        raise SpecificationError(
            f"keyword == {shown(keyword)}, must be a word, or the beginning of one such as 'debt*'"
        )
    names, texts = named_texts(frame, text, document)
    rows = [(name, *place) for name, said in zip(names, texts, strict=True) for place in _places(said, keyword, width)]
    return pd.DataFrame(rows, columns=list(CONCORDANCE_ROLES))


def _places(said: str, keyword: str, width: int) -> Iterator[tuple[int, str, str, str]]:
    """Yield every place of a word in one text."""
    whole = composed(said).text
    words = r"\s+".join(re.escape(plain(word)).replace(r"\*", r"\w*") for word in keyword.split())
    han = re.search(r"[\u3400-\u9fff]", keyword) is not None
    pattern = re.compile(words if han else rf"(?<!\w){words}(?!\w)")
    for match in pattern.finditer(plain(whole)):
        start, end = match.span()
        yield start, whole[max(start - width, 0) : start], whole[start:end], whole[end : end + width]
