"""A scratch run: what a notebook gets when it is opened by hand.

Parameters, data and seed are those of a study that uses the notebook, so every cell works as it does under the runner.
What papermill injected takes the place of a declared parameter, and files that of inputs where the environment variable
``CTRESEARCH_DATA`` says so, in words ``NAME=FILE``; ``%ctresearch seed`` sets another seed. Outputs go to
``runs/scratch/STUDY`` and are overwritten each time; no run id is given, and nothing is released.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from types import MappingProxyType

from ctresearch.core.errors import SpecificationError
from ctresearch.studies.asked.inputs import parse_data
from ctresearch.studies.asked.manifest import Study, load_study
from ctresearch.studies.asked.parameters import as_words
from ctresearch.studies.asked.project import Project, find_root
from ctresearch.studies.door.current import Run, promised_kinds
from ctresearch.studies.door.injected import accepted, injected_values
from ctresearch.studies.received.bundles import resolve_data

SCRATCH = "scratch"
DATA_VARIABLE, SEED_VARIABLE = "CTRESEARCH_DATA", "CTRESEARCH_SEED"


def scratch_run(study: str | None = None, start: Path | None = None) -> Run:
    r"""Return a run for a notebook opened by hand.

    Parameters
    ----------
    study : str, optional
        Whose parameters to take; by default the first study that uses the notebook.
    start : pathlib.Path, optional
        Where to look for the project; the working directory by default.

    Returns
    -------
    Run
        With ``scratch`` set.

    Raises
    ------
    SpecificationError
        If no study is known for the notebook, or papermill injected what it does not take.

    Examples
    --------
    >>> import tempfile
    >>> root = Path(tempfile.mkdtemp())
    >>> _ = (root / "pyproject.toml").write_text("[tool.ctresearch]")
    >>> folder = root / "studies" / "demo"
    >>> folder.mkdir(parents=True)
    >>> _ = (folder / "study.toml").write_text('title = "T"\nnotebook = "n"\nseed = 7')
    >>> run = scratch_run("demo", root)
    Scratch run of demo: outputs go to ...
    >>> run.seed
    7
    """
    project = Project.at(find_root(start))
    chosen = load_study(study, project.root) if study is not None else _study_of_notebook(project)
    given = parse_data(shlex.split(os.environ.get(DATA_VARIABLE, "")))
    injected = accepted(chosen.parameters, injected_values())
    folder = project.runs / SCRATCH / chosen.name
    folder.mkdir(parents=True, exist_ok=True)
    taken = f"; from papermill: {as_words(injected)}" if injected else ""
    print(f"Scratch run of {chosen.name}: outputs go to {folder}{taken}")
    return Run(
        study=chosen.name,
        parameters=MappingProxyType(chosen.parameter_sets(injected)[0]),
        seed=int(os.environ.get(SEED_VARIABLE, chosen.seed)),
        scratch=True,
        locators={name: one.locator() for name, one in resolve_data(chosen, given, project).items()},
        promised=promised_kinds(chosen),
        folder=folder,
        policy=chosen.owner_policy,
    )


def _study_of_notebook(project: Project) -> Study:
    """Find the first study that uses the notebook JupyterLab has open."""
    session = os.environ.get("JPY_SESSION_NAME", "")
    if not session:
        some = next(iter(project.study_names()), "NAME")
        raise SpecificationError(
            f"this notebook was not started by the runner or by JupyterLab: name a study, as in current_run({some!r})"
        )
    stem = Path(session).stem
    for name in project.study_names():
        study = load_study(name, project.root)
        if study.notebook == stem:
            return study
    raise SpecificationError(
        f'no study uses the notebook {stem!r}: name one, as in current_run("NAME"), or make one with `ctresearch new`'
    )
