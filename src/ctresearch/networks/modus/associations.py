"""Association rules among features of cases, with the false discoveries among them held down.

References
----------
.. [1] Agrawal, R. and Srikant, R. (1994). Fast algorithms for mining association rules. Proceedings of the 20th
   International Conference on Very Large Data Bases, 487-499.
.. [2] Benjamini, Y. and Yekutieli, D. (2001). The control of the false discovery rate in multiple testing under
   dependency. Annals of Statistics 29, 1165-1188. https://doi.org/10.1214/aos/1013699998
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import false_discovery_control, hypergeom

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, key, model, share
from ctresearch.core.message import say
from ctresearch.core.result import Result, table_field, value_field
from ctresearch.core.validate import has_columns, in_range, is_frame, is_level, whole_number
from ctresearch.networks.modus.flags import read_flags
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning

    Sets = dict[tuple[int, ...], int]

ASSUMPTIONS = (
    "Cases are independent of one another.",
    "Every rule that is frequent enough is tested, and all of them count towards the false discovery rate.",
    "A rule says what occurs together in recorded cases, not what causes what.",
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class AssociationsResult(Result):
    """Association rules of a table of cases.

    Parameters
    ----------
    rules : pandas.DataFrame
        All rules tested: ``antecedent``, ``consequent``, ``cases`` with both, ``support``, ``confidence``, ``lift``,
        ``p_value`` and ``q_value``, the strongest first.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Term ``lift`` with keys ``antecedent`` and ``consequent``
        for the rules that are kept.

    Examples
    --------
    >>> cases = pd.DataFrame({"debt": [1, 1, 1, 1, 0, 0] * 10, "farm": [1, 1, 1, 0, 0, 0] * 10})
    >>> associations(cases).rules.loc[0, "lift"]
    np.float64(1.5)
    """

    n: int = value_field(count("Cases", "cases", of="case"))
    rules: pd.DataFrame = table_field(
        {
            "antecedent": key("Where"),
            "consequent": key("There is also"),
            "cases": count("Cases with both", "cases", of="case"),
            "with_antecedent": count("Cases with the first", "cases", of="case"),
            "with_consequent": count("Cases with the second", "cases", of="case"),
            "support": share("Share of cases with both"),
            "confidence": share("Share of those with the first", "with_antecedent"),
            "lift": model("Times as often together as by chance"),
            "p_value": model("p value"),
            "q_value": model("p value, corrected for the number of rules"),
        }
    )

    terms: ClassVar[Mapping[str, Meaning]] = {"lift": model("Times as often together as by chance", headline=True)}
    keys: ClassVar[Mapping[str, Meaning]] = {"antecedent": key("Where"), "consequent": key("There is also")}


def associations(
    frame: pd.DataFrame,
    *,
    features: Sequence[str] | None = None,
    min_support: float = 0.05,
    max_size: int = 3,
    false_discovery: float = 0.05,
    level: float = 0.95,
) -> AssociationsResult:
    """Find features that occur together more often than by chance.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a case; each feature is true or false (1 or 0).
    features : sequence of str, optional
        Columns to use; all of them by default.
    min_support : float
        Share of the cases that must show all features of a rule.
    max_size : int
        Most features in a rule, its consequent included.
    false_discovery : float
        Share of false rules to tolerate among those kept, whatever the dependence of the tests.
    level : float
        Coverage of the limits of each lift, on the log scale.

    Returns
    -------
    AssociationsResult
        The rules kept, by lift.

    Raises
    ------
    DataError
        If a feature is missing, or is not true or false.
    SpecificationError
        If an option is out of range.

    References
    ----------
    .. [1] Agrawal, R. and Srikant, R. (1994). Fast algorithms for mining association rules. Proceedings of the 20th
       International Conference on Very Large Data Bases, 487-499.
    .. [2] Benjamini, Y. and Yekutieli, D. (2001). The control of the false discovery rate in multiple testing under
       dependency. Annals of Statistics 29, 1165-1188. https://doi.org/10.1214/aos/1013699998

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> debt = rng.random(300) < 0.4
    >>> farm, flat = rng.random(300) < np.where(debt, 0.7, 0.2), rng.random(300) < 0.5
    >>> cases = pd.DataFrame({"debt": debt, "farm": farm, "flat": flat})
    >>> [(row.antecedent, row.consequent) for row in associations(cases, max_size=2).estimates.itertuples()]
    [('debt', 'farm'), ('farm', 'debt')]
    """
    names, table = _features(frame, features)
    in_range("min_support", min_support, 0, 1, open_ends=True)
    in_range("false_discovery", false_discovery, 0, 1, open_ends=True)
    whole_number("max_size", max_size, low=2)
    is_level(level)
    frequent = frequent_sets(table, max(1, int(np.ceil(min_support * len(table) - 1e-9))), max_size)
    rules = _rules(frequent, names, len(table))
    kept = rules[rules["q_value"] <= false_discovery] if len(rules) else rules
    return AssociationsResult(
        method=say("Association rules at a false discovery rate of {rate:g}", rate=false_discovery),
        estimates=_estimates(kept, len(table), level),
        n=len(table),
        smallest_group=_fewest(rules, len(table)),
        level=level,
        interval="log-normal",
        checks=(
            Check(
                "rules",
                "pass" if len(kept) else "review",
                say("{kept} of {tested} rules tested are kept.", kept=len(kept), tested=len(rules)),
                {"kept": len(kept), "tested": len(rules)},
            ),
        ),
        assumptions=ASSUMPTIONS,
        references=references(associations),
        inputs=record(frame[names], packages=("numpy", "pandas", "scipy")),
        rules=rules,
    )


def frequent_sets(table: NDArray[np.bool_], at_least: int, max_size: int) -> Sets:
    """Find all sets of features that enough cases show, one size after the other.

    Parameters
    ----------
    table : numpy.ndarray
        Cases by features, shape (N, F).
    at_least : int
        Cases that must show all of a set.
    max_size : int
        Largest set.

    Returns
    -------
    dict of tuple to int
        Features by place, in order, and the number of cases.

    Examples
    --------
    >>> frequent_sets(np.array([[1, 1], [1, 1], [1, 0]], dtype=bool), 2, 2)
    {(0,): 3, (1,): 2, (0, 1): 2}
    """
    counts = table.sum(axis=0)
    found: Sets = {(i,): int(counts[i]) for i in range(table.shape[1]) if counts[i] >= at_least}
    shown = {key: table[:, key[0]] for key in found}
    while shown and len(next(iter(shown))) < max_size:
        larger = {}
        for one, two in combinations(sorted(shown), 2):
            joined = (*one, two[-1])
            if one[:-1] != two[:-1] or any(part not in shown for part in combinations(joined, len(one))):
                continue
            both = shown[one] & shown[two]
            if (cases := int(both.sum())) >= at_least:
                found[joined], larger[joined] = cases, both
        shown = larger
    return found


def _features(frame: pd.DataFrame, features: Sequence[str] | None) -> tuple[list[str], NDArray[np.bool_]]:
    """Check the table and take its features as true or false."""
    is_frame("frame", frame)
    names = list(frame.columns) if features is None else list(features)
    has_columns("frame", frame, names)
    return names, np.column_stack([read_flags(frame[name], gaps=False) == 1 for name in names])


def _rules(frequent: Sets, names: list[str], n: int) -> pd.DataFrame:
    """Test every rule with one consequent by Fisher's exact test of more than chance."""
    rows = []
    for members, both in frequent.items():
        for consequent in members if len(members) > 1 else ():
            antecedent = tuple(m for m in members if m != consequent)
            one, two = frequent[antecedent], frequent[(consequent,)]
            p_value = float(hypergeom.sf(both - 1, n, one, two))
            rows.append(
                (
                    " & ".join(names[m] for m in antecedent),
                    names[consequent],
                    both,
                    one,
                    two,
                    both / n,
                    both / one,
                    both * n / (one * two),
                    p_value,
                )
            )
    columns = [
        "antecedent",
        "consequent",
        "cases",
        "with_antecedent",
        "with_consequent",
        "support",
        "confidence",
        "lift",
        "p_value",
    ]
    rules = pd.DataFrame(rows, columns=columns)
    rules["q_value"] = false_discovery_control(rules["p_value"], method="by") if len(rules) else np.array([])
    return rules.sort_values(["lift", "antecedent", "consequent"], ascending=[False, True, True], ignore_index=True)


def _estimates(kept: pd.DataFrame, n: int, level: float) -> pd.DataFrame:
    """Put limits on the lift of the rules that are kept, by the delta method on its logarithm."""
    lift = kept["lift"].to_numpy(float)
    both, one, two = (kept[c].to_numpy(float) for c in ("cases", "with_antecedent", "with_consequent"))
    variance = 1 / both - 1 / one - 1 / two - 1 / n + 2 * both / (one * two) if len(kept) else lift
    error = np.sqrt(np.maximum(variance, 0.0))
    error = np.where(error > 0, error, np.nan)
    reach = ndtri((1 + level) / 2) * error
    frame = kept[["antecedent", "consequent"]].set_axis(pd.Index(["lift"] * len(kept), name="term"))
    return frame.assign(
        estimate=lift, std_error=lift * error, ci_low=lift * np.exp(-reach), ci_high=lift * np.exp(reach), unit="ratio"
    )


def _fewest(rules: pd.DataFrame, n: int) -> int:
    """Find the fewest cases that one number of a rule tells of: those with both, or with one alone."""
    both, sides = rules["cases"], [rules["with_antecedent"], rules["with_consequent"]]
    return smallest_of(n, both, *(side - both for side in sides), *(n - side for side in sides))
