"""What the examples of docstrings need: no bars of progress among what they show."""

import os

import pytest


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Switch bars off for an example, whose output is compared word by word."""
    if isinstance(item, pytest.DoctestItem):
        os.environ["TQDM_DISABLE"] = "1"


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Switch them on again for what comes after it."""
    if isinstance(item, pytest.DoctestItem):
        os.environ.pop("TQDM_DISABLE", None)
