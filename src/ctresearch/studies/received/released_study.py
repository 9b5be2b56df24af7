"""What a notebook gets for a released bundle: its results, its tables, and how it is cited; nothing else of it."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import SpecificationError
from ctresearch.core.result import Result
from ctresearch.core.scope import NOT_STATED, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

_FIELDS = ("population", "definition", "reference_period", "measure")


@dataclass(frozen=True, slots=True, eq=False)
class ReleasedStudy:
    """A study that somebody released, as another study takes it: read only, and only what passed its gate.

    Parameters
    ----------
    study, version, date, title : str
        What was released, and when.
    authors : tuple of str
        Who is cited.
    digest : str
        SHA-256 of the bundle.
    level : str
        ``public``, or ``restricted`` where one of its outputs is.
    rests_on : tuple of str
        Digests of bundles that it took itself.
    runs : tuple of mapping
        Estimates, tables and parameters of each run.
    headline : str, optional
        The estimate that it calls its answer.
    doi : str, optional
        Where it is registered.
    withdrawn : str
        Why it no longer stands; empty while it does. A withdrawn bundle is refused before a notebook sees it, so this
        is for other readers of bundles.

    Examples
    --------
    >>> released = ReleasedStudy("kenya", "1.0", "2026-01-31", "How many?", ("A. Office",), "ab" * 32, "public", (), ())
    >>> print(released.citation[:50])
    A. Office (2026). How many? kenya, version 1.0. SH
    """

    study: str
    version: str
    date: str
    title: str
    authors: tuple[str, ...]
    digest: str
    level: str
    rests_on: tuple[str, ...]
    runs: tuple[Mapping[str, Any], ...] = field(repr=False)
    headline: str | None = None
    doi: str | None = None
    withdrawn: str = ""

    @classmethod
    def read(cls, file: Path) -> ReleasedStudy:
        """Read what the runner wrote of a bundle that it verified.

        Parameters
        ----------
        file : pathlib.Path
            The file.

        Returns
        -------
        ReleasedStudy
            What it holds.

        Examples
        --------
        >>> ReleasedStudy.read.__annotations__["file"]
        'Path'
        """
        content = json.loads(file.read_text(encoding="utf-8"))
        cited = content["cited"]
        return cls(
            **{name: cited[name] for name in ("study", "version", "date", "title", "doi")},
            authors=tuple(cited["authors"]),
            digest=content["digest"],
            level=content["level"],
            rests_on=tuple(cited["rests_on"]),
            runs=tuple(content["runs"]),
            headline=content["headline"],
        )

    @property
    def citation(self) -> str:
        """How to cite it: authors, year, title, version and SHA-256."""
        who = ", ".join(self.authors) or "Authors not stated"
        title = self.title if self.title.endswith(("?", "!", ".")) else f"{self.title}."
        doi = f" https://doi.org/{self.doi.removeprefix('doi:')}" if self.doi else ""
        return f"{who} ({self.date[:4]}). {title} {self.study}, version {self.version}. SHA-256 {self.digest}.{doi}"

    @property
    def estimates(self) -> tuple[str, ...]:
        """Names of the estimates that passed the gate."""
        return tuple(dict.fromkeys(name for run in self.runs for name in run["estimates"]))

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables that passed the gate."""
        return tuple(dict.fromkeys(name for run in self.runs for name in run["tables"]))

    @property
    def scope(self) -> Scope:
        """Whom it is about: as its answer says, or as far as all its estimates say the same."""
        found = [self._estimate(run, name).scope for run in self.runs for name in self._leading(run)]
        words = {name: {getattr(one, name) for one in found} for name in _FIELDS}
        return Scope(**{name: said.pop() if len(said) == 1 else NOT_STATED for name, said in words.items()})

    def parameters(self, **chosen: Any) -> dict[str, Any]:
        """Return the parameters of a run.

        Parameters
        ----------
        **chosen
            Values of parameters that tell the run from the others of a grid.

        Returns
        -------
        dict
            Parameter to value.

        Raises
        ------
        SpecificationError
            If no run, or more than one, has those values.

        Examples
        --------
        >>> run = {"parameters": {"n": 1}, "estimates": {}, "tables": {}}
        >>> ReleasedStudy("k", "1.0", "2026-01-31", "T", (), "ab", "public", (), (run,)).parameters()
        {'n': 1}
        """
        return dict(self._run(chosen)["parameters"])

    def result(self, name: str, **chosen: Any) -> Result:
        """Return an estimate.

        Parameters
        ----------
        name : str
            Its name in the study that released it.
        **chosen
            Values of parameters that tell the run from the others of a grid.

        Returns
        -------
        Result
            As it was saved, of its own class.

        Raises
        ------
        SpecificationError
            If there is no such estimate, or no one run has those values.

        Examples
        --------
        >>> from ctresearch.core.result import estimates_table
        >>> one = Result(method="m", n=9, estimates=estimates_table({"rate": (2, 1, 0, 4)}))
        >>> run = {"parameters": {}, "estimates": {"estimate": one.to_dict()}, "tables": {}}
        >>> released = ReleasedStudy("k", "1.0", "2026-01-31", "T", (), "ab", "public", (), (run,))
        >>> float(released.result("estimate").estimates.loc["rate", "estimate"])
        2.0
        """
        run = self._run(chosen)
        self._known(name, run["estimates"], "estimate")
        return self._estimate(run, name)

    def table(self, name: str, **chosen: Any) -> pd.DataFrame:
        r"""Return a table, as it was published: masked cells stay masked.

        Parameters
        ----------
        name : str
            Its name in the study that released it.
        **chosen
            Values of parameters that tell the run from the others of a grid.

        Returns
        -------
        pandas.DataFrame
            Its cells.

        Raises
        ------
        SpecificationError
            If there is no such table, or no one run has those values.

        Examples
        --------
        >>> run = {"parameters": {}, "estimates": {}, "tables": {"sizes": "list,people\nA,<5\n"}}
        >>> released = ReleasedStudy("k", "1.0", "2026-01-31", "T", (), "ab", "public", (), (run,))
        >>> released.table("sizes")["people"].tolist()
        ['<5']
        """
        import pandas as pd

        run = self._run(chosen)
        self._known(name, run["tables"], "table")
        return pd.read_csv(io.StringIO(run["tables"][name]))

    def _run(self, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        """Find the one run that has some values of parameters."""
        fits = [run for run in self.runs if all(run["parameters"].get(n) == value for n, value in chosen.items())]
        if len(fits) != 1:
            names = sorted({name for run in self.runs for name in run["parameters"]})
            raise SpecificationError(
                f"{len(fits)} of {len(self.runs)} runs of {self.study} {self.version} fit, must be one: name values of "
                f"its parameters {', '.join(names)}"
            )
        return fits[0]

    def _known(self, name: str, there: Mapping[str, Any], kind: str) -> None:
        """Refuse an output that the bundle does not hold."""
        if name not in there:
            held = f"must be one of {', '.join(there)}" if there else f"it holds no {kind}"
            raise SpecificationError(f"{kind} == {name!r} is not in the bundle of {self.study} {self.version}, {held}")

    def _leading(self, run: Mapping[str, Any]) -> list[str]:
        """Name the estimate that a study calls its answer, or all where there is none."""
        names = list(run["estimates"])
        return [name for name in names if name == self.headline] or names

    def _estimate(self, run: Mapping[str, Any], name: str) -> Result:
        """Read an estimate."""
        return Result.from_dict(run["estimates"][name])
