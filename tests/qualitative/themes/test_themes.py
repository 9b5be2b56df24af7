"""Saturation, richness of themes and codes that stand together, against other software and planted truths."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.qualitative import Cooccurrence, Saturation, ThemeRichness, case_clusters, code_timeline
from ctresearch.qualitative.themes.incidence import (
    ESTIMATORS,
    Incidence,
    coverage,
    drawn_again,
    estimate_themes,
    theme_curve,
)
from ctresearch.qualitative.themes.saturation import expected_themes

REFERENCE = Path(__file__).parents[2] / "reference/qualitative"
RICHNESS = json.loads((REFERENCE / "richness.json").read_text())
THEMES = pd.read_csv(REFERENCE / "richness_themes_artificial.csv", index_col=0)
SPADER = {"chao2": 1, "chao2-corrected": 2, "ichao2": 3, "ice": 4, "ice-1": 5, "jackknife-1": 6, "jackknife-2": 7}


def ants(place):
    """Rebuild a table of frequencies that has the same rare species and as many mentions."""
    held = RICHNESS["ants"][place]
    rare = [i + 1 for i, n in enumerate(held["by_times"]) for _ in range(n)]
    return pd.DataFrame({"samples": rare + [held["T"] // 2] * (held["seen"] - len(rare))}), held


@pytest.mark.parametrize("place", ["h50m", "h500m"])
def test_estimators_equal_spader(place):
    frame, held = ants(place)
    table = (
        ThemeRichness(frequency="samples", interviews=held["T"], bootstrap=100)
        .fit(frame)
        .estimators.set_index("estimator")
    )
    for name, row in SPADER.items():
        wanted, found = held["estimators"][row], table.loc[name]
        assert found["estimate"] == pytest.approx(wanted["Estimate"], abs=6e-4)  # three digits are printed
        if name == "ichao2":
            continue  # see the next test: the package's is smaller than that of Chao2, of which iChao2 is a part
        limits = [wanted["s.e."], wanted["95%Lower"], wanted["95%Upper"]]
        assert found[["std_error", "ci_low", "ci_high"]].tolist() == pytest.approx(limits, abs=1.1e-3)


@pytest.mark.parametrize(("place", "printed"), [("h50m", 14.186), ("h500m", 16.884)])
def test_the_error_of_ichao2_is_how_far_it_scatters_over_samples_drawn_anew(place, printed):
    frame, told = ants(place)
    held = Incidence(frame["samples"].to_numpy(), told["T"])
    drawn = drawn_again(held, np.random.default_rng(1), 800)
    again = np.array([one.seen + ESTIMATORS["ichao2"](one.by_times, one.units) for one in drawn])
    ours = estimate_themes(held, "ichao2").variance ** 0.5
    scatter = again.std()  # itself known to 3 % with 800 draws
    assert abs(ours / scatter - 1) < 0.15
    assert printed < 0.8 * scatter  # SpadeR 0.1.1 prints this


# iNEXT 3.0.1, set.seed(1); iNEXT(x, q = 0, datatype = "incidence_freq", size = c(T, 2 * T), nboot = 200): half of
# each interval. Both are bootstraps, known to 5 % with 200 draws; and the frequent species of these tables are ours.
@pytest.mark.parametrize(("place", "halves"), [("h50m", (9.854, 16.294)), ("h500m", (11.899, 21.635))])
def test_the_band_of_the_curve_is_as_wide_as_that_of_inext(place, halves):
    frame, told = ants(place)
    size = told["T"]
    found = ThemeRichness(frequency="samples", interviews=size, bootstrap=300).fit(frame)
    band = found.curve.set_index("interviews").loc[[size, 2 * size]]
    assert ((band["high"] - band["low"]) / 2).tolist() == pytest.approx(halves, rel=0.15)


def test_themes_equal_vegan():
    wanted = RICHNESS["vegan 2.6-10"]
    found = ThemeRichness(bootstrap=100).fit(THEMES)
    table = found.estimators.set_index("estimator")
    small = wanted["small_sample"]
    assert table.loc["chao2", ["estimate", "std_error"]].tolist() == pytest.approx(
        [small["chao"], small["chao.se"]], abs=1e-9
    )
    names = {"jackknife-1": "jack1", "jackknife-2": "jack2", "bootstrap": "boot"}
    assert [table.loc[one, "estimate"] for one in names] == pytest.approx(
        [small[one] for one in names.values()], abs=1e-9
    )
    exact = wanted["accumulation_exact"]["richness"]
    counts = THEMES.sum().to_numpy()
    assert expected_themes(counts[counts > 0], 24, np.arange(1, 25)).tolist() == pytest.approx(exact, abs=1e-9)
    assert found.seen == 27


def test_curve_and_coverage_meet_at_the_interviews_held():
    held = Incidence(THEMES.sum().loc[lambda s: s > 0].to_numpy(), 24)
    curve = theme_curve(held, np.array([1.0, 24.0, 48.0, 1e6]))
    assert curve[1] == pytest.approx(27)
    assert curve[3] == pytest.approx(29.3958333333333)  # all of them, by Chao's bound
    assert curve[0] == pytest.approx(THEMES.sum(axis=1).mean())
    assert np.all(np.diff(coverage(held, np.array([1.0, 12.0, 24.0, 48.0]))) > 0)


def planted(interviews=30, themes=40, seed=1, low=0.05, high=0.5):
    rng = np.random.default_rng(seed)
    chance = rng.uniform(low, high, themes)
    return pd.DataFrame(rng.random((interviews, themes)) < chance).astype(int).rename(columns=lambda i: f"theme {i}")


@pytest.mark.slow
def test_the_planted_number_of_themes_is_recovered():
    inside = 0
    for seed in range(40):
        row = ThemeRichness(bootstrap=100).fit(planted(seed=seed)).estimates.loc["themes"]
        inside += row["ci_low"] - 0.5 <= 40 <= row["ci_high"] + 0.5 or row["estimate"] == 40
    assert inside >= 34  # .95 of 40 is 38, three errors of .034 less


def test_each_check_of_richness_fails_on_what_breaks_it():
    def status(frame, name):
        return {c.name: c.status for c in ThemeRichness(bootstrap=100).fit(frame).checks}[name]

    assert status(planted(), "repeated") == "pass"
    assert status(planted(), "interviews") == "pass"
    assert status(planted(interviews=5), "interviews") == "review"
    alone = pd.DataFrame(np.eye(12, dtype=int)).rename(columns=str)
    assert status(alone, "repeated") == "fail"
    assert not ThemeRichness(bootstrap=100).fit(alone).stands
    assert status(alone.assign(x=[1, 1] + [0] * 10), "repeated") == "fail"
    without = pd.DataFrame({"a": [1] * 10, "b": [1] * 10, "c": [1] + [0] * 9, "d": [0, 1] + [0] * 8})
    assert status(without, "repeated") == "review"


def test_saturation_as_counted_by_hand():
    first = pd.DataFrame({str(i): [int(r >= i // 4) for r in range(10)] for i in range(20)})
    found = Saturation(base=3, run=2, threshold=0.2, orders=100).fit(first)  # 4 themes more in each of 5 interviews
    assert found.curve["themes"].tolist() == [4, 8, 12, 16, 20, 20, 20, 20, 20, 20]
    assert found.curve["new"].round(3).tolist()[2:8] == [0.667, 0.333, 0.0, 0.0, 0.0, 0.0]
    assert found.estimates.loc["reached", "estimate"] == 5
    assert found.estimates.loc["any_order", "estimate"] < 5  # in any other order all is said at once


def test_each_check_of_saturation_fails_on_what_breaks_it():
    def status(frame, name, **options):
        return {c.name: c.status for c in Saturation(orders=200, **options).fit(frame).checks}[name]

    calm = planted(low=0.5, high=0.9)
    assert status(calm, "reached") == "pass"
    assert status(calm, "order") == "pass"
    always_new = pd.DataFrame(np.eye(12, dtype=int)).rename(columns=str)
    assert status(always_new, "reached") == "fail"
    assert not Saturation(orders=100).fit(always_new).stands
    assert status(always_new, "order") == "review"


def test_expected_is_the_mean_over_orders():
    found = Saturation(orders=4000, seed=3).fit(planted())
    rng = np.random.default_rng(1)
    there = planted().to_numpy() == 1
    curves = [np.cumsum(there[rng.permutation(30)], axis=0).astype(bool).sum(axis=1) for _ in range(2000)]
    assert np.abs(np.mean(curves, axis=0) - found.curve["expected"]).max() < 0.2  # errors of .05


@pytest.mark.slow
def test_false_discoveries_are_few_and_planted_ties_are_found():
    kept = []
    for seed in range(60):
        frame = planted(interviews=60, themes=12, seed=seed, low=0.2, high=0.8)
        frame["twin"] = frame["theme 0"]
        table = Cooccurrence(false_discoveries=0.1).fit(frame).pairs
        chosen = table[table["together"]]
        true = (chosen["source"] == "theme 0") & (chosen["target"] == "twin")
        kept.append((true.sum(), (~true).mean() if len(chosen) else 0.0))
    assert np.mean([one for one, _ in kept]) == 1
    assert np.mean([false for _, false in kept]) < 0.1 + 3 * 0.03  # three errors of 60 samples


def test_fisher_equals_scipy_and_checks_fail_on_what_breaks_them():
    from scipy.stats import fisher_exact

    frame = planted(interviews=40, themes=4, low=0.3, high=0.6)
    found = Cooccurrence().fit(frame)
    row = found.pairs.iloc[0]
    wanted = fisher_exact(pd.crosstab(frame["theme 0"], frame["theme 1"])).pvalue
    assert row["p_value"] == pytest.approx(wanted, rel=1e-9)
    assert {c.name: c.status for c in found.checks} == {"varies": "pass", "rare pairs": "pass"}
    rare = planted(interviews=20, themes=8, low=0.06, high=0.1, seed=5).assign(always=1)
    assert {c.name: c.status for c in Cooccurrence().fit(rare).checks} == {"varies": "review", "rare pairs": "review"}


def test_groups_of_codes_and_clusters_of_interviews():
    rng = np.random.default_rng(1)
    side = rng.random(80) < 0.5
    frame = pd.DataFrame(
        {
            f"{name}{i}": (rng.random(80) < np.where(side == (name == "a"), 0.9, 0.1)) * 1
            for name in "ab"
            for i in range(3)
        }
    )
    groups = Cooccurrence().fit(frame).groups
    assert groups.groupby("group")["code"].agg(list).tolist() == [["a0", "a1", "a2"], ["b0", "b1", "b2"]]
    table, member = case_clusters(frame, 2)
    assert table["interviews"].sum() == 80
    assert max((member == 1).eq(side).mean(), (member == 2).eq(side).mean()) > 0.9


def test_timeline_counts_interviews():
    table, roles = code_timeline(pd.DataFrame({"year": [2020, 2021, 2021], "debt": [1, 0, 1]}), "year")
    assert table.to_numpy().tolist() == [[2020, 1, 1], [2021, 2, 1]]
    assert roles["*"].counts_people


@pytest.mark.parametrize("kind", [Saturation, ThemeRichness, Cooccurrence])
@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"a": [1, 2] * 9, "b": [0, 1] * 9}),
        pd.DataFrame({"a": [0] * 9, "b": [0] * 9}),
        pd.DataFrame({"a": [1]}),
    ],
)
def test_bad_tables_are_refused(kind, frame):
    with pytest.raises(DataError):
        kind().fit(frame)


def test_bad_options_are_refused():
    for kind, options in (
        (Saturation, {"base": 0}),
        (Saturation, {"threshold": 2}),
        (ThemeRichness, {"method": "chao"}),
        (ThemeRichness, {"frequency": "x"}),
        (Cooccurrence, {"false_discoveries": 0}),
    ):
        with pytest.raises(SpecificationError):
            kind(**options)
