"""What a reader sees of tables, plans, schemas and linkages: every line holds the number or the name it is called by."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from cards import cells, head, listed, said
from ctresearch.core import Check
from ctresearch.data import (
    Answers,
    Column,
    FilePlan,
    Linkage,
    Translated,
    classify,
    codelist,
    describe_file,
    ic_tip,
    load,
    published,
    read_file,
    schema,
)
from ctresearch.data.classification import definition
from ctresearch.data.front_door.plan import RULES, read_plan, write_plan
from ctresearch.data.linkage.link_checks import check_blocking, check_doubles, check_error, check_overlaps
from ctresearch.data.linkage.linkage_error import LinkageError


def test_cards_list_what_they_are_named_by():
    answers = Answers(shape="persons", sheet="S 1", encoding="cp1252")
    assert listed(answers._repr_html_()) == {"shape": "persons", "sheet": "S 1", "encoding": "cp1252"}
    plan = FilePlan(shape="persons", columns={"A": "list", "B": "list"}, lists=2, sheet="S 1", questions=("Which?",))
    assert listed(plan._repr_html_()) == {
        "shape": "persons",
        "lists": "2",
        "sheet": "S 1",
        "encoding": "–",
        "questions": "Which?",
    }
    column = Column(name="age", kind="number", label="Age", unit="years", low=0.0, high=120.0, required=True)
    assert listed(column._repr_html_()) == {
        "name": "age",
        "kind": "number",
        "label": "Age",
        "unit": "years",
        "standard": "–",
        "low": "0",
        "high": "120",
        "required": "True",
    }
    words = ic_tip()
    assert listed(words._repr_html_()) == {"version": "2025", "variables": f"dict of {len(words.to_frame())}"}
    moved = Translated(frame=pd.DataFrame({"a": [1, 2]}), lost=pd.DataFrame({"n": [1, 2, 3]}))
    assert listed(moved._repr_html_()) == {"frame": "DataFrame 2 × 1", "lost": "DataFrame 3 × 1"}
    for thing in (answers, plan, column, words, moved):
        assert (head(thing._repr_html_()), said(thing._repr_html_())) == (type(thing).__name__, [])


def test_a_schema_shows_its_columns_and_a_code_list_its_labels():
    one = schema("glotip")
    page = one._repr_html_()
    assert listed(page) == {"name": "glotip", "version": one.version, "rows": one.rows}
    assert said(page) == [one.title]
    assert [row for row in cells(page) if len(row) == 3][-len(one.columns) :] == [
        [column.name, column.kind, column.label] for column in one.columns
    ]
    codes = codelist("ctdc/age-broad")
    page = codes._repr_html_()
    assert listed(page) == {"name": "ctdc/age-broad"}
    assert cells(page)[1:] == [[code, label] for code, label in codes.labels.items()]


def test_a_file_says_what_it_holds_on_its_card_as_in_words(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,police,NGO\n" + "1,yes,no\n2,no,yes\n3,yes,yes\n" * 4)
    read = read_file(path, FilePlan(shape="records", columns={"id": "other", "police": "other", "NGO": "left out"}))
    assert said(read._repr_html_()) == ["records: 12 rows, 2 columns"]
    found = describe_file(path, threshold=7)
    assert listed(found._repr_html_()) == {"reading": found.reading, "rows": "12", "threshold": "7"}
    assert said(found._repr_html_()) == list(found.notices)


def test_a_loaded_source_shows_its_report(tmp_path):
    path = tmp_path / "thb.csv"
    path.write_text("geo,year,value,flag\nBE,2020,<&,\n")
    loaded = load(path, "eurostat-thb")
    assert loaded._repr_html_().startswith("<pre>thb.csv as eurostat-thb: 1 rows, 1 violations (")
    assert repr(loaded).split("\n")[:2] == [loaded.schema.title, f"Counts whom: {loaded.scope}."]


def test_a_published_table_counts_each_list_and_all():
    table = published("uk-2013")
    page, frame = table._repr_html_(), table.frame
    assert head(page) == f"{table.title} (n = {frame['count'].sum():,})"
    for code in table.lists:
        n = int((frame[code] * frame["count"]).sum())
        assert f"<li>{code}: {table.list_names[code]} ({n:,} people)</li>" in page
    assert said(page)[0] == f"Counts whom: {table.scope}."
    assert said(page)[-1] == f"Cite: {table.citation}"


def test_a_classification_shows_both_bounds_of_each_group_and_no_few_people():
    items = [item.name for item in definition("icls-2018").items]
    rows = pd.DataFrame({"age": [30] * 20 + [12] * 3, "debt": [1] * 23})
    rows["no_freedom_to_leave"] = pd.array([1] * 8 + [None] * 6 + [0] * 6 + [1] * 3, dtype="Int64")
    found = classify(rows, "icls-2018", not_asked=[name for name in items if name not in rows])
    page = found._repr_html_()
    adults = next(row for row in cells(page) if row[0] == "adult")
    assert adults == ["adult", "8", "14", "20"]  # sure, and with the six who did not say
    children = next(row for row in cells(page) if row[0] == "child")
    assert set(children[1:]) <= {"<5", "0"}
    assert said(page) == [found.definition.title, *found.notes]
    assert "adult: 8 to 14 of 20" in repr(found)


def test_a_linkage_counts_persons_and_names_lists():
    counts = pd.DataFrame({"a": [1, 0, 1], "b": [0, 1, 1], "count": [700, 500, 34]})
    linked = Linkage(
        lists=("a", "b"),
        counts=counts,
        drawn=counts.assign(draw=0),
        error=SimpleNamespace(summary=lambda: "How it errs."),
        model=pd.DataFrame(),
        review=pd.DataFrame(),
        purpose="p",
        separation_from_enforcement="s",
    )
    assert listed(linked._repr_html_()) == {"lists": "a, b", "persons": "1,234"}
    assert repr(linked) == "1,234 persons on 2 lists\nHow it errs."


@pytest.mark.parametrize(
    ("check", "status", "numbers"),
    [
        (check_blocking(0.5, all_pairs=True), "pass", {"missed_by_blocking": 0.5}),
        (check_blocking(0.02, all_pairs=False), "pass", {"missed_by_blocking": 0.02}),
        (check_blocking(0.021, all_pairs=False), "review", {"missed_by_blocking": 0.021}),
        (
            check_error(LinkageError(np.array([0.04, 0.06]), np.array([0.01, np.nan]), 9)),
            "pass",
            {"false_match_rate": 0.05, "missed_match_rate": 0.01},
        ),
        (
            check_error(LinkageError(np.array([0.01]), np.array([0.06]), 9)),
            "review",
            {"false_match_rate": 0.01, "missed_match_rate": 0.06},
        ),
        (check_error(LinkageError(np.array([0.0]), np.array([0.0]), 0)), "fail", {"joined": 0}),
        (check_overlaps({(0, 1): 0.006}, [50, 100], ("a", "b")), "pass", {"a, b": 30.0}),
        (check_overlaps({(0, 1): 0.005, (1, 2): 1.0}, [50, 100, 9], ("a", "b", "c")), "review", {"a, b": 25.0}),
        (
            check_doubles({"a": pd.DataFrame({"given_sound": [1, 1, None, None], "family_sound": 2, "birth_date": 3})}),
            "review",
            {"a": 1.0},
        ),
        (
            check_doubles({"a": pd.DataFrame({"given_sound": [1, 1], "family_sound": [2, 4], "birth_date": 3})}),
            "pass",
            {"a": 0.0},
        ),
    ],
)
def test_questions_of_a_linkage_turn_at_their_limits(check: Check, status, numbers):
    assert check.status == status
    assert check.voids == (status == "fail")
    for name, value in numbers.items():
        assert check.numbers[name] == pytest.approx(value)


def test_words_of_checks_are_said_only_where_they_hold():
    assert "no draw can join them" not in str(check_blocking(0.0, all_pairs=False).message)
    assert "no draw can join them" in str(check_blocking(0.01, all_pairs=False).message)
    assert "estimate from the drawn" in str(check_error(LinkageError(np.array([0.06]), np.array([0.0]), 9)).message)
    assert "estimate from the drawn" not in str(check_error(LinkageError(np.array([0.0]), np.array([0.0]), 9)).message)


def test_every_rule_of_a_plan_reads_as_a_line_of_its_own():
    lines = set()
    for rule, allowed in RULES.items():
        for value in allowed[1:]:
            plan = FilePlan(shape="persons", columns={"A": "list", "x": "count"}, rules={rule: value})
            line = plan.summary("a.csv").split("\n")[3:]
            assert len(line) == 1, (rule, value)
            lines.add(line[0])
    assert len(lines) == sum(len(allowed) - 1 for allowed in RULES.values())


def test_the_words_of_a_plan_hold_all_it_says():
    plan = FilePlan(
        shape="counts",
        columns={"A": "list", "n": "count", "B": "list", "z": "left out"},
        yes=("oui",),
        sheet="S 1",
        notes=("two rows are blank",),
        questions=("which?",),
    )
    assert plan.summary("f.csv").split("\n")[1:] == [
        "  sheet: S 1",
        "  list: A, B",
        "  count: n",
        "  left out: z",
        "  yes: oui; no: no word",
        "  note: two rows are blank",
        "  open: which?",
    ]
    assert "yes: no word; no: non" in FilePlan(shape="persons", columns={}, no=("non",)).summary()
    assert [FilePlan(shape=one, columns={}).makes_lists for one in ("counts", "persons", "person-source", "edges")] == [
        True, True, True, False,
    ]  # fmt: skip


def test_a_plan_may_lie_elsewhere_and_is_kept_whole(tmp_path):
    plan = FilePlan(shape="edges", columns={"a": "other"}, no=("x",), encoding="cp1252")
    place = write_plan(plan, tmp_path / "a.csv", tmp_path / "b.toml")
    assert place == tmp_path / "b.toml"
    assert [one.name for one in tmp_path.iterdir()] == ["b.toml"]
    assert read_plan(place) == plan
    assert "How a.csv is read" in place.read_text(encoding="utf-8")
    assert read_plan(tmp_path / "none.toml") is None
