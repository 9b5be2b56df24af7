"""What a command is asked is what the library is asked, and every line it writes is held."""

import json
from pathlib import Path
from types import SimpleNamespace

import click
import pytest

from ctresearch.cli import diff, new, plan_options
from ctresearch.cli import list as listing
from ctresearch.cli.plan_options import as_answers, ask_the_rest
from ctresearch.core import SpecificationError
from ctresearch.data import Answers
from ctresearch.studies.asked.project import Project
from ctresearch.studies.kept import evidence
from small_project import HEAD, TOML, call, make_project, write_notebook


@pytest.fixture
def project(tmp_path, monkeypatch):
    make_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def stand_in(monkeypatch):
    """Put a function in the place of one of the library that notes what it is given."""

    def put(place, answer):
        module, _, name = place.rpartition(".")
        seen = []
        monkeypatch.setattr(f"ctresearch.studies.{module}.{name}", lambda *a, **b: seen.append((a, b)) or answer)
        return seen

    return put


def test_a_key_is_handed_over_or_revoked(project, stand_in, capsys):
    entry = SimpleNamespace(number=3, key="SHA256:a", body={"subject": "SHA256:b", "time": "2026-01-31T10:00:00Z"})
    seen = stand_in("signing.keys.rotate", entry)
    code, out, _ = call(capsys, "key", "rotate", "--old", "a", "--new", "b.pub")
    assert (code, out, seen) == (
        0,
        "line 3: SHA256:a hands over to SHA256:b\n",
        [((project, Path("a"), Path("b.pub")), {})],
    )
    seen = stand_in("signing.keys.revoke", entry)
    code, out, _ = call(capsys, "key", "revoke", "SHA256:c", "--key", "a")
    assert (code, out) == (0, "line 3: SHA256:c does not count from 2026-01-31T10:00:00Z on\n")
    assert call(capsys, "key", "revoke", "SHA256:c", "--key", "a", "--since", "2025-12-31")[1] == (
        "line 3: SHA256:c does not count from 2025-12-31 on\n"
    )
    assert seen == [((project, "SHA256:c", Path("a"), since), {}) for since in (None, "2025-12-31")]
    for words, lacking in (
        (["rotate", "--old", "a"], "--new"),
        (["rotate", "--new", "a"], "--old"),
        (["revoke", "x"], "--key"),
    ):
        code, _, err = call(capsys, "key", *words)
        assert (code, f"Missing option '{lacking}'" in err) == (2, True)


def test_a_bundle_is_signed(project, stand_in, capsys):
    done = SimpleNamespace(path="b.zip.sig", fingerprint="SHA256:a", number=2, ledger="releases.jsonl")
    seen = stand_in("release.signed.sign_release", done)
    code, out, _ = call(capsys, "sign", "b.zip", "--key", "k")
    assert (code, out) == (0, "b.zip.sig: signed with SHA256:a, line 2 of releases.jsonl\n")
    assert seen == [((Path("b.zip"), Path("k")), {})]


def test_a_withdrawal_is_of_the_study_s_own_shelf_or_of_another(project, stand_in, capsys):
    seen = stand_in("release.withdraw.withdraw", "STONE")
    own = project / "studies" / "demo" / "releases"
    for folder in (own, project / "studies" / "other" / "releases", project / "out"):
        folder.mkdir(parents=True)
        (folder / f"{folder.parent.name}.zip").touch()
    code, out, _ = call(capsys, "withdraw", "demo", "1.0.0", "--reason", "a wrong total")
    assert code == 0
    assert (
        out == "STONE: written, and the bundle is deleted here; copies elsewhere and the repository's history keep it\n"
    )
    assert call(capsys, "withdraw", "demo", "1.0.0", "--reason", "x", "--out", "out", "--key", "k")[0] == 0
    near = {own / "demo.zip", project / "studies" / "other" / "releases" / "other.zip"}
    for (words, given), (folder, reason, key, shelf, others) in zip(
        seen,
        [
            (own, "a wrong total", None, project, near),
            (Path("out"), "x", Path("k"), Path("out"), near | {Path("out") / f"{project.name}.zip"}),
        ],
        strict=True,
    ):
        assert words == (folder, "demo", "1.0.0", reason)
        assert (given["key"], given["shelf"], set(given["others"])) == (key, shelf, others)
    assert call(capsys, "withdraw", "demo", "one", "--reason", "x")[0] == 2
    assert "Missing option '--reason'" in call(capsys, "withdraw", "demo", "1.0.0")[2]
    assert len(seen) == 2


def test_a_recall_says_what_is_gone_alike_and_out_of_reach(project, stand_in, capsys, monkeypatch):
    done = SimpleNamespace(tombstone="STONE", gone=["a\nb", "c"], entered=True, alike=[], copies=[])
    seen = stand_in("release.recall.recall", done)
    reach = stand_in("release.recall.out_of_reach", ["  the copies", "  the history"])
    code, out, _ = call(capsys, "recall", "demo", "1.0.0", "--reason", "why")
    assert (code, out.splitlines()) == (
        0,
        [
            "STONE: stands, not signed; 2 files or folders deleted",
            "  a b",
            "  c",
            "OUT OF REACH of this command:",
            "  the copies",
            "  the history",
        ],
    )
    done.__dict__.update(gone=[], entered=False, alike=["other.zip"], copies=["copy.zip"])
    out = call(capsys, "recall", "demo", "1.0.0", "--key", "k", "--out", "o")[1]
    assert out.splitlines()[:-3] == [
        "STONE: stands, signed; 0 files or folders deleted",
        "The ledger is not whole, so the recall could not be entered: restore it, then `ctresearch sign` this.",
        "Other releases hold some of the same outputs: recall them too where those exposed somebody.",
        "  other.zip",
        "Files with the same bytes stand elsewhere in the project: decide on each.",
        "  copy.zip",
    ]
    assert [(words[1:], given) for words, given in seen] == [
        (("demo", "1.0.0", "why"), {"out": None, "key": None}),
        (("demo", "1.0.0", ""), {"out": Path("o"), "key": Path("k")}),
    ]
    assert [words[1:] for words, _ in reach] == [(done, "demo", "1.0.0")] * 2
    assert seen[0][0][0].root == project
    code, _, err = call(capsys, "recall", "../demo", "1.0.0")
    assert (code, "study == '../demo', must be the name of a study of this project" in err) == (2, True)


def test_a_deposit_says_what_to_look_at(project, stand_in, capsys):
    done = SimpleNamespace(path="b.zenodo.json", doi=None, guessed=["Ana\nPérez", "B. C"])
    seen = stand_in("releasing.deposit.deposit", done)
    code, out, _ = call(capsys, "deposit", "some/b-1.0.zip", "--to", "zenodo")
    last = "Upload with it b-1.0-full.zip (`ctresearch bundle b-1.0.zip`), its .sha256 and its .sig."
    assert (code, out.splitlines()) == (
        0,
        [
            "b.zenodo.json: written, nothing was sent",
            "The bundle cites no DOI: reserve one there, release with --doi, and deposit that bundle.",
            "Look at the family names of: Ana Pérez; B. C. `Family, Given` in study.toml says which is which.",
            last,
        ],
    )
    done.__dict__.update(doi="10.5281/zenodo.1", guessed=[])
    out = call(capsys, "deposit", "b-1.0.zip", "--to", "inveniordm", "--doi", "10.5281/zenodo.1", "--out", "o")[1]
    assert out.splitlines() == ["b.zenodo.json: written, nothing was sent", last]
    assert [words for words, _ in seen] == [
        (Path("some/b-1.0.zip"), "zenodo", None, None),
        (Path("b-1.0.zip"), "inveniordm", "10.5281/zenodo.1", Path("o")),
    ]
    assert call(capsys, "deposit", "b.zip", "--to", "elsewhere")[0] == 2


def test_figures_are_written_at_each_width_of_each_run(project, stand_in, capsys):
    seen = stand_in("shown.journal.write_figures", [Path("a.svg")])
    code, _, err = call(capsys, "figures", "demo")
    assert code == 2
    assert "demo has no run yet: make one with `ctresearch run demo`" in err
    runs = project / "runs" / "demo"
    shorts = stand_in("kept.store.Store.latest", ["ab", "cd"])
    code, out, _ = call(capsys, "figures", "demo", "--width", "50", "--pdf", "--out", "o")
    assert (code, out) == (0, "a.svg\na.svg\n")
    assert [words for words, _ in seen] == [
        (runs / short, Path("o/demo") / short, 50.0, ("svg", "pdf")) for short in ("ab", "cd")
    ]
    shorts.clear()
    seen.clear()
    stand_in("kept.store.Store.latest", ["ab"])
    assert call(capsys, "figures", "demo")[0] == 0
    assert [words for words, _ in seen] == [(runs / "ab", Path("figures/demo"), width, ("svg",)) for width in (89, 183)]
    for width, code in (("19.9", 2), ("500.1", 2), ("20", 0), ("500", 0)):
        assert call(capsys, "figures", "demo", "--width", width)[0] == code


def test_a_bundle_of_several_runs_is_none_to_compare(monkeypatch, tmp_path):
    monkeypatch.setattr(evidence, "read_bundle", lambda path: {"path": path})
    monkeypatch.setattr(evidence, "from_bundle", lambda *_: ["a", "b"])
    with pytest.raises(SpecificationError, match=r"^'x/b\.zip' holds 2 runs, name a bundle that holds one$"):
        diff.find_evidence("x/b.zip")
    monkeypatch.setattr(evidence, "from_bundle", lambda files, word: [(files["path"], word)])
    assert diff.find_evidence("b.zip") == (Path("b.zip"), "b.zip")


def test_a_new_study_needs_a_name_and_a_subject(project, capsys):
    code, _, err = call(capsys, "new")
    assert (code, "Missing argument 'NAME': give a name, and --from FILE or --notebook N." in err) == (2, True)
    code, _, err = call(capsys, "new", "mine")
    assert (code, "Missing option '--from FILE' or '--notebook N': what is the study of?" in err) == (2, True)
    code, out, _ = call(capsys, "new", "mine", "--notebook", "demo")
    there = project / "studies" / "mine" / "study.toml"
    assert (code, out) == (0, f"{there} is written: edit it, then `ctresearch run mine`\n")


def test_the_input_of_a_file_is_the_only_one_or_is_named(project, capsys, monkeypatch):
    write_notebook(project, HEAD)
    template = project / "notebooks" / "demo.toml"
    here = Project.at(project)
    assert new._only_input("demo", here) == ""
    template.write_text("[data.lists]\nlevel = 'public'\n")
    assert new._only_input("demo", here) == "lists"
    template.write_text("[data.lists]\n[data.cases]\n")
    assert new._only_input("demo", here) == ""
    code, _, err = call(capsys, "new", "mine", "--notebook", "demo", "--from", "published:uk-2013")
    assert (code, "demo takes several inputs: say which one with --from INPUT=FILE." in err) == (2, True)
    assert new._parted("lists=a.csv") == ("lists", "a.csv")
    assert new._parted("a.csv") == ("", "a.csv")
    assert new._parted("my lists=a.csv") == ("", "my lists=a.csv")
    (project / "lists=a.csv").touch()
    assert new._parted("lists=a.csv") == ("", "lists=a.csv")
    assert new._shell("a b.csv") == "'a b.csv'"


def test_a_study_without_words_is_asked_for(project, capsys, monkeypatch):
    said = iter(["mine", "a.csv", "people", "", "", "2021", "", "A. Author"])
    asked, made = [], []

    def prompt(words, **given):
        asked.append((words, given))
        return next(said)

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr(new.click, "prompt", prompt)
    monkeypatch.setattr(new, "_from_sources", lambda *given: made.append(given))
    assert call(capsys, "new")[0] == 0
    (name, notebook, there, sources, words) = made[0]
    assert (name, notebook, there.root, sources) == ("mine", None, project, ("a.csv",))
    assert {key: words[key] for key in ("whom", "where", "definition", "when", "access", "authors")} == {
        "whom": "people",
        "where": "",
        "definition": "",
        "when": "2021",
        "access": "",
        "authors": ("A. Author",),
    }
    plain = {"default": "", "show_default": False}
    assert asked == [
        ("Name of the study, in lower case", {}),
        ("Your file, or published:NAME for a published table", {}),
        ("Whom are the data about? (empty: not stated)", plain),
        ("In which place? (empty: not stated)", plain),
        ("By which definition are they counted? (empty: not stated)", plain),
        ("In which period? (empty: not stated)", plain),
        ("How may a researcher ask for the data? (empty: not stated)", plain),
        ("Who asks?", plain),
    ]
    said = iter([""] * 9)
    asked.clear()
    stated = dict.fromkeys(("whom", "where", "definition", "when", "access"), "said") | {"authors": ("B",)}
    assert new._ask_scope(stated) == stated
    assert asked == []
    assert new._ask_scope(stated | {"authors": ()})["authors"] == ()
    made.clear()
    assert call(capsys, "new", "mine", "--from", "a.csv")[0] == 0  # all that is needed is said
    assert len(asked) == 1
    assert made[0][3] == ("a.csv",)


def test_options_are_answers_word_by_word():
    said = {
        "shape": "counts",
        "roles": ("a=b=list",),
        "yes": ("1", "y"),
        "no": ("0",),
        "sheet": "S",
        "encoding": "cp1252",
        "blank": "no",
        "dates": None,
        "title": "not for a plan",
    }
    assert as_answers(said) == Answers(
        shape="counts",
        roles={"a=b": "list"},
        yes=("1", "y"),
        no=("0",),
        sheet="S",
        encoding="cp1252",
        rules={"blank": "no"},
    )
    assert as_answers({}) == Answers(roles={}, yes=(), no=(), rules={})
    for word in ("ONG", "=list"):
        with pytest.raises(click.BadParameter, match=f"^--role '{word}', must be COLUMN=ROLE$"):
            as_answers({"roles": (word,)})


def test_open_questions_are_asked_one_rule_at_a_time(monkeypatch):
    from ctresearch.data.front_door import door

    asked, planned = [], []

    def prompt(words, **given):
        choices = given.pop("type").choices
        asked.append((words, tuple(choices), given))
        return choices[-1]

    def plan_file(file, said):
        planned.append((file, said.rules))
        left = ["say --dates day-first or month-first"] if len(planned) == 1 else ["name the sheet with --sheet NAME"]
        return SimpleNamespace(questions=left)

    monkeypatch.setattr(plan_options.click, "prompt", prompt)
    monkeypatch.setattr(door, "plan_file", plan_file)
    first = SimpleNamespace(questions=["a blank: --blank no or missing", "more"])
    last = ask_the_rest(first, "a.csv", Answers())
    assert last.questions == ["name the sheet with --sheet NAME"]
    assert asked == [
        ("What a blank among yes and no means.", ("no", "missing"), {"err": True}),
        ("Which number of a date such as 03/04/2020 is the day.", ("day-first", "month-first"), {"err": True}),
    ]
    assert planned == [("a.csv", {"blank": "missing"}), ("a.csv", {"blank": "missing", "dates": "month-first"})]
    again = SimpleNamespace(questions=["--blank "])
    monkeypatch.setattr(door, "plan_file", lambda *_: again)
    assert ask_the_rest(again, "a.csv", Answers()) is again  # what an answer did not settle is not asked twice


def test_a_list_fits_the_terminal(capsys, monkeypatch):
    row = {
        "study": "demo",
        "state": "current",
        "last": "",
        "notebook": "n",
        "title": "A title of many words",
        "why": "",
    }
    monkeypatch.setattr(listing.sys.stdout, "isatty", lambda: True, raising=False)
    for wide, end in ((57, "A title of many words"), (56, "A title of many wor…"), (41, "A ti…")):
        monkeypatch.setattr(listing.shutil, "get_terminal_size", lambda wide=wide: SimpleNamespace(columns=wide))
        listing._show([row])
        lines = capsys.readouterr().out.splitlines()
        assert max(map(len, lines)) <= wide
        assert lines[1].endswith(end), (wide, lines)


def test_a_study_of_public_data_without_a_source_waits_for_its_data(project):
    (project / "studies" / "demo" / "study.toml").write_text(TOML + '\n[data.a]\nlevel = "public"\n')
    assert json.loads(json.dumps(listing.study_row(Project.at(project), "demo"))) == {
        "study": "demo",
        "title": "A small study",
        "notebook": "demo",
        "state": "needs data",
        "runs": [],
        "last": "",
        "why": "give each restricted input with --data",
    }
