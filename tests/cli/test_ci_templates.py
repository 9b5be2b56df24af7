"""The templates for continuous integration keep what may not be seen off the server's pages."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "templates"
NAMES = ("ci-github.yml", "ci-gitlab.yml")


def steps(name, job):
    """Return the shell scripts of a job."""
    content = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    if "jobs" in content:
        return [step["run"] for step in content["jobs"][job]["steps"] if "run" in step]
    return content[job]["script"]


@pytest.mark.parametrize("name", NAMES)
def test_messages_of_a_run_are_neither_printed_nor_kept(name):
    for job in ("check", "release"):
        script = "\n".join(steps(name, job))
        commands = re.findall(r"^.*ctresearch (?:check|release|run).*\|\| code=.*$", script, re.MULTILINE)
        assert commands
        assert all("2>/dev/null" in command for command in commands)
        assert "ctresearch run" not in script


@pytest.mark.parametrize("name", NAMES)
def test_released_bundles_and_the_summary_are_all_that_is_kept(name):
    text = (FOLDER / name).read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    if "jobs" in content:
        uploads = [
            s for job in content["jobs"].values() for s in job["steps"] if "upload-artifact" in s.get("uses", "")
        ]
        assert [s["with"]["path"].split() for s in uploads] == [["released/*.zip", "released/*.zip.sha256"]]
        assert content["permissions"] == {"contents": "read"}
    else:
        kept = [content[job]["artifacts"]["paths"] for job in ("check", "release")]
        assert kept == [["summary.md"], ["released/*.zip", "released/*.zip.sha256"]]
    assert "runs/" not in text


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("changed", "checked"),
    [
        (["studies/one/study.toml"], "one"),
        (["studies/one/lists.csv", "studies/two/study.toml"], "one two"),
        (["studies/gone/study.toml"], None),
        (["requirements.lock"], ""),
        (["studies/one/x", "notebooks/n.ipynb"], ""),
    ],
)
def test_what_changed_is_what_is_checked(name, changed, checked, tmp_path):
    """The script runs against stand-ins for git and ctresearch that write down how they are called."""
    for study in ("one", "two"):
        (tmp_path / "studies" / study).mkdir(parents=True)
        (tmp_path / "studies" / study / "study.toml").touch()
    (tmp_path / "bin").mkdir()
    lines = "\\n".join(changed)
    for tool, body in (("git", f"printf '{lines}\\n'"), ("ctresearch", f'echo "$@" >> {tmp_path}/calls')):
        (tmp_path / "bin" / tool).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / "bin" / tool).chmod(0o755)
    script = next(step for step in steps(name, "check") if "ctresearch check" in step)
    variables = {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "GITHUB_STEP_SUMMARY": f"{tmp_path}/summary"}
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    calls = (tmp_path / "calls").read_text().splitlines() if (tmp_path / "calls").exists() else []
    wanted = [] if checked is None else [f"check {checked} --markdown".replace("  ", " ")]
    assert calls == wanted
