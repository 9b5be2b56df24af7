"""No message shows a cell: a canary in every cell of every table, and every error, verdict and repr searched."""

import json
import traceback

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import CellError, CtResearchError, DataError
from ctresearch.privacy import (
    Output,
    all_in_one_cell,
    dominance,
    microdata_quality,
    private_counts,
    private_histogram,
    private_mean,
    release,
    risk,
    round_counts,
    scan_notebook,
    suppress,
    synthesize,
)

NAME, NUMBER = "Zqxwyra Kanarie", 48151623
WORDS = pd.DataFrame({"a": ["x", NAME, "x"], "b": ["u", "v", NAME]})
COUNTS = pd.DataFrame({"Woman": [40, NAME], "Man": [30, 20]}, index=["n1", "n2"], dtype=object)
NEGATIVE = pd.DataFrame({"Woman": [40, -NUMBER], "Man": [30, 20]}, index=["n1", "n2"])
BROKEN = pd.DataFrame({"Woman": [40, NUMBER + 0.5], "Man": [30, 20]}, index=["n1", "n2"])
ALIKE = pd.DataFrame({"n": [40, 30, 20]}, index=[NAME, NAME.lower() + " ", "n2"])
SPELLED = pd.DataFrame({"a": [NAME, NAME.upper(), "x"] * 4, "b": list("uvw") * 4})
DOMAIN = {"a": ["x"], "b": ["u", "v"]}

CALLS = {
    "suppress": suppress,
    "round_counts": round_counts,
    "private_counts": lambda c: private_counts(c, epsilon=1),
    "suppress, people": lambda c: suppress(c, people=COUNTS),
}
TABLES = {"words": COUNTS, "negative": NEGATIVE, "broken": BROKEN, "alike": ALIKE, "alike columns": ALIKE.T}
ERRORS = {
    f"{call}, {kind}": lambda call=call, table=table: CALLS[call](table)
    for call in CALLS
    for kind, table in TABLES.items()
} | {
    "risk": lambda: risk(SPELLED, ["a"], sensitive=["b"]),
    "risk, sensitive": lambda: risk(SPELLED, ["b"], sensitive=["a"]),
    "risk, lists": lambda: risk(pd.DataFrame({"a": [[NAME], "x"]}), ["a"]),
    "risk, no column": lambda: risk(WORDS, ["c"]),
    "synthesize": lambda: synthesize(SPELLED, epsilon=1, delta=1e-6),
    "synthesize, domain": lambda: synthesize(WORDS, epsilon=1, delta=1e-6, domain=DOMAIN),
    "synthesize, domain twice": lambda: synthesize(WORDS, epsilon=1, delta=1e-6, domain=DOMAIN | {"a": [NAME, NAME]}),
    "synthesize, domain alike": lambda: synthesize(
        WORDS, epsilon=1, delta=1e-6, domain=DOMAIN | {"a": [NAME, NAME.lower()]}
    ),
    "synthesize, domain no list": lambda: synthesize(WORDS, epsilon=1, delta=1e-6, domain=DOMAIN | {"a": NAME}),
    "synthesize, target": lambda: synthesize(WORDS, epsilon=1, delta=1e-6, target="c"),
    "microdata_quality": lambda: microdata_quality(WORDS, WORDS.assign(a=WORDS["a"].str.upper())),
    "private_histogram": lambda: private_histogram(WORDS["a"], [NAME.upper(), "x"], epsilon=1),
    "private_histogram, twice": lambda: private_histogram(WORDS["a"], list(WORDS["a"]), epsilon=1),
    "private_mean": lambda: private_mean([1.0, NAME], lower=0, upper=2, epsilon=1),
    "dominance": lambda: dominance([[10.0, -NUMBER]]),
    "dominance, words": lambda: dominance([[10.0, NAME]]),
    "all_in_one_cell": lambda: all_in_one_cell(COUNTS),
    "output": lambda: Output("one", "table", "restricted", counts=[1, -NUMBER]),
    "output, words": lambda: Output("one", "table", "restricted", counts=[1, NAME]),
    "release": lambda: release([Output("one", "table", "restricted", counts=[10], contributions=[[NAME]])]),
    "scan_notebook": lambda: scan_notebook(f"{{'{NAME}'".encode()),
    "suppress, a total": lambda: suppress(pd.Series({NAME: NUMBER, "Total": NUMBER})),
    "suppress, earlier": lambda: suppress(pd.Series({"x": 9}), earlier=pd.Series({NAME: 9})),
}

HELD = {
    "names": pd.DataFrame({"name": [NAME, "x"], "n": [40, 30]}),
    "people": pd.DataFrame({"gender": ["F", "M"], "age": [17, 30], "note": [NAME, "x"]}),
    "wide": pd.DataFrame({NAME: [40, 30], "Maria Santos": [20, 3]}, index=["n1", "n2"]),
    "small": pd.DataFrame({"district": [NAME, "x"], "n": [40, 3]}),
    "masked": pd.DataFrame({"district": [NAME, "x", "Total"], "n": [NUMBER, None, NUMBER + 3]}),
    "without a header": f"{NAME};16;NGA;{NAME.lower()}@example.org\nMaria Santos;30;MEX;x@example.org\n".encode(),
    "letter": f"The victim {NAME} wrote from zq@example.org, {NUMBER} times.".encode(),
    "notebook": {
        "nbformat": 4,
        "metadata": {},
        "cells": [{"cell_type": "code", "source": f"victim = 'Maria {NAME}'", "metadata": {}, "outputs": []}],
    },
    "shares": pd.DataFrame({"place": [NAME, "x"], "n": [40, 60], "percent_men": [2.5, 20]}),
    "an object": {NAME: object()},
}


def canaries(text):
    return [
        one
        for one in (NAME, NAME.lower(), NAME.upper(), NAME.split(maxsplit=1)[0], str(NUMBER), "Maria Santos", "Santos")
        if one in text
    ]


def words_of(error):
    """Everything a traceback and its causes print."""
    lines = traceback.format_exception(error)
    return "".join(line for line in lines if not line.lstrip().startswith("File "))


@pytest.mark.parametrize("name", ERRORS)
def test_no_error_shows_a_cell(name):
    with pytest.raises(CtResearchError) as caught:
        ERRORS[name]()
    seen, one = [], caught.value
    while one is not None:
        seen.append(str(one))
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    assert not canaries("\n".join(seen)), seen


@pytest.mark.parametrize("name", HELD)
def test_no_verdict_shows_a_cell(name):
    kind = "notebook" if name == "notebook" else "file" if isinstance(HELD[name], bytes) else "table"
    for level in ("restricted", "record"):
        output = Output("one", kind, level, content=HELD[name], counts=[NUMBER])
        later = Output("two", kind, level, content=HELD[name], counts=[NUMBER + 1])
        gate = release([output, later], earlier=[later])
        told = [
            gate.summary(),
            json.dumps(gate.to_dict()),
            repr(gate),
            repr(gate["one"]),
            repr(output),
            str(gate["one"].check),
        ]
        try:
            gate.require()
        except CtResearchError as error:
            told.append(str(error))
        assert not canaries("\n".join(told)), told


def test_no_report_shows_a_cell():
    records = pd.DataFrame({"a": [NAME, "x", "y", "x"] * 30, "b": list("uvuv") * 30, "c": [NUMBER, 1, 2, 3] * 30})
    shown = [risk(records, ["a", "c"], sensitive=["b"])]
    shown = [*map(repr, shown), shown[0].attacker, str(shown[0].check)]
    made = synthesize(records, epsilon=1, delta=1e-6, n=50)
    shown += [repr(made), made.summary(), repr(microdata_quality(records, records))]
    assert not canaries("\n".join(shown))


@pytest.mark.parametrize("call", [suppress, round_counts, lambda c: private_counts(c, epsilon=1)])
def test_labels_that_are_one_are_refused(call):
    for labels in (["Nord", "nord ", "x"], ["Pólice", "Police", "x"], [1, "1", "x"]):
        with pytest.raises(CellError, match="numbers 1 and 2"):
            call(pd.Series([40, 30, 20], index=labels))
    call(pd.Series([40, 30, 20], index=["Nord", "Sud", "x"]))


def test_quasi_identifiers_that_are_one_are_refused():
    frame = pd.DataFrame({"district": ["Nord"] * 6 + ["nord "] * 6, "sex": ["f", "m"] * 6})
    with pytest.raises(CellError, match="rows 1 and 7"):
        risk(frame, ["district"])
    assert risk(frame.assign(district="Nord"), ["district"]).k == 12


def test_a_total_among_the_counts_is_refused():
    for counts in (pd.Series({"a": 9, "Total": 9}), pd.DataFrame({"x": [9], "total ": [9]})):
        with pytest.raises(DataError, match="without totals"):
            suppress(counts)


def test_an_error_says_where():
    with pytest.raises(CellError, match=r"number 1': 1 of 2 cells is text \(row 2\)") as caught:
        suppress(COUNTS)
    assert caught.value.rows == (2,)
    assert np.isfinite(NUMBER)
