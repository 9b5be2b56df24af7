"""Pictures are deterministic and labelled."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import plot

ROWS = pd.DataFrame(
    {
        "estimate": [11418.0, 13444.0, np.nan],
        "ci_low": [9267.0, np.nan, np.nan],
        "ci_high": [14307.0, np.nan, np.nan],
        "unit": "persons",
    },
    index=["stepwise", "independence", "failed"],
)


def test_the_same_figure_gives_the_same_bytes(tmp_path):
    for name in ("one.svg", "two.svg"):
        plot.save(plot.forest(ROWS, title="A picture").figure, tmp_path / name)
    one = (tmp_path / "one.svg").read_bytes()
    assert one == (tmp_path / "two.svg").read_bytes()
    assert b"<metadata" not in one or b"dc:date" not in one


def test_a_notebook_shows_axes_as_the_file_that_is_saved(tmp_path):
    ax = plot.forest(ROWS)
    plot.save(ax.figure, tmp_path / "saved.svg")
    assert ax._repr_svg_().encode() == (tmp_path / "saved.svg").read_bytes()


def test_a_forest_shows_limits_points_and_gaps():
    ax = plot.forest(ROWS, reference=10000)
    assert ax.get_xlabel() == "persons"
    assert [t.get_text() for t in ax.get_yticklabels()] == list(ROWS.index)
    assert [t.get_text() for t in ax.texts] == ["no estimate"]
    (segments,) = [c.get_segments() for c in ax.collections]
    assert np.allclose(segments[0][:, 0], [9267, 14307])


def test_a_logarithmic_forest_has_round_ticks():
    ax = plot.forest(ROWS, log=True)
    low, high = ax.get_xlim()
    assert ax.get_xscale() == "log"
    assert [tick for tick in ax.get_xticks() if low <= tick <= high] == [10000]
    assert ax.xaxis.get_major_formatter()(10000, 0) == "10,000"


def test_a_band_needs_both_limits():
    ax = plot.trend([1, 2], [3.0, 4.0], low=[2.0, 3.0], high=[4.0, 5.0], name="series", xlabel="year", ylabel="persons")
    assert len(ax.collections) == 1
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("year", "persons")
    assert len(plot.trend([1], [1.0], low=[0.0]).collections) == 0


def luminance(colour):
    """Relative luminance of a colour, as WCAG 2 defines it."""
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("colour", [plot.BLUE, plot.GREY, plot.VERMILION])
def test_ink_stands_out_on_white(colour):
    # 3 to 1 is what WCAG 2.1 asks of graphical objects
    assert 1.05 / (luminance(colour) + 0.05) >= 3
