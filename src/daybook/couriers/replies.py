"""What a server's answer means. Pure: no socket, no clock.

`Reply` is an answer made fit to keep and to show; `refusal` turns one into an
outcome.
"""

import base64
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from daybook.couriers.courier import AccountTrouble, Refused, TryLater

LONGEST_SHOWN = 500  # characters of a reply that are kept
A_DAY = 24 * 60 * 60

Refusal = TryLater | Refused | AccountTrouble


class Step(Enum):
    """What the server was answering."""

    GREETING = "greeting"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"
    RSET = "RSET"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    TEXT = "text"  # the message after its final dot


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `text` begins with the code; it is clean, masked and at most 500 characters.

    `status` is the enhanced status code such as "5.7.8", or "" (RFC 2034). `lines` are
    the words as they came, without codes: to be read by us, not shown.
    """

    code: int
    status: str
    text: str
    lines: tuple[str, ...] = field(default=(), repr=False)

    @property
    def positive(self) -> bool:
        return 200 <= self.code <= 299


class NotAReplyError(ValueError):
    """What arrived is not an SMTP reply."""


_LINE = re.compile(rb"([2-5][0-9][0-9])(?:[ -](.*))?", re.DOTALL)
_STATUS = re.compile(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9.])")
_TERMINAL_COMMAND = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d).*?(?:\x07|\x1b\\|\x9c|$)|\x1b[ -~]"
)


def read_reply(lines: Sequence[bytes], secrets: Iterable[str] = ()) -> Reply:
    """Make a Reply of the lines of one answer, without their line ends.

    Whatever a server echoes of `secrets` is masked. Raises NotAReplyError when a line
    does not begin with a reply code or the codes differ (RFC 5321 §4.2.1).
    """
    codes, texts = set(), []
    for line in lines:
        if (match := _LINE.fullmatch(line)) is None:
            raise NotAReplyError
        codes.add(match[1])
        texts.append((match[2] or b"").decode("utf-8", "replace"))
    if len(codes) != 1:
        raise NotAReplyError
    code = codes.pop().decode()
    status = _STATUS.match(texts[0])
    return Reply(
        code=int(code),
        status=status[1] if status else "",
        text=shown(f"{code} {' '.join(texts)}", secrets),
        lines=tuple(texts),
    )


def shown(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` fit to keep: no control characters, no secrets, not long."""
    if not text.isprintable():
        text = _TERMINAL_COMMAND.sub("", text).replace("\t", " ")
        # Cf holds the bidirectional overrides and invisible joiners.
        text = "".join(
            c
            for c in text
            if not unicodedata.category(c).startswith("C") and c not in "\u2028\u2029"
        )
    for secret in secrets:
        text = text.replace(secret, "***")
    text = text.strip()
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def secrets_of(username: str, password: str) -> tuple[str, ...]:
    """Return what must not be seen of an account: the password and all that goes over the wire."""
    if not password:
        return ()
    plain = base64_of(f"\0{username}\0{password}")
    forms = {password, base64_of(password), base64_of(username), plain}
    forms |= {form.rstrip("=") for form in forms - {password}}
    return tuple(sorted(filter(None, forms), key=len, reverse=True))


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


_CONNECTION_STEPS = frozenset({Step.GREETING, Step.EHLO, Step.STARTTLS, Step.AUTH})
_SIGN_IN_CODES = frozenset({530, 534, 535, 538})
# 5.7.139 and 5.7.30 are Exchange Online's: basic authentication is switched off.
_SIGN_IN_STATUSES = frozenset({"5.7.8", "5.7.9", "5.7.139", "5.7.30"})
# 5.4.5 is Gmail's daily limit; the others are Exchange Online's.
_DAILY_LIMIT_STATUSES = frozenset({"5.4.5", "5.1.90", "5.7.232", "5.7.233"})
_QUOTA = re.compile(r"quota|limit", re.IGNORECASE)
# 5.1.7 and 5.1.8: RFC 3463 §3.2. 5.7.60: Exchange, "no permission to send as this sender".
_SENDER_STATUSES = frozenset({"5.1.7", "5.1.8", "5.7.60"})
# Postfix judges the sender only when it hears the recipient.
_SENDER = re.compile(r"sender address rejected|SendAsDenied", re.IGNORECASE)
_TOO_FAST = re.compile(
    r"too (?:many|fast|quickly|frequent)|\brate\b|throttl|slow down|concurren", re.IGNORECASE
)


def refusal(reply: Reply, step: Step) -> Refusal | None:
    """Say what `reply` to `step` means, or None when it is the answer that was hoped for."""
    if reply.positive and step is not Step.DATA:
        return None
    if reply.code == 354 and step is Step.DATA:
        return None
    if 400 <= reply.code <= 499:
        return _temporary(reply, step)
    if 500 <= reply.code <= 599:
        return _permanent_of_account(reply, step) or _permanent_of_mail(reply, step)
    return TryLater("protocol_error", reply.text)


def _temporary(reply: Reply, step: Step) -> Refusal:
    if reply.status == "4.7.12":  # a password transition is needed, RFC 4954 §6
        return AccountTrouble("sign_in_refused", reply.text)
    if _asks_for_less(reply):
        return TryLater("too_fast", reply.text)
    if reply.code == 421:
        return TryLater("server_closing", reply.text)
    if step in _CONNECTION_STEPS:
        return TryLater("server_busy", reply.text)
    return TryLater("deferred", reply.text)


def _asks_for_less(reply: Reply) -> bool:
    if reply.code == 432 or (reply.code, reply.status) == (450, "4.2.1"):
        return True
    return reply.code == 421 and _TOO_FAST.search(reply.text) is not None


def _permanent_of_account(reply: Reply, step: Step) -> Refusal | None:
    """Find the troubles that wear a mail's code but are the account's."""
    if step is Step.STARTTLS or (reply.code == 530 and "STARTTLS" in reply.text.upper()):
        return AccountTrouble("server_unverified", reply.text)
    if reply.code in _SIGN_IN_CODES or reply.status in _SIGN_IN_STATUSES or step is Step.AUTH:
        return AccountTrouble("sign_in_refused", reply.text)
    if step in (Step.GREETING, Step.EHLO):
        # Often a block list or a server being set up: nothing a person could change here.
        return TryLater("server_refused", reply.text)
    out_of_quota = (reply.code, reply.status) == (554, "5.2.0") and _QUOTA.search(reply.text)
    if out_of_quota or reply.status in _DAILY_LIMIT_STATUSES:
        return AccountTrouble("daily_limit", reply.text, rest_seconds=A_DAY)
    if reply.status in _SENDER_STATUSES or _SENDER.search(reply.text):
        return AccountTrouble("sender_refused", reply.text)
    return None


def _permanent_of_mail(reply: Reply, step: Step) -> Refusal:
    match step:
        case Step.RSET:  # RFC 5321 §4.1.1.5 knows no refusal of RSET
            return TryLater("protocol_error", reply.text)
        case Step.MAIL if reply.code != 552:  # 552: too large, RFC 1870 §6.1
            return AccountTrouble("sender_refused", reply.text)
        case Step.RCPT:
            return _permanent_of_recipient(reply)
        case _ if reply.status.startswith("5.1."):  # unknown recipient, said late
            return Refused("recipient_refused", reply.text)
        case _:
            return Refused("message_refused", reply.text)


def _permanent_of_recipient(reply: Reply) -> Refusal:
    if reply.code == 552 or reply.status == "5.2.2":
        # A full mailbox empties; RFC 5321 §4.5.3.1.10 wants 552 read as 452 here.
        return TryLater("deferred", reply.text)
    if reply.status.startswith("5.7."):  # policy, not a bad address
        return Refused("message_refused", reply.text)
    return Refused("recipient_refused", reply.text)
