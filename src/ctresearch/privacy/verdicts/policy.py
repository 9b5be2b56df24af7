"""The policy: thresholds by privacy level, read from a file that a data owner signs off.

A policy can only make the gate stricter. The file of a data owner is joined with the library's default, and of every
rule the stricter one counts, so a forgotten line never opens a gap.
"""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.render import as_card
from ctresearch.core.validate import in_range, one_of, whole_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.meaning import Unit

Level = Literal["public", "restricted", "record"]
_OF = {"household": "household_threshold", "case": "case_threshold", "group": "group_threshold"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What may leave, in numbers.

    Parameters
    ----------
    record_k : int
        Smallest number of people who share a row of record-level data, or stand behind a cell made of it.
    aggregate_threshold : int
        Smallest number of people behind a cell of an aggregate; counts from 1 to one below it are masked.
    household_threshold, case_threshold, group_threshold : int
        The same where households, cases or groups of people are counted; never below ``aggregate_threshold``.
    zeros : {"pass", "mask"}
        Whether a cell with nobody in it may be shown. A zero says that nobody in a group has an attribute, which
        some owners regard as a disclosure.
    dominance_n : int
        How many of the largest contributors the (n, k) rule adds up.
    dominance_k : float
        Largest share of a cell's total that those contributors may hold.
    p_percent : float
        How near, as a proportion, the second largest contributor may come to the largest one's value.
    operational_detail : {"review", "fail"}
        What happens to an output that could help an offender evade detection.
    quotes : {"review", "fail"}
        What happens to the words of a person.
    max_epsilon, max_delta : float
        Largest privacy loss of noise that counts as protection. Above an epsilon of 10 a guarantee says next to nothing
        in itself [2]_; a delta near one over the number of people allows a mechanism that publishes one of them whole
        [3]_.
    least_noise : float
        Least standard deviation, in people, of the noise of a count. With 1.25 the range of 95 % around a noised count
        is as wide as the default threshold, so that nobody can tell a few people from none.
    owner : str
        Who set the policy.

    Raises
    ------
    SpecificationError
        If a value is out of range.

    References
    ----------
    .. [1] Hundepool, A., Domingo-Ferrer, J., Franconi, L., Giessing, S., Schulte Nordholt, E., Spicer, K. and
       de Wolf, P.-P. (2012). Statistical Disclosure Control. Wiley. https://doi.org/10.1002/9781118348239
    .. [2] Ponomareva, N., Hazimeh, H., Kurakin, A., Xu, Z., Denison, C., McMahan, H. B., Vassilvitskii, S., Chien, S.
       and Thakurta, A. (2023). How to DP-fy ML: a practical guide to machine learning with differential privacy.
       Journal of Artificial Intelligence Research, 77, 1113-1201. https://doi.org/10.1613/jair.1.14649
    .. [3] Dwork, C. and Roth, A. (2014). The algorithmic foundations of differential privacy. Foundations and Trends in
       Theoretical Computer Science, 9(3-4), 211-407. https://doi.org/10.1561/0400000042

    Examples
    --------
    >>> Policy().threshold("record"), Policy().threshold("restricted")
    (11, 5)
    """

    record_k: int = 11
    aggregate_threshold: int = 5
    household_threshold: int = 5
    case_threshold: int = 5
    group_threshold: int = 5
    zeros: Literal["pass", "mask"] = "pass"
    dominance_n: int = 2
    dominance_k: float = 0.85
    p_percent: float = 0.10
    operational_detail: Literal["review", "fail"] = "review"
    quotes: Literal["review", "fail"] = "review"
    max_epsilon: float = 10.0
    max_delta: float = 1e-5
    least_noise: float = 1.25
    owner: str = "ctresearch"

    def __post_init__(self) -> None:
        """Refuse what no policy can mean."""
        whole_number("record_k", self.record_k, low=2)
        for name in ("aggregate_threshold", *_OF.values()):
            whole_number(name, getattr(self, name), low=2)
        one_of("zeros", self.zeros, ("pass", "mask"))
        whole_number("dominance_n", self.dominance_n, low=1)
        in_range("dominance_k", self.dominance_k, 0, 1, open_ends=True)
        in_range("p_percent", self.p_percent, 0, 1, open_ends=True)
        one_of("operational_detail", self.operational_detail, ("review", "fail"))
        one_of("quotes", self.quotes, ("review", "fail"))
        in_range("max_epsilon", self.max_epsilon, 0, open_ends=True)
        in_range("max_delta", self.max_delta, 0, 0.5)
        in_range("least_noise", self.least_noise, 0)
        if not isinstance(self.owner, str) or not self.owner.strip():
            raise SpecificationError(f"owner == {self.owner!r}, must name who set the policy")

    def threshold(self, level: Level, of: Unit = "person") -> int:
        """Return the smallest number of people that may stand behind a cell.

        Parameters
        ----------
        level : {"public", "restricted", "record"}
            Privacy level of the output.
        of : {"person", "household", "case", "group"}
            Whom the cell counts.

        Returns
        -------
        int
            ``record_k`` for record-level outputs, else ``aggregate_threshold``, or what is set for that unit if that is
            more.

        Raises
        ------
        SpecificationError
            If the level is unknown.

        Examples
        --------
        >>> Policy(aggregate_threshold=10).threshold("restricted")
        10
        """
        one_of("level", level, ("public", "restricted", "record"))
        least = max(self.aggregate_threshold, getattr(self, _OF[of]) if of in _OF else 0)
        return max(self.record_k, least) if level == "record" else least

    def stricter(self, other: Policy) -> Policy:
        """Join two policies: of each rule the stricter one.

        Parameters
        ----------
        other : Policy
            Another policy.

        Returns
        -------
        Policy
            At least as strict as both; ``owner`` names both.

        Examples
        --------
        >>> Policy().stricter(Policy(aggregate_threshold=3, zeros="mask", owner="a shelter")).zeros
        'mask'
        """
        owners = dict.fromkeys([self.owner, other.owner])
        return Policy(
            record_k=max(self.record_k, other.record_k),
            aggregate_threshold=max(self.aggregate_threshold, other.aggregate_threshold),
            household_threshold=max(self.household_threshold, other.household_threshold),
            case_threshold=max(self.case_threshold, other.case_threshold),
            group_threshold=max(self.group_threshold, other.group_threshold),
            zeros="mask" if "mask" in (self.zeros, other.zeros) else "pass",
            dominance_n=max(self.dominance_n, other.dominance_n),
            dominance_k=min(self.dominance_k, other.dominance_k),
            p_percent=max(self.p_percent, other.p_percent),
            operational_detail="fail" if "fail" in (self.operational_detail, other.operational_detail) else "review",
            quotes="fail" if "fail" in (self.quotes, other.quotes) else "review",
            max_epsilon=min(self.max_epsilon, other.max_epsilon),
            max_delta=min(self.max_delta, other.max_delta),
            least_noise=max(self.least_noise, other.least_noise),
            owner=" and ".join(owners),
        )

    @classmethod
    def load(cls, path: str | Path) -> Policy:
        r"""Read a data owner's policy file and join it with the default.

        Parameters
        ----------
        path : str or pathlib.Path
            A TOML file whose keys are the parameters of this class.

        Returns
        -------
        Policy
            The stricter of file and default, rule by rule.

        Raises
        ------
        DataError
            If the file cannot be read as TOML.
        SpecificationError
            If it holds an unknown key or a value out of range.

        Examples
        --------
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "policy.toml"
        >>> _ = file.write_text('owner = "a shelter"\naggregate_threshold = 10\n', encoding="utf-8")
        >>> Policy.load(file).aggregate_threshold
        10
        """
        try:
            values = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise DataError(f"the policy file {str(path)!r} cannot be read as TOML: {error}") from error
        return cls().stricter(cls.from_dict(values))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Policy:
        """Build a policy from plain values, as they stand in a file.

        Parameters
        ----------
        values : mapping
            Parameter names and values; what is left out keeps its default.

        Returns
        -------
        Policy
            The policy as written, not yet joined with the default.

        Raises
        ------
        SpecificationError
            If a key is unknown, ``owner`` is missing or a value is out of range.

        Examples
        --------
        >>> Policy.from_dict({"owner": "a shelter", "record_k": 20}).record_k
        20
        """
        allowed = [f.name for f in fields(cls)]
        unknown = sorted(set(values) - set(allowed))
        if unknown:
            raise SpecificationError(f"the policy has the key {unknown[0]!r}, must be one of {', '.join(allowed)}")
        if "owner" not in values:
            raise SpecificationError(
                f"the policy has the keys {sorted(values)}, must also name its owner: owner = '...'"
            )
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Return the policy as plain values.

        Returns
        -------
        dict
            Its parameters.

        Examples
        --------
        >>> Policy.from_dict(Policy().to_dict()) == Policy()
        True
        """
        return asdict(self)

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=[one.name for one in fields(self)])
