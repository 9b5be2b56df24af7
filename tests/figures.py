"""Whole results held against what was written down: every number, label, unit, check and count of a result.

Outside values pin a method to other people's programs, at a few digits and for a few terms. These figures pin the rest
of what a result carries, so that nothing in a released table moves unseen. ``python tests/figures.py causes`` writes
the figures of a room anew: look at every line of the difference before it is committed.
"""

import importlib
import json
import math
import re
import sys
from pathlib import Path

import pandas as pd
import pytest

FOLDER = Path(__file__).parent / "reference"
DIGITS = 6
# Solvers stop at 1e-8 of their own, and sums are added up in another order on another processor.
RELATIVE, ABSOLUTE = 1e-4, 1e-7
NUMBER = re.compile(r"\d[\d.,]*")
LONGEST_LABEL = 4  # spaces; what has more is a sentence
LEFT_OUT = ("schema", "inputs", "references", "raw")


def figures(result):
    """Tell a result, a table or a plain value in flat lines: a path and what stands there."""
    if hasattr(result, "to_dict") and not isinstance(result, (pd.DataFrame, pd.Series)):
        told = result.to_dict()
        draws = told.pop("draws", None) and result.draws
        plain = {key: value for key, value in told.items() if key not in LEFT_OUT}
        plain["seed"] = told.get("inputs", {}).get("seed")
        plain["cited"] = sorted(one.rpartition("https://")[2] for one in told.get("references", ()))
        if draws is not None:
            plain["draws"] = [len(draws.columns), *draws.mean(axis=1), *draws.std(axis=1)]
    else:
        plain = result
    return dict(_lines("", plain))


def picture(ax):
    """Tell a picture by what is drawn: where it stands, what it looks like and what is written on it."""
    from matplotlib import pyplot
    from matplotlib.colors import to_hex

    legend = ax.get_legend()
    told = {
        "size": [float(one) for one in ax.figure.get_size_inches()],
        "words": [ax.get_xlabel(), ax.get_ylabel(), ax.get_title(), ax.get_title(loc="left")],
        "ends": [*map(float, ax.get_xlim()), *map(float, ax.get_ylim()), ax.axison],
        "scales": [ax.get_xscale(), ax.get_yscale()],
        "ticks": [[one.get_text() for one in axis.get_ticklabels()] for axis in (ax.xaxis, ax.yaxis)],
        "grid": [any(line.get_visible() for line in axis.get_gridlines()) for axis in (ax.xaxis, ax.yaxis)],
        "legend": legend and [legend.get_title().get_text(), *(one.get_text() for one in legend.get_texts())],
        "lines": [
            [
                *(line.get_label(), to_hex(line.get_color()), line.get_linestyle(), str(line.get_marker())),
                *(line.get_drawstyle(), float(line.get_linewidth()), str(line.get_markerfacecolor())),
                *(float(one) for one in [*line.get_xdata(), *line.get_ydata()]),
            ]
            for line in ax.lines
        ],
        "bars": [
            [to_hex(bar.get_facecolor()), *map(float, (bar.get_x(), bar.get_y(), bar.get_width(), bar.get_height()))]
            for bar in ax.patches
            if hasattr(bar, "get_x")
        ],
        "texts": [
            [
                *(one.get_text(), *map(float, one.get_position()), to_hex(one.get_color())),
                *(one.get_ha(), one.get_va(), float(one.get_fontsize()), *_box(one)),
            ]
            for one in ax.texts
        ],
        "areas": [
            [
                *(to_hex(one.get_facecolor()[0]) if len(one.get_facecolor()) else "", str(one.get_alpha())),
                *(float(path.vertices[:, k].sum()) for path in one.get_paths()[:4] for k in (0, 1)),
            ]
            for one in ax.collections
        ],
    }
    pyplot.close(ax.figure)
    return told


def _box(text):
    """Tell the box and the arrow of a text."""
    from matplotlib.colors import to_hex

    box, arrow = text.get_bbox_patch(), getattr(text, "arrow_patch", None)
    found = [] if box is None else [to_hex(box.get_edgecolor()), to_hex(box.get_facecolor()), box.get_linestyle()]
    found += [] if box is None else [type(box.get_boxstyle()).__name__, float(box.get_boxstyle().pad)]
    if arrow is not None:
        style = arrow.get_connectionstyle()
        found += [to_hex(arrow.get_edgecolor()), type(arrow.get_arrowstyle()).__name__, float(style.rad)]
        found += [float(arrow.shrinkA), float(arrow.shrinkB), *map(float, text.xy)]
    return found


def compare(got, kept):
    """Fail where a line is missing, new or tells something else."""
    assert list(got) == list(kept)
    for path, value in kept.items():
        assert len(got[path]) == len(value), path
        for one, expected in zip(got[path], value, strict=True):
            number = isinstance(expected, (int, float)) and not isinstance(expected, bool)
            close = pytest.approx(expected, rel=RELATIVE, abs=ABSOLUTE) if number else expected
            assert one == close, path


def read(room):
    """Return the figures of a room that were written down: case to lines."""
    return json.loads((FOLDER / room / "figures.json").read_text(encoding="utf-8"))


def write(room):
    """Write the figures of a room down."""
    cases = importlib.import_module(f"{room}.figure_cases").CASES
    told = {name: figures(make()) for name, make in cases.items()}
    lines = [f"{json.dumps(name)}: {json.dumps(found)}" for name, found in told.items()]
    (FOLDER / room / "figures.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _lines(path, value):
    """Go through a value: every list of plain values makes a line."""
    if isinstance(value, pd.Series):
        value = value.to_frame(str(value.name))
    if isinstance(value, pd.DataFrame):
        value = value.reset_index().to_dict("list")
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        value = [one["text"] if isinstance(one, dict) and "$message" in one else one for one in value]
    if isinstance(value, dict) and "$message" in value:
        value = value["text"]
    if isinstance(value, dict):
        for key, one in value.items():
            if key in {"dtype", "schema"} or (
                key == "said" and "message" in value
            ):  # names of types change; a sentence twice
                continue
            yield from _lines(f"{path}/{key}", one)
    elif isinstance(value, (list, tuple)):
        if any(isinstance(one, (list, tuple, dict)) for one in value):
            yield from _lines(path, dict(enumerate(value)))
        else:
            yield path, [_plain(one) for one in value]
    else:
        yield path, [_plain(value)]


def _plain(value):
    """Tell one value; of a sentence its numbers count, and its words do not."""
    if isinstance(value, str) and value.count(" ") > LONGEST_LABEL:
        return " ".join(one.rstrip(".,") for one in NUMBER.findall(value))
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else str(value)
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


if __name__ == "__main__":
    write(sys.argv[1])
