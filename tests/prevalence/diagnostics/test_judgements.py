"""How far estimates can be trusted: each judgement turned at its threshold, from numbers written down here."""

import numpy as np
import pandas as pd
import pytest
from pins import published_lists

from ctresearch.core import Check, DataError, FitError, Result, SpecificationError, estimates_table
from ctresearch.prevalence import (
    CaptureHistories,
    Chapman,
    LogLinear,
    LowerBound,
    default_methods,
    internal_validity,
    verdict,
)
from ctresearch.prevalence.diagnostics import comparison_checks as checks
from ctresearch.prevalence.diagnostics.internal_validity import _check_validity, members_of
from ctresearch.prevalence.diagnostics.method_catalogue import chosen_methods, is_lower_bound
from ctresearch.prevalence.diagnostics.method_outcome import Outcome, try_method
from ctresearch.prevalence.diagnostics.predictive_check import _check_tails, cells_of, compare, table_statistics
from ctresearch.prevalence.diagnostics.verdict import check_sparse


def result(estimate=100.0, low=90.0, high=110.0, *given):
    """Build a result with an estimate, limits and checks."""
    rows = estimates_table({"population": (estimate, 4.0, low, high)}, unit="persons")
    return Result(method="m", estimates=rows, n=5, checks=given)


class Giving:
    """An estimator that gives what it is told, or raises it."""

    def __init__(self, answer):
        self.answer = answer

    def fit(self, data):
        """Give the answer."""
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_what_a_method_answers_is_told_apart():
    table = published_lists("korea")
    sound = try_method(Giving(result()), table)
    assert (sound.applies, sound.reason, sound.usable, sound.numbers) == (True, "", True, (100, 4, 90, 110))
    failed = try_method(Giving(result(100, 90, 110, Check("a", "fail", "x."), Check("b", "fail", "y."))), table)
    assert (failed.applies, failed.reason, failed.usable) == (True, "a: x. b: y.", False)
    assert failed.result is not None
    assert np.isnan(failed.numbers).all()
    assert len(failed.numbers) == 4
    asked = try_method(Giving(result(100, 90, 110, Check("a", "review", "x."))), table)
    assert asked.usable
    silent = try_method(Giving(result(np.nan)), table)
    assert (silent.applies, silent.reason) == (True, "The method gives no estimate for this table.")
    assert silent.result is not None
    none = try_method(Giving(FitError("no estimate exists")), table)
    assert (none.result, none.applies, none.reason) == (None, True, "no estimate exists")
    for error in (SpecificationError("takes 2"), DataError("is empty")):
        other = try_method(Giving(error), table)
        assert (other.result, other.applies, other.reason) == (None, False, str(error))
    with pytest.raises(SpecificationError, match=r"Giving gives the terms \['total'\], must give 'population'"):
        try_method(
            Giving(Result(method="m", estimates=estimates_table({"total": (1, 1, 1, 1)}, unit="persons"), n=1)), table
        )
    assert Outcome(None).applies
    assert Outcome(None).usable


@pytest.mark.parametrize(
    ("single", "both", "repeats", "below", "status"),
    [(60, 6, 6, 0, "fail"), (60, 7, 7, 0, "review"), (60, 29, 29, 0, "review"), (60, 30, 30, 0, "pass")],
)
def test_repeats_of_two_lists(single, both, repeats, below, status):
    frame = pd.DataFrame({"a": [1, 0, 1], "b": [0, 1, 1], "count": [single, single, both]})
    check = check_sparse(CaptureHistories.from_counts(frame))
    assert (check.name, check.status) == ("sparse", status)
    assert check.numbers == {
        "people": 2 * single + both,
        "repeats": repeats,
        "pairs": 1,
        "below_5": below,
        "empty": 0,
    }


def test_pairs_of_lists_that_share_few_or_nobody_are_counted_apart():
    frame = pd.DataFrame(
        {"a": [1, 0, 0, 1, 1], "b": [0, 1, 0, 1, 0], "c": [0, 0, 1, 0, 1], "count": [60, 60, 60, 40, 4]}
    )
    check = check_sparse(CaptureHistories.from_counts(frame))
    assert check.status == "review"
    assert check.numbers == {"people": 224, "repeats": 44, "pairs": 3, "below_5": 2, "empty": 1}
    enough = check_sparse(CaptureHistories.from_counts(frame.assign(count=[60, 60, 60, 40, 5])))
    assert enough.numbers["below_5"] == 1


def test_a_verdict_takes_results_with_a_population_only():
    table = published_lists("korea")
    names = [check.name for check in verdict(table, {"m": result()})]
    diagnosis = ["repeated lists", "separate lists", "people differ", "lists attract", "lists repel"]
    assert names == ["sparse", "boundary", "method", *diagnosis]
    moved = pd.DataFrame({"estimate": [100.0, 120]}, index=["all lists", "without a"])
    assert [check.name for check in verdict(table, {"m": result()}, sensitivity=moved)] == [
        "sparse",
        "unstable",
        "boundary",
        "method",
        *diagnosis,
    ]
    with pytest.raises(DataError, match="must hold at least one Result by name"):
        verdict(table, {})
    with pytest.raises(DataError, match=r"results\['x'\] is a int, must be a Result with a population"):
        verdict(table, {"x": 3})
    total = Result(method="m", estimates=estimates_table({"total": (1, 1, 1, 1)}, unit="persons"), n=1)
    with pytest.raises(DataError, match=r"results\['x'\] is a Result, must be"):
        verdict(table, {"x": total})
    with pytest.raises(DataError, match="must be CaptureHistories"):
        verdict(3, {"m": result()})


@pytest.mark.parametrize(
    ("estimates", "limits", "notes", "status", "numbers"),
    [
        ([100.0, 200], [(90, 110), (150, 250)], ("", ""), "pass", (2, 2, 2, 0.0)),
        ([125.0, 200], [(90, 130), (150, 250)], ("", ""), "pass", (2, 2, 2, np.sqrt(1.25) - 1)),
        ([125.0, 250], [(90, 130), (150, 250)], ("", ""), "pass", (2, 2, 2, 0.25)),
        ([126.0, 252], [(90, 130), (150, 253)], ("", ""), "review", (2, 2, 2, 0.26)),
        ([80.0, 160], [(70, 130), (150, 253)], ("", ""), "pass", (2, 2, 2, 0.25)),
        ([100.0, 200], [(101, 110), (150, 250)], ("", ""), "review", (2, 2, 1, 0.0)),
        ([100.0, 200], [(90, 99), (150, 250)], ("", ""), "review", (2, 2, 1, 0.0)),
        ([100.0, 200], [(100, 100), (200, np.inf)], ("", ""), "pass", (2, 2, 2, 0.0)),
        ([100.0, 200], [(np.nan, np.nan), (150, 250)], ("", ""), "pass", (2, 1, 1, 0.0)),
        ([100.0, 200], [(90, np.nan), (-np.inf, 250)], ("", ""), "pass", (2, 0, 0, 0.0)),
        ([100.0, np.nan], [(90, 110), (np.nan, np.nan)], ("", "gone"), "review", (1, 1, 1, 0.0)),
    ],
)
def test_predictions_are_held_against_true_sizes(estimates, limits, notes, status, numbers):
    rows = pd.DataFrame({"estimate": estimates, "ci_low": [a for a, _ in limits], "ci_high": [b for _, b in limits]})
    check = _check_validity(rows, (100, 200), notes)
    assert (check.name, check.status) == ("internal validity", status)
    assert check.numbers == pytest.approx(
        dict(zip(("predicted", "with_limits", "inside", "median_error"), numbers, strict=True)), abs=1e-12
    )


def test_predictions_that_cannot_be_used_carry_their_reason():
    table = published_lists("hav-taiwan")

    class Choosy:
        """Gives each list another answer, in the order of the table."""

        def __init__(self):
            self.answers = iter([result(), result(np.nan), result(9, 1, 20, Check("c", "fail", "x.", voids=True))])

        def fit(self, data):
            return next(self.answers)

    found = internal_validity(table, Choosy())
    assert found.notes == ("", "the method gave no estimate", "the estimate does not stand")
    assert found.estimates["estimate"].isna().tolist() == [False, True, True]
    assert found.estimates.loc["L1"].tolist() == [100, 4, 90, 110, "persons"]
    with pytest.raises(FitError, match="no list can be predicted from the others; of the first: nothing"):
        internal_validity(table, Giving(FitError("nothing")))
    inside = members_of(table, "L2")
    assert (inside.lists, inside.scope) == (("L1", "L3"), table.scope)
    cells = table.cell_counts()
    assert inside.cell_counts().tolist() == [0, cells[3], cells[6], cells[7]]
    with pytest.raises(DataError, match="the table has 2 lists, must have at least 3"):
        internal_validity(table.drop("L1"), LowerBound())


def test_tails_count_the_table_itself_and_both_sides_where_size_means_nothing():
    names = pd.Index(["deviance", "pearson", "largest_residual", "empty_patterns", "on_1_list"], name="term")
    drawn = np.column_stack(
        [np.arange(1.0, 10), np.arange(1.0, 10), np.full(9, np.nan), np.arange(9.0), np.arange(9.0)]
    )
    drawn[:, 2] = [np.nan, np.nan, 1, 2, 3, 4, 5, 6, 7]
    estimates, tails = compare(np.array([8.0, 10, 7, 1, 4]), drawn, names)
    # 2 of 9 deviances are as large, no pearson is, 1 of 7 residuals; 2 of 9 as few empty patterns, 5 of 9 as many people
    assert tails["p_value"].tolist() == pytest.approx([3 / 10, 1 / 10, 2 / 8, 2 * 3 / 10, 1.0])
    assert tails["simulated"].tolist() == pytest.approx([5, 5, 4, 4, 4])
    assert estimates["estimate"].tolist() == [8, 10, 7, 1, 4]
    assert estimates["std_error"].tolist() == pytest.approx(
        [np.std(np.arange(9), ddof=1)] * 2 + [np.std(np.arange(7), ddof=1)] + [np.std(np.arange(9), ddof=1)] * 2
    )
    assert estimates["ci_low"].tolist() == pytest.approx([1.2, 1.2, 1.15, 0.2, 0.2])
    assert estimates["ci_high"].tolist() == pytest.approx([8.8, 8.8, 6.85, 7.8, 7.8])
    assert estimates["unit"].tolist() == ["", "", "", "patterns", "persons"]
    assert (estimates.index.name, tails.index.tolist()) == ("term", names.tolist())


@pytest.mark.parametrize(
    ("smallest", "lost", "status"), [(0.01, 0, "pass"), (0.009, 0, "review"), (0.5, 10, "pass"), (0.5, 11, "review")]
)
def test_a_simulation_asks_for_review_at_one_in_a_hundred_or_a_tenth_lost(smallest, lost, status):
    tails = pd.DataFrame({"p_value": [0.9, smallest]}, index=["pearson", "deviance"])
    drawn = np.ones((100, 2))
    drawn[:lost, 0] = np.nan
    check = _check_tails(tails, drawn)
    assert (check.name, check.status) == ("predictive", status)
    assert check.numbers == {"smallest_p_value": smallest, "tables": 100, "without_estimate": lost}
    assert check.message.startswith("Of 2 statistics, deviance is the least like those of 100 simulated tables")
    assert (f"{lost} of those had no estimate" in check.message) == bool(lost)


def test_statistics_leave_out_cells_that_the_model_empties():
    counts, means = np.array([0.0, 4, 9, 2, 0, 1, 0, 3]), np.array([5.0, 4, 7, 4, 0, 1, 1, 2])
    found = table_statistics(counts, means, 4)
    alive = means[1:] > 0
    residual = (counts[1:] - means[1:])[alive] / np.sqrt(means[1:][alive])
    assert found[1] == pytest.approx((residual**2).sum())
    assert found[2] == pytest.approx(1.0)
    assert found[3:].tolist() == [2, 13, 3, 3]
    rows = pd.DataFrame({"a": [1, 0, 1], "b": [0, 1, 1], "observed": [6, 4, 2]})
    assert cells_of(rows, "observed", ("a", "b")).tolist() == [0, 6, 4, 2]


def test_comparison_checks_carry_their_figures():
    first, gone = checks.check_headline("mt", usable=True), checks.check_headline("mt", usable=False)
    assert [(one.name, one.status, one.numbers) for one in (first, gone)] == [
        ("headline", "pass", {}),
        ("headline", "fail", {}),
    ]
    assert "mt" in first.message
    assert "mt" in gone.message
    inside = checks.check_headline_interval(10, 20, np.array([10.0, 15, 20]))
    assert (inside.name, inside.numbers) == ("headline interval", {"outside": 0, "others": 3})
    assert inside.message == "0 of 3 other estimates lie outside the interval of the headline."
    missing = checks.check_headline_interval(np.nan, 20, np.array([10.0]))
    assert (missing.name, missing.status, missing.numbers) == ("headline interval", "review", {})
    above = checks.check_bounds(1234.4, np.array([1000.0, 1234.4]))
    assert (above.name, above.status) == ("lower bounds", "pass")
    assert "1,234, is not below the largest lower bound, 1,234." in above.message
    below = checks.check_bounds(1000, np.array([900.0, 1001]))
    assert (below.status, below.numbers) == ("review", {"headline": 1000, "largest_bound": 1001})
    assert "1,000, is below the largest lower bound, 1,001." in below.message
    none = checks.check_refused((), 4)
    assert (none.name, none.status, none.numbers) == ("refused methods", "pass", {"refused": 0, "tried": 4})
    some = checks.check_refused(("a", "b"), 4)
    assert (some.name, some.status, some.numbers) == ("refused methods", "review", {"refused": 2, "tried": 4})
    assert some.message.endswith(": a; b.")


def test_the_catalogue_names_eighteen_methods_and_how_each_is_asked():
    methods = default_methods(5, level=0.9, bootstrap=60, seed=7)
    shown = {name: (type(one).__name__, one.get_params()) for name, one in methods.items()}
    assert list(shown) == [
        "Chapman",
        "Log-linear BIC",
        "Log-linear AIC",
        "Log-linear stepwise",
        "BIC average",
        "AIC average",
        "Independence (Mt)",
        "Mth Poisson",
        "Mth Darroch",
        "Mth gamma",
        "Mth range",
        "Sample coverage",
        "Bayesian threshold",
        "Graphical average",
        "Model average",
        "Latent classes",
        "Mth Chao",
        "Lower bound",
    ]
    asked = {
        "Log-linear BIC": ("LogLinear", {"select": "bic", "top_models": 100, "bootstrap": 60, "seed": 7}),
        "Log-linear AIC": ("LogLinear", {"select": "aic", "top_models": 100, "bootstrap": 60, "seed": 7}),
        "Log-linear stepwise": ("LogLinear", {"select": "stepwise", "top_models": None, "bootstrap": 60, "seed": 7}),
        "BIC average": ("WeightedAverage", {"criterion": "bic"}),
        "AIC average": ("WeightedAverage", {"criterion": "aic"}),
        "Independence (Mt)": ("ClosedPopulation", {"model": "Mt", "heterogeneity": None}),
        "Mth Poisson": ("ClosedPopulation", {"model": "Mth", "heterogeneity": "poisson"}),
        "Mth Darroch": ("ClosedPopulation", {"model": "Mth", "heterogeneity": "darroch"}),
        "Mth gamma": ("ClosedPopulation", {"model": "Mth", "heterogeneity": "gamma"}),
        "Mth Chao": ("ClosedPopulation", {"model": "Mth", "heterogeneity": "chao"}),
        "Sample coverage": ("SampleCoverage", {"bootstrap": 60, "seed": 7}),
        "Bayesian threshold": ("BayesianThreshold", {"seed": 7}),
        "Graphical average": ("GraphicalAverage", {"seed": 7}),
        "Model average": ("ModelAverage", {"seed": 7}),
        "Latent classes": ("LatentClass", {"seed": 7}),
        "Chapman": ("Chapman", {"interval": "lognormal"}),
        "Lower bound": ("LowerBound", {"list_chances": "unequal"}),
    }
    for name, (kind, options) in asked.items():
        assert shown[name][0] == kind
        assert {option: shown[name][1][option] for option in options} == options
        assert shown[name][1]["level"] == 0.9
    assert [name for name, one in methods.items() if is_lower_bound(one)] == ["Mth Chao", "Lower bound"]
    for lists, top in ((4, None), (5, 100), (6, 100), (7, None)):
        assert default_methods(lists)["Log-linear BIC"].top_models == top
    plain = default_methods(2)
    assert {one.level for one in plain.values()} == {0.95}
    assert (plain["Log-linear BIC"].bootstrap, plain["Log-linear BIC"].seed) == (1000, 0)
    for options, says in (
        ({"lists": 1}, "lists == 1"),
        ({"lists": 3, "level": 2}, "level == 2"),
        ({"lists": 3, "seed": -3}, "seed == -3"),
    ):
        with pytest.raises(SpecificationError, match=says):
            default_methods(**options)


def test_methods_are_chosen_by_name_or_brought_along():
    defaults = {"a": LowerBound(), "b": Chapman()}
    assert chosen_methods(None, defaults, 0.95) == defaults
    assert chosen_methods(None, defaults, 0.95) is not defaults
    assert list(chosen_methods(("b",), defaults, 0.95)) == ["b"]
    own = {"mine": LogLinear("fixed", model="[1,2]")}
    assert chosen_methods(own, defaults, 0.95) == own
    assert list(chosen_methods({"x": Giving(result())}, defaults, 0.5)) == ["x"]  # no level of its own
    with pytest.raises(SpecificationError, match=r"methods\['mine'\] has level == 0.95, must have 0.9 as all others"):
        chosen_methods(own, defaults, 0.9)
    with pytest.raises(SpecificationError, match="methods has 'c', must be among 'a', 'b'"):
        chosen_methods(["a", "c"], defaults, 0.95)
    with pytest.raises(SpecificationError, match=r"methods == \{\}, must name at least one"):
        chosen_methods({}, defaults, 0.95)
