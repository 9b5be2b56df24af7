"""How a sample recruited itself: homophily, activity, who recruited whom, waves and trees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.cite import references
from ctresearch.core.errors import FitError
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, key, model
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table, table_field
from ctresearch.prevalence.respondent.recruitment_checks import check_left_out, check_trees, check_waves
from ctresearch.prevalence.respondent.respondent_result import levels_table
from ctresearch.prevalence.respondent.shares import stationary
from ctresearch.prevalence.respondent.trait_fit import ASSUMPTIONS, ask
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning
    from ctresearch.prevalence.respondent.respondent_sample import RespondentSample
    from ctresearch.prevalence.respondent.trait import Trait
    from ctresearch.prevalence.respondent.trait_fit import Asked

    Array = NDArray[Any]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RecruitmentResult(Result):
    """How a sample recruited itself.

    Parameters
    ----------
    recruitment : pandas.DataFrame
        One row a pair of levels: ``recruiter`` and ``recruit``, how many ``people`` were recruited so, and how many
        were ``expected`` if levels played no part.
    waves : pandas.DataFrame
        Indexed by ``wave``, seeds in wave 0: ``people``.
    trees : pandas.DataFrame
        Indexed by ``tree``, the largest first: ``people`` and the last ``wave``.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``homophily``, ``recruitment homophily`` and
        ``activity`` of each level.

    Examples
    --------
    >>> from ctresearch.data.synthetic import respondent_sample
    >>> from ctresearch.prevalence import RespondentSample, describe_recruitment
    >>> sample = RespondentSample.from_frame(respondent_sample(200, seed=3).frame, traits=["exploited"])
    >>> int(describe_recruitment(sample, "exploited").recruitment["people"].sum())
    192
    """

    recruitment: pd.DataFrame = table_field(
        {
            "recruiter": key("Level of the recruiter"),
            "recruit": key("Level of the recruit"),
            "people": count("People recruited"),
            "expected": model("People expected if levels played no part", "persons"),
        }
    )
    waves: pd.DataFrame = table_field({"wave": key("Wave"), "people": count("People")})
    trees: pd.DataFrame = table_field(
        {"tree": key("Tree"), "people": count("People"), "waves": count("Last wave", "waves", of="nobody")}
    )
    terms: ClassVar[Mapping[str, Meaning]] = {
        "homophily": model("Homophily of the population: ties between levels expected over observed"),
        "recruitment homophily": model("Homophily of recruitment: recruits of the same level, observed over expected"),
        "activity *": model("Mean degree over that of the first level"),
    }

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw how many people each wave brought.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            The picture.
        """
        from ctresearch.core import plot

        ax = ax if ax is not None else plot.new_axes()
        ax.bar(self.waves.index, self.waves["people"], color=plot.BLUE)
        ax.set_xlabel("wave")
        ax.set_ylabel("people")
        ax.set_xticks(self.waves.index)
        return plot.shows(ax, self.waves, self.roles("waves"))


def describe_recruitment(sample: RespondentSample, trait: str) -> RecruitmentResult:
    """Describe how a sample recruited itself between the levels of a trait.

    Parameters
    ----------
    sample : RespondentSample
        The sample.
    trait : str
        A trait in levels.

    Returns
    -------
    RecruitmentResult
        Terms ``homophily``: ties between levels that chance would make, over those there are, estimated from what each
        recruiter's recruits are like, weighted by one over the degree; 1 where levels play no part, more where people
        keep to their own. ``recruitment homophily``: recruits of the recruiter's level over those expected.
        ``activity`` of each level: its harmonic mean degree over that of the first level.

    Raises
    ------
    DataError
        If it is no sample, all are seeds, or the trait cannot be used.
    FitError
        If the trait is measured, or nobody of one level recruited somebody of another.

    References
    ----------
    .. [1] Gile, K. J. and Handcock, M. S. (2010). Respondent-driven sampling: an assessment of current methodology.
       Sociological Methodology 40, 285-327. https://doi.org/10.1111/j.1467-9531.2010.01223.x

    Examples
    --------
    >>> from ctresearch.data.synthetic import respondent_sample
    >>> from ctresearch.prevalence import RespondentSample
    >>> made = respondent_sample(400, homophily=4, seed=3)
    >>> sample = RespondentSample.from_frame(made.frame, traits=["exploited"])
    >>> found = describe_recruitment(sample, "exploited").estimates["estimate"]
    >>> print(f"chance would make {found['homophily']:.1f} times as many ties between the exploited and the others")
    chance would make 2.2 times as many ties between the exploited and the others
    """
    asked = ask(sample, trait)
    if asked.trait.measured:
        raise FitError(f"trait {trait!r} is measured, and recruitment is described between levels: cut it into levels")
    moves = asked.forest.moves
    expected = np.outer(moves.sum(axis=1), moves.sum(axis=0)) / moves.sum()
    if np.trace(moves) == moves.sum():
        raise FitError(
            f"nobody of one level of trait {trait!r} recruited somebody of another, so that homophily has no bound: "
            "the levels are samples of their own"
        )
    levels = levels_table(sample, asked.trait)
    activity = (levels["mean_degree"] / levels["mean_degree"].iloc[0]).to_dict()
    found = {
        "homophily": population_homophily(asked),
        "recruitment homophily": float(np.trace(moves) / np.trace(expected)),
        **{f"activity {level}": float(one) for level, one in activity.items()},
    }
    none = (np.nan,) * 3
    waves = sample.waves.to_frame()
    return RecruitmentResult(
        method=say("Recruitment between levels of a trait"),
        estimates=estimates_table({term: (one, *none) for term, one in found.items()}, unit="ratio"),
        n=sample.n,
        scope=sample.scope,
        checks=(
            check_waves(sample, moves, stationary(moves[None])[0]),
            check_trees(sample, asked.trait),
            *check_left_out(sample),
        ),
        assumptions=ASSUMPTIONS,
        references=references(describe_recruitment),
        inputs=record(_columns(asked)),
        smallest_group=smallest_of(levels["people"], moves, waves["people"]),
        recruitment=_recruitment(asked.trait, moves, expected),
        waves=waves,
        trees=_trees(sample),
    )


def population_homophily(asked: Asked) -> float:
    """Return the ties between levels that chance would make over those there are.

    Parameters
    ----------
    asked : Asked
        Sample and trait.

    Returns
    -------
    float
        ``NaN`` where no recruiter's degree is known, or recruiters are all of one level.

    Notes
    -----
    With weights of one over the degree each recruiter stands for one end of a tie, so levels' shares of ties are their
    shares of recruiters, and the ties between levels the mean share of recruits of another level.
    """
    sample, group = asked.sample, asked.trait.codes
    recruited = np.flatnonzero(sample.recruiter >= 0)
    by = sample.recruiter[recruited]
    counts = np.bincount(by, minlength=sample.n)
    other = np.bincount(by, weights=(group[by] != group[recruited]).astype(np.float64), minlength=sample.n)
    used = (counts > 0) & np.isfinite(sample.degree)
    if not used.any():
        return float("nan")
    ties = np.bincount(group[used], minlength=asked.trait.groups) / used.sum()
    between = float((other[used] / counts[used]).mean())
    chance = 1 - float((ties**2).sum())
    return chance / between if between > 0 and chance > 0 else float("nan")


def _columns(asked: Asked) -> pd.DataFrame:
    """Table what the description was made from."""
    sample = asked.sample
    return pd.DataFrame({"recruiter": sample.recruiter, "degree": sample.degree, "trait": asked.trait.codes})


def _recruitment(trait: Trait, moves: Array, expected: Array) -> pd.DataFrame:
    """Table recruitments by pair of levels."""
    pairs = [(one, other) for one in trait.terms for other in trait.terms]
    table = pd.DataFrame(pairs, columns=["recruiter", "recruit"])
    return table.assign(people=moves.ravel().astype(np.int64), expected=expected.ravel())


def _trees(sample: RespondentSample) -> pd.DataFrame:
    """Table trees by size; their numbers are places in that order and name no seed."""
    last = pd.Series(sample.wave).groupby(sample.tree).max().to_numpy()
    table = pd.DataFrame({"people": np.bincount(sample.tree), "waves": last})
    table = table.sort_values(["people", "waves"], ascending=False, ignore_index=True)
    return table.set_index(pd.RangeIndex(1, len(table) + 1, name="tree"))
