"""Validation errors of a manifest, as one sentence that names file, key and cure."""

from __future__ import annotations

import difflib
import reprlib
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

from ctresearch.core.errors import SpecificationError

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import ValidationError

_MAX_SHOWN = 3
_SHORT = reprlib.Repr()
_SHORT.maxlist = _SHORT.maxdict = _SHORT.maxtuple = 20
_SHORT.maxstring = _SHORT.maxlong = _SHORT.maxother = 200


def as_specification_error(file: Path, error: ValidationError, model: type[BaseModel]) -> SpecificationError:
    """Turn what pydantic found into the library's own error.

    Parameters
    ----------
    file : pathlib.Path
        The manifest.
    error : pydantic.ValidationError
        What was found.
    model : type
        The model of the whole manifest, to look up which keys a table may have.

    Returns
    -------
    SpecificationError
        With one sentence for each of the first findings.

    Examples
    --------
    >>> from pathlib import Path
    >>> from pydantic import ValidationError
    >>> class Demo(BaseModel, extra="forbid"):
    ...     seed: int
    >>> try:
    ...     Demo.model_validate({"sed": 1})
    ... except ValidationError as error:
    ...     print(as_specification_error(Path("study.toml"), error, Demo))
    study.toml: seed is missing; sed == 1 is not a key, did you mean seed?
    """
    found = error.errors(include_url=False, include_context=False)
    sentences = [_sentence(one, model) for one in found[:_MAX_SHOWN]]
    more = [f"and {len(found) - _MAX_SHOWN} more"] if len(found) > _MAX_SHOWN else []
    return SpecificationError(f"{file}: {'; '.join([*sentences, *more])}")


def _sentence(one: Any, model: type[BaseModel]) -> str:
    """Say one finding."""
    key = ".".join(str(part) for part in one["loc"])
    if one["type"] == "missing":
        return f"{key} is missing"
    if one["type"] == "extra_forbidden":
        return f"{key} == {_SHORT.repr(one['input'])} is not a key, {_allowed(one['loc'], model)}"
    message = one["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    if one["type"] == "value_error":
        return f"{key}: {message}" if key else message
    return f"{key} == {_SHORT.repr(one['input'])}, {message[0].lower()}{message[1:]}"


def _allowed(location: tuple[Any, ...], model: type[BaseModel]) -> str:
    """Say which keys the table may have, the nearest first."""
    for part in location[:-1]:
        if part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation) or model
    names = [name for name, field in model.model_fields.items() if not field.exclude]
    near = difflib.get_close_matches(str(location[-1]), names, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else f"the keys are {', '.join(names)}"


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Find the model inside an annotation such as ``dict[str, Output]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(one) for one in get_args(annotation))
    return next((one for one in found if one is not None), None)
