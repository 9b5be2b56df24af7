"""The rule for everything that leaves together: what one output masks must not follow from all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.privacy.attack.linked import shown_tables
from ctresearch.privacy.attack.nesting import nesting_rule
from ctresearch.privacy.attack.together import Together
from ctresearch.privacy.rules.differencing import Readings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ctresearch.privacy.attack.linked import Shown
    from ctresearch.privacy.verdicts.output import Output
    from ctresearch.privacy.verdicts.policy import Policy
    from ctresearch.privacy.verdicts.verdict import Finding


class Joint:
    """What readers see beside an output: everything that left before it, and what passed before it.

    Parameters
    ----------
    policy : Policy
        The thresholds.
    earlier : iterable of Output
        What they have seen before.

    Examples
    --------
    >>> from ctresearch.privacy.verdicts.policy import Policy
    >>> from ctresearch.privacy.verdicts.output import Output
    >>> list(Joint(Policy()).rule(Output("map", "figure", "restricted")))
    []
    """

    def __init__(self, policy: Policy, earlier: Iterable[Output] = ()) -> None:
        self._policy = policy
        self._together = Together(shown_zeros=policy.zeros == "pass")
        self._told: set[float] = set()
        self._shown: dict[int, list[Shown]] = {}
        self.readings = Readings()
        for output in earlier:
            self.add(output)

    def add(self, output: Output) -> None:
        """Take an output among those that are seen.

        Parameters
        ----------
        output : Output
            One that passed.

        Examples
        --------
        >>> from ctresearch.privacy.verdicts.policy import Policy
        >>> from ctresearch.privacy.verdicts.output import Output
        >>> Joint(Policy()).add(Output("map", "figure", "restricted"))
        """
        tables = self._tables(output)
        self._together.add(tables)
        if not tables or output.kind != "table":
            self._told |= self.readings.of(output)[1]

    def rule(self, output: Output) -> Iterator[Finding]:
        """Attack the masks of an output, and of those seen before, with all of them.

        Parameters
        ----------
        output : Output
            What wants to leave.

        Yields
        ------
        Finding
            Rule ``"recoverable"``: a fail where totals give a masked cell away, a review where a sum that no label
            announces would.

        Examples
        --------
        >>> import pandas as pd
        >>> from ctresearch.privacy.verdicts.policy import Policy
        >>> from ctresearch.privacy.verdicts.output import Output
        >>> total = Output("all", "table", "restricted", content=pd.DataFrame({"sex": ["Total"], "n": [43]}))
        >>> shown = pd.DataFrame({"sex": ["Woman", "Man"], "n": [40, None]})
        >>> parts = Output("sex", "table", "restricted", content=shown)
        >>> next(Joint(Policy(), [total]).rule(parts)).sentence
        "Totals of 'sex' and 'all' give away 1 masked cell."
        """
        tables = self._tables(output)
        own = self.readings.of(output)[1] if not tables or output.kind != "table" else frozenset()
        found = self._together.judge(tables) or nesting_rule(tables, self._together.before(), self._told | own)
        if found is None and own:
            found = self._named(own)
        if found is not None:
            yield found

    def _tables(self, output: Output) -> list[Shown]:
        """Read the tables of an output once; :attr:`readings` keep it, so that no other takes its number."""
        if id(output) not in self._shown:
            self.readings.of(output)
            self._shown[id(output)] = shown_tables(output, self._policy.threshold(output.level))
        return self._shown[id(output)]

    def _named(self, numbers: frozenset[float]) -> Finding | None:
        """Set numbers of people that an output names against the tables before it."""
        return nesting_rule(self._together.before(), [], numbers)
