"""What a judgement of a risk model says: tables of groups and thresholds, and no chance of any row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ctresearch.core import meaning as col
from ctresearch.core.plot import BLUE, GREY, ORANGE, new_axes
from ctresearch.core.result import Result, table_field

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RiskResult(Result):
    """How well a model predicts, without its predictions.

    Parameters
    ----------
    calibration : pandas.DataFrame
        ``predicted``, ``observed`` and ``persons`` in groups of equal size.
    decision : pandas.DataFrame
        ``threshold`` and the net benefit of acting on the ``model`` or for ``everybody``.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``auc``, ``brier``, ``calibration_intercept``
        and ``calibration_slope``.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.causes import RiskModel
    >>> frame = pd.DataFrame({"x": range(200), "y": [0, 0, 1, 0] * 25 + [1, 1, 0, 1] * 25})
    >>> RiskModel(outcome="y", predictors=["x"]).fit(frame).calibration["persons"].sum()
    np.int64(200)
    """

    terms: ClassVar = {
        "auc": col.model("Area under the curve", headline=True),
        "brier": col.model("Brier score"),
        "calibration_intercept": col.model("Calibration intercept", "log odds"),
        "calibration_slope": col.model("Calibration slope"),
    }

    calibration: pd.DataFrame = table_field(
        {
            "group": col.key("Group of predicted risk"),
            "predicted": col.model("Mean predicted risk"),
            "observed": col.share("Observed share", "persons"),
            "persons": col.count("People"),
        }
    )
    decision: pd.DataFrame = table_field(
        {
            "threshold": col.key("Threshold"),
            "model": col.model("Net benefit of acting on the model"),
            "everybody": col.model("Net benefit of acting for everybody"),
        }
    )

    def plot_calibration(self, ax: Axes | None = None) -> Axes:
        """Draw what happened against what was predicted, group by group.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            Points near the line are well calibrated.

        Examples
        --------
        >>> import pandas as pd
        >>> from ctresearch.causes import RiskModel
        >>> frame = pd.DataFrame({"x": range(200), "y": [0, 0, 1, 0] * 25 + [1, 1, 0, 1] * 25})
        >>> RiskModel(outcome="y", predictors=["x"]).fit(frame).plot_calibration().get_xlabel()
        'predicted chance'
        """
        ax = ax if ax is not None else new_axes(4.6, 4.2)
        table = self.calibration
        ax.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1)
        ax.plot(table["predicted"], table["observed"], "o", color=BLUE)
        ax.set_xlabel("predicted chance")
        ax.set_ylabel("share that had the outcome")
        return ax

    def plot_decision(self, ax: Axes | None = None) -> Axes:
        """Draw the decision curve.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            Net benefit of the model, of acting for everybody and for nobody.

        Examples
        --------
        >>> import pandas as pd
        >>> from ctresearch.causes import RiskModel
        >>> frame = pd.DataFrame({"x": range(200), "y": [0, 0, 1, 0] * 25 + [1, 1, 0, 1] * 25})
        >>> RiskModel(outcome="y", predictors=["x"]).fit(frame).plot_decision().get_xlabel()
        'chance from which one would act'
        """
        ax = ax if ax is not None else new_axes()
        table = self.decision
        ax.plot(table["threshold"], table["model"], "o-", color=BLUE, label="by the model")
        ax.plot(table["threshold"], table["everybody"], "s--", color=ORANGE, label="for everybody")
        ax.axhline(0, color=GREY, linewidth=1, label="for nobody")
        ax.set_xlabel("chance from which one would act")
        ax.set_ylabel("net benefit")
        ax.legend()
        return ax
