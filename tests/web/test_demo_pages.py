"""The demo's pages show who received what, and are nowhere but in a demo on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from tests.web.build import a_person, an_administrator, browser, text_of
from tests.web.test_model_calendar import an_object

from daybook.demo import switch
from daybook.demo.post_office import Mailboxes
from daybook.people.models import Person

pytestmark = pytest.mark.django_db
MAIL = b"""\
From: Ada <ada@firm.example>\r
To: ben@firm.example\r
Reply-To: ada@firm.example\r
Subject: Invitation: <b>Demo</b>\r
MIME-Version: 1.0\r
Content-Type: multipart/alternative; boundary=x\r
\r
--x\r
Content-Type: text/plain\r
\r
You are <i>invited</i>.\r
--x\r
Content-Type: text/html\r
\r
<p>You are invited.<script>alert(1)</script></p>\r
--x\r
Content-Type: text/calendar; method=REQUEST\r
\r
%s--x--\r
"""


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make this process a demo, as the demo command does."""
    monkeypatch.setenv(switch.VARIABLE, "1")
    switch.mark()
    yield
    (settings.DAYBOOK.data / switch.MARK).unlink()


@pytest.fixture
def ben(demo: None) -> Iterator[Person]:
    """Ben, with one message in his mailbox."""
    ben = a_person("Ben")
    boxes = Mailboxes(switch.mailbox_folder())
    boxes.keep(ben.email_key, 1, MAIL % an_object())
    yield ben
    for letter in switch.mailbox_folder().rglob("*.eml"):
        letter.unlink()


def test_a_newcomer_looks_around_without_a_password(demo: None) -> None:
    an_administrator()
    client = browser()
    assert "Look around as Ada" in text_of(client.get("/accounts/login/"))

    client.post("/demo/look-around/")

    assert "Ada" in text_of(client.get("/"))


def test_looking_around_takes_a_form_of_our_own(demo: None) -> None:
    an_administrator()
    client = browser()
    client.handler.enforce_csrf_checks = True

    assert client.post("/demo/look-around/").status_code == 403
    assert client.get("/demo/look-around/").status_code == 405


PATHS = ["mailbox/", "mailbox/1/", "mailbox/1/1/", "mailbox/1/1/html/"]


class TestNowhereElse:
    """Neither the variable nor the mark alone opens anything."""

    def closed(self, *, caller: str = "127.0.0.1") -> bool:
        an_administrator()
        client = browser()
        client.defaults["REMOTE_ADDR"] = caller
        answers = [client.get(f"/demo/{path}") for path in PATHS]
        answers.append(client.post("/demo/look-around/"))
        signed_in = client.get("/").status_code == 200
        return all(answer.status_code == 404 for answer in answers) and not signed_in

    def test_not_in_a_firms_diary(self) -> None:
        assert self.closed()
        assert "Look around" not in text_of(browser().get("/accounts/login/"))

    def test_not_by_the_variable_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(switch.VARIABLE, "1")

        assert self.closed()

    @pytest.mark.usefixtures("demo")
    def test_not_by_the_mark_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv(switch.VARIABLE)

        assert self.closed()

    @pytest.mark.usefixtures("demo")
    def test_not_from_another_machine(self) -> None:
        assert self.closed(caller="192.0.2.7")


def test_the_list_counts_everybodys_messages(ben: Person) -> None:
    assert "Ben ben@firm.example 1" in text_of(browser().get("/demo/mailbox/"))


def test_a_mailbox_shows_messages_and_the_calendar_they_make(ben: Person) -> None:
    words = text_of(browser().get(f"/demo/mailbox/{ben.pk}/"))

    assert "Invitation: <b>Demo</b>" in words
    assert "Demo Wednesday 25 November, 10:00–11:00 · organiser ada@firm.example" in words


def test_an_empty_mailbox_says_how_to_fill_it(demo: None) -> None:
    words = text_of(browser().get(f"/demo/mailbox/{a_person('Ben').pk}/"))

    assert "No mail yet. Save an entry for Ben." in words


def test_a_message_is_shown_as_text_and_explained_line_by_line(ben: Person) -> None:
    page = browser().get(f"/demo/mailbox/{ben.pk}/1/")

    words = text_of(page)
    assert "You are <i>invited</i>." in words
    assert "METHOD:REQUEST An invitation, or a newer version of one" in words
    assert "<i>invited" not in page.content.decode()


def test_its_html_is_confined_to_a_frame_without_script(ben: Person) -> None:
    page = browser().get(f"/demo/mailbox/{ben.pk}/1/")
    framed = browser().get(f"/demo/mailbox/{ben.pk}/1/html/")

    assert "<iframe sandbox" in page.content.decode()
    assert "alert(1)" not in page.content.decode()
    policy = framed.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy


def test_a_message_that_never_came_is_not_found(ben: Person) -> None:
    for path in (f"{ben.pk}/2/", f"{ben.pk}/2/html/", "999/", "99999999999999999999/"):
        assert browser().get(f"/demo/mailbox/{path}").status_code == 404
