"""Inner functions of the room by hand: exposures, waits, groups, inversion of tests, plans."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import CellError, Check, DataError, FitError, SpecificationError
from ctresearch.programmes import FollowUp, ReferralCascade, TrialDesign, neighbours_within, referral_counts
from ctresearch.programmes.follow.follow_up_table import read_follow_up
from ctresearch.programmes.follow.selection_bounds import Bounds, lee_bounds, limits_of_bounded, worst_case_bounds
from ctresearch.programmes.groups.age_groups import age_groups, checks_by_group, fit_apart, rows_that_stand
from ctresearch.programmes.groups.grouped_rows import grouped_table, t_limits
from ctresearch.programmes.referral.cascade_table import read_cascade
from ctresearch.programmes.referral.cascade_waits import at_even_times, median_wait
from ctresearch.programmes.trials.exposure import adjacency, draw_arms, exposure_contrast, exposures
from ctresearch.programmes.trials.randomisation import randomisation_test
from ctresearch.programmes.trials.trial_table import plain_words, read_trial, trial_cells
from ctresearch.programmes.trials.wedge_error import wedge_error
from ctresearch.stats.clusters.inversion import invert_test

PLACES = pd.DataFrame({"v": ["a", "a", "b", "c"], "east": [0.0, 2.0, 4.0, 1.0], "north": [0.0, 0.0, 4.0, 1.0]})


def test_neighbours_are_those_within_the_radius_of_their_middles():
    # a stands at (1, 0), b at (4, 4), c at (1, 1)
    near = {"cluster": "v", "east": "east", "north": "north"}
    assert neighbours_within(PLACES, **near, radius=1) == (("a", "c"),)
    assert neighbours_within(PLACES, **near, radius=4.3) == (("a", "c"), ("b", "c"))
    assert neighbours_within(PLACES, **near, radius=5) == (("a", "b"), ("a", "c"), ("b", "c"))
    with pytest.raises(SpecificationError, match="radius == -1"):
        neighbours_within(PLACES, **near, radius=-1)
    for column in ("v", "east", "north"):
        with pytest.raises(DataError, match=f"'{column}'"):
            neighbours_within(PLACES.drop(columns=column), **near, radius=1)
        with pytest.raises(DataError, match=f"column '{column}' has 4 missing"):
            neighbours_within(PLACES.assign(**{column: None}), **near, radius=1)


def test_exposures_by_hand():
    near = adjacency(("a", "b", "c", "d"), (("a", "B "), ("b", "c"), ("d", "d"), ("d", "z")))
    assert near.tolist() == [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
    assert exposures(np.array([1.0, 0, 0, 0]), near).tolist() == [2, 1, 0, 0]
    assert exposures(np.array([[0.0, 1, 0, 0], [0, 0, 0, 1]]), near).tolist() == [[1, 2, 1, 0], [0, 0, 0, 2]]
    with pytest.raises(DataError, match="none of the 1 pairs"):
        adjacency(("a", "b"), (("x", "y"),))


def test_arms_are_drawn_within_strata_and_the_first_is_what_was():
    arms, strata = np.array([1.0, 0, 0, 1, 1, 0]), np.array([0, 0, 0, 1, 1, 1])
    drawn = draw_arms(arms, strata, 300, 5)
    assert drawn.shape == (300, 6)
    assert drawn[0].tolist() == arms.tolist()
    assert (drawn[:, :3].sum(axis=1) == 1).all()
    assert (drawn[:, 3:].sum(axis=1) == 2).all()
    assert drawn[1:].mean(axis=0) == pytest.approx([1 / 3] * 3 + [2 / 3] * 3, abs=0.12)
    assert (draw_arms(arms, strata, 300, 5) == drawn).all()
    assert (draw_arms(arms, strata, 300, 6) != drawn).any()


def test_a_contrast_of_exposures_by_hand():
    every = np.array([[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 0, 1], [0, 1, 1, 0]])
    found = exposure_contrast(np.array([6.0, 10, 2, 4]), np.array([2.0, 2, 1, 1]), every, (1, 0))
    assert (found.estimate, found.used, found.left_out) == (pytest.approx(16 / 4 - 6 / 2), (2, 2), 0)
    # cluster 0 never is untouched, so it is left out
    never = np.where(np.arange(4) == 0, 1, every)
    less = exposure_contrast(np.array([6.0, 10, 2, 4]), np.array([2.0, 2, 1, 1]), never, (1, 0))
    assert (less.used, less.left_out) == ((1, 2), 1)
    assert np.isnan([less.estimate, less.std_error]).all()


def test_the_spread_of_a_contrast_is_that_over_allocations():
    # with the same outcome under both exposures, estimates over all allocations have the variance that each estimates
    rng = np.random.default_rng(2)
    every = np.array([a for a in np.ndindex(*(2,) * 8) if sum(a) == 4])
    totals = rng.normal(10, 1, 8)
    found = [exposure_contrast(totals, np.ones(8), np.roll(every, -i, axis=0), (1, 0)) for i in range(len(every))]
    spread = np.std([one.estimate for one in found])
    assert np.sqrt(np.mean([one.std_error**2 for one in found])) == pytest.approx(spread, rel=0.1)


@pytest.mark.parametrize(("estimate", "step"), [(2.0, 0.01), (-3.0, 50.0), (0.0, -1.0)])
def test_a_test_is_inverted_to_its_limits(estimate, step):
    low, high = invert_test(lambda effect: np.exp(-abs(effect - estimate)), estimate, step, 0.9)
    assert (low, high) == pytest.approx((estimate - np.log(10), estimate + np.log(10)))
    assert invert_test(lambda _: 1.0, estimate, step, 0.9) == (-np.inf, np.inf)


def test_randomisation_counts_ties_and_draws_where_there_are_many():
    frame = pd.DataFrame(
        {"v": np.repeat(list("abcdefgh"), 2), "a": np.repeat([0, 1], 8), "y": np.arange(16.0) ** 2 % 7}
    )
    table = read_trial(frame, outcome="y", treatment="a", cluster="v")
    residual = table.outcome - table.outcome.mean()
    every, some = (randomisation_test(table, residual, draws=draws, seed=3) for draws in (35, 34))
    assert (every.every, len(every.effects[0]), some.every, len(some.effects[0])) == (True, 70, False, 34)
    means = frame.groupby("v")["y"].mean().to_numpy()
    assert every.estimate == some.estimate == pytest.approx(means[4:].mean() - means[:4].mean())
    assert every.p_value(every.estimate) == 1.0
    reached = (np.abs(some.effects[0]) >= abs(some.estimate) - 1e-9).sum()
    assert some.p_value() == (reached + 1) / 35
    # shifting the outcome of the treated moves the effect by as much
    moved = randomisation_test(table, residual + 3 * (table.treatment - 0.5), draws=35)
    assert moved.estimate == pytest.approx(every.estimate + 3)
    assert moved.p_value(3.0) == every.p_value()


CELLS = pd.DataFrame(
    {"v": list("aabbccdd"), "a": [0] * 4 + [1] * 4, "y": [1.0, 2, 4, 3, 6, 8, 7, 5], "s": [0, 0, 1, 1, 0, 0, 1, 1]}
)


def test_the_table_of_a_trial_by_hand():
    table = read_trial(
        CELLS.assign(sex=list("fmfmfmff"), x=range(8)),
        outcome="y",
        treatment="a",
        cluster="v",
        covariates=["sex", "x"],
        strata="s",
    )
    assert (table.n, table.sizes.tolist(), table.cluster_names) == (8, [2] * 4, tuple("abcd"))
    assert table.names == ("constant", "sex[m]", "x", "stratum[1]")
    assert table.words == ("constant", "sex, level 2", "x", "stratum 2 of 2")
    assert table.strata.tolist() == [0, 1, 0, 1]
    assert table.design[:, -1].tolist() == CELLS["a"].tolist()
    assert table.design[:, -2].tolist() == CELLS["s"].tolist()
    assert table.schedule.tolist() == [[0], [0], [1], [1]]
    assert plain_words(["constant", "g[b]", "g[c]", "h[d]"], ["g", "h"]) == (
        "constant",
        "g, level 2",
        "g, level 3",
        "h, level 2",
    )
    wedge = pd.DataFrame(
        {"v": list("aabbcc") * 2, "t": [1, 2] * 6, "a": [0, 1, 0, 0, 0, 0] * 2, "y": np.arange(12.0) ** 2}
    )
    timed = read_trial(wedge, outcome="y", treatment="a", cluster="v", period="t")
    assert timed.names == ("constant", "period[2]")
    assert timed.words == ("constant", "period 2 of 2")
    assert timed.schedule.tolist() == [[0, 1], [0, 0], [0, 0]]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"a": 1}, DataError, "treatment 'a' is 1 in all 8 rows"),
        ({"y": 2.0}, DataError, "outcome 'y' is the same in all 8 rows"),
        ({"s": [0, 1] * 4}, DataError, "4 of 4 clusters lie in more than one 's'"),
        ({"s": [0] * 4 + [1] * 4}, DataError, "a stratum of 's' has clusters of one arm only"),
        ({"a": [0, 1] * 4}, DataError, "'a' is 0 and 1 within 4 of 4 clusters of 'v'"),
        ({"a": [0] * 6 + [1] * 2}, DataError, "arm 1 has 1 cluster"),
        ({"v": list("abcdefgh")}, DataError, "all 8 clusters of 'v' hold one row"),
        ({"x": None}, DataError, "column 'x' has 8 missing values of 8.*drop the rows knowingly, or impute"),
        ({"y": [None, *CELLS["y"][1:]]}, DataError, "column 'y' has 1 missing values of 8.*FollowUp"),
        ({"x": CELLS["y"] * 2 - 1}, FitError, "'x' is a copy of the outcome 'y'"),
        ({"y": CELLS["a"] * 3.0}, FitError, "the outcome 'y' is the treatment 'a' itself"),
        (
            {"y": CELLS["a"] + 2.0 * np.arange(8)},
            FitError,
            "the 4 columns of the model explain",
        ),
    ],
)
def test_what_is_no_trial_is_told_by_column_and_count(change, error, words):
    frame = CELLS.assign(x=range(8)).assign(**change)
    with pytest.raises(error, match=words):
        read_trial(frame, outcome="y", treatment="a", cluster="v", covariates=["x"], strata="s")


def test_cells_of_a_trial_are_told_by_row():
    with pytest.raises(CellError, match="0 or 1 as randomised") as caught:
        trial_cells(CELLS.assign(a=[0, 2, 0, 0, 1, 1, 1, 3]), outcome="y", treatment="a", cluster="v")
    assert (caught.value.column, tuple(caught.value.rows)) == ("a", (2, 8))
    for column in ("y", "a", "v"):
        with pytest.raises(DataError, match=f"'{column}'"):
            trial_cells(CELLS.drop(columns=column), outcome="y", treatment="a", cluster="v")


def test_ages_part_adults_from_children():
    frame = pd.DataFrame({"age": [17.9, 18, 0, 130], "child": [True, False, True, False]})
    for column in ("age", "child"):
        found = age_groups(frame, column)
        assert found.names == ("adults", "children")
        assert [part.index.tolist() for _, part in found.parts] == [[1, 3], [0, 2]]
    assert age_groups(frame[1:2], "age").names == ("adults",)
    assert age_groups(frame.drop(columns="age"), "age").checks[0].status == "review"
    with pytest.raises(DataError, match="'years'"):
        age_groups(frame, "years")
    with pytest.raises(DataError, match="column 'age' has 1 missing values of 2"):
        age_groups(pd.DataFrame({"age": [3, None]}), "age")
    with pytest.raises(CellError, match="from 0 to 130") as caught:
        age_groups(pd.DataFrame({"age": [3, 131, -1, 40]}), "age")
    assert (caught.value.column, tuple(caught.value.rows)) == ("age", (2, 3))


def test_one_group_that_cannot_be_fitted_leaves_the_other():
    groups = age_groups(pd.DataFrame({"age": [3, 30, 40]}), "age")

    def fit(rows):
        if len(rows) < 2:
            raise DataError("1 row is too few")
        return len(rows)

    found, checks = fit_apart(groups, fit)
    assert found == {"adults": 2, "children": None}
    assert [(one.name, one.status) for one in checks] == [("too few children", "review")]
    assert "1 row is too few" in checks[0].message

    def never(rows):
        raise DataError(f"{len(rows)} rows")

    with pytest.raises(DataError, match="2 rows"):
        fit_apart(groups, never)


def test_checks_of_groups_bear_their_names_and_void_together():
    bad, good = Check("it", "fail", "No.", voids=True), Check("it", "pass", "Yes.")
    alone = checks_by_group({"all": [bad]})
    assert [(one.name, one.voids) for one in alone] == [("it", True)]
    both = checks_by_group({"adults": [bad], "children": [good]})
    assert [(one.name, one.voids) for one in both] == [("it, adults", False), ("it, children", False)]
    neither = checks_by_group({"adults": [bad], "children": [bad], "others": None})
    assert [one.voids for one in neither] == [True, True]
    row = {"effect": (1.0, 2.0, 3.0, 4.0)}
    assert rows_that_stand(row, [good]) == row
    assert np.isnan(rows_that_stand(row, [good, bad])["effect"][1:]).all()
    assert rows_that_stand(row, [bad])["effect"][0] == 1.0


def test_rows_of_groups_stand_under_each_other():
    table = grouped_table({"adults": {"effect": (1.0, 2.0, 3.0, 4.0)}, "children": None}, ["effect"], unit="points")
    assert table["group"].tolist() == ["adults", "children"]
    assert table["unit"].tolist() == ["points"] * 2
    assert table["estimate"].tolist() == pytest.approx([1.0, np.nan], nan_ok=True)
    assert t_limits(1.0, 2.0, 10.0, 0.95) == pytest.approx(
        (1.0, 2.0, 1 - 2 * 2.2281388519649385, 1 + 2 * 2.2281388519649385)
    )
    assert np.isnan(t_limits(1.0, 2.0, np.inf, 0.95)[2:]).all()


def test_bounds_by_hand():
    y, a = np.array([1.0, 2, 3, 5, 6, 7]), np.array([0.0, 0, 0, 1, 1, 1])
    seen = np.array([1.0, 1, 0, 1, 1, 0])
    assert lee_bounds(y, a, seen) == Bounds(4.0, 4.0)  # as many seen in both arms: nothing is trimmed
    assert np.isnan([lee_bounds(y, a, 1 - a).low, lee_bounds(y, a, 1 - a).high]).all()
    assert worst_case_bounds(y, a, seen, 0, 9) == Bounds(pytest.approx(11 / 3 - 4), pytest.approx(20 / 3 - 1))
    assert limits_of_bounded(Bounds(1.0, 2.0), (0.0, 0.0), 0.95) == (1.0, 2.0)
    assert np.isnan(limits_of_bounded(Bounds(1.0, np.nan), (0.1, 0.1), 0.95)).all()
    # far apart, each end has a one-sided limit; at one point, both have a two-sided one
    assert limits_of_bounded(Bounds(0.0, 100.0), (1.0, 2.0), 0.95) == pytest.approx((-1.6448536, 100 + 2 * 1.6448536))
    assert limits_of_bounded(Bounds(0.0, 0.0), (1.0, 1.0), 0.95) == pytest.approx((-1.9599640, 1.9599640))


def test_a_follow_up_is_read_as_it_stands():
    frame = pd.DataFrame({"y": [1.0, None, 0, 1, 0, None], "a": [0, 0, 0, 1, 1, 1], "x": range(6), "v": list("aabccd")})
    table = read_follow_up(frame, outcome="y", treatment="a", covariates=["x"], cluster="v")
    assert (table.seen.tolist(), table.outcome.tolist()) == ([1, 0, 1, 1, 1, 0], [1, 0, 0, 1, 0, 0])
    assert (table.followed, table.range, table.names) == (((3, 2), (3, 2)), (0.0, 1.0), ("constant", "x"))
    assert table.clusters.tolist() == [0, 0, 1, 2, 2, 3]
    other = read_follow_up(frame.assign(y=frame["y"] * 3), outcome="y", treatment="a", covariates=[])
    assert (other.range, other.clusters) == (None, None)
    assert read_follow_up(frame, outcome="y", treatment="a", covariates=[], low=-1, high=4).range == (-1.0, 4.0)
    with pytest.raises(CellError, match=r"must lie between 0\.5 and 2") as caught:
        read_follow_up(frame, outcome="y", treatment="a", covariates=[], low=0.5, high=2)
    assert (caught.value.column, tuple(caught.value.rows)) == ("y", (3, 5))
    with pytest.raises(CellError, match="must be 0 or 1") as caught:
        read_follow_up(frame.assign(a=[0, 0, 5, 1, 1, 1]), outcome="y", treatment="a", covariates=[])
    assert (caught.value.column, tuple(caught.value.rows)) == ("a", (3,))
    with pytest.raises(DataError, match="1 people with 'a' == 1 were followed up"):
        read_follow_up(frame.assign(y=[1, 2, 3, 4, None, None]), outcome="y", treatment="a", covariates=[])
    with pytest.raises(DataError, match="1 clusters of 'v' lie in both arms"):
        read_follow_up(frame.assign(v=list("ababcc")), outcome="y", treatment="a", covariates=[], cluster="v")
    with pytest.raises(FitError, match="the outcome 'y' is the treatment 'a' itself"):
        FollowUp(outcome="y", treatment="a", covariates=[], age=None, bootstrap=50).fit(
            frame.assign(y=frame["a"] * 2.0)
        )


def test_a_cascade_is_read_as_it_stands():
    frame = pd.DataFrame(
        {
            "seen": [0, 1, 2],
            "asked": [4, None, 5],
            "helped": [6, None, None],
            "end": [9, 8, 7],
            "reason": ["censor", "refused", " Censor"],
        }
    ).assign(reason=["x", "refused", "censor"])
    table = read_cascade(frame, stages=("seen", "asked", "helped"), end="end", reason="reason", censored="censor")
    assert table.entered(1).tolist() == [True, False, True]
    assert table.end.tolist() == [6, 8, 7]
    assert list(table.reason) == ["completed", "refused", "censor"]
    first, last, whole = table.step(1), table.step(2), table.step(2, since=0)
    assert (first.rows.stop.tolist(), first.causes, first.kind.tolist()) == (
        [4, 7, 3],
        ("reached", "refused"),
        [1, 2, 1],
    )
    assert (last.rows.stop.tolist(), last.causes, last.kind.tolist()) == ([2, 2], ("reached",), [1, 0])
    assert (whole.rows.stop.tolist(), whole.kind.tolist()) == ([6, 7, 5], [1, 2, 0])
    assert whole.rows.event.tolist() == [True, True, False]


def test_waits_by_hand():
    curve = pd.DataFrame(
        {
            "group": "all",
            "stage": "helped",
            "outcome": "reached",
            "time": [2.0, 5.0, 8.0],
            "events": [3, 2, 1],
            "share": [0.3, 0.5, 0.6],
            "ci_low": [0.1, 0.3, 0.5],
            "ci_high": [0.5, 0.7, 0.8],
        }
    )
    assert median_wait(curve) == (5.0, 2.0, 8.0)
    assert np.isnan(median_wait(curve.assign(share=0.4))[0])
    steps = pd.DataFrame({"group": ["all"], "stage": ["helped"], "followed": [7.0]})
    even = at_even_times(curve, steps, 2.5, 7.5, 4)
    assert even["time"].tolist() == [0, 2.5, 5, 7.5]
    assert even["share"].tolist() == pytest.approx([0.0, np.nan, 0.5, np.nan], nan_ok=True)
    assert even["ci_low"].tolist() == pytest.approx([np.nan, np.nan, 0.3, np.nan], nan_ok=True)
    assert list(even.columns) == ["group", "stage", "outcome", "time", "share", "ci_low", "ci_high"]
    assert at_even_times(curve, steps, 2.5, 5, 3)["share"].tolist() == [0.0, 0.3, 0.5]
    with pytest.raises(SpecificationError, match="horizon == 0"):
        at_even_times(curve, steps, 1, 0)


def test_pictures_of_a_cascade_show_its_shares():
    waits = {
        "seen": [0] * 10,
        "helped": [5.0] * 4 + [None] * 6,
        "end": [20] * 10,
        "reason": ["left"] * 8 + ["refused"] * 2,
    }
    found = ReferralCascade(stages=["seen", "helped"], censored=None, age=None, horizon=20).fit(pd.DataFrame(waits))
    steps = found.steps.iloc[0]
    assert steps[["entered", "reached", "refused", "other_ends", "waiting"]].tolist() == [10, 4, 2, 4, 0]
    assert steps["share_of_consenting"] == pytest.approx(0.4 / 0.8)
    assert (
        found.from_first.index.tolist() == found.from_before.query("outcome == 'reached'").index.tolist() == ["helped"]
    )
    ends = found.plot_ends()
    bars = {bar.get_label(): [one.get_width() for one in bar] for bar in ends.containers}
    assert bars == {
        "came on": [0.4],
        "refused": [pytest.approx(0.2)],
        "left": [pytest.approx(0.4)],
        "still waiting": [pytest.approx(0.0, abs=1e-12)],
    }
    assert ends.get_xlim() == (0, 1)
    cascade = found.plot_cascade()
    assert [text.get_text() for text in cascade.get_xticklabels()] == ["seen", "helped"]
    assert (cascade.get_ylabel(), cascade.get_xlabel()) == (
        "share of those seen",
        "stage, within 20 days of being seen",
    )
    line = cascade.containers[0].lines[0]
    assert list(line.get_ydata()) == [1.0, 0.4]
    assert (line.get_marker(), line.get_linestyle()) == ("o", "-")
    panel = found.plot_waits(every=5, least=1)
    assert panel.get_title() == "seen → helped"
    assert list(panel.lines[0].get_ydata()) == [0.0, 0.4, 0.4, 0.4, 0.4]
    assert (panel.get_ylim(), panel.get_xlabel()) == ((0, 1), "days since the stage before")
    assert panel.get_ylabel() == "share that has come on"
    forest = found.plot()
    assert forest.get_xlabel() == "share of those at the stage before"
    assert found.plot_ends(ax=ends) is ends
    assert found.plot_cascade(ax=cascade) is cascade


def test_published_counts_by_hand():
    rows = [("referral", None, 100), ("reasonable grounds", "positive", 75), ("reasonable grounds", "negative", 25)]
    rows += [("conclusive grounds", "positive", 8), ("conclusive grounds", "negative", 2), ("duty to notify", None, 25)]
    frame = pd.DataFrame(rows, columns=["stage", "outcome", "count"]).assign(year=2020)
    found = referral_counts(frame, level=0.9)
    assert (found.n, found.level, found.interval) == (100, 0.9, "clopper-pearson")
    assert (found.scope.population, found.scope.measure, len(found.assumptions)) == (
        "potential victims referred",
        "flow",
        3,
    )
    assert found.estimates["estimate"].to_dict() == {
        "referrals": 100,
        "presumed": 0.75,
        "identified": 0.8,
        "did_not_consent": 0.2,
    }
    assert found.estimates["unit"].to_dict() == {
        "referrals": "potential victims",
        "presumed": "share of decisions that were positive",
        "identified": "share of decisions that were positive",
        "did_not_consent": "share of adults found",
    }
    assert found.estimates.loc["presumed", "std_error"] == pytest.approx(np.sqrt(0.75 * 0.25 / 100))
    assert set(found.estimates["group"]) == {"all"}
    assert set(found.estimates["year"]) == {2020}
    assert [(one.name, one.status, dict(one.numbers)) for one in found.checks] == [
        ("published counts", "pass", {"missing": 0, "rows": 6})
    ]
    limited = referral_counts(frame.assign(low=frame["count"], high=frame["count"] + (frame["outcome"] == "negative")))
    assert limited.checks[0].status == "review"
    assert dict(limited.checks[0].numbers) == {"missing": 2, "rows": 6}
    assert limited.estimates.loc[["presumed", "identified"], "estimate"].isna().all()
    two = referral_counts(pd.concat([frame, frame.assign(year=2021)]))
    assert (two.n, two.estimates["year"].tolist()) == (200, [2020] * 4 + [2021] * 4)
    for change, column in (
        ({"year": 2020.5}, "year"),
        ({"count": 1.5}, "count"),
        ({"count": -1}, "count"),
        ({"stage": "x"}, "stage"),
    ):
        with pytest.raises(CellError) as caught:
            referral_counts(frame.assign(**change))
        assert (caught.value.column, len(caught.value.rows)) == (column, 6)
    with pytest.raises(DataError, match="holds none of 'referral', 'reasonable grounds' or 'conclusive grounds'"):
        referral_counts(frame[frame["stage"] == "duty to notify"])


def test_plans_by_hand():
    plan = TrialDesign(clusters=11, size=20, icc=0.1, sd=2.0, cv=0.5)
    assert (plan.df, plan.design_effect) == (9, pytest.approx(1 + (1.25 * 20 - 1) * 0.1))
    assert plan.std_error() == pytest.approx(np.sqrt(4 * 3.4 * (1 / 100 + 1 / 120)))
    assert plan.schedule().ravel().tolist() == [0] * 5 + [1] * 6
    shares = TrialDesign(clusters=10, size=20, icc=0.1, baseline=0.2)
    assert shares.std_error(0.3) == pytest.approx(np.sqrt((0.16 + 0.25) * 2.9 / 100))
    assert shares.power(0.3) == shares.power(0.3)
    assert TrialDesign(clusters=10, size=20, icc=0.1, sd=1.0).power(50) == 1.0
    wedge = TrialDesign(clusters=7, size=20, icc=0.1, sd=1.0, design="stepped wedge", steps=3)
    assert wedge.df == 6
    assert wedge.schedule().sum(axis=1).tolist() == [3, 3, 3, 2, 2, 1, 1]
    assert wedge.schedule().shape == (7, 4)
    assert wedge.std_error() == pytest.approx(wedge_error(wedge.schedule(), 20, 0.1))
    level = TrialDesign(clusters=20, size=30, icc=0.05, sd=1.0, level=0.01)
    assert level.power(0.4) < TrialDesign(clusters=20, size=30, icc=0.05, sd=1.0).power(0.4)
    assert level.power(-0.4) == pytest.approx(level.power(0.4))


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"design": "cross-over"}, "design"),
        ({"steps": 1}, "steps"),
        ({"clusters": 20_001}, "clusters"),
        ({"clusters": 2, "design": "stepped wedge"}, "clusters"),
        ({"size": 0.5}, "size"),
        ({"icc": -0.1}, "icc"),
        ({"cv": 3.5}, "cv"),
        ({"autocorrelation": 1.1}, "autocorrelation"),
        ({"level": 0}, "level"),
        ({"level": 1}, "level"),
        ({"sd": 0}, "sd"),
    ],
)
def test_a_plan_names_the_option_that_is_wrong(change, name):
    with pytest.raises(SpecificationError, match=f"^{name} =="):
        TrialDesign(**{"clusters": 12, "size": 20, "icc": 0.05, "sd": 1.0} | change)
    plan = TrialDesign(clusters=12, size=20, icc=0.05, sd=1.0)
    for power in (0.05, 1.0):
        with pytest.raises(SpecificationError, match=r"^power =="):
            plan.detectable(power)
        with pytest.raises(SpecificationError, match=r"^power =="):
            plan.clusters_needed(0.3, power=power)
