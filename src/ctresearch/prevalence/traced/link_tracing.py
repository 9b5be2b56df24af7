"""How many there are, from samples that start at random and follow links: Vincent and Thompson's estimator."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.core.cite import references
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.parallel import map_chunks
from ctresearch.core.random import Seed, recorded_seed, seed_sequence, streams
from ctresearch.core.validate import is_level, one_of, whole_number
from ctresearch.prevalence.closed.lognormal import lognormal_limits
from ctresearch.prevalence.lists.population_table import population_table
from ctresearch.prevalence.traced.linked_samples import LinkedSamples
from ctresearch.prevalence.traced.overlap import Overlap, common_people, overlap_estimate
from ctresearch.prevalence.traced.reorderings import Walk, log_chance_of_waves, reorder
from ctresearch.prevalence.traced.tracing_checks import (
    check_common,
    check_error,
    check_orders,
    check_start,
)
from ctresearch.prevalence.traced.tracing_result import LinkTracingResult
from ctresearch.stats.chains.mixing import check_mixing
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

CHAINS = 4
# Chains forget the number in common after about as many exchanges as there are people.
_THIN, _SHARE = 20, 3
_METHODS = {
    "one": "Overlap of samples met at random, averaged over orders of links drawn one at a time",
    "all": "Overlap of samples met at random, averaged over orders in which all links are followed",
}
ASSUMPTIONS = (
    "The population is closed: nobody enters or leaves it between the samples.",
    "Each sample starts with people drawn at random from the whole population, independently of the other samples.",
    "All links among people of the samples are known, and how many people of the population each is linked to.",
    "People are matched across the samples without error.",
)
_TRACED = {
    "one": "After that, one link at a time was drawn, with equal chances, of all that led out of the sample.",
    "all": "After that, every link was followed, for as many waves as were said.",
}


class LinkTracing(Options):
    """Estimate a population from samples that start at random and follow links (Vincent and Thompson).

    Two samples of people met at random give Chapman's estimate, which is poor where few are met twice. Following links
    brings more people in, though not at random. Given who is in each sample and their links, every order in which they
    could have come in has a chance that does not depend on the size; averaging the estimate over these orders, by their
    chances, takes out what chance put in, and leaves no bias [1]_.

    Parameters
    ----------
    tracing : {"one", "all"}
        How links were followed: one at a time, each drawn with equal chances of all that led from anybody in the sample
        to somebody outside; or all of them, wave by wave. Coupons are neither: see the notes.
    waves : int, optional
        For ``"all"``, how many waves were followed.
    draws : int
        Draws that are kept of each of four chains of orders.
    level : float
        Coverage of the interval, as a proportion.
    seed : int or SeedSequence
        Where the random streams start.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    The variance is the mean, over orders, of the variance of the estimate from people met at random, less the variance
    of the estimates themselves [1]_; where that is not above zero the first part alone is taken, and a check says so.
    Limits are log-normal about the number of people who were not met.

    With more than two samples, people in common are added up over pairs. Where all links are followed few orders fit,
    and little is gained.

    It fails where the first people of a sample are not a random part of the whole population: met at venues, they are
    those who go out, and the number is that of people who do. A check compares how many they know with what other
    orders would have. Recruits with coupons leave out people who would come late, and are met by other chances than
    those assumed here; :class:`RecapturedPopulation` takes two such samples.

    References
    ----------
    .. [1] Vincent, K. and Thompson, S. (2017). Estimating population size with link-tracing sampling. Journal of the
       American Statistical Association 112, 1286-1295. Preprint: https://doi.org/10.48550/arXiv.1210.2667
    .. [2] Chao, A. (1987). Estimating the population size for capture-recapture data with unequal catchability.
       Biometrics 43, 783-791. https://doi.org/10.2307/2531532

    Examples
    --------
    >>> from ctresearch.data.synthetic import city, linked_samples
    >>> from ctresearch.prevalence import LinkedSamples
    >>> made = linked_samples(city(20_000, seed=1), 50, 120, seed=2)
    >>> samples = LinkedSamples.from_frames(made.frame, made.tables["links"])
    >>> row = LinkTracing(seed=1).fit(samples).estimates.loc["population"]
    >>> print(f"{row['ci_low']:.0f} to {row['ci_high']:.0f} people; in truth {made.truth['exploited']}")
    383 to 765 people; in truth 425
    """

    def __init__(
        self,
        *,
        tracing: Literal["one", "all"] = "one",
        waves: int | None = None,
        draws: int = 1000,
        level: float = 0.95,
        seed: Seed = 0,
    ) -> None:
        self.tracing = one_of("tracing", tracing, tuple(_METHODS))
        if (waves is None) != (tracing == "one"):
            raise SpecificationError(
                f"waves == {waves!r} with tracing == {tracing!r}, must be how many waves were followed for 'all', and "
                "None for 'one'"
            )
        self.waves = None if waves is None else whole_number("waves", waves, low=1)
        self.draws = whole_number("draws", draws, low=200, high=100_000)
        self.level = is_level(level)
        seed_sequence(seed)
        self.seed = seed

    def fit(self, samples: LinkedSamples) -> LinkTracingResult:
        """Estimate the size.

        Parameters
        ----------
        samples : LinkedSamples
            Two samples or more.

        Returns
        -------
        LinkTracingResult
            Terms ``population`` and ``unobserved``, people in no sample.

        Raises
        ------
        DataError
            If they are no samples, or following all links for so many waves would have met others.

        Examples
        --------
        >>> from ctresearch.data.synthetic import city, linked_samples
        >>> from ctresearch.prevalence import LinkedSamples
        >>> made = linked_samples(city(4_000, seed=1), 20, 30, samples=3, seed=2)
        >>> samples = LinkedSamples.from_frames(made.frame, made.tables["links"])
        >>> LinkTracing(draws=500, seed=1).fit(samples).n
        63
        """
        found = self._read(samples)
        walks = self._walks(found)
        sizes = [one.initial for one in found.samples]
        person = [one.person for one in found.samples]
        drawn = [
            overlap_estimate(sizes, common_people(person, [one.initial for one in chain]))
            for chain in zip(*walks, strict=True)
        ]
        start = [np.arange(one.person.size)[None] < one.initial for one in found.samples]
        observed = overlap_estimate(sizes, common_people(person, start))
        return self._result(found, walks, drawn, observed)

    def _read(self, samples: Any) -> LinkedSamples:
        """Check the samples, and that they could have come about."""
        if not isinstance(samples, LinkedSamples):
            raise DataError(
                f"samples is a {type(samples).__name__}, must be LinkedSamples: make them with "
                "LinkedSamples.from_frames(people, links)"
            )
        if self.waves is None:
            return samples
        for place, one in enumerate(samples.samples):
            order = np.arange(one.person.size)
            wave = np.empty_like(order)
            if log_chance_of_waves(order, wave, one, self.waves) < 0:
                raise DataError(
                    f"following all links of the {one.initial} people met at random in sample {place + 1} of "
                    f"{len(samples.samples)} for {self.waves} waves does not meet just its {order.size} people: check "
                    "waves= and the degrees, or use tracing='one'"
                )
        return samples

    def _walks(self, samples: LinkedSamples) -> list[list[Walk]]:
        """Walk through the orders of each sample, in some chains; by sample and chain."""
        work = [
            (one, rng)
            for one, rng in zip(
                [one for one in samples.samples for _ in range(CHAINS)],
                streams(self.seed, CHAINS * len(samples.samples)),
                strict=True,
            )
        ]
        done = map_chunks(partial(_one_walk, self.waves or 0, self.draws), work, progress="Orders of the samples")
        return [done[start : start + CHAINS] for start in range(0, len(done), CHAINS)]

    def _result(
        self, samples: LinkedSamples, walks: list[list[Walk]], drawn: list[Overlap], observed: Overlap
    ) -> LinkTracingResult:
        """Put everything into a result."""
        estimates = np.stack([one.estimate for one in drawn])
        estimate, seen = max(float(estimates.mean()), float(samples.people)), samples.people
        whole = float(np.mean([one.variance for one in drawn]))
        variance = whole - float(estimates.var())
        error = float(np.sqrt(variance if variance > 0 else whole))
        common = np.concatenate([one.common for one in drawn])
        several = sum(one.person.size for one in samples.samples) - seen
        checks = (
            check_common(several, common),
            *(() if estimates.std() == 0 else (check_mixing({"the estimate": estimates}),)),
            check_orders(walks),
            check_start(samples, walks, observed, common),
            check_error(variance, whole),
        )
        limits = lognormal_limits(seen, estimate - seen, error, self.level)
        return LinkTracingResult(
            method=say(_METHODS[self.tracing]),
            estimates=population_table(seen, estimate - seen, error, limits),
            n=seen,
            level=self.level,
            interval="lognormal",
            scope=samples.scope,
            checks=checks,
            assumptions=(*ASSUMPTIONS, _TRACED[self.tracing]),
            references=references(LinkTracing),
            inputs=record(
                pd.concat([pd.DataFrame({"person": one.person, "degree": one.degree}) for one in samples.samples]),
                seed=recorded_seed(self.seed),
                packages=("numpy", "numba"),
            ),
            smallest_group=smallest_of([several, *(one.initial for one in samples.samples)]),
            common=float(common.mean()),
            alone=float(np.sqrt(whole)),
        )


def _one_walk(waves: int, draws: int, work: tuple[Any, np.random.Generator]) -> Walk:
    """Walk through the orders of one sample in one chain."""
    sample, rng = work
    return reorder(sample, waves, draws, max(_THIN, sample.person.size // _SHARE), rng)
