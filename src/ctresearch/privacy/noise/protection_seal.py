"""Noise and rounding as the gate sees them: from the operating system they protect, from a seed they do not."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ctresearch.core.message import say
from ctresearch.privacy.reading.plain_values import is_frame
from ctresearch.privacy.verdicts.policy import Policy
from ctresearch.privacy.vocabulary.vocabulary import any_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEPTH = 12
_SEED = re.compile(
    rf"(?i)\b{any_of('marks.rounded')}\b[^.\n]{{0,120}}\bseed\b\W{{0,3}}(?:of\s|is\s)?\d"
    r"|\bseed\b\W{0,3}\d+[^.\n]{0,60}\b(?:noised|rounding|rounded to)\b"
)


_ROUNDING = "random rounding"


@dataclass(frozen=True, slots=True)
class Loss:
    """What noise costs, and how much of it there is.

    Parameters
    ----------
    epsilon, delta : float
        The privacy loss.
    noise_sd : float or None
        Standard deviation of the noise of a count; ``None`` where no count is shown.

    Examples
    --------
    >>> Loss(1.0, 0.0, 1.36).epsilon
    1.0
    """

    epsilon: float
    delta: float
    noise_sd: float | None


def seal(table: Any, by: str, *, private: bool, loss: Loss | None = None) -> None:
    """Mark a table with what protects it, and with a digest of its figures, so that the mark holds for these alone.

    Parameters
    ----------
    table : pandas.DataFrame or pandas.Series
        The protected figures; they are marked in place.
    by : str
        Words for the noise or rounding.
    private : bool
        Whether it was drawn from the operating system.
    loss : Loss, optional
        What noise costs, and how much of it there is; rounding has none.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.Series({"Woman": 120, "Man": 3})
    >>> seal(table, "random rounding to multiples of 3", private=True)
    >>> protection(table), protection(table + 1)
    ('random rounding to multiples of 3', None)
    """
    table.attrs["private"] = private
    table.attrs["protected"] = {"by": by, "figures": _digest(table)} | (asdict(loss) if loss else {})


def declare_loss(table: Any, by: str, loss: Loss) -> None:
    """Mark rows that noise made with what they cost, without a seal: they are judged as rows all the same.

    Parameters
    ----------
    table : pandas.DataFrame
        The rows; they are marked in place.
    by : str
        Words for what made them.
    loss : Loss
        What it cost.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"sex": ["Woman"]})
    >>> declare_loss(rows, "synthesis", Loss(1.0, 1e-6, None))
    >>> protection(rows) is None, rows.attrs["protected"]["epsilon"]
    (True, 1.0)
    """
    table.attrs["protected"] = {"by": by} | asdict(loss)


def weak_noise(content: Any, policy: Policy) -> str | None:
    """Say why the noise on a table protects nobody.

    Parameters
    ----------
    content : object
        Content of an output.
    policy : Policy
        The largest loss and the least noise.

    Returns
    -------
    str or None
        What is beyond the policy; ``None`` for enough noise, for rounding and for what is not protected at all.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.privacy import private_counts
    >>> weak_noise(private_counts(pd.Series({"Woman": 121}), epsilon=100), Policy())
    'its epsilon is above 10'
    """
    table = _table(content)
    told = table.attrs.get("protected") if is_frame(table) else None
    if not isinstance(told, Mapping) or str(told.get("by", "")).startswith(_ROUNDING):
        return None
    loss: list[Any] = [told.get(name) for name in ("epsilon", "delta", "noise_sd")]
    if not all(isinstance(v, (int, float)) for v in loss[:2]):
        return say("it does not say what it cost")
    if not loss[0] <= policy.max_epsilon:  # also what is not a number
        return say("its epsilon is above {epsilon:g}", epsilon=policy.max_epsilon)
    if not loss[1] <= policy.max_delta:
        return say("its delta is above {delta:g}", delta=policy.max_delta)
    if "figures" in told and not (isinstance(loss[2], (int, float)) and loss[2] >= policy.least_noise):
        return say("its standard deviation is below {least:g} people", least=policy.least_noise)
    return None


def _table(content: Any) -> Any:
    """Return the table of what noise or rounding made, and anything else as it is."""
    for inner in ("table", "frame"):
        if hasattr(content, inner) and (hasattr(content, "check") or hasattr(content, "checks")):
            return getattr(content, inner)
    return content


def protection(content: Any, policy: Policy | None = None) -> str | None:
    """Say by what noise or rounding a table is protected.

    Parameters
    ----------
    content : object
        Content of an output.
    policy : Policy, optional
        How much noise it takes; the default policy if there is none.

    Returns
    -------
    str or None
        Words for it, if the content is a :class:`Rounded`, a :class:`Noised` or the table of one, drawn from the
        operating system, and its figures are still those that were drawn; columns with true counts beside them break
        the seal.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.privacy.noise.rounding import round_counts
    >>> protection(round_counts(pd.Series({"Woman": 121, "Man": 40}), base=5))
    'random rounding to multiples of 5'
    """
    table = content.table if hasattr(content, "table") and hasattr(content, "check") else content
    if not is_frame(table) or not declared_private(content) or weak_noise(content, policy or Policy()):
        return None
    sealed = table.attrs.get("protected")
    if not isinstance(sealed, Mapping) or sealed.get("figures") != _digest(table):
        return None
    return str(sealed["by"])


def declared_private(content: Any) -> bool:
    """Say whether a table carries the mark of noise or rounding from the operating system.

    Parameters
    ----------
    content : object
        Content of an output.

    Returns
    -------
    bool
        ``True`` for the mark alone, which stays when columns are added: figures near the true ones are then no parts of
        them.

    Examples
    --------
    >>> import pandas as pd
    >>> declared_private(pd.Series({"Woman": 120}))
    False
    """
    table = content.table if hasattr(content, "table") and hasattr(content, "check") else content
    return is_frame(table) and table.attrs.get("private") is True


def _digest(table: Any) -> str:
    """Digest the figures of a table, in whatever order its columns stand."""
    columns = [table.iloc[:, i] for i in range(table.shape[1])] if hasattr(table, "columns") else [table]
    figures = sorted(repr(float(v)) for column in columns if column.dtype.kind in "iufb" for v in column)
    words = [v for column in columns if column.dtype.kind not in "iufb" for v in column]
    held = figures + sorted(str(v) for v in words if str(v).strip("*()<> ").isdigit())
    return hashlib.sha256(json.dumps(held).encode()).hexdigest()


def seeded(content: Any, depth: int = _DEPTH) -> bool:
    """Say whether a content, or anything in it, carries noise or rounding that a seed takes away again.

    Parameters
    ----------
    content : object
        Content of an output.
    depth : int
        How many containers deep to look.

    Returns
    -------
    bool
        ``True`` for a mark ``private`` that is false, and for a check ``entropy`` that failed.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.privacy.noise.rounding import round_counts
    >>> seeded([round_counts(pd.Series({"Woman": 121}), seed=1)])
    True
    """
    if depth == 0:
        return False
    if isinstance(content, (str, bytes)):
        return _told(content, depth)
    if hasattr(content, "check") and hasattr(content, "private"):
        return content.private is False
    marked = _marked(content) or _marked(getattr(content, "attrs", None))
    return marked or any(seeded(v, depth - 1) for v in _parts(content))


def _parts(content: Any) -> Iterator[Any]:
    """Yield what a content holds: the cells of a table, the values of a container, a result as plain values."""
    if is_frame(content):
        yield from _objects(content)
    elif isinstance(content, Mapping):
        yield from content.values()
    elif isinstance(content, (list, tuple, set, frozenset)):
        yield from content
    elif hasattr(content, "estimates") and hasattr(content, "to_dict"):
        yield content.to_dict()


def _objects(frame: Any) -> list[Any]:
    """Find the cells of a table that hold more than a single value."""
    columns = [frame.iloc[:, i] for i in range(frame.shape[1])] if hasattr(frame, "columns") else [frame]
    cells = [v for column in columns if column.dtype == object for v in column]
    return [v for v in cells if not isinstance(v, (str, int, float)) and v is not None]


def _told(text: str | bytes, depth: int) -> bool:
    """Say whether a text tells of a seed, in its words or as a written result."""
    from ctresearch.privacy.reading.reading import decoded, literal

    words = (decoded(text) or "") if isinstance(text, bytes) else text
    if _SEED.search(words):
        return True
    written = literal(words.strip()) if words.lstrip()[:1] in {"{", "["} else None
    return isinstance(written, (dict, list)) and seeded(written, depth - 1)


def _marked(marks: Any) -> bool:
    """Say whether marks deny that what they are on is private, or are a check that says so."""
    if not isinstance(marks, Mapping):
        return False
    return marks.get("private") is False or (marks.get("name") == "entropy" and marks.get("status") == "fail")
