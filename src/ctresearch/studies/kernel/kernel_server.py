"""Forks the kernels of runs: a process that has imported what every kernel needs, once, and runs no notebook itself.

A kernel costs its imports, most of a second, and a fork of this process has them already. It is as fresh as one
started anew: no notebook ran here, nothing of the library or of numpy is loaded, and environment, folder and session
are its own. Each line on standard input asks for a kernel or looks after one, and one line answers; the server ends
when standard input does, and its kernels with it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

sys.modules["debugpy"] = None  # type: ignore[assignment]  # nobody is there to use it, and it costs as much again

from ipykernel.kernelapp import IPKernelApp  # type: ignore[import-untyped, unused-ignore]  # noqa: E402


class RunKernelApp(IPKernelApp):  # type: ignore[misc, unused-ignore]
    """A kernel that ends with its server, and throws no output away when its reader is slow.

    Examples
    --------
    >>> RunKernelApp.init_iopub.__name__
    'init_iopub'
    """

    def init_iopub(self, context: Any) -> None:
        """Open the channel of outputs, without the mark above which the transport would drop them in silence.

        Parameters
        ----------
        context : zmq.Context
            Where sockets are made; what waits in them counts towards the memory that a run may hold.

        Examples
        --------
        >>> RunKernelApp.init_iopub.__name__
        'init_iopub'
        """
        context.sndhwm = 0
        super().init_iopub(context)  # type: ignore[no-untyped-call, unused-ignore]

    def init_shell(self) -> None:
        """Make the shell, which tells little of its errors where the run's data are not for everybody.

        Examples
        --------
        >>> RunKernelApp.init_shell.__name__
        'init_shell'
        """
        super().init_shell()  # type: ignore[no-untyped-call, unused-ignore]
        from ctresearch.studies.kernel.kernel_errors import guard

        guard(self.shell)


def serve() -> None:
    """Answer requests until standard input ends; a fork leaves by becoming a kernel.

    Examples
    --------
    >>> serve.__name__
    'serve'
    """
    for line in sys.stdin:
        request = json.loads(line)
        answer = _look(request["pid"]) if "pid" in request else _fork(request)
        if answer is None:
            RunKernelApp.launch_instance(argv=request["argv"], parent_handle=os.getppid())
            return
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _fork(request: dict[str, Any]) -> dict[str, Any] | None:
    """Fork, and answer with the process when it has a session of its own; ``None`` in the fork."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        _settle(request)
        os.close(ours)
        os.close(theirs)
        return None
    os.close(theirs)
    os.read(ours, 1)
    os.close(ours)
    return {"pid": pid}


def _settle(request: dict[str, Any]) -> None:
    """Give this process the session, folder, environment and log of a kernel."""
    os.setsid()
    nothing, log = os.open(os.devnull, os.O_RDONLY), os.open(request["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for handle, standard in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(handle, standard)
    os.close(nothing)
    os.close(log)
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    os.chdir(request["folder"])
    sys.path[0] = request["folder"]


def _look(pid: int) -> dict[str, Any]:
    """Say whether a kernel has ended, how, and after how many CPU seconds."""
    ended, status, used = os.wait4(pid, os.WNOHANG)
    if not ended:
        return {"exit": None}
    return {"exit": os.waitstatus_to_exitcode(status), "cpu": used.ru_utime + used.ru_stime}


if __name__ == "__main__":
    serve()
