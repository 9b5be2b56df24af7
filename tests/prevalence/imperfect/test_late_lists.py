"""Late lists: delays from truncated records, completed tables, and an interval that carries both."""

import numpy as np
import pandas as pd
import pytest
from pins import pinned

from ctresearch.core import DataError, SpecificationError
from ctresearch.prevalence import CaptureHistories, LateLists, LogLinear
from ctresearch.prevalence.imperfect.delays import count_delays, drift
from ctresearch.prevalence.imperfect.late_draws import arrived_by_unit, complete_tables
from ctresearch.prevalence.imperfect.late_records import read_late

TWO = LogLinear("fixed", model="[1,2]")
ROLES = {"person": "who", "source": "by", "case": "case", "arrived": "came"}


def records(seed, n=3000, units=12, slower=0):
    """Draw two independent lists; the second half of the cases may take longer."""
    rng = np.random.default_rng(seed)
    case = rng.integers(0, units, n)
    on = rng.random((n, 2)) < 0.5
    wait = rng.binomial(3, 0.35, (n, 2)) + slower * (case >= units // 2)[:, None] * rng.binomial(1, 0.5, (n, 2))
    who, where = np.nonzero(on)
    frame = pd.DataFrame({"who": who, "by": np.array(["ngo", "police"])[where], "case": case[who]})
    return frame.assign(came=frame["case"] + wait[who, where]), case


def test_shares_arrived_are_those_of_survival_looking_backwards():
    i = np.arange(300)
    unit, delay = i % 10, i * (i // 7) % 6
    kept = delay <= 9 - unit
    found, outside = count_delays(unit[kept], delay[kept], 9), pinned("flows")["delays"]
    assert found.shares[:-1] == pytest.approx(outside["arrived"], abs=1e-12)  # both are products of the same fractions
    assert found.std_error[:-1] == pytest.approx(outside["std_error"], abs=1e-12)
    assert found.shares[-1] == 1.0


def test_shares_arrived_maximise_the_truncated_likelihood():
    rng = np.random.default_rng(3)
    unit, delay = rng.integers(0, 8, 400), rng.binomial(4, 0.4, 400)
    kept = unit + delay <= 7
    unit, delay = unit[kept], delay[kept]

    def loglik(shares):
        chance = np.diff(shares, prepend=0.0)
        return np.log(chance[delay]).sum() - np.log(shares[np.minimum(7 - unit, 4)]).sum()

    shares = count_delays(unit, delay, 7).shares
    for place in range(4):
        for step in (-1e-3, 1e-3):
            moved = shares.copy()
            moved[place] += step
            assert loglik(moved) < loglik(shares)


def test_draws_of_shares_have_the_spread_of_greenwoods_formula():
    i = np.arange(300)
    unit, delay = i % 10, i * (i // 7) % 6
    kept = delay <= 9 - unit
    found, rng = count_delays(unit[kept], delay[kept], 9), np.random.default_rng(1)
    drawn = np.array([found.draw(rng) for _ in range(4000)])
    assert drawn.mean(axis=0) == pytest.approx(found.shares, abs=4 * 0.035 / np.sqrt(4000))  # four standard errors
    assert drawn.std(axis=0) == pytest.approx(found.std_error, rel=0.06)  # of a spread of 4,000 draws: four errors


def test_completed_tables_are_on_average_the_records_weighted_by_the_chance_of_having_come():
    frame, _ = records(5, n=20_000)
    read = read_late(frame, ("who", "by", "case", "came"), "month", 11)
    seen, delays = read.seen(8, 10), read.delays()
    waited = np.array([3, 2, 1])
    here = arrived_by_unit([one.shares for one in delays], waited)
    whole = complete_tables(seen, waited, delays, 200, np.random.default_rng(1), constant=False)
    both = (seen[:, 3] / here.prod(axis=1)).sum()
    sizes = [(seen[:, [1 + place, 3]].sum(axis=1) / here[:, place]).sum() for place in (0, 1)]
    spread = whole.tables.std(axis=0)
    # weighting has no prior and no bound at zero: the mean lies within a quarter of the spread of the draws
    assert whole.tables[:, 3].mean() == pytest.approx(both, abs=0.25 * spread[3])
    assert (whole.tables[:, 1] + whole.tables[:, 3]).mean() == pytest.approx(sizes[0], abs=0.25 * spread[1])
    assert (whole.tables[:, 2] + whole.tables[:, 3]).mean() == pytest.approx(sizes[1], abs=0.25 * spread[2])


def test_where_everything_has_come_it_is_the_estimate_of_the_table():
    frame, _ = records(1)
    result = LateLists(TWO, as_of=30, imputations=5, **ROLES).fit(frame)
    plain = TWO.fit(CaptureHistories.from_long(frame[["who", "by"]], person="who", source="by"))
    found, expected = result.estimates.loc["population"], plain.estimates.loc["population"]
    assert found["estimate"] == pytest.approx(expected["estimate"], rel=1e-12)
    assert found["std_error"] == pytest.approx(expected["std_error"], rel=1e-9)
    assert result.estimates.loc["completion_share", "estimate"] == pytest.approx(0, abs=1e-20)  # rounding
    assert result.estimates.loc["waiting", "estimate"] == 0


@pytest.mark.slow
def test_it_holds_the_truth_where_the_table_as_it_came_misses():
    held = missed = 0
    for seed in range(6):
        frame, case = records(seed, n=6000)
        result = LateLists(TWO, as_of=11, since=9, imputations=10, seed=seed, **ROLES).fit(frame)
        row, truth = result.estimates.loc["population"], (case >= 9).sum()
        held += row["ci_low"] <= truth <= row["ci_high"]
        missed += result.as_it_is < truth * 0.95
    assert held >= 5  # at .95 six draws miss twice or more once in 30
    assert missed >= 5


def test_the_table_at_a_cut_is_what_the_records_of_that_day_give():
    frame, _ = records(2)
    options = {"as_of": 8, "since": 6, "seed": 1, "imputations": 5}
    late = LateLists(TWO, **options, **ROLES)
    assert late.fit(frame).estimates.equals(late.fit(frame[frame["came"] <= 8]).estimates)


def test_dates_and_numbers_of_months_are_one():
    frame, _ = records(2, n=800)
    dated = frame.assign(
        **{
            name: pd.Timestamp("2024-01-15") + frame[name].map(lambda m: pd.DateOffset(months=m))
            for name in ("case", "came")
        }
    )
    numbered = LateLists(TWO, as_of=11, imputations=5, **ROLES).fit(frame)
    named = LateLists(TWO, as_of="2024-12-31", imputations=5, **ROLES).fit(dated)
    assert numbered.estimates.equals(named.estimates)


@pytest.mark.slow
def test_a_mix_of_its_own_for_each_unit_knows_less():
    frame, _ = records(4, n=4000)
    read = read_late(frame, ("who", "by", "case", "came"), "month", 11)
    parts = (read.seen(9, 11), np.array([2, 1, 0]), read.delays(), 300)
    spreads = [
        complete_tables(*parts, np.random.default_rng(1), constant=constant).tables[:, 3].std()
        for constant in (True, False)
    ]
    assert spreads[1] > 1.15 * spreads[0]  # spreads of 300 draws are known to four hundredths


def test_checks_see_delays_that_grow_and_mixes_that_change():
    frame, _ = records(3, n=8000, slower=3)
    late = LateLists(TWO, as_of=11, since=3, imputations=5, **ROLES)
    assert {c.name: c.status for c in late.fit(frame).checks}["delays"] == "review"
    calm, _ = records(3, n=8000)
    statuses = {c.name: c.status for c in late.fit(calm).checks}
    assert statuses["delays"] == "pass"
    assert statuses["one mix"] == "pass"
    changed = calm[(calm["case"] < 6) | (calm["by"] == "ngo") | (calm["who"] % 3 == 0)]
    assert {c.name: c.status for c in late.fit(changed).checks}["one mix"] == "review"


def test_drift_is_standard_normal_where_delays_do_not_change():
    found = []
    for seed in range(40):
        frame, _ = records(seed, n=600)
        read = read_late(frame, ("who", "by", "case", "came"), "month", 11)
        found.append(drift(*read.of_list(0), 11, read.delays()[0].shares))
    assert abs(np.mean(found)) < 3 / np.sqrt(40)
    assert 0.7 < np.std(found) < 1.3  # a spread of 40 draws lies within .11 of 1 two times of three


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.assign(case=f["case"] + f.index % 2, came=f["came"] + 1), "differs between the records"),
        (lambda f: f.assign(came=f["case"] - 1), "must not lie before"),
        (lambda f: f[f["by"] == "ngo"], "must have from 2"),
    ],
)
def test_records_that_cannot_be_used_are_refused(change, words):
    frame, _ = records(1, n=300)
    with pytest.raises(DataError, match=words):
        LateLists(TWO, as_of=11, **ROLES).fit(change(frame))


def test_a_period_of_which_next_to_nothing_came_is_refused():
    frame, _ = records(1, n=2000)
    slow = frame.assign(came=frame["case"] + 2 * (frame["by"] == "police"))
    with pytest.raises(DataError, match="end the period earlier"):
        LateLists(TWO, as_of=11, **ROLES).fit(slow)
    assert LateLists(TWO, as_of=11, until=9, imputations=5, **ROLES).fit(slow).n > 1000


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"estimator": LogLinear}, "must be an estimator"),
        ({"estimator": TWO, "case": "who"}, "name 3 columns"),
        ({"estimator": TWO, "unit": "hour"}, "unit == 'hour'"),
        ({"estimator": TWO, "imputations": 2}, "imputations == 2"),
    ],
)
def test_options_that_cannot_be_used_are_refused(options, words):
    with pytest.raises(SpecificationError, match=words):
        LateLists(**{**ROLES, "as_of": 11, **options})


def test_a_cut_of_another_kind_than_the_dates_is_refused():
    frame, _ = records(1, n=300)
    with pytest.raises(SpecificationError, match="must be a whole number"):
        LateLists(TWO, as_of="2024-01-01", **ROLES).fit(frame)
    with pytest.raises(SpecificationError, match="in that order"):
        LateLists(TWO, as_of=11, since=9, until=7, **ROLES).fit(frame)
