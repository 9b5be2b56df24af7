"""Numbers and cells of network files are read as everywhere in the house, and what is none is placed, not shown."""

import pytest

from ctresearch.core import DataError
from ctresearch.networks import read_network
from ctresearch.networks.files.text_table import read_text_table


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "x.net",
            "*Vertices 2\n1 a\n2 b\n*Arcs\n1 2 1\n2 1 Marie",
            "line 2 of the part 'arcs' of the Pajek file holds",
        ),
        ("x.net", "*Vertices 2\n1 a\n2 b\n*Arcs\n1 2 nan", "line 1 of the part 'arcs' of the Pajek file holds text"),
        ("x.net", "*Vertices 2\n*Matrix\n0 1\n0 1_0", "line 2 of the matrix of the Pajek file holds text"),
        ("x.net", "% note\nMarie\n*Vertices 2", "line 2 of the file begins with something else"),
        ("x.dl", "dl n=2 data: 0 1 Marie 0", "row 2 of the matrix of the DL file holds text"),
        ("x.dl", "dl n=2 format=edgelist1 data:\n1 2 3\n2 1 inf", "line 2 of the data of the DL file holds text"),
        ("x.dl", "net n=2\ndata: 0 1 1 0", "the file of 2 lines begins with something else than 'dl'"),
        ("x.edgelist", "a b {}\nc d {Marie}", "line 2 of the list ends in braces"),
        ("x.csv", "source,target,calls,calls\na,b,1,2", "names 1 of 4 columns like another"),
        ("x.csv", "source,target\na,b,1,2", "row 1 of x.csv, header left out, has 4 cells, must have 2"),
        ("x.csv", "a,b,nan\nb,c,1", "must|no column"),
    ],
)
def test_a_field_that_is_no_number_is_placed_and_not_shown(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=message) as refused:
        read_network(tmp_path / name)
    assert "Marie" not in str(refused.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_names_of_any_encoding_are_the_same_actors(tmp_path, encoding):
    ties = "source,target\n" + "".join(f"José {i},Zoë\n" for i in range(20))
    (tmp_path / "x.csv").write_bytes(ties.encode(encoding))
    assert {"José 0", "Zoë"} <= set(read_network(tmp_path / "x.csv").nodes)
    pajek = '*Vertices 2\n1 "José"\n2 "Zoë"\n*Edges\n1 2\n'
    (tmp_path / "x.net").write_bytes(pajek.encode(encoding))
    assert set(read_network(tmp_path / "x.net").nodes) == {"José", "Zoë"}


def test_named_columns_are_numbers_yes_and_no_or_text(tmp_path):
    lines = [
        "source, target, calls, seen, kind, weight",
        'a, "b, c", 3, True, kin, 1.5',
        "a, d, 4, False, NA,",
        "d, e, 5, True",
    ]
    (tmp_path / "x.csv").write_text("\n".join(lines))
    found = read_text_table(tmp_path / "x.csv").table
    assert found["target"].tolist() == ["b, c", "d", "e"]
    assert found["calls"].tolist() == [3, 4, 5]
    assert found["calls"].dtype == "int64"
    assert found["seen"].tolist() == [True, False, True]
    assert found["kind"].tolist()[:2] == ["kin", "NA"]  # a word of a file, as Namibia's code is
    assert found["weight"].isna().tolist() == [False, True, True]


def test_a_table_as_r_writes_it_loses_the_numbers_of_its_rows(tmp_path):
    (tmp_path / "x.csv").write_text('"source","target"\n"1","a","b"\n"2","b","c"\n')
    assert set(read_network(tmp_path / "x.csv").nodes) == {"a", "b", "c"}
