"""What a killed process left in the folder for temporary files is cleared by the next one, and nothing else is."""

import os
import shutil
import subprocess
import sys
import tempfile

import pytest

from ctresearch.studies.base.temporary import folder_of_process, temporary_folder


@pytest.fixture
def place(monkeypatch, tmp_path):
    monkeypatch.setattr("ctresearch.studies.base.temporary._SOCKET_PATH_LIMIT", 1000)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_what_a_killed_process_left_is_cleared_and_what_others_keep_stays(place):
    code = (
        "import os, signal, tempfile\nfrom ctresearch.studies.base import temporary\n"
        f"tempfile.tempdir, temporary._SOCKET_PATH_LIMIT = {str(place)!r}, 1000\n"
        "(temporary.folder_of_process() / 'table.csv').write_text('a')\n"
        "with temporary.temporary_folder():\n    os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    left = sorted(place.iterdir())
    assert len(left) == 2
    other, fresh, old = place / "ctr.txt", place / ".ctr-00fresh0", place / ".ctr-000old00"
    for one in (other, fresh, old):
        one.mkdir(mode=0o700)
    os.utime(old, (0, 0))
    with temporary_folder() as first, temporary_folder() as second:
        assert {path.name for path in first.iterdir()} == {"lock"}
        assert (first.stat().st_mode & 0o77) == 0
        assert sorted(place.iterdir()) == sorted([first, second, other, fresh])
    assert sorted(place.iterdir()) == sorted([other, fresh])


def test_the_folder_of_a_kernel_which_jupyter_made_sticky_is_cleared(place):
    left = place / "ctr-0kernel0"
    left.mkdir()
    left.chmod(0o1700)
    (left / "lock").touch()
    with temporary_folder():
        assert not left.exists()


def test_who_is_killed_while_clearing_or_still_writes_leaves_what_the_next_one_clears(place, monkeypatch):
    left = place / "ctr-0stale00"
    (left / "work").mkdir(parents=True)
    left.chmod(0o700)
    (left / "lock").touch()
    real = shutil.rmtree

    def write_again(folder, **options):
        """Clear, and find that somebody wrote meanwhile."""
        real(folder, **options)
        if folder == left / "work":
            folder.mkdir()

    with monkeypatch.context() as busy:
        busy.setattr(shutil, "rmtree", write_again)
        with temporary_folder():
            assert sorted(path.name for path in left.iterdir()) == ["lock", "work"]

    def killed(folder, **_):
        raise KeyboardInterrupt

    with monkeypatch.context() as busy:
        busy.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt), temporary_folder():
            pass
    assert (left / "lock").exists()
    with temporary_folder():
        assert not left.exists()


def test_a_link_that_somebody_laid_leads_nowhere(place, tmp_path_factory):
    kept = tmp_path_factory.mktemp("kept")
    (kept / "file").touch()
    (place / "ctr-link").symlink_to(kept)
    with temporary_folder():
        assert [path.name for path in kept.iterdir()] == ["file"]


def test_a_folder_of_a_process_is_gone_with_it(place):
    code = (
        "import tempfile\nfrom ctresearch.studies.base import temporary\n"
        f"tempfile.tempdir, temporary._SOCKET_PATH_LIMIT = {str(place)!r}, 1000\n"
        "print(temporary.folder_of_process().is_dir())"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "True\n"
    assert list(place.iterdir()) == []
    assert folder_of_process().parent == place


@pytest.mark.parametrize(
    ("name", "mode"),
    [("ctr-tables", 0o700), ("ctr-abcdefgh", 0o755), ("ctr-abcdefgh", 0o700), ("ctr-2026-11-data", 0o700)],
)
def test_a_folder_that_a_person_made_is_never_cleared(place, name, mode):
    theirs = place / name
    theirs.mkdir(mode=mode)
    (theirs / "interviews.csv").write_text("kept")
    os.utime(theirs, (1, 1))
    with temporary_folder():
        pass
    assert (theirs / "interviews.csv").read_text() == "kept"
    assert not (theirs / "lock").exists()
