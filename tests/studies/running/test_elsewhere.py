"""A study of this repository gives the same bytes in another folder, zone, language, hash seed and mask of new files."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from small_project import contents

HOME = Path(__file__).parents[3]
OTHERWISE = {
    "TZ": "Pacific/Chatham",
    "LC_ALL": "tr_TR.UTF-8",
    "LANG": "tr_TR.UTF-8",
    "PYTHONHASHSEED": "4711",
    "OMP_NUM_THREADS": "2",
    "MPLBACKEND": "svg",
}


def run(root, study, variables=None, mask=0o022):
    """Run a study in a project of its own, and return the folder of its run."""
    root.mkdir(parents=True)
    (root / "pyproject.toml").write_text("[tool.ctresearch]\n", encoding="utf-8")
    shutil.copytree(HOME / "notebooks", root / "notebooks")
    shutil.copytree(HOME / "studies" / study, root / "studies" / study)
    command = [sys.executable, "-c", "from ctresearch.cli import main; main()", "run", study]
    subprocess.run(command, cwd=root, env=os.environ | (variables or {}), check=True, umask=mask, capture_output=True)
    runs = root / "runs" / study
    return runs / (runs / "latest").read_text(encoding="utf-8").split()[0]


@pytest.mark.slow
@pytest.mark.parametrize("study", ["dutch-single-list", "home-office-2018-cost", "synthetic-conditions"])
def test_a_study_gives_the_same_bytes_elsewhere(tmp_path, study):
    here = run(tmp_path / "here", study)
    there = run(tmp_path / "a clone, é", study, OTHERWISE, 0o077)
    assert here.name == there.name
    assert contents(here) == contents(there)
    assert "results.json" in contents(here)
