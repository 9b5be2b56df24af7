"""Disclosure risk of record-level data: who could be found, and what would be learned.

References
----------
.. [1] Sweeney, L. (2002). k-anonymity: a model for protecting privacy. International Journal of Uncertainty, Fuzziness
   and Knowledge-Based Systems, 10(5), 557-570. https://doi.org/10.1142/S0218488502001648
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.check import Check, Status
from ctresearch.core.errors import SpecificationError
from ctresearch.core.message import say
from ctresearch.core.render import as_card
from ctresearch.core.validate import has_columns, in_range, is_frame, whole_number
from ctresearch.privacy.disclosure.classes import classes, codes, single_values, sizes
from ctresearch.privacy.disclosure.closeness import sensitive_measures
from ctresearch.privacy.disclosure.uniques import population_uniques
from ctresearch.privacy.masks.counts import refuse_alike_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Risk:
    """What an attacker could do with a table of records.

    Parameters
    ----------
    n : int
        Rows.
    quasi_identifiers, sensitive : tuple of str
        What the attacker knows, and what he wants to learn.
    k : int
        Size of the smallest class of rows that agree on all quasi-identifiers.
    required : int
        Size the policy asks for.
    below : int
        Rows in classes smaller than that.
    sample_uniques : int
        Rows that are alone.
    l_diversity : dict of str to int
        By sensitive column, the fewest different values in a class.
    t_closeness : dict of str to float
        By sensitive column, the largest distance of a class from the whole table.
    population_uniques : float
        Expected number of people alone in the population; ``NaN`` where the sampling fraction is not known.
    unique_match : float
        Probability that a match with a sample unique is right; ``NaN`` likewise.
    rare : pandas.DataFrame
        By set of one to three quasi-identifiers: ``combinations`` that occur, ``rare`` ones among them, and the
        ``rows`` they hold.
    class_sizes : numpy.ndarray of int
        By row, how many rows share its quasi-identifiers.
    rare_rows : numpy.ndarray of bool
        By row, whether some set of one to three of its quasi-identifiers is rare.

    Examples
    --------
    >>> cases = pd.DataFrame({"sex": ["W", "W", "W", "M"], "age": [1, 1, 1, 2]})
    >>> risk(cases, ["sex", "age"]).sample_uniques
    1
    """

    n: int
    quasi_identifiers: tuple[str, ...]
    sensitive: tuple[str, ...]
    k: int
    required: int
    below: int
    sample_uniques: int
    l_diversity: dict[str, int]
    t_closeness: dict[str, float]
    population_uniques: float
    unique_match: float
    rare: pd.DataFrame
    class_sizes: NDArray[np.int64]
    rare_rows: NDArray[np.bool_]

    @property
    def attacker(self) -> str:
        """The attacker model and what it leads to, in words."""
        known, share = ", ".join(self.quasi_identifiers), self.sample_uniques / self.n
        average = float((1 / self.class_sizes).mean())
        text = (
            f"An attacker who knows that a person is in the data, and knows that person's {known}, is left with "
            f"{self.k} row{'s' if self.k > 1 else ''} in the worst case. {self.sample_uniques} of {self.n} rows "
            f"({share:.1%}) are alone; a guess is right with probability {1 / self.k:.3g} at worst and {average:.3g} "
            "on average over the rows."
        )
        if not np.isnan(self.unique_match):
            text += (
                " An attacker who does not know whether the person is in the data, and finds one that is alone, is "
                f"right with probability {self.unique_match:.3g}."
            )
        exposed = [name for name, value in self.l_diversity.items() if value == 1]
        if exposed:
            text += f" Without finding anyone's row, he learns {', '.join(exposed)} of everyone in at least one class."
        return text

    @property
    def check(self) -> Check:
        """Whether the table is k-anonymous as required."""
        status: Status = "pass" if self.k >= self.required else "fail"
        message = say(
            "{below} of {rows} rows share their quasi-identifiers with fewer than {others} others.",
            below=self.below,
            rows=self.n,
            others=self.required - 1,
        )
        return Check("k_anonymity", status, message, {"required": self.required, "below": self.below})

    def _repr_html_(self) -> str:
        people = {"n": self.n, "k": self.k, "below": self.below}
        show = ["quasi_identifiers", "sensitive", "required", "l_diversity", "t_closeness"]
        return as_card(self, says=[], show=show, people=people)


def risk(
    frame: pd.DataFrame,
    quasi_identifiers: Sequence[str],
    *,
    sensitive: Sequence[str] = (),
    k: int = 11,
    fraction: float | None = None,
    max_combination: int = 3,
) -> Risk:
    """Report the disclosure risk of a table of records.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a person. A missing value is a value of its own: an attacker sees that it is missing.
    quasi_identifiers : sequence of str
        Columns that an attacker may know from elsewhere.
    sensitive : sequence of str
        Columns he wants to learn.
    k : int
        Smallest class that is acceptable.
    fraction : float, optional
        Share of the population that is in the table, for the estimate of population uniques.
    max_combination : int
        Rare combinations are looked for among up to this many quasi-identifiers.

    Returns
    -------
    Risk
        The report. It holds row-level figures: it stays with the custodian.

    Raises
    ------
    DataError
        If the table is empty or lacks a column, a cell holds several values, or one value is spelled in more than one
        way.
    SpecificationError
        If there is no quasi-identifier, a column has both roles, or an option is out of range.

    References
    ----------
    .. [1] Sweeney, L. (2002). k-anonymity: a model for protecting privacy. International Journal of Uncertainty,
       Fuzziness and Knowledge-Based Systems, 10(5), 557-570. https://doi.org/10.1142/S0218488502001648

    Examples
    --------
    >>> import pandas as pd
    >>> cases = pd.DataFrame({"sex": ["W", "W", "W", "M"], "age": [1, 1, 1, 2], "form": ["a", "b", "a", "a"]})
    >>> report = risk(cases, ["sex", "age"], sensitive=["form"])
    >>> report.k, report.sample_uniques, report.l_diversity
    (1, 1, {'form': 1})
    """
    quasi, hidden = tuple(quasi_identifiers), tuple(sensitive)
    _check_roles(frame, quasi, hidden)
    whole_number("k", k, low=2)
    whole_number("max_combination", max_combination, low=1, high=4)
    numbered = codes(frame, quasi)
    label = classes(numbered)
    shared = sizes(label)
    rare, rare_rows = _rare_combinations(numbered, quasi, k, max_combination)
    alone = _alone_in_population(label, fraction)
    diversity = {c: _sensitive(frame[c], label) for c in hidden}
    return Risk(
        n=len(frame),
        quasi_identifiers=quasi,
        sensitive=hidden,
        k=int(shared.min()),
        required=k,
        below=int((shared < k).sum()),
        sample_uniques=int((shared == 1).sum()),
        l_diversity={c: d[0] for c, d in diversity.items()},
        t_closeness={c: d[1] for c, d in diversity.items()},
        population_uniques=alone[0],
        unique_match=alone[1],
        rare=rare,
        class_sizes=shared,
        rare_rows=rare_rows,
    )


def _check_roles(frame: pd.DataFrame, quasi: tuple[str, ...], hidden: tuple[str, ...]) -> None:
    """Give every column one role, and the attacker one column at least."""
    is_frame("frame", frame)
    has_columns("frame", frame, (*quasi, *hidden))
    if not quasi or set(quasi) & set(hidden):
        raise SpecificationError(
            f"quasi_identifiers == {quasi!r} and sensitive == {hidden!r}: name at least one quasi-identifier, and no "
            "column twice"
        )
    single_values(frame, (*quasi, *hidden))
    refuse_alike_values(frame, (*quasi, *hidden))


def _alone_in_population(label: NDArray[np.int64], fraction: float | None) -> tuple[float, float]:
    """Estimate population uniques and the probability of a right match, where the sampling fraction is known."""
    if fraction is None:
        return np.nan, np.nan
    in_range("fraction", fraction, 1e-9, 1)
    found = population_uniques(np.unique(label, return_counts=True)[1].astype(np.int64), float(fraction))
    return found.expected, found.match


def _sensitive(column: pd.Series[Any], label: NDArray[np.int64]) -> tuple[int, float]:
    """Measure l-diversity and t-closeness of one sensitive column; numbers are ordered, words are not."""
    ordered = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    value = pd.factorize(column, use_na_sentinel=False, sort=ordered)[0].astype(np.int64)
    return sensitive_measures(label, value, ordered=ordered)


def _rare_combinations(
    numbered: NDArray[np.int64], names: Sequence[str], k: int, largest: int
) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Count, for every small set of columns, the combinations of values that fewer than k rows have."""
    rows = []
    found = np.zeros(numbered.shape[0], dtype=bool)
    for size in range(1, min(largest, len(names)) + 1):
        for chosen in combinations(range(len(names)), size):
            label = classes(numbered[:, chosen])
            counted = np.bincount(label)
            few = (counted > 0) & (counted < k)
            found |= few[label]
            rows.append(
                (
                    " x ".join(names[i] for i in chosen),
                    size,
                    int((counted > 0).sum()),
                    int(few.sum()),
                    int(counted[few].sum()),
                )
            )
    return pd.DataFrame(rows, columns=["columns", "size", "combinations", "rare", "rows"]), found
