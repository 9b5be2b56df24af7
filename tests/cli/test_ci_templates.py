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


def stand_in(tmp_path, script, code=0, **variables):
    """Run a script against a stand-in for ctresearch that writes down how it is called and ends with a code."""
    (tmp_path / "bin").mkdir()
    tool = tmp_path / "bin" / "ctresearch"
    tool.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/calls\necho told\nexit {code}\n')
    tool.chmod(0o755)
    known = {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "GITHUB_STEP_SUMMARY": f"{tmp_path}/summary"}
    command = ["bash", "-eo", "pipefail", "-c", script]
    done = subprocess.run(command, cwd=tmp_path, env=known | variables, capture_output=True, text=True, check=False)
    return done, (tmp_path / "calls").read_text().splitlines()


@pytest.mark.parametrize("code", [0, 2, 3, 4, 5, 130])
@pytest.mark.parametrize("name", NAMES)
def test_the_studies_that_changed_are_checked_and_their_code_is_that_of_the_job(name, code, tmp_path):
    script = next(step for step in steps(name, "check") if "ctresearch check" in step)
    base = {"BASE": "abc", "CI_COMMIT_BEFORE_SHA": "abc"}
    done, call = stand_in(tmp_path, script, code, **base)
    assert done.returncode == code
    assert call[:3] == ["check", "--changed", "abc"]
    assert {"--markdown", "--junit"} <= set(call)
    assert "told" in (tmp_path / ("summary" if name == NAMES[0] else "summary.md")).read_text()


def action():
    """Read the composite action."""
    return yaml.safe_load((FOLDER / "check-action.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("changed", "code"), [("", 0), ("HEAD~1; touch evil", 4)])
def test_the_action_calls_the_check_with_what_it_is_given_and_nothing_else(tmp_path, changed, code):
    step = next(step for step in action()["runs"]["steps"] if "ctresearch check" in step.get("run", ""))
    assert "${{" not in step["run"]  # what is given reaches the shell as variables alone
    given = {"ALARM": "outside", "CHANGED": changed, "JOBS": "2", "MINUTES": "60"}
    assert set(given) == set(step["env"])
    done, call = stand_in(tmp_path, step["run"], code, **given)
    assert done.returncode == code
    assert call[: 3 if changed else 1] == (["check", "--changed", changed] if changed else ["check"])
    assert call[call.index("--alarm") + 1] == "outside"
    assert (tmp_path / "summary").read_text() == "told\n"
    assert not (tmp_path / "evil").exists()


def test_every_option_of_a_template_is_one_of_the_check(tmp_path):
    from ctresearch.cli.check import command

    there = {option for one in command.params for option in one.opts}
    for path in FOLDER.glob("*.yml"):
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        for line in re.findall(r"ctresearch check .*", text):
            assert set(re.findall(r"--[a-z]+", line.split("|")[0])) <= there, path.name


def test_the_nightly_workflow_uses_the_action_with_inputs_it_has():
    workflow = yaml.safe_load((FOLDER / "nightly-github.yml").read_text(encoding="utf-8"))
    (job,) = workflow["jobs"].values()
    step = job["steps"][-1]
    assert step["uses"] == "./.github/actions/check-studies"
    assert set(step["with"]) <= set(action()["inputs"])
    assert workflow["permissions"] == {"contents": "read"}


def test_what_templates_use_of_others_is_pinned_by_digest():
    used = [line for path in FOLDER.glob("*.yml") for line in re.findall(r"uses: (\S+)", path.read_text())]
    assert len(used) >= 8
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}|\./\.github/actions/check-studies", one) for one in used)
