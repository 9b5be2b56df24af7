import numpy as np
import pandas as pd
import pytest

from ctresearch.causes import CausalGraph, Mediation
from ctresearch.core import DataError, SpecificationError

ROLES = {"treatment": "a", "mediator": "m", "outcome": "y", "covariates": ["x"]}


def mediated(n, seed, *, zero_one=False):
    """Draw a treatment whose effect partly passes through m; return the frame and the true effects."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    a = (rng.random(n) < 1 / (1 + np.exp(-x))) * 1

    def middle(arm):
        return 1 / (1 + np.exp(-(-0.5 + 1.2 * arm + 0.5 * x))) if zero_one else 0.3 + 0.8 * arm + 0.5 * x

    m = (rng.random(n) < middle(a)) * 1 if zero_one else middle(a) + rng.normal(size=n)
    y = 0.5 + 1.0 * a + 0.7 * m + 0.4 * a * m - 0.6 * x + rng.normal(size=n)
    direct = 1.0 + 0.4 * middle(0).mean()
    indirect = (0.7 + 0.4) * (middle(1) - middle(0)).mean()
    return pd.DataFrame({"a": a, "m": m, "y": y, "x": x}), {
        "direct": direct,
        "indirect": indirect,
        "total": direct + indirect,
    }


@pytest.mark.parametrize("zero_one", [False, True])
def test_known_effects_lie_within_four_standard_errors(zero_one):
    frame, truth = mediated(8_000, 1, zero_one=zero_one)
    table = Mediation(**ROLES).fit(frame).estimates
    for name, value in truth.items():
        assert abs(table.loc[name, "estimate"] - value) < 4 * table.loc[name, "std_error"]
    total = table.loc["direct", "estimate"] + table.loc["indirect", "estimate"]
    assert total == pytest.approx(table.loc["total", "estimate"])  # they add up by definition


@pytest.mark.slow
@pytest.mark.parametrize("zero_one", [False, True])
def test_standard_errors_are_those_of_repeated_samples(zero_one):
    rows, errors = [], []
    for seed in range(150):
        table = Mediation(**ROLES).fit(mediated(400, 100 + seed, zero_one=zero_one)[0]).estimates
        rows.append(table["estimate"])
        errors.append(table["std_error"])
    # the spread of 150 draws is known to 6 %, four of them
    np.testing.assert_allclose(np.mean(errors, axis=0), np.std(rows, axis=0), rtol=0.25)


def test_a_constant_mediator_and_double_roles_are_refused():
    frame, _ = mediated(200, 1)
    with pytest.raises(DataError, match="must vary"):
        Mediation(**ROLES).fit(frame.assign(m=1))
    with pytest.raises(SpecificationError, match="must differ"):
        Mediation(treatment="a", mediator="y", outcome="y", covariates=[])
    with pytest.raises(DataError, match="missing values"):
        Mediation(**ROLES).fit(frame.assign(m=np.nan))


def test_confounding_of_the_mediator_fails_under_the_graph():
    frame, _ = mediated(200, 1)
    arrows = "x -> a; x -> m; x -> y; a -> m; a -> y; m -> y"
    sound = Mediation(**ROLES, graph=CausalGraph(arrows)).fit(frame)
    assert all(c.status == "pass" for c in sound.checks if c.name == "adjustment")
    confounded = Mediation(**ROLES, graph=CausalGraph(arrows + "; m <-> y")).fit(frame)
    assert confounded.status == "fail"
    assert "cross-world" in sound.summary()
