"""The report that stays inside: quality and risk of synthetic rows, beside rows of independent columns."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ctresearch.core.random import generator
from ctresearch.core.render import as_card
from ctresearch.privacy.synthesis.quality import QUALITIES, MicrodataQuality, microdata_quality

_WARNING = (
    "Not private: every figure below compares with the real records and has no noise. It is for the custodian; to let "
    "one out, save it with its counts and have the gate judge it."
)


@dataclass(frozen=True, slots=True)
class SyntheticReport:
    """Quality and risk of a synthetic table beside chance. **Not private**: it was made from the real records.

    Parameters
    ----------
    synthetic : MicrodataQuality
        Of the synthetic rows.
    independent : MicrodataQuality
        Of the same rows with every column shuffled: the same single columns, and no association.

    Examples
    --------
    >>> from ctresearch.privacy import synthesize
    >>> frame = pd.DataFrame({"sex": ["Woman", "Man"] * 500, "debt": ["yes", "no"] * 500})
    >>> domain = {"sex": ["Woman", "Man"], "debt": ["yes", "no"]}
    >>> made = synthesize(frame, epsilon=1.0, delta=1e-5, domain=domain)
    >>> isinstance(made.report, SyntheticReport)
    True
    """

    synthetic: MicrodataQuality
    independent: MicrodataQuality

    @property
    def table(self) -> pd.DataFrame:
        """One row a figure, columns ``synthetic`` and ``independent``."""
        both = {"synthetic": self.synthetic.to_series(), "independent": self.independent.to_series()}
        return pd.DataFrame(both)

    def summary(self) -> str:
        """Return the table under a warning.

        Returns
        -------
        str
            Text for the custodian.

        Examples
        --------
        >>> frame = pd.DataFrame({"sex": ["Woman", "Man"] * 20, "adult": ["yes", "no"] * 20})
        >>> compare_with_chance(frame, frame).summary().startswith("Not private")
        True
        """
        return f"{_WARNING}\n\n{self.table.round(4).to_string()}"

    def _repr_html_(self) -> str:
        return "".join(
            as_card(one, says=[words], show=QUALITIES)
            for words, one in (("synthetic", self.synthetic), ("independent", self.independent))
        )


def compare_with_chance(real: pd.DataFrame, synthetic: pd.DataFrame, target: str | None = None) -> SyntheticReport:
    """Judge a synthetic table and the same table with shuffled columns.

    Parameters
    ----------
    real, synthetic : pandas.DataFrame
        Tables with the same columns.
    target : str, optional
        Column to predict.

    Returns
    -------
    SyntheticReport
        Not private.

    Raises
    ------
    DataError
        If the tables do not fit together.

    Examples
    --------
    >>> frame = pd.DataFrame({"sex": ["Woman", "Man"] * 20, "adult": ["yes", "no"] * 20})
    >>> report = compare_with_chance(frame, frame)
    >>> report.synthetic.two_way, report.independent.two_way > 0.1
    (0.0, True)
    """
    rng = generator(0)
    shuffled = pd.DataFrame({c: synthetic[c].take(rng.permutation(len(synthetic))).to_numpy() for c in synthetic})
    return SyntheticReport(
        microdata_quality(real, synthetic, target=target), microdata_quality(real, shuffled, target=target)
    )
