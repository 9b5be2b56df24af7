"""Kernels keep to their arrays: as Python, where a step outside is an error, they give the figures written down."""

import pytest

from figures import compare, figures, read
from interpreted import interpreted
from privacy.figure_cases import CASES

KERNELS = ("match", "draw rows", "draw as many", "synthesis few")


@pytest.mark.parametrize("case", KERNELS)
def test_kernels_as_python_give_the_figures_written_down(case):
    with interpreted("privacy"):
        found = figures(CASES[case]())
    compare(found, read("privacy")[case])
