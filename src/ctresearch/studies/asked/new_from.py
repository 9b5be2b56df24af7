"""Writes a new study of a file: the notebook by the shape of the file, and of its data only what is stated.

Data that nobody has published are restricted: they stay where they are, and the manifest names input, access and the
terms of use. What is not stated reads "not stated", lets a study run and not be released.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ctresearch.core.errors import SpecificationError
from ctresearch.core.scope import NOT_STATED
from ctresearch.studies.asked.manifest import PUBLISHED, study_from_table
from ctresearch.studies.asked.new import title_of, write_study
from ctresearch.studies.asked.project import find_notebook

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ctresearch.studies.asked.project import Project

#: Shape of a file to the notebook that takes it, and the input that it is there.
NOTEBOOKS = {
    "counts": ("multiple_systems", "lists"),
    "persons": ("multiple_systems", "lists"),
    "person-source": ("multiple_systems", "lists"),
    "edges": ("criminal_network", "ties"),
    "cases": ("case_profile", "cases"),
    "interviews": ("modus_operandi", "testimony"),
}
_ETHICS = (
    "legal_basis",
    "purpose",
    "consent",
    "approval",
    "agreement",
    "children",
    "immigration_enforcement",
)
_DAYS = 90
_TABLE = re.compile(r"^\[+([A-Za-z0-9_.\"-]+)\]+", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What somebody states of a new study; what is left out reads "not stated".

    Parameters
    ----------
    title : str
        Its title.
    whom, where, definition, when, measure : str
        Whom the data are about, in which place, by which definition, when, and as what: ``stock``, ``period``,
        ``flow`` or ``lifetime``.
    access : str
        How a researcher may ask for the data.
    authors : tuple of str
        Names.

    Examples
    --------
    >>> Stated(whom="people identified", where="Province A").scope["population"]
    'people identified, Province A'
    """

    title: str = ""
    whom: str = ""
    where: str = ""
    definition: str = ""
    when: str = ""
    measure: str = ""
    access: str = ""
    authors: tuple[str, ...] = field(default=())

    @property
    def scope(self) -> dict[str, str]:
        """The words of the scope."""
        population = ", ".join(one for one in (self.whom, self.where) if one)
        return {
            "population": population or NOT_STATED,
            "definition": self.definition or NOT_STATED,
            "reference_period": self.when or NOT_STATED,
            "measure": self.measure or NOT_STATED,
        }


def notebook_for(shape: str) -> tuple[str, str]:
    """Return the notebook that takes a file of a shape.

    Parameters
    ----------
    shape : str
        As a plan names it.

    Returns
    -------
    tuple of str
        Name of the notebook, and of its input.

    Raises
    ------
    SpecificationError
        If no notebook takes such files by itself.

    Examples
    --------
    >>> notebook_for("persons")
    ('multiple_systems', 'lists')
    """
    if shape not in NOTEBOOKS:
        raise SpecificationError(
            f"no notebook takes a file of {shape} by itself: name one with --notebook N, and the input with --from "
            "INPUT=FILE"
        )
    return NOTEBOOKS[shape]


def new_study_from(
    name: str, notebook: str, project: Project, sources: Mapping[str, str], stated: Stated | None = None
) -> Path:
    """Write a study whose data are given.

    Parameters
    ----------
    name : str
        Name of the study.
    notebook : str
        Name of the notebook that it runs.
    project : Project
        Where it goes.
    sources : mapping of str to str
        Input to ``published:NAME``, or to anything else for a file that is restricted.
    stated : Stated, optional
        What is stated of it.

    Returns
    -------
    pathlib.Path
        Its folder.

    Raises
    ------
    SpecificationError
        If the name is taken, there is no such notebook or input, or the notebook has no code.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from ctresearch.studies.asked.project import Project, find_root
    >>> project = Project.at(Path(tempfile.mkdtemp()))
    >>> project = Project(project.root, project.studies, find_root(Path(".")) / "notebooks", project.runs)
    >>> folder = new_study_from("mine", "multiple_systems", project, {"lists": "persons.csv"})
    >>> 'level = "restricted"' in (folder / "study.toml").read_text()
    True
    """
    stated = stated or Stated()
    source = find_notebook(notebook, project.studies / name, project.notebooks)
    template = source.with_suffix(".toml")
    if not template.is_file():
        raise SpecificationError(
            f"notebook == {notebook!r} has no {template.name} beside it that says what it takes and promises: write "
            "one, or make the study with --notebook alone and edit its study.toml"
        )
    text = template.read_text(encoding="utf-8")
    inputs = tomllib.loads(text).get("data", {})
    unknown = next((one for one in sources if one not in inputs), None)
    if unknown is not None:
        raise SpecificationError(f"input == {unknown!r} is not one of {notebook!r}, must be one of {', '.join(inputs)}")
    manifest = _manifest(name, text, {one: sources.get(one, "") for one in inputs}, stated)
    study_from_table(tomllib.loads(manifest), project.studies / name)
    return write_study(name, source, project, manifest, title=stated.title or title_of(name))


def _manifest(name: str, text: str, sources: Mapping[str, str], stated: Stated) -> str:
    """Write the manifest: the notebook's own, with these data and what is stated of them."""
    head, tables = _parts(text)
    head = re.sub(r"^#.*\n", "", head, flags=re.MULTILINE)
    head = re.sub(
        r"^title\s*=.*$", lambda _: f"title = {_text(stated.title or title_of(name))}", head, flags=re.MULTILINE
    )
    authors = ", ".join(f"{{ name = {_text(one)} }}" for one in stated.authors)
    lines = f"authors = [{authors}]" if authors else '# authors = [{ name = "...", orcid = "0000-0000-0000-0000" }]'
    restricted = any(not one.startswith(PUBLISHED) for one in sources.values())
    data = "\n".join(_data(one, source, stated) for one, source in sources.items()).rstrip()
    out = [head.rstrip() + "\n" + lines]
    placed = False
    for title, body in tables:
        if title.startswith("data."):
            out += [] if placed else [data]
            placed = True
        else:
            out.append(body.rstrip())
    return "\n\n".join([*out, *([_ethics()] if restricted else [])]) + "\n"


def _parts(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Part a manifest into what stands before the first table, and its tables without the comments above them."""
    found = list(_TABLE.finditer(text))
    ends = [*(one.start() for one in found[1:]), len(text)]
    tables = [(one[1], _without_comments(text[one.start() : end])) for one, end in zip(found, ends, strict=True)]
    return _without_comments(text[: found[0].start()] if found else text), tables


def _without_comments(text: str) -> str:
    """Leave out lines that are comments: they speak of another study's data."""
    return re.sub(r"^#.*\n?", "", text, flags=re.MULTILINE)


def _data(name: str, source: str, stated: Stated) -> str:
    """Write the table of one input."""
    if source.startswith(PUBLISHED):
        return f'[data.{name}]\nsource = {_text(source)}\nlevel = "public"\n'
    scope = ", ".join(f"{key} = {_text(value)}" for key, value in stated.scope.items())
    return (
        f"# Restricted: the file stays with its custodian, and is given with --data {name}=FILE.\n"
        f'[data.{name}]\nlevel = "restricted"\naccess = {_text(stated.access or NOT_STATED)}\nscope = {{ {scope} }}\n'
    )


def _ethics() -> str:
    """Write the table of the terms of use, which nobody has stated yet."""
    until = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=_DAYS)
    words = "\n".join(f"{key} = {_text(NOT_STATED)}" for key in _ETHICS)
    return (
        "# On what terms these data are used: state each before anything is released. Until the two days are those of\n"
        f"# the agreement, runs stop {_DAYS} days after this study was made.\n"
        f"[ethics]\n{words}\npermitted_uses = [{_text(NOT_STATED)}]\nagreement_ends = {until}\nretain_until = {until}"
    )


def _text(value: str) -> str:
    """Write a text as TOML."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
