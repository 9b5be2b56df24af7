"""What every estimator owes its users, asked of all of them."""

import dataclasses
import inspect
import json
import pickle

import pytest
from sklearn.base import clone

from ctresearch.core import CtResearchError, Result, SpecificationError
from ctresearch.core.cite import doi, references
from estimators import EXAMPLES
from fitted import ESTIMATORS, fit


def test_every_estimator_has_an_example():
    assert set(ESTIMATORS) == set(EXAMPLES)


@pytest.fixture(params=sorted(ESTIMATORS))
def case(request):
    return ESTIMATORS[request.param], EXAMPLES[request.param]


EVERY = pytest.mark.parametrize("name", sorted(ESTIMATORS))


@EVERY
def test_the_result_is_frozen_and_the_estimator_untouched(name):
    fitted = fit(name)
    assert isinstance(fitted.result, Result)
    assert fitted.before == fitted.after
    with pytest.raises(dataclasses.FrozenInstanceError):
        fitted.result.n = 1


@EVERY
def test_json_and_pickle_bring_the_same_result_back(name):
    result = fit(name).result
    assert Result.from_dict(json.loads(json.dumps(result.to_dict(), allow_nan=False))) == result
    assert pickle.loads(pickle.dumps(result)) == result


@EVERY
def test_one_seed_gives_the_same_bytes_for_any_number_of_workers(name):
    one, two = (json.dumps(fit(name, jobs).result.to_dict()) for jobs in (1, 2))
    assert one == two


@EVERY
def test_it_renders_everywhere_without_clock_or_address(name):
    result = fit(name).result
    for text in (result.summary(), result._repr_html_()):
        assert result.scope.population in text
        assert " at 0x" not in text
    assert result.plot().get_xlabel()
    assert result.inputs.digest


def test_bad_data_give_one_sentence(case):
    kind, example = case
    for data in example.refused:
        with pytest.raises(CtResearchError) as caught:
            kind(**example.options).fit(data)
        assert str(caught.value)
        assert "\n" not in str(caught.value)


def test_options_are_keyword_only_and_unknown_ones_refused(case):
    kind, _ = case
    parameters = list(inspect.signature(kind).parameters.values())
    assert sum(p.kind is not inspect.Parameter.KEYWORD_ONLY for p in parameters) <= 1
    with pytest.raises(SpecificationError, match="has no option 'no_such_option'") as caught:
        kind(no_such_option=1)
    assert isinstance(caught.value, TypeError)


def test_it_shows_and_copies_its_options(case):
    kind, example = case
    estimator = kind(**example.options)
    parameters = inspect.signature(kind).parameters
    assert list(estimator.get_params()) == list(parameters)
    assert {name: estimator.get_params()[name] for name in example.options} == example.options
    copy = clone(estimator)
    assert type(copy) is kind
    assert repr(copy) == repr(estimator)
    assert repr(estimator).startswith(f"{kind.__name__}(")
    assert " at 0x" not in repr(estimator)


def test_a_misspelled_option_is_told_what_it_may_have_meant(case):
    kind, _ = case
    name = max(inspect.signature(kind).parameters, key=len)
    misspelled = name[:-2] + name[-1]
    with pytest.raises(SpecificationError, match=f"{misspelled!r}: did you mean {name!r}"):
        kind(**{misspelled: 1})


def test_it_cites_a_paper_by_doi(case):
    kind, _ = case
    assert any(doi(reference) for reference in references(kind))
