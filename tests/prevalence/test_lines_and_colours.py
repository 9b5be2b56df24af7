"""What each picture of the room draws: every mark with its place, colour and shape, and the scale it stands on."""

import matplotlib.colors
import numpy as np
import pandas as pd
import pytest
from matplotlib.ticker import LogLocator, NullLocator
from pins import published_lists

from ctresearch.core import plot
from ctresearch.prevalence import (
    CaptureHistories,
    ClosedPopulation,
    LogLinear,
    LowerBound,
    MethodComparison,
    compare_methods,
    internal_validity,
    odds_ratio_sensitivity,
    plot_heterogeneity,
    plot_overlaps,
    predictive_check,
    simulate_coverage,
)

RGBA = matplotlib.colors.to_rgba


@pytest.fixture(scope="module")
def taiwan():
    """Return the table of three lists."""
    return published_lists("hav-taiwan")


def line_of(line):
    """Return how a line is drawn."""
    return line.get_color(), line.get_linewidth(), line.get_linestyle(), line.get_marker()


def test_a_curve_has_a_pale_band_and_a_dashed_line_at_one(taiwan):
    ax = odds_ratio_sensitivity(taiwan, ("L1", "L2"), odds_ratios=(0.5, 1, 2)).plot()
    assert ax.figure.get_size_inches().tolist() == plot.new_axes().figure.get_size_inches().tolist()
    at_one = ax.lines[1]
    assert line_of(at_one) == (plot.GREY, 1, "--", "None")
    (band,) = ax.collections
    assert tuple(band.get_facecolor()[0]) == RGBA(plot.BLUE, 0.2)
    assert band.get_linewidth().tolist() == [0]
    assert band.get_paths()[0].vertices[:, 0].tolist().count(0.5) >= 2


def test_contours_hold_the_estimates_and_a_dot_where_nothing_is_assumed(taiwan):
    result = odds_ratio_sensitivity(taiwan, ("L1", "L2"), second=("L1", "L3"), odds_ratios=(0.5, 1, 2, 4))
    ax = result.plot()
    heights = result.estimates["estimate"]
    (lines,) = [one for one in ax.collections if hasattr(one, "levels")]
    assert lines.levels.tolist() == pytest.approx(np.geomspace(heights.min(), heights.max(), 10)[1:-1].tolist())
    assert {tuple(one) for one in lines.get_edgecolor()} == {RGBA(plot.BLUE)}
    dot = ax.lines[0]
    assert (list(dot.get_xdata()), list(dot.get_ydata())) == ([1], [1])
    assert (dot.get_marker(), dot.get_color()) == ("o", plot.VERMILION)
    labels = [one for one in ax.texts if one.get_text()]
    assert labels
    assert all(one.get_text().replace(",", "").isdigit() and one.get_fontsize() == 8 for one in labels)
    # along the first axis goes the first assumption: a level passes through its row of the table
    path = next(p for p in lines.get_paths() if len(p.vertices))
    across, up = path.vertices[len(path.vertices) // 2]
    rows = result.estimates.pivot_table(index="second_odds_ratio", columns="odds_ratio", values="estimate")
    near = rows.loc[rows.index[np.abs(rows.index - up).argmin()], rows.columns[np.abs(rows.columns - across).argmin()]]
    assert near == pytest.approx(lines.levels[0], rel=0.5)  # the table has one value for each factor of two
    assert ax.get_title(loc="left") == f"Population (persons) by log-linear model {result.model}"


def test_ticks_of_ratios_and_people_are_round(taiwan):
    ax = odds_ratio_sensitivity(taiwan, ("L1", "L2"), odds_ratios=(0.5, 1, 2)).plot()
    for axis in (ax.xaxis, ax.yaxis):
        assert isinstance(axis.get_major_locator(), LogLocator)
        assert isinstance(axis.get_minor_locator(), NullLocator)
        assert {1, 2, 5} <= {
            round(v / 10 ** np.floor(np.log10(v))) for v in axis.get_major_locator().tick_values(1, 900)
        }
        write = axis.get_major_formatter()
        assert [write(value, 0) for value in (0.5, 999, 1000, 20_000.4)] == ["0.5", "999", "1,000", "20,000"]


def test_predicted_lists_have_true_sizes_on_top(taiwan):
    result = internal_validity(taiwan, LowerBound())
    mine = plot.new_axes()
    ax = result.plot(mine)
    assert ax is mine
    crosses = ax.lines[-1]
    assert (crosses.get_markersize(), crosses.get_zorder(), crosses.get_linestyle()) == (8, 3, "None")
    assert ax.get_title(loc="left") == "Internal validity of LowerBound"
    assert [one.get_text() for one in ax.get_yticklabels()] == list(result.lists)


def test_a_line_through_one_and_two_lists_goes_on_to_the_others(taiwan):
    ax = plot_heterogeneity(taiwan)
    line, *_ = ax.lines
    first, second = np.log(187 / 3), np.log(56 / 3)
    assert line.get_xdata().tolist() == [1, 2, 3]
    assert line.get_ydata().tolist() == pytest.approx([first, second, 2 * second - first])
    assert line_of(line) == (plot.GREY, 1, "--", "None")
    assert [one.get_text() for one in ax.get_legend().get_texts()] == ["line through 1 and 2"]
    (bars,) = ax.containers
    dots, caps, whiskers = bars
    assert dots.get_ydata().tolist() == pytest.approx([first, second, np.log(28)])
    assert (dots.get_marker(), dots.get_color(), dots.get_linestyle()) == ("o", plot.BLUE, "None")
    reach = [np.diff(one[:, 1])[0] for one in whiskers[0].get_segments()]
    assert reach == pytest.approx([4 / np.sqrt(n) for n in (187, 56, 28)])
    assert {cap.get_markersize() for cap in caps} == {6}
    assert ax.get_xticks().tolist() == [1, 2, 3]
    assert ax.get_title() + ax.get_title(loc="left") == "271 people"
    assert ax.figure.get_size_inches().tolist() == [5.4, 3.8]
    mine = plot.new_axes()
    assert plot_heterogeneity(taiwan, ax=mine) is mine
    few = CaptureHistories.from_counts(pd.DataFrame({"a": [1, 0], "b": [0, 1], "count": [5, 3]}))
    bare = plot_heterogeneity(few)
    assert bare.get_legend() is None
    assert "8 people; nobody on 2 lists" in bare.get_title() + bare.get_title(loc="left")


def test_overlaps_are_drawn_to_one_scheme(taiwan):
    ax = plot_overlaps(taiwan)
    columns, grid, sizes = ax.child_axes
    assert {bar.get_facecolor() for bar in columns.patches} == {RGBA(plot.BLUE)}
    assert {round(bar.get_width(), 9) for bar in columns.patches} == {0.7}
    assert {(text.get_ha(), text.get_va(), text.get_fontsize()) for text in columns.texts} == {("center", "bottom", 7)}
    assert [text.xy for text in columns.texts] == [(i, bar.get_height()) for i, bar in enumerate(columns.patches)]
    off, on = grid.collections
    assert (tuple(off.get_facecolor()[0]), off.get_sizes().tolist()) == (RGBA("#d5d5d5"), [14])
    assert (tuple(on.get_facecolor()[0]), on.get_sizes().tolist()) == (RGBA(plot.BLACK), [26])
    assert {line.get_linewidth() for line in grid.lines} == {1.2}
    order = np.argsort(-taiwan.frequencies, kind="stable")
    member = taiwan.patterns[order][:, None] >> np.arange(3) & 1
    assert sorted(map(tuple, on.get_offsets().tolist())) == sorted(map(tuple, np.argwhere(member == 1).tolist()))
    for line, held in zip(grid.lines, member, strict=True):
        ends = np.flatnonzero(held)
        assert list(line.get_ydata()) == [ends.min(), ends.max()]
    assert [bar.get_facecolor() for bar in sizes.patches] == [RGBA(plot.GREY)] * 3
    assert {round(bar.get_height(), 9) for bar in sizes.patches} == {0.6}
    assert {label.get_fontsize() for label in sizes.get_yticklabels()} == {8}
    assert [label.get_text() for label in sizes.get_yticklabels()] == ["L1 (135)", "L2 (122)", "L3 (126)"]
    assert sizes.yaxis.get_ticks_position() == "right"
    assert {tick.tick1line.get_markersize() for tick in sizes.yaxis.get_major_ticks()} == {0}
    for bare in (grid, sizes):
        assert not any(spine.get_visible() for spine in bare.spines.values())
        assert not any(one.get_visible() for one in bare.get_xgridlines() + bare.get_ygridlines())
    for plain in (columns, grid, sizes):
        assert len(plain.get_xticks()) == 0
    assert len(grid.get_yticks()) == 0
    width, height = ax.figure.get_size_inches()
    assert (width, height) == pytest.approx((5.0, 3.2 + 0.26 * 3))
    wide = plot_overlaps(published_lists("uk-2013"))
    assert wide.figure.get_size_inches().tolist() == pytest.approx([2.6 + 0.24 * 25, 3.2 + 0.26 * 6])
    place = grid.get_position()
    assert place.height / ax.get_position().height == pytest.approx(0.12 + 0.05 * 3)
    below = wide.child_axes[1].get_position().height / wide.get_position().height
    assert below == pytest.approx(0.12 + 0.05 * 6)


def test_forty_patterns_are_drawn_and_the_rest_counted():
    cells = np.arange(1, 64)
    frame = pd.DataFrame({f"L{i}": cells >> i & 1 for i in range(6)} | {"count": cells})
    table = CaptureHistories.from_counts(frame)
    ax = plot_overlaps(table)
    assert len(ax.child_axes[0].patches) == 40
    assert ax.get_title() == "2,016 people on 6 lists; 23 rarer patterns not shown"
    assert plot_overlaps(table, most=63).get_title() == "2,016 people on 6 lists"
    assert len(plot_overlaps(table, most=1).child_axes[0].patches) == 1
    tied = CaptureHistories.from_counts(frame.assign(count=5))
    drawn = plot_overlaps(tied, most=3).child_axes[1].collections[1].get_offsets()[:, 1].tolist()
    assert drawn == [0, 1, 2]  # of equal patterns the first in the table's order


def comparison(estimate, low, high, reads_as=("estimate", "estimate", "lower bound")):
    """Build a comparison of three methods from their numbers."""
    names = pd.Index(["first", "second", "a lower bound"], name="method")
    numbers = pd.DataFrame({"estimate": estimate, "ci_low": low, "ci_high": high}, index=names)
    estimates = numbers.assign(std_error=1.0, unit="persons")[["estimate", "std_error", "ci_low", "ci_high", "unit"]]
    words = {"unit": "persons", "interval": "bca", "reads_as": list(reads_as), "status": "pass", "checks": ""}
    return MethodComparison(
        method="Comparison of 3 methods on 3 lists",
        estimates=estimates.rename_axis("term"),
        n=1271,
        level=0.9,
        interval="of each method",
        methods=numbers.assign(**words, note="it is so.", description="", assumptions=""),
        not_applicable=pd.DataFrame({"reason": pd.Series([], dtype="str")}),
        headline="second",
        lists=("a", "b", "c"),
    )


def test_the_headline_is_drawn_thick_in_orange_at_the_top():
    found = comparison([100.0, 150, 90], [80.0, 120, 70], [130.0, 200, 110])
    ax = found.plot()
    bar = ax.collections[-1]
    assert bar.get_segments()[0].tolist() == [[120, 2], [200, 2]]
    assert (tuple(bar.get_edgecolor()[0]), bar.get_linewidth().tolist()) == (RGBA(plot.ORANGE), [3.2])
    diamond = ax.lines[-1]
    assert (list(diamond.get_xdata()), list(diamond.get_ydata())) == ([150], [2])
    assert (diamond.get_marker(), diamond.get_color(), diamond.get_markersize()) == ("D", plot.ORANGE, 7)
    assert ax.get_xscale() == "linear"
    labels = [one.get_text() for one in ax.get_yticklabels()]
    assert labels == ["second, headline", "first", "a lower bound"]
    assert [one.get_fontweight() for one in ax.get_yticklabels()] == ["bold", "normal", "normal"]
    assert any(line.get_linestyle() == "--" and list(line.get_xdata()) == [150, 150] for line in ax.lines)
    assert comparison([100.0, 150, 90], [66.6, 120, 70], [130.0, 200, 110]).plot().get_xscale() == "log"
    mine = plot.new_axes()
    assert found.plot(mine) is mine
    silent = comparison([100.0, np.nan, 90], [80.0, np.nan, 70], [130.0, np.nan, 110]).plot()
    assert not any(line.get_linestyle() == "--" for line in silent.lines)


def test_a_comparison_is_told_in_sentences():
    words = comparison([100.0, 1500, 90], [80.0, 1200, 70], [130.0, 2000, 110]).paragraph()
    assert words.startswith(
        "3 methods that apply to 3 lists were set beside one another on a table of 1,271 people. second, the headline, "
        "gives 1,500 (90 % interval 1,200 to 2,000, bca). The other gives 100 (first), with limits "
        "from 80 to 130. The lower bound is 90 (a lower bound). The methods differ in what they assume"
    )
    assert words.endswith("the spread between them belongs to the finding.")
    two = comparison([100.0, 1500, 90], [80.0, 1200, 70], [130.0, np.nan, 110], reads_as=["estimate"] * 3).paragraph()
    assert "The other 2 run from 90 (a lower bound) to 100 (first), with limits from 70 to 130. The methods" in two
    assert "(90 % interval 1,200 to none, bca)" in two
    silent = comparison([100.0, np.nan, 90], [80.0, np.nan, 70], [130.0, np.nan, 110]).paragraph()
    assert "second, the headline, gives no number: it is so. The other gives" in silent
    assert ". No number can be given by second. The methods" in silent
    assert "The other" not in comparison([100.0, 5, 9], [8.0, 5, 7], [1.0, 2, 1], ["lower bound"] * 3).paragraph()
    gone = comparison([100.0, 1500, np.nan], [80.0, np.nan, np.nan], [130.0, np.nan, np.nan]).paragraph()
    assert "gives 1,500 (90 % interval none)" in gone
    assert "Lower bounds" not in gone


def test_results_are_drawn_where_they_are_told(taiwan):
    fitted = LogLinear("fixed", model="[12,13]").fit(taiwan)
    predicted = predictive_check(fitted, samples=100)
    simulated = simulate_coverage("sparse", {"bound": LowerBound()}, replications=2, jobs=1)
    compared = compare_methods(taiwan, {"mt": ClosedPopulation("Mt"), "bound": LowerBound()})
    for result in (predicted, simulated, compared):
        mine = plot.new_axes()
        assert result.plot(mine) is mine
    assert [one.get_text() for one in simulated.plot().get_yticklabels()] == ["bound"]
    at_zero = [line for line in predicted.plot().lines if line.get_linestyle() == "--"]
    assert [list(line.get_xdata()) for line in at_zero] == [[0, 0]]
    rows, middle = predicted.estimates, predicted.p_values["simulated"]
    spread = rows["std_error"].where(rows["std_error"] > 0, 1.0)  # what never varies stands at its distance in persons
    wanted = ((rows["estimate"] - middle) / spread).tolist()
    dots = {y: x for line in predicted.plot().lines[:2] for x, y in zip(*line.get_data(), strict=True)}
    assert [dots[len(rows) - 1 - i] for i in range(len(rows))] == pytest.approx(wanted)
