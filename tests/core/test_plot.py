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


def test_axes_have_the_size_and_the_style_of_the_house():
    ax = plot.new_axes(3, 2)
    assert ax.figure.get_size_inches().tolist() == [3.0, 2.0]
    assert plot.new_axes().figure.get_size_inches().tolist() == [7.2, 4.2]
    assert not ax.spines["top"].get_visible()
    assert ax.get_figure().get_layout_engine() is not None
    (line,) = ax.plot([1, 2], [1, 2])
    assert line.get_color() == plot.BLUE
    import matplotlib as mpl

    assert mpl.rcParams["svg.hashsalt"] != "ctresearch"  # the style stays inside
    with plot.style():
        assert mpl.rcParams["axes.prop_cycle"].by_key()["color"] == list(plot.PALETTE[:6])


def test_marks_of_a_forest_stand_where_they_should():
    ax = plot.forest(ROWS, title="A picture", reference=10000)
    full, open_marks, reference = ax.lines
    assert full.get_xydata().tolist() == [[11418.0, 2.0]]
    assert open_marks.get_xydata().tolist() == [[13444.0, 1.0]]
    assert (full.get_markerfacecolor(), open_marks.get_markerfacecolor()) == (plot.BLUE, "white")
    assert {line.get_color() for line in (full, open_marks)} == {plot.BLUE}
    assert {line.get_marker() for line in (full, open_marks)} == {"o"}
    assert list(reference.get_xdata()) == [10000, 10000]
    assert (reference.get_linestyle(), reference.get_linewidth(), reference.get_color()) == ("--", 1, plot.GREY)
    (limits,) = ax.collections
    assert [one.tolist() for one in limits.get_segments()] == [[[9267.0, 2.0], [14307.0, 2.0]]]
    (gap,) = ax.texts
    assert gap.xy == (0.02, 0)
    assert gap.get_style() == "italic"
    assert ax.get_ylim() == (-0.7, 2.7)
    assert ax.get_yticks().tolist() == [2, 1, 0]
    assert ax.get_title(loc="left") == "A picture"
    assert ax.get_xscale() == "linear"
    assert ax.figure.get_size_inches().tolist() == pytest.approx([7.2, 1.4 + 0.34 * 3])
    assert ax.xaxis.get_major_formatter()(12000, 0) == "12,000"
    assert not any(line.get_visible() for line in ax.yaxis.get_gridlines())


def test_a_forest_draws_where_it_is_told_and_names_its_axis():
    own = plot.new_axes()
    rows = ROWS.astype(object).assign(unit=["persons", "", "cases"])  # numbers kept as objects are numbers
    assert plot.forest(rows, ax=own) is own
    assert own.get_xlabel() == "persons, cases"
    assert len(own.lines) == 2  # without a reference
    assert plot.forest(rows, label="ratio").get_xlabel() == "ratio"
    assert plot.forest(rows.assign(unit="")).get_xlabel() == "estimate"
    assert plot.forest(rows.drop(columns="unit")).get_xlabel() == "estimate"
    half = ROWS.assign(ci_low=[9267.0, 1.0, np.nan])  # one limit alone is none
    assert len(plot.forest(half).collections[0].get_segments()) == 1


@pytest.mark.parametrize(
    ("high", "ticks"),
    [
        (30.0, [1.0, 2.0, 5.0, 10.0, 20.0]),
        (300.0, [1.0, 3.0, 10.0, 30.0, 100.0, 300.0]),
        (800.0, [1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0]),
        (1e6, [1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6]),
    ],
)
def test_ticks_of_a_logarithmic_axis_are_few(high, ticks):
    rows = pd.DataFrame({"estimate": [1.1, high], "ci_low": [1.1, high], "ci_high": [1.1, high]}, index=["a", "b"])
    ax = plot.forest(rows, log=True)
    low, top = ax.get_xlim()
    shown = [tick for tick in ax.get_xticks() if low <= tick <= top]
    assert [round(tick, 9) for tick in shown] == ticks
    assert len(ax.xaxis.get_minorticklocs()) == 0


def test_a_series_is_drawn_with_its_marks_and_named_where_asked():
    own = plot.new_axes()
    assert plot.trend([2012, 2013], [1200.0, 2.0], ax=own) is own
    (line,) = own.lines
    assert line.get_xydata().tolist() == [[2012.0, 1200.0], [2013.0, 2.0]]
    assert (line.get_marker(), line.get_markersize()) == ("o", 4.0)
    assert own.get_legend() is None
    assert (own.get_xlabel(), own.get_ylabel()) == ("", "")
    assert own.yaxis.get_major_formatter()(1200, 0) == "1,200"
    named = plot.trend([1, 2], [3.0, 4.0], low=[2.0, 3.0], high=[5.0, 6.0], name="series")
    assert [t.get_text() for t in named.get_legend().get_texts()] == ["series"]
    (band,) = named.collections
    assert (band.get_paths()[0].vertices[:, 1].min(), band.get_paths()[0].vertices[:, 1].max()) == (2.0, 6.0)
    assert band.get_alpha() == 0.2
    assert len(plot.trend([1], [1.0], high=[2.0]).collections) == 0


@pytest.mark.parametrize(("value", "text"), [(999.5, "999.5"), (1000, "1,000"), (-1234.0, "-1,234"), (0.25, "0.25")])
def test_ticks_have_thousands_parted(value, text):
    ax = plot.new_axes()
    plot.thousands(ax, "y")
    assert ax.yaxis.get_major_formatter()(value, 0) == text
    assert ax.xaxis.get_major_formatter()(value, 0) != text or text == ""


def test_svg_carries_no_date_and_no_newlines_of_the_system(tmp_path):
    figure = plot.forest(ROWS).figure
    text = plot.as_svg(figure)
    assert text.startswith("<?xml")
    assert "dc:date" not in text
    assert "matplotlib.org" not in text.split("<defs>")[0].split("<svg")[1].replace("xmlns", "")
    plot.save(figure, tmp_path / "f.svg")
    assert (tmp_path / "f.svg").read_bytes() == text.encode()
