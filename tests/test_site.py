"""The site holds what it promises: pages that run, links that lead somewhere, pages that everybody can use."""

import importlib
import inspect
import json
import os
import re
import resource
import subprocess
import sys
import urllib.parse
from pathlib import Path

import pytest

from browser import in_browser, need_axe, open_page

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
EXECUTED = [DOCS / "start.md", *sorted(p for p in (DOCS / "questions").glob("*.md") if p.stem != "index")]
QUESTIONS = {p.stem for p in EXECUTED} - {"start"}
PAGES_FOR_EVERYBODY = [
    "index", "start", "questions/index", "questions/hidden-victims", "questions/policy", "questions/criminal-groups",
    "questions/data-protection", "questions/citable-study", "methods/index", "methods/LogLinear", "methods/Pool", "methods/prevalence",
    "evidence/index", "evidence/reliability", "gallery/index", "gallery/uk-2013-prevalence", "sheets/prevalence", "peers",
    "guide/release", "api/ctresearch.prevalence.LogLinear", "glossary",
]  # fmt: skip
MOST_SECONDS = 2 * 180  # three minutes of two cores
DOI = re.compile(r"10\.\d{4,9}/[-._;()/:<>A-Za-z0-9+]+")


@pytest.fixture(scope="module")
def docs(request):
    """Make the modules that write pages importable, and nothing else of theirs."""
    sys.path.insert(0, str(DOCS))
    yield importlib.import_module
    sys.path.remove(str(DOCS))


def cells_of(page):
    return "\n".join(re.findall(r"^```\{code-cell\} python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL))


LIGHT = {"start", "qualitative", "regional-view", "routes-and-trends", "data-protection"}  # the others compile kernels


@pytest.mark.parametrize(
    "page", [pytest.param(p, marks=[] if p.stem in LIGHT else pytest.mark.slow, id=p.stem) for p in EXECUTED]
)
def test_the_code_of_a_page_runs(page, monkeypatch, capsys):
    monkeypatch.chdir(page.parent)
    exec(compile(cells_of(page), page.name, "exec"), {})


def test_ten_questions_are_asked_and_each_says_what_may_and_may_not_be_concluded():
    listed = re.findall(r"^([a-z-]+)$", (DOCS / "questions" / "index.md").read_text(), re.MULTILINE)
    assert len(listed) == 10
    assert set(listed) == QUESTIONS
    for page in EXECUTED[1:]:
        text = page.read_text()
        assert "*May:*" in text, page.stem
        assert "*May not:*" in text, page.stem
        assert "## Go on" in text, page.stem
        assert ".plot" in text or "plot." in text or "plot_" in text or "SVG(" in text, page.stem


def ways_to_start():
    """Return the commands and cells of each way on the page that counts them."""
    text = (DOCS / "start.md").read_text().partition("# From installation")[2]
    notebook, terminal = text.split("## In a terminal")
    return (
        [*re.findall(r"^\$ (.*)$", notebook, re.MULTILINE), *re.findall(r"^```\{code-cell\}", notebook, re.MULTILINE)],
        re.findall(r"^\$ (.*)$", terminal, re.MULTILINE),
    )


def test_the_first_own_estimate_takes_at_most_five_steps_and_the_page_counts_them():
    notebook, terminal = ways_to_start()
    numbers = {"three": 3, "four": 4, "five": 5}
    text = (DOCS / "start.md").read_text()
    told = [numbers[word] for word in re.findall(r"^## In a \w+: (\w+) steps", text, re.MULTILINE)]
    assert told == [len(notebook), len(terminal)]
    assert max(told) <= 5


@pytest.mark.slow
def test_the_commands_of_the_first_estimate_run(tmp_path):
    table = re.findall(r"^```text\n(.*?)^```", (DOCS / "start.md").read_text(), re.MULTILINE | re.DOTALL)[0]
    (tmp_path / "lists.csv").write_text(table)
    place = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    said = ""
    for command in ways_to_start()[1]:
        if "pip install" not in command:  # the environment of the tests stands for it
            done = subprocess.run(
                command, shell=True, cwd=tmp_path, env=place, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
            said = done.stdout
    assert "Estimated population: about" in said
    assert Path(said.strip().rpartition(" ")[2]).exists()


def test_dois_have_their_form():
    texts = {
        p: p.read_text() for p in [*DOCS.glob("*.md"), *DOCS.glob("*/*.md"), ROOT / "GLOSSARY.md", ROOT / "README.md"]
    }
    texts |= {p: p.read_text() for p in (ROOT / "src").rglob("*.py")}
    found = 0
    for path, text in texts.items():
        for said in re.findall(r"(?:doi\.org/|doi:)(10[^\s\"'`>\])]*[^\s\"'`>\]),.;])", text):
            found += 1
            assert DOI.fullmatch(said), (path.name, said)
    assert found > 300


def test_no_committed_notebook_carries_an_output():
    for path in ROOT.glob("notebooks/**/*.ipynb"):
        cells = json.loads(path.read_text())["cells"]
        assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells), path.name


def parameters_of(thing):
    try:
        return [name for name in inspect.signature(thing).parameters if name not in {"self", "args", "kwargs"}]
    except (TypeError, ValueError):
        return []


def raises_itself(thing):
    """Say whether the body of a function raises or checks what it is given."""
    return bool(re.search(r"^\s+raise [A-Z]", inspect.getsource(thing), re.MULTILINE))


def missing_sections(one):
    """Return the sections that the docstring of a public name ought to have and has not."""
    thing, said = one.thing, inspect.getdoc(one.thing) or ""
    there = set(re.findall(r"^(\w+)\n-{3,}$", said, re.MULTILINE))
    is_function = not isinstance(thing, type)
    wanted = {"Examples"}
    if parameters_of(thing) and "Attributes" not in there:
        wanted.add("Parameters")
    if is_function and "Yields" not in there:
        wanted.add("Returns")
    if (is_function and raises_itself(thing)) or one.is_estimator:
        wanted.add("Raises")
    if one.is_estimator:
        wanted.add("References")
    return wanted - there


def undocumented_parameters(one):
    """Return the parameters that neither the docstring of a public name nor that of what it extends speaks of."""
    kinds = one.thing.__mro__[:-1] if isinstance(one.thing, type) else (one.thing,)
    texts = [
        text for kind in kinds for text in re.split(r"^\s*(?=\w+\n\s*-{3,}$)", kind.__doc__ or "", flags=re.MULTILINE)
    ]
    told = "\n".join(inspect.cleandoc(text) for text in texts if text.startswith(("Parameters", "Attributes")))
    heads = {
        name.strip(" *") for line in told.splitlines() if line[:1].strip() for name in line.split(" : ")[0].split(",")
    }
    return [name for name in parameters_of(one.thing) if not name.startswith("_") and name not in heads]


NO_METHOD_OF_ITS_OWN = {"DesignPlan"}  # it calls methods, which are cited by them


def test_every_public_name_is_documented_whole(docs):
    rooms = docs("rooms")
    names = [one for room in rooms.rooms() for one in rooms.public(room) if not one.is_protocol]
    assert len(names) > 500
    assert {one.path: gone for one in names if (gone := undocumented_parameters(one))} == {}
    found = {one.path: gone for one in names if (gone := missing_sections(one))}
    cited = {path: gone for path, gone in found.items() if path.rpartition(".")[2] in NO_METHOD_OF_ITS_OWN}
    assert all(gone == {"References"} for gone in cited.values())
    assert {path: gone for path, gone in found.items() if path not in cited} == {}


@pytest.mark.slow
def test_each_method_has_a_page_with_what_the_template_asks(docs):
    methods, rooms = docs("methods"), docs("rooms")
    names = {one.name for one in rooms.estimators()}
    assert set(methods.added()) <= names
    for one in rooms.estimators():
        text = methods.page_of(one)
        for part in ("What it does", "What it checks", "Evidence", "Limits", "Example"):
            assert f"\n{part}\n---" in text or part == "What it checks", (one.name, part)
    tables = {table.name for table in docs("evidence").every()}
    assert {name for more in methods.added().values() for name in more.get("evidence", [])} <= tables


@pytest.mark.slow
def test_each_formula_can_be_set_without_a_script(docs):
    from ctresearch.studies.shown.formula import formula_svg

    assert [
        name
        for name, one in docs("methods").added().items()
        if "formula" in one and formula_svg(one["formula"]) is None
    ] == []


def test_each_committed_table_is_evidence_with_a_script(docs):
    evidence = docs("evidence")
    assert {one.name for one in evidence.every()} == {p.stem for p in (ROOT / "benchmarks/results").glob("*.csv")}
    assert [one.name for one in evidence.every() if not one.script] == []
    assert {one.kind for one in evidence.every()} == set(evidence.KINDS)


def test_each_room_has_a_sheet_with_a_recipe(docs):
    sheets, rooms = docs("sheets"), docs("rooms")
    for room in rooms.rooms():
        if "." not in room and room not in sheets.LEFT_OUT:
            assert sheets.recipe(room), room


def test_each_study_and_notebook_is_in_the_gallery(docs):
    gallery = docs("gallery")
    assert {one.name for one in gallery.studies()} == {p.parent.name for p in ROOT.glob("studies/*/study.toml")}
    taught = {p.stem for p in ROOT.glob("notebooks/*.ipynb") if p.stem.startswith(("tutorial_", "lesson_", "welcome"))}
    assert set(gallery.notebooks()) == {p.stem for p in ROOT.glob("notebooks/*.ipynb")} - taught
    for one in gallery.studies():
        if one.bundle:
            assert one.headline or not any(
                output["kind"] == "estimate" for output in one.manifest["outputs"].values()
            ), one.name


def test_the_comparison_with_peers_has_fifteen_points_and_a_page_for_each():
    rows = re.findall(r"^\| +\d+ \| .*$", (DOCS / "peers.md").read_text(), re.MULTILINE)
    assert len(rows) >= 15
    assert all(re.search(r"\]\([a-z/-]+\.(md|rst)\)", row) for row in rows)
    claims = [cell.strip() for row in rows for cell in row.strip("| ").split("|")[3:]]
    assert all(re.match(r"`docs/[\w ./-]+\.(rst|md|qmd|ipynb)`", cell) or cell == "–" for cell in claims), claims
    assert "## Where they do better" in (DOCS / "peers.md").read_text()


def test_this_version_is_in_the_switch():
    import ctresearch

    assert json.loads((DOCS / "versions.json").read_text())[0]["name"] == ctresearch.__version__


def test_binder_installs_what_conda_users_install():
    ours = (ROOT / "environment.yml").read_text().splitlines()
    binder = (ROOT / ".binder" / "environment.yml").read_text().splitlines()
    wanted = [line for line in ours if line.startswith("  - ") and line != "  - pip:"]
    assert [line for line in binder if line.startswith("  - ")] == wanted
    assert os.access(ROOT / ".binder" / "postBuild", os.X_OK)


def ten_pages():
    return re.findall(
        r"^\| +\d+ \| (?:\[([\w/-]+)\]|.*`(search\.html\?q=\w+)`)", (DOCS / "screenshots.md").read_text(), re.MULTILINE
    )


def test_ten_pages_are_looked_at_before_a_release():
    assert len(ten_pages()) == 10


# The rest reads the pages that were built.


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """Build the site once, as `make docs` does, and say how that went."""
    out = tmp_path_factory.mktemp("site") / "html"
    words = ["-W", "--keep-going", "-q", "-j", "2", "-b", "html", str(DOCS), str(out)]
    quiet = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
    }
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *words], capture_output=True, text=True, check=False, env=quiet
    )
    assert done.returncode == 0, done.stderr[-3000:]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert spent < MOST_SECONDS, "processor time, of a machine with two cores that does nothing else"
    return out


@pytest.mark.slow
def test_every_link_and_anchor_leads_somewhere(built):
    pages = {p: p.read_text(encoding="utf-8") for p in built.rglob("*.html") if "reports" not in p.parts}
    anchors = {
        p: {urllib.parse.unquote(name) for name in re.findall(r'\bid="([^"]+)"', text)} for p, text in pages.items()
    }
    lost = set()
    for page, text in pages.items():
        for kind, target in set(re.findall(r'\b(href|src)="([^"]+)"', text)):
            if re.match(r"[a-z]+:|//|data:", target):
                continue
            path, _, anchor = target.partition("#")
            file = page if not path else (page.parent / urllib.parse.unquote(path.partition("?")[0])).resolve()
            file = file / "index.html" if file.is_dir() else file
            if not file.exists() or (
                anchor and file in anchors and urllib.parse.unquote(anchor) not in anchors[file] | {"svg-arrow-right"}
            ):
                lost.add((str(page.relative_to(built)), kind, target))
    assert sorted(lost)[:20] == []


@pytest.mark.slow
def test_each_plot_directive_and_each_cell_that_draws_left_a_picture(built):
    asked = sum(
        p.read_text().count(".. plot::")
        for p in [*DOCS.glob("*.md"), *DOCS.glob("guide/*.md"), DOCS / "evidence" / "index.md"]
    )
    drawn = [p.name for p in (built / "_images").glob("*.svg")]
    assert len(drawn) >= asked > 0
    for page in EXECUTED[1:]:
        assert "_images/" in (built / "questions" / f"{page.stem}.html").read_text(), page.stem


@in_browser
@pytest.mark.parametrize("name", PAGES_FOR_EVERYBODY)
def test_everybody_can_use_the_page(built, name):
    need_axe()
    with open_page(built / f"{name}.html", (1280, 900)) as page:
        thrown = list(page.errors)  # before axe asks for style sheets, which pages of files may not be asked for
        for theme in ("light", "dark"):
            page.evaluate(f"document.body.dataset.theme = '{theme}'; new Promise(r => setTimeout(() => r(0), 400))")
            assert page.violations() == {}, theme
        assert thrown == []


@in_browser
def test_guides_are_found_before_the_reference(built):
    with open_page(built / "search.html", (1280, 900)) as page:
        page.evaluate("Search.performSearch('interval'); 0")
        script = "new Promise(r => setTimeout(() => r([...document.querySelectorAll('ul.search li a')].map(a => a.getAttribute('href'))), 6000))"
        found = page.evaluate(script)
    folders = [href.split("/")[0] for href in found]
    assert len(found) > 10
    assert not {"api", "evidence"} & set(folders[:5]), found[:10]
    assert "api" in folders


@in_browser
def test_a_sheet_is_one_page_of_a4(built, tmp_path):
    from browser import CHROMIUM

    for sheet in sorted((built / "sheets").glob("*.html")):
        if sheet.stem == "index":
            continue
        pdf = tmp_path / f"{sheet.stem}.pdf"
        words = [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-pdf-header-footer",
            f"--print-to-pdf={pdf}",
            sheet.as_uri(),
        ]
        subprocess.run(words, capture_output=True, check=True, timeout=120)
        content = pdf.read_bytes()
        assert len(re.findall(rb"/Type\s*/Page\b", content)) == 1, sheet.stem
        sizes = {tuple(map(float, box.split())) for box in re.findall(rb"/MediaBox\s*\[([^\]]+)\]", content)}
        assert all(abs(x - 595) < 2 and abs(y - 842) < 2 for *_, x, y in sizes), sheet.stem
