"""Kernels keep to their arrays: as Python, where a step outside is an error, they give the figures written down."""

import pytest

from consequences.figure_cases import CASES
from figures import compare, figures, read
from interpreted import interpreted

KERNELS = [name for name in CASES if name.startswith(("hazards", "fine-gray"))]


@pytest.mark.slow
@pytest.mark.parametrize("case", KERNELS)
def test_kernels_as_python_give_the_figures_written_down(case):
    with interpreted("consequences"):
        found = figures(CASES[case]())
    compare(found, read("consequences")[case])
