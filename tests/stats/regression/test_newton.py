"""The climb to a maximum: its steps, what it returns, and which columns it names where there is none."""

import numpy as np
import pytest

from ctresearch.core import FitError
from ctresearch.stats.regression.newton import Local, maximise

CURVE = np.array([[2.0, 0.5], [0.5, 1.0]])
TOP = np.array([1.0, -2.0])


def bowl(seen=None):
    def objective(b):
        if seen is not None:
            seen.append(b.copy())
        away = b - TOP
        return Local(-float(away @ CURVE @ away) / 2 + 3, -CURVE @ away, CURVE)

    return objective


def test_a_parabola_takes_one_step_and_one_that_moves_nothing():
    found = maximise(bowl(), ("x", "z"))
    np.testing.assert_allclose(found.point, TOP, rtol=1e-14)
    assert found.steps == 2
    assert found.start.value == pytest.approx(3 - TOP @ CURVE @ TOP / 2, rel=1e-14)
    assert found.end.value == pytest.approx(3.0, rel=1e-14)
    np.testing.assert_allclose(found.covariance, np.linalg.inv(CURVE), rtol=1e-14)


def test_the_climb_begins_at_0_or_where_it_is_told():
    seen = []
    maximise(bowl(seen), ("x", "z"))
    assert seen[0].tolist() == [0.0, 0.0]
    seen.clear()
    found = maximise(bowl(seen), ("x", "z"), start=np.array([4.0, 4.0]))
    assert seen[0].tolist() == [4.0, 4.0]
    assert found.start.value == bowl()(np.array([4.0, 4.0])).value
    assert maximise(bowl(), ("x", "z"), start=TOP).steps == 1


def test_a_step_is_halved_until_the_function_does_not_fall():
    seen = []

    def steep(b):
        seen.append(float(b[0]))
        # not allowed from 1.1 on: steps of 4, 2 and 1 are tried from 0
        value = -np.inf if b[0] > 1.1 else -((float(b[0]) - 1) ** 2)
        return Local(value, np.array([4.0 if b[0] == 0 else 2 * (1 - b[0])]), np.array([[1.0 if b[0] == 0 else 2.0]]))

    found = maximise(steep, ("x",))
    assert seen[:4] == [0.0, 4.0, 2.0, 1.0]
    assert found.point.tolist() == [1.0]


def test_a_function_that_falls_in_the_last_digits_alone_is_not_halved():
    seen = []

    def flat(b):
        seen.append(float(b[0]))
        value = {0.0: -1.0, 1.0: -1.0 - 5e-11}.get(float(b[0]), -9.0)
        return Local(value, np.array([1.0 if b[0] == 0 else 0.0]), np.eye(1))

    assert maximise(flat, ("x",)).point.tolist() == [1.0]
    assert seen == [0.0, 1.0, 1.0]


def test_where_every_half_falls_the_climb_stays():
    def down(b):
        return Local(-abs(float(b[0])), np.array([1.0]), np.eye(1))  # a slope that lies

    with pytest.raises(FitError, match="no maximum"):
        maximise(down, ("x",))


def test_the_columns_that_run_away_are_named_and_no_others():
    def rising(b):
        # x rises for ever with steps of 1, z has its top at 2, w moves by a twentieth of x's step
        return Local(
            float(b[0]) - (b[1] - 2) ** 2 + 0.05 * b[2], np.array([1.0, 2 * (2 - b[1]), 0.05]), np.diag([1.0, 2.0, 1.0])
        )

    with pytest.raises(FitError, match="after 30 steps as the coefficients of 'x' grow") as refused:
        maximise(rising, ("x", "z", "w"))
    assert "merge its levels" in str(refused.value)

    def together(b):
        return Local(float(b[0] + 0.1 * b[1]), np.array([1.0, 0.1]), np.eye(2))

    with pytest.raises(FitError, match="coefficients of 'x', 'z' grow"):  # a tenth counts
        maximise(together, ("x", "z"))


def test_a_curvature_that_cannot_be_inverted_names_what_is_far_out_or_all():
    def flat(b):
        return Local(0.0, np.zeros(2), np.zeros((2, 2)))

    with pytest.raises(FitError, match="coefficients of 'x', 'z' grow"):
        maximise(flat, ("x", "z"))

    def no_number(b):
        slopes = np.array([6.0, 0.0]) if b[0] == 0 else np.array([1.0, np.nan])
        return Local(float(b[0]), slopes, np.eye(2))

    # x has come beyond 5, and z's step is no number
    with pytest.raises(FitError, match="coefficients of 'x', 'z' grow"):
        maximise(no_number, ("x", "z"))
