"""Which studies a change touches: never too few, and not all of them where it is known to be of one."""

import json
import subprocess

import pytest

from ctresearch.studies.asked.project import Project
from ctresearch.studies.checked.changed import changed_studies
from small_project import HEAD, SAVE, TOML, make_project, notebook, write_notebook, write_study

FILES = TOML + '\n[data.cases]\nsource = "cases.csv"\nlevel = "public"\nrows = "invented"\n'
ROOMS = {
    "causal": "from ctresearch.policy import Panel",
    "everything": "from ctresearch import networks",
    "listed": "  from ctresearch.prevalence.lists import x",
}


def git(root, *words):
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false", *words]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A project in a folder of a repository, with a space and an accent in its name."""
    top = tmp_path_factory.mktemp("a dépôt")
    root = top / "inner"
    make_project(root)
    (root / "runs").mkdir()
    (root / ".gitignore").write_text("runs/\n")
    for name in ("other", "filed"):
        write_study(root, FILES if name == "filed" else TOML, name)
    (root / "studies" / "filed" / "cases.csv").write_text("a\n1\n")
    for name, line in ROOMS.items():
        write_notebook(root, line, HEAD, SAVE, name=name)
        write_study(root, TOML.replace('"demo"', f'"{name}"'), name)
    (root / "studies" / "other" / "other.ipynb").write_text(json.dumps(notebook(HEAD, SAVE)))
    (root / "studies" / "other" / "study.toml").write_text(TOML.replace('"demo"', '"other"'))
    git(top, "init", "--quiet", "--initial-branch", "main")
    git(top, "add", "-A")
    git(top, "commit", "--quiet", "-m", "first")
    git(top, "tag", "first")
    return root


ALL = ("causal", "demo", "everything", "filed", "listed", "other")


@pytest.fixture
def after(root):
    """Make a change, and name the studies that it touches."""
    before = []

    def change(*paths, since="HEAD", commit=False):
        for path in paths:
            file = root / path
            before.append((file, file.read_bytes() if file.exists() else None))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text((file.read_text() if file.exists() else "") + "\n ")
        if commit:
            git(root, "add", "-A")
            git(root, "commit", "--quiet", "-m", "next")
        return changed_studies(Project.at(root), since)

    yield change
    git(root, "reset", "--quiet", "--hard", "first")
    for file, content in before:
        if content is None and file.exists():
            file.unlink()


@pytest.mark.parametrize(
    ("path", "touched"),
    [
        ("studies/other/study.toml", ("other",)),
        ("studies/other/expected.json", ("other",)),
        ("studies/other/helper.py", ("other",)),
        ("studies/filed/cases.csv", ("filed",)),
        ("studies/filed/cases.csv.toml", ("filed",)),
        ("studies/other/releases/other-1.0.zip", ()),
        ("notebooks/demo.ipynb", ("demo", "filed")),
        ("notebooks/demo.toml", ("demo", "filed")),
        ("notebooks/causal.ipynb", ("causal",)),
        ("notebooks/nobody.ipynb", ()),
        ("notebooks/helper.py", ALL),
        ("helpers/shared.py", ALL),
        ("pyproject.toml", ALL),
        ("requirements.lock", ALL),
        ("README.md", ()),
        ("docs/index.md", ()),
        ("tests/test_a.py", ()),
        ("studies/loose.txt", ALL),
        ("src/ctresearch/core/check.py", ALL),
        ("src/ctresearch/stats/pooling/pool.py", ALL),
        ("src/ctresearch/__init__.py", ALL),
        ("src/ctresearch/cli/list.py", ()),
        ("src/ctresearch/causes/effects/a.py", ("causal", "everything")),
        ("src/ctresearch/policy/a.py", ("causal", "everything")),
        ("src/ctresearch/prevalence/lists/a.py", ("everything", "listed")),
        ("src/ctresearch/routes/a.py", ("everything",)),
    ],
)
def test_a_change_touches_what_rests_on_it(after, path, touched):
    found = after(path)
    assert found.studies == touched
    assert bool(found.why_all) == (touched == ALL)


def test_what_is_committed_since_a_revision_counts_and_what_is_ignored_does_not(after):
    assert after("studies/demo/study.toml", "runs/demo/x", since="first", commit=True).studies == ("demo",)
    assert after(since="HEAD").studies == ()
    assert after("studies/demo/é n.txt", since="HEAD").studies == ("demo",)


def test_a_study_that_cannot_be_read_is_touched_by_anything(after, root):
    (root / "studies" / "other" / "study.toml").write_text("title =")
    assert after("notebooks/causal.ipynb").studies == ("causal", "other")


@pytest.mark.parametrize("revision", ["no-such", "0" * 40, "--help", "-1", ""])
def test_all_are_checked_where_git_does_not_know_the_revision(root, revision, tmp_path):
    found = changed_studies(Project.at(root), revision)
    assert (found.studies, found.why_all) == (ALL, f"git does not know the revision {revision!r} here")
    make_project(tmp_path)
    assert changed_studies(Project.at(tmp_path), "HEAD").studies == ("demo",)
