"""No figure of a whole result moves unseen."""

import pytest

from figures import compare, figures, read
from networks.figure_cases import CASES

KEPT = read("networks")


@pytest.mark.parametrize("case", CASES)
def test_figures_are_those_written_down(case):
    compare(figures(CASES[case]()), KEPT[case])
