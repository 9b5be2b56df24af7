"""Inner steps of the gravity models: written out in loops, against statsmodels, or counted by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import nbinom, poisson, t

from ctresearch.core import CellError, DataError, SpecificationError
from ctresearch.routes import Gravity, IntervalGravity
from ctresearch.routes.counts.existence import runs_away
from ctresearch.routes.counts.likelihood import count_slopes, read_ranges, refuse_wide, values_near
from ctresearch.routes.gravity import gravity, gravity_data, gravity_fit, interval_gravity
from ctresearch.routes.gravity.effects_solver import read_effects
from ctresearch.routes.gravity.gravity_data import Columns, read_gravity, read_kinds
from ctresearch.routes.gravity.gravity_errors import clustered_variance
from ctresearch.routes.gravity.weidner_zylkin import _put_back, as_pairs, bias_and_variance

TWO, THREE = ["origin-year", "destination-year"], ["origin-year", "destination-year", "pair"]
NAN = float("nan")


def made(places=7, years=2, seed=3, level=2.0):
    """Invent flows of every pair and year."""
    rng = np.random.default_rng(seed)
    o, d, y = (one.ravel() for one in np.indices((places, places, years)))
    x, z = rng.normal(size=(2, len(o)))
    mean = np.exp(level + 0.4 * x - 0.2 * z + rng.normal(0, 0.4, places)[o] + rng.normal(0, 0.4, places)[d])
    names = np.array(list("pqrstuvwxyz"))
    frame = pd.DataFrame({"origin": names[o], "destination": names[d], "year": 2000 + y, "x": x, "z": z})
    return frame.assign(flow=rng.poisson(mean))


FRAME = made()


def dummies(frame, *columns):
    """Write out a column for every level."""
    return pd.get_dummies(frame[list(columns)].astype(str).agg("-".join, axis=1), dtype=float).to_numpy()


def by_statsmodels(frame, terms, *effects):
    design = np.column_stack([frame[terms].to_numpy(float), *[dummies(frame, *one) for one in effects]])
    return sm.GLM(frame["flow"], design, family=sm.families.Poisson()).fit(tol=1e-13)


def check(result, name):
    return next(one for one in result.checks if one.name == name)


COLUMNS = Columns(("flow", "flow"), "origin", "destination", "year", ("x",))


# reading


def test_rows_that_tell_nothing_are_left_out_until_none_is_left():
    frame = FRAME[(FRAME["origin"] != "v") & (FRAME["destination"] != "v")].reset_index(drop=True)
    zero = (frame["origin"] == "p") & (frame["year"] == 2000)
    zero |= (frame["destination"] == "q") & (frame["year"] == 2001) & (frame["origin"] != "p")
    only = frame.assign(flow=frame["flow"].clip(lower=1).mask(zero, 0))
    only.loc[(only["origin"] == "p") & (only["destination"] == "q") & (only["year"] == 2001), "flow"] = 3
    data = read_gravity(only, COLUMNS, TWO)
    # p in 2000 has nobody, q in 2001 has three from p: one level is gone and six rows with it
    gone = (only["origin"] == "p") & (only["year"] == 2000)
    assert (data.left_out, data.repeated, len(data.low)) == (6, 0, len(only) - 6)
    kept = only[~gone]
    assert data.low.tolist() == data.high.tolist() == kept["flow"].tolist()
    assert data.design[:, 0].tolist() == kept["x"].tolist()
    assert data.domestic.tolist() == (kept["origin"] == kept["destination"]).tolist()
    for kind, codes, key, names in zip(
        TWO, data.effects, data.keys, (["origin", "year"], ["destination", "year"]), strict=True
    ):
        assert sorted(np.unique(codes)) == list(range(len(key)))
        assert list(key[codes]) == list(kept[names].itertuples(index=False, name=None)), kind
        assert key.names == names
    for codes, names in (
        (data.origin, ["origin"]),
        (data.destination, ["destination"]),
        (data.year, ["year"]),
        (data.pair, ["origin", "destination"]),
    ):
        words = kept[names].astype(str).agg("-".join, axis=1).to_numpy()
        assert len(set(zip(codes.tolist(), words, strict=True))) == len(set(words)) == codes.max() + 1
    chain = only.assign(flow=only["flow"].mask(zero | ((only["origin"] == "p") & (only["year"] == 2001)), 0))
    # without them q in 2001 has nobody at all either
    assert read_gravity(chain, COLUMNS, TWO).left_out == 6 + 6 + 5
    doubled = read_gravity(pd.concat([FRAME, FRAME[:3]]), COLUMNS, TWO)
    assert doubled.repeated == 3
    least = read_gravity(
        FRAME.assign(flow=FRAME["flow"].clip(lower=1).mask(FRAME["origin"] == "p", 1)), COLUMNS, TWO, least=1
    )
    assert least.left_out == 14  # all of one person are no more than they must be
    assert [np.unique(data.clusters(one)[0]).size for one in ("pair", "origin", "destination")] == [36, 6, 6]
    assert [len(data.clusters(one)) for one in ("pair", "both", "none")] == [1, 2, 0]


def test_levels_are_the_same_looked_up_or_sorted(monkeypatch):
    one = read_gravity(FRAME.assign(k=FRAME["year"] % 2), COLUMNS, [*THREE, "k"])
    monkeypatch.setattr(gravity_data, "_MOST_LEVELS", -10_000)
    two = read_gravity(FRAME.assign(k=FRAME["year"] % 2), COLUMNS, [*THREE, "k"])
    for a, b in zip(one.effects, two.effects, strict=True):
        assert a.tolist() == b.tolist()
    assert [list(key) for key in one.keys] == [list(key) for key in two.keys]


def test_what_cannot_be_read_is_refused_where_it_stands():
    for change, words, column, rows in (
        ({"flow": FRAME["flow"].mask(FRAME.index == 2, -1)}, "must be counts of at least 0", "flow", (3,)),
        ({"origin": ["P", *FRAME["origin"][1:]]}, "spelled in more than one way", "origin", None),
    ):
        with pytest.raises(CellError, match=words) as caught:
            read_gravity(FRAME.assign(**change), COLUMNS, TWO)
        assert caught.value.column == column
        assert rows is not None or str(caught.value).endswith("spell each in one way")
        assert rows is None or caught.value.rows == rows
    ends = Columns(("low", "high"), "origin", "destination", "year", ("x",))
    ranges = FRAME.assign(low=FRAME["flow"], high=FRAME["flow"].mask(FRAME.index == 4, FRAME["flow"] - 1))
    with pytest.raises(CellError, match="must be at least the lower end") as caught:
        read_gravity(ranges, ends, TWO)
    assert (caught.value.column, caught.value.rows) == ("high", (5,))
    for name in ("origin", "destination", "year", "x", "flow"):
        with pytest.raises(DataError, match=f"no column '{name}'"):
            read_gravity(FRAME.drop(columns=name), COLUMNS, TWO)
        with pytest.raises(DataError):
            read_gravity(FRAME.assign(**{name: FRAME[name].mask(FRAME.index == 1)}), COLUMNS, TWO)
    plain = FRAME[FRAME["year"] == 2000][:10].assign(flow=range(1, 11), x=np.arange(10.0) ** 2)
    assert len(read_gravity(plain, COLUMNS, ["year"]).low) == 10
    with pytest.raises(DataError, match="9 of 9 rows tell something of the coefficients, must be at least 10"):
        read_gravity(plain[:9], COLUMNS, ["year"])
    with pytest.raises(DataError, match="12 of 12 rows tell something"):
        read_gravity(
            FRAME[:12].assign(**{f"c{i}": 1.0 for i in range(11)}),
            Columns(("flow", "flow"), "origin", "destination", None, tuple(f"c{i}" for i in range(11))),
            ["origin"],
        )
    with pytest.raises(DataError, match="no column 'k'"):
        read_gravity(FRAME, COLUMNS, ["k"])
    assert read_kinds(["origin-year", "origin", "year", "pair", "k"], None) == ("origin", "pair", "k")
    assert read_kinds(("destination-year", "year"), "year") == ("destination-year", "year")
    for wrong in ([], ["pair", "pair"], [3]):
        with pytest.raises(SpecificationError, match=rf"effects has {len(wrong)} entries"):
            read_kinds(wrong, None)
    for wrong in ("pair", None, {"pair"}):
        with pytest.raises(SpecificationError, match="effects is a"):
            read_kinds(wrong, None)


# fits


@pytest.mark.filterwarnings("ignore")  # one level of each kind is too many, and statsmodels says so
def test_a_result_holds_the_numbers_of_a_regression_written_out():
    found = Gravity(["x", "z"], year="year", corrected=False, cluster="none", level=0.8).fit(FRAME)
    fit = by_statsmodels(FRAME, ["x", "z"], ("origin", "year"), ("destination", "year"))
    mean, y = fit.mu, FRAME["flow"].to_numpy(float)
    assert found.estimates["estimate"].tolist() == pytest.approx(fit.params[:2].tolist(), abs=1e-7)
    assert found.loglik == pytest.approx(poisson.logpmf(y, mean).sum())
    assert found.dispersion == pytest.approx(max(0, ((y - mean) ** 2 - mean).sum() / (mean**2).sum()), abs=1e-7)
    rows, free = len(y), 98 - 2 - 27
    robust = by_statsmodels(FRAME, ["x", "z"], ("origin", "year"), ("destination", "year"))
    design = np.column_stack(
        [FRAME[["x", "z"]], dummies(FRAME, "origin", "year"), dummies(FRAME, "destination", "year")]
    )
    bread = np.linalg.pinv(design.T @ (mean[:, None] * design))
    meat = design.T @ (((y - robust.mu) ** 2)[:, None] * design)
    error = np.sqrt(np.diag(bread @ meat @ bread)[:2] * rows / free)
    assert found.estimates["std_error"].tolist() == pytest.approx(error.tolist(), rel=1e-6)
    away = t.ppf(0.9, free) * error
    assert found.estimates["ci_low"].tolist() == pytest.approx((found.estimates["estimate"] - away).tolist())
    assert found.estimates["ci_high"].tolist() == pytest.approx((found.estimates["estimate"] + away).tolist())
    table = found.coefficients
    assert table["uncorrected"].tolist() == table["estimate"].tolist() == found.estimates["estimate"].tolist()
    assert table["std_error_uncorrected"].tolist() == table["std_error"].tolist()
    assert table["bias"].tolist() == [0, 0]
    assert (found.n, found.interval, found.scale, found.effects) == (98, "t", "log", tuple(TWO))
    three = Gravity(["x", "z"], year="year", effects=THREE).fit(FRAME).coefficients
    assert (three["uncorrected"] - three["estimate"]).tolist() == pytest.approx(three["bias"].tolist())
    assert (three["bias"] != 0).all()


@pytest.mark.filterwarnings("ignore")
def test_flows_held_out_are_predicted_by_the_effects_of_their_places_and_years():
    held = (FRAME["origin"] == "q") & (FRAME["destination"] == "s")
    unseen = FRAME[held].assign(origin="nowhere")
    kept = FRAME[~held]
    result = Gravity(["x", "z"], year="year").fit(kept)
    fit = by_statsmodels(kept, ["x", "z"], ("origin", "year"), ("destination", "year"))
    both = pd.concat([kept, FRAME[held]])
    design = np.column_stack([both[["x", "z"]], dummies(both, "origin", "year"), dummies(both, "destination", "year")])
    mean = np.exp(design @ fit.params.to_numpy())[-2:]
    found = result.predict(pd.concat([FRAME[held], unseen]), level=0.8)
    assert found.columns.tolist() == ["origin", "destination", "year", "mean", "low", "high"]
    assert found["mean"].tolist() == pytest.approx([*mean, NAN, NAN], rel=1e-6, nan_ok=True)
    assert found[["low", "high"]].isna().to_numpy().tolist() == [[False] * 2] * 2 + [[True] * 2] * 2
    if result.dispersion > 0:
        size = 1 / result.dispersion
        law = nbinom(size, size / (size + mean))
    else:
        law = poisson(mean)
    assert found["low"].tolist()[:2] == law.ppf(0.1).tolist()
    assert found["high"].tolist()[:2] == law.ppf(0.9).tolist()
    plain = Gravity(["x"], effects=["origin", "destination"]).fit(FRAME[FRAME["year"] == 2000].iloc[:-1])
    assert plain.predict(FRAME[FRAME["year"] == 2000].tail(1)).columns.tolist() == [
        "origin",
        "destination",
        "mean",
        "low",
        "high",
    ]
    interval = IntervalGravity(["x"], year="year", distribution="poisson").fit(
        kept.assign(low=kept["flow"], high=kept["flow"])
    )
    ahead = interval.predict(FRAME[held], level=0.8)
    assert ahead["low"].tolist() == poisson.ppf(0.1, ahead["mean"]).tolist()
    assert ahead["high"].tolist() == poisson.ppf(0.9, ahead["mean"]).tolist()
    with pytest.raises(DataError, match="1 of 3 corridors and years were fitted to"):
        result.predict(pd.concat([FRAME[held], kept[:1]]))
    with pytest.raises(SpecificationError, match="was read back"):
        type(result).from_dict(result.to_dict()).predict(FRAME[held])
    with pytest.raises(SpecificationError, match="level"):
        result.predict(FRAME[held], level=1.0)


def test_a_fit_by_pyfixest_is_the_same_fit(monkeypatch):
    asked = {}
    model = Gravity(["x", "z"], year="year")
    data = read_gravity(FRAME, Columns(("flow", "flow"), "origin", "destination", "year", ("x", "z")), model.effects)
    own = model._fit(data)

    def fepois(formula, table, **options):
        asked.update(options, formula=formula, table=table)
        return SimpleNamespace(
            _Y_hat_response=own.mean[:, None], coef=lambda: pd.Series(own.beta), _loglik=own.value, _convergence=1
        )

    monkeypatch.setattr(
        gravity,
        "require_extra",
        lambda name, extra: asked.update(extra=(name, extra)) or SimpleNamespace(fepois=fepois),
    )
    fit = gravity._fit_by_pyfixest(data, read_effects(data.effects))
    assert asked["formula"].replace(" ", "") == "y~x0+x1|f0+f1"
    assert asked["extra"] == ("pyfixest", "panels")
    assert (asked["vcov"], asked["fixef_rm"], asked["separation_check"]) == ("iid", "none", [])
    assert asked["iwls_tol"] <= 1e-10
    table = asked["table"]
    assert table["y"].tolist() == data.low.tolist()
    assert table[["x0", "x1"]].to_numpy().tolist() == data.design.tolist()
    assert [table[f"f{i}"].tolist() for i in range(2)] == [one.tolist() for one in data.effects]
    for name in ("beta", "mean", "within", "slope", "curvature"):
        assert getattr(fit, name) == pytest.approx(getattr(own, name), abs=1e-7), name
    design = read_effects(data.effects).design
    assert np.exp(data.design @ fit.beta + design @ fit.levels) == pytest.approx(own.mean)
    assert design @ fit.covariate_levels == pytest.approx(data.design - own.within, abs=1e-7)
    assert (fit.size, fit.value, fit.converged) == (np.inf, own.value, True)


def test_pyfixest_is_asked_for_large_tables_and_where_it_is_wished(monkeypatch):
    data = read_gravity(FRAME, COLUMNS, TWO)
    own, calls = gravity.fit_gravity, []
    monkeypatch.setattr(gravity, "fit_gravity", lambda *given: calls.append("own") or own(*given))
    fit = own(read_ranges(data.low, data.high), data.design, read_effects(data.effects))
    monkeypatch.setattr(gravity, "_fit_by_pyfixest", lambda data, effects: calls.append("theirs") or fit)
    monkeypatch.setattr(gravity, "require_extra", lambda *_: None)
    for rows, there, engine, whose in (
        (99, True, "auto", "own"), (98, True, "auto", "theirs"), (98, False, "auto", "own"), (98, True, "own", "own"),
        (99, True, "pyfixest", "theirs"), (99, False, "pyfixest", "theirs"),
    ):  # fmt: skip
        monkeypatch.setattr(gravity, "_OWN_ROWS", rows)
        monkeypatch.setattr(gravity, "_is_there", lambda name, there=there: there and name == "pyfixest")
        Gravity(["x"], year="year", engine=engine)._fit(data)
        assert calls.pop() == whose
    monkeypatch.undo()
    assert gravity._is_there("numpy")
    assert not gravity._is_there("no_such_package")


def test_a_negative_binomial_has_the_size_and_slopes_of_statsmodels():
    from statsmodels.discrete.discrete_model import NegativeBinomial

    rng = np.random.default_rng(5)
    group, x = rng.integers(0, 3, 150), rng.normal(size=150)
    mean = np.exp(1 + 0.5 * x + 0.4 * group)
    y = rng.negative_binomial(1.4, 1.4 / (1.4 + mean)).astype(float)
    design = np.column_stack([x, *[group == g for g in range(3)]]).astype(float)
    theirs = NegativeBinomial(y, design).fit(
        start_params=[0.5, 1, 1, 1, 0.5], method="newton", maxiter=200, disp=0, tol=1e-12
    )
    fit = gravity_fit.fit_gravity(read_ranges(y, y), x[:, None], read_effects([group]), negative_binomial=True)
    assert fit.value == pytest.approx(theirs.llf, abs=1e-8)
    assert [fit.beta[0], *fit.levels] == pytest.approx(theirs.params[:-1].tolist(), abs=1e-6)
    assert 1 / fit.size == pytest.approx(theirs.params[-1], abs=1e-6)
    assert np.exp(x * fit.beta[0] + fit.levels[group]) == pytest.approx(fit.mean)
    assert fit.converged
    calm = gravity_fit.fit_gravity(
        read_ranges(*[rng.binomial(9, 0.5, 150).astype(float)] * 2),
        x[:, None],
        read_effects([group]),
        negative_binomial=True,
    )
    assert calm.size > 1e4  # counts that vary less than chance


def test_covariates_that_the_effects_explain_are_named_by_their_place():
    effects = read_effects([np.repeat([0, 1, 2], 6)])
    y = np.arange(1.0, 19)
    x = np.column_stack([np.tile([0.0, 1], 9), np.repeat([4.0, 5, 6], 6), np.sin(np.arange(18))])
    with pytest.raises(SpecificationError, match="covariates number 2 do not vary within the effects"):
        gravity_fit.fit_gravity(read_ranges(y, y), x, effects)
    same = np.column_stack([x[:, 0], x[:, 2], x[:, 0] + x[:, 2]])
    with pytest.raises(SpecificationError, match="covariates explain one another"):
        gravity_fit.fit_gravity(read_ranges(y, y), same, effects)
    assert gravity_fit.fit_gravity(read_ranges(y, y), x[:, [0, 2]], effects).converged


def test_a_covariate_that_rows_of_nobody_tell_one_way_is_refused_before_any_fit():
    effects = read_effects([np.repeat([0, 1], 6)])
    y = np.array([3.0, 0, 5, 2, 0, 4, 7, 0, 1, 0, 2, 6])
    level = np.repeat([4.0, -2.0], 6)  # among rows with people it is one number for each level of the effect
    for high, wide in ((0, 1.0), (0, -1.0), (4, 1.0)):
        turns = np.where(y == 0, wide, 0.0)
        counts = read_ranges(y, np.where(y == 0, high, y))
        with pytest.raises(SpecificationError, match="stands only with flows of nobody within the effects"):
            gravity_fit.refuse_separated(counts, (level + turns)[:, None], effects)
        turns[1] = -wide  # both ways it has an estimate
        gravity_fit.refuse_separated(counts, (level + turns)[:, None], effects)
    for some in (np.maximum(y, 1), np.zeros(12)):  # where all rows have people, or none has, nothing is told apart
        gravity_fit.refuse_separated(read_ranges(some, some), (level + (y == 0))[:, None], effects)
    ones = read_ranges(np.maximum(y, 1), np.maximum(y, 1), truncated=True)
    with pytest.raises(SpecificationError, match="stands only with flows of nobody"):
        gravity_fit.refuse_separated(
            ones, (level + (y <= 1))[:, None], effects
        )  # one is the least where none is listed


@pytest.mark.parametrize(
    ("people", "nobody", "none"),
    [
        ([[1, 0], [1, 0]], [[1, 1]], True),
        ([[1, 0], [1, 1]], [[1, 1]], False),
        ([[1, 0], [1, 0]], [[1, 1], [1, -1]], False),
        ([[1, 0], [1, 0]], [[1, 1], [1, 2]], True),
        ([[1, 0], [1, 0]], [[1, 0]], False),
        ([[1000, 0, 0], [1000, 0, 0]], [[1000, 1, 2], [1000, -1, 0]], True),
        ([[1, 0]], np.zeros((0, 2)), False),
    ],
)
def test_there_is_no_estimate_where_rows_of_nobody_tell_one_way(people, nobody, none):
    assert runs_away(np.array(people, float), np.array(nobody, float)) == none


def test_ranges_are_added_up_within_their_bounds():
    assert values_near(0, 60, np.array([1.0, 900.0])).tolist() == [list(range(61))] * 2
    low, far = values_near(0, 5000, np.array([4.0, 900.0]))
    half = np.ceil(12 * np.sqrt(900)) + 60
    assert (low[0], low[-1], far[0], far[-1]) == (0, 2 * half, 900 - half, 900 + half)
    top = values_near(0, 5000, np.array([9000.0]))[0]
    assert top[-1] == 5000
    one, many = np.array([0]), np.array([1_000_000])
    refuse_wide(one, many)
    with pytest.raises(SpecificationError, match="wider than 1,000,000"):
        refuse_wide(one, many + 1)
    eta = np.array([3.0])
    for width, fine in ((1000, True), (1001, False)):
        counts = read_ranges(np.array([0.0]), np.array([float(width)]))
        if fine:
            assert count_slopes(counts, eta, 2.0).value == pytest.approx(0, abs=1e-9)
        else:
            with pytest.raises(SpecificationError, match="wider than 1,000"):
                count_slopes(counts, eta, 2.0)


# errors


def crossed(scores, codes):
    sums = [scores[codes == one].sum(axis=0) for one in np.unique(codes)]
    return sum(np.outer(one, one) for one in sums)


def test_errors_add_scores_up_within_clusters():
    rng = np.random.default_rng(2)
    n = 40
    x, h, s = rng.normal(size=(n, 2)), rng.uniform(0.5, 2, n), rng.normal(size=n)
    a, b, year = rng.integers(0, 5, n), rng.integers(0, 4, n), rng.integers(0, 3, n)
    a[:5], b[:4], year[:3] = range(5), range(4), range(3)
    bread = np.linalg.inv(x.T @ (h[:, None] * x))
    scores = x * s[:, None]
    variance, df = clustered_variance(x, h, s, [], [a])
    assert variance == pytest.approx(bread @ (scores.T @ scores) @ bread * n / (n - 1) * (n - 1) / (n - 7))
    assert df == n - 7
    for effects, k in (([], 2), ([a], 2 + 1), ([b], 2 + 4), ([a, b], 2 + 1 + 4 - 1), ([year, b], 2 + 3 + 4 - 1)):
        variance, df = clustered_variance(x, h, s, [a], effects)
        # of effects that lie within clusters one level counts, and all kinds have one in common
        assert variance == pytest.approx(bread @ crossed(scores, a) @ bread * 5 / 4 * (n - 1) / (n - k)), k
        assert df == 4
    variance, df = clustered_variance(x, h, s, [a, b], [])
    whole = crossed(scores, a) + crossed(scores, b) - crossed(scores, a * 10 + b)
    plain = bread @ whole @ bread * 4 / 3
    values, axes = np.linalg.eigh(plain)
    assert variance == pytest.approx((axes * values.clip(0)) @ axes.T * (n - 1) / (n - 2))
    assert df == 3
    with pytest.raises(SpecificationError, match="all 40 flows are of 1 cluster"):
        clustered_variance(x, h, s, [np.zeros(n, dtype=int)], [])


def panel(places=9, years=3, seed=4):
    rng = np.random.default_rng(seed)
    o, d = (one.ravel() for one in np.indices((places, places)))
    o, d = o[o != d], d[o != d]
    mean = rng.uniform(2, 6, (len(o), years))
    y = rng.poisson(mean).astype(float)
    x = rng.normal(size=(len(o), years, 2))
    rows = np.arange(len(o) * years)
    pairs = as_pairs(
        y.ravel(),
        mean.ravel(),
        x.reshape(-1, 2),
        rows // years,
        rows % years,
        (np.repeat(o, years), np.repeat(d, years)),
    )
    assert pairs.y.tolist() == y.tolist()
    assert (pairs.origin.tolist(), pairs.destination.tolist()) == (o.tolist(), d.tolist())
    return pairs


@pytest.mark.parametrize("three_way", [False, True])
def test_bias_and_variance_are_those_of_the_paper_in_loops(three_way):
    pairs = panel()
    years, k = pairs.y.shape[1], 2
    rows = range(len(pairs.y))
    theta = pairs.mean / pairs.mean.sum(axis=1, keepdims=True)
    score, hessian, observed, third = [], [], [], []
    for p in rows:
        one, total, whole = theta[p], pairs.mean[p].sum(), pairs.y[p].sum()
        score.append(pairs.y[p] - one * whole if three_way else pairs.y[p] - pairs.mean[p])
        spread = np.diag(one) - np.outer(one, one)
        hessian.append(total * spread if three_way else np.diag(pairs.mean[p]))
        observed.append(whole * spread)
        cube = np.zeros((years,) * 3)  # third cumulants of one draw
        for i, j, m in np.ndindex(cube.shape):
            cube[i, j, m] = (
                one[i] * (i == j == m) - one[i] * one[m] * (i == j) - one[i] * one[j] * (i == m) - one[j] * one[i] * (j == m)
                + 2 * one[i] * one[j] * one[m]
            )  # fmt: skip
        third.append(-total * cube)
    weight = sum(pairs.x[p].T @ np.diag(pairs.mean[p]) @ pairs.x[p] for p in rows)
    bread, bias, inverse = np.linalg.inv(weight), np.zeros(k), {}
    for side, codes in (("i", pairs.origin), ("j", pairs.destination)):
        for place in np.unique(codes):
            own = [p for p in rows if codes[p] == place]
            inv = np.linalg.pinv(sum(hessian[p] for p in own), rcond=1e-9)
            inverse[side, place] = inv
            if three_way:
                outer = sum(np.outer(score[p], score[p]) for p in own)
                for c in range(k):
                    first = sum(np.outer(observed[p] @ pairs.x[p][:, c], score[p]) for p in own)
                    bent = sum(third[p] @ pairs.x[p][:, c] for p in own)
                    bias[c] += -np.trace(inv @ first) + 0.5 * np.trace(bent @ inv @ outer @ inv)
    meat = np.zeros((k, k))
    for p in rows:
        taken = pairs.x[p] @ bread @ pairs.x[p].T + inverse["i", pairs.origin[p]] + inverse["j", pairs.destination[p]]
        assert np.abs(np.linalg.eigvals(hessian[p] @ taken)).max() < 0.9
        full = np.linalg.solve(np.eye(years) - hessian[p] @ taken, score[p])
        meat += np.outer(pairs.x[p].T @ full, pairs.x[p].T @ score[p])
    found, variance = bias_and_variance(pairs, three_way=three_way)
    assert found == pytest.approx(bread @ bias, rel=1e-8, abs=1e-14)
    assert variance == pytest.approx(bread @ (meat + meat.T) / 2 @ bread, rel=1e-8)


def test_no_more_is_put_back_than_nine_tenths_ask_for():
    found = _put_back(np.eye(2)[None], np.diag([0.95, 0.5])[None], np.ones((1, 2)))
    assert found[0] == pytest.approx([1 + 0.95 / 0.1, 1 + 0.5 / 0.5])
    turned = np.array([[0.6, 0.8], [-0.8, 0.6]])
    found = _put_back((turned @ np.diag([4.0, 1.0]) @ turned.T)[None], 0.1 * np.eye(2)[None], np.array([[1.0, 2.0]]))
    hessian = turned @ np.diag([4.0, 1.0]) @ turned.T
    assert found[0] == pytest.approx(np.linalg.solve(np.eye(2) - hessian * 0.1, [1.0, 2.0]))


def test_many_pairs_are_added_up_in_parts(monkeypatch):
    pairs = panel(places=47, years=1, seed=1)  # 2,162 pairs, in two parts
    bread = np.linalg.inv(np.einsum("pt,ptk,ptl->kl", pairs.mean, pairs.x, pairs.x))
    sums = [np.bincount(codes, pairs.mean[:, 0]) for codes in (pairs.origin, pairs.destination)]
    x, s = pairs.x[:, 0], (pairs.y - pairs.mean)[:, 0]
    taken = np.einsum("pk,kl,pl->p", x, bread, x) + 1 / sums[0][pairs.origin] + 1 / sums[1][pairs.destination]
    full = s / (1 - pairs.mean[:, 0] * taken)
    meat = (x * full[:, None]).T @ (x * s[:, None])
    assert bias_and_variance(pairs, three_way=False)[1] == pytest.approx(bread @ (meat + meat.T) / 2 @ bread)


def test_errors_by_pair_are_enlarged_for_few_pairs_and_other_clusters_keep_theirs():
    columns = Columns(("flow", "flow"), "origin", "destination", "year", ("x",))
    data = read_gravity(FRAME, columns, THREE)
    fit = Gravity(["x"], year="year", effects=THREE)._fit(data)
    pairs = as_pairs(data.low, fit.mean, fit.within, data.pair, data.year, (data.origin, data.destination))
    bias, variance = bias_and_variance(pairs, three_way=True)
    found = gravity._correct(data, fit, THREE, "pair", wanted=True)
    groups = data.pair.max() + 1
    assert found.df == groups - 1
    assert found.variance == pytest.approx(variance * groups / (groups - 1))
    assert (found.beta.tolist(), found.bias.tolist()) == ((fit.beta - bias).tolist(), bias.tolist())
    by_origin = gravity._correct(data, fit, THREE, "origin", wanted=True)
    assert by_origin.variance is by_origin.plain_variance
    assert by_origin.bias.tolist() == bias.tolist()
    for kinds, wanted, known in ((THREE, False, True), (["pair", "year"], True, False), (TWO[::-1], False, True)):
        left = gravity._correct(data, fit, kinds, "pair", wanted=wanted)
        assert left.known == known
        assert left.beta is fit.beta
        assert left.bias.tolist() == [0]


# checks


@pytest.mark.parametrize(("left", "status"), [(5, "pass"), (6, "review")])
def test_more_than_half_of_the_rows_left_out_is_reviewed(left, status):
    for least in (0, 1):
        said = gravity.check_left_out(left, 10, least=least)
        assert (said.status, dict(said.numbers)) == (status, {"left_out": left, "rows": 10})
        assert ("one person" in str(said.message)) == bool(least)


def test_checks_of_gravity_models_turn_at_their_bounds():
    for df, cluster, status, told in ((28, "pair", "review", 29), (29, "pair", "pass", 30), (5, "none", "pass", 5)):
        said = gravity.check_clusters(df, cluster)
        assert (said.status, dict(said.numbers), said.message.values["clusters"]) == (
            status,
            {"clusters": df + 1},
            told,
        )
        assert f" {told} clusters" in str(said.message)
    assert gravity.check_repeated(0) == ()
    (said,) = gravity.check_repeated(3)
    assert (said.status, dict(said.numbers)) == ("review", {"repeated": 3})
    for domestic, status in (([False, False], "review"), ([True, False], "pass")):
        said = gravity.check_domestic(np.array(domestic))
        assert (said.status, dict(said.numbers)) == (status, {"domestic": sum(domestic)})
    for converged, status in ((True, "pass"), (False, "fail")):
        said = gravity.check_converged(converged=converged)
        assert (said.status, said.voids, said.stands) == (status, True, converged)
    for kinds, known, wanted, repeated, status in (
        (TWO, True, True, False, "pass"), (THREE, False, True, False, "review"), (TWO, False, False, False, "review"),
        (TWO, False, True, True, "review"), (["origin"], False, True, True, "pass"), (["origin"], False, True, False, "pass"),
        ([*TWO, "year"], False, True, True, "review"),
    ):  # fmt: skip
        assert gravity._check_correction(kinds, known=known, wanted=wanted, repeated=repeated).status == status
    for masked, wide, status in ((8, True, "pass"), (9, True, "review"), (1, False, "review"), (0, False, "pass")):
        said = interval_gravity._check_masked(np.arange(10) < masked, wide=wide)
        assert (said.status, said.numbers["share"], said.message.values["share"]) == (status, masked / 10, masked / 10)
    for size, status in ((2.1e-3, "pass"), (2e-3, "fail")):
        said = interval_gravity._check_size(size)
        assert (said.status, said.voids) == (status, True)
    words = set()
    for corrected, wanted, cluster, status in (
        (True, True, "pair", "pass"), (False, True, "pair", "review"), (False, True, "none", "review"), (False, True, "origin", "pass"),
        (False, True, "both", "pass"), (False, False, "pair", "review"), (False, False, "destination", "pass"),
    ):  # fmt: skip
        said = interval_gravity._check_errors(corrected=corrected, wanted=wanted, cluster=cluster)
        assert (said.name, said.status) == ("incidental effects", status)
        words.add((corrected, wanted, str(said.message)))
    assert len(words) == 3


def listed(frame, **fit):
    data = read_gravity(frame, COLUMNS, ["year"])
    return data, SimpleNamespace(mean=np.full(len(data.low), fit.get("mean", 2.0)), size=fit.get("size", np.inf))


def test_corridors_that_are_not_there_are_counted():
    home = FRAME["origin"] == FRAME["destination"]
    full = FRAME.assign(flow=FRAME["flow"].clip(lower=1))
    for frame, possible in ((full, 98), (full[~home], 84)):  # seven places and two years, at home or not
        for gone in (0, 3):
            data, _ = listed(frame.iloc[gone:])
            said = interval_gravity._check_listed(data, zeros=False)
            assert (said.status, dict(said.numbers)) == ("pass", {"absent": gone, "possible": possible})
    for gone, zeros, status in ((9, False, "pass"), (10, False, "review"), (10, True, "pass")):
        data, _ = listed(full.iloc[gone:])
        said = interval_gravity._check_listed(data, zeros=zeros)
        assert (said.status, dict(said.numbers)) == (status, {"absent": gone, "possible": 98})
    twice = pd.concat([full, full[:5]])
    assert interval_gravity._check_listed(listed(twice)[0], zeros=False).numbers["absent"] == 0
    for mean, size in ((2.0, np.inf), (2.0, 1.5)):
        data, fit = listed(full.drop(index=range(0, 60, 3)), mean=mean, size=size)
        none = poisson.pmf(0, mean) if np.isinf(size) else nbinom.pmf(0, size, size / (size + mean))
        said = interval_gravity._check_expected(data, fit)
        assert said.numbers == {"absent": 20, "expected": pytest.approx(78 * none / (1 - none))}
        assert (said.status == "pass") == (0.5 <= 78 * none / (1 - none) / 20 <= 2)
    data, fit = listed(full[~home].drop(index=full[~home].index[:60:3]))
    assert interval_gravity._check_expected(data, fit).numbers["absent"] == 20
    # a tenth of the corridors that are there, or twice the fewer of both, may be missing
    for gone, expected, status in (
        (8, 2.0, "pass"),
        (9, 2.0, "review"),
        (2, 9.0, "pass"),
        (2, 9.7, "review"),
        (15, 29.9, "pass"),
        (14, 29.9, "review"),
    ):
        data, fit = listed(full.drop(index=range(0, 3 * gone, 3)))
        fit.mean = np.full(98 - gone, np.log1p((98 - gone) / expected))
        said = interval_gravity._check_expected(data, fit)
        assert (said.status, dict(said.numbers)) == (status, {"absent": gone, "expected": pytest.approx(expected)})


def test_what_the_size_adds_is_added_to_both_errors(monkeypatch):
    frame = made(places=5, years=1, level=1.0).assign(flow=lambda d: d["flow"] ** 2 // 3 + 1)
    frame = frame.assign(low=frame["flow"], high=frame["flow"])
    places, tables = {"effects": ["origin", "destination"]}, []
    for extra in (0.0, 0.25):
        monkeypatch.setattr(interval_gravity, "added_by_size", lambda *_, extra=extra: np.full((1, 1), extra))
        tables.append(IntervalGravity(["x"], listed="positive", **places).fit(frame).coefficients.loc["x"])
    for name in ("std_error", "std_error_uncorrected"):
        assert tables[1][name] ** 2 - tables[0][name] ** 2 == pytest.approx(0.25)
    assert tables[0]["std_error"] > tables[0]["std_error_uncorrected"]
    calls = []
    monkeypatch.setattr(interval_gravity, "added_by_size", lambda *_: calls.append(1) or np.zeros((1, 1)))
    IntervalGravity(["x"], listed="positive", distribution="poisson", **places).fit(frame)
    assert not calls
    with pytest.raises(SpecificationError, match="counts have fractions"):
        IntervalGravity(["x"], year="year").fit(frame.assign(high=frame["high"] + 0.5))
    with pytest.raises(SpecificationError, match="counts have fractions"):
        IntervalGravity(["x"], year="year").fit(frame.assign(low=frame["low"] - 0.5))
