"""GLOTIP: censored counts, impossible values, mangled names, citizenships as labelled."""

import pandas as pd
import pytest

from ctresearch.data import load

LOST = "\ufffd"
HEADER = [
    "Iso3_code",
    "Country",
    "Region",
    "Subregion",
    "Indicator",
    "Dimension",
    "Category",
    "Sex",
    "Age",
    "Year",
    "Unit of measurement",
    "txtVALUE",
    "Source",
]


def row(value, category="Total", dimension="Total", iso="CIV", country="Côte d’Ivoire", year=2019):
    where = ["Africa", "Sub-Saharan Africa", "Detected trafficking victims"]
    return [iso, country, *where, dimension, category, "Total", "Total", year, "Counts", value, "GLOTIP"]


ROWS = [
    row("<5"),
    row("1,192"),
    row("61,102,019", "Q6.1_10s_2019", "by citizenship"),
    row("7", f"Espa{LOST}a", "by citizenship"),
    row("<5", f"Ciudadanos de su pa{LOST}s", "by citizenship"),
    row("12", "Nigerians", "by citizenship", country=f"C{LOST}te d{LOST}Ivoire"),
    row("9", "EspaÃ±a", "by country of repatriation"),
    row("-4", "Forced labour", "by form of exploitation"),
    row("<5", iso="", country="Sark"),
]


@pytest.fixture(scope="module", params=["xlsx", "csv"])
def loaded(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("glotip") / f"data.{request.param}"
    above = [["UNODC"], ["14/04/2025"]]
    whole = pd.DataFrame([line + [None] * (13 - len(line)) for line in [*above, HEADER, *ROWS]])
    if request.param == "xlsx":
        whole.to_excel(path, index=False, header=False)
    else:
        whole.to_csv(path, index=False, header=False)
    return load(path, "glotip")


def test_counts_below_5_are_intervals(loaded):
    frame = loaded.frame
    assert frame["low"].fillna(-1).tolist() == [0, 1192, -1, 7, 0, 12, 9, -1, 0]
    assert frame["high"].fillna(-1).tolist() == [4, 1192, -1, 7, 4, 12, 9, -1, 4]
    assert frame["txtVALUE"].tolist() == [line[11] for line in ROWS]
    assert loaded.report.censored == 3
    assert "3 counts (33.3%) are known by an upper bound only" in loaded.report.summary()


def test_impossible_values_are_violations_and_no_numbers(loaded):
    found = loaded.report.violations
    assert found[["row", "value", "rule"]].to_numpy().tolist() == [[2, "61,102,019", "range"], [7, "-4", "range"]]


def test_mangled_names_are_repaired_and_listed(loaded):
    frame, repairs = loaded.frame, loaded.report.repairs.set_index("value")
    assert frame["Country"].tolist()[5] == "Côte d’Ivoire"
    assert frame["Category"].tolist()[3] == frame["Category"].tolist()[6] == "Spain"
    assert frame["Category"].tolist()[4] == f"Ciudadanos de su pa{LOST}s"
    assert repairs["repaired"].fillna("-").to_dict() == {
        f"C{LOST}te d{LOST}Ivoire": "Côte d’Ivoire",
        f"Espa{LOST}a": "Spain",
        "EspaÃ±a": "Spain",
        f"Ciudadanos de su pa{LOST}s": "-",
    }


def test_a_citizenship_is_kept_as_labelled_beside_its_country(loaded):
    frame = loaded.frame
    assert frame["Category"].tolist()[5] == "Nigerians"
    assert frame["Category_iso3"].fillna("-").tolist() == ["-", "-", "-", "ESP", "-", "NGA", "ESP", "-", "-"]


def test_rows_of_one_count_are_told(loaded):
    assert loaded.report.notices[0].startswith("2 rows describe a count that another row describes too, 2 of them")


def test_detected_victims_are_not_all_victims(loaded):
    assert loaded.scope.population.startswith("victims of trafficking detected by national authorities")
    assert loaded.scope.measure == "flow"
