"""Where readers of sources turn: the most lists, the most values that are named, and standards without a crosswalk."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.data import FilePlan, crosswalk, describe_file, load, read_file
from ctresearch.data.front_door.people import from_appearances
from ctresearch.data.front_door.raw_table import RawTable


def test_sixty_lists_are_a_table_and_one_more_is_none(tmp_path):
    for lists in (60, 61):
        names = [f"list {i}" for i in range(lists)]
        rows = "".join(",".join("1" if j == i else "0" for j in range(lists)) + ",30\n" for i in range(lists))
        path = tmp_path / "lists.csv"
        path.write_text(",".join([*names, "count"]) + "\n" + rows)
        if lists == 60:
            assert load(path, "lists").frame.shape == (60, 61)
        else:
            with pytest.raises(DataError, match=r"lists\.csv has 61 lists, must have from 2 to 60"):
                load(path, "lists")


def test_twenty_values_are_named_and_of_more_only_how_many(tmp_path):
    for values in (20, 21):
        path = tmp_path / "cases.csv"
        pd.DataFrame({"city": [f"city {i}" for i in range(values)] * 30}).to_csv(path, index=False)
        [city] = describe_file(path).columns
        assert city["distinct"] == values
        assert len(city["values"]) == (20 if values == 20 else 0)


@pytest.mark.parametrize("pair", [("ic-tip", "glotip"), ("glotip", "ic-tip"), ("ic-tip", "ic-tip"), ("htcds", "htcds")])
def test_a_vocabulary_is_mapped_to_the_standards_it_was_made_for_alone(pair):
    with pytest.raises(SpecificationError, match=f"^there is no crosswalk from '{pair[0]}' to '{pair[1]}', must be"):
        crosswalk(*pair)


def seen_by(sources):
    """Read people who were each seen by one source."""
    frame = pd.DataFrame({"id": [str(i) for i in range(len(sources))], "by": sources})
    plan = FilePlan(shape="person-source", columns={"id": "person", "by": "source"}, rules={"names": "keep"})
    return from_appearances(RawTable("seen.csv", frame, np.arange(2, len(sources) + 2), "text"), plan)


def test_names_of_sources_are_as_many_as_a_table_of_lists_may_have():
    names = [f"{a}{b}".ljust(12, a) for a in "bcdfghjklmnpqrstvwxz" for b in "aeiou"]
    assert seen_by(names[:60]).problems == ()
    assert seen_by(names[:60]).frame.shape == (60, 61)
    for few in (names[:1], names[:61], [f"{one} {i}" for i in range(13) for one in names]):
        told = f"seen.csv has {len(few):,} list{'s' * (len(few) > 1)}, must have from 2 to 60: check which columns are"
        assert told in seen_by(few).problems


@pytest.mark.parametrize(("mark", "read"), [(",", 1234), (".", 1.234)])
def test_the_mark_before_decimals_is_the_one_that_the_plan_names(tmp_path, mark, read):
    path = tmp_path / "sizes.csv"
    path.write_text("name;size\nx;1.234\ny;2.500\n")
    plan = FilePlan(shape="records", columns={"name": "other", "size": "other"}, rules={"decimal": mark})
    assert float(read_file(path, plan).frame["size"].iloc[0]) == read
