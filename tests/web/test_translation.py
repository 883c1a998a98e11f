"""No text of a page can be forgotten when somebody translates Daybook."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import ClassVar

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.utils.translation import trans_real
from tests.web.build import HOST
from tests.web.routes import TABLE, Firm, Row, as_a_demo, pages, reader

import daybook
from daybook.web.diary import when

SOURCE = Path(daybook.__file__).parent
TEMPLATES = sorted(SOURCE.rglob("templates/**/*.html"))
LAYERS = ("web", "people", "entries", "sync")
MODULES = sorted(path for layer in LAYERS for path in (SOURCE / layer).glob("*.py"))

# Attributes a person reads or hears; the rest are for programs.
READ = ("aria-label", "title", "alt", "placeholder", "data-label")
READ_IN_TEMPLATES = re.compile(rf'\b(?:{"|".join(READ)})="([^"]*)"')
MARKED = re.compile(
    r"{% blocktranslate.*?{% endblocktranslate %}|{% comment %}.*?{% endcomment %}"
    r"|{% block width %}.*?{% endblock.*?%}",
    re.DOTALL,
)
CODE = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
TAG = re.compile(r"<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL)
# Words handed on inside a tag of the template language, as in `default:"None"`.
HANDED_ON = re.compile(
    r"""(?:yesno:|default:|pluralize:|heading=|words=)(?:"[A-Z][^"]*"|'[A-Z][^']*')"""
)
WORD = re.compile(r"[^\W\d_]{2,}")
NAME = {"Daybook"}

# What makes a sentence somebody reads: these functions and values are given nothing but words.
SAYS = {
    *("success", "info", "warning", "error", "add_error", "refuse", "required", "ValidationError"),
    *("FieldFault", "_fault", "NotAllowed", "CannotResend", "NoDownload"),
    *("Line", "Mend", "Notice", "Trouble", "FirstStep", "Offer"),
}
SAYS_BY_NAME = {"label", "help_text", "link", "sentence", "heading"}
SENTENCES = {"sentence", "said", "fact"}
# Of a program, a person or a mail server: read as it is, whatever the language.
LOGS = {"log", "logger"}


def unmarked_in_template(source: str) -> Iterator[str]:
    """Yield what a reader of a template's page would see untranslated."""
    source = MARKED.sub("", source)
    yield from (found.group() for found in HANDED_ON.finditer(source))
    html = CODE.sub(" ", source)
    read = [attribute.group(1) for attribute in READ_IN_TEMPLATES.finditer(html)]
    for text in [*TAG.sub("\n", html).splitlines(), *read]:
        if set(WORD.findall(text)) - NAME:
            yield text.strip()


def unmarked_in_module(source: str) -> Iterator[str]:
    """Yield the sentences a module says without asking for their translation."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in SENTENCES:
            yield from _sentences(node.value)
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        called = node.func.id if isinstance(node.func, ast.Name) else called
        owner = getattr(getattr(node.func, "value", None), "id", "")
        said = node.args if called in SAYS and owner not in LOGS else []
        said = [*said, *(word.value for word in node.keywords if word.arg in SAYS_BY_NAME)]
        yield from (text for each in said for text in _sentences(each))


def _sentences(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from (*_sentences(node.body), *_sentences(node.orelse))
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        texts = [node.value]
    elif isinstance(node, ast.JoinedStr):
        texts = [str(part.value) for part in node.values if isinstance(part, ast.Constant)]
    else:
        return
    for text in texts:
        # A lower-case word alone is a code or the name of a field.
        if (text[:1].isupper() and WORD.search(text)) or " " in text.strip():
            yield text


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_text_of_a_template_is_marked(template: Path) -> None:
    assert list(unmarked_in_template(template.read_text())) == []


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
    assert list(unmarked_in_template(template))


def test_every_sentence_of_the_code_is_marked() -> None:
    found = {
        f"{module.parent.name}/{module.name}": said
        for module in MODULES
        if (said := list(unmarked_in_module(module.read_text())))
    }

    assert found == {}


@pytest.mark.parametrize(
    "module",
    [
        'messages.success(request, f"{name} is saved.")',
        'FieldFault("title", "missing", "Give the entry a title.")',
        'forms.CharField(label="Title")',
        'sentence = f"At most {longest} characters fit here."',
        'Line(gettext("Users"), page, "None yet" if nobody else fact)',
    ],
)
def test_the_search_for_unmarked_sentences_finds_each_kind(module: str) -> None:
    assert list(unmarked_in_module(module))


class Whispered(trans_real.DjangoTranslation):
    """A language that writes every marked text in small capitals, so that the rest stands out."""

    KEPT = re.compile(r"%\(\w+\)[sd]|%[sd%]|<[^>]*>|&\w+;")
    SMALL = str.maketrans(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡxʏᴢᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡxʏᴢ".replace("x", "ⅹ"),
    )

    def gettext(self, message: str) -> str:
        said = super().gettext(message).rpartition(trans_real.CONTEXT_SEPARATOR)[2]
        kept = self.KEPT.findall(said)
        parts = [part.translate(self.SMALL) for part in self.KEPT.split(said)]
        return "".join(part + keep for part, keep in zip(parts, [*kept, ""], strict=True))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


class Reading(HTMLParser):
    """What a page shows, without what people and programs wrote."""

    WRITTEN: ClassVar = {"script", "style", "code", "pre", "datalist", "svg", "iframe", "mail"}
    VOID: ClassVar = {"meta", "link", "input", "img", "br", "source", "hr"}

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.inside: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts += [value or "" for name, value in attrs if name in READ]
        if tag not in self.VOID:
            # The words of a mail, which stay English, say so.
            self.inside.append("mail" if ("lang", "en") in attrs else tag)

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() not in (tag, "mail"):
            pass

    def handle_data(self, data: str) -> None:
        if not self.WRITTEN & set(self.inside):
            self.texts.append(data)


# Names that are the same in every language, and what the firm of the tests is made of.
NAMES = re.compile(
    r"Daybook|SMTP|API|STARTTLS|TLS|Europe/London|London|UTC|Ada|Ben|Cleo|ada|ben|cleo"
    r"|Boiler survey|[\w.@-]+\.example|[\w.]+\.(?:test|com)|passkey of"
    r"|Invitation: Boiler survey|\bam\b|\bpm\b"
)
NO_PAGE = {"entries/<int:entry_id>/calendar.ics", "demo/mailbox/<int:person_id>/<int:number>/html/"}


def english_on(page: str) -> set[str]:
    """Return the texts of a page that are still in English."""
    left = (NAMES.sub("", text).strip() for text in Reading(page).texts)
    return {text for text in left if re.search(r"[A-Za-z]{2,}", text)}


def _shown() -> list[Row]:
    """Return the rows of all pages, and of the forms that refuse what they get."""
    refused = [row for row in TABLE if _refused(row)]
    return [row for row in [*pages(), *refused] if row.pattern not in NO_PAGE]


def _refused(row: Row) -> bool:
    return row.method == "POST" and 422 in (row.member, row.administrator)


@pytest.mark.django_db
def test_a_page_in_another_language_has_no_english_left(monkeypatch: pytest.MonkeyPatch) -> None:
    language = settings.LANGUAGE_CODE
    firm = Firm()
    monkeypatch.setitem(vars(trans_real)["_translations"], language, Whispered(language))
    # Days that were said before are kept by the name of their language, which is the same here.
    monkeypatch.setattr(when, "_said", when._said.__wrapped__)
    left: dict[str, set[str]] = {}
    shown = 0

    with as_a_demo(firm):
        clients = {who: firm.client(who) for who in ("anonymous", "member", "administrator")}
        for row in _shown():
            who = "administrator" if _refused(row) else reader(row)
            page = firm.call(clients[who], row)
            shown += page.status_code in (200, 422)
            if english := english_on(page.content.decode()):
                left[str(row)] = english

    assert left == {}
    assert shown > 40


@pytest.mark.django_db
def test_each_reader_gets_the_language_of_their_browser_if_it_is_there() -> None:
    stranger = Client(SERVER_NAME=HOST, headers={"accept-language": "de-AT,de;q=0.9,en;q=0.1"})
    before = stranger.get("/accounts/login/").content.decode()

    with override_settings(LANGUAGES=[*settings.LANGUAGES, ("de", "Deutsch")]):
        after = stranger.get("/accounts/login/").content.decode()

    assert '<html lang="en-gb">' in before
    assert '<html lang="de">' in after
