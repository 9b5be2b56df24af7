"""What partial pooling returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ctresearch.core import render
from ctresearch.core.meaning import count, key, limits, mark, model
from ctresearch.core.result import Result, table_field, value_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes

    from ctresearch.core.meaning import Meaning

_COLUMNS = {
    "group": key("Grouping"),
    "level": key("Level"),
    "coefficient": key("Coefficient"),
    **limits(),
    "estimate": model("Value, drawn towards the mean"),
    "deviation": model("Distance from the mean of all levels"),
    "deviation_error": model("Standard error of the distance, the mean taken as known"),
    "pooling": model("Share drawn towards the mean", reader="percent"),
}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PartialPoolingResult(Result):
    """Mean, spread and single values of units that may differ.

    Parameters
    ----------
    units : pandas.DataFrame
        One row a level and coefficient: ``group``, ``level``, ``coefficient``; ``estimate``, ``std_error``, ``ci_low``
        and ``ci_high`` of the level's own value; ``deviation`` from the fixed part and its ``deviation_error`` where
        that is taken as known; and ``pooling``, from 0 (its own data alone) to 1 (the mean alone).
    engine : str
        ``"reml"`` or ``"sampler"``.
    groups : int
        Groupings.
    log_likelihood : float
        Restricted; ``NaN`` for draws.
    unit_draws : pandas.DataFrame, optional
        Levels of the one grouping by draws, where intercepts alone vary and draws were made.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``constant`` and the columns of the formula;
        ``sd GROUP`` and ``sd GROUP COLUMN``; ``correlation GROUP COLUMN and COLUMN``; ``sd residual``; and
        ``prediction``, the true value in a further level, where there are draws and one grouping.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.regions import PartialPooling
    >>> frame = pd.DataFrame({"estimate": [0.1, 0.2, 0.9, 1.0], "std_error": [0.2] * 4}, index=list("abcd"))
    >>> PartialPooling().fit(frame).units["level"].tolist()
    ['a', 'b', 'c', 'd']
    """

    n: int = value_field(count("Rows", "rows", of="nobody"))
    units: pd.DataFrame = table_field(_COLUMNS)
    engine: str = value_field(mark("How it was fitted"))
    groups: int = value_field(count("Groupings", "groupings", of="nobody"))
    log_likelihood: float = value_field(model("Restricted log likelihood"))
    unit_draws: pd.DataFrame | None = table_field({"level": key("Level"), "*": model("Draw")}, optional=True)
    terms: ClassVar[Mapping[str, Meaning]] = {
        "constant": model("Mean where all covariates are 0", headline=True),
        "prediction": model("Value to be expected of a further level"),
        "sd *": model("Standard deviation of true values"),
        "correlation *": model("Correlation between what varies"),
        "*": model("Slope"),
    }

    def _drop_limits(self) -> None:
        """Take away draws of levels as well, where the result does not stand."""
        super()._drop_limits()
        object.__setattr__(self, "unit_draws", None)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the value of each level of the first grouping beside the mean.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            Levels in the order of the table; at most 40 of them. The dashed line is the mean of all.

        Examples
        --------
        >>> import pandas as pd
        >>> from ctresearch.regions import PartialPooling
        >>> frame = pd.DataFrame({"estimate": [0.1, 0.2, 0.9, 1.0], "std_error": [0.2] * 4}, index=list("abcd"))
        >>> PartialPooling().fit(frame).plot().get_xlabel()
        'value of each level'
        """
        from ctresearch.core import plot

        units = self.units
        rows = units[(units["group"] == units["group"].iloc[0]) & (units["coefficient"] == "constant")].head(40)
        table = rows.set_index("level")[["estimate", "std_error", "ci_low", "ci_high"]].assign(unit="")
        mean = self.estimates["estimate"].get("constant", float("nan"))
        drawn = plot.forest(
            table,
            title=render.title(self),
            label="value of each level" if self.scale == "identity" else f"value of each level ({self.scale} scale)",
            reference=float(mean) if len(self.estimates.index) and np.isfinite(mean) else None,
            ax=ax,
        )
        return plot.shows(drawn, table.rename_axis("level"), {**self.roles("units"), "unit": key("Unit")})
