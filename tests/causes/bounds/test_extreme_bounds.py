import os
import signal
import subprocess
import sys
import textwrap
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from ctresearch.causes import CausalGraph, ExtremeBounds
from ctresearch.causes.bounds.subset_regressions import choices, fit_by_rows, fit_complete
from ctresearch.causes.table.checkpoint import Checkpoint
from ctresearch.core import DataError, SpecificationError
from patience import until

NAMES = list("abcdefg")


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(1)
    made = pd.DataFrame(rng.normal(size=(200, 7)) * [1, 10, 0.1, 1, 1, 1, 1] + 5, columns=NAMES)
    made["b"] += made["a"]
    made["y"] = 0.9 * made["a"] + 0.5 * made["d"] + rng.normal(size=200)
    return made.assign(village=np.arange(200) % 20)


def by_statsmodels(frame, focus, size, **fit):
    pool = [name for name in NAMES if name not in (focus, "g")]
    for others in combinations(pool, size):
        used = ["g", focus, *others]
        rows = frame[["y", *used]].notna().all(axis=1)
        options = {k: v if k != "cov_kwds" else {"groups": frame.loc[rows, "village"]} for k, v in fit.items()}
        found = sm.OLS(frame.loc[rows, "y"], sm.add_constant(frame.loc[rows, used])).fit(**options)
        yield found.params[focus], found.bse[focus], found.llf


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_every_regression_is_that_of_statsmodels(frame, size):
    result = ExtremeBounds(outcome="y", candidates=NAMES[:-1], fixed=["g"], focus=["a", "b"], size=size).fit(frame)
    for focus in ("a", "b"):
        rows = np.array(list(by_statsmodels(frame, focus, size)))
        b, se, height = rows.T
        found, z = result.bounds.loc[focus], 1.959963984540054
        weights = np.exp(height - height.max()) / np.exp(height - height.max()).sum()
        # the same numbers by another route; sweeping loses a few digits of sixteen
        assert found["low"] == pytest.approx((b - z * se).min(), rel=1e-9)
        assert found["high"] == pytest.approx((b + z * se).max(), rel=1e-9)
        assert found["mean"] == pytest.approx(weights @ b, rel=1e-9)
        assert found["regressions"] == len(b)


@pytest.mark.parametrize("cluster", [None, "village"])
def test_missing_rows_are_dropped_in_each_regression(frame, cluster):
    rng = np.random.default_rng(2)
    holes = frame.copy()
    holes[NAMES[:-1]] = holes[NAMES[:-1]].mask(rng.random((200, 6)) < 0.1)
    result = ExtremeBounds(
        outcome="y",
        candidates=NAMES[:-1],
        fixed=["g"],
        focus=["a"],
        size=2,
        missing="per_model",
        errors="robust",
        cluster=cluster,
    ).fit(holes)
    how = {"cov_type": "cluster", "cov_kwds": {}} if cluster else {"cov_type": "HC1"}
    b, se, _ = np.array(list(by_statsmodels(holes, "a", 2, **how))).T
    found, z = result.bounds.loc["a"], 1.959963984540054
    assert found["low"] == pytest.approx((b - z * se).min(), rel=1e-9)
    assert found["high"] == pytest.approx((b + z * se).max(), rel=1e-9)
    assert found["mean"] == pytest.approx(b.mean(), rel=1e-9)


def test_choices_are_all_combinations_from_any_rank():
    expected = np.array(list(combinations(range(8), 3)))
    assert (choices(8, 3, 0, 56) == expected).all()
    assert (choices(8, 3, 17, 20) == expected[17:37]).all()
    assert choices(8, 0, 0, 1).shape == (1, 0)


def test_both_kernels_agree_on_complete_data_but_for_the_errors(frame):
    order = frame[["a", "y", "b", "c", "d"]].to_numpy()
    z = np.column_stack([np.ones(200), order])
    picks = choices(3, 2, 0, 3)
    quick = fit_complete(z.T @ z, 200, 1, picks)
    columns = np.ascontiguousarray(z.T)
    slow = fit_by_rows(columns, np.isfinite(columns), 1, np.arange(200), picks)
    np.testing.assert_allclose(quick.estimate, slow.estimate, rtol=1e-9)
    np.testing.assert_allclose(quick.log_likelihood, slow.log_likelihood, rtol=1e-9)


def test_collinear_regressions_are_skipped_and_counted(frame):
    doubled = frame.assign(c=2 * frame["b"] + 1)
    result = ExtremeBounds(outcome="y", candidates=NAMES, focus=["a", "b"], size=2).fit(doubled)
    assert result.bounds["skipped"].to_dict() == {"a": 1, "b": 5}
    assert next(c for c in result.checks if c.name == "estimable").status == "review"
    constant = ExtremeBounds(outcome="y", candidates=NAMES, focus=["e"], size=1).fit(frame.assign(e=3.0))
    assert constant.status == "fail"
    assert np.isnan(constant.estimates.loc["e", "estimate"])


def test_only_the_true_causes_keep_their_sign(frame):
    bounds = ExtremeBounds(outcome="y", candidates=NAMES, size=3).fit(frame).bounds
    assert set(bounds.index[bounds["robust"]]) == {"a", "d"}
    assert bounds.loc["a", "cdf_normal"] > 0.999
    assert bounds.loc["a", "share_positive"] == 1


def test_a_checkpoint_is_used_and_belongs_to_one_piece_of_work(frame, tmp_path):
    options = {"outcome": "y", "candidates": NAMES, "size": 3, "checkpoint": tmp_path / "work"}
    first = ExtremeBounds(**options).fit(frame)
    stamps = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "work").iterdir()}
    assert ExtremeBounds(**options).fit(frame) == first
    assert {p.name: p.stat().st_mtime_ns for p in (tmp_path / "work").iterdir()} == stamps
    with pytest.raises(SpecificationError, match="other data or options"):
        ExtremeBounds(**options).fit(frame.assign(y=frame["y"] + frame["a"]))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("dear")
    with pytest.raises(SpecificationError, match="holds other files"):
        Checkpoint(tmp_path / "other", "key")


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_stopped(tmp_path):
    """The kill is real: the process gets signal 9 after its first chunks, and the second run must keep them."""
    program = textwrap.dedent(f"""
        import numpy as np, pandas as pd
        from ctresearch.causes import ExtremeBounds
        from ctresearch.core.parallel import workers
        rng = np.random.default_rng(1)
        frame = pd.DataFrame(rng.normal(size=(400, 61)), columns=["y", *(f"x{{i}}" for i in range(60))])
        with workers(1):
            model = ExtremeBounds(outcome="y", candidates=list(frame.columns[1:]), focus=["x0"], size=3, errors="robust",
                                  checkpoint={str(tmp_path / "work")!r})
            print(model.fit(frame).bounds.to_json())
    """)
    started = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.DEVNULL)
    until(lambda: list((tmp_path / "work").glob("chunk-*")), "the first chunk")
    os.kill(started.pid, signal.SIGKILL)
    assert started.wait() == -signal.SIGKILL
    kept = {p: p.stat().st_mtime_ns for p in (tmp_path / "work").glob("chunk-*")}
    assert 1 <= len(kept) < 2  # of two: 32,509 regressions in chunks of 20,000
    again = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert all(p.stat().st_mtime_ns == stamp for p, stamp in kept.items())
    third = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert again.stdout == third.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"candidates": ["a"]}, "at least 2"),
        ({"focus": ["z"]}, "must be among candidates"),
        ({"fixed": ["a"]}, "has two roles"),
        ({"size": 7}, "size == 7"),
        ({"missing": "per_model"}, "must be with 'robust' or a cluster"),
        ({"missing": "per_model", "errors": "robust", "weights": "likelihood"}, "must be 'equal'"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options, said):
    with pytest.raises(SpecificationError, match=said):
        ExtremeBounds(**({"outcome": "y", "candidates": NAMES} | options))


def test_bad_tables_are_refused(frame):
    with pytest.raises(DataError, match="must hold numbers"):
        ExtremeBounds(outcome="y", candidates=NAMES).fit(frame.assign(a="x"))
    with pytest.raises(DataError, match="complete in all"):
        ExtremeBounds(outcome="y", candidates=NAMES).fit(frame.assign(a=np.nan))
    with pytest.raises(DataError, match="must vary"):
        ExtremeBounds(outcome="y", candidates=NAMES).fit(frame.assign(y=1.0))


def test_a_fixed_control_that_the_graph_forbids_is_refused():
    graph = CausalGraph("a -> m; m -> y; b -> y")
    with pytest.raises(SpecificationError, match="'m' lies between"):
        ExtremeBounds(outcome="y", candidates=["a", "b"], fixed=["m"], focus=["a"], size=1, graph=graph)


@pytest.mark.parametrize(("rows", "complete", "by_rows"), [(4, False, False), (5, True, False), (6, True, True)])
def test_a_regression_needs_rows_to_spare(rows, complete, by_rows):
    rng = np.random.default_rng(2)
    columns = np.vstack([np.ones(rows), rng.normal(size=(4, rows))])  # constant, focus, outcome, two of the pool
    picks = choices(2, 2, 0, 1)
    quick = fit_complete(columns @ columns.T, rows, 1, picks)
    slow = fit_by_rows(columns, np.isfinite(columns), 1, np.arange(rows), picks)
    assert np.isfinite([quick.estimate[0], quick.std_error[0]]).all() == complete
    assert np.isfinite([slow.estimate[0], slow.std_error[0]]).all() == by_rows
    design = columns[[0, 1, 3, 4]].T
    if complete:
        solved = np.linalg.solve(design.T @ design, design.T @ columns[2])
        left = columns[2] - design @ solved
        variance = left @ left / (rows - 4) * np.linalg.inv(design.T @ design)[1, 1]
        assert quick.estimate[0] == pytest.approx(solved[1])
        assert quick.std_error[0] == pytest.approx(np.sqrt(variance), rel=1e-5)
