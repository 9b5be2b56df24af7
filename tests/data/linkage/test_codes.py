"""Coded lists hold no identifier, and meet only under one key and one purpose."""

import pandas as pd
import pytest

from ctresearch.core import CellError, DataError
from ctresearch.data.linkage.codes import Coder, Columns, code_list
from ctresearch.data.linkage.dates import date_parts, date_words
from ctresearch.data.linkage.frequency import code_frequency

COLUMNS = Columns("given", "family", "born", ("sex",))
PEOPLE = pd.DataFrame(
    {
        "given": ["Mohammed", "Muhamad", "Amina", None],
        "family": ["Diallo", "Dialo", "Bah", "Bah"],
        "born": ["1998-07-04", "1998-04-07", "1999", None],
        "sex": ["man", "MAN ", "woman", None],
    }
)


def coded(key=b"k" * 32, purpose="an example"):
    return code_list("police", PEOPLE, COLUMNS, Coder(key, purpose))


def test_a_coded_list_holds_numbers_alone():
    table = coded()
    text = table.astype(str).to_csv()
    for word in ("ohammed", "uhamad", "iallo", "1998", "man", "mmd"):
        assert word not in text
    assert len(table) == len(PEOPLE)
    assert table["given_sound"][0] == table["given_sound"][1] != table["given_sound"][2]
    assert table["given_spelling"][0] != table["given_spelling"][1]
    assert table["also_0"][0] == table["also_0"][1]
    assert table.loc[3, ["given_spelling", "birth_year", "also_0"]].isna().all()


def test_codes_of_another_key_or_purpose_do_not_meet():
    mine = set(coded()["family_spelling"].dropna())
    assert mine == set(coded()["family_spelling"].dropna())
    assert not mine & set(coded(key=b"j" * 32)["family_spelling"].dropna())
    assert not mine & set(coded(purpose="another")["family_spelling"].dropna())


def test_day_and_month_exchanged_meet():
    table = coded()
    assert table["birth_date"][0] == table["birth_exchanged"][1]
    assert table["birth_date"][0] != table["birth_date"][1]
    assert table["birth_year"][0] in table["birth_near"][2], "1998 is a year from 1999"
    assert table["birth_near"][3] == []


def test_the_first_of_january_is_a_date_of_its_own():
    words = date_words(date_parts(pd.Series(["1990-01-01", "1990-01-02"])))
    assert words["first_january"].notna().tolist() == [True, False]


@pytest.mark.parametrize("bad", ["04/07/1998", "1998-13-01", "77", "1998-07-32", "1998-02-29", "unknown"])
def test_a_date_of_another_form_is_refused_by_its_row(bad):
    with pytest.raises(DataError, match=r"'born': 1 of 2 cells is text \(row 2\)") as caught:
        date_parts(pd.Series(["1998-07-04", bad], name="born"))
    assert bad not in str(caught.value)


def test_datetimes_are_read():
    assert date_parts(pd.to_datetime(pd.Series(["1998-07-04"])))["month"].tolist() == [7]


def test_a_list_without_a_column_is_refused():
    with pytest.raises(DataError, match="list 'police' has no column 'family'"):
        code_list("police", PEOPLE.drop(columns="family"), COLUMNS, Coder(b"k" * 32, "an example"))


def test_a_name_in_another_script_names_the_list_and_column():
    with pytest.raises(DataError, match="column 'given' of list 'police'"):
        code_list("police", PEOPLE.assign(given="Олена"), COLUMNS, Coder(b"k" * 32, "an example"))


def test_frequency_of_a_rare_name_is_not_raised_by_a_person_on_two_lists():
    # 200 people with names of their own and 100 who share one, on two lists of the same people
    one = pd.Series([*range(1, 201), *[0] * 100, *[500] * 2])
    frequency = code_frequency([one, one])
    assert frequency[0] == pytest.approx(100 / 302, rel=0.01)  # what is taken off a large count is below one
    assert frequency[1] < 0.1 / 302, "seen once a list: Good and Turing leave almost nothing"
    assert frequency.sum() < 1


def test_what_agrees_is_compared_by_its_name_and_not_by_its_type():
    coder = Coder(b"k" * 32, "an example")
    columns = Columns("given", "family", "born", ("sex",))
    one, other = (
        code_list("police", PEOPLE.assign(sex=pd.Series(values, dtype=object)), columns, coder)["also_0"].iloc[0]
        for values in ([1] * len(PEOPLE), [1.0] * len(PEOPLE))
    )
    assert one == other


def test_a_year_among_missing_ones_is_a_year():
    assert date_parts(pd.Series([1998.0, None]))["year"].tolist()[0] == 1998


def test_a_name_in_another_script_is_named_by_its_rows_and_its_script():
    given = [*PEOPLE["given"].iloc[:-1], "Олена"]
    with pytest.raises(CellError, match=rf"row {len(given)}: a name holds Cyrillic characters") as caught:
        code_list("police", PEOPLE.assign(given=given), COLUMNS, Coder(b"k" * 32, "an example"))
    assert "Олена" not in str(caught.value)
