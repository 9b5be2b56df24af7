"""What estimates of several countries say side by side, each from a bundle that its own country released."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

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
    terms: ClassVar[Mapping[str, Meaning]] = {"*": model("", reader="ratio")}
