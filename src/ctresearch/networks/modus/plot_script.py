"""A Sankey picture of scripts: how many cases go from which step to which, place by place.

References
----------
.. [1] Schmidt, M. (2008). The Sankey diagram in energy and material flow management, part I. Journal of Industrial
   Ecology 12, 82-94. https://doi.org/10.1111/j.1530-9290.2008.00004.x
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core import plot
from ctresearch.core.meaning import count, key, operational
from ctresearch.core.message import say
from ctresearch.core.validate import whole_number
from ctresearch.networks.modus.scripts import END, ordered_steps
from ctresearch.networks.protection.marked_outputs import mark_picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    Node = tuple[int, str]
    Boxes = dict[Node, tuple[float, float]]

_WIDTH, _GAP = 0.16, 0.03
_DRAWN = {
    "place": key("Place in the script"),
    "source": operational("Step"),
    "target": operational("Next step"),
    "cases": count("Cases", "cases", of="case"),
}


def plot_script(
    events: pd.DataFrame,
    *,
    case: str = "case",
    order: str = "order",
    act: str = "act",
    at_least: int = 1,
    most_steps: int = 8,
    ax: Axes | None = None,
) -> Axes:
    """Draw the steps of all cases as bands from left to right.

    Parameters
    ----------
    events : pandas.DataFrame
        As for :func:`ctresearch.networks.modus.scripts`.
    case, order, act : str
        Columns of the case, the place of the step, and the step.
    at_least : int
        Cases below which a band is left out.
    most_steps : int
        Steps to draw.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The picture; each box is a step, as high as the number of cases that take it there.

    Raises
    ------
    DataError
        If the events are not what they should be.
    SpecificationError
        If an option is out of range.

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({"case": [1, 1, 2, 2], "order": [1, 2, 1, 2], "act": ["recruit", "exploit"] * 2})
    >>> plot_script(events).get_title()
    '2 cases'
    """
    whole_number("at_least", at_least, low=1)
    whole_number("most_steps", most_steps, low=2)
    sequences, cases = ordered_steps(events, case, order, act)
    flows: Counter[tuple[Node, Node]] = Counter()
    for sequence in sequences:
        steps = [*map(str, sequence[:most_steps]), *([END] if len(sequence) <= most_steps else [])]
        flows.update(((i, one), (i + 1, two)) for i, (one, two) in enumerate(pairwise(steps)))
    kept = {pair: n for pair, n in sorted(flows.items()) if n >= at_least}
    ax = ax if ax is not None else plot.new_axes(8.4, 4.6)
    boxes = _boxes(kept)
    _draw_boxes(ax, boxes)
    _draw_bands(ax, kept, boxes)
    hidden = sum(flows.values()) - sum(kept.values())
    ax.set_title(
        say("{cases} cases; {hidden} rare steps not shown", cases=len(cases), hidden=hidden)
        if hidden
        else say("{cases} cases", cases=len(cases))
    )
    ax.set_axis_off()
    rows = [(place + 1, one, two, n) for ((place, one), (_, two)), n in kept.items()]
    plot.shows(ax, pd.DataFrame(rows, columns=list(_DRAWN)), _DRAWN)
    return mark_picture(ax, "operational_detail")


def _boxes(flows: dict[tuple[Node, Node], int]) -> Boxes:
    """Place a box for every step at every place: bottom and height, as shares of the picture."""
    enter: Counter[Node] = Counter()
    leave: Counter[Node] = Counter()
    for (one, two), cases in flows.items():
        leave[one] += cases
        enter[two] += cases
    height = {node: max(enter[node], leave[node]) for node in {*enter, *leave}}
    columns: dict[int, list[Node]] = {}
    for node in sorted(height, key=lambda n: (n[0], -height[n], n[1])):
        columns.setdefault(node[0], []).append(node)
    tallest = max((sum(height[n] for n in nodes) for nodes in columns.values()), default=1)
    boxes = {}
    for nodes in columns.values():
        top = 1.0
        for node in nodes:
            tall = height[node] / tallest
            boxes[node] = (top - tall, tall)
            top -= tall + _GAP
    return boxes


def _draw_boxes(ax: Axes, boxes: Boxes) -> None:
    """Draw the boxes with the names of their steps, one colour a name."""
    from matplotlib.patches import Rectangle

    names = sorted({name for _, name in boxes} - {END})
    colour = {name: plot.PALETTE[i % 7] for i, name in enumerate(names)} | {END: plot.GREY}
    for (place, name), (bottom, tall) in boxes.items():
        ax.add_patch(Rectangle((place, bottom), _WIDTH, tall, color=colour[name], linewidth=0))
        ax.annotate(name, (place + _WIDTH / 2, bottom + tall), ha="center", va="bottom", fontsize=7)
    ax.set_xlim(-0.2, max((place for place, _ in boxes), default=0) + 0.5)
    ax.set_ylim(min((bottom for bottom, _ in boxes.values()), default=0) - 0.05, 1.08)


def _draw_bands(ax: Axes, flows: dict[tuple[Node, Node], int], boxes: Boxes) -> None:
    """Draw a curved band for every flow, stacked from the top of its boxes."""
    total = {one: sum(n for (a, _), n in flows.items() if a == one) for one, _ in flows}
    share = {one: boxes[one][1] / max(total[one], 1) for one in total}
    unit = min(share.values(), default=0.0)
    used: Counter[tuple[str, Node]] = Counter()
    bend = np.linspace(0, 1, 40)
    curve = bend**2 * (3 - 2 * bend)
    for (one, two), cases in sorted(flows.items(), key=lambda item: (-boxes[item[0][1]][0], item[0])):
        tops = [sum(boxes[node]) - unit * used[side, node] for side, node in (("out", one), ("in", two))]
        line = tops[0] + (tops[1] - tops[0]) * curve
        x = one[0] + _WIDTH + (1 - _WIDTH) * bend
        ax.fill_between(x, line - unit * cases, line, color=plot.GREY, alpha=0.3, linewidth=0)
        used["out", one] += cases
        used["in", two] += cases
