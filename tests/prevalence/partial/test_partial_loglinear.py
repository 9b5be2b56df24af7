"""Log-linear models of tables seen in part."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pins import design, published_lists

from ctresearch.core import CtResearchError, DataError, FitError, SpecificationError
from ctresearch.prevalence import CaptureHistories, LogLinear, PartialHistories, PartialLogLinear
from ctresearch.prevalence.loglinear.model_terms import read_model

NUMBERS = ["estimate", "std_error", "ci_low", "ci_high"]


@pytest.mark.parametrize(("name", "model"), [("korea", "[12,23]"), ("uk-2013-5", "[123,25,34]"), ("kosovo", "[12,34]")])
def test_a_table_that_is_known_gives_what_log_linear_gives(name, model):
    table = published_lists(name)
    whole = LogLinear("fixed", model=model).fit(table)
    part = PartialLogLinear("fixed", model=model).fit(table)
    # limits come from a root finder that stops at 1e-12 of log persons, on a maximum known to 1e-9
    assert part.estimates[NUMBERS].to_numpy() == pytest.approx(whole.estimates[NUMBERS].to_numpy(), rel=1e-6)


def test_the_ranking_is_that_of_log_linear():
    table = published_lists("kosovo")
    whole, part = LogLinear().fit(table), PartialLogLinear().fit(table)
    assert part.model == whole.model
    same = part.models.loc[whole.models.index]
    for column in ("estimate", "bic", "aic"):
        # two Newton searches that stop at a decrement of 1e-12
        assert same[column].to_numpy() == pytest.approx(whole.models[column].to_numpy(), rel=1e-8, nan_ok=True)
    assert same["status"].tolist() == whole.models["status"].tolist()
    assert part.interval == "none"
    assert np.isnan(part.estimates.loc["population", "ci_low"])


def test_a_narrow_range_changes_little_and_a_wide_one_widens_the_limits():
    table = PartialHistories.from_histories(published_lists("uk-2013-5"))
    model = {"select": "fixed", "model": "[1,2,3,4,5]"}
    widths, estimates = [], []
    for half in (0, 1, 10):
        low, high = table.low.copy(), table.high.copy()
        at = table.cells[table.low[table.cells] > 10]
        low[at], high[at] = low[at] - half, high[at] + half
        row = PartialLogLinear(**model).fit(replace(table, low=low, high=high)).estimates.loc["population"]
        widths.append(row["ci_high"] - row["ci_low"])
        estimates.append(row["estimate"])
    assert estimates[0] == pytest.approx(13444, abs=0.5)  # the published value
    assert estimates[1] == pytest.approx(estimates[0], rel=0.01)
    assert widths[0] == pytest.approx(widths[1], rel=0.01)
    assert widths[0] < widths[1] < widths[2]


def test_lists_of_two_regions_are_not_lists_that_avoid_each_other():
    """A national list, and one in each of two regions of one size: the truth is 1,000, by exact expected counts."""
    chance = 0.4 * 0.3
    both, national = round(500 * chance), 1000 * 0.4 * 0.7
    local = 500 * 0.3 * 0.6
    rows = pd.DataFrame(
        {
            "nation": [1, 0, 0, 1, 1],
            "north": [0, 1, 0, 1, 0],
            "south": [0, 0, 1, 0, 1],
            "count": [int(national), int(local), int(local), both, both],
        }
    )
    apart = PartialHistories.from_counts(rows, impossible=[["north", "south"]])
    found = PartialLogLinear("fixed", model="[1,2,3]").fit(apart)
    # with both patterns impossible the two lists act as one: the two-list estimate from exact expected counts
    assert found.estimates.loc["population", "estimate"] == pytest.approx(1000, rel=1e-6)
    naive = LogLinear("fixed", model="[1,2,3]").fit(CaptureHistories.from_counts(rows))
    assert naive.estimates.loc["population", "estimate"] > 1080
    with pytest.raises(FitError, match="not identified by the patterns that are possible"):
        PartialLogLinear("fixed", model="[1,23]").fit(apart)


def hidden_tables(samples, seed=11):
    """Draw tables of 600 people on three lists whose counts below 10 are hidden."""
    cells = np.arange(8)
    terms = read_model("[12,3]", "ABC")
    chance = np.exp(design(terms, cells) @ [0, -1.2, -1.4, -2.2, 0.8])
    random = np.random.default_rng(seed)
    for counts in random.multinomial(600, chance / chance.sum(), size=samples).astype(float):
        small = (counts > 0) & (counts < 10)  # zeros are shown as zeros
        low, high = np.where(small, 1, counts), np.where(small, 9, counts)
        low[0] = high[0] = 0
        yield PartialHistories(("A", "B", "C"), low, high, np.ones(8, dtype=bool))


@pytest.mark.slow
def test_limits_cover_when_small_counts_are_hidden():
    inside, hidden, estimates = 0, 0, []
    samples = 80
    for table in hidden_tables(samples):
        row = PartialLogLinear("fixed", model="[12,3]").fit(table).estimates.loc["population"]
        inside += row["ci_low"] <= 600 <= row["ci_high"]
        hidden += (table.low < table.high).any()
        estimates.append(row["estimate"])
    assert hidden > samples / 2  # or there is nothing to see here
    # three standard errors of a proportion of .95 over 80 tables: 0.073
    assert inside / samples > 0.95 - 0.073
    # bias is below three standard errors of the mean, and the skewness of the estimate allows 3 % more
    assert abs(np.median(estimates) / 600 - 1) < 3 * np.std(estimates) / 600 / np.sqrt(samples) + 0.03


def test_refusals():
    rows = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "count": ["60", "40", "<5"]})
    with pytest.raises(FitError, match="does not exist"):
        PartialLogLinear("fixed", model="[1,2]").fit(PartialHistories.from_counts(rows))
    with pytest.raises(DataError, match="no two lists"):
        PartialLogLinear().fit(PartialHistories.from_counts(rows.head(2)))
    with pytest.raises(DataError, match="list 2 of 2 is empty"):
        PartialLogLinear().fit(PartialHistories.from_counts(rows.assign(count=["60", "0", "0"])))
    with pytest.raises(SpecificationError, match="too many models of order 3"):
        PartialLogLinear(max_order=3).fit(published_lists("uk-2013-5"))
    with pytest.raises(SpecificationError, match="needs a model"):
        PartialLogLinear("fixed")
    with pytest.raises(CtResearchError, match="must be PartialHistories"):
        PartialLogLinear().fit(rows)


def test_checks_say_what_the_ranges_leave_open():
    rows = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "count": ["50-69", "40", "20"]})
    result = PartialLogLinear("fixed", model="[1,2]").fit(PartialHistories.from_counts(rows))
    told = {check.name: check for check in result.checks}
    assert told["ranges"].numbers["cells"] == 1
    assert told["existence"].status == "pass"
    assert result.fitted["expected"].sum() == pytest.approx(
        result.estimates.loc["population", "estimate"] - result.estimates.loc["unobserved", "estimate"]
    )


def test_limits_at_another_level_come_from_the_table():
    rows = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "count": ["60", "40", "15-24"]})
    table = PartialHistories.from_counts(rows)
    result = PartialLogLinear("fixed", model="[1,2]").fit(table)
    other = PartialLogLinear("fixed", model="[1,2]", level=0.8).fit(table)
    found = result.confidence_interval(0.8)
    assert found.low.to_numpy() == pytest.approx(other.estimates["ci_low"].to_numpy(), rel=1e-9)
    assert found.high.to_numpy() == pytest.approx(other.estimates["ci_high"].to_numpy(), rel=1e-9)
    with pytest.raises(SpecificationError, match="stand at"):
        PartialLogLinear().fit(published_lists("korea")).confidence_interval(0.8)
