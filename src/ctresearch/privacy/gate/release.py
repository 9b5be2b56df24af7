"""The release gate: the only door out of a study.

Each output meets every rule of the policy and leaves with a verdict: pass, fail or review, the rule, the numbers and
the cure. Only what passed may be written anywhere that others can see.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.errors import CtResearchError, DisclosureError, SpecificationError
from ctresearch.core.message import say
from ctresearch.core.render import as_card
from ctresearch.privacy.attack.differencing import differencing_rule
from ctresearch.privacy.attack.joint import Joint
from ctresearch.privacy.attack.margins import recoverable_rule
from ctresearch.privacy.gate.notebook import notebook_rule
from ctresearch.privacy.noise.protection_seal import protection, weak_noise
from ctresearch.privacy.rules.concentration import concentration_rule
from ctresearch.privacy.rules.content import content_rules
from ctresearch.privacy.rules.declared import declared_rules
from ctresearch.privacy.rules.dominance import dominance_rule
from ctresearch.privacy.rules.threshold import fit_rule, threshold_rule
from ctresearch.privacy.verdicts.marks import carries_mark
from ctresearch.privacy.verdicts.policy import Policy
from ctresearch.privacy.verdicts.verdict import Finding, Override, Verdict
from ctresearch.privacy.words.texts import class_sizes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ctresearch.privacy.verdicts.output import Output


@dataclass(frozen=True, slots=True, eq=False)
class Release:
    """What the gate says about a set of outputs.

    Parameters
    ----------
    verdicts : tuple of Verdict
        One an output, in the order they came.
    policy : Policy
        The policy that was applied: the stricter of the default and the data owner's.
    overrides : tuple of Override
        Decisions that were handed in, needed or not.
    outputs : tuple of Output
        What was judged; it stays in this process and is not part of ``to_dict()``.

    Examples
    --------
    >>> from ctresearch.privacy import Output
    >>> gate = release([Output("ages", "table", "restricted", counts=[12, 40])])
    >>> gate.passed
    ('ages',)
    """

    verdicts: tuple[Verdict, ...]
    policy: Policy
    overrides: tuple[Override, ...] = ()
    outputs: tuple[Output, ...] = field(default=(), repr=False)

    @property
    def passed(self) -> tuple[str, ...]:
        """Names of the outputs that may leave."""
        return tuple(v.output for v in self.verdicts if v.verdict == "pass")

    @property
    def refused(self) -> tuple[Verdict, ...]:
        """Verdicts of the outputs that may not leave, or not yet."""
        return tuple(v for v in self.verdicts if v.verdict != "pass")

    def __getitem__(self, name: str) -> Verdict:
        """Return the verdict on one output."""
        found = next((v for v in self.verdicts if v.output == name), None)
        if found is None:
            raise SpecificationError(f"output == {name!r}, must be one of {[v.output for v in self.verdicts]}")
        return found

    def require(self) -> None:
        """Go on only if everything passed.

        Raises
        ------
        DisclosureError
            If an output did not; the message gives each verdict with its cure.

        Examples
        --------
        >>> from ctresearch.privacy import Output
        >>> release([Output("ages", "table", "restricted", counts=[12, 40])]).require()
        """
        if self.refused:
            lines = "; ".join(str(v.check) for v in self.refused)
            raise DisclosureError(f"{len(self.refused)} of {len(self.verdicts)} outputs may not leave: {lines}")

    def _left(self) -> tuple[Output, ...]:
        """Return the outputs that passed: what readers have seen."""
        return tuple(o for o in self.outputs if o.name in self.passed)

    def summary(self) -> str:
        """Return one line an output, as a researcher may paste it.

        Returns
        -------
        str
            Sign, rule, output, sentence and cure.

        Examples
        --------
        >>> from ctresearch.privacy import Output
        >>> print(release([Output("ages", "table", "restricted", counts=[12, 40])]).summary())
        ✓ threshold: ages: Each of 2 cells holds nobody or at least 5 people.
        """
        return "\n".join(str(v.check) for v in self.verdicts)

    def to_dict(self) -> dict[str, Any]:
        """Return the record that travels with a bundle: no counts, no contents.

        Returns
        -------
        dict
            Policy, verdicts, overrides and the names that passed, ready for :func:`json.dumps`.

        Examples
        --------
        >>> from ctresearch.privacy import Output
        >>> sorted(release([Output("ages", "table", "restricted", counts=[12, 40])]).to_dict())
        ['overrides', 'passed', 'policy', 'verdicts']
        """
        return {
            "policy": self.policy.to_dict(),
            "verdicts": [v.to_dict() for v in self.verdicts],
            "overrides": [o.to_dict() for o in self.overrides],
            "passed": list(self.passed),
        }

    def _repr_html_(self) -> str:
        import pandas as pd

        rows = [{"output": one.output, "verdict": one.verdict, "why": one.sentence} for one in self.verdicts]
        return as_card(
            self, says=[], tables=[pd.DataFrame(rows, columns=["output", "verdict", "why"]).set_index("output")]
        )


def release(
    outputs: Sequence[Output],
    policy: Policy | str | Path | None = None,
    earlier: Sequence[Release | Output] | None = None,
    overrides: Sequence[Override | Mapping[str, str]] = (),
) -> Release:
    """Judge every output that wants to leave a study.

    Parameters
    ----------
    outputs : sequence of Output
        Everything that would be seen, under names of its own.
    policy : Policy or path, optional
        The data owner's policy, or its TOML file; the stricter of it and the default counts, rule by rule.
    earlier : sequence of Release or Output, optional
        What the same readers have seen before: releases made in this process, or outputs rebuilt from the tables of
        earlier bundles, whose ``content`` is enough. New outputs are compared with them against differencing.
    overrides : sequence of Override or mapping, optional
        Signed decisions to set one rule aside for one output.

    Returns
    -------
    Release
        One verdict an output, the names that ``passed`` and the record for the bundle.

    Raises
    ------
    SpecificationError
        If two outputs share a name, or an override names no output.
    DataError
        If counts are no counts, or the policy file cannot be read.

    Notes
    -----
    Rules, in the order of their files: ``operational_detail``; ``citation`` (public outputs pass with their source);
    ``no_counts``, ``threshold``, ``k_anonymity``, ``zeros``, ``counts_fit``, ``all_in_one_cell``,
    ``recoverable`` (masks that totals undo) and ``dominance``; ``unreadable``, ``identifier``, ``records``,
    ``small_cells`` and ``seeded_noise`` in what is shown; ``weak_noise`` for noise beyond the policy's loss;
    ``unjudged`` where a rule stumbled; ``notebook`` for what an executed notebook holds; ``differencing`` against this
    and earlier releases.

    A scan finds what it knows. It does not replace the eyes of the person who signs the release.

    References
    ----------
    .. [1] Hundepool, A., Domingo-Ferrer, J., Franconi, L., Giessing, S., Schulte Nordholt, E., Spicer, K. and
       de Wolf, P.-P. (2012). Statistical Disclosure Control. Wiley. https://doi.org/10.1002/9781118348239

    Examples
    --------
    >>> from ctresearch.privacy import Output
    >>> outputs = [
    ...     Output("ages", "table", "restricted", counts=[12, 3, 0]),
    ...     Output("map", "figure", "restricted"),
    ...     Output("lists", "table", "public", citation="Silverman (2014)."),
    ... ]
    >>> signed = {"output": "map", "rule": "no_counts", "reason": "shows borders and no people", "name": "A. Custodian"}
    >>> gate = release(outputs, overrides=[signed])
    >>> [verdict.verdict for verdict in gate.verdicts]
    ['fail', 'pass', 'pass']
    >>> gate["ages"].sentence
    '1 of 3 cells holds fewer than 5 people.'
    """
    from ctresearch.privacy.verdicts.output import Output

    if isinstance(outputs, Output):
        raise SpecificationError(
            f"outputs is one Output ({outputs.name!r}), must be a list of everything that leaves together: write "
            "[output]"
        )
    outputs = tuple(outputs)
    joined = _policy(policy)
    signed = tuple(Override.of(o) for o in overrides)
    _check_names(outputs, signed)
    before = [o for one in earlier or () for o in (one.outputs if isinstance(one, Release) else (one,))]
    left = [o for one in earlier or () for o in (one._left() if isinstance(one, Release) else (one,))]
    joint = Joint(joined, left)
    verdicts = []
    for i, output in enumerate(outputs):
        found = _judged(output, joined, before, outputs[:i], joint)
        verdict = Verdict.of(output.name, found, signed)
        if verdict.verdict == "pass":
            joint.add(output)
        verdicts.append(verdict)
    return Release(tuple(verdicts), joined, signed, outputs)


def _policy(policy: Policy | str | Path | None) -> Policy:
    """Join what the caller gave with the default."""
    if policy is None:
        return Policy()
    if isinstance(policy, Policy):
        return Policy().stricter(policy)
    if isinstance(policy, (str, Path)):
        return Policy.load(policy)
    raise SpecificationError(f"policy == {policy!r}, must be a Policy or the path of its TOML file")


def _check_names(outputs: Sequence[Output], overrides: Sequence[Override]) -> None:
    """Every output has a name of its own, and every override an output."""
    names = [o.name for o in outputs]
    doubled = next((n for n in names if names.count(n) > 1), None)
    if doubled is not None:
        raise SpecificationError(f"the output {doubled!r} stands {names.count(doubled)} times, names must be unique")
    lost = next((o.output for o in overrides if o.output not in names), None)
    if lost is not None:
        raise SpecificationError(f"an override names the output {lost!r}, must be one of {names}")


def _judged(
    output: Output, policy: Policy, before: Sequence[Output], others: Sequence[Output], joint: Joint
) -> list[Finding]:
    """Apply every rule; an output on which a rule itself stumbles is one that nobody has judged, and does not leave."""
    try:
        findings = list(_findings(output, policy))
        findings += differencing_rule(output, before, policy, earlier=True, readings=joint.readings)
        findings += differencing_rule(output, others, policy, earlier=False, readings=joint.readings)
        findings += joint.rule(output)
    except CtResearchError:
        raise
    except Exception as error:  # whatever it is, the output stays inside
        sentence = say("It could not be judged: reading it ended in a {error}.", error=type(error).__name__)
        return [Finding("unjudged", "fail", sentence, say("Hand plain tables, texts or results to the gate."))]
    return findings


def _findings(output: Output, policy: Policy) -> Iterator[Finding]:
    """Apply every rule that needs no other output."""
    if output.operational_detail or carries_mark(output.content, "operational_detail"):
        yield Finding(
            "operational_detail",
            policy.operational_detail,
            say("It is marked as a detail that could help an offender evade detection."),
            say("Have the owner of the data decide; aggregate places, dates and methods, or keep it back."),
        )
    weak = weak_noise(output.content, policy)
    if weak is not None:
        yield Finding(
            "weak_noise",
            "fail",
            say("Its noise protects nobody: {weak}.", weak=weak),
            say("Draw it once more with a smaller epsilon and delta, and keep that artefact alone."),
        )
    scanned = output.kind == "notebook" and output.content is not None
    if scanned:
        yield notebook_rule(output.content, policy, output.level)
    else:
        yield from content_rules(output, policy)
        yield from declared_rules(output, policy)
    if output.level == "public":
        yield from _published(output)
    elif not scanned:
        yield from _counted(output, policy)


def _published(output: Output) -> Iterator[Finding]:
    """Let outputs of published data pass with their source."""
    if output.citation and output.citation.strip():
        sentence = say("Made from published data alone: {citation}", citation=output.citation.strip())
        yield Finding("citation", "pass", sentence)
    else:
        cure = say("Give its citation, or the level 'restricted' with counts.")
        yield Finding("citation", "review", say("Its level is public, but no published source is cited."), cure)


def _counted(output: Output, policy: Policy) -> Iterator[Finding]:
    """Judge outputs of data about people by the people behind them."""
    people, noise = output.people, protection(output.content, policy)
    if people is None and output.level == "record":
        sizes = class_sizes(output.content)
        people = None if sizes is None else np.array(sizes, dtype=float)
    if noise is not None:
        yield Finding("threshold", "pass", say("Its counts are protected by {noise}.", noise=noise))
    elif (people is None or not people.size) and any(p.role for t in output.tables for p in t.parts):
        pass  # the rules of what is declared have asked for the people behind each figure
    elif people is None or not people.size:
        yield Finding(
            "no_counts",
            "review",
            say("Nobody said how many people stand behind it."),
            say(
                "Save it with counts=, the people behind each cell or mark; or sign an override that says why none are."
            ),
        )
    else:
        yield threshold_rule(output, people, policy)
        yield from (f for f in (fit_rule(output, people), concentration_rule(people)) if f is not None)
    masked = None if noise is not None else recoverable_rule(output, policy.threshold(output.level))
    if masked is not None:
        yield masked
    if output.contributions is not None:
        yield dominance_rule(output.contributions, policy)
