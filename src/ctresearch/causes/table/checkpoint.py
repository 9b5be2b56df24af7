"""Chunks of long work kept on disk, so that a killed run goes on where it stopped."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import SpecificationError

if TYPE_CHECKING:
    from ctresearch.stats.regression.generalized_linear import Floats

_NAME = "work.json"


class Checkpoint:
    """A folder of finished chunks that belong to one piece of work.

    A chunk is written beside its name and renamed into place, so that it is there whole or not at all.

    Parameters
    ----------
    folder : str or pathlib.Path
        Made if it is not there.
    key : str
        Digest of data and options; a folder of other work is refused.

    Raises
    ------
    SpecificationError
        If the folder holds chunks of other work.

    Examples
    --------
    >>> import tempfile
    >>> kept = Checkpoint(tempfile.mkdtemp(), "abc")
    >>> kept.save(0, np.ones(2))
    >>> kept.load(0).tolist(), kept.load(1)
    ([1.0, 1.0], None)
    """

    def __init__(self, folder: str | Path, key: str) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        note = self.folder / _NAME
        if note.exists():
            found = json.loads(note.read_text(encoding="utf-8"))["key"]
            if found != key:
                raise SpecificationError(
                    f"checkpoint == {str(folder)!r} holds work on other data or options: name an empty folder"
                )
        elif any(self.folder.iterdir()):
            raise SpecificationError(f"checkpoint == {str(folder)!r} holds other files: name an empty folder")
        else:
            self._replace(note, json.dumps({"key": key}).encode())

    def load(self, chunk: int) -> Floats | None:
        """Return a finished chunk.

        Parameters
        ----------
        chunk : int
            Its number.

        Returns
        -------
        numpy.ndarray or None
            None if it is not finished.

        Examples
        --------
        >>> import tempfile
        >>> Checkpoint(tempfile.mkdtemp(), "abc").load(0) is None
        True
        """
        path = self._path(chunk)
        return np.asarray(np.load(path), dtype=float) if path.exists() else None

    def save(self, chunk: int, values: Floats) -> None:
        """Keep a finished chunk.

        Parameters
        ----------
        chunk : int
            Its number.
        values : numpy.ndarray
            What to keep.

        Examples
        --------
        >>> import tempfile
        >>> kept = Checkpoint(tempfile.mkdtemp(), "abc")
        >>> kept.save(3, np.zeros(1))
        >>> kept.load(3).tolist()
        [0.0]
        """
        from io import BytesIO

        buffer = BytesIO()
        np.save(buffer, values)
        self._replace(self._path(chunk), buffer.getvalue())

    def _path(self, chunk: int) -> Path:
        """Return the file of a chunk."""
        return self.folder / f"chunk-{chunk:06d}.npy"

    def _replace(self, path: Path, content: bytes) -> None:
        """Write a file whole or not at all."""
        part = path.with_name(f".{path.name}.{os.getpid()}")
        with part.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
