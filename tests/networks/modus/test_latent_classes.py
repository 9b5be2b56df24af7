"""Latent classes: outside values, recovery of planted classes, limits that cover, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.networks import LatentClassResult, latent_classes

POLCA = json.loads((Path(__file__).parents[2] / "reference" / "polca_cheating.json").read_text())


def cheating():
    """Write the published table of patterns out, one row a student."""
    rows = [list(map(int, pattern)) for pattern, count in POLCA["patterns"].items() for _ in range(count)]
    return pd.DataFrame(rows, columns=POLCA["items"])


def planted(n, rng, shares=(0.6, 0.4), chances=((0.1, 0.2, 0.1, 0.2, 0.3), (0.8, 0.9, 0.7, 0.8, 0.7))):
    """Draw cases of known classes."""
    kind = rng.choice(len(shares), n, p=shares)
    return pd.DataFrame((rng.random((n, 5)) < np.array(chances)[kind]).astype(int), columns=list("abcde")), kind


def test_published_value_of_polca():
    result = latent_classes(cheating(), classes=2, seed=3)
    fit = result.models.loc[2]
    assert fit["log_likelihood"] == pytest.approx(POLCA["log_likelihood"], abs=5e-5)  # printed to four digits
    assert fit["parameters"] == 9
    assert fit["bic"] == pytest.approx(-2 * fit["log_likelihood"] + 9 * np.log(319))
    assert fit["aic"] == pytest.approx(-2 * fit["log_likelihood"] + 18)
    assert fit["starts"] >= 18  # of 20
    assert result.status == "pass"


def test_the_maximum_does_not_depend_on_the_seed():
    one, two = (latent_classes(cheating(), classes=2, seed=s).estimates["estimate"] for s in (3, 4))
    assert one.to_numpy() == pytest.approx(two.to_numpy(), abs=1e-4)  # the likelihood is flat: steps of EM become small


def test_standard_errors_are_those_of_the_curvature():
    """Against a numerical Hessian of the log-likelihood in logits, worked out here by itself."""
    frame, _ = planted(500, np.random.default_rng(4))
    frame = frame[["a", "b", "c"]]
    result = latent_classes(frame, classes=2, seed=1)
    table = result.estimates
    share = table.loc["share", "estimate"].to_numpy()[1]
    chance = table[table["category"] == "1"]["estimate"].to_numpy()
    start = np.log(np.append(share, chance) / (1 - np.append(share, chance)))

    def log_likelihood(eta):
        p = 1 / (1 + np.exp(-eta))
        data = frame.to_numpy()
        joint = [np.prod(np.where(data == 1, q, 1 - q), axis=1) for q in p[1:].reshape(2, 3)]
        return np.log((1 - p[0]) * joint[0] + p[0] * joint[1]).sum()

    step, size = 1e-3, len(start)
    eye, hessian = step * np.eye(size), np.empty((size, size))
    for i in range(size):
        for j in range(size):
            corners = [log_likelihood(start + a * eye[i] + b * eye[j]) for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))]
            hessian[i, j] = (corners[0] - corners[1] - corners[2] + corners[3]) / (4 * step**2)
    error = np.sqrt(np.diag(np.linalg.inv(-hessian)))
    p = np.append(share, chance)
    expected = error * p * (1 - p)
    found = np.append(table.loc["share", "std_error"].to_numpy()[1], table[table["category"] == "1"]["std_error"])
    assert found == pytest.approx(expected, rel=2e-3)  # second differences are good to about three digits


@pytest.mark.slow
def test_planted_classes_are_found_and_chosen_by_bic():
    rng, agree, chosen = np.random.default_rng(8), [], []
    for _ in range(10):
        frame, kind = planted(500, rng)
        result = latent_classes(frame, classes=[1, 2, 3], seed=1)
        chosen.append(result.classes)
        agree.append((latent_classes(frame, classes=2, seed=1).raw.argmax(axis=1) == kind).mean())
    assert chosen.count(2) >= 9  # BIC may miss once in ten
    assert np.mean(agree) > 0.93  # the rule that knows the truth is right for 95 % of such cases


@pytest.mark.slow
def test_limits_cover_the_truth():
    rng, hits = np.random.default_rng(21), []
    for _ in range(200):
        frame, _ = planted(600, rng)
        row = latent_classes(frame, classes=2, starts=5, seed=1).estimates.loc["share"].iloc[0]
        hits.append(row["ci_low"] <= 0.6 <= row["ci_high"])
    assert 0.90 <= np.mean(hits) <= 0.99  # 0.95 and three standard errors of 200 draws


def test_missing_answers_are_used():
    rng = np.random.default_rng(2)
    frame, _ = planted(2000, rng)
    gappy = frame.astype(float).mask(rng.random(frame.shape) < 0.2)
    result = latent_classes(gappy, classes=2, seed=1)
    assert result.n == 2000
    assert result.estimates.loc["share", "estimate"].iloc[0] == pytest.approx(0.6, abs=0.06)  # over three of its errors


def test_boundary_and_unidentified_models_say_so():
    frame = pd.DataFrame({"a": [0, 1] * 50, "b": [0, 1] * 50, "c": [0, 1] * 50})
    result = latent_classes(frame, classes=2, seed=1)
    edge = result.estimates.loc["probability"]
    assert edge["std_error"].isna().all()
    assert edge["ci_low"].isna().all()
    assert {c.name: c.status for c in result.checks}["boundary"] == "review"
    flat = latent_classes(pd.DataFrame({"a": [0, 0, 1, 1] * 25, "b": [0, 1, 0, 1] * 25, "c": [0, 1] * 50}), classes=2)
    assert flat.status in {"review", "fail"}


def test_as_many_parameters_as_patterns_are_refused():
    frame = pd.DataFrame({"a": [0, 0, 1, 1] * 25, "b": [0, 1, 0, 1] * 25})
    with pytest.raises(SpecificationError, match="needs 5 parameters, but 2 items make 4 patterns"):
        latent_classes(frame, classes=2)


@pytest.mark.parametrize("bad", [None, [1], pd.DataFrame({"a": [1, 1]}), pd.DataFrame()])
def test_bad_tables(bad):
    with pytest.raises(DataError):
        latent_classes(bad)


def test_bad_options():
    frame, _ = planted(50, np.random.default_rng(1))
    with pytest.raises(DataError, match="no column 'z'"):
        latent_classes(frame, items=["z"])
    for options in ({"classes": 0}, {"classes": []}, {"starts": 0}, {"level": 95}, {"seed": -1}):
        with pytest.raises(SpecificationError):
            latent_classes(frame, **options)


def test_same_seed_same_bytes_and_round_trip():
    frame, _ = planted(200, np.random.default_rng(1))
    one, two = (latent_classes(frame, seed=5) for _ in range(2))
    assert json.dumps(one.to_dict()) == json.dumps(two.to_dict())
    back = LatentClassResult.from_dict(json.loads(json.dumps(one.to_dict())))
    assert back == one
    assert back.raw is None  # the classes of single cases stay in the process
    wider = one.confidence_interval(0.99)
    assert (wider.low.to_numpy() < one.estimates["ci_low"].to_numpy()).all()
