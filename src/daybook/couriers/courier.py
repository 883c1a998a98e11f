"""What a courier is: mails go in, one outcome for each attempted mail comes out.

Couriers know no models and no settings. They are the only code that opens a
socket, and they never decide whether a mail *should* go.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

LONGEST_LINE = 998  # octets without CRLF, RFC 5321 §4.5.3.1.6
LONGEST_ADDRESS = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets
_FORBIDDEN_IN_ADDRESS = frozenset(" <>\x7f") | {chr(code) for code in range(32)}


@dataclass(frozen=True, slots=True)
class Mail:
    """One whole message to one recipient, checked when it is made.

    `key` is the caller's own and comes back with the outcome. `head` and `body`,
    one after the other, are the message as it leaves: ASCII, every line ended by
    CRLF, none longer than 998 octets; it is stuffed with dots on the wire and
    otherwise never touched. A body that is one object in several mails is looked
    at once. Raises ValueError for anything else: it would be our bug, and a bare
    CR or LF is how one message becomes two (RFC 5321 §4.1.1.4).
    """

    key: int
    envelope_from: str
    envelope_to: str
    head: bytes
    body: bytes = b""

    def __post_init__(self) -> None:
        for address in (self.envelope_from, self.envelope_to):
            _check_address(address)
        _check_data(self.head)
        if self.body:
            _check_body(self.body)

    @property
    def data(self) -> bytes:
        """The whole message."""
        return self.head + self.body

    @property
    def size(self) -> int:
        """The octets of the whole message."""
        return len(self.head) + len(self.body)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server took responsibility for the mail (RFC 5321 §6.1)."""

    reply: str


@dataclass(frozen=True, slots=True)
class TryLater:
    """The mail did not get through now; the same bytes may go again.

    `uncertain`: it failed after the final dot was sent and the answer was lost,
    so the mail may have arrived (RFC 1047). Otherwise it surely did not.
    """

    reason: str
    reply: str = ""
    uncertain: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The server will never take this mail: `recipient_refused` or `message_refused`."""

    reason: str
    reply: str


@dataclass(frozen=True, slots=True)
class AccountTrouble:
    """Nothing can be sent through this account until somebody acts or the rest is over.

    Reasons: `sign_in_refused`; `server_unverified` (no STARTTLS, bad certificate);
    `host_not_allowed`; `host_unknown`; `sender_refused` (the server will not let this
    account use our envelope sender or From); `daily_limit`, which is over after
    `rest_seconds`. None means: until the account or its settings change.
    """

    reason: str
    reply: str = ""
    rest_seconds: int | None = None
    uncertain: bool = False


Outcome = Accepted | TryLater | Refused | AccountTrouble

CONNECTION_REASONS = frozenset(
    {
        "unreachable",  # no address of the host answered, or its name could not be looked up now
        "timed_out",
        "connection_lost",
        "protocol_error",  # what came back is not SMTP, or longer than any honest reply
        "server_busy",  # a temporary refusal before any mail was begun
        "server_refused",  # a permanent one: "no SMTP service here"
        "server_closing",  # 421
        "too_fast",  # the server asks us to slow down
    }
)
"""Reasons of a TryLater that are the connection's and not the mail's.

Such an outcome is the last of its batch, so fifty mails never make fifty attempts
against a dead server. Whoever schedules should let the account rest. `deferred`
(a 4xx for this one mail) is the only reason of a TryLater that is not here.
"""


def ends_batch(outcome: Outcome) -> bool:
    """Say whether the trouble is not this mail's alone, so that the rest must wait."""
    match outcome:
        case AccountTrouble():
            return True
        case TryLater(reason=reason):
            return reason in CONNECTION_REASONS
        case Accepted() | Refused():
            return False


class Courier(Protocol):
    """Whoever carries mails."""

    def carry(
        self, mails: Sequence[Mail], still_ours: Callable[[], bool]
    ) -> Iterator[tuple[int, Outcome]]:
        """Carry the mails over one connection and yield (key, outcome) in order.

        Each outcome comes as soon as it is known, before the next mail's text leaves.
        The iteration may end early: a mail without an outcome was surely not
        delivered and may be put back as it was. It ends after any outcome for which
        `ends_batch` is true.

        `still_ours` is asked before a mail's MAIL leaves and again right before its
        text does; when it says no, the connection is given up and nothing more is
        yielded. A mail whose final dot was sent always gets its outcome. The caller
        may stop iterating at any time (`close()` on the iterator, or `break`); the
        connection is then closed. An empty batch opens none.
        """
        ...


def _check_address(address: str) -> None:
    if not 3 <= len(address) <= LONGEST_ADDRESS or not address.isascii() or "@" not in address:
        raise ValueError(f"not an envelope address: {address!r}")
    if not _FORBIDDEN_IN_ADDRESS.isdisjoint(address):
        raise ValueError(f"character not allowed in an envelope address: {address!r}")


def _check_data(data: bytes) -> None:
    if not data.endswith(b"\r\n"):
        raise ValueError("a message ends with CRLF")
    if not data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r"):
        raise ValueError("a message has no bare CR or LF")
    if not data.isascii() or b"\0" in data:
        raise ValueError("a message is 7-bit text")
    if _has_line_longer_than(LONGEST_LINE, data):
        raise ValueError(f"a line of a message has at most {LONGEST_LINE} octets")


def _has_line_longer_than(octets: int, data: bytes) -> bool:
    """Look at one line end in every so many octets, the last one a line could begin behind.

    `data` ends with CRLF and has no bare CR or LF.
    """
    begins = 0
    while len(data) - begins > octets + 2:
        end = data.rfind(b"\n", begins, begins + octets + 2)
        if end < 0:
            return True
        begins = end + 1
    return False


# It remembers only what was right.
_check_body = lru_cache(maxsize=16)(_check_data)
