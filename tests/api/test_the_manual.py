"""The manual of the API says what is so: its examples are run, its table is compared."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.api import build
from tests.api.build import read

from daybook.api import openapi

MANUAL = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
EXAMPLE = re.compile(r"```sh\n(.*?)```\s+```http\n(.*?)```", re.DOTALL)


@dataclass
class Answer:
    """What the manual shows of an answer."""

    status: int
    headers: set[str]
    body: Any


@dataclass
class Curl:
    """A command line of curl, as far as the manual uses it."""

    url: str = ""
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""


def parse_curl(line: str) -> Curl:
    """Return what a command would send."""
    words = iter(shlex.split(line))
    assert next(words) == "curl"
    curl = Curl()
    for word in words:
        if word == "-X":
            curl.method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            curl.headers[name] = value
        elif word == "--json":
            curl.body = next(words)
            curl.method = "POST" if curl.method == "GET" else curl.method
        else:
            assert word.startswith("http"), word
            curl.url = word
    return curl


def parse_answer(text: str) -> Answer:
    """Return the status, the names of the headers shown, and the body."""
    head, _, body = text.partition("\n\n")
    status, *headers = head.splitlines()
    return Answer(int(status[:3]), {line.partition(":")[0] for line in headers}, json.loads(body))


def kinds(value: Any) -> Any:
    """Return the shape of a JSON value: its names, and the type of everything in it."""
    if isinstance(value, dict):
        return {name: kinds(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [kinds(inner) for inner in value]
    return type(value).__name__


def words(value: Any) -> Any:
    """Return a JSON value without what differs from one installation to the next."""
    if isinstance(value, dict):
        return {name: words(inner) for name, inner in value.items() if name != "uid"}
    if isinstance(value, list):
        return [words(inner) for inner in value]
    return "a number" if type(value) is int else value


@pytest.mark.django_db
def test_every_example_of_the_manual_answers_as_shown() -> None:
    ada, ben = build.caller("ada"), build.caller("ben")
    names = {
        "DIARY": "http://127.0.0.1:8000",
        "TOKEN": ada.token,
        "TYPE": str(build.meeting().pk),
        "ADA": str(ada.id),
        "BEN": str(ben.id),
    }
    examples = EXAMPLE.findall(MANUAL)
    assert len(examples) == MANUAL.count("```sh") == 7

    for command, shown in examples:
        text = re.sub(r"\$([A-Z]+)", lambda found: names[found[1]], command)
        curl, expected = parse_curl(text), parse_answer(shown)
        response = Client().generic(
            curl.method,
            curl.url.removeprefix(names["DIARY"]),
            curl.body,
            content_type="application/json",
            headers=curl.headers,
        )

        assert response.status_code == expected.status, (command, response.content)
        assert expected.headers <= set(response.headers)
        assert kinds(read(response)) == kinds(expected.body), command
        assert words(read(response)) == words(expected.body), command
        if expected.status == 201:
            names["ENTRY"] = str(read(response)["id"])


def test_the_manual_names_every_operation() -> None:
    described = {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, item in openapi.document()["paths"].items()
        for method in item
    }

    assert set(re.findall(r"^\| `(.*?)` \|", MANUAL, re.MULTILINE)) == described
