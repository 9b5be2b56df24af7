"""The one shape in which every method of the library answers.

A result is frozen. It carries its table of estimates, whom the estimates are about, the checks that were made, the
assumptions they rest on and a record of what went in, and it shows all of that in a terminal, a notebook and JSON.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, cast

import numpy as np
import pandas as pd

from ctresearch.core import render, stored
from ctresearch.core.answer import short_answer
from ctresearch.core.check import Check, Status, worst
from ctresearch.core.declaration import Declaration, find_meaning
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.inputs import Inputs
from ctresearch.core.meaning import Meaning, by_row, count, key, limits, mark, model, text
from ctresearch.core.scope import Scope
from ctresearch.core.tongue import language as tongue_of
from ctresearch.core.validate import is_level

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


Scale = Literal["identity", "log", "logit"]
COLUMNS = ("estimate", "std_error", "ci_low", "ci_high", "unit")
LIMITS = ("std_error", "ci_low", "ci_high")
MAX_DRAWS = 4000
# A ratio of reach to error this near to the normal one comes of rounding, not of degrees of freedom: 1e-9 stands for
# more than a billion of them.
_NORMAL = 1e-9


class Table:
    """A field that holds a table: copied on the way in, handed out as a copy that cannot reach the original."""

    def __init__(self, columns: Mapping[str, Meaning] | None = None, *, optional: bool = False) -> None:
        self.columns = dict(columns or {})
        self.optional = optional

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            if self.optional:
                return None
            raise AttributeError(self.name)
        held = instance.__dict__[self.name]
        return None if held is None else held.copy(deep=False)

    def __set__(self, instance: Any, value: pd.DataFrame | None) -> None:
        if value is None and not self.optional:
            raise DataError(f"{self.name} is None, must be a pandas DataFrame")
        instance.__dict__[self.name] = None if value is None else value.copy()


def table_field(columns: Mapping[str, Meaning] | None = None, *, optional: bool = False) -> Any:
    """Declare a field of a result that holds a table.

    Parameters
    ----------
    columns : mapping of str to Meaning
        What each column means, levels of the index among them; ``"*"`` for those that are not named.
    optional : bool
        Whether the field may be ``None``, which is then its default.

    Returns
    -------
    Table
        To stand behind ``name: pandas.DataFrame =`` in the class of the result.

    Examples
    --------
    >>> @dataclass(frozen=True, kw_only=True, eq=False, repr=False)
    ... class WithMore(Result):
    ...     more: pd.DataFrame | None = table_field({"rule": key("Rule"), "aic": model("AIC")}, optional=True)
    >>> WithMore.more is None
    True
    """
    return Table(columns, optional=optional)


def value_field(meaning: Meaning, **options: Any) -> Any:
    """Declare a field of a result that holds no table: a number, words, or several of them.

    Parameters
    ----------
    meaning : Meaning
        What its value, or each of its values, means.
    **options
        ``default`` or ``default_factory``, as :func:`dataclasses.field` takes them.

    Returns
    -------
    dataclasses.Field
        To stand behind ``name: type =`` in the class of the result.

    Examples
    --------
    >>> @dataclass(frozen=True, kw_only=True, eq=False, repr=False)
    ... class WithBound(Result):
    ...     bound: float = value_field(model("Least value possible"), default=0.0)
    >>> WithBound.bound
    0.0
    """
    return field(metadata={"meaning": meaning}, **options)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Interval:
    """Limits of an interval at one level, one row a term.

    Parameters
    ----------
    low, high : pandas.Series
        Limits by term, on the result's scale.
    level : float
        Coverage the method aims at.

    Examples
    --------
    >>> import pandas as pd
    >>> Interval(low=pd.Series({"effect": 1.0}), high=pd.Series({"effect": 3.0}), level=0.9).high["effect"]
    np.float64(3.0)
    """

    low: pd.Series[Any]
    high: pd.Series[Any]
    level: float


_MARKS = ("record_level", "operational_detail")
"""What a class of results says of itself to the release gate: its tables speak of persons one by one; they hold details
that could help an offender evade detection."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Result:
    """Estimates with everything needed to judge and to cite them.

    Parameters
    ----------
    method : str
        What was done, in words a paper would use.
    estimates : pandas.DataFrame
        Indexed by ``term`` with columns ``estimate``, ``std_error``, ``ci_low``, ``ci_high`` and ``unit``, and key
        columns (``time``, ``stratum``, ...) where a term alone does not name a row. ``NaN`` where there is no number.
    n : int
        Units that the estimates rest on.
    level : float
        Coverage of the limits, as a proportion.
    interval : str
        How the limits were made: ``"none"``, ``"normal"``, ``"percentile"``, ``"bca"``, ``"profile"``, ...
    scale : {"identity", "log", "logit"}
        Scale on which ``estimates`` stand.
    scope : Scope
        Whom they are about; also readable as ``population``, ``definition``, ``reference_period`` and ``measure``.
    checks : tuple of Check
        The questions asked of the estimates. Where one fails and voids them, every limit and every draw is taken away.
    assumptions, references : tuple of str
        What must hold, and whom to cite.
    inputs : Inputs
        Digest of the data, seed and versions.
    draws : pandas.DataFrame, optional
        Terms by at most 4,000 bootstrap or posterior draws.
    raw : object, optional
        The underlying library's own object. It stays in this process: never in JSON, pickle or equality.
    smallest_group : int, optional
        The fewest people whom any one number rests on: the smallest level of a factor, the events of an arm, a cell of
        a saturated model. The release gate judges it; it stays in this process, as ``raw`` does.
    declaration : Declaration, optional
        What its terms, key columns and tables mean, where a function made it whose class serves others too; in this
        process alone.

    Raises
    ------
    DataError
        If the table of estimates has not the shape above.

    Examples
    --------
    >>> table = estimates_table({"population": (10.0, 2.0, 6.1, 13.9)}, unit="persons")
    >>> result = Result(method="an example", estimates=table, n=5, interval="normal")
    >>> Result.from_dict(result.to_dict()) == result
    True
    """

    method: str = value_field(text("Method"))
    estimates: pd.DataFrame = table_field()
    n: int = value_field(count("People"))
    level: float = value_field(model("Level of the intervals"), default=0.95)
    interval: str = value_field(mark("Kind of interval"), default="none")
    scale: Scale = value_field(mark("Scale"), default="identity")
    scope: Scope = value_field(text("Whom it counts"), default_factory=Scope)
    checks: tuple[Check, ...] = value_field(text("Checks"), default=())
    assumptions: tuple[str, ...] = value_field(text("Assumptions"), default=())
    references: tuple[str, ...] = value_field(text("References"), default=())
    inputs: Inputs = value_field(mark("What went in"), default_factory=Inputs)
    draws: pd.DataFrame | None = table_field({"*": model("Draw")}, optional=True)
    raw: Any = None
    smallest_group: int | None = None
    declaration: Declaration | None = None

    _not_kept: ClassVar[frozenset[str]] = frozenset({"raw", "smallest_group", "declaration"})
    record_level: ClassVar[bool] = False
    operational_detail: ClassVar[bool] = False
    terms: ClassVar[Mapping[str, Meaning]] = {}
    keys: ClassVar[Mapping[str, Meaning]] = {"group": key("Group"), "stratum": key("Stratum"), "time": key("Time")}

    def __post_init__(self) -> None:
        """Hold the table to the shape that everything else builds on."""
        self._declare()
        table = self.estimates
        missing = [c for c in COLUMNS if c not in table.columns]
        if missing or table.index.name != "term":
            raise DataError(
                f"estimates are indexed by {table.index.name!r} with columns {list(table.columns)}, "
                f"must be indexed by 'term' with columns {list(COLUMNS)}: build them with estimates_table()"
            )
        keys = [c for c in table.columns if c not in COLUMNS]
        if table.reset_index()[["term", *keys]].duplicated().any():
            raise DataError(
                f"{int(table.reset_index()[['term', *keys]].duplicated().sum()):,} of {len(table):,} rows repeat the "
                "term of another, each must be unique: add a key column such as 'stratum'"
            )
        draws = self.draws
        if draws is not None and draws.shape[1] > MAX_DRAWS:
            raise DataError(f"draws has {draws.shape[1]} columns, must have at most {MAX_DRAWS}: thin them first")
        is_level(self.level)
        if not self.stands:
            self._drop_limits()

    def _declare(self) -> None:
        """Take what this one result declares: its terms in place of those of its class, its keys beside them."""
        if self.declaration is not None:
            object.__setattr__(self, "terms", self.declaration.terms)
            object.__setattr__(self, "keys", {**self.keys, **self.declaration.keys})

    def _meanings(self) -> dict[str, Meaning | dict[str, Meaning]]:
        """Return what its fields mean, as its class says or it does itself."""
        own = {} if self.declaration is None else self.declaration.tables
        return _held(type(self)) | {name: dict(columns) for name, columns in own.items()}

    def _drop_limits(self) -> None:
        """Take every limit and every draw away from a result that does not stand."""
        for one in fields(self):
            table = getattr(self, one.name)
            if isinstance(table, pd.DataFrame) and one.name != "draws":
                gone = [c for c in LIMITS if c in table.columns]
                object.__setattr__(self, one.name, table.assign(**dict.fromkeys(gone, np.nan)))
        object.__setattr__(self, "draws", None)

    def roles(self, table: str = "estimates") -> dict[str, Meaning]:
        """Return what the columns of one of its tables mean, to declare what a notebook makes of them.

        Parameters
        ----------
        table : str
            Name of the table: ``"estimates"``, or another field that holds one.

        Returns
        -------
        dict of str to Meaning
            Column to meaning; the estimates of terms that mean different things are told apart by row.

        Raises
        ------
        SpecificationError
            If the result holds no such table.

        Examples
        --------
        >>> table = estimates_table({"population": (10.0, 2.0, 6.1, 13.9)}, unit="persons")
        >>> Result(method="m", estimates=table, n=9).roles()["ci_low"].label
        'Lower limit'
        """
        if table == "estimates":
            columns = limits()
            del columns["estimate"]  # what nobody said stays undeclared
            known = {"estimate": by_row("term", self.terms, "Estimate")} if self.terms else {}
            return {"term": key("Term"), **columns, **known, **self.keys}
        tables = {name: held for name, held in self._meanings().items() if isinstance(held, dict)}
        if table not in tables:
            raise SpecificationError(f"table == {table!r}, must be one of {', '.join(tables)}")
        return dict(tables[table])

    def meanings(self) -> dict[str, Meaning | dict[str, Meaning]]:
        """Return what everything in it means.

        Returns
        -------
        dict
            Field to meaning, and for a field that holds a table, column to meaning. What nobody declared is missing.

        Examples
        --------
        >>> table = estimates_table({"population": (10.0, 2.0, 6.1, 13.9)}, unit="persons")
        >>> Result(method="m", estimates=table, n=9).meanings()["method"].role
        'text'
        """
        return {**self._meanings(), "estimates": self.roles()}

    def term_meaning(self, term: str) -> Meaning:
        """Return what one term means.

        Parameters
        ----------
        term : str
            A term of ``estimates``.

        Returns
        -------
        Meaning
            Its role, its label and its unit.

        Examples
        --------
        >>> table = estimates_table({"age_group": (10.0, 2.0, 6.1, 13.9)}, unit="persons")
        >>> Result(method="m", estimates=table, n=9).term_meaning("age_group").label
        'Age group'
        """
        return (find_meaning(self.terms, term) or model()).called(term)

    @property
    def population(self) -> str:
        """Who is counted."""
        return self.scope.population

    @property
    def definition(self) -> str:
        """Under which definition they are counted."""
        return self.scope.definition

    @property
    def reference_period(self) -> str:
        """When they are counted."""
        return self.scope.reference_period

    @property
    def measure(self) -> str:
        """Whether the number is a stock, a period prevalence, a flow or a lifetime prevalence."""
        return self.scope.measure

    @property
    def status(self) -> Status:
        """The gravest status among the checks."""
        return worst(self.checks)

    @property
    def stands(self) -> bool:
        """Whether the estimates exist, are identified and converged, as far as the checks can say."""
        return all(check.stands for check in self.checks)

    def summary(self, *, language: str = "en") -> str:
        """Return the table and the prose that a researcher may paste.

        Parameters
        ----------
        language : {"en", "es", "fr"}
            In which it is written; what a user wrote, such as the population, stays as it is.

        Returns
        -------
        str
            Text: what, the answer in a sentence and how far to trust it, whom, the estimates, each check, and the
            assumptions.

        Examples
        --------
        >>> table = estimates_table({"population": (10.0, 2.0, 6.1, 13.9)}, unit="persons")
        >>> print(Result(method="An example", estimates=table, n=5, interval="normal").summary().splitlines()[0])
        An example
        """
        if language == "en":
            return render.as_text(self, short_answer(self))
        tongue = tongue_of(language)
        return render.as_text(self, short_answer(self, tongue), tongue)

    def estimates_only(self) -> Result:
        """Return the estimates with all that is said of them, without tables whose rows may rest on few.

        Returns
        -------
        Result
            A plain result that still says what its terms mean.

        Examples
        --------
        >>> table = estimates_table({"population": (10.0, 2.0, 6.1, 13.9)}, unit="persons")
        >>> Result(method="m", estimates=table, n=9, level=0.9).estimates_only().level
        0.9
        """
        held = {one.name: getattr(self, one.name) for one in fields(Result)}
        held["declaration"] = Declaration(self.terms, self.keys)
        return Result(**held)

    def to_frame(self, *, exponentiate: bool = False) -> pd.DataFrame:
        """Return the estimates as a table, ratios in place of logarithms if asked.

        Parameters
        ----------
        exponentiate : bool
            Turn log or logit coefficients into ratios; their standard errors have no ratio form and become ``NaN``.

        Returns
        -------
        pandas.DataFrame
            Terms by estimate, standard error, limits and unit.

        Raises
        ------
        SpecificationError
            If ``exponentiate`` is asked of estimates on the identity scale.

        Examples
        --------
        >>> table = estimates_table({"age": (0.0, 0.1, -0.2, 0.2)})
        >>> Result(method="m", estimates=table, n=9, scale="log").to_frame(exponentiate=True).loc["age", "estimate"]
        np.float64(1.0)
        """
        frame = self.estimates
        if not exponentiate:
            return frame
        if self.scale == "identity":
            raise SpecificationError(
                f"exponentiate == True, but estimates of {self.method!r} are not logarithms (scale {self.scale!r})"
            )
        limits = ["estimate", "ci_low", "ci_high"]
        frame[limits] = np.exp(frame[limits].to_numpy(dtype=float))
        if "unit" in frame:
            frame["unit"] = frame["unit"].astype(str).map(unit_of_log)
        return frame.assign(std_error=np.nan)

    def confidence_interval(self, level: float | None = None) -> Interval:
        """Return the limits at the result's level, or at another where that can be worked out.

        Parameters
        ----------
        level : float, optional
            Coverage as a proportion; the result's own by default.

        Returns
        -------
        Interval
            Limits by term.

        Raises
        ------
        SpecificationError
            If limits of that kind cannot be made at another level from what the result holds.

        Examples
        --------
        >>> table = estimates_table({"x": (0.0, 1.0, -1.96, 1.96)})
        >>> interval = Result(method="m", estimates=table, n=9, interval="normal").confidence_interval(0.5)
        >>> round(float(interval.high["x"]), 3)
        0.674
        """
        level = self.level if level is None else is_level(level)
        if level == self.level:
            return Interval(low=self.estimates["ci_low"], high=self.estimates["ci_high"], level=level)
        if not self.stands:
            none = pd.Series(np.nan, index=self.estimates.index)
            return Interval(low=none, high=none.copy(), level=level)
        low, high = self._limits(level)
        return Interval(low=low, high=high, level=level)

    def _limits(self, level: float) -> tuple[pd.Series[Any], pd.Series[Any]]:
        """Work limits out at another level; methods with intervals of their own kind replace this."""
        table, draws = self.estimates, self.draws
        if self.interval == "normal":
            from scipy.special import ndtri

            away = ndtri((1 + level) / 2) * table["std_error"]
            return table["estimate"] - away, table["estimate"] + away
        if self.interval == "t":
            free = freedom((table["ci_high"] - table["estimate"]) / table["std_error"], self.level)
            away = reach(level, free) * table["std_error"]
            return table["estimate"] - away, table["estimate"] + away
        if self.interval == "percentile" and draws is not None:
            return draws.quantile((1 - level) / 2, axis=1), draws.quantile((1 + level) / 2, axis=1)
        raise SpecificationError(
            f"level == {level!r}, but limits of kind {self.interval!r} stand at {self.level:g} only: fit with "
            f"level={level!r}"
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the estimates with their limits.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            The picture; a failed check is written into its title.

        Examples
        --------
        >>> table = estimates_table({"x": (0.0, 1.0, -1.96, 1.96)})
        >>> Result(method="An example", estimates=table, n=9).plot().get_xlabel()
        'estimate'
        """
        from ctresearch.core import plot

        return plot.shows(plot.forest(self.estimates, title=render.title(self), ax=ax), self.estimates, self.roles())

    def to_dict(self) -> dict[str, Any]:
        """Return everything but ``raw`` as values that JSON holds without loss.

        Returns
        -------
        dict
            Ready for :func:`json.dumps`. ``kind`` is the public name of the class, ``schema`` the number of its set of
            fields.

        Examples
        --------
        >>> table = estimates_table({"x": (0.0, 1.0, -1.96, 1.96)})
        >>> Result(method="m", estimates=table, n=9).to_dict()["kind"]
        'core.Result'
        """
        out: dict[str, Any] = {"kind": stored.public_name(type(self)), "schema": stored.schema_name()}
        for one in fields(self):
            if one.name not in self._not_kept:
                out[one.name] = stored.write_field(getattr(self, one.name))
        return out | {mark: True for mark in _MARKS if getattr(self, mark)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read a result back from :meth:`to_dict`.

        Parameters
        ----------
        values : mapping
            What ``to_dict`` made; its ``kind`` names the class.

        Returns
        -------
        Result
            Equal to the one that was written.

        Raises
        ------
        DataError
            If the values are not those of a result of this library.

        Examples
        --------
        >>> table = estimates_table({"x": (0.0, 1.0, -1.96, 1.96)})
        >>> Result.from_dict(Result(method="m", estimates=table, n=9).to_dict()).n
        9
        """
        kind = stored.find_class(values.get("kind"), cls)
        plain = {name: value for name, value in values.items() if name not in _MARKS}
        return cast("Self", kind(**stored.read_fields(kind, plain)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Result):
            return NotImplemented
        return self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash(json.dumps(self.to_dict(), sort_keys=True))

    def __getstate__(self) -> dict[str, Any]:
        gone = self._not_kept - {"declaration"}
        return {k: None if k in gone else v for k, v in self.__dict__.items()}

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        return render.as_html(self)


def unit_of_log(unit: str) -> str:
    """Return what a logarithm is of.

    Parameters
    ----------
    unit : str
        Of a logarithm, such as ``"log persons"``.

    Returns
    -------
    str
        Without it; a unit of something else as it is.

    Examples
    --------
    >>> unit_of_log("log persons"), unit_of_log("log of the estimate")
    ('persons', 'estimate')
    """
    return unit.removeprefix("log ").removeprefix("of the ")


def _held(kind: type[Result]) -> dict[str, Meaning | dict[str, Meaning]]:
    """Return what the fields of a class of results mean: those of its parents first, its own in their place."""
    found: dict[str, Meaning | dict[str, Meaning]] = {}
    for one in fields(kind):
        descriptor = next((vars(c)[one.name] for c in kind.__mro__ if isinstance(vars(c).get(one.name), Table)), None)
        if descriptor is not None:
            found[one.name] = dict(descriptor.columns)
        elif "meaning" in one.metadata:
            found[one.name] = one.metadata["meaning"]
    return found


def estimates_table(
    rows: Mapping[str, tuple[float, float, float, float]], *, unit: str = "", **keys: Any
) -> pd.DataFrame:
    """Build the table that a :class:`Result` holds.

    Parameters
    ----------
    rows : mapping of str to tuple
        Term to estimate, standard error, lower and upper limit.
    unit : str
        What is counted: ``"persons"``, ``"persons per 100,000"``, ...
    **keys
        Further key columns, each a scalar or one value a row.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``term``.

    Examples
    --------
    >>> estimates_table({"population": (10.0, 2.0, 6.0, 14.0)}, unit="persons").loc["population", "estimate"]
    np.float64(10.0)
    """
    values = np.array([[float(v) for v in row] for row in rows.values()], dtype=float).reshape(-1, 4)
    frame = pd.DataFrame(values, columns=list(COLUMNS[:4]), index=pd.Index(list(rows), name="term", dtype="str"))
    return frame.assign(unit=unit, **keys)


def reach(level: float, df: Any) -> Floats:
    """Return how many standard errors limits lie from an estimate.

    Parameters
    ----------
    level : float
        Coverage, as a proportion.
    df : float or numpy.ndarray
        Degrees of freedom of Student's t; infinity for the normal distribution.

    Returns
    -------
    numpy.ndarray
        Of the shape of ``df``.

    Examples
    --------
    >>> reach(0.95, [5.0, np.inf]).round(3).tolist()
    [2.571, 1.96]
    """
    from scipy.special import ndtri, stdtrit

    free = np.asarray(df, dtype=float)
    share = (1 + level) / 2
    found = np.where(np.isinf(free), ndtri(share), stdtrit(np.where(np.isinf(free), 1.0, free), share))
    return np.asarray(found, dtype=np.float64)


def freedom(ratio: Any, level: float) -> Floats:
    """Return the degrees of freedom behind limits.

    Parameters
    ----------
    ratio : float or numpy.ndarray
        How many standard errors the limits lie from the estimate.
    level : float
        Their coverage, as a proportion.

    Returns
    -------
    numpy.ndarray
        Infinity for normal limits, and NaN where there are no limits.

    Examples
    --------
    >>> freedom(reach(0.95, [5.0, np.inf]), 0.95).round(6).tolist()
    [5.0, inf]
    """
    from scipy.special import ndtri, stdtridf

    far = np.asarray(ratio, dtype=float)
    share = (1 + level) / 2
    normal = far <= ndtri(share) * (1 + _NORMAL)
    found = np.where(normal, np.inf, stdtridf(share, np.where(normal | np.isnan(far), 5.0, far)) + 0 * far)
    return np.asarray(found, dtype=np.float64)
