"""What is known of an output besides itself, as the gate takes it: every word, for every way to say it."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from ctresearch.core import DataError, SpecificationError, plot
from ctresearch.core.declaration import read_roles, write_meanings
from ctresearch.studies.door.declared import Declared, declare
from ctresearch.studies.door.drawn import numbers_in, numbers_of, refuse_other_numbers

TABLE = pd.DataFrame({"sex": ["Women", "Men"], "people": [40, 12]})
ROLES = {"sex": "key", "people": "count"}
PLAIN = write_meanings(read_roles(ROLES))
SAVED = {
    "t": {"kind": "table"},
    "e": {"kind": "estimate", "smallest_group": 7},
    "f": {"kind": "figure"},
}


def known(kind, thing=None, roles=None, data=None):
    """Return what is declared, and apart from it what is drawn."""
    found = declare("o", kind, thing, SAVED, roles=roles, data=data)
    rest = Declared(found.roles, None, found.drawn_from, found.smallest_group, found.declaration)
    return rest, found.drawn


def test_each_kind_of_output_says_what_it_can():
    assert known("table", TABLE, ROLES) == (Declared(roles=PLAIN), None)
    assert known("table", TABLE) == (Declared(), None)
    assert known("file", "notes.txt") == (Declared(), None)
    assert known("estimate", SimpleNamespace()) == (Declared(), None)
    says = SimpleNamespace(smallest_group=30, declaration=SimpleNamespace(to_dict=lambda: {"terms": {}}))
    assert known("estimate", says) == (Declared(smallest_group=30, declaration={"terms": {}}), None)


def test_a_picture_says_what_it_draws():
    assert known("figure", object(), data="t") == (Declared(drawn_from="t"), None)
    assert known("figure", object(), data="e") == (Declared(drawn_from="e", smallest_group=7), None)
    rest, drawn = known("figure", object(), ROLES, TABLE)
    assert rest == Declared(roles=PLAIN)
    assert_frame_equal(drawn, TABLE)
    rest, drawn = known("figure", object(), None, TABLE.set_index("sex"))
    assert rest == Declared()
    assert_frame_equal(drawn, TABLE)
    both = TABLE.assign(age=["child", "adult"]).set_index(["sex", "age"])
    assert list(known("figure", object(), None, both)[1].columns) == ["sex", "age", "people"]


def test_a_picture_of_a_result_says_what_the_result_says():
    result = SimpleNamespace(
        estimates=TABLE, roles=lambda: read_roles({"sex": "model", "people": "model"}), smallest_group=9
    )
    rest, drawn = known("figure", object(), {"sex": "key"}, result)
    assert rest == Declared(roles=write_meanings(read_roles({"sex": "key", "people": "model"})), smallest_group=9)
    assert_frame_equal(drawn, TABLE)


def test_a_picture_of_the_library_knows_its_numbers(monkeypatch):
    monkeypatch.setattr(plot, "shown", lambda thing: (TABLE, read_roles(ROLES)) if thing == "ours" else None)
    rest, drawn = known("figure", "ours", {"people": "model"})
    assert rest == Declared(roles=write_meanings(read_roles({**ROLES, "people": "model"})))
    assert_frame_equal(drawn, TABLE)
    assert known("figure", "theirs") == (Declared(), None)


@pytest.mark.parametrize(
    ("kind", "roles", "data", "said"),
    [
        ("table", None, "t", "data= was given with the table 'o', must stand beside a figure alone"),
        ("file", None, TABLE, "data= was given with the file 'o'"),
        ("file", ROLES, None, "roles= was given with 'o', a file, must stand beside a table"),
        ("estimate", ROLES, None, "roles= was given with 'o', a estimate, must stand"),
        ("figure", ROLES, "t", "roles= was given with 'o', a figure that draws a saved output, must stand"),
        ("figure", ROLES, None, "roles= was given with 'o', a figure without data=, must stand"),
        ("figure", None, "f", "'o' draws 'f', must be a table or an estimate saved before it: t, e$"),
        ("figure", None, "none", "'o' draws 'none', must be a table or an estimate saved before it: t, e$"),
    ],
)
def test_what_nobody_can_hold_is_refused(kind, roles, data, said):
    with pytest.raises(SpecificationError, match=said):
        known(kind, plot.new_axes() if kind == "figure" else object(), roles, data)


def test_data_that_are_no_table_and_roles_of_no_column_are_refused():
    with pytest.raises(DataError, match="data of the figure 'o' is a list, must be a DataFrame, a Result, or the name"):
        known("figure", object(), None, [1, 2])
    many = dict.fromkeys(("sexe", "peopel", "age", "year", "place", "Ana Horvat"), "key")
    with pytest.raises(SpecificationError) as caught:
        known("table", TABLE, many)
    assert "roles of 'o' name 'sexe', 'peopel', 'age', 'year', 2 more, which are no columns of it" in str(caught.value)
    assert "leave 2 of its 2 columns without a role" in str(caught.value)
    with pytest.raises(
        SpecificationError, match="name 'gone', which are no columns of it, and leave 1 of its 2 columns"
    ):
        known("table", TABLE, {"sex": "key", "gone": "count"})
    assert known("table", TABLE, {"sex": "key"})[0].roles.keys() == {"sex"}
    assert known("table", TABLE, {**ROLES, "gone": "count"})[0].roles == PLAIN


@pytest.mark.parametrize("upright", [True, False])
def test_bars_are_measured_along_their_length(upright):
    axes = plot.new_axes()
    draw = axes.bar if upright else axes.barh
    draw(["Women", "Men"], [40, 12], 0.37)
    refuse_other_numbers("f", axes, TABLE["people"].to_numpy(float))
    with pytest.raises(SpecificationError, match="'f' shows 1 bars and 0 written numbers"):
        refuse_other_numbers("f", axes, TABLE["people"].to_numpy(float)[:1])


def test_numbers_that_are_written_on_bars_may_round_and_no_more():
    held = TABLE["people"].to_numpy(float) + 0.25
    for text, wrong in (("40.3", 0), ("40.2", 0), ("40", 0), ("41", 1), ("40.1", 1), ("40.4", 1), ("Women 7", 0)):
        axes = plot.new_axes()
        axes.bar(["Women", "Men"], held)
        axes.text(0, 1, text)
        if wrong:
            with pytest.raises(SpecificationError, match="0 bars and 1 written numbers"):
                refuse_other_numbers("f", axes, held)
        else:
            refuse_other_numbers("f", axes, held)
    axes.text(0, 1, "4,025 %")
    refuse_other_numbers("f", axes, held)


def test_numbers_are_read_from_whole_cells_and_leaves():
    assert numbers_in(b'{"estimates": {"a": [1, 2.5, null, true], "b": {"c": "7"}}, "n": 9}', "e.json").tolist() == [
        1,
        2.5,
    ]
    assert numbers_in(b"sex,n\nWomen 9,1e2\n-.5,1.\n", "t.csv").tolist() == [-0.5, 1.0, 100.0]
    assert numbers_of(TABLE.assign(year=2020)).tolist() == [12, 40, 2020]
    assert numbers_of(TABLE.set_index("people")).tolist() == [12, 40]


def test_numbers_with_commas_are_read_in_cells_and_on_bars_alike():
    table = pd.DataFrame({"people": ["1,234", "1,234,567.5", "12,5", "0,125", "1,2,3", "1,5.5"]})
    held = numbers_of(table)
    assert held[np.isfinite(held)].tolist() == [0.125, 12.5, 1234.0, 1234567.5]
    for text, wrong in (("12,5", 0), ("1,234", 0), ("125", 1), ("1,25", 1), ("1,2,3", 1), ("123", 1)):
        axes = plot.new_axes()
        axes.bar(["Women"], [12.5])
        axes.text(0, 1, text)
        if wrong:
            with pytest.raises(SpecificationError, match="0 bars and 1 written numbers"):
                refuse_other_numbers("f", axes, np.array([12.5, 1234.0]))
        else:
            refuse_other_numbers("f", axes, np.array([12.5, 1234.0]))
