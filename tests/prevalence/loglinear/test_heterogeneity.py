"""People who differ in their chance of being listed: the test, the check and the simulation it rests on."""

import csv
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from pins import cells_of, design, published_lists

from ctresearch.prevalence import LogLinear
from ctresearch.prevalence.lists.cells import set_size
from ctresearch.prevalence.loglinear.existence import fit_model
from ctresearch.prevalence.loglinear.heterogeneity import SIMULATED_COVERAGE, check_heterogeneity, heterogeneity_score
from ctresearch.prevalence.loglinear.model_terms import complete, read_model

RESULTS = Path(__file__).parents[3] / "benchmarks" / "results" / "coverage_loglinear.csv"


@pytest.mark.parametrize(("table", "model"), [("kosovo", "[12,13,4]"), ("diabetes-italy", "[1,2,3,4]")])
def test_the_score_equals_that_of_a_glm(table, model):
    counts = cells_of(table)
    terms = read_model(model, published_lists(table).lists)
    cells = np.arange(1, counts.size)
    pairs = set_size(cells) * (set_size(cells) - 1) / 2
    glm = sm.GLM(counts[1:], design(terms, cells), family=sm.families.Poisson()).fit(tol=1e-12)
    score, *_ = glm.score_test(exog_extra=pairs[:, None])
    ours = heterogeneity_score(counts, fit_model(counts, terms))
    assert ours**2 == pytest.approx(float(np.squeeze(score)), rel=1e-6)


def test_a_model_of_all_pairs_leaves_no_room():
    counts = cells_of("hav-taiwan")
    model = fit_model(counts, read_model("[12,13,23]", "ABC"))
    assert np.isnan(heterogeneity_score(counts, model))
    # all three pairs attract one another, which the check does not overlook
    assert check_heterogeneity(counts, model, "bic").status == "review"


def expected_table(shares, factors, chances, people):
    """Return expected counts by cell of a population of classes."""
    cells = np.arange(1 << len(chances))
    counts = np.zeros(cells.size)
    for share, factor in zip(shares, factors, strict=True):
        listed = np.array([cells >> i & 1 for i in range(len(chances))]).T
        chance = np.array(chances) * factor
        counts += people * share * np.prod(np.where(listed, chance, 1 - chance), axis=1)
    return np.append(0, np.round(counts[1:]))


@pytest.mark.parametrize(("shares", "factors", "status"), [((1.0,), (1.0,), "pass"), ((0.8, 0.2), (0.5, 3), "review")])
def test_two_classes_are_told_from_one(shares, factors, status):
    counts = expected_table(shares, factors, [0.04, 0.06, 0.08, 0.10], 10_000)
    check = check_heterogeneity(counts, fit_model(counts, complete([], 4)), "stepwise")
    assert check.status == status
    assert check.numbers.get("simulated_coverage") == (SIMULATED_COVERAGE["stepwise"] if status == "review" else None)


def test_the_numbers_in_the_check_are_those_of_the_simulation():
    with RESULTS.open() as file:
        rows = list(csv.DictReader(file))
    classes = {row["select"]: float(row["coverage"]) for row in rows if row["scenario"] == "two classes"}
    assert classes == SIMULATED_COVERAGE
    others = [row for row in rows if row["scenario"] != "two classes"]
    assert all(float(row["coverage"]) >= 0.9 for row in others)
    assert all(float(row["reviewed"]) < 0.15 for row in others)
    assert all(int(row["populations"]) == 500 and int(row["truth"]) == 10_000 for row in rows)


def test_results_carry_the_check_where_there_is_something_to_compare():
    names = {check.name for check in LogLinear().fit(published_lists("kosovo")).checks}
    assert "heterogeneity" in names
    fixed = LogLinear("fixed", model="[1,2,3,4]").fit(published_lists("kosovo"))
    assert "heterogeneity" not in {check.name for check in fixed.checks}
