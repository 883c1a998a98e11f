"""Small builders: mails, and couriers to a server on loopback."""

from __future__ import annotations

from tests.couriers.certificates import NAME

from daybook.couriers.courier import Courier, Mail, Outcome
from daybook.couriers.guard import Guard
from daybook.couriers.smtp import SmtpAccount, SmtpCourier, Timeouts

PATIENT = Timeouts(connect=10, reply=10, total=10, data_reply=10)
HASTY = Timeouts(connect=0.6, reply=0.4, total=1, data_reply=0.4)
LETTER = b"Subject: Site visit\r\n\r\nTen o'clock.\r\n"


def mail(key: int, data: bytes = LETTER) -> Mail:
    return Mail(key, "ada@firm.test", f"ben{key}@client.test", data)


def mails(count: int, data: bytes = LETTER) -> list[Mail]:
    return [mail(key, data) for key in range(1, count + 1)]


def always() -> bool:
    return True


def carried(courier: Courier, *letters: Mail) -> list[tuple[int, Outcome]]:
    return list(courier.carry(letters, always))


def on_loopback(allowed: str = NAME) -> Guard:
    """Return a guard that lets through one name, which is this machine."""
    return Guard([allowed], resolver=lambda *_: [("127.0.0.1", 0)])


def courier_to(
    port: int,
    security: str = "none",
    username: str = "",
    password: str = "",
    *,
    ca_file: str | None = None,
    timeouts: Timeouts = PATIENT,
) -> SmtpCourier:
    account = SmtpAccount(NAME, port, security, username, password)
    return SmtpCourier(account, on_loopback(), ca_file=ca_file, timeouts=timeouts)
