"""Generalised scale-up: how visible hidden people are is asked of them, and not assumed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import key, model
from ctresearch.core.message import say
from ctresearch.core.random import Seed, recorded_seed, seed_sequence, streams
from ctresearch.core.result import estimates_table, table_field
from ctresearch.core.validate import has_columns, is_frame, is_level, whole_number
from ctresearch.prevalence.scale_up import scale_up_checks as checks
from ctresearch.prevalence.scale_up.relational_data import RelationalData, read_answers, read_known, read_relational
from ctresearch.prevalence.scale_up.scale_up import FEWEST_REPLICATES
from ctresearch.prevalence.scale_up.scale_up_result import BootstrapResult, log_limits
from ctresearch.prevalence.scale_up.survey_design import design_columns, existing, read_design, spread_of
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.meaning import Meaning
    from ctresearch.prevalence.scale_up.survey_design import Floats, SurveyDesign

_UNITS = {
    "population": "persons",
    "basic": "persons",
    "visibility": "persons",
    "mean_degree": "persons",
    "visible_share": "ratio",
}
ASSUMPTIONS = (
    "Both surveys are probability samples, of all people of the frame and of the hidden people, as their designs say.",
    "Hidden people know how many people of each known group are aware that they belong to the hidden group.",
    "The known groups are, taken together, as aware of hidden people as the whole frame is.",
    "Nobody is reported as hidden who is not, and the sizes of the known groups are right.",
)
# Half or twice as visible as others are known: the basic estimate is then off by that factor.
_FAR = 2.0
# Weights that add up to a tenth more or fewer people than the frame holds were made for another frame.
_OFF = 0.1


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class GeneralizedScaleUpResult(BootstrapResult):
    """Population size by generalised scale-up, with the basic estimate beside it.

    Parameters
    ----------
    visible : pandas.DataFrame
        Indexed by ``known_group``: its ``size``, and ``aware``, the people of it who are aware of a hidden person, on
        average.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``population`` and ``basic``, what the basic
        estimator makes of the same answers; ``visibility``, people who would report a hidden person; ``mean_degree``,
        people whom one of the frame knows; and ``visible_share``, the first of these two over the second, which the
        basic estimator takes for 1.

    Examples
    --------
    >>> from ctresearch.prevalence import GeneralizedScaleUp
    >>> survey = pd.DataFrame({"hidden": [0, 1, 1, 0] * 5, "teachers": [3, 5, 2, 6] * 5})
    >>> members = pd.DataFrame({"teachers": [1, 2, 3, 2] * 4})
    >>> scale_up = GeneralizedScaleUp(hidden="hidden", known={"teachers": 1600}, population=100_000)
    >>> scale_up.fit((survey, members)).visible["aware"].tolist()
    [2.0]
    """

    visible: pd.DataFrame = table_field(
        {
            "known_group": key("Known group"),
            "size": model("Size that is known", "persons"),
            "aware": model("People of it who are aware of a hidden person, on average", "persons"),
        }
    )
    terms: ClassVar[Mapping[str, Meaning]] = {
        "population": model("Estimated population", "persons", headline=True),
        "basic": model("Estimated population by basic scale-up", "persons"),
        "visibility": model("People who would report a hidden person, on average", "persons"),
        "mean_degree": model("People whom one of the frame knows, on average", "persons"),
        "visible_share": model("Visibility over mean degree", reader="ratio"),
    }


class GeneralizedScaleUp(Options):
    """Estimate a hidden population from a survey of all and a survey of hidden people about who is aware of them.

    Every report of a hidden person is somebody of the frame who is aware of one. So reports, added up over the frame,
    are hidden people times how many would report each of them, whether or not these mix with others and tell them. The
    second factor, the visibility, is asked of hidden people: how many of each known group are aware of them [1]_. With
    it the two assumptions on which the basic estimate stands or falls are measured.

    Parameters
    ----------
    hidden : str
        Column of the survey: how many people of the hidden group each respondent knows.
    known : mapping of str to float
        Column to size of the group, for the groups of known size, which both surveys ask about. In the survey the
        column says how many of the group a respondent knows, and among members how many of it are aware of them.
    population : float
        Number of people of the frame from which the survey is drawn.
    weight, strata, cluster : str, optional
        Columns of the design of the survey. Weights must count people of the frame; without them each respondent
        stands for the same number.
    members_weight, members_strata, members_cluster : str, optional
        Columns of the design of the sample of members, whose weights count up to one factor: after respondent-driven
        sampling one over the degree, and the recruitment tree as cluster.
    bootstrap : int
        Replicates of the rescaled bootstrap, of both samples, at least 200.
    level : float
        Coverage of the intervals, as a proportion.
    seed : int or numpy.random.SeedSequence
        Where the random streams start.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    The two samples are resampled apart. Standard errors are those of the replicates, and limits Student's on the log
    scale with the degrees of freedom of the sample that has fewer. It fails where hidden people do not know who is
    aware of them, where the known groups are more or less aware than others of the frame, and where respondents name
    people who do not belong to the hidden group.

    References
    ----------
    .. [1] Feehan, D. M. and Salganik, M. J. (2016). Generalizing the network scale-up method: a new estimator for the
       size of hidden populations. Sociological Methodology 46, 153-186. https://doi.org/10.1177/0081175016665425
    .. [2] Rao, J. N. K. and Wu, C. F. J. (1988). Resampling inference with complex survey data. Journal of the American
       Statistical Association 83, 231-241. https://doi.org/10.1080/01621459.1988.10478591

    Examples
    --------
    Reports come to half of what they would be if everybody who knows a hidden person were aware of it.

    >>> rng = np.random.default_rng(2)
    >>> survey = pd.DataFrame({"hidden": rng.poisson(0.5, 600), "teachers": rng.poisson(5, 600)})
    >>> members = pd.DataFrame({"teachers": rng.poisson(2.5, 150)})
    >>> scale_up = GeneralizedScaleUp(hidden="hidden", known={"teachers": 2_000}, population=100_000)
    >>> found = scale_up.fit((survey, members)).estimates["estimate"]
    >>> print(f"{found['population']:.0f} people, where the basic estimate says {found['basic']:.0f}; in truth 400")
    392 people, where the basic estimate says 207; in truth 400
    """

    def __init__(
        self,
        *,
        hidden: str,
        known: Mapping[str, float],
        population: float,
        weight: str | None = None,
        strata: str | None = None,
        cluster: str | None = None,
        members_weight: str | None = None,
        members_strata: str | None = None,
        members_cluster: str | None = None,
        bootstrap: int = 1000,
        level: float = 0.95,
        seed: Seed = 0,
    ) -> None:
        self.known = read_known(known, hidden, population)
        self.hidden, self.population = hidden, population
        self.design = design_columns(weight, strata, cluster)
        self.members_design = design_columns(members_weight, members_strata, members_cluster)
        self.bootstrap = whole_number("bootstrap", bootstrap, low=FEWEST_REPLICATES, high=100_000)
        self.level = is_level(level)
        self.seed = seed
        seed_sequence(seed)

    def fit(self, surveys: tuple[pd.DataFrame, pd.DataFrame]) -> GeneralizedScaleUpResult:
        """Estimate the hidden population from both surveys.

        Parameters
        ----------
        surveys : tuple of pandas.DataFrame
            The survey of the frame, one row a respondent, and the survey of members, one row a hidden person.

        Returns
        -------
        GeneralizedScaleUpResult
            Terms ``population``, ``basic``, ``visibility`` and ``mean_degree``, in persons, and ``visible_share``.

        Raises
        ------
        DataError
            If a column is missing or holds something else, nobody knows anybody of a group or is aware of anybody, or
            there are more members than people.

        Examples
        --------
        >>> survey = pd.DataFrame({"hidden": [0, 1, 1, 0] * 5, "teachers": [3, 5, 2, 6] * 5})
        >>> members = pd.DataFrame({"teachers": [1, 2, 3, 2] * 4})
        >>> scale_up = GeneralizedScaleUp(hidden="hidden", known={"teachers": 1600}, population=100_000)
        >>> scale_up.fit((survey, members)).estimates.loc["population", "estimate"]
        np.float64(400.0)
        """
        survey, members = _two_tables(surveys)
        read = read_relational(survey, self.hidden, self.known, self.population, self.design)
        aware, other, kept = self._members(members)
        draws, lost = existing(self._replicates(read, aware, other))
        whole = [d.totals(v).sum(axis=0, keepdims=True) for d, v in ((read.design, _values(read)), (other, aware))]
        point = self._combined(whole[0], whole[1], read)[0]
        freedom = min(read.design.freedom, other.freedom)
        rows = self._table(point, draws, freedom)
        return GeneralizedScaleUpResult(
            method=say("Generalised network scale-up (Feehan and Salganik)"),
            estimates=rows,
            n=len(read.frame) + len(kept),
            level=self.level,
            interval="log t",
            checks=(
                _check_visibility(rows.loc[["visible_share"]].iloc[0]),
                *([_check_weights(read)] if self.design["weight"] else []),
                checks.check_reports(read),
                checks.check_clusters(freedom),
                *checks.check_replicates(lost),
            ),
            assumptions=ASSUMPTIONS,
            references=references(GeneralizedScaleUp),
            inputs=record(
                pd.concat([read.frame, kept], keys=["survey", "members"]).reset_index(level=0),
                seed=recorded_seed(self.seed),
                packages=("numpy", "scipy"),
            ),
            smallest_group=smallest_of(read.fewest, (aware[:, :-1] > 0).sum(axis=0)),
            draws=pd.DataFrame(draws[:4000].T, index=pd.Index(list(_UNITS), name="term", dtype="str")),
            freedom=freedom,
            visible=_visible(read, other.totals(aware).sum(axis=0)),
        )

    def _members(self, members: Any) -> tuple[Floats, SurveyDesign, pd.DataFrame]:
        """Read who is aware of the members: answers and a column of ones, the design, and the columns read."""
        is_frame("members", members)
        columns = [name for name in self.members_design.values() if name is not None]
        has_columns("members", members, [*self.known, *columns])
        kept = members[list(dict.fromkeys([*self.known, *columns]))].reset_index(drop=True)
        if not 2 <= len(kept) <= self.population:
            raise DataError(
                f"there are {len(kept):,} members of a population of {self.population:,.0f}, must be at least 2 and no "
                "more than there are people"
            )
        aware = read_answers(kept, list(self.known))
        if not aware.any():
            raise DataError(
                f"none of the {len(kept):,} members says that anybody of a known group is aware of them, so that what "
                "is reported cannot be scaled up: ask about more groups"
            )
        return np.column_stack([aware, np.ones(len(kept))]), read_design(kept, self.members_design), kept

    def _replicates(self, read: RelationalData, aware: Floats, other: SurveyDesign) -> Floats:
        """Draw both samples again, each by its own design."""
        one, two = streams(self.seed, 2)
        drawn = read.design.replicates(_values(read), self.bootstrap, one)
        return self._combined(drawn, other.replicates(aware, self.bootstrap, two), read)

    def _combined(self, frame: Floats, members: Floats, read: RelationalData) -> Floats:
        """Return the terms from totals of both samples, shape (replicates, terms)."""
        stands = 1.0 if self.design["weight"] else read.population / frame[:, 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            visibility = members[:, :-1].sum(axis=1) / members[:, -1] * read.population / read.sizes.sum()
            degree = frame[:, 1] / frame[:, 2]
            population = frame[:, 0] * stands / visibility
            basic = read.population * frame[:, 0] / frame[:, 1]
            return np.column_stack([population, basic, visibility, degree, visibility / degree])

    def _table(self, point: Floats, draws: Floats, freedom: int) -> pd.DataFrame:
        """Table the estimates with the spread of the replicates."""
        std_error = spread_of(draws)
        low, high = log_limits(point, std_error, self.level, freedom)
        rows = {name: (point[j], std_error[j], low[j], high[j]) for j, name in enumerate(_UNITS)}
        return estimates_table(rows).assign(unit=list(_UNITS.values()))


def _visible(read: RelationalData, totals: Floats) -> pd.DataFrame:
    """Table how aware each known group is."""
    index = pd.Index(read.names, name="known_group", dtype="str")
    return pd.DataFrame({"size": read.sizes, "aware": totals[:-1] / totals[-1]}, index=index)


def _two_tables(surveys: Any) -> tuple[Any, Any]:
    """Return the two tables."""
    if not isinstance(surveys, tuple) or len(surveys) != 2:
        raise SpecificationError(
            f"surveys is a {type(surveys).__name__}, must be a tuple of two tables: the survey of the frame, and that "
            "of members"
        )
    return surveys


def _values(read: RelationalData) -> Floats:
    """Return what is added up over respondents: hidden people known, people known, and one each."""
    return np.column_stack([read.hidden, read.degree, np.ones(read.hidden.size)])


def _check_visibility(row: pd.Series[Any]) -> Check:
    """Say how far the basic estimate would be off."""
    ratio = float(row["estimate"])
    said = say(
        "A hidden person is reported by {ratio:.2f} of the people whom another is known by ({low:.2f} to {high:.2f}), "
        "where basic scale-up takes it for 1.",
        ratio=ratio,
        low=float(row["ci_low"]),
        high=float(row["ci_high"]),
    )
    far = not 1 / _FAR <= ratio <= _FAR
    return Check("visibility", "review" if far else "pass", said, {"visible_share": ratio})


def _check_weights(read: RelationalData) -> Check:
    """Say whether the weights add up to the frame."""
    ratio = float(read.design.weight.sum()) / read.population
    said = say("The weights add up to {ratio:.2f} of the people of the frame.", ratio=ratio)
    if abs(ratio - 1) <= _OFF:
        return Check("weights", "pass", said, {"ratio": ratio})
    more = say("{said} The estimate is off by as much if they do not count people: rescale them.", said=said)
    return Check("weights", "review", more, {"ratio": ratio})
