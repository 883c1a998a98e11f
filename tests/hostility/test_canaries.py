"""Twenty secrets, every way things go wrong, and nowhere a trace of one.

After everything failed that can fail, the words are looked for in the log, in pages, in answers of
the API, in mails and in every row of the database. The files of a running installation, and a
backup of it, are looked at by `torture/canaries.py`.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.hostility.canaries import Story, canary, rows
from tests.hostility.firm import ACCOUNT, Firm
from tests.web.build import an_administrator

from daybook import configuration
from daybook.entries import person_changes
from daybook.people.details import PersonChanges
from daybook.sync import connecting


@pytest.mark.django_db
def test_no_secret_is_found_anywhere_after_everything_went_wrong(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    story = Story(Firm())
    story.forms_that_are_refused()
    story.signing_in_that_fails()
    story.programs_that_are_refused()
    story.faults_of_ours()
    story.servers_that_misbehave()
    story.workers_that_break()
    story.look_everywhere()

    seen, said = story.seen, capfd.readouterr()
    assert len(seen.secrets) >= 20
    assert len(seen.answers) > 50
    assert seen.mails
    assert "a fault" in caplog.text
    found = seen.traces("the log", caplog.text.encode())
    found += seen.traces("what was printed", (said.out + said.err).encode())
    for answer in seen.answers:
        found += seen.traces("an answer", answer)
    for mail in seen.mails:
        found += seen.traces("a mail", mail)
    for label, row in rows():
        found += seen.traces(label, row)
    # Whoever typed it there sees it again, and a wish keeps it until the worker looked it up.
    known = {f"typed in the wrong field in {where}" for where in ("an answer", "people.LinkMail")}
    assert set(found) - known == set()


def test_a_database_address_is_shown_and_refused_without_its_password() -> None:
    secret = canary("database").replace(" ", "-")
    url = f"postgresql://me:{secret}@db.firm.example/daybook"
    configured = configuration.read({"DAYBOOK_DATABASE_URL": url})

    assert secret not in repr(configured)
    with pytest.raises(configuration.ConfigurationError) as refusal:
        configuration.read({"DAYBOOK_DATABASE_URL": url.replace("postgresql", "mysql")})
    assert secret not in str(refusal.value)


@pytest.mark.django_db
def test_what_holds_a_password_does_not_show_it_when_it_is_printed() -> None:
    secret = canary("printed")
    typed = replace(ACCOUNT, password=secret)
    ada = an_administrator()
    account = person_changes.set_mail_account(ada, typed, by=None, now=datetime.now(UTC))

    shown = (typed, PersonChanges(password=secret), account, connecting.courier_for(account))
    assert not [each for each in shown if secret in repr(each) or secret in str(each)]
