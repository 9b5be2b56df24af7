"""A run that is fully decided: validated whole, hashed, and ready to be built here or on another machine."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import SpecificationError
from ctresearch.studies.asked import identity
from ctresearch.studies.asked.manifest import Study, load_study
from ctresearch.studies.asked.modules import read_modules
from ctresearch.studies.asked.other_data import on_its_data, words_unset
from ctresearch.studies.asked.parameters import as_words, to_json
from ctresearch.studies.asked.project import Project, find_root
from ctresearch.studies.kept.store import Store
from ctresearch.studies.received.bundles import resolve_data

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ctresearch.studies.asked.inputs import ResolvedInput
    from ctresearch.studies.asked.parameters import Value


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """One run, before it is made.

    Parameters
    ----------
    study : Study
        The manifest, without the words that are not true of the data of this run.
    notebook : dict
        The notebook as read from its file.
    parameters : dict
        Every parameter.
    inputs : dict of str to ResolvedInput
        Every data input, hashed.
    components : dict
        What the id is made from.
    store : Store
        Where the run will lie.
    modules : dict of str to bytes
        Helper modules of the notebook.

    Examples
    --------
    >>> from pathlib import Path
    >>> study = Study(name="demo", folder=Path("demo"), title="T", notebook="n", seed=1)
    >>> Plan(study, {}, {"n": 3}, {}, {"seed": 1}, Store(Path("runs/demo"))).label
    'demo'
    """

    study: Study
    notebook: dict[str, Any]
    parameters: dict[str, Value]
    inputs: dict[str, ResolvedInput]
    components: dict[str, Any]
    store: Store
    modules: dict[str, bytes] = field(default_factory=dict)

    @property
    def run_id(self) -> str:
        """Full id of the run."""
        return identity.run_id(self.components)

    @property
    def folder(self) -> Path:
        """Where the finished run will lie."""
        return self.store.run_folder(self.run_id)

    @property
    def label(self) -> str:
        """The study, and the parameters that vary over its grid."""
        varying = {name: value for name, value in self.parameters.items() if name in self.study.grid}
        return f"{self.study.name} {as_words(varying)}".strip()


def plan_runs(
    study: Study | str | Path,
    parameters: Mapping[str, Any] | None = None,
    data: Mapping[str, str | Path] | None = None,
    out: Path | None = None,
    root: Path | None = None,
    *,
    look: bool = False,
) -> list[Plan]:
    """Validate a study whole and decide its runs.

    Parameters
    ----------
    study : Study, str or pathlib.Path
        A study, its name, or its folder.
    parameters : mapping, optional
        Values for this time; a parameter of the grid that is given no longer varies.
    data : mapping, optional
        Files, or ``published:NAME``, in place of the manifest's sources.
    out : pathlib.Path, optional
        Folder for the runs, in place of the project's ``runs``.
    root : pathlib.Path, optional
        Root of the project; found from the study's folder by default.
    look : bool
        Whether the plan is only looked at, so that a bundle which verified before and is the same is taken as it is.

    Returns
    -------
    list of Plan
        One run, or one for each combination of the grid, in its order.

    Raises
    ------
    SpecificationError
        If anything in manifest, notebook, parameters or terms does not stand.
    DataError
        If an input does not.

    Examples
    --------
    >>> plan_runs("no such study", root=find_root())
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.SpecificationError: study == 'no such study' does not exist in ...
    """
    chosen = study if isinstance(study, Study) else load_study(study, root)
    project = Project.at(root or find_root(chosen.folder))
    if chosen.ethics is not None:
        chosen.ethics.refuse_expired(dt.datetime.now(dt.UTC).date())
    path = chosen.notebook_path(project)
    notebook = identity.notebook_content(path)
    _refuse_non_python(path, notebook)
    _refuse_injected(path, notebook)
    chosen.parameter_sets(dict(parameters or {}))  # a wrong parameter is told before any file is read
    inputs = resolve_data(chosen, data, project, look=look)
    sets = chosen.parameter_sets({**words_unset(chosen, inputs), **(parameters or {})})
    chosen = on_its_data(chosen, inputs)
    modules = read_modules(chosen, path)
    store = Store((out or project.runs).absolute() / chosen.name)
    parts = identity.components(chosen, notebook, sets[0], inputs, modules)  # what is common to all runs is hashed once
    return [Plan(chosen, notebook, one, inputs, {**parts, "parameters": to_json(one)}, store, modules) for one in sets]


def _refuse_non_python(path: Path, notebook: dict[str, Any]) -> None:
    """Refuse a notebook of another language, and one without code."""
    language = notebook.get("metadata", {}).get("kernelspec", {}).get("language", "python")
    if language != "python":
        raise SpecificationError(f"{path} is a notebook in {language!r}, must be one in 'python'")
    if not any(cell["cell_type"] == "code" and cell["source"].strip() for cell in notebook["cells"]):
        raise SpecificationError(f"{path} has no code cell, must have at least one")


def _refuse_injected(path: Path, notebook: dict[str, Any]) -> None:
    """Refuse a notebook that papermill left its parameters in: the run has its own, and those would play no part."""
    for cell in notebook["cells"]:
        metadata = cell.get("metadata")
        tags = metadata.get("tags") if isinstance(metadata, dict) else None
        if isinstance(tags, list) and "injected-parameters" in tags:
            raise SpecificationError(
                f"{path} holds a cell of parameters that papermill injected, which a run would ignore: delete "
                "it, and give parameters with -p NAME=VALUE or in study.toml"
            )
