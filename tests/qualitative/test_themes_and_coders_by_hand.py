"""Every number of the tables on themes and coders, worked out by hand or by another library on small examples."""

from datetime import date
from itertools import permutations
from math import comb, exp, log1p, sqrt

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact, t

from ctresearch.core import CellError, DataError
from ctresearch.qualitative import (
    Cooccurrence,
    DawidSkene,
    Saturation,
    ThemeRichness,
    UnitisingAgreement,
    agreement,
    case_clusters,
    code_timeline,
    double_coding,
)

Z = 1.959963984540054
ENDS = ["ci_low", "ci_high"]
HEARD = pd.DataFrame({"debt": [1, 1, 0, 0], "threat": [0, 1, 1, 0], "fear": [0, 0, 1, 1], "never": [0, 0, 0, 0]})


def in_all_orders(base, run, threshold):
    """Tell for each of the 24 orders of four interviews the curve and after how many little new came."""
    curves, ends = [], []
    for order in permutations(HEARD.to_numpy()):
        curve = [int(np.max(order[: i + 1], axis=0).sum()) for i in range(4)]
        little = [i for i in range(base, 5 - run) if (curve[i + run - 1] - curve[i - 1]) / curve[base - 1] <= threshold]
        curves.append(curve)
        ends.append(little[0] if little else np.inf)
    return np.array(curves), np.array(ends)


CUTS = [(1, 1, 0.0), (1, 1, 1.0), (2, 1, 0.5)]


@pytest.mark.parametrize(("base", "run", "threshold"), CUTS)
def test_saturation_is_that_of_all_orders(base, run, threshold):
    found = Saturation(base=base, run=run, threshold=threshold, orders=1000, level=0.6).fit(HEARD)
    curves, ends = in_all_orders(base, run, threshold)
    assert found.orders_reached == pytest.approx(np.isfinite(ends).mean(), abs=4 * sqrt(0.25 / 1000))
    middle, low, high = np.quantile(ends, [0.5, 0.2, 0.8], method="higher")
    row = found.estimates.loc["any_order"]
    assert row["estimate"] == middle
    assert row[["std_error", *ENDS]].tolist() == pytest.approx([np.nan, low, high], nan_ok=True)
    assert found.curve["expected"].tolist() == pytest.approx(curves.mean(axis=0))
    assert found.curve["low"].tolist() == np.quantile(curves, 0.2, axis=0).tolist()
    assert found.curve["high"].tolist() == np.quantile(curves, 0.8, axis=0).tolist()
    assert found.curve["interviews"].tolist() == [1, 2, 3, 4]
    assert found.curve["themes"].tolist() == [1, 2, 3, 3]
    steps = [1, 2, 3, 3]
    new = [(steps[i + run] - steps[i]) / steps[base - 1] if base - 1 <= i < 4 - run else np.nan for i in range(4)]
    assert found.curve["new"].tolist() == pytest.approx(new, nan_ok=True)
    held = [i + 1 for i, one in enumerate(new) if one <= threshold]
    assert found.estimates.loc["reached", "estimate"] == held[0]
    assert found.estimates.loc["themes", "estimate"] == 3
    assert found.estimates["unit"].tolist() == ["interviews", "interviews", "themes"]
    assert (found.smallest_group, found.n, found.base, found.run) == (2, 4, base, run)


def test_saturation_needs_a_base_and_a_run_and_a_theme():
    assert Saturation(base=3, run=1, orders=100).fit(HEARD).n == 4
    with pytest.raises(DataError, match="has 4 rows, must have at least 5: a base of 3 and a run of 2"):
        Saturation(base=3, run=2).fit(HEARD)
    with pytest.raises(DataError, match="no code stands in any of 4 interviews"):
        Saturation(base=1, run=1, codes=["never"]).fit(HEARD)
    # not reached in 8 of 24 orders, so that nine tenths of them have no end
    some = Saturation(base=1, run=2, threshold=0.5, orders=1000, level=0.9).fit(HEARD)
    assert some.orders_reached == pytest.approx(2 / 3, abs=4 * sqrt(0.25 / 1000))
    assert some.estimates.loc["any_order", ENDS].isna().all()
    never = Saturation(base=1, run=1, orders=100).fit(pd.DataFrame(np.eye(4, dtype=int)).rename(columns=str))
    assert never.estimates.loc[["reached", "any_order"], "estimate"].isna().all()
    assert never.orders_reached == 0
    # a base without a theme gives no share
    late = Saturation(base=1, run=1, orders=100).fit(HEARD.iloc[[3, 3]].assign(fear=[0, 1]))
    assert late.curve["new"].isna().all()
    assert not late.stands


IN = [6, 4, 3, 2, 2, 1, 1, 1]  # of ten interviews
COUNTED = pd.DataFrame({"n": [*IN, 0]})


def richness(counts=COUNTED, interviews=10, **options):
    return ThemeRichness(frequency="n", interviews=interviews, bootstrap=100, **options).fit(counts)


def test_richness_is_that_of_chao():
    found = richness(level=0.8)
    unseen = 0.9 * 3**2 / (2 * 2)
    ratio = 3 / 2
    variance = 2 * (0.9 / 2 * ratio**2 + 0.9**2 * ratio**3 + 0.9**2 / 4 * ratio**4)
    factor = exp(1.2815515655446004 * sqrt(log1p(variance / unseen**2)))
    wanted = [8 + unseen, sqrt(variance), 8 + unseen / factor, 8 + unseen * factor]
    row = found.estimates.loc["themes"]
    assert row[["estimate", "std_error", *ENDS]].tolist() == pytest.approx(wanted)
    row = found.estimates.loc["unseen"]
    assert row[["estimate", "std_error", *ENDS]].tolist() == pytest.approx(
        [wanted[0] - 8, *wanted[1:2], wanted[2] - 8, wanted[3] - 8]
    )
    part = 9 * 3 / (9 * 3 + 2 * 2)
    row = found.estimates.loc["coverage"]
    assert row["estimate"] == pytest.approx(1 - 3 / 20 * part)
    away = 1.2815515655446004 * row["std_error"]
    assert row[ENDS].tolist() == pytest.approx([row["estimate"] - away, min(row["estimate"] + away, 1)])
    assert found.estimates["unit"].tolist() == ["themes", "themes", "proportion"]
    assert (found.seen, found.n, found.smallest_group) == (8, 10, 1)
    assert check(found, "repeated").numbers == pytest.approx({"once": 3, "twice": 2, "coverage": 1 - 3 / 20 * part})


def check(result, name):
    return next(one for one in result.checks if one.name == name)


def test_without_a_theme_in_two_interviews_chao_takes_another_form():
    found = richness(pd.DataFrame({"n": [9, 5, 3, 1, 1]}))
    whole = 5 + 0.9 * 2 * 1 / 2
    variance = 0.9 * 2 * 1 / 2 + 0.81 * 2 * 3**2 / 4 - 0.81 * 2**4 / (4 * whole)
    assert found.estimates.loc["themes", ["estimate", "std_error"]].tolist() == pytest.approx([whole, sqrt(variance)])
    part = 9 * 1 / (9 * 1 + 2)
    assert found.estimates.loc["coverage", "estimate"] == pytest.approx(1 - 2 / 19 * part)
    alone = richness(pd.DataFrame({"n": [9, 5, 3, 1]}))  # one theme once says nothing of a second
    assert alone.estimates.loc["themes", "estimate"] == 4
    assert alone.estimates.loc["coverage", "estimate"] == 1
    none = richness(pd.DataFrame({"n": [9, 5, 3]}))
    assert none.estimates.loc["coverage"].tolist()[:1] == [1]
    assert none.estimates.loc["coverage", ENDS].isna().all()


def test_curve_and_coverage_are_means_over_all_samples_within_and_chao_s_beyond():
    curve = richness().curve.set_index("interviews")
    assert curve.index.tolist() == list(range(1, 21))
    for size in (1, 4, 10):
        missed = sum(comb(10 - f, size) / comb(10, size) for f in IN)
        assert curve.loc[size, "themes"] == pytest.approx(8 - missed)
    for size in (1, 4, 9):
        lost = sum(f / 20 * comb(10 - f, size) / comb(9, size) for f in IN)
        assert curve.loc[size, "coverage"] == pytest.approx(1 - lost)
    unseen, part = 0.9 * 9 / 4, 9 * 3 / (9 * 3 + 4)
    for more in (1, 10):
        grown = 8 + unseen * (1 - (1 - 3 / (10 * unseen + 3)) ** more)
        assert curve.loc[10 + more, "themes"] == pytest.approx(grown)
        assert curve.loc[10 + more, "coverage"] == pytest.approx(1 - 3 / 20 * part ** (1 + more))
    middle = (curve["high"] + curve["low"]) / 2
    assert middle[curve["low"] > 0].to_numpy() == pytest.approx(curve["themes"][curve["low"] > 0].to_numpy())
    assert (curve["low"] >= 0).all()
    assert richness(interviews=50).curve["interviews"].tolist() == sorted(
        {round(1 + 99 * i / 39) for i in range(40)} | {50}
    )


def test_the_other_estimators_of_richness_are_those_of_their_papers():
    table = richness().estimators.set_index("estimator")
    q1, q2, q3, q4, t_ = 3, 2, 1, 1, 10
    chao = 0.9 * q1**2 / (2 * q2)
    wanted = {
        "chao2": 8 + chao,
        "chao2-corrected": 8 + 0.9 * q1 * (q1 - 1) / (2 * (q2 + 1)),
        "ichao2": 8 + chao + (t_ - 3) / (4 * t_) * q3 / q4 * max(q1 - (t_ - 3) / (2 * (t_ - 1)) * q2 * q3 / q4, 0),
        "jackknife-1": 8 + q1 * 9 / 10,
        "jackknife-2": 8 + q1 * 17 / 10 - q2 * 8**2 / (10 * 9),
        "bootstrap": 8 + sum((1 - f / 10) ** 10 for f in IN),
    }
    covered = 1 - q1 / 20 * (9 * q1 / (9 * q1 + 2 * q2))
    pairs = sum(f * (f - 1) for f in IN) / (20 * 19) * 10 / 9
    spread = max(8 / covered * pairs - 1, 0)
    wanted["ice"] = 8 / covered + q1 / covered * spread
    wanted["ice-1"] = 8 / covered + q1 / covered * max(spread * (1 + q1 / covered * pairs), 0)
    assert table["estimate"].to_dict() == pytest.approx(wanted)
    assert list(table.index) == [
        "bootstrap",
        "chao2",
        "chao2-corrected",
        "ichao2",
        "ice",
        "ice-1",
        "jackknife-1",
        "jackknife-2",
    ]
    assert table.loc["bootstrap", ["std_error", *ENDS]].isna().all()
    # the variance of sums of counts (1 - 1 / S), by hand for the first jackknife: themes in one interview count 1.9
    whole = wanted["jackknife-1"]
    assert table.loc["jackknife-1", "std_error"] == pytest.approx(sqrt(3 * 1.9**2 + 5 - whole**2 / whole))


def test_richness_by_interviews_is_that_by_counts():
    heard = pd.DataFrame({f"theme {i}": [int(r < n) for r in range(10)] for i, n in enumerate(IN)})
    by_interviews = ThemeRichness(bootstrap=100).fit(heard)
    assert by_interviews.estimates.equals(richness().estimates)
    assert ThemeRichness(codes=["theme 0", "theme 7"], bootstrap=100).fit(heard).seen == 2
    for wrong in (11, -1, 2.5, "x", None):
        with pytest.raises(CellError, match="whole numbers from 0 to the 10 interviews") as caught:
            richness(pd.DataFrame({"n": [1, wrong, 10]}, dtype=object))
        assert caught.value.rows == (2,)
    assert richness(pd.DataFrame({"n": [10, 1, 0]})).seen == 2
    with pytest.raises(DataError, match="no theme stands in any of 10 interviews"):
        richness(pd.DataFrame({"n": [0, 0]}))


PAIRS = pd.DataFrame(
    {
        "debt": [1] * 9 + [0] * 9,
        "threat": [1] * 8 + [0] * 9 + [1],
        "home": [0] * 9 + [1] * 9,
        "always": [1] * 18,
        "work": [1, 0] * 9,
    }
)


def test_pairs_of_codes_are_those_of_two_by_two_tables():
    found = Cooccurrence(false_discoveries=0.1, level=0.9).fit(PAIRS)
    names = ["debt", "threat", "home", "work"]
    rows = []
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            a, b = PAIRS[one], PAIRS[other]
            cells = np.array([[(a * b).sum(), (a * (1 - b)).sum()], [((1 - a) * b).sum(), ((1 - a) * (1 - b)).sum()]])
            half = cells + 0.5
            odds = np.log(half[0, 0] * half[1, 1] / (half[0, 1] * half[1, 0]))
            error = sqrt((1 / half).sum())
            rows.append([one, other, cells[0, 0], a.sum() * b.sum() / 18, odds, fisher_exact(cells).pvalue, error])
    p = [row[5] for row in rows]
    q = [min(p[j] * len(p) / sum(x <= p[j] for x in p) for j in range(len(p)) if p[j] >= p[i]) for i in range(len(p))]
    kept = [one <= 0.1 for one in q]
    assert found.pairs.iloc[:, :4].to_numpy().tolist() == [row[:4] for row in rows]
    assert found.pairs["log_odds"].tolist() == pytest.approx([row[4] for row in rows])
    assert found.pairs["p_value"].tolist() == pytest.approx(p)
    assert found.pairs["q_value"].tolist() == pytest.approx(q)
    assert found.pairs["together"].tolist() == kept
    assert kept == [True, True, False, True, False, False]
    away = 1.6448536269514722
    wanted = [[r[4], r[6], r[4] - away * r[6], r[4] + away * r[6]] for r, keep in zip(rows, kept, strict=True) if keep]
    assert found.estimates[["estimate", "std_error", *ENDS]].to_numpy() == pytest.approx(np.array(wanted))
    assert found.estimates[["source", "target", "both"]].to_numpy().tolist() == [
        ["debt", "threat", 8], ["debt", "home", 0], ["threat", "home", 1]
    ]  # fmt: skip
    assert found.groups.to_numpy().tolist() == [["debt", 1, 9], ["threat", 1, 9], ["home", 2, 9], ["work", 3, 9]]
    assert found.smallest_group == 1  # the pair in one interview
    assert check(found, "varies").numbers == {"codes": 1}
    with pytest.raises(DataError, match="1 codes stand in some interviews and not in all"):
        Cooccurrence(codes=["always", "debt"]).fit(PAIRS)
    nothing = Cooccurrence().fit(PAIRS[["debt", "work"]])
    assert len(nothing.estimates) == 0
    assert {"source", "target", "both"} <= set(nothing.estimates)


def test_clusters_are_told_from_the_largest():
    heard = pd.DataFrame({"a": [0, 1, 1, 1], "b": [1, 0, 0, 0], "c": [1, 0, 0, 1]}, index=list("wxyz"))
    table, member = case_clusters(heard, 2, codes=["a", "b", "c"])
    assert table.columns.tolist() == ["cluster", "interviews", "a", "b", "c"]
    assert table.to_numpy() == pytest.approx(np.array([[1, 3, 1, 0, 1 / 3], [2, 1, 0, 1, 1]]))
    assert member.to_dict() == {"w": 2, "x": 1, "y": 1, "z": 1}
    assert case_clusters(heard, 3)[0]["interviews"].tolist() == [2, 1, 1]
    with pytest.raises(DataError, match="has 4 rows, must have at least the 5 clusters"):
        case_clusters(heard, 5)
    assert len(case_clusters(heard.assign(d=[0, 1, 0, 0]), 4)[0]) == 4
    for name in ("cluster", "interviews"):
        with pytest.raises(DataError, match="a code is named 'cluster' or 'interviews', as a column"):
            case_clusters(heard.rename(columns={"a": name}), 2)


def test_a_timeline_counts_each_code_in_each_period():
    heard = pd.DataFrame({"when": [2021, 2020, 2021], "a": [1, 0, 1], "b": [0, 1, 1]})
    table, roles = code_timeline(heard, "when")
    assert table.columns.tolist() == ["period", "interviews", "a", "b"]
    assert table.to_numpy().tolist() == [[2020, 1, 0, 1], [2021, 2, 2, 1]]
    assert list(roles) == ["period", "interviews", "*"]
    assert code_timeline(heard, "when", codes=["b"])[0].columns.tolist() == ["period", "interviews", "b"]
    assert code_timeline(heard.head(1), "when")[0].to_numpy().tolist() == [[2021, 1, 1, 0]]
    for odd in (date(2020, 1, 1), "2020"):
        with pytest.raises(CellError, match="periods of one kind") as caught:
            code_timeline(heard.assign(when=pd.Series([2021, odd, 2021], dtype=object)), "when")
        assert caught.value.rows == (2,)
    with pytest.raises(DataError, match="a code is named 'period'"):
        code_timeline(heard.rename(columns={"a": "period"}), "when")


RATED = pd.DataFrame(
    {
        "anna": ["debt", "debt", "threat", "none", "none", "debt", None],
        "ben": ["debt", "threat", "threat", "none", "debt", "debt", "none"],
        "cleo": ["debt", None, "threat", "none", "none", "threat", None],
    }
)


def test_tables_of_agreement_count_pairs_of_ratings():
    found = agreement(RATED)
    both = [["anna", "ben", 6], ["anna", "cleo", 5], ["ben", "cleo", 5]]
    assert found.pairs.iloc[:, :3].to_numpy().tolist() == both
    for i, (one, other, _) in enumerate(both):
        assert found.pairs["agreement"].iloc[i] == pytest.approx(
            agreement(RATED[[one, other]]).estimates["estimate"].iloc[0]
        )
    met = pd.DataFrame(0, index=["debt", "none", "threat"], columns=["debt", "none", "threat"])
    for one in RATED:
        for other in RATED:
            if one != other:
                for a, b in RATED[[one, other]].dropna().to_numpy():
                    met.loc[a, b] += 1
    assert found.disagreements["pairs"].tolist() == met.to_numpy().ravel().tolist()
    margin = met.sum(axis=1).to_numpy()
    assert found.disagreements["expected"].tolist() == pytest.approx((np.outer(margin, margin) / margin.sum()).ravel())
    assert found.disagreements["code"].tolist() == ["debt"] * 3 + ["none"] * 3 + ["threat"] * 3
    assert found.disagreements["other"].tolist() == ["debt", "none", "threat"] * 3
    assert (found.n, found.coders, found.df) == (6, 3, 5)
    assert found.smallest_group == 3  # units in which somebody saw a threat
    assert check(found, "units").numbers == {"units": 6, "single": 1}


def test_percent_agreement_is_the_share_of_pairs_that_agree():
    found = agreement(RATED, "percent")
    shares = [1, 0, 1, 1, 1 / 3, 1 / 3]
    assert found.estimates["estimate"].iloc[0] == pytest.approx(np.mean(shares))
    assert found.observed == pytest.approx(np.mean(shares))
    row = found.estimates.iloc[0]
    away = t.ppf(0.975, found.df) * row["std_error"]
    assert row[ENDS].tolist() == pytest.approx([row["estimate"] - away, min(row["estimate"] + away, 1)])


def test_each_code_alone_stands_beside_the_units_that_have_it():
    found = agreement(RATED, per_code=True).estimates
    assert found["code"].tolist() == ["all", "debt", "none", "threat"]
    assert found["units"].tolist() == [7, 4, 3, 3]
    for name in ("debt", "none", "threat"):
        own = RATED.map(lambda one, name=name: np.nan if pd.isna(one) else float(one == name))
        alone = agreement(own).estimates.iloc[0]
        row = found.set_index("code").loc[name]
        assert row["estimate"] == pytest.approx(alone["estimate"])
    sets = pd.DataFrame({"a": ["debt|none", "debt", "none", "debt"], "b": ["debt", "debt", "none", "none"]})
    told = agreement(sets, separator="|", per_code=True, weights="jaccard")
    assert told.estimates["code"].tolist() == ["all", "debt", "none"]
    assert told.estimates["units"].tolist() == [4, 3, 3]
    assert told.observed == pytest.approx(np.mean([0.5, 1, 1, 0]))


def test_draws_that_are_kept_are_those_of_the_limits():
    found = agreement(RATED.dropna(), interval="bootstrap", draws=500, level=0.8, seed=3)
    drawn = found.draws.to_numpy().ravel()
    assert found.estimates["std_error"].iloc[0] == pytest.approx(drawn.std(ddof=1))
    assert found.estimates[ENDS].iloc[0].tolist() == pytest.approx(np.quantile(drawn, [0.1, 0.9]).tolist())
    without = check(found, "bootstrap").numbers
    assert without["samples"] == 500
    assert without["without"] == 500 - len(drawn)
    assert found.inputs.seed == 3
    assert agreement(RATED, interval="jackknife").inputs.seed is None


def test_plans_of_even_codes_have_the_width_of_a_mean():
    # at even shares the chance of agreement does not move: alpha is 2 (share that agree) - 1, variance 1 - alpha^2
    for alpha, half, level in ((0.6, 0.1, 0.95), (0.8, 0.2, 0.9)):
        plan = double_coding(agreement=alpha, shares=[0.5, 0.5], half_width=half, level=level)
        width = {n: t.ppf((1 + level) / 2, n - 1) * sqrt((1 - alpha**2) / n) for n in range(10, 400)}
        assert plan.units == min(n for n in width if width[n] <= half)
        assert plan.half_width == pytest.approx(width[plan.units])
        assert plan.expected_uses == round(plan.units / 2)
    rare = double_coding(agreement=0.8, shares=[0.9, 0.1], half_width=0.1)
    assert rare.expected_uses == round(0.1 * rare.units)
    assert double_coding(agreement=0.9, shares=[0.5, 0.5], half_width=0.9).units == 10
    more = double_coding(agreement=0.8, shares=[0.5, 0.5], half_width=0.1, coders=3)
    assert more.units < double_coding(agreement=0.8, shares=[0.5, 0.5], half_width=0.1).units


def marked(*rows):
    return pd.DataFrame(rows, columns=["document", "coder", "code", "start", "end"])


def test_units_of_two_documents_are_counted_by_code():
    rows = marked(
        ("A", "a", "debt", 0, 4), ("A", "b", "debt", 2, 6), ("B", "a", "threat", 1, 3), ("B", "b", "threat", 1, 3)
    )  # fmt: skip
    found = UnitisingAgreement(document="document", length="long", bootstrap=100).fit(rows.assign(long=10))
    assert found.by_code[["code", "units"]].to_numpy().tolist() == [["debt", 2], ["threat", 2]]
    assert found.covered == pytest.approx((2 + 2) / (6 + 2)) or found.covered == pytest.approx((2 + 2) / 20)
    assert (found.documents, found.coders, found.n, found.smallest_group) == (2, 2, 4, 2)
    assert found.by_code.loc[1, ["u_alpha", "k_alpha"]].tolist() == pytest.approx([1, 1])
    # where it is: of 20 places both say debt at 2, one at 4, none at 14; alpha of these ratings without small samples
    two = pd.DataFrame({"a": [1] * 4 + [0] * 16, "b": [0, 0, 1, 1, 1, 1] + [0] * 14})
    share = two.to_numpy().mean()
    exact = 1 - (4 / 20) / (2 * share * (1 - share))
    assert found.by_code.loc[0, "u_alpha"] == pytest.approx(exact, abs=0.06)  # lengths go in whole, places one by one


def test_coders_errors_are_shares_where_every_coder_is_always_right():
    rows = [(u, c, "yes" if u < 6 else "no") for u in range(20) for c in "abc"]
    frame = pd.DataFrame(rows, columns=["unit", "coder", "code"])
    found = DawidSkene(unit="unit", coder="coder", code="code", bootstrap=200, level=0.9).fit(frame)
    table = found.estimates.set_index("code")
    assert table["estimate"].to_dict() == pytest.approx({"no": 0.7, "yes": 0.3})
    assert table["given"].to_dict() == {"no": 42, "yes": 18}
    assert found.accuracy.to_numpy().tolist() == [[c, 20, pytest.approx(1)] for c in "abc"]
    right = found.errors.set_index(["coder", "code", "given"])["chance"]
    assert right.to_dict() == pytest.approx(
        {(c, k, g): float(k == g) for c in "abc" for k in ("no", "yes") for g in ("no", "yes")}
    )
    assert found.log_likelihood == pytest.approx(14 * np.log(0.7) + 6 * np.log(0.3))
    assert (found.n, found.smallest_group) == (20, 6)
    # with nothing unsure the draws are shares of a sample of 20: binomial
    assert table["std_error"].tolist() == pytest.approx([sqrt(0.21 / 20)] * 2, rel=0.2)
    assert table.loc["yes", ENDS].tolist() == pytest.approx([0.15, 0.45], abs=0.051)
    assert DawidSkene(unit="unit", coder="coder", code="code").right_codes(frame)["yes"].round(6).tolist() == [
        float(str(u) in set("012345")) for u in sorted(map(str, range(20)))
    ]


def test_disagreements_are_drawn_as_dark_as_they_are_often():
    found = agreement(RATED)
    ax = found.plot_disagreements()
    (image,) = ax.images
    pairs = found.disagreements["pairs"].to_numpy().reshape(3, 3)
    expected = found.disagreements["expected"].to_numpy().reshape(3, 3)
    shades = np.log2((pairs + 0.5) / (expected + 0.5))
    assert np.asarray(image.get_array()) == pytest.approx(shades)
    assert image.get_clim() == (-3, 3)
    assert image.get_cmap().name == "Greys"
    written = {(t_.get_position()[1], t_.get_position()[0]): (t_.get_text(), t_.get_color()) for t_ in ax.texts}
    assert written == {
        (i, j): (f"{pairs[i, j]}", "white" if shades[i, j] > 1 else "black") for i in range(3) for j in range(3)
    }
    assert [one.get_text() for one in ax.get_xticklabels()] == ["debt", "none", "threat"]
    assert [one.get_text() for one in ax.get_yticklabels()] == ["debt", "none", "threat"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("code of one coder", "code of the other")
    assert ax.get_title(loc="left").startswith("Pairs of ratings")
    assert [float(one) for one in ax.figure.get_size_inches()] == pytest.approx([4.2 + 1.2, 4.2], abs=0.02)


def test_codes_have_an_order_where_every_coder_s_column_has_the_same():
    order = pd.CategoricalDtype(["low", "mid", "high"], ordered=True)
    other = pd.CategoricalDtype(["high", "mid", "low"], ordered=True)
    words = pd.DataFrame({"a": ["low", "mid", "high", "low"] * 3, "b": ["low", "mid", "mid", "mid"] * 3})
    both = words.astype(order)
    numbers = words.replace({"low": 1, "mid": 2, "high": 3}).astype(int)
    wanted = agreement(numbers, weights="quadratic").estimates["estimate"].iloc[0]
    assert agreement(both, weights="quadratic").estimates["estimate"].iloc[0] == pytest.approx(wanted)
    for first, second in ((order, other), (order, object), (object, order)):
        with pytest.raises(ValueError, match="the codes have no order"):
            agreement(words.assign(a=words["a"].astype(first), b=words["b"].astype(second)), weights="quadratic")
