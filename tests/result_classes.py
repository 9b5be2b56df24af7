"""Every public class of results, found in the rooms."""

import importlib
from pathlib import Path

import ctresearch
from ctresearch.core import Result, stored

ROOMS = sorted(p.parent.name for p in Path(ctresearch.__file__).parent.glob("*/__init__.py"))


def result_classes():
    """Yield the public name and the class of each kind of result."""
    for room in ROOMS:
        module = importlib.import_module(f"ctresearch.{room}")
        for name in module.__all__:
            thing = getattr(module, name)
            if isinstance(thing, type) and issubclass(thing, Result):
                yield stored.public_name(thing), thing
