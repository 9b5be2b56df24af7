"""After how many interviews little new comes, in the order they were held and in any other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core import meaning as col
from ctresearch.core import render
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_names
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.random import generator, recorded_seed, seed_sequence
from ctresearch.core.result import Result, estimates_table, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import in_range, is_level, whole_number
from ctresearch.qualitative.themes.presence import read_presence
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from ctresearch.core.random import Seed

    Floats = NDArray[np.float64]

_ALL_ORDERS = 0.95
ASSUMPTIONS = (
    say("Interviews could as well have been held in another order: people were not chosen by what others had said."),
    say("Every interview was coded with the whole codebook, the early ones again with codes that came later."),
    say("That little new comes says nothing of what people like these do not say, and nothing of people not asked."),
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SaturationResult(Result):
    """After how many interviews little new came.

    Parameters
    ----------
    curve : pandas.DataFrame
        One row an interview: ``interviews`` so far, ``themes`` so far in the order held, ``new`` in the run after it
        as a share of the base, and over all orders ``expected`` (exact), ``low`` and ``high``.
    base, run : int
        Interviews in the base, and in a run.
    threshold : float
        Share of new themes that counts as little.
    orders_reached : float
        Share of random orders in which little new came at some point.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``reached`` (in the order held), ``any_order``
        (the median over random orders, with limits) and ``themes``.

    Examples
    --------
    >>> coded = pd.DataFrame({"debt": [1] * 8, "threat": [0, 1] * 4, "way out": [0, 0, 1, 1] * 2})
    >>> Saturation().fit(coded).curve["themes"].tolist()
    [1, 2, 3, 3, 3, 3, 3, 3]
    """

    terms: ClassVar = {
        "reached": col.model("Interviews after which little new came, as held", "interviews", headline=True),
        "any_order": col.model("Interviews after which little new comes, in any order", "interviews"),
        "themes": col.model("Themes in all interviews", "themes"),
    }

    n: int = value_field(col.count("Interviews", "interviews"))
    curve: pd.DataFrame = table_field(
        {
            "interviews": col.key("Interviews so far"),
            "themes": col.count("Themes so far", "themes", of="nobody"),
            "new": col.model("New themes in the run that follows, as a share of the base"),
            "expected": col.model("Themes expected in any order", "themes"),
            "low": col.model("Lower limit over orders", "themes"),
            "high": col.model("Upper limit over orders", "themes"),
        }
    )
    base: int = value_field(col.model("Interviews in the base", "interviews", of="nobody"))
    run: int = value_field(col.model("Interviews in a run", "interviews", of="nobody"))
    threshold: float = value_field(col.model("Share of new themes that counts as little"))
    orders_reached: float = value_field(col.model("Share of orders in which it was reached"))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw themes by interview, with the band over orders.

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
        >>> coded = pd.DataFrame({"debt": [1] * 8, "threat": [0, 1] * 4})
        >>> Saturation().fit(coded).plot().get_xlabel()
        'interviews'
        """
        from ctresearch.core import plot

        ax = ax if ax is not None else plot.new_axes()
        curve = self.curve
        ax.fill_between(curve["interviews"], curve["low"], curve["high"], alpha=0.25, linewidth=0, label="any order")
        ax.plot(curve["interviews"], curve["expected"], linestyle="--", label="expected in any order")
        ax.step(curve["interviews"], curve["themes"], where="post", color="black", label="as held")
        reached = float(self.estimates["estimate"].iloc[0])
        if np.isfinite(reached):
            ax.axvline(reached, color=plot.GREY, linestyle=":", label=f"little new after {reached:.0f}")
        ax.set_xlabel("interviews")
        ax.set_ylabel("themes")
        ax.set_ylim(bottom=0)
        ax.legend()
        ax.set_title(render.title(self), loc="left", fontsize=11)
        return plot.shows(ax, curve, self.roles("curve"))


class Saturation(Options):
    """Find after how many interviews little new comes.

    Parameters
    ----------
    base : int
        Interviews whose themes are the base.
    run : int
        Interviews of a run, in which new themes are counted; runs overlap, each begins one interview later.
    threshold : float
        New themes in a run, as a share of the themes in the base, that count as little.
    codes : sequence of str, optional
        Columns of codes; all by default.
    orders : int
        Random orders of the interviews, from which the limits come.
    level : float
        Coverage of the limits, as a proportion.
    seed : int or numpy.random.SeedSequence
        Where the orders start.
    scope : Scope, optional
        Whom the interviews are with.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    References
    ----------
    .. [1] Guest, G., Namey, E. and Chen, M. (2020). A simple method to assess and report thematic saturation in
       qualitative research. PLoS ONE 15(5), e0232076. https://doi.org/10.1371/journal.pone.0232076

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> coded = pd.DataFrame(rng.random((20, 12)) < 0.5).astype(int).rename(columns=str)
    >>> found = Saturation(base=4, run=2, threshold=0.05).fit(coded)
    >>> held, other = (found.estimates.loc[term] for term in ("reached", "any_order"))
    >>> print(f"{held['estimate']:.0f} + 2 interviews as held; in other orders up to {other['ci_high']:.0f}")
    8 + 2 interviews as held; in other orders up to 7
    """

    def __init__(
        self,
        *,
        base: int = 4,
        run: int = 2,
        threshold: float = 0.05,
        codes: Sequence[str] | None = None,
        orders: int = 1000,
        level: float = 0.95,
        seed: Seed = 0,
        scope: Scope | None = None,
    ) -> None:
        self.base, self.run = whole_number("base", base, low=1), whole_number("run", run, low=1)
        self.threshold = float(in_range("threshold", threshold, 0, 1))
        self.codes = None if codes is None else column_names("codes", codes, least=1)
        self.orders = whole_number("orders", orders, low=100, high=100_000)
        self.level, self.seed, self.scope = is_level(level), seed, scope or Scope()
        seed_sequence(seed)

    def fit(self, interviews: pd.DataFrame) -> SaturationResult:
        """Find it.

        Parameters
        ----------
        interviews : pandas.DataFrame
            One row an interview, in the order held; one column a code, 0 or 1.

        Returns
        -------
        SaturationResult
            Terms ``reached``, ``any_order`` and ``themes``.

        Raises
        ------
        DataError
            If there are fewer interviews than the base and a run, or cells are not 0 or 1.

        Examples
        --------
        >>> coded = pd.DataFrame({"debt": [1] * 8, "threat": [0, 1] * 4})
        >>> Saturation().fit(coded).estimates.loc["themes", "estimate"]
        np.float64(2.0)
        """
        read = read_presence(interviews, self.codes)
        n = len(read.there)
        if n < self.base + self.run:
            raise DataError(
                f"interviews has {n} rows, must have at least {self.base + self.run}: a base of {self.base} and a run "
                f"of {self.run}"
            )
        held = read.there[:, read.there.any(axis=0)]
        if not held.shape[1]:
            raise DataError(f"no code stands in any of {n} interviews: there is nothing to reach")
        own = _curve(held)
        rng = generator(self.seed)
        curves = np.array([_curve(held[rng.permutation(n)]) for _ in range(self.orders)])
        reached = np.array([self._reached(one) for one in curves])
        ends = [(1 - self.level) / 2, (1 + self.level) / 2]
        low, high = np.quantile(np.where(np.isnan(reached), np.inf, reached), ends, method="higher")
        now, middle = self._reached(own), float(np.median(np.where(np.isnan(reached), np.inf, reached)))
        limits = (float(low), float(high)) if np.isfinite([low, high]).all() else (np.nan, np.nan)
        share = float(np.isfinite(reached).mean())
        table = pd.concat(
            [
                estimates_table(
                    {
                        "reached": (now, np.nan, np.nan, np.nan),
                        "any_order": (middle if np.isfinite(middle) else np.nan, np.nan, *limits),
                    },
                    unit=say("interviews"),
                ),
                estimates_table({"themes": (held.shape[1], np.nan, np.nan, np.nan)}, unit=say("themes")),
            ]
        )
        return SaturationResult(
            method=say("Thematic saturation by base, run and threshold"),
            estimates=table,
            n=n,
            smallest_group=smallest_of(held.sum(axis=0)),
            level=self.level,
            interval="percentile of orders",
            scope=self.scope,
            checks=(self._check_reached(now), self._check_order(share)),
            assumptions=ASSUMPTIONS,
            references=references(Saturation),
            inputs=record(interviews[list(read.codes)] if self.codes else interviews, seed=recorded_seed(self.seed)),
            curve=self._table(own, curves, held),
            base=self.base,
            run=self.run,
            threshold=self.threshold,
            orders_reached=share,
        )

    def _new(self, curve: Floats) -> Floats:
        """Return new themes in the run after each interview, as a share of the base; NaN outside."""
        found = np.full(len(curve), np.nan)
        if curve[self.base - 1] > 0:
            last = len(curve) - self.run
            at = np.arange(self.base - 1, last)
            found[at] = (curve[at + self.run] - curve[at]) / curve[self.base - 1]
        return found

    def _reached(self, curve: Floats) -> float:
        """Return after how many interviews a run first brings little new; NaN where none does."""
        new = self._new(curve)
        small = np.flatnonzero(new <= self.threshold)
        return float(small[0] + 1) if len(small) else np.nan

    def _table(self, own: Floats, curves: Floats, held: NDArray[np.bool_]) -> pd.DataFrame:
        """Lay out the curve with its band."""
        n = len(held)
        ends = np.quantile(curves, [(1 - self.level) / 2, (1 + self.level) / 2], axis=0)
        return pd.DataFrame(
            {
                "interviews": np.arange(1, n + 1),
                "themes": own.astype(np.int64),
                "new": self._new(own),
                "expected": expected_themes(held.sum(axis=0), n, np.arange(1, n + 1)),
                "low": ends[0],
                "high": ends[1],
            }
        )

    def _check_reached(self, now: float) -> Check:
        """Say whether little new came at some point."""
        numbers = {"reached": now} if np.isfinite(now) else {}
        if np.isnan(now):
            said = say(
                "In the order held, every run brought more than {threshold:.0%} of the base: go on, or say that new "
                "themes still came.",
                threshold=self.threshold,
            )
            return Check("reached", "fail", said, numbers, voids=True)
        said = say("Little new came after interview {reached:.0f}, in a run of {run}.", reached=now, run=self.run)
        return Check("reached", "pass", said, numbers)

    def _check_order(self, share: float) -> Check:
        """Say whether it would have been reached in other orders."""
        if share < _ALL_ORDERS:
            said = say(
                "In {away:.0%} of other orders it would not have been reached: it rests on the order of interviews.",
                away=1 - share,
            )
            return Check("order", "review", said, {"share": share})
        return Check("order", "pass", say("It would have been reached in nearly every other order."), {"share": share})


def _curve(there: NDArray[np.bool_]) -> Floats:
    """Count themes so far, by interview."""
    return np.asarray(np.cumsum(there, axis=0).astype(bool).sum(axis=1), dtype=np.float64)


def expected_themes(counts: Any, units: int, sizes: Any) -> Floats:
    """Return how many themes are expected in some of the interviews, over all ways to choose them.

    Parameters
    ----------
    counts : numpy.ndarray
        Shape (themes,): in how many interviews each stands.
    units : int
        How many interviews there are.
    sizes : numpy.ndarray
        Shape (sizes,): how many are chosen.

    Returns
    -------
    numpy.ndarray
        Shape (sizes,).

    References
    ----------
    .. [1] Colwell, R. K., Chao, A., Gotelli, N. J. et al. (2012). Models and estimators linking individual-based and
       sample-based rarefaction, extrapolation and comparison of assemblages. Journal of Plant Ecology 5, 3-21.
       https://doi.org/10.1093/jpe/rtr044

    Examples
    --------
    >>> expected_themes(np.array([1, 2]), 2, np.array([1, 2])).tolist()
    [1.5, 2.0]
    """
    from scipy.special import gammaln

    f = np.asarray(counts, dtype=float)[:, None]
    t = np.asarray(sizes, dtype=float)[None, :]
    left = units - f
    fits = left >= t
    room = np.where(fits, left - t, 0.0)
    with np.errstate(invalid="ignore"):
        log = gammaln(left + 1) + gammaln(units - t + 1) - gammaln(units + 1) - gammaln(room + 1)
    missed = np.where(fits, np.exp(log), 0.0)
    return np.asarray((1 - missed).sum(axis=0), dtype=np.float64)
