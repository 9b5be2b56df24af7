"""One input from its word to its record, step by step: which key, which digest, and what may be told of it."""

import hashlib
import stat
from types import SimpleNamespace

import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.core.pseudonym import pseudonym
from ctresearch.studies.asked import inputs
from ctresearch.studies.asked.data_card import DataCard
from ctresearch.studies.asked.inputs import ResolvedInput
from ctresearch.studies.asked.manifest import DataInput
from ctresearch.studies.asked.other_data import on_its_data, replaced_inputs, words_unset

CONTENT = b"a,b\n1,2\n"
PLAIN = hashlib.sha256(CONTENT)
KEY = b"k" * 32
SCOPE = {"population": "people", "measure": "period"}
PURPOSE = "ctresearch study input"


@pytest.fixture
def keyed(monkeypatch):
    """One key for the custodian and one of one's own, and where each was asked for."""
    asked = []
    monkeypatch.setattr(inputs, "load_key", lambda file: asked.append(file) or (KEY if file is None else b"o" * 32))
    monkeypatch.setattr(inputs, "own_key_file", lambda: "own key")
    return asked


def under(key, content=None):
    return pseudonym(content or PLAIN.digest(), key, purpose=PURPOSE)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "lists.csv"
    path.write_bytes(CONTENT)
    return path


def a_study(tmp_path, **data):
    return SimpleNamespace(name="demo", folder=tmp_path, data=data)


def resolve(tmp_path, declared, given=None):
    return inputs._resolve_one(a_study(tmp_path, lists=declared), "lists", declared, given)


@pytest.fixture
def unprepared(monkeypatch):
    """Nothing is brought through the front door; what was asked is noted."""
    asked = []
    monkeypatch.setattr(inputs, "prepare_file", lambda *given: asked.append(given))
    return asked


def test_a_public_file_of_the_study_is_plain(keyed, unprepared, file, tmp_path):
    found = resolve(tmp_path, DataInput(source="lists.csv", level="public", rows="aggregates", scope=SCOPE))
    assert (found.name, found.source, found.level, found.digest) == ("lists", "lists.csv", "public", PLAIN.hexdigest())
    assert (found.keyed, found.bytes, found.path, found.rows) == (False, len(CONTENT), file, "aggregates")
    assert (dict(found.scope), found.key_file, found.content, found.replaced) == (SCOPE, None, None, None)
    assert unprepared == keyed == []
    assert found.current_digest() == found.digest
    assert found.record() == {
        "source": "lists.csv",
        "level": "public",
        "digest": PLAIN.hexdigest(),
        "keyed": False,
        "bytes": len(CONTENT),
    }


def test_a_restricted_file_is_known_under_the_custodians_key_where_it_is_pinned(keyed, unprepared, file, tmp_path):
    declared = DataInput(level="restricted", access="ask", keyed_digest=under(KEY), scope=SCOPE)
    found = resolve(tmp_path, declared, given=file)
    assert (found.source, found.level, found.digest) == ("restricted", "restricted", under(KEY))
    assert (found.keyed, found.bytes, found.key_file, found.rows) == (True, None, None, None)
    assert dict(found.scope) == SCOPE
    assert set(keyed) == {None}
    assert unprepared == [("lists", file)]
    other = DataInput(level="restricted", access="ask", keyed_digest="0" * 64)
    found = resolve(tmp_path, other, given=file)  # not the one that the manifest speaks of
    assert found.replaced == ("title", "level", "rows", "scope")
    assert (found.key_file, found.digest) == ("own key", under(b"o" * 32))


def test_without_a_pin_or_a_level_a_file_is_known_under_ones_own_key(keyed, unprepared, file, tmp_path):
    found = resolve(tmp_path, DataInput(level="restricted", access="ask"), given=file)
    assert (found.digest, found.key_file, found.replaced) == (under(b"o" * 32), "own key", None)
    found = resolve(tmp_path, DataInput(source="lists.csv"))
    assert (found.level, found.source, found.digest) == ("restricted", "restricted", under(b"o" * 32))
    assert found.current_digest() == found.digest


def test_a_pinned_public_file_must_be_the_one(keyed, unprepared, file, tmp_path):
    declared = DataInput(source="lists.csv", level="public", sha256="0" * 64)
    told = f"^data.lists has the digest {PLAIN.hexdigest()}, must be {'0' * 64}: the file is not the one pinned$"
    with pytest.raises(DataError, match=told):
        resolve(tmp_path, declared)
    assert resolve(tmp_path, DataInput(source="lists.csv", level="public", sha256=PLAIN.hexdigest())).digest


def test_the_studys_own_file_may_be_given_from_anywhere_and_lies_at_home(keyed, unprepared, file, tmp_path):
    copy = tmp_path / "copy.csv"
    copy.write_bytes(CONTENT)
    found = resolve(tmp_path, DataInput(source="lists.csv", level="public"), given=copy)
    assert (found.path, found.source, found.replaced) == (file, "lists.csv", None)
    assert unprepared == []
    copy.write_bytes(b"other")
    found = resolve(tmp_path, DataInput(source="lists.csv", level="public"), given=str(copy))
    assert (found.path, found.replaced) == (copy, ("title", "level", "rows", "scope"))
    assert unprepared == [("lists", copy)]


def test_a_file_with_columns_is_held_to_them_and_not_prepared(keyed, unprepared, monkeypatch, file, tmp_path):
    asked = []
    monkeypatch.setattr(inputs, "_check_columns", lambda *given: asked.append(given))
    columns = {"a": "int", "b": "int"}
    resolve(tmp_path, DataInput(level="restricted", access="ask", columns=columns), given=file)
    assert asked == [("lists", file, columns)]
    assert unprepared == []


def test_what_was_prepared_is_what_is_hashed_and_handed_on(keyed, monkeypatch, file, tmp_path):
    made = SimpleNamespace(content=b"made", hashed=b"hashed", query="q")
    monkeypatch.setattr(inputs, "prepare_file", lambda *_: made)
    found = resolve(tmp_path, DataInput(level="restricted", access="ask"), given=file)
    assert (found.content, found.digest, found.bytes) == (b"made", under(b"o" * 32, b"hashed"), None)
    assert found.current_digest() == found.digest
    card = DataCard(level="public", rows="invented", title="T")
    public = inputs._resolved("lists", file, card, None, made)
    assert (public.digest, public.bytes) == (hashlib.sha256(b"hashed").hexdigest(), 4)
    assert (public.source, public.rows, public.keyed) == ("lists.csv", "invented", False)


def test_other_data_are_true_of_what_their_card_states(keyed, monkeypatch, file):
    monkeypatch.setattr(inputs, "read_card", lambda path: DataCard(title="Mine", level="public", rows="invented"))
    found = inputs._in_place("lists", file, None)
    assert found.name == "lists"
    assert (found.title, found.replaced, found.level, found.rows) == ("Mine", ("scope",), "public", "invented")
    assert found.digest == PLAIN.hexdigest()
    assert found.key_file is None


def test_what_is_not_there_says_how_it_is_given(tmp_path):
    with pytest.raises(SpecificationError) as caught:
        resolve(tmp_path, DataInput(level="restricted", access="ask the custodian"))
    told = "data.lists has no source in 'demo': give the file with --data lists=FILE"
    assert str(caught.value) == f"{told}; access: ask the custodian"
    with pytest.raises(SpecificationError) as caught:
        resolve(tmp_path, DataInput(level="public"))
    assert str(caught.value) == told
    with pytest.raises(DataError, match=f"^data.lists == '{tmp_path / 'gone.csv'}' is not a file, must be one"):
        resolve(tmp_path, DataInput(source="gone.csv", level="public"))
    study = a_study(tmp_path)
    with pytest.raises(SpecificationError, match=r"^data == 'x' is not an input of 'demo', this study takes no data$"):
        inputs.refuse_unknown(study, ["x"])


@pytest.mark.parametrize("given", ["sqlite:///a.db?table=t", "postgresql+x://host/db", "a1://x"])
def test_an_address_is_a_database_only_where_it_is_given(monkeypatch, tmp_path, given):
    asked = []
    monkeypatch.setattr(inputs, "_from_database", lambda *words: asked.append(words) or "found")
    declared = DataInput(source="lists.csv")
    assert resolve(tmp_path, declared, given=given) == "found"
    assert asked == [(a_study(tmp_path, lists=declared), "lists", declared, given)]
    with pytest.raises(DataError, match="is not a file"):
        resolve(tmp_path, declared, given="1sqlite://x")


@pytest.mark.parametrize("pinned", [True, False])
def test_a_table_of_a_database_is_restricted_whatever_was_said(keyed, monkeypatch, tmp_path, pinned):
    made = SimpleNamespace(content=b"made", hashed=b"hashed", query="SELECT 1")
    asked = []
    monkeypatch.setattr(inputs, "prepare_database", lambda *given: asked.append(given) or made)
    pin = under(KEY, b"hashed") if pinned else None
    own = DataInput(level="restricted", access="ask", keyed_digest=pin, scope=SCOPE, show_query=True)
    found = inputs._from_database(a_study(tmp_path), "lists", own, "sqlite:///a.db")
    assert asked == [("lists", "sqlite:///a.db", tmp_path)]
    assert (found.source, found.level, found.keyed) == ("restricted", "restricted", True)
    assert (found.digest, found.key_file) == ((pin, None) if pinned else (under(b"o" * 32, b"hashed"), "own key"))
    assert (dict(found.scope), found.replaced, found.content, found.query) == (SCOPE, None, b"made", "SELECT 1")
    assert found.record()["query"] == "SELECT 1"
    quiet = DataInput(level="restricted", access="ask", keyed_digest=pin)
    assert inputs._from_database(a_study(tmp_path), "lists", quiet, "sqlite:///a.db").query == ""
    public = DataInput(source="a.csv", level="public", scope=SCOPE)
    other = inputs._from_database(a_study(tmp_path), "lists", public, "sqlite:///a.db")
    assert (dict(other.scope), other.replaced, other.query) == ({}, ("title", "level", "rows", "scope"), "")
    assert other.key_file == "own key"
    wrong = DataInput(level="restricted", access="ask", keyed_digest="0" * 64)
    with pytest.raises(
        DataError, match=f"^data.lists has the digest .*, must be {'0' * 64}: it is not the one pinned$"
    ):
        inputs._from_database(a_study(tmp_path), "lists", wrong, "sqlite:///a.db")


def test_a_published_table_is_known_by_its_name_and_of_published_rows(monkeypatch):
    monkeypatch.setattr(inputs, "_published_digest", lambda name: f"digest of {name}")
    own = DataInput(source="published:uk-2013", level="public")
    found = inputs._published("lists", "published:uk-2013", own)
    assert (found.source, found.level, found.digest) == ("published:uk-2013", "public", "digest of uk-2013")
    assert (found.keyed, found.rows, found.replaced, found.bytes) == (False, "published", None, None)
    assert found.for_everybody
    assert found.locator() == {"published": "uk-2013"}
    assert inputs._published("lists", "published:nl-2015", own).replaced == ()
    restricted = DataInput(level="restricted", access="ask")
    told = "^data.lists == 'published:uk-2013', but this input is restricted: give the custodian's file$"
    with pytest.raises(SpecificationError, match=told):
        inputs._published("lists", "published:uk-2013", restricted)
    assert inputs._published("lists", "published:uk-2013", DataInput()).digest  # nobody said a level


def resolved(**changed):
    given = {"name": "lists", "source": "lists.csv", "level": "public", "digest": "d", "keyed": False}
    return ResolvedInput(**(given | changed))


@pytest.mark.parametrize(
    ("changed", "published", "everybody"),
    [
        ({}, True, True),
        ({"path": "p"}, False, False),
        ({"path": "p", "rows": "invented"}, False, True),
        ({"path": "p", "rows": "invented", "level": "restricted"}, False, False),
        ({"content": b""}, False, False),
    ],
)
def test_a_cell_may_be_shown_of_what_is_published_or_named(changed, published, everybody):
    one = resolved(**changed)
    assert (one.is_published, one.for_everybody) == (published, everybody)


def test_a_record_says_what_may_be_published_and_no_more(tmp_path):
    bare = {"source": "lists.csv", "level": "public", "digest": "d", "keyed": False, "bytes": 3}
    assert resolved(bytes=3, path=tmp_path, title="T").record() == bare
    told = resolved(bytes=3, query="q", bundle={"study": "x"}, replaced=("title",)).record()
    assert told == bare | {"query": "q", "bundle": {"study": "x"}, "replaced": ["title"]}
    assert list(told) == [*bare, "query", "bundle", "replaced"]


def test_a_kernel_is_handed_contents_and_copies_for_it_alone(monkeypatch, file, tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setattr(inputs, "folder_of_process", lambda: tmp_path)
    one = resolved(content=b"made", scope=SCOPE)
    assert one.locator(folder) == {"path": str(folder / "data-lists.csv"), "scope": SCOPE}
    assert (folder / "data-lists.csv").read_bytes() == b"made"
    assert stat.S_IMODE((folder / "data-lists.csv").stat().st_mode) & 0o077 == 0
    assert resolved(content=b"{}", bundle={}).locator() == {"bundle": str(tmp_path / "data-lists.json")}
    zipped = tmp_path / "Fatima.tar.gz"
    zipped.write_bytes(b"12345")
    one = resolved(path=zipped, scope=SCOPE)
    assert one.locator(folder) == {"path": str(zipped), "scope": SCOPE}
    assert one.locator(folder, copy=True) == {"path": str(folder / "data-lists.tar.gz"), "scope": SCOPE}
    assert (folder / "data-lists.tar.gz").read_bytes() == b"12345"
    assert stat.S_IMODE((folder / "data-lists.tar.gz").stat().st_mode) & 0o077 == 0
    for most, copied in ((5, True), (4, False)):
        monkeypatch.setattr(inputs, "MOST_COPIED", most)
        assert (one.locator(folder, copy=True)["path"] != str(zipped)) is copied


def test_a_file_that_cannot_be_read_says_so_by_its_name(tmp_path):
    with pytest.raises(
        DataError, match=r"^'gone\.csv' cannot be read: No such file or directory; check its permissions"
    ):
        inputs._digest(tmp_path / "gone.csv", keyed=False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,x\n", None),
        ("\ufeffb,a\nx,1\n\n", "has 0 cells in line 3, must have 2"),
        ("a,b\n,\n", None),
        ("a,b\n1,x,y\n", "has 3 cells in line 2, must have 2"),
        ("a,b\n1,x\nFatima,y\n", "line 3, column 'a' does not hold a int: correct it"),
        ("a,c\n1,x\n", r"has 2 columns, 1 of them known, must have \['a', 'b'\] in its first line"),
        ("", r"has 0 columns, 0 of them known"),
        ('a,b\n1,"x\n', "is not a UTF-8 CSV file, must be one: Error"),
    ],
)
def test_a_file_is_held_to_its_columns_without_a_value_of_it(tmp_path, text, said):
    path = tmp_path / "lists.csv"
    path.write_text(text, encoding="utf-8")
    if said is None:
        inputs._check_columns("lists", path, {"a": "int", "b": "str"})
    else:
        with pytest.raises(DataError, match=f"^data.lists {said}") as caught:
            inputs._check_columns("lists", path, {"a": "int", "b": "str"})
        assert "Fatima" not in str(caught.value)


def test_a_study_on_other_data_loses_its_words_and_keeps_its_question(tmp_path):
    from ctresearch.studies.asked.manifest import study_from_table

    parameters = {
        "n": {"type": "int", "value": 3},
        "word": {"type": "str", "value": "w", "of_the_data": True},
        "many": {"type": "list", "value": ["a"], "of_the_data": True},
    }
    table = {
        "title": "T",
        "notebook": "n",
        "seed": 1,
        "description": "Words",
        "authors": [{"name": "A"}],
        "parameters": parameters,
        "data": {"lists": {"source": "lists.csv", "level": "public", "sha256": "0" * 64, "help": "h"}, "own": {}},
        "cite": {"doi": "10.1/x", "licence": "CC0-1.0", "references": ["a report"]},
    }
    study = study_from_table(table, tmp_path / "demo")
    own = {"lists": resolved(), "own": resolved()}
    assert on_its_data(study, own) is study
    assert words_unset(study, own) == {}
    assert replaced_inputs(own) == {}
    other = own | {"lists": resolved(replaced=("scope",), title="Mine", rows="invented", level="restricted", path="p")}
    made = on_its_data(study, other)
    assert (made.title, made.description, made.authors, made.overrides) == ("Mine", "", [], [])
    assert (made.cite.doi, made.cite.licence, made.cite.references) == (None, "LicenseRef-not-stated", ["a report"])
    data = made.data["lists"]
    assert (data.source, data.level, data.rows, data.scope) == (None, "restricted", "invented", None)
    assert (data.access, data.sha256, data.keyed_digest, data.help) == (None, None, None, "")
    assert made.data["own"] is study.data["own"]
    assert words_unset(study, other) == {"word": "", "many": ()}
    assert replaced_inputs(other) == {"lists": ["scope"]}
    published = {"lists": resolved(source="published:nl", replaced=(), scope=SCOPE)}
    made = on_its_data(study, own | published)
    assert made.title == "demo on published:nl"
    assert (made.data["lists"].source, made.data["lists"].scope) == ("published:nl", SCOPE)
    both = published | {"own": resolved(path="p", replaced=("title",))}
    assert on_its_data(study, both).title == "demo on other data: title not stated"
    titled = {"lists": resolved(path="p", replaced=(), title="A"), "own": resolved(path="p", replaced=(), title="B")}
    assert on_its_data(study, titled).title == "A; B"
    assert on_its_data(study, published | {"own": titled["own"]}).title == "B"
