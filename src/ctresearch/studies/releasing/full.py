"""The one archive that holds all of a release, for a repository of data or for somebody far away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.studies.base.archive import pack
from ctresearch.studies.base.whole import read_beginning
from ctresearch.studies.kept.evidence import bundle_bytes
from ctresearch.studies.release.blobs import read_whole
from ctresearch.studies.release.verify import refuse_no_zip
from ctresearch.studies.releasing.release import publish
from ctresearch.studies.signing.ssh import LONGEST
from ctresearch.studies.signing.vouch import SIGNATURE

if TYPE_CHECKING:
    from pathlib import Path

    from ctresearch.studies.releasing.release import Released


def whole_bundle(bundle: Path, store: Path | None = None, out: Path | None = None) -> Released:
    """Write the archive that holds all of a bundle, with the signature of the bundle beside it.

    Parameters
    ----------
    bundle : pathlib.Path
        The bundle.
    store : pathlib.Path, optional
        Where the files that releases share are kept; found above the bundle by default.
    out : pathlib.Path, optional
        Where to write; beside the bundle by default.

    Returns
    -------
    Released
        The archive. What is signed is the bundle in it: ``verify`` takes out what the store keeps, and has its bytes.

    Examples
    --------
    >>> from pathlib import Path
    >>> whole_bundle(Path("no such bundle.zip"))
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.DataError: 'no such bundle.zip' cannot be read: No such file or directory
    """
    refuse_no_zip(bundle, bundle_bytes(bundle))
    beside = bundle.with_name(bundle.name + SIGNATURE)
    signature = read_beginning(beside, LONGEST).decode("ascii", "replace") if beside.is_file() else None
    return publish(out or bundle.parent, f"{bundle.stem}-full", pack(read_whole(bundle, store)), signature)
