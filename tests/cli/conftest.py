"""What tests of publishing share: one small project that is run and released once."""

import pytest

from publication import publication, take_what_stands

__all__ = ["publication"]


@pytest.fixture(autouse=True)
def _runs_that_stand(monkeypatch):
    """Build no run again that is there; ``tests/studies/test_release_from_clean.py`` does."""
    take_what_stands(monkeypatch)
