"""What a measure of agreement says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from ctresearch.core import meaning as col
from ctresearch.core.errors import DataError
from ctresearch.core.result import Result, reach, table_field, value_field
from ctresearch.core.validate import whole_number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class AgreementResult(Result):
    """Agreement of coders, over all codes and for each.

    Parameters
    ----------
    statistic, weights : str
        Which coefficient, and which weights are meant.
    observed, expected : float
        Share of pairs of ratings that agree, and what chance would give.
    coders : int
        How many coders there are.
    pairs : pandas.DataFrame
        Agreement of each two coders: ``coder``, ``other``, ``units``, ``agreement``.
    disagreements : pandas.DataFrame
        How often each two codes met on one unit: ``code``, ``other``, ``pairs``, and ``expected`` by chance. Empty
        beyond 60 codes.
    df : float
        Degrees of freedom of the limits; infinite where they are normal.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. The term is ``agreement``, with a key ``code`` where each
        code was asked for.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.qualitative import agreement
    >>> agreement(pd.DataFrame({"anna": [1, 1, 2, 2], "ben": [1, 1, 2, 1]})).observed
    0.75
    """

    terms: ClassVar = {"agreement": col.model("Agreement of coders", "coefficient", headline=True)}
    keys: ClassVar = {
        "code": col.key("Code"),
        "units": col.count("Units with the code", "units", of="case"),
    }

    n: int = value_field(col.count("Units coded by two or more", "units", of="case"))
    statistic: str = value_field(col.mark("Coefficient"))
    weights: str = value_field(col.mark("Weights"))
    observed: float = value_field(col.model("Observed agreement"))
    expected: float = value_field(col.model("Agreement by chance"))
    coders: int = value_field(col.count("Coders", "coders", of="nobody"))
    df: float = value_field(col.model("Degrees of freedom", of="nobody"))
    pairs: pd.DataFrame = table_field(
        {
            "coder": col.key("Coder"),
            "other": col.key("Other coder"),
            "units": col.count("Units both coded", "units", of="case"),
            "agreement": col.model("Agreement of the two"),
        }
    )
    disagreements: pd.DataFrame = table_field(
        {
            "code": col.key("Code"),
            "other": col.key("Other code"),
            "pairs": col.count("Pairs of ratings", "pairs", of="case"),
            "expected": col.model("Pairs by chance", "pairs"),
        }
    )

    def at_least(self, units: int) -> Self:
        """Return what rests on so many units at least, for a release.

        Parameters
        ----------
        units : int
            Fewest units that a coefficient, or the agreement of two coders, may rest on.

        Returns
        -------
        AgreementResult
            Without codes and pairs of coders that have fewer, and without the table of disagreements, which says of
            single codes how often they met. ``smallest_group`` is the fewest units behind what is left.

        Raises
        ------
        DataError
            If nothing is left.

        Examples
        --------
        >>> import pandas as pd
        >>> from ctresearch.qualitative import agreement
        >>> coded = pd.DataFrame({"anna": ["debt", "none"] * 9 + ["threat"], "ben": ["debt", "none"] * 9 + ["debt"]})
        >>> found = agreement(coded, per_code=True).at_least(5)
        >>> found.estimates["code"].tolist(), found.smallest_group
        (['all', 'debt', 'none'], 9)
        """
        least = whole_number("units", units, low=1)
        behind = self.estimates["units"] if "units" in self.estimates else self.estimates["estimate"] * 0 + self.n
        kept, pairs = self.estimates[behind >= least], self.pairs[self.pairs["units"] >= least]
        if kept.empty:
            raise DataError(f"0 of {len(behind)} coefficients rest on {least} units, must be some: ask for fewer")
        return replace(
            self,
            estimates=kept,
            pairs=pairs,
            disagreements=self.disagreements.iloc[:0],
            smallest_group=int(min(behind[behind >= least].min(), pairs["units"].min() if len(pairs) else self.n)),
        )

    def _limits(self, level: float) -> tuple[pd.Series[Any], pd.Series[Any]]:
        """Work limits out at another level; agreement is never above one."""
        if self.interval not in {"analytic", "jackknife"}:
            return Result._limits(self, level)
        table = self.estimates
        away = float(reach(level, self.df)) * table["std_error"]
        return table["estimate"] - away, (table["estimate"] + away).clip(upper=1.0)

    def plot_disagreements(self, ax: Axes | None = None) -> Axes:
        """Draw how often each two codes met on one unit, darker where more often than by chance.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            The picture; each cell holds the number of pairs.

        Examples
        --------
        >>> import pandas as pd
        >>> from ctresearch.qualitative import agreement
        >>> found = agreement(pd.DataFrame({"anna": [1, 1, 2, 2], "ben": [1, 1, 2, 1]}))
        >>> found.plot_disagreements().get_xlabel()
        'code of one coder'
        """
        from ctresearch.core import plot

        table = self.disagreements
        wide = table.set_index(["code", "other"])["pairs"]
        names = list(dict.fromkeys(table["code"]))
        size = max(4.2, 0.55 * len(names) + 1.8)
        ax = ax if ax is not None else plot.new_axes(size + 1.2, size)
        ratio = table.assign(ratio=np.log2((table["pairs"] + 0.5) / (table["expected"] + 0.5)))
        shade = ratio["ratio"].to_numpy().reshape(len(names), -1)
        ax.imshow(shade, cmap="Greys", vmin=-3, vmax=3)
        for i, row in enumerate(wide.to_numpy().reshape(len(names), -1)):
            for j, value in enumerate(row):
                dark = shade[i, j] > 1
                ax.text(j, i, f"{value:,.0f}", ha="center", va="center", color="white" if dark else "black")
        ax.set_xticks(range(len(names)), names, rotation=40, ha="right")
        ax.set_yticks(range(len(names)), names)
        ax.grid(visible=False)
        ax.set_xlabel("code of one coder")
        ax.set_ylabel("code of the other")
        ax.set_title("Pairs of ratings; dark: more often than by chance", loc="left", fontsize=11)
        return plot.shows(ax, table, self.roles("disagreements"))
