"""The rule for everything that leaves together: what one output masks must not follow from all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.privacy.attack.differencing import Readings
from ctresearch.privacy.attack.nesting import nesting_rule
from ctresearch.privacy.attack.together import Together

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ctresearch.privacy.attack.differencing import Seen
    from ctresearch.privacy.verdicts.output import Output
    from ctresearch.privacy.verdicts.policy import Policy
    from ctresearch.privacy.verdicts.verdict import Finding


def masks(output: Output) -> bool:
    """Say whether an output may mask numbers of people.

    Parameters
    ----------
    output : Output
        What wants to leave.

    Returns
    -------
    bool
        ``False`` where every column is declared and each count is shown.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.privacy.verdicts.output import Output
    >>> frame = pd.DataFrame({"sex": ["Woman", "Man"], "n": [40, None]})
    >>> masks(Output("sex", "table", "restricted", content=frame, roles={"sex": "key", "n": "count"}))
    True
    """
    people = output.people
    if people is not None and bool(np.isnan(people).any()):
        return True
    parts = [part for table in output.tables for part in table.parts]
    return not parts or any(p.role == "" or (p.role == "count" and bool(np.isnan(p.numbers).any())) for p in parts)


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
        self._unread: list[Output] = []
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
        self._unread.append(output)  # read when something comes that it is set against

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
        if not self._unread and not self._together.before() and not self._told and not masks(output):
            return
        self._read_all()
        seen = self._of(output)
        tables = seen.tables
        own = seen.everybody if not tables or output.kind != "table" else frozenset()
        found = self._together.judge(tables) or nesting_rule(tables, self._together.before(), self._told | own)
        if found is None and own:
            found = self._named(own)
        if found is not None:
            yield found

    def _read_all(self) -> None:
        """Read what has been added since anything was last set against it."""
        for output in self._unread:
            seen = self._of(output)
            self._together.add(seen.tables)
            if not seen.tables or output.kind != "table":
                self._told |= seen.everybody
        self._unread.clear()

    def _of(self, output: Output) -> Seen:
        """Read an output once."""
        return self.readings.of(output, self._policy.threshold(output.level))

    def _named(self, numbers: frozenset[float]) -> Finding | None:
        """Set numbers of people that an output names against the tables before it."""
        return nesting_rule(self._together.before(), [], numbers)
