"""A check judges by what the estimate does not decide, and a result that does not stand shows no limits anywhere."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from pins import published_lists

from ctresearch.core import FitError
from ctresearch.core.result import LIMITS
from ctresearch.prevalence import (
    BayesianThreshold,
    CaptureHistories,
    Chapman,
    DoublyRobust,
    GraphicalAverage,
    LatentClass,
    LogLinear,
    ModelAverage,
    SampleCoverage,
    carry_linkage,
    compare_methods,
    list_sensitivity,
    stratified,
    verdict,
)
from ctresearch.stats import check_mixing


def two_lists(first, second, both):
    """Return a table of two lists."""
    return CaptureHistories.from_counts(pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "count": [first, second, both]}))


@pytest.mark.parametrize(("first", "second", "both"), [(1, 1, 1), (2, 1, 3), (90, 1, 6)])
def test_chapman_is_not_cleared_by_its_own_estimate(first, second, both):
    assert Chapman().fit(two_lists(first, second, both)).checks[0].status == "review"
    assert Chapman().fit(two_lists(60, 40, 7)).checks[0].status == "pass"


def covers_little():
    """Return lists that cover a seventh of the population."""
    return published_lists("uk-2013-5")


def unbounded():
    """Return people of whom many can hardly be on both lists."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"a": 1, "b": rng.integers(0, 2, 400), "q1": 0.5, "q2": 0.5, "q12": 0.3})
    return frame.assign(q12=np.where(np.arange(400) % 10 == 0, 0.001, 0.3))


VOID = {
    "coverage": lambda: SampleCoverage(bootstrap=50).fit(covers_little()),
    "grid": lambda: GraphicalAverage(unobserved_max=30_000).fit(covers_little()),
    "mixing": lambda: LatentClass(iterations=40, seed=1).fit(published_lists("korea")),
    "bootstrap": lambda: LogLinear("stepwise", bootstrap=100).fit(two_lists(30, 20, 1)),
    "positivity": (
        lambda: DoublyRobust(lists=["a", "b"], covariates=[], chances=("q1", "q2", "q12"), folds=1).fit(unbounded())
    ),
}


@pytest.mark.parametrize("name", VOID)
def test_a_result_that_does_not_stand_shows_no_limits(name):
    result = VOID[name]()
    assert not result.stands
    assert [check.name for check in result.checks if not check.stands] == [name]
    assert result.draws is None
    for table in [v for v in vars(result).values() if isinstance(v, pd.DataFrame)]:
        named = [
            c for c in table.columns if c in LIMITS or c == "std_dev" or str(c).lstrip("q").replace(".", "").isdigit()
        ]
        if table.index.name == "term" and "lists" not in table.columns:
            assert table[named].isna().all(axis=None), named
    assert "DOES NOT STAND" in result.summary()
    assert "DOES NOT STAND" in result.plot().get_title(loc="left")


def test_the_quantiles_of_a_posterior_that_does_not_stand_go_and_what_is_known_of_the_chains_stays():
    result = VOID["mixing"]()
    row = result.posterior.loc["population"]
    assert row.filter(like="q").isna().all()
    assert np.isnan(row["std_dev"])
    assert np.isfinite(row[["rhat", "ess_bulk"]].astype(float)).all()


@pytest.mark.parametrize("kind", [ModelAverage, BayesianThreshold])
def test_chains_or_weights_that_cannot_be_trusted_void(kind, monkeypatch):
    module = sys.modules[kind.__module__]
    monkeypatch.setattr(module, "check_mixing", lambda q: check_mixing({k: v[:, :50] for k, v in q.items()}))
    result = kind().fit(published_lists("korea"))
    assert not result.stands
    assert result.posterior.filter(like="q").isna().all(axis=None)


def test_comparisons_sensitivities_totals_and_verdicts_give_it_no_limits():
    table = covers_little()
    shown = compare_methods(table, ["Sample coverage", "Independence (Mt)"], bootstrap=50)
    assert shown.estimates.loc["Sample coverage", ["estimate", *LIMITS]].isna().all()
    assert "No number can be given by Sample coverage" in shown.paragraph()
    rows = list_sensitivity(table, SampleCoverage(bootstrap=50))
    assert rows.loc["all lists", ["ci_low", "ci_high"]].isna().all()
    assert "Does not stand" in rows.loc["all lists", "note"]
    result = stratified(SampleCoverage(bootstrap=50), {"a": table, "b": published_lists("hav-taiwan")})
    total = result.estimates.loc["total"]
    assert total[list(LIMITS)].isna().all()
    assert result.draws is None
    void = VOID["coverage"]()
    answers = {check.name: check for check in verdict(table, {"coverage": void, "bic": LogLinear().fit(table)})}
    assert "coverage (does not stand: coverage)" in answers["boundary"].message
    assert answers["method"].numbers["without_estimate"] == 1
    with pytest.raises(FitError, match="does not stand"):
        carry_linkage(SampleCoverage(bootstrap=50), [table] * 5)


def test_a_first_fit_loads_no_library_that_it_does_not_use():
    code = (
        "import sys; from ctresearch.prevalence import CaptureHistories, LogLinear;"
        "LogLinear('fixed', model='[12,3]').fit(CaptureHistories.from_published('hav-taiwan'));"
        "LogLinear('bic').fit(CaptureHistories.from_published('korea'));"
        "print(sorted({'scipy.stats', 'matplotlib', 'sklearn', 'statsmodels', 'networkx'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
