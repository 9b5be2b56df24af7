"""What pooled estimates say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core import render
from ctresearch.core.errors import SpecificationError
from ctresearch.core.meaning import count, key, model
from ctresearch.core.result import Result, table_field, value_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from ctresearch.core.meaning import Meaning

HETEROGENEITY = ("tau2", "i2")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PoolResult(Result):
    """A pooled estimate, what a further study would find, and how much studies differ.

    Parameters
    ----------
    studies : pandas.DataFrame
        Indexed by study: ``estimate``, ``ci_low``, ``ci_high``, ``weight`` (share of the pooled estimate), and
        ``pooled_without``, the pooled estimate if the study is left out.
    influence : pandas.DataFrame, optional
        Indexed by study: how far it lies from the others, what it moves, and what is found without it.
    asymmetry : pandas.DataFrame, optional
        Indexed by test: every regression that goes by Egger's name, by what it weights and what stands for size, and
        the test by ranks; nothing where all studies are of one size.
    q, q_df, q_p_value : float
        Cochran's test that all true values are the same.
    asymmetry_p_value : float
        Egger's test as first published (weighted least squares on the standard error) that small studies say the same
        as large ones; ``NaN`` below ten studies.
    **fields
        Everything that :class:`ctresearch.core.Result` holds.

    Examples
    --------
    >>> from ctresearch.regions import Pool
    >>> frame = pd.DataFrame({"estimate": [0.1, 0.9, 0.5], "std_error": [0.1, 0.2, 0.1]})
    >>> Pool().fit(frame).q_df
    2.0
    """

    n: int = value_field(count("Studies", "studies", of="nobody"))
    studies: pd.DataFrame = table_field(
        {
            "study": key("Study"),
            "estimate": model("Estimate of the study"),
            "ci_low": model("Lower limit"),
            "ci_high": model("Upper limit"),
            "weight": model("Share of the pooled estimate", reader="percent"),
            "pooled_without": model("Pooled estimate without the study"),
        }
    )
    influence: pd.DataFrame | None = table_field(
        {
            "study": key("Study"),
            "studentised": model("Distance from the others, over its standard error"),
            "moves": model("Change of its own fitted value, over its standard error"),
            "cook": model("Squared change of the pooled estimate over its variance"),
            "covariance_ratio": model("Variance of the pooled estimate without the study over that with it"),
            "pooled_without": model("Pooled estimate without the study"),
            "std_error_without": model("Standard error without the study"),
            "tau2_without": model("Variance between true values without the study"),
            "q_without": model("Cochran's Q without the study"),
        },
        optional=True,
    )
    asymmetry: pd.DataFrame | None = table_field(
        {
            "test": key("Test"),
            "statistic": model("Test statistic"),
            "df": model("Degrees of freedom"),
            "p_value": model("P-value"),
            "limit": model("Estimate of a study without error"),
        },
        optional=True,
    )
    q: float = value_field(model("Cochran's Q"))
    q_df: float = value_field(model("Degrees of freedom of Cochran's Q"))
    q_p_value: float = value_field(model("p-value of the test that all true values are the same"))
    asymmetry_p_value: float = value_field(model("p-value of the test that small studies find what large ones do"))
    terms: ClassVar[Mapping[str, Meaning]] = {
        "pooled": model("Pooled estimate", reader="ratio", headline=True),
        "prediction": model("Estimate to be expected of a further study", reader="ratio"),
        "tau2": model("Variance between true values"),
        "i2": model("Share of the variance that lies between true values", reader="percent"),
    }

    def to_frame(self, *, exponentiate: bool = False) -> pd.DataFrame:
        """Return the estimates as a table, ratios in place of logarithms if asked.

        Parameters
        ----------
        exponentiate : bool
            Turn the pooled estimate and the prediction into ratios; the variance between and its share stay.

        Returns
        -------
        pandas.DataFrame
            Terms by estimate, standard error, limits and unit.

        Raises
        ------
        SpecificationError
            If ``exponentiate`` is asked of estimates on the identity scale.

        Examples
        --------
        >>> from ctresearch.regions import Pool
        >>> frame = pd.DataFrame({"estimate": [0.0, 0.0, 0.0], "std_error": [0.1, 0.2, 0.1]})
        >>> float(Pool(scale="log").fit(frame).to_frame(exponentiate=True).loc["pooled", "estimate"])
        1.0
        """
        if not exponentiate:
            return self.estimates
        if self.scale == "identity":
            raise SpecificationError(
                f"exponentiate == True, but the {self.n:,} estimates pooled are not logarithms (scale == "
                f"{self.scale!r}): if they are, fit Pool(scale='log') or Pool(scale='logit')"
            )
        return pd.concat(
            [
                super().to_frame(exponentiate=True).drop(index=list(HETEROGENEITY)),
                self.estimates.loc[list(HETEROGENEITY)],
            ]
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw each study, the pooled estimate and what a further study would find.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            The picture; marks of studies grow with their weight. Logarithms are drawn as ratios.

        Examples
        --------
        >>> from ctresearch.regions import Pool
        >>> frame = pd.DataFrame({"estimate": [0.1, 0.9, 0.5], "std_error": [0.1, 0.2, 0.1]})
        >>> Pool().fit(frame).plot().get_xlabel()
        'estimate'
        """
        from ctresearch.core import plot

        limits = ["estimate", "ci_low", "ci_high"]
        pooled = self.estimates.loc[["pooled", "prediction"], limits]
        rows = pd.concat([self.studies[limits], pooled.rename(index={"prediction": "a further study"})])
        if self.scale != "identity":
            rows[limits] = np.exp(rows[limits])
        ratios = self.scale != "identity"
        label = {"log": "estimate, no longer its logarithm", "logit": "odds"}.get(self.scale, "estimate")
        drawn = plot.forest(
            rows,
            title=render.title(self),
            label=label,
            log=ratios,
            ax=ax,
        )
        where = np.arange(len(rows))[::-1][: len(self.studies)]
        areas = 30 + 330 * self.studies["weight"].to_numpy()
        drawn.scatter(
            rows["estimate"].iloc[: len(self.studies)], where, s=areas, marker="s", color=plot.BLUE, alpha=0.35
        )
        drawn.axhline(1.5, color=plot.GREY, linewidth=0.8)
        shown = rows.assign(weight=self.studies["weight"]).rename_axis("study")
        return plot.shows(drawn, shown, self.roles("studies"))
