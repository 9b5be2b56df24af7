"""105 wrong cells of 20 kinds in a table of 20,000 x 27: all are found, none is invented."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.data import load, schema, validate_file
from ctresearch.data.sources.check import check_table

ROWS = 20_000
# kind: (column, wrong cell, rule); five cells of each kind and ten of the last one.
KINDS = [
    ("yearOfRegistration", "1850", "range"),
    ("yearOfRegistration", "2999", "range"),
    ("yearOfRegistration", "2015.5", "whole_number"),
    ("yearOfRegistration", "last year", "whole_number"),
    ("gender", "woman", "letter_case"),
    ("gender", " Woman", "whitespace"),
    ("gender", "Female", "code_list"),
    ("ageBroad", "17", "code_list"),
    ("ageBroad", "10--17", "code_list"),
    ("citizenship", "NG", "country"),
    ("citizenship", "nga", "letter_case"),
    ("citizenship", "Nigeria", "country"),
    ("CountryOfExploitation", "QQQ", "country"),
    ("CountryOfExploitation", "N/A", "missing_code"),
    ("traffickMonths", "6", "code_list"),
    ("traffickMonths", "-99", "missing_code"),
    ("isForcedLabour", "2", "flag"),
    ("isSexualExploit", "yes", "flag"),
    ("meansThreats", "-1", "flag"),
    ("typeOfSexPornography", "0.5", "flag"),
]


def clean_table(rows=ROWS, seed=3):
    """Draw a table that breaks no rule, with blanks in every column."""
    rng = np.random.default_rng(seed)
    one = schema("ctdc-synthetic")
    values = {
        "year": [str(y) for y in range(2002, 2023)],
        "flag": ["1"],
        "country": ["NGA", "UKR", "PHL", "USA", "XKX"],
    }
    table = {}
    for column in one.columns:
        choices = ["", *(column.codes.codes if column.kind == "code" else values[column.kind])]
        table[column.name] = rng.choice(choices, rows)
    return pd.DataFrame(table, dtype="str")


def spoil(table, seed=4):
    """Put 105 wrong cells into distinct rows and return what must be found."""
    rng = np.random.default_rng(seed)
    planted = [kind for kind in KINDS for _ in range(5)] + [KINDS[-1]] * 5
    rows = rng.choice(len(table), len(planted), replace=False)
    out = table.copy()
    for row, (column, cell, _) in zip(rows, planted, strict=True):
        out.loc[row, column] = cell
    return out, {(int(row), column, cell, rule) for row, (column, cell, rule) in zip(rows, planted, strict=True)}


def found_in(violations):
    return {tuple(row) for row in violations[["row", "column", "value", "rule"]].itertuples(index=False)}


@pytest.fixture(scope="module")
def spoilt():
    return spoil(clean_table())


def test_all_are_found_and_none_is_invented(spoilt):
    table, planted = spoilt
    assert len(planted) == 105
    assert len({(column, cell) for _, column, cell, _ in planted}) == 20
    assert found_in(check_table(table, schema("ctdc-synthetic")).violations) == planted
    assert check_table(clean_table(), schema("ctdc-synthetic")).violations.empty


def test_a_wrong_cell_is_missing_or_repaired_and_its_neighbours_are_untouched(spoilt):
    table, planted = spoilt
    frame = check_table(table, schema("ctdc-synthetic")).frame
    clean = check_table(clean_table(), schema("ctdc-synthetic")).frame
    wrong = {(row, column) for row, column, _, _ in planted}
    repaired = {("woman", "Woman"), (" Woman", "Woman"), ("nga", "NGA")}
    for row, column, cell, _ in planted:
        value = frame.loc[row, column]
        assert pd.isna(value) or (cell, value) in repaired
    for column in frame:
        rest = np.setdiff1d(np.arange(len(frame)), [row for row, name in wrong if name == column])
        pd.testing.assert_series_equal(frame[column].iloc[rest], clean[column].iloc[rest])


@pytest.mark.parametrize("chunk_rows", [6_000, 20_000])
def test_the_report_is_the_same_whatever_the_chunks(spoilt, tmp_path, chunk_rows):
    table, planted = spoilt
    table.to_csv(tmp_path / "cases.csv", index=False)
    report = validate_file(tmp_path / "cases.csv", "ctdc-synthetic", chunk_rows=chunk_rows)
    assert found_in(report.violations) == planted
    assert report.n_violations == int(report.counts["n"].sum()) == 105
    cut = validate_file(tmp_path / "cases.csv", "ctdc-synthetic", chunk_rows=chunk_rows, max_listed=7)
    assert (len(cut.violations), cut.n_violations) == (7, 105)
    assert "the first 7 are listed" in cut.summary()


def test_missing_and_unknown_columns_are_told_once(tmp_path):
    table = clean_table(50).drop(columns="meansThreats").assign(remark="x")
    table.to_csv(tmp_path / "cases.csv", index=False)
    loaded = load(tmp_path / "cases.csv", "ctdc-synthetic", chunk_rows=10)
    rows = loaded.report.violations[["column", "rule"]].to_numpy().tolist()
    assert sorted(rows) == [["meansThreats", "missing_column"], ["remark", "unknown_column"]]
    assert loaded.report.violations["row"].isna().all()
    assert loaded.frame["remark"].tolist() == ["x"] * 50
