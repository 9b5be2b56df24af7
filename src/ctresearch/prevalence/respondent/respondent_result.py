"""What a respondent-driven sample says of a trait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.errors import SpecificationError
from ctresearch.core.meaning import count, key, model, share, statistic
from ctresearch.core.result import Result, table_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning
    from ctresearch.prevalence.respondent.respondent_sample import RespondentSample
    from ctresearch.prevalence.respondent.trait import Trait

    Array = NDArray[Any]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RespondentResult(Result):
    """Share of a population with each level of a trait, or the mean of a measured one.

    Parameters
    ----------
    levels : pandas.DataFrame
        Indexed by ``level``: ``people`` of the sample, their ``share`` of it, and ``mean_degree``, the harmonic mean,
        in people known. One row for a measured trait.
    sensitivity : pandas.DataFrame, optional
        For successive sampling, ``estimate`` by ``term`` and assumed ``population``.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are the levels, or the name of a measured trait.

    Examples
    --------
    >>> from ctresearch.data.synthetic import respondent_sample
    >>> from ctresearch.prevalence import RespondentSample, VolzHeckathorn
    >>> sample = RespondentSample.from_frame(respondent_sample(200, seed=3).frame, traits=["exploited"])
    >>> VolzHeckathorn("exploited").fit(sample).levels["people"].sum()
    np.int64(200)
    """

    levels: pd.DataFrame = table_field(
        {
            "level": key("Level"),
            "people": count("People in the sample"),
            "share": share("Share of the sample", base="all"),
            "mean_degree": statistic("Harmonic mean of the degree", "people known", base="people"),
        }
    )
    sensitivity: pd.DataFrame | None = table_field(
        {
            "term": key("Term"),
            "population": model("Assumed population", "persons", of="nobody"),
            "estimate": model("Estimate", reader="percent"),
        },
        optional=True,
    )
    terms: ClassVar[Mapping[str, Meaning]] = {"*": model("", reader="percent", headline=True)}

    def _limits(self, level: float) -> tuple[pd.Series[Any], pd.Series[Any]]:
        """Work limits on the logit out at another level; others as every result does."""
        if self.interval != "logit":
            return super()._limits(level)
        table = self.estimates
        low, high = logit_limits(table["estimate"].to_numpy(), table["std_error"].to_numpy(), level)
        return pd.Series(low, index=table.index), pd.Series(high, index=table.index)

    @property
    def weights(self) -> pd.Series[Any]:
        """The weight of each person, with the index of the table that was read; they add up to one.

        For a weighted regression, or a table of two traits. They are figures of single persons, so they stay in this
        process: a result that was read back has none. Those left out of estimates have the weight 0.

        Raises
        ------
        SpecificationError
            If the result was read back.
        """
        if self.raw is None:
            raise SpecificationError(
                f"the result of {self.method!r} holds no weights, since it was read back and weights are of single "
                "persons: fit the sample again"
            )
        return pd.Series(self.raw.copy(), name="weight")


def normal_limits(estimate: Array, error: Array, level: float) -> tuple[Array, Array]:
    """Return normal limits.

    Parameters
    ----------
    estimate, error : numpy.ndarray
        Estimates and their standard errors, shape (terms,).
    level : float
        Coverage, as a proportion.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper limits.

    Examples
    --------
    >>> normal_limits(np.array([1.0]), np.array([0.5]), 0.95)[1].round(2).tolist()
    [1.98]
    """
    from scipy.special import ndtri

    reach = ndtri((1 + level) / 2) * error
    return estimate - reach, estimate + reach


def logit_limits(share: Array, error: Array, level: float) -> tuple[Array, Array]:
    """Return limits of shares that are normal on the logit.

    Parameters
    ----------
    share, error : numpy.ndarray
        Shares and their standard errors, shape (terms,).
    level : float
        Coverage, as a proportion.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper limits, inside 0 and 1.

    Examples
    --------
    >>> [one.round(3).tolist() for one in logit_limits(np.array([0.5]), np.array([0.1]), 0.95)]
    [[0.313], [0.687]]
    """
    from scipy.special import expit, logit

    low, high = normal_limits(logit(share), error / (share * (1 - share)), level)
    return expit(low), expit(high)


def levels_table(sample: RespondentSample, trait: Trait) -> pd.DataFrame:
    """Describe the people with each level of a trait.

    Parameters
    ----------
    sample : RespondentSample
        The sample.
    trait : Trait
        The trait.

    Returns
    -------
    pandas.DataFrame
        One row a level, or one for a measured trait.

    Examples
    --------
    >>> from ctresearch.prevalence import RespondentSample
    >>> from ctresearch.prevalence.respondent.trait import read_trait
    >>> frame = pd.DataFrame({"id": [1, 2, 3], "recruiter": [None, 1, 1], "degree": [4, 2, 8], "debt": [1, 0, 1]})
    >>> sample = RespondentSample.from_frame(frame, traits=["debt"])
    >>> levels_table(sample, read_trait(sample, "debt"))["mean_degree"].round(3).tolist()
    [2.0, 5.333]
    """
    known = np.isfinite(sample.degree)
    inverse = np.where(known, 1 / np.where(known, sample.degree, 1.0), 0.0)
    people = trait.people()
    with np.errstate(invalid="ignore", divide="ignore"):
        harmonic = np.bincount(trait.codes, weights=known.astype(np.float64), minlength=trait.groups) / np.bincount(
            trait.codes, weights=inverse, minlength=trait.groups
        )
    table = {"people": people, "share": people / sample.n, "mean_degree": harmonic}
    return pd.DataFrame(table, index=pd.Index(trait.terms, name="level", dtype="str"))
