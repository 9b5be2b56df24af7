"""Writes a new study that runs at once.

Its manifest comes from what is known about the notebook: the ``NAME.toml`` beside it, else a study that uses it
already, else title, notebook and seed alone.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from typing import TYPE_CHECKING

from ctresearch.core.errors import CtResearchError, SpecificationError
from ctresearch.studies.asked.identity import notebook_content
from ctresearch.studies.asked.manifest import Study, load_study, study_from_table
from ctresearch.studies.asked.project import MANIFEST, Project, find_notebook, is_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_README = """# {title}

Run it with `ctresearch run {name}`; `ctresearch run {name} --help` shows its parameters.

What is asked, of whom, and with which data: say it here in a few sentences.
"""


def new_study(name: str, notebook: str, project: Project) -> Path:
    """Write a study and return its folder.

    Parameters
    ----------
    name : str
        Name of the study: lower case letters, digits, hyphens and underscores.
    notebook : str
        Name of the notebook it runs.
    project : Project
        Where it goes.

    Returns
    -------
    pathlib.Path
        Its folder, with ``study.toml`` and ``README.md``.

    Raises
    ------
    SpecificationError
        If the name cannot be used or is taken, or there is no such notebook.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> project = Project.at(Path(tempfile.mkdtemp()))
    >>> project.notebooks.mkdir()
    >>> cell = '{"cell_type": "code", "source": "1", "metadata": {}, "outputs": [], "execution_count": null, "id": "a"}'
    >>> text = '{"cells": [' + cell + '], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    >>> _ = (project.notebooks / "demo.ipynb").write_text(text)
    >>> sorted(path.name for path in new_study("my-study", "demo", project).iterdir())
    ['README.md', 'study.toml']
    """
    source = find_notebook(notebook, project.studies / name, project.notebooks)
    _refuse_taken(name, project)
    text, files = _manifest(name, source, project)
    return write_study(name, source, project, text, title=title_of(name), files=files)


def write_study(
    name: str,
    notebook: Path,
    project: Project,
    text: str,
    *,
    title: str,
    files: Sequence[tuple[Path, str]] = (),
) -> Path:
    """Write the folder of a study, whole or not at all.

    Parameters
    ----------
    name : str
        Name of the study.
    notebook : pathlib.Path
        The notebook that it runs.
    project : Project
        Where it goes.
    text : str
        Its manifest.
    title : str
        Its title.
    files : sequence of tuple
        Data files that belong to it, and where they lie in its folder.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    SpecificationError
        If the name cannot be used or is taken, or the notebook holds no code.

    Examples
    --------
    >>> from pathlib import Path
    >>> write_study("../x", Path("n.ipynb"), Project.at(Path("bench")), "", title="T")
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.SpecificationError: name == '../x', must be lower case letters, digits, hyphens and ...
    """
    _refuse_taken(name, project)
    _refuse_empty(notebook)
    building = project.studies / f".new-{name}"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    (building / MANIFEST).write_text(text, encoding="utf-8")
    (building / "README.md").write_text(_README.format(name=name, title=title), encoding="utf-8")
    for path, relative in files:
        (building / relative).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, building / relative)
    folder = project.studies / name
    building.rename(folder)
    return folder


def _refuse_taken(name: str, project: Project) -> None:
    """Refuse a name that cannot be used or is taken."""
    if not is_name(name):
        raise SpecificationError(f"name == {name!r}, must be lower case letters, digits, hyphens and underscores")
    folder = project.studies / name
    if folder.exists():
        raise SpecificationError(f"name == {name!r} is taken by {folder}: choose another, nothing is overwritten")


def _refuse_empty(notebook: Path) -> None:
    """Refuse a notebook without code, of which no study can be made."""
    cells = notebook_content(notebook)["cells"]
    if not any(cell["cell_type"] == "code" and "".join(cell["source"]).strip() for cell in cells):
        raise SpecificationError(f"{notebook} has no code cell, must have at least one: write the notebook first")


def _manifest(name: str, notebook: Path, project: Project) -> tuple[str, list[tuple[Path, str]]]:
    """Return the text of the manifest, and the data files that belong to it."""
    template = notebook.with_suffix(".toml")
    if template.is_file():
        return _retitled(template.read_text(encoding="utf-8"), name), []
    for study in _studies(project):
        if study.notebook == notebook.stem:
            text = (study.folder / MANIFEST).read_text(encoding="utf-8")
            kept = [one.own_file for one in study.data.values() if one.own_file]
            return _pinned(_retitled(text, name), study), [(study.folder / source, source) for source in kept]
    text = f'title = "{title_of(name)}"\nnotebook = "{notebook.stem}"\nseed = 1\n'
    study_from_table({"title": name, "notebook": notebook.stem, "seed": 1}, project.studies / name)
    return text, []


def _studies(project: Project) -> Iterator[Study]:
    """Go through the project's valid studies."""
    for name in project.study_names():
        try:
            yield load_study(name, project.root)
        except CtResearchError:
            continue


def _retitled(text: str, name: str) -> str:
    """Give a copied manifest its own title, and none of what was said or decided for another study's data."""
    text = re.sub(r"^title\s*=.*$", f'title = "{title_of(name)}"', text, count=1, flags=re.MULTILINE)
    text = re.sub(r"^authors\s*=\s*\[.*?\]\s*?\n", "", text, count=1, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r'^description\s*=\s*(?:"""(?s:.*?)"""|.*)\n', "", text, count=1, flags=re.MULTILINE)
    text = re.sub(r"^\[\[overrides\]\]\n(?:(?!\[).*\n?)*", "", text, flags=re.MULTILINE)
    return re.sub(r"^doi\s*=.*\n", "", text, flags=re.MULTILINE)


def _pinned(text: str, study: Study) -> str:
    """Pin each file that is copied: its copied words are refused once another file lies in its place."""
    for one in study.data.values():
        if one.own_file and one.stated and one.sha256 is None:
            digest = hashlib.sha256((study.folder / one.own_file).read_bytes()).hexdigest()
            line = re.compile(rf'^source\s*=\s*["\']{re.escape(one.own_file)}["\']\s*$', re.MULTILINE)
            text = line.sub(f'\\g<0>\nsha256 = "{digest}"', text)
    return text


def title_of(name: str) -> str:
    """Turn a name into words.

    Parameters
    ----------
    name : str
        Name of a study.

    Returns
    -------
    str
        A title.

    Examples
    --------
    >>> title_of("my-study")
    'My study'
    """
    return name.replace("-", " ").replace("_", " ").capitalize()
