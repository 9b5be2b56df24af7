"""HTCDS 2.0: what is written is read back, whatever the format."""

import datetime

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ctresearch.core import CellError, DataError
from ctresearch.data import entities, load, schema, write_htcds

TRAPS = [
    "NA",
    "None",
    "nan",
    "007",
    "+44 20 7946 0000",
    "=1+1",
    'says "no"; left',
    "two\nlines",
    " spaced ",
    "Ñandú ß 中",
    "1.0",
    ";",
    "-99",
]


def record(kind, column, i):
    """Make one right value of a column."""
    if kind in ("code", "codes"):
        codes = column.codes.codes
        return codes[i % len(codes)] if kind == "code" or i % 2 or len(codes) < 2 else f"{codes[0]};{codes[1]}"
    makers = {
        "text": lambda: "eng" if column.pattern else TRAPS[i % len(TRAPS)],
        "date": lambda: datetime.date(1990 + i, 1 + i % 12, 28),
        "boolean": lambda: i % 2 == 0,
        "number": lambda: float(i) + 0.25,
        "countries": lambda: "NG;GH" if i % 2 else "NA",
    }
    return makers[kind]()


def whole_standard(rows=26):
    """Make records that fill every column of every entity, with a missing value in each."""
    one = schema("htcds")
    return pd.DataFrame(
        {
            c.name: [None if i == k % rows else record(c.kind, c, i) for i in range(rows)]
            for k, c in enumerate(one.columns)
        }
    )


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_a_round_trip_loses_nothing(tmp_path, ending):
    records = whole_standard()
    loaded = load(write_htcds(records, tmp_path / f"a.{ending}"), "htcds")
    assert loaded.report.ok
    assert loaded.frame.shape == (26, 83)
    for name in records:
        kept, given_ = loaded.frame[name], records[name]
        assert kept.isna().tolist() == given_.isna().tolist()
        values = kept.dropna().dt.date if schema("htcds").column(name).kind == "date" else kept.dropna()
        assert values.tolist() == given_.dropna().tolist(), name
    again = load(write_htcds(loaded.frame, tmp_path / f"b.{ending}"), "htcds")
    pd.testing.assert_frame_equal(again.frame, loaded.frame)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_any_text_comes_back_as_it_was(tmp_path, text):
    path = tmp_path / "t.csv"
    path.unlink(missing_ok=True)
    frame = pd.DataFrame({"prs_FirstName": [text, None], "cas_Status": ["Active", "Closed"]})
    assert load(write_htcds(frame, path), "htcds").frame["prs_FirstName"].tolist()[0] == text


def test_all_nine_entities_are_there(tmp_path):
    parts = entities(load(write_htcds(whole_standard(), tmp_path / "a.csv"), "htcds").frame)
    assert {prefix: part.shape[1] for prefix, part in parts.items()} == {
        "org": 10,
        "prs": 25,
        "vic": 16,
        "per": 2,
        "cas": 13,
        "cco": 1,
        "hte": 10,
        "spl": 5,
        "con": 1,
    }
    assert sum(part.shape[1] for part in parts.values()) == 83


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("prs_Gender", "Woman", "'prs_Gender': 1 of 2 cells is text .row 2., must be one of Feminine, Masculine"),
        ("vic_TypeOfExploitation", "ForcedLabour,Other", "must be one or more of ForcedLabour"),
        ("prs_Birthdate", "1/2/1990", "must be a date as YYYY-MM-DD"),
        ("prs_Citizenship", "Nigeria", "must be country codes"),
        ("prs_FirstName", "", "must be text that is not empty"),
    ],
)
def test_what_would_be_lost_is_refused(tmp_path, column, value, words):
    with pytest.raises(CellError, match=words) as caught:
        write_htcds(pd.DataFrame({"cas_Status": ["Active", "Active"], column: [None, value]}), tmp_path / "a.csv")
    assert not value or repr(value) not in str(caught.value)
    assert not (tmp_path / "a.csv").exists()


def test_files_are_never_overwritten(tmp_path):
    frame = pd.DataFrame({"cas_Status": ["Active"]})
    write_htcds(frame, tmp_path / "a.csv")
    with pytest.raises(DataError, match=r"a\.csv is there already"):
        write_htcds(frame, tmp_path / "a.csv")
    with pytest.raises(DataError, match=r"must end in \.csv"):
        write_htcds(frame, tmp_path / "a.ods")
