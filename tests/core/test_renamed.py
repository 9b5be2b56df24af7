"""Old names of options work for one version more, with a warning that says what to write."""

from pathlib import Path

import pytest

from ctresearch.core import SpecificationError
from ctresearch.core.errors import UnknownOptionError
from ctresearch.core.estimator import Options
from ctresearch.core.renamed import RenamedWarning, renamed


@renamed(gone="0.3", adjust="covariates", by="before")
def effect(frame, *, covariates=(), before=None):
    return frame, covariates, before


class Effect(Options):
    @renamed(gone="0.3", adjust="covariates")
    def __init__(self, *, covariates=(), level=0.95):
        self.covariates = covariates
        self.level = level


def test_an_old_name_works_and_warns():
    with pytest.warns(RenamedWarning, match=r"adjust= is now covariates=, and goes in version 0\.3") as said:
        assert effect(1, adjust=["x"], before=2) == (1, ["x"], 2)
    assert Path(said[0].filename).name != "renamed.py"  # it points at the caller
    with pytest.warns(RenamedWarning, match="write covariates=") as said:
        made = Effect(adjust=["x"])
    assert Path(said[0].filename).name != "renamed.py"  # it points at the caller
    assert made.get_params() == {"covariates": ["x"], "level": 0.95}
    assert repr(made) == "Effect(covariates=['x'])"


def test_new_names_are_quiet():
    assert effect(1, covariates=["x"]) == (1, ["x"], None)
    assert Effect(covariates=["x"]).covariates == ["x"]


def test_both_names_at_once_are_refused():
    for call in (effect, lambda _, **options: Effect(**options)):
        with pytest.raises(SpecificationError, match="both were given"):
            call(1, adjust=["x"], covariates=["y"])
        with pytest.raises(SpecificationError, match="both were given"):
            call(1, covariates=["y"], adjust=["x"])


def test_an_unknown_name_is_still_refused():
    with pytest.raises(UnknownOptionError, match="did you mean 'covariates'"):
        Effect(covariate=["x"])
