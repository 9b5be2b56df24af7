"""Every number of panels, funnels, laws and series on tables small enough to be counted by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import chi2, t

import lawful
from ctresearch.core import CellError, DataError, SpecificationError
from ctresearch.policy import (
    BorrowedClauses,
    EventStudy,
    InterruptedSeries,
    JusticeFunnel,
    LawIndex,
    OrderedPanel,
    Panel,
    PanelRegression,
    RepeatedSections,
    StaggeredAdoption,
    SwitchingTreatment,
    TimeToAdoption,
    TwoWayWeights,
    lag,
)
from ctresearch.policy.adoption.placebo import PLACEBOS, LinearAverage, placebo_limits, placebo_p_value
from ctresearch.policy.panels.bacon import bacon_decomposition
from ctresearch.policy.panels.cell_weights import cell_weights
from ctresearch.policy.panels.conley import kilometres
from ctresearch.policy.panels.two_way_residuals import two_way_residuals

ENDS = ["ci_low", "ci_high"]
ROLES = {"unit": "c", "time": "t", "outcome": "y", "outcome_kind": "response"}


def check(result, name):
    return next(one for one in result.checks if one.name == name)


def panel(rows, columns, **more):
    return Panel.from_frame(pd.DataFrame(rows, columns=columns), **ROLES | more)


KNOWN = panel(
    [
        ("a", 1, 1.0, 2, 5.0, 1.0, 9.0, "x"), ("a", 2, 2.0, 2, 6.0, 2.0, 8.0, "x"), ("a", 3, 3.0, 2, 7.0, 3.0, 7.0, "x"),
        ("b", 1, 4.0, None, 1.0, 1.0, 5.0, "y"), ("b", 2, None, None, 2.0, 1.0, 5.0, "y"), ("b", 3, 6.0, None, 3.0, 1.0, 5.0, "y"),
        ("d", 2, 7.0, 3, None, 2.0, 4.0, "x"), ("d", 3, 9.0, 3, 4.0, 2.0, 4.0, "x"),
    ],
    ["c", "t", "y", "law", "aid", "w", "pop", "region"],
    adopted="law", covariates=["aid"], weight="w", population="pop", cluster="region",
)  # fmt: skip


def test_a_panel_lays_its_rows_into_cells():
    nan = np.nan
    assert (KNOWN.units, KNOWN.times.tolist(), KNOWN.every) == (("a", "b", "d"), [1, 2, 3], 1)
    for got, wanted in (
        (KNOWN.outcome, [[1, 2, 3], [4, nan, 6], [nan, 7, 9]]),
        (KNOWN.treatment, [[0, 1, 1], [0, 0, 0], [0, 0, 1]]),
        (KNOWN.covariates["aid"], [[5, 6, 7], [1, 2, 3], [nan, nan, 4]]),
        (KNOWN.weights, [[1, 2, 3], [1, 1, 1], [nan, 2, 2]]),
        (KNOWN.population, [[9, 8, 7], [5, 5, 5], [nan, 4, 4]]),
        (KNOWN.seen, [[True] * 3, [True, False, True], [False, False, True]]),
        (KNOWN.present, [[True] * 3, [True] * 3, [False, True, True]]),
        (KNOWN.lag("outcome"), [[nan, 1, 2], [nan, 4, nan], [nan, nan, 7]]),
        (KNOWN.lag("aid", 2), [[nan, nan, 5], [nan, nan, 1], [nan, nan, nan]]),
    ):
        assert np.array_equal(np.asarray(got, float), np.asarray(wanted, float), equal_nan=True)
    assert KNOWN.first_treated.tolist() == [2, np.inf, 3]
    assert KNOWN.first_change.tolist() == [2, np.inf, 3]
    assert KNOWN.clusters.tolist() == [0, 1, 0]
    assert (KNOWN.is_balanced, KNOWN.is_dose, KNOWN.switches_off) == (False, False, False)
    assert repr(KNOWN) == "Panel of 3 units and 3 periods (1 to 3), outcome 'y' (response), 2 units treated"
    assert KNOWN.cohorts().to_numpy().tolist() == [[2, 1, 3], [3, 1, 1], [np.inf, 1, 2]]
    assert KNOWN.gaps().to_numpy().tolist() == [["b", 2, "y"], ["d", 1, "no row"], ["d", 2, "aid"]]
    frame = KNOWN.to_frame()
    assert frame.columns.tolist() == [
        "unit", "time", "outcome", "treatment", "first_treated", "aid", "cluster", "weight", "population"
    ]  # fmt: skip
    assert frame.iloc[-1].tolist() == ["d", 3, 9, 1, 3, 4, 0, 2, 4]
    assert len(frame) == 8
    assert {one.name: (one.status, dict(one.numbers)) for one in KNOWN.checks if one.name != "outcome"} == {
        "gaps": ("review", {"missing": 3, "cells": 9, "units": 2}),
        "units that come and go": ("review", {"begin_late": 1, "end_early": 0}),
        "dates of adoption": ("pass", {"treated_from_the_start": 0, "treated_after_the_end": 0, "unsure": 0}),
    }
    with pytest.raises(SpecificationError, match="periods == 3, must be"):
        KNOWN.lag("outcome", 3)


def test_a_part_of_a_panel_keeps_every_matrix():
    part = KNOWN.keep(units=[True, False, True], times=[False, True, True])
    assert (part.units, part.times.tolist()) == (("a", "d"), [2, 3])
    for name, wanted in (
        ("outcome", [[2, 3], [7, 9]]),
        ("weights", [[2, 3], [2, 2]]),
        ("population", [[8, 7], [4, 4]]),
    ):
        assert getattr(part, name).tolist() == wanted
    assert part.first_treated.tolist() == [2, 3]
    assert part.clusters.tolist() == [0, 0]
    assert part.present.all()
    assert check(part, "gaps").numbers == {"missing": 1, "cells": 4, "units": 1}
    assert len(part.checks) == 3
    assert KNOWN.keep(units=[False, True, False]).clusters.tolist() == [0]
    assert KNOWN.balanced().units == ("a",)
    for units, times in (([False] * 3, None), (None, [True, False, False]), (None, [True, False, True])):
        with pytest.raises(DataError, match="would be left, must be at least one unit and two periods"):
            KNOWN.keep(units=units, times=times)
    bare = panel([("a", 1, 1.0), ("a", 2, 2.0)], ["c", "t", "y"])
    assert bare.keep().weights is None
    assert [one.name for one in bare.checks] == ["gaps", "units that come and go"]
    with pytest.raises(DataError, match="none of 1 units is seen in all 2 periods"):
        panel([("a", 1, None), ("a", 2, 2.0)], ["c", "t", "y"]).balanced()


def test_dates_that_nobody_saw_are_counted():
    rows = [(c, t, 1.0 + t, law) for c, law in (("a", 1), ("b", 3), ("d", 9), ("e", None)) for t in (1, 2, 3, 4)]
    full = panel(rows, ["c", "t", "y", "law"], adopted="law")
    assert check(full, "dates of adoption").numbers == {
        "treated_from_the_start": 1, "treated_after_the_end": 1, "unsure": 0
    }  # fmt: skip
    for gone in (("b", 2), ("b", 3)):
        some = panel([row for row in rows if row[:2] != gone], ["c", "t", "y", "law"], adopted="law")
        assert check(some, "dates of adoption").numbers["unsure"] == 1
    for law, kept in ((4 + 200, True), (1 - 200, True), (4 + 201, False), (1 - 201, False)):
        given = [(c, t, y, law if c == "a" else one) for c, t, y, one in rows]
        if kept:
            assert panel(given, ["c", "t", "y", "law"], adopted="law").first_treated[0] == law
        else:
            with pytest.raises(CellError, match="within 200 periods of the panel"):
                panel(given, ["c", "t", "y", "law"], adopted="law")
    never = panel(
        [(c, t, y, 0 if law is None else law) for c, t, y, law in rows],
        ["c", "t", "y", "law"],
        adopted="law",
        never=[0],
    )
    assert never.first_treated.tolist() == [1, 3, 9, np.inf]
    between = panel([(c, 2 * t, y, 5) for c, t, y, _ in rows], ["c", "t", "y", "law"], adopted="law")
    assert (between.every, between.first_treated.tolist()) == (2, [6] * 4)
    with pytest.raises(CellError, match="must be the same in all rows of a unit") as caught:
        panel([("a", 1, 1.0, 2), ("a", 2, 1.0, 3)], ["c", "t", "y", "law"], adopted="law")
    assert (caught.value.column, caught.value.rows) == ("law", (2,))
    with pytest.raises(CellError, match="must be the same in all rows of a unit") as caught:
        panel([("a", 1, 1.0, "x"), ("a", 2, 1.0, "z")], ["c", "t", "y", "g"], cluster="g")
    assert (caught.value.column, caught.value.rows) == ("g", (2,))
    with pytest.raises(CellError, match="1 pairs of 'c' and 't' stand in more than one row") as caught:
        panel([("a", 1, 1.0), ("b", 2, 1.0), ("a", 1, 1.0)], ["c", "t", "y"])
    assert caught.value.rows == (1, 3)
    with pytest.raises(DataError, match="every == 2 leaves 1 of 3 periods between two others"):
        panel([("a", one, 1.0) for one in (1, 2, 3)], ["c", "t", "y"], every=2)
    with pytest.raises(DataError, match="2 different periods span 10,001, must span at most 10,000"):
        panel([("a", 0, 1.0), ("a", 10_000, 1.0)], ["c", "t", "y"], every=1)
    assert len(panel([("a", 0, 1.0), ("a", 9_999, 1.0)], ["c", "t", "y"], every=1).times) == 10_000


def test_units_that_split_are_joined_by_their_rules():
    rows = pd.DataFrame(
        {
            "c": ["x", "y", "x", "y", "z", "z"],
            "t": [1, 1, 2, 2, 1, 2],
            "y": [1.0, 3, 2, None, 5, 6],
            "aid": [10.0, 20, 30, 40, 1, 2],
            "pop": [1.0, 3, 1, 3, 2, 2],
        }
    )
    walk = {"x": "xy", "y": "xy"}
    means = {"sum": 4.0, "mean": 2.0, "population mean": 2.5, "min": 1.0, "max": 3.0}
    for rule, wanted in means.items():
        made = Panel.from_frame(
            rows,
            **ROLES,
            covariates=["aid"],
            population="pop",
            crosswalk=walk,
            joined={"y": rule, "aid": "sum", "pop": "sum"},
        )
        assert made.units == ("xy", "z")
        assert made.outcome[0, 0] == wanted
        assert np.isnan(made.outcome[0, 1])  # a part that is missing leaves the whole unknown
        assert made.covariates["aid"].tolist() == [[30, 70], [1, 2]]
        assert made.population.tolist() == [[4, 4], [2, 2]]
        assert check(made, "units that split or merge").numbers == {"parts": 2, "units": 1}
    with pytest.raises(DataError, match=r"1 of 3 names in crosswalk \(numbers 3\) stand nowhere in column 'c'"):
        Panel.from_frame(rows, **ROLES, crosswalk=walk | {"q": "xy"}, joined={"y": "sum"})
    with pytest.raises(DataError, match=r"in which 1 columns differ \(y\)"):
        Panel.from_frame(rows, **ROLES, crosswalk=walk)
    with pytest.raises(SpecificationError, match="joined asks for a 'population mean' of 'y'"):
        Panel.from_frame(rows, **ROLES, crosswalk=walk, joined={"y": "population mean"})


def test_a_lag_is_looked_up_by_unit_and_period():
    frame = pd.DataFrame(
        {"c": ["b", "a", "a", "b", "a"], "t": [2, 1, 3, 1, 2], "y": [20, 1, 3, 10, 2]}, index=list("vwxyz")
    )
    assert lag(frame, "y", unit="c", time="t").tolist() == pytest.approx([10, np.nan, 2, np.nan, 1], nan_ok=True)
    assert lag(frame, "y", unit="c", time="t", periods=2).tolist() == pytest.approx(
        [np.nan] * 2 + [1] + [np.nan] * 2, nan_ok=True
    )
    ahead = lag(frame, "y", unit="c", time="t", periods=-1)
    assert ahead.tolist() == pytest.approx([np.nan, 2, np.nan, 20, 3], nan_ok=True)
    assert ahead.index.tolist() == list("vwxyz")
    gap = lag(frame[frame["t"] != 2], "y", unit="c", time="t")
    assert gap.isna().all()
    assert lag(frame[frame["t"] == 1], "y", unit="c", time="t").isna().all()
    with pytest.raises(SpecificationError, match="periods == 0, must be another whole number"):
        lag(frame, "y", unit="c", time="t", periods=0)


def test_a_funnel_bounds_each_step_by_what_cells_may_hold():
    frame = pd.DataFrame(
        {
            "c": ["a", "a", "b", "b", "b"], "t": [1, 2, 1, 2, 3],
            "found": [10, "<5", 20, 30, None], "tried": ["4", 6, "<=3", 9, 8], "jailed": [1, None, 2, "<3", 9.0],
        }
    )  # fmt: skip
    stages = {"found": "found", "tried": "tried", "jailed": "jailed"}
    found = JusticeFunnel(stages, unit="c", time="t").fit(frame)
    rows = found.estimates
    assert rows.index.tolist() == ["tried / found", "jailed / tried"]
    assert rows.loc["tried / found", ENDS].tolist() == pytest.approx([(4 + 6 + 1 + 9) / 64, (4 + 6 + 3 + 9) / 61])
    assert rows.loc["jailed / tried", ENDS].tolist() == pytest.approx([(1 + 2 + 1 + 9) / 24, (1 + 2 + 2 + 9) / 22])
    assert rows["estimate"].isna().all()
    lags = found.lags.set_index(["step", "lag"])
    assert lags.loc[("tried / found", 1), ["low", "high", "pairs"]].tolist() == pytest.approx(
        [(6 + 9 + 8) / 60, 23 / 60, 3]
    )
    assert lags.loc[("tried / found", 2), ["low", "high", "pairs"]].tolist() == pytest.approx([8 / 20, 8 / 20, 1])
    assert sorted(lags.index.get_level_values("lag").unique()) == [0, 1, 2]
    totals = found.totals.set_index(["stage", "time"])
    assert totals.loc[("found", 2)].tolist() == [31, 34, 2]
    assert totals.loc[("jailed", 3)].tolist() == [9, 9, 1]
    assert ("found", 3) not in totals.index
    assert (found.n, found.smallest_group) == (10 + 1 + 20 + 30 + 4 + 6 + 1 + 9 + 8 + 1 + 2 + 1 + 9, 1)
    # a in period 2 tried 6 of at most 4; b in 3 jailed 9 of 8
    assert check(found, "not a cohort").numbers == {"above": 2, "pairs": 8}
    assert check(found, "cells").numbers == {"known": 13, "cells": 18, "intervals": 3}
    later = JusticeFunnel(stages, unit="c", time="t", lag=1).fit(frame).estimates
    assert later.loc["tried / found", ENDS].tolist() == pytest.approx([23 / 60, 23 / 60])
    assert later.loc["tried / found", "estimate"] == pytest.approx(23 / 60)
    loose = JusticeFunnel(stages, unit="c", time="t", least=0).fit(frame).estimates
    assert loose.loc["tried / found", ENDS].tolist() == pytest.approx([(4 + 6 + 0 + 9) / 64, 22 / 60])
    for cell in ("<1", "-1", 1.5, True, "x", "<=0"):
        with pytest.raises(CellError, match="counts of at least 0, such as 12") as caught:
            JusticeFunnel(stages, unit="c", time="t").fit(frame.assign(found=[cell, *frame["found"][1:]]))
        assert (caught.value.column, caught.value.rows) == ("found", (1,))
    with pytest.raises(DataError, match="no pair of cells of two successive stages is known 3 periods apart"):
        JusticeFunnel(stages, unit="c", time="t", lag=3).fit(frame)
    whole = JusticeFunnel({"found": "found", "tried": "tried"}, unit="c", time="t").fit(
        frame[3:4].assign(t=2).pipe(lambda f: pd.concat([f, f.assign(t=1)]))
    )
    assert whole.estimates["estimate"].tolist() == pytest.approx([0.3])
    assert [check(whole, one).status for one in ("not a cohort", "cells")] == ["review", "pass"]


def test_an_index_of_laws_is_the_share_of_provisions_and_its_coders_agree_so_far():
    frame = pd.DataFrame(
        {
            "law": ["A", "A", "B", "B", "C"],
            "who": ["p", "q", "p", "q", "p"],
            "bans": [1, 1, 0, 1, 1],
            "pays": [0, 0, 1, 1, 0],
        }
    )
    found = LawIndex(["bans", "pays"], law="law", coder="who").fit(frame)
    assert found.estimates[["estimate", *ENDS]].to_numpy().tolist() == [
        [0.5, 0.5, 0.5],
        [0.75, 0.5, 1],
        [0.5, 0.5, 0.5],
    ]
    assert found.estimates.index.tolist() == ["A", "B", "C"]
    # four codings of laws coded twice: bans 1 1 and 0 1, pays 0 0 and 1 1
    assert found.agreement["alpha"].tolist() == pytest.approx([1 - 3 * 1 / 3, 1.0])
    assert found.agreement["share"].tolist() == [0.8, 0.4]
    assert found.agreement.index.tolist() == ["bans", "pays"]
    assert check(found, "agreement").numbers == {"least_alpha": pytest.approx(0), "coders": 2}
    assert (found.n, check(found, "agreement").status) == (5, "fail")
    assert check(LawIndex(["pays"], law="law", coder="who").fit(frame), "agreement").status == "pass"
    lone = LawIndex(["bans"], law="law", coder="who").fit(frame[frame["who"] == "p"])
    assert check(lone, "agreement").numbers == {"coders": 1}
    with pytest.raises(CellError, match="coded once by each coder") as caught:
        LawIndex(["bans"], law="law", coder="who").fit(pd.concat([frame, frame[:1]]))
    assert caught.value.rows == (1, 6)
    for odd in (0.5, 2, -1):
        with pytest.raises(CellError, match="must be 0 or 1"):
            LawIndex(["bans"], law="law", coder="who").fit(frame.assign(bans=[odd, 1, 1, 1, 0]))
    with pytest.raises(DataError, match="the table has 1 rows of codings"):
        LawIndex(["bans"], law="law", coder="who").fit(frame[:1])


def test_clauses_are_followed_back_to_the_law_before():
    first = "Whoever recruits a person by means of threat or force shall be punished."
    own = "The state shall provide shelter and legal aid to every victim without delay."
    new = "Border guards keep registers of vessels, cargo and crews entering each harbour."
    frame = pd.DataFrame(
        {
            "law": ["old", "other", "young"],
            "year": [2000, 2000, 2005],
            "text": [first + "\n\nShort.", own, first + "\n\n" + own.upper().capitalize() + "\n\n" + new],
        }
    )
    found = BorrowedClauses(law="law", date="year", text="text", least=0.5).fit(frame)
    assert found.estimates.loc["borrowed", "estimate"] == pytest.approx(2 / 3)
    assert found.n == 5
    assert found.laws.to_numpy().tolist() == [
        ["old", 2000, 1, 0.0, ""], ["other", 2000, 1, 0.0, ""], ["young", 2005, 3, pytest.approx(2 / 3), "old"]
    ]  # fmt: skip
    table = found.clauses
    assert table.columns.tolist() == [
        "law", "date", "clause", "source", "source_date", "source_clause", "similarity", "alignment"
    ]  # fmt: skip
    assert table[["law", "date", "source", "source_date"]].to_numpy().tolist() == [
        ["young", 2005, "old", 2000], ["young", 2005, "other", 2000]
    ]  # fmt: skip
    assert table["source_clause"].tolist() == [first, own]
    assert table["similarity"].tolist() == pytest.approx([1, 1])
    assert table["alignment"].tolist()[0] == first
    assert check(found, "line").numbers["clauses"] == 3
    with pytest.raises(DataError, match="all 2 laws are of 1 date"):
        BorrowedClauses(law="law", date="year", text="text").fit(frame[:2])
    with pytest.raises(DataError, match="the texts hold 0 clauses of 40 characters or more"):
        BorrowedClauses(law="law", date="year", text="text").fit(frame.assign(text="Short."))
    assert BorrowedClauses(law="law", date="year", text="text").fit(frame.assign(text=["x" * 40] * 3)).n == 3
    with pytest.raises(DataError, match="1 laws have more than one date"):
        BorrowedClauses(law="law", date="year", text="text").fit(frame.assign(law="same"))


def series(counts, start=7, **options):
    return InterruptedSeries(count="n", time="t", start=start, outcome_kind="response", **options).fit(
        pd.DataFrame({"t": range(1, len(counts) + 1), "n": counts})
    )


COUNTS = np.array([10, 14, 11, 13, 12, 15, 25, 22, 30, 26, 31, 29])


def test_an_interrupted_series_is_a_regression_of_counts():
    found = series(COUNTS, level=0.9)
    at = np.arange(1, 13)
    design = np.column_stack([np.ones(12), at - 7, at >= 7, np.maximum(at - 7, 0)]).astype(float)
    fit = sm.GLM(COUNTS, design, family=sm.families.Poisson()).fit(scale="X2")
    away = t.ppf(0.95, 8)
    for name, k in (("level", 2), ("slope", 3), ("trend", 1)):
        wanted = [fit.params[k], fit.bse[k], fit.params[k] - away * fit.bse[k], fit.params[k] + away * fit.bse[k]]
        assert found.estimates.loc[name, ["estimate", "std_error", *ENDS]].tolist() == pytest.approx(wanted, rel=1e-6)
    assert found.dispersion == pytest.approx(fit.scale)
    assert (found.periods, found.n, found.smallest_group, found.interval) == (12, COUNTS.sum(), 10, "t")
    path = found.path
    assert path["observed"].tolist() == COUNTS.tolist()
    assert path["fitted"].tolist() == pytest.approx(fit.fittedvalues.tolist())
    without = design * [1, 1, 0, 0]
    line = without @ fit.params
    assert path["expected"].isna().tolist() == [True] * 6 + [False] * 6
    assert path["expected"].tolist()[6:] == pytest.approx(np.exp(line)[6:].tolist())
    spread = np.sqrt(np.einsum("ia,ab,ib->i", without, fit.cov_params(), without))
    assert path["ci_low"].tolist()[6:] == pytest.approx(np.exp(line - away * spread)[6:].tolist(), rel=1e-6)
    assert path["ci_high"].tolist()[6:] == pytest.approx(np.exp(line + away * spread)[6:].tolist(), rel=1e-6)
    assert found.excess == pytest.approx(COUNTS[6:].sum() / np.exp(line)[6:].sum() - 1)
    left = (COUNTS - fit.fittedvalues) / np.sqrt(fit.fittedvalues)
    left = left - left.mean()
    ljung = 12 * 14 * sum((left[k:] @ left[:-k] / (left @ left)) ** 2 / (12 - k) for k in range(1, 5))
    assert check(found, "autocorrelation").numbers == {"p_value": pytest.approx(chi2.sf(ljung, 4))}
    assert check(found, "length").numbers == {"before": 6, "after": 6, "gaps": 0}
    part = np.column_stack([np.ones(6), at[:6] - 4, at[:6] >= 4]).astype(float)
    early = sm.GLM(COUNTS[:6], part, family=sm.families.Poisson()).fit(scale="X2")
    numbers = check(found, "fictitious start").numbers
    assert numbers["ratio"] == pytest.approx(np.exp(early.params[2]))
    assert numbers["p_value"] == pytest.approx(2 * t.sf(abs(early.params[2] / early.bse[2]), 3), rel=1e-6)


def test_phases_and_changes_in_counting_are_columns_of_the_regression():
    at = np.arange(1, 13)
    ramped = series(COUNTS, full=9, slope=False)
    ramp = np.clip((at - 6) / 3, 0, 1)
    fit = sm.GLM(COUNTS, np.column_stack([np.ones(12), at - 7.0, ramp]), family=sm.families.Poisson()).fit(scale="X2")
    assert ramped.estimates.loc["level", ["estimate", "std_error"]].tolist() == pytest.approx(
        [fit.params[2], fit.bse[2]], rel=1e-6
    )
    assert "slope" not in ramped.estimates.index
    left = series(COUNTS, full=9, phase="leave out", slope=False)
    kept = (at < 7) | (at >= 9)
    fit = sm.GLM(
        COUNTS[kept], np.column_stack([np.ones(12), at - 7.0, at >= 7])[kept], family=sm.families.Poisson()
    ).fit(scale="X2")
    assert left.estimates.loc["level", "estimate"] == pytest.approx(fit.params[2])
    assert left.periods == 10
    counted = series(COUNTS, counting_breaks={"form": 4}, slope=False)
    columns = np.column_stack([np.ones(12), at - 7.0, at >= 7, at >= 4])
    fit = sm.GLM(COUNTS, columns, family=sm.families.Poisson()).fit(scale="X2")
    assert counted.estimates.loc[["level", "counting: form"], "estimate"].tolist() == pytest.approx(
        fit.params[2:].tolist()
    )
    plain = series(COUNTS, slope=False).estimates.loc["level", "estimate"]
    assert check(counted, "effect of counting").numbers == {
        "with": pytest.approx(np.exp(fit.params[2])), "without": pytest.approx(np.exp(plain))
    }  # fmt: skip
    assert check(counted, "counting").numbers == {"declared": 1, "with_the_policy": 0}
    assert check(series(COUNTS, counting_breaks={"form": 7}), "counting").status == "fail"
    assert check(series(COUNTS, counting_breaks={}), "counting").status == "pass"
    assert check(series(COUNTS), "counting").status == "review"
    with pytest.raises(DataError, match="2 periods lie before the policy, must be at least 3"):
        series(COUNTS, start=3)
    assert series(COUNTS, start=4).periods == 12
    with pytest.raises(DataError, match="2 periods lie after the policy"):
        series(COUNTS, start=11)


def test_what_two_way_effects_leave_is_what_dummies_leave():
    rng = np.random.default_rng(1)
    values, weights = rng.normal(size=(2, 5, 4)), rng.uniform(0.5, 2, (5, 4))
    weights[0, 0] = 0
    i, j = np.nonzero(weights)
    dummies = np.column_stack([i[:, None] == np.arange(5), j[:, None] == np.arange(1, 4)]).astype(float)
    root = np.sqrt(weights[i, j])
    for one, left in zip(values, two_way_residuals(values, weights), strict=True):
        beta = np.linalg.lstsq(dummies * root[:, None], one[i, j] * root, rcond=None)[0]
        assert left[i, j] == pytest.approx(one[i, j] - dummies @ beta)
        assert left[0, 0] == 0


def test_weights_of_cells_are_those_of_frisch_and_waugh():
    rng = np.random.default_rng(2)
    first = np.array([2, 3, 3, np.inf, np.inf])
    dose = (np.arange(4) >= first[:, None]).astype(float)
    outcome = rng.normal(size=(5, 4)) + dose
    left = two_way_residuals(np.stack([outcome, dose]), np.ones((5, 4)))
    found = cell_weights(outcome, dose, (), np.ones((5, 4)))
    assert found.coefficient == pytest.approx((left[1] * left[0]).sum() / (left[1] ** 2).sum())
    wanted = left[1] * dose / (left[1] * dose).sum()
    assert found.weights == pytest.approx(wanted)
    assert found.residuals == pytest.approx(left[1])
    assert found.errors == pytest.approx(left[0] - found.coefficient * left[1])
    mine = wanted[dose > 0]
    assert found.spread_to_zero == pytest.approx(
        abs(found.coefficient) / np.sqrt(len(mine)) / np.std(mine * len(mine)) * np.sqrt(len(mine))
    )
    nothing = cell_weights(outcome, np.ones((5, 4)), (), np.ones((5, 4)))
    assert np.isnan(nothing.coefficient)
    rain = rng.normal(size=(5, 4))
    with_rain = cell_weights(outcome, dose, (rain,), np.ones((5, 4)))
    rest = two_way_residuals(np.stack([outcome, dose, rain]), np.ones((5, 4))).reshape(3, -1)
    assert with_rain.coefficient == pytest.approx(np.linalg.lstsq(rest[1:].T, rest[0], rcond=None)[0][0])


def test_two_by_two_comparisons_add_up_to_the_coefficient():
    rng = np.random.default_rng(3)
    first = np.array([3, 3, 4, 4, np.inf, np.inf, 1.0])
    times = np.arange(1, 6)
    dose = (times >= first[:, None]).astype(float)
    outcome = rng.normal(size=(7, 5)) + 2 * dose
    table = bacon_decomposition(outcome, first, times)
    whole = cell_weights(outcome, dose, (), np.ones((7, 5))).coefficient
    assert (table["weight"] * table["estimate"]).sum() == pytest.approx(whole)
    assert table["weight"].sum() == pytest.approx(1)
    row = table[(table["treated"] == 3) & (table["kind"] == "never treated")].iloc[0]
    own, others = outcome[:2].mean(axis=0), outcome[4:6].mean(axis=0)
    assert row["estimate"] == pytest.approx((own - others)[2:].mean() - (own - others)[:2].mean())
    waiting = table[(table["treated"] == 3) & (table["kind"] == "not yet treated")].iloc[0]
    late = outcome[2:4].mean(axis=0)
    assert waiting["estimate"] == pytest.approx((own - late)[2] - (own - late)[:2].mean())
    told = TwoWayWeights().fit(
        panel([(c, int(t), outcome[c, k], first[c] if np.isfinite(first[c]) else None) for c in range(7) for k, t in enumerate(times)],
              ["c", "t", "y", "law"], adopted="law")
    )  # fmt: skip
    assert told.comparisons["weight"].sum() == pytest.approx(1)
    assert set(told.comparisons["kind"]) == {"never treated", "not yet treated", "already treated"}


def test_the_chance_of_a_placebo_is_how_seldom_others_lie_so_far():
    moved = np.array([10.0, 0.1, -0.3, 0.5, -0.2, 0.4, -0.5])  # one was treated, six never were
    weights = np.column_stack([-np.ones(7), np.ones(7)]) * np.array([1, *[-1 / 6] * 6])[:, None]
    line = LinearAverage(weights, np.array([[0.0, 1]] + [[0.0, 0]] * 6))
    given = SimpleNamespace(
        outcome=np.column_stack([np.zeros(7), moved]), weights=np.ones(7), first=np.array([2, *[np.inf] * 6]), clusters=np.arange(7)
    )  # fmt: skip
    chances = {}
    for name in PLACEBOS:
        options = {"size": np.arange(1.0, 8), "draws": 499, "seed": 1}
        chances[name] = placebo_p_value(given, line, name, **options)
        found = placebo_limits(given, line, name, level=0.9, **options)
        assert found.p_value == chances[name]
        assert found.low <= 10 <= found.high
    assert chances["conley-taber"] == chances["ferman-pinto"] == 1 / 500  # none of the six moved so far
    assert chances["randomisation"] == pytest.approx(
        1 / 7, abs=4 * np.sqrt(6 / 49 / 499)
    )  # it falls on the treated itself
    many = LinearAverage(np.vstack([weights, weights[:1]]) / 2, np.vstack([line.effect, line.effect[:1]]))
    twice = SimpleNamespace(
        outcome=np.vstack([given.outcome, given.outcome[:1]]), weights=np.ones(8), first=np.append(given.first, 2), clusters=np.arange(8)
    )  # fmt: skip
    assert placebo_p_value(twice, many, "conley-taber", size=None, draws=99, seed=1) == 1 / 100


def test_kilometres_are_those_of_great_circles():
    found = kilometres(np.array([0.0, 0, 90, 52.5]), np.array([0.0, 90, 0, 13.4]))
    quarter = np.pi / 2 * 6371.0088
    assert found[0, 1] == pytest.approx(quarter)
    assert found[0, 2] == pytest.approx(quarter)
    assert found[2, 3] == pytest.approx(np.radians(37.5) * 6371.0088)
    assert found == pytest.approx(found.T)
    assert np.diag(found) == pytest.approx(0)


def test_a_regression_with_one_effect_or_none_is_that_with_dummies():
    rng = np.random.default_rng(4)
    rows = pd.DataFrame({"c": np.repeat(np.arange(6), 5), "t": np.tile(np.arange(5), 6), "x": rng.normal(size=30)})
    rows["y"] = rows["x"] + rows["c"] * 0.3 - rows["t"] * 0.2 + rng.normal(size=30)
    made = panel(rows, ["c", "t", "x", "y"], covariates=["x"])
    for effects in ((), ("unit",), ("time",), ("unit", "time")):
        columns = [np.ones((30, 1))]
        columns += [pd.get_dummies(rows["c"], drop_first=True).to_numpy(float)] if "unit" in effects else []
        columns += [pd.get_dummies(rows["t"], drop_first=True).to_numpy(float)] if "time" in effects else []
        fit = sm.OLS(rows["y"].to_numpy(), np.column_stack([rows["x"], *columns])).fit(cov_type="HC0")
        found = PanelRegression(["x"], effects=effects, errors="heteroskedastic").fit(made)
        assert found.estimates.loc["x", "estimate"] == pytest.approx(fit.params[0])
        size = np.column_stack([rows["x"], *columns]).shape[1]
        assert found.estimates.loc["x", "std_error"] == pytest.approx(fit.bse[0] * np.sqrt(30 / (30 - size)))
    with pytest.raises(DataError, match="column 'kept' does not vary once effects"):
        PanelRegression(["x", "kept"]).fit(
            panel(rows.assign(kept=rows["c"]), ["c", "t", "x", "y", "kept"], covariates=["x", "kept"])
        )
    with pytest.raises(SpecificationError, match="the panel has no covariate 'z', must be one of treatment, x"):
        PanelRegression(["z"]).fit(made)
    with pytest.raises(DataError, match="rows are seen and"):
        PanelRegression(["x"]).fit(panel(rows[rows["c"] < 2].query("t < 2"), ["c", "t", "x", "y"], covariates=["x"]))


def test_who_is_at_risk_of_a_law_is_counted_by_period():
    law = {"a": 3, "b": 4, "d": None, "e": 1}
    rows = [
        (c, t, float(when is not None and t >= when), x + 0.1 * t * (c != "d"))
        for (c, when), x in zip(law.items(), (1.0, 2, 0.5, 3), strict=True)
        for t in range(1, 6)
    ]
    made = panel(rows, ["c", "t", "y", "gdp"], covariates=["gdp"], outcome_kind="adoption of a law")
    found = TimeToAdoption("gdp", lags=1).fit(made)
    assert found.at_risk["at_risk"].to_dict() == {2: 3, 3: 3, 4: 2, 5: 1}
    assert found.at_risk["adopted"].to_dict() == {2: 0, 3: 1, 4: 1, 5: 0}
    assert (found.n, found.events, found.units) == (9, 2, 3)
    with pytest.raises(SpecificationError, match="since == 9, must be a period of the panel"):
        TimeToAdoption("gdp", since=9).fit(made)
    later = TimeToAdoption("gdp", since=3).fit(made)
    assert later.at_risk["at_risk"].to_dict() == {3: 3, 4: 2, 5: 1}
    with pytest.raises(SpecificationError, match=r"diffusion == .*, must be a mapping of names of terms"):
        TimeToAdoption("gdp", diffusion=["region"])


def test_effects_by_cohort_and_time_are_differences_of_means_and_averages_of_them_are_weighted_by_units():
    rng = np.random.default_rng(5)
    first = np.array([3, 3, 3, 4, 4, np.inf, np.inf, np.inf, np.inf])
    y = rng.normal(size=(9, 5)) + 2.0 * (np.arange(1, 6) >= first[:, None])
    rows = [
        (f"u{i}", t_, y[i, t_ - 1], None if np.isinf(first[i]) else first[i]) for i in range(9) for t_ in range(1, 6)
    ]
    made = panel(rows, ["c", "t", "y", "law"], adopted="law")
    found = StaggeredAdoption(inference="analytic", control="never", base="varying").fit(made)
    cells = found.group_time.set_index(["cohort", "time"])

    def effect(cohort, time):
        base = cohort - 1 if time >= cohort else time - 1
        own, others = (y[chosen][:, time - 1] - y[chosen][:, base - 1] for chosen in (first == cohort, np.isinf(first)))
        return own.mean() - others.mean(), np.sqrt(own.var() / len(own) + others.var() / len(others))

    for cohort, time in cells.index:
        value, error = effect(int(cohort), int(time))
        assert cells.loc[(cohort, time), ["estimate", "std_error"]].astype(float).tolist() == pytest.approx(
            [value, error]
        )
        assert cells.loc[(cohort, time), ["units", "compared"]].tolist() == [3 if cohort == 3 else 2, 4]
    assert set(cells.index) == {(3, 2), (3, 3), (3, 4), (3, 5), (4, 2), (4, 3), (4, 4), (4, 5)}
    e = {key: effect(*key)[0] for key in [(3, 3), (3, 4), (3, 5), (4, 4), (4, 5)]}
    since = {0: (3 * e[3, 3] + 2 * e[4, 4]) / 5, 1: (3 * e[3, 4] + 2 * e[4, 5]) / 5, 2: e[3, 5]}
    cohorts = {3: np.mean([e[3, 3], e[3, 4], e[3, 5]]), 4: np.mean([e[4, 4], e[4, 5]])}
    times = {3: e[3, 3], 4: (3 * e[3, 4] + 2 * e[4, 4]) / 5, 5: (3 * e[3, 5] + 2 * e[4, 5]) / 5}
    assert found.estimates["estimate"].to_dict() == pytest.approx(
        {
            "simple": (3 * (e[3, 3] + e[3, 4] + e[3, 5]) + 2 * (e[4, 4] + e[4, 5])) / 13,
            "dynamic": np.mean(list(since.values())),
            "group": (3 * cohorts[3] + 2 * cohorts[4]) / 5,
            "calendar": np.mean(list(times.values())),
        }
    )
    events = found.event_study.set_index("since")
    assert events.loc[[0, 1, 2], "estimate"].tolist() == pytest.approx(list(since.values()))
    assert events.loc[[0, 1, 2], "units"].tolist() == [5, 5, 3]
    assert events.index.is_monotonic_increasing
    assert found.by_cohort.set_index("cohort")["estimate"].to_dict() == pytest.approx(cohorts)
    assert found.by_cohort["units"].tolist() == [3, 2]
    assert found.by_time.set_index("time")["estimate"].to_dict() == pytest.approx(times)
    late = (
        StaggeredAdoption(inference="analytic", control="not_yet", base="varying")
        .fit(made)
        .group_time.set_index(["cohort", "time"])
    )
    own, others = y[first == 3][:, 2] - y[first == 3][:, 1], y[first > 3][:, 2] - y[first > 3][:, 1]
    assert late.loc[(3, 3), ["estimate", "compared"]].tolist() == pytest.approx([own.mean() - others.mean(), 6])
    assert late.loc[(3, 4), "compared"] == 4
    alone = StaggeredAdoption(inference="analytic", estimator="two-way").fit(made)
    assert alone.group_time.empty
    left = two_way_residuals(np.stack([y, (np.arange(1, 6) >= first[:, None]).astype(float)]), np.ones((9, 5)))
    assert alone.estimates.loc["simple", "estimate"] == pytest.approx((left[0] * left[1]).sum() / (left[1] ** 2).sum())


@pytest.mark.parametrize("switch", [True, False])
def test_chances_of_levels_are_means_over_rows_with_and_without(switch):
    rng = np.random.default_rng(6)
    rows = pd.DataFrame({"c": np.repeat(np.arange(40), 4), "t": np.tile(np.arange(4), 40)})
    rows["x"] = rng.integers(0, 2, 160) if switch else rng.normal(size=160)
    rows["y"] = np.digitize(rows["x"] + rng.logistic(size=160), [-0.5, 1.0]) + 1.0
    made = panel(rows, ["c", "t", "x", "y"], covariates=["x"])
    found = OrderedPanel(["x"], level=0.9).fit(made)
    b, others = found.estimates.loc["x", "estimate"], found.others["estimate"]
    mean = rows.groupby("c")["x"].transform("mean")
    rest = mean * others["mean of x"] + rows["t"].map(lambda one: 0 if one == 0 else others[f"period {one}"])

    def at_most(x):
        line = b * x + rest
        return [np.mean(1 / (1 + np.exp(-(others[cut] - line)))) for cut in ("1|2", "2|3")]

    low, high = (at_most(0.0), at_most(1.0)) if switch else (at_most(rows["x"]), at_most(rows["x"] + 1))
    wanted = np.diff([0, *high, 1]) - np.diff([0, *low, 1])
    assert found.chances["change"].tolist() == pytest.approx(wanted.tolist())
    assert found.chances.index.tolist() == ["1", "2", "3"]
    middle = (found.chances["ci_low"] + found.chances["ci_high"]) / 2
    assert middle.tolist() == pytest.approx(wanted.tolist())
    assert check(found, "levels").numbers == {"rarest": rows["y"].value_counts().min(), "rows": 160, "levels": 3}
    moving = int((rows.groupby("c")["y"].max() > rows.groupby("c")["y"].min()).sum())
    assert check(found, "units that move").numbers == {"moving": moving, "units": 40}
    assert (found.moving, found.clusters, found.n) == (moving, 40, 160)


def test_an_event_study_holds_numbers_that_fit_one_another():
    def study(since=(-2, 0, 1), estimate=(0.1, 1.0, 2.0), covariance=None, **more):
        return EventStudy(since, estimate, np.eye(3) if covariance is None else covariance, **more)

    made = study()
    assert made.before == 1
    assert made.weights("average").tolist() == [0.5, 0.5]
    assert made.weights("first").tolist() == [1, 0]
    assert made.weights([0.0, 3]).tolist() == [0, 3]
    with pytest.raises(ValueError, match="read-only"):
        made.estimate[0] = 2
    for wrong, said in (
        ({"since": (-2, 0)}, "since has 2 values, estimate 3"),
        ({"covariance": np.eye(2)}, r"covariance the shape \(2, 2\)"),
        ({"since": (-2, 0, 2)}, "not evenly spaced"),
        ({"since": (0, 1, -2)}, "not evenly spaced"),
        ({"since": (0, 1, 2)}, "0 times lie before the reference and 3"),
        ({"estimate": ("a", 1, 2)}, "estimate is a tuple of something else"),
        ({"estimate": [[1.0, 2, 3]]}, "estimate has 2 axes, must have 1"),
        ({"covariance": np.full((3, 3), np.nan)}, "covariance has 9 missing or infinite values"),
        ({"covariance": np.eye(3) + np.eye(3, k=1)}, "differs from its transpose by up to 1"),
        ({"covariance": np.diag([1.0, 1, -1])}, "has -1 as its least eigenvalue"),
        ({"covariance": np.diag([1.0, 1, 0])}, "1 variances are not above 0"),
    ):
        with pytest.raises(DataError, match=said):
            study(**wrong)
    nearly = np.eye(3) + 1e-9 * np.eye(3, k=1)
    assert study(covariance=nearly).before == 1
    assert study(covariance=1e6 * nearly).before == 1
    for target in ([1.0], [0.0, 0.0], [np.nan, 1]):
        with pytest.raises(SpecificationError, match=f"target has {len(target)} weights, must have 2"):
            made.weights(target)


def test_treatments_that_rise_and_fall_are_held_against_those_that_stayed():
    dose = np.array([[0, 2, 2, 1.0], [0, 0, 0, 0], [0, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 1]])
    y = np.array([[1.0, 4, 6, 5], [2, 2.5, 3, 3.5], [0, 1, 1, 2], [5, 6, 3, 2], [7, 7, 8, 9]])
    rows = [(c, t_, y[c, t_], dose[c, t_]) for c in range(5) for t_ in range(4)]
    made = panel(rows, ["c", "t", "y", "dose"], treatment="dose")
    found = SwitchingTreatment(effects=3, placebos=1).fit(made)
    same = y[[1, 2]].mean(axis=0)
    up = [(y[0, 1 + k] - y[0, 0]) - (same[1 + k] - same[0]) for k in range(3)]
    down = [-((y[3, 2 + k] - y[3, 1]) - (y[4, 2 + k] - y[4, 1])) for k in range(2)]
    table = found.event_study.set_index("since")
    assert table.loc[[0, 1, 2], "estimate"].tolist() == pytest.approx(
        [(up[0] + down[0]) / 2, (up[1] + down[1]) / 2, up[2]]
    )
    assert table.loc[[0, 1, 2], "dose"].tolist() == pytest.approx([(2 + 1) / 2, (4 + 2) / 2, 5])
    assert table.loc[[0, 1, 2], "per_dose"].tolist() == pytest.approx(
        (table.loc[[0, 1, 2], "estimate"] / [1.5, 3, 5]).tolist()
    )
    assert table.loc[[0, 1, 2], ["units", "compared"]].to_numpy().tolist() == [[2, 3], [2, 3], [1, 2]]
    # only the one that fell had a period before the one before its change
    placebo = -((y[3, 0] - y[3, 1]) - (y[4, 0] - y[4, 1]))
    assert table.loc[-2, ["estimate", "units", "compared"]].tolist() == pytest.approx([placebo, 1, 1])
    assert np.isnan(table.loc[-2, "dose"])
    mean = (2 * table.loc[0, "estimate"] + 2 * table.loc[1, "estimate"] + table.loc[2, "estimate"]) / 5
    gain = (2 * 1.5 + 2 * 1.5 + 1) / 5  # of treatment in the period itself
    assert found.estimates["estimate"].to_dict() == pytest.approx(
        {"per_unit_of_treatment": mean / gain, "mean_effect": mean}
    )
    ratio = found.estimates.loc["mean_effect", "std_error"] / found.estimates.loc["per_unit_of_treatment", "std_error"]
    assert ratio == pytest.approx(gain)
    assert check(found, "changes").numbers == {"changed": 2, "down": 1, "compared": 2}
    assert check(found, "few treated").numbers == {"switchers": 2}
    assert check(found, "few treated").voids is False
    risen, fallen = (SwitchingTreatment(changes=one, effects=1).fit(made) for one in ("up", "down"))
    assert risen.event_study.set_index("since").loc[0, "estimate"] == pytest.approx(up[0])
    assert fallen.event_study.set_index("since").loc[0, "estimate"] == pytest.approx(down[0])
    assert check(risen, "few treated").voids
    crossed = panel(
        [(c, t_, y_, -1.0 if (c, t_) == (0, 3) else d) for c, t_, y_, d in rows],
        ["c", "t", "y", "dose"],
        treatment="dose",
    )
    assert check(SwitchingTreatment().fit(crossed), "treatments that cross").numbers == {"crossed": 1}
    with pytest.raises(DataError, match="the treatment of none of 5 units changes"):
        SwitchingTreatment().fit(
            panel([(c, t_, y_, 1.0) for c, t_, y_, _ in rows], ["c", "t", "y", "dose"], treatment="dose")
        )
    with pytest.raises(DataError, match="1 units change their treatment, and none has a unit of the same"):
        SwitchingTreatment().fit(
            panel([row for row in rows if row[0] in (0, 4)], ["c", "t", "y", "dose"], treatment="dose")
        )


def test_sections_of_other_people_are_compared_by_means_of_four_groups():
    rng = np.random.default_rng(7)
    rows = pd.DataFrame(
        {"t": rng.integers(1, 4, 90), "law": rng.choice([2, 3, np.nan], 90), "w": rng.uniform(0.5, 2, 90)}
    )
    rows["y"] = rng.normal(size=90) + (rows["t"] >= rows["law"])
    data = RepeatedSections.from_frame(rows, time="t", outcome="y", adopted="law", outcome_kind="response", weight="w")
    assert repr(data) == "Repeated cross-sections of 90 rows at 3 times"
    assert data.weights.mean() == pytest.approx(1)
    found = StaggeredAdoption(inference="analytic", control="never", base="universal").fit(data)
    cells = found.group_time.set_index(["cohort", "time"])["estimate"]

    def mean(law, time):
        own = rows[(rows["law"].fillna(9) == law) & (rows["t"] == time)]
        return np.average(own["y"], weights=own["w"])

    for cohort, time in cells.index:
        base = cohort - 1
        wanted = mean(cohort, time) - mean(cohort, base) - mean(9, time) + mean(9, base)
        assert cells.loc[(cohort, time)] == pytest.approx(wanted)
    with pytest.raises(CellError, match="must be above 0") as caught:
        RepeatedSections.from_frame(
            rows.assign(w=[0.0, *rows["w"][1:]]),
            time="t",
            outcome="y",
            adopted="law",
            outcome_kind="response",
            weight="w",
        )
    assert (caught.value.column, caught.value.rows) == ("w", (1,))


def test_an_option_of_a_reader_is_refused_by_its_name():
    rows = pd.DataFrame({"c": ["x", "y"], "t": [2000, 2001], "y": [3, 4], "law": [2001, None]})
    for read, given in (
        (Panel.from_frame, ROLES),
        (RepeatedSections.from_frame, {"time": "t", "outcome": "y", "adopted": "law", "outcome_kind": "response"}),
        (lag, {"column": "y", "unit": "c", "time": "t"}),
    ):
        lawful.options_of_a_reader_are_refused_by_name(read, {"frame": rows, **given})
