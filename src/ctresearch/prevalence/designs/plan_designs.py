"""How well each of several designs would do, by drawing each from people whose number is known, again and again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.cells import shown
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import CtResearchError, SpecificationError
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, key, model
from ctresearch.core.message import say
from ctresearch.core.names import refuse_alike
from ctresearch.core.parallel import map_chunks
from ctresearch.core.random import Seed, recorded_seed, seed_sequence
from ctresearch.core.result import Result, estimates_table, value_field
from ctresearch.core.validate import in_range, whole_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ctresearch.core.meaning import Meaning
    from ctresearch.prevalence.scale_up.survey_design import Floats

FEWEST_DRAWS = 20
_METHOD = "{designs} designs tried on invented people, {draws} samples of each"
_UNITS = {
    "bias": "share of the truth",
    "spread": "share of the truth",
    "width": "share of the truth",
    "coverage": "share of samples",
    "power": "share of samples",
    "failed": "share of samples",
    "cost": "units of cost",
}
ASSUMPTIONS = (
    "The people to be surveyed are like those invented: in their number, their ties, their nights out and their lists.",
)


@dataclass(frozen=True, slots=True)
class DesignPlan:
    """A design to try: how its sample is drawn, how it is estimated from, and what it costs.

    Parameters
    ----------
    draw : callable
        From a :class:`numpy.random.SeedSequence` to the data of one sample.
    fit : callable
        From these data to a result, such as the ``fit`` of an estimator.
    cost : float
        Of one such survey, in any unit that all plans share.
    term : str, optional
        Which estimate of the result is meant; by default the one that :func:`plan_designs` names for all.
    truth : float, optional
        What the samples are drawn from, where this design estimates something else than the others, such as a share.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Examples
    --------
    >>> DesignPlan(draw=lambda seed: None, fit=lambda data: None, cost=120.0).cost
    120.0
    """

    draw: Callable[[np.random.SeedSequence], Any]
    fit: Callable[[Any], Result]
    cost: float = 0.0
    term: str | None = None
    truth: float | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be called, a cost that is none, and a truth that nothing can be a share of."""
        for name in ("draw", "fit"):
            if not callable(getattr(self, name)):
                raise SpecificationError(f"{name} == {shown(getattr(self, name))}, must be a function")
        in_range("cost", self.cost, 0)
        if self.truth is not None:
            in_range("truth", self.truth, 0, open_ends=True)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DesignPlanResult(Result):
    """What designs would do, by simulation.

    Parameters
    ----------
    truth : float
        The number that samples were drawn from, but for designs that estimate something else.
    against : float
        The number that an interval must exclude to count for ``power``; ``NaN`` where none was given.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are, by ``design``, ``bias``, ``spread`` and
        ``width`` of the interval (its median), as shares of the truth, ``coverage``, ``power``, ``failed`` (samples
        that gave no limits), and ``cost``. Limits are those of the simulation, at 95 %.

    Examples
    --------
    >>> from ctresearch.prevalence import DesignPlan, plan_designs
    >>> def fit(mean):
    ...     rows = {"population": (mean, 50.0, mean - 98, mean + 98)}
    ...     return Result(method="m", estimates=estimates_table(rows), n=9)
    >>> plans = {"survey": DesignPlan(lambda seed: np.random.default_rng(seed).normal(1000, 50), fit)}
    >>> result = plan_designs(plans, truth=1000, draws=40, seed=1)
    >>> result.estimates.loc["coverage", "estimate"]
    np.float64(0.95)
    """

    n: int = value_field(count("Samples of each design", "samples", of="nobody"))
    truth: float = value_field(model("Number that samples were drawn from"))
    against: float = value_field(model("Number that an interval must exclude"))
    terms: ClassVar[Mapping[str, Meaning]] = {
        "bias": model("Bias over the truth", reader="percent"),
        "spread": model("Standard deviation over the truth", reader="percent"),
        "width": model("Median width of the interval over the truth", reader="percent"),
        "coverage": model("Share of intervals that hold the truth", reader="percent", headline=True),
        "power": model("Share of intervals that exclude the other number", reader="percent"),
        "failed": model("Share of samples that gave no limits", reader="percent"),
        "cost": model("Cost", "units of cost"),
    }
    keys: ClassVar[Mapping[str, Meaning]] = {"design": key("Design")}

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw what each design costs against how wide its intervals are.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            The picture; filled marks cover the truth in nine samples of ten or more.

        Examples
        --------
        >>> from ctresearch.prevalence import DesignPlan, plan_designs
        >>> def fit(mean):
        ...     rows = {"population": (mean, 50.0, mean - 98, mean + 98)}
        ...     return Result(method="m", estimates=estimates_table(rows), n=9)
        >>> plans = {"survey": DesignPlan(lambda seed: np.random.default_rng(seed).normal(1000, 50), fit, 30.0)}
        >>> plan_designs(plans, truth=1000, draws=20).plot().get_xlabel()
        'cost'
        """
        from ctresearch.core import plot

        table = self.estimates.reset_index().pivot_table(index="design", columns="term", values="estimate")
        drawn = ax or plot.new_axes()
        for place, (name, row) in enumerate(table.iterrows()):
            covers = row["coverage"] >= 0.9
            colour = plot.PALETTE[place % 7]
            drawn.plot(row["cost"], row["width"], "o", color=colour, fillstyle="full" if covers else "none")
            drawn.annotate(str(name), (row["cost"], row["width"]), xytext=(6, 4), textcoords="offset points")
        drawn.set_xlabel("cost")
        drawn.set_ylabel("width of the interval over the truth")
        meant = {"design": key("Design"), **{name: model(name) for name in ("cost", "width", "coverage")}}
        return plot.shows(drawn, table[["cost", "width", "coverage"]], meant)


def plan_designs(
    plans: Mapping[str, DesignPlan],
    truth: float,
    *,
    against: float | None = None,
    term: str = "population",
    draws: int = 100,
    seed: Seed = 0,
) -> DesignPlanResult:
    """Draw each design many times, and say how near it comes to the truth, how sure it is, and what it costs.

    Parameters
    ----------
    plans : mapping of str to DesignPlan
        The designs.
    truth : float
        The number that samples are drawn from, such as ``truth["exploited"]`` of
        :func:`ctresearch.data.synthetic.city`; a plan with a ``truth`` is held against its own.
    against : float, optional
        Another number, such as that of an earlier study: power is how often an interval excludes it.
        It is not told for plans with a ``truth`` of their own.
    term : str
        Which estimate of the results is held against the truth, for plans that name none.
    draws : int
        Samples of each design, at least 20.
    seed : int or numpy.random.SeedSequence
        Where the random streams start; all designs get the same seeds.

    Returns
    -------
    DesignPlanResult
        A row a design and term.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    A sample for which the estimator refuses, or gives no limits, is counted under ``failed`` and in no other figure
    but ``power``, which it does not raise.

    References
    ----------
    .. [1] Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the
       American Statistical Association 22, 209-212. https://doi.org/10.1080/01621459.1927.10502953

    Examples
    --------
    >>> from ctresearch.data.synthetic import scale_up_survey
    >>> from ctresearch.prevalence import ScaleUp
    >>> known = scale_up_survey(2).tables["known"].set_index("group")["size"].to_dict()
    >>> scale_up = ScaleUp(hidden="hidden", known=known, population=1_000_000, bootstrap=200)
    >>> plans = {
    ...     f"{n} people": DesignPlan(lambda seed, n=n: scale_up_survey(n, seed=seed).frame, scale_up.fit, cost=n)
    ...     for n in (50, 200)
    ... }
    >>> result = plan_designs(plans, truth=5_000, against=4_000, draws=20)
    >>> result.estimates.loc["power", "estimate"].tolist()
    [0.5, 1.0]
    """
    if not isinstance(plans, Mapping) or not plans or any(not isinstance(one, DesignPlan) for one in plans.values()):
        raise SpecificationError(f"plans == {shown(plans)}, must map at least one design to a DesignPlan")
    refuse_alike(list(plans), "designs")
    in_range("truth", truth, 0, open_ends=True)
    other = float("nan") if against is None else in_range("against", against, 0)
    number = whole_number("draws", draws, low=FEWEST_DRAWS, high=100_000)
    seeds = seed_sequence(seed).spawn(number)
    rows, lost = [], {}
    for name, plan in plans.items():
        found = np.array(map_chunks(partial(_one, plan, plan.term or term), seeds, progress="Samples"))
        lost[name] = float(np.isnan(found).any(axis=1).mean())
        held = (float(truth), other) if plan.truth is None else (float(plan.truth), float("nan"))
        rows += [(kind, name, *four) for kind, four in _judged(found, *held, plan.cost).items()]
    kinds, names, *numbers = zip(*rows, strict=True)
    table = estimates_table({str(j): tuple(one[j] for one in numbers) for j in range(len(kinds))})
    table.index = pd.Index(kinds, name="term", dtype="str")
    return DesignPlanResult(
        method=say(
            "{designs} designs tried on invented people, {draws} samples of each", designs=len(plans), draws=number
        ),
        estimates=table.assign(unit=[_UNITS[kind] for kind in kinds], design=list(names)),
        n=number,
        interval="wilson",
        checks=(_check_lost(lost),),
        assumptions=ASSUMPTIONS,
        references=references(plan_designs),
        inputs=record(pd.DataFrame({"truth": [float(truth)], "against": [other]}), seed=recorded_seed(seed)),
        truth=float(truth),
        against=other,
    )


def _one(plan: DesignPlan, term: str, seed: np.random.SeedSequence) -> tuple[float, float, float]:
    """Draw one sample and return estimate and limits, ``NaN`` where there are none."""
    nothing = (float("nan"),) * 3
    try:
        result = plan.fit(plan.draw(seed))
    except CtResearchError:
        return nothing
    rows = result.estimates[result.estimates.index == term]
    if len(rows) != 1:
        raise SpecificationError(f"a result has {len(rows)} rows of the term {term!r}, must have one")
    row = tuple(float(value) for value in rows[["estimate", "ci_low", "ci_high"]].iloc[0])
    return row if np.isfinite(row).all() else nothing  # type: ignore[return-value]


def _judged(found: Floats, truth: float, against: float, cost: float) -> dict[str, tuple[float, ...]]:
    """Return every figure of a design with its error and limits."""
    nan, total = float("nan"), len(found)
    used = found[~np.isnan(found).any(axis=1)]
    failed = _share(total - len(used), total)
    if len(used) < 2:
        none = dict.fromkeys(("bias", "spread", "width", "coverage", "power"), (nan,) * 4)
        return {**none, "failed": failed, "cost": (cost, nan, nan, nan)}
    point, low, high = used.T
    spread = float(point.std(ddof=1)) / truth
    bias, error = float(point.mean()) / truth - 1, spread / np.sqrt(len(used))
    excludes = int(((low > against) | (high < against)).sum())
    return {
        "bias": (bias, error, bias - 1.96 * error, bias + 1.96 * error),
        "spread": (spread, nan, nan, nan),
        "width": (float(np.median(high - low)) / truth, nan, nan, nan),
        "coverage": _share(int(((low <= truth) & (high >= truth)).sum()), len(used)),
        "power": (nan,) * 4 if np.isnan(against) else _share(excludes, total),
        "failed": failed,
        "cost": (cost, nan, nan, nan),
    }


def _share(yes: int, total: int) -> tuple[float, float, float, float]:
    """Return a share with its error and Wilson's limits at 95 %."""
    share, z = yes / total, 1.959963984540054
    middle = (yes + z * z / 2) / (total + z * z)
    reach = z / (total + z * z) * np.sqrt(total * share * (1 - share) + z * z / 4)
    return share, float(np.sqrt(share * (1 - share) / total)), float(middle - reach), float(middle + reach)


def _check_lost(lost: Mapping[str, float]) -> Check:
    """Say whether every sample gave limits."""
    worst = max(lost, key=lambda name: lost[name])
    if not lost[worst]:
        return Check("samples", "pass", say("Every sample gave limits."), {"lost": 0.0})
    said = say("Of the samples of {name} {lost:.0%} gave no limits.", name=worst, lost=lost[worst])
    return Check("samples", "review", said, {"lost": lost[worst]})
