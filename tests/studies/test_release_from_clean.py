"""A release is built twice from clean: what a run reads beside its inputs, or leaves for the next, is found by it."""

import json

import pytest

from ctresearch.core import SpecificationError
from ctresearch.studies import load_study, run_study
from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.kernel import seal
from ctresearch.studies.release.blobs import read_whole
from ctresearch.studies.release.verify import verify_bundle
from ctresearch.studies.releasing import release
from ctresearch.studies.releasing.release import release_study
from ctresearch.studies.running.plan import plan_runs
from ctresearch.studies.running.run import run_plans
from publication import GRID_TOML, sound
from small_project import HEAD, SAVE, make_project, names

DAY = "2026-01-31"
TOML = GRID_TOML.replace("[grid]\nn = [1, 2]\n", "")
CODE = TOML.replace("[outputs]", '[code]\nsums = "sums.py"\n\n[outputs]')
PLAIN = SAVE.replace(", counts=[20]", "")


def test_a_run_that_reads_the_clock_is_never_released(tmp_path):
    clock = PLAIN.replace("str(run.parameters['n'])", "str(__import__('time').time_ns())")
    study = load_study(make_project(tmp_path, HEAD, clock, toml=TOML))
    for _ in range(2):
        with pytest.raises(IntegrityError, match=r"gave other bytes in files/t.txt|was refuted"):
            release_study(study, "1.0", date=DAY)
    with pytest.raises(IntegrityError, match="was refuted"):
        run_study(study)
    assert not (study.folder / "releases").exists()


def test_a_release_carries_its_modules_and_is_held_to_them(tmp_path):
    save = "import sums\n" + PLAIN.replace("run.parameters['n']", "sums.TWICE")
    folder = make_project(tmp_path, HEAD, save, toml=CODE)
    (folder / "sums.py").write_text("TWICE = 6\n")
    made = []
    released = release_study(load_study(folder), "1.0", date=DAY, listen=lambda *given: made.append(given))
    assert len(made) == 6  # two builds of two cells, each with its outcome
    files = read_whole(released.path)
    assert files["demo-1.0/source/studies/demo/sums.py"] == b"TWICE = 6\n"
    assert sound(verify_bundle(released.path))


def test_what_nothing_sealed_is_released_only_where_somebody_signs(tmp_path, monkeypatch):
    monkeypatch.setenv(seal.VARIABLE, seal.AUDIT)
    study = load_study(make_project(tmp_path, HEAD, PLAIN, toml=TOML))
    (outcome,) = run_plans(plan_runs(study))
    assert outcome.plan.folder.joinpath("provenance.json").read_text().count("seal") == 0  # the same on every machine
    assert json.loads(outcome.plan.folder.joinpath("run.log.json").read_text())["seal"]["sealed"] is False
    with pytest.raises(
        SpecificationError, match=r"demo ran unsealed on this machine.*sign for it with --unsealed REASON"
    ):
        release_study(study, "1.0", date=DAY)
    assert not (study.folder / "releases").exists()
    released = release_study(study, "1.0", date=DAY, unsealed=" A laptop without landlock. ")
    listing = json.loads(read_whole(released.path)["demo-1.0/bundle.json"])
    assert listing["unsealed"] == "A laptop without landlock."
    found = verify_bundle(released.path)
    assert [(one.name, str(one.message)) for one in found.checks if one.status == "review"][:1] == [
        ("seal", "Its runs were not sealed: A laptop without landlock.")
    ]


def test_a_bundle_that_packs_differently_is_not_written(tmp_path, monkeypatch):
    study = load_study(make_project(tmp_path, HEAD, PLAIN, toml=TOML))
    real, turn = release.bundle_files, []
    monkeypatch.setattr(
        release,
        "bundle_files",
        lambda *given: real(*given) | {"demo-1.0/README.md": str(turn.append(1) or len(turn)).encode()},
    )
    with pytest.raises(IntegrityError, match=r"other bytes in demo-1.0/README.md: nothing is written"):
        release_study(study, "1.0", date=DAY)
    assert names(study.folder) == ["study.toml"]
