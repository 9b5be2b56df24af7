"""Forms of files on both sides of what tells them apart, and every sentence about one that is broken."""

from types import SimpleNamespace

import pandas as pd
import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.networks import read_network
from ctresearch.networks.files import readers
from ctresearch.networks.files.dl_file import parse_dl
from ctresearch.networks.files.pajek_file import parse_pajek
from ctresearch.networks.files.text_table import read_text_table

TWO = "*Vertices 2\n1 a\n2 b\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TWO + "*Partition x\n1", "has 2 parts, 1 of them unknown, must have 'vertices' first and then arcs, arcslist"),
        (TWO + "*Vector\n1\n*Edges\n1 2\n*Vertices 2", "has 4 parts, 2 of them unknown"),
        ("*Edges\n1 2\n*Vertices 2", "has 2 parts, 1 of them unknown"),
        ("", "has 0 parts, 0 of them unknown"),
        ("*Vertices\n*Edges\n1 2", "says 0 words and no number behind"),
        ("*Vertices two\n*Edges\n1 2", "says 1 words and no number behind"),
        ("*Vertices 5 2\n", "says 2 things behind '\\*Vertices', which is two modes"),
        (TWO + "*Edges\n1", "line 1 of the part 'edges' of the Pajek file has 1 entry, must have two vertices"),
        (TWO + "*Arcslist\n1 2\n2", "line 2 of the part 'arcslist' of the Pajek file has 1 entry"),
        (TWO + "*Edges\n0 1", "something else than a number from 1 to 2"),
        (TWO + "*Edges\n1 3", "something else than a number from 1 to 2"),
        (TWO + "*Edges\n1 b", "something else than a number from 1 to 2"),
        (TWO + "*Matrix\n0 1 0", "has 3 entries, must have 4 for 2 vertices"),
        ("*Vertices 3\n1 a\n2 a\n3 a", "1 labels of the Pajek file stand at several vertices"),
    ],
)
def test_pajek_files_that_are_none_are_refused(text, message):
    with pytest.raises(DataError, match=message):
        parse_pajek(text)


def test_pajek_ties_have_their_value_and_zeros_are_none():
    def ties(text):
        return sorted(parse_pajek("*Vertices 3\n1 a\n2 b\n" + text).edges(data="weight"))

    assert ties("*Edges\n1 2 2.5\n2 3 0\n1 3") == [("a", "3", 1.0), ("a", "b", 2.5)]
    assert ties("*Arcs\n2 1 2\n*Edges\n1 1 4\n2 3 3") == [("3", "b", 3.0), ("a", "a", 4.0), ("b", "3", 3.0), ("b", "a", 2.0)]  # fmt: skip
    assert ties("*Edgeslist\n1 2 3") == [("a", "3", 1.0), ("a", "b", 1.0)]
    assert ties("*Matrix\n0 2 0\n0 0 0\n.5 0 0") == [("3", "a", 0.5), ("a", "b", 2.0)]
    assert ties("*Arcs :1 one\n1 2\n*Edges :1 more\n2 3") == [("3", "b", 1.0), ("a", "b", 1.0), ("b", "3", 1.0)]
    assert list(parse_pajek("*Vertices 3\n2 b").nodes) == ["1", "b", "3"]
    assert not parse_pajek("*Vertices 3\n2 b").is_directed()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dl n=2 format=edgelist1 data:\n1", "line 1 of the data of the DL file has 1 entries, must have two actors"),
        ("dl n=2 format=edgelist1 data:\n1 2\n\n1 2 3 4", "line 2 of the data of the DL file has 4 entries"),
        ("dl n=2 format=edgelist1 data:\n1 2\n0 1\n1 3", r"2 ties of the DL file \(numbers 2 and 3\) name an actor"),
        ("dl n=2 labels embedded: data: a b a 0 1 b 0", "has 7 entries, must have 8 for n=2"),
        ("dl n=two data: 0 1 1 0", "says n=no number and has 1 parts"),
        ("dl n=2 labels: a b", "says n=a number and has 1 parts"),
        ("dl nc=2 data: 0", "two modes that are not read"),
        ("dl n=1 nr=1 data: 0", "two modes that are not read"),
    ],
)
def test_dl_files_that_are_none_are_refused(text, message):
    with pytest.raises(DataError, match=message):
        parse_dl(text)


def test_dl_ties_have_their_value_and_zeros_are_none():
    assert parse_dl("dl n=2 nm=1 format=edgelist1 data:\n1 2 0\n2 1 .5") == (["1", "2"], [("2", "1", 0.5)])
    assert parse_dl("dl n=2 labels embedded: data: a b a 0 2 b 3 0") == (
        ["a", "b"],
        [("a", "b", 2.0), ("b", "a", 3.0)],
    )
    assert parse_dl("dl n=3 format=nodelist1 data:\n1 2 3\n2 1") == (
        ["1", "2", "3"],
        [("1", "2", 1.0), ("1", "3", 1.0), ("2", "1", 1.0)],
    )


def table_of(tmp_path, name, text, **options):
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = read_text_table(tmp_path / name, **options)
    return found.kind, found.table


def test_a_matrix_without_its_corner_has_three_labels_or_the_same_beside_and_above(tmp_path):
    kind, table = table_of(tmp_path, "x.txt", "a b\na 0 1\nb 1 0\n")
    assert (kind, list(table.index), list(table.columns)) == ("matrix", ["a", "b"], ["a", "b"])
    kind, table = table_of(tmp_path, "x.txt", "m1 m2 m3\na 0 1 1\nb 1 0 1\n")
    assert (kind, list(table.index), list(table.columns)) == ("matrix", ["a", "b"], ["m1", "m2", "m3"])
    with pytest.raises(DataError, match=r"row 2 of x\.txt, header left out, has 3 cells, must have 2"):
        table_of(tmp_path, "x.txt", "m1 m2\na 0 1\nb 1 0\n")  # a list whose second row has a value


def test_a_matrix_with_a_corner_is_square_and_names_the_same_twice(tmp_path):
    kind, table = table_of(tmp_path, "x.csv", "who,a,b\na,0,1\nb,1,0\n")
    assert (kind, table.to_numpy().tolist()) == ("matrix", [["0", "1"], ["1", "0"]])
    assert table_of(tmp_path, "x.csv", ",a,c\na,0,1\n")[0] == "matrix"
    for text in ("who,a,b\na,0,1\nc,1,0\n", "who,a,b\na,0,1\nb,1,0\na,1,0\n", "who,a\na,0\n", "who,a,b\n"):
        with pytest.raises(DataError, match="its first cell is not empty as in a matrix"):
            table_of(tmp_path, "x.csv", text)
    assert table_of(tmp_path, "x.csv", "who,a,b\na,0,1\nc,1,0\n", two_mode=True)[0] == "matrix"


def test_square_numbers_are_a_matrix_from_four_actors_on(tmp_path):
    four = "0 1 1 1\n1 0 1 1\n1 1 0 1\n1 1 1 0\n"
    kind, table = table_of(tmp_path, "x.txt", four)
    assert (kind, list(table.index), list(table.columns)) == ("matrix", list("1234"), list("1234"))
    kind, table = table_of(tmp_path, "x.txt", "0 1 1\n1 2 4\n0 2 0\n")
    assert (kind, table["weight"].tolist()) == ("list", [1.0, 4.0, 0.0])
    with pytest.raises(DataError, match="hold 3 numbers that could be labels or ties"):
        table_of(tmp_path, "x.txt", "0 1 2 3\n1 0 5 5\n2 5 0 5\n3 5 5 0\n")
    with pytest.raises(DataError, match="its first cell is not empty"):
        table_of(tmp_path, "x.csv", "1,2,3,4\n5,6,7,8\n")


def test_a_list_of_one_row_has_no_header_and_one_of_numbers_below_words_has(tmp_path):
    assert table_of(tmp_path, "x.txt", "ann ben\n1 2\n")[1].to_numpy().tolist() == [["ann", "ben"], ["1", "2"]]
    with pytest.raises(DataError, match=r"row 1 of x\.txt looks like a header"):
        table_of(tmp_path, "x.txt", "ann ben\n1 2\n2 3\n")
    assert len(table_of(tmp_path, "x.txt", "ann 1\n1 2\n2 3\n")[1]) == 3
    assert len(table_of(tmp_path, "x.txt", "ann ben\n1 2\n2 cal\n")[1]) == 3
    with pytest.raises(DataError, match=r"row 2, column 3 of x.txt holds no number"):
        table_of(tmp_path, "x.txt", "a b 1\na c x\nb c y\n")


def test_what_a_file_states_itself_is_not_given_again():
    for given, message in (
        ({"directed": False, "actors": None}, "^directed == False, but a .net file says itself"),
        ({"directed": None, "actors": pd.DataFrame()}, "^actors are given, but a .net file holds attributes itself"),
    ):
        with pytest.raises(SpecificationError, match=message):
            readers._states_itself(".net", **given)
    assert readers._states_itself(".net", directed=None, actors=None) is None


def test_where_a_reader_stopped_is_told_where_it_tells():
    assert readers._where(SimpleNamespace(lineno=3)) == " in line 3"
    assert readers._where(SimpleNamespace(position=(7, 2))) == " in line 7"
    assert readers._where(ValueError("Marie")) == ""


def test_values_of_lists_are_weights_where_either_option_asks(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("a b 2\nb c 3\n", encoding="utf-8")
    assert not read_network(path).weighted
    assert read_network(path, weight="weight").weight_is is None
    found = read_network(path, weight_is="distance")
    assert (found.weight_is, sorted(found.graph.edges(data="weight"))) == (
        "distance",
        [("a", "b", 2.0), ("b", "c", 3.0)],
    )


def test_actors_of_a_dl_file_keep_their_order_and_take_attributes(tmp_path):
    path = tmp_path / "x.DL"
    path.write_text("dl n=3 format=edgelist1 labels: c a b data:\n2 3", encoding="utf-8")
    assert read_network(path).nodes == ("c", "a", "b")
    known = pd.DataFrame({"actor": ["b", "z"], "role": ["host", "driver"]})
    found = read_network(path, actors=known)
    assert (found.nodes, found.actors["role"].dropna().to_dict()) == (
        ("c", "a", "b", "z"),
        {"b": "host", "z": "driver"},
    )
    assert {check.name: check.status for check in found.checks} == {"attributes": "review"}
    with pytest.raises(DataError, match="twice"):
        read_network(path, actors=pd.DataFrame({"actor": ["b", "b"], "role": ["host", "driver"]}))
