"""Settings for ``make slides``: the lessons as slides of 1280 by 720, run while they are made.

Where there is no network: ``npm install reveal.js@4 requirejs`` once, and name that folder in ``CTRESEARCH_SLIDES``;
the pages then need nothing from outside.
"""

import os
from pathlib import Path

c = get_config()  # noqa: F821  (nbconvert defines it)
c.NbConvertApp.export_format = "slides"
c.SlidesExporter.extra_template_basedirs = [str(Path(__file__).resolve().parent)]
c.SlidesExporter.template_name = "slides"
c.SlidesExporter.reveal_width, c.SlidesExporter.reveal_height = "1280", "720"
c.SlidesExporter.reveal_number = "c/t"
c.ExecutePreprocessor.enabled = True
c.ExecutePreprocessor.timeout = 300
if place := os.environ.get("CTRESEARCH_SLIDES"):
    scripts = Path(place).resolve() / "node_modules"
    c.SlidesExporter.reveal_url_prefix = (scripts / "reveal.js").as_uri()
    c.SlidesExporter.require_js_url = (scripts / "requirejs" / "require.js").as_uri()
