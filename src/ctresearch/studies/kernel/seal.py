"""The seal of a kernel: the strongest that this machine has, and told as what it is.

The ladder has three rungs. *namespaces*: a root of its own, no network, no other process, and landlock within.
*landlock*: the system denies every file that was not opened, and connections by TCP; the hook closes what Python does
beyond. *audit*: the hook alone, which compiled readers pass by; a run under it is *unsealed*. A rung that the system
refuses is given up for the next. Which one held stands in ``run.log.json`` and never in the provenance, which is the
same on every machine.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ctresearch.studies.kernel import audit, landlock, namespaces
from ctresearch.studies.kernel.opened import DEVICES, OWN_PROCESS, interpreter, listed

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMESPACES, LANDLOCK, AUDIT = "namespaces", "landlock", "audit"
RUNGS = (NAMESPACES, LANDLOCK, AUDIT)
VARIABLE = "CTRESEARCH_SEAL"
_SHARED = ("/dev/shm",)  # noqa: S108  (a file system of its own in the namespace)


@dataclass(frozen=True, slots=True)
class Seal:
    """How a kernel was sealed.

    Parameters
    ----------
    rung : str
        One of ``namespaces``, ``landlock``, ``audit``.
    landlock : int
        Version of landlock; 0 where there is none.
    cluster : bool
        Whether the work of the run went to a cluster, whose workers nobody sealed.

    Examples
    --------
    >>> Seal("namespaces", 7).whole, Seal("audit", 0).whole, Seal("landlock", 7, cluster=True).whole
    (True, False, False)
    """

    rung: str
    landlock: int
    cluster: bool = False

    @property
    def whole(self) -> bool:
        """Whether nothing undeclared could enter by way of a file."""
        return self.rung != AUDIT and not self.cluster

    def to_dict(self) -> dict[str, Any]:
        """Return what the log of a run says.

        Returns
        -------
        dict
            The rung, the version of landlock, whether the run is sealed.

        Examples
        --------
        >>> Seal("audit", 0).to_dict()["sealed"]
        False
        """
        told = {"rung": self.rung, "landlock": self.landlock, "sealed": self.whole}
        return told | ({"cluster": True} if self.cluster else {})


def rungs(cluster: bool = False) -> tuple[str, ...]:
    """List the rungs to try, the strongest first.

    Parameters
    ----------
    cluster : bool
        Whether the run must reach the scheduler of a cluster, for which it stays in the network of its machine.

    Returns
    -------
    tuple of str
        Those from the one that ``CTRESEARCH_SEAL`` names, where it names one.

    Examples
    --------
    >>> rungs(cluster=True)[-1]
    'audit'
    """
    asked = os.environ.get(VARIABLE, "")
    first = RUNGS.index(asked) if asked in RUNGS else 0
    return tuple(one for one in RUNGS[first:] if not (cluster and one == NAMESPACES))


def for_all() -> namespaces.Plan:
    """Return the plan of what is opened for every kernel, worked out once in a process.

    Returns
    -------
    namespaces.Plan
        The interpreter, its packages, this one, the system's libraries, devices.

    Examples
    --------
    >>> for_all() is for_all()
    True
    """
    return namespaces.plan_for_all((*interpreter(), *listed()), DEVICES)


def enter_namespace(asked: Mapping[str, Any]) -> None:
    """Seal the first process of a namespace.

    Parameters
    ----------
    asked : mapping
        ``read``, ``write`` and ``root``.

    Raises
    ------
    OSError
        If the system refuses.

    Examples
    --------
    >>> enter_namespace.__name__
    'enter_namespace'
    """
    if landlock.version() == 0:
        raise OSError("this system has no landlock")
    read, write = [*interpreter(), *asked["read"]], list(asked["write"])
    namespaces.build_root(Path(asked["root"]), for_all(), asked["read"], write)
    landlock.restrict([*read, "/proc"], [*write, *DEVICES, *_SHARED], listed(), network=True)
    namespaces.drop_rights()


def enter(rung: str, asked: Mapping[str, Any]) -> None:
    """Seal this process without a namespace.

    Parameters
    ----------
    rung : str
        ``landlock`` or ``audit``.
    asked : mapping
        ``read``, ``write``, and the ``port`` of a cluster.

    Raises
    ------
    OSError
        If the system refuses.

    Examples
    --------
    >>> enter.__name__
    'enter'
    """
    read, write, port = [*interpreter(), *asked["read"]], list(asked["write"]), asked.get("port")
    if rung == LANDLOCK:
        if landlock.version() == 0:
            raise OSError("this system has no landlock")
        landlock.restrict([*read, *OWN_PROCESS], [*write, *DEVICES, *_SHARED], listed(), port=port)
    else:
        audit.watch_files([*read, *write, *DEVICES, "/proc", "/dev/fd", *_SHARED])
    audit.watch_network(write, cluster=port is not None)
