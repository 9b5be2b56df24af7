"""Draw the ten pages that are looked at before a release: each wide and narrow, light and dark.

``python tools/screenshots.py`` after ``make docs``; the pictures go to ``docs/_build/screenshots``. With words, pages
whose names hold one of them. The list stands in ``docs/screenshots.md``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from browser import open_page  # noqa: E402  # the harness of the tests

SITE, OUT = ROOT / "docs" / "_build" / "html", ROOT / "docs" / "_build" / "screenshots"
SIZES = ((1280, 1400), (400, 1400))
ROW = re.compile(r"^\| +\d+ \| (?:\[([\w/-]+)\]|.*`search\.html\?q=(\w+)`)", re.MULTILINE)


def main(words: list[str]) -> None:
    """Draw the pages and say where they are."""
    OUT.mkdir(parents=True, exist_ok=True)
    for name, asked in ROW.findall((ROOT / "docs" / "screenshots.md").read_text(encoding="utf-8")):
        if words and not any(word in (name or "search") for word in words):
            continue
        for size in SIZES:
            for theme in ("light", "dark"):
                with open_page(SITE / f"{name or 'search'}.html", size) as page:
                    page.evaluate(f"document.body.dataset.theme = '{theme}'; 0")
                    wait = 3000 if asked else 300
                    page.evaluate(f"Search.performSearch('{asked}'); 0" if asked else "0")
                    page.evaluate(f"new Promise(r => setTimeout(() => r(0), {wait}))")
                    path = OUT / f"{(name or 'search').replace('/', '-')}-{size[0]}-{theme}.png"
                    print(page.screenshot(path).relative_to(ROOT))


if __name__ == "__main__":
    main(sys.argv[1:])
