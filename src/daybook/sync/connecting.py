"""Couriers for mail accounts: the one place where settings and models meet the network."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from daybook.couriers.guard import Guard
from daybook.couriers.signing_in import SmtpAccount
from daybook.couriers.smtp import SmtpCourier
from daybook.people import accounts
from daybook.people.models import MailAccount


@lru_cache(maxsize=4)
def guard(allowed: tuple[str, ...]) -> Guard:
    """Return the guard every connection of this process passes."""
    return Guard(allowed)


def courier_for(account: MailAccount) -> SmtpCourier:
    """Return the courier of one account. Raises SealBroken if its password cannot be opened."""
    return courier_to(
        host=account.host,
        port=account.port,
        security=account.security,
        username=account.username,
        password=accounts.open_password(account),
    )


def courier_to(*, host: str, port: int, security: str, username: str, password: str) -> SmtpCourier:
    """Return a courier that signs in as described, under the installation's guard and trust."""
    return SmtpCourier(
        SmtpAccount(
            host=host,
            port=port,
            security=security,
            username=username,
            password=password,
            local_host=settings.DAYBOOK.public_host or "localhost",
        ),
        guard(settings.DAYBOOK.mail_hosts_allowed),
        ca_file=str(settings.DAYBOOK.mail_ca_file) if settings.DAYBOOK.mail_ca_file else None,
    )
