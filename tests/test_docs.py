"""The documents say what is there: links, settings, reasons, commands and the code they quote."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from types import CodeType

import pytest
from django.urls import Resolver404, resolve

from daybook import commands, configuration
from daybook.commands.showing import described
from daybook.ledger.models import CalendarState
from daybook.sync.sentences import REASONS

ROOT = Path(__file__).parent.parent
DECISIONS = ROOT / "docs" / "decisions"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
SOURCES = sorted(ROOT.glob("src/**/*.py"))
# Folders of a machine, which look like addresses of pages.
FOLDERS = ("/var/", "/opt/", "/backup")

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_SPAN = re.compile(r"`([^`\n]+)`")
_FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^\1```", re.DOTALL | re.MULTILINE)
_PATH = re.compile(r"(?<![\w/])(?:src|tests|docs|tools|benchmarks|torture|requirements)/[\w./-]*")


def page_id(page: Path) -> str:
    return str(page.relative_to(ROOT))


each_page = pytest.mark.parametrize("page", PAGES, ids=page_id)


def typed(page: Path) -> str:
    """Return everything a page shows as something to type: spans, indented and fenced lines."""
    text = page.read_text()
    lines = [line for line in text.splitlines() if line.startswith("    ")]
    return "\n".join([*_SPAN.findall(text), *lines, *(code for *_, code in _FENCE.findall(text))])


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as readers of Markdown make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def rows(text: str, heading: str) -> Iterator[list[str]]:
    """Yield the cells of the tables below `heading`, without the two lines on top of each."""
    section = text.split(f"\n## {heading}\n")[1].split("\n## ", maxsplit=1)[0]
    for line in section.splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


@each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in _LINK.findall(page.read_text()):
        if link.startswith(("https://", "http://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)

    assert broken == []


@each_page
def test_every_file_that_is_named_exists(page: Path) -> None:
    named = _PATH.findall(typed(page))

    assert [name for name in named if not (ROOT / name.rstrip(".")).exists()] == []


@each_page
def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"^ *make ([a-z-]+)", typed(page), re.MULTILINE)) <= targets


@each_page
def test_every_command_and_its_options_exist(page: Path) -> None:
    for line in re.findall(r"(?:^ *|bin/)daybook ([a-z][^\n#]*)", typed(page), re.MULTILINE):
        parser, words = commands._parser(), line.split()
        while words and (further := choices(parser)):
            assert words[0] in further, line
            parser = further[words.pop(0)]
        options = {word for word in words if word.startswith("--")}
        assert options <= set(parser._option_string_actions), line


def choices(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


@each_page
def test_every_variable_is_one_the_code_reads(page: Path) -> None:
    code = "\n".join(source.read_text() for source in SOURCES)
    known = {"DAYBOOK_" + name for name in re.findall(r'value\("([A-Z_]+)"', code)}
    known |= set(re.findall(r'"(DAYBOOK_[A-Z_]+)"', code))

    assert set(re.findall(r"DAYBOOK_[A-Z]+(?:_[A-Z]+)*", page.read_text())) <= known


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "docs" / "operations.md"], ids=page_id)
def test_every_address_of_a_page_is_answered(page: Path) -> None:
    for address in re.findall(r"(?<=[\s`])/[a-z-]+(?:/[a-z-]+)*/?(?=`)", page.read_text()):
        if address.startswith(FOLDERS):
            continue
        try:
            resolve(address)
        except Resolver404:
            pytest.fail(f"{address} is not answered")


def test_operations_list_every_setting_with_its_default() -> None:
    true = dict(line.split("=", 1) for line in described(configuration.read({})))
    true["DAYBOOK_DATA"] = Path(true["DAYBOOK_DATA"]).name

    listed = {cells[0].strip("`"): cells[1].strip("`") for cells in rows(OPERATIONS, "Settings")}

    assert listed == true


def test_operations_list_every_state_and_reason_in_its_words() -> None:
    listed = {cells[0].strip("`"): cells[1:3] for cells in rows(OPERATIONS, "States and reasons")}
    states = {state.value: state.label for state in CalendarState}

    assert {code: cells[0] for code, cells in listed.items()} == (
        states | {code: sentence for code, sentence in REASONS.items() if code}
    )
    assert all(cells[1] for cells in listed.values())


def test_every_decision_is_listed_and_short() -> None:
    index = (DECISIONS / "README.md").read_text()
    decisions = {page.name: page.read_text() for page in DECISIONS.glob("*.md")}
    del decisions["README.md"]
    survey = decisions.pop("dependencies.md")

    for name, text in {**decisions, "dependencies.md": survey}.items():
        line = f"- [{text.splitlines()[0].removeprefix('# ')}]({name})"
        assert line in index, "docs/decisions/README.md lists every decision by its title"
    for name, text in decisions.items():
        assert len(text.splitlines()) <= 40, name


def test_the_tables_of_the_architecture_name_every_layer_in_order() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    named = [cells[0].replace("`", "") for cells in rows(text, "Layers")]
    contract = (ROOT / "pyproject.toml").read_text().split("layers = [")[1].split("]")[0]
    layers = [line.replace("daybook.", "") for line in re.findall(r'"(.*)"', contract)]

    assert [part for row in named for part in row.split(", ")] == [
        part for row in layers[1:] for part in row.split(" | ")
    ]


def quoted(language: str) -> list[str]:
    """Return the code of one language that the operations page quotes, in order."""
    return [dedent(code) for _, name, code in _FENCE.findall(OPERATIONS) if name == language]


def compiled(code: str) -> CodeType:
    return compile(code, "docs/operations.md", "exec")


def test_every_event_worth_an_alert_is_logged() -> None:
    section = OPERATIONS.split("\n## Logs\n")[1].split("\n## ", maxsplit=1)[0]
    events = re.findall(r"^- (.*):", section, re.MULTILINE)
    code = "\n".join(source.read_text() for source in SOURCES)

    named = [event for line in events for event in _SPAN.findall(line) if "=" not in event]
    assert len(named) == 6
    assert [event for event in named if f'"{event}"' not in code] == []
