"""Canaries: cells that nobody could mistake for a word of the library, planted in tables and looked for in what is said.

A table is spoiled in every way of :func:`spoiled`; :func:`leaks` runs something on it and returns what of the table
travelled: into an error with its causes and notes, a warning, a log, stdout or stderr, or the words of what came back.
"""

import contextlib
import dataclasses
import html
import io
import itertools
import logging
import re
import traceback
import warnings
from collections.abc import Mapping

import numpy as np
import pandas as pd

from ctresearch.core import CtResearchError

NAME, NUMBER, DAY = "Zorquin Vex", 918273.645, "1871-03-17"
SEEN = re.compile(r"zorquin|918[,. ]?273|9\.1827?\d*e\+?0?5|1871", re.IGNORECASE)
SHOWN = 160  # characters around a canary that a failed test shows


def name(place):
    """Return a canary that differs from the others of its column."""
    return f"Zorquin{place} Vex"


def labelled(column):
    """Give each value of a column of text a canary of its own, and leave other columns as they are."""
    if pd.api.types.is_numeric_dtype(column):
        return column
    codes, values = pd.factorize(column)
    named = np.array([*map(name, range(len(values))), None], dtype=object)
    return pd.Series(named[codes], index=column.index, name=column.name)


def _one(column, value):
    """Put a value into one cell, past the middle of a column."""
    made = column.astype(object)
    made.iloc[len(made) * 2 // 3] = value
    return made


def spoiled_columns(column):
    """Spoil a column in every way; yields what was done and the column."""
    whole = column.astype(object)
    yield "all text", pd.Series(list(map(name, range(len(column)))), index=column.index, dtype=object)
    yield "one text", _one(whole, NAME)
    yield "all numbers", pd.Series(NUMBER, index=column.index)
    for word, number in (("one number", NUMBER), ("one negative", -NUMBER)):
        yield word, _one(column, number).infer_objects()
    yield "one date", _one(whole, DAY)
    yield "one infinite", _one(column, np.inf).infer_objects()
    yield "one missing", _one(labelled(column), None).infer_objects()
    yield "all missing", pd.Series(None, index=column.index, dtype=object)
    if not pd.api.types.is_numeric_dtype(column):
        labels = labelled(column)
        yield "labels", labels
        yield "a spelling", _one(labels, name(0).upper() + " ")
        yield "a reserved label", _one(labels, "All ")


def spoiled(frame):
    """Spoil a table in every way; yields what was done and a function that makes the table."""
    for column in frame.columns:
        for word, made in spoiled_columns(frame[column]):
            yield f"{word} in {column!r}", lambda column=column, made=made: frame.assign(**{column: made})
    for one, other in itertools.combinations(frame.columns, 2):
        yield f"{one!r} and {other!r} swapped", lambda one=one, other=other: _swapped(frame.apply(labelled), one, other)
    yield "rows doubled", lambda: pd.concat([frame.apply(labelled)] * 2, ignore_index=True)
    yield "all cells", lambda: full(frame)


def _swapped(frame, one, other):
    """Give two columns the cells of one another."""
    return frame.assign(**{one: frame[other].to_numpy(), other: frame[one].to_numpy()})


def full(frame):
    """Fill a table with canaries, each cell with one of its own."""
    cells = [[name(f"{i}c{j}") for j in range(frame.shape[1])] for i in range(len(frame))]
    return pd.DataFrame(cells, index=frame.index, columns=frame.columns, dtype=object)


def wrong_things():
    """Yield things full of canaries that are no table: what a slip passes in the place of one."""
    table = full(pd.DataFrame(index=range(4), columns=["a", "b"]))
    yield "a table", lambda: table
    yield "a column", lambda: table["a"]
    yield "cells in a list", table["a"].tolist
    yield "tables in a mapping", lambda: {"a": table, "b": table}
    yield "an array", table.to_numpy
    yield "rows", lambda: table.to_dict("records")


def tables_for_options():
    """Yield tables full of canaries that a slip passes in the place of an option."""
    yield from itertools.islice(wrong_things(), 2)
    yield "an array", full(pd.DataFrame(index=range(4), columns=["a"])).to_numpy


def leaks(run, *, results=True):
    """Run something; return what canaries it let travel, as one line each.

    Without ``results`` the words of what came back are not searched: where every cell is one number, so is their mean.
    """
    said, out = [], io.StringIO()
    log = logging.StreamHandler(out)
    root = logging.getLogger()
    with warnings.catch_warnings(record=True) as warned, _logged(root, log):
        warnings.simplefilter("always")
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            try:
                came = run()
            except Exception as error:
                said.append(
                    (
                        "error" if isinstance(error, CtResearchError) else f"a bare {type(error).__name__}",
                        "".join(_told(error)),
                    )
                )
            else:
                said += [("result", text) for text in (words_of(came) if results else ())]
    said += [("warning", str(one.message)) for one in warned]
    said.append(("output or log", out.getvalue()))
    return [f"{where}: ...{_around(found, text)}..." for where, text in said if (found := SEEN.search(text))]


@contextlib.contextmanager
def _logged(root, handler):
    """Write the log of everybody to a handler."""
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


def _told(error):
    """Return all that a traceback prints of an error and those it came from, without lines of source."""
    for part in traceback.TracebackException.from_exception(error).format():
        yield re.sub(r"^  File .*\n(?:    .*\n)*", "", part, flags=re.MULTILINE)


def _around(found, text):
    """Return the canary with the words around it."""
    start = max(found.start() - SHOWN // 2, 0)
    return " ".join(text[start : found.end() + SHOWN // 2].split())


def words_of(came):
    """Return the words of a thing of the library, without its declared labels; tables and plain values have none."""
    if not type(came).__module__.startswith("ctresearch"):
        return []
    texts = [repr(came)]
    texts += [getattr(came, way)() for way in ("_repr_html_", "summary") if callable(getattr(came, way, None))]
    labels = sorted(declared(came), key=len, reverse=True)
    return [_without(str(text), labels) for text in texts]


def _without(text, labels):
    """Take the labels out of a text, as they stand and as HTML writes them."""
    for label in labels:
        text = text.replace(html.escape(label), "").replace(label, "")
    return text


def declared(came):
    """Return the labels that a result declares: terms and groups of its estimates, names of lists and actors in tuples."""
    found = set()
    estimates = getattr(came, "estimates", None)
    if isinstance(estimates, pd.DataFrame):
        table = estimates.reset_index()
        for column in table.columns[~table.dtypes.map(pd.api.types.is_numeric_dtype).to_numpy(dtype=bool)]:
            found |= set(table[column].dropna().astype(str))
    fields = [field.name for field in dataclasses.fields(came)] if dataclasses.is_dataclass(came) else []
    for field in fields:
        value = getattr(came, field, None)
        if field not in ("checks", "notes", "notices", "assumptions"):
            found |= set(_strings(value))
    return {part for label in found for part in (label, label.strip()) if len(part) > 3}


def _strings(value):
    """Yield the labels within tuples, sets and mappings, at any depth."""
    if isinstance(value, (tuple, list, frozenset, set)):
        for one in value:
            yield from _strings(one) if isinstance(one, (tuple, list, frozenset, set, Mapping)) else (str(one),)
    elif isinstance(value, Mapping):
        yield from map(str, value)
        yield from _strings([one for one in value.values() if not isinstance(one, str)])
