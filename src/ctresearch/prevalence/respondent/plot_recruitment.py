"""A picture of the recruitment forest, for the eyes of those who hold the records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core import plot
from ctresearch.core.meaning import actor, key
from ctresearch.prevalence.respondent.respondent_sample import require_sample
from ctresearch.prevalence.respondent.trait import read_trait

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from ctresearch.prevalence.respondent.respondent_sample import RespondentSample

    Array = NDArray[Any]

_MARKS = ("o", "s", "^", "D", "v", "P", "X", "*")


def plot_recruitment(sample: RespondentSample, trait: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw who recruited whom: waves from top to bottom, a mark for each person, without a name.

    A person may be known by their place in such a drawing, so the release gate leaves it to a review: it shows
    bottlenecks and dead ends to those who hold the records. :func:`describe_recruitment` draws what may leave.

    Parameters
    ----------
    sample : RespondentSample
        The sample.
    trait : str, optional
        A trait in levels, told apart by shape and colour.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
        The picture.

    Raises
    ------
    DataError
        If it is no sample, or the trait cannot be used.

    Examples
    --------
    >>> from ctresearch.data.synthetic import respondent_sample
    >>> from ctresearch.prevalence import RespondentSample
    >>> sample = RespondentSample.from_frame(respondent_sample(60, seed=3).frame, traits=["exploited"])
    >>> plot_recruitment(sample, "exploited").get_ylabel()
    'wave'
    """
    found = require_sample(sample)
    read = None if trait is None else read_trait(found, trait)
    codes = np.zeros(found.n, dtype=np.int64) if read is None else read.codes
    across = places(found.recruiter)
    ax = ax if ax is not None else plot.new_axes(9.0, 5.0)
    recruits = np.flatnonzero(found.recruiter >= 0)
    by = found.recruiter[recruits]
    ax.plot([across[by], across[recruits]], [found.wave[by], found.wave[recruits]], color=plot.GREY, linewidth=0.5)
    for code in np.unique(codes):
        here = codes == code
        label = None if read is None else read.terms[code]
        colour, mark = plot.PALETTE[code % len(plot.PALETTE)], _MARKS[code % len(_MARKS)]
        ax.scatter(across[here], found.wave[here], s=14, color=colour, marker=mark, label=label, zorder=2)
    ax.invert_yaxis()
    ax.set_ylabel("wave")
    ax.set_xlabel("people, beside those recruited by the same person")
    ax.set_xticks([])
    ax.grid(visible=False)
    if read is not None and not read.measured:
        ax.legend(title=read.name)
    table = pd.DataFrame({"person": np.arange(found.n).astype(str), "wave": found.wave})
    return plot.shows(ax, table, {"person": actor("Person", protected=True), "wave": key("Wave")})


def places(recruiter: Array) -> Array:
    """Put people without recruits side by side, and everybody else above the middle of their recruits.

    Parameters
    ----------
    recruiter : numpy.ndarray
        Row of everybody's recruiter, shape (n,), -1 for a seed.

    Returns
    -------
    numpy.ndarray
        Places from left to right, shape (n,).

    Examples
    --------
    >>> places(np.array([-1, 0, 0, -1])).tolist()
    [0.5, 0.0, 1.0, 2.0]
    """
    recruits: dict[int, list[int]] = {}
    for person, by in enumerate(recruiter.tolist()):
        recruits.setdefault(by, []).append(person)
    across = np.zeros(recruiter.size)
    taken = 0
    stack = [(seed, False) for seed in reversed(recruits[-1])]
    while stack:
        person, below_done = stack.pop()
        own = recruits.get(person, [])
        if not own:
            across[person] = taken
            taken += 1
        elif below_done:
            across[person] = (across[own[0]] + across[own[-1]]) / 2
        else:
            stack.append((person, True))
            stack += [(one, False) for one in reversed(own)]
    return across
