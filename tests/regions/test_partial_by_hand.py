"""Tables, draws, checks, units and picture of partial pooling, each against numbers worked out beside it."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from scipy.stats import norm

from ctresearch.core import CellError, Check, DataError, Result, Scope, SpecificationError, plot
from ctresearch.core.result import estimates_table
from ctresearch.regions import PartialPooling
from ctresearch.regions.partial import partial_pooling, tables
from ctresearch.regions.partial.units import read_units, refuse_mixed

COLUMNS = ["estimate", "std_error", "ci_low", "ci_high"]
RANDOM = np.random.default_rng(5)
DRAWN = SimpleNamespace(
    fixed=RANDOM.normal(size=(7, 2)),
    deviations=(RANDOM.normal(size=(7, 3, 1)), RANDOM.normal(size=(7, 2, 2))),
    covariances=(
        RANDOM.uniform(1, 2, size=(7, 1, 1)),
        np.array([[4.0, 1.0], [1.0, 9.0]]) * RANDOM.uniform(1, 2, size=(7, 1, 1)),
    ),
    residual=RANDOM.uniform(1, 2, 7),
)
UNITS = SimpleNamespace(
    size=2.0,
    middle=3.0,
    back=np.array([[1.0, 0.5], [0.0, 4.0]]),
    names=("constant", "year"),
    terms=(SimpleNamespace(width=2, levels=2), SimpleNamespace(width=1, levels=3)),
    groups=("land", "unit"),
    levels=(("a", "b"), ("x", "y", "z")),
    columns=(("constant", "year"), ("constant",)),
    spreads=(np.array([1.0, 5.0]), np.array([1.0])),
)
FEW = pd.DataFrame({"estimate": [0.0, 2.0, 4.0, 3.0], "std_error": [1.0, 0.5, 1.0, 0.8]}, index=list("abcd"))


def summary(draws, level):
    """Return middle, spread and limits of draws."""
    ends = np.quantile(draws, [0.5 - level / 2, 0.5 + level / 2])
    return [np.median(draws), np.std(draws), *ends]


def test_draws_are_laid_out_in_the_units_of_the_outcome_term_by_term():
    made = tables.drawn(UNITS, SimpleNamespace(order=(1, 0)), DRAWN, np.random.default_rng(1), known=False, level=0.8)
    constant = np.array([2 * (f[0] + 0.5 * f[1]) + 6 for f in DRAWN.fixed])
    year = np.array([8 * f[1] for f in DRAWN.fixed])
    expected = {
        "constant": constant,
        "year": year,
        "sd unit": 2 * np.sqrt(DRAWN.covariances[0][:, 0, 0]),
        "sd land": 2 * np.sqrt(DRAWN.covariances[1][:, 0, 0]),
        "sd land year": 0.4 * np.sqrt(DRAWN.covariances[1][:, 1, 1]),
        "correlation land constant and year": np.full(7, 1 / 6),
        "sd residual": 2 * np.sqrt(DRAWN.residual),
    }
    assert list(made.draws.index) == list(made.estimates.index) == list(expected)
    assert made.draws.index.name == "term"
    for name, draws in expected.items():
        assert made.draws.loc[name].to_numpy() == pytest.approx(draws)
        assert made.estimates.loc[name, COLUMNS].tolist() == pytest.approx(summary(draws, 0.8))
    rows = made.units
    assert rows["group"].tolist() == ["land"] * 4 + ["unit"] * 3
    assert rows["level"].tolist() == list("aabbxyz")
    assert rows["coefficient"].tolist() == ["constant", "year"] * 2 + ["constant"] * 3
    assert rows.index.tolist() == list(range(7))
    away = [DRAWN.deviations[1][:, 0, 0] * 2, DRAWN.deviations[1][:, 0, 1] * 0.4]
    away += [DRAWN.deviations[1][:, 1, 0] * 2, DRAWN.deviations[1][:, 1, 1] * 0.4]
    away += [DRAWN.deviations[0][:, i, 0] * 2 for i in range(3)]
    means = [constant, year, constant, year, constant, constant, constant]
    spread = [4 * DRAWN.covariances[1][:, 0, 0], 0.16 * DRAWN.covariances[1][:, 1, 1]] * 2
    spread += [4 * DRAWN.covariances[0][:, 0, 0]] * 3
    for i, (own, mean, of) in enumerate(zip(away, means, spread, strict=True)):
        assert rows.loc[i, COLUMNS].tolist() == pytest.approx(summary(own + mean, 0.8))
        assert rows.loc[i, "deviation"] == pytest.approx(np.median(own))
        assert rows.loc[i, "deviation_error"] == pytest.approx(np.std(own))
        assert rows.loc[i, "pooling"] == pytest.approx(min(1, np.var(own) / np.median(of)))
    assert (made.engine, made.unit_draws) == ("sampler", None)
    assert np.isnan(made.log_likelihood)


@pytest.mark.parametrize(("names", "known"), [(("constant",), True), (("constant", "year"), False)])
def test_one_grouping_has_draws_of_its_levels_and_where_nothing_else_is_known_of_a_further_one(names, known):
    p = len(names)
    one = SimpleNamespace(
        size=2.0, middle=3.0, back=np.eye(p), names=names, terms=UNITS.terms[1:], groups=("unit",),
        levels=UNITS.levels[1:], columns=(("constant",),), spreads=(np.ones(1),),
    )  # fmt: skip
    drawn = SimpleNamespace(
        fixed=DRAWN.fixed[:, :p], deviations=DRAWN.deviations[:1], covariances=DRAWN.covariances[:1],
        residual=DRAWN.residual,
    )  # fmt: skip
    made = tables.drawn(one, SimpleNamespace(order=(0,)), drawn, np.random.default_rng(1), known=known, level=0.8)
    constant, sd = 2 * DRAWN.fixed[:, 0] + 6, 2 * np.sqrt(DRAWN.covariances[0][:, 0, 0])
    assert made.unit_draws.index.name == "level"
    assert made.unit_draws.loc["y"].to_numpy() == pytest.approx(constant + 2 * DRAWN.deviations[0][:, 1, 0])
    assert ("sd residual" in made.draws.index) is not known
    if p == 1:
        further = constant + sd * np.random.default_rng(1).standard_normal(7)
        assert made.draws.loc["prediction"].to_numpy() == pytest.approx(further)
    else:
        assert "prediction" not in made.draws.index


def test_a_slope_about_no_mean_is_its_distance():
    one = SimpleNamespace(**{**vars(UNITS), "names": ("constant",), "back": np.eye(1)})
    drawn = SimpleNamespace(**{**vars(DRAWN), "fixed": DRAWN.fixed[:, :1]})
    made = tables.drawn(one, SimpleNamespace(order=(1, 0)), drawn, np.random.default_rng(1), known=True, level=0.5)
    assert made.units.loc[1, "estimate"] == pytest.approx(made.units.loc[1, "deviation"])
    onto = tables._onto(one, 0)
    assert onto.tolist() == [[2.0, 0.0, 2.0], [0.0, 0.4, 0.0]]
    assert tables._onto(UNITS, 0).tolist() == [[2.0, 0.0, 2.0, 1.0], [0.0, 0.4, 0.0, 8.0]]


def test_spreads_are_roots_and_correlations_of_nothing_are_not_there():
    rows = tables._spread_rows(UNITS, 0, np.array([[4.0, -3.0], [-3.0, 9.0]]))
    assert rows == {"sd land": 2.0, "sd land year": 3.0, "correlation land constant and year": -0.5}
    rows = tables._spread_rows(UNITS, 0, np.array([[0.0, 0.0], [0.0, 9.0]]))
    assert np.isnan(rows["correlation land constant and year"])


def test_figures_of_levels_by_hand():
    found = tables._likeliest_values(
        np.array([10.0, 1.0]),
        deviations=np.array([[2.0, 0.5]]),
        error=np.array([[1.0, 2.0]]),
        given=np.array([[4.0, 9.0]]),
        between=np.array([[16.0, 0.0], [0.0, 0.0]]),
        reach=2.0,
    )
    assert {name: one.ravel().tolist() for name, one in found.items()} == {
        "estimate": [12.0, 1.5],
        "std_error": [1.0, 2.0],
        "ci_low": [10.0, -2.5],
        "ci_high": [14.0, 5.5],
        "deviation": [2.0, 0.5],
        "deviation_error": [2.0, 3.0],
        "pooling": [0.25, 1.0],
    }


def test_levels_with_known_errors_lie_where_the_formula_of_two_variances_puts_them():
    scope = Scope(population="p")
    found = PartialPooling(method="reml", level=0.8, scope=scope, unit="persons").fit(FEW)
    y, v = FEW["estimate"].to_numpy(), FEW["std_error"].to_numpy() ** 2
    tau2 = found.estimates.loc["sd unit", "estimate"] ** 2
    w = 1 / (v + tau2)
    mean, error = w @ y / w.sum(), np.sqrt(1 / w.sum())
    z = norm.ppf(0.9)
    row = found.estimates.loc["constant", COLUMNS].tolist()
    assert row == pytest.approx([mean, error, mean - z * error, mean + z * error])
    own = v / (v + tau2)
    units = found.units
    assert units["pooling"].to_numpy() == pytest.approx(own)
    assert units["deviation"].to_numpy() == pytest.approx((1 - own) * (y - mean))
    assert units["deviation_error"].to_numpy() == pytest.approx(np.sqrt(tau2 * own))
    assert units["std_error"].to_numpy() == pytest.approx(np.sqrt(tau2 * own + own**2 * error**2))
    assert units["ci_low"].to_numpy() == pytest.approx(units["estimate"] - z * units["std_error"])
    left = np.log(w).sum() - np.log(w.sum()) - (w * (y - mean) ** 2).sum() - 3 * np.log(2 * np.pi)
    assert found.log_likelihood == pytest.approx(left / 2, rel=1e-7)
    assert found.estimates["unit"].to_dict() == {"constant": "persons", "sd unit": ""}
    assert found.estimates.loc["sd unit", COLUMNS[1:]].isna().all()
    assert found.method == "Partial pooling of 4 rows: restricted maximum likelihood"
    assert (found.n, found.level, found.interval, found.scale, found.engine, found.groups) == (
        4, 0.8, "normal", "identity", "reml", 1,
    )  # fmt: skip
    assert (found.scope, found.smallest_group, found.unit_draws, found.draws) == (scope, None, None, None)
    assert found.inputs.seed is None
    assert len(found.assumptions) == 2
    assert len(found.references) == 3


def mixed_draws(products, *, draws):
    """Stand in for the sampler: four chains of noise."""
    random, (many,) = np.random.default_rng(2), products.levels
    return SimpleNamespace(
        walked=random.normal(size=(4, draws, 1)),
        fixed=random.normal(size=(4 * draws, products.fixed)),
        deviations=(random.normal(size=(4 * draws, many, 1)),),
        covariances=(random.uniform(1, 2, size=(4 * draws, 1, 1)),),
        residual=random.uniform(1, 2, 4 * draws),
    )


@pytest.mark.parametrize(
    ("change", "options", "scale"),
    [
        ({}, {}, np.std),
        ({"estimate": [1.0, 1.1, 1.2, 1.1]}, {}, lambda _: 1.0),
        ({}, {"prior_scale": 3.0}, lambda _: 3 / np.sqrt((0.8**2 + 1) / 2)),
        ({"g": list("aabbccdd")}, {"groups": "g", "std_error": None, "outcome": "estimate"}, lambda _: 1.0),
    ],
)
def test_the_sampler_is_given_the_scale_of_its_prior_and_its_share_of_draws(monkeypatch, change, options, scale):
    asked = {}

    def sample(products, scales, random, *, known, draws, thin):
        asked.update(scales=scales, known=known, draws=draws, thin=thin, first=random.random())
        return mixed_draws(products, draws=draws)

    monkeypatch.setattr(partial_pooling, "sample_mixed", sample)
    frame = pd.concat([FEW] * 2, ignore_index=True) if "g" in change else FEW
    frame = frame.assign(**change)
    found = PartialPooling(method="sampler", draws=400, seed=9, level=0.9, **options).fit(frame)
    known = "g" not in change
    y = frame["estimate"].to_numpy() / np.sqrt(np.median(frame["std_error"] ** 2))
    assert [one.tolist() for one in asked["scales"]] == [[pytest.approx(scale(y))]]
    assert (asked["known"], asked["draws"], asked["thin"]) == (known, 100, 4)
    assert found.draws.shape[1] == 400
    assert (found.engine, found.interval, found.inputs.seed, found.level) == ("sampler", "percentile", 9, 0.9)
    assert found.smallest_group == (None if known else 2)
    assert len(found.assumptions) == 3
    assert [check.name for check in found.checks] == ["mixing", "levels"]
    assert found.method == f"Partial pooling of {len(frame)} rows: draws by a sampler"
    assert list(found.unit_draws.index) == list("abcd")
    other = asked["first"]
    PartialPooling(method="sampler", draws=400, seed=8, **options).fit(frame)
    assert asked["first"] != other


def test_draws_that_do_not_fit_are_refused_before_they_are_made():
    units = read_units(
        pd.DataFrame({"y": np.arange(1251.0), "e": 1.0}), outcome="y", std_error="e", groups=(), slopes={}, formula=None
    )
    products = SimpleNamespace(order=(0,), widths=(1,))
    with pytest.raises(
        DataError, match=r"^1,251 levels and slopes by 4,000 draws do not fit, must be at most 5,000,000"
    ):
        PartialPooling()._sampled(units, products, known=True)
    assert partial_pooling._thin(SimpleNamespace(widths=(2, 1))) == 16


def one_result(value, error, draws=None, **scope):
    table = estimates_table({"size": (value, error, value - error, value + 2 * error)}, unit="persons")
    held = None if draws is None else pd.DataFrame([draws], index=table.index)
    return Result(method="m", estimates=table, n=9, draws=held, scope=Scope(measure="stock", **scope))


def test_results_are_handed_to_the_sampler_in_numbers_of_one_size(monkeypatch):
    asked, random = {}, np.random.default_rng(2)
    walked, values = random.normal(size=(4, 100, 2)), random.normal(size=(400, 3))

    def sample(draws, scale, random, *, kept, thin):
        asked.update(draws=draws, scale=scale, kept=kept, thin=thin, first=random.random())
        return SimpleNamespace(walked=walked, units=values)

    def mixing(chains):
        asked.update(chains=chains)
        return Check("mixing", "pass", "Asked elsewhere.")

    monkeypatch.setattr(partial_pooling, "sample_over_units", sample)
    monkeypatch.setattr(partial_pooling, "check_mixing", mixing)
    shape = random.normal(10, 2, 500)
    made = {"a": one_result(10.0, 2.0, shape), "b": one_result(14.0, 3.0), "c": one_result(30.0, 4.0)}
    found = PartialPooling(term="size", draws=400, seed=9, level=0.9).fit(made)
    assert asked["draws"][0] == pytest.approx((shape - 18) / 3)
    assert asked["draws"][1] == pytest.approx((14 + 3 * norm.ppf((np.arange(1000) + 0.5) / 1000) - 18) / 3)
    assert asked["scale"] == pytest.approx(np.std([10, 14, 30]) / 3)
    assert (asked["kept"], asked["thin"]) == (100, 6)
    assert {name: one.tolist() for name, one in asked["chains"].items()} == {
        "mean": walked[..., 0].tolist(),
        "spread": walked[..., 1].tolist(),
    }
    mean, spread = 18 + 3 * walked[..., 0].ravel(), 3 * np.exp(walked[..., 1].ravel())
    assert found.estimates.loc["constant", COLUMNS].tolist() == pytest.approx(summary(mean, 0.9))
    assert found.estimates.loc["sd unit", COLUMNS].tolist() == pytest.approx(summary(spread, 0.9))
    assert list(found.draws.index) == ["constant", "prediction", "sd unit"]
    own = found.units.set_index("level")
    assert own.loc["b", COLUMNS].astype(float).tolist() == pytest.approx(summary(18 + 3 * values[:, 1], 0.9))
    assert own.loc["b", "deviation"] == pytest.approx(np.median(18 + 3 * values[:, 1] - mean))
    assert own.loc["b", "pooling"] == pytest.approx(min(1, np.var(18 + 3 * values[:, 1] - mean) / np.median(spread**2)))
    assert set(own["group"]) | set(own["coefficient"]) == {"unit", "constant"}
    assert found.unit_draws.loc["c"].to_numpy() == pytest.approx(18 + 3 * values[:, 2])
    assert found.unit_draws.index.name == "level"
    assert found.method == "Partial pooling of 3 results with their draws"
    assert (found.n, found.level, found.interval, found.scale, found.engine, found.groups) == (
        3, 0.9, "percentile", "identity", "sampler", 1,
    )  # fmt: skip
    assert found.inputs.seed == 9
    assert found.inputs.versions.keys() >= {"numpy", "scipy"}
    assert np.isnan(found.log_likelihood)
    assert [check.name for check in found.checks] == ["mixing", "levels", "draws"]
    assert dict(found.checks[-1].numbers) == {"without": 2}
    assert found.scope == Scope(measure="stock")
    assert found.estimates["unit"].to_dict() == {"constant": "persons", "prediction": "persons", "sd unit": ""}
    assert (len(found.assumptions), len(found.references)) == (3, 3)
    further = found.draws.loc["prediction"].to_numpy()
    assert np.std((further - mean) / spread) == pytest.approx(1, abs=0.1)
    PartialPooling(term="size", draws=400, prior_scale=6.0).fit(made)
    assert asked["scale"] == pytest.approx(2)
    logs = PartialPooling(term="size", draws=400, log=True, unit="people").fit(made)
    assert logs.scale == "log"
    assert logs.estimates.loc["constant", "unit"] == "log people"
    alike = dict.fromkeys("abc", one_result(10.0, 2.0))
    PartialPooling(term="size", draws=400).fit(alike)
    assert asked["scale"] == 1


def test_what_results_share_is_said_unless_somebody_says_otherwise():
    one, two = one_result(1.0, 0.1, reference_period="2020"), one_result(2.0, 0.1, reference_period="2021")
    assert partial_pooling._common_scope({"a": one, "b": two}, Scope()) == Scope(measure="stock")
    assert partial_pooling._common_scope({"a": one, "b": one}, Scope()) == one.scope
    given = Scope(population="p")
    assert partial_pooling._common_scope({"a": one, "b": two}, given) == given


@pytest.mark.parametrize(
    ("found", "status", "voids", "words"),
    [
        ({"converged": False, "edge": False}, "fail", True, "did not end at a maximum"),
        ({"converged": True, "edge": True}, "review", False, "greatest where"),
        ({"converged": True, "edge": False}, "pass", False, "ended at a maximum"),
    ],
)
def test_where_the_search_ended_is_told(found, status, voids, words):
    check = partial_pooling._check_maximum(SimpleNamespace(**found))
    assert (check.name, check.status, check.voids) == ("convergence", status, voids)
    assert words in check.message
    (why,) = partial_pooling._check_why(SimpleNamespace(**found))
    assert (why.name, why.status, why.voids) == ("likelihood", "review", False)
    assert ("greatest where" in why.message) is found["edge"]
    assert "half-Cauchy" in why.message
    assert partial_pooling._check_why(None) == ()


@pytest.mark.parametrize(
    ("levels", "engine", "status", "words"),
    [
        (10, "reml", "pass", "10 levels of land are enough"),
        (9, "reml", "review", "9 levels of land .*method='sampler'"),
        (9, "sampler", "review", "9 levels of land .*prior of the spread"),
    ],
)
def test_ten_levels_show_how_they_differ(levels, engine, status, words):
    check = partial_pooling._check_count(levels, "land", engine)
    assert (check.name, check.status, dict(check.numbers)) == ("levels", status, {"levels": levels})
    assert pd.Series([check.message]).str.contains(words).all()
    many = SimpleNamespace(terms=(SimpleNamespace(levels=levels), SimpleNamespace(levels=99)), groups=("land", "x"))
    assert partial_pooling._check_levels(many, engine) == check


def test_results_without_draws_are_counted():
    some, none = partial_pooling._check_shape(1, 4), partial_pooling._check_shape(0, 4)
    assert (some.name, some.status, dict(some.numbers)) == ("draws", "review", {"without": 1})
    assert some.message.startswith("1 of 4 results have no draws")
    assert (none.name, none.status, dict(none.numbers)) == ("draws", "pass", {"without": 0})
    assert none.message == "All 4 results bring their draws."


def read(frame, **options):
    given = {"outcome": "y", "std_error": None, "groups": ("g",), "slopes": {}, "formula": None}
    return read_units(frame, **given | options)


TABLE = pd.DataFrame(
    {"y": [1.0, 3.0, 2.0, 6.0, 5.0, 8.0, 4.0], "e": [1.0, 2.0, 1.0, 3.0, 2.0, 2.0, 1.0], "x": [1.0, 2, 1, 3, 2, 5, 4],
     "g": list("aabbccc"), "h": list("xyzxyzx"), "note": 1},
    index=list("tuvwxyz"),
)  # fmt: skip


def test_units_are_read_in_numbers_of_one_size():
    found = read(TABLE, groups=("g", "h"), slopes={"g": ("x",)}, formula="x")
    size = TABLE["y"].std(ddof=0)
    assert found.size == pytest.approx(size)
    assert found.middle == pytest.approx(TABLE["y"].mean() / size)
    assert found.y == pytest.approx((TABLE["y"] - TABLE["y"].mean()) / size)
    assert found.weights.tolist() == [1.0] * 7
    design = np.column_stack([np.ones(7), TABLE["x"]])
    assert found.design @ np.linalg.inv(found.back) == pytest.approx(design)
    assert found.design.T @ found.design == pytest.approx(7 * np.eye(2))
    assert (found.names, found.groups) == (("constant", "x"), ("g", "h"))
    assert found.levels == (("a", "b", "c"), ("x", "y", "z"))
    assert found.columns == (("constant", "x"), ("constant",))
    spread = np.sqrt(np.mean(TABLE["x"] ** 2))
    assert found.spreads[0] == pytest.approx([1, spread])
    assert found.spreads[1].tolist() == [1]
    assert found.terms[0].columns == pytest.approx(design / [1, spread])
    assert found.terms[0].codes.tolist() == [0, 0, 1, 1, 2, 2, 2]
    assert [term.levels for term in found.terms] == [3, 3]
    assert found.used == ("y", "g", "h", "x")


def test_units_with_known_errors_differ_row_by_row_too():
    found = read(TABLE, std_error="e")
    assert found.size == 2
    assert found.weights == pytest.approx(4 / TABLE["e"] ** 2)
    assert found.groups == ("g", "unit")
    assert found.levels[1] == tuple("1234567")
    assert found.terms[1].codes.tolist() == list(range(7))
    assert found.terms[1].columns.tolist() == [[1.0]] * 7
    assert found.columns[1] == ("constant",)
    alone = read(TABLE, std_error="e", groups=())
    assert (alone.groups, alone.levels) == (("unit",), (tuple("tuvwxyz"),))
    assert alone.used == ("y", "e")
    whole = read(TABLE.assign(g=list("abcdefg")), std_error="e")
    assert whole.groups == ("g",)


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        ({"y": 1.0}, {}, "^7 outcomes are all the same"),
        ({"y": [1e101, *range(6)]}, {}, r"'y'.*must be from -1e\+100 to 1e\+100"),
        ({"x": [1e101, *range(6)]}, {"formula": "x"}, r"'x'.*must be from -1e\+100 to 1e\+100"),
        ({"x": [1e101, *range(6)]}, {"slopes": {"g": ("x",)}, "formula": "e"}, "'x'.*must be from"),
        ({"g": list("aabbbba")}, {}, "^column 'g' has 2 levels, must have at least 3"),
        ({"g": list("abcdefg")}, {}, "^column 'g' has a level for each of 7 rows"),
        ({"h": list("ppqqrrr")}, {"groups": ("g", "h")}, "^columns 'g' and 'h' part the rows in the same way"),
        (
            {"x": [1.0, 1, 2, 2, 3, 3, 3]},
            {"slopes": {"g": ("x",)}},
            "^column 'x' is the same in all rows of each level of 'g'",
        ),
        ({"x": 0.0}, {"formula": "x"}, "^7 rows and 2 terms"),
        ({"z": TABLE["x"] * 2}, {"formula": "x + z"}, "^7 rows and 3 terms"),
        ({"e": [0.0] * 7}, {"std_error": "e"}, "'e'"),
    ],
)
def test_units_of_which_nothing_can_be_told_are_refused(change, options, words):
    with pytest.raises(DataError, match=words):
        read(TABLE.assign(**change), **options)


@pytest.mark.parametrize("column", ["y", "e", "g", "x"])
def test_each_column_of_units_is_asked_for(column):
    options = {"std_error": "e", "slopes": {"g": ("x",)}}
    with pytest.raises(DataError, match=f"^units .*{column!r}"):
        read(TABLE.drop(columns=column), **options)
    gap = TABLE.astype({column: object})
    gap.loc["u", column] = None
    with pytest.raises(DataError, match=column):
        read(gap, **options)
    with pytest.raises(DataError, match=r"^units is a list"):
        read([1])


def test_rows_of_one_name_are_refused_where_each_is_a_unit():
    twice = TABLE.set_axis(list("ttuvwxy"))
    with pytest.raises(DataError, match=r"names 1 studies twice"):
        read(twice, std_error="e", groups=())
    assert read(twice, std_error="e").size == 2
    with pytest.raises(DataError, match=r"have 2 rows, must have at least 3"):
        read(TABLE.head(2), std_error="e", groups=())


def test_one_definition_is_asked_for():
    refuse_mixed(TABLE, None)
    refuse_mixed(TABLE, "note")
    with pytest.raises(DataError, match=r"^column 'h' holds 3 definitions, must hold one"):
        refuse_mixed(TABLE, "h")
    with pytest.raises(DataError, match=r"^units .*'d'"):
        refuse_mixed(TABLE, "d")
    with pytest.raises(CellError, match=r"must say the definition") as caught:
        refuse_mixed(TABLE.assign(d=[None, *"aaaaaa"]), "d")
    assert caught.value.column == "d"


def test_slopes_belong_to_a_group_and_to_the_formula():
    assert partial_pooling._read_slopes(None, ("g",), None) == {}
    assert partial_pooling._read_slopes({"g": ["x", "z"]}, ("g",), "x + z") == {"g": ("x", "z")}
    for slopes, words in (
        ({"g": []}, r"^slopes\['g'\]"),
        ({"h": ["x"]}, "^slopes == 'h'"),
        ({"g": ["y"]}, "^slopes of 'y' vary about a mean"),
        (3, "^slopes"),
    ):
        with pytest.raises(SpecificationError, match=words):
            partial_pooling._read_slopes(slopes, ("g",), "x + z")


@pytest.mark.parametrize("options", [{"groups": "g"}, {"formula": "x"}])
def test_results_have_no_groups_and_no_covariates(options):
    with pytest.raises(SpecificationError, match=r"are given with results"):
        PartialPooling(term="size", **options).fit(dict.fromkeys("abc", one_result(1.0, 0.1)))


def test_a_picture_has_a_row_a_level_of_the_first_grouping_and_at_most_forty():
    found = PartialPooling(method="reml").fit(FEW)
    many = pd.DataFrame(
        {"group": "g", "level": [f"l{i}" for i in range(41)], "coefficient": "constant", "estimate": np.arange(41.0),
         "std_error": 1.0, "ci_low": np.arange(41.0) - 1, "ci_high": np.arange(41.0) + 2}
    )  # fmt: skip
    more = pd.concat([many.head(1).assign(coefficient="x"), many.head(1).assign(group="h")])
    own = replace(found, units=pd.concat([many.head(2), more, many.iloc[2:]]), scale="log")
    _, ax = pyplot.subplots()
    assert own.plot(ax=ax) is ax
    assert [one.get_text() for one in ax.get_yticklabels()] == [f"l{i}" for i in range(40)]
    assert ax.get_xlabel() == "value of each level (log scale)"
    assert "Partial pooling of 4 rows" in ax.get_title(loc="left")
    mean = found.estimates.loc["constant", "estimate"]
    assert [mean, mean] in [list(line.get_xdata()) for line in ax.lines]
    table, roles = plot.shown(ax)
    assert table["estimate"].tolist() == list(range(40))
    assert table["ci_high"].tolist() == list(range(2, 42))
    assert (table.index.name, set(table.columns)) == ("level", {*COLUMNS, "unit"})
    assert (roles["unit"].role, roles["unit"].label, roles["level"].label) == ("key", "Unit", "Level")
    pyplot.close(ax.figure)
    bare = replace(found, estimates=found.estimates.drop(index="constant")).plot()
    assert len(bare.lines) == 2  # closed and open marks, and no line of a mean
    assert bare.get_xlabel() == "value of each level"
    pyplot.close(bare.figure)
