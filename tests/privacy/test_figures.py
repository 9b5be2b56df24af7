"""No figure of a whole answer moves unseen."""

import pytest

from figures import compare, figures, read
from privacy.figure_cases import CASES

KEPT = read("privacy")


@pytest.mark.parametrize("case", CASES)
def test_figures_are_those_written_down(case):
    compare(figures(CASES[case]()), KEPT[case])
