"""The designs that are drawn from the invented city, one a row: add a row to add a design."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import SpecificationError
from ctresearch.data.synthetic import city_sample
from ctresearch.data.synthetic.city import GROUPS, LISTS
from ctresearch.prevalence.closed.chapman import Chapman
from ctresearch.prevalence.designs.plan_designs import DesignPlan
from ctresearch.prevalence.lists.histories import CaptureHistories
from ctresearch.prevalence.loglinear.loglinear import LogLinear
from ctresearch.prevalence.sampled.designed_sample import DesignedSample
from ctresearch.prevalence.scale_up.generalized_scale_up import GeneralizedScaleUp
from ctresearch.prevalence.scale_up.scale_up import ScaleUp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np

    from ctresearch.core.result import Result
    from ctresearch.data.synthetic.generated import Synthetic

KNOWN = tuple(f"knows_{name}" for name in GROUPS)
_DESIGN: dict[str, Any] = {"weight": "weight", "strata": "zone", "cluster": "area"}
_BOOTSTRAP = 400


@dataclass(frozen=True, slots=True)
class CityDesign:
    """One way to count the exploited people of the city.

    Parameters
    ----------
    draw : callable
        From the city and a seed to the data.
    fit : callable
        From the city, of which it may know all but who is exploited, to a function from data to a result.
    cost : float
        In interviews with anybody of the city; one with a hidden person counts five.
    breaks : str
        What it assumes that is not so here; empty where all is.
    """

    draw: Callable[[Synthetic, np.random.SeedSequence], Any]
    fit: Callable[[Synthetic], Callable[[Any], Result]]
    cost: float
    breaks: str = ""


def plans_of_city(made: Synthetic, designs: Sequence[str] | None = None) -> dict[str, DesignPlan]:
    """Return the designs of the city as plans.

    Parameters
    ----------
    made : Synthetic
        What :func:`ctresearch.data.synthetic.city` made.
    designs : sequence of str, optional
        Names among :data:`CITY_DESIGNS`; all by default.

    Returns
    -------
    dict of str to DesignPlan
        For :func:`plan_designs`.

    Raises
    ------
    SpecificationError
        If a design is unknown.

    Examples
    --------
    >>> from ctresearch.data.synthetic import city
    >>> plan = plans_of_city(city(4_000, seed=1), ["lists and a survey"])["lists and a survey"]
    >>> import numpy as np
    >>> plan.fit(plan.draw(np.random.SeedSequence(1))).estimates.index.tolist()
    ['population', 'unobserved']
    """
    chosen = list(CITY_DESIGNS) if designs is None else list(designs)
    unknown = [name for name in chosen if name not in CITY_DESIGNS]
    if unknown:
        raise SpecificationError(f"designs names {unknown[0]!r}, must be among {', '.join(map(repr, CITY_DESIGNS))}")
    return {
        name: DesignPlan(partial(one.draw, made), one.fit(made), one.cost)
        for name, one in ((name, CITY_DESIGNS[name]) for name in chosen)
    }


def _sizes(made: Synthetic) -> dict[str, float]:
    """Return the sizes of the known groups."""
    return {f"knows_{name}": float(made.truth[name]) for name in GROUPS}


def _scale_up(made: Synthetic) -> Callable[[Any], Result]:
    """Scale up by the household survey."""
    options: dict[str, Any] = {"hidden": "knows_exploited", "known": _sizes(made), "bootstrap": _BOOTSTRAP}
    return ScaleUp(population=made.truth["population"], **options, **_DESIGN).fit


def _generalised(made: Synthetic) -> Callable[[Any], Result]:
    """Scale up by the household survey and that of members; the frame are adults."""
    options: dict[str, Any] = {"hidden": "knows_exploited", "known": _sizes(made), "bootstrap": _BOOTSTRAP}
    return GeneralizedScaleUp(population=made.truth["adults"], **options, **_DESIGN, members_weight="weight").fit


def _both(made: Synthetic, seed: np.random.SeedSequence) -> Any:
    """Draw the household survey and members."""
    one, two = seed.spawn(2)
    return city_sample(made, "household", 1500, seed=one), city_sample(made, "members", 150, seed=two)


def _of_lists(columns: Sequence[str], fit: Callable[[CaptureHistories], Result], data: Any) -> Result:
    """Fit a method of lists."""
    return fit(CaptureHistories.from_records(data, list(columns)))


CITY_DESIGNS: Mapping[str, CityDesign] = {
    "network scale-up": CityDesign(
        lambda made, seed: city_sample(made, "household", 1500, seed=seed),
        _scale_up,
        1500.0,
        "Exploited people know more people than others, and not everybody who knows one is aware of it.",
    ),
    "generalised scale-up": CityDesign(_both, _generalised, 1500.0 + 5 * 150),
    "recapture at venues": CityDesign(
        lambda made, seed: city_sample(made, "recapture", 250, seed=seed),
        lambda _: partial(_of_lists, ["first", "second"], Chapman().fit),
        5 * 500.0,
        "Who goes out often is met in both rounds, and who never goes out in none.",
    ),
    "three lists": CityDesign(
        lambda made, seed: city_sample(made, "lists", 1, seed=seed),
        lambda _: partial(_of_lists, list(LISTS), LogLinear("bic", bootstrap=200).fit),
        200.0,
        "Who goes out often is on some lists more and on others less, so that lists depend on one another.",
    ),
    "lists and a survey": CityDesign(
        lambda made, seed: city_sample(made, "registered", 150, seed=seed),
        lambda _: DesignedSample(lists=list(LISTS), sample="survey").fit,
        5 * 150.0 + 200,
    ),
}
"""Name to design."""
