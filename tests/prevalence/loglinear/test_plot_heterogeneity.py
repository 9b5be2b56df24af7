"""The picture of differences between people."""

import numpy as np
import pandas as pd
import pytest
from pins import published_lists
from scipy.special import comb

from ctresearch.core import DataError
from ctresearch.prevalence import CaptureHistories, plot_heterogeneity
from ctresearch.prevalence.loglinear.plot_heterogeneity import frequency_table


def expected_table(classes, lists=4, people=1e6):
    """Expected counts of classes of people, given as share and one chance of being on any list."""
    cells = np.arange(1, 1 << lists)
    sizes = np.bitwise_count(cells)
    chance = sum(share * p**sizes * (1 - p) ** (lists - sizes) for share, p in classes)
    columns = {f"L{i}": cells >> i & 1 for i in range(lists)}
    return CaptureHistories.from_counts(pd.DataFrame(columns | {"count": np.round(people * chance).astype(int)}))


def test_equal_people_lie_on_a_line_and_classes_bend_up():
    equal = frequency_table(expected_table([(1.0, 0.3)]))["log_ratio"]
    assert np.diff(equal, 2) == pytest.approx([0, 0], abs=1e-3)  # rounding to whole persons
    assert np.diff(equal)[0] == pytest.approx(np.log(0.3 / 0.7), abs=1e-3)
    mixed = frequency_table(expected_table([(0.2, 0.7), (0.8, 0.1)]))["log_ratio"]
    assert (np.diff(mixed, 2) > 0.1).all()


def test_frequencies_add_up():
    table = published_lists("uk-2013")
    frame = frequency_table(table)
    assert frame["people"].sum() == table.n_observed
    assert frame["patterns"].tolist() == comb(6, np.arange(1, 7)).tolist()
    assert frame["log_ratio"].isna().tolist() == (frame["people"] == 0).tolist()


def test_the_picture_names_its_axes_and_what_is_missing():
    ax = plot_heterogeneity(published_lists("uk-2013"))
    assert ax.get_xlabel() == "lists that a person is on"
    assert ax.get_ylabel() == "log(people / ways to be on so many)"
    assert "nobody on 5, 6 lists" in ax.get_title(loc="left")
    with pytest.raises(DataError, match="must be CaptureHistories"):
        plot_heterogeneity(3)
