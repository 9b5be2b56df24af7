"""One questionnaire, several definitions: how much of a number is the definition it was counted under."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.cells import shown
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, key, model, weighted
from ctresearch.core.message import say
from ctresearch.core.random import Seed, generator, recorded_seed, seed_sequence
from ctresearch.core.result import estimates_table, table_field
from ctresearch.core.validate import has_columns, in_range, is_frame, is_level, one_of, whole_number
from ctresearch.data.classification import classify
from ctresearch.data.classification.definition import NAMES
from ctresearch.prevalence.scale_up.scale_up import FEWEST_REPLICATES
from ctresearch.prevalence.scale_up.scale_up_checks import check_clusters
from ctresearch.prevalence.scale_up.scale_up_result import BootstrapResult, log_limits
from ctresearch.prevalence.scale_up.survey_design import design_columns, read_design
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from ctresearch.core.meaning import Meaning
    from ctresearch.data.classification import Classification
    from ctresearch.prevalence.scale_up.survey_design import Floats, SurveyDesign

_TERMS = ("prevalence", "prevalence_upper", "corrected")
# Definitions that differ by half answer different questions, and must not be set beside each other as one number.
_FAR = 1.5
ASSUMPTIONS = (
    "The survey is a probability sample of all whom the population counts, as its design says.",
    "Questions mean to respondents what the items of each definition say.",
    "A status is a statistical one, by rules on answers, and never a legal finding.",
)
_ERRORS = "Sensitivity and specificity are those of this questionnaire in this population, for everybody alike."


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DefinitionSpreadResult(BootstrapResult):
    """Prevalence under each definition, and who moves between them.

    Parameters
    ----------
    moved : pandas.DataFrame
        One row a pair of definitions: people who have the status under ``both``, under the ``first`` or the ``second``
        ``only``, without weights; and the same as weighted numbers, of which one in a hundred is a percent.
    rules : pandas.DataFrame
        One row a definition and a rule of it: ``people`` for whom it holds for sure, of those asked.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are, by ``definition``, ``prevalence`` with missing
        answers taken for no, ``prevalence_upper`` with them taken for yes, and ``corrected`` for errors of the
        classification where these are known; and ``ratio``, the largest over the smallest, under ``all``.

    Examples
    --------
    >>> from ctresearch.prevalence import DefinitionSpread
    >>> rows = pd.DataFrame({"age": [30] * 40, "locked": [1, 0, 0, 0] * 10, "debt": [1, 1, 0, 0] * 10})
    >>> parts = {"locked": ("freedom_of_movement", "strong"), "debt": ("debt_or_dependency", "strong")}
    >>> spread = DefinitionSpread(definitions={
    ...     "one of two": {"definition": "prif", "indicators": parts, "threshold": [(1, 0)]},
    ...     "both": {"definition": "prif", "indicators": parts, "threshold": [(2, 0)]},
    ... })
    >>> spread.fit(rows).moved[["both", "first_only", "second_only"]].values.tolist()
    [[10, 10, 0]]
    """

    moved: pd.DataFrame = table_field(
        {
            "first": key("First definition"),
            "second": key("Second definition"),
            "both": count("People under both"),
            "first_only": count("People under the first alone"),
            "second_only": count("People under the second alone"),
            "both_weighted": weighted("Percent under both, weighted", "percent", base="both"),
            "first_only_weighted": weighted("Percent under the first alone, weighted", "percent", base="first_only"),
            "second_only_weighted": weighted("Percent under the second alone, weighted", "percent", base="second_only"),
        }
    )
    rules: pd.DataFrame = table_field(
        {
            "definition": key("Definition"),
            "rules_for": key("For whom the rule is"),
            "rule": key("Rule"),
            "people": count("People for whom it holds"),
        }
    )
    terms: ClassVar[Mapping[str, Meaning]] = {
        "prevalence": model("Share with the status for sure", reader="percent", headline=True),
        "prevalence_upper": model("Share that may have the status", reader="percent"),
        "corrected": model("Share with the status, errors taken out", reader="percent"),
        "ratio": model("Largest prevalence over smallest", reader="as it is"),
    }
    keys: ClassVar[Mapping[str, Meaning]] = {"definition": key("Definition")}


class DefinitionSpread(Options):
    """Give the number under several definitions from one questionnaire, and say what moves between them.

    What is counted decides how many there are as much as how it is counted. The same answers are classified under each
    definition, so that no difference between the numbers comes from the sample, and errors of the classification are
    taken out by what a validation says of them [1]_.

    Parameters
    ----------
    definitions : mapping of str to mapping
        Name to options of :func:`ctresearch.data.classify`: ``definition``, the name by default, ``not_asked``,
        ``columns``, ``strengths``, and for ``"prif"`` ``indicators`` and ``threshold``. Two or more.
    age : str
        Column of age in years.
    errors : mapping of str to tuple, optional
        Name to sensitivity and specificity of the classification, each as its mean and standard error from a study that
        validated it: ``{"prif": ((0.9, 0.03), (0.98, 0.01))}``.
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
    Corrected shares are (share + specificity - 1) / (sensitivity + specificity - 1). Each replicate draws sensitivity
    and specificity anew, from beta distributions. Where the share is no larger than false positives alone would make
    it, there is no corrected share. Standard errors are those of the rescaled bootstrap [2]_, limits Student's on the
    log scale; a definition under which nobody has the status has none.

    References
    ----------
    .. [1] Rogan, W. J. and Gladen, B. (1978). Estimating prevalence from the results of a screening test. American
       Journal of Epidemiology 107, 71-76. https://doi.org/10.1093/oxfordjournals.aje.a112510
    .. [2] Rao, J. N. K. and Wu, C. F. J. (1988). Resampling inference with complex survey data. Journal of the American
       Statistical Association 83, 231-241. https://doi.org/10.1080/01621459.1988.10478591

    Examples
    --------
    >>> rows = pd.DataFrame({"age": [30] * 400, "locked": [1, 0, 0, 0] * 100, "debt": [1, 1, 0, 0] * 100})
    >>> parts = {"locked": ("freedom_of_movement", "strong"), "debt": ("debt_or_dependency", "strong")}
    >>> result = DefinitionSpread(definitions={
    ...     "one of two": {"definition": "prif", "indicators": parts, "threshold": [(1, 0)]},
    ...     "both": {"definition": "prif", "indicators": parts, "threshold": [(2, 0)]},
    ... }).fit(rows)
    >>> result.estimates.loc["prevalence", ["definition", "estimate"]].values.tolist()
    [['one of two', 0.5], ['both', 0.25]]
    """

    def __init__(
        self,
        *,
        definitions: Mapping[str, Mapping[str, Any]],
        age: str = "age",
        errors: Mapping[str, tuple[tuple[float, float], tuple[float, float]]] | None = None,
        weight: str | None = None,
        strata: str | None = None,
        cluster: str | None = None,
        bootstrap: int = 1000,
        level: float = 0.95,
        seed: Seed = 0,
    ) -> None:
        self.definitions = _definitions(definitions)
        self.age = age
        self.errors = _errors(errors or {}, list(self.definitions))
        self.design = design_columns(weight, strata, cluster)
        self.bootstrap = whole_number("bootstrap", bootstrap, low=FEWEST_REPLICATES, high=100_000)
        self.level = is_level(level)
        self.seed = seed
        seed_sequence(seed)

    def fit(self, questionnaire: pd.DataFrame) -> DefinitionSpreadResult:
        """Classify everybody under each definition, and estimate how many there are.

        Parameters
        ----------
        questionnaire : pandas.DataFrame
            One row a person, with a column an item.

        Returns
        -------
        DefinitionSpreadResult
            Terms ``prevalence``, ``prevalence_upper`` and ``corrected`` by ``definition``, and ``ratio``.

        Raises
        ------
        DataError
            If an item has no column, or a value is no answer.

        Examples
        --------
        >>> rows = pd.DataFrame({"age": [30] * 40, "locked": [1, 0, 0, 0] * 10, "debt": [1, 1, 0, 0] * 10})
        >>> parts = {"locked": ("freedom_of_movement", "strong"), "debt": ("debt_or_dependency", "strong")}
        >>> spread = DefinitionSpread(definitions={
        ...     "one of two": {"definition": "prif", "indicators": parts, "threshold": [(1, 0)]},
        ...     "both": {"definition": "prif", "indicators": parts, "threshold": [(2, 0)]},
        ... })
        >>> spread.fit(rows).estimates.loc["ratio", "estimate"]
        np.float64(2.0)
        """
        columns = [name for name in self.design.values() if name is not None]
        has_columns("the questionnaire", is_frame("the questionnaire", questionnaire), columns)
        frame = questionnaire.reset_index(drop=True)
        design = read_design(frame, self.design)
        found = {name: classify(frame, age=self.age, **options) for name, options in self.definitions.items()}
        held = np.column_stack([one.status[["lower", "upper"]].to_numpy(dtype=float) for one in found.values()])
        table, ratio = self._table(held, design)
        lower = held[:, ::2] > 0
        moved = _moved(lower, list(found), design)
        return DefinitionSpreadResult(
            method=say("Prevalence under {n} definitions from one questionnaire", n=len(found)),
            estimates=table,
            n=len(frame),
            level=self.level,
            interval="log t",
            checks=(
                _check_ratio(ratio, list(found), table),
                _check_missing(table),
                *_check_corrected(table, self.errors),
                check_clusters(design.freedom),
            ),
            assumptions=(*ASSUMPTIONS, *([_ERRORS] if self.errors else [])),
            references=references(DefinitionSpread),
            inputs=record(pd.DataFrame(held), seed=recorded_seed(self.seed), packages=("numpy", "scipy")),
            smallest_group=smallest_of(held.sum(axis=0), moved[["both", "first_only", "second_only"]].to_numpy()),
            freedom=design.freedom,
            moved=moved,
            rules=_rules(found),
        )

    def _table(self, held: Floats, design: SurveyDesign) -> tuple[pd.DataFrame, float]:
        """Table shares under each definition with their spread, and the ratio of the largest to the smallest."""
        rng = generator(self.seed)
        values = np.column_stack([held, np.ones(len(held))])
        drawn, whole = design.replicates(values, self.bootstrap, rng), design.totals(values).sum(axis=0)
        shares, draws = whole[:-1] / whole[-1], drawn[:, :-1] / drawn[:, -1:]
        rows: list[tuple[str, str, float, float]] = []
        for place, name in enumerate(self.definitions):
            for side, term in enumerate(_TERMS[:2]):
                column = 2 * place + side
                rows.append((term, name, float(shares[column]), float(draws[:, column].std(ddof=1))))
            if name in self.errors:
                rows.append(
                    ("corrected", name, *_corrected(shares[2 * place], draws[:, 2 * place], self.errors[name], rng))
                )
        sure = shares[::2]
        largest, smallest = int(sure.argmax()), int(sure.argmin())
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = float(sure[largest] / sure[smallest]) if sure[smallest] > 0 else float("nan")
            each = draws[:, 2 * largest] / draws[:, 2 * smallest]
        spread = float(each[np.isfinite(each)].std(ddof=1)) if np.isfinite(each).mean() > 0.99 else float("nan")
        rows.append(("ratio", "all", ratio, spread))
        return _with_limits(rows, self.level, design.freedom), ratio


def _with_limits(rows: list[tuple[str, str, float, float]], level: float, freedom: int) -> pd.DataFrame:
    """Build the table of estimates; what is 0 has no limits on the log scale."""
    terms, names, points, errors = zip(*rows, strict=True)
    point = np.array(points)
    error = np.where(point > 0, np.array(errors), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = log_limits(point, error, level, freedom)
    table = estimates_table({str(j): (point[j], error[j], low[j], high[j]) for j in range(len(point))})
    units = ["" if term == "ratio" else "share of all people" for term in terms]
    table.index = pd.Index(terms, name="term", dtype="str")
    return table.assign(unit=units, definition=list(names))


def _corrected(
    share: float, draws: Floats, errors: tuple[tuple[float, float], tuple[float, float]], rng: np.random.Generator
) -> tuple[float, float]:
    """Take false answers out of a share; ``NaN`` where false positives alone would make it as large."""
    (sensitivity, s_error), (specificity, p_error) = errors
    point = (share + specificity - 1) / (sensitivity + specificity - 1)
    if point <= 0 or point > 1:
        return float("nan"), float("nan")
    drawn = [_beta(rng, *one, draws.size) for one in ((sensitivity, s_error), (specificity, p_error))]
    with np.errstate(divide="ignore", invalid="ignore"):
        each = (draws + drawn[1] - 1) / (drawn[0] + drawn[1] - 1)
    return float(point), float(each[np.isfinite(each)].std(ddof=1))


def _beta(rng: np.random.Generator, mean: float, error: float, size: int) -> Floats:
    """Draw from a beta distribution with this mean and standard deviation."""
    if error == 0 or mean == 1:
        return np.full(size, mean)
    total = mean * (1 - mean) / error**2 - 1
    return np.asarray(rng.beta(mean * total, (1 - mean) * total, size))


def _moved(lower: Any, names: list[str], design: SurveyDesign) -> pd.DataFrame:
    """Count who has the status under both of two definitions, and under one alone."""
    rows = []
    weight = design.weight / design.weight.sum() * 100
    for i, j in combinations(range(len(names)), 2):
        parts = (lower[:, i] & lower[:, j], lower[:, i] & ~lower[:, j], ~lower[:, i] & lower[:, j])
        numbers = [int(part.sum()) for part in parts]
        rows.append((names[i], names[j], *numbers, *(float(weight[part].sum()) for part in parts)))
    columns = ["both", "first_only", "second_only"]
    return pd.DataFrame(rows, columns=["first", "second", *columns, *(f"{name}_weighted" for name in columns)])


def _rules(found: Mapping[str, Classification]) -> pd.DataFrame:
    """Count for how many people each rule holds for sure."""
    parts = []
    for name, one in found.items():
        sure = one.trace[one.trace["holds"] == "yes"]
        counted = sure.groupby(["rules_for", "rule"], sort=False)["row"].nunique().rename("people").reset_index()
        parts.append(counted.assign(definition=name))
    table = pd.concat(parts, ignore_index=True)
    return table[["definition", "rules_for", "rule", "people"]].astype({"people": np.int64})


def _definitions(given: Any) -> dict[str, dict[str, Any]]:
    """Check definitions and their options."""
    if not isinstance(given, Mapping) or len(given) < 2:
        raise SpecificationError(
            f"definitions == {shown(given)}, must map at least two names to options of classify, such as "
            "{'icls-2018': {}, 'htsh': {}}"
        )
    read = {}
    for name, options in given.items():
        if name == "all" or not isinstance(options, Mapping):
            raise SpecificationError(
                f"definitions[{name!r}] must be a mapping of options, under a name other than 'all'"
            )
        chosen = {"definition": name, **options}
        one_of(f"definition of {name!r}", chosen["definition"], NAMES)
        read[str(name)] = chosen
    return read


def _errors(given: Mapping[str, Any], names: list[str]) -> dict[str, tuple[tuple[float, float], tuple[float, float]]]:
    """Check sensitivities and specificities."""
    read = {}
    for name, pair in given.items():
        if name not in names:
            raise SpecificationError(f"errors names {name!r}, must name definitions: {', '.join(map(repr, names))}")
        if not isinstance(pair, tuple) or len(pair) != 2 or any(not isinstance(p, tuple) or len(p) != 2 for p in pair):
            raise SpecificationError(f"errors[{name!r}] == {shown(pair)}, must be two pairs of a mean and its error")
        for what, (mean, error) in zip(("sensitivity", "specificity"), pair, strict=True):
            in_range(f"{what} of {name!r}", mean, 0, 1)
            in_range(f"error of the {what} of {name!r}", error, 0)
            if error and not error**2 < mean * (1 - mean):
                raise SpecificationError(
                    f"error of the {what} of {name!r} == {error!r}, must be below {np.sqrt(mean * (1 - mean)):.3g}"
                )
        if pair[0][0] + pair[1][0] <= 1:
            raise SpecificationError(
                f"sensitivity and specificity of {name!r} add up to {pair[0][0] + pair[1][0]:.3g}, must be above 1: "
                "such a classification says nothing"
            )
        read[name] = pair
    return read


def _check_ratio(ratio: float, names: list[str], table: pd.DataFrame) -> Check:
    """Say how far definitions lie apart."""
    sure = table.loc[["prevalence"]].set_index("definition")["estimate"]
    if not np.isfinite(ratio):
        said = say(
            "Nobody has the status under {name}, so that definitions cannot be compared.", name=str(sure.idxmin())
        )
        return Check("definitions", "review", said, {"definitions": len(names)})
    said = say(
        "Under {most} there are {ratio:.2f} times as many as under {least}, by the same answers.",
        most=str(sure.idxmax()),
        least=str(sure.idxmin()),
        ratio=ratio,
    )
    return Check("definitions", "review" if ratio > _FAR else "pass", said, {"ratio": ratio})


def _check_missing(table: pd.DataFrame) -> Check:
    """Say how much missing answers leave open."""
    low, high = (table.loc[[term]].set_index("definition")["estimate"] for term in _TERMS[:2])
    gap = (high - low).astype(float)
    name, widest = str(gap.idxmax()), float(gap.max())
    said = say("Missing answers leave {gap:.1%} of all people undetermined under {name}.", gap=widest, name=name)
    if widest <= 0:
        return Check("missing answers", "pass", say("No missing answer leaves anybody undetermined."), {"gap": 0.0})
    bad = widest > 0.1 * float(high[name])
    return Check("missing answers", "review" if bad else "pass", said, {"gap": widest})


def _check_corrected(table: pd.DataFrame, errors: Mapping[str, Any]) -> tuple[Check, ...]:
    """Say under which definitions false answers alone would make the share as large."""
    if not errors:
        said = say("Errors of the classification are not known, and the shares are as answered.")
        return (Check("errors", "review", said),)
    rows = table.loc[["corrected"]].set_index("definition")["estimate"]
    gone = [str(name) for name in rows.index[rows.isna()]]
    if not gone:
        return (Check("errors", "pass", say("Every share is larger than false answers alone would make it.")),)
    said = say(
        "Under {names} errors of the classification alone explain the share: nothing can be corrected.", names=gone
    )
    return (Check("errors", "review", said, {"definitions": len(gone)}),)
