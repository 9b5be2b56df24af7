"""Network scale-up: from how many of them people know to how many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.random import Seed, generator, recorded_seed, seed_sequence
from ctresearch.core.result import estimates_table
from ctresearch.core.validate import is_level, one_of, whole_number
from ctresearch.prevalence.scale_up import scale_up_checks as checks
from ctresearch.prevalence.scale_up.relational_data import RelationalData, read_known, read_relational
from ctresearch.prevalence.scale_up.scale_up_result import ScaleUpResult, log_limits
from ctresearch.prevalence.scale_up.survey_design import design_columns, existing, spread_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.prevalence.scale_up.survey_design import Floats

_METHODS = {
    "mle": "Network scale-up, ratio of all people known (Killworth, maximum likelihood)",
    "pimle": "Network scale-up, mean of each respondent's ratio (Killworth, plug-in)",
}
ASSUMPTIONS = (
    "Respondents know people of the hidden group as often as they know others: neither group keeps to itself.",
    "Who knows somebody of the hidden group is aware of it and says so.",
    "Respondents recall how many people they know in each group, and the sizes of the known groups are right.",
    "The survey is a probability sample of all whom the population counts, as its design says.",
)
UNITS = {"population": "persons", "prevalence": "share of all people", "mean_degree": "persons"}
# Below this a share of replicates without any answer makes their spread meaningless.
FEWEST_REPLICATES = 200


class ScaleUp(Options):
    """Estimate a hidden population from how many of its people the respondents of a survey know.

    How many people a respondent knows is told by groups of known size: who knows twice as many teachers as another
    knows about twice as many people. The share of the hidden group among all whom respondents know is then the share
    of it in the population [1]_, [2]_.

    Parameters
    ----------
    hidden : str
        Column: how many people of the hidden group each respondent knows.
    known : mapping of str to float
        Column to size of the group, for the groups of known size.
    population : float
        Number of people whom respondents could know, such as the inhabitants of a country.
    method : {"mle", "pimle"}
        All people known of the hidden group over all people known; or the mean of this ratio over respondents, which
        weighs those who know few people as much as others and needs everybody to know somebody of a known group.
    zero_degree : {"refuse", "drop"}
        By the plug-in method: refuse respondents who know nobody of any known group, or leave them out of the mean,
        which a check then says. The R package networkscaleup leaves them out without a word.
    weight, strata, cluster : str, optional
        Columns of the design of the survey.
    bootstrap : int
        Replicates of the rescaled bootstrap, at least 200.
    level : float
        Coverage of the intervals, as a proportion.
    seed : int or numpy.random.SeedSequence
        Where the random stream starts.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    Standard errors are those of the rescaled bootstrap over clusters within strata [3]_, and limits Student's on the
    log scale. They hold what drawing another sample would change and nothing else: where people of the hidden group
    keep to themselves or hide it from those who know them, the estimate is off by a factor that no interval shows.
    `GeneralizedScaleUp` measures that factor; `BayesianScaleUp` models it.

    The mean of ratios is too large where degrees are told by few people: in simulation, with respondents who know 19
    people of the known groups on average, it was 11 % too large, and its 95 % intervals covered 65 %.

    References
    ----------
    .. [1] Killworth, P. D., Johnsen, E. C., McCarty, C., Shelley, G. A. and Bernard, H. R. (1998). A social network
       approach to estimating seroprevalence in the United States. Social Networks 20, 23-50.
       https://doi.org/10.1016/S0378-8733(96)00305-X
    .. [2] Killworth, P. D., McCarty, C., Bernard, H. R., Shelley, G. A. and Johnsen, E. C. (1998). Estimation of
       seroprevalence, rape, and homelessness in the United States using a social network approach. Evaluation Review
       22, 289-308. https://doi.org/10.1177/0193841X9802200205
    .. [3] Rao, J. N. K. and Wu, C. F. J. (1988). Resampling inference with complex survey data. Journal of the American
       Statistical Association 83, 231-241. https://doi.org/10.1080/01621459.1988.10478591

    Examples
    --------
    >>> from ctresearch.data.synthetic import scale_up_survey
    >>> made = scale_up_survey(500, hidden=4_000, seed=3)
    >>> sizes = made.tables["known"].set_index("group")["size"].to_dict()
    >>> result = ScaleUp(hidden="hidden", known=sizes, population=1_000_000).fit(made.frame)
    >>> row = result.estimates.loc["population"]
    >>> print(f"{row['ci_low']:.0f} to {row['ci_high']:.0f} people, if they hide from nobody; in truth 4000")
    3689 to 4392 people, if they hide from nobody; in truth 4000
    """

    def __init__(
        self,
        *,
        hidden: str,
        known: Mapping[str, float],
        population: float,
        method: Literal["mle", "pimle"] = "mle",
        zero_degree: Literal["refuse", "drop"] = "refuse",
        weight: str | None = None,
        strata: str | None = None,
        cluster: str | None = None,
        bootstrap: int = 1000,
        level: float = 0.95,
        seed: Seed = 0,
    ) -> None:
        self.known = read_known(known, hidden, population)
        self.hidden, self.population = hidden, population
        self.method = one_of("method", method, tuple(_METHODS))
        self.zero_degree = one_of("zero_degree", zero_degree, ("refuse", "drop"))
        self.design = design_columns(weight, strata, cluster)
        self.bootstrap = whole_number("bootstrap", bootstrap, low=FEWEST_REPLICATES, high=100_000)
        self.level = is_level(level)
        self.seed = seed
        seed_sequence(seed)

    def fit(self, survey: pd.DataFrame) -> ScaleUpResult:
        """Estimate the hidden population from a survey.

        Parameters
        ----------
        survey : pandas.DataFrame
            One row a respondent, with the numbers of people known.

        Returns
        -------
        ScaleUpResult
            Terms ``population`` and ``mean_degree``, in persons, and ``prevalence``.

        Raises
        ------
        DataError
            If a column is missing or holds something else, nobody knows anybody of a group, there are more respondents
            than people, or by the plug-in method a respondent knows nobody of any known group.

        Examples
        --------
        >>> survey = pd.DataFrame({"hidden": [0, 1, 1, 0], "teachers": [3, 5, 2, 6]})
        >>> scale_up = ScaleUp(hidden="hidden", known={"teachers": 1600}, population=100_000)
        >>> scale_up.fit(survey).estimates["estimate"].tolist()
        [200.0, 0.002, 250.0]
        """
        read = read_relational(survey, self.hidden, self.known, self.population, self.design)
        if self.method == "pimle" and self.zero_degree == "refuse":
            _refuse_alone(read.degree)
        values = _values(read, self.method)
        drawn = read.design.replicates(values, self.bootstrap, generator(self.seed))
        whole = read.design.totals(values).sum(axis=0, keepdims=True)
        point, draws = (_estimates(totals, read, self.method) for totals in (whole, drawn))
        draws, lost = existing(draws)
        known = self._known_groups(whole, drawn, read)
        return ScaleUpResult(
            method=say(_METHODS[self.method]),
            estimates=self._table(point[0], draws, read),
            n=len(read.frame),
            level=self.level,
            interval="log t",
            checks=(*_checks(read, known), *self._left_out(read.degree), *checks.check_replicates(lost)),
            assumptions=ASSUMPTIONS,
            references=references(ScaleUp),
            inputs=record(read.frame, seed=recorded_seed(self.seed), packages=("numpy", "scipy")),
            smallest_group=read.fewest,
            draws=pd.DataFrame(draws[:4000].T, index=pd.Index(list(UNITS), name="term", dtype="str")),
            freedom=read.design.freedom,
            known_groups=known,
            killworth_std_error=_killworth(read, float(point[0, 0])),
        )

    def _left_out(self, degree: Floats) -> tuple[Check, ...]:
        """Say who is left out of the mean."""
        alone = int((degree == 0).sum())
        if self.method == "mle" or not alone:
            return ()
        said = say(
            "{n} respondent who knows nobody of any known group is left out of the mean.",
            many="{n} respondents who know nobody of any known group are left out of the mean.",
            n=alone,
        )
        return (Check("left out", "review", said, {"respondents": alone}),)

    def _table(self, point: Floats, draws: Floats, read: RelationalData) -> pd.DataFrame:
        """Table estimates with the spread of the replicates."""
        std_error = spread_of(draws)
        low, high = log_limits(point, std_error, self.level, read.design.freedom)
        rows = {name: (point[j], std_error[j], low[j], high[j]) for j, name in enumerate(UNITS)}
        return estimates_table(rows).assign(unit=list(UNITS.values()))

    def _known_groups(self, whole: Floats, drawn: Floats, read: RelationalData) -> pd.DataFrame:
        """Treat each known group as hidden, and leave each out."""
        point, without = leave_one_out(whole, read.sizes)
        std_error = spread_of(leave_one_out(drawn, read.sizes)[0])
        low, high = log_limits(point[0], std_error, self.level, read.design.freedom)
        return pd.DataFrame(
            {
                "size": read.sizes,
                "estimate": point[0],
                "std_error": std_error,
                "ci_low": low,
                "ci_high": high,
                "ratio": point[0] / read.sizes,
                "without": without[0],
            },
            index=pd.Index(read.names, name="known_group", dtype="str"),
        )


def leave_one_out(totals: Floats, sizes: Floats) -> tuple[Floats, Floats]:
    """Scale each known group up by the others, and the hidden one by all but it.

    Parameters
    ----------
    totals : numpy.ndarray
        Weighted totals of people known, the hidden group's first and those of the known groups after it, shape
        (replicates, 1 + groups or more).
    sizes : numpy.ndarray
        Of the known groups, shape (groups,).

    Returns
    -------
    tuple of numpy.ndarray
        Sizes of the known groups and of the hidden one, both (replicates, groups); ``NaN`` where there is one group.

    Examples
    --------
    >>> back, without = leave_one_out(np.array([[4.0, 20.0, 30.0]]), np.array([200.0, 300.0]))
    >>> back.tolist(), without.tolist()
    ([[200.0, 300.0]], [[40.0, 40.0]])
    """
    known = totals[:, 1 : sizes.size + 1]
    if sizes.size < 2:
        gone = np.full(known.shape, np.nan)
        return gone, gone.copy()
    rest = known.sum(axis=1, keepdims=True) - known
    scale = np.divide(
        np.broadcast_to(sizes.sum() - sizes, rest.shape), rest, out=np.full(rest.shape, np.nan), where=rest > 0
    )
    return known * scale, totals[:, :1] * scale


def _values(read: RelationalData, method: str) -> Floats:
    """Return what is added up over respondents, shape (n, columns)."""
    columns = [read.hidden, *read.known.T, np.ones(read.hidden.size)]
    if method == "pimle":
        some = read.degree > 0
        columns += [np.divide(read.hidden, read.degree, out=np.zeros(some.size), where=some), some.astype(float)]
    return np.column_stack(columns)


def _estimates(totals: Floats, read: RelationalData, method: str) -> Floats:
    """Return population, prevalence and mean degree, shape (replicates, 3)."""
    groups = read.sizes.size
    people, ones = totals[:, 1 : groups + 1].sum(axis=1), totals[:, groups + 1]
    degree = people * read.population / read.sizes.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        share = totals[:, groups + 2] / totals[:, groups + 3] if method == "pimle" else totals[:, 0] / degree
    return np.column_stack([share * read.population, share, degree / ones])


def _killworth(read: RelationalData, size: float) -> float:
    """Return the standard error of independent answers: the root of population times size over all people known."""
    return float(np.sqrt(read.population * size / read.degree.sum()))


def _refuse_alone(degree: Floats) -> None:
    """Refuse respondents of whom the known groups cannot tell that they know anybody."""
    alone = int((degree == 0).sum())
    if alone:
        raise DataError(
            f"{alone:,} of {degree.size:,} respondents know nobody of any known group, so that a ratio to the people "
            "they know does not exist: use method='mle', leave them out with zero_degree='drop', or add groups"
        )


def _checks(read: RelationalData, known: pd.DataFrame) -> tuple[Check, ...]:
    """Ask of the answers what can be asked."""
    return (
        checks.check_back_estimates(known),
        checks.check_recall(known),
        checks.check_reports(read),
        checks.check_visibility(),
        checks.check_degrees(read.degree),
        checks.check_clusters(read.design.freedom),
    )
