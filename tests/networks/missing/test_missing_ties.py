"""Missing ties: intervals cover where they are missed at random and not where police watch some more."""

import json

import networkx as nx
import numpy as np
import pytest

from ctresearch.core import DataError, Result, SpecificationError
from ctresearch.core.parallel import workers
from ctresearch.networks import deletion_bands, missing_ties
from ctresearch.networks.missing.block_sampler import complete, sweep_blocks
from ctresearch.networks.missing.missing_ties import closed_triples
from ctresearch.networks.missing.whole_statistics import STATISTICS, rows_of, whole_statistics
from ctresearch.networks.position.simulated_centrality import six_centralities

BLOCKS = np.array([[0.5, 0.15, 0.15], [0.15, 0.12, 0.02], [0.15, 0.02, 0.12]])


def block_group(rng, n=60):
    kind = rng.choice(3, n, p=[0.2, 0.4, 0.4])
    upper = np.triu(rng.random((n, n)) < BLOCKS[kind][:, kind], 1)
    return (upper | upper.T).astype(np.uint8), kind


def thin(whole, keep, rng):
    upper = np.triu(whole.astype(bool) & (rng.random(whole.shape) < keep), 1)
    return nx.from_numpy_array((upper | upper.T).astype(int))


def rows(graph):
    return rows_of(nx.to_numpy_array(graph, dtype=np.uint8, weight=None))


@pytest.mark.parametrize("graph", [nx.karate_club_graph(), nx.les_miserables_graph(), nx.path_graph(5)])
def test_figures_are_those_of_networkx(graph):
    found = dict(zip(STATISTICS, whole_statistics(*rows(graph)), strict=True))
    n, between = len(graph), np.array(list(nx.betweenness_centrality(graph).values()))
    degree = np.array([d for _, d in graph.degree()])
    expected = {
        "ties": graph.number_of_edges(),
        "mean_degree": degree.mean(),
        "transitivity": nx.transitivity(graph),
        "largest_component": 1.0,
        "efficiency": nx.global_efficiency(graph),
        "degree_centralisation": (degree.max() - degree).sum() / ((n - 1) * (n - 2)),
        "betweenness_centralisation": (between.max() - between).sum() / (n - 1),
    }
    assert found == pytest.approx(expected, rel=1e-12)  # the same sums in another order


def test_six_centralities_are_those_of_networkx():
    graph = nx.les_miserables_graph()
    found = six_centralities(*rows(graph))
    expected = [
        dict(graph.degree()),
        nx.betweenness_centrality(graph, normalized=False),
        nx.harmonic_centrality(graph),
        nx.eigenvector_centrality_numpy(graph, weight=None),
        nx.pagerank(graph, weight=None, tol=1e-12),
        nx.core_number(graph),
    ]
    found[1] /= 2
    found[3] /= np.linalg.norm(found[3])
    for row, values in zip(found, expected, strict=True):
        assert row == pytest.approx([values[v] for v in graph], abs=1e-6)  # power iterations stop at 1e-9


def test_eigenvector_centrality_settles_on_a_network_of_two_halves():
    found = six_centralities(*rows(nx.star_graph(4)))[3]
    assert found[0] / found[1] == pytest.approx(2.0, abs=1e-6)  # the root of four leaves


def test_planted_blocks_are_found():
    rng = np.random.default_rng(2)
    kind = np.repeat([0, 1, 2], 20)
    chance = np.full((3, 3), 0.03) + 0.45 * np.eye(3)
    upper = np.triu(rng.random((60, 60)) < chance[kind][:, kind], 1)
    block = rng.integers(0, 6, 60)
    for _ in range(200):
        sweep_blocks((upper | upper.T).astype(np.uint8), block, 6, rng)
    same = block[:, None] == block
    assert (same == (kind[:, None] == kind)).mean() > 0.97


def test_completion_adds_what_is_missing_on_average():
    rng = np.random.default_rng(3)
    whole, _ = block_group(rng)
    seen = np.triu(whole.astype(bool) & (rng.random(whole.shape) < 0.7), 1)
    seen = (seen | seen.T).astype(np.uint8)
    one = np.zeros(60, np.int64)
    totals = [complete(seen, one, 1, 0.3, rng).sum() / 2 for _ in range(300)]
    assert np.mean(totals) == pytest.approx(seen.sum() / 2 / 0.7, rel=0.02)  # the number seen over the share seen


def coverage(groups, look):
    hits = []
    for seed in range(groups):
        rng = np.random.default_rng(seed)
        whole, kind = block_group(rng)
        truth = whole_statistics(*rows_of(whole))
        result = missing_ties(thin(whole, look(whole, kind), rng), 0.3, draws=1000, seed=seed)
        assert result.stands  # chains of a fifth of this length have not mixed, and show no limits
        low, high = (result.estimates[c].fillna(result.estimates["estimate"]).to_numpy() for c in ("ci_low", "ci_high"))
        hits.append((low <= truth) & (truth <= high))
    return dict(zip(STATISTICS, np.mean(hits, axis=0), strict=True))


@pytest.mark.slow
def test_intervals_cover_at_random_and_fail_under_police_attention():
    fair = coverage(40, lambda whole, kind: np.full(whole.shape, 0.7))
    assert min(fair.values()) >= 0.82  # 0.95 less three and a half standard errors of 40 groups

    def watched(whole, kind):
        """Miss the ties of those with few ties more, three in ten on average."""
        degree = whole.sum(axis=1)
        obscure = whole / np.maximum(degree[:, None] + degree, 1) ** 2.0
        return 1 - np.minimum(0.3 * obscure / obscure[whole > 0].mean(), 1)

    biased = coverage(40, watched)
    assert biased["transitivity"] < 0.6
    assert biased["degree_centralisation"] < 0.7


@pytest.mark.slow
def test_ties_that_hang_together_beyond_blocks_fail_and_are_called_out():
    """Neighbours of neighbours are neighbours here: blocks put ties in that close nothing."""
    missed, called = [], []
    for seed in range(6):
        whole = nx.to_numpy_array(nx.connected_watts_strogatz_graph(60, 6, 0.1, seed=seed), dtype=np.uint8)
        seen = thin(whole, 0.7, np.random.default_rng(seed))
        result = missing_ties(seen, 0.3, draws=1000, seed=seed)
        assert result.stands
        row, truth = result.estimates.loc["transitivity"], whole_statistics(*rows_of(whole))[2]
        missed.append(not row["ci_low"] <= truth <= row["ci_high"])
        check = {one.name: one for one in result.checks}["triangles"]
        called.append(check.status == "review" and "too narrow" in check.message)
    assert all(missed)
    assert all(called)


@pytest.mark.slow
def test_groups_of_blocks_are_seldom_called_out():
    statuses = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        result = missing_ties(thin(block_group(rng)[0], 0.7, rng), 0.3, draws=1000, seed=seed)
        statuses.append({one.name: one for one in result.checks}["triangles"].status)
    assert statuses.count("review") <= 4  # one in ten is expected; five of eight happen once in two thousand


def test_closed_triples_are_the_transitivity_of_networkx():
    graph = nx.les_miserables_graph()
    table = nx.to_numpy_array(graph, dtype=np.uint8, weight=None)
    assert closed_triples(table) == pytest.approx(nx.transitivity(graph), rel=1e-12)  # the same counts, divided once
    assert np.isnan(closed_triples(np.zeros((4, 4), np.uint8)))


def test_terms_draws_and_round_trip():
    result = missing_ties(nx.karate_club_graph(), 0.2, draws=1000, seed=3)
    table = result.estimates
    assert list(table.index) == list(STATISTICS)
    assert table.loc["ties", "observed"] == 78
    assert table.loc["ties", "ci_low"] >= 78
    assert result.draws.shape == (7, 1000)
    assert Result.from_dict(json.loads(json.dumps(result.to_dict()))) == result
    with workers(3):
        assert missing_ties(nx.karate_club_graph(), 0.2, draws=1000, seed=3) == result


def test_nothing_missing_gives_no_interval():
    table = missing_ties(nx.karate_club_graph(), 0.0, draws=40).estimates
    assert table["estimate"].tolist() == pytest.approx(table["observed"].tolist())
    assert table["ci_low"].isna().all()


def test_no_ties_fails():
    assert missing_ties(nx.empty_graph(5), 0.3, draws=40).status == "fail"


def test_blocks_may_be_an_attribute():
    graph = nx.karate_club_graph()
    assert missing_ties(graph, 0.2, blocks="club", draws=40).n == 34
    with pytest.raises(SpecificationError, match="column == 'role'"):
        missing_ties(graph, 0.2, blocks="role", draws=40)


@pytest.mark.parametrize("rate", [-0.1, 1.0, 30, float("nan")])
def test_bad_rates(rate):
    with pytest.raises(SpecificationError, match="rate"):
        missing_ties(nx.karate_club_graph(), rate)


@pytest.mark.slow
def test_rankings_hold_less_the_more_is_deleted():
    graph = nx.barabasi_albert_graph(60, 3, seed=2)
    table = deletion_bands(graph, rates=[0.05, 0.2, 0.5], draws=60, seed=1).estimates
    for measure in ("degree", "betweenness", "pagerank"):
        held = table[table["measure"] == measure].loc["rank_correlation", "estimate"]
        assert held.is_monotonic_decreasing
        assert 0 < held.iloc[2] < held.iloc[0] < 1


@pytest.mark.parametrize("missing", ["ties", "actors", "attention"])
def test_kinds_of_loss(missing):
    result = deletion_bands(nx.karate_club_graph(), rates=[0.3], missing=missing, draws=50, seed=1)
    row = result.estimates[result.estimates["measure"] == "degree"].loc["top_3"]
    assert 0.3 < row["estimate"] <= 1
    assert deletion_bands(nx.karate_club_graph(), rates=[0.3], missing=missing, draws=50, seed=1) == result


def test_attention_keeps_those_who_are_watched():
    graph = nx.barabasi_albert_graph(60, 2, seed=4)
    held = {}
    for missing in ("ties", "attention"):
        table = deletion_bands(graph, rates=[0.4], missing=missing, draws=80, seed=1).estimates
        held[missing] = table[table["measure"] == "degree"].loc["top_10_percent", "estimate"]
    assert held["attention"] > held["ties"]


def test_bad_input_of_deletion():
    graph = nx.karate_club_graph()
    for options in ({"rates": []}, {"rates": [0.1, 0.1]}, {"rates": [1.0]}, {"missing": "all"}, {"draws": 1}):
        with pytest.raises(SpecificationError):
            deletion_bands(graph, **options)
    with pytest.raises(DataError, match="at least 5"):
        deletion_bands(nx.path_graph(4))
    assert deletion_bands(nx.empty_graph(6), draws=2).status == "fail"
