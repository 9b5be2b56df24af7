"""Pages in a real browser: what they show, ask for, complain of, and whether everybody can use them.

Chromium is driven through a pair of pipes by its own protocol, so that nothing needs to be installed beside it. The
rules of axe-core are a tool for these tests and no part of the package: ``npm install axe-core`` in the project's root,
or in any folder that ``CTRESEARCH_AXE`` names.

References
----------
.. [1] Chrome DevTools Protocol. https://chromedevtools.github.io/devtools-protocol/
.. [2] Deque Systems. axe-core. https://github.com/dequelabs/axe-core
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from patience import FAR, until

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
AXE = Path(os.environ.get("CTRESEARCH_AXE", ROOT)) / "node_modules" / "axe-core" / "axe.min.js"
# No sandbox: it needs rights that containers do not give, and the pages are our own.
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-extensions"]

_MODIFIERS = {"Alt": 1, "Control": 2, "Meta": 4, "Shift": 8}
_VIRTUAL = {"Backspace": 8, "Tab": 9, "Enter": 13, "Escape": 27, "Space": 32, "PageUp": 33, "PageDown": 34, "End": 35}
_VIRTUAL |= {"Home": 36, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Delete": 46, "F2": 113}

# The protocol wants its pipes at descriptors 3 and 4, which the process that runs the tests may itself be using.
_PLACE = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
)


def in_browser(test):
    """Mark a test as slow, and skip it where there is no browser."""
    missing = pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed, such as Debian's package chromium")
    return pytest.mark.slow(missing(test))


def need_axe():
    """Skip the rest of a test where axe-core is not installed."""
    if not AXE.exists():
        pytest.skip(f"{AXE.name} is not installed: run `npm install axe-core`, or name its folder in CTRESEARCH_AXE")


class Page:
    """A page that is open in a browser.

    ``errors`` holds what stands on its console as an error and what its scripts threw, ``asked`` every address it asked
    for but its own.
    """

    def __init__(self, browser, size):
        self._browser = browser
        self.errors, self.asked = [], []
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")
        shape = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False}
        self._call("Emulation.setDeviceMetricsOverride", **shape)

    def go(self, path):
        """Open a file, or an address of this machine, and wait until all of it is there."""
        self._own = path if isinstance(path, str) else path.as_uri()
        self._call("Page.navigate", url=self._own)
        self._browser.wait_for("Page.loadEventFired", self._hear)

    def evaluate(self, script):
        """Return the value of a JavaScript expression; a promise is waited for."""
        said = self._call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in said, said["exceptionDetails"]
        return said["result"].get("value")

    def press(self, key, code=0):
        """Press and let go a key."""
        for kind in ("rawKeyDown", "keyUp"):
            self._call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code)

    def strike(self, *strokes):
        """Strike keys one after the other, each as ``"Shift+ArrowRight"``, the way a person's keyboard sends them."""
        for stroke in strokes:
            *held, key = stroke.split("+")
            letter = len(key) == 1 and key.isalnum()
            known = ord(key.upper()) if letter else _VIRTUAL[key]
            said = {
                "key": " " if key == "Space" else key.lower() if letter else key,
                "code": ("Digit" + key if key.isdigit() else "Key" + key.upper()) if letter else key,
                "windowsVirtualKeyCode": known,
                "modifiers": sum(_MODIFIERS[one] for one in held),
            }
            for kind in ("rawKeyDown", "keyUp"):
                self._call("Input.dispatchKeyEvent", type=kind, **said)

    def write(self, words):
        """Put words where the focus is, as a keyboard or another way of writing does."""
        self._call("Input.insertText", text=words)

    def prefer(self, **features):
        """Let the browser say what its user prefers, such as ``prefers_color_scheme="dark"``."""
        told = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self._call("Emulation.setEmulatedMedia", features=told)

    def resize(self, width, height):
        """Give the window another size."""
        shape = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._call("Emulation.setDeviceMetricsOverride", **shape)

    def download(self, folder, *strokes):
        """Strike keys after which a file comes down, and return it once it is whole."""
        before = set(folder.iterdir())
        self._browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
        self.strike(*strokes)
        come = lambda: [one for one in folder.iterdir() if one not in before and one.suffix != ".crdownload"]  # noqa: E731
        found = until(come, "a file")
        return found[0]

    def screenshot(self, path):
        """Save what the window shows as a PNG."""
        path.write_bytes(base64.b64decode(self._call("Page.captureScreenshot", format="png")["data"]))
        return path

    def violations(self):
        """Return each rule of axe-core that the page breaks, with the elements that break it."""
        need_axe()
        self.evaluate(AXE.read_text(encoding="utf-8") + "; 0")
        found = self.evaluate("axe.run().then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html)]))")
        return dict(found)

    def _call(self, method, **options):
        return self._browser.call(method, self._session, self._hear, **options)

    def _hear(self, event):
        """Keep what an event says of errors and requests."""
        said = event["params"]
        match event["method"]:
            case "Runtime.exceptionThrown":
                self.errors.append(said["exceptionDetails"]["text"])
            case "Runtime.consoleAPICalled" if said["type"] in {"error", "assert"}:
                self.errors.append(" ".join(str(one.get("value", "")) for one in said["args"]))
            case "Log.entryAdded" if said["entry"]["level"] == "error":
                self.errors.append(said["entry"]["text"])
            case "Network.requestWillBeSent" if said["request"]["url"] != self._own:
                self.asked.append(said["request"]["url"])


class _Browser:
    """Calls and events of the protocol: one JSON text after another, each ended by a zero byte."""

    def __init__(self, words, answers):
        self._words, self._answers, self._number = words, answers, 0

    def call(self, method, session=None, hear=None, **options):
        self._number += 1
        message = {
            "id": self._number,
            "method": method,
            "params": options,
            **({"sessionId": session} if session else {}),
        }
        self._words.write(json.dumps(message).encode() + b"\0")
        self._words.flush()
        while True:
            said = self._next()
            if said.get("id") == self._number:
                assert "error" not in said, (method, said["error"])
                return said["result"]
            self._pass_on(said, hear)

    def wait_for(self, method, hear):
        while (said := self._next()).get("method") != method:
            self._pass_on(said, hear)

    def _pass_on(self, said, hear):
        if hear is not None and "method" in said:
            hear(said)

    def _next(self):
        text = bytearray()
        while (byte := self._answers.read(1)) != b"\0":
            assert byte, "the browser ended"
            text += byte
        return json.loads(text)


@contextmanager
def open_page(content, size=(900, 900)):
    """Open a page, given as a file or as HTML, in a browser of its own.

    Parameters
    ----------
    content : pathlib.Path or str
        A file, the text of a page, or an address of this machine.
    size : tuple of int
        Width and height of the window in pixels.

    Yields
    ------
    Page
        The page, with everything on it loaded.
    """
    with tempfile.TemporaryDirectory(prefix="ctresearch-browser-", ignore_cleanup_errors=True) as place:
        path = content
        if isinstance(content, str) and not content.startswith("http://127.0.0.1:"):
            path = Path(place) / "page.html"
            path.write_text(content, encoding="utf-8")
        with _browser(Path(place) / "profile") as browser:
            page = Page(browser, size)
            page.go(path if isinstance(path, str) else path.resolve())
            yield page


@contextmanager
def _browser(profile):
    """Start a browser that reads its calls from descriptor 3 and answers on 4, and end it afterwards."""
    (theirs, words), (answers, ours) = os.pipe(), os.pipe()
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "--remote-debugging-pipe"]
    placed = [sys.executable, "-c", _PLACE, str(theirs), str(ours), *command]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(placed, pass_fds=(theirs, ours), **quiet)
    far = threading.Timer(FAR, process.kill)
    far.start()
    os.close(theirs)
    os.close(ours)
    try:
        with os.fdopen(words, "wb") as writing, os.fdopen(answers, "rb") as reading:
            yield _Browser(writing, reading)
    finally:
        far.cancel()
        process.kill()
        process.wait()
