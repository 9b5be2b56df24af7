"""What a hazard model says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ctresearch.core import meaning as col
from ctresearch.core import render
from ctresearch.core.result import Result, table_field, value_field

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class HazardResult(Result):
    """Log hazard ratios, with the baseline they multiply and the tests that they hold over time.

    Parameters
    ----------
    formula : str
        The model.
    events : int
        Events seen.
    log_likelihood, log_likelihood_null : float
        Log partial likelihood of the model and of no effects.
    baseline : pandas.DataFrame
        ``time``, the ``events`` then, and ``cumulative_hazard`` (or cumulative subdistribution hazard) where every
        column of the model is at its mean.
    proportionality : pandas.DataFrame
        Tests by term: ``chi_square``, ``df``, ``p_value``; empty where none was made.
    **fields
        Everything that :class:`ctresearch.core.Result` holds.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.consequences import HazardModel
    >>> frame = pd.DataFrame({"months": [2, 3, 5, 7, 8, 9], "event": [1, 1, 1, 1, 0, 1], "job": [0, 1, 0, 1, 1, 0]})
    >>> HazardModel("job", duration="months", event="event").fit(frame).events
    5
    """

    terms: ClassVar = {"*": col.model(reader="ratio")}

    formula: str = value_field(col.mark("Model"))
    events: int = value_field(col.count("Events", "events"))
    log_likelihood: float = value_field(col.model("Log partial likelihood"))
    log_likelihood_null: float = value_field(col.model("Log partial likelihood without effects"))
    baseline: pd.DataFrame = table_field(
        {
            "stratum": col.key("Stratum"),
            "time": col.key("Time"),
            "events": col.count("Events at that time", "events"),
            "cumulative_hazard": col.model("Cumulative baseline hazard"),
        }
    )
    proportionality: pd.DataFrame = table_field(
        {
            "term": col.key("Term"),
            "chi_square": col.model("Chi-squared"),
            "df": col.model("Degrees of freedom"),
            "p_value": col.model("P-value"),
        }
    )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the hazard ratios on a logarithmic axis.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            The picture.

        Examples
        --------
        >>> import pandas as pd
        >>> from ctresearch.consequences import HazardModel
        >>> frame = pd.DataFrame({"months": [2, 3, 5, 7, 8, 9], "event": [1, 1, 1, 1, 0, 1], "job": [0, 1, 0, 1, 1, 0]})
        >>> HazardModel("job", duration="months", event="event").fit(frame).plot().get_xlabel()
        'hazard ratio'
        """
        from ctresearch.core import plot

        rows = self.to_frame(exponentiate=True)
        return plot.forest(rows, title=render.title(self), label="hazard ratio", reference=1.0, log=True, ax=ax)
