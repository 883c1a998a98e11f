"""A small world for the tests of the way out: a clock, a courier, and calendars at its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tests.entries.build import NOW

from daybook.couriers.courier import Mail, Outcome
from daybook.couriers.memory import MemoryCourier
from daybook.ledger.models import Calendar, Parcel
from daybook.people.models import MailAccount
from daybook.sync import lease
from daybook.sync.outbound import Outbound


class World:
    """Runs the way out with a clock that only moves when told, and keeps what arrived.

    `script` gives the outcomes of the next mails; after it every mail is accepted. `per_minute`
    is the pace of each account, 0 for none.
    """

    def __init__(
        self, script: Sequence[Outcome] = (), now: datetime = NOW, *, per_minute: int = 0
    ) -> None:
        self.now = now
        self.courier = MemoryCourier(script)
        self.outbound = Outbound(
            courier_for=lambda _: self.courier, now=lambda: self.now, per_minute=per_minute
        )

    def script(self, *outcomes: Outcome, arrive: bool = True) -> None:
        """Let the next mails meet `outcomes`; `arrive`: a lost answer's mail did arrive."""
        before = self.courier
        self.courier = MemoryCourier(outcomes, lost_answers_arrive=arrive)
        self.courier.delivered, self.courier.batches = before.delivered, before.batches

    def passing(self, call: Callable[[str], None]) -> None:
        """Let `call` be told each point the worker passes."""
        self.outbound = replace(self.outbound, passing=call)

    def wait(self, **duration: float) -> None:
        """Move the clock, as `timedelta` takes it."""
        self.now += timedelta(**duration)

    def run(self, **duration: float) -> list[Mail]:
        """Let the quiet period (and `duration`) pass, send what is due, return what arrived."""
        self.wait(**(duration or {"minutes": 2}))
        before = len(self.courier.delivered)
        while self.round():
            pass
        return self.courier.delivered[before:]

    def round(self) -> bool:
        """Do what a worker's round does; return whether anything happened."""
        routed = self.outbound.route()
        due = Calendar.objects.filter(due_at__lte=self.now, account_id__isnull=False)
        usable = lease.usable(self.now).filter(pk__in=due.values("account_id"))
        return bool(sum([self.outbound.serve(account.pk) for account in usable]) or routed)


def to(mails: Sequence[Mail]) -> list[str]:
    """Return the recipients of `mails`, in order."""
    return [mail.envelope_to for mail in mails]


def attempted(world: World) -> list[Mail]:
    """Return every mail that was begun, in order, whatever became of it."""
    keys = [key for batch in world.courier.batches for key in batch]
    found = Parcel.objects.in_bulk(keys)
    return [
        Mail(key, found[key].envelope_from, found[key].envelope_to, bytes(found[key].data))
        for key in keys
    ]


def value(mail: Mail, name: str) -> str:
    """Return the value of the last content line `name` of a mail's calendar part."""
    import email

    for part in email.message_from_bytes(mail.data).walk():
        if part.get_content_type() in ("text/calendar", "application/ics"):
            body = part.get_payload(decode=True)
            assert isinstance(body, bytes)
            text = body.decode().replace("\r\n ", "")
            for line in reversed(text.split("\r\n")):
                if line.startswith((f"{name}:", f"{name};")):
                    return line.partition(":")[2]
    return ""


def only_account() -> MailAccount:
    """Return the one mail account there is."""
    return MailAccount.objects.get()
