"""What a run shows to the world, read from a finished run or from a released bundle: results, provenance, tables."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.studies.base.archive import unpack
from ctresearch.studies.kept.drawing import drawing_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

MAX_BUNDLE = 256 * 2**20


@dataclass(frozen=True, slots=True)
class Evidence:
    """The published side of one run.

    Parameters
    ----------
    results : mapping
        ``results.json``.
    provenance : mapping
        ``provenance.json``.
    tables : mapping of str to list of list of str
        Cells of each published table, its header first.
    read : callable, optional
        Gives the bytes of a file of the run by its path.

    Examples
    --------
    >>> Evidence({"study": "demo"}, {"run_id": "ab12"}, {}).run_id
    'ab12'
    """

    results: Mapping[str, Any]
    provenance: Mapping[str, Any]
    tables: Mapping[str, list[list[str]]]
    read: Callable[[str], bytes] | None = field(default=None, repr=False, compare=False)

    @property
    def run_id(self) -> str:
        """Full id of the run."""
        return str(self.provenance["run_id"])

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters of the run."""
        return dict(self.provenance["components"]["parameters"])

    def drawing(self, figure: str) -> str | None:
        """Hash what can be seen of a figure; ``None`` where its file cannot be had."""
        if self.read is None:
            return None
        try:
            return drawing_hash(self.read(self.results["figures"][figure]["path"]).decode("utf-8"))
        except (OSError, ValueError, KeyError):
            return None


def from_folder(folder: Path) -> Evidence:
    """Read the evidence of a finished run.

    Parameters
    ----------
    folder : pathlib.Path
        ``runs/STUDY/RUN_ID``.

    Returns
    -------
    Evidence
        Its published side.

    Raises
    ------
    SpecificationError
        If it is not the folder of a run.

    Examples
    --------
    >>> import pathlib
    >>> from_folder(pathlib.Path("no such folder"))
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.SpecificationError: 'no such folder' is not the folder of a finished run, ...
    """
    if not (folder / "results.json").is_file():
        raise SpecificationError(f"{str(folder)!r} is not the folder of a finished run, must hold results.json")
    return _evidence(str(folder), lambda path: (folder / path).read_bytes())


def from_bundle(files: Mapping[str, bytes], name: str) -> list[Evidence]:
    """Read the evidence of every run in a bundle.

    Parameters
    ----------
    files : mapping of str to bytes
        What :func:`ctresearch.studies.base.archive.unpack` gave.
    name : str
        What the bundle is called, for messages.

    Returns
    -------
    list of Evidence
        One a run, in the order of the bundle.

    Raises
    ------
    DataError
        If the bundle holds no run.

    Examples
    --------
    >>> from_bundle({"demo/results.json": b'{"tables": {}}', "demo/provenance.json": b'{}'}, "demo.zip")[0].tables
    {}
    """
    homes = sorted(path.removesuffix("results.json") for path in files if path.endswith("/results.json"))
    if not homes:
        raise DataError(f"{name} holds no results.json, must be a bundle that `ctresearch release` wrote")
    return [_evidence(name, lambda path, home=home: files[home + path]) for home in homes]  # type: ignore[misc]


def read_bundle(path: Path) -> dict[str, bytes]:
    """Read a bundle into memory; nothing is written and nothing is executed.

    Parameters
    ----------
    path : pathlib.Path
        The zip file.

    Returns
    -------
    dict of str to bytes
        Path to content.

    Raises
    ------
    DataError
        If it cannot be read or is too large.
    IntegrityError
        If it is damaged, changed or hostile.

    Examples
    --------
    >>> import pathlib
    >>> read_bundle(pathlib.Path("no such bundle.zip"))
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.DataError: 'no such bundle.zip' cannot be read: No such file or directory
    """
    return unpack(bundle_bytes(path))


def bundle_bytes(path: Path) -> bytes:
    """Read the bytes of a bundle, if they are not too many.

    Parameters
    ----------
    path : pathlib.Path
        The zip file.

    Returns
    -------
    bytes
        Its content.

    Raises
    ------
    DataError
        If it cannot be read or is too large.

    Examples
    --------
    >>> import pathlib
    >>> bundle_bytes(pathlib.Path("no such bundle.zip"))
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.DataError: 'no such bundle.zip' cannot be read: No such file or directory
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BUNDLE + 1)
    except OSError as error:
        raise DataError(f"{str(path)!r} cannot be read: {error.strerror}") from error
    if len(data) > MAX_BUNDLE:
        raise DataError(f"{str(path)!r} has more than {MAX_BUNDLE} bytes, a bundle must have fewer")
    return data


def read_table(content: bytes) -> list[list[str]]:
    r"""Read the cells of a published table.

    Parameters
    ----------
    content : bytes
        A CSV file.

    Returns
    -------
    list of list of str
        Rows of cells, the header first.

    Examples
    --------
    >>> read_table(b"a,b\n1,2\n")
    [['a', 'b'], ['1', '2']]
    """
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))


def _evidence(name: str, read: Callable[[str], bytes]) -> Evidence:
    """Put the evidence together from a reader of relative paths."""
    try:
        results = json.loads(read("results.json"))
        provenance = json.loads(read("provenance.json"))
        tables = {one: read_table(read(entry["path"])) for one, entry in results["tables"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(f"{name} cannot be read as a run: {error!r}") from error
    return Evidence(results, provenance, tables, read)
