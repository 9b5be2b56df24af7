"""Risk figures against a brute-force oracle, and the estimate of population uniques against known populations."""

import time
from collections import Counter, defaultdict
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch.core import DataError, SpecificationError
from ctresearch.privacy import risk
from ctresearch.privacy.disclosure.uniques import population_uniques

QUASI = ["a", "b", "c", "d"]


def random_cases(seed, rows=120):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({c: rng.choice(list("xyzw")[: 2 + i], rows) for i, c in enumerate(QUASI)})
    frame.loc[rng.random(rows) < 0.2, "d"] = None
    return frame.assign(form=rng.choice(["p", "q", "r"], rows), months=rng.integers(0, 6, rows))


def oracle(frame, sensitive, ordered):
    """k, l and t from the definitions, one row at a time."""
    groups = defaultdict(list)
    keys = [tuple("missing" if v is None or v != v else v for v in row) for row in frame[QUASI].itertuples(index=False)]
    for key, value in zip(keys, frame[sensitive], strict=True):
        groups[key].append(value)
    values = sorted(set(frame[sensitive]))
    overall = [list(frame[sensitive]).count(v) / len(frame) for v in values]
    worst = 0.0
    for members in groups.values():
        gaps = [members.count(v) / len(members) - p for v, p in zip(values, overall, strict=True)]
        if ordered:
            running = [sum(gaps[: i + 1]) for i in range(len(gaps) - 1)]
            worst = max(worst, sum(map(abs, running)) / (len(values) - 1))
        else:
            worst = max(worst, sum(map(abs, gaps)) / 2)
    sizes = [len(groups[key]) for key in keys]
    return min(sizes), min(len(set(m)) for m in groups.values()), worst, sizes


@pytest.mark.parametrize("seed", range(20))
def test_figures_equal_the_definitions(seed):
    frame = random_cases(seed)
    report = risk(frame, QUASI, sensitive=["form", "months"], k=5)
    for column, ordered in (("form", False), ("months", True)):
        k, least, furthest, sizes = oracle(frame, column, ordered)
        assert (report.k, report.l_diversity[column]) == (k, least)
        assert report.t_closeness[column] == pytest.approx(furthest, abs=1e-12)  # rounding of sums of shares
        assert report.class_sizes.tolist() == sizes
    assert report.sample_uniques == sizes.count(1)
    assert report.below == sum(s < 5 for s in sizes)


@pytest.mark.parametrize("seed", range(5))
def test_rare_combinations_equal_counting(seed):
    frame = random_cases(seed)
    report = risk(frame, QUASI, k=5).rare.set_index("columns")
    filled = frame[QUASI].fillna("missing")
    for size in (1, 2, 3):
        for chosen in combinations(QUASI, size):
            counted = Counter(filled[list(chosen)].itertuples(index=False, name=None))
            row = report.loc[" x ".join(chosen)]
            few = [n for n in counted.values() if n < 5]
            assert (row["combinations"], row["rare"], row["rows"]) == (len(counted), len(few), sum(few))


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("cd"), st.sampled_from("ef")), min_size=1, max_size=30)
)
@settings(max_examples=50, deadline=None)
def test_more_knowledge_never_lowers_the_risk(rows):
    frame = pd.DataFrame(rows, columns=["a", "b", "c"])
    ks = [risk(frame, ["a", "b", "c"][:n]).k for n in (1, 2, 3)]
    assert ks == sorted(ks, reverse=True)
    doubled = risk(pd.concat([frame, frame]), ["a", "b", "c"])
    assert doubled.k == 2 * ks[-1]


def test_rows_are_in_the_order_of_the_table():
    frame = pd.DataFrame({"a": ["x"] * 12 + ["y"], "b": ["u"] * 13}, index=range(100, 113))
    report = risk(frame, ["a", "b"])
    assert report.rare_rows.tolist() == [False] * 12 + [True]
    assert report.check.status == "fail"
    assert report.check.numbers == {"required": 11, "below": 1}


def test_the_attacker_is_told_in_words():
    frame = pd.DataFrame({"a": ["x", "x", "y"], "form": ["p", "p", "q"]})
    words = risk(frame, ["a"], sensitive=["form"], fraction=0.5).attacker
    assert "knows that person's a, is left with 1 row in the worst case" in words
    assert "learns form of everyone in at least one class" in words


def pitman_partition(rng, alpha, theta, people):
    """Draw the classes of a population by Pitman's rule."""
    sizes = np.zeros(people)
    label, groups = np.zeros(people, dtype=np.int64), 0
    for i in range(people):
        weight = np.r_[sizes[:groups] - alpha, theta + groups * alpha]
        j = int(np.searchsorted(np.cumsum(weight), rng.random() * weight.sum()))
        groups = max(groups, j + 1)
        sizes[j] += 1
        label[i] = j
    return label


@pytest.mark.slow
def test_population_uniques_are_recovered():
    rng = np.random.default_rng(2)
    truth, estimate = [], []
    for _ in range(12):
        label = pitman_partition(rng, 0.5, 20.0, 3000)
        sample = rng.permutation(label)[:600]
        truth.append(int((np.bincount(label) == 1).sum()))
        counted = np.bincount(sample)
        estimate.append(population_uniques(counted[counted > 0], 0.2).expected)
    # twelve populations: one ratio has a standard deviation of 0.17, so three standard errors of their mean
    assert np.mean(estimate) / np.mean(truth) == pytest.approx(1, abs=0.15)


def test_the_probability_of_a_right_match_is_that_of_skinner_and_elliot():
    rng = np.random.default_rng(3)
    label = pitman_partition(rng, 0.5, 20.0, 4000)
    population = np.bincount(label)
    right, claimed = [], []
    for _ in range(60):
        sample = np.bincount(rng.permutation(label)[:800], minlength=len(population))
        alone = sample == 1
        right.append(alone.sum() / population[alone].sum())
        claimed.append(population_uniques(sample[sample > 0], 0.2).match)
    assert np.mean(claimed) == pytest.approx(np.mean(right), abs=0.03)  # four standard errors of the difference


def test_a_large_table_takes_seconds():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"q{i}": rng.integers(0, 6, 20_000) for i in range(10)}).assign(s=rng.integers(0, 5, 20_000))
    start = time.process_time()
    report = risk(frame, [f"q{i}" for i in range(10)], sensitive=["s"])
    assert time.process_time() - start < 5  # a generous bound: well under one second on an idle machine
    assert len(report.rare) == 10 + 45 + 120


@pytest.mark.parametrize(
    ("quasi", "options", "error", "words"),
    [
        ([], {}, SpecificationError, "name at least one"),
        (["a"], {"sensitive": ["a"]}, SpecificationError, "no column twice"),
        (["z"], {}, DataError, "no column 'z'"),
        (["parts"], {}, DataError, "'parts' has a cell that is a list, must hold single values"),
        (["a"], {"sensitive": ["parts"]}, DataError, "'parts' has a cell that is a list"),
        (["a"], {"k": 1}, SpecificationError, "k == 1"),
        (["a"], {"fraction": 2}, SpecificationError, "fraction == 2"),
        (["a"], {"fraction": 0}, SpecificationError, "fraction == 0"),
        (["a"], {"max_combination": 9}, SpecificationError, "max_combination == 9"),
    ],
)
def test_bad_input_is_refused(quasi, options, error, words):
    with pytest.raises(error, match=words):
        risk(random_cases(0).assign(parts=lambda t: [["x"]] * len(t)), quasi, **options)
