"""Gravity: the same as a regression with every effect written out, and what masked counts may and may not tell."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import poisson

from ctresearch.core import DataError, SpecificationError
from ctresearch.data.synthetic import flows
from ctresearch.routes import FlowTable, Gravity, IntervalGravity
from ctresearch.routes.counts.likelihood import count_slopes, read_ranges
from ctresearch.routes.gravity import gravity
from ctresearch.routes.gravity.gravity_data import Columns, read_gravity
from ctresearch.routes.gravity.weidner_zylkin import as_pairs, bias_and_variance

TERMS = ["log_distance", "border", "language"]
NUMBERS = ["estimate", "std_error"]
THREE = ["origin-year", "destination-year", "pair"]


@pytest.fixture(scope="module")
def frame():
    return flows(12, 3, total=8000, seed=2).frame


def masked(frame, least=0):
    small = (frame["flow"] < 5) & (frame["flow"] >= least)
    return frame.assign(low=frame["flow"].mask(small, least), high=frame["flow"].mask(small, 4))


def written_out(frame, terms, effects):
    """Fit the same by statsmodels with a column for every level."""
    keys = {
        "origin-year": ["origin", "year"],
        "destination-year": ["destination", "year"],
        "pair": ["origin", "destination"],
    }
    kept = frame
    for _ in range(9):
        for effect in effects:
            kept = kept[kept.groupby(keys[effect])["flow"].transform("sum") > 0]
    columns = [pd.get_dummies(kept[keys[effect]].astype(str).agg("-".join, axis=1), dtype=float) for effect in effects]
    design = np.column_stack([kept[terms].to_numpy(float), *[c.to_numpy() for c in columns]])
    return sm.GLM(kept["flow"], design, family=sm.families.Poisson()).fit(tol=1e-12).params.to_numpy()[: len(terms)]


@pytest.mark.filterwarnings("ignore")  # every level is written out, so that one of each kind is too many
@pytest.mark.parametrize(("terms", "effects"), [(TERMS, THREE[:2]), (["visa", "gdp_ratio"], ["origin-year", "pair"])])
def test_coefficients_are_those_of_a_regression_with_every_effect_written_out(frame, terms, effects):
    found = Gravity(terms, year="year", effects=effects, corrected=False).fit(frame).estimates["estimate"]
    assert found.to_numpy() == pytest.approx(
        written_out(frame, terms, effects), abs=1e-6
    )  # both stop at 1e-10 of the deviance


def test_known_counts_give_the_same_by_both_models(frame):
    known = frame.assign(low=frame["flow"], high=frame["flow"])
    for corrected in (False, True):
        one = Gravity(TERMS, year="year", corrected=corrected).fit(frame).estimates
        model = IntervalGravity(TERMS, year="year", distribution="poisson", corrected=corrected)
        assert np.allclose(one[NUMBERS], model.fit(known).estimates[NUMBERS], atol=1e-7), corrected


def test_slopes_of_ranges_are_the_derivatives_of_the_likelihood():
    counts = read_ranges(np.array([0.0, 7.0, 2.0]), np.array([4.0, 7.0, 9.0]))
    for size in (np.inf, 1.7):
        eta, step = np.array([0.4, 1.5, 2.2]), 1e-5
        found = count_slopes(counts, eta, size)
        for cell in range(3):
            up, down = eta.copy(), eta.copy()
            up[cell] += step
            down[cell] -= step
            a, b = count_slopes(counts, up, size), count_slopes(counts, down, size)
            assert found.slope[cell] == pytest.approx((a.value - b.value) / (2 * step), abs=1e-6)
            assert found.curvature[cell] == pytest.approx(-(a.slope[cell] - b.slope[cell]) / (2 * step), abs=1e-6)


def test_wide_ranges_have_the_probability_of_all_their_counts():
    ends, eta = [(3000, 9000), (0, 2500), (40, 41)], np.log([8000.0, 2600.0, 300.0])
    counts = read_ranges(*np.array(ends, dtype=float).T)
    found = count_slopes(counts, eta, np.inf)
    mean = np.exp(eta)
    expected = [np.log(poisson.cdf(b, m) - poisson.cdf(a - 1, m)) for (a, b), m in zip(ends, mean, strict=True)]
    assert np.isclose(found.value, sum(expected), rtol=1e-9)  # differences of distribution functions lose digits
    step = 1e-5
    up, down = (count_slopes(counts, eta + sign * step, np.inf).value for sign in (1, -1))
    assert np.isclose(found.slope.sum(), (up - down) / (2 * step), rtol=1e-5)
    with pytest.raises(SpecificationError, match="wider than 1,000"):
        count_slopes(counts, eta, 2.0)


def test_masked_counts_bring_back_the_truth_where_midpoints_do_not():
    errors = {"ranges": [], "midpoints": [], "dropped": []}
    for seed in range(3):
        made = flows(18, 2, total=4500, dispersion=0.4, seed=seed)
        frame, true = masked(made.frame), float(made.truth["coefficients"]["log_distance"])
        fits = {
            "ranges": IntervalGravity(TERMS, year="year").fit(frame),
            "midpoints": Gravity(TERMS, year="year").fit(frame.assign(flow=(frame["low"] + frame["high"]) / 2)),
            "dropped": Gravity(TERMS, year="year").fit(frame[frame["low"] == frame["high"]]),
        }
        for name, result in fits.items():
            errors[name].append(result.estimates.loc["log_distance", "estimate"] - true)
    size = {name: abs(np.mean(found)) for name, found in errors.items()}
    assert size["ranges"] < 0.12
    assert size["ranges"] < size["midpoints"] / 2 < size["dropped"]


@pytest.mark.slow
def test_the_correction_takes_a_bias_out_and_widens_limits():
    plain, corrected, errors = [], [], []
    rng = np.random.default_rng(4)
    for _ in range(40):
        n, years = 14, 2
        o, d, t = (a.ravel() for a in np.indices((n, n, years)))
        keep = o != d
        o, d, t = o[keep], d[keep], t[keep]
        x = rng.normal(size=len(o))
        mean = np.exp(x)
        spread = np.log1p(1 / mean)
        y = mean * np.exp(np.sqrt(spread) * rng.normal(size=len(o)) - spread / 2)
        made = pd.DataFrame({"origin": o.astype(str), "destination": d.astype(str), "year": t, "x": x, "flow": y})
        table = Gravity(["x"], year="year", effects=THREE).fit(made).coefficients.loc["x"]
        plain.append(table["uncorrected"] - 1)
        corrected.append(table["estimate"] - 1)
        errors.append(table["std_error"] / table["std_error_uncorrected"])
    assert np.mean(plain) > 0.015
    assert abs(np.mean(corrected)) < 0.7 * np.mean(plain)
    assert min(errors) > 1


def test_the_bias_is_none_where_there_is_one_regressor_of_pure_chance_and_counts_are_met():
    y = np.ones(6)
    pairs = as_pairs(
        y,
        y,
        np.array([[1.0], [-1.0], [-1.0], [1.0], [0.0], [0.0]]),
        np.repeat([0, 1, 2], 2),
        np.tile([0, 1], 3),
        (np.repeat([0, 1, 2], 2), np.repeat([1, 2, 0], 2)),
    )
    assert bias_and_variance(pairs, three_way=True)[0].tolist() == [0.0]


def test_corridors_held_out_are_predicted_and_limits_hold():
    frame = flows(25, 4, total=40_000, dispersion=0.5, seed=5).frame
    held = frame.groupby(["origin", "destination"]).ngroup() % 10 == 0
    result = IntervalGravity([*TERMS, "visa"], year="year").fit(masked(frame[~held]))
    table = result.predict(frame[held], level=0.9)
    flow = frame.loc[held, "flow"].to_numpy()
    known = table["mean"].notna().to_numpy()
    inside = (table["low"].to_numpy() <= flow) & (flow <= table["high"].to_numpy())
    assert known.mean() > 0.9
    assert 0.86 < inside[known].mean() < 0.97  # counts are whole, so limits hold somewhat more than they must
    assert np.corrcoef(np.log(table["mean"][known]), np.log(flow[known] + 1))[0, 1] > 0.75


def test_no_masked_count_is_guessed(frame):
    result = IntervalGravity(TERMS, year="year").fit(masked(frame))
    with pytest.raises(DataError, match="a masked count is never guessed"):
        result.predict(frame.head(1))
    assert "levels" not in str(result.to_dict())
    assert not hasattr(result, "fitted")


def test_a_pair_never_seen_is_not_predicted_by_its_own_effect(frame):
    result = Gravity(["visa"], year="year", effects=THREE).fit(frame.iloc[:-3])
    with pytest.raises(SpecificationError, match="not identified"):
        result.predict(frame.iloc[-3:])


def test_what_the_effects_explain_is_refused(frame):
    with pytest.raises(SpecificationError, match="do not vary within the effects"):
        Gravity(["log_distance"], year="year", effects=THREE).fit(frame)
    with pytest.raises(SpecificationError, match="explain one another"):
        Gravity(["border", "twice"], year="year").fit(frame.assign(twice=2 * frame["border"]))


def test_checks_say_what_they_should(frame):
    checks = {c.name: c for c in Gravity(TERMS, year="year", cluster="origin").fit(frame).checks}
    assert checks["domestic flows"].status == "review"
    assert checks["clusters"].status == "review"
    home = frame.head(12).assign(destination=frame["origin"].head(12), flow=9).drop_duplicates(["origin", "year"])
    both = Gravity(TERMS, year="year").fit(pd.concat([frame, home], ignore_index=True))
    assert {c.name: c.status for c in both.checks}["domestic flows"] == "pass"
    empty = frame.assign(flow=frame["flow"].where(frame["origin"].isin(["C01", "C02", "C03"]), 0))
    assert {c.name: c.status for c in Gravity(TERMS, year="year").fit(empty).checks}["separation"] == "review"
    far = IntervalGravity(TERMS, year="year", distribution="poisson").fit(masked(frame))
    assert {c.name: c.status for c in far.checks}["masked counts"] == "review"


def test_one_country_and_only_domestic_flows_are_refused_with_the_reason(frame):
    home = frame.assign(destination=frame["origin"]).drop_duplicates(["origin", "year"])
    with pytest.raises(SpecificationError, match="do not vary"):
        Gravity(["log_distance"], year="year").fit(home)
    with pytest.raises(DataError, match="tell something"):
        Gravity(["log_distance"], year="year").fit(frame[frame["origin"] == "C01"].head(5))


def test_a_table_of_flows_goes_into_a_model_by_its_panel():
    rows = [
        (a, b, 10 + 7 * i % 23, float(i % 5)) for i, (a, b) in enumerate((a, b) for a in "PQRSTU" for b in "PQRSTU")
    ]
    frame = pd.DataFrame(rows, columns=["a", "b", "n", "x"])
    table = FlowTable.from_frame(frame, citizenship="a", detection="b", count="n", places="as given")
    panel = table.panel().merge(frame.rename(columns={"a": "origin", "b": "destination"}), on=["origin", "destination"])
    assert IntervalGravity(["x"]).fit(panel).n == 36


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # pyfixest's own
def test_pyfixest_gives_the_same(frame):
    pytest.importorskip("pyfixest")
    own = Gravity(TERMS, year="year", engine="own").fit(frame).coefficients
    theirs = Gravity(TERMS, year="year", engine="pyfixest").fit(frame).coefficients
    assert np.allclose(own, theirs, rtol=1e-6, atol=1e-8)  # pyfixest stops at 1e-8 of the deviance


def test_a_fit_that_ran_off_is_refused_whoever_made_it(frame, monkeypatch):
    """The engine of large tables is asked the same question as our own."""
    own = Gravity(TERMS, year="year")
    data = read_gravity(frame, Columns(("flow", "flow"), "origin", "destination", "year", tuple(TERMS)), own.effects)
    fit = own._fit(data)
    monkeypatch.setattr(gravity, "_is_there", lambda name: True)
    monkeypatch.setattr(gravity, "_OWN_ROWS", 1)
    monkeypatch.setattr(gravity, "_fit_by_pyfixest", lambda data, effects: fit)
    assert own._fit(data) is fit
    border = data.design[:, TERMS.index("border")] == 1
    gone = replace(fit, mean=np.where(border, 1e-9, fit.mean))
    monkeypatch.setattr(gravity, "_fit_by_pyfixest", lambda data, effects: gone)
    with pytest.raises(SpecificationError, match="whose expected number runs off to 0"):
        own._fit(data)


def test_a_missing_extra_is_named(monkeypatch):
    import importlib

    from ctresearch.core import MissingExtraError

    real = importlib.import_module
    monkeypatch.setattr(
        importlib,
        "import_module",
        lambda name: (_ for _ in ()).throw(ModuleNotFoundError(name)) if name == "pyfixest" else real(name),
    )
    with pytest.raises(MissingExtraError, match="panels"):
        Gravity(["x"], engine="pyfixest")
