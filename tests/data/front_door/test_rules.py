"""The rules of the front door one by one: what is read, what is asked, and what is never guessed."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, SpecificationError, name_key
from ctresearch.data import Answers, FilePlan, plan_file, read_file
from ctresearch.data.front_door.door import plan_table, read_table
from ctresearch.data.front_door.near_names import groups_of, near_names
from ctresearch.data.front_door.plain_cells import count_text, date_order, decimal_mark, iso_date, number_text, plain
from ctresearch.data.front_door.plan import read_plan, write_plan
from ctresearch.data.front_door.raw_table import raw_from_frame
from ctresearch.data.front_door.shape import recognise
from ctresearch.data.front_door.vocabulary import column_words, truth_words, vocabulary


def table(**columns):
    return pd.DataFrame(columns, dtype="str")


def test_no_word_means_yes_and_no():
    said = {}
    for kind in ("yes", "no"):
        for words in vocabulary()[kind].values():
            for word in words:
                assert said.setdefault(name_key(word), kind) == kind, word
    assert len(said) == len(truth_words())
    assert {"en", "fr", "es", "ar", "zh", "ru", "pt", "ro", "vi"} <= set(vocabulary()["yes"])


def test_no_name_of_a_column_is_both_a_list_and_no_list():
    assert not column_words("agency") & column_words("attribute")
    assert not column_words("person") & column_words("source")
    assert not column_words("count") & column_words("source")


@pytest.mark.parametrize(
    ("cell", "mark", "count"),
    [
        ("0", "", "0"), ("007", "", "7"), ("12.0", "", "12"), ("12,00", "", "12"), ("1 234", "", "1234"),
        ("1'234", "", "1234"), ("1,234", ".", "1234"), ("1.234", ",", "1234"), ("1,234", "", None), ("1.234", ".", None),
        ("12 34", "", None), ("2.5", ".", None), ("-3", "", None), ("<5", "", "<5"), ("≤ 4", "", "<=4"), ("<=4", "", "<=4"),
        ("＜5", "", "<5"), (">=10", "", "10+"), ("10 +", "", "10+"), ("1–4", "", "1-4"), ("4-1", "", None),
        ("fewer than 5", "", "<5"), ("أقل من 5", "", "<5"), ("少于5", "", "<5"), ("<x", "", None), ("", "", None),
        ("five", "", None),
    ],
)  # fmt: skip
def test_counts(cell, mark, count):
    assert count_text(plain(cell), mark) == count


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        ([], "none"), (["2020-01-31"], "iso"), (["2020/1/31", "2020-01-31 00:00:00"], "iso"), (["13.02.2020"], "day-first"),
        (["02/13/2020", "01/01/2020"], "month-first"), (["12/12/2020"], "unclear"), (["13/02/2020", "02/13/2020"], "mixed"),
        (["01/02/20"], "short years"), (["2020-01-31", "soon"], "none"), (["12"], "none"),
    ],
)  # fmt: skip
def test_orders_of_dates(cells, order):
    assert date_order(cells) == order


def test_dates_and_numbers_as_text():
    assert iso_date("31.1.2020", "day-first") == "2020-01-31"
    assert iso_date("1.31.2020", "month-first") == "2020-01-31"
    assert [iso_date(*one) for one in (("31.1.2020", "month-first"), ("1.1.2020", "iso"), ("x", "iso"))] == [None] * 3
    assert iso_date("2020-12-31 12:30", "iso") == "2020-12-31"
    assert [decimal_mark(one) for one in (["1.5"], ["1,5"], ["1.234,5"], ["1,234"], ["5"], ["1.5", "1,5"])] == [
        ".", ",", ",", "", "", None,
    ]  # fmt: skip
    assert [number_text(*one) for one in (("1.234,5", ","), ("1,234.5", "."), ("1 234", "."), ("1,2", "."))] == [
        "1234.5", "1234.5", "1234", None,
    ]  # fmt: skip
    assert plain("\u200f١٢\u200e \ufeff") == "12"


def test_near_names_are_those_of_a_slip_of_the_pen():
    apart = ["police", "politics", "NGO", "NGOs", "List 1", "List 2", "ONG A", "ONG B", "north", "south", "IOM", "ICM"]
    assert near_names(apart) == []
    assert near_names(["Hospital Central", "hospital  centrál", "Hospitl Central", "Hospital Centrla"]) == [
        (0, 1), (0, 2), (0, 3), (1, 2), (1, 3),
    ]  # fmt: skip
    assert groups_of(["a", "Caritas", "Carritas", "caritas"], [1, 2, 1, 5]) == [0, 3, 3, 3]


def test_letters_need_a_pair_in_two_columns():
    alone = recognise(table(id=list("abcd"), zone=list("SNSN"), police=["oui", "non"] * 2, ONG=["non", "oui"] * 2))
    assert alone.roles["zone"] == "left out"
    pair = recognise(table(id=list("abcd"), police=list("SNSN"), ONG=list("NSSN")))
    assert (pair.shape, pair.truths.yes, pair.truths.no) == ("persons", ("s",), ("n",))


@pytest.mark.parametrize(
    ("columns", "shape"),
    [
        ({"source": ["a"], "target": ["b"]}, "edges"),
        ({"De": ["a"], "Vers": ["b"]}, "edges"),
        ({"nationality": ["Peru"], "age": ["31"], "sex": ["f"]}, "cases"),
        ({"country": ["x"], "year": ["2010"], "tier": ["2"]}, "cases"),
        ({"interview": ["1"], "segment": ["a"], "code": ["b"]}, "interviews"),
        ({"colour": ["red"], "form": ["round"]}, "records"),
        ({"A": ["1", "0"], "B": ["1", "1"], "n": ["3", "4"]}, "counts"),
        ({"A": ["1", "0"], "B": ["1", "1"], "Nombre": ["Ana", "Rosa"]}, "persons"),
        ({"A": ["1", "0", "1", "1"], "B": ["1"] * 4, "n": ["1", "2", "3", "4"]}, "persons"),
    ],
)
def test_shapes(columns, shape):
    assert recognise(table(**columns)).shape == shape


def test_a_column_of_numbers_beside_patterns_may_be_the_counts_and_is_asked():
    found = plan_table(
        raw_from_frame("t", table(A=["1", "0", "1"], B=["0", "1", "1"], seen=["30", "20", "9"])), Answers()
    )
    assert "'seen' may hold the counts: say --role COLUMN=count" in found.questions[0]
    said = plan_table(
        raw_from_frame("t", table(A=["1", "0", "1"], B=["0", "1", "1"], seen=["30", "20", "9"])),
        Answers(roles={"Seen": "count"}),
    )
    assert (said.shape, said.questions) == ("counts", ())


def test_doubtful_columns_beside_known_lists_are_asked():
    found = plan_table(raw_from_frame("t", table(police=["oui", "non"], logement=["non", "oui"])), Answers())
    assert "column 'logement' holds yes and no, and may be lists or something else" in found.questions[0]


def persons(*rows):
    return raw_from_frame("t.csv", pd.DataFrame(rows, columns=["id", "police", "ONG"], dtype="str"))


def test_people_in_several_rows():
    raw = persons(("a", "oui", "non"), ("b", "non", "oui"), ("a", "non", "oui"))
    found = plan_table(raw, Answers())
    assert "1 rows (line 3) repeat a person of an earlier row, 1 of them with another yes or no" in found.questions[0]

    def counts(rule):
        return read_table(raw, plan_table(raw, Answers(rules={"duplicates": rule}))).frame.to_numpy().tolist()

    assert counts("join") == [[0, 1, 1], [1, 1, 1]]
    assert counts("keep") == [[1, 0, 1], [0, 1, 2]]
    assert plan_table(raw, Answers(rules={"duplicates": "once"})).questions  # they are not alike


def test_identifiers_that_differ_in_case_are_asked():
    raw = persons(("a1", "oui", "non"), ("A1", "non", "oui"), ("b", "oui", "oui"))
    assert "spelled in more than one way" in plan_table(raw, Answers()).questions[0]
    kept = plan_table(raw, Answers(rules={"names": "keep"}))
    assert read_table(raw, kept).frame["count"].sum() == 3
    merged = plan_table(raw, Answers(rules={"names": "merge", "duplicates": "join"}))
    assert read_table(raw, merged).frame.to_numpy().tolist() == [[1, 1, 2]]


def test_people_on_no_list():
    raw = persons(("a", "oui", "non"), ("b", "non", "non"), ("c", "non", "oui"), ("d", "oui", "oui"))
    assert "1 of 4 people (line 2) are on no list" in plan_table(raw, Answers()).questions[0]
    left = read_table(raw, plan_table(raw, Answers(rules={"nowhere": "leave out"})))
    assert left.frame["count"].sum() == 3
    assert "1 people on no list are left out, as the plan says." in left.notes


def test_counts_of_people_on_no_list_are_refused():
    made = table(A=["0", "1", "0"], B=["0", "1", "1"], count=["7", "3", "2"])
    assert "line 1 counts people on no list" in plan_table(raw_from_frame("t", made), Answers()).questions[0]
    made.loc[0, "count"] = "0"
    assert (
        read_table(raw_from_frame("t", made), plan_table(raw_from_frame("t", made), Answers())).frame["count"].sum()
        == 5
    )


def test_records_ask_for_what_nobody_can_know(tmp_path):
    cases = {
        "day\n03/04/2020\n": "say --dates day-first or --dates month-first",
        "day\n13/02/2020\n02/13/2020\n": "some with the day first and some with the month",
        "day\n01/02/20\n": "two digits for the year: write four",
        "size\n1.234\n": "say --decimal , or --decimal .",
        "size\n1.5\n2,5\n": "write them in one way",
        "day\n2020-02-30\n": "no day that there is",
    }
    for content, says in cases.items():
        path = tmp_path / "a.txt"
        path.write_text(
            "\n".join(f"x\t{line}" if k else f"name\t{line}" for k, line in enumerate(content.split("\n")[:-1]))
        )
        found = plan_file(path, Answers(shape="records"))
        assert says in found.questions[0], content
    read = read_file(path, plan_file(path, Answers(shape="records", roles={"day": "left out"})))
    assert list(read.frame.columns) == ["name"]


def test_yes_and_no_of_records_are_1_and_0():
    raw = raw_from_frame("t", table(name=["a", "b", "c"], consent=["Oui", "non", ""], remark=["", "", "x y"]))
    plan = plan_table(raw, Answers(shape="records"))
    assert plan.columns == {"name": "other", "consent": "yes or no", "remark": "other"}
    assert read_table(raw, plan).frame["consent"].tolist() == ["1", "0", ""]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("version = 2\n", "has version 2, must be 1"),
        ('version = 1\nshape = "people"\n[columns]\n', "shape == 'people', must be one of"),
        ('version = 1\nshape = "persons"\nlist = 3\n[columns]\n', "'list' is not a key"),
        ('version = 1\nshape = "persons"\n[columns]\na = "name"\n', "role of 'a' == 'name'"),
        ('version = 1\nshape = "persons"\n[columns]\n[rules]\nblank = "yes"\n', "blank == 'yes'"),
        ("version = 1\n", "is not the table of a plan"),
        ("version", "cannot be read"),
    ],
)
def test_a_plan_that_is_none_is_refused(tmp_path, text, says):
    place = tmp_path / "a.csv.plan.toml"
    place.write_text(text)
    with pytest.raises(SpecificationError, match=says):
        read_plan(place)


def test_a_plan_comes_back_as_it_was(tmp_path):
    plan = FilePlan(
        shape="persons",
        columns={'a "b"': "list", "ч\\": "left out", "c.d": "list"},
        yes=("1",),
        no=("да", "0"),
        sheet="S 1",
        encoding="cp1252",
        rules={"blank": "no", "decimal": ","},
        lists=2,
    )
    assert read_plan(write_plan(plan, tmp_path / "x.csv")) == plan
    with pytest.raises(DataError, match=r"^which\?, and 1 more question; answer with `ctresearch data plan x\.csv"):
        write_plan(FilePlan(shape="records", columns={}, questions=("which?", "what?")), tmp_path / "x.csv")


def test_a_list_too_few_is_told(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,source\n1,police\n2,NGO\n2,police\n3,court\n")
    plan = plan_file(path)
    path.write_text("id,source\n1,police\n2,NGO\n2,police\n")
    with pytest.raises(DataError, match="has 2 lists and its plan knows 3"):
        read_file(path, plan)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("a\n1\n", "holds one column alone"),
        ("id,source,\n1,x,y\n2,z,u\n", "column 3 has no name and holds something"),
        ("id,source,id\n1,x,y\n2,z,u\n", "columns of one name"),
        ("id,source\n", "no rows below them"),
        ("Rosa Lima,Ana Paz\nMarie Dupont,Eva Roth\n", "reads like a record"),
    ],
)
def test_what_is_no_table(tmp_path, rows, says):
    path = tmp_path / "a.csv"
    path.write_text(rows)
    with pytest.raises(DataError, match=says) as caught:
        plan_file(path)
    assert not any(name in str(caught.value) for name in ("Rosa", "Marie"))


def test_lines_are_those_of_the_file(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Cases\n\nid,police,NGO\n1,yes,no\n\n2,no,maybe\n3,yes,yes\n" + "4,no,yes\n" * 30)
    found = plan_file(path, Answers(roles={"id": "left out"}))
    assert "column 'NGO': 1 of 33 cells (line 6) is neither yes nor no" in found.questions[0]


def test_bits_hold_sixty_lists():
    rng = np.random.default_rng(1)
    marks = rng.random((200, 60)) < 0.3
    names = [f"L{chr(65 + j // 26)}{chr(65 + j % 26)}" for j in range(60)]
    frame = pd.DataFrame(np.where(marks, "x", ""), columns=names, dtype="str")
    read = read_table(raw_from_frame("t", frame), plan_table(raw_from_frame("t", frame), Answers()))
    assert read.frame["count"].sum() == 200
    assert sorted(map(tuple, read.frame[names].to_numpy().tolist())) == sorted(
        set(map(tuple, marks.astype(int).tolist()))
    )
    wide = frame.assign(LZZ="x")
    assert "has 61 lists, must have from 2 to 60" in plan_table(raw_from_frame("t", wide), Answers()).questions[0]


def seen_by_source(name, rows=12):
    """Make a table of people by source, whose column of sources is called so."""
    return pd.DataFrame({"identifiant": [f"p{n // 2}" for n in range(rows)], name: ["ONG", "police"] * (rows // 2)})


@pytest.mark.parametrize("name", ["source de signalement", "organisme_signalant", "Fuente del caso"])
def test_a_column_whose_name_begins_or_ends_with_a_word_for_a_source_says_where_people_were_seen(name):
    found = recognise(seen_by_source(name))
    assert (found.shape, found.roles[name], found.questions) == ("person-source", "source", ())


@pytest.mark.parametrize("name", ["commentaire libre", "resource", "the source of it"])
def test_other_names_say_no_source(name):
    assert recognise(seen_by_source(name)).shape == "records"


def test_a_source_of_as_many_names_as_rows_is_none():
    frame = pd.DataFrame({"identifiant": list("abcdef"), "source de signalement": list("uvwxyz")})
    assert recognise(frame).shape == "records"
    again = pd.DataFrame({"identifiant": list("abcdef"), "source de signalement": list("uuvvww")})
    assert recognise(again).shape == "records"  # half as many names as rows
    assert recognise(pd.concat([again, again[:1]], ignore_index=True)).shape == "person-source"


@pytest.mark.parametrize("name", ["N° de dossier", "Nº de expediente", "Case number", "Référence"])
def test_a_number_of_a_file_says_who_somebody_is(name):
    frame = pd.DataFrame({name: ["D-1", "D-2", "D-2"], "police": ["oui", "non", "non"], "ONG": ["non", "oui", "oui"]})
    found = recognise(frame)
    assert found.roles[name] == "person"
    assert "repeat a person" in plan_table(raw_from_frame("t", frame), Answers()).questions[0]


def test_a_question_about_one_column_is_its_answer_ready_to_be_pasted():
    frame = table(police=["oui", "non", "oui"], ONG=["non", "oui", "oui"]).assign(
        **{"Prud’hommes": ["oui", "oui", "non"]}
    )
    assert recognise(frame).questions == (
        (
            "column 'Prud’hommes' holds yes and no, and may be lists or something else: say --role 'Prud’hommes=list' or "
            "--role 'Prud’hommes=left out'"
        ),
    )
