"""What a model of repeat counts says of each person: likelihood, how many it stands for, and the spread of that.

References
----------
.. [1] van der Heijden, P. G. M., Bustami, R., Cruyff, M., Engbersen, G. and van Houwelingen, H. C. (2003). Point and
   interval estimation of the population size using the truncated Poisson regression model. Statistical Modelling 3,
   305-322. https://doi.org/10.1191/1471082X03st057oa
.. [2] Böhning, D., Vidal-Diez, A., Lerdsuwansri, R., Viwatwongkasem, C. and Arnold, M. (2013). A generalization of
   Chao's estimator for covariate information. Biometrics 69, 1033-1042. https://doi.org/10.1111/biom.12082
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.stats.regression.jet import Jet, seeds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.stats.regression.jet import Floats

    Ints = NDArray[np.int64]

Distribution = Literal["poisson", "geometric", "negative_binomial"]
Ones = Literal["as_others", "truncated", "inflated", "inflated_after"]


@dataclass(frozen=True, slots=True)
class Chances:
    """Logarithms of the chances of counts under a distribution.

    ``own`` is that of each row's count, ``none`` and ``once`` those of zero and one; ``seen`` is the chance itself of
    one or more.
    """

    own: Jet
    none: Jet
    once: Jet
    seen: Jet


@dataclass(frozen=True, slots=True)
class Rows:
    """A model at a point: log-likelihood, people stood for and the spread of that, by row.

    ``likelihood`` and ``stands_for`` carry derivatives in the predictors; ``spread`` has shape (rows,).
    """

    likelihood: Jet
    stands_for: Jet
    spread: Floats


@dataclass(frozen=True, slots=True)
class CountModel:
    """A distribution of counts and what is done about the ones.

    Parameters
    ----------
    distribution : {"poisson", "geometric", "negative_binomial"}
        Of how often a person is seen.
    ones : {"as_others", "truncated", "inflated", "inflated_after"}
        See :class:`ctresearch.prevalence.ZeroTruncated`.

    Examples
    --------
    >>> model = CountModel("poisson", "as_others")
    >>> rows = model.rows(np.array([1, 2]), np.zeros((2, 1)))
    >>> rows.stands_for.value.round(3).tolist()  # one over the chance of being seen at all
    [1.582, 1.582]
    """

    distribution: Distribution
    ones: Ones

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the predictors."""
        more = ("dispersion",) if self.distribution == "negative_binomial" else ()
        return ("mean", *more, *(("inflation",) if self.ones.startswith("inflated") else ()))

    @property
    def least(self) -> int:
        """The smallest count whose frequency the model explains."""
        return 2 if self.ones == "truncated" else 1

    def rows(self, counts: Ints, predictors: Floats) -> Rows:
        """Return the model at a point; ``predictors`` has a column for each of :attr:`parts`."""
        etas = seeds(predictors)
        chances = _CHANCES[self.distribution](counts, etas)
        if self.ones == "as_others":
            return _plain(chances)
        if self.ones == "truncated":
            return _without_ones(counts, chances)
        return _inflated(counts, chances, etas[-1], after=self.ones == "inflated_after")

    def shares(self, most: int, predictors: Floats) -> Floats:
        """Return the chances of the counts up to ``most`` among those that the model explains, shape (rows, most)."""
        columns = []
        for one in range(self.least, most + 1):
            rows = self.rows(np.full(len(predictors), one, dtype=np.int64), predictors)
            columns.append(np.exp(rows.likelihood.value))
        return np.column_stack(columns)


def _plain(chances: Chances) -> Rows:
    """Leave out those never seen."""
    stands_for = chances.seen.inverse()
    seen = chances.seen.value
    return Rows(chances.own - chances.seen.log(), stands_for, (1 - seen) / seen**2)


def _without_ones(counts: Ints, chances: Chances) -> Rows:
    """Leave out those seen once, who count as themselves and tell nothing of those never seen."""
    twice = chances.seen - chances.once.exp()
    often = counts > 1
    nothing, one = twice * 0.0, twice * 0.0 + 1.0
    likelihood = (chances.own - twice.log()).where(often, nothing)
    stands_for = (1.0 + chances.none.exp() / twice).where(often, one)
    chance, factor, once = twice.value, stands_for.value, np.exp(chances.once.value)
    spread = np.where(often, (chance * factor**2 + once - 1) / chance, 0.0)
    return Rows(likelihood, stands_for, spread)


def _inflated(counts: Ints, chances: Chances, logit: Jet, *, after: bool) -> Rows:
    """Let a share of people be seen once whatever their chances: of all people, or of those seen."""
    share, log_rest = ((-logit).exp() + 1.0).inverse(), -(logit.exp().log1p())
    seen = chances.seen if after else 1.0 - (log_rest + chances.none).exp()
    rest = (chances.own - chances.seen.log() if after else chances.own) + log_rest
    likelihood = (share + rest.exp()).log().where(counts == 1, rest)
    likelihood = likelihood if after else likelihood - seen.log()
    return Rows(likelihood, seen.inverse(), (1 - seen.value) / seen.value**2)


def _poisson(counts: Ints, etas: tuple[Jet, ...]) -> Chances:
    """Return the chances of Poisson counts, whose predictor is the logarithm of their mean."""
    mean = etas[0].exp()
    return Chances(etas[0] * counts - mean - _log_factorial(counts), -mean, etas[0] - mean, -((-mean).expm1()))


def _geometric(counts: Ints, etas: tuple[Jet, ...]) -> Chances:
    """Return the chances of geometric counts, whose predictor is the logarithm of their mean."""
    more = etas[0].exp().log1p()
    return Chances((etas[0] - more) * counts - more, -more, etas[0] - more * 2.0, (etas[0] - more).exp())


def _negative_binomial(counts: Ints, etas: tuple[Jet, ...]) -> Chances:
    """Return the chances of counts whose variance is mean + dispersion * mean ** 2, both predictors logarithms."""
    log_mean, dispersion = etas[0], etas[1].exp()
    more = (dispersion * log_mean.exp()).log1p()
    none = -(more / dispersion)
    own = (log_mean - more) * counts + none - _log_factorial(counts) + _rising(counts, dispersion)
    return Chances(own, none, none + log_mean - more, -none.expm1())


def _rising(counts: Ints, dispersion: Jet) -> Jet:
    """Return the sum of log(1 + dispersion * j) over j below each count: the gammas, without their cancellation."""
    value, first, second = (np.zeros(len(counts)) for _ in range(3))
    for step in range(1, int(counts.max())):
        on, more = counts > step, 1 + dispersion.value * step
        value += on * np.log(more)
        first += on * step / more
        second -= on * (step / more) ** 2
    return dispersion.through(value, first, second)


def _log_factorial(counts: Ints) -> Floats:
    """Return the logarithms of the factorials."""
    from scipy.special import gammaln

    return np.asarray(gammaln(counts + 1.0), dtype=float)


_CHANCES = {"poisson": _poisson, "geometric": _geometric, "negative_binomial": _negative_binomial}


@dataclass(frozen=True, slots=True)
class OnceOrTwice:
    """The logistic model of being seen twice rather than once, of Zelterman and of Chao.

    Parameters
    ----------
    everybody : bool
        Whether everybody stands for others (Zelterman), or only those seen once or twice do (Chao).

    Examples
    --------
    >>> OnceOrTwice(everybody=True).parts
    ('twice',)
    """

    everybody: bool
    least: int = 1

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the predictors."""
        return ("twice",)

    def rows(self, counts: Ints, predictors: Floats) -> Rows:
        """Return the model at a point; the predictor is the logit of twice against once, log(mean / 2)."""
        (eta,) = seeds(predictors)
        few = counts <= 2
        nothing, one = eta * 0.0, eta * 0.0 + 1.0
        likelihood = (eta * (counts - 1.0) - eta.exp().log1p()).where(few, nothing)
        mean = eta.exp() * 2.0
        if self.everybody:
            seen = -((-mean).expm1())
            return Rows(likelihood, seen.inverse(), (1 - seen.value) / seen.value**2)
        stands_for = (1.0 + (mean + mean * mean * 0.5).inverse()).where(few, one)
        chance = np.exp(-mean.value) * (mean.value + mean.value**2 / 2)
        return Rows(likelihood, stands_for, np.where(few, (1 - chance) * stands_for.value**2, 0.0))
