"""What every estimator owes its users, asked of all of them."""

import dataclasses
import importlib
import inspect
import json
import pickle
from pathlib import Path

import pytest
from sklearn.base import clone

import ctresearch
from ctresearch.core import CtResearchError, Estimator, Result, SpecificationError
from ctresearch.core.cite import doi, references
from ctresearch.core.parallel import workers
from estimators import EXAMPLES

ROOMS = sorted(p.parent.name for p in Path(ctresearch.__file__).parent.glob("*/__init__.py"))


def found():
    """Find every public class with a ``fit`` method."""
    for room in ROOMS:
        module = importlib.import_module(f"ctresearch.{room}")
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.isclass(thing) and thing is not Estimator and callable(getattr(thing, "fit", None)):
                yield name, thing


ESTIMATORS = dict(found())


def test_every_estimator_has_an_example():
    assert set(ESTIMATORS) == set(EXAMPLES)


@pytest.fixture(params=sorted(ESTIMATORS))
def case(request):
    return ESTIMATORS[request.param], EXAMPLES[request.param]


def test_the_result_is_frozen_and_the_estimator_untouched(case):
    kind, example = case
    estimator = kind(**example.options)
    before = dict(vars(estimator)) if hasattr(estimator, "__dict__") else dataclasses.asdict(estimator)
    result = estimator.fit(example.data)
    after = dict(vars(estimator)) if hasattr(estimator, "__dict__") else dataclasses.asdict(estimator)
    assert isinstance(result, Result)
    assert before == after
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.n = 1


def test_json_and_pickle_bring_the_same_result_back(case):
    kind, example = case
    result = kind(**example.options).fit(example.data)
    assert Result.from_dict(json.loads(json.dumps(result.to_dict(), allow_nan=False))) == result
    assert pickle.loads(pickle.dumps(result)) == result


def test_one_seed_gives_the_same_bytes_for_any_number_of_workers(case):
    kind, example = case
    texts = []
    for jobs in (1, 2):
        with workers(jobs):
            texts.append(json.dumps(kind(**example.options).fit(example.data).to_dict()))
    assert texts[0] == texts[1]


def test_it_renders_everywhere_without_clock_or_address(case):
    kind, example = case
    result = kind(**example.options).fit(example.data)
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
