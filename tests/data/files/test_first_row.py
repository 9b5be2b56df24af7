"""A file without a header never shows a record as names of columns, and tables as they come are read whole."""

import pandas as pd
import pytest

from ctresearch.core import DataError
from ctresearch.data import describe_file, load, validate_file
from ctresearch.data.files.first_row import is_record

PEOPLE = [["Amina Diallo", "Conakry", "F"], *[[f"Person{i} Name", f"Town{i}", "F"] for i in range(30)]]


@pytest.mark.parametrize(
    "row", [["Rosa Lima", "Quito"], ["Rosa", "1990-01-02"], ["Rosa", "rosa@example.org"], ["AB12345", "x"]]
)
def test_in_doubt_a_row_is_a_record(row):
    assert is_record(row, [["Ana Paz", "Lima"]])


@pytest.mark.parametrize(
    ("row", "body"),
    [
        (["police", "charity"], [["1", "0"]]),
        (["Full name", "Town"], [["Ana Paz", "Lima"]]),
        (["geo", "2019", "2020"], []),
        (["yearOfRegistration", "xyz"], [["a", "b"]]),
        (["client", "born"], [["Ana", "Lima"]]),
    ],
)
def test_names_betray_themselves(row, body):
    assert not is_record(row, body)


@pytest.mark.parametrize("kept", [[0, 1, 2], [0, 1], [0]])
def test_no_cell_of_a_file_without_header_is_shown(tmp_path, kept):
    path = tmp_path / "people.csv"
    path.write_text("\n".join(",".join(row[i] for i in kept) for row in PEOPLE))
    told = describe_file(path)
    assert told.rows == 31
    assert [one["name"] for one in told.columns] == [f"column {i + 1}" for i in range(len(kept))]
    shown = [told.summary(), str(told.to_dict())]
    for source in ("lists", "htcds", "hotline"):
        with pytest.raises(DataError, match="no header") as refused:
            validate_file(path, source)
        shown.append(str(refused.value))
    assert not [word for word in ("Amina", "Diallo", "Conakry") for text in shown if word in text]


def test_a_list_without_a_name_loses_no_row(tmp_path):
    path = tmp_path / "l.csv"
    path.write_text("police,,count\n1,0,3\n0,1,4\n1,1,2\n")
    with pytest.raises(DataError, match="column 2, which has no name"):
        load(path, "lists")
    path.write_text(",police,charity\n0,1,0\n1,0,1\n2,0,1\n")
    loaded = load(path, "lists")
    assert loaded.frame.to_numpy().tolist() == [[1, 0], [0, 1], [0, 1]]
    assert "each of the 3 rows is one person" in loaded.report.notices[0]
    assert "Column 1 has no name" in loaded.report.notices[1]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_blank_lines_move_the_line_and_not_the_row(tmp_path, kind):
    path = tmp_path / f"b.{kind}"
    if kind == "csv":
        path.write_text("Title\n\nyear,unit,count\n2020,cases,3\n\n\n2021,cases,-4\n")
    else:
        rows = [
            *(["Title", None, None], [None] * 3, ["year", "unit", "count"], [2020, "cases", 3]),
            *([None] * 3, [None] * 3, [2021, "cases", -4]),
        ]
        pd.DataFrame(rows).to_excel(path, index=False, header=False)
    loaded = load(path, "hotline", chunk_rows=1)
    assert loaded.report.violations[["row", "line"]].to_numpy().tolist() == [[1, 7]]
    assert loaded.frame["year"].tolist() == [2020, 2021]


def test_thousands_and_decimals_of_files_with_semicolons(tmp_path):
    (tmp_path / "e.csv").write_text("year;unit;count\n2020;cases;1.000\n2021;signals;<5\n2021;cases;12.345\n")
    loaded = load(tmp_path / "e.csv", "hotline")
    assert loaded.frame["high"].tolist() == [1000, 4, 12345]
    assert loaded.report.repairs["n"].sum() == 2
    (tmp_path / "c.csv").write_text("year,unit,count\n2020,cases,1.000\n2020,cases,7.0\n2020,cases,1 234\n")
    comma = load(tmp_path / "c.csv", "hotline")
    assert comma.frame["high"].fillna(-1).tolist() == [-1, 7, 1234], "1.000 may be one or a thousand"
    (tmp_path / "t.csv").write_text("geo;year;value\nBE;2020;1.234,5\nFR;2020;2,5\nDE;2020;1.234\n")
    assert load(tmp_path / "t.csv", "eurostat-thb").frame["value"].tolist() == [1234.5, 2.5, 1234]
    (tmp_path / "p.csv").write_text("geo;year;value\nBE;2020;12.5\nDE;2020;1.234\n")
    assert load(tmp_path / "p.csv", "eurostat-thb").frame["value"].tolist() == [12.5, 1.234]


def test_no_cell_of_eurostat_is_lost_in_silence(tmp_path):
    path = tmp_path / "w.tsv"
    path.write_text("freq,unit,geo\\TIME_PERIOD\t2019 \t2020 \t2021 \t2022 \nA,NR,BE\t3 b\t: \t1 234 bd\t3?\n")
    loaded = load(path, "eurostat-thb")
    assert loaded.frame["value"].fillna(-1).tolist() == [3, -1, 1234, -1]
    assert loaded.frame["flag"].fillna("").tolist() == ["b", "", "bd", ""]
    assert loaded.report.violations[["line", "column", "value"]].to_numpy().tolist() == [[2, "value", "3?"]]


def test_marks_of_notes_belong_to_the_note(tmp_path):
    (tmp_path / "n.csv").write_text("Year [note 1],Stage,Count [note 3]\n2020,RG [note 2],4 [r]\n2020,Referral,[c]\n")
    loaded = load(tmp_path / "n.csv", "nrm")
    assert loaded.report.ok
    assert loaded.frame["stage"].tolist() == ["reasonable grounds", "referral"]
    assert loaded.frame["high"].fillna(-1).tolist() == [4, -1]


def test_formulas_without_values_and_other_sheets_are_told(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    for sheet, rows in ((book.active, [[2020, "cases", "=1+2"], [2021, "cases", 4]]), (book.create_sheet("B"), [[1]])):
        for row in [["year", "unit", "count"], *rows]:
            sheet.append(row)
    book.save(tmp_path / "f.xlsx")
    notices = " ".join(load(tmp_path / "f.xlsx", "hotline").report.notices)
    assert "1 cells hold formulas whose values were not saved" in notices
    assert "Of 2 sheets only 'Sheet' was read" in notices


def test_cells_of_any_length_and_an_index_of_parquet_are_read(tmp_path):
    (tmp_path / "long.csv").write_text(f'year,unit,count,note\n2020,cases,3,"{"x" * 200_000}"\n')
    assert load(tmp_path / "long.csv", "hotline").frame["note"].str.len().tolist() == [200_000]
    table = pd.DataFrame({"police": [1, 0, 0], "charity": [1, 1, 1]}, index=["x", "y", "z"])
    table.to_parquet(tmp_path / "p.parquet")
    assert list(load(tmp_path / "p.parquet", "lists").frame.columns) == ["police", "charity"]
    table.rename_axis("who").to_parquet(tmp_path / "q.parquet")
    assert "who" in describe_file(tmp_path / "q.parquet").summary()
