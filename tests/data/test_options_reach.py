"""Every option of a reader changes what it says it changes, and its limits are where it says they are."""

import pandas as pd
import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.data import Answers, describe_file, load, plan_file, read_file, validate_file, write_htcds
from ctresearch.data.front_door.door import plan_table
from ctresearch.data.front_door.near_names import near_names
from ctresearch.data.front_door.raw_table import raw_from_frame
from ctresearch.data.synthetic import __main__ as command
from ctresearch.data.synthetic import city, linked_samples

TIERS = "country,year,tier\n" + "".join(f"C{n},{2001 + n},{'2' if n % 2 else 'x'}\n" for n in range(8))


@pytest.fixture
def tiers(tmp_path):
    """Write a table of tiers of which every other one is none."""
    place = tmp_path / "tiers.csv"
    place.write_text(TIERS)
    return place


def test_parts_of_any_length_give_one_report(tiers):
    whole = validate_file(tiers, "tip-tiers").to_dict()
    assert whole["rows"] == 8
    assert whole["n_violations"] == 4
    assert validate_file(tiers, "tip-tiers", chunk_rows=3).to_dict() == whole
    assert load(tiers, "tip-tiers", chunk_rows=7).frame["tier"].isna().tolist() == [True, False] * 4


@pytest.mark.parametrize(("limit", "listed"), [(0, 0), (3, 3), (4, 4)])
def test_no_more_violations_are_listed_than_asked_and_all_are_counted(tiers, limit, listed):
    found = validate_file(tiers, "tip-tiers", max_listed=limit)
    assert (len(found.violations), found.n_violations) == (listed, 4)
    assert ("are listed in" in found.summary()) == (listed < 4)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"max_listed": -1}, "max_listed == -1"),
        ({"max_listed": 0.5}, "max_listed == 0.5"),
        ({"chunk_rows": 0}, "chunk"),
    ],
)
def test_limits_of_validation_are_refused_by_name(tiers, options, says):
    with pytest.raises(SpecificationError, match=says):
        validate_file(tiers, "tip-tiers", **options)


def test_an_encoding_that_is_said_is_the_one_that_is_used(tmp_path):
    place = tmp_path / "t.csv"
    place.write_bytes("country,year,tier\nCôte,2001,2\nПольша,2002,2\n".encode("utf-16-le"))
    assert load(place, "tip-tiers", encoding="utf-16-le").frame["country"].tolist() == ["Côte", "Польша"]
    assert validate_file(place, "tip-tiers", encoding="utf-16-le").ok
    assert describe_file(place, encoding="utf-16-le").columns[0]["name"] == "country"
    for read in (load, validate_file):
        with pytest.raises(DataError, match=r"does not fit t\.csv"):
            read(place, "tip-tiers", encoding="utf-32")
    latin = tmp_path / "l.csv"
    latin.write_bytes("dossier;Święta;ONG\na;oui;non\nb;non;oui\n".encode("cp1250"))
    plan = plan_file(latin, Answers(encoding="cp1250", roles={"Święta": "list", "ONG": "list"}))
    assert (plan.encoding, list(plan.columns)) == ("cp1250", ["dossier", "Święta", "ONG"])
    assert read_file(latin, plan).frame.columns.tolist() == ["Święta", "ONG", "count"]


def planned(answers, **columns):
    return plan_table(raw_from_frame("t", pd.DataFrame(columns, dtype="str")), answers)


def test_what_somebody_says_of_a_table_stands_in_its_plan():
    lists = {"id": list("abc"), "police": ["oui", "non", "oui"], "ONG": ["non", "oui", "oui"]}
    assert planned(Answers(), **lists).shape == "persons"
    assert planned(Answers(shape="records"), **lists).shape == "records"
    assert planned(Answers(roles={"POLICE": "left out"}), **lists).columns["police"] == "left out"
    assert planned(Answers(roles={"id": "source", "police": "person"}), **lists).shape == "person-source"
    assert planned(Answers(rules={"nowhere": "leave out"}), **lists).rules["nowhere"] == "leave out"
    odd = {"id": list("abc"), "police": ["ja", "nix", "ja"], "ONG": ["nix", "ja", "ja"]}
    said = planned(Answers(yes=("ja",), no=("nix",)), **odd)
    assert (said.shape, said.yes, said.no, said.lists) == ("persons", ("ja",), ("nix",), 2)
    with pytest.raises(DataError, match="t has no column 'Polizei', must be one of 'id', 'police', 'ONG'"):
        planned(Answers(roles={"Polizei": "list"}), **lists)


def test_a_file_whose_plan_is_open_is_refused_under_its_name(tmp_path):
    place = tmp_path / "lists.csv"
    place.write_text("id,police,NGO\n1,yes,\n2,yes,no\n3,no,yes\n")
    with pytest.raises(DataError, match=r"answer with `ctresearch data plan lists\.csv \.\.\.`"):
        read_file(place)


@pytest.mark.parametrize(
    ("columns", "asked"),
    [
        ({"wer": ["1", "2"], "source": ["ONG", "police"]}, "no column is known to say who the person is"),
        ({"id": ["1", "2"], "ort": ["ONG", "police"]}, "no column is known to say on which list somebody is"),
    ],
)
def test_a_person_or_a_source_that_nobody_names_is_asked(columns, asked):
    found = planned(Answers(shape="person-source"), **columns)
    assert asked in found.questions[0]
    assert f"name it with --role COLUMN={'person' if 'person' in asked else 'source'}" in found.questions[0]


def test_near_names_of_sources_are_asked_with_their_column_and_lines():
    rows = {"id": list("abcdef"), "source": ["Caritas", "Police", "Carritas", "Police", "Caritas", "Caritas"]}
    asked = planned(Answers(), **rows).questions[0]
    assert asked.startswith("t, column 'source': 1 pair of names of lists differs")
    assert "(first seen in lines 1 and 3)" in asked


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("Caritas", "Caritaz", True),
        ("Caritas", "Carita", True),
        ("Caritas", "Carits", True),
        ("Caritas", "Cariats", True),  # two that changed places
        ("Caritas", "Caratis", False),  # two that did not stand side by side
        ("Caritas", "Carotos", False),
        ("Caritas", "Caritasse", False),
        ("nord", "nora", False),
        ("norde", "norda", True),
        ("Maison Rosa", "MaisonRosa", True),
        ("Rosa A", "RosaB", False),
    ],
)
def test_one_letter_makes_names_near_and_two_do_not(one, other, near):
    assert bool(near_names([one, other])) is near
    assert bool(near_names([other, one])) is near


def test_cases_are_written_with_one_end_of_line_on_every_system(tmp_path):
    frame = pd.DataFrame({"sex": ["woman", "man"]})
    assert b"\r" not in write_htcds(frame, tmp_path / "a.csv").read_bytes()


def test_samples_that_follow_ties_hold_whom_they_met_once_and_the_ties_among_them():
    made = city(1_500, prevalence=0.06, seed=2)
    drawn = linked_samples(made, 10, 30, samples=2, seed=1)
    assert drawn.truth == {"exploited": made.truth["exploited"]}
    ties = made.tables["ties"]
    exploited = set(made.frame.loc[made.frame["exploited"] == 1, "person"])
    inside = ties[ties["one"].isin(exploited) & ties["other"].isin(exploited)]
    degree = pd.concat([inside["one"], inside["other"]]).value_counts()
    number = {f"p{k:04d}": person for k, person in enumerate(sorted(exploited))}
    known = {frozenset(pair) for pair in inside[["one", "other"]].to_numpy().tolist()}
    links = drawn.tables["links"]
    assert {frozenset((number[a], number[b])) for a, b in links.to_numpy()} <= known
    for _, sample in drawn.frame.groupby("sample"):
        assert sample["person"].is_unique
        assert sample["initial"].sum() == 10
        assert 10 < len(sample) <= 30
        assert sample["degree"].tolist() == [degree.get(number[name], 0) for name in sample["person"]]
        people = sample["person"].tolist()
        for place in range(10, len(people)):  # each who was followed is known to somebody met before
            assert any(frozenset((number[people[place]], number[one])) in known for one in people[:place])


def test_a_long_row_of_notes_does_not_hide_the_names(tmp_path):
    place = tmp_path / "a.csv"
    place.write_text(
        "id,police,NGO,,,,,,\n" + "1,yes,no,,,,,,\n2,no,yes,,,,,,\n" * 5 + "see,the,note,on,page,two,of,this,file\n"
    )
    with pytest.raises(DataError, match=r"column 4 has no name and holds something \(first in line 12\)"):
        plan_file(place)


def test_synthetic_tables_are_listed_with_the_call_that_makes_each_or_written(tmp_path, capsys, monkeypatch):
    called = []
    monkeypatch.setattr(command, "write", called.append)
    command.main([])
    lines = capsys.readouterr().out.splitlines()
    assert lines == [f"{name}.csv: {recipe.call}" for name, recipe in command.RECIPES.items()]
    assert called == []
    command.main(["--write", str(tmp_path)])
    assert called == [tmp_path]
    with pytest.raises(SystemExit):
        command.main(["--help"])
    assert "python -m ctresearch.data.synthetic" in capsys.readouterr().out
