"""Keys stay outside repositories and bundles, and digests need them."""

import hashlib
import hmac

import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.core.pseudonym import create_key, load_key, pseudonym


def test_a_digest_depends_on_value_key_and_purpose(tmp_path):
    key = load_key(create_key(tmp_path / "key"))
    other = load_key(create_key(tmp_path / "other"))
    digests = {
        pseudonym("Ana", key, purpose="linkage"),
        pseudonym("Anna", key, purpose="linkage"),
        pseudonym("Ana", other, purpose="linkage"),
        pseudonym("Ana", key, purpose="run id"),
    }
    assert len(digests) == 4
    assert pseudonym("Ana", key, purpose="linkage") == pseudonym(b"Ana", key, purpose="linkage")


def test_a_key_is_private_and_never_overwritten(tmp_path):
    path = create_key(tmp_path / "key")
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(SpecificationError, match="never overwritten"):
        create_key(path)


def test_a_key_inside_a_repository_is_refused(tmp_path):
    (tmp_path / ".git").mkdir()
    with pytest.raises(SpecificationError, match="inside the repository"):
        create_key(tmp_path / "key")


def test_without_a_key_the_message_says_how_to_get_one(tmp_path, monkeypatch):
    monkeypatch.delenv("CTRESEARCH_KEY_FILE", raising=False)
    with pytest.raises(DataError, match="create_key"):
        load_key()
    (tmp_path / "bad").write_text("not hexadecimal")
    with pytest.raises(DataError, match="64 hexadecimal digits"):
        load_key(tmp_path / "bad")
    (tmp_path / "short").write_text("abcd")
    with pytest.raises(DataError, match="holds 2 bytes"):
        load_key(tmp_path / "short")


def test_the_environment_names_the_key(tmp_path, monkeypatch):
    path = create_key(tmp_path / "key")
    monkeypatch.setenv("CTRESEARCH_KEY_FILE", str(path))
    assert load_key() == load_key(path)


def test_a_digest_is_keyed_twice_with_sha_256(tmp_path):
    key = load_key(create_key(tmp_path / "key"))
    assert len(key) == 32
    assert len((tmp_path / "key").read_text()) == 64
    own = hmac.new(key, b"linkage", hashlib.sha256).digest()
    assert pseudonym("Ána", key, purpose="linkage") == hmac.new(own, "Ána".encode(), hashlib.sha256).hexdigest()


def test_a_key_is_found_at_home_and_told_by_its_variable(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    path = create_key("~/key")
    assert path == (tmp_path / "key").resolve()
    assert load_key("~/key") == bytes.fromhex(path.read_text())
    path.write_text(f" {path.read_text()}\n")
    assert len(load_key(path)) == 32
    monkeypatch.delenv("CTRESEARCH_KEY_FILE", raising=False)
    with pytest.raises(DataError, match="set CTRESEARCH_KEY_FILE to a key file"):
        load_key()
    with pytest.raises(DataError, match="cannot be read as 64"):
        load_key(tmp_path / "none")
    (tmp_path / "short").write_text("abcd")
    with pytest.raises(DataError, match="must hold 32"):
        load_key(tmp_path / "short")
    (tmp_path / "repo" / "deep").mkdir(parents=True)
    (tmp_path / "repo" / ".git").mkdir()
    with pytest.raises(SpecificationError, match="the key 'key' would lie inside the repository 'repo'"):
        create_key(tmp_path / "repo" / "deep" / "key")
    with pytest.raises(SpecificationError, match="key exists, and"):
        create_key(path)
