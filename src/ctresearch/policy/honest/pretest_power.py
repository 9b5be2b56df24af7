"""What a test of trends before adoption could have seen, and what passing it does to the effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core import meaning as col
from ctresearch.core import render
from ctresearch.core.cells import shown
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.random import Seed, generator, recorded_seed, seed_sequence
from ctresearch.core.result import Result, estimates_table, reach, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import in_range, is_level
from ctresearch.policy.honest.event_study import EventStudy, read_event_study

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ctresearch.policy.adoption.staggered_result import StaggeredResult
    from ctresearch.policy.honest.event_study import Floats

# the power is then known to .002
_DRAWS = 40_000
_HALVINGS = 40
STRAIGHT = "The difference in trends that is looked for is a straight line; others are seen more or less often."


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PretestResult(Result):
    """Slopes that a test of trends finds, and the bias of those that it misses.

    Parameters
    ----------
    slopes : pandas.DataFrame
        One row a ``power``: the ``slope`` found that often, the ``bias`` of the mean effect that it brings, and
        ``bias_if_passed``, that among event studies whose test found nothing.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``effect``, the mean effect from adoption on,
        and ``bias``, what a slope that is missed half of the time brings.

    Examples
    --------
    >>> from ctresearch.policy import EventStudy, PretestPower
    >>> PretestPower().fit(EventStudy([-2, 0], [0.0, 0.5], np.eye(2) * 0.01)).slopes["power"].tolist()
    [0.5, 0.8]
    """

    terms: ClassVar = {
        "effect": col.model("Mean effect as if trends were parallel"),
        "bias": col.model("Bias by a slope that the test misses half of the time", headline=True),
    }

    n: int = value_field(col.count("Times since adoption", "times", of="nobody"))
    slopes: pd.DataFrame = table_field(
        {
            "power": col.key("Power"),
            "slope": col.model("Slope of the difference in trends, each time"),
            "bias": col.model("Bias of the mean effect"),
            "bias_if_passed": col.model("Bias where the test found nothing"),
        }
    )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the bias of each slope beside the effect.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            One row the effect, and one each slope's bias.

        Examples
        --------
        >>> from ctresearch.policy import EventStudy, PretestPower
        >>> study = EventStudy([-2, 0], [0.0, 0.5], np.eye(2) * 0.01)
        >>> PretestPower().fit(study).plot().get_xlabel()
        'effect on the outcome'
        """
        from ctresearch.core import plot

        rows = self.estimates.loc[["effect"], ["estimate", "ci_low", "ci_high"]]
        slopes = self.slopes.set_index("power")["bias"].rename("estimate").to_frame()
        slopes.index = pd.Index([f"bias of a slope found {one:.0%} of the time" for one in slopes.index])
        drawn = plot.forest(
            pd.concat([rows.rename(index={"effect": "effect as if parallel"}), slopes]),
            title=render.title(self),
            label="effect on the outcome",
            reference=0.0,
            ax=ax,
        )
        return plot.shows(drawn, self.slopes, self.roles("slopes"))


class PretestPower(Options):
    """Slopes of the difference in trends that a test before adoption finds half of the time, or four times in five.

    Parameters
    ----------
    power : sequence of float
        How often a slope is to be found, as proportions.
    level : float
        One minus the size of each test.
    seed : int or SeedSequence
        Of the draws.
    scope : Scope, optional
        Whom the estimate is about; that of the event study by default.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    Notes
    -----
    The test is that of practice: trends count as parallel where no coefficient before adoption differs from 0. Event
    studies that pass are not a fair sample, so that a slope biases them even more [1]_.

    References
    ----------
    .. [1] Roth, J. (2022). Pretest with caution: event-study estimates after testing for parallel trends. American
       Economic Review: Insights 4, 305-322. https://doi.org/10.1257/aeri.20210236

    Examples
    --------
    >>> study = EventStudy([-3, -2, 0, 1], [0.0, 0.0, 0.4, 0.6], np.eye(4) * 0.01)
    >>> row = PretestPower().fit(study).slopes.iloc[0]
    >>> print(f"half of the time, a slope would be missed that adds {row['bias']:.2f} to the effect")
    half of the time, a slope would be missed that adds 0.13 to the effect
    """

    def __init__(
        self,
        *,
        power: Sequence[float] = (0.5, 0.8),
        level: float = 0.95,
        seed: Seed = 0,
        scope: Scope | None = None,
    ) -> None:
        self.level = is_level(level)
        if (
            isinstance(power, str)
            or not isinstance(power, Sequence | np.ndarray)
            or not np.size(power)
            or not np.ndim(power)
        ):
            raise SpecificationError(f"power == {shown(power)}, must be a list of proportions, such as [0.5, 0.8]")
        self.power = tuple(float(in_range("power", one, 1 - self.level, 0.999, open_ends=True)) for one in power)
        seed_sequence(seed)
        self.seed, self.scope = seed, scope

    def fit(self, data: StaggeredResult | EventStudy) -> PretestResult:
        """Find the slopes.

        Parameters
        ----------
        data : StaggeredResult or EventStudy
            An event study with one reference, by :class:`StaggeredAdoption` with ``base="universal"`` or from outside.

        Returns
        -------
        PretestResult
            Terms ``effect`` and ``bias``.

        Raises
        ------
        DataError
            If it is no event study with one reference, nothing was seen before it, or the result does not stand.

        Examples
        --------
        >>> study = EventStudy([-2, 0], [0.0, 0.5], np.eye(2) * 0.01)
        >>> PretestPower(power=[0.5]).fit(study).slopes["slope"].round(2).tolist()
        [0.2]
        """
        study, left_out = read_event_study(data)
        weights = study.weights("average")
        estimate, covariance = np.asarray(study.estimate), np.asarray(study.covariance)
        values, vectors = np.linalg.eigh(covariance)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        noise = generator(self.seed).standard_normal((_DRAWS, len(estimate))) @ root.T
        rows = [(one, *_found_as_often(study, noise, weights, one, self.level)) for one in self.power]
        slopes = pd.DataFrame(rows, columns=["power", "slope", "bias", "bias_if_passed"])
        point = float(weights @ estimate[study.before :])
        error = float(np.sqrt(weights @ covariance[study.before :, study.before :] @ weights))
        away = float(reach(self.level, np.inf)) * error
        half = _found_as_often(study, noise, weights, 0.5, self.level)
        nan = float("nan")
        table = pd.DataFrame(covariance).add_prefix("v").assign(since=np.asarray(study.since), estimate=estimate)
        return PretestResult(
            method="Power of a test of trends before adoption",
            estimates=estimates_table(
                {"effect": (point, error, point - away, point + away), "bias": (half[1], nan, nan, nan)}
            ),
            n=len(estimate),
            level=self.level,
            interval="normal",
            scope=self.scope or getattr(data, "scope", None) or Scope(),
            checks=(*left_out, _check_bias(point, half[1])),
            assumptions=(STRAIGHT,),
            references=references(PretestPower),
            inputs=replace(record(table), seed=recorded_seed(self.seed)),
            slopes=slopes,
        )


def _found_as_often(
    study: EventStudy, noise: Floats, weights: Floats, power: float, level: float
) -> tuple[float, float, float]:
    """Return the slope that is found as often as asked, the bias that it brings, and that where nothing was found."""
    since, before = np.asarray(study.since) - study.reference, study.before
    step = float(np.abs(since).min())
    line = since / step
    error = np.sqrt(np.diag(np.asarray(study.covariance)))
    edge = float(reach(level, np.inf)) * error[:before]

    def passes(slope: float) -> np.ndarray:
        return np.asarray((np.abs(noise[:, :before] + slope * line[:before]) <= edge).all(axis=1))

    low, high = 0.0, float(error[:before].max())
    while passes(high).mean() > 1 - power:
        high *= 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if passes(middle).mean() > 1 - power else (low, middle)
    passed = passes(high)
    bias = float(weights @ line[before:]) * high
    extra = float((noise[passed][:, before:] @ weights).mean()) if passed.any() else 0.0
    return high, bias, bias + extra


def _check_bias(effect: float, bias: float) -> Check:
    """Say whether a slope that is easily missed could be the whole effect."""
    share = bias / abs(effect) if effect else float("inf")
    numbers = {"bias": bias, "effect": effect}
    if share >= 1:
        said = say(
            "A slope that the test misses half of the time would by itself bring {bias:.2g}, as much as the effect: "
            "that trends look parallel says little.",
            bias=bias,
        )
        return Check("power of the test of trends", "fail", said, numbers)
    status = say("A slope that the test misses half of the time would bring {share:.0%} of the effect.", share=share)
    return Check("power of the test of trends", "review" if share > _MUCH else "pass", status, numbers)


# a bias of a quarter of the effect moves limits by about as much as a standard error where the effect is just seen
_MUCH = 0.25
