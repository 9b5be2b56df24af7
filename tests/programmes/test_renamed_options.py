"""Former names of options work for one version more, and warn."""

import pytest

from ctresearch.core.errors import UnknownOptionError
from ctresearch.core.renamed import RenamedWarning
from ctresearch.programmes import ClusterTrial, ComplierEffect, DifferenceInDifferences, SpillOver, SteppedWedge

CASES = {
    ClusterTrial: {},
    SteppedWedge: {"period": "t"},
    ComplierEffect: {"received": "went"},
    SpillOver: {"neighbours": [("a", "b")]},
    DifferenceInDifferences: {"wave": "t"},
}


@pytest.mark.parametrize(("model", "rest"), CASES.items(), ids=lambda one: getattr(one, "__name__", ""))
def test_arm_is_treatment_and_stratum_is_strata(model, rest):
    with pytest.warns(RenamedWarning, match=r"arm= is now treatment=, and goes in version 0\.3"):
        former = model(outcome="y", arm="a", cluster="v", **rest)
    assert former.get_params() == model(outcome="y", treatment="a", cluster="v", **rest).get_params()
    if model is DifferenceInDifferences:
        with pytest.raises(UnknownOptionError, match="stratum"):
            model(outcome="y", treatment="a", cluster="v", stratum="s", **rest)
        return
    with pytest.warns(RenamedWarning, match=r"stratum= is now strata="):
        assert model(outcome="y", treatment="a", cluster="v", stratum="s", **rest).strata == "s"
