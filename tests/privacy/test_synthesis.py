"""Synthetic microdata: what they cost and keep, what an attacker can measure, and what the gate makes of them."""

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ctresearch.core import DataError, DisclosureError, SpecificationError
from ctresearch.privacy import Output, PrivacyBudget, release, synthesize
from ctresearch.privacy.noise.entropy import entropy
from ctresearch.privacy.synthesis.accounting import delta_of, rho_of
from ctresearch.privacy.synthesis.domain import encode
from ctresearch.privacy.synthesis.estimation import Estimates, estimate, fit_margins, shrink, to_simplex
from ctresearch.privacy.synthesis.measurement import cross_table, join_rare, measure
from ctresearch.privacy.synthesis.moves import match_pairs
from ctresearch.privacy.synthesis.synthesize import draw_rows
from ctresearch.privacy.synthesis.tree import draw_from_tree, mutual_information

PAIR = {"sex": ["Woman", "Man"], "debt": ["yes", "no", None]}


def two_columns(n=2000):
    """Women report debt, men do not; every tenth answer is missing."""
    debt = np.where(np.arange(n) % 10 == 0, None, np.where(np.arange(n) % 2 == 0, "yes", "no"))
    return pd.DataFrame({"sex": np.where(np.arange(n) % 2 == 0, "Woman", "Man"), "debt": debt})


def case_table(n=12_000, seed=20260):
    """Simulate cases of four hidden kinds: 60 regions, flags that are missing together, a flag that implies another."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(4, n, p=[0.4, 0.3, 0.2, 0.1])
    share = 1 / np.arange(1, 61)
    region = (rng.choice(60, n, p=share / share.sum()) + kind * 7 * (rng.random(n) < 0.7)) % 60
    there = np.where(rng.random(n) < 0.5, (region * 5 + 3) % 12, rng.integers(0, 12, n))
    columns = {
        "region": region.astype(str),
        "destination": there.astype(str),
        "year": 2008 + np.minimum(rng.poisson(6 + kind), 14),
        "sex": np.array(["Woman", "Man", "Other"])[
            np.where(rng.random(n) < 0.02, 2, (rng.random(n) < 0.25 + 0.5 * (kind == 1)).astype(int))
        ],
        "age": np.clip(rng.normal(2 + kind, 1.6, n).round(), 0, 6).astype(int).astype(str),
    }
    often = rng.beta(0.3, 0.5, (4, 16))
    flags = rng.random((n, 16)) < often[kind]
    flags[:, 4] &= flags[:, 0]
    unreported = rng.random(n) < 0.35
    for f in range(16):
        columns[f"flag{f}"] = np.where(unreported & (f >= 8), "", flags[:, f].astype(int).astype(str))
    columns["target"] = np.where((kind < 2) ^ (rng.random(n) < 0.01), "1", "0")
    return pd.DataFrame(columns)


@pytest.mark.parametrize(("epsilon", "delta"), [(0.1, 1e-6), (1.0, 5.05e-6), (1.0, 1e-3), (4.0, 1e-9)])
def test_conversion_agrees_with_the_exact_loss_of_gaussian_noise(epsilon, delta):
    """A rho-concentrated Gaussian mechanism has a delta in closed form (Balle and Wang 2018, theorem 8)."""
    rho = rho_of(epsilon, delta)
    shift = math.sqrt(2 * rho)
    norm = stats.norm
    exact = norm.cdf(shift / 2 - epsilon / shift) - math.exp(epsilon) * norm.cdf(-shift / 2 - epsilon / shift)
    assert delta / 10 < exact <= delta  # an upper bound that is not loose: within one power of ten
    assert delta_of(rho, epsilon) <= delta
    simple = (math.sqrt(math.log(1 / delta) + epsilon) - math.sqrt(math.log(1 / delta))) ** 2
    assert rho > simple


@pytest.mark.parametrize("wrong", [(0, 1e-6), (1, 0), (1, 0.9), (float("nan"), 1e-6)])
def test_losses_out_of_range_are_refused(wrong):
    with pytest.raises(SpecificationError, match="must be"):
        rho_of(*wrong)


def test_measuring_spends_what_it_may_and_no_more():
    coded = encode(case_table(500))
    measured = measure(coded.codes, coded.sizes, 0.03, entropy())
    assert Fraction(0.03) * Fraction(999, 1000) < measured.rho <= Fraction(0.03)
    assert len(measured.columns) == 22
    assert len(measured.pairs) == 231


@given(st.integers(1, 40), st.integers(2, 4), st.integers(2, 4), st.integers(0, 99))
def test_one_person_changes_one_cell_of_a_table_by_one(n, rows, columns, seed):
    rng = np.random.default_rng(seed)
    one, two = rng.integers(0, rows, n), rng.integers(0, columns, n)
    gone = cross_table(one, two, rows, columns) - cross_table(one[1:], two[1:], rows, columns)
    assert gone.sum() == 1
    assert np.abs(gone).sum() == 1


def loss_seen(person, without, delta):
    """Lower limit of the privacy loss, over many thresholds, on neighbouring tables."""
    worst, runs = 0.0, len(person)
    cuts = np.quantile(np.r_[person, without], np.linspace(0.05, 0.95, 10))
    for cut in cuts:
        for one, two in ((person >= cut, without >= cut), (without < cut, person < cut)):
            # one-sided limits at 1e-4 each: 40 of them, so a false alarm in at most four of a thousand seeds
            low = stats.binomtest(int(one.sum()), runs).proportion_ci(1 - 2e-4).low
            high = stats.binomtest(int(two.sum()), runs).proportion_ci(1 - 2e-4).high
            if low > delta:
                worst = max(worst, math.log((low - delta) / high))
    return worst


def measured_presence(codes, rho, seeds):
    """The statistic that tells best whether the last person is there: likelihood over all cells that he would be in."""
    seen = []
    for seed in seeds:
        measured = measure(codes, np.array([2, 2]), rho, entropy(seed))
        columns = zip(measured.columns, measured.column_variances, strict=True)
        seen.append(
            sum(float(y[1] / v) for y, v in columns) + measured.pairs[0, 1][1, 1] / float(measured.pair_variances[0, 1])
        )
    return np.array(seen)


@pytest.mark.parametrize(("epsilon", "runs"), [pytest.param(1.0, 4000, marks=pytest.mark.slow), (4.0, 2000)])
def test_an_attacker_on_the_measurements_sees_no_more_than_the_claimed_loss(epsilon, runs):
    delta = 1e-2
    rho = rho_of(epsilon, delta)
    codes = np.array([[0, 0, 1, 1], [0, 0, 0, 1]])
    there, gone = range(runs), range(runs, 2 * runs)
    seen = loss_seen(measured_presence(codes, rho, there), measured_presence(codes[:, :-1], rho, gone), delta)
    assert seen <= epsilon
    assert seen > 0.3 * epsilon  # the audit sees a loss at all; sampling error takes the rest
    broken = measured_presence(codes, 16 * rho, there), measured_presence(codes[:, :-1], 16 * rho, gone)
    assert loss_seen(*broken, delta) > epsilon  # and it would have caught noise a quarter as large


@pytest.mark.slow
def test_an_attacker_on_synthetic_rows_sees_no_more_than_the_claimed_loss():
    epsilon, delta, runs = 2.0, 1e-2, 600
    rho, sizes = rho_of(epsilon, delta), np.array([2, 2])
    codes = np.array([[0, 0, 1, 1], [0, 0, 0, 1]])

    def rows_like_him(table, seeds):
        """Count synthetic rows that are like the last person."""
        counts = []
        for seed in seeds:
            draw = entropy(seed)
            made = draw_rows(measure(table, sizes, rho, draw), None, draw)
            counts.append((made == 1).all(axis=0).sum())
        return np.array(counts) + np.random.default_rng(0).random(runs) * 1e-3  # ties broken alike on both sides

    seen = loss_seen(rows_like_him(codes, range(runs)), rows_like_him(codes[:, :-1], range(runs, 2 * runs)), delta)
    assert seen <= epsilon


def test_rare_categories_are_joined_and_the_largest_two_never():
    assert join_rare(np.array([5, 4, 3, 2]), 100.0).tolist() == [0, 1, 2, 2]
    assert join_rare(np.array([500, 400, 3]), 100.0).tolist() == [0, 1, 2]
    assert join_rare(np.array([-4]), 100.0).tolist() == [0]


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=8), st.floats(0.5, 100), st.integers(0, 99))
def test_the_simplex_projection_is_the_nearest_point(values, total, seed):
    values = np.array(values)
    nearest = to_simplex(values, total)
    assert nearest.min() >= 0
    assert nearest.sum() == pytest.approx(total, rel=1e-9, abs=1e-9)  # rounding of sums of numbers up to 100
    others = np.random.default_rng(seed).dirichlet(np.ones(len(values)), 50) * total
    assert ((others - values) ** 2).sum(1).min() >= ((nearest - values) ** 2).sum() - 1e-6


def test_noise_is_shrunk_away_and_association_is_kept():
    rng = np.random.default_rng(1)
    rows, columns = np.full(8, 1000.0), np.full(10, 800.0)
    independent = np.outer(rows, columns) / 8000
    kept = [
        np.abs(shrink((independent + rng.normal(0, 30, (8, 10))).round(), rows, columns, 900.0) - independent).mean()
        for _ in range(50)
    ]
    assert np.mean(kept) < 30 * 0.8 / 5  # noise alone has a mean absolute value of 0.8 standard deviations
    diagonal = np.full((8, 10), 20.0)
    diagonal[np.arange(8), np.arange(8)] = 500.0
    rows, columns = diagonal.sum(1), diagonal.sum(0)
    noisy = (diagonal + rng.normal(0, 30, diagonal.shape)).round()
    error = np.abs(fit_margins(shrink(noisy, rows, columns, 900.0), rows, columns) - diagonal).mean()
    assert error < np.abs(noisy - diagonal).mean()


def test_estimates_agree_with_one_another():
    coded = encode(case_table(3000))
    found = estimate(measure(coded.codes, coded.sizes, 0.03, entropy(3)))
    for (i, j), table in found.pairs.items():
        assert table.min() >= 0
        # proportional fitting stops at a tenth of a person, or after 200 rounds
        np.testing.assert_allclose(table.sum(1), found.columns[i], atol=1.0)
        np.testing.assert_allclose(table.sum(0), found.columns[j], atol=1.0)
    for one in found.columns:
        assert one.sum() == pytest.approx(found.total)


def test_the_tree_follows_the_strongest_associations():
    """A, B and C are a chain; A and C alone would not give B."""
    half, one = np.array([5000.0, 5000.0]), np.ones(2)
    near, far = np.array([[4500.0, 500.0], [500.0, 4500.0]]), np.array([[4100.0, 900.0], [900.0, 4100.0]])
    chain = Estimates(10_000.0, (half, half, half), {(0, 1): near, (0, 2): far, (1, 2): near}, (one, one, one))
    rows = draw_from_tree(chain, 10_000, np.random.default_rng(1))
    for (i, j), table in chain.pairs.items():
        # four standard errors of a count of at most 5,000 of 10,000
        np.testing.assert_allclose(cross_table(rows[:, i], rows[:, j], 2, 2), table, atol=200)
    assert mutual_information(near) > mutual_information(far) > 0


def test_a_column_without_partner_is_drawn_by_itself():
    alone = Estimates(90.0, (np.array([60.0, 30.0]), np.array([90.0])), {}, (np.ones(2), np.ones(1)))
    rows = draw_from_tree(alone, 9000, np.random.default_rng(1))
    assert abs(rows[:, 0].mean() - 1 / 3) < 0.02  # four standard errors
    assert (rows[:, 1] == 0).all()


def test_moves_bring_rows_to_all_tables_at_once():
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 2, (4000, 1)) ^ (rng.random((4000, 5)) < [0, 0.1, 0.2, 0.3, 0.4])
    truth[:, 4] += 2 * (rng.random(4000) < 0.3)
    widths = np.array([2, 2, 2, 2, 4])
    pairs = {
        (i, j): cross_table(truth[:, i], truth[:, j], widths[i], widths[j]).astype(float)
        for i in range(5)
        for j in range(i + 1, 5)
    }
    start = np.stack([rng.permutation(c) for c in truth.T], axis=1)

    def distance(rows):
        """Mean total-variation distance over the pairs."""
        return np.mean(
            [np.abs(cross_table(rows[:, i], rows[:, j], *t.shape) - t).sum() / 8000 for (i, j), t in pairs.items()]
        )

    before = start.copy()
    moved = match_pairs(start, pairs, widths, rng)
    assert (start == before).all()
    assert distance(start) > 0.05
    assert distance(moved) < 0.002  # each table off by at most a few of 4,000 rows


def test_tables_go_to_codes_and_back():
    frame = two_columns(50).assign(year=2015 + np.arange(50) % 3, months=[3.0, np.nan] * 25)
    coded = encode(frame)
    pd.testing.assert_frame_equal(coded.decode(coded.codes), frame, check_dtype=False)
    assert coded.sizes.tolist() == [2, 3, 3, 2]
    shuffled = encode(frame.sample(frac=1, random_state=1))
    assert shuffled.categories == coded.categories  # the order of the categories tells nothing of the rows


@pytest.mark.parametrize(
    ("domain", "error", "words"),
    [
        ({"sex": ["Woman", "Man"]}, SpecificationError, "no entry for 'debt'"),
        (PAIR | {"age": ["0"]}, DataError, "no column 'age'"),
        (PAIR | {"sex": ["Woman", "Woman"]}, SpecificationError, "must be different"),
        (PAIR | {"sex": ["Woman"]}, DataError, "must be in its domain"),
        (PAIR | {"debt": ["yes", "no"]}, DataError, "200 of 2,000 cells are missing"),
    ],
)
def test_a_domain_that_does_not_fit_is_refused(domain, error, words):
    with pytest.raises(error, match=words):
        synthesize(two_columns(), epsilon=1.0, delta=1e-5, domain=domain)


def test_continuous_columns_and_tiny_tables_are_refused():
    with pytest.raises(DataError, match="2001 categories"):
        encode(pd.DataFrame({"income": np.arange(2001) / 7}))
    with pytest.raises(DataError, match="2 rows"):
        synthesize(two_columns(2), epsilon=1.0)


def test_counts_associations_and_missing_values_are_kept():
    frame = two_columns()
    made = synthesize(frame, epsilon=1.0, delta=1e-5, domain=PAIR)
    assert made.private
    assert [check.status for check in made.checks] == ["pass"] * 3
    assert len(made.frame) == pytest.approx(2000, abs=60)  # noise of about 9 people, six standard deviations
    assert made.report.synthetic.two_way < 0.03 < made.report.independent.two_way
    assert made.frame["debt"].isna().mean() == pytest.approx(0.1, abs=0.03)


def test_what_was_learned_from_the_records_is_said():
    made = synthesize(two_columns(), epsilon=1.0)
    assert made.delta == pytest.approx(1 / (2000 * math.log(2000)))
    assert [check.status for check in made.checks] == ["pass", "review", "review"]
    assert not made.private
    text = made.summary()
    assert "? domain: The categories were learned from the records" in text
    assert "Not private" in text


def test_the_asked_number_of_rows_comes():
    made = synthesize(two_columns(), epsilon=1.0, delta=1e-5, domain=PAIR, n=777)
    assert len(made.frame) == 777
    with pytest.raises(SpecificationError, match="n == 0"):
        synthesize(two_columns(), epsilon=1.0, n=0)


@settings(max_examples=10)
@given(st.integers(3, 30), st.integers(1, 5), st.integers(0, 999))
def test_any_small_table_gives_rows_of_its_domain(n, columns, seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({f"c{i}": rng.integers(0, rng.integers(1, 5), n) for i in range(columns)})
    domain = {c: list(range(5)) for c in frame}
    made = synthesize(frame, epsilon=0.5, delta=1e-3, domain=domain).frame
    assert list(made.columns) == list(frame.columns)
    assert len(made) >= 1
    assert made.isin(range(5)).all(axis=None)


def test_the_budget_is_paid_before_and_never_overspent(tmp_path):
    budget = PrivacyBudget.create(tmp_path / "ledger.jsonl", epsilon=1.5, delta=1e-4)
    synthesize(two_columns(200), epsilon=1.0, delta=1e-5, domain=PAIR, budget=budget)
    assert budget.remaining == (0.5, 9e-5)
    assert budget.spendings[0].purpose == "synthetic microdata, 2 columns"
    with pytest.raises(DisclosureError, match=r"only 0\.5"):
        synthesize(two_columns(200), epsilon=1.0, delta=1e-5, domain=PAIR, budget=budget)


@pytest.mark.parametrize(
    ("cells", "options", "error", "words"),
    [
        (["x", "y"], {"target": "sex"}, DataError, "no column 'sex'"),
        (["x", "y"], {"n": 10**18}, SpecificationError, "n == 1000"),
        (["x", "y"], {"seed": -1}, SpecificationError, "seed == -1"),
        (["x", "y"], {"domain": "xy"}, SpecificationError, "domain is a str"),
        (["x", "y"], {"domain": {"a": "xy"}}, SpecificationError, "must be a list of single values"),
        (["x", "y"], {"domain": {"a": [["x"], "y"]}}, SpecificationError, "must be a list of single values"),
        (["x", "y"], {"domain": {"a": ["x"]}}, DataError, "must be in its domain"),
        ([["x"], ["y"]], {}, DataError, "a cell that is a list"),
        (["x", {"y"}], {}, DataError, "a cell that is a set"),
    ],
)
def test_what_cannot_be_made_is_not_paid(tmp_path, cells, options, error, words):
    budget = PrivacyBudget.create(tmp_path / "ledger.jsonl", epsilon=1.0, delta=1e-4)
    with pytest.raises(error, match=words):
        synthesize(pd.DataFrame({"a": cells * 50}), epsilon=1.0, delta=1e-5, budget=budget, **options)
    assert budget.spendings == ()


def test_a_seed_repeats_the_rows_and_the_gate_refuses_them():
    one, two = (synthesize(two_columns(400), epsilon=1.0, delta=1e-5, domain=PAIR, seed=4) for _ in range(2))
    pd.testing.assert_frame_equal(one.frame, two.frame)
    assert not one.private
    verdict = release([Output("rows", "file", "record", content=one.frame)]).verdicts[0]
    assert verdict.verdict == "fail"
    assert "seed" in str(verdict.check)
    fresh = synthesize(two_columns(400), epsilon=1.0, delta=1e-5, domain=PAIR)
    assert fresh.frame.attrs["private"]


def test_the_report_does_not_leave_undeclared():
    report = synthesize(two_columns(400), epsilon=1.0, delta=1e-5, domain=PAIR).report
    undeclared = Output("quality", "table", "restricted", content=report.table)
    assert release([undeclared]).verdicts[0].verdict == "review"
    assert not release([undeclared]).passed


def test_a_displayed_result_does_not_show_the_report():
    made = synthesize(two_columns(400), epsilon=1.0, delta=1e-5, domain=PAIR)
    assert "report" not in repr(made)


@pytest.mark.slow
def test_a_held_back_case_table_keeps_counts_associations_and_prediction():
    """The limits are those the method is meant for; the baseline of shuffled columns misses three of the four."""
    frame = case_table()
    report = synthesize(frame, epsilon=1.0, target="target").report
    good, chance = report.synthetic, report.independent
    assert good.one_way <= 0.01
    assert good.two_way <= 0.06 < chance.two_way
    assert good.cramers_v <= 0.05 < chance.cramers_v
    assert good.synthetic_auc >= 0.93 > chance.synthetic_auc
    assert good.propensity.auc < 0.75 < chance.propensity.auc


@pytest.mark.parametrize("wrong", [(0.0, 1.0), (-0.5, 1.0), (1.0, 0.0), (1.0, -0.5), (float("nan"), 1.0)])
def test_no_loss_of_nothing_or_less_is_converted(wrong):
    with pytest.raises(SpecificationError):
        delta_of(*wrong)
