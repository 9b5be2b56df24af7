"""JupyterLab on this machine alone, for tests that drive it in a browser."""

import json
import os
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager

from patience import until

SEEN = """(() => {
  const cells = [...document.querySelectorAll('.jp-Notebook .jp-CodeCell')];
  return JSON.stringify(cells.map(c => [
    c.querySelector('.jp-InputPrompt').textContent.trim(),
    c.querySelectorAll('.jp-OutputArea-output img, .jp-OutputArea-output svg').length,
    c.querySelector('.jp-OutputArea') ? c.querySelector('.jp-OutputArea').innerText : '',
    c.querySelectorAll('progress, .widget-progress, .progress, .jupyter-widget-hprogress, .progress-bar').length,
  ]));
})()"""
"""Of each cell of code: its prompt, how many pictures, what its outputs say, and how many bars."""

IDLE = "!!document.querySelector('.jp-Notebook-ExecutionIndicator[data-status=\"idle\"]')"
DARK = '{"theme": "JupyterLab Dark"}'


@contextmanager
def lab(folder, home, *options, theme=None, **environment):
    """Serve a folder by JupyterLab, with settings in a home of its own; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [
        f"--port={port}",
        "--port-retries=0",
        "--no-browser",
        "--IdentityProvider.token=",
        f"--notebook-dir={folder}",
    ]
    if theme:
        place = home / ".config" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
        place.mkdir(parents=True)
        (place / "themes.jupyterlab-settings").write_text(theme)
    private = {f"JUPYTER_{name}_DIR": str(home / f".{name.lower()}") for name in ("CONFIG", "DATA", "RUNTIME")}
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--allow-root", *options, *words],
        cwd=folder,
        env=os.environ | private | {"HOME": str(home)} | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _answers(f"{address}/api"), "the server")
        yield address
    finally:
        server.terminate()
        server.wait()


def cells(page):
    """Return what is seen of the cells of code."""
    return json.loads(page.evaluate(SEEN))


def launch(page, title):
    """Click the first card of the launcher that has a title."""
    cards = f"[...document.querySelectorAll('.jp-LauncherCard')].filter(c => c.innerText.trim() === '{title}')"
    until(lambda: page.evaluate(f"{cards}.length > 0"), f"the card {title}")
    page.evaluate(f"{cards}[0].click(); 0")


def _answers(address):
    try:
        with urllib.request.urlopen(address) as answer:
            return answer.status == 200
    except OSError:
        return False
