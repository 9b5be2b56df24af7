"""``run = current_run()``: the run that a notebook is part of, or a scratch run when it is opened by hand."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import MappingProxyType

from ctresearch.privacy.verdicts.policy import Policy
from ctresearch.studies.door.current import FILE_VARIABLE, FOLDER_VARIABLE, Run, read_date
from ctresearch.studies.door.scratch import scratch_run


def current_run(study: str | None = None) -> Run:
    """Return the run that this notebook is part of.

    Parameters
    ----------
    study : str, optional
        Which study's parameters to take when the notebook is opened by hand; by default the first study that uses
        this notebook. Under the runner it plays no part.

    Returns
    -------
    Run
        Parameters, data and seed, and where to save outputs.

    Raises
    ------
    SpecificationError
        If the notebook was opened by hand and no study is known for it.

    Examples
    --------
    >>> import os, tempfile
    >>> from ctresearch.studies.door.current import write_run_file
    >>> folder = Path(tempfile.mkdtemp())
    >>> write_run_file(folder / "run.json", study="demo", parameters={"n": 3}, seed=1, locators={}, promised={})
    >>> os.environ |= {"CTRESEARCH_RUN_FILE": str(folder / "run.json"), "CTRESEARCH_RUN_DIR": str(folder)}
    >>> current_run().parameters["n"]
    3
    >>> del os.environ["CTRESEARCH_RUN_FILE"], os.environ["CTRESEARCH_RUN_DIR"]
    """
    file = os.environ.get(FILE_VARIABLE)
    if file is None:
        return scratch_run(study)
    content = json.loads(Path(file).read_text(encoding="utf-8"), object_hook=read_date)
    return Run(
        study=content["study"],
        parameters=MappingProxyType(content["parameters"]),
        seed=content["seed"],
        scratch=False,
        locators=content["locators"],
        promised=content["promised"],
        folder=Path(os.environ[FOLDER_VARIABLE]),
        policy=Policy.from_dict(content["policy"]) if content["policy"] is not None else None,
    )
