"""No message, repr or page of a reader or a covariate estimator shows a cell of a table."""

import traceback

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import CtResearchError
from ctresearch.prevalence import (
    CaptureHistories,
    ConditionalLikelihood,
    DoublyRobust,
    LogLinear,
    PanelHistories,
    PartialHistories,
    PooledStrata,
    stratified,
)

CANARY = "Marie Dupont"


def counts():
    """Return a table with one row a pattern."""
    return pd.DataFrame({"police": [1, 0, 1], "charity": [0, 1, 1], "sex": list("fmf"), "count": [60, 40, 20]})


def records(rows=60):
    """Return a table with one row a person."""
    rng = np.random.default_rng(1)
    on = rng.random((rows, 3)) < 0.6
    frame = pd.DataFrame(on[on.any(axis=1)].astype(int), columns=["police", "charity", "court"])
    return frame.assign(age=rng.integers(18, 60, len(frame)), sex=rng.choice(["f", "m"], len(frame)), q=0.5, fold=0)


def appearances():
    """Return a table with one row an appearance."""
    people = records().reset_index(names="person").melt("person", value_vars=["police", "charity", "court"])
    seen = (
        people[people["value"] == 1].drop(columns="value").rename(columns={"variable": "source"}).reset_index(drop=True)
    )
    seen["person"] = [f"id {one}" for one in seen["person"]]
    return seen.assign(year=2020 + np.arange(len(seen)) % 2, sex="f")


def from_csv(frame, tmp_path):
    """Read counts from a file."""
    path = tmp_path / "lists.csv"
    frame.to_csv(path, index=False)
    return CaptureHistories.from_csv(path, ["police", "charity"])


LISTS = ["police", "charity", "court"]
LONG = {"person": "person", "source": "source"}
ROBUST = {"lists": LISTS[:2], "folds": 2}
READERS = {
    "counts": (counts, lambda f, _: CaptureHistories.from_counts(f, ["police", "charity"])),
    "counts, all columns": (counts, lambda f, _: CaptureHistories.from_counts(f)),
    "csv": (counts, from_csv),
    "partial": (counts, lambda f, _: PartialHistories.from_counts(f, ["police", "charity"])),
    "records": (records, lambda f, _: CaptureHistories.from_records(f, LISTS)),
    "records by sex": (records, lambda f, _: CaptureHistories.from_records(f, LISTS).by("sex")),
    "strata": (records, lambda f, _: stratified(LogLinear(), CaptureHistories.from_records(f, LISTS).by("sex"))),
    "pooled": (records, lambda f, _: PooledStrata("[12,3]").fit(CaptureHistories.from_records(f, LISTS).by("sex"))),
    "long": (appearances, lambda f, _: CaptureHistories.from_long(f, **LONG)),
    "long, fit": (appearances, lambda f, _: LogLinear().fit(CaptureHistories.from_long(f, **LONG))),
    "long, a model": (
        appearances,
        lambda f, _: LogLinear("fixed", model="[12]").fit(CaptureHistories.from_long(f, **LONG)),
    ),
    "long, swapped": (appearances, lambda f, _: CaptureHistories.from_long(f, person="source", source="person")),
    "panel": (appearances, lambda f, _: PanelHistories.from_long(f, year="year", **LONG)),
    "panel, swapped": (
        appearances,
        lambda f, _: PanelHistories.from_long(f, person="year", source="person", year="source"),
    ),
    "robust": (records, lambda f, _: DoublyRobust(covariates=["age", "sex"], by="sex", **ROBUST).fit(f)),
    "robust, folds": (records, lambda f, _: DoublyRobust(covariates=["age"], fold="fold", **ROBUST).fit(f)),
    "robust, chances": (
        records,
        lambda f, _: DoublyRobust(covariates=[], chances=("q", "age", "fold"), **ROBUST).fit(f),
    ),
    "conditional": (records, lambda f, _: ConditionalLikelihood("age + C(sex)", lists=LISTS).fit(f)),
    "conditional, log": (records, lambda f, _: ConditionalLikelihood("np.log(age)", lists=LISTS).fit(f)),
}


def everywhere(frame, column):
    """Return tables with the canary in the first cell, in the last, in all, and beside itself in another spelling."""
    for where in ([0], [len(frame) - 1], range(len(frame))):
        planted = frame.astype({column: object})
        planted.loc[list(where), column] = CANARY
        yield planted
    twice = frame.astype({column: object})
    twice.loc[0, column], twice.loc[len(frame) - 1, column] = CANARY, CANARY.upper() + " "
    yield twice


def shown(read, frame, tmp_path):
    """Return everything that a reader or a fit lets out, and whether it refused."""
    try:
        result = read(frame, tmp_path)
    except CtResearchError as error:
        return "".join(traceback.format_exception(error)), error
    return "", result


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_no_error_or_its_cause_shows_a_cell(name, tmp_path):
    make, read = READERS[name]
    refused = 0
    for column in make().columns:
        for frame in everywhere(make(), column):
            text, came = shown(read, frame, tmp_path)
            refused += bool(text)
            assert "marie" not in text.lower(), f"{column}: {text}"
            assert not text or "marie" not in f"{came!r} {came.args}".lower()
    assert refused


@pytest.mark.parametrize("name", ["counts", "csv", "partial", "records", "long", "panel"])
def test_no_picture_of_a_reader_in_words_shows_a_cell(name, tmp_path):
    make, read = READERS[name]
    for column in set(make().columns) - {"source", "year"}:  # whose values are the names of lists and years
        for frame in everywhere(make(), column):
            text, came = shown(read, frame, tmp_path)
            if not text:
                assert "marie" not in (repr(came) + getattr(came, "_repr_html_", str)()).lower()


def test_swapped_columns_are_refused_with_how_many_values_there_are():
    people = pd.DataFrame(
        {"id": [f"person {i}" for i in range(769)] * 2, "Source": ["police"] * 769 + ["charity"] * 769}
    )
    with pytest.raises(
        CtResearchError, match=r"'id', given as source, has 769 .*'Source', given as person, 2: .*swapped"
    ):
        CaptureHistories.from_long(people, person="Source", source="id")
    few = people.groupby("Source").head(12)
    with pytest.raises(CtResearchError, match=r"has 12 different values .* swapped"):
        CaptureHistories.from_long(few, person="Source", source="id")


def test_a_file_without_a_header_does_not_show_its_first_row(tmp_path):
    path = tmp_path / "lists.csv"
    path.write_text(f"{CANARY},{CANARY},4\n1,0,3\n")
    with pytest.raises(CtResearchError) as caught:
        CaptureHistories.from_csv(path)
    assert "Marie" not in "".join(traceback.format_exception(caught.value))
    path.write_bytes(b"A,B,count\nMarie \xe9,0,3\n")
    with pytest.raises(CtResearchError) as caught:
        CaptureHistories.from_csv(path)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_errors_of_a_table_call_lists_by_their_numbers():
    seen = pd.DataFrame({"who": [1, 2, 3, 3, 2], "where": [CANARY, "b", "c", "b", "c"]})
    table = CaptureHistories.from_long(seen, person="who", source="where")
    for action in (
        lambda: table.drop("no such list"),
        lambda: table.drop("b").drop("c"),
        lambda: table.merge(["b", "c"], "marie dupont "),
        lambda: table.by("sex"),
        lambda: LogLinear("fixed", model="[12]").fit(table),
        lambda: LogLinear("fixed", model=["b", "d"]).fit(table),
        lambda: LogLinear("fixed", model="[12,13,23]").fit(table),
        lambda: PartialHistories.from_histories(table, impossible=[["b", "z"]]),
        lambda: PartialHistories.from_histories(table, impossible=[["b", "c"]]),
    ):
        with pytest.raises(CtResearchError) as caught:
            action()
        assert "Marie" not in "".join(traceback.format_exception(caught.value))
