"""A joint display: what people say of a theme beside an estimate with its interval, and whether the two agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, refuse_missing
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.groups import read_units
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, key, mark, model, quote, share
from ctresearch.core.message import say
from ctresearch.core.names import name_key
from ctresearch.core.result import Result, estimates_table, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, is_frame, is_level, is_mapping, one_of
from ctresearch.stats.groups.wilson import wilson_limits

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ctresearch.core.meaning import Meaning

Agreement = Literal["agree", "partly", "disagree", "silent"]
_AGREEMENTS: tuple[Agreement, ...] = ("agree", "partly", "disagree", "silent")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class JointResult(Result):
    """Themes, who speaks of them, and the numbers beside.

    Parameters
    ----------
    display : pandas.DataFrame
        One row a theme: ``theme``; ``people`` who speak of it, their ``share`` with ``share_low`` and ``share_high``;
        ``says`` (what the number is called), ``estimate`` with ``ci_low``, ``ci_high`` and ``unit``; and ``agreement``:
        agree, partly, disagree, or silent where one side has nothing.
    quotes : pandas.DataFrame
        ``theme`` and ``quote``: the passages that were chosen. They are words of persons.
    **fields
        Everything that :class:`ctresearch.core.Result` holds.

    Examples
    --------
    >>> coded = pd.DataFrame({"person": [1, 1, 2, 3], "code": ["debt", "threats", "debt", "threats"]})
    >>> JointDisplay(numbers={}).fit(coded).display["people"].tolist()
    [2, 2]
    """

    n: int = value_field(count("People", "persons"))
    display: pd.DataFrame = table_field(
        {
            "theme": key("Theme"),
            "people": count("People who speak of it", base="all"),
            "share": share("Share who speak of it"),
            "share_low": model("Share, lower limit", reader="percent"),
            "share_high": model("Share, upper limit", reader="percent"),
            "says": key("What the number is"),
            "estimate": model("Estimate"),
            "ci_low": model("Lower limit"),
            "ci_high": model("Upper limit"),
            "unit": mark("Unit"),
            "agreement": mark("Agreement"),
        }
    )
    quotes: pd.DataFrame = table_field({"theme": key("Theme"), "quote": quote("Passage")})
    terms: ClassVar[Mapping[str, Meaning]] = {
        "agree": model("Themes on which voices and numbers agree", "themes", of="nobody", headline=True),
        "partly": model("Themes on which they agree in part", "themes", of="nobody"),
        "disagree": model("Themes on which they disagree", "themes", of="nobody"),
        "silent": model("Themes on which one of them is silent", "themes", of="nobody"),
    }

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the share of people who speak of each theme, with its limits.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            The picture; the estimate of each theme is written beside its name.

        Examples
        --------
        >>> coded = pd.DataFrame({"person": [1, 2, 3], "code": ["debt", "debt", "threats"]})
        >>> JointDisplay(numbers={}).fit(coded).plot().get_xlabel()
        'people who speak of it (percent)'
        """
        from ctresearch.core import plot, render

        shown = self.display
        told = [
            name if np.isnan(low) else f"{name} ({render.number(value)}: {render.number(low)} to {render.number(high)})"
            for name, value, low, high in zip(
                shown["theme"], shown["estimate"], shown["ci_low"], shown["ci_high"], strict=True
            )
        ]
        rows = pd.DataFrame(
            {
                "estimate": 100 * shown["share"].to_numpy(),
                "ci_low": 100 * shown["share_low"].to_numpy(),
                "ci_high": 100 * shown["share_high"].to_numpy(),
            },
            index=pd.Index(told, name="theme"),
        )
        label = "people who speak of it (percent)"
        drawn = plot.forest(rows, title=render.title(self), label=label, ax=ax)
        return plot.shows(drawn, shown, self.roles("display"))


class JointDisplay(Options):
    """Put what people say of each theme beside an estimate with its interval.

    Parameters
    ----------
    numbers : mapping of str to (Result, str)
        Theme to a result and one of its terms. Themes without a number show that there is none.
    agreement : mapping of str to {"agree", "partly", "disagree"}, optional
        Theme to what the researcher concludes, who has read both. A theme that nobody judged is silent where one side
        is missing, and refused otherwise: no rule can say that a voice and a number agree.
    person, code : str
        Columns of the coded passages: who speaks, and of what.
    quote : str, optional
        Column of passages to show; empty cells are not shown.
    level : float
        Coverage of the limits of shares, as a proportion.
    scope : Scope, optional
        Who was spoken with.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    Limits of shares are Wilson's: those who were interviewed stand for others like them only where they were drawn so,
    which interviews seldom are. The share says how common a theme is among those who spoke.

    References
    ----------
    .. [1] Guetterman, T. C., Fetters, M. D. and Creswell, J. W. (2015). Integrating quantitative and qualitative
       results in health science mixed methods research through joint displays. Annals of Family Medicine 13, 554-561.
       https://doi.org/10.1370/afm.1865

    Examples
    --------
    >>> from ctresearch.core.result import Result, estimates_table
    >>> table = estimates_table({"debt": (0.62, 0.03, 0.56, 0.68)})
    >>> survey = Result(method="a survey", estimates=table, n=400, interval="normal")
    >>> coded = pd.DataFrame({"person": [1, 1, 2, 3], "code": ["debt", "threats", "debt", "threats"]})
    >>> shown = JointDisplay(numbers={"debt": (survey, "debt")}, agreement={"debt": "agree"}).fit(coded)
    >>> shown.display[["theme", "people", "agreement"]].to_numpy().tolist()
    [['debt', 2, 'agree'], ['threats', 2, 'silent']]
    """

    def __init__(
        self,
        *,
        numbers: Mapping[str, tuple[Result, str]],
        agreement: Mapping[str, Agreement] | None = None,
        person: str = "person",
        code: str = "code",
        quote: str | None = None,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.numbers = _numbers(numbers)
        judged = {} if agreement is None else is_mapping("agreement", agreement)
        self.agreement = {str(theme): one_of("agreement", word, _AGREEMENTS[:3]) for theme, word in judged.items()}
        self.person, self.code = column_name("person", person), column_name("code", code)
        self.quote = None if quote is None else column_name("quote", quote)
        self.level, self.scope = is_level(level), scope or Scope()

    def fit(self, segments: pd.DataFrame) -> JointResult:
        """Put voices beside numbers.

        Parameters
        ----------
        segments : pandas.DataFrame
            One row a coded passage.

        Returns
        -------
        JointResult
            Terms ``agree``, ``partly``, ``disagree`` and ``silent``: how many themes.

        Raises
        ------
        DataError
            If a column is missing, or a theme that has voices and a number has no agreement stated.

        Examples
        --------
        >>> coded = pd.DataFrame({"person": [1, 2], "code": ["debt", "debt"]})
        >>> float(JointDisplay(numbers={}).fit(coded).estimates.loc["silent", "estimate"])
        1.0
        """
        columns = [self.person, self.code]
        is_frame("coded passages", segments)
        has_columns("coded passages", segments, [*columns, *([self.quote] if self.quote else [])])
        refuse_missing(segments, columns)
        persons = read_units(segments, self.person)
        people = len(persons.names)
        keys = segments[self.code].map(name_key)
        spoken = dict(pd.Series(persons.codes, index=segments.index).groupby(keys.to_numpy()).nunique())
        names = dict(zip(keys[::-1], segments[self.code].astype(str)[::-1], strict=True))  # the first spelling stays
        numbers = {name_key(theme): (theme, *held) for theme, held in self.numbers.items()}
        judged = {name_key(theme): word for theme, word in self.agreement.items()}
        themes = sorted({*spoken, *numbers}, key=lambda one: (-spoken.get(one, 0), one))
        strange = sorted(set(judged) - {theme for theme in themes if theme in spoken and theme in numbers})
        if strange:
            raise DataError(
                f"agreement names {len(strange)} themes that have not both voices and a number, must name those that "
                "have"
            )
        rows = [
            self._row(names.get(theme, theme), (spoken.get(theme, 0), people), numbers.get(theme), judged.get(theme))
            for theme in themes
        ]
        display = pd.DataFrame(rows)
        nan = float("nan")
        counted: dict[str, tuple[float, float, float, float]] = {}
        counted |= {word: (int((display["agreement"] == word).sum()), nan, nan, nan) for word in _AGREEMENTS}
        there = [n for n in spoken.values() if n]
        return JointResult(
            method=say("Joint display of {n} themes", n=len(themes)),
            estimates=estimates_table(counted, unit="themes"),
            n=people,
            level=self.level,
            scope=self.scope,
            checks=(_check_few(display), _check_results(self.numbers), _check_silent(display)),
            assumptions=("Both sides speak of the same people, or of people alike in what matters here.",),
            references=references(type(self)),
            inputs=record(segments[columns]),
            smallest_group=int(min(there)),
            display=display,
            quotes=self._quotes(segments),
        )

    def _row(
        self, name: str, spoken: tuple[int, int], number: tuple[str, Result, str] | None, judged: str | None
    ) -> dict[str, Any]:
        """Put one theme together."""
        people, whole = spoken
        low, high = wilson_limits(people / whole, whole, self.level)
        row: dict[str, Any] = {
            "theme": number[0] if number and not people else name,
            "people": people,
            "share": people / whole,
        }
        row |= {"share_low": low, "share_high": high, "says": "", "unit": ""}
        row |= dict.fromkeys(("estimate", "ci_low", "ci_high"), float("nan"))
        if number:
            held: Any = number[1].estimates.loc[number[2]]
            row |= {name: float(held[name]) for name in ("estimate", "ci_low", "ci_high")}
            row |= {"says": str(number[1].term_meaning(number[2]).label), "unit": str(held["unit"])}
        if people and number is not None and judged is None:
            raise DataError(
                "a theme has voices and a number and no agreement stated: say in agreement= what both tell together"
            )
        return row | {"agreement": judged or "silent"}

    def _quotes(self, segments: pd.DataFrame) -> pd.DataFrame:
        """Take the passages that were chosen."""
        if self.quote is None:
            return pd.DataFrame({"theme": pd.Series(dtype="str"), "quote": pd.Series(dtype="str")})
        shown = segments.loc[segments[self.quote].notna(), [self.code, self.quote]].astype(str)
        shown = shown[shown[self.quote].str.strip() != ""]
        return shown.set_axis(["theme", "quote"], axis=1).reset_index(drop=True)


def _numbers(numbers: Mapping[str, tuple[Result, str]]) -> dict[str, tuple[Result, str]]:
    """Check results and their terms."""
    if not isinstance(numbers, Mapping):
        raise SpecificationError(
            f"numbers is a {type(numbers).__name__}, must map themes to a result and one of its terms"
        )
    for theme, held in numbers.items():
        good = isinstance(held, tuple) and len(held) == 2 and isinstance(held[0], Result)
        if not good or list(held[0].estimates.index).count(held[1]) != 1:
            raise SpecificationError(f"numbers[{theme!r}] is no result with one of its terms, must be (result, 'term')")
    return dict(numbers)


def _check_few(display: pd.DataFrame) -> Check:
    """Say whether themes rest on a few people."""
    few = int(display["people"].between(1, 4).sum())
    numbers = {"themes": float(few)}
    if few:
        return Check("few voices", "review", say("{n} themes are spoken of by fewer than five people.", n=few), numbers)
    return Check(
        "few voices", "pass", say("Every theme that is spoken of is spoken of by five people or more."), numbers
    )


def _check_results(numbers: Mapping[str, tuple[Result, str]]) -> Check:
    """Say whether a number does not stand."""
    fallen = sum(not result.stands for result, _ in numbers.values())
    if fallen:
        return Check(
            "numbers", "fail", say("{n} numbers are of results that do not stand.", n=fallen), {"fallen": fallen}
        )
    return Check("numbers", "pass", say("Every number is of a result that stands."), {"fallen": 0})


def _check_silent(display: pd.DataFrame) -> Check:
    """Say whether the two sides speak of the same."""
    silent = int((display["agreement"] == "silent").sum())
    numbers = {"silent": float(silent), "themes": float(len(display))}
    words = say("{n} of {themes} themes have voices or a number alone.", n=silent, themes=len(display))
    return Check("both sides", "pass" if 2 * silent <= len(display) else "review", words, numbers)
