"""Make the project's virtual environment from a hash-locked list, with nothing but python3.

Called by the Makefile as ``python3 tools/setup.py core`` (library and JupyterLab) or ``all`` (tests and docs too).
The environment is made again only when the lock, the package metadata or the interpreter changed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv"
FIRST_FIT = """
from ctresearch.prevalence import CaptureHistories, LogLinear
LogLinear("bic").fit(CaptureHistories.from_published("uk-2013"))
"""
PYTHON = ENVIRONMENT / "bin" / "python"
UV = ENVIRONMENT / "bin" / "uv"
LOCKS = {"core": "requirements-core.lock", "all": "requirements.lock"}


def main() -> None:
    """Bring ``.venv`` to the state the chosen lock describes."""
    which = sys.argv[1] if len(sys.argv) == 2 else ""
    if which not in LOCKS:
        sys.exit(f"setup.py takes one word, got {sys.argv[1:]}: must be one of {', '.join(LOCKS)}")
    if sys.version_info < (3, 11):  # noqa: UP036  # this file is what tells users of an older Python
        sys.exit(f"python3 is {sys.version.split()[0]}, must be 3.11 or later: run `make PYTHON=python3.13 ...`")
    state = ENVIRONMENT / "setup.txt"
    done = state.read_text().split() if state.exists() else []
    if _fingerprint(which) in done or _fingerprint("all") in done:
        return
    if not UV.exists() or not _same_python():
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        _run(sys.executable, "-m", "venv", "--without-pip", str(ENVIRONMENT))
        _install_uv()
    print(f"Installing {LOCKS[which]} into .venv ...", flush=True)
    _run(str(UV), "pip", "sync", "--quiet", "--python", str(PYTHON), LOCKS[which], "requirements-uv.lock")
    _run(str(UV), "pip", "install", "--quiet", "--python", str(PYTHON), "--no-deps", "--no-build-isolation",
         "--editable", ".")  # fmt: skip
    print("Compiling what a first estimate needs, so that nobody waits for it later ...", flush=True)
    _run(str(PYTHON), "-W", "ignore", "-c", FIRST_FIT)
    state.write_text(_fingerprint(which) + "\n")


def _install_uv() -> None:
    """Put the locked installer into the new environment, by whichever pip there is."""
    if importlib.util.find_spec("pip"):
        pip = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    elif importlib.util.find_spec("ensurepip"):
        _run(str(PYTHON), "-m", "ensurepip", "--default-pip")
        pip = [str(PYTHON), "-m", "pip"]
    else:
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        sys.exit(
            "python3 has neither pip nor ensurepip: on Debian and Ubuntu run `apt-get install python3-venv`, then again"
        )
    _run(*pip, "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", "requirements-uv.lock")


def _fingerprint(which: str) -> str:
    """Hash all that the environment depends on."""
    digest = hashlib.sha256(f"{which} {sys.version} {ROOT}".encode())
    for name in (LOCKS[which], "requirements-uv.lock", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _same_python() -> bool:
    """Say whether the environment runs the interpreter that was asked for."""
    asked = subprocess.run(
        [str(PYTHON), "-c", "import sys; print(sys.version)"], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() == sys.version.strip()


def _run(*command: str) -> None:
    """Run one step in the project root; its own message stands if it fails."""
    clean = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}}
    clean["TQDM_DISABLE"] = "1"
    done = subprocess.run(command, cwd=ROOT, env=clean, check=False)
    if done.returncode:
        sys.exit(
            f"set-up stopped at `{' '.join(command[:4])} ...` (exit {done.returncode}); see the message above, then run"
            " make again"
        )


if __name__ == "__main__":
    main()
