"""The picture of overlaps shows the numbers of the table."""

import numpy as np
import pytest
from pins import published_lists

from ctresearch.core import SpecificationError, plot
from ctresearch.prevalence import plot_overlaps


def test_columns_are_the_frequencies_from_large_to_small():
    table = published_lists("uk-2013")
    columns, grid, sizes = plot_overlaps(table).child_axes
    heights = [bar.get_height() for bar in columns.patches]
    assert heights == sorted(table.frequencies.tolist(), reverse=True)
    assert [int(text.get_text().replace(",", "")) for text in columns.texts] == heights
    assert [bar.get_width() for bar in sizes.patches] == np.diag(table.overlaps()).tolist()
    assert [label.get_text() for label in sizes.get_yticklabels()][2] == "PF (1,102)"
    # a dot for every membership, grey or black
    assert sum(len(dots.get_offsets()) for dots in grid.collections) == 25 * 6
    assert len(grid.collections[1].get_offsets()) == sum(int(p).bit_count() for p in table.patterns)


def test_rare_patterns_can_be_left_out_and_the_title_says_so():
    ax = plot_overlaps(published_lists("new-orleans"), most=5)
    assert len(ax.child_axes[0].patches) == 5
    assert ax.get_title() == "185 people on 8 lists; 14 rarer patterns not shown"
    with pytest.raises(SpecificationError, match="most == 0"):
        plot_overlaps(published_lists("new-orleans"), most=0)


def test_it_draws_where_it_is_told_and_always_the_same(tmp_path):
    ax = plot.new_axes(6, 4)
    assert plot_overlaps(published_lists("korea"), ax=ax) is ax
    for name in ("one.svg", "two.svg"):
        plot.save(plot_overlaps(published_lists("korea")).figure, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_columns_stand_over_their_patterns_and_sizes_beside_their_lists():
    ax = plot_overlaps(published_lists("korea"))
    columns, grid, sizes = ax.child_axes
    figure = ax.figure
    figure.canvas.draw()
    upper, below, left = (one.get_position() for one in (columns, grid, sizes))
    assert (upper.x0, upper.x1) == pytest.approx((below.x0, below.x1))
    assert left.x1 < below.x0
    assert (left.y0, left.y1) == pytest.approx((below.y0, below.y1))
    assert below.y1 < upper.y0
    assert upper.x1 == pytest.approx(ax.get_position().x1)
    assert upper.y1 == pytest.approx(ax.get_position().y1)
    shown = len(columns.patches)
    assert columns.get_xlim() == grid.get_xlim() == (-0.7, shown - 0.3)
    assert grid.get_ylim() == sizes.get_ylim() == (2.6, -0.6)
    assert columns.get_yscale() == "log"
    assert columns.get_ylim() == pytest.approx((0.6, 2.2 * max(bar.get_height() for bar in columns.patches)))
    assert columns.get_ylabel() == "people (log scale)"
    assert [line.get_color() for line in grid.lines] == [plot.BLACK] * shown
    assert sizes.xaxis_inverted()
    assert not ax.axison
