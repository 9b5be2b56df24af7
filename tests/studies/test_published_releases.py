"""What this project has released verifies, and every study was released once."""

from pathlib import Path

import pytest

from ctresearch.studies.verify import verify_bundle

STUDIES = Path(__file__).resolve().parents[2] / "studies"
BUNDLES = sorted(STUDIES.glob("*/releases/*.zip"))


def test_every_study_was_released_and_says_what_it_expects():
    names = {folder.name for folder in STUDIES.iterdir() if (folder / "study.toml").exists()}
    assert {bundle.parents[1].name for bundle in BUNDLES} == names != set()
    assert all((STUDIES / name / "expected.json").exists() for name in names)


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda p: p.stem)
def test_a_release_verifies_against_its_checksum(bundle):
    expect = bundle.with_name(bundle.name + ".sha256").read_text().split()[0]
    found = verify_bundle(bundle, expect=expect)
    assert [check.name for check in found.checks if check.status != "pass"] == []


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda p: p.stem)
def test_a_release_is_small(bundle):
    assert bundle.stat().st_size < 1_000_000
