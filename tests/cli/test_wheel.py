"""From the built wheel, in an empty folder, to the report of one's own table of people: four commands after pip."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from messy_files import LISTS, by_source, people, text

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_a_study_runs_from_the_wheel_in_an_empty_folder(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "site")
    bench = tmp_path / "bench"
    bench.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CTRESEARCH", "COV", "PYTEST"))}
    kept |= {"PYTHONPATH": str(tmp_path / "site"), "XDG_DATA_HOME": str(tmp_path / "home"), "OMP_NUM_THREADS": "1"}

    def command(*words):
        done = subprocess.run(
            [sys.executable, "-c", "from ctresearch.cli import main; main()", *words],
            cwd=bench,
            env=kept,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = subprocess.run(
        [sys.executable, "-c", "import ctresearch; print(ctresearch.__file__)"],
        cwd=bench,
        env=kept,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(where.stdout.strip()).is_relative_to(tmp_path / "site")
    text(bench / "personnes.csv", [("dossier", "organisme"), *by_source(people())], ";", "cp1252")
    command("init")
    told = command("new", "mine", "--from", "personnes.csv", "--whom", "people identified", "--where", "Province A")
    assert "ctresearch run mine --data lists=personnes.csv" in told
    fast = ["-p", "bootstrap=20", "-p", "compare_bootstrap=0", "-p", "sensitivity_bootstrap=0"]
    made = command("run", "mine", "--data", "lists=personnes.csv", *fast)
    report = Path(made.split("done, ")[1].splitlines()[0])
    page = report.read_text(encoding="utf-8")
    assert report.is_relative_to(bench / "runs")
    assert "people identified, Province A" in page
    assert "P0001" not in page
    assert all(name in page for name in LISTS)
