"""What this project has released verifies, and every study was released once."""

import zipfile
from pathlib import Path

import pytest
from packaging.version import Version

from ctresearch.studies import load_study, run_study
from ctresearch.studies.compare.expected import compare, read_expected
from ctresearch.studies.kept.evidence import from_folder
from ctresearch.studies.release.verify import verify_bundle
from ctresearch.studies.running.plan import plan_runs

STUDIES = Path(__file__).resolve().parents[2] / "studies"
BUNDLES = sorted(STUDIES.glob("*/releases/*.zip"))
NEWEST = {
    max(folder.glob("*.zip"), key=lambda one: Version(one.stem.rpartition("-")[2]))
    for folder in STUDIES.glob("*/releases")
}
EACH = [one if one in NEWEST else pytest.param(one, marks=pytest.mark.slow) for one in BUNDLES]


def test_every_study_was_released_and_says_what_it_expects():
    names = {folder.name for folder in STUDIES.iterdir() if (folder / "study.toml").exists()}
    assert {bundle.parents[1].name for bundle in BUNDLES} == names != set()
    assert all((STUDIES / name / "expected.json").exists() for name in names)


@pytest.mark.parametrize("bundle", EACH, ids=lambda p: p.stem)
def test_a_release_verifies_against_its_checksum(bundle):
    expect = bundle.with_name(bundle.name + ".sha256").read_text().split()[0]
    found = verify_bundle(bundle, expect=expect)
    wrong = {(check.name, check.status) for check in found.checks if check.status != "pass"}
    # pages are set again by the version that set them, and by no other; nobody has signed these releases
    # releases older than the ledger have no line in it
    assert wrong - {("pages", "review"), ("ledger", "review")} == {("signature", "review")}


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda p: p.stem)
def test_a_release_is_small(bundle):
    runs = sum(Path(name).name == "report.html" for name in zipfile.ZipFile(bundle).namelist())
    assert runs > 0
    with zipfile.ZipFile(bundle) as archive:
        wheel = sum(one.compress_size for one in archive.infolist() if "/wheel/" in one.filename)
    assert wheel < 1_200_000  # the whole library
    most = 1_300_000 if bundle.stem.startswith("synthetic-region-view") else 500_000  # draws of every country travel
    assert bundle.stat().st_size - wheel < most * runs  # what each run made


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({bundle.parents[1].name for bundle in BUNDLES}))
def test_a_study_gives_the_published_digits_on_this_python(name, tmp_path):
    study = load_study(name, STUDIES.parent)
    needed = [one for one, declared in study.data.items() if declared.source is None]
    if needed:
        pytest.skip(
            f"{name} needs the file of {needed[0]!r}, which is not passed on here: {study.data[needed[0]].access}"
        )
    runs = [from_folder(run_study(study, plan.parameters, out=tmp_path).folder) for plan in plan_runs(study)]
    found = compare(read_expected(study), runs, study.outputs)
    assert found != []
    beyond = {one.output for one in found if one.status not in {"same", "within tolerance"}}
    assert beyond == set()  # what a study promises no further digits of may differ in them between processors
