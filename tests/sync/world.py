"""A small world for the tests of the way out: a clock, a courier, and calendars at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from tests.entries.build import NOW

from daybook.couriers.courier import Mail, Outcome
from daybook.couriers.memory import MemoryCourier
from daybook.ledger.models import Calendar
from daybook.people.models import MailAccount
from daybook.sync import lease
from daybook.sync.outbound import Outbound


class World:
    """Runs the way out with a clock that only moves when told, and keeps what arrived.

    `script` gives the outcomes of the next mails; after it every mail is accepted.
    """

    def __init__(self, script: Sequence[Outcome] = (), now: datetime = NOW) -> None:
        self.now = now
        self.courier = MemoryCourier(script)
        self.outbound = Outbound(
            courier_for=lambda _: self.courier, now=lambda: self.now, per_minute=0
        )

    def script(self, *outcomes: Outcome, arrive: bool = True) -> None:
        """Let the next mails meet `outcomes`; `arrive`: a lost answer's mail did arrive."""
        before = self.courier.delivered
        self.courier = MemoryCourier(outcomes, lost_answers_arrive=arrive)
        self.courier.delivered = before

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
        accounts = set(due.values_list("account_id", flat=True))
        usable = lease.usable(self.now).filter(pk__in=accounts).values_list("pk", flat=True)
        return bool(sum([self.outbound.serve(pk) for pk in usable]) or routed)


def to(mails: Sequence[Mail]) -> list[str]:
    """Return the recipients of `mails`, in order."""
    return [mail.envelope_to for mail in mails]


def value(mail: Mail, name: str) -> str:
    """Return the value of the last content line `name` of a mail's calendar part."""
    import email

    for part in email.message_from_bytes(mail.data).walk():
        if part.get_content_type() in ("text/calendar", "application/ics"):
            body = part.get_payload(decode=True)
            assert isinstance(body, bytes)
            for line in reversed(body.decode().split("\r\n")):
                if line.startswith((f"{name}:", f"{name};")):
                    return line.partition(":")[2]
    return ""


def only_account() -> MailAccount:
    """Return the one mail account there is."""
    return MailAccount.objects.get()


def every_account() -> Iterator[MailAccount]:
    """Yield the mail accounts, oldest first."""
    yield from MailAccount.objects.order_by("pk")


Clock = Callable[[], datetime]
