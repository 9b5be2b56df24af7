"""Data inputs of a run: where they are, and the digest that stands for their bytes.

Public files and published tables are known by their SHA-256. For restricted data an HMAC under the custodian's key
stands in for the bytes, since a small table can be guessed from its plain hash; neither their path nor their size is
recorded.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import re
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ctresearch.core.compile import source_hash
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.pseudonym import load_key, pseudonym
from ctresearch.studies.asked.data_card import DataCard, own_key_file, read_card
from ctresearch.studies.asked.manifest import PUBLISHED
from ctresearch.studies.asked.prepared import prepare_database, prepare_file
from ctresearch.studies.asked.project import is_name
from ctresearch.studies.base.remembered import remembered
from ctresearch.studies.base.temporary import folder_of_process

if TYPE_CHECKING:
    import builtins
    from collections.abc import Callable, Iterable, Mapping

    from ctresearch.studies.asked.manifest import DataInput, Study
    from ctresearch.studies.asked.prepared import Prepared

_PURPOSE = "ctresearch study input"
MOST_COPIED = 256_000_000  # bytes of a file that a run made again is handed as a copy
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+]*://")  # of a database: what reads one is imported where one is given
_READERS: dict[str, Callable[[str], Any]] = {
    "int": int,
    "float": float,
    "str": str,
    "date": dt.date.fromisoformat,
    "bool": lambda text: {"0": False, "1": True, "false": False, "true": True}[text.lower()],
}


@dataclass(frozen=True, slots=True)
class ResolvedInput:
    """One data input, found and hashed.

    Parameters
    ----------
    name : str
        What the notebook asks for.
    source : str
        ``published:NAME``, the name of a public file, or ``restricted``.
    level : str
        ``public`` or ``restricted``.
    digest : str
        SHA-256, or the keyed digest of restricted data.
    keyed : bool
        Whether the digest is keyed.
    bytes : int, optional
        Size of a public file.
    path : pathlib.Path, optional
        Where the file is on this machine; it enters no output.
    scope : mapping
        Whom the data are about, as far as it is stated.
    rows : str, optional
        What the rows of a public file are, where it is stated.
    title : str, optional
        Title of the study with these data, where they were given in place of its own and state one.
    replaced : tuple of str, optional
        What nobody has stated of data that were given in place of the study's own; ``None`` where these are its own.
    key_file : pathlib.Path, optional
        Key of the digest, where it is not the one that the environment names.
    content : bytes, optional
        What the notebook is given in place of the file, where it came through the front door; it enters no output.
    query : str
        What was asked of a database, where the study says that it may stand in the provenance.
    bundle : mapping, optional
        How a released bundle is cited: study, version, date, title, authors, runs, and the digests of those that it
        rests on itself; ``None`` for anything else.

    Examples
    --------
    >>> ResolvedInput("lists", "published:uk-2013", "public", "ab", False).record()["source"]
    'published:uk-2013'
    """

    name: str
    source: str
    level: str
    digest: str
    keyed: bool
    bytes: int | None = None
    path: Path | None = None
    scope: Mapping[str, str] = field(default_factory=dict)
    rows: str | None = None
    title: str | None = None
    replaced: tuple[str, ...] | None = None
    key_file: Path | None = None
    content: builtins.bytes | None = field(default=None, repr=False)
    query: str = ""
    bundle: Mapping[str, Any] | None = None

    @property
    def is_published(self) -> bool:
        """Whether it is a published table and neither a file nor a database."""
        return self.path is None and self.content is None

    @property
    def for_everybody(self) -> bool:
        """Whether a cell of it may be shown to anybody: published, or public with rows that somebody has named."""
        return self.is_published or (self.level == "public" and self.rows is not None)

    def record(self) -> dict[str, Any]:
        """Return what may be published about the input.

        Returns
        -------
        dict
            Source, level, digest, whether it is keyed, and the size of a public file; and what is not stated of data
            that were given in place of the study's own.

        Examples
        --------
        >>> ResolvedInput("cases", "restricted", "restricted", "ab", True).record()["bytes"] is None
        True
        """
        known = {
            "source": self.source,
            "level": self.level,
            "digest": self.digest,
            "keyed": self.keyed,
            "bytes": self.bytes,
        }
        known |= {"query": self.query} if self.query else {}
        known |= {"bundle": dict(self.bundle)} if self.bundle is not None else {}
        return known if self.replaced is None else known | {"replaced": list(self.replaced)}

    def locator(self, folder: Path | None = None, *, copy: bool = False) -> dict[str, Any]:
        """Return what the kernel needs to hand the data to the notebook.

        Parameters
        ----------
        folder : pathlib.Path, optional
            A folder that nobody else can read, for what came through the front door; one that is gone with this process
            by default.
        copy : bool
            Whether a file is handed over as a copy in that folder, unless it is larger than ``MOST_COPIED`` bytes.

        Returns
        -------
        dict
            ``{"published": name}``; ``{"path": path, "scope": whom the data are about}``; or ``{"bundle": path}``,
            of what a released bundle lets a notebook read.

        Examples
        --------
        >>> ResolvedInput("lists", "published:uk-2013", "public", "ab", False).locator()
        {'published': 'uk-2013'}
        """
        if self.content is not None:
            ending = "csv" if self.bundle is None else "json"
            place = (folder or folder_of_process()) / f"data-{self.name}.{ending}"
            place.touch(mode=0o600)
            place.write_bytes(self.content)
            if self.bundle is not None:
                return {"bundle": str(place)}
            return {"path": str(place), "scope": dict(self.scope)}
        if self.path:
            copied = copy and self.path.is_file() and self.path.stat().st_size <= MOST_COPIED
            path = _copy_of(self.name, self.path, folder or folder_of_process()) if copied else self.path
            return {"path": str(path), "scope": dict(self.scope)}
        return {"published": self.source.removeprefix(PUBLISHED)}

    def current_digest(self) -> str:
        """Take the digest again, to see whether the file is still the one that was recorded.

        Returns
        -------
        str
            The digest as the data are now.

        Examples
        --------
        >>> ResolvedInput("lists", "published:uk-2013", "public", "ab", False).current_digest()
        'ab'
        """
        if self.path is None or self.content is not None:
            return self.digest
        return _digest(self.path, keyed=self.keyed, key_file=self.key_file)


def resolve_inputs(study: Study, given: Mapping[str, str | Path] | None = None) -> dict[str, ResolvedInput]:
    """Find, check and hash every data input of a study.

    Parameters
    ----------
    study : Study
        The manifest.
    given : mapping of str to str or pathlib.Path, optional
        Files, or ``published:NAME``, that take the place of the manifest's sources this time.

    Returns
    -------
    dict of str to ResolvedInput
        In the order of the manifest.

    Raises
    ------
    SpecificationError
        If an input is unknown or none is given for it, or a published table does not exist.
    DataError
        If a file is missing, is not the one pinned, or does not fit its columns.

    Examples
    --------
    >>> from ctresearch.studies.asked.manifest import Study
    >>> study = Study(name="demo", folder=Path("demo"), title="T", notebook="n", seed=1,
    ...     data={"lists": {"source": "published:uk-2013", "level": "public"}})
    >>> len(resolve_inputs(study)["lists"].digest)
    64
    """
    given = given or {}
    refuse_unknown(study, given)
    return {name: _resolve_one(study, name, one, given.get(name)) for name, one in study.data.items()}


def refuse_unknown(study: Study, given: Iterable[str]) -> None:
    """Refuse data for inputs that a study does not have.

    Parameters
    ----------
    study : Study
        The manifest.
    given : iterable of str
        Names of inputs.

    Raises
    ------
    SpecificationError
        If one is unknown.

    Examples
    --------
    >>> from ctresearch.studies.asked.manifest import Study
    >>> refuse_unknown(Study(name="demo", folder=Path("demo"), title="T", notebook="n", seed=1), [])
    """
    unknown = [name for name in given if name not in study.data]
    if unknown:
        there = f"must be one of {', '.join(study.data)}" if study.data else "this study takes no data"
        raise SpecificationError(f"data == {unknown[0]!r} is not an input of {study.name!r}, {there}")


def parse_data(words: Iterable[str]) -> dict[str, str]:
    """Read ``name=file`` words from the command line.

    Parameters
    ----------
    words : iterable of str
        The words.

    Returns
    -------
    dict
        Input to file.

    Raises
    ------
    SpecificationError
        If a word has no equals sign or no file, or an input is given twice.

    Examples
    --------
    >>> parse_data(["lists=new.csv"])
    {'lists': 'new.csv'}
    """
    out: dict[str, str] = {}
    for word in words:
        name, _, file = word.partition("=")
        if not file or name in out:
            raise SpecificationError(f"--data {word!r}, must be name=file, each name once")
        out[name] = file
    return out


def _resolve_one(study: Study, name: str, declared: DataInput, given: str | Path | None) -> ResolvedInput:
    """Find, check and hash one input, and say whether it is the study's own."""
    source = str(given) if given is not None else declared.source
    if source is None:
        raise SpecificationError(
            f"data.{name} has no source in {study.name!r}: give the file with --data {name}=FILE"
            + (f"; access: {declared.access}" if declared.access else "")
        )
    if source.startswith(PUBLISHED):
        return _published(name, source, declared)
    if given is not None and _ADDRESS.match(source):
        return _from_database(study, name, declared, source)
    path = Path(source) if given is not None else study.folder / source
    if not path.is_file():
        raise DataError(f"data.{name} == {str(path)!r} is not a file, must be one that can be read")
    if declared.columns is not None:
        _check_columns(name, path, declared.columns)
    other = given is not None and not _is_own(study, declared, path)
    through = declared.columns is None and (other or declared.level == "restricted")
    made = prepare_file(name, path) if through else None
    if other:
        return _in_place(name, path, made)
    if given is not None and declared.source is not None:
        path = study.folder / declared.source
    pinned = declared.keyed_digest or declared.sha256
    own_key = not declared.stated or (declared.level == "restricted" and pinned is None)
    found = _resolved(name, path, declared, own_key_file() if own_key else None, made)
    digest = _digest(path, keyed=declared.keyed_digest is not None)
    if pinned is not None and digest != pinned:
        raise DataError(f"data.{name} has the digest {digest}, must be {pinned}: the file is not the one pinned")
    return found


def _is_own(study: Study, declared: DataInput, path: Path) -> bool:
    """Say whether a file that was given is the one that the manifest speaks of."""
    if declared.source is not None:
        own = study.folder / declared.source
        return declared.published is None and own.is_file() and _digest(own, keyed=False) == _digest(path, keyed=False)
    pinned = declared.keyed_digest or declared.sha256
    return pinned is None or _digest(path, keyed=declared.keyed_digest is not None) == pinned


def _in_place(name: str, path: Path, made: Prepared | None) -> ResolvedInput:
    """Resolve data that were given in place of the study's own: of them is true what their own card states."""
    card = read_card(path)
    found = _resolved(name, path, card, own_key_file(), made)
    return replace(found, title=card.title, replaced=card.missing)


def _from_database(study: Study, name: str, declared: DataInput, source: str) -> ResolvedInput:
    """Read and hash a table of a database; it is restricted, whatever the study says of its own data."""
    made = prepare_database(name, source, study.folder)
    own = declared.stated and declared.level == "restricted"
    key_file = None if own and declared.keyed_digest else own_key_file()
    digest = pseudonym(made.hashed, load_key(key_file), purpose=_PURPOSE)
    if own and declared.keyed_digest not in (None, digest):
        raise DataError(
            f"data.{name} has the digest {digest}, must be {declared.keyed_digest}: it is not the one pinned"
        )
    return ResolvedInput(
        name=name,
        source="restricted",
        level="restricted",
        digest=digest,
        keyed=True,
        scope={str(key): words for key, words in (declared.scope or {}).items()} if own else {},
        replaced=None if own else DataCard().missing,
        key_file=key_file,
        content=made.content,
        query=made.query if own and declared.show_query else "",
    )


def _resolved(
    name: str, path: Path, said: DataInput | DataCard, key_file: Path | None, made: Prepared | None
) -> ResolvedInput:
    """Hash a file at the level that is stated of it; where none is, it is restricted."""
    public = said.level == "public"
    if made is None:
        digest = _digest(path, keyed=not public, key_file=key_file)
    elif public:
        digest = hashlib.sha256(made.hashed).hexdigest()
    else:
        digest = pseudonym(made.hashed, load_key(key_file), purpose=_PURPOSE)
    size = path.stat().st_size if made is None else len(made.content)
    return ResolvedInput(
        name=name,
        source=path.name if public else "restricted",
        level="public" if public else "restricted",
        digest=digest,
        keyed=not public,
        bytes=size if public else None,
        content=None if made is None else made.content,
        path=path.resolve(),
        scope={str(key): words for key, words in (said.scope or {}).items()},
        rows=said.rows,
        key_file=None if public else key_file,
    )


def _published(name: str, source: str, declared: DataInput) -> ResolvedInput:
    """Look up a published table; its name is checked, and its digest is taken from its bytes."""
    if declared.stated and declared.level == "restricted":
        raise SpecificationError(f"data.{name} == {source!r}, but this input is restricted: give the custodian's file")
    return ResolvedInput(
        name=name,
        source=source,
        level="public",
        digest=_published_digest(source.removeprefix(PUBLISHED)),
        keyed=False,
        rows="published",
        replaced=None if source == declared.source else (),
    )


def _published_digest(name: str) -> str:
    """Return the digest of a published table, which is worked out anew where its file or this package changed."""
    from importlib.resources import files

    def make() -> str:
        """Read the table, which takes pandas."""
        from ctresearch.data import published

        return published(name).digest

    file = files("ctresearch.data") / "tables" / f"{name}.toml"
    if not is_name(name) or not file.is_file():
        return make()  # and so refuse the name
    key = f"{hashlib.sha256(file.read_bytes()).hexdigest()} {source_hash()}"
    return str(remembered(f"published {name}", key, make))


def _digest(path: Path, *, keyed: bool, key_file: Path | None = None) -> str:
    """Hash a file, under a key where it is restricted: the custodian's, unless another is named."""
    try:
        with path.open("rb") as file:
            plain = hashlib.file_digest(file, "sha256")
    except OSError as error:
        raise DataError(f"{path.name!r} cannot be read: {error.strerror}; check its permissions") from error
    return pseudonym(plain.digest(), load_key(key_file), purpose=_PURPOSE) if keyed else plain.hexdigest()


def _check_columns(name: str, path: Path, columns: Mapping[str, str]) -> None:
    """Hold a CSV file to its schema, without repeating a value of it in the message."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, strict=True)
            header = next(rows, [])
            if sorted(header) != sorted(
                columns
            ):  # a header may be a person where the file has none: it is not repeated
                there = sum(column in columns for column in header)
                raise DataError(
                    f"data.{name} has {len(header)} columns, {there} of them known, must have {list(columns)} in its "
                    "first line"
                )
            readers = [(column, columns[column], _READERS[columns[column]]) for column in header]
            for number, row in enumerate(rows, 2):
                _check_row(name, number, row, readers)
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"data.{name} is not a UTF-8 CSV file, must be one: {type(error).__name__}") from None


def _check_row(name: str, number: int, row: list[str], readers: list[tuple[str, str, Callable[[str], Any]]]) -> None:
    """Hold one row to the schema; an empty cell is a missing value."""
    if len(row) != len(readers):
        raise DataError(f"data.{name} has {len(row)} cells in line {number}, must have {len(readers)}")
    for cell, (column, kind, reader) in zip(row, readers, strict=True):
        try:
            if cell != "":
                reader(cell)
        except (ValueError, KeyError):
            raise DataError(
                f"data.{name} line {number}, column {column!r} does not hold a {kind}: correct it"
            ) from None


def _copy_of(name: str, path: Path, folder: Path) -> Path:
    """Copy a file for its owner alone, under a name that says nothing but that of the input and of the file's kind."""
    place = folder / f"data-{name}{''.join(path.suffixes)}"
    place.touch(mode=0o600)
    shutil.copyfile(path, place)
    return place
