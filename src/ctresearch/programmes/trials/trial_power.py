"""How many clusters a trial needs, and what a trial of a given size can see.

The effect is estimated by generalised least squares from the means of clusters and periods, whose variance is written
down once for parallel trials and stepped wedges, and for clusters of any sizes. Sizes by formula:

- parallel, equal sizes: the design effect 1 + (m - 1) icc;
- parallel, sizes of coefficient of variation cv: 1 + ((1 + cv²) m - 1) icc, which is a little too many clusters [1]_;
- stepped wedge: the formula of Hussey and Hughes [2]_, with a cluster autocorrelation below 1 that of Hooper et al.
  [3]_.

References
----------
.. [1] Eldridge, S. M., Ashby, D. and Kerry, S. (2006). Sample size for cluster randomized trials: effect of coefficient
   of variation of cluster size and analysis method. International Journal of Epidemiology 35, 1292-1300.
   https://doi.org/10.1093/ije/dyl129
.. [2] Hussey, M. A. and Hughes, J. P. (2007). Design and analysis of stepped wedge cluster randomized trials.
   Contemporary Clinical Trials 28, 182-191. https://doi.org/10.1016/j.cct.2006.05.007
.. [3] Hooper, R., Teerenstra, S., de Hoop, E. and Eldridge, S. (2016). Sample size calculation for stepped wedge and
   other longitudinal cluster randomised trials. Statistics in Medicine 35, 4718-4728. https://doi.org/10.1002/sim.7028
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.core.errors import SpecificationError
from ctresearch.core.render import as_card
from ctresearch.core.validate import in_range, one_of, whole_number
from ctresearch.programmes.trials.wedge_error import wedge_error

if TYPE_CHECKING:
    from ctresearch.stats.regression.generalized_linear import Floats

Design = Literal["parallel", "stepped wedge"]
DESIGNS: tuple[Design, ...] = ("parallel", "stepped wedge")
# no trial has more clusters; an effect of 12 standard errors beyond the critical value is found but for rounding
_MOST, _SURE = 20_000, 12.0


@dataclass(frozen=True, kw_only=True)
class TrialDesign:
    """A trial that is planned: power, detectable effect, clusters needed.

    Parameters
    ----------
    clusters : int
        In all; half of them in each arm of a parallel trial, spread over the steps of a wedge.
    size : float
        People asked in a cluster, and in each period of a wedge.
    icc : float
        Correlation of two people of one cluster and period.
    baseline : float, optional
        Share with the outcome without the programme, for an outcome of yes or no.
    sd : float, optional
        Standard deviation of the outcome, for a number. One of the two is needed.
    cv : float
        Coefficient of variation of the sizes of clusters, parallel trials alone.
    design : {"parallel", "stepped wedge"}
        Which.
    steps : int
        Times at which clusters of a wedge cross; there is one period more.
    autocorrelation : float
        Correlation of a cluster's effects in two periods of a wedge; 1 makes them one.
    level : float
        Significance level of the two-sided test.

    Raises
    ------
    SpecificationError
        If an option is out of range, or neither or both of ``baseline`` and ``sd`` are given.

    Notes
    -----
    Power is by the noncentral t distribution; its degrees of freedom are clusters less 2, for a wedge clusters less 1,
    on the safe side of what the analysis gives. A share's variance is that of each arm, a wedge's that of the mean of
    both.

    Examples
    --------
    >>> design = TrialDesign(clusters=24, size=30, icc=0.04, baseline=0.35)
    >>> print(f"{design.power(0.15):.0%} power; {design.clusters_needed(0.15, power=0.8)} clusters give 80 %")
    76% power; 28 clusters give 80 %
    """

    clusters: int
    size: float
    icc: float
    baseline: float | None = None
    sd: float | None = None
    cv: float = 0.0
    design: Design = "parallel"
    steps: int = 3
    autocorrelation: float = 1.0
    level: float = 0.05

    def __post_init__(self) -> None:
        """Refuse what cannot be planned."""
        one_of("design", self.design, DESIGNS)
        whole_number("steps", self.steps, 2, 100)
        whole_number("clusters", self.clusters, 4 if self.design == "parallel" else max(3, self.steps), _MOST)
        in_range("size", self.size, 1)
        in_range("icc", self.icc, 0, 1)
        in_range("cv", self.cv, 0, 3)
        in_range("autocorrelation", self.autocorrelation, 0, 1)
        in_range("level", self.level, 0, 1, open_ends=True)
        if (self.baseline is None) == (self.sd is None):
            raise SpecificationError(
                f"baseline == {self.baseline!r} and sd == {self.sd!r}, must be one of them: a share for yes or no, a "
                "standard deviation for a number"
            )
        if self.baseline is not None:
            in_range("baseline", self.baseline, 0, 1, open_ends=True)
        if self.sd is not None:
            in_range("sd", self.sd, 0, open_ends=True)
        if self.cv and self.design != "parallel":
            raise SpecificationError(
                f"cv == {self.cv!r} with design='stepped wedge', must be 0 there: plan with the mean size"
            )

    @property
    def df(self) -> int:
        """Degrees of freedom of the test."""
        return self.clusters - (2 if self.design == "parallel" else 1)

    @property
    def design_effect(self) -> float:
        """How many times more people than by drawing them one by one, in a parallel trial."""
        return 1 + ((1 + self.cv**2) * self.size - 1) * self.icc

    def std_error(self, effect: float = 0.0) -> float:
        """Return the standard error with which an effect will be estimated.

        Parameters
        ----------
        effect : float
            The effect; it moves the variance of a share.

        Returns
        -------
        float
            On the outcome's scale.

        Raises
        ------
        SpecificationError
            If a share with the effect would leave 0 to 1.

        Examples
        --------
        >>> round(TrialDesign(clusters=20, size=10, icc=0.0, sd=1.0).std_error(), 4)
        0.1414
        """
        variances = self._variances(effect)
        if self.design == "parallel":
            half = self.clusters // 2
            arms = (half, self.clusters - half)
            return float(
                np.sqrt(sum(v * self.design_effect / (k * self.size) for v, k in zip(variances, arms, strict=True)))
            )
        return float(
            np.sqrt(sum(variances) / 2) * wedge_error(self.schedule(), self.size, self.icc, self.autocorrelation)
        )

    def power(self, effect: float) -> float:
        """Return the chance that the test rejects no effect.

        Parameters
        ----------
        effect : float
            True effect, on the outcome's scale.

        Returns
        -------
        float
            Between ``level`` and 1.

        Examples
        --------
        >>> round(TrialDesign(clusters=20, size=30, icc=0.05, sd=1.0).power(0.0), 6)
        0.05
        """
        from scipy.special import nctdtr, stdtrit

        in_range("effect", effect)
        critical = float(stdtrit(self.df, 1 - self.level / 2))
        shift = abs(effect) / self.std_error(effect)
        if shift > critical + _SURE:
            return 1.0
        above, below = (float(nctdtr(self.df, shift, end)) for end in (critical, -critical))
        return (
            1 - above + (below if np.isfinite(below) else 0.0)
        )  # far from 0 the lower tail is too small to be computed

    def detectable(self, power: float = 0.8) -> float:
        """Return the smallest increase that is found with a given power.

        Parameters
        ----------
        power : float
            Chance of finding it.

        Returns
        -------
        float
            On the outcome's scale.

        Raises
        ------
        SpecificationError
            If even the largest possible increase is found less often.

        Examples
        --------
        >>> round(TrialDesign(clusters=20, size=30, icc=0.05, sd=1.0).detectable(), 3)
        0.379
        """
        self._check_power(power)
        from scipy.optimize import brentq

        most = 20 * float(self.sd) if self.sd is not None else (1 - float(self.baseline or 0.0)) * (1 - 1e-9)
        if self.power(most) < power:
            raise SpecificationError(
                f"power == {power!r}, but even an effect of {most:.3g} is found with {self.power(most):.2f}: add "
                "clusters"
            )
        return float(brentq(lambda effect: self.power(effect) - power, 0.0, most, xtol=1e-10))

    def clusters_needed(self, effect: float, *, power: float = 0.8) -> int:
        """Return the fewest clusters that find an effect with a given power.

        Parameters
        ----------
        effect : float
            True effect, on the outcome's scale.
        power : float
            Chance of finding it.

        Returns
        -------
        int
            Even for a parallel trial, a multiple of ``steps`` for a wedge.

        Raises
        ------
        SpecificationError
            If the effect is 0, or no number of clusters up to 20,000 is enough.

        Examples
        --------
        >>> TrialDesign(clusters=4, size=30, icc=0.05, sd=1.0).clusters_needed(0.3, power=0.9)
        42
        """
        self._check_power(power)
        if effect == 0:
            raise SpecificationError(f"effect == {effect:g}, must differ from 0: no trial finds what is not there")
        step = 2 if self.design == "parallel" else self.steps
        low, high = 4 // step if step == 2 else 1, 4 // step if step == 2 else 1
        while self._with(high * step).power(effect) < power:
            low, high = high, 2 * high
            if high * step > _MOST:
                raise SpecificationError(
                    f"effect == {effect!r} needs more than {_MOST:,} clusters, plan a larger effect or other sizes"
                )
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self._with(middle * step).power(effect) >= power else (middle + 1, high)
        return self._with(high * step).clusters

    def schedule(self) -> Floats:
        """Return who has the programme when, clusters by periods.

        Returns
        -------
        numpy.ndarray
            0 and 1; one period for a parallel trial.

        Examples
        --------
        >>> TrialDesign(clusters=3, size=5, icc=0.1, sd=1.0, design="stepped wedge").schedule().astype(int).tolist()
        [[0, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 1]]
        """
        order = np.arange(self.clusters)
        if self.design == "parallel":
            return (order >= self.clusters // 2).astype(float)[:, None]
        crosses = 1 + order * self.steps // self.clusters
        return (np.arange(self.steps + 1) >= crosses[:, None]).astype(float)

    def _with(self, clusters: int) -> TrialDesign:
        """Return the design with another number of clusters, at least the fewest it may have."""
        fewest = 4 if self.design == "parallel" else -(-3 // self.steps) * self.steps
        return replace(self, clusters=max(clusters, fewest))

    def _variances(self, effect: float) -> tuple[float, float]:
        """Return the variance of the outcome without and with the programme."""
        if self.baseline is None:
            variance = float(self.sd or 0.0) ** 2
            return variance, variance
        after = self.baseline + effect
        if not 0 < after < 1:
            raise SpecificationError(
                f"effect == {effect!r} with baseline == {self.baseline!r}, must keep their sum between 0 and 1 (both "
                "excluded)"
            )
        return self.baseline * (1 - self.baseline), after * (1 - after)

    def _check_power(self, power: float) -> None:
        """Refuse a power that is none."""
        in_range("power", power, self.level, 1, open_ends=True)

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=[one.name for one in fields(self)])
