"""The kernel of a run: this interpreter, fresh, alone and always set up the same way.

It talks over a private folder's sockets (no ports, so no clash), works with one linear-algebra thread, a fixed hash
seed, time zone and locale, and sees neither the user's IPython profile nor their matplotlib settings.
"""

from __future__ import annotations

import os
import sysconfig
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ctresearch.core.parallel import CLUSTER_VARIABLE, JOBS_VARIABLE
from ctresearch.studies.base.temporary import temporary_folder
from ctresearch.studies.door.current import FILE_VARIABLE, FOLDER_VARIABLE
from ctresearch.studies.kernel.opened import beside, interpreter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_THREADS = ("OMP", "OPENBLAS", "MKL", "BLIS", "NUMEXPR", "NUMBA")
FIXED = {
    "TQDM_DISABLE": "1",
    **{f"{library}_NUM_THREADS": "1" for library in _THREADS},
    "VECLIB_MAXIMUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONNOUSERSITE": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "SOURCE_DATE_EPOCH": "315532800",  # 1 January 1980, the earliest date a zip archive can hold
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
}
_OWN = {"HOME": "home", "TMPDIR": "tmp", "XDG_CACHE_HOME": "cache"}
"""Variables that lead a notebook to folders of its own, which nobody filled and nobody reads afterwards."""
CODE, ROOT, OUTPUTS = "code", "root", "outputs"
_PROVISIONER = "ctresearch-forked"


def environment(folder: Path, private: Path, *, jobs: int | None = None, cluster: str | None = None) -> dict[str, str]:
    """Return the environment variables of a kernel.

    Parameters
    ----------
    folder : pathlib.Path
        Where the notebook's outputs go.
    private : pathlib.Path
        The kernel's own folder, which holds the run file.
    jobs : int, optional
        Workers that the library's own parallel work may use.
    cluster : str, optional
        Address of a Dask scheduler for the library's own parallel work.

    Returns
    -------
    dict of str to str
        Everything that could change a result, fixed; nothing of the user's own environment.

    Examples
    --------
    >>> from pathlib import Path
    >>> environment(Path("out"), Path("private"))["PYTHONHASHSEED"]
    '0'
    """
    values = {**bare(), "USER": "ctresearch", "LOGNAME": "ctresearch"}
    values |= {name: str(private / own) for name, own in _OWN.items()}
    values[FILE_VARIABLE] = str(private / "run.json")
    values[FOLDER_VARIABLE] = str(folder)
    values["IPYTHONDIR"] = str(private / "ipython")
    values["MATPLOTLIBRC"] = str(private / "matplotlibrc")
    asked = os.environ.get(JOBS_VARIABLE, "")
    jobs = int(asked) if jobs is None and asked.isdecimal() else jobs
    for name, value in ((JOBS_VARIABLE, jobs), (CLUSTER_VARIABLE, cluster)):
        if value is not None:
            values[name] = str(value)
    return values


def bare() -> dict[str, str]:
    """Return the environment variables of the server of kernels, which a kernel could read in its own process.

    Returns
    -------
    dict of str to str
        What is fixed, and where libraries and this package are found; nothing else of the user's own.

    Examples
    --------
    >>> "PATH" in bare(), "MY_SECRET" in bare()
    (True, False)
    """
    values = {**FIXED, "PATH": os.pathsep.join([sysconfig.get_path("scripts"), "/usr/bin", "/bin"])}
    values["PYTHONPATH"] = beside(os.environ.get("PYTHONPATH", "").split(os.pathsep))
    for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"):
        used = [one for one in os.environ.get(name, "").split(os.pathsep) if one in interpreter()]
        values |= {name: os.pathsep.join(used)} if used else {}
    return values


@contextmanager
def private_folder(*, elsewhere: bool = False) -> Iterator[Path]:
    """Make the kernel's own folder: short enough for socket names, readable by its owner alone, gone afterwards.

    Parameters
    ----------
    elsewhere : bool
        Whether it lies below another folder than usual, so that a run that is made again sees other names.

    Yields
    ------
    pathlib.Path
        The folder: an empty ``matplotlibrc``, a folder ``work`` to run in, one for outputs, and those that stand in
        for the user's.

    Examples
    --------
    >>> with private_folder() as folder:
    ...     (folder / "work").is_dir()
    True
    """
    with temporary_folder(elsewhere=elsewhere) as folder:
        (folder / "matplotlibrc").touch()
        for name in ("work", CODE, ROOT, OUTPUTS, *_OWN.values()):
            (folder / name).mkdir()
        yield folder


def kernel_manager(private: Path) -> Any:
    """Return a manager that starts this interpreter as a kernel over sockets in a folder.

    Parameters
    ----------
    private : pathlib.Path
        The kernel's own folder.

    Returns
    -------
    jupyter_client.AsyncKernelManager
        Ready to start; whatever kernel the notebook names, it is this one.

    Examples
    --------
    >>> from pathlib import Path
    >>> manager = kernel_manager(Path("private"))
    >>> manager.transport
    'ipc'
    >>> manager.context.destroy()
    """
    from importlib.metadata import EntryPoint

    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from jupyter_client.provisioning.factory import KernelProvisionerFactory

    place = EntryPoint(_PROVISIONER, "ctresearch.studies.kernel.forked_kernel:ForkingProvisioner", "")
    KernelProvisionerFactory.instance().provisioners[_PROVISIONER] = place
    spec = KernelSpec(
        argv=["ctresearch-kernel", "-f", "{connection_file}"],
        display_name="Python 3",
        language="python",
        metadata={"kernel_provisioner": {"provisioner_name": _PROVISIONER}},
    )

    class OwnKernelManager(AsyncKernelManager):  # type: ignore[misc, unused-ignore]
        """Starts a fork of the interpreter the runner itself uses."""

        kernel_spec = spec

    manager = OwnKernelManager(kernel_name="python3", transport="ipc", connection_file=str(private / "k.json"))
    manager.context.rcvhwm = 0  # with the kernel's own mark off too, no output is dropped however slow we read
    return manager
