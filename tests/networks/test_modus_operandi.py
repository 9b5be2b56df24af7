"""Modus operandi tables: correspondence, associations, act-means-purpose."""

import json
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

from ctresearch.core import DataError, Result, SpecificationError
from ctresearch.networks import AssociationsResult, act_means_purpose, associations, correspondence
from ctresearch.networks.modus.associations import frequent_sets


def categories(n=200, seed=1):
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 3, n)
    noise = rng.integers(0, 3, (n, 3))
    mixed = np.where(rng.random((n, 3)) < 0.6, kind[:, None], noise)
    return pd.DataFrame(np.array(list("xyz"))[mixed], columns=["means", "place", "work"])


def test_correspondence_obeys_its_identities():
    frame = categories()
    result = correspondence(frame, dimensions=6)
    table = result.estimates
    shares = pd.concat([frame[c].value_counts(normalize=True).rename(lambda v, c=c: f"{c}{v}") for c in frame]) / 3
    inertia = []
    for axis in range(1, 7):
        here = table[table["dimension"] == axis]
        place = here.loc["coordinate"].set_index(here.loc["coordinate", "item"] + here.loc["coordinate", "category"])[
            "estimate"
        ]
        assert (place * shares).sum() == pytest.approx(0, abs=1e-12)  # centred
        inertia.append((place**2 * shares).sum())
        assert here.loc["contribution", "estimate"].sum() == pytest.approx(1)
    assert sum(inertia) == pytest.approx(9 / 3 - 1)  # categories over items, less one
    assert inertia == sorted(inertia, reverse=True)
    cases = result.raw[:, 0]
    assert (cases**2).mean() == pytest.approx(inertia[0])  # cases and categories share the inertia


def test_correspondence_of_two_items_is_that_of_their_table():
    """The singular values s of the cross-table give inertias (1 + s) / 2, and adjusted ones s squared."""
    frame = categories()[["means", "place"]]
    cross = pd.crosstab(frame["means"], frame["place"], normalize=True).to_numpy()
    expected = cross.sum(axis=1)[:, None] * cross.sum(axis=0)
    values = np.linalg.svd((cross - expected) / np.sqrt(expected), compute_uv=False)[:2]
    shares = correspondence(frame).estimates.loc["inertia", "estimate"].to_numpy()
    assert shares == pytest.approx(values**2 / (values**2).sum(), rel=1e-9)


def test_correspondence_refuses():
    frame = categories(20)
    with pytest.raises(DataError, match="must name at least 2"):
        correspondence(frame[["means"]])
    with pytest.raises(DataError, match="has 1 gaps"):
        correspondence(frame.astype(object).mask(np.eye(20, 3, dtype=bool) & (np.arange(20)[:, None] == 0)))
    with pytest.raises(SpecificationError, match="dimensions == 9"):
        correspondence(frame, dimensions=9)


def features(n=120, seed=3):
    rng = np.random.default_rng(seed)
    debt = rng.random(n) < 0.5
    return pd.DataFrame(
        {
            "debt": debt,
            "farm": rng.random(n) < np.where(debt, 0.8, 0.2),
            "flat": rng.random(n) < 0.5,
            "night": rng.random(n) < 0.4,
        }
    ).astype(int)


def test_frequent_sets_are_all_there_are():
    table = features().to_numpy(dtype=bool)
    found = frequent_sets(table, 15, 4)
    expected = {}
    for size in range(1, 5):
        for members in combinations(range(4), size):
            cases = int(table[:, members].all(axis=1).sum())
            if cases >= 15:
                expected[members] = cases
    assert found == expected


def test_rules_are_tested_by_fisher_and_their_dependence_is_allowed_for():
    frame = features()
    result = associations(frame, max_size=2)
    rule = result.rules.query("antecedent == 'debt' and consequent == 'farm'").iloc[0]
    cross = pd.crosstab(frame["debt"], frame["farm"]).loc[[1, 0], [1, 0]]
    assert rule["p_value"] == pytest.approx(fisher_exact(cross, alternative="greater").pvalue, rel=1e-9)
    assert rule["lift"] == pytest.approx(cross.iloc[0, 0] * len(frame) / (frame["debt"].sum() * frame["farm"].sum()))
    assert (result.rules["q_value"] >= result.rules["p_value"]).all()
    kept = result.estimates[["antecedent", "consequent"]].to_numpy().tolist()
    assert sorted(map(tuple, kept)) == [("debt", "farm"), ("farm", "debt")]
    assert AssociationsResult.from_dict(json.loads(json.dumps(result.to_dict()))) == result


@pytest.mark.slow
def test_false_rules_are_rare_where_nothing_is_associated():
    rng = np.random.default_rng(9)
    found = [
        len(associations(pd.DataFrame(rng.random((150, 6)) < 0.4).set_axis(list("abcdef"), axis=1)).estimates) > 0
        for _ in range(100)
    ]
    assert np.mean(found) <= 0.10  # at most 0.05 and over two standard errors of 100 tables


def test_associations_refuse():
    with pytest.raises(DataError, match="must be true or false"):
        associations(pd.DataFrame({"a": [0, 2], "b": [0, 1]}))
    for options in ({"min_support": 0}, {"max_size": 1}, {"false_discovery": 1}):
        with pytest.raises(SpecificationError):
            associations(features(), **options)
    none = associations(pd.DataFrame({"a": [0, 0, 1], "b": [1, 0, 0]}), min_support=0.5)
    assert none.status == "review"
    assert len(none.estimates) == 0


def coded():
    return pd.DataFrame(
        {
            "moved": [1] * 9 + [0],
            "held": [0] * 10,
            "force": [1] * 4 + [0] * 6,
            "deceit": [1] * 2 + [0] * 8,
            "labour": [1] * 10,
            "minor": [0] * 8 + [1] * 2,
        }
    )


def test_children_need_no_means():
    arguments = {"acts": ["moved", "held"], "means": ["force", "deceit"], "purposes": ["labour"]}
    unmarked = act_means_purpose(coded(), **arguments).estimates.query("item == 'complete'").iloc[0]
    marked = act_means_purpose(coded(), child="minor", **arguments)
    row = marked.estimates.query("item == 'complete'").iloc[0]
    assert unmarked["estimate"] == pytest.approx(0.4)
    assert row["estimate"] == pytest.approx(0.5)  # the first child was moved, the second was not
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((0.2366, 0.7634), abs=5e-5)  # Wilson, 5 of 10, by hand
    assert marked.combinations["cases"].sum() == 10
    assert marked.combinations.iloc[0].to_dict() == {
        "act": "moved",
        "means": "(none)",
        "purpose": "labour",
        "cases": 5,
        "share": 0.5,
    }
    never = marked.estimates.query("item == 'held'").iloc[0]
    assert never["ci_low"] == 0
    assert never["ci_high"] > 0.2  # nobody in ten is not nobody
    assert Result.from_dict(json.loads(json.dumps(marked.to_dict()))) == marked


def test_act_means_purpose_refuses():
    with pytest.raises(DataError, match="none may stand twice"):
        act_means_purpose(coded(), acts=["moved"], means=["moved"], purposes=["labour"])
    with pytest.raises(DataError, match="needs a column"):
        act_means_purpose(coded(), acts=["moved"], means=[], purposes=["labour"])
    with pytest.raises(DataError, match="must be true, false or empty"):
        act_means_purpose(coded().assign(force=3), acts=["moved"], means=["force"], purposes=["labour"])
