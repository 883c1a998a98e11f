"""What every answer carries, what cookies may do, and where links and redirects may lead."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.web.build import HOST, PASSWORD, a_person, an_administrator, an_entry, browser
from tests.web.routes import CANARY, Firm, as_a_demo, pages, reader

from daybook.people.models import OneTimeLink, Person
from daybook.web.security import POLICY

ROOT = Path(__file__).parents[2]
IN_A_FRAME = "demo/mailbox/<int:person_id>/<int:number>/html/"
# These two show a mail: what it may do is looser, what it may reach is not.
OWN_POLICY = (IN_A_FRAME, "demo/mailbox/<int:person_id>/<int:number>/")
ELSEWHERE = (
    "//evil.test",
    "/\\evil.test",
    "https:evil.test",
    "https://evil.test/",
    "///evil.test",
    "javascript:alert(1)",
    "/%0d%0aSet-Cookie:x=1\r\nX: y",
)
HOSTS = ("evil.test", "127.0.0.1:evil", "127.0.0.1@evil.test", "127.0.0.1.evil.test", "")


@pytest.fixture
def firm(db: None) -> Firm:
    return Firm()


def test_every_page_carries_the_headers_of_its_safety(firm: Firm) -> None:
    with as_a_demo(firm):
        for row in pages():
            headers = firm.call(firm.client(reader(row)), row).headers
            assert headers["X-Content-Type-Options"] == "nosniff", row
            assert headers["Referrer-Policy"] in ("same-origin", "strict-origin"), row
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin", row
            framed = "SAMEORIGIN" if row.pattern == IN_A_FRAME else "DENY"
            assert headers["X-Frame-Options"] == framed, row
            policy = headers["Content-Security-Policy"]
            assert policy == POLICY or row.pattern in OWN_POLICY, row
            assert policy.startswith("default-src 'none'"), row
            assert "http" not in policy, row
            assert "Strict-Transport-Security" not in headers, row


def test_no_page_of_a_person_is_kept_by_browsers_or_between(firm: Firm) -> None:
    kept = []
    for row in pages():
        if row.only_in_a_demo or row.anonymous == 200:
            continue
        answer = firm.call(firm.client(reader(row)), row)
        if "no-store" not in answer.headers.get("Cache-Control", ""):
            kept.append(row.pattern)

    assert kept == []


def test_no_page_shows_a_secret(firm: Firm) -> None:
    secrets = [CANARY, firm.token_text, PASSWORD, firm.ben.password]
    with as_a_demo(firm):
        for row in pages():
            for who in {reader(row), "administrator"}:
                page = firm.call(firm.client(who), row).content.decode(errors="replace")
                assert not [secret for secret in secrets if secret in page], (who, row)


@pytest.mark.django_db
class TestAFileToDownload:
    """Its name comes from what people typed, and stays one plain header."""

    @pytest.mark.parametrize(
        "title",
        ['a"; filename="x.html', "a Set-Cookie: x=1", "../../x", "a\\..\\b.exe", "x" * 200, "會議"],
    )
    def test_is_named_with_plain_letters(self, title: str) -> None:
        ada = an_administrator()
        entry = an_entry(ada, title=title)

        headers = browser(ada).get(f"/entries/{entry.pk}/calendar.ics").headers

        name = headers["Content-Disposition"]
        assert name.startswith('attachment; filename="')
        plain = name.removeprefix('attachment; filename="').removesuffix('"')
        assert plain.endswith(".ics")
        assert plain.removesuffix(".ics").replace("-", "").isalnum()
        assert name.isascii()
        assert len(name) < 200
        assert headers["Content-Type"].startswith("text/calendar")
        assert "Set-Cookie" not in headers


def is_here(location: str) -> bool:
    """Return whether a redirect leads to a path of the diary, in one header."""
    return location[0] == "/" and location[1:2] not in ("/", "\\") and location.isprintable()


@pytest.mark.django_db
class TestWhereOneIsSent:
    """Nothing a link says leads away from the diary."""

    @pytest.mark.parametrize("there", ELSEWHERE)
    def test_after_signing_in_is_here(self, there: str) -> None:
        a_person("Ben", password=PASSWORD)

        answer = browser().post(
            "/accounts/login/", {"login": "ben", "password": PASSWORD, "next": there}
        )

        assert answer.status_code == 302
        assert is_here(answer.headers["Location"])

    @pytest.mark.parametrize("there", ELSEWHERE)
    def test_after_a_notice_or_an_undo_is_here(self, there: str) -> None:
        ada = an_administrator()
        entry = an_entry(ada)

        for path in ("/notices/dismiss/", f"/entries/{entry.pk}/undo/1/"):
            assert is_here(browser(ada).post(path, {"back": there}).headers["Location"])


@pytest.mark.django_db
class TestAForeignHost:
    """Who asks by another name gets nothing, and no mail names it."""

    @pytest.mark.parametrize("host", HOSTS)
    def test_is_refused(self, host: str) -> None:
        for path in ("/", "/accounts/login/", "/accounts/password/forgotten/"):
            assert Client(HTTP_HOST=host).get(path).status_code == 400

    def test_told_by_a_header_in_between_is_not_believed(self) -> None:
        page = browser().get("/", headers={"X-Forwarded-Host": "evil.test"})

        assert page.headers["Location"].startswith("/accounts/")
        assert "evil.test" not in page.headers["Location"]

    def test_makes_no_link(self) -> None:
        ada, ben = an_administrator(), a_person("Ben")

        answer = browser(ada).post(
            f"/settings/users/{ben.pk}/access/link/", headers={"Host": "evil.test"}
        )

        assert answer.status_code == 400
        assert not OneTimeLink.objects.exists()


@pytest.mark.django_db
class TestASession:
    """It begins with a new name and ends everywhere at once."""

    def test_begins_anew_at_signing_in(self) -> None:
        a_person("Ben", password=PASSWORD)
        client = browser()
        client.cookies["daybook_session"] = "preset-by-somebody-else-0123456789"

        client.post("/accounts/login/", {"login": "ben", "password": PASSWORD})

        assert client.cookies["daybook_session"].value != "preset-by-somebody-else-0123456789"
        assert client.get("/").status_code == 200

    def test_ends_with_signing_out_for_whoever_copied_it(self) -> None:
        client, copy = browser(an_administrator()), browser()
        copy.cookies["daybook_session"] = client.cookies["daybook_session"].value
        assert copy.get("/").status_code == 200

        client.post("/accounts/logout/")

        assert copy.get("/").status_code == 302

    @pytest.mark.parametrize("change", [{"is_active": False}, {"password": "!"}])
    def test_ends_with_the_person_or_the_password(self, change: dict[str, Any]) -> None:
        ben = a_person("Ben")
        client = browser(ben)
        assert client.get("/").status_code == 200

        Person.objects.filter(pk=ben.pk).update(**change)

        assert client.get("/").status_code == 302

    def test_is_a_cookie_no_script_reads_and_no_other_site_sends(self) -> None:
        a_person("Ben", password=PASSWORD)
        client = Client(SERVER_NAME=HOST)

        client.get("/accounts/login/")
        client.post("/accounts/login/", {"login": "ben", "password": PASSWORD})

        assert {"daybook_session", "daybook_csrf"} <= set(client.cookies)
        for cookie in client.cookies.values():
            assert cookie["httponly"]
            assert cookie["samesite"] in ("Lax", "Strict")
            assert not cookie["domain"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "forged",
    [
        {"is_staff": "on", "is_superuser": "on", "role": "administrator", "active": ""},
        {"id": "1", "pk": "1", "person_id": "1", "username": "root"},
        {"password": "a stolen password", "lapse_reason": "", "email_key": "ada@firm.example"},
    ],
)
def test_ones_own_details_change_nothing_but_what_the_form_offers(forged: dict[str, str]) -> None:
    ada, ben = an_administrator(), a_person("Ben", password=PASSWORD)
    before = list(Person.objects.filter(pk=ada.pk).values())

    browser(ben).post("/settings/your-details/", {"forename": "Benjamin", **forged})

    ben.refresh_from_db()
    assert (ben.role, ben.username, ben.is_active) == ("member", "ben", True)
    assert ben.check_password(PASSWORD)
    assert list(Person.objects.filter(pk=ada.pk).values()) == before


@pytest.mark.django_db
def test_an_entry_keeps_its_maker_uid_and_number_whatever_the_form_says() -> None:
    ada, ben = an_administrator(), a_person("Ben")
    entry = an_entry(ben)
    forged = {"uid": "x", "creator": ada.pk, "sequence": 99, "id": 7, "origin": "rule"}
    page = browser(ben).get(f"/entries/{entry.pk}/").context["form"].initial
    typed = {name: value for name, value in page.items() if value not in (None, False)}

    browser(ben).post(f"/entries/{entry.pk}/", {**typed, "title": "New words", **forged})

    was = (entry.uid, entry.creator_id, entry.origin, entry.pk)
    entry.refresh_from_db()
    assert entry.title == "New words"
    assert (entry.uid, entry.creator_id, entry.origin, entry.pk) == was


HTTPS = """
    import json, django
    from pathlib import Path
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client
    (settings.DAYBOOK.data / "static").mkdir(exist_ok=True)
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    proxied = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_HOST": "diary.firm.example"}
    plain = Client(HTTP_HOST="diary.firm.example").get("/accounts/login/")
    client = Client(**proxied)
    page = client.get("/accounts/login/")
    other = Client(HTTP_X_FORWARDED_PROTO="https", HTTP_HOST="evil.test").get("/")
    print(json.dumps({
        "plain": [plain.status_code, plain.headers.get("Location", "")],
        "page": [page.status_code, dict(page.headers)],
        "other": other.status_code,
        "cookies": {name: dict(each) for name, each in client.cookies.items()},
        "session": [settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE],
    }))
"""


def test_behind_https_cookies_and_pages_never_travel_in_the_clear(tmp_path: Path) -> None:
    environ = {name: text for name, text in os.environ.items() if not name.startswith("DAYBOOK_")}
    environ |= {
        "DAYBOOK_DATA": str(tmp_path),
        "DAYBOOK_PUBLIC_URL": "https://diary.firm.example",
        "DJANGO_SETTINGS_MODULE": "daybook.settings",
        "PYTHONPATH": str(ROOT / "src"),
    }

    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(HTTPS)],
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["plain"] == [301, "https://diary.firm.example/accounts/login/"]
    status, headers = seen["page"]
    assert status == 200
    assert "max-age=31536000" in headers["Strict-Transport-Security"]
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert seen["other"] == 400
    assert seen["session"] == ["__Host-session", True]
    assert set(seen["cookies"]) == {"__Host-csrf"}
    for cookie in seen["cookies"].values():
        assert cookie["secure"]
        assert cookie["httponly"]
        assert cookie["path"] == "/"
        assert not cookie["domain"]
