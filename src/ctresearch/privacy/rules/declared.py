"""Every rule for what an output declares, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.core.message import say
from ctresearch.privacy.noise.protection_seal import protection
from ctresearch.privacy.rules.concentration import concentration_rule, declared_cross_tabulations
from ctresearch.privacy.rules.declared_counts import count_rules
from ctresearch.privacy.rules.declared_figures import figure_rules
from ctresearch.privacy.rules.declared_fits import fit_rules
from ctresearch.privacy.rules.declared_models import model_rules
from ctresearch.privacy.rules.declared_names import name_rules
from ctresearch.privacy.rules.declared_persons import person_rules
from ctresearch.privacy.rules.declared_rests import rest_rules
from ctresearch.privacy.rules.declared_shares import share_rules
from ctresearch.privacy.rules.undeclared import undeclared_rule
from ctresearch.privacy.verdicts.verdict import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ctresearch.privacy.verdicts.output import Output
    from ctresearch.privacy.verdicts.policy import Policy


def declared_rules(output: Output, policy: Policy) -> Iterator[Finding]:
    """Judge what an output declares.

    Parameters
    ----------
    output : Output
        What wants to leave.
    policy : Policy
        The thresholds.

    Yields
    ------
    Finding
        One for each rule that is broken; a pass where numbers are declared and none is.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.privacy.verdicts.output import Output
    >>> from ctresearch.privacy.verdicts.policy import Policy
    >>> frame = pd.DataFrame({"sex": ["Woman", "Man"], "n": [40, 30]})
    >>> one = Output("sex", "table", "restricted", content=frame, roles={"sex": "key", "n": "count"})
    >>> [(finding.rule, finding.verdict) for finding in declared_rules(one, Policy())]
    [('threshold', 'pass')]
    """
    tables = output.tables
    yield from person_rules(tables, output, policy)
    microdata = output.level == "record" and output.people is None
    if output.level == "public" or microdata or protection(output.content, policy) is not None:
        return
    broken = [
        *count_rules(tables, output, policy),
        *share_rules(tables, output, policy),
        *figure_rules(tables, output, policy),
        *model_rules(tables, output, policy),
        *name_rules(tables, output, policy),
        *fit_rules(tables, output, policy),
        *rest_rules(tables, output, policy),
        *(undeclared_rule(output) if output.level == "restricted" else ()),
    ]
    broken += [f for people in declared_cross_tabulations(tables) if (f := concentration_rule(people)) is not None][:1]
    yield from broken
    declared = sum(part.meaning is not None for table in tables for part in table.parts)
    if declared and not broken:
        sentence = say(
            "Whatever its {n} declared column shows rests on nobody or at least {threshold} people.",
            many="Whatever its {n} declared columns show rests on nobody or at least {threshold} people.",
            n=declared,
            threshold=policy.threshold(output.level),
        )
        yield Finding("threshold", "pass", sentence)
