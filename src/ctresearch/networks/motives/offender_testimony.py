"""What offenders say moves or deters them: coded testimony, its coders' agreement, and the economics of a scheme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, key, mark, model, share
from ctresearch.core.message import say
from ctresearch.core.result import Result, table_field, value_field
from ctresearch.core.validate import has_columns, is_frame, is_level
from ctresearch.networks.evidence.declared import headline
from ctresearch.networks.modus.flags import read_flags
from ctresearch.networks.modus.wilson_limits import wilson
from ctresearch.networks.motives.business_model import LEVERS, BusinessModelResult
from ctresearch.stats.agreement.coded_units import join_units
from ctresearch.stats.agreement.coefficients import Ready
from ctresearch.stats.agreement.weights import IdentityWeights
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.meaning import Meaning

ASSUMPTIONS = (
    "A code says that a theme was spoken of, and its absence that it was not: nobody was asked about every theme.",
    "Those who testify, or are interviewed in prison, were caught, and may say what serves them in court.",
    "Testimony and economics answer different questions: where they part, neither refutes the other.",
)
_SUBSTANTIAL = 0.6


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class OffenderTestimonyResult(Result):
    """Shares of offenders who speak of each theme.

    Parameters
    ----------
    levers : pandas.DataFrame
        One row a theme that belongs to a lever of the economics: ``theme`` and ``lever``.
    **fields
        Everything that :class:`ctresearch.core.Result` holds: the terms ``share`` and, with a second coder, ``kappa``,
        one row a ``theme`` each.

    Examples
    --------
    >>> coded = pd.DataFrame({"debt": [1, 1, 0, 0]})
    >>> offender_testimony(coded, {"own debts": "debt"}).estimates["estimate"].tolist()
    [0.5]
    """

    n: int = value_field(count("Offenders", "persons"))
    levers: pd.DataFrame = table_field({"theme": key("Theme"), "lever": mark("Lever of the economics")})

    terms: ClassVar[Mapping[str, Meaning]] = {
        "share": headline(share("Share of offenders who speak of it", "offenders")),
        "kappa": model("Agreement of two coders", "kappa"),
    }
    keys: ClassVar[Mapping[str, Meaning]] = {
        "theme": key("Theme"),
        "offenders": count("Offenders coded", "persons"),
    }

    def beside(self, economics: BusinessModelResult) -> pd.DataFrame:
        """Set what offenders speak of beside what the economics of a scheme say would stop it.

        Parameters
        ----------
        economics : BusinessModelResult
            From :func:`ctresearch.networks.motives.business_model`.

        Returns
        -------
        pandas.DataFrame
            One row a theme with a lever: ``theme``, ``lever``, ``share``, ``ci_low``, ``ci_high`` and ``stops_alone``,
            whether some value of the lever alone brings the profit to zero. No price and no value of a lever is in it.

        Raises
        ------
        SpecificationError
            If it is given something else, or no theme has a lever.

        Examples
        --------
        >>> from ctresearch.networks import Scheme, business_model
        >>> coded = pd.DataFrame({"caught": [1, 1, 1, 0]})
        >>> said = offender_testimony(coded, {"fear of arrest": "caught"}, levers={"fear of arrest": "detection"})
        >>> scheme = Scheme(price=30, volume=100, months=12, monthly_cost=900, detection=0.01, penalty=50_000)
        >>> said.beside(business_model(scheme))[["lever", "share", "stops_alone"]].to_numpy().tolist()
        [['detection', 0.75, True]]
        """
        if not isinstance(economics, BusinessModelResult):
            raise SpecificationError(
                f"economics is a {type(economics).__name__}, must be the result of business_model()"
            )
        linked = self.levers
        if linked.empty:
            raise SpecificationError(
                f"no theme has a lever: name them, as in levers={{'fear of arrest': {LEVERS[4]!r}}}"
            )
        shares = self.estimates.loc[["share"]].set_index("theme")
        stops = economics.estimates.loc[["break_even"]].set_index("lever")["estimate"].notna()
        rows = shares.loc[linked["theme"], ["estimate", "ci_low", "ci_high"]].reset_index()
        rows.insert(1, "lever", linked["lever"].to_numpy())
        return rows.rename(columns={"estimate": "share"}).assign(stops_alone=stops[linked["lever"]].to_numpy())


def offender_testimony(
    frame: pd.DataFrame,
    themes: Mapping[str, str],
    *,
    second: Mapping[str, str] | None = None,
    levers: Mapping[str, str] | None = None,
    level: float = 0.95,
) -> OffenderTestimonyResult:
    """Give the share of offenders whose testimony was coded with each theme, and how far two coders agree.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row an offender; codes only, no words of theirs.
    themes : mapping of str to str
        Theme, such as ``"own debts"`` or ``"fear of arrest"``, to the column of its code: true, false, or empty where
        the testimony was not coded for it.
    second : mapping of str to str, optional
        The same themes to the columns of a second coder, who worked alone.
    levers : mapping of str to str, optional
        Theme to the lever of :func:`ctresearch.networks.motives.business_model` that it speaks of.
    level : float
        Coverage of Wilson's limits [1]_.

    Returns
    -------
    OffenderTestimonyResult
        The first coder's shares, and Cohen's kappa [2]_ over those whom both coded, NaN where it does not exist.

    Raises
    ------
    DataError
        If a column is missing or holds something else, or a theme is coded for nobody.
    SpecificationError
        If no theme is named, or the mappings do not fit each other.

    References
    ----------
    .. [1] Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the
       American Statistical Association 22, 209-212. https://doi.org/10.1080/01621459.1927.10502953
    .. [2] Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological Measurement
       20, 37-46. https://doi.org/10.1177/001316446002000104

    Examples
    --------
    >>> coded = pd.DataFrame({"debt": [1, 1, 0, 0, 0], "debt_again": [1, 1, 0, 0, 1]})
    >>> result = offender_testimony(coded, {"own debts": "debt"}, second={"own debts": "debt_again"})
    >>> {term: round(row["estimate"], 2) for term, row in result.estimates.iterrows()}
    {'share': 0.4, 'kappa': 0.62}
    """
    is_frame("frame", frame)
    is_level(level)
    if not themes:
        raise SpecificationError(f"themes == {themes!r}, must name at least one theme and its column")
    for name, other in (("second", second), ("levers", levers)):
        strange = [theme for theme in other or {} if theme not in themes]
        if strange:
            raise SpecificationError(f"{name} names {strange[0]!r}, must name themes of {list(themes)}")
    for theme, lever in (levers or {}).items():
        if lever not in LEVERS:
            raise SpecificationError(f"levers gives {lever!r} to {theme!r}, must be one of {', '.join(LEVERS)}")
    used = [*themes.values(), *(second or {}).values()]
    has_columns("frame", frame, used)
    codes = {name: _codes(frame[name]) for name in used}
    said = np.array([(codes[column] == value).sum() for column in themes.values() for value in (0, 1)])
    shares = [_share(theme, codes[column], level) for theme, column in themes.items()]
    kappas = {theme: cohen_kappa(codes[themes[theme]], codes[column]) for theme, column in (second or {}).items()}
    rows = [
        *shares,
        *({"term": "kappa", "theme": theme, "estimate": one, "unit": "kappa"} for theme, one in kappas.items()),
    ]
    columns = ["estimate", "std_error", "ci_low", "ci_high", "unit", "theme", "offenders"]
    return OffenderTestimonyResult(
        method="Coded testimony of offenders",
        estimates=pd.DataFrame(rows).set_index("term").reindex(columns=columns),
        n=len(frame),
        smallest_group=smallest_of(said),
        level=level,
        interval="wilson",
        checks=(_agreement(kappas),),
        assumptions=ASSUMPTIONS,
        references=references(offender_testimony),
        inputs=record(frame[used], packages=("numpy", "pandas", "scipy")),
        levers=pd.DataFrame(list((levers or {}).items()), columns=["theme", "lever"]),
    )


def cohen_kappa(
    one: np.ndarray[tuple[int], np.dtype[np.float64]], two: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> float:
    """Return the agreement of two coders beyond chance, over what both coded.

    Parameters
    ----------
    one, two : numpy.ndarray
        Codes 0, 1 or NaN, shape (offenders,).

    Returns
    -------
    float
        1 in full agreement, 0 as by chance; NaN where both gave one code throughout, or nothing was coded by both.

    Examples
    --------
    >>> cohen_kappa(np.array([1.0, 1, 0, 0]), np.array([1.0, 0, 0, 1]))
    0.0
    """
    both = np.isfinite(one) & np.isfinite(two)
    if not both.any():
        return float("nan")
    units = join_units(np.stack([one[both], two[both]], axis=1).astype(np.int64), 2, coders_apart=True)
    return float(Ready(units, "cohen", IdentityWeights()).agreement(units.times[None, :]).estimate[0])


def _codes(column: pd.Series[float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Take a column of true and false, some perhaps not coded."""
    return read_flags(column)


def _share(theme: str, codes: np.ndarray[tuple[int], np.dtype[np.float64]], level: float) -> dict[str, object]:
    """Give the share of one theme."""
    known = codes[np.isfinite(codes)]
    if not len(known):
        raise DataError(f"theme {theme!r} is coded for nobody: leave it out")
    share = np.array([known.mean()])
    low, high = wilson(share, len(known), level)
    error = float(np.sqrt(share[0] * (1 - share[0]) / len(known)))
    return {
        "term": "share",
        "theme": theme,
        "estimate": float(share[0]),
        "std_error": error or np.nan,
        "ci_low": float(low[0]),
        "ci_high": float(high[0]),
        "unit": "proportion",
        "offenders": len(known),
    }


def _agreement(kappas: Mapping[str, float]) -> Check:
    """Say whether codes may be relied on."""
    there = [one for one in kappas.values() if np.isfinite(one)]
    if not there:
        said = (
            "Only one coder: nothing says how far another would agree."
            if not kappas
            else "No kappa exists: codes do not vary."
        )
        return Check("agreement", "review", said)
    least = min(there)
    message = say("Two coders agree with kappas from {least:.2f}; 0.6 and more is usually asked for.", least=least)
    return Check("agreement", "pass" if least >= _SUBSTANTIAL else "review", message, {"least": least})
