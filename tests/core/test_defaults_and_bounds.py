"""Defaults, bounds and words of the core: what is meant where nothing is said, and what holds at the very limit."""

import datetime as dt
import io
import math
import struct
import threading
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import (
    CellError,
    Check,
    DataError,
    Explorer,
    Meaning,
    MissingExtraError,
    Scope,
    SpecificationError,
    answer,
    cells,
    columns,
    estimates_table,
    inputs,
    meaning,
    names,
    parallel,
    plot,
    read_groups,
    render,
    say,
    stored,
    validate,
    worst,
)
from ctresearch.core import compile as compiling
from ctresearch.core.answer import Answer
from ctresearch.core.declaration import Declaration, column_names, read_role
from ctresearch.core.groups import read_units
from ctresearch.core.message import as_message
from ctresearch.core.result import freedom, reach
from ctresearch.core.tongue import ENGLISH, digits_for


@pytest.mark.parametrize(
    ("make", "role", "said"),
    [
        (meaning.key, "key", {}),
        (meaning.count, "count", {"unit": "persons"}),
        (meaning.weighted, "weighted count", {"unit": "persons", "base": "all"}),
        (meaning.share, "share", {"base": "all", "reader": "percent"}),
        (meaning.statistic, "statistic", {"kind": "mean", "base": "all"}),
        (meaning.model, "model", {}),
        (meaning.money, "money", {"base": "all"}),
        (meaning.text, "text", {}),
        (meaning.mark, "mark", {}),
        (meaning.place, "place", {}),
        (meaning.date, "date", {}),
        (meaning.actor, "actor", {}),
        (meaning.quote, "quote", {}),
        (meaning.operational, "operational detail", {}),
    ],
)
def test_a_meaning_of_which_nothing_is_said_is_as_usual_and_waits_for_a_label(make, role, said):
    usual = {"unit": "", "of": "person", "base": "", "kind": "", "outcome": "", "reader": "as it is"}
    usual |= {"headline": False, "lists": False, "by": ""}
    made = make()
    assert (made.role, made.label) == (role, "")
    assert {name: getattr(made, name) for name in usual} == usual | said
    assert made.to_dict() == {"role": role, "label": ""} | said
    assert made.called("age_group").label == "Age group"
    assert make("Mine").called("age_group").label == "Mine"


def test_a_meaning_keeps_what_is_said():
    assert meaning.key("A", "years").unit == meaning.date("A", "years").unit == "years"
    assert (meaning.actor("A", protected=True).role, meaning.actor("A").role) == ("protected person", "actor")
    assert meaning.quote(of="child").of == "child"
    with pytest.raises(SpecificationError, match="of == 'case', must be one of 'person', 'child'"):
        meaning.quote(of="case")
    limits = meaning.limits("Sum", "persons", reader="ratio")
    assert list(limits) == ["estimate", "std_error", "ci_low", "ci_high", "unit"]
    told = {name: (one.role, one.label, one.unit, one.reader) for name, one in limits.items()}
    assert told == {
        "estimate": ("model", "Sum", "persons", "ratio"),
        "std_error": ("model", "Standard error", "", "as it is"),
        "ci_low": ("model", "Lower limit", "persons", "ratio"),
        "ci_high": ("model", "Upper limit", "persons", "ratio"),
        "unit": ("mark", "Unit", "", "as it is"),
    }
    assert meaning.limits()["estimate"].label == "Estimate"
    rows = {"a": meaning.model("A"), "b": meaning.share("B", "n"), "c": meaning.money("C")}
    mixed = meaning.by_row("term", rows, "All")
    assert (mixed.role, mixed.base, mixed.by, mixed.label) == ("share", "all", "term", "All")
    assert meaning.by_row("term", {"a": meaning.mark("A")}).role == "model"
    assert (mixed.row("b").base, mixed.row("x").by, dict(mixed.row("x").rows)) == ("n", "", {})


@pytest.mark.parametrize(
    ("words", "made"),
    [
        ("count", Meaning("count", "X")),
        ("count of households", Meaning("count", "X", "households", of="household")),
        ("count of nobody", Meaning("count", "X", "nobody", of="nobody")),
        ("model of nobody", Meaning("model", "X", of="nobody")),
        ("money", Meaning("money", "X", base="all")),
        ("share", Meaning("share", "X", base="all")),
        ("share of n", Meaning("share", "X", base="n")),
        ("median of n", Meaning("statistic", "X", base="n", kind="quantile")),
        ("at risk", Meaning("statistic", "X", base="all", kind="at risk")),
        ("key", Meaning("key", "X")),
    ],
)
def test_a_role_in_words_is_a_meaning_under_the_name_of_its_column(words, made):
    assert read_role("x", words) == made
    assert read_role("x", words).label == "X"


@pytest.mark.parametrize("words", ["key of n", "count of lists", "shares", "model of n", ""])
def test_words_that_are_no_role_are_refused_with_those_there_are(words):
    with pytest.raises(
        SpecificationError, match=f"^the role of 'x' is '{words}', must be a Meaning or one of key, count"
    ):
        read_role("x", words)


def test_a_declaration_is_plain_and_comes_back():
    made = Declaration({"a": "model"}, {"g": "key"}, {"t": {"n": "count"}})
    assert made.to_dict() == {
        "terms": {"a": {"role": "model", "label": "A"}},
        "keys": {"g": {"role": "key", "label": "G"}},
        "tables": {"t": {"n": {"role": "count", "label": "N"}}},
    }
    assert Declaration.from_dict(made.to_dict()) == made
    table = pd.DataFrame({("a", 1): [1], "b": [2]}, index=pd.Index([5], name="place"))
    assert column_names(table) == ["place", "a 1", "b"]
    assert column_names(pd.Series([1, 2], name="n")) == ["n"]
    assert column_names(pd.DataFrame({"a": [1]}, index=["x"])) == ["", "a"]


@pytest.mark.parametrize(
    ("value", "open_ends", "fits"),
    [
        (0, False, True),
        (1, False, True),
        (0, True, False),
        (1, True, False),
        (0.5, True, True),
        (1.1, False, False),
        (-0.1, False, False),
        (math.inf, False, False),
        (Fraction(1, 2), False, True),
    ],
)
def test_a_range_holds_at_its_ends_unless_they_are_open(value, open_ends, fits):
    if fits:
        assert validate.in_range("x", value, 0, 1, open_ends=open_ends) is value
    else:
        ends = "both excluded" if open_ends else "both included"
        with pytest.raises(SpecificationError, match=rf"must be between 0 and 1 \({ends}\)$"):
            validate.in_range("x", value, 0, 1, open_ends=open_ends)


def test_what_a_range_allows_is_said():
    for given, said in (
        ({"low": 2}, "must be at least 2"),
        ({"high": 0}, "must be at most 0"),
        ({"low": 1, "open_ends": True}, "must be above 1"),
        ({"high": 1, "open_ends": True}, "must be below 1"),
    ):
        with pytest.raises(SpecificationError, match=f"^x == 1, {said}$"):
            validate.in_range("x", 1, **given)
    for value in (math.inf, -math.inf):
        with pytest.raises(SpecificationError, match=r"must be finite$"):
            validate.in_range("x", value)
    for value in (True, math.nan, "1", 1j, None):
        with pytest.raises(SpecificationError, match=r"must be a number$"):
            validate.in_range("x", value)
        with pytest.raises(SpecificationError, match=r"must be a number at least 0$"):
            validate.in_range("x", value, 0)
    assert (validate.whole_number("n", 3, 3, 3), type(validate.whole_number("n", np.int64(3)))) == (3, int)
    for value in (2, 4):
        with pytest.raises(SpecificationError, match=rf"^n == {value}, must be a whole number between 3 and 3"):
            validate.whole_number("n", value, 3, 3)
    for value in (True, 3.0):
        with pytest.raises(SpecificationError, match=r"must be a whole number$"):
            validate.whole_number("n", value)


def test_a_level_is_a_proportion():
    assert validate.is_level(0.95) == 0.95
    with pytest.raises(SpecificationError, match=r"^level == 95, must be a proportion: write 0\.95$"):
        validate.is_level(95)
    for value in (0, 1, 100, True):
        with pytest.raises(SpecificationError, match=r"between 0 and 1|must be a number"):
            validate.is_level(value)


def test_what_is_of_another_kind_is_named_by_its_kind():
    assert validate.is_a("scope", scope := Scope(), Scope) is scope
    with pytest.raises(SpecificationError, match=r"^scope is a int, must be a Scope$"):
        validate.is_a("scope", 3, Scope)
    with pytest.raises(SpecificationError, match=r"^m is a list, must be a mapping, such as a dict$"):
        validate.is_mapping("m", [])
    with pytest.raises(DataError, match=r"^frame is a list, must be a pandas DataFrame$"):
        validate.is_frame("frame", [])
    with pytest.raises(DataError, match=r"^frame has the column 'a' more than once, names must be unique"):
        validate.is_frame("frame", pd.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(DataError, match=r"^frame has 0 rows and 1 columns, must hold at least one of each$"):
        validate.is_frame("frame", pd.DataFrame({"a": []}))
    for value, said in (("", "empty"), (3, "a int"), ("/", "a str"), (None, "a NoneType")):
        with pytest.raises(SpecificationError, match=f"^path is {said}, must be a path$"):
            validate.file_path("path", value)
    with pytest.raises(SpecificationError, match=r"^x == True, must be one of 1, 2$"):
        validate.one_of("x", True, (1, 2))
    with pytest.raises(MissingExtraError, match=r"the package 'no_such', .*run `pip install 'ctresearch\[pdf\]'`$"):
        validate.require_extra("no_such", "pdf")


def test_a_column_that_is_not_there_is_said_with_those_that_are():
    few = pd.DataFrame({"people": [1], "year": [2]})
    validate.has_columns("frame", few, ["people", "year"])
    with pytest.raises(
        DataError, match=r"^frame has no column 'peple'; its columns are 'people', 'year'; did you mean 'p"
    ):
        validate.has_columns("frame", few, ["year", "peple"])
    with pytest.raises(DataError, match=r"^frame has no column \['zzz'\]; its columns are 'people', 'year'$"):
        validate.has_columns("frame", few, [["zzz"]])
    for many, more in ((20, ""), (21, ", ...")):
        wide = pd.DataFrame([range(many)], columns=[f"c{n}" for n in range(many)])
        with pytest.raises(DataError, match=f"'c18', 'c19'{more}$"):
            validate.has_columns("frame", wide, ["zzz"])


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "missing"),
        (math.nan, "missing"),
        (pd.NaT, "missing"),
        (pd.NA, "missing"),
        ("Fatima", "text"),
        (3, "a whole number"),
        (2.5, "a number"),
        (-math.inf, "infinite"),
        (np.float64("inf"), "infinite"),
        (True, "yes or no"),
        (np.bool_(False), "yes or no"),
        (dt.date(2026, 1, 31), "a date"),
        (dt.time(12), "a date"),
        ([1], "a list"),
    ],
)
def test_a_cell_is_told_by_its_kind(value, kind):
    assert cells.kind_of(value) == kind


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([1], "1"),
        ([1, 2], "1 and 2"),
        ([1, 2, 3, 4, 5], "1, 2, 3, 4 and 5"),
        ([1, 2, 3, 4, 5, 6], "1, 2, 3, 4, 5 and 1 more"),
        ([1000, 20000], "1,000 and 20,000"),
        (range(2000), "0, 1, 2, 3, 4 and 1,995 more"),
        ([], ""),
    ],
)
def test_rows_are_written_as_a_person_would(rows, words):
    assert cells.row_words(rows) == words
    assert cells.row_words([1, 2, 3], shown=1) == "1 and 2 more"


def test_wrong_cells_are_counted_and_placed_and_never_shown():
    column = pd.Series([1, "Fatima", None, 2.5], name="age", dtype=object)
    found = cells.wrong_cells(column, [False, True, True, False], "must be numbers")
    assert str(found) == "column 'age': 2 of 4 cells are missing or text (rows 2 and 3), must be numbers"
    assert (found.column, found.rows) == ("age", (2, 3))
    one = cells.wrong_cells(column, pd.array([pd.NA, True, False, False], dtype="boolean"), "must be so", name="a")
    assert str(one) == "column 'a': 1 of 4 cells is text (row 2), must be so"
    cells.refuse_cells(column, [False] * 4, "must be numbers")
    with pytest.raises(CellError, match=r"^column 'b': 1 of 4"):
        cells.refuse_cells(column, [True, False, False, False], "must be", name="b")
    assert cells.shown(pd.DataFrame({"a": [1]})) == "a DataFrame"
    assert cells.shown([np.zeros(2)]) == "a list of tables"
    assert cells.shown({"a": np.zeros(2)}) == "a dict of tables"
    assert cells.shown(("a", 1)) == "('a', 1)"


def test_columns_are_named_and_read():
    assert columns.columns_by_role({"unit": "a"}, time="b", weight=None) == {"unit": "a", "time": "b"}
    for value in ("", 3):
        with pytest.raises(SpecificationError, match=f"^unit == {value!r}, must be the name of a column$"):
            columns.columns_by_role({"unit": value})
    assert columns.column_names("x", ["a", "b"], least=2) == ("a", "b")
    for wrong in ("ab", ["a", "a"], ["a"], 3, [["a"]], np.array(["a", "b"])):
        with pytest.raises(
            SpecificationError, match=r"must be a list of at least 2 different columns(: write \['ab'\] .*)?$"
        ):
            columns.column_names("x", wrong, least=2)
    frame = pd.DataFrame({"n": [1, 2], "b": [True, False], "t": ["x", "y"], "f": [1.0, math.inf]})
    assert columns.read_numbers(frame, "b").tolist() == [1.0, 0.0]
    with pytest.raises(DataError, match=r"^column 't' is of type .*, must hold numbers$"):
        columns.read_numbers(frame, "t")
    with pytest.raises(DataError, match=r"^column 'f' holds 1 values that are not finite$"):
        columns.read_numbers(frame, "f")
    columns.refuse_missing(frame, frame.columns)
    with pytest.raises(DataError, match=r"^column 'n' has 1 missing values of 3, must have none"):
        columns.refuse_missing(frame.reindex([0, 1, 2]), ["n"])


def test_groups_stand_in_their_order_and_none_is_called_all():
    frame = pd.DataFrame({"g": ["b", "a", "b"], "n": [10, 9, 10], "m": [2, "1", 2]})
    found = read_groups(frame, "g")
    assert (found.names, found.codes.tolist()) == (("a", "b"), [1, 0, 1])
    assert {name: rows.tolist() for name, rows in found.rows(overall=True).items()} == {
        "all": [True, True, True],
        "a": [False, True, False],
        "b": [True, False, True],
    }
    assert list(found.rows()) == ["a", "b"]
    assert read_groups(frame, "n").names == ("9", "10")
    assert read_groups(frame, "m").names == ("1", "2")
    ordered = frame.assign(g=pd.Categorical(frame["g"], ["b", "a"], ordered=True))
    assert read_groups(ordered, "g").names == ("b", "a")
    with pytest.raises(CellError, match=r"^column 'g' has a group named 'all' \(rows 2 and 3\), which stands for all"):
        read_groups(frame.assign(g=["a", "All ", "All "]), "g")
    assert read_units(frame.assign(g=["a", "All", "b"]), "g").names == ("All", "a", "b")
    with pytest.raises(CellError, match="spelled in more than one way"):
        read_units(frame.assign(g=["a", "A", "b"]), "g")
    merged = read_units(frame.assign(g=["a", "A", "A"]), "g", merge=True)
    assert (merged.names, merged.codes.tolist()) == (("A",), [0, 0, 0])
    (check,) = merged.checks
    assert (check.name, check.status, dict(check.numbers)) == ("names", "review", {"merged": 1, "names": 1})
    assert "names in 'g'" in check.message


def test_names_that_are_alike_are_placed():
    names.refuse_alike(["a", "b"], "columns")
    with pytest.raises(
        CellError, match=r"^2 of 3 columns \(numbers 1 and 3\) differ from one another in case"
    ) as caught:
        names.refuse_alike(["Ä", "b", "a"], "columns")
    assert caught.value.rows == (1, 3)
    assert names.unknown_names(["a", "x", "b", "y"], ["a", "b"]) == [2, 4]
    for one, other in ((1.0, "1"), ("1.0", "1"), ("O\u2019Neil", "o`neil"), (" A  b", "a b"), ("\u200ba", "a")):
        assert names.name_key(one) == names.name_key(other)
    assert names.name_key("1.05") != names.name_key("1")


@pytest.fixture
def timers(monkeypatch):
    """Timers that run when they are told to."""
    made = []

    class Timer:
        daemon = False

        def __init__(self, seconds, call):
            self.seconds, self.call, self.state = seconds, call, []
            made.append(self)

        def start(self):
            self.state.append(("started", self.daemon))

        def cancel(self):
            self.state.append("cancelled")

    monkeypatch.setattr(parallel.threading, "Timer", Timer)
    return made


class Bar:
    """A bar that counts."""

    def __init__(self, **given):
        self.given, self.updates, self.closed = given, 0, False

    def update(self):
        self.updates += 1

    def close(self):
        self.closed = True


def test_a_bar_shows_itself_when_the_work_is_slow_and_counts_on(timers, monkeypatch):
    shown = []
    monkeypatch.setattr("tqdm.auto.tqdm", lambda **given: shown.append(Bar(**given)) or shown[-1])
    monkeypatch.setattr(parallel, "tqdm", lambda **given: shown.append(Bar(**given)) or shown[-1], raising=False)
    bar = parallel._LateBar(5, "Working")
    (timer,) = timers
    assert timer.seconds == 1.0
    assert timer.state == [("started", True)]  # which holds no process up that wants to end
    assert [bar.count(one) for one in ("a", "b")] == ["a", "b"]
    timer.call()
    assert shown[0].given == {"total": 5, "initial": 2, "desc": "Working", "leave": False}
    bar.count("c")
    assert shown[0].updates == 1
    bar.close()
    assert (timer.state[1:], shown[0].closed) == (["cancelled"], True)
    timer.call()
    assert len(shown) == 1  # the work has ended


def test_a_bar_within_a_bar_is_none(timers, monkeypatch):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    monkeypatch.setattr(parallel, "_showing", threading.Lock())
    with parallel._bar(3, "outer") as outer, parallel._bar(3, "inner") as inner:
        assert (outer(1), inner(2)) == (1, 2)
        assert len(timers) == 1
    with parallel._bar(3, "next"):
        assert len(timers) == 2
    assert timers[1].state[-1] == "cancelled"
    monkeypatch.setenv("TQDM_DISABLE", "1")
    with parallel._bar(3, "none") as count:
        assert count("x") == "x"
    assert len(timers) == 2


def test_work_is_cut_and_done_in_order_by_as_many_as_was_asked(monkeypatch):
    assert parallel.split(10, 4) == [range(4), range(4, 8), range(8, 10)]
    assert parallel.split(0, 4) == []
    asked = []
    monkeypatch.setattr(parallel, "available_cores", lambda: 3)
    monkeypatch.delenv("CTRESEARCH_JOBS", raising=False)
    monkeypatch.delenv("CTRESEARCH_CLUSTER", raising=False)

    def pool(**given):
        asked.append(given)
        return lambda calls: [function(*words, **more) for function, words, more in calls]

    monkeypatch.setattr("joblib.Parallel", pool)
    monkeypatch.setattr(parallel, "Parallel", pool, raising=False)
    assert parallel.map_chunks(abs, [-1, -2, -3, -4]) == [1, 2, 3, 4]
    assert asked == [{"n_jobs": 3, "prefer": "threads", "return_as": "generator"}]
    parallel.map_chunks(abs, [-1, -2], prefer="processes")
    assert asked[1] == {"n_jobs": 2, "prefer": "processes", "return_as": "generator"}
    with parallel.workers(2):
        parallel.map_chunks(abs, [-1, -2, -3])
    assert asked[2]["n_jobs"] == 2
    monkeypatch.setenv("CTRESEARCH_JOBS", "4")
    parallel.map_chunks(abs, range(9))
    assert asked[3]["n_jobs"] == 4
    with parallel.workers(1):
        assert parallel.map_chunks(abs, [-5]) == [5]
    assert len(asked) == 4
    with pytest.raises(SpecificationError, match="jobs == 0"), parallel.workers(0):
        pass


def test_an_answer_is_read_file_by_file_to_its_end():
    def packed(*files):
        heads = b"".join(compiling.FILE_HEADER.pack(len(n), len(c)) + n + c for n, c in files)
        return heads + compiling.FILE_HEADER.pack(0, 0)

    files = [(b"a.nbi", b"index"), (b"b.nbc", b"")]
    assert list(compiling._files(io.BytesIO(packed(*files)))) == [("a.nbi", b"index"), ("b.nbc", b"")]
    assert list(compiling._files(io.BytesIO(packed()))) == []
    whole = packed((b"a.nbi", b"index"))
    with pytest.raises(OSError, match=r"^the answer was cut short$"):
        list(compiling._files(io.BytesIO(whole[: compiling.FILE_HEADER.size + 8])))
    with pytest.raises(struct.error):
        list(compiling._files(io.BytesIO(whole[:-1])))


def test_sources_are_hashed_by_name_length_and_bytes():
    one = compiling.hash_sources([("a.py", b"x")])
    others = [[("b.py", b"x")], [("a.py", b"y")], [("a.py", b"x"), ("b.py", b"")], []]
    assert len({one, *map(compiling.hash_sources, others)}) == 5


ROW = {"term": "x", "estimate": 0.25, "std_error": 0.1, "ci_low": 0.1, "ci_high": 0.4, "unit": ""}


def told(row=None, meaning=None, **given):
    terms = {"x": meaning or {}}
    (found,) = answer.answers([ROW | (row or {})], terms, **({"scale": "identity", "level": 0.9} | given))
    return found


def test_an_answer_stands_on_the_scale_of_a_reader():
    assert told() == Answer("x", 0.25, 0.1, 0.4, "", 0.9)
    assert told(meaning={"label": "Risk", "unit": "persons"}) == Answer("Risk", 0.25, 0.1, 0.4, "persons", 0.9)
    hundredfold = Answer("x", 25.0, 10.0, 40.0, "percent", 0.9)
    assert told(meaning={"reader": "percent"}) == hundredfold
    assert told({"unit": "share of cases"}) == Answer("x", 25.0, 10.0, 40.0, "percent of cases", 0.9)
    assert told({"unit": "share of cases"}, {"role": "count"}).estimate == 0.25
    assert told({"unit": "percent"}, {"reader": "percent"}).estimate == 0.25
    assert told({"ci_high": 1.5}, {"reader": "percent"}).estimate == 0.25
    assert told({"ci_high": 1.0, "estimate": None}, {"reader": "percent"}).high == 100.0
    ratio = told({"unit": "log of the odds"}, scale="log")
    assert (ratio.unit, ratio.estimate) == ("odds", pytest.approx(math.exp(0.25)))
    assert told({"unit": "rate"}, {"reader": "ratio"}, scale="log").low == pytest.approx(math.exp(0.1))
    assert told({"unit": "rate"}, scale="log").estimate == 0.25
    assert told({"estimate": 1e4}, {"reader": "ratio"}, scale="log").estimate == math.inf
    assert told({"ci_low": 0.4, "ci_high": 0.1}).low == 0.1
    assert told({"ci_low": "-inf"}).low == -math.inf


def test_the_rows_of_an_answer_are_those_of_everybody_or_of_the_last_moment():
    def found(rows, **given):
        made = answer.answers([ROW | row for row in rows], {"x": {}}, scale="identity", level=0.9, **given)
        return [(one.estimate, one.of) for one in made]

    assert found([]) == []
    groups = [{"group": "a", "estimate": 0.1}, {"group": "all", "estimate": 0.2}]
    assert found(groups) == [(0.2, ())]
    moments = [{"time": 1, "estimate": 0.1}, {"time": 3, "estimate": 0.2}, {"time": 2, "estimate": 0.3}]
    assert found(moments) == [(0.2, ())]
    assert found([{"year": 1, "estimate": 0.1}, {"year": 2, "estimate": 0.2}]) == [
        (0.1, ("year 1",)),
        (0.2, ("year 2",)),
    ]
    assert found([{"place": "A", "estimate": 0.1}, {"place": "", "estimate": 0.2}]) == [(0.1, ("A",)), (0.2, ())]
    other = [{"term": "y", "estimate": 0.1}, {"estimate": 0.2}]
    assert found(other) == [(0.1, ())]
    assert found(other, term="x") == [(0.2, ())]


def checks(*marks):
    return [Check(name, status, "Some words.", voids=voids) for name, status, voids in marks]


def test_how_far_an_answer_is_trusted_is_what_its_checks_say():
    assert answer.standing([]).grade == "not checked"
    assert answer.standing(checks(("a", "pass", True))).grade == "sound"
    careful = answer.standing(checks(("a", "pass", False), ("b", "review", False), ("c", "fail", False)))
    assert (careful.grade, [one.name for one in careful.checks]) == ("with care", ["c", "b"])
    assert str(careful.sentence()) == "With care. 2 of 3 checks ask to be read beside the number."
    gone = answer.standing(checks(("a", "fail", False), ("b", "fail", True), ("c", "review", False)))
    assert (gone.grade, [one.name for one in gone.checks]) == ("do not quote", ["b", "a"])
    assert answer.standing([], stands=False).grade == "do not quote"
    first = answer.standing(checks(("a", "review", False), ("b", "review", False)), foremost=("b",))
    assert [one.name for one in first.checks] == ["b", "a"]
    lowered = answer.standing(checks(("a", "pass", False)), said="with care", why="Some words {of} it.")
    assert (lowered.grade, str(lowered.reason)) == ("with care", "Some words {of} it.")
    kept = answer.standing(checks(("a", "review", False)), said="sound", why="no")
    assert (kept.grade, "1 of 1 checks asks" in kept.reason) == ("with care", True)
    same = answer.standing(checks(("a", "review", False)), said="with care")
    assert "1 of 1 checks asks" in same.reason
    assert str(answer.check_sentence(checks(("few people", "review", False))[0])) == "Few people: Some words."


def test_an_answer_in_short_has_three_numbers_at_most():
    told_ = [Answer(name, 1.0) for name in "abcde"]
    lines = answer.in_short(told_, answer.standing([]))
    assert [str(one)[:2] for one in lines[:3]] == ["a:", "b:", "c:"]
    assert str(lines[3]) == "2 more numbers of this kind follow."
    assert str(lines[4]).startswith("Not checked. ")
    assert len(answer.in_short(told_[:3], answer.standing([]))) == 4
    void = answer.in_short(told_, answer.standing(checks(("a", "fail", True))))
    assert [str(one).partition(":")[0] for one in void][1:] == ["A"]


def test_a_check_is_plain_and_weighed():
    one = Check("a", "review", say("{n} people", n=3), {"n": 3})
    plain = {"name": "a", "status": "review", "message": "3 people", "numbers": {"n": 3.0}}
    assert one.to_dict() == plain | {"said": {"template": "{n} people", "values": {"n": 3}}}
    assert Check.from_dict(one.to_dict()) == one
    void = Check("b", "fail", "It is not there.", voids=True)
    assert void.to_dict() == {
        "name": "b",
        "status": "fail",
        "message": "It is not there.",
        "numbers": {},
        "voids": True,
    }
    assert (void.stands, one.stands, Check("b", "pass", "Some words.", voids=True).stands) == (False, True, True)
    assert [worst(some) for some in ([], [one], [one, void])] == ["pass", "review", "fail"]
    assert [str(check.label) for check in (void, one, Check("b", "fail", "No, no."))] == [
        "Does not stand",
        "Review",
        "Mind the reading",
    ]
    assert str(void) == "✗ b: It is not there."


@pytest.mark.parametrize(
    ("values", "digits"),
    [
        ((200.0, 180.0, 220.0), 3),
        ((1000.0, 999.0, 1001.0), 5),
        ((5.0,), 3),
        ((), 3),
        ((0.0, 0.0), 3),
        ((1e9, 1e9 - 1, 1e9 + 1), 8),
        ((math.nan, 100.0, 101.0), 4),
    ],
)
def test_digits_tell_an_estimate_from_its_limits(values, digits):
    assert digits_for(*values) == digits


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (11417.99, "11,400"),
        (1e6, "1 million"),
        (999_999.0, "1 million"),
        (-2.5e9, "−2.5 billion"),
        (3e12, "3 trillion"),
        (math.inf, "∞"),
        (math.nan, "–"),
        (0.123456, "0.123"),
    ],
)
def test_a_number_is_said_in_a_few_digits(value, said):
    assert ENGLISH.about(value) == said


def test_numbers_on_a_card_are_short_and_few_people_are_not_counted():
    assert [render.few(count) for count in (0, 1, 4, 5)] == ["0", "<5", "<5", "5"]
    assert render.few(3, least=3) == "3"
    values = [None, "", "x", 3, 2.5, ("a", "b"), tuple("abcdefghijklmn"), (), {"a": 1}, np.zeros((2, 1000)), object()]
    assert [render.shown(one) for one in values] == [
        *("–", "–", "x", "3", "2.5", "a, b", "a, b, c, d, e, f, g, h, i, j, k, l, …"),
        *("tuple of 0", "dict of 1", "ndarray 2 × 1,000", "…"),
    ]
    assert [render.number(one) for one in (999.96, 1000.4, -0.5, 1e-5)] == ["1000", "1,000", "−0.5", "1e-05"]


def test_an_explorer_draws_every_position_and_the_chosen_one_dark():
    table = pd.DataFrame({"estimate": [1.0, 2000.0], "ci_low": [0.5, 1500.0]}, index=["a", "b"])
    made = Explorer("What if?", "Share", "People", table, ("One.", "Two."))
    ax = made.plot(1)
    lines = [(one.get_color(), one.get_linewidth(), one.get_marker(), one.get_markersize()) for one in ax.get_lines()]
    assert [one[:2] for one in lines[::2]] == [(plot.GREY, 1.2), (plot.BLACK, 2.4)]
    assert [(one[0], *one[2:]) for one in lines[1::2]] == [(plot.GREY, "o", 5), (plot.BLACK, "D", 7)]
    drawn = [one.get_xdata().tolist() for one in ax.get_lines()]
    assert drawn[1::2] == [[1.0], [2000.0]]
    assert [one[0] for one in drawn[::2]] == [0.5, 1500.0]
    assert all(math.isnan(one[1]) for one in drawn[::2])  # a limit that nobody gave
    assert [one.get_ydata().tolist() for one in ax.get_lines()] == [[0, 0], [0], [1, 1], [1]]
    assert [one.get_text() for one in ax.get_yticklabels()] == ["a", "b"]
    assert ax.yaxis_inverted()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("People", "Share")
    assert ax.xaxis.get_major_formatter()(1500, 0) == "1,500"
    assert made.plot().get_lines()[0].get_color() == plot.BLACK  # the first where none is chosen
    assert ax.figure.get_size_inches().tolist() == pytest.approx([7.2, 1.2 + 0.28 * 2])


def test_a_figure_is_drawn_twice_and_without_a_clock():
    figure = plot.new_axes(3.0, 2.0).figure
    asked = []
    figure.draw_without_rendering = lambda: asked.append("drawn")
    figure.savefig = lambda target, **given: asked.append(given) or target.write("<svg/>")
    assert plot.as_svg(figure) == "<svg/>"
    assert asked == ["drawn", {"format": "svg", "metadata": {"Date": None, "Creator": None}}]
    assert figure.get_size_inches().tolist() == [3.0, 2.0]


def test_a_forest_has_a_row_a_term_from_above_and_says_where_there_is_no_estimate():
    table = estimates_table(
        {"a": (1.0, 0.1, 0.5, 2000.0), "b": (2.0, 0.1, math.nan, 3.0), "c": (math.nan,) * 4}, unit="x"
    )
    ax = plot.forest(table, title="T", reference=1.5)
    assert [one.get_text() for one in ax.get_yticklabels()] == ["a", "b", "c"]
    assert ax.get_yticks().tolist() == [2, 1, 0]
    assert ax.get_ylim() == pytest.approx((-0.7, 2.7))
    full, hollow, line = ax.get_lines()
    assert (full.get_xdata().tolist(), full.get_ydata().tolist(), full.get_markerfacecolor()) == ([1.0], [2], plot.BLUE)
    assert (hollow.get_xdata().tolist(), hollow.get_ydata().tolist()) == ([2.0], [1])
    assert hollow.get_markerfacecolor() == "white"
    assert (line.get_xdata(), line.get_linestyle(), line.get_color()) == ([1.5, 1.5], "--", plot.GREY)
    ((words,),) = [ax.texts]
    assert (words.get_text(), words.xy) == ("no estimate", (0.02, 0))
    assert (ax.get_xlabel(), ax.get_title(loc="left")) == ("x", "T")
    assert plot.forest(table.assign(unit="")).get_xlabel() == "estimate"
    assert plot.forest(table, label="mine").get_xlabel() == "mine"
    assert plot.forest(table, log=True).get_xscale() == "log"
    assert plot.forest(table, ax=ax) is ax


def test_limits_lie_as_far_as_their_freedom_says():
    assert reach(0.95, [math.inf, 5.0]).tolist() == pytest.approx([1.959963985, 2.570581836], rel=1e-9)  # any table
    assert freedom(reach(0.95, 5.0), 0.95) == pytest.approx(5.0, rel=1e-6)  # a root that is found
    assert freedom(reach(0.95, math.inf), 0.95) == math.inf
    assert math.isnan(freedom(math.nan, 0.95))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("core.Result", None),
        ("ctresearch.core.result:Result", None),
        ("other.core.result:Result", "must name a result class of ctresearch"),
        ("core.Check", "must be a Result"),
        ("core.NoSuch", "is not known to this version of ctresearch"),
        ("no_room.Result", "is not known to this version of ctresearch"),
        ("core", "must name a result class of ctresearch"),
        (None, "must name a result class of ctresearch"),
        ("core.result.Result", "must name a result class of ctresearch"),
    ],
)
def test_a_stored_result_names_a_class_of_results(name, said):
    from ctresearch.core import Result

    if said is None:
        assert stored.find_class(name, Result) is Result
        assert stored.public_name(Result) == "core.Result"
    else:
        with pytest.raises(DataError, match=f"{said}$"):
            stored.find_class(name, Result)


@pytest.mark.parametrize("written", ["result-0", "result-", "7", "result-x", 7, "result-٧"])
def test_a_schema_is_a_word(written):
    with pytest.raises(DataError, match=r"^schema == .*, must be written as 'result-\d+': the file is damaged$"):
        stored._schema_of({"schema": written})
    assert stored._schema_of({}) == 1
    assert stored._schema_of({"schema": "result-12"}) == 12


def test_values_are_written_and_read_back():
    table = pd.DataFrame({"a": [1.0, math.nan], "b": ["x", None]}, index=pd.Index(["p", "q"], name="i"))
    values = {"n": np.int64(3), "f": [math.inf, -math.inf, math.nan], "t": table, "m": say("{n} x", n=1), "s": say("x")}
    written = stored.encode(values)
    assert (written["n"], written["s"]) == (3, "x")
    assert written["f"] == [{"$float": "inf"}, {"$float": "-inf"}, {"$float": "nan"}]
    read = stored.decode(written)
    assert (read["n"], read["f"][:2], str(read["m"])) == (3, (math.inf, -math.inf), "1 x")
    pd.testing.assert_frame_equal(read["t"], table)
    array = np.arange(6).reshape(2, 3)
    assert stored.encode(array) == {"$array": [0, 1, 2, 3, 4, 5], "shape": [2, 3], "dtype": "int64"}
    assert stored.decode(stored.encode(array)).tolist() == array.tolist()
    for wrong, said in (
        ({"$a": 1}, "the key '\\$a' cannot"),
        ({1: 2}, "the key 1 cannot"),
        (object(), "a object cannot"),
    ):
        with pytest.raises(DataError, match=f"^{said} be written to JSON"):
            stored.encode(wrong)


def test_a_table_is_hashed_by_values_and_names():
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    same = frame.set_axis([5, 6]).astype({"a": float})
    assert inputs.table_digest(frame) == inputs.table_digest(same)
    others = [frame.rename(columns={"a": "c"}), frame[["b", "a"]], frame[::-1], frame.assign(b=["x", "z"])]
    assert len({inputs.table_digest(frame), *map(inputs.table_digest, others)}) == 5
    made = inputs.record(frame, seed=3, packages=("numpy", "no-such-package"))
    assert (made.digest, made.keyed, made.seed) == (inputs.table_digest(frame), False, 3)
    assert list(made.versions) == ["ctresearch", "numpy", "no-such-package"]
    assert (made.versions["numpy"], made.versions["no-such-package"]) == (np.__version__, "not installed")
    assert inputs.Inputs.from_dict(made.to_dict()) == made


def test_a_scope_says_what_is_not_stated():
    assert (
        str(Scope()) == "population not stated; definition not stated; reference period not stated; measure not stated"
    )
    said = str(Scope("people", "found", "2013", "stock"))
    assert said == "people; found; 2013; point prevalence (stock)"
    for field in ("population", "definition", "reference_period"):
        with pytest.raises(
            SpecificationError, match=f"^{field} == ' ', must be words, or left out where it is unknown$"
        ):
            Scope(**{field: " "})
    assert str(as_message("{x}")) == "{x}"
