"""A list that is a random sample: how many people the other lists miss, whatever these are like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, column_names
from ctresearch.core.errors import DataError, FitError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, key
from ctresearch.core.meaning import model as model_figure
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table, table_field
from ctresearch.core.validate import is_level, one_of
from ctresearch.prevalence.lists.declared import POPULATION
from ctresearch.prevalence.sampled.sample_rows import SampleRows, read_sample
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ctresearch.core.meaning import Meaning
    from ctresearch.prevalence.lists.cells import Array

# Robson and Regier (1964): with seven people on both sides or more the bias of Chapman's estimate is negligible.
_FEW = 7
_UNLIKELY = 0.01
ASSUMPTIONS = (
    "The population is closed, and list and sample count the same people.",
    (
        "People are matched between the sample and the lists without error, and everybody on either belongs to the "
        "population."
    ),
)
_RELATIVE = (
    "The chance of being in the sample is as the weights say, up to one factor; whether one is on a list plays no part."
)
_ABSOLUTE = "Each person of the sample stands for as many people as the weight says; nobody refused."
_METHODS = {
    "chapman": "Share of a random sample that is on a list, Chapman's correction",
    "petersen": "Share of a random sample that is on a list",
    "frame": "Weighted people of a random sample who are on no list",
}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DesignedSampleResult(Result):
    """Population size from lists and a random sample.

    Parameters
    ----------
    coverage : pandas.DataFrame
        One row a list, and ``any list``: ``people`` on it, ``sampled``, those of them in the sample, and ``share``, the
        share of the population that is on it with ``std_error``.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``population`` and ``unobserved``, people
        neither on a list nor in the sample.

    Examples
    --------
    >>> from ctresearch.prevalence import DesignedSample
    >>> frame = pd.DataFrame({"police": [1] * 60 + [0] * 20, "survey": [0] * 40 + [1] * 40})
    >>> DesignedSample(lists=["police"], sample="survey").fit(frame).coverage.loc["police", "share"].round(2)
    np.float64(0.51)
    """

    coverage: pd.DataFrame = table_field(
        {
            "list": key("List"),
            "people": count("People on it"),
            "sampled": count("People on it who are in the sample"),
            "share": model_figure("Share of the population that is on it", reader="percent"),
            "std_error": model_figure("Standard error"),
        }
    )
    terms: ClassVar[Mapping[str, Meaning]] = POPULATION


class DesignedSample(Options):
    """Estimate a population from lists and a random sample of it.

    A random sample meets people on the lists and people who are on none as often as there are. So the share of it that
    is on a list is the share of the population that is, however people differ and however lists depend on one another:
    the interactions among the lists are all left free, and it is the sample's independence of them that is known from
    the design. With equal weights and one list this is Lincoln and Petersen's estimate, and Chapman's.

    Parameters
    ----------
    lists : sequence of str
        Columns of 0 and 1.
    sample : str
        Column of 0 and 1: who is in the sample.
    weight : str, optional
        Column of weights, one over the chance of being sampled; only those of the sample are read.
    strata, cluster : str, optional
        Columns of the design.
    version : {"chapman", "petersen", "frame"}
        Lists' people over the weighted share of the sample that is on a list, with Chapman's correction for small
        samples or without; weights count up to one factor, as where people did not answer. ``"frame"`` adds the people
        of the sample who are on no list, weighted, to those who are on one; weights then count people.
    level : float
        Coverage of the interval, as a proportion.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    Variances are those of the design, between clusters within strata [2]_, and limits Student's on the logit of the
    share that is on a list. Where each person is a cluster of its own the sampled share of the population is taken off.
    It fails where who answers the survey depends on who is on a list, as where both come through the same shelter: with
    two lists or more a check compares how well the sample covers each.

    References
    ----------
    .. [1] Sekar, C. C. and Deming, W. E. (1949). On a method of estimating birth and death rates and the extent of
       registration. Journal of the American Statistical Association 44, 101-115.
       https://doi.org/10.1080/01621459.1949.10483294
    .. [2] Binder, D. A. (1983). On the variances of asymptotically normal estimators from complex surveys.
       International Statistical Review 51, 279-292. https://doi.org/10.2307/1402588
    .. [3] Robson, D. S. and Regier, H. A. (1964). Sample size in Petersen mark-recapture experiments. Transactions of
       the American Fisheries Society 93, 215-226.

    Examples
    --------
    >>> rng = np.random.default_rng(2)
    >>> hidden = rng.random(5000)  # how hard people are to find, for both lists
    >>> frame = pd.DataFrame({"police": hidden < 0.2, "ngo": hidden < 0.3, "survey": rng.random(5000) < 0.06}) * 1
    >>> row = DesignedSample(lists=["police", "ngo"], sample="survey").fit(frame[frame.any(axis=1)]).estimates.iloc[0]
    >>> print(f"{row['ci_low']:.0f} to {row['ci_high']:.0f} people, however the lists depend; in truth 5000")
    4276 to 5914 people, however the lists depend; in truth 5000
    """

    def __init__(
        self,
        *,
        lists: Sequence[str],
        sample: str,
        weight: str | None = None,
        strata: str | None = None,
        cluster: str | None = None,
        version: Literal["chapman", "petersen", "frame"] = "chapman",
        level: float = 0.95,
    ) -> None:
        self.lists = column_names("lists", lists, least=1)
        self.sample = column_name("sample", sample)
        if sample in self.lists:
            raise SpecificationError(f"sample == {sample!r} is one of the lists, must be a column of its own")
        optional = {"weight": weight, "strata": strata, "cluster": cluster}
        self.design = {k: None if v is None else column_name(k, v) for k, v in optional.items()}
        self.version = one_of("version", version, tuple(_METHODS))
        if version == "frame" and weight is None:
            raise SpecificationError(
                f"version == {version!r} needs weight=, the column of how many people each stands for"
            )
        self.level = is_level(level)

    def fit(self, people: pd.DataFrame) -> DesignedSampleResult:
        """Estimate the population from a table of people.

        Parameters
        ----------
        people : pandas.DataFrame
            One row a person who is on a list or in the sample.

        Returns
        -------
        DesignedSampleResult
            Terms ``population`` and ``unobserved``, in persons.

        Raises
        ------
        DataError
            If columns are missing or cannot be read, or nobody of the sample is on a list.
        FitError
            If everybody of the sample is on a list.

        Examples
        --------
        >>> frame = pd.DataFrame({"police": [1] * 60 + [0] * 20, "survey": [0] * 40 + [1] * 40})
        >>> sample = DesignedSample(lists=["police"], sample="survey", version="petersen")
        >>> sample.fit(frame).estimates["estimate"].tolist()
        [120.0, 40.0]
        """
        read = read_sample(people, self.lists, self.sample, **self.design)
        on_list = read.on_any[read.sampled]
        self._refuse_one_sided(on_list)
        population, std_error = _estimate(read, on_list, self.version)
        limits = self._limits(read, population, std_error)
        seen = len(read.frame)
        rows = {
            "population": (population, std_error, *limits),
            "unobserved": (population - seen, std_error, limits[0] - seen, limits[1] - seen),
        }
        return DesignedSampleResult(
            method=say(_METHODS[self.version]),
            estimates=estimates_table(rows, unit="persons"),
            n=seen,
            level=self.level,
            interval="logit",
            checks=self._checks(read, on_list),
            assumptions=(*ASSUMPTIONS, _ABSOLUTE if self.version == "frame" else _RELATIVE),
            references=references(DesignedSample),
            inputs=record(read.frame, packages=("numpy", "scipy")),
            smallest_group=_fewest(read, on_list),
            coverage=self._coverage(read, population, std_error),
        )

    def _refuse_one_sided(self, on_list: Array) -> None:
        """Refuse a sample that is on no list at all, or on a list throughout."""
        if not on_list.any():
            raise DataError(
                f"none of the {on_list.size:,} people of the sample is on a list, so that the share on a list cannot "
                "be told: check that the same people were matched, or sample more"
            )
        if on_list.all():
            raise FitError(
                f"all {on_list.size:,} people of the sample are on a list, so that the number on none cannot be told: "
                "sample more people"
            )

    def _limits(self, read: SampleRows, population: float, std_error: float) -> tuple[float, float]:
        """Return limits that are Student's on the logit of the share on a list, and not below those seen."""
        from scipy.special import stdtrit

        listed = float(read.on_any.sum())
        missed = population - listed
        ratio = float(np.exp(stdtrit(max(read.freedom, 1), (1 + self.level) / 2) * std_error / missed))
        return max(listed + missed / ratio, float(len(read.frame))), listed + missed * ratio

    def _coverage(self, read: SampleRows, population: float, std_error: float) -> pd.DataFrame:
        """Table the share of the population on each list; lists are counted, so all errors are of one kind."""
        marks = np.column_stack([read.listed, read.on_any])
        people = marks.sum(axis=0)
        return pd.DataFrame(
            {
                "people": people,
                "sampled": marks[read.sampled].sum(axis=0),
                "share": people / population,
                "std_error": people * std_error / population**2,
            },
            index=pd.Index([*self.lists, "any list"], name="list"),
        )

    def _checks(self, read: SampleRows, on_list: Array) -> tuple[Check, ...]:
        """Ask whether there are enough people on both sides, and whether the sample meets all lists alike."""
        answers = [_check_overlap(int(on_list.sum()), int((~on_list).sum()))]
        if len(self.lists) > 1:
            answers.append(_check_lists(read, on_list, self.lists))
        if self.version == "frame":
            answers.append(_check_weights(read, on_list))
        return tuple(answers)


def _estimate(read: SampleRows, on_list: Array, version: str) -> tuple[float, float]:
    """Return the population and its standard error."""
    weight, listed = read.weight, float(read.on_any.sum())
    if version == "frame":
        variance = read.spread(weight * ~on_list, fraction=0.0 if read.clustered else read.fractions())
        return listed + float(weight[~on_list].sum()), float(np.sqrt(variance))
    one = float(weight.mean()) if version == "chapman" else 0.0
    whole, part = float(weight.sum()), float(weight[on_list].sum())
    more = 1.0 if version == "chapman" else 0.0
    population = (listed + more) * (whole + one) / (part + one) - more
    if version == "chapman" and not read.weighted and read.freedom == on_list.size - 1:
        size, both = float(on_list.size), float(on_list.sum())  # Seber's estimate of the variance
        top = (listed + 1) * (size + 1) * (listed - both) * (size - both)
        return population, float(np.sqrt(top / ((both + 1) ** 2 * (both + 2))))
    fraction = 0.0 if read.clustered else float(on_list.sum()) / listed
    return population, listed / part * float(
        np.sqrt(read.spread(weight * (1 - on_list * whole / part), fraction=fraction))
    )


def _fewest(read: SampleRows, on_list: Array) -> int:
    """Return the fewest people whom a number tells apart: on a list or not, in the sample or not."""
    parts = [int(on_list.sum()), int((~on_list).sum()), int((~read.sampled).sum())]
    return smallest_of([*parts, *read.listed.sum(axis=0), *read.listed[read.sampled].sum(axis=0)])


def _check_overlap(both: int, outside: int) -> Check:
    """Say whether enough people of the sample are on a list, and enough are not."""
    numbers = {"on_a_list": both, "on_none": outside}
    said = say("Of the sample {both} people are on a list and {outside} on none.", both=both, outside=outside)
    if min(both, outside) >= _FEW:
        return Check("sample", "pass", said, numbers)
    few = say("{said} With fewer than {few} on either side the estimate leans on single people.", said=said, few=_FEW)
    return Check("sample", "review", few, numbers)


def _check_lists(read: SampleRows, on_list: Array, lists: Sequence[str]) -> Check:
    """Say whether the sample meets the people of each list as often as those of all lists together."""
    from scipy.special import ndtr

    inside = read.listed[read.sampled]
    share = read.listed.sum(axis=0) / read.on_any.sum()
    found = []
    for place in range(len(lists)):
        values = read.weight * (inside[:, place] - on_list * share[place])
        spread = read.spread(values)
        found.append(float(values.sum() / np.sqrt(spread)) if spread > 0 else 0.0)
    place = int(np.abs(found).argmax())
    chance = min(float(len(lists) * 2 * ndtr(-abs(found[place]))), 1.0)
    said = say(
        "Of those on {name} the sample has more than of those on all lists, by {deviations:.1f} standard errors."
        if found[place] > 0
        else "Of those on {name} the sample has fewer than of those on all lists, by {deviations:.1f} standard errors.",
        name=lists[place],
        deviations=abs(found[place]),
    )
    numbers = {"largest": found[place], "p_value": chance}
    return Check("met alike", "review" if chance < _UNLIKELY else "pass", said, numbers)


def _check_weights(read: SampleRows, on_list: Array) -> Check:
    """Say whether the weighted people of the sample who are on a list are as many as the lists hold."""
    listed = float(read.on_any.sum())
    found = float(read.weight[on_list].sum())
    fraction = 0.0 if read.clustered else read.fractions()
    spread = float(np.sqrt(read.spread(read.weight * on_list, fraction=fraction)))
    deviations = (found - listed) / spread if spread > 0 else 0.0
    said = say(
        "By the weights {found:,.0f} people are on a list; the lists hold {listed:,.0f}, {deviations:.1f} standard "
        "errors away.",
        found=found,
        listed=listed,
        deviations=abs(deviations),
    )
    return Check("weights", "review" if abs(deviations) > 2.6 else "pass", said, {"deviations": deviations})
