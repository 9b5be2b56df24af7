"""Which codes stand together more or less often than chance would have it, with false discoveries controlled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core import meaning as col
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_names
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table, reach, table_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import in_range, is_level
from ctresearch.qualitative.themes.presence import read_presence
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_SPARSE = 0.5
ASSUMPTIONS = (
    say("Interviews are independent of one another: no two are with people who told one story."),
    say("That two codes stand together says nothing of which brings which."),
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CooccurrenceResult(Result):
    """How much oftener than by chance each two codes stand together.

    Parameters
    ----------
    pairs : pandas.DataFrame
        One row a pair: ``source``, ``target``, ``both`` interviews, ``expected`` by chance, ``log_odds``, ``p_value``
        (Fisher's exact test), ``q_value`` (Benjamini and Hochberg) and ``together`` (whether it is kept). With
        ``source`` and ``target`` it is a network of codes as it stands.
    groups : pandas.DataFrame
        Which codes hang together by the pairs that are kept: ``code``, ``group``, ``interviews``.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. The term is ``log_odds``, one row for each pair kept.

    Examples
    --------
    >>> coded = pd.DataFrame({"debt": [1, 1, 0, 0] * 10, "threat": [1, 1, 0, 0] * 10, "way out": [1, 0] * 20})
    >>> Cooccurrence().fit(coded).pairs["together"].tolist()
    [True, False, False]
    """

    terms: ClassVar = {"log_odds": col.model("Odds ratio of standing together", reader="ratio", headline=True)}
    keys: ClassVar = {
        "source": col.key("Code"),
        "target": col.key("Other code"),
        "both": col.count("Interviews with both", "interviews"),
    }

    pairs: pd.DataFrame = table_field(
        {
            "source": col.key("Code"),
            "target": col.key("Other code"),
            "both": col.count("Interviews with both", "interviews"),
            "expected": col.model("Interviews with both by chance", "interviews"),
            "log_odds": col.model("Odds ratio of standing together", reader="ratio"),
            "p_value": col.model("P-value"),
            "q_value": col.model("Q-value, false discoveries controlled"),
            "together": col.mark("Kept"),
        }
    )
    groups: pd.DataFrame = table_field(
        {
            "code": col.key("Code"),
            "group": col.mark("Codes that hang together"),
            "interviews": col.count("Interviews with the code", "interviews"),
        }
    )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the odds ratio of each pair that is kept.

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
        >>> coded = pd.DataFrame({"debt": [1, 1, 0, 0] * 10, "threat": [1, 1, 0, 0] * 10})
        >>> Cooccurrence().fit(coded).plot().get_xlabel()
        'logarithm of the odds ratio'
        """
        from ctresearch.core import plot

        table = self.estimates
        named = table.assign(pair=table["source"].astype(str) + " + " + table["target"].astype(str)).set_index("pair")
        drawn = plot.forest(
            named[["estimate", "std_error", "ci_low", "ci_high", "unit"]], title=str(self.method), ax=ax
        )
        drawn.set_xlabel("logarithm of the odds ratio")
        return plot.shows(drawn, table, self.roles())


class Cooccurrence(Options):
    """Find codes that stand together.

    Parameters
    ----------
    codes : sequence of str, optional
        Columns of codes; all by default.
    false_discoveries : float
        Share of the pairs kept that may be kept by chance.
    level : float
        Coverage of the limits of each odds ratio, as a proportion.
    scope : Scope, optional
        Whom the interviews are with.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    Fisher's exact test of each pair, on interviews; odds ratios with a half added to each cell (Haldane and Anscombe).
    Tests of rare codes hardly ever find anything, so the false discoveries are fewer than allowed.

    References
    ----------
    .. [1] Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate: a practical and powerful
       approach to multiple testing. Journal of the Royal Statistical Society B 57, 289-300.
       https://doi.org/10.1111/j.2517-6161.1995.tb02031.x

    Examples
    --------
    >>> coded = pd.DataFrame({"debt": [1, 1, 0, 0] * 10, "threat": [1, 1, 0, 1] * 10, "way out": [1, 0] * 20})
    >>> kept = Cooccurrence().fit(coded).pairs.query("together")
    >>> first = kept.iloc[0]
    >>> print(f"{len(kept)} of 3 pairs part from chance, first {first['source']} and {first['target']}")
    2 of 3 pairs part from chance, first debt and threat
    """

    def __init__(
        self,
        *,
        codes: Sequence[str] | None = None,
        false_discoveries: float = 0.05,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.codes = None if codes is None else column_names("codes", codes, least=1)
        self.false_discoveries = float(in_range("false_discoveries", false_discoveries, 0, 1, open_ends=True))
        self.level, self.scope = is_level(level), scope or Scope()

    def fit(self, interviews: pd.DataFrame) -> CooccurrenceResult:
        """Find them.

        Parameters
        ----------
        interviews : pandas.DataFrame
            One row an interview, one column a code, 0 or 1.

        Returns
        -------
        CooccurrenceResult
            The term ``log_odds``, one row for each pair that is kept.

        Raises
        ------
        DataError
            If cells are not 0 or 1, or fewer than two codes vary.

        Examples
        --------
        >>> coded = pd.DataFrame({"debt": [1, 1, 0, 0] * 10, "threat": [1, 1, 0, 0] * 10})
        >>> Cooccurrence().fit(coded).estimates["both"].tolist()
        [20]
        """
        read = read_presence(interviews, self.codes)
        varies = np.asarray(read.there.any(axis=0) & ~read.there.all(axis=0))
        if varies.sum() < 2:
            raise DataError(f"{int(varies.sum())} codes stand in some interviews and not in all, must be at least 2")
        there = read.there[:, varies]
        names = [name for name, kept in zip(read.codes, varies.tolist(), strict=True) if kept]
        pairs, errors = _pairs(there, names, self.false_discoveries)
        return CooccurrenceResult(
            method=say("Codes that stand together, false discoveries controlled"),
            estimates=self._estimates(pairs, errors),
            n=len(there),
            smallest_group=smallest_of(there.sum(axis=0), pairs["both"]),
            level=self.level,
            interval="normal",
            scale="log",
            scope=self.scope,
            checks=(_check_varies(int((~varies).sum())), _check_sparse(pairs)),
            assumptions=ASSUMPTIONS,
            references=references(Cooccurrence),
            inputs=record(interviews[list(read.codes)] if self.codes else interviews),
            pairs=pairs,
            groups=_groups(names, there, pairs),
        )

    def _estimates(self, pairs: pd.DataFrame, errors: Floats) -> pd.DataFrame:
        """Return the pairs that are kept, with limits."""
        away = float(reach(self.level, np.inf))
        kept = np.flatnonzero(pairs["together"])
        empty = estimates_table({}, unit="", source=[], target=[], both=[])
        rows = []
        for i in kept:
            row, error = pairs.iloc[i], float(errors[i])
            one = {"log_odds": (row["log_odds"], error, row["log_odds"] - away * error, row["log_odds"] + away * error)}
            keys = {"source": row["source"], "target": row["target"], "both": int(row["both"])}
            rows.append(estimates_table(one, unit=say("log odds ratio"), **keys))
        return pd.concat(rows) if rows else empty


def _pairs(there: NDArray[np.bool_], names: list[str], allowed: float) -> tuple[pd.DataFrame, Floats]:
    """Test each two codes."""
    from scipy.stats import false_discovery_control, hypergeom

    n, k = there.shape
    one, other = np.triu_indices(k, 1)
    counts = there.sum(axis=0)
    both = (there.T.astype(np.int64) @ there.astype(np.int64))[one, other]
    first, second = counts[one], counts[other]
    cells = np.array([both, first - both, second - both, n - first - second + both], dtype=float) + 0.5
    p = np.array([_fisher(hypergeom(n, int(a), int(b)), int(x)) for a, b, x in zip(first, second, both, strict=True)])
    q = false_discovery_control(p)
    table = pd.DataFrame(
        {
            "source": [names[i] for i in one],
            "target": [names[i] for i in other],
            "both": both.astype(np.int64),
            "expected": first * second / n,
            "log_odds": np.log(cells[0] * cells[3] / (cells[1] * cells[2])),
            "p_value": p,
            "q_value": q,
            "together": q <= allowed,
        }
    )
    return table, np.sqrt((1 / cells).sum(axis=0))


def _fisher(law: object, seen: int) -> float:
    """Return the chance of a table as unlikely as the one seen, or unlikelier."""
    low, high = (int(one) for one in law.support())  # type: ignore[attr-defined]
    chances = law.pmf(np.arange(low, high + 1))  # type: ignore[attr-defined]
    return float(min(1.0, chances[chances <= chances[seen - low] * (1 + 1e-7)].sum()))


def _groups(names: list[str], there: NDArray[np.bool_], pairs: pd.DataFrame) -> pd.DataFrame:
    """Return codes that hang together by pairs that stand together more often than by chance."""
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(names)
    tied = pairs[pairs["together"] & (pairs["log_odds"] > 0)]
    graph.add_edges_from(zip(tied["source"], tied["target"], strict=True))
    parts = sorted((sorted(part) for part in nx.connected_components(graph)), key=lambda part: (-len(part), part))
    place = {name: i + 1 for i, part in enumerate(parts) for name in part}
    counts = there.sum(axis=0).astype(np.int64)
    return pd.DataFrame({"code": names, "group": [place[one] for one in names], "interviews": counts})


def _check_varies(left: int) -> Check:
    """Say how many codes stand in all interviews or in none."""
    if left:
        said = say(
            "{n} code stands in all interviews or in none, and cannot stand together with anything.",
            many="{n} codes stand in all interviews or in none, and cannot stand together with anything.",
            n=left,
        )
        return Check("varies", "review", said, {"codes": left})
    return Check("varies", "pass", say("Every code stands in some interviews and not in all."), {"codes": 0})


def _check_sparse(pairs: pd.DataFrame) -> Check:
    """Say whether most pairs are too rare to be found."""
    few = float((pairs["expected"] < 1).mean())
    if few > _SPARSE:
        said = say(
            "{few:.0%} of pairs are expected in less than one interview: what stands together among them is not found.",
            few=few,
        )
        return Check("rare pairs", "review", said, {"share": few})
    return Check("rare pairs", "pass", say("Most pairs are expected in at least one interview."), {"share": few})
