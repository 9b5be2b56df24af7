"""``study.toml`` as frozen, validated models.

Unknown keys are errors, so that a slip of the pen never passes in silence. Every message names the file and the key,
says what came and what is allowed. Paths may not leave the study's folder.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003  (pydantic reads the annotations at run time)
import math
import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator

from ctresearch.core.errors import CtResearchError, SpecificationError
from ctresearch.core.render import as_card
from ctresearch.core.scope import Scope
from ctresearch.privacy.verdicts.policy import Policy
from ctresearch.privacy.verdicts.verdict import Override
from ctresearch.studies.asked.bundle_source import BUNDLE, BundleSource
from ctresearch.studies.asked.manifest_errors import as_specification_error
from ctresearch.studies.asked.parameters import Parameter, Value, combinations, known, resolve
from ctresearch.studies.asked.project import MANIFEST, Project, find_notebook, find_root, is_name

if TYPE_CHECKING:
    from collections.abc import Mapping

PUBLISHED = "published:"
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_HEX = r"[0-9a-f]{64}"
#: Most runs of a grid; each takes a moment to plan, and a slip of the pen makes a million of them.
MOST_RUNS = 10_000
_MOST_BYTES = 2_000_000
_TOO_DEEP = "is nested too deeply to be read: write it with fewer brackets"
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _Frozen(BaseModel):
    """What all parts of a manifest share: frozen, strict, and closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True, defer_build=True)


class Author(_Frozen):
    """One author of a study.

    Examples
    --------
    >>> Author(name="A. Researcher", orcid="0000-0002-1825-0097").name
    'A. Researcher'
    """

    name: Words
    orcid: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{4}-\d{4}-\d{3}[\dX]$")] | None = None
    affiliation: Words | None = None


class DataInput(_Frozen):
    """One named data input.

    ``source`` is ``published:NAME``, a file inside the study's folder, or a released bundle, ``bundle:NAME@VERSION`` or
    ``bundle:PATH``; an input without one must be given with ``--data NAME=FILE``, as restricted data always are. Data
    whose ``level`` is not said are held to be restricted, and are not released until it is; a bundle brings its own.
    ``sha256`` pins a public file or a bundle; ``keyed_digest`` pins a restricted file, whose plain hash could be
    guessed. ``columns`` is the schema: column to type. ``access`` says how to get restricted data, or public ones that
    are not the study's to pass on: neither goes into a bundle. ``rows`` says what the rows of a public file are,
    without which no bundle carries it. ``scope`` says whom the data are about, in the words of
    :class:`~ctresearch.core.scope.Scope`.

    Examples
    --------
    >>> DataInput(source="published:uk-2013", level="public").published
    'uk-2013'
    """

    source: Words | None = None
    level: Literal["public", "restricted"] = "restricted"
    sha256: Annotated[str, StringConstraints(pattern=_HEX)] | None = None
    keyed_digest: Annotated[str, StringConstraints(pattern=_HEX)] | None = None
    columns: dict[str, Literal["int", "float", "bool", "str", "date"]] | None = None
    access: Words | None = None
    rows: Literal["aggregates", "published", "invented"] | None = None
    scope: dict[Literal["population", "definition", "reference_period", "measure"], Words] | None = None
    show_query: bool = False
    help: str = ""

    @field_validator("scope")
    @classmethod
    def _known_words(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        """Refuse a measure that is none."""
        Scope(**(value or {}))
        return value

    @property
    def stated(self) -> bool:
        """Whether the manifest says the level."""
        return "level" in self.model_fields_set

    @property
    def published(self) -> str | None:
        """Name of the published table, or ``None`` for a file."""
        return self.source.removeprefix(PUBLISHED) if self.source and self.source.startswith(PUBLISHED) else None

    @property
    def bundle(self) -> BundleSource | None:
        """The released bundle, or ``None`` for a file and a published table."""
        return BundleSource.read(self.source) if self.source and self.source.startswith(BUNDLE) else None

    @property
    def own_file(self) -> str | None:
        """Path of a file in the study's folder, or ``None`` where the data are none."""
        return None if self.published is not None or self.bundle is not None else self.source

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """Hold source, level and digests to each other."""
        if self.bundle is not None:
            return self._of_bundle()
        if self.published is not None and not self.stated:
            raise ValueError(f'level is missing: the published table {self.published!r} is level = "public"')
        if self.level == "restricted" and self.stated:
            if self.source is not None:
                raise ValueError(
                    f"source == {self.source!r}, but restricted data stay with their custodian: "
                    "leave source out and give the file with --data"
                )
            if self.sha256 is not None:
                raise ValueError("sha256 of a restricted input can be guessed from a small table: use keyed_digest")
            if self.rows is not None:
                raise ValueError(
                    f"rows == {self.rows!r}, but restricted data stay with their custodian: leave rows out"
                )
            if self.access is None:
                raise ValueError("access is missing: say in words how a researcher may ask for these restricted data")
        elif self.keyed_digest is not None and self.stated:
            raise ValueError(
                f"keyed_digest is for restricted data, and level == {self.level!r}: pin a public file by sha256"
            )
        if self.published is not None and (self.sha256 or self.columns or self.scope):
            raise ValueError(
                f"sha256, columns and scope are for files: the published table {self.published!r} brings its own"
            )
        return self

    def _of_bundle(self) -> Self:
        """Hold what is said of a released bundle to what it says itself."""
        said = ("keyed_digest", "columns", "rows", "scope", "show_query")
        stray = [name for name in said if name in self.model_fields_set]
        if stray:
            raise ValueError(f"{stray[0]} is not for {self.source}, which brings its own: leave it out")
        if self.level == "restricted" and self.stated and self.access is None:
            raise ValueError("access is missing: say in words how a researcher may ask for this restricted bundle")
        return self


class Output(_Frozen):
    """One promised output, with its privacy level and the tolerance within which it must reproduce.

    Examples
    --------
    >>> Output(kind="estimate", level="public", rtol=1e-6).kind
    'estimate'
    """

    kind: Literal["table", "figure", "estimate", "file"]
    level: Literal["public", "restricted", "record"]
    rtol: Annotated[float, Field(ge=0, le=1)] = 1e-6
    atol: Annotated[float, Field(ge=0)] = 0.0
    operational_detail: bool = False
    headline: bool = False
    answer: str = ""
    foremost: list[str] = []
    methods: bool = False
    labels: dict[str, str] = {}
    help: str = ""


class ChildrensWords(_Frozen):
    """On what terms words of children may leave: all four, or they stay.

    Examples
    --------
    >>> stated = dict(guardian_consent="written, of both guardians", child_assent="asked again before publication")
    >>> ChildrensWords(**stated, best_interests="decided by the panel", approval="2024-17").approval
    '2024-17'
    """

    guardian_consent: Words
    child_assent: Words
    best_interests: Words
    approval: Words


class Ethics(_Frozen):
    """On what terms restricted data are used.

    Examples
    --------
    >>> sorted(Ethics.model_fields)[:3]
    ['agreement', 'agreement_ends', 'approval']
    """

    legal_basis: Words
    purpose: Words
    consent: Words
    approval: Words
    agreement: Words
    agreement_ends: dt.date
    permitted_uses: Annotated[list[Words], Field(min_length=1)]
    children: Words
    retain_until: dt.date
    immigration_enforcement: Words
    children_words: ChildrensWords | None = None

    def refuse_expired(self, today: dt.date) -> None:
        """Stop where the agreement or the time of retention has run out.

        Parameters
        ----------
        today : datetime.date
            The day of the run.

        Raises
        ------
        SpecificationError
            If one of them ended before today.

        Examples
        --------
        >>> words = dict.fromkeys(("legal_basis", "purpose", "consent", "approval", "children"), "as agreed")
        >>> day = dt.date(2020, 1, 31)
        >>> terms = Ethics(agreement="A-1", agreement_ends=day, retain_until=day, permitted_uses=["research"],
        ...     immigration_enforcement="never shared", **words)
        >>> terms.refuse_expired(dt.date(2020, 1, 31))
        """
        if today > self.agreement_ends:
            raise SpecificationError(
                f"ethics.agreement_ends == {self.agreement_ends}, and the agreement {self.agreement!r} has expired: "
                "renew it with the custodian before the data are used again"
            )
        if today > self.retain_until:
            raise SpecificationError(
                f"ethics.retain_until == {self.retain_until} has passed: the data must be deleted, not used again"
            )


class Cite(_Frozen):
    """What to cite with the study.

    Examples
    --------
    >>> Cite(references=["doi:10.1111/j.1740-9713.2015.00824.x"]).doi is None
    True
    """

    references: list[Words] = Field(default_factory=list)
    doi: Words | None = None
    licence: Words = "CC-BY-4.0"


class SignedOverride(_Frozen):
    """A person's decision to let one output pass one rule of the gate; bundles record it.

    Examples
    --------
    >>> why = "printed in the annual report"
    >>> SignedOverride(output="pairs", rule="threshold", reason=why, name="A. Custodian").rule
    'threshold'
    """

    output: Words
    rule: Words
    reason: Words
    name: Words

    @model_validator(mode="after")
    def _signed(self) -> Self:
        """Refuse a reason that is none."""
        self.signed()
        return self

    def signed(self) -> Override:
        """Return the decision as the gate takes it.

        Returns
        -------
        Override
            The same words.

        Examples
        --------
        >>> words = {"output": "pairs", "rule": "threshold", "reason": "printed in the annual report"}
        >>> SignedOverride(**words, name="A. Custodian").signed().name
        'A. Custodian'
        """
        return Override(output=self.output, rule=self.rule, reason=self.reason, name=self.name)


class Limits(_Frozen):
    """When a run is stopped: minutes of work, megabytes of memory and of notebook output.

    Examples
    --------
    >>> Limits().output_mb
    200
    """

    minutes: Annotated[float, Field(gt=0)] = 120.0
    memory_mb: Annotated[int, Field(ge=64)] = 8192
    output_mb: Annotated[int, Field(ge=1)] = 200


class Study(_Frozen):
    """One applied study: a notebook, its parameters and data, and what it promises.

    ``name`` and ``folder`` come from where the manifest lies; everything else is written in it. ``code`` names helper
    modules that the notebook imports: module to file, in the study's folder or beside the notebook.

    Parameters
    ----------
    name : str
        Name of the folder in which the manifest lies.
    folder : pathlib.Path
        The folder.
    title, description : str
        What the study is called, and what it is about.
    notebook : str
        Name of the notebook, without folder and ending.
    seed : int
        Where the random streams of its runs start.
    authors : list of Author
        By whom a release is cited.
    extras : list of str
        Extras of the package that the notebook needs.
    parameters, data, outputs : dict
        What may be changed, what is read, and what is promised, by name.
    grid : dict of str to list
        Values of parameters of which every combination is a run.
    code : dict of str to str
        Files of modules that the notebook imports, by module.
    ethics : Ethics, optional
        What is stated of a study of restricted data.
    cite : Cite
        References of the study.
    limits : Limits
        Time and memory that a run may take.
    overrides : list of SignedOverride
        Rules of the gate that somebody set aside, with a name and a reason.
    policy : str, optional
        File of the data owner's policy, inside the folder.

    Examples
    --------
    >>> study = Study(name="demo", folder=Path("demo"), title="A demonstration", notebook="demo", seed=1)
    >>> study.title, study.runs_restricted
    ('A demonstration', False)
    """

    name: str = Field(exclude=True)
    folder: Path = Field(exclude=True)
    title: Words
    description: str = ""
    notebook: Words
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    authors: list[Author] = Field(default_factory=list)
    extras: list[Words] = Field(default_factory=list)
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    grid: dict[str, Annotated[list[Any], Field(min_length=1)]] = Field(default_factory=dict)
    data: dict[str, DataInput] = Field(default_factory=dict)
    code: dict[str, Words] = Field(default_factory=dict)
    outputs: dict[str, Output] = Field(default_factory=dict)
    ethics: Ethics | None = None
    cite: Cite = Cite()
    limits: Limits = Limits()
    overrides: list[SignedOverride] = Field(default_factory=list)
    policy: Words | None = None

    @property
    def published_only(self) -> bool:
        """Whether every input is a published table, so that small counts in it are known to all already."""
        return all(one.published is not None for one in self.data.values())

    @property
    def owner_policy(self) -> Policy | None:
        """The data owner's policy joined with the default, or ``None`` where the default alone counts."""
        return Policy.load(self.folder / self.policy) if self.policy is not None else None

    @property
    def runs_restricted(self) -> bool:
        """Whether any input is restricted, or does not say its level."""
        return any(one.level == "restricted" for one in self.data.values())

    @field_validator("notebook")
    @classmethod
    def _plain_notebook(cls, value: str) -> str:
        """Refuse a notebook that is a path."""
        if _IDENTIFIER.fullmatch(value.replace("-", "_")) is None:
            raise ValueError(f"must be the name of a notebook, without folder and ending, and not {value!r}")
        return value

    @field_validator("parameters", "data", "outputs", "code")
    @classmethod
    def _plain_names(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Refuse names that are not identifiers, since they name files and variables."""
        for name in value:
            if _IDENTIFIER.fullmatch(name) is None:
                raise ValueError(f"the name {name!r} must be letters, digits and underscores, beginning with a letter")
        return value

    @field_validator("data", "outputs")
    @classmethod
    def _names_apart(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Refuse two names that are one where case does not count, since they name files."""
        seen: dict[str, str] = {}
        for name in value:
            other = seen.setdefault(name.casefold(), name)
            if other != name:
                raise ValueError(
                    f"the names {other!r} and {name!r} differ by case alone, and name files, which some systems then "
                    "take for one: rename one of them"
                )
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """Hold the parts to each other."""
        for name, values in self.grid.items():
            one = known(name, self.parameters)
            accepted = [one.accept(f"grid.{name}", value) for value in values]
            if len({repr(value) for value in accepted}) < len(accepted):
                raise ValueError(f"grid.{name} == {values!r} names a value twice")
        for name, data in self.data.items():
            if data.own_file is not None:
                _inside(self.folder, f"data.{name}.source", data.own_file)
        for name, file in self.code.items():
            _inside(self.folder, f"code.{name}", file)
            if not file.endswith(".py") or name == "ctresearch" or name in sys.stdlib_module_names:
                raise ValueError(
                    f"code.{name} == {file!r}, must be a file that ends in .py, under a name that no module has yet"
                )
        heads = [name for name, one in self.outputs.items() if one.headline]
        if len(heads) > 1 or any(self.outputs[name].kind != "estimate" for name in heads):
            raise ValueError(
                f"headline is set for {', '.join(heads)}, must be set for one estimate: the study's answer"
            )
        _hold_marks(self.outputs)
        for override in self.overrides:
            if override.output not in self.outputs:
                there = f"must be one of {', '.join(self.outputs)}" if self.outputs else "it promises none"
                raise ValueError(f"overrides name {override.output!r}, which is no promised output: {there}")
            agreed_for = self.ethics is not None and self.ethics.children_words is not None
            if override.rule == "childrens_words" and not agreed_for:
                raise ValueError(
                    f"an override lets words of children out of {override.output!r}, and [ethics.children_words] is "
                    "missing: it must state guardian_consent, child_assent, best_interests and approval"
                )
        if self.policy is not None:
            _inside(self.folder, "policy", self.policy)
            Policy.load(self.folder / self.policy)
        agreed = [name for name, one in self.data.items() if one.level == "restricted" and one.stated]
        if agreed and self.ethics is None:
            restricted = agreed[0]
            raise ValueError(f"data.{restricted} is restricted, so the table [ethics] is required")
        return self

    def run_on(self, inputs: Mapping[str, Mapping[str, Any]]) -> Self:
        """Return the study with the data of one run in place of those that it declares.

        Parameters
        ----------
        inputs : mapping of str to mapping
            What ``provenance.json`` records of each input. A published table has a ``source`` and no size.

        Returns
        -------
        Study
            The study; a published table that a file replaced is no longer published.

        Examples
        --------
        >>> study = Study(name="demo", folder=Path("demo"), title="T", notebook="demo", seed=1,
        ...     data={"lists": {"source": "published:uk-2013", "level": "public"}})
        >>> study.published_only, study.run_on({"lists": {"source": "own.csv", "bytes": 20}}).published_only
        (True, False)
        """
        published = {name: one["source"] for name, one in inputs.items() if one.get("bytes") is None}
        data = {
            name: (
                one.model_copy(update={"source": published.get(name), "level": inputs[name].get("level", one.level)})
                if name in inputs
                else one
            )
            for name, one in self.data.items()
        }
        return self.model_copy(update={"data": data})

    def parameter_sets(self, given: dict[str, Any] | None = None) -> list[dict[str, Value]]:
        """Return the parameters of every run: one set, or one for each combination of the grid.

        Parameters
        ----------
        given : dict, optional
            Values for this time; a parameter of the grid that is given no longer varies.

        Returns
        -------
        list of dict
            Complete parameters, one mapping a run.

        Raises
        ------
        SpecificationError
            If a name is unknown, a value does not fit, or there are more combinations than anybody runs.

        Examples
        --------
        >>> study = Study(name="demo", folder=Path("demo"), title="T", notebook="demo", seed=1,
        ...     parameters={"n": {"type": "int", "value": 1}}, grid={"n": [1, 2]})
        >>> study.parameter_sets(), study.parameter_sets({"n": 7})
        ([{'n': 1}, {'n': 2}], [{'n': 7}])
        """
        given = given or {}
        axes = {name: values for name, values in self.grid.items() if name not in given}
        many = math.prod(len(values) for values in axes.values())
        if many > MOST_RUNS:
            sizes = ", ".join(f"{name} {len(values):,}" for name, values in axes.items())
            raise SpecificationError(
                f"the grid of {self.name!r} has {many:,} runs ({sizes}), must have at most {MOST_RUNS:,}: name fewer "
                "values, or take one part at a time with -p NAME=VALUE"
            )
        return [resolve(self.parameters, {**row, **given}) for row in combinations(axes)]

    def notebook_path(self, project: Project) -> Path:
        """Find the study's notebook.

        Parameters
        ----------
        project : Project
            The project of the study.

        Returns
        -------
        pathlib.Path
            The ``.ipynb`` file.

        Raises
        ------
        SpecificationError
            If there is no notebook of that name.

        Examples
        --------
        >>> study = Study(name="demo", folder=Path("demo"), title="T", notebook="no_such", seed=1)
        >>> study.notebook_path(Project.at(Path("bench")))
        Traceback (most recent call last):
        ...
        ctresearch.core.errors.SpecificationError: notebook == 'no_such' does not exist; ...
        """
        return find_notebook(self.notebook, self.folder, project.notebooks)

    def _repr_html_(self) -> str:
        from ctresearch.studies.asked.shown_study import parameters_table

        return as_card(self, says=[self.title], show=["notebook", "seed"], tables=[parameters_table(self)])


def load_study(path_or_name: str | Path, root: Path | None = None) -> Study:
    r"""Read and validate a study.

    Parameters
    ----------
    path_or_name : str or pathlib.Path
        Name of a study of the project, or a path to its folder or its ``study.toml``.
    root : pathlib.Path, optional
        Root of the project; found from the working directory by default.

    Returns
    -------
    Study
        The manifest, whole and valid.

    Raises
    ------
    SpecificationError
        If there is no such study, or its manifest is not valid; the message names file, key and cure.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp()) / "demo"
    >>> folder.mkdir()
    >>> _ = (folder / "study.toml").write_text('title = "T"\nnotebook = "demo"\nseed = 1')
    >>> load_study(folder).name
    'demo'
    """
    folder = _folder_of(path_or_name, root)
    file = folder / MANIFEST
    try:
        size = file.stat().st_size
        content = tomllib.loads(file.read_text(encoding="utf-8")) if size <= _MOST_BYTES else {}
    except (OSError, ValueError) as error:
        raise SpecificationError(f"{file} cannot be read: {error}; it must be a UTF-8 TOML file") from error
    except RecursionError:
        raise SpecificationError(f"{file} {_TOO_DEEP}") from None
    if size > _MOST_BYTES:
        raise SpecificationError(f"{file} has {size:,} bytes, must have at most {_MOST_BYTES:,}")
    return study_from_table(content, folder)


def study_from_table(content: dict[str, Any], folder: Path) -> Study:
    """Validate the table of a ``study.toml``.

    Parameters
    ----------
    content : dict
        The parsed TOML.
    folder : pathlib.Path
        Folder of the study, whose name is the study's name.

    Returns
    -------
    Study
        The manifest.

    Raises
    ------
    SpecificationError
        If it is not valid.

    Examples
    --------
    >>> study_from_table({"title": "T", "notebook": "n", "seed": 1}, Path("demo")).seed
    1
    """
    file = folder / MANIFEST
    if not is_name(folder.name):
        raise SpecificationError(
            f"study == {folder.name!r}, must be named in lower case letters, digits, hyphens and underscores"
        )
    for key in ("name", "folder"):
        if key in content:
            raise SpecificationError(f"{file}: {key} == {content[key]!r} is not a key: a study is named by its folder")
    try:
        return Study.model_validate({**content, "name": folder.name, "folder": folder})
    except ValidationError as error:
        raise as_specification_error(file, error, Study) from None
    except CtResearchError as error:
        raise SpecificationError(f"{file}: {error}") from None
    except RecursionError:
        raise SpecificationError(f"{file} {_TOO_DEEP}") from None


def _folder_of(path_or_name: str | Path, root: Path | None) -> Path:
    """Turn a name or a path into the study's folder."""
    path = Path(path_or_name)
    if path.name == MANIFEST and path.is_file():
        return path.parent.resolve()
    if isinstance(path_or_name, Path) or "/" in path_or_name:
        if not (path / MANIFEST).is_file():
            raise SpecificationError(
                f"study == {str(path_or_name)!r} holds no {MANIFEST}: give a study's name or folder"
            )
        return path.resolve()
    return Project.at(root or find_root()).study_folder(path_or_name)


def _hold_marks(outputs: Mapping[str, Output]) -> None:
    """Hold what is marked for the page of a reader to the outputs that it can be said of."""
    stray = [name for name, one in outputs.items() if (one.answer or one.foremost) and not one.headline]
    if stray:
        raise ValueError(f"answer and foremost are set for {', '.join(stray)}, must be set where headline = true")
    methods = [name for name, one in outputs.items() if one.methods]
    if len(methods) > 1 or any(outputs[name].kind not in ("estimate", "table") for name in methods):
        raise ValueError(
            f"methods is set for {', '.join(methods)}, must be set for one estimate or table: what other methods say"
        )


def _inside(folder: Path, key: str, value: str) -> None:
    """Refuse a path that leaves the study's folder, by dots, from the root or through a link."""
    path = Path(value)
    inside = not path.is_absolute() and ".." not in path.parts and "\\" not in value
    if not inside or not (folder / path).resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"{key} == {value!r} leaves the study's folder: give a path inside it, or use --data")
