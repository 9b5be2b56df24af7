"""How often each code is right, and how each coder errs, where no codes are known to be right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core import meaning as col
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.names import read_names
from ctresearch.core.random import generator, recorded_seed, seed_sequence
from ctresearch.core.result import Result, estimates_table, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, is_frame, is_level, one_of, whole_number
from ctresearch.stats.agreement.dawid_skene import climb_errors, vote_shares
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.core.random import Seed

    Floats = NDArray[np.float64]

_ROUNDS, _NEAR = 5000, 1e-10
_NO_SPREAD = 1e-9
_CHANCE = 0.05  # above what guessing by the shares would give, below which a coder tells nothing
ASSUMPTIONS = (
    say("Given the right code of a unit, coders err independently of one another: no unit is hard for all of them."),
    say("Each coder errs at the same rates on all units."),
    say("Coders are right more often than they are wrong: else right and wrong codes change places."),
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CoderErrorResult(Result):
    """How often each code is right, and how coders err.

    Parameters
    ----------
    errors : pandas.DataFrame
        One row a coder, right code and code given: ``coder``, ``code``, ``given``, ``chance``.
    accuracy : pandas.DataFrame
        One row a coder: ``coder``, ``units``, and ``accuracy``, the chance that a code given is the right one.
    log_likelihood : float
        At the maximum.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. The term is ``share``, one row a ``code``.

    Examples
    --------
    >>> coded = pd.DataFrame({"unit": [1, 1, 1, 2, 2, 2] * 4, "coder": list("abc") * 8, "code": list("xxxyyx") * 4})
    >>> coded["unit"] += coded.index // 6 * 2
    >>> DawidSkene(unit="unit", coder="coder", code="code", bootstrap=100).fit(coded).n
    8
    """

    terms: ClassVar = {"share": col.model("Share of units in which the code is right", headline=True)}
    keys: ClassVar = {"code": col.key("Code"), "given": col.count("Times the code was given", "ratings", of="case")}

    n: int = value_field(col.count("Units", "units", of="case"))
    errors: pd.DataFrame = table_field(
        {
            "coder": col.key("Coder"),
            "code": col.key("Right code"),
            "given": col.key("Code given"),
            "chance": col.model("Chance that it is given"),
        }
    )
    accuracy: pd.DataFrame = table_field(
        {
            "coder": col.key("Coder"),
            "units": col.count("Units coded", "units", of="case"),
            "accuracy": col.model("Chance of the right code"),
        }
    )
    log_likelihood: float = value_field(col.model("Logarithm of the likelihood"))


@dataclass(frozen=True, slots=True)
class _Read:
    """Ratings counted: shape (units, coders, codes), with names."""

    given: Floats
    units: tuple[str, ...]
    coders: tuple[str, ...]
    codes: tuple[str, ...]
    checks: tuple[Check, ...]


class DawidSkene(Options):
    """Estimate the right codes and the errors of coders together.

    Parameters
    ----------
    unit, coder, code : str
        Columns of a table with one row a rating; a coder may rate a unit more than once.
    bootstrap : int
        Samples of units from which the limits come.
    merge_names : bool
        Take names that differ in case, accents, spaces or type alone for one; they are refused otherwise.
    level : float
        Coverage of the limits, as a proportion.
    seed : int or numpy.random.SeedSequence
        Where the bootstrap starts.
    scope : Scope, optional
        What was coded.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    Maximum likelihood, without priors. With two coders the errors are not identified, and the result says so.

    References
    ----------
    .. [1] Dawid, A. P. and Skene, A. M. (1979). Maximum likelihood estimation of observer error-rates using the EM
       algorithm. Applied Statistics 28, 20-28. https://doi.org/10.2307/2346806

    Examples
    --------
    >>> rows = [(u, c, (u % 3 == 0) != (u % 7 == k)) for u in range(60) for k, c in enumerate("abc")]
    >>> coded = pd.DataFrame(rows, columns=["segment", "coder", "code"])
    >>> found = DawidSkene(unit="segment", coder="coder", code="code", bootstrap=100).fit(coded)
    >>> print(f"debt is spoken of in {found.estimates['estimate'].iloc[1]:.0%} of segments, coders' errors taken out")
    debt is spoken of in 26% of segments, coders' errors taken out
    """

    def __init__(
        self,
        *,
        unit: str,
        coder: str,
        code: str,
        bootstrap: int = 200,
        merge_names: bool = False,
        level: float = 0.95,
        seed: Seed = 0,
        scope: Scope | None = None,
    ) -> None:
        self.unit, self.coder, self.code = (
            column_name(name, value) for name, value in (("unit", unit), ("coder", coder), ("code", code))
        )
        self.bootstrap = whole_number("bootstrap", bootstrap, low=100, high=100_000)
        self.merge_names = one_of("merge_names", merge_names, (True, False))
        self.level, self.seed, self.scope = is_level(level), seed, scope or Scope()
        seed_sequence(seed)

    def fit(self, frame: pd.DataFrame) -> CoderErrorResult:
        """Estimate shares and errors.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a rating.

        Returns
        -------
        CoderErrorResult
            The term ``share``, one row a ``code``.

        Raises
        ------
        DataError
            If a column or value is missing, or there is one code or one coder alone.

        Examples
        --------
        >>> rows = [(u, c, u % 2) for u in range(20) for c in "abc"]
        >>> coded = pd.DataFrame(rows, columns=["segment", "coder", "code"])
        >>> DawidSkene(unit="segment", coder="coder", code="code", bootstrap=100).fit(coded).log_likelihood < 0
        True
        """
        read = self._read(frame)
        ones = np.ones(len(read.units))
        shares, errors, right, fit, rounds = climb_errors(read.given, ones, vote_shares(read.given), _ROUNDS, _NEAR)
        draws = self._draws(read, right)
        error = draws.std(axis=0, ddof=1)
        ends = np.quantile(draws, [(1 - self.level) / 2, (1 + self.level) / 2], axis=0)
        # Where no sample differs from another, nothing says how exact a share is.
        error, low, high = np.where(error > _NO_SPREAD, [error, *ends], np.nan)
        counts = read.given.sum(axis=(0, 1)).astype(np.int64)
        rows = [
            estimates_table({"share": (shares[k], error[k], low[k], high[k])}, code=name, given=int(counts[k]))
            for k, name in enumerate(read.codes)
        ]
        accuracy = np.einsum("k,ckk->c", shares, errors)
        used = frame[[self.unit, self.coder, self.code]]
        return CoderErrorResult(
            method=say("Coders' errors by maximum likelihood (Dawid and Skene)"),
            estimates=pd.concat(rows),
            n=len(read.units),
            smallest_group=smallest_of((read.given.sum(axis=1) > 0).sum(axis=0)),
            level=self.level,
            interval="percentile of units",
            scope=self.scope,
            checks=(*read.checks, *_checks(read, shares, errors, rounds)),
            assumptions=ASSUMPTIONS,
            references=references(DawidSkene),
            inputs=record(used.astype(str), seed=recorded_seed(self.seed)),
            errors=_error_table(read, errors),
            accuracy=pd.DataFrame(
                {
                    "coder": list(read.coders),
                    "units": (read.given.sum(axis=2) > 0).sum(axis=0).astype(np.int64),
                    "accuracy": accuracy,
                }
            ),
            log_likelihood=float(fit),
        )

    def right_codes(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the chance of each code for each unit; it speaks of units one by one, so it is no part of a result.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a rating.

        Returns
        -------
        pandas.DataFrame
            Indexed by unit, one column a code; rows sum to one.

        Raises
        ------
        DataError
            If the table cannot be used.

        Examples
        --------
        >>> rows = [(u, c, u % 2) for u in range(20) for c in "abc"]
        >>> coded = pd.DataFrame(rows, columns=["segment", "coder", "code"])
        >>> DawidSkene(unit="segment", coder="coder", code="code").right_codes(coded).loc["3"].round(6).tolist()
        [0.0, 1.0]
        """
        read = self._read(frame)
        found = climb_errors(read.given, np.ones(len(read.units)), vote_shares(read.given), _ROUNDS, _NEAR)
        return pd.DataFrame(found[2], index=pd.Index(read.units, name=self.unit), columns=list(read.codes))

    def _read(self, frame: pd.DataFrame) -> _Read:
        """Count the ratings."""
        columns = [self.unit, self.coder, self.code]
        has_columns("frame", is_frame("frame", frame), columns)
        refuse_missing(frame, columns)
        read = [read_names(frame[name], name, merge=self.merge_names) for name in columns]
        order = [np.argsort([str(one) for one in names.spellings], kind="stable") for names in read]
        for what, names, least in zip(("coder", "code"), read[1:], (2, 2), strict=True):
            if len(names.spellings) < least:
                raise DataError(
                    f"column {getattr(self, what)!r} holds {len(names.spellings)} {what}, must hold at least {least}"
                )
        place = [np.argsort(one)[names.codes] for one, names in zip(order, read, strict=True)]
        given = np.zeros(tuple(len(names.spellings) for names in read))
        np.add.at(given, tuple(place), 1.0)
        units, coders, codes = (
            tuple(str(names.spellings[i]) for i in one) for one, names in zip(order, read, strict=True)
        )
        said = [c for one, what in zip(read, ("units", "coders", "codes"), strict=True) for c in one.checks(what)]
        return _Read(given, units, coders, codes, tuple(said))

    def _draws(self, read: _Read, right: Floats) -> Floats:
        """Estimate the shares from units drawn anew, each climb from where the first one ended."""
        rng, units = generator(self.seed), len(read.units)
        chance = np.full(units, 1 / units)
        times = rng.multinomial(units, chance, size=self.bootstrap).astype(np.float64)
        return np.array([climb_errors(read.given, one, right, 500, 1e-6)[0] for one in times])


def _error_table(read: _Read, errors: Floats) -> pd.DataFrame:
    """Write the errors as rows."""
    rows = [
        (coder, code, given, float(errors[c, k, g]))
        for c, coder in enumerate(read.coders)
        for k, code in enumerate(read.codes)
        for g, given in enumerate(read.codes)
    ]
    return pd.DataFrame(rows, columns=["coder", "code", "given", "chance"])


def _checks(read: _Read, shares: Floats, errors: Floats, rounds: int) -> tuple[Check, ...]:
    """Ask whether the model is identified, converged, and whether each coder tells anything."""
    identified = _check_identified(read)
    done = rounds < _ROUNDS
    said = say("The climb ended after {rounds} rounds.", rounds=rounds)
    if not done:
        said = say("The climb did not end after {rounds} rounds: there is no estimate.", rounds=rounds)
    converged = Check("convergence", "pass" if done else "fail", said, {"rounds": rounds}, voids=True)
    return (identified, converged, _check_coders(shares, errors))


def _check_identified(read: _Read) -> Check:
    """Ask whether enough coders rated enough units."""
    coders = len(read.coders)
    if coders < 3:
        said = say(
            "Errors of {coders} coders are not identified: three coders at least must rate the same units.",
            coders=coders,
        )
        return Check("identified", "fail", said, {"coders": coders}, voids=True)
    three = int(((read.given.sum(axis=2) > 0).sum(axis=1) >= 3).sum())
    least = len(read.codes) * (coders + 1)
    if three < least:
        said = say(
            "{three} units were rated by three coders or more, for {least} chances to estimate: too few to trust.",
            three=three,
            least=least,
        )
        return Check("identified", "review", said, {"units": three})
    said = say("{three} units were rated by three coders or more.", three=three)
    return Check("identified", "pass", said, {"units": three})


def _check_coders(shares: Floats, errors: Floats) -> Check:
    """Ask whether each coder is right more often than a guess by what that coder says."""
    right = np.einsum("k,ckk->c", shares, errors)
    guess = np.einsum("k,ckg,g->c", shares, errors, shares)
    weak = int((right - guess < _CHANCE).sum())
    if weak:
        said = say(
            "{n} coder is right hardly more often than a guess: right and wrong codes may have changed places.",
            many="{n} coders are right hardly more often than a guess: right and wrong codes may have changed places.",
            n=weak,
        )
        return Check("coders", "fail", said, {"coders": weak})
    return Check("coders", "pass", say("Every coder is right more often than a guess."), {"coders": 0})
