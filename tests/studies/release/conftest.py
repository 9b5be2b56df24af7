"""Releases in these tests take the runs that stand; ``tests/studies/test_release_from_clean.py`` builds them twice."""

import pytest

from publication import take_what_stands


@pytest.fixture(autouse=True)
def _runs_that_stand(monkeypatch):
    """Build no run again that is there."""
    take_what_stands(monkeypatch)
