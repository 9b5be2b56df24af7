"""Files that many releases share are kept once, under their SHA-256: the package, and large public inputs.

A bundle lists them with their hash like any other file; the store holds their content, packed. The bundle and the store
together give every byte back.
"""

from __future__ import annotations

import hashlib
import json
import lzma
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import DataError
from ctresearch.studies.base.archive import MAX_BYTES
from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.base.whole import write_whole
from ctresearch.studies.kept.evidence import read_bundle

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

STORE = Path("store") / "sha256"
LISTING = "bundle.json"
_SHARED = ("wheel/", "source/data/", "source/studies/")  # where what others share may stand
_LARGE = 2**16  # bytes; below it a file of its own costs more than it saves


def apart(files: Mapping[str, bytes]) -> list[str]:
    """Choose the files of a bundle that the store keeps.

    Parameters
    ----------
    files : mapping of str to bytes
        Path inside the bundle to content.

    Returns
    -------
    list of str
        Paths, in order.

    Examples
    --------
    >>> apart({"wheel/w.whl": bytes(2**17), "report.html": bytes(2**17), "source/data/few.csv": b"1"})
    ['wheel/w.whl']
    """
    return sorted(path for path, content in files.items() if path.startswith(_SHARED) and len(content) > _LARGE)


def put(store: Path, content: bytes) -> Path:
    """Keep a content, whole or not at all.

    Parameters
    ----------
    store : pathlib.Path
        The folder.
    content : bytes
        What is kept.

    Returns
    -------
    pathlib.Path
        The file, named by the SHA-256 of the content.

    Examples
    --------
    >>> import tempfile
    >>> store = Path(tempfile.mkdtemp())
    >>> put(store, b"one") == put(store, b"one")
    True
    """
    place = _place(store, hashlib.sha256(content).hexdigest())
    if not place.is_file():
        place.parent.mkdir(parents=True, exist_ok=True)
        write_whole(place, lzma.compress(content))
    return place


def take(stores: Iterable[Path], digest: str, size: int) -> bytes | None:
    """Find a content.

    Parameters
    ----------
    stores : iterable of pathlib.Path
        Where to look.
    digest : str
        Its SHA-256.
    size : int
        Its bytes; more are never unpacked.

    Returns
    -------
    bytes or None
        The content; ``None`` where no store has it.

    Raises
    ------
    IntegrityError
        If a store holds something else under that name.

    Examples
    --------
    >>> import tempfile
    >>> store = Path(tempfile.mkdtemp())
    >>> _ = put(store, b"one")
    >>> take([store], hashlib.sha256(b"one").hexdigest(), 3)
    b'one'
    """
    for store in stores:
        place = _place(store, digest)
        if not place.is_file():
            continue
        try:
            content = lzma.LZMADecompressor(memlimit=2**28).decompress(place.read_bytes(), max_length=size + 1)
        except (lzma.LZMAError, EOFError) as error:
            raise IntegrityError(f"{place} of the store is damaged: {error}") from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise IntegrityError(f"{place} of the store holds another content than its name says")
        return content
    return None


def stores_near(bundle: Path, given: Path | None = None) -> list[Path]:
    """List the stores that a bundle's files may stand in.

    Parameters
    ----------
    bundle : pathlib.Path
        The zip file.
    given : pathlib.Path, optional
        A store, or the folder that holds ``store/sha256``.

    Returns
    -------
    list of pathlib.Path
        The one given, and any above the bundle.

    Examples
    --------
    >>> import tempfile
    >>> stores_near(Path(tempfile.mkdtemp()) / "demo-1.0.zip")
    []
    """
    asked = [] if given is None else [given, given / STORE, given / STORE.name]
    above = [folder / STORE for folder in bundle.resolve().parents]
    return [one for one in dict.fromkeys([*asked, *above]) if one.is_dir()]


def complete(
    listing: Mapping[str, Any], inside: Mapping[str, bytes], stores: Sequence[Path]
) -> tuple[dict[str, bytes], list[str]]:
    """Put back what the store keeps.

    Parameters
    ----------
    listing : mapping
        ``bundle.json``.
    inside : mapping of str to bytes
        The files of the bundle, without its folder.
    stores : sequence of pathlib.Path
        Where to look.

    Returns
    -------
    files : dict of str to bytes
        All that were found.
    lost : list of str
        Those that no store has.

    Raises
    ------
    IntegrityError
        If the listing keeps something apart that a store never keeps.

    Examples
    --------
    >>> complete({"files": {}}, {"report.html": b"1"}, [])
    ({'report.html': b'1'}, [])
    """
    files, lost = dict(inside), []
    for path in listing.get("store", ()):
        entry = listing["files"].get(path, {"bytes": -1})
        if not path.startswith(_SHARED) or not 0 <= entry["bytes"] <= MAX_BYTES:
            raise IntegrityError(f"{path!r} is listed as kept in a store, which no release does with such a file")
        if path not in files:
            content = take(stores, entry["sha256"], entry["bytes"])
            if content is None:
                lost.append(path)
            else:
                files[path] = content
    return files, lost


def read_whole(bundle: Path, store: Path | None = None) -> dict[str, bytes]:
    """Read a bundle with everything that the store keeps of it; nothing is executed.

    Parameters
    ----------
    bundle : pathlib.Path
        The zip file.
    store : pathlib.Path, optional
        Where to look besides the folders above it.

    Returns
    -------
    dict of str to bytes
        Path, with the folder of the bundle, to content.

    Raises
    ------
    DataError
        If the bundle cannot be read, or a file is in no store.
    IntegrityError
        If it is damaged or changed.

    Examples
    --------
    >>> read_whole(Path("no such bundle.zip"))
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.DataError: 'no such bundle.zip' cannot be read: No such file or directory
    """
    files = read_bundle(bundle)
    top = next(iter(files), "").partition("/")[0]
    inside = {path.partition("/")[2]: content for path, content in files.items()}
    try:
        whole, lost = complete(json.loads(inside.get(LISTING, b"{}")), inside, stores_near(bundle, store))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise IntegrityError(f"{LISTING} of {bundle.name} is not as `ctresearch release` writes it") from error
    if lost:
        raise DataError(
            f"{len(lost)} files of {bundle.name}, such as {lost[0]!r}, are kept in a store that is not here: name its "
            "folder with --store, or take the bundle that `ctresearch bundle --full` wrote"
        )
    return {f"{top}/{path}": content for path, content in whole.items()}


def alone(bundle: Path, others: Iterable[Path]) -> list[str]:
    """List what a bundle alone keeps in the store.

    Parameters
    ----------
    bundle : pathlib.Path
        The bundle.
    others : iterable of pathlib.Path
        All other bundles that share the store.

    Returns
    -------
    list of str
        SHA-256 of each content.

    Examples
    --------
    >>> alone(Path("no such bundle.zip"), [])
    []
    """
    own = _digests(bundle)
    same = {bundle.name, f"{bundle.stem}-full.zip"}
    stores = set(stores_near(bundle))
    sharing = [other for other in others if other.name not in same and stores & set(stores_near(other))] if own else []
    shared = {digest for other in sharing for digest in _digests(other)}
    return sorted(own - shared)


def forget(bundle: Path, digests: Iterable[str]) -> list[Path]:
    """Delete contents from the stores near a bundle.

    Parameters
    ----------
    bundle : pathlib.Path
        Where it is or was.
    digests : iterable of str
        SHA-256 of each content.

    Returns
    -------
    list of pathlib.Path
        Files that were deleted.

    Examples
    --------
    >>> forget(Path("no such bundle.zip"), [])
    []
    """
    stores = stores_near(bundle)
    found = [one for digest in digests for store in stores if (one := _place(store, digest)).is_file()]
    for place in found:
        place.unlink(missing_ok=True)
    return found


def _digests(bundle: Path) -> set[str]:
    """List what a bundle keeps in the store; nothing for what is no bundle."""
    try:
        files = read_bundle(bundle)
        listing = next(json.loads(content) for path, content in files.items() if path.partition("/")[2] == LISTING)
        return {listing["files"][path]["sha256"] for path in listing.get("store", ())}
    except (DataError, IntegrityError, StopIteration, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return set()


def _place(store: Path, digest: str) -> Path:
    """Return where a content stands."""
    if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise IntegrityError(
            f"a file of the bundle is listed under {len(digest)} characters that are no SHA-256 of 64 hexadecimal "
            "digits"
        )
    return store / digest[:2] / f"{digest}.xz"
