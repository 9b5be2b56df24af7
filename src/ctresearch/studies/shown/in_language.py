"""The report of a run in another language, beside the run and no part of it.

The run is what was written when it was made: its id, its numbers and its digests know no language. A report in another
language is set from what the run holds, as often as anybody asks, and stands in a folder of its own name beside it.
What the package says is translated. The title and the words of the study stay as they were written, unless
``words.fr.toml`` in its folder says them in the language; the notebook stays as it is.
"""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

from ctresearch.core import render
from ctresearch.core.errors import SpecificationError
from ctresearch.core.tongue import ENGLISH, language, with_words
from ctresearch.studies.shown import pdf, report
from ctresearch.studies.shown.contract import contract_of
from ctresearch.studies.shown.normalise import normalise_notebook

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ctresearch.core.result import Result
    from ctresearch.core.tongue import Tongue
    from ctresearch.studies.asked.manifest import Study
    from ctresearch.studies.kept.record import RunRecord

_HTML = "text/html"


def write_report(study: Study, record: RunRecord, code: str) -> list[Path]:
    """Write the report of a run in a language.

    Parameters
    ----------
    study : Study
        The manifest.
    record : RunRecord
        A finished run; it is not touched.
    code : str
        Language, such as ``"fr"``.

    Returns
    -------
    list of pathlib.Path
        ``report.fr.html`` and, where Typst is installed, ``report.fr.pdf``.

    Raises
    ------
    SpecificationError
        If there is no catalogue for the language.

    Examples
    --------
    >>> import pathlib
    >>> language_folder(pathlib.Path("runs/demo/abababababababab"), "fr").as_posix()
    'runs/demo/abababababababab.fr'
    """
    tongue = tongue_of(study, code)
    folder = language_folder(record.folder, code)
    document = read_document(record)
    contract = contract_of(study, document, lambda path: (record.folder / path).read_bytes())
    notebook = _notebook(record, document, tongue)
    page = report.html_page(notebook, document, report.byline(study, record.components), contract, tongue=tongue)
    contents = {f"report.{code}.html": page.encode()}
    printed = pdf.render(notebook, document, record.log["started"][:10], contract, tongue=tongue)
    if printed is not None:
        contents[f"report.{code}.pdf"] = printed
    folder.mkdir(exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in contents]


def tongue_of(study: Study, code: str) -> Tongue:
    """Return a language that knows the words of a study.

    Parameters
    ----------
    study : Study
        The manifest.
    code : str
        Language.

    Returns
    -------
    Tongue
        With what ``words.fr.toml`` in the study's folder holds: pairs of what the study says and the same in French.

    Raises
    ------
    SpecificationError
        If there is no catalogue for the language, or the file holds anything but such pairs.

    Examples
    --------
    >>> from pathlib import Path
    >>> from types import SimpleNamespace
    >>> tongue_of(SimpleNamespace(folder=Path("no such study")), "es").code
    'es'
    """
    tongue = language(code)
    path = study.folder / f"words.{code}.toml"
    if code == ENGLISH.code or not path.is_file():
        return tongue
    try:
        words = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SpecificationError(
            f"{path} is no TOML in UTF-8 ({type(error).__name__}), must hold pairs of words: correct it"
        ) from None
    wrong = [name for name, value in words.items() if not isinstance(value, str) or not value.strip()]
    if wrong:
        raise SpecificationError(f'{path} holds {wrong[0]!r} without words, must be "in English" = "in the language"')
    return with_words(tongue, words)


def language_folder(run: Path, code: str) -> Path:
    """Return the folder beside a run that holds its reports in a language.

    Parameters
    ----------
    run : pathlib.Path
        Folder of the run.
    code : str
        Language.

    Returns
    -------
    pathlib.Path
        Its name is that of the run with the language behind it.

    Examples
    --------
    >>> import pathlib
    >>> language_folder(pathlib.Path("ab12"), "es").name
    'ab12.es'
    """
    return run.with_name(f"{run.name}.{code}")


def read_document(record: RunRecord) -> dict[str, Any]:
    """Read ``results.json``, its sentences with words and numbers apart.

    Parameters
    ----------
    record : RunRecord
        A finished run.

    Returns
    -------
    dict
        The document; method and assumptions of published estimates are messages, taken from the results the run holds.

    Examples
    --------
    >>> read_document.__annotations__["return"]
    'dict[str, Any]'
    """
    document = record.results
    estimates = {name: _with_messages(entry, _result(record, entry)) for name, entry in document["estimates"].items()}
    return {**document, "estimates": estimates}


def _with_messages(entry: Mapping[str, Any], result: Result) -> dict[str, Any]:
    """Put sentences that can be translated in the place of an estimate's own."""
    return {**entry, "method": result.method, "assumptions": list(result.assumptions)}


def _result(record: RunRecord, entry: Mapping[str, Any]) -> Result:
    """Read a published estimate back, with nothing lost."""
    from ctresearch.core.result import Result

    return Result.from_dict(json.loads((record.folder / entry["path"]).read_bytes()))


def _notebook(record: RunRecord, document: Mapping[str, Any], tongue: Tongue) -> dict[str, Any]:
    """Read the notebook; where a cell displays a result that the run published, it is shown in the language."""
    notebook = normalise_notebook(json.loads((record.folder / "notebook.ipynb").read_bytes()), record.run_id)
    results = [_result(record, entry) for entry in document["estimates"].values()]
    shown = {render.as_html(one): render.as_html(one, tongue) for one in results}
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if data.get(_HTML) in shown:
                data[_HTML] = shown[data[_HTML]]
    return notebook
