"""Latent classes with covariates against LCCR, against other estimators of this room, on truths, and what they refuse."""

import json

import numpy as np
import pandas as pd
import pytest
from pins import FOLDER, pinned, published_lists

from ctresearch.core import DataError, FitError, Result, SpecificationError
from ctresearch.prevalence import ConditionalLikelihood, LatentClassRegression, LogLinear
from ctresearch.prevalence.latent import class_regression_checks as checks
from ctresearch.prevalence.latent.class_fit import EDGE, fit_classes, refit_classes
from ctresearch.prevalence.latent.class_likelihood import (
    Parameters,
    class_data,
    log_likelihood,
    population_of,
    size_of,
)

PINS = pinned("lccr")
COUNTS = {
    name: np.array(rows, float) for name, rows in json.loads((FOLDER / "lccr.json").read_text())["counts"].items()
}
KINDS = np.array([-1.0, 0.0, 1.0])
WEIGHTS = np.column_stack([np.ones(3), KINDS])
LISTS = ["a", "b", "c", "d"]


def data_of(name):
    """Lay out the people of a reference."""
    pin = PINS[name]
    return class_data(COUNTS[pin["counts"]], WEIGHTS, KINDS[:, None], [3] if pin["pairs"] else [])


def frame_of(counts):
    """Write counts by kind and cell as one row a person."""
    kind, cell = np.nonzero(counts)
    rows = np.repeat(np.arange(len(kind)), counts[kind, cell].astype(int))
    on = {name: (cell[rows] >> place) & 1 for place, name in enumerate(LISTS)}
    return pd.DataFrame({**on, "x": KINDS[kind[rows]]})


def population(result, column="estimate"):
    """Return one number of a result."""
    return float(result.estimates.loc["population", column])


@pytest.fixture(scope="module")
def fitted():
    """Fit the four references."""
    return {name: fit_classes(data_of(name), PINS[name]["classes"], 8, np.random.default_rng(2)) for name in PINS}


@pytest.mark.parametrize("name", list(PINS))
def test_the_maximum_is_that_of_lccr(fitted, name):
    pin, fit = PINS[name], fitted[name]
    assert fit.loglik == pytest.approx(pin["loglik"], abs=1e-6)
    assert fit.bic(data_of(name).people) == pytest.approx(pin["bic"], abs=1e-5)
    # EM ends a little before the maximum, by 2e-6 of the population and 5e-6 of a coefficient in these tables
    assert fit.population == pytest.approx(pin["population"], rel=1e-6)
    own = Parameters(*(np.array(pin[part], float) for part in ("weights", "mains", "effects", "pairs"))).vector()
    assert fit.vector == pytest.approx(own, abs=3e-5)
    assert fit.parameters == pin["parameters"]


@pytest.mark.parametrize("name", list(PINS))
def test_the_error_of_the_parameters_is_that_of_lccr_and_sampling_is_added(fitted, name):
    fit = fitted[name]
    _, sampling, _ = population_of(fit.vector, fit.classes, data_of(name))
    # where EM stopped, its information differs by 1 in 100,000
    assert np.sqrt(fit.std_error**2 - sampling) == pytest.approx(PINS[name]["gradient_error"], rel=3e-5)


@pytest.mark.parametrize(("classes", "pairs"), [(1, []), (2, [3]), (3, [3, 12])])
def test_gradients_are_derivatives(classes, pairs):
    data = class_data(COUNTS["a"], WEIGHTS, KINDS[:, None], pairs)
    vector = np.random.default_rng(1).normal(size=size_of(classes, data))
    steps = 1e-6 * np.eye(vector.size)
    for function, analytic in (
        (lambda v: log_likelihood(v, classes, data)[0], log_likelihood(vector, classes, data)[1]),
        (lambda v: population_of(v, classes, data)[0], population_of(vector, classes, data)[2]),
    ):
        numeric = [(function(vector + step) - function(vector - step)) / 2e-6 for step in steps]
        # central differences lose half of the digits of values of 10,000
        assert analytic == pytest.approx(numeric, abs=1e-4 * np.abs(analytic).max())


def test_one_class_is_the_conditional_likelihood_of_independent_lists():
    frame = frame_of(COUNTS["a"])
    one = LatentClassRegression(1, lists=LISTS, list_formula="x").fit(frame)
    other = ConditionalLikelihood("x", lists=LISTS).fit(frame)
    for column in ("estimate", "std_error", "ci_low", "ci_high"):
        # the information is differentiated numerically here
        assert population(one, column) == pytest.approx(population(other, column), rel=1e-6)
    slopes = one.coefficients.query("part == 'covariate'")
    pair = other.coefficients.query("column == 'x'")
    assert slopes["estimate"].to_numpy() == pytest.approx(pair["estimate"].to_numpy(), rel=1e-6)
    assert slopes["std_error"].to_numpy() == pytest.approx(pair["std_error"].to_numpy(), rel=1e-5)


def test_one_class_with_a_dependent_pair_is_the_log_linear_model():
    table = published_lists("hav-taiwan")
    cells = table.cell_counts()
    data = class_data(cells[None], np.ones((1, 1)), np.zeros((1, 0)), [3])
    fit = fit_classes(data, 1, 1, np.random.default_rng(1))
    fixed = LogLinear("fixed", model="[12,3]").fit(table)
    assert fit.population == pytest.approx(population(fixed), rel=1e-7)
    assert fit.std_error == pytest.approx(population(fixed, "std_error"), rel=1e-6)


def test_units_of_covariates_change_coefficients_and_nothing_else():
    frame = frame_of(COUNTS["a"])
    one = LatentClassRegression(2, lists=LISTS, formula="x", list_formula="x", seed=1).fit(frame)
    ten = LatentClassRegression(2, lists=LISTS, formula="x", list_formula="x", seed=1).fit(
        frame.assign(x=frame["x"] * 10)
    )
    assert population(ten) == pytest.approx(population(one), rel=1e-6)
    for table in (one, ten):
        assert list(table.classes.index) == [1, 2]
    slope = [r.coefficients.query("part == 'class' and column == 'x'") for r in (one, ten)]
    assert slope[1]["estimate"].item() == pytest.approx(slope[0]["estimate"].item() / 10, rel=1e-4)
    assert slope[1]["std_error"].item() == pytest.approx(slope[0]["std_error"].item() / 10, rel=1e-3)


def test_tables_of_classes_belong_together():
    result = LatentClassRegression(2, lists=LISTS, formula="x", seed=1).fit(frame_of(COUNTS["b"]))
    assert result.classes["estimate"].sum() == pytest.approx(population(result), rel=1e-9)
    assert result.classes["share"].sum() == pytest.approx(1)
    on = result.list_chances.merge(result.classes.reset_index(), on="class")
    per_list = (on["chance"] * on["estimate"]).groupby(on["list"]).sum()
    seen = frame_of(COUNTS["b"])[LISTS].sum()
    # main effects of classes are free, so that their likelihood equations give the size of every list back
    assert per_list[LISTS].to_numpy() == pytest.approx(seen.to_numpy(), rel=1e-5)
    assert Result.from_dict(json.loads(json.dumps(result.to_dict()))) == result


def simulate(random, people=5000):
    """Draw people of two classes, whose weights depend on x, on five lists of which the first two depend."""
    x = random.integers(0, 3, people) - 1.0
    second = random.random(people) < 1 / (1 + np.exp(0.3 - 0.8 * x))
    mains = np.where(second[:, None], [-1.5, -1.0, -2.0, -1.2, -1.4], [0.7, 0.2, -0.1, 0.4, 0.6])
    cells = np.arange(32)
    scores = mains @ (cells >> np.arange(5)[:, None] & 1) + 0.8 * ((cells & 3) == 3)
    chances = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    cell = (random.random(people)[:, None] > chances.cumsum(axis=1)).sum(axis=1)
    counts = np.zeros((3, 32))
    np.add.at(counts, ((x + 1).astype(int), cell), 1)
    counts[:, 0] = 0
    return counts


@pytest.mark.slow
def test_the_truth_is_covered_and_fewer_classes_miss_it():
    random, inside, gaps, single = np.random.default_rng(4), 0, [], []
    for _ in range(25):
        data = class_data(simulate(random), WEIGHTS, np.zeros((3, 0)), [3])
        fit = fit_classes(data, 2, 3, random)
        gaps.append(
            np.log((fit.population - data.people) / (5000 - data.people))
            * (fit.population - data.people)
            / fit.std_error
        )
        inside += abs(gaps[-1]) < 1.96
        single.append(fit_classes(data, 1, 1, random).population)
    # 25 populations: 95 % coverage gives at least 20 with probability .999
    assert inside >= 20
    # a right standard error gives a spread of 1, here to within four of its own standard errors
    assert 0.43 < np.std(gaps) < 1.57
    assert max(single) < 4800


def test_bic_chooses_the_classes_and_gives_limits_only_with_a_bootstrap():
    counts = simulate(np.random.default_rng(6))
    kind, cell = np.nonzero(counts)
    rows = np.repeat(np.arange(len(kind)), counts[kind, cell].astype(int))
    frame = pd.DataFrame({name: cell[rows] >> i & 1 for i, name in enumerate("abcde")}).assign(x=KINDS[kind[rows]])
    options = {"lists": list("abcde"), "formula": "x", "dependent": [("b", "a")], "max_classes": 2, "starts": 4}
    plain = LatentClassRegression(**options).fit(frame)
    assert plain.fits["bic"].idxmin() == 2
    assert plain.interval == "none"
    assert np.isnan(population(plain, "ci_low"))
    drawn = LatentClassRegression(**options, bootstrap=40, seed=1).fit(frame)
    assert population(drawn) == pytest.approx(population(plain), rel=1e-6)
    assert population(drawn, "ci_low") < population(drawn) < population(drawn, "ci_high")
    stated = LatentClassRegression(2, **options).fit(frame)
    # 40 bootstrap samples give a standard error to within 11 %, four times which is .45
    assert population(drawn, "std_error") == pytest.approx(population(stated, "std_error"), rel=0.45)
    assert "a and b" in stated.assumptions[-1]


def test_a_refit_from_the_estimate_ends_where_it_began():
    data = data_of("both")
    fit = fit_classes(data, 2, 4, np.random.default_rng(1))
    bic, again = refit_classes(data, fit)
    assert bic == pytest.approx(fit.bic(data.people), abs=1e-6)
    assert again == pytest.approx(fit.population, rel=1e-5)  # without Newton's last steps


def test_classes_that_the_lists_do_not_tell_apart_give_no_estimate():
    # three classes on four lists have as many parameters as cells, and one direction in which nothing changes
    random = np.random.default_rng(3)
    kind = random.choice(3, 6000, p=[0.4, 0.35, 0.25])
    chances = np.array([[0.7, 0.6, 0.5, 0.65], [0.2, 0.5, 0.7, 0.2], [0.3, 0.1, 0.2, 0.4]])
    on = random.random((6000, 4)) < chances[kind]
    frame = pd.DataFrame(on * 1, columns=LISTS)[on.any(axis=1)]
    result = LatentClassRegression(3, lists=LISTS).fit(frame)
    assert not next(check for check in result.checks if check.name == "identified").stands
    assert result.fits["status"].tolist() == ["not identified"]
    for table in (result.estimates, result.classes, result.coefficients):
        assert table["estimate"].isna().all()


def test_bic_sees_no_classes_among_people_who_are_alike():
    on = np.random.default_rng(3).random((4, 3000)) < 0.4
    frame = pd.DataFrame(on.T * 1, columns=LISTS)[on.any(axis=0)]
    chosen = LatentClassRegression(lists=LISTS, max_classes=2, starts=4).fit(frame)
    assert chosen.fits["bic"].idxmin() == 1
    # independent lists with chances of .4 leave a standard error of 28
    assert abs(population(chosen) - 3000) < 112


def test_parameters_that_ran_to_the_edge_are_told():
    data = class_data(COUNTS["a"], WEIGHTS, np.zeros((3, 0)), [])  # LCCR's weights run off here too, to -25.9
    fit = fit_classes(data, 2, 8, np.random.default_rng(2))
    assert fit.loglik == pytest.approx(-12465.5086670, abs=1e-5)  # LCCR, estLCCRcon(Y, 2, W = W)
    assert fit.population == pytest.approx(5337.23414, rel=1e-6)
    assert fit.edge.sum() == 1
    assert np.abs(fit.vector[fit.edge]).min() > EDGE
    assert np.isnan(np.diag(fit.covariance)[fit.edge]).all()
    assert checks.check_edge(fit).status == "review"


def test_a_model_with_more_parameters_than_cells_is_refused():
    frame = frame_of(COUNTS["a"])
    with pytest.raises(FitError, match="7 parameters for 6 free cells"):
        LatentClassRegression(2, lists=["a", "b", "c"]).fit(frame[frame[["a", "b", "c"]].any(axis=1)])


def test_a_class_out_of_sight_voids_the_estimate():
    classes = pd.DataFrame({"share": [0.9, 0.1], "seen": [0.001, 0.6]})
    assert not checks.check_reach(classes).stands
    assert checks.check_reach(classes.assign(seen=[0.03, 0.6])).status == "review"
    assert checks.check_reach(classes.assign(seen=[0.3, 0.6])).status == "pass"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"classes": 0}, "classes == 0"),
        ({"lists": ["a"]}, "at least 2"),
        ({"lists": list("abcdefghi")}, "from 2 to 8"),
        ({"formula": "y ~ x"}, "formula == 'y ~ x'"),
        ({"list_formula": ""}, "list_formula == ''"),
        ({"dependent": [("a", "z")]}, "pairs of different lists"),
        ({"dependent": [("a", "b"), ("b", "a")]}, "a pair twice"),
        ({"starts": 0}, "starts == 0"),
    ],
)
def test_options_are_checked(options, words):
    with pytest.raises(SpecificationError, match=words):
        LatentClassRegression(**{"lists": LISTS, **options})


def test_bad_tables_are_refused():
    frame = frame_of(COUNTS["a"])
    with pytest.raises(DataError, match="missing values"):
        LatentClassRegression(1, lists=LISTS, formula="x").fit(frame.assign(x=np.nan))
    with pytest.raises(SpecificationError, match="cannot be read"):
        LatentClassRegression(1, lists=LISTS, formula="x +").fit(frame)


def drawn_classes(mains, shares, people, seed):
    """Draw people of some classes on five lists, with a covariate that lists share."""
    random = np.random.default_rng(seed)
    x = random.integers(0, 3, people) - 1.0
    odds = np.array(mains)[random.choice(len(shares), people, p=shares)] + 0.3 * x[:, None]
    on = (random.random((people, 5)) < 1 / (1 + np.exp(-odds))) * 1
    frame = pd.DataFrame(on, columns=list("abcde")).assign(x=x)
    return frame[on.any(axis=1)]


EASY, HARD = [0.7, 0.2, -0.1, 0.4, 0.6], [-1.0, -0.8, -1.2, -1.1, -0.9]
HARDLY_EVER = [-3.6, -3.8, -3.5, -3.9, -3.7]


@pytest.mark.parametrize(
    ("mains", "shares", "people", "seed", "status"),
    [([EASY, HARD], [0.4, 0.6], 3000, 503, "pass"), ([EASY, HARD, HARDLY_EVER], [0.3, 0.4, 0.3], 4000, 501, "review")],
)
def test_a_class_more_than_was_stated_is_asked_for(mains, shares, people, seed, status):
    frame = drawn_classes(mains, shares, people, seed)
    result = LatentClassRegression(2, lists=list("abcde"), formula="x", starts=4).fit(frame)
    assert {one.name: one.status for one in result.checks}["number"] == status
