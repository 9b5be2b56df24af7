"""Kernels that a server forks, as jupyter_client wants to handle them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import weakref
from functools import cache
from typing import TYPE_CHECKING, Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from ctresearch.studies.kernel.seal import NAMESPACES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TURNS, _PAUSE = 200, 0.01


class KernelServer:
    """The process that forks the kernels of this one.

    Parameters
    ----------
    environment : mapping of str to str
        The server's environment variables; each kernel gets its own.

    Examples
    --------
    >>> server = KernelServer(os.environ)
    >>> server.ask({"argv": ["kernel", "--version"], "environment": {}, "folder": "/", "log": os.devnull})["pid"] > 0
    True
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        command = [sys.executable, "-P", "-m", "ctresearch.studies.kernel.kernel_server"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, env=dict(environment), text=True, start_new_session=True
        )
        self._turn = threading.Lock()
        weakref.finalize(self, _end, self._process)

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Send one request and wait for the answer.

        Parameters
        ----------
        request : mapping
            ``argv``, ``environment``, ``folder`` and ``log`` for a new kernel, ``seal`` for a sealed one, ``code`` for
            folders to import from; ``pid`` to look after one.

        Returns
        -------
        dict
            ``pid`` of the new kernel, and the ``rung`` of its seal; or ``exit``, ``None`` while it runs, and then its
            ``cpu`` seconds.

        Raises
        ------
        RuntimeError
            If the server is not there; the message is its last word.

        Examples
        --------
        >>> KernelServer({"PYTHONHOME": "/nowhere"}).ask({"pid": 1})
        Traceback (most recent call last):
        ...
        RuntimeError: the server of kernels ended: ...
        """
        try:
            with self._turn:
                self._stream("stdin").write(json.dumps(dict(request)) + "\n")
                self._stream("stdin").flush()
                answer: dict[str, Any] = json.loads(self._stream("stdout").readline())
        except (OSError, ValueError):
            self._process.kill()
            words = self._stream("stderr").read().strip().rpartition("\n")[2]
            raise RuntimeError(f"the server of kernels ended: {words}") from None
        return answer

    @property
    def alive(self) -> bool:
        """Whether the server can be asked."""
        return self._process.poll() is None

    def _stream(self, name: str) -> Any:
        """Return one of the pipes to the server."""
        return getattr(self._process, name)


def _end(process: subprocess.Popen[str]) -> None:
    """Let a server end: at the end of its input it leaves, and its kernels do."""
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    process.wait()


class ForkedKernel:
    """A kernel that a server forked, with what is asked of :class:`subprocess.Popen`.

    Parameters
    ----------
    server : KernelServer
        The server.
    argv : sequence of str
        Words of the kernel's command line.
    environment : mapping of str to str
        Its environment variables.
    folder, log : str
        Where it works, and the file for what it writes past the notebook.
    more : mapping, optional
        ``seal`` and ``code`` of the request.

    Raises
    ------
    RuntimeError
        If the server could not start it.

    Examples
    --------
    >>> ForkedKernel(KernelServer(os.environ), ["kernel", "--version"], {}, "/", os.devnull).wait()
    0
    """

    stdin = stdout = stderr = None

    def __init__(
        self,
        server: KernelServer,
        argv: Sequence[str],
        environment: Mapping[str, str],
        folder: str,
        log: str,
        *,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        request = {"argv": list(argv[1:]), "environment": dict(environment), "folder": folder, "log": log}
        answer = server.ask(request | dict(more or {}))
        if "pid" not in answer:
            raise RuntimeError(f"the system refused to start a kernel: {answer['refused']}")
        self.pid = int(answer["pid"])
        self.rung: str = answer.get("rung", "")
        self.refused: dict[str, str] = answer.get("refused", {})
        self.cpu_seconds = 0.0
        self._server = server
        self._exit: int | None = None

    def poll(self) -> int | None:
        """Return the exit code.

        Returns
        -------
        int or None
            ``None`` while it runs.

        Examples
        --------
        >>> ForkedKernel.poll.__name__
        'poll'
        """
        if self._exit is None:
            answer = self._server.ask({"pid": self.pid}) if self._server.alive else {"exit": 1}
            self._exit = answer["exit"]
            self.cpu_seconds = answer.get("cpu", 0.0)
        return self._exit

    def wait(self) -> int:
        """Wait for the end.

        Returns
        -------
        int
            The exit code.

        Examples
        --------
        >>> ForkedKernel.wait.__name__
        'wait'
        """
        pause = threading.Event()
        while (code := self.poll()) is None:
            pause.wait(0.02)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the kernel has ended.

        Parameters
        ----------
        number : int
            The signal.

        Examples
        --------
        >>> ForkedKernel.send_signal.__name__
        'send_signal'
        """
        if self.poll() is None:
            os.kill(self.pid, number)


class ForkingProvisioner(LocalProvisioner):  # type: ignore[misc, unused-ignore]
    """Has a server fork the kernel where jupyter_client would start a process.

    Examples
    --------
    >>> ForkingProvisioner.launch_kernel.__name__
    'launch_kernel'
    """

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start the kernel.

        Parameters
        ----------
        cmd : list of str
            Words of its command line.
        **kwargs : object
            ``env``, ``cwd`` and ``stdout``, a file with a name; ``more`` that the request holds.

        Returns
        -------
        dict
            How to connect to it.

        Examples
        --------
        >>> ForkingProvisioner.launch_kernel.__name__
        'launch_kernel'
        """
        environment = kwargs["env"]
        server = kernel_server(os.getpid(), environment["PYTHONPATH"])
        if not server.alive:
            kernel_server.cache_clear()
            server = kernel_server(os.getpid(), environment["PYTHONPATH"])
        kernel = ForkedKernel(server, cmd, environment, kwargs["cwd"], kwargs["stdout"].name, more=kwargs.get("more"))
        self.process = kernel  # type: ignore[assignment, unused-ignore]
        self.pid = self.pgid = kernel.pid
        self.cwd = kwargs["cwd"]
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:
        """End the kernel: through the first process of its namespace, which counts what it used, or at once.

        Parameters
        ----------
        restart : bool
            Whether it is to be started anew.

        Examples
        --------
        >>> ForkingProvisioner.kill.__name__
        'kill'
        """
        if isinstance(self.process, ForkedKernel) and self.process.rung == NAMESPACES:
            self.process.send_signal(signal.SIGTERM)
            for _ in range(_TURNS):
                if self.process.poll() is not None:
                    return
                await asyncio.sleep(_PAUSE)
        await super().kill(restart)


@cache
def kernel_server(process: int, python_path: str) -> KernelServer:
    """Return the server of kernels of a process, started at its first kernel.

    Parameters
    ----------
    process : int
        Id of this process; a fork of it has a server of its own.
    python_path : str
        Folders that a kernel imports from, beyond those of the interpreter.

    Returns
    -------
    KernelServer
        The server; it ends with this process.

    Examples
    --------
    >>> kernel_server(os.getpid(), "").alive
    True
    """
    from ctresearch.studies.kernel.kernel import bare

    return KernelServer({**bare(), "PYTHONPATH": python_path})
