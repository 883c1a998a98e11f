"""The SMTP courier beside Python's own client and Postfix's, sending to Postfix's smtp-sink.

Run as `python -m benchmarks.courier`. On loopback the question is what a mail costs the
processor; 20 ms away it is how often a sender waits for the other side.
"""

from __future__ import annotations

import base64
import contextlib
import random
import smtplib
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from queue import Queue

from benchmarks.measure import Ratio, report, side_by_side

from daybook.couriers.courier import Accepted, Mail
from daybook.couriers.guard import Guard
from daybook.couriers.smtp import SmtpAccount, SmtpCourier

ROUND_TRIP = 0.020  # seconds
SENDER = "ada@firm.example"


def letters(count: int) -> list[Mail]:
    """Return mails of about 14 kB, the size of an invitation."""
    chance = random.Random(7)
    mails = []
    for key in range(count):
        body = base64.encodebytes(chance.randbytes(10_000)).replace(b"\n", b"\r\n")
        head = f"From: {SENDER}\r\nTo: ben{key}@client.example\r\nSubject: {key}\r\n\r\n".encode()
        mails.append(Mail(key, SENDER, f"ben{key}@client.example", head + body))
    return mails


def by_courier(port: int, mails: Sequence[Mail]) -> Callable[[], int]:
    account = SmtpAccount("127.0.0.1", port, "none")
    courier = SmtpCourier(account, Guard(["127.0.0.1"]))

    def carry() -> int:
        accepted = [
            key
            for key, outcome in courier.carry(mails, lambda: True)
            if outcome.__class__ is Accepted
        ]
        assert accepted == [mail.key for mail in mails]
        return len(accepted)

    return carry


def by_smtplib(port: int, mails: Sequence[Mail]) -> Callable[[], int]:
    def carry() -> int:
        with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as client:
            for mail in mails:
                client.sendmail(mail.envelope_from, [mail.envelope_to], mail.data)
        return len(mails)

    return carry


def by_smtplib_anew(port: int, mails: Sequence[Mail]) -> Callable[[], int]:
    """Return a sender that connects for every mail, as a first version does."""

    def carry() -> int:
        for mail in mails:
            by_smtplib(port, [mail])()
        return len(mails)

    return carry


def by_smtp_source(port: int, mails: Sequence[Mail]) -> Callable[[], int]:
    """Return Postfix's own test client, one session kept open, mails of the same size."""
    size = sum(len(mail.data) for mail in mails) // len(mails)
    command = ["smtp-source", "-d", "-s", "1", "-m", str(len(mails)), "-l", str(size)]
    command += ["-f", SENDER, "-t", "ben@client.example", f"127.0.0.1:{port}"]

    def carry() -> int:
        subprocess.run(command, check=True)
        return len(mails)

    return carry


@contextlib.contextmanager
def sink() -> Iterator[int]:
    """Run smtp-sink, which takes every mail and forgets it; give its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    process = subprocess.Popen(["smtp-sink", "-u", "nobody", f"127.0.0.1:{port}", "100"])
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def wait_for(port: int) -> None:
    for _ in range(100):
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


@contextlib.contextmanager
def at_a_distance(port: int) -> Iterator[int]:
    """Give a port that leads to `port` with half of ROUND_TRIP on each way."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        threading.Thread(target=_lead, args=(listener, port), daemon=True).start()
        yield listener.getsockname()[1]


def _lead(listener: socket.socket, port: int) -> None:
    with contextlib.suppress(OSError):  # closed: the measuring is over
        while True:
            near, _ = listener.accept()
            time.sleep(ROUND_TRIP)  # the handshake of TCP
            far = socket.create_connection(("127.0.0.1", port))
            for source, target in ((near, far), (far, near)):
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                late: Queue[tuple[float, bytes]] = Queue()
                threading.Thread(target=_receive, args=(source, late), daemon=True).start()
                threading.Thread(target=_deliver, args=(target, late), daemon=True).start()


def _receive(source: socket.socket, late: Queue[tuple[float, bytes]]) -> None:
    data = b"x"
    while data:
        with contextlib.suppress(ConnectionError):
            data = b""
            data = source.recv(1 << 16)
        late.put((time.monotonic() + ROUND_TRIP / 2, data))


def _deliver(target: socket.socket, late: Queue[tuple[float, bytes]]) -> None:
    with contextlib.suppress(OSError):
        while True:
            due, data = late.get()
            time.sleep(max(0, due - time.monotonic()))
            if not data:
                target.shutdown(socket.SHUT_WR)
                return
            target.sendall(data)


def measured() -> Iterator[Ratio]:
    many, few, far_ones = letters(1000), letters(200), letters(40)
    with sink() as port:
        yield side_by_side(
            "1,000 mails, loopback: courier / smtplib, one connection",
            by_courier(port, many),
            by_smtplib(port, many),
            promise=1.5,
        )
        yield side_by_side(
            "200 mails, loopback: courier / smtplib, a connection each",
            by_courier(port, few),
            by_smtplib_anew(port, few),
            promise=2.5,
        )
        yield side_by_side(
            "1,000 mails, loopback: courier / Postfix's smtp-source",
            by_courier(port, many),
            by_smtp_source(port, many),
            promise=1.0,
        )
        with at_a_distance(port) as far:
            yield side_by_side(
                "40 mails, 20 ms away: courier / smtplib, one connection",
                by_courier(far, far_ones),
                by_smtplib(far, far_ones),
                promise=3.5,
                rounds=3,
            )
            yield side_by_side(
                "40 mails, 20 ms away: courier / smtplib, a connection each",
                by_courier(far, far_ones),
                by_smtplib_anew(far, far_ones[:10]),
                promise=6,
                rounds=3,
            )


if __name__ == "__main__":
    report(measured())
