"""Forks the kernels of runs: a process that has imported what every kernel needs, once, and runs no notebook itself.

A kernel costs its imports, most of a second, and a fork of this process has them already. It is as fresh as one
started anew: no notebook ran here, nothing of the library or of numpy is loaded, and environment, folder and session
are its own. Each line on standard input asks for a kernel or looks after one, and one line answers; the server ends
when standard input does, and its kernels with it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

sys.modules["debugpy"] = None  # type: ignore[assignment]  # nobody is there to use it, and it costs as much again

from ipykernel.kernelapp import IPKernelApp  # type: ignore[import-untyped, unused-ignore]  # noqa: E402

from ctresearch.studies.kernel import namespaces  # noqa: E402
from ctresearch.studies.kernel.seal import AUDIT, LANDLOCK, NAMESPACES, enter, enter_namespace, for_all  # noqa: E402

_kernels: dict[int, str] = {}
"""Kernels that run, each with the rung of its seal."""


# What each kernel would import after its fork, and what a shell is made of.
for _name in (
    *("IPython.core.completerlib", "IPython.core.debugger", "IPython.extensions.storemagic", "ipykernel.debugger"),
    *("tornado.platform.asyncio", "tornado.queues", "ctresearch.studies.kernel.compile_again"),
    *("ctresearch.studies.kernel.kernel_errors", "ctresearch.studies.kernel.pace"),
    "ctresearch.studies.kernel.undeclared",
):
    importlib.import_module(_name)


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

    def init_io(self) -> None:
        """Put the streams in their place, and hold them to the pace at which they are read.

        Examples
        --------
        >>> RunKernelApp.init_io.__name__
        'init_io'
        """
        super().init_io()  # type: ignore[no-untyped-call, unused-ignore]
        from ctresearch.studies.kernel.pace import hold_back

        hold_back(self)

    def init_shell(self) -> None:
        """Make the shell, which tells little of its errors where the run's data are not for everybody.

        Examples
        --------
        >>> RunKernelApp.init_shell.__name__
        'init_shell'
        """
        super().init_shell()  # type: ignore[no-untyped-call, unused-ignore]
        from ctresearch.studies.kernel.compile_again import note_all_compiled
        from ctresearch.studies.kernel.kernel_errors import guard
        from ctresearch.studies.kernel.undeclared import note_errors

        guard(self.shell)
        note_errors(self.shell)
        note_all_compiled()


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


def _main() -> None:
    """Serve as a process of its own, which adopts what kernels leave behind and takes it along when it ends."""
    here = os.getpid()
    if sys.platform == "linux":
        namespaces.adopt()
    for_all()
    gc.freeze()  # what is here is here for good: no kernel need look through it, and so copy it
    serve()
    if os.getpid() == here:
        _end_strays()


def _fork(request: dict[str, Any]) -> dict[str, Any] | None:
    """Fork on the strongest rung that the system allows, and answer with the process; ``None`` in the fork."""
    refused: dict[str, str] = {}
    for rung in request["seal"]["rungs"] if "seal" in request else ("",):
        answer = _fork_on(rung, request)
        if answer is None:
            return None
        if isinstance(answer, int):
            _kernels[answer] = rung
            return {"pid": answer} | ({"rung": rung, "refused": refused} if rung else {})
        refused[rung] = answer
    return {"refused": refused}


def _fork_on(rung: str, request: dict[str, Any]) -> int | str | None:
    """Fork once, and return the process or what the system refused."""
    ours, told = os.pipe()
    wait, go = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        os.close(go)
        _become(rung, request, told, wait)
        os.close(told)
        os.close(wait)
        return None
    os.close(told)
    os.close(wait)
    with os.fdopen(ours, encoding="utf-8", errors="replace") as answers, os.fdopen(go, "wb", buffering=0) as word:
        said = answers.readline().split(maxsplit=1)
        if said[:1] == ["started"]:
            os.waitpid(pid, 0)  # now the first process of the namespace is a child of this one
            pid = int(said[1])
            word.write(b"g")
            said = answers.readline().split(maxsplit=1)
    if said[:1] == ["sealed"]:
        return pid
    os.waitpid(pid, 0)
    return said[1].strip() if len(said) > 1 else "it ended"


def _become(rung: str, request: dict[str, Any], told: int, wait: int) -> None:
    """Make this fork a kernel under a rung; it ends where the system refuses."""
    try:
        if rung == NAMESPACES:
            namespaces.leave()
            first = os.fork()
            if first:
                os.write(told, f"started {first}\n".encode())
                os._exit(0)
            if not os.read(wait, 1):
                os._exit(1)
            namespaces.end_with_parent()
        _settle(request)
        if rung == NAMESPACES:
            enter_namespace(request["seal"])
            kernel = os.fork()
            if kernel:
                os.write(told, b"sealed\n")
                os.close(told)
                os.close(wait)
                namespaces.keep(kernel)
            return
        if rung:
            enter(rung, request["seal"])
        os.write(told, b"sealed\n")
    except Exception as error:
        with contextlib.suppress(OSError):
            os.write(told, f"refused {type(error).__name__}: {error}\n".encode())
        os._exit(1)


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
    sys.path[:0] = [request["folder"], *request.get("code", ())]


def _look(pid: int) -> dict[str, Any]:
    """Say whether a kernel has ended, how, and after how many CPU seconds."""
    ended, status, used = os.wait4(pid, os.WNOHANG)
    if not ended:
        return {"exit": None}
    if _kernels.pop(pid, "") in {LANDLOCK, AUDIT} and not _kernels and sys.platform == "linux":
        _end_strays()
    return {"exit": os.waitstatus_to_exitcode(status), "cpu": used.ru_utime + used.ru_stime}


def _end_strays() -> None:
    """End the children of this process, which are what kernels left behind, and what those leave behind in turn."""
    while left := _children():
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _children() -> list[int]:
    """List the children of this process; those that a kernel left without a parent are among them."""
    found: list[int] = []
    if sys.platform != "linux":
        return found
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            if int(stat.read_bytes().rpartition(b")")[2].split()[1]) == os.getpid():
                found.append(int(stat.parent.name))
    return found


if __name__ == "__main__":
    _main()
