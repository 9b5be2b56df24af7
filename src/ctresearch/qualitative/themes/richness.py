"""How many themes there are in all, those that nobody has spoken of yet among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core import meaning as col
from ctresearch.core import render
from ctresearch.core.cells import refuse_cells
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, column_names
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.random import generator, recorded_seed, seed_sequence
from ctresearch.core.result import Result, estimates_table, reach, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, is_frame, is_level, one_of, whole_number
from ctresearch.qualitative.themes.incidence import (
    ESTIMATORS,
    Incidence,
    coverage,
    drawn_again,
    estimate_themes,
    log_limits,
    theme_curve,
)
from ctresearch.qualitative.themes.presence import read_presence
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from ctresearch.core.random import Seed

_FEW, _HALF = 10, 0.5
_POINTS = 40  # of the curve
ASSUMPTIONS = (
    say("People interviewed are a sample of those the study speaks of; each could have been asked for another."),
    say("A theme stands in an interview or not, whoever coded it; coders' errors make rare themes that are none."),
    say("The estimate is a lower bound: themes that hardly anybody would speak of leave no trace."),
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ThemeRichnessResult(Result):
    """Themes in all, and how they grow with interviews.

    Parameters
    ----------
    estimators : pandas.DataFrame
        Every estimator beside the one chosen: ``estimator``, ``estimate``, ``std_error``, ``ci_low``, ``ci_high``.
    curve : pandas.DataFrame
        Themes by interviews, up to twice as many: ``interviews``, ``themes``, ``low``, ``high``, ``coverage``.
    seen : int
        Themes that stand in some interview.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``themes`` (in all), ``unseen`` and
        ``coverage``, the share of all mentions that are of themes seen.

    Examples
    --------
    >>> counted = pd.DataFrame({"interviews": [1, 1, 1, 2, 2, 5]})
    >>> ThemeRichness(frequency="interviews", interviews=10).fit(counted).seen
    6
    """

    terms: ClassVar = {
        "themes": col.model("Themes in all", "themes", headline=True),
        "unseen": col.model("Themes not yet spoken of", "themes"),
        "coverage": col.model("Share of mentions that are of themes seen"),
    }

    n: int = value_field(col.count("Interviews", "interviews"))
    estimators: pd.DataFrame = table_field(
        {
            "estimator": col.key("Estimator"),
            "estimate": col.model("Themes in all", "themes"),
            "std_error": col.model("Standard error", "themes"),
            "ci_low": col.model("Lower limit", "themes"),
            "ci_high": col.model("Upper limit", "themes"),
        }
    )
    curve: pd.DataFrame = table_field(
        {
            "interviews": col.key("Interviews"),
            "themes": col.model("Themes expected", "themes"),
            "low": col.model("Lower limit", "themes"),
            "high": col.model("Upper limit", "themes"),
            "coverage": col.model("Share of mentions that are of themes seen"),
        }
    )
    seen: int = value_field(col.count("Themes seen", "themes", of="nobody"))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw themes by number of interviews, beyond those held by extrapolation.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            The picture.

        Examples
        --------
        >>> counted = pd.DataFrame({"interviews": [1, 1, 1, 2, 2, 5]})
        >>> ThemeRichness(frequency="interviews", interviews=10).fit(counted).plot().get_ylabel()
        'themes'
        """
        from ctresearch.core import plot

        ax = ax if ax is not None else plot.new_axes()
        curve = self.curve
        held = curve[curve["interviews"] <= self.n]
        later = curve[curve["interviews"] >= self.n]
        ax.fill_between(curve["interviews"], curve["low"], curve["high"], alpha=0.25, linewidth=0)
        (line,) = ax.plot(held["interviews"], held["themes"], label="interviews held")
        ax.plot(later["interviews"], later["themes"], linestyle="--", color=line.get_color(), label="if more were held")
        ax.axhline(float(self.estimates["estimate"].iloc[0]), color=plot.GREY, linestyle=":", label="themes in all")
        ax.set_xlabel("interviews")
        ax.set_ylabel("themes")
        ax.set_ylim(bottom=0)
        ax.legend()
        ax.set_title(render.title(self), loc="left", fontsize=11)
        return plot.shows(ax, curve, self.roles("curve"))


class ThemeRichness(Options):
    """Estimate how many themes there are in all.

    Parameters
    ----------
    method : str
        ``"chao2"``, ``"chao2-corrected"``, ``"ichao2"``, ``"ice"``, ``"ice-1"``, ``"jackknife-1"`` or
        ``"jackknife-2"``; all stand in the table ``estimators``, and the bootstrap of Smith and van Belle with them.
    codes : sequence of str, optional
        Columns of codes; all by default.
    frequency : str, optional
        Where the table has one row a theme: the column that says in how many interviews it stands.
    interviews : int, optional
        How many interviews there are; needed with ``frequency``, and not allowed without.
    bootstrap : int
        Samples from which the band of the curve comes.
    level : float
        Coverage of the limits, as a proportion.
    seed : int or numpy.random.SeedSequence
        Where the bootstrap starts.
    scope : Scope, optional
        Whom the interviews are with.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    Errors are by linearisation, and those of Chao2 by his own formula. For ``"ichao2"`` SpadeR prints one that is
    smaller than that of Chao2 alone (14.2 against 19.8 on ants of Costa Rica, where this gives 22.4); over samples
    drawn anew iChao2 scatters by 20, so the larger one stands here. How often the limits hold the number planted is in
    ``benchmarks/results/coverage_agreement.csv``: the lower bounds fall short where many themes are rare.

    References
    ----------
    .. [1] Chao, A. (1987). Estimating the population size for capture-recapture data with unequal catchability.
       Biometrics 43, 783-791. https://doi.org/10.2307/2531532
    .. [2] Chiu, C.-H., Wang, Y.-T., Walther, B. A. and Chao, A. (2014). An improved nonparametric lower bound of
       species richness via a modified Good-Turing frequency formula. Biometrics 70, 671-682. https://doi.org/10.1111/biom.12200
    .. [3] Lee, S.-M. and Chao, A. (1994). Estimating population size via sample coverage for closed capture-recapture
       models. Biometrics 50, 88-97. https://doi.org/10.2307/2533199
    .. [4] Burnham, K. P. and Overton, W. S. (1978). Estimation of the size of a closed population when capture
       probabilities vary among animals. Biometrika 65, 625-633. https://doi.org/10.1093/biomet/65.3.625

    Examples
    --------
    >>> counted = pd.DataFrame({"interviews": [1] * 5 + [2] * 5 + [4] * 9 + [9] * 8})
    >>> found = ThemeRichness(frequency="interviews", interviews=24).fit(counted)
    >>> row = found.estimates.loc["unseen"]
    >>> print(f"at least {row['estimate']:.0f} themes more, up to {row['ci_high']:.0f}, beside the {found.seen} heard")
    at least 2 themes more, up to 15, beside the 27 heard
    """

    def __init__(
        self,
        method: str = "chao2",
        *,
        codes: Sequence[str] | None = None,
        frequency: str | None = None,
        interviews: int | None = None,
        bootstrap: int = 200,
        level: float = 0.95,
        seed: Seed = 0,
        scope: Scope | None = None,
    ) -> None:
        self.method = one_of("method", method, tuple(ESTIMATORS))
        self.codes = None if codes is None else column_names("codes", codes, least=1)
        self.frequency = None if frequency is None else column_name("frequency", frequency)
        self.interviews = None if interviews is None else whole_number("interviews", interviews, low=2)
        if (frequency is None) != (interviews is None):
            raise SpecificationError(
                f"frequency == {frequency!r} with interviews == {interviews!r}, must both be given or neither: in how "
                "many each theme stands, of how many"
            )
        self.bootstrap = whole_number("bootstrap", bootstrap, low=100, high=100_000)
        self.level, self.seed, self.scope = is_level(level), seed, scope or Scope()
        seed_sequence(seed)

    def fit(self, frame: pd.DataFrame) -> ThemeRichnessResult:
        """Estimate it.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row an interview and one column a code, 0 or 1; or one row a theme, with ``frequency``.

        Returns
        -------
        ThemeRichnessResult
            Terms ``themes``, ``unseen`` and ``coverage``.

        Raises
        ------
        DataError
            If cells are not as above, or no theme stands anywhere.

        Examples
        --------
        >>> coded = pd.DataFrame({"debt": [1, 1, 0, 1], "threat": [0, 1, 0, 1], "way out": [0, 0, 1, 0]})
        >>> ThemeRichness().fit(coded).estimates.loc["themes", "estimate"]
        np.float64(3.375)
        """
        held = self._read(frame)
        found = estimate_themes(held, self.method)
        away = float(reach(self.level, np.inf))
        low, high = log_limits(held.seen, found, away)
        error = float(np.sqrt(found.variance)) if found.variance > 0 else np.nan
        samples = drawn_again(held, generator(self.seed), self.bootstrap)
        table = pd.concat(
            [
                estimates_table(
                    {
                        "themes": (found.estimate, error, low, high),
                        "unseen": (found.estimate - held.seen, error, low - held.seen, high - held.seen),
                    },
                    unit=say("themes"),
                ),
                estimates_table({"coverage": self._coverage(held, samples)}, unit=say("proportion")),
            ]
        )
        return ThemeRichnessResult(
            method=say("Themes in all, from how many interviews each stands in"),
            estimates=table,
            n=held.units,
            smallest_group=smallest_of(held.counts),
            level=self.level,
            interval="log-normal",
            scope=self.scope,
            checks=_checks(held, found),
            assumptions=ASSUMPTIONS,
            references=references(ThemeRichness),
            inputs=record(frame, seed=recorded_seed(self.seed)),
            estimators=_estimators(held, away),
            curve=self._curve(held, samples),
            seen=held.seen,
        )

    def _read(self, frame: pd.DataFrame) -> Incidence:
        """Count in how many interviews each theme stands."""
        if self.frequency is None:
            read = read_presence(frame, self.codes)
            counts, units = read.there.sum(axis=0), len(read.there)
        else:
            has_columns("frame", is_frame("frame", frame), [self.frequency])
            column, units = frame[self.frequency], int(self.interviews or 0)
            values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
            wrong = ~((values >= 0) & (values <= units) & (np.floor(np.nan_to_num(values)) == values))
            refuse_cells(column, wrong, f"must be whole numbers from 0 to the {units} interviews")
            counts = values.astype(np.int64)
        if not (counts > 0).any():
            raise DataError(f"no theme stands in any of {units} interviews: there is nothing to estimate")
        return Incidence(np.asarray(counts[counts > 0], dtype=np.int64), units)

    def _coverage(self, held: Incidence, samples: list[Incidence]) -> tuple[float, float, float, float]:
        """Estimate the share of mentions that are of themes seen, with limits from samples drawn anew."""
        now = float(coverage(held)[0])
        error = float(np.std([coverage(one)[0] for one in samples if one.seen], ddof=1))
        away = float(reach(self.level, np.inf)) * error
        return (now, error, max(now - away, 0.0), min(now + away, 1.0)) if error > 0 else (now, np.nan, np.nan, np.nan)

    def _curve(self, held: Incidence, samples: list[Incidence]) -> pd.DataFrame:
        """Draw the curve up to twice the interviews, with a band from samples drawn anew."""
        sizes = np.unique(np.append(np.linspace(1, 2 * held.units, _POINTS).round(), held.units))
        drawn = np.array([theme_curve(one, sizes) for one in samples if one.seen])
        now, away = theme_curve(held, sizes), float(reach(self.level, np.inf)) * drawn.std(axis=0, ddof=1)
        return pd.DataFrame(
            {
                "interviews": sizes.astype(np.int64),
                "themes": now,
                "low": np.maximum(now - away, 0.0),
                "high": now + away,
                "coverage": coverage(held, sizes),
            }
        )


def _estimators(held: Incidence, away: float) -> pd.DataFrame:
    """Lay every estimator out."""
    t = held.units
    plain = held.seen + float(((1 - held.counts / t) ** t).sum())  # Smith and van Belle; its error needs the interviews
    rows: list[tuple[str, float, float, float, float]] = [("bootstrap", plain, np.nan, np.nan, np.nan)]
    for name in ESTIMATORS:
        found = estimate_themes(held, name)
        error = float(np.sqrt(found.variance)) if found.variance > 0 else np.nan
        rows.append((name, found.estimate, error, *log_limits(held.seen, found, away)))
    return pd.DataFrame(rows, columns=["estimator", "estimate", "std_error", "ci_low", "ci_high"])


def _checks(held: Incidence, found: object) -> tuple[Check, ...]:
    """Ask whether there is enough to say anything of what was not heard."""
    once, twice = int(held.often(1)), int(held.often(2))
    now = float(coverage(held)[0])
    numbers = {"once": once, "twice": twice, "coverage": now}
    if once == held.seen and held.seen > 1:
        said = say("Every theme stands in one interview alone: nothing says how many more there are.")
        return (Check("repeated", "fail", said, numbers, voids=True), _check_interviews(held))
    if now < _HALF:
        said = say(
            "Themes seen make up {coverage:.0%} of all mentions: the bound is far below what is there.", coverage=now
        )
        return (Check("repeated", "fail", said, numbers), _check_interviews(held))
    if twice == 0 and once > 1:
        said = say("No theme stands in two interviews and {once} in one: the bound rests on the one number.", once=once)
        return (Check("repeated", "review", said, numbers), _check_interviews(held))
    said = say("{once} themes stand in one interview and {twice} in two.", once=once, twice=twice)
    return (Check("repeated", "pass", said, numbers), _check_interviews(held))


def _check_interviews(held: Incidence) -> Check:
    """Ask whether there are enough interviews."""
    numbers = {"interviews": held.units}
    if held.units < _FEW:
        said = say(
            "{units} interviews: with fewer than {few} the limits hold less than they promise.",
            units=held.units,
            few=_FEW,
        )
        return Check("interviews", "review", said, numbers)
    return Check("interviews", "pass", say("{units} interviews tell of what was not heard.", units=held.units), numbers)
