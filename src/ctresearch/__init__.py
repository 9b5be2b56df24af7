"""Estimators, study notebooks and a release gate for research on trafficking in persons.

Each room answers one kind of question: ``prevalence`` asks how many, ``studies`` turns a notebook, its parameters
and its data into outputs that anyone can reproduce. Rooms load when they are first used, so importing the package
costs next to nothing.

Examples
--------
>>> import ctresearch
>>> ctresearch.__version__.count(".")
2
"""

import lazy_loader as _lazy

__version__ = "0.1.0"


def load_ipython_extension(shell: object) -> None:
    """Run by ``%load_ext ctresearch``: pictures in the house style, errors in a sentence, and ``%ctresearch``."""
    from ctresearch.studies.door.line_magic import load

    load(shell)


def unload_ipython_extension(shell: object) -> None:
    """Run by ``%unload_ext ctresearch``: everything as it was before."""
    from ctresearch.studies.door.line_magic import unload

    unload(shell)


__getattr__, __dir__, _ = _lazy.attach_stub(__name__, __file__)
