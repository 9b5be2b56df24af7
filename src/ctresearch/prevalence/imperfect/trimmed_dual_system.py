"""Two lists of which one holds people wrongly: trimmed of its most doubtful records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells, wrong_cells
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count
from ctresearch.core.meaning import model as model_figure
from ctresearch.core.message import say
from ctresearch.core.result import Result, table_field
from ctresearch.core.validate import has_columns, in_range, is_frame, is_level, whole_number
from ctresearch.prevalence.closed.lognormal import lognormal_limits
from ctresearch.prevalence.lists.declared import POPULATION
from ctresearch.prevalence.lists.population_table import population_table
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.meaning import Meaning
    from ctresearch.prevalence.lists.cells import Array

_STEPS = 20
_FEW = 7
_FAR = 1.96
ASSUMPTIONS = (
    "The population is closed: nobody enters or leaves it in the reference period.",
    (
        "Everybody on the second list belongs to the population, and people are matched without error, so that nobody "
        "who is wrongly on the first list is matched."
    ),
    "Being on the second list does not depend on being on the first: records that are trimmed wrongly are like others.",
    "As many records are trimmed as are wrong, and these are the most doubtful ones.",
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TrimmedResult(Result):
    """Population size from two lists, one of them trimmed.

    Parameters
    ----------
    path : pandas.DataFrame
        The estimate for each number of records ``trimmed``: how many of them were ``matched`` on the second list,
        ``estimate`` and ``std_error``.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``population`` and ``unobserved``.

    Examples
    --------
    >>> from ctresearch.prevalence import TrimmedDualSystem
    >>> frame = pd.DataFrame({"nrm": [1] * 120 + [0] * 40, "survey": [0] * 60 + [1] * 100, "doubt": range(160, 0, -1)})
    >>> trimmed = TrimmedDualSystem(first="nrm", second="survey", doubt="doubt", trim=0.1)
    >>> trimmed.fit(frame).path["trimmed"].head(3).tolist()
    [0, 1, 2]
    """

    path: pd.DataFrame = table_field(
        {
            "trimmed": count("Records trimmed", "records"),
            "matched": count("Records trimmed that are on the second list", "records", base="trimmed"),
            "estimate": model_figure("Estimated population", "persons"),
            "std_error": model_figure("Standard error", "persons"),
        }
    )
    terms: ClassVar[Mapping[str, Meaning]] = POPULATION


class TrimmedDualSystem(Options):
    """Estimate a population from two lists of which the first holds people wrongly.

    Whoever is wrongly on the first list is on no other, so that the estimate from both is too large. Records are taken
    off the first list, the most doubtful first, and the estimate is made from the rest: with ``x`` people on the first
    list, ``n`` on the second, ``m`` on both, ``k`` trimmed and ``k1`` of these on both, ``n (x - k) / (m - k1)``, here
    with Chapman's correction. As long as the records trimmed are wrong more often than records at random, and no more
    are trimmed than are wrong, it lies nearer the truth than the estimate without trimming [1]_.

    Parameters
    ----------
    first, second : str
        Columns of 0 and 1; the first list holds people wrongly, the second does not.
    doubt : str
        Column of numbers, the larger the more doubtful the record; read for people on the first list.
    trim : float
        Share of the first list that is trimmed, as an audit says; below 1.
    audited : int, optional
        How many people of the first list were audited to find that share; the interval then carries that it is not
        known for certain.
    level : float
        Coverage of the interval, as a proportion.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    ``path`` of the result is the estimate for every share up to twice the one given. It falls as long as records are
    trimmed that are matched less often than the rest; a check says whether the last ones still were. The standard error
    is that of Chapman's estimate given what was trimmed, and with ``audited`` what the share found adds to it.

    References
    ----------
    .. [1] Zhang, L.-C. and Dunne, J. (2017). Trimmed dual system estimation. In Boehning, D., van der Heijden, P. G. M.
       and Bunge, J. (eds), Capture-Recapture Methods for the Social and Medical Sciences, chapter 17. Boca Raton:
       Chapman and Hall/CRC.
    .. [2] Chao, A. (1987). Estimating the population size for capture-recapture data with unequal catchability.
       Biometrics 43, 783-791. https://doi.org/10.2307/2531532

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> right = pd.DataFrame({"nrm": rng.random(3000) < 0.4, "survey": rng.random(3000) < 0.3}) * 1
    >>> wrong = pd.DataFrame({"nrm": [1] * 200, "survey": [0] * 200})
    >>> people = pd.concat([right[right.any(axis=1)].assign(doubt=0), wrong.assign(doubt=1)]).reset_index(drop=True)
    >>> people["doubt"] += rng.normal(0, 0.3, len(people))
    >>> trimmed = TrimmedDualSystem(first="nrm", second="survey", doubt="doubt", trim=200 / people["nrm"].sum())
    >>> result = trimmed.fit(people)
    >>> print(f"{result.path['estimate'].iloc[0]:.0f} untrimmed, {result.estimates['estimate'].iloc[0]:.0f} trimmed")
    3445 untrimmed, 3015 trimmed
    """

    def __init__(
        self, *, first: str, second: str, doubt: str, trim: float, audited: int | None = None, level: float = 0.95
    ) -> None:
        self.first, self.second = column_name("first", first), column_name("second", second)
        self.doubt = column_name("doubt", doubt)
        if len({first, second, doubt}) < 3:
            raise SpecificationError(f"first, second and doubt name {len({first, second, doubt})} columns, must be 3")
        self.trim = in_range("trim", trim, 0, 0.99)
        self.audited = None if audited is None else whole_number("audited", audited, low=1)
        self.level = is_level(level)

    def fit(self, people: pd.DataFrame) -> TrimmedResult:
        """Estimate the population from a table of people.

        Parameters
        ----------
        people : pandas.DataFrame
            One row a person on either list.

        Returns
        -------
        TrimmedResult
            Terms ``population`` and ``unobserved``, in persons; ``n`` counts the people that are left.

        Raises
        ------
        DataError
            If columns are missing or cannot be read, or no match is left.

        Examples
        --------
        >>> frame = pd.DataFrame({"nrm": [1, 1, 0] * 30, "survey": [0, 1, 1] * 30, "doubt": [2, 1, 0] * 30})
        >>> trimmed = TrimmedDualSystem(first="nrm", second="survey", doubt="doubt", trim=0.25)
        >>> round(float(trimmed.fit(frame).estimates.loc["population", "estimate"]), 1)
        89.5
        """
        frame = self._read(people)
        on_first = frame[self.first].to_numpy() == 1
        matched = self._ordered(frame, on_first)
        second, both = int(frame[self.second].sum()), int(matched.sum())
        cut = round(self.trim * matched.size)
        gone = int(matched[:cut].sum())
        if both - gone < 1 or second == both - gone:
            raise DataError(
                f"{matched.size - cut:,} people of the first list and {second:,} of the second share {both - gone:,} "
                "after trimming, must share some, and not all: trim less, or match again"
            )
        estimate, std_error = _chapman(matched.size - cut, second, both - gone)
        std_error = float(np.hypot(std_error, self._share_error(matched, second)))
        left = matched.size - cut + second - (both - gone)
        limits = lognormal_limits(left, estimate - left, std_error, self.level)
        return TrimmedResult(
            method=say("Two lists, {trim:.1%} of the first trimmed, Chapman's estimator", trim=self.trim),
            estimates=population_table(left, estimate - left, std_error, limits),
            n=left,
            level=self.level,
            interval="lognormal",
            checks=(_check_overlap(both - gone), _check_stop(matched, cut)),
            assumptions=ASSUMPTIONS,
            references=references(TrimmedDualSystem),
            inputs=record(frame, packages=("numpy",)),
            smallest_group=smallest_of(
                [matched.size - cut - both + gone, second - both + gone, both - gone, gone, cut - gone]
            ),
            path=_path(matched, second, self.trim),
        )

    def _share_error(self, matched: Array, second: int) -> float:
        """Return by how much the estimate moves with the share trimmed, over one standard error of that share."""
        if self.audited is None:
            return 0.0
        found = (self.trim * self.audited + 0.5) / (self.audited + 1.0)
        step = float(np.sqrt(found * (1.0 - found) / self.audited))
        cuts = [round(min(max(self.trim + sign * step, 0.0), 0.99) * matched.size) for sign in (-1, 1)]
        ends = [_chapman(matched.size - cut, second, int(matched[cut:].sum()))[0] for cut in cuts]
        return (ends[0] - ends[1]) / 2.0

    def _read(self, people: Any) -> pd.DataFrame:
        """Return the three columns, checked."""
        frame = is_frame("people", people)
        has_columns("people", frame, [self.first, self.second, self.doubt])
        kept = frame[[self.first, self.second, self.doubt]].reset_index(drop=True)
        for name in (self.first, self.second):
            wrong = ~kept[name].isin([0, 1])
            refuse_cells(kept[name], wrong, "must be 1 for a person on the list and 0 otherwise")
        nowhere = int((kept[[self.first, self.second]].sum(axis=1) == 0).sum())
        if nowhere:
            raise DataError(f"{nowhere} of {len(kept)} people are on neither list: drop them, they were not seen")
        numbers = pd.to_numeric(kept[self.doubt], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        wrong_doubt = (kept[self.first].to_numpy() == 1) & ~np.isfinite(numbers)
        if wrong_doubt.any() or kept[self.doubt].dtype.kind not in "iufb":
            mask = wrong_doubt if wrong_doubt.any() else np.ones(len(kept), dtype=bool)
            raise wrong_cells(kept[self.doubt], mask, "must be a number for everybody on the first list")
        return kept.assign(**{self.doubt: numbers})

    def _ordered(self, frame: pd.DataFrame, on_first: Array) -> Array:
        """Return whether each record of the first list is on the second, the most doubtful first.

        Records of equal doubt stand with those matched spread evenly among them, so that their order plays no part.
        """
        rows = frame[on_first]
        doubt, both = rows[self.doubt].to_numpy(dtype=float), rows[self.second].to_numpy() == 1
        place = pd.DataFrame({"doubt": doubt, "both": both})
        rank = place.groupby(["doubt", "both"]).cumcount() + 0.5
        size = place.groupby(["doubt", "both"])["both"].transform("size")
        return np.asarray(both[np.lexsort((both, (rank / size).to_numpy(), -doubt))])


def _chapman(first: int, second: int, both: int) -> tuple[float, float]:
    """Return Chapman's estimate and its standard error."""
    variance = (first + 1) * (second + 1) * (first - both) * (second - both) / ((both + 1) ** 2 * (both + 2))
    return (first + 1) * (second + 1) / (both + 1) - 1, float(np.sqrt(variance))


def _path(matched: Array, second: int, trim: float) -> pd.DataFrame:
    """Table the estimate over the number of records trimmed, up to twice the share given and at least a tenth."""
    most = int(min(max(2 * trim, 0.1), 0.9) * matched.size)
    cuts = np.unique(np.round(np.append(np.linspace(0, most, _STEPS + 1), trim * matched.size)).astype(np.int64))
    gone = np.append(0, np.cumsum(matched))[cuts]
    both = int(matched.sum()) - gone
    rows = [_chapman(matched.size - int(k), second, int(m)) for k, m in zip(cuts, both, strict=True)]
    estimate, std_error = np.array(rows).T
    return pd.DataFrame({"trimmed": cuts, "matched": gone, "estimate": estimate, "std_error": std_error})


def _check_overlap(both: int) -> Check:
    """Say whether enough matches are left."""
    words = say("{both} people on both lists are left after trimming.", both=both)
    return Check("overlap", "pass" if both >= _FEW else "review", words, {"overlap": both})


def _check_stop(matched: Array, cut: int) -> Check:
    """Say whether the records trimmed last, and those that come next, are matched as the rest are."""
    width = max(matched.size // _STEPS, 1)
    rest = float(matched[cut:].mean())
    blocks = {"last": matched[max(cut - width, 0) : cut], "next": matched[cut : cut + width]}
    found = {}
    for name, block in blocks.items():
        spread = np.sqrt(rest * (1 - rest) / max(block.size, 1))
        found[name] = float((block.mean() - rest) / spread) if block.size and spread > 0 else 0.0
    if cut and found["last"] > -_FAR and found["last"] != 0.0:
        words = say("The records trimmed last are matched about as often as the rest: less trimming may do.")
        return Check("end of trimming", "review", words, found)
    if found["next"] < -_FAR:
        words = say("The records that come next are matched less often than the rest: more of them may be wrong.")
        return Check("end of trimming", "review", words, found)
    return Check("end of trimming", "pass", say("Beyond those trimmed, doubt and matches are not linked."), found)
