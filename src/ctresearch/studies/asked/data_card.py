"""What is said of data that are given in place of a study's own: a small TOML file beside them.

A study's title, scope, level and rows are true of its own data. Data that are given in their place are none of that
until somebody says so again, in ``FILE.toml`` beside ``FILE``: ``lists.csv.toml`` speaks of ``lists.csv``.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, field_validator, model_validator

from ctresearch.core.errors import SpecificationError
from ctresearch.core.pseudonym import KEY_VARIABLE, create_key
from ctresearch.core.scope import Scope
from ctresearch.studies.asked.manifest_errors import as_specification_error

ENDING = ".toml"
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class DataCard(BaseModel):
    """What somebody states of a file of data.

    Examples
    --------
    >>> DataCard(level="public", rows="aggregates").missing
    ('title', 'scope')
    >>> DataCard(level="restricted", title="Calls, 2024").missing
    ('scope',)
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    title: Words | None = None
    level: Literal["public", "restricted"] | None = None
    rows: Literal["aggregates", "published", "invented"] | None = None
    scope: dict[Literal["population", "definition", "reference_period", "measure"], Words] | None = None

    @field_validator("scope")
    @classmethod
    def _known_words(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        """Refuse a measure that is none."""
        Scope(**(value or {}))
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """Hold level and rows to each other."""
        if self.level == "restricted" and self.rows is not None:
            raise ValueError(f"rows == {self.rows!r} is for public data: leave rows out, or set level to public")
        return self

    @property
    def missing(self) -> tuple[str, ...]:
        """What is not stated; of the rows of restricted data nothing need be."""
        asked = ("title", "level", "scope") if self.level == "restricted" else ("title", "level", "rows", "scope")
        return tuple(name for name in asked if getattr(self, name) is None)


def read_card(file: Path) -> DataCard:
    r"""Read what is stated of a file of data.

    Parameters
    ----------
    file : pathlib.Path
        The data.

    Returns
    -------
    DataCard
        What the file beside it says; nothing where there is none.

    Raises
    ------
    SpecificationError
        If there is one that cannot be read or says what is not allowed.

    Examples
    --------
    >>> import tempfile
    >>> data = Path(tempfile.mkdtemp()) / "lists.csv"
    >>> _ = data.with_name("lists.csv.toml").write_text('title = "Calls, 2024"\nlevel = "restricted"')
    >>> read_card(data).title, read_card(data.with_name("others.csv")).level
    ('Calls, 2024', None)
    """
    place = file.with_name(file.name + ENDING)
    if not place.is_file():
        return DataCard()
    try:
        return DataCard.model_validate(tomllib.loads(place.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise as_specification_error(place, error, DataCard) from None
    except (OSError, ValueError) as error:
        kind = type(error).__name__
        raise SpecificationError(f"{place} cannot be read ({kind}): it must be a UTF-8 TOML file") from None


def own_key_file() -> Path | None:
    """Return the key for digests of data whose level nobody has stated.

    Returns
    -------
    pathlib.Path or None
        The user's own key, made when it is first needed; ``None`` where ``CTRESEARCH_KEY_FILE`` names the custodian's.

    Examples
    --------
    >>> own_key_file.__annotations__["return"]
    'Path | None'
    """
    if os.environ.get(KEY_VARIABLE):
        return None
    home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    place = home / "ctresearch" / "key"
    if not place.is_file():
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            create_key(place)
        except SpecificationError:  # another process made it meanwhile, or it would lie inside a repository
            if not place.is_file():
                raise
    return place
