"""Scripts: distances against a plain recursion, planted scripts, transitions by hand, and what is refused."""

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch.core import DataError, SpecificationError
from ctresearch.networks import ScriptsResult, optimal_matching, scripts
from ctresearch.networks.modus.medoids import around_medoids, silhouette_widths
from ctresearch.networks.modus.sequence_distances import code_sequences, substitution_costs

KINDS = (("recruit", "document", "move", "exploit"), ("befriend", "exploit", "collect"), ("recruit", "sell"))
WORDS = st.lists(st.sampled_from("abc"), min_size=1, max_size=6)


def plain_distance(one, two, cost, indel):
    @cache
    def least(i, j):
        if not i or not j:
            return indel * (i + j)
        swap = least(i - 1, j - 1) + (0 if one[i - 1] == two[j - 1] else cost)
        return min(swap, least(i - 1, j) + indel, least(i, j - 1) + indel)

    return least(len(one), len(two))


@settings(max_examples=60, deadline=None)
@given(WORDS, WORDS, WORDS)
def test_distances_are_those_of_the_recursion_and_a_metric(one, two, three):
    found = optimal_matching([one, two, three], indel=1.5).to_numpy()
    assert found[0, 1] == pytest.approx(plain_distance(one, two, 2.0, 1.5))
    assert (found == found.T).all()
    assert (found[0, 1] == 0) == (one == two)
    assert found[0, 2] <= found[0, 1] + found[1, 2] + 1e-9


def test_substitution_by_transition_rates():
    """From a to b always, from b to a once in two: 2 - 1 - 1/2."""
    costs = substitution_costs(code_sequences(["ab", "bab", "bb"]), "transition")
    assert costs.tolist() == [[0.0, 0.5], [0.5, 0.0]]


def test_medoids_are_the_best_of_all():
    rng = np.random.default_rng(4)
    points = rng.random((9, 2))
    distances, weights = np.linalg.norm(points[:, None] - points, axis=2), rng.integers(1, 4, 9).astype(float)
    from itertools import combinations

    best = min(distances[list(c)].min(axis=0) @ weights for c in combinations(range(9), 3))
    assert around_medoids(distances, weights, 3).cost == pytest.approx(best)


def test_silhouettes_are_those_of_scikit_learn():
    from sklearn.metrics import silhouette_samples

    rng = np.random.default_rng(5)
    points = rng.random((30, 2))
    labels = np.repeat([0, 1, 2], 10)
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    expected = silhouette_samples(distances, labels, metric="precomputed")
    assert silhouette_widths(distances, np.ones(30), labels) == pytest.approx(expected, abs=1e-12)


def planted(cases, noise, rng):
    """Draw cases of three scripts, each step lost with some chance."""
    rows, kinds = [], rng.integers(0, 3, cases)
    for case, kind in enumerate(kinds):
        steps = [step for step in KINDS[kind] if rng.random() >= noise] or [KINDS[kind][0]]
        rows += [(case, place, step) for place, step in enumerate(steps)]
    return pd.DataFrame(rows, columns=["case", "order", "act"]), kinds


def test_planted_scripts_are_found():
    events, kinds = planted(300, 0.1, np.random.default_rng(6))
    result = scripts(events, clusters=3, draws=0)
    assert set(result.typical["script"]) == {" → ".join(kind) for kind in KINDS}
    label = {name: k for k, name in zip(result.typical.index, result.typical["script"], strict=True)}
    expected = [label[" → ".join(KINDS[k])] for k in kinds]
    assert (result.raw.to_numpy() == expected).mean() > 0.9  # a script that lost most of its steps cannot be told


def test_number_of_clusters_is_chosen():
    events, _ = planted(200, 0.0, np.random.default_rng(7))
    assert len(scripts(events, draws=0).typical) == 3
    same = pd.DataFrame({"case": range(6), "order": 1, "act": "exploit"})
    assert len(scripts(same).typical) == 1


def test_transitions_by_hand():
    rows = [(1, 1, "a"), (1, 2, "b"), (2, 1, "a"), (2, 2, "c"), (3, 1, "a")]
    result = scripts(pd.DataFrame(rows, columns=["case", "order", "act"]), clusters=1, draws=500, seed=2)
    chance = result.estimates.set_index(["source", "target"])["estimate"]
    assert chance["(start)", "a"] == 1
    assert chance["a", "b"] == chance["a", "c"] == chance["a", "(end)"] == pytest.approx(1 / 3)
    certain = result.estimates.set_index(["source", "target"]).loc[("(start)", "a")]
    assert np.isnan(certain["ci_low"])  # every case begins so: there is no spread to report
    assert set(result.transition_graph(at_least=0.5).nodes) == {"(start)", "a", "b", "c", "(end)"}
    assert {c.name: c.status for c in result.checks}["sizes"] == "review"


def test_round_trip_and_gate_mark():
    events, _ = planted(40, 0.1, np.random.default_rng(8))
    result = scripts(events, seed=4)
    assert ScriptsResult.from_dict(json.loads(json.dumps(result.to_dict()))) == result
    assert result.operational_detail
    assert scripts(events, seed=4) == result


def test_what_is_refused():
    events = pd.DataFrame({"case": [1, 1], "order": [1, 1], "act": ["a", "b"]})
    with pytest.raises(DataError, match="say which came first"):
        scripts(events)
    with pytest.raises(DataError, match=r"'act': 1 of . cells is missing \(row 2"):
        scripts(pd.DataFrame({"case": [1, 1], "order": [1, 2], "act": ["a", None]}))
    with pytest.raises(DataError, match="no column"):
        scripts(events.drop(columns="order"))
    fine = events.assign(order=[1, 2])
    for options in ({"clusters": 0}, {"clusters": 2}, {"substitution": "free"}, {"draws": -1}):
        with pytest.raises(SpecificationError):
            scripts(fine, **options)
    with pytest.raises(DataError, match="1 of them empty"):
        optimal_matching([["a"], []])
    with pytest.raises(SpecificationError, match="indel == 0"):
        optimal_matching([["a"]], indel=0)
