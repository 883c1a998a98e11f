"""No text of a page can be forgotten when somebody translates Daybook."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import daybook

SOURCE = Path(daybook.__file__).parent
TEMPLATES = sorted(SOURCE.rglob("templates/**/*.html"))
# Attributes a person reads or hears; the rest are for programs.
READ = re.compile(r'\b(?:aria-label|title|alt|placeholder|data-label)="([^"]*)"')
MARKED = re.compile(
    r"{% blocktranslate.*?{% endblocktranslate %}|{% comment %}.*?{% endcomment %}", re.DOTALL
)
CODE = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
TAG = re.compile(r"<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL)
# Words handed on inside a tag of the template language, as in `default:"None"`.
WORDS = re.compile(
    r"""(?:yesno:|default:|pluralize:|heading=|words=)(?:"[A-Z][^"]*"|'[A-Z][^']*')"""
)
WORD = re.compile(r"[^\W\d_]{2,}")
NAME = {"Daybook"}
BLOCK_OF_CLASSES = re.compile(r"{% block width %}.*?{% endblock.*?%}", re.DOTALL)


def bare_texts(source: str) -> Iterator[str]:
    """Yield what a reader of a template's page would see untranslated."""
    source = MARKED.sub("", BLOCK_OF_CLASSES.sub("", source))
    yield from (found.group() for found in WORDS.finditer(source))
    html = CODE.sub(" ", source)
    read = [attribute.group(1) for attribute in READ.finditer(html)]
    for text in [*TAG.sub("\n", html).splitlines(), *read]:
        if set(WORD.findall(text)) - NAME:
            yield text.strip()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_text_of_a_template_is_marked(template: Path) -> None:
    assert list(bare_texts(template.read_text())) == []


@pytest.mark.parametrize(
    "template",
    [
        "<p>Nothing yet.</p>",
        '<td data-label="When">{{ at }}</td>',
        '<button aria-label="Close">×</button>',
        '{{ on|yesno:"On,Off" }}',
        '{% include "parts/mistakes.html" with heading="Not made" %}',
        "{% if on %}On{% endif %}",
    ],
)
def test_the_search_for_unmarked_texts_finds_each_kind(template: str) -> None:
    assert list(bare_texts(template))
