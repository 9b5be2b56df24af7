"""Figures at the widths of a journal: as wide as asked, from the latest run, and refused where the size is not known."""

import re

import pytest

from ctresearch.core import DataError, SpecificationError, plot
from ctresearch.studies.shown.journal import at_width, write_figures
from ctresearch.studies.shown.pdf import renderer
from small_project import HEAD, TOML, call, make_project


def size_of(markup):
    return re.search(r'width="([\d.]+)(\w+)" height="([\d.]+)(\w+)"', markup).groups()


def test_a_figure_of_a_run_takes_a_width_and_keeps_its_shape(tmp_path):
    plot.save(plot.new_axes().figure, tmp_path / "figures.svg")
    markup = (tmp_path / "figures.svg").read_text()
    wide, _, high, _ = size_of(markup)
    sized, letters = at_width(markup, 89)
    assert size_of(sized)[:2] == ("89", "mm")
    assert float(size_of(sized)[2]) == pytest.approx(
        89 * float(high) / float(wide), rel=1e-3
    )  # four digits are written
    assert letters == pytest.approx(10 * 89 / float(wide) * 72 / 25.4, abs=0.05)
    assert sized.partition(" viewBox")[2] == markup.partition(" viewBox")[2]
    with pytest.raises(SpecificationError, match="width"):
        at_width(markup, 5)
    with pytest.raises(DataError, match="does not say its width"):
        at_width("<svg/>", 89)


def test_all_figures_are_written_under_their_width(tmp_path):
    (tmp_path / "figures").mkdir()
    for name in ("b", "a"):
        plot.save(plot.new_axes().figure, tmp_path / "figures" / f"{name}.svg")
    assert [one.name for one in write_figures(tmp_path, tmp_path / "out", 183)] == ["a-183mm.svg", "b-183mm.svg"]
    if renderer() is not None:
        pdf = write_figures(tmp_path, tmp_path / "out", 89, ("pdf",))[0]
        assert pdf.read_bytes().startswith(b"%PDF-")
        assert pdf.read_bytes() == write_figures(tmp_path, tmp_path / "again", 89, ("pdf",))[0].read_bytes()


@pytest.mark.parametrize(("width", "letters"), [(89, 6.5), (183, 10.0), (300, 10.0)])
def test_a_picture_is_drawn_anew_at_a_width_and_left_as_it_was(tmp_path, width, letters):
    axes = plot.new_axes()
    axes.set_title("Title", fontsize=10)
    before = axes.figure.get_size_inches().tolist()
    seen = []
    drawn = axes.figure.draw_without_rendering
    axes.figure.draw_without_rendering = lambda: (seen.append(axes.title.get_fontsize()), drawn())
    plot.save(axes.figure, tmp_path / "f.svg", width=width)
    wide, unit, _, _ = size_of((tmp_path / "f.svg").read_text())
    assert float(wide) == pytest.approx(width * 72 / 25.4, abs=0.5)  # half a point
    assert unit == "pt"
    assert seen == [pytest.approx(letters, abs=0.01)]
    assert axes.figure.get_size_inches().tolist() == before
    assert axes.title.get_fontsize() == 10


def test_a_picture_can_be_a_pdf_with_the_same_bytes_each_time(tmp_path):
    for name in ("a", "b"):
        plot.save(plot.new_axes().figure, tmp_path / f"{name}.pdf", width=89)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
    with pytest.raises(SpecificationError, match=r"\.svg"):
        plot.save(plot.new_axes().figure, tmp_path / "a.png")
    with pytest.raises(SpecificationError, match="width"):
        plot.save(plot.new_axes().figure, tmp_path / "a.pdf", width=1)


def test_the_command_writes_the_figures_of_the_latest_run(tmp_path, monkeypatch, capsys):
    code = "from ctresearch.core import plot\nrun.save('t', plot.new_axes(), counts=[20])"
    make_project(tmp_path, HEAD, code, toml=TOML.replace('"file"', '"figure"'))
    monkeypatch.chdir(tmp_path)
    code, _, err = call(capsys, "figures", "demo")
    assert code == 2
    assert "demo has no run yet" in err
    assert call(capsys, "run", "demo")[0] == 0
    code, out, _ = call(capsys, "figures", "demo", "--width", "89", "--out", "pictures")
    assert (code, out) == (0, "pictures/demo/t-89mm.svg\n")
    assert 'width="89mm"' in (tmp_path / out.strip()).read_text()
