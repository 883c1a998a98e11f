"""Reminders by mail: to oneself, under the account's lease and pace, each once."""

from __future__ import annotations

import email
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.entries.build import NOW, a_person, a_type, an_account, an_entry, at
from tests.people.build import at_the_same_time
from tests.sync.world import World, value

from daybook.couriers.courier import Accepted, AccountTrouble, Mail, Outcome, Refused, TryLater
from daybook.couriers.memory import MemoryCourier
from daybook.entries import changing, reminders
from daybook.entries.drafts import EntryChanges
from daybook.entries.models import DiaryEntry, Reminder
from daybook.entries.reminders import Habit
from daybook.people import service
from daybook.people.models import MailAccount, Person, ServiceOrganiser
from daybook.sync import clocks, lease, quarantine, reminding
from daybook.sync.download import Download, download
from daybook.sync.models import ReminderMail

LATER = NOW + timedelta(minutes=1)
TEN = at(10).starts_at()
QUARTER = TEN - timedelta(minutes=15)
BY_MAIL = Habit(timed=[15], by_mail=True)


class Firm:
    """Somebody who is reminded by mail, an entry at ten, and a clock that moves when told."""

    def __init__(self, habit: Habit = BY_MAIL, *, sends: bool = True) -> None:
        self.ada = a_person("Ada", sends=sends)
        reminders.choose_habit(self.ada, habit, now=NOW)
        self.ada.refresh_from_db()
        self.now = QUARTER
        self.courier = MemoryCourier()

    def entry(self, **more: object) -> DiaryEntry:
        return an_entry(self.ada, span=at(10), **more)  # type: ignore[arg-type]

    def script(self, *outcomes: Outcome) -> None:
        delivered = self.courier.delivered
        self.courier = MemoryCourier(outcomes)
        self.courier.delivered = delivered

    def work(self) -> list[Mail]:
        """Do what a worker does about reminders; return what arrived."""
        before = len(self.courier.delivered)
        reminding.give_due(self.now)
        while (mail := reminding.claim(self.now)) is not None:
            self.carry(mail)
        return self.courier.delivered[before:]

    def carry(self, mail: ReminderMail, per_minute: int = 0) -> None:
        reminding.carry_out(
            mail, now=lambda: self.now, courier_for=lambda _: self.courier, per_minute=per_minute
        )

    def restored(self, **later: float) -> None:
        """Put what is there in quarantine, as a backup is, and release it so much `later`."""
        quarantine.begin([], self.now)
        self.now += timedelta(**later)
        quarantine.release(by=None, now=self.now)

    def shown(self) -> list[tuple[int, str]]:
        """Return the reminders on Ada's pages, with why they were not mailed."""
        found = reminders.shown_to(self.ada, self.now)
        return [(each.minutes, each.not_mailed) for each in found]


@pytest.fixture
def firm(db: None) -> Firm:
    return Firm()


def test_a_reminder_reaches_its_own_person_and_nobody_else(firm: Firm) -> None:
    ben = a_person("Ben")
    an_entry(firm.ada, ben, span=at(10), title="Boiler survey")

    (mail,) = firm.work()

    assert (mail.envelope_from, mail.envelope_to) == ("ada@firm.example", "ada@firm.example")
    message = email.message_from_bytes(mail.data)
    assert message["Subject"] == "Reminder: Boiler survey (23 Nov, 10:00)"
    assert {part.get_content_type() for part in message.walk()} == {
        "multipart/alternative",
        "text/plain",
        "text/html",
    }


def test_before_its_time_nothing_comes_and_after_it_nothing_again(firm: Firm) -> None:
    firm.entry()
    firm.now = QUARTER - timedelta(seconds=1)
    assert firm.work() == []

    firm.now = QUARTER
    assert len(firm.work()) == 1
    assert firm.work() == []
    assert ReminderMail.objects.get().data == b""


def test_it_tells_the_time_by_the_clocks_of_its_reader(firm: Firm) -> None:
    Person.objects.filter(pk=firm.ada.pk).update(timezone="America/New_York")
    firm.ada.refresh_from_db()
    firm.entry()

    (mail,) = firm.work()

    assert b"05:00 to 06:00 (America/New_York)" in mail.data


@pytest.mark.parametrize(("disclosure", "said"), [("busy", "Busy"), ("title", "Demo")])
def test_no_more_leaves_than_the_type_lets(firm: Firm, disclosure: str, said: str) -> None:
    kind = a_type("Private", disclosure=disclosure)
    firm.entry(kind=kind, notes="secret notes", location="secret place")

    (mail,) = firm.work()

    assert said.encode() in mail.data
    assert b"secret" not in mail.data


def test_of_a_type_that_stays_in_the_diary_it_is_shown_there(firm: Firm) -> None:
    firm.entry(kind=a_type("Call", synchronise=False))

    assert firm.work() == []
    assert firm.shown() == [(15, "type_stays")]


@pytest.mark.django_db
def test_without_an_account_the_firms_mailbox_sends_it_and_without_that_it_is_shown() -> None:
    firm = Firm(sends=False)
    firm.entry()
    assert firm.work() == []
    assert firm.shown() == [(15, "no_account")]

    row = service.the()
    row.address = row.address_key = "diary@firm.example"
    row.account = an_account(None)
    row.save()
    an_entry(firm.ada, span=at(10))
    (mail,) = firm.work()
    assert (mail.envelope_from, mail.envelope_to) == ("diary@firm.example", "ada@firm.example")
    assert ServiceOrganiser.objects.count() == 1


def test_without_email_syncing_it_is_shown(firm: Firm) -> None:
    firm.entry()
    Person.objects.filter(pk=firm.ada.pk).update(diary_sync=False, email_syncing=False)

    assert firm.work() == []
    assert firm.shown() == [(15, "email_syncing_off")]


def test_what_the_server_puts_off_comes_later_with_the_same_bytes(firm: Firm) -> None:
    firm.entry()
    firm.script(TryLater("connection_lost", uncertain=True))
    (maybe,) = firm.work()

    MailAccount.objects.update(next_try_at=None)
    firm.now += timedelta(minutes=1)
    (again,) = firm.work()

    assert again.data == maybe.data


def test_what_cannot_be_mailed_before_the_entry_begins_is_not_mailed_after(firm: Firm) -> None:
    firm.entry()
    firm.script(*[TryLater("server_busy")] * 9)
    firm.work()
    firm.now = TEN

    assert firm.work() == []
    assert ReminderMail.objects.get().outcome == "begun"
    assert firm.shown() == [(15, "begun")]


def test_a_refused_address_is_said_on_the_pages(firm: Firm) -> None:
    firm.entry()
    firm.script(Refused("recipient_refused", "550 5.1.1 no such user"))

    assert firm.work() == []
    assert firm.shown() == [(15, "recipient_refused")]


def test_trouble_of_the_account_holds_it_like_any_other_mail(firm: Firm) -> None:
    firm.entry()
    firm.script(AccountTrouble("sign_in_refused", "535 5.7.8"))
    firm.work()

    account = MailAccount.objects.get()
    assert (account.held_reason, account.leased_until) == ("sign_in_refused", None)
    firm.now += timedelta(minutes=5)
    assert firm.work() == []
    assert len(firm.courier.batches) == 1


def test_while_somebody_else_holds_the_account_it_waits_a_moment(firm: Firm) -> None:
    firm.entry()
    with transaction.atomic():
        assert lease.take(MailAccount.objects.get().pk, firm.now)

    assert firm.work() == []
    MailAccount.objects.update(leased_until=None)
    firm.now += timedelta(seconds=5)
    assert len(firm.work()) == 1


def test_reminders_and_invitations_share_the_pace_of_an_account(firm: Firm) -> None:
    firm.entry()
    an_entry(firm.ada, span=at(10))
    reminding.give_due(firm.now)
    first, second = reminding.claim(firm.now), reminding.claim(firm.now)
    assert first is not None
    assert second is not None

    firm.carry(first, per_minute=1)
    firm.carry(second, per_minute=1)

    assert len(firm.courier.delivered) == 1
    second.refresh_from_db()
    assert second.next_at == firm.now + timedelta(minutes=1)


def test_a_carrier_that_died_is_followed_by_one_with_the_same_bytes(firm: Firm) -> None:
    firm.entry()
    reminding.give_due(firm.now)
    dead = reminding.claim(firm.now)
    assert dead is not None
    assert reminding.claim(firm.now) is None

    firm.now = TEN - timedelta(seconds=1)
    ReminderMail.objects.update(next_at=firm.now)
    (mail,) = firm.work()

    assert mail.data == bytes(dead.data)


def test_a_worker_that_dies_while_giving_has_given_nothing(firm: Firm) -> None:
    firm.entry()
    with transaction.atomic():
        assert reminders.take(Reminder.objects.get(), firm.now)
        transaction.set_rollback(True)

    assert len(firm.work()) == 1


@pytest.mark.parametrize("verb", [changing.cancel, changing.delete, changing.complete])
def test_of_what_is_off_nothing_is_mailed(firm: Firm, verb: object) -> None:
    entry = firm.entry()
    verb(entry.pk, by=firm.ada, now=LATER)  # type: ignore[operator]

    assert firm.work() == []


def test_a_reminder_that_waited_in_a_backup_is_shown_and_not_mailed_again(firm: Firm) -> None:
    firm.entry()
    firm.script(TryLater("unreachable"))
    assert firm.work() == []
    firm.restored()

    assert firm.work() == []
    assert firm.shown() == [(15, "restored")]
    assert "may have been mailed" in reminding.why_not_mailed("restored")


def test_a_reminder_that_was_due_between_backup_and_restore_is_shown_and_not_mailed(
    firm: Firm,
) -> None:
    firm.entry()
    firm.restored()

    assert firm.work() == []
    assert firm.shown() == [(15, "restored")]


def test_a_reminder_of_what_is_over_is_neither_shown_nor_mailed_after_a_restore(
    firm: Firm,
) -> None:
    firm.entry()
    firm.restored(hours=3)

    assert firm.work() == []
    assert firm.shown() == []


def test_a_reminder_that_falls_due_in_quarantine_is_mailed_at_the_release(firm: Firm) -> None:
    firm.entry()
    firm.now = QUARTER - timedelta(minutes=30)
    firm.restored(minutes=35)

    assert len(firm.work()) == 1


def test_a_clock_in_the_future_drops_no_reminder_for_good(firm: Firm) -> None:
    firm.entry()
    right = firm.now - timedelta(hours=1)
    firm.now += timedelta(days=12 * 365)
    assert firm.work() == []
    reminders.forget(firm.now)

    firm.now = right
    clocks.set_right(firm.now)
    assert firm.work() == []
    firm.now = QUARTER

    assert len(firm.work()) == 1


@pytest.mark.django_db(transaction=True)
def test_of_ten_workers_at_once_one_gives_it() -> None:
    firm = Firm()
    firm.entry()

    given = at_the_same_time([partial(reminding.give_due, firm.now)] * 10)

    assert sorted(given, key=str) == [0] * 9 + [1]
    assert ReminderMail.objects.count() == 1


@pytest.mark.django_db
def test_the_own_copy_mailed_and_downloaded_carries_the_alarm_and_nobody_elses_does() -> None:
    ada, ben = a_person("Ada", sends=True), a_person("Ben")
    for person, minutes in ((ada, 15), (ben, 5)):
        reminders.choose_habit(person, Habit(timed=[minutes], in_calendar=True), now=NOW)
        person.refresh_from_db()
    entry = an_entry(ada, ben, span=at(10))

    mails = {mail.envelope_to: mail for mail in World().run()}

    assert value(mails["ada@firm.example"], "TRIGGER") == "-PT15M"
    assert value(mails["ben@firm.example"], "TRIGGER") == ""
    triggers = [_trigger_in(entry, person) for person in (ada, ben, a_person("Cleo"), None)]
    assert triggers == [b"TRIGGER:-PT15M", b"TRIGGER:-PT5M", b"", b""]


def _trigger_in(entry: DiaryEntry, reader: Person | None) -> bytes:
    file = download(entry, reader, LATER)
    assert isinstance(file, Download)
    lines = file.data.split(b"\r\n")
    return next((line for line in lines if line.startswith(b"TRIGGER")), b"")


MINUTES = st.integers(1, 40)
ACTS = st.one_of(
    st.tuples(st.just("wait"), MINUTES),
    st.tuples(st.just("back"), MINUTES),
    st.tuples(st.just("move"), st.integers(9, 12)),
    st.tuples(st.just("choose"), st.sampled_from([5, 15, 30])),
    st.tuples(st.sampled_from(["cancel", "restore", "work", "die"]), st.just(0)),
    st.tuples(st.just("meet"), st.sampled_from([0, 1, 2])),
)
FATES: tuple[Outcome, ...] = (
    Accepted("250 Ok"),
    TryLater("server_busy"),
    TryLater("connection_lost", uncertain=True),
)


class Life:
    """One entry, its reminder, and whatever may happen to both."""

    def __init__(self) -> None:
        self.firm = Firm()
        self.firm.now = NOW
        self.entry = self.firm.entry()
        self.lost = 0
        self.latest = self.firm.now

    def wait(self, minutes: int) -> None:
        self.firm.now += timedelta(minutes=minutes)
        self.latest = max(self.latest, self.firm.now)

    def back(self, minutes: int) -> None:
        self.firm.now -= timedelta(minutes=minutes)

    def move(self, hour: int) -> None:
        changes = EntryChanges(span=at(hour))
        changing.change(self.entry.pk, changes, by=self.firm.ada, now=self.firm.now)

    def choose(self, minutes: int) -> None:
        reminders.choose_for(self.entry.pk, self.firm.ada, [minutes], now=self.firm.now)

    def cancel(self, _: int) -> None:
        changing.cancel(self.entry.pk, by=self.firm.ada, now=self.firm.now)

    def restore(self, _: int) -> None:
        changing.restore(self.entry.pk, by=self.firm.ada, now=self.firm.now)

    def meet(self, fate: int) -> None:
        self.lost += fate == 2
        self.firm.script(FATES[fate])

    def die(self, _: int) -> None:
        """A worker gives what is due, claims a mail, and is never heard of again."""
        reminding.give_due(self.firm.now)
        reminding.claim(self.firm.now)

    def work(self, _: int) -> None:
        MailAccount.objects.update(next_try_at=None)
        self.firm.work()

    def check(self) -> None:
        """Everything wanted and still to come has its one row, and copies are the same bytes."""
        self.entry.refresh_from_db()
        rows = Reminder.objects.filter(entry=self.entry, starts_at=self.entry.starts_at)
        found = [row.minutes for row in rows]
        for minutes in self._wanted():
            # What was too late when it was chosen stays so, also if the clock then goes back.
            if self.entry.starts_at - timedelta(minutes=minutes) > self.latest:
                assert found.count(minutes) == 1
        mails = [mail.data for mail in self.firm.courier.delivered]
        ids = {email.message_from_bytes(data)["Message-ID"]: data for data in mails}
        assert set(ids.values()) == set(mails)
        assert len(mails) - len(ids) <= self.lost

    def _wanted(self) -> list[int]:
        if self.entry.state != "open":
            return []
        chosen = reminders.chosen_for(self.entry, self.firm.ada)
        return [15] if chosen is None else chosen


@pytest.mark.django_db
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(ACTS, max_size=25))
def test_whatever_happens_a_reminder_is_mailed_once_for_each_beginning(
    acts: list[tuple[str, int]],
) -> None:
    with transaction.atomic():
        life = Life()
        for act, number in acts:
            getattr(life, act)(number)
            life.check()
        transaction.set_rollback(True)
