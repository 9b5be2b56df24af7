"""Lists that refer people to one another, by the dates of the entries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pandas as pd

from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.errors import FitError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, key, limits
from ctresearch.core.meaning import model as model_figure
from ctresearch.core.message import say
from ctresearch.core.result import Result, table_field, value_field
from ctresearch.core.validate import is_level, whole_number
from ctresearch.prevalence.lists.declared import CELLS, LISTS, POPULATION
from ctresearch.prevalence.lists.population_table import population_table
from ctresearch.prevalence.loglinear.profile_interval import climb_profile
from ctresearch.prevalence.referral import referral_checks as checks
from ctresearch.prevalence.referral.dated_entries import DatedEntries, exposure_of, read_entries
from ctresearch.prevalence.referral.referral_fit import Design, ReferralFit, design_of, fit_poisson, fit_referral
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ctresearch.core.check import Check
    from ctresearch.core.meaning import Meaning
    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.loglinear.profile_interval import Profile
    from ctresearch.prevalence.referral.dated_entries import Exposure

MOST_PIECES = 24
ASSUMPTIONS = (
    "The population is closed: everybody is there from the start of the window to its end, and on no list before it.",
    "People are matched across lists without error, and everybody on a list belongs to the population.",
    "All people come onto a list at the same rate, but for the lists they are on already and the part of the window.",
    (
        "Being on a list changes the rate onto another from then on, for as long as the window lasts, where a referral "
        "is named; where none is, it changes nothing."
    ),
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ReferralResult(Result):
    """Population size from dated lists that refer people to one another.

    Parameters
    ----------
    referrals : pandas.DataFrame
        One row a referral, ``from`` one list ``to`` another: ``entries`` onto the second by people on the first, and
        the logarithm of the ratio by which being on the first changes the rate onto the second, with limits.
    rates : pandas.DataFrame
        One row a ``list`` and ``piece`` of the window: ``entries``, and the ``rate`` at which people on no list come
        onto it, in entries a person over the whole window, with ``std_error``.
    fitted : pandas.DataFrame
        Observed and fitted counts by lists at the end of the window, with Pearson residuals.
    log_likelihood : float
        Conditional, of the people seen.
    lists : tuple of str
        Names of the lists.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``population`` and ``unobserved``.

    Examples
    --------
    >>> from ctresearch.prevalence import DatedReferral
    >>> rng = np.random.default_rng(1)
    >>> at = rng.exponential([[1.2], [1.5]], (2, 800))
    >>> who, where = np.nonzero(at.T < 1)
    >>> frame = pd.DataFrame({"who": who, "by": np.array(["ngo", "police"])[where], "when": at.T[who, where]})
    >>> dated = DatedReferral(person="who", source="by", date="when", start=0, end=1, referrals=[("ngo", "police")])
    >>> dated.fit(frame).referrals["to"].tolist()
    ['police']
    """

    referrals: pd.DataFrame = table_field(
        {
            "from": key("From"),
            "to": key("To"),
            "entries": count("People on the first list who came onto the second"),
            **limits("Rate ratio", "log rate ratio", reader="ratio"),
        }
    )
    rates: pd.DataFrame = table_field(
        {
            "list": key("List"),
            "piece": key("Part of the window"),
            "entries": count("Entries"),
            "rate": model_figure("Rate of people on no list", "entries a person over the window"),
            "std_error": model_figure("Standard error"),
        }
    )
    fitted: pd.DataFrame = table_field(CELLS)
    log_likelihood: float = value_field(model_figure("Log-likelihood"))
    lists: tuple[str, ...] = value_field(LISTS)
    terms: ClassVar[Mapping[str, Meaning]] = POPULATION


class DatedReferral(Options):
    """Estimate a population from lists that refer people to one another, by the dates of their entries.

    Without dates a referral from one list to another shows as a large overlap, and nothing tells who sent whom. With
    dates, people come onto each list at a rate that is multiplied by a factor once they are on a list that refers to
    it [1]_. The factors have a direction; the rates of people on no list yet say how many were never seen.

    Parameters
    ----------
    person, source, date : str
        Columns that say who came onto which list, and when: dates, or numbers.
    start, end : str, date or float
        First and last day of the window, or its ends where dates are numbers.
    referrals : sequence of tuple of str, or "all"
        Pairs ``(from, to)`` of lists whose factor is estimated; all others are 1. With ``"all"`` little is left to
        compare, and how first entries fall off over the window has to tell how many were never seen.
    pieces : int
        Equal pieces of the window in which rates are constant; more than one where lists had busy times.
    ties : "refuse", "together" or sequence of str
        What to do where a person came onto two lists on one day: refuse; take neither as the cause of the other; or the
        lists in the order in which entries of one day are taken.
    level : float
        Coverage of the profile interval, as a proportion.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    The conditional likelihood of those seen gives rates and factors, and one over the chance of being seen the
    population [2]_; limits are those of the profile likelihood. It fails where people differ: whoever is easy to find
    then comes onto all lists sooner, which looks like referral in both directions. A check tests each pair of lists
    that no referral is named for, and another how entries fall in time.

    References
    ----------
    .. [1] Farcomeni, A. and Scacciatelli, D. (2013). Heterogeneity and behavioral response in continuous time
       capture-recapture, with application to street cannabis use in Italy. Annals of Applied Statistics 7, 2293-2314.
       https://doi.org/10.1214/13-AOAS672
    .. [2] Sanathanan, L. (1972). Estimating the size of a multinomial population. Annals of Mathematical Statistics 43,
       142-152. https://doi.org/10.1214/aoms/1177692709

    Examples
    --------
    >>> rng = np.random.default_rng(7)
    >>> ngo, police = rng.exponential(2.0, 3000), rng.exponential(3.0, 3000)
    >>> sent = ngo + rng.exponential(1.0, 3000)  # three times the rate, once with the NGO
    >>> police = np.where(police > ngo, sent, police)
    >>> who, where = np.nonzero(np.column_stack([ngo, police]) < 1)
    >>> when = np.column_stack([ngo, police])[who, where]
    >>> frame = pd.DataFrame({"who": who, "by": np.array(["ngo", "police"])[where], "when": when})
    >>> dated = DatedReferral(person="who", source="by", date="when", start=0, end=1, referrals=[("ngo", "police")])
    >>> result = dated.fit(frame)
    >>> row = result.estimates.loc["population"]
    >>> print(f"{row['ci_low']:.0f} to {row['ci_high']:.0f} people; in truth 3000")
    2722 to 3234 people; in truth 3000
    """

    def __init__(
        self,
        *,
        person: str,
        source: str,
        date: str,
        start: Any,
        end: Any,
        referrals: Sequence[tuple[str, str]] | Literal["all"],
        pieces: int = 1,
        ties: Literal["refuse", "together"] | Sequence[str] = "refuse",
        level: float = 0.95,
    ) -> None:
        names = {"person": person, "source": source, "date": date}
        self.columns = tuple(column_name(option, name) for option, name in names.items())
        if len(set(self.columns)) < len(self.columns):
            raise SpecificationError(f"person, source and date name {len(set(self.columns))} columns, must be 3")
        self.start, self.end = start, end
        self.referrals = _read_referrals(referrals)
        self.pieces = whole_number("pieces", pieces, low=1, high=MOST_PIECES)
        if isinstance(ties, str) and ties not in ("refuse", "together"):
            raise SpecificationError(f"ties == {ties!r}, must be 'refuse', 'together' or all lists in their order")
        self.ties = ties
        self.level = is_level(level)

    def fit(self, entries: pd.DataFrame) -> ReferralResult:
        """Estimate the population from a table of dated entries.

        Parameters
        ----------
        entries : pandas.DataFrame
            One row an entry of a person on a list.

        Returns
        -------
        ReferralResult
            Terms ``population`` and ``unobserved``, in persons.

        Raises
        ------
        DataError
            If columns are missing, a date is missing or lies outside the window, or dates tie and that is refused.
        FitError
            If the estimate does not exist, is not identified or is not reached.
        SpecificationError
            If a referral names a list that is not there.

        Examples
        --------
        >>> rng = np.random.default_rng(1)
        >>> at = rng.exponential([[1.2], [1.5]], (2, 800))
        >>> who, where = np.nonzero(at.T < 1)
        >>> frame = pd.DataFrame({"who": who, "by": np.array(["ngo", "police"])[where], "when": at.T[who, where]})
        >>> dated = DatedReferral(person="who", source="by", date="when", start=0, end=1, referrals=[])
        >>> bool(dated.fit(frame).estimates.loc["population", "ci_low"] < 800)
        True
        """
        read = read_entries(entries, self.columns, (self.start, self.end), self.ties)  # type: ignore[arg-type]
        arcs = self._arcs(read.lists)
        exposure = exposure_of(read, 2 * self.pieces)  # halves of the pieces show whether rates are constant in them
        _refuse_empty(exposure, arcs, self.pieces, read.lists)
        design, rows = design_of(exposure, arcs, self.pieces)
        fitted = fit_referral(design)
        profile = _profile(design, fitted, self.level)
        people = exposure.people
        spread = (float(np.sqrt(fitted.variance)), (float(profile.low), float(profile.high)))
        return ReferralResult(
            method=say("Dated entries on {lists} lists with {arcs} referrals", lists=len(read.lists), arcs=len(arcs)),
            estimates=population_table(people, fitted.unseen, *spread),
            n=people,
            level=self.level,
            interval="profile",
            checks=self._checks(read, design, rows, fitted, profile=profile, arcs=arcs),
            assumptions=ASSUMPTIONS,
            references=references(DatedReferral),
            inputs=record(read.frame, packages=("numpy", "scipy")),
            smallest_group=smallest_of(exposure.entries.sum(axis=0).ravel()),
            referrals=self._referral_table(exposure, fitted, arcs, read.lists),
            rates=self._rate_table(exposure, fitted, read.lists),
            fitted=checks.fitted_patterns(read, fitted, arcs, self.pieces),
            log_likelihood=fitted.loglik,
            lists=read.lists,
        )

    def _arcs(self, lists: tuple[str, ...]) -> list[tuple[int, int]]:
        """Return the referrals as pairs of positions."""
        if self.referrals == "all":
            return [(k, j) for k in range(len(lists)) for j in range(len(lists)) if k != j]
        unknown = sum(name not in lists for pair in self.referrals for name in pair)
        if unknown:
            raise SpecificationError(
                f"{unknown} of the {2 * len(self.referrals)} names in referrals are not among the {len(lists)} lists "
                "of the table: write them as the table does"
            )
        return [(lists.index(one), lists.index(other)) for one, other in self.referrals]

    def _checks(
        self,
        read: DatedEntries,
        design: Design,
        rows: Array,
        fitted: ReferralFit,
        *,
        profile: Profile,
        arcs: list[tuple[int, int]],
    ) -> tuple[Check, ...]:
        """Ask the questions."""
        answers = [checks.check_limit(profile.high)]
        if len(arcs) == len(read.lists) * (len(read.lists) - 1):
            answers.append(checks.check_all_referrals())
        else:
            answers.append(checks.check_other_referrals(design, rows, fitted, arcs, read.lists))
        answers.append(checks.check_time(design, rows, fitted, read.lists))
        answers.append(
            checks.check_patterns(checks.fitted_patterns(read, fitted, arcs, self.pieces), len(fitted.theta))
        )
        return (*answers, *read.checks)

    def _referral_table(
        self, exposure: Exposure, fitted: ReferralFit, arcs: list[tuple[int, int]], lists: tuple[str, ...]
    ) -> pd.DataFrame:
        """Table the rate ratios with Wald limits on the logarithm."""
        from scipy.special import ndtri

        first = self.pieces * len(lists)
        estimate = fitted.theta[first:]
        error = np.sqrt(np.diag(fitted.covariance))[first:]
        reach = float(ndtri((1 + self.level) / 2)) * error
        cells = np.arange(exposure.entries.shape[1])
        entries = [exposure.entries[:, (cells >> k & 1) == 1, j].sum() for k, j in arcs]
        return pd.DataFrame(
            {
                "from": [lists[k] for k, _ in arcs],
                "to": [lists[j] for _, j in arcs],
                "entries": np.array(entries, dtype=np.int64),
                "estimate": estimate,
                "std_error": error,
                "ci_low": estimate - reach,
                "ci_high": estimate + reach,
                "unit": "log rate ratio",
            }
        )

    def _rate_table(self, exposure: Exposure, fitted: ReferralFit, lists: tuple[str, ...]) -> pd.DataFrame:
        """Table the rates of people on no list."""
        size = self.pieces * len(lists)
        rate = np.exp(fitted.theta[:size])
        entries = exposure.entries.sum(axis=1).reshape(self.pieces, 2, len(lists)).sum(axis=1)
        return pd.DataFrame(
            {
                "list": np.tile(list(lists), self.pieces),
                "piece": np.repeat(np.arange(1, self.pieces + 1), len(lists)),
                "entries": entries.ravel().astype(np.int64),
                "rate": rate,
                "std_error": rate * np.sqrt(np.diag(fitted.covariance))[:size],
            }
        )


def _read_referrals(referrals: Any) -> tuple[tuple[str, str], ...] | Literal["all"]:
    """Return the referrals, checked."""
    if referrals == "all":
        return "all"
    if isinstance(referrals, str) or not hasattr(referrals, "__iter__"):
        raise SpecificationError(
            f"referrals is a {type(referrals).__name__}, must be pairs of lists such as [('ngo', 'police')], or 'all'"
        )
    pairs = list(referrals)
    for place, pair in enumerate(pairs, start=1):
        if not isinstance(pair, (tuple, list)) or len(pair) != 2 or len(set(pair)) < 2:
            raise SpecificationError(f"referral {place} of {len(pairs)} must be a pair of two lists: (from, to)")
    read = tuple((str(one), str(other)) for one, other in pairs)
    if len(set(read)) < len(read):
        raise SpecificationError(
            f"referrals holds {len(read)} pairs, {len(set(read))} of them different: name each once"
        )
    return read


def _refuse_empty(exposure: Exposure, arcs: list[tuple[int, int]], pieces: int, lists: tuple[str, ...]) -> None:
    """Refuse rates and ratios that nothing was observed for."""
    by_piece = exposure.entries.sum(axis=1).reshape(pieces, 2, len(lists)).sum(axis=1)
    if (by_piece == 0).any():
        raise FitError(
            f"{int((by_piece == 0).sum())} of {by_piece.size} lists and pieces of the window have no entry, so that "
            "their rate is nil: take fewer pieces"
        )
    cells = np.arange(exposure.entries.shape[1])
    for place, (k, j) in enumerate(arcs, start=1):
        if exposure.entries[:, (cells >> k & 1) == 1, j].sum() == 0:
            raise FitError(
                f"referral {place} of {len(arcs)} was followed by nobody: no entry onto the second list by people on "
                "the first; leave it out or merge lists"
            )


def _profile(design: Design, fitted: ReferralFit, level: float) -> Profile:
    """Climb the profile likelihood of the number of people never seen."""
    from scipy.special import gammaln

    people = design.people

    def height(missing: float) -> float:
        _, best = fit_poisson(design, missing, fitted.theta)
        return best + float(gammaln(people + missing + 1.0) - gammaln(missing + 1.0))

    return climb_profile(height, people, fitted.unseen, level)
