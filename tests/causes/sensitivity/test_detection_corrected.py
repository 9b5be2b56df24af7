import numpy as np
import pytest

from ctresearch.causes.sensitivity import detection_bounds, detection_corrected
from ctresearch.core import SpecificationError

RISK, CHANCE, PEOPLE = (0.10, 0.15), (0.2, 0.4), 4_000


def simulate(seed, looked=None):
    """Draw detected cases, and the chance of detection known or estimated from cases that somebody looked for."""
    rng = np.random.default_rng(seed)
    cases = tuple(int(rng.binomial(PEOPLE, RISK[i] * CHANCE[i])) for i in (0, 1))
    if looked is None:
        chance, errors = CHANCE, (0.0, 0.0)
    else:
        chance = tuple(rng.binomial(looked, c) / looked for c in CHANCE)
        errors = tuple(float(np.sqrt(c * (1 - c) / looked)) for c in chance)
    return {"cases": cases, "people": (PEOPLE, PEOPLE), "detection": chance, "errors": errors}


@pytest.mark.slow
@pytest.mark.parametrize("looked", [None, 300])
def test_the_ratio_is_recovered_with_its_coverage(looked):
    rows = [detection_corrected(**simulate(seed, looked)).estimates.loc["log_ratio"] for seed in range(600)]
    truth = np.log(1.5)
    held = np.mean([row["ci_low"] <= truth <= row["ci_high"] for row in rows])
    points = np.array([row["estimate"] for row in rows])
    assert abs(held - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 600)
    # a ratio of means has a bias of the order of its variance
    assert abs(points.mean() - truth) < 4 * points.std() / np.sqrt(600) + points.var()


def test_a_known_chance_is_the_point_of_the_bounds():
    drawn = simulate(1)
    point = detection_corrected(**drawn).estimates.loc["log_ratio", "estimate"]
    bounds = detection_bounds(cases=drawn["cases"], people=drawn["people"], detection=((0.2, 0.2), (0.4, 0.4)))
    assert point == pytest.approx(bounds.estimates.loc["log_ratio", "estimate"], rel=1e-12)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"detection": (0.001, 0.4)}, "more cases than people"),
        ({"errors": (0.1, 0.0)}, "use detection_bounds"),
        ({"cases": (0, 5)}, "cases"),
        ({"detection": (0.2, 1.4)}, "detection"),
        ({"errors": (-0.1, 0.0)}, "errors"),
    ],
)
def test_what_gives_no_point_is_refused(change, says):
    with pytest.raises(SpecificationError, match=says):
        detection_corrected(**(simulate(1) | change))
