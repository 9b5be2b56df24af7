"""Nowcasting: what the latest counts will be once late entries are in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.cells import wrong_cells
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, read_numbers, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count as people
from ctresearch.core.meaning import key, model
from ctresearch.core.message import say
from ctresearch.core.random import Seed, generator, recorded_seed
from ctresearch.core.result import Result, estimates_table, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, is_frame, is_level, whole_number
from ctresearch.routes.trends.reporting_triangle import delay_hazards, share_by_delay

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning

    Floats = NDArray[np.float64]

_FEW = 30  # entries below which the delays are hardly known
_LITTLE = 0.1  # share that has come below which a count is mostly extrapolated
_PRIOR = 0.5  # entries added to both kinds, so that a delay nobody had is not impossible
_STEADY = 0.01


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class NowcastResult(Result):
    """Latest counts, and what they will be.

    Parameters
    ----------
    periods : pandas.DataFrame
        One row a period that is not complete: ``time``, ``people`` so far, ``share`` that has come by now, ``expected``
        in the end, and its limits ``low`` and ``high``.
    delays : pandas.DataFrame
        By ``delay``: share of entries that come by then.
    **fields
        Everything that :class:`ctresearch.core.Result` holds.

    Examples
    --------
    >>> from ctresearch.routes import Nowcast
    >>> came = [1, 1, 1, 2, 2, 2, 2, 3, 3, 2, 2, 2, 3, 3, 3, 3, 3] + [3] * 5
    >>> frame = pd.DataFrame({"of": [1] * 9 + [2] * 8 + [3] * 5, "came": came})
    >>> Nowcast(of="of", came="came", greatest=2).fit(frame).periods["people"].tolist()
    [8, 5]
    """

    n: int = value_field(people("Entries", "persons"))
    periods: pd.DataFrame = table_field(
        {
            "time": key("Period"),
            "people": people("People so far"),
            "share": model("Share that has come", reader="percent"),
            "expected": model("People in the end", "persons"),
            "low": model("Lower limit", "persons"),
            "high": model("Upper limit", "persons"),
        }
    )
    delays: pd.DataFrame = table_field(
        {"delay": key("Delay"), "share": model("Share that comes by then", reader="percent")}
    )
    terms: ClassVar[Mapping[str, Meaning]] = {
        "latest": model("People of the latest period, in the end", "persons", headline=True),
        "all": model("People of all periods that are not complete, in the end", "persons"),
    }

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw what has come and what is expected.

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
        >>> from ctresearch.routes import Nowcast
        >>> frame = pd.DataFrame({"of": [1] * 9 + [2] * 8, "came": [1, 1, 1, 2, 2, 2, 2, 2, 2] + [2] * 8})
        >>> Nowcast(of="of", came="came", greatest=1).fit(frame).plot().get_ylabel()
        'people'
        """
        from ctresearch.core import plot, render

        table = self.periods
        at = np.arange(len(table))
        ax = plot.new_axes() if ax is None else ax
        ax.bar(at, table["people"], color="0.35", label="so far")
        ax.errorbar(
            at,
            table["expected"],
            yerr=[(table["expected"] - table["low"]).clip(lower=0), (table["high"] - table["expected"]).clip(lower=0)],
            fmt="o",
            color="0.1",
            mfc="white",
            capsize=3,
            label="in the end",
        )
        ax.set_xticks(at, table["time"])
        ax.set_xlabel("period")
        ax.set_ylabel("people")
        ax.set_title(render.title(self))
        ax.legend()
        return plot.shows(ax, table, self.roles("periods"))


class Nowcast(Options):
    """Estimate the delay of entries, and what counts will be once all are in.

    Parameters
    ----------
    of, came : str
        Columns of the period that an entry is of and of that in which it came, as whole numbers.
    now : int, optional
        The latest period; that of the latest entry by default.
    greatest : int
        Greatest delay that is looked at: what comes later is not counted.
    window : int, optional
        How many of the latest periods delays are learned from, more than ``greatest``; all by default.
    draws : int
        Draws of the delays and of what has not come.
    level : float
        Share of final counts that the limits are to hold.
    seed : int or SeedSequence
        Where the random stream starts.
    scope : Scope, optional
        Whom the entries are of.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    Notes
    -----
    The chance to come at a delay, for those that came by it, is estimated from periods in which both can be known, so
    that what has not come yet does not bias it. Given these, what is missing is negative binomial; limits also carry
    that delays are estimated. The share that comes by each delay equals that of R's surveillance (``lawless``).

    References
    ----------
    .. [1] Lawless, J. F. (1994). Adjustments for reporting delays and the prediction of occurred but not reported
       events. Canadian Journal of Statistics 22, 15-31.
    .. [2] Höhle, M. and an der Heiden, M. (2014). Bayesian nowcasting during the STEC O104:H4 outbreak in Germany,
       2011. Biometrics 70, 993-1002. https://doi.org/10.1111/biom.12194

    Examples
    --------
    >>> of = np.repeat(np.arange(1, 21), 10)
    >>> came = of + np.tile([0, 0, 0, 0, 0, 1, 1, 1, 2, 2], 20)
    >>> seen = pd.DataFrame({"of": of, "came": came})[came <= 20]
    >>> row = Nowcast(of="of", came="came", greatest=3, seed=1).fit(seen).periods.iloc[-1]
    >>> print(f"{row['people']} so far, about {row['expected']:.0f} in the end")
    5 so far, about 11 in the end
    """

    def __init__(
        self,
        *,
        of: str,
        came: str,
        now: int | None = None,
        greatest: int = 12,
        window: int | None = None,
        draws: int = 2000,
        level: float = 0.95,
        seed: Seed = 0,
        scope: Scope | None = None,
    ) -> None:
        self.of, self.came = column_name("of", of), column_name("came", came)
        self.now = None if now is None else whole_number("now", now)
        self.greatest = whole_number("greatest", greatest, low=1, high=400)
        self.window = None if window is None else whole_number("window", window, low=self.greatest + 1)
        self.draws = whole_number("draws", draws, low=200, high=4000)
        self.level, self.seed, self.scope = is_level(level), seed, scope or Scope()
        recorded_seed(seed)

    def fit(self, frame: pd.DataFrame) -> NowcastResult:
        """Estimate the delays, and predict the final counts.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row an entry.

        Returns
        -------
        NowcastResult
            Terms ``latest`` and ``all``.

        Raises
        ------
        DataError
            If a column is missing, a period is no whole number, an entry came before its period, or there are too few
            periods for a delay.

        Examples
        --------
        >>> frame = pd.DataFrame({"of": [1, 1, 2, 2, 3], "came": [1, 2, 2, 3, 3]})
        >>> Nowcast(of="of", came="came", greatest=1).fit(frame).n
        5
        """
        triangle, now, beyond = self._read(frame)
        learned = triangle if self.window is None else triangle[-self.window :]
        came, by_then = delay_hazards(learned)
        share = share_by_delay(came / np.where(by_then > 0, by_then, 1.0))
        rng = generator(self.seed)
        hazards = rng.beta(came + _PRIOR, np.maximum(by_then - came, 0) + _PRIOR, (self.draws, len(came)))
        drawn = share_by_delay(hazards)
        rows = min(self.greatest, len(triangle))
        so_far = np.nansum(triangle[-rows:], axis=1)
        delay = np.arange(rows - 1, -1, -1)
        final = so_far + _missing(rng, so_far, drawn[:, delay])
        tail = (1 - self.level) / 2
        ends = np.quantile(final, [tail, 1 - tail], axis=0)
        table = pd.DataFrame(
            {
                "time": [str(now - one) for one in delay],
                "people": so_far.astype(np.int64),
                "share": share[delay],
                "expected": final.mean(axis=0),
                "low": ends[0],
                "high": ends[1],
            }
        )
        whole = final.sum(axis=1)
        terms = {"latest": final[:, -1], "all": whole}
        estimates = {
            name: (values.mean(), values.std(ddof=1), *np.quantile(values, [tail, 1 - tail]))
            for name, values in terms.items()
        }
        n = int(np.nansum(triangle))
        return NowcastResult(
            method=say("Nowcast of late entries"),
            estimates=estimates_table(estimates, unit="persons"),
            n=n,
            smallest_group=max(1, int(so_far.min())),
            level=self.level,
            interval="percentile",
            scope=self.scope,
            checks=(
                _check_entries(n),
                _check_come(share[delay]),
                _check_greatest(came, beyond),
                _check_steady(triangle),
            ),
            assumptions=(
                "Delays are the same for all periods they were learned from.",
                "No entry comes later than the greatest delay.",
            ),
            references=references(Nowcast),
            inputs=record(frame[[self.of, self.came]], seed=recorded_seed(self.seed), packages=("numpy",)),
            periods=table,
            delays=pd.DataFrame({"delay": np.arange(len(share)), "share": share}),
            draws=pd.DataFrame(np.stack(list(terms.values())), index=pd.Index(terms, name="term")),
        )

    def _read(self, frame: pd.DataFrame) -> tuple[Floats, int, int]:
        """Return the reporting triangle, the latest period, and how many entries came later than is looked at."""
        has_columns("entries", is_frame("entries", frame), [self.of, self.came])
        refuse_missing(frame, [self.of, self.came])
        of, came = read_numbers(frame, self.of), read_numbers(frame, self.came)
        for name, values in ((self.of, of), (self.came, came)):
            if (values % 1).any():
                raise wrong_cells(frame[name], values % 1 != 0, "must be periods as whole numbers", name=name)
        if (came < of).any():
            must = "must be no earlier than the period the entry is of"
            raise wrong_cells(frame[self.came], came < of, must, name=self.came)
        now = int(came.max()) if self.now is None else self.now
        inside = (came <= now) & (came - of <= self.greatest)
        first = int(of.min())
        if now - first > 100_000 or now < first or not inside.any():
            raise DataError("periods reach over more than 100,000, or none is before now, must be consecutive numbers")
        times, delays = now - first + 1, self.greatest + 1
        if times <= self.greatest:
            raise DataError(f"{times} periods are there, must be more than the greatest delay of {self.greatest}")
        triangle = np.zeros((times, delays))
        np.add.at(triangle, (of[inside].astype(int) - first, (came - of)[inside].astype(int)), 1)
        later = np.arange(times)[:, None] + np.arange(delays) > times - 1
        triangle[later] = np.nan
        return triangle, now, int(((came <= now) & (came - of > self.greatest)).sum())


def _missing(rng: np.random.Generator, so_far: Floats, share: Floats) -> Floats:
    """Draw what has not come: failures before as many entries came, with the reference prior of a rate."""
    size = np.broadcast_to(so_far + _PRIOR, share.shape)
    rate = rng.gamma(size, 1.0) * (1 - share) / np.maximum(share, 1e-9)
    return np.asarray(rng.poisson(np.minimum(rate, 1e9)), dtype=np.float64)


def _check_entries(n: int) -> Check:
    """Say whether there are enough entries to learn delays from."""
    return Check("entries", "review" if n < _FEW else "pass", say("Delays rest on {n:,} entries.", n=n), {"entries": n})


def _check_come(share: Floats) -> Check:
    """Say whether enough has come to go by."""
    least = float(share.min())
    message = say("{least:.0%} of the entries of the latest period have come.", least=least)
    return Check("come so far", "review" if least < _LITTLE else "pass", message, {"share": least})


def _check_greatest(came: Floats, beyond: int) -> Check:
    """Say whether entries still come at the greatest delay, or later, where they are not counted."""
    late = float((came[-1] + beyond) / max(came.sum() + beyond, 1.0))
    message = say("{late:.1%} of the entries came at the greatest delay or later.", late=late)
    return Check("greatest delay", "review" if late > _STEADY else "pass", message, {"share": late})


def _check_steady(triangle: Floats) -> Check:
    """Say whether entries came as late in the first half of the periods as in the second."""
    from scipy.stats import chi2_contingency

    whole = triangle[np.isfinite(triangle).all(axis=1)]
    half = len(whole) // 2
    table = np.array([whole[:half].sum(axis=0), whole[half:].sum(axis=0)])
    early = np.column_stack([table[:, 0], table[:, 1:].sum(axis=1)])
    if half < 1 or (early.sum(axis=0) == 0).any() or (early.sum(axis=1) == 0).any():
        return Check("steady delays", "review", say("Whether delays changed cannot be seen from so few periods."))
    p_value = float(chi2_contingency(early).pvalue)
    if p_value >= 0.05:
        message = say("Entries came as late early on as of late (p {p_value:.2g}).", p_value=p_value)
        return Check("steady delays", "pass", message, {"p_value": p_value})
    message = say("Delays changed (p {p_value:.2g}): learn them from late periods by window=.", p_value=p_value)
    return Check("steady delays", "review", message, {"p_value": p_value})
