"""Kernels keep to their arrays: as Python, where a step outside is an error, they give the figures written down."""

import pytest

from figures import compare, figures, read
from interpreted import interpreted
from networks.figure_cases import CASES

# small enough for Python, each with a kernel or an option of one that no other has
WANTED = (
    *("describe", "structural", "weighted holes", "core", "efficiency", "disrupt", "recover", "one shot", "bands"),
    *("deletion", "key", "backbone sdsm", "small_world", "missing blocks", "scripts", "classes", "ranks betweenness"),
    *("centrality betweenness", "centrality closeness", "directed disrupt", "directed recover"),
    *("isolated describe", "isolated disrupt"),
)
KERNELS = [name for name in CASES if name.startswith(WANTED)]


@pytest.mark.slow
@pytest.mark.parametrize("case", KERNELS)
def test_kernels_as_python_give_the_figures_written_down(case):
    with interpreted("networks"):
        found = figures(CASES[case]())
    compare(found, read("networks")[case])
