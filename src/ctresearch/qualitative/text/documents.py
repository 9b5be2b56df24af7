"""Documents of a table as counts of words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.cells import refuse_cells
from ctresearch.core.columns import column_name
from ctresearch.core.errors import DataError
from ctresearch.core.validate import has_columns, is_frame
from ctresearch.qualitative.text.tokens import stop_words, tokenise

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ctresearch.qualitative.text.tokens import Chinese


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts of words: a sparse matrix of shape (documents, words), and the words."""

    counts: Any
    words: tuple[str, ...]

    def documents(self) -> NDArray[np.int64]:
        """Return in how many documents each word stands, shape (words,)."""
        return np.asarray((self.counts > 0).sum(axis=0)).ravel().astype(np.int64)


def read_texts(frame: pd.DataFrame, text: str, *more: str) -> pd.Series[Any]:
    """Read a column of texts, each of them a text."""
    is_frame("documents", frame)
    has_columns("documents", frame, [text, *more])
    wrong = [not isinstance(value, str) or not value.strip() for value in frame[text]]
    refuse_cells(frame[text], wrong, "must be texts: drop documents without words")
    return frame[text]


def named_texts(frame: pd.DataFrame, text: str, document: str | None) -> tuple[Any, pd.Series[Any]]:
    """Read a column of texts with the names of their documents: a column, or the index."""
    column_name("text", text)
    if document is None:
        texts = read_texts(frame, text)
        return frame.index, texts
    texts = read_texts(frame, text, column_name("document", document))
    return frame[document], texts


def count_words(
    texts: pd.Series[Any], *, language: str | None, chinese: Chinese, shortest: int, stop: bool, least: int
) -> Counted:
    """Count words of documents.

    Parameters
    ----------
    texts : pandas.Series
        One text a document.
    language : str or None
        Code of the language of all.
    chinese, shortest
        As for :func:`tokenise`.
    stop : bool
        Whether words that every text holds are left out.
    least : int
        In how many documents a word must stand.

    Returns
    -------
    Counted
        Words in the order of the alphabet.

    Raises
    ------
    DataError
        If no word is left.
    """
    from scipy.sparse import csr_matrix

    drop = stop_words(language) if stop and language is not None else frozenset()
    bags = [Counter(tokenise(text, language, chinese=chinese, shortest=shortest, drop=drop)) for text in texts]
    seen = Counter(word for bag in bags for word in bag)
    words = tuple(sorted(word for word, n in seen.items() if n >= least))
    if not words:
        raise DataError(
            f"no word stands in {least} of {len(bags):,} documents: lower the least number, or give more documents"
        )
    place = {word: i for i, word in enumerate(words)}
    rows = [(d, place[word], n) for d, bag in enumerate(bags) for word, n in bag.items() if word in place]
    at = np.array([row[:2] for row in rows], dtype=np.int64).reshape(-1, 2)
    values = np.array([row[2] for row in rows], dtype=float)
    return Counted(csr_matrix((values, (at[:, 0], at[:, 1])), shape=(len(bags), len(words))), words)
