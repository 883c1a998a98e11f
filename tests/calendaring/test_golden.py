"""The bytes that leave, one file for each kind; `write_golden` writes one again on purpose."""

from __future__ import annotations

import pytest
from tests.calendaring.golden_mails import FOLDER, MAILS, REMINDERS, composed, names, readable


@pytest.mark.parametrize("name", names())
def test_what_leaves_is_byte_for_byte_what_was_agreed(name: str) -> None:
    assert composed(name) == (FOLDER / name).read_bytes()


@pytest.mark.parametrize("kind", [*MAILS, *REMINDERS])
def test_the_readable_form_says_what_is_in_the_mail(kind: str) -> None:
    kept = (FOLDER / f"{kind}.txt").read_bytes().decode()

    assert readable((FOLDER / f"{kind}.eml").read_bytes()) == kept


def test_every_golden_file_belongs_to_a_kind_of_message() -> None:
    kept = {path.name for path in FOLDER.iterdir() if path.is_file()}

    assert kept == {*names(), *(f"{kind}.txt" for kind in (*MAILS, *REMINDERS))}
