"""The pages as prose: they are there, they are plain, and they speak of this repository alone."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import List

import pytest

ROOT = Path(__file__).parents[2]
PAPERS = (
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "README.md",
    "SECURITY.md",
    "docs/README.md",
    "docs/architecture.md",
    "docs/decisions/README.md",
    "docs/glossary.md",
)
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
MEAN, LONG = 20, 35  # words
ENDLESS = 1000  # characters
OLD_WORDS = (
    "agenda|anew|baton|bells|but for|calm|holdings|holders|insists?|labels?|ledger|little words|lobby|promises?|"
    "promised|receptions?|setbacks?|stand-ins?|strikes?|striking|struck|takeover|telling words|tenancy|weathers?"
)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def prose_of(text: str) -> str:
    """Give a page without blocks of code, tables, headings and pictures, each span of code as one word."""
    text = re.sub(r"```.*?```|<picture>.*?</picture>", "", text, flags=re.DOTALL)
    lines = [line for line in text.splitlines() if not re.match(r"\s*(\||#|>|!\[|<!--|    )", line)]
    text = "\n".join(re.sub(r"^\s*(?:[-*]|\d+\.) ", "\n. ", line) for line in lines)
    return re.sub(r"\]\([^)]*\)", "]", re.sub(r"`[^`]*`", "x", text))


def sentences_of(text: str) -> List[str]:
    prose = re.sub(r"\n(?:\s*\n)+", "\n", prose_of(text))
    return [sentence for sentence in re.split(r"(?<=[.!?])\s+", prose) if len(sentence.split()) > 2]


@pytest.mark.parametrize("paper", PAPERS)
def test_a_paper_is_there_and_the_index_leads_to_it(paper: str) -> None:
    """Each paper exists, and a page of the repository links to it."""
    assert (ROOT / paper).is_file()
    linked = {
        (page.parent / link).resolve()
        for page in PAGES
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    }
    assert (ROOT / paper).resolve() in linked


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_sentence_is_read_once(page: Path) -> None:
    """The sentences of a page have 20 words or fewer on average, and none has more than 35."""
    sentences = sentences_of(page.read_text(encoding="utf-8"))
    lengths = [len(sentence.split()) for sentence in sentences]
    assert [sentence for sentence, words in zip(sentences, lengths) if words > LONG] == []
    assert sum(lengths) <= MEAN * len(lengths)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_says_each_thing_once(page: Path) -> None:
    """No sentence of ten words or more stands twice on a page, and a blank line goes before each heading."""
    text = page.read_text(encoding="utf-8")
    said = [" ".join(sentence.split()) for sentence in sentences_of(text) if len(sentence.split()) >= 10]
    assert [sentence for sentence, times in Counter(said).items() if times > 1] == []
    assert re.findall(r"[^\n]\n(#+ [A-Z].*)", re.sub(r"```.*?```", "", text, flags=re.DOTALL)) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_can_be_read_as_text(page: Path) -> None:
    """Each character of a page can be printed, since one that cannot makes it a binary file; no line is endless."""
    lines = page.read_text(encoding="utf-8").split("\n")
    assert [line for line in lines if not line.isprintable()] == []
    assert [line[:80] for line in lines if len(line) > ENDLESS] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_uses_the_words_of_the_glossary(page: Path) -> None:
    """No word that the glossary replaced stands in the prose of a page, its tables and headings included."""
    text = page.read_text(encoding="utf-8").partition("<!-- matrix -->")
    text = re.sub(r"```.*?```", "", text[0] + text[2].partition("<!-- end of matrix -->")[2], flags=re.DOTALL)
    text = re.sub(r"`[^`]*`|\]\([^)]*\)|^    .*$", "", text, flags=re.MULTILINE)
    assert re.findall(rf"(?i)\b(?:{OLD_WORDS})\b", text) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_and_its_heading_exist(page: Path) -> None:
    """A link leads to a file of the repository, and one with a fragment to a heading of that file."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    wrong = []
    for target, fragment in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", text):
        file = (page.parent / target).resolve() if target else page
        if not file.exists() or ROOT not in (file, *file.parents):
            wrong.append(target)
        elif fragment and fragment not in anchors_of(file):
            wrong.append(f"{target}#{fragment}")
    assert wrong == []


def anchors_of(page: Path) -> List[str]:
    """List the fragments that lead to the headings of a page."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings]


# Spelt so that it does not find itself.
FOREIGN = re.compile(r"\.\./shared|\bDESIGN[ ,]|\bCONTRACT[ ,]|\b(?:DESIGN|CONTRACT|HOUSE|STYLE)\.md|the style[ ]guide")
FOLDERS = ("octamem", "fake_server", "octamem_testing", "tests", "benchmarks", "demo")
READ = [
    *PAGES,
    ROOT / "CHANGELOG.md",
    ROOT / "pyproject.toml",
    *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")),
]


def test_nothing_refers_to_a_page_outside_the_repository() -> None:
    """A reader of the repository has every page that the repository names."""
    assert [name_of(path) for path in READ if FOREIGN.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("page", DECISIONS, ids=name_of)
def test_a_decision_has_context_and_consequences(page: Path) -> None:
    """A decision says what made it necessary, what was decided and what follows, under its own number."""
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {int(page.name[:4])}. ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
    assert re.search(r"^Status: \w", text, re.MULTILINE)
    assert page.name in (page.parent / "README.md").read_text(encoding="utf-8")


def test_decisions_are_numbered_without_gaps() -> None:
    """The number of a decision is its place in the order, so that a citation by number stays right."""
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_the_glossary_is_alphabetical_and_each_term_has_its_sentence() -> None:
    """A term is found by its first letters, and explained in one sentence."""
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    terms = re.findall(r"^- \*\*(.+?)\*\*: ((?:.+)(?:\n  .+)*)$", text, re.MULTILINE)
    names = [term.lower() for term, _ in terms]
    assert names == sorted(set(names))
    assert [term for term, meaning in terms if not re.fullmatch(r"[^.]*\.", prose_of(meaning), re.DOTALL)] == []


def test_every_command_of_the_contributors_page_names_what_is_there() -> None:
    """Each target of make, module, test file and program that CONTRIBUTING.md has one type is in the repository."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    commands = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"^make (\w+)", commands, re.MULTILINE)) <= set(targets)
    modules = [f"{module.replace('.', '/')}.py" for module in re.findall(r"-m (benchmarks\.\w+)", commands)]
    paths = [*modules, *re.findall(r"\btests/[\w/.]+", commands)]
    assert len(paths) >= 5
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "SECURITY.md", "docs/architecture.md"])
def test_a_file_or_folder_that_a_page_names_is_there(page: str) -> None:
    """A contributor who follows a path on the page finds what it names, a module with or without its ending."""
    text = (ROOT / page).read_text(encoding="utf-8")
    named = re.findall(r"(?:octamem|fake_server|octamem_testing|tests|benchmarks|docs)/[\w/.-]*\w", text)
    assert [name for name in named if not (ROOT / name).exists() and not (ROOT / f"{name}.py").exists()] == []


def test_the_architecture_names_every_layer_of_the_kit_and_of_the_core() -> None:
    """No folder that is a layer is missing from the page that says what stands where."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    layers = [
        path.parent.relative_to(ROOT)
        for package in ("octamem", "fake_server", "octamem_testing")
        for path in (ROOT / package).glob("*/**/__init__.py")
    ]
    assert len(layers) > 20
    assert [layer.as_posix() for layer in layers if not re.search(rf"\b{layer.name}\b", text)] == []
