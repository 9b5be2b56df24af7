"""One reader for tables of lists: what ``validate`` passes, ``from_csv`` reads; what one refuses, so does the other."""

import random

import pandas as pd
import pytest

from ctresearch.core import CellError, DataError
from ctresearch.data import load, validate_file
from ctresearch.prevalence import CaptureHistories

FINE = "police,NGO,count\n1,0,60\n0,1,40\n1,1,20\n"
NAMES = ("Marie Dupont", "Amina Diallo", "Rosa Lima", "Ana Paz")


def people(rows, *, header="police,NGO"):
    """Write rows of persons, some of whom are alike."""
    chance = random.Random(1)
    cells = [("1,0", "0,1", "1,1")[chance.randrange(3)] for _ in range(rows)]
    return "\n".join([header, *cells]) + "\n"


GOOD = {
    "patterns": FINE,
    "semicolons": FINE.replace(",", ";"),
    "tabs": FINE.replace(",", "\t"),
    "bars": FINE.replace(",", "|"),
    "thousands with points": "police;NGO;count\n1;0;1.060\n0;1;40\n",
    "cp1252": "policía,ONG,count\n1,0,60\n0,1,40\n".encode("cp1252"),
    "a byte-order mark": FINE.encode("utf-8-sig"),
    "utf-16": FINE.encode("utf-16"),
    "a title above": "Lists of 2013\n\n" + FINE,
    "blank lines": FINE.replace("\n", "\n\n"),
    "windows lines": FINE.replace("\n", "\r\n"),
    "row numbers": ",police,NGO,count\n0,1,0,60\n1,0,1,40\n",
    "a row of zeros that counts nobody": FINE + "0,0,0\n",
    "a pattern twice": FINE + "1,1,5\n",
    "zero counts": FINE + "1,1,0\n",
    "counts called n": FINE.replace("count", "n"),
    "decimals that are whole": "police,NGO,count\n1.0,0.0,60.0\n0.0,1.0,40.0\n",
    "persons": people(30),
    "spaces in names": FINE.replace("police,NGO", "police judiciaire, NGO"),
    "the largest count": FINE.replace("60", "99900000"),
}
BAD = {
    "a row of zeros that counts people": FINE + "0,0,7\n",
    "a person on no list": people(30) + "0,0\n",
    "a negative count": FINE.replace("60", "-3"),
    "half a person": FINE.replace("60", "3.5"),
    "a count that is text": FINE.replace("60", "Marie Dupont"),
    "a suppressed count": FINE.replace("60", "<5"),
    "a missing count": FINE.replace("60", ""),
    "a blank list": FINE.replace("1,1,20", "1,,20"),
    "a two": FINE.replace("1,1,20", "1,2,20"),
    "yes and no": FINE.replace("1,0,60", "yes,no,60"),
    "too many people": FINE.replace("60", "200000000"),
    "too many people together": FINE.replace("60", "90000000").replace("40", "90000000"),
    "one list": "police,count\n1,60\n",
    "no lists": "count\n60\n",
    "no rows": "police,NGO,count\n",
    "nothing": "",
    "no header": "1,0,60\n0,1,40\n",
    "records without header": "\n".join(f"{one},1990-01-0{i}" for i, one in enumerate(NAMES, start=1)),
    "names that are alike": "Police,police ,NGO,count\n1,0,1,3\n0,1,0,4\n",
    "names that are the same": "police,police,count\n1,0,3\n",
    "a list without a name": "police,,count\n1,0,3\n0,1,4\n",
    "patterns that lost their counts": "police,NGO\n1,0\n0,1\n1,1\n",
    "persons with their names": (
        people(30, header="name,police,NGO").replace("\n", "\nMarie Dupont,").removesuffix("Marie Dupont,")
    ),
    "sex beside the lists": "police,NGO,sex,count\n1,0,f,3\n0,1,m,4\n",
    "a ragged row": FINE + "1,1,3,4,5\n",
    "an open quote": FINE + '"1,1,3\n',
    "a zip file": b"PK\x03\x04" + FINE.encode(),
    "bytes of two encodings": "policía,ONG,count\n1,0,".encode() + b"\xff\xfe\n",
}


def verdicts(path):
    """Say what the two readers make of a file."""
    try:
        passed = validate_file(path, "lists").ok
    except DataError:
        passed = False
    try:
        read = CaptureHistories.from_csv(path)
    except DataError as error:
        return passed, None, str(error)
    return passed, read, ""


@pytest.mark.parametrize("name", [*GOOD, *BAD])
def test_both_readers_give_the_same_verdict(tmp_path, name):
    content = (GOOD | BAD)[name]
    path = tmp_path / "lists.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    passed, read, said = verdicts(path)
    assert not any(one in said for one in NAMES)
    assert passed is (read is not None) is (name in GOOD)
    if read is not None:
        frame = load(path, "lists").frame
        counts = next((frame[c] for c in ("count",) if c in frame), pd.Series(1, index=frame.index))
        assert read.n_observed == counts.sum()


def test_persons_are_called_persons_and_not_thousands_of_violations(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("name,police,NGO\n" + "".join(f"{NAMES[i % 4]},{i % 2},1\n" for i in range(1000)))
    for read in (lambda: validate_file(path, "lists"), lambda: CaptureHistories.from_csv(path)):
        with pytest.raises(CellError, match=r"1 of 3 columns .*'name'.*look like persons.*lists=\[\.\.\.\]") as caught:
            read()
        assert "Marie" not in str(caught.value)
    assert CaptureHistories.from_csv(path, lists=["police", "NGO"]).n_observed == 1000


def test_other_columns_divide_the_table_where_lists_are_named(tmp_path):
    path = tmp_path / "lists.csv"
    path.write_text("police;NGO;sex;people\n1;0;f;3\n0;1;m;4\n1;1;;2\n")
    read = CaptureHistories.from_csv(path, lists=["police", "NGO"], count="people")
    assert {name: part.n_observed for name, part in read.by("sex").items()} == {"f": 3, "m": 4, "not stated": 2}
    for options, words in (
        ({"lists": ["police", "court"], "count": "people"}, "has no column 'court'"),
        ({"count": "persons"}, "has no column 'persons'"),
        ({"lists": "police"}, "must be several names"),
    ):
        with pytest.raises(DataError, match=words):
            CaptureHistories.from_csv(path, **options)


def test_a_wrong_cell_is_named_by_line_kind_and_number(tmp_path):
    path = tmp_path / "lists.csv"
    path.write_text(FINE.replace("60", "Marie Dupont") + "\n1,1,Marie Dupont\n1,x,2\n")
    with pytest.raises(CellError) as caught:
        CaptureHistories.from_csv(path)
    assert (
        str(caught.value)
        == "lists.csv, column 'count': 2 of 5 cells are text (whole number, lines 2 and 6), must be a whole number from"
        " 0 to 100000000; 1 more cells break a rule; a suppressed count such as '<5' is for PartialHistories.from_counts"
        " and PartialLogLinear"
    )
    assert (caught.value.column, caught.value.rows) == ("count", (2, 6))


def test_columns_that_differ_in_spelling_alone_are_refused_in_every_file(tmp_path):
    (tmp_path / "t.csv").write_text("country,year,Tier,tier \nA,2010,2,1\n")
    with pytest.raises(CellError, match=r"2 of 4 columns of t\.csv \(numbers 3 and 4\) differ"):
        load(tmp_path / "t.csv", "tip-tiers")
    pd.DataFrame({"âge": [1], "age": [2]}).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(CellError, match="differ from one another in case, accents"):
        validate_file(tmp_path / "t.parquet", "lists")
