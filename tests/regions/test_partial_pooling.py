"""Random intercepts and slopes: outside values, draws, results with draws, every check and every refusal."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, Result, Scope, SpecificationError, estimates_table
from ctresearch.regions import MultilevelPool, PartialPooling, Pool

HERE = Path(__file__).parents[1] / "reference" / "regions"
VALUES = json.loads((HERE / "mixed_invented.json").read_text())
FEW = {"method": "sampler", "draws": 2000, "seed": 1}


def mixed():
    return pd.read_csv(HERE / "mixed_invented.csv")


def check(result, name):
    return next(one for one in result.checks if one.name == name)


def estimates(many=14, seed=1, spread=0.4):
    rng = np.random.default_rng(seed)
    error = rng.uniform(0.1, 0.4, many)
    y = 1 + spread * rng.normal(size=many) + error * rng.normal(size=many)
    return pd.DataFrame({"estimate": y, "std_error": error}, index=[f"s{i}" for i in range(many)])


def result(value=0.2, error=0.1, *, draws=None, definition="d", measure="stock", **more):
    table = estimates_table({"share": (value, error, value - 2 * error, value + 2 * error)})
    held = None if draws is None else pd.DataFrame([draws], index=table.index)
    return Result(
        method="m", estimates=table, n=9, draws=held, scope=Scope(definition=definition, measure=measure), **more
    )


@pytest.mark.parametrize(
    ("case", "options"),
    [
        ("sloped", {"groups": "country", "slopes": {"country": ["year"]}}),
        ("crossed", {"groups": ["country", "source"]}),
    ],
)
def test_lme4_gives_the_same(case, options):
    """lme4 searches by quadratic models to 1e-12 and stops at 1e-6 of a standard deviation; ours ends by Newton's steps."""
    found = PartialPooling(formula="year", outcome="outcome", std_error=None, method="reml", **options).fit(mixed())
    told = VALUES[case]
    table = found.estimates
    assert table["estimate"].iloc[:2].to_numpy() == pytest.approx(told["fixed"], rel=1e-6)
    assert table["std_error"].iloc[:2].to_numpy() == pytest.approx(told["std_error"], rel=1e-5)
    assert table["estimate"].iloc[2:].to_numpy() == pytest.approx(told["sd"], rel=1e-5)
    assert found.log_likelihood == pytest.approx(told["log_likelihood"], abs=1e-7)
    units = found.units
    rows = units[units["level"] == "c00"] if case == "sloped" else units[units["group"] == "source"]
    assert rows["deviation"].to_numpy() == pytest.approx(told["deviation"], rel=1e-5)
    assert rows["deviation_error"].to_numpy() == pytest.approx(told["deviation_error"], rel=1e-5)
    assert found.smallest_group == 4


def test_known_errors_give_what_pool_and_multilevel_pool_give():
    frame = estimates()
    ours, theirs = PartialPooling(method="reml").fit(frame).estimates, Pool().fit(frame).estimates
    assert ours.loc["constant", "estimate"] == pytest.approx(theirs.loc["pooled", "estimate"], rel=1e-7)
    assert ours.loc["constant", "std_error"] == pytest.approx(theirs.loc["pooled", "std_error"], rel=1e-6)
    assert ours.loc["sd unit", "estimate"] ** 2 == pytest.approx(theirs.loc["tau2", "estimate"], rel=1e-5)
    frame = estimates(18, seed=4, spread=0.6).assign(place=list("aabbccddeeffgghhii"))
    ours = PartialPooling(groups="place", method="reml").fit(frame).estimates["estimate"]
    theirs = MultilevelPool(study="place", errors="model").fit(frame).estimates["estimate"]
    assert ours["constant"] == pytest.approx(theirs["pooled"], rel=1e-5)
    assert ours["sd place"] ** 2 == pytest.approx(theirs["between"], rel=1e-3, abs=1e-6)


def test_each_is_drawn_towards_the_mean_as_far_as_its_error_leaves_open():
    units = PartialPooling(method="reml").fit(estimates()).units
    frame = estimates()
    mean = units["estimate"] - units["deviation"]
    expected = frame["estimate"].to_numpy() * (1 - units["pooling"]) + mean * units["pooling"]
    assert units["estimate"].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-9)


@pytest.mark.slow
def test_draws_agree_with_the_likelihood_where_there_is_much_to_see():
    drawn = PartialPooling(**FEW).fit(estimates(40, seed=2))
    likely = PartialPooling(method="reml").fit(estimates(40, seed=2))
    assert drawn.status == "pass"
    assert drawn.estimates.loc["constant", "estimate"] == pytest.approx(
        likely.estimates.loc["constant", "estimate"], abs=0.03
    )
    assert drawn.estimates.loc["sd unit", "estimate"] == pytest.approx(
        likely.estimates.loc["sd unit", "estimate"], abs=0.06
    )
    gap = drawn.units["estimate"].to_numpy() - likely.units["estimate"].to_numpy()
    assert np.abs(gap).max() < 0.06
    assert drawn.estimates.loc["prediction", "ci_low"] < likely.estimates.loc["constant", "ci_low"]
    assert drawn.unit_draws.shape == (40, 2000)


@pytest.mark.slow
def test_draws_of_slopes_agree_too():
    options = {"groups": "country", "slopes": {"country": ["year"]}, "formula": "year", "outcome": "outcome"}
    drawn = PartialPooling(std_error=None, **options, **FEW).fit(mixed())
    assert check(drawn, "mixing").status == "pass"
    told = VALUES["sloped"]
    assert drawn.estimates["estimate"].iloc[:2].to_numpy() == pytest.approx(told["fixed"], rel=0.05)
    assert -1 < drawn.estimates.loc["correlation country constant and year", "estimate"] < -0.2


def test_the_sampler_steps_in_where_the_likelihood_ends_at_an_edge():
    frame = estimates().assign(estimate=1 + np.linspace(0, 0.01, 14))
    found = PartialPooling(seed=1, draws=2000).fit(frame)
    assert found.engine == "sampler"
    assert check(found, "likelihood").status == "review"
    assert found.estimates.loc["sd unit", "ci_high"] > 0.02
    stays = PartialPooling(method="reml").fit(frame)
    assert check(stays, "convergence").status == "review"
    assert check(PartialPooling(method="reml").fit(estimates()), "convergence").status == "pass"


def test_a_search_that_found_no_maximum_is_no_estimate(monkeypatch):
    from ctresearch.regions.partial import partial_pooling
    from ctresearch.stats.mixed.restricted import maximise

    def lost(products, *, known):
        from dataclasses import replace

        return replace(maximise(products, known=known), converged=False)

    monkeypatch.setattr(partial_pooling, "maximise", lost)
    found = PartialPooling(method="reml").fit(estimates())
    assert check(found, "convergence").status == "fail"
    assert found.estimates["ci_low"].isna().all()
    assert found.units["ci_low"].isna().all()
    assert check(PartialPooling(draws=400).fit(estimates()), "likelihood").status == "review"


def test_few_levels_are_told():
    assert check(PartialPooling(method="reml").fit(estimates(6)), "levels").status == "review"
    assert check(PartialPooling(method="reml").fit(estimates(14)), "levels").status == "pass"


def test_results_are_pooled_with_the_shape_of_their_draws():
    rng = np.random.default_rng(3)
    skewed = {f"c{i}": np.exp(rng.normal(0.2 * rng.normal(), 0.5, 1000)) for i in range(11)}
    made = {name: result(float(np.median(d)), 0.4 * float(np.median(d)), draws=d) for name, d in skewed.items()}
    found = PartialPooling(term="share", **FEW).fit(made)
    assert check(found, "draws").status == "pass"
    assert check(found, "levels").status == "pass"
    assert found.unit_draws.shape == (11, 2000)
    assert found.scope.measure == "stock"
    without = made | {"c0": result(1.0, 0.4)}
    assert check(PartialPooling(term="share", **FEW).fit(without), "draws").status == "review"
    logs = PartialPooling(term="share", log=True, **FEW).fit(made)
    assert logs.scale == "log"
    assert abs(logs.estimates.loc["constant", "estimate"]) < 0.3


@pytest.mark.slow
def test_normal_draws_give_what_a_table_gives():
    """Beyond the outermost of 4,000 draws a mixture knows no tail: a unit 3.5 errors out is drawn a little less."""
    frame = estimates(12, seed=5)
    even = np.random.default_rng(1).normal(size=4000)
    even = (even - even.mean()) / even.std()
    made = {
        name: result(row["estimate"], row["std_error"], draws=row["estimate"] + row["std_error"] * even)
        for name, row in frame.iterrows()
    }
    one = PartialPooling(term="share", seed=1).fit(made)
    two = PartialPooling(method="sampler", seed=1).fit(frame)
    assert one.units["estimate"].to_numpy() == pytest.approx(two.units["estimate"].to_numpy(), abs=0.1)
    within = np.arange(12) != 1
    assert one.units["std_error"][within].to_numpy() == pytest.approx(
        two.units["std_error"][within].to_numpy(), rel=0.2
    )


@pytest.mark.parametrize(
    ("options", "change", "words"),
    [
        ({"groups": "country"}, {"outcome": 1.0}, "all the same"),
        ({"groups": "country"}, {"country": "a"}, "has 1 levels, must have at least 3"),
        ({"groups": "country"}, {"country": range(67)}, "a level for each of 67 rows"),
        ({"groups": ["country", "twin"]}, {"twin": lambda d: "x" + d["country"]}, "in the same way"),
        ({"groups": "country", "formula": "year + z"}, {"z": lambda d: 2 * d["year"]}, "more rows than terms"),
        ({"groups": "country"}, {"outcome": None}, "missing"),
        (
            {"groups": "country", "formula": "z", "slopes": {"country": ["z"]}},
            {"z": lambda d: d["country"].str[1:].astype(float)},
            "must vary within levels",
        ),
    ],
)
def test_what_cannot_be_told_apart_is_refused(options, change, words):
    with pytest.raises(DataError, match=words):
        PartialPooling(outcome="outcome", std_error=None, **options).fit(mixed().assign(**change))


def test_an_exact_fit_is_refused():
    exact = pd.DataFrame({"country": list("aabbcc"), "year": [0, 1] * 3}).assign(outcome=lambda d: 1.0 + d["year"])
    with pytest.raises(DataError, match="without any distance"):
        PartialPooling(groups="country", formula="year", outcome="outcome", std_error=None).fit(exact)


def test_options_that_do_not_belong_together_are_refused():
    with pytest.raises(SpecificationError, match="add the column to formula"):
        PartialPooling(groups="country", slopes={"country": ["year"]})
    with pytest.raises(SpecificationError, match="must be one of"):
        PartialPooling(groups="country", slopes={"region": ["year"]}, formula="year")
    with pytest.raises(SpecificationError, match="without error or group"):
        PartialPooling(std_error=None)
    with pytest.raises(SpecificationError, match="multiple of 4"):
        PartialPooling(draws=401)
    with pytest.raises(SpecificationError, match="term is None"):
        PartialPooling().fit({"a": result()})
    with pytest.raises(DataError, match="mapping of results"):
        PartialPooling(term="share").fit(estimates())


def test_mixed_measures_and_definitions_are_refused():
    frame = estimates(4)
    with pytest.raises(DataError, match="measures differ"):
        PartialPooling(measure="m").fit(frame.assign(m=["stock", "flow", "stock", "stock"]))
    with pytest.raises(DataError, match="2 definitions"):
        PartialPooling(definition="d").fit(frame.assign(d=["Palermo", "ILO", "ILO", "ILO"]))
    made = {name: result() for name in "abcd"}
    with pytest.raises(DataError, match="under 2 definitions"):
        PartialPooling(term="share").fit(made | {"d": result(definition="other")})
    with pytest.raises(DataError, match="measures differ"):
        PartialPooling(term="share").fit(made | {"d": result(measure="flow")})
    with pytest.raises(DataError, match="at least 3"):
        PartialPooling(term="share").fit({"a": result(), "b": result()})
    with pytest.raises(DataError, match="all the same"):
        PartialPooling(term="share").fit(made | {"d": result(draws=np.full(500, 0.2))})
    wide = result(0.5, 0.2, draws=np.linspace(-0.1, 1.1, 500))
    with pytest.raises(DataError, match="not above 0"):
        PartialPooling(term="share", log=True).fit(dict.fromkeys("abcd", wide))
