"""Where readers of sources turn: the most lists, the most values that are named, and standards without a crosswalk."""

import pandas as pd
import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.data import crosswalk, describe_file, load


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
