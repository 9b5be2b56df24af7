"""What tests of publishing share: one small project that is run and released once."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from publication import make_publication


@dataclass(frozen=True)
class Publication:
    study: Path
    run: Path
    bundle: Path


@pytest.fixture(scope="session")
def publication(tmp_path_factory):
    """A released study; tests copy the bundle before they touch it."""
    from ctresearch.studies.manifest import load_study
    from ctresearch.studies.release import release_study
    from ctresearch.studies.run import run_study

    folder = make_publication(tmp_path_factory.mktemp("publication") / "one")
    study = load_study(folder)
    run = run_study(study).folder
    return Publication(folder, run, release_study(study, "1.0.0", date="2026-01-31").path)
