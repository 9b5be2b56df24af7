"""The package as a wheel, made from the files that are running.

No build tool and no network: the same source gives the same bytes, whether ctresearch was installed from a wheel or
stands in a clone. A bundle carries it so that a study can be run again when the version it used is long gone.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

from ctresearch.core.compile import hash_sources
from ctresearch.studies.base.archive import pack, unpack

_NOT_SOURCE = {"__pycache__", ".ipynb_checkpoints"}
_WHEEL = b"Wheel-Version: 1.0\nGenerator: ctresearch\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@cache
def build_wheel() -> tuple[str, bytes]:
    """Pack the running package as a wheel.

    Returns
    -------
    tuple of str and bytes
        File name and content.

    Examples
    --------
    >>> name, content = build_wheel()
    >>> name.startswith("ctresearch-"), content[:2]
    (True, b'PK')
    """
    package = Path(__file__).resolve().parents[2]
    files = {
        f"ctresearch/{path.relative_to(package).as_posix()}": path.read_bytes()
        for path in package.rglob("*")
        if path.is_file() and not _NOT_SOURCE & set(path.parts)
    }
    found = distribution("ctresearch")
    info = f"ctresearch-{found.version}.dist-info"
    files[f"{info}/WHEEL"] = _WHEEL
    for path in found.files or ():
        inside = path.as_posix().partition(".dist-info/")[2]
        if inside in {"METADATA", "entry_points.txt"} or inside.startswith("licenses/"):
            files[f"{info}/{inside}"] = Path(str(found.locate_file(path))).read_bytes()
    record = [f"{name},sha256={_urlsafe(files[name])},{len(files[name])}" for name in sorted(files)]
    files[f"{info}/RECORD"] = ("\n".join([*record, f"{info}/RECORD,,"]) + "\n").encode()
    return f"ctresearch-{found.version}-py3-none-any.whl", pack(files, effort=0)


def wheel_source(content: bytes) -> str:
    """Hash the Python source in a wheel, the way the running package is hashed.

    Parameters
    ----------
    content : bytes
        The wheel.

    Returns
    -------
    str
        What :func:`ctresearch.core.compile.source_hash` gives for the package inside.

    Raises
    ------
    IntegrityError
        If it is not a wheel that :func:`build_wheel` made.

    Examples
    --------
    >>> len(wheel_source(build_wheel()[1]))
    64
    """
    top = "ctresearch/"
    inside = {path.removeprefix(top): source for path, source in unpack(content).items() if path.startswith(top)}
    return hash_sources((name, inside[name]) for name in sorted(inside) if name.endswith(".py"))


def _urlsafe(content: bytes) -> str:
    """Hash a file the way wheels write it."""
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
