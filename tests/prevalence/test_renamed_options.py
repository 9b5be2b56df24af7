"""Options under their old names still work for one version, and say so."""

import pytest

from ctresearch.core import SpecificationError
from ctresearch.core.renamed import RenamedWarning
from ctresearch.prevalence import DoublyRobust, LowerBound, PartialLogLinear, SampleCoverage

TWO_LISTS = {"lists": ["a", "b"], "covariates": ["age"]}


@pytest.mark.parametrize(
    ("estimator", "options", "old", "new", "value"),
    [
        (LowerBound, {}, "lists", "list_chances", "equal"),
        (SampleCoverage, {}, "estimator", "version", "one_step"),
        (DoublyRobust, TWO_LISTS, "estimator", "version", "plug_in"),
    ],
)
def test_an_old_name_warns_and_means_the_new_one(estimator, options, old, new, value):
    with pytest.warns(RenamedWarning, match=rf"{old}= is now {new}=.*0\.3"):
        former = estimator(**options, **{old: value})
    assert former.get_params()[new] == value
    assert repr(former) == repr(estimator(**options, **{new: value}))
    with pytest.raises(SpecificationError, match=f"give {new}= alone"):
        estimator(**options, **{old: value, new: value})


def test_names_of_lists_are_no_chances():
    with (
        pytest.warns(RenamedWarning),
        pytest.raises(SpecificationError, match=r"list_chances == .* must be one of 'unequal'"),
    ):
        LowerBound(lists=["police", "charity"])


def test_a_model_goes_with_fixed_alone():
    with pytest.raises(SpecificationError, match="goes with select='fixed', not with select='aic'"):
        PartialLogLinear("aic", model="[1,2]")
