"""How a released bundle becomes data, step by step: where it is looked for, what it is held to, and how it is told."""

import hashlib
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from ctresearch.core import Check, DataError, Result, Scope, SpecificationError, estimates_table
from ctresearch.studies import ReleasedStudy
from ctresearch.studies.asked.bundle_source import BundleSource
from ctresearch.studies.asked.manifest import DataInput
from ctresearch.studies.asked.project import Project
from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.received import bundles
from ctresearch.studies.release import verify

CITED = {
    "study": "kenya",
    "version": "1.0",
    "date": "2026-01-31",
    "title": "How many?",
    "doi": None,
    "authors": ["A"],
    "rests_on": ["x"],
}
ZIP = b"zip"
DIGEST = hashlib.sha256(ZIP).hexdigest()


def declared(**changed):
    return DataInput(**({"source": "bundle:kenya@1.0"} | changed))


@pytest.fixture
def project(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.ctresearch]\n")
    for name in ("demo", "kenya"):
        (tmp_path / "studies" / name).mkdir(parents=True)
        (tmp_path / "studies" / name / "study.toml").touch()
    return Project.at(tmp_path)


@pytest.fixture
def bundle(project):
    path = project.root / "bundles" / "kenya-1.0.zip"
    path.parent.mkdir()
    path.write_bytes(ZIP)
    return path


class Study(SimpleNamespace):
    """A study with some data."""

    def model_copy(self, update):
        return Study(**(vars(self) | update))


def a_study(**data):
    return Study(name="demo", data=data)


@pytest.fixture
def read(monkeypatch):
    """Verify nothing and unpack nothing: the content of a bundle is this, and what was asked is noted."""
    content = {"cited": dict(CITED), "digest": DIGEST, "level": "public", "headline": None, "runs": []}
    seen = SimpleNamespace(content=content, verified=[], looked=[], taken=[], fails=None)

    def read_content(files, digest):
        seen.taken.append((files, digest))
        if seen.fails:
            raise seen.fails
        return content

    monkeypatch.setattr(bundles, "read_content", read_content)
    monkeypatch.setattr(bundles, "unpack", lambda data: {"inside": data})
    monkeypatch.setattr(bundles, "_verified", lambda *given: seen.verified.append(given) or ZIP)
    monkeypatch.setattr(bundles, "_looked_at", lambda *given: seen.looked.append(given) or ZIP)
    return seen


def resolve(project, one, given=None, look=False):
    return bundles._resolve_bundle(a_study(k=one), "k", one, given, project, look=look)


def test_a_bundle_is_public_data_under_its_own_name_and_hash(read, project, bundle):
    found = resolve(project, declared(sha256=DIGEST))
    releases = [project.root / "bundles", *(project.studies / name / "releases" for name in ("demo", "kenya"))]
    assert read.verified == [("k", bundle, DIGEST, releases)]
    assert read.looked == []
    assert read.taken == [({"inside": ZIP}, DIGEST)]
    assert (found.name, found.source, found.level, found.digest) == ("k", "bundle:kenya@1.0", "public", DIGEST)
    assert (found.keyed, found.bytes, found.rows, found.replaced) == (False, len(ZIP), "published", None)
    assert json.loads(found.content) == read.content
    assert found.bundle == CITED
    read.content["cited"]["title"] = "¿Cuántas?"
    assert "¿Cuántas?" in resolve(project, declared()).content.decode()  # as it is written
    assert read.verified[-1][2] is None


@pytest.mark.parametrize(
    ("stated", "carried", "level"),
    [
        ("restricted", "public", "restricted"),
        ("restricted", "restricted", "restricted"),
        (None, "restricted", "restricted"),
    ],
)
def test_the_strictest_level_counts(read, project, bundle, stated, carried, level):
    read.content["level"] = carried
    said = {"level": stated, "access": "ask"} if stated else {}
    found = resolve(project, declared(**said))
    assert (found.level, found.rows) == (level, None)


def test_what_others_released_as_restricted_is_not_called_public(read, project, bundle):
    read.content["level"] = "restricted"
    with pytest.raises(SpecificationError, match=r"^data.k of 'demo' says level = \"public\", and its bundle carries"):
        resolve(project, declared(level="public"))
    read.content["level"] = "public"
    assert resolve(project, declared(level="public")).level == "public"


def test_a_bundle_given_in_place_of_another_is_looked_at_as_it_is(read, project, bundle, tmp_path):
    other = tmp_path / "away" / "other.zip"
    other.parent.mkdir()
    other.write_bytes(ZIP)
    found = resolve(project, declared(sha256=DIGEST), given=other, look=True)
    assert read.looked[0][:3] == ("k", other, None)  # the pin is of the study's own
    assert read.verified == []
    assert found.replaced is None  # it is the release that the manifest names
    read.content["cited"]["version"] = "1.1"
    assert resolve(project, declared(), given=other).replaced == ()
    assert resolve(project, DataInput(source="a.csv"), given=other).replaced == ()


def test_another_release_or_other_bytes_under_the_name_are_refused(read, project, bundle):
    read.content["digest"] = "another"
    with pytest.raises(IntegrityError, match=f"has the SHA-256 another, must be {DIGEST}: it is not the bundle pinned"):
        resolve(project, declared(sha256=DIGEST))
    read.content["cited"]["study"] = "uganda"
    told = r"^data\.k: kenya-1\.0\.zip holds uganda 1\.0, another release than its name says$"
    with pytest.raises(IntegrityError, match=told):
        resolve(project, declared())
    read.fails = IntegrityError("its own files cannot be read")
    told = r"^data\.k: the bundle kenya-1\.0\.zip is refused, its own files cannot be read$"
    with pytest.raises(IntegrityError, match=told):
        resolve(project, declared())


def test_a_bundle_that_is_not_there_is_asked_about(read, project, monkeypatch):
    asked = []
    monkeypatch.setattr(
        bundles, "_refuse_missing", lambda *given: asked.append(given) or (_ for _ in ()).throw(KeyError)
    )
    with pytest.raises(KeyError):
        resolve(project, declared())
    source, path = BundleSource("kenya", "1.0"), project.root / "bundles" / "kenya-1.0.zip"
    assert asked[0][:3] == ("k", source, path)
    assert len(asked[0][3]) == 3


def test_bundles_are_told_apart_from_files_and_the_order_is_that_of_the_study(monkeypatch, project):
    study = a_study(lists=DataInput(source="a.csv"), k=declared(), m=DataInput(source="b.csv"))
    seen = []

    def files(given_study, given):
        seen.append((list(given_study.data), given))
        return {name: name for name in reversed(list(given_study.data))}

    def one(given_study, name, one, given, where, *, look):
        seen.append((given_study is study, name, given, where, look))
        return f"bundle {name}"

    monkeypatch.setattr(bundles, "resolve_inputs", files)
    monkeypatch.setattr(bundles, "_resolve_bundle", one)
    found = bundles.resolve_data(study, None, project)
    assert list(found.items()) == [("lists", "lists"), ("k", "bundle k"), ("m", "m")]
    assert seen == [(["lists", "m"], {}), (True, "k", None, project, False)]
    seen.clear()
    found = bundles.resolve_data(study, {"m": "bundle:x@1", "lists": "c.csv"}, project, look=True)
    assert list(found.items()) == [("lists", "lists"), ("k", "bundle k"), ("m", "bundle m")]
    assert seen[0] == (["lists"], {"lists": "c.csv"})
    assert seen[1:] == [(True, "k", None, project, True), (True, "m", "bundle:x@1", project, True)]
    with pytest.raises(SpecificationError, match="data == 'other' is not an input"):
        bundles.resolve_data(study, {"other": "x"}, project)


def test_a_bundle_lies_where_its_words_say(project, tmp_path):
    root = project.root
    for place in ("bundles/kenya-1.0.zip", "store/uganda-2.0.zip", "studies/kenya/releases/kenya-1.1.zip"):
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).touch()

    def where(given=None, source="bundle:kenya@1.0"):
        return bundles._where("k", DataInput(source=source), given, project)

    assert where() == (BundleSource("kenya", "1.0"), root / "bundles" / "kenya-1.0.zip")
    assert where("bundle:uganda@2.0")[1] == root / "store" / "uganda-2.0.zip"
    assert where(source="bundle:kenya@1.1")[1] == root / "studies" / "kenya" / "releases" / "kenya-1.1.zip"
    assert where("bundle:none@1.0")[1] == root / "bundles" / "none-1.0.zip"  # where it ought to lie
    assert where("bundle:deep/a.zip") == (BundleSource(path="deep/a.zip"), root / "deep" / "a.zip")
    away = tmp_path.parent / "away.zip"
    assert where(away) == (BundleSource(path="away.zip"), away)  # by hand it may lie anywhere
    with pytest.raises(
        SpecificationError, match=r"^data.k == 'published:uk-2013', but this input is a released bundle"
    ):
        where("published:uk-2013")
    with pytest.raises(SpecificationError, match=r"^data\.k: source == 'bundle:x', must be bundle:NAME@VERSION"):
        where("bundle:x")
    (root / "bundles" / "link-1.0.zip").symlink_to(away)
    away.touch()
    with pytest.raises(SpecificationError, match=r"^data\.k == 'bundle:link@1\.0' leads out of the project: copy"):
        where("bundle:link@1.0")
    away.unlink()


def test_why_a_bundle_is_not_there(monkeypatch, tmp_path):
    asked, stones = [], []
    monkeypatch.setattr(
        bundles, "find_withdrawn", lambda *given: asked.append(given) or (stones[0] if stones else None)
    )
    path, releases = tmp_path / "bundles" / "x.zip", [tmp_path / "r"]

    def missing(source):
        bundles._refuse_missing("k", source, path, releases)

    named = (
        r"^data\.k: the bundle kenya-1\.0\.zip is in none of bundles/, store/, studies/kenya/releases/: put what was"
    )
    with pytest.raises(DataError, match=named):
        missing(BundleSource("kenya", "1.0"))
    assert asked == [(tmp_path / "bundles" / "kenya-1.0.zip", releases)]
    with pytest.raises(DataError, match=r"^data\.k: the bundle a\.zip is in none of its place: put"):
        missing(BundleSource(path="deep/a.zip"))
    stones.append({"date": "2026-02-01", "reason": "it was wrong"})
    told = r"^data\.k: the bundle a\.zip was withdrawn on 2026-02-01 \(it was wrong\): leave it out$"
    with pytest.raises(IntegrityError, match=told):
        missing(BundleSource(path="deep/a.zip"))


def test_a_bundle_is_taken_when_every_check_of_it_passes(monkeypatch, tmp_path):
    path = tmp_path / "kenya-1.0.zip"
    path.write_bytes(ZIP)
    found = SimpleNamespace(checks=[Check("signature", "review", "Unsigned it is.")], sha256=DIGEST)
    asked = []
    monkeypatch.setattr(verify, "verify_bundle", lambda *given: asked.append(given) or found)
    assert bundles._verified("k", path, "pin", [tmp_path]) == ZIP
    assert asked == [(path, "pin", [tmp_path])]
    found.sha256 = "another"
    with pytest.raises(IntegrityError, match=r"^data\.k: the bundle kenya-1\.0\.zip changed while it was read$"):
        bundles._verified("k", path, None, [])
    found.checks.append(Check("files", "fail", "Changed: " + "x" * 500))
    with pytest.raises(IntegrityError) as caught:
        bundles._verified("k", path, None, [])
    told = f"data.k: the bundle kenya-1.0.zip does not verify (files): Changed: {'x' * 391}"
    assert str(caught.value) == told
    with pytest.raises(DataError, match=r"^data\.k: '.*missing\.zip' cannot be read"):
        bundles._verified("k", tmp_path / "missing.zip", None, [])


def test_a_bundle_is_verified_again_when_anything_that_counts_changed(monkeypatch, tmp_path):
    kept, made = {}, []

    def remembered(place, key, make):
        if kept.get(place) != key:
            kept[place] = key
            made.append(make())

    monkeypatch.setattr(bundles, "remembered", remembered)
    monkeypatch.setattr(bundles, "_verified", lambda *given: given)
    monkeypatch.setattr(bundles, "source_hash", lambda: "s")
    folder, releases = tmp_path / "bundles", tmp_path / "releases"
    folder.mkdir()
    releases.mkdir()
    path = folder / "kenya-1.0.zip"
    path.write_bytes(ZIP)

    def look(pin="pin"):
        assert bundles._looked_at("k", path, pin, [releases]) == path.read_bytes()
        return len(made)

    assert (look(), look()) == (1, 1)
    assert made == [True]
    assert list(kept) == [f"verified {path}"]
    near = ["kenya-1.0.zip.sha256", "kenya-1.0.zip.sig", "other-1.0.withdrawn.json", "../releases.jsonl"]
    near += ["releases.jsonl", "../releases/x-1.0.withdrawn.json"]
    for count, name in enumerate(near, 2):
        (folder / name).write_text("x")
        assert (look(), look()) == (count, count), name
    (folder / "kenya-1.0.zip.md5").write_text("x")  # nobody asks for that
    assert look() == 7
    assert look("another pin") == 8
    path.write_bytes(b"other")
    assert look("another pin") == 9
    monkeypatch.setattr(bundles, "source_hash", lambda: "t")
    assert look("another pin") == 10


@pytest.mark.parametrize(
    ("source", "cited", "path", "own"),
    [
        (BundleSource("kenya", "1.0"), ("kenya", "1.0"), "x.zip", True),
        (BundleSource("kenya", "1.0"), ("kenya", "1.1"), "kenya-1.0.zip", False),
        (BundleSource("kenya", "1.0"), ("uganda", "1.0"), "kenya-1.0.zip", False),
        (BundleSource(path="deep/a.zip"), ("kenya", "1.0"), "a.zip", True),
        (BundleSource(path="deep/a.zip"), ("kenya", "1.0"), "b.zip", False),
    ],
)
def test_a_bundle_is_the_one_meant_by_what_it_holds_or_by_its_file(source, cited, path, own):
    told = dict(zip(("study", "version"), cited, strict=True))
    assert bundles._is_meant(source, told, Path(path)) is own


def test_a_release_pins_the_bundles_that_it_rests_on():
    study = a_study(k=declared(), lists=DataInput(source="a.csv"), pinned=declared(sha256=DIGEST))
    inputs = {name: SimpleNamespace(bundle=CITED, digest=name) for name in ("k", "pinned")}
    inputs["lists"] = SimpleNamespace(bundle=None, digest="x")
    with pytest.raises(SpecificationError, match=r'write sha256 = "k" under \[data\.k\] of study\.toml$'):
        bundles.refuse_unpinned(study, inputs)
    del inputs["k"]
    bundles.refuse_unpinned(study, inputs)


def an_estimate(**scope):
    given = {"population": "people", "definition": "found", "reference_period": "2013", "measure": "period"} | scope
    table = estimates_table({"population": (200.0, 3.0, 180.0, 220.0)}, unit="persons")
    return Result(method="Sum of lists", n=40, estimates=table, interval="normal", scope=Scope(**given)).to_dict()


@pytest.fixture
def received(tmp_path):
    """A released study of two runs, as a notebook reads it."""
    runs = [
        {
            "run_id": f"r{n}",
            "parameters": {"n": n, "word": "w"},
            "estimates": {"e": an_estimate(), "other": an_estimate(population="calls")},
            "tables": {"t": f"a\n{n}\n"},
        }
        for n in (1, 2)
    ]
    runs[1]["tables"]["u"] = "a\n9\n"
    content = {"cited": CITED, "digest": "d", "level": "public", "headline": "e", "runs": runs}
    (tmp_path / "k.json").write_text(json.dumps(content))
    return ReleasedStudy.read(tmp_path / "k.json")


def test_a_released_study_says_what_it_is(received):
    assert (received.study, received.version, received.date, received.title) == (
        "kenya",
        "1.0",
        "2026-01-31",
        "How many?",
    )
    assert (received.authors, received.rests_on, received.doi) == (("A",), ("x",), None)
    assert (received.digest, received.level, received.headline) == ("d", "public", "e")
    assert (received.estimates, received.tables) == (("e", "other"), ("t", "u"))
    assert received.scope.population == "people"
    assert received.citation == "A (2026). How many? kenya, version 1.0. SHA-256 d."


def test_it_is_cited_with_its_doi_and_a_whole_title(received):
    from dataclasses import replace

    cited = replace(received, doi="doi:10.1/x", title="Lists", authors=("A", "B")).citation
    assert cited == "A, B (2026). Lists. kenya, version 1.0. SHA-256 d. https://doi.org/10.1/x"
    assert replace(received, authors=()).citation.startswith("Authors not stated (2026). ")
    bare = replace(received, headline=None).scope
    assert (bare.population, bare.definition) == ("not stated", "found")


def test_one_run_is_chosen_by_its_parameters(received):
    assert received.parameters(n=2) == {"n": 2, "word": "w"}
    assert received.table("t", n=1).to_dict("list") == {"a": [1]}
    assert received.result("e", n=1).estimates["estimate"].tolist() == [200.0]
    told = "^2 of 2 runs of kenya 1.0 fit, must be one: name values of its parameters n, word$"
    for chosen in ({}, {"word": "w"}):
        with pytest.raises(SpecificationError, match=told):
            received.parameters(**chosen)
    with pytest.raises(SpecificationError, match=r"^0 of 2 runs of kenya 1.0 fit"):
        received.parameters(n=3)
    with pytest.raises(SpecificationError, match=r"^0 of 2 runs"):
        received.parameters(n=1, none=None, word="x")
    with pytest.raises(SpecificationError, match=r"^table == 'u' is not in the bundle of kenya 1.0, must be one of t$"):
        received.table("u", n=1)
    with pytest.raises(
        SpecificationError, match=r"^estimate == 't' is not in the bundle of kenya 1.0, must be one of e, o"
    ):
        received.result("t", n=1)
    received.runs[0]["tables"].clear()
    with pytest.raises(
        SpecificationError, match=r"^table == 't' is not in the bundle of kenya 1.0, it holds no table$"
    ):
        received.table("t", n=1)
