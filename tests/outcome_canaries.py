"""Canaries: texts and numbers planted in a table, so that a message which shows a cell gives itself away."""

import re
import traceback
import warnings

import numpy as np
import pandas as pd

from ctresearch.core import CtResearchError

WORD = "Marie Canary-Dupont"
NUMBER = 918273.645
SHOWN = re.compile(r"canary|918[.,]?27|9\.1[89]\d*e\+?0?[56]", re.IGNORECASE)


def plantings(column):
    """Yield a word and the column with canaries in it, one kind of mistake at a time."""
    n = len(column)
    first = np.arange(n) == n // 2
    some = np.arange(n) % 3 == 0
    values = column.astype(object)
    for name, value in (("text", WORD), ("number", NUMBER), ("below 0", -NUMBER), ("number as text", str(NUMBER))):
        yield f"{name} in one row", values.mask(first, value)
        yield f"{name} in some rows", values.mask(some, value)
        yield f"{name} in all rows", pd.Series([value] * n, index=column.index, dtype=object)
    yield "two spellings", values.mask(first, WORD).mask(some & ~first, WORD.upper() + " ")
    yield "labels apart", pd.Series([f"{WORD} {i}" for i in range(n)], index=column.index)
    yield "numbers apart", pd.Series(NUMBER + np.arange(n), index=column.index)
    yield "negative numbers", pd.Series(-NUMBER - np.arange(n), index=column.index)
    yield "some numbers", pd.Series(np.where(some, NUMBER, 0.0), index=column.index)
    yield "one number", pd.Series(np.full(n, NUMBER), index=column.index)
    yield "one number below 0", pd.Series(np.full(n, -NUMBER), index=column.index)
    for word, value in (("missing", np.nan), ("infinite", np.inf)):
        numbers = np.where(first, value, NUMBER + np.arange(n))
        yield word, pd.Series(numbers, index=column.index)
        if pd.api.types.is_numeric_dtype(column):
            yield f"{word} among its own", pd.Series(np.where(first, value, column.astype(float)), index=column.index)
    if pd.api.types.is_numeric_dtype(column):
        for word, value in (("one number", NUMBER), ("one below 0", -NUMBER)):
            yield f"{word} among its own", pd.Series(np.where(first, value, column.astype(float)), index=column.index)
            yield f"{word} among many", pd.Series(np.where(some, value, column.astype(float)), index=column.index)
    yield "a date as text", values.mask(first, "31/31/91827")
    yield "mixed types", values.mask(first, WORD).mask(some & ~first, 3)
    yield "category", pd.Series(pd.Categorical([WORD if i else "b" for i in some]), index=column.index)
    yield "words with brackets", values.mask(first, f"[{WORD}]").mask(some & ~first, f"a[{WORD}")


def said(call, *given):
    """Call, and return everything that an error with its causes and the warnings say; fail for an error that is not ours."""
    texts, error = [], None
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            call(*given)
        except CtResearchError as caught:
            error = caught
    if error is not None:
        texts.append("".join(line for line in _chain(error)))
    return [*texts, *(str(one.message) for one in heard)]


def _chain(error):
    """Yield the message of an error and of those before it that a traceback would print."""
    while error is not None:
        yield "".join(traceback.format_exception_only(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def leaks(call, frame, columns=None):
    """Plant in every column, call with each table, and return what leaked or was not an error of ours."""
    found, tried = [], 0
    for name in frame.columns if columns is None else columns:
        for kind, planted in plantings(frame[name]):
            tried += 1
            try:
                texts = said(call, frame.assign(**{name: planted}))
            except Exception as error:  # not one of ours: a raw fault, which shows what it likes
                found.append(f"{name}, {kind}: raw {type(error).__name__}: {error}"[:300])
                continue
            found += [f"{name}, {kind}: {text}"[:300] for text in texts if SHOWN.search(text)]
    assert tried > 0
    return found
