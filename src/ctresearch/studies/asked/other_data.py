"""A study on other data than its own: it keeps its question, its parameters and its promises, and loses its words.

Title, description, authors, scope, level, rows, citation and licence of a study are true of its own data, and a rule of
the gate that somebody set aside was set aside for those. None of it is said of other data until it is stated again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.core.errors import SpecificationError
from ctresearch.core.scope import NOT_STATED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.studies.asked.inputs import ResolvedInput
    from ctresearch.studies.asked.manifest import Study
    from ctresearch.studies.asked.parameters import Value

LICENCE_NOT_STATED = "LicenseRef-not-stated"


def on_its_data(study: Study, inputs: Mapping[str, ResolvedInput]) -> Study:
    """Return a study as the data of a run make it.

    Parameters
    ----------
    study : Study
        The manifest.
    inputs : mapping of str to ResolvedInput
        The data of the run.

    Returns
    -------
    Study
        The same where the data are its own; else without the words that speak of those.

    Examples
    --------
    >>> on_its_data(None, {}) is None
    True
    """
    other = {name: one for name, one in inputs.items() if one.replaced is not None}
    if not other:
        return study
    data = {**study.data, **{name: study.data[name].model_copy(update=_stated(one)) for name, one in other.items()}}
    cite = study.cite.model_copy(update={"doi": None, "licence": LICENCE_NOT_STATED})
    words = {
        "title": _title(study, other),
        "description": "",
        "authors": [],
        "overrides": [],
        "data": data,
        "cite": cite,
    }
    return study.model_copy(update=words)


def words_unset(study: Study, inputs: Mapping[str, ResolvedInput]) -> dict[str, Value]:
    """Return the parameters that speak of the study's own data, with values that say nothing, where data are others.

    Parameters
    ----------
    study : Study
        The manifest.
    inputs : mapping of str to ResolvedInput
        The data of the run.

    Returns
    -------
    dict
        Empty where the data are the study's own.

    Examples
    --------
    >>> words_unset(None, {})
    {}
    """
    if all(one.replaced is None for one in inputs.values()):
        return {}
    return {name: one.unset for name, one in study.parameters.items() if one.of_the_data}


def replaced_inputs(inputs: Mapping[str, ResolvedInput]) -> dict[str, list[str]]:
    """List the inputs for which other data were given, with what nobody has stated of those.

    Parameters
    ----------
    inputs : mapping of str to ResolvedInput
        The data of a run.

    Returns
    -------
    dict of str to list of str
        As ``results.json`` shows it; empty where all data are the study's own.

    Examples
    --------
    >>> replaced_inputs({})
    {}
    """
    return {name: list(one.replaced) for name, one in inputs.items() if one.replaced is not None}


def refuse_other_data(study: Study, inputs: Mapping[str, ResolvedInput]) -> None:
    """Refuse to release a study on data of which its manifest does not speak.

    Parameters
    ----------
    study : Study
        The manifest.
    inputs : mapping of str to ResolvedInput
        The data of the run.

    Raises
    ------
    SpecificationError
        If data were given in place of its own, or the manifest does not say the level of its own.

    Examples
    --------
    >>> from pathlib import Path
    >>> from ctresearch.studies.asked.manifest import Study
    >>> refuse_other_data(Study(name="demo", folder=Path("demo"), title="T", notebook="n", seed=1), {})
    """
    for word, said in study.ethics or ():
        if NOT_STATED in (said if isinstance(said, list) else [said]):
            raise SpecificationError(
                f"ethics.{word} of {study.name!r} is not stated, and a release must say on what terms restricted "
                "data are used: state it in study.toml"
            )
    for name, one in inputs.items():
        if one.replaced is not None:
            raise SpecificationError(
                f"data.{name} was given in place of the data of {study.name!r}, and a release is of a study on its own:"
                " make one with `ctresearch new`, and state title, source, level, rows and scope of these data in its "
                "study.toml"
            )
        if study.data[name].stated and one.key_file is not None:
            raise SpecificationError(
                f"data.{name} of {study.name!r} is known by a digest under your own key, which its custodian cannot "
                "check: set CTRESEARCH_KEY_FILE to the custodian's key, and release again"
            )
        if not study.data[name].stated:
            raise SpecificationError(
                f'data.{name} of {study.name!r} says no level, and a release must: write level = "public" and rows, or '
                f'level = "restricted" with access and [ethics], under [data.{name}] of study.toml'
            )


def _stated(one: ResolvedInput) -> dict[str, object]:
    """Return what is known of data given in place of others: what their own card says, or their publisher."""
    published = one.source if one.is_published else None
    return {
        "source": published,
        "level": one.level,
        "rows": one.rows,
        "scope": dict(one.scope) or None,
        "access": None,
        "sha256": None,
        "keyed_digest": None,
        "help": "",
    }


def _title(study: Study, other: Mapping[str, ResolvedInput]) -> str:
    """Return the title that the data's own words give, or one that says there is none."""
    stated = list(dict.fromkeys(one.title for one in other.values() if one.title))
    if stated and all(one.title or one.is_published for one in other.values()):
        return "; ".join(stated)
    if all(one.is_published for one in other.values()):
        return f"{study.name} on {', '.join(one.source for one in other.values())}"
    return f"{study.name} on other data: title not stated"
