"""A word in the name of a folder or a file enters no run: it is not seen, or the run made again refutes it."""

import re
import shutil
import tempfile
from pathlib import Path

import pytest

from ctresearch.core.pseudonym import create_key
from ctresearch.studies import run_study
from ctresearch.studies.base import temporary
from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.kernel import seal
from small_project import ETHICS, HEAD, RESTRICTED, TOML, contents, make_project

WORD = "91418"
DATA = TOML + '\n[data.cases]\nsource = "91418.csv"\nlevel = "public"\nrows = "aggregates"\n'
LOOKS = {
    "temporary files": "os.environ['TMPDIR']",
    "home": "os.path.realpath(os.environ['HOME'])",
    "where it works": "os.getcwd()",
    "an import": "sys.path[0]",
    "an input": "run.data('cases')",
    "where an input lies": "os.path.realpath(run.data('cases'))",
    "what is mounted": "open('/proc/self/mountinfo').read()",
    "the run file": "open(os.environ['CTRESEARCH_RUN_FILE']).read()",
}


def look(where):
    """Write cells that save the numbers in a text that names folders."""
    found = f"''.join(re.findall('9141' + '8', str({where})))"
    head = f"{HEAD}\nimport os, re, sys\nfrom pathlib import Path"
    return head, f"Path('t.txt').write_text({found} or 'nothing')\nrun.save('t', 't.txt', counts=[20])"


@pytest.fixture
def named(tmp_path, monkeypatch):
    """Make a folder with the word in its short name, for temporary files and all else."""
    folder = Path(tempfile.mkdtemp(prefix=f"{WORD}-", dir="/tmp"))
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(folder))
    yield folder
    shutil.rmtree(folder)


def make(named, where):
    """Make a project and an input with the word in their names."""
    study = make_project(named / "project", *look(where), toml=DATA)
    (study / "91418.csv").write_text("place,people\nA,30\n")
    return study


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "rung"),
    [(what, rung) for what in LOOKS for rung in seal.RUNGS[:2] if (what, rung) != ("what is mounted", seal.LANDLOCK)],
)
def test_a_word_that_a_notebook_reads_from_a_path_refutes_its_run(named, monkeypatch, what, rung):
    monkeypatch.setenv(seal.VARIABLE, rung)
    study = make(named, LOOKS[what])
    record = run_study(study)
    assert WORD in (record.folder / "files" / "t.txt").read_text()
    with pytest.raises(IntegrityError, match=r"gave other bytes in files/t.txt.*the name of a folder"):
        run_study(study, force=True)


@pytest.mark.slow
@pytest.mark.parametrize("rung", seal.RUNGS[:2])
def test_where_a_run_will_stand_is_not_seen(named, tmp_path, monkeypatch, rung):
    monkeypatch.setenv(seal.VARIABLE, rung)
    monkeypatch.setattr(tempfile, "gettempdir", lambda: "/tmp")
    look_around = "[*os.environ.values(), os.getcwd(), *sys.path, open('/proc/self/mountinfo').read()]"
    study = make_project(named / "project", *look(look_around))
    monkeypatch.chdir(tmp_path)
    for out in (None, named / "out"):  # in the project, and beside it
        record = run_study(study, out=out)
        assert record.folder.is_relative_to(named)
        assert (record.folder / "files" / "t.txt").read_text() == "nothing"
        assert not re.search(WORD.encode(), b"".join(contents(record.folder).values()))
        assert run_study(study, out=out, force=True).folder == record.folder


@pytest.mark.slow
def test_a_run_made_again_reads_the_bytes_it_was_given(named):
    study = make(named, "re.sub('people', '91418', Path(run.data('cases')).read_text())")
    record = run_study(study)
    assert (record.folder / "files" / "t.txt").read_text() == WORD
    assert run_study(study, force=True).folder == record.folder


@pytest.mark.slow
def test_data_that_are_not_for_everybody_are_copied_nowhere(named, monkeypatch):
    monkeypatch.setenv("CTRESEARCH_KEY_FILE", str(create_key(named / "key")))
    study = make_project(named / "project", *look("run.data('cases')"), toml=TOML + RESTRICTED + ETHICS)
    cases = named / "cases.txt"
    cases.write_text("secretname " * 30)
    made = []
    monkeypatch.setattr(temporary, "_make", lambda base, real=temporary._make: made.append(base) or real(base))
    record = run_study(study, data={"cases": cases})
    assert run_study(study, data={"cases": cases}, force=True).folder == record.folder
    assert set(made) == {named}


def test_what_a_killed_run_left_elsewhere_is_cleared_too(named):
    with temporary.temporary_folder(elsewhere=True) as folder:
        other = folder.parent
    left = other / "ctr-abcdefgh"
    left.mkdir(mode=0o700)
    (left / "lock").touch()
    assert other != named
    with temporary.temporary_folder() as folder:
        assert folder.parent == named
        assert not left.exists()


def test_a_full_folder_is_no_other_place(named, monkeypatch):
    monkeypatch.setattr(temporary, "_ROOM", 10**18)
    with temporary.temporary_folder(elsewhere=True) as folder:
        assert folder.parent == named
