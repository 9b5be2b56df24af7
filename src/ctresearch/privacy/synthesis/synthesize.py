"""Synthetic microdata with differential privacy: the whole of it.

References
----------
.. [1] McKenna, R., Miklau, G. and Sheldon, D. (2021). Winning the NIST contest: a scalable and general approach to
   differentially private synthetic data. Journal of Privacy and Confidentiality, 11(3).
   https://doi.org/10.29012/jpc.778
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.errors import DataError
from ctresearch.core.render import as_card
from ctresearch.core.validate import has_columns, in_range, whole_number
from ctresearch.privacy.noise.entropy import entropy, entropy_check
from ctresearch.privacy.noise.protection_seal import Loss, declare_loss
from ctresearch.privacy.synthesis.accounting import rho_of
from ctresearch.privacy.synthesis.domain import encode
from ctresearch.privacy.synthesis.estimation import estimate
from ctresearch.privacy.synthesis.measurement import measure
from ctresearch.privacy.synthesis.moves import match_pairs
from ctresearch.privacy.synthesis.report import SyntheticReport, compare_with_chance
from ctresearch.privacy.synthesis.tree import draw_from_tree

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from ctresearch.privacy.noise.budget import PrivacyBudget
    from ctresearch.privacy.synthesis.estimation import Estimates
    from ctresearch.privacy.synthesis.measurement import Measurements

_FEWEST, _MOST_ROWS = 3, 10_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Synthetic:
    """Synthetic microdata, what they cost and what they are worth.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows that stand for nobody; ``attrs["private"]`` tells the gate whether the noise protects.
    epsilon, delta : float
        The privacy loss of ``frame``.
    rho : float
        The concentrated privacy loss that was spent, never above what epsilon and delta allow.
    report : SyntheticReport
        Quality and risk beside the chance baseline. Made from the real records: **not private**.
    checks : tuple of Check
        ``entropy`` (failed for a seed), ``domain`` and ``delta`` (review where they were learned from the data).

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"sex": ["Woman", "Man"] * 500})
    >>> made = synthesize(frame, epsilon=1.0, delta=1e-5, domain={"sex": ["Woman", "Man"]})
    >>> made.private, sorted(made.frame["sex"].unique())
    (True, ['Man', 'Woman'])
    """

    frame: pd.DataFrame = field(repr=False)
    epsilon: float
    delta: float
    rho: float
    report: SyntheticReport = field(repr=False)
    checks: tuple[Check, ...]

    @property
    def private(self) -> bool:
        """Whether nothing but noisy counts went into the frame."""
        return all(check.status == "pass" for check in self.checks)

    def summary(self) -> str:
        """Return what a custodian needs to know, the report included: for use inside, since the report is not private.

        Returns
        -------
        str
            Size and cost, the checks, and the report.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"sex": ["Woman", "Man"] * 200, "adult": ["yes", "no"] * 200})
        >>> domain = {"sex": ["Woman", "Man"], "adult": ["yes", "no"]}
        >>> made = synthesize(frame, epsilon=1.0, delta=1e-4, domain=domain, n=300)
        >>> print(made.summary().splitlines()[0])
        300 synthetic rows of 2 columns, epsilon 1, delta 0.0001.
        """
        rows, columns = self.frame.shape
        head = f"{rows:,} synthetic rows of {columns} columns, epsilon {self.epsilon:g}, delta {self.delta:.3g}."
        return "\n".join([head, *map(str, self.checks), "", self.report.summary()])

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["frame", "epsilon", "delta", "rho"], checks=self.checks)


def synthesize(
    frame: pd.DataFrame,
    *,
    epsilon: float,
    delta: float | None = None,
    domain: Mapping[Any, Sequence[Any]] | None = None,
    n: int | None = None,
    target: str | None = None,
    budget: PrivacyBudget | None = None,
    seed: int | None = None,
) -> Synthetic:
    """Make synthetic microdata that keep counts and associations, with differential privacy.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a person; every column made of categories, so group amounts and dates first. Missing is a category.
    epsilon : float
        Privacy loss.
    delta : float, optional
        Well below one over the number of people. By default 1 / (n log n) of the number of rows, which then is public.
    domain : mapping of column to sequence, optional
        All values each column may hold, from a code list; ``None`` in it stands for a missing value. Without it they
        are learned from the table, and a rare value then tells that someone has it.
    n : int, optional
        Number of synthetic rows, up to 10 million; by default the noisy number of people.
    target : str, optional
        Column that the report predicts; by default the column of two categories that is nearest to one half.
    budget : PrivacyBudget, optional
        Where the loss is paid, before any noise is drawn.
    seed : int, optional
        For tests only: the frame is then marked as not private, and the gate refuses it.

    Returns
    -------
    Synthetic
        The frame, its cost, and a report of quality and risk that is not private.

    Raises
    ------
    DataError
        If a value is not in the domain, a cell holds several values, a column has more than 2,000 categories, the
        target is no column, or there are fewer than three rows.
    DisclosureError
        If the budget does not hold as much.
    SpecificationError
        If an option is out of range, or the domain does not fit the columns.

    Notes
    -----
    Neighbouring tables differ by one person who is in one and not in the other. The table is seen once: every column
    and every pair of columns is counted with discrete Gaussian noise from the operating system. A person is in one cell
    of each count, so each has Euclidean sensitivity 1 and costs 1 / (2 variance) in concentrated privacy. The costs add
    up to at most the rho that epsilon and delta allow. Everything after that sees only noisy counts and costs nothing:
    averaging, shrinking each table of a pair towards independence as far as it is noise, drawing rows from the tree of
    the strongest associations, and changing single values until all tables of pairs agree with the rows.

    Synthetic rows are for developing an analysis and for teaching. Associations of three and more columns are those
    that the pairs imply, and rare groups are noise: estimates for publication are made from the real records.

    References
    ----------
    .. [1] McKenna, R., Miklau, G. and Sheldon, D. (2021). Winning the NIST contest: a scalable and general approach to
       differentially private synthetic data. Journal of Privacy and Confidentiality, 11(3).
       https://doi.org/10.29012/jpc.778
    .. [2] Canonne, C. L., Kamath, G. and Steinke, T. (2022). The discrete Gaussian for differential privacy. Journal of
       Privacy and Confidentiality, 12(1). https://doi.org/10.29012/jpc.784

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"sex": ["Woman", "Man"] * 2000, "debt": ["yes", "no"] * 2000})
    >>> domain = {"sex": ["Woman", "Man"], "debt": ["yes", "no"]}
    >>> made = synthesize(frame, epsilon=1.0, delta=1e-5, domain=domain)
    >>> made.private, bool(((made.frame["sex"] == "Woman") == (made.frame["debt"] == "yes")).mean() > 0.9)
    (True, True)
    """
    coded = encode(frame, domain)
    if target is not None:
        has_columns("frame", frame, [target])
    if len(frame) < _FEWEST:
        raise DataError(f"frame has {len(frame)} rows, must have at least {_FEWEST}")
    spent = 1 / (len(frame) * math.log(len(frame))) if delta is None else in_range("delta", delta, 1e-100, 0.5)
    rho = rho_of(epsilon, spent)
    if n is not None:
        whole_number("n", n, low=1, high=_MOST_ROWS)
    checks = (entropy_check(seed), _domain_check(domain), _delta_check(delta))
    draw = entropy(seed)
    if budget is not None:
        budget.spend(epsilon, spent, purpose=f"synthetic microdata, {len(coded.names)} columns")
    measured = measure(coded.codes, coded.sizes, rho, draw)
    made = coded.decode(draw_rows(measured, n, draw))
    made.attrs["private"] = checks[0].status == "pass"
    declare_loss(made, "synthesis from noisy counts", Loss(float(epsilon), float(spent), None))
    report = compare_with_chance(frame, made, target)
    return Synthetic(made, float(epsilon), float(spent), float(measured.rho), report, checks)


def draw_rows(measured: Measurements, n: int | None, draw: random.Random) -> NDArray[np.int64]:
    """Make rows that agree with noisy counts; the data themselves play no part.

    Parameters
    ----------
    measured : Measurements
        Noisy counts.
    n : int or None
        Number of rows, or ``None`` for the estimated number of people.
    draw : random.Random
        Source of randomness.

    Returns
    -------
    numpy.ndarray
        Codes, shape (columns, rows).

    References
    ----------
    .. [1] McKenna, R., Miklau, G. and Sheldon, D. (2021). Winning the NIST contest: a scalable and general approach to
       differentially private synthetic data. Journal of Privacy and Confidentiality, 11(3).
       https://doi.org/10.29012/jpc.778

    Examples
    --------
    >>> measured = measure(np.array([[0, 1] * 50, [0, 1] * 50]), np.array([2, 2]), 0.5, entropy())
    >>> draw_rows(measured, 80, entropy()).shape
    (2, 80)
    """
    rng = np.random.default_rng(draw.getrandbits(128))
    estimates = estimate(measured)
    size = max(round(estimates.total), 1) if n is None else n
    rows = draw_from_tree(estimates, size, rng)
    wanted = {pair: table * (size / estimates.total) for pair, table in estimates.pairs.items()}
    widths = np.array([len(c) for c in estimates.columns])
    return _spread(match_pairs(rows, wanted, widths, rng), measured.groups, estimates, rng)


def _spread(
    rows: NDArray[np.int64], groups: tuple[NDArray[np.int64], ...], estimates: Estimates, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Give every row of a group one of the group's categories."""
    codes = np.empty((rows.shape[1], rows.shape[0]), dtype=np.int64)
    for column, (group, share) in enumerate(zip(groups, estimates.within, strict=True)):
        for one in range(int(group.max()) + 1):
            members, here = np.flatnonzero(group == one), np.flatnonzero(rows[:, column] == one)
            codes[column, here] = rng.choice(members, size=len(here), p=share[members])
    return codes


def _domain_check(domain: object) -> Check:
    """Say where the categories come from."""
    if domain is not None:
        return Check("domain", "pass", "The categories were given, not learned from the records.")
    sentence = (
        "The categories were learned from the records, so that a rare one tells that someone has it: give domain=."
    )
    return Check("domain", "review", sentence)


def _delta_check(delta: float | None) -> Check:
    """Say whether delta tells the number of people."""
    if delta is not None:
        return Check("delta", "pass", "Delta was given, not computed from the records.")
    return Check(
        "delta", "review", "Delta was computed from the number of rows and tells it: give delta= if that is secret."
    )
