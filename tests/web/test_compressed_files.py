"""The files of the pages travel compressed, and are never older than the program."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from django.test import Client
from tests.web.build import browser

from daybook.web import compressed_files

STYLES = "/static/daybook/diary.css"


def content(client: Client, address: str, encoding: str) -> tuple[bytes, str]:
    answer = client.get(address, headers={"accept-encoding": encoding})
    assert answer.status_code == 200
    return answer.getvalue(), answer.headers.get("Content-Encoding", "")


def test_a_browser_that_takes_it_gets_less() -> None:
    plain, no_encoding = content(browser(), STYLES, "identity")
    small, encoding = content(browser(), STYLES, "gzip, deflate, br")

    assert (no_encoding, encoding) == ("", "gzip")
    assert len(small) < len(plain) / 2
    assert gzip.decompress(small) == plain


def test_a_picture_keeps_its_type() -> None:
    answer = browser().get("/static/daybook/daybook.svg", headers={"accept-encoding": "gzip"})

    assert answer.getvalue()
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert answer.headers["Vary"] == "Accept-Encoding"


def test_a_file_that_changes_has_another_copy(tmp_path: Path) -> None:
    file = tmp_path / "a.css"
    copies: list[Path] = []
    for text in ("a{color:red}" * 50, "a{color:blue}" * 50, "a{color:red}" * 50):
        file.write_text(text, encoding="utf-8")
        copy = compressed_files.copy_of((str(file), len(copies)))
        assert copy.read_text(encoding="utf-8") == text
        copies.append(copy)

    assert copies[0] == copies[2] != copies[1]


@pytest.mark.parametrize("taken", [False, True])
def test_two_that_begin_at_once_leave_one_copy(tmp_path: Path, taken: bool) -> None:
    original, copy = tmp_path / "a.css", tmp_path / "compressed" / "digest" / "a.css"
    original.write_text("a{color:red}" * 50, encoding="utf-8")
    if taken:
        compressed_files.make(original, copy)

    compressed_files.make(original, copy)

    assert [path.name for path in (tmp_path / "compressed").iterdir()] == ["digest"]
    assert sorted(path.name for path in copy.parent.iterdir()) == ["a.css", "a.css.gz"]
