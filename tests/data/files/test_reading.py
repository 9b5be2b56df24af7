"""Files of every format as chunks of text: header, rows of the file, notices, and what is refused."""

import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import CellError, DataError
from ctresearch.data import schema
from ctresearch.data.files.encoding import detect_delimiter, detect_encoding, first_lines, parse, rows_of_data
from ctresearch.data.files.first_row import is_record, reads_like_values
from ctresearch.data.files.header import check_header, header_score, match_names, plain
from ctresearch.data.files.opened_file import as_text, find_header
from ctresearch.data.files.reading import open_file

TABLE = pd.DataFrame({"year": [2020, 2021, 2022], "place": ["A", "", "C"], "share": [0.5, np.nan, 2.0]})


def write(path, frame=TABLE):
    writers = {".csv": "to_csv", ".xlsx": "to_excel", ".parquet": "to_parquet", ".dta": "to_stata"}
    options = {"write_index": False} if path.suffix == ".dta" else {"index": False} if path.suffix != ".parquet" else {}
    getattr(frame, writers[path.suffix])(path, **options)
    return path


@pytest.mark.parametrize(
    ("kind", "reading", "first"),
    [
        (".csv", "text, utf-8, comma", 2),
        (".xlsx", "Excel, sheet 'Sheet1'", 2),
        (".parquet", "Parquet", 1),
        (".dta", "Stata", 1),
    ],
)
def test_every_format_gives_the_same_text_in_chunks(tmp_path, kind, reading, first):
    opened = open_file(write(tmp_path / f"t{kind}"), len)
    assert opened.header == ("year", "place", "share")
    assert (opened.reading, opened.path.name) == (reading, f"t{kind}")
    assert (opened.record, opened.continental, opened.notices) == (False, False, ())
    parts = list(opened.chunks([2, 0], 2))
    assert [part.shape for part in parts] == [(2, 2), (1, 2)]
    whole = pd.concat(parts)
    assert list(whole.columns) == [2, 0]
    share = ["0.5", "", "2.0" if kind == ".csv" else "2"]
    assert whole.to_numpy().tolist() == [[share[i], str(2020 + i)] for i in range(3)]
    assert whole.index.tolist() == [first, first + 1, first + 2]


@pytest.mark.parametrize(("sign", "name"), [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")])
def test_delimiters_are_named_and_semicolons_are_continental(tmp_path, sign, name):
    (tmp_path / "t.txt").write_text(sign.join("ab") + "\n" + sign.join("12") + "\n")
    opened = open_file(tmp_path / "t.txt", len)
    assert opened.reading == f"text, utf-8, {name}"
    assert opened.continental == (sign == ";")
    assert [part.to_numpy().tolist() for part in opened.chunks([0, 1], 9)] == [[["1", "2"]]]


def test_words_for_missing_stay_words(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\nNA,007\nnull,\n")
    (part,) = open_file(tmp_path / "t.csv", len).chunks([0, 1], 9)
    assert part.to_numpy().tolist() == [["NA", "007"], ["null", ""]]


def test_values_and_labels_of_stata(tmp_path):
    frame = pd.DataFrame({"sex": pd.Categorical(["f", "m"]), "flag": pd.Categorical(["no", "yes"])})
    write(tmp_path / "t.dta", frame)
    (part,) = open_file(tmp_path / "t.dta", len, coded=lambda name: name == "flag").chunks([0, 1], 9)
    assert part.to_numpy().tolist() == [["f", "0"], ["m", "1"]]
    (labels,) = open_file(tmp_path / "t.dta", len).chunks([1], 9)
    assert labels[1].tolist() == ["no", "yes"]


def test_alike_columns_are_refused_unless_they_are_joined(tmp_path):
    (tmp_path / "t.csv").write_text("Police,police ,b\n1,2,3\n")
    with pytest.raises(CellError, match=r"2 of 3 columns of t\.csv \(numbers 1 and 2\)"):
        open_file(tmp_path / "t.csv", len)
    assert open_file(tmp_path / "t.csv", len, alike=True).header == ("Police", "police", "b")


@pytest.mark.parametrize(
    ("text", "said", "rows"),
    [
        ("a,b\n1,2\n1,2,3\n", r"has rows of another width than its 2 columns: .* \(line 3\)$", (3,)),
        ('a,b\n1,2\n"1,2\n', r"has a quote that is not closed: close it$", ()),
    ],
)
def test_rows_that_do_not_fit_are_told_by_line(tmp_path, text, said, rows):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(CellError, match=said) as caught:
        list(open_file(tmp_path / "t.csv", lambda row: float("a" in row)).chunks([0], 9))
    assert caught.value.rows == rows


def test_an_encoding_that_ceases_to_fit_is_told(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"a,b\n" + b"1,2\n" * 5000 + b"\xf1,2\n")
    with pytest.raises(DataError, match=r"t\.csv is not utf-8 throughout: give its encoding"):
        list(open_file(tmp_path / "t.csv", len, encoding="utf-8").chunks([0], 9))
    with pytest.raises(DataError, match="encoding == 'no-such' does not fit"):
        open_file(tmp_path / "t.csv", len, encoding="no-such")


def test_a_workbook_named_like_a_text_is_told(tmp_path):
    write(tmp_path / "t.xlsx").rename(tmp_path / "t.csv")
    with pytest.raises(DataError, match=r"t\.csv is a zip file, as Excel workbooks are: name it \.xlsx"):
        open_file(tmp_path / "t.csv", len)


def test_a_sheet_is_chosen_by_its_header_and_others_are_told(tmp_path):
    with pd.ExcelWriter(tmp_path / "t.xlsx") as book:
        pd.DataFrame({"x": [1]}).to_excel(book, sheet_name="one", index=False)
        TABLE.to_excel(book, sheet_name="two", index=False, startrow=2)
        pd.DataFrame().to_excel(book, sheet_name="blank", index=False)
    opened = open_file(tmp_path / "t.xlsx", lambda row: float("year" in row))
    assert opened.reading == "Excel, sheet 'two'"
    assert opened.notices == ("Of 3 sheets only 'two' was read, whose header fits best, and not 'one'.",)
    (part,) = opened.chunks([0], 9)
    assert part.index.tolist() == [4, 5, 6]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime.datetime(2020, 2, 1), "2020-02-01"),
        (datetime.date(2020, 2, 1), "2020-02-01"),
        (datetime.datetime(2020, 2, 1, 9, 30), "2020-02-01T09:30:00"),
        (False, "0"),
        (1e15, "1000000000000000"),
        (7, "7"),
    ],
)
def test_cells_as_text(value, text):
    assert as_text(value) == text


def test_the_best_of_the_first_rows_is_the_header():
    rows = [["a title"], [" year ", "count"], ["x", "5"], ["2020", "year"]]
    found = find_header(Path("a.csv"), rows, lambda row: float("year" in row))
    assert (found.at, found.names, found.record) == (1, ("year", "count"), False)
    with pytest.raises(DataError, match=r"a\.csv has no header that fits: none of its first 40 rows"):
        find_header(Path("a.csv"), [["x"]] * 60, lambda _: 0.0)
    with pytest.raises(DataError, match="has the column 'year' more than once"):
        find_header(Path("a.csv"), [["year", "year"]], len)
    with pytest.raises(DataError, match="has a column more than once"):
        find_header(Path("a.csv"), [["Rosa Lima", "Rosa Lima"], ["Ana Paz", "x"]], len)


@pytest.mark.parametrize(
    ("row", "values"),
    [
        (["geo", "2019", "2021", "2023"], False),
        (["geo", "2021", "2020"], False),
        (["geo", "2019", "2021", "2022"], True),
        (["geo", "2019", "2019"], True),
        (["geo", "2019"], True),
        (["geo", "<5"], True),
        (["a@b.org"], True),
        (["AB-12345"], True),
        (["AB-123"], False),
        (["yes", "x"], True),
        (["", ""], False),
    ],
)
def test_rows_of_values(row, values):
    assert reads_like_values(row) is values


@pytest.mark.parametrize(
    ("row", "body", "record"),
    [
        (["police", "police x"], [["police", "b"]], True),  # its column repeats it
        (["zzz", "yyy"], [["1", "a"], ["2", "b"]], False),  # stands over numbers
        (["zzz", "yyy"], [["1", "a"], ["x", "b"]], True),
        (["zzz", "yyy"], [[], ["", "b"]], True),
        (["date of birth", "zzz"], [], False),
        (["of the", "zzz"], [], True),
        (["some_name", "zzz"], [], False),
        (["_zzz_", "yyy"], [], True),
        (["Iso3_code"], [], False),
    ],
)
def test_records_and_headers(row, body, record):
    assert is_record(row, body) is record


def test_names_are_matched_by_letters_digits_and_other_names():
    found = match_names(["Iso3 code", "YEAR", "", "remark"], schema("glotip"))
    assert found.columns == {"Iso3 code": "Iso3_code", "YEAR": "Year", "remark": "remark"}
    assert found.renamed == {"Iso3 code": "Iso3_code", "YEAR": "Year"}
    assert match_names(["n", "count"], schema("hotline")).columns == {"n": "n", "count": "count"}
    assert (plain("Año [1]"), plain("[1]"), plain("A_B-c")) == ("año", "1", "a_b_c")


def test_scores_and_hints_of_headers():
    assert header_score(["year", "unit", "count", "x"], schema("hotline")) == 3.0
    assert header_score(["year", "unit", "x"], schema("hotline")) == 0.0
    assert header_score(["a", "b", "", "b"], schema("lists")) == 2.0
    assert header_score(["a", "1"], schema("lists")) == 0.0
    many = [f"c{i}" for i in range(9)]
    with pytest.raises(DataError, match=r"^f\.csv is not a file of 'nrm': .*'c7', \.\.\.; it must have at least 2 of"):
        check_header(many, schema("nrm"), "f.csv")
    with pytest.raises(DataError, match="'a'; it must have"):
        check_header(["a"], schema("nrm"), "f.csv")


def test_rows_of_the_file_count_blank_lines(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('h,i\n1,2\n\n"a\n\nb",4\n \n5,6\n')
    at = rows_of_data(path, "utf-8", ",", 1)
    assert at(pd.RangeIndex(3)).tolist() == [2, 4, 6]
    path.write_text("h,i\n1,2\n3,4\n")
    assert rows_of_data(path, "utf-8", ",", 1)(pd.RangeIndex(2)).tolist() == [2, 3]


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark(tmp_path, codec):
    (tmp_path / "t.csv").write_bytes("year,count\n2020,3\n".encode(codec))
    assert detect_encoding(tmp_path / "t.csv") == codec


def test_lines_and_cells_of_text(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"a,b\r\n1,2\nx")
    assert first_lines(tmp_path / "t.csv", "utf-8", 2) == ["a,b\r\n", "1,2\n"]
    assert list(parse(['"a;b";c\n', "\n"], ";")) == [["a;b", "c"], []]
    assert detect_delimiter(["a;b,c\n", "d;e\n", "f;g\n"]) == ";"
    assert detect_delimiter(["a,b;c;d\n"], lambda sign: sign == ",") == ","
    assert detect_delimiter(["a b\n"], lambda _: False) == ","
