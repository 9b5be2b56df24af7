"""Every estimator of the package, and its example fitted once for all the suites that look at what comes back."""

import dataclasses
import importlib
import inspect
from functools import cache
from pathlib import Path
from typing import Any

import ctresearch
from ctresearch.core import Estimator, Result
from ctresearch.core.parallel import workers
from estimators import EXAMPLES

ROOMS = sorted(path.parent.name for path in Path(ctresearch.__file__).parent.glob("*/__init__.py"))


def _found():
    """Find every public class with a ``fit`` method."""
    for room in ROOMS:
        module = importlib.import_module(f"ctresearch.{room}")
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.isclass(thing) and thing is not Estimator and callable(getattr(thing, "fit", None)):
                yield name, thing


ESTIMATORS = dict(_found())


@dataclasses.dataclass(frozen=True)
class Fit:
    """A result, and the attributes of its estimator before and after."""

    result: Result
    before: dict[str, Any]
    after: dict[str, Any]


@cache
def fit(name: str, jobs: int = 1) -> Fit:
    """Fit the example of an estimator, once in a process for each number of workers."""
    example = EXAMPLES[name]
    estimator = ESTIMATORS[name](**example.options)
    before = _attributes(estimator)
    with workers(jobs):
        result = estimator.fit(example.data)
    return Fit(result, before, _attributes(estimator))


def _attributes(estimator: Any) -> dict[str, Any]:
    return dict(vars(estimator)) if hasattr(estimator, "__dict__") else dataclasses.asdict(estimator)
