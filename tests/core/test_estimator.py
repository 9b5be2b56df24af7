"""Options are remembered as they were given, shown, copied and refused by name."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import Estimator
from ctresearch.core.errors import UnknownOptionError
from ctresearch.core.estimator import Options


class Mean(Options):
    def __init__(self, first=1, *, level=0.95, weights=None, key=len):
        self.level = level / 2  # what is kept may differ from what was given

    def fit(self, data):
        return data


class Weighted(Mean):
    def __init__(self, *, power=2):
        super().__init__(power, level=0.5)


def test_options_are_kept_as_given():
    made = Mean(3, level=0.9)
    assert made.get_params() == {"first": 3, "level": 0.9, "weights": None, "key": len}
    assert repr(made) == "Mean(3, level=0.9)"
    assert repr(Mean()) == "Mean()"
    assert Weighted(power=3).get_params() == {"power": 3}
    assert repr(Weighted(power=3)) == "Weighted(power=3)"
    assert isinstance(made, Estimator)
    assert not isinstance(object(), Estimator)


def test_tables_and_functions_are_shown_without_cells_and_addresses():
    table = pd.DataFrame({"name": ["Marie", "Ana"]})
    assert repr(Mean(weights=table, key=sorted)) == "Mean(weights=<DataFrame of 2 by 1>, key=sorted)"
    assert repr(Mean(weights=np.zeros(3))) == "Mean(weights=<ndarray of 3>)"


def test_a_misspelled_option_is_refused_with_the_nearest():
    with pytest.raises(UnknownOptionError, match=r"^Mean has no option 'levell': did you mean 'level'"):
        Mean(levell=0.9)
    with pytest.raises(UnknownOptionError, match=r"has no option 'q'; its options are first, level, weights, key$"):
        Mean(q=1)


def test_scikit_learn_copies_an_estimator():
    from sklearn.base import clone

    assert clone(Mean(2, level=0.8)).get_params() == Mean(2, level=0.8).get_params()
