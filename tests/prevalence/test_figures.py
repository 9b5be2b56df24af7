"""No figure of a whole result moves unseen."""

import pytest

from figures import compare, figures, read
from prevalence.figure_cases import CASES


@pytest.mark.parametrize("case", CASES)
def test_figures_are_those_written_down(case):
    compare(figures(CASES[case]()), read("prevalence")[case])
