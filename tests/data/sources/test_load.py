"""Files in: formats, encodings, delimiters and headers as the field has them, and files that are refused."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.data import load, schema, validate_file
from ctresearch.data.files.opened_file import as_text

CASES = "yearOfRegistration,gender,ageBroad,citizenship,majorityStatus,isForcedLabour,meansOfControlThreats\n"


def k_anonymised(rows, path, encoding="utf-8"):
    """Write a k-anonymised file with all 62 columns, -99 where nothing is given."""
    one = schema("ctdc-k-anonymised")
    table = pd.DataFrame("-99", index=range(len(rows)), columns=list(one.names))
    for row, given in enumerate(rows):
        table.loc[row, list(given)] = list(given.values())
    table.to_csv(path, index=False, encoding=encoding)
    return path


def test_minus_99_unknown_and_country_00_are_missing_and_never_a_no(tmp_path):
    rows = [
        {"gender": "Female", "citizenship": "NA", "isForcedLabour": "1", "majorityStatus": "Unknown"},
        {"gender": "Male", "citizenship": "00", "isForcedLabour": "0", "typeOfLabourConcatenated": "Begging;Other"},
    ]
    loaded = load(k_anonymised(rows, tmp_path / "k.csv"), "ctdc-k-anonymised")
    frame = loaded.frame
    assert loaded.report.ok
    assert frame.shape == (2, 62)
    assert frame["citizenship"].fillna("?").tolist() == ["NA", "?"]  # Namibia is no missing value
    assert frame["isForcedLabour"].tolist() == [1, 0]
    assert frame["isSexualExploit"].isna().all()
    assert frame["majorityStatus"].isna().all()
    assert frame["typeOfLabourConcatenated"].tolist()[1] == "Begging;Other"
    kinds = loaded.explode("typeOfLabourConcatenated").fillna("-").to_numpy().tolist()
    assert kinds == [[0, "-"], [1, "Begging"], [1, "Other"]]


def test_a_blank_is_missing_and_a_0_is_told(tmp_path):
    names = schema("ctdc-synthetic").names
    table = pd.DataFrame("", index=range(3), columns=list(names))
    table["isForcedLabour"] = ["1", "", "0"]
    table.to_csv(tmp_path / "s.csv", index=False)
    loaded = load(tmp_path / "s.csv", "ctdc-synthetic")
    assert loaded.frame["isForcedLabour"].fillna(-1).tolist() == [1, -1, 0]
    assert loaded.frame["isForcedLabour"].sum() == 1
    assert loaded.report.ok
    assert "1 cells of 1 columns (isForcedLabour) are 0" in loaded.report.notices[0]


TABLE = (
    "país;year;count;unit;note\nEspaña;2020;12;cases;Ñandú\nTürkiye;2021;<5;signals;\nCôte d’Ivoire;2022;7;likely "
    "victims;ß\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters_are_found(tmp_path, encoding, delimiter):
    (tmp_path / "h.csv").write_bytes(TABLE.replace(";", delimiter).encode(encoding))
    loaded = load(tmp_path / "h.csv", "hotline")
    assert loaded.report.ok
    assert loaded.frame["país"].tolist() == ["España", "Türkiye", "Côte d’Ivoire"]
    assert loaded.frame["note"].fillna("-").tolist() == ["Ñandú", "-", "ß"]
    assert loaded.frame["low"].tolist() == [12, 0, 7]


def test_latin_1_and_cyrillic_pages_are_told_apart(tmp_path):
    french = "year,unit,count,pays\n" + "2020,cases,3,Brésil été à Genève\n" * 20
    russian = "year,unit,count,place\n" + "2020,cases,3,Республика Молдова и Украина\n" * 20
    (tmp_path / "f.csv").write_bytes(french.encode("latin-1"))
    (tmp_path / "r.csv").write_bytes(russian.encode("cp1251"))
    assert load(tmp_path / "f.csv", "hotline").frame["pays"][0] == "Brésil été à Genève"
    assert load(tmp_path / "r.csv", "hotline").frame["place"][0] == "Республика Молдова и Украина"


def test_a_letter_beyond_ascii_late_in_a_long_file_is_still_met(tmp_path):
    lines = ["year,unit,count,place", *["2020,cases,3,x"] * 200_000, "2020,cases,3,Perú"]
    (tmp_path / "late.csv").write_bytes("\n".join(lines).encode("cp1252"))
    assert load(tmp_path / "late.csv", "hotline").frame["place"].iloc[-1] == "Perú"
    with pytest.raises(DataError, match=r"does not fit late\.csv"):
        load(tmp_path / "late.csv", "hotline", encoding="utf-32")


def test_formats_agree(tmp_path):
    table = pd.DataFrame(
        {"country": ["A", "B", "C"], "year": [2010, 2011, 2012], "tier": [1.0, 2.5, 3.0], "x": [0.5, None, 2]}
    )
    table.to_csv(tmp_path / "t.csv", index=False)
    table.to_excel(tmp_path / "t.xlsx", index=False)
    table.to_parquet(tmp_path / "t.parquet")
    table.to_stata(tmp_path / "t.dta", write_index=False)
    frames = [load(tmp_path / f"t.{kind}", "tip-tiers").frame for kind in ("csv", "xlsx", "parquet", "dta")]
    for frame in frames[1:]:
        pd.testing.assert_frame_equal(frame[["country", "year", "tier"]], frames[0][["country", "year", "tier"]])
    assert frames[0]["tier"].tolist() == ["1", "2WL", "3"]


def test_stata_names_are_completed_and_labels_serve_where_they_are_meant(tmp_path):
    table = pd.DataFrame(
        {
            "yearOfRegistration": [2015, 2016],
            "gender": pd.Categorical(["Woman", "Man"]),
            "recruiterRelationIntimatePartner"[:32]: [1, None],
            "isForcedLabour": pd.Categorical(["No", "Yes"]),
        }
    )
    for name in schema("ctdc-synthetic").names:
        if name not in table:
            table[name[:32]] = ""
    table.to_stata(tmp_path / "c.dta", write_index=False)
    loaded = load(tmp_path / "c.dta", "ctdc-synthetic")
    assert loaded.report.ok
    assert loaded.frame["gender"].tolist() == ["Woman", "Man"]
    assert loaded.frame["isForcedLabour"].tolist() == [0, 1]
    long = pd.DataFrame({name[:32]: ["1"] for name in schema("ctdc-k-anonymised").names})
    long.to_stata(tmp_path / "k.dta", write_index=False)
    names = load(tmp_path / "k.dta", "ctdc-k-anonymised").frame.columns
    assert set(names) == set(schema("ctdc-k-anonymised").names)


def test_titles_above_the_header_and_other_names_are_found(tmp_path):
    sheet = pd.DataFrame(
        [["UNODC", None, None], ["14/04/2025", None, None], ["Year ", "COUNTRYNAME", "dos_tier"], [2010, "A", 2]]
    )
    with pd.ExcelWriter(tmp_path / "t.xlsx") as book:
        pd.DataFrame({"read": ["me"]}).to_excel(book, sheet_name="about", index=False)
        sheet.to_excel(book, sheet_name="data", index=False, header=False)
    loaded = load(tmp_path / "t.xlsx", "tip-tiers")
    assert loaded.frame.columns.tolist() == ["year", "country", "tier"]
    assert "sheet 'data'" in loaded.report.reading
    assert loaded.report.repairs["value"].tolist() == ["Year", "COUNTRYNAME", "dos_tier"]


def test_only_the_wanted_columns_are_read(tmp_path):
    path = k_anonymised([{"gender": "Female"}], tmp_path / "k.csv")
    frame = load(path, "ctdc-k-anonymised", columns=["gender", "citizenship"]).frame
    assert sorted(frame.columns) == ["citizenship", "gender"]
    with pytest.raises(SpecificationError, match="columns == \\['sex'\\], must be columns of ctdc-k-anonymised"):
        load(path, "ctdc-k-anonymised", columns=["sex"])


def test_what_load_returns_cannot_be_changed_by_its_copies(tmp_path):
    loaded = load(k_anonymised([{"gender": "Female"}], tmp_path / "k.csv"), "ctdc-k-anonymised")
    copy = loaded.frame
    copy["gender"] = "?"
    copy.loc[0, "Datasource"] = "Hotline"
    assert loaded.frame["gender"].tolist() == ["Female"]
    assert loaded.frame["Datasource"].isna().all()
    with pytest.raises(AttributeError):
        loaded.report = None
    assert "Counts whom: identified and reported victims" in repr(loaded)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("none.csv", None, "is not a file"),
        ("empty.csv", b"", "is empty"),
        ("head.csv", b"year,unit,count\n", "has a header and no rows"),
        ("other.csv", b"a,b\n1,2\n", "no header that fits: none of its first 2 rows"),
        ("twice.csv", b"year,unit,count,year\n1,2,3,4\n", "column 'year' more than once"),
        ("ragged.csv", b"year,unit,count\n2020,cases,1,9,9\n2020,cases,1\n", "rows of another width"),
        ("broken.xlsx", b"PK\x03\x04 no workbook", "is not a workbook"),
        ("broken.parquet", b"PAR1 no table", "cannot be read as .parquet"),
        ("broken.dta", b"no table", "cannot be read as .dta"),
        ("table.pdf", b"%PDF", "ends in '.pdf', must end in one of .csv"),
    ],
)
def test_wrong_files_are_refused_with_a_reason(tmp_path, name, content, words):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=words):
        load(tmp_path / name, "hotline")


def test_a_file_of_another_source_is_told_so(tmp_path):
    (tmp_path / "t.csv").write_text("country,year,tier\nA,2010,2\n")
    with pytest.raises(DataError, match="header that fits"):
        load(tmp_path / "t.csv", "glotip")
    with pytest.raises(SpecificationError, match="chunk_rows == 0"):
        validate_file(tmp_path / "t.csv", "tip-tiers", chunk_rows=0)


def test_cells_of_binary_formats_become_the_text_of_a_csv():
    cells = [
        np.nan,
        None,
        pd.NaT,
        pd.NA,
        3.0,
        2.5,
        True,
        "007",
        pd.Timestamp("2020-02-01"),
        pd.Timestamp("2020-02-01 10:00"),
    ]
    assert [as_text(c) for c in cells] == ["", "", "", "", "3", "2.5", "1", "007", "2020-02-01", "2020-02-01T10:00:00"]


@pytest.mark.slow
def test_five_million_rows_stay_in_bounded_memory(tmp_path):
    import subprocess
    import sys

    line = "2015,Woman,18--20,NGA,,," + ",".join(["1"] * 21) + "\n"
    with (tmp_path / "big.csv").open("w") as file:
        file.write(",".join(schema("ctdc-synthetic").names) + "\n")
        for _ in range(50):
            file.write(line * 100_000)
    code = (
        "import resource, sys; from ctresearch.data import validate_file; r = validate_file(sys.argv[1], "
        "'ctdc-synthetic');print(r.rows, r.n_violations, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "big.csv"], capture_output=True, text=True, check=True
    )
    rows, violations, peak = map(int, done.stdout.split())
    assert (rows, violations) == (5_000_000, 0)
    assert peak < 700  # MB, where 390 were measured; the file has 335 MB and as a whole table of text over 7 GB


BLANK = ["country,year,tier,note", "A,2010,2,", "B,2011,3,"]


@pytest.mark.parametrize(
    ("lines", "columns"),
    [
        ([",".join(["", BLANK[0]]), *(f"{i},{line}" for i, line in enumerate(BLANK[1:]))], 4),  # row names of R
        ([f"{line}," for line in BLANK], 4),  # a delimiter at every end of line
        (["", "", *BLANK, ""], 4),
        (["# command and seed", "# a second line, with commas, in it", *BLANK], 4),
        (['"' + line.replace(",", '","') + '"' for line in BLANK], 4),
    ],
)
def test_odd_tables_of_other_programs_are_read(tmp_path, lines, columns):
    (tmp_path / "t.csv").write_text("\r\n".join(lines))
    loaded = load(tmp_path / "t.csv", "tip-tiers")
    assert loaded.report.ok
    assert loaded.frame.shape == (2, columns)
    assert loaded.frame["tier"].tolist() == ["2", "3"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("country,year,tier\n1,A,2010,2\n2,B,2011,3\n", "rows of another width than its 3 columns"),
        ('country,year,tier\n"A,2010,2\nB,2011,3\n', "a quote that is not closed"),
    ],
)
def test_rows_that_cannot_be_told_apart_are_refused(tmp_path, text, words):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(DataError, match=words):
        load(tmp_path / "t.csv", "tip-tiers")


def test_columns_of_parquet_that_hold_lists_are_refused(tmp_path):
    pd.DataFrame({"country": ["A"], "year": [2010], "tier": ["1"], "x": [[1, 2]]}).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(DataError, match=r"cannot be read as \.parquet"):
        load(tmp_path / "t.parquet", "tip-tiers")
    assert load(tmp_path / "t.parquet", "tip-tiers", columns=["tier"]).frame["tier"].tolist() == ["1"]
