"""Keys that change while everybody's account sends, and passwords that are nowhere to be read.

`python -m tests.sync.key_rotation prepare NUMBER`, or `send`, is what the processes do that are
started here, with the settings of an installation in their environment.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.test_commands import Installation

CANARY = "canary-of-a-mail-password-83c1"


@dataclass(frozen=True)
class Rotated:
    """What one run came to: keys that were put in front, mails that left, accounts in trouble."""

    keys: int
    sent: int
    held: int


def rotate_while_sending(installation: Installation, accounts: int) -> Rotated:
    """Give everybody an account, and change the key again and again while all of them send."""
    script(installation, "prepare", str(accounts)).communicate()
    sender = script(installation, "send")
    keys = 0
    while sender.poll() is None or keys < 2:
        done = installation.run("rotate-keys")
        assert done.returncode == 0, done.stderr
        keys += 1
    answer = json.loads(sender.communicate()[0].splitlines()[-1])
    return Rotated(keys, **answer)


def read_everywhere(installation: Installation, backup: Path) -> list[str]:
    """Return the files in which a password can be read: the database, its WAL, backup, journal."""
    made = installation.run("backup", str(backup))
    assert made.returncode == 0, made.stderr
    files = [path for path in installation.data.rglob("*") if path.is_file()]
    texts = {str(path): path.read_bytes() for path in [*files, backup]}
    if "DAYBOOK_DATABASE_URL" in installation.environment:
        # Packed, as it lies there.
        command = ["pg_restore", "--file=-", str(backup)]
        texts["unpacked"] = subprocess.run(command, capture_output=True, check=True).stdout
    canaries = (CANARY.encode(), CANARY.encode().hex().encode())
    return [name for name, text in texts.items() if any(canary in text for canary in canaries)]


def script(installation: Installation, *words: str) -> subprocess.Popen[str]:
    root = str(Path(__file__).parents[2])
    return subprocess.Popen(
        [sys.executable, "-m", "tests.sync.key_rotation", *words],
        env=installation.environment | {"PYTHONPATH": root, "DAYBOOK_QUIET_SECONDS": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def prepare(accounts: int) -> None:
    from tests.entries.build import a_person, an_entry, at

    from daybook.commands.database import prepare as make_tables
    from daybook.people import accounts as mail_accounts
    from daybook.people.models import MailAccount

    make_tables()
    guest, now = a_person("Guest"), datetime.now(UTC)
    for number in range(accounts):
        person = a_person(f"Person{number}", sends=True, syncs=False)
        account = MailAccount.objects.get(person=person)
        account.host, account.security, account.username = "smtp.firm.example", "tls", "me"
        account.password_sealed = mail_accounts.sealed_for(account, f"{CANARY}-{number}")
        account.save()
        day = now.date() + timedelta(days=9)
        an_entry(guest, creator=person, span=at(9, day=day), now=now - timedelta(minutes=5))


def send() -> dict[str, int]:
    """Send by every account, each with its password, to a server in memory."""
    from daybook.couriers.courier import Courier
    from daybook.couriers.memory import MemoryCourier
    from daybook.ledger.models import Parcel
    from daybook.people import accounts
    from daybook.people.models import MailAccount
    from daybook.sync import connecting
    from daybook.sync.outbound import Outbound

    def courier_for(account: MailAccount) -> Courier:
        connecting.courier_for(account)
        password = accounts.open_password(account)
        if not password.startswith(CANARY):
            raise AssertionError("this is another password")
        return MemoryCourier()

    outbound = Outbound(courier_for=courier_for, per_minute=0)
    while outbound.route():
        pass
    for pk in MailAccount.objects.values_list("pk", flat=True):
        outbound.serve(pk)
    return {
        "sent": Parcel.objects.filter(state="sent").count(),
        "held": MailAccount.objects.exclude(held_reason="").count(),
    }


def main(command: str, *arguments: str) -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "daybook.settings"
    django.setup()
    if command == "prepare":
        prepare(int(arguments[0]))
    else:
        sys.stdout.write(json.dumps(send()) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
