"""The one door between a notebook and the runner: ``run = current_run()``.

Under the runner it hands over parameters, data and seed, and takes the outputs. Opened by hand in JupyterLab, the same
call gives a scratch run with the parameters of a study, whose outputs go to a folder of their own.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.message import as_message
from ctresearch.core.render import as_card
from ctresearch.core.scope import Scope
from ctresearch.privacy.verdicts.marks import MARKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ctresearch.core.meaning import Meaning
    from ctresearch.privacy.verdicts.policy import Policy
    from ctresearch.studies.asked.manifest import Study
    from ctresearch.studies.door.declared import Declared

FILE_VARIABLE, FOLDER_VARIABLE = "CTRESEARCH_RUN_FILE", "CTRESEARCH_RUN_DIR"
SAVED = "saved.json"
_DATE = "$date"


class Trusted(Protocol):
    """A verdict on the data behind an estimate, as :func:`ctresearch.prevalence.verdict` gives it."""

    @property
    def status(self) -> str:
        """One of sound, with care, do not quote."""

    @property
    def reason(self) -> str:
        """Why, in a sentence."""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """The run that a notebook is part of.

    Parameters
    ----------
    study : str
        Name of the study.
    parameters : mapping of str to object
        Parameters, of the types that the manifest declares.
    seed : int
        Where the random streams start.
    scratch : bool
        Whether the notebook was opened by hand.
    locators : mapping
        Where each data input is.
    promised : mapping of str to str
        Promised output to its kind.
    folder : pathlib.Path
        Where outputs go.
    policy : Policy, optional
        What the owner of the data lets leave; ``None`` where the study names no policy.

    Examples
    --------
    >>> import tempfile
    >>> run = Run("demo", {"n": 3}, 1, True, {}, {"t": "table"}, Path(tempfile.mkdtemp()))
    >>> run.parameters["n"], run.seed
    (3, 1)
    """

    study: str
    parameters: Mapping[str, Any]
    seed: int
    scratch: bool
    locators: Mapping[str, Mapping[str, Any]]
    promised: Mapping[str, str]
    folder: Path
    policy: Policy | None = None

    def data(self, name: str) -> Any:
        """Return a data input.

        Parameters
        ----------
        name : str
            Its name in the manifest.

        Returns
        -------
        PublishedTable, pathlib.Path or ReleasedStudy
            A published table, the path of a file, or the results and tables of a released bundle.

        Raises
        ------
        SpecificationError
            If the study has no such input.

        Examples
        --------
        >>> run = Run("demo", {}, 1, True, {"lists": {"published": "uk-2013"}}, {}, Path("."))
        >>> run.data("lists").n
        2744
        """
        if name not in self.locators:
            there = f"must be one of {', '.join(self.locators)}" if self.locators else "the study declares no data"
            raise SpecificationError(f"data == {name!r} is not an input of {self.study!r}, {there}")
        where = self.locators[name]
        if "path" in where:
            return Path(where["path"])
        if "bundle" in where:
            from ctresearch.studies.received.released_study import ReleasedStudy

            return ReleasedStudy.read(Path(where["bundle"]))
        from ctresearch.data import published

        return published(where["published"])

    def scope(self, name: str) -> Scope:
        """Say whom a data input is about.

        Parameters
        ----------
        name : str
            Its name in the manifest.

        Returns
        -------
        Scope
            That of a published table, or what the manifest says of a file; what it leaves out reads "not stated".

        Raises
        ------
        SpecificationError
            If the study has no such input.

        Examples
        --------
        >>> run = Run("demo", {}, 1, True, {"lists": {"published": "uk-2013"}}, {}, Path("."))
        >>> run.scope("lists").reference_period
        '2013'
        """
        data = self.data(name)
        return Scope(**self.locators[name].get("scope", {})) if isinstance(data, Path) else data.scope

    def _numbers(self, said: Declared, saved: Mapping[str, Mapping[str, Any]]) -> Any:
        """Return the numbers that a picture draws."""
        from ctresearch.studies.door.drawn import numbers_in, numbers_of

        if said.drawn is not None:
            return numbers_of(said.drawn)
        path = saved[said.drawn_from]["path"]
        return numbers_in((self.folder / path).read_bytes(), path)

    def save(
        self,
        name: str,
        thing: Any,
        counts: Any = None,
        *,
        roles: Mapping[str, Meaning | str] | None = None,
        data: Any = None,
        trust: Trusted | None = None,
    ) -> None:
        r"""Save a promised output.

        Parameters
        ----------
        name : str
            Its name in the manifest.
        thing : Axes, Figure, DataFrame, Result, str or pathlib.Path
            A figure, a table, an estimate, or the path of a file to keep.
        counts : array-like, optional
            People behind each cell or mark; the release gate reads them, and without them must ask for a review.
        roles : mapping of str to Meaning or str, optional
            What each column of a table means: ``{"sex": "key", "n": "count", "children": "share of n"}``, or what a
            result says of its own, ``result.roles("models")``. An estimate brings its own.
        data : DataFrame, Result or str, optional
            For a figure, the numbers that it draws: a table (with ``roles``), a result, or the name of an output that
            was saved before. The pictures of this library bring their own.
        trust : Trusted, optional
            For an estimate, what a verdict on its data says: the first page of the report is no more sure than it.

        Raises
        ------
        SpecificationError
            If the manifest does not promise it, promises another kind, or it was saved already.
        DataError
            If the thing or its counts cannot be saved.

        Examples
        --------
        >>> import pandas as pd, tempfile
        >>> run = Run("demo", {}, 1, True, {}, {"t": "table"}, Path(tempfile.mkdtemp()))
        >>> run.save("t", pd.DataFrame({"a": [1]}), counts=[1], roles={"a": "count"})
        >>> (run.folder / "tables" / "t.csv").read_text()
        'a\n1\n'
        """
        from ctresearch.studies.door.declared import declare
        from ctresearch.studies.door.drawn import refuse_other_numbers

        if name not in self.promised:
            there = f"it promises {', '.join(self.promised)}" if self.promised else "it promises none"
            raise SpecificationError(f"output == {name!r} is not promised by {self.study!r}, {there}: see study.toml")
        kind = kind_of(name, thing)
        if kind != self.promised[name]:
            raise SpecificationError(f"output {name!r} is a {kind}, but study.toml promises a {self.promised[name]}")
        saved = read_saved(self.folder)
        other = next((one for one in saved if one != name and one.casefold() == name.casefold()), None)
        if other is not None:
            raise SpecificationError(
                f"outputs {other!r} and {name!r} differ by case alone, and name files, which some systems then take "
                "for one: rename one of them in study.toml and here"
            )
        if name in saved and not self.scratch:
            raise SpecificationError(f"output == {name!r} is saved a second time, must be saved once")
        if trust is not None and kind != "estimate":
            raise SpecificationError(f"output {name!r} is a {kind}, trust= is for estimates: leave it out")
        said = declare(name, kind, thing, saved, roles=roles, data=data)
        if data is not None:
            refuse_other_numbers(name, thing, self._numbers(said, saved))
        entry = {"kind": kind, "counts": _plain_counts(name, counts), "path": _write(kind, name, thing, self.folder)}
        entry |= {"roles": said.roles, "smallest_group": said.smallest_group, "drawn_from": said.drawn_from}
        if said.declaration is not None:
            entry["declaration"] = said.declaration
        if said.drawn is not None:
            entry["data"] = _write_data(name, said.drawn, self.folder)
        if trust is not None:
            entry["trust"] = _standing(trust)
        marks = getattr(thing, "attrs", {})
        entry |= {mark: marks.get(mark) for mark in MARKS}
        text = json.dumps({**saved, name: entry}, indent=1, allow_nan=False)
        (self.folder / SAVED).write_text(text, encoding="utf-8")

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["study", "seed", "scratch", "parameters", "promised"])


def write_run_file(
    file: Path,
    *,
    study: str,
    parameters: Mapping[str, Any],
    seed: int,
    locators: Mapping[str, Any],
    promised: Mapping[str, str],
    policy: Policy | None = None,
) -> None:
    """Write what :func:`current_run` reads in the kernel.

    Parameters
    ----------
    file : pathlib.Path
        Where to write.
    study : str
        Name of the study.
    parameters : mapping
        Parameters of the run; dates keep their type.
    seed : int
        Seed of the run.
    locators : mapping
        Where each data input is.
    promised : mapping of str to str
        Promised output to its kind.
    policy : Policy, optional
        What the owner of the data lets leave.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "run.json"
    >>> write_run_file(file, study="s", parameters={"day": dt.date(2013, 1, 31)}, seed=1, locators={}, promised={})
    >>> "2013-01-31" in file.read_text()
    True
    """
    content = {
        "study": study,
        "parameters": dict(parameters),
        "seed": seed,
        "locators": dict(locators),
        "promised": dict(promised),
        "policy": None if policy is None else policy.to_dict(),
    }
    file.write_text(json.dumps(content, default=_write_date), encoding="utf-8")


def read_saved(folder: Path) -> dict[str, dict[str, Any]]:
    """Read the list of outputs that a notebook has saved.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the run.

    Returns
    -------
    dict
        Output to kind, path and counts; empty before the first one.

    Examples
    --------
    >>> import tempfile
    >>> read_saved(Path(tempfile.mkdtemp()))
    {}
    """
    try:
        content: dict[str, dict[str, Any]] = json.loads((folder / SAVED).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return content


def promised_kinds(study: Study) -> dict[str, str]:
    """Return the kind of every output a study promises.

    Parameters
    ----------
    study : Study
        The manifest.

    Returns
    -------
    dict of str to str
        Output to kind.

    Examples
    --------
    >>> from ctresearch.studies.asked.manifest import Study
    >>> promised_kinds(Study(name="demo", folder=Path("demo"), title="T", notebook="n", seed=1))
    {}
    """
    return {name: one.kind for name, one in study.outputs.items()}


def kind_of(name: str, thing: Any) -> str:
    """Say what kind of output a thing is.

    Parameters
    ----------
    name : str
        Name of the output, for the message.
    thing : object
        What is to be saved.

    Returns
    -------
    {"table", "figure", "estimate", "file"}
        Its kind.

    Raises
    ------
    DataError
        If it is none of them.

    Examples
    --------
    >>> kind_of("notes", Path("notes.txt"))
    'file'
    """
    if isinstance(thing, (str, Path)):
        return "file"
    if type(thing).__name__ == "DataFrame":  # first: a frame has a column's values as attributes
        return "table"
    if hasattr(thing, "savefig") or hasattr(thing, "get_figure"):
        return "figure"
    if hasattr(thing, "estimates") and hasattr(thing, "to_dict"):
        return "estimate"
    raise DataError(
        f"output {name!r} is a {type(thing).__name__}, must be a DataFrame, a matplotlib Axes or Figure, a Result, "
        "or the path of a file"
    )


def _write(kind: str, name: str, thing: Any, folder: Path) -> str:
    """Write one output below the folder and return its relative path."""
    if kind == "file" and not Path(thing).is_file():
        raise DataError(f"output {name!r} is a path or text that is not a file, must name one that exists")
    ending = {"table": ".csv", "figure": ".svg", "estimate": ".json"}.get(kind) or Path(thing).suffix
    if not re.fullmatch(r"(\.[A-Za-z0-9_-]{1,32})?", ending):
        raise DataError(
            f"output {name!r} is a file whose ending of {len(ending)} characters a bundle does not take, must be up to "
            "32 plain letters and digits: rename it"
        )
    relative = f"{kind}s/{name}{ending}"
    path = folder / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "table":
        from ctresearch.studies.shown.published import write_csv

        write_csv(thing, path)
    elif kind == "figure":
        from ctresearch.core import plot

        plot.save(thing if hasattr(thing, "savefig") else thing.get_figure(), path)
    elif kind == "estimate":
        text = json.dumps(thing.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)
        path.write_text(text + "\n", encoding="utf-8", newline="\n")
    else:
        shutil.copyfile(thing, path)
    return relative


def _standing(trust: Trusted) -> dict[str, str]:
    """Write a verdict: its reason only as far as nothing stands in it, since no gate has judged that."""
    reason = as_message(trust.reason)
    return {"status": str(trust.status)} | ({"reason": str(reason)} if reason.constant else {})


def _write_data(name: str, table: pd.DataFrame, folder: Path) -> str:
    """Write the numbers that a figure draws beside it, and return the path."""
    from ctresearch.studies.shown.published import write_csv

    relative = f"figures/{name}.csv"
    write_csv(table, folder / relative)
    return relative


def _plain_counts(name: str, counts: Any) -> Any:
    """Turn counts into nested lists; a masked cell is ``None``."""
    if counts is None:
        return None
    import numpy as np

    try:
        array = np.asarray(counts, dtype=float)
    except (TypeError, ValueError):  # what it says may hold a cell of a table, and so may the counts
        raise DataError(f"counts of {name!r} are {type(counts).__name__}, must be numbers of people") from None
    wrong = int(np.sum((array < 0) | np.isinf(array)))
    if wrong:
        raise DataError(
            f"counts of {name!r}: {wrong} of {array.size} are negative or infinite, must be finite and not negative"
        )
    return _missing_as_none(array.tolist())


def _missing_as_none(values: Any) -> Any:
    """Write missing numbers in nested lists as ``None``."""
    if isinstance(values, list):
        return [_missing_as_none(value) for value in values]
    return None if values != values else values  # noqa: PLR0124


def _write_date(value: Any) -> Any:
    """Write a date so that it comes back as one."""
    if isinstance(value, dt.date):
        return {_DATE: value.isoformat()}
    raise TypeError(f"{type(value).__name__} in a run file")


def read_date(content: dict[str, Any]) -> Any:
    """Read what :func:`_write_date` wrote."""
    return dt.date.fromisoformat(content[_DATE]) if set(content) == {_DATE} else content
