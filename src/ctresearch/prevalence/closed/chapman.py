"""Chapman's estimator: two lists that are independent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.validate import is_level, one_of
from ctresearch.prevalence.closed.lognormal import lognormal_limits
from ctresearch.prevalence.lists.estimable import require_estimable
from ctresearch.prevalence.lists.fewest_people import fewest_people
from ctresearch.prevalence.lists.population_table import PopulationResult, population_table
from ctresearch.prevalence.lists.table_checks import checks_of
from ctresearch.prevalence.trust.diagnose import diagnose

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.histories import CaptureHistories

ASSUMPTIONS = (
    "The population is closed: nobody enters or leaves it in the reference period.",
    "People are matched across the two lists without error, and everybody on a list belongs to the population.",
    "The lists are independent: being on one says nothing about being on the other. Two lists cannot test that.",
    "On one list at least, all people have the same chance of being listed.",
)
# Robson and Regier (1964): with seven people on both lists or more the bias of the estimate is negligible.
_FEW = 7


class Chapman(Options):
    """Estimate a population from two independent lists, nearly without bias in small samples.

    With ``n1`` and ``n2`` people on the lists and ``m`` on both, ``(n1 + 1)(n2 + 1) / (m + 1) - 1``. That has no bias
    where ``n1 + n2`` is at least the population, which no table shows, and less than one in fifty where ``m`` is at
    least 7, by which a check judges [3]_.

    Parameters
    ----------
    interval : {"lognormal", "normal"}
        Log-normal limits stay above the number of people seen; normal ones are symmetric and may not.
    level : float
        Coverage of the interval, as a proportion.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    It fails where one list feeds the other: positive dependence makes the estimate too low, negative too high, and
    the interval covers neither. Use three lists or more, or covariates with :class:`DoublyRobust`, if you have them.

    References
    ----------
    .. [1] Chapman, D. G. (1951). Some properties of the hypergeometric distribution with applications to zoological
       sample censuses. University of California Publications in Statistics 1, 131-160.
    .. [2] Chao, A. (1987). Estimating the population size for capture-recapture data with unequal catchability.
       Biometrics 43, 783-791. https://doi.org/10.2307/2531532
    .. [3] Robson, D. S. and Regier, H. A. (1964). Sample size in Petersen mark-recapture experiments. Transactions of
       the American Fisheries Society 93, 215-226.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.prevalence import CaptureHistories
    >>> table = pd.DataFrame({"police": [1, 0, 1], "charity": [0, 1, 1], "count": [60, 40, 20]})
    >>> result = Chapman().fit(CaptureHistories.from_counts(table))
    >>> print(f"{result.estimates.loc['population', 'estimate']:.0f} people if the two lists are independent")
    234 people if the two lists are independent
    """

    def __init__(self, *, interval: Literal["lognormal", "normal"] = "lognormal", level: float = 0.95) -> None:
        self.interval = one_of("interval", interval, ("lognormal", "normal"))
        self.level = is_level(level)

    def fit(self, histories: CaptureHistories) -> PopulationResult:
        """Estimate the population from a table of two lists.

        Parameters
        ----------
        histories : CaptureHistories
            The table.

        Returns
        -------
        PopulationResult
            Terms ``population`` and ``unobserved``, in persons.

        Raises
        ------
        DataError
            If there are not two lists, or they have nobody in common.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories
        >>> two = CaptureHistories.from_published("hav-taiwan").drop("L3")
        >>> round(float(Chapman().fit(two).estimates.loc["population", "std_error"]), 3)
        28.7
        """
        table = require_estimable(histories)
        if len(table.lists) != 2:
            raise DataError(
                f"the table has {len(table.lists)} lists, Chapman's estimator takes 2: use .merge() or .drop(), or "
                "LogLinear for all of them"
            )
        shared = table.overlaps().to_numpy().astype(float)
        first, second, both = shared[0, 0], shared[1, 1], shared[0, 1]
        estimate = (first + 1) * (second + 1) / (both + 1) - 1
        variance = (first + 1) * (second + 1) * (first - both) * (second - both) / ((both + 1) ** 2 * (both + 2))
        people, std_error = table.n_observed, float(np.sqrt(variance))
        return PopulationResult(
            method="Chapman's estimator",
            estimates=population_table(people, estimate - people, std_error, self._limits(people, estimate, std_error)),
            n=people,
            level=self.level,
            interval=self.interval,
            scope=table.scope,
            checks=(_check_overlap(int(both)), *diagnose(table), *checks_of(table)),
            assumptions=ASSUMPTIONS,
            references=(*table.references, *references(Chapman)),
            inputs=record(table.counts, packages=("numpy",)),
            smallest_group=fewest_people(table.cell_counts()),
        )

    def _limits(self, people: int, estimate: float, std_error: float) -> tuple[float, float]:
        """Return the limits of the population."""
        if self.interval == "lognormal":
            return lognormal_limits(people, estimate - people, std_error, self.level)
        from scipy.special import ndtri

        reach = float(ndtri((1 + self.level) / 2)) * std_error
        return estimate - reach, estimate + reach


def _check_overlap(both: int) -> Check:
    """Say whether the overlap is large enough for the bias to be small.

    That the lists together are as long as the population would do too, but only the estimate itself could say so.
    """
    numbers = {"overlap": both}
    if both >= _FEW:
        return Check("overlap", "pass", say("The lists share {both} people: the bias is small.", both=both), numbers)
    return Check(
        "overlap",
        "review",
        say(
            "The lists share {n} person; with fewer than {few} the estimate tends to be too low.",
            many="The lists share {n} people; with fewer than {few} the estimate tends to be too low.",
            n=both,
            few=_FEW,
        ),
        numbers,
    )
