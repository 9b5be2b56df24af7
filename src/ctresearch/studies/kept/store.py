"""The folder that holds the runs of one study, and the moves that keep it whole.

A run is built in a hidden folder beside the others and renamed into place, so it is there whole or not at all. A lock
on the run's id, which the system lets go when its process dies, keeps two processes from building one run. Nothing
here reads the clock.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ctresearch.core.errors import SpecificationError
from ctresearch.studies.asked.identity import SHORT
from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.base.lock import acquire, release

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FAILED, LATEST = "failed", "latest"
_BUILD, _LOCK, _DRAFT = ".build-", ".lock-", ".refuted-"


@dataclass(frozen=True, slots=True)
class Store:
    """The runs of one study.

    Parameters
    ----------
    folder : pathlib.Path
        ``runs/STUDY``; it is made when the first run begins.

    Examples
    --------
    >>> Store(Path("runs/demo")).run_folder("ab" * 32).as_posix()
    'runs/demo/abababababababab'
    """

    folder: Path

    def run_folder(self, run_id: str) -> Path:
        """Return the folder of a finished run.

        Parameters
        ----------
        run_id : str
            Id of the run.

        Returns
        -------
        pathlib.Path
            Where it is, or will be.

        Examples
        --------
        >>> Store(Path("runs/demo")).run_folder("c" * 64).name
        'cccccccccccccccc'
        """
        return self.folder / run_id[:SHORT]

    @contextmanager
    def locked(self, run_id: str) -> Iterator[None]:
        """Hold the lock of a run, and clear what dead processes left behind.

        Parameters
        ----------
        run_id : str
            Id of the run.

        Yields
        ------
        None

        Raises
        ------
        SpecificationError
            If the folder cannot be written to.

        Examples
        --------
        >>> with Store(Path(tempfile.mkdtemp())).locked("ab" * 32):
        ...     pass
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle = acquire(self._lock_file(run_id), wait=True)
        except OSError as error:
            raise SpecificationError(
                f"{self.folder} cannot be written to ({error.strerror}): give another folder with --out"
            ) from error
        try:
            self._clear_leftovers(run_id)
            yield
        finally:
            release(handle, self._lock_file(run_id))

    def new_build(self, run_id: str) -> Path:
        """Make a hidden folder to build a run in.

        Parameters
        ----------
        run_id : str
            Id of the run.

        Returns
        -------
        pathlib.Path
            An empty folder on the same file system as the finished runs.

        Examples
        --------
        >>> Store(Path(tempfile.mkdtemp())).new_build("ab" * 32).name.startswith(".build-abababababababab-")
        True
        """
        folder = Path(tempfile.mkdtemp(prefix=f"{_BUILD}{run_id[:SHORT]}-", dir=self.folder))
        folder.chmod(0o755)
        return folder

    def publish(self, build: Path, run_id: str) -> Path:
        """Move a finished build into its place.

        Parameters
        ----------
        build : pathlib.Path
            The build.
        run_id : str
            Its id.

        Returns
        -------
        pathlib.Path
            Folder of the run.

        Examples
        --------
        >>> store = Store(Path(tempfile.mkdtemp()))
        >>> store.publish(store.new_build("ab" * 32), "ab" * 32).name
        'abababababababab'
        """
        place = self.run_folder(run_id)
        if place.exists():
            self.set_aside(place, "damaged")
        build.rename(place)
        return place

    def refute(self, run_id: str, files: Sequence[str]) -> Path:
        """Mark a run that gave other bytes when it was made again: it stands, and is never used.

        Parameters
        ----------
        run_id : str
            Id of the run.
        files : sequence of str
            Files that came out differently.

        Returns
        -------
        pathlib.Path
            The mark, a small file beside the run.

        Examples
        --------
        >>> store = Store(Path(tempfile.mkdtemp()))
        >>> store.refute("ab" * 32, ["t.csv"]).name, store.refuted("ab" * 32)
        ('abababababababab.refuted.json', ['t.csv'])
        """
        mark = self.mark_of(run_id)
        handle, name = tempfile.mkstemp(prefix=_DRAFT, dir=self.folder)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"run_id": run_id, "files": list(files)}, file, indent=1)
        Path(name).chmod(0o644)
        Path(name).replace(mark)
        return mark

    def refuted(self, run_id: str) -> list[str] | None:
        """Say which files of a run came out differently when it was made again.

        Parameters
        ----------
        run_id : str
            Id of the run.

        Returns
        -------
        list of str or None
            ``None`` where nobody refuted it; empty where the mark cannot be read, which is no acquittal.

        Examples
        --------
        >>> Store(Path("no such folder")).refuted("ab" * 32) is None
        True
        """
        try:
            return [str(one) for one in json.loads(self.mark_of(run_id).read_text(encoding="utf-8"))["files"]]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            return []

    def mark_of(self, run_id: str) -> Path:
        """Return the file that marks a run as refuted.

        Parameters
        ----------
        run_id : str
            Id of the run.

        Returns
        -------
        pathlib.Path
            Where it is, or would be.

        Examples
        --------
        >>> Store(Path("runs/demo")).mark_of("c" * 64).name
        'cccccccccccccccc.refuted.json'
        """
        return self.folder / f"{run_id[:SHORT]}.refuted.json"

    def set_aside(self, folder: Path, why: str) -> Path:
        """Move a folder that is no finished run to ``failed/``, in place of an earlier one.

        Parameters
        ----------
        folder : pathlib.Path
            The folder.
        why : str
            Ending of its new name; empty for a run whose notebook failed.

        Returns
        -------
        pathlib.Path
            Where it is now.

        Examples
        --------
        >>> store = Store(Path(tempfile.mkdtemp()))
        >>> store.set_aside(store.new_build("ab" * 32), "").relative_to(store.folder).as_posix()
        'failed/abababababababab'
        """
        run = folder.name.removeprefix(_BUILD)[:SHORT]
        place = self.folder / FAILED / (f"{run}-{why}" if why else run)
        place.parent.mkdir(exist_ok=True)
        shutil.rmtree(place, ignore_errors=True)
        folder.rename(place)
        return place

    def set_latest(self, run_ids: Sequence[str]) -> None:
        """Note which runs the study gave last.

        Parameters
        ----------
        run_ids : sequence of str
            One id, or one for each combination of a grid, in its order.

        Examples
        --------
        >>> store = Store(Path(tempfile.mkdtemp()))
        >>> store.set_latest(["ab" * 32])
        >>> store.latest()
        ['abababababababab']
        """
        handle, name = tempfile.mkstemp(prefix=".latest-", dir=self.folder)
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.writelines(f"{run_id[:SHORT]}\n" for run_id in run_ids)
            Path(name).chmod(0o644)
            Path(name).replace(self.folder / LATEST)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def latest(self) -> list[str]:
        """Return the ids of the runs the study gave last.

        Returns
        -------
        list of str
            Short ids; empty where there is none yet.

        Raises
        ------
        IntegrityError
            If the file does not hold ids.

        Examples
        --------
        >>> Store(Path("no such folder")).latest()
        []
        """
        try:
            ids = (self.folder / LATEST).read_text(encoding="ascii").split()
        except FileNotFoundError:
            return []
        except UnicodeDecodeError:
            ids = [""]
        if any(len(one) != SHORT or not one.isalnum() for one in ids):
            raise IntegrityError(f"{self.folder / LATEST} does not hold ids of runs: delete it and run the study again")
        return ids

    def _lock_file(self, run_id: str) -> Path:
        """Return the file whose lock guards a run."""
        return self.folder / f"{_LOCK}{run_id[:SHORT]}"

    def _clear_leftovers(self, run_id: str) -> None:
        """Delete builds and pointers that nobody is working on: ours under the lock held, others if theirs is free."""
        for build in self.folder.glob(f"{_BUILD}*"):
            owner = build.name.removeprefix(_BUILD)[:SHORT]
            if owner == run_id[:SHORT]:
                shutil.rmtree(build, ignore_errors=True)
            elif (handle := acquire(self._lock_file(owner), wait=False)) is not None:
                shutil.rmtree(build, ignore_errors=True)
                release(handle, self._lock_file(owner))
