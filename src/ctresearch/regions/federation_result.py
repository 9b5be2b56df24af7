"""What estimates of several countries say side by side, each from a bundle that its own country released."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ctresearch.core.errors import SpecificationError
from ctresearch.core.meaning import count, date, key, mark, model, text
from ctresearch.core.result import Result, table_field, value_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ctresearch.core.meaning import Meaning


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class FederationResult(Result):
    """One estimate a country, of one definition, measure and period, with the release that each comes from.

    ``Pool(scale=federation.scale).fit(federation.estimates)`` pools them.

    Parameters
    ----------
    releases : pandas.DataFrame
        Indexed by country: ``study``, ``version``, ``released`` (day), ``method``, ``status`` of its checks, ``people``
        it rests on, ``population``, ``definition``, ``reference_period``, ``measure``, ``digest`` (SHA-256 of the
        bundle) and ``citation``; empty words where a result came without a bundle.
    unit : str
        Unit of the estimates, of what they are logarithms of on the log scale.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are the countries.

    Examples
    --------
    >>> from ctresearch.core import Result, Scope, estimates_table
    >>> from ctresearch.regions import federate
    >>> scope = Scope(definition="potential victims", reference_period="2023", measure="period")
    >>> made = {
    ...     name: Result(method="m", n=90, scope=scope, estimates=estimates_table({"rate": (value, 1.0, 2.0, 9.0)}))
    ...     for name, value in {"kenya": 4.0, "uganda": 5.0}.items()
    ... }
    >>> federate(made, term="rate").releases["measure"].tolist()
    ['period', 'period']
    """

    n: int = value_field(count("Countries", "countries", of="nobody"))
    releases: pd.DataFrame = table_field(
        {
            "country": key("Country"),
            "study": text("Study"),
            "version": mark("Version"),
            "released": date("Released"),
            "method": text("Method"),
            "status": mark("Checks"),
            "people": count("People it rests on"),
            "population": text("Population"),
            "definition": text("Definition"),
            "reference_period": date("Reference period"),
            "measure": mark("Measure"),
            "digest": mark("SHA-256 of the bundle"),
            "citation": text("Citation"),
        }
    )
    unit: str = value_field(mark("Unit"), default="")
    terms: ClassVar[Mapping[str, Meaning]] = {"*": model("Estimate of the country", reader="ratio")}

    def to_frame(self, *, exponentiate: bool = False) -> pd.DataFrame:
        """Return the estimates as a table, sizes or rates in place of logarithms if asked.

        Parameters
        ----------
        exponentiate : bool
            Turn estimates and limits on the log scale into what they are logarithms of.

        Returns
        -------
        pandas.DataFrame
            Countries by estimate, standard error, limits and unit; the error is of the logarithm and is left out.

        Raises
        ------
        SpecificationError
            If ``exponentiate`` is asked of another scale.

        Examples
        --------
        >>> from ctresearch.core import Result, Scope, estimates_table
        >>> from ctresearch.regions import federate
        >>> scope = Scope(definition="potential victims", reference_period="2023", measure="period")
        >>> made = {
        ...     name: Result(method="m", n=90, scope=scope, estimates=estimates_table({"rate": (value, 1.0, 2.0, 9.0)}))
        ...     for name, value in {"kenya": 4.0, "uganda": 5.0}.items()
        ... }
        >>> federate(made, term="rate", log=True).to_frame(exponentiate=True)["estimate"].round(1).tolist()
        [4.0, 5.0]
        """
        frame = self.estimates.copy()
        if not exponentiate:
            return frame
        if self.scale != "log":
            raise SpecificationError(f"exponentiate == True, but the scale is {self.scale!r}, must be 'log'")
        columns = ["estimate", "ci_low", "ci_high"]
        frame[columns] = np.exp(frame[columns].astype(float))
        return frame.assign(std_error=float("nan"), unit=self.unit)
