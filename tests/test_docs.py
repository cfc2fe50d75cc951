"""The handbook: up to date, its examples run as shown, its links lead somewhere."""

import doctest
import importlib.util
import re

import pytest

import xjranalysis as xjr
from xjranalysis.resources import ROOT

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
pytestmark = pytest.mark.skipif(not DOCS.exists(), reason="needs the checkout")


@pytest.fixture(scope="module")
def build():
    spec = importlib.util.spec_from_file_location("docs_build", DOCS / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=PAGES, ids=lambda path: path.stem)
def page(request):
    return request.param


def text_of(path):
    return path.read_text(encoding="utf-8")


def prose(path):
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", text_of(path), flags=re.DOTALL | re.MULTILINE)


def test_generated_parts_are_up_to_date(build, page):
    """Run `make docs` if this fails."""
    assert text_of(page) == build.renewed(text_of(page))


def test_every_page_is_built(build):
    assert sorted(build.PAGES) == [path.stem for path in PAGES]


def test_examples_run_as_shown(page, tmp_path, monkeypatch):
    """In order, in one namespace a page: those with >>> give what is shown below them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    names = {}
    for block in re.finditer(r"^```python\n(.*?)^```", text_of(page), flags=re.DOTALL | re.MULTILINE):
        code, line = block[1], text_of(page)[: block.start()].count("\n") + 1
        if not code.startswith(">>>"):
            exec(compile("\n" * line + code, page.name, "exec"), names)
            continue
        example = doctest.DocTestParser().get_doctest(code, names, page.name, str(page), line)
        said = []
        doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS).run(
            example, out=said.append, clear_globs=False
        )
        names = example.globs
        assert not said, "".join(said)


@pytest.mark.parametrize("page", [*PAGES, *sorted(ROOT.glob("README*.md"))], ids=lambda path: path.stem)
def test_relative_links_lead_somewhere(build, page):
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)) if "://" not in link]
    for link in links:
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.+)$", prose(target), flags=re.MULTILINE)
            assert anchor in map(build.slug, headings), link


def test_anchors_are_unique(build, page):
    anchors = [build.slug(heading) for heading in re.findall(r"^#+ (.+)$", prose(page), flags=re.MULTILINE)]
    assert len(set(anchors)) == len(anchors)


def test_every_public_name_is_mentioned():
    words = set(re.findall(r"\w+", "".join(map(text_of, PAGES))))
    assert set(xjr.__all__) - words == set()


def test_pages_name_no_machine_and_no_registry(page):
    text = text_of(page)
    assert not re.search(r"/(?:home|root|tmp|work|Users)/|localhost|[A-Z]:\\", text)
    assert not re.search(r"pypi\.|pythonhosted|anaconda\.|crates\.io|npmjs", text)


def test_pages_stand_alone(build):
    """No script, no request, every link to another page or place of the checkout."""
    texts = {path.stem: text_of(path) for path in PAGES}
    made = build.rendered({name: texts[name] for name in build.PAGES})
    for name, html in made.items():
        assert not re.search(r"<script|src=|<link", html), name
        assert html.count("<h1") == 1, name
        for link in re.findall(r'href="([^"]+)"', html):
            file, _, anchor = link.partition("#")
            if file.startswith("../"):
                assert (build.OUT / file).resolve().exists(), link
            elif "://" not in file:
                other = made[file.removesuffix(".html") or name]
                assert not anchor or f'id="{anchor}"' in other, link
