"""What the cases of the corpus are made of: outputs of restricted data, and the question put to the gate."""

import inspect
from dataclasses import dataclass
from io import BytesIO

import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure

from ctresearch.privacy import Output, Policy, Release, release


@dataclass(frozen=True)
class Asked:
    """Outputs that want to leave together, with what was seen before and under whose policy."""

    outputs: tuple[Output, ...]
    earlier: tuple[Output | Release, ...] = ()
    policy: Policy | None = None


def table(data, roles=None, *, name="table", kind="table", index=None, **more):
    """Make one output of a table; ``index`` names the columns that become its index."""
    frame = pd.DataFrame(data)
    if index:
        frame = frame.set_index(index)
    return Output(name, kind, "restricted", content=frame, roles=roles, **more)


def figure(data, roles=None, *, name="figure", **more):
    """Make one output of the data that a picture is drawn of."""
    return table(data, roles, name=name, kind="figure", **more)


def estimate(result, *, name="estimate", **more):
    """Make one output of a result."""
    return Output(name, "estimate", "restricted", content=result, **more)


def file(words, roles=None, *, name="file", **more):
    """Make one output of the words in a file."""
    return Output(name, "file", "restricted", content=words.encode(), roles=roles, **more)


def notebook(printed):
    """Make one output of an executed notebook that prints something."""
    shown = {"output_type": "stream", "name": "stdout", "text": printed}
    cell = {"cell_type": "code", "source": "print(shown)", "outputs": [shown], "execution_count": 1, "metadata": {}}
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
    return Output("notebook", "notebook", "restricted", content=content)


def picture(labels, heights, *, title="", note=""):
    """Draw bars, with a title and a note, and return the picture's bytes."""
    drawn = Figure()
    axes = drawn.subplots()
    axes.bar(labels, heights)
    axes.set_title(title)
    if note:
        axes.annotate(note, (0, 1))
    held = BytesIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "corpus"}):
        drawn.savefig(held, format="svg", metadata={"Date": None})
    return held.getvalue()


def question(case):
    """Take what a case returns as a question to the gate."""
    asked = case()
    if isinstance(asked, Asked):
        return asked
    return Asked(tuple(asked) if isinstance(asked, list) else (asked,))


def held_back(case):
    """Ask the gate, and return verdict, rule and sentence of every output that it holds back."""
    asked = question(case)
    answer = release(list(asked.outputs), policy=asked.policy, earlier=list(asked.earlier) or None)
    return [f"{v.output}: {v.verdict} ({v.rule}) {v.sentence}" for v in answer.refused]


def cases_of(module):
    """Find the cases of a module: its own functions whose names begin with no underscore."""
    return [
        thing
        for name, thing in vars(module).items()
        if inspect.isfunction(thing) and thing.__module__ == module.__name__ and not name.startswith("_")
    ]
