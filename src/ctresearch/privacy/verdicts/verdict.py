"""What the gate says about an output: findings, the verdict they add up to, and the overrides that people sign.

Nothing here repeats what it protects: a verdict says how many cells are too small, never how small, and a finding says
where a name stands, never which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ctresearch.core.check import Check, Status
from ctresearch.core.errors import SpecificationError
from ctresearch.core.message import Message, as_message, say, together
from ctresearch.core.render import as_card
from ctresearch.core.validate import one_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_GRAVITY = {"pass": 0, "review": 1, "fail": 2}
RULES = (
    "all_in_one_cell",
    "childrens_words",
    "citation",
    "contradicted",
    "counts_fit",
    "differencing",
    "dominance",
    "identifier",
    "k_anonymity",
    "no_counts",
    "operational_detail",
    "protected_person",
    "quotes",
    "records",
    "recoverable",
    "small_cells",
    "smallest_group",
    "threshold",
    "undeclared",
    "unreadable",
    "weak_noise",
    "zeros",
)
"""Rules that a person may set aside; noise that anyone can take away again (``seeded_noise``) is not among them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says about one output.

    Parameters
    ----------
    rule : str
        Short name of the rule, such as ``"threshold"``.
    verdict : {"pass", "review", "fail"}
        What follows from it.
    sentence : str
        What was found, without repeating the value that must not be seen.
    cure : str
        What to do about it; empty where nothing is needed.
    numbers : mapping of str to float
        The figures behind the sentence.

    Examples
    --------
    >>> Finding("threshold", "pass", "Every cell holds at least 5 people.").rule
    'threshold'
    """

    rule: str
    verdict: Status
    sentence: str
    cure: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse an unknown verdict and freeze the numbers."""
        one_of("verdict", self.verdict, tuple(_GRAVITY))
        object.__setattr__(self, "sentence", as_message(self.sentence))
        object.__setattr__(self, "cure", as_message(self.cure))
        object.__setattr__(self, "numbers", MappingProxyType({k: float(v) for k, v in self.numbers.items()}))

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain values.

        Returns
        -------
        dict
            Its fields.

        Examples
        --------
        >>> Finding("threshold", "pass", "Fine.").to_dict()["verdict"]
        'pass'
        """
        return {f.name: getattr(self, f.name) for f in fields(self)} | {"numbers": dict(self.numbers)}

    def _repr_html_(self) -> str:
        return as_card(self, says=[self.sentence, self.cure], show=["rule", "verdict"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A person's decision to let one output pass one rule.

    Parameters
    ----------
    output : str
        Name of the output.
    rule : str
        The rule that is set aside, one of :data:`RULES`; every other rule still counts.
    reason : str
        Why, in at least four words.
    name : str
        Who decides.

    Raises
    ------
    SpecificationError
        If the reason or the name is missing, the reason is not a sentence, or there is no such rule.

    Examples
    --------
    >>> Override(output="map", rule="no_counts", reason="shows borders and no people", name="A. Custodian").rule
    'no_counts'
    """

    output: str
    rule: str
    reason: str
    name: str

    def __post_init__(self) -> None:
        """Hold the override to what a reader can judge later."""
        for one in fields(self):
            value = getattr(self, one.name)
            if not isinstance(value, str) or not value.strip():
                raise SpecificationError(f"{one.name} == {value!r} in an override, must be words")
        one_of("rule", self.rule, RULES)
        if len(self.reason.split()) < 4:
            raise SpecificationError(f"reason == {self.reason!r} in an override, must say why in at least four words")

    @classmethod
    def of(cls, value: Override | Mapping[str, str]) -> Override:
        """Take an override as it is, or build it from the table of a manifest.

        Parameters
        ----------
        value : Override or mapping
            A mapping has the keys ``output``, ``rule``, ``reason`` and ``name``.

        Returns
        -------
        Override
            The override.

        Raises
        ------
        SpecificationError
            If a key is missing or unknown.

        Examples
        --------
        >>> Override.of({"output": "map", "rule": "no_counts", "reason": "shows no people at all", "name": "A."}).name
        'A.'
        """
        if isinstance(value, cls):
            return value
        names = [f.name for f in fields(cls)]
        if not isinstance(value, Mapping) or set(value) != set(names):
            raise SpecificationError(f"the override {value!r} must have exactly the keys {', '.join(names)}")
        return cls(**value)

    def to_dict(self) -> dict[str, str]:
        """Return the override as plain values.

        Returns
        -------
        dict
            Its fields.

        Examples
        --------
        >>> Override(output="map", rule="no_counts", reason="shows no people at all", name="A.").to_dict()["output"]
        'map'
        """
        return asdict(self)

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["output", "rule", "reason", "name"])


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says about one output.

    Parameters
    ----------
    output : str
        Name of the output.
    verdict : {"pass", "review", "fail"}
        Gravest finding that no override sets aside.
    rule : str
        The rule it comes from.
    numbers : mapping of str to float
        The figures behind it.
    cure : str
        What to do; empty for a pass.
    sentence : str
        Why, in words a reader may be shown.
    findings : tuple of Finding
        What every rule said, those set aside included.
    overrides : tuple of Override
        The decisions that were needed for this verdict.

    Examples
    --------
    >>> small = Finding("threshold", "fail", "1 of 4 cells is too small.", "Mask it.")
    >>> Verdict.of("ages", [small]).verdict
    'fail'
    """

    output: str
    verdict: Status
    rule: str
    numbers: Mapping[str, float]
    cure: str
    sentence: str
    findings: tuple[Finding, ...] = ()
    overrides: tuple[Override, ...] = ()

    @classmethod
    def of(cls, output: str, findings: Sequence[Finding], overrides: Iterable[Override] = ()) -> Verdict:
        """Add findings and overrides up to one verdict.

        Parameters
        ----------
        output : str
            Name of the output.
        findings : sequence of Finding
            At least one.
        overrides : iterable of Override
            Decisions; only those for this output and for a rule that did not pass count.

        Returns
        -------
        Verdict
            The gravest finding left.

        Examples
        --------
        >>> unknown = Finding("no_counts", "review", "Nobody knows how many people stand behind it.")
        >>> signed = Override(output="map", rule="no_counts", reason="shows borders and no people", name="A. Custodian")
        >>> Verdict.of("map", [unknown], [signed]).sentence
        'Nobody knows how many people stand behind it. Set aside by A. Custodian: shows borders and no people.'
        """
        troubled = {f.rule for f in findings if f.verdict != "pass"}
        used = tuple(o for o in overrides if o.output == output and o.rule in troubled)
        aside = {o.rule for o in used}
        left = [f for f in findings if f.rule not in aside]
        decisive = max(left, key=lambda f: _GRAVITY[f.verdict], default=None)
        if used and (decisive is None or decisive.verdict == "pass"):
            decisive = next(f for f in findings if f.rule == used[0].rule)
            signed = [say("Set aside by {name}: {reason}.", name=o.name, reason=o.reason.rstrip(".")) for o in used]
            sentence = together([decisive.sentence, *signed])
            return cls(output, "pass", "override", decisive.numbers, "", sentence, tuple(findings), used)
        if decisive is None:
            raise SpecificationError(f"output == {output!r} has no findings, must have at least one")
        cure = "" if decisive.verdict == "pass" else decisive.cure
        return cls(
            output, decisive.verdict, decisive.rule, decisive.numbers, cure, decisive.sentence, tuple(findings), used
        )

    @property
    def _said(self) -> Message:
        """The sentence and the cure, after the name of the output."""
        return say("{output}: {said}", output=self.output, said=together([self.sentence, self.cure]))

    @property
    def check(self) -> Check:
        """The verdict as a check, as results carry them."""
        return Check(self.rule, self.verdict, self._said, self.numbers)

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as plain values.

        Returns
        -------
        dict
            Its fields, findings and overrides included.

        Examples
        --------
        >>> Verdict.of("ages", [Finding("threshold", "pass", "Fine.")]).to_dict()["verdict"]
        'pass'
        """
        return {
            "output": self.output,
            "verdict": self.verdict,
            "rule": self.rule,
            "numbers": dict(self.numbers),
            "cure": self.cure,
            "sentence": self.sentence,
            "findings": [f.to_dict() for f in self.findings],
            "overrides": [o.to_dict() for o in self.overrides],
        }

    def _repr_html_(self) -> str:
        return as_card(self, says=[self.sentence, self.cure], show=["output", "verdict", "rule"])
