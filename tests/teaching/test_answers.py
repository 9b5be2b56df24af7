"""Answers of exercises are checked within their tolerance, and neither shown nor kept."""

import numpy as np
import pytest

from ctresearch.core import SpecificationError
from ctresearch.teaching import check_answer, seal_answer


@pytest.mark.parametrize("value", [11_313.0, -0.25, 0.0, 1e-6])
@pytest.mark.parametrize("tolerance", [0.01, 50.0])
def test_a_number_is_right_exactly_within_its_tolerance(value, tolerance):
    seal = seal_answer(value, tolerance=tolerance)
    for off in (-0.999, -0.3, 0.0, 0.6, 0.999):
        assert check_answer(value + off * tolerance, seal).status == "pass"
    for off in (-4.0, -1.001, 1.001, 2.0, 1000.0):
        assert check_answer(np.float64(value + off * tolerance), seal).status == "fail"


def test_a_word_is_right_however_it_is_spelt():
    seal = seal_answer("lower bound")
    assert check_answer("  Lower  Bound", seal).status == "pass"
    assert check_answer("upper bound", seal).status == "fail"


def test_nothing_yet_is_neither_right_nor_wrong():
    assert check_answer(..., seal_answer(3, tolerance=1)).status == "review"


def test_neither_the_seal_nor_what_comes_back_shows_an_answer():
    seal = seal_answer(11_313, tolerance=50)
    assert "11313" not in seal
    for given in (11_313, 90_909):
        assert str(given) not in str(check_answer(given, seal).to_dict())
    assert "hidden" not in seal_answer("hidden")


@pytest.mark.parametrize(
    ("answer", "seal", "said"),
    [
        ("b", seal_answer(3, tolerance=1), "answer is text, must be a number"),
        (3, seal_answer("b"), "answer is a whole number, must be a word"),
        (float("nan"), seal_answer(3, tolerance=1), "must be one finite number or a word"),
        (True, seal_answer("b"), "must be one finite number or a word"),
        ([3], seal_answer(3, tolerance=1), "must be one finite number or a word"),
        (3, "no seal", "pass what seal_answer"),
        (3, None, "pass what seal_answer"),
    ],
)
def test_what_cannot_be_checked_is_refused_without_being_shown(answer, seal, said):
    with pytest.raises(SpecificationError, match=said):
        check_answer(answer, seal)


@pytest.mark.parametrize(
    ("answer", "tolerance"), [(3, None), ("b", 1), (3, 0), (float("inf"), 1), ("", None), (None, 1)]
)
def test_what_cannot_be_sealed_is_refused(answer, tolerance):
    with pytest.raises(SpecificationError):
        seal_answer(answer, tolerance=tolerance)


def test_what_is_said_of_an_answer():
    seal, word = seal_answer(3.0, tolerance=0.25), seal_answer("bound")
    assert str(check_answer(3, seal).message) == "Right, within 0.25."
    assert str(check_answer("Bound", word).message) == "Right."
    for given, one in ((9, seal), ("other", word)):
        assert str(check_answer(given, one).message).startswith("Not yet:")
    assert str(check_answer(..., word).message).startswith("No answer yet:")
    assert {check_answer(given, seal).name for given in (3, 9, ...)} == {"answer"}
    head, offset, tolerance = seal.split(":")
    assert (len(head), float(offset), float(tolerance)) == (16, 0.0, 0.25)
    with pytest.raises(SpecificationError, match="tolerance == 1 is given for a word"):
        seal_answer("b", tolerance=1)
    with pytest.raises(SpecificationError, match="tolerance is None, must be a number above 0"):
        seal_answer(3)
    with pytest.raises(SpecificationError, match=r"^seal is text that no answer was sealed in"):
        check_answer(3, "no seal")
