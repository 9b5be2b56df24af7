"""Countries are set side by side where they are of one thing; the one that is not is named, and so is the reason."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import Check, DataError, Result, Scope, SpecificationError, estimates_table
from ctresearch.core import Result as CoreResult
from ctresearch.regions import Pool, federate, pool_outcomes

SCOPE = Scope(
    population="invented victims", definition="as the convention says", reference_period="2023", measure="period"
)
SIZES = {"kenya": (400.0, 40.0), "uganda": (900.0, 90.0), "rwanda": (300.0, 45.0)}


def estimate(size, error, scope=SCOPE, **more):
    low, high = size * np.exp(-1.96 * error / size), size * np.exp(1.96 * error / size)
    table = estimates_table({"population": (size, error, low, high)}, unit="persons")
    return Result(method="m", n=90, interval="lognormal", estimates=table, scope=scope, **more)


@dataclass(frozen=True)
class Bundle:
    """What a room needs to know of a release, and no more."""

    found: Result
    digest: str
    study: str = ""
    citation: str = "cite me"
    withdrawn: str = ""
    rests_on: tuple = ()

    def result(self, name):
        if name != "estimate":
            raise SpecificationError(f"estimate == {name!r} is not in the bundle")
        return self.found


def bundles(**changed):
    made = {name: Bundle(estimate(*size), name[0] * 64, name) for name, size in SIZES.items()}
    return made | changed


def of(scope):
    return Bundle(estimate(500.0, 50.0, scope), "x" * 64, "uganda")


def test_estimates_of_one_thing_are_pooled_from_what_was_released():
    joined = federate(bundles(), term="population", log=True)
    assert joined.scale == "log"
    np.testing.assert_allclose(joined.estimates["estimate"], np.log([400.0, 900.0, 300.0]))
    np.testing.assert_allclose(joined.estimates["std_error"], [0.1, 0.1, 0.15], rtol=1e-4)  # 1.96 for the quantile
    assert [check.status for check in joined.checks] == ["pass"] * 4
    assert joined.scope == SCOPE
    assert joined.references == ("cite me",) * 3
    assert joined.releases["digest"].tolist() == ["k" * 64, "u" * 64, "r" * 64]
    assert joined.to_frame(exponentiate=True)["estimate"].round(6).tolist() == [400.0, 900.0, 300.0]
    assert joined.to_frame(exponentiate=True)["unit"].tolist() == ["persons"] * 3
    pooled = Pool(scale="log").fit(joined.estimates)
    plain = pd.DataFrame({"estimate": joined.estimates["estimate"], "std_error": joined.estimates["std_error"]})
    assert Pool(scale="log").fit(plain).estimates.equals(pooled.estimates)
    both = joined.estimates.reset_index().assign(outcome="size")
    many = pool_outcomes(both, outcome="outcome", study="term")
    assert float(many.loc["size", "estimate"]) == pytest.approx(float(pooled.estimates.loc["pooled", "estimate"]))
    assert CoreResult.from_dict(joined.to_dict()) == joined


def test_what_is_divided_by_is_known_without_error():
    residents = {"kenya": 40.0, "uganda": 45.0, "rwanda": 10.0}
    rates = federate(bundles(), term="population", log=True, per=residents, unit="per 100,000 residents")
    np.testing.assert_allclose(rates.to_frame(exponentiate=True)["estimate"], [10.0, 20.0, 30.0])
    np.testing.assert_allclose(rates.estimates["std_error"], [0.1, 0.1, 0.15], rtol=1e-4)
    plain = federate(bundles(), term="population", per=residents, unit="per 100,000 residents")
    np.testing.assert_allclose(plain.estimates["std_error"], [1.0, 2.0, 4.5])
    for wrong in ({"kenya": 1.0}, {**residents, "kenya": 0.0}, {**residents, "kenya": True}, 3):
        with pytest.raises(SpecificationError, match="per"):
            federate(bundles(), term="population", per=wrong, unit="u")
    with pytest.raises(SpecificationError, match="unit == None, must say what"):
        federate(bundles(), term="population", per=residents)


@pytest.mark.parametrize(
    ("field", "word", "told"),
    [
        (
            "definition",
            "identified by the police",
            r"the definition is not one \(kenya, rwanda: 'as the .* says'; uganda: 'identified by the police'\)",
        ),
        ("measure", "flow", r"the measure is not one \(kenya, rwanda: 'period'; uganda: 'flow'\).*to_stock"),
        (
            "reference_period",
            "2019",
            r"the reference period is not one \(kenya, rwanda: '2023'; uganda: '2019'\).*same=",
        ),
    ],
)
def test_a_country_of_another_thing_is_named_with_both_words(field, word, told):
    with pytest.raises(DataError, match=told):
        federate(bundles(uganda=of(replace(SCOPE, **{field: word}))), term="population")


@pytest.mark.parametrize("field", ["definition", "measure", "reference_period"])
def test_a_country_that_does_not_say_is_named(field):
    silent = of(replace(SCOPE, **{field: "not stated"}))
    with pytest.raises(DataError, match="uganda does not state its"):
        federate(bundles(uganda=silent), term="population")


def test_years_may_differ_where_somebody_says_so_and_a_check_repeats_it():
    later = bundles(uganda=of(replace(SCOPE, reference_period="2021")))
    joined = federate(later, term="population", same=("definition", "measure"))
    assert {check.name: check.status for check in joined.checks}["one definition"] == "review"
    assert joined.scope.reference_period == "2021, 2023"
    with pytest.raises(DataError, match="the definition is not one"):  # these two are always asked for
        federate(bundles(uganda=of(replace(SCOPE, definition="other"))), term="population", same=())


def test_spelling_is_no_other_definition():
    assert len(
        federate(bundles(uganda=of(replace(SCOPE, definition="As the  Convention says"))), term="population").estimates
    )


def test_a_withdrawn_release_is_refused_by_name():
    gone = replace(bundles()["uganda"], withdrawn="consent withdrawn")
    with pytest.raises(DataError, match=r"uganda was withdrawn \(consent withdrawn\): leave it out"):
        federate(bundles(uganda=gone), term="population")


def test_nobody_counts_twice():
    twice = bundles()["kenya"]
    with pytest.raises(DataError, match="uganda is the same bundle as kenya"):
        federate(bundles(uganda=twice), term="population")
    with pytest.raises(DataError, match="uganda is the same study as kenya"):
        federate(bundles(uganda=replace(twice, digest="z" * 64)), term="population")
    region = Bundle(estimate(500.0, 50.0), "z" * 64, "region", rests_on=("r" * 64,))
    with pytest.raises(DataError, match="region rests on the bundle of rwanda, whose people would count twice"):
        federate(bundles(region=region), term="population")


def test_what_cannot_be_pooled_is_refused_by_name():
    failed = Bundle(estimate(5.0, 1.0, checks=(Check("converged", "fail", "No."),)), "z" * 64)
    with pytest.raises(DataError, match=r"uganda has a failed check \(converged\)"):
        federate(bundles(uganda=failed), term="population")
    with pytest.raises(DataError, match="kenya has 0 rows of the term 'rate', must have one; it has population"):
        federate(bundles(), term="rate")
    nothing = estimates_table({"population": (5.0, float("nan"), 4.0, 6.0)})
    bare = Bundle(Result(method="m", n=9, estimates=nothing, scope=SCOPE), "z" * 64)
    with pytest.raises(DataError, match="uganda gives 'population' without a standard error"):
        federate(bundles(uganda=bare), term="population")
    other = Bundle(estimate(5.0, 1.0, level=0.9), "z" * 64)
    with pytest.raises(DataError, match=r"the level of the limits is not one \(.*uganda: 0\.9"):
        federate(bundles(uganda=other), term="population")
    logs = Bundle(estimate(5.0, 1.0, scale="log"), "z" * 64)
    with pytest.raises(DataError, match=r"the scale is not one \(.*uganda: log"):
        federate(bundles(uganda=logs), term="population")
    with pytest.raises(DataError, match="kenya: estimate == 'size' is not in the bundle"):
        federate(bundles(), term="population", estimate="size")
    with pytest.raises(SpecificationError, match="estimate names no output for uganda"):
        federate(bundles(), term="population", estimate={"kenya": "estimate", "rwanda": "estimate"})
    with pytest.raises(DataError, match="uganda is a float, must be a released bundle or a Result"):
        federate(bundles(uganda=5.0), term="population")


@pytest.mark.parametrize("releases", [{}, {"kenya": bundles()["kenya"]}, [bundles()["kenya"]], None])
def test_less_than_two_countries_is_no_federation(releases):
    with pytest.raises(DataError, match="must be a mapping of at least two countries"):
        federate(releases, term="population")


def test_options_are_checked():
    for wrong in ({"same": "definition"}, {"same": ("population",)}, {"log": "yes"}, {"term": ""}):
        with pytest.raises(SpecificationError):
            federate(bundles(), **{"term": "population", **wrong})
    with pytest.raises(DataError, match="differ from one another in case"):
        federate(bundles(Kenya=of(SCOPE)), term="population")


def test_the_checks_say_what_a_reader_must_know():
    asked = Bundle(estimate(5.0, 1.0, checks=(Check("overlap", "review", "Look."),)), "z" * 64)

    def statuses(**changed):
        return {check.name: check for check in federate(bundles(**changed), term="population").checks}

    carried = statuses(uganda=asked)["checks of the countries"]
    assert carried.status == "review"
    assert "uganda" in str(carried.message)
    assert statuses(uganda=estimate(5.0, 1.0))["released"].status == "review"

    class Other(Result):
        pass

    held = {name: getattr(asked.found, name) for name in ("method", "n", "estimates", "interval", "scope")}
    kinds = statuses(uganda=Bundle(Other(**held), "z" * 64))
    assert kinds["one method"].status == "review"
    assert statuses()["one method"].status == "pass"
