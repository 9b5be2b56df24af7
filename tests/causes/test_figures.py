"""No figure of a whole result moves unseen."""

import pytest

from causes.figure_cases import CASES
from figures import compare, figures, read


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=[pytest.mark.slow] if case == "big bounds" else []) for case in CASES]
)
def test_figures_are_those_written_down(case):
    compare(figures(CASES[case]()), read("causes")[case])
