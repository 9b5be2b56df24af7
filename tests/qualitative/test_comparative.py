"""Qualitative comparative analysis equals published truth tables and solutions, solution by solution."""

import json
import re
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, FitError, SpecificationError
from ctresearch.qualitative import (
    ComparativeRobustness,
    ProcessTracing,
    QualitativeComparative,
    calibrate,
    find_thresholds,
)
from ctresearch.qualitative.comparative.implicants import implicants_against, implicants_within, smallest_covers
from ctresearch.qualitative.comparative.necessary import necessary_expressions, single_conditions

FOLDER = Path(__file__).parents[1] / "reference" / "qualitative"
PINS = json.loads((FOLDER / "qca_lipset.json").read_text())
CALIBRATION = json.loads((FOLDER / "qca_calibration.json").read_text())
CASES = [(kind, i) for kind in ("crisp", "fuzzy", "multivalue") for i in range(len(PINS[kind]["analyses"]))]
TOLERANCE = 1e-9  # sums of 18 memberships and one division


def table(kind):
    return pd.read_csv(FOLDER / f"qca_lipset_{kind}.csv")


def options(pin):
    """Read the options of a call of R."""
    call = pin["call"]
    cuts = [float(x) for x in re.search(r"incl.cut=c\(([^)]*)\)", call)[1].split(",")]
    expected = {}
    told = re.search(r"dir.exp='([^']*)'", pin.get("expected") or "")
    for part in re.findall(r"~?\w+(?:\[[\d,]+\])?", told[1]) if told else ():
        name = part.strip("~").split("[")[0]
        values = [int(v) for v in part.split("[")[1].strip("]").split(",")] if "[" in part else [int(part[0] != "~")]
        expected[name] = values
    return {
        "outcome": "SURV",
        "conditions": re.search(r"conditions=c\(([^)]*)\)", call)[1].replace("'", "").split(","),
        "negated": "'~SURV'" in call,
        "consistency": (cuts[0], cuts[-1]),
        "cases": int(re.search(r"n.cut=(\d+)", call)[1]),
        "pri": float(re.search(r"pri.cut=([\d.]+)", call)[1]),
        "expected": expected,
    }


def models(result, kind):
    """Return the models of a solution as sets of terms."""
    rows = result.solutions[result.solutions["solution"] == kind]
    return {frozenset(group["term"]) for _, group in rows.groupby("model")}


def as_sets(solutions):
    return {frozenset(one) for one in solutions}


@pytest.mark.parametrize(("kind", "i"), CASES)
def test_truth_tables_and_solutions_are_those_of_r(kind, i):
    pin = PINS[kind]["analyses"][i]
    result = QualitativeComparative(**options(pin), solution="complex").fit(table(kind))
    rows = result.truth_table.set_index("row")
    assert sorted(rows.index) == sorted(row for row, *_ in pin["rows"])
    for row, out, n, incl, pri in pin["rows"]:
        assert (rows.loc[row, "out"], rows.loc[row, "cases"]) == (out, n)
        assert abs(rows.loc[row, "consistency"] - incl) < TOLERANCE
        assert abs(rows.loc[row, "pri"] - (pri or 0)) < TOLERANCE
    for name in ("complex", "parsimonious"):
        assert models(result, name) == as_sets(pin[name]["solutions"])
        for model in pin[name]["fit"]:
            found = result.solutions[result.solutions["solution"] == name]
            found = next(g for _, g in found.groupby("model") if sorted(g["term"]) == model["terms"]).set_index("term")
            for term, values in model["implicants"].items():
                own = found.loc[term, ["consistency", "pri", "coverage", "unique_coverage"]].astype(float)
                for mine, theirs in zip(own, values, strict=True):
                    assert theirs is None or abs(mine - theirs) < TOLERANCE
    fit = pin["complex"]["fit"][0]["solution"]
    got = result.estimates["estimate"]
    assert np.allclose(
        [got["consistency"], got["pri"], got["coverage"]], [fit["inclS"], fit["PRI"], fit["covS"]], atol=TOLERANCE
    )


@pytest.mark.parametrize(("kind", "i"), [c for c in CASES if PINS[c[0]]["analyses"][c[1]].get("expected")])
def test_intermediate_solutions_and_their_counterfactuals_are_those_of_r(kind, i):
    from ctresearch.qualitative.comparative.sets import term_name

    pin = PINS[kind]["analyses"][i]
    asked = QualitativeComparative(**options(pin))
    frame = table(kind)
    read = asked._read(frame)
    found = asked._analyse(read)

    def named(model):
        return frozenset(term_name(term, read.names, read.levels) for term in model)

    own = {(named(one.complex_model), named(one.parsimonious_model)): one for one in found.intermediate}
    assert len(own) == len(pin["intermediate"])
    for theirs in pin["intermediate"]:
        one = own[frozenset(theirs["complex_used"]), frozenset(theirs["parsimonious_used"])]
        assert {named(model) for model in one.solution.models} == as_sets(theirs["solutions"])
        assert [row + 1 for row in one.easy] == sorted(theirs["easy"])
        assert [row + 1 for row in one.difficult] == sorted(theirs["difficult"])
    assumed = {tuple(row + 1 for row in rows) for rows in found.solutions["parsimonious"].assumed}
    assert assumed == {tuple(sorted(rows)) for rows in pin["parsimonious"]["assumed"]}


@pytest.mark.parametrize(
    "i", [i for k, i in CASES if "parsimonious_excluding" in PINS[k]["analyses"][i].get("enhanced", {})]
)
def test_enhanced_standard_analysis_is_that_of_r(i):
    pin = PINS["fuzzy"]["analyses"][i]
    result = QualitativeComparative(**options(pin), exclude="untenable").fit(table("fuzzy"))
    assert models(result, "parsimonious") == as_sets(pin["enhanced"]["parsimonious_excluding"]["solutions"])
    assert models(result, "intermediate") == {
        s for one in pin["enhanced"]["intermediate_excluding"] for s in as_sets(one)
    }
    free = QualitativeComparative(**options(pin), solution="parsimonious").fit(table("fuzzy"))
    both = free.remainders.loc[free.remainders["contradictory"], "row"].tolist()
    assert both == pin["enhanced"]["contradictory_simplifying_assumptions"]
    check = next(c for c in free.checks if c.name == "untenable assumptions")
    assert check.status == ("fail" if both else "pass")
    assert next(c for c in result.checks if c.name == "untenable assumptions").status == "pass"


@pytest.mark.parametrize(("kind", "which"), list(product(["crisp", "fuzzy"], ["SURV", "neg"])))
def test_necessity_is_that_of_r(kind, which):
    pin, frame = PINS[kind]["necessity"][which], table(kind)
    names = ["DEV", "URB", "LIT", "IND", "STB"]
    y = frame["SURV"].to_numpy(dtype=float)
    y = 1 - y if which == "neg" else y
    data = frame[names].to_numpy(dtype=float)
    for found, values in (
        (single_conditions(data, y, names, [2] * 5), pin["single"]),
        (necessary_expressions(data, y, names, [2] * 5), pin["super"]),
    ):
        assert set(found.index) == set(values)
        for name, (consistency, relevance, coverage) in values.items():
            assert np.allclose(found.loc[name], [consistency, relevance, coverage], atol=TOLERANCE)


def test_calibration_is_that_of_r():
    pin, raw = CALIBRATION["calibration"], table("raw")
    thresholds = pin["thresholds_exclusion_crossover_inclusion"] | {"STB": (15, 10, 5)}
    for name, cuts in thresholds.items():
        assert np.allclose(calibrate(raw[name], cuts), [row[name] for row in pin["fuzzy"]], atol=TOLERANCE)
    own = {
        "linear": calibrate(raw["DEV"], (400, 550, 900), shape="linear"),
        "idm": calibrate(raw["DEV"], (400, 550, 900), degree=0.9),
        "crisp": calibrate(raw["DEV"], (550,), shape="crisp"),
    }
    for name, values in own.items():
        assert np.allclose(values, pin[name]["DEV"], atol=TOLERANCE)
    assert np.allclose(calibrate(raw["LIT"], (40, 55, 65, 80, 90, 99)), pin["bell"]["LIT"], atol=TOLERANCE)
    found = [find_thresholds(raw["DEV"], n) for n in (1, 2, 3)]
    assert found == [(626.0,), (626.0, 940.0), (446.0, 626.0, 940.0)]


@pytest.mark.parametrize("pin", CALIBRATION["robustness_of_crisp_cutoffs"])
def test_solutions_under_other_cut_offs_are_those_of_r(pin):
    raw = table("raw")
    sets = raw.assign(**{n: (raw[n] >= pin[f"{n}_at_least"]) * 1 for n in ("DEV", "URB", "LIT", "IND")})
    sets = sets.assign(STB=(raw["STB"] < pin["STB_below"]) * 1, SURV=(raw["SURV"] > pin["SURV_above"]) * 1)
    asked = {"outcome": "SURV", "conditions": ["DEV", "URB", "LIT", "IND", "STB"], "consistency": 1.0}
    result = QualitativeComparative(**asked).fit(sets)
    for name in ("complex", "parsimonious"):
        one = pin[name] if isinstance(pin[name][0], list) else [pin[name]]
        told = {frozenset(term for part in model for term in re.split(r"\s*\+\s*", part)) for model in one}
        assert models(result, name) == told or {t for m in models(result, name) for t in m} == {
            t for m in told for t in m
        }


def test_minimisation_agrees_with_brute_force():
    rng = np.random.Generator(np.random.PCG64(5))
    for levels in ((2, 2, 2, 2), (3, 2, 2)):
        rows = list(product(*map(range, levels)))
        for _ in range(40):
            out = rng.integers(0, 3, len(rows))
            positive = [r for r, o in zip(rows, out, strict=True) if o == 1]
            negative = [r for r, o in zip(rows, out, strict=True) if o == 0]
            if not positive or not negative:
                continue
            terms = list(product(*(range(-1, n) for n in levels)))

            def holds(term, row):
                return all(v in (-1, c) for v, c in zip(term, row, strict=True))

            good = [t for t in terms if any(holds(t, r) for r in positive) and not any(holds(t, r) for r in negative)]
            shortest = {
                t
                for t in good
                if not any(u != t and all(a in (-1, b) for a, b in zip(u, t, strict=True)) for u in good)
            }
            assert set(implicants_against(positive, negative)) == shortest
            inside = [t for t in terms if {r for r in rows if holds(t, r)} <= set(positive)]
            inside = {
                t
                for t in inside
                if not any(u != t and all(a in (-1, b) for a, b in zip(u, t, strict=True)) for u in inside)
            }
            assert set(implicants_within(positive, levels)) == inside
            covers = smallest_covers(sorted(shortest), positive)
            assert covers
            assert all(any(holds(t, r) for t in covers[0]) for r in positive)


@pytest.mark.slow
def test_a_planted_solution_is_recovered_under_noise():
    rng = np.random.Generator(np.random.PCG64(11))
    right = 0
    for _ in range(40):
        x = rng.integers(0, 2, (80, 4))
        y = ((x[:, 0] & x[:, 1]) | (x[:, 2] & (1 - x[:, 3]))).astype(int)
        flip = rng.random(80) < 0.03
        cases = pd.DataFrame(x, columns=list("ABCD")).assign(y=np.where(flip, 1 - y, y))
        result = QualitativeComparative(outcome="y", conditions=list("ABCD"), consistency=0.7, solution="complex").fit(
            cases
        )
        right += models(result, "complex") == {frozenset({"A*B", "C*~D"})}
    assert right >= 30  # measured 36 of 40 with this seed; a row of few cases falls to the noise now and then


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"y": [0, 0, 0, 1, 0, 0, 1, 0]}, "solution"),  # no row is consistent
        ({"a": [0.5, 1, 1, 0, 0, 0, 1, 1]}, "halves"),
    ],
)
def test_checks_fail_on_data_made_to_break_them(change, check):
    good = pd.DataFrame({"a": [1, 1, 1, 0, 0, 0, 1, 1], "b": [1, 1, 0, 0, 0, 1, 0, 1], "y": [1, 1, 0, 0, 0, 0, 0, 1]})
    asked = QualitativeComparative(outcome="y", conditions=["a", "b"], consistency=0.9)
    assert next(c for c in asked.fit(good).checks if c.name == check).status == "pass"
    assert next(c for c in asked.fit(good.assign(**change)).checks if c.name == check).status == "fail"


def test_contradictions_ambiguity_and_diversity_ask_for_a_person():
    mixed = pd.DataFrame({"a": [1, 1, 1, 1, 0, 0], "b": [1, 1, 1, 1, 0, 1], "y": [1, 1, 0, 0, 0, 0]})
    result = QualitativeComparative(outcome="y", conditions=["a", "b"], consistency=(0.6, 0.4)).fit(mixed)
    assert next(c for c in result.checks if c.name == "contradictions").status == "review"
    assert not result.stands
    two = QualitativeComparative(outcome="y", conditions=["a", "b"], solution="parsimonious")
    alike = two.fit(pd.DataFrame({"a": [1, 1, 0, 0], "b": [1, 1, 0, 0], "y": [1, 1, 0, 0]}))
    assert next(c for c in alike.checks if c.name == "ambiguity").status == "review"


def test_too_many_solutions_are_an_error(monkeypatch):
    monkeypatch.setattr("ctresearch.qualitative.comparative.implicants._MOST_STEPS", 500)
    terms = [tuple(1 if j == i else -1 for j in range(30)) for i in range(30)]
    rows = [tuple(1 if k in (i, (i + 1) % 30) else 0 for k in range(30)) for i in range(30)]
    with pytest.raises(FitError, match="fewer conditions"):
        smallest_covers(terms, rows)


@pytest.mark.parametrize(
    "wrong",
    [
        {"conditions": ["a"]},
        {"conditions": ["a", "y"]},
        {"consistency": (0.5, 0.8)},
        {"expected": {"c": 1}},
        {"exclude": [99]},
        {"solution": "short"},
    ],
)
def test_wrong_options_are_one_sentence(wrong):
    cases = pd.DataFrame({"a": [1, 1, 0, 0], "b": [1, 0, 1, 0], "y": [1, 1, 0, 0]})
    with pytest.raises(SpecificationError):
        QualitativeComparative(**({"outcome": "y", "conditions": ["a", "b"]} | wrong)).fit(cases)


def test_robustness_counts_settings_with_the_first_solution():
    raw = table("raw").assign(SURV=lambda d: (d["SURV"] > 0) * 1)
    asked = ComparativeRobustness(
        outcome="SURV",
        conditions=["DEV", "LIT"],
        thresholds={"DEV": [(550,), (555,), (100,)], "LIT": [(75,)]},
        shape="crisp",
        solution="complex",
    )
    result = asked.fit(raw)
    assert len(result.settings) == 3
    assert result.estimates.loc["same", "estimate"] == pytest.approx(2 / 3)
    assert next(c for c in result.checks if c.name == "robustness").status == "review"
    with pytest.raises(SpecificationError, match="settings"):
        ComparativeRobustness(outcome="y", conditions=["a", "b"], thresholds={"a": []})


def test_process_tracing_is_bayes_rule():
    seen = pd.DataFrame({"evidence": ["a", "b"], "x": [0.95, 0.5], "y": [0.05, 0.25], "z": [0.5, 0.5]})
    result = ProcessTracing(priors={"x": 0.2, "y": 0.3, "z": 0.5}, width=0.05).fit(seen)
    weights = np.array([0.2 * 0.95 * 0.5, 0.3 * 0.05 * 0.25, 0.5 * 0.5 * 0.5])
    assert np.allclose(result.estimates["estimate"].astype(float), weights / weights.sum())
    low, high = result.estimates["ci_low"], result.estimates["ci_high"]
    assert (low < result.estimates["estimate"]).all()
    assert (high > result.estimates["estimate"]).all()
    even = result.priors.set_index("explanation").loc["x", "even_prior"]
    again = ProcessTracing(priors={"x": even, "y": (1 - even) * 0.375, "z": (1 - even) * 0.625}).fit(seen)
    assert again.estimates.loc["x", "estimate"] == pytest.approx(0.5)
    tests = ProcessTracing(priors={"x": 0.9, "y": 0.1}).fit(seen[["evidence", "x", "y"]]).evidence["test"].tolist()
    assert tests == ["doubly decisive", "straw in the wind"]
    clear = ProcessTracing(priors={"x": 0.5, "y": 0.5}).fit(seen[["evidence", "x", "y"]])
    assert next(c for c in clear.checks if c.name == "clear").status == "pass"
    assert next(c for c in result.checks if c.name == "clear").status == "review"
    with pytest.raises(DataError, match="above 0"):
        ProcessTracing(priors={"x": 0.5, "y": 0.5}).fit(seen.assign(x=0))


def test_what_rests_on_few_cases_is_left_out_for_a_release():
    cases = pd.DataFrame(
        {
            "rich": [1] * 6 + [0] * 7,
            "stable": [1] * 6 + [0] * 6 + [1],
            "held": [1] * 6 + [0] * 6 + [1],
        }
    )
    found = QualitativeComparative(outcome="held", conditions=["rich", "stable"]).fit(cases)
    assert found.smallest_group == 1
    left = found.at_least(5)
    assert left.smallest_group == 6
    assert left.truth_table["cases"].min() == 6
    assert (left.solutions["cases"] >= 5).all()
    assert left.remainders.empty
    assert left.estimates.equals(found.estimates)
    with pytest.raises(DataError, match="are shown by 14 cases"):
        found.at_least(14)
