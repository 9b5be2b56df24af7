"""Coefficients of agreement, their weights and their spread against their definitions, written out pair by pair."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import fleiss_kappa

from ctresearch.core import SpecificationError
from ctresearch.stats.agreement import coded_units, resampling, unitising, weights
from ctresearch.stats.agreement.coded_units import join_units
from ctresearch.stats.agreement.coefficients import STATISTICS, Ready, corrected, influences, rank_weights
from ctresearch.stats.agreement.unitising import Marks, overlap, overlapping, squared_ends, unitised
from ctresearch.stats.agreement.weights import IdentityWeights, MatrixWeights, SquareWeights, weigh

CODES = np.array(
    [[0, 0, 1], [1, 1, 1], [2, 2, -1], [0, 2, 2], [1, -1, 1], [2, 2, 2], [0, 0, 0], [0, 0, 1], [1, -1, -1]]
)
PAIR = np.array([[0, 0], [1, 1], [2, 1], [0, 0], [2, 2], [1, 0], [0, 0], [2, 2], [1, 2]])
UNITISING = json.loads((Path(__file__).parents[2] / "reference/qualitative/unitising.json").read_text())


def ready(codes, statistic, system=None):
    """Make units ready, coders apart where that matters."""
    units = join_units(codes, 3, coders_apart=statistic in {"cohen", "conger"})
    if statistic == "krippendorff":
        units = units.where(units.rated >= 2)
    return Ready(units, statistic, IdentityWeights() if system is None else weigh(system, np.array([1.0, 2, 4])))


def by_hand(codes, statistic, w):
    """Work a coefficient out from its definition, rating by rating."""
    held = [[c for c in row if c >= 0] for row in codes.tolist()]
    held = [row for row in held if row]
    two = [row for row in held if len(row) > 1]
    k = len(w)

    def pairs(row):
        return sum(w[a, b] for a, b in itertools.permutations(row, 2))

    observed = np.mean([pairs(row) / (len(row) * (len(row) - 1)) for row in two])
    shares = np.mean([[row.count(c) / len(row) for c in range(k)] for row in held], axis=0)
    if statistic == "percent":
        expected = 0.0
    elif statistic in {"scott", "fleiss"}:
        expected = shares @ w @ shares
    elif statistic == "gwet":
        expected = w.sum() * (shares * (1 - shares)).sum() / (k * (k - 1))
    elif statistic == "brennan-prediger":
        expected = w.sum() / k**2
    elif statistic == "krippendorff":
        ratings = [c for row in two for c in row]
        observed = sum(pairs(row) / (len(row) - 1) for row in two) / len(ratings)
        expected = pairs(ratings) / (len(ratings) * (len(ratings) - 1))
    else:
        own = [[np.mean([c == one for c in coder if c >= 0]) for one in range(k)] for coder in codes.T.tolist()]
        expected = np.mean([np.array(a) @ w @ np.array(b) for a, b in itertools.permutations(own, 2)])
    return (observed - expected) / (1 - expected), observed, expected


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("system", [None, "linear", "quadratic"])
def test_each_coefficient_is_its_definition(statistic, system):
    codes = PAIR if statistic in {"cohen", "scott"} else CODES
    w = np.eye(3) if system is None else weigh(system, np.array([1.0, 2, 4])).times(np.eye(3))
    made = ready(codes, statistic, system)
    times = made.units.times
    found = made.agreement(np.stack([times, 3 * times]) if statistic != "krippendorff" else times[None])
    estimate, observed, expected = by_hand(codes, statistic, w)
    assert found.estimate[0] == pytest.approx(estimate)
    assert (found.observed[0], found.expected[0]) == pytest.approx((observed, expected))
    assert found.estimate[-1] == pytest.approx(estimate)  # three of each unit tell the same


def test_kappas_are_those_of_other_programs():
    for weighted, system in ((None, None), ("linear", "linear"), ("quadratic", "quadratic")):
        units = join_units(PAIR, 3, coders_apart=True)
        held = IdentityWeights() if system is None else weigh(system, np.arange(3.0))
        found = Ready(units, "cohen", held).agreement(units.times[None]).estimate[0]
        assert found == pytest.approx(cohen_kappa_score(*PAIR.T, weights=weighted))
    whole = CODES[(CODES >= 0).all(axis=1)]
    counts = np.array([[(row == code).sum() for code in range(3)] for row in whole])
    made = ready(whole, "fleiss")
    assert made.agreement(made.units.times[None]).estimate[0] == pytest.approx(fleiss_kappa(counts))


@pytest.mark.parametrize(
    ("statistic", "system"), [*itertools.product(STATISTICS, [None, "linear"]), ("krippendorff", "ranks")]
)
def test_influences_are_the_slopes_of_the_coefficient(statistic, system):
    """Krippendorff's are compared in many units: his share for small samples is taken as given."""
    made = ready(CODES[:-1], statistic, None if system == "ranks" else system)
    if system == "ranks":
        made = Ready(made.units, statistic, None)
    times = made.units.times
    times *= 1e5 if statistic == "krippendorff" else 1.0
    n, step = times.sum(), 1e-4 * times.sum()
    estimate = made.agreement(times[None]).estimate[0]
    up, down = (made.agreement(times + sign * step * np.eye(len(times))).estimate for sign in (1, -1))
    found = influences(made)
    assert times @ found / n == pytest.approx(estimate, abs=1e-4)
    assert (found - estimate) / n == pytest.approx((up - down) / (2 * step), abs=2e-4 / n)


@pytest.mark.parametrize("statistic", [one for one in STATISTICS if one != "krippendorff"])
def test_a_unit_that_one_coder_rated_tells_of_chance_alone(statistic):
    """How many units are rated twice is taken as given, as Gwet does."""
    made = ready(CODES, statistic)
    times, found = made.units.times, influences(made)
    now = made.agreement(times[None])
    assert times @ found / times.sum() == pytest.approx(now.estimate[0])
    alone = found[made.rated == 1]
    assert len(alone) == 1
    if statistic in {"percent", "brennan-prediger"}:
        assert alone.tolist() == [0]


def test_full_agreement_by_chance_has_no_coefficient():
    found = corrected(np.array([0.8, 1.0, 1.0]), np.array([0.5, 1.0, 1 - 1e-13]))
    assert found.estimate == pytest.approx([0.6, np.nan, np.nan], nan_ok=True)


@pytest.mark.parametrize("limit", [2**62, 10])
def test_equal_units_are_joined_and_those_without_a_code_left_out(monkeypatch, limit):
    monkeypatch.setattr(coded_units, "_KEY_LIMIT", limit)  # beyond which rows are sorted in place of numbered
    codes = np.array([[1, 0], [0, 1], [-1, -1], [1, 0], [-1, 2]])
    joined, apart = (join_units(codes, 3, coders_apart=one) for one in (False, True))

    def shown(units):
        return [units.rows[place].tolist() for place in units.pattern]

    assert shown(joined) == [[0, 1], [0, 1], [0, 1], [-1, 2]]
    assert shown(apart) == [[1, 0], [0, 1], [1, 0], [-1, 2]]
    assert sorted(joined.times.tolist()) == [1, 3]
    assert sorted(apart.times.tolist()) == [1, 1, 2]
    assert (joined.units, joined.categories, len(joined.rows), len(apart.rows)) == (4, 3, 2, 3)
    assert sorted(apart.rated.tolist()) == [1, 2, 2]
    back = apart.without_coders()
    assert shown(back) == shown(joined)
    assert back.times.sum() == 4
    assert apart.times[apart.pattern[0]] == 2


def test_units_are_counted_by_code_and_by_coder():
    units = join_units(np.array([[0, 0, 2], [1, -1, 2]]), 3, coders_apart=True)
    assert units.counts().toarray().tolist() == [[2, 0, 1], [0, 1, 1]]
    assert units.by_coder().toarray().tolist() == [[1, 0, 0, 1, 0, 0, 0, 0, 1], [0, 1, 0, 0, 0, 0, 0, 0, 1]]
    kept = units.of_coders(0, 1)
    assert (kept.rows.tolist(), kept.times.tolist(), kept.pattern.tolist()) == ([[0, 0]], [1], [0])
    assert units.of_coders(2, 0).rows.tolist() == [[2, 0], [2, 1]]
    left = join_units(np.array([[0, 0], [1, -1], [2, 2], [2, 2]]), 3, coders_apart=True).where(
        np.array([True, False, True])
    )
    assert (left.rows.tolist(), left.times.tolist(), left.pattern.tolist()) == ([[0, 0], [2, 2]], [1, 2], [0, 1, 1])
    shares = Ready(units, "conger", IdentityWeights()).coder_shares(np.array([[1.0, 1.0], [3.0, 1.0]]))
    assert shares[0].tolist() == [[0.5, 0.5, 0], [1, 0, 0], [0, 0, 1]]
    assert shares[1, 0].tolist() == [0.75, 0.25, 0]


SYSTEMS = {
    "identity": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "linear": [[1, 2 / 3, 0], [2 / 3, 1, 1 / 3], [0, 1 / 3, 1]],
    "quadratic": [[1, 8 / 9, 0], [8 / 9, 1, 5 / 9], [0, 5 / 9, 1]],
    "radical": [[1, 1 - 3**-0.5, 0], [1 - 3**-0.5, 1, 1 - (2 / 3) ** 0.5], [0, 1 - (2 / 3) ** 0.5, 1]],
    "ordinal": [[1, 2 / 3, 0], [2 / 3, 1, 2 / 3], [0, 2 / 3, 1]],
    "ratio": [[1, 1 - 25 / 81, 0], [1 - 25 / 81, 1, 1 - 25 / 81], [0, 1 - 25 / 81, 1]],
    "circular": [[1, 0.5, 0.5], [0.5, 1, 0], [0.5, 0, 1]],
    "bipolar": [[1, 0.8, 0], [0.8, 1, 0.5], [0, 0.5, 1]],
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_each_system_of_weights_is_its_formula(system):
    """Of codes 1, 2 and 4: a circle has the length 4, the sine of an eighth squared is a half."""
    made, wanted = weigh(system, np.array([1.0, 2, 4])), np.array(SYSTEMS[system])
    assert made.times(np.eye(3)) == pytest.approx(wanted)
    assert made.times(np.array([0.2, 0.3, 0.5])) == pytest.approx(wanted @ [0.2, 0.3, 0.5])
    rows = np.array([[0, 1, 2], [1, 1, -1], [-1, -1, 2], [0, 2, 2]])
    pairs = [[wanted[a, b] for a in row if a >= 0 for b in row if b >= 0] for row in rows.tolist()]
    assert made.within(rows) == pytest.approx([sum(one) for one in pairs])
    assert set(SYSTEMS) == set(weights.SYSTEMS)


def test_weights_of_one_code_a_longer_circle_and_what_does_not_fit(monkeypatch):
    for system in SYSTEMS:
        assert weigh(system, np.array([2.0])).times(np.ones(1)) == pytest.approx([1])
    assert weigh("circular", np.array([1.0, 2, 4]), circle=6).times(np.eye(3))[0] == pytest.approx([1, 1 - 0.25, 0])
    with pytest.raises(SpecificationError, match=r"^weights == 'ratio' with values below 0, must be from 0 on"):
        weigh("ratio", np.array([-1.0, 2]))
    assert weigh("ratio", np.array([0.0, 2])).times(np.eye(2)).tolist() == [[1, 0], [0, 1]]
    monkeypatch.setattr(weights, "MOST_WEIGHED", 2)
    assert isinstance(weigh("linear", np.array([1.0, 2])), MatrixWeights)
    with pytest.raises(
        SpecificationError, match=r"^weights == 'linear' with 3 different values, must be at most 2: round"
    ):
        weigh("linear", np.array([1.0, 2, 4]))
    assert isinstance(weigh("quadratic", np.array([1.0, 2, 4])), SquareWeights)
    assert isinstance(weigh("identity", np.array([1.0, 2, 4])), IdentityWeights)


def test_ranks_are_mean_places_of_what_was_given():
    made = rank_weights(np.array([1.0, 2, 0, 1]))
    ranks = np.array([0.5, 2, 3, 3.5])
    assert made.values == pytest.approx(ranks - 2)  # centred on the ratings: (0.5 + 2 * 2 + 3.5) / 4
    assert made.span == 3.0
    assert rank_weights(np.array([0.0, 3])).span == 1.0


def test_errors_are_those_of_influences_and_of_units_left_out():
    made = ready(CODES, "fleiss")
    times, n = made.units.times, made.units.units
    values = np.repeat(influences(made), times.astype(int))
    assert resampling.linear_error(made) == pytest.approx(values.std(ddof=1) / np.sqrt(n))
    assert resampling.linear_error(made, unbiased=False) == pytest.approx(values.std() / np.sqrt(n))
    held = CODES.tolist()
    left = np.array([by_hand(np.array(held[:i] + held[i + 1 :]), "fleiss", np.eye(3))[0] for i in range(len(held))])
    assert resampling.jackknife_error(made) == pytest.approx(np.sqrt((n - 1) / n * ((left - left.mean()) ** 2).sum()))


def test_too_many_units_to_leave_out_are_refused_and_few_are_done_in_parts(monkeypatch):
    made = ready(CODES, "fleiss")
    whole = resampling.jackknife_error(made)
    monkeypatch.setattr(resampling, "_CELLS", 1)
    assert resampling.jackknife_error(made) == pytest.approx(whole)
    assert len(resampling.bootstrap_draws(made, 5, 1)) == 5
    monkeypatch.setattr(resampling, "MOST_LEFT_OUT", len(made.units.times))
    assert resampling.jackknife_error(made) == pytest.approx(whole)
    monkeypatch.setattr(resampling, "MOST_LEFT_OUT", len(made.units.times) - 1)
    with pytest.raises(SpecificationError, match=r"^interval == 'jackknife' with 8 different units, must be at most 7"):
        resampling.jackknife_error(made)


@pytest.mark.parametrize("copies", [1, 20])
def test_units_drawn_anew_spread_as_the_influences_say(copies):
    made = ready(np.tile(PAIR, (copies, 1)), "fleiss")
    drawn = resampling.bootstrap_draws(made, 400, 3)
    assert drawn.shape == (400,)
    assert np.nanstd(drawn) == pytest.approx(resampling.linear_error(made), rel=0.3 if copies == 1 else 0.15)
    again = resampling.bootstrap_draws(made, 400, 3)
    assert again == pytest.approx(drawn, nan_ok=True)


def marks(rows, length):
    """Make marks from rows of coder, start, end and code."""
    coder, start, end, code = np.array(rows, dtype=np.int64).T
    return Marks(start, end, coder, code, length)


MARKED = [(0, 0, 3, 0), (0, 3, 5, 1), (1, 1, 4, 0), (1, 6, 8, 1), (2, 0, 2, 1), (2, 4, 7, 0)]


def test_what_lies_upon_what_is_counted_place_by_place():
    made = marks(MARKED, 9)
    code, unit = np.full((3, 9), 2), np.full((3, 9), -1)
    for number, (coder, start, end, kind) in enumerate(MARKED):
        code[coder, start:end], unit[coder, start:end] = kind, number
    both, inner = np.zeros((3, 3)), np.zeros(2)
    for i, j in itertools.permutations(range(3), 2):
        for place in range(9):
            both[code[i, place], code[j, place]] += 0.5
        for number, (coder, *_, kind) in enumerate(MARKED):
            met = ((unit[i] == number) & (unit[j] >= 0)).sum()
            inner[kind] += (coder == i) * met**2 / 2
    found = overlap(made, 3, 2)
    assert found.coincidences == pytest.approx(both)
    assert found.squares.tolist() == [9 + 9 + 9, 4 + 4 + 4, 27 - 15]
    assert found.inner_squares == pytest.approx(inner)
    twice = found + found
    assert twice.coincidences == pytest.approx(2 * both)
    assert twice.squares.tolist() == [54, 24, 24]
    assert twice.inner_squares == pytest.approx(2 * inner)


def test_alphas_of_what_lies_upon_what_are_those_of_another_program():
    case = UNITISING["unitising_three_coders"]
    wanted = case["results"]["python_unitized_alpha"]
    names, *rows = case["rows"]
    held = [dict(zip(names, row, strict=True)) for row in rows]
    coders, kinds = (sorted({row[name] for row in held}) for name in ("coder", "category"))
    made = marks(
        [(coders.index(r["coder"]), int(r["start"]), int(r["end"]), kinds.index(r["category"])) for r in held], 20
    )
    found = unitised(overlap(made, len(coders), len(kinds)))
    assert (found.units, found.borders, found.codes) == pytest.approx(
        (wanted["u_alpha"], wanted["bar_u_alpha"], wanted["cu_alpha"]), abs=1e-9
    )
    assert sorted(found.by_code) == pytest.approx(sorted(v["alpha"] for v in wanted["k_u_alpha"].values()), abs=1e-9)
    assert 100 * found.covered == pytest.approx(wanted["cu_coverage_percent"], abs=1e-9)
    both = overlap(made, len(coders), len(kinds)).coincidences
    assert found.covered_by_code == pytest.approx(both[:-1, :-1].sum(axis=1) / both.sum(axis=1)[:-1])


def test_where_nobody_met_there_is_no_coefficient():
    apart = unitised(overlap(marks([(0, 0, 2, 0), (1, 4, 6, 0)], 8), 2, 1))
    assert np.isnan([apart.codes, *apart.by_code]).all()
    assert (apart.covered, apart.covered_by_code.tolist()) == (0.0, [0.0])
    assert apart.units < 0


def test_units_of_one_coder_that_overlap_are_counted():
    assert overlapping(marks([(0, 0, 3, 0), (0, 3, 5, 1), (1, 2, 4, 0)], 9)) == 0
    assert overlapping(marks([(0, 2, 5, 1), (0, 0, 3, 0), (1, 2, 4, 0), (1, 3, 6, 0)], 9)) == 2
    (one,) = [marks(MARKED, 9).of_code(1)]
    assert (one.start.tolist(), one.end.tolist(), one.coder.tolist(), one.code.tolist(), one.length) == (
        *([3, 6, 0], [5, 8, 2], [0, 1, 2], [0, 0, 0]),
        9,
    )


def squares_by_hand(rows, coders, length):
    """Follow Krippendorff: units against those they meet, else against gaps; by chance, against every place."""
    observed = 0.0
    for i, j in itertools.permutations(range(coders), 2):
        for coder, start, end, _ in rows:
            if coder != i:
                continue
            met = [(s, e) for c, s, e, _ in rows if c == j and s < end and start < e]
            observed += sum((start - s) ** 2 + (end - e) ** 2 for s, e in met) or 2 * (end - start) ** 2 * (not met)
    observed /= coders * (coders - 1) * length**2
    gaps, sizes = [], [end - start for _, start, end, _ in rows]
    for i in range(coders):
        at = 0
        for start, end in sorted((s, e) for c, s, e, _ in rows if c == i):
            gaps.append(start - at)
            at = end
        gaps.append(length - at)
    whole = sum(
        (len(rows) - 1) / 3 * (2 * size**3 - 3 * size**2 + size)
        + size**2 * sum(gap - size + 1 for gap in gaps if gap >= size)
        for size in sizes
    )
    room = coders * length * (coders * length - 1) - sum(size * (size - 1) for size in sizes)
    return observed, 2 / length * whole / room


@pytest.mark.parametrize(
    ("rows", "coders", "length"),
    [
        ([(0, 2, 10, 0), (0, 14, 20, 0), (1, 4, 8, 0), (1, 15, 17, 0)], 2, 24),
        ([(0, 5, 6, 0), (0, 0, 3, 0), (1, 7, 9, 0), (2, 2, 6, 0)], 3, 9),
        ([(0, 0, 4, 0)], 2, 6),
        ([(0, 0, 4, 0), (1, 4, 8, 0)], 2, 10),  # they touch and do not meet
    ],
)
def test_squared_ends_are_those_of_the_book(rows, coders, length):
    found = squared_ends(marks(rows, length), coders)
    observed, expected = squares_by_hand(rows, coders, length)
    assert (found.observed, found.expected) == pytest.approx((observed, expected))
    assert found.alpha == pytest.approx(1 - observed / expected)


def test_without_units_there_is_nothing_to_expect():
    empty = marks(np.zeros((0, 4)), 6)
    assert (squared_ends(empty, 2).observed, squared_ends(empty, 2).expected) == (0, 0)
    assert np.isnan(squared_ends(empty, 2).alpha)
    assert unitising._gaps(empty, 0).tolist() == [6]
    assert unitising._gaps(marks([(0, 4, 6, 0), (0, 0, 1, 0)], 6), 0).tolist() == [3]
