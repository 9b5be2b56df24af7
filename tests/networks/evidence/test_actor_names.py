"""Spellings of actors over several tables: who is one, where they stand, which spelling is kept."""

import pandas as pd
import pytest

from ctresearch.core import CellError
from ctresearch.networks.evidence.actor_names import ActorNames, actor_names, one_spelling

PARTS = [("column 'source'", ["Ana", "Bo", "Cy"]), ("column 'target'", ["Bo", "ana "]), ("actors", ["CY", "Bo"])]


def test_places_are_told_table_by_table_with_the_rows_of_each():
    with pytest.raises(CellError) as refused:
        actor_names(PARTS)
    assert str(refused.value).startswith("2 actors are spelled in more than one way")
    assert "(first seen in column 'source' rows 1 and 3; column 'target' row 2; actors row 1): spell" in str(
        refused.value
    )
    assert list(refused.value.rows) == [1, 3, 5, 6]
    with pytest.raises(CellError, match=r"^1 actor is spelled .*\(first seen in a row 1; c row 2\)"):
        actor_names([("a", ["Ana"]), ("b", ["Bo", "Bo"]), ("c", ["Bo", "ANA"])])
    with pytest.raises(CellError, match=r"first seen in here rows 2 and 3\)"):
        actor_names([("first", []), ("here", ["x", "é", "e"])])


def test_merged_names_take_the_commonest_spelling_the_first_where_several_are():
    names = actor_names(PARTS, merge=True)
    assert names.apply(["ana ", "Ana", "CY", "Cy", "Bo", "new"]) == ["Ana", "Ana", "Cy", "Cy", "Bo", "new"]
    assert (names.merged, names.actors) == (2, 3)
    assert names.kept == {"ana ": "Ana", "CY": "Cy"}
    common = actor_names([("a", ["ana", "Ana"]), ("b", ["Ana", None])], merge=True)
    assert common.apply(["ana", None]) == ["Ana", None]
    assert None not in common.kept
    (check,) = names.checks()
    assert (check.name, check.status) == ("names", "review")
    assert check.numbers == {"merged": 2, "names": 3}
    assert check.message.startswith("2 of 3 actors were spelled")


def test_names_that_are_one_each_are_left_alone():
    for parts, actors in (
        ([("a", [1, 2, 2]), ("b", [3])], 3),
        ([("a", ["x", "y"]), ("b", ["x"])], 2),
        ([("a", [("x", 1), ("y", 2)])], 2),
        ([], 0),
    ):
        for merge in (False, True):
            names = actor_names(parts, merge=merge)
            assert (names.kept, names.merged, names.actors) == ({}, 0, actors)
            assert names.checks() == ()
    listed = ["x"]
    assert ActorNames({}, 0, 1).apply(listed) == listed
    assert actor_names([("a", [1, True])], merge=True).actors >= 1


def test_whole_numbers_and_their_text_are_one_actor_and_truths_are_no_numbers():
    with pytest.raises(CellError, match="1 actor is"):
        actor_names([("a", [1, 2]), ("b", ["1"])])
    assert actor_names([("a", [1, 2, 2]), ("b", ["2", "1", "1", "1"])], merge=True).apply([1, "2"]) == ["1", 2]


def test_a_column_of_codes_keeps_one_spelling_its_index_and_its_gaps():
    column = pd.Series(["Phone", "kin", None, "phone", "phone"], index=[3, 5, 7, 9, 11], name="how")
    merged = one_spelling(column, "how", merge=True)
    assert merged.tolist() == ["phone", "kin", None, "phone", "phone"]
    assert merged.index.tolist() == [3, 5, 7, 9, 11]
    assert (merged.name, merged.dtype) == ("how", object)
    with pytest.raises(CellError, match=r"column 'kind': 1 name is .*rows 1 and 4") as refused:
        one_spelling(column, "kind", merge=False)
    assert "merge_names=True" in str(refused.value)
    clean = pd.Series(["a", None])
    assert one_spelling(clean, "how", merge=False) is clean
    assert one_spelling(clean, "how", merge=True) is clean
