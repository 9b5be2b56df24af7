"""Countries: codes, regions, and names as sources write them."""

import pandas as pd
import pytest

from ctresearch.core import SpecificationError
from ctresearch.data import countries, country_codes
from ctresearch.data.contents.countries import country, fold, repair_encoding

LOST = "\ufffd"


def test_the_table_is_complete_and_unique():
    table = countries()
    assert len(table) == 250  # 249 codes of ISO 3166-1 and XKX
    for code in ("alpha2", "alpha3", "name"):
        assert table[code].is_unique
    assert table.loc[table["m49"] != "", "m49"].str.fullmatch(r"\d{3}").all()
    assert table.loc[table["m49"] == "", "alpha3"].tolist() == ["XKX"]
    # M49 lists 60, 57, 50, 51 and 29; ISO 3166 has Taiwan besides in Asia, and XKX is put in Europe.
    regions = {"Africa": 60, "Americas": 57, "Asia": 51, "Europe": 52, "Oceania": 29, "Antarctica": 1}
    assert table["region"].value_counts().to_dict() == regions


@pytest.mark.parametrize(
    ("word", "alpha3"),
    [
        ("NGA", "NGA"),
        ("NG", "NGA"),
        ("566", "NGA"),
        ("Nigerians", "NGA"),
        ("NIGERIA", "NGA"),
        ("Niger", "NER"),
        ("Côte d’Ivoire", "CIV"),
        ("COTE D'IVOIRE", "CIV"),
        (f"C{LOST}te d{LOST}Ivoire", "CIV"),
        ("Ivory Coast", "CIV"),
        (f"ESPA{LOST}A", "ESP"),
        (f"T{LOST}rkiye", "TUR"),
        (f"Per{LOST}", "PER"),
        (f"Hait{LOST}", "HTI"),
        ("EspaÃ±a", "ESP"),
        ("TÃ¼rkiye", "TUR"),
        ("The Netherlands", "NLD"),
        ("Viet Nam", "VNM"),
        ("Namibia", "NAM"),
        ("Democratic Republic of the Congo", "COD"),
        ("Congo", "COG"),
        ("South Korean", "KOR"),
        ("UK", "GBR"),
    ],
)
def test_words_for_one_country(word, alpha3):
    assert country(word).alpha3 == alpha3


@pytest.mark.parametrize(
    "word",
    [
        "",
        "  ",
        "Korea",
        "Nigerin",
        "foreigners",
        "Nationals",
        "Stateless",
        "Other Asia",
        "Former Yugoslavia",
        "0",
        "145",
        f"Ciudadanos de su pa{LOST}s",
        LOST * 3,
        "Total",
        "Rohingya",
        "Q6.1_10s_2019",
    ],
)
def test_words_for_none_or_several_are_not_guessed(word):
    assert country(word) is None


def test_a_column_is_translated_and_left_as_labelled():
    labels = pd.Series(["Nigerian", None, "Kosovar", "Abroad"], index=[5, 6, 7, 8])
    codes = country_codes(labels)
    assert codes.index.tolist() == [5, 6, 7, 8]
    assert codes.fillna("-").tolist() == ["NGA", "-", "XKX", "-"]
    assert country_codes(["Fijian"], to="subregion").tolist() == ["Melanesia"]
    assert labels.tolist()[0] == "Nigerian"
    with pytest.raises(SpecificationError, match="to == 'iso', must be one of 'alpha3'"):
        country_codes(["Fiji"], to="iso")


def test_every_name_of_the_table_finds_its_country():
    for row in countries().itertuples():
        assert country(row.name).alpha3 == country(row.name.upper()).alpha3 == row.alpha3


def test_right_text_is_never_repaired():
    names = [*countries()["name"], "São Tomé", "Ångström", "Straße", "a€b", "Âge"]
    assert [repair_encoding(name) for name in names] == names
    assert fold("  ÉTATS-UNIS ") == "etats unis"


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("C\u00c3\u00b4te d\u2019Ivoire", "CIV"),
        ("Cote dIvoire", "CIV"),
        ("T\u00c3\u00bcrkiye", "TUR"),
        ("Turkey", "TUR"),
        ("Swaziland", "SWZ"),
        ("Burma", "MMR"),
        ("Congo, Dem. Rep.", "COD"),
        ("Korea, Rep.", "KOR"),
        ("DPRK", "PRK"),
    ],
)
def test_names_as_tables_of_the_field_write_them(word, code):
    assert country(word).alpha3 == code


def test_one_country_has_all_its_codes():
    found = country("KHM")
    assert (found.alpha2, found.alpha3, found.m49, found.name) == ("KH", "KHM", "116", "Cambodia")
    assert (found.region, found.subregion) == ("Asia", "South-eastern Asia")
    assert country(" KH ") == country("116") == country("cambodia") == found
    assert country(None) is None
    assert countries().columns.tolist() == ["alpha2", "alpha3", "m49", "name", "region", "subregion"]


def test_a_column_is_translated_to_every_standard():
    told = {to: country_codes(["Khmer", "KHM"], to=to).tolist() for to in ("alpha2", "m49", "name", "region")}
    assert told["alpha2"][1] == "KH"
    assert told["m49"][1] == "116"
    assert (told["name"][1], told["region"][1]) == ("Cambodia", "Asia")
    assert country_codes([]).tolist() == []
    assert country_codes([116, None]).fillna("-").tolist() == ["KHM", "-"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("EspaÃ±a", "España"),
        ("CÃ´te dâ€™Ivoire", "Côte d’Ivoire"),
        ("EspaÃ±a und Österreich", "España und Österreich"),
        ("plain", "plain"),
    ],
)
def test_letters_are_repaired_where_they_can_be(text, meant):
    assert repair_encoding(text) == meant


def test_names_are_folded():
    assert fold("The Gambia (Republic of The)") == "gambia republic of the"
    assert fold(f"A{LOST}b") == f"a{LOST}b"
    assert fold("Diyarbakır_x") == "diyarbakir_x"
