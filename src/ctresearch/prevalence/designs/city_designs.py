"""The designs that are drawn from the invented city, one a row: add a row to add a design."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from ctresearch.core.errors import SpecificationError
from ctresearch.data.synthetic import city_sample, linked_samples
from ctresearch.data.synthetic.city import GROUPS, LISTS
from ctresearch.prevalence.closed.chapman import Chapman
from ctresearch.prevalence.designs.plan_designs import DesignPlan
from ctresearch.prevalence.lists.histories import CaptureHistories
from ctresearch.prevalence.loglinear.loglinear import LogLinear
from ctresearch.prevalence.respondent.recaptured_population import RecapturedPopulation
from ctresearch.prevalence.respondent.respondent_sample import RespondentSample
from ctresearch.prevalence.respondent.successive_sampling import SuccessiveSampling
from ctresearch.prevalence.respondent.successive_sampling_population import SuccessiveSamplingPopulation
from ctresearch.prevalence.respondent.volz_heckathorn import VolzHeckathorn
from ctresearch.prevalence.sampled.designed_sample import DesignedSample
from ctresearch.prevalence.scale_up.generalized_scale_up import GeneralizedScaleUp
from ctresearch.prevalence.scale_up.scale_up import ScaleUp
from ctresearch.prevalence.surveys.survey_total import SurveyTotal
from ctresearch.prevalence.surveys.time_location import TimeLocation
from ctresearch.prevalence.surveys.two_sample import TwoSample
from ctresearch.prevalence.traced.link_tracing import LinkTracing
from ctresearch.prevalence.traced.linked_samples import LinkedSamples

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    import pandas as pd

    from ctresearch.core.result import Result
    from ctresearch.data.synthetic.generated import Synthetic

KNOWN = tuple(f"knows_{name}" for name in GROUPS)
_DESIGN: dict[str, Any] = {"weight": "weight", "strata": "zone", "cluster": "area"}
_BOOTSTRAP = 400
_RECRUITED = 300
COUNT = "exploited people"
CITY_TRUTHS: Mapping[str, Callable[[Synthetic], float]] = {
    COUNT: lambda made: float(made.truth["exploited"]),
    "exploited people who go out": lambda made: float((_exploited(made)["nights"] > 0).sum()),
    "share of adults exploited": lambda made: float(made.truth["prevalence"]),
    "share of women among exploited people": lambda made: float(_exploited(made)["woman"].mean()),
}
"""What designs estimate, and what it is in a city."""


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
    term : str
        Which estimate of the result is meant.
    of : str
        What is estimated, among :data:`CITY_TRUTHS`.
    """

    draw: Callable[[Synthetic, np.random.SeedSequence], Any]
    fit: Callable[[Synthetic], Callable[[Any], Result]]
    cost: float
    breaks: str = ""
    term: str = "population"
    of: str = COUNT


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
        name: DesignPlan(
            partial(one.draw, made),
            one.fit(made),
            one.cost,
            one.term,
            None if one.of == COUNT else CITY_TRUTHS[one.of](made),
        )
        for name, one in ((name, CITY_DESIGNS[name]) for name in chosen)
    }


def _exploited(made: Synthetic) -> pd.DataFrame:
    """Return the exploited people."""
    return made.frame[made.frame["exploited"] == 1]


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


def _household(made: Synthetic, seed: np.random.SeedSequence) -> pd.DataFrame:
    """Draw the household survey."""
    return city_sample(made, "household", 1500, seed=seed)


def _venues(made: Synthetic, seed: np.random.SeedSequence) -> pd.DataFrame:
    """Draw venues on some nights."""
    return city_sample(made, "time-location", 1500, seed=seed)


def _time_location() -> TimeLocation:
    """Weigh people met at venues by how often they go out."""
    return TimeLocation("exploited", event="event", events="events", attended="attended", visits="nights")


def _recruited(made: Synthetic, seed: np.random.SeedSequence) -> RespondentSample:
    """Let people recruit each other."""
    frame = city_sample(made, "respondent-driven", _RECRUITED, seed=seed)
    return RespondentSample.from_frame(frame, traits=["woman", "charity"])


def _recruited_twice(made: Synthetic, seed: np.random.SeedSequence) -> tuple[int, RespondentSample]:
    """Let people recruit each other twice, from other seeds; the second say who was in the first."""
    first, second = (city_sample(made, "respondent-driven", _RECRUITED, seed=one) for one in seed.spawn(2))
    again = second.assign(again=second["id"].isin(first["id"]).astype(int))
    return len(first), RespondentSample.from_frame(again, traits=["again"])


def _twice(data: tuple[int, RespondentSample]) -> Result:
    """Estimate from two samples of people who recruited each other."""
    first, second = data
    return RecapturedPopulation("again", first=first, n_boot=_BOOTSTRAP).fit(second)


def _guess(made: Synthetic) -> int:
    """Guess how many there are before any is met, from a share of adults that is too large."""
    return max(round(0.04 * float(made.truth["adults"])), 2 * _RECRUITED)


def _served(made: Synthetic) -> Callable[[RespondentSample], Result]:
    """Hold the number whom the charity served against their share among people who recruited each other."""
    served = float(made.frame["charity"].sum())
    share = VolzHeckathorn("charity", bootstrap="tree", n_boot=_BOOTSTRAP)
    return lambda sample: TwoSample("1", benchmark=served).fit(share.fit(sample))


def _traced(
    made: Synthetic, seed: np.random.SeedSequence, start: Literal["anybody", "venues"] = "anybody"
) -> LinkedSamples:
    """Meet some people at random and follow their ties to others, twice."""
    drawn = linked_samples(made, 60, 150, start=start, seed=seed)
    return LinkedSamples.from_frames(drawn.frame, drawn.tables["links"])


def _link_tracing(_: Synthetic) -> Callable[[Any], Result]:
    """Average over the orders in which people can have come in."""
    return LinkTracing().fit


CITY_DESIGNS: Mapping[str, CityDesign] = {
    "household survey": CityDesign(_household, lambda _: SurveyTotal("exploited", **_DESIGN).fit, 1500.0, term="total"),
    "network scale-up": CityDesign(
        _household,
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
    "time-location survey": CityDesign(
        _venues,
        lambda _: _time_location().fit,
        1500.0,
        "Who never goes out is never met.",
        term="total",
    ),
    "two respondent-driven samples": CityDesign(_recruited_twice, lambda _: _twice, 5 * 2.0 * _RECRUITED),
    "respondent-driven sample and a service": CityDesign(_recruited, _served, 5.0 * _RECRUITED),
    "link-tracing": CityDesign(_traced, _link_tracing, 5 * 300.0),
    "link-tracing from venues": CityDesign(
        partial(_traced, start="venues"),
        _link_tracing,
        5 * 300.0,
        "Who never goes out is no first person of a sample, and who goes out often is one more often.",
    ),
    "order of recruitment": CityDesign(
        _recruited,
        lambda made: SuccessiveSamplingPopulation(prior_size=_guess(made), draws=500).fit,
        5.0 * _RECRUITED,
        "People are recruited by those they know, three at most each, not from all who are left.",
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
    "time-location survey, of who goes out": CityDesign(
        _venues,
        lambda _: _time_location().fit,
        1500.0,
        term="total",
        of="exploited people who go out",
    ),
    "household survey, share": CityDesign(
        _household,
        lambda _: SurveyTotal("exploited", statistic="mean", limits="logit", **_DESIGN).fit,
        1500.0,
        term="mean",
        of="share of adults exploited",
    ),
    "RDS-II, share": CityDesign(
        _recruited,
        lambda _: VolzHeckathorn("woman", bootstrap="tree", n_boot=_BOOTSTRAP).fit,
        5.0 * _RECRUITED,
        "The sample is a large part of the people, so that those who know many run out.",
        term="1",
        of="share of women among exploited people",
    ),
    "successive sampling, share": CityDesign(
        _recruited,
        lambda made: (
            SuccessiveSampling("woman", population=made.truth["exploited"], bootstrap="gile", n_boot=_BOOTSTRAP).fit
        ),
        5.0 * _RECRUITED,
        term="1",
        of="share of women among exploited people",
    ),
}
"""Name to design."""
